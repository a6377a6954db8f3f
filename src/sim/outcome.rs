//! The figures of a simulated day, as they are shown, exported and sent.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::money::Usd;
use crate::pack::Packed;
use crate::stats::{Column, Histogram};

use super::binds::Binds;
use super::certainty::{Unsure, errors_of};
use super::concurrency::Concurrency;
use super::day::HOURS;
use super::digest::Digest;
use super::plan::{Assumed, Plan};
use super::tally::{Grid, Row, Tally};
use super::tariff::PaidTokens;

/// What a simulated day looked like.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// A hash of every bit of the result, of all its fields as they are packed and of the histograms
    /// behind its figures: the same digest, the same day.
    pub digest: String,
    pub seed: u64,
    pub messages: u64,
    pub overall: PopulationFigures,
    pub by_type: BTreeMap<String, PopulationFigures>,
    /// By the model that answered last; messages that the response cache answered are in none.
    pub by_model: BTreeMap<String, PopulationFigures>,
    /// By the hour in which a message came.
    pub by_hour: Vec<HourFigures>,
    pub counts: Counts,
    /// The share of all places in pools that was taken; `None` without a limit.
    pub utilisation: Option<f64>,
    /// Messages in the system, on average over the day: everyone who came, answered or not, as long as they
    /// stayed (Little's law).
    pub mean_concurrency: f64,
    /// Model calls in progress.
    pub calls_in_progress: Concurrency,
    /// What the day cost: its calls with the tokens that they really carried, and what the estimate expects
    /// beside them; `None` when a price is not known.
    pub cost_usd: Option<Usd>,
    /// Of that, what was paid for answers that nobody got.
    pub wasted_usd: Option<Usd>,
    /// The tokens that were paid for.
    pub tokens: PaidTokens,
    /// One standard error of the overall end-to-end figures, in milliseconds: how far another
    /// seed would move them; all `None` where one day cannot tell.
    pub mc_error: Quantiles,
    /// Why one day cannot tell.
    pub mc_unknown: Option<Unsure>,
    /// What is `None` above: `mc_error`, and what of the cost is not known and why.
    pub unknown: Vec<String>,
    /// What the figures rest on that nobody measured of this chatbot.
    pub assumed: Vec<Assumed>,
    /// The share of all who came that got no answer: [`PopulationFigures::unanswered`] of everyone.
    pub unanswered: Option<f64>,
    /// The limit that most calls met, if one binds.
    pub binds: Option<Binds>,
    /// The overall end-to-end times, 16 columns to each doubling.
    pub e2e_histogram: Vec<Column>,
    /// Of these, the times that many answers have exactly, as columns without width.
    pub e2e_atoms: Vec<Column>,
}

/// The figures of one population of messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PopulationFigures {
    /// Messages that came.
    pub messages: u64,
    /// Of these, answered.
    pub answered: u64,
    /// Milliseconds from the message to the end of its answer, over those answered.
    pub e2e_ms: Quantiles,
    /// Milliseconds to the first token. A whole answer's first token is its last.
    pub ttft_ms: Quantiles,
    /// Milliseconds that a call waited for its place, over all calls.
    pub queue_wait_ms: Quantiles,
    /// The fraction of calls that had to wait for their place.
    pub share_waiting: Option<f64>,
    /// The fraction of all messages that came and were answered within the service level: goodput.
    pub share_within_slo: Option<f64>,
    /// The fraction of all messages that came and got no answer: failed, rejected, abandoned. `None` when
    /// none came.
    pub unanswered: Option<f64>,
    /// Milliseconds to the end of the answer over everyone who came, whoever got none having waited for
    /// ever: `None` where the quantile lies among those, and for mean and maximum as soon as there is one.
    pub with_unanswered: Quantiles,
}

/// One hour of the day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HourFigures {
    pub hour: usize,
    #[serde(flatten)]
    pub figures: PopulationFigures,
}

/// Mean, quantiles and maximum, in milliseconds; `None` without messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Quantiles {
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub p99_9: Option<f64>,
    pub max: Option<f64>,
}

/// How many messages went which way.
///
/// `arrived = completed + failed + rejected + abandoned + in_flight`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    pub arrived: u64,
    /// Answered within the time simulated.
    pub completed: u64,
    /// Throttled or broken until no attempt was left.
    pub failed: u64,
    /// Waited for a place longer than the queue's timeout.
    pub rejected: u64,
    /// Left before the first token came.
    pub abandoned: u64,
    /// Answered only after the time simulated; their times are in the figures.
    pub in_flight: u64,
    /// Attempts that the service throttled.
    pub throttled: u64,
    pub retries: u64,
    pub cache_hits: u64,
}

