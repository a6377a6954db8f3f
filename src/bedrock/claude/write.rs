//! The answer in Anthropic's own form: whole, and as the events of a stream.

use serde_json::{Value, json};

use crate::bedrock::answer::{Answer, Block, Citation, Usage};
use crate::bedrock::rules::ModelRules;
use crate::bedrock::stream::{Delta, Event, Identity};

/// The answer as InvokeModel returns it, in the provider's own order of keys.
pub fn body(answer: &Answer, rules: &ModelRules, identity: &Identity) -> Value {
    let content: Vec<Value> = answer
        .content
        .iter()
        .enumerate()
        .map(|(index, block)| match block {
            Block::Text(text) => json!({"type": "text", "text": text}),
            Block::Cited { text, citations } => {
                let citations: Vec<Value> = citations.iter().map(Citation::anthropic).collect();
                json!({"type": "text", "text": text, "citations": citations})
            }
            Block::BrokenToolUse { id, name, json } => {
                let id = id.clone().unwrap_or_else(|| identity.claude_tool_id(index));
                json!({"type": "tool_use", "id": id, "name": name, "input": what_came(json)})
            }
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
    let mut body = json!({
        "id": identity.message_id(),
        "type": "message",
        "role": "assistant",
        "model": rules.short_name,
        "content": content,
        "stop_reason": answer.stop_reason.claude(),
        "stop_sequence": answer.stop_sequence,
        "usage": usage(&answer.usage, answer.usage.output_tokens, rules),
    });
    if newest(rules) {
        body["stop_details"] = Value::Null;
    }
    if let Some(refusal) = &answer.refusal {
        body["stop_details"] =
            json!({"type": "refusal", "category": refusal.category, "explanation": refusal.explanation});
    }
    if let Some(Value::Object(more)) = &answer.fields {
        for (name, value) in more {
            body[name.as_str()] = value.clone();
        }
    }
    body
}

/// The members of a tool's input that had come whole when it broke off.
pub(crate) fn what_came(json: &str) -> Value {
    // The longest beginning that closes to an object; a few commas back from the end at most.
    let mut ends: Vec<usize> = json.match_indices(',').map(|(at, _)| at).collect();
    ends.push(json.len());
    ends.iter()
        .rev()
        .take(64)
        .find_map(|end| serde_json::from_str::<Value>(&format!("{}}}", json.get(..*end)?)).ok())
        .unwrap_or_else(|| json!({}))
}

/// Usage as Anthropic's body has it: with its cache counts for every model that caches.
pub fn usage(usage: &Usage, output_tokens: u64, rules: &ModelRules) -> Value {
    let mut value = json!({"input_tokens": usage.input_tokens});
    if usage.uses_cache() || rules.caches() {
        value["cache_creation_input_tokens"] = json!(usage.written_tokens());
        value["cache_read_input_tokens"] = json!(usage.cache_read_tokens);
        value["cache_creation"] = json!({
            "ephemeral_5m_input_tokens": usage.cache_write_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        });
    }
    value["output_tokens"] = json!(output_tokens);
    if newest(rules) {
        value["output_tokens_details"] = json!({"thinking_tokens": usage.reasoning_tokens.min(output_tokens)});
        value["service_tier"] = json!("standard");
    }
    value
}

/// Whether the model is of those whose bodies carry the newer members.
///
/// # Source
/// Recorded answers of Opus 4.8 on InvokeModel, July 2026; models of the newest API version have them.
fn newest(rules: &ModelRules) -> bool {
    rules.lists("api_versions", "2026-10-21")
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
            "usage": usage(&answer.usage, answer.usage.output_tokens.min(1), rules),
        }}),
        Event::BlockStart { index, block } => {
            let block = match block {
                Block::Text(_) => json!({"type": "text", "text": ""}),
                Block::Cited { .. } => json!({"type": "text", "text": "", "citations": []}),
                Block::Thinking { .. } => json!({"type": "thinking", "thinking": "", "signature": ""}),
                Block::RedactedThinking(data) => json!({"type": "redacted_thinking", "data": data}),
                Block::ToolUse { id, name, .. } | Block::BrokenToolUse { id, name, .. } => {
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
                Delta::Citation(citation) => json!({"type": "citations_delta", "citation": citation.anthropic()}),
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
