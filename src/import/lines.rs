//! The lines of a log, and what they are: records of the invocation log, rows of a table, or other JSON that
//! holds either.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalog::Catalog;
use crate::cost::CallTokens;

use super::bedrock_record::LogRecord;
use super::draft::Draft;
use super::encoding::not_utf8;
use super::findings::{FindingCode, Findings, KEY_TWICE};
use super::forms::{Item, athena_struct, open, recased};
use super::log_reader::{FileRead, ImportOptions, LogSummary, SkippedLine};
use super::logged::LoggedCall;
use super::records::{Record, RecordSplitter};
use super::rows::{Row, Rows, Rules, Taken};
use super::scalar::{moment, short};
use super::seen::{Seen, Sight};
use super::summary::{CallOutcome, Summary, thresholds};
use super::usage_csv::{BESIDE, Fields, Heading, Table, TableKind, UNNAMED_MODEL, cell};

/// The longest line that is kept whole; longer ones are skipped.
const MAX_LINE: usize = 32 << 20;
/// A list on one line is taken apart from here on, and not kept.
const LONG_LIST: usize = 4 << 20;
/// The most skipped lines that are told apart; all are counted.
const MAX_SKIPPED: usize = 1_000;
/// The most answers of a session that may still grow.
const MAX_OPEN: usize = 100_000;
/// The most policies of guardrails that are told apart.
const MAX_POLICIES: usize = 50;
/// The most columns that are reported.
const MAX_COLUMNS: usize = 2_000;

/// Lines of a log, and what they add up to.
#[derive(Default)]
pub(super) struct Lines {
    options: ImportOptions,
    /// The beginning of a line that has not ended yet.
    partial: Vec<u8>,
    /// The line is too long and is being skipped.
    too_long: bool,
    /// The number of the line that is next, from 1.
    number: u64,
    form: Form,
    rows: Rows,
    /// Answers of a session: each block of one has a line, and the last has all that was counted.
    open: BTreeMap<String, (u64, Draft)>,
    seen: Seen,
    findings: Findings,
    offset: Offset,
    file: FileRead,
    pub requests: u64,
    /// The calls that nobody has taken yet, where they are kept.
    pub calls: Vec<LoggedCall>,
    has_records: bool,
    /// The file's bytes were read before under another name.
    is_copy: bool,
    /// Skipped lines of the files before.
    skipped_before: usize,
    out: LogSummary,
}

#[derive(Default)]
enum Form {
    /// Nothing but white space so far.
    #[default]
    Unknown,
    /// A JSON object a line.
    Lines,
    /// An object that goes on over several lines, or a list that is too long for one.
    Spread(Box<RecordSplitter>, u64),
    Table(Box<Table>),
    /// Of a kind that is not read.
    Refused,
    /// What AWS writes beside a log, and is no part of it.
    Beside,
}

/// Whether all times of a log are written with one offset.
#[derive(Clone, Copy, Default)]
enum Offset {
    #[default]
    None,
    Same(i32),
    Mixed,
}