crate::pack_fields!(Outcome {
    digest,
    seed,
    messages,
    overall,
    by_type,
    by_model,
    by_hour,
    counts,
    utilisation,
    mean_concurrency,
    calls_in_progress,
    cost_usd,
    wasted_usd,
    tokens,
    mc_error,
    mc_unknown,
    unknown,
    assumed,
    unanswered,
    binds,
    e2e_histogram,
    e2e_atoms,
});
crate::pack_fields!(PopulationFigures {
    messages,
    answered,
    e2e_ms,
    ttft_ms,
    queue_wait_ms,
    share_waiting,
    share_within_slo,
    unanswered,
    with_unanswered,
});
crate::pack_fields!(HourFigures { hour, figures });
crate::pack_fields!(Quantiles { mean, p50, p90, p95, p99, p99_9, max });
crate::pack_fields!(Counts {
    arrived,
    completed,
    failed,
    rejected,
    abandoned,
    in_flight,
    throttled,
    retries,
    cache_hits,
});

/// A population being gathered from its routes and hours.
#[derive(Clone)]
struct Population {
    row: Row,
    e2e: Histogram,
    /// None where the first token is the last.
    ttft: Option<Histogram>,
    wait: Histogram,
}

impl Population {
    fn new(plan: &Plan) -> Self {
        Population {
            row: Row::default(),
            e2e: Histogram::default(),
            ttft: plan.streams.then(Histogram::default),
            wait: Histogram::default(),
        }
    }

    fn ttft(&self) -> &Histogram {
        self.ttft.as_ref().unwrap_or(&self.e2e)
    }

    /// Adds the histograms of a route, or of an hour, with the sums that belong to them.
    #[inline(never)]
    fn add(&mut self, sums: &Row, [e2e, ttft, wait]: [&[u32]; 3]) {
        self.row.add(sums);
        let ms = |us: u64| us as f32 * 0.001;
        self.e2e.add_counts(e2e, sums.e2e_us, ms(sums.e2e_max_us));
        if let Some(population) = &mut self.ttft {
            population.add_counts(ttft, sums.ttft_us, ms(sums.ttft_max_us));
        }
        if sums.waited > 0 {
            self.wait.add_counts(wait, sums.wait_us, ms(sums.wait_max_us));
        }
        // Whoever did not wait, waited nothing.
        self.wait.add_atom(0.0, sums.calls - sums.waited);
    }

    /// Tells apart what was answered in constant time.
    fn make_exact(&mut self, ms: f32, count: u64) {
        for histogram in std::iter::once(&mut self.e2e).chain(&mut self.ttft) {
            histogram.make_exact(ms, count);
        }
    }

    fn merge(&mut self, other: &Population) {
        self.row.add(&other.row);
        self.e2e.merge(&other.e2e);
        if let (Some(ttft), Some(other)) = (&mut self.ttft, &other.ttft) {
            ttft.merge(other);
        }
        self.wait.merge(&other.wait);
    }

    #[inline(never)]
    fn figures(&self) -> PopulationFigures {
        let part = |of: u64, all: u64| (all > 0).then(|| of as f64 / all as f64);
        let e2e_ms = quantiles(&self.e2e);
        PopulationFigures {
            messages: self.row.arrived,
            answered: self.row.answered,
            e2e_ms,
            ttft_ms: self.ttft.as_ref().map_or(e2e_ms, quantiles),
            queue_wait_ms: quantiles(&self.wait),
            share_waiting: part(self.row.waited, self.row.calls),
            share_within_slo: part(self.row.within_slo, self.row.arrived),
            unanswered: part(self.row.arrived - self.row.answered, self.row.arrived),
            with_unanswered: among_all(&self.e2e, e2e_ms, self.row.arrived),
        }
    }
}

#[inline(never)]
pub(super) fn quantiles(histogram: &Histogram) -> Quantiles {
    let Some([p50, p90, p95, p99, p99_9]) = histogram.quantiles([0.5, 0.9, 0.95, 0.99, 0.999]) else {
        return Quantiles::default();
    };
    Quantiles {
        mean: histogram.mean(),
        p50: Some(p50),
        p90: Some(p90),
        p95: Some(p95),
        p99: Some(p99),
        p99_9: Some(p99_9),
        max: histogram.max(),
    }
}

/// The quantiles of the answers' times among so many messages, of which the others got no answer.
fn among_all(answers: &Histogram, figures: Quantiles, messages: u64) -> Quantiles {
    if answers.count() >= messages {
        return figures;
    }
    let rest = messages as f64 / answers.count() as f64;
    let at = |p: f64| if p * rest <= 1.0 { answers.quantile(p * rest) } else { None };
    Quantiles { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p99_9: at(0.999), ..Quantiles::default() }
}

