use serde::Serialize;

use crate::catalog::Catalog;
use crate::scenario::{Faults, Infrastructure, Scenario, TierShares};
use crate::words::{Message, Word};

use super::models::all_on;
use super::sheet::Sheet;

/// From everything on the strong model to today's bill, lever by lever.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Waterfall {
    /// The model of the first bar: of those the scenario uses, the one that would cost most.
    pub strong_model: String,
    /// What it would cost a day without any lever.
    pub start_usd: f64,
    /// In this order; since savings overlap, another order would give other steps.
    pub steps: Vec<Step>,
    /// Today's bill.
    pub end_usd: f64,
}

/// One lever.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Step {
    pub lever: Lever,
    pub label: Message,
    /// What it changes, after those before it; negative is a saving.
    pub change_usd: f64,
    /// The bill after it.
    pub after_usd: f64,
    /// What it would change alone, against the start.
    pub alone_usd: f64,
}

/// A group of settings that moves the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lever {
    Routing,
    ResponseCache,
    PromptCache,
    Tiers,
    Discount,
    /// Failed attempts, which are paid and not answered.
    Failures,
    /// The services around the model.
    Around,
}

impl Lever {
    /// The order of the waterfall.
    pub const ALL: [Lever; 7] = [
        Lever::Routing,
        Lever::ResponseCache,
        Lever::PromptCache,
        Lever::Tiers,
        Lever::Discount,
        Lever::Failures,
        Lever::Around,
    ];

    fn word(self) -> Word {
        match self {
            Lever::Routing => Word::lever_routing,
            Lever::ResponseCache => Word::lever_response_cache,
            Lever::PromptCache => Word::lever_prompt_cache,
            Lever::Tiers => Word::lever_tiers,
            Lever::Discount => Word::lever_discount,
            Lever::Failures => Word::lever_failures,
            Lever::Around => Word::lever_around,
        }
    }

    /// Takes this lever from `today` into a scenario.
    fn pull(self, scenario: &mut Scenario, today: &Scenario) {
        match self {
            Lever::Discount => scenario.billing.discount_pct = today.billing.discount_pct,
            Lever::Failures => scenario.faults = today.faults,
            Lever::Around => scenario.infrastructure = today.infrastructure.clone(),
            Lever::Routing | Lever::ResponseCache | Lever::PromptCache | Lever::Tiers => {
                for (kind, now) in scenario.types.iter_mut().zip(&today.types) {
                    match self {
                        Lever::Routing => {
                            kind.model.clone_from(&now.model);
                            kind.route.clone_from(&now.route);
                            kind.escalation.clone_from(&now.escalation);
                        }
                        Lever::ResponseCache => kind.cache = now.cache.clone(),
                        Lever::PromptCache => kind.prompt.cache = now.prompt.cache,
                        _ => kind.tiers = now.tiers,
                    }
                }
            }
        }
    }
}

/// The waterfall of a scenario; `None` when a bill on the way is not known.
pub fn waterfall(scenario: &Scenario, catalog: &Catalog) -> Option<Waterfall> {
    let cost = |scenario: &Scenario| {
        let sheet = Sheet::new(scenario, catalog);
        Some(sheet.total(&sheet.numbers)).filter(|cost| cost.is_finite())
    };
    let mut bare = scenario.clone();
    bare.billing.discount_pct = 0.0;
    bare.faults = Faults::default();
    bare.infrastructure = Infrastructure::default();
    for kind in &mut bare.types {
        kind.cache = crate::scenario::Cache::default();
        kind.prompt.cache = None;
        kind.tiers = TierShares::default();
    }
    let mut used: Vec<&str> = Vec::new();
    for kind in &scenario.types {
        let next = kind.escalation.as_ref().map(|next| next.model.as_str());
        for id in kind.branches().map(|(id, _)| id).chain(next) {
            if !used.contains(&id) {
                used.push(id);
            }
        }
    }
    let mut strong: Option<(&str, f64)> = None;
    for id in used {
        let on_it = cost(&all_on(&bare, id))?;
        if strong.is_none_or(|(_, most)| on_it > most) {
            strong = Some((id, on_it));
        }
    }
    let (strong_model, start_usd) = strong?;
    let start = all_on(&bare, strong_model);
    let mut reached = start.clone();
    let mut before = start_usd;
    let mut steps = Vec::new();
    for lever in Lever::ALL {
        let unchanged = reached.clone();
        lever.pull(&mut reached, scenario);
        if reached == unchanged {
            continue;
        }
        let mut alone = start.clone();
        lever.pull(&mut alone, scenario);
        let after_usd = cost(&reached)?;
        steps.push(Step {
            lever,
            label: lever.word().into(),
            change_usd: after_usd - before,
            after_usd,
            alone_usd: cost(&alone)? - start_usd,
        });
        before = after_usd;
    }
    Some(Waterfall { strong_model: strong_model.to_string(), start_usd, steps, end_usd: before })
}
