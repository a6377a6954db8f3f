//! Blocks of messages that nothing can hinder, and the day in which nothing hinders anyone.
//!
//! A limit decides only about messages that meet it; what comes of all others follows from what they
//! are like and when they come. While these are kept from run to run, so is the count of a day
//! without limits, and a run needs to follow only those blocks in which something may wait or be
//! refused.

use std::cell::OnceCell;

use super::bucket::Floor;
use super::concurrency::Samples;
use super::day::{BatchClock, Day, HOURS};
use super::draw::{BLOCK, Draws};
use super::gate::Gate;
use super::memory::Arrived;
use super::piece::choose;
use super::plan::{NO_POOL, Plan};
use super::tally::Tally;
use super::through::count;

/// What is known of a day's blocks if nothing hinders anyone.
#[derive(Clone, Debug, Default)]
pub(super) struct Calm {
    pools: usize,
    models: usize,
    /// By block and pool, how many places suffice.
    places: Vec<u32>,
    /// By block and model.
    calls: Vec<u16>,
    /// When the calls up to each block's end are over.
    over_us: Vec<u64>,
    samples: Samples,
    /// What came of all blocks.
    tally: OnceCell<Tally>,
}

impl Calm {
    pub fn new(plan: &Plan, day: &Arrived<'_>) -> Self {
        let (pools, models) = (plan.limits.pools.len(), plan.models.len());
        let blocks = day.hours.len().div_ceil(BLOCK);
        let (mut places, mut calls) = (vec![0; blocks * pools], vec![0; blocks * models]);
        let mut over_us = Vec::with_capacity(blocks);
        let mut samples = Samples::of(plan);
        let mut taken: Vec<Taken> = (0..pools).map(|_| Taken::new(&plan.day)).collect();
        let mut found = Calls::new();
        for block in 0..blocks {
            let arrived = day.block(block);
            count_calls(plan, arrived.draws.route, &mut calls[block * models..(block + 1) * models]);
            for pool in pools_of(plan) {
                found.find(plan, &arrived, pool);
                found.sample(&mut samples);
                if let Some(taken) = taken.get_mut(usize::from(pool)) {
                    places[block * pools + usize::from(pool)] = taken.most(&found);
                }
            }
            over_us.push(found.over_us);
        }
        Calm { pools, models, places, calls, over_us, samples, tally: OnceCell::new() }
    }

    /// Forgets what was counted: something else is counted now.
    pub fn forget_counts(&mut self) {
        self.tally = OnceCell::new();
    }

