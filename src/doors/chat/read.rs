//! A Chat Completions request as an [`Ask`].

use serde_json::{Value, json};

use crate::bedrock::{Api, Ask, AskBlock, Exception, MediaKind, ModelRules, Role, Turn};
use crate::catalog::Tier;
use crate::doors::Call;
use crate::doors::offered::Offer;
use crate::doors::openai::{body_of, count, missing, refused, text_at, tool_names, wrong_type};
use crate::doors::openai_read::{
    Conversation, Parts, answer_form, arguments_of, chosen, effort_of, explicit_cache, medium_of, metadata, parts_of,
    result_of, sampling, sampling_taken, schema_taken, text_of, tool_of, unsupported,
};
use crate::doors::parameters::{self, CHAT};

const PARTS: Parts = Parts {
    expected: "a string or an array of objects",
    kinds: "'text', 'image_url', 'input_audio', 'refusal', and 'file'",
    read: part,
};

/// Reads a request.
///
/// # Errors
/// What the service refuses, with the parameter.
pub fn ask(call: &Call, rules: &ModelRules) -> Result<Ask, Exception> {
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
        push(&mut conversation, index, message)?;
    }
    all_answered(&conversation, messages.len())?;
    parameters(call, body, rules)?;
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
    let most = rules.max_output_tokens;
    let max_tokens = count(body, "max_completion_tokens", 1, most)?.or(count(body, "max_tokens", 1, most)?);
    let stop_sequences = match &body["stop"] {
        Value::Null => Vec::new(),
        Value::Array(stops) => stops.iter().filter_map(|stop| stop.as_str().map(str::to_string)).collect(),
        stop => stop.as_str().map(str::to_string).into_iter().collect(),
    };
    let ask = Ask::new(call.operation(), call.model(), conversation.turns, Value::Array(conversation.messages));
    Ok(Ask {
        explicit_cache: explicit_cache(body),
        system: conversation.system,
        max_tokens,
        stop_sequences,
        api: Api::OpenAi,
        sampling: sampling(body),
        tool_choice: chosen(&body["tool_choice"], &body["tool_choice"]["function"]["name"]),
        tools: tools.iter().map(|tool| tool_of(&tool["function"])).collect(),
        effort: body["reasoning_effort"].as_str().map(str::to_string),
        reasoning_effort: body["reasoning_effort"].as_str().map(|level| ("reasoning_effort", level.to_string())),
        schema: body["response_format"]["json_schema"].get("schema").cloned(),
        guardrail: call.guardrail(),
        service_tier: body["service_tier"].as_str().map(str::to_string),
        tier: body["service_tier"].as_str().and_then(Tier::from_key).unwrap_or(ask.tier),
        metadata: metadata(body),
        ..ask
    })
}

