//! Traffic to latency: a day of messages drawn from a scenario, and the percentiles of what a
//! person waits.
//!
//! [`simulate`] is the whole way through: a [`Plan`] settles everything that does not depend on
//! chance, the engine draws each message from counter-based random numbers keyed by seed, message
//! and purpose, and an [`Outcome`] says what came of it. A message's numbers do not depend on its
//! neighbours, so a slider changes only the messages it must.

mod cells;
mod engine;
mod outcome;
mod plan;
mod quantile;
mod random;
mod table;

pub use outcome::{HourFigures, Outcome, PopulationFigures, Quantiles};
pub use plan::{MAX_MESSAGES, Plan};
pub use random::{Purpose, Stream};
pub use table::QuantileTable;

use crate::catalog::Catalog;
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;

/// Simulates a day of a scenario, or its first `messages` messages.
///
/// # Errors
/// The scenario's own errors, a model without a known speed, more messages than a run may have.
pub fn simulate(scenario: &Scenario, catalog: &Catalog, messages: Option<u64>) -> Result<Outcome, Problems> {
    let plan = Plan::new(scenario, catalog, messages)?;
    let tally = engine::run(&plan);
    Ok(Outcome::new(&plan, &tally))
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
