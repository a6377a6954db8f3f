//! The simulation against what queueing theory knows exactly.
//!
//! Every expectation is a formula, and every tolerance a multiple of the run's own standard error
//! or of the spread that theory gives.

use crate::catalog::Catalog;
use crate::scenario::{
    Capacity, Curve, Distribution, Faults, ModelProfile, QueryType, Retry, RetryMode, RouteShare, Scenario,
};
use crate::stats::gamma_upper;

use super::{Outcome, simulate};

const MESSAGES: u64 = 400_000;

/// One query type on one model whose whole answer takes this long, at so many messages a second.
fn service(per_second: f64, latency: Distribution) -> Scenario {
    let kind =
        QueryType { name: "only".to_string(), share_pct: 100.0, model: Some("m".to_string()), ..QueryType::default() };
    let mut scenario = Scenario { daily_messages: per_second * 86_400.0, types: vec![kind], ..Scenario::default() };
    scenario.traffic.curve = Curve::named("flat").unwrap();
    let profile = ModelProfile { latency: Some(latency), ..ModelProfile::default() };
    scenario.models = [("m".to_string(), profile)].into();
    scenario
}

fn run(scenario: &Scenario) -> Outcome {
    simulate(scenario, &Catalog::reference(), Some(MESSAGES)).unwrap()
}

/// Asserts that a figure is within a relative tolerance of what theory says.
fn near(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance * expected.abs(), "{what}: {got}, theory {expected}");
}

fn queue(servers: f64, per_second: f64, latency: Distribution) -> Scenario {
    let mut scenario = service(per_second, latency);
    scenario.capacity.concurrency = Some(servers);
    scenario
}

/// Erlang C: the probability of waiting for one of `c` servers offered `a` erlangs.
fn erlang_c(c: u32, a: f64) -> f64 {
    let b = erlang_b(c, a);
    let rho = a / f64::from(c);
    b / (1.0 - rho * (1.0 - b))
}

/// Erlang B, by its recursion.
fn erlang_b(c: u32, a: f64) -> f64 {
    (1..=c).fold(1.0, |b, k| a * b / (f64::from(k) + a * b))
}

#[test]
fn the_formulas_agree_with_published_values() {
    near("C(4, 3)", erlang_c(4, 3.0), 0.509_434, 1e-6);
    near("C(10, 8)", erlang_c(10, 8.0), 0.409_180, 1e-5);
    near("B(8, 4.0509)", erlang_b(8, 4.0509), 0.032_040, 1e-4);
}

/// Exponential service behind a queue: share waiting, mean wait and its P95, utilisation.
#[test]
fn mmc_waits_as_erlang_says() {
    for (servers, per_second, mean_ms) in [(4, 3.0, 1_000.0), (6, 11.574, 350.0), (18, 11.574, 1_200.0)] {
        let mean_s = mean_ms / 1000.0;
        let offered = per_second * mean_s;
        let waiting = erlang_c(servers, offered);
        let drain = f64::from(servers) / mean_s - per_second;
        let outcome = run(&queue(f64::from(servers), per_second, Distribution::Exponential { mean: mean_ms }));
        let figures = &outcome.overall;
        near("share waiting", figures.share_waiting.unwrap(), waiting, 0.04);
        near("mean wait", figures.queue_wait_ms.mean.unwrap(), waiting / drain * 1000.0, 0.10);
        near("P95 wait", figures.queue_wait_ms.p95.unwrap(), libm::log(waiting / 0.05) / drain * 1000.0, 0.10);
        near("utilisation", outcome.utilisation.unwrap(), offered / f64::from(servers), 0.02);
        near("in progress", outcome.calls_in_progress.mean.unwrap(), offered, 0.02);
    }
}

/// One server, any service law: E[W] = λE[S²] / 2(1−ρ).
#[test]
fn mg1_waits_as_pollaczek_and_khinchine_say() {
    for (latency, cv) in [
        (Distribution::Constant(1_000.0), 0.0),
        (Distribution::LogNormal { mean: 1_000.0, sd: 285.7 }, 0.2857),
        (Distribution::Exponential { mean: 1_000.0 }, 1.0),
        (Distribution::Gamma { mean: 1_000.0, sd: 1_500.0 }, 1.5),
    ] {
        let rho = 0.7;
        let outcome = run(&queue(1.0, rho, latency));
        let expected = rho * (1.0 + cv * cv) / (2.0 * (1.0 - rho)) * 1000.0;
        near("mean wait", outcome.overall.queue_wait_ms.mean.unwrap(), expected, 0.08);
        near("share waiting", outcome.overall.share_waiting.unwrap(), rho, 0.02);
    }
}

