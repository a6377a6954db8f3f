use serde::Serialize;

use super::autocorrelation::lag1;
use super::normal_cdf;

/// Kendall's test of a series against its order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MannKendall {
    /// Rises minus falls over all pairs.
    pub s: f64,
    pub z: f64,
    /// Two-sided.
    pub p: f64,
}

/// Tests whether a series rises or falls; `None` below three values.
///
/// # Source
/// Mann (1945), Kendall (1975): the normal approximation with corrections for ties and continuity.
pub fn mann_kendall(series: &[f64]) -> Option<MannKendall> {
    let n = series.len();
    if n < 3 {
        return None;
    }
    let mut s = 0_i64;
    for (index, x) in series.iter().enumerate() {
        for y in &series[index + 1..] {
            s += i64::from(y > x) - i64::from(y < x);
        }
    }
    let mut sorted = series.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 =
        sorted.chunk_by(|a, b| a == b).map(|group| group.len() as f64).map(|t| t * (t - 1.0) * (2.0 * t + 5.0)).sum();
    let n = n as f64;
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - ties) / 18.0;
    let s = s as f64;
    let z = if variance > 0.0 && s != 0.0 { (s - s.signum()) / libm::sqrt(variance) } else { 0.0 };
    Some(MannKendall { s, z, p: (2.0 * normal_cdf(-z.abs())).min(1.0) })
}

/// Sen's slope: the median of the slopes between all pairs, and the line's start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sen {
    /// Per step of the series.
    pub slope: f64,
    /// The line at the first value.
    pub start: f64,
    /// The line's change from the first value to the last, as percent of its start; `None` where
    /// it starts at zero.
    pub total_change_pct: Option<f64>,
}

/// The most values a trend is computed over: the slopes of all pairs must fit.
pub const MAX_TREND: usize = 2_000;

/// Fits Sen's line; `None` below two values.
///
/// # Source
/// Sen (1968); the start is the median of what the slope leaves (Conover, 1980).
pub fn sen(series: &[f64]) -> Option<Sen> {
    let mut slopes = Vec::new();
    for (index, x) in series.iter().enumerate() {
        for (step, y) in series[index + 1..].iter().enumerate() {
            slopes.push((y - x) / (step as f64 + 1.0));
        }
    }
    let slope = median(slopes)?;
    let start = median(series.iter().enumerate().map(|(i, x)| x - slope * i as f64).collect())?;
    let total = slope * (series.len() as f64 - 1.0);
    Some(Sen { slope, start, total_change_pct: (start != 0.0).then(|| total / start * 100.0) })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some(if n % 2 == 1 { values[n / 2] } else { 0.5 * (values[n / 2 - 1] + values[n / 2]) })
}

/// The lag-1 correlation around Sen's line, and Kendall's test with its variance widened for it
/// where it exceeds 0.2: neighbours that are alike look like a trend.
///
/// # Source
/// Yue and Wang (2004): so many values of an autoregressive series are worth (1 − r) / (1 + r) as
/// many independent ones.
pub fn corrected_mann_kendall(series: &[f64]) -> Option<(f64, MannKendall)> {
    let line = sen(series)?;
    let residuals: Vec<f64> = series.iter().enumerate().map(|(i, x)| x - line.slope * i as f64).collect();
    let r = lag1(&residuals).unwrap_or(0.0);
    let plain = mann_kendall(series)?;
    if r <= 0.2 {
        return Some((r, plain));
    }
    let z = plain.z * libm::sqrt((1.0 - r) / (1.0 + r));
    Some((r, MannKendall { z, p: (2.0 * normal_cdf(-z.abs())).min(1.0), ..plain }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: [f64; 12] = [533.0, 529.0, 541.0, 536.0, 550.0, 548.0, 561.0, 548.0, 570.0, 566.0, 575.0, 590.0];

    /// Kendall's S by hand-checked code and pymannkendall's `original_test`; scipy.stats.theilslopes.
    #[test]
    fn agrees_with_other_implementations() {
        let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-12, "{got} != {expected}");
        let test = mann_kendall(&SERIES).unwrap();
        assert_eq!(test.s, 53.0);
        close(test.z, 3.574185662442048);
        close(test.p, 0.0003513195861587747);
        let line = sen(&SERIES).unwrap();
        close(line.slope, 4.791666666666666);
        close(line.start, 528.9583333333334);
        assert_eq!(mann_kendall(&[1.0, 1.0, 1.0]).unwrap().p, 1.0);
        assert_eq!(sen(&[1.0]), None);
    }

    #[test]
    fn inertia_weakens_the_test() {
        // Two levels: neighbours are alike, and the line between them is not the whole story.
        let steps: Vec<f64> = (0..16).map(|i| f64::from(i / 8) * 5.0 + f64::from(i * 7 % 5) * 0.3).collect();
        let (r, corrected) = corrected_mann_kendall(&steps).unwrap();
        assert!(r > 0.2, "{r}");
        assert!(corrected.p > mann_kendall(&steps).unwrap().p);
        // What alternates is left as it is.
        let zigzag = [1.0, 2.0, 1.1, 2.1, 1.2, 2.2];
        assert_eq!(corrected_mann_kendall(&zigzag).unwrap().1, mann_kendall(&zigzag).unwrap());
    }
}
