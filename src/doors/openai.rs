//! What Chat Completions and Responses have in common: the form of errors, checks, stream ends.

use serde_json::{Map, Value, json};

use crate::bedrock::{Answer, Block, Exception, Identity, StopReason};

use super::errors::openai_code;
use super::{Host, json};

/// An error in OpenAI's form: `{"error":{"code","message","param","type"}}`.
pub fn refuse(exception: &Exception, host: Host) -> Vec<u8> {
    let mut out = String::with_capacity(160 + exception.message.len());
    error_object(&mut out, exception, host);
    format!("{{\"error\":{out}}}").into_bytes()
}

/// The inner object of an error.
pub fn error_object(out: &mut String, exception: &Exception, host: Host) {
    let (code, kind) = openai_code(exception, host);
    let own = |name: &str| exception.fields.as_ref().and_then(|fields| fields.get(name)).cloned();
    out.push_str("{\"code\":");
    json::value(out, own("code").unwrap_or_else(|| json!(code)));
    out.push_str(",\"message\":");
    json::text(out, &exception.message);
    out.push_str(",\"param\":");
    json::value(out, own("param").unwrap_or(Value::Null));
    out.push_str(",\"type\":");
    json::value(out, own("type").unwrap_or_else(|| json!(kind)));
    out.push('}');
}

/// A refusal with a code, and the parameter it is about.
pub fn refused(code: &str, param: &str, message: impl Into<String>) -> Exception {
    let mut fields = Map::new();
    fields.insert("code".to_string(), json!(code));
    fields.insert("param".to_string(), json!(param));
    Exception { fields: Some(Box::new(fields)), ..Exception::validation(message) }
}

/// A parameter that must be there and is not.
pub fn missing(param: &str) -> Exception {
    refused("missing_required_parameter", param, format!("Missing required parameter: '{param}'."))
}

/// A prompt beyond the model's window.
///
/// # Source
/// Recorded of GPT-5.6 on mantle in September 2026; of Chat Completions and of the runtime no record is known.
pub fn too_long() -> Exception {
    let message = "Your input exceeds the context window of this model. Please adjust your input and try again.";
    refused("context_length_exceeded", "input", message)
}

/// A value of the wrong type, with its path.
pub fn wrong_type(path: &str, expected: &str, found: &Value) -> Exception {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    refused("invalid_type", path, format!("Invalid type for '{path}': expected {expected}, but got {found} instead."))
}

/// A body that is no JSON object.
pub fn body_of(body: &Result<Value, String>) -> Result<&Value, Exception> {
    match body {
        Ok(body) if body.is_object() => Ok(body),
        Ok(_) => Err(deserialize("expected an object")),
        Err(error) => Err(deserialize(error)),
    }
}

fn deserialize(what: &str) -> Exception {
    Exception::validation(format!("Failed to deserialize the JSON body into the target type: {what}"))
}

/// A text that must be there.
pub fn text_at<'a>(value: &'a Value, path: &str) -> Result<&'a str, Exception> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Err(missing(path)),
        other => Err(wrong_type(path, "a string", other)),
    }
}

/// A whole number that a parameter must be, if it is given: from the least on, and up to the most that is known.
pub fn count(body: &Value, name: &str, least: u64, most: Option<u64>) -> Result<Option<u64>, Exception> {
    let outside = |code: &str, which: &str, sign: &str, bound: u64, got: &Value| {
        let message =
            format!("Invalid '{name}': integer {which} value. Expected a value {sign} {bound}, but got {got} instead.");
        Err(refused(code, name, message))
    };
    match &body[name] {
        Value::Null => Ok(None),
        value => match (value.as_u64(), most) {
            (Some(count), Some(most)) if count > most => {
                outside("integer_above_max_value", "above maximum", "<=", most, value)
            }
            (Some(count), _) if count >= least => Ok(Some(count)),
            (Some(_), _) => outside("integer_below_min_value", "below minimum", ">=", least, value),
            (None, _) if value.is_i64() => outside("integer_below_min_value", "below minimum", ">=", least, value),
            (None, _) => Err(wrong_type(name, "an integer", value)),
        },
    }
}

/// A number within bounds.
pub fn within(path: &str, value: &Value, least: f64, most: f64) -> Result<(), Exception> {
    let number = value.as_f64().ok_or_else(|| wrong_type(path, "a decimal", value))?;
    let (code, which, sign, bound) = match number {
        number if number < least => ("decimal_below_min_value", "below minimum", ">=", least),
        number if number > most => ("decimal_above_max_value", "above maximum", "<=", most),
        _ => return Ok(()),
    };
    let message =
        format!("Invalid '{path}': decimal {which} value. Expected a value {sign} {bound}, but got {value} instead.");
    Err(refused(code, path, message))
}

