use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::catalog::{Model, Prices};

/// How the bill is computed beside the catalog's prices.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Billing {
    /// By how much the traffic grows from a month to the next, in percent; 0 by default.
    pub growth_pct_per_month: f64,
    /// A negotiated discount on every model's price, in percent; 0 by default.
    pub discount_pct: f64,
    /// The part of its prompt that an attempt is billed which fails after it began, 0 to 1. 1 by
    /// default, an assumption on the safe side.
    pub failed_input_share: f64,
    /// The part of its answer that such an attempt is billed, 0 to 1. 0 by default, an assumption.
    pub failed_output_share: f64,
    /// A second currency that amounts are shown in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// A team's own prices and models, by model id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub prices: BTreeMap<String, OwnPrices>,
}

/// A currency and its rate.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Currency {
    /// `JPY`, `EUR`: three letters.
    pub code: String,
    /// Units of it for one US dollar.
    pub per_usd: f64,
}

/// Prices that replace the catalog's, in US dollars per million tokens; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnPrices {
    pub name: Option<String>,
    /// Every kind of price, and thresholds (`long_context`: one object, or a list of them).
    pub prices: Prices,
    /// The smallest prefix that is cached, in tokens.
    pub min_cache_tokens: Option<u64>,
    /// Where the prices come from: a contract, a page.
    pub source: Option<String>,
    /// The date they were agreed or read, `YYYY-MM-DD`.
    pub date: Option<String>,
}

impl Serialize for OwnPrices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(name) = &self.name {
            map.serialize_entry("name", name)?;
        }
        self.prices.write(&mut map)?;
        if let Some(tokens) = self.min_cache_tokens {
            map.serialize_entry("min_cache_tokens", &tokens)?;
        }
        for (key, text) in [("source", &self.source), ("date", &self.date)] {
            if let Some(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        map.end()
    }
}

impl OwnPrices {
    /// A catalog's prices as a scenario's own, so that it says what it costs wherever it is opened.
    pub fn of(model: &Model) -> Self {
        let said = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
        OwnPrices {
            name: said(&model.name),
            prices: model.prices.clone(),
            min_cache_tokens: model.min_cache_tokens,
            source: said(&model.source),
            date: said(&model.date),
        }
    }
}

impl Default for Billing {
    fn default() -> Self {
        Billing {
            growth_pct_per_month: 0.0,
            discount_pct: 0.0,
            failed_input_share: 1.0,
            failed_output_share: 0.0,
            currency: None,
            prices: BTreeMap::new(),
        }
    }
}

impl Billing {
    pub(super) fn is_default(&self) -> bool {
        *self == Billing::default()
    }
}

/// What is sent to the model around a message, and how much of it the model knows already.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Prompt {
    /// Tokens that stand before every message: the system prompt and the tools. 0 by default.
    pub system_tokens: f64,
    /// Messages of one conversation: each sends all earlier ones and their answers again. 1 by
    /// default.
    pub turns: f64,
    /// Prompt caching; off when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<PromptCache>,
}

/// Bedrock's prompt cache: what stands before the message is written once and read again.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PromptCache {
    pub ttl: CacheTtl,
    /// The fraction of calls that find what they share with an earlier call, 0 to 1; 0.9 by default,
    /// an assumption.
    pub hit_rate: f64,
    /// Whether the conversation so far is cached with the system prompt; on by default.
    pub history: bool,
}

/// How long a written prefix lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub enum CacheTtl {
    #[default]
    #[serde(rename = "5m")]
    FiveMinutes,
    #[serde(rename = "1h")]
    OneHour,
}

impl CacheTtl {
    pub const ALL: [CacheTtl; 2] = [CacheTtl::FiveMinutes, CacheTtl::OneHour];

    pub fn key(self) -> &'static str {
        match self {
            CacheTtl::FiveMinutes => "5m",
            CacheTtl::OneHour => "1h",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        CacheTtl::ALL.into_iter().find(|ttl| ttl.key() == key)
    }
}

impl Default for Prompt {
    fn default() -> Self {
        Prompt { system_tokens: 0.0, turns: 1.0, cache: None }
    }
}

impl Default for PromptCache {
    fn default() -> Self {
        PromptCache { ttl: CacheTtl::FiveMinutes, hit_rate: 0.9, history: true }
    }
}

impl Prompt {
    pub(super) fn is_default(&self) -> bool {
        *self == Prompt::default()
    }
}

/// The shares of a type's calls that are served in other tiers than the standard one, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct TierShares {
    pub batch_pct: f64,
    pub flex_pct: f64,
    pub priority_pct: f64,
}

impl TierShares {
    pub(super) fn is_default(&self) -> bool {
        *self == TierShares::default()
    }
}
