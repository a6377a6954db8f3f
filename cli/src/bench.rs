//! `rehearsal bench`: comparing, gating, trends, reports and descriptions of measurements.

use clap::Subcommand;
use rehearsal::bench::{
    Document, Family, Measured, Metric, Policies, Rule, Terms, original_baselines, original_results_at,
    original_summary, report,
};
use rehearsal::problem::Problem;
use rehearsal::words::{English, Word};

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
    /// The same as a gate: exit code 1 for a regression or a benchmark that is missing, 3 when nothing can
    /// be said. What was lost (error rate, timeouts, goodput) is weighed whatever is asked.
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
    /// The baseline: a result document, {"unit": "ms", "runs": [[…], […]]}, raw samples of k6, Locust,
    /// GuideLLM, AIPerf, vLLM, oha, hyperfine, criterion, pytest-benchmark or LLMeter, or a folder of
    /// them, a run a file; `-` is standard input.
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
    /// ttft_p95, inter_token_p95, throughput, cost, error_rate, timeouts, goodput; p95 when not given.
    /// The last three are always weighed, by thresholds of their own (see --policies).
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// How much worse is too much, in percent; in points for a share.
    #[arg(long, value_name = "PCT")]
    threshold: Option<f64>,
    /// The smallest change of a time that counts, in milliseconds.
    #[arg(long, value_name = "MS")]
    min_change_ms: Option<f64>,
    /// Accept a difference between the two sides (clock, client, model, load, warm-up, timeout,
    /// slo), or a benchmark that is missing, by its name; may be given several times.
    #[arg(long, value_name = "NAME", alias = "allow-missing")]
    allow: Vec<String>,
    /// Let a gate rest on one run a side, which cannot show how runs of the same build differ.
    #[arg(long)]
    single_run: bool,
    /// The unit of old series that do not say it: ms or s.
    #[arg(long, value_name = "UNIT", value_parser = ["ms", "s"])]
    unit: Option<String>,
    /// A file of thresholds, floors and severities by metric:
    /// {"error_rate": {"threshold_pct": 1, "severity": "failure"}, "p95": {"min_change_ms": 5}}.
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
    /// A series of runs, oldest first, or a result document; several are one history, oldest first.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The unit of old series that do not say it: ms or s.
    #[arg(long, value_name = "UNIT", value_parser = ["ms", "s"])]
    unit: Option<String>,
    /// Which benchmark of a result document.
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    #[arg(long, value_name = "NAME", default_value = "p95")]
    metric: String,
    /// How much is too much, in percent: of a drift over its whole length, of a step.
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
    /// Compare with this baseline: a result document; with --format original also the original's
    /// baseline file, or its folder of them.
    #[arg(long, value_name = "FILE")]
    baseline: Option<String>,
    /// With --format original: its results with all fifteen fields instead of its summary.
    #[arg(long)]
    all_fields: bool,
    /// With --format original: write its baseline files into this folder.
    #[arg(long, value_name = "DIR")]
    save_baseline: Option<std::path::PathBuf>,
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
    /// The unit of an old series that does not say it: ms or s.
    #[arg(long, value_name = "UNIT", value_parser = ["ms", "s"])]
    unit: Option<String>,
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

/// The measurements in a file, or in all files of a folder: each of them is a run.
pub(super) fn read(file: &str, unit: Option<&str>) -> Result<Measured, Failure> {
    if !std::path::Path::new(file).is_dir() {
        return read_file(file, unit);
    }
    let fail = |error: std::io::Error| Failure::input(format!("{file}: {error}"));
    let mut files = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(file)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            // criterion keeps each benchmark's newest samples in a folder called `new`.
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "sample.json") {
                if path.parent().is_some_and(|parent| parent.ends_with("new")) {
                    files.push(path);
                }
            } else if folder.as_os_str() == file {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::input(format!("{file}: has no file of measurements")));
    }
    let parts = files.iter().map(|path| read_file(&path.to_string_lossy(), unit)).collect::<Result<Vec<_>, _>>()?;
    Measured::one_history(parts).map_err(|problems| Failure::in_file(file, problems))
}

