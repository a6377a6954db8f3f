//! Claude's own bodies on InvokeModel: what is accepted, the answer, and its stream.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Block, Usage};
use super::ask::{Ask, AskBlock, Role, Turn};
use super::exception::Exception;
use super::http::Operation;
use super::rules::ModelRules;
use super::stream::{Delta, Event, Identity};

/// The API versions: the first is every Claude's, the second that of 4.7 and later.
const VERSIONS: [&str; 2] = ["bedrock-2023-05-31", "2026-10-21"];

/// Top-level fields of a body.
const FIELDS: [&str; 17] = [
    "anthropic_version",
    "anthropic_beta",
    "max_tokens",
    "messages",
    "system",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "tools",
    "tool_choice",
    "thinking",
    "metadata",
    "output_config",
    "context_management",
    "mcp_servers",
    "container",
];

/// Reads and checks a body.
///
/// # Errors
/// The exception the service would answer with, from its own layer or the provider's.
pub fn read(body: &[u8], model_id: &str, rules: &ModelRules, operation: Operation) -> Result<Ask, Exception> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Exception::usual("ValidationException"))?;
    read_value(body, model_id, rules, operation)
}

/// Reads and checks a body that is JSON.
///
/// # Errors
/// See [`read`].
pub fn read_value(mut body: Value, model_id: &str, rules: &ModelRules, operation: Operation) -> Result<Ask, Exception> {
    let fields = body.as_object().ok_or_else(|| malformed("#: expected type: JSONObject, found: JSONArray"))?;
    let version = match fields.get("anthropic_version") {
        None => return Err(Exception::validation("anthropic_version: Field required")),
        Some(Value::String(version)) => version.as_str(),
        Some(_) => return Err(Exception::validation("anthropic_version: Input should be a valid string")),
    };
    let newest = version == VERSIONS[1];
    if !VERSIONS.contains(&version) || (newest && !rules.api_2026) {
        return Err(Exception::validation(format!("Invalid API version: {version}")));
    }
    if let Some(unknown) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(if rules.roles_alternate {
            malformed(&format!("#: extraneous key [{unknown}] is not permitted"))
        } else {
            Exception::validation(format!("{unknown}: Extra inputs are not permitted"))
        });
    }
    let counting = operation == Operation::CountTokens;
    let max_tokens = match fields.get("max_tokens") {
        None if counting => None,
        None => {
            return Err(if rules.roles_alternate {
                malformed("#: required key [max_tokens] not found")
            } else {
                Exception::validation("max_tokens: Field required")
            });
        }
        Some(value) => {
            Some(value.as_u64().ok_or_else(|| Exception::validation("max_tokens: Input should be a valid integer"))?)
        }
    };
    if max_tokens == Some(0) {
        return Err(Exception::validation("max_tokens: Input should be greater than or equal to 1"));
    }
    if let Some((asked, most)) = max_tokens.zip(rules.max_output_tokens).filter(|(asked, most)| asked > most) {
        return Err(Exception::validation(format!(
            "max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens for {}",
            rules.short_name
        )));
    }
    sampling(fields, rules, newest)?;
    thinking(fields, rules, max_tokens)?;
    let messages = match fields.get("messages") {
        None => return Err(Exception::validation("messages: Field required")),
        Some(Value::Array(messages)) => messages,
        Some(_) => return Err(Exception::validation("messages: Input should be a valid list")),
    };
    let turns = turns(messages, newest)?;
    order(&turns, rules)?;
    let tools = tools(fields.get("tools"))?;
    let system = system(fields.get("system"))?;
    let stop_sequences = strings(fields.get("stop_sequences"), "stop_sequences")?;
    let tools_text = fields.get("tools").map(Value::to_string).unwrap_or_default();
    let ask = Ask::new(operation, model_id, turns, body["messages"].take());
    Ok(Ask { system, max_tokens, stop_sequences, tools, tools_text, ..ask })
}

fn malformed(what: &str) -> Exception {
    Exception::validation(format!("Malformed input request: {what}, please reformat your input and try again."))
}

fn sampling(fields: &Map<String, Value>, rules: &ModelRules, newest: bool) -> Result<(), Exception> {
    for (name, least, most) in [("temperature", 0.0, 1.0), ("top_p", 0.0, 1.0), ("top_k", 0.0, 500.0)] {
        let Some(value) = fields.get(name) else { continue };
        if newest {
            return Err(Exception::validation(format!("{name}: Extra inputs are not permitted")));
        }
        let number =
            value.as_f64().ok_or_else(|| Exception::validation(format!("{name}: Input should be a valid number")))?;
        if number < least {
            return Err(Exception::validation(format!("{name}: range: {least}..{most}")));
        }
        if number > most {
            return Err(Exception::validation(format!("{name}: range: {least}..{most}")));
        }
    }
    if rules.one_sampling_parameter && fields.contains_key("temperature") && fields.contains_key("top_p") {
        return Err(Exception::validation(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        ));
    }
    Ok(())
}

