//! What a body says beside its conversation: limits, sampling, labels, tools.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::bedrock::exception::Exception;
use crate::bedrock::rules::ModelRules;

use super::members::{member, only};

/// Limits of the service model, then those of the model.
pub fn inference(
    config: Option<&Map<String, Value>>,
    fields: &Map<String, Value>,
    rules: &ModelRules,
) -> Result<(Option<u64>, Vec<String>), Exception> {
    let Some(config) = config else { return Ok((None, Vec::new())) };
    let constraint = |value: &Value, name: &str, rule: &str| {
        Exception::validation(format!(
            "1 validation error detected: Value '{value}' at 'inferenceConfig.{name}' failed to satisfy constraint: Member must {rule}"
        ))
    };
    let max_tokens = match config.get("maxTokens") {
        None => None,
        Some(value) => match value.as_u64() {
            Some(tokens) if tokens >= 1 => Some(tokens),
            _ => return Err(constraint(value, "maxTokens", "have value greater than or equal to 1")),
        },
    };
    if let Some((_, most)) = max_tokens.zip(rules.max_output_tokens).filter(|(asked, most)| asked > most) {
        return Err(Exception::validation(format!(
            "The maximum tokens you requested exceeds the model limit of {most}. Try again with a maximum tokens value that is lower than {most}."
        )));
    }
    for name in ["temperature", "topP"] {
        if let Some(value) = config.get(name) {
            match value.as_f64() {
                Some(number) if number > 1.0 => {
                    return Err(constraint(value, name, "have value less than or equal to 1"));
                }
                Some(number) if number >= 0.0 => {}
                _ => return Err(constraint(value, name, "have value greater than or equal to 0")),
            }
        }
    }
    let extra = fields.get("additionalModelRequestFields");
    let sampled = |name: &str, extra_name: &str| {
        config.contains_key(name) || extra.is_some_and(|extra| !extra[extra_name].is_null())
    };
    if rules.one_sampling_parameter && sampled("temperature", "temperature") && sampled("topP", "top_p") {
        return Err(Exception::validation(
            "The model returned the following errors: `temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        ));
    }
    let mut stop_sequences = Vec::new();
    for value in config.get("stopSequences").and_then(Value::as_array).into_iter().flatten() {
        match value.as_str() {
            Some(text) if !text.is_empty() => stop_sequences.push(text.to_string()),
            _ => return Err(constraint(value, "stopSequences", "have length greater than or equal to 1")),
        }
    }
    if stop_sequences.len() > 2500 {
        return Err(constraint(
            &json!(stop_sequences.len()),
            "stopSequences",
            "have length less than or equal to 2500",
        ));
    }
    Ok((max_tokens, stop_sequences))
}

pub fn metadata(value: Option<&Value>) -> Result<BTreeMap<String, String>, Exception> {
    let Some(object) = value.and_then(Value::as_object) else { return Ok(BTreeMap::new()) };
    if object.len() > 16 {
        return Err(Exception::validation(
            "1 validation error detected: Value at 'requestMetadata' failed to satisfy constraint: Member must have length less than or equal to 16",
        ));
    }
    let text = |(key, value): (&String, &Value)| match value.as_str() {
        Some(text) if text.len() <= 256 && key.len() <= 256 => Ok((key.clone(), text.to_string())),
        _ => Err(Exception::validation(format!(
            "1 validation error detected: Value at 'requestMetadata.{key}' failed to satisfy constraint: Member must have length less than or equal to 256"
        ))),
    };
    object.iter().map(text).collect()
}

pub fn one_of(value: Option<&Value>, name: &str, allowed: &[&str]) -> Result<(), Exception> {
    match value.map(|value| (value, value.as_str())) {
        None => Ok(()),
        Some((_, Some(text))) if allowed.contains(&text) => Ok(()),
        Some((value, _)) => Err(Exception::validation(format!(
            "1 validation error detected: Value '{}' at '{name}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            value.as_str().unwrap_or_default(),
            allowed.join(", ")
        ))),
    }
}

pub fn tools(config: Option<&Value>) -> Result<Vec<String>, Exception> {
    let Some(config) = config else { return Ok(Vec::new()) };
    only(config, "#/toolConfig", &["tools", "toolChoice"])?;
    if let Some(choice) = config.get("toolChoice") {
        let (kind, value) = member(choice, "#/toolConfig/toolChoice", &["auto", "any", "tool"])?;
        only(value, &format!("#/toolConfig/toolChoice/{kind}"), if kind == "tool" { &["name"] } else { &[] })?;
    }
    let tools = config["tools"].as_array().filter(|tools| !tools.is_empty()).ok_or_else(|| {
        Exception::validation(
            "1 validation error detected: Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1",
        )
    })?;
    let valid = |name: &str| {
        (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    let mut names = Vec::new();
    for (index, tool) in tools.iter().enumerate() {
        let path = format!("#/toolConfig/tools/{index}");
        let (kind, tool) = member(tool, &path, &["toolSpec", "systemTool", "cachePoint"])?;
        if kind != "toolSpec" {
            continue;
        }
        only(tool, &format!("{path}/toolSpec"), &["name", "description", "inputSchema", "strict"])?;
        member(&tool["inputSchema"], &format!("{path}/toolSpec/inputSchema"), &["json"])?;
        let name = tool["name"].as_str().unwrap_or_default();
        if !valid(name) {
            return Err(Exception::validation(format!(
                "1 validation error detected: Value '{name}' at 'toolConfig.tools.{}.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]{{1,64}}",
                index + 1
            )));
        }
        names.push(name.to_string());
    }
    Ok(names)
}
