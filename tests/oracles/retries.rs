//! What the SDKs' rules add up to.

use rehearsal::catalog::{Catalog, PriceKind};
use serde_json::{Value, json};

use super::theory::Grid;
use super::{FAILED, check, run, scenario};

const RETRIES: &str = "/counts/retries ÷ /counts/arrived";

/// The longest delay before a retry, in seconds.
fn longest_s(mode: &str, retry: u32) -> f64 {
    let doubled = f64::from(1_u32 << (retry - 1));
    if mode == "standard-2026" { 0.05 * doubled } else { doubled }
}

/// Attempts that break take their time, and the retry comes after a random part of its longest delay.
#[test]
fn broken_attempts_add_their_time_and_the_delay() {
    let (p, attempts) = (0.2_f64, 2_u32);
    for mode in ["legacy", "standard", "standard-2026"] {
        let delay = |retries: u32| (1..=retries).map(|retry| 500.0 * longest_s(mode, retry)).sum::<f64>();
        let after = |retries: u32| p.powi(retries as i32) * (1.0 - p) * (f64::from(retries) * 100.0 + delay(retries));
        let answered = 1.0 - p.powi(attempts as i32);
        let mean = 100.0 + (0..attempts).map(after).sum::<f64>() / answered;
        let changes = json!({
            "faults": {"error_rate": p},
            "retry": {"mode": mode, "max_attempts": attempts, "clients": 1000},
        });
        check(
            mode,
            &scenario(5.0, json!(100), changes),
            10_000,
            &[("/overall/e2e_ms/mean", mean), (FAILED, 1.0 - answered), (RETRIES, p)],
        );
    }
}

/// The whole distribution of what five attempts of legacy mode add: sums of uniform delays.
#[test]
fn the_tail_of_retries_is_that_of_their_delays() {
    let (p, step, count) = (0.3_f64, 0.01, 1_700);
    let mut delays = Grid::of(step, count, |x| if x < 0.0 { 0.0 } else { 1.0 });
    let mut added = Grid { step, mass: vec![0.0; count] };
    for retry in 1..=5 {
        let share = p.powi(retry - 1) * (1.0 - p) / (1.0 - p.powi(5));
        added.mass.iter_mut().zip(&delays.mass).for_each(|(sum, mass)| *sum += share * mass);
        let longest = longest_s("legacy", retry as u32);
        delays = delays.plus(&Grid::of(step, count, |x| (x / longest).clamp(0.0, 1.0)));
    }
    let changes = json!({"faults": {"throttle_rate": p}, "retry": {"mode": "legacy"}});
    let quantile = |p: f64| 100.0 + 1000.0 * added.quantile(p);
    check(
        "legacy",
        &scenario(5.0, json!(100), changes),
        10_000,
        &[
            ("/overall/e2e_ms/p90", quantile(0.9)),
            ("/overall/e2e_ms/p95", quantile(0.95)),
            ("/overall/e2e_ms/p99", quantile(0.99)),
        ],
    );
}

/// When nothing succeeds, a client has so many retries as its quota of 500 tokens pays, to the last.
#[test]
fn a_retry_quota_is_spent_to_the_last() {
    for (mode, faults, retries) in [
        ("standard", json!({"throttle_rate": 1}), 100),
        ("standard", json!({"error_rate": 1}), 100),
        ("standard-2026", json!({"throttle_rate": 1}), 100),
        ("standard-2026", json!({"error_rate": 1}), 35),
        ("adaptive", json!({"error_rate": 1}), 100),
    ] {
        for clients in [1, 7] {
            let changes = json!({"faults": faults, "retry": {"mode": mode, "clients": clients}});
            let counts = &run(&scenario(5.0, json!(10), changes), 5_000, 1)["counts"];
            assert_eq!(counts["retries"], json!(retries * clients), "{mode} {faults} {clients}: {counts}");
            assert_eq!(counts["failed"], json!(5_000), "{mode} {faults} {clients}: {counts}");
        }
    }
}

/// What is billed are the tokens of the model calls: none for cache hits, the prompt for an attempt
/// that broke, all of it for both models of an escalation.
#[test]
fn the_bill_is_what_the_calls_used() {
    let prices = |id: &str| {
        let prices = &Catalog::full().get(id).expect("it is in the catalog").prices;
        let dollars = |price: Option<rehearsal::money::Price>| price.expect("known").pico_per_token() as f64 / 1e12;
        (dollars(prices.get(PriceKind::Input)), dollars(prices.get(PriceKind::Output)))
    };
    let (fast, strong) = ("anthropic.claude-3-haiku-20240307-v1:0", "global.anthropic.claude-sonnet-4-6");
    let ((fast_in, fast_out), (strong_in, strong_out)) = (prices(fast), prices(strong));
    let (hits, escalated, broken) = (0.3, 0.25, 0.1);
    let tokens = |mean: f64, sd: f64| json!({"kind": "lognormal", "mean": mean, "sd": sd});
    let changes = json!({
        "types": [{"name": "only", "share_pct": 100, "model": fast, "input_tokens": tokens(1_000.0, 500.0),
            "output_tokens": tokens(200.0, 150.0), "cache": {"hit_rate": hits},
            "escalation": {"model": strong, "share_pct": 100.0 * escalated}}],
        "models": {fast: {"latency": 100}, strong: {"latency": 100}},
        "faults": {"error_rate": broken},
        "retry": {"mode": "legacy", "max_attempts": 50},
    });
    // Every call is answered in the end, after as many broken ones as a geometric law has.
    let prompts = 1.0 / (1.0 - broken);
    let call = |input: f64, output: f64| 1_000.0 * input * prompts + 200.0 * output;
    let message = (1.0 - hits) * (call(fast_in, fast_out) + escalated * call(strong_in, strong_out));
    check_usd(&scenario(5.0, json!(1), changes), 5_000, 5_000.0 * message);
}

/// Dollars are written as text, to the last digit.
fn check_usd(document: &Value, messages: u64, expected: f64) {
    let usd = |seed| {
        let cost = &run(document, messages, seed)["cost_usd"];
        cost.as_f64().or_else(|| cost.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{cost} is a number"))
    };
    super::within("cost", &(1..=super::SEEDS).map(usd).collect::<Vec<_>>(), expected);
}
