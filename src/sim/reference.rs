//! The simulation as it is meant: every message followed on the clock, call by call.
//!
//! This is the part to read first, and the truth: every field of a scenario is honoured here, and whatever is quicker
//! (`fast` and the files it names) has to give the same day, to the last bit.
//!
//! One pass over the calls in the order in which they ask for a place in a pool. Because a pool
//! serves first come, first served, the calls of a pool also begin in that order, so a quota can be
//! asked the moment a call begins; what happens later (a retry, an escalation) is put on a list of
//! things to come and taken from it when its time is there. A call that waits for its retry has
//! given its place back.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::admission::{Admission, ModelQuota};
use super::arrivals::Arrivals;
use super::carried::Carried;
use super::concurrency::Samples;
use super::day::BatchClock;
use super::draw::{Answer, BLOCK, Chance, Drawn, Draws};
use super::outcome::Outcome;
use super::pending::{MOST_PENDING, Pending};
use super::plan::{Leg, Plan, Route};
use super::retry::{Client, Failure};
use super::servers::Servers;
use super::tally::{Answered, Row, Tally};
use super::unlimited;
use crate::random::{Purpose, Stream};

/// Messages between two reports of progress.
const STRIDE: u64 = 1 << 18;

/// Simulates a plan message by message; `progress` is told the fraction done, and may stop it.
pub(super) fn run(plan: &Plan, progress: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Option<Outcome> {
    let Some(mut arrivals) = Arrivals::of(plan) else {
        // Nobody can hinder anybody, so nobody needs a clock.
        return super::run::unclocked(plan, progress, |tally, hour, from, to| {
            let chance = Chance::new(plan.seed);
            (from..to).for_each(|message| unlimited::count_one(plan, tally, hour, &chance.draw(plan, message)));
        });
    };
    let (mut tally, mut events) = (Tally::new(plan), EventLoop::new(plan, None));
    let (mut hours, mut times_us) = ([0; BLOCK], [0; BLOCK]);
    let mut message = 0;
    while message < plan.messages {
        let count = (plan.messages - message).min(BLOCK as u64) as usize;
        arrivals.fill(None, &mut hours[..count], &mut times_us[..count]);
        for (hour, at_us) in hours[..count].iter().zip(&times_us[..count]) {
            let drawn = events.draw(message);
            events.arrives(&mut tally, message, *hour, *at_us, &drawn);
            message += 1;
        }
        events.count(&mut tally);
        if message % STRIDE < count as u64 && progress(message as f64 / plan.messages as f64).is_break() {
            return None;
        }
    }
    events.drain(&mut tally);
    let calls = events.samples.concurrency(tally.busy_us(), events.end_us);
    Some(Outcome::new(plan, &tally, calls))
}

/// The state of the day between two calls.
pub(super) struct EventLoop<'a> {
    pub(super) plan: &'a Plan,
    chance: Chance,
    /// What the messages are like, if that is kept.
    drawn: Option<Draws<'a>>,
    attempts: Stream,
    /// By attempt, of the first model and of the one a message is escalated to.
    jitter: [Vec<Stream>; 2],
    pub(super) pools: Vec<Servers>,
    pub(super) quotas: Vec<ModelQuota>,
    pub(super) clients: Vec<Client>,
    /// The calls that each client's rate limiter holds back.
    waiting: Vec<VecDeque<Call>>,
    pending: Pending<Next>,
    /// The end of the span over which the day is measured.
    pub(super) end_us: u64,
    pub(super) batches: BatchClock,
    pub samples: Samples,
    /// Answers and calls not yet counted.
    answers: Vec<Answered>,
    calls: Vec<Begun>,
    pub(super) timeout_us: u64,
    /// Chances of an attempt being throttled and of its breaking, in 2⁻³².
    throttle: u64,
    error: u64,
    /// Whether everyone's way to the pool takes the same time, so that nobody overtakes.
    in_order: bool,
    /// When the last call is over that something hindered, and when it would have been otherwise.
    pub(super) hindered_until_us: u64,
    /// What happens to each call, told to whoever listens; nobody does but the tests.
    #[cfg(test)]
    pub begun: Vec<(u64, u64, u64)>,
}

