//! What a comparison says: the rule that turns evidence into a verdict, and the verdict in words.

use serde::Serialize;

use crate::compat::{NaiveStatus, naive_regression};
use crate::stats::{QuantileMethod, quantile};
use crate::words::{Arg, Message, Word};

use super::evidence::{Evidence, Lacking, Method, weigh};
use super::metric::{Better, Metric, Statistic};
use super::series::Series;

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    Pass,
    Regression,
    Improvement,
    Inconclusive,
    /// There was nothing to compare with.
    Baseline,
}

impl Outcome {
    pub fn key(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Regression => "regression",
            Outcome::Improvement => "improvement",
            Outcome::Inconclusive => "inconclusive",
            Outcome::Baseline => "baseline",
        }
    }

    pub fn word(self) -> Word {
        match self {
            Outcome::Pass => Word::bench_pass,
            Outcome::Regression => Word::bench_regression,
            Outcome::Improvement => Word::bench_improvement,
            Outcome::Inconclusive => Word::bench_inconclusive,
            Outcome::Baseline => Word::bench_baseline,
        }
    }
}

/// How loudly a finding is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    None,
    Notice,
    Warning,
    Failure,
}

impl Severity {
    pub const ALL: [Severity; 4] = [Severity::None, Severity::Notice, Severity::Warning, Severity::Failure];

    pub fn key(self) -> &'static str {
        ["none", "notice", "warning", "failure"][self as usize]
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Severity::ALL.into_iter().find(|severity| severity.key() == key)
    }
}

/// How verdicts are reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// How much worse is too much, in percent; in points for a share.
    pub threshold_pct: f64,
    pub replicates: u32,
    pub seed: u64,
    /// The most a regression may count.
    pub severity: Severity,
    /// Whether a regression is to stop a change rather than to warn.
    pub gate: bool,
    /// The smallest change that counts, in the unit of the values; 0 for none.
    pub min_change: f64,
    /// Whether a gate may rest on a single run a side, which cannot show how runs differ.
    pub single_run: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Rule {
            threshold_pct: 10.0,
            replicates: 2000,
            seed: 42,
            severity: Severity::Failure,
            gate: false,
            min_change: 0.0,
            single_run: false,
        }
    }
}

/// What the original's rule would have said, and how often it says so of nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Naive {
    pub verdict: Outcome,
    pub change_pct: Option<f64>,
    /// How many of a hundred unchanged builds it calls a regression at about this many samples.
    pub false_alarm_pct: f64,
    /// The samples a side that figure was measured at.
    pub measured_at_samples: u32,
}

/// A verdict on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    pub verdict: Outcome,
    pub metric: String,
    pub unit: String,
    pub better: Better,
    /// The change in percent; in percentage points for a share.
    pub change_pct: Option<f64>,
    /// The two-sided 95 % interval of the change.
    pub ci_pct: Option<(f64, f64)>,
    pub baseline: Option<f64>,
    pub candidate: Option<f64>,
    /// The chance of so much for the worse if nothing changed.
    pub p_value: Option<f64>,
    pub method: Method,
    pub replicates: Option<u32>,
    pub seed: u64,
    pub threshold_pct: f64,
    /// Further requests a side until the question could be settled.
    pub requests_needed: Option<u64>,
    pub severity: Severity,
    /// Whether the whole interval is beyond the threshold.
    pub certain: bool,
    /// Whether a gate waits for it where it is inconclusive: not where its policy says `none`.
    pub weighs: bool,
    /// Whether it was weighed unasked, because losses are part of every verdict.
    pub guard: bool,
    /// Whether a side has one run only.
    pub single_run: bool,
    /// Whether a gate holds it back because of that, whatever it would have said.
    pub held: bool,
    /// The smallest change that counts, in the metric's unit.
    pub min_change: f64,
    /// Why there is no evidence, where there is none.
    pub lacking: Option<Missing>,
    pub samples: (usize, usize),
    pub runs: (usize, usize),
    pub lag1: Option<f64>,
    pub naive: Option<Naive>,
    /// What else should be known, in words.
    #[serde(skip)]
    pub notes: Vec<Message>,
}

/// Why a metric could not be weighed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// The new result does not have the benchmark.
    Benchmark,
    /// The new result has the benchmark, and not one request of it.
    Requests,
    /// The new result has no values of the metric.
    Values,
    /// Fewer samples than the statistic needs.
    Samples,
    /// The baseline is zero, and a change from zero has no percentage.
    ZeroBaseline,
    /// There is no baseline yet.
    Baseline,
}

