//! From JSON to a scenario; every field absent has its default.

use serde_json::{Value, json};

use crate::catalog::{arn_in, is_region};
use crate::document::{Fields, Findings, wrong_type};
use crate::problem::Problem;
use crate::words::{Message, Word};

use super::check::MAX_DAILY;
use super::distribution::{Distribution, MAX_EMPIRICAL};
use super::form::{Check, Form, Limits, Object, Objects, Part, Place, choice};
use super::{Arrivals, Curve, QueryType, Range, Scenario, Stage, StageGroup, VERSION, range};

/// The scenario in a document, as far as it can be read, and everything wrong with its form.
pub(super) fn scenario(document: &Value) -> (Scenario, Vec<Problem>) {
    let findings = Findings::default();
    let mut scenario = Scenario::default();
    let ranged = range::take(document, &findings);
    let document = ranged.as_ref().map_or(document, |(document, _)| document);
    if let Some(fields) = Fields::of(document, "", &findings) {
        // What an editor completes the document by.
        fields.value("$schema");
        scenario.fill(&fields);
        if scenario.version == 1 {
            // What is read is what this version says in other words.
            scenario.version = VERSION;
            let mode = document.pointer("/retry/mode").and_then(Value::as_str);
            if matches!(mode, None | Some("standard" | "adaptive")) {
                scenario.retry.mode = scenario.retry.mode.of_version_1();
            }
        }
        // A trace brings its own rate.
        if let (Arrivals::Trace, Some(trace), None) =
            (scenario.traffic.arrivals, &scenario.traffic.trace, fields.value("daily_messages"))
        {
            scenario.daily_messages = trace.daily_messages().min(MAX_DAILY);
        }
        in_their_regions(&mut scenario);
    }
    if let Some((_, mut ranges)) = ranged {
        // A range of something that no one reads is ignored like all of it.
        let read = serde_json::to_value(&scenario).unwrap_or_default();
        ranges.retain(|range| read.pointer(&range.pointer).is_some());
        scenario.ranges = ranges;
    }
    (scenario, findings.into_problems())
}

/// A type, whose `region` is its models' ARNs in other words.
impl Object for QueryType {
    fn of(fields: &Fields<'_>) -> Self {
        let mut kind = QueryType::default();
        kind.fill(fields);
        let Some(region) = fields.text("region") else { return kind };
        if !is_region(&region) {
            let wrong = Message::new(Word::region_form).text("region", region);
            fields.findings().push(Problem::error(fields.path_of("region"), wrong, Word::region_form_hint));
            return kind;
        }
        for id in kind.models_mut().filter(|id| !id.starts_with("arn:")) {
            *id = arn_in(&region, id);
        }
        kind
    }
}

/// What stands under a bare id in `models` and in `billing.prices` holds for its ARN in a region, too.
fn in_their_regions(scenario: &mut Scenario) {
    for kind in &mut scenario.types {
        for arn in kind.models_mut().filter(|id| id.starts_with("arn:")) {
            let bare = arn.rsplit('/').next().unwrap_or_default();
            if let Some(profile) = scenario.models.get(bare).cloned() {
                scenario.models.entry(arn.clone()).or_insert(profile);
            }
            if let Some(prices) = scenario.billing.prices.get(bare).cloned() {
                scenario.billing.prices.entry(arn.clone()).or_insert(prices);
            }
        }
    }
}

/// A stage alone, or `{"parallel": [stage, …]}`.
impl Object for StageGroup {
    fn of(fields: &Fields<'_>) -> Self {
        let mut group = StageGroup::default();
        group.fill(fields);
        if fields.value("parallel").is_none() {
            group.parallel.push(Stage::of(fields));
        }
        group
    }
}

impl Part for Curve {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        match fields.value(name)? {
            Value::Array(weights) => {
                let numbers: Option<Vec<f64>> = weights.iter().map(Value::as_f64).collect();
                let hours = numbers.and_then(|numbers| <[f64; 24]>::try_from(numbers).ok());
                if hours.is_none() {
                    let given = Value::Array(weights.clone());
                    fields.findings().push(wrong_type(fields.path_of(name), &given, Word::expected_curve));
                }
                hours.map(Curve::Hours)
            }
            _ => choice(fields, name, Curve::named, &Curve::NAMES),
        }
    }

    fn check(&self, place: &Place<'_>, limits: &Limits, check: &mut Check) {
        for (hour, weight) in self.weights().iter().enumerate() {
            check.range(&place.item(hour), *weight, limits);
        }
    }

    fn schema(limits: &Limits, objects: &mut Objects) -> Value {
        let mut weight = f64::schema(limits, objects);
        weight["type"] = json!("number");
        json!({"anyOf": [
            {"enum": Curve::NAMES},
            {"type": "array", "items": {"type": "number", "minimum": weight["minimum"], "maximum": weight["maximum"]}, "minItems": 24, "maxItems": 24},
        ]})
    }
}

/// Not a field: what was given as ranges is beside them.
impl Part for Vec<Range> {
    fn read(_: &Fields<'_>, _: &'static str) -> Option<Self> {
        None
    }

    fn schema(_: &Limits, _: &mut Objects) -> Value {
        Value::Null
    }
}

