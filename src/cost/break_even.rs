use serde::Serialize;

use crate::catalog::Catalog;
use crate::problem::Problems;
use crate::scenario::{RouteShare, Scenario};

use super::sheet::Sheet;

/// What is moved to bring a bill under a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// The share of all messages that the response cache answers. Up, every type's misses are
    /// answered more often in proportion; down, its hits less often.
    HitRate,
    /// The share of the calls, of every type alike, that goes to this model.
    ShareOn(String),
    /// Messages a day.
    Messages,
    /// Tokens in and out, as a factor of today's.
    Tokens,
}

/// Where the bill meets a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BreakEven {
    pub moved: Move,
    pub target_usd: f64,
    /// Today's value of what is moved, and today's bill.
    pub now: f64,
    pub now_usd: f64,
    /// The value at which the bill is the target; `None` when no value is.
    pub value: Option<f64>,
    /// `closed_form` where the bill is a straight line, else `bisection`.
    pub method: Option<Method>,
    /// The least and the most that was looked at.
    pub least: f64,
    pub most: f64,
    /// The bill over the whole stretch, for the chart.
    pub curve: Vec<Point>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    ClosedForm,
    Bisection,
}

/// A value of what is moved, and the day's bill there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Point {
    pub value: f64,
    pub daily_cost_usd: f64,
}

/// Points of the curve.
const POINTS: u32 = 41;

/// How near to the target a bisection comes, relative to it.
const NEAR: f64 = 1e-12;

impl Move {
    /// Today's value.
    pub fn now(&self, scenario: &Scenario) -> f64 {
        let shares = scenario.share_sum_pct();
        let weighted = |of: &dyn Fn(&crate::scenario::QueryType) -> f64| {
            let sum: f64 = scenario.types.iter().map(|kind| kind.share_pct * of(kind)).sum();
            if shares > 0.0 { sum / shares } else { 0.0 }
        };
        match self {
            Move::HitRate => weighted(&|kind| kind.cache.hit_rate),
            Move::ShareOn(model) => weighted(&|kind| share_on(kind, model)),
            Move::Messages => scenario.daily_messages,
            Move::Tokens => 1.0,
        }
    }

    /// The stretch worth looking at.
    fn bounds(&self, scenario: &Scenario) -> (f64, f64) {
        match self {
            Move::HitRate | Move::ShareOn(_) => (0.0, 1.0),
            Move::Messages => (0.0, (scenario.daily_messages * 10.0).max(1000.0)),
            Move::Tokens => (0.0, 10.0),
        }
    }

    /// The scenario with another value.
    pub fn apply(&self, scenario: &Scenario, value: f64) -> Scenario {
        let mut changed = scenario.clone();
        let now = self.now(scenario);
        // Up, what is missing to the whole shrinks in proportion; down, what is there does.
        let lift = if now < 1.0 { (value - now) / (1.0 - now) } else { 0.0 };
        let drop = if now > 0.0 { value / now } else { 0.0 };
        match self {
            Move::Messages => changed.daily_messages = value,
            Move::Tokens => {
                for kind in &mut changed.types {
                    kind.input_tokens = kind.input_tokens.scaled(value);
                    kind.output_tokens = kind.output_tokens.scaled(value);
                    kind.prompt.system_tokens *= value;
                }
            }
            Move::HitRate => {
                for kind in &mut changed.types {
                    let rate = kind.cache.hit_rate;
                    let moved = if value >= now { rate + (1.0 - rate) * lift } else { rate * drop };
                    kind.cache.hit_rate = moved.clamp(0.0, 1.0);
                }
            }
            Move::ShareOn(model) => {
                for kind in &mut changed.types {
                    let share = share_on(kind, model);
                    let moved = if value >= now { share + (1.0 - share) * lift } else { share * drop };
                    // Without a model to give its share to, it stays.
                    if share < 1.0 || moved >= share {
                        route_to(kind, model, share, moved.clamp(0.0, 1.0));
                    }
                }
            }
        }
        changed
    }
}

fn share_on(kind: &crate::scenario::QueryType, model: &str) -> f64 {
    kind.branches().filter(|(id, _)| *id == model).map(|(_, share)| share).sum()
}

/// Gives a model a share of a type's calls, the others keeping their proportions.
fn route_to(kind: &mut crate::scenario::QueryType, model: &str, share: f64, moved: f64) {
    if moved == share {
        return;
    }
    let factor = if share < 1.0 { (1.0 - moved) / (1.0 - share) } else { 0.0 };
    let mut route: Vec<RouteShare> = kind
        .branches()
        .filter(|(id, _)| *id != model)
        .map(|(id, of)| RouteShare { model: id.to_string(), share_pct: of * factor * 100.0 })
        .collect();
    let rest: f64 = route.iter().map(|branch| branch.share_pct).sum();
    route.push(RouteShare { model: model.to_string(), share_pct: 100.0 - rest });
    kind.route = Some(route);
    kind.model = None;
}

/// The value at which the day's bill is `target_usd`; of several, the nearest to today's.
///
/// # Errors
/// The scenario's own errors.
pub fn break_even(scenario: &Scenario, catalog: &Catalog, moved: Move, target_usd: f64) -> Result<BreakEven, Problems> {
    scenario.valid()?;
    let cost = |value: f64| {
        let sheet = Sheet::new(&moved.apply(scenario, value), catalog);
        sheet.total(&sheet.numbers)
    };
    let now = moved.now(scenario);
    let (least, most) = moved.bounds(scenario);
    let curve: Vec<Point> = (0..POINTS)
        .map(|index| least + (most - least) * f64::from(index) / f64::from(POINTS - 1))
        .map(|value| Point { value, daily_cost_usd: cost(value) })
        .collect();
    // The stretches whose ends lie on both sides of the target, the one nearest to today first.
    let mut crossings: Vec<[Point; 2]> = curve
        .windows(2)
        .map(|pair| [pair[0], pair[1]])
        .filter(|[a, b]| (a.daily_cost_usd - target_usd) * (b.daily_cost_usd - target_usd) <= 0.0)
        .collect();
    let distance = |[a, b]: &[Point; 2]| (0.5 * (a.value + b.value) - now).abs();
    crossings.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    let solved = crossings.first().map(|crossing| solve(crossing, target_usd, &cost));
    Ok(BreakEven {
        target_usd,
        now,
        now_usd: cost(now),
        value: solved.map(|(value, _)| value),
        method: solved.map(|(_, method)| method),
        least,
        most,
        curve,
        moved,
    })
}

fn solve([a, b]: &[Point; 2], target: f64, cost: &impl Fn(f64) -> f64) -> (f64, Method) {
    let slope = (b.daily_cost_usd - a.daily_cost_usd) / (b.value - a.value);
    let straight = if slope == 0.0 { a.value } else { a.value + (target - a.daily_cost_usd) / slope };
    if (cost(straight) - target).abs() <= NEAR * target.abs().max(1.0) {
        return (straight, Method::ClosedForm);
    }
    let (mut low, mut high) = (a.value, b.value);
    let rising = b.daily_cost_usd > a.daily_cost_usd;
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if (cost(middle) > target) == rising { high = middle } else { low = middle }
    }
    (0.5 * (low + high), Method::Bisection)
}
