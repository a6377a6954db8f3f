//! What a log's calls cost: exactly as far as prices are known, with a name for everything that lacks one.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Chosen, Model, Place};
use crate::cost::{CallCost, Tier, price_tokens};
use crate::money::Usd;

use super::model_id::catalog_id;
use super::summary::{CellKey, Summary, Sums};

/// A log's bill.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Bill {
    /// What is known of it.
    pub known: Usd,
    /// The prices that are not known, as `model.price`, each once.
    pub unknown: BTreeSet<String>,
    /// Names of the log that were priced as a model of the catalog, and as which.
    pub taken_as: BTreeMap<String, String>,
    /// Models whose row was chosen by the region, or whose sources differ: what is to be said of each.
    pub rows: BTreeMap<String, String>,
}

impl Bill {
    /// The whole of it; `None` where a part is not known.
    pub fn total(&self) -> Option<Usd> {
        self.unknown.is_empty().then_some(self.known)
    }
}

/// Dollars for a million units of a policy, by its field of a record: text units of 1,000 characters, or images.
///
/// # Source
/// LiteLLM's price table 1.110.2, `bedrock/guardrails`, which names AWS's page of Bedrock's prices; read 2026-11-29.
const GUARDRAIL_USD_PER_1M: [(&str, f64); 8] = [
    ("automatedReasoningPolicyUnits", 170.0),
    ("contentPolicyImageUnits", 750.0),
    ("contentPolicyUnits", 150.0),
    ("contextualGroundingPolicyUnits", 100.0),
    ("sensitiveInformationPolicyFreeUnits", 0.0),
    ("sensitiveInformationPolicyUnits", 100.0),
    ("topicPolicyUnits", 150.0),
    ("wordPolicyUnits", 0.0),
];

impl Summary {
    /// What the log's calls cost.
    pub fn bill(&self, catalog: &Catalog) -> Bill {
        let mut bill = Bill::default();
        let mut found: BTreeMap<&str, Option<&Model>> = BTreeMap::new();
        let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (key, sums) in &self.cells {
            let model = *found.entry(&key.model).or_insert_with(|| {
                let id = catalog_id(&key.model, catalog)?;
                if id != *key.model && sums.calls > 0 {
                    bill.taken_as.insert(key.model.to_string(), id.clone());
                }
                catalog.get(&id)
            });
            if let Some(model) = model
                && sums.calls > 0
                && told.insert((&*key.model, &*key.region))
                && let Some(said) = said_of_row(model, key)
            {
                bill.rows.insert(format!("{} {}", key.model, key.region), said);
            }
            let Some(cost) = cell_cost(model, key, sums) else {
                bill.unknown.insert(format!("{}.calls", key.model));
                continue;
            };
            for (part, amount) in cost.parts() {
                match amount {
                    Some(amount) => bill.known += amount,
                    None => {
                        // The standard price may well be known.
                        let tier = match Tier::ALL.get(usize::from(key.tier)) {
                            Some(Tier::Standard) | None => String::new(),
                            Some(tier) => format!("{}.", tier.key()),
                        };
                        bill.unknown.insert(format!("{}.{tier}{part}", key.model));
                    }
                }
            }
        }
        let (known, unknown) = self.guardrails();
        bill.known += known;
        bill.unknown.extend(unknown);
        bill
    }

    /// What guardrails cost, as far as known, and the policies without a price.
    pub(super) fn guardrails(&self) -> (Usd, Vec<String>) {
        let (mut known, mut unknown) = (Usd::ZERO, Vec::new());
        for (policy, units) in self.guardrail_units.iter().filter(|(_, units)| **units > 0) {
            let price = GUARDRAIL_USD_PER_1M.iter().find(|(name, _)| name == policy);
            match price.and_then(|(_, usd)| Usd::from_dollars(*units as f64 * usd / 1e6)) {
                Some(usd) => known += usd,
                None => unknown.push(format!("guardrail.{policy}")),
            }
        }
        (known, unknown)
    }
}

/// What a cell's calls cost; `None` when they were answered and nothing of them can be priced: a model
/// that is not in the catalog and counts no tokens, as those of images and rerankers do not.
pub(super) fn cell_cost(model: Option<&Model>, key: &CellKey, sums: &Sums) -> Option<CallCost> {
    let unpriced;
    let model = match model {
        Some(model) => model,
        None if sums.calls > 0 && sums.input + sums.output == 0 => return None,
        None => {
            unpriced = Model::unpriced(&key.model);
            &unpriced
        }
    };
    let prices = placed(model, key).prices;
    // Within a cell every call is on the same side of each threshold, which is what the sums must be
    // priced by.
    Some(price_tokens(prices, sums.tokens(), key.tier(), prices.level(key.above.saturating_add(1))))
}

/// A model of the catalog as a log names it.
pub(crate) fn model_named<'a>(name: &str, catalog: &'a Catalog) -> Option<&'a Model> {
    catalog.get(&catalog_id(name, catalog)?)
}

/// The row of a model that the calls of a cell are paid by.
pub(super) fn placed<'a>(model: &'a Model, key: &'a CellKey) -> Chosen<'a> {
    model.at(Place::in_region(Some(&*key.region).filter(|region| !region.is_empty())))
}

/// What is to be said of the row that was chosen; `None` where there is one only.
fn said_of_row(model: &Model, key: &CellKey) -> Option<String> {
    let chosen = placed(model, key);
    let region = if key.region.is_empty() { "no region" } else { &key.region };
    match (chosen.region, chosen.other) {
        (Some(row), _) => Some(format!("{} in {region} is priced by the {row} row of {}", model.id, chosen.source)),
        (None, Some(other)) => Some(format!(
            "sources differ on {} ({region}): priced by {}, not by {}",
            model.id, chosen.source, other.source
        )),
        (None, None) if chosen.fell_back => {
            Some(format!("{} has no row for {region}: priced by its first one, of {}", model.id, chosen.source))
        }
        (None, None) => None,
    }
}
