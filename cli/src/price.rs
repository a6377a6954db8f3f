use std::fmt::Write as _;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Read, Write};

use rehearsal::catalog::Catalog;
use rehearsal::cost::{CallTokens, PricedCall};
use rehearsal::problem::clipped;
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
    /// The service tier: standard, batch, flex, priority or ultrafast.
    #[arg(long, default_value = "standard")]
    tier: String,
    /// The region that is called, such as ap-northeast-1: its own price, where it has one.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The door that is called: runtime or mantle.
    #[arg(long, value_name = "DOOR")]
    door: Option<String>,
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
    #[serde(borrow, default)]
    region: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    door: Option<std::borrow::Cow<'a, str>>,
}

impl Line<'_> {
    fn tokens(&self) -> CallTokens {
        CallTokens {
            input: self.input,
            output: self.output,
            cache_read: self.cache_read,
            cache_write_5m: self.cache_write_5m,
            cache_write_1h: self.cache_write_1h,
        }
    }
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let catalog = super::input::catalog();
    let Some(id) = &arguments.model else {
        if std::io::stdin().is_terminal() {
            return Err(Failure::input("give --model ID, or calls as JSON lines on standard input"));
        }
        let input = BufReader::with_capacity(1 << 20, std::io::stdin().lock());
        return lines(catalog, input, BufWriter::with_capacity(1 << 20, std::io::stdout().lock()));
    };
    catalog.get(id).ok_or_else(|| super::input::unknown_model(id))?;
    let tokens = CallTokens {
        input: arguments.input,
        output: arguments.output,
        cache_read: arguments.cache_read,
        cache_write_5m: arguments.cache_write_5m,
        cache_write_1h: arguments.cache_write_1h,
    };
    let (tier, region, door) = (Some(arguments.tier.as_str()), arguments.region.as_deref(), arguments.door.as_deref());
    let mut priced = PricedCall::placed(catalog, id, tokens, tier, region, door).map_err(Failure::input)?;
    priced.notes.extend(end_of_life(catalog, id, &super::today()));
    if arguments.json { json(&priced) } else { Ok(report(&priced, tokens)) }
}

/// Prices every line as it comes. A line that is no call has its place and its reason instead of a
/// price, and the run fails at its end.
fn lines(catalog: &Catalog, mut input: impl BufRead, mut out: impl Write) -> Result<String, Failure> {
    let today = super::today();
    let (mut line, mut number, mut wrong) = (Vec::new(), 0_u64, 0_u64);
    let mut written = Ok(());
    while written.is_ok() {
        number += 1;
        let whole = next_line(&mut input, &mut line).map_err(|error| Failure::input(format!("-:{number}: {error}")))?;
        if line.is_empty() {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let call = if whole { read(&line) } else { Err("more than a megabyte is no call".to_string()) };
        let priced = call.and_then(|call| {
            let (tier, region, door) = (call.tier.as_deref(), call.region.as_deref(), call.door.as_deref());
            let mut priced = PricedCall::placed(catalog, &call.model, call.tokens(), tier, region, door)?;
            priced.notes.extend(end_of_life(catalog, &call.model, &today));
            serde_json::to_vec(&priced).map_err(|error| error.to_string())
        });
        let text = priced.unwrap_or_else(|error| {
            wrong += 1;
            serde_json::json!({"line": number, "error": super::shortened(&error)}).to_string().into_bytes()
        });
        written = out.write_all(&text).and_then(|()| out.write_all(b"\n"));
    }
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("standard output: {error}")))
        }
        _ if wrong > 0 => Err(Failure::input(format!(
            "{wrong} lines are no calls; each has its number and its reason in the output instead of a price"
        ))),
        _ => Ok(String::new()),
    }
}

/// That a model is retired, or is to be within half a year.
fn end_of_life(catalog: &Catalog, id: &str, today: &str) -> Option<String> {
    let model = catalog.get(id)?;
    rehearsal::rules::age(model, Some(today)).map(|age| age.said(&model.id))
}

/// The longest line of a call.
const MAX_LINE: u64 = 1 << 20;

/// Reads a line, nothing at the end; false if it is longer than any call, of which the beginning is kept.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    input.by_ref().take(MAX_LINE).read_until(b'\n', line)?;
    if line.ends_with(b"\n") || (line.len() as u64) < MAX_LINE {
        return Ok(true);
    }
    input.skip_until(b'\n')?;
    Ok(false)
}

/// The call of a line.
fn read(line: &[u8]) -> Result<Line<'_>, String> {
    serde_json::from_slice(line)
        .map_err(|error| clipped(&error.to_string(), 200).into_owned())
        .map_err(|error| format!("{error}; expected {{\"model\":\"…\",\"input\":N,\"output\":N}}"))
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
    if priced.total_usd.is_none() {
        let _ = writeln!(out, "\nunknown: {}; what is known costs ${}", priced.unknown.join(", "), priced.known_usd);
    }
    let row = &priced.row;
    let place = row.region.as_deref().map_or(String::new(), |region| format!(" ({region})"));
    let above = if row.above_tokens > 0 { format!(", above {} tokens", row.above_tokens) } else { String::new() };
    let _ = writeln!(out, "\nprices of {}{place}{above}: {}, read {}", row.id, row.source, row.date);
    if let Some(other) = &priced.sources_differ {
        let place = other.region.as_deref().map_or(String::new(), |region| format!(" ({region})"));
        let _ = writeln!(out, "sources differ: {}{place} says {}", other.source, shown(other.total_usd));
    }
    for note in &priced.notes {
        let _ = writeln!(out, "{note}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_call_stops_no_other() {
        let good = r#"{"model":"haiku","input":1000000}"#;
        let long = "x".repeat(MAX_LINE as usize + 9);
        let text = [good, "", "{", &long, good].join("\n");
        let mut out = Vec::new();
        let failure = lines(Catalog::full(), text.as_bytes(), &mut out).unwrap_err();
        assert!(failure.message.starts_with("2 lines"), "{}", failure.message);
        let out: Vec<serde_json::Value> =
            out.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        let said: Vec<_> = out.iter().map(|line| (line["line"].as_u64(), line["total_usd"].is_null())).collect();
        assert_eq!(said, [(None, false), (Some(3), true), (Some(4), true), (None, false)]);
        assert!(out.iter().filter(|line| line["line"].is_u64()).all(|line| line["error"].is_string()));
    }
}
