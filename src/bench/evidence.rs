//! What the samples of two sides say about the change of one metric, before anything is decided.

use serde::Serialize;

use crate::random::{Purpose, Stream};
use crate::stats::{
    BlockBootstrap, Draws, HarrellDavis, HarrellDavisBootstrap, MeanDifference, QuantileMethod, effective_sample_size,
    lag1, mean_and_sd, normal_quantile, quantile, samples_for_estimate, student_t_upper,
};

use super::metric::Statistic;
use super::series::Series;
use super::verdict::Rule;

/// How two sides were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Welch's t on the logarithms of each run's value; three runs a side or more.
    WelchLogRuns,
    /// The t test of pairs on the same; the runs took turns.
    PairedLogRuns,
    /// Bootstrap of the Harrell-Davis quantile's log ratio.
    BootstrapHarrellDavis,
    /// The same by circular blocks: neighbouring samples hang together.
    BlockBootstrapHarrellDavis,
    /// Welch's t on log means, by the delta method, with effective sample sizes.
    WelchLogMeans,
    /// Welch's t on the shares of each run.
    WelchShares,
    /// Newcombe's interval of the difference of two shares.
    NewcombeShares,
    /// The original's rule, kept for compatibility.
    Naive,
    /// Nothing to compare with, or too little.
    None,
}

impl Method {
    pub fn key(self) -> &'static str {
        match self {
            Method::WelchLogRuns => "welch-log-runs",
            Method::PairedLogRuns => "paired-log-runs",
            Method::BootstrapHarrellDavis => "bootstrap-harrell-davis",
            Method::BlockBootstrapHarrellDavis => "block-bootstrap-harrell-davis",
            Method::WelchLogMeans => "welch-log-means",
            Method::WelchShares => "welch-shares",
            Method::NewcombeShares => "newcombe-shares",
            Method::Naive => "naive",
            Method::None => "none",
        }
    }

    fn resamples(self) -> bool {
        matches!(self, Method::BootstrapHarrellDavis | Method::BlockBootstrapHarrellDavis)
    }
}

/// What the samples say about the change of one metric, before anything is decided.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evidence {
    pub method: Method,
    /// The two estimates, in the metric's unit.
    pub baseline: f64,
    pub candidate: f64,
    /// The change and its two-sided 95 % interval, in percent; in points for a share.
    pub change_pct: f64,
    pub ci_pct: (f64, f64),
    /// The chance of so much upwards, or downwards, if nothing changed.
    pub p_up: f64,
    pub p_down: f64,
    /// The one-sided level that a p is held against.
    pub level: f64,
    /// The standard error of the change: of the log ratio, or in points.
    pub standard_error: f64,
    /// Samples, or runs, a side that this standard error comes from, and the requests in each.
    pub units: f64,
    pub requests_per_unit: f64,
    pub replicates: Option<u32>,
    /// The largest lag-1 correlation of the two sides, where it was looked at.
    pub lag1: Option<f64>,
}

impl Evidence {
    /// Whether it is about shares of requests, whose changes are points.
    pub fn is_of_shares(&self) -> bool {
        matches!(self.method, Method::WelchShares | Method::NewcombeShares)
    }
}

/// Why there is no evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Lacking {
    /// No baseline.
    Baseline,
    /// No value of this metric on the candidate's side.
    Candidate,
    /// Fewer samples than the statistic needs.
    Samples { has: u64, needed: u64 },
    /// The baseline is zero, and a ratio to it has no meaning.
    ZeroBaseline { from: f64, to: f64 },
}

/// The lag-1 correlation beyond which samples are resampled in blocks.
const DEPENDENT: f64 = 0.2;
/// From so many runs a side on their spread is taken instead of the samples'.
const ENOUGH_RUNS: usize = 3;
const CONFIDENCE: f64 = 0.95;
/// The one-sided level of tests between runs.
///
/// The usual 5 % would be the gate's rate of false alarms as soon as runs differ so much that the
/// threshold no longer holds them back: with five runs a side it is 3.6 % at a run-to-run noise of
/// 7.5 % and 4.5 % at 20 %. At 3 % it stays below 3.1 % at any noise, for 2 points of power where
/// runs are quiet (`tests/gate.rs`).
const RUNS_LEVEL: f64 = 0.03;
/// Sides of which the smaller has this share of the larger are alike in size.
const ALIKE: f64 = 0.8;
/// The fewest samples a side that are resampled: fewer are not even a picture of their own spread.
const RESAMPLED_FROM: u64 = 20;

