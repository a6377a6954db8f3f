use std::borrow::Cow;

use serde::Serialize;

use crate::catalog::{Catalog, Model};
use crate::money::Usd;

use super::call::{CallCost, CallTokens, Tier, price_call};

/// What one call costs, with the row of the catalog behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PricedCall<'a> {
    /// `None` when a price that is used is not known.
    pub total_usd: Option<Usd>,
    pub parts: CallCost,
    pub row: PriceRow<'a>,
    /// The parts whose price is not known.
    pub unknown: Vec<&'static str>,
}

/// Where a price comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriceRow<'a> {
    pub id: Cow<'a, str>,
    pub source: &'a str,
    pub date: &'a str,
}

/// The most tokens of a call: far beyond any context, and far from any overflow.
const MOST: u64 = 1_000_000_000_000;

impl<'a> PricedCall<'a> {
    /// Prices a call. A model that the catalog does not have is unknown, not an error: the calls beside
    /// it can still be priced.
    ///
    /// # Errors
    /// A tier that is none, counts that no call has.
    pub fn of(catalog: &'a Catalog, model: &'a str, tokens: CallTokens, tier: Option<&str>) -> Result<Self, String> {
        let tier = match tier {
            None => Tier::Standard,
            Some(name) => Tier::from_key(name)
                .ok_or_else(|| format!("there is no tier `{name}`; choose standard, batch, flex or priority"))?,
        };
        let counts = [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h];
        if counts.iter().any(|count| *count > MOST) {
            return Err(format!("no call has more than {MOST} tokens; check the counts"));
        }
        let (parts, row) = match catalog.get(model) {
            Some(known) => (
                price_call(known, tokens, tier),
                PriceRow { id: Cow::Borrowed(&known.id), source: &known.source, date: &known.date },
            ),
            None => (
                price_call(&Model::unpriced(model), tokens, tier),
                PriceRow { id: Cow::Borrowed(model), source: "not in the catalog", date: "" },
            ),
        };
        Ok(PricedCall { total_usd: parts.total(), unknown: parts.unknown(), parts, row })
    }
}
