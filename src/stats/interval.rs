use serde::Serialize;

use super::{binomial_cdf, student_t_quantile};

/// A confidence interval. An end that the samples cannot bound is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interval {
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The confidence that was asked for, 0.95 say.
    pub confidence: f64,
}

impl Interval {
    /// Both ends, when the samples bound both.
    pub fn both(&self) -> Option<(f64, f64)> {
        self.low.zip(self.high)
    }
}

/// The ranks, from 1, of the order statistics that enclose the quantile `p` of a distribution
/// with at least this confidence, whatever the distribution; `None` for an end that `n` samples
/// cannot bound.
///
/// # Source
/// The count of samples below a quantile is binomial; equal tails (David and Nagaraja, 2003, 7.1).
pub fn quantile_ranks(n: u64, p: f64, confidence: f64) -> (Option<u64>, Option<u64>) {
    let tail = 0.5 * (1.0 - confidence);
    // low: the largest rank with P(B < low) ≤ tail; high: the smallest with P(B ≥ high) ≤ tail.
    let below = |rank: u64| if rank == 0 { 0.0 } else { binomial_cdf(rank - 1, n, p) };
    let low = last_where(n, |rank| below(rank) <= tail);
    let high = last_where(n + 1, |rank| 1.0 - below(rank) > tail) + 1;
    ((low >= 1).then_some(low), (high <= n).then_some(high))
}

/// The largest number up to `n` for which a condition holds that holds from 0 up to some point.
fn last_where(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, n + 1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The distribution-free interval of a quantile of ascending samples.
pub fn quantile_interval(sorted: &[f64], p: f64, confidence: f64) -> Interval {
    let (low, high) = quantile_ranks(sorted.len() as u64, p, confidence);
    let at = |rank: Option<u64>| rank.and_then(|rank| sorted.get(rank as usize - 1).copied());
    Interval { low: at(low), high: at(high), confidence }
}

/// The samples from which on a two-sided interval of the quantile `p` has both ends.
pub fn samples_for_interval(p: f64, confidence: f64) -> u64 {
    let extreme = p.max(1.0 - p);
    let tail = 0.5 * (1.0 - confidence);
    if extreme >= 1.0 {
        return u64::MAX;
    }
    libm::ceil(libm::log(tail) / libm::log(extreme)) as u64
}

/// The samples from which on the quantile `p` is worth a number: below, it is the largest sample
/// under another name.
pub fn samples_for_estimate(p: f64) -> u64 {
    let extreme = p.max(1.0 - p);
    // One sample is expected beyond the quantile.
    libm::ceil(1.0 / (1.0 - extreme) - 1e-9) as u64
}

/// Student's interval of the mean; no ends below two samples.
pub fn mean_interval(samples: &[f64], confidence: f64) -> Interval {
    let n = samples.len() as f64;
    if samples.len() < 2 {
        return Interval { low: None, high: None, confidence };
    }
    let (mean, sd) = mean_and_sd(samples);
    let reach = student_t_quantile(0.5 * (1.0 + confidence), n - 1.0) * sd / libm::sqrt(n);
    Interval { low: Some(mean - reach), high: Some(mean + reach), confidence }
}

/// The mean and the standard deviation with n − 1; 0 for what is not defined.
pub fn mean_and_sd(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    if samples.is_empty() {
        return (0.0, 0.0);
    }
    // A sum is rounded: the mean of a constant is the constant all the same.
    let (least, most) = samples.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
    let mean = samples.iter().sum::<f64>() / n;
    let mean = if least <= most { mean.clamp(least, most) } else { mean };
    let squares: f64 = samples.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, if samples.len() < 2 { 0.0 } else { libm::sqrt(squares / (n - 1.0)) })
}

#[cfg(test)]
mod tests {
    use super::super::draws::{Draws, tests::words};
    use super::*;

    /// The exact ranks computed with scipy.stats.binom.
    #[test]
    fn ranks_are_exact() {
        let check = |n, p, low, high| assert_eq!(quantile_ranks(n, p, 0.95), (low, high), "{n} {p}");
        check(72, 0.95, Some(64), Some(72));
        check(100, 0.95, Some(90), Some(100));
        check(200, 0.95, Some(184), Some(197));
        check(500, 0.95, Some(465), Some(485));
        check(1000, 0.95, Some(936), Some(964));
        check(71, 0.95, Some(63), None);
        check(367, 0.99, Some(359), None);
        check(368, 0.99, Some(360), Some(368));
        check(5, 0.5, None, None);
        check(6, 0.5, Some(1), Some(6));
    }

    #[test]
    fn so_many_samples_are_needed() {
        assert_eq!([0.95, 0.99, 0.999].map(|p| samples_for_interval(p, 0.95)), [72, 368, 3688]);
        assert_eq!([0.5, 0.95, 0.99, 0.999].map(samples_for_estimate), [2, 20, 100, 1000]);
    }

    /// The coverage of the intervals, by simulation from distributions whose quantile is known.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let mut draws = Draws::new(words(3));
        let rounds = 4000_u32;
        // P95 of an exponential is ln 20. The ranks (90, 100) of 100 cover 98.26 %.
        let p95 = libm::log(20.0);
        let (mut quantiles, mut means) = (0, 0);
        for _ in 0..rounds {
            let mut samples: Vec<f64> = (0..100).map(|_| draws.exponential()).collect();
            samples.sort_by(f64::total_cmp);
            let (low, high) = quantile_interval(&samples, 0.95, 0.95).both().unwrap();
            quantiles += u32::from(low <= p95 && p95 <= high);
            let normal: Vec<f64> = (0..12).map(|_| crate::stats::normal_quantile(draws.uniform())).collect();
            let (low, high) = mean_interval(&normal, 0.95).both().unwrap();
            means += u32::from(low <= 0.0 && 0.0 <= high);
        }
        let within = |hits: u32, expected: f64| {
            let share = f64::from(hits) / f64::from(rounds);
            let error = libm::sqrt(expected * (1.0 - expected) / f64::from(rounds));
            assert!((share - expected).abs() < 3.5 * error, "{share} instead of {expected}");
        };
        within(quantiles, 0.9826);
        within(means, 0.95);
    }
}
