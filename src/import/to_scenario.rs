//! From a log's sums to a scenario: what the traffic was, said as assumptions one can change.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::catalog::Catalog;
use crate::money::Usd;
use crate::scenario::{
    Arrivals, Cache, Curve, Distribution, Faults, MAX_TYPES, ModelProfile, PromptCache, QueryType, RouteShare,
    Scenario, Traffic,
};
use crate::sim::MAX_MESSAGES;

use super::arrivals::Burstiness;
use super::fixtures::Skipped;
use super::log_reader::LogSummary;
use super::summary::{OTHER, Sums};

/// A log as a scenario, with its bill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportedLog {
    /// The scenario document.
    pub scenario: serde_json::Value,
    /// What the log's calls cost, exactly; `None` when a price is not known.
    pub bill_usd: Option<Usd>,
    /// Calls, hits of a response cache and failures.
    pub requests: u64,
    /// Lines that are none, the first thousand of them.
    pub skipped: Vec<SkippedLine>,
    pub skipped_count: u64,
    pub unknown: Vec<String>,
    /// Days with traffic; the scenario is their mean.
    pub days: u64,
    /// What the scenario costs on those days: how well it stands for the log.
    pub scenario_bill_usd: Option<f64>,
    /// The coefficient of variation of the time between calls.
    pub arrival_cv: Option<f64>,
    /// How unevenly they came; `None` for a log without times.
    pub burstiness: Option<Burstiness>,
    pub tokens: Tokens,
    /// The share of messages that a response cache answered, where the log says so.
    pub cache_hit_rate: f64,
    /// The share of cached prompt tokens that were read and not written.
    pub prompt_cache_hit_rate: Option<f64>,
}

/// All tokens of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write_5m: u64,
    pub cache_write_1h: u64,
}

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedLine {
    pub line: u64,
    pub reason: String,
}

/// Turns a log into a scenario with a catalog's prices.
pub fn to_scenario(log: LogSummary, catalog: &Catalog) -> ImportedLog {
    let summary = &log.summary;
    let total = summary.total();
    let (bill_usd, unknown) = summary.bill(catalog);
    let days = summary.days();
    let scenario = scenario(&log, catalog);
    let estimate = crate::cost::estimate(&scenario, catalog).ok();
    let per_day = estimate.and_then(|estimate| estimate.total_daily_cost_usd);
    let all = summary.requests();
    // A trace is replayed at its own rate, whatever part of a day it is.
    let days_of_scenario = all as f64 / scenario.daily_messages.max(f64::MIN_POSITIVE);
    let cached = total.cache_read + total.cache_write + total.cache_write_1h;
    ImportedLog {
        scenario: serde_json::from_str(&scenario.to_json()).unwrap_or_default(),
        bill_usd,
        requests: all,
        skipped: log
            .skipped
            .iter()
            .map(|Skipped { line, reason }| SkippedLine { line: *line, reason: reason.clone() })
            .collect(),
        skipped_count: log.skipped_count,
        unknown,
        days,
        scenario_bill_usd: per_day.map(|usd| usd.dollars() * days_of_scenario),
        arrival_cv: summary.arrival_cv(),
        burstiness: summary.burstiness(),
        tokens: Tokens {
            input: total.input,
            output: total.output,
            cache_read: total.cache_read,
            cache_write_5m: total.cache_write,
            cache_write_1h: total.cache_write_1h,
        },
        cache_hit_rate: ratio(total.from_cache, all),
        prompt_cache_hit_rate: (cached > 0).then(|| ratio(total.cache_read, cached)),
    }
}

fn scenario(log: &LogSummary, catalog: &Catalog) -> Scenario {
    let summary = &log.summary;
    let mut by_kind: BTreeMap<&str, BTreeMap<&str, Sums>> = BTreeMap::new();
    let mut by_model: BTreeMap<&str, Sums> = BTreeMap::new();
    let mut hours = [0.0; 24];
    for (key, sums) in &summary.cells {
        by_kind.entry(&key.kind).or_default().entry(&key.model).or_default().add(sums);
        by_model.entry(&key.model).or_default().add(sums);
        hours[usize::from(key.hour.min(23))] += requests(sums) as f64;
    }
    let all = summary.requests();
    let mut kinds: Vec<(&str, BTreeMap<&str, Sums>)> = by_kind.into_iter().collect();
    kinds.sort_by_key(|(_, models)| std::cmp::Reverse(models.values().map(requests).sum::<u64>()));
    // What does not fit in a mix is one type.
    let rest = kinds.split_off(kinds.len().min(MAX_TYPES - 1));
    let mut joined: BTreeMap<&str, Sums> = BTreeMap::new();
    for (model, sums) in rest.iter().flat_map(|(_, models)| models) {
        joined.entry(model).or_default().add(sums);
    }
    if !joined.is_empty() {
        match kinds.iter_mut().find(|(kind, _)| *kind == OTHER) {
            Some((_, models)) => joined.iter().for_each(|(model, sums)| models.entry(model).or_default().add(sums)),
            None => kinds.push((OTHER, joined)),
        }
    }
    let total = summary.total();
    let attempts = total.calls + total.throttled + total.failed;
    let has_times = summary.cells.keys().any(|key| key.day.is_some());
    let mut scenario = Scenario {
        daily_messages: all as f64 / summary.days() as f64,
        types: kinds.iter().map(|(kind, models)| query_type(kind, models, all, catalog)).collect(),
        models: by_model.iter().filter_map(|(id, sums)| Some(((*id).to_string(), profile(sums)?))).collect(),
        faults: Faults { throttle_rate: ratio(total.throttled, attempts), error_rate: ratio(total.failed, attempts) },
        ..Scenario::default()
    };
    // The log's failures are requests of their own: its SDK's retries are in it already.
    scenario.retry.max_attempts = Some(1);
    // A failed call of the log cost nothing.
    scenario.billing.failed_input_share = 0.0;
    if has_times {
        scenario.traffic.curve = Curve::Hours(hours);
    }
    if let Some(cv) = summary.arrival_cv() {
        scenario.traffic.arrivals = Arrivals::Gamma;
        scenario.traffic.cv = libm::round(cv.min(100.0) * 1000.0) / 1000.0;
    }
    if let Ok(Some(trace)) = summary.trace()
        && !trace.arrivals_ms.is_empty()
    {
        scenario.daily_messages = trace.daily_messages().min(MAX_MESSAGES as f64);
        scenario.traffic = Traffic { arrivals: Arrivals::Trace, trace: Some(Arc::new(trace)), ..Traffic::default() };
    }
    scenario
}