/// Without a limit, calls in progress are Poisson whatever the service law: measured on the clock
/// (a limit that never binds) and by the formula of the open day.
#[test]
fn calls_in_progress_are_poisson_without_a_limit() {
    for latency in [Distribution::LogNormal { mean: 350.0, sd: 100.0 }, Distribution::Exponential { mean: 350.0 }] {
        for limit in [None, Some(1_000.0)] {
            let mut scenario = service(11.574, latency.clone());
            scenario.capacity.concurrency = limit;
            let calls = run(&scenario).calls_in_progress;
            near("mean", calls.mean.unwrap(), 4.0509, 0.01);
            assert_eq!(calls.p99, Some(9.0), "limit {limit:?}");
            let rare = calls.p99_9.unwrap();
            // P(N ≤ 11) is 99.90 %: a hair decides between 11 and 12.
            assert!(rare == 11.0 || rare == 12.0, "limit {limit:?}: {rare}");
        }
    }
    // P(N ≤ 9) for mean 4.0509 is the first above 99 %.
    assert!(gamma_upper(10.0, 4.0509) > 0.99 && gamma_upper(9.0, 4.0509) < 0.99);
}

/// Erlang B: what finds no place and does not wait is lost, whatever the service law.
#[test]
fn loss_is_erlang_b_whatever_the_service_law() {
    for latency in [Distribution::LogNormal { mean: 350.0, sd: 100.0 }, Distribution::Exponential { mean: 350.0 }] {
        let mut scenario = queue(8.0, 11.574, latency);
        scenario.capacity.queue_timeout_ms = Some(0.0);
        let outcome = run(&scenario);
        let lost = outcome.counts.rejected as f64 / outcome.counts.arrived as f64;
        near("loss", lost, erlang_b(8, 4.0509), 0.06);
    }
}

/// The quantiles of a mixture, found by root finding elsewhere; and the wrong answer, a weighted
/// mean of the parts' quantiles, that must never appear.
#[test]
fn mixtures_have_the_quantiles_of_the_mixture() {
    let fast = Distribution::LogNormal { mean: 350.0, sd: 100.0 };
    let slow = Distribution::LogNormal { mean: 1_200.0, sd: 300.0 };
    let mut scenario = service(11.574, fast);
    let profile = ModelProfile { latency: Some(slow), ..ModelProfile::default() };
    scenario.models.insert("slow".to_string(), profile);
    let branch = |model: &str, share_pct| RouteShare { model: model.to_string(), share_pct };
    scenario.types[0].model = None;
    scenario.types[0].route = Some(vec![branch("m", 70.0), branch("slow", 30.0)]);
    for limit in [None, Some(10_000.0)] {
        scenario.capacity.concurrency = limit;
        let figures = run(&scenario).overall.e2e_ms;
        for (what, got, expected) in [
            ("P50", figures.p50, 394.348),
            ("P90", figures.p90, 1_294.422),
            ("P95", figures.p95, 1_477.289),
            ("P99", figures.p99, 1_828.612),
            ("mean", figures.mean, 605.0),
        ] {
            near(what, got.unwrap(), expected, 0.006);
        }
        assert!((figures.p95.unwrap() - 897.08).abs() > 100.0);
    }
}

/// Attempts, failures and delays of independent throttling at rate p, three attempts: 1 + p + p²
/// attempts, p³ failures, p/2 + p² seconds of full jitter.
#[test]
fn retries_follow_their_formulas() {
    for (mode, rate) in [
        (RetryMode::Standard, 0.05),
        (RetryMode::Standard, 0.2),
        (RetryMode::Standard2025, 0.2),
        (RetryMode::Legacy, 0.5),
    ] {
        let mut scenario = service(11.574, Distribution::Constant(100.0));
        scenario.faults = Faults { throttle_rate: rate, error_rate: 0.0 };
        scenario.retry = Retry { mode, max_attempts: Some(3), clients: 1 };
        let outcome = run(&scenario);
        let n = outcome.counts.arrived as f64;
        near("retries", outcome.counts.retries as f64 / n, rate + rate * rate, 0.02);
        near("throttled", outcome.counts.throttled as f64 / n, rate + rate * rate + rate * rate * rate, 0.02);
        near("failures", outcome.counts.failed as f64 / n, rate * rate * rate, 4.0 / (n * rate * rate * rate).sqrt());
        // Of those answered: the delay of whoever needed two or three attempts.
        let (once, twice) = (rate * (1.0 - rate), rate * rate * (1.0 - rate));
        let delay_ms = (once * 0.5 + twice * 1.5) / (1.0 - rate * rate * rate) * 1000.0;
        near("delay", outcome.overall.e2e_ms.mean.unwrap() - 100.0, delay_ms, 0.03);
    }
}

