//! What the original Python document's benchmark code makes of a result: its fields, its rule, its
//! baseline file.

use serde::Serialize;
use serde_json::{Value, json};

use crate::compat::{NaiveStatus, describe_by_index, naive_regression};
use crate::document::python::round;

use super::document::{BenchmarkResult, Document};
use super::suite::Load;
use super::verdict::Outcome;

/// The original's ten prompts.
pub const STANDARD_PROMPTS: [&str; 10] = [
    "おすすめのアクションマンガを教えてください",
    "進撃の巨人の1巻はありますか?",
    "注文番号MNG-2024-78432の配送状況を教えてください",
    "What are the top selling manga this week?",
    "鬼滅の刃の全巻セットの価格は?",
    "Do you have any manga by 手塚治虫?",
    "新刊コミックの入荷予定を教えてください",
    "Can you recommend manga similar to One Piece?",
    "漫画のギフトラッピングはできますか?",
    "What genres of manga do you carry?",
];

/// A result with the original's fields, by its rules: percentiles by index, two decimals, several
/// workers named in the benchmark's name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OriginalResult {
    pub name: String,
    pub samples: usize,
    pub mean_ms: f64,
    pub median_ms: f64,
    pub stddev_ms: Value,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub min_ms: f64,
    pub max_ms: f64,
    pub throughput_rps: f64,
    pub total_tokens: u64,
    pub total_cost_usd: f64,
    pub status: Outcome,
    pub regression_pct: f64,
}

/// The results of a document as the original would have them, compared with an original's
/// baseline files: objects with `name` and `p95_ms`.
pub fn original_results(document: &Document, baselines: &[Value]) -> Vec<OriginalResult> {
    original_results_at(document, baselines, 10.0)
}

/// The same with another threshold, in percent.
pub fn original_results_at(document: &Document, baselines: &[Value], threshold_pct: f64) -> Vec<OriginalResult> {
    let result = |benchmark| original_result(benchmark, baselines, threshold_pct);
    document.benchmarks.iter().filter_map(result).collect()
}

/// The original's baseline files that a result document stands for.
pub fn original_baselines(document: &Document) -> Vec<Value> {
    let at_s = document.environment.at_s.unwrap_or(0.0);
    original_results(document, &[]).iter().map(|result| result.baseline(at_s)).collect()
}

fn original_result(benchmark: &BenchmarkResult, baselines: &[Value], threshold_pct: f64) -> Option<OriginalResult> {
    let latencies = benchmark.latencies();
    let described = describe_by_index(&latencies)?;
    let number = |key: &str| described[key].as_f64().unwrap_or(0.0);
    let aggregate = benchmark.aggregate();
    let workers = match benchmark.load {
        Load::Closed { workers } if workers > 1 => Some(workers),
        _ => None,
    };
    let name = match workers {
        Some(workers) => format!("{}_concurrent_{workers}", benchmark.name),
        None => benchmark.name.clone(),
    };
    // One worker's time is the sum of its latencies; several are timed by the wall clock, and
    // their tokens and cost are not counted.
    let seconds = match workers {
        Some(_) => benchmark.runs.iter().map(|run| run.duration_ms).sum::<f64>() / 1000.0,
        None => latencies.iter().sum::<f64>() / 1000.0,
    };
    let (tokens, cost) = match workers {
        Some(_) => (0, 0.0),
        None => (aggregate.input_tokens + aggregate.output_tokens, aggregate.cost_usd.unwrap_or(0.0)),
    };
    let mut result = OriginalResult {
        name,
        samples: latencies.len(),
        mean_ms: number("mean_ms"),
        median_ms: number("median_ms"),
        stddev_ms: described["stddev_ms"].clone(),
        p50_ms: number("p50_ms"),
        p95_ms: number("p95_ms"),
        p99_ms: number("p99_ms"),
        min_ms: number("min_ms"),
        max_ms: number("max_ms"),
        throughput_rps: if seconds > 0.0 { round(latencies.len() as f64 / seconds, 2) } else { 0.0 },
        total_tokens: tokens,
        total_cost_usd: round(cost, 6),
        status: Outcome::Baseline,
        regression_pct: 0.0,
    };
    let baseline = baselines.iter().find(|baseline| baseline["name"] == json!(result.name));
    let judged =
        baseline.and_then(|baseline| naive_regression(baseline["p95_ms"].as_f64()?, result.p95_ms, threshold_pct));
    if let Some((status, change)) = judged {
        result.regression_pct = change;
        result.status = match status {
            NaiveStatus::Pass => Outcome::Pass,
            NaiveStatus::Regression => Outcome::Regression,
            NaiveStatus::Improvement => Outcome::Improvement,
        };
    }
    Some(result)
}

impl OriginalResult {
    /// The original's baseline file, its time given by whoever writes it.
    pub fn baseline(&self, timestamp_s: f64) -> Value {
        json!({
            "name": self.name,
            "p95_ms": self.p95_ms,
            "mean_ms": self.mean_ms,
            "throughput_rps": self.throughput_rps,
            "timestamp": timestamp_s,
        })
    }
}

/// What the original's `run_all` returns.
pub fn original_summary(results: &[OriginalResult]) -> Value {
    let regressions = results.iter().filter(|result| result.status == Outcome::Regression).count();
    let rows: Vec<Value> = results
        .iter()
        .map(|result| {
            json!({
                "name": result.name,
                "status": result.status,
                "p95_ms": result.p95_ms,
                "mean_ms": result.mean_ms,
                "throughput_rps": result.throughput_rps,
                "regression_pct": result.regression_pct,
                "total_cost_usd": result.total_cost_usd,
            })
        })
        .collect();
    json!({
        "total_benchmarks": results.len(),
        "regressions": regressions,
        "results": rows,
        "gate_passed": regressions == 0,
    })
}
