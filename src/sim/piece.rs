//! Counting quickly the messages that nothing hinders.
//!
//! Such messages come hour by hour, so the numbers they change are few and stay at hand: histograms
//! of one piece of the day, and sums of one stretch of messages. The [`super::tally`] takes them
//! over when the piece or the stretch ends.

use crate::stats::BUCKETS;

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
            streamed: false,
            waited: false,
        }
    }
}

/// The most messages of a stretch: so many of the longest times fit into 64 bits.
pub(super) const SUMMED: usize = 1 << 14;

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
    pub sums: &'a mut [Sums],
    pub e2e: &'a mut Buckets,
    pub ttft: &'a mut Buckets,
    pub wait: &'a mut Buckets,
    pub e2e_by_route: &'a mut [Buckets],
    pub ttft_by_route: &'a mut [Buckets],
    pub wait_by_route: &'a mut [Buckets],
}

impl Counting<'_> {
    /// Counts an answer.
    #[inline(always)]
    pub fn answer(&mut self, route: usize, e2e_us: u64, output_tokens: u32, slo_us: u64) {
        let sums = &mut self.sums[route];
        sums.counts += 1 | u64::from(e2e_us <= slo_us) << 32;
        sums.e2e_us += e2e_us;
        sums.output += u64::from(output_tokens);
        // A branch that is nearly never taken is cheaper than a number always written.
        if e2e_us > sums.e2e_max_us {
            sums.e2e_max_us = e2e_us;
        }
        let bucket = bucket_of_us(e2e_us);
        self.e2e[bucket] += 1;
        self.e2e_by_route[route][bucket] += 1;
    }

    /// Counts when an answer's first token came.
    #[inline(always)]
    pub fn first_token(&mut self, route: usize, ttft_us: u64) {
        let sums = &mut self.sums[route];
        sums.ttft_us += ttft_us;
        if ttft_us > sums.ttft_max_us {
            sums.ttft_max_us = ttft_us;
        }
        let bucket = bucket_of_us(ttft_us);
        self.ttft[bucket] += 1;
        self.ttft_by_route[route][bucket] += 1;
    }

    /// Counts an answer that comes after the run's span, by how much of it.
    #[cold]
    pub fn late(&mut self, route: usize, over_us: u64) {
        self.sums[route].late += 1;
        self.sums[route].over_us += over_us;
    }

    /// Counts that a call waited for its place.
    #[inline(always)]
    pub fn waited(&mut self, route: usize, us: u64) {
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
