//! Traffic to latency: a day of messages drawn from a scenario, and the percentiles of what a
//! person waits.
//!
//! Read `reference` first: it follows every message on the clock, honours every field of a scenario and says what is
//! true. What is used is `fast`, which gives the same to the last bit; both stand behind [`Engine`].
//!
//! The whole way through, in the order of the files' use:
//!
//! - a `plan` settles everything that does not depend on chance: the ways a message can go
//!   (`cells` chooses among them), every distribution as a table (`table`), the limits;
//! - `arrivals` says when messages come, over the curve of the `day`;
//! - `draw` decides what each message is like, from counter-based random numbers (`crate::random`) keyed
//!   by seed, message and purpose, so that a slider changes only the messages it must;
//! - with limits each goes through the event loop of `reference`, where `servers`, quotas (`admission`, of `bucket`s) and
//!   the SDK's `retry` rules decide when it begins, and what is `pending` comes back; without limits `unlimited` counts
//!   them, in the `block_counters` that all quick paths share;
//! - `fast` takes the quick paths: calls that are `uncontended`, those that are `throttled` and come back in `slots` of
//!   time, and blocks to `fast_forward` over because an earlier run knows that nothing hinders them;
//! - a `memory` keeps arrivals, draws and tables for the next run, most of whose sliders change few of
//!   them, and what came of the day's blocks if nothing hinders anyone;
//! - the `tally` holds the counts, the `tariff` prices what was called and `outcome` makes figures of
//!   them, `concurrency` those of the calls in progress, and `certainty` says how far chance moves them;
//! - `preview` is a first figure within a frame, `load` asks how much load is too much.
//!
//! `differential`, `oracles` and `first_day` are the tests: the quick engine beside the reference, the
//! whole beside queueing theory, and the day that comes with the page.

mod admission;
mod arrivals;
#[cfg(test)]
mod billed;
mod binds;
mod block_counters;
mod bucket;
mod carried;
mod cells;
mod certainty;
mod concurrency;
mod day;
#[cfg(test)]
mod differential;
mod digest;
mod draft;
mod draw;
mod fast;
mod fast_forward;
#[cfg(test)]
mod first_day;
mod load;
mod memory;
#[cfg(test)]
mod oracles;
mod outcome;
mod over_assumed;
mod pending;
mod plan;
mod preview;
mod quantile;
mod reference;
mod retry;
mod run;
mod servers;
mod slots;
mod speeds;
mod table;
mod tally;
mod tariff;
mod task;
mod throttled;
mod uncontended;
mod unlimited;

pub use binds::Binds;
pub(crate) use bucket::Bucket;
pub use certainty::Unsure;
pub use concurrency::Concurrency;
pub use load::{
    Goal, Knob, LOAD_FACTORS, LeftOut, LoadPoint, Needed, Trial, capacity, judging_messages, knee, knee_sentence,
    load_point,
};
pub use memory::Memory;
pub use outcome::{Counts, HourFigures, Outcome, PopulationFigures, Quantiles};
pub use over_assumed::{OverAssumed, Ranged, at_assumed_end, over_assumed};
pub use plan::{Assumed, MAX_MESSAGES, Plan};
pub use preview::preview;
pub(crate) use speeds::{ModelSpeed, model_speed};
pub use table::QuantileTable;
pub use tariff::PaidTokens;
pub use task::Task;

use std::ops::ControlFlow;

use task::Order;

use crate::catalog::Catalog;
use crate::pack::Packed;
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;

use memory::{Kept, Span};

/// Simulates a day of a scenario, or as many messages as are asked for, at the day's rate.
///
/// # Errors
/// The scenario's own errors, a model without a known speed, more messages than a run may have.
pub fn simulate(scenario: &Scenario, catalog: &Catalog, messages: Option<u64>) -> Result<Outcome, Problems> {
    simulate_again(scenario, catalog, messages, &mut Memory::default())
}

/// The same, with what earlier runs left in a memory: it makes this one quicker, and never other.
///
/// # Errors
/// Those of [`simulate`].
pub fn simulate_again(
    scenario: &Scenario,
    catalog: &Catalog,
    messages: Option<u64>,
    memory: &mut Memory,
) -> Result<Outcome, Problems> {
    scenario.valid()?;
    let mut plan = Plan::of_valid(scenario, catalog, messages, 1.0, &mut memory.shapes)?;
    plan.possible(scenario)?;
    plan.set_prices(scenario, catalog);
    to_the_end(&plan, memory.of(&plan, Span::Day))
}

