use std::collections::BTreeMap;

use crate::catalog::{HAIKU, OwnPrices, PriceKind, PriceList, Prices, SONNET};
use crate::money::Price;
use crate::words::Word;

use super::{Cache, Capacity, Curve, Distribution, ModelProfile, Prompt, PromptCache, QueryType, Scenario};

/// What takes Claude 3 Haiku's place today.
const NEW_HAIKU: &str = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
/// What takes Claude 3 Sonnet's place today.
const NEW_SONNET: &str = "global.anthropic.claude-sonnet-4-6";

/// A ready-made scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// MangaAssist as the original describes it: whole answers after `max(50, N(mean, sd))` ms.
    Reference,
    /// A chatbot as one builds it today: current models, prompt caching, conversations, quotas.
    Today,
    /// The same mix, with the time the answer's tokens take to be generated added.
    WithGeneration,
    /// Every question to the strong model.
    AllSonnet,
    /// The reference mix without its response cache.
    NoCache,
    /// A volume everyone waited for goes on sale at 19:00, and too few calls are let through.
    LaunchDay,
    /// A quota of requests a minute that is enough except at noon.
    NoonThrottled,
    /// The reference mix on the models that took the place of the retired ones.
    CurrentModels,
    /// Throttled though the quota is large: there is a mistake to find.
    Puzzle,
}

impl Preset {
    pub const ALL: [Preset; 9] = [
        Preset::Reference,
        Preset::Today,
        Preset::WithGeneration,
        Preset::AllSonnet,
        Preset::NoCache,
        Preset::LaunchDay,
        Preset::NoonThrottled,
        Preset::CurrentModels,
        Preset::Puzzle,
    ];

    /// The name used on the command line and in stored documents.
    pub fn key(self) -> &'static str {
        match self {
            Preset::Reference => "reference",
            Preset::Today => "today",
            Preset::WithGeneration => "with-generation",
            Preset::AllSonnet => "all-sonnet",
            Preset::NoCache => "no-cache",
            Preset::LaunchDay => "launch-day",
            Preset::NoonThrottled => "noon-throttled",
            Preset::CurrentModels => "current-models",
            Preset::Puzzle => "puzzle",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Preset::ALL.into_iter().find(|preset| preset.key() == key)
    }

    /// Its name, and what it shows.
    pub fn words(self) -> (Word, Word) {
        match self {
            Preset::Reference => (Word::preset_reference, Word::preset_reference_note),
            Preset::Today => (Word::preset_today, Word::preset_today_note),
            Preset::WithGeneration => (Word::preset_generation, Word::preset_generation_note),
            Preset::AllSonnet => (Word::preset_all_sonnet, Word::preset_all_sonnet_note),
            Preset::NoCache => (Word::preset_no_cache, Word::preset_no_cache_note),
            Preset::LaunchDay => (Word::preset_launch, Word::preset_launch_note),
            Preset::NoonThrottled => (Word::preset_noon, Word::preset_noon_note),
            Preset::CurrentModels => (Word::preset_current, Word::preset_current_note),
            Preset::Puzzle => (Word::preset_puzzle, Word::preset_puzzle_note),
        }
    }

    /// What is wrong with it on purpose, and the same scenario without it.
    pub fn solution(self) -> Option<(Word, Scenario)> {
        let mut mended = self.scenario();
        mended.capacity.max_tokens = Some(1_000.0);
        (self == Preset::Puzzle).then_some((Word::preset_puzzle_solution, mended))
    }

    pub fn scenario(self) -> Scenario {
        match self {
            Preset::Reference => base(whole_answers()),
            Preset::Today => today(),
            Preset::WithGeneration => base(streamed([HAIKU, SONNET], [120.0, 60.0])),
            Preset::AllSonnet => {
                let mut scenario = base(whole_answers());
                for kind in &mut scenario.types {
                    kind.model = Some(SONNET.to_string());
                }
                scenario
            }
            Preset::NoCache => {
                let mut scenario = base(whole_answers());
                for kind in &mut scenario.types {
                    kind.cache.hit_rate = 0.0;
                }
                scenario
            }
            Preset::LaunchDay => launch_day(),
            Preset::NoonThrottled => {
                let mut scenario = base(whole_answers());
                scenario.traffic.curve = Curve::Named("noon-peak");
                // At noon each model needs about 680 a minute, an hour earlier about 430.
                scenario.capacity.rpm = Some(560.0);
                scenario
            }
            Preset::CurrentModels => on_current_models(),
            Preset::Puzzle => {
                let mut scenario = on_current_models();
                scenario.traffic.curve = Curve::Named("evening");
                scenario.capacity.tpm = Some(1_000_000.0);
                // The mistake: the longest answer the model could give, not the longest it gives here.
                scenario.capacity.max_tokens = Some(64_000.0);
                scenario
            }
        }
    }
}

/// MangaAssist at a million messages a day, answered at these speeds.
fn base(models: BTreeMap<String, ModelProfile>) -> Scenario {
    Scenario { types: manga_assist_mix(), models, ..Scenario::plain() }
}

