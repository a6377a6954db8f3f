//! A Chat Completions request as an [`Ask`].

use serde_json::{Value, json};

use crate::bedrock::{Api, Ask, AskBlock, Exception, Media, MediaKind, Role, Sampling, Tool, ToolChoice, Turn};
use crate::cost::Tier;
use crate::doors::offered::Offer;
use crate::doors::openai::{body_of, count, missing, refused, strict_schema, tool_names, within, wrong_type};
use crate::doors::{Call, openai};

/// Reads a request.
///
/// # Errors
/// What the service refuses, with the parameter.
pub fn ask(call: &Call) -> Result<Ask, Exception> {
    let body = body_of(&call.body)?;
    let messages = match &body["messages"] {
        Value::Null => return Err(missing("messages")),
        Value::Array(messages) if messages.is_empty() => {
            return Err(refused(
                "empty_array",
                "messages",
                "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            ));
        }
        Value::Array(messages) => messages,
        other => return Err(wrong_type("messages", "an array of objects", other)),
    };
    let mut conversation = Conversation::default();
    for (index, message) in messages.iter().enumerate() {
        conversation.push(index, message)?;
    }
    conversation.all_answered(messages.len())?;
    parameters(call, body)?;
    let tools = body["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, tool) in tools.iter().enumerate() {
        if tool["type"] != "function" {
            return Err(refused(
                "invalid_value",
                &format!("tools[{index}].type"),
                format!("Invalid value: {}. Supported values are: 'function'.", tool["type"]),
            ));
        }
    }
    let functions = tools.iter().enumerate();
    let names = tool_names(functions.map(|(index, tool)| (format!("tools[{index}].function"), &tool["function"])))?;
    tool_choice(body, &names)?;
    let max_tokens = count(body, "max_completion_tokens", 1)?.or(count(body, "max_tokens", 1)?);
    let stop_sequences = match &body["stop"] {
        Value::Null => Vec::new(),
        Value::String(stop) => vec![stop.clone()],
        Value::Array(stops) => stops.iter().filter_map(|stop| stop.as_str().map(str::to_string)).collect(),
        other => return Err(wrong_type("stop", "a string or an array of strings", other)),
    };
    let ask = Ask::new(call.operation(), call.model(), conversation.turns, Value::Array(conversation.messages));
    Ok(Ask {
        system: conversation.system,
        max_tokens,
        stop_sequences,
        api: Api::OpenAi,
        sampling: sampling(body),
        tool_choice: chosen(&body["tool_choice"], &body["tool_choice"]["function"]["name"]),
        tools: tools.iter().map(|tool| tool_of(&tool["function"])).collect(),
        effort: body["reasoning_effort"].as_str().map(str::to_string),
        schema: body["response_format"]["json_schema"].get("schema").cloned(),
        guardrail: call.guardrail(),
        service_tier: body["service_tier"].as_str().map(str::to_string),
        tier: body["service_tier"].as_str().and_then(Tier::from_key).unwrap_or(ask.tier),
        metadata: openai_metadata(body),
        ..ask
    })
}

pub(in crate::doors) fn sampling(body: &Value) -> Sampling {
    Sampling { temperature: body["temperature"].as_f64(), top_p: body["top_p"].as_f64(), top_k: None }
}

/// A function that is offered.
pub(in crate::doors) fn tool_of(function: &Value) -> Tool {
    Tool {
        name: function["name"].as_str().unwrap_or_default().to_string(),
        description: function["description"].as_str().unwrap_or_default().to_string(),
        schema: function["parameters"].clone(),
        strict: function["strict"] == true,
        ..Tool::default()
    }
}

/// Which tool must be used.
pub(in crate::doors) fn chosen(choice: &Value, named: &Value) -> ToolChoice {
    match (choice.as_str(), named.as_str()) {
        (Some("auto"), _) => ToolChoice::Auto,
        (Some("required"), _) => ToolChoice::Any,
        (Some("none"), _) => ToolChoice::None,
        (_, Some(name)) => ToolChoice::Named(name.to_string()),
        _ => ToolChoice::Unset,
    }
}

/// The caller's labels.
pub(in crate::doors) fn openai_metadata(body: &Value) -> std::collections::BTreeMap<String, String> {
    let labels = body["metadata"].as_object().into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_string()))).collect()
}

