//! What came of the messages, counted: sums that do not depend on their order, and histograms.

use crate::stats::{BUCKETS, bucket_of};

use super::day::HOURS;
use super::draw::BLOCK;
use super::piece::{Counting, Piece, SUMMED};
use super::plan::{NO_POOL, Way};

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
    /// What each route's first and second model were paid for, short calls and long ones.
    billed: Vec<[[Billed; 2]; 2]>,
    pub batches: Batches,
    piece: Piece,
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
}

impl Row {
    /// Every number of the row, in a fixed order.
    pub fn words(&self) -> [u64; 21] {
        let [e2e, ttft, wait] = [self.e2e_us, self.ttft_us, self.wait_us].map(|sum| [sum as u64, (sum >> 64) as u64]);
        [
            self.arrived,
            self.answered,
            self.within_slo,
            e2e[0],
            e2e[1],
            ttft[0],
            ttft[1],
            wait[0],
            wait[1],
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
            paid.output += other.output;
        }
    }
}

impl Paid {
    fn subtract(&mut self, other: &Paid) {
        self.calls -= other.calls;
        self.input -= other.input;
        self.output -= other.output;
    }
}

/// Calls and their tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Paid {
    pub calls: u64,
    pub input: u64,
    pub output: u64,
}

impl Paid {
    /// Adds one call.
    pub fn add(&mut self, input: u32, output: u32) {
        self.calls += 1;
        self.input += u64::from(input);
        self.output += u64::from(output);
    }
}

/// Histograms by route and by hour.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub by_route: Vec<Buckets>,
    pub by_hour: Vec<Buckets>,
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
        Grid { by_route: vec![[0; BUCKETS]; routes], by_hour: vec![[0; BUCKETS]; HOURS] }
    }

    #[inline]
    pub fn add(&mut self, hour: usize, route: usize, bucket: usize) {
        self.by_route[route][bucket] += 1;
        self.by_hour[hour][bucket] += 1;
    }
}

/// The bucket of a time in microseconds.
#[inline]
pub(super) fn bucket_of_us(us: u64) -> usize {
    // Signed, because that is one instruction.
    bucket_of(us as i64 as f32 * 0.001)
}