/// Compares two sides.
///
/// # Errors
/// Why they cannot be compared.
pub fn weigh(baseline: &Series, candidate: &Series, statistic: Statistic, rule: &Rule) -> Result<Evidence, Lacking> {
    if baseline.is_empty() {
        return Err(Lacking::Baseline);
    }
    if candidate.is_empty() {
        return Err(Lacking::Candidate);
    }
    let evidence = match statistic {
        Statistic::Quantile(p) => quantiles(baseline, candidate, p, rule),
        Statistic::Mean => means(baseline, candidate, false),
        Statistic::Rate => means(baseline, candidate, true),
        Statistic::Share => shares(baseline, candidate),
    }?;
    // From as good as nothing no percentage leads to something.
    if evidence.change_pct.is_finite() && evidence.ci_pct.0.is_finite() && evidence.ci_pct.1.is_finite() {
        Ok(evidence)
    } else {
        Err(Lacking::ZeroBaseline { from: evidence.baseline, to: evidence.candidate })
    }
}

/// Whether each side has runs enough, and each run samples enough, to compare runs.
fn comparable_runs(baseline: &Series, candidate: &Series, least: usize) -> bool {
    [baseline, candidate]
        .iter()
        .all(|side| side.runs.len() >= ENOUGH_RUNS && side.runs.iter().all(|run| run.len() >= least))
}

