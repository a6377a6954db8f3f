//! What came of the messages, counted: sums that do not depend on their order, and histograms.

use crate::stats::{BUCKETS, bucket_of};

use super::day::HOURS;

/// Batches of a run: pieces of the day whose figures show how sure the whole day's are.
pub(super) const BATCHES_AN_HOUR: usize = 12;
/// Buckets of a batch's histogram: each holds eight of the fine ones.
pub(super) const COARSE: usize = BUCKETS / 8;

/// What was counted, by hour of arrival and by route.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    routes: usize,
    rows: Vec<Row>,
    pub e2e: Grid,
    pub ttft: Grid,
    pub wait: Grid,
    /// What each model was paid for.
    pub billed: Vec<Billed>,
    pub batches: Batches,
}

/// The sums of one route in one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub arrived: u64,
    pub answered: u64,
    pub within_slo: u64,
    pub e2e_us: u64,
    pub ttft_us: u64,
    /// Waiting for a place in a pool: over all calls, and those that had to.
    pub wait_us: u64,
    pub calls: u64,
    pub waited: u64,
    pub e2e_max_us: u64,
    pub ttft_max_us: u64,
    pub wait_max_us: u64,
    pub failed: u64,
    pub rejected: u64,
    pub abandoned: u64,
    /// Attempts that the service throttled.
    pub throttled: u64,
    pub retries: u64,
    /// Answered after the run's span.
    pub late: u64,
    /// Microseconds of model calls in progress, and of places in pools taken, within the span.
    pub busy_us: u64,
    pub pooled_us: u64,
}

impl Row {
    /// Every number of the row, in a fixed order.
    pub fn words(&self) -> [u64; 18] {
        [
            self.arrived,
            self.answered,
            self.within_slo,
            self.e2e_us,
            self.ttft_us,
            self.wait_us,
            self.calls,
            self.waited,
            self.e2e_max_us,
            self.ttft_max_us,
            self.wait_max_us,
            self.failed,
            self.rejected,
            self.abandoned,
            self.throttled,
            self.retries,
            self.late,
            self.busy_us,
        ]
    }

    pub fn add(&mut self, other: &Row) {
        self.arrived += other.arrived;
        self.answered += other.answered;
        self.within_slo += other.within_slo;
        self.e2e_us += other.e2e_us;
        self.ttft_us += other.ttft_us;
        self.wait_us += other.wait_us;
        self.calls += other.calls;
        self.waited += other.waited;
        self.e2e_max_us = self.e2e_max_us.max(other.e2e_max_us);
        self.ttft_max_us = self.ttft_max_us.max(other.ttft_max_us);
        self.wait_max_us = self.wait_max_us.max(other.wait_max_us);
        self.failed += other.failed;
        self.rejected += other.rejected;
        self.abandoned += other.abandoned;
        self.throttled += other.throttled;
        self.retries += other.retries;
        self.late += other.late;
        self.busy_us += other.busy_us;
        self.pooled_us += other.pooled_us;
    }
}

/// Tokens a model was paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Billed {
    pub input: u64,
    pub output: u64,
    /// Of these, tokens of attempts whose answer nobody got.
    pub wasted_input: u64,
    pub wasted_output: u64,
}

/// Histograms by route and by hour.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub by_route: Vec<u32>,
    pub by_hour: Vec<u32>,
}

/// Histograms of the end-to-end time in pieces of the day.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    counts: Vec<u32>,
}

/// An answered message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    pub hour: usize,
    pub route: usize,
    /// Which piece of the day it came in.
    pub batch: u16,
    /// Whether the answer came after the time simulated.
    pub late: bool,
    pub e2e_us: u64,
    pub ttft_us: u64,
}

impl Grid {
    fn new(routes: usize) -> Self {
        Grid { by_route: vec![0; routes * BUCKETS], by_hour: vec![0; HOURS * BUCKETS] }
    }

