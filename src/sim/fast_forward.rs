//! Blocks of messages that nothing can hinder, and the day in which nothing hinders anyone.
//!
//! A limit decides only about messages that meet it; what comes of all others follows from what they
//! are like and when they come. While these are kept from run to run, so is the count of a day
//! without limits, and a run needs to follow only those blocks in which something may wait or be
//! refused.

use std::cell::{Cell, OnceCell};

use super::block_counters::choose;
use super::bucket::Floor;
use super::concurrency::Samples;
use super::day::{BatchClock, HOURS};
use super::draw::{BLOCK, Draws};
use super::fast::Fast;
use super::memory::Arrived;
use super::plan::{NO_POOL, Plan, Way};
use super::tally::Tally;
use super::uncontended::count;

/// The most pools of a plan of which it is found out when they suffice: each takes a look at every message.
const MOST_POOLS: usize = 8;

/// Whether blocks of a plan can be known to meet nothing: nothing but places and quotas of requests limits it.
pub(super) fn applies(plan: &Plan) -> bool {
    plan.is_quick() && plan.limits.pools.len() <= MOST_POOLS
}

/// What is known of a day's blocks if nothing hinders anyone.
#[derive(Clone, Debug, Default)]
pub(super) struct Unhindered {
    pools: usize,
    models: usize,
    /// By block and pool, how many places suffice.
    places: Vec<u32>,
    /// By block and model; only quotas ask for it.
    calls: OnceCell<Vec<u16>>,
    /// When the calls up to each block's end are over.
    over_us: Vec<u64>,
    samples: Samples,
    /// What came of all blocks, from the second run on in which anything is followed: that pays only
    /// if it is asked for again.
    tally: OnceCell<Tally>,
    met: Cell<bool>,
}

impl Unhindered {
    pub fn new(plan: &Plan, day: &Arrived<'_>) -> Self {
        let (pools, models) = (plan.limits.pools.len(), plan.models.len());
        let blocks = day.hours.len().div_ceil(BLOCK);
        let mut over_us = Vec::with_capacity(blocks);
        let mut samples = Samples::of(plan);
        let mut slots = Slots::new(plan, day, &samples);
        for block in 0..blocks {
            let arrived = day.block(block);
            over_us.push(slots.add(&arrived).max(over_us.last().copied().unwrap_or(0)));
        }
        let taken = slots.taken(&mut samples);
        let mut places = Vec::with_capacity(blocks * pools);
        for block in 0..blocks {
            let times_us = day.block(block).times_us;
            let range = slots.slot(times_us[0])..slots.slot(times_us[times_us.len() - 1]) + 1;
            places
                .extend(taken.iter().take(pools).map(|taken| taken[range.clone()].iter().copied().max().unwrap_or(0)));
        }
        let (calls, tally) = (OnceCell::new(), OnceCell::new());
        Unhindered { pools, models, places, calls, over_us, samples, tally, met: Cell::new(false) }
    }

    /// How many calls a block has of each model.
    fn calls_of(&self, plan: &Plan, day: &Arrived<'_>, block: usize) -> &[u16] {
        let calls = self.calls.get_or_init(|| {
            let mut calls = vec![0; self.over_us.len() * self.models];
            for (block, calls) in calls.chunks_exact_mut(self.models.max(1)).enumerate() {
                count_calls(plan, day.block(block).draws.route, calls);
            }
            calls
        });
        &calls[block * self.models..(block + 1) * self.models]
    }

    /// Forgets what was counted: something else is counted now.
    pub fn forget_counts(&mut self) {
        self.tally = OnceCell::new();
    }

    /// Adds the counts of the blocks that were skipped.
    pub fn complete(
        &self,
        plan: &Plan,
        day: &Arrived<'_>,
        followed: &[usize],
        tally: &mut Tally,
        samples: &mut Samples,
    ) {
        let blocks = self.over_us.len();
        let is_new = !self.met.replace(true);
        if followed.len() * 2 > blocks || is_new && !followed.is_empty() {
            let mut followed = followed.iter().copied().peekable();
            let rest: Vec<usize> = (0..blocks).filter(|block| followed.next_if_eq(block).is_none()).collect();
            tally.add(&count_all(plan, day, rest.iter().copied()));
            samples.add_all(&sample_all(plan, day, rest.into_iter()));
            return;
        }
        let whole = self.tally.get_or_init(|| count_all(plan, day, 0..blocks));
        samples.add_all(&self.samples);
        if followed.is_empty() {
            tally.add(whole);
        } else {
            tally.add_difference(whole, &count_all(plan, day, followed.iter().copied()));
            samples.subtract_all(&sample_all(plan, day, followed.iter().copied()));
            self.find_longest(plan, day, followed, tally);
        }
    }

