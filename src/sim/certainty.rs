//! How sure the figures of one day are: how far another seed would move them, or why one day cannot tell.
//!
//! Messages that no limit hinders are independent of each other, and the error of a figure follows from their number.
//! Where they wait for each other or share a quota it follows from the spread between pieces of the day, as long as
//! these are independent: a backlog that is carried from piece to piece is seen once a day, and so says nothing of
//! how large another day's would be.

use serde::Serialize;

use crate::stats::{BUCKETS, Histogram, bucket_bounds, bucket_of};
use crate::words::Word;

use super::day::HOURS;
use super::outcome::Quantiles;
use super::plan::Plan;
use super::tally::{BATCHES_AN_HOUR, COARSE_BUCKETS, Row, Tally, total};

/// Why one day cannot tell how far chance moves its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unsure {
    /// A limit turned many away, or most had to wait: the figures are those of one backlog.
    Overload,
    /// What happens in one piece of the day shows in the next ones.
    CarriedOver,
    /// Too little of a day was simulated.
    TooShort,
}

impl Unsure {
    pub const ALL: [Unsure; 3] = [Unsure::Overload, Unsure::CarriedOver, Unsure::TooShort];

    /// The reason in a sentence.
    pub fn word(self) -> Word {
        match self {
            Unsure::Overload => Word::unsure_overload,
            Unsure::CarriedOver => Word::unsure_carried_over,
            Unsure::TooShort => Word::unsure_too_short,
        }
    }
}

crate::pack_choice!(Unsure);

/// Up to which share of messages that met a limit all are as good as independent.
const HARDLY: f64 = 1e-4;
/// From which share of messages without an answer, and of calls that waited, on a limited day is one of overload.
const MANY_LOST: f64 = 0.005;
const MOST_WAITED: f64 = 0.5;
/// Hours of the day that have to be there.
const ENOUGH_HOURS: usize = 12;
/// Five-minute batches that make one piece, and how many more make a coarser one to compare with.
const PIECE: usize = 3;
const COARSE_PIECE: usize = 6;
/// How much the variance may grow from single batches to pieces, and to coarser pieces, if they are independent.
const MOST_GROWTH: [f64; 2] = [1.3, 1.6];

/// One standard error of the day's overall end-to-end figures, or why it is not known.
pub(super) fn errors_of(plan: &Plan, tally: &Tally, row: &Row, e2e: &Histogram) -> (Quantiles, Option<Unsure>) {
    let by_chance: u64 = tally.refused.iter().map(|[_, chance]| chance).sum();
    let throttled = if plan.retry.adaptive() { row.throttled } else { row.throttled.saturating_sub(by_chance) };
    let (met, arrived) = ((row.waited + throttled) as f64, row.arrived.max(1) as f64);
    if met <= HARDLY * arrived {
        return (of_independent(e2e), None);
    }
    let unsure = |why| (Quantiles::default(), Some(why));
    if (row.arrived - row.answered) as f64 > MANY_LOST * arrived || row.waited as f64 > MOST_WAITED * row.calls as f64 {
        return unsure(Unsure::Overload);
    }
    let pieces = Pieces::new(plan, tally, e2e);
    if pieces.hours < ENOUGH_HOURS {
        return unsure(Unsure::TooShort);
    }
    // A backlog shows in some figures only; where it does, the others follow it on another day.
    if pieces.are_independent() { (pieces.errors(), None) } else { unsure(Unsure::CarriedOver) }
}

/// The standard error of each figure of independent messages: √(p(1−p)/n) divided by the density
/// at the quantile, which the quantiles beside it give.
fn of_independent(histogram: &Histogram) -> Quantiles {
    let n = histogram.count() as f64;
    let mean = histogram.standard_deviation().map(|sd| sd / libm::sqrt(n));
    errors(histogram, mean, |p| libm::sqrt(p * (1.0 - p) / n))
}

/// The end-to-end times of the day, piece by piece.
struct Pieces<'a> {
    histogram: &'a Histogram,
    tally: &'a Tally,
    /// The coarse buckets that are used.
    from: usize,
    to: usize,
    /// How many hours are whole; only these are looked at.
    hours: usize,
    /// How much longer what was simulated of the day is.
    longer: f64,
    /// How many answers each batch has.
    counted: Vec<f64>,
}

impl<'a> Pieces<'a> {
    fn new(plan: &Plan, tally: &'a Tally, histogram: &'a Histogram) -> Self {
        let used = histogram.used();
        let (from, to) = (used.start / COARSE_BUCKETS, used.end.div_ceil(COARSE_BUCKETS));
        let span_us = plan.day.span_us(plan.messages as f64) as f64;
        // The last message comes a little before the day's end, or after it.
        let simulated = (span_us / (plan.day.hour_s() * 1e6)).min(HOURS as f64);
        let hours = libm::floor(simulated + 0.02) as usize;
        let longer = simulated / hours.max(1) as f64;
        let counted = (0..HOURS * BATCHES_AN_HOUR).map(|batch| f64::from(total(&tally.batches.of(batch)[from..to])));
        Pieces { histogram, tally, from, to, hours, longer, counted: counted.collect() }
    }

