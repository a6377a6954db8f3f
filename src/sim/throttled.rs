//! The calls that quotas refuse, followed quickly: slot by slot.
//!
//! A closed quota opens at a known time, so whoever asks before is refused in whatever order; only
//! those who ask later have to be put in order. That needs calls that meet nothing but their quota:
//! nobody waits for a place, and no retry is paid for from what others left. Where a place might be
//! waited for, the event loop follows the calls one by one, and the tests compare the two.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::block_counters::choose;
use super::day::HOURS;
use super::draw::{BLOCK, Draws};
use super::fast::{FEW, Fast};
use super::memory::{Arrived, Kept};
use super::plan::{NO_POOL, Plan};
use super::reference::Call;
use super::retry::Failure;
use super::slots::{Key, Slots};
use super::tally::{Answered, Row, Tally};
use super::uncontended;
use crate::random::{Purpose, Stream};

/// Whether a plan's refused calls may go this way: they meet nothing but a quota of requests, and every retry is free.
pub(super) fn applies(plan: &Plan) -> bool {
    plan.limits.quotas.iter().any(|quota| quota.rpm.is_some()) && plan.is_quick() && plan.retry.is_free()
}

/// The calls that were refused and try again.
pub(super) struct Throttled<'a> {
    /// All messages of the day.
    day: Arrived<'a>,
    slots: Slots,
    /// By attempt that failed.
    retries: Vec<Retries>,
    attempts: u32,
    /// By model, when its quota opens.
    opens_us: Vec<u64>,
    /// By model.
    pools: Vec<u8>,
    /// By pool, how many calls more find a free place for certain.
    free: Vec<usize>,
    /// What the open slot still holds: nobody knows yet whether that is refused.
    now: Vec<Key>,
    /// Calls of the open slot that their quota may admit, the first on top.
    open: BinaryHeap<Reverse<Key>>,
    /// Which messages of the block nothing hindered, not yet counted.
    unhindered: [bool; BLOCK],
    /// The calls that were answered after retries, not yet counted.
    answered: Vec<Retried>,
    /// By hour and route, how many messages used up their attempts, and how long they stayed.
    failed: Vec<(u32, u64)>,
    /// From which message on calls may be followed slot by slot again.
    from: u64,
    /// Whether the calls are followed slot by slot.
    pub following: bool,
}

/// How long the retries after a failed attempt wait.
#[derive(Clone, Copy, Debug)]
struct Retries {
    jitter: Stream,
    /// Microseconds for each of 2⁵³ parts of the longest delay.
    step_us: f64,
}

/// A call that a quota admitted at last.
#[derive(Clone, Copy, Debug)]
struct Retried {
    message: u32,
    attempts: u8,
    start_us: u64,
}

impl<'a> Throttled<'a> {
    /// Nothing if calls have to be followed one by one.
    pub fn new(plan: &Plan, kept: &Kept<'a>) -> Option<Self> {
        let (draws, (hours, times_us)) = (kept.draws?, kept.times?);
        if !applies(plan) {
            return None;
        }
        let mut pools = vec![NO_POOL; plan.models.len()];
        for way in plan.ways.iter().filter(|way| way.called) {
            pools[usize::from(way.model)] = way.pool;
        }
        let retries = (0..=plan.retry.attempts).map(|attempt| Retries {
            jitter: Stream::new(plan.seed, Purpose::Jitter).of_call(u64::from(attempt)),
            // Of a whole number of seconds, and so the same bits as the product in any order.
            step_us: plan.retry.longest_s(attempt, Failure::Throttled) * 1e6 / 9_007_199_254_740_992.0,
        });
        Some(Throttled {
            day: Arrived { first: 0, hours, times_us, draws: draws.part(0..hours.len()) },
            slots: Slots::new(plan.day.hour_s() * 48e6 / plan.day.messages.max(1.0)),
            retries: retries.collect(),
            attempts: plan.retry.attempts,
            opens_us: vec![0; plan.models.len()],
            pools,
            free: vec![0; plan.limits.pools.len()],
            now: Vec::new(),
            open: BinaryHeap::new(),
            unhindered: [false; BLOCK],
            answered: Vec::new(),
            failed: vec![(0, 0); HOURS * plan.routes.len()],
            from: 0,
            following: true,
        })
    }

    pub fn next_us(&self) -> u64 {
        self.slots.next_us()
    }

