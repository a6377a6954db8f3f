//! The numbers that a bill depends on, by name.

use crate::catalog::PriceKind;
use crate::scenario::Scenario;
use crate::words::{Message, Word};

use super::sheet::Sheet;

/// A number that the bill depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    DailyMessages,
    DiscountPct,
    ThrottleRate,
    ErrorRate,
    /// A number of the query type at this place.
    Type(usize, TypeInput),
    /// The share of a branch of a query type's route.
    Route(usize, usize),
    /// A price of one of the models that the scenario uses, above so many of its thresholds.
    Price(usize, usize, PriceKind),
    /// A service around the model, and one of its numbers.
    Service(&'static str, &'static str),
}

/// A number of a query type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
#[non_exhaustive]
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

/// `id.flex.input`, or `id.long_context.input` above a threshold.
fn price_name(sheet: &Sheet, model: usize, level: usize, kind: PriceKind) -> String {
    let Some(row) = sheet.models.get(model) else { return String::new() };
    let threshold = match (level, row.prices.thresholds().len()) {
        (0, _) => String::new(),
        (_, 1) => "long_context.".to_string(),
        (level, _) => format!("long_context[{}].", level - 1),
    };
    format!("{}.{threshold}{}", row.id, kind.key())
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
            Input::Price(model, level, kind) => format!("billing.prices.{}", price_name(sheet, model, level, kind)),
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
            Input::Price(model, level, kind) => {
                let id = sheet.models.get(model).map_or("", |row| row.id.as_str());
                let name = price_name(sheet, model, level, kind);
                let price = name.get(id.len() + 1..).unwrap_or_default();
                Message::new(Word::input_price).text("model", id).text("price", price)
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
