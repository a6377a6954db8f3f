//! When the calls of a log came: put in order, counted in windows, kept as a trace if that is asked
//! for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;

use crate::scenario::{MAX_TRACE, Trace};
use crate::stats::{QuantileMethod, Windows, quantile};

use super::summary::Sums;

/// How many calls a log may be out of order by.
const REORDER: usize = 65_536;
/// The most minutes whose calls are counted one by one: almost two years.
const MAX_MINUTES: u64 = 1_000_000;

/// A call that came: when, in microseconds, and its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrival {
    pub at_us: i64,
    pub input: u64,
    pub output: u64,
}

/// The arrivals of a log, as they grow.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    /// The last calls, the earliest on top: logs are nearly in order.
    pending: BinaryHeap<Reverse<Arrival>>,
    last_us: Option<i64>,
    /// Sums of the times between calls.
    pub gaps: Sums,
    /// Calls that came too late to be put in order.
    pub out_of_order: u64,
    second: Windows,
    ten_seconds: Windows,
    minute: Windows,
    /// Each minute since the first call; `None` when they are too many.
    minutes: Option<Vec<Minute>>,
    /// The calls themselves, if they are to be kept.
    kept: Option<Vec<Arrival>>,
}

/// What came in one minute.
#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    requests: u64,
    input: u64,
    output: u64,
}

/// How unevenly the calls of a log come, and what the busiest minutes ask of a quota.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Burstiness {
    /// The coefficient of variation of the time between two calls; 1 for independent calls.
    pub cv: Option<f64>,
    /// The variance of the calls in a second over their mean; 1 for independent calls, whatever the
    /// window. Whole windows from the first call on are counted.
    pub dispersion_1s: Option<f64>,
    pub dispersion_10s: Option<f64>,
    pub dispersion_60s: Option<f64>,
    /// As the one before it, with the last window counted as if it were whole.
    #[serde(skip)]
    pub dispersion_with_last: [Option<f64>; 3],
    /// The most calls in one second.
    pub busiest_second: u64,
    /// The most calls in one minute, whole or not.
    pub busiest_minute: u64,
    /// Requests a minute; `None` below two whole minutes.
    pub rpm: Option<PerMinute>,
    /// Tokens a minute, in and out alike.
    pub tpm: Option<PerMinute>,
    /// Tokens a minute as a quota counts them whose burndown is five for an output token.
    pub tpm_burndown_5: Option<PerMinute>,
}

/// A figure over the whole minutes of a log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PerMinute {
    pub mean: f64,
    pub p95: f64,
    pub max: f64,
}

impl Default for Arrivals {
    fn default() -> Self {
        Arrivals {
            pending: BinaryHeap::new(),
            last_us: None,
            gaps: Sums::default(),
            out_of_order: 0,
            second: Windows::new(1_000_000),
            ten_seconds: Windows::new(10_000_000),
            minute: Windows::new(60_000_000),
            minutes: Some(Vec::new()),
            kept: None,
        }
    }
}

impl Arrivals {
    /// Keeps the calls, so that they can be replayed.
    pub fn keep(&mut self) {
        self.kept = Some(Vec::new());
    }

    pub fn add(&mut self, arrival: Arrival) {
        self.pending.push(Reverse(arrival));
        if self.pending.len() > REORDER {
            self.next();
        }
    }

    /// Puts the last calls in order.
    pub fn finish(&mut self) {
        while !self.pending.is_empty() {
            self.next();
        }
    }

    fn next(&mut self) {
        let Some(Reverse(arrival)) = self.pending.pop() else { return };
        if let Some(last_us) = self.last_us {
            if arrival.at_us < last_us {
                self.out_of_order += 1;
                return;
            }
            // Whole milliseconds, as the SQL for larger logs counts them.
            let gap = arrival.at_us.div_euclid(1_000).abs_diff(last_us.div_euclid(1_000));
            self.gaps.gaps += 1;
            self.gaps.gap_ms = self.gaps.gap_ms.saturating_add(gap);
            self.gaps.gap_ms_squares = self.gaps.gap_ms_squares.saturating_add(u128::from(gap) * u128::from(gap));
        }
        self.last_us = Some(arrival.at_us);
        self.count(arrival);
        if let Some(kept) = self.kept.as_mut().filter(|kept| kept.len() <= MAX_TRACE) {
            kept.push(arrival);
        }
    }

    fn count(&mut self, arrival: Arrival) {
        self.second.add(arrival.at_us);
        self.ten_seconds.add(arrival.at_us);
        let passed = self.minute.add(arrival.at_us);
        let Some(minutes) = &mut self.minutes else { return };
        let needed = (minutes.len() as u64).max(1) + passed;
        if needed > MAX_MINUTES {
            self.minutes = None;
            return;
        }
        minutes.resize(needed as usize, Minute::default());
        if let Some(minute) = minutes.last_mut() {
            minute.requests += 1;
            minute.input = minute.input.saturating_add(arrival.input);
            minute.output = minute.output.saturating_add(arrival.output);
        }
    }

    /// How unevenly the calls came; `None` for a log without times.
    pub fn burstiness(&self, cv: Option<f64>) -> Option<Burstiness> {
        self.last_us?;
        let minutes = self.minutes.as_deref().unwrap_or_default();
        let per_minute = |burndown: u64| PerMinute::of(minutes, |minute| minute.input + burndown * minute.output);
        let windows = [&self.second, &self.ten_seconds, &self.minute];
        Some(Burstiness {
            cv,
            dispersion_1s: self.second.dispersion(),
            dispersion_10s: self.ten_seconds.dispersion(),
            dispersion_60s: self.minute.dispersion(),
            dispersion_with_last: windows.map(Windows::dispersion_with_last),
            busiest_second: self.second.max(),
            busiest_minute: self.minute.max(),
            rpm: PerMinute::of(minutes, |minute| minute.requests),
            tpm: per_minute(1),
            tpm_burndown_5: per_minute(5),
        })
    }

    /// The calls as a trace, if they were kept: milliseconds since the first.
    ///
    /// # Errors
    /// More calls than a scenario carries.
    pub fn trace(&self) -> Result<Option<Trace>, usize> {
        let Some(kept) = &self.kept else { return Ok(None) };
        if kept.len() > MAX_TRACE {
            return Err(MAX_TRACE);
        }
        let first_us = kept.first().map_or(0, |first| first.at_us);
        Ok(Some(Trace {
            arrivals_ms: kept.iter().map(|arrival| (arrival.at_us - first_us) as f64 / 1000.0).collect(),
            input_tokens: kept.iter().map(|arrival| arrival.input as f64).collect(),
            output_tokens: kept.iter().map(|arrival| arrival.output as f64).collect(),
        }))
    }
}

impl PerMinute {
    /// Over the whole minutes: the last one has only begun.
    fn of(minutes: &[Minute], figure: impl Fn(&Minute) -> u64) -> Option<Self> {
        let (_, whole) = minutes.split_last().filter(|(_, whole)| whole.len() >= 2)?;
        let mut figures: Vec<f64> = whole.iter().map(|minute| figure(minute) as f64).collect();
        figures.sort_by(f64::total_cmp);
        Some(PerMinute {
            mean: figures.iter().sum::<f64>() / figures.len() as f64,
            p95: quantile(&figures, 0.95, QuantileMethod::HyndmanFan7)?,
            max: *figures.last()?,
        })
    }
}
