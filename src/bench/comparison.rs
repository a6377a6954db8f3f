//! Two results side by side: whether they may be compared, every metric that is weighed, and what
//! all of it comes to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::{self, Fields, Findings};
use crate::problem::{Problem, Problems};
use crate::stats::holm;
use crate::words::{Message, Word};

use super::document::{BenchmarkResult, Document, Environment};
use super::metric::Metric;
use super::series::{Series, not_one_of};
use super::suite::Load;
use super::verdict::{Missing, Outcome, Rule, Severity, Verdict, Weighed};

/// A verdict and what it is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    pub benchmark: String,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// All verdicts of a comparison, significance held over the whole family.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Family {
    /// How many tests the chance of a false regression is shared by: those of the metrics asked
    /// for. The guards are a family of their own.
    pub size: usize,
    pub correction: &'static str,
    pub comparisons: Vec<Comparison>,
    /// Benchmarks of the baseline that were not measured again, allowed or not.
    pub missing: Vec<String>,
    /// Those of them that were allowed to be missing.
    pub allowed: Vec<String>,
    /// Metrics that were asked for and that neither side has: the benchmark's name and the metric's.
    pub without: Vec<(String, &'static str)>,
    /// What differs between the two sides and does not forbid to compare them.
    #[serde(skip)]
    pub differences: Vec<Message>,
}

/// What a comparison is held to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// What is asked; the P95 of none. Losses are weighed whatever is asked.
    pub metrics: Vec<Metric>,
    pub policies: Policies,
    pub rule: Rule,
    /// Differences that are accepted (`model`, `warm_up`, `timeout`, `clock`, `client`, `load`,
    /// `slo`) and benchmarks that may be missing, by name.
    pub allow: Vec<String>,
}

impl Terms {
    /// Terms of these metrics, with each metric's usual threshold.
    pub fn of(metrics: &[Metric], rule: Rule) -> Self {
        Terms { metrics: metrics.to_vec(), rule, ..Terms::default() }
    }

    fn allows(&self, name: &str) -> bool {
        self.allow.iter().any(|allowed| allowed == name)
    }

    /// Whether a difference in this field is accepted, `warm-up` as well as `warm_up`.
    fn allows_field(&self, field: &str) -> bool {
        let plain = |name: &str| name.replace('-', "_").trim_end_matches("_ms").to_string();
        self.allow.iter().any(|allowed| plain(allowed) == plain(field))
    }

    /// The rule of one metric: its threshold, its severity, its floor in the values' unit.
    fn rule_of(&self, metric: Metric, unit: &str) -> Rule {
        let policy = self.policies.of(metric);
        let per_ms = match unit {
            "ms" => 1.0,
            "s" => 1e-3,
            "us" | "µs" => 1e3,
            "ns" => 1e6,
            _ => 0.0,
        };
        let min_change = policy.min_change_ms * per_ms;
        Rule { threshold_pct: policy.threshold_pct, severity: policy.severity, min_change, ..self.rule }
    }
}

/// The differences that `--allow` can accept.
const FIELDS: [&str; 8] = ["clock", "client", "model", "door", "load", "warm_up", "timeout", "slo"];

/// When a metric counts as worse, and how much that matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricPolicy {
    pub threshold_pct: f64,
    pub severity: Severity,
    /// The smallest change that counts, in milliseconds; 0 for none. Only for metrics of time.
    pub min_change_ms: f64,
}

/// The policies of metrics; one not named has the metric's default threshold and may fail a gate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policies(pub BTreeMap<Metric, MetricPolicy>);

