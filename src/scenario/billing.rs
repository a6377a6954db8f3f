use std::collections::BTreeMap;

use crate::catalog::OwnPrices;

use super::check::{MAX_TOKENS, MAX_TURNS};
use super::form::{Limits, choice_part, form};

form! {
    /// How the bill is computed beside the catalog's prices.
    #[derive(Clone, Debug, PartialEq, serde::Serialize)]
    pub struct Billing {
        /// By how much the traffic grows from a month to the next, in percent; 0 by default.
        growth_pct_per_month: f64 = 0.0 => Limits::of(-100.0, 1000.0),
        /// A negotiated discount on every model's price, in percent; 0 by default.
        discount_pct: f64 = 0.0 => Limits::PERCENT,
        /// The part of its prompt that an attempt is billed which fails after it began, 0 to 1. 1 by
        /// default, an assumption on the safe side.
        failed_input_share: f64 = 1.0 => Limits::SHARE,
        /// The part of its answer that such an attempt is billed, 0 to 1. 0 by default, an assumption.
        failed_output_share: f64 = 0.0 => Limits::SHARE,
        /// A second currency that amounts are shown in.
        #[serde(skip_serializing_if = "Option::is_none")]
        currency: Option<Currency> = None,
        /// A team's own prices and models, by model id.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        prices: BTreeMap<String, OwnPrices> = BTreeMap::new(),
    }
}

form! {
    /// A currency and its rate.
    #[derive(Clone, Debug, PartialEq, serde::Serialize)]
    pub struct Currency {
        /// `JPY`, `EUR`: three letters.
        code: String = String::new() => Limits::ANY.required(),
        /// Units of it for one US dollar.
        per_usd: f64 = 1.0 => Limits::of(1e-6, 1e9).required(),
    }
}

impl Billing {
    pub(super) fn is_default(&self) -> bool {
        *self == Billing::default()
    }
}

form! {
    /// What is sent to the model around a message, and how much of it the model knows already.
    #[derive(Clone, Debug, PartialEq, serde::Serialize)]
    pub struct Prompt {
        /// Tokens that stand before every message: the system prompt and the tools. 0 by default.
        system_tokens: f64 = 0.0 => Limits::of(0.0, MAX_TOKENS),
        /// Messages of one conversation: each sends all earlier ones and their answers again. 1 by
        /// default.
        turns: f64 = 1.0 => Limits::of(1.0, MAX_TURNS),
        /// Prompt caching; off when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        cache: Option<PromptCache> = None,
    }
}

form! {
    /// Bedrock's prompt cache: what stands before the message is written once and read again.
    #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
    pub struct PromptCache {
        /// How long a written prefix lives; 5 minutes by default.
        ttl: CacheTtl = CacheTtl::FiveMinutes,
        /// The fraction of calls that find what they share with an earlier call, 0 to 1; 0.9 by default,
        /// an assumption.
        hit_rate: f64 = 0.9 => Limits::SHARE,
        /// Whether the conversation so far is cached with the system prompt; on by default.
        history: bool = true,
    }
}

/// How long a written prefix lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
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

choice_part!(CacheTtl);

impl Prompt {
    pub(super) fn is_default(&self) -> bool {
        *self == Prompt::default()
    }
}

form! {
    /// The shares of a type's calls that are served in other tiers than the standard one, in percent.
    #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
    pub struct TierShares {
        /// Answered within a day, at half the price.
        batch_pct: f64 = 0.0 => Limits::PERCENT,
        /// Answered when there is room.
        flex_pct: f64 = 0.0 => Limits::PERCENT,
        /// Answered before others, at a higher price.
        priority_pct: f64 = 0.0 => Limits::PERCENT,
    }
}

impl TierShares {
    pub(super) fn is_default(&self) -> bool {
        *self == TierShares::default()
    }
}