/// The same of a scenario known to be valid, without its cost, and also where a quota lets nobody through.
fn simulate_with(
    scenario: &Scenario,
    catalog: &Catalog,
    messages: Option<u64>,
    memory: &mut Memory,
    span: Span,
) -> Result<Outcome, Problems> {
    let plan = Plan::of_valid(scenario, catalog, messages, 1.0, &mut memory.shapes)?;
    to_the_end(&plan, memory.of(&plan, span))
}

fn to_the_end(plan: &Plan, kept: Kept<'_>) -> Result<Outcome, Problems> {
    // It cannot be stopped, so it comes to its end.
    run::run(plan, kept, &mut |_| ControlFlow::Continue(())).ok_or_else(|| Problems(Vec::new()))
}

/// A way to simulate a day. All of them give the same outcome, to the last bit.
pub trait Engine {
    /// Simulates a plan; `progress` is told the fraction done, and may stop it: then there is no outcome.
    fn run(&self, plan: &Plan, progress: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Option<Outcome>;
}

/// The simulation as it is meant: every message followed on the clock, call by call, without a shortcut.
///
/// ```
/// use std::ops::ControlFlow;
/// use rehearsal::catalog::Catalog;
/// use rehearsal::scenario::Scenario;
/// use rehearsal::sim::{Engine, Fast, Plan, Reference};
///
/// let plan = Plan::new(&Scenario::default(), &Catalog::reference(), Some(2_000)).unwrap();
/// let day = |engine: &dyn Engine| engine.run(&plan, &mut |_| ControlFlow::Continue(()));
/// assert_eq!(day(&Reference), day(&Fast));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference;

/// The same, many times as fast: what [`simulate`] uses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fast;

impl Engine for Reference {
    fn run(&self, plan: &Plan, progress: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Option<Outcome> {
        reference::run(plan, progress)
    }
}

impl Engine for Fast {
    fn run(&self, plan: &Plan, progress: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Option<Outcome> {
        run::run(plan, Memory::default().of(plan, Span::Day), progress)
    }
}

/// Simulates a plan; `progress` is told the fraction done, and may stop it.
pub fn simulate_plan(plan: &Plan, progress: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Option<Outcome> {
    Fast.run(plan, progress)
}

/// What a worker is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Asked {
    /// A preview, then the day.
    Day,
    /// The day at a multiple of the traffic.
    Load(f64),
}

/// What a worker answers: one of the parts, or why there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// Which scenario it belongs to.
    pub generation: u64,
    pub preview: Option<Outcome>,
    pub day: Option<Outcome>,
    pub load: Option<LoadPoint>,
    /// How much of the day is done, 0 to 1.
    pub progress: Option<f64>,
    pub problems: Vec<Problem>,
}

crate::pack_fields!(Reply { generation, preview, day, load, progress, problems });

/// Does what a message of [`Task::ask`] asks for; each part goes to `reply` as soon as it is there. A
/// message that is none has no answer. What the memory holds of an earlier answer makes this one
/// quicker, and never other.
pub fn answer(message: &Packed, memory: &mut Memory, reply: &mut dyn FnMut(Reply)) {
    let Some(Order { generation, asked, scenario, catalog }) = message.open() else { return };
    let part = || Reply { generation, ..Reply::default() };
    let mut done = || -> Result<Reply, Problems> {
        if let Asked::Load(factor) = asked {
            let point = load::load_point_with(scenario.clone(), &catalog, factor, None, memory)?;
            return Ok(Reply { load: Some(point), ..part() });
        }
        let mut plan = Plan::of_valid(&scenario, &catalog, None, 1.0, &mut memory.shapes)?;
        plan.possible(&scenario)?;
        plan.set_prices(&scenario, &catalog);
        let first = preview::preview_of(&plan, &scenario, &catalog, memory)?;
        reply(Reply { preview: Some(first), ..part() });
        let mut told = 0.0;
        let day = run::run(&plan, memory.of(&plan, Span::Day), &mut |done| {
            // A day of a few strides is over before anyone could read how far it is.
            if plan.messages() > PROGRESS_FROM && done >= told + 0.01 {
                told = done;
                reply(Reply { progress: Some(done), ..part() });
            }
            ControlFlow::Continue(())
        });
        Ok(Reply { day, ..part() })
    };
    let last = done();
    reply(last.unwrap_or_else(|problems| Reply { problems: problems.0, ..part() }));
}

/// The messages of a day from which on its progress is worth telling.
const PROGRESS_FROM: u64 = 4_000_000;