impl Part for Distribution {
    fn read(fields: &Fields<'_>, name: &'static str) -> Option<Self> {
        distribution(fields, name)
    }

    fn check(&self, place: &Place<'_>, limits: &Limits, check: &mut Check) {
        for (name, value) in self.parameters() {
            if name == "value" {
                check.range(place, value, limits)
            } else {
                check.range(&place.field(name), value, limits)
            }
        }
    }

    fn schema(limits: &Limits, objects: &mut Objects) -> Value {
        let number = f64::schema(limits, objects);
        json!({"anyOf": [number, {"$ref": "#/$defs/Distribution"}]})
    }
}

/// A number, or `{"kind": …, "mean": …, "sd": …}`.
fn distribution(fields: &Fields<'_>, name: &'static str) -> Option<Distribution> {
    let value = fields.value(name)?;
    if let Some(number) = value.as_f64() {
        return Some(Distribution::Constant(number));
    }
    let path = fields.path_of(name);
    let findings = fields.findings();
    if !value.is_object() {
        findings.push(wrong_type(path, value, Word::expected_distribution));
        return None;
    }
    let shape = Fields::of(value, path, findings)?;
    let number = |names: &[&'static str]| {
        let value = shape.any(names)?;
        let number = value.as_f64();
        if number.is_none() {
            findings.push(wrong_type(shape.path_of(names[0]), value, Word::expected_number));
        }
        number
    };
    let kind = shape.required("kind", shape.text("kind"))?;
    let mean = number(&["mean", "mean_ms", "mean_tokens", "value", "value_ms"]);
    let sd = number(&["sd", "sd_ms", "sd_tokens"]).unwrap_or(0.0);
    let values = shape.any(&["values", "values_ms", "samples"]);
    if kind == "empirical" {
        let numbers: Option<Vec<f64>> = values.and_then(Value::as_array)?.iter().map(Value::as_f64).collect();
        return match numbers.filter(|numbers| (1..=MAX_EMPIRICAL).contains(&numbers.len())) {
            Some(numbers) => Some(Distribution::empirical(numbers)),
            None => {
                let most = Message::new(Word::expected_values).number("most", MAX_EMPIRICAL as f64);
                findings.push(Problem::error(shape.path_of("values"), Word::values_wrong, most));
                None
            }
        };
    }
    let mean = shape.required("mean", mean)?;
    Some(match kind.as_str() {
        "constant" => Distribution::Constant(mean),
        "exponential" => Distribution::Exponential { mean },
        "lognormal" => Distribution::LogNormal { mean, sd },
        "gamma" => Distribution::Gamma { mean, sd },
        "normal" => Distribution::Normal { mean, sd },
        "simple" => Distribution::Simple { mean, sd },
        _ => {
            let what = Message::new(Word::kind_unknown).text("kind", kind);
            findings.push(Problem::error(shape.path_of("kind"), what, Word::kind_unknown_hint));
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::English;

    fn tokens(json: &str) -> Result<Distribution, String> {
        let document = crate::document::parse(&format!(r#"{{"input_tokens": {json}}}"#)).unwrap();
        let findings = Findings::default();
        let read = {
            let fields = Fields::of(&document, "types[0]", &findings).unwrap();
            distribution(&fields, "input_tokens")
        };
        let problems: Vec<_> = findings.into_problems().iter().map(|problem| problem.say(&English)).collect();
        if problems.is_empty() { Ok(read.unwrap()) } else { Err(problems.join("\n")) }
    }

    #[test]
    fn distributions_are_read() {
        let check = |json, expected| assert_eq!(tokens(json), Ok(expected), "{json}");
        check("120", Distribution::Constant(120.0));
        check(r#"{"kind":"constant","value":5}"#, Distribution::Constant(5.0));
        check(r#"{"kind":"simple","mean_ms":350,"sd_ms":100}"#, Distribution::Simple { mean: 350.0, sd: 100.0 });
        check(r#"{"kind":"empirical","values":[3,1,2]}"#, Distribution::Empirical(vec![1.0, 2.0, 3.0]));
    }

    #[test]
    fn what_is_wrong_with_a_distribution_is_said() {
        let check = |json, expected: &str| assert_eq!(tokens(json).unwrap_err(), expected);
        check(r#"{"kind":"gamma"}"#, "types[0].input_tokens: The field `mean` is missing. Add it.");
        check(
            r#"{"kind":"gama","mean":1}"#,
            "types[0].input_tokens.kind: There is no distribution called “gama”. Choose constant, exponential, lognormal, gamma, normal, simple or empirical.",
        );
        check(
            r#"{"kind":"gamma","mean":1,"ds":2}"#,
            "types[0].input_tokens.ds: The field `ds` is not known and was ignored. Did you mean `sd`?",
        );
        check(
            r#""fast""#,
            "types[0].input_tokens: \"fast\" is of the wrong type. Expected a number, or {\"kind\": …, \"mean\": …, \"sd\": …}.",
        );
        check(
            r#"{"kind":"empirical","values":["x"]}"#,
            "types[0].input_tokens.values: These are not the values of a distribution. Expected a list of 1 to 200,000 numbers.",
        );
    }
}