fn quantiles(baseline: &Series, candidate: &Series, p: f64, rule: &Rule) -> Result<Evidence, Lacking> {
    let needed = samples_for_estimate(p);
    if comparable_runs(baseline, candidate, needed as usize) {
        // Runs are mostly of one size, and so are their weights.
        let mut weights = HarrellDavis::new(baseline.runs[0].len(), p);
        let mut estimates = |side: &Series| -> Vec<f64> {
            let estimate = |run: &Vec<f64>| {
                if weights.count() != run.len() {
                    weights = HarrellDavis::new(run.len(), p);
                }
                weights.of_sorted(&sorted(run))
            };
            side.runs.iter().map(estimate).collect()
        };
        return compare_runs(baseline, candidate, &estimates(baseline), &estimates(candidate), false);
    }
    let has = baseline.len().min(candidate.len()) as u64;
    let needed = needed.max(RESAMPLED_FROM);
    if has < needed {
        return Err(Lacking::Samples { has, needed });
    }
    bootstrap(baseline, candidate, p, rule)
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Compares the logarithms of one positive number a run.
fn compare_runs(
    baseline: &Series,
    candidate: &Series,
    a: &[f64],
    b: &[f64],
    inverted: bool,
) -> Result<Evidence, Lacking> {
    if a.iter().chain(b).any(|value| *value <= 0.0) {
        return degenerate(mean_and_sd(a).0, mean_and_sd(b).0, Method::WelchLogRuns, inverted);
    }
    let logs = |values: &[f64]| -> Vec<f64> { values.iter().map(|v| libm::log(*v)).collect() };
    let (la, lb) = (logs(a), logs(b));
    let paired = baseline.interleaved && candidate.interleaved && a.len() == b.len();
    let compared = if paired { MeanDifference::paired(&la, &lb) } else { MeanDifference::welch(&la, &lb) };
    let Some(mut compared) = compared else {
        return Err(Lacking::Samples { has: a.len().min(b.len()) as u64, needed: ENOUGH_RUNS as u64 });
    };
    let (mut from, mut to) = (libm::exp(mean_and_sd(&la).0), libm::exp(mean_and_sd(&lb).0));
    if inverted {
        compared.difference = -compared.difference;
        (from, to) = (1000.0 / from, 1000.0 / to);
    }
    let method = if paired { Method::PairedLogRuns } else { Method::WelchLogRuns };
    let units = harmonic(a.len() as f64, b.len() as f64);
    let per_unit = (baseline.len() + candidate.len()) as f64 / (a.len() + b.len()) as f64;
    Ok(of_log_difference(&compared, (from, to), method, RUNS_LEVEL, units, per_unit))
}

fn of_log_difference(
    compared: &MeanDifference,
    (baseline, candidate): (f64, f64),
    method: Method,
    level: f64,
    units: f64,
    requests_per_unit: f64,
) -> Evidence {
    let (low, high) = compared.interval(CONFIDENCE);
    let p_up = compared.p_above();
    Evidence {
        method,
        baseline,
        candidate,
        change_pct: percent(compared.difference),
        ci_pct: (percent(low), percent(high)),
        p_up,
        p_down: if compared.standard_error > 0.0 { 1.0 - p_up } else { f64::from(compared.difference >= 0.0) },
        level,
        standard_error: compared.standard_error,
        units,
        requests_per_unit,
        replicates: None,
        lag1: None,
    }
}

/// A log ratio as a change in percent.
fn percent(log_ratio: f64) -> f64 {
    libm::expm1(log_ratio) * 100.0
}

/// The size of each side if both were equal and as good together.
fn harmonic(a: f64, b: f64) -> f64 {
    2.0 * a * b / (a + b)
}

/// What is left to say where a ratio has no meaning: that nothing changed.
fn degenerate(baseline: f64, candidate: f64, method: Method, inverted: bool) -> Result<Evidence, Lacking> {
    // From something to nothing is a change of all of it; every sample says so.
    let all_gone = !inverted && candidate == 0.0 && baseline > 0.0;
    if baseline != candidate && !all_gone {
        return Err(Lacking::ZeroBaseline { from: baseline, to: candidate });
    }
    let change_pct = if all_gone { -100.0 } else { 0.0 };
    Ok(Evidence {
        method,
        baseline,
        candidate,
        change_pct,
        ci_pct: (change_pct, change_pct),
        p_up: 1.0,
        p_down: if all_gone { 0.0 } else { 1.0 },
        level: 0.025,
        standard_error: 0.0,
        units: 1.0,
        requests_per_unit: 1.0,
        replicates: None,
        lag1: None,
    })
}

fn largest_lag1(sides: [&Series; 2]) -> Option<f64> {
    let runs = sides.into_iter().flat_map(|side| &side.runs).filter(|run| run.len() >= 20);
    runs.filter_map(|run| lag1(run)).reduce(f64::max)
}

/// One run a side, or runs that are pooled: resampling.
fn bootstrap(baseline: &Series, candidate: &Series, p: f64, rule: &Rule) -> Result<Evidence, Lacking> {
    let correlation = largest_lag1([baseline, candidate]);
    let method = if correlation.is_some_and(|r| r > DEPENDENT) {
        Method::BlockBootstrapHarrellDavis
    } else {
        Method::BootstrapHarrellDavis
    };
    let (a, b) = (sorted(&baseline.pooled()), sorted(&candidate.pooled()));
    let weights_a = HarrellDavis::new(a.len(), p);
    let other = (b.len() != a.len()).then(|| HarrellDavis::new(b.len(), p));
    let weights_b = other.as_ref().unwrap_or(&weights_a);
    let (from, to) = (weights_a.of_sorted(&a), weights_b.of_sorted(&b));
    if from <= 0.0 || to <= 0.0 {
        return degenerate(from, to, method, false);
    }
    let mut ratios = replicates(baseline, &a, &weights_a, method, rule, 0);
    let top = replicates(candidate, &b, weights_b, method, rule, 1);
    // Samples that hang together are worth fewer.
    let worth = |side: &Series| match method {
        Method::BlockBootstrapHarrellDavis => side.runs.iter().map(|run| effective(run)).sum(),
        _ => side.len() as f64,
    };
    let change = libm::log(to / from);
    let sizes = a.len().min(b.len()) as f64 / a.len().max(b.len()) as f64;
    let widening = widening(worth(baseline).min(worth(candidate)), p) * (1.0 + 0.2 * (1.0 - sizes));
    for (bottom, top) in ratios.iter_mut().zip(top) {
        let ratio = libm::log(top.max(f64::MIN_POSITIVE) / bottom.max(f64::MIN_POSITIVE));
        *bottom = change + widening * (ratio - change);
    }
    let (_, spread) = mean_and_sd(&ratios);
    let discord = discord([baseline, candidate], p, spread);
    for ratio in &mut ratios {
        *ratio = change + discord * (*ratio - change);
    }
    let standard_error = discord * spread;
    ratios.sort_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - CONFIDENCE);
    let end = |p| quantile(&ratios, p, QuantileMethod::HyndmanFan7).unwrap_or(0.0);
    let (mut low, mut high) = (end(tail), end(1.0 - tail));
    let below = |limit: f64| ratios.partition_point(|ratio| *ratio <= limit);
    let above = |limit: f64| ratios.len() - ratios.partition_point(|ratio| *ratio < limit);
    let (mut up, mut down) = (below(0.0), above(0.0));
    if sizes < ALIKE {
        // The skew of a small side is not cancelled by that of a large one: what may lie on one side
        // of the change may lie as far on the other.
        (low, high) = (low.min(2.0 * change - high), high.max(2.0 * change - low));
        (up, down) = (up.max(above(2.0 * change)), down.max(below(2.0 * change)));
    }
    let count = ratios.len() as f64;
    // A share of none says only that it is below one in so many.
    let share = |hits: usize| (hits as f64).max(1.0) / count;
    Ok(Evidence {
        method,
        baseline: from,
        candidate: to,
        change_pct: (to / from - 1.0) * 100.0,
        ci_pct: (percent(low), percent(high)),
        p_up: share(up),
        p_down: share(down),
        level: tail,
        standard_error,
        units: harmonic(a.len() as f64, b.len() as f64),
        requests_per_unit: 1.0,
        replicates: method.resamples().then_some(rule.replicates),
        lag1: correlation,
    })
}

