//! Cost against P95: many ways to run the same traffic, each with what it loses.

use serde::Serialize;

use crate::catalog::Catalog;
use crate::cost::{Move, Sheet};
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::sim::{judging_messages, simulate};

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
    /// Quotas of requests and tokens, as factors of today's; today's when empty.
    pub quotas: Vec<f64>,
    /// Messages simulated for each; `None` as many as [`judging_messages`] says.
    pub messages: Option<u64>,
    /// The largest share of all messages that may get no answer, 0 to 1.
    pub max_lost: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            models: Vec::new(),
            shares: vec![0.0, 0.25, 0.5, 0.75, 1.0],
            hit_rates: Vec::new(),
            concurrency: Vec::new(),
            quotas: Vec::new(),
            messages: None,
            max_lost: 0.01,
        }
    }
}

/// One way to run the traffic.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FrontierPoint {
    /// The model that takes a share of the calls, and the share.
    pub model: String,
    pub model_share: f64,
    pub hit_rate: f64,
    pub concurrency: Option<f64>,
    /// The quotas of requests and tokens, as a factor of today's.
    pub quota_factor: f64,
    pub daily_cost_usd: f64,
    /// Over everyone who came, answered or not; `None` where it lies among those who got no answer.
    pub p95_ms: Option<f64>,
    /// The share of the simulated messages that were answered.
    pub share_answered: f64,
    /// It loses no more than it may, and no other such point is both cheaper and faster.
    pub on_frontier: bool,
    /// It loses no more than it may and is within both limits, where they are given.
    pub meets: bool,
    /// The scenario itself, to be adopted.
    #[serde(skip)]
    pub scenario: Scenario,
}

/// Cost against P95 of many ways to run the same traffic.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Frontier {
    /// The cheapest first.
    pub points: Vec<FrontierPoint>,
    /// The place of the cheapest point that meets the limits and loses no more than it may.
    pub cheapest: Option<usize>,
    /// Cost and P95 of the scenario as it is, where both are known.
    pub today: Option<(f64, f64)>,
    /// The most messages that were simulated for one point.
    pub messages: u64,
    /// The largest share of all messages that may get no answer.
    pub max_lost: f64,
    /// Ways that were left out because their cost is not known.
    pub left_out: usize,
    pub seed: u64,
}

/// The most ways that are tried.
const MAX_POINTS: usize = 400;

/// A frontier as it is searched: [`FrontierSearch::advance`] tries one way after the other, so that
/// whoever waits for it can show how far it is, and stop.
#[derive(Clone, Debug)]
pub struct FrontierSearch {
    /// What is still to be tried, the next one last.
    left: Vec<FrontierPoint>,
    tried: Vec<FrontierPoint>,
    /// The scenario as it is.
    today: Option<Judged>,
    scenario: Scenario,
    messages: Option<u64>,
    most_messages: u64,
    max_lost: f64,
    left_out: usize,
    begun: bool,
}

