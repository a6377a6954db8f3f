//! A plan run to its end, by the quick engine.

use std::ops::ControlFlow;

use super::concurrency::{self, Concurrency};
use super::day::{Clock, HOURS};
use super::draw::Chance;
use super::fast::Fast;
use super::memory::{Kept, Messages};
use super::outcome::Outcome;
use super::plan::Plan;
use super::tally::Tally;
use super::unlimited;

/// Messages between two reports of progress.
const STRIDE: u64 = 1 << 18;

/// Runs a plan to its end; `progress` is told the fraction done and may stop it.
///
/// Nothing but the message decides what happens to it by chance, so the outcome does not depend on
/// how the work is split.
pub(super) fn run(plan: &Plan, kept: Kept<'_>, progress: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Option<Outcome> {
    if !plan.clocked {
        let run_hour = |tally: &mut Tally, hour, from, to| unlimited::run_hour(plan, tally, kept.draws, hour, from, to);
        return unclocked(plan, progress, run_hour);
    }
    let mut tally = Tally::new(plan);
    let calls = clocked(plan, kept, &mut tally, progress)?;
    Some(Outcome::new(plan, &tally, calls))
}

/// Counts the messages of each hour, without limits; `run_hour` counts some of one hour.
pub(super) fn unclocked(
    plan: &Plan,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
    run_hour: impl Fn(&mut Tally, usize, u64, u64),
) -> Option<Outcome> {
    let mut tally = Tally::new(plan);
    let mut from = 0;
    while from < plan.messages {
        let hour = Clock::new(&plan.day).at(from as f64).0;
        let to = end_of_hour(plan, from).min(from + STRIDE).min(plan.messages);
        run_hour(&mut tally, hour, from, to);
        from = to;
        if progress(from as f64 / plan.messages as f64).is_break() {
            return None;
        }
    }
    tally.end(&plan.ways);
    in_flight(plan, &mut tally);
    let calls = concurrency::unlimited(plan, &tally);
    Some(Outcome::new(plan, &tally, calls))
}

/// The first message of the next hour.
fn end_of_hour(plan: &Plan, message: u64) -> u64 {
    let mut clock = Clock::new(&plan.day);
    clock.at(message as f64);
    // The first whole number past the hour's edge.
    (libm::ceil(clock.hour_ends()) as u64).max(message + 1)
}

/// Finds the messages still under way when the time simulated ends: without limits they come
/// evenly, so it is enough to look back from the end.
fn in_flight(plan: &Plan, tally: &mut Tally) {
    let chance = Chance::new(plan.seed);
    let end_us = plan.day.span_us(plan.messages as f64);
    let longest = (0..HOURS)
        .flat_map(|hour| (0..plan.routes.len()).map(move |route| (hour, route)))
        .map(|(hour, route)| tally.row(hour, route).e2e_max_us)
        .max()
        .unwrap_or(0);
    for message in (0..plan.messages).rev() {
        let (hour, at_us) = Clock::new(&plan.day).at(message as f64 + 0.5);
        if end_us.saturating_sub(at_us) > longest {
            break;
        }
        let drawn = chance.draw(plan, message);
        let route = &plan.routes[drawn.route];
        let (e2e_us, _) = drawn.unhindered_us(route.first.is_some(), route.second.is_some());
        tally.row_mut(hour, drawn.route).late += u64::from(at_us + e2e_us > end_us);
    }
}

/// Follows every message on the clock.
fn clocked(
    plan: &Plan,
    kept: Kept<'_>,
    tally: &mut Tally,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Option<Concurrency> {
    let mut messages = Messages::new(plan, kept);
    let mut day = Fast::new(plan, kept);
    let mut from = 0;
    while from < plan.messages {
        let count = STRIDE.min(plan.messages - from);
        day.run(tally, &mut messages, count);
        from += count;
        if progress(from as f64 / plan.messages as f64).is_break() {
            return None;
        }
    }
    day.drain(tally);
    if let (Some((arrived, known)), Some(fast_forward)) = (kept.unhindered, &day.fast_forward) {
        known.complete(plan, &arrived, &fast_forward.followed, tally, &mut day.events.samples);
    }
    if let Some(hindered) = kept.hindered {
        hindered.set(tally.hindered() > plan.messages / 8);
    }
    Some(day.events.samples.concurrency(tally.busy_us(), plan.day.span_us(plan.messages as f64)))
}