fn parameters(call: &Call, body: &Value, rules: &ModelRules) -> Result<(), Exception> {
    parameters::check(body, CHAT)?;
    if let Some(offer) = Offer::of(call.model()) {
        if offer.refuses("max_tokens") && !body["max_tokens"].is_null() {
            return Err(unsupported("max_tokens", " Use 'max_completion_tokens' instead."));
        }
        sampling_taken(offer, body)?;
        let effort = body["reasoning_effort"].as_str();
        effort_of(call, offer, effort, "reasoning_effort")?;
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
    if count(body, "n", 1, None)?.is_some_and(|n| n != 1) {
        return Err(refused(
            "unsupported_value",
            "n",
            format!(
                "Unsupported value: 'n' does not support {} with this model. Only the default (1) value is supported.",
                body["n"]
            ),
        ));
    }
    if !body["stream_options"].is_null() && body["stream"] != true {
        return Err(refused(
            "invalid_value",
            "stream_options",
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        ));
    }
    let format = &body["response_format"];
    let spec = &format["json_schema"];
    answer_form(format, "response_format", spec, "response_format.json_schema", "response_format")?;
    schema_taken(rules, format, "response_format")
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

/// Adds a message.
fn push(conversation: &mut Conversation, index: usize, message: &Value) -> Result<(), Exception> {
    let path = format!("messages[{index}]");
    if !message.is_object() {
        return Err(wrong_type(&path, "an object", message));
    }
    let role = text_at(&message["role"], &format!("{path}.role"))?;
    if role != "tool" {
        all_answered(conversation, index)?;
    }
    match role {
        "system" | "developer" => {
            let (blocks, _) = PARTS.content(&path, &message["content"])?;
            conversation.system.extend(blocks);
        }
        "user" => {
            let (blocks, sent) = PARTS.content(&path, &message["content"])?;
            conversation.add(Role::User, blocks, sent);
        }
        "assistant" => assistant(conversation, &path, message)?,
        "tool" => tool(conversation, &path, message)?,
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

fn assistant(conversation: &mut Conversation, path: &str, message: &Value) -> Result<(), Exception> {
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
        if none { (Vec::new(), Value::Array(Vec::new())) } else { PARTS.content(path, &message["content"])? };
    if !calls.is_empty() {
        let mut parts = parts_of(sent);
        for (at, call) in calls.iter().enumerate() {
            let function = &call["function"];
            let required = |value: &Value, name: &str| {
                text_at(value, &format!("{path}.tool_calls[{at}].{name}")).map(str::to_string)
            };
            let (id, name) = (required(&call["id"], "id")?, required(&function["name"], "function.name")?);
            let input = required(&function["arguments"], "function.arguments")?;
            let input = arguments_of(input);
            parts.push(json!({"type": "tool_use", "id": &id, "name": &name, "input": &input}));
            blocks.push(AskBlock::ToolUse { id: id.clone(), name, input, server: false });
            conversation.open.push(id);
        }
        sent = Value::Array(parts);
    }
    conversation.add(Role::Assistant, blocks, sent);
    Ok(())
}

fn tool(conversation: &mut Conversation, path: &str, message: &Value) -> Result<(), Exception> {
    let id = text_at(&message["tool_call_id"], &format!("{path}.tool_call_id"))?;
    let Some(at) = conversation.open.iter().position(|open| open == id) else {
        return Err(refused(
            "invalid_value",
            &format!("{path}.role"),
            "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        ));
    };
    conversation.open.remove(at);
    let (blocks, _) = PARTS.content(path, &message["content"])?;
    let text = Turn { role: Role::User, blocks }.text();
    let part = json!({"type": "tool_result", "tool_use_id": id, "content": &text});
    let block = result_of(id.to_string(), text);
    conversation.join(Role::User, block, part);
    Ok(())
}

/// Refuses tool calls that stay without a result.
fn all_answered(conversation: &Conversation, index: usize) -> Result<(), Exception> {
    if conversation.open.is_empty() {
        return Ok(());
    }
    Err(refused(
        "invalid_value",
        &format!("messages[{index}].role"),
        format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
            conversation.open.join(", ")
        ),
    ))
}

/// An image, a file or a sound, as far as its tokens depend on it.
fn medium(kind: &str, value: &Value, path: &str) -> Result<AskBlock, Exception> {
    let (kind, name) = match kind {
        "image_url" => (MediaKind::Image, "url"),
        "file" => (MediaKind::Document, "file_data"),
        _ => (MediaKind::Audio, "data"),
    };
    medium_of(kind, &value[name], &format!("{path}.{name}"))
}

fn part(kind: &str, part: &Value, path: &str) -> Result<Option<AskBlock>, Exception> {
    Ok(match kind {
        "text" | "refusal" => Some(text_of(part, path)?),
        "image_url" | "input_audio" | "file" => {
            let path = format!("{path}.{kind}");
            match &part[kind] {
                Value::Null => return Err(missing(&path)),
                value if value.is_object() => Some(medium(kind, value, &path)?),
                other => return Err(wrong_type(&path, "an object", other)),
            }
        }
        _ => None,
    })
}
