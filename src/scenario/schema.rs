//! The scenario's form as JSON Schema, for editors and checks.

use serde_json::{Map, Value, json};

use crate::catalog::{Tier, TokenKind};

use super::form::{FieldForm, Form, Objects};
use super::{MAX_EMPIRICAL, Scenario};

impl Scenario {
    /// Every field that a document may have, object by object, in the order of the document.
    ///
    /// ```
    /// use rehearsal::scenario::Scenario;
    ///
    /// let objects = Scenario::form();
    /// let (_, capacity) = objects.iter().find(|(name, _)| *name == "Capacity").unwrap();
    /// let rpm = capacity.iter().find(|field| field.name == "rpm").unwrap();
    /// assert_eq!((rpm.limits.least, rpm.limits.most), (1.0, 1e12));
    /// ```
    pub fn form() -> Objects {
        let mut objects = Objects::default();
        objects.refer("Scenario", Scenario::fields);
        objects
    }

    /// The JSON Schema of the document. Everything absent has its default; a number may be `[low, high]`.
    pub fn schema() -> Value {
        let objects = Scenario::form();
        let mut defs: Map<String, Value> =
            objects.iter().map(|(name, fields)| (name.to_string(), object(fields))).collect();
        let alone = defs["Stage"]["properties"].clone();
        if let (Some(Value::Object(group)), Value::Object(stage)) = (defs["StageGroup"].get_mut("properties"), alone) {
            group.extend(stage);
        }
        defs["QueryType"]["properties"]["region"] = json!({
            "type": ["string", "null"],
            "description": "The AWS region that its models are called in: their ARNs in other words.",
        });
        defs.insert("Distribution".to_string(), distribution());
        let (prices, threshold) = own_prices();
        defs.insert("OwnPrices".to_string(), prices);
        defs.insert("Threshold".to_string(), threshold);
        let mut root = defs.remove("Scenario").unwrap_or_default();
        root["properties"]["$schema"] = json!({"type": "string"});
        let head = [
            ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
            ("title", json!("A scenario of Rehearsal")),
            (
                "description",
                json!(
                    "What `estimate`, `simulate`, `quota`, `check`, the page, its links and the package read. Everything absent has its default, so that `{}` is the original's chatbot."
                ),
            ),
        ];
        let mut schema: Map<String, Value> = head.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
        if let Value::Object(root) = root {
            schema.extend(root);
        }
        schema.insert("$defs".to_string(), Value::Object(defs));
        Value::Object(schema)
    }
}

