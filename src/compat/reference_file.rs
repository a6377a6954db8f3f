use serde_json::{Map, Value, json};

use crate::document::python::float_of;
use crate::hash::{messages_hash, prompt_hash};

use super::cost::{CompatError, QueryProfile, estimate_daily_cost};
use super::mock::{EchoClient, stream_word_chunks};
use super::{call_cost_usd, describe_by_index, estimate_tokens_len4, naive_regression};

/// Reads a file of the original's results and returns it with every expected value recomputed.
///
/// A case is `[input…, expected]` or an object with an `expect`; sections this release does not
/// know stay as they are and are named in the second result.
///
/// # Errors
/// The place of the first case whose input is not of its section's form.
pub fn recompute(file: &Value) -> Result<(Value, Vec<String>), CompatError> {
    let sections = file.as_object().ok_or_else(|| malformed("the file", "an object of sections"))?;
    let mut out = Map::new();
    let mut unknown = Vec::new();
    for (name, section) in sections {
        let Some(rule) = rule_of(name) else {
            if name != "about" {
                unknown.push(name.clone());
            }
            out.insert(name.clone(), section.clone());
            continue;
        };
        let cases = section.as_array().ok_or_else(|| malformed(name, "a list of cases"))?;
        let recomputed: Result<Vec<_>, _> = cases
            .iter()
            .enumerate()
            .map(|(index, case)| recompute_case(case, rule).map_err(|error| at(&format!("{name}[{index}]"), error)))
            .collect();
        out.insert(name.clone(), Value::Array(recomputed?));
    }
    Ok((Value::Object(out), unknown))
}

/// Computes the expected value of a case.
type Rule = fn(&Value) -> Result<Value, CompatError>;

fn rule_of(section: &str) -> Option<Rule> {
    Some(match section {
        "prompt_hash" => |case| Ok(json!(prompt_hash(text(case, 0)?))),
        "messages_hash" => |case| Ok(json!(messages_hash(&case[0]))),
        "estimate_tokens_len4" => |case| Ok(json!(estimate_tokens_len4(text(case, 0)?))),
        "stream_word_chunks" => |case| Ok(json!(stream_word_chunks(text(case, 0)?))),
        "call_cost_usd" => {
            |case| Ok(json!(call_cost_usd(text(case, 0)?, count(&case[1], "[1]")?, count(&case[2], "[2]")?)))
        }
        "estimate_daily_cost" => daily_cost,
        "descriptive_index_rule" => describe,
        "invoke_echo" => invoke_echo,
        "usage_report" => usage_report,
        "naive_regression" => regression,
        _ => return None,
    })
}

fn recompute_case(case: &Value, rule: Rule) -> Result<Value, CompatError> {
    let expected = rule(case)?;
    let mut case = case.clone();
    match &mut case {
        Value::Array(parts) if parts.len() >= 2 => {
            parts.pop();
            parts.push(expected);
        }
        Value::Object(fields) => {
            // Report only what the case asked for: the original also measured times. Who names nothing gets all.
            let expected = match (fields.get("expect").and_then(Value::as_object), expected) {
                (Some(asked), Value::Object(mut computed)) if !asked.is_empty() => {
                    computed.retain(|key, _| asked.contains_key(key));
                    Value::Object(computed)
                }
                (_, computed) => computed,
            };
            fields.insert("expect".to_string(), expected);
        }
        _ => return Err(malformed("", "[input, expected] or an object")),
    }
    Ok(case)
}

fn daily_cost(case: &Value) -> Result<Value, CompatError> {
    let rows = case["mix"].as_array().ok_or_else(|| malformed("mix", "a list of rows"))?;
    let mix: Result<Vec<_>, CompatError> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let place = |column: usize| format!("mix[{index}][{column}]");
            Ok(QueryProfile {
                name: string(&row[0], &place(0))?.to_string(),
                share_pct: float(&row[1], &place(1))?,
                avg_input_tokens: count(&row[2], &place(2))?,
                avg_output_tokens: count(&row[3], &place(3))?,
                preferred_model: string(&row[4], &place(4))?.to_string(),
                cache_hit_rate: float(&row[5], &place(5))?,
            })
        })
        .collect();
    let estimate = estimate_daily_cost(count(&case["daily_messages"], "daily_messages")?, &mix?)?;
    serde_json::to_value(estimate).map_err(|error| CompatError::Input(error.to_string()))
}

fn describe(case: &Value) -> Result<Value, CompatError> {
    let samples = case["samples"].as_array().ok_or_else(|| malformed("samples", "a list of numbers"))?;
    let samples: Result<Vec<_>, _> =
        samples.iter().enumerate().map(|(index, value)| float(value, &format!("samples[{index}]"))).collect();
    describe_by_index(&samples?).ok_or_else(|| malformed("samples", "at least one number"))
}