fn read_file(file: &str, unit: Option<&str>) -> Result<Measured, Failure> {
    let read = Measured::read_in(&read_text(file)?, unit).map_err(|problems| Failure::in_file(file, problems))?;
    for warning in &read.warnings {
        eprintln!("warning: {file}: {}", warning.say(&English));
    }
    let mut measured = read.output;
    // criterion names a benchmark by its folder, and nowhere in the file.
    if let Measured::Document(document) = &mut measured
        && document.environment.client == "criterion"
        && let Some(name) = criterion_name(std::path::Path::new(file))
        && let [benchmark] = document.benchmarks.as_mut_slice()
    {
        benchmark.name = name;
    }
    Ok(measured)
}

/// `target/criterion/GROUP/NAME/new/sample.json` is GROUP/NAME.
fn criterion_name(path: &std::path::Path) -> Option<String> {
    let folder = path.parent()?.parent()?;
    let parts: Vec<String> = folder.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let start = parts.iter().rposition(|part| part == "criterion").map_or(parts.len().saturating_sub(1), |at| at + 1);
    Some(parts.get(start..)?.join("/")).filter(|name| !name.is_empty())
}

impl RuleOptions {
    /// What the comparison is held to.
    fn terms(&self, gate: bool) -> Result<Terms, Failure> {
        super::within("--min-change-ms", self.min_change_ms, 0.0, 1e9)?;
        let metrics = Metric::named(&self.metric)?;
        let policies = match &self.policies {
            None => Policies::default(),
            Some(file) => Policies::read(&read_text(file)?).map_err(|problems| Failure::in_file(file, problems))?,
        };
        let rule = Rule::new(self.threshold, self.replicates, self.seed, gate)?;
        Ok(Terms {
            policies: policies.with_threshold(&metrics, self.threshold).with_floor(self.min_change_ms),
            metrics,
            rule: Rule { single_run: self.single_run, ..rule },
            allow: self.allow.clone(),
        })
    }

    /// The verdicts of two files.
    fn family(&self, baseline: Option<&Measured>, candidate: &Measured, gate: bool) -> Result<Family, Failure> {
        let family = candidate.since(baseline, &self.terms(gate)?)?;
        Ok(if self.rule == "naive" { family.naive(gate) } else { family })
    }
}

fn compared(arguments: &Compared, gate: bool) -> Result<String, Failure> {
    let unit = arguments.options.unit.as_deref();
    let candidate = read(&arguments.candidate, unit)?;
    let missing =
        arguments.first_run && arguments.baseline != "-" && !std::path::Path::new(&arguments.baseline).exists();
    let baseline = if missing { None } else { Some(read(&arguments.baseline, unit)?) };
    let family = arguments.options.family(baseline.as_ref(), &candidate, gate)?;
    let out = if arguments.json { print_json(&family.to_value())? } else { report::text::verdicts(&family, &English) };
    if arguments.github {
        eprint!("{}", report::github::annotations(&family, &English));
    }
    match (gate, family.gate()) {
        (true, Some(false)) => Err(Failure::finding(out)),
        (true, None) => Err(Failure { code: 3, message: String::new(), output: out }),
        _ => Ok(out),
    }
}

fn trended(arguments: &Trended) -> Result<String, Failure> {
    super::within("--threshold", Some(arguments.threshold), 0.0, 10_000.0)?;
    let metric = Metric::named(std::slice::from_ref(&arguments.metric))?[0];
    let files = arguments.files.join(", ");
    let wrong = |problems: rehearsal::problem::Problems| Failure::in_file(&files, problems);
    let unit = arguments.unit.as_deref();
    let parts = arguments.files.iter().map(|file| read(file, unit)).collect::<Result<Vec<_>, Failure>>()?;
    let whole = Measured::one_history(parts).map_err(wrong)?;
    let found = whole.trend(arguments.benchmark.as_deref(), metric, arguments.threshold).map_err(wrong)?;
    if arguments.json {
        return print_json(&found);
    }
    Ok(report::text::trend(&found, &English))
}

/// The result document in a file; a report is made of nothing less.
fn document(file: &str) -> Result<Document, Failure> {
    match read(file, None)? {
        Measured::Document(document) => Ok(document),
        Measured::Series(_) => {
            let problem = Problem::error("", Word::bench_no_report, Word::bench_no_report_hint);
            Err(Failure::in_file(file, problem))
        }
    }
}