/// A call that asks for a place, now or later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub message: u64,
    arrived_us: u64,
    pub hour: u8,
    /// Whether it is the call of the model the message was escalated to.
    second: bool,
    /// 1 for the first.
    pub attempt: u8,
    /// Retry tokens that its last retry cost.
    last_cost: u8,
    /// Attempts that broke after they had begun.
    broken: u8,
    /// Whether the client's rate limiter has let it through.
    held: bool,
    /// Which piece of the day it came in.
    batch: u16,
}

impl Call {
    /// The first attempt of a message that arrives.
    pub fn first(message: u64, arrived_us: u64, hour: u8, batch: u16) -> Self {
        Call { message, arrived_us, hour, second: false, attempt: 1, last_cost: 0, broken: 0, held: false, batch }
    }
}

/// Something that is to come.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// A call asks for a place.
    Call(Call),
    /// An attempt breaks.
    Breaks(Call),
    /// A client that limits its own rate hears that a call was answered, after a retry that cost so much.
    Answered { client: u32, last_cost: u8 },
    /// A client's rate limiter may let a call through, if nothing changed its mind since.
    Release { client: u32, version: u32 },
}

/// A call that has its place.
#[derive(Clone, Copy, Debug)]
struct Begun {
    start_us: u64,
    end_us: u64,
    carried: Carried,
    output_tokens: u32,
    hour: u8,
    route: u8,
    second: bool,
    pooled: bool,
    level: u32,
    broken: bool,
}

impl<'a> EventLoop<'a> {
    /// A day before its first message; `drawn` says what all messages are like, where that is kept.
    pub fn new(plan: &'a Plan, drawn: Option<Draws<'a>>) -> Self {
        let end_us = plan.day.span_us(plan.messages as f64);
        let rate = |rate: f64| (rate * 4_294_967_296.0) as u64;
        let at_once = |route: &Route| route.second.is_none() && (route.first.is_none() || route.cache_ms == 0.0);
        let same_way = plan.before.is_empty() && plan.routes.iter().all(at_once);
        EventLoop {
            plan,
            chance: Chance::new(plan.seed),
            drawn,
            attempts: Stream::new(plan.seed, Purpose::Attempt),
            jitter: [0, 1].map(|second| {
                let jitter = Stream::new(plan.seed, Purpose::Jitter);
                (0..=u64::from(u8::MAX)).map(|attempt| jitter.of_call(second << 8 | attempt)).collect()
            }),
            pools: plan.limits.pools.iter().map(|count| Servers::new(*count)).collect(),
            quotas: plan.limits.quotas.iter().map(ModelQuota::new).collect(),
            clients: vec![Client::new(); plan.retry.clients as usize],
            waiting: vec![VecDeque::new(); plan.retry.clients as usize],
            pending: Pending::default(),
            end_us,
            batches: BatchClock::new(&plan.day),
            samples: Samples::of(plan),
            answers: Vec::with_capacity(BLOCK),
            calls: Vec::with_capacity(2 * BLOCK),
            timeout_us: plan.limits.queue_timeout_us.unwrap_or(u64::MAX),
            throttle: rate(plan.faults.throttle_rate),
            error: rate(plan.faults.error_rate),
            in_order: same_way,
            hindered_until_us: 0,
            #[cfg(test)]
            begun: Vec::new(),
        }
    }

    /// A message comes, after everything that came before it.
    pub fn arrives(&mut self, tally: &mut Tally, message: u64, hour: u8, now_us: u64, drawn: &Drawn) {
        self.catch_up(tally, now_us);
        let batch = self.batches.at(now_us) as u16;
        tally.row_mut(usize::from(hour), drawn.route).arrived += 1;
        self.hinder(now_us + u64::from(drawn.first.whole_us));
        self.arrive(tally, Call::first(message, now_us, hour, batch), drawn);
    }

    /// A call is not what it would be, until then.
    #[inline(always)]
    pub(super) fn hinder(&mut self, until_us: u64) {
        self.hindered_until_us = self.hindered_until_us.max(until_us);
    }

    /// What a message is like.
    #[inline(always)]
    pub(super) fn draw(&self, message: u64) -> Drawn {
        match self.drawn {
            Some(draws) => draws.get(self.plan, message as usize),
            None => self.chance.draw(self.plan, message),
        }
    }