fn thinking(fields: &Map<String, Value>, rules: &ModelRules, max_tokens: Option<u64>) -> Result<(), Exception> {
    let Some(thinking) = fields.get("thinking") else { return Ok(()) };
    if !rules.thinking {
        return Err(Exception::validation("thinking: Extra inputs are not permitted"));
    }
    match thinking["type"].as_str() {
        Some("disabled") => return Ok(()),
        Some("adaptive") if rules.api_2026 || !rules.prefill => return Ok(()),
        Some("enabled") => {}
        _ => {
            return Err(Exception::validation(
                "thinking: Input tag found using 'type' does not match any of the expected tags: 'disabled', 'enabled'",
            ));
        }
    }
    let budget = thinking["budget_tokens"].as_u64();
    let budget = budget.ok_or_else(|| Exception::validation("thinking.enabled.budget_tokens: Field required"))?;
    if budget < 1024 {
        return Err(Exception::validation(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ));
    }
    if max_tokens.is_some_and(|max| budget >= max) {
        return Err(Exception::validation("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    if fields.get("temperature").and_then(Value::as_f64).is_some_and(|temperature| temperature != 1.0) {
        return Err(Exception::validation("`temperature` may only be set to 1 when thinking is enabled."));
    }
    Ok(())
}

fn system(value: Option<&Value>) -> Result<Vec<String>, Exception> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(blocks)) => blocks
            .iter()
            .enumerate()
            .map(|(index, block)| {
                let text = block["text"].as_str().map(str::to_string);
                text.ok_or_else(|| Exception::validation(format!("system.{index}.text: Field required")))
            })
            .collect(),
        Some(_) => Err(Exception::validation("system: Input should be a valid string")),
    }
}

fn strings(value: Option<&Value>, name: &str) -> Result<Vec<String>, Exception> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Vec::new()) };
    let texts: Option<Vec<_>> =
        value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_string)).collect());
    texts.ok_or_else(|| Exception::validation(format!("{name}: Input should be a valid list of strings")))
}

fn tools(value: Option<&Value>) -> Result<Vec<String>, Exception> {
    let Some(tools) = value.and_then(Value::as_array) else { return Ok(Vec::new()) };
    let name = |(index, tool): (usize, &Value)| {
        let kind = tool["type"].as_str().unwrap_or("custom");
        let typed = ["computer_", "bash_", "text_editor_", "memory_", "web_search_", "web_fetch_", "code_execution_"];
        if kind != "custom" && !typed.iter().any(|prefix| kind.starts_with(prefix)) {
            return Err(Exception::validation(format!(
                "tools.{index}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'bash_20241022', 'bash_20250124', 'custom', 'text_editor_20241022', 'text_editor_20250124'"
            )));
        }
        let name = tool["name"]
            .as_str()
            .ok_or_else(|| Exception::validation(format!("tools.{index}.{kind}.name: Field required")))?;
        if kind == "custom" && !tool["input_schema"].is_object() {
            return Err(Exception::validation(format!("tools.{index}.custom.input_schema: Field required")));
        }
        Ok(name.to_string())
    };
    tools.iter().enumerate().map(name).collect()
}

fn turns(messages: &[Value], newest: bool) -> Result<Vec<Turn>, Exception> {
    let turn = |(index, message): (usize, &Value)| {
        no_more(message, &format!("messages.{index}"), &["role", "content"])?;
        let role = match message["role"].as_str() {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            _ => {
                return Err(Exception::validation(format!(
                    "messages.{index}.role: Input should be 'user' or 'assistant'"
                )));
            }
        };
        let last_assistant = role == Role::Assistant && index + 1 == messages.len();
        let blocks = match &message["content"] {
            Value::String(text) => vec![AskBlock::Text(text.clone())],
            Value::Array(blocks) => {
                let read = |(at, block)| content_block(&format!("messages.{index}.content.{at}"), role, block, newest);
                blocks.iter().enumerate().map(read).collect::<Result<_, _>>()?
            }
            _ => return Err(Exception::validation(format!("messages.{index}.content: Field required"))),
        };
        let empty = blocks.is_empty() || blocks == [AskBlock::Text(String::new())];
        if empty && !last_assistant {
            return Err(Exception::validation(
                "messages: all messages must have non-empty content except for the optional final assistant message",
            ));
        }
        if blocks.len() > 1 && blocks.contains(&AskBlock::Text(String::new())) {
            return Err(Exception::validation("messages: text content blocks must be non-empty"));
        }
        Ok(Turn { role, blocks })
    };
    messages.iter().enumerate().map(turn).collect()
}

