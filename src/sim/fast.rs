//! The same day, quicker: what the simulation does that is used.
//!
//! Everything that a limit may decide goes through the event loop of `reference`. What no limit can touch is counted in
//! blocks, by one of three paths. Each says of a plan whether it applies (`applies`), and the tests in `differential`
//! compare each with the reference:
//!
//! - `uncontended`: messages that meet an open quota and at most a queue for a place;
//! - `throttled`: calls that a closed quota refuses, followed in slots of time instead of one by one;
//! - `fast_forward`: blocks that are known from an earlier run to meet nothing at all.

use super::fast_forward::FastForward;
use super::memory::{Kept, Messages};
use super::plan::Plan;
use super::reference::EventLoop;
use super::tally::Tally;
use super::throttled::Throttled;
use super::uncontended;

/// So many messages are quicker one by one than as a block.
pub(super) const FEW: usize = 4;

/// A day under way: the event loop, and what need not go through it.
pub(super) struct Fast<'a> {
    pub events: EventLoop<'a>,
    /// Whether most messages meet nothing but an open quota and the queue.
    pub quick: bool,
    /// Whether any model has a quota of requests.
    pub limits_requests: bool,
    /// The calls that quotas refused, if they need not be followed one by one.
    pub throttled: Option<Throttled<'a>>,
    /// Which blocks need not be followed, if that is known.
    pub fast_forward: Option<FastForward<'a>>,
}

impl<'a> Fast<'a> {
    pub fn new(plan: &'a Plan, kept: Kept<'a>) -> Self {
        Fast {
            events: EventLoop::new(plan, kept.draws),
            quick: uncontended::applies(plan),
            limits_requests: plan.limits.quotas.iter().any(|quota| quota.rpm.is_some()),
            throttled: Throttled::new(plan, &kept),
            fast_forward: kept.unhindered.map(|(day, known)| FastForward::new(day, known)),
        }
    }

    /// Lets the next `count` messages arrive.
    pub fn run(&mut self, tally: &mut Tally, messages: &mut Messages<'_>, count: u64) {
        let mut left = count;
        while left > 0 {
            let arrived = messages.next(left);
            let here = arrived.hours.len();
            left -= here as u64;
            if self.skips(&arrived) {
                continue;
            }
            self.follow_again(tally, &arrived);
            let mut i = 0;
            while i < here {
                // A few messages are not worth it.
                if self.quick && self.next_comes_us() > arrived.times_us[(i + FEW).min(here - 1)] {
                    i = self.let_through(tally, &arrived, i, here);
                }
                i = self.follow(tally, &arrived, i);
                if i < here && !self.follows_slots() {
                    let (message, plan) = (arrived.first + i as u64, self.events.plan);
                    let drawn = if plan.plain { arrived.draws.get(plan, i) } else { self.events.draw(message) };
                    self.events.arrives(tally, message, arrived.hours[i], arrived.times_us[i], &drawn);
                    i += 1;
                }
            }
            self.events.count(tally);
        }
    }

    /// When the next thing comes that is not a new message.
    pub fn next_comes_us(&self) -> u64 {
        self.events.next_comes_us().min(self.throttled.as_ref().map_or(u64::MAX, Throttled::next_us))
    }

    /// Whether refused calls are followed slot by slot at present.
    fn follows_slots(&self) -> bool {
        self.throttled.as_ref().is_some_and(|throttled| throttled.following)
    }

    /// Follows everyone who is still on the way to the end.
    pub fn drain(&mut self, tally: &mut Tally) {
        self.skips_no_more();
        self.follow_rest(tally);
        self.events.drain(tally);
    }
}