impl FrontierSearch {
    /// Lays out every combination of a model's share, a hit rate, a concurrency and a quota.
    ///
    /// # Errors
    /// The scenario's own errors.
    pub fn new(scenario: &Scenario, options: &Options) -> Result<Self, Problems> {
        scenario.valid()?;
        let mut models: Vec<String> = options.models.clone();
        for (id, _) in scenario.types.iter().flat_map(|kind| kind.branches()) {
            if options.models.is_empty() && !models.iter().any(|model| model == id) {
                models.push(id.to_string());
            }
        }
        let now_hits = Move::HitRate.now(scenario);
        let hit_rates = if options.hit_rates.is_empty() { vec![now_hits] } else { options.hit_rates.clone() };
        let concurrency = if options.concurrency.is_empty() {
            vec![scenario.capacity.concurrency]
        } else {
            options.concurrency.clone()
        };
        let quotas = if options.quotas.is_empty() { vec![1.0] } else { options.quotas.clone() };
        let limits = || concurrency.iter().flat_map(|limit| quotas.iter().map(move |quota| (*limit, *quota)));
        let mut left: Vec<FrontierPoint> = Vec::new();
        for model in &models {
            let moved = Move::ShareOn(model.clone());
            for share in &options.shares {
                let shifted = moved.apply(scenario, *share);
                for hit_rate in &hit_rates {
                    for (limit, quota_factor) in limits() {
                        let mut changed = Move::HitRate.apply(&shifted, *hit_rate);
                        changed.capacity.concurrency = limit;
                        raise_quotas(&mut changed, quota_factor);
                        if left.len() >= MAX_POINTS || left.iter().any(|point| point.scenario == changed) {
                            continue;
                        }
                        left.push(FrontierPoint {
                            model: model.clone(),
                            model_share: moved.now(&changed),
                            hit_rate: *hit_rate,
                            concurrency: limit,
                            quota_factor,
                            daily_cost_usd: 0.0,
                            p95_ms: None,
                            share_answered: 0.0,
                            on_frontier: false,
                            meets: false,
                            scenario: changed,
                        });
                    }
                }
            }
        }
        left.reverse();
        let (tried, scenario) = (Vec::new(), scenario.clone());
        Ok(FrontierSearch {
            left,
            tried,
            today: None,
            scenario,
            messages: options.messages,
            most_messages: 0,
            max_lost: options.max_lost,
            left_out: 0,
            begun: false,
        })
    }

    /// Tries the next way: its exact cost, and its P95 and losses in a simulation with the scenario's seed, so the
    /// same every time. `false` when none is left.
    ///
    /// # Errors
    /// Those of the simulation.
    pub fn advance(&mut self, catalog: &Catalog) -> Result<bool, Problems> {
        if !self.begun {
            self.begun = true;
            self.today = self.judge(&self.scenario.clone(), catalog)?;
            return Ok(!self.left.is_empty());
        }
        let Some(mut point) = self.left.pop() else { return Ok(false) };
        match self.judge(&point.scenario, catalog)? {
            Some(Judged { cost, p95_ms, share_answered }) => {
                (point.daily_cost_usd, point.p95_ms, point.share_answered) = (cost, p95_ms, share_answered);
                self.tried.push(point);
            }
            None => self.left_out += 1,
        }
        Ok(!self.left.is_empty())
    }

    /// What a way costs, how slow it is and what it loses; `None` where its cost is not known.
    fn judge(&mut self, scenario: &Scenario, catalog: &Catalog) -> Result<Option<Judged>, Problems> {
        let sheet = Sheet::new(scenario, catalog);
        let cost = sheet.total(&sheet.numbers);
        if !cost.is_finite() {
            return Ok(None);
        }
        let messages = self.messages.unwrap_or_else(|| judging_messages(scenario));
        self.most_messages = self.most_messages.max(messages);
        let outcome = simulate(scenario, catalog, Some(messages))?;
        let share_answered = 1.0 - outcome.unanswered.unwrap_or(0.0);
        Ok(Some(Judged { cost, p95_ms: outcome.overall.with_unanswered.p95, share_answered }))
    }

    /// How much has been tried, 0 to 1.
    pub fn progress(&self) -> f64 {
        let done = (self.tried.len() + self.left_out) as f64 + f64::from(self.begun);
        let left = self.left.len() as f64;
        if done + left > 0.0 { done / (done + left) } else { 1.0 }
    }

    /// What was tried so far, judged by these limits.
    pub fn frontier(&self, max_usd_day: Option<f64>, max_p95_ms: Option<f64>) -> Frontier {
        let mut points = self.tried.clone();
        let time = |point: &FrontierPoint| point.p95_ms.unwrap_or(f64::INFINITY);
        points.sort_by(|a, b| a.daily_cost_usd.total_cmp(&b.daily_cost_usd).then(time(a).total_cmp(&time(b))));
        let mut fastest = f64::INFINITY;
        for point in &mut points {
            let serves = 1.0 - point.share_answered <= self.max_lost + 1e-9;
            point.on_frontier = serves && time(point) < fastest;
            if point.on_frontier {
                fastest = time(point);
            }
            point.meets = serves
                && max_usd_day.is_none_or(|most| point.daily_cost_usd <= most)
                && max_p95_ms.is_none_or(|most| time(point) <= most);
        }
        Frontier {
            cheapest: points.iter().position(|point| point.meets),
            points,
            today: self.today.as_ref().and_then(|today| Some((today.cost, today.p95_ms?))),
            messages: self.most_messages,
            max_lost: self.max_lost,
            left_out: self.left_out,
            seed: self.scenario.seed,
        }
    }
}

