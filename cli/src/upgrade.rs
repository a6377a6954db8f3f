//! `upgrade`: will the requests of a log survive another model.

use std::io::Read;

use rehearsal::import::{LoggedCall, from_any};
use rehearsal::questions::Asked;
use rehearsal::questions::upgrade::{Upgrade, UpgradeQuestion, every_model};
use serde_json::Value;

use super::log::{Hear, LogArguments};
use super::{Failure, json as print_json};

/// Checks whether the requests of logs, recordings or files survive another model: what would be refused, where, by
/// which rule, and what to do; tokens and the bill before and after; which models of today end when.
///
/// Takes invocation logs with their requests, cassettes, and bodies of requests. Exit code 1 when anything is
/// refused.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// The model to go to: a base id, an inference profile or an ARN; `all` for every model that could.
    #[arg(long, value_name = "MODEL|all", required = true)]
    to: Vec<String>,
    /// The day that ends of life are held against; without it no model has ended.
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<String>,
    #[command(flatten)]
    told: super::language::Told,
}

struct Hearing<'a> {
    upgrade: Upgrade<'a>,
    /// The model of requests that name none.
    model: Option<String>,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let catalog = super::input::catalog();
    let to = match arguments.to.as_slice() {
        [all] if all == "all" => every_model(catalog, arguments.today.as_deref()),
        named => named.to_vec(),
    };
    let question = UpgradeQuestion { to, today: arguments.today.clone() };
    let upgrade = Upgrade::new(catalog, question).map_err(|problem| Failure::input(format!("upgrade: {problem}")))?;
    let mut hearing = Hearing { upgrade, model: arguments.log.model().map(str::to_string) };
    let log = arguments.log.hear(catalog, &mut hearing)?;
    let answer = hearing.upgrade.finish();
    if answer.calls == 0 {
        return Err(Failure::input(format!("{}: no request to a model in it", arguments.log.names())));
    }
    super::language::skipped(&log);
    let output = if arguments.told.json { print_json(&answer)? } else { arguments.told.write(&answer.report())? };
    if answer.refused > 0 { Err(Failure::finding(output)) } else { Ok(output) }
}

impl Hear for Hearing<'_> {
    fn call(&mut self, call: &LoggedCall, file: &str) {
        self.upgrade.hear(call, &format!("{file}:{}", call.line));
    }

    fn requests(&mut self, file: &str, first: &[u8], rest: &mut dyn Read) -> Result<bool, Failure> {
        let cassette = [".yaml", ".yml"].iter().any(|ending| file.ends_with(ending))
            || first.trim_ascii_start().starts_with(b"{") && memchr(first, b"\"interactions\"");
        if cassette {
            let bytes = all(file, first, rest)?;
            let (exchanges, skipped) =
                from_any(file, &bytes).map_err(|error| Failure::input(format!("{file}: {error}")))?;
            for skip in skipped {
                eprintln!("skipped: {file}: {}: {}", skip.line, skip.reason);
            }
            for exchange in exchanges {
                let Some(body) = exchange.request else {
                    eprintln!("skipped: {file}: {}: the recording keeps no request", exchange.line);
                    continue;
                };
                let asked = Asked { operation: exchange.operation, model: Some(exchange.model_id), body };
                self.upgrade.hear_request(&asked, &format!("{file}:{}", exchange.line));
            }
            return Ok(true);
        }
        let mut values = serde_json::Deserializer::from_slice(first).into_iter::<Value>();
        let request = |value: &Value| match value {
            Value::Array(items) => !items.is_empty() && items.iter().all(|item| Asked::of_body(item.clone()).is_some()),
            other => Asked::of_body(other.clone()).is_some(),
        };
        if !matches!(values.next(), Some(Ok(value)) if request(&value)) {
            return Ok(false);
        }
        let bytes = all(file, first, rest)?;
        let mut number = 0;
        for value in serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>() {
            let value = value.map_err(|error| Failure::input(format!("{file}: {error}")))?;
            let items = if let Value::Array(items) = value { items } else { vec![value] };
            for item in items {
                number += 1;
                match Asked::of_body(item) {
                    Some(mut asked) => {
                        asked.model = asked.model.or_else(|| self.model.clone());
                        self.upgrade.hear_request(&asked, &format!("{file}:{number}"));
                    }
                    None => eprintln!("skipped: {file}: {number}: no request among requests"),
                }
            }
        }
        Ok(true)
    }
}

/// The most bytes of a file of requests.
const MOST: u64 = 64 << 20;

fn all(file: &str, first: &[u8], rest: &mut dyn Read) -> Result<Vec<u8>, Failure> {
    let mut bytes = first.to_vec();
    let read = rest.take(MOST).read_to_end(&mut bytes);
    read.map_err(|error| Failure::input(format!("{file}: {error}")))?;
    if bytes.len() as u64 > MOST {
        return Err(Failure::input(format!("{file}: more than {} MiB of requests; split it", MOST >> 20)));
    }
    Ok(bytes)
}

fn memchr(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
