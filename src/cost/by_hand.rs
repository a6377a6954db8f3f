//! Bills and what is said of them, against figures computed by hand from the formula beside each.

use serde_json::{Value, json};

use super::*;
use crate::words::{Arg, Message, Word};

/// 1,000 messages a day of one model at $2 and $10 a million tokens.
fn scenario(more: Value) -> Scenario {
    let mut document = json!({
        "daily_messages": 1000, "days_in_month": 30,
        "billing": {"prices": {"own": {"input": 2, "output": 10}, "dear": {"input": 4, "output": 20}}},
        "types": [{"name": "a", "share_pct": 100, "model": "own", "input_tokens": 1000, "output_tokens": 100}],
    });
    for (key, value) in more.as_object().unwrap() {
        match (document[key].as_object_mut(), value.as_object()) {
            (Some(old), Some(new)) => old.extend(new.clone()),
            _ => document[key] = value.clone(),
        }
    }
    let loaded = Scenario::load(&document.to_string()).unwrap();
    assert_eq!(loaded.warnings, []);
    loaded.output
}

fn kind(name: &str, share_pct: f64, more: Value) -> Value {
    let mut kind =
        json!({"name": name, "share_pct": share_pct, "model": "own", "input_tokens": 1000, "output_tokens": 100});
    if more.get("route").is_some() {
        kind.as_object_mut().unwrap().remove("model");
    }
    kind.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    kind
}

fn part(scenario: &Scenario, part: Part) -> f64 {
    estimate(scenario, Catalog::full()).unwrap().parts.get(part).unwrap().dollars()
}

fn total(scenario: &Scenario) -> f64 {
    estimate(scenario, Catalog::full()).unwrap().total_daily_cost_usd.unwrap().dollars()
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} is not {b}");
}

fn said(scenario: &Scenario, word: Word) -> Vec<Message> {
    let answers = answers(scenario, Catalog::full(), None).unwrap();
    answers.findings.into_iter().filter(|message| message.word == word).collect()
}

fn number(message: &Message, name: &str) -> f64 {
    match message.args.iter().find(|(key, _)| key == name).map(|(_, arg)| arg) {
        Some(Arg::Number(number) | Arg::Percent(number) | Arg::Usd(number)) => *number,
        other => panic!("{name} is {other:?}"),
    }
}

/// 1,000 calls of 1,000 tokens in and 100 out are $2 and $1; a fifth in batch costs half, a tenth in flex a quarter,
/// a twentieth in priority twice as much; the rest is standard.
#[test]
fn each_tier_has_its_share_and_its_price() {
    let prices = json!({"own": {"input": 2, "output": 10, "batch": {"input": 1, "output": 5},
        "flex": {"input": 0.5, "output": 2.5}, "priority": {"input": 4, "output": 20}}});
    let tiers = json!({"batch_pct": 20, "flex_pct": 10, "priority_pct": 5});
    let mixed = scenario(json!({"billing": {"prices": prices}, "types": [kind("a", 100.0, json!({"tiers": tiers}))]}));
    let factor = 0.2 * 0.5 + 0.1 * 0.25 + 0.05 * 2.0 + 0.65;
    near(part(&mixed, Part::Input), 2.0 * factor);
    near(part(&mixed, Part::Output), factor);
}

/// Prompts of 100, 200 and 300 thousand tokens, a third each, on a model that is dearer above 150 thousand: the
/// short third at $2, the others at $4.
#[test]
fn a_threshold_divides_the_prompts() {
    let prices =
        json!({"own": {"input": 2, "output": 10, "long_context": {"above_tokens": 150_000, "input": 4, "output": 20}}});
    let lengths = json!({"kind": "empirical", "values": [100_000, 200_000, 300_000]});
    let mixed =
        scenario(json!({"billing": {"prices": prices}, "types": [kind("a", 100.0, json!({"input_tokens": lengths}))]}));
    near(part(&mixed, Part::Input), 1000.0 / 3.0 * (0.1 * 2.0 + 0.5 * 4.0));
    near(part(&mixed, Part::Output), 1000.0 * 100.0 * (10.0 / 3.0 + 20.0 * 2.0 / 3.0) / 1e6);
}

