//! A first figure within a frame, before the whole day is there.

use std::ops::ControlFlow;

use crate::catalog::Catalog;
use crate::problem::Problems;
use crate::scenario::Scenario;

use super::concurrency::Concurrency;
use super::memory::{Memory, Span};
use super::outcome::Outcome;
use super::plan::Plan;
use super::run;
use super::tally::Tally;
use super::unlimited;
use crate::random::{Purpose, Stream};

/// Points of a preview without limits: evenly spread ones say as much as sixteen times as many
/// random messages.
const POINTS: u32 = 1 << 15;

/// Messages of a preview with limits.
const MESSAGES: f64 = 40_000.0;

/// What a day will look like, from a small part of it: every figure but the cost and the counts,
/// which stay those of the part.
///
/// Without limits the points of a Sobol sequence stand for the messages. With limits a slice of
/// every hour is simulated at its own rate, so an overload that builds up over hours shows less
/// than it will.
///
/// # Errors
/// Those of [`super::simulate`].
pub fn preview(scenario: &Scenario, catalog: &Catalog) -> Result<Outcome, Problems> {
    scenario.valid()?;
    let mut memory = Memory::default();
    let plan = Plan::of_valid(scenario, catalog, None, 1.0, &mut memory.shapes)?;
    plan.possible(scenario)?;
    preview_of(&plan, scenario, catalog, &mut memory)
}

/// The same of a scenario's plan, with what is kept of other runs.
pub(super) fn preview_of(
    whole: &Plan,
    scenario: &Scenario,
    catalog: &Catalog,
    memory: &mut Memory,
) -> Result<Outcome, Problems> {
    let outcome = if whole.clocked {
        let slice = (MESSAGES / whole.messages.max(1) as f64).min(1.0);
        let plan = Plan::of_valid(scenario, catalog, None, slice, &mut memory.shapes)?;
        run::run(&plan, memory.of(&plan, Span::Preview), &mut |_| ControlFlow::Continue(()))
            .ok_or_else(|| Problems(Vec::new()))?
    } else {
        let mut tally = Tally::new(whole);
        unlimited::run_words(whole, &mut tally, &points(whole.seed));
        tally.end(&whole.ways);
        Outcome::new(whole, &tally, Concurrency::default())
    };
    Ok(outcome.without_cost())
}

/// A message's random word for each point of a Sobol sequence in three dimensions: the route, the
/// time and the output tokens.
///
/// # Source
/// Sobol (1967) with the direction numbers of Joe and Kuo; shifted by the seed, as Burley (2020)
/// does before scrambling.
fn points(seed: u64) -> Vec<u64> {
    let shift = Stream::new(seed, Purpose::Preview);
    let shifts = [0, 1, 2].map(|dimension| (shift.word(dimension) >> 32) as u32);
    let directions = [directions(&[]), directions(&[1]), directions(&[1, 3])];
    let mut state = shifts;
    let words = (1..=POINTS).map(|point| {
        let word = u64::from(state[0] >> 16) | u64::from(draw(state[1])) << 16 | u64::from(draw(state[2])) << 40;
        let changed = point.trailing_zeros() as usize;
        for (state, directions) in state.iter_mut().zip(&directions) {
            *state ^= directions[changed];
        }
        word
    });
    words.collect()
}

/// The direction numbers of a dimension, from the first odd numbers of its primitive polynomial:
/// none for the first dimension, x + 1 and x² + x + 1 for the next two.
fn directions(first: &[u32]) -> [u32; 32] {
    let mut v = [0; 32];
    for i in 0..32_usize {
        v[i] = match first.len() {
            0 => 1 << (31 - i),
            degree if i < degree => first[i] << (31 - i),
            1 => v[i - 1] ^ (v[i - 1] >> 1),
            _ => v[i - 1] ^ v[i - 2] ^ (v[i - 2] >> 2),
        };
    }
    v
}

/// A uniform number as a table's draw: the lowest bit chooses the tail, the rest how far out.
fn draw(uniform: u32) -> u32 {
    let position = uniform >> 8;
    let half = 1 << 23;
    if position < half { position << 1 } else { (2 * half - 1 - position) << 1 | 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Preset;
    use crate::sim::simulate;

    #[test]
    fn a_preview_is_close_to_the_day() {
        for limit in [None, Some(60.0)] {
            // The others are overloaded or throttled for an hour, which no preview foresees.
            for preset in [Preset::Reference, Preset::WithGeneration] {
                let mut scenario = preset.scenario();
                scenario.capacity.concurrency = limit;
                let first = preview(&scenario, &Catalog::reference()).unwrap().overall;
                let day = simulate(&scenario, &Catalog::reference(), None).unwrap().overall;
                for (what, first, day, tolerance) in [
                    ("P50", first.e2e_ms.p50, day.e2e_ms.p50, 0.01),
                    ("P95", first.e2e_ms.p95, day.e2e_ms.p95, 0.01),
                    ("P99", first.e2e_ms.p99, day.e2e_ms.p99, 0.02),
                    ("within", first.share_within_slo, day.share_within_slo, 0.01),
                ] {
                    let ratio = first.unwrap() / day.unwrap();
                    assert!((ratio - 1.0).abs() < tolerance, "{} {limit:?} {what}: {ratio}", preset.key());
                }
            }
        }
    }

    /// The first points of the sequence, unshifted, are the published ones.
    #[test]
    fn the_points_are_sobols() {
        let directions = [directions(&[]), directions(&[1]), directions(&[1, 3])];
        let mut state = [0_u32; 3];
        let mut points = Vec::new();
        for point in 1..=4_u32 {
            for (state, directions) in state.iter_mut().zip(&directions) {
                *state ^= directions[point.trailing_zeros() as usize];
            }
            points.push(state.map(|x| f64::from(x) / 4_294_967_296.0));
        }
        assert_eq!(points, [[0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75], [0.375, 0.375, 0.625]]);
    }
}
