//! What came of the messages, counted: sums that do not depend on their order, and histograms.

use crate::stats::{BUCKETS, bucket_of};

use super::carried::Carried;

use super::block_counters::{BlockCounters, Counting, SUMMED, Sums};
use super::day::HOURS;
use super::draw::BLOCK;
use super::plan::{NO_POOL, Plan, Way};

/// Batches of a run: pieces of the day whose figures show how sure the whole day's are.
pub(super) const BATCHES_AN_HOUR: usize = 12;
/// Fine buckets in each bucket of a batch's histogram, and how many of those there are.
pub(super) const COARSE_BUCKETS: usize = 8;
pub(super) const COARSE: usize = BUCKETS / COARSE_BUCKETS;

/// What was counted, by hour of arrival and by route.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    routes: usize,
    rows: Vec<Row>,
    pub e2e: Grid,
    pub ttft: Grid,
    pub wait: Grid,
    /// What each route's first and second model were paid for, by the price level of the prompt, behind each other.
    billed: Vec<Billed>,
    /// Where each route's first and second model begin in it, and its end.
    levels: Vec<usize>,
    pub batches: Batches,
    /// By model, attempts that its quota of tokens refused, and those throttled by chance.
    pub refused: Vec<[u64; 2]>,
    block: BlockCounters,
}

/// Counts by bucket.
pub(super) type Buckets = [u32; BUCKETS];

/// The sums of one route in one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub arrived: u64,
    pub answered: u64,
    pub within_slo: u64,
    pub e2e_us: u128,
    pub ttft_us: u128,
    /// Waiting for a place in a pool: over all calls, and those that had to.
    pub wait_us: u128,
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
    /// How long those stayed who got no answer.
    pub lost_us: u128,
}

impl Row {
    /// Takes away answers that nothing hindered; which was the longest is known no more.
    fn subtract(&mut self, part: &Row) {
        *self = Row {
            arrived: self.arrived - part.arrived,
            answered: self.answered - part.answered,
            within_slo: self.within_slo - part.within_slo,
            e2e_us: self.e2e_us - part.e2e_us,
            ttft_us: self.ttft_us - part.ttft_us,
            calls: self.calls - part.calls,
            late: self.late - part.late,
            busy_us: self.busy_us - part.busy_us,
            pooled_us: self.pooled_us - part.pooled_us,
            ..Row::default()
        };
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
        self.lost_us += other.lost_us;
    }
}

/// What a model was paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Billed {
    /// Calls that were answered, and of these the ones whose answer nobody waited for.
    pub answered: Paid,
    pub unread: Paid,
    /// Calls that broke after they had begun.
    pub broken: Paid,
}

impl Billed {
    fn merge(&mut self, other: &Billed) {
        let Billed { answered, unread, broken } = other;
        for (paid, other) in [(&mut self.answered, answered), (&mut self.unread, unread), (&mut self.broken, broken)] {
            paid.calls += other.calls;
            paid.input += other.input;
            paid.read += other.read;
            paid.written += other.written;
            paid.output += other.output;
        }
    }
}

impl Paid {
    fn subtract(&mut self, other: &Paid) {
        self.calls -= other.calls;
        self.input -= other.input;
        self.read -= other.read;
        self.written -= other.written;
        self.output -= other.output;
    }
}

/// Calls and their tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Paid {
    pub calls: u64,
    /// Input that was neither read from the prompt cache nor written to it.
    pub input: u64,
    pub read: u64,
    pub written: u64,
    pub output: u64,
}

impl Paid {
    /// Adds one call.
    pub fn add(&mut self, carried: Carried, output: u32) {
        self.add_calls(1, carried);
        self.output += u64::from(output);
    }

    /// Adds the prompts of calls that all carry the same.
    pub fn add_calls(&mut self, calls: u64, carried: Carried) {
        self.calls += calls;
        self.input += calls * u64::from(carried.plain);
        self.read += calls * u64::from(carried.read);
        self.written += calls * u64::from(carried.written);
    }
}

/// Histograms by route and by hour; none where there is nothing to count.
#[derive(Clone, Debug, Default)]
pub(super) struct Grid {
    pub by_route: Vec<Buckets>,
    pub by_hour: Vec<Buckets>,
}

/// Histograms of the end-to-end time in pieces of the day.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    counts: Vec<[u32; COARSE]>,
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
        Grid { by_route: vec![[0; BUCKETS]; routes], by_hour: vec![[0; BUCKETS]; HOURS] }
    }

    /// The histograms of a route and of an hour.
    pub fn of_route(&self, route: usize) -> &[u32] {
        self.by_route.get(route).map_or(&[], |counts| counts)
    }

    pub fn of_hour(&self, hour: usize) -> &[u32] {
        self.by_hour.get(hour).map_or(&[], |counts| counts)
    }

    #[inline]
    pub fn add(&mut self, hour: usize, route: usize, bucket: usize) {
        if let (Some(of_route), Some(of_hour)) = (self.by_route.get_mut(route), self.by_hour.get_mut(hour)) {
            of_route[bucket] += 1;
            of_hour[bucket] += 1;
        }
    }
}

