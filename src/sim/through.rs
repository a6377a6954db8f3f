//! The common case of the gate, done quickly: messages that meet an open quota and at most a queue.
//!
//! It does what [`Gate`] does for such messages one by one; the tests compare the two.

use super::gate::Gate;
use super::memory::Arrived;
use super::plan::NO_POOL;
use super::tally::Tally;

impl Arrived<'_> {
    /// The first message from `first` on that comes in another hour, or at `ends_us` or later.
    fn end_of_piece(&self, first: usize, end: usize, ends_us: u64) -> usize {
        let same = |i: usize| self.hours[i] == self.hours[first] && self.times_us[i] < ends_us;
        if same(end - 1) { end } else { (first..end).find(|i| !same(*i)).unwrap_or(end) }
    }

    /// The first message from `first` on that comes at a time or later.
    fn first_from(&self, us: u64, first: usize, end: usize) -> usize {
        if self.times_us[end - 1] < us { end } else { (first..end).find(|i| self.times_us[*i] >= us).unwrap_or(end) }
    }
}

impl Gate<'_> {
    /// Lets messages through from the first until one meets a closed quota, a queue's timeout, or
    /// something that comes before it; gives the place of that one.
    pub(super) fn let_through(&mut self, tally: &mut Tally, arrived: &Arrived<'_>, first: usize, end: usize) -> usize {
        let mut at = first;
        while at < end {
            let batch = self.batch_of(arrived.times_us[at]);
            let to = arrived.end_of_piece(at, end, self.batch_ends_us());
            let stretch = match (self.plan.streams, self.limits_requests) {
                (false, false) => Gate::stretch::<false, false>,
                (false, true) => Gate::stretch::<false, true>,
                (true, false) => Gate::stretch::<true, false>,
                (true, true) => Gate::stretch::<true, true>,
            };
            let reached = stretch(self, tally, arrived, at, to, batch);
            if reached < to {
                return reached;
            }
            at = reached;
        }
        end
    }

    /// Lets messages of one piece of the day through. The queue is one long chain of waiting, which the
    /// processor fills with the counting of the messages before.
    fn stretch<const STREAMS: bool, const QUOTAS: bool>(
        &mut self,
        tally: &mut Tally,
        arrived: &Arrived<'_>,
        first: usize,
        end: usize,
        batch: usize,
    ) -> usize {
        let mut counting = tally.piece(&self.plan.ways, usize::from(arrived.hours[first]), batch);
        let (ways, slo_us) = (&self.plan.ways[..], u64::from(self.plan.slo_us));
        let draws = arrived.draws;
        let reached = arrived.first_from(self.next_comes_us(), first, end);
        for i in first..reached {
            let (now_us, route) = (arrived.times_us[i], usize::from(draws.route[i]));
            let (way, whole_us) = (&ways[route], u64::from(draws.whole_us[i]));
            let mut start_us = now_us;
            if way.called {
                if way.pool != NO_POOL {
                    let free_us = self.pools[usize::from(way.pool)].free_us();
                    start_us = if free_us > now_us { free_us } else { now_us };
                }
                if start_us - now_us > self.timeout_us || QUOTAS && !self.open(usize::from(way.model), start_us) {
                    return i;
                }
                let done_us = start_us + whole_us;
                if way.pool != NO_POOL {
                    self.pools[usize::from(way.pool)].take(done_us);
                }
                self.samples.add(start_us, done_us);
                if start_us > now_us {
                    counting.waited(route, start_us - now_us);
                }
                #[cfg(test)]
                self.begun.push((arrived.first + i as u64, start_us, done_us));
            }
            let wait_us = start_us - now_us;
            counting.answer(route, wait_us + whole_us, draws.output_tokens[i], slo_us);
            if STREAMS {
                counting.first_token(route, wait_us + u64::from(draws.first_token_us[i]));
            }
            if start_us + whole_us > self.end_us {
                counting.late(route, start_us + whole_us - start_us.max(self.end_us));
            }
        }
        reached
    }
}
