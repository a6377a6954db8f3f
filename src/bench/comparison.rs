use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::{self, Fields, Findings};
use crate::problem::{Problem, Problems};
use crate::stats::holm;
use crate::words::{Message, Word};

use super::document::{BenchmarkResult, Document};
use super::metric::Metric;
use super::series::{Series, not_one_of};
use super::suite::Load;
use super::verdict::{Outcome, Rule, Severity, Verdict, Weighed};

/// A verdict and what it is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    pub benchmark: String,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// All verdicts of a comparison, significance held over the whole family.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Family {
    /// How many tests the chance of a false regression is shared by.
    pub size: usize,
    pub correction: &'static str,
    pub comparisons: Vec<Comparison>,
    /// Benchmarks of the baseline that were not measured again.
    pub missing: Vec<String>,
}

/// When a metric counts as worse, and how much that matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricPolicy {
    pub threshold_pct: f64,
    pub severity: Severity,
}

/// The policies of metrics; one not named has the metric's default threshold and may fail a gate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policies(pub BTreeMap<Metric, MetricPolicy>);

impl Policies {
    pub fn of(&self, metric: Metric) -> MetricPolicy {
        let usual = MetricPolicy { threshold_pct: metric.default_threshold_pct(), severity: Severity::Failure };
        self.0.get(&metric).copied().unwrap_or(usual)
    }

    /// The policies with another threshold for these metrics, where one is given.
    pub fn with_threshold(mut self, metrics: &[Metric], threshold_pct: Option<f64>) -> Self {
        for metric in metrics {
            let policy = self.of(*metric);
            let threshold_pct = threshold_pct.unwrap_or(policy.threshold_pct);
            self.0.insert(*metric, MetricPolicy { threshold_pct, ..policy });
        }
        self
    }

    /// Reads `{"p95": {"threshold_pct": 10, "severity": "failure"}, …}`.
    ///
    /// # Errors
    /// Everything in it that cannot be used, with its path.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let document = document::parse(text)?;
        let findings = Findings::default();
        let mut policies = Policies::default();
        let names = document.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        if !document.is_object() {
            findings.push(document::wrong_type("", &document, Word::expected_object));
        }
        for name in names {
            let Some(metric) = Metric::from_key(&name) else {
                findings.push(not_one_of(&name, &name, &Metric::ALL.map(Metric::key).join(", ")));
                continue;
            };
            let Some(fields) = Fields::of(&document[&name], name.as_str(), &findings) else { continue };
            let mut policy = policies.of(metric);
            if let Some(threshold) = fields.number("threshold_pct") {
                policy.threshold_pct = threshold;
                if !(0.0..=10_000.0).contains(&threshold) {
                    let what = Message::new(Word::out_of_range).text("value", threshold.to_string());
                    let hint = Message::new(Word::out_of_range_hint).number("least", 0.0).number("most", 10_000.0);
                    findings.push(Problem::error(fields.path_of("threshold_pct"), what, hint));
                }
            }
            if let Some(severity) = fields.text("severity") {
                match Severity::from_key(&severity) {
                    Some(severity) => policy.severity = severity,
                    None => findings.push(not_one_of(
                        &fields.path_of("severity"),
                        &severity,
                        &Severity::ALL.map(Severity::key).join(", "),
                    )),
                }
            }
            drop(fields);
            policies.0.insert(metric, policy);
        }
        let problems = findings.into_problems();
        if problems.is_empty() { Ok(policies) } else { Err(Problems(problems)) }
    }
}

impl Family {
    /// The verdicts on two plain series, one for each metric. The series' own direction counts.
    pub fn of_series(
        baseline: &Series,
        candidate: &Series,
        metrics: &[Metric],
        policies: &Policies,
        rule: &Rule,
    ) -> Family {
        let halves = metrics.iter().map(|metric| {
            let policy = policies.of(*metric);
            let rule = Rule { threshold_pct: policy.threshold_pct, severity: policy.severity, ..*rule };
            let half = Weighed::new(metric.key(), baseline.clone(), candidate.clone(), metric.statistic(), &rule);
            ("series".to_string(), rule, half)
        });
        Family::of_halves(halves.collect(), Vec::new())
    }

