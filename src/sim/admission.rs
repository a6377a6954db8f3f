//! Whether a call may begin: a model's quotas of requests and tokens.

use super::bucket::Bucket;
use super::carried::Carried;
use super::pending::Pending;
use super::plan::Quota;

/// Whether a call may begin, or which quota keeps it from that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Begins,
    NoRequests,
    NoTokens,
}

/// A model's quotas of requests and tokens, and what is reserved of them.
pub(super) struct ModelQuota {
    quota: Quota,
    pub requests: Option<Bucket>,
    tokens: Option<Bucket>,
    /// Reservations that settle when their call ends.
    settling: Pending<f64>,
}

impl ModelQuota {
    pub fn new(quota: &Quota) -> Self {
        ModelQuota {
            quota: *quota,
            requests: quota.rpm.map(Bucket::per_minute),
            tokens: quota.tpm.map(Bucket::per_minute),
            settling: Pending::default(),
        }
    }

    /// Lets a call begin, or not, that has a quota of requests at most.
    #[inline(always)]
    pub fn admit_request(&mut self, now_us: u64) -> bool {
        self.requests.as_mut().is_none_or(|requests| requests.take(1.0, now_us))
    }

    /// Lets a call begin, or not. A call reserves its prompt, but for what it reads from a cache, and the
    /// longest answer it may get.
    #[inline]
    pub fn admit(&mut self, now_us: u64, carried: Carried) -> Admission {
        let reserved = carried.processed() as f64 + self.quota.reserved_output;
        if let Some(tokens) = &mut self.tokens {
            while let Some((end_us, back)) = self.settling.take_until(now_us) {
                tokens.refill(end_us);
                tokens.put_back(back);
            }
            tokens.refill(now_us);
            if tokens.level < reserved {
                return Admission::NoTokens;
            }
        }
        if !self.admit_request(now_us) {
            return Admission::NoRequests;
        }
        if let Some(tokens) = &mut self.tokens {
            tokens.level -= reserved;
        }
        Admission::Begins
    }

    /// Says when a call ends and what it used, so that the rest of its reservation comes back then.
    #[inline]
    pub fn settle(&mut self, end_us: u64, message: u64, output: f64) {
        let Some(tokens) = &mut self.tokens else { return };
        let back = self.quota.reserved_output - output * self.quota.burndown;
        if self.settling.is_full() {
            tokens.put_back(back);
        } else {
            self.settling.add(end_us, message, back);
        }
    }
}
