use clap::Subcommand;
use rehearsal::bench::{
    Comparison, Document, Family, Metric, MetricPolicy, Outcome, Policies, Rule, Series, Severity, Statistic, compare,
    report, trend,
};
use rehearsal::problem::Problem;
use rehearsal::stats::{QuantileMethod, describe, quantile};
use rehearsal::words::{English, Message, Word};
use serde_json::{Value, json};

use super::bench_run;
use super::input::read_text;
use super::{Failure, json as print_json};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure: in virtual time, or an endpoint or a program in real time.
    Run(Box<bench_run::Arguments>),
    /// What changed between two results; exit code 0 whatever the verdict.
    Compare(Compared),
    /// The same as a gate: exit code 1 for a regression, 3 when nothing can be said.
    Gate(Compared),
    /// Drift and steps over a history of runs.
    Trend(Trended),
    /// A result as HTML, Markdown, CSV, text, GitHub annotations or a Slack message.
    Report(Reported),
    /// Quantiles by every method, with intervals.
    Describe(Described),
}

#[derive(clap::Args)]
struct Compared {
    /// The baseline: a result document, or {"unit": "ms", "runs": [[…], […]]}; `-` is standard input.
    baseline: String,
    /// What is compared with it, in the same form.
    candidate: String,
    #[command(flatten)]
    options: RuleOptions,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// A baseline file that is not there is a first run, not an error.
    #[arg(long)]
    first_run: bool,
    /// Print GitHub annotations as well.
    #[arg(long)]
    github: bool,
}

#[derive(clap::Args)]
struct RuleOptions {
    /// What is compared: p50, p90, p95, p99, p99_9, mean, and of result documents ttft_p50,
    /// ttft_p95, inter_token_p95, throughput, cost, error_rate, goodput; p95 when not given.
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// How much worse is too much, in percent; in points for a share.
    #[arg(long, value_name = "PCT")]
    threshold: Option<f64>,
    /// A file of thresholds and severities by metric.
    #[arg(long, value_name = "FILE")]
    policies: Option<String>,
    /// The seed of the resamples.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Resamples.
    #[arg(long, default_value_t = 2000)]
    replicates: u32,
    /// How the verdict is reached: `default`, or `naive`, the original's, which calls 12 to 19 of
    /// 100 unchanged builds a regression.
    #[arg(long, default_value = "default", value_parser = ["default", "naive"])]
    rule: String,
}

#[derive(clap::Args)]
struct Trended {
    /// A series of runs, oldest first, or a result document.
    file: String,
    /// Which benchmark of a result document.
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    #[arg(long, value_name = "NAME", default_value = "p95")]
    metric: String,
    /// How much of a drift is too much, in percent over the whole history.
    #[arg(long, value_name = "PCT", default_value_t = 10.0)]
    threshold: f64,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Reported {
    /// The result document.
    file: String,
    /// Compare with this baseline.
    #[arg(long, value_name = "FILE")]
    baseline: Option<String>,
    /// html, markdown, csv, text, github, slack, json, original.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: String,
    /// Where it is written; standard output when not given.
    #[arg(long, value_name = "FILE")]
    out: Option<std::path::PathBuf>,
    #[command(flatten)]
    options: RuleOptions,
    /// Speak as a gate: a regression is an error, not a warning.
    #[arg(long)]
    gate: bool,
}

#[derive(clap::Args)]
struct Described {
    /// A series of runs, or a result document.
    file: String,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    match arguments.command {
        Command::Run(arguments) => bench_run::run(*arguments),
        Command::Compare(arguments) => compared(&arguments, false),
        Command::Gate(arguments) => compared(&arguments, true),
        Command::Trend(arguments) => trended(&arguments),
        Command::Report(arguments) => reported(&arguments),
        Command::Describe(arguments) => described(&arguments),
    }
}

/// What a file holds.
pub(super) enum Measured {
    Series(Series),
    Document(Document),
}

pub(super) fn read(file: &str) -> Result<Measured, Failure> {
    let text = read_text(file)?;
    let fail = |problems: rehearsal::problem::Problems| Failure::input(format!("{file}: {problems}"));
    let value = rehearsal::document::parse(&text).map_err(|problem| fail(problem.into()))?;
    if Series::is_series(&value) {
        return Series::of_document(&value).map(Measured::Series).map_err(fail);
    }
    let read = Document::of_value(&value).map_err(fail)?;
    for warning in &read.warnings {
        eprintln!("warning: {file}: {}", warning.say(&English));
    }
    Ok(Measured::Document(read.output))
}

impl RuleOptions {
    fn rule(&self, gate: bool) -> Result<Rule, Failure> {
        if let Some(threshold) = self.threshold.filter(|t| !(0.0..=10_000.0).contains(t)) {
            return Err(Failure::input(format!("--threshold {threshold} is out of range; expected 0 to 10,000")));
        }
        if !(100..=1_000_000).contains(&self.replicates) {
            return Err(Failure::input(format!(
                "--replicates {} is out of range; expected 100 to 1,000,000",
                self.replicates
            )));
        }
        Ok(Rule {
            threshold_pct: self.threshold.unwrap_or(10.0),
            replicates: self.replicates,
            seed: self.seed,
            severity: Severity::Failure,
            gate,
        })
    }

