//! Benchmarks from a suite to a document and a verdict: determinism, the schema, the original's
//! output, and what a comparison refuses.
#![cfg(not(target_arch = "wasm32"))]

use rehearsal::bench::{
    Benchmark, BenchmarkResult, Document, Environment, Load, Metric, Outcome, Rule, Series, Session, SimulatorClient,
    Suite, SuitePreset, Terms, Verdict, WireClient, compare, original_results, original_summary, rehearse,
};
use rehearsal::catalog::{Catalog, HAIKU};
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Fallback, Mock};
use rehearsal::scenario::{Distribution, Scenario, Stage, StageGroup};
use serde_json::{Value, json};

fn rehearsed(suite: &Suite, scenario: &Scenario, seed: u64) -> Document {
    let tokens: Vec<u64> = suite.prompts.iter().map(|prompt| prompt.input_tokens).collect();
    let run = |benchmark: &Benchmark| {
        let mut result = BenchmarkResult::new(benchmark);
        for number in 0..benchmark.runs {
            let catalog = Catalog::reference();
            let client = SimulatorClient::new(scenario, &catalog, benchmark, &suite.prompts, seed, number);
            result.runs.push(rehearse(Session::new(benchmark, &tokens, 0.0), &mut client.unwrap()));
        }
        result
    };
    Document {
        suite: suite.name.clone(),
        seed,
        environment: Environment {
            clock: "virtual".into(),
            client: "simulator".into(),
            rehearsal: "test".into(),
            ..Environment::default()
        },
        benchmarks: suite.benchmarks.iter().map(run).collect(),
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_reads_back() {
    for preset in SuitePreset::ALL {
        let suite = preset.suite();
        let document = rehearsed(&suite, &Scenario::default(), 42);
        assert_eq!(document.to_json(), rehearsed(&suite, &Scenario::default(), 42).to_json());
        assert_ne!(document.to_json(), rehearsed(&suite, &Scenario::default(), 43).to_json());
        let read = Document::read(&document.to_json()).unwrap();
        assert_eq!(read.output, document);
        assert_eq!(read.warnings, []);
    }
}

/// What of JSON Schema the schema uses.
fn violations(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let mut wrong = |what: &str| found.push(format!("{path}: {what}: {value:.60}"));
    if schema.get("const").is_some_and(|expected| expected != value) {
        wrong("const");
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|all| !all.contains(value)) {
        wrong("enum");
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("the schema uses the type {other}"),
    };
    let fits = match schema.get("type") {
        None => true,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| is(kind.as_str().unwrap())),
        Some(kind) => is(kind.as_str().unwrap()),
    };
    if !fits {
        wrong("type");
    }
    if schema.get("minimum").and_then(Value::as_f64).zip(value.as_f64()).is_some_and(|(least, got)| got < least) {
        wrong("minimum");
    }
    for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if value.get(required.as_str().unwrap()).is_none() {
            found.push(format!("{path}: lacks {required}"));
        }
    }
    for (key, item) in value.as_object().into_iter().flatten() {
        let inner = format!("{path}.{key}");
        match (schema.get("properties").and_then(|all| all.get(key)), schema.get("additionalProperties")) {
            (Some(known), _) => violations(known, item, &inner, found),
            (None, Some(Value::Bool(false))) => found.push(format!("{inner}: not in the schema")),
            (None, Some(other)) => violations(other, item, &inner, found),
            (None, None) => {}
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(items) = schema.get("items") {
            violations(items, item, &format!("{path}[{index}]"), found);
        }
    }
}

#[test]
fn documents_follow_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../docs/benchmark-result.schema.json")).unwrap();
    let check = |document: &Value| {
        let mut found = Vec::new();
        violations(&schema, document, "", &mut found);
        found
    };
    let document = rehearsed(&SuitePreset::Mix.suite(), &chain(), 7);
    let mut value: Value = serde_json::from_str(&document.to_json()).unwrap();
    assert!(check(&value).is_empty(), "{:?}", check(&value));
    value["benchmarks"][0]["runs"][0]["e2e_ms"][3] = json!(-1);
    value["extra"] = json!(1);
    assert_eq!(
        check(&value),
        [".benchmarks[0].runs[0].e2e_ms[3]: minimum: -1".to_string(), ".extra: not in the schema".to_string()]
    );
}

/// A chain of stages before the model: two groups in series, the second of two in parallel.
fn chain() -> Scenario {
    let stage = |name: &str, ms: f64| Stage {
        name: name.to_string(),
        latency: Distribution::Constant(ms),
        cold_rate: 0.0,
        cold_ms: 0.0,
    };
    let group = |parallel| StageGroup { parallel, after: false, on_miss: false };
    let stages = vec![
        group(vec![stage("gateway", 5.0)]),
        group(vec![stage("session store", 10.0), stage("embedding", 30.0)]),
        StageGroup { after: true, ..group(vec![stage("guardrail", 20.0)]) },
    ];
    Scenario { stages, ..Scenario::default() }
}