fn invoke_echo(case: &Value) -> Result<Value, CompatError> {
    let asked = if case["messages"].is_null() { &case["prompt"] } else { &case["messages"] };
    let result = EchoClient::default().invoke(case["model"].as_str(), asked, case["system"].as_str(), 0.0);
    let result = result.map_err(|error| CompatError::Input(error.to_string()))?;
    serde_json::to_value(result).map_err(|error| CompatError::Input(error.to_string()))
}

fn usage_report(case: &Value) -> Result<Value, CompatError> {
    let calls = case["calls"].as_array().ok_or_else(|| malformed("calls", "a list of [model, messages]"))?;
    let mut client = EchoClient::default();
    for (index, call) in calls.iter().enumerate() {
        let model = string(&call[0], &format!("calls[{index}][0]"))?;
        client.invoke(Some(model), &call[1], None, 0.0).map_err(|error| CompatError::Input(error.to_string()))?;
    }
    Ok(client.usage_report())
}

fn regression(case: &Value) -> Result<Value, CompatError> {
    let baseline = float(&case["baseline_p95_ms"], "baseline_p95_ms")?;
    let current = float(&case["current_p95_ms"], "current_p95_ms")?;
    let threshold = match &case["threshold_pct"] {
        Value::Null => 10.0,
        given => float(given, "threshold_pct")?,
    };
    let (status, pct) = naive_regression(baseline, current, threshold)
        .ok_or_else(|| malformed("baseline_p95_ms", "a number other than 0"))?;
    Ok(json!({"status": status, "regression_pct": pct}))
}

fn text(case: &Value, index: usize) -> Result<&str, CompatError> {
    string(&case[index], &format!("[{index}]"))
}

fn string<'a>(value: &'a Value, place: &str) -> Result<&'a str, CompatError> {
    value.as_str().ok_or_else(|| malformed(place, "a string"))
}

fn float(value: &Value, place: &str) -> Result<f64, CompatError> {
    float_of(value).ok_or_else(|| malformed(place, "a number"))
}

fn count(value: &Value, place: &str) -> Result<u64, CompatError> {
    value.as_u64().ok_or_else(|| malformed(place, "a whole number from 0 to 18446744073709551615"))
}

fn malformed(place: &str, expected: &str) -> CompatError {
    let place = if place.is_empty() { "it" } else { place };
    CompatError::Input(format!("{place} should be {expected}"))
}

fn at(place: &str, error: CompatError) -> CompatError {
    CompatError::Input(format!("{place}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../tests/vectors/seed_reference.json")).unwrap()
    }

    #[test]
    fn the_originals_results_are_reproduced_to_the_bit() {
        let vectors = vectors();
        let (recomputed, unknown) = recompute(&vectors).unwrap();
        assert_eq!(unknown, Vec::<String>::new());
        for (section, cases) in vectors.as_object().unwrap() {
            assert_eq!(&recomputed[section], cases, "{section}");
        }
    }

    /// Integers beyond 64 bits come marked, so that none loses a digit: as numbers they are read as ever.
    #[test]
    fn a_number_of_any_length_is_one() {
        let read = |text: &str| {
            let file: Value = serde_json::from_str(&crate::document::python::integers_kept(text)).unwrap();
            recompute(&file)
        };
        let (out, _) =
            read(r#"{"descriptive_index_rule": [{"samples": [100000000000000000000, 1, 2], "expect": {}}]}"#).unwrap();
        assert_eq!(out["descriptive_index_rule"][0]["expect"]["max_ms"], 1e20);
        let long = r#"{"naive_regression": [{"baseline_p95_ms": 100000000000000000000, "current_p95_ms": 100000000000000000000, "threshold_pct": 100000000000000000000, "expect": {}}]}"#;
        assert_eq!(read(long).unwrap().0["naive_regression"][0]["expect"]["status"], "pass");
        // A count of tokens does not become another one in silence.
        let count = r#"{"call_cost_usd": [["haiku", 100000000000000000000, 1, 0]]}"#;
        assert_eq!(
            read(count).unwrap_err().to_string(),
            "call_cost_usd[0]: [1] should be a whole number from 0 to 18446744073709551615"
        );
    }

    #[test]
    fn a_wrong_input_is_named() {
        let check = |file: Value, expected: &str| assert_eq!(recompute(&file).unwrap_err().to_string(), expected);
        check(json!([]), "the file should be an object of sections");
        check(json!({"prompt_hash": [[1, ""]]}), "prompt_hash[0]: [0] should be a string");
        check(
            json!({"estimate_daily_cost": [{"daily_messages": 10, "mix": [["a", 1, 2, 3, "opus", 0]]}]}),
            "estimate_daily_cost[0]: the original prices only `haiku` and `sonnet`, not `opus`",
        );
        check(
            json!({"estimate_daily_cost": [{"daily_messages": 0, "mix": []}]}),
            "estimate_daily_cost[0]: the original divides by daily_messages, so it must not be 0",
        );
    }
}
