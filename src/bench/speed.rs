//! A model's speed as a scenario takes it, from what a benchmark measured.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::stats::mean_and_sd;

use super::document::{Document, Run};

/// What a result says of each model's speed, as `models` of a scenario: where answers streamed, the
/// time to first token and the tokens a second after it; else the whole answer's latency. `None`
/// where no benchmark names its model and has answers.
pub fn model_entries(document: &Document) -> Option<Value> {
    let mut runs: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for benchmark in &document.benchmarks {
        let answered = benchmark.runs.iter().filter(|run| run.completed > 0);
        // Without a name of its own, the one model that answered.
        let only = || {
            let mut models = benchmark.runs.iter().flat_map(|run| run.models.keys());
            let first = models.next()?;
            models.all(|model| model == first).then_some(first.as_str())
        };
        if let Some(model) = benchmark.model.as_deref().or_else(only) {
            runs.entry(model).or_default().extend(answered);
        }
    }
    let entries: Map<String, Value> =
        runs.into_iter().filter_map(|(model, runs)| Some((model.to_string(), entry(&runs)?))).collect();
    (!entries.is_empty()).then_some(Value::Object(entries))
}

fn entry(runs: &[&Run]) -> Option<Value> {
    let all = |of: fn(&Run) -> &Vec<f64>| -> Vec<f64> { runs.iter().flat_map(|run| of(run)).copied().collect() };
    let (ttft, gaps, whole) = (all(|run| &run.ttft_ms), all(|run| &run.inter_token_ms), all(|run| &run.e2e_ms));
    let (gap, _) = mean_and_sd(&gaps);
    if !ttft.is_empty() && !gaps.is_empty() && gap > 0.0 {
        return Some(json!({"ttft": distribution(&ttft), "tokens_per_s": rounded(1000.0 / gap)}));
    }
    (!whole.is_empty()).then(|| json!({"latency": distribution(&whole)}))
}

fn distribution(samples: &[f64]) -> Value {
    let (mean, sd) = mean_and_sd(samples);
    if sd > 0.0 {
        json!({"kind": "lognormal", "mean_ms": rounded(mean), "sd_ms": rounded(sd)})
    } else {
        json!({"kind": "constant", "mean_ms": rounded(mean)})
    }
}

/// To the microsecond, as it was measured.
fn rounded(value: f64) -> f64 {
    libm::round(value * 1000.0) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Benchmark, BenchmarkResult, Environment};
    use crate::scenario::Scenario;

    #[test]
    fn what_was_measured_is_a_scenario() {
        let benchmark = Benchmark { model: Some(crate::catalog::HAIKU.to_string()), ..Benchmark::default() };
        let mut result = BenchmarkResult::new(&benchmark);
        result.runs.push(Run {
            completed: 3,
            e2e_ms: vec![900.0, 1000.0, 1100.0],
            ttft_ms: vec![300.0, 320.0, 340.0],
            inter_token_ms: vec![10.0, 10.0, 10.0],
            ..Run::default()
        });
        let mut document =
            Document { suite: "s".into(), seed: 1, environment: Environment::default(), benchmarks: vec![result] };
        let read = |document: &Document| {
            let models = model_entries(document).unwrap();
            Scenario::load(&json!({ "models": models }).to_string()).unwrap().output.models[crate::catalog::HAIKU]
                .clone()
        };
        let profile = read(&document);
        assert_eq!(profile.tokens_per_s, Some(100.0));
        assert_eq!(profile.ttft.map(|ttft| ttft.mean()), Some(320.0));
        // Whole answers: the latency alone.
        document.benchmarks[0].runs[0].ttft_ms.clear();
        assert_eq!(read(&document).latency.map(|latency| latency.mean()), Some(1000.0));
        document.benchmarks[0].model = None;
        assert_eq!(model_entries(&document), None);
    }
}
