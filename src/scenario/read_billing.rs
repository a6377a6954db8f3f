//! From JSON to what a scenario says about money.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::catalog::{PriceKind, PriceList, Prices, Threshold, Tier, TokenKind};
use crate::document::Fields;
use crate::money::Price;
use crate::problem::Problem;
use crate::words::{Message, Word};

use super::OwnPrices;
use super::form::{Limits, Object, Objects, Part};

/// Prices with a typo would go unpaid: what is not known is refused.
impl Object for OwnPrices {
    fn of(fields: &Fields<'_>) -> Self {
        fields.be_strict();
        own_prices(fields)
    }
}

impl Part for OwnPrices {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        fields.object(name).map(|prices| Object::of(&prices))
    }

    fn schema(_: &Limits, _: &mut Objects) -> Value {
        json!({"$ref": "#/$defs/OwnPrices"})
    }
}

/// Prices of one's own in a field, by model id.
pub fn own_price_table(fields: &Fields<'_>, name: &'static str) -> BTreeMap<String, OwnPrices> {
    fields.named(name).into_iter().map(|(id, prices)| (id, Object::of(&prices))).collect()
}

fn own_prices(fields: &Fields<'_>) -> OwnPrices {
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

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;

    #[test]
    fn a_price_with_a_typo_is_refused() {
        let check = |prices: &str, expected: &str| {
            let text = format!(r#"{{"billing":{{"prices":{{"acme.model":{prices}}}}}}}"#);
            let said = Scenario::load(&text).map(|_| String::new()).unwrap_or_else(|problems| problems.to_string());
            assert_eq!(said, expected, "{prices}");
        };
        let at = "billing.prices.acme.model";
        check(r#"{"imput":3}"#, &format!("{at}.imput: The field `imput` is not known. Did you mean `input`?"));
        check(r#"{"input":"3o"}"#, &format!("{at}.input: \"3o\" is of the wrong type. Expected a number."));
        check(r#"{"input":-3}"#, &format!("{at}.input: -3 is out of range. Expected a number from 0 to 1,000,000."));
        check(
            r#"{"long_context":{"above_tokens":200000,"input":6}}"#,
            &format!("{at}.long_context: The field `output` is missing. Add it."),
        );
        check(r#"{"input":3,"long_context":{"above_tokens":200000,"input":6,"output":22.5}}"#, "");
        check(
            r#"{"input":3,"long_context":[{"above_tokens":100000,"input":6,"output":22.5},{"above_tokens":200000,"imput":6}]}"#,
            &[
                format!("{at}.long_context[1]: The field `input` is missing. Add it."),
                format!("{at}.long_context[1]: The field `output` is missing. Add it."),
                format!("{at}.long_context[1].imput: The field `imput` is not known. Did you mean `input`?"),
            ]
            .join("\n"),
        );
        check(
            r#"{"flex":{"cache_read":0.1,"cache_raed":1}}"#,
            &format!("{at}.flex.cache_raed: The field `cache_raed` is not known. Did you mean `cache_read`?"),
        );
    }

    /// One threshold is written as it always was, several as a list.
    #[test]
    fn own_prices_are_written_as_they_are_read() {
        let check = |prices: &str| {
            let text = format!(r#"{{"billing":{{"prices":{{"acme.model":{prices}}}}}}}"#);
            let written = Scenario::load(&text).unwrap().output.to_json();
            let document: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!(document["billing"]["prices"]["acme.model"].to_string(), prices);
        };
        check(r#"{"input":3.0,"output":15.0,"long_context":{"above_tokens":200000,"input":6.0,"output":22.5}}"#);
        check(
            r#"{"input":3.0,"flex":{"input":1.5,"cache_read":0.15},"long_context":[{"above_tokens":100000,"input":4.0,"output":1.0},{"above_tokens":200000,"input":6.0,"output":22.5,"cache_read":0.6}],"min_cache_tokens":512}"#,
        );
    }
}