/// A comparison half done: what the samples say, waiting for its family.
pub(super) struct Weighed {
    pub evidence: Result<Evidence, Lacking>,
    baseline: Series,
    candidate: Series,
    statistic: Statistic,
    metric: String,
    guard: bool,
}

impl Weighed {
    pub fn new(metric: &str, baseline: Series, candidate: Series, statistic: Statistic, rule: &Rule) -> Self {
        let evidence = weigh(&baseline, &candidate, statistic, rule);
        Weighed { evidence, baseline, candidate, statistic, metric: metric.to_string(), guard: false }
    }

    /// The same as a guard: weighed whether it was asked for or not.
    pub fn guarding(self, guard: bool) -> Self {
        Weighed { guard, ..self }
    }

    pub fn is_guard(&self) -> bool {
        self.guard
    }

    /// The chance of a change for the worse by chance, as a fraction of its level.
    pub fn p_over_level(&self) -> f64 {
        let Ok(evidence) = &self.evidence else { return f64::INFINITY };
        let p = match self.candidate.better {
            Better::Lower => evidence.p_up,
            Better::Higher => evidence.p_down,
        };
        p / evidence.level
    }

    /// The verdict; `stands` says whether significance holds within the family.
    pub fn decide(self, rule: &Rule, stands: bool) -> Verdict {
        decide(self, rule, stands)
    }
}

impl Verdict {
    /// Compares two series alone.
    pub fn of(metric: &str, baseline: Series, candidate: Series, statistic: Statistic, rule: &Rule) -> Self {
        let weighed = Weighed::new(metric, baseline, candidate, statistic, rule);
        let stands = weighed.p_over_level() <= 1.0;
        weighed.decide(rule, stands)
    }

    /// A benchmark that the baseline has and the new result lacks: a finding, whatever else is said.
    pub(super) fn of_missing(why: Missing, requests: usize, runs: usize, rule: &Rule) -> Self {
        let severity = if rule.gate { Severity::Failure } else { Severity::Warning };
        Verdict {
            verdict: Outcome::Regression,
            severity,
            samples: (requests, 0),
            runs: (runs, 0),
            lacking: Some(why),
            ..Verdict::blank("requests", "requests", Better::Higher, rule)
        }
    }

    fn blank(metric: &str, unit: &str, better: Better, rule: &Rule) -> Self {
        Verdict {
            verdict: Outcome::Inconclusive,
            metric: metric.to_string(),
            unit: unit.to_string(),
            better,
            change_pct: None,
            ci_pct: None,
            baseline: None,
            candidate: None,
            p_value: None,
            method: Method::None,
            replicates: None,
            seed: rule.seed,
            threshold_pct: rule.threshold_pct,
            requests_needed: None,
            severity: Severity::None,
            certain: false,
            weighs: rule.severity > Severity::None,
            guard: false,
            single_run: false,
            held: false,
            min_change: rule.min_change,
            lacking: None,
            samples: (0, 0),
            runs: (0, 0),
            lag1: None,
            naive: None,
            notes: Vec::new(),
        }
    }

    /// The verdict in one sentence.
    pub fn sentence(&self, name: &str) -> Message {
        if let (Method::Naive, Some(naive)) = (self.method, &self.naive) {
            return naive.told(Word::bench_say_naive).text("name", name).with("metric", self.metric_name());
        }
        let share = self.unit == "share";
        let word = match (self.verdict, self.lacking) {
            (_, Some(Missing::Benchmark)) => Word::bench_say_missing,
            (_, Some(Missing::Requests)) => Word::bench_say_empty,
            (_, Some(Missing::Values)) => Word::bench_say_no_values,
            (_, Some(Missing::Samples)) => Word::bench_say_too_few,
            (_, Some(Missing::ZeroBaseline)) => Word::bench_say_zero,
            (_, Some(Missing::Baseline)) | (Outcome::Baseline, _) => Word::bench_say_baseline,
            (Outcome::Pass, _) if share => Word::bench_say_share_pass,
            (Outcome::Pass, _) => Word::bench_say_pass,
            (Outcome::Regression, _) if share => Word::bench_say_share_regression,
            (Outcome::Improvement, _) if share => Word::bench_say_share_improvement,
            (Outcome::Inconclusive, _) if share => Word::bench_say_share_open,
            (Outcome::Regression | Outcome::Improvement, _) if self.is_far() => Word::bench_say_far,
            (Outcome::Regression, _) if self.better == Better::Lower => Word::bench_say_regression_up,
            (Outcome::Regression, _) => Word::bench_say_regression_down,
            (Outcome::Improvement, _) => Word::bench_say_improvement,
            (Outcome::Inconclusive, _) if self.held => Word::bench_say_single,
            (Outcome::Inconclusive, _) if self.requests_needed.is_none() => Word::bench_say_at_edge,
            (Outcome::Inconclusive, _) => Word::bench_say_inconclusive,
        };
        let (low, high) = self.ci_pct.unwrap_or_default();
        let percent = |pct: f64| if share { Arg::Number(pct) } else { percent_or_factor(pct) };
        let value = |value: Option<f64>| self.value(value.unwrap_or(0.0));
        Message::new(word)
            .text("name", name)
            .with("metric", self.metric_name())
            .with("change", percent(self.change_pct.unwrap_or(0.0)))
            .with("low", percent(low))
            .with("high", percent(high))
            .with("threshold", percent(self.threshold_pct))
            .with("from", value(self.baseline))
            .with("to", value(self.candidate))
            .number("before", self.samples.0 as f64)
            .number("now", self.samples.1 as f64)
            .number("needed", self.requests_needed.unwrap_or(0) as f64)
    }