/// Half of all attempts throttled for long empties the standard mode's retry quota: it refuses
/// retries that legacy mode would make.
#[test]
fn the_retry_quota_refuses_what_it_cannot_pay() {
    let mut scenario = service(11.574, Distribution::Constant(100.0));
    scenario.faults = Faults { throttle_rate: 0.5, error_rate: 0.0 };
    scenario.retry = Retry { mode: RetryMode::Standard, max_attempts: Some(3), clients: 1 };
    let failed = run(&scenario).counts.failed as f64 / MESSAGES as f64;
    assert!(failed > 0.2, "{failed}, 0.125 without a quota");
}

/// Conservation: everyone who came went somewhere; Little's law; no quota lets through more than
/// its minute's worth and its rate.
#[test]
fn nothing_is_lost() {
    let mut scenario = Scenario::default();
    scenario.traffic.curve = Curve::named("noon-peak").unwrap();
    scenario.capacity = Capacity {
        concurrency: Some(3.0),
        queue_timeout_ms: Some(2_000.0),
        rpm: Some(300.0),
        tpm: Some(150_000.0),
        max_tokens: Some(400.0),
        burndown: Some(5.0),
    };
    scenario.faults = Faults { throttle_rate: 0.01, error_rate: 0.02 };
    scenario.patience_ms = Some(Distribution::Exponential { mean: 20_000.0 });
    for mode in RetryMode::ALL {
        scenario.retry.mode = mode;
        let outcome = simulate(&scenario, &Catalog::reference(), None).unwrap();
        let counts = outcome.counts;
        let ended = counts.completed + counts.failed + counts.rejected + counts.abandoned + counts.in_flight;
        assert_eq!(counts.arrived, ended, "{mode:?}: {counts:?}");
        assert_eq!(counts.arrived, 1_000_000);
        // In adaptive mode people wait before the queue, until they leave: nothing is rejected.
        let adaptive = mode.is_adaptive();
        assert!(adaptive || counts.failed > 0 && counts.rejected > 0, "{mode:?}: {counts:?}");
        assert!(counts.abandoned > 0 && counts.throttled > 0, "{mode:?}: {counts:?}");
        assert_eq!(mode == RetryMode::None, counts.retries == 0, "{mode:?}");
        let per_day = (counts.completed + counts.in_flight) as f64;
        let answered = per_day / 86_400.0 * outcome.overall.e2e_ms.mean.unwrap() / 1000.0;
        assert!(outcome.mean_concurrency > answered, "those without an answer stayed too");
    }
}

/// Little's law over everyone who came: whoever fails after three attempts stayed for half a second and a whole
/// one on average, whoever leaves stayed until then.
#[test]
fn who_gets_no_answer_stayed_too() {
    let mut scenario = service(11.574, Distribution::Constant(100.0));
    scenario.faults.throttle_rate = 1.0;
    scenario.retry = Retry { mode: RetryMode::Legacy, max_attempts: Some(3), clients: 1 };
    near("failed", run(&scenario).mean_concurrency, 11.574 * 1.5, 0.01);
    scenario.faults.throttle_rate = 0.0;
    scenario.models.values_mut().for_each(|model| model.latency = Some(Distribution::Constant(9_000.0)));
    scenario.patience_ms = Some(Distribution::Constant(4_000.0));
    near("abandoned", run(&scenario).mean_concurrency, 11.574 * 4.0, 0.01);
    scenario.patience_ms = None;
    near("answered", run(&scenario).mean_concurrency, 11.574 * 9.0, 0.01);
}

