use crate::catalog::Prices;
use crate::money::Price;
use crate::scenario::Scenario;
use crate::words::{Message, Word};

use super::sheet::Sheet;

/// A number that the bill depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    DailyMessages,
    DiscountPct,
    ThrottleRate,
    ErrorRate,
    /// A number of the query type at this place.
    Type(usize, TypeInput),
    /// The share of a branch of a query type's route.
    Route(usize, usize),
    /// A price of one of the models that the scenario uses.
    Price(usize, PriceInput),
    /// A service around the model, and one of its numbers.
    Service(&'static str, &'static str),
}

/// A number of a query type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum TypeInput {
    SharePct,
    InputTokens,
    OutputTokens,
    HitRate,
    LookupUsdPer1k,
    SystemTokens,
    Turns,
    PromptHitRate,
    BatchPct,
    FlexPct,
    PriorityPct,
    EscalationPct,
}

impl TypeInput {
    pub const ALL: [TypeInput; 12] = [
        TypeInput::SharePct,
        TypeInput::InputTokens,
        TypeInput::OutputTokens,
        TypeInput::HitRate,
        TypeInput::LookupUsdPer1k,
        TypeInput::SystemTokens,
        TypeInput::Turns,
        TypeInput::PromptHitRate,
        TypeInput::BatchPct,
        TypeInput::FlexPct,
        TypeInput::PriorityPct,
        TypeInput::EscalationPct,
    ];

    /// Its place below the type in a document.
    fn path(self) -> &'static str {
        match self {
            TypeInput::SharePct => "share_pct",
            TypeInput::InputTokens => "input_tokens",
            TypeInput::OutputTokens => "output_tokens",
            TypeInput::HitRate => "cache.hit_rate",
            TypeInput::LookupUsdPer1k => "cache.lookup_usd_per_1k",
            TypeInput::SystemTokens => "prompt.system_tokens",
            TypeInput::Turns => "prompt.turns",
            TypeInput::PromptHitRate => "prompt.cache.hit_rate",
            TypeInput::BatchPct => "tiers.batch_pct",
            TypeInput::FlexPct => "tiers.flex_pct",
            TypeInput::PriorityPct => "tiers.priority_pct",
            TypeInput::EscalationPct => "escalation.share_pct",
        }
    }

    fn word(self) -> Word {
        match self {
            TypeInput::SharePct => Word::input_share,
            TypeInput::InputTokens => Word::input_input_tokens,
            TypeInput::OutputTokens => Word::input_output_tokens,
            TypeInput::HitRate => Word::input_hit_rate,
            TypeInput::LookupUsdPer1k => Word::input_lookup,
            TypeInput::SystemTokens => Word::input_system_tokens,
            TypeInput::Turns => Word::input_turns,
            TypeInput::PromptHitRate => Word::input_prompt_hit_rate,
            TypeInput::BatchPct => Word::input_batch,
            TypeInput::FlexPct => Word::input_flex,
            TypeInput::PriorityPct => Word::input_priority,
            TypeInput::EscalationPct => Word::input_escalation,
        }
    }

    /// The most it can be.
    fn most(self) -> f64 {
        match self {
            TypeInput::HitRate | TypeInput::PromptHitRate => 1.0,
            TypeInput::SharePct
            | TypeInput::BatchPct
            | TypeInput::FlexPct
            | TypeInput::PriorityPct
            | TypeInput::EscalationPct => 100.0,
            _ => f64::INFINITY,
        }
    }
}

/// A price of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum PriceInput {
    Input,
    Output,
    CacheWrite5m,
    CacheWrite1h,
    CacheRead,
    BatchInput,
    BatchOutput,
    FlexInput,
    FlexOutput,
    PriorityInput,
    PriorityOutput,
    LongInput,
    LongOutput,
}

impl PriceInput {
    pub const ALL: [PriceInput; 13] = [
        PriceInput::Input,
        PriceInput::Output,
        PriceInput::CacheWrite5m,
        PriceInput::CacheWrite1h,
        PriceInput::CacheRead,
        PriceInput::BatchInput,
        PriceInput::BatchOutput,
        PriceInput::FlexInput,
        PriceInput::FlexOutput,
        PriceInput::PriorityInput,
        PriceInput::PriorityOutput,
        PriceInput::LongInput,
        PriceInput::LongOutput,
    ];

