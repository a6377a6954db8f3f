//! From what OpenAI's two APIs sent back to the answer it gave: bodies and streams.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bedrock::{Answer, Block, StopReason, Usage};

use super::Streamed;

/// The answer in a whole body of Chat Completions or Responses; `None` for other forms.
pub fn answer_in_body(body: &Value) -> Option<Answer> {
    if body["choices"].is_array() {
        return Some(chat(body));
    }
    (body["object"] == "response").then(|| response(body))
}

/// The answer that the events of either stream add up to; `None` for a stream without one.
pub fn streamed_in_events(events: &[Value]) -> Option<Streamed> {
    let is_chat = |event: &Value| event["object"] == "chat.completion.chunk" && event["choices"].is_array();
    if events.iter().any(is_chat) {
        return Some(chat_chunks(events));
    }
    let of = |kind: &str| events.iter().rev().find(|event| event["type"] == kind);
    let last = ["response.completed", "response.incomplete", "response.failed"].into_iter().find_map(of);
    if let Some(object) = last.map(|event| &event["response"]).filter(|object| has_output(object)) {
        let Answer { content, stop_reason, stop_sequence, usage, .. } = response(object);
        let (stop_reason, usage) = (ended(object).then_some(stop_reason), object["usage"].is_object().then_some(usage));
        return Some(Streamed { content, stop_reason, stop_sequence, usage });
    }
    // A stream that broke off: the items it finished.
    let known = events.iter().any(|event| event["type"].as_str().is_some_and(|kind| kind.starts_with("response.")));
    known.then(|| {
        let items = events.iter().filter(|event| event["type"] == "response.output_item.done");
        Streamed { content: items.flat_map(|event| item(&event["item"])).collect(), ..Streamed::default() }
    })
}

/// Whether a response came to its end; one that failed did not.
fn ended(object: &Value) -> bool {
    object["status"] == "completed" || object["status"] == "incomplete"
}

fn has_output(object: &Value) -> bool {
    object["output"].as_array().is_some_and(|output| !output.is_empty())
}

fn tokens(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0).min(Usage::MOST_TOKENS)
}

/// Counts whose prompt includes what was cached, as counts that share nothing.
fn usage(usage: &Value, input: &str, output: &str, details: &str) -> Usage {
    let (read, written) = (tokens(&usage[details]["cached_tokens"]), tokens(&usage[details]["cache_write_tokens"]));
    Usage {
        input_tokens: tokens(&usage[input]).saturating_sub(read).saturating_sub(written),
        output_tokens: tokens(&usage[output]),
        cache_read_tokens: read,
        cache_write_tokens: written,
        reasoning_tokens: tokens(&usage[format!("{}_details", output)]["reasoning_tokens"]),
        ..Usage::default()
    }
}

fn chat_usage(value: &Value) -> Usage {
    usage(value, "prompt_tokens", "completion_tokens", "prompt_tokens_details")
}

fn chat_reason(value: &Value) -> StopReason {
    match value.as_str() {
        Some("tool_calls" | "function_call") => StopReason::ToolUse,
        Some("length") => StopReason::MaxTokens,
        Some("content_filter") => StopReason::ContentFiltered,
        _ => StopReason::EndTurn,
    }
}

fn call(id: &Value, name: &Value, arguments: &str) -> Block {
    Block::ToolUse {
        id: id.as_str().map(str::to_string),
        name: name.as_str().unwrap_or_default().to_string(),
        input: crate::document::bounded((if arguments.is_empty() { "{}" } else { arguments }).as_bytes())
            .unwrap_or(Value::Null),
    }
}

fn thought(text: &str) -> Block {
    Block::Thinking { text: text.to_string(), signature: String::new() }
}

fn chat(body: &Value) -> Answer {
    let choice = &body["choices"][0];
    let message = &choice["message"];
    let text = |name: &str| message[name].as_str().filter(|text| !text.is_empty());
    let mut content: Vec<Block> = text("reasoning").or(text("reasoning_content")).map(thought).into_iter().collect();
    content.extend(text("content").map(|text| Block::Text(text.to_string())));
    let refusal = text("refusal");
    content.extend(refusal.map(|text| Block::Text(text.to_string())));
    for tool in message["tool_calls"].as_array().into_iter().flatten() {
        let function = &tool["function"];
        content.push(call(&tool["id"], &function["name"], function["arguments"].as_str().unwrap_or_default()));
    }
    Answer {
        content,
        stop_reason: if refusal.is_some() { StopReason::Refusal } else { chat_reason(&choice["finish_reason"]) },
        ..Answer::text("", chat_usage(&body["usage"]))
    }
}

