use crate::document::Fields;

use super::config::out_of_range;

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

/// A bucket that holds a minute's worth and fills at its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    per_minute: f64,
    level: f64,
    at_ms: f64,
}

impl Bucket {
    fn new(per_minute: f64) -> Self {
        Bucket { per_minute, level: per_minute, at_ms: 0.0 }
    }

    fn refill(&mut self, now_ms: f64) {
        let gone = (now_ms - self.at_ms).max(0.0);
        self.level = (self.level + gone * self.per_minute / 60_000.0).min(self.per_minute);
        self.at_ms = self.at_ms.max(now_ms);
    }

    /// Seconds until so much is there; `None` if it never will be.
    fn wait_s(&self, amount: f64) -> Option<f64> {
        let missing = amount - self.level;
        if amount > self.per_minute { None } else { Some((missing * 60.0 / self.per_minute).max(0.0)) }
    }
}

/// The buckets of one model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Buckets {
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    burndown: f64,
    /// What comes back when a request settles: when, and how much.
    pending: Vec<(f64, f64)>,
}

/// Why a request is throttled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Throttled {
    /// Whether tokens ran out; otherwise requests.
    pub tokens: bool,
    pub retry_after_s: f64,
}

impl Buckets {
    pub fn new(quota: &Quota) -> Self {
        Buckets {
            requests: quota.rpm.map(Bucket::new),
            tokens: quota.tpm.map(Bucket::new),
            burndown: quota.burndown,
            pending: Vec::new(),
        }
    }

    /// Takes a request with so many reserved tokens.
    pub fn admit(&mut self, now_ms: f64, reserved: f64) -> Result<(), Throttled> {
        self.settle(now_ms);
        if let Some(bucket) = &mut self.requests {
            bucket.refill(now_ms);
            if bucket.level < 1.0 {
                return Err(Throttled { tokens: false, retry_after_s: bucket.wait_s(1.0).unwrap_or(60.0) });
            }
        }
        if let Some(bucket) = &mut self.tokens {
            bucket.refill(now_ms);
            if bucket.level < reserved {
                return Err(Throttled { tokens: true, retry_after_s: bucket.wait_s(reserved).unwrap_or(60.0) });
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
        if self.tokens.is_some() {
            self.pending.push((end_ms, reserved - counted_input - output * self.burndown));
        }
    }

    fn settle(&mut self, now_ms: f64) {
        let Some(bucket) = &mut self.tokens else { return };
        self.pending.sort_by(|a, b| a.0.total_cmp(&b.0));
        let due = self.pending.partition_point(|(end, _)| *end <= now_ms);
        for (end, back) in self.pending.drain(..due) {
            bucket.refill(end);
            bucket.level = (bucket.level + back).min(bucket.per_minute);
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
