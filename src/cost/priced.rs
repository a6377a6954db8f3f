//! A call or a sum of calls at a place, priced with the row that is behind it: what commands, imports and the page
//! show.

use std::borrow::Cow;

use serde::Serialize;

use crate::catalog::{Catalog, Chosen, Door, IN_REGION, Model, Offer, Place, Prices, Tier, arn_region};
use crate::money::Usd;
use crate::problem::clipped;

use super::call::{CallCost, CallTokens, price_tokens};

/// What one call costs, with the row of the catalog behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PricedCall<'a> {
    /// `None` when a price that is used is not known.
    pub total_usd: Option<Usd>,
    /// The parts whose price is known.
    pub known_usd: Usd,
    /// Every part.
    pub parts: CallCost,
    /// The row that was paid.
    pub row: PriceRow<'a>,
    /// The parts whose price is not known.
    pub unknown: Vec<&'static str>,
    /// What another list says of the same call, where it has other prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources_differ: Option<OtherSource<'a>>,
    /// What was assumed or chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Where a price comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PriceRow<'a> {
    pub id: Cow<'a, str>,
    pub source: Cow<'a, str>,
    pub date: Cow<'a, str>,
    /// The region that the row holds in, or `in-region`; absent where it holds everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Cow<'a, str>>,
    /// The door whose row it is.
    pub door: Door,
    /// The threshold that the prompt is above; 0 when it is above none.
    pub above_tokens: u64,
}

/// The same call by another price list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OtherSource<'a> {
    /// `None` when that list lacks a price that is used.
    pub total_usd: Option<Usd>,
    pub source: Cow<'a, str>,
    pub date: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Cow<'a, str>>,
}

/// The most tokens of a call: far beyond any context, and far from any overflow.
const MOST: u64 = 1_000_000_000_000;

/// A call to be priced: which model, where, in which tier, and its disjoint counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Billed<'a> {
    /// The id as the record has it; an ARN that ends in an id is one, too, and says its region.
    pub model: &'a str,
    /// The region and the door, as far as the record says.
    pub place: Place<'a>,
    pub tier: Tier,
    pub tokens: CallTokens,
    /// Tokens of one call's prompt, which thresholds are compared with, where `tokens` are sums of many calls;
    /// all of these must be on the same side of every threshold. `None` for a single call.
    pub prompt_tokens: Option<u64>,
}

impl Catalog {
    /// Prices a record. A model that the catalog does not have is unknown, not an error: `total_usd` is `None`
    /// then, `known_usd` the part that is known.
    ///
    /// ```
    /// use rehearsal::catalog::{Catalog, Place, Tier};
    /// use rehearsal::cost::{Billed, CallTokens};
    ///
    /// let tokens = CallTokens { input: 1000, output: 20, ..CallTokens::default() };
    /// let model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
    /// let billed = Billed { model, place: Place::default(), tier: Tier::Standard, tokens, prompt_tokens: None };
    /// assert_eq!(Catalog::full().price(billed).known_usd.dollars(), 0.0011);
    /// ```
    pub fn price<'a>(&'a self, billed: Billed<'a>) -> PricedCall<'a> {
        match self.get(billed.model) {
            Some(model) => {
                let region = billed.place.region.or(arn_region(billed.model));
                let billed = Billed { place: Place { region, ..billed.place }, ..billed };
                PricedCall::by_row(model, &model.at(billed.place), billed)
            }
            None => {
                let parts = price_tokens(&Prices::default(), billed.tokens, billed.tier, 0);
                let row = PriceRow {
                    id: Cow::Borrowed(billed.model),
                    source: Cow::Borrowed("not in the catalog"),
                    date: Cow::Borrowed(""),
                    region: None,
                    door: Door::Runtime,
                    above_tokens: 0,
                };
                PricedCall::new(parts, row, None, Vec::new())
            }
        }
    }
}

impl<'a> PricedCall<'a> {
    fn new(parts: CallCost, row: PriceRow<'a>, other: Option<OtherSource<'a>>, notes: Vec<String>) -> Self {
        PricedCall {
            total_usd: parts.total(),
            known_usd: parts.known(),
            unknown: parts.unknown(),
            parts,
            row,
            sources_differ: other,
            notes,
        }
    }

    fn by_row(model: &'a Model, chosen: &Chosen<'a>, billed: Billed<'a>) -> Self {
        let prices = chosen.prices;
        let prompt = billed.prompt_tokens.unwrap_or(billed.tokens.prompt());
        let level = prices.level(prompt);
        let parts = price_tokens(prices, billed.tokens, billed.tier, level);
        let other = chosen.other.and_then(|offer| OtherSource::of(offer, billed, prompt, parts.total()));
        let mut notes = Vec::new();
        let asked = billed.place.region.is_some() || billed.place.door.is_some();
        if asked {
            notes.push(chosen.explain(billed.place));
        }
        let written = billed.tokens.cache_write_5m.saturating_add(billed.tokens.cache_write_1h);
        if written > 0 && prices.writes_as_input() {
            notes.push(
                "cache writes have no price of their own and are billed as input, as LiteLLM and genai-prices do"
                    .to_string(),
            );
        }
        let row = PriceRow {
            id: Cow::Borrowed(&model.id),
            source: Cow::Borrowed(chosen.source),
            date: Cow::Borrowed(chosen.date),
            region: chosen.region.map(Cow::Borrowed),
            door: chosen.door,
            above_tokens: level.checked_sub(1).and_then(|at| prices.thresholds().get(at)).map_or(0, |t| t.above_tokens),
        };
        PricedCall::new(parts, row, other, notes)
    }

