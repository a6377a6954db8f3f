//! How many calls are in progress at once.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::stats::gamma_upper;

use super::day::HOURS;
use super::fast_forward::Change;
use super::plan::Plan;
use super::tally::Tally;

/// The least time between two instants at which a day is looked at: 2²⁰ microseconds, which finds its
/// instant without a division.
const SHORTEST: u32 = 20;
/// The most instants, however long the day is.
const INSTANTS: u64 = 1 << 17;

/// Calls in progress at regular instants.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    /// An instant every 2 to this power microseconds.
    shift: u32,
    /// By instant, calls that began before the next one less those that ended.
    changes: Vec<i32>,
}

/// Model calls in progress over the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Concurrency {
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub p99_9: Option<f64>,
    pub max: Option<f64>,
}

crate::pack_fields!(Concurrency { mean, p50, p95, p99, p99_9, max });

impl Samples {
    pub fn of(plan: &Plan) -> Self {
        let end_us = plan.day.span_us(plan.messages as f64);
        let shift = (SHORTEST..63).find(|shift| end_us >> shift < INSTANTS).unwrap_or(63);
        Samples { shift, changes: vec![0; (end_us >> shift) as usize] }
    }

    /// Counts a call; what lies after the last instant changes nothing.
    #[inline]
    pub fn add(&mut self, start_us: u64, end_us: u64) {
        let most = self.changes.len() as u64;
        for (us, change) in [(start_us, 1), (end_us, -1)] {
            let instant = us >> self.shift;
            if instant < most {
                self.changes[instant as usize] += change;
            }
        }
    }

    /// An instant every 2 to this power microseconds.
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// Counts calls of which it is known how many begin and end in each slot of 2 to `shift`
    /// microseconds, at most as long as from instant to instant.
    pub fn add_slots(&mut self, slots: &[Change], shift: u32) {
        let sum = |slots: &[Change]| slots.iter().map(|slot| slot.begin as i32 - slot.end as i32).sum::<i32>();
        let from_instant_to_instant = slots.chunks(1 << (self.shift - shift));
        for (change, slots) in self.changes.iter_mut().zip(from_instant_to_instant) {
            *change += sum(slots);
        }
    }

    pub fn add_all(&mut self, other: &Samples) {
        self.changes.iter_mut().zip(&other.changes).for_each(|(sum, change)| *sum += change);
    }

    pub fn subtract_all(&mut self, other: &Samples) {
        self.changes.iter_mut().zip(&other.changes).for_each(|(sum, change)| *sum -= change);
    }

    pub fn concurrency(&self, busy_us: u64, span_us: u64) -> Concurrency {
        let levels = Levels::of(&self.changes);
        let at = |p: f64| levels.at(p).map(f64::from);
        Concurrency {
            mean: (span_us > 0).then(|| busy_us as f64 / span_us as f64),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            p99_9: at(0.999),
            max: at(1.0),
        }
    }
}

/// How many calls were in progress, at how many instants.
struct Levels {
    count: usize,
    by_level: BTreeMap<i32, u32>,
}

/// Levels that are counted in a list; more than there are instants are rare.
const FEW: usize = INSTANTS as usize;

impl Levels {
    /// Of the changes from each instant to the next; at the first one nothing is in progress.
    fn of(changes: &[i32]) -> Self {
        let mut few = vec![0_u32; 256];
        let mut by_level = BTreeMap::new();
        let mut now = 0_i32;
        few[0] = 1;
        for change in changes {
            now += change;
            let level = usize::try_from(now).unwrap_or(FEW);
            if level >= few.len() && level < FEW {
                few.resize((2 * level).min(FEW), 0);
            }
            match few.get_mut(level) {
                Some(count) => *count += 1,
                None => *by_level.entry(now).or_default() += 1,
            }
        }
        let few = few.into_iter().enumerate().filter(|(_, count)| *count > 0);
        by_level.extend(few.map(|(level, count)| (level as i32, count)));
        Levels { count: changes.len() + 1, by_level }
    }

    /// The level that a fraction of the instants does not exceed.
    fn at(&self, p: f64) -> Option<i32> {
        let rank = libm::ceil(p * self.count as f64) as u64;
        let mut counted = 0;
        let reached = self.by_level.iter().find(|(_, count)| {
            counted += u64::from(**count);
            counted >= rank.max(1)
        });
        reached.map(|(level, _)| *level)
    }
}

/// Calls in progress when nothing limits them and messages come independently: Poisson distributed
/// with mean λ·E\[S\], whatever the law of the service times is (M/G/∞), hour by hour.
pub(super) fn unlimited(plan: &Plan, tally: &Tally) -> Concurrency {
    let span_us = plan.day.span_us(plan.messages as f64) as f64;
    if span_us <= 0.0 {
        return Concurrency::default();
    }
    // Each hour's part of the time simulated, and the mean within it.
    let hours: Vec<(f64, f64)> = (0..HOURS)
        .map(|hour| (hour, plan.day.within_hour_us(hour, span_us)))
        .filter(|(_, lasts_us)| *lasts_us > 0.0)
        .map(|(hour, lasts_us)| {
            let busy_us: u64 = (0..plan.routes.len()).map(|route| tally.row(hour, route).busy_us).sum();
            (lasts_us / span_us, busy_us as f64 / lasts_us)
        })
        .collect();
    let below = |count: f64| hours.iter().map(|(part, mean)| part * gamma_upper(count + 1.0, *mean)).sum::<f64>();
    let at = |p: f64| {
        let (mut low, mut high) = (-1.0, 1.0);
        while below(high) < p && high < 1e12 {
            high *= 2.0;
        }
        while high - low > 1.0 {
            let middle = libm::floor(0.5 * (low + high));
            if below(middle) >= p { high = middle } else { low = middle }
        }
        Some(high)
    };
    Concurrency {
        mean: Some(hours.iter().map(|(part, mean)| part * mean).sum()),
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        p99_9: at(0.999),
        max: None,
    }
}
