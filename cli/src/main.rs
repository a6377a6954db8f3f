//! Reads arguments and files, calls the core, prints. One file a command.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 fine, 1 a
//! finding, 2 bad usage or bad input, 3 inconclusive.

mod backtest;
mod bench;
mod bench_client;
mod bench_connect;
mod bench_run;
mod breakeven;
mod cache;
mod capacity;
mod check;
mod compare;
mod compat;
mod estimate;
mod event_stream;
mod fixtures;
mod frontier;
mod import;
mod import_fixtures;
mod input;
mod invoke;
mod language;
mod lint_request;
mod log;
mod price;
mod quota;
mod reconcile;
mod rules;
mod schema;
mod serve;
mod serve_connections;
mod serve_cors;
mod serve_health;
mod serve_record;
mod serve_tls;
mod simulate;
mod snapshot;
mod table;
mod tokens;
mod upgrade;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use rehearsal::words::{English, Locale};

/// Rehearse a chatbot on Amazon Bedrock: cost, latency and fixtures, without calling it.
#[derive(Parser)]
#[command(name = "rehearsal", version, about)]
struct Arguments {
    /// Prices over the catalog's: a price table (CSV), LiteLLM's file, or prices by model id.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Prices")]
    prices: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What a scenario costs a day, type by type.
    Estimate(estimate::Arguments),
    /// Two scenarios' bills side by side.
    Compare(compare::Arguments),
    /// What brings a bill to a target.
    Breakeven(breakeven::Arguments),
    /// What one call costs, or a million.
    Price(price::Arguments),
    /// A scenario against a budget and a service level, for CI.
    Check(check::Arguments),
    /// Cost against P95 of many ways to run the same traffic.
    Frontier(frontier::Arguments),
    /// Logs to a scenario and a bill.
    Import(import::Arguments),
    /// A log's measured latencies and bill beside those of its own simulation.
    Backtest(backtest::Arguments),
    /// AWS's bill beside that of the logs, each difference with its reason.
    Reconcile(reconcile::Arguments),
    /// Will my requests survive the next model: what breaks, where, and what it costs.
    Upgrade(upgrade::Arguments),
    /// Why is my prompt cache not hit, and what would it save.
    Cache(cache::Arguments),
    /// What quota do I need, and why am I throttled below it.
    Quota(quota::Arguments),
    /// How long people wait: a day of messages drawn with a seed.
    Simulate(simulate::Arguments),
    /// How much concurrency or quota a service level needs.
    Capacity(capacity::Arguments),
    /// Measure, and say honestly whether it became worse.
    Bench(bench::Arguments),
    /// The library of recorded and written answers.
    Fixtures(fixtures::Arguments),
    /// A mock of the Bedrock runtime on this machine, for any SDK.
    Serve(serve::Arguments),
    /// What a model takes and refuses, with source and date.
    Rules(rules::Arguments),
    /// The JSON Schema of a document, for editors and checks.
    Schema(schema::Arguments),
    /// A request checked without a server, for CI.
    LintRequest(lint_request::Arguments),
    /// One call to the mock.
    Invoke(invoke::Arguments),
    /// Binary event streams to JSON lines and back.
    Eventstream(event_stream::Arguments),
    /// What a run answered, kept and compared.
    Snapshot(snapshot::Arguments),
    /// The tokens of a text: exact where a vocabulary is public, else estimated with its measured error.
    Tokens(tokens::Arguments),
    /// Recompute a file of the original Python document's results.
    Compat(compat::Arguments),
}

/// Why a command did not end well.
pub(crate) struct Failure {
    pub code: u8,
    /// For standard error.
    pub message: String,
    /// For standard output, where the result is the finding.
    pub output: String,
}

impl Failure {
    /// Bad usage or bad input: exit code 2.
    pub fn input(message: impl Into<String>) -> Self {
        Failure { code: 2, message: message.into(), output: String::new() }
    }

    /// What is wrong with a file, each problem with its code.
    pub fn in_file(file: &str, problems: impl Into<rehearsal::problem::Problems>) -> Self {
        Failure::input(format!("{file}: {}", problems.into().with_codes()))
    }

    /// A result that is a finding: printed as it is, exit code 1.
    pub fn finding(output: impl Into<String>) -> Self {
        Failure { code: 1, message: String::new(), output: output.into() }
    }
}

impl From<rehearsal::problem::Problems> for Failure {
    fn from(problems: rehearsal::problem::Problems) -> Self {
        Failure::input(problems.with_codes())
    }
}

