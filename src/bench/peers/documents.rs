//! Tools that write one JSON document.

use serde_json::Value;

use crate::problem::{Problem, Problems, Warned};
use crate::words::{Message, Word};

use super::super::document::{Document, MAX_SAMPLES};
use super::{Collected, Sample, empty, summary_only};

/// Reads a document by the members that only its tool writes.
pub(super) fn read(value: &Value) -> Option<Result<Warned<Document>, Problems>> {
    let has = |key: &str| value.get(key).is_some();
    let rows = |key: &str| value[key].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(entries) = value.as_array() {
        let locust = |entry: &Value| entry["response_times"].is_object() && entry["num_requests"].is_u64();
        return (!entries.is_empty() && entries.iter().all(locust)).then(|| locust_json(entries));
    }
    if has("results") && rows("results").iter().all(|row| row["command"].is_string()) && !rows("results").is_empty() {
        return Some(hyperfine(rows("results")));
    }
    if has("machine_info") && has("benchmarks") {
        return Some(pytest_benchmark(rows("benchmarks")));
    }
    if has("sampling_mode") && has("iters") && has("times") {
        return Some(criterion(rows("iters"), rows("times")));
    }
    if value["median_abs_dev"]["point_estimate"].is_number() {
        return Some(Err(summary_only("criterion", "the file `sample.json` beside this one, or its folder")));
    }
    if has("ttfts") && has("itls") {
        return Some(vllm(value));
    }
    if has("request_throughput") && has("mean_ttft_ms") {
        return Some(Err(summary_only("vLLM", "`vllm bench serve --save-result --save-detailed`")));
    }
    if rows("benchmarks").iter().any(|row| row["requests"]["successful"].is_array()) {
        return Some(guidellm(rows("benchmarks")));
    }
    if rows("benchmarks").iter().any(|row| row["metrics"]["request_latency"].is_object()) {
        return Some(Err(summary_only("GuideLLM", "`--output kind=json` with its requests")));
    }
    if has("experiments") && rows("experiments").iter().any(|row| row["requests"].is_array()) {
        return Some(genai_perf(rows("experiments")));
    }
    if value["request_latency"]["avg"].is_number() {
        return Some(Err(summary_only("AIPerf", "`--export-level records`: read `profile_export.jsonl`")));
    }
    if has("latencyPercentiles") && has("summary") {
        return Some(Err(summary_only("oha", "`oha --output-format csv`")));
    }
    if value["metrics"]["http_req_duration"].is_object() || value["metrics"]["iteration_duration"].is_object() {
        return Some(Err(summary_only("k6", "`k6 run --out json=FILE`")));
    }
    if has("time_to_last_token-average") || (has("total_requests") && has("total_test_time")) {
        return Some(Err(summary_only("LLMeter", "`Runner(output_path=…)`: read `responses.jsonl`")));
    }
    None
}

/// `locust --json`: how often each response time came, in milliseconds, of two significant digits.
fn locust_json(entries: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("locust");
    let mut failures = false;
    let counts = |entry: &Value| -> u64 {
        let counts = entry["response_times"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64());
        counts.fold(0, u64::saturating_add)
    };
    // A count is a few characters, however many samples it stands for.
    if entries.iter().map(counts).fold(0, u64::saturating_add) > MAX_SAMPLES as u64 {
        let what = Message::new(Word::bench_too_many).number("most", MAX_SAMPLES as f64);
        return Err(Problem::error("response_times", what, Word::bench_too_many_hint).into());
    }
    for entry in entries {
        let name =
            format!("{} {}", entry["method"].as_str().unwrap_or_default(), entry["name"].as_str().unwrap_or_default());
        for (ms, count) in entry["response_times"].as_object().into_iter().flatten() {
            let (Ok(ms), Some(count)) = (ms.parse::<f64>(), count.as_u64()) else { continue };
            for _ in 0..count {
                all.add(name.trim(), Sample { e2e_ms: ms, ..Sample::default() });
            }
        }
        let failed = entry["num_failures"].as_u64().unwrap_or(0);
        if let Some((run, _)) = all.runs.get_mut(name.trim())
            && failed > 0
        {
            failures = true;
            run.completed = run.completed.saturating_sub(failed);
            run.errors.insert("failed".to_string(), failed);
        }
    }
    all.warnings.push(Problem::warning("", Word::bench_peer_locust, Word::bench_peer_locust_hint));
    if failures {
        all.warnings.push(Problem::warning("", Word::bench_peer_locust_failed, Word::bench_peer_locust_hint));
    }
    all.document()
}

/// `hyperfine --export-json`: the seconds of each run of a command, and its exit code.
fn hyperfine(results: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("hyperfine");
    for result in results {
        let Some(times) = result["times"].as_array() else {
            return Err(summary_only("hyperfine", "`hyperfine --export-json FILE`, of 1.8 or newer"));
        };
        let name = result["command"].as_str().unwrap_or_default();
        for (index, time) in times.iter().enumerate() {
            let code = result["exit_codes"][index].as_i64().unwrap_or(0);
            let failed = (code != 0).then(|| format!("exit code {code}"));
            let e2e_ms = time.as_f64().unwrap_or(f64::NAN) * 1000.0;
            all.add(name, Sample { e2e_ms, failed, ..Sample::default() });
        }
    }
    all.document()
}

