//! Reads a log as it arrives: bytes in, a summary out. It does no input of its own, so the page can
//! feed it a dropped file piece by piece, show how far it is, and stop.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use flate2::write::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cost::CallTokens;

use super::fixtures::{Skipped, prompt_of};
use super::records::{Record, RecordSplitter};
use super::rule::TypeRule;
use super::summary::{Call, CallOutcome, Summary};
use super::usage_csv::CsvReader;

/// The longest line that is kept whole; longer ones are skipped.
const MAX_LINE: usize = 32 << 20;
/// The most skipped lines that are told apart; all are counted.
const MAX_SKIPPED: usize = 1_000;
/// How many bytes of a packed file are unpacked at once.
const STEP: usize = 64 << 10;

/// How a log is understood.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// What query type a call is of.
    pub rule: TypeRule,
    /// The model of rows that name none, as those of the Azure trace.
    pub model: Option<String>,
    /// Whether the calls are kept, so that the scenario can replay them.
    pub keep_trace: bool,
}

/// A log being read.
pub struct LogReader {
    unpacker: Unpacker,
    lines: Lines,
}

enum Unpacker {
    /// The first bytes, which say what it is.
    Undecided(Vec<u8>),
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// It broke; why was told.
    Broken,
}

/// What is known so far.
#[derive(Clone, Debug, Default)]
pub struct LogSummary {
    pub summary: Summary,
    /// The first thousand lines that are none, with their numbers.
    pub skipped: Vec<Skipped>,
    /// All of them.
    pub skipped_count: u64,
}

impl LogReader {
    pub fn new(options: ImportOptions) -> Self {
        let mut lines = Lines { options, ..Lines::default() };
        if lines.options.keep_trace {
            lines.out.summary.arrivals.keep();
        }
        LogReader { unpacker: Unpacker::Undecided(Vec::new()), lines }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let held;
        let mut bytes = bytes;
        if let Unpacker::Undecided(first) = &mut self.unpacker {
            first.extend_from_slice(bytes);
            if first.len() < 2 {
                return;
            }
            held = std::mem::take(first);
            self.unpacker = if held.starts_with(&[0x1F, 0x8B]) {
                Unpacker::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))
            } else {
                Unpacker::Plain
            };
            bytes = &held;
        }
        match &mut self.unpacker {
            Unpacker::Plain => self.lines.push(bytes),
            Unpacker::Gzip(decoder) => {
                // In small steps: a few bytes may unpack to very many.
                for step in bytes.chunks(STEP / 64) {
                    let written = decoder.write_all(step);
                    let unpacked = std::mem::take(decoder.get_mut());
                    self.lines.push(&unpacked);
                    if let Err(error) = written {
                        self.lines.skip(format!("gzip: {error}; what follows is not read"));
                        self.unpacker = Unpacker::Broken;
                        break;
                    }
                }
            }
            Unpacker::Broken | Unpacker::Undecided(_) => {}
        }
    }

    /// Ends one file; another may follow.
    pub fn end_file(&mut self) {
        match std::mem::replace(&mut self.unpacker, Unpacker::Undecided(Vec::new())) {
            Unpacker::Undecided(first) => self.lines.push(&first),
            Unpacker::Gzip(mut decoder) => {
                if let Err(error) = decoder.try_finish() {
                    let unpacked = std::mem::take(decoder.get_mut());
                    self.lines.push(&unpacked);
                    self.lines.skip(format!("gzip: the file is cut off ({error})"));
                } else {
                    let unpacked = std::mem::take(decoder.get_mut());
                    self.lines.push(&unpacked);
                }
            }
            Unpacker::Plain | Unpacker::Broken => {}
        }
        self.lines.end_file();
    }

    /// Calls read so far.
    pub fn requests(&self) -> u64 {
        self.lines.requests
    }

    /// The whole log's summary.
    pub fn finish(mut self) -> LogSummary {
        self.lines.out.summary.finish();
        self.lines.out
    }
}

/// Lines of a log, and what they are.
#[derive(Default)]
struct Lines {
    options: ImportOptions,
    /// The beginning of a line that has not ended yet.
    partial: Vec<u8>,
    /// The line is too long and is being skipped.
    too_long: bool,
    /// The number of the line that is next, from 1.
    number: u64,
    form: Form,
    requests: u64,
    out: LogSummary,
}

