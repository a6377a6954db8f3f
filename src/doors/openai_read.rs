//! What Chat Completions and Responses read alike: parameters, the parts of a message, a conversation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bedrock::{AskBlock, Exception, Media, MediaKind, Role, Sampling, Tool, ToolChoice, Turn};

use super::offered::Offer;
use super::openai::{missing, refused, strict_schema, wrong_type};

/// How the answer is drawn.
pub fn sampling(body: &Value) -> Sampling {
    Sampling { temperature: body["temperature"].as_f64(), top_p: body["top_p"].as_f64(), ..Sampling::default() }
}

/// A function that is offered.
pub fn tool_of(function: &Value) -> Tool {
    Tool {
        name: function["name"].as_str().unwrap_or_default().to_string(),
        description: function["description"].as_str().unwrap_or_default().to_string(),
        schema: function["parameters"].clone(),
        strict: function["strict"] == true,
        ..Tool::default()
    }
}

/// Which tool must be used.
pub fn chosen(choice: &Value, named: &Value) -> ToolChoice {
    match (choice.as_str(), named.as_str()) {
        (Some("auto"), _) => ToolChoice::Auto,
        (Some("required"), _) => ToolChoice::Any,
        (Some("none"), _) => ToolChoice::None,
        (_, Some(name)) => ToolChoice::Named(name.to_string()),
        _ => ToolChoice::Unset,
    }
}

/// The caller's labels.
pub fn metadata(body: &Value) -> BTreeMap<String, String> {
    let labels = body["metadata"].as_object().into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_string()))).collect()
}

/// A parameter that the model does not take, and what to send in its place.
pub fn unsupported(name: &str, instead: &str) -> Exception {
    let message = format!("Unsupported parameter: '{name}' is not supported with this model.{instead}");
    refused("unsupported_parameter", name, message)
}

/// Refuses what draws an answer where the model draws by itself.
pub fn sampling_taken(offer: &Offer, body: &Value) -> Result<(), Exception> {
    let given = |name: &&str| offer.refuses(name) && !body[*name].is_null();
    ["temperature", "top_p"].iter().find(|name| given(name)).map_or(Ok(()), |name| Err(unsupported(name, "")))
}

/// Refuses a form of the answer that there is none of. `spec` has the name and the schema and stands at the path
/// `spec_at`; what is wrong with a strict schema is said of `schema_at`.
pub fn answer_form(format: &Value, at: &str, spec: &Value, spec_at: &str, schema_at: &str) -> Result<(), Exception> {
    match format["type"].as_str() {
        None if format.is_null() => Ok(()),
        Some("text" | "json_object") => Ok(()),
        Some("json_schema") => {
            let name = spec["name"].as_str().ok_or_else(|| missing(&format!("{spec_at}.name")))?;
            if spec["strict"] == true {
                strict_schema(&spec["schema"], &format!("response_format '{name}'"), schema_at)?;
            }
            Ok(())
        }
        _ => Err(refused(
            "invalid_value",
            &format!("{at}.type"),
            format!(
                "Invalid value: {}. Supported values are: 'json_object', 'json_schema', and 'text'.",
                format["type"]
            ),
        )),
    }
}

/// Refuses an effort that the model lacks.
pub fn effort_of(offer: &Offer, effort: Option<&str>, param: &str) -> Result<(), Exception> {
    if effort == Some("minimal") && offer.refuses("effort_minimal") {
        return Err(refused(
            "unsupported_value",
            param,
            format!(
                "Unsupported value: 'minimal' is not supported with the '{}' model. Supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'.",
                offer.mantle_id
            ),
        ));
    }
    Ok(())
}

/// Refuses a service tier that these doors do not take.
pub fn service_tier(body: &Value) -> Result<(), Exception> {
    match &body["service_tier"] {
        Value::Null => Ok(()),
        tier if tier.as_str().is_some_and(|tier| ["auto", "default", "flex", "priority"].contains(&tier)) => Ok(()),
        tier => Err(refused(
            "invalid_value",
            "service_tier",
            format!(
                "Invalid value: '{}'. Supported values are: 'auto', 'default', 'flex', and 'priority'.",
                tier.as_str().unwrap_or_default()
            ),
        )),
    }
}

/// The result of a tool.
pub fn result_of(id: String, text: String) -> AskBlock {
    AskBlock::ToolResult { id, text, media: Vec::new(), blank: None, server: false }
}

