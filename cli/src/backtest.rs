use std::collections::BTreeMap;

use rehearsal::import::{Backtest, Misfit, backtest};
use rehearsal::words::{English, Locale};

use super::Failure;
use super::import::LogArguments;
use super::table::{csv_cell, money, table};

/// How far to trust the model: a log's measured P50, P95, P99 and bill beside those of the simulation
/// of its own scenario.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Print comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let log = arguments.log.read(false)?;
    if log.summary.times.overall.count() == 0 {
        return Err(Failure::input(format!(
            "{}: no request in it says how long its answer took; a backtest needs latencies",
            arguments.log.names()
        )));
    }
    let result = backtest(log, super::input::catalog())?;
    if arguments.json {
        super::json(&result)
    } else if arguments.csv {
        Ok(csv(&result))
    } else {
        Ok(report(&result))
    }
}

/// Every population with its scope and name.
fn populations(result: &Backtest) -> Vec<(&'static str, String, Misfit)> {
    let hours: BTreeMap<_, _> = result.by_hour.iter().map(|(hour, misfit)| (format!("{hour:02}:00"), misfit)).collect();
    let all = [("all", "all".to_string(), result.overall)].into_iter();
    all.chain(result.by_type.iter().map(|(name, misfit)| ("type", name.clone(), *misfit)))
        .chain(hours.into_iter().map(|(name, misfit)| ("hour", name, *misfit)))
        .collect()
}

fn csv(result: &Backtest) -> String {
    let mut out = String::from(
        "scope,name,answers,measured_p50_ms,measured_p95_ms,measured_p99_ms,simulated_p50_ms,simulated_p95_ms,simulated_p99_ms,misfit_p50_pct,misfit_p95_pct,misfit_p99_pct\n",
    );
    for (scope, name, misfit) in populations(result) {
        let parts = [misfit.measured_ms, misfit.simulated_ms, misfit.misfit_pct];
        let cells = parts.iter().flat_map(|p| [p.p50, p.p95, p.p99]);
        let cells: Vec<_> = cells.map(|value| value.map_or(String::new(), |v| v.to_string())).collect();
        out.push_str(&format!("{scope},{},{},{}\n", csv_cell(&name), misfit.answers, cells.join(",")));
    }
    out
}

fn report(result: &Backtest) -> String {
    let mut rows = vec![
        ["", "answers", "P50", "simulated", "", "P95", "simulated", "", "P99", "simulated", ""]
            .map(String::from)
            .to_vec(),
    ];
    for (_, name, misfit) in populations(result) {
        let ms = |value: Option<f64>| value.map_or("-".to_string(), |v| English.ms(v));
        let off = |value: Option<f64>| value.map_or("-".to_string(), |v| format!("{v:+.1} %"));
        let mut row = vec![name, English.number(misfit.answers as f64)];
        let (m, s, d) = (misfit.measured_ms, misfit.simulated_ms, misfit.misfit_pct);
        for (measured, simulated, by) in [(m.p50, s.p50, d.p50), (m.p95, s.p95, d.p95), (m.p99, s.p99, d.p99)] {
            row.extend([ms(measured), ms(simulated), off(by)]);
        }
        rows.push(row);
    }
    let bill = &result.bill;
    format!(
        "{}\nbill of the log {}, of its scenario {} ({})\n{} of {} requests say how long they took; {} messages simulated\n",
        table(&rows),
        bill.log_usd.map_or("unknown".to_string(), |usd| format!("${usd}")),
        money(bill.scenario_usd),
        bill.misfit_pct.map_or("misfit unknown".to_string(), |v| format!("{v:+.2} %")),
        English.number(result.timed as f64),
        English.number(result.requests as f64),
        English.number(result.messages as f64),
    )
}