impl Policies {
    pub fn of(&self, metric: Metric) -> MetricPolicy {
        let usual = MetricPolicy {
            threshold_pct: metric.default_threshold_pct(),
            severity: Severity::Failure,
            min_change_ms: 0.0,
        };
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

    /// The policies with this floor for every metric of time that has none of its own.
    pub fn with_floor(mut self, min_change_ms: Option<f64>) -> Self {
        let Some(floor) = min_change_ms else { return self };
        for metric in Metric::ALL.into_iter().filter(|metric| metric.is_time()) {
            let policy = self.of(metric);
            let min_change_ms = if policy.min_change_ms > 0.0 { policy.min_change_ms } else { floor };
            self.0.insert(metric, MetricPolicy { min_change_ms, ..policy });
        }
        self
    }

    /// Reads `{"p95": {"threshold_pct": 10, "severity": "failure", "min_change_ms": 5}, …}`.
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
            let within = |name: &'static str, usual: f64, most: f64| {
                let Some(value) = fields.number(name) else { return usual };
                if !(0.0..=most).contains(&value) {
                    let what = Message::new(Word::out_of_range).text("value", value.to_string());
                    let hint = Message::new(Word::out_of_range_hint).number("least", 0.0).number("most", most);
                    findings.push(Problem::error(fields.path_of(name), what, hint));
                }
                value
            };
            policy.threshold_pct = within("threshold_pct", policy.threshold_pct, 10_000.0);
            policy.min_change_ms = within("min_change_ms", policy.min_change_ms, 1e9);
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
    pub fn of_series(baseline: &Series, candidate: &Series, terms: &Terms) -> Family {
        let halves = terms.metrics.iter().map(|metric| {
            let rule = terms.rule_of(*metric, &candidate.unit);
            let (name, statistic) = metric.on_series(candidate.better);
            let half = Weighed::new(name, baseline.clone(), candidate.clone(), statistic, &rule);
            ("series".to_string(), rule, half)
        });
        Family::of_halves(halves.collect())
    }

