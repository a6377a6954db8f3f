//! What each token of a call costs, for whoever counts them call by call.

use crate::money::Usd;
use crate::scenario::CacheTtl;

use super::{OTHER_TIERS, PriceInput, Sheet, TypeInput};

/// What the tokens of a call cost, of a short call and of a long one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallRates {
    /// A call whose whole prompt is longer, in tokens, has the prices of a long one.
    pub long_above: f64,
    pub short: TokenRates,
    pub long: TokenRates,
}

/// Pico-dollars for a token of each kind, on average over a type's service tiers and after the discount; `None`
/// where a price that it needs is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenRates {
    /// Input that no cache holds, and everything before a message in a tier without a prompt cache.
    pub input: Option<f64>,
    pub cache_read: Option<f64>,
    pub cache_write: Option<f64>,
    pub output: Option<f64>,
}

impl TokenRates {
    /// What an attempt costs that is billed these shares of its prompt and of its answer.
    #[must_use]
    pub fn shares(self, of_input: f64, of_output: f64) -> Self {
        let part = |rate: Option<f64>, share: f64| if share == 0.0 { Some(0.0) } else { rate.map(|rate| rate * share) };
        TokenRates {
            input: part(self.input, of_input),
            cache_read: part(self.cache_read, of_input),
            cache_write: part(self.cache_write, of_input),
            output: part(self.output, of_output),
        }
    }

    /// So many tokens at a rate, rounded once: sums of whole numbers come to the same amount in any order. A rate
    /// that is a whole number is multiplied exactly, and nothing costs nothing at an unknown price.
    pub fn cost(rate: Option<f64>, tokens: u64) -> Option<Usd> {
        match rate {
            _ if tokens == 0 => Some(Usd::ZERO),
            Some(rate) if rate == libm::floor(rate) && rate < 9e15 => {
                Some(Usd::from_pico(i128::from(rate as u64) * i128::from(tokens)))
            }
            rate => Usd::round_pico(rate? * tokens as f64),
        }
    }
}

impl Sheet {
    /// What the tokens of one attempt of a call cost: of the query type at this place, answered by this model.
    /// `None` where the scenario has no such type or does not use the model.
    pub fn call_rates(&self, query_type: usize, model: &str) -> Option<CallRates> {
        let row = self.types.get(query_type)?;
        let model = self.models.iter().find(|row| row.id == model)?;
        let v = &self.values[row.at..row.at + TypeInput::ALL.len()];
        let kept = 1.0 - self.values[1] / 100.0;
        let rate = |price: PriceInput| price.price(&model.prices).map(|price| price.pico_per_token() as f64 * kept);
        let tiers = OTHER_TIERS.map(|(pct, input, output)| (v[pct as usize] / 100.0, input, output));
        let standard = (1.0 - tiers.iter().map(|(share, ..)| share).sum::<f64>()).max(0.0);
        let mixed = |own: Option<f64>, of_tier: &dyn Fn(&(f64, PriceInput, PriceInput)) -> PriceInput| {
            let own = if standard > 0.0 { own.map(|rate| rate * standard) } else { Some(0.0) };
            tiers
                .iter()
                .filter(|(share, ..)| *share > 0.0)
                .fold(own, |sum, tier| Some(sum? + rate(of_tier(tier))? * tier.0))
        };
        let write = match row.prompt_cache {
            Some((CacheTtl::OneHour, _)) => PriceInput::CacheWrite1h,
            _ => PriceInput::CacheWrite5m,
        };
        let raise = model
            .prices
            .long_context
            .zip(model.prices.input)
            .map(|(long, input)| long.input.pico_per_token() as f64 / input.pico_per_token() as f64);
        let rates = |raised: bool| {
            let (input, output) = if raised {
                (PriceInput::LongInput, PriceInput::LongOutput)
            } else {
                (PriceInput::Input, PriceInput::Output)
            };
            let cached = |price| rate(price).and_then(|rate| Some(if raised { rate * raise? } else { rate }));
            TokenRates {
                input: mixed(rate(input), &|tier| tier.1),
                cache_read: mixed(cached(PriceInput::CacheRead), &|tier| tier.1),
                cache_write: mixed(cached(write), &|tier| tier.1),
                output: mixed(rate(output), &|tier| tier.2),
            }
        };
        Some(CallRates { long_above: model.long_above, short: rates(false), long: rates(true) })
    }
}
