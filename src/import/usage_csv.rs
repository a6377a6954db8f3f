//! Rows of comma-separated values: a usage export, the Azure trace, or a summary made by SQL.

use crate::catalog::day_number;
use crate::cost::CallTokens;

use super::log_reader::parse_time;
use super::rule::TypeRule;
use super::summary::{Call, CallOutcome, Summary, Sums};

/// A column, by the names it goes under.
const NAMES: [(Column, &[&str]); 16] = [
    (Column::Time, &["timestamp", "time", "datetime", "date"]),
    (Column::Model, &["model", "model_id", "modelid"]),
    (Column::Kind, &["query_type", "type", "kind"]),
    (Column::Input, &["input", "input_tokens", "contexttokens", "prompt_tokens"]),
    (Column::Output, &["output", "output_tokens", "generatedtokens", "completion_tokens"]),
    (Column::CacheRead, &["cache_read", "cache_read_tokens", "cache_read_input_tokens"]),
    (Column::CacheWrite, &["cache_write", "cache_write_tokens", "cache_write_5m", "cache_write_input_tokens"]),
    (Column::CacheWrite1h, &["cache_write_1h", "cache_write_1h_tokens"]),
    (Column::Latency, &["latency_ms", "latency"]),
    (Column::Ttft, &["ttft_ms", "ttft"]),
    (Column::Hit, &["cache_hit", "from_cache", "cached"]),
    (Column::Error, &["error", "error_code"]),
    (Column::Prompt, &["prompt"]),
    (Column::Day, &["day"]),
    (Column::Hour, &["hour"]),
    (Column::Above, &["above"]),
];

/// The sums of a summary's row, in the order of [`Sums`].
pub(super) const SUMS: [&str; 20] = [
    "calls",
    "from_cache",
    "throttled",
    "failed",
    "input",
    "output",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "input_squares",
    "output_squares",
    "latencies",
    "latency_ms",
    "latency_ms_squares",
    "ttfts",
    "ttft_ms",
    "ttft_ms_squares",
    "gaps",
    "gap_ms",
    "gap_ms_squares",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Time,
    Model,
    Kind,
    Input,
    Output,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    Latency,
    Ttft,
    Hit,
    Error,
    Prompt,
    Day,
    Hour,
    Above,
}

/// Reads rows under a heading.
pub(super) struct CsvReader {
    headings: Vec<String>,
    /// Each row is a cell of a summary, not a call.
    is_summary: bool,
    /// The model of rows that name none.
    model: String,
}

impl CsvReader {
    /// For rows under this heading; `None` if it is no heading with tokens.
    pub fn new(heading: &[u8], model: Option<String>) -> Option<Self> {
        let heading = std::str::from_utf8(heading).ok()?;
        let headings: Vec<String> = fields(heading).iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let is_summary = SUMS.iter().all(|name| headings.iter().any(|heading| heading == name));
        let reader = CsvReader { headings, is_summary, model: model.unwrap_or_else(|| UNNAMED_MODEL.to_string()) };
        let usable = is_summary || (reader.place(Column::Input).is_some() && reader.place(Column::Output).is_some());
        usable.then_some(reader)
    }

    fn place(&self, column: Column) -> Option<usize> {
        let names = NAMES.iter().find(|(known, _)| *known == column)?.1;
        self.headings.iter().position(|heading| names.contains(&heading.as_str()))
    }

