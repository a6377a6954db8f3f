use serde::Serialize;

use crate::stats::{
    ChangePoint, MAX_TREND, MannKendall, QuantileMethod, Sen, change_points, corrected_mann_kendall, mann_kendall,
    quantile, samples_for_estimate, sen,
};

use super::metric::{Better, Statistic};
use super::series::Series;

/// What a history of runs says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrendVerdict {
    /// Fewer runs than a trend needs.
    TooShort,
    Steady,
    /// Slowly and for the worse, by more than the threshold.
    Worsening,
    /// Slowly and for the better, by more than the threshold.
    Improving,
    /// At a certain run, for the worse.
    StepUp,
    /// At a certain run, for the better.
    StepDown,
}

/// A value a run, drift and steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    pub verdict: TrendVerdict,
    pub runs: usize,
    pub unit: String,
    /// Each run's value, in order.
    pub values: Vec<f64>,
    pub mann_kendall: Option<MannKendall>,
    /// The same with the runs' inertia taken into account.
    pub corrected: Option<MannKendall>,
    /// The correlation of each run with the next, around the line.
    pub lag1: Option<f64>,
    pub sen: Option<Sen>,
    pub change_points: Vec<ChangePoint>,
    /// Whether inertia makes change points doubtful: at 0.4 every fifth steady series shows one.
    pub doubtful: bool,
}

/// Runs from which on a trend is looked for.
const ENOUGH: usize = 10;
/// The level of change points, as Otava's.
const MAX_P: f64 = 0.001;

/// Looks for drift and steps over runs; the last [`MAX_TREND`] of them count. A run of one value
/// is that value; a run whose samples cannot carry the statistic has its median.
pub fn trend(series: &Series, statistic: Statistic, threshold_pct: f64) -> Trend {
    let recent = series.runs.len().saturating_sub(MAX_TREND);
    let runs: Vec<&Vec<f64>> = series.runs[recent..].iter().filter(|run| !run.is_empty()).collect();
    let values: Vec<f64> = runs.iter().map(|run| value_of(run, statistic)).collect();
    let long = values.len() >= ENOUGH;
    let corrected = corrected_mann_kendall(&values);
    let line = sen(&values);
    let points = if long { change_points(&values, MAX_P) } else { Vec::new() };
    let doubtful = corrected.as_ref().is_some_and(|(r, _)| *r > 0.2)
        && !points.is_empty()
        && level_inertia(&values, &points) > 0.2;
    let worse = |up: bool| up == (series.better == Better::Lower);
    let drift = corrected.as_ref().zip(line).and_then(|((_, test), line)| {
        let total = line.total_change_pct?;
        (test.p < 0.05 && total.abs() > threshold_pct).then_some(total)
    });
    let verdict = match (points.last(), drift) {
        _ if !long => TrendVerdict::TooShort,
        (Some(point), _) if worse(point.mean_after > point.mean_before) => TrendVerdict::StepUp,
        (Some(_), _) => TrendVerdict::StepDown,
        (None, Some(total)) if worse(total > 0.0) => TrendVerdict::Worsening,
        (None, Some(_)) => TrendVerdict::Improving,
        (None, None) => TrendVerdict::Steady,
    };
    Trend {
        verdict,
        runs: values.len(),
        unit: series.unit.clone(),
        mann_kendall: mann_kendall(&values),
        lag1: corrected.as_ref().map(|(r, _)| *r),
        corrected: corrected.map(|(_, test)| test),
        sen: line,
        change_points: points,
        doubtful,
        values,
    }
}

/// The lag-1 correlation around the levels between change points.
fn level_inertia(values: &[f64], points: &[ChangePoint]) -> f64 {
    let mut residuals = values.to_vec();
    let level = |index: usize| points.iter().rev().find(|point| point.index <= index).map(|point| point.mean_after);
    let first = points.first().map_or(0.0, |point| point.mean_before);
    for (index, value) in residuals.iter_mut().enumerate() {
        *value -= level(index).unwrap_or(first);
    }
    crate::stats::lag1(&residuals).unwrap_or(0.0)
}

/// One number for a run.
fn value_of(run: &[f64], statistic: Statistic) -> f64 {
    let mean = || run.iter().sum::<f64>() / run.len() as f64;
    match statistic {
        Statistic::Quantile(p) => {
            let p = if run.len() as u64 >= samples_for_estimate(p) { p } else { 0.5 };
            let mut sorted = run.to_vec();
            sorted.sort_by(f64::total_cmp);
            quantile(&sorted, p, QuantileMethod::HarrellDavis).unwrap_or(0.0)
        }
        Statistic::Mean => mean(),
        Statistic::Rate => 1000.0 / mean(),
        Statistic::Share => run.iter().filter(|value| **value != 0.0).count() as f64 / run.len() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Trend {
        trend(&Series::of("ms", values.iter().map(|v| vec![*v]).collect()), Statistic::Quantile(0.95), 10.0)
    }

    #[test]
    fn drift_steps_and_neither() {
        let noise = |i: u32| f64::from(i * 7919 % 13) - 6.0;
        let series = |f: &dyn Fn(u32) -> f64| -> Vec<f64> { (0..24).map(|i| f(i) + noise(i)).collect() };
        let check = |values: &[f64], verdict: TrendVerdict| assert_eq!(of(values).verdict, verdict, "{values:?}");
        check(&series(&|_| 500.0), TrendVerdict::Steady);
        check(&series(&|i| if i < 14 { 500.0 } else { 600.0 }), TrendVerdict::StepUp);
        check(&series(&|i| if i < 14 { 600.0 } else { 500.0 }), TrendVerdict::StepDown);
        check(&series(&|_| 500.0)[..9], TrendVerdict::TooShort);
        let step = of(&series(&|i| if i < 14 { 500.0 } else { 600.0 }));
        assert_eq!(step.change_points.iter().map(|p| p.index).collect::<Vec<_>>(), [14]);
    }
}