#[derive(Default)]
enum Form {
    /// Nothing but white space so far.
    #[default]
    Unknown,
    /// A JSON object a line.
    Lines,
    /// An object that goes on over several lines.
    Spread(Box<RecordSplitter>, u64),
    Csv(CsvReader),
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if self.partial.is_empty() && !self.too_long {
                self.line(line);
            } else {
                self.keep(line);
                self.end_line();
            }
        }
        self.keep(rest);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.partial.len() + bytes.len() > MAX_LINE {
            self.too_long = true;
            self.partial = Vec::new();
        }
        if !self.too_long {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.too_long) {
            self.number += 1;
            self.bad("longer than 32 MiB".to_string());
        } else {
            self.line(&line);
        }
        self.partial = line;
        self.partial.clear();
        self.partial.shrink_to(1 << 20);
    }

    fn end_file(&mut self) {
        if !self.partial.is_empty() || self.too_long {
            self.end_line();
        }
        self.end_spread();
        self.form = Form::Unknown;
        self.number = 0;
    }

    fn line(&mut self, line: &[u8]) {
        self.number += 1;
        let text = line.trim_ascii();
        let text = if self.number == 1 { text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text) } else { text };
        if text.is_empty() {
            return;
        }
        if let Form::Unknown = self.form {
            self.form = Form::Lines;
            if !matches!(text[0], b'{' | b'[')
                && let Some(csv) = CsvReader::new(text, self.options.model.clone())
            {
                self.form = Form::Csv(csv);
                return;
            }
        }
        if let Form::Csv(csv) = &mut self.form {
            match csv.row(text, &self.options.rule, &mut self.out.summary) {
                Ok(calls) => self.requests += calls,
                Err(reason) => self.bad(reason),
            }
            return;
        }
        // The lines of a list are records, too.
        let record = text.strip_prefix(b"[").unwrap_or(text).trim_ascii();
        let record = record.strip_suffix(b"]").unwrap_or(record).trim_ascii();
        let record = record.strip_suffix(b",").unwrap_or(record).trim_ascii();
        if let Form::Spread(..) = self.form {
            // An object within another is indented; a whole record at the margin means that the one
            // before was cut off.
            if line.first() == Some(&b'{')
                && let Ok(whole) = serde_json::from_slice::<LogRecord<'_>>(record)
            {
                self.end_spread();
                self.record(&whole, self.number);
            } else {
                self.spread(line);
            }
            return;
        }
        if record.is_empty() {
            return;
        }
        match serde_json::from_slice::<LogRecord<'_>>(record) {
            Ok(whole) => self.record(&whole, self.number),
            Err(_) if record[0] != b'{' => self.bad("not a JSON object".to_string()),
            // It goes on over the next lines, or several are on this one.
            Err(error)
                if error.is_eof()
                    || (error.is_syntax() && memchr::memmem::find(record, b"},").is_some() && text[0] == b'[') =>
            {
                self.form = Form::Spread(Box::default(), self.number - 1);
                self.spread(line);
            }
            Err(error) => {
                let said = error.to_string();
                self.bad(format!("not a log record: {}", said.split(" at line ").next().unwrap_or(&said)));
            }
        }
    }

    /// A line of an object that is printed over several, or of a list.
    fn spread(&mut self, line: &[u8]) {
        let Form::Spread(splitter, before) = &mut self.form else { return };
        let before = *before;
        let mut records = Vec::new();
        splitter.push(line, |record| records.push(record));
        splitter.push(b"\n", |record| records.push(record));
        if splitter.is_between() {
            self.form = Form::Lines;
        }
        self.records(records, before);
    }

    /// Ends an object that is printed over several lines, whole or not.
    fn end_spread(&mut self) {
        if let Form::Spread(mut splitter, before) = std::mem::take(&mut self.form) {
            let mut records = Vec::new();
            splitter.finish(|record| records.push(record));
            self.records(records, before);
        }
        self.form = Form::Lines;
    }

    fn records(&mut self, records: Vec<Record>, before: u64) {
        for record in records {
            match record {
                Record::Bad { line, reason } => self.bad_at(before + line, reason.reason().to_string()),
                Record::Object { line, text } => match serde_json::from_slice::<LogRecord<'_>>(&text) {
                    Ok(record) => self.record(&record, before + line),
                    Err(error) => self.bad_at(before + line, format!("not a log record: {error}")),
                },
            }
        }
    }

    fn record(&mut self, record: &LogRecord<'_>, line: u64) {
        let added = record.call(&self.options.rule).and_then(|call| match call {
            Some(call) => self.out.summary.add(&call).map(|()| 1),
            None => Ok(0),
        });
        match added {
            Ok(calls) => self.requests += calls,
            Err(reason) => self.bad_at(line, reason),
        }
    }

    fn bad(&mut self, reason: String) {
        self.bad_at(self.number, reason);
    }

    fn bad_at(&mut self, line: u64, reason: String) {
        self.out.skipped_count += 1;
        if self.out.skipped.len() < MAX_SKIPPED {
            self.out.skipped.push(Skipped { line, reason });
        }
    }

    /// Something that is wrong with the file after the last line.
    fn skip(&mut self, reason: String) {
        self.bad_at(self.number + 1, reason);
    }
}

