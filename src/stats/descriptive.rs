use serde::Serialize;

use super::autocorrelation::{effective_sample_size, lag1};
use super::interval::{
    Interval, mean_and_sd, mean_interval, quantile_interval, samples_for_estimate, samples_for_interval,
};
use super::quantile::{QuantileMethod, quantile};

/// The percentiles that a summary reports: name and fraction.
pub const PERCENTILES: [(&str, f64); 5] = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99_9", 0.999)];

/// The same of values of which more is better: there the worst ones lie at the low end.
pub const LOW_PERCENTILES: [(&str, f64); 5] = [("p50", 0.5), ("p10", 0.1), ("p5", 0.05), ("p1", 0.01), ("p0_1", 0.001)];

/// What a series of samples says about the distribution it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    pub samples: usize,
    pub mean: f64,
    pub mean_ci: Interval,
    pub median: f64,
    /// With n − 1; 0 for one sample.
    pub sd: f64,
    pub min: f64,
    pub max: f64,
    pub percentiles: Vec<Percentile>,
    /// The correlation of each sample with the next, in the order they were taken.
    pub lag1: Option<f64>,
    /// How many independent samples the series is worth.
    pub effective_samples: f64,
}

/// One percentile with what is known of its accuracy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Percentile {
    pub name: &'static str,
    pub p: f64,
    /// By Hyndman and Fan's type 7; `None` where so few samples say nothing about it.
    pub estimate: Option<f64>,
    pub harrell_davis: Option<f64>,
    /// Distribution-free, 95 %; an end that is not bounded by so many samples is `None`.
    pub ci: Interval,
    /// Samples from which on the estimate is given, and from which on the interval has both ends.
    pub needed: u64,
    pub needed_for_ci: u64,
}

/// Describes samples given in the order they were taken; `None` without samples.
pub fn describe(samples: &[f64]) -> Option<Summary> {
    describe_at(samples, &PERCENTILES)
}

/// The same with other percentiles, by name and fraction: [`LOW_PERCENTILES`] where more is better.
pub fn describe_at(samples: &[f64], percentiles: &[(&'static str, f64)]) -> Option<Summary> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    let (mean, sd) = mean_and_sd(samples);
    let percentile = |(name, p): (&'static str, f64)| {
        let needed = samples_for_estimate(p);
        let enough = sorted.len() as u64 >= needed;
        let by = |method| if enough { quantile(&sorted, p, method) } else { None };
        Percentile {
            name,
            p,
            estimate: by(QuantileMethod::HyndmanFan7),
            harrell_davis: by(QuantileMethod::HarrellDavis),
            ci: quantile_interval(&sorted, p, 0.95),
            needed,
            needed_for_ci: samples_for_interval(p, 0.95),
        }
    };
    Some(Summary {
        samples: samples.len(),
        mean,
        mean_ci: mean_interval(samples, 0.95),
        median: quantile(&sorted, 0.5, QuantileMethod::HyndmanFan7)?,
        sd,
        min,
        max,
        percentiles: percentiles.iter().copied().map(percentile).collect(),
        lag1: lag1(samples),
        effective_samples: effective_sample_size(samples),
    })
}

impl Summary {
    /// The percentile of this name: `p95`.
    pub fn percentile(&self, name: &str) -> Option<&Percentile> {
        self.percentiles.iter().find(|percentile| percentile.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_samples_cannot_carry_is_withheld() {
        let check = |n: u32, name: &str, estimate: bool, low: bool, high: bool| {
            let samples: Vec<f64> = (0..n).map(|i| f64::from(i * 7919 % n)).collect();
            let summary = describe(&samples).unwrap();
            let percentile = summary.percentile(name).unwrap();
            let got = (percentile.estimate.is_some(), percentile.ci.low.is_some(), percentile.ci.high.is_some());
            assert_eq!(got, (estimate, low, high), "{n} samples, {name}");
        };
        check(19, "p95", false, true, false);
        check(20, "p95", true, true, false);
        check(71, "p95", true, true, false);
        check(72, "p95", true, true, true);
        check(99, "p99", false, true, false);
        check(100, "p99", true, true, false);
        check(368, "p99", true, true, true);
        assert_eq!(describe(&[]), None);
    }
}