fn requests(sums: &Sums) -> u64 {
    sums.calls + sums.from_cache + sums.throttled + sums.failed
}

fn query_type(name: &str, models: &BTreeMap<&str, Sums>, all: u64, catalog: &Catalog) -> QueryType {
    let mut sum = Sums::default();
    models.values().for_each(|sums| sum.add(sums));
    let count = requests(&sum);
    let attempted = count - sum.from_cache;
    let cached = sum.cache_read + sum.cache_write + sum.cache_write_1h;
    let prefix = ratio(cached, sum.calls);
    let share = |sums: &Sums| 100.0 * ratio(requests(sums) - sums.from_cache, attempted);
    let used: Vec<(&str, &Sums)> =
        models.iter().filter(|(_, sums)| requests(sums) > sums.from_cache).map(|(id, sums)| (*id, sums)).collect();
    let mut kind = QueryType {
        name: if name.trim().is_empty() { OTHER.to_string() } else { name.to_string() },
        share_pct: 100.0 * ratio(count, all),
        input_tokens: spread(sum.calls, sum.input, sum.input_squares),
        output_tokens: spread(sum.calls, sum.output, sum.output_squares),
        cache: Cache { hit_rate: ratio(sum.from_cache, count), ..Cache::default() },
        ..QueryType::default()
    };
    match used.as_slice() {
        [] => kind.model = models.keys().next().map(|id| (*id).to_string()),
        [(id, _)] => kind.model = Some((*id).to_string()),
        several => {
            kind.route = Some(
                several
                    .iter()
                    .map(|(id, sums)| RouteShare { model: (*id).to_string(), share_pct: share(sums) })
                    .collect(),
            );
        }
    }
    let smallest = used.iter().filter_map(|(id, _)| catalog.get(id)?.min_cache_tokens).max().unwrap_or(0);
    if cached > 0 && prefix >= smallest as f64 {
        kind.prompt.system_tokens = prefix;
        kind.prompt.cache =
            Some(PromptCache { hit_rate: ratio(sum.cache_read, cached), history: false, ..PromptCache::default() });
    } else {
        // Too few calls share a prefix for one scenario to say so: their tokens are input.
        kind.prompt.system_tokens = prefix;
    }
    kind
}

fn profile(sums: &Sums) -> Option<ModelProfile> {
    let latency = (sums.latencies > 0).then(|| spread(sums.latencies, sums.latency_ms, sums.latency_ms_squares))?;
    let mean_output = ratio(sums.output, sums.calls);
    if sums.ttfts == sums.latencies && sums.latency_ms > sums.ttft_ms && mean_output > 0.0 {
        let generating_ms = (sums.latency_ms - sums.ttft_ms) as f64 / sums.latencies as f64;
        return Some(ModelProfile {
            ttft: Some(spread(sums.ttfts, sums.ttft_ms, sums.ttft_ms_squares)),
            tokens_per_s: Some((1000.0 * mean_output / generating_ms).clamp(0.001, 1e9)),
            ..ModelProfile::default()
        });
    }
    Some(ModelProfile { latency: Some(latency), ..ModelProfile::default() })
}

/// A log-normal law of this mean and spread: tokens and latencies are skewed to the right.
fn spread(count: u64, sum: u64, squares: u128) -> Distribution {
    if count == 0 || sum == 0 {
        return Distribution::Constant(0.0);
    }
    let n = u128::from(count);
    // Exact until the last step: the difference of two large sums.
    let scaled = n.saturating_mul(squares).saturating_sub(u128::from(sum).saturating_mul(u128::from(sum)));
    let mean = sum as f64 / count as f64;
    let sd = libm::sqrt(scaled as f64) / count as f64;
    if sd == 0.0 { Distribution::Constant(mean) } else { Distribution::LogNormal { mean, sd } }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
