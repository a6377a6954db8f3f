//! `upgrade`: will the requests of a log survive another model.

use std::io::Read;

use rehearsal::import::{LoggedCall, SkippedLine};
use rehearsal::questions::Requests;
use rehearsal::questions::upgrade::{Upgrade, UpgradeQuestion, every_model};

use super::language::with_skipped;
use super::log::{Hear, LogArguments};
use super::{Failure, json as print_json};

/// Checks whether the requests of logs, recordings or files survive another model: what would be refused, where, by
/// which rule, and what to do; tokens and the bill before and after; which models of today end when.
///
/// Takes invocation logs with their requests, cassettes, and bodies of requests. Exit code 1 when anything is
/// refused, 3 when nothing could be checked.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// The model to go to: a base id, an inference profile or an ARN; `all` for every model that could.
    #[arg(long, value_name = "MODEL|all", required = true)]
    to: Vec<String>,
    /// The day that ends of life are held against; without it no model has ended.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::day)]
    today: Option<String>,
    #[command(flatten)]
    told: super::language::Told,
}

/// The most skipped requests that are named.
const MOST_SKIPPED: usize = 1_000;

struct Hearing<'a> {
    upgrade: Upgrade<'a>,
    /// The model of requests that name none.
    model: Option<String>,
    /// What was left out of files of requests.
    skipped: Vec<SkippedLine>,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let catalog = super::input::catalog();
    let to = match arguments.to.as_slice() {
        [all] if all == "all" => every_model(catalog, arguments.today.as_deref()),
        named => named.to_vec(),
    };
    let question = UpgradeQuestion { to, today: arguments.today.clone() };
    let upgrade = Upgrade::new(catalog, question).map_err(|problem| Failure::input(format!("upgrade: {problem}")))?;
    let mut hearing = Hearing { upgrade, model: arguments.log.model().map(str::to_string), skipped: Vec::new() };
    let mut log = arguments.log.hear(catalog, &mut hearing)?;
    let answer = hearing.upgrade.finish();
    if answer.calls == 0 {
        return Err(Failure::input(format!("{}: no request to a model in it", arguments.log.names())));
    }
    log.skipped_count += hearing.skipped.len() as u64;
    log.skipped.extend(hearing.skipped.into_iter().take(MOST_SKIPPED));
    super::language::skipped(&log);
    let output = if arguments.told.json {
        print_json(&with_skipped(&answer, &log)?)?
    } else {
        arguments.told.write(&answer.report())?
    };
    if answer.refused > 0 {
        return Err(Failure::finding(output));
    }
    if answer.taken == 0 {
        let message =
            format!("none of the {} calls could be checked, so nobody can say; `unknown` has why", answer.calls);
        return Err(Failure { code: 3, message, output });
    }
    Ok(output)
}

impl Hear for Hearing<'_> {
    fn call(&mut self, call: &LoggedCall, file: &str) {
        self.upgrade.hear(call, &format!("{file}:{}", call.line));
    }

    fn may_be(&self) -> &'static str {
        "a log of calls, a cassette as JSON, or bodies of requests"
    }

    fn requests(&mut self, file: &str, first: &[u8], rest: &mut dyn Read) -> Result<bool, Failure> {
        if !Requests::begin(file, first) {
            return Ok(false);
        }
        let mut bytes = first.to_vec();
        let read = rest.take(Requests::MAX_BYTES as u64).read_to_end(&mut bytes);
        read.map_err(|error| Failure::input(format!("{file}: {error}")))?;
        let requests = Requests::read(file, &bytes, self.model.as_deref()).map_err(Failure::input)?;
        self.skipped.extend(requests.skipped.iter().map(|skipped| {
            let (file, reason) = (String::new(), skipped.clone());
            SkippedLine { file, line: 0, reason }
        }));
        requests.asked.iter().for_each(|(asked, place)| self.upgrade.hear_request(asked, place));
        Ok(true)
    }
}