fn parameters(call: &Call, body: &Value) -> Result<(), Exception> {
    if let Some(offer) = Offer::of(call.model()) {
        if offer.refuses("max_tokens") && !body["max_tokens"].is_null() {
            return Err(refused(
                "unsupported_parameter",
                "max_tokens",
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            ));
        }
        for name in ["temperature", "top_p"] {
            if offer.refuses(name) && !body[name].is_null() {
                return Err(refused(
                    "unsupported_parameter",
                    name,
                    format!("Unsupported parameter: '{name}' is not supported with this model."),
                ));
            }
        }
        let effort = body["reasoning_effort"].as_str();
        effort_of(offer, effort, "reasoning_effort")?;
        let tools = body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
        if offer.refuses("chat_tools_with_effort") && tools && effort.is_some_and(|effort| effort != "none") {
            return Err(refused(
                "unsupported_parameter",
                "reasoning_effort",
                format!(
                    "Function tools with reasoning_effort are not supported for {} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
                    call.model()
                ),
            ));
        }
    }
    within(body, "temperature", 0.0, 2.0)?;
    within(body, "top_p", 0.0, 1.0)?;
    if count(body, "n", 1)?.is_some_and(|n| n != 1) {
        return Err(refused(
            "unsupported_value",
            "n",
            format!(
                "Unsupported value: 'n' does not support {} with this model. Only the default (1) value is supported.",
                body["n"]
            ),
        ));
    }
    match &body["stream"] {
        Value::Null | Value::Bool(_) => {}
        other => return Err(wrong_type("stream", "a boolean", other)),
    }
    if !body["stream_options"].is_null() && body["stream"] != true {
        return Err(refused(
            "invalid_value",
            "stream_options",
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        ));
    }
    let format = &body["response_format"];
    match format["type"].as_str() {
        None if format.is_null() => {}
        Some("text" | "json_object") => {}
        Some("json_schema") => {
            let name = format["json_schema"]["name"].as_str();
            let name = name.ok_or_else(|| missing("response_format.json_schema.name"))?;
            if format["json_schema"]["strict"] == true {
                let schema = &format["json_schema"]["schema"];
                strict_schema(schema, &format!("response_format '{name}'"), "response_format")?;
            }
        }
        _ => {
            return Err(refused(
                "invalid_value",
                "response_format.type",
                format!(
                    "Invalid value: {}. Supported values are: 'json_object', 'json_schema', and 'text'.",
                    format["type"]
                ),
            ));
        }
    }
    service_tier(body)
}

