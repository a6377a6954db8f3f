//! What an AWS SDK does with a failed attempt: whether it tries again, and when.
//!
//! # Source
//! botocore's `retries/standard.py`, `adaptive.py`, `throttling.py` and `bucket.py`, its legacy
//! `_retry.json`, and the 2026 retry rules of the Smithy runtimes.

use crate::scenario::{Retry, RetryMode};

use super::bucket::Bucket;

/// Retry tokens that a client has to begin with, and at most.
const QUOTA: u32 = 500;
/// The longest delay of the modes that bound it, in seconds.
const LONGEST_S: f64 = 20.0;

/// The retry from which on legacy mode's delay, which has no bound of its own, grows no more: 18 hours.
const LONGEST_DOUBLING: u32 = 17;

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The service refused it: 429.
    Throttled,
    /// It failed inside: 500.
    Broken,
}

/// The rules of a retry mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RetryRule {
    mode: RetryMode,
    pub attempts: u32,
    pub clients: u32,
}

impl RetryRule {
    pub fn new(retry: &Retry) -> Self {
        RetryRule { mode: retry.mode, attempts: retry.attempts(), clients: retry.clients.max(1) }
    }

    /// Microseconds before the retry of this number, 1 for the first, with jitter from 0 to 1.
    pub fn delay_us(&self, retry: u32, failure: Failure, jitter: f64) -> u64 {
        // Signed, because that is one instruction.
        (jitter * self.longest_s(retry, failure) * 1e6) as i64 as u64
    }

    /// Seconds before a retry at most.
    pub fn longest_s(&self, retry: u32, failure: Failure) -> f64 {
        let doubled = (1_u32 << (retry.clamp(1, LONGEST_DOUBLING) - 1)) as f64;
        match (self.mode, failure) {
            (RetryMode::None, _) => 0.0,
            (RetryMode::Legacy, _) => doubled,
            (mode, Failure::Broken) if mode.is_of_2026() => (0.05 * doubled).min(LONGEST_S),
            _ => doubled.min(LONGEST_S),
        }
    }

    /// Whether every call may be tried again until its attempts are used up, whatever became of others.
    pub fn is_free(&self) -> bool {
        self.cost(Failure::Throttled) == 0 && !self.adaptive()
    }

    /// Retry tokens that a retry costs; 0 where there is no retry quota.
    fn cost(&self, failure: Failure) -> u32 {
        match (self.mode, failure) {
            (RetryMode::None | RetryMode::Legacy, _) => 0,
            (mode, Failure::Broken) if mode.is_of_2026() => 14,
            _ => 5,
        }
    }

    /// Whether a client limits its own rate.
    pub fn adaptive(&self) -> bool {
        self.mode.is_adaptive()
    }
}

/// What one client remembers of its calls.
///
/// A client that limits its own rate learns of an answer when it ends; the retry quota of one that does not is
/// told when the call begins, at most one answer's time too early, which no figure of a day shows.
#[derive(Clone, Debug)]
pub(super) struct Client {
    tokens: u32,
    limiter: Limiter,
}

impl Client {
    pub fn new() -> Self {
        Client { tokens: QUOTA, limiter: Limiter::default() }
    }

    /// Takes a turn of the rate limiter, if there is one now.
    pub fn may_send(&mut self, now_us: u64) -> bool {
        self.limiter.take(now_us)
    }

    /// When the rate limiter's next turn comes, and the version of its mind that says so.
    pub fn next_send(&mut self, now_us: u64) -> (u32, u64) {
        self.limiter.version = self.limiter.version.wrapping_add(1);
        (self.limiter.version, now_us + self.limiter.next_turn_us(now_us))
    }

    pub fn version(&self) -> u32 {
        self.limiter.version
    }

