//! Tools that write a line a request: JSON, or a table with a head.

use serde_json::Value;

use crate::problem::{Problem, Problems, Warned};
use crate::words::{Message, Word};

use super::super::document::Document;
use super::{Collected, Sample, ms_per, summary_only};

/// Reads lines of JSON by the members of the first that says whose they are.
pub(super) fn of_values(values: &[Value]) -> Option<Result<Warned<Document>, Problems>> {
    let first = values.first()?;
    if matches!(first["type"].as_str(), Some("Metric" | "Point")) && first["data"].is_object() {
        return Some(k6(values));
    }
    if first["metadata"].is_object() && first["metrics"].is_object() {
        return Some(aiperf(values));
    }
    if first.get("time_to_last_token").is_some() || first.get("time_to_first_token").is_some() {
        return Some(llmeter(values));
    }
    None
}

/// Which of k6's metrics is the time of a request: of HTTP, gRPC, or else of a whole iteration.
const K6_TIMES: [&str; 3] = ["http_req_duration", "grpc_req_duration", "iteration_duration"];

/// `k6 run --out json=FILE`: a point a metric and request, in milliseconds.
fn k6(values: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("k6");
    let points = |metric: &str| {
        let metric = metric.to_string();
        values.iter().filter(move |value| value["type"] == "Point" && value["metric"] == metric.as_str())
    };
    let timed = K6_TIMES.into_iter().find(|metric| points(metric).next().is_some());
    for point in timed.into_iter().flat_map(points) {
        let tag = |name: &str| point["data"]["tags"][name].as_str().filter(|tag| !tag.is_empty());
        let sample = Sample {
            e2e_ms: point["data"]["value"].as_f64().unwrap_or(f64::NAN),
            failed: k6_failure(tag("expected_response"), tag("status"), tag("error_code")),
            ..Sample::default()
        };
        all.add(tag("name").or(tag("url")).or(timed).unwrap_or("k6"), sample);
    }
    all.document()
}

/// Why k6 counts a request as failed.
fn k6_failure(expected: Option<&str>, status: Option<&str>, code: Option<&str>) -> Option<String> {
    if expected != Some("false") {
        return None;
    }
    // 1050 is a request's timeout.
    Some(match (code, status) {
        (Some("1050"), _) => "timeout".to_string(),
        (_, Some(status)) if status != "0" => format!("HTTP {status}"),
        (Some(code), _) => format!("error {code}"),
        _ => "failed".to_string(),
    })
}

/// AIPerf's `profile_export.jsonl`: each metric with its own unit.
fn aiperf(values: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("aiperf");
    for (index, value) in values.iter().enumerate() {
        let metadata = &value["metadata"];
        if metadata["benchmark_phase"] == "warmup" {
            continue;
        }
        let unknown_unit = |unit: &str| {
            let what = Message::new(Word::bench_peer_unit).text("unit", unit);
            Problems::from(Problem::error(format!("{}", index + 1), what, Word::bench_unit_hint))
        };
        let ms = |name: &str| -> Result<Option<f64>, Problems> {
            let metric = &value["metrics"][name];
            let Some(number) = metric["value"].as_f64() else { return Ok(None) };
            let unit = metric["unit"].as_str().unwrap_or_default();
            ms_per(unit).map(|factor| Some(number * factor)).ok_or_else(|| unknown_unit(unit))
        };
        let count = |name: &str| value["metrics"][name]["value"].as_u64().unwrap_or(0);
        let error = &value["error"];
        let cancelled = metadata["was_cancelled"] == true;
        let failed = if error.is_null() {
            cancelled.then(|| "cancelled".to_string())
        } else {
            let named = error["type"].as_str().map(str::to_string);
            Some(named.or(error["code"].as_i64().map(|code| format!("HTTP {code}"))).unwrap_or("failed".to_string()))
        };
        all.add(
            "aiperf",
            Sample {
                start_s: metadata["request_start_ns"].as_f64().map(|ns| ns * 1e-9),
                e2e_ms: ms("request_latency")?.unwrap_or(f64::NAN),
                ttft_ms: ms("time_to_first_token")?,
                inter_token_ms: ms("inter_token_latency")?,
                input_tokens: count("input_sequence_length"),
                output_tokens: count("output_sequence_length"),
                failed,
            },
        );
    }
    all.document()
}

