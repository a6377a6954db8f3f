use std::collections::BTreeMap;

use super::{
    Billing, Cache, Capacity, Distribution, Faults, Infrastructure, ModelProfile, QueryType, Retry, Scenario, Traffic,
    VERSION,
};

/// Claude 3 Haiku, the original's cheap model; retired on Bedrock.
pub const HAIKU: &str = "anthropic.claude-3-haiku-20240307-v1:0";
/// Claude 3 Sonnet, the original's strong model; retired on Bedrock.
pub const SONNET: &str = "anthropic.claude-3-sonnet-20240229-v1:0";

/// A ready-made scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// MangaAssist as the original describes it: whole answers after `max(50, N(mean, sd))` ms.
    Reference,
    /// The same mix, with the time the answer's tokens take to be generated added.
    WithGeneration,
}

impl Preset {
    pub const ALL: [Preset; 2] = [Preset::Reference, Preset::WithGeneration];

    /// The name used on the command line and in stored documents.
    pub fn key(self) -> &'static str {
        match self {
            Preset::Reference => "reference",
            Preset::WithGeneration => "with-generation",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Preset::ALL.into_iter().find(|preset| preset.key() == key)
    }

    pub fn scenario(self) -> Scenario {
        let whole = |mean, sd, rate| ModelProfile {
            latency: Some(Distribution::Simple { mean, sd }),
            ttft: None,
            tokens_per_s: Some(rate),
            ..ModelProfile::default()
        };
        let streamed = |mean, sd, rate| ModelProfile {
            latency: None,
            ttft: Some(Distribution::Simple { mean, sd }),
            tokens_per_s: Some(rate),
            ..ModelProfile::default()
        };
        let profile = match self {
            Preset::Reference => whole,
            Preset::WithGeneration => streamed,
        };
        Scenario {
            version: VERSION,
            seed: 42,
            daily_messages: 1_000_000.0,
            days_in_month: 30.0,
            slo_ms: 3_000.0,
            types: manga_assist_mix(),
            models: BTreeMap::from([
                (HAIKU.to_string(), profile(350.0, 100.0, 120.0)),
                (SONNET.to_string(), profile(1200.0, 300.0, 60.0)),
            ]),
            traffic: Traffic::default(),
            capacity: Capacity::default(),
            retry: Retry::default(),
            faults: Faults::default(),
            stages: Vec::new(),
            patience_ms: None,
            billing: Billing::default(),
            infrastructure: Infrastructure::default(),
            ranges: Vec::new(),
        }
    }
}

/// The original's query mix.
fn manga_assist_mix() -> Vec<QueryType> {
    let kind = |name: &str, share_pct, input, output, model: &str, hit_rate| QueryType {
        name: name.to_string(),
        share_pct,
        input_tokens: Distribution::Constant(input),
        output_tokens: Distribution::Constant(output),
        model: Some(model.to_string()),
        cache: Cache { hit_rate, ..Cache::default() },
        ..QueryType::default()
    };
    vec![
        kind("greeting_faq", 20.0, 80.0, 60.0, HAIKU, 0.90),
        kind("product_lookup", 30.0, 150.0, 120.0, HAIKU, 0.40),
        kind("recommendation", 20.0, 300.0, 250.0, SONNET, 0.10),
        kind("order_status", 15.0, 100.0, 80.0, HAIKU, 0.05),
        kind("complex_multi_turn", 15.0, 500.0, 400.0, SONNET, 0.05),
    ]
}
