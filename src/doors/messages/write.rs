//! A Messages answer: one body, or events with names.

use serde_json::{Value, json};

use crate::bedrock::claude::{self, Metrics};
use crate::bedrock::{Event, Exception, Identity, Piece, Step, Usage};
use crate::doors::errors::anthropic_type;
use crate::doors::{DoorScene, Host, json};

/// The answer as one body, in the order of members that was recorded.
pub fn whole(scene: &DoorScene<'_>) -> Vec<u8> {
    let DoorScene { answer, rules, identity, .. } = *scene;
    let body = claude::body(answer, rules, identity);
    let mut out = String::with_capacity(1024);
    head(&mut out, scene);
    out.push_str(",\"content\":");
    json::value(&mut out, &body["content"]);
    out.push(',');
    stop(&mut out, &body["stop_reason"], &body["stop_sequence"], &body["stop_details"]);
    out.push_str(",\"usage\":{");
    usage(&mut out, &answer.usage, answer.usage.output_tokens, true);
    thinking_tokens(&mut out, scene.thinking_tokens);
    out.push_str(",\"service_tier\":\"standard\"}");
    if let Some(edits) = context_management(scene) {
        out.push_str(edits);
    }
    guarded(&mut out, scene);
    out.push('}');
    out.into_bytes()
}

/// `{"model":…,"id":…,"type":"message","role":"assistant"`
fn head(out: &mut String, scene: &DoorScene<'_>) {
    out.push_str("{\"model\":");
    json::text(out, &scene.rules.short_name);
    out.push_str(",\"id\":\"msg_bdrk_");
    out.push_str(&scene.identity.long_id(1));
    out.push_str("\",\"type\":\"message\",\"role\":\"assistant\"");
}

fn stop(out: &mut String, reason: &Value, sequence: &Value, details: &Value) {
    json::plain(out, format_args!("\"stop_reason\":{reason},\"stop_sequence\":{sequence},\"stop_details\":{details}"));
}

/// The counts, those of caches always among them and never part of the input's.
fn usage(out: &mut String, usage: &Usage, output_tokens: u64, by_ttl: bool) {
    json::plain(
        out,
        format_args!(
            "\"input_tokens\":{},\"cache_creation_input_tokens\":{},\"cache_read_input_tokens\":{}",
            usage.input_tokens,
            usage.written_tokens(),
            usage.cache_read_tokens
        ),
    );
    if by_ttl {
        json::plain(
            out,
            format_args!(
                ",\"cache_creation\":{{\"ephemeral_5m_input_tokens\":{},\"ephemeral_1h_input_tokens\":{}}}",
                usage.cache_write_tokens, usage.cache_write_1h_tokens
            ),
        );
    }
    json::plain(out, format_args!(",\"output_tokens\":{output_tokens}"));
}

fn thinking_tokens(out: &mut String, tokens: u64) {
    json::plain(out, format_args!(",\"output_tokens_details\":{{\"thinking_tokens\":{tokens}}}"));
}

/// What a guardrail made of the answer, and how it came to that where the request asks.
fn guarded(out: &mut String, scene: &DoorScene<'_>) {
    if scene.trace.is_some() {
        out.push_str(",\"amazon-bedrock-guardrailAction\":");
        out.push_str(if scene.blocked() { "\"INTERVENED\"" } else { "\"NONE\"" });
    }
    if let Some(trace) = scene.told() {
        out.push_str(",\"amazon-bedrock-trace\":");
        json::value(out, trace);
    }
}

/// Said when the beta was sent.
fn context_management(scene: &DoorScene<'_>) -> Option<&'static str> {
    let betas = scene.call.headers.get("anthropic-beta")?;
    betas.contains("context-management").then_some(",\"context_management\":{\"applied_edits\":[]}")
}

/// The answer as events: no ping, no `[DONE]`, no padding.
pub fn stream(scene: &DoorScene<'_>, steps: &[Step<'_>], times_ms: &[f64]) -> Vec<Piece> {
    let DoorScene { answer, rules, identity, .. } = *scene;
    let metrics = Metrics { latency_ms: 0, first_byte_ms: 0 };
    let mut pieces = Vec::with_capacity(steps.len());
    for (step, at_ms) in steps.iter().zip(times_ms) {
        let mut out = String::with_capacity(192);
        match &step.event {
            Event::MessageStart => {
                out.push_str("event: message_start\ndata: {\"type\":\"message_start\",\"message\":");
                head(&mut out, scene);
                out.push_str(",\"content\":[],");
                stop(&mut out, &Value::Null, &Value::Null, &Value::Null);
                out.push_str(",\"usage\":{");
                // A few tokens are counted before the first delta.
                usage(&mut out, &answer.usage, answer.usage.output_tokens.min(1), true);
                out.push_str(",\"service_tier\":\"standard\"}}}");
            }
            Event::MessageStop { .. } => {
                let sent = claude::event(&step.event, answer, rules, identity, metrics);
                let delta = &sent["delta"];
                out.push_str("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{");
                let details = answer.refusal.as_ref().map_or(Value::Null, |refusal| {
                    json!({"type": "refusal", "category": refusal.category, "explanation": refusal.explanation})
                });
                stop(&mut out, &delta["stop_reason"], &delta["stop_sequence"], &details);
                out.push_str("},\"usage\":{");
                usage(&mut out, &answer.usage, answer.usage.output_tokens, false);
                thinking_tokens(&mut out, scene.thinking_tokens);
                out.push('}');
                if let Some(edits) = context_management(scene) {
                    out.push_str(edits);
                }
                guarded(&mut out, scene);
                out.push('}');
            }
            Event::End => out.push_str("event: message_stop\ndata: {\"type\":\"message_stop\"}"),
            event => {
                let mut sent = claude::event(event, answer, rules, identity, metrics);
                let Some(name) = sent["type"].as_str() else { continue };
                json::plain(&mut out, format_args!("event: {name}\ndata: "));
                if sent["delta"]["type"] == "thinking_delta" {
                    sent["delta"]["estimated_tokens"] = Value::Null;
                }
                json::value(&mut out, &sent);
            }
        }
        out.push_str("\n\n");
        pieces.push(Piece { at_ms: *at_ms, bytes: out.into_bytes() });
    }
    pieces
}

/// Anthropic's envelope; mantle names the request in it.
pub fn refuse(exception: &Exception, host: Host, identity: &Identity) -> Vec<u8> {
    let mut out = String::from("{\"type\":\"error\"");
    if host == Host::Mantle {
        out.push_str(",\"request_id\":");
        json::text(&mut out, &identity.mantle_request_id());
    }
    out.push_str(",\"error\":");
    json::value(&mut out, json!({"type": anthropic_type(exception), "message": exception.message}));
    out.push('}');
    out.into_bytes()
}

/// An error between two events.
///
/// # Source
/// The first-party form: what Bedrock sends here is not known.
pub fn stream_error(exception: &Exception) -> Vec<u8> {
    let error = json!({"type": anthropic_type(exception), "message": exception.message});
    format!("event: error\ndata: {{\"type\":\"error\",\"error\":{error}}}\n\n").into_bytes()
}
