//! What a log adds up to: sums by query type, model, day, hour and prompt length, all whole numbers,
//! so that it does not matter who added them up, or in which order.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Model};
use crate::cost::{CallTokens, Tier, price_tokens};
use crate::money::Usd;
use crate::scenario::Trace;
use crate::stats::Histogram;

use super::arrivals::{Arrival, Arrivals, Burstiness};

/// One call of a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// Microseconds since 1970-01-01 UTC.
    pub at_us: Option<i64>,
    pub model: String,
    /// Its query type, by the rule.
    pub kind: String,
    pub tokens: CallTokens,
    /// Milliseconds to the end of the answer.
    pub latency_ms: Option<f64>,
    /// Milliseconds to the first token.
    pub ttft_ms: Option<f64>,
    pub outcome: CallOutcome,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallOutcome {
    #[default]
    Answered,
    /// Answered by a response cache: no model was called.
    FromCache,
    Throttled,
    Failed,
}

/// What a cell of the summary is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    pub kind: String,
    pub model: String,
    /// Days since 1970-01-01; `None` where the log has no time.
    pub day: Option<i64>,
    pub hour: u8,
    /// Whether the prompt is beyond a long-context limit: 0, 100,000 or 200,000 tokens.
    pub above: u64,
}

/// Sums over the calls of a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub calls: u64,
    pub from_cache: u64,
    pub throttled: u64,
    pub failed: u64,
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    pub cache_write_1h: u64,
    /// Squares of the tokens in and out, for their spread.
    pub input_squares: u128,
    pub output_squares: u128,
    pub latencies: u64,
    pub latency_ms: u64,
    pub latency_ms_squares: u128,
    pub ttfts: u64,
    pub ttft_ms: u64,
    pub ttft_ms_squares: u128,
    /// Times since the call before, of whatever type.
    pub gaps: u64,
    pub gap_ms: u64,
    pub gap_ms_squares: u128,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Sums) {
        self.calls += other.calls;
        self.from_cache += other.from_cache;
        self.throttled += other.throttled;
        self.failed += other.failed;
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
        self.cache_write_1h = self.cache_write_1h.saturating_add(other.cache_write_1h);
        self.input_squares = self.input_squares.saturating_add(other.input_squares);
        self.output_squares = self.output_squares.saturating_add(other.output_squares);
        self.latencies += other.latencies;
        self.latency_ms = self.latency_ms.saturating_add(other.latency_ms);
        self.latency_ms_squares = self.latency_ms_squares.saturating_add(other.latency_ms_squares);
        self.ttfts += other.ttfts;
        self.ttft_ms = self.ttft_ms.saturating_add(other.ttft_ms);
        self.ttft_ms_squares = self.ttft_ms_squares.saturating_add(other.ttft_ms_squares);
        self.gaps += other.gaps;
        self.gap_ms = self.gap_ms.saturating_add(other.gap_ms);
        self.gap_ms_squares = self.gap_ms_squares.saturating_add(other.gap_ms_squares);
    }

    fn tokens(&self) -> CallTokens {
        CallTokens {
            input: self.input,
            output: self.output,
            cache_read: self.cache_read,
            cache_write_5m: self.cache_write,
            cache_write_1h: self.cache_write_1h,
        }
    }
}

/// The most cells that are kept: beyond them, calls are summed under `other`.
const MAX_CELLS: usize = 200_000;
/// The most query types that are kept apart.
const MAX_KINDS: usize = 1_000;
/// The most query types whose latencies are kept apart.
const MAX_TIMED_KINDS: usize = 256;
/// The longest name of a query type or a model.
const MAX_NAME: usize = 200;
/// The most tokens of a call that are believed.
const MAX_TOKENS: u64 = 100_000_000;

/// A log's sums, as they grow.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub cells: BTreeMap<CellKey, Sums>,
    kinds: BTreeSet<String>,
    pub(super) arrivals: Arrivals,
    /// How long the answers took; a summary made elsewhere has none.
    pub times: Times,
}

/// The latencies of a log's answers, as histograms.
#[derive(Clone, Debug, Default)]
pub struct Times {
    pub overall: Histogram,
    pub by_kind: BTreeMap<String, Histogram>,
    pub by_hour: BTreeMap<u8, Histogram>,
}

impl Times {
    fn add(&mut self, kind: &str, hour: u8, ms: u64) {
        let kind = if self.by_kind.contains_key(kind) || self.by_kind.len() < MAX_TIMED_KINDS { kind } else { OTHER };
        let of_kind = self.by_kind.entry(short(kind)).or_default();
        for histogram in [&mut self.overall, of_kind, self.by_hour.entry(hour).or_default()] {
            histogram.add(ms as f32);
        }
    }
}

