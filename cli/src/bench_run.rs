//! `rehearsal bench run`: a suite against the simulator, the mock, an endpoint or a program.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rehearsal::bench::{
    Benchmark, Client, Clock, Environment, Load, Progress, Prompt, Rehearsal, Run, Session, Suite, SuitePreset,
    VirtualTarget, WireClient, command_without_secrets, label_without_secrets, measure, model_entries, report,
    without_secrets,
};
use rehearsal::words::English;

use super::Failure;
use super::bench_client::{CommandClient, UrlClient};
use super::bench_connect::AuthMode;
use super::input::{ScenarioArguments, read_text};

#[derive(clap::Args)]
pub struct Arguments {
    /// A suite file, or a ready-made suite: verdict, original or mix. Without it, verdict in virtual
    /// time and one benchmark called `endpoint` in real time.
    #[arg(long, value_name = "SUITE")]
    suite: Option<String>,
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    target: Target,
    /// A file with one prompt a line, instead of the suite's; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    prompts: Option<String>,
    #[command(flatten)]
    shape: Shape,
    /// The commit or the name that the result belongs to.
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Write the result document here; an existing file is left alone.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    force: bool,
    /// Print the result document.
    #[arg(long)]
    json: bool,
}

/// What is measured; the simulator in virtual time when nothing is given.
#[derive(clap::Args)]
pub struct Target {
    /// An endpoint: each prompt is posted to it in real time.
    #[arg(long, value_name = "URL", conflicts_with_all = ["command", "mock"])]
    pub url: Option<String>,
    /// A program: each prompt is its standard input, in real time.
    #[arg(long, value_name = "COMMAND", conflicts_with = "mock")]
    command: Option<String>,
    /// The mock, by the bytes of its replies, in virtual time.
    #[arg(long)]
    mock: bool,
    /// With --url: the URL is a Bedrock runtime's, `rehearsal serve` say, asked by ConverseStream.
    #[arg(long, requires = "url")]
    pub bedrock: bool,
    /// With --url: the body, `{prompt}` standing for the prompt as a JSON string.
    #[arg(long, requires = "url", value_name = "JSON", default_value = r#"{"prompt": {prompt}}"#)]
    pub body: String,
    /// With --url: a header, `Name: value`.
    #[arg(long, requires = "url", value_name = "HEADER")]
    pub header: Vec<String>,
    /// With --url: how requests prove who sends them. By itself only an endpoint of AWS is given
    /// credentials, from the environment.
    #[arg(long, requires = "url", value_enum, default_value = "auto")]
    pub auth: AuthMode,
    /// With --url: the Region that signs, where the host's name does not say it.
    #[arg(long, requires = "url", value_name = "REGION")]
    pub region: Option<String>,
    /// With --url: trust the certificates in this PEM file instead of the system's.
    #[arg(long, requires = "url", value_name = "FILE")]
    pub cacert: Option<String>,
    /// Write what was measured as `models` of a scenario: time to first token and tokens a second.
    #[arg(long, value_name = "FILE")]
    models_out: Option<PathBuf>,
}

