use serde::Serialize;
use serde_json::{Value, json};

use crate::document::python::round;

/// The original's summary of a series, with its field names. A percentile is the sample at index
/// `int(n * p)`, the standard deviation of one sample is the integer 0; `None` without samples.
pub fn describe_by_index(samples: &[f64]) -> Option<Value> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    let at = |p: f64| sorted[((n as f64 * p) as usize).min(n - 1)];
    let median = if n % 2 == 1 { sorted[n / 2] } else { (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0 };
    let mean = exact_sum(samples.iter().copied()) / n as f64;
    let stddev = if n > 1 { json!(round(sample_sd(samples), 2)) } else { json!(0) };
    Some(json!({
        "samples": n,
        "mean_ms": round(mean, 2),
        "median_ms": round(median, 2),
        "stddev_ms": stddev,
        "p50_ms": round(sorted[n / 2], 2),
        "p95_ms": round(at(0.95), 2),
        "p99_ms": round(at(0.99), 2),
        "min_ms": round(first, 2),
        "max_ms": round(last, 2),
    }))
}

/// The sample standard deviation, with the squares about an exact mean summed exactly.
fn sample_sd(samples: &[f64]) -> f64 {
    let n = samples.len() as f64;
    let mean = exact_sum(samples.iter().copied()) / n;
    // The rounded mean is off by at most half an ulp; the correction removes its square.
    let deviations = samples.iter().map(|x| x - mean);
    let residue = exact_sum(deviations.clone());
    let squares = exact_sum(deviations.map(|d| d * d));
    libm::sqrt((squares - residue * residue / n) / (n - 1.0))
}

/// The sum as if in infinite precision, rounded once at the end but for the last bit.
///
/// # Source
/// Neumaier (1974), compensated summation, as `statistics.mean` is exact in Python.
fn exact_sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
}

/// What the original's rule says of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum NaiveStatus {
    Pass,
    Regression,
    Improvement,
}

/// The original's verdict, "P95 changed by more than `threshold_pct`", and the change in percent
/// rounded to two decimals; `None` for a baseline of zero, where it divides by zero.
///
/// At 50 to 100 samples a side this rule calls 12 to 19 % of unchanged builds a regression: that
/// is why the product's own gate is another.
pub fn naive_regression(baseline_p95_ms: f64, current_p95_ms: f64, threshold_pct: f64) -> Option<(NaiveStatus, f64)> {
    if baseline_p95_ms == 0.0 {
        return None;
    }
    let change_pct = ((current_p95_ms - baseline_p95_ms) / baseline_p95_ms) * 100.0;
    let status = if change_pct > threshold_pct {
        NaiveStatus::Regression
    } else if change_pct < -threshold_pct {
        NaiveStatus::Improvement
    } else {
        NaiveStatus::Pass
    };
    Some((status, round(change_pct, 2)))
}
