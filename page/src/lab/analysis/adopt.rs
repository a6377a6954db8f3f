//! Scenarios made of the one on the screen.

use rehearsal::catalog::{Catalog, OwnPrices, Place};
use rehearsal::cost::all_on;
use rehearsal::scenario::Scenario;

/// The scenario with every call of one query type, or of all, on one model.
///
/// How fast the model answers is its own: where nobody measured it, the simulation assumes the speed of its class and
/// says so. That of another model says nothing about it.
pub fn on_model(scenario: &Scenario, catalog: &Catalog, model: &str, query_type: Option<usize>) -> Scenario {
    let changed = match query_type {
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

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use rehearsal::catalog::SONNET;
    use rehearsal::cost::estimate;

    const HAIKU_5_5: &str = "global.anthropic.claude-haiku-5-5";

    /// A model that nobody measured has the speed of its class, and that it is assumed is said.
    #[test]
    fn an_adopted_model_has_its_own_speed() {
        let scenario = Scenario::default();
        assert!(!scenario.models.is_empty());
        let adopted = on_model(&scenario, crate::lab::prices::catalog(), HAIKU_5_5, None);
        assert_eq!(adopted.models.get(HAIKU_5_5), None);
        let day = rehearsal::sim::simulate(&adopted, &Catalog::reference(), Some(100)).unwrap();
        let paths: Vec<&str> = day.assumed.iter().map(|assumed| assumed.path.as_str()).collect();
        assert!(paths.iter().any(|path| path.contains(HAIKU_5_5)), "{paths:?}");
    }

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
