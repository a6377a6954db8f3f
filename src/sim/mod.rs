//! Traffic to latency: a day of messages drawn from a scenario, and the percentiles of what a
//! person waits.
//!
//! The whole way through, in the order of the files' use:
//!
//! - a `plan` settles everything that does not depend on chance: the ways a message can go
//!   (`cells` chooses among them), every distribution as a table (`table`), the limits;
//! - `arrivals` says when messages come, over the curve of the `day`;
//! - `draw` decides what each message is like, from counter-based random numbers (`random`) keyed
//!   by seed, message and purpose, so that a slider changes only the messages it must;
//! - without limits, `open` counts them; with limits each goes through the `gate`, where `servers`,
//!   quotas (`bucket`) and the SDK's `retry` rules decide when it begins, and what is `pending` comes
//!   back;
//! - the `tally` holds the counts and `outcome` makes figures of them, `concurrency` those of the
//!   calls in progress;
//! - `preview` is a first figure within a frame, `load` asks how much load is too much.
//!
//! `twin` and `oracles` are the tests: every stage beside its slow, obvious twin, and the whole
//! beside queueing theory.

mod arrivals;
mod bucket;
mod cells;
mod concurrency;
mod day;
mod digest;
mod draw;
mod gate;
mod load;
mod open;
#[cfg(test)]
mod oracles;
mod outcome;
mod pending;
mod plan;
mod preview;
mod quantile;
mod random;
mod retry;
mod run;
mod servers;
mod table;
mod tally;
#[cfg(test)]
mod twin;

pub use concurrency::Concurrency;
pub use load::{Goal, Knob, LOAD_FACTORS, LoadPoint, Needed, Trial, capacity, knee, load_point};
pub use outcome::{Counts, HourFigures, Outcome, PopulationFigures, Quantiles};
pub use plan::{MAX_MESSAGES, Plan};
pub use preview::preview;
pub use random::{Purpose, Stream};
pub use table::QuantileTable;

use std::ops::ControlFlow;

use crate::catalog::Catalog;
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;

/// Simulates a day of a scenario, or as many messages as are asked for, at the day's rate.
///
/// # Errors
/// The scenario's own errors, a model without a known speed, more messages than a run may have.
pub fn simulate(scenario: &Scenario, catalog: &Catalog, messages: Option<u64>) -> Result<Outcome, Problems> {
    let plan = Plan::new(scenario, catalog, messages)?;
    // It cannot be stopped, so it comes to its end.
    run::run(&plan, &mut |_| ControlFlow::Continue(())).ok_or_else(|| Problems(Vec::new()))
}

/// Simulates a plan; `progress` is told the fraction done, and may stop it.
pub fn simulate_plan(plan: &Plan, progress: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Option<Outcome> {
    run::run(plan, progress)
}

/// What a worker answers to a request to simulate.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Which request it answers.
    pub generation: u64,
    pub outcome: Option<Outcome>,
    /// Why there is no outcome.
    pub problems: Vec<Problem>,
}

crate::pack_fields!(Reply { generation, outcome, problems });
