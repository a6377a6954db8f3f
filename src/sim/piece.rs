//! Counting quickly the messages that nothing hinders.
//!
//! Such messages come hour by hour, so the numbers they change are few and stay at hand: histograms
//! of one piece of the day, and sums of one stretch of messages. The [`super::tally`] takes them
//! over when the piece or the stretch ends. They are counted a block at a time, stage by stage, as
//! they are drawn.

use crate::stats::{BUCKETS, bucket_of};

use super::draw::BLOCK;
use super::tally::{Buckets, bucket_of_us};

/// The piece of the day in which messages come now.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub hour: usize,
    pub batch: usize,
    pub e2e: Box<Buckets>,
    pub ttft: Box<Buckets>,
    pub wait: Box<Buckets>,
    /// By route, of the stretch of messages now counted.
    pub sums: Vec<Sums>,
    /// How many messages these are.
    pub summed: usize,
    pub stages: Box<Stages>,
    /// Whether any first token was counted in it, and whether any wait.
    pub streamed: bool,
    pub waited: bool,
}

impl Piece {
    pub fn new(routes: usize) -> Self {
        let counts = || Box::new([0; BUCKETS]);
        Piece {
            hour: 0,
            batch: 0,
            e2e: counts(),
            ttft: counts(),
            wait: counts(),
            sums: vec![Sums::default(); routes],
            summed: 0,
            stages: Box::new(Stages {
                calls: [0; BLOCK],
                waits_us: [0; BLOCK],
                waited: false,
                e2e: Times::new(),
                ttft: Times::new(),
            }),
            streamed: false,
            waited: false,
        }
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

/// Times of a block of messages, and the buckets they fall into.
#[derive(Clone, Debug)]
struct Times {
    us: [u64; BLOCK],
    buckets: [u32; BLOCK],
}

impl Times {
    fn new() -> Self {
        Times { us: [0; BLOCK], buckets: [0; BLOCK] }
    }

    /// Sets what each message takes after its wait; gives a number that none of them exceeds.
    #[inline(never)]
    fn set(&mut self, waits_us: &[u64], takes_us: &[u32]) -> u64 {
        let mut bits = 0;
        for ((us, wait_us), takes_us) in self.us.iter_mut().zip(waits_us).zip(takes_us) {
            *us = wait_us + u64::from(*takes_us);
            bits |= *us;
        }
        let us = &self.us[..takes_us.len().min(BLOCK)];
        if bits >> 31 == 0 {
            place_short(us, &mut self.buckets);
        } else {
            for (bucket, us) in self.buckets.iter_mut().zip(us) {
                *bucket = bucket_of_us(*us) as u32;
            }
        }
        bits
    }
}

/// The buckets of times below 2³¹ µs, 35 minutes: these are converted four at once.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn place_short(us: &[u64], buckets: &mut [u32; BLOCK]) {
    for (bucket, us) in buckets.iter_mut().zip(us) {
        *bucket = bucket_of(*us as i32 as f32 * 0.001) as u32;
    }
}

/// The sums of one route in a stretch of at most [`SUMMED`] messages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    /// Answers in the low half, those within the service level in the high half: one number to write.
    counts: u64,
    pub e2e_us: u64,
    pub e2e_max_us: u64,
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

impl Sums {
    pub fn answered(&self) -> u64 {
        self.counts & 0xFFFF_FFFF
    }

    pub fn within_slo(&self) -> u64 {
        self.counts >> 32
    }
}

/// Where a stretch of messages is counted.
pub(super) struct Counting<'a> {
    pub stages: &'a mut Stages,
    pub sums: &'a mut [Sums],
    pub e2e: &'a mut Buckets,
    pub ttft: &'a mut Buckets,
    pub wait: &'a mut Buckets,
    pub e2e_by_route: &'a mut [Buckets],
    pub ttft_by_route: &'a mut [Buckets],
    pub wait_by_route: &'a mut [Buckets],
}

impl Counting<'_> {
    /// Counts the answers of a block's messages after their waits; gives a time that none of them
    /// exceeds.
    #[inline(never)]
    pub fn answers(&mut self, routes: &[u8], whole_us: &[u32], output_tokens: &[u32], slo_us: u64) -> u64 {
        let times = &mut self.stages.e2e;
        let most_us = times.set(&self.stages.waits_us, whole_us);
        let times = times.us.iter().zip(&times.buckets);
        for (((us, bucket), route), output_tokens) in times.zip(routes).zip(output_tokens) {
            let (route, bucket) = (usize::from(*route), *bucket as usize % BUCKETS);
            let sums = &mut self.sums[route];
            sums.counts += 1 | u64::from(*us <= slo_us) << 32;
            sums.e2e_us += us;
            sums.output += u64::from(*output_tokens);
            // A branch that is nearly never taken is cheaper than a number always written.
            if *us > sums.e2e_max_us {
                sums.e2e_max_us = *us;
            }
            self.e2e[bucket] += 1;
            self.e2e_by_route[route][bucket] += 1;
        }
        most_us
    }

    /// Counts when their first tokens came.
    #[inline(never)]
    pub fn first_tokens(&mut self, routes: &[u8], first_token_us: &[u32]) {
        let times = &mut self.stages.ttft;
        times.set(&self.stages.waits_us, first_token_us);
        for ((us, bucket), route) in times.us.iter().zip(&times.buckets).zip(routes) {
            let (route, bucket) = (usize::from(*route), *bucket as usize % BUCKETS);
            let sums = &mut self.sums[route];
            sums.ttft_us += us;
            if *us > sums.ttft_max_us {
                sums.ttft_max_us = *us;
            }
            self.ttft[bucket] += 1;
            self.ttft_by_route[route][bucket] += 1;
        }
    }

    /// Counts the answers that come after the run's span, by how much of it.
    #[cold]
    #[inline(never)]
    pub fn late(&mut self, routes: &[u8], times_us: &[u64], end_us: u64) {
        let stages = &self.stages;
        for (((route, at_us), us), wait_us) in routes.iter().zip(times_us).zip(&stages.e2e.us).zip(&stages.waits_us) {
            let done_us = at_us + us;
            if done_us > end_us {
                let sums = &mut self.sums[usize::from(*route)];
                sums.late += 1;
                sums.over_us += done_us - end_us.max(at_us + wait_us);
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
            self.wait[bucket] += 1;
            self.wait_by_route[route][bucket] += 1;
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
