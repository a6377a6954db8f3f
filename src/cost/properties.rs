//! What must hold for every scenario.

use proptest::prelude::*;

use crate::catalog::Catalog;
use crate::money::Usd;
use crate::scenario::{
    ApiGateway, CacheKind, CacheTtl, Distribution, Fargate, Guardrails, PromptCache, QueryType, RouteShare, Scenario,
    TierShares,
};

use super::*;

const MODELS: [&str; 5] = [
    "haiku",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-haiku-5-5",
    "amazon.nova-micro-v1:0",
    "acme.unknown",
];

fn tokens() -> impl Strategy<Value = Distribution> {
    prop_oneof![
        (0.0..300_000.0).prop_map(Distribution::Constant),
        (1.0..200_000.0, 0.0..2.0).prop_map(|(mean, cv): (f64, f64)| Distribution::LogNormal { mean, sd: mean * cv }),
        (1.0..200_000.0, 0.1..2.0).prop_map(|(mean, cv): (f64, f64)| Distribution::Gamma { mean, sd: mean * cv }),
    ]
}

prop_compose! {
    fn query_type()(
        share_pct in 0.0..12.0, input_tokens in tokens(), output_tokens in tokens(), model in 0..MODELS.len(),
        second in proptest::option::of((0..MODELS.len(), 0.0..100.0)), escalation in proptest::option::of((0..MODELS.len(), 0.0..100.0)),
        hit_rate in 0.0..1.0, semantic: bool, system_tokens in 0.0..8000.0, turns in 1.0..6.0,
        cache in proptest::option::of((0.0..1.0, any::<bool>(), any::<bool>())), batch_pct in 0.0..50.0, flex_pct in 0.0..50.0,
    ) -> QueryType {
        let share = |model: usize, share_pct| RouteShare { model: MODELS[model].to_string(), share_pct };
        let mut kind = QueryType { share_pct, input_tokens, output_tokens, ..QueryType::default() };
        match second {
            Some((other, pct)) => kind.route = Some(vec![share(model, 100.0 - pct), share(other, pct)]),
            None => kind.model = Some(MODELS[model].to_string()),
        }
        kind.escalation = escalation.map(|(model, pct)| share(model, pct));
        kind.cache.hit_rate = hit_rate;
        kind.cache.kind = if semantic { CacheKind::Semantic } else { CacheKind::Exact };
        kind.prompt.system_tokens = system_tokens;
        kind.prompt.turns = turns;
        kind.prompt.cache = cache.map(|(hit_rate, history, hour)| PromptCache {
            hit_rate, history, ttl: if hour { CacheTtl::OneHour } else { CacheTtl::FiveMinutes },
        });
        kind.tiers = TierShares { batch_pct, flex_pct, priority_pct: 0.0 };
        kind
    }
}

