//! How long an answer takes where nothing waits: mixtures and sums of independent times.

use serde_json::{Value, json};

use super::theory::{Grid, lognormal_cdf, root};
use super::{check, exponential, lognormal, scenario};

/// With and without a limit that never binds: the two ways the engine takes.
const LIMITS: [Option<u32>; 2] = [None, Some(500)];

const PERCENTILES: [(&str, f64); 4] = [
    ("/overall/e2e_ms/p50", 0.5),
    ("/overall/e2e_ms/p90", 0.9),
    ("/overall/e2e_ms/p95", 0.95),
    ("/overall/e2e_ms/p99", 0.99),
];

fn check_both(what: &str, latency: Value, changes: &Value, quantile: impl Fn(f64) -> f64) {
    let expected = PERCENTILES.map(|(pointer, p)| (pointer, quantile(p)));
    for limit in LIMITS {
        let mut document = scenario(5.0, latency.clone(), changes.clone());
        document["capacity"] = json!({"concurrency": limit});
        check(&format!("{what}, limit {limit:?}"), &document, 5_000, &expected);
    }
}

/// Cache hits and two models: the quantiles of the mixture, by root finding.
#[test]
fn a_cache_and_a_route_mix() {
    let (fast, slow) = (lognormal_cdf(350.0, 100.0), lognormal_cdf(1_200.0, 300.0));
    for hits in [0.3, 0.6] {
        let cdf = |x: f64| {
            let model = 0.7 * fast(x) + 0.3 * slow(x);
            hits * f64::from(u8::from(x >= 20.0)) + (1.0 - hits) * model
        };
        let changes = json!({
            "types": [{"name": "only", "share_pct": 100, "cache": {"hit_rate": hits, "latency_ms": 20},
                "route": [{"model": "m", "share_pct": 70}, {"model": "slow", "share_pct": 30}]}],
            "models": {"m": {"latency": lognormal(350.0, 100.0)}, "slow": {"latency": lognormal(1_200.0, 300.0)}},
        });
        check_both(&format!("{hits} hits"), json!(0), &changes, |p| root(1.0, 20_000.0, |x| cdf(x) - p));
    }
}

/// Stages in series add, parallel ones take the slowest: a convolution.
#[test]
fn stages_convolve() {
    const COUNT: usize = 1_000;
    let step = 3.0;
    let (b, c) = (lognormal_cdf(120.0, 60.0), |x: f64| 1.0 - (-x / 80.0).exp());
    let first = Grid::of(step, COUNT, |x| 1.0 - (-x / 40.0).exp());
    let slowest = Grid::of(step, COUNT, |x| if x > 0.0 { b(x) * c(x) } else { 0.0 });
    let all = first.plus(&slowest).plus(&Grid::of(step, COUNT, lognormal_cdf(350.0, 100.0)));
    let stage = |name: &str, latency: Value| json!({"name": name, "latency": latency});
    let changes = json!({"stages": [
        {"parallel": [stage("gateway", exponential(40.0))]},
        {"parallel": [stage("search", lognormal(120.0, 60.0)), stage("session", exponential(80.0))]},
    ]});
    check_both("stages", lognormal(350.0, 100.0), &changes, |p| all.quantile(p));
}

/// An escalated message takes both models' time, one after the other.
#[test]
fn an_escalation_convolves() {
    const COUNT: usize = 1_000;
    let fast = Grid::of(5.0, COUNT, lognormal_cdf(350.0, 100.0));
    let both = fast.plus(&Grid::of(5.0, COUNT, lognormal_cdf(1_200.0, 300.0)));
    let all = both.or(0.25, &fast);
    let changes = json!({
        "types": [{"name": "only", "share_pct": 100, "model": "m", "escalation": {"model": "slow", "share_pct": 25}}],
        "models": {"m": {"latency": lognormal(350.0, 100.0)}, "slow": {"latency": lognormal(1_200.0, 300.0)}},
    });
    check_both("escalation", json!(0), &changes, |p| all.quantile(p));
}

/// The time to the first token grows with the prompt, and each token of the answer adds its own.
#[test]
fn tokens_take_their_time() {
    const COUNT: usize = 1_200;
    let step = 20.0;
    let (input, output) = (lognormal_cdf(3_000.0, 2_000.0), lognormal_cdf(200.0, 150.0));
    let first = Grid::of(step, COUNT, lognormal_cdf(300.0, 90.0)).plus(&Grid::of(step, COUNT, |x| input(x / 0.4)));
    let all = first.plus(&Grid::of(step, COUNT, |x| output(x / 12.5)));
    let tokens = |mean: f64, sd: f64| json!({"kind": "lognormal", "mean": mean, "sd": sd});
    let changes = json!({
        "types": [{"name": "only", "share_pct": 100, "model": "m", "input_tokens": tokens(3_000.0, 2_000.0),
            "output_tokens": tokens(200.0, 150.0)}],
        "models": {"m": {"ttft": lognormal(300.0, 90.0), "tokens_per_s": 80, "ttft_ms_per_1k_input": 400}},
    });
    check_both("tokens", json!(0), &changes, |p| all.quantile(p));
    let ttft = ["/overall/ttft_ms/p50", "/overall/ttft_ms/p95"].into_iter().zip([0.5, 0.95]);
    let expected: Vec<_> = ttft.map(|(pointer, p)| (pointer, first.quantile(p))).collect();
    check("first token", &scenario(5.0, json!(0), changes), 5_000, &expected);
}