    /// Lets a call ask again that its quota refused, and as long as that is closed, or gives up.
    #[inline(always)]
    fn refuse(&mut self, key: Key, mut at_us: u64, closed_until_us: u64) {
        let message = key.message();
        let mut attempt = key.attempt();
        while u32::from(attempt) < self.attempts
            && let Some(retries) = self.retries.get(usize::from(attempt))
        {
            let jitter = (retries.jitter.word(message) >> 11) as i64 as f64;
            at_us += (jitter * retries.step_us) as i64 as u64;
            attempt += 1;
            if at_us >= closed_until_us {
                self.slots.add(at_us, message, key.model(), attempt);
                return;
            }
        }
        let (hour, route) = (self.day.hours[message as usize], self.day.draws.route[message as usize]);
        let (failed, stayed_us) = &mut self.failed[usize::from(route) * HOURS + usize::from(hour)];
        *failed += 1;
        *stayed_us += at_us - self.day.times_us[message as usize];
    }

    /// Counts the messages that used up their attempts.
    fn count_failed(&self, tally: &mut Tally) {
        for (route, hours) in self.failed.chunks_exact(HOURS).enumerate() {
            for (hour, (failed, stayed_us)) in hours.iter().enumerate() {
                let failed = u64::from(*failed);
                let row = tally.row_mut(hour, route);
                row.lost_us += u128::from(*stayed_us);
                row.arrived += failed;
                row.calls += failed;
                row.throttled += failed;
                row.failed += failed;
                add_retries(row, failed * u64::from(self.attempts - 1));
            }
        }
    }

    /// Refuses what the open slot holds, but for the calls that their quota may admit.
    fn sort_out(&mut self, begins_us: u64, ends_us: u64) {
        while !self.slots.here().is_empty() {
            let mut now = std::mem::take(&mut self.now);
            self.slots.take_here(&mut now);
            for key in now.drain(..) {
                let at_us = begins_us + key.within_us();
                let closed_until_us = self.opens_us[usize::from(key.model())].min(ends_us);
                if at_us < closed_until_us {
                    self.refuse(key, at_us, closed_until_us);
                } else {
                    self.open.push(Reverse(key));
                }
            }
            self.now = now;
        }
    }
}

