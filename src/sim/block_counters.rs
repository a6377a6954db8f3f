//! Counting quickly the messages that nothing hinders.
//!
//! Such messages come hour by hour, so the numbers they change are few and stay at hand: histograms
//! by route, of which each hour's part follows from their sum before and after it, and sums of one
//! stretch of messages. The [`super::tally`] takes them over when the hour or the stretch ends. They
//! are counted a block at a time, stage by stage, as they are drawn.

use std::ops::Range;

use crate::stats::{BUCKETS, bucket_of};

use super::draw::{BLOCK, Draws};
use super::tally::{Buckets, COARSE, COARSE_BUCKETS, Grid, add_counts, bucket_of_us, total};

/// What was counted of messages that nothing hindered and the tally does not know yet.
#[derive(Clone, Debug)]
pub(super) struct BlockCounters {
    /// The hour in which messages come now.
    pub hour: usize,
    pub e2e: Counts,
    pub ttft: Counts,
    pub wait: Counts,
    /// By route, of the stretch of messages now counted.
    pub sums: Vec<Sums>,
    /// How many messages these are.
    pub summed: usize,
    pub stages: Box<Stages>,
}

impl BlockCounters {
    pub fn new(routes: usize, streams: bool, waits: bool) -> Self {
        BlockCounters {
            hour: 0,
            e2e: Counts::new(routes),
            ttft: Counts::new(if streams { routes } else { 0 }),
            wait: Counts::new(if waits { routes } else { 0 }),
            sums: vec![Sums::default(); routes],
            summed: 0,
            stages: Box::new(Stages {
                calls: [0; BLOCK],
                waits_us: [0; BLOCK],
                waited: false,
                e2e: Times::new(),
                ttft: Times::new(),
            }),
        }
    }
}

/// Buckets of a route. The histograms of two routes lie so far apart that the same bucket of both does
/// not fall into the same place of the processor's cache.
const STRIDE: usize = BUCKETS + 112;

/// Histograms of one kind of time.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// By route, of all hours, [`STRIDE`] numbers for each.
    by_route: Vec<u32>,
    /// The sum of the routes when the last hour ended, and by route how many were counted.
    before: Box<Buckets>,
    counted: Vec<u64>,
    /// Which buckets were ever counted in; most never are.
    used: Range<usize>,
    /// Whether anything was counted since the last hour ended.
    changed: bool,
}

impl Counts {
    fn new(routes: usize) -> Self {
        Counts {
            by_route: vec![0; routes * STRIDE],
            before: Box::new([0; BUCKETS]),
            counted: vec![0; routes],
            used: 0..0,
            changed: false,
        }
    }

    /// Says that something is counted in these buckets.
    fn use_buckets(&mut self, buckets: Range<usize>) {
        self.changed = true;
        self.used = if self.used.is_empty() {
            buckets
        } else {
            self.used.start.min(buckets.start)..self.used.end.max(buckets.end)
        };
    }

    /// The buckets in use of each route.
    fn routes(&self) -> impl Iterator<Item = &[u32]> {
        self.by_route.chunks_exact(STRIDE).map(|counts| &counts[self.used.clone()])
    }

    /// Adds what was counted since the last hour ended to this hour; gives how many by route.
    pub fn end_hour(&mut self, grid: &mut Grid, hour: usize) -> Vec<u64> {
        if !std::mem::take(&mut self.changed) {
            return vec![0; self.counted.len()];
        }
        let used = self.used.clone();
        let mut sum = [0; BUCKETS];
        self.routes().for_each(|counts| add_counts(&mut sum[used.clone()], counts));
        add_difference(&mut grid.by_hour[hour][used.clone()], &sum[used.clone()], &self.before[used.clone()]);
        self.before[used.clone()].copy_from_slice(&sum[used]);
        let counted: Vec<u64> = self.routes().map(|counts| u64::from(total(counts))).collect();
        let before = std::mem::replace(&mut self.counted, counted);
        self.counted.iter().zip(before).map(|(now, before)| now - before).collect()
    }