/// Refuses an effort that the model lacks.
pub(in crate::doors) fn effort_of(offer: &Offer, effort: Option<&str>, param: &str) -> Result<(), Exception> {
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
pub(in crate::doors) fn service_tier(body: &Value) -> Result<(), Exception> {
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

fn tool_choice(body: &Value, names: &[String]) -> Result<(), Exception> {
    let choice = &body["tool_choice"];
    if choice.is_null() {
        return Ok(());
    }
    if names.is_empty() && choice != "none" {
        return Err(refused(
            "invalid_value",
            "tool_choice",
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
        ));
    }
    let named = choice["function"]["name"].as_str();
    match (choice.as_str(), named) {
        (Some("auto" | "none" | "required"), _) => Ok(()),
        (None, Some(name)) if names.iter().any(|known| known == name) => Ok(()),
        (None, Some(name)) => Err(refused(
            "invalid_value",
            "tool_choice",
            format!("Tool choice '{name}' not found in 'tools' parameter."),
        )),
        (None, None) if choice["type"] == "allowed_tools" => Ok(()),
        _ => Err(refused(
            "invalid_value",
            "tool_choice",
            format!("Invalid value: {choice}. Supported values are: 'none', 'auto', and 'required'."),
        )),
    }
}

/// A conversation as it is read: what stands for the system apart, tool calls awaited.
#[derive(Default)]
struct Conversation {
    system: Vec<AskBlock>,
    turns: Vec<Turn>,
    /// The turns as hashes and recordings know them, in the form that every door shares.
    messages: Vec<Value>,
    /// Tool calls without a result yet, and the message they stand in.
    open: Vec<String>,
    asked_at: usize,
}

impl Conversation {
    fn push(&mut self, index: usize, message: &Value) -> Result<(), Exception> {
        let path = format!("messages[{index}]");
        if !message.is_object() {
            return Err(wrong_type(&path, "an object", message));
        }
        let role = match &message["role"] {
            Value::Null => return Err(missing(&format!("{path}.role"))),
            Value::String(role) => role.as_str(),
            other => return Err(wrong_type(&format!("{path}.role"), "a string", other)),
        };
        if role != "tool" {
            self.all_answered(index)?;
        }
        match role {
            "system" | "developer" => {
                let (blocks, _) = content(&path, &message["content"])?;
                self.system.extend(blocks);
            }
            "user" => {
                let (blocks, sent) = content(&path, &message["content"])?;
                self.add(Role::User, blocks, sent);
            }
            "assistant" => self.assistant(index, &path, message)?,
            "tool" => self.tool(index, &path, message)?,
            other => {
                return Err(refused(
                    "invalid_value",
                    &format!("{path}.role"),
                    format!(
                        "Invalid value: '{other}'. Supported values are: 'system', 'assistant', 'user', 'tool', and 'developer'."
                    ),
                ));
            }
        }
        Ok(())
    }

    fn assistant(&mut self, index: usize, path: &str, message: &Value) -> Result<(), Exception> {
        let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        let none = message["content"].is_null();
        if none && calls.is_empty() && message["refusal"].is_null() && message["function_call"].is_null() {
            return Err(refused(
                "invalid_type",
                &format!("{path}.content"),
                format!("Invalid value for '{path}.content': expected a string, got null."),
            ));
        }
        let (mut blocks, mut sent) =
            if none { (Vec::new(), Value::Array(Vec::new())) } else { content(path, &message["content"])? };
        if !calls.is_empty() {
            let mut parts = match sent {
                Value::String(text) if text.is_empty() => Vec::new(),
                Value::String(text) => vec![json!({"type": "text", "text": text})],
                Value::Array(parts) => parts,
                _ => Vec::new(),
            };
            for (at, call) in calls.iter().enumerate() {
                let function = &call["function"];
                let required = |value: &Value, name: &str| {
                    let text = value.as_str().map(str::to_string);
                    text.ok_or_else(|| missing(&format!("{path}.tool_calls[{at}].{name}")))
                };
                let (id, name) = (required(&call["id"], "id")?, required(&function["name"], "function.name")?);
                let input = required(&function["arguments"], "function.arguments")?;
                let input: Value = crate::document::bounded(input.as_bytes()).unwrap_or(Value::String(input));
                parts.push(json!({"type": "tool_use", "id": &id, "name": &name, "input": &input}));
                blocks.push(AskBlock::ToolUse { id: id.clone(), name, input, server: false });
                self.open.push(id);
            }
            self.asked_at = index;
            sent = Value::Array(parts);
        }
        self.add(Role::Assistant, blocks, sent);
        Ok(())
    }

    fn tool(&mut self, index: usize, path: &str, message: &Value) -> Result<(), Exception> {
        let id = message["tool_call_id"].as_str().ok_or_else(|| missing(&format!("{path}.tool_call_id")))?;
        let Some(at) = self.open.iter().position(|open| open == id) else {
            return Err(refused(
                "invalid_value",
                &format!("{path}.role"),
                "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
            ));
        };
        self.open.remove(at);
        let (blocks, _) = content(path, &message["content"])?;
        let text = Turn { role: Role::User, blocks }.text();
        let part = json!({"type": "tool_result", "tool_use_id": id, "content": &text});
        let block = result_of(id.to_string(), text);
        // The results of one turn are one message of the user.
        let joins = index > self.asked_at + 1;
        match (self.turns.last_mut(), self.messages.last_mut().and_then(|last| last["content"].as_array_mut())) {
            (Some(turn), Some(parts)) if joins && turn.role == Role::User => {
                turn.blocks.push(block);
                parts.push(part);
            }
            _ => self.add(Role::User, vec![block], Value::Array(vec![part])),
        }
        Ok(())
    }

    fn add(&mut self, role: Role, blocks: Vec<AskBlock>, content: Value) {
        let name = if role == Role::Assistant { "assistant" } else { "user" };
        self.turns.push(Turn { role, blocks });
        self.messages.push(json!({"role": name, "content": content}));
    }

    /// Refuses tool calls that stay without a result.
    fn all_answered(&self, index: usize) -> Result<(), Exception> {
        if self.open.is_empty() {
            return Ok(());
        }
        Err(refused(
            "invalid_value",
            &format!("messages[{index}].role"),
            format!(
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
                self.open.join(", ")
            ),
        ))
    }
}

/// The result of a tool.
pub(in crate::doors) fn result_of(id: String, text: String) -> AskBlock {
    AskBlock::ToolResult { id, text, media: Vec::new(), blank: None, server: false }
}

/// An image, a file or a sound, as far as its tokens depend on it.
fn medium(kind: &str, value: &Value) -> AskBlock {
    let (kind, data) = match kind {
        "image_url" => (MediaKind::Image, value["url"].as_str()),
        "file" => (MediaKind::Document, value["file_data"].as_str()),
        _ => (MediaKind::Audio, value["data"].as_str()),
    };
    medium_of(kind, data.unwrap_or_default())
}

/// A medium in a `data:` URL, in base64, or behind an address.
pub(in crate::doors) fn medium_of(kind: MediaKind, data: &str) -> AskBlock {
    let source = match data.strip_prefix("data:").and_then(|data| data.split_once(";base64,")) {
        Some((media_type, data)) => json!({"type": "base64", "media_type": media_type, "data": data}),
        None if data.starts_with("http") => json!({"type": "url", "url": data}),
        None => json!({"type": "base64", "media_type": "", "data": data}),
    };
    AskBlock::Media(Media::anthropic(kind, &json!({"source": source})))
}

/// A message's content: its blocks, and itself as every door's hashes know it, a text where it is one.
fn content(path: &str, content: &Value) -> Result<(Vec<AskBlock>, Value), Exception> {
    let parts = match content {
        Value::String(text) => return Ok((vec![AskBlock::Text(text.clone())], content.clone())),
        Value::Array(parts) => parts,
        Value::Null => return Err(missing(&format!("{path}.content"))),
        other => {
            return Err(openai::wrong_type(&format!("{path}.content"), "a string or an array of objects", other));
        }
    };
    let mut blocks = Vec::with_capacity(parts.len());
    let mut plain = Some(String::new());
    for (at, part) in parts.iter().enumerate() {
        let path = format!("{path}.content[{at}]");
        let block = match part["type"].as_str() {
            Some("text" | "refusal") => {
                let text = part["text"].as_str().or(part["refusal"].as_str());
                AskBlock::Text(text.ok_or_else(|| missing(&format!("{path}.text")))?.to_string())
            }
            Some(kind @ ("image_url" | "input_audio" | "file")) => {
                if !part[kind].is_object() {
                    return Err(missing(&format!("{path}.{kind}")));
                }
                medium(kind, &part[kind])
            }
            Some(other) => {
                return Err(refused(
                    "invalid_value",
                    &format!("{path}.type"),
                    format!(
                        "Invalid value: '{other}'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', and 'file'."
                    ),
                ));
            }
            None => return Err(missing(&format!("{path}.type"))),
        };
        match (&block, &mut plain) {
            (AskBlock::Text(text), Some(plain)) => plain.push_str(text),
            _ => plain = None,
        }
        blocks.push(block);
    }
    let sent = plain.map_or_else(|| content.clone(), Value::String);
    Ok((blocks, sent))
}
