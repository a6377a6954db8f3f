//! What a log adds up to: sums by query type, model, region, tier, day, hour and prompt length, all whole
//! numbers, so that it does not matter who added them up, or in which order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::cost::{CallTokens, Tier};
use crate::scenario::Trace;
use crate::stats::Histogram;

use super::arrivals::{Arrival, Arrivals, Burstiness};
use super::error::{Error, ErrorCode};
use super::span::Span;
use super::time_zone::{TimeZone, ZoneSource, guess};

/// One call of a log, or several that were counted together.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Microseconds since 1970-01-01 UTC.
    pub at_us: Option<i64>,
    pub model: String,
    /// Its query type, by the rule.
    pub kind: String,
    /// Where it was made, `us-east-1`; empty where the log does not say.
    pub region: String,
    pub tier: Tier,
    pub tokens: CallTokens,
    /// Milliseconds to the end of the answer.
    pub latency_ms: Option<f64>,
    /// Milliseconds to the first token.
    pub ttft_ms: Option<f64>,
    pub outcome: CallOutcome,
    /// How many calls the tokens are of; 1 for a log of calls.
    pub requests: u64,
}

impl Default for Call {
    fn default() -> Self {
        Call {
            at_us: None,
            model: String::new(),
            kind: String::new(),
            region: String::new(),
            tier: Tier::Standard,
            tokens: CallTokens::default(),
            latency_ms: None,
            ttft_ms: None,
            outcome: CallOutcome::Answered,
            requests: 1,
        }
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallOutcome {
    /// Answered, or billed as if it were: a stream that broke after tokens were counted.
    #[default]
    Answered,
    /// Answered by a response cache: no model was called.
    FromCache,
    Throttled,
    Failed,
}

/// What a call did with the prompt cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CacheUse {
    #[default]
    None,
    /// It read, or wrote for five minutes.
    FiveMinutes,
    /// It wrote for an hour.
    OneHour,
}

impl CacheUse {
    pub const ALL: [CacheUse; 3] = [CacheUse::None, CacheUse::FiveMinutes, CacheUse::OneHour];

    /// As a summary's column writes it.
    pub fn key(self) -> &'static str {
        ["none", "5m", "1h"][self as usize]
    }

    fn of(tokens: CallTokens) -> Self {
        if tokens.cache_write_1h > 0 {
            CacheUse::OneHour
        } else if tokens.cache_read + tokens.cache_write_5m > 0 {
            CacheUse::FiveMinutes
        } else {
            CacheUse::None
        }
    }
}

/// What a cell of the summary is of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CellKey {
    pub kind: Arc<str>,
    pub model: Arc<str>,
    /// Empty where the log does not say.
    pub region: Arc<str>,
    /// The place of its tier in [`Tier::ALL`].
    pub tier: u8,
    pub cache: CacheUse,
    /// Days since 1970-01-01; `None` where the log has no time.
    pub day: Option<i64>,
    pub hour: u8,
    /// The largest of the price list's thresholds that the prompt is beyond, or 0.
    pub above: u64,
}

impl Ord for CellKey {
    /// By its fields in turn. A name is kept once, so the same one is seen without being read.
    fn cmp(&self, other: &Self) -> Ordering {
        let names = |a: &Arc<str>, b: &Arc<str>| if Arc::ptr_eq(a, b) { Ordering::Equal } else { a.cmp(b) };
        let rest = |key: &CellKey| (key.tier, key.cache, key.day, key.hour, key.above);
        names(&self.kind, &other.kind)
            .then_with(|| names(&self.model, &other.model))
            .then_with(|| names(&self.region, &other.region))
            .then_with(|| rest(self).cmp(&rest(other)))
    }
}

impl PartialOrd for CellKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl CellKey {
    pub fn tier(&self) -> Tier {
        Tier::ALL.get(usize::from(self.tier)).copied().unwrap_or_default()
    }
}

