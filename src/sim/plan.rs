//! A scenario with everything settled that does not depend on chance.

use crate::catalog::{Catalog, DefaultQuota, burndown_of, burndown_row};
use crate::pack::{Pack, Packed, Reader};
use crate::problem::{Problem, Problems};
use crate::scenario::{Arrivals, Faults, Scenario, Trace};
use crate::words::{Message, Word};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::arrivals::ArrivalLaw;
use super::carried::{Before, Carried};
use super::cells::{CellMap, MAX_CELLS};
use super::day::Day;
use super::draft::Draft;
use super::retry::RetryRule;
use super::table::{Drawing, Shapes, Tables};
use super::tariff::Tariff;

/// The most messages one run simulates.
pub const MAX_MESSAGES: u64 = 1_000_000_000;

/// The longest span of a run, four years: times in microseconds stay far from where they would overflow.
const MAX_DAYS: f64 = 1_461.0;

/// A scenario with everything settled that does not depend on chance.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) seed: u64,
    pub(super) messages: u64,
    pub(super) slo_us: u32,
    pub(super) day: Day,
    /// When messages come; without limits nobody asks.
    pub(super) arrivals: Option<ArrivalLaw>,
    pub(super) tables: Tables,
    pub(super) type_names: Vec<String>,
    pub(super) models: Vec<PlannedModel>,
    /// The ways a message can go, and which part of the messages goes which way.
    pub(super) routes: Vec<Route>,
    pub(super) map: CellMap,
    /// The same ways as a plain plan's inner loop reads them.
    pub(super) ways: Vec<Way>,
    pub(super) before: Vec<Group>,
    pub(super) after: Vec<Group>,
    /// What may stand before a message, by query type and model.
    pub(super) befores: Vec<Before>,
    /// The longest answer, in tokens.
    pub(super) most_output: u32,
    pub(super) assumed: Vec<Assumed>,
    /// How long a person waits for the first token.
    pub(super) patience: Option<Drawing>,
    pub(super) limits: Limits,
    pub(super) retry: RetryRule,
    pub(super) faults: Faults,
    /// Tokens of a whole prompt above which a call has the prices of the next level, rising: none first, and each
    /// list that a model's prices have.
    pub(super) thresholds: Vec<Vec<f64>>,
    /// What a call costs.
    pub(super) tariff: Tariff,
    /// Token counts of a replayed trace.
    pub(super) trace: Option<Arc<Trace>>,
    /// Whether anything about a message depends on when it comes.
    pub(super) clocked: bool,
    /// Whether any answer's first token comes before its last.
    pub(super) streams: bool,
    /// Whether a message is no more than one answer: no stages, escalation, drawn input or patience.
    pub(super) plain: bool,
    /// Whether an answer is no more than the time it takes: it does not stream, and each way takes as
    /// many tokens every time.
    pub(super) times_only: bool,
}

/// Something that a day rests on and that nobody measured of this chatbot.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Assumed {
    /// Where a scenario would say it.
    pub path: String,
    pub value: f64,
    /// Between what it may lie.
    pub range: [f64; 2],
    /// Where the value comes from, with its date.
    pub source: String,
}

impl Assumed {
    /// What an output token of a model costs of its quota where nobody says it: the rate that its row has.
    pub fn burndown(id: &str) -> Self {
        let (value, path) = (burndown_of(id), format!("models.{id}.burndown"));
        let row = burndown_row(id);
        let source = row.map_or_else(
            || "1 of every model that AWS's token burndown page does not name (2026-10-08)".to_string(),
            |row| format!("{} ({})", row.source, row.date),
        );
        // Not named on the page, it may be the 1 of all others.
        let least = if row.is_some_and(DefaultQuota::is_assumed) { value.min(1.0) } else { value };
        Assumed { path, value, range: [least, value], source }
    }

    /// Whether it may be another than its value: a speed, or a burndown that is not named anywhere.
    pub fn is_uncertain(&self) -> bool {
        self.of_speed().is_some() || self.of_burndown().is_some() && self.range[0] < self.range[1]
    }

    /// The model whose burndown it is of.
    pub fn of_burndown(&self) -> Option<&str> {
        self.path.strip_prefix("models.")?.strip_suffix(".burndown")
    }