    /// Decides what is weighed, with significance held over all that was asked, and over all guards.
    fn of_halves(halves: Vec<(String, Rule, Weighed)>) -> Family {
        let mut stands = vec![false; halves.len()];
        let mut size = 0;
        for guards in [false, true] {
            let tests: Vec<usize> = (0..halves.len())
                .filter(|i| halves[*i].2.is_guard() == guards && halves[*i].2.evidence.is_ok())
                .collect();
            let stand = holm(&tests.iter().map(|i| halves[*i].2.p_over_level()).collect::<Vec<_>>());
            if !guards {
                size = tests.len();
            }
            for (index, holds) in tests.iter().zip(stand) {
                stands[*index] = holds;
            }
        }
        let decide = |((benchmark, rule, half), stands): ((String, Rule, Weighed), bool)| Comparison {
            benchmark,
            verdict: half.decide(&rule, stands),
        };
        Family {
            size,
            correction: "holm",
            comparisons: halves.into_iter().zip(stands).map(decide).collect(),
            missing: Vec::new(),
            allowed: Vec::new(),
            without: Vec::new(),
            differences: Vec::new(),
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
        let open = |c: &Comparison| c.verdict.verdict == Outcome::Inconclusive && c.verdict.weighs;
        if self.comparisons.iter().any(open) { None } else { Some(true) }
    }
}

/// What decides first: the outcome, then what was asked for, then how loudly it is said.
fn rank(comparison: &Comparison) -> (u8, bool, Severity) {
    let verdict = &comparison.verdict;
    let outcome = match verdict.verdict {
        Outcome::Regression => 4,
        Outcome::Inconclusive => 3,
        // Fewer losses are what should be, and no headline.
        Outcome::Improvement if !verdict.guard => 2,
        Outcome::Improvement | Outcome::Pass => 1,
        Outcome::Baseline => 0,
    };
    (outcome, !verdict.guard, verdict.severity)
}

/// Compares a document with its baseline: benchmark by benchmark what is asked for, and what was
/// lost.
///
/// # Errors
/// Why the baseline does not fit: measured with another clock, client, model, load, warm-up, timeout
/// or service level that is not allowed, or with nothing in it; a metric that neither side has.
pub fn compare(baseline: &Document, candidate: &Document, terms: &Terms) -> Result<Family, Problems> {
    let mut problems = Vec::new();
    for (document, word) in [(baseline, Word::bench_baseline_empty), (candidate, Word::bench_candidate_empty)] {
        // A new result without anything is told benchmark by benchmark, if there were any.
        if document.benchmarks.is_empty() && (word == Word::bench_baseline_empty || baseline.benchmarks.is_empty()) {
            problems.push(Problem::error("benchmarks", word, Word::bench_baseline_empty_hint));
        }
    }
    for (index, before) in baseline.benchmarks.iter().enumerate() {
        if before.aggregate().requests == 0 && !terms.allows(&before.name) {
            let path = format!("benchmarks[{index}].runs");
            problems.push(Problem::error(path, Word::bench_baseline_empty, Word::bench_baseline_empty_hint));
        }
    }
    for name in terms.allow.iter().filter(|name| !is_known(name, baseline, candidate)) {
        let what = Message::new(Word::bench_allow_unknown).text("name", name.as_str());
        let names = baseline.benchmarks.iter().map(|benchmark| benchmark.name.as_str());
        let all = FIELDS.into_iter().chain(names).collect::<Vec<_>>().join(", ");
        problems.push(Problem::error("allow", what, Message::new(Word::not_one_of_hint).text("all", all)));
    }
    let mut differences = Vec::new();
    same_environment(&baseline.environment, &candidate.environment, terms, &mut differences, &mut problems);
    for (index, now) in candidate.benchmarks.iter().enumerate() {
        if let Some(before) = baseline.benchmark(&now.name) {
            same_method(index, before, now, terms, &mut differences, &mut problems);
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    weigh_all(baseline, candidate, terms, differences)
}

/// The verdicts on a first result: there is nothing to compare it with yet.
///
/// # Errors
/// A result without anything in it.
pub(super) fn first(candidate: &Document, terms: &Terms) -> Result<Family, Problems> {
    if candidate.benchmarks.iter().all(|benchmark| benchmark.aggregate().requests == 0) {
        return Err(Problem::error("benchmarks", Word::bench_candidate_empty, Word::bench_no_samples_hint).into());
    }
    let nothing = Document { benchmarks: Vec::new(), ..candidate.clone() };
    weigh_all(&nothing, candidate, terms, Vec::new())
}

fn weigh_all(
    baseline: &Document,
    candidate: &Document,
    terms: &Terms,
    differences: Vec<Message>,
) -> Result<Family, Problems> {
    // A family of many needs p values finer than its smallest level.
    let size = candidate.benchmarks.len() * terms.metrics.len();
    let least = u32::try_from(size.saturating_mul(80)).unwrap_or(u32::MAX).min(100_000);
    let rule = Rule { replicates: terms.rule.replicates.max(least), ..terms.rule };
    let terms = &Terms { rule, ..terms.clone() };
    let guards: Vec<Metric> = Metric::GUARDS.into_iter().filter(|guard| !terms.metrics.contains(guard)).collect();
    let mut weighed: Vec<(String, Rule, Weighed)> = Vec::new();
    let mut without = Vec::new();
    for now in &candidate.benchmarks {
        let before = baseline.benchmark(&now.name);
        if now.aggregate().requests == 0 {
            continue;
        }
        // Answers useful to whoever waits so long now, on both sides.
        let before = before.map(|before| BenchmarkResult { slo_ms: now.slo_ms, ..before.clone() });
        let asked = terms.metrics.iter().map(|metric| (*metric, false));
        for (metric, guard) in asked.chain(guards.iter().map(|metric| (*metric, true))) {
            let nothing = || Series { better: metric.better(), ..Series::of(metric.unit(), Vec::new()) };
            let (then, values) = (before.as_ref().and_then(|before| before.series(metric)), now.series(metric));
            if values.is_none() && (then.is_none() || guard) {
                if !guard {
                    without.push((now.name.clone(), metric.key()));
                }
                continue;
            }
            let rule = terms.rule_of(metric, metric.unit());
            let (then, values) = (then.unwrap_or_else(nothing), values.unwrap_or_else(nothing));
            let half = Weighed::new(metric.key(), then, values, metric.statistic(), &rule);
            weighed.push((now.name.clone(), rule, half.guarding(guard)));
        }
    }
    let absent = terms.metrics.iter().find(|metric| {
        let lacks = |benchmark: &&BenchmarkResult| benchmark.series(**metric).is_none();
        let mut sides = candidate.benchmarks.iter().chain(&baseline.benchmarks);
        // Where nothing was answered, the losses say so.
        let answered = candidate.benchmarks.iter().any(|benchmark| benchmark.aggregate().completed > 0);
        answered && sides.all(|benchmark| lacks(&benchmark))
    });
    if let Some(metric) = absent {
        return Err(super::measured::no_values("benchmarks", *metric));
    }
    let mut family = Family::of_halves(weighed);
    family.without = without;
    family.differences = differences;
    for before in &baseline.benchmarks {
        let now = candidate.benchmark(&before.name);
        let requests = before.aggregate().requests;
        let why = match now {
            None => Missing::Benchmark,
            Some(now) if now.aggregate().requests == 0 => Missing::Requests,
            Some(_) => continue,
        };
        family.missing.push(before.name.clone());
        if terms.allows(&before.name) {
            family.allowed.push(before.name.clone());
            continue;
        }
        let requests = usize::try_from(requests).unwrap_or(usize::MAX);
        let verdict = Verdict::of_missing(why, requests, before.runs.len(), &terms.rule);
        family.comparisons.push(Comparison { benchmark: before.name.clone(), verdict });
    }
    Ok(family)
}

/// Whether `--allow` can mean anything by a name.
fn is_known(name: &str, baseline: &Document, candidate: &Document) -> bool {
    let one = Terms { allow: vec![name.to_string()], ..Terms::default() };
    FIELDS.iter().any(|field| one.allows_field(field))
        || baseline.benchmark(name).is_some()
        || candidate.benchmark(name).is_some()
}

/// A difference in a field: refused unless it is allowed, and named then.
fn differs(path: String, field: &str, a: &str, b: &str, terms: &Terms, out: &mut Vec<Message>, bad: &mut Vec<Problem>) {
    if a == b {
        return;
    }
    if terms.allows_field(field) {
        out.push(difference(field, a, b));
        return;
    }
    let what = Message::new(Word::bench_other_method).text("field", field).text("a", a).text("b", b);
    bad.push(Problem::error(path, what, Message::new(Word::bench_other_method_hint).text("allow", field)));
}

fn difference(field: &str, a: &str, b: &str) -> Message {
    Message::new(Word::bench_differs).text("field", field).text("a", a).text("b", b)
}

/// What is measured by another clock or client is another measurement; another machine, target or
/// label should be known.
fn same_environment(a: &Environment, b: &Environment, terms: &Terms, out: &mut Vec<Message>, bad: &mut Vec<Problem>) {
    for (field, a, b) in [("clock", &a.clock, &b.clock), ("client", &a.client, &b.client)] {
        differs(format!("environment.{field}"), field, a, b, terms, out, bad);
    }
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_string());
    for (field, a, b) in
        [("target", &a.target, &b.target), ("machine", &a.machine, &b.machine), ("label", &a.label, &b.label)]
    {
        if a != b {
            out.push(difference(field, &known(a), &known(b)));
        }
    }
}

/// Another model, load, warm-up, timeout or service level is another measurement.
fn same_method(
    index: usize,
    before: &BenchmarkResult,
    now: &BenchmarkResult,
    terms: &Terms,
    out: &mut Vec<Message>,
    bad: &mut Vec<Problem>,
) {
    let load = |load: Load| load.to_value().to_string();
    let model = |benchmark: &BenchmarkResult| benchmark.model.clone().unwrap_or_else(|| "–".to_string());
    let door = |benchmark: &BenchmarkResult| benchmark.door.clone().unwrap_or_else(|| "–".to_string());
    for (field, path, a, b) in [
        ("model", "model", model(before), model(now)),
        ("door", "door", door(before), door(now)),
        ("load", "load", load(before.load), load(now.load)),
        ("warm_up", "warm_up", before.warm_up.to_string(), now.warm_up.to_string()),
        ("timeout", "timeout_ms", before.timeout_ms.to_string(), now.timeout_ms.to_string()),
        ("slo", "slo_ms", before.slo_ms.to_string(), now.slo_ms.to_string()),
    ] {
        differs(format!("benchmarks[{index}].{path}"), field, &a, &b, terms, out, bad);
    }
}