/// Changes to every benchmark of the suite.
#[derive(clap::Args)]
pub struct Shape {
    /// Measured requests a run.
    #[arg(long, value_name = "N")]
    samples: Option<u64>,
    /// Requests before the measurement.
    #[arg(long, value_name = "N")]
    warm_up: Option<u64>,
    /// Runs; three or more make a verdict rest on how runs differ.
    #[arg(long, value_name = "N")]
    runs: Option<u64>,
    /// So many workers, each sending its next request when the last is answered.
    #[arg(long, value_name = "N", conflicts_with_all = ["rate", "batch"])]
    workers: Option<u64>,
    /// So many requests a second, whatever comes back.
    #[arg(long, value_name = "PER_S", conflicts_with = "batch")]
    rate: Option<f64>,
    /// So many requests at once, then the next batch.
    #[arg(long, value_name = "N")]
    batch: Option<u64>,
    /// Requests a minute that the sender keeps to.
    #[arg(long, value_name = "N")]
    rpm: Option<f64>,
    /// Tokens a minute that the sender keeps to.
    #[arg(long, value_name = "N")]
    tpm: Option<f64>,
    /// A request that takes longer has failed.
    #[arg(long, value_name = "MS")]
    timeout_ms: Option<f64>,
    /// An answer within this time is useful.
    #[arg(long, value_name = "MS")]
    slo_ms: Option<f64>,
    /// The model that is asked.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// With --mock or --url: one of Bedrock's newer doors, messages, chat or responses, asked for a stream; without
    /// --model of a model that it serves.
    #[arg(long, value_name = "NAME")]
    door: Option<String>,
    /// The seed of everything simulated.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    // Found out before an hour of measuring rather than after.
    let outs = [arguments.out.as_ref(), arguments.target.models_out.as_ref()];
    if let Some(path) = outs.into_iter().flatten().find(|path| path.exists() && !arguments.force) {
        return Err(Failure::input(format!(
            "{}: is there already; choose another name, or add --force to replace it",
            path.display()
        )));
    }
    let suite = suite(&arguments)?;
    let scenario = arguments.scenario.load()?;
    let target = &arguments.target;
    if arguments.shape.door.is_some() && target.url.is_none() && !target.mock {
        return Err(Failure::input("--door is a way to ask an endpoint; give --mock or --url"));
    }
    let (clock, client, address) = match (&target.url, &target.command, target.mock) {
        (Some(url), ..) => ("real", "url", Some(without_secrets(url))),
        (_, Some(command), _) => ("real", "command", Some(command_without_secrets(command))),
        (_, _, true) => ("virtual", "mock", None),
        _ => ("virtual", "simulator", None),
    };
    let label = arguments.label.as_deref().map(label_without_secrets);
    let told = [("--command", target.command.as_deref(), &address), ("--label", arguments.label.as_deref(), &label)];
    for (option, given, kept) in told {
        if given.zip(kept.as_deref()).is_some_and(|(given, kept)| hides(given, kept)) {
            eprintln!("{option}: what looks like a secret is not kept in the result");
        }
    }
    let real = clock == "real";
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs_f64()).ok();
    let environment = Environment {
        clock: clock.to_string(),
        client: client.to_string(),
        target: address,
        rehearsal: env!("CARGO_PKG_VERSION").to_string(),
        machine: real.then(|| format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)),
        label,
        not_simulated: Vec::new(),
        assumed_speeds: Vec::new(),
        at_s: now_s.filter(|_| real).map(f64::floor),
    };
    let answers = match client {
        "simulator" => Some(VirtualTarget::Simulator),
        "mock" => {
            let mock = WireClient::mock(super::fixtures::load(None)?, super::input::catalog(), suite.seed);
            Some(VirtualTarget::Mock(Box::new(mock)))
        }
        _ => None,
    };
    let mut rehearsal = Rehearsal::new(suite, scenario, answers, environment);
    if real {
        in_real_time(&mut rehearsal, target)?;
    } else {
        while !rehearsal.advance(super::input::catalog(), u64::MAX)? {}
    }
    let document = rehearsal.document();
    if let Some(path) = &arguments.out {
        std::fs::write(path, document.to_json())
            .map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
    }
    let models = model_entries(&document);
    if let Some(path) = &target.models_out {
        let Some(models) = &models else {
            return Err(Failure::input(format!(
                "{}: no model's speed was measured; name the model with --model, and measure answers",
                path.display()
            )));
        };
        let text = super::json(&serde_json::json!({ "models": models }))?;
        std::fs::write(path, text).map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
    }
    if arguments.json {
        return Ok(document.to_json());
    }
    let report = report::Report { document: &document, baseline: None, family: None };
    let mut text = report.render(report::Format::Text, &English);
    if let Some(models) = models.filter(|_| real) {
        text.push_str(&format!("\nFor a scenario: \"models\": {models}\n"));
    }
    Ok(text)
}

/// A ready-made suite, or one in a file.
fn named_suite(name: &str) -> Result<Suite, Failure> {
    if let Some(preset) = SuitePreset::from_key(name) {
        return Ok(preset.suite());
    }
    let text = read_text(name).map_err(|failure| {
        let names = SuitePreset::ALL.map(SuitePreset::key).join(", ");
        Failure::input(format!("{}; ready-made suites are: {names}", failure.message))
    })?;
    Suite::read(&text).map_err(|problems| Failure::in_file(name, problems))
}

/// Whether something of a text is not in what is kept of it, its quotes aside.
fn hides(given: &str, kept: &str) -> bool {
    let words =
        |text: &str| text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect::<String>();
    words(given) != words(kept)
}

/// The suite with the command line's changes.
fn suite(arguments: &Arguments) -> Result<Suite, Failure> {
    let real = arguments.target.url.is_some() || arguments.target.command.is_some();
    let mut suite = match &arguments.suite {
        None if real => Suite {
            name: "endpoint".to_string(),
            benchmarks: vec![Benchmark { name: "endpoint".to_string(), ..Benchmark::default() }],
            ..SuitePreset::Verdict.suite()
        },
        None => SuitePreset::Verdict.suite(),
        Some(name) => named_suite(name)?,
    };
    if let Some(file) = &arguments.prompts {
        let text = read_text(file)?;
        suite.prompts = text.lines().filter(|line| !line.trim().is_empty()).map(Prompt::new).collect();
        if suite.prompts.is_empty() {
            return Err(Failure::input(format!("{file}: has no prompt; expected one a line")));
        }
    }
    let shape = &arguments.shape;
    suite.seed = shape.seed.unwrap_or(suite.seed);
    for benchmark in &mut suite.benchmarks {
        shape.change(benchmark);
    }
    let mut problems = Vec::new();
    suite.check(&mut problems);
    if problems.is_empty() { Ok(suite) } else { Err(rehearsal::problem::Problems(problems).into()) }
}

