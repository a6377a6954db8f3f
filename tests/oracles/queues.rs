//! Lines of every kind.

use serde_json::{Value, json};

use super::theory::{erlang_md1, integral, root};
use super::{FAILED, WAIT, WAITING, check, exponential, lognormal, scenario};

const LOST: &str = "/counts/rejected ÷ /counts/arrived";
const LEFT: &str = "/counts/abandoned ÷ /counts/arrived";

/// One server whose service takes always the same: Erlang's formula for the whole distribution.
#[test]
fn md1_by_erlang() {
    let load = 0.7;
    let wait = |p: f64| 100.0 * root(1e-9, 20.0, |time| (1.0 - load) * erlang_md1(load, time) - p);
    check(
        "M/D/1",
        &scenario(10.0 * load, json!(100), json!({"capacity": {"concurrency": 1}})),
        20_000,
        &[
            (WAIT, 100.0 * load / (2.0 * (1.0 - load))),
            (WAITING, load),
            ("/overall/queue_wait_ms/p90", wait(0.9)),
            ("/overall/queue_wait_ms/p95", wait(0.95)),
        ],
    );
}

/// Several servers whose service takes always the same: the numbers in the system one service apart
/// form a chain.
#[test]
fn mdc_by_its_chain() {
    let (servers, load) = (3_usize, 2.4_f64);
    const STATES: usize = 120;
    let mut poisson = vec![(-load).exp()];
    for k in 1..STATES {
        poisson.push(poisson[k - 1] * load / k as f64);
    }
    let mut state = vec![0.0; STATES];
    state[0] = 1.0;
    for _ in 0..400 {
        let mut next = vec![0.0; STATES];
        for (n, p) in state.iter().enumerate() {
            let left = n.saturating_sub(servers);
            for (arrived, q) in poisson.iter().enumerate().take(STATES - left) {
                next[left + arrived] += p * q;
            }
        }
        state = next;
    }
    let line: f64 = state.iter().enumerate().map(|(n, p)| n.saturating_sub(servers) as f64 * p).sum();
    let document = scenario(10.0 * load, json!(100), json!({"capacity": {"concurrency": servers}}));
    check("M/D/3", &document, 20_000, &[(WAIT, 100.0 * line / load)]);
}

/// Irregular arrivals before exponential service: σ = L(μ(1 − σ)), with the Laplace transform L of the
/// gaps, is the share of those who wait, and 1 / (μ(1 − σ)) how long those do.
#[test]
fn gm1_and_gmc_by_the_root_of_the_transform() {
    let (rate, service) = (7.0, 10.0);
    let traffic = |arrivals: &str, cv: f64| json!({"arrivals": arrivals, "cv": cv, "curve": "flat"});
    let gamma = |cv: f64, rate: f64| move |s: f64| (1.0 + cv * cv / rate * s).powf(-1.0 / (cv * cv));
    // Shape ½ gives a CV of √5: gaps that are squares of exponential times.
    let weibull = |s: f64| {
        let scale = 1.0 / (rate * 2.0);
        // The substitution takes the root out of the integrand.
        integral(0.0, 40.0, |x| (-s * scale * x * x - x).exp())
    };
    let sigma = |transform: &dyn Fn(f64) -> f64, service: f64| {
        root(1e-6, 1.0 - 1e-6, |sigma| transform(service * (1.0 - sigma)) - sigma)
    };
    let one = |what: &str, arrivals: Value, transform: &dyn Fn(f64) -> f64| {
        let sigma = sigma(transform, service);
        let changes = json!({"capacity": {"concurrency": 1}, "traffic": arrivals});
        check(
            what,
            &scenario(rate, exponential(100.0), changes),
            20_000,
            &[(WAITING, sigma), (WAIT, 1000.0 * sigma / (service * (1.0 - sigma)))],
        );
    };
    one("regular gamma gaps", traffic("gamma", 0.5), &gamma(0.5, rate));
    one("irregular gamma gaps", traffic("gamma", 2.0), &gamma(2.0, rate));
    one("Weibull gaps", traffic("weibull", 5.0_f64.sqrt()), &weibull);
    // With more servers the share of those who wait has no such formula, but how long those do has.
    let servers = 4.0;
    let sigma = sigma(&gamma(0.5, 32.0), service * servers);
    let changes = json!({"capacity": {"concurrency": servers}, "traffic": traffic("gamma", 0.5)});
    let wait = 1000.0 / (service * servers * (1.0 - sigma));
    check(
        "four servers",
        &scenario(32.0, exponential(100.0), changes),
        30_000,
        &[("/overall/queue_wait_ms/mean ÷ /overall/share_waiting", wait)],
    );
}

