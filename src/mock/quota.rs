use std::collections::BTreeMap;

use crate::bedrock::{Ask, Exception, Operation};
use crate::catalog::Model;
use crate::document::Fields;
use crate::sim::Bucket;

use super::config::out_of_range;
use super::failed::Failed;
use super::ledger::CallRecord;

/// What a model may be asked in a minute, as the service counts it.
///
/// # Source
/// Bedrock user guide, quotas of the runtime and token burndown: a request reserves its prompt and
/// `max_tokens` when it starts and settles when it ends; an output token may count five times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Requests a minute; `None` is no limit.
    pub rpm: Option<f64>,
    /// Tokens a minute; `None` is no limit.
    pub tpm: Option<f64>,
    /// Quota tokens that one output token costs.
    pub burndown: f64,
}

impl Default for Quota {
    fn default() -> Self {
        Quota { rpm: None, tpm: None, burndown: 1.0 }
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
        Quota {
            rpm: limit("rpm"),
            tpm: limit("tpm"),
            burndown: fields.number("burndown").unwrap_or(1.0).clamp(1.0, 100.0),
        }
    }
}

/// What all models have left, and what the request that is being answered took of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Quotas {
    buckets: BTreeMap<String, Buckets>,
    reserved: Option<(String, f64)>,
}

impl Quotas {
    pub fn clear(&mut self) {
        *self = Quotas::default();
    }

    /// Takes a request from its model's quotas; counting tokens is free.
    ///
    /// # Errors
    /// The exception it is throttled with.
    pub fn admit(
        &mut self,
        quotas: &BTreeMap<String, Quota>,
        ask: &Ask,
        model: &Model,
        prompt_tokens: u64,
        now_ms: f64,
    ) -> Result<(), Failed> {
        let quota = quotas.get(&model.id).or_else(|| quotas.get("*"));
        let Some(quota) = quota.filter(|_| ask.operation != Operation::CountTokens) else { return Ok(()) };
        let most = ask.max_tokens.or(model.max_output_tokens).unwrap_or(0);
        let reserved = (prompt_tokens + most) as f64;
        let buckets = self.buckets.entry(model.id.clone()).or_insert_with(|| Buckets::new(quota));
        buckets.admit(now_ms, reserved).map_err(Throttled::failed)?;
        self.reserved = Some((model.id.clone(), reserved));
        Ok(())
    }

    /// Gives back what the request reserved and did not use, however it ended.
    pub fn settle(&mut self, end_ms: f64, record: &CallRecord) {
        let Some((model, reserved)) = self.reserved.take() else { return };
        if let Some(buckets) = self.buckets.get_mut(&model) {
            let counted = (record.input_tokens + record.cache_write_tokens) as f64;
            buckets.settle_at(end_ms, reserved, counted, record.output_tokens as f64);
        }
    }
}

/// The buckets of one model.
#[derive(Clone, Debug, PartialEq)]
struct Buckets {
    quota: Quota,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    /// What comes back when a request settles: when, and how much.
    pending: Vec<(u64, f64)>,
}

/// Why a request is throttled.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Throttled {
    /// Whether tokens ran out; otherwise requests.
    tokens: bool,
    retry_after_s: f64,
}

impl Throttled {
    /// `None` for what no waiting brings: the caller may try again after a minute.
    fn new(tokens: bool, wait_us: Option<u64>) -> Self {
        Throttled { tokens, retry_after_s: wait_us.map_or(60.0, |wait_us| wait_us as f64 / 1e6) }
    }

    fn failed(self) -> Failed {
        let mut exception = Exception::usual("ThrottlingException");
        if self.tokens {
            exception.message = "Too many tokens, please wait before trying again.".to_string();
        }
        exception.retry_after_s = Some(self.retry_after_s);
        let what = if self.tokens { "quota: tokens a minute" } else { "quota: requests a minute" };
        Failed::because(exception, what)
    }
}

/// A time of the caller's clock as the buckets count it.
fn microseconds(ms: f64) -> u64 {
    (ms * 1000.0) as u64
}

impl Buckets {
    fn new(quota: &Quota) -> Self {
        let bucket = |limit: Option<f64>| limit.map(Bucket::per_minute);
        Buckets { quota: *quota, requests: bucket(quota.rpm), tokens: bucket(quota.tpm), pending: Vec::new() }
    }

    /// Takes a request with so many reserved tokens.
    fn admit(&mut self, now_ms: f64, reserved: f64) -> Result<(), Throttled> {
        let now_us = microseconds(now_ms);
        self.settle(now_us);
        if let Some(bucket) = &mut self.requests {
            bucket.refill(now_us);
            if bucket.level < 1.0 {
                return Err(Throttled::new(false, Some(bucket.wait_us(1.0))));
            }
        }
        if let Some(bucket) = &mut self.tokens {
            bucket.refill(now_us);
            if bucket.level < reserved {
                let fits = self.quota.tpm.is_some_and(|most| reserved <= most);
                return Err(Throttled::new(true, fits.then(|| bucket.wait_us(reserved))));
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
    fn settle_at(&mut self, end_ms: f64, reserved: f64, counted_input: f64, output: f64) {
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
        let mut buckets = Buckets::new(&Quota { rpm: None, tpm: Some(10_000.0), burndown: 5.0 });
        // 6,000 reserved; the second must wait for the bucket or for the settlement.
        buckets.admit(0.0, 6_000.0).unwrap();
        let throttled = buckets.admit(0.0, 6_000.0).unwrap_err();
        assert!(throttled.tokens);
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
            let mut buckets = Buckets::new(&Quota { rpm: None, tpm: Some(rate), burndown: 1.0 });
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
