//! Prices of one's own: a contract's, or of a model that no list has.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::document::Fields;
use crate::money::Price;
use crate::problem::Problem;
use crate::words::{Message, Word};

use super::{Model, PriceKind, PriceList, Prices, Threshold, Tier, TokenKind};

/// Prices that replace the catalog's, in US dollars per million tokens; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnPrices {
    pub name: Option<String>,
    /// Every kind of price, and thresholds (`long_context`: one object, or a list of them).
    pub prices: Prices,
    /// The smallest prefix that is cached, in tokens.
    pub min_cache_tokens: Option<u64>,
    /// Where the prices come from: a contract, a page.
    pub source: Option<String>,
    /// The date they were agreed or read, `YYYY-MM-DD`.
    pub date: Option<String>,
}

impl Serialize for OwnPrices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(name) = &self.name {
            map.serialize_entry("name", name)?;
        }
        self.prices.write(&mut map)?;
        if let Some(tokens) = self.min_cache_tokens {
            map.serialize_entry("min_cache_tokens", &tokens)?;
        }
        for (key, text) in [("source", &self.source), ("date", &self.date)] {
            if let Some(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        map.end()
    }
}

impl OwnPrices {
    /// From an object of a document. Prices with a typo would go unpaid: what is not known is refused.
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        fields.be_strict();
        let mut prices = Prices::of(price_list(fields));
        let thresholds = match fields.value("long_context") {
            Some(Value::Array(_)) => fields.objects("long_context").unwrap_or_default(),
            _ => fields.object("long_context").into_iter().collect(),
        };
        for threshold in thresholds.into_iter().map(Fields::strictly) {
            let above_tokens = threshold.required("above_tokens", threshold.count("above_tokens"));
            let list = price_list(&threshold);
            threshold.required("input", list.get(PriceKind::Input));
            threshold.required("output", list.get(PriceKind::Output));
            if let Some(above_tokens) = above_tokens {
                prices.insert(Threshold { above_tokens, prices: list });
            }
        }
        OwnPrices {
            name: fields.text("name"),
            prices,
            min_cache_tokens: fields.count("min_cache_tokens"),
            source: fields.text("source"),
            date: fields.text("date"),
        }
    }

    /// Those in a field, by model id.
    pub(crate) fn table(fields: &Fields<'_>, name: &'static str) -> BTreeMap<String, OwnPrices> {
        fields.named(name).into_iter().map(|(id, prices)| (id, OwnPrices::read(&prices))).collect()
    }

    /// A catalog's prices as a scenario's own, so that it says what it costs wherever it is opened.
    pub fn of(model: &Model) -> Self {
        let said = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
        OwnPrices {
            name: said(&model.name),
            prices: model.prices.clone(),
            min_cache_tokens: model.min_cache_tokens,
            source: said(&model.source),
            date: said(&model.date),
        }
    }
}

/// Every kind of price in an object, those of a tier in an object of their own.
fn price_list(fields: &Fields<'_>) -> PriceList {
    let mut list = PriceList::default();
    for tier in Tier::ALL {
        let own = (tier != Tier::Standard).then(|| fields.object(tier.key()).map(Fields::strictly));
        let place = match &own {
            None => Some(fields),
            Some(tier) => tier.as_ref(),
        };
        for token in TokenKind::ALL {
            let price = place.and_then(|fields| price(fields, token.key()));
            list.set(PriceKind::of(tier, token), price);
        }
    }
    list
}

/// US dollars per million tokens.
fn price(fields: &Fields<'_>, name: &'static str) -> Option<Price> {
    let usd = fields.number(name)?;
    let price = Price::per_million(usd);
    if price.is_none() {
        fields.findings().push(Problem::error(
            fields.path_of(name),
            Message::new(Word::out_of_range).text("value", usd.to_string()),
            Message::new(Word::out_of_range_hint).number("least", 0.0).number("most", 1e6),
        ));
    }
    price
}

crate::pack_fields!(OwnPrices { name, prices, min_cache_tokens, source, date });
