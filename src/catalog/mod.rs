//! What is known of each model: prices, limits and speed, every figure with its source and date.
//!
//! An unknown price is `None`, never zero and never another model's. [`Catalog::reference`] holds
//! the models of the reference scenario, [`Catalog::full`] all that the price table carries.

mod claude;
mod date;
mod reference;
mod table;
mod tokens;

pub use claude::{ClaudeVersion, claude_version};
pub use date::{STALE_DAYS, Staleness, date_of, day_number};
pub use table::TableError;
pub use tokens::{TokenizerFamily, estimate_tokens, message_frame, weight};

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Serialize;

use crate::money::Price;
use crate::scenario::{ModelProfile, OwnPrices, OwnTier};

/// The price table that comes with the product: one row a model.
pub const PRICE_TABLE: &str = include_str!("bedrock.csv");

/// The models by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    models: BTreeMap<String, Model>,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Chat,
    Embedding,
}

/// One model as Bedrock offers it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    pub id: String,
    /// The name people use.
    pub name: String,
    pub mode: Mode,
    /// No longer offered; kept because documents name it.
    pub retired: bool,
    /// The day it is to be retired, `YYYY-MM-DD`, where that is announced.
    pub retires: Option<String>,
    /// How its tokens are estimated; `None` where no family fits.
    pub tokenizer: Option<TokenizerFamily>,
    pub prices: Prices,
    /// The smallest prefix that is cached, in tokens.
    pub min_cache_tokens: Option<u64>,
    /// The longest prompt, in tokens.
    pub max_input_tokens: Option<u64>,
    /// The longest answer, in tokens.
    pub max_output_tokens: Option<u64>,
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
    /// Writing a cache that lives for five minutes.
    pub cache_write_5m: Option<Price>,
    /// Writing a cache that lives for an hour.
    pub cache_write_1h: Option<Price>,
    pub cache_read: Option<Price>,
    pub batch: TierPrices,
    pub flex: TierPrices,
    pub priority: TierPrices,
    /// What the whole request costs once its prompt is longer than a threshold.
    pub long_context: Option<LongContext>,
}

/// The two prices that a service tier has of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TierPrices {
    pub input: Option<Price>,
    pub output: Option<Price>,
}

/// A cliff: a prompt of more than `above_tokens` reprices every token of the request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LongContext {
    pub above_tokens: u64,
    pub input: Price,
    pub output: Price,
}

impl Model {
    /// A model of which only the id is known.
    pub fn unpriced(id: &str) -> Self {
        let claude = claude_version(id);
        Model {
            id: id.to_string(),
            name: claude.as_ref().map_or_else(|| id.to_string(), ClaudeVersion::name),
            mode: Mode::Chat,
            retired: false,
            retires: None,
            tokenizer: claude.as_ref().map(ClaudeVersion::tokenizer),
            prices: Prices::default(),
            min_cache_tokens: None,
            max_input_tokens: None,
            max_output_tokens: None,
            source: "not in the catalog".to_string(),
            date: String::new(),
            profile: None,
        }
    }
}

impl Prices {
    /// These prices, with a team's own in their place.
    #[must_use]
    pub fn with(self, own: &OwnPrices) -> Self {
        let tier = |tier: TierPrices, own: OwnTier| TierPrices {
            input: own.input.or(tier.input),
            output: own.output.or(tier.output),
        };
        Prices {
            input: own.input.or(self.input),
            output: own.output.or(self.output),
            cache_write_5m: own.cache_write_5m.or(self.cache_write_5m),
            cache_write_1h: own.cache_write_1h.or(self.cache_write_1h),
            cache_read: own.cache_read.or(self.cache_read),
            batch: tier(self.batch, own.batch),
            flex: tier(self.flex, own.flex),
            priority: tier(self.priority, own.priority),
            long_context: own.long_context.or(self.long_context),
        }
    }
}

impl Catalog {
    /// The models every scenario can name without loading anything: the reference scenario's.
    pub fn reference() -> Self {
        Catalog { models: reference::models().into_iter().map(|model| (model.id.clone(), model)).collect() }
    }

    /// All models of the price table that comes with the product, and the reference scenario's.
    pub fn full() -> &'static Catalog {
        static FULL: OnceLock<Catalog> = OnceLock::new();
        FULL.get_or_init(|| {
            // The table is part of the build, and a test reads every row of it.
            Catalog::from_table(PRICE_TABLE).unwrap_or_else(|_| Catalog::reference())
        })
    }

    /// The models of a price table and the reference scenario's.
    ///
    /// # Errors
    /// The line and column of the first value that cannot be read.
    pub fn from_table(text: &str) -> Result<Self, TableError> {
        let mut catalog = Catalog::reference();
        for model in table::read(text)? {
            catalog.models.insert(model.id.clone(), model);
        }
        Ok(catalog)
    }

    /// The model with this id, with this short name of the original (`haiku`, `sonnet`), or named
    /// by an ARN that ends in an id.
    pub fn get(&self, id: &str) -> Option<&Model> {
        let id = match id {
            "haiku" => crate::scenario::HAIKU,
            "sonnet" => crate::scenario::SONNET,
            arn if arn.starts_with("arn:") => arn.rsplit('/').next()?,
            other => other,
        };
        self.models.get(id)
    }

    /// Adds a model, or replaces the one with its id.
    pub fn insert(&mut self, model: Model) {
        self.models.insert(model.id.clone(), model);
    }

    /// All models, in the order of their ids.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }
}
