//! Which limit binds: what most of those met who waited or were turned away.

use serde::Serialize;

use crate::words::{Message, Word};

use super::plan::{NO_POOL, Plan};
use super::tally::Tally;

/// The limit that binds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Binds {
    /// `rpm`, `tpm`, `concurrency` or `faults`.
    pub limit: String,
    /// Whose limit it is; `None` where it is common to several models.
    pub model: Option<String>,
    /// The limit's value: requests or tokens a minute, places; `None` for faults by chance.
    pub value: Option<f64>,
    /// Attempts that it throttled, or calls that waited for a place.
    pub calls: u64,
}

crate::pack_fields!(Binds { limit, model, value, calls });

/// The smallest fraction of calls that a limit must meet to be said to bind.
const LEAST: f64 = 0.001;

impl Binds {
    /// The limit that most calls of a day met, if any met one worth a word.
    pub(super) fn of(plan: &Plan, tally: &Tally) -> Option<Self> {
        let models = plan.models.len();
        let (mut throttled, mut waited) = (vec![0; models], vec![0; plan.limits.pools.len()]);
        let mut calls = 0;
        for (index, (route, way)) in plan.routes.iter().zip(&plan.ways).enumerate() {
            let row = tally.route(index);
            calls += row.calls;
            if let Some(leg) = route.first {
                throttled[leg.model] += row.throttled;
            }
            if way.pool != NO_POOL
                && let Some(waited) = waited.get_mut(usize::from(way.pool))
            {
                *waited += row.waited;
            }
        }
        let mut found: Vec<Binds> = Vec::new();
        let mut faults = 0;
        for (index, (model, quota)) in plan.models.iter().zip(&plan.limits.quotas).enumerate() {
            let [tokens, chance] = tally.refused.get(index).copied().unwrap_or_default();
            faults += chance;
            let requests = throttled[index].saturating_sub(tokens + chance);
            for (limit, value, calls) in [("tpm", quota.tpm, tokens), ("rpm", quota.rpm, requests)] {
                let value = value.filter(|_| calls > 0);
                found.extend(value.map(|value| Binds {
                    limit: limit.to_string(),
                    model: Some(model.id.clone()),
                    value: Some(value),
                    calls,
                }));
            }
        }
        found.push(Binds { limit: "faults".to_string(), model: None, value: None, calls: faults });
        for (pool, calls) in waited.into_iter().enumerate() {
            let mut of_pool = plan.ways.iter().filter(|way| usize::from(way.pool) == pool && way.called);
            let first = of_pool.next().map(|way| way.model);
            let alone = of_pool.all(|way| Some(way.model) == first);
            let model = first.filter(|_| alone).and_then(|model| plan.models.get(usize::from(model)));
            found.push(Binds {
                limit: "concurrency".to_string(),
                model: model.map(|model| model.id.clone()),
                value: plan.limits.pools.get(pool).map(|places| f64::from(*places)),
                calls,
            });
        }
        let most = found.into_iter().max_by_key(|binds| binds.calls)?;
        (most.calls as f64 > LEAST * calls as f64).then_some(most)
    }

    /// The limit as part of a sentence: “the 50 requests a minute of m”.
    pub fn name(&self) -> Message {
        let word = match (self.limit.as_str(), &self.model) {
            ("rpm", _) => Word::binds_rpm,
            ("tpm", _) => Word::binds_tpm,
            ("concurrency", Some(_)) => Word::binds_own_places,
            ("concurrency", None) => Word::binds_places,
            _ => Word::binds_faults,
        };
        Message::new(word)
            .number("value", self.value.unwrap_or(0.0))
            .text("model", self.model.clone().unwrap_or_default())
    }
}
