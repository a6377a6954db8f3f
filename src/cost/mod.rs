//! What a scenario costs: expected messages x tokens x price, type by type.
//!
//! Every leaf is an expectation rounded once to a whole pico-dollar; sums are exact, so the parts
//! always add up to the whole. What lacks a price is left out and named.

mod call;

pub use call::{CallCost, CallTokens, Tier, price_call};

use serde::Serialize;

use crate::catalog::Catalog;
use crate::money::Usd;
use crate::problem::Problems;
use crate::scenario::Scenario;

/// The cost of a day, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    pub daily_messages: f64,
    /// `None` when something used has no known price.
    pub total_daily_cost_usd: Option<Usd>,
    pub monthly_cost_usd: Option<Usd>,
    /// The share of messages that the response cache answers, in percent.
    pub cache_savings_pct: f64,
    pub avg_cost_per_message_usd: Option<f64>,
    /// The money the response cache saves in a day.
    pub cache_saved_daily_usd: Option<Usd>,
    /// The same as a share of what the day would cost without it, in percent.
    pub cache_saved_cost_pct: Option<f64>,
    pub breakdown: Vec<TypeCost>,
    /// The prices that are not known, as `model.price`.
    pub unknown: Vec<String>,
}

/// What one query type costs in a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TypeCost {
    pub query_type: String,
    /// The model that answers, or the models, joined by ` + `.
    pub model: String,
    /// Expected messages of this type in a day.
    pub daily_queries: f64,
    /// Of these, answered by the response cache.
    pub cached: f64,
    /// Of these, answered by a model.
    pub uncached: f64,
    pub daily_cost_usd: Option<Usd>,
    pub input_cost_usd: Option<Usd>,
    pub output_cost_usd: Option<Usd>,
    /// Cost of one message that reaches a model.
    pub cost_per_query_usd: Option<f64>,
    /// What the messages answered by the cache would have cost.
    pub cache_saved_usd: Option<Usd>,
}

/// Estimates a scenario with a catalog's prices.
///
/// # Errors
/// The scenario's own errors. A model or price that is not known is no error: the totals that
/// need it are `None` and `unknown` names it.
pub fn estimate(scenario: &Scenario, catalog: &Catalog) -> Result<Estimate, Problems> {
    scenario.valid()?;
    let mut unknown = Vec::new();
    let breakdown: Vec<_> = scenario
        .types
        .iter()
        .map(|kind| {
            let daily_queries = scenario.daily_messages * kind.share_pct / 100.0;
            let cached = daily_queries * kind.cache.hit_rate;
            let uncached = daily_queries - cached;
            let (mut input, mut output, mut saved) = (Some(Usd::ZERO), Some(Usd::ZERO), Some(Usd::ZERO));
            for (model, share) in kind.branches() {
                let prices = catalog.get(model).map(|m| m.prices).unwrap_or_default();
                let mut price_of = |what, price: Option<crate::money::Price>, tokens: f64| {
                    let messages_cost = |messages: f64| match price {
                        Some(price) => Some(price.of_expected(messages * share * tokens)),
                        None if messages * share * tokens == 0.0 => Some(Usd::ZERO),
                        None => None,
                    };
                    let (paid, kept) = (messages_cost(uncached), messages_cost(cached));
                    let name = format!("{model}.{what}");
                    if (paid.is_none() || kept.is_none()) && !unknown.contains(&name) {
                        unknown.push(name);
                    }
                    (paid, kept)
                };
                let (paid_in, kept_in) = price_of("input", prices.input, kind.input_tokens.mean());
                let (paid_out, kept_out) = price_of("output", prices.output, kind.output_tokens.mean());
                input = add(input, paid_in);
                output = add(output, paid_out);
                saved = add(saved, add(kept_in, kept_out));
            }
            let cost = add(input, output);
            TypeCost {
                query_type: kind.name.clone(),
                model: kind.branches().map(|(model, _)| model).collect::<Vec<_>>().join(" + "),
                daily_queries,
                cached,
                uncached,
                daily_cost_usd: cost,
                input_cost_usd: input,
                output_cost_usd: output,
                cost_per_query_usd: cost.map(|usd| per(usd, uncached)),
                cache_saved_usd: saved,
            }
        })
        .collect();
    let total: Option<Usd> = breakdown.iter().map(|part| part.daily_cost_usd).sum();
    let saved: Option<Usd> = breakdown.iter().map(|part| part.cache_saved_usd).sum();
    let cached: f64 = breakdown.iter().map(|part| part.cached).sum();
    Ok(Estimate {
        daily_messages: scenario.daily_messages,
        total_daily_cost_usd: total,
        monthly_cost_usd: total.and_then(|usd| Usd::round_pico(usd.pico() as f64 * scenario.days_in_month)),
        cache_savings_pct: if scenario.daily_messages > 0.0 { cached / scenario.daily_messages * 100.0 } else { 0.0 },
        avg_cost_per_message_usd: total.map(|usd| per(usd, scenario.daily_messages)),
        cache_saved_daily_usd: saved,
        cache_saved_cost_pct: add(total, saved).zip(saved).map(|(all, saved)| per(saved, all.dollars()) * 100.0),
        breakdown,
        unknown,
    })
}

