use serde_json::{Value, json};

use crate::fixture::Usage;

/// One event of Claude's stream on InvokeModelWithResponseStream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamEvent {
    /// The event's `type`.
    pub kind: &'static str,
    /// The text it adds to the answer; empty for all but deltas.
    pub text: String,
    /// The whole event as it is sent.
    pub payload: Value,
}

/// The events of an answer of one text block, in Claude's order: message_start,
/// content_block_start, a delta for each chunk, content_block_stop, message_delta, message_stop.
/// Chunks are not merged or split.
pub fn claude_events(model_id: &str, chunks: &[String], usage: Usage, stop_reason: &str) -> Vec<StreamEvent> {
    let event = |kind: &'static str, payload: Value| StreamEvent { kind, text: String::new(), payload };
    let mut events = vec![
        event(
            "message_start",
            json!({"type": "message_start", "message": {
                "type": "message", "role": "assistant", "model": model_id, "content": [],
                "stop_reason": null, "stop_sequence": null,
                "usage": {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens.min(1)},
            }}),
        ),
        event(
            "content_block_start",
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ),
    ];
    events.extend(chunks.iter().map(|chunk| StreamEvent {
        kind: "content_block_delta",
        text: chunk.clone(),
        payload: json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": chunk}}),
    }));
    events.push(event("content_block_stop", json!({"type": "content_block_stop", "index": 0})));
    events.push(event(
        "message_delta",
        json!({"type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": null},
            "usage": {"output_tokens": usage.output_tokens}}),
    ));
    events.push(event("message_stop", json!({"type": "message_stop"})));
    events
}