    /// Adds a row; gives how many calls it was.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn row(&self, row: &[u8], rule: &TypeRule, summary: &mut Summary) -> Result<u64, String> {
        let row = std::str::from_utf8(row).map_err(|_| "not UTF-8".to_string())?;
        let fields = fields(row);
        if fields.len() != self.headings.len() {
            return Err(format!("expected {} columns, found {}", self.headings.len(), fields.len()));
        }
        if self.is_summary { self.cell(&fields, summary) } else { self.call(&fields, rule, summary) }
    }

    fn text<'a>(&self, fields: &'a [String], column: Column) -> Option<&'a str> {
        let text = fields.get(self.place(column)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn call(&self, fields: &[String], rule: &TypeRule, summary: &mut Summary) -> Result<u64, String> {
        let count = |column: Column| match self.text(fields, column) {
            None => Ok(0),
            Some(text) => text.parse::<u64>().map_err(|_| format!("`{text}` is no number of tokens")),
        };
        let ms = |column: Column| match self.text(fields, column) {
            None => Ok(None),
            Some(text) => match text.parse::<f64>() {
                Ok(ms) if ms.is_finite() && ms >= 0.0 => Ok(Some(ms)),
                _ => Err(format!("`{text}` is no time in milliseconds")),
            },
        };
        let at_us = match self.text(fields, Column::Time) {
            None => None,
            Some(text) => Some(parse_time(text).ok_or_else(|| format!("`{text}` is no time"))?),
        };
        let tokens = CallTokens {
            input: count(Column::Input)?,
            output: count(Column::Output)?,
            cache_read: count(Column::CacheRead)?,
            cache_write_5m: count(Column::CacheWrite)?,
            cache_write_1h: count(Column::CacheWrite1h)?,
        };
        let model = self.text(fields, Column::Model).unwrap_or(&self.model).to_string();
        let hit =
            self.text(fields, Column::Hit).is_some_and(|hit| matches!(hit, "1" | "true" | "True" | "TRUE" | "hit"));
        let outcome = match self.text(fields, Column::Error) {
            _ if hit => CallOutcome::FromCache,
            None => CallOutcome::Answered,
            Some("ThrottlingException") => CallOutcome::Throttled,
            Some(_) => CallOutcome::Failed,
        };
        let prompt = tokens.input + tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h;
        let kind = match self.text(fields, Column::Kind) {
            Some(kind) => kind.to_string(),
            None => {
                let column = |key: &str| {
                    let place = self.headings.iter().position(|heading| heading.eq_ignore_ascii_case(key))?;
                    Some(std::borrow::Cow::Borrowed(fields[place].as_str()))
                };
                rule.kind(&model, prompt, column, || self.text(fields, Column::Prompt).map(str::to_string))
            }
        };
        summary.add(&Call {
            at_us,
            model,
            kind,
            tokens,
            latency_ms: ms(Column::Latency)?,
            ttft_ms: ms(Column::Ttft)?,
            outcome,
        })?;
        Ok(1)
    }

    fn cell(&self, fields: &[String], summary: &mut Summary) -> Result<u64, String> {
        let mut sums = Sums::default();
        for name in SUMS {
            let place = self.headings.iter().position(|heading| heading == name).unwrap_or(0);
            let text = fields[place].trim();
            // Engines print sums of squares as whole numbers or with `.0`.
            let text = text.strip_suffix(".0").unwrap_or(text);
            let value: u128 =
                if text.is_empty() { 0 } else { text.parse().map_err(|_| format!("`{text}` is no sum"))? };
            let small = u64::try_from(value).ok().filter(|value| *value < 1 << 62);
            let whole = small.ok_or_else(|| format!("`{text}` is too large a sum"));
            match name {
                "input_squares" => sums.input_squares = value,
                "output_squares" => sums.output_squares = value,
                "latency_ms_squares" => sums.latency_ms_squares = value,
                "ttft_ms_squares" => sums.ttft_ms_squares = value,
                "gap_ms_squares" => sums.gap_ms_squares = value,
                "calls" => sums.calls = whole?,
                "from_cache" => sums.from_cache = whole?,
                "throttled" => sums.throttled = whole?,
                "failed" => sums.failed = whole?,
                "input" => sums.input = whole?,
                "output" => sums.output = whole?,
                "cache_read" => sums.cache_read = whole?,
                "cache_write" => sums.cache_write = whole?,
                "cache_write_1h" => sums.cache_write_1h = whole?,
                "latencies" => sums.latencies = whole?,
                "latency_ms" => sums.latency_ms = whole?,
                "ttfts" => sums.ttfts = whole?,
                "ttft_ms" => sums.ttft_ms = whole?,
                "gaps" => sums.gaps = whole?,
                _ => sums.gap_ms = whole?,
            }
        }
        let hour = self.text(fields, Column::Hour).and_then(|hour| hour.parse::<u8>().ok()).filter(|hour| *hour < 24);
        let hour = hour.ok_or("the hour is missing or no number from 0 to 23")?;
        let above = self.text(fields, Column::Above).and_then(|above| above.parse().ok()).unwrap_or(0);
        let day = self.text(fields, Column::Day).and_then(day_number);
        let model = self.text(fields, Column::Model).unwrap_or(&self.model);
        let kind = self.text(fields, Column::Kind).unwrap_or(model);
        let calls = sums.calls + sums.from_cache + sums.throttled + sums.failed;
        summary.add_cell(kind, model, day, hour, above, &sums);
        Ok(calls)
    }
}

/// The model of rows that name none, as in the Azure trace.
pub const UNNAMED_MODEL: &str = "unnamed";

/// The fields of a row: quotes hold commas, doubled quotes a quote.
fn fields(row: &str) -> Vec<String> {
    if !row.contains('"') {
        return row.split(',').map(str::to_string).collect();
    }
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}
