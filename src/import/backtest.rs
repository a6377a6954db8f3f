//! How far a log can be trusted to be like its scenario: what was measured beside what the simulation
//! of the imported scenario gives.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::Catalog;
use crate::money::Usd;
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::sim::{Outcome, Quantiles, simulate};
use crate::stats::Histogram;

use super::log_reader::LogSummary;
use super::summary::Times;
use super::to_scenario::{ImportedLog, to_scenario};

/// A log against its own scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Backtest {
    /// Calls of the log, and how many of them say how long they took.
    pub requests: u64,
    pub timed: u64,
    /// Messages simulated: the log's mean day.
    pub messages: u64,
    pub overall: Misfit,
    pub by_type: BTreeMap<String, Misfit>,
    /// By the hour of the day.
    pub by_hour: BTreeMap<u8, Misfit>,
    pub bill: BillMisfit,
}

/// Percentiles measured and simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Misfit {
    /// Answers measured.
    pub answers: u64,
    pub measured_ms: Percentiles,
    pub simulated_ms: Percentiles,
    /// How far the simulation is off, in percent of what was measured; above 0 it is too slow.
    pub misfit_pct: Percentiles,
}

/// Three percentiles; `None` where too little was measured to carry one: ten answers beyond it are
/// the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
}

/// The log's bill beside its scenario's, for the same days.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BillMisfit {
    pub log_usd: Option<Usd>,
    pub scenario_usd: Option<f64>,
    pub misfit_pct: Option<f64>,
}

/// Simulates the scenario of a log and compares.
///
/// # Errors
/// Those of [`simulate`]: a log whose answers have no latency gives a scenario that cannot be
/// simulated.
pub fn backtest(log: LogSummary, catalog: &Catalog) -> Result<Backtest, Problems> {
    let times = log.summary.times.clone();
    let imported = to_scenario(log, catalog);
    let scenario = Scenario::load(&imported.scenario.to_string())?.output;
    Ok(backtest_of(&times, &imported, &simulate(&scenario, catalog, None)?))
}

/// Compares a log's latencies and bill with a day of its scenario that was simulated elsewhere.
pub fn backtest_of(times: &Times, imported: &ImportedLog, outcome: &Outcome) -> Backtest {
    let by_type = times.by_kind.iter().map(|(kind, measured)| {
        let simulated = outcome.by_type.get(kind).map(|figures| figures.e2e_ms).unwrap_or_default();
        (kind.clone(), misfit(measured, simulated))
    });
    let by_hour = times.by_hour.iter().map(|(hour, measured)| {
        let simulated = outcome.by_hour.get(usize::from(*hour)).map(|hour| hour.figures.e2e_ms).unwrap_or_default();
        (*hour, misfit(measured, simulated))
    });
    let log_usd = imported.bill_usd;
    Backtest {
        requests: imported.requests,
        timed: times.overall.count(),
        messages: outcome.messages,
        overall: misfit(&times.overall, outcome.overall.e2e_ms),
        by_type: by_type.collect(),
        by_hour: by_hour.collect(),
        bill: BillMisfit {
            log_usd,
            scenario_usd: imported.scenario_bill_usd,
            misfit_pct: log_usd
                .map(|usd| usd.dollars())
                .filter(|usd| *usd > 0.0)
                .zip(imported.scenario_bill_usd)
                .map(|(log, scenario)| (scenario / log - 1.0) * 100.0),
        },
    }
}

fn misfit(measured: &Histogram, simulated: Quantiles) -> Misfit {
    let answers = measured.count();
    let of = |p: f64| {
        let beyond = answers as f64 * (1.0 - p);
        if beyond >= 10.0 { measured.quantile(p) } else { None }
    };
    let measured_ms = Percentiles { p50: of(0.5), p95: of(0.95), p99: of(0.99) };
    let simulated_ms = Percentiles { p50: simulated.p50, p95: simulated.p95, p99: simulated.p99 };
    let off = |measured: Option<f64>, simulated: Option<f64>| {
        let (measured, simulated) = measured.filter(|ms| *ms > 0.0).zip(simulated)?;
        Some((simulated / measured - 1.0) * 100.0)
    };
    Misfit {
        answers,
        measured_ms,
        simulated_ms,
        misfit_pct: Percentiles {
            p50: off(measured_ms.p50, simulated_ms.p50),
            p95: off(measured_ms.p95, simulated_ms.p95),
            p99: off(measured_ms.p99, simulated_ms.p99),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{ImportOptions, LogReader};
    use crate::random::{Purpose, Stream};
    use crate::scenario::Distribution;
    use crate::sim::QuantileTable;

    /// A percentile takes ten answers beyond it: the P95 of 200 has them, of 199 it has not.
    #[test]
    fn a_percentile_takes_ten_answers_beyond_it() {
        let known = |answers: u64| {
            let mut histogram = Histogram::default();
            (0..answers).for_each(|_| histogram.add(100.0));
            let found = misfit(&histogram, Quantiles::default()).measured_ms;
            [found.p50, found.p95, found.p99].map(|ms| ms.is_some())
        };
        assert_eq!(known(19), [false; 3]);
        assert_eq!((known(20), known(199)), ([true, false, false], [true, false, false]));
        assert_eq!((known(201), known(1001)), ([true, true, false], [true; 3]));
    }

    /// A log of log-normal latencies is found again; one with a second hump is not, and says so.
    #[test]
    fn the_misfit_tells_a_good_model_from_a_bad_one() {
        let log = |second_hump: bool| {
            let table = QuantileTable::new(&Distribution::LogNormal { mean: 800.0, sd: 300.0 });
            let slow = QuantileTable::new(&Distribution::LogNormal { mean: 9_000.0, sd: 500.0 });
            let draws = Stream::new(5, Purpose::Message);
            let mut csv = String::from("timestamp,model,input_tokens,output_tokens,latency_ms\n");
            for call in 0..20_000_u64 {
                let draw = (draws.word(call) >> 40) as u32;
                let slow_one = second_hump && call % 12 == 0;
                let ms = if slow_one { slow.at(draw) } else { table.at(draw) };
                let (hour, minute, second) = (call / 900, call / 15 % 60, call % 15 * 4);
                csv.push_str(&format!(
                    "2026-11-01T{hour:02}:{minute:02}:{second:02}Z,anthropic.claude-3-haiku-20240307-v1:0,100,50,{ms}\n"
                ));
            }
            let mut reader = LogReader::new(ImportOptions::default());
            reader.push(csv.as_bytes());
            reader.end_file();
            backtest(reader.finish(), &Catalog::reference()).unwrap()
        };
        let good = log(false);
        assert_eq!((good.requests, good.timed), (20_000, 20_000));
        for off in [good.overall.misfit_pct.p50, good.overall.misfit_pct.p95, good.overall.misfit_pct.p99] {
            assert!(off.unwrap().abs() < 4.0, "{:?}", good.overall);
        }
        assert!(good.bill.misfit_pct.unwrap().abs() < 1e-6, "{:?}", good.bill);
        assert_eq!(good.by_hour.len(), 23);
        let bad = log(true);
        assert!(bad.overall.misfit_pct.p95.unwrap() < -30.0, "{:?}", bad.overall);
    }
}