impl Outcome {
    pub(super) fn new<'a>(plan: &Plan, tally: &'a Tally, calls_in_progress: Concurrency) -> Self {
        let mut overall = Population::new(plan);
        let mut by_type = vec![overall.clone(); plan.type_names.len()];
        let mut by_model = vec![overall.clone(); plan.models.len()];
        let mut by_hour = vec![overall.clone(); HOURS];
        let mut cache_hits = 0;
        for (index, route) in plan.routes.iter().enumerate() {
            let mut sums = Row::default();
            for hour in 0..HOURS {
                sums.add(tally.row(hour, index));
            }
            let answered = route.second.or(route.first).map(|leg| leg.model);
            if answered.is_none() {
                cache_hits += sums.answered;
            }
            let model = answered.and_then(|model| by_model.get_mut(model));
            for population in by_type.get_mut(route.kind).into_iter().chain(model) {
                let of = |grid: &'a Grid| grid.of_route(index);
                population.add(&sums, [&tally.e2e, &tally.ttft, &tally.wait].map(of));
                if let Some(ms) = route.constant_ms {
                    population.make_exact(ms, sums.answered);
                }
            }
        }
        for (hour, population) in by_hour.iter_mut().enumerate() {
            let mut sums = Row::default();
            for index in 0..plan.routes.len() {
                sums.add(tally.row(hour, index));
            }
            let of = |grid: &'a Grid| grid.of_hour(hour);
            population.add(&sums, [&tally.e2e, &tally.ttft, &tally.wait].map(of));
            for (index, route) in plan.routes.iter().enumerate() {
                if let Some(ms) = route.constant_ms {
                    population.make_exact(ms, tally.row(hour, index).answered);
                }
            }
            overall.merge(population);
        }
        let bill = plan.tariff.bill(tally);
        let mut digest = Digest::default();
        for population in by_type.iter().chain(&by_model).chain(&by_hour) {
            for histogram in [&population.e2e, population.ttft(), &population.wait] {
                histogram.fingerprint(|word| digest.add(word));
            }
        }
        let span_us = plan.day.span_us(plan.messages as f64) as f64;
        let places: u64 = plan.limits.pools.iter().map(|count| u64::from(*count)).sum();
        let row = &overall.row;
        let named = |names: Vec<String>, populations: &[Population]| {
            let mut named = BTreeMap::new();
            for (name, population) in names.into_iter().zip(populations) {
                named.insert(name, population.figures());
            }
            named
        };
        let (mc_error, mc_unknown) = errors_of(plan, tally, row, &overall.e2e);
        let mut unknown = bill.unknown;
        if mc_unknown.is_some() {
            unknown.push(MC_ERROR.to_string());
        }
        let mut outcome = Outcome {
            digest: String::new(),
            seed: plan.seed,
            messages: plan.messages,
            by_type: named(plan.type_names.clone(), &by_type),
            by_model: named(plan.models.iter().map(|m| m.id.clone()).collect(), &by_model),
            by_hour: by_hour
                .iter()
                .enumerate()
                .map(|(hour, population)| HourFigures { hour, figures: population.figures() })
                .collect(),
            counts: Counts {
                arrived: row.arrived,
                completed: row.answered - row.late,
                failed: row.failed,
                rejected: row.rejected,
                abandoned: row.abandoned,
                in_flight: row.late,
                throttled: row.throttled,
                retries: row.retries,
                cache_hits,
            },
            utilisation: (places > 0 && span_us > 0.0).then(|| row.pooled_us as f64 / (places as f64 * span_us)),
            mean_concurrency: if span_us > 0.0 { (overall.e2e.sum_us() + row.lost_us) as f64 / span_us } else { 0.0 },
            calls_in_progress,
            cost_usd: bill.cost,
            wasted_usd: bill.wasted,
            tokens: plan.tariff.tokens(tally),
            mc_error,
            mc_unknown,
            unknown,
            assumed: plan.assumed.clone(),
            unanswered: (row.arrived > 0).then(|| (row.arrived - row.answered) as f64 / row.arrived as f64),
            binds: Binds::of(plan, tally),
            overall: overall.figures(),
            e2e_histogram: overall.e2e.log_columns(16),
            e2e_atoms: overall.e2e.atoms(),
        };
        // Whatever is shown is packed, so nothing that is shown can be forgotten here.
        digest.add_packed(&Packed::of(&outcome));
        outcome.digest = digest.finish();
        outcome
    }
}

/// The name of [`Outcome::mc_error`] among what is not known.
const MC_ERROR: &str = "mc_error";

