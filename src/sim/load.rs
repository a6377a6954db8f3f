//! Percentiles against load, and how much capacity a service level needs.

use serde::Serialize;

use crate::catalog::Catalog;
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;
use crate::words::Word;

use super::memory::Span;
use super::outcome::{Outcome, Quantiles};
use super::plan::Plan;
use super::{Memory, simulate_with};

/// A day at a multiple of the scenario's traffic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LoadPoint {
    /// Times the scenario's messages.
    pub factor: f64,
    pub daily_messages: f64,
    pub e2e_ms: Quantiles,
    /// The same over everyone who came, as [`super::PopulationFigures::with_unanswered`].
    pub with_unanswered: Quantiles,
    /// The fraction of messages answered within the service level.
    pub share_within_slo: Option<f64>,
    /// The fraction of messages that were not answered.
    pub share_lost: f64,
    /// The same, by the name it has in a day's figures; `None` when no message came.
    pub unanswered: Option<f64>,
    pub utilisation: Option<f64>,
}

crate::pack_fields!(LoadPoint {
    factor,
    daily_messages,
    e2e_ms,
    with_unanswered,
    share_within_slo,
    share_lost,
    unanswered,
    utilisation
});

/// The multiples of the traffic that a load curve shows.
pub const LOAD_FACTORS: [f64; 10] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0];

/// One point of the load curve.
///
/// # Errors
/// Those of [`super::simulate`].
pub fn load_point(
    scenario: &Scenario,
    catalog: &Catalog,
    factor: f64,
    messages: Option<u64>,
) -> Result<LoadPoint, Problems> {
    scenario.valid()?;
    load_point_with(scenario.clone(), catalog, factor, messages, &mut Memory::default())
}

/// The same of a scenario known to be valid, with what is kept of other points.
pub(super) fn load_point_with(
    mut scenario: Scenario,
    catalog: &Catalog,
    factor: f64,
    messages: Option<u64>,
    memory: &mut Memory,
) -> Result<LoadPoint, Problems> {
    scenario.daily_messages *= factor;
    Plan::of_valid(&scenario, catalog, messages, 1.0, &mut memory.shapes)?.possible(&scenario)?;
    let outcome =
        simulate_with(&scenario, catalog, messages, memory, if factor == 1.0 { Span::Day } else { Span::Other })?;
    Ok(LoadPoint {
        factor,
        daily_messages: scenario.daily_messages,
        e2e_ms: outcome.overall.e2e_ms,
        with_unanswered: outcome.overall.with_unanswered,
        unanswered: outcome.overall.unanswered,
        share_within_slo: outcome.overall.share_within_slo,
        share_lost: lost(&outcome),
        utilisation: outcome.utilisation,
    })
}

/// Where a load curve begins to rise steeply: the point farthest below the straight line between
/// its ends, on a logarithmic scale of the P95. `None` where P95 rises by less than a fifth: then
/// there is no knee in sight.
///
/// # Source
/// Satopää et al. (2011), "Finding a kneedle in a haystack".
pub fn knee(points: &[LoadPoint]) -> Option<f64> {
    let heights: Option<Vec<f64>> = points.iter().map(|point| point.e2e_ms.p95.map(libm::log)).collect();
    let heights = heights?;
    let (first, last) = (*heights.first()?, *heights.last()?);
    if last - first < libm::log(1.2) {
        return None;
    }
    let (from, to) = (points.first()?.factor, points.last()?.factor);
    let below = |index: usize| {
        let part = (points[index].factor - from) / (to - from);
        first + part * (last - first) - heights[index]
    };
    let farthest = (0..points.len()).max_by(|a, b| below(*a).total_cmp(&below(*b)))?;
    Some(points[farthest].factor)
}

/// What is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Knob {
    /// Model calls in progress at once.
    Concurrency,
    /// Requests a minute, for each model.
    Rpm,
    /// Tokens a minute, for each model.
    Tpm,
}

impl Knob {
    pub const ALL: [Knob; 3] = [Knob::Concurrency, Knob::Rpm, Knob::Tpm];

    pub fn key(self) -> &'static str {
        match self {
            Knob::Concurrency => "concurrency",
            Knob::Rpm => "rpm",
            Knob::Tpm => "tpm",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Knob::ALL.into_iter().find(|knob| knob.key() == key)
    }

    fn set(self, scenario: &mut Scenario, value: f64) {
        let capacity = &mut scenario.capacity;
        match self {
            Knob::Concurrency => capacity.concurrency = Some(value),
            Knob::Rpm => capacity.rpm = Some(value),
            Knob::Tpm => capacity.tpm = Some(value),
        }
    }

    fn most(self) -> f64 {
        match self {
            Knob::Concurrency => 65_536.0,
            Knob::Rpm => 1e9,
            Knob::Tpm => 1e12,
        }
    }
}

/// The service that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// Which end-to-end percentile, 0.5, 0.9, 0.95, 0.99 or 0.999.
    pub percentile: f64,
    pub max_ms: f64,
    /// The largest fraction of messages that may go unanswered.
    pub max_lost: f64,
}

impl Goal {
    /// # Errors
    /// A limit that no service could be held to.
    fn valid(&self) -> Result<(), Problems> {
        if !(self.max_ms.is_finite() && self.max_ms > 0.0) {
            return Err(Problem::error("max_ms", Word::goal_time, Word::goal_time_hint).into());
        }
        if !(0.0..=1.0).contains(&self.max_lost) {
            return Err(Problem::error("max_lost", Word::goal_lost, Word::goal_lost_hint).into());
        }
        Ok(())
    }
}