fn chat_chunks(events: &[Value]) -> Streamed {
    let (mut said, mut refusal, mut thoughts) = (String::new(), String::new(), String::new());
    let mut tools: BTreeMap<u64, (Value, Value, String)> = BTreeMap::new();
    let mut stop_reason = None;
    let mut usage = None;
    for event in events {
        if event["usage"].is_object() {
            usage = Some(chat_usage(&event["usage"]));
        }
        let choice = &event["choices"][0];
        if choice["finish_reason"].is_string() {
            stop_reason = Some(chat_reason(&choice["finish_reason"]));
        }
        let delta = &choice["delta"];
        let text = |name: &str| delta[name].as_str().unwrap_or_default();
        said.push_str(text("content"));
        refusal.push_str(text("refusal"));
        thoughts.push_str(if delta["reasoning"].is_string() { text("reasoning") } else { text("reasoning_content") });
        for tool in delta["tool_calls"].as_array().into_iter().flatten() {
            let (id, name, arguments) = tools.entry(tool["index"].as_u64().unwrap_or(0)).or_default();
            let function = &tool["function"];
            if tool["id"].is_string() {
                *id = tool["id"].clone();
            }
            if function["name"].is_string() {
                *name = function["name"].clone();
            }
            arguments.push_str(function["arguments"].as_str().unwrap_or_default());
        }
    }
    let mut content = Vec::new();
    if !thoughts.is_empty() {
        content.push(thought(&thoughts));
    }
    let refused = !refusal.is_empty();
    content.extend([said, refusal].into_iter().filter(|text| !text.is_empty()).map(Block::Text));
    content.extend(tools.into_values().map(|(id, name, arguments)| call(&id, &name, &arguments)));
    let stop_reason = stop_reason.map(|reason| if refused { StopReason::Refusal } else { reason });
    Streamed { content, stop_reason, stop_sequence: None, usage }
}

/// The blocks of one item of a response.
fn item(item: &Value) -> Vec<Block> {
    match item["type"].as_str() {
        Some("message") => {
            let parts = item["content"].as_array().into_iter().flatten();
            parts
                .filter_map(|part| part["text"].as_str().or(part["refusal"].as_str()))
                .map(|text| Block::Text(text.to_string()))
                .collect()
        }
        Some("function_call") => {
            vec![call(&item["call_id"], &item["name"], item["arguments"].as_str().unwrap_or_default())]
        }
        Some("reasoning") => {
            let parts =
                |name: &str| item[name].as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
            let text: String = parts("content").chain(parts("summary")).collect();
            let sealed = item["encrypted_content"].as_str().unwrap_or_default();
            let signature = sealed.strip_prefix("rsn_").unwrap_or(sealed).to_string();
            vec![Block::Thinking { text, signature }]
        }
        _ => Vec::new(),
    }
}

fn response(body: &Value) -> Answer {
    let items = body["output"].as_array().map(Vec::as_slice).unwrap_or_default();
    let content: Vec<Block> = items.iter().flat_map(item).collect();
    let refused = items
        .iter()
        .flat_map(|item| item["content"].as_array().into_iter().flatten())
        .any(|part| part["type"] == "refusal");
    let calls = content.iter().any(|block| matches!(block, Block::ToolUse { .. }));
    let stop_reason = match body["incomplete_details"]["reason"].as_str() {
        Some("max_output_tokens") => StopReason::MaxTokens,
        Some(_) => StopReason::ContentFiltered,
        None if refused => StopReason::Refusal,
        None if calls => StopReason::ToolUse,
        None => StopReason::EndTurn,
    };
    let counts = usage(&body["usage"], "input_tokens", "output_tokens", "input_tokens_details");
    Answer { content, stop_reason, ..Answer::text("", counts) }
}
