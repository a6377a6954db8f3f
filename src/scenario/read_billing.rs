//! From JSON to what a scenario says about money.

use serde_json::{Value, json};

use crate::catalog::OwnPrices;
use crate::document::Fields;

use super::form::{Limits, Object, Objects, Part};

impl Object for OwnPrices {
    fn of(fields: &Fields<'_>) -> Self {
        OwnPrices::read(fields)
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
