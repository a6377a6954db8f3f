use crate::catalog::{Catalog, Prices};
use crate::problem::{Problem, Problems};
use crate::scenario::{Distribution, ModelProfile, Scenario};
use crate::words::{Message, Word};

use super::cells::{CellMap, MAX_CELLS};
use super::table::QuantileTable;

/// The most messages one run simulates.
pub const MAX_MESSAGES: u64 = 1_000_000_000;

/// A scenario with everything settled that does not depend on chance.
pub struct Plan {
    pub(super) seed: u64,
    pub(super) messages: u64,
    pub(super) slo_ms: f32,
    pub(super) type_names: Vec<String>,
    pub(super) models: Vec<PlannedModel>,
    pub(super) cells: Vec<Cell>,
    pub(super) map: CellMap,
}

/// A model that answers somewhere in the mix.
pub(super) struct PlannedModel {
    pub id: String,
    pub prices: Prices,
}

/// One way a message can go: a query type answered by the cache or by one model.
pub(super) struct Cell {
    pub kind: usize,
    /// The model that answers; `None` for the response cache.
    pub model: Option<usize>,
    pub time: Time,
    pub input: Draw,
    pub output: Draw,
}

/// How long an answer takes.
pub(super) enum Time {
    /// Always the same.
    Constant(f32),
    /// The whole answer at once.
    Whole(QuantileTable),
    /// A first token, then the rest at a rate.
    Streamed { ttft: Draw, ms_per_token: f32 },
}

/// A quantity drawn for each message.
pub(super) enum Draw {
    Constant(f32),
    Table(QuantileTable),
}

impl Draw {
    fn new(distribution: &Distribution) -> Self {
        match distribution.constant() {
            Some(value) => Draw::Constant(value as f32),
            None => Draw::Table(QuantileTable::new(distribution)),
        }
    }

    #[inline]
    pub fn at(&self, draw: u32) -> f32 {
        match self {
            Draw::Constant(value) => *value,
            Draw::Table(table) => table.at(draw),
        }
    }
}

impl Plan {
    /// # Errors
    /// See [`super::simulate`].
    pub fn new(scenario: &Scenario, catalog: &Catalog, messages: Option<u64>) -> Result<Self, Problems> {
        scenario.valid()?;
        let share_sum = scenario.share_sum_pct();
        if share_sum <= 0.0 {
            return Err(Problem::error("types", Word::mix_all_zero, Word::mix_all_zero_hint).into());
        }
        let of_the_day = libm::round(scenario.daily_messages * share_sum.min(100.0) / 100.0);
        let messages = messages.unwrap_or(of_the_day as u64);
        if messages > MAX_MESSAGES {
            return Err(Problem::error(
                "daily_messages",
                Message::new(Word::too_many_messages).number("count", messages as f64),
                Message::new(Word::too_many_messages_hint).number("most", MAX_MESSAGES as f64),
            )
            .into());
        }
        let mut models: Vec<PlannedModel> = Vec::new();
        let mut cells = Vec::new();
        let mut weights = Vec::new();
        for (kind, query_type) in scenario.types.iter().enumerate() {
            let hit_rate = query_type.cache.hit_rate;
            cells.push(Cell {
                kind,
                model: None,
                time: Time::Constant(query_type.cache.latency_ms as f32),
                input: Draw::Constant(0.0),
                output: Draw::Constant(0.0),
            });
            weights.push(query_type.share_pct * hit_rate);
            for (id, share) in query_type.branches() {
                let model = models.iter().position(|m| m.id == id).unwrap_or_else(|| {
                    let prices = catalog.get(id).map(|m| m.prices).unwrap_or_default();
                    models.push(PlannedModel { id: id.to_string(), prices });
                    models.len() - 1
                });
                let profile = scenario.models.get(id).or_else(|| catalog.get(id)?.profile.as_ref());
                cells.push(Cell {
                    kind,
                    model: Some(model),
                    time: time_of(id, profile)?,
                    input: Draw::new(&query_type.input_tokens),
                    output: Draw::new(&query_type.output_tokens),
                });
                weights.push(query_type.share_pct * (1.0 - hit_rate) * share);
            }
        }
        if cells.len() > MAX_CELLS {
            let what =
                Message::new(Word::mix_too_long).number("count", cells.len() as f64).number("most", MAX_CELLS as f64);
            return Err(Problem::error("types", what, Word::mix_too_long_hint).into());
        }
        Ok(Plan {
            seed: scenario.seed,
            messages,
            slo_ms: scenario.slo_ms as f32,
            type_names: scenario.types.iter().map(|t| t.name.clone()).collect(),
            models,
            map: CellMap::new(&weights),
            cells,
        })
    }
}

fn time_of(id: &str, profile: Option<&ModelProfile>) -> Result<Time, Problems> {
    let missing = || {
        Problem::error(
            format!("models.{id}"),
            Message::new(Word::no_latency).text("model", id),
            Message::new(Word::no_latency_hint).text("model", id),
        )
    };
    let profile = profile.ok_or_else(missing)?;
    if let Some(latency) = &profile.latency {
        return Ok(match Draw::new(latency) {
            Draw::Constant(ms) => Time::Constant(ms),
            Draw::Table(table) => Time::Whole(table),
        });
    }
    let (ttft, rate) = profile.ttft.as_ref().zip(profile.tokens_per_s).ok_or_else(missing)?;
    Ok(Time::Streamed { ttft: Draw::new(ttft), ms_per_token: (1000.0 / rate) as f32 })
}
