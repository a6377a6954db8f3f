use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::money::Usd;
use crate::stats::{Column, Histogram};

use super::engine::{HOURS, Tally};
use super::plan::{Plan, Time};

/// Seconds in a day.
const DAY_S: f64 = 86_400.0;

/// What a simulated day looked like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// A hash of every bit of the result: the same digest, the same day.
    pub digest: String,
    pub seed: u64,
    pub messages: u64,
    pub overall: PopulationFigures,
    pub by_type: BTreeMap<String, PopulationFigures>,
    /// By model id; messages that the response cache answered are in none.
    pub by_model: BTreeMap<String, PopulationFigures>,
    pub by_hour: Vec<HourFigures>,
    pub counts: Counts,
    /// The share of the capacity that was busy; `None` without a limit.
    pub utilisation: Option<f64>,
    /// Messages in the system, on average over the day.
    pub mean_concurrency: f64,
    /// What the day's tokens cost; `None` when a price is not known.
    pub cost_usd: Option<Usd>,
    /// One standard error of the overall end-to-end figures, in milliseconds: how far another
    /// seed would move them.
    pub mc_error: Quantiles,
    /// What is `None` above, and why it is not known.
    pub unknown: Vec<String>,
    /// The overall end-to-end times, 16 columns to each doubling.
    pub e2e_histogram: Vec<Column>,
}

/// The figures of one population of messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PopulationFigures {
    pub messages: u64,
    /// Milliseconds from the message to the end of its answer.
    pub e2e_ms: Quantiles,
    /// Milliseconds to the first token. A whole answer's first token is its last.
    pub ttft_ms: Quantiles,
    /// The fraction answered within the service level.
    pub share_within_slo: Option<f64>,
}

/// One hour of the day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HourFigures {
    pub hour: usize,
    #[serde(flatten)]
    pub figures: PopulationFigures,
}

/// Mean, quantiles and maximum, in milliseconds; `None` without messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Counts {
    pub arrived: u64,
    pub completed: u64,
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
    cost_usd,
    mc_error,
    unknown,
    e2e_histogram,
});
crate::pack_fields!(PopulationFigures { messages, e2e_ms, ttft_ms, share_within_slo });
crate::pack_fields!(HourFigures { hour, figures });
crate::pack_fields!(Quantiles { mean, p50, p90, p95, p99, p99_9, max });
crate::pack_fields!(Counts { arrived, completed, cache_hits });

/// A population being gathered from its cells.
#[derive(Clone, Default)]
struct Population {
    e2e: Histogram,
    ttft: Histogram,
    messages: u64,
    within_slo: u64,
}

impl Population {
    fn add(&mut self, plan: &Plan, tally: &Tally, hour: usize, cell: usize) {
        let row = tally.row(hour, cell);
        if row.messages == 0 {
            return;
        }
        self.messages += row.messages;
        self.within_slo += row.within_slo;
        if let Time::Constant(ms) = plan.cells[cell].time {
            self.e2e.add_atom(ms, row.constant);
            self.ttft.add_atom(ms, row.constant);
        } else {
            self.e2e.add_counts(tally.e2e(hour, cell), row.e2e_us, row.e2e_max);
            self.ttft.add_counts(tally.ttft(hour, cell), row.ttft_us, row.ttft_max);
        }
    }

    fn figures(&self) -> PopulationFigures {
        PopulationFigures {
            messages: self.messages,
            e2e_ms: quantiles(&self.e2e),
            ttft_ms: quantiles(&self.ttft),
            share_within_slo: (self.messages > 0).then(|| self.within_slo as f64 / self.messages as f64),
        }
    }
}

fn quantiles(histogram: &Histogram) -> Quantiles {
    Quantiles {
        mean: histogram.mean(),
        p50: histogram.quantile(0.5),
        p90: histogram.quantile(0.9),
        p95: histogram.quantile(0.95),
        p99: histogram.quantile(0.99),
        p99_9: histogram.quantile(0.999),
        max: histogram.max(),
    }
}

impl Outcome {
    pub(super) fn new(plan: &Plan, tally: &Tally) -> Self {
        let mut overall = Population::default();
        let mut by_type = vec![Population::default(); plan.type_names.len()];
        let mut by_model = vec![Population::default(); plan.models.len()];
        let mut by_hour = Vec::with_capacity(HOURS);
        let (mut cache_hits, mut cost, mut unknown) = (0, Some(Usd::ZERO), Vec::new());
        for hour in 0..HOURS {
            let mut this_hour = Population::default();
            for (index, cell) in plan.cells.iter().enumerate() {
                this_hour.add(plan, tally, hour, index);
                by_type[cell.kind].add(plan, tally, hour, index);
                let row = tally.row(hour, index);
                let Some(model) = cell.model else {
                    cache_hits += row.messages;
                    continue;
                };
                by_model[model].add(plan, tally, hour, index);
                let planned = &plan.models[model];
                for (what, price, tokens) in [
                    ("input", planned.prices.input, row.input_tokens),
                    ("output", planned.prices.output, row.output_tokens),
                ] {
                    match price {
                        Some(price) => cost = cost.map(|sum| sum + price * tokens),
                        None if tokens == 0 => {}
                        None => {
                            cost = None;
                            let name = format!("{}.{what}", planned.id);
                            if !unknown.contains(&name) {
                                unknown.push(name);
                            }
                        }
                    }
                }
            }
            overall.e2e.merge(&this_hour.e2e);
            overall.ttft.merge(&this_hour.ttft);
            overall.messages += this_hour.messages;
            overall.within_slo += this_hour.within_slo;
            by_hour.push(HourFigures { hour, figures: this_hour.figures() });
        }
        let mut digest = Sha256::new();
        for population in by_type.iter().chain(&by_model).chain([&overall]) {
            for histogram in [&population.e2e, &population.ttft] {
                histogram.fingerprint(|word| digest.update(word.to_le_bytes()));
            }
            digest.update(population.within_slo.to_le_bytes());
        }
        digest.update(cost.unwrap_or_default().pico().to_le_bytes());
        let named = |names: Vec<String>, populations: &[Population]| {
            names.into_iter().zip(populations.iter().map(Population::figures)).collect()
        };
        Outcome {
            digest: digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
            seed: plan.seed,
            messages: plan.messages,
            by_type: named(plan.type_names.clone(), &by_type),
            by_model: named(plan.models.iter().map(|m| m.id.clone()).collect(), &by_model),
            by_hour,
            counts: Counts { arrived: plan.messages, completed: overall.messages, cache_hits },
            utilisation: None,
            mean_concurrency: overall.e2e.sum_us() as f64 / 1e6 / DAY_S,
            cost_usd: cost,
            mc_error: standard_errors(&overall.e2e),
            unknown,
            overall: overall.figures(),
            e2e_histogram: overall.e2e.log_columns(16),
        }
    }
}

/// The standard error of each figure of independent messages: √(p(1−p)/n) divided by the density
/// at the quantile, which the quantiles beside it give.
fn standard_errors(histogram: &Histogram) -> Quantiles {
    let n = histogram.count() as f64;
    let at = |p: f64| {
        let spread = libm::sqrt(p * (1.0 - p) / n);
        let high = histogram.quantile((p + spread).min(1.0))?;
        let low = histogram.quantile((p - spread).max(0.0))?;
        Some(0.5 * (high - low))
    };
    Quantiles {
        mean: histogram.standard_deviation().map(|sd| sd / libm::sqrt(n)),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p99_9: at(0.999),
        max: None,
    }
}