    #[inline]
    pub fn add(&mut self, hour: usize, route: usize, bucket: usize) {
        if let Some(count) = self.by_route.get_mut(route * BUCKETS + bucket) {
            *count += 1;
        }
        if let Some(count) = self.by_hour.get_mut(hour * BUCKETS + bucket) {
            *count += 1;
        }
    }

    pub fn of_route(&self, route: usize) -> &[u32] {
        &self.by_route[route * BUCKETS..(route + 1) * BUCKETS]
    }

    pub fn of_hour(&self, hour: usize) -> &[u32] {
        &self.by_hour[hour * BUCKETS..(hour + 1) * BUCKETS]
    }
}

/// The bucket of a time in microseconds.
#[inline]
pub(super) fn bucket_of_us(us: u64) -> usize {
    // Signed, because that is one instruction.
    bucket_of(us as i64 as f32 * 0.001)
}

impl Tally {
    pub fn new(routes: usize, models: usize) -> Self {
        let batches = HOURS * BATCHES_AN_HOUR;
        Tally {
            routes,
            rows: vec![Row::default(); HOURS * routes],
            e2e: Grid::new(routes),
            ttft: Grid::new(routes),
            wait: Grid::new(routes),
            billed: vec![Billed::default(); models],
            batches: Batches { counts: vec![0; batches * COARSE] },
        }
    }

    /// Microseconds of model calls in progress.
    pub fn busy_us(&self) -> u64 {
        self.rows.iter().map(|row| row.busy_us).sum()
    }

    pub fn row(&self, hour: usize, route: usize) -> &Row {
        &self.rows[hour * self.routes + route]
    }

    #[inline]
    pub fn row_mut(&mut self, hour: usize, route: usize) -> &mut Row {
        &mut self.rows[hour * self.routes + route]
    }

    /// Counts an answered message.
    pub fn answer(&mut self, answered: Answered, slo_us: u32) {
        self.answer_streaming(answered, slo_us, true);
    }

    /// Counts an answered message and its piece of the day.
    #[inline]
    pub fn answer_in_batch(&mut self, answered: Answered, slo_us: u32, streams: bool) {
        self.answer_streaming(answered, slo_us, streams);
        self.batches.add(usize::from(answered.batch), bucket_of_us(answered.e2e_us));
    }

    /// Without streams the first token is the last, and counted once.
    #[inline]
    fn answer_streaming(&mut self, answered: Answered, slo_us: u32, streams: bool) {
        let Answered { hour, route, late, e2e_us, ttft_us, .. } = answered;
        let row = self.row_mut(hour, route);
        row.answered += 1;
        row.within_slo += u64::from(e2e_us <= u64::from(slo_us));
        row.late += u64::from(late);
        row.e2e_us += e2e_us;
        row.e2e_max_us = row.e2e_max_us.max(e2e_us);
        self.e2e.add(hour, route, bucket_of_us(e2e_us));
        if streams {
            let row = self.row_mut(hour, route);
            row.ttft_us += ttft_us;
            row.ttft_max_us = row.ttft_max_us.max(ttft_us);
            self.ttft.add(hour, route, bucket_of_us(ttft_us));
        }
    }

    /// Counts the wait of a call for its place in a pool.
    pub fn waited(&mut self, hour: usize, route: usize, us: u64) {
        let row = self.row_mut(hour, route);
        row.waited += 1;
        row.wait_us += us;
        row.wait_max_us = row.wait_max_us.max(us);
        self.wait.add(hour, route, bucket_of_us(us));
    }
}

impl Batches {
    #[inline]
    pub fn add(&mut self, batch: usize, bucket: usize) {
        if let Some(count) = self.counts.get_mut(batch * COARSE + bucket / 8) {
            *count += 1;
        }
    }

    pub fn of(&self, batch: usize) -> &[u32] {
        &self.counts[batch * COARSE..(batch + 1) * COARSE]
    }
}