/// The fields of a record that are read; everything else is passed over unparsed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogRecord<'a> {
    #[serde(borrow, default)]
    schema_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    model_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    error_code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    request_metadata: Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
    #[serde(borrow, default)]
    input: Option<LogInput<'a>>,
    #[serde(borrow, default)]
    output: Option<LogOutput<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LogInput<'a> {
    input_token_count: Option<u64>,
    cache_read_input_token_count: Option<u64>,
    cache_write_input_token_count: Option<u64>,
    #[serde(borrow)]
    input_body_json: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LogOutput<'a> {
    output_token_count: Option<u64>,
    #[serde(borrow)]
    output_body_json: Option<&'a RawValue>,
}

impl LogRecord<'_> {
    /// The call; `None` for a record that is none, such as the permission check's.
    fn call(&self, rule: &TypeRule) -> Result<Option<Call>, String> {
        if self.schema_type.as_deref().is_some_and(|kind| kind != "ModelInvocationLog") {
            return Err("not a model invocation log record".to_string());
        }
        let model = self.model_id.as_deref().ok_or("modelId is missing")?;
        let model = model.rsplit('/').next().unwrap_or(model);
        let at_us = match self.timestamp.as_deref() {
            Some(text) => Some(parse_time(text).ok_or_else(|| format!("`{}` is no time", short(text)))?),
            None => return Err("timestamp is missing".to_string()),
        };
        let outcome = match self.error_code.as_deref() {
            None => CallOutcome::Answered,
            Some("ThrottlingException") => CallOutcome::Throttled,
            Some(_) => CallOutcome::Failed,
        };
        let input = self.input.as_ref();
        let tokens = CallTokens {
            input: input.and_then(|input| input.input_token_count).unwrap_or(0),
            cache_read: input.and_then(|input| input.cache_read_input_token_count).unwrap_or(0),
            cache_write_5m: input.and_then(|input| input.cache_write_input_token_count).unwrap_or(0),
            output: self.output.as_ref().and_then(|output| output.output_token_count).unwrap_or(0),
            cache_write_1h: 0,
        };
        if outcome == CallOutcome::Answered && input.and_then(|input| input.input_token_count).is_none() {
            return Err("input.inputTokenCount is missing".to_string());
        }
        let metadata = |key: &str| {
            let found = self.request_metadata.as_ref()?.get(key)?;
            Some(Cow::Borrowed(found.as_ref()))
        };
        let prompt = || {
            let body = serde_json::from_str(input?.input_body_json?.get()).ok()?;
            let body = match body {
                serde_json::Value::String(text) => serde_json::from_str(&text).ok()?,
                other => other,
            };
            last_user_text(&body)
        };
        let prompt_tokens = tokens.input + tokens.cache_read + tokens.cache_write_5m;
        let kind = rule.kind(model, prompt_tokens, metadata, prompt);
        let body = self.output.as_ref().and_then(|output| output.output_body_json).map(RawValue::get);
        let number = |name: &str| last_number(body?, name);
        Ok(Some(Call {
            at_us,
            model: model.to_string(),
            kind,
            tokens,
            latency_ms: number("\"invocationLatency\"").or_else(|| number("\"latencyMs\"")),
            ttft_ms: number("\"firstByteLatency\""),
            outcome,
        }))
    }
}

/// What the person said last.
fn last_user_text(body: &serde_json::Value) -> Option<String> {
    if let Some(messages) = body["messages"].as_array() {
        let last = messages.iter().rev().find(|message| message["role"] == "user")?;
        return match &last["content"] {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Array(blocks) => {
                Some(blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n"))
            }
            _ => None,
        };
    }
    prompt_of(body).0
}

/// The number behind the last such key of a JSON text: the metrics stand at its end. Inside a string
/// the key's quotes would be escaped, so it cannot be mistaken.
fn last_number(text: &str, key: &str) -> Option<f64> {
    let at = memchr::memmem::rfind(text.as_bytes(), key.as_bytes())?;
    let rest = text.get(at + key.len()..)?.trim_start().strip_prefix(':')?.trim_start();
    let end = rest.find(|c: char| !matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-')).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Microseconds since 1970-01-01 of `2026-11-22T09:00:00.123Z`, `2026-11-22 09:00:00.1234567`, with
/// or without an offset.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    let days = crate::catalog::day_number(text)?;
    let clock = text.get(10..)?.strip_prefix(['T', ' ', 't'])?;
    let two = |from: usize| clock.get(from..from + 2)?.parse::<i64>().ok();
    let colons = clock.get(2..3)? == ":" && clock.get(5..6)? == ":";
    let (hour, minute, second) = (two(0)?, two(3)?, two(6)?);
    if !colons || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = clock.get(8..)?;
    let mut us = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let digits: String = fraction[..end].chars().chain("000000".chars()).take(6).collect();
        us = digits.parse().ok()?;
        rest = &fraction[end..];
    }
    let offset = match rest.trim() {
        "" | "Z" | "z" | "UTC" | " UTC" => 0,
        offset => {
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            let digits: String = offset.strip_prefix(['+', '-'])?.chars().filter(|c| *c != ':').collect();
            let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
            sign * (number / 100 * 60 + number % 100)
        }
    };
    Some((((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1_000_000 + us)
}