    /// Whether the baseline is so small beside the candidate that a percentage says nothing.
    fn is_far(&self) -> bool {
        self.change_pct.is_some_and(|pct| pct.is_nan() || pct.abs() >= MOST_PCT)
    }

    /// A value of the metric, in its unit.
    fn value(&self, value: f64) -> Arg {
        match self.unit.as_str() {
            "share" => Arg::Percent(value),
            unit => in_unit(value, unit),
        }
    }

    fn metric_name(&self) -> Arg {
        let metric = Metric::from_key(&self.metric);
        match metric.filter(|metric| !metric.of_latencies() || is_time(&self.unit)) {
            Some(metric) => Arg::Word(metric.word()),
            None if metric == Some(Metric::Mean) => Arg::Word(Word::bench_col_mean),
            // A quantile of what is no latency, or the low end: named for what it is.
            None => Arg::Text(self.metric.to_uppercase().replace('_', ".")),
        }
    }
}

/// Beyond this a change is told by its two values.
const MOST_PCT: f64 = 100_000.0;

/// A change in percent, or where that would be a number no one reads, as a factor.
pub(super) fn percent_or_factor(pct: f64) -> Arg {
    if pct.abs() < MOST_PCT {
        Arg::Percent(pct / 100.0)
    } else if pct.is_finite() {
        Arg::Text(format!("× {:.0}", 1.0 + pct / 100.0))
    } else {
        Arg::Text("∞".to_string())
    }
}

/// Whether a unit is one of time.
pub(super) fn is_time(unit: &str) -> bool {
    matches!(unit, "ms" | "s" | "us" | "µs" | "ns" | "min")
}

/// A value in a unit, as people write it.
pub(super) fn in_unit(value: f64, unit: &str) -> Arg {
    match unit {
        "ms" => Arg::Ms(value),
        "s" => Arg::Ms(1000.0 * value),
        "USD" => Arg::Usd(value),
        unit => Arg::In(value, unit.to_string()),
    }
}

impl Naive {
    /// A sentence about it: its change, and how often it cries wolf.
    fn told(&self, word: Word) -> Message {
        Message::new(word)
            .with("change", percent_or_factor(self.change_pct.unwrap_or(0.0)))
            .number("alarms", self.false_alarm_pct)
            .number("samples", f64::from(self.measured_at_samples))
    }
}

/// The original's rule on the pooled samples, with its false-alarm rate; `None` for what it was
/// not made for.
pub fn naive_verdict(baseline: &Series, candidate: &Series, statistic: Statistic, threshold_pct: f64) -> Option<Naive> {
    let Statistic::Quantile(p) = statistic else { return None };
    let of = |side: &Series| {
        let mut pooled = side.pooled();
        pooled.sort_by(f64::total_cmp);
        quantile(&pooled, p, QuantileMethod::IndexRule)
    };
    let (from, to) = of(baseline).zip(of(candidate))?;
    let judged = naive_regression(from, to, threshold_pct);
    let status = judged.map(|(status, _)| match (status, candidate.better) {
        (NaiveStatus::Pass, _) => Outcome::Pass,
        (NaiveStatus::Regression, Better::Lower) | (NaiveStatus::Improvement, Better::Higher) => Outcome::Regression,
        (NaiveStatus::Improvement, Better::Lower) | (NaiveStatus::Regression, Better::Higher) => Outcome::Improvement,
    });
    // Measured on lognormal latencies of mean 350 ms and sd 100 ms, nothing changed, P95, 10 %.
    const MEASURED: [(u32, f64); 3] = [(50, 18.5), (100, 12.0), (1000, 0.1)];
    let n = baseline.len().min(candidate.len()) as f64;
    let near = |samples: u32| libm::fabs(libm::log(n / f64::from(samples)));
    let nearest = MEASURED.into_iter().min_by(|a, b| near(a.0).total_cmp(&near(b.0)))?;
    Some(Naive {
        verdict: status.unwrap_or(Outcome::Baseline),
        change_pct: judged.map(|(_, change)| change),
        false_alarm_pct: nearest.1,
        measured_at_samples: nearest.0,
    })
}