impl Tally {
    pub fn new(routes: usize) -> Self {
        let batches = HOURS * BATCHES_AN_HOUR;
        Tally {
            routes,
            rows: vec![Row::default(); HOURS * routes],
            e2e: Grid::new(routes),
            ttft: Grid::new(routes),
            wait: Grid::new(routes),
            billed: vec![[[Billed::default(); 2]; 2]; routes],
            batches: Batches { counts: vec![0; batches * COARSE] },
            piece: Piece::new(routes),
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
        subtract_counts(&mut rest.batches.counts, &part.batches.counts);
        let billed = rest.billed.as_flattened_mut().as_flattened_mut().iter_mut();
        for (billed, part) in billed.zip(part.billed.as_flattened().as_flattened()) {
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
        add_counts(&mut self.batches.counts, &other.batches.counts);
        let billed = self.billed.as_flattened_mut().as_flattened_mut();
        billed
            .iter_mut()
            .zip(other.billed.as_flattened().as_flattened())
            .for_each(|(billed, other)| billed.merge(other));
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

    /// What a route's first model was paid for, or the one it is escalated to; its short calls, or the
    /// long ones.
    pub fn billed(&self, route: usize, second: bool, long: bool) -> &Billed {
        &self.billed[route][usize::from(second)][usize::from(long)]
    }

    #[inline]
    pub fn billed_mut(&mut self, route: usize, second: bool, long: bool) -> &mut Billed {
        &mut self.billed[route][usize::from(second)][usize::from(long)]
    }

    /// Everything that was paid for, in a fixed order, however long calls are priced.
    pub fn paid(&self) -> impl Iterator<Item = u64> {
        self.billed.as_flattened().iter().flat_map(|[short, long]| {
            [(short.answered, long.answered), (short.unread, long.unread), (short.broken, long.broken)]
                .into_iter()
                .flat_map(|(a, b)| [a.calls + b.calls, a.input + b.input, a.output + b.output])
        })
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
    pub fn piece(&mut self, ways: &[Way], hour: usize, batch: usize) -> Counting<'_> {
        if (self.piece.hour, self.piece.batch) != (hour, batch) {
            self.end_piece(ways);
            (self.piece.hour, self.piece.batch) = (hour, batch);
        }
        if self.piece.summed + BLOCK > SUMMED {
            self.add_sums(ways);
        }
        self.piece.summed += BLOCK;
        let Piece { stages, sums, e2e, ttft, wait, .. } = &mut self.piece;
        let [e2e_by_route, ttft_by_route, wait_by_route] =
            [&mut self.e2e, &mut self.ttft, &mut self.wait].map(|grid| &mut grid.by_route[..]);
        Counting { stages, sums, e2e, ttft, wait, e2e_by_route, ttft_by_route, wait_by_route }
    }

    /// Adds the sums of a stretch of messages, whose calls all got through, to their hour.
    fn add_sums(&mut self, ways: &[Way]) {
        let hour = self.piece.hour;
        self.piece.summed = 0;
        for (route, way) in ways.iter().enumerate() {
            let sums = std::mem::take(&mut self.piece.sums[route]);
            if sums.answered() == 0 {
                continue;
            }
            let row = self.row_mut(hour, route);
            row.arrived += sums.answered();
            row.answered += sums.answered();
            row.within_slo += sums.within_slo();
            row.late += sums.late;
            row.e2e_us += u128::from(sums.e2e_us);
            row.e2e_max_us = row.e2e_max_us.max(sums.e2e_max_us);
            row.ttft_us += u128::from(sums.ttft_us);
            row.ttft_max_us = row.ttft_max_us.max(sums.ttft_max_us);
            self.piece.streamed |= sums.ttft_us > 0;
            let row = self.row_mut(hour, route);
            if way.called {
                let busy_us = sums.e2e_us - sums.wait_us - sums.over_us;
                row.calls += sums.answered();
                row.busy_us += busy_us;
                row.pooled_us += if way.pool == NO_POOL { 0 } else { busy_us };
                self.piece.waited |= sums.waited > 0;
                let row = self.row_mut(hour, route);
                row.waited += sums.waited;
                row.wait_us += u128::from(sums.wait_us);
                row.wait_max_us = row.wait_max_us.max(sums.wait_max_us);
                let paid = &mut self.billed_mut(route, false, way.long).answered;
                paid.calls += sums.answered();
                paid.input += sums.answered() * u64::from(way.input_tokens);
                paid.output += sums.output;
            }
        }
    }

    /// Adds the sums and the histograms of the piece to those of its hour and its batch.
    pub fn end_piece(&mut self, ways: &[Way]) {
        self.add_sums(ways);
        let Piece { hour, batch, e2e, ttft, wait, streamed, waited, .. } = &mut self.piece;
        self.batches.add_all(*batch, e2e);
        move_counts(e2e, &mut self.e2e.by_hour[*hour]);
        // First tokens that took no time at all are in the first bucket.
        if std::mem::take(streamed) || ttft[0] > 0 {
            move_counts(ttft, &mut self.ttft.by_hour[*hour]);
        }
        if std::mem::take(waited) {
            move_counts(wait, &mut self.wait.by_hour[*hour]);
        }
    }
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn subtract_counts(counts: &mut [u32], others: &[u32]) {
    counts.iter_mut().zip(others).for_each(|(rest, count)| *rest -= count);
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn add_counts(counts: &mut [u32], others: &[u32]) {
    counts.iter_mut().zip(others).for_each(|(sum, count)| *sum += count);
}

/// Adds counts to others and clears them.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn move_counts(from: &mut Buckets, to: &mut Buckets) {
    for (sum, count) in to.iter_mut().zip(from) {
        *sum += std::mem::take(count);
    }
}

impl Batches {
    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    fn add_all(&mut self, batch: usize, counts: &Buckets) {
        let coarse = &mut self.counts[batch * COARSE..(batch + 1) * COARSE];
        for (sum, counts) in coarse.iter_mut().zip(counts.chunks_exact(8)) {
            *sum += counts.iter().sum::<u32>();
        }
    }

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