/// The original's latencies for the whole answer.
fn whole_answers() -> BTreeMap<String, ModelProfile> {
    let models = [HAIKU, SONNET].into_iter();
    models.filter_map(|id| Some((id.to_string(), ModelProfile::of_original(id)?))).collect()
}

/// The original's latencies for the first token, and then so many tokens a second.
fn streamed(models: [&str; 2], rates: [f64; 2]) -> BTreeMap<String, ModelProfile> {
    let profile = |(mean, sd): (f64, f64), rate| ModelProfile {
        ttft: Some(Distribution::Simple { mean, sd }),
        tokens_per_s: Some(rate),
        ..ModelProfile::default()
    };
    let first_token = [(350.0, 100.0), (1200.0, 300.0)];
    let entry = |index: usize| (models[index].to_string(), profile(first_token[index], rates[index]));
    BTreeMap::from([entry(0), entry(1)])
}

/// The reference mix on today's models. Their prices travel with the scenario, so that it costs the
/// same wherever it is opened.
///
/// # Source
/// The price table of 2026-11-22. Their speed is an assumption, from third parties' measurements:
/// 150 to 180 and 80 to 120 tokens a second.
fn on_current_models() -> Scenario {
    let mut scenario = base(streamed([NEW_HAIKU, NEW_SONNET], [160.0, 100.0]));
    for kind in &mut scenario.types {
        let new = if kind.model.as_deref() == Some(SONNET) { NEW_SONNET } else { NEW_HAIKU };
        kind.model = Some(new.to_string());
    }
    let prices = |name: &str, usd: [f64; 5], least| {
        let kinds = [
            PriceKind::Input,
            PriceKind::Output,
            PriceKind::CacheWrite5m,
            PriceKind::CacheWrite1h,
            PriceKind::CacheRead,
        ];
        let mut list = PriceList::default();
        for (kind, usd) in kinds.into_iter().zip(usd) {
            list.set(kind, Price::per_million(usd));
        }
        OwnPrices {
            name: Some(name.to_string()),
            prices: Prices::of(list),
            min_cache_tokens: Some(least),
            source: Some("https://aws.amazon.com/bedrock/pricing/".to_string()),
            date: Some("2026-11-22".to_string()),
        }
    };
    scenario.billing.prices = BTreeMap::from([
        (NEW_HAIKU.to_string(), prices("Claude Haiku 4.5 (global)", [1.0, 5.0, 1.25, 2.0, 0.1], 4096)),
        (NEW_SONNET.to_string(), prices("Claude Sonnet 4.6 (global)", [3.0, 15.0, 3.75, 6.0, 0.3], 1024)),
    ]);
    scenario
}

/// A shop's assistant on current models: a system prompt and conversations that the prompt cache holds, lengths
/// that vary, and the quotas of a new account. How fast the models answer is the catalog's assumption.
fn today() -> Scenario {
    let mut scenario = on_current_models();
    scenario.daily_messages = 300_000.0;
    scenario.traffic.curve = Curve::Named("evening");
    scenario.models = BTreeMap::new();
    let long = |mean: f64, spread: f64| Distribution::LogNormal { mean, sd: spread * mean };
    let of_today = |name: &str, share_pct: f64, [input, output]: [f64; 2], model: &str, turns: f64| QueryType {
        name: name.to_string(),
        share_pct,
        input_tokens: long(input, 0.6),
        output_tokens: long(output, 0.7),
        model: Some(model.to_string()),
        prompt: Prompt { system_tokens: 6_000.0, turns, cache: Some(PromptCache::default()) },
        ..QueryType::default()
    };
    scenario.types = vec![
        of_today("order_status", 40.0, [90.0, 120.0], NEW_HAIKU, 2.0),
        of_today("product_question", 35.0, [140.0, 260.0], NEW_HAIKU, 4.0),
        of_today("advice", 25.0, [220.0, 450.0], NEW_SONNET, 5.0),
    ];
    scenario.capacity.max_tokens = Some(1_500.0);
    scenario.with_default_quotas()
}

/// The day a long awaited volume goes on sale at 19:00 in Japan: most ask whether it is in stock,
/// and Japanese takes more tokens. The places are enough for every other hour.
fn launch_day() -> Scenario {
    let mut scenario = base(whole_answers());
    scenario.daily_messages = 1_600_000.0;
    scenario.traffic.curve = Curve::Named("launch-19");
    scenario.types = vec![
        kind("launch_stock", 38.0, 220.0, 90.0, HAIKU, 0.70),
        kind("order_status", 22.0, 160.0, 110.0, HAIKU, 0.05),
        kind("greeting_faq", 15.0, 120.0, 80.0, HAIKU, 0.90),
        kind("recommendation", 14.0, 420.0, 340.0, SONNET, 0.10),
        kind("complex_multi_turn", 11.0, 720.0, 520.0, SONNET, 0.05),
    ];
    scenario.capacity = Capacity { concurrency: Some(26.0), queue_timeout_ms: Some(8_000.0), ..Capacity::default() };
    scenario.patience_ms = Some(Distribution::Exponential { mean: 20_000.0 });
    scenario
}