/// `pytest --benchmark-json`: the seconds of each round.
fn pytest_benchmark(benchmarks: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("pytest-benchmark");
    for benchmark in benchmarks {
        let Some(data) = benchmark["stats"]["data"].as_array() else {
            return Err(summary_only("pytest-benchmark", "`--benchmark-json FILE`, or `--benchmark-save-data`"));
        };
        let name = benchmark["fullname"].as_str().or(benchmark["name"].as_str()).unwrap_or("benchmark");
        for seconds in data {
            all.add(name, Sample { e2e_ms: seconds.as_f64().unwrap_or(f64::NAN) * 1000.0, ..Sample::default() });
        }
    }
    all.document()
}

/// criterion's `sample.json`: nanoseconds of so many iterations each.
fn criterion(iterations: &[Value], times: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("criterion");
    for (count, time) in iterations.iter().zip(times) {
        let each = time.as_f64().unwrap_or(f64::NAN) / count.as_f64().unwrap_or(f64::NAN);
        all.add("criterion", Sample { e2e_ms: each * 1e-6, ..Sample::default() });
    }
    all.document()
}

/// `vllm bench serve --save-detailed`: seconds in columns, a failed request with its error.
fn vllm(value: &Value) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("vllm");
    let ttfts = value["ttfts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name = value["model_id"].as_str().or(value["model_name"].as_str()).unwrap_or("vllm");
    for (index, ttft) in ttfts.iter().enumerate() {
        let gaps = value["itls"][index].as_array().map(Vec::as_slice).unwrap_or_default();
        let sum: f64 = gaps.iter().filter_map(Value::as_f64).sum();
        let ttft = ttft.as_f64().unwrap_or(f64::NAN);
        let output = value["output_lens"][index].as_u64().unwrap_or(0);
        // Tokens by count: several may come in one piece.
        let steps = output.saturating_sub(1);
        let error = value["errors"][index].as_str().filter(|error| !error.is_empty());
        let last = error.map(|error| error.trim().lines().last().unwrap_or("failed").to_string());
        all.add(
            name,
            Sample {
                start_s: value["start_times"][index].as_f64(),
                e2e_ms: value["latencies"][index].as_f64().unwrap_or(ttft + sum) * 1000.0,
                ttft_ms: Some(ttft * 1000.0),
                inter_token_ms: (steps > 0).then(|| sum * 1000.0 / steps as f64),
                input_tokens: value["input_lens"][index].as_u64().unwrap_or(0),
                output_tokens: output,
                failed: last,
            },
        );
    }
    all.document()
}

/// GuideLLM's report: seconds for the whole, milliseconds for its parts.
fn guidellm(benchmarks: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("guidellm");
    for (index, benchmark) in benchmarks.iter().enumerate() {
        let strategy =
            [&benchmark["config"]["strategy"], &benchmark["args"]["strategy"], &benchmark["scheduler"]["strategy"]]
                .into_iter()
                .find_map(|strategy| strategy["kind"].as_str().or(strategy["type_"].as_str()));
        let mut name = strategy.unwrap_or("guidellm").to_string();
        if benchmarks.len() > 1 {
            name = format!("{name} {}", index + 1);
        }
        for kind in ["successful", "errored", "incomplete"] {
            for request in benchmark["requests"][kind].as_array().into_iter().flatten() {
                let failed = match kind {
                    "successful" => None,
                    // Cut off by the end of the measurement, which is no failure and no answer.
                    "incomplete" => continue,
                    _ => Some(
                        request["error"]
                            .as_str()
                            .or(request["info"]["error"].as_str())
                            .unwrap_or("errored")
                            .to_string(),
                    ),
                };
                let count = |keys: &[&str]| keys.iter().find_map(|key| request[*key].as_u64()).unwrap_or(0);
                all.add(
                    &name,
                    Sample {
                        start_s: request["request_start_time"].as_f64().or(request["start_time"].as_f64()),
                        e2e_ms: request["request_latency"].as_f64().unwrap_or(f64::NAN) * 1000.0,
                        ttft_ms: request["time_to_first_token_ms"].as_f64(),
                        inter_token_ms: request["inter_token_latency_ms"].as_f64(),
                        input_tokens: count(&["prompt_tokens"]),
                        output_tokens: count(&["output_tokens"]),
                        failed,
                    },
                );
            }
        }
    }
    all.document()
}

/// genai-perf's `profile_export.json`: nanoseconds of a request and of each piece of its answer.
fn genai_perf(experiments: &[Value]) -> Result<Warned<Document>, Problems> {
    let mut all = Collected::of("genai-perf");
    for (index, experiment) in experiments.iter().enumerate() {
        let name = match (experiment["experiment"]["mode"].as_str(), experiment["experiment"]["value"].as_f64()) {
            (Some(mode), Some(value)) => format!("{mode} {value}"),
            _ => format!("experiment {}", index + 1),
        };
        for request in experiment["requests"].as_array().into_iter().flatten() {
            let start = request["timestamp"].as_f64().unwrap_or(f64::NAN);
            let pieces: Vec<f64> =
                request["response_timestamps"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
            let since = |at: Option<&f64>| at.map(|at| (at - start) * 1e-6);
            let failed = (request["success"] == false || pieces.is_empty()).then(|| "failed".to_string());
            all.add(
                &name,
                Sample {
                    start_s: Some(start * 1e-9),
                    e2e_ms: since(pieces.last()).unwrap_or(f64::NAN),
                    ttft_ms: since(pieces.first()).filter(|_| pieces.len() > 1),
                    failed,
                    ..Sample::default()
                },
            );
        }
    }
    if all.runs.is_empty() { Err(empty("genai-perf")) } else { all.document() }
}
