use std::fmt::Write as _;
use std::io::{BufRead, BufReader, IsTerminal, Write};

use rehearsal::catalog::Catalog;
use rehearsal::cost::{CallTokens, PricedCall};
use serde::Deserialize;

use super::table::table;
use super::{Failure, json};

/// Prices one call, or with JSON lines on standard input as many as there are.
///
/// The counts are disjoint: the prompt is the sum of all but the output. A line has the same names
/// with underscores: {"model":"…","input":100,"output":50,"cache_read":0}
#[derive(clap::Args)]
pub struct Arguments {
    /// The model; without it, calls are read from standard input.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Input tokens, without those read from or written to the cache.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    input: u64,
    /// Output tokens.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    output: u64,
    /// Tokens read from the prompt cache.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    cache_read: u64,
    /// Tokens written to the prompt cache for five minutes.
    #[arg(long = "cache-write-5m", value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    cache_write_5m: u64,
    /// Tokens written to the prompt cache for an hour.
    #[arg(long = "cache-write-1h", value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    cache_write_1h: u64,
    /// The service tier: standard, batch, flex or priority.
    #[arg(long, default_value = "standard")]
    tier: String,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// One call on a line of standard input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    model: std::borrow::Cow<'a, str>,
    #[serde(default)]
    input: u64,
    #[serde(default)]
    output: u64,
    #[serde(default)]
    cache_read: u64,
    #[serde(default)]
    cache_write_5m: u64,
    #[serde(default)]
    cache_write_1h: u64,
    #[serde(borrow, default)]
    tier: Option<std::borrow::Cow<'a, str>>,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let catalog = Catalog::full();
    let Some(id) = &arguments.model else {
        if std::io::stdin().is_terminal() {
            return Err(Failure::input("give --model ID, or calls as JSON lines on standard input"));
        }
        return lines(catalog);
    };
    catalog.get(id).ok_or_else(|| super::input::unknown_model(id))?;
    let tokens = CallTokens {
        input: arguments.input,
        output: arguments.output,
        cache_read: arguments.cache_read,
        cache_write_5m: arguments.cache_write_5m,
        cache_write_1h: arguments.cache_write_1h,
    };
    let priced = PricedCall::of(catalog, id, tokens, Some(&arguments.tier)).map_err(Failure::input)?;
    if arguments.json { json(&priced) } else { Ok(report(&priced, tokens)) }
}

/// Prices every line as it comes; the first that is none ends the run, with its place.
fn lines(catalog: &Catalog) -> Result<String, Failure> {
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let mut input = BufReader::with_capacity(1 << 20, std::io::stdin().lock());
    let (mut line, mut number) = (Vec::new(), 0_u64);
    let mut written = Ok(());
    while written.is_ok() {
        line.clear();
        number += 1;
        let fail = |what: String| Failure::input(format!("-:{number}: {what}"));
        // A line of a call is short; an endless one must not fill the memory.
        let read = std::io::Read::take(&mut input, 1 << 20).read_until(b'\n', &mut line);
        if read.map_err(|error| fail(error.to_string()))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let parsed = serde_json::from_slice::<Line<'_>>(&line);
        let call = match parsed {
            Ok(call) => call,
            Err(error) => {
                let _ = out.flush();
                return Err(fail(format!("{error}; expected {{\"model\":\"…\",\"input\":N,\"output\":N}}")));
            }
        };
        let tokens = CallTokens {
            input: call.input,
            output: call.output,
            cache_read: call.cache_read,
            cache_write_5m: call.cache_write_5m,
            cache_write_1h: call.cache_write_1h,
        };
        let done = PricedCall::of(catalog, &call.model, tokens, call.tier.as_deref()).map(|priced| {
            written = serde_json::to_writer(&mut out, &priced).map_err(std::io::Error::from);
            written = std::mem::replace(&mut written, Ok(())).and_then(|()| out.write_all(b"\n"));
        });
        if let Err(what) = done {
            let _ = out.flush();
            return Err(fail(what));
        }
    }
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("standard output: {error}")))
        }
        _ => Ok(String::new()),
    }
}

fn report(priced: &PricedCall<'_>, tokens: CallTokens) -> String {
    let counts = [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h];
    let shown = |usd: Option<rehearsal::money::Usd>| usd.map_or("unknown".to_string(), |usd| format!("${usd}"));
    let mut rows = vec![["", "tokens", "cost"].map(String::from).to_vec()];
    for ((name, part), count) in priced.parts.parts().into_iter().zip(counts) {
        if count > 0 {
            rows.push(vec![name.replace('_', " "), count.to_string(), shown(part)]);
        }
    }
    rows.push(vec!["total".to_string(), counts.iter().sum::<u64>().to_string(), shown(priced.total_usd)]);
    let mut out = table(&rows);
    let _ = writeln!(out, "\nprices of {}: {}, read {}", priced.row.id, priced.row.source, priced.row.date);
    out
}
