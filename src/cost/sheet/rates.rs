//! What each token of a call costs, for whoever counts them call by call.

use crate::catalog::{PriceKind, Tier, TokenKind};
use crate::money::Usd;

use super::call::OTHER_TIERS;
use super::{ModelRow, Sheet};

/// What the tokens of a call cost, by the level that its prompt reaches.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CallRates {
    /// Tokens of the whole prompt above which the next level's rates hold, rising.
    pub thresholds: Vec<f64>,
    /// One more than thresholds.
    pub levels: Vec<TokenRates>,
}

/// Pico-dollars for a token, on average over a type's service tiers and after the discount; the prices that it
/// needs and that are not known.
pub type TokenRate = Result<f64, Vec<PriceKind>>;

/// What a token of each kind costs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TokenRates {
    /// Input that no cache holds.
    pub input: TokenRate,
    pub cache_read: TokenRate,
    pub cache_write: TokenRate,
    pub output: TokenRate,
}

impl TokenRates {
    /// What an attempt costs that is billed these shares of its prompt and of its answer.
    #[must_use]
    pub fn shares(&self, of_input: f64, of_output: f64) -> Self {
        let part =
            |rate: &TokenRate, share: f64| if share == 0.0 { Ok(0.0) } else { rate.clone().map(|rate| rate * share) };
        TokenRates {
            input: part(&self.input, of_input),
            cache_read: part(&self.cache_read, of_input),
            cache_write: part(&self.cache_write, of_input),
            output: part(&self.output, of_output),
        }
    }

    /// So many tokens at a rate, rounded once: sums of whole numbers come to the same amount in any order. A rate
    /// that is a whole number is multiplied exactly, and nothing costs nothing at an unknown price.
    pub fn cost(rate: &TokenRate, tokens: u64) -> Option<Usd> {
        match *rate {
            _ if tokens == 0 => Some(Usd::ZERO),
            Ok(rate) if rate == libm::floor(rate) && rate < 9e15 => {
                Some(Usd::from_pico(i128::from(rate as u64) * i128::from(tokens)))
            }
            Ok(rate) => Usd::round_pico(rate * tokens as f64),
            Err(_) => None,
        }
    }
}

impl Sheet {
    /// What the tokens of one attempt of a call cost: of the query type at this place, answered by this model.
    /// `None` where the scenario has no such type or does not use the model.
    pub fn call_rates(&self, query_type: usize, model: &str) -> Option<CallRates> {
        let (row, numbers) = self.types.get(query_type).zip(self.numbers.types.get(query_type))?;
        let model = self.models.iter().find(|row| row.id == model)?;
        let kept = 1.0 - self.numbers.discount_pct / 100.0;
        let others = OTHER_TIERS.map(|(pct, tier)| (numbers[pct] / 100.0, tier));
        let standard = (1.0 - others.iter().map(|(share, _)| share).sum::<f64>()).max(0.0);
        let tiers: Vec<(f64, Tier)> =
            [(standard, Tier::Standard)].into_iter().chain(others).filter(|(share, _)| *share > 0.0).collect();
        let write = row.write();
        let rate = |token: TokenKind, level: usize| {
            let (mut sum, mut missing) = (0.0, Vec::new());
            for (share, tier) in &tiers {
                let token =
                    if model.caches(*tier, write) || token == TokenKind::Output { token } else { TokenKind::Input };
                match model.prices.rate(token, *tier, level) {
                    Some(rate) => sum += rate.pico_per_token() * kept * share,
                    None => missing.push(PriceKind::of(*tier, token)),
                }
            }
            if missing.is_empty() { Ok(sum) } else { Err(missing) }
        };
        let level = |level: usize| TokenRates {
            input: rate(TokenKind::Input, level),
            cache_read: rate(TokenKind::CacheRead, level),
            cache_write: rate(write, level),
            output: rate(TokenKind::Output, level),
        };
        let thresholds: Vec<f64> =
            model.prices.thresholds().iter().map(|threshold| threshold.above_tokens as f64).collect();
        Some(CallRates { levels: (0..=thresholds.len()).map(level).collect(), thresholds })
    }
}

impl ModelRow {
    /// Whether calls in a tier use the prompt cache: another tier than the standard one does where its cache has
    /// prices; else all is plain input.
    pub(super) fn caches(&self, tier: Tier, write: TokenKind) -> bool {
        let priced = |token| self.prices.rule(token, tier, 0).is_some();
        tier == Tier::Standard || (priced(TokenKind::CacheRead) && priced(write))
    }
}
