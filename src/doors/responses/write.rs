//! A response as an object: whole, as it runs, and the items of its output.

use crate::bedrock::{Answer, Block, Citation, StopReason};
use crate::doors::{DoorScene, Host, json, openai};

/// How far a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Running,
    Completed,
    /// Why it was cut short.
    Incomplete(&'static str),
}

impl Status {
    /// The status of an answer that has ended.
    pub fn of(answer: &Answer) -> Self {
        match answer.stop_reason {
            StopReason::MaxTokens | StopReason::ContextWindowExceeded => Status::Incomplete("max_output_tokens"),
            StopReason::ContentFiltered | StopReason::GuardrailIntervened => Status::Incomplete("content_filter"),
            _ => Status::Completed,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Status::Running => "in_progress",
            Status::Completed => "completed",
            Status::Incomplete(_) => "incomplete",
        }
    }
}

/// The response's id.
pub fn id(scene: &DoorScene<'_>) -> String {
    format!("resp_{}", scene.identity.long_id(1))
}

/// An item of the output: its place, and the block it comes from.
pub struct Item<'a> {
    /// Its place in the output.
    pub index: usize,
    /// Its block's place in the answer.
    pub block: usize,
    pub id: String,
    pub kind: ItemKind<'a>,
}

#[non_exhaustive]
pub enum ItemKind<'a> {
    Message { text: &'a str, citations: &'a [Citation], refusal: bool },
    Call { id: String, name: &'a str, arguments: String },
    Reasoning { thought: &'a str, sealed: Option<String> },
}

/// The id of a call: GPT's begin anew in each response, those of the other families are unique.
pub fn call_id(scene: &DoorScene<'_>, own: Option<&String>, number: usize) -> String {
    match own {
        None if scene.is_open_weight() => format!("call_{}", scene.identity.hex_id(20 + number as u64, 32)),
        own => openai::call_id(own, number),
    }
}

/// The items of the output. Where reasoning is not shown, it has none.
pub fn items<'a>(scene: &'a DoorScene<'a>) -> Vec<Item<'a>> {
    let sealed = scene.body()["include"]
        .as_array()
        .is_some_and(|names| names.iter().any(|name| name == "reasoning.encrypted_content"));
    let shown = scene.call.host == Host::Mantle || sealed;
    let digits = if scene.is_open_weight() { 16 } else { 32 };
    let refusal = scene.answer.stop_reason == StopReason::Refusal;
    let mut items: Vec<Item<'a>> = Vec::with_capacity(scene.answer.content.len());
    let mut calls = 0;
    for (block, content) in scene.answer.content.iter().enumerate() {
        let hex = || scene.identity.hex_id(2 + block as u64, digits);
        let (id, kind) = match content {
            Block::Text(text) => (format!("msg_{}", hex()), ItemKind::Message { text, citations: &[], refusal }),
            Block::Cited { text, citations } => {
                (format!("msg_{}", hex()), ItemKind::Message { text, citations, refusal })
            }
            Block::ToolUse { id, name, .. } | Block::BrokenToolUse { id, name, .. } => {
                let id = call_id(scene, id.as_ref(), calls);
                calls += 1;
                let arguments = match content {
                    Block::ToolUse { input, .. } => input.to_string(),
                    Block::BrokenToolUse { json, .. } => json.clone(),
                    _ => String::new(),
                };
                (format!("fc_{}", hex()), ItemKind::Call { id, name, arguments })
            }
            Block::Thinking { text, signature } if shown => {
                let seal = if signature.is_empty() {
                    scene.identity.hex_id(500 + block as u64, 64)
                } else {
                    signature.clone()
                };
                let prefix = if scene.is_open_weight() { "msg" } else { "rs" };
                let sealed = sealed.then(|| format!("rsn_{seal}"));
                (format!("{prefix}_{}", hex()), ItemKind::Reasoning { thought: text, sealed })
            }
            Block::RedactedThinking(data) if shown => {
                let sealed = sealed.then(|| format!("rsn_{data}"));
                (format!("rs_{}", hex()), ItemKind::Reasoning { thought: "", sealed })
            }
            _ => continue,
        };
        items.push(Item { index: items.len(), block, id, kind });
    }
    items
}

/// Whether a summary of the thoughts was asked for.
pub fn summarises(scene: &DoorScene<'_>) -> bool {
    let reasoning = &scene.body()["reasoning"];
    !scene.is_open_weight()
        && ["summary", "generate_summary"].iter().any(|name| reasoning[*name].as_str().is_some_and(|s| s != "none"))
}

impl Item<'_> {
    /// The item as JSON: as it begins, or with everything in it.
    pub fn write(&self, out: &mut String, scene: &DoorScene<'_>, whole: bool, status: &str) {
        match &self.kind {
            ItemKind::Message { text, citations, refusal } => {
                out.push_str("{\"content\":[");
                if whole {
                    part(out, scene, text, citations, *refusal);
                }
                out.push_str("],\"id\":");
                json::text(out, &self.id);
                if !scene.is_open_weight() {
                    // What is said before a tool is called is commentary.
                    let later = scene.answer.content.get(self.block..).unwrap_or_default();
                    let calls =
                        later.iter().any(|block| matches!(block, Block::ToolUse { .. } | Block::BrokenToolUse { .. }));
                    out.push_str(if calls { ",\"phase\":\"commentary\"" } else { ",\"phase\":\"final_answer\"" });
                }
                json::plain(
                    out,
                    format_args!(",\"role\":\"assistant\",\"status\":\"{status}\",\"type\":\"message\"}}"),
                );
            }
            ItemKind::Call { id, name, arguments } => {
                out.push_str("{\"arguments\":");
                json::text(out, if whole { arguments } else { "" });
                out.push_str(",\"call_id\":");
                json::text(out, id);
                out.push_str(",\"id\":");
                json::text(out, &self.id);
                out.push_str(",\"name\":");
                json::text(out, name);
                json::plain(out, format_args!(",\"status\":\"{status}\",\"type\":\"function_call\"}}"));
            }
            ItemKind::Reasoning { thought, sealed } if scene.is_open_weight() => {
                out.push_str("{\"content\":[");
                if whole {
                    out.push_str("{\"text\":");
                    json::text(out, thought);
                    out.push_str(",\"type\":\"reasoning_text\"}");
                }
                out.push(']');
                sealed_content(out, sealed.as_deref(), true);
                out.push_str(",\"id\":");
                json::text(out, &self.id);
                json::plain(out, format_args!(",\"status\":\"{status}\",\"summary\":[],\"type\":\"reasoning\"}}"));
            }
            ItemKind::Reasoning { thought, sealed } => {
                out.push('{');
                if let Some(sealed) = sealed {
                    out.push_str("\"encrypted_content\":");
                    json::text(out, sealed);
                    out.push(',');
                }
                out.push_str("\"id\":");
                json::text(out, &self.id);
                out.push_str(",\"summary\":[");
                if whole && summarises(scene) && !thought.is_empty() {
                    out.push_str("{\"text\":");
                    json::text(out, thought);
                    out.push_str(",\"type\":\"summary_text\"}");
                }
                out.push_str("],\"type\":\"reasoning\"}");
            }
        }
    }
}