prop_compose! {
    fn scenario()(
        types in prop::collection::vec(query_type(), 1..8), daily_messages in 0.0..1e7, throttle in 0.0..0.5, error in 0.0..0.5,
        discount in 0.0..60.0, services: bool,
    ) -> Scenario {
        let mut scenario = Scenario { types, daily_messages, ..Scenario::default() };
        for (index, kind) in scenario.types.iter_mut().enumerate() {
            kind.name = format!("type {index}");
        }
        scenario.faults.throttle_rate = throttle;
        scenario.faults.error_rate = error;
        scenario.billing.discount_pct = discount;
        if services {
            scenario.infrastructure.guardrails = Some(Guardrails::default());
            scenario.infrastructure.api_gateway = Some(ApiGateway::default());
            scenario.infrastructure.fargate = Some(Fargate::default());
        }
        scenario
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// By part, and by type with what is paid by the hour, it is the same bill to the pico-dollar.
    #[test]
    fn parts_sum_to_the_whole(scenario in scenario()) {
        let estimate = estimate(&scenario, Catalog::full()).unwrap();
        prop_assert_eq!(estimate.parts.total(), estimate.total_daily_cost_usd);
        let hourly: Option<Usd> = [Part::Fargate, Part::OpenSearch, Part::ElastiCache].map(|part| estimate.parts.get(part)).into_iter().sum();
        let types: Option<Usd> = estimate.breakdown.iter().map(|part| part.daily_cost_usd).sum();
        prop_assert_eq!(add(types, hourly), estimate.total_daily_cost_usd);
        for part in &estimate.breakdown {
            prop_assert_eq!(part.parts.total(), part.daily_cost_usd);
        }
        let models: Option<Usd> = estimate.by_model.iter().map(|model| model.daily_cost_usd).sum();
        let others: Option<Usd> = Part::ALL.into_iter()
            .filter(|part| (part.is_around() && *part != Part::Embeddings) || *part == Part::CacheLookup)
            .map(|part| estimate.parts.get(part)).sum();
        prop_assert_eq!(add(models, others), estimate.total_daily_cost_usd);
        prop_assert_eq!(estimate.unknown.is_empty(), estimate.total_daily_cost_usd.is_some());
    }

    /// The batched path says what the exact one does, up to its rounding to pico-dollars.
    #[test]
    fn the_batched_path_is_the_exact_one(scenario in scenario()) {
        let sheet = Sheet::new(&scenario, Catalog::full());
        let batched = sheet.total(&sheet.numbers);
        match estimate(&scenario, Catalog::full()).unwrap().total_daily_cost_usd {
            None => prop_assert!(batched.is_nan()),
            Some(exact) => {
                let leaves = 200.0 * 0.5e-12;
                prop_assert!((batched - exact.dollars()).abs() <= exact.dollars() * 1e-12 + leaves, "{batched} {exact}");
            }
        }
    }

    /// An estimate over constant tokens is the sum of its calls as they are billed.
    #[test]
    fn expectations_are_calls(input in 0_u64..400_000, output in 0_u64..5_000, hit in 0_u64..=10, model in 0..3_usize, system in 0_u64..9_000) {
        let mut scenario = Scenario { daily_messages: 10.0, ..Scenario::default() };
        let mut kind = QueryType { name: "one".into(), share_pct: 100.0, model: Some(MODELS[model].into()), ..QueryType::default() };
        kind.input_tokens = Distribution::Constant(input as f64);
        kind.output_tokens = Distribution::Constant(output as f64);
        kind.prompt.system_tokens = system as f64;
        kind.prompt.cache = Some(PromptCache { hit_rate: hit as f64 / 10.0, ttl: CacheTtl::FiveMinutes, history: false });
        scenario.types = vec![kind];
        let known = Catalog::full().get(MODELS[model]).unwrap();
        let caches = system > 0 && system >= known.min_cache_tokens.unwrap_or(ASSUMED_MIN_CACHE_TOKENS);
        let call = |read: bool| {
            let mut tokens = CallTokens { input, output, ..CallTokens::default() };
            match (caches, read) {
                (false, _) => tokens.input += system,
                (true, true) => tokens.cache_read = system,
                (true, false) => tokens.cache_write_5m = system,
            }
            price_call(known, tokens, Tier::Standard).total()
        };
        let calls: Option<Usd> = (0..10).map(|index| call(index < hit)).sum();
        let total = estimate(&scenario, Catalog::full()).unwrap().total_daily_cost_usd;
        match calls.zip(total) {
            Some((calls, total)) => prop_assert!((calls - total).pico().abs() <= 20, "{calls} {total}"),
            None => prop_assert_eq!(calls.is_none(), total.is_none()),
        }
    }
}

/// Three turns of 100 and 50 tokens behind a system prompt of 2,000, half of the calls hitting:
/// turn by turn by hand.
#[test]
fn a_conversation_by_hand() {
    let mut scenario = Scenario { daily_messages: 300.0, ..Scenario::default() };
    let mut kind = QueryType { name: "chat".into(), share_pct: 100.0, ..QueryType::default() };
    kind.model = Some("global.anthropic.claude-sonnet-4-6".into());
    kind.input_tokens = Distribution::Constant(100.0);
    kind.output_tokens = Distribution::Constant(50.0);
    kind.prompt.system_tokens = 2_000.0;
    kind.prompt.turns = 3.0;
    kind.prompt.cache = Some(PromptCache { hit_rate: 0.5, ..PromptCache::default() });
    scenario.types = vec![kind];
    let total =
        |scenario: &Scenario| estimate(scenario, Catalog::full()).unwrap().total_daily_cost_usd.unwrap().dollars();
    // Prefixes 2,000, 2,150, 2,300. On a hit 2,000 is read, then 2,000 read and 150 written, then
    // 2,150 read and 150 written; on a miss all is written. 100 conversations, $3 / $15 a million,
    // 0.30 read, 3.75 written.
    let read = 0.5 * (2_000.0 + 2_000.0 + 2_150.0);
    let written = 0.5 * (150.0 + 150.0) + 0.5 * (2_000.0 + 2_150.0 + 2_300.0);
    let by_hand = 100.0 * (300.0 * 3.0 + 150.0 * 15.0 + read * 0.3 + written * 3.75) / 1e6;
    assert!((total(&scenario) - by_hand).abs() < 1e-9, "{} {by_hand}", total(&scenario));
    // Below the smallest prefix nothing is cached: all of it is input.
    scenario.types[0].prompt.system_tokens = 500.0;
    let input = 3.0 * 100.0 + 500.0 + 650.0 + 800.0;
    let by_hand = 100.0 * (input * 3.0 + 150.0 * 15.0) / 1e6;
    assert!((total(&scenario) - by_hand).abs() < 1e-9);
}

/// Two attempts that fail at 10 and 20 %: 1.3 attempts a call, 0.26 of them billed for nothing,
/// 91 % answered.
#[test]
fn failed_attempts_are_paid_for() {
    let mut scenario = Scenario { daily_messages: 1000.0, ..Scenario::default() };
    scenario.types =
        vec![QueryType { name: "a".into(), share_pct: 100.0, model: Some("sonnet".into()), ..QueryType::default() }];
    scenario.faults.throttle_rate = 0.1;
    scenario.faults.error_rate = 0.2;
    scenario.retry.max_attempts = Some(2);
    let estimate = estimate(&scenario, Catalog::full()).unwrap();
    let dollars = |part| estimate.parts.get(part).unwrap().dollars();
    assert!((dollars(Part::Retries) - 1000.0 * 0.26 * 100.0 * 3.0 / 1e6).abs() < 1e-12);
    assert!((dollars(Part::Output) - 1000.0 * 0.91 * 100.0 * 15.0 / 1e6).abs() < 1e-12);
}

/// Both ways on a million messages a day: about $300.
#[test]
fn guardrails_cost_more_than_the_cheap_model() {
    let mut scenario = Scenario::default();
    scenario.infrastructure.guardrails = Some(Guardrails::default());
    let estimate = estimate(&scenario, &Catalog::reference()).unwrap();
    assert_eq!(estimate.parts.get(Part::Guardrails).unwrap().to_string(), "300");
    assert_eq!(estimate.total_daily_cost_usd.unwrap().to_string(), "2259.2125");
}