/// A call's identity.
enum Identity<'a> {
    Id(&'a str),
    Record(&'a dyn Fn(&mut Seen) -> Sight),
    None,
}

impl Lines {
    pub fn new(options: ImportOptions) -> Self {
        let mut summary = Summary::new(&thresholds(catalog(&options)), options.time_zone.clone());
        if options.keep_trace {
            summary.arrivals.keep();
        }
        Lines { options, out: LogSummary { summary, ..LogSummary::default() }, ..Lines::default() }
    }

    pub fn begin_file(&mut self, name: &str) {
        self.file.name = name.to_string();
        if let Some(why) = beside_a_log(name) {
            self.form = Form::Beside;
            self.file.no_calls += 1;
            self.findings.add(FindingCode::NoCalls, why, 1, false, || why.to_string());
        }
    }

    pub fn begin_copy(&mut self) {
        self.is_copy = true;
    }

    pub fn push(&mut self, bytes: &[u8]) {
        if matches!(self.form, Form::Beside) {
            return;
        }
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if self.partial.is_empty() && !self.too_long {
                self.line(line, true);
            } else {
                self.keep(line);
                self.end_line(true);
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
        let is_list = self.partial.len() > LONG_LIST && self.partial.trim_ascii_start().starts_with(b"[");
        if matches!(self.form, Form::Spread(..)) && self.partial.len() > LONG_LIST
            || is_list && matches!(self.form, Form::Unknown | Form::Lines)
        {
            if is_list && !matches!(self.form, Form::Spread(..)) {
                self.form = Form::Spread(Box::default(), self.number);
            }
            let partial = std::mem::take(&mut self.partial);
            self.spread(&partial, false);
        }
    }

    fn end_line(&mut self, ended: bool) {
        let line = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.too_long) {
            self.number += 1;
            self.bad("longer than 32 MiB".to_string());
        } else {
            self.line(&line, ended);
        }
        self.partial = line;
        self.partial.clear();
        self.partial.shrink_to(1 << 20);
    }

    pub fn end_file(&mut self) {
        // Lines that end as those of old Macs did are one line so far.
        if matches!(self.form, Form::Unknown) && self.number == 0 && memchr::memchr(b'\r', &self.partial).is_some() {
            let text = std::mem::take(&mut self.partial);
            self.push(&text.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect::<Vec<u8>>());
        }
        if !self.partial.is_empty() || self.too_long {
            self.end_line(false);
        }
        match std::mem::take(&mut self.form) {
            form @ Form::Spread(..) => {
                self.form = form;
                self.end_spread();
            }
            Form::Table(mut table) => {
                if let Some(fields) = table.separated.finish(self.number) {
                    self.fields(&mut table, fields);
                }
            }
            Form::Unknown | Form::Lines | Form::Refused | Form::Beside => {}
        }
        self.end_rows();
        for (_, (line, draft)) in std::mem::take(&mut self.open) {
            let id = draft.call.kind.clone();
            self.session(line, draft, &id);
        }
        self.form = Form::Unknown;
        self.number = 0;
        self.seen.next_file();
        self.is_copy = false;
        // Rows that were held are told after lines that were not.
        self.out.skipped[self.skipped_before..].sort_by_key(|skip| skip.line);
        self.skipped_before = self.out.skipped.len();
        self.out.files.push(std::mem::take(&mut self.file));
    }

    pub fn finish(mut self) -> LogSummary {
        let offset = if let Offset::Same(minutes) = self.offset { Some(minutes) } else { None };
        self.out.summary.finish(offset);
        if self.seen.forgot {
            self.findings.add(FindingCode::Limit, "seen twice", 0, false, || {
                "calls that came again after more than four million others may be counted twice".to_string()
            });
        }
        if self.out.summary.joined > 0 {
            let joined = self.out.summary.joined;
            self.findings.add(FindingCode::Limit, "query types", joined, false, || {
                "more than a thousand query types; the later ones are joined as `other`".to_string()
            });
        }
        if self.has_records {
            const RECORD: [(&str, &str); 11] = [
                ("timestamp", "time"),
                ("modelId", "model"),
                ("requestId", "id"),
                ("region", "region"),
                ("inferenceRegion", "region"),
                ("serviceTier", "tier"),
                ("errorCode", "error"),
                ("input.inputTokenCount", "input"),
                ("input.cacheReadInputTokenCount", "cache_read"),
                ("input.cacheWriteInputTokenCount", "cache_write_5m"),
                ("output.outputTokenCount", "output"),
            ];
            self.out.columns.extend(RECORD.map(|(name, field)| (name.to_string(), Some(field))));
        }
        self.out.findings = self.findings.list();
        self.out
    }

    fn line(&mut self, line: &[u8], ended: bool) {
        self.number += 1;
        if let Form::Table(_) = self.form {
            return self.table_line(line, ended);
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            if let Form::Spread(..) = self.form {
                self.spread(line, ended);
            }
            return;
        }
        if let Form::Unknown = self.form {
            self.form = Form::Lines;
            if !matches!(text[0], b'{' | b'[') && std::str::from_utf8(text).is_err() {
                return self.refuse(not_utf8(text));
            }
            if !matches!(text[0], b'{' | b'[')
                && let Ok(heading) = std::str::from_utf8(text)
            {
                // Excel says its separator on a line of its own.
                if heading.starts_with("sep=") && heading.len() == 5 {
                    self.form = Form::Unknown;
                    return;
                }
                if let Some(table) = Table::new(heading, &mut self.rows) {
                    self.heading(&table);
                    self.form = Form::Table(Box::new(table));
                    return;
                }
                self.rows = Rows::default();
                if heading.split(',').any(|name| super::columns::aggregate(name.trim_matches('"')).is_some()) {
                    return self.refuse(
                        "a result of CloudWatch Insights that cannot be billed; ask for: stats count(*), sum(input.inputTokenCount), sum(output.outputTokenCount), sum(input.cacheReadInputTokenCount), sum(input.cacheWriteInputTokenCount) by modelId, bin(1h)"
                            .to_string(),
                    );
                }
                if cost_report(heading) {
                    return self.refuse(
                        "a cost and usage report, which has no calls; compare it: rehearsal reconcile FILE LOG"
                            .to_string(),
                    );
                }
            }
        }
        if let Form::Refused = self.form {
            return;
        }
        let text = without_time(text);
        // The lines of a list are records, too.
        let record = text.strip_prefix(b"[").unwrap_or(text).trim_ascii();
        let record = record.strip_suffix(b"]").unwrap_or(record).trim_ascii();
        let record = record.strip_suffix(b",").unwrap_or(record).trim_ascii();
        if let Form::Spread(..) = self.form {
            // An object within another is indented; a whole record at the margin means that the one
            // before was cut off.
            if line.first() == Some(&b'{')
                && let Ok(whole) = serde_json::from_slice::<LogRecord<'_>>(record)
                && whole.is_log()
            {
                self.end_spread();
                self.record(record, self.number);
            } else {
                self.spread(line, ended);
            }
            return;
        }
        if record.is_empty() {
            return;
        }
        if record[0] != b'{' {
            if self.rows.is_empty() && self.number == 1 && !text.starts_with(b"[") {
                let seen = String::from_utf8_lossy(text);
                return self.bad(format!(
                    "not a JSON object, and no heading of a table that is understood: `{}`",
                    short(&seen)
                ));
            }
            return self.bad("not a JSON object".to_string());
        }
        match self.json(record, self.number) {
            Ok(()) => {}
            // It goes on over the next lines, or several are on this one.
            Err(error)
                if error.is_eof()
                    || (error.is_syntax()
                        && (memchr::memmem::find(record, b"},").is_some() && text[0] == b'['
                            || memchr::memmem::find(record, b"}{").is_some())) =>
            {
                self.form = Form::Spread(Box::default(), self.number - 1);
                self.spread(if text.len() < line.trim_ascii().len() { text } else { line }, ended);
            }
            Err(_) if std::str::from_utf8(record).is_err() => self.bad(not_utf8(record)),
            Err(error) => {
                let said = error.to_string();
                self.bad(format!("not a log record: {}", said.split(" at line ").next().unwrap_or(&said)));
            }
        }
    }

    /// A line of an object that is printed over several, or of a list.
    fn spread(&mut self, line: &[u8], ended: bool) {
        let Form::Spread(splitter, before) = &mut self.form else { return };
        let before = *before;
        let mut records = Vec::new();
        splitter.push(line, |record| records.push(record));
        if ended {
            splitter.push(b"\n", |record| records.push(record));
            if splitter.is_between() {
                self.form = Form::Lines;
            }
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
                Record::Object { line, text } => self.record(&text, before + line),
            }
        }
    }

    /// An object that should be whole.
    fn record(&mut self, text: &[u8], line: u64) {
        if let Err(error) = self.json(text, line) {
            let said = error.to_string();
            self.bad_at(line, format!("not a log record: {}", said.split(" at line ").next().unwrap_or(&said)));
        }
    }

    /// An object of any form.
    ///
    /// # Errors
    /// It is no JSON, or a record of the invocation log with a value that is none.
    fn json(&mut self, text: &[u8], line: u64) -> Result<(), serde_json::Error> {
        match serde_json::from_slice::<LogRecord<'_>>(text) {
            Ok(record) if record.is_log() => {
                self.log_record(&record, text, line);
                return Ok(());
            }
            Err(error) if !error.is_data() => return Err(error),
            Err(error) if memchr::memmem::find(text, b"\"ModelInvocationLog\"").is_some() => {
                // A wrapping of records has them as text; then this is none itself.
                if crate::document::bounded(text).is_ok_and(|value| value.get("schemaType").is_some()) {
                    return Err(error);
                }
            }
            Ok(_) | Err(_) => {}
        }
        let (value, twice) = crate::document::bounded_with_twice(text)?;
        if let Some(key) = twice {
            let key = short(&key);
            self.findings.add(FindingCode::KeyTwice, &key, 1, false, || KEY_TWICE.to_string());
        }
        let mut items = Vec::new();
        open(value, 0, &mut items);
        for item in items {
            self.item(item, line, 0);
        }
        Ok(())
    }

    fn item(&mut self, item: Item, line: u64, depth: u8) {
        match item {
            Item::Line(text) => self.inner(&text, line, depth),
            Item::Row(row) => self.row(line, row),
            Item::BatchRow(row) => {
                self.rows.batch = true;
                self.row(line, row);
            }
            Item::NoCall(why) => {
                self.file.no_calls += 1;
                self.findings.add(FindingCode::NoCalls, why, 1, false, || why.to_string());
            }
            Item::Bad(reason) => self.bad_at(line, reason),
            Item::OtherKind(reason) => self.other_kind(line, reason),
        }
    }

    /// The text of a wrapped message.
    fn inner(&mut self, text: &str, line: u64, depth: u8) {
        let text = text.trim();
        if depth > 3 || !text.starts_with('{') {
            return self.bad_at(line, format!("not a JSON object: `{}`", short(text)));
        }
        self.record(text.as_bytes(), line);
    }

    fn log_record(&mut self, record: &LogRecord<'_>, text: &[u8], line: u64) {
        self.has_records = true;
        match record.call(&self.options.rule, &self.options.profiles) {
            Ok(mut draft) => {
                if self.options.keep_calls {
                    (draft.account, draft.request) = (record.account(), record.request());
                }
                let whole = |seen: &mut Seen| seen.record(&text);
                let identity = match record.id() {
                    Some(id) => Identity::Id(id),
                    None => Identity::Record(&whole),
                };
                self.draft(line, draft, &identity);
            }
            Err(error) => self.bad_at(line, error.to_string()),
        }
    }

    /// A row of named values.
    fn row(&mut self, line: u64, named: Vec<(String, String)>) {
        if named.is_empty() {
            return self.leave_out(line, "an object without values".to_string(), 1, false);
        }
        let cells: Vec<(usize, String)> =
            named.into_iter().filter_map(|(path, text)| Some((self.rows.place(&path)?, text))).collect();
        self.take_row(Row { line, cells });
    }

    fn take_row(&mut self, row: Row) {
        let mut taken = Vec::new();
        let rules = rules(&self.options);
        self.rows.push(row, &rules, &mut taken);
        self.take(taken);
    }

    fn take(&mut self, taken: Vec<Taken>) {
        for (row, draft) in taken {
            match draft {
                Err(reason) => self.bad_at(row.line, reason),
                Ok(draft) if !self.rows.is_usable() => {
                    let names: Vec<&str> = self.rows.columns(true).map(|(name, _)| name).take(8).collect();
                    let reason = format!("no model with counts of tokens among its fields: {}", names.join(", "));
                    drop(draft);
                    self.bad_at(row.line, reason);
                }
                Ok(Draft { no_call: Some(why), call, .. }) => {
                    self.file.no_calls += 1;
                    // What they count is billed somewhere.
                    let at_least = call.tokens != CallTokens::default();
                    self.findings.add(FindingCode::NoCalls, why, 1, at_least, || why.to_string());
                }
                Ok(draft) => {
                    let id = self.rows.id(&row).map(str::to_string);
                    let is_session =
                        id.is_some() && self.rows.columns(true).any(|(name, _)| name == "session_request_id");
                    match id {
                        Some(id) if is_session => self.session_line(row.line, draft, id),
                        Some(id) => self.draft(row.line, draft, &Identity::Id(&id)),
                        None if draft.has_clock || self.rows.batch => {
                            let whole = |seen: &mut Seen| seen.record(&row.cells);
                            self.draft(row.line, draft, &Identity::Record(&whole));
                        }
                        None => self.draft(row.line, draft, &Identity::None),
                    }
                }
            }
        }
    }

    /// Ends the rows of a file.
    fn end_rows(&mut self) {
        let mut taken = Vec::new();
        let rules = rules(&self.options);
        self.rows.finish(&rules, &mut taken);
        self.take(taken);
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return;
        }
        let is_table = matches!(self.form, Form::Table(_));
        for (name, field) in rows.columns(is_table) {
            if self.out.columns.len() < MAX_COLUMNS {
                let known = self.out.columns.entry(name.to_string()).or_insert(None);
                *known = known.or(field);
            }
        }
        for (name, counts) in rows.suspicious() {
            let what = || "a column that may bear on the price and is not understood".to_string();
            self.findings.add(FindingCode::Column, name, self.file.requests, counts, what);
        }
        if let Some(counted) = rows.counted() {
            self.out.counts = Some(counted);
        }
    }

    /// One of an answer's lines: the one that counted most stands for it.
    fn session_line(&mut self, line: u64, mut draft: Draft, id: String) {
        // The kind carries the id while the answer may grow; its model is its type.
        draft.call.kind = id.clone();
        match self.open.get_mut(&id) {
            Some((_, known)) if known.call.tokens.output <= draft.call.tokens.output => *known = draft,
            Some(_) => {}
            None => {
                if self.open.len() >= MAX_OPEN {
                    for (id, (line, draft)) in std::mem::take(&mut self.open) {
                        self.session(line, draft, &id);
                    }
                }
                self.open.insert(id, (line, draft));
            }
        }
    }

    fn session(&mut self, line: u64, mut draft: Draft, id: &str) {
        let t = draft.call.tokens;
        let prompt = t.input + t.cache_read + t.cache_write_5m + t.cache_write_1h;
        draft.call.kind = self.options.rule.kind(&draft.call.model, prompt, |_| None, || None);
        self.draft(line, draft, &Identity::Id(id));
    }

    /// A call that was read: added, unless it was seen before, with what is to be said of it.
    fn draft(&mut self, line: u64, draft: Draft, identity: &Identity<'_>) {
        let call = &draft.call;
        let t = call.tokens;
        let counted = [t.input, t.output, t.cache_read, t.cache_write_5m, t.cache_write_1h];
        let mark =
            counted.iter().fold(call.outcome as u64, |mark, count| mark.wrapping_mul(1_000_003).wrapping_add(*count))
                as u32;
        let sight = match identity {
            Identity::Id(id) => self.seen.id(id, mark),
            Identity::Record(see) => see(&mut self.seen),
            Identity::None => Sight::First,
        };
        let sight = if self.is_copy && sight == Sight::First { Sight::Again } else { sight };
        if sight != Sight::First {
            self.seen_twice(call.requests);
            if sight == Sight::AgainOtherwise {
                // What was answered the second time may be what was billed.
                let at_least = call.outcome == CallOutcome::Answered;
                self.findings.add(FindingCode::SeenOtherwise, "request id", 1, at_least, || {
                    "a request id came again with other counts; the first is billed".to_string()
                });
            }
            return;
        }
        if let Err(error) = self.out.summary.add(call) {
            return self.bad_at(line, error.to_string());
        }
        self.requests += call.requests;
        self.file.requests += call.requests;
        for remark in draft.remarks {
            let what = remark.what;
            self.findings.add(remark.code, &remark.name, call.requests, remark.at_least, || what);
        }
        for (policy, units) in draft.guarded.units {
            // A policy that nobody has heard of is named with the bill; a file cannot make up any number of them.
            let known = &mut self.out.summary.guardrail_units;
            let policy =
                if known.len() < MAX_POLICIES || known.contains_key(&policy) { policy } else { "other".into() };
            let sum = known.entry(policy).or_default();
            *sum = sum.saturating_add(units);
        }
        if let Some(usd) = draft.logged_usd {
            self.out.summary.logged_pico = self.out.summary.logged_pico.saturating_add(usd.pico());
            self.out.summary.logged_calls += call.requests;
        }
        if call.at_us.is_some() {
            self.offset = match (self.offset, draft.offset_min) {
                (Offset::None, Some(minutes)) => Offset::Same(minutes),
                (Offset::Same(known), Some(minutes)) if known == minutes => Offset::Same(known),
                _ => Offset::Mixed,
            };
        }
        if self.options.keep_calls {
            self.calls.push(LoggedCall { line, call: draft.call, account: draft.account, request: draft.request });
        }
    }

    fn table_line(&mut self, line: &[u8], ended: bool) {
        let Form::Table(mut table) = std::mem::take(&mut self.form) else { return };
        let mut whole = Vec::with_capacity(line.len() + 1);
        whole.extend_from_slice(line);
        if ended {
            whole.push(b'\n');
        }
        if let Some(fields) = table.separated.line(&whole, self.number) {
            self.fields(&mut table, fields);
        }
        self.form = Form::Table(table);
    }

    /// What is to be said of a table's heading.
    fn heading(&mut self, table: &Table) {
        if let Some(twice) = table.twice() {
            let what = "a column that stands twice, of which only one counts";
            self.findings.add(FindingCode::KeyTwice, &short(twice), 0, false, || what.to_string());
        }
        for (name, what) in table.lacks() {
            self.findings.add(FindingCode::Counts, name, 0, false, || what.to_string());
        }
    }

    /// A record of a table.
    fn fields(&mut self, table: &mut Table, (line, last, fields): Fields) {
        let fields = match fields {
            Ok(fields) => fields,
            Err(reason) => return self.bad_at(line, reason),
        };
        if fields.len() == 1 && fields[0].trim().is_empty() {
            return;
        }
        let heading = table.heading(&fields);
        if heading != Heading::None {
            self.file.no_calls += 1;
            let what = "headings in the middle of a file, as files have that were put together; what follows was read under them";
            self.findings.add(FindingCode::NoCalls, "headings", 1, false, || what.to_string());
            if heading == Heading::Other {
                self.end_rows();
                table.under(&fields, &mut self.rows);
                self.heading(table);
            }
            return;
        }
        if fields.len() != table.headings.len() {
            let until =
                if last > line { format!("; it goes on to line {last}: a quote is left open") } else { String::new() };
            return self
                .bad_at(line, format!("expected {} columns, found {}{until}", table.headings.len(), fields.len()));
        }
        match table.kind {
            TableKind::Summary if self.is_copy => self.seen_twice(1),
            TableKind::Summary => {
                let unnamed = self.options.model.clone().unwrap_or_else(|| UNNAMED_MODEL.to_string());
                match cell(&table.headings, &fields, &unnamed, &self.options.profiles, &mut self.out.summary) {
                    Ok(counted) => {
                        self.requests += counted.calls;
                        self.file.requests += counted.calls;
                        let unread = counted.unread;
                        if unread > 0 {
                            let reason = format!("{unread} lines of the log are no records that can be read");
                            self.leave_out(line, reason, unread, true);
                        }
                        self.seen_twice(counted.seen_twice);
                        for (count, (_, name, code, what, at_least)) in counted.beside.into_iter().zip(BESIDE) {
                            if count > 0 {
                                self.findings.add(code, name, count, at_least, || what.to_string());
                            }
                        }
                    }
                    Err(reason) => self.bad_at(line, reason),
                }
            }
            TableKind::Messages(place) => {
                let text = fields.get(place).map(String::as_str).unwrap_or_default();
                self.inner(text, line, 0);
            }
            TableKind::Calls => self.call_fields(table, line, fields),
        }
    }

    fn call_fields(&mut self, table: &Table, line: u64, fields: Vec<String>) {
        if let Some(record) = whole_record(&table.headings, &fields) {
            return self.record(record.to_string().as_bytes(), line);
        }
        let mut cells = Vec::with_capacity(fields.len());
        let iterated = |text: &String| text.starts_with('{') && text.contains("iterations");
        let model = if fields.iter().any(iterated) {
            let named = table.headings.iter().zip(&fields).find(|(heading, _)| super::forms::is_model(heading));
            named.map(|(_, model)| model.clone()).unwrap_or_default()
        } else {
            String::new()
        };
        for ((text, place), heading) in fields.into_iter().zip(&table.places).zip(&table.headings) {
            let Some(place) = place else { continue };
            let name = super::columns::squash(heading);
            if super::columns::ASKED.contains(&name.as_str()) {
                for (path, text) in super::forms::asked_words(heading, &Value::String(text)) {
                    cells.extend(self.rows.place(&path).map(|place| (place, text)));
                }
                continue;
            }
            if text.starts_with('{') && super::forms::JSON_CELLS.contains(&name.as_str()) {
                let inner = match crate::document::bounded(text.as_bytes()) {
                    Ok(Value::Object(object)) => super::forms::flat(&object, &|| model.clone()),
                    _ => athena_struct(&text).unwrap_or_default(),
                };
                for (path, text) in inner {
                    if let Some(place) = self.rows.place(&format!("{heading}.{path}")) {
                        cells.push((place, text));
                    }
                }
                continue;
            }
            cells.push((*place, text));
        }
        self.take_row(Row { line, cells });
    }

    /// Refuses the rest of the file.
    pub fn refuse(&mut self, reason: String) {
        self.form = Form::Refused;
        self.other_kind(self.number.max(1), reason);
    }

    fn bad(&mut self, reason: String) {
        self.bad_at(self.number, reason);
    }

    /// A line that cannot be read, and may be a call.
    fn bad_at(&mut self, line: u64, reason: String) {
        self.leave_out(line, reason, 1, true);
    }

    /// Something that is no log, or no record of it.
    fn other_kind(&mut self, line: u64, reason: String) {
        self.file.other_kind = true;
        self.leave_out(line, reason, 1, false);
    }

    /// Lines that are left out, told as one.
    fn leave_out(&mut self, line: u64, reason: String, count: u64, may_be_calls: bool) {
        self.file.skipped += count;
        if self.file.first_skipped.is_none() {
            self.file.first_skipped = Some((line, reason.clone()));
        }
        self.out.skipped_count += count;
        if may_be_calls {
            self.out.unread += count;
        }
        if self.out.skipped.len() < MAX_SKIPPED {
            self.out.skipped.push(SkippedLine { file: self.file.name.clone(), line, reason });
        }
    }

    /// Calls that came again.
    fn seen_twice(&mut self, calls: u64) {
        self.out.seen_twice = self.out.seen_twice.saturating_add(calls);
        self.file.seen_twice = self.file.seen_twice.saturating_add(calls);
    }

    /// Something that is wrong with the file after the last line.
    pub fn skip(&mut self, reason: String) {
        self.bad_at(self.number + 1, reason);
    }
}