/// The original's query mix.
fn manga_assist_mix() -> Vec<QueryType> {
    vec![
        kind("greeting_faq", 20.0, 80.0, 60.0, HAIKU, 0.90),
        kind("product_lookup", 30.0, 150.0, 120.0, HAIKU, 0.40),
        kind("recommendation", 20.0, 300.0, 250.0, SONNET, 0.10),
        kind("order_status", 15.0, 100.0, 80.0, HAIKU, 0.05),
        kind("complex_multi_turn", 15.0, 500.0, 400.0, SONNET, 0.05),
    ]
}

fn kind(name: &str, share_pct: f64, input: f64, output: f64, model: &str, hit_rate: f64) -> QueryType {
    QueryType {
        name: name.to_string(),
        share_pct,
        input_tokens: Distribution::Constant(input),
        output_tokens: Distribution::Constant(output),
        model: Some(model.to_string()),
        cache: Cache { hit_rate, ..Cache::default() },
        ..QueryType::default()
    }
}

crate::pack_choice!(Preset);

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Tier, TokenKind};
    use crate::cost::estimate;
    use crate::sim::{Outcome, simulate};

    fn day(scenario: &Scenario) -> Outcome {
        simulate(scenario, &Catalog::reference(), None).unwrap()
    }

    fn bill(preset: Preset) -> f64 {
        estimate(&preset.scenario(), &Catalog::reference()).unwrap().total_daily_cost_usd.unwrap().dollars()
    }

    /// The hours in which fewer than a share of the answers are in time.
    fn bad_hours(day: &Outcome, share: f64) -> Vec<usize> {
        let bad = day.by_hour.iter().filter(|hour| hour.figures.share_within_slo.is_some_and(|within| within < share));
        bad.map(|hour| hour.hour).collect()
    }

    #[test]
    fn every_preset_is_sound_and_is_found_by_its_key() {
        for preset in Preset::ALL {
            assert_eq!(preset.scenario().problems(), [], "{preset:?}");
            assert_eq!(Preset::from_key(preset.key()), Some(preset));
            assert_eq!(Scenario::load(&preset.scenario().to_json()).unwrap().output, preset.scenario());
            assert!(bill(preset) > 0.0, "{preset:?}");
        }
    }

    #[test]
    fn levers_cost_what_they_promise() {
        let reference = bill(Preset::Reference);
        assert!(bill(Preset::AllSonnet) > 1.15 * reference);
        assert!(bill(Preset::NoCache) > 1.05 * reference);
        assert!(bill(Preset::CurrentModels) > reference);
    }

    #[test]
    fn noon_is_throttled_and_no_other_hour() {
        let day = day(&Preset::NoonThrottled.scenario());
        assert_eq!(bad_hours(&day, 0.98), [12]);
        assert!(day.counts.throttled > 5_000, "{:?}", day.counts);
    }

    #[test]
    fn the_launch_makes_people_wait_in_the_evening_only() {
        let day = day(&Preset::LaunchDay.scenario());
        assert_eq!(bad_hours(&day, 0.9), [19]);
        assert!(day.counts.rejected + day.counts.abandoned > 1_000, "{:?}", day.counts);
    }

    #[test]
    fn the_puzzle_has_its_bug_and_the_solution_removes_it() {
        let with_bug = day(&Preset::Puzzle.scenario());
        assert!(with_bug.counts.throttled > 10_000, "{:?}", with_bug.counts);
        let (_, mended) = Preset::Puzzle.solution().unwrap();
        assert_eq!(day(&mended).counts.throttled, 0);
        // Its quota is about twice what the evening's busiest minute uses.
        let peak = mended.traffic.curve.shares().into_iter().fold(0.0, f64::max) * mended.daily_messages / 60.0;
        let tokens = |kind: &QueryType| kind.input_tokens.mean() + kind.output_tokens.mean();
        let used: f64 = mended
            .types
            .iter()
            .filter(|kind| kind.model.as_deref() == Some(NEW_SONNET))
            .map(|kind| peak * kind.share_pct / 100.0 * (1.0 - kind.cache.hit_rate) * tokens(kind))
            .sum();
        assert!(used < 0.5 * mended.capacity.tpm.unwrap(), "{used}");
    }

    #[test]
    fn the_prices_that_travel_with_a_preset_are_the_tables() {
        for (id, own) in Preset::CurrentModels.scenario().billing.prices {
            let model = Catalog::full().get(&id).unwrap();
            assert_eq!(own.name.as_deref(), Some(model.name.as_str()));
            for token in TokenKind::ALL {
                let kind = PriceKind::of(Tier::Standard, token);
                assert_eq!(own.prices.get(kind), model.prices.get(kind), "{id} {}", kind.key());
            }
            assert_eq!(own.min_cache_tokens, model.min_cache_tokens);
            assert!(own.date.is_some_and(|date| date <= model.date), "{id}");
        }
    }
}
