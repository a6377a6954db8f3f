//! What one call costs, exactly, kind of token by kind of token.

use serde::Serialize;

use crate::catalog::{Model, Prices, Tier, TokenKind};
use crate::money::Usd;

/// Tokens of one call. The counts are disjoint: the prompt is the sum of all but `output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallTokens {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write_5m: u64,
    pub cache_write_1h: u64,
}

impl CallTokens {
    /// The count of a kind.
    pub fn of(&self, kind: TokenKind) -> u64 {
        match kind {
            TokenKind::Input => self.input,
            TokenKind::Output => self.output,
            TokenKind::CacheRead => self.cache_read,
            TokenKind::CacheWrite5m => self.cache_write_5m,
            TokenKind::CacheWrite1h => self.cache_write_1h,
        }
    }

    /// Tokens of the whole prompt, which thresholds are compared with.
    pub fn prompt(&self) -> u64 {
        [self.cache_read, self.cache_write_5m, self.cache_write_1h].into_iter().fold(self.input, u64::saturating_add)
    }
}

/// What a call costs, part by part. A part that is used and has no known price is `None`, and so
/// is the total then; a part that is not used costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallCost {
    pub input: Option<Usd>,
    pub output: Option<Usd>,
    pub cache_read: Option<Usd>,
    pub cache_write_5m: Option<Usd>,
    pub cache_write_1h: Option<Usd>,
}

impl CallCost {
    /// What nothing costs.
    pub const ZERO: CallCost = CallCost {
        input: Some(Usd::ZERO),
        output: Some(Usd::ZERO),
        cache_read: Some(Usd::ZERO),
        cache_write_5m: Some(Usd::ZERO),
        cache_write_1h: Some(Usd::ZERO),
    };

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

    /// What is known of it, whatever is not.
    pub fn known(&self) -> Usd {
        self.parts().into_iter().filter_map(|(_, part)| part).sum()
    }

    /// The parts whose price is not known.
    pub fn unknown(&self) -> Vec<&'static str> {
        self.parts().into_iter().filter(|(_, part)| part.is_none()).map(|(name, _)| name).collect()
    }
}

/// Prices one call by a model's own row.
pub fn price_call(model: &Model, tokens: CallTokens, tier: Tier) -> CallCost {
    price_tokens(&model.prices, tokens, tier, model.prices.level(tokens.prompt()))
}

/// Prices tokens of one call or of many, all above so many of the prices' thresholds ([`Prices::level`]): sums of
/// calls cost the sum of the calls as long as all are on the same side of every threshold.
pub fn price_tokens(prices: &Prices, tokens: CallTokens, tier: Tier, level: usize) -> CallCost {
    let of = |kind: TokenKind| {
        let count = tokens.of(kind);
        if count == 0 { Some(Usd::ZERO) } else { prices.rate(kind, tier, level)?.of(count) }
    };
    CallCost {
        input: of(TokenKind::Input),
        output: of(TokenKind::Output),
        cache_read: of(TokenKind::CacheRead),
        cache_write_5m: of(TokenKind::CacheWrite5m),
        cache_write_1h: of(TokenKind::CacheWrite1h),
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
        // Its cache is written at no price of its own: as input.
        let written = CallTokens { cache_write_5m: 1_000, ..CallTokens::default() };
        assert_eq!(total(nova, written, Tier::Standard).as_deref(), Some("0.000035"));
        let hour = CallTokens { input: 1_000, cache_write_1h: 1, ..CallTokens::default() };
        let cost = price_call(Catalog::full().get("us.openai.gpt-5.6-terra").unwrap(), hour, Tier::Standard);
        assert_eq!((cost.total(), cost.unknown()), (None, vec!["cache_write_1h"]));
        assert_eq!(cost.known().to_string(), "0.0022");
        assert_eq!(total("anthropic.claude-sonnet-5", CallTokens { input: 1, ..read }, Tier::Flex), None);
    }
}