/// Pollaczek and Khinchine, with a service whose spread is twice its mean.
#[test]
fn a_spread_service_lets_wait_five_times_as_long() {
    let document = scenario(5.0, lognormal(100.0, 200.0), json!({"capacity": {"concurrency": 1}}));
    check("M/G/1", &document, 30_000, &[(WAIT, 100.0 * 0.5 * 5.0 / (2.0 * 0.5))]);
}

/// The answer's time behind one exponential server is exponential.
#[test]
fn mm1_sojourn_is_exponential() {
    let document = scenario(6.0, exponential(100.0), json!({"capacity": {"concurrency": 1}}));
    let quantile = |p: f64| -250.0 * (1.0 - p).ln();
    check(
        "M/M/1",
        &document,
        30_000,
        &[
            ("/overall/e2e_ms/p50", quantile(0.5)),
            ("/overall/e2e_ms/p95", quantile(0.95)),
            ("/overall/e2e_ms/p99", quantile(0.99)),
        ],
    );
}

/// Erlang A: people whose patience is exponential leave the line. The first token comes at once, so
/// nobody leaves a server.
#[test]
fn the_impatient_leave_as_erlang_a_says() {
    let (servers, rate, service, leaving) = (5, 60.0, 10.0, 4.0);
    let mut states = vec![1.0_f64];
    for n in 1..400 {
        let line = f64::from((n - servers).max(0));
        states.push(states[n as usize - 1] * rate / (f64::from(n.min(servers)) * service + line * leaving));
    }
    let sum: f64 = states.iter().sum();
    let line: f64 = states.iter().skip(6).enumerate().map(|(n, p)| (n + 1) as f64 * p).sum::<f64>() / sum;
    let changes = json!({
        "capacity": {"concurrency": servers},
        "patience_ms": exponential(1000.0 / leaving),
        "types": [{"name": "only", "share_pct": 100, "model": "m", "input_tokens": 1,
            "output_tokens": {"kind": "exponential", "mean": 10_000}}],
        "models": {"m": {"ttft": 0, "tokens_per_s": 100_000}},
    });
    check(
        "Erlang A",
        &scenario(rate, json!(1), changes),
        20_000,
        &[
            (LEFT, leaving * line / rate),
            (WAITING, states[5..].iter().sum::<f64>() / sum),
            (WAIT, 1000.0 * line / rate),
        ],
    );
}

/// A line that everyone leaves after the same time: the density of the wait that is offered (Baccelli
/// and Hebuterne) grows as long as people stay.
#[test]
fn a_timeout_rejects_as_the_offered_wait_says() {
    let (servers, rate, service, timeout_s) = (4, 45.0, 10.0, 0.2);
    let mut states = vec![1.0];
    for n in 1..servers {
        states.push(states[n - 1] * rate / service / n as f64);
    }
    let drain = servers as f64 * service;
    let offered = |wait: f64| rate * states[servers - 1] * ((rate - drain) * wait).exp();
    let beyond = offered(timeout_s) / drain;
    let idle: f64 = states.iter().sum();
    let sum = idle + integral(0.0, timeout_s, offered) + beyond;
    let lost = beyond / sum;
    let waited = integral(0.0, timeout_s, |wait| wait * offered(wait)) / sum + timeout_s * lost;
    let changes = json!({"capacity": {"concurrency": servers, "queue_timeout_ms": timeout_s * 1000.0}});
    check(
        "M/M/4 with a timeout",
        &scenario(rate, exponential(100.0), changes),
        20_000,
        &[(LOST, lost), (WAITING, 1.0 - idle / sum), (WAIT, 1000.0 * waited)],
    );
}

/// A quota is M/D/1 in disguise: what is missing in the bucket is the work before the server, and who
/// finds less than one call's worth in it is turned away. The wait is bounded, so the distribution
/// below the bound is Erlang's, scaled.
#[test]
fn a_quota_throttles_as_a_bounded_line_does() {
    let throttled = |load: f64, bound: f64| {
        let g = erlang_md1(load, bound);
        1.0 - g / (1.0 + load * g)
    };
    for (calls, load) in [(4.0, 0.9), (6.0, 1.1)] {
        let per_second = load * calls / 60.0;
        let requests = scenario(per_second, json!(50), json!({"capacity": {"rpm": calls}}));
        check("requests a minute", &requests, 10_000, &[(FAILED, throttled(load, calls - 1.0))]);
        // 100 tokens in and as many out are a call's worth, and 150 more lie in the bucket.
        let tokens = json!({"capacity": {"tpm": calls * 200.0 + 150.0, "max_tokens": 100}});
        let (calls, load) = (calls + 0.75, load * calls / (calls + 0.75));
        let tokens = scenario(per_second, json!(50), tokens);
        check("tokens a minute", &tokens, 10_000, &[(FAILED, throttled(load, calls - 1.0))]);
    }
}

