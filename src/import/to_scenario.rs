//! From a log's sums to a scenario: what the traffic was, said as assumptions one can change, and how near
//! it comes to the log's bill.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::Catalog;
use crate::cost::Estimate;
use crate::money::Usd;
use crate::scenario::Scenario;

use super::arrivals::Burstiness;
use super::classes::{Shape, Traffic};
use super::findings::{Finding, FindingCode};
use super::log_reader::{FileRead, LogSummary, SkippedLine};
use super::model_id::is_opaque;
use super::rows::{Counting, CountingSource};
use super::time_zone::ZoneSource;

/// A log as a scenario, with its bill.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ImportedLog {
    /// The scenario document.
    pub scenario: serde_json::Value,
    /// What the log's calls cost, exactly; `None` when a part of it is not known.
    pub bill_usd: Option<Usd>,
    /// Something could not be priced: the bill is at least what is known.
    pub at_least: bool,
    /// What is known of the bill.
    pub known_usd: Usd,
    /// Calls, hits of a response cache and failures.
    pub requests: u64,
    /// Calls that came again and were billed once.
    pub seen_twice: u64,
    /// Lines that are none, the first thousand of them.
    pub skipped: Vec<SkippedLine>,
    pub skipped_count: u64,
    /// Prices that are not known, and what else the bill lacks or could not understand.
    pub unknown: Vec<String>,
    /// What is to be said beside the bill.
    pub findings: Vec<Finding>,
    /// Which column or field was taken for what.
    pub columns: BTreeMap<String, Option<&'static str>>,
    /// Whether counts of the prompt contain those of the cache; `None` without such counts.
    pub counts: Option<Counting>,
    pub counts_source: Option<CountingSource>,
    /// Whose days and hours are meant.
    pub time_zone: String,
    pub time_zone_source: ZoneSource,
    /// Days of traffic, in elapsed time; the scenario is their mean.
    pub days: f64,
    /// What the scenario costs on those days: how well it stands for the log.
    pub scenario_bill_usd: Option<f64>,
    /// What the scenario costs a day, as `estimate` says.
    pub scenario_daily_usd: Option<f64>,
    /// For how many of the scenario's days the log stands: a trace is replayed at its own rate, whatever part of a
    /// day it is.
    pub scenario_days: f64,
    /// By how much that is off, in percent of the bill; `None` where one of them is not known.
    pub scenario_misfit_pct: Option<f64>,
    /// Why it is off, where it is by more than a ten-thousandth.
    pub scenario_reasons: Vec<String>,
    /// What the log itself says that it cost, and of how many calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logged_usd: Option<Usd>,
    pub logged_requests: u64,
    /// The coefficient of variation of the time between calls.
    pub arrival_cv: Option<f64>,
    /// How unevenly they came; `None` for a log without times.
    pub burstiness: Option<Burstiness>,
    pub tokens: Tokens,
    /// The share of messages that a response cache answered, where the log says so.
    pub cache_hit_rate: f64,
    /// The share of cached prompt tokens that were read and not written.
    pub prompt_cache_hit_rate: Option<f64>,
    /// What was read of each file.
    #[serde(skip)]
    pub files: Vec<FileRead>,
}

/// All tokens of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write_5m: u64,
    pub cache_write_1h: u64,
}

/// A misfit that is none: a ten-thousandth.
const FITS_PCT: f64 = 0.01;

/// Turns a log into a scenario with a catalog's prices.
pub fn to_scenario(log: LogSummary, catalog: &Catalog) -> ImportedLog {
    to_scenario_on(log, catalog, None)
}

