//! What a gate says of requests that were lost, of benchmarks that disappeared, of sides that are not
//! alike, and of too few runs.
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rehearsal")).arg("bench").args(arguments).output().expect("it starts")
}

fn file(name: &str, value: &Value) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("losses-{name}.json"));
    std::fs::write(&path, value.to_string()).expect("it can be written");
    path
}

/// One run: so many answered, timed out, throttled; `seed` moves the latencies about.
fn run(answered: u32, timeouts: u32, throttled: u32, level: f64, seed: u32) -> Value {
    let latency = |i: u32| level * (0.8 + 0.4 * f64::from((i * 7919 + seed * 31) % 101) / 101.0);
    let e2e: Vec<f64> = (0..answered).map(latency).collect();
    json!({
        "requests": answered + timeouts + throttled,
        "completed": answered,
        "timeouts": timeouts,
        "errors": {"ThrottlingException": throttled},
        "duration_ms": 60_000,
        "e2e_ms": e2e,
    })
}

fn benchmark(name: &str, runs: Vec<Value>) -> Value {
    json!({"name": name, "unit": "ms", "model": "m", "load": {"kind": "closed", "workers": 1}, "warm_up": 5,
           "slo_ms": 3000, "timeout_ms": 30000, "runs": runs})
}

fn document(benchmarks: Vec<Value>) -> Value {
    json!({"kind": "rehearsal-benchmark", "version": 1, "suite": "s", "seed": 1,
           "environment": {"clock": "real", "client": "url", "rehearsal": "0.1.0"}, "benchmarks": benchmarks})
}

fn five(answered: u32, timeouts: u32, throttled: u32, level: f64) -> Vec<Value> {
    (0..5).map(|seed| run(answered, timeouts, throttled, level, seed)).collect()
}

/// The exit code, the verdict as JSON, and what was said on standard error.
fn gate(baseline: &Value, candidate: &Value, more: &[&str]) -> (Option<i32>, Value, String) {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let (a, b) = (file(&format!("{number}-a"), baseline), file(&format!("{number}-b"), candidate));
    let output = bench(&[&["gate", a.to_str().unwrap(), b.to_str().unwrap(), "--json"], more].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), said)
}

fn metrics_of(verdict: &Value, outcome: &str) -> Vec<String> {
    let all = verdict["comparisons"].as_array().cloned().unwrap_or_default();
    let of = |c: &Value| (c["verdict"] == outcome).then(|| c["metric"].as_str().unwrap_or_default().to_string());
    all.iter().filter_map(of).collect()
}

#[test]
fn half_timed_out_or_throttled_is_a_regression_however_fast_the_rest_was() {
    let base = document(vec![benchmark("chat", five(100, 0, 0, 500.0))]);
    let check = |runs: Vec<Value>, expected: &[&str]| {
        let (code, verdict, said) = gate(&base, &document(vec![benchmark("chat", runs)]), &[]);
        assert_eq!((code, verdict["verdict"].as_str()), (Some(1), Some("regression")), "{verdict} {said}");
        assert_eq!(metrics_of(&verdict, "regression"), expected, "{verdict}");
    };
    check(five(50, 50, 0, 500.0), &["error_rate", "timeouts", "goodput"]);
    // Nine of ten throttled, and the answers twice as fast.
    check(five(10, 0, 90, 250.0), &["error_rate", "goodput"]);
    check(five(0, 100, 0, 500.0), &["error_rate", "timeouts", "goodput"]);
    // Answered, and too late to be useful.
    check(five(100, 0, 0, 4000.0), &["p95", "goodput"]);
    // One in fifty, against none, of five hundred.
    check(five(98, 0, 2, 500.0), &["error_rate"]);
    let (code, verdict, _) = gate(&base, &base, &[]);
    assert_eq!((code, verdict["verdict"].as_str(), verdict["metric"].as_str()), (Some(0), Some("pass"), Some("p95")));
    assert!(verdict["sentence"].as_str().unwrap().contains("500 requests, now 500"), "{verdict}");
    assert_eq!(metrics_of(&verdict, "pass"), ["p95", "error_rate", "timeouts", "goodput"]);
    // Fewer losses than before are no finding.
    let worse = document(vec![benchmark("chat", five(50, 50, 0, 500.0))]);
    assert_eq!(gate(&worse, &base, &[]).0, Some(0));
    // A policy can say that a loss does not weigh.
    let policies = file(
        "policies",
        &json!({"error_rate": {"severity": "none"}, "timeouts": {"severity": "none"},
                                             "goodput": {"severity": "none"}}),
    );
    let half = document(vec![benchmark("chat", five(50, 50, 0, 500.0))]);
    assert_eq!(gate(&base, &half, &["--policies", policies.to_str().unwrap()]).0, Some(0));
}