fn sealed_content(out: &mut String, sealed: Option<&str>, comma: bool) {
    if let Some(sealed) = sealed {
        if comma {
            out.push(',');
        }
        out.push_str("\"encrypted_content\":");
        json::text(out, sealed);
    }
}

/// A passage that a text rests on, as an annotation: a document is a file by its place in the request.
pub fn annotation(citation: &Citation, text: &str) -> String {
    let name = citation.title.clone().unwrap_or_default();
    let file = format!("document_{}", citation.document);
    let index = text.chars().count();
    serde_json::json!({"file_id": file, "filename": name, "index": index, "type": "file_citation"}).to_string()
}

/// A part of a message's content.
pub fn part(out: &mut String, scene: &DoorScene<'_>, text: &str, citations: &[Citation], refusal: bool) {
    if refusal {
        out.push_str("{\"refusal\":");
        json::text(out, text);
        out.push_str(",\"type\":\"refusal\"}");
        return;
    }
    let annotations: Vec<String> = citations.iter().map(|citation| annotation(citation, text)).collect();
    json::plain(out, format_args!("{{\"annotations\":[{}]", annotations.join(",")));
    out.push_str(if scene.is_open_weight() { ",\"text\":" } else { ",\"logprobs\":[],\"text\":" });
    json::text(out, text);
    out.push_str(",\"type\":\"output_text\"}");
}

