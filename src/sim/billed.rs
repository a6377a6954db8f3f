//! The day's bill beside the estimate: over random scenarios the calls that were simulated carry and cost what
//! the formula expects, for every field and every kind of distribution.

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::cost::estimate;
use crate::scenario::Scenario;

use super::simulate;
use crate::random::{Purpose, Stream};

/// A distribution of tokens of any kind, also of fractions.
fn tokens(random: Stream, number: u64) -> Value {
    let word = random.word(number);
    let mean = 5.0 + (word >> 20) as f64 % 4_000.0 / 7.0;
    let sd = mean * [0.1, 0.5, 1.0, 1.5][(word >> 8) as usize % 4];
    match word % 8 {
        0 => json!(mean),
        7 => json!({"kind": "constant", "mean": mean}),
        1 => json!({"kind": "exponential", "mean": mean}),
        2 => json!({"kind": "lognormal", "mean": mean, "sd": sd}),
        3 => json!({"kind": "gamma", "mean": mean, "sd": sd}),
        4 => json!({"kind": "normal", "mean": mean, "sd": sd}),
        5 => json!({"kind": "simple", "mean": mean, "sd": sd}),
        _ => json!({"kind": "empirical", "values": [mean, 2.0, 3.0 * mean, 17.25, mean + 0.5]}),
    }
}

fn document(case: u64) -> Value {
    let random = Stream::new(case, Purpose::Message);
    let of = |number: u64, values: &[f64]| values[(random.word(number) >> 9) as usize % values.len()];
    let models = ["global.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-lite-v1:0", "own"];
    let model = |number: u64| models[(random.word(number) >> 9) as usize % 3];
    let kind = |name: &str, base: u64, share: f64| {
        let mut kind = json!({
            "name": name, "share_pct": share, "input_tokens": tokens(random, base), "output_tokens": tokens(random, base + 1),
            "cache": {"kind": (["exact", "semantic"][of(base + 2, &[0.0, 1.0]) as usize]), "hit_rate": (of(base + 3, &[0.0, 0.3])),
                      "lookup_usd_per_1k": (of(base + 4, &[0.0, 0.2])), "miss_ms": (of(base + 5, &[0.0, 8.0]))},
            "prompt": {"system_tokens": (of(base + 6, &[0.0, 900.5, 3_000.0, 150_000.0])), "turns": (of(base + 7, &[1.0, 2.5, 6.0]))},
            "tiers": {"batch_pct": (of(base + 8, &[0.0, 20.0])), "flex_pct": (of(base + 9, &[0.0, 10.0])),
                      "priority_pct": (of(base + 18, &[0.0, 15.0]))},
        });
        if of(base + 10, &[0.0, 1.0]) > 0.0 {
            kind["prompt"]["cache"] = json!({
                "hit_rate": (of(base + 11, &[0.0, 0.6, 1.0])), "ttl": (["5m", "1h"][of(base + 12, &[0.0, 1.0]) as usize]),
                "history": (of(base + 13, &[0.0, 1.0]) > 0.0)});
        }
        if of(base + 14, &[0.0, 1.0]) > 0.0 {
            kind["route"] = json!([{"model": (model(base + 15)), "share_pct": 30}, {"model": "own", "share_pct": 70}]);
        } else {
            kind["model"] = json!(model(base + 15));
        }
        if of(base + 16, &[0.0, 1.0]) > 0.0 {
            kind["escalation"] = json!({"model": (model(base + 17)), "share_pct": 20});
        }
        kind
    };
    let speed =
        json!({"ttft": {"kind": "lognormal", "mean": 500, "sd": 200}, "tokens_per_s": 100, "ttft_ms_per_1k_input": 10});
    let prices = json!({"input": 1.5, "output": 6, "cache_read": 0.15, "cache_write_5m": 1.875, "cache_write_1h": 3,
        "batch": {"input": 0.75, "output": 3}, "flex": {"input": 0.8, "output": 3.5}, "priority": {"input": 2.6, "output": 10.5}});
    let mut speeds = json!({});
    let mut own = json!({});
    for model in models {
        speeds[model] = speed.clone();
        own[model] = prices.clone();
    }
    own[models[0]] = json!({"flex": {"input": 2, "output": 9}, "priority": {"input": 5, "output": 25}});
    own["own"]["min_cache_tokens"] = json!(of(10, &[0.0, 2_000.0]));
    own["own"]["long_context"] = json!({"above_tokens": 4000, "input": 3, "output": 9});
    let mut document = json!({
        "seed": case, "daily_messages": 50_000,
        "types": [kind("a", 100, 60.0), kind("b", 200, 39.0)], "models": speeds,
        "billing": {"prices": own, "discount_pct": (of(1, &[0.0, 12.5])), "failed_output_share": (of(2, &[0.0, 0.5])),
                    "failed_input_share": (of(3, &[1.0, 0.4]))},
        "faults": {"throttle_rate": (of(4, &[0.0, 0.05])), "error_rate": (of(5, &[0.0, 0.04]))},
        "retry": {"mode": (["none", "legacy", "standard", "standard-2025"][of(6, &[0.0, 1.0, 2.0, 3.0]) as usize])},
        "capacity": {"max_tokens": (if of(7, &[0.0, 1.0]) > 0.0 { json!(150) } else { Value::Null })},
        "traffic": {"arrivals": (["poisson", "gamma", "trace", "weibull", "bursts"][of(8, &[0.0, 1.0, 2.0, 3.0, 4.0]) as usize]),
                    "cv": 1.5, "curve": "evening"},
        "stages": [{"name": "store", "latency": {"kind": "gamma", "mean": 8, "sd": 4}, "cold_rate": 0.01, "cold_ms": 90}],
    });
    if of(9, &[0.0, 1.0]) > 0.0 {
        document["infrastructure"] =
            json!({"api_gateway": true, "dynamodb": true, "embeddings": true, "fargate": true});
    }
    let times: Vec<f64> = (0..500).map(|i| f64::from(i) * 1_728.0).collect();
    let lengths: Vec<f64> = (0..500).map(|i| f64::from(i % 97) * 3.0).collect();
    let prompts: Vec<f64> = (0..500).map(|i| f64::from(i % 89) * 11.0).collect();
    document["traffic"]["trace"] = json!({"arrivals_ms": times, "output_tokens": lengths});
    if of(11, &[0.0, 1.0]) > 0.0 {
        document["traffic"]["trace"]["input_tokens"] = json!(prompts);
    }
    document
}