impl Shape {
    fn change(&self, benchmark: &mut Benchmark) {
        benchmark.measured = self.samples.unwrap_or(benchmark.measured);
        benchmark.warm_up = self.warm_up.unwrap_or(benchmark.warm_up);
        benchmark.runs = self.runs.unwrap_or(benchmark.runs);
        benchmark.timeout_ms = self.timeout_ms.unwrap_or(benchmark.timeout_ms);
        benchmark.slo_ms = self.slo_ms.unwrap_or(benchmark.slo_ms);
        benchmark.limits.rpm = self.rpm.or(benchmark.limits.rpm);
        benchmark.limits.tpm = self.tpm.or(benchmark.limits.tpm);
        benchmark.model = self.model.clone().or(benchmark.model.take());
        if let Some(door) = &self.door {
            benchmark.door = Some(door.clone());
            // A suite's model may be none of the door's.
            if self.model.is_none() {
                benchmark.model = None;
                benchmark.model = Some(benchmark.asked_model().to_string());
            }
        }
        let workers = self.workers.map(|workers| Load::Closed { workers });
        let rate = self.rate.map(|rate_per_s| Load::Open { rate_per_s });
        let batch = self.batch.map(|size| Load::Batch { size });
        benchmark.load = workers.or(rate).or(batch).unwrap_or(benchmark.load);
    }
}

/// The machine's clock, and what wakes it early: a person who presses Ctrl-C waits for no timeout.
struct RealClock(Instant, Arc<tokio::sync::Notify>);

impl Clock for RealClock {
    fn now_ms(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1000.0
    }

    async fn sleep(&self, ms: f64) {
        let asleep = tokio::time::sleep(Duration::from_secs_f64((ms / 1000.0).min(86_400.0)));
        tokio::select! {
            () = asleep => {}
            () = self.1.notified() => {}
        }
    }
}

fn in_real_time(rehearsal: &mut Rehearsal, target: &Target) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::input(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let stopped = Arc::new(AtomicBool::new(false));
        let told = Arc::new(tokio::sync::Notify::new());
        let (seen, tell) = (stopped.clone(), told.clone());
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                eprintln!("stopping: what was measured so far is kept");
                seen.store(true, Ordering::Relaxed);
                tell.notify_one();
            }
        });
        while let Some((benchmark, number)) = rehearsal.upcoming() {
            let title = format!("{} {}/{}", benchmark.name, number + 1, benchmark.runs);
            let clock = RealClock(Instant::now(), told.clone());
            let Some(session) = rehearsal.session(clock.now_ms()) else { break };
            let prompts = &rehearsal.suite().prompts;
            let run = match (&target.url, &target.command) {
                (Some(url), _) => {
                    let client = UrlClient::new(url, target, benchmark, prompts)?;
                    one(session, &client, &clock, &title, &stopped).await
                }
                (_, Some(command)) => {
                    one(session, &CommandClient::new(command, prompts), &clock, &title, &stopped).await
                }
                _ => return Err(Failure::input("nothing to measure; give --url or --command")),
            };
            if run.completed == 0 && !run.cancelled {
                let why: Vec<String> = run.errors.iter().map(|(name, count)| format!("{count} × {name}")).collect();
                let timeouts = if run.timeouts > 0 { format!("{} timed out", run.timeouts) } else { String::new() };
                return Err(Failure::input(format!(
                    "{title}: not one request was answered ({}{timeouts}); is the target right?",
                    why.join(", ")
                )));
            }
            rehearsal.add(run);
        }
        Ok(())
    })
}

async fn one(session: Session, client: &impl Client, clock: &RealClock, title: &str, stopped: &AtomicBool) -> Run {
    let shown = std::io::stderr().is_terminal();
    let mut last = Instant::now();
    let watch = |progress: Progress| {
        if shown && (last.elapsed() > Duration::from_millis(250) || progress.answered == progress.total) {
            last = Instant::now();
            eprint!("\r{title}: {} of {} ", progress.answered, progress.total);
            if progress.answered == progress.total {
                eprintln!();
            }
        }
        !stopped.load(Ordering::Relaxed)
    };
    measure(session, client, clock, watch).await
}