#[test]
fn what_disappeared_is_a_finding_unless_it_is_allowed_by_name() {
    let (a, b) = (|| benchmark("a", five(100, 0, 0, 500.0)), || benchmark("b", five(100, 0, 0, 500.0)));
    let both = document(vec![a(), b()]);
    let codes = |candidate: &Value, more: &[&str]| gate(&both, candidate, more).0;
    assert_eq!(codes(&document(vec![]), &[]), Some(1));
    assert_eq!(codes(&document(vec![a()]), &[]), Some(1));
    assert_eq!(codes(&document(vec![a()]), &["--allow", "b"]), Some(0));
    assert_eq!(codes(&document(vec![a()]), &["--allow", "a"]), Some(1));
    assert_eq!(codes(&document(vec![a()]), &["--allow", "c"]), Some(2));
    // Renamed: one is new, one is gone.
    assert_eq!(codes(&document(vec![a(), benchmark("c", five(100, 0, 0, 500.0))]), &[]), Some(1));
    // There, and empty.
    assert_eq!(codes(&document(vec![a(), benchmark("b", vec![])]), &[]), Some(1));
    assert_eq!(codes(&document(vec![a(), benchmark("b", vec![run(0, 0, 0, 1.0, 0)])]), &[]), Some(1));
    assert_eq!(codes(&document(vec![a(), b()]), &[]), Some(0));
    let (code, _, said) = gate(&both, &document(vec![a(), a(), b()]), &[]);
    assert_eq!((code, said.contains("Two benchmarks are called “a”.")), (Some(2), true), "{said}");
    // A baseline without anything is no first run.
    assert_eq!(gate(&document(vec![]), &both, &[]).0, Some(2));
    assert_eq!(gate(&document(vec![benchmark("a", vec![])]), &both, &[]).0, Some(2));
    let (_, verdict, _) = gate(&both, &document(vec![a()]), &[]);
    assert_eq!(
        verdict["sentence"],
        "b: the baseline has 500 requests of it and the new result does not have it. \
         Measure it again under this name, or allow it to be missing: --allow \"b\"."
    );
    // A metric that no one measured is no pass.
    assert_eq!(gate(&both, &both, &["--metric", "ttft_p95"]).0, Some(2));
}

#[test]
fn plain_series_without_anything_are_bad_input() {
    let (good, none) = (json!({"unit": "ms", "runs": [[1, 2, 3], [1, 2, 3]]}), json!({"unit": "ms", "runs": [[], []]}));
    for (a, b) in [(&none, &good), (&good, &none), (&none, &none)] {
        let (code, _, said) = gate(a, b, &[]);
        assert_eq!((code, said.contains("There is no measurement in")), (Some(2), true), "{said}");
    }
}