/// Sums over the calls of a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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
    /// When the first and the last of them came.
    pub span: Option<Span>,
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
        self.span = Span::joined(self.span, other.span);
    }

    /// Answered calls, hits of a response cache and failures.
    pub(super) fn requests(&self) -> u64 {
        self.calls + self.from_cache + self.throttled + self.failed
    }

    pub(super) fn tokens(&self) -> CallTokens {
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
/// The names that are looked for one by one.
const FEW: usize = 8;
/// The most query types that are kept apart.
const MAX_KINDS: usize = 1_000;
/// The most query types whose latencies are kept apart.
const MAX_TIMED_KINDS: usize = 256;
/// The longest name of a query type or a model.
const MAX_NAME: usize = 200;
/// The most tokens of a call that are believed.
pub(super) const MAX_TOKENS: u64 = 100_000_000;
/// The most calls that a row is believed to count.
const MAX_REQUESTS: u64 = 1_000_000_000;
/// The most of everything together: four million million millions.
const MOST_IN_ALL: u64 = 1 << 62;
/// Microseconds in a day.
const DAY_US: i64 = 86_400_000_000;

/// A log's sums, as they grow.
#[derive(Clone, Debug)]
pub struct Summary {
    pub cells: BTreeMap<CellKey, Sums>,
    kinds: BTreeSet<Arc<str>>,
    names: HashSet<Arc<str>>,
    /// The first of them.
    few: Vec<Arc<str>>,
    /// The prompt lengths at which a price of the list changes, rising.
    bands: Vec<u64>,
    pub(super) arrivals: Arrivals,
    /// How long the answers took; a summary made elsewhere has none.
    pub times: Times,
    /// Whose days and hours the cells have.
    pub time_zone: TimeZone,
    pub zone_source: ZoneSource,
    /// Guardrail units, by the policy's field in a record.
    pub guardrail_units: BTreeMap<String, u64>,
    /// What the log itself says that it cost, in pico-dollars, and of how many calls.
    pub logged_pico: i128,
    pub logged_calls: u64,
    /// Calls under a name that was one too many.
    pub joined: u64,
    /// All counts of calls and tokens and all milliseconds, added up.
    in_all: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Summary::new(&thresholds(Catalog::full()), None)
    }
}

/// The prompt lengths at which a price of a catalog changes.
pub fn thresholds(catalog: &Catalog) -> Vec<u64> {
    let all: BTreeSet<u64> = catalog
        .models()
        .flat_map(|model| std::iter::once(&model.prices).chain(model.offers.iter().map(|offer| &offer.prices)))
        .flat_map(|prices| prices.thresholds())
        .map(|threshold| threshold.above_tokens)
        .collect();
    all.into_iter().collect()
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
        let kind =
            if self.by_kind.contains_key(cut(kind)) || self.by_kind.len() < MAX_TIMED_KINDS { kind } else { OTHER };
        let of_kind = self.by_kind.entry(cut(kind).to_string()).or_default();
        for histogram in [&mut self.overall, of_kind, self.by_hour.entry(hour).or_default()] {
            histogram.add(ms as f32);
        }
    }
}

impl Summary {
    /// Calls beyond a threshold that have more of a prompt than the model takes, by the model and what it takes: how
    /// many, and their tokens.
    pub(super) fn beyond_a_call(&self, catalog: &crate::catalog::Catalog) -> BTreeMap<(String, u64), (u64, u64)> {
        let mut found: BTreeMap<(String, u64), (u64, u64)> = BTreeMap::new();
        for (key, sums) in self.cells.iter().filter(|(key, _)| key.above > 0) {
            let Some(model) = super::bill::model_named(&key.model, catalog) else { continue };
            let Some(most) = model.max_input_tokens else { continue };
            let prompt = sums.input + sums.cache_read + sums.cache_write + sums.cache_write_1h;
            if prompt / sums.calls.max(1) > most {
                let all = found.entry((model.id.clone(), most)).or_default();
                *all = (all.0 + sums.calls, all.1.saturating_add(prompt));
            }
        }
        found
    }

    /// An empty one: with the thresholds of the prices that it will be billed with, and in a time zone,
    /// or in UTC until the log tells.
    pub fn new(thresholds: &[u64], time_zone: Option<TimeZone>) -> Self {
        Summary {
            cells: BTreeMap::new(),
            kinds: BTreeSet::new(),
            names: HashSet::new(),
            few: Vec::new(),
            bands: thresholds.to_vec(),
            arrivals: Arrivals::default(),
            times: Times::default(),
            zone_source: if time_zone.is_some() { ZoneSource::Said } else { ZoneSource::Assumed },
            time_zone: time_zone.unwrap_or_default(),
            guardrail_units: BTreeMap::new(),
            logged_pico: 0,
            logged_calls: 0,
            joined: 0,
            in_all: 0,
        }
    }