    /// Adds all hours to the histograms of the routes, and begins anew.
    pub fn end(&mut self, grid: &mut Grid) {
        let used = std::mem::take(&mut self.used);
        for (sum, counts) in grid.by_route.iter_mut().zip(self.by_route.chunks_exact_mut(STRIDE)) {
            add_counts(&mut sum[used.clone()], &counts[used.clone()]);
            counts[used.clone()].fill(0);
        }
        self.before[used].fill(0);
        self.counted.fill(0);
    }
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn add_difference(to: &mut [u32], counts: &[u32], before: &[u32]) {
    for ((sum, count), before) in to.iter_mut().zip(counts).zip(before) {
        *sum += count - before;
    }
}

/// The most messages of a stretch: so many of the longest times fit into 64 bits.
pub(super) const SUMMED: usize = 1 << 14;

/// What the stages of a block's counting hand on.
#[derive(Clone, Debug)]
pub(super) struct Stages {
    /// Which messages of the block some of them are.
    pub calls: [u8; BLOCK],
    pub waits_us: [u64; BLOCK],
    /// Whether any of these is not zero.
    pub waited: bool,
    e2e: Times,
    ttft: Times,
}

impl Stages {
    /// Nobody has waited yet.
    pub fn forget_waits(&mut self) {
        if std::mem::take(&mut self.waited) {
            self.waits_us.fill(0);
        }
    }
}

/// Times of a block of messages, and where in [`Counts`] they are counted.
#[derive(Clone, Debug)]
struct Times {
    us: [u64; BLOCK],
    cells: [u32; BLOCK],
}

impl Times {
    fn new() -> Self {
        Times { us: [0; BLOCK], cells: [0; BLOCK] }
    }

    /// Sets what each message takes after its wait.
    #[inline(never)]
    fn set_after(&mut self, waits_us: &[u64], takes_us: &[u32], routes: &[u8]) -> Extent {
        let mut extent = Extent { most_us: 0, lowest: u32::MAX, highest: 0 };
        let times = self.us.iter_mut().zip(&mut self.cells);
        for ((us, cell), ((wait_us, takes_us), route)) in times.zip(waits_us.iter().zip(takes_us).zip(routes)) {
            *us = wait_us + u64::from(*takes_us);
            let bucket = bucket_of_us(*us) as u32;
            extent.most_us |= *us;
            extent.lowest = extent.lowest.min(bucket);
            extent.highest = extent.highest.max(bucket);
            *cell = cell_of(*route, bucket);
        }
        extent
    }
}

/// What the times of a block have in common.
#[derive(Clone, Copy)]
struct Extent {
    /// A number that none of them exceeds.
    most_us: u64,
    /// The buckets they fall into.
    lowest: u32,
    highest: u32,
}

impl Extent {
    fn buckets(self) -> Range<usize> {
        self.lowest.min(self.highest) as usize..self.highest as usize + 1
    }
}

/// Where the times of messages that did not wait are counted: below 2³¹ µs, 35 minutes, these are
/// converted four at once.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn place_short(us: &[u32], routes: &[u8], cells: &mut [u32; BLOCK]) -> Extent {
    let (mut most_us, mut lowest, mut highest) = (0, u32::MAX, 0);
    for (cell, (us, route)) in cells.iter_mut().zip(us.iter().zip(routes)) {
        let bucket = bucket_of(*us as i32 as f32 * 0.001) as u32;
        most_us |= us;
        lowest = if bucket < lowest { bucket } else { lowest };
        highest = if bucket > highest { bucket } else { highest };
        *cell = cell_of(*route, bucket);
    }
    Extent { most_us: u64::from(most_us), lowest, highest }
}

#[inline(always)]
fn cell_of(route: u8, bucket: u32) -> u32 {
    u32::from(route) * STRIDE as u32 + bucket
}

/// The sums of one route in a stretch of at most [`SUMMED`] messages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub e2e_us: u64,
    pub e2e_max_us: u64,
    /// Answers that took longer than the service level allows.
    pub beyond_slo: u64,
    pub ttft_us: u64,
    pub ttft_max_us: u64,
    pub output: u64,
    pub waited: u64,
    pub wait_us: u64,
    pub wait_max_us: u64,
    pub late: u64,
    /// Microseconds of calls after the run's span.
    pub over_us: u64,
}

/// Where a stretch of messages is counted.
pub(super) struct Counting<'a> {
    pub stages: &'a mut Stages,
    pub sums: &'a mut [Sums],
    pub e2e: &'a mut Counts,
    pub ttft: &'a mut Counts,
    pub wait: &'a mut Counts,
    /// The histogram of the piece of the day, where pieces are told apart.
    pub batch: Option<&'a mut [u32; COARSE]>,
}

