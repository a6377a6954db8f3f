use serde::Serialize;

use super::beta_inc;

/// A named rule for a sample quantile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum QuantileMethod {
    #[serde(rename = "hyndman-fan-1")]
    HyndmanFan1,
    #[serde(rename = "hyndman-fan-2")]
    HyndmanFan2,
    #[serde(rename = "hyndman-fan-3")]
    HyndmanFan3,
    #[serde(rename = "hyndman-fan-4")]
    HyndmanFan4,
    #[serde(rename = "hyndman-fan-5")]
    HyndmanFan5,
    #[serde(rename = "hyndman-fan-6")]
    HyndmanFan6,
    /// What numpy, pandas, k6 and criterion do.
    #[default]
    #[serde(rename = "hyndman-fan-7")]
    HyndmanFan7,
    /// The least biased for latencies.
    #[serde(rename = "hyndman-fan-8")]
    HyndmanFan8,
    #[serde(rename = "hyndman-fan-9")]
    HyndmanFan9,
    /// A weighted mean of all order statistics: smoother than any one of them.
    #[serde(rename = "harrell-davis")]
    HarrellDavis,
    /// The original document's: the sample at index `int(n * p)`.
    #[serde(rename = "index-rule")]
    IndexRule,
}

impl QuantileMethod {
    pub const ALL: [QuantileMethod; 11] = [
        QuantileMethod::HyndmanFan1,
        QuantileMethod::HyndmanFan2,
        QuantileMethod::HyndmanFan3,
        QuantileMethod::HyndmanFan4,
        QuantileMethod::HyndmanFan5,
        QuantileMethod::HyndmanFan6,
        QuantileMethod::HyndmanFan7,
        QuantileMethod::HyndmanFan8,
        QuantileMethod::HyndmanFan9,
        QuantileMethod::HarrellDavis,
        QuantileMethod::IndexRule,
    ];

    pub fn key(self) -> &'static str {
        const KEYS: [&str; 11] = [
            "hyndman-fan-1",
            "hyndman-fan-2",
            "hyndman-fan-3",
            "hyndman-fan-4",
            "hyndman-fan-5",
            "hyndman-fan-6",
            "hyndman-fan-7",
            "hyndman-fan-8",
            "hyndman-fan-9",
            "harrell-davis",
            "index-rule",
        ];
        KEYS[self as usize]
    }

    pub fn from_key(key: &str) -> Option<Self> {
        QuantileMethod::ALL.into_iter().find(|method| method.key() == key)
    }
}

/// The quantile of ascending samples; `None` without samples.
///
/// # Source
/// Hyndman and Fan (1996), "Sample quantiles in statistical packages", types 1 to 9; Harrell and
/// Davis (1982).
pub fn quantile(sorted: &[f64], p: f64, method: QuantileMethod) -> Option<f64> {
    let count = sorted.len();
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    let n = count as f64;
    let p = p.clamp(0.0, 1.0);
    let at = |rank: f64| if rank < 1.0 { first } else { sorted.get(rank as usize - 1).copied().unwrap_or(last) };
    // A product such as n·p is meant exactly; R allows it the same slack.
    let fuzz = 4.0 * f64::EPSILON;
    let between = |position: f64| {
        let below = libm::floor(position + fuzz);
        let share = position - below;
        let share = if share.abs() < fuzz { 0.0 } else { share };
        at(below) + share * (at(below + 1.0) - at(below))
    };
    let np = n * p;
    Some(match method {
        QuantileMethod::HyndmanFan1 => at(libm::ceil(np - fuzz * n)),
        QuantileMethod::HyndmanFan2 => {
            let below = libm::floor(np + fuzz * n);
            if np - below > fuzz * n { at(below + 1.0) } else { 0.5 * (at(below) + at(below + 1.0)) }
        }
        QuantileMethod::HyndmanFan3 => {
            let position = np - 0.5;
            let below = libm::floor(position + fuzz * n);
            let on_it = (position - below).abs() <= fuzz * n;
            if on_it && below % 2.0 == 0.0 { at(below) } else { at(below + 1.0) }
        }
        QuantileMethod::HyndmanFan4 => between(np),
        QuantileMethod::HyndmanFan5 => between(np + 0.5),
        QuantileMethod::HyndmanFan6 => between((n + 1.0) * p),
        QuantileMethod::HyndmanFan7 => between(1.0 + (n - 1.0) * p),
        QuantileMethod::HyndmanFan8 => between((n + 1.0 / 3.0) * p + 1.0 / 3.0),
        QuantileMethod::HyndmanFan9 => between((n + 0.25) * p + 0.375),
        QuantileMethod::HarrellDavis => HarrellDavis::new(count, p).of_sorted(sorted),
        QuantileMethod::IndexRule => sorted[((n * p) as usize).min(count - 1)],
    })
}

/// The weights of the Harrell-Davis estimator for `n` samples: those ranks that carry any.
#[derive(Clone, Debug, PartialEq)]
pub struct HarrellDavis {
    count: usize,
    /// How many of the largest samples come before the first weight.
    skipped: usize,
    /// The weights from the largest rank down; they sum to 1.
    weights: Vec<f64>,
}

/// What the ranks left out may weigh together on either side.
const NEGLIGIBLE: f64 = 1e-10;

