//! From when to when a log goes, and how often each hour of a day lies in it.

/// The times of the first and the last call, in milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Span {
    pub first_ms: i64,
    pub last_ms: i64,
}

const HOUR_MS: i64 = 3_600_000;

impl Span {
    /// One moment.
    pub fn at(ms: i64) -> Self {
        Span { first_ms: ms, last_ms: ms }
    }

    /// What spans both.
    pub fn joined(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => {
                Some(Span { first_ms: a.first_ms.min(b.first_ms), last_ms: a.last_ms.max(b.last_ms) })
            }
            (a, b) => a.or(b),
        }
    }

    /// With the mean time between calls after the last one, up to an hour: a call a minute through a
    /// day is a day, not one minute less.
    #[must_use]
    pub(super) fn with_gap(self, calls: u64) -> Self {
        if calls < 2 {
            return self;
        }
        let mean = (i128::from(self.last_ms) - i128::from(self.first_ms)) / i128::from(calls - 1);
        let gap = i64::try_from(mean).unwrap_or(HOUR_MS).clamp(0, HOUR_MS);
        Span { last_ms: self.last_ms.saturating_add(gap), ..self }
    }

    /// How often each hour of the day lies in it, by clocks that show `local` milliseconds.
    pub(super) fn hours(self, local: impl Fn(i64) -> i64) -> [f64; 24] {
        let (first, last) = (local(self.first_ms), local(self.last_ms));
        let mut seen = [0.0; 24];
        let length = last.saturating_sub(first).max(0);
        let days = length / (24 * HOUR_MS);
        seen.fill(days as f64);
        let mut at = first;
        let end = first + length % (24 * HOUR_MS);
        while at < end {
            let next = ((at.div_euclid(HOUR_MS) + 1) * HOUR_MS).min(end);
            seen[at.div_euclid(HOUR_MS).rem_euclid(24) as usize] += (next - at) as f64 / HOUR_MS as f64;
            at = next;
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_seen_as_often_as_they_pass() {
        let span = Span { first_ms: 9 * HOUR_MS + HOUR_MS / 2, last_ms: 34 * HOUR_MS };
        let seen = span.hours(|ms| ms);
        // 9:30 to 10:00 of the next day: ten hours a second time, half of the ninth.
        assert_eq!((seen[9], seen[10], seen[8]), (1.5, 1.0, 1.0));
        assert_eq!(seen.iter().sum::<f64>(), 24.5);
        let minutes = Span { first_ms: 0, last_ms: 1_439 * 60_000 }.with_gap(1_440);
        assert_eq!(minutes.last_ms, 24 * HOUR_MS);
    }
}
