//! Minutes of a log or a day, and what they need.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::stats::{QuantileMethod, quantile};

/// The most minutes that are kept: nearly two years.
const MOST: usize = 1_000_000;

/// What came in one minute of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Minute {
    pub requests: u64,
    /// What the answers of its calls count in the end.
    pub settled: u64,
    /// What its calls reserved when they began.
    pub reserved: u64,
    /// The most that was counted at one moment: what ended by what it used, what goes on by what it holds.
    pub most: u64,
}

impl Minute {
    /// What a quota of the minute needs.
    pub fn counted(&self) -> u64 {
        self.most.max(self.settled)
    }
}

/// The minutes in which something came, by their number since 1970.
#[derive(Clone, Debug, Default)]
pub(super) struct Minutes {
    by: BTreeMap<i64, Minute>,
    pub full: bool,
}

/// A need over all minutes from the first to the last, empty ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PerMinuteNeed {
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub peak: Option<f64>,
}

impl Minutes {
    pub fn at(&mut self, number: i64) -> &mut Minute {
        if self.by.len() >= MOST && !self.by.contains_key(&number) {
            self.full = true;
            self.by.pop_first();
        }
        self.by.entry(number).or_default()
    }

    /// Each minute in which something came.
    pub fn each(&self) -> impl Iterator<Item = (&i64, &Minute)> {
        self.by.iter()
    }

    /// Minutes from the first to the last.
    pub fn span(&self) -> u64 {
        let ends = self.by.first_key_value().zip(self.by.last_key_value());
        ends.map_or(0, |((first, _), (last, _))| first.abs_diff(*last) + 1)
    }

    /// A figure's need.
    pub fn need(&self, figure: impl Fn(&Minute) -> u64) -> PerMinuteNeed {
        let mut figures: Vec<f64> = self.by.values().map(|minute| figure(minute) as f64).collect();
        let empty = self.span().saturating_sub(figures.len() as u64).min(MOST as u64);
        figures.extend(std::iter::repeat_n(0.0, empty as usize));
        figures.sort_by(f64::total_cmp);
        let at = |p| quantile(&figures, p, QuantileMethod::HyndmanFan7);
        PerMinuteNeed { p50: at(0.5), p90: at(0.9), peak: figures.last().copied() }
    }

    /// The minute with the most of a figure.
    pub fn busiest(&self, figure: impl Fn(&Minute) -> u64) -> Option<i64> {
        let most = self.by.iter().max_by_key(|(number, minute)| (figure(minute), std::cmp::Reverse(**number)))?;
        Some(*most.0)
    }

    /// The smallest rate a minute at which a queue lets nobody wait longer than a minute.
    pub fn with_queue(&self, figure: impl Fn(&Minute) -> u64) -> Option<f64> {
        let peak = self.by.values().map(&figure).max()? as f64;
        let waits = |rate: f64| {
            let (mut backlog, mut last) = (0.0_f64, None::<i64>);
            self.by.iter().any(|(number, minute)| {
                let idle = last.map_or(1, |last| number - last) as f64;
                last = Some(*number);
                backlog = (backlog - rate * idle).max(0.0) + figure(minute) as f64;
                // What came in this minute may be served in it and in the next.
                backlog > 2.0 * rate
            })
        };
        let (mut low, mut high) = (0.0, peak);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if waits(middle) { low = middle } else { high = middle }
        }
        Some(libm::ceil(high))
    }
}

/// A minute as people write it: `2026-11-23T09:30Z`.
pub fn written(number: i64) -> String {
    let (day, minute) = (number.div_euclid(1_440), number.rem_euclid(1_440));
    format!("{}T{:02}:{:02}Z", crate::catalog::date_of(day), minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_minutes_count() {
        let mut minutes = Minutes::default();
        for (number, requests) in [(100, 10), (101, 20), (104, 30)] {
            minutes.at(number).requests = requests;
        }
        // 0, 0, 10, 20, 30.
        let need = minutes.need(|minute| minute.requests);
        assert_eq!((need.p50, need.peak), (Some(10.0), Some(30.0)));
        assert!((need.p90.unwrap() - 26.0).abs() < 1e-9);
        assert_eq!((minutes.span(), minutes.busiest(|minute| minute.requests)), (5, Some(104)));
    }

    #[test]
    fn a_queue_of_a_minute_takes_the_peak_down() {
        let mut minutes = Minutes::default();
        for (number, requests) in [(0, 10), (1, 100), (2, 10)] {
            minutes.at(number).requests = requests;
        }
        // 100 in one minute are served within two at 50 a minute.
        assert_eq!(minutes.with_queue(|minute| minute.requests), Some(50.0));
        assert_eq!(Minutes::default().with_queue(|minute| minute.requests), None);
    }

    #[test]
    fn minutes_are_written() {
        assert_eq!(written(29_664_570), "2026-05-27T09:30Z");
        assert_eq!(written(0), "1970-01-01T00:00Z");
    }
}
