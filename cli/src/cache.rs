//! `cache`: why a prompt cache is not hit, and what it would save.

use rehearsal::import::LoggedCall;
use rehearsal::questions::cache::{CacheTruth, cache_from_traffic};

use super::language::{Told, scenario_in, skipped, with_skipped};
use super::log::{Hear, LogArguments};
use super::{Failure, json as print_json};

/// Says why the prompt cache is not hit and what it would save: where the prefix breaks and what changes there, what
/// could be read at five minutes and an hour, whether writing pays. From logs with their requests; or the hit rate
/// that follows from a scenario's traffic.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// For a scenario: seconds from one message of a conversation to the next, on average.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    think_s: f64,
    /// For a scenario: write it to this file with the hit rates that were found.
    #[arg(long, value_name = "FILE")]
    out: Option<std::path::PathBuf>,
    #[command(flatten)]
    told: Told,
}

struct Hearing<'a>(CacheTruth<'a>);

impl Hear for Hearing<'_> {
    fn call(&mut self, call: &LoggedCall, file: &str) {
        self.0.hear(call, &format!("{file}:{}", call.line));
    }

    fn may_be(&self) -> &'static str {
        "a log of calls, or a scenario as one JSON document"
    }
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let catalog = super::input::catalog();
    super::within("--think-s", Some(arguments.think_s), 0.0, 86_400.0)?;
    if let Some(scenario) = scenario_in(arguments.log.files())? {
        let answer = cache_from_traffic(&scenario, catalog, arguments.think_s);
        if let Some(path) = &arguments.out {
            let text = answer.adopt(&scenario).to_json() + "\n";
            std::fs::write(path, text).map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
        }
        return if arguments.told.json { print_json(&answer) } else { arguments.told.write(&answer.report()) };
    }
    if arguments.out.is_some() {
        return Err(Failure::input(
            "--out is for a scenario; a log is made one with `rehearsal import LOG --out FILE`",
        ));
    }
    let mut hearing = Hearing(CacheTruth::new(catalog));
    let log = arguments.log.hear(catalog, &mut hearing)?;
    skipped(&log);
    let answer = hearing.0.finish();
    if arguments.told.json { print_json(&with_skipped(&answer, &log)?) } else { arguments.told.write(&answer.report()) }
}
