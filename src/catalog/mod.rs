//! What is known of each model: prices, limits and speed, every figure with its source and date.
//!
//! An unknown price is `None`, never zero and never another model's.

mod reference;
mod tokens;

pub use tokens::{TokenizerFamily, estimate_tokens, message_frame, weight};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::money::Price;
use crate::scenario::ModelProfile;

/// The models by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    models: BTreeMap<String, Model>,
}

/// One model as Bedrock offers it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    pub id: String,
    /// The name people use.
    pub name: String,
    /// No longer offered; kept because documents name it.
    pub retired: bool,
    pub tokenizer: TokenizerFamily,
    pub prices: Prices,
    /// Where the prices come from.
    pub source: String,
    /// The date they were read, `YYYY-MM-DD`.
    pub date: String,
    /// How fast it answers; `None` unless a source says so.
    pub profile: Option<ModelProfile>,
}

/// Prices per token; `None` where unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Prices {
    pub input: Option<Price>,
    pub output: Option<Price>,
}

impl Catalog {
    /// The models every scenario can name without loading anything: the reference scenario's.
    pub fn reference() -> Self {
        Catalog { models: reference::models().into_iter().map(|model| (model.id.clone(), model)).collect() }
    }

    /// The model with this id, or with this short name of the original (`haiku`, `sonnet`).
    pub fn get(&self, id: &str) -> Option<&Model> {
        let id = match id {
            "haiku" => crate::scenario::HAIKU,
            "sonnet" => crate::scenario::SONNET,
            other => other,
        };
        self.models.get(id)
    }

    /// All models, in the order of their ids.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }
}