    /// When the next thing comes that is not a new message.
    pub(super) fn next_comes_us(&self) -> u64 {
        self.pending.next_us()
    }

    /// Lets a call ask for a place later.
    pub(super) fn ask_later(&mut self, at_us: u64, call: Call) {
        self.pending.add(at_us, call.message, Next::Call(call));
    }

    /// Takes all calls to come.
    pub(super) fn take_calls(&mut self) -> Vec<(u64, Call)> {
        let mut pending = std::mem::take(&mut self.pending);
        let all = std::iter::from_fn(|| pending.take_until(u64::MAX));
        all.filter_map(|(at_us, next)| if let Next::Call(call) = next { Some((at_us, call)) } else { None }).collect()
    }

    /// Does everything that comes before a time, or at it.
    fn catch_up(&mut self, tally: &mut Tally, now_us: u64) {
        while let Some((at_us, next)) = self.pending.take_until(now_us) {
            self.next(tally, next, at_us);
        }
    }

    /// Follows everyone who is still on the way to the end.
    pub fn drain(&mut self, tally: &mut Tally) {
        while let Some((at_us, next)) = self.pending.take_until(u64::MAX) {
            self.next(tally, next, at_us);
            if self.calls.len() + self.answers.len() > BLOCK {
                self.count(tally);
            }
        }
        self.count(tally);
        tally.end(&self.plan.ways);
    }

    #[inline(always)]
    fn arrive(&mut self, tally: &mut Tally, call: Call, drawn: &Drawn) {
        let now_us = call.arrived_us;
        let Some(leg) = self.plan.routes[drawn.route].first else {
            let first_token_us = now_us + drawn.before_us;
            self.answer(&call, drawn, first_token_us, first_token_us);
            return;
        };
        if self.in_order {
            self.attempt(tally, call, drawn, &leg, now_us);
        } else if self.pending.is_full() {
            lose(tally, &call, drawn.route, now_us).failed += 1;
        } else {
            self.ask_later(now_us + drawn.before_us, call);
        }
    }

    /// Something whose time has come.
    fn next(&mut self, tally: &mut Tally, next: Next, now_us: u64) {
        let call = match next {
            Next::Call(call) => call,
            Next::Release { client, version } => {
                let client = client as usize;
                if self.clients[client].version() != version || !self.clients[client].may_send(now_us) {
                    return;
                }
                let Some(call) = self.waiting[client].pop_front() else { return };
                self.release(client, now_us);
                Call { held: true, ..call }
            }
            Next::Answered { client, last_cost } => {
                self.clients[client as usize].succeeded(&self.plan.retry, u32::from(last_cost), now_us);
                self.release(client as usize, now_us);
                return;
            }
            Next::Breaks(call) => {
                let (route, client) = (self.draw(call.message).route, self.client_of(&call));
                let call = Call { broken: call.broken.saturating_add(1), ..call };
                self.failed(tally, call, route, client, Failure::Broken, now_us);
                return;
            }
        };
        let mut drawn = self.draw(call.message);
        let route = &self.plan.routes[drawn.route];
        if let Some(leg) = if call.second { route.second } else { route.first } {
            if call.broken > 0 {
                drawn = self.chance.draw_again(self.plan, call.message, &leg, call.second, call.broken, &drawn);
            }
            self.attempt(tally, call, &drawn, &leg, now_us);
        }
    }