    /// Its name, as in `billing.prices`.
    pub fn key(self) -> &'static str {
        match self {
            PriceInput::Input => "input",
            PriceInput::Output => "output",
            PriceInput::CacheWrite5m => "cache_write_5m",
            PriceInput::CacheWrite1h => "cache_write_1h",
            PriceInput::CacheRead => "cache_read",
            PriceInput::BatchInput => "batch.input",
            PriceInput::BatchOutput => "batch.output",
            PriceInput::FlexInput => "flex.input",
            PriceInput::FlexOutput => "flex.output",
            PriceInput::PriorityInput => "priority.input",
            PriceInput::PriorityOutput => "priority.output",
            PriceInput::LongInput => "long_context.input",
            PriceInput::LongOutput => "long_context.output",
        }
    }

    /// The exact price; `None` where unknown.
    pub fn price(self, prices: &Prices) -> Option<Price> {
        match self {
            PriceInput::Input => prices.input,
            PriceInput::Output => prices.output,
            PriceInput::CacheWrite5m => prices.cache_write_5m,
            PriceInput::CacheWrite1h => prices.cache_write_1h,
            PriceInput::CacheRead => prices.cache_read,
            PriceInput::BatchInput => prices.batch.input,
            PriceInput::BatchOutput => prices.batch.output,
            PriceInput::FlexInput => prices.flex.input,
            PriceInput::FlexOutput => prices.flex.output,
            PriceInput::PriorityInput => prices.priority.input,
            PriceInput::PriorityOutput => prices.priority.output,
            PriceInput::LongInput => prices.long_context.map(|long| long.input),
            PriceInput::LongOutput => prices.long_context.map(|long| long.output),
        }
    }

    /// US dollars per million tokens; NaN where unknown.
    pub(super) fn of(self, prices: &Prices) -> f64 {
        self.price(prices).map_or(f64::NAN, Price::usd_per_million)
    }
}

impl Input {
    /// Its place in the scenario document.
    pub fn path(self, sheet: &Sheet) -> String {
        match self {
            Input::DailyMessages => "daily_messages".to_string(),
            Input::DiscountPct => "billing.discount_pct".to_string(),
            Input::ThrottleRate => "faults.throttle_rate".to_string(),
            Input::ErrorRate => "faults.error_rate".to_string(),
            Input::Type(index, input) => format!("types[{index}].{}", input.path()),
            Input::Route(index, branch) => format!("types[{index}].route[{branch}].share_pct"),
            Input::Price(model, price) => format!("billing.prices.{}.{}", sheet.models[model].id, price.key()),
            Input::Service(service, field) => format!("infrastructure.{service}.{field}"),
        }
    }

    /// What it is called.
    pub fn label(self, scenario: &Scenario, sheet: &Sheet) -> Message {
        let type_name = |index: usize| scenario.types.get(index).map_or(String::new(), |kind| kind.name.clone());
        match self {
            Input::DailyMessages => Word::input_daily_messages.into(),
            Input::DiscountPct => Word::input_discount.into(),
            Input::ThrottleRate => Word::input_throttle_rate.into(),
            Input::ErrorRate => Word::input_error_rate.into(),
            Input::Type(index, input) => Message::new(input.word()).text("type", type_name(index)),
            Input::Route(index, branch) => {
                let model = scenario.types.get(index).and_then(|kind| Some(kind.branches().nth(branch)?.0.to_string()));
                Message::new(Word::input_route).text("type", type_name(index)).text("model", model.unwrap_or_default())
            }
            Input::Price(model, price) => {
                Message::new(Word::input_price).text("model", &sheet.models[model].id).text("price", price.key())
            }
            Input::Service(service, field) => {
                Message::new(Word::input_service).text("service", service).text("field", field.replace('_', " "))
            }
        }
    }

    /// What its value in the document is multiplied by on the sheet.
    pub fn scale(self) -> f64 {
        if matches!(self, Input::Route(..)) { 0.01 } else { 1.0 }
    }

    /// The least and the most it can be on the sheet.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Input::Type(_, TypeInput::Turns) => (1.0, crate::scenario::MAX_TURNS),
            Input::Type(_, input) => (0.0, input.most()),
            Input::Route(..) | Input::ThrottleRate | Input::ErrorRate => (0.0, 1.0),
            Input::DiscountPct => (0.0, 100.0),
            _ => (0.0, f64::INFINITY),
        }
    }
}