fn add(a: Option<Usd>, b: Option<Usd>) -> Option<Usd> {
    Some(a? + b?)
}

/// Dollars per unit; nothing of nothing is zero.
fn per(amount: Usd, units: f64) -> f64 {
    if units > 0.0 { amount.dollars() / units } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{HAIKU, SONNET};

    fn daily(edit: impl Fn(&mut Scenario)) -> f64 {
        let mut scenario = Scenario::default();
        edit(&mut scenario);
        let estimate = estimate(&scenario, &Catalog::reference()).unwrap();
        libm::round(estimate.total_daily_cost_usd.unwrap().dollars() * 100.0) / 100.0
    }

    fn all_on(model: &str) -> impl Fn(&mut Scenario) {
        let model = model.to_string();
        move |scenario| scenario.types.iter_mut().for_each(|t| t.model = Some(model.clone()))
    }

    fn no_cache(scenario: &mut Scenario) {
        scenario.types.iter_mut().for_each(|t| t.cache.hit_rate = 0.0);
    }

    /// The figures of the reference mix, computed by hand from its formula.
    #[test]
    fn the_reference_mix() {
        assert_eq!(daily(|_| {}), 1959.21);
        assert_eq!(daily(all_on(SONNET)), 2547.30);
        assert_eq!(daily(all_on(HAIKU)), 212.28);
        assert_eq!(daily(no_cache), 2149.00);
        assert_eq!(
            daily(|s| {
                all_on(SONNET)(s);
                no_cache(s);
            }),
            3183.00
        );
    }

    #[test]
    fn an_unknown_price_is_unknown_not_zero() {
        let mut scenario = Scenario::default();
        scenario.types[0].model = Some("acme.model".to_string());
        let estimate = estimate(&scenario, &Catalog::reference()).unwrap();
        assert_eq!(estimate.total_daily_cost_usd, None);
        assert_eq!(estimate.unknown, ["acme.model.input", "acme.model.output"]);
        assert!(estimate.breakdown[1].daily_cost_usd.is_some());
    }

    #[test]
    fn a_route_is_the_sum_of_its_branches() {
        let by_route = daily(|s| {
            let half = |model: &str| crate::scenario::RouteShare { model: model.into(), share_pct: 50.0 };
            for kind in &mut s.types {
                kind.model = None;
                kind.route = Some(vec![half(HAIKU), half(SONNET)]);
            }
        });
        assert_eq!(by_route, libm::round((2547.30 + 212.28) / 2.0 * 100.0) / 100.0);
    }
}
