//! The members of the service model: what an object may have, and what a union must be.

use serde_json::{Map, Value};

use crate::bedrock::exception::Exception;

/// Top-level fields of a body.
pub const FIELDS: [&str; 12] = [
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "guardrailConfig",
    "additionalModelRequestFields",
    "promptVariables",
    "additionalModelResponseFieldPaths",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
    "outputConfig",
];

/// Of those, what CountTokens takes.
pub const COUNTED: [&str; 4] = ["messages", "system", "toolConfig", "additionalModelRequestFields"];

pub const INFERENCE: [&str; 4] = ["maxTokens", "temperature", "topP", "stopSequences"];

/// The last one is for streams only.
pub const GUARDRAIL: [&str; 4] = ["guardrailIdentifier", "guardrailVersion", "trace", "streamProcessingMode"];

/// Members of the union of content blocks.
pub const BLOCKS: [&str; 14] = [
    "text",
    "image",
    "document",
    "video",
    "audio",
    "toolUse",
    "toolResult",
    "guardContent",
    "cachePoint",
    "reasoningContent",
    "citationsContent",
    "searchResult",
    "toolAddition",
    "toolRemoval",
];

/// An object, if it has no member but those the service model has.
pub fn only<'a>(value: &'a Value, path: &str, allowed: &[&str]) -> Result<&'a Map<String, Value>, Exception> {
    let malformed = |what: String| {
        let message = format!("Malformed input request: {path}: {what}, please reformat your input and try again.");
        Exception::validation(message)
    };
    let object = value.as_object().ok_or_else(|| malformed("expected type: JSONObject".to_string()))?;
    match object.keys().find(|key| !allowed.contains(&key.as_str())) {
        None => Ok(object),
        Some(unknown) => Err(malformed(format!("extraneous key [{unknown}] is not permitted"))),
    }
}

/// The only member of a union's value.
pub fn member<'a>(value: &'a Value, path: &str, allowed: &[&str]) -> Result<(&'a str, &'a Value), Exception> {
    let mut members = only(value, path, allowed)?.iter().filter(|(_, value)| !value.is_null());
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(Exception::validation(format!(
            "{path} must set exactly one of the following keys: {}.",
            allowed.join(", ")
        ))),
    }
}