    /// Finds the longest times of the messages that were not followed, in hours of which some were.
    fn find_longest(&self, plan: &Plan, day: &Arrived<'_>, followed: &[usize], tally: &mut Tally) {
        let mut partly = [false; HOURS];
        for block in followed {
            day.block(*block).hours.iter().for_each(|hour| partly[usize::from(*hour)] = true);
        }
        let mut followed = followed.iter().copied().peekable();
        for block in (0..self.over_us.len()).filter(|block| followed.next_if_eq(block).is_none()) {
            let Arrived { hours, draws, .. } = day.block(block);
            if !hours.iter().any(|hour| partly[usize::from(*hour)]) {
                continue;
            }
            for (i, (hour, route)) in hours.iter().zip(draws.route).enumerate() {
                let row = tally.row_mut(usize::from(*hour), usize::from(*route));
                row.e2e_max_us = row.e2e_max_us.max(u64::from(draws.whole_us[i]));
                if let Some(first_token_us) = draws.first_token_us.get(i).filter(|_| plan.streams) {
                    row.ttft_max_us = row.ttft_max_us.max(u64::from(*first_token_us));
                }
            }
        }
    }
}

/// The pools of a plan, and no pool if any model's calls need none.
fn pools_of(plan: &Plan) -> impl Iterator<Item = u8> {
    let free = plan.ways.iter().any(|way| way.called && way.pool == NO_POOL);
    (0..plan.limits.pools.len() as u8).chain(free.then_some(NO_POOL))
}

/// Counts calls by model.
fn count_calls(plan: &Plan, routes: &[u8], calls: &mut [u16]) {
    let mut by_route = [0; 256];
    for route in routes {
        by_route[usize::from(*route)] += 1;
    }
    for (way, count) in plan.ways.iter().zip(by_route).filter(|(way, _)| way.called) {
        calls[usize::from(way.model)] += count;
    }
}

/// Counts some blocks.
fn count_all(plan: &Plan, day: &Arrived<'_>, blocks: impl Iterator<Item = usize>) -> Tally {
    let end_us = plan.day.span_us(plan.messages as f64);
    let (mut tally, mut batches) = (Tally::new(plan), BatchClock::new(&plan.day));
    for block in blocks {
        let arrived = day.block(block);
        let mut at = 0;
        while at < arrived.hours.len() {
            let batch = batches.at(arrived.times_us[at]);
            let to = arrived.end_of_piece(at, arrived.hours.len(), batches.ends_us());
            let mut counting = tally.block(&plan.ways, usize::from(arrived.hours[at]), Some(batch));
            count(plan, &mut counting, &arrived.part(at..to), end_us);
            at = to;
        }
    }
    tally.end(&plan.ways);
    tally
}

/// Looks at the calls of some blocks.
fn sample_all(plan: &Plan, day: &Arrived<'_>, blocks: impl Iterator<Item = usize>) -> Samples {
    let (mut samples, mut calls) = (Samples::of(plan), Calls::new());
    for block in blocks {
        for pool in pools_of(plan) {
            calls.find(plan, &day.block(block), pool);
            calls.times().for_each(|(at_us, end_us)| samples.add(at_us, end_us));
        }
    }
    samples
}

/// The model calls of a block that share a pool, if they need not wait.
#[derive(Debug)]
struct Calls {
    count: usize,
    which: [u8; BLOCK],
    at_us: [u64; BLOCK],
    end_us: [u64; BLOCK],
}

impl Calls {
    fn new() -> Self {
        Calls { count: 0, which: [0; BLOCK], at_us: [0; BLOCK], end_us: [0; BLOCK] }
    }

    #[inline(never)]
    fn find(&mut self, plan: &Plan, arrived: &Arrived<'_>, pool: u8) {
        let mut wanted = [false; 256];
        for (wanted, way) in wanted.iter_mut().zip(&plan.ways) {
            *wanted = way.called && way.pool == pool;
        }
        let Arrived { times_us, draws: Draws { route, whole_us, .. }, .. } = *arrived;
        self.count = choose(&mut self.which, route, |route| wanted[usize::from(route)]);
        let times = self.at_us.iter_mut().zip(&mut self.end_us);
        for (i, (at_us, end_us)) in self.which.iter().take(self.count).zip(times) {
            let i = usize::from(*i);
            *at_us = times_us[i];
            *end_us = *at_us + u64::from(whole_us[i]);
        }
    }

    /// In the order in which they begin: the begin, the end.
    fn times(&self) -> impl Iterator<Item = (u64, u64)> {
        self.at_us.iter().copied().zip(self.end_us.iter().copied()).take(self.count)
    }
}

