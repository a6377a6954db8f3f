//! Amazon Nova's own bodies on InvokeModel: close to Converse, with differences of their own.

use serde_json::{Value, json};

use super::answer::{Answer, Block};
use super::ask::{Api, Ask, GuardrailAsk};
use super::claude::{Metrics, what_came};
use super::converse;
use super::exception::Exception;
use super::http::Operation;
use super::stream::{Delta, Event, Identity};

/// Top-level fields of a body.
const FIELDS: [&str; 6] =
    ["schemaVersion", "messages", "system", "inferenceConfig", "toolConfig", "amazon-bedrock-guardrailConfig"];

/// Reads and checks a body.
///
/// # Errors
/// The exception the service would answer with.
pub fn read(body: &[u8], model_id: &str, operation: Operation) -> Result<Ask, Exception> {
    let mut body: Value = crate::document::bounded(body).map_err(|_| Exception::usual("ValidationException"))?;
    let fields = body.as_object_mut().ok_or_else(|| Exception::usual("ValidationException"))?;
    if let Some(unknown) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(Exception::validation(format!(
            "Malformed input request: #: extraneous key [{unknown}] is not permitted, please reformat your input and try again."
        )));
    }
    fields.remove("schemaVersion");
    let guarded = fields.remove("amazon-bedrock-guardrailConfig");
    let mut top_k = None;
    // Nova spells two parameters differently from Converse, and has one of its own.
    if let Some(config) = fields.get_mut("inferenceConfig").and_then(Value::as_object_mut) {
        for (own, converse) in [("max_new_tokens", "maxTokens"), ("top_p", "topP")] {
            if let Some(value) = config.remove(own) {
                config.insert(converse.to_string(), value);
            }
        }
        top_k = ["topK", "top_k"].iter().filter_map(|name| config.remove(*name)?.as_f64()).next();
        config.remove("reasoningConfig");
    }
    // Counted or not, the body is the same.
    let whole = if operation == Operation::CountTokens { Operation::InvokeModel } else { operation };
    let mut ask = converse::read_value(body, model_id, whole)?;
    ask.operation = operation;
    ask.api = Api::Nova;
    ask.sampling.top_k = top_k;
    ask.sampling.top_k_at = "inferenceConfig.topK";
    ask.guardrail = guarded.map(|guarded| GuardrailAsk {
        tag_suffix: guarded["tagSuffix"].as_str().map(str::to_string),
        ..GuardrailAsk::default()
    });
    Ok(ask)
}

/// The answer as InvokeModel returns it.
pub fn body(answer: &Answer, identity: &Identity) -> Value {
    json!({
        "output": {"message": {"content": content(answer, identity), "role": "assistant"}},
        "stopReason": answer.stop_reason.converse(),
        "usage": usage(answer, true),
    })
}

fn content(answer: &Answer, identity: &Identity) -> Vec<Value> {
    let blocks = answer.content.iter().enumerate().map(|(index, block)| match block {
        Block::Text(text) | Block::Cited { text, .. } => json!({"text": text}),
        Block::BrokenToolUse { id, name, json } => {
            let id = id.clone().unwrap_or_else(|| identity.converse_tool_id(index));
            json!({"toolUse": {"name": name, "toolUseId": id, "input": what_came(json)}})
        }
        Block::Thinking { text, .. } => json!({"reasoningContent": {"reasoningText": {"text": text}}}),
        Block::RedactedThinking(data) => json!({"reasoningContent": {"redactedContent": data}}),
        Block::ToolUse { id, name, input } => {
            let id = id.clone().unwrap_or_else(|| identity.converse_tool_id(index));
            json!({"toolUse": {"name": name, "toolUseId": id, "input": input}})
        }
    });
    blocks.collect()
}

fn usage(answer: &Answer, total: bool) -> Value {
    let usage = &answer.usage;
    let mut value = json!({"inputTokens": usage.input_tokens, "outputTokens": usage.output_tokens});
    if total {
        value["totalTokens"] = json!(usage.prompt_tokens() + usage.output_tokens);
    }
    value["cacheReadInputTokenCount"] = json!(usage.cache_read_tokens);
    value["cacheWriteInputTokenCount"] = json!(usage.written_tokens());
    value
}

/// One event of the stream; none for what Nova does not send.
pub fn event(event: &Event<'_>, answer: &Answer, identity: &Identity, metrics: Metrics) -> Value {
    match event {
        Event::MessageStart => json!({"messageStart": {"role": "assistant"}}),
        Event::BlockStart { index, block: Block::ToolUse { id, name, .. } | Block::BrokenToolUse { id, name, .. } } => {
            let id = id.clone().unwrap_or_else(|| identity.converse_tool_id(*index));
            json!({"contentBlockStart": {"start": {"toolUse": {"toolUseId": id, "name": name}}, "contentBlockIndex": index}})
        }
        Event::BlockStart { .. } => Value::Null,
        Event::Delta { index, delta } => {
            let delta = match delta {
                Delta::Text(text) => json!({"text": text}),
                Delta::Thinking(text) => json!({"reasoningContent": {"text": text}}),
                Delta::ToolInput(json) => json!({"toolUse": {"input": json}}),
                Delta::RedactedThinking(data) => json!({"reasoningContent": {"redactedContent": data}}),
                Delta::Signature(_) | Delta::Citation(_) => return Value::Null,
            };
            json!({"contentBlockDelta": {"delta": delta, "contentBlockIndex": index}})
        }
        Event::BlockStop { index } => json!({"contentBlockStop": {"contentBlockIndex": index}}),
        Event::MessageStop { stop_reason } => json!({"messageStop": {"stopReason": stop_reason.converse()}}),
        Event::End => json!({
            "metadata": {"usage": usage(answer, false), "metrics": {}, "trace": {}},
            "amazon-bedrock-invocationMetrics": {
                "inputTokenCount": answer.usage.input_tokens,
                "outputTokenCount": answer.usage.output_tokens,
                "invocationLatency": metrics.latency_ms,
                "firstByteLatency": metrics.first_byte_ms,
                "cacheReadInputTokenCount": answer.usage.cache_read_tokens,
                "cacheWriteInputTokenCount": answer.usage.written_tokens(),
            },
        }),
    }
}
