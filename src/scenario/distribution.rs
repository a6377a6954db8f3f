use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::stats::{gamma_upper, normal_cdf};

/// How a quantity varies from message to message: tokens, or milliseconds.
///
/// In a document a plain number is a constant; otherwise `{"kind": …, "mean": …, "sd": …}`
/// (`mean_ms` and `sd_ms` are read as well), or `{"kind": "empirical", "values": […]}`.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    Constant(f64),
    Exponential {
        mean: f64,
    },
    /// Log-normal with this mean and standard deviation of the value itself, not of its logarithm.
    LogNormal {
        mean: f64,
        sd: f64,
    },
    Gamma {
        mean: f64,
        sd: f64,
    },
    /// Normal, with what falls below zero set to zero.
    Normal {
        mean: f64,
        sd: f64,
    },
    /// The original's latency: `max(50, N(mean, sd))` milliseconds.
    Simple {
        mean: f64,
        sd: f64,
    },
    /// Drawn from these values, each as likely as the next; sorted.
    Empirical(Vec<f64>),
}

/// The floor of [`Distribution::Simple`], in milliseconds.
pub const SIMPLE_FLOOR_MS: f64 = 50.0;

/// The most values an empirical distribution may carry.
pub const MAX_EMPIRICAL: usize = 200_000;

impl Distribution {
    /// Drawn from these values.
    pub fn empirical(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Distribution::Empirical(values)
    }

    /// The mean, after any floor.
    pub fn mean(&self) -> f64 {
        match self {
            Distribution::Constant(value) => *value,
            Distribution::Exponential { mean }
            | Distribution::LogNormal { mean, .. }
            | Distribution::Gamma { mean, .. } => *mean,
            Distribution::Normal { mean, sd } => floored_normal_mean(*mean, *sd, 0.0),
            Distribution::Simple { mean, sd } => floored_normal_mean(*mean, *sd, SIMPLE_FLOOR_MS),
            Distribution::Empirical(values) => {
                if values.is_empty() {
                    0.0
                } else {
                    values.iter().sum::<f64>() / values.len() as f64
                }
            }
        }
    }

    /// The mean of what is cut off at a limit.
    pub fn mean_up_to(&self, limit: f64) -> f64 {
        if limit.is_infinite() {
            return self.mean();
        }
        let (above, part) = self.above(limit);
        self.mean() - part + above * limit
    }

    /// How much of it lies above a limit: the probability, and that part of the mean.
    ///
    /// # Source
    /// The partial expectations of each law; those of the gamma law by Γ(k+1, x) = kΓ(k, x) + xᵏe⁻ˣ.
    pub fn above(&self, limit: f64) -> (f64, f64) {
        let normal = |mean: f64, sd: f64, limit: f64| {
            let z = (limit - mean) / sd;
            let density = libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * std::f64::consts::PI);
            (normal_cdf(-z), mean * normal_cdf(-z) + sd * density)
        };
        if let Some(value) = self.constant() {
            return if value > limit { (1.0, value) } else { (0.0, 0.0) };
        }
        if limit < 0.0 {
            return (1.0, self.mean());
        }
        match self {
            Distribution::Constant(_) => (0.0, 0.0),
            Distribution::Exponential { mean } => {
                let above = libm::exp(-limit / mean);
                (above, (limit + mean) * above)
            }
            Distribution::LogNormal { mean, sd } => {
                let variance = libm::log1p((sd / mean) * (sd / mean));
                let spread = libm::sqrt(variance);
                let z = (libm::log(limit / mean) + 0.5 * variance) / spread;
                (normal_cdf(-z), mean * normal_cdf(spread - z))
            }
            Distribution::Gamma { mean, sd } => {
                let shape = (mean / sd) * (mean / sd);
                let x = limit / mean * shape;
                (gamma_upper(shape, x), mean * gamma_upper(shape + 1.0, x))
            }
            Distribution::Normal { mean, sd } => normal(*mean, *sd, limit),
            // Below the floor everything is above the limit.
            Distribution::Simple { .. } if limit < SIMPLE_FLOOR_MS => (1.0, self.mean()),
            Distribution::Simple { mean, sd } => normal(*mean, *sd, limit),
            Distribution::Empirical(values) => {
                let above = &values[values.partition_point(|value| *value <= limit)..];
                let count = values.len() as f64;
                (above.len() as f64 / count, above.iter().sum::<f64>() / count)
            }
        }
    }

    /// The one value it always gives, if it does.
    pub fn constant(&self) -> Option<f64> {
        match self {
            Distribution::Constant(value) => Some(*value),
            Distribution::LogNormal { mean, sd } | Distribution::Gamma { mean, sd } if *sd == 0.0 || *mean == 0.0 => {
                Some(*mean)
            }
            Distribution::Exponential { mean } if *mean == 0.0 => Some(0.0),
            Distribution::Normal { mean, sd } if *sd == 0.0 => Some(mean.max(0.0)),
            Distribution::Simple { mean, sd } if *sd == 0.0 => Some(mean.max(SIMPLE_FLOOR_MS)),
            Distribution::Empirical(values) => {
                let first = *values.first()?;
                (values.last() == Some(&first)).then_some(first)
            }
            _ => None,
        }
    }

    /// The distribution of `factor` times the value. [`Distribution::Simple`] keeps its floor.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        match self {
            Distribution::Constant(value) => Distribution::Constant(value * factor),
            Distribution::Exponential { mean } => Distribution::Exponential { mean: mean * factor },
            Distribution::LogNormal { mean, sd } => Distribution::LogNormal { mean: mean * factor, sd: sd * factor },
            Distribution::Gamma { mean, sd } => Distribution::Gamma { mean: mean * factor, sd: sd * factor },
            Distribution::Normal { mean, sd } => Distribution::Normal { mean: mean * factor, sd: sd * factor },
            Distribution::Simple { mean, sd } => Distribution::Simple { mean: mean * factor, sd: sd * factor },
            Distribution::Empirical(values) => Distribution::Empirical(values.iter().map(|v| v * factor).collect()),
        }
    }

    /// The parameters a person set, for range checks: name and value.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let (first, second) = match self {
            Distribution::Constant(value) => (Some(("value", *value)), None),
            Distribution::Exponential { mean } => (Some(("mean", *mean)), None),
            Distribution::LogNormal { mean, sd }
            | Distribution::Gamma { mean, sd }
            | Distribution::Normal { mean, sd }
            | Distribution::Simple { mean, sd } => (Some(("mean", *mean)), Some(("sd", *sd))),
            // Sorted: the ends bound every value, and a NaN sorts last.
            Distribution::Empirical(values) => {
                (values.first().map(|v| ("values", *v)), values.last().map(|v| ("values", *v)))
            }
        };
        first.into_iter().chain(second)
    }
}