/// How many calls begin and end if nothing hinders them, by pool, in slots of time.
struct Slots {
    /// How long a slot is: 2 to this power microseconds.
    shift: u32,
    /// How many slots a lane has. Each pool has a lane, and so have the calls that need none.
    count: usize,
    lanes: [Lane; 256],
    changes: Vec<Change>,
}

/// How many calls begin and end in a slot.
#[derive(Clone, Copy, Default)]
pub(super) struct Change {
    pub begin: u32,
    pub end: u32,
}

/// Where the messages of a route are counted.
#[derive(Clone, Copy, Default)]
struct Lane {
    first: u32,
    /// Which part of a slot's number counts: all of it, but for what is no call and counted in vain.
    mask: u32,
}

/// The most numbers kept of the slots.
const MOST_SLOTS: u64 = 1 << 20;
/// Slots for messages without a call: a few, so that they do not wait for each other in the processor.
const IN_VAIN: usize = 64;

impl Slots {
    fn new(plan: &Plan, day: &Arrived<'_>, samples: &Samples) -> Self {
        let pools = plan.limits.pools.len();
        let free = plan.ways.iter().any(|way| way.called && way.pool == NO_POOL);
        let lanes = pools + usize::from(free);
        // The longest call may begin with the last message.
        let last_us = day.times_us.last().copied().unwrap_or(0) + (1 << 31);
        let gap_us = plan.day.hour_s() * 24e6 / plan.day.messages.max(1.0);
        // About four messages come in a slot, and every instant begins with one.
        let wanted =
            |shift: &u32| f64::from(1_u32 << shift) > 4.0 * gap_us && (last_us >> shift) * (lanes as u64) < MOST_SLOTS;
        let shift = (10..samples.shift()).find(wanted).unwrap_or(samples.shift());
        let count = (last_us >> shift) as usize + 1;
        let lane_of = |way: &Way| match (way.called, way.pool) {
            (false, _) => Lane { first: (lanes * count) as u32, mask: IN_VAIN as u32 - 1 },
            (true, NO_POOL) => Lane { first: (pools * count) as u32, mask: u32::MAX },
            (true, pool) => Lane { first: (usize::from(pool) * count) as u32, mask: u32::MAX },
        };
        let mut of_route = [Lane::default(); 256];
        of_route.iter_mut().zip(&plan.ways).for_each(|(lane, way)| *lane = lane_of(way));
        let numbers = lanes * count + IN_VAIN;
        Slots { shift, count, lanes: of_route, changes: vec![Change::default(); numbers] }
    }

    fn slot(&self, us: u64) -> usize {
        (us >> self.shift) as usize
    }

    /// Counts a block; gives a time when all its messages are answered.
    #[inline(never)]
    fn add(&mut self, arrived: &Arrived<'_>) -> u64 {
        let Arrived { times_us, draws, .. } = arrived;
        let changes = &mut self.changes[..];
        for ((route, at_us), whole_us) in draws.route.iter().zip(*times_us).zip(draws.whole_us) {
            let Lane { first, mask } = self.lanes[usize::from(*route)];
            let end_us = at_us + u64::from(*whole_us);
            changes[(first + ((at_us >> self.shift) as u32 & mask)) as usize].begin += 1;
            changes[(first + ((end_us >> self.shift) as u32 & mask)) as usize].end += 1;
        }
        times_us.last().copied().unwrap_or(0) + u64::from(longest(draws.whole_us))
    }

    /// By lane and slot, a number of places that suffices: what is taken when the slot begins, and by
    /// what begins in it. The calls go to the samples.
    fn taken(&self, samples: &mut Samples) -> Vec<Vec<u32>> {
        let taken = self.changes.chunks_exact(self.count).map(|changes| {
            samples.add_slots(changes, self.shift);
            let mut now = 0;
            let taken = changes.iter().map(|Change { begin, end }| {
                let most = now + begin;
                now = most - end;
                most
            });
            taken.collect()
        });
        taken.collect()
    }
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn longest(us: &[u32]) -> u32 {
    us.iter().fold(0, |longest, us| if *us > longest { *us } else { longest })
}

/// The blocks of a day that a event loop need not follow.
pub(super) struct FastForward<'a> {
    day: Arrived<'a>,
    known: &'a Unhindered,
    /// Up to which block the pools and the quotas are up to date.
    pools_at: usize,
    quotas_at: usize,
    /// By model, a level that its bucket is not below.
    floors: Vec<Option<Floor>>,
    pub followed: Vec<usize>,
    calls: Box<Calls>,
}

impl<'a> FastForward<'a> {
    pub fn new(day: Arrived<'a>, known: &'a Unhindered) -> Self {
        FastForward {
            day,
            known,
            pools_at: 0,
            quotas_at: 0,
            floors: vec![None; known.models],
            followed: Vec::new(),
            calls: Box::new(Calls::new()),
        }
    }
}