/// Members of the content blocks whose form has long been the same.
const MEMBERS: [(&str, &[&str]); 5] = [
    ("text", &["type", "text", "citations", "cache_control"]),
    ("tool_use", &["type", "id", "name", "input", "caller", "cache_control"]),
    ("tool_result", &["type", "tool_use_id", "content", "is_error", "cache_control"]),
    ("thinking", &["type", "thinking", "signature"]),
    ("redacted_thinking", &["type", "data"]),
];

/// Refuses members that no one knows.
fn no_more(value: &Value, path: &str, allowed: &[&str]) -> Result<(), Exception> {
    let mut keys = value.as_object().into_iter().flat_map(Map::keys);
    match keys.find(|key| !allowed.contains(&key.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Exception::validation(format!("{path}.{unknown}: Extra inputs are not permitted"))),
    }
}

fn content_block(path: &str, role: Role, block: &Value, newest: bool) -> Result<AskBlock, Exception> {
    let required = |name: &str| {
        let text = block[name].as_str().map(str::to_string);
        text.ok_or_else(|| {
            Exception::validation(format!("{path}.{}.{name}: Field required", block["type"].as_str().unwrap_or("text")))
        })
    };
    if let Some((kind, members)) = MEMBERS.iter().find(|(kind, _)| block["type"] == *kind) {
        no_more(block, &format!("{path}.{kind}"), members)?;
    }
    match block["type"].as_str() {
        Some("text") => {
            let cited = block["citations"].as_array().is_some_and(|citations| !citations.is_empty());
            if newest && role == Role::User && cited {
                return Err(Exception::validation(format!("{path}.text.citations: Extra inputs are not permitted")));
            }
            Ok(AskBlock::Text(required("text")?))
        }
        Some("tool_use") => {
            required("name")?;
            Ok(AskBlock::ToolUse(required("id")?))
        }
        Some("tool_result") => {
            let text = match &block["content"] {
                Value::String(text) => text.clone(),
                Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
                _ => String::new(),
            };
            Ok(AskBlock::ToolResult(required("tool_use_id")?, text))
        }
        Some("document") if newest && role == Role::Assistant => {
            Err(Exception::validation(format!("{path}: document blocks are not permitted in assistant messages")))
        }
        Some(kind @ ("image" | "document" | "search_result")) => {
            if !block["source"].is_object() && kind != "search_result" {
                return Err(Exception::validation(format!("{path}.{kind}.source: Field required")));
            }
            Ok(AskBlock::Other(kind.to_string()))
        }
        Some(
            kind @ ("thinking"
            | "redacted_thinking"
            | "server_tool_use"
            | "web_search_tool_result"
            | "container_upload"),
        ) => Ok(AskBlock::Other(kind.to_string())),
        Some(kind) => Err(Exception::validation(format!(
            "{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'document', 'image', 'redacted_thinking', 'search_result', 'server_tool_use', 'text', 'thinking', 'tool_result', 'tool_use', 'web_search_tool_result'"
        ))),
        None => Err(Exception::validation(format!("{path}.type: Field required"))),
    }
}

/// Who may speak when, and that every tool use is answered.
fn order(turns: &[Turn], rules: &ModelRules) -> Result<(), Exception> {
    let Some(first) = turns.first() else {
        return Err(Exception::validation("messages: at least one message is required"));
    };
    if first.role != Role::User {
        return Err(Exception::validation("messages: first message must use the \"user\" role"));
    }
    if rules.roles_alternate
        && let Some(pair) = turns.windows(2).find(|pair| pair[0].role == pair[1].role)
    {
        let role = if pair[0].role == Role::User { "user" } else { "assistant" };
        return Err(Exception::validation(format!(
            "messages: roles must alternate between \"user\" and \"assistant\", but found multiple \"{role}\" roles in a row"
        )));
    }
    for (index, turn) in turns.iter().enumerate() {
        let asked: Vec<&str> = turn
            .blocks
            .iter()
            .filter_map(|b| if let AskBlock::ToolUse(id) = b { Some(id.as_str()) } else { None })
            .collect();
        let answered = |id: &&str| {
            let next = turns.get(index + 1).map(|turn| turn.blocks.as_slice()).unwrap_or_default();
            next.iter().any(|block| matches!(block, AskBlock::ToolResult(of, _) if of == id))
        };
        let open: Vec<&str> = asked.into_iter().filter(|id| !answered(id)).collect();
        if !open.is_empty() {
            return Err(Exception::validation(format!(
                "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
                open.join(", ")
            )));
        }
    }
    if let Some(last) = turns.last().filter(|turn| turn.role == Role::Assistant) {
        if !rules.prefill {
            return Err(Exception::validation(
                "This model does not support assistant message prefill. The conversation must end with a user message.",
            ));
        }
        if last.text().ends_with(char::is_whitespace) {
            return Err(Exception::validation("messages: final assistant content cannot end with trailing whitespace"));
        }
    }
    Ok(())
}