    /// The model whose speed it is of.
    pub fn of_speed(&self) -> Option<&str> {
        self.path.strip_prefix("models.")?.strip_suffix(".tokens_per_s")
    }
}

impl Pack for Assumed {
    fn pack(&self, out: &mut Packed) {
        self.path.pack(out);
        self.value.pack(out);
        self.range.iter().for_each(|end| end.pack(out));
        self.source.pack(out);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Assumed {
            path: Pack::unpack(reader)?,
            value: Pack::unpack(reader)?,
            range: [Pack::unpack(reader)?, Pack::unpack(reader)?],
            source: Pack::unpack(reader)?,
        })
    }
}

/// A model that answers somewhere in the mix.
#[derive(Clone, Debug)]
pub(super) struct PlannedModel {
    pub id: String,
}

/// One way a message can go: a query type answered by the response cache, by a model, or by one
/// model after another.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub kind: usize,
    /// `None` for the response cache.
    pub first: Option<Leg>,
    /// The model it is escalated to.
    pub second: Option<Leg>,
    /// Milliseconds of the response cache, whether it answers or not: over before a model is asked.
    pub cache_ms: f32,
    pub input: Drawing,
    pub output: Drawing,
    /// What every message that goes this way takes, where that does not vary.
    pub constant_ms: Option<f32>,
}

/// A route whose answer is a time and a number of tokens: what a plain plan draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Way {
    pub time: Drawing,
    pub output: Drawing,
    /// Milliseconds that do not vary.
    pub add_ms: f32,
    pub ms_per_output: f32,
    /// Whether a model answers.
    pub called: bool,
    pub model: u8,
    /// Where it waits for its turn; [`NO_POOL`] without a limit.
    pub pool: u8,
    pub carried: Carried,
    /// Where they do not vary.
    pub output_tokens: u32,
    /// Which of its model's price levels the prompt reaches, and of how many.
    pub level: u32,
    pub levels: u32,
}

/// The pool of a route that waits nowhere. There are fewer pools than routes, and at most 255 of these.
pub(super) const NO_POOL: u8 = u8::MAX;

/// A model's part of a route.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg {
    pub model: usize,
    /// Milliseconds to the first token, or of the whole answer.
    pub time: Drawing,
    /// Milliseconds each output token adds after the first token; 0 for a whole answer.
    pub ms_per_output: f32,
    /// Milliseconds each token of the prompt that is not read from a cache adds before the first.
    pub ms_per_input: f32,
    /// What stands before the message: its place among the plan's.
    pub before: usize,
    /// The same where no call carries anything else.
    pub always_before: Option<Carried>,
    /// Where it waits for its turn; `None` without a limit.
    pub pool: Option<usize>,
    /// The thresholds of its prices: their place among the plan's.
    pub thresholds: usize,
}

/// Stages that run at the same time.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub on_miss: bool,
    pub stages: Vec<PlannedStage>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedStage {
    /// Which of all stages it is: the key of its random numbers.
    pub number: u64,
    pub time: Drawing,
    pub cold_rate: f64,
    pub cold_ms: f32,
}

/// What can be in progress at once and in a minute.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// Servers of each pool.
    pub pools: Vec<u32>,
    pub queue_timeout_us: Option<u64>,
    /// By model.
    pub quotas: Vec<Quota>,
}

/// A model's quotas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    pub rpm: Option<f64>,
    pub tpm: Option<f64>,
    /// Tokens that each call reserves beside its prompt.
    pub reserved_output: f64,
    pub burndown: f64,
}

impl Plan {
    /// # Errors
    /// See [`super::simulate`].
    pub fn new(scenario: &Scenario, catalog: &Catalog, messages: Option<u64>) -> Result<Self, Problems> {
        scenario.valid()?;
        let mut plan = Plan::of_valid(scenario, catalog, messages, 1.0, &mut Shapes::default())?;
        plan.possible(scenario)?;
        plan.set_prices(scenario, catalog);
        Ok(plan)
    }

