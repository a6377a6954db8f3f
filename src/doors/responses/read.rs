//! A Responses request as an [`Ask`]: the conversation it continues, and its own input.

use serde_json::{Value, json};

use crate::bedrock::{Api, Ask, AskBlock, Exception, MediaKind, Role, Turn};
use crate::cost::Tier;
use crate::doors::chat::{chosen, effort_of, medium_of, openai_metadata, result_of, sampling, service_tier, tool_of};
use crate::doors::offered::Offer;
use crate::doors::openai::{body_of, count, missing, refused, strict_schema, tool_names, within, wrong_type};
use crate::doors::{Call, Host, State};

/// Parameters of a request.
const PARAMETERS: [&str; 31] = [
    "background",
    "client_metadata",
    "context_management",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
];

/// Reads a request.
///
/// # Errors
/// What the service refuses, with the parameter.
pub fn ask(call: &Call, state: &State, now_ms: f64) -> Result<Ask, Exception> {
    let body = body_of(&call.body)?;
    let unknown = |name: &&String| !PARAMETERS.contains(&name.as_str()) && *name != "user";
    if let Some(name) = body.as_object().into_iter().flatten().map(|(name, _)| name).find(unknown) {
        return Err(refused("unknown_parameter", name, format!("Unknown parameter: '{name}'.")));
    }
    parameters(call, body)?;
    let functions = tools(call, body)?;
    let mut conversation = Conversation::default();
    if let Some(id) = body["previous_response_id"].as_str() {
        let stored = state.get(id, now_ms).ok_or_else(|| no_response(call, id))?;
        conversation.continue_from(&stored.turns, &stored.messages);
    }
    let instructions = body["instructions"].as_str().map(|text| AskBlock::Text(text.to_string()));
    let mut system: Vec<AskBlock> = instructions.into_iter().collect();
    match &body["input"] {
        Value::Null if body["previous_response_id"].is_string() => {}
        Value::Null => return Err(missing("input")),
        Value::String(text) => conversation.add(Role::User, vec![AskBlock::Text(text.clone())], json!(text)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                conversation.push(index, item, &mut system)?;
            }
        }
        other => return Err(wrong_type("input", "a string or an array of items", other)),
    }
    if let Some(id) = conversation.open.first() {
        return Err(refused("invalid_value", "input", format!("No tool output found for function call {id}.")));
    }
    if conversation.turns.is_empty() {
        return Err(refused("invalid_value", "input", "Invalid 'input': expected at least one message."));
    }
    let max_tokens = count(body, "max_output_tokens", 16)?;
    let ask = Ask::new(call.operation(), call.model(), conversation.turns, Value::Array(conversation.messages));
    Ok(Ask {
        system,
        max_tokens,
        api: Api::OpenAi,
        sampling: sampling(body),
        tools: functions.iter().copied().map(tool_of).collect(),
        tool_choice: chosen(&body["tool_choice"], &body["tool_choice"]["name"]),
        effort: body["reasoning"]["effort"].as_str().map(str::to_string),
        schema: body["text"]["format"].get("schema").cloned(),
        service_tier: body["service_tier"].as_str().map(str::to_string),
        tier: body["service_tier"].as_str().and_then(Tier::from_key).unwrap_or(ask.tier),
        metadata: openai_metadata(body),
        ..ask
    })
}

/// What a response is answered with that is not there.
pub fn no_response(call: &Call, id: &str) -> Exception {
    match call.host {
        Host::Runtime => Exception::new("ResourceNotFoundException", "The requested resource could not be found."),
        Host::Mantle if call.path.starts_with("/openai/") && call.model().is_empty() => {
            Exception::new("not_found_error", format!("Response '{id}' not found."))
        }
        Host::Mantle if call.path.starts_with("/openai/") => Exception::new("not_found_error", "Response not found."),
        Host::Mantle => Exception::new("not_found_error", format!("Response '{id}' not found.")),
    }
}

