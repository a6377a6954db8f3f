//! A Responses request as an [`Ask`]: the conversation it continues, and its own input.

use serde_json::{Value, json};

use crate::bedrock::{Api, Ask, AskBlock, Exception, MediaKind, ModelRules, Role};
use crate::catalog::Tier;
use crate::doors::offered::Offer;
use crate::doors::openai::{body_of, count, missing, refused, text_at, tool_names, wrong_type};
use crate::doors::openai_read::{
    Conversation, Parts, answer_form, arguments_of, chosen, effort_of, explicit_cache, medium_of, metadata, result_of,
    sampling, sampling_taken, schema_taken, text_of, tool_of,
};
use crate::doors::parameters::{self, RESPONSES};
use crate::doors::{Call, Host, State};

const PARTS: Parts = Parts {
    expected: "a string or an array of content parts",
    kinds: "'input_text', 'input_image', 'output_text', 'refusal', 'input_file', and 'input_audio'",
    read: part,
};
/// What the assistant said.
const SAID: Parts = Parts { kinds: "'output_text' and 'refusal'", read: said, ..PARTS };

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
pub fn ask(call: &Call, rules: &ModelRules, state: &State, now_ms: f64) -> Result<Ask, Exception> {
    let body = body_of(&call.body)?;
    let unknown = |name: &&String| !PARAMETERS.contains(&name.as_str()) && *name != "user";
    if let Some(name) = body.as_object().into_iter().flatten().map(|(name, _)| name).find(unknown) {
        return Err(refused("unknown_parameter", name, format!("Unknown parameter: '{name}'.")));
    }
    parameters(call, body, rules)?;
    let functions = tools(call, body)?;
    let mut conversation = Conversation::default();
    if let Some(id) = body["previous_response_id"].as_str() {
        let stored = state.get(id, now_ms).ok_or_else(|| no_response(call, id))?;
        continue_from(&mut conversation, &stored.items)?;
    }
    let instructions = body["instructions"].as_str().map(|text| AskBlock::Text(text.to_string()));
    conversation.system.extend(instructions);
    match &body["input"] {
        Value::Null if body["previous_response_id"].is_string() => {}
        Value::Null => return Err(missing("input")),
        Value::String(text) => conversation.add(Role::User, vec![AskBlock::Text(text.clone())], json!(text)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                push(&mut conversation, index, item)?;
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
    let max_tokens = count(body, "max_output_tokens", 16, rules.max_output_tokens)?;
    let ask = Ask::new(call.operation(), call.model(), conversation.turns, Value::Array(conversation.messages));
    Ok(Ask {
        explicit_cache: explicit_cache(body),
        system: conversation.system,
        max_tokens,
        api: Api::OpenAi,
        sampling: sampling(body),
        tools: functions.iter().copied().map(tool_of).collect(),
        tool_choice: chosen(&body["tool_choice"], &body["tool_choice"]["name"]),
        effort: body["reasoning"]["effort"].as_str().map(str::to_string),
        schema: body["text"]["format"].get("schema").cloned(),
        service_tier: body["service_tier"].as_str().map(str::to_string),
        tier: body["service_tier"].as_str().and_then(Tier::from_key).unwrap_or(ask.tier),
        metadata: metadata(body),
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

fn parameters(call: &Call, body: &Value, rules: &ModelRules) -> Result<(), Exception> {
    parameters::check(body, RESPONSES)?;
    if call.host == Host::Runtime && body["background"] == true {
        return Err(refused("unsupported_parameter", "background", "The background parameter is not supported."));
    }
    if body["background"] == true && body["store"] == false {
        return Err(refused("invalid_value", "background", "Background mode requires 'store' to be true."));
    }
    if let Some(offer) = Offer::of(call.model()) {
        sampling_taken(offer, body)?;
        effort_of(call, offer, body["reasoning"]["effort"].as_str(), "reasoning.effort")?;
    }
    let format = &body["text"]["format"];
    if format["type"] == "json_schema" && format["name"].is_string() && !format["schema"].is_object() {
        return Err(missing("text.format.schema"));
    }
    answer_form(format, "text.format", format, "text.format", "text.format.schema")?;
    schema_taken(rules, format, "text.format")
}

/// Tools of the vendor's that mantle takes, some with a date behind them.
const HOSTED: [&str; 12] = [
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "image_generation",
    "local_shell",
    "mcp",
    "namespace",
    "shell",
    "tool_search",
    "web_search",
    "web_search_preview",
];

/// Whether a tool is another one of a date: `web_search_2025_08_26`.
fn dated(kind: &str, known: &str) -> bool {
    let date = kind.strip_prefix(known).and_then(|rest| rest.strip_prefix('_'));
    date.is_some_and(|date| !date.is_empty() && date.chars().all(|c| c.is_ascii_digit() || c == '_'))
}

/// Refuses a choice of a tool that is not offered.
fn tool_choice(call: &Call, body: &Value, tools: &[Value], names: &[String]) -> Result<(), Exception> {
    let choice = &body["tool_choice"];
    let refuse = |message: String| Err(refused("invalid_value", "tool_choice", message));
    // Below `/v1` a model chooses for itself.
    if call.path.starts_with("/v1/") && !choice.is_null() && choice != "auto" {
        return refuse("Only 'auto' tool_choice is supported in response API.".to_string());
    }
    match (choice.as_str(), choice["name"].as_str(), choice["type"].as_str()) {
        (Some("required"), ..) if tools.is_empty() => {
            refuse("Tool choice 'required' must be specified with 'tools' parameter.".to_string())
        }
        (None, Some(name), Some("function" | "custom") | None) if !names.iter().any(|known| known == name) => {
            refuse(format!("Tool choice '{name}' not found in 'tools' parameter."))
        }
        (None, None, Some(kind)) if kind != "allowed_tools" && !tools.iter().any(|tool| tool["type"] == kind) => {
            refuse(format!("Tool choice '{kind}' not found in 'tools' parameter."))
        }
        _ => Ok(()),
    }
}

/// The functions offered.
fn tools<'a>(call: &Call, body: &'a Value) -> Result<Vec<&'a Value>, Exception> {
    let tools = match &body["tools"] {
        Value::Null => &[],
        Value::Array(tools) => tools.as_slice(),
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
            // No store of files is served, so nothing can be searched in it.
            Some("file_search") => {
                return Err(refused(
                    "invalid_value",
                    &format!("tools[{index}].type"),
                    format!("Tool type 'file_search' is not supported for model `{}`", call.model()),
                ));
            }
            Some(kind) if HOSTED.iter().any(|known| kind == *known || dated(kind, known)) => {}
            Some(kind) => {
                return Err(refused(
                    "invalid_value",
                    &format!("tools[{index}].type"),
                    format!(
                        "Invalid value: '{kind}'. Supported values are: 'function', 'custom', 'web_search', and others."
                    ),
                ));
            }
        }
    }
    let names = tool_names(functions.iter().cloned())?;
    tool_choice(call, body, tools, &names)?;
    Ok(functions.into_iter().map(|(_, tool)| tool).collect())
}

/// Takes up a stored conversation.
fn continue_from(conversation: &mut Conversation, items: &str) -> Result<(), Exception> {
    let items: Vec<Value> = serde_json::from_str(&format!("[{items}]")).unwrap_or_default();
    items.iter().enumerate().try_for_each(|(index, item)| push(conversation, index, item))
}

/// Adds an item.
fn push(conversation: &mut Conversation, index: usize, item: &Value) -> Result<(), Exception> {
    let path = format!("input[{index}]");
    if !item.is_object() {
        return Err(wrong_type(&path, "an object", item));
    }
    let required = |name: &str| text_at(&item[name], &format!("{path}.{name}")).map(str::to_string);
    match item["type"].as_str().unwrap_or("message") {
        "message" => {
            let role = required("role")?;
            let parts = if role == "assistant" { &SAID } else { &PARTS };
            let (blocks, sent) = parts.content(&path, &item["content"])?;
            match role.as_str() {
                "user" => conversation.add(Role::User, blocks, sent),
                "assistant" => conversation.add(Role::Assistant, blocks, sent),
                "system" | "developer" => conversation.system.extend(blocks),
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
            let input = arguments_of(arguments);
            let part = json!({"type": "tool_use", "id": &id, "name": &name, "input": &input});
            conversation.open.push(id.clone());
            conversation.join(Role::Assistant, AskBlock::ToolUse { id, name, input, server: false }, part);
        }
        "function_call_output" => {
            let id = required("call_id")?;
            let Some(at) = conversation.open.iter().position(|open| same_call(open, &id)) else {
                return Err(refused(
                    "invalid_value",
                    "input",
                    format!("No tool call found for function call output with call_id {id}."),
                ));
            };
            conversation.open.remove(at);
            let text = match &item["output"] {
                Value::String(text) => text.clone(),
                Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
                Value::Null => return Err(missing(&format!("{path}.output"))),
                other => return Err(wrong_type(&format!("{path}.output"), "a string or an array", other)),
            };
            let part = json!({"type": "tool_result", "tool_use_id": &id, "content": &text});
            conversation.join(Role::User, result_of(id, text), part);
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

/// Whether two ids name one call: some clients put the response's id before it, which the service takes.
fn same_call(open: &str, given: &str) -> bool {
    let last = |id: &str| id.rsplit(':').next().map(str::to_string);
    open == given || last(open) == last(given)
}

fn part(kind: &str, part: &Value, path: &str) -> Result<Option<AskBlock>, Exception> {
    let medium = |kind, name: &str, data: &Value| medium_of(kind, data, &format!("{path}.{name}")).map(Some);
    let named = |name: &str| !part[name].is_null();
    match kind {
        "input_text" | "output_text" | "refusal" => text_of(part, path).map(Some),
        // No store of files is served.
        "input_image" | "input_file" if part["file_id"].is_string() => {
            let message = format!("No such File object: {}", part["file_id"].as_str().unwrap_or_default());
            Err(refused("invalid_value", &format!("{path}.file_id"), message))
        }
        "input_image" => medium(MediaKind::Image, "image_url", &part["image_url"]),
        "input_file" if named("file_url") && !named("file_data") => {
            medium(MediaKind::Document, "file_url", &part["file_url"])
        }
        "input_file" => medium(MediaKind::Document, "file_data", &part["file_data"]),
        "input_audio" => medium(MediaKind::Audio, "input_audio.data", &part["input_audio"]["data"]),
        _ => Ok(None),
    }
}

fn said(kind: &str, part: &Value, path: &str) -> Result<Option<AskBlock>, Exception> {
    match kind {
        "output_text" | "refusal" => text_of(part, path).map(Some),
        _ => Ok(None),
    }
}