#[test]
fn a_chain_takes_its_stages_in_series_and_the_slowest_in_parallel() {
    let suite = Suite {
        benchmarks: vec![Benchmark { model: Some(HAIKU.to_string()), runs: 1, ..Benchmark::default() }],
        ..SuitePreset::Verdict.suite()
    };
    let with = rehearsed(&suite, &chain(), 42);
    let without = rehearsed(&suite, &Scenario::default(), 42);
    let (with, without) = (&with.benchmarks[0].runs[0], &without.benchmarks[0].runs[0]);
    for (a, b) in with.e2e_ms.iter().zip(&without.e2e_ms) {
        // 5 + max(10, 30) + 20, to the microsecond that documents keep.
        assert!((a - b - 55.0).abs() < 0.002, "{a} and {b}");
    }
    let names: Vec<&str> = with.stages.keys().map(String::as_str).collect();
    assert_eq!(names, ["embedding", "gateway", "guardrail", "model", "session store"]);
    assert_eq!(with.stages["embedding"], vec![30.0; 100]);
}

#[test]
fn the_original_suite_speaks_the_originals_names() {
    let document = rehearsed(&SuitePreset::Original.suite(), &Scenario::default(), 42);
    let results = original_results(&document, &[]);
    let names: Vec<&str> = results.iter().map(|result| result.name.as_str()).collect();
    assert_eq!(names, ["latency_sonnet", "latency_haiku", "throughput_haiku_concurrent_10"]);
    // Five runs of the original's 50, 50 and 100.
    assert_eq!(results.iter().map(|result| result.samples).collect::<Vec<_>>(), [250, 250, 500]);
    let summary = original_summary(&results);
    assert_eq!((&summary["total_benchmarks"], &summary["regressions"]), (&json!(3), &json!(0)));
    assert_eq!(summary["gate_passed"], json!(true));
    let keys: Vec<&str> = summary["results"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["name", "status", "p95_ms", "mean_ms", "throughput_rps", "regression_pct", "total_cost_usd"]);
    // A baseline of half the P95: the original calls that a regression of 100 %.
    let half = json!({"name": "latency_haiku", "p95_ms": results[1].p95_ms / 2.0});
    let judged = original_results(&document, &[half]);
    assert_eq!((judged[1].status, judged[1].regression_pct), (Outcome::Regression, 100.0));
    assert_eq!(original_summary(&judged)["gate_passed"], json!(false));
    // A result document as the baseline of another.
    let same = original_results(&document, &rehearsal::bench::original_baselines(&document));
    assert!(same.iter().all(|result| (result.status, result.regression_pct) == (Outcome::Pass, 0.0)), "{same:?}");
    assert_eq!(serde_json::to_value(&same[0]).unwrap().as_object().unwrap().len(), 15);
}

/// Little's law in a closed loop: ten workers, always busy, finish ten over the mean time.
#[test]
fn throughput_is_workers_over_latency() {
    let benchmark = Benchmark {
        model: Some(HAIKU.to_string()),
        measured: 5000,
        runs: 1,
        load: Load::Closed { workers: 10 },
        ..Benchmark::default()
    };
    let suite = Suite { benchmarks: vec![benchmark], ..SuitePreset::Verdict.suite() };
    let document = rehearsed(&suite, &Scenario::default(), 1);
    let result = &document.benchmarks[0];
    let mean = result.latencies().iter().sum::<f64>() / 5000.0;
    let rate = result.aggregate().throughput_per_s.unwrap();
    assert!((rate * mean / 10_000.0 - 1.0).abs() < 0.005, "{rate} a second at {mean} ms");
}

#[test]
fn the_wire_mock_is_measured_by_its_bytes() {
    let benchmark = Benchmark { model: Some(HAIKU.to_string()), measured: 40, ..Benchmark::default() };
    let config = Config { fallback: Fallback::Echo, error_rate: 0.2, ..Config::default() };
    let mut mock = Mock::new(Library::default(), Catalog::reference(), config);
    let suite = SuitePreset::Verdict.suite();
    let run =
        rehearse(Session::new(&benchmark, &[20; 10], 0.0), &mut WireClient::new(&mut mock, &benchmark, &suite.prompts));
    assert_eq!(run.requests, 40);
    assert_eq!(run.completed + run.errors["InternalServerException"], 40);
    assert!(run.ttft_ms.iter().zip(&run.e2e_ms).all(|(first, all)| first <= all));
    assert!(run.cost_usd.len() as u64 == run.completed && run.output_tokens > 0);
}