fn parameters(call: &Call, body: &Value) -> Result<(), Exception> {
    if call.host == Host::Runtime && body["background"] == true {
        return Err(refused("unsupported_parameter", "background", "The background parameter is not supported."));
    }
    for name in ["background", "store", "stream", "parallel_tool_calls"] {
        match &body[name] {
            Value::Null | Value::Bool(_) => {}
            other => return Err(wrong_type(name, "a boolean", other)),
        }
    }
    if body["background"] == true && body["store"] == false {
        return Err(refused("invalid_value", "background", "Background mode requires 'store' to be true."));
    }
    for name in ["instructions", "previous_response_id"] {
        match &body[name] {
            Value::Null | Value::String(_) => {}
            other => return Err(wrong_type(name, "a string", other)),
        }
    }
    if let Some(offer) = Offer::of(call.model()) {
        for name in ["temperature", "top_p"] {
            if offer.refuses(name) && !body[name].is_null() {
                return Err(refused(
                    "unsupported_parameter",
                    name,
                    format!("Unsupported parameter: '{name}' is not supported with this model."),
                ));
            }
        }
        effort_of(offer, body["reasoning"]["effort"].as_str(), "reasoning.effort")?;
    }
    within(body, "temperature", 0.0, 2.0)?;
    within(body, "top_p", 0.0, 1.0)?;
    if let Some(ttl) = body["prompt_cache_options"]["ttl"].as_str().filter(|ttl| *ttl != "30m") {
        return Err(refused(
            "invalid_value",
            "prompt_cache_options.ttl",
            format!("Invalid value: '{ttl}'. Supported values are: '30m'."),
        ));
    }
    let format = &body["text"]["format"];
    match format["type"].as_str() {
        None if format.is_null() => {}
        Some("text" | "json_object") => {}
        Some("json_schema") => {
            let name = format["name"].as_str().ok_or_else(|| missing("text.format.name"))?;
            if !format["schema"].is_object() {
                return Err(missing("text.format.schema"));
            }
            if format["strict"] == true {
                strict_schema(&format["schema"], &format!("response_format '{name}'"), "text.format.schema")?;
            }
        }
        _ => {
            return Err(refused(
                "invalid_value",
                "text.format.type",
                format!(
                    "Invalid value: {}. Supported values are: 'json_object', 'json_schema', and 'text'.",
                    format["type"]
                ),
            ));
        }
    }
    service_tier(body)
}

/// The functions offered.
fn tools<'a>(call: &Call, body: &'a Value) -> Result<Vec<&'a Value>, Exception> {
    let tools = match &body["tools"] {
        Value::Null => return Ok(Vec::new()),
        Value::Array(tools) => tools,
        other => return Err(wrong_type("tools", "an array of objects", other)),
    };
    let mut functions = Vec::new();
    for (index, tool) in tools.iter().enumerate() {
        match tool["type"].as_str() {
            Some("function" | "custom") => functions.push((format!("tools[{index}]"), tool)),
            None => return Err(missing(&format!("tools[{index}].type"))),
            // Mantle runs some of the vendor's tools for GPT; the runtime runs none.
            Some(kind) if call.host == Host::Runtime || call.path.starts_with("/v1/") => {
                return Err(refused(
                    "invalid_value",
                    &format!("tools[{index}].type"),
                    format!("Tool type '{kind}' is not supported for model `{}`", call.model()),
                ));
            }
            Some(_) => {}
        }
    }
    let names = tool_names(functions.iter().cloned())?;
    if let Some(name) = body["tool_choice"]["name"].as_str()
        && !names.iter().any(|known| known == name)
    {
        return Err(refused(
            "invalid_value",
            "tool_choice",
            format!("Tool choice '{name}' not found in 'tools' parameter."),
        ));
    }
    Ok(functions.into_iter().map(|(_, tool)| tool).collect())
}

/// A conversation as it is read.
#[derive(Default)]
struct Conversation {
    turns: Vec<Turn>,
    messages: Vec<Value>,
    /// Function calls without an output yet.
    open: Vec<String>,
}

impl Conversation {
    fn continue_from(&mut self, turns: &[Turn], messages: &[Value]) {
        self.turns = turns.to_vec();
        self.messages = messages.to_vec();
        let last = turns.last().map(|turn| turn.blocks.as_slice()).unwrap_or_default();
        self.open = last
            .iter()
            .filter_map(|block| if let AskBlock::ToolUse { id, .. } = block { Some(id.clone()) } else { None })
            .collect();
    }