/// Bursts: Poisson's rate changes between two values, each for a minute on average. The numbers in the
/// system and the phase form a chain, solved by sweeping over it.
#[test]
fn bursts_wait_as_their_chain_says() {
    let (rate, service, ratio, change) = (6.0, 10.0, 2.0, 1.0 / 60.0);
    let rates = [2.0 / (1.0 + ratio) * rate, 2.0 * ratio / (1.0 + ratio) * rate];
    // Matrix-geometric: the level's probabilities are those of the level below times R.
    let mut r = [[0.0_f64; 2]; 2];
    for _ in 0..20_000 {
        let mut next = [[0.0; 2]; 2];
        for i in 0..2 {
            // R = (A0 + R² A2) D⁻¹ + R A1', with A1 split into its diagonal and the change of phase.
            for j in 0..2 {
                let square: f64 = (0..2).map(|k| r[i][k] * r[k][j]).sum();
                let arrive = if i == j { rates[i] } else { 0.0 };
                next[i][j] = (arrive + square * service + r[i][1 - j] * change) / (rates[j] + service + change);
            }
        }
        r = next;
    }
    // The empty level: x (A1⁰ + R A2) = 0, and all levels sum to one.
    let back = |i: usize, j: usize| {
        let stay = if i == j { -rates[i] - change } else { change };
        stay + r[i][j] * service
    };
    let mut empty = [back(1, 0), -back(0, 0)];
    let det = (1.0 - r[0][0]) * (1.0 - r[1][1]) - r[0][1] * r[1][0];
    let sums = [[(1.0 - r[1][1]) / det, r[0][1] / det], [r[1][0] / det, (1.0 - r[0][0]) / det]];
    let times = |v: [f64; 2], m: &[[f64; 2]; 2]| [v[0] * m[0][0] + v[1] * m[1][0], v[0] * m[0][1] + v[1] * m[1][1]];
    let total: f64 = times(empty, &sums).iter().sum();
    empty = empty.map(|p| p / total);
    let number: f64 = times(times(times(empty, &sums), &sums), &r).iter().sum();
    let busy = 1.0 - (empty[0] * rates[0] + empty[1] * rates[1]) / rate;
    let traffic = json!({"arrivals": "bursts", "cv": ratio, "curve": "flat"});
    let changes = json!({"capacity": {"concurrency": 1}, "traffic": traffic});
    check(
        "bursts",
        &scenario(rate, exponential(100.0), changes),
        60_000,
        &[(WAITING, busy), (WAIT, 1000.0 * (number / rate - 1.0 / service))],
    );
}

/// A day whose rate changes with the hour: the equations of birth and death, hour by hour, from an
/// empty system on.
#[test]
fn a_day_waits_as_its_equations_say() {
    const STATES: usize = 60;
    let (servers, service) = (3, 0.2);
    let weights: Vec<f64> = (0..24_i32).map(|hour| 1.0 + f64::from((hour - 6).clamp(0, 14)) / 7.0).collect();
    let per_second = 0.3;
    let total: f64 = weights.iter().sum();
    let mut state = vec![0.0; STATES];
    state[0] = 1.0;
    let mut expected = Vec::new();
    for (hour, weight) in weights.iter().enumerate() {
        let rate = per_second * 24.0 * weight / total;
        let step = |state: &[f64], dt: f64| -> Vec<f64> {
            let leave = |n: usize| n.min(servers) as f64 * service;
            let flow = |n: usize| {
                let arrive = if n + 1 < STATES { rate } else { 0.0 };
                let mut flow = -(arrive + leave(n)) * state[n];
                flow += if n > 0 { rate * state[n - 1] } else { 0.0 };
                flow += if n + 1 < STATES { leave(n + 1) * state[n + 1] } else { 0.0 };
                flow
            };
            (0..STATES).map(|n| state[n] + dt * flow(n)).collect()
        };
        let (mut wait, mut waiting) = (0.0, 0.0);
        const STEPS: usize = 7_200;
        for _ in 0..STEPS {
            for (n, p) in state.iter().enumerate().skip(servers) {
                wait += p * (n - servers + 1) as f64 / (servers as f64 * service);
                waiting += p;
            }
            // Heun's rule.
            let ahead = step(&step(&state, 0.5), 0.5);
            state.iter_mut().zip(ahead).for_each(|(now, then)| *now = 0.5 * (*now + then));
        }
        if [16].contains(&hour) {
            expected.push((format!("/by_hour/{hour}/queue_wait_ms/mean"), 1000.0 * wait / STEPS as f64));
            expected.push((format!("/by_hour/{hour}/share_waiting"), waiting / STEPS as f64));
        }
    }
    let expected: Vec<(&str, f64)> = expected.iter().map(|(pointer, value)| (pointer.as_str(), *value)).collect();
    let changes = json!({"capacity": {"concurrency": servers}, "traffic": {"arrivals": "poisson", "curve": weights}});
    let days = (per_second * 86_400.0 * 3.0) as u64;
    check("a day", &scenario(per_second, exponential(1000.0 / service), changes), days, &expected);
}