    /// By batch, how far the sum of its times is from what its answers would have on average.
    fn of_mean(&self) -> Vec<f64> {
        let mean_ms = self.histogram.mean().unwrap_or(0.0);
        let middle = |coarse: usize| {
            let first = coarse * COARSE_BUCKETS;
            let (low, high) = (bucket_bounds(first).0, bucket_bounds(first + COARSE_BUCKETS - 1).1);
            if high.is_finite() { 0.5 * (low + high) } else { low }
        };
        let middles: Vec<f64> = (self.from..self.to).map(middle).collect();
        let of = |batch: usize| -> f64 {
            let counts = self.tally.batches.of(batch)[self.from..self.to].iter().zip(&middles);
            counts.filter(|(count, _)| **count > 0).map(|(count, middle)| f64::from(*count) * (middle - mean_ms)).sum()
        };
        (0..HOURS * BATCHES_AN_HOUR).map(of).collect()
    }

    /// By batch, how many more lie above a quantile than would on average; and by how much the spread of that is
    /// larger at the quantile itself than at the edge of the coarse bucket where it was counted.
    fn of_quantile(&self, p: f64) -> Option<(Vec<f64>, f64)> {
        let at = self.histogram.quantile(p)?;
        let below = bucket_of(at as f32) / COARSE_BUCKETS;
        let share_at = |edge: usize| above_share(self.histogram, edge);
        let distance = |edge: usize| (share_at(edge) - (1.0 - p)).abs();
        let edge = if distance(below) < distance(below + 1) { below } else { below + 1 };
        let expected = share_at(edge);
        let counted = expected * (1.0 - expected);
        if counted <= 0.0 {
            return None;
        }
        let of = |batch: usize| {
            let above = total(&self.tally.batches.of(batch)[edge.clamp(self.from, self.to)..self.to]);
            f64::from(above) - expected * self.counted[batch]
        };
        let deviations = (0..HOURS * BATCHES_AN_HOUR).map(of).collect();
        Some((deviations, libm::sqrt(p * (1.0 - p) / counted)))
    }

    /// The variance of a sum over the day, from the spread within each hour of pieces of so many batches.
    fn variance(&self, deviations: &[f64], piece: usize) -> f64 {
        let hours = deviations.chunks(BATCHES_AN_HOUR).take(self.hours).map(|hour| {
            let of: Vec<f64> = hour.chunks(piece).map(|piece| piece.iter().sum()).collect();
            let mean = of.iter().sum::<f64>() / of.len() as f64;
            let squares: f64 = of.iter().map(|value| (value - mean) * (value - mean)).sum();
            squares * of.len() as f64 / (of.len() - 1) as f64
        });
        hours.sum::<f64>() * self.longer
    }

    /// Whether pieces spread no more than their batches do, alone.
    fn are_independent(&self) -> bool {
        let grows = |deviations: &[f64]| {
            let single = self.variance(deviations, 1);
            [PIECE, COARSE_PIECE]
                .iter()
                .zip(MOST_GROWTH)
                .any(|(piece, most)| single > 0.0 && self.variance(deviations, *piece) > most * single)
        };
        let quantiles = [0.5, 0.9, 0.95].map(|p| self.of_quantile(p).is_some_and(|(deviations, _)| grows(&deviations)));
        !grows(&self.of_mean()) && !quantiles.contains(&true)
    }

    fn errors(&self) -> Quantiles {
        let n = self.histogram.count() as f64;
        let spread = |deviations: &[f64]| libm::sqrt(self.variance(deviations, PIECE)) / n;
        let mean = (n > 0.0).then(|| spread(&self.of_mean()));
        errors(self.histogram, mean, |p| {
            let all_alike = libm::sqrt(p * (1.0 - p) / n.max(1.0));
            self.of_quantile(p).map_or(all_alike, |(deviations, scale)| spread(&deviations) * scale)
        })
    }
}

/// The fraction of values in coarse buckets from this one on.
fn above_share(histogram: &Histogram, edge: usize) -> f64 {
    let (low, _) = bucket_bounds((edge * COARSE_BUCKETS).min(BUCKETS - 1));
    1.0 - histogram.share_below(low).unwrap_or(1.0)
}