/// An object of these fields and no others.
fn object(fields: &[FieldForm]) -> Value {
    let mut properties = Map::new();
    for field in fields.iter().filter(|field| !field.schema.is_null()) {
        let mut schema = if field.limits.required { field.schema.clone() } else { nullable(field.schema.clone()) };
        schema["description"] = json!(field.about);
        // A default that is an object says itself in its own fields.
        let says_itself = field.default.is_null() || field.default.is_array() || field.default.is_object();
        if !(field.limits.required || says_itself) {
            schema["default"] = field.default.clone();
        }
        properties.insert(field.name.to_string(), schema);
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.limits.required).map(|field| field.name).collect();
    let mut object = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// `null` is the same as absent.
fn nullable(mut schema: Value) -> Value {
    if let Some(kind) = schema.get_mut("type") {
        match kind {
            Value::Array(kinds) => kinds.push(json!("null")),
            kind => *kind = json!([kind.clone(), "null"]),
        }
        return schema;
    }
    for list in ["enum", "anyOf"] {
        if let Some(Value::Array(items)) = schema.get_mut(list) {
            items.push(if list == "enum" { Value::Null } else { json!({"type": "null"}) });
            return schema;
        }
    }
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// How a quantity varies from message to message, as an object.
fn distribution() -> Value {
    let number =
        json!({"type": ["number", "array"], "minimum": 0, "items": {"type": "number"}, "minItems": 2, "maxItems": 2});
    let named = |names: &[&str], schema: &Value| -> Map<String, Value> {
        names.iter().map(|name| (name.to_string(), schema.clone())).collect()
    };
    let mut around = named(&["mean", "mean_ms", "mean_tokens", "value", "value_ms"], &number);
    around.extend(named(&["sd", "sd_ms", "sd_tokens"], &number));
    around.insert(
        "kind".to_string(),
        json!({
            "enum": ["constant", "exponential", "lognormal", "gamma", "normal", "simple"],
            "description": "`simple` is the original's max(50, N(mean, sd)) milliseconds.",
        }),
    );
    let values = json!({"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": MAX_EMPIRICAL});
    let mut drawn = named(&["values", "values_ms", "samples"], &values);
    drawn.insert("kind".to_string(), json!({"const": "empirical"}));
    let one_of = |names: &[&str]| -> Vec<Value> { names.iter().map(|name| json!({"required": [name]})).collect() };
    json!({
        "description": "How a quantity varies from message to message.",
        "type": "object",
        "required": ["kind"],
        "anyOf": [
            {
                "properties": around,
                "additionalProperties": false,
                "anyOf": one_of(&["mean", "mean_ms", "mean_tokens", "value", "value_ms"]),
            },
            {
                "properties": drawn,
                "additionalProperties": false,
                "anyOf": one_of(&["values", "values_ms", "samples"]),
            },
        ],
    })
}

/// A team's prices of a model: every kind that the catalog has; and those above a number of input tokens.
fn own_prices() -> (Value, Value) {
    let price = json!({"type": ["number", "null"], "minimum": 0, "maximum": 1e6});
    let prices = || -> Map<String, Value> {
        TokenKind::ALL.map(|token| (token.key().to_string(), price.clone())).into_iter().collect()
    };
    let list = || -> Map<String, Value> {
        let mut list = prices();
        for tier in Tier::ALL.into_iter().filter(|tier| *tier != Tier::Standard) {
            let own = json!({"type": ["object", "null"], "additionalProperties": false, "properties": prices()});
            list.insert(tier.key().to_string(), own);
        }
        list
    };
    let mut above = list();
    above.insert("above_tokens".to_string(), json!({"type": "integer", "minimum": 0}));
    let threshold = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["above_tokens", TokenKind::Input.key(), TokenKind::Output.key()],
        "properties": above,
    });
    let mut properties = list();
    for (name, schema) in [
        ("name", json!({"type": ["string", "null"], "description": "What people call the model."})),
        (
            "long_context",
            json!({
                "anyOf": [
                    {"$ref": "#/$defs/Threshold"},
                    {"type": "array", "items": {"$ref": "#/$defs/Threshold"}},
                    {"type": "null"},
                ],
                "description": "Prices of calls with more input tokens than a threshold, or than each of several.",
            }),
        ),
        (
            "min_cache_tokens",
            json!({"type": ["integer", "null"], "minimum": 0, "description": "The smallest prefix that is cached, in tokens."}),
        ),
        (
            "source",
            json!({"type": ["string", "null"], "description": "Where the prices come from: a contract, a page."}),
        ),
        ("date", json!({"type": ["string", "null"], "description": "The day they were agreed or read, `YYYY-MM-DD`."})),
    ] {
        properties.insert(name.to_string(), schema);
    }
    let prices = json!({
        "description": "US dollars per million tokens; what is absent is the catalog's.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    (prices, threshold)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::scenario::{Preset, Scenario};

    /// A value just outside of a field's range, and what stands there when it is inside.
    fn with(path: &[&str], value: Value) -> Value {
        path.iter().rev().fold(value, |inner, name| match name.strip_suffix("[]") {
            Some(list) => json!({ list: [inner] }),
            None => json!({ *name: inner }),
        })
    }

    /// What the table says of a number is what the reader holds it to.
    #[test]
    fn every_range_of_the_form_is_the_readers() {
        let objects = Scenario::form();
        let places: [(&str, &[&str]); 10] = [
            ("Scenario", &[]),
            ("Traffic", &["traffic"]),
            ("Capacity", &["capacity"]),
            ("Retry", &["retry"]),
            ("Faults", &["faults"]),
            ("Billing", &["billing"]),
            ("ModelProfile", &["models", "acme.model"]),
            ("Fargate", &["infrastructure", "fargate"]),
            ("Guardrails", &["infrastructure", "guardrails"]),
            ("Embeddings", &["infrastructure", "embeddings"]),
        ];
        let mut held = 0;
        for (name, place) in places {
            let (_, fields) = objects.iter().find(|(object, _)| *object == name).unwrap();
            for field in fields.iter().filter(|field| field.limits.most.is_finite() && field.name != "curve") {
                let path = [place, &[field.name]].concat();
                let step = if field.limits.whole || field.schema["type"] == "integer" { 1.0 } else { 0.0005 };
                for (value, good) in [
                    (field.limits.least, true),
                    (field.limits.most, true),
                    (field.limits.least - step, false),
                    (field.limits.most * 2.0 + 1.0, false),
                ] {
                    if !good && value < 0.0 && field.schema["type"] == "integer" {
                        continue;
                    }
                    let whole = field.schema["type"] == "integer";
                    let value = if whole { json!(value as u64) } else { json!(value) };
                    let document = with(&path, value.clone());
                    let said = Scenario::of(&document).err().map(|problems| problems.to_string()).unwrap_or_default();
                    let dotted = path.join(".");
                    assert_eq!(!said.contains(&format!("{dotted}: ")), good, "{dotted} = {value}: {said}");
                    held += 1;
                }
            }
        }
        assert!(held > 100, "{held}");
    }

    /// Every key that a scenario is written with is in the form, and has the form's default where it is absent.
    #[test]
    fn what_is_written_is_in_the_schema() {
        let schema = Scenario::schema();
        fn walk(schema: &Value, root: &Value, value: &Value, path: &str) {
            let place = match schema.get("$ref").and_then(Value::as_str) {
                Some(at) => root.pointer(at.trim_start_matches('#')).unwrap_or_else(|| panic!("{at}")),
                None => schema,
            };
            if let Some(any) = place.get("anyOf").and_then(Value::as_array)
                && place.get("properties").is_none()
            {
                let object = any.iter().find(|one| one.get("$ref").is_some() || one["type"] == "object");
                if let (Some(object), true) = (object, value.is_object()) {
                    walk(object, root, value, path);
                }
                return;
            }
            match value {
                Value::Object(map) => {
                    for (key, inner) in map {
                        let known = place["properties"]
                            .get(key)
                            .or_else(|| place.get("additionalProperties").filter(|additional| additional.is_object()));
                        let known = known.unwrap_or_else(|| panic!("{path}.{key} is not in the schema"));
                        walk(known, root, inner, &format!("{path}.{key}"));
                    }
                }
                Value::Array(items) => {
                    for item in items {
                        walk(&place["items"], root, item, path);
                    }
                }
                _ => {}
            }
        }
        for preset in Preset::ALL {
            walk(&schema, &schema, &preset.scenario().to_document(), "");
        }
        assert_eq!(schema["properties"]["daily_messages"]["default"], 1e6);
        assert_eq!(schema["$defs"]["QueryType"]["required"], json!(["name", "share_pct"]));
    }
}
