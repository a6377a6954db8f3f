//! Logs to a scenario and a bill, with everything that the bill lacks beside it.

use std::io::Write;
use std::path::PathBuf;

use rehearsal::import::{
    Burstiness, Counting, CountingSource, Dialect, ImportedLog, SQL_LEAVES_OUT, ZoneSource, summary_sql, thresholds,
    to_scenario_on,
};
use rehearsal::problem::clipped;
use rehearsal::words::{English, Locale};

use super::log::LogArguments;
use super::table::money;
use super::{Failure, json};

/// Turns logs into a scenario and a bill: Bedrock invocation logs (from S3, CloudWatch or Athena, gzip or
/// not), batch output, exports of Langfuse, LiteLLM, Helicone, OpenTelemetry and Claude Code, a usage CSV,
/// the Azure LLM trace, or the summary that `--sql` makes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// Write the scenario to this file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Let the scenario replay the log's own arrivals and tokens, at its own rate, instead of laws
    /// that are fitted to them.
    #[arg(long)]
    trace: bool,
    /// Print SQL that reduces the logs in this table to the summary that this command reads, and do
    /// nothing else.
    #[arg(long, value_name = "TABLE", num_args = 0..=1, default_missing_value = "bedrock_log")]
    sql: Option<String>,
    /// Whose SQL: athena, trino, spark or duckdb.
    #[arg(long, value_name = "NAME", default_value = "athena")]
    dialect: String,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    if let Some(table) = &arguments.sql {
        if !table.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return Err(Failure::input(format!("--sql: `{table}` is no name of a table")));
        }
        let dialect = Dialect::from_key(&arguments.dialect).ok_or_else(|| {
            let names = Dialect::ALL.map(Dialect::key).join(", ");
            Failure::input(format!("--dialect `{}` is not known; choose {names}", arguments.dialect))
        })?;
        let (rule, profiles) = (arguments.log.rule()?, arguments.log.profiles()?);
        eprintln!("{SQL_LEAVES_OUT}");
        if let Some(options) = arguments.log.said_of_rows() {
            eprintln!("{options}: not in the SQL; give it to the import of its result");
        }
        return Ok(summary_sql(dialect, table, &rule, &profiles, &thresholds(super::input::catalog())));
    }
    let catalog = super::input::catalog();
    let log = arguments.log.read(catalog, arguments.trace)?;
    match log.summary.trace() {
        Err(most) => {
            return Err(Failure::input(format!(
                "--trace: more than {} calls, which is what a scenario carries; import a part of the log",
                English.number(most as f64)
            )));
        }
        Ok(Some(trace)) if trace.arrivals_ms.is_empty() => {
            return Err(Failure::input("--trace: the log has no times to replay; leave --trace out"));
        }
        Ok(_) => {}
    }
    let imported = to_scenario_on(log, catalog, Some(&super::today()));
    if imported.requests == 0 {
        return Err(Failure::input(format!("{}: no model call in it", arguments.log.names())));
    }
    if let Some(path) = &arguments.out {
        let text =
            serde_json::to_string_pretty(&imported.scenario).map_err(|error| Failure::input(error.to_string()))?;
        let written = std::fs::File::create(path).and_then(|mut file| file.write_all((text + "\n").as_bytes()));
        written.map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
    }
    if arguments.json { json(&imported) } else { Ok(report(&imported, arguments.out.is_some())) }
}

/// What the busiest moments ask of a quota.
fn peaks(burstiness: &Burstiness) -> String {
    let mut out = format!(
        "at most {} requests in a second, {} in a minute",
        English.number(burstiness.busiest_second as f64),
        English.number(burstiness.busiest_minute as f64)
    );
    if let Some(tpm) = burstiness.tpm {
        let whole = |value: f64| English.number(libm::round(value));
        out.push_str(&format!(
            "; tokens a minute: mean {}, P95 {}, most {}",
            whole(tpm.mean),
            whole(tpm.p95),
            whole(tpm.max)
        ));
    }
    if let Some(dispersion) = burstiness.dispersion_60s {
        out.push_str(&format!("; requests a minute are dispersed {dispersion:.1} times as Poisson's"));
    }
    out + "\n"
}