/// Who pays, behind whether it runs in the background.
pub const BILLED: &str = ",\"billing\":{\"payer\":\"developer\"}";

/// Whether a response says who pays, where it is not an event's.
pub fn is_billed(scene: &DoorScene<'_>, status: Status) -> bool {
    status == Status::Completed && !scene.is_open_weight()
}

/// The response as an object. Its members stand in the order that was recorded; `billed` is whether it
/// says who pays, which a stream's does not.
pub fn response(scene: &DoorScene<'_>, status: Status, billed: bool) -> String {
    let mut out = String::with_capacity(1536);
    let body = scene.body();
    let running = status == Status::Running;
    let open_weight = scene.is_open_weight();
    json::plain(&mut out, format_args!("{{\"background\":{}", body["background"] == true));
    if billed && is_billed(scene, status) {
        out.push_str(BILLED);
    }
    if open_weight {
        json::plain(&mut out, format_args!(",\"created_at\":{}.0,\"error\":null", scene.created_s()));
    } else {
        out.push_str(",\"completed_at\":");
        if status == Status::Completed {
            json::value(&mut out, crate::doors::scene::epoch_s(scene.end_ms));
        } else {
            out.push_str("null");
        }
        json::plain(
            &mut out,
            format_args!(",\"created_at\":{},\"error\":null,\"frequency_penalty\":0.0", scene.created_s()),
        );
    }
    out.push_str(",\"id\":\"");
    out.push_str(&id(scene));
    out.push_str("\",\"incomplete_details\":");
    match status {
        Status::Incomplete(reason) => json::plain(&mut out, format_args!("{{\"reason\":\"{reason}\"}}")),
        _ => out.push_str("null"),
    }
    out.push_str(",\"instructions\":");
    json::echo(&mut out, body, "instructions", "null");
    if !open_weight {
        out.push_str(",\"max_output_tokens\":");
        json::echo(&mut out, body, "max_output_tokens", "null");
        out.push_str(",\"max_tool_calls\":");
        json::echo(&mut out, body, "max_tool_calls", "null");
    }
    out.push_str(",\"metadata\":");
    json::echo(&mut out, body, "metadata", "{}");
    out.push_str(",\"model\":");
    json::text(&mut out, scene.call.model());
    out.push_str(",\"object\":\"response\",\"output\":[");
    if !running {
        for item in items(scene) {
            if item.index > 0 {
                out.push(',');
            }
            item.write(&mut out, scene, true, item_status(scene, &item, status));
        }
    }
    out.push_str("],\"parallel_tool_calls\":");
    json::echo(&mut out, body, "parallel_tool_calls", "true");
    if !open_weight {
        out.push_str(",\"presence_penalty\":0.0,\"previous_response_id\":");
        json::echo(&mut out, body, "previous_response_id", "null");
        out.push_str(",\"prompt_cache_key\":");
        json::echo(&mut out, body, "prompt_cache_key", "null");
        out.push_str(",\"prompt_cache_retention\":\"in_memory\",\"reasoning\":{\"summary\":");
        json::echo(&mut out, &body["reasoning"], "summary", "null");
        out.push_str(",\"effort\":");
        json::echo(&mut out, &body["reasoning"], "effort", "\"medium\"");
        out.push_str(",\"context\":\"all_turns\"},\"safety_identifier\":");
        json::echo(&mut out, body, "safety_identifier", "null");
    }
    let tier = match body["service_tier"].as_str() {
        _ if running => "auto",
        Some(tier @ ("flex" | "priority")) => tier,
        _ => "default",
    };
    json::plain(&mut out, format_args!(",\"service_tier\":\"{tier}\",\"status\":\"{}\"", status.name()));
    if !open_weight {
        out.push_str(",\"store\":");
        json::echo(&mut out, body, "store", "true");
    }
    out.push_str(",\"temperature\":");
    json::echo(&mut out, body, "temperature", "1.0");
    out.push_str(",\"text\":{\"format\":");
    json::echo(&mut out, &body["text"], "format", "{\"type\":\"text\"}");
    out.push_str(",\"verbosity\":");
    json::echo(&mut out, &body["text"], "verbosity", "\"medium\"");
    out.push_str("},\"tool_choice\":");
    json::echo(&mut out, body, "tool_choice", "\"auto\"");
    out.push_str(",\"tools\":");
    json::echo(&mut out, body, "tools", "[]");
    if !open_weight {
        out.push_str(",\"top_logprobs\":");
        json::echo(&mut out, body, "top_logprobs", "0");
    }
    out.push_str(",\"top_p\":");
    json::echo(&mut out, body, "top_p", if open_weight { "1.0" } else { "0.98" });
    out.push_str(",\"truncation\":");
    json::echo(&mut out, body, "truncation", "\"disabled\"");
    out.push_str(",\"usage\":");
    if running {
        out.push_str("null");
    } else {
        usage(&mut out, scene);
    }
    if !open_weight {
        out.push_str(",\"user\":");
        json::echo(&mut out, body, "user", "null");
        out.push_str(",\"moderation\":null");
    }
    out.push('}');
    out
}