    /// An attempt failed; pays for a retry if one is allowed, and says what it cost.
    pub fn failed(&mut self, rule: &RetryRule, attempt: u32, failure: Failure, now_us: u64) -> Option<u32> {
        if rule.adaptive() {
            self.limiter.answered(failure == Failure::Throttled, now_us);
        }
        if attempt >= rule.attempts {
            return None;
        }
        let cost = rule.cost(failure);
        self.tokens = self.tokens.checked_sub(cost)?;
        Some(cost)
    }

    /// So many first attempts succeeded, of a client that does not limit its own rate.
    pub fn succeeded_at_once(&mut self, attempts: usize) {
        self.tokens = (attempts.min(QUOTA as usize) as u32 + self.tokens).min(QUOTA);
    }

    /// An attempt succeeded, after a retry that cost so much, if it was one.
    #[inline]
    pub fn succeeded(&mut self, rule: &RetryRule, last_cost: u32, now_us: u64) {
        if rule.adaptive() {
            self.limiter.answered(false, now_us);
        }
        self.tokens = (self.tokens + last_cost.max(1)).min(QUOTA);
    }
}

/// The send rate of adaptive mode: CUBIC, as TCP has it, from the first throttling on.
#[derive(Clone, Debug, Default)]
struct Limiter {
    bucket: Option<Bucket>,
    /// Calls a second that were sent when the service last throttled, and when that was.
    last_rate: f64,
    last_throttled_s: f64,
    clocker: RateClocker,
    rate: f64,
    /// Counts its changes of mind about when the next turn comes.
    version: u32,
}

const SCALE: f64 = 0.4;
const BETA: f64 = 0.7;
/// Calls a second that the limiter never goes below.
const LOWEST_RATE: f64 = 0.5;

impl Limiter {
    fn take(&mut self, now_us: u64) -> bool {
        let Some(bucket) = &mut self.bucket else { return true };
        bucket.refill(now_us);
        let ready = bucket.level >= 1.0 - 1e-9;
        if ready {
            bucket.level -= 1.0;
        }
        ready
    }

    fn next_turn_us(&mut self, now_us: u64) -> u64 {
        let Some(bucket) = &mut self.bucket else { return 0 };
        bucket.refill(now_us);
        bucket.wait_us(1.0)
    }

    /// The rate that CUBIC wants: back at the last one at first, then carefully beyond it.
    fn cubic(&self, now_s: f64) -> f64 {
        let zero = libm::cbrt(self.last_rate * (1.0 - BETA) / SCALE);
        let since = now_s - self.last_throttled_s - zero;
        SCALE * since * since * since + self.last_rate
    }

    fn answered(&mut self, throttled: bool, now_us: u64) {
        let now_s = now_us as f64 / 1e6;
        let measured = self.clocker.record(now_s);
        let rate = if throttled {
            let sent = if self.bucket.is_none() { measured } else { measured.min(self.rate) };
            self.last_rate = sent;
            self.last_throttled_s = now_s;
            sent * BETA
        } else {
            self.cubic(now_s)
        };
        let wanted = rate.min(2.0 * measured);
        self.rate = wanted.max(LOWEST_RATE);
        let capacity = wanted.max(1.0);
        match &mut self.bucket {
            Some(bucket) => bucket.set_rate(self.rate, capacity, now_us),
            None if throttled => {
                // It has filled all the while, unused.
                self.bucket = Some(Bucket::per_second(self.rate, 1.0, capacity, now_us));
            }
            None => {}
        }
    }
}

/// How fast a client sends: counted in half seconds, smoothed.
#[derive(Clone, Debug, Default)]
struct RateClocker {
    measured: f64,
    bucket_s: f64,
    count: f64,
}