fn report(imported: &ImportedLog, written: bool) -> String {
    for skip in imported.skipped.iter().take(20) {
        let file = if skip.file.is_empty() { String::new() } else { format!("{}: ", skip.file) };
        eprintln!("skipped: {file}line {}: {}", skip.line, skip.reason);
    }
    if imported.skipped_count > 20 {
        eprintln!("skipped: {} lines in all; --json names the first thousand", imported.skipped_count);
    }
    let mut out = format!(
        "{} requests on {:.2} days; {} tokens in, {} out, {} read from and {} written to the prompt cache\n",
        English.number(imported.requests as f64),
        imported.days,
        English.number(imported.tokens.input as f64),
        English.number(imported.tokens.output as f64),
        English.number(imported.tokens.cache_read as f64),
        English.number((imported.tokens.cache_write_5m + imported.tokens.cache_write_1h) as f64),
    );
    let bill = match imported.bill_usd {
        Some(usd) => format!("${usd}"),
        None => format!("at least ${}", imported.known_usd),
    };
    out.push_str(&format!("bill: {bill}; {}\n", fit(imported)));
    for reason in &imported.scenario_reasons {
        out.push_str(&format!("  the scenario is off: {reason}\n"));
    }
    if let Some(usd) = imported.logged_usd {
        out.push_str(&format!(
            "the log itself says ${usd} for {} requests\n",
            English.number(imported.logged_requests as f64)
        ));
    }
    if imported.seen_twice > 0 {
        out.push_str(&format!("seen twice, billed once: {}\n", English.number(imported.seen_twice as f64)));
    }
    out.push_str(&format!("days and hours of {} ({})\n", imported.time_zone, zone_source(imported.time_zone_source)));
    if let Some((counts, source)) = imported.counts.zip(imported.counts_source) {
        out.push_str(&counted(counts, source));
    }
    if let Some(cv) = imported.arrival_cv {
        out.push_str(&format!("times between requests vary by a factor of {cv:.3} (1 is Poisson)\n"));
    }
    if let Some(burstiness) = &imported.burstiness {
        out.push_str(&peaks(burstiness));
    }
    out.push_str(&columns(imported));
    if !imported.unknown.is_empty() {
        let more = if imported.unknown.len() > MOST_UNKNOWN { ", …" } else { "" };
        let named =
            imported.unknown.iter().take(MOST_UNKNOWN).map(|name| clipped(name, 95)).collect::<Vec<_>>().join(", ");
        out.push_str(&format!("unknown: {named}{more}\n"));
    }
    for finding in &imported.findings {
        let calls = if finding.calls > 0 {
            format!(" ({} requests)", English.number(finding.calls as f64))
        } else {
            String::new()
        };
        let what = if finding.what.contains(&finding.name) {
            finding.what.clone()
        } else {
            format!("{}: {}", finding.name, finding.what)
        };
        out.push_str(&format!("note: {what}{calls}\n"));
    }
    if !written {
        out.push_str("give --out FILE to keep the scenario\n");
    }
    out
}

/// The most unknown names that are printed.
const MOST_UNKNOWN: usize = 40;

/// The scenario's bill of a day, as `estimate` says it, and how near it comes to the log's.
fn fit(imported: &ImportedLog) -> String {
    let off = match imported.scenario_misfit_pct {
        Some(pct) if pct.abs() > 0.01 => format!(" ({pct:+.2} %)"),
        _ => String::new(),
    };
    let daily = money(imported.scenario_daily_usd);
    let days = imported.scenario_days;
    if imported.scenario_daily_usd.is_none() || (days - 1.0).abs() < 1e-9 {
        return format!("the scenario's day: {daily}{off}");
    }
    let span = if days < 0.1 { format!("{:.4}", days) } else { format!("{days:.2}") };
    format!(
        "the scenario's day: {daily}; the log is {span} of such days, which cost {}{off}",
        money(imported.scenario_bill_usd)
    )
}

fn zone_source(source: ZoneSource) -> &'static str {
    match source {
        ZoneSource::Said => "as said",
        ZoneSource::Times => "as the log writes its times",
        ZoneSource::Guessed => "guessed from the quiet hours; say it with --time-zone",
        ZoneSource::Assumed => "assumed; say it with --time-zone",
    }
}

fn counted(counts: Counting, source: CountingSource) -> String {
    let what = match counts {
        Counting::Disjoint => "input tokens stand beside the cached ones",
        Counting::Inclusive => "input tokens contain the cached ones",
    };
    let why = match source {
        CountingSource::Said => "as said",
        CountingSource::Names => "by the columns' names",
        CountingSource::Totals => "as the rows add up",
        CountingSource::Assumed => "ASSUMED; say it with --counts disjoint or inclusive",
    };
    format!("{what} ({why})\n")
}

/// Which column was taken for what, on a line.
fn columns(imported: &ImportedLog) -> String {
    if imported.columns.is_empty() {
        return String::new();
    }
    let taken = imported.columns.iter().filter_map(|(name, field)| Some(format!("{name} as {}", (*field)?)));
    let left: Vec<&str> =
        imported.columns.iter().filter(|(_, field)| field.is_none()).map(|(name, _)| name.as_str()).collect();
    let mut out = format!("columns: {}", taken.collect::<Vec<_>>().join(", "));
    if !left.is_empty() {
        let more = if left.len() > MOST_UNKNOWN { ", …" } else { "" };
        out.push_str(&format!(
            "; not used: {}{more}",
            left.iter().take(MOST_UNKNOWN).copied().collect::<Vec<_>>().join(", ")
        ));
    }
    out + "\n"
}
