//! The numbers of a sheet: every input of the bill by its name.

use crate::catalog::PriceKind;
use crate::scenario::{Infrastructure, QueryType, Scenario};

use super::super::input::{Input, TypeInput};
use crate::catalog::{KINDS, Prices};

/// Every number that a bill depends on. An [`Input`] names one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Messages in a day.
    pub daily_messages: f64,
    /// Of every model's price, in percent.
    pub discount_pct: f64,
    /// The fraction of attempts that are throttled.
    pub throttle_rate: f64,
    /// The fraction of attempts that break after they began.
    pub error_rate: f64,
    pub(in crate::cost) types: Vec<TypeNumbers>,
    pub(in crate::cost) services: Infrastructure,
    /// By model and level, as in [`Prices::at`].
    pub(in crate::cost) prices: Vec<Vec<PriceNumbers>>,
}

/// The numbers of one query type.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cost) struct TypeNumbers {
    named: [f64; TypeInput::ALL.len()],
    /// The share of each branch of its route, 0 to 1.
    pub shares: Vec<f64>,
}

impl TypeNumbers {
    pub fn of(scenario: &Scenario, kind: &QueryType) -> Self {
        TypeNumbers {
            named: TypeInput::ALL.map(|input| input.of(scenario, kind)),
            shares: kind.branches().map(|(_, share)| share).collect(),
        }
    }
}

impl std::ops::Index<TypeInput> for TypeNumbers {
    type Output = f64;
    fn index(&self, input: TypeInput) -> &f64 {
        &self.named[input as usize]
    }
}

/// Prices in US dollars per million tokens; NaN where unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cost) struct PriceNumbers([f64; KINDS]);

impl PriceNumbers {
    /// The prices of a model, level by level.
    pub fn of(prices: &Prices) -> Vec<PriceNumbers> {
        let level = |level: usize| {
            let mut numbers = PriceNumbers([f64::NAN; KINDS]);
            for (kind, price) in prices.at(level).iter() {
                numbers.0[kind as usize] = price.usd_per_million();
            }
            numbers
        };
        (0..=prices.thresholds().len()).map(level).collect()
    }

    pub fn get(&self, kind: PriceKind) -> f64 {
        self.0[kind as usize]
    }
}

impl Numbers {
    pub(in crate::cost) fn of(scenario: &Scenario) -> Self {
        Numbers {
            daily_messages: scenario.daily_messages,
            discount_pct: scenario.billing.discount_pct,
            throttle_rate: scenario.faults.throttle_rate,
            error_rate: scenario.faults.error_rate,
            types: scenario.types.iter().map(|kind| TypeNumbers::of(scenario, kind)).collect(),
            services: scenario.infrastructure.clone(),
            prices: Vec::with_capacity(4),
        }
    }

    /// The value of an input; NaN where the sheet has no such input or its price is unknown.
    pub fn get(&self, input: Input) -> f64 {
        let value = match input {
            Input::DailyMessages => Some(self.daily_messages),
            Input::DiscountPct => Some(self.discount_pct),
            Input::ThrottleRate => Some(self.throttle_rate),
            Input::ErrorRate => Some(self.error_rate),
            Input::Type(index, input) => self.types.get(index).map(|kind| kind[input]),
            Input::Route(index, branch) => self.types.get(index).and_then(|kind| kind.shares.get(branch).copied()),
            Input::Price(model, level, kind) => {
                self.prices.get(model).and_then(|levels| Some(levels.get(level)?.get(kind)))
            }
            Input::Service(service, field) => self.services.clone().number_mut(service, field).map(|value| *value),
        };
        value.unwrap_or(f64::NAN)
    }

    /// Sets an input; one that the sheet does not have is left alone.
    pub fn set(&mut self, input: Input, value: f64) {
        let place = match input {
            Input::DailyMessages => Some(&mut self.daily_messages),
            Input::DiscountPct => Some(&mut self.discount_pct),
            Input::ThrottleRate => Some(&mut self.throttle_rate),
            Input::ErrorRate => Some(&mut self.error_rate),
            Input::Type(index, input) => self.types.get_mut(index).map(|kind| &mut kind.named[input as usize]),
            Input::Route(index, branch) => self.types.get_mut(index).and_then(|kind| kind.shares.get_mut(branch)),
            Input::Price(model, level, kind) => {
                self.prices.get_mut(model).and_then(|levels| Some(&mut levels.get_mut(level)?.0[kind as usize]))
            }
            Input::Service(service, field) => self.services.number_mut(service, field),
        };
        if let Some(place) = place {
            *place = value;
        }
    }
}

impl TypeInput {
    /// The number in a query type; 0 where it does not apply.
    fn of(self, scenario: &Scenario, kind: &QueryType) -> f64 {
        match self {
            TypeInput::SharePct => kind.share_pct,
            TypeInput::InputTokens => scenario.mean_input(kind),
            TypeInput::OutputTokens => scenario.mean_output(kind),
            TypeInput::HitRate => kind.cache.hit_rate,
            TypeInput::LookupUsdPer1k => kind.cache.lookup_usd_per_1k,
            TypeInput::SystemTokens => kind.prompt.system_tokens,
            TypeInput::Turns => kind.prompt.turns,
            TypeInput::PromptHitRate => kind.prompt.cache.map_or(0.0, |cache| cache.hit_rate),
            TypeInput::BatchPct => kind.tiers.batch_pct,
            TypeInput::FlexPct => kind.tiers.flex_pct,
            TypeInput::PriorityPct => kind.tiers.priority_pct,
            TypeInput::EscalationPct => kind.escalation.as_ref().map_or(0.0, |next| next.share_pct),
        }
    }
}