    /// A call asks for a place in its pool.
    #[inline(always)]
    fn attempt(&mut self, tally: &mut Tally, mut call: Call, drawn: &Drawn, leg: &Leg, now_us: u64) {
        let hour = usize::from(call.hour);
        let client = self.client_of(&call);
        if self.plan.retry.adaptive() && !call.held {
            // Whoever asks while others wait, waits behind them.
            if !self.waiting[client].is_empty() || !self.clients[client].may_send(now_us) {
                if self.waiting[client].len() >= MOST_PENDING / self.clients.len() {
                    lose(tally, &call, drawn.route, now_us).failed += 1;
                    return;
                }
                self.waiting[client].push_back(call);
                self.release(client, now_us);
                return;
            }
        }
        call.held = false;
        let start_us = leg.pool.map_or(now_us, |pool| self.pools[pool].start_us(now_us));
        let wait_us = start_us - now_us;
        let leaves_us = call.arrived_us.saturating_add(drawn.patience_us);
        if wait_us > 0 {
            let longest_us = self.timeout_us.min(leaves_us.saturating_sub(now_us));
            tally.waited(hour, drawn.route, wait_us.min(longest_us));
            if wait_us > longest_us {
                let row = lose(tally, &call, drawn.route, now_us + longest_us);
                row.calls += 1;
                row.rejected += u64::from(longest_us == self.timeout_us);
                row.abandoned += u64::from(longest_us != self.timeout_us);
                return;
            }
        } else if start_us > leaves_us {
            let row = lose(tally, &call, drawn.route, leaves_us);
            row.calls += 1;
            row.abandoned += 1;
            return;
        }
        let coin = if self.throttle | self.error == 0 { u64::MAX } else { self.coin(&call) };
        let carried = drawn.carried[usize::from(call.second)];
        let by_chance = coin < self.throttle;
        let admission = if by_chance { Admission::NoRequests } else { self.quotas[leg.model].admit(start_us, carried) };
        if admission != Admission::Begins {
            if let Some([tokens, chance]) = tally.refused.get_mut(leg.model) {
                *tokens += u64::from(admission == Admission::NoTokens);
                *chance += u64::from(by_chance);
            }
            let row = tally.row_mut(hour, drawn.route);
            row.calls += 1;
            row.throttled += 1;
            self.failed(tally, call, drawn.route, client, Failure::Throttled, start_us);
            return;
        }
        let answer = if call.second { drawn.second } else { drawn.first };
        #[cfg(test)]
        self.begun.push((call.message, start_us, start_us + u64::from(answer.whole_us)));
        if coin < self.throttle + self.error {
            // It breaks where the first token would have come; its prompt was read.
            let end_us = start_us + u64::from(answer.first_token_us);
            self.occupy(leg, &call, drawn, start_us, end_us, true);
            if self.pending.is_full() {
                lose(tally, &call, drawn.route, end_us).failed += 1;
            } else {
                self.pending.add(end_us, call.message, Next::Breaks(call));
            }
            return;
        }
        if self.plan.retry.adaptive() && !self.pending.is_full() {
            let answered = Next::Answered { client: client as u32, last_cost: call.last_cost };
            self.pending.add(start_us + u64::from(answer.whole_us), call.message, answered);
        } else {
            self.clients[client].succeeded(&self.plan.retry, u32::from(call.last_cost), start_us);
        }
        self.succeeded(tally, call, drawn, leg, answer, start_us);
    }

    /// A call is answered.
    #[inline(always)]
    fn succeeded(&mut self, tally: &mut Tally, call: Call, drawn: &Drawn, leg: &Leg, answer: Answer, start_us: u64) {
        let end_us = start_us + u64::from(answer.whole_us);
        self.occupy(leg, &call, drawn, start_us, end_us, false);
        if !call.second && self.plan.routes[drawn.route].second.is_some() {
            if self.pending.is_full() {
                lose(tally, &call, drawn.route, end_us).failed += 1;
                return;
            }
            let next = Call { second: true, attempt: 1, last_cost: 0, broken: 0, held: false, ..call };
            self.ask_later(end_us, next);
            return;
        }
        let first_token_us = start_us + u64::from(answer.first_token_us);
        let leaves_us = call.arrived_us.saturating_add(drawn.patience_us);
        if first_token_us > leaves_us {
            // The answer was given, to nobody.
            lose(tally, &call, drawn.route, leaves_us).abandoned += 1;
            let carried = drawn.carried[usize::from(call.second)];
            let billed = tally.billed_mut(drawn.route, call.second, self.plan.level_of(leg, carried));
            billed.unread.add(carried, drawn.output_tokens);
            return;
        }
        self.answer(&call, drawn, first_token_us, end_us);
    }

    /// A message has its answer.
    #[inline(always)]
    fn answer(&mut self, call: &Call, drawn: &Drawn, first_token_us: u64, end_us: u64) {
        let done_us = end_us + drawn.after_us;
        let hour = usize::from(call.hour);
        let (e2e_us, ttft_us) = (done_us - call.arrived_us, first_token_us - call.arrived_us);
        let late = done_us > self.end_us;
        self.answers.push(Answered { hour, route: drawn.route, batch: call.batch, late, e2e_us, ttft_us });
    }