fn decide(weighed: Weighed, rule: &Rule, stands: bool) -> Verdict {
    let Weighed { evidence, baseline, candidate, statistic, metric, guard } = weighed;
    let naive = naive_verdict(&baseline, &candidate, statistic, rule.threshold_pct);
    let samples = (baseline.len(), candidate.len());
    let runs = (baseline.runs.len(), candidate.runs.len());
    let mut verdict = Verdict {
        guard,
        single_run: runs.0.min(runs.1) == 1,
        samples,
        runs,
        naive,
        ..Verdict::blank(&metric, &candidate.unit, candidate.better, rule)
    };
    match evidence {
        Ok(evidence) => fill(&mut verdict, &evidence, rule, stands),
        Err(Lacking::Baseline) => {
            verdict.verdict = Outcome::Baseline;
            verdict.lacking = Some(Missing::Baseline);
            verdict.naive = None;
        }
        Err(Lacking::Candidate) => verdict.lacking = Some(Missing::Values),
        Err(Lacking::Samples { has, needed }) => {
            verdict.lacking = Some(Missing::Samples);
            verdict.requests_needed = Some(needed.saturating_sub(has).max(1));
            let note = Message::new(Word::bench_note_too_few).number("has", has as f64).number("needed", needed as f64);
            verdict.notes.push(note);
        }
        Err(Lacking::ZeroBaseline { from, to }) => {
            verdict.lacking = Some(Missing::ZeroBaseline);
            (verdict.baseline, verdict.candidate) = (Some(from), Some(to));
        }
    }
    let shortest = [&baseline, &candidate].into_iter().flat_map(|side| &side.runs).map(Vec::len).min().unwrap_or(0);
    notes(&mut verdict, shortest, statistic);
    verdict
}

/// The rule itself: size and significance both.
fn fill(verdict: &mut Verdict, evidence: &Evidence, rule: &Rule, stands: bool) {
    let shares = evidence.is_of_shares();
    let floor_pct = if shares || evidence.baseline <= 0.0 { 0.0 } else { 100.0 * rule.min_change / evidence.baseline };
    let threshold = rule.threshold_pct.max(floor_pct);
    verdict.threshold_pct = threshold;
    if floor_pct > rule.threshold_pct {
        let floor = in_unit(rule.min_change, &verdict.unit);
        let note = Message::new(Word::bench_note_floor).with("floor", floor);
        verdict.notes.push(note.with("pct", percent_or_factor(floor_pct)));
    }
    let (low, high) = evidence.ci_pct;
    // Seen so that more is worse.
    let (change, low, high, p_worse, p_better) = match verdict.better {
        Better::Lower => (evidence.change_pct, low, high, evidence.p_up, evidence.p_down),
        Better::Higher => (-evidence.change_pct, -high, -low, evidence.p_down, evidence.p_up),
    };
    // A difference of two shares carries the rounding of both: 1 - 0.98 is a little more than 2 points.
    let change = if shares { libm::round(change * 1e9) / 1e9 } else { change };
    let better = p_better <= evidence.level;
    verdict.verdict = if change > threshold && stands {
        Outcome::Regression
    } else if change < -threshold && better {
        Outcome::Improvement
    } else if high < threshold || (verdict.guard && change <= threshold) {
        // A guard stops what was lost, not what a few requests cannot rule out.
        Outcome::Pass
    } else {
        Outcome::Inconclusive
    };
    // Losses are seen within a run; how slow it is, only between runs.
    let held = rule.gate && !rule.single_run && verdict.single_run && !shares;
    verdict.held = held;
    if held {
        verdict.verdict = Outcome::Inconclusive;
    }
    verdict.change_pct = Some(evidence.change_pct);
    verdict.ci_pct = Some(evidence.ci_pct);
    verdict.baseline = Some(evidence.baseline);
    verdict.candidate = Some(evidence.candidate);
    verdict.p_value = Some(p_worse);
    verdict.method = evidence.method;
    verdict.replicates = evidence.replicates;
    verdict.lag1 = evidence.lag1;
    verdict.certain = verdict.verdict == Outcome::Regression && low > threshold;
    let naive_only = verdict.naive.as_ref().is_some_and(|naive| naive.verdict == Outcome::Regression);
    let noticed = change > threshold || low > 0.0 || naive_only;
    verdict.severity = match verdict.verdict {
        Outcome::Regression => rule.severity.min(if rule.gate { Severity::Failure } else { Severity::Warning }),
        _ if noticed => Severity::Notice.min(rule.severity),
        _ => Severity::None,
    };
    if !held && (verdict.verdict == Outcome::Inconclusive || (verdict.verdict != Outcome::Regression && naive_only)) {
        verdict.requests_needed = requests_needed(evidence, change, threshold);
    }
}

