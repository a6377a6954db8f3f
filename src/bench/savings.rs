//! What routing and the response cache spare, by query type: known where a client knows the query mix.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::document::Fields;
use crate::money::Usd;

/// A call as one of its query type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OfType {
    pub name: Rc<str>,
    /// `None` where a price is not known, here and below.
    pub cost: Option<Usd>,
    /// What the response cache spared: the call on the model that would have answered.
    pub cache_saved: Option<Usd>,
    /// What routing spared: the difference to the same call on the dearest model of the mix.
    pub routing_saved: Option<Usd>,
    /// The dearest model of the mix.
    pub dearest: Rc<str>,
}

/// What the answers of one query type used and spared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TypeUse {
    pub answered: u64,
    pub cache_hits: u64,
    /// Of the calls that a model answered.
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// `None` where a price is not known, here and below.
    pub cost: Option<Usd>,
    pub cache_saved: Option<Usd>,
    pub routing_saved: Option<Usd>,
}

impl Default for TypeUse {
    fn default() -> Self {
        let zero = Some(Usd::ZERO);
        let (answered, cache_hits, input_tokens, output_tokens) = (0, 0, 0, 0);
        TypeUse {
            answered,
            cache_hits,
            input_tokens,
            output_tokens,
            cost: zero,
            cache_saved: zero,
            routing_saved: zero,
        }
    }
}

impl TypeUse {
    /// Adds another's; what is not known of one is not known of both.
    pub fn add(&mut self, other: &TypeUse) {
        let sum = |a: Option<Usd>, b: Option<Usd>| a.zip(b).map(|(a, b)| a + b);
        self.answered = self.answered.saturating_add(other.answered);
        self.cache_hits = self.cache_hits.saturating_add(other.cache_hits);
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cost = sum(self.cost, other.cost);
        self.cache_saved = sum(self.cache_saved, other.cache_saved);
        self.routing_saved = sum(self.routing_saved, other.routing_saved);
    }

    pub(super) fn write(&self) -> Value {
        json!({
            "answered": self.answered,
            "cache_hits": self.cache_hits,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost,
            "cache_saved_usd": self.cache_saved,
            "routing_saved_usd": self.routing_saved,
        })
    }

    pub(super) fn read(fields: &Fields<'_>) -> Self {
        let count = |name| fields.count(name).unwrap_or(0);
        let usd = |name| fields.number(name).and_then(Usd::from_dollars);
        TypeUse {
            answered: count("answered"),
            cache_hits: count("cache_hits"),
            input_tokens: count("input_tokens"),
            output_tokens: count("output_tokens"),
            cost: usd("cost_usd"),
            cache_saved: usd("cache_saved_usd"),
            routing_saved: usd("routing_saved_usd"),
        }
    }
}