fn reported(arguments: &Reported) -> Result<String, Failure> {
    let document = document(&arguments.file)?;
    if arguments.format == "original" {
        let text = originals(arguments, &document)?;
        return written(arguments.out.as_deref(), text);
    }
    if arguments.all_fields || arguments.save_baseline.is_some() {
        return Err(Failure::input("--all-fields and --save-baseline are for --format original"));
    }
    let baseline = arguments.baseline.as_deref().map(self::document).transpose()?;
    let family = match &baseline {
        None => None,
        Some(baseline) => {
            let (now, before) = (Measured::Document(document.clone()), Measured::Document(baseline.clone()));
            Some(arguments.options.family(Some(&before), &now, arguments.gate)?)
        }
    };
    let report = report::Report { document: &document, baseline: baseline.as_ref(), family: family.as_ref() };
    let format = report::Format::from_key(&arguments.format).ok_or_else(|| {
        let all = report::Format::ALL.map(report::Format::key).join(", ");
        Failure::input(format!("there is no format `{}`; choose one of: {all}", arguments.format))
    })?;
    let text = report.render(format, &English);
    written(arguments.out.as_deref(), text)
}

/// Prints a text, or writes it where it should go.
fn written(out: Option<&std::path::Path>, text: String) -> Result<String, Failure> {
    match out {
        None => Ok(text),
        Some(path) => {
            std::fs::write(path, text).map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
            Ok(String::new())
        }
    }
}

/// What the original makes of a result: its detector's verdicts, its fields, its baseline files.
fn originals(arguments: &Reported, document: &Document) -> Result<String, Failure> {
    let baselines = arguments.baseline.as_deref().map(original_baseline).transpose()?.unwrap_or_default();
    super::within("--threshold", arguments.options.threshold, 0.0, 10_000.0)?;
    let results = original_results_at(document, &baselines, arguments.options.threshold.unwrap_or(10.0));
    if let Some(folder) = &arguments.save_baseline {
        let fail = |error: std::io::Error| Failure::input(format!("{}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(fail)?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let at_s = document.environment.at_s.or(now.ok().map(|since| since.as_secs_f64())).unwrap_or(0.0);
        for result in &results {
            // A name is no path.
            let name = result.name.replace(['/', '\\'], "_");
            let text = print_json(&result.baseline(at_s))?;
            std::fs::write(folder.join(format!("{name}.json")), text.trim_end()).map_err(fail)?;
        }
    }
    if arguments.all_fields { print_json(&results) } else { print_json(&original_summary(&results)) }
}

/// The original's baselines in a result document, in its own file, or in its folder of files.
fn original_baseline(path: &str) -> Result<Vec<serde_json::Value>, Failure> {
    if std::path::Path::new(path).is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| Failure::input(format!("{path}: {error}")))?;
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
        files.sort();
        let all = files.iter().map(|file| original_baseline(&file.to_string_lossy())).collect::<Result<Vec<_>, _>>()?;
        return Ok(all.concat());
    }
    let text = read_text(path)?;
    let value = rehearsal::document::parse(&text).map_err(|problem| Failure::in_file(path, problem))?;
    if value["name"].is_string() && value.get("kind").is_none() {
        if !value["p95_ms"].as_f64().is_some_and(|p95| p95 > 0.0) {
            return Err(Failure::input(format!(
                "{path}: p95_ms: expected a number above 0, as the original's file has"
            )));
        }
        return Ok(vec![value]);
    }
    Ok(original_baselines(&self::document(path)?))
}

fn described(arguments: &Described) -> Result<String, Failure> {
    let measured = read(&arguments.file, arguments.unit.as_deref())?;
    let all = measured.described().map_err(|problems| Failure::in_file(&arguments.file, problems))?;
    if arguments.json {
        return print_json(&all);
    }
    let texts = measured
        .samples()
        .into_iter()
        .filter_map(|samples| Some(report::text::summary(&samples.name, &samples.unit, &samples.summary()?, &English)));
    Ok(texts.collect())
}
