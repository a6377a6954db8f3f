//! Scenarios made of the one on the screen.

use rehearsal::catalog::{Catalog, Place};
use rehearsal::cost::all_on;
use rehearsal::scenario::{ModelProfile, OwnPrices, Scenario};

/// The scenario with every call of one query type, or of all, on one model.
///
/// How fast the model answers is seldom known: then it is assumed to be as fast as the one that answers
/// most calls today.
pub fn on_model(scenario: &Scenario, catalog: &Catalog, model: &str, query_type: Option<usize>) -> Scenario {
    let mut changed = match query_type {
        None => all_on(scenario, model),
        Some(index) => {
            let mut changed = scenario.clone();
            if let Some(kind) = changed.types.get_mut(index) {
                kind.model = Some(model.to_string());
                kind.route = None;
                kind.escalation = None;
            }
            changed
        }
    };
    let known = |id: &str| profile(scenario, catalog, id).is_some();
    if !known(model)
        && let Some(like) = busiest(scenario, query_type)
        && let Some(profile) = profile(scenario, catalog, &like)
    {
        changed.models.insert(model.to_string(), profile.clone());
    }
    self_contained(&changed, catalog)
}

/// The scenario with the prices of every model that it uses and that not every reader of it knows: it
/// costs the same wherever it is opened.
pub fn self_contained(scenario: &Scenario, catalog: &Catalog) -> Scenario {
    let everywhere = Catalog::reference();
    let mut changed = scenario.clone();
    for id in lacking(scenario, &everywhere) {
        if let Some(model) = catalog.get(&id) {
            let prices = OwnPrices::of(&model.placed(Place::of_model(&id, scenario.region.as_deref())));
            changed.billing.prices.insert(id, prices);
        }
    }
    changed
}

/// The models that a scenario uses and that neither it nor this catalog has prices of.
pub fn lacking(scenario: &Scenario, catalog: &Catalog) -> Vec<String> {
    let escalated = scenario.types.iter().filter_map(|kind| Some(kind.escalation.as_ref()?.model.as_str()));
    let answering = scenario.types.iter().flat_map(|kind| kind.branches()).map(|(id, _)| id);
    let mut ids: Vec<String> = answering
        .chain(escalated)
        .filter(|id| catalog.get(id).is_none() && !scenario.billing.prices.contains_key(*id))
        .map(str::to_string)
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

fn profile<'a>(scenario: &'a Scenario, catalog: &'a Catalog, id: &str) -> Option<&'a ModelProfile> {
    scenario.models.get(id).or_else(|| catalog.get(id)?.profile.as_ref())
}

/// The model that answers most calls of one query type, or of all.
fn busiest(scenario: &Scenario, query_type: Option<usize>) -> Option<String> {
    let mut calls: Vec<(&str, f64)> = Vec::new();
    let looked_at = |index: usize| query_type.is_none_or(|only| only == index);
    for (_, kind) in scenario.types.iter().enumerate().filter(|(index, _)| looked_at(*index)) {
        for (id, share) in kind.branches() {
            let more = kind.share_pct * (1.0 - kind.cache.hit_rate) * share;
            match calls.iter_mut().find(|(other, _)| *other == id) {
                Some((_, sum)) => *sum += more,
                None => calls.push((id, more)),
            }
        }
    }
    calls.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id.to_string())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use rehearsal::cost::estimate;
    use rehearsal::scenario::SONNET;

    const HAIKU_5_5: &str = "global.anthropic.claude-haiku-5-5";

    /// What is adopted can be priced and simulated without the whole catalog, and is the same bill.
    #[test]
    fn an_adopted_model_brings_its_prices_and_a_speed() {
        let scenario = Scenario::default();
        for query_type in [None, Some(2)] {
            let adopted = on_model(&scenario, crate::lab::prices::catalog(), HAIKU_5_5, query_type);
            let reread = Scenario::load(&adopted.to_json()).unwrap().output;
            assert_eq!(reread, adopted);
            let total = |catalog: &Catalog| estimate(&reread, catalog).unwrap().total_daily_cost_usd;
            assert_eq!(total(&Catalog::reference()), total(crate::lab::prices::catalog()));
            assert!(total(&Catalog::reference()).is_some());
            assert!(rehearsal::sim::simulate(&reread, &Catalog::reference(), Some(100)).is_ok());
        }
        assert_eq!(on_model(&scenario, crate::lab::prices::catalog(), SONNET, None).billing, scenario.billing);
        assert!(lacking(&scenario, &Catalog::reference()).is_empty());
    }
}