/// How much more pooled runs differ than their samples explain, at least 1: resampling the pool sees
/// nothing of it, and two runs a side are too few to test with.
///
/// # Source
/// The Birge ratio (1932), by which the errors of discordant measurements are widened.
fn discord(sides: [&Series; 2], p: f64, standard_error: f64) -> f64 {
    let (mut squares, mut degrees, mut pooled) = (0.0, 0.0, 0.0);
    if sides.iter().all(|side| side.runs.len() < 2) {
        return 1.0;
    }
    for side in sides {
        let runs = side.runs.iter().filter(|run| run.len() as u64 >= RESAMPLED_FROM);
        let estimate = |run: &Vec<f64>| quantile(&sorted(run), p, QuantileMethod::HarrellDavis);
        let logs: Vec<f64> = runs.filter_map(estimate).filter(|x| *x > 0.0).map(libm::log).collect();
        let (_, sd) = mean_and_sd(&logs);
        let more = logs.len().saturating_sub(1) as f64;
        squares += sd * sd * more;
        degrees += more;
        pooled += 1.0 / logs.len().max(1) as f64;
    }
    // What the samples of one run explain.
    let explained = standard_error * standard_error / pooled;
    if degrees > 0.0 && explained > 0.0 { libm::sqrt((squares / degrees / explained).max(1.0)) } else { 1.0 }
}

/// How much wider than the resamples' spread the truth is: few samples beyond the quantile show too
/// little of what is there.
///
/// Nothing from two and a half samples beyond it on, 50 for a P95, where the rule's published rates
/// begin; three tenths at one. Without it 6 to 7 of 100 unchanged builds of 20 samples are called a
/// regression, with it 2 to 3. Less than one is had only from samples that hang together, whose
/// blocks are then few as well.
fn widening(samples: f64, p: f64) -> f64 {
    let beyond = samples * p.min(1.0 - p);
    1.0 + (2.5 - beyond).max(0.0) / 5.0 + (1.0 - beyond).max(0.0)
}

