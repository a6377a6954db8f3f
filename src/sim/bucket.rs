//! A token bucket: what Bedrock's quotas and the SDKs' send rates are.

/// A bucket that fills at a rate up to its capacity.
///
/// Over any window it gives out at most its capacity and what came in meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    pub level: f64,
    capacity: f64,
    per_us: f64,
    at_us: u64,
}

impl Bucket {
    /// A full bucket that holds a minute's worth.
    pub fn per_minute(amount: f64) -> Self {
        Bucket { level: amount, capacity: amount, per_us: amount / 60e6, at_us: 0 }
    }

    /// A bucket that holds a second's worth, at least `least`, and begins with `level`.
    pub fn per_second(amount: f64, least: f64, level: f64, now_us: u64) -> Self {
        Bucket { level, capacity: amount.max(least), per_us: amount / 1e6, at_us: now_us }
    }

    /// Brings the level up to date; time that goes back is no time.
    #[inline]
    pub fn refill(&mut self, now_us: u64) {
        self.level = self.level_at(now_us);
        self.at_us = self.at_us.max(now_us);
    }

    /// The level at a time, if nothing is taken until then.
    #[inline]
    pub fn level_at(&self, now_us: u64) -> f64 {
        let gone = now_us.saturating_sub(self.at_us);
        let level = self.level + gone as i64 as f64 * self.per_us;
        if level < self.capacity { level } else { self.capacity }
    }

    /// Takes an amount if it is there. A refusal leaves no trace, so the order in which calls are
    /// refused does not matter.
    #[inline]
    pub fn take(&mut self, amount: f64, now_us: u64) -> bool {
        let level = self.level_at(now_us);
        let enough = level >= amount;
        if enough {
            self.level = level - amount;
            self.at_us = self.at_us.max(now_us);
        }
        enough
    }

    /// The first time at which an amount is there, if nothing is taken until then; [`u64::MAX`] if
    /// it never is.
    pub fn opens_us(&self, amount: f64) -> u64 {
        if self.level >= amount {
            return self.at_us;
        }
        if self.capacity < amount || self.per_us <= 0.0 {
            return u64::MAX;
        }
        // The level decides, not the division: both are rounded.
        let mut opens_us = self.at_us + ((amount - self.level) / self.per_us) as i64 as u64 + 1;
        while self.level_at(opens_us) < amount {
            opens_us += 1;
        }
        while opens_us > self.at_us && self.level_at(opens_us - 1) >= amount {
            opens_us -= 1;
        }
        opens_us
    }

    /// A level that this one is not below.
    pub fn floor(&self) -> Floor {
        Floor { level: self.level, taken: 0.0, at_us: self.at_us }
    }

    /// The same of a later time.
    pub fn floor_at(&self, floor: Floor, now_us: u64) -> Floor {
        let gone = now_us.saturating_sub(floor.at_us);
        let full = (floor.level + gone as f64 * self.per_us).min(self.capacity);
        // At worst everything was taken when the bucket had been full; and levels are rounded.
        let level = full - floor.taken - self.capacity * 1e-9;
        Floor { level, taken: 0.0, at_us: floor.at_us + gone }
    }

    /// Puts back what was reserved and not used, or takes what was used beyond it.
    pub fn put_back(&mut self, amount: f64) {
        self.level = (self.level + amount).min(self.capacity);
    }

    /// Changes the rate; what came in until now came at the old one.
    pub fn set_rate(&mut self, per_second: f64, capacity: f64, now_us: u64) {
        self.refill(now_us);
        self.per_us = per_second / 1e6;
        self.capacity = capacity;
        self.level = self.level.min(capacity);
    }

    /// Microseconds until so much is there.
    pub fn wait_us(&self, amount: f64) -> u64 {
        let missing = amount - self.level;
        if missing <= 0.0 || self.per_us <= 0.0 { 0 } else { libm::ceil(missing / self.per_us) as u64 }
    }
}

/// A level that a bucket's is not below, of which it is not known when exactly something was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    level: f64,
    taken: f64,
    at_us: u64,
}

impl Floor {
    /// Takes an amount from then on, unless the bucket might not hold it.
    pub fn take(self, amount: f64) -> Option<Floor> {
        (self.level >= amount).then_some(Floor { taken: amount, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        /// Whatever is asked, no window lets more through than the burst and the rate allow.
        #[test]
        fn tokens_are_conserved(gaps in proptest::collection::vec(0..3_000_000_u64, 1..200), size in 1.0..400.0_f64) {
            let rate = 6_000.0;
            let mut bucket = Bucket::per_minute(rate);
            let (mut now, mut admitted) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                bucket.refill(now);
                if bucket.level >= size {
                    bucket.level -= size;
                    admitted.push(now);
                }
            }
            for (i, from) in admitted.iter().enumerate() {
                for (j, to) in admitted.iter().enumerate().skip(i) {
                    let used = (j - i + 1) as f64 * size;
                    proptest::prop_assert!(used <= rate + (to - from) as f64 * rate / 60e6 + 1e-6);
                }
            }
        }
    }

    /// A bucket opens exactly when it says, whatever the rate, and a refusal changes nothing.
    #[test]
    fn a_bucket_opens_when_it_says() {
        for rate in [1.0, 1.5, 7.0, 335.9, 404.3, 951.4, 60_000.0] {
            let mut bucket = Bucket::per_minute(rate);
            let mut now_us = 1_000;
            for _ in 0..2_000 {
                while bucket.take(1.0, now_us) {}
                let (before, opens_us) = (bucket, bucket.opens_us(1.0));
                assert!(opens_us > now_us && bucket.level_at(opens_us) >= 1.0 && bucket.level_at(opens_us - 1) < 1.0);
                assert!(!bucket.take(1.0, opens_us - 1) && bucket == before);
                now_us = opens_us;
            }
        }
        assert_eq!(Bucket::per_minute(0.5).opens_us(1.0), u64::MAX);
        assert_eq!(Bucket::per_minute(2.0).opens_us(1.0), 0);
    }

    #[test]
    fn what_is_missing_comes_at_the_rate() {
        let mut bucket = Bucket::per_second(2.0, 1.0, 0.0, 0);
        assert_eq!(bucket.wait_us(1.0), 500_000);
        bucket.refill(500_000);
        assert_eq!(bucket.wait_us(1.0), 0);
    }
}
