//! The uncontended path: messages that meet an open quota and at most a queue, counted in blocks.
//!
//! It does what the event loop does for such messages one by one; the tests compare the two.

use std::ops::Range;

use super::block_counters::{Counting, Stages, choose};
use super::draw::BLOCK;
use super::fast::Fast;
use super::memory::Arrived;
use super::plan::Plan;
use super::tally::Tally;

/// Whether most messages of a plan meet nothing but an open quota of requests and a queue: then they may go this way.
pub(super) fn applies(plan: &Plan) -> bool {
    plan.is_quick()
}

impl Arrived<'_> {
    /// The first message from `first` on that comes in another hour, or at `ends_us` or later.
    pub(super) fn end_of_piece(&self, first: usize, end: usize, ends_us: u64) -> usize {
        let same = |i: usize| self.hours[i] == self.hours[first] && self.times_us[i] < ends_us;
        if same(end - 1) { end } else { (first..end).find(|i| !same(*i)).unwrap_or(end) }
    }

    /// The first message from `first` on that comes at a time or later.
    fn first_from(&self, us: u64, first: usize, end: usize) -> usize {
        if self.times_us[end - 1] < us { end } else { (first..end).find(|i| self.times_us[*i] >= us).unwrap_or(end) }
    }
}

/// Counts messages of one piece of the day after their waits.
pub(super) fn count(plan: &Plan, counting: &mut Counting<'_>, arrived: &Arrived<'_>, end_us: u64) {
    let Arrived { draws, times_us, .. } = arrived;
    let most_us = counting.answers(draws, u64::from(plan.slo_us));
    if plan.streams {
        counting.first_tokens(draws);
    }
    if times_us.last().is_some_and(|last_us| last_us + most_us > end_us) {
        counting.late(draws, times_us, end_us);
    }
    if counting.stages.waited {
        counting.waits(draws.route);
    }
}

impl Fast<'_> {
    /// Lets messages through from the first until one meets a closed quota, a queue's timeout, or
    /// something that comes before it; gives the place of that one.
    pub(super) fn let_through(&mut self, tally: &mut Tally, arrived: &Arrived<'_>, first: usize, end: usize) -> usize {
        let mut at = first;
        while at < end {
            let batch = self.events.batches.at(arrived.times_us[at]);
            let to = arrived.end_of_piece(at, end, self.events.batches.ends_us());
            let reached = self.stretch(tally, arrived, at, to, batch);
            if reached < to {
                return reached;
            }
            at = reached;
        }
        end
    }

    /// Lets messages of one piece of the day through, and counts them.
    fn stretch(&mut self, tally: &mut Tally, arrived: &Arrived<'_>, first: usize, end: usize, batch: usize) -> usize {
        let mut counting = tally.block(&self.events.plan.ways, usize::from(arrived.hours[first]), Some(batch));
        let reached = arrived.first_from(self.next_comes_us(), first, end);
        let queue = if self.limits_requests { Fast::queue::<true> } else { Fast::queue::<false> };
        let reached = queue(self, counting.stages, arrived, first..reached);
        count(self.events.plan, &mut counting, &arrived.part(first..reached), self.events.end_us);
        reached
    }

    /// Lets messages wait for their places, one after the other: a long chain, in which there is as
    /// little else as possible. Gives the first that it did not let through.
    #[inline(never)]
    fn queue<const QUOTAS: bool>(&mut self, stages: &mut Stages, arrived: &Arrived<'_>, part: Range<usize>) -> usize {
        let ways = &self.events.plan.ways[..];
        let (routes, whole_us) = (&arrived.draws.route[part.clone()], &arrived.draws.whole_us[part.clone()]);
        let times_us = &arrived.times_us[part.clone()];
        let count = choose(&mut stages.calls, routes, |route| ways[usize::from(route)].called);
        stages.forget_waits();
        let mut through = 0;
        for i in stages.calls.iter().take(count) {
            let i = usize::from(*i);
            let (now_us, way) = (times_us[i], &ways[usize::from(routes[i])]);
            let mut pool = self.events.pools.get_mut(usize::from(way.pool));
            let start_us = pool.as_mut().map_or(now_us, |pool| pool.start_us(now_us));
            let wait_us = start_us - now_us;
            if wait_us > self.events.timeout_us
                || QUOTAS && !self.events.quotas[usize::from(way.model)].admit_request(start_us)
            {
                break;
            }
            let done_us = start_us + u64::from(whole_us[i]);
            if let Some(pool) = pool {
                pool.take(done_us);
            }
            self.events.samples.add(start_us, done_us);
            if wait_us > 0 {
                stages.waits_us[i % BLOCK] = wait_us;
                stages.waited = true;
                self.events.hindered_until_us = self.events.hindered_until_us.max(done_us);
            }
            through += 1;
            #[cfg(test)]
            self.events.begun.push((arrived.first + (part.start + i) as u64, start_us, done_us));
        }
        if QUOTAS {
            self.events.clients[0].succeeded_at_once(through);
        }
        if through < count { part.start + usize::from(stages.calls[through]) } else { part.end }
    }
}
