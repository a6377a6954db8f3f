use serde::Serialize;

use crate::catalog::{Model, Prices};
use crate::money::{Price, Usd};

/// Tokens of one call. The counts are disjoint: the prompt is the sum of all but `output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallTokens {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write_5m: u64,
    pub cache_write_1h: u64,
}

/// How urgently a call is served, and at whose price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    #[default]
    Standard,
    Batch,
    Flex,
    Priority,
}

impl Tier {
    pub const ALL: [Tier; 4] = [Tier::Standard, Tier::Batch, Tier::Flex, Tier::Priority];

    pub fn key(self) -> &'static str {
        match self {
            Tier::Standard => "standard",
            Tier::Batch => "batch",
            Tier::Flex => "flex",
            Tier::Priority => "priority",
        }
    }

    /// The tier of this name; `default` and `reserved`, as the service calls them, are standard.
    pub fn from_key(key: &str) -> Option<Self> {
        if key == "default" || key == "reserved" {
            return Some(Tier::Standard);
        }
        Tier::ALL.into_iter().find(|tier| tier.key() == key)
    }
}

/// What a call costs, part by part. A part that is used and has no known price is `None`, and so
/// is the total then; a part that is not used costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CallCost {
    pub input: Option<Usd>,
    pub output: Option<Usd>,
    pub cache_read: Option<Usd>,
    pub cache_write_5m: Option<Usd>,
    pub cache_write_1h: Option<Usd>,
}

impl CallCost {
    pub fn parts(&self) -> [(&'static str, Option<Usd>); 5] {
        [
            ("input", self.input),
            ("output", self.output),
            ("cache_read", self.cache_read),
            ("cache_write_5m", self.cache_write_5m),
            ("cache_write_1h", self.cache_write_1h),
        ]
    }

    pub fn total(&self) -> Option<Usd> {
        self.parts().into_iter().map(|(_, part)| part).sum()
    }

    /// The parts whose price is not known.
    pub fn unknown(&self) -> Vec<&'static str> {
        self.parts().into_iter().filter(|(_, part)| part.is_none()).map(|(name, _)| name).collect()
    }
}

/// Prices one call.
pub fn price_call(model: &Model, tokens: CallTokens, tier: Tier) -> CallCost {
    let rates = Rates::of(&model.prices, tokens, tier);
    CallCost {
        input: rates.input.of(tokens.input),
        output: rates.output.of(tokens.output),
        cache_read: rates.cache_read.of(tokens.cache_read),
        cache_write_5m: rates.cache_write_5m.of(tokens.cache_write_5m),
        cache_write_1h: rates.cache_write_1h.of(tokens.cache_write_1h),
    }
}

/// A price per token that may be a ratio of prices; `None` where unknown.
#[derive(Clone, Copy)]
struct Rate(Option<(Price, Price, Price)>);

const ONE: Price = Price::from_pico_per_token(1);

impl Rate {
    fn plain(price: Option<Price>) -> Self {
        Rate(price.map(|price| (price, ONE, ONE)))
    }

    /// The exact amount, a fraction of a pico-dollar rounded to the nearest.
    fn of(self, tokens: u64) -> Option<Usd> {
        if tokens == 0 {
            return Some(Usd::ZERO);
        }
        let (price, numerator, denominator) = self.0?;
        let pico = |price: Price| i128::from(price.pico_per_token());
        let exact = i128::from(tokens).checked_mul(pico(price))?.checked_mul(pico(numerator))?;
        let by = pico(denominator).max(1);
        Some(Usd::from_pico((exact + by / 2) / by))
    }
}

/// What each kind of token costs in one call.
struct Rates {
    input: Rate,
    output: Rate,
    cache_read: Rate,
    cache_write_5m: Rate,
    cache_write_1h: Rate,
}

impl Rates {
    fn of(prices: &Prices, tokens: CallTokens, tier: Tier) -> Self {
        let unknown = Rate(None);
        let own = match tier {
            Tier::Standard => None,
            Tier::Batch => Some(prices.batch),
            Tier::Flex => Some(prices.flex),
            Tier::Priority => Some(prices.priority),
        };
        if let Some(own) = own {
            // These tiers carry no cache price of their own.
            return Rates {
                input: Rate::plain(own.input),
                output: Rate::plain(own.output),
                cache_read: unknown,
                cache_write_5m: unknown,
                cache_write_1h: unknown,
            };
        }
        let prompt = tokens.input + tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h;
        match prices.long_context.filter(|long| prompt > long.above_tokens) {
            // A cliff: every token of the request is repriced. A cache price above the threshold
            // is the one below it, raised as the input's is.
            Some(long) => {
                let raised = |price: Option<Price>| {
                    Rate(price.zip(prices.input).map(|(price, input)| (price, long.input, input)))
                };
                Rates {
                    input: Rate::plain(Some(long.input)),
                    output: Rate::plain(Some(long.output)),
                    cache_read: raised(prices.cache_read),
                    cache_write_5m: raised(prices.cache_write_5m),
                    cache_write_1h: raised(prices.cache_write_1h),
                }
            }
            None => Rates {
                input: Rate::plain(prices.input),
                output: Rate::plain(prices.output),
                cache_read: Rate::plain(prices.cache_read),
                cache_write_5m: Rate::plain(prices.cache_write_5m),
                cache_write_1h: Rate::plain(prices.cache_write_1h),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn total(id: &str, tokens: CallTokens, tier: Tier) -> Option<String> {
        price_call(Catalog::full().get(id).unwrap(), tokens, tier).total().map(|usd| usd.to_string())
    }

    #[test]
    fn long_context_is_a_cliff_on_the_whole_request() {
        let sonnet = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
        let tokens = |input| CallTokens { input, output: 1_000, cache_read: 100_000, ..CallTokens::default() };
        // 100,000 × 3 + 100,000 × 0.3 + 1,000 × 15, and one token more at 6, 0.6 and 22.5.
        assert_eq!(total(sonnet, tokens(100_000), Tier::Standard).as_deref(), Some("0.345"));
        assert_eq!(total(sonnet, tokens(100_001), Tier::Standard).as_deref(), Some("0.682506"));
    }

    #[test]
    fn what_is_used_and_unknown_is_unknown() {
        let nova = "amazon.nova-micro-v1:0";
        let read = CallTokens { cache_read: 1_000, ..CallTokens::default() };
        assert_eq!(total(nova, read, Tier::Standard).as_deref(), Some("0.00000875"));
        let written = CallTokens { cache_write_5m: 1, ..CallTokens::default() };
        let cost = price_call(Catalog::full().get(nova).unwrap(), written, Tier::Standard);
        assert_eq!((cost.total(), cost.unknown()), (None, vec!["cache_write_5m"]));
        assert_eq!(total("anthropic.claude-sonnet-5", CallTokens { input: 1, ..read }, Tier::Flex), None);
    }
}