/// Two of each, at the list's prices, for 1,000 messages a day.
#[test]
fn services_are_paid_by_the_message_or_the_hour() {
    let services = json!({"infrastructure": {"api_gateway": {}, "dynamodb": {}, "guardrails": {}, "fargate": {}, "opensearch": {}, "elasticache": {}}});
    let mixed = scenario(services);
    near(part(&mixed, Part::ApiGateway), 1000.0 * (2.0 * 1.0 + 1.0 * 0.25) / 1e6);
    near(part(&mixed, Part::DynamoDb), 1000.0 * (2.0 * 0.625 + 1.0 * 0.125) / 1e6);
    near(part(&mixed, Part::Fargate), 24.0 * 2.0 * (0.04048 + 2.0 * 0.004_445));
    near(part(&mixed, Part::OpenSearch), 24.0 * 2.0 * 0.24);
    near(part(&mixed, Part::ElastiCache), 24.0 * 0.156);
}

/// What is paid by the message grows by a tenth a month, what is paid by the hour stays.
#[test]
fn a_year_to_come() {
    let growing = scenario(json!({"billing": {"growth_pct_per_month": 10}, "infrastructure": {"opensearch": {}}}));
    let months = answers(&growing, Catalog::full(), None).unwrap().months;
    assert_eq!(months.len(), 12);
    let hourly = 24.0 * 2.0 * 0.24;
    let mut factor = 1.0;
    for month in &months {
        near(month.daily_messages, 1000.0 * factor);
        near(month.cost_usd, (3.0 * factor + hourly) * 30.0);
        factor *= 1.1;
    }
}

/// Type a costs $3 a thousand messages, b twice that: of 1,000, 600 and 400.
#[test]
fn elasticities() {
    let mix = scenario(json!({"types": [kind("a", 60.0, json!({})), kind("b", 40.0, json!({"model": "dear"}))]}));
    let bill = 0.6 * 3.0 + 0.4 * 6.0;
    near(total(&mix), bill);
    let all = answers(&mix, Catalog::full(), None).unwrap().sensitivity;
    let of = |path: &str| all.iter().find(|one| one.path == path).unwrap_or_else(|| panic!("{path} of {all:#?}"));
    let messages = of("daily_messages");
    near(messages.elasticity, 1.0);
    for (swing, factor) in [(messages.low, 0.8), (messages.high, 1.2)] {
        near(swing.value, 1000.0 * factor);
        near(swing.daily_cost_usd, bill * factor);
        near(swing.change_pct, (factor - 1.0) * 100.0);
    }
    let tokens = of("types[1].input_tokens");
    near(tokens.elasticity, 0.4 * 4.0 / bill);
    near(tokens.high.daily_cost_usd, bill + 0.2 * 0.4 * 4.0);
    // What a gains, b loses.
    let share = of("types[0].share_pct");
    near(share.elasticity, 0.6 * (3.0 - 6.0) / bill);
    near(share.high.value, 72.0);
    near(share.high.daily_cost_usd, 0.72 * 3.0 + 0.28 * 6.0);
    near(share.low.daily_cost_usd, 0.48 * 3.0 + 0.52 * 6.0);
    // The one that moves the bill most comes first.
    let reach = |one: &Sensitivity| (one.high.daily_cost_usd - one.low.daily_cost_usd).abs();
    assert!(all.windows(2).all(|pair| reach(&pair[0]) >= reach(&pair[1]) - 1e-12), "{all:#?}");
}

/// A branch of a route takes from the others of its own type alone, in proportion.
#[test]
fn a_branch_takes_from_its_route() {
    let branch = |model: &str, share_pct: f64| json!({"model": model, "share_pct": share_pct});
    let route = json!({"route": [branch("own", 50.0), branch("dear", 50.0)]});
    let mix = scenario(json!({"types": [kind("a", 50.0, route.clone()), kind("b", 50.0, route)]}));
    let all = answers(&mix, Catalog::full(), None).unwrap().sensitivity;
    let share = all.iter().find(|one| one.path == "types[1].route[1].share_pct").unwrap_or_else(|| panic!("{all:#?}"));
    near(share.high.value, 60.0);
    near(share.high.daily_cost_usd, 0.5 * 4.5 + 0.5 * (0.4 * 3.0 + 0.6 * 6.0));
    near(share.elasticity, 0.5 * 0.5 * (6.0 - 3.0) / 4.5);
}

