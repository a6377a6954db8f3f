use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::cost::{Estimate, estimate};
use rehearsal::scenario::Scenario;
use rehearsal::sim::Outcome;

/// The scenario A that the one on the screen, B, is compared with. It is simulated with B's seed, so
/// that only what differs between them differs in their figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Pinned {
    pub scenario: Rc<Scenario>,
    /// `None` when it cannot be estimated.
    pub estimate: Option<Rc<Estimate>>,
    /// `None` until it is simulated.
    pub outcome: Option<Rc<Outcome>>,
    /// Which simulation of a pinned scenario it waits for.
    pub number: u64,
}

impl Pinned {
    pub fn new(scenario: Rc<Scenario>, outcome: Option<Rc<Outcome>>, number: u64) -> Self {
        let estimate = estimate(&scenario, &Catalog::reference()).ok().map(Rc::new);
        Pinned { scenario, estimate, outcome, number }
    }
}
