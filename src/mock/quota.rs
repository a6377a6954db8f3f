use std::collections::BTreeMap;

use crate::bedrock::{Ask, Exception, Operation};
use crate::catalog::Model;
use crate::document::Fields;
use crate::doors::Host;
use crate::sim::Bucket;
use crate::words::Word;

use super::config::out_of_range;
use super::failed::Failed;
use super::ledger::CallRecord;

/// What a model may be asked, as the service counts it.
///
/// # Source
/// Bedrock user guide, quotas of the runtime and token burndown: a request reserves its prompt and
/// `max_tokens` when it starts and settles when it ends; an output token may count five times. Of mantle:
/// input and output tokens a minute apart and no requests; an answer that crosses the output's quota is
/// stopped there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Requests a minute on the runtime, for mantle counts none; no limit when absent.
    pub rpm: Option<f64>,
    /// Tokens a minute; no limit when absent.
    pub tpm: Option<f64>,
    /// Quota tokens that one output token costs; 1 by default.
    pub burndown: f64,
    /// Tokens a day; no limit when absent.
    pub tokens_per_day: Option<f64>,
    /// Input tokens a minute on mantle, those read from a cache not counted. Where this or the output's is
    /// given, `tpm` is the runtime's alone.
    pub input_tpm: Option<f64>,
    /// Output tokens a minute on mantle.
    pub output_tpm: Option<f64>,
}

impl Default for Quota {
    fn default() -> Self {
        Quota { rpm: None, tpm: None, burndown: 1.0, tokens_per_day: None, input_tpm: None, output_tpm: None }
    }
}

impl Quota {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        let limit = |name| {
            let value = fields.number(name)?;
            let fits = (1.0..=1e12).contains(&value);
            if !fits {
                fields.findings().push(out_of_range(fields.path_of(name), value, 1.0, 1e12));
            }
            fits.then_some(value)
        };
        let burndown = fields.number("burndown").unwrap_or(1.0);
        if !(1.0..=100.0).contains(&burndown) {
            fields.findings().push(out_of_range(fields.path_of("burndown"), burndown, 1.0, 100.0));
        }
        Quota {
            rpm: limit("rpm"),
            tpm: limit("tpm"),
            burndown: burndown.clamp(1.0, 100.0),
            tokens_per_day: limit("tokens_per_day"),
            input_tpm: limit("input_tpm"),
            output_tpm: limit("output_tpm"),
        }
    }

    /// What of it holds on a host.
    fn on(&self, host: Host) -> Quota {
        match host {
            Host::Mantle if self.input_tpm.is_some() || self.output_tpm.is_some() => {
                Quota { rpm: None, tpm: self.input_tpm, burndown: 0.0, ..*self }
            }
            Host::Mantle => Quota { rpm: None, ..*self },
            Host::Runtime => Quota { input_tpm: None, output_tpm: None, ..*self },
        }
    }
}

/// What all models have left, and what the request that is being answered took of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Quotas {
    buckets: BTreeMap<(Host, String), Buckets>,
    reserved: Option<((Host, String), f64)>,
}

impl Quotas {
    pub fn clear(&mut self) {
        *self = Quotas::default();
    }

    /// Takes a request from its model's quotas, and gives the tokens that its answer may have before it is
    /// stopped, where something stops it; counting tokens is free.
    ///
    /// # Errors
    /// The exception it is throttled with.
    pub fn admit(
        &mut self,
        quotas: &BTreeMap<String, Quota>,
        host: Host,
        ask: &Ask,
        model: &Model,
        prompt_tokens: u64,
        now_ms: f64,
    ) -> Result<Option<u64>, Failed> {
        let quota = quotas.get(&model.id).or_else(|| quotas.get("*"));
        let Some(quota) = quota.filter(|_| ask.operation != Operation::CountTokens) else { return Ok(None) };
        let most = ask.max_tokens.or(model.max_output_tokens).unwrap_or(0);
        let reserved = (prompt_tokens + most) as f64;
        let key = (host, model.id.clone());
        let buckets = self.buckets.entry(key.clone()).or_insert_with(|| Buckets::new(&quota.on(host)));
        buckets.admit(now_ms, reserved).map_err(Throttled::failed)?;
        let left = buckets.output.as_ref().map(|output| output.level.max(0.0) as u64);
        self.reserved = Some((key, reserved));
        Ok(left)
    }

