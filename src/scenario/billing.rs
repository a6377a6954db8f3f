use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::{LongContext, Model};
use crate::money::Price;

/// How the bill is computed beside the catalog's prices.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Currency {
    /// `JPY`, `EUR`: three letters.
    pub code: String,
    /// Units of it for one US dollar.
    pub per_usd: f64,
}

/// Prices that replace the catalog's, in US dollars per million tokens; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OwnPrices {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_5m: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<Price>,
    #[serde(skip_serializing_if = "OwnTier::is_empty")]
    pub batch: OwnTier,
    #[serde(skip_serializing_if = "OwnTier::is_empty")]
    pub flex: OwnTier,
    #[serde(skip_serializing_if = "OwnTier::is_empty")]
    pub priority: OwnTier,
    /// What the whole request costs once its prompt is longer than a threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_context: Option<LongContext>,
    /// The smallest prefix that is cached, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_cache_tokens: Option<u64>,
    /// Where the prices come from: a contract, a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The date they were agreed or read, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// A service tier's own prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct OwnTier {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Price>,
}

impl OwnPrices {
    /// A catalog's prices as a scenario's own, so that it says what it costs wherever it is opened.
    pub fn of(model: &Model) -> Self {
        let tier = |tier: crate::catalog::TierPrices| OwnTier { input: tier.input, output: tier.output };
        let prices = model.prices;
        let said = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
        OwnPrices {
            name: said(&model.name),
            input: prices.input,
            output: prices.output,
            cache_write_5m: prices.cache_write_5m,
            cache_write_1h: prices.cache_write_1h,
            cache_read: prices.cache_read,
            batch: tier(prices.batch),
            flex: tier(prices.flex),
            priority: tier(prices.priority),
            long_context: prices.long_context,
            min_cache_tokens: model.min_cache_tokens,
            source: said(&model.source),
            date: said(&model.date),
        }
    }
}

impl OwnTier {
    fn is_empty(&self) -> bool {
        *self == OwnTier::default()
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
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PromptCache {
    pub ttl: CacheTtl,
    /// The fraction of calls that find what they share with an earlier call, 0 to 1; 0.9 by default,
    /// an assumption.
    pub hit_rate: f64,
    /// Whether the conversation so far is cached with the system prompt; on by default.
    pub history: bool,
}

/// How long a written prefix lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
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