/// What was found of one way.
#[derive(Clone, Debug)]
struct Judged {
    cost: f64,
    p95_ms: Option<f64>,
    share_answered: f64,
}

/// Multiplies every quota that there is, the common ones and those of single models.
fn raise_quotas(scenario: &mut Scenario, factor: f64) {
    let common = [&mut scenario.capacity.rpm, &mut scenario.capacity.tpm];
    let single = scenario.models.values_mut().flat_map(|profile| [&mut profile.rpm, &mut profile.tpm]);
    for quota in common.into_iter().chain(single).flatten() {
        *quota *= factor;
    }
}

/// Tries every combination of a model's share, a hit rate, a concurrency and a quota, all at once.
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
    let mut search = FrontierSearch::new(scenario, options)?;
    while search.advance(catalog)? {}
    Ok(search.frontier(max_usd_day, max_p95_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::HAIKU;

    /// A quota that throttles is raised, and only then as much is answered.
    #[test]
    fn a_higher_quota_answers_more() {
        let mut scenario = Scenario::default();
        scenario.capacity.rpm = Some(150.0);
        let options =
            Options { shares: vec![0.0], quotas: vec![1.0, 8.0], messages: Some(5_000), ..Options::default() };
        let found = frontier(&scenario, &Catalog::reference(), &options, None, None).unwrap();
        let of = |factor: f64| found.points.iter().find(|point| point.quota_factor == factor).unwrap();
        assert_eq!(of(8.0).scenario.capacity.rpm, Some(1200.0));
        assert!(of(8.0).share_answered > of(1.0).share_answered, "{:?}", found.points);
    }

    /// A quota that binds at the evening's peak only: the day is looked at whole, and what loses a tenth of it is
    /// neither on the frontier nor the answer, however cheap and fast its answers are.
    #[test]
    fn what_loses_too_much_is_no_way() {
        let mut scenario = Scenario { daily_messages: 100_000.0, ..Scenario::default() };
        scenario.traffic.curve = crate::scenario::Curve::named("evening").unwrap();
        scenario.capacity.rpm = Some(20.0);
        scenario.retry.mode = crate::scenario::RetryMode::None;
        let options = Options { shares: vec![0.0], quotas: vec![1.0, 4.0], ..Options::default() };
        let found = frontier(&scenario, &Catalog::reference(), &options, None, None).unwrap();
        assert_eq!(found.messages, 100_000);
        let of = |factor: f64| found.points.iter().find(|point| point.quota_factor == factor).unwrap();
        let (tight, wide) = (of(1.0), of(4.0));
        assert!(tight.share_answered < 0.9 && tight.p95_ms.is_none(), "{tight:?}");
        assert!(!tight.on_frontier && !tight.meets && wide.on_frontier && wide.meets, "{:?}", found.points);
        assert_eq!(found.points[found.cheapest.unwrap()].quota_factor, 4.0);
        let lenient = Options { max_lost: 0.5, ..options };
        let found = frontier(&scenario, &Catalog::reference(), &lenient, None, Some(60_000.0)).unwrap();
        assert!(found.points.iter().all(|point| point.meets == (point.quota_factor == 4.0)), "no P95, no limit met");
    }

    /// All on Haiku costs $212.28 and is fastest: the cheapest point and the only one of the frontier.
    #[test]
    fn the_cheap_model_is_also_the_fast_one() {
        let options = Options { messages: Some(5_000), ..Options::default() };
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