    /// Settles what calls cost.
    pub(super) fn set_prices(&mut self, scenario: &Scenario, catalog: &Catalog) {
        let tariff = Tariff::new(scenario, catalog, &self.routes, &self.models, self.messages);
        for (index, (route, way)) in self.routes.iter_mut().zip(&mut self.ways).enumerate() {
            for (second, leg) in [(false, &mut route.first), (true, &mut route.second)] {
                if let Some(leg) = leg {
                    leg.thresholds = place_of(&mut self.thresholds, tariff.thresholds(index, second));
                }
            }
            if let Some(leg) = route.first {
                let thresholds = &self.thresholds[leg.thresholds];
                (way.level, way.levels) = (level_of(thresholds, way.carried), thresholds.len() as u32 + 1);
            }
        }
        self.tariff = tariff;
    }

    /// Which price level a call reaches that carries this.
    #[inline]
    pub(super) fn level_of(&self, leg: &Leg, carried: Carried) -> u32 {
        level_of(&self.thresholds[leg.thresholds], carried)
    }

    /// How many price levels a model has.
    pub(super) fn levels(&self, leg: &Leg) -> usize {
        self.thresholds[leg.thresholds].len() + 1
    }

    /// How many messages it simulates.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// What keeps a model from ever answering: a quota of tokens below what the smallest of its calls reserves.
    pub(super) fn possible(&self, scenario: &Scenario) -> Result<(), Problems> {
        let mut problems = Vec::new();
        for (index, (model, quota)) in self.models.iter().zip(&self.limits.quotas).enumerate() {
            let Some(tpm) = quota.tpm else { continue };
            let of_model = |leg: &Leg| leg.model == index;
            let prompts = self.routes.iter().flat_map(|route| {
                let legs = [route.first, route.second].into_iter().flatten().filter(of_model);
                legs.map(|leg| f64::from(self.least_input(route)) + self.befores[leg.before].least())
            });
            let least = libm::floor(prompts.fold(f64::INFINITY, f64::min)) + quota.reserved_output;
            if least.is_finite() && tpm < least {
                let own = scenario.models.get(&model.id).is_some_and(|own| own.tpm.is_some());
                let path = if own { format!("models.{}.tpm", model.id) } else { "capacity.tpm".to_string() };
                if problems.iter().any(|problem: &Problem| problem.path == path) {
                    continue;
                }
                let what = Message::new(Word::tpm_too_small)
                    .text("model", &model.id)
                    .number("tpm", tpm)
                    .number("least", least)
                    .number("output", quota.reserved_output);
                problems.push(Problem::error(
                    path,
                    what,
                    Message::new(Word::tpm_too_small_hint).number("least", least),
                ));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }

    /// The smallest message of a route.
    fn least_input(&self, route: &Route) -> f32 {
        let of_trace = self.trace.as_ref().filter(|trace| !trace.input_tokens.is_empty());
        of_trace.map_or_else(
            || self.tables.at(route.input, 0),
            |trace| trace.input_tokens.iter().fold(f32::INFINITY, |least, tokens| least.min(*tokens as f32)),
        )
    }

    /// Whether most messages meet nothing but an open quota of requests and a queue.
    pub(super) fn is_quick(&self) -> bool {
        self.plain
            && self.faults.throttle_rate == 0.0
            && self.faults.error_rate == 0.0
            && self.limits.quotas.iter().all(|quota| quota.tpm.is_none())
            && self.retry.clients == 1
            && !self.retry.adaptive()
    }

    /// A plan in which only a `slice` of every hour is simulated, at the hour's own rate; of a scenario
    /// known to be valid.
    pub(super) fn of_valid(
        scenario: &Scenario,
        catalog: &Catalog,
        messages: Option<u64>,
        slice: f64,
        shapes: &mut Shapes,
    ) -> Result<Self, Problems> {
        let share_sum = scenario.share_sum_pct();
        if share_sum <= 0.0 {
            return Err(Problem::error("types", Word::mix_all_zero, Word::mix_all_zero_hint).into());
        }
        let expected = scenario.daily_messages * share_sum.min(100.0) / 100.0;
        // What was given is to blame, not what became of it.
        let (given, path) = messages.map_or((expected, "daily_messages"), |messages| (messages as f64, "messages"));
        let messages = messages.unwrap_or(libm::round(expected * slice) as u64);
        if messages > MAX_MESSAGES {
            return Err(Problem::error(
                path,
                Message::new(Word::too_many_messages).number("count", given),
                Message::new(Word::too_many_messages_hint).number("most", MAX_MESSAGES as f64),
            )
            .into());
        }
        let days = if expected > 0.0 { messages as f64 / (expected * slice) } else { 0.0 };
        if days > MAX_DAYS {
            return Err(Problem::error(
                "daily_messages",
                Message::new(Word::run_too_long).number("count", messages as f64).number("days", libm::ceil(days)),
                Message::new(Word::run_too_long_hint).number("most", MAX_DAYS),
            )
            .into());
        }
        let tables = Tables::default();
        let day = Day::new(expected, &scenario.traffic.curve, slice);
        let mut draft = Draft {
            scenario,
            catalog,
            tables,
            shapes,
            models: Vec::new(),
            pools: Vec::new(),
            model_pools: BTreeMap::new(),
            befores: Vec::new(),
            assumed: Vec::new(),
        };
        let mut routes = Vec::new();
        let mut weights = Vec::new();
        for kind in 0..scenario.types.len() {
            draft.routes_of(kind, &mut routes, &mut weights)?;
        }
        if routes.len() > MAX_CELLS {
            let what =
                Message::new(Word::mix_too_long).number("count", routes.len() as f64).number("most", MAX_CELLS as f64);
            return Err(Problem::error("types", what, Word::mix_too_long_hint).into());
        }
        let before = draft.groups(|group| !group.after, 0);
        let after = draft.groups(|group| group.after, before.iter().map(|group| group.stages.len()).sum());
        let patience = scenario.patience_ms.as_ref().map(|patience| draft.table(patience));
        let quotas = draft.quotas();
        let Draft { tables, shapes, models, pools, befores, assumed, .. } = draft;
        let limits = Limits {
            pools,
            queue_timeout_us: scenario.capacity.queue_timeout_ms.map(|ms| libm::round(ms * 1000.0) as u64),
            quotas,
        };
        let quota = |quota: &Quota| quota.rpm.is_some() || quota.tpm.is_some();
        let faulty = scenario.faults != Faults::default();
        let clocked = !limits.pools.is_empty()
            || limits.quotas.iter().any(quota)
            || faulty
            || patience.is_some()
            || scenario.traffic.arrivals != Arrivals::Poisson;
        let arrivals = clocked.then(|| ArrivalLaw::new(&scenario.traffic, &day, shapes));
        let trace = (scenario.traffic.arrivals == Arrivals::Trace).then(|| scenario.traffic.trace.clone()).flatten();
        let trace = trace.filter(|trace| !trace.input_tokens.is_empty() || !trace.output_tokens.is_empty());
        let staged = !before.is_empty() || !after.is_empty();
        let most_output = scenario.capacity.max_tokens.map_or(u32::MAX, |most| dithered(most, 0));
        let varied = routes.iter().any(|route| route.varies(&tables));
        for route in &mut routes {
            // A model's answer may have to wait for its turn.
            let varies = staged || clocked && route.first.is_some();
            route.constant_ms = if varies { None } else { route.constant(&tables, most_output) };
        }
        let streams = staged
            || routes.iter().any(|route| route.second.is_some())
            || routes.iter().filter_map(|route| route.first).any(|leg| leg.ms_per_output > 0.0);
        Ok(Plan {
            seed: scenario.seed,
            messages,
            slo_us: to_us(scenario.slo_ms as f32),
            day,
            arrivals,
            type_names: scenario.types.iter().map(|t| t.name.clone()).collect(),
            models,
            map: CellMap::new(&weights),
            ways: routes.iter().map(|route| route.way(&tables, most_output)).collect(),
            streams,
            times_only: !streams && routes.iter().all(|route| route.output.is_constant()),
            plain: !staged && !varied && trace.is_none() && patience.is_none(),
            routes,
            tables,
            before,
            after,
            befores,
            most_output,
            assumed,
            patience,
            limits,
            retry: RetryRule::new(&scenario.retry),
            faults: scenario.faults,
            thresholds: vec![Vec::new()],
            tariff: Tariff::default(),
            trace,
            clocked,
        })
    }
}

/// Which price level a prompt reaches.
#[inline]
fn level_of(thresholds: &[f64], carried: Carried) -> u32 {
    let total = carried.total() as f64;
    thresholds.iter().map(|above| u32::from(total > *above)).sum()
}

/// The place of a list among those known, where it is added if it is new.
fn place_of(known: &mut Vec<Vec<f64>>, thresholds: &[f64]) -> usize {
    known.iter().position(|list| list == thresholds).unwrap_or_else(|| {
        known.push(thresholds.to_vec());
        known.len() - 1
    })
}

impl Route {
    /// Whether a message of it is more than a time and a number of output tokens.
    fn varies(&self, tables: &Tables) -> bool {
        let whole = |drawing: Drawing| tables.at(drawing, 0).fract() == 0.0;
        let Some(leg) = &self.first else { return false };
        self.second.is_some()
            || self.cache_ms != 0.0
            || leg.always_before.is_none()
            || !(self.input.is_constant() && whole(self.input))
            || self.output.is_constant() && !whole(self.output)
            || !(leg.time.is_smooth() && self.output.is_smooth())
    }

    /// The route as a plain plan draws it.
    fn way(&self, tables: &Tables, most_output: u32) -> Way {
        let before = self.first.and_then(|leg| leg.always_before).unwrap_or_default();
        let carried = before.with_message(rounded(f64::from(tables.at(self.input, 0))));
        // A route of the cache has constants only: its tokens are none, and so is its time.
        let (time, ms_per_output, ms_per_input) =
            self.first.map_or((self.input, 0.0, 0.0), |leg| (leg.time, leg.ms_per_output, leg.ms_per_input));
        Way {
            time,
            output: self.output,
            add_ms: self.cache_ms + carried.processed() as f32 * ms_per_input,
            ms_per_output,
            called: self.first.is_some(),
            model: self.first.map_or(0, |leg| leg.model as u8),
            pool: self.first.and_then(|leg| leg.pool).map_or(NO_POOL, |pool| pool as u8),
            carried,
            output_tokens: rounded(f64::from(tables.at(self.output, 0))).min(most_output),
            level: 0,
            levels: 1,
        }
    }

    /// What this way always takes, if no table decides.
    fn constant(&self, tables: &Tables, most_output: u32) -> Option<f32> {
        let Some(leg) = &self.first else { return Some(self.cache_ms) };
        let way = self.way(tables, most_output);
        let whole = leg.ms_per_output == 0.0 || self.output.is_constant();
        let fixed = leg.time.is_constant() && whole && !(self.varies(tables));
        fixed.then(|| way.add_ms + tables.at(leg.time, 0) + way.output_tokens as f32 * leg.ms_per_output)
    }
}

impl Leg {
    /// Milliseconds from the begin of a call to its first token.
    #[inline]
    pub fn first_ms(&self, tables: &Tables, draw: u32, carried: Carried) -> f32 {
        carried.processed() as f32 * self.ms_per_input + tables.at(self.time, draw)
    }
}

/// Microseconds, rounded; 35 minutes is the longest time told apart.
#[inline]
pub(super) fn to_us(ms: f32) -> u32 {
    rounded(f64::from(ms) * 1000.0)
}

/// The nearest whole number, at most 2³¹ − 1, of a value of at least 0.
///
/// Adding 2⁵² leaves the value's whole part in the low bits: no branch, no conversion. (`f64::min`
/// would be a call on wasm; this comparison is one instruction.)
#[inline]
pub(super) fn rounded(value: f64) -> u32 {
    let most = 2_147_483_647.0;
    (if value < most { value } else { most } + 4_503_599_627_370_496.0).to_bits() as u32
}

/// One of the two whole numbers beside a value of at least 0, by twelve bits, so that the mean is the value.
#[inline]
pub(super) fn dithered(value: f64, bits: u32) -> u32 {
    let moved = value + (f64::from(bits & 0xFFF) + 0.5) / 4_096.0 - 0.5;
    rounded(if moved > 0.0 { moved } else { 0.0 })
}