fn read(document: &Value) -> Scenario {
    Scenario::load(&document.to_string()).expect("it is valid").output
}

#[test]
fn a_day_costs_what_the_estimate_says() {
    let catalog = Catalog::full();
    for case in 0..30 {
        let scenario = read(&document(case));
        let messages = 40_000;
        let day = simulate(&scenario, catalog, Some(messages)).expect("it simulates");
        let estimate = estimate(&scenario, catalog).expect("it is valid");
        let expected = estimate.total_daily_cost_usd.expect("every price is known").dollars() * messages as f64
            / (scenario.daily_messages * 0.99);
        let cost = day.cost_usd.expect("every price is known").dollars();
        assert!((cost / expected - 1.0).abs() < 0.03, "case {case}: {cost} is not {expected}\n{}", scenario.to_json());
    }
}

/// A dollar for a million tokens of one kind and nothing for the others: the bill is the number of tokens.
#[test]
fn a_day_carries_what_the_estimate_says() {
    let catalog = Catalog::full();
    for case in 0..12 {
        let mut document = document(case);
        document["infrastructure"] = json!({});
        document["billing"]["discount_pct"] = json!(0);
        for kind in document["types"].as_array_mut().expect("there are types") {
            (kind["tiers"], kind["cache"]) = (json!({}), json!({}));
        }
        let scenario = read(&document);
        let messages = 40_000;
        let day = simulate(&scenario, catalog, Some(messages)).expect("it simulates");
        let only = |kind: &str| {
            let mut priced = document.clone();
            for (_, own) in priced["billing"]["prices"].as_object_mut().expect("there are prices") {
                let price = |name: &str| if name == kind { 1.0 } else { 0.0 };
                let (read, written) = (price("cache_read"), price("cache_write"));
                *own = json!({"input": (price("input")), "output": (price("output")), "cache_read": read,
                    "cache_write_5m": written, "cache_write_1h": written});
            }
            let empty = Catalog::default();
            let total =
                estimate(&read(&priced), &empty).expect("it is valid").total_daily_cost_usd.expect("it is known");
            total.dollars() * 1e6 * messages as f64 / (scenario.daily_messages * 0.99)
        };
        let prompt = day.tokens.input + day.tokens.cache_read + day.tokens.cache_write;
        let expected = only("input") + only("cache_read") + only("cache_write");
        for (what, tokens, expected) in [("prompts", prompt, expected), ("answers", day.tokens.output, only("output"))]
        {
            assert!((tokens - expected).abs() <= 0.03 * expected, "case {case}, {what}: {tokens} is not {expected}");
        }
    }
}