    /// Gives back what the request reserved and did not use, however it ended.
    pub fn settle(&mut self, record: &CallRecord) {
        let Some((key, reserved)) = self.reserved.take() else { return };
        if let Some(buckets) = self.buckets.get_mut(&key) {
            let counted = (record.input_tokens + record.cache_write_tokens) as f64;
            buckets.settle_at(record.ended_ms, reserved, counted, record.output_tokens as f64);
        }
    }
}

/// The buckets of one model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Buckets {
    quota: Quota,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    /// Mantle's quota of output tokens.
    output: Option<Bucket>,
    /// The day it is, and the tokens that were used on it.
    day: (u64, f64),
    /// What comes back when a request settles: when, and how much.
    pending: Vec<(u64, f64)>,
}

/// Why a request is throttled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Throttled {
    what: RanOut,
    retry_after_s: f64,
}

/// What ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RanOut {
    Requests,
    Tokens,
    OutputTokens,
    TokensOfTheDay,
}

const DAY_US: u64 = 86_400_000_000;

impl Throttled {
    /// `None` for what no waiting brings: the caller may try again after a minute.
    fn new(what: RanOut, wait_us: Option<u64>) -> Self {
        Throttled { what, retry_after_s: wait_us.map_or(60.0, |wait_us| wait_us as f64 / 1e6) }
    }

    /// Whether tokens ran out, and not requests.
    pub fn is_of_tokens(self) -> bool {
        self.what != RanOut::Requests
    }

    fn failed(self) -> Failed {
        let mut exception = Exception::usual("ThrottlingException");
        let (message, reason) = match self.what {
            RanOut::Requests => (None, Word::reason_quota_requests),
            RanOut::Tokens => (Some("Too many tokens, please wait before trying again."), Word::reason_quota_tokens),
            RanOut::OutputTokens => {
                (Some("Too many tokens, please wait before trying again."), Word::reason_quota_output)
            }
            RanOut::TokensOfTheDay => {
                (Some("Too many tokens per day, please wait before trying again."), Word::reason_quota_day)
            }
        };
        if let Some(message) = message {
            exception.message = message.to_string();
        }
        exception.retry_after_s = Some(self.retry_after_s);
        Failed::because(exception, reason)
    }
}

/// A time of the caller's clock as the buckets count it.
fn microseconds(ms: f64) -> u64 {
    (ms * 1000.0) as u64
}

impl Buckets {
    pub fn new(quota: &Quota) -> Self {
        let bucket = |limit: Option<f64>| limit.map(Bucket::per_minute);
        Buckets {
            quota: *quota,
            requests: bucket(quota.rpm),
            tokens: bucket(quota.tpm),
            output: bucket(quota.output_tpm),
            day: (0, 0.0),
            pending: Vec::new(),
        }
    }