/// The look-up of a miss is over before the model's place is taken, and is not done again by a retry; an answer
/// ends where it must.
#[test]
fn a_call_takes_its_own_time_and_no_more() {
    let mut scenario = queue(10.0, 1.0, Distribution::Constant(500.0));
    scenario.types[0].cache.miss_ms = 500.0;
    let outcome = run(&scenario);
    near("utilisation", outcome.utilisation.unwrap(), 0.05, 0.01);
    near("e2e", outcome.overall.e2e_ms.mean.unwrap(), 1_000.0, 0.001);
    scenario.capacity.concurrency = None;
    near("in progress", run(&scenario).calls_in_progress.mean.unwrap(), 0.5, 0.01);
    scenario.faults.error_rate = 0.5;
    scenario.retry = Retry { mode: RetryMode::Legacy, max_attempts: Some(2), clients: 1 };
    // Of those answered a third needed a second attempt: 500 ms more, and half a second of delay.
    near("retried", run(&scenario).overall.e2e_ms.mean.unwrap(), 1_000.0 + 1_000.0 / 3.0, 0.01);
    let mut scenario = service(1.0, Distribution::Constant(0.0));
    scenario.types[0].output_tokens = Distribution::Constant(500.0);
    let streamed = ModelProfile {
        ttft: Some(Distribution::Constant(300.0)),
        tokens_per_s: Some(100.0),
        ..ModelProfile::default()
    };
    scenario.models = [("m".to_string(), streamed)].into();
    scenario.capacity.max_tokens = Some(100.0);
    near("e2e", run(&scenario).overall.e2e_ms.mean.unwrap(), 1_300.0, 1e-3);
}

/// Two attempts of which one breaks are independent: the sum of two draws, not twice the same one.
#[test]
fn attempts_are_independent() {
    let mut scenario = service(11.574, Distribution::Gamma { mean: 1_000.0, sd: 500.0 });
    scenario.faults.error_rate = 0.5;
    scenario.retry = Retry { mode: RetryMode::Legacy, max_attempts: Some(2), clients: 1 };
    let plan = super::Plan::new(&scenario, &Catalog::reference(), Some(60_000)).unwrap();
    let chance = super::draw::Chance::new(plan.seed);
    let (mut x, mut y, mut xy) = (0.0, 0.0, 0.0);
    for message in 0..60_000 {
        let first = chance.draw(&plan, message);
        let leg = plan.routes[first.route].first.unwrap();
        let again = chance.draw_again(&plan, message, &leg, false, 1, &first);
        let (a, b) = (f64::from(first.first.whole_us) / 1e6 - 1.0, f64::from(again.first.whole_us) / 1e6 - 1.0);
        (x, y, xy) = (x + a * a, y + b * b, xy + a * b);
    }
    assert!((xy / libm::sqrt(x * y)).abs() < 0.02, "{}", xy / libm::sqrt(x * y));
    near("spread", libm::sqrt(y / 60_000.0), 0.5, 0.02);
}