/// The answer as InvokeModel returns it, in the provider's own order of keys.
pub fn body(answer: &Answer, rules: &ModelRules, identity: &Identity) -> Value {
    let content: Vec<Value> = answer
        .content
        .iter()
        .enumerate()
        .map(|(index, block)| match block {
            Block::Text(text) => json!({"type": "text", "text": text}),
            Block::Thinking { text, signature } => {
                json!({"type": "thinking", "thinking": text, "signature": signature})
            }
            Block::RedactedThinking(data) => json!({"type": "redacted_thinking", "data": data}),
            Block::ToolUse { id, name, input } => {
                let id = id.clone().unwrap_or_else(|| identity.claude_tool_id(index));
                json!({"type": "tool_use", "id": id, "name": name, "input": input})
            }
        })
        .collect();
    json!({
        "id": identity.message_id(),
        "type": "message",
        "role": "assistant",
        "model": rules.short_name,
        "content": content,
        "stop_reason": answer.stop_reason.claude(),
        "stop_sequence": answer.stop_sequence,
        "usage": usage(&answer.usage, answer.usage.output_tokens),
    })
}

fn usage(usage: &Usage, output_tokens: u64) -> Value {
    let mut value = json!({"input_tokens": usage.input_tokens});
    if usage.uses_cache() {
        value["cache_creation_input_tokens"] = json!(usage.written_tokens());
        value["cache_read_input_tokens"] = json!(usage.cache_read_tokens);
        value["cache_creation"] = json!({
            "ephemeral_5m_input_tokens": usage.cache_write_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        });
    }
    value["output_tokens"] = json!(output_tokens);
    value
}

/// The times that the last event of a stream tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    pub latency_ms: u64,
    pub first_byte_ms: u64,
}

/// One event of the stream.
pub fn event(event: &Event<'_>, answer: &Answer, rules: &ModelRules, identity: &Identity, metrics: Metrics) -> Value {
    match event {
        Event::MessageStart => json!({"type": "message_start", "message": {
            "id": identity.message_id(),
            "type": "message",
            "role": "assistant",
            "model": rules.short_name,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            // A few tokens are counted before the first delta.
            "usage": usage(&answer.usage, answer.usage.output_tokens.min(1)),
        }}),
        Event::BlockStart { index, block } => {
            let block = match block {
                Block::Text(_) => json!({"type": "text", "text": ""}),
                Block::Thinking { .. } => json!({"type": "thinking", "thinking": "", "signature": ""}),
                Block::RedactedThinking(data) => json!({"type": "redacted_thinking", "data": data}),
                Block::ToolUse { id, name, .. } => {
                    let id = id.clone().unwrap_or_else(|| identity.claude_tool_id(*index));
                    json!({"type": "tool_use", "id": id, "name": name, "input": {}})
                }
            };
            json!({"type": "content_block_start", "index": index, "content_block": block})
        }
        Event::Delta { index, delta } => {
            let delta = match delta {
                Delta::Text(text) => json!({"type": "text_delta", "text": text}),
                Delta::Thinking(text) => json!({"type": "thinking_delta", "thinking": text}),
                Delta::Signature(signature) => json!({"type": "signature_delta", "signature": signature}),
                // Sent whole with the start of its block.
                Delta::RedactedThinking(_) => return Value::Null,
                Delta::ToolInput(json) => json!({"type": "input_json_delta", "partial_json": json}),
            };
            json!({"type": "content_block_delta", "index": index, "delta": delta})
        }
        Event::BlockStop { index } => json!({"type": "content_block_stop", "index": index}),
        Event::MessageStop { stop_reason } => json!({
            "type": "message_delta",
            "delta": {"stop_reason": stop_reason.claude(), "stop_sequence": answer.stop_sequence},
            "usage": {"output_tokens": answer.usage.output_tokens},
        }),
        Event::End => {
            let mut counts = json!({
                "inputTokenCount": answer.usage.input_tokens,
                "outputTokenCount": answer.usage.output_tokens,
                "invocationLatency": metrics.latency_ms,
                "firstByteLatency": metrics.first_byte_ms,
            });
            if answer.usage.uses_cache() {
                counts["cacheReadInputTokenCount"] = json!(answer.usage.cache_read_tokens);
                counts["cacheWriteInputTokenCount"] = json!(answer.usage.written_tokens());
            }
            json!({"type": "message_stop", "amazon-bedrock-invocationMetrics": counts})
        }
    }
}
