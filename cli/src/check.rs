use rehearsal::catalog::Catalog;
use rehearsal::cost::estimate;
use rehearsal::sim::simulate;
use rehearsal::words::{English, Locale};
use serde::Serialize;

use super::input::load_scenario;
use super::{Failure, json};

/// Holds a scenario against a budget and a service level, for CI: exit code 1 when it exceeds one,
/// 3 when a price that is needed is not known.
#[derive(clap::Args)]
pub struct Arguments {
    /// The scenario file; `-` is standard input.
    scenario: String,
    /// The most a day may cost, in dollars.
    #[arg(long, value_name = "USD")]
    max_usd_day: Option<f64>,
    /// The most milliseconds within which 95 % of the answers come.
    #[arg(long, value_name = "MS")]
    max_p95_ms: Option<f64>,
    /// Simulate so many messages instead of a whole day's.
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// One limit and what was found.
#[derive(Serialize)]
struct Limit {
    metric: &'static str,
    limit: f64,
    /// `null` when it is not known.
    actual: Option<f64>,
    pass: Option<bool>,
}

impl Limit {
    fn new(metric: &'static str, limit: f64, actual: Option<f64>) -> Self {
        Limit { metric, limit, actual, pass: actual.map(|actual| actual <= limit) }
    }
}

#[derive(Serialize)]
struct Report {
    /// `pass`, `exceeded` or `unknown`.
    verdict: &'static str,
    checks: Vec<Limit>,
    unknown: Vec<String>,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    for (name, limit) in [("--max-usd-day", arguments.max_usd_day), ("--max-p95-ms", arguments.max_p95_ms)] {
        if limit.is_some_and(|limit| !limit.is_finite() || limit < 0.0) {
            return Err(Failure::input(format!("{name} needs a number of at least 0")));
        }
    }
    if arguments.max_usd_day.is_none() && arguments.max_p95_ms.is_none() {
        return Err(Failure::input("give --max-usd-day, --max-p95-ms, or both"));
    }
    let scenario = load_scenario(&arguments.scenario)?;
    let catalog = Catalog::full();
    let (mut checks, mut unknown) = (Vec::new(), Vec::new());
    if let Some(limit) = arguments.max_usd_day {
        let estimate = estimate(&scenario, catalog)?;
        checks.push(Limit::new("usd_day", limit, estimate.total_daily_cost_usd.map(|usd| usd.dollars())));
        unknown.extend(estimate.unknown);
    }
    if let Some(limit) = arguments.max_p95_ms {
        let p95 = simulate(&scenario, catalog, arguments.messages)?.overall.e2e_ms.p95;
        if p95.is_none() {
            unknown.push("e2e_ms.p95".to_string());
        }
        checks.push(Limit::new("p95_ms", limit, p95));
    }
    let (verdict, code) = if checks.iter().any(|check| check.pass == Some(false)) {
        ("exceeded", 1)
    } else if checks.iter().any(|check| check.pass.is_none()) {
        ("unknown", 3)
    } else {
        ("pass", 0)
    };
    let report = Report { verdict, checks, unknown };
    let output = if arguments.json { json(&report)? } else { say(&report) };
    if code == 0 { Ok(output) } else { Err(Failure { code, message: String::new(), output }) }
}

fn say(report: &Report) -> String {
    let mut out = String::new();
    for check in &report.checks {
        let (name, write): (_, fn(f64) -> String) = match check.metric {
            "usd_day" => ("a day costs", |value| English.usd(value)),
            _ => ("95 % of the answers come within", |value| English.ms(value)),
        };
        let (word, actual) = match (check.pass, check.actual) {
            (Some(true), Some(actual)) => ("ok      ", write(actual)),
            (_, Some(actual)) => ("exceeded", write(actual)),
            _ => ("unknown ", "an unknown amount".to_string()),
        };
        out.push_str(&format!("{word}  {name} {actual}, the limit is {}\n", write(check.limit)));
    }
    if !report.unknown.is_empty() {
        out.push_str(&format!("not known: {}\n", report.unknown.join(", ")));
    }
    out
}