/// The estimates from resamples of one side, each side with random numbers of its own.
fn replicates(
    side: &Series,
    sorted: &[f64],
    weights: &HarrellDavis,
    method: Method,
    rule: &Rule,
    side_number: u64,
) -> Vec<f64> {
    let stream = Stream::new(rule.seed, Purpose::Resampling).of_call(side_number);
    let mut counter = 0;
    let mut draws = Draws::new(|| {
        counter += 1;
        stream.word(counter)
    });
    if method == Method::BlockBootstrapHarrellDavis {
        let runs: Vec<&[f64]> = side.runs.iter().map(Vec::as_slice).collect();
        let mut blocks = BlockBootstrap::new(&runs, sorted, weights);
        (0..rule.replicates).map(|_| blocks.replicate(&mut draws)).collect()
    } else {
        let mut single = HarrellDavisBootstrap::new(sorted, weights);
        (0..rule.replicates).map(|_| single.replicate(&mut draws)).collect()
    }
}

/// Means, or rates as their inverse.
fn means(baseline: &Series, candidate: &Series, inverted: bool) -> Result<Evidence, Lacking> {
    if comparable_runs(baseline, candidate, 1) {
        let each = |side: &Series| -> Vec<f64> { side.runs.iter().map(|run| mean_and_sd(run).0).collect() };
        return compare_runs(baseline, candidate, &each(baseline), &each(candidate), inverted);
    }
    let has = baseline.len().min(candidate.len()) as u64;
    if has < 2 {
        return Err(Lacking::Samples { has, needed: 2 });
    }
    // The relative variance of a side's mean, with as many samples as they are worth.
    let part = |side: &Series| {
        let pooled = side.pooled();
        let (mean, sd) = mean_and_sd(&pooled);
        let worth: f64 = side.runs.iter().map(|run| effective(run)).sum();
        (mean, (sd / mean) * (sd / mean) / worth, (worth - 1.0).max(1.0))
    };
    let ((m1, v1, d1), (m2, v2, d2)) = (part(baseline), part(candidate));
    if m1 <= 0.0 || m2 <= 0.0 {
        return degenerate(m1, m2, Method::WelchLogMeans, inverted);
    }
    let sign = if inverted { -1.0 } else { 1.0 };
    let compared = MeanDifference::from_parts(sign * libm::log(m2 / m1), (v1, d1), (v2, d2));
    let ends = if inverted { (1000.0 / m1, 1000.0 / m2) } else { (m1, m2) };
    let units = harmonic(baseline.len() as f64, candidate.len() as f64);
    let mut evidence = of_log_difference(&compared, ends, Method::WelchLogMeans, 0.025, units, 1.0);
    evidence.lag1 = largest_lag1([baseline, candidate]);
    Ok(evidence)
}

/// What a run's samples are worth: fewer where neighbours hang together.
fn effective(run: &[f64]) -> f64 {
    match lag1(run) {
        Some(r) if r > DEPENDENT => effective_sample_size(run),
        _ => run.len() as f64,
    }
}

/// Shares of requests, compared in percentage points.
fn shares(baseline: &Series, candidate: &Series) -> Result<Evidence, Lacking> {
    let share = |run: &Vec<f64>| run.iter().filter(|value| **value != 0.0).count() as f64 / run.len() as f64;
    if comparable_runs(baseline, candidate, 1) {
        let each = |side: &Series| -> Vec<f64> { side.runs.iter().map(share).collect() };
        let (a, b) = (each(baseline), each(candidate));
        if let Some(compared) = MeanDifference::welch(&a, &b).filter(|compared| compared.standard_error > 0.0) {
            let (low, high) = compared.interval(CONFIDENCE);
            let per_unit = (baseline.len() + candidate.len()) as f64 / (a.len() + b.len()) as f64;
            return Ok(Evidence {
                method: Method::WelchShares,
                baseline: mean_and_sd(&a).0,
                candidate: mean_and_sd(&b).0,
                change_pct: compared.difference * 100.0,
                ci_pct: (low * 100.0, high * 100.0),
                p_up: compared.p_above(),
                p_down: 1.0 - compared.p_above(),
                level: RUNS_LEVEL,
                standard_error: compared.standard_error * 100.0,
                units: harmonic(a.len() as f64, b.len() as f64),
                requests_per_unit: per_unit,
                replicates: None,
                lag1: None,
            });
        }
    }
    Ok(newcombe(
        (share(&baseline.pooled()), baseline.len() as f64),
        (share(&candidate.pooled()), candidate.len() as f64),
    ))
}