/// E[max(floor, N(mean, sd))].
fn floored_normal_mean(mean: f64, sd: f64, floor: f64) -> f64 {
    if sd == 0.0 {
        return mean.max(floor);
    }
    let z = (mean - floor) / sd;
    let density = libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * std::f64::consts::PI);
    let below = 0.5 * libm::erfc(z / std::f64::consts::SQRT_2);
    floor * below + mean * (1.0 - below) + sd * density
}

/// A number for a constant, otherwise `{"kind": …}` with its parameters.
impl Serialize for Distribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, mean, sd) = match self {
            Distribution::Constant(value) => return serializer.serialize_f64(*value),
            Distribution::Empirical(values) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("kind", "empirical")?;
                map.serialize_entry("values", values)?;
                return map.end();
            }
            Distribution::Exponential { mean } => ("exponential", mean, None),
            Distribution::LogNormal { mean, sd } => ("lognormal", mean, Some(sd)),
            Distribution::Gamma { mean, sd } => ("gamma", mean, Some(sd)),
            Distribution::Normal { mean, sd } => ("normal", mean, Some(sd)),
            Distribution::Simple { mean, sd } => ("simple", mean, Some(sd)),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", kind)?;
        map.serialize_entry("mean", mean)?;
        if let Some(sd) = sd {
            map.serialize_entry("sd", sd)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written() {
        let check =
            |distribution: Distribution, json: &str| assert_eq!(serde_json::to_string(&distribution).unwrap(), json);
        check(Distribution::Constant(120.0), "120.0");
        check(Distribution::Simple { mean: 350.0, sd: 100.0 }, r#"{"kind":"simple","mean":350.0,"sd":100.0}"#);
        check(Distribution::empirical(vec![2.0, 1.0]), r#"{"kind":"empirical","values":[1.0,2.0]}"#);
    }

    /// P(X > 300) and E[X; X > 300] by scipy 1.17's `sf` and `expect` for mean 200 and sd 80.
    #[test]
    fn what_lies_above_a_limit() {
        let check = |distribution: Distribution, probability: f64, part: f64| {
            let (p, m) = distribution.above(300.0);
            assert!((p / probability - 1.0).abs() < 1e-9, "{distribution:?}: {p}");
            assert!((m / part - 1.0).abs() < 1e-9, "{distribution:?}: {m}");
        };
        check(Distribution::Exponential { mean: 200.0 }, 0.22313016014842982, 111.5650800742149);
        check(Distribution::LogNormal { mean: 200.0, sd: 80.0 }, 0.10654921979544507, 38.98786492329803);
        check(Distribution::Gamma { mean: 200.0, sd: 80.0 }, 0.11197545275341485, 39.837821370229186);
        check(Distribution::Normal { mean: 200.0, sd: 80.0 }, 0.10564977366685535, 35.74188156449281);
        check(Distribution::empirical(vec![100.0, 300.0, 400.0, 500.0]), 0.5, 225.0);
        assert_eq!(Distribution::Constant(300.0).above(300.0), (0.0, 0.0));
    }

    /// E[min(X, 300)] of an exponential X with mean 200 is 200 (1 - e^-1.5).
    #[test]
    fn what_is_cut_off_has_its_mean() {
        let mean = Distribution::Exponential { mean: 200.0 }.mean_up_to(300.0);
        assert!((mean - 200.0 * (1.0 - 0.223_130_160_148_429_82)).abs() < 1e-9, "{mean}");
        assert_eq!(Distribution::Constant(500.0).mean_up_to(100.0), 100.0);
        assert_eq!(Distribution::empirical(vec![50.0, 150.0]).mean_up_to(100.0), 75.0);
    }

    #[test]
    fn the_mean_counts_the_floor() {
        // E[max(50, N(50, 100))] = 50 + 100/√(2π)
        let mean = Distribution::Simple { mean: 50.0, sd: 100.0 }.mean();
        assert!((mean - 89.894_228_040_143_27).abs() < 1e-9, "{mean}");
    }
}