/// A medium in a `data:` URL, in base64, or behind an address.
pub fn medium_of(kind: MediaKind, data: &str) -> AskBlock {
    let source = match data.strip_prefix("data:").and_then(|data| data.split_once(";base64,")) {
        Some((media_type, data)) => json!({"type": "base64", "media_type": media_type, "data": data}),
        None if data.starts_with("http") => json!({"type": "url", "url": data}),
        None => json!({"type": "base64", "media_type": "", "data": data}),
    };
    AskBlock::Media(Media::anthropic(kind, &json!({"source": source})))
}

/// How a door's messages carry their content.
pub struct Parts {
    /// What it may be beside a text.
    pub expected: &'static str,
    /// The kinds of parts, as a refusal lists them.
    pub kinds: &'static str,
    /// A part of a kind, at a path; `None` for a kind that is not known.
    pub read: fn(kind: &str, part: &Value, path: &str) -> Result<Option<AskBlock>, Exception>,
}

impl Parts {
    /// A message's content: its blocks, and itself as every door's hashes know it, a text where it is one.
    pub fn content(&self, path: &str, content: &Value) -> Result<(Vec<AskBlock>, Value), Exception> {
        let parts = match content {
            Value::String(text) => return Ok((vec![AskBlock::Text(text.clone())], content.clone())),
            Value::Array(parts) => parts,
            Value::Null => return Err(missing(&format!("{path}.content"))),
            other => return Err(wrong_type(&format!("{path}.content"), self.expected, other)),
        };
        let mut blocks = Vec::with_capacity(parts.len());
        let mut plain = Some(String::new());
        for (at, part) in parts.iter().enumerate() {
            let path = format!("{path}.content[{at}]");
            let kind = part["type"].as_str().ok_or_else(|| missing(&format!("{path}.type")))?;
            let block = (self.read)(kind, part, &path)?.ok_or_else(|| {
                let message = format!("Invalid value: '{kind}'. Supported values are: {}.", self.kinds);
                refused("invalid_value", &format!("{path}.type"), message)
            })?;
            match (&block, &mut plain) {
                (AskBlock::Text(text), Some(plain)) => plain.push_str(text),
                _ => plain = None,
            }
            blocks.push(block);
        }
        let sent = plain.map_or_else(|| content.clone(), Value::String);
        Ok((blocks, sent))
    }
}

/// A text that a part must have.
pub fn text_of(part: &Value, path: &str) -> Result<AskBlock, Exception> {
    let text = part["text"].as_str().or(part["refusal"].as_str());
    Ok(AskBlock::Text(text.ok_or_else(|| missing(&format!("{path}.text")))?.to_string()))
}

/// The input of a call as its JSON text says it; the text itself where that is none.
pub fn arguments_of(arguments: String) -> Value {
    crate::document::bounded(arguments.as_bytes()).unwrap_or(Value::String(arguments))
}

/// A conversation as it is read: what stands for the system apart, tool calls awaited.
#[derive(Default)]
pub struct Conversation {
    pub system: Vec<AskBlock>,
    pub turns: Vec<Turn>,
    /// The turns as hashes and recordings know them, in the form that every door shares.
    pub messages: Vec<Value>,
    /// Tool calls without a result yet.
    pub open: Vec<String>,
}

impl Conversation {
    /// A turn of its own.
    pub fn add(&mut self, role: Role, blocks: Vec<AskBlock>, content: Value) {
        self.turns.push(Turn { role, blocks });
        self.messages.push(json!({"role": name_of(role), "content": content}));
    }

    /// A part of the turn of the same role that goes on, or of a new one: the results of one turn are one message of
    /// the user.
    pub fn join(&mut self, role: Role, block: AskBlock, part: Value) {
        let goes_on = |turn: &Turn| {
            turn.role == role
                && (role == Role::Assistant
                    || turn.blocks.iter().all(|block| matches!(block, AskBlock::ToolResult { .. })))
        };
        let (Some(turn), Some(message)) =
            (self.turns.last_mut().filter(|turn| goes_on(turn)), self.messages.last_mut())
        else {
            return self.add(role, vec![block], Value::Array(vec![part]));
        };
        turn.blocks.push(block);
        let mut parts = parts_of(message["content"].take());
        parts.push(part);
        *message = json!({"role": name_of(role), "content": parts});
    }
}

fn name_of(role: Role) -> &'static str {
    if role == Role::Assistant { "assistant" } else { "user" }
}

/// Content as a list of parts.
pub fn parts_of(content: Value) -> Vec<Value> {
    match content {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        Value::Array(parts) => parts,
        _ => Vec::new(),
    }
}