/// LLMeter's `responses.jsonl`: seconds.
fn llmeter(values: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("llmeter");
    for value in values {
        let ms = |name: &str| value[name].as_f64().map(|seconds| seconds * 1000.0);
        all.add(
            "llmeter",
            Sample {
                e2e_ms: ms("time_to_last_token").unwrap_or(f64::NAN),
                ttft_ms: ms("time_to_first_token"),
                inter_token_ms: ms("time_per_output_token"),
                input_tokens: value["num_tokens_input"].as_u64().unwrap_or(0),
                output_tokens: value["num_tokens_output"].as_u64().unwrap_or(0),
                failed: value["error"]
                    .as_str()
                    .filter(|error| !error.is_empty())
                    .map(|error| error.split([':', '(']).next().unwrap_or(error).trim().to_string()),
                ..Sample::default()
            },
        );
    }
    all.document()
}

/// Reads a table by its head.
pub(super) fn of_table(text: &str) -> Option<Result<Warned<Document>, Problems>> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let head = fields(lines.next()?);
    let at = |name: &str| head.iter().position(|column| column.trim() == name);
    if let (Some(metric), Some(value)) = (at("metric_name"), at("metric_value")) {
        let columns = [at("name"), at("url"), at("expected_response"), at("status"), at("error_code")];
        return Some(k6_table(lines, metric, value, columns));
    }
    if let (Some(duration), Some(status)) = (at("request-duration"), at("status")) {
        return Some(oha(lines, at("request-start"), duration, status));
    }
    if at("Request Count").is_some() || (at("User Count").is_some() && at("Requests/s").is_some()) {
        return Some(Err(summary_only("Locust", "`locust --headless --json`")));
    }
    if at("Metric").is_some() && at("avg").is_some() && at("p99").is_some() {
        return Some(Err(summary_only("AIPerf", "`--export-level records`: read `profile_export.jsonl`")));
    }
    None
}

fn k6_table<'a>(
    lines: impl Iterator<Item = &'a str>,
    metric: usize,
    value: usize,
    columns: [Option<usize>; 5],
) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("k6");
    let rows: Vec<Vec<String>> = lines.map(fields).collect();
    let is = |row: &&Vec<String>, name: &str| row.get(metric).is_some_and(|cell| cell == name);
    let timed = K6_TIMES.into_iter().find(|name| rows.iter().any(|row| is(&row, name)));
    for row in rows.iter().filter(|row| timed.is_some_and(|name| is(row, name))) {
        let cell =
            |at: Option<usize>| at.and_then(|at| row.get(at)).map(String::as_str).filter(|cell| !cell.is_empty());
        let [name, url, expected, status, code] = columns.map(cell);
        let sample = Sample {
            e2e_ms: row.get(value).and_then(|cell| cell.parse().ok()).unwrap_or(f64::NAN),
            failed: k6_failure(expected, status, code),
            ..Sample::default()
        };
        all.add(name.or(url).or(timed).unwrap_or("k6"), sample);
    }
    all.document()
}

/// `oha --output-format csv`: seconds, and the status of each answer.
fn oha<'a>(
    lines: impl Iterator<Item = &'a str>,
    start: Option<usize>,
    duration: usize,
    status: usize,
) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("oha");
    for row in lines.map(fields) {
        let number = |at: usize| row.get(at).and_then(|cell| cell.trim().parse::<f64>().ok());
        let code = number(status).unwrap_or(0.0);
        let sample = Sample {
            start_s: start.and_then(number),
            e2e_ms: number(duration).unwrap_or(f64::NAN) * 1000.0,
            failed: (!(100.0..400.0).contains(&code)).then(|| format!("HTTP {code}")),
            ..Sample::default()
        };
        all.add("oha", sample);
    }
    all.document()
}

/// The cells of a line, quotes undone.
fn fields(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.trim_end_matches('\r').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}
