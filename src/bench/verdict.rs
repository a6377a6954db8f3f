use serde::Serialize;

use crate::compat::{NaiveStatus, naive_regression};
use crate::stats::{QuantileMethod, quantile};
use crate::words::{Arg, Message, Word};

use super::evidence::{Evidence, Lacking, Method, weigh};
use super::metric::{Better, Statistic};
use super::series::Series;

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
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
}

impl Default for Rule {
    fn default() -> Self {
        Rule { threshold_pct: 10.0, replicates: 2000, seed: 42, severity: Severity::Failure, gate: false }
    }
}

/// What the original's rule would have said, and how often it says so of nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    pub samples: (usize, usize),
    pub runs: (usize, usize),
    pub lag1: Option<f64>,
    pub naive: Option<Naive>,
    /// What else should be known, in words.
    #[serde(skip)]
    pub notes: Vec<Message>,
}

/// A comparison half done: what the samples say, waiting for its family.
pub(super) struct Weighed {
    pub evidence: Result<Evidence, Lacking>,
    baseline: Series,
    candidate: Series,
    statistic: Statistic,
    metric: String,
}

impl Weighed {
    pub fn new(metric: &str, baseline: Series, candidate: Series, statistic: Statistic, rule: &Rule) -> Self {
        let evidence = weigh(&baseline, &candidate, statistic, rule);
        Weighed { evidence, baseline, candidate, statistic, metric: metric.to_string() }
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

    /// The verdict in one sentence.
    pub fn sentence(&self, name: &str) -> Message {
        if let (Method::Naive, Some(naive)) = (self.method, &self.naive) {
            return naive.told(Word::bench_say_naive).text("name", name).with("metric", self.metric_name());
        }
        let word = match (self.verdict, self.better, self.ci_pct.is_some()) {
            (Outcome::Pass, ..) => Word::bench_say_pass,
            (Outcome::Regression, Better::Lower, _) => Word::bench_say_regression_up,
            (Outcome::Regression, Better::Higher, _) => Word::bench_say_regression_down,
            (Outcome::Improvement, ..) => Word::bench_say_improvement,
            (Outcome::Inconclusive, _, true) => Word::bench_say_inconclusive,
            (Outcome::Inconclusive, _, false) => Word::bench_say_too_few,
            (Outcome::Baseline, ..) => Word::bench_say_baseline,
        };
        let (low, high) = self.ci_pct.unwrap_or_default();
        let message = Message::new(word).text("name", name).with("metric", self.metric_name());
        match word {
            Word::bench_say_baseline => message,
            Word::bench_say_too_few => message.number("needed", self.requests_needed.unwrap_or(0) as f64),
            _ => {
                let message = message
                    .with("change", Arg::Percent(self.change_pct.unwrap_or(0.0) / 100.0))
                    .with("low", Arg::Percent(low / 100.0))
                    .with("high", Arg::Percent(high / 100.0))
                    .with("threshold", Arg::Percent(self.threshold_pct / 100.0));
                if word == Word::bench_say_inconclusive {
                    message.number("needed", self.requests_needed.unwrap_or(0) as f64)
                } else {
                    message
                }
            }
        }
    }
}

impl Verdict {
    fn metric_name(&self) -> Arg {
        let metric = super::metric::Metric::from_key(&self.metric);
        metric.map_or_else(|| Arg::Text(self.metric.clone()), |metric| Arg::Word(metric.word()))
    }
}

impl Naive {
    /// A sentence about it: its change, and how often it cries wolf.
    fn told(&self, word: Word) -> Message {
        Message::new(word)
            .with("change", Arg::Percent(self.change_pct.unwrap_or(0.0) / 100.0))
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
    let Weighed { evidence, baseline, candidate, statistic, metric } = weighed;
    let naive = naive_verdict(&baseline, &candidate, statistic, rule.threshold_pct);
    let samples = (baseline.len(), candidate.len());
    let mut verdict = Verdict {
        verdict: Outcome::Inconclusive,
        metric,
        unit: candidate.unit.clone(),
        better: candidate.better,
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
        samples,
        runs: (baseline.runs.len(), candidate.runs.len()),
        lag1: None,
        naive,
        notes: Vec::new(),
    };
    match evidence {
        Ok(evidence) => fill(&mut verdict, &evidence, rule, stands),
        Err(Lacking::Baseline) => {
            verdict.verdict = Outcome::Baseline;
            verdict.naive = None;
        }
        Err(Lacking::Candidate) => verdict.notes.push(Word::bench_note_no_values.into()),
        Err(Lacking::Samples { has, needed }) => {
            verdict.requests_needed = Some(needed.saturating_sub(has));
            let note = Message::new(Word::bench_note_too_few).number("has", has as f64).number("needed", needed as f64);
            verdict.notes.push(note);
        }
        Err(Lacking::ZeroBaseline) => verdict.notes.push(Word::bench_note_zero.into()),
    }
    notes(&mut verdict);
    verdict
}

/// The rule itself: size and significance both.
fn fill(verdict: &mut Verdict, evidence: &Evidence, rule: &Rule, stands: bool) {
    let threshold = rule.threshold_pct;
    let (low, high) = evidence.ci_pct;
    // Seen so that more is worse.
    let (change, low, high, p_worse, p_better) = match verdict.better {
        Better::Lower => (evidence.change_pct, low, high, evidence.p_up, evidence.p_down),
        Better::Higher => (-evidence.change_pct, -high, -low, evidence.p_down, evidence.p_up),
    };
    let better = p_better <= evidence.level;
    verdict.verdict = if change > threshold && stands {
        Outcome::Regression
    } else if change < -threshold && better {
        Outcome::Improvement
    } else if high < threshold {
        Outcome::Pass
    } else {
        Outcome::Inconclusive
    };
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
    if verdict.verdict == Outcome::Inconclusive || (verdict.verdict != Outcome::Regression && naive_only) {
        verdict.requests_needed = Some(requests_needed(evidence, change, threshold));
    }
}

/// Further requests a side: until a change of the threshold's size would be seen four times out
/// of five, or, where that is reached, until the change as measured would be on one side of it.
fn requests_needed(evidence: &Evidence, change: f64, threshold: f64) -> u64 {
    let shares = matches!(evidence.method, Method::WelchShares | Method::NewcombeShares);
    let size = |pct: f64| if shares { pct } else { libm::log1p(pct.max(-99.0) / 100.0) };
    let spread = evidence.standard_error * libm::sqrt(evidence.units);
    let units_for = |reach: f64| (reach / size(threshold)) * (reach / size(threshold));
    let mut units = units_for(2.8 * spread);
    if units <= evidence.units {
        let gap = if change > threshold { size(change) } else { size(threshold) - size(change) };
        units = if gap > 0.0 { (1.96 * spread / gap) * (1.96 * spread / gap) } else { f64::INFINITY };
    }
    // Never nothing, and never more than a person would believe.
    let further = (units - evidence.units) * evidence.requests_per_unit;
    libm::ceil(further.clamp(1.0, 1e9)) as u64
}

/// What a reader of the verdict should know beside it.
fn notes(verdict: &mut Verdict) {
    let pooled = !matches!(
        verdict.method,
        Method::WelchLogRuns | Method::PairedLogRuns | Method::WelchShares | Method::None | Method::Naive
    );
    let (a, b) = verdict.runs;
    if pooled && a.max(b) > 1 {
        let note = Message::new(Word::bench_note_pooled).number("a", a as f64).number("b", b as f64);
        verdict.notes.push(note);
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
        && verdict.naive.as_ref().is_some_and(|naive| naive.verdict == Outcome::Regression);
    if let (true, Some(naive)) = (naive_only, &verdict.naive) {
        let note = naive.told(Word::bench_note_naive);
        verdict.notes.push(note);
    }
}