#[test]
fn one_run_a_side_is_inconclusive_unless_it_is_accepted() {
    let one = |level| document(vec![benchmark("chat", vec![run(400, 0, 0, level, 1)])]);
    let (code, verdict, _) = gate(&one(500.0), &one(700.0), &[]);
    assert_eq!((code, verdict["verdict"].as_str()), (Some(3), Some("inconclusive")));
    assert!(verdict["sentence"].as_str().unwrap().contains("accept one with --single-run"), "{verdict}");
    assert!(verdict["change_pct"].as_f64().unwrap() > 30.0);
    assert_eq!(gate(&one(500.0), &one(500.0), &[]).0, Some(3));
    assert_eq!(gate(&one(500.0), &one(700.0), &["--single-run"]).0, Some(1));
    let (code, verdict, _) = gate(&one(500.0), &one(500.0), &["--single-run"]);
    assert_eq!(code, Some(0));
    assert!(verdict["notes"].to_string().contains("One run a side cannot show"), "{verdict}");
    // Losses are seen within a run.
    let lost = document(vec![benchmark("chat", vec![run(200, 200, 0, 500.0, 1)])]);
    assert_eq!(gate(&one(500.0), &lost, &[]).0, Some(1));
}

#[test]
fn sides_that_are_not_alike_are_refused_or_named() {
    let base = document(vec![benchmark("chat", five(100, 0, 0, 500.0))]);
    let check = |pointer: &str, value: Value, name: &str| {
        let mut other = base.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        let (code, _, said) = gate(&base, &other, &[]);
        assert_eq!((code, said.contains(&format!("--allow {name}"))), (Some(2), true), "{pointer}: {said}");
        let (code, verdict, said) = gate(&base, &other, &["--allow", name]);
        assert_eq!(code, Some(0), "{pointer}: {said}");
        assert!(verdict["family"]["differences"].to_string().contains("differs"), "{verdict}");
    };
    check("/benchmarks/0/model", json!("another"), "model");
    check("/benchmarks/0/warm_up", json!(0), "warm_up");
    check("/benchmarks/0/timeout_ms", json!(60_000), "timeout");
    check("/benchmarks/0/slo_ms", json!(5000), "slo");
    check("/benchmarks/0/load", json!({"kind": "closed", "workers": 9}), "load");
    check("/environment/clock", json!("virtual"), "clock");
    check("/environment/client", json!("command"), "client");
    for (field, value) in [("target", "http://b/"), ("machine", "arm"), ("label", "abc")] {
        let mut other = base.clone();
        other["environment"][field] = json!(value);
        let (code, verdict, _) = gate(&base, &other, &[]);
        assert_eq!(code, Some(0));
        assert_eq!(verdict["family"]["differences"], json!([format!("The {field} differs: – before, {value} now.")]));
    }
}