    /// Prices one call at no place in particular.
    ///
    /// # Errors
    /// A tier that is none, counts that no call has.
    pub fn of(catalog: &'a Catalog, model: &'a str, tokens: CallTokens, tier: Option<&str>) -> Result<Self, String> {
        PricedCall::placed(catalog, model, tokens, tier, None, None)
    }

    /// Prices one call, everything by its name.
    ///
    /// # Errors
    /// A tier, a region or a door that is none, counts that no call has.
    pub fn placed(
        catalog: &'a Catalog,
        model: &'a str,
        tokens: CallTokens,
        tier: Option<&str>,
        region: Option<&'a str>,
        door: Option<&str>,
    ) -> Result<Self, String> {
        let reserved = tier == Some("reserved");
        let tier = match tier {
            None => Tier::Standard,
            Some(name) => Tier::from_key(name).ok_or_else(|| {
                format!("there is no tier `{}`; choose {}", clipped(name, 80), either(&Tier::ALL.map(Tier::key)))
            })?,
        };
        let door = match door {
            None => None,
            Some(name) => Some(Door::from_key(name).ok_or_else(|| {
                format!(
                    "there is no door `{}` with prices of its own; choose {}",
                    clipped(name, 80),
                    either(&Door::ALL.map(Door::key))
                )
            })?),
        };
        if let Some(region) = region.filter(|region| !crate::catalog::is_region(region)) {
            return Err(format!("`{}` is no region; expected one such as `ap-northeast-1`", clipped(region, 80)));
        }
        let counts = [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h];
        if counts.iter().any(|count| *count > MOST) {
            return Err(format!("no call has more than {MOST} tokens; check the counts"));
        }
        let place = Place { region, door };
        let mut priced = catalog.price(Billed { model, place, tier, tokens, prompt_tokens: None });
        if reserved {
            priced.notes.push(
                "reserved capacity is paid by commitment, for which there is no price here; this is the standard price"
                    .to_string(),
            );
        }
        Ok(priced)
    }
}

impl<'a> OtherSource<'a> {
    /// The same call by this row, where that is another amount.
    fn of(offer: &'a Offer, billed: Billed<'_>, prompt: u64, ours: Option<Usd>) -> Option<Self> {
        let level = offer.prices.level(prompt);
        let total_usd = price_tokens(&offer.prices, billed.tokens, billed.tier, level).total();
        (total_usd.is_some() && total_usd != ours).then_some(OtherSource {
            total_usd,
            source: Cow::Borrowed(&offer.source),
            date: Cow::Borrowed(&offer.date),
            region: offer.region.as_deref().map(Cow::Borrowed),
        })
    }
}

impl Chosen<'_> {
    /// Which row was chosen for a place, in a sentence.
    pub fn explain(&self, place: Place<'_>) -> String {
        let door = if self.door == Door::Mantle { ", by the mantle door" } else { "" };
        match self.region {
            Some(IN_REGION) => format!("priced as a call in the model's own region{door}, by {}", self.source),
            Some(region) => format!("priced by the row of {region}{door}"),
            None if self.fell_back => {
                let region = place.region.unwrap_or_default();
                let asked = place.door.map_or(String::new(), |door| format!("the {} door", door.key()));
                let and = if region.is_empty() || asked.is_empty() { "" } else { " by " };
                format!("no price is listed for {region}{and}{asked}; the list's general row is taken")
            }
            None => format!("priced by the list's general row{door}"),
        }
    }
}

/// `a, b or c`.
fn either(names: &[&str]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call is priced where it was made: by its place, or else by its ARN.
    #[test]
    fn a_call_has_the_price_of_its_region() {
        let id = "anthropic.claude-instant-v1";
        let arn = format!("arn:aws:bedrock:ap-northeast-1::foundation-model/{id}");
        let usd = |model: &str, region| {
            let tokens = CallTokens { input: 1_000_000, ..CallTokens::default() };
            let place = Place::in_region(region);
            let billed = Billed { model, place, tier: Tier::Standard, tokens, prompt_tokens: None };
            Catalog::full().price(billed).known_usd.dollars()
        };
        assert_eq!((usd(id, None), usd(id, Some("ap-northeast-1"))), (0.8, 2.23));
        assert_eq!((usd(&arn, None), usd(&arn, Some("us-east-1"))), (2.23, 0.8));
    }
}