    fn metrics(&self) -> Result<Vec<Metric>, Failure> {
        if self.metric.is_empty() {
            return Ok(vec![Metric::P95]);
        }
        self.metric.iter().map(|name| metric_of(name)).collect()
    }

    fn policies(&self, metrics: &[Metric]) -> Result<Policies, Failure> {
        let mut policies = match &self.policies {
            None => Policies::default(),
            Some(file) => {
                Policies::read(&read_text(file)?).map_err(|problems| Failure::input(format!("{file}: {problems}")))?
            }
        };
        if let Some(threshold_pct) = self.threshold {
            for metric in metrics {
                let severity = policies.of(*metric).severity;
                policies.0.insert(*metric, MetricPolicy { threshold_pct, severity });
            }
        }
        Ok(policies)
    }

    /// The verdicts of two files.
    fn family(&self, baseline: &Measured, candidate: &Measured, gate: bool) -> Result<Family, Failure> {
        let rule = self.rule(gate)?;
        let metrics = self.metrics()?;
        let mut family = match (baseline, candidate) {
            (Measured::Series(a), Measured::Series(b)) => {
                comparable(a, b)?;
                if let Some(metric) = metrics.iter().find(|metric| of_series(**metric).is_none()) {
                    return Err(Failure::input(format!(
                        "a series has no {}; choose p50, p90, p95, p99, p99_9 or mean",
                        metric.key()
                    )));
                }
                let policies = self.policies(&metrics)?;
                Family::of_series(&without_empty_runs(a), &without_empty_runs(b), &metrics, &policies, &rule)
            }
            (Measured::Document(a), Measured::Document(b)) => {
                compare(a, b, &metrics, &self.policies(&metrics)?, &rule)?
            }
            _ => {
                return Err(Failure::input(
                    "one side is a plain series, the other a result document; give both in the same form",
                ));
            }
        };
        if self.rule == "naive" {
            naive(&mut family, gate);
        }
        Ok(family)
    }
}

fn metric_of(name: &str) -> Result<Metric, Failure> {
    Metric::from_key(name).ok_or_else(|| {
        let all = Metric::ALL.map(Metric::key).join(", ");
        Failure::input(format!("there is no metric `{name}`; choose one of: {all}"))
    })
}

/// The statistic that a metric is of a plain series.
fn of_series(metric: Metric) -> Option<Statistic> {
    match metric {
        Metric::P50 | Metric::P90 | Metric::P95 | Metric::P99 | Metric::P99_9 | Metric::Mean => {
            Some(metric.statistic())
        }
        _ => None,
    }
}

fn without_empty_runs(series: &Series) -> Series {
    // Empty runs say nothing and would count as runs.
    Series { runs: series.runs.iter().filter(|run| !run.is_empty()).cloned().collect(), ..series.clone() }
}

fn comparable(a: &Series, b: &Series) -> Result<(), Failure> {
    let refuse = |what: Message, hint: Word| Err(Failure::input(Problem::error("", what, hint).say(&English)));
    if a.unit != b.unit {
        let what = Message::new(Word::bench_unit).text("a", a.unit.as_str()).text("b", b.unit.as_str());
        return refuse(what, Word::bench_unit_hint);
    }
    if a.better != b.better {
        return refuse(Word::bench_direction.into(), Word::bench_direction_hint);
    }
    Ok(())
}

/// Replaces each verdict by what the original's rule says.
fn naive(family: &mut Family, gate: bool) {
    for comparison in &mut family.comparisons {
        let verdict = &mut comparison.verdict;
        let Some(said) = verdict.naive.clone() else { continue };
        verdict.verdict = said.verdict;
        verdict.change_pct = said.change_pct;
        verdict.ci_pct = None;
        verdict.replicates = None;
        verdict.requests_needed = None;
        verdict.notes.clear();
        verdict.method = rehearsal::bench::Method::Naive;
        verdict.severity = match said.verdict {
            Outcome::Regression if gate => Severity::Failure,
            Outcome::Regression => Severity::Warning,
            _ => Severity::None,
        };
    }
}

fn compared(arguments: &Compared, gate: bool) -> Result<String, Failure> {
    let candidate = read(&arguments.candidate)?;
    let missing =
        arguments.first_run && arguments.baseline != "-" && !std::path::Path::new(&arguments.baseline).exists();
    let baseline = if missing { nothing_of(&candidate) } else { read(&arguments.baseline)? };
    let family = arguments.options.family(&baseline, &candidate, gate)?;
    let out =
        if arguments.json { print_json(&verdict_json(&family))? } else { report::text::verdicts(&family, &English) };
    if arguments.github {
        eprint!("{}", report::github::annotations(&family, &English));
    }
    match (gate, family.gate()) {
        (true, Some(false)) => Err(Failure::finding(out)),
        (true, None) => Err(Failure { code: 3, message: String::new(), output: out }),
        _ => Ok(out),
    }
}

/// A baseline without anything in it, of the candidate's form.
fn nothing_of(candidate: &Measured) -> Measured {
    match candidate {
        Measured::Series(series) => Measured::Series(Series { runs: Vec::new(), ..series.clone() }),
        Measured::Document(document) => Measured::Document(Document { benchmarks: Vec::new(), ..document.clone() }),
    }
}

/// The deciding verdict with all of them beside it.
fn verdict_json(family: &Family) -> Value {
    let spoken = |comparison: &Comparison| {
        let mut value = json!(comparison);
        let notes: Vec<String> = comparison.verdict.notes.iter().map(|note| note.say(&English)).collect();
        value["sentence"] = json!(comparison.verdict.sentence(&comparison.benchmark).say(&English));
        value["notes"] = json!(notes);
        value
    };
    let all: Vec<Value> = family.comparisons.iter().map(spoken).collect();
    let mut value = family.worst().map_or_else(|| json!({"verdict": Outcome::Baseline}), spoken);
    value["family"] = json!({"size": family.size, "correction": family.correction, "missing": family.missing});
    value["comparisons"] = Value::Array(all);
    value
}

fn trended(arguments: &Trended) -> Result<String, Failure> {
    let metric = metric_of(&arguments.metric)?;
    let series = match read(&arguments.file)? {
        Measured::Series(series) => without_empty_runs(&series),
        Measured::Document(document) => {
            let names = || document.benchmarks.iter().map(|b| b.name.as_str()).collect::<Vec<_>>().join(", ");
            let benchmark = match &arguments.benchmark {
                Some(name) => document.benchmark(name),
                None => document.benchmarks.first(),
            };
            let benchmark = benchmark.ok_or_else(|| {
                Failure::input(format!("{}: no such benchmark; there are: {}", arguments.file, names()))
            })?;
            benchmark.series(metric).ok_or_else(|| {
                Failure::input(format!("{}: `{}` has no {}", arguments.file, benchmark.name, metric.key()))
            })?
        }
    };
    let found = trend(&series, metric.statistic(), arguments.threshold);
    if arguments.json {
        return print_json(&found);
    }
    Ok(report::text::trend(&found, &English))
}

fn reported(arguments: &Reported) -> Result<String, Failure> {
    let Measured::Document(document) = read(&arguments.file)? else {
        return Err(Failure::input(format!(
            "{}: a report needs a result document, not a plain series",
            arguments.file
        )));
    };
    let baseline = match arguments.baseline.as_deref().map(read).transpose()? {
        None => None,
        Some(Measured::Document(baseline)) => Some(baseline),
        Some(Measured::Series(_)) => {
            return Err(Failure::input("a report compares result documents; the baseline is a plain series"));
        }
    };
    let family = match &baseline {
        None => None,
        Some(baseline) => {
            let metrics = arguments.options.metrics()?;
            let policies = arguments.options.policies(&metrics)?;
            Some(compare(baseline, &document, &metrics, &policies, &arguments.options.rule(arguments.gate)?)?)
        }
    };
    let report = report::Report { document: &document, baseline: baseline.as_ref(), family: family.as_ref() };
    let format = report::Format::from_key(&arguments.format).ok_or_else(|| {
        let all = report::Format::ALL.map(report::Format::key).join(", ");
        Failure::input(format!("there is no format `{}`; choose one of: {all}", arguments.format))
    })?;
    let text = report.render(format, &English);
    match &arguments.out {
        None => Ok(text),
        Some(path) => {
            std::fs::write(path, text).map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
            Ok(String::new())
        }
    }
}

fn described(arguments: &Described) -> Result<String, Failure> {
    let named: Vec<(String, String, Vec<f64>)> = match read(&arguments.file)? {
        Measured::Series(series) => vec![(String::new(), series.unit.clone(), series.pooled())],
        Measured::Document(document) => {
            document.benchmarks.iter().map(|b| (b.name.clone(), "ms".to_string(), b.latencies())).collect()
        }
    };
    let mut all = Vec::new();
    let mut text = String::new();
    for (name, unit, samples) in &named {
        let Some(summary) = describe(samples) else {
            return Err(Failure::input(format!("{}: {name} has no samples", arguments.file)));
        };
        text.push_str(&report::text::summary(name, unit, &summary, &English));
        let mut sorted = samples.clone();
        sorted.sort_by(f64::total_cmp);
        let by_method = |p: f64| -> Value {
            let values =
                QuantileMethod::ALL.map(|method| (method.key().to_string(), json!(quantile(&sorted, p, method))));
            Value::Object(values.into_iter().collect())
        };
        let quantiles = rehearsal::stats::PERCENTILES.map(|(name, p)| (name.to_string(), by_method(p)));
        let mut value = json!(summary);
        value["name"] = json!(name);
        value["unit"] = json!(unit);
        value["quantiles"] = Value::Object(quantiles.into_iter().collect());
        value["histogram"] = json!(report::histogram_lines(samples));
        all.push(value);
    }
    if !arguments.json {
        return Ok(text);
    }
    // One series is the document itself.
    if all.len() == 1 { print_json(&all[0]) } else { print_json(&json!({"benchmarks": all})) }
}