/// The most further requests that are worth naming.
const MOST_NEEDED: f64 = 1e6;

/// Further requests a side, if there is a number that anyone would send: until a change of the threshold's size would be seen four times out
/// of five, or, where that is reached, until the change as measured would be on one side of it.
fn requests_needed(evidence: &Evidence, change: f64, threshold: f64) -> Option<u64> {
    let shares = evidence.is_of_shares();
    let size = |pct: f64| if shares { pct } else { libm::log1p(pct.max(-99.0) / 100.0) };
    let spread = evidence.standard_error * libm::sqrt(evidence.units);
    let units_for = |reach: f64| (reach / size(threshold)) * (reach / size(threshold));
    let mut units = units_for(2.8 * spread);
    if units <= evidence.units {
        let gap = if change > threshold { size(change) } else { size(threshold) - size(change) };
        units = if gap > 0.0 { (1.96 * spread / gap) * (1.96 * spread / gap) } else { f64::INFINITY };
    }
    let further = libm::ceil(((units - evidence.units) * evidence.requests_per_unit).max(1.0));
    // More than anyone would send is no answer.
    (further <= MOST_NEEDED).then_some(further as u64)
}

/// What a reader of the verdict should know beside it.
fn notes(verdict: &mut Verdict, shortest: usize, statistic: Statistic) {
    let pooled = !matches!(
        verdict.method,
        Method::WelchLogRuns | Method::PairedLogRuns | Method::WelchShares | Method::None | Method::Naive
    );
    let (a, b) = verdict.runs;
    if pooled && a.min(b) >= 3 && !matches!(statistic, Statistic::Share) {
        let needed = match statistic {
            Statistic::Quantile(p) => crate::stats::samples_for_estimate(p),
            _ => 1,
        };
        let note = Message::new(Word::bench_note_short_runs).number("least", shortest as f64);
        verdict.notes.push(note.number("needed", needed as f64));
    } else if pooled && a.max(b) > 1 && a.min(b) < 3 && !matches!(statistic, Statistic::Share) {
        let note = Message::new(Word::bench_note_pooled).number("a", a as f64).number("b", b as f64);
        verdict.notes.push(note);
    }
    if pooled && verdict.single_run && !matches!(statistic, Statistic::Share) {
        verdict.notes.push(Word::bench_note_single.into());
    }
    if let (Better::Higher, Statistic::Quantile(p)) = (verdict.better, statistic)
        && p < 0.5
    {
        verdict.notes.push(Message::new(Word::bench_note_low_end).number("exceed", 100.0 * (1.0 - p)));
    }
    if verdict.method == Method::BlockBootstrapHarrellDavis {
        let r = verdict.lag1.unwrap_or(0.0);
        verdict.notes.push(Message::new(Word::bench_note_dependent).number("r", r));
    }
    let (small, large) = (verdict.samples.0.min(verdict.samples.1), verdict.samples.0.max(verdict.samples.1));
    if verdict.method == Method::BootstrapHarrellDavis && small * 2 < large {
        verdict.notes.push(Word::bench_note_unequal.into());
    }
    let naive_only = verdict.verdict != Outcome::Regression
        && verdict.naive.as_ref().is_some_and(|naive| {
            // Beside a baseline of next to nothing it says nothing.
            naive.verdict == Outcome::Regression && naive.change_pct.is_some_and(|pct| pct.abs() < MOST_PCT)
        });
    if let (true, Some(naive)) = (naive_only, &verdict.naive) {
        let note = naive.told(Word::bench_note_naive);
        verdict.notes.push(note);
    }
}

#[cfg(test)]
mod tests;