    fn push(&mut self, index: usize, item: &Value, system: &mut Vec<AskBlock>) -> Result<(), Exception> {
        let path = format!("input[{index}]");
        if !item.is_object() {
            return Err(wrong_type(&path, "an object", item));
        }
        let required = |name: &str| {
            let text = item[name].as_str().map(str::to_string);
            text.ok_or_else(|| missing(&format!("{path}.{name}")))
        };
        match item["type"].as_str().unwrap_or("message") {
            "message" => {
                let role = required("role")?;
                let (blocks, sent) = content(&path, &item["content"])?;
                match role.as_str() {
                    "user" => self.add(Role::User, blocks, sent),
                    "assistant" => self.add(Role::Assistant, blocks, sent),
                    "system" | "developer" => system.extend(blocks),
                    other => {
                        return Err(refused(
                            "invalid_value",
                            &format!("{path}.role"),
                            format!(
                                "Invalid value: '{other}'. Supported values are: 'assistant', 'system', 'developer', and 'user'."
                            ),
                        ));
                    }
                }
            }
            "function_call" => {
                let (id, name, arguments) = (required("call_id")?, required("name")?, required("arguments")?);
                let input: Value = crate::document::bounded(arguments.as_bytes()).unwrap_or(Value::String(arguments));
                let part = json!({"type": "tool_use", "id": &id, "name": &name, "input": &input});
                self.open.push(id.clone());
                self.join(Role::Assistant, AskBlock::ToolUse { id, name, input, server: false }, part);
            }
            "function_call_output" => {
                let id = required("call_id")?;
                let Some(at) = self.open.iter().position(|open| same_call(open, &id)) else {
                    return Err(refused(
                        "invalid_value",
                        "input",
                        format!("No tool call found for function call output with call_id {id}."),
                    ));
                };
                self.open.remove(at);
                let text = match &item["output"] {
                    Value::String(text) => text.clone(),
                    Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
                    _ => return Err(missing(&format!("{path}.output"))),
                };
                let part = json!({"type": "tool_result", "tool_use_id": &id, "content": &text});
                self.join(Role::User, result_of(id, text), part);
            }
            // Thoughts and references that are sent back add nothing to an answer here.
            "reasoning" | "item_reference" | "compaction" => {}
            "custom_tool_call"
            | "custom_tool_call_output"
            | "web_search_call"
            | "file_search_call"
            | "code_interpreter_call"
            | "computer_call"
            | "computer_call_output"
            | "mcp_call"
            | "image_generation_call" => {}
            other => {
                return Err(refused(
                    "invalid_value",
                    &format!("{path}.type"),
                    format!(
                        "Invalid value: '{other}'. Supported values are: 'function_call', 'function_call_output', 'item_reference', 'message', and 'reasoning'."
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Adds a part to the turn of the same role that goes on, or begins one.
    fn join(&mut self, role: Role, block: AskBlock, part: Value) {
        let name = if role == Role::Assistant { "assistant" } else { "user" };
        let goes_on = |turn: &Turn| {
            turn.role == role
                && (role == Role::Assistant
                    || turn.blocks.iter().all(|block| matches!(block, AskBlock::ToolResult { .. })))
        };
        if let (Some(turn), Some(message)) =
            (self.turns.last_mut().filter(|turn| goes_on(turn)), self.messages.last_mut())
        {
            turn.blocks.push(block);
            let mut parts = match message["content"].take() {
                Value::String(text) => vec![json!({"type": "text", "text": text})],
                Value::Array(parts) => parts,
                _ => Vec::new(),
            };
            parts.push(part);
            *message = json!({"role": name, "content": parts});
            return;
        }
        self.add(role, vec![block], Value::Array(vec![part]));
    }

    fn add(&mut self, role: Role, blocks: Vec<AskBlock>, content: Value) {
        let name = if role == Role::Assistant { "assistant" } else { "user" };
        self.turns.push(Turn { role, blocks });
        self.messages.push(json!({"role": name, "content": content}));
    }
}

/// Whether two ids name one call: some clients put the response's id before it, which the service takes.
fn same_call(open: &str, given: &str) -> bool {
    let last = |id: &str| id.rsplit(':').next().map(str::to_string);
    open == given || last(open) == last(given)
}

/// A message's content: its blocks, and itself as every door's hashes know it.
fn content(path: &str, content: &Value) -> Result<(Vec<AskBlock>, Value), Exception> {
    let parts = match content {
        Value::String(text) => return Ok((vec![AskBlock::Text(text.clone())], content.clone())),
        Value::Array(parts) => parts,
        Value::Null => return Err(missing(&format!("{path}.content"))),
        other => return Err(wrong_type(&format!("{path}.content"), "a string or an array of content parts", other)),
    };
    let mut blocks = Vec::with_capacity(parts.len());
    let mut plain = Some(String::new());
    for (at, part) in parts.iter().enumerate() {
        let path = format!("{path}.content[{at}]");
        let block = match part["type"].as_str() {
            Some("input_text" | "output_text" | "text" | "summary_text") => {
                AskBlock::Text(part["text"].as_str().ok_or_else(|| missing(&format!("{path}.text")))?.to_string())
            }
            Some("refusal") => AskBlock::Text(part["refusal"].as_str().unwrap_or_default().to_string()),
            Some("input_image") => medium_of(MediaKind::Image, part["image_url"].as_str().unwrap_or_default()),
            Some("input_file") => medium_of(
                MediaKind::Document,
                part["file_data"].as_str().or(part["file_url"].as_str()).unwrap_or_default(),
            ),
            Some("input_audio") => {
                medium_of(MediaKind::Audio, part["input_audio"]["data"].as_str().unwrap_or_default())
            }
            Some(other) => {
                return Err(refused(
                    "invalid_value",
                    &format!("{path}.type"),
                    format!(
                        "Invalid value: '{other}'. Supported values are: 'input_text', 'input_image', 'output_text', 'refusal', 'input_file', and 'input_audio'."
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
