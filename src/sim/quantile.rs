//! The quantile functions of a scenario's distributions, from either tail.

use crate::scenario::{Distribution, SIMPLE_FLOOR_MS};
use crate::stats::{gamma_quantile_lower, gamma_quantile_upper, normal_quantile};

/// Which tail a probability is counted from. Far out, `1 - p` would lose the digits that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    Lower,
    Upper,
}

/// The value beyond which, on that side, a fraction `p` of a distribution lies; 0 < p ≤ 0.5.
pub(super) fn quantile(distribution: &Distribution, tail: Tail, p: f64) -> f64 {
    let z = || match tail {
        Tail::Lower => normal_quantile(p),
        Tail::Upper => -normal_quantile(p),
    };
    match distribution {
        Distribution::Constant(value) => *value,
        Distribution::Exponential { mean } => match tail {
            Tail::Lower => -mean * libm::log1p(-p),
            Tail::Upper => -mean * libm::log(p),
        },
        Distribution::LogNormal { mean, sd } => {
            if *mean == 0.0 {
                return 0.0;
            }
            let variance = libm::log1p((sd / mean) * (sd / mean));
            libm::exp(libm::log(*mean) - 0.5 * variance + libm::sqrt(variance) * z())
        }
        Distribution::Gamma { mean, sd } => {
            if *mean == 0.0 || *sd == 0.0 {
                return *mean;
            }
            let shape = (mean / sd) * (mean / sd);
            let unit = match tail {
                Tail::Lower => gamma_quantile_lower(shape, p),
                Tail::Upper => gamma_quantile_upper(shape, p),
            };
            mean / shape * unit
        }
        Distribution::Normal { mean, sd } => (mean + sd * z()).max(0.0),
        Distribution::Simple { mean, sd } => (mean + sd * z()).max(SIMPLE_FLOOR_MS),
        Distribution::Empirical(values) => {
            let steps = (p * values.len() as f64) as usize;
            let at = match tail {
                Tail::Lower => steps,
                Tail::Upper => values.len().saturating_sub(1).saturating_sub(steps),
            };
            values.get(at).copied().unwrap_or(0.0)
        }
    }
}