/// Errors of the quantiles, from the error of the fraction below each.
fn errors(histogram: &Histogram, mean: Option<f64>, of_fraction: impl Fn(f64) -> f64) -> Quantiles {
    let at = |p: f64| {
        let spread = of_fraction(p);
        let [low, high] = histogram.quantiles([(p - spread).max(0.0), (p + spread).min(1.0)])?;
        Some(0.5 * (high - low))
    };
    Quantiles { mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p99_9: at(0.999), max: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::scenario::{Arrivals, Curve, Faults, Preset, RetryMode, Scenario};
    use crate::sim::{Outcome, simulate};

    const MESSAGES: u64 = 40_000;
    const SEEDS: u64 = 60;

    fn scenario(edit: impl Fn(&mut Scenario)) -> Scenario {
        let mut scenario = Preset::WithGeneration.scenario();
        scenario.daily_messages = MESSAGES as f64;
        edit(&mut scenario);
        scenario
    }

    fn days(mut scenario: Scenario) -> Vec<Outcome> {
        let day = |seed| {
            scenario.seed = seed;
            simulate(&scenario, &Catalog::reference(), Some(MESSAGES)).unwrap()
        };
        (0..SEEDS).map(day).collect()
    }

    /// How many of the days are sure, and in how many of a hundred of these the mean over all days lies within 1.96
    /// standard errors of each figure.
    fn coverage(days: &[Outcome]) -> (usize, Vec<f64>) {
        let figures: [fn(&Quantiles) -> Option<f64>; 6] =
            [|q| q.mean, |q| q.p50, |q| q.p90, |q| q.p95, |q| q.p99, |q| q.p99_9];
        let sure: Vec<&Outcome> = days.iter().filter(|day| day.mc_unknown.is_none()).collect();
        let covered = figures.map(|of| {
            let middle = days.iter().filter_map(|day| of(&day.overall.e2e_ms)).sum::<f64>() / days.len() as f64;
            let within = |day: &&&Outcome| {
                let (value, error) = (of(&day.overall.e2e_ms).unwrap(), of(&day.mc_error).unwrap());
                (value - middle).abs() <= 1.96 * error
            };
            100.0 * sure.iter().filter(within).count() as f64 / sure.len().max(1) as f64
        });
        (sure.len(), covered.to_vec())
    }

    /// With and without limits: 90 to 98 of 100 days over all figures; of one figure's 60 days chance leaves 4 more out.
    #[test]
    fn errors_cover_the_spread_over_seeds() {
        let cases: [(&str, Scenario); 4] = [
            ("no limit", scenario(|s| s.traffic.arrivals = Arrivals::Gamma)),
            (
                "faults",
                scenario(|s| {
                    s.faults = Faults { throttle_rate: 0.05, error_rate: 0.02 };
                    s.traffic.curve = Curve::named("evening").unwrap();
                }),
            ),
            ("a queue", scenario(|s| s.capacity.concurrency = Some(3.0))),
            (
                "a quota that throttles some",
                scenario(|s| {
                    s.capacity.rpm = Some(14.0);
                    s.retry.mode = RetryMode::Legacy;
                }),
            ),
        ];
        let mut all = Vec::new();
        for (name, scenario) in cases {
            let days = days(scenario);
            let met = days[0].overall.share_waiting.unwrap_or(0.0) + days[0].counts.throttled as f64 / MESSAGES as f64;
            let (sure, covered) = coverage(&days);
            println!("{name}: {met:.4} met a limit, {sure} of {SEEDS} days are sure, {covered:?}");
            assert!(sure >= 45, "{name}: {sure}");
            assert!(covered.iter().all(|covered| *covered >= 84.0), "{name}: {covered:?}");
            all.extend(covered);
        }
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        assert!((90.0..=98.0).contains(&mean), "{mean}");
    }

    #[test]
    fn a_day_that_cannot_tell_says_why() {
        let day = |messages: u64, edit: &dyn Fn(&mut Scenario)| {
            let day = simulate(&scenario(edit), &Catalog::reference(), Some(messages)).unwrap();
            let known = [day.mc_error.mean, day.mc_error.p50, day.mc_error.p99_9].map(|error| error.is_some());
            assert_eq!((known, day.unknown.contains(&"mc_error".to_string())), ([false; 3], true), "{day:?}");
            assert_eq!(day.overall.e2e_ms.mean.is_some(), day.overall.answered > 0);
            day.mc_unknown.unwrap()
        };
        assert_eq!(day(MESSAGES, &|s| s.capacity.concurrency = Some(1.0)), Unsure::Overload);
        assert_eq!(day(MESSAGES, &|s| s.capacity.rpm = Some(4.0)), Unsure::Overload);
        assert_eq!(day(4_000, &|s| s.capacity.concurrency = Some(2.0)), Unsure::TooShort);
        // The evening's backlog lasts for hours, and everyone is answered in the end.
        let backlog = |s: &mut Scenario| {
            s.capacity.concurrency = Some(4.0);
            s.traffic.curve = Curve::named("launch-19").unwrap();
        };
        assert_eq!(day(MESSAGES, &backlog), Unsure::CarriedOver);
    }
}
