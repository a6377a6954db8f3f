//! What Chat Completions and Responses read alike: parameters, the parts of a message, a conversation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bedrock::{
    AskBlock, CacheTtl, Exception, Media, MediaFault, MediaKind, ModelRules, Role, Sampling, Tool, ToolChoice, Turn,
};

use super::offered::Offer;
use super::openai::{missing, refused, strict_schema, text_at, wrong_type};
use super::parameters::listed;
use super::{Call, Host};

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
            let name = text_at(&spec["name"], &format!("{spec_at}.name"))?;
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

/// Refuses an effort that the model lacks: its row of the sheet lists what it has.
pub fn effort_of(call: &Call, offer: &Offer, effort: Option<&str>, param: &str) -> Result<(), Exception> {
    // Of the families whose levels no source lists, some are known to lack this one.
    const USUAL: [&str; 5] = ["none", "low", "medium", "high", "xhigh"];
    let Some(level) = effort else { return Ok(()) };
    let known: &[&str] = match offer.efforts.as_slice() {
        [] if level == "minimal" && offer.refuses("effort_minimal") => &USUAL,
        [] => return Ok(()),
        levels => levels,
    };
    if known.contains(&level) {
        return Ok(());
    }
    let name = if call.host == Host::Mantle && !offer.mantle_id.is_empty() { offer.mantle_id } else { offer.model };
    let message = format!(
        "Unsupported value: '{level}' is not supported with the '{name}' model. Supported values are: {}.",
        listed(known)
    );
    Err(refused("unsupported_value", param, message))
}

/// Refuses a schema for the answer where the model takes none.
///
/// # Source
/// The words are the first-party ones; those of Bedrock are not known.
pub fn schema_taken(rules: &ModelRules, format: &Value, param: &str) -> Result<(), Exception> {
    if format["type"] != "json_schema" || !rules.refuses("structured_output") {
        return Ok(());
    }
    let message = format!("Invalid parameter: '{param}' of type 'json_schema' is not supported with this model.");
    Err(refused("unsupported_parameter", param, message))
}

/// Whether the caller keeps the cache to its own breakpoints.
pub fn explicit_cache(body: &Value) -> bool {
    body["prompt_cache_options"]["mode"] == "explicit"
}

/// The result of a tool.
pub fn result_of(id: String, text: String) -> AskBlock {
    AskBlock::ToolResult { id, text, media: Vec::new(), blank: None, server: false }
}

/// A medium in a `data:` URL, in base64, or behind an address.
///
/// # Errors
/// What is none: an address without a scheme, base64 that is none, bytes of another format than is said.
///
/// # Source
/// The words are the first-party ones; those of Bedrock are not known.
pub fn medium_of(kind: MediaKind, data: &Value, path: &str) -> Result<AskBlock, Exception> {
    let data = text_at(data, path)?;
    let refuse = |what: String| Err(refused("invalid_value", path, format!("Invalid '{path}'. {what}")));
    let source = match data.strip_prefix("data:").and_then(|data| data.split_once(";base64,")) {
        Some((media_type, data)) => json!({"type": "base64", "media_type": media_type, "data": data}),
        None if data.starts_with("http://") || data.starts_with("https://") => json!({"type": "url", "url": data}),
        None if kind == MediaKind::Image => {
            return refuse("Expected a valid URL, but got a value with an invalid format.".to_string());
        }
        None => json!({"type": "base64", "media_type": "", "data": data}),
    };
    let media = Media::anthropic(kind, &json!({"source": source}));
    match media.fault {
        None => Ok(AskBlock::Media(media)),
        Some(MediaFault::NotBase64) => refuse("Expected a base64-encoded data URL, but got invalid base64.".to_string()),
        Some(MediaFault::Is(found)) => refuse(format!(
            "The {} was specified as {}, but its bytes are {found}.",
            kind.key(),
            media.format
        )),
        Some(MediaFault::Unreadable) if kind != MediaKind::Image => {
            refuse("The file's bytes are not those of a PDF.".to_string())
        }
        Some(MediaFault::Unreadable | MediaFault::Format) => refuse(
            "You uploaded an unsupported image. Please make sure your image is of one of the following formats: 'png', 'jpeg', 'gif', and 'webp'."
                .to_string(),
        ),
    }
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
            if !part.is_object() {
                return Err(wrong_type(&path, "an object", part));
            }
            let kind = text_at(&part["type"], &format!("{path}.type"))?;
            let block = (self.read)(kind, part, &path)?.ok_or_else(|| {
                let message = format!("Invalid value: '{kind}'. Supported values are: {}.", self.kinds);
                refused("invalid_value", &format!("{path}.type"), message)
            })?;
            match (&block, &mut plain) {
                (AskBlock::Text(text), Some(plain)) => plain.push_str(text),
                _ => plain = None,
            }
            blocks.push(block);
            if part["prompt_cache_breakpoint"].is_object() {
                blocks.push(AskBlock::CachePoint(CacheTtl::Minutes5));
            }
        }
        let sent = plain.map_or_else(|| content.clone(), Value::String);
        Ok((blocks, sent))
    }
}

/// A text that a part must have.
pub fn text_of(part: &Value, path: &str) -> Result<AskBlock, Exception> {
    let name = if part["type"] == "refusal" { "refusal" } else { "text" };
    Ok(AskBlock::Text(text_at(&part[name], &format!("{path}.{name}"))?.to_string()))
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