/// The bucket of a time in microseconds.
#[inline]
pub(super) fn bucket_of_us(us: u64) -> usize {
    // Signed, because that is one instruction.
    bucket_of(us as i64 as f32 * 0.001)
}

impl Tally {
    pub fn new(plan: &Plan) -> Self {
        let routes = plan.routes.len();
        let (streams, waits) = (plan.streams, !plan.limits.pools.is_empty());
        let mut levels = vec![0];
        for route in &plan.routes {
            for leg in [route.first, route.second] {
                let count = leg.map_or(0, |leg| plan.levels(&leg));
                levels.push(levels.last().copied().unwrap_or(0) + count);
            }
        }
        Tally {
            routes,
            rows: vec![Row::default(); HOURS * routes],
            e2e: Grid::new(routes),
            ttft: if streams { Grid::new(routes) } else { Grid::default() },
            wait: if waits { Grid::new(routes) } else { Grid::default() },
            billed: vec![Billed::default(); levels.last().copied().unwrap_or(0)],
            levels,
            batches: Batches { counts: vec![[0; COARSE]; if plan.clocked { HOURS * BATCHES_AN_HOUR } else { 0 }] },
            refused: vec![[0; 2]; plan.models.len()],
            block: BlockCounters::new(routes, streams, waits),
        }
    }

    /// Adds what one counted and another did not, which is a part of it. Where it is not all, the
    /// longest times are not known.
    pub fn add_difference(&mut self, whole: &Tally, part: &Tally) {
        let mut rest = whole.clone();
        for (hour, part) in rest.rows.chunks_mut(self.routes).zip(part.rows.chunks(self.routes)) {
            if part.iter().any(|part| part.arrived > 0) {
                hour.iter_mut().zip(part).for_each(|(row, part)| row.subtract(part));
            }
        }
        for (grid, part) in [(&mut rest.e2e, &part.e2e), (&mut rest.ttft, &part.ttft)] {
            subtract_counts(grid.by_route.as_flattened_mut(), part.by_route.as_flattened());
            subtract_counts(grid.by_hour.as_flattened_mut(), part.by_hour.as_flattened());
        }
        subtract_counts(rest.batches.counts.as_flattened_mut(), part.batches.counts.as_flattened());
        for (billed, part) in rest.billed.iter_mut().zip(&part.billed) {
            billed.answered.subtract(&part.answered);
        }
        self.add(&rest);
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Tally) {
        self.rows.iter_mut().zip(&other.rows).for_each(|(row, other)| row.add(other));
        for (grid, other) in [(&mut self.e2e, &other.e2e), (&mut self.ttft, &other.ttft), (&mut self.wait, &other.wait)]
        {
            add_counts(grid.by_route.as_flattened_mut(), other.by_route.as_flattened());
            add_counts(grid.by_hour.as_flattened_mut(), other.by_hour.as_flattened());
        }
        add_counts(self.batches.counts.as_flattened_mut(), other.batches.counts.as_flattened());
        self.billed.iter_mut().zip(&other.billed).for_each(|(billed, other)| billed.merge(other));
    }

    /// Microseconds of model calls in progress.
    pub fn busy_us(&self) -> u64 {
        self.rows.iter().map(|row| row.busy_us).sum()
    }

    /// How many calls waited or were throttled.
    pub fn hindered(&self) -> u64 {
        self.rows.iter().map(|row| row.waited + row.throttled).sum()
    }

    /// The sums of one route over the day.
    pub fn route(&self, route: usize) -> Row {
        let mut sums = Row::default();
        (0..HOURS).for_each(|hour| sums.add(self.row(hour, route)));
        sums
    }

    pub fn row(&self, hour: usize, route: usize) -> &Row {
        &self.rows[hour * self.routes + route]
    }

    #[inline]
    pub fn row_mut(&mut self, hour: usize, route: usize) -> &mut Row {
        &mut self.rows[hour * self.routes + route]
    }

    /// What a route's first model was paid for, or the one it is escalated to, by price level; none where it
    /// has no such model.
    pub fn billed(&self, route: usize, second: bool) -> &[Billed] {
        let of = 2 * route + usize::from(second);
        &self.billed[self.levels[of]..self.levels[of + 1]]
    }

    #[inline]
    pub fn billed_mut(&mut self, route: usize, second: bool, level: u32) -> &mut Billed {
        &mut self.billed[self.levels[2 * route + usize::from(second)] + level as usize]
    }

