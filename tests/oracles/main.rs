//! The simulation, asked as an outsider asks it, against theory that knows nothing of it.
//!
//! A scenario is JSON, a result is JSON, an expectation is a formula or the numerical solution of an
//! equation. Several seeds are simulated, and what theory says must lie within what they say: the
//! 99.99 % confidence interval of their mean.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_methods, reason = "what theory says is computed natively, and need not be the same bits")]

mod answers;
mod queues;
mod retries;
mod theory;

use rehearsal::catalog::Catalog;
use rehearsal::scenario::Scenario;
use rehearsal::sim::simulate;
use rehearsal::stats::mean_interval;
use serde_json::{Value, json};

/// Runs of each scenario, with a seed each.
const SEEDS: u64 = 10;

/// One query type on one model that takes `latency`, at so many messages a second: the scenario, with
/// `changes` made to it.
fn scenario(per_second: f64, latency: Value, changes: Value) -> Value {
    let mut document = json!({
        "version": 2,
        "daily_messages": per_second * 86_400.0,
        "types": [{"name": "only", "share_pct": 100, "input_tokens": 100, "output_tokens": 100, "model": "m"}],
        "models": {"m": {"latency": latency}},
        "retry": {"mode": "none"},
    });
    if let (Some(document), Value::Object(changes)) = (document.as_object_mut(), changes) {
        document.extend(changes);
    }
    document
}

fn exponential(mean_ms: f64) -> Value {
    json!({"kind": "exponential", "mean_ms": mean_ms})
}

fn lognormal(mean_ms: f64, sd_ms: f64) -> Value {
    json!({"kind": "lognormal", "mean_ms": mean_ms, "sd_ms": sd_ms})
}

fn run(scenario: &Value, messages: u64, seed: u64) -> Value {
    let mut document = scenario.clone();
    document["seed"] = json!(seed);
    let scenario = Scenario::load(&document.to_string()).expect("it is a scenario").output;
    let outcome = simulate(&scenario, Catalog::full(), Some(messages)).expect("it can be simulated");
    serde_json::to_value(outcome).expect("it is JSON")
}

/// Checks figures of a result, given by their JSON pointers, against what theory says of each.
///
/// The interval must also be narrow, so that the check can fail: within a quarter of the figure.
fn check(what: &str, scenario: &Value, messages: u64, expected: &[(&str, f64)]) {
    let runs: Vec<Value> = (1..=SEEDS).map(|seed| run(scenario, messages, seed)).collect();
    for (pointer, theory) in expected {
        let figures: Vec<f64> = runs.iter().map(|run| figure(run, pointer)).collect();
        within(&format!("{what}, {pointer}"), &figures, *theory);
    }
}

/// Whether what theory says may be the mean of these figures.
fn within(what: &str, figures: &[f64], theory: f64) {
    let interval = mean_interval(figures, 0.9999);
    let (low, high) = (interval.low.expect("several runs"), interval.high.expect("several runs"));
    // Histograms and tables of quantiles are exact to some parts in ten thousand.
    let grain = 1e-3 * theory.abs();
    assert!(
        (low - grain..=high + grain).contains(&theory),
        "{what}: theory {theory}, simulated {low} to {high}: {figures:?}"
    );
    assert!(high - low <= 0.5 * theory.abs(), "{what}: {low} to {high} is too wide to say anything of {theory}");
}

/// A figure by its JSON pointer; `a ÷ b` is a quotient of two.
fn figure(run: &Value, pointer: &str) -> f64 {
    if let Some((a, b)) = pointer.split_once(" ÷ ") {
        return figure(run, a) / figure(run, b);
    }
    run.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer} is a number in {run}"))
}

const WAIT: &str = "/overall/queue_wait_ms/mean";
const WAITING: &str = "/overall/share_waiting";
const FAILED: &str = "/counts/failed ÷ /counts/arrived";