impl Fast<'_> {
    /// Follows messages from the first on, and all calls that come before them, as long as something
    /// comes soon; gives the first message that is left.
    pub(super) fn follow(&mut self, tally: &mut Tally, arrived: &Arrived<'_>, first: usize) -> usize {
        let Some(mut throttled) = self.throttled.take() else { return first };
        let mut at = first;
        if throttled.following {
            self.look_at_limits(&mut throttled);
            at = self.follow_slots(tally, &mut throttled, arrived, first);
            self.count_unhindered(tally, &mut throttled, arrived);
            self.count_retried(tally, &mut throttled);
        }
        self.throttled = Some(throttled);
        at
    }

    /// Follows all calls that are still to come.
    pub(super) fn follow_rest(&mut self, tally: &mut Tally) {
        let nothing = Arrived { first: u64::MAX, hours: &[], times_us: &[], draws: Default::default() };
        self.follow_again(tally, &nothing);
        self.follow(tally, &nothing, 0);
        if let Some(throttled) = &self.throttled {
            throttled.count_failed(tally);
        }
    }

    fn look_at_limits(&mut self, throttled: &mut Throttled<'_>) {
        for (opens_us, quota) in throttled.opens_us.iter_mut().zip(&self.events.quotas) {
            *opens_us = quota.requests.map_or(0, |requests| requests.opens_us(1.0));
        }
        throttled.free.fill(0);
    }

    fn follow_slots(
        &mut self,
        tally: &mut Tally,
        throttled: &mut Throttled<'_>,
        arrived: &Arrived<'_>,
        first: usize,
    ) -> usize {
        let times_us = arrived.times_us;
        // What comes after the last message may come after the next one.
        let until_us = times_us.last().map_or(u64::MAX, |last_us| last_us + 1);
        let mut at = first;
        loop {
            let arrives_us = times_us.get(at).copied().unwrap_or(u64::MAX);
            let next_us = arrives_us.min(throttled.slots.next_us());
            if next_us >= until_us {
                return at;
            }
            let (begins_us, ends_us) = throttled.slots.open(next_us);
            let ends_us = ends_us.min(until_us);
            let to = self.arrive_in_slot(throttled, arrived, at, begins_us, ends_us);
            if !self.finds_places(throttled, next_us, ends_us) {
                self.follow_one_by_one(tally, throttled, arrived.first.saturating_add(at as u64));
                return at;
            }
            self.follow_slot(throttled, begins_us, ends_us);
            at = to;
            throttled.slots.close();
            if throttled.answered.len() > BLOCK {
                self.count_retried(tally, throttled);
            }
            let Some(few_us) = times_us.get((at + FEW).min(times_us.len().saturating_sub(1))) else { continue };
            if at == times_us.len() || throttled.slots.next_us() > *few_us {
                return at;
            }
        }
    }

    /// Whether all calls of the open slot find a free place.
    fn finds_places(&mut self, throttled: &mut Throttled<'_>, now_us: u64, ends_us: u64) -> bool {
        let calls = throttled.slots.here().len();
        for (number, pool) in self.events.pools.iter_mut().enumerate() {
            if throttled.free[number] >= calls {
                continue;
            }
            let free = pool.free(now_us);
            throttled.free[number] = free;
            let models =
                throttled.pools.iter().zip(&self.events.quotas).filter(|(pool, _)| usize::from(**pool) == number);
            let admitted: f64 = models
                .map(|(_, quota)| quota.requests.map_or(calls as f64, |requests| requests.level_at(ends_us)))
                .sum();
            // Looking takes the longer the more places there are, and has to pay.
            // Who is refused needs a free place, too.
            if free < calls.min(libm::floor(admitted + 1e-6) as usize + 1) + pool.count() / 64 {
                return false;
            }
        }
        true
    }

    /// Follows the calls of the open slot, up to a time.
    fn follow_slot(&mut self, throttled: &mut Throttled<'_>, begins_us: u64, ends_us: u64) {
        throttled.sort_out(begins_us, ends_us);
        while let Some(Reverse(key)) = throttled.open.pop() {
            let at_us = begins_us + key.within_us();
            if at_us >= ends_us {
                throttled.slots.put_here(key);
                break;
            }
            let closed_until_us = throttled.opens_us[usize::from(key.model())].min(ends_us);
            if at_us < closed_until_us {
                throttled.refuse(key, at_us, closed_until_us);
            } else {
                self.admit(throttled, key, at_us);
            }
            if !throttled.slots.here().is_empty() {
                throttled.sort_out(begins_us, ends_us);
            }
        }
        for Reverse(key) in throttled.open.drain() {
            throttled.slots.put_here(key);
        }
    }

    /// Puts the calls of the messages that arrive before a time into the open slot; gives the first
    /// message that arrives later.
    #[inline(always)]
    fn arrive_in_slot(
        &mut self,
        throttled: &mut Throttled<'_>,
        arrived: &Arrived<'_>,
        first: usize,
        begins_us: u64,
        ends_us: u64,
    ) -> usize {
        let messages = arrived.times_us.iter().zip(arrived.draws.route).zip(arrived.draws.whole_us).enumerate();
        for (i, ((at_us, route), whole_us)) in messages.skip(first) {
            if *at_us >= ends_us {
                return i;
            }
            let way = &self.events.plan.ways[usize::from(*route)];
            throttled.unhindered[i % BLOCK] = !way.called;
            if way.called {
                self.events.hinder(at_us + u64::from(*whole_us));
                throttled.slots.put_here(Key::arriving(at_us - begins_us, arrived.first + i as u64, way.model));
            }
        }
        arrived.times_us.len()
    }

    /// A call begins.
    #[inline(always)]
    fn admit(&mut self, throttled: &mut Throttled<'_>, key: Key, start_us: u64) {
        let message = key.message() as usize;
        let way = &self.events.plan.ways[usize::from(throttled.day.draws.route[message])];
        let end_us = start_us + u64::from(throttled.day.draws.whole_us[message]);
        if let Some(pool) = self.events.pools.get_mut(usize::from(way.pool)) {
            pool.start_us(start_us);
            pool.take(end_us);
            let free = &mut throttled.free[usize::from(way.pool)];
            *free = free.saturating_sub(1);
        }
        if let Some(requests) = &mut self.events.quotas[usize::from(way.model)].requests {
            requests.take(1.0, start_us);
            throttled.opens_us[usize::from(way.model)] = requests.opens_us(1.0);
        }
        self.events.samples.add(start_us, end_us);
        #[cfg(test)]
        self.events.begun.push((key.message(), start_us, end_us));
        if key.attempt() == 1 {
            throttled.unhindered[message % BLOCK] = true;
        } else {
            self.events.hinder(end_us);
            throttled.answered.push(Retried { message: message as u32, attempts: key.attempt(), start_us });
        }
    }
}