#[test]
fn a_baseline_from_another_method_is_refused_with_the_reason() {
    let suite = SuitePreset::Verdict.suite();
    let now = rehearsed(&suite, &Scenario::default(), 42);
    let refused =
        |before: &Document| compare(before, &now, &Terms::of(&[Metric::P95], Rule::default())).unwrap_err().to_string();
    let mut real = now.clone();
    real.environment.clock = "real".into();
    assert_eq!(
        refused(&real),
        "environment.clock: The baseline has another clock: real instead of virtual. \
         Measure the baseline again in the same way, or accept the difference with --allow clock."
    );
    let mut loaded = now.clone();
    loaded.benchmarks[1].load = Load::Closed { workers: 8 };
    assert!(refused(&loaded).starts_with("benchmarks[1].load: The baseline has another load:"), "{}", refused(&loaded));
    // The door is kept, and another one is another method.
    let mut through = now.clone();
    through.benchmarks[0].door = Some("responses".to_string());
    let through = Document::read(&through.to_json()).unwrap().output;
    assert_eq!(through.benchmarks[0].door.as_deref(), Some("responses"));
    assert!(
        refused(&through).starts_with("benchmarks[0].door: The baseline has another door: responses instead of –.")
    );
    let text = now.to_json();
    let read = |text: &str| Document::read(text).unwrap_err().to_string();
    assert!(
        read(&text.replace("\"version\":1", "\"version\":9")).starts_with("version: This document is of version 9,")
    );
    assert!(read(&text.replace("\"unit\":\"ms\"", "\"unit\":\"s\"")).contains("The units differ: s and ms."));
    assert!(read("{\"kind\":\"other\"}").starts_with("kind: This is a document of the kind “other”"));
}

#[test]
fn a_slower_model_is_found_in_every_metric_it_touches() {
    let suite = SuitePreset::Verdict.suite();
    let mut slow = Scenario::default();
    if let Some(profile) = slow.models.get_mut(HAIKU) {
        profile.latency = Some(Distribution::Simple { mean: 450.0, sd: 100.0 });
    }
    slow.faults.error_rate = 0.1;
    let (before, after) = (rehearsed(&suite, &Scenario::default(), 1), rehearsed(&suite, &slow, 2));
    let metrics = [Metric::P95, Metric::P50, Metric::Mean, Metric::Throughput, Metric::ErrorRate, Metric::Cost];
    let rule = Rule { gate: true, ..Rule::default() };
    let family = compare(&before, &after, &Terms::of(&metrics, rule)).unwrap();
    assert_eq!(family.size, 12);
    let of = |benchmark: &str, metric: &str| {
        let mut all = family.comparisons.iter();
        all.find(|c| c.benchmark == benchmark && c.verdict.metric == metric).unwrap().verdict.verdict
    };
    for metric in ["p95", "p50", "mean", "throughput", "error_rate"] {
        assert_eq!(of("latency_haiku", metric), Outcome::Regression, "{metric}");
    }
    assert_eq!(of("latency_sonnet", "p50"), Outcome::Pass);
    assert_eq!(of("latency_sonnet", "error_rate"), Outcome::Regression);
    assert_eq!(of("latency_haiku", "cost"), Outcome::Pass);
    assert_eq!(family.gate(), Some(false));
}

fn series(runs: &[&[f64]]) -> Series {
    Series::of("ms", runs.iter().map(|run| run.to_vec()).collect())
}

/// A spread of latencies around a level, without chance.
fn spread(level: f64, count: u32) -> Vec<f64> {
    (0..count).map(|i| level * (0.8 + 0.4 * f64::from(i * 7919 % count) / f64::from(count))).collect()
}

