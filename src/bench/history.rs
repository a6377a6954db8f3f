//! A history of runs: drift, steps, and the state it is in now.

use serde::Serialize;

use crate::stats::{
    ChangePoint, MAX_TREND, MannKendall, QuantileMethod, Sen, change_points, corrected_mann_kendall, mann_kendall,
    quantile, samples_for_estimate, sen,
};

use super::metric::{Better, Statistic};
use super::series::Series;

/// What a history of runs says of its newest state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrendVerdict {
    /// Fewer runs than a trend needs.
    TooShort,
    Steady,
    /// Slowly and for the worse, by more than the threshold.
    Worsening,
    /// Slowly and for the better, by more than the threshold.
    Improving,
    /// Since a certain run, for the worse, by more than the threshold.
    StepWorse,
    /// Since a certain run, for the better, by more than the threshold.
    StepBetter,
}

/// A value a run, drift and steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trend {
    pub verdict: TrendVerdict,
    pub runs: usize,
    pub unit: String,
    pub better: Better,
    /// What each point is: `p95`, `value` where each run is one number, `p50` where some run has too
    /// few samples for what was asked. All points are of one statistic.
    pub statistic: &'static str,
    /// What was asked for.
    pub asked: &'static str,
    /// The newest state, and the one before it.
    pub now: Option<State>,
    /// Each run's value, in order.
    pub values: Vec<f64>,
    pub mann_kendall: Option<MannKendall>,
    /// The same with the runs' inertia taken into account.
    pub corrected: Option<MannKendall>,
    /// The correlation of each run with the next, around the line.
    pub lag1: Option<f64>,
    pub sen: Option<Sen>,
    /// The steps of at least the threshold.
    pub change_points: Vec<ChangePoint>,
    /// Steps that are significant and smaller.
    pub small_steps: Vec<ChangePoint>,
    pub threshold_pct: f64,
    /// Whether inertia makes change points doubtful: at 0.4 every fifth steady series shows one.
    pub doubtful: bool,
}

/// What a metric is now and was before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct State {
    /// The first run of this state, from 0.
    pub since: usize,
    pub before: Option<f64>,
    pub now: f64,
}

/// Runs from which on a trend is looked for.
const ENOUGH: usize = 10;
/// The level of change points, as Otava's.
const MAX_P: f64 = 0.001;