    /// Takes a request with so many reserved tokens.
    pub fn admit(&mut self, now_ms: f64, reserved: f64) -> Result<(), Throttled> {
        let now_us = microseconds(now_ms);
        self.settle(now_us);
        let day = now_us / DAY_US;
        if self.day.0 != day {
            self.day = (day, 0.0);
        }
        if self.quota.tokens_per_day.is_some_and(|most| self.day.1 >= most) {
            return Err(Throttled::new(RanOut::TokensOfTheDay, Some((day + 1) * DAY_US - now_us)));
        }
        if let Some(bucket) = &mut self.output {
            bucket.refill(now_us);
            if bucket.level < 1.0 {
                return Err(Throttled::new(RanOut::OutputTokens, Some(bucket.wait_us(1.0))));
            }
        }
        if let Some(bucket) = &mut self.requests {
            bucket.refill(now_us);
            if bucket.level < 1.0 {
                return Err(Throttled::new(RanOut::Requests, Some(bucket.wait_us(1.0))));
            }
        }
        if let Some(bucket) = &mut self.tokens {
            bucket.refill(now_us);
            if bucket.level < reserved {
                let fits = self.quota.tpm.is_some_and(|most| reserved <= most);
                return Err(Throttled::new(RanOut::Tokens, fits.then(|| bucket.wait_us(reserved))));
            }
            bucket.level -= reserved;
        }
        if let Some(bucket) = &mut self.requests {
            bucket.level -= 1.0;
        }
        Ok(())
    }

    /// Settles a request at its end: what was reserved and not used comes back. Tokens read from
    /// a cache count nothing.
    pub fn settle_at(&mut self, end_ms: f64, reserved: f64, counted_input: f64, output: f64) {
        self.day.1 += counted_input + output;
        if let Some(bucket) = &mut self.output {
            bucket.level -= output;
        }
        if self.tokens.is_some() {
            let back = reserved - counted_input - output * self.quota.burndown;
            self.pending.push((microseconds(end_ms), back));
        }
    }

    fn settle(&mut self, now_us: u64) {
        let Some(bucket) = &mut self.tokens else { return };
        self.pending.sort_by_key(|(end_us, _)| *end_us);
        let due = self.pending.partition_point(|(end_us, _)| *end_us <= now_us);
        for (end_us, back) in self.pending.drain(..due) {
            bucket.refill(end_us);
            bucket.put_back(back);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservation_is_held_until_it_settles() {
        let mut buckets = Buckets::new(&Quota { tpm: Some(10_000.0), burndown: 5.0, ..Quota::default() });
        // 6,000 reserved; the second must wait for the bucket or for the settlement.
        buckets.admit(0.0, 6_000.0).unwrap();
        let throttled = buckets.admit(0.0, 6_000.0).unwrap_err();
        assert_eq!(throttled.what, RanOut::Tokens);
        assert!((throttled.retry_after_s - 12.0).abs() < 1e-9);
        // It used 500 + 5 × 100: 5,000 come back at once.
        buckets.settle_at(1_000.0, 6_000.0, 500.0, 100.0);
        buckets.admit(1_000.0, 6_000.0).unwrap();
    }

    #[test]
    fn requests_refill_by_the_second() {
        let mut buckets = Buckets::new(&Quota { rpm: Some(60.0), ..Quota::default() });
        assert_eq!((0..100).filter(|_| buckets.admit(0.0, 0.0).is_ok()).count(), 60);
        assert_eq!(buckets.admit(0.0, 0.0).unwrap_err().retry_after_s, 1.0);
        assert!(buckets.admit(1_000.0, 0.0).is_ok());
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        /// Whatever is asked, no window lets more through than the burst and the rate allow.
        #[test]
        fn tokens_are_conserved(gaps in proptest::collection::vec(0.0..3_000.0_f64, 1..200), size in 1.0..400.0_f64) {
            let rate = 6_000.0;
            let mut buckets = Buckets::new(&Quota { tpm: Some(rate), ..Quota::default() });
            let (mut now, mut admitted) = (0.0, Vec::new());
            for gap in gaps {
                now += gap;
                if buckets.admit(now, size).is_ok() {
                    admitted.push(now);
                }
            }
            for (i, from) in admitted.iter().enumerate() {
                for (j, to) in admitted.iter().enumerate().skip(i) {
                    let used = (j - i + 1) as f64 * size;
                    proptest::prop_assert!(used <= rate + (to - from) * rate / 60_000.0 + 1e-6);
                }
            }
        }
    }
}