/// Prices with seven thresholds, and prompts between all of them: every stretch is billed at its own price.
#[test]
fn a_day_knows_any_number_of_thresholds() {
    let steps: Vec<Value> = (1..=7)
        .map(|step| json!({"above_tokens": (step * 1_000), "input": (f64::from(step) * 10.0), "output": (f64::from(step))}))
        .collect();
    let values: Vec<f64> = (0..8).map(|step| f64::from(step) * 1_000.0 + 500.0).collect();
    let scenario = read(&json!({
        "daily_messages": 8_000,
        "types": [{"name": "a", "share_pct": 100, "model": "own", "output_tokens": 100,
                   "input_tokens": {"kind": "empirical", "values": values}}],
        "models": {"own": {"latency": {"kind": "constant", "mean": 500}}},
        "billing": {"prices": {"own": {"input": 1, "output": 1, "long_context": steps}}},
        "faults": {"throttle_rate": 0, "error_rate": 0},
    }));
    let day = simulate(&scenario, &Catalog::default(), None).expect("it simulates");
    // By hand: each value an eighth of the messages; the first at 1 and 1, the others at ten times and once their step.
    let prompts: f64 =
        500.0 + (1..8).map(|step| (f64::from(step) * 1_000.0 + 500.0) * f64::from(step) * 10.0).sum::<f64>();
    let answers: f64 = 100.0 + (1..8).map(|step| 100.0 * f64::from(step)).sum::<f64>();
    let expected = 1_000.0 * (prompts + answers) / 1e6;
    let cost = day.cost_usd.expect("every price is known").dollars();
    assert!((cost / expected - 1.0).abs() < 0.02, "{cost} is not {expected}");
    let estimated = estimate(&scenario, &Catalog::default()).expect("it is valid").total_daily_cost_usd;
    assert!((estimated.expect("it is known").dollars() / expected - 1.0).abs() < 1e-9);
}

/// A price that is missing has one name: of its tier, and of the cache write that the scenario asks for.
#[test]
fn a_missing_price_has_the_name_that_the_estimate_gives_it() {
    let check = |own: Value, tiers: Value, expected: &[&str]| {
        let scenario = read(&json!({
            "daily_messages": 8_000,
            "types": [{"name": "a", "share_pct": 100, "model": "own", "tiers": tiers,
                       "prompt": {"system_tokens": 3_000, "cache": {"hit_rate": 0.5, "ttl": "1h"}}}],
            "models": {"own": {"latency": 500}},
            "billing": {"prices": {"own": own}},
        }));
        let day = simulate(&scenario, &Catalog::default(), None).expect("it simulates");
        let sorted = |names: Vec<String>| names.into_iter().collect::<std::collections::BTreeSet<_>>();
        let estimated = estimate(&scenario, &Catalog::default()).expect("it is valid").unknown;
        let expected: Vec<String> = expected.iter().map(|name| format!("own.{name}")).collect();
        assert_eq!((sorted(day.unknown), sorted(estimated)), (sorted(expected.clone()), sorted(expected)));
        assert_eq!(day.cost_usd, None);
    };
    let all = json!({"input": 1, "output": 5, "cache_read": 0.1, "cache_write_5m": 1.25, "cache_write_1h": 2});
    check(all.clone(), json!({"batch_pct": 20}), &["batch.input", "batch.output"]);
    check(
        all,
        json!({"flex_pct": 10, "priority_pct": 90}),
        &["flex.input", "flex.output", "priority.input", "priority.output"],
    );
    check(json!({"input": 1, "output": 5, "cache_read": 0.1, "cache_write_5m": 1.25}), json!({}), &["cache_write_1h"]);
    check(json!({"input": 1}), json!({}), &["output", "cache_read", "cache_write_1h"]);
}