/// Refuses a schema that strict structured output does not take: every object must close itself and
/// require all of its properties.
///
/// # Source
/// OpenAI's rules for strict schemas; that Bedrock checks them is assumed.
pub fn strict_schema(schema: &Value, name: &str, param: &str) -> Result<(), Exception> {
    let fail = |context: &[String], what: &str| {
        let context: Vec<String> = context.iter().map(|part| format!("'{part}'")).collect();
        refused(
            "invalid_json_schema",
            param,
            format!("Invalid schema for {name}: In context=({}), {what}", context.join(", ")),
        )
    };
    let mut open: Vec<(&Value, Vec<String>)> = vec![(schema, Vec::new())];
    while let Some((schema, context)) = open.pop() {
        let below = |part: &[&str]| {
            let mut context = context.clone();
            context.extend(part.iter().map(ToString::to_string));
            context
        };
        if let Some(properties) = schema["properties"].as_object() {
            if schema["additionalProperties"] != false {
                return Err(fail(&context, "'additionalProperties' is required to be supplied and to be false."));
            }
            let required = |name: &str| {
                schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
            };
            if let Some(absent) = properties.keys().find(|name| !required(name)) {
                return Err(fail(
                    &context,
                    &format!(
                        "'required' is required to be supplied and to be an array including every key in properties. Missing '{absent}'."
                    ),
                ));
            }
            open.extend(properties.iter().map(|(name, schema)| (schema, below(&["properties", name]))));
        }
        if schema["items"].is_object() {
            open.push((&schema["items"], below(&["items"])));
        }
        for name in ["anyOf", "oneOf", "allOf"] {
            let branches = schema[name].as_array().into_iter().flatten().enumerate();
            open.extend(branches.map(|(index, branch)| (branch, below(&[name, &index.to_string()]))));
        }
        for name in ["$defs", "definitions"] {
            let named = schema[name].as_object().into_iter().flatten();
            open.extend(named.map(|(key, schema)| (schema, below(&[name, key]))));
        }
    }
    Ok(())
}

/// An answer whose refusal is said: these APIs have a text for it and no members beside it.
pub fn says(mut answer: Answer) -> Answer {
    let said = |block: &Block| matches!(block, Block::Text(text) | Block::Cited { text, .. } if !text.is_empty());
    if answer.stop_reason == StopReason::Refusal && !answer.content.iter().any(said) {
        let told = answer.refusal.as_ref().and_then(|refusal| refusal.explanation.clone());
        let text = told.filter(|text| !text.is_empty()).unwrap_or_else(|| REFUSED.to_string());
        answer.content.retain(|block| !matches!(block, Block::Text(_) | Block::Cited { .. }));
        answer.content.push(Block::Text(text));
    }
    answer
}

/// What a refusal says that says nothing of itself.
const REFUSED: &str = "I'm sorry, but I can't help with that.";

/// The id a tool call has: the author's own, or the service's, which begins anew in every answer.
pub fn call_id(own: Option<&String>, number: usize) -> String {
    own.cloned().unwrap_or_else(|| format!("call_{number}"))
}

/// Whether a call has no arguments.
pub fn is_bare(input: &Value) -> bool {
    input.as_object().is_some_and(Map::is_empty)
}

/// What hides the length of a chunk.
pub fn obfuscation(identity: &Identity, chunk: usize) -> &'static str {
    identity.padding(chunk)
}

/// The last line of a stream.
pub const DONE: &[u8] = b"data: [DONE]\n\n";

/// The tools offered, each with its path: names must be there, once, and in the pattern.
pub fn tool_names<'a>(tools: impl Iterator<Item = (String, &'a Value)>) -> Result<Vec<String>, Exception> {
    let mut names: Vec<String> = Vec::new();
    for (path, tool) in tools {
        let name = text_at(&tool["name"], &format!("{path}.name"))?;
        let pattern = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || name.len() > 64 || !name.chars().all(pattern) {
            return Err(refused(
                "invalid_value",
                &format!("{path}.name"),
                format!(
                    "Invalid '{path}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
                ),
            ));
        }
        let parameters = &tool["parameters"];
        if !(parameters.is_null() || parameters.is_object()) {
            return Err(wrong_type(&format!("{path}.parameters"), "an object", parameters));
        }
        if parameters.is_object() && parameters["type"] != "object" {
            return Err(refused(
                "invalid_function_parameters",
                &format!("{path}.parameters"),
                format!("Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"'."),
            ));
        }
        if tool["strict"] == true {
            strict_schema(parameters, &format!("function '{name}'"), &format!("{path}.parameters"))?;
        }
        names.push(name.to_string());
    }
    Ok(names)
}

/// The rules of the sheet that these APIs refuse by, in whatever words: what a model cannot see or do.
pub fn heeds(rule: &str) -> bool {
    ["image_in", "document_in", "video_in", "audio_in", "tools", "tools_in_stream"].contains(&rule)
}