    /// Counts an answered message; its piece of the day too where that has batches. Without streams
    /// the first token is the last, and counted once.
    #[inline]
    pub fn answer(&mut self, answered: Answered, slo_us: u32, streams: bool) {
        let Answered { hour, route, batch, late, e2e_us, ttft_us } = answered;
        let row = self.row_mut(hour, route);
        row.answered += 1;
        row.within_slo += u64::from(e2e_us <= u64::from(slo_us));
        row.late += u64::from(late);
        row.e2e_us += u128::from(e2e_us);
        row.e2e_max_us = row.e2e_max_us.max(e2e_us);
        let bucket = bucket_of_us(e2e_us);
        self.e2e.add(hour, route, bucket);
        self.batches.add(usize::from(batch), bucket);
        if streams {
            let row = self.row_mut(hour, route);
            row.ttft_us += u128::from(ttft_us);
            row.ttft_max_us = row.ttft_max_us.max(ttft_us);
            self.ttft.add(hour, route, bucket_of_us(ttft_us));
        }
    }

    /// Counts the wait of a call for its place in a pool.
    pub fn waited(&mut self, hour: usize, route: usize, us: u64) {
        let row = self.row_mut(hour, route);
        row.waited += 1;
        row.wait_us += u128::from(us);
        row.wait_max_us = row.wait_max_us.max(us);
        self.wait.add(hour, route, bucket_of_us(us));
    }

    /// Where at most a block of messages of an hour and a batch are counted quickly.
    pub fn block(&mut self, ways: &[Way], hour: usize, batch: Option<usize>) -> Counting<'_> {
        if self.block.hour != hour {
            self.end_hour(ways);
            self.block.hour = hour;
        }
        if self.block.summed + BLOCK > SUMMED {
            self.add_sums(ways);
        }
        self.block.summed += BLOCK;
        let BlockCounters { stages, sums, e2e, ttft, wait, .. } = &mut self.block;
        let batch = batch.and_then(|batch| self.batches.counts.get_mut(batch));
        Counting { stages, sums, e2e, ttft, wait, batch }
    }

    /// Adds the sums of a stretch of messages, whose calls all got through, to their hour.
    fn add_sums(&mut self, ways: &[Way]) {
        let hour = self.block.hour;
        self.block.summed = 0;
        for (route, way) in ways.iter().enumerate() {
            let sums = self.block.sums[route];
            self.block.sums[route] = Sums { beyond_slo: sums.beyond_slo, ..Sums::default() };
            let row = self.row_mut(hour, route);
            row.late += sums.late;
            row.e2e_us += u128::from(sums.e2e_us);
            row.e2e_max_us = row.e2e_max_us.max(sums.e2e_max_us);
            row.ttft_us += u128::from(sums.ttft_us);
            row.ttft_max_us = row.ttft_max_us.max(sums.ttft_max_us);
            if way.called {
                let busy_us = sums.e2e_us - sums.wait_us - sums.over_us;
                row.busy_us += busy_us;
                row.pooled_us += if way.pool == NO_POOL { 0 } else { busy_us };
                row.waited += sums.waited;
                row.wait_us += u128::from(sums.wait_us);
                row.wait_max_us = row.wait_max_us.max(sums.wait_max_us);
                if !way.output.is_constant() {
                    self.billed_mut(route, false, way.level).answered.output += sums.output;
                }
            }
        }
    }

    /// Adds what was counted quickly of an hour.
    fn end_hour(&mut self, ways: &[Way]) {
        let BlockCounters { hour, e2e, ttft, wait, .. } = &mut self.block;
        let hour = *hour;
        let answered = e2e.end_hour(&mut self.e2e, hour);
        ttft.end_hour(&mut self.ttft, hour);
        wait.end_hour(&mut self.wait, hour);
        for (route, (way, answered)) in ways.iter().zip(answered).enumerate() {
            let beyond_slo = std::mem::take(&mut self.block.sums[route].beyond_slo);
            let row = self.row_mut(hour, route);
            row.arrived += answered;
            row.answered += answered;
            row.within_slo += answered - beyond_slo;
            if way.called {
                row.calls += answered;
                let paid = &mut self.billed_mut(route, false, way.level).answered;
                paid.add_calls(answered, way.carried);
                paid.output += if way.output.is_constant() { answered * u64::from(way.output_tokens) } else { 0 };
            }
        }
        self.add_sums(ways);
    }

    /// Adds everything that was counted quickly.
    pub fn end(&mut self, ways: &[Way]) {
        self.end_hour(ways);
        let BlockCounters { e2e, ttft, wait, .. } = &mut self.block;
        e2e.end(&mut self.e2e);
        ttft.end(&mut self.ttft);
        wait.end(&mut self.wait);
    }
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn subtract_counts(counts: &mut [u32], others: &[u32]) {
    counts.iter_mut().zip(others).for_each(|(rest, count)| *rest -= count);
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(super) fn add_counts(counts: &mut [u32], others: &[u32]) {
    counts.iter_mut().zip(others).for_each(|(sum, count)| *sum += count);
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(super) fn total(counts: &[u32]) -> u32 {
    counts.iter().sum()
}

impl Batches {
    #[inline]
    pub fn add(&mut self, batch: usize, bucket: usize) {
        if let Some(counts) = self.counts.get_mut(batch) {
            counts[bucket / COARSE_BUCKETS % COARSE] += 1;
        }
    }

    pub fn of(&self, batch: usize) -> &[u32] {
        &self.counts[batch]
    }
}
