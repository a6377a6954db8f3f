use super::interval::mean_and_sd;
use super::{student_t_quantile, student_t_upper};

/// The difference of two means, candidate minus baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct MeanDifference {
    pub difference: f64,
    pub standard_error: f64,
    pub degrees_of_freedom: f64,
}

impl MeanDifference {
    /// Welch's comparison of independent samples, at least two a side.
    ///
    /// # Source
    /// Welch (1947), with Satterthwaite's degrees of freedom.
    pub fn welch(baseline: &[f64], candidate: &[f64]) -> Option<Self> {
        if baseline.len() < 2 || candidate.len() < 2 {
            return None;
        }
        let part = |samples: &[f64]| {
            let (mean, sd) = mean_and_sd(samples);
            (mean, sd * sd / samples.len() as f64, samples.len() as f64 - 1.0)
        };
        let ((m1, v1, d1), (m2, v2, d2)) = (part(baseline), part(candidate));
        Some(Self::from_parts(m2 - m1, (v1, d1), (v2, d2)))
    }

    /// From a difference and each side's squared standard error and degrees of freedom.
    pub fn from_parts(difference: f64, (v1, d1): (f64, f64), (v2, d2): (f64, f64)) -> Self {
        let variance = v1 + v2;
        let degrees = v1 * v1 / d1 + v2 * v2 / d2;
        MeanDifference {
            difference,
            standard_error: libm::sqrt(variance),
            degrees_of_freedom: if degrees > 0.0 { variance * variance / degrees } else { d1 + d2 },
        }
    }

    /// The comparison of pairs: runs that took turns.
    pub fn paired(baseline: &[f64], candidate: &[f64]) -> Option<Self> {
        if baseline.len() != candidate.len() || baseline.len() < 2 {
            return None;
        }
        let differences: Vec<f64> = baseline.iter().zip(candidate).map(|(a, b)| b - a).collect();
        let (mean, sd) = mean_and_sd(&differences);
        let n = differences.len() as f64;
        Some(MeanDifference { difference: mean, standard_error: sd / libm::sqrt(n), degrees_of_freedom: n - 1.0 })
    }

    /// The probability of a difference at least this far up if there is none.
    pub fn p_above(&self) -> f64 {
        if self.standard_error > 0.0 {
            student_t_upper(self.difference / self.standard_error, self.degrees_of_freedom)
        } else if self.difference > 0.0 {
            0.0
        } else {
            1.0
        }
    }

    /// The two-sided interval of the difference.
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let reach = student_t_quantile(0.5 * (1.0 + confidence), self.degrees_of_freedom) * self.standard_error;
        (self.difference - reach, self.difference + reach)
    }
}

/// Which of a family of tests stand when the chance of a single false one is to stay below the
/// level of each. Takes each p as a fraction of its own level.
///
/// # Source
/// Holm (1979), step-down.
pub fn holm(p_over_level: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p_over_level.len()).collect();
    order.sort_by(|a, b| p_over_level[*a].total_cmp(&p_over_level[*b]));
    let mut stands = vec![false; p_over_level.len()];
    for (done, index) in order.iter().enumerate() {
        if p_over_level[*index] * (p_over_level.len() - done) as f64 > 1.0 {
            break;
        }
        stands[*index] = true;
    }
    stands
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.ttest_ind(equal_var=False), ttest_rel, and their confidence intervals.
    #[test]
    fn agrees_with_scipy() {
        let (a, b) = ([5.9, 6.1, 6.0, 6.3, 5.8], [6.2, 6.5, 6.1, 6.4, 6.6]);
        let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-9, "{got} != {expected}");
        let welch = MeanDifference::welch(&a, &b).unwrap();
        close(welch.p_above(), 0.013861901308392769);
        close(welch.interval(0.95).0, 0.0480251439311028);
        close(welch.interval(0.95).1, 0.6319748560688951);
        let paired = MeanDifference::paired(&a, &b).unwrap();
        close(paired.p_above(), 0.02882297426774951);
        close(paired.interval(0.95).0, -0.017719928447011535);
        assert_eq!(MeanDifference::welch(&[1.0], &b), None);
    }

    /// statsmodels.stats.multitest.multipletests(method="holm") on p = .01, .04, .03, .005.
    #[test]
    fn holm_steps_down() {
        let at = |p: &[f64]| holm(&p.iter().map(|p| p / 0.05).collect::<Vec<_>>());
        assert_eq!(at(&[0.01, 0.04, 0.03, 0.005]), [true, false, false, true]);
        assert_eq!(at(&[0.05]), [true]);
        assert!(at(&[]).is_empty());
    }
}
