use serde::Serialize;

use crate::catalog::Catalog;
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::sim::simulate;

use super::break_even::Move;
use super::sheet::Sheet;

/// What is tried, each with each.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Models that a share of the calls is moved to; the scenario's own when empty.
    pub models: Vec<String>,
    /// Shares of the calls on that model.
    pub shares: Vec<f64>,
    /// Shares of the messages that the response cache answers; today's when empty.
    pub hit_rates: Vec<f64>,
    /// Calls in progress at once; today's when empty. `None` is no limit.
    pub concurrency: Vec<Option<f64>>,
    /// Messages simulated for each.
    pub messages: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            models: Vec::new(),
            shares: vec![0.0, 0.25, 0.5, 0.75, 1.0],
            hit_rates: Vec::new(),
            concurrency: Vec::new(),
            messages: 20_000,
        }
    }
}

/// One way to run the traffic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrontierPoint {
    /// The model that takes a share of the calls, and the share.
    pub model: String,
    pub model_share: f64,
    pub hit_rate: f64,
    pub concurrency: Option<f64>,
    pub daily_cost_usd: f64,
    pub p95_ms: f64,
    /// The simulated messages that were answered.
    pub share_answered: f64,
    /// No other point is both cheaper and faster.
    pub on_frontier: bool,
    /// Within both limits, where they are given.
    pub meets: bool,
    /// The scenario itself, to be adopted.
    #[serde(skip)]
    pub scenario: Scenario,
}

/// Cost against P95 of many ways to run the same traffic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Frontier {
    /// The cheapest first.
    pub points: Vec<FrontierPoint>,
    /// The place of the cheapest point that meets both limits and answers what today's answers.
    pub cheapest: Option<usize>,
    /// The scenario as it is.
    pub today: Option<(f64, f64)>,
    pub messages: u64,
    pub seed: u64,
}

/// The most ways that are tried.
const MAX_POINTS: usize = 400;

/// Tries every combination of a model's share, a hit rate and a concurrency: its exact cost, and its
/// P95 in a simulation of fewer messages with the scenario's seed, so the same every time.
///
/// # Errors
/// The scenario's own errors, and those of the simulation.
pub fn frontier(
    scenario: &Scenario,
    catalog: &Catalog,
    options: &Options,
    max_usd_day: Option<f64>,
    max_p95_ms: Option<f64>,
) -> Result<Frontier, Problems> {
    scenario.valid()?;
    let mut models: Vec<String> = options.models.clone();
    for (id, _) in scenario.types.iter().flat_map(|kind| kind.branches()) {
        if options.models.is_empty() && !models.iter().any(|model| model == id) {
            models.push(id.to_string());
        }
    }
    let now_hits = Move::HitRate.now(scenario);
    let hit_rates = if options.hit_rates.is_empty() { vec![now_hits] } else { options.hit_rates.clone() };
    let concurrency =
        if options.concurrency.is_empty() { vec![scenario.capacity.concurrency] } else { options.concurrency.clone() };
    let run = |scenario: &Scenario| -> Result<Option<(f64, f64, f64)>, Problems> {
        let sheet = Sheet::new(scenario, catalog);
        let cost = sheet.total(&sheet.values);
        let outcome = simulate(scenario, catalog, Some(options.messages))?;
        let answered = outcome.counts.completed as f64 / (outcome.counts.arrived as f64).max(1.0);
        Ok(outcome.overall.e2e_ms.p95.filter(|_| cost.is_finite()).map(|p95| (cost, p95, answered)))
    };
    let today = run(scenario)?;
    let mut points: Vec<FrontierPoint> = Vec::new();
    for model in &models {
        let moved = Move::ShareOn(model.clone());
        for share in &options.shares {
            for hits in &hit_rates {
                for limit in &concurrency {
                    if points.len() >= MAX_POINTS {
                        break;
                    }
                    let mut changed = Move::HitRate.apply(&moved.apply(scenario, *share), *hits);
                    changed.capacity.concurrency = *limit;
                    let twin = |point: &FrontierPoint| point.scenario == changed;
                    if points.iter().any(twin) {
                        continue;
                    }
                    let Some((cost, p95_ms, share_answered)) = run(&changed)? else { continue };
                    points.push(FrontierPoint {
                        model: model.clone(),
                        model_share: moved.now(&changed),
                        hit_rate: *hits,
                        concurrency: *limit,
                        daily_cost_usd: cost,
                        p95_ms,
                        share_answered,
                        on_frontier: false,
                        meets: max_usd_day.is_none_or(|most| cost <= most)
                            && max_p95_ms.is_none_or(|most| p95_ms <= most)
                            && today.is_none_or(|(_, _, answered)| share_answered >= answered - 1e-9),
                        scenario: changed,
                    });
                }
            }
        }
    }
    points.sort_by(|a, b| a.daily_cost_usd.total_cmp(&b.daily_cost_usd).then(a.p95_ms.total_cmp(&b.p95_ms)));
    let mut fastest = f64::INFINITY;
    for point in &mut points {
        point.on_frontier = point.p95_ms < fastest;
        fastest = fastest.min(point.p95_ms);
    }
    Ok(Frontier {
        cheapest: points.iter().position(|point| point.meets),
        points,
        today: today.map(|(cost, p95, _)| (cost, p95)),
        messages: options.messages,
        seed: scenario.seed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::HAIKU;

    /// All on Haiku costs $212.28 and is fastest: the cheapest point and the only one of the frontier.
    #[test]
    fn the_cheap_model_is_also_the_fast_one() {
        let options = Options { messages: 5_000, ..Options::default() };
        let scenario = Scenario::default();
        let found = frontier(&scenario, &Catalog::reference(), &options, Some(1_000.0), None).unwrap();
        let cheapest = &found.points[found.cheapest.unwrap()];
        assert_eq!((cheapest.model.as_str(), cheapest.model_share), (HAIKU, 1.0));
        assert_eq!(libm::round(cheapest.daily_cost_usd * 100.0), 21_228.0);
        for pair in found.points.windows(2) {
            assert!(pair[0].daily_cost_usd <= pair[1].daily_cost_usd);
        }
        let on: Vec<_> = found.points.iter().filter(|point| point.on_frontier).collect();
        for pair in on.windows(2) {
            assert!(pair[0].p95_ms > pair[1].p95_ms);
        }
        assert_eq!(found, frontier(&scenario, &Catalog::reference(), &options, Some(1_000.0), None).unwrap());
        assert_eq!(frontier(&scenario, &Catalog::reference(), &options, Some(1.0), None).unwrap().cheapest, None);
    }
}