impl RateClocker {
    fn record(&mut self, now_s: f64) -> f64 {
        let bucket_s = libm::floor(now_s * 2.0) / 2.0;
        self.count += 1.0;
        if bucket_s > self.bucket_s {
            let rate = self.count / (bucket_s - self.bucket_s);
            self.measured = 0.8 * rate + 0.2 * self.measured;
            self.count = 0.0;
            self.bucket_s = bucket_s;
        }
        self.measured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(mode: RetryMode) -> RetryRule {
        RetryRule::new(&Retry { mode, max_attempts: None, clients: 1 })
    }

    /// The longest delays of each mode, in seconds: retries 1 to 6, throttled and broken.
    #[test]
    fn delays_double_and_are_bounded() {
        let check = |mode, failure, expected: [f64; 6]| {
            let delays: Vec<f64> = (1..=6).map(|i| rule(mode).delay_us(i, failure, 1.0) as f64 / 1e6).collect();
            assert_eq!(delays, expected, "{mode:?} {failure:?}");
        };
        check(RetryMode::Legacy, Failure::Throttled, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]);
        for mode in [RetryMode::Standard2025, RetryMode::Adaptive2025, RetryMode::Standard, RetryMode::Adaptive] {
            check(mode, Failure::Throttled, [1.0, 2.0, 4.0, 8.0, 16.0, 20.0]);
        }
        check(RetryMode::Standard2025, Failure::Broken, [1.0, 2.0, 4.0, 8.0, 16.0, 20.0]);
        check(RetryMode::Adaptive2025, Failure::Broken, [1.0, 2.0, 4.0, 8.0, 16.0, 20.0]);
        check(RetryMode::Standard, Failure::Broken, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6]);
        check(RetryMode::Adaptive, Failure::Broken, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6]);
    }

    /// 500 tokens at 5 each are exactly 100 retries when nothing succeeds.
    #[test]
    fn the_retry_quota_runs_out() {
        let rule = rule(RetryMode::Standard);
        let mut client = Client::new();
        let allowed =
            |client: &mut Client, failure| (0..1_000).filter(|_| client.failed(&rule, 1, failure, 0).is_some()).count();
        // A server error costs 14 today: 35 retries.
        assert_eq!(allowed(&mut Client::new(), Failure::Broken), 35);
        assert_eq!(allowed(&mut client, Failure::Throttled), 100);
        // Five first-time successes pay for one more.
        for _ in 0..5 {
            client.succeeded(&rule, 0, 0);
        }
        assert!(client.failed(&rule, 1, Failure::Throttled, 0).is_some());
        assert!(client.failed(&rule, 1, Failure::Throttled, 0).is_none());
        // A success after a retry returns what the retry cost.
        client.succeeded(&rule, 5, 0);
        assert!(client.failed(&rule, 1, Failure::Throttled, 0).is_some());
    }

    /// After a throttling at 10 calls a second the rate falls to 7 and is back at 10 after
    /// ∛(10 · 0.3 / 0.4) seconds.
    #[test]
    fn adaptive_mode_follows_cubic() {
        let rule = rule(RetryMode::Adaptive);
        let mut client = Client::new();
        for call in 0..100_u64 {
            client.succeeded(&rule, 0, call * 100_000);
        }
        assert!((client.limiter.clocker.measured - 10.0).abs() < 0.1);
        client.failed(&rule, 1, Failure::Throttled, 10_000_000);
        assert!((client.limiter.rate - 7.0).abs() < 0.2, "{}", client.limiter.rate);
        // CUBIC is back where it was after ∛(w·(1 − β)/C) seconds.
        let back_s = libm::cbrt(client.limiter.last_rate * 0.3 / 0.4);
        let cubic = |since_s: f64| client.limiter.cubic(10.0 + since_s);
        assert!((cubic(back_s) - client.limiter.last_rate).abs() < 1e-9);
        assert!((cubic(0.0) - 7.0).abs() < 0.2 && cubic(2.0 * back_s) > 12.0);
        // The bucket is full to begin with; then comes a turn a seventh of a second.
        assert_eq!((0..100).take_while(|_| client.may_send(10_000_000)).count(), 7);
        let (_, at_us) = client.next_send(10_000_000);
        assert!((140_000..150_000).contains(&(at_us - 10_000_000)), "{at_us}");
        assert!(client.may_send(at_us));
    }
}