/// What stands before a message counts for the quota and the first token as it does for the bill.
#[test]
fn a_call_carries_its_whole_prompt() {
    let document = |cache: &str| {
        format!(
            r#"{{"daily_messages": 86400, "types": [{{"name": "a", "share_pct": 100, "model": "m", "input_tokens": 100,
                "output_tokens": 100, "prompt": {{"system_tokens": 10000, "turns": 6{cache}}}}}],
              "models": {{"m": {{"ttft": 300, "tokens_per_s": 100, "ttft_ms_per_1k_input": 200}}}},
              "capacity": {{"tpm": 60000, "max_tokens": 200}}, "retry": {{"mode": "none"}}}}"#
        )
    };
    let day = |document: &str| {
        simulate(&Scenario::load(document).unwrap().output, &Catalog::reference(), Some(20_000)).unwrap()
    };
    let plain = day(&document(""));
    near("throttled", plain.counts.throttled as f64, 18_126.0, 0.01);
    near("first token", plain.overall.ttft_ms.mean.unwrap(), 300.0 + 10.6 * 200.0, 0.01);
    let read = day(&document(r#", "cache": {"hit_rate": 1, "history": false}"#));
    // 500 of history and 100 of the message are left, and 100 of the answer: 700 of a minute's 60,000.
    assert_eq!(read.counts.throttled, 0);
    near("first token", read.overall.ttft_ms.mean.unwrap(), 300.0 + 0.6 * 200.0, 0.01);
    let tight = document("").replace("60000", "10200");
    let refused = simulate(&Scenario::load(&tight).unwrap().output, &Catalog::reference(), None).unwrap_err();
    assert!(refused.to_string().starts_with("capacity.tpm: m never answers"), "{refused}");
}

/// An escalated message waits for both models and pays both.
#[test]
fn an_escalation_adds_up() {
    let mut scenario = service(11.574, Distribution::Constant(100.0));
    let strong = ModelProfile { latency: Some(Distribution::Constant(900.0)), ..ModelProfile::default() };
    scenario.models.insert("strong".to_string(), strong);
    scenario.types[0].escalation = Some(RouteShare { model: "strong".to_string(), share_pct: 25.0 });
    for limit in [None, Some(500.0)] {
        scenario.capacity.concurrency = limit;
        let outcome = run(&scenario);
        near("mean", outcome.overall.e2e_ms.mean.unwrap(), 100.0 + 0.25 * 900.0, 0.01);
        assert_eq!(libm::round(outcome.overall.e2e_ms.p99.unwrap() / 10.0), 100.0);
    }
}

/// Stages in series add, parallel stages take the slowest, and those after the answer do not touch
/// the first token; with and without a clock.
#[test]
fn stages_add_up() {
    use crate::scenario::{Stage, StageGroup};
    let mut scenario = service(11.574, Distribution::Constant(100.0));
    let stage = |ms, cold_rate| Stage {
        name: "s".to_string(),
        latency: Distribution::Constant(ms),
        cold_rate,
        cold_ms: 1_000.0,
    };
    scenario.stages = vec![
        StageGroup { parallel: vec![stage(10.0, 0.1)], after: false, on_miss: false },
        StageGroup { parallel: vec![stage(20.0, 0.0), stage(35.0, 0.0)], after: false, on_miss: true },
        StageGroup { parallel: vec![stage(7.0, 0.0)], after: true, on_miss: false },
    ];
    for limit in [None, Some(500.0)] {
        scenario.capacity.concurrency = limit;
        let outcome = run(&scenario);
        near("e2e", outcome.overall.e2e_ms.mean.unwrap(), 10.0 + 100.0 + 35.0 + 100.0 + 7.0, 0.01);
        near("ttft", outcome.overall.ttft_ms.mean.unwrap(), 10.0 + 100.0 + 35.0 + 100.0, 0.01);
    }
}

/// The mean time between messages and its spread, for every law; bursts are burstier in a minute
/// than in a millisecond.
#[test]
fn arrivals_have_their_coefficient_of_variation() {
    use super::plan::Plan;
    use crate::scenario::Arrivals;
    for (arrivals, cv) in [
        (Arrivals::Poisson, 1.0),
        (Arrivals::Gamma, 2.0),
        (Arrivals::Gamma, 0.5),
        (Arrivals::Weibull, 2.0),
        (Arrivals::Weibull, 0.7),
        (Arrivals::Bursts, 4.0),
    ] {
        let mut scenario = service(11.574, Distribution::Constant(100.0));
        (scenario.traffic.arrivals, scenario.traffic.cv) = (arrivals, cv);
        // Only who may have to wait needs to know when messages come.
        scenario.capacity.concurrency = Some(1_000.0);
        let plan = Plan::new(&scenario, &Catalog::reference(), Some(200_000)).unwrap();
        let times: Vec<f64> = super::differential::arrival_times(&plan).iter().map(|us| *us as f64 / 1e6).collect();
        assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / gaps.len() as f64;
        near("mean gap", mean, 1.0 / 11.574, 0.03);
        let mut minutes = vec![0.0; 280];
        for time in &times {
            if let Some(minute) = minutes.get_mut((time / 60.0) as usize) {
                *minute += 1.0;
            }
        }
        let per_minute = minutes.iter().sum::<f64>() / 280.0;
        let dispersion = minutes.iter().map(|n| (n - per_minute) * (n - per_minute)).sum::<f64>() / 280.0 / per_minute;
        if arrivals == Arrivals::Bursts {
            assert!(dispersion > 20.0, "{dispersion}");
        } else {
            near("CV", variance.sqrt() / mean, cv, 0.03);
            // A renewal process counts, in the long run, with dispersion CV².
            near("dispersion", dispersion, cv * cv, 0.35);
        }
    }
}