impl Summary {
    /// Adds a call.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn add(&mut self, call: &Call) -> Result<(), String> {
        let t = call.tokens;
        let counts = [t.input, t.output, t.cache_read, t.cache_write_5m, t.cache_write_1h];
        if let Some(count) = counts.iter().find(|count| **count > MAX_TOKENS) {
            return Err(format!("{count} tokens are more than a call can have"));
        }
        let prompt = t.input + t.cache_read + t.cache_write_5m + t.cache_write_1h;
        let above = if prompt > 200_000 {
            200_000
        } else if prompt > 100_000 {
            100_000
        } else {
            0
        };
        let whole =
            |ms: Option<f64>| ms.filter(|ms| (0.0..=86_400_000.0).contains(ms)).map(|ms| libm::round(ms) as u64);
        let square = |value: u64| u128::from(value) * u128::from(value);
        let mut sums = Sums::default();
        match call.outcome {
            CallOutcome::FromCache => sums.from_cache = 1,
            CallOutcome::Throttled => sums.throttled = 1,
            CallOutcome::Failed => sums.failed = 1,
            CallOutcome::Answered => {
                let (latency, ttft) = (whole(call.latency_ms), whole(call.ttft_ms));
                sums = Sums {
                    calls: 1,
                    input: t.input,
                    output: t.output,
                    cache_read: t.cache_read,
                    cache_write: t.cache_write_5m,
                    cache_write_1h: t.cache_write_1h,
                    input_squares: square(t.input),
                    output_squares: square(t.output),
                    latencies: u64::from(latency.is_some()),
                    latency_ms: latency.unwrap_or(0),
                    latency_ms_squares: square(latency.unwrap_or(0)),
                    ttfts: u64::from(ttft.is_some()),
                    ttft_ms: ttft.unwrap_or(0),
                    ttft_ms_squares: square(ttft.unwrap_or(0)),
                    ..Sums::default()
                };
            }
        }
        let day = call.at_us.map(|us| us.div_euclid(86_400_000_000));
        let hour = call.at_us.map_or(0, |us| (us.rem_euclid(86_400_000_000) / 3_600_000_000) as u8);
        if sums.latencies > 0 {
            self.times.add(&call.kind, hour, sums.latency_ms);
        }
        self.add_cell(&call.kind, &call.model, day, hour, above, &sums);
        if let Some(at_us) = call.at_us {
            self.arrivals.add(Arrival { at_us, input: t.input, output: t.output });
        }
        Ok(())
    }

    /// Adds a cell of a summary that was made elsewhere.
    pub(super) fn add_cell(&mut self, kind: &str, model: &str, day: Option<i64>, hour: u8, above: u64, sums: &Sums) {
        let kind = if self.kinds.contains(kind) {
            kind.to_string()
        } else if self.kinds.len() < MAX_KINDS {
            let name = short(kind);
            self.kinds.insert(name.clone());
            name
        } else {
            OTHER.to_string()
        };
        let mut key = CellKey { kind, model: short(model), day, hour, above };
        if self.cells.len() >= MAX_CELLS && !self.cells.contains_key(&key) {
            key.kind = OTHER.to_string();
            if !self.cells.contains_key(&key) {
                key.day = None;
            }
        }
        self.cells.entry(key).or_default().add(sums);
    }

    /// Puts the last calls in order.
    pub fn finish(&mut self) {
        self.arrivals.finish();
    }

    /// How unevenly the calls came; `None` for a log without times, or a summary made elsewhere.
    pub fn burstiness(&self) -> Option<Burstiness> {
        self.arrivals.burstiness(self.arrival_cv())
    }

    /// The calls as a trace, if they were to be kept.
    ///
    /// # Errors
    /// More calls than a scenario carries, and how many that are.
    pub fn trace(&self) -> Result<Option<Trace>, usize> {
        self.arrivals.trace()
    }

    /// All sums together; those of the times between calls among them.
    pub fn total(&self) -> Sums {
        let mut total = self.arrivals.gaps.clone();
        self.cells.values().for_each(|sums| total.add(sums));
        total
    }

    /// Answered calls, hits of a response cache and failures.
    pub fn requests(&self) -> u64 {
        self.cells.values().map(|sums| sums.calls + sums.from_cache + sums.throttled + sums.failed).sum()
    }

    /// The coefficient of variation of the time between two calls; `None` below two gaps.
    pub fn arrival_cv(&self) -> Option<f64> {
        let total = self.total();
        if total.gaps < 2 || total.gap_ms == 0 {
            return None;
        }
        let mean = total.gap_ms as f64 / total.gaps as f64;
        let variance = total.gap_ms_squares as f64 / total.gaps as f64 - mean * mean;
        Some(libm::sqrt(variance.max(0.0)) / mean)
    }

    /// Different days with calls; 1 where the log has no times.
    pub fn days(&self) -> u64 {
        let days: BTreeSet<_> = self.cells.keys().filter_map(|key| key.day).collect();
        days.len().max(1) as u64
    }

    /// What the log's calls cost, exactly; and the prices that are not known.
    pub fn bill(&self, catalog: &Catalog) -> (Option<Usd>, Vec<String>) {
        let (mut bill, mut unknown) = (Some(Usd::ZERO), Vec::new());
        for (key, sums) in &self.cells {
            let unpriced;
            let model = match catalog.get(&key.model) {
                Some(model) => model,
                None => {
                    unpriced = Model::unpriced(&key.model);
                    &unpriced
                }
            };
            // Within a cell every call is on the same side of the model's thresholds, which is what the
            // sums must be priced by.
            let level = model.prices.level(key.above.saturating_add(1));
            let cost = price_tokens(&model.prices, sums.tokens(), Tier::Standard, level);
            for part in cost.unknown() {
                let name = format!("{}.{part}", key.model);
                if !unknown.contains(&name) {
                    unknown.push(name);
                }
            }
            bill = bill.zip(cost.total()).map(|(bill, cost)| bill + cost);
        }
        (bill, unknown)
    }
}

/// What the types are called that are too many to be kept apart.
pub(super) const OTHER: &str = "other";

fn short(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}