impl Counting<'_> {
    /// Counts the answers of a block's messages after their waits; gives a time that none of them
    /// exceeds.
    pub fn answers(&mut self, draws: &Draws<'_>, slo_us: u64) -> u64 {
        let Draws { route, whole_us, output_tokens, .. } = *draws;
        let times = &mut self.stages.e2e;
        let extent = if self.stages.waited {
            let extent = times.set_after(&self.stages.waits_us, whole_us, route);
            add_answers(self.sums, self.e2e, route, &times.us, (&times.cells, extent), slo_us);
            extent
        } else {
            let extent = place_short(whole_us, route, &mut times.cells);
            add_answers(self.sums, self.e2e, route, whole_us, (&times.cells, extent), slo_us);
            extent
        };
        if let Some(batch) = &mut self.batch {
            add_batch(batch, &times.cells[..route.len()]);
        }
        for (route, output_tokens) in route.iter().zip(output_tokens) {
            self.sums[usize::from(*route)].output += u64::from(*output_tokens);
        }
        extent.most_us
    }

    /// Counts when their first tokens came.
    #[inline(never)]
    pub fn first_tokens(&mut self, draws: &Draws<'_>) {
        let times = &mut self.stages.ttft;
        let extent = if self.stages.waited {
            times.set_after(&self.stages.waits_us, draws.first_token_us, draws.route)
        } else {
            times.us.iter_mut().zip(draws.first_token_us).for_each(|(us, takes_us)| *us = u64::from(*takes_us));
            place_short(draws.first_token_us, draws.route, &mut times.cells)
        };
        self.ttft.use_buckets(extent.buckets());
        for ((us, cell), route) in times.us.iter().zip(&times.cells).zip(draws.route) {
            let sums = &mut self.sums[usize::from(*route)];
            sums.ttft_us += us;
            if *us > sums.ttft_max_us {
                sums.ttft_max_us = *us;
            }
            self.ttft.by_route[*cell as usize] += 1;
        }
    }

    /// Counts the answers that come after the run's span, by how much of it.
    #[cold]
    #[inline(never)]
    pub fn late(&mut self, draws: &Draws<'_>, times_us: &[u64], end_us: u64) {
        let times = draws.whole_us.iter().zip(&self.stages.waits_us).zip(times_us);
        for (route, ((whole_us, wait_us), at_us)) in draws.route.iter().zip(times) {
            let begin_us = at_us + wait_us;
            let done_us = begin_us + u64::from(*whole_us);
            if done_us > end_us {
                let sums = &mut self.sums[usize::from(*route)];
                sums.late += 1;
                sums.over_us += done_us - end_us.max(begin_us);
            }
        }
    }

    /// Counts the calls of a block that waited for their places.
    #[inline(never)]
    pub fn waits(&mut self, routes: &[u8]) {
        let Stages { calls, waits_us, .. } = &mut *self.stages;
        let count = choose(calls, &waits_us[..routes.len()], |us| us > 0);
        for i in calls.iter().take(count) {
            let (us, route) = (waits_us[usize::from(*i)], usize::from(routes[usize::from(*i)]));
            let sums = &mut self.sums[route];
            sums.waited += 1;
            sums.wait_us += us;
            if us > sums.wait_max_us {
                sums.wait_max_us = us;
            }
            let bucket = bucket_of_us(us);
            self.wait.use_buckets(bucket..bucket + 1);
            self.wait.by_route[cell_of(route as u8, bucket as u32) as usize] += 1;
        }
    }
}

/// Lists which messages of a block are wanted, without a branch; gives how many they are.
#[inline(always)]
pub(super) fn choose<T: Copy>(list: &mut [u8; BLOCK], of: &[T], wanted: impl Fn(T) -> bool) -> usize {
    let mut count = 0;
    for (i, what) in of.iter().enumerate() {
        list[count % BLOCK] = i as u8;
        count += usize::from(wanted(*what));
    }
    count
}

#[inline(never)]
fn add_answers<T: Copy + Into<u64>>(
    sums: &mut [Sums],
    counts: &mut Counts,
    routes: &[u8],
    us: &[T],
    (cells, extent): (&[u32; BLOCK], Extent),
    slo_us: u64,
) {
    counts.use_buckets(extent.buckets());
    let by_route = &mut counts.by_route[..];
    for ((us, cell), route) in us.iter().zip(cells).zip(routes) {
        let us = (*us).into();
        let sums = &mut sums[usize::from(*route)];
        sums.e2e_us += us;
        // A branch that is nearly never taken is cheaper than a number always written.
        if us > sums.e2e_max_us {
            sums.e2e_max_us = us;
        }
        by_route[*cell as usize] += 1;
    }
    if extent.most_us > slo_us {
        for (us, route) in us.iter().zip(routes) {
            sums[usize::from(*route)].beyond_slo += u64::from((*us).into() > slo_us);
        }
    }
}

#[inline(never)]
fn add_batch(batch: &mut [u32; COARSE], cells: &[u32]) {
    for cell in cells {
        batch[*cell as usize % STRIDE / COARSE_BUCKETS % COARSE] += 1;
    }
}
