use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rehearsal::import::{
    Burstiness, ImportOptions, ImportedLog, LogReader, LogSummary, TypeRule, athena_sql, to_scenario,
};
use rehearsal::words::{English, Locale};

use super::table::money;
use super::{Failure, json};

/// Logs, and how they are understood.
#[derive(clap::Args)]
pub struct LogArguments {
    /// The files; `-` is standard input.
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// What query type a call is of: model, metadata:KEY, tokens:500,2000 or pattern:NAME=REGEX
    /// (several, the first that matches).
    #[arg(long = "type", value_name = "RULE")]
    rules: Vec<String>,
    /// The model of rows that name none.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
}

impl LogArguments {
    fn rule(&self) -> Result<TypeRule, Failure> {
        TypeRule::parse(&self.rules).map_err(|error| Failure::input(format!("--type {error}")))
    }

    /// The files' names, for messages.
    pub fn names(&self) -> String {
        self.files.join(", ")
    }

    /// Reads the files, telling how far it is where someone watches.
    pub fn read(&self, keep_trace: bool) -> Result<LogSummary, Failure> {
        if self.files.is_empty() {
            return Err(Failure::input("no log is named; give its files, or `-` for standard input"));
        }
        let rule = self.rule()?;
        let model = match &self.model {
            None => None,
            Some(id) => {
                Some(super::input::catalog().get(id).ok_or_else(|| super::input::unknown_model(id))?.id.clone())
            }
        };
        let mut reader = LogReader::new(ImportOptions { rule, model, keep_trace });
        let (begun, mut told, mut bytes) = (Instant::now(), Instant::now(), 0_u64);
        let show = std::io::stderr().is_terminal();
        let mut buffer = vec![0; 1 << 18];
        for file in &self.files {
            let mut open = super::input::open(file)?;
            loop {
                let count = open.read(&mut buffer).map_err(|error| Failure::input(format!("{file}: {error}")))?;
                if count == 0 {
                    break;
                }
                reader.push(&buffer[..count]);
                bytes += count as u64;
                if show && told.elapsed() > TELL {
                    told = Instant::now();
                    let mb = bytes as f64 / 1e6;
                    eprint!(
                        "\r{file}: {mb:.0} MB, {} requests, {:.0} MB/s  ",
                        reader.requests(),
                        mb / begun.elapsed().as_secs_f64()
                    );
                }
            }
            reader.end_file();
        }
        if show && bytes > 0 {
            eprintln!();
        }
        Ok(reader.finish())
    }
}

/// Turns logs into a scenario and a bill: Bedrock invocation logs (NDJSON, gzip or not), a usage CSV,
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
    /// Print Athena (Trino) SQL that reduces the logs in this table to the summary that this command
    /// reads, and do nothing else.
    #[arg(long, value_name = "TABLE", num_args = 0..=1, default_missing_value = "bedrock_log")]
    sql: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// How often progress is told.
const TELL: Duration = Duration::from_millis(500);

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    if let Some(table) = &arguments.sql {
        if !table.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return Err(Failure::input(format!("--sql: `{table}` is no name of a table")));
        }
        return Ok(athena_sql(table, &arguments.log.rule()?));
    }
    let log = arguments.log.read(arguments.trace)?;
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
    let imported = to_scenario(log, super::input::catalog());
    if imported.requests == 0 {
        let why =
            imported.skipped.first().map_or("it is empty".to_string(), |s| format!("line {}: {}", s.line, s.reason));
        return Err(Failure::input(format!(
            "{}: no request in it; {why}. Expected Bedrock invocation logs, or rows with timestamp, model, input and output",
            arguments.log.names()
        )));
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
        eprintln!("skipped: line {}: {}", skip.line, skip.reason);
    }
    if imported.skipped_count > 20 {
        eprintln!("skipped: {} lines in all; --json names the first thousand", imported.skipped_count);
    }
    let mut out = format!(
        "{} requests on {} days; {} tokens in, {} out, {} read from and {} written to the prompt cache\n",
        English.number(imported.requests as f64),
        imported.days,
        English.number(imported.tokens.input as f64),
        English.number(imported.tokens.output as f64),
        English.number(imported.tokens.cache_read as f64),
        English.number((imported.tokens.cache_write_5m + imported.tokens.cache_write_1h) as f64),
    );
    out.push_str(&format!("bill: {}", imported.bill_usd.map_or("unknown".to_string(), |usd| format!("${usd}"))));
    out.push_str(&format!("; the scenario's: {}\n", money(imported.scenario_bill_usd)));
    if let Some(cv) = imported.arrival_cv {
        out.push_str(&format!("times between requests vary by a factor of {cv:.3} (1 is Poisson)\n"));
    }
    if let Some(burstiness) = &imported.burstiness {
        out.push_str(&peaks(burstiness));
    }
    if !imported.unknown.is_empty() {
        out.push_str(&format!("unknown prices: {}\n", imported.unknown.join(", ")));
    }
    if !written {
        out.push_str("give --out FILE to keep the scenario\n");
    }
    out
}