impl Fast<'_> {
    /// Whether nothing can hinder any of a block's messages; otherwise everything is up to date to
    /// follow them.
    pub(super) fn skips(&mut self, arrived: &Arrived<'_>) -> bool {
        let Some(mut fast_forward) = self.fast_forward.take() else { return false };
        let block = arrived.first as usize / BLOCK;
        let unhindered = self.is_unhindered(&mut fast_forward, arrived, block);
        if !unhindered {
            self.follow_from(&mut fast_forward, arrived, block);
        }
        self.fast_forward = Some(fast_forward);
        unhindered
    }

    fn is_unhindered(&mut self, fast_forward: &mut FastForward<'_>, arrived: &Arrived<'_>, block: usize) -> bool {
        let Unhindered { places, pools, .. } = fast_forward.known;
        let (first_us, last_us) = (arrived.times_us[0], arrived.times_us[arrived.times_us.len() - 1]);
        let places = &places[block * pools..(block + 1) * pools];
        let undisturbed = self.events.hindered_until_us <= first_us
            && self.next_comes_us() > last_us
            && self.events.pools.iter().zip(places).all(|(pool, places)| *places as usize <= pool.count());
        if !undisturbed {
            return false;
        }
        if self.limits_requests {
            let calls = fast_forward.known.calls_of(self.events.plan, &fast_forward.day, block);
            if !self.quotas_last(fast_forward, first_us, calls) {
                self.replay_quotas(fast_forward, block);
                if !self.quotas_last(fast_forward, first_us, calls) {
                    return false;
                }
            }
            self.events.clients[0].succeeded_at_once(calls.iter().map(|calls| usize::from(*calls)).sum());
        }
        true
    }

    /// Whether each model's quota lasts for so many calls; if so, they are taken from it.
    fn quotas_last(&self, fast_forward: &mut FastForward<'_>, first_us: u64, calls: &[u16]) -> bool {
        let mut floors = fast_forward.floors.clone();
        for ((floor, quota), calls) in floors.iter_mut().zip(&self.events.quotas).zip(calls) {
            let Some(bucket) = &quota.requests else { continue };
            let now = bucket.floor_at(floor.unwrap_or(bucket.floor()), first_us);
            match now.take(f64::from(*calls)) {
                Some(rest) => *floor = Some(rest),
                None => return false,
            }
        }
        fast_forward.floors = floors;
        true
    }

    /// Brings pools and quotas up to date for whatever still comes after the last block.
    pub(super) fn skips_no_more(&mut self) {
        if self.next_comes_us() == u64::MAX {
            return;
        }
        let Some(mut fast_forward) = self.fast_forward.take() else { return };
        let blocks = fast_forward.known.over_us.len();
        self.replay_quotas(&mut fast_forward, blocks);
        self.replay_pools(&mut fast_forward, self.next_comes_us(), blocks);
        self.fast_forward = Some(fast_forward);
    }

    /// Brings pools and quotas up to date for a block that is followed, and what comes before it.
    fn follow_from(&mut self, fast_forward: &mut FastForward<'_>, arrived: &Arrived<'_>, block: usize) {
        self.replay_quotas(fast_forward, block);
        self.replay_pools(fast_forward, arrived.times_us[0].min(self.next_comes_us()), block);
        (fast_forward.pools_at, fast_forward.quotas_at) = (block + 1, block + 1);
        fast_forward.followed.push(block);
    }

    fn replay_quotas(&mut self, fast_forward: &mut FastForward<'_>, to: usize) {
        if self.limits_requests {
            for block in fast_forward.quotas_at..to {
                let arrived = fast_forward.day.block(block);
                for (route, at_us) in arrived.draws.route.iter().zip(arrived.times_us) {
                    let way = &self.events.plan.ways[usize::from(*route)];
                    if way.called {
                        self.events.quotas[usize::from(way.model)].admit_request(*at_us);
                    }
                }
            }
            fast_forward.floors.fill(None);
        }
        fast_forward.quotas_at = to;
    }

    /// Of the calls so far, those count that are not over: the pools never learn of others.
    fn replay_pools(&mut self, fast_forward: &mut FastForward<'_>, now_us: u64, to: usize) {
        let over_us = &fast_forward.known.over_us;
        let from = (fast_forward.pools_at..to)
            .rev()
            .find(|block| over_us[*block] <= now_us)
            .map_or(fast_forward.pools_at, |block| block + 1);
        for block in from..to {
            for (number, pool) in self.events.pools.iter_mut().enumerate() {
                fast_forward.calls.find(self.events.plan, &fast_forward.day.block(block), number as u8);
                for (at_us, end_us) in fast_forward.calls.times() {
                    pool.start_us(at_us);
                    pool.take(end_us);
                }
            }
        }
    }
}
