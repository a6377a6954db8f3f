//! What is known of each model: prices, limits and speed, every figure with its source and date.
//!
//! An unknown price is `None`, never zero and never another model's. [`Catalog::reference`] holds
//! the models of the reference scenario, [`Catalog::full`] all that the price table carries.

mod claude;
mod date;
mod limits;
mod list;
mod names;
mod offer;
mod own_prices;
mod price;
mod reference;
mod speed;
mod table;
mod tokens;

pub use claude::{ClaudeVersion, claude_version};
pub use date::{STALE_DAYS, Staleness, date_of, day_number, is_date, no_date};
pub use limits::base_id;
pub use list::{Listed, Update, read_list, read_prices, second_rows, update};
pub use offer::{Chosen, Door, IN_REGION, Offer, Place, arn_in, arn_region, is_region, runtime_id};
pub use own_prices::OwnPrices;
pub(crate) use price::KINDS;
pub use price::{PriceKind, PriceList, Prices, Rate, Rule, Threshold, Tier, TokenKind};
pub use reference::{EMBEDDING_MODEL, HAIKU, SONNET};
pub use speed::{
    DefaultQuota, QUOTA_TABLE, SPEED_TABLE, Speed, any_speed, burndown_of, default_quota, default_tokens_per_day,
    speed_of,
};
pub(crate) use speed::{burndown_row, parts as quota_unit};
pub use table::{TableError, TableRow, read_table, write_table};
pub use tokens::{
    CountMethod, TextKind, TextWeights, TokenCount, TokenizerFamily, Vocabulary, count_tokens, count_tokens_with,
    estimate_tokens, message_frame, weight,
};

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Serialize;

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
#[non_exhaustive]
pub enum Mode {
    Chat,
    Embedding,
}

/// One model as Bedrock offers it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
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
    /// The door that the prices are of.
    pub door: Door,
    /// Rows of regions and other doors.
    pub offers: Vec<Offer>,
    /// The row of a second price list, where it has other prices.
    pub second: Option<Box<Offer>>,
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
            tokenizer: claude.as_ref().map(ClaudeVersion::tokenizer).or_else(|| TokenizerFamily::of_model(id)),
            prices: Prices::default(),
            min_cache_tokens: None,
            max_input_tokens: None,
            max_output_tokens: None,
            source: "not in the catalog".to_string(),
            date: String::new(),
            door: Door::Runtime,
            offers: Vec::new(),
            second: None,
        }
    }

    /// The model of a row.
    fn of(row: TableRow) -> Self {
        Model {
            name: names::name_of(&row.id),
            mode: row.mode,
            retired: row.retires.as_ref().is_some_and(|retires| *retires <= row.date),
            min_cache_tokens: row.min_cache_tokens.or_else(|| limits::min_cache_tokens(&row.id)),
            retires: row.retires,
            prices: row.prices,
            max_input_tokens: row.max_input_tokens,
            max_output_tokens: row.max_output_tokens,
            source: row.source,
            date: row.date,
            door: row.door,
            ..Model::unpriced(&row.id)
        }
    }

    fn offer(&mut self, offer: Offer) {
        let same = |known: &&mut Offer| known.region == offer.region && known.door == offer.door;
        match self.offers.iter_mut().find(same) {
            Some(known) => *known = offer,
            None => self.offers.push(offer),
        }
    }

    /// Whether it is no longer offered on a day, `YYYY-MM-DD`; without one, on the day its row was read.
    pub fn is_retired(&self, today: Option<&str>) -> bool {
        match (today, &self.retires) {
            (Some(today), Some(retires)) if is_date(today) => retires.as_str() <= today,
            _ => self.retired,
        }
    }
}

impl Mode {
    /// The name in the price table.
    pub const fn key(self) -> &'static str {
        match self {
            Mode::Chat => "chat",
            Mode::Embedding => "embedding",
        }
    }

    /// The mode of this name.
    pub fn from_key(key: &str) -> Option<Self> {
        [Mode::Chat, Mode::Embedding].into_iter().find(|mode| mode.key() == key)
    }
}

impl Catalog {
    /// The models every scenario can name without loading anything: the reference scenario's.
    pub fn reference() -> Self {
        let mut catalog = Catalog::default();
        for model in reference::models() {
            catalog.insert(model);
        }
        catalog
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
        for row in read_table(text)? {
            catalog.add(row);
        }
        Ok(catalog)
    }

    /// Adds a row of a price list: to its model, or as a new one. A second row of the same place replaces the first.
    pub fn add(&mut self, row: TableRow) {
        let (is_own, is_second) = (row.is_own(), !row.list.is_empty() && row.region.is_empty());
        let offer = Offer {
            region: Some(row.region.clone()).filter(|region| !region.is_empty()),
            door: row.door,
            prices: row.prices.clone(),
            source: row.source.clone(),
            date: row.date.clone(),
        };
        // A list may have a region's price under the other door's spelling only.
        let elsewhere = row.door == Door::Mantle || !row.region.is_empty();
        let spelled = offer::MANTLE_NAMES.iter().find(|(mantle, _)| elsewhere && *mantle == row.id);
        if let Some(model) = spelled.and_then(|(_, runtime)| self.models.get_mut(*runtime)) {
            model.offer(offer.clone());
        }
        match self.models.get_mut(&row.id) {
            Some(model) if is_own && model.door == row.door => {
                let (offers, second) = (std::mem::take(&mut model.offers), model.second.take());
                *model = Model { offers, second, ..Model::of(row) };
            }
            Some(model) if is_second => model.second = Some(Box::new(offer)),
            Some(model) => model.offer(offer),
            None if is_own => {
                self.models.insert(row.id.clone(), Model::of(row));
            }
            None => {
                // A model that has a price in some places only is unknown in the others.
                let mut model = Model::of(TableRow { prices: Prices::default(), ..row });
                model.offer(offer);
                self.models.insert(model.id.clone(), model);
            }
        }
    }

    /// The model with this id, with this short name of the original (`haiku`, `sonnet`), or named
    /// by an ARN that ends in an id.
    pub fn get(&self, id: &str) -> Option<&Model> {
        let id = match id {
            "haiku" => HAIKU,
            "sonnet" => SONNET,
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