/// Counting, and going over to following the calls one by one and back.
impl Fast<'_> {
    /// Counts the messages of a block that met nothing but an open quota and a free place.
    fn count_unhindered(&mut self, tally: &mut Tally, throttled: &mut Throttled<'_>, arrived: &Arrived<'_>) {
        let mut which = [0; BLOCK];
        let count = choose(&mut which, &throttled.unhindered[..arrived.hours.len()], |unhindered| unhindered);
        if count == 0 {
            return;
        }
        throttled.unhindered.fill(false);
        let which = &which[..count];
        let (hours, times_us) = (gather(arrived.hours, which), gather(arrived.times_us, which));
        let draws = Draws {
            route: &gather(arrived.draws.route, which),
            output_tokens: &gather(arrived.draws.output_tokens, which),
            first_token_us: &gather(arrived.draws.first_token_us, which),
            whole_us: &gather(arrived.draws.whole_us, which),
        };
        let unhindered = Arrived { first: arrived.first, hours: &hours, times_us: &times_us, draws };
        let mut at = 0;
        while at < count {
            let batch = self.events.batches.at(times_us[at]);
            let to = unhindered.end_of_piece(at, count, self.events.batches.ends_us());
            let mut counting = tally.block(&self.events.plan.ways, usize::from(hours[at]), Some(batch));
            counting.stages.forget_waits();
            uncontended::count(self.events.plan, &mut counting, &unhindered.part(at..to), self.events.end_us);
            at = to;
        }
    }

    /// Counts the calls that were answered after retries.
    fn count_retried(&mut self, tally: &mut Tally, throttled: &mut Throttled<'_>) {
        let Throttled { day, answered, .. } = throttled;
        for Retried { message, attempts, start_us } in answered.drain(..) {
            let message = message as usize;
            let (hour, arrived_us) = (usize::from(day.hours[message]), day.times_us[message]);
            let route = usize::from(day.draws.route[message]);
            let way = &self.events.plan.ways[route];
            let drawn = day.draws.get(self.events.plan, message);
            let end_us = start_us + u64::from(drawn.first.whole_us);
            let busy_us = end_us.min(self.events.end_us) - start_us.min(self.events.end_us);
            let row = tally.row_mut(hour, route);
            row.arrived += 1;
            row.calls += 1;
            row.busy_us += busy_us;
            row.pooled_us += if way.pool == NO_POOL { 0 } else { busy_us };
            add_retries(row, u64::from(attempts - 1));
            tally.billed_mut(route, false, way.level).answered.add(way.carried, drawn.output_tokens);
            let answered = Answered {
                hour,
                route,
                batch: self.events.batches.of(arrived_us) as u16,
                late: end_us > self.events.end_us,
                e2e_us: end_us - arrived_us,
                ttft_us: start_us - arrived_us + u64::from(drawn.first.first_token_us),
            };
            tally.answer(answered, self.events.plan.slo_us, self.events.plan.streams);
        }
    }

    /// Hands all calls to come over to be followed one by one, for as many messages at least as they
    /// are: going over and back has to pay.
    fn follow_one_by_one(&mut self, tally: &mut Tally, throttled: &mut Throttled<'_>, message: u64) {
        throttled.unhindered[message as usize % BLOCK..].fill(false);
        let calls = throttled.slots.drain();
        throttled.following = false;
        throttled.from = message.saturating_add((calls.len() + BLOCK) as u64);
        for (at_us, key) in calls.into_iter().filter(|(_, key)| !key.arrives()) {
            let message = key.message() as usize;
            let (hour, arrived_us) = (throttled.day.hours[message], throttled.day.times_us[message]);
            let row = tally.row_mut(usize::from(hour), usize::from(throttled.day.draws.route[message]));
            row.arrived += 1;
            add_retries(row, u64::from(key.attempt() - 1));
            let mut call = Call::first(key.message(), arrived_us, hour, self.events.batches.of(arrived_us) as u16);
            call.attempt = key.attempt();
            self.events.ask_later(at_us, call);
        }
    }

    /// Takes back all calls to come, if nobody has to wait for a place.
    pub(super) fn follow_again(&mut self, tally: &mut Tally, arrived: &Arrived<'_>) {
        let Some(mut throttled) = self.throttled.take() else { return };
        let now_us = arrived.times_us.first().copied().unwrap_or(u64::MAX).min(self.next_comes_us());
        if !throttled.following && arrived.first >= throttled.from && now_us < u64::MAX && self.has_places(now_us) {
            throttled.following = true;
            throttled.slots.open(now_us);
            for (at_us, call) in self.events.take_calls() {
                let route = throttled.day.draws.route[call.message as usize];
                let row = tally.row_mut(usize::from(call.hour), usize::from(route));
                let model = self.events.plan.ways[usize::from(route)].model;
                row.arrived -= 1;
                subtract_retries(row, u64::from(call.attempt - 1));
                throttled.slots.add(at_us, call.message, model, call.attempt);
            }
            throttled.slots.close();
        }
        self.throttled = Some(throttled);
    }

    /// Whether a quarter of every pool's places is free.
    fn has_places(&mut self, now_us: u64) -> bool {
        self.events.pools.iter_mut().all(|pool| pool.free(now_us) * 4 > pool.count())
    }
}

/// Some of a list, or of none.
fn gather<T: Copy>(list: &[T], which: &[u8]) -> Vec<T> {
    which.iter().filter_map(|i| list.get(usize::from(*i))).copied().collect()
}

/// Counts attempts that were throttled and tried again.
fn add_retries(row: &mut Row, retries: u64) {
    row.calls += retries;
    row.throttled += retries;
    row.retries += retries;
}

fn subtract_retries(row: &mut Row, retries: u64) {
    row.calls -= retries;
    row.throttled -= retries;
    row.retries -= retries;
}