/// The difference of two shares of so many requests.
///
/// # Source
/// Newcombe (1998), method 10: from Wilson's intervals of the two.
fn newcombe((p1, n1): (f64, f64), (p2, n2): (f64, f64)) -> Evidence {
    let z = normal_quantile(0.5 * (1.0 + CONFIDENCE));
    let wilson = |p: f64, n: f64| {
        let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let reach = z * libm::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n)) / (1.0 + z * z / n);
        (middle - reach, middle + reach)
    };
    let ((l1, u1), (l2, u2)) = (wilson(p1, n1), wilson(p2, n2));
    let difference = p2 - p1;
    let low = difference - libm::sqrt((p2 - l2) * (p2 - l2) + (u1 - p1) * (u1 - p1));
    let high = difference + libm::sqrt((u2 - p2) * (u2 - p2) + (p1 - l1) * (p1 - l1));
    let pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
    let null_error = libm::sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2));
    // Beyond 10⁶ degrees of freedom Student's t is the normal.
    let p_up = if null_error > 0.0 { student_t_upper(difference / null_error, 1e6) } else { 1.0 };
    Evidence {
        method: Method::NewcombeShares,
        baseline: p1,
        candidate: p2,
        change_pct: difference * 100.0,
        ci_pct: (low * 100.0, high * 100.0),
        p_up,
        p_down: if null_error > 0.0 { 1.0 - p_up } else { 1.0 },
        level: 0.025,
        standard_error: 100.0 * (high - low) / (2.0 * z),
        units: harmonic(n1, n2),
        requests_per_unit: 1.0,
        replicates: None,
        lag1: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From next to nothing to something: no percentage, and none that is infinite.
    #[test]
    fn a_change_from_next_to_nothing_has_no_percentage() {
        for nothing in [0.0, 5e-324, 1e-310] {
            for runs in [1, 5] {
                let side = |value: f64| Series::of("ms", vec![vec![value; 100]; runs]);
                for statistic in [Statistic::Quantile(0.95), Statistic::Mean] {
                    match weigh(&side(nothing), &side(100.0), statistic, &Rule::default()) {
                        Ok(evidence) => panic!("{nothing}: {evidence:?}"),
                        Err(lacking) => assert!(matches!(lacking, Lacking::ZeroBaseline { .. }), "{lacking:?}"),
                    }
                }
            }
        }
    }

    #[test]
    fn a_change_to_zero_is_one_of_a_hundred_percent() {
        for runs in [1, 5] {
            let side = |value: f64| Series::of("ms", vec![vec![value; 100]; runs]);
            for statistic in [Statistic::Quantile(0.95), Statistic::Mean] {
                let evidence = weigh(&side(332.0), &side(0.0), statistic, &Rule::default()).unwrap();
                assert_eq!((evidence.change_pct, evidence.ci_pct), (-100.0, (-100.0, -100.0)));
                assert!(evidence.p_down < evidence.level && evidence.p_up == 1.0);
            }
        }
    }

    /// Newcombe (1998), table II, row (a): 56/70 − 48/80, method 10: 0.0524 to 0.3339.
    #[test]
    fn newcombes_own_example() {
        let evidence = newcombe((48.0 / 80.0, 80.0), (56.0 / 70.0, 70.0));
        assert!((evidence.ci_pct.0 - 5.24).abs() < 0.005, "{:?}", evidence.ci_pct);
        assert!((evidence.ci_pct.1 - 33.39).abs() < 0.005, "{:?}", evidence.ci_pct);
    }
}