/// The same, and what is to be said of the models' ends of life on a day, `YYYY-MM-DD`.
pub fn to_scenario_on(log: LogSummary, catalog: &Catalog, today: Option<&str>) -> ImportedLog {
    let summary = &log.summary;
    let total = summary.total();
    let bill = summary.bill(catalog);
    let days = summary.days();
    let all = summary.requests();
    let mut findings = log.findings.clone();
    let mut note = |code, name: &str, calls: u64, what: String| {
        findings.push(Finding { code, name: name.to_string(), what, calls, at_least: false });
    };
    for (name, id) in &bill.taken_as {
        note(FindingCode::TakenAs, name, 0, format!("{name} is priced as {id}"));
    }
    for (name, said) in bill.rows.iter().take(MOST_ROWS) {
        note(FindingCode::Row, name, 0, said.clone());
    }
    let mut hidden: BTreeMap<&str, u64> = BTreeMap::new();
    for (key, sums) in summary.cells.iter().filter(|(key, _)| is_opaque(&key.model)) {
        *hidden.entry(&key.model).or_default() += sums.requests();
    }
    for (arn, calls) in hidden.into_iter().take(MOST_ARNS) {
        note(
            FindingCode::Profile,
            arn,
            calls,
            format!("an ARN that hides its model; say what it is: --profile {arn}=MODEL"),
        );
    }
    let unnamed: u64 = summary
        .cells
        .iter()
        .filter(|(key, _)| &*key.model == super::usage_csv::UNNAMED_MODEL)
        .map(|(_, sums)| sums.requests())
        .sum();
    if unnamed > 0 {
        note(
            FindingCode::NoModel,
            super::usage_csv::UNNAMED_MODEL,
            unnamed,
            "calls that name no model, as those of a batch job's output; say it: --model ID".to_string(),
        );
    }
    let with_calls = summary.days_with_calls();
    if with_calls > 0 && days > with_calls as f64 + 1.0 {
        let what = format!("calls on {with_calls} days of {days:.1}; the days without are counted in the mean day");
        note(FindingCode::Time, "days without calls", 0, what);
    }
    if log.unread > 0 {
        findings.push(Finding {
            code: FindingCode::Unread,
            name: "lines that were not read".to_string(),
            what: "lines that were not read and may be calls; they are not billed".to_string(),
            calls: log.unread,
            // They are named with their reasons; whether they are calls nobody knows.
            at_least: false,
        });
    }
    for id in
        summary.cells.iter().filter(|(_, sums)| sums.calls > 0).map(|(key, _)| &*key.model).collect::<BTreeSet<_>>()
    {
        let Some(model) = today.and_then(|_| super::bill::model_named(id, catalog)) else { continue };
        if let Some(age) = crate::rules::age(model, today) {
            findings.push(Finding {
                code: FindingCode::EndOfLife,
                name: id.to_string(),
                what: age.said(id),
                calls: 0,
                at_least: false,
            });
        }
    }
    for ((id, most), (calls, prompt)) in summary.beyond_a_call(catalog) {
        findings.push(Finding {
            code: FindingCode::Counts,
            name: format!("{id}: more than a call takes"),
            what: format!(
                "calls of {} prompt tokens on the average, where the list has {most} as the most that one takes: a longer context than is known here, or rows that add up several calls without their number, which a column `requests` says. They are priced as one call each, beyond the threshold",
                prompt / calls.max(1)
            ),
            calls,
            at_least: false,
        });
    }
    let known_usd = bill.known;
    let at_least = bill.total().is_none() || findings.iter().any(|finding| finding.at_least);
    let mut unknown: Vec<String> = bill.unknown.iter().cloned().collect();
    unknown.extend(
        findings
            .iter()
            .filter(|finding| finding.at_least || matches!(finding.code, FindingCode::Column | FindingCode::Word))
            .map(|finding| finding.name.clone()),
    );
    let fitted = Fitted::best(&log, catalog, bill.total());
    if fitted.dropped > 0 {
        let what = "a scenario carries 64 types and 64 models a type; the smallest are joined or left out".to_string();
        findings.push(Finding {
            code: FindingCode::Limit,
            name: "types".to_string(),
            what,
            calls: fitted.dropped,
            at_least: false,
        });
    }
    let cached = total.cache_read + total.cache_write + total.cache_write_1h;
    ImportedLog {
        scenario: serde_json::from_str(&fitted.scenario.to_json()).unwrap_or_default(),
        bill_usd: (!at_least).then_some(known_usd),
        at_least,
        known_usd,
        requests: all,
        seen_twice: log.seen_twice,
        unknown,
        findings,
        columns: log.columns.clone(),
        counts: log.counts.map(|counts| counts.0),
        counts_source: log.counts.map(|counts| counts.1),
        time_zone: summary.time_zone.name().to_string(),
        time_zone_source: summary.zone_source,
        days,
        scenario_bill_usd: fitted.usd,
        scenario_daily_usd: fitted.usd.map(|usd| usd / fitted.days),
        scenario_days: fitted.days,
        scenario_misfit_pct: fitted.misfit_pct,
        scenario_reasons: fitted.reasons,
        logged_usd: (summary.logged_calls > 0).then(|| Usd::from_pico(summary.logged_pico)),
        logged_requests: summary.logged_calls,
        arrival_cv: summary.arrival_cv(),
        burstiness: summary.burstiness(),
        tokens: Tokens {
            input: total.input,
            output: total.output,
            cache_read: total.cache_read,
            cache_write_5m: total.cache_write,
            cache_write_1h: total.cache_write_1h,
        },
        cache_hit_rate: if all == 0 { 0.0 } else { total.from_cache as f64 / all as f64 },
        prompt_cache_hit_rate: (cached > 0).then(|| total.cache_read as f64 / cached as f64),
        skipped: log.skipped,
        skipped_count: log.skipped_count,
        files: log.files,
    }
}