impl From<rehearsal::import::Error> for Failure {
    fn from(error: rehearsal::import::Error) -> Self {
        Failure::input(format!("{error} [{}]", error.code.key()))
    }
}

fn main() -> ExitCode {
    // A negative number is a value, which its option refuses by its name, and no option of its own.
    let command = with_negative_numbers(Arguments::command());
    let parsed = command.try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    if let Err(failure) = input::use_prices(arguments.prices.as_deref()) {
        eprintln!("error: {}", shortened(&failure.message));
        return ExitCode::from(failure.code);
    }
    let result = match arguments.command {
        Command::Estimate(arguments) => estimate::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::Breakeven(arguments) => breakeven::run(arguments),
        Command::Price(arguments) => price::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Frontier(arguments) => frontier::run(arguments),
        Command::Backtest(arguments) => backtest::run(arguments),
        Command::Import(arguments) => import::run(arguments),
        Command::Reconcile(arguments) => reconcile::run(arguments),
        Command::Upgrade(arguments) => upgrade::run(arguments),
        Command::Cache(arguments) => cache::run(arguments),
        Command::Quota(arguments) => quota::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Capacity(arguments) => capacity::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Fixtures(arguments) => fixtures::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Rules(arguments) => rules::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
        Command::LintRequest(arguments) => lint_request::run(arguments),
        Command::Invoke(arguments) => invoke::run(arguments),
        Command::Eventstream(arguments) => event_stream::run(arguments),
        Command::Snapshot(arguments) => snapshot::run(arguments),
        Command::Tokens(arguments) => tokens::run(arguments),
        Command::Compat(arguments) => compat::run(arguments),
    };
    match result {
        Ok(text) => print(&text),
        Err(failure) => {
            print(&failure.output);
            if !failure.message.is_empty() {
                eprintln!("error: {}", shortened(&failure.message));
            }
            ExitCode::from(failure.code)
        }
    }
}

fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_string()).collect();
    let command = names.iter().fold(command, |command, name| command.mut_subcommand(name, with_negative_numbers));
    command.mut_args(|argument| {
        let takes_values = argument.get_action().takes_values();
        argument.allow_negative_numbers(takes_values)
    })
}

/// A day that there was or will be, as an option takes it.
fn day(text: &str) -> Result<String, String> {
    let is = rehearsal::catalog::is_date(text);
    if is { Ok(text.to_string()) } else { Err("expected a day as YYYY-MM-DD".to_string()) }
}

/// Says what is wrong with the arguments, or gives the help or version that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let short = shortened(&text);
    if error.use_stderr() && short != text {
        eprint!("{short}");
    } else {
        // A reader that has gone away is no error.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The most characters of what it was given that an error repeats.
const MAX_REPEATED: usize = 200;

/// So many of a thing, in words: `1 file`, `2 files`.
fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// An error without the length of what it was given: long arguments are cut, and so is whatever is
/// longer than any word or path that a person would read.
fn shortened(message: &str) -> String {
    use rehearsal::problem::clipped;
    let mut text = message.to_string();
    let given: Vec<String> = std::env::args_os().skip(1).map(|given| given.to_string_lossy().into_owned()).collect();
    let values = given.iter().filter_map(|given| given.split_once('=').map(|(_, value)| value));
    let values = given.iter().map(String::as_str).chain(values).filter(|given| given.len() > MAX_REPEATED);
    for long in values {
        // A message may name it more than once.
        let most = MAX_REPEATED / text.matches(long).count().clamp(1, 4);
        text = text.replace(long, &clipped(long, most));
    }
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let space = if word.ends_with(char::is_whitespace) { word.chars().next_back() } else { None };
            let cut = clipped(word, MAX_REPEATED + 1).into_owned();
            if cut.len() < word.len() { cut + &space.map_or(String::new(), String::from) } else { cut }
        })
        .collect()
}

/// Writes a result; a reader that has gone away (`| head`) is no error.
fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: standard output: {error}");
            ExitCode::from(2)
        }
    }
}

/// A value as one JSON document with a final newline.
/// Refuses an option's number that is out of its range, or none at all.
fn within(option: &str, value: Option<f64>, least: f64, most: f64) -> Result<(), Failure> {
    match value.filter(|value| !(least..=most).contains(value)) {
        None => Ok(()),
        Some(value) => {
            let (least, most) = (English.number(least), English.number(most));
            Err(Failure::input(format!("{option} {value} is out of range; expected {least} to {most}")))
        }
    }
}

/// The day on this machine's clock, UTC.
pub fn today() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    rehearsal::catalog::date_of((seconds / 86_400) as i64)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::input(error.to_string()))?;
    Ok(text + "\n")
}
