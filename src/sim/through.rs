//! The common case of the gate, done quickly: messages that meet an open quota and at most a queue.
//!
//! It does what [`Gate`] does for such messages one by one, in two short stages over a stretch of
//! them: first through the queue, then into the counts. The tests compare the two.

use super::draw::{BLOCK, Block};
use super::gate::Gate;
use super::plan::NO_POOL;
use super::tally::{Tally, bucket_of_us};

/// A block of messages with their times, and how long each waited.
pub(super) struct Arrived {
    pub block: Block,
    pub hours: [u8; BLOCK],
    pub times_us: [u64; BLOCK],
    waits_us: [u64; BLOCK],
}

impl Arrived {
    pub fn new() -> Self {
        Arrived { block: Block::new(), hours: [0; BLOCK], times_us: [0; BLOCK], waits_us: [0; BLOCK] }
    }
}

impl Gate<'_> {
    /// Lets messages through from the first until one meets a closed quota, a queue's timeout, or
    /// something that comes before it; gives the place of that one.
    pub(super) fn let_through(&mut self, tally: &mut Tally, arrived: &mut Arrived, first: usize, end: usize) -> usize {
        let until_us = self.next_comes_us();
        let mut to = first;
        while to < end {
            let now_us = arrived.times_us[to];
            if now_us >= until_us {
                break;
            }
            let way = &self.plan.ways[usize::from(arrived.block.route[to])];
            arrived.waits_us[to] = 0;
            if way.called {
                let mut start_us = now_us;
                if way.pool != NO_POOL {
                    let free_us = self.pools[usize::from(way.pool)].free_us();
                    start_us = if free_us > now_us { free_us } else { now_us };
                }
                if start_us - now_us > self.timeout_us || !self.open(usize::from(way.model), start_us) {
                    break;
                }
                let end_us = start_us + u64::from(arrived.block.whole_us[to]);
                if way.pool != NO_POOL {
                    self.pools[usize::from(way.pool)].take(end_us);
                }
                arrived.waits_us[to] = start_us - now_us;
            }
            to += 1;
        }
        self.count_through(tally, arrived, first, to);
        to
    }

    fn count_through(&mut self, tally: &mut Tally, arrived: &Arrived, first: usize, to: usize) {
        let streams = self.plan.streams;
        for i in first..to {
            let now_us = arrived.times_us[i];
            let batch = self.batch_of(now_us);
            let (hour, index) = (usize::from(arrived.hours[i]), usize::from(arrived.block.route[i]));
            let way = &self.plan.ways[index];
            let (wait_us, whole_us) = (arrived.waits_us[i], u64::from(arrived.block.whole_us[i]));
            let e2e_us = wait_us + whole_us;
            let done_us = now_us + e2e_us;
            let bucket = bucket_of_us(e2e_us);
            let row = tally.row_mut(hour, index);
            row.answered += 1;
            row.within_slo += u64::from(e2e_us <= u64::from(self.plan.slo_us));
            row.e2e_us += e2e_us;
            row.e2e_max_us = if e2e_us > row.e2e_max_us { e2e_us } else { row.e2e_max_us };
            if done_us > self.end_us {
                row.late += 1;
            }
            if way.called {
                let start_us = now_us + wait_us;
                let busy_us = if done_us > self.end_us { self.end_us.saturating_sub(start_us) } else { whole_us };
                row.calls += 1;
                row.busy_us += busy_us;
                row.pooled_us += if way.pool == NO_POOL { 0 } else { busy_us };
                let billed = &mut tally.billed[usize::from(way.model)];
                billed.input += u64::from(way.input_tokens);
                billed.output += u64::from(arrived.block.output_tokens[i]);
                self.samples.add(start_us, done_us);
                if wait_us > 0 {
                    tally.waited(hour, index, wait_us);
                }
                #[cfg(test)]
                self.begun.push((arrived.block.first_message() + i as u64, start_us, done_us));
            }
            tally.e2e.add(hour, index, bucket);
            if streams {
                let ttft_us = wait_us + u64::from(arrived.block.first_token_us[i]);
                let row = tally.row_mut(hour, index);
                row.ttft_us += ttft_us;
                row.ttft_max_us = if ttft_us > row.ttft_max_us { ttft_us } else { row.ttft_max_us };
                tally.ttft.add(hour, index, bucket_of_us(ttft_us));
            }
            tally.batches.add(batch, bucket);
        }
    }
}