    /// Adds the messages that were not followed to the ones that were.
    pub fn complete(
        &self,
        plan: &Plan,
        day: &Arrived<'_>,
        followed: &[usize],
        tally: &mut Tally,
        samples: &mut Samples,
    ) {
        let blocks = self.over_us.len();
        if followed.len() * 2 > blocks {
            let mut followed = followed.iter().copied().peekable();
            let rest = (0..blocks).filter(|block| followed.next_if_eq(block).is_none());
            let (rest, of_rest) = count_all(plan, day, rest);
            tally.add(&rest);
            samples.add_all(&of_rest);
            return;
        }
        let whole = self.tally.get_or_init(|| count_all(plan, day, 0..blocks).0);
        samples.add_all(&self.samples);
        if followed.is_empty() {
            tally.add(whole);
        } else {
            let (instead, of_instead) = count_all(plan, day, followed.iter().copied());
            tally.add_difference(whole, &instead);
            samples.subtract_all(&of_instead);
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
            let times_us = draws.whole_us.iter().zip(draws.first_token_us);
            for ((hour, route), (whole_us, first_token_us)) in hours.iter().zip(draws.route).zip(times_us) {
                let row = tally.row_mut(usize::from(*hour), usize::from(*route));
                row.e2e_max_us = row.e2e_max_us.max(u64::from(*whole_us));
                if plan.streams {
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
fn count_all(plan: &Plan, day: &Arrived<'_>, blocks: impl Iterator<Item = usize>) -> (Tally, Samples) {
    let end_us = plan.day.span_us(plan.messages as f64);
    let (mut tally, mut samples) = (Tally::new(plan.routes.len()), Samples::of(plan));
    let (mut batches, mut calls) = (BatchClock::new(&plan.day), Calls::new());
    for block in blocks {
        let arrived = day.block(block);
        let mut at = 0;
        while at < arrived.hours.len() {
            let batch = batches.at(arrived.times_us[at]);
            let to = arrived.end_of_piece(at, arrived.hours.len(), batches.ends_us());
            let mut counting = tally.piece(&plan.ways, usize::from(arrived.hours[at]), batch);
            count(plan, &mut counting, &arrived.part(at..to), end_us);
            at = to;
        }
        for pool in pools_of(plan) {
            calls.find(plan, &arrived, pool);
            calls.sample(&mut samples);
        }
    }
    tally.end_piece(&plan.ways);
    (tally, samples)
}

/// The model calls of a block that share a pool, if they need not wait.
#[derive(Debug)]
struct Calls {
    count: usize,
    which: [u8; BLOCK],
    at_us: [u64; BLOCK],
    end_us: [u64; BLOCK],
    /// When these are over, and all before them.
    over_us: u64,
}

impl Calls {
    fn new() -> Self {
        Calls { count: 0, which: [0; BLOCK], at_us: [0; BLOCK], end_us: [0; BLOCK], over_us: 0 }
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
            self.over_us = if *end_us > self.over_us { *end_us } else { self.over_us };
        }
    }

    /// In the order in which they begin: the begin, the end.
    fn times(&self) -> impl Iterator<Item = (u64, u64)> {
        self.at_us.iter().copied().zip(self.end_us.iter().copied()).take(self.count)
    }

    #[inline(never)]
    fn sample(&self, samples: &mut Samples) {
        self.times().for_each(|(at_us, end_us)| samples.add(at_us, end_us));
    }
}

/// How many places of a pool are taken if nobody has to wait for one, in slots of a ring.
struct Taken {
    /// How long a slot is: 2 to this power microseconds.
    shift: u32,
    ring: Vec<Slot>,
    /// The first slot that may still change, and how many calls are in progress before it.
    at: u64,
    before: u32,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    begin: u32,
    end: u32,
}

/// No call is longer than 2 to this power microseconds.
const LONGEST_BITS: u32 = 31;
/// Slots of a ring beside those of the longest call.
const AHEAD: u64 = 1 << 12;

impl Taken {
    fn new(day: &Day) -> Self {
        // A slot in which about one message comes.
        let gap_us = day.hour_s() * 24e6 / day.messages.max(1.0);
        let shift = (15..LONGEST_BITS).find(|shift| f64::from(1_u32 << shift) > gap_us).unwrap_or(LONGEST_BITS);
        let slots = ((1 << (LONGEST_BITS - shift)) + 2 * AHEAD as usize).next_power_of_two();
        Taken { shift, ring: vec![Slot::default(); slots], at: 0, before: 0 }
    }

    /// The most places taken when one of a block's calls begins; or somewhat more, because a call
    /// that ends in the same slot is still in progress.
    #[inline(never)]
    fn most(&mut self, calls: &Calls) -> u32 {
        let at_us = &calls.at_us[..calls.count];
        let (Some(first_us), Some(last_us)) = (at_us.first(), at_us.last()) else { return 0 };
        let (first, last) = (first_us >> self.shift, last_us >> self.shift);
        self.sweep(first);
        let mask = self.ring.len() - 1;
        let mut most = 0;
        let together = last - first < AHEAD;
        for (at_us, end_us) in calls.times() {
            let (begin, end) = (at_us >> self.shift, end_us >> self.shift);
            if !together {
                most = most.max(self.sweep(begin));
            }
            self.ring[begin as usize & mask].begin += 1;
            self.ring[end as usize & mask].end += 1;
        }
        most = most.max(self.sweep(last));
        most.max(self.before + self.ring[last as usize & mask].begin)
    }

    /// Goes on to a slot; gives the most places taken on the way.
    #[inline(always)]
    fn sweep(&mut self, to: u64) -> u32 {
        let mask = self.ring.len() - 1;
        let mut most = 0;
        for at in self.at..to {
            let Slot { begin, end } = std::mem::take(&mut self.ring[at as usize & mask]);
            let now = self.before + begin;
            most = if now > most { now } else { most };
            self.before = now - end;
        }
        self.at = self.at.max(to);
        most
    }
}

/// The blocks of a day that a [`Gate`] need not follow.
pub(super) struct Shortcut<'a> {
    day: Arrived<'a>,
    calm: &'a Calm,
    /// Up to which block the pools and the quotas are up to date.
    pools_at: usize,
    quotas_at: usize,
    /// By model, a level that its bucket is not below.
    floors: Vec<Option<Floor>>,
    pub followed: Vec<usize>,
    calls: Box<Calls>,
}

impl<'a> Shortcut<'a> {
    pub fn new(day: Arrived<'a>, calm: &'a Calm) -> Self {
        Shortcut {
            day,
            calm,
            pools_at: 0,
            quotas_at: 0,
            floors: vec![None; calm.models],
            followed: Vec::new(),
            calls: Box::new(Calls::new()),
        }
    }
}

impl Gate<'_> {
    /// Whether nothing can hinder any of a block's messages; otherwise everything is up to date to
    /// follow them.
    pub(super) fn skips(&mut self, arrived: &Arrived<'_>) -> bool {
        let Some(mut shortcut) = self.shortcut.take() else { return false };
        let block = arrived.first as usize / BLOCK;
        let calm = self.is_calm(&mut shortcut, arrived, block);
        if !calm {
            self.follow_from(&mut shortcut, arrived, block);
        }
        self.shortcut = Some(shortcut);
        calm
    }

    fn is_calm(&mut self, shortcut: &mut Shortcut<'_>, arrived: &Arrived<'_>, block: usize) -> bool {
        let Calm { places, calls, pools, models, .. } = shortcut.calm;
        let (first_us, last_us) = (arrived.times_us[0], arrived.times_us[arrived.times_us.len() - 1]);
        let places = &places[block * pools..(block + 1) * pools];
        let calls = &calls[block * models..(block + 1) * models];
        let undisturbed = self.hindered_until_us <= first_us
            && self.next_comes_us() > last_us
            && self.pools.iter().zip(places).all(|(pool, places)| *places as usize <= pool.count());
        if !undisturbed {
            return false;
        }
        if self.limits_requests {
            if !self.quotas_last(shortcut, first_us, calls) {
                self.replay_quotas(shortcut, block);
                if !self.quotas_last(shortcut, first_us, calls) {
                    return false;
                }
            }
            self.clients[0].succeeded_at_once(calls.iter().map(|calls| usize::from(*calls)).sum());
        }
        true
    }

    /// Whether each model's quota lasts for so many calls; if so, they are taken from it.
    fn quotas_last(&self, shortcut: &mut Shortcut<'_>, first_us: u64, calls: &[u16]) -> bool {
        let mut floors = shortcut.floors.clone();
        for ((floor, quota), calls) in floors.iter_mut().zip(&self.quotas).zip(calls) {
            let Some(bucket) = &quota.requests else { continue };
            let now = bucket.floor_at(floor.unwrap_or(bucket.floor()), first_us);
            match now.take(f64::from(*calls)) {
                Some(rest) => *floor = Some(rest),
                None => return false,
            }
        }
        shortcut.floors = floors;
        true
    }

    /// Brings pools and quotas up to date for whatever still comes after the last block.
    pub(super) fn skips_no_more(&mut self) {
        if self.next_comes_us() == u64::MAX {
            return;
        }
        let Some(mut shortcut) = self.shortcut.take() else { return };
        let blocks = shortcut.calm.over_us.len();
        self.replay_quotas(&mut shortcut, blocks);
        self.replay_pools(&mut shortcut, self.next_comes_us(), blocks);
        self.shortcut = Some(shortcut);
    }

    /// Brings pools and quotas up to date for a block that is followed, and what comes before it.
    fn follow_from(&mut self, shortcut: &mut Shortcut<'_>, arrived: &Arrived<'_>, block: usize) {
        self.replay_quotas(shortcut, block);
        self.replay_pools(shortcut, arrived.times_us[0].min(self.next_comes_us()), block);
        (shortcut.pools_at, shortcut.quotas_at) = (block + 1, block + 1);
        shortcut.followed.push(block);
    }

    fn replay_quotas(&mut self, shortcut: &mut Shortcut<'_>, to: usize) {
        if self.limits_requests {
            for block in shortcut.quotas_at..to {
                let arrived = shortcut.day.block(block);
                for (route, at_us) in arrived.draws.route.iter().zip(arrived.times_us) {
                    let way = &self.plan.ways[usize::from(*route)];
                    if way.called {
                        self.quotas[usize::from(way.model)].admit_request(*at_us);
                    }
                }
            }
            shortcut.floors.fill(None);
        }
        shortcut.quotas_at = to;
    }

    /// Of the calls so far, those count that are not over: the pools never learn of others.
    fn replay_pools(&mut self, shortcut: &mut Shortcut<'_>, now_us: u64, to: usize) {
        let over_us = &shortcut.calm.over_us;
        let from = (shortcut.pools_at..to)
            .rev()
            .find(|block| over_us[*block] <= now_us)
            .map_or(shortcut.pools_at, |block| block + 1);
        for block in from..to {
            for (number, pool) in self.pools.iter_mut().enumerate() {
                shortcut.calls.find(self.plan, &shortcut.day.block(block), number as u8);
                for (at_us, end_us) in shortcut.calls.times() {
                    pool.start_us(at_us);
                    pool.take(end_us);
                }
            }
        }
    }
}