/// The most rows of the price list that are told of.
const MOST_ROWS: usize = 200;
/// The most ARNs that are asked for.
const MOST_ARNS: usize = 100;

/// The scenario that costs most nearly what the log did.
struct Fitted {
    scenario: Scenario,
    usd: Option<f64>,
    /// Of how many of its days that is.
    days: f64,
    misfit_pct: Option<f64>,
    reasons: Vec<String>,
    dropped: u64,
}

impl Fitted {
    /// Tries the plain scenario first, and finer ones while its bill is off: prompts without spread where a
    /// threshold would price their tail, a type for each model where models get prompts of their own.
    fn best(log: &LogSummary, catalog: &Catalog, bill: Option<Usd>) -> Self {
        let traffic = Traffic::of(log, catalog);
        let shapes = [(false, false), (false, true), (true, false), (true, true)];
        let mut best: Option<Fitted> = None;
        for (by_model, constant) in shapes {
            let shape = Shape { by_model, constant };
            let (scenario, dropped) = traffic.scenario(shape, catalog);
            let estimate = crate::cost::estimate(&scenario, catalog).ok();
            // A trace is replayed at its own rate, whatever part of a day it is.
            let days = log.summary.requests() as f64 / scenario.daily_messages.max(f64::MIN_POSITIVE);
            let usd =
                estimate.as_ref().and_then(|estimate| estimate.total_daily_cost_usd).map(|usd| usd.dollars() * days);
            let misfit_pct = bill.zip(usd).map(|(bill, usd)| match bill.dollars() {
                0.0 if usd == 0.0 => 0.0,
                dollars => (usd / dollars - 1.0) * 100.0,
            });
            let off = |pct: Option<f64>| pct.map_or(f64::INFINITY, f64::abs);
            if best.as_ref().is_none_or(|best| off(misfit_pct) < off(best.misfit_pct)) {
                let reasons = match misfit_pct {
                    Some(pct) if pct.abs() <= FITS_PCT => Vec::new(),
                    Some(_) => traffic.reasons(&estimate, shape, days, catalog),
                    None => vec!["prices are not known, so the two bills cannot be compared".to_string()],
                };
                best = Some(Fitted { scenario, usd, days, misfit_pct, reasons, dropped });
            }
            if misfit_pct.is_none_or(|pct| pct.abs() <= FITS_PCT) {
                break;
            }
        }
        best.unwrap_or_else(|| Fitted {
            scenario: Scenario::default(),
            usd: None,
            days: 1.0,
            misfit_pct: None,
            reasons: Vec::new(),
            dropped: 0,
        })
    }
}

impl Traffic<'_> {
    /// By how much each type's cost is off, the largest first.
    fn reasons(&self, estimate: &Option<Estimate>, shape: Shape, days: f64, catalog: &Catalog) -> Vec<String> {
        let Some(estimate) = estimate else { return vec!["the scenario cannot be estimated".to_string()] };
        let costs = self.costs(shape, catalog);
        let mut off: Vec<(f64, String)> = estimate
            .breakdown
            .iter()
            .filter_map(|kind| {
                let log = costs.get(&kind.query_type)?.dollars();
                let scenario = kind.daily_cost_usd?.dollars() * days;
                let by = scenario - log;
                (by.abs() > 1e-9).then(|| {
                    (
                        by.abs(),
                        format!(
                            "{}: the log's calls cost {log:.6}, the scenario's {scenario:.6} US dollars",
                            kind.query_type
                        ),
                    )
                })
            })
            .collect();
        off.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut reasons: Vec<String> = off.into_iter().take(5).map(|(_, text)| text).collect();
        if self.mixes_lifetimes() {
            reasons.push(
                "cache: calls wrote for five minutes and for an hour; a type of a scenario has one lifetime for all"
                    .to_string(),
            );
        }
        if self.is_ultrafast() {
            reasons.push(
                "tier: a scenario has no share of the ultrafast tier; its calls are taken as standard".to_string(),
            );
        }
        if self.has_trace() {
            reasons.push("the trace replays tokens call by call; the estimate is of their mean".to_string());
        }
        reasons
    }
}