/// Looks for drift and steps over runs; the last [`MAX_TREND`] of them count. All points are of one
/// statistic: a run of one value is that value, and where a run's samples cannot carry what is
/// asked, every point is a median.
pub fn trend(series: &Series, (asked, statistic): (&'static str, Statistic), threshold_pct: f64) -> Trend {
    let recent = series.runs.len().saturating_sub(MAX_TREND);
    let runs: Vec<&Vec<f64>> = series.runs[recent..].iter().filter(|run| !run.is_empty()).collect();
    let (name, statistic) = one_statistic(&runs, asked, statistic);
    let values: Vec<f64> = runs.iter().map(|run| value_of(run, statistic)).collect();
    let long = values.len() >= ENOUGH;
    let corrected = corrected_mann_kendall(&values);
    let found = if long { change_points(&values, MAX_P) } else { Vec::new() };
    let (points, small_steps) = large_steps(&values, found, threshold_pct);
    let doubtful = corrected.as_ref().is_some_and(|(r, _)| *r > 0.2)
        && !points.is_empty()
        && level_inertia(&values, &points) > 0.2;
    let worse = |up: bool| up == (series.better == Better::Lower);
    // The newest state: what came after the last step, if that is long enough to move by itself.
    let since = points.last().map_or(0, |point| point.index);
    let newest = &values[since.min(values.len())..];
    let drift = if newest.len() >= ENOUGH { drift_of(newest, threshold_pct) } else { None };
    let (verdict, now) = match (points.last(), drift) {
        _ if !long => (TrendVerdict::TooShort, None),
        (_, Some((from, to))) => {
            let verdict = if worse(to > from) { TrendVerdict::Worsening } else { TrendVerdict::Improving };
            (verdict, Some(State { since, before: Some(from), now: to }))
        }
        (Some(point), None) => {
            let up = point.mean_after > point.mean_before;
            let verdict = if worse(up) { TrendVerdict::StepWorse } else { TrendVerdict::StepBetter };
            (verdict, Some(State { since, before: Some(point.mean_before), now: point.mean_after }))
        }
        (None, None) => (TrendVerdict::Steady, Some(State { since: 0, before: None, now: mean(&values) })),
    };
    Trend {
        verdict,
        runs: values.len(),
        unit: series.unit.clone(),
        better: series.better,
        statistic: name,
        asked,
        now,
        mann_kendall: mann_kendall(&values),
        lag1: corrected.as_ref().map(|(r, _)| *r),
        corrected: corrected.map(|(_, test)| test),
        sen: sen(&values),
        change_points: points,
        small_steps,
        threshold_pct,
        doubtful,
        values,
    }
}

/// The statistic that every run can carry, and its name.
fn one_statistic(runs: &[&Vec<f64>], asked: &'static str, statistic: Statistic) -> (&'static str, Statistic) {
    let Statistic::Quantile(p) = statistic else { return (asked, statistic) };
    if runs.iter().all(|run| run.len() == 1) {
        return ("value", Statistic::Quantile(0.5));
    }
    let carried = runs.iter().all(|run| run.len() as u64 >= samples_for_estimate(p));
    if carried { (asked, statistic) } else { ("p50", Statistic::Quantile(0.5)) }
}

/// The ends of a drift's line, if it is more than chance and larger than the threshold.
fn drift_of(values: &[f64], threshold_pct: f64) -> Option<(f64, f64)> {
    let (_, test) = corrected_mann_kendall(values)?;
    let line = sen(values)?;
    let total = line.total_change_pct?;
    let end = line.start + line.slope * (values.len() as f64 - 1.0);
    (test.p < 0.05 && total.abs() > threshold_pct).then_some((line.start, end))
}

/// The steps of at least the threshold, and those that are smaller. The smallest is taken away
/// first, and its neighbours are seen with the levels as they are without it.
fn large_steps(values: &[f64], found: Vec<ChangePoint>, threshold_pct: f64) -> (Vec<ChangePoint>, Vec<ChangePoint>) {
    let (mut points, mut small) = (found, Vec::new());
    let size = |point: &ChangePoint| {
        let change = (point.mean_after - point.mean_before).abs();
        if change == 0.0 { 0.0 } else { 100.0 * change / point.mean_before.abs() }
    };
    loop {
        let least = points.iter().enumerate().min_by(|(_, a), (_, b)| size(a).total_cmp(&size(b)));
        match least.map(|(at, point)| (at, size(point))) {
            Some((at, size)) if size < threshold_pct => small.push(points.remove(at)),
            _ => break,
        }
        let ends: Vec<usize> =
            std::iter::once(0).chain(points.iter().map(|p| p.index)).chain(std::iter::once(values.len())).collect();
        for (point, ends) in points.iter_mut().zip(ends.windows(3)) {
            point.mean_before = mean(&values[ends[0]..ends[1]]);
            point.mean_after = mean(&values[ends[1]..ends[2]]);
        }
    }
    small.sort_by_key(|point| point.index);
    (points, small)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
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
    match statistic {
        Statistic::Quantile(p) => {
            let mut sorted = run.to_vec();
            sorted.sort_by(f64::total_cmp);
            quantile(&sorted, p, QuantileMethod::HarrellDavis).unwrap_or(0.0)
        }
        Statistic::Mean => mean(run),
        Statistic::Rate => 1000.0 / mean(run),
        Statistic::Share => run.iter().filter(|value| **value != 0.0).count() as f64 / run.len() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P95: (&str, Statistic) = ("p95", Statistic::Quantile(0.95));

    fn of(values: &[f64]) -> Trend {
        trend(&Series::of("ms", values.iter().map(|v| vec![*v]).collect()), P95, 10.0)
    }

    #[test]
    fn drift_steps_and_neither() {
        let noise = |i: u32| f64::from(i * 7919 % 13) - 6.0;
        let series = |f: &dyn Fn(u32) -> f64| -> Vec<f64> { (0..24).map(|i| f(i) + noise(i)).collect() };
        let check = |values: &[f64], verdict: TrendVerdict| assert_eq!(of(values).verdict, verdict, "{values:?}");
        check(&series(&|_| 500.0), TrendVerdict::Steady);
        check(&series(&|i| if i < 14 { 500.0 } else { 600.0 }), TrendVerdict::StepWorse);
        check(&series(&|i| if i < 14 { 600.0 } else { 500.0 }), TrendVerdict::StepBetter);
        check(&series(&|_| 500.0)[..9], TrendVerdict::TooShort);
        let step = of(&series(&|i| if i < 14 { 500.0 } else { 600.0 }));
        assert_eq!(step.change_points.iter().map(|p| p.index).collect::<Vec<_>>(), [14]);
    }

    /// A step of 3 % is significant in a quiet series, and no one is woken for it.
    #[test]
    fn a_step_smaller_than_the_threshold_is_none() {
        let noise = |i: u32| f64::from(i * 7919 % 13) - 6.0;
        let values: Vec<f64> = (0..40).map(|i| if i < 20 { 1000.0 } else { 1030.0 } + noise(i)).collect();
        let small = of(&values);
        assert_eq!((small.verdict, small.change_points.len(), small.small_steps.len()), (TrendVerdict::Steady, 0, 1));
        let series = Series::of("ms", values.iter().map(|v| vec![*v]).collect());
        let strict = trend(&series, P95, 2.0);
        assert_eq!((strict.verdict, strict.change_points[0].index), (TrendVerdict::StepWorse, 20));
    }

    /// Points of one statistic: a short run turns all of them into medians, and says so.
    #[test]
    fn no_median_stands_beside_a_p95() {
        let run = |n: u32| (0..n).map(|i| 100.0 + f64::from(i)).collect::<Vec<_>>();
        let runs: Vec<Vec<f64>> = (0..12).map(|i| run(if i == 5 { 10 } else { 101 })).collect();
        let mixed = trend(&Series::of("ms", runs.clone()), P95, 10.0);
        assert_eq!(mixed.statistic, "p50");
        assert!(mixed.values.iter().enumerate().all(|(i, v)| i == 5 || (v - 150.0).abs() < 1e-9), "{:?}", mixed.values);
        let long = trend(&Series::of("ms", runs[6..].to_vec()), P95, 10.0);
        assert_eq!(long.statistic, "p95");
    }

    /// Fewer requests a second is worse, whatever the numbers do.
    #[test]
    fn the_direction_is_the_metrics() {
        let noise = |i: u32| f64::from(i * 7919 % 13) - 6.0;
        let runs = (0..30).map(|i| vec![if i < 15 { 500.0 } else { 400.0 } + noise(i)]).collect();
        let series = Series { better: Better::Higher, ..Series::of("requests/s", runs) };
        let found = trend(&series, ("p5", Statistic::Quantile(0.05)), 10.0);
        assert_eq!(found.verdict, TrendVerdict::StepWorse);
        assert_eq!(
            super::super::report::text::trend_sentence(&found, &crate::words::English),
            "Worse since run 16 of 30: the value went from 499 requests/s to 400 requests/s."
        );
    }

    /// A step up and back: what counts is now.
    #[test]
    fn the_newest_state_is_the_headline() {
        let noise = |i: u32| f64::from(i * 7919 % 13) - 6.0;
        let level = |i: u32| if (12..24).contains(&i) { 700.0 } else { 500.0 };
        let found = of(&(0..36).map(|i| level(i) + noise(i)).collect::<Vec<_>>());
        assert_eq!((found.verdict, found.now.map(|now| now.since)), (TrendVerdict::StepBetter, Some(24)));
        // A step, and since then slowly worse.
        let drifting = |i: u32| if i < 12 { 500.0 } else { 300.0 + 6.0 * f64::from(i) };
        let found = of(&(0..40).map(|i| drifting(i) + noise(i)).collect::<Vec<_>>());
        assert!(matches!(found.verdict, TrendVerdict::Worsening | TrendVerdict::StepWorse), "{:?}", found.verdict);
    }
}