#[test]
fn more_is_better_is_judged_at_its_low_end() {
    // The same top, and a low end that fell by a third.
    let level = |low: f64, seed: u32| -> Vec<f64> {
        (0..200_u32).map(|i| if (i * 7 + seed).is_multiple_of(10) { low } else { 100.0 } + f64::from(i % 5)).collect()
    };
    let runs = |low: f64| json!({"unit": "requests/s", "better": "higher", "runs": (0..5).map(|s| level(low, s)).collect::<Vec<_>>()});
    let (code, verdict, _) = gate(&runs(90.0), &runs(60.0), &[]);
    assert_eq!((code, verdict["metric"].as_str()), (Some(1), Some("p5")), "{verdict}");
    let sentence = verdict["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("series: P5 fell from ") && sentence.contains("requests/s"), "{sentence}");
    assert!(verdict["notes"].to_string().contains("95 of 100 samples exceed it"), "{verdict}");
}

#[test]
fn a_change_below_the_floor_counts_for_nothing() {
    let runs = |level: f64| {
        let run =
            |seed: u32| (0..100_u32).map(|i| level * (0.9 + 0.2 * f64::from((i * 37 + seed) % 100) / 100.0)).collect();
        (0..5).map(run).collect::<Vec<Vec<f64>>>()
    };
    let ms = |level: f64| json!({"unit": "ms", "runs": runs(level)});
    let seconds = |level: f64| json!({"unit": "s", "runs": runs(level / 1000.0)});
    for of in [&ms as &dyn Fn(f64) -> Value, &seconds] {
        // 2 ms to 3 ms: half as much again, and no one feels it.
        assert_eq!(gate(&of(2.0), &of(3.0), &[]).0, Some(1));
        let (code, verdict, _) = gate(&of(2.0), &of(3.0), &["--min-change-ms", "5"]);
        assert_eq!((code, verdict["verdict"].as_str()), (Some(0), Some("pass")));
        assert!(verdict["notes"].to_string().contains("Changes of less than 5.00 ms count for nothing"), "{verdict}");
        assert_eq!(gate(&of(100.0), &of(150.0), &["--min-change-ms", "5"]).0, Some(1));
    }
    let policies = file("floor", &json!({"p95": {"min_change_ms": 5}}));
    assert_eq!(gate(&ms(2.0), &ms(3.0), &["--policies", policies.to_str().unwrap()]).0, Some(0));
}

/// No sentence says a number that no one can use.
#[test]
fn sentences_say_what_can_be_done() {
    let one = |runs: Value| json!({"unit": "ms", "runs": runs});
    let spread =
        |level: f64, n: u32| (0..n).map(|i| level * (1.0 + f64::from(i * 7 % n) / f64::from(n))).collect::<Vec<_>>();
    // From next to nothing, and from nothing.
    let three = |level: f64| one(json!([spread(level, 40), spread(level, 41), spread(level, 42)]));
    let (_, verdict, _) = gate(&three(1e-300), &three(500.0), &[]);
    let sentence = verdict["sentence"].as_str().unwrap();
    assert!(sentence.contains("next to nothing") && !sentence.contains("inf"), "{sentence}");
    let (code, verdict, _) = gate(&three(0.0), &three(500.0), &[]);
    assert_eq!(code, Some(3));
    assert!(verdict["sentence"].as_str().unwrap().contains("a change from zero has no percentage"), "{verdict}");
    // Five short runs are not too few runs.
    let short = one(json!((0..5).map(|s| spread(100.0 + f64::from(s), 10)).collect::<Vec<_>>()));
    let (_, verdict, _) = gate(&short, &short, &[]);
    let notes = verdict["notes"].to_string();
    assert!(notes.contains("The runs are too short") && !notes.contains("too few to see"), "{notes}");
    // A change at the very threshold: no number of requests is named that no one would send.
    let at =
        |level: f64| one(json!((0..5).map(|s| spread(level * (1.0 + 1e-4 * f64::from(s)), 2000)).collect::<Vec<_>>()));
    let (_, verdict, _) = gate(&at(100.0), &at(109.999), &[]);
    let sentence = verdict["sentence"].as_str().unwrap();
    assert!(!sentence.contains("000,000"), "{sentence}");
    for text in [&three(1.0), &short] {
        let (_, verdict, _) = gate(text, &one(json!([[1.0]])), &[]);
        assert!(!verdict.to_string().contains("takes 0 more"), "{verdict}");
    }
}

#[test]
fn old_series_say_their_unit_on_the_command_line() {
    let old = json!({"runs": [[1, 2, 3]]});
    let (code, _, said) = gate(&old, &old, &[]);
    assert_eq!((code, said.contains("--unit ms|s")), (Some(2), true), "{said}");
    assert_eq!(gate(&old, &old, &["--unit", "s"]).0, Some(3));
    // A byte-order mark is no part of a document; a number is read to its last bit.
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("losses-bom.json");
    std::fs::write(&path, "\u{feff}{\"unit\":\"ms\",\"runs\":[[122.416294033786585]]}").unwrap();
    let output = bench(&["describe", path.to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let described: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(described["mean"].as_f64(), "122.416294033786585".parse().ok());
}
