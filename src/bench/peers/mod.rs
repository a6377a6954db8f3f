//! Results of other tools: their raw samples, read into a result document.
//!
//! Units are those of each form. A form that holds summaries only cannot be compared honestly; it is
//! refused with the option that makes its tool write samples. Each form was read from a file that its
//! tool wrote (`tests/data/peers`), except k6's and oha's, whose documents describe it.

mod documents;
mod lines;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::problem::{Problem, Problems, Warned};
use crate::words::{Message, Word};

use super::document::{BenchmarkResult, Document, Environment, Run};
use super::suite::Benchmark;

/// One request as another tool recorded it.
#[derive(Debug, Default)]
struct Sample {
    /// Seconds since whatever the tool counts from.
    start_s: Option<f64>,
    /// Milliseconds; a failed request's do not count.
    e2e_ms: f64,
    ttft_ms: Option<f64>,
    inter_token_ms: Option<f64>,
    input_tokens: u64,
    output_tokens: u64,
    /// Why it failed.
    failed: Option<String>,
}

/// A run, and of each answered request when it began (seconds) and how long it took (milliseconds).
type TimedRun = (Run, Vec<(Option<f64>, f64)>);

/// What a tool's file holds, benchmark by benchmark, one run each.
struct Collected {
    tool: &'static str,
    runs: BTreeMap<String, TimedRun>,
    warnings: Vec<Problem>,
}

impl Collected {
    fn of(tool: &'static str) -> Self {
        Collected { tool, runs: BTreeMap::new(), warnings: Vec::new() }
    }

    fn add(&mut self, name: &str, sample: Sample) {
        let (run, ends) = self.runs.entry(name.to_string()).or_default();
        run.requests += 1;
        if let Some(failed) = sample.failed {
            let timed_out = failed.to_ascii_lowercase().contains("timeout");
            if timed_out {
                run.timeouts += 1;
            } else {
                *run.errors.entry(failed.chars().take(80).collect()).or_default() += 1;
            }
            return;
        }
        if !sample.e2e_ms.is_finite() || sample.e2e_ms < 0.0 {
            *run.errors.entry("no duration".to_string()).or_default() += 1;
            return;
        }
        run.completed += 1;
        run.e2e_ms.push(sample.e2e_ms);
        run.ttft_ms.extend(sample.ttft_ms.filter(|ms| ms.is_finite() && *ms >= 0.0));
        run.inter_token_ms.extend(sample.inter_token_ms.filter(|ms| ms.is_finite() && *ms >= 0.0));
        run.input_tokens = run.input_tokens.saturating_add(sample.input_tokens);
        run.output_tokens = run.output_tokens.saturating_add(sample.output_tokens);
        ends.push((sample.start_s, sample.e2e_ms));
    }

    /// The result document, or why there is none.
    fn document(self) -> Result<Warned<Document>, Problems> {
        let Collected { tool, runs, warnings } = self;
        if runs.is_empty() {
            return Err(empty(tool));
        }
        let result = |(name, (mut run, ends)): (String, TimedRun)| {
            // Throughput needs to know when each began.
            let starts: Option<Vec<f64>> = ends.iter().map(|(start, _)| *start).collect();
            if let Some(starts) = starts.filter(|starts| !starts.is_empty()) {
                let first = starts.iter().copied().fold(f64::INFINITY, f64::min);
                run.start_ms = starts.iter().map(|start| (start - first) * 1000.0).collect();
                let last = run.start_ms.iter().zip(&run.e2e_ms).map(|(start, ms)| start + ms).fold(0.0, f64::max);
                run.duration_ms = last;
            }
            let usual = Benchmark { name, warm_up: 0, ..Benchmark::default() };
            BenchmarkResult { runs: vec![run], ..BenchmarkResult::new(&usual) }
        };
        let environment = Environment { clock: "real".to_string(), client: tool.to_string(), ..Environment::default() };
        let benchmarks = runs.into_iter().map(result).collect();
        Ok(Warned { output: Document { suite: tool.to_string(), seed: 42, environment, benchmarks }, warnings })
    }
}

/// Reads a JSON document of another tool; `None` where it is none that is known.
pub(super) fn of_json(value: &Value) -> Option<Result<Warned<Document>, Problems>> {
    // A file of one line is a document as well.
    documents::read(value).or_else(|| lines::of_values(std::slice::from_ref(value)))
}

/// Reads lines of JSON or of a table; `None` where they are none that are known.
pub(super) fn of_text(text: &str) -> Option<Result<Warned<Document>, Problems>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A table begins with the names of its columns: no list does, and no line of any length.
    let begin = text.trim_start();
    let is_table = !begin.starts_with('[') && begin.find('\n').unwrap_or(begin.len()) < MAX_HEAD;
    if !begin.starts_with('{') {
        return if is_table { lines::of_table(text) } else { None };
    }
    let mut values = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match crate::document::bounded(line.as_bytes()) {
            Ok(value) => values.push(value),
            // A text whose first line is no JSON is not of lines.
            Err(_) if index == 0 => return None,
            Err(error) => {
                let what = Message::new(Word::not_json).text("error", error.to_string());
                return Some(Err(Problem::error(format!("{}", index + 1), what, Word::not_json_hint).into()));
            }
        }
    }
    lines::of_values(&values)
}

/// The longest line of column names.
const MAX_HEAD: usize = 64 * 1024;

/// The refusal of what is no form that is known.
pub(super) fn unknown() -> Problems {
    Problem::error("", Word::bench_unknown_form, Word::bench_unknown_form_hint).into()
}

/// The refusal of a summary, with the option that writes samples.
fn summary_only(tool: &str, option: &str) -> Problems {
    let what = Message::new(Word::bench_peer_summary).text("tool", tool);
    Problem::error("", what, Message::new(Word::bench_peer_summary_hint).text("option", option)).into()
}

fn empty(tool: &str) -> Problems {
    let what = Message::new(Word::bench_peer_empty).text("tool", tool);
    Problem::error("", what, Word::bench_no_samples_hint).into()
}

/// How many milliseconds a unit is.
fn ms_per(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" | "milliseconds" => 1.0,
        "s" | "sec" | "seconds" => 1e3,
        "us" | "µs" | "microseconds" => 1e-3,
        "ns" | "nanoseconds" => 1e-6,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