    /// Adds a call.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn add(&mut self, call: &Call) -> Result<(), Error> {
        self.count(call)?;
        if let Some(at_us) = call.at_us {
            self.arrivals.add(Arrival { at_us, input: call.tokens.input, output: call.tokens.output });
        }
        Ok(())
    }

    /// Adds a call to what is billed, and not to when calls came: for a summary of which only the bill is asked.
    ///
    /// # Errors
    /// See [`Summary::add`].
    pub(crate) fn count(&mut self, call: &Call) -> Result<(), Error> {
        let t = call.tokens;
        let n = call.requests.max(1);
        let counts = [t.input, t.output, t.cache_read, t.cache_write_5m, t.cache_write_1h];
        if let Some(count) = counts.iter().find(|count| **count / n > MAX_TOKENS) {
            return Err(Error::new(ErrorCode::Value, format!("{count} tokens are more than a call can have")));
        }
        if n > MAX_REQUESTS {
            return Err(Error::new(ErrorCode::Value, format!("{n} requests are more than a row can have")));
        }
        let prompt = (t.input + t.cache_read + t.cache_write_5m + t.cache_write_1h) / n;
        let above = self.bands.iter().rev().find(|band| prompt > **band).copied().unwrap_or(0);
        let whole =
            |ms: Option<f64>| ms.filter(|ms| (0.0..=86_400_000.0).contains(ms)).map(|ms| libm::round(ms) as u64);
        let square = |value: u64| u128::from(value) * u128::from(value);
        let mut sums = Sums::default();
        match call.outcome {
            CallOutcome::FromCache => sums.from_cache = n,
            CallOutcome::Throttled => sums.throttled = n,
            CallOutcome::Failed => sums.failed = n,
            CallOutcome::Answered => {
                let (latency, ttft) = (whole(call.latency_ms), whole(call.ttft_ms));
                sums = Sums {
                    calls: n,
                    input: t.input,
                    output: t.output,
                    cache_read: t.cache_read,
                    cache_write: t.cache_write_5m,
                    cache_write_1h: t.cache_write_1h,
                    input_squares: square(t.input) / u128::from(n),
                    output_squares: square(t.output) / u128::from(n),
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
        sums.span = call.at_us.map(|us| Span::at(us.div_euclid(1_000)));
        let local_us = call.at_us.map(|us| self.time_zone.local_us(us));
        let day = local_us.map(|us| us.div_euclid(DAY_US));
        let hour = local_us.map_or(0, |us| (us.rem_euclid(DAY_US) / 3_600_000_000) as u8);
        if sums.latencies > 0 {
            self.times.add(&call.kind, hour, sums.latency_ms);
        }
        let tier = Tier::ALL.iter().position(|tier| *tier == call.tier).unwrap_or(0) as u8;
        let key = CellKey {
            kind: self.kind(&call.kind),
            model: self.name(&call.model),
            region: self.name(&call.region),
            tier,
            cache: CacheUse::of(t),
            day,
            hour,
            above,
        };
        self.make_room(&sums, 0)?;
        self.add_to(key, &sums);
        Ok(())
    }

    /// Counts what is to be added, `beside` what stands beside its sums: as long as all of it together is below the most,
    /// no part of it can overflow.
    ///
    /// # Errors
    /// It is more, which nobody has.
    pub(super) fn make_room(&mut self, sums: &Sums, beside: u64) -> Result<(), Error> {
        let Sums { calls, from_cache, throttled, failed, input, output, cache_read, .. } = *sums;
        let Sums { cache_write, cache_write_1h, latencies, latency_ms, ttfts, ttft_ms, gaps, gap_ms, .. } = *sums;
        let counts = [calls, from_cache, throttled, failed, input, output, cache_read, cache_write, cache_write_1h];
        let times = [latencies, latency_ms, ttfts, ttft_ms, gaps, gap_ms, beside, self.in_all];
        let all = counts.into_iter().chain(times).fold(0, u64::saturating_add);
        if all > MOST_IN_ALL {
            return Err(Error::new(ErrorCode::Value, "too large a sum, with all that stands before it"));
        }
        self.in_all = all;
        Ok(())
    }

    /// A name that is kept once, cut to a length that is a name's.
    pub(super) fn name(&mut self, name: &str) -> Arc<str> {
        let name = cut(name);
        // Most logs have few names, which are found sooner by looking at each.
        if let Some(known) = self.few.iter().find(|known| ***known == *name) {
            return known.clone();
        }
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let kept: Arc<str> = name.into();
        if self.few.len() < FEW {
            self.few.push(kept.clone());
        }
        self.names.insert(kept.clone());
        kept
    }

    /// The name of a query type, or `other` for one too many.
    pub(super) fn kind(&mut self, kind: &str) -> Arc<str> {
        let name = self.name(kind);
        if self.kinds.contains(&name) {
            return name;
        }
        if self.kinds.len() < MAX_KINDS {
            self.kinds.insert(name.clone());
            return name;
        }
        self.joined += 1;
        self.name(OTHER)
    }

    /// Adds a cell of a summary that was made elsewhere.
    pub(super) fn add_to(&mut self, mut key: CellKey, sums: &Sums) {
        if self.cells.len() >= MAX_CELLS && !self.cells.contains_key(&key) {
            key.kind = self.name(OTHER);
            if !self.cells.contains_key(&key) {
                key.day = None;
            }
        }
        self.cells.entry(key).or_default().add(sums);
    }

    /// Puts the last calls in order, and finds the time zone if none was given; `offset_min` is the
    /// offset that all of the log's times are written with.
    pub fn finish(&mut self, offset_min: Option<i32>) {
        self.arrivals.finish();
        if self.zone_source == ZoneSource::Said {
            return;
        }
        let from_times = offset_min.filter(|minutes| *minutes != 0 && minutes % 60 == 0);
        let hours = match from_times {
            Some(minutes) => Some(minutes / 60),
            None => guess(&self.hours(), &self.exposure()),
        };
        if let Some(hours) = hours {
            self.zone_source = if from_times.is_some() { ZoneSource::Times } else { ZoneSource::Guessed };
            self.time_zone = TimeZone::fixed(hours * 60);
            self.shift(i64::from(hours));
        }
    }

    /// Moves cells from UTC to hours east of it.
    fn shift(&mut self, by: i64) {
        for (mut key, sums) in std::mem::take(&mut self.cells) {
            if let Some(day) = key.day {
                let hour = i64::from(key.hour) + by;
                key.day = Some(day + hour.div_euclid(24));
                key.hour = hour.rem_euclid(24) as u8;
            }
            self.cells.entry(key).or_default().add(&sums);
        }
        let by_hour = std::mem::take(&mut self.times.by_hour);
        self.times.by_hour =
            by_hour.into_iter().map(|(hour, times)| ((i64::from(hour) + by).rem_euclid(24) as u8, times)).collect();
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
        self.cells.values().map(Sums::requests).sum()
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

    /// Requests by the hour of the day.
    pub(super) fn hours(&self) -> [f64; 24] {
        let mut hours = [0.0; 24];
        for (key, sums) in &self.cells {
            hours[usize::from(key.hour.min(23))] += sums.requests() as f64;
        }
        hours
    }

    /// How often the log saw each hour of the day, from its first call to its last; 0 for a log
    /// without times.
    pub(super) fn exposure(&self) -> [f64; 24] {
        let total = self.total();
        match total.span {
            Some(span) => {
                let ms = |at_ms: i64| self.time_zone.local_us(at_ms.saturating_mul(1_000)).div_euclid(1_000);
                span.with_gap(self.requests()).hours(ms)
            }
            // Only the hours are known, of a summary made before it had times.
            None => {
                let at = |key: &CellKey| Some(key.day? * 24 + i64::from(key.hour));
                let (first, last) = (self.cells.keys().filter_map(at).min(), self.cells.keys().filter_map(at).max());
                match first.zip(last) {
                    Some((first, last)) => {
                        Span { first_ms: first * 3_600_000, last_ms: (last + 1) * 3_600_000 }.hours(|ms| ms)
                    }
                    None => [0.0; 24],
                }
            }
        }
    }

    /// Days of traffic: in each hour of the day as many as the log saw of it, but at least one, so that
    /// no part of a day is taken for a whole. 1 where the log has no times.
    pub fn days(&self) -> f64 {
        let seen = self.exposure();
        let daily: f64 = self.hours().iter().zip(seen).map(|(count, seen)| count / seen.max(1.0)).sum();
        if daily > 0.0 { self.requests() as f64 / daily } else { 1.0 }
    }

    /// Different days with calls.
    pub fn days_with_calls(&self) -> u64 {
        let days: BTreeSet<_> = self.cells.keys().filter_map(|key| key.day).collect();
        days.len() as u64
    }
}

/// What the types are called that are too many to be kept apart.
pub(super) const OTHER: &str = "other";

/// A name's first two hundred characters.
fn cut(name: &str) -> &str {
    if name.len() <= MAX_NAME {
        return name;
    }
    name.char_indices().nth(MAX_NAME).map_or(name, |(at, _)| &name[..at])
}