#[test]
fn every_case_of_the_rule() {
    let verdict = |a: Series, b: Series| Verdict::of("p95", a, b, Metric::P95.statistic(), &Rule::default());
    let (base, slow, fast) = (spread(100.0, 200), spread(130.0, 200), spread(75.0, 200));
    let one = |samples: &Vec<f64>| series(&[samples]);
    let check = |verdict: &Verdict, outcome: Outcome, method: &str| {
        assert_eq!((verdict.verdict, verdict.method.key()), (outcome, method), "{verdict:?}");
    };
    check(&verdict(one(&base), one(&base)), Outcome::Pass, "bootstrap-harrell-davis");
    check(&verdict(one(&base), one(&slow)), Outcome::Regression, "bootstrap-harrell-davis");
    check(&verdict(one(&base), one(&fast)), Outcome::Improvement, "bootstrap-harrell-davis");
    check(&verdict(series(&[]), one(&base)), Outcome::Baseline, "none");
    check(&verdict(one(&base), one(&spread(100.0, 12))), Outcome::Inconclusive, "none");
    assert_eq!(verdict(one(&base), one(&spread(100.0, 12))).requests_needed, Some(8));
    // Two runs a side are pooled, and that is said.
    let pooled = verdict(series(&[&base, &base]), series(&[&slow, &slow]));
    check(&pooled, Outcome::Regression, "bootstrap-harrell-davis");
    assert_eq!(pooled.notes.len(), 1);
    // Three: their spread counts.
    let runs = |levels: [f64; 3]| series(&levels.map(|level| spread(level, 100)).each_ref().map(Vec::as_slice));
    check(&verdict(runs([100.0, 101.0, 99.0]), runs([130.0, 131.0, 129.0])), Outcome::Regression, "welch-log-runs");
    check(&verdict(runs([100.0, 101.0, 99.0]), runs([101.0, 100.0, 99.5])), Outcome::Pass, "welch-log-runs");
    let noisy = verdict(runs([100.0, 140.0, 70.0]), runs([115.0, 80.0, 150.0]));
    check(&noisy, Outcome::Inconclusive, "welch-log-runs");
    assert!(noisy.requests_needed.unwrap() > 300, "{noisy:?}");
    // Runs that took turns are paired: their common ups and downs cancel.
    let taking_turns = |levels| Series { interleaved: true, ..runs(levels) };
    check(
        &verdict(taking_turns([100.0, 140.0, 70.0]), taking_turns([120.0, 167.0, 84.5])),
        Outcome::Regression,
        "paired-log-runs",
    );
    // More is better: the same numbers say the opposite.
    let higher = |samples: &Vec<f64>| Series { better: rehearsal::bench::Better::Higher, ..one(samples) };
    check(&verdict(higher(&base), higher(&slow)), Outcome::Improvement, "bootstrap-harrell-davis");
    check(&verdict(higher(&base), higher(&fast)), Outcome::Regression, "bootstrap-harrell-davis");
    // Neighbours that hang together are resampled in blocks.
    let wave: Vec<f64> = (0..200).map(|i| 100.0 + 30.0 * libm::sin(f64::from(i) / 15.0)).collect();
    let waves = verdict(one(&wave), one(&wave));
    assert_eq!(waves.method.key(), "block-bootstrap-harrell-davis");
    // All the same, and zero.
    check(&verdict(series(&[&[5.0; 50]]), series(&[&[5.0; 50]])), Outcome::Pass, "bootstrap-harrell-davis");
    check(&verdict(series(&[&[0.0; 50]]), series(&[&[5.0; 50]])), Outcome::Inconclusive, "none");
}

/// Rates are those of all calls: what is throttled takes nothing from what fails. And the measured mix says what its
/// two levers save: all of the difference to every call on the dearest model.
#[test]
fn rates_are_as_declared_and_savings_add_up() {
    let mut suite = SuitePreset::Mix.suite();
    suite.benchmarks.truncate(1);
    suite.benchmarks[0].measured = 20_000;
    suite.benchmarks[0].runs = 1;
    let mut scenario = Scenario::default();
    scenario.types.iter_mut().for_each(|kind| kind.cache.hit_rate = 0.0);
    (scenario.faults.throttle_rate, scenario.faults.error_rate) = (0.4, 0.3);
    let run = &rehearsed(&suite, &scenario, 42).benchmarks[0].runs[0];
    let share = |name: &str| run.errors[name] as f64 / run.requests as f64;
    assert!((share("ThrottlingException") - 0.4).abs() < 0.015, "{:?}", run.errors);
    assert!((share("InternalServerException") - 0.3).abs() < 0.015, "{:?}", run.errors);
    let run = &rehearsed(&suite, &Scenario::default(), 42).benchmarks[0].runs[0];
    let usd = |of: fn(&rehearsal::bench::TypeUse) -> Option<rehearsal::money::Usd>| -> f64 {
        run.types.values().map(|used| of(used).unwrap().dollars()).sum()
    };
    assert_eq!(run.types.values().map(|used| used.answered).sum::<u64>(), run.completed);
    assert_eq!(run.types.values().map(|used| used.cache_hits).sum::<u64>(), run.cache_hits);
    assert!((usd(|used| used.cost) - run.cost_usd.iter().sum::<f64>()).abs() < 1e-9);
    assert!(usd(|used| used.cache_saved) > 0.0 && usd(|used| used.routing_saved) > 0.0);
    assert_eq!(run.dearest.as_deref(), Some("anthropic.claude-3-sonnet-20240229-v1:0"));
}