/// The curve goes from end to end, and its points are bills.
#[test]
fn a_curve_reaches_both_ends() {
    let found = break_even(&scenario(json!({})), Catalog::full(), Move::Messages, 1.0).unwrap();
    let (first, last) = (found.curve[0], found.curve[found.curve.len() - 1]);
    assert_eq!((first.value, last.value), (found.least, found.most));
    for point in &found.curve {
        near(point.daily_cost_usd, 3.0 * point.value / 1000.0);
    }
}

/// The largest of one is no finding.
#[test]
fn the_largest_type_is_one_of_several() {
    assert_eq!(said(&scenario(json!({})), Word::finding_largest), []);
    let mix = scenario(json!({"types": [kind("a", 60.0, json!({})), kind("b", 40.0, json!({"model": "dear"}))]}));
    let largest = said(&mix, Word::finding_largest);
    assert_eq!(largest[0].args[0].1, Arg::Text("b".into()));
    near(number(&largest[0], "cost"), 2.4 / 4.2);
    near(number(&largest[0], "traffic"), 0.4);
}

/// A system prompt of 100 tokens and two turns of 150 before the third: 400 tokens at most.
#[test]
fn a_prefix_grows_with_the_history() {
    let model = "global.anthropic.claude-sonnet-4-6";
    let cached = |history: bool| {
        let prompt = json!({"system_tokens": 100, "turns": 3, "cache": {"hit_rate": 0.9, "history": history}});
        let short = json!({"model": model, "input_tokens": 100, "output_tokens": 50, "prompt": prompt});
        scenario(json!({"types": [kind("a", 100.0, short)]}))
    };
    for (history, tokens) in [(true, 400.0), (false, 100.0)] {
        let short = said(&cached(history), Word::finding_prefix_too_short);
        near(number(&short[0], "tokens"), tokens);
        near(number(&short[0], "least"), Catalog::full().get(model).unwrap().min_cache_tokens.unwrap() as f64);
    }
}

/// A model that writes at most 4,096 tokens does not take answers of 5,000, however short the prompts are.
#[test]
fn an_answer_can_be_too_long_for_a_model() {
    let haiku = "anthropic.claude-3-haiku-20240307-v1:0";
    assert_eq!(Catalog::full().get(haiku).unwrap().max_output_tokens, Some(4096));
    for (tokens, takes) in [(4096, true), (5000, false)] {
        let mix = scenario(json!({"types": [kind("a", 100.0, json!({"output_tokens": tokens}))]}));
        let on = answers(&mix, Catalog::full(), None).unwrap().on_models;
        let row = on.known.iter().find(|row| row.model == haiku).unwrap();
        assert_eq!((row.too_long, row.prompts_too_long, row.cannot_take()), (false, 0.0, !takes), "{tokens}");
    }
}

/// That writes are billed as input is said of calls that wrote, on models without a price for it.
#[test]
fn writes_as_input_are_noted_where_they_are() {
    let full = Catalog::full();
    let without =
        full.models().find(|model| model.prices.writes_as_input()).expect("a model without a price of writes");
    let with = full.get("global.anthropic.claude-sonnet-4-6").unwrap();
    let wrote = CallTokens { input: 10, output: 1, cache_write_5m: 2000, ..CallTokens::default() };
    let plain = CallTokens { input: 10, output: 1, ..CallTokens::default() };
    for (model, tokens, noted) in [(without, wrote, true), (without, plain, false), (with, wrote, false)] {
        let call = PricedCall::of(full, &model.id, tokens, None).unwrap();
        assert_eq!(
            call.notes.iter().any(|note| note.contains("billed as input")),
            noted,
            "{} {:?}",
            model.id,
            call.notes
        );
    }
}

/// Drawn evenly from 500 to 1,500 tokens: a bill from $2 to $4, whose percentiles follow the interval.
#[test]
fn a_range_is_even_where_its_input_is() {
    let range = answers(
        &scenario(json!({"types": [kind("a", 100.0, json!({"input_tokens": [500, 1500]}))]})),
        Catalog::full(),
        None,
    );
    let range = range.unwrap().range.unwrap();
    let wrong = |is: f64, expected: f64| (is - expected).abs() > 0.02;
    for (is, expected) in [(range.p5_usd, 2.1), (range.p50_usd, 3.0), (range.p95_usd, 3.9), (range.mean_usd, 3.0)] {
        assert!(!wrong(is, expected), "{range:?}");
    }
    assert_eq!(range.without_effect, Vec::<String>::new());
}
