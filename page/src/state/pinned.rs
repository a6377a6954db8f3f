use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::cost::{Estimate, estimate};
use rehearsal::scenario::Scenario;
use rehearsal::sim::{LOAD_FACTORS, LoadPoint, Outcome, Reply};

use crate::channel::Column;

/// What the page has of a scenario's simulation.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub outcome: Option<Rc<Outcome>>,
    pub load: Rc<Vec<LoadPoint>>,
}

/// A pinned scenario by its name and its document: what undo brings back.
pub type Kept = (Option<Rc<str>>, Rc<Scenario>);

/// A scenario that the one on the screen is compared with. It is simulated with that one's seed, so
/// that only what differs between them differs in their figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Pinned {
    /// What a person calls it.
    pub name: Option<Rc<str>>,
    pub scenario: Rc<Scenario>,
    /// `None` when it cannot be estimated.
    pub estimate: Option<Rc<Estimate>>,
    /// `None` until it is simulated.
    pub outcome: Option<Rc<Outcome>>,
    /// Its percentiles against load, as far as they are simulated.
    pub load: Rc<Vec<LoadPoint>>,
    /// Which simulation of a pinned scenario it waits for.
    pub number: u64,
}

impl Pinned {
    /// What is known of it already is not simulated again.
    pub fn new(scenario: Rc<Scenario>, known: Known, number: u64) -> Self {
        let estimate = estimate(&scenario, &Catalog::reference()).ok().map(Rc::new);
        Pinned { name: None, scenario, estimate, outcome: known.outcome, load: known.load, number }
    }

    /// What undo brings back of it.
    pub fn kept(&self) -> Kept {
        (self.name.clone(), self.scenario.clone())
    }

    /// The column that it is beside the scenario on the screen.
    pub fn column(&self) -> Column {
        Column {
            name: self.name.as_deref().map(str::to_string),
            scenario: self.scenario.clone(),
            outcome: self.outcome.clone(),
            load: self.load.clone(),
        }
    }

    /// Whether there is nothing more to simulate.
    pub fn is_whole(&self) -> bool {
        self.outcome.is_some() && self.load.len() == LOAD_FACTORS.len()
    }

    /// Takes what its simulation says.
    pub fn hear(&mut self, reply: Reply) {
        self.outcome = reply.day.map(Rc::new).or(self.outcome.take());
        if let Some(point) = reply.load
            && self.load.iter().all(|known| known.factor != point.factor)
        {
            Rc::make_mut(&mut self.load).push(point);
        }
    }
}