    /// Decides what is weighed, with significance held over all of it.
    fn of_halves(halves: Vec<(String, Rule, Weighed)>, missing: Vec<String>) -> Family {
        let tests: Vec<usize> = (0..halves.len()).filter(|i| halves[*i].2.evidence.is_ok()).collect();
        let stand = holm(&tests.iter().map(|i| halves[*i].2.p_over_level()).collect::<Vec<_>>());
        let mut stands = vec![false; halves.len()];
        for (index, holds) in tests.iter().zip(stand) {
            stands[*index] = holds;
        }
        let decide = |((benchmark, rule, half), stands): ((String, Rule, Weighed), bool)| Comparison {
            benchmark,
            verdict: half.decide(&rule, stands),
        };
        Family {
            size: tests.len(),
            correction: "holm",
            comparisons: halves.into_iter().zip(stands).map(decide).collect(),
            missing,
        }
    }

    /// The comparison that decides: the worst.
    pub fn worst(&self) -> Option<&Comparison> {
        // Of equals the first.
        self.comparisons.iter().rev().max_by_key(|comparison| rank(comparison))
    }

    /// Whether a gate lets this pass: `Some(false)` for a regression that fails, `None` when
    /// something is inconclusive.
    pub fn gate(&self) -> Option<bool> {
        let failed =
            |c: &Comparison| c.verdict.verdict == Outcome::Regression && c.verdict.severity == Severity::Failure;
        if self.comparisons.iter().any(failed) {
            return Some(false);
        }
        let open = self.comparisons.iter().any(|c| c.verdict.verdict == Outcome::Inconclusive);
        if open { None } else { Some(true) }
    }
}

fn rank(comparison: &Comparison) -> (u8, Severity) {
    let outcome = match comparison.verdict.verdict {
        Outcome::Regression => 4,
        Outcome::Inconclusive => 3,
        Outcome::Improvement => 2,
        Outcome::Pass => 1,
        Outcome::Baseline => 0,
    };
    (outcome, comparison.verdict.severity)
}

/// Compares a document with its baseline, metric by metric.
///
/// # Errors
/// Why the baseline does not fit: measured with another clock, client, load or service level.
pub fn compare(
    baseline: &Document,
    candidate: &Document,
    metrics: &[Metric],
    policies: &Policies,
    rule: &Rule,
) -> Result<Family, Problems> {
    let mut problems = Vec::new();
    let (a, b) = (&baseline.environment, &candidate.environment);
    for (name, a, b) in [("clock", &a.clock, &b.clock), ("client", &a.client, &b.client)] {
        if a != b {
            let what = Message::new(Word::bench_other_method).text("field", name).text("a", a).text("b", b);
            problems.push(Problem::error(format!("environment.{name}"), what, Word::bench_other_method_hint));
        }
    }
    let nothing = |metric: Metric| Series {
        unit: metric.unit().to_string(),
        better: metric.better(),
        interleaved: false,
        runs: Vec::new(),
    };
    // A family of many needs p values finer than its smallest level.
    let size = candidate.benchmarks.len() * metrics.len();
    let least = u32::try_from(size.saturating_mul(80)).unwrap_or(u32::MAX).min(100_000);
    let rule = Rule { replicates: rule.replicates.max(least), ..*rule };
    let mut weighed: Vec<(String, Rule, Weighed)> = Vec::new();
    for (index, benchmark) in candidate.benchmarks.iter().enumerate() {
        let before = baseline.benchmark(&benchmark.name);
        if let Some(before) = before {
            same_load(index, before, benchmark, &mut problems);
        }
        for metric in metrics {
            let Some(now) = benchmark.series(*metric) else { continue };
            let then = before.and_then(|before| before.series(*metric)).unwrap_or_else(|| nothing(*metric));
            let policy = policies.of(*metric);
            let rule = Rule { threshold_pct: policy.threshold_pct, severity: policy.severity, ..rule };
            let half = Weighed::new(metric.key(), then, now, metric.statistic(), &rule);
            weighed.push((benchmark.name.clone(), rule, half));
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let gone = baseline.benchmarks.iter().filter(|before| candidate.benchmark(&before.name).is_none());
    Ok(Family::of_halves(weighed, gone.map(|before| before.name.clone()).collect()))
}

/// Another load is another measurement.
fn same_load(index: usize, before: &BenchmarkResult, now: &BenchmarkResult, problems: &mut Vec<Problem>) {
    let say = |load: Load| load.to_value().to_string();
    for (field, a, b) in
        [("load", say(before.load), say(now.load)), ("slo_ms", before.slo_ms.to_string(), now.slo_ms.to_string())]
    {
        if a != b {
            let what = Message::new(Word::bench_other_method).text("field", field).text("a", a).text("b", b);
            problems.push(Problem::error(format!("benchmarks[{index}].{field}"), what, Word::bench_other_method_hint));
        }
    }
}