/// Appends what was sent and what was answered, as the items that a client would send to go on by itself.
pub fn conversation(out: &mut String, scene: &DoorScene<'_>) {
    let next = |out: &mut String| {
        if !out.is_empty() {
            out.push(',');
        }
    };
    match &scene.body()["input"] {
        serde_json::Value::String(text) => {
            next(out);
            out.push_str("{\"role\":\"user\",\"content\":");
            json::text(out, text);
            out.push('}');
        }
        serde_json::Value::Array(items) => {
            for item in items {
                next(out);
                json::value(out, item);
            }
        }
        _ => {}
    }
    let mut calls = 0;
    for block in &scene.answer.content {
        match block {
            Block::Text(text) | Block::Cited { text, .. } => {
                next(out);
                out.push_str("{\"role\":\"assistant\",\"content\":");
                json::text(out, text);
                out.push('}');
            }
            Block::ToolUse { id, name, input } => {
                let id = call_id(scene, id.as_ref(), calls);
                calls += 1;
                next(out);
                out.push_str("{\"type\":\"function_call\",\"call_id\":");
                json::text(out, &id);
                out.push_str(",\"name\":");
                json::text(out, name);
                out.push_str(",\"arguments\":");
                json::text(out, &input.to_string());
                out.push('}');
            }
            _ => {}
        }
    }
}

/// An item's status: the last one of an answer that was cut short is incomplete.
pub fn item_status(scene: &DoorScene<'_>, item: &Item<'_>, status: Status) -> &'static str {
    let last = item.block + 1 == scene.answer.content.len();
    if last && matches!(status, Status::Incomplete(_)) { status.name() } else { Status::Completed.name() }
}

fn usage(out: &mut String, scene: &DoorScene<'_>) {
    let usage = &scene.answer.usage;
    let (input, output) = (usage.prompt_tokens(), usage.output_tokens);
    json::plain(out, format_args!("{{\"input_tokens\":{input},\"input_tokens_details\":{{"));
    if !scene.is_open_weight() {
        json::plain(out, format_args!("\"cache_write_tokens\":{},", usage.written_tokens()));
    }
    json::plain(
        out,
        format_args!(
            "\"cached_tokens\":{}}},\"output_tokens\":{output},\"output_tokens_details\":{{\"reasoning_tokens\":{}}},\"total_tokens\":{}}}",
            usage.cache_read_tokens,
            scene.thinking_tokens,
            input.saturating_add(output)
        ),
    );
}