impl Outcome {
    /// The same of which nobody asks the cost.
    pub(super) fn without_cost(self) -> Self {
        let mut outcome = Outcome {
            cost_usd: None,
            wasted_usd: None,
            tokens: PaidTokens::default(),
            unknown: self.unknown.into_iter().filter(|name| name == MC_ERROR).collect(),
            digest: String::new(),
            ..self
        };
        let mut digest = Digest::default();
        digest.add_packed(&Packed::of(&outcome));
        outcome.digest = digest.finish();
        outcome
    }

    /// The fraction of answers that took at most `ms`; `None` without answers. Exact at the edges of
    /// `e2e_histogram` and for the times in `e2e_atoms`; within a column spread evenly.
    pub fn share_within(&self, ms: f64) -> Option<f64> {
        let all: f64 = self.e2e_histogram.iter().map(|column| column.count).sum();
        if all <= 0.0 {
            return None;
        }
        if self.overall.e2e_ms.max.is_some_and(|max| ms >= max) {
            return Some(1.0);
        }
        let exact = |column: &Column| -> f64 {
            let inside = self.e2e_atoms.iter().filter(|atom| atom.low >= column.low && atom.low < column.high);
            inside.map(|atom| atom.count).sum()
        };
        let spread = self.e2e_histogram.iter().map(|column| {
            let part = ((ms - column.low) / (column.high - column.low)).clamp(0.0, 1.0);
            if part > 0.0 { part * (column.count - exact(column)).max(0.0) } else { 0.0 }
        });
        let atoms = self.e2e_atoms.iter().filter(|atom| atom.low <= ms).map(|atom| atom.count);
        Some((spread.sum::<f64>() + atoms.sum::<f64>()) / all)
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;
    use crate::scenario::Scenario;
    use crate::sim::simulate;

    #[test]
    fn the_share_within_a_percentile_is_its_own() {
        let day = simulate(&Scenario::default(), &Catalog::reference(), Some(50_000)).unwrap();
        let figures = day.overall.e2e_ms;
        for (percentile, share) in [(figures.p50, 0.5), (figures.p90, 0.9), (figures.p95, 0.95), (figures.p99, 0.99)] {
            let within = day.share_within(percentile.unwrap()).unwrap();
            assert!((within - share).abs() < 5e-4, "{within} is not {share}");
        }
        assert_eq!(day.share_within(figures.max.unwrap()), Some(1.0));
        assert_eq!(day.share_within(0.0), Some(0.0));
    }

    #[test]
    fn answers_of_the_cache_all_come_at_their_time() {
        let day = simulate(&Scenario::default(), &Catalog::reference(), Some(50_000)).unwrap();
        let hits = day.counts.cache_hits as f64 / day.overall.answered as f64;
        assert!((day.share_within(20.0).unwrap() - hits).abs() < 1e-9);
        assert!(day.share_within(19.9).unwrap() < 1e-9);
    }

    /// Whatever is shown decides the digest.
    #[test]
    fn another_figure_is_another_digest() {
        let digest = |document: &str| {
            let scenario = Scenario::load(document).unwrap().output;
            let day = simulate(&scenario, &Catalog::reference(), Some(20_000)).unwrap();
            (day.digest, day.utilisation, day.cost_usd)
        };
        let priced = |usd: u32| {
            digest(&format!(
                r#"{{"types": [{{"name": "a", "share_pct": 100, "model": "m"}}], "models": {{"m": {{"latency": 300}}}},
                    "billing": {{"prices": {{"m": {{"input": {usd}, "output": 9}}}}}}}}"#
            ))
        };
        for (a, b) in [
            (
                digest(r#"{"daily_messages": 50000, "capacity": {"concurrency": 5000}}"#),
                digest(r#"{"daily_messages": 50000, "capacity": {"concurrency": 9000}}"#),
            ),
            (priced(1), priced(5)),
        ] {
            assert!(a.0 != b.0 && (a.1, a.2) != (b.1, b.2), "{a:?} {b:?}");
        }
        assert_eq!(priced(1), priced(1));
    }

    /// The quantile over all is one of the answers' while it lies among them.
    #[test]
    fn who_got_no_answer_is_counted() {
        let mut scenario = Scenario::default();
        scenario.faults.throttle_rate = 0.3;
        scenario.retry.mode = crate::scenario::RetryMode::None;
        let day = simulate(&scenario, &Catalog::reference(), Some(50_000)).unwrap();
        let (answers, all) = (day.overall.e2e_ms, day.overall.with_unanswered);
        // 30 % of the two thirds that reach a model.
        let lost = day.overall.unanswered.unwrap();
        assert!((lost - 0.3 * 0.6575).abs() < 0.01, "{lost}");
        assert!(all.p50 > answers.p50 && all.p50 < answers.p90, "{all:?} {answers:?}");
        assert_eq!((all.p90, all.p95, all.mean, all.max), (None, None, None, None));
    }
}