/// The list that models and thresholds are looked up in.
fn catalog(options: &ImportOptions) -> &Catalog {
    options.catalog.unwrap_or_else(|| Catalog::full())
}

/// How rows are understood.
fn rules(options: &ImportOptions) -> Rules<'_> {
    Rules {
        rule: &options.rule,
        profiles: &options.profiles,
        catalog: catalog(options),
        model: options.model.as_deref(),
        counting: options.counts,
    }
}

/// What a file of a bucket is that is no log by its name: bodies that are too long for a record, which Bedrock keeps
/// in files of their own, and the mark of its check of permissions.
fn beside_a_log(name: &str) -> Option<&'static str> {
    let (folder, last) = name.rsplit_once(['/', '\\']).unwrap_or(("", name));
    if last.starts_with("amazon-bedrock-logs-permission-check") {
        return Some("checks of permissions");
    }
    let stem = last.strip_suffix(".gz").unwrap_or(last);
    let stem = stem.strip_suffix(".json")?;
    let id = stem.strip_suffix("_input").or_else(|| stem.strip_suffix("_output"))?;
    let in_data = folder.rsplit(['/', '\\']).next() == Some("data");
    let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (in_data || is_uuid).then_some("bodies in files of their own, whose records have the counts; what only a body says (writes for an hour, tiers, guardrails) is not read")
}