/// How much capacity a goal needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Needed {
    pub knob: Knob,
    pub goal: Goal,
    /// The smallest value that meets the goal, to three digits; `None` when even no limit does not.
    pub value: Option<f64>,
    /// What was tried, from the smallest to the largest.
    pub tried: Vec<Trial>,
}

/// One value tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// `None` is no limit.
    pub value: Option<f64>,
    pub latency_ms: Option<f64>,
    pub share_lost: f64,
    pub met: bool,
}

/// Finds the smallest value of a limit that meets a goal, by bisection: more of it never hurts.
/// The other limits stay as the scenario has them.
///
/// # Errors
/// Those of [`super::simulate`], and a percentile that is not computed.
pub fn capacity(
    scenario: &Scenario,
    catalog: &Catalog,
    knob: Knob,
    goal: Goal,
    messages: Option<u64>,
) -> Result<Needed, Problems> {
    scenario.valid()?;
    goal.valid()?;
    let mut tried: Vec<Trial> = Vec::new();
    let mut memory = Memory::default();
    let mut attempt = |value: Option<f64>| -> Result<bool, Problems> {
        let mut limited = scenario.clone();
        match (knob, value) {
            (knob, Some(value)) => knob.set(&mut limited, value),
            (Knob::Concurrency, None) => limited.capacity.concurrency = None,
            (Knob::Rpm, None) => limited.capacity.rpm = None,
            (Knob::Tpm, None) => limited.capacity.tpm = None,
        }
        let outcome = simulate_with(&limited, catalog, messages, &mut memory, Span::Day)?;
        let latency_ms = percentile(&outcome.overall.e2e_ms, goal.percentile)
            .ok_or_else(|| Problem::error("percentile", Word::percentile_unknown, Word::percentile_unknown_hint))?;
        let share_lost = lost(&outcome);
        let met = latency_ms.is_some_and(|ms| ms <= goal.max_ms) && share_lost <= goal.max_lost;
        tried.push(Trial { value, latency_ms, share_lost, met });
        Ok(met)
    };
    let mut value = None;
    if attempt(None)? {
        let (mut low, mut high) = (1.0, 1.0);
        while !attempt(Some(high))? && high < knob.most() {
            (low, high) = (high, (high * 4.0).min(knob.most()));
        }
        // Whole numbers below a thousand, three digits above.
        while high - low > (low / 1_000.0).max(1.0) {
            let middle = libm::floor(libm::sqrt(low * high)).clamp(low + 1.0, high - 1.0);
            if attempt(Some(middle))? { high = middle } else { low = middle }
        }
        value = Some(high);
    }
    tried.sort_by(|a, b| a.value.unwrap_or(f64::INFINITY).total_cmp(&b.value.unwrap_or(f64::INFINITY)));
    Ok(Needed { knob, goal, value, tried })
}

/// A percentile among those computed: outer `None` when it is not one, inner when nothing was
/// answered.
fn percentile(figures: &Quantiles, p: f64) -> Option<Option<f64>> {
    let known =
        [(0.5, figures.p50), (0.9, figures.p90), (0.95, figures.p95), (0.99, figures.p99), (0.999, figures.p99_9)];
    known.into_iter().find(|(known, _)| (known - p).abs() < 1e-9).map(|(_, value)| value)
}

fn lost(outcome: &Outcome) -> f64 {
    let counts = &outcome.counts;
    (counts.failed + counts.rejected + counts.abandoned) as f64 / counts.arrived.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Distribution, Preset};

    /// The staffing that Erlang C gives for a P95 wait: found by the search.
    #[test]
    fn the_search_finds_the_smallest_that_does() {
        let mut scenario = Preset::Reference.scenario();
        for profile in scenario.models.values_mut() {
            profile.latency = Some(Distribution::Exponential { mean: 1_000.0 });
        }
        let goal = Goal { percentile: 0.95, max_ms: 3_500.0, max_lost: 0.0 };
        let messages = Some(60_000);
        let needed = capacity(&scenario, &Catalog::reference(), Knob::Concurrency, goal, messages).unwrap();
        let value = needed.value.unwrap();
        assert!((8.0..14.0).contains(&value), "{value}");
        let met = |value: f64| {
            let mut limited = scenario.clone();
            limited.capacity.concurrency = Some(value);
            crate::sim::simulate(&limited, &Catalog::reference(), messages).unwrap().overall.e2e_ms.p95.unwrap()
                <= goal.max_ms
        };
        assert!(met(value) && !met(value - 1.0), "{needed:?}");
        // A goal below the service time itself is out of reach.
        let hopeless = Goal { max_ms: 10.0, ..goal };
        let needed = capacity(&scenario, &Catalog::reference(), Knob::Rpm, hopeless, messages).unwrap();
        assert_eq!(needed.value, None);
    }

    #[test]
    fn the_knee_is_where_the_queue_begins() {
        let mut scenario = Preset::Reference.scenario();
        scenario.capacity.concurrency = Some(12.0);
        let points: Vec<_> = LOAD_FACTORS
            .iter()
            .map(|factor| load_point(&scenario, &Catalog::reference(), *factor, Some(40_000)).unwrap())
            .collect();
        // 7.7 calls a second of 0.76 s are 5.9 busy servers of 12: full at twice the load.
        let knee = knee(&points).unwrap();
        assert!((1.5..=2.0).contains(&knee), "{knee}: {points:?}");
        scenario.capacity.concurrency = None;
        let flat: Vec<_> = [0.5, 1.0, 2.0]
            .iter()
            .map(|factor| load_point(&scenario, &Catalog::reference(), *factor, Some(40_000)).unwrap())
            .collect();
        assert_eq!(super::knee(&flat), None);
    }
}