    /// Sets when a client's rate limiter lets the next of its waiting calls through.
    fn release(&mut self, client: usize, now_us: u64) {
        if let Some(first) = self.waiting[client].front() {
            let (version, at_us) = self.clients[client].next_send(now_us);
            self.pending.add(at_us, first.message, Next::Release { client: client as u32, version });
        }
    }

    /// Counts the calls and answers so far, all in one go: counting is quick on its own, and would
    /// make the way through the loop too long for the processor to look ahead.
    pub(super) fn count(&mut self, tally: &mut Tally) {
        for answered in self.answers.drain(..) {
            tally.answer(answered, self.plan.slo_us, self.plan.streams);
        }
        for begun in self.calls.drain(..) {
            self.samples.add(begun.start_us, begun.end_us);
            let busy_us = begun.end_us.min(self.end_us) - begun.start_us.min(self.end_us);
            let row = tally.row_mut(usize::from(begun.hour), usize::from(begun.route));
            row.calls += 1;
            row.busy_us += busy_us;
            row.pooled_us += if begun.pooled { busy_us } else { 0 };
            let billed = tally.billed_mut(usize::from(begun.route), begun.second, begun.level);
            let paid = if begun.broken { &mut billed.broken } else { &mut billed.answered };
            paid.add(begun.carried, begun.output_tokens);
        }
    }

    /// An attempt failed: it is tried again, or the message fails.
    fn failed(&mut self, tally: &mut Tally, call: Call, route: usize, client: usize, failure: Failure, now_us: u64) {
        let rule = &self.plan.retry;
        let paid = self.clients[client].failed(rule, u32::from(call.attempt), failure, now_us);
        let paid = paid.filter(|_| !self.pending.is_full());
        if rule.adaptive() {
            self.release(client, now_us);
        }
        let Some(cost) = paid else {
            lose(tally, &call, route, now_us).failed += 1;
            return;
        };
        tally.row_mut(usize::from(call.hour), route).retries += 1;
        let word = self.jitter[usize::from(call.second)][usize::from(call.attempt)].word(call.message);
        let jitter = (word >> 11) as f64 / 9_007_199_254_740_992.0;
        let again_us = now_us + rule.delay_us(u32::from(call.attempt), failure, jitter);
        let next = Call { attempt: call.attempt + 1, last_cost: cost as u8, held: false, ..call };
        self.ask_later(again_us, next);
    }

    /// A call takes its place and keeps it until it ends.
    #[inline(always)]
    fn occupy(&mut self, leg: &Leg, call: &Call, drawn: &Drawn, start_us: u64, end_us: u64, broken: bool) {
        if let Some(pool) = leg.pool {
            self.pools[pool].take(end_us);
        }
        self.hinder(end_us);
        let carried = drawn.carried[usize::from(call.second)];
        let output = if broken { 0.0 } else { f64::from(drawn.output_tokens) };
        self.quotas[leg.model].settle(end_us, call.message, output);
        self.calls.push(Begun {
            start_us,
            end_us,
            carried,
            output_tokens: drawn.output_tokens,
            hour: call.hour,
            route: drawn.route as u8,
            second: call.second,
            pooled: leg.pool.is_some(),
            level: self.plan.level_of(leg, carried),
            broken,
        });
    }

    /// 32 bits that decide whether an attempt is throttled, or breaks.
    fn coin(&self, call: &Call) -> u64 {
        self.attempts.of_call(u64::from(call.second) << 8 | u64::from(call.attempt)).word(call.message) >> 32
    }

    /// Whose call it is.
    #[inline(always)]
    fn client_of(&self, call: &Call) -> usize {
        let clients = self.clients.len() as u64;
        if clients == 1 { 0 } else { (call.message % clients) as usize }
    }
}

/// Where a message is counted that goes without an answer at a time.
fn lose<'a>(tally: &'a mut Tally, call: &Call, route: usize, now_us: u64) -> &'a mut Row {
    let row = tally.row_mut(usize::from(call.hour), route);
    row.lost_us += u128::from(now_us - call.arrived_us);
    row
}