/// A line without the time and the stream that CloudWatch's export and tail write before a record.
fn without_time(text: &[u8]) -> &[u8] {
    if matches!(text.first(), Some(b'{' | b'[')) {
        return text;
    }
    let Some(at) = memchr::memchr(b'{', text) else { return text };
    let before = std::str::from_utf8(&text[..at]).unwrap_or_default();
    let first = before.split_ascii_whitespace().next().unwrap_or_default();
    if at < 400 && moment(first).is_some() { &text[at..] } else { text }
}

/// The invocation log's record that a row of Athena's is, where its structs are JSON.
fn whole_record(headings: &[String], fields: &[String]) -> Option<Value> {
    let at = |name: &str| headings.iter().position(|heading| heading.eq_ignore_ascii_case(name));
    at("modelid")?;
    let json = |name: &str| {
        let text = fields.get(at(name)?)?;
        crate::document::bounded(text.as_bytes()).ok().filter(Value::is_object)
    };
    json("input")?;
    let row = headings.iter().zip(fields).filter(|(_, text)| !text.is_empty()).map(|(heading, text)| {
        let value = if text.starts_with('{') { crate::document::bounded(text.as_bytes()).ok() } else { None };
        (heading.to_ascii_lowercase(), value.unwrap_or_else(|| Value::String(text.clone())))
    });
    Some(recased(Value::Object(row.collect())))
}

/// Whether a heading is of a cost and usage report.
fn cost_report(heading: &str) -> bool {
    let heading = heading.to_ascii_lowercase();
    ["line_item_usage_type", "lineitem/usagetype", "line_item_unblended_cost"].iter().any(|name| heading.contains(name))
}
