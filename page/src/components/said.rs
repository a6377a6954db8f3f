//! What a query type says in one figure or name.

use rehearsal::catalog::Catalog;
use rehearsal::scenario::{QueryType, Scenario};

/// Everything that one call sends: what comes with every message, and the question.
pub fn prompt_tokens(kind: &QueryType) -> f64 {
    kind.prompt.system_tokens + kind.input_tokens.mean()
}

/// What of it the prompt cache holds.
pub fn cached_tokens(kind: &QueryType) -> f64 {
    if kind.prompt.cache.is_some() { kind.prompt.system_tokens } else { 0.0 }
}

/// The name of a model: the scenario's own, or the catalog's, or else its id.
pub fn model_name(scenario: &Scenario, id: &str) -> String {
    let own = scenario.billing.prices.get(id).and_then(|own| own.name.clone());
    own.or_else(|| Some(Catalog::reference().get(id)?.name.clone())).unwrap_or_else(|| id.to_string())
}

/// The names of the models of a type, or of all, each once.
pub fn models_of(scenario: &Scenario, kind: Option<&QueryType>) -> String {
    let mut names = Vec::new();
    for kind in scenario.types.iter().filter(|one| kind.is_none_or(|kind| *one == kind)) {
        for (id, _) in kind.branches() {
            let name = model_name(scenario, id);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.join(", ")
}
