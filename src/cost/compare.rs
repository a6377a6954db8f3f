use serde::Serialize;

use crate::catalog::Catalog;
use crate::money::Usd;
use crate::problem::Problems;
use crate::scenario::Scenario;

use super::part::Part;
use super::{Estimate, estimate};

/// Two scenarios side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    pub a: Estimate,
    pub b: Estimate,
    pub daily: Difference,
    pub monthly: Difference,
    pub per_message: Difference,
    /// By what the money is spent on.
    pub parts: Vec<Difference>,
    pub by_type: Vec<Difference>,
    pub by_model: Vec<Difference>,
}

/// One figure of two scenarios, in dollars. A side that lacks it is nothing, one whose price is not
/// known is `None`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    pub name: String,
    pub a_usd: Option<f64>,
    pub b_usd: Option<f64>,
    /// b - a.
    pub change_usd: Option<f64>,
    /// Against a, in percent.
    pub change_pct: Option<f64>,
}

impl Difference {
    fn of(name: &str, a: Option<f64>, b: Option<f64>) -> Self {
        let both = a.zip(b);
        Difference {
            name: name.to_string(),
            a_usd: a,
            b_usd: b,
            change_usd: both.map(|(a, b)| b - a),
            change_pct: both.filter(|(a, _)| *a != 0.0).map(|(a, b)| (b / a - 1.0) * 100.0),
        }
    }
}

/// Amounts by name.
type Amounts = Vec<(String, Option<Usd>)>;

/// Compares the bills of two scenarios.
///
/// # Errors
/// The scenarios' own errors.
pub fn compare(a: &Scenario, b: &Scenario, catalog: &Catalog) -> Result<Comparison, Problems> {
    let (a, b) = (estimate(a, catalog)?, estimate(b, catalog)?);
    let dollars = |usd: Option<Usd>| usd.map(|usd| usd.dollars());
    let named = |left: Amounts, right: Amounts| -> Vec<Difference> {
        let side = |side: &[(String, Option<Usd>)], name: &str| {
            side.iter().find(|(other, _)| other == name).map_or(Some(0.0), |(_, usd)| dollars(*usd))
        };
        let more = right.iter().filter(|(name, _)| !left.iter().any(|(other, _)| other == name));
        let names = left.iter().chain(more).map(|(name, _)| name);
        names.map(|name| Difference::of(name, side(&left, name), side(&right, name))).collect()
    };
    let types = |e: &Estimate| e.breakdown.iter().map(|part| (part.query_type.clone(), part.daily_cost_usd)).collect();
    let models = |e: &Estimate| e.by_model.iter().map(|m| (m.model.clone(), m.daily_cost_usd)).collect();
    let used = |part: &Part| [&a, &b].iter().any(|estimate| estimate.parts.get(*part) != Some(Usd::ZERO));
    Ok(Comparison {
        daily: Difference::of("daily", dollars(a.total_daily_cost_usd), dollars(b.total_daily_cost_usd)),
        monthly: Difference::of("monthly", dollars(a.monthly_cost_usd), dollars(b.monthly_cost_usd)),
        per_message: Difference::of("per_message", a.avg_cost_per_message_usd, b.avg_cost_per_message_usd),
        parts: Part::ALL
            .into_iter()
            .filter(used)
            .map(|part| Difference::of(part.key(), dollars(a.parts.get(part)), dollars(b.parts.get(part))))
            .collect(),
        by_type: named(types(&a), types(&b)),
        by_model: named(models(&a), models(&b)),
        a,
        b,
    })
}