impl HarrellDavis {
    /// The weights for the quantile `p` of `count` samples, at least one.
    pub fn new(count: usize, p: f64) -> Self {
        let n = count.max(1);
        let p = p.clamp(0.0, 1.0);
        if n == 1 || p == 0.0 || p == 1.0 {
            let skipped = if p == 0.0 { n - 1 } else { 0 };
            return HarrellDavis { count: n, skipped, weights: vec![1.0] };
        }
        let (a, b) = ((n as f64 + 1.0) * p, (n as f64 + 1.0) * (1.0 - p));
        let share_below = |rank: usize| beta_inc(a, b, rank as f64 / n as f64);
        // The beta distribution is narrow around p; beyond some of its widths nothing is left.
        let width = libm::sqrt(p * (1.0 - p) / (n as f64 + 2.0)) * n as f64;
        let middle = p * n as f64;
        let reach = |widths: f64| {
            let low = libm::floor(middle - widths * width - 1.0).max(0.0) as usize;
            let high = (libm::ceil(middle + widths * width + 1.0) as usize).min(n);
            (low, high)
        };
        let mut widths = 7.0;
        let (mut low, mut high) = reach(widths);
        while share_below(low) > NEGLIGIBLE || 1.0 - share_below(high) > NEGLIGIBLE {
            widths *= 1.25;
            (low, high) = reach(widths);
        }
        let mut weights = Vec::with_capacity(high - low);
        let mut above = share_below(high);
        let total = above - share_below(low);
        for rank in (low..high).rev() {
            let below = share_below(rank);
            weights.push((above - below) / total);
            above = below;
        }
        HarrellDavis { count: n, skipped: n - high, weights }
    }

    /// How many samples it is for.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many of the largest samples come before the first weight.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The weights from the largest rank down.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The estimate from ascending samples.
    pub fn of_sorted(&self, sorted: &[f64]) -> f64 {
        let from = sorted.len().saturating_sub(self.skipped);
        let used = &sorted[from.saturating_sub(self.weights.len())..from];
        let mean: f64 = used.iter().rev().zip(&self.weights).map(|(x, w)| x * w).sum();
        // A mean lies among what it is of: of a constant it is the constant, whatever rounding makes of the sum.
        match (used.first(), used.last()) {
            (Some(least), Some(most)) if least <= most => mean.clamp(*least, *most),
            _ => mean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: [f64; 20] = [
        312.0, 287.0, 455.0, 390.0, 1210.0, 333.0, 298.0, 402.0, 365.0, 341.0, 510.0, 277.0, 620.0, 350.0, 318.0,
        299.0, 431.0, 388.0, 360.0, 329.0,
    ];

    fn sorted(samples: &[f64]) -> Vec<f64> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    /// R's `quantile(x, .95, type = 1:9)`, and `scipy.stats.mstats.hdquantiles`.
    #[test]
    fn golden_values() {
        let series = sorted(&SERIES);
        let check = |p: f64, method: QuantileMethod, expected: f64| {
            let got = quantile(&series, p, method).unwrap();
            assert!((got - expected).abs() < 1e-8, "{method:?} {p}: {got} != {expected}");
        };
        let p95 = [620.0, 915.0, 620.0, 620.0, 915.0, 1180.5, 649.5, 1003.5, 981.375];
        for (method, expected) in QuantileMethod::ALL.into_iter().zip(p95) {
            check(0.95, method, expected);
        }
        check(0.5, QuantileMethod::HyndmanFan1, 350.0);
        check(0.5, QuantileMethod::HyndmanFan7, 355.0);
        check(0.5, QuantileMethod::HarrellDavis, 356.459_988_451);
        check(0.95, QuantileMethod::HarrellDavis, 968.321_139_624);
        check(0.95, QuantileMethod::IndexRule, 1210.0);
    }

    #[test]
    fn every_method_grows_with_p_and_stays_inside() {
        for count in [1, 2, 3, 7, 20] {
            let series = sorted(&SERIES[..count]);
            for method in QuantileMethod::ALL {
                let values: Vec<f64> =
                    (0..=100).map(|i| quantile(&series, f64::from(i) / 100.0, method).unwrap()).collect();
                assert!(values.is_sorted_by(|a, b| *a <= b + 1e-9), "{method:?} of {count}: {values:?}");
                assert!(values[0] >= series[0] - 1e-9 && values[100] <= series[count - 1] + 1e-9, "{method:?}");
            }
        }
        assert_eq!(quantile(&[], 0.5, QuantileMethod::default()), None);
    }

    /// Against the weights over all ranks, none left out.
    #[test]
    fn the_window_of_weights_leaves_nothing_out() {
        for (n, p) in [(20, 0.5), (50, 0.95), (100, 0.999), (1000, 0.95), (1000, 0.5), (5000, 0.01)] {
            let window = HarrellDavis::new(n, p);
            let (a, b) = ((n as f64 + 1.0) * p, (n as f64 + 1.0) * (1.0 - p));
            let ranks: Vec<f64> = (0..n).map(|i| (i as f64 + 1.0) * (i as f64 + 1.0)).collect();
            let share = |i: usize| beta_inc(a, b, i as f64 / n as f64);
            let whole: f64 = (0..n).map(|i| (share(i + 1) - share(i)) * ranks[i]).sum();
            let got = window.of_sorted(&ranks);
            assert!((got / whole - 1.0).abs() < 1e-8, "{n} {p}: {got} != {whole}");
        }
        assert!(HarrellDavis::new(1000, 0.95).weights().len() < 130);
    }
}
