//! A Chat Completions answer: one body, or chunks.
//!
//! Two families of forms: GPT's, on both hosts, and that of the open-weight models which mantle serves
//! below `/v1`. The members stand in alphabetical order, as recorded.

use crate::bedrock::{Block, Citation, Delta, Event, Piece, Step, StopReason};
use crate::doors::{DoorScene, json, openai};

/// What the answer says, in the parts a message has.
struct Said<'a> {
    text: String,
    refusal: bool,
    thoughts: String,
    /// Each call's number, own id, name and arguments.
    tools: Vec<(usize, &'a Option<String>, &'a String, String)>,
    /// The passages that the text rests on, as JSON.
    annotations: Vec<String>,
}

fn said<'a>(scene: &'a DoorScene<'a>) -> Said<'a> {
    let mut said = Said {
        text: String::new(),
        refusal: scene.answer.stop_reason == StopReason::Refusal,
        thoughts: String::new(),
        tools: Vec::new(),
        annotations: Vec::new(),
    };
    for block in &scene.answer.content {
        match block {
            Block::Text(text) => said.text.push_str(text),
            Block::Thinking { text, .. } => said.thoughts.push_str(text),
            Block::RedactedThinking(_) => {}
            Block::Cited { text, citations } => {
                let start = said.text.chars().count();
                said.text.push_str(text);
                let end = said.text.chars().count();
                said.annotations.extend(citations.iter().map(|citation| annotation(citation, start, end)));
            }
            Block::ToolUse { id, name, input } => said.tools.push((said.tools.len(), id, name, input.to_string())),
            Block::BrokenToolUse { id, name, json } => said.tools.push((said.tools.len(), id, name, json.clone())),
        }
    }
    if tags_thoughts(scene) && !said.thoughts.is_empty() {
        said.text = format!("<reasoning>{}</reasoning>{}", said.thoughts, said.text);
    }
    said
}

/// A passage as an annotation. The form knows addresses only: a document's is its place in the request.
fn annotation(citation: &Citation, start: usize, end: usize) -> String {
    let title = citation.title.clone().unwrap_or_default();
    let url = format!("document:{}", citation.document);
    let place = serde_json::json!({"end_index": end, "start_index": start, "title": title, "url": url});
    format!("{{\"type\":\"url_citation\",\"url_citation\":{place}}}")
}

/// Whether thoughts stand at the front of the text: gpt-oss on the runtime.
fn tags_thoughts(scene: &DoorScene<'_>) -> bool {
    scene.call.host == crate::doors::Host::Runtime && scene.call.model().contains("gpt-oss")
}

fn finish_reason(reason: StopReason) -> &'static str {
    match reason {
        StopReason::ToolUse => "tool_calls",
        StopReason::MaxTokens | StopReason::ContextWindowExceeded => "length",
        StopReason::GuardrailIntervened | StopReason::ContentFiltered => "content_filter",
        _ => "stop",
    }
}

fn id(out: &mut String, scene: &DoorScene<'_>) {
    out.push_str("chatcmpl-");
    if scene.is_open_weight() {
        out.push_str(&scene.identity.request_id());
    } else {
        out.push_str(&scene.identity.long_id(1));
    }
}

/// A tool call's id: GPT's begin anew in each answer, those of the other families are unique.
fn tool_id(scene: &DoorScene<'_>, own: &Option<String>, number: usize) -> String {
    match own {
        None if scene.is_open_weight() => format!("chatcmpl-tool-{}", scene.identity.hex_id(20 + number as u64, 32)),
        own => openai::call_id(own.as_ref(), number),
    }
}

fn usage(out: &mut String, scene: &DoorScene<'_>) {
    let usage = &scene.answer.usage;
    let (prompt, completion) = (usage.prompt_tokens(), usage.output_tokens);
    let total = prompt.saturating_add(completion);
    if scene.is_open_weight() {
        json::plain(
            out,
            format_args!("{{\"completion_tokens\":{completion},\"prompt_tokens\":{prompt},\"total_tokens\":{total}}}"),
        );
        return;
    }
    json::plain(
        out,
        format_args!(
            "{{\"completion_tokens\":{completion},\"completion_tokens_details\":{{\"accepted_prediction_tokens\":0,\"audio_tokens\":0,\"reasoning_tokens\":{},\"rejected_prediction_tokens\":0}},\"prompt_tokens\":{prompt},\"prompt_tokens_details\":{{\"audio_tokens\":0,\"cache_write_tokens\":{},\"cached_tokens\":{}}},\"total_tokens\":{total}}}",
            scene.thinking_tokens,
            usage.written_tokens(),
            usage.cache_read_tokens
        ),
    );
}

fn tier(scene: &DoorScene<'_>) -> &'static str {
    match scene.body()["service_tier"].as_str() {
        Some("flex") => "flex",
        Some("priority") => "priority",
        _ => "default",
    }
}

/// The answer as one body.
pub fn whole(scene: &DoorScene<'_>) -> Vec<u8> {
    if scene.blocked() {
        return blocked(scene);
    }
    let said = said(scene);
    let open_weight = scene.is_open_weight();
    let mut out = String::with_capacity(768 + said.text.len());
    out.push_str("{\"choices\":[{\"finish_reason\":");
    json::text(&mut out, finish_reason(scene.answer.stop_reason));
    out.push_str(",\"index\":0,");
    if open_weight {
        out.push_str("\"logprobs\":null,\"message\":{");
    } else {
        json::plain(&mut out, format_args!("\"message\":{{\"annotations\":[{}],", said.annotations.join(",")));
    }
    out.push_str("\"content\":");
    let spoken = (!said.text.is_empty() || said.tools.is_empty()).then_some(said.text.as_str());
    json::text_or_null(&mut out, spoken.filter(|_| !said.refusal));
    if open_weight {
        out.push_str(",\"reasoning\":");
        json::text_or_null(&mut out, Some(said.thoughts.as_str()).filter(|thoughts| !thoughts.is_empty()));
    }
    out.push_str(",\"refusal\":");
    json::text_or_null(&mut out, spoken.filter(|_| said.refusal));
    out.push_str(",\"role\":\"assistant\"");
    if !said.tools.is_empty() {
        out.push_str(",\"tool_calls\":[");
        for (number, own, name, input) in &said.tools {
            if *number > 0 {
                out.push(',');
            }
            out.push_str("{\"function\":{\"arguments\":");
            json::text(&mut out, input);
            out.push_str(",\"name\":");
            json::text(&mut out, name);
            out.push_str("},\"id\":");
            json::text(&mut out, &tool_id(scene, own, *number));
            out.push_str(",\"type\":\"function\"}");
        }
        out.push(']');
    }
    json::plain(&mut out, format_args!("}}}}],\"created\":{},\"id\":\"", scene.created_s()));
    id(&mut out, scene);
    out.push_str("\",\"model\":");
    json::text(&mut out, scene.call.model());
    json::plain(&mut out, format_args!(",\"object\":\"chat.completion\",\"service_tier\":\"{}\"", tier(scene)));
    if !open_weight {
        out.push_str(",\"system_fingerprint\":null");
    }
    out.push_str(",\"usage\":");
    usage(&mut out, scene);
    if let Some(trace) = scene.trace {
        json::plain(
            &mut out,
            format_args!(",\"amazon-bedrock-guardrailAction\":\"NONE\",\"amazon-bedrock-trace\":{trace}"),
        );
    }
    out.push('}');
    out.into_bytes()
}

/// An answer that a guardrail took away.
fn blocked(scene: &DoorScene<'_>) -> Vec<u8> {
    let said = said(scene);
    let usage = &scene.answer.usage;
    let mut out = String::from("{\"id\":\"bedrock-guardrails-");
    out.push_str(&scene.identity.hex_id(1, 8));
    json::plain(
        &mut out,
        format_args!("\",\"object\":\"chat.completion\",\"created\":{},\"model\":", scene.created_s()),
    );
    json::text(&mut out, scene.call.model());
    out.push_str(",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
    json::text(&mut out, &said.text);
    json::plain(
        &mut out,
        format_args!(
            "}},\"finish_reason\":\"content_filter\"}}],\"usage\":{{\"prompt_tokens\":{},\"completion_tokens\":{},\"total_tokens\":{}}},\"amazon-bedrock-guardrailAction\":\"INTERVENED\"",
            usage.prompt_tokens(),
            usage.output_tokens,
            usage.prompt_tokens().saturating_add(usage.output_tokens)
        ),
    );
    if let Some(trace) = scene.told() {
        json::plain(&mut out, format_args!(",\"amazon-bedrock-trace\":{trace}"));
    }
    out.push('}');
    out.into_bytes()
}

/// The chunks of a stream as they are written.
struct Chunks<'a> {
    scene: &'a DoorScene<'a>,
    /// What stands behind the choices of every chunk up to the service tier.
    middle: String,
    pieces: Vec<Piece>,
}

impl<'a> Chunks<'a> {
    fn new(scene: &'a DoorScene<'a>, count: usize) -> Self {
        let mut middle = String::with_capacity(192);
        json::plain(&mut middle, format_args!(",\"created\":{},\"id\":\"", scene.created_s()));
        if scene.blocked() {
            middle.push_str("bedrock-guardrails-");
            middle.push_str(&scene.identity.hex_id(1, 8));
        } else {
            id(&mut middle, scene);
        }
        middle.push_str("\",\"model\":");
        json::text(&mut middle, scene.call.model());
        json::plain(
            &mut middle,
            format_args!(",\"object\":\"chat.completion.chunk\",\"service_tier\":\"{}\"", tier(scene)),
        );
        Chunks { scene, middle, pieces: Vec::with_capacity(count) }
    }

    /// One chunk; `usage` is whether it carries the counts.
    fn push(&mut self, choices: &str, with_usage: bool, at_ms: f64) {
        let mut out = String::with_capacity(choices.len() + self.middle.len() + 192);
        json::plain(&mut out, format_args!("data: {{\"choices\":[{choices}]{}", self.middle));
        if self.scene.is_open_weight() {
            if with_usage {
                out.push_str(",\"usage\":");
                usage(&mut out, self.scene);
            }
        } else {
            if with_usage {
                out.push_str(",\"usage\":");
                usage(&mut out, self.scene);
                out.push_str(",\"system_fingerprint\":null");
            } else {
                out.push_str(",\"system_fingerprint\":null,\"usage\":null");
            }
            out.push_str(",\"obfuscation\":\"");
            out.push_str(openai::obfuscation(self.scene.identity, self.pieces.len()));
            out.push('"');
        }
        out.push_str("}\n\n");
        self.pieces.push(Piece { at_ms, bytes: out.into_bytes() });
    }

    /// A chunk with something new.
    fn delta(&mut self, delta: &str, at_ms: f64) {
        self.push(&format!("{{\"delta\":{{{delta}}},\"finish_reason\":null,\"index\":0}}"), false, at_ms);
    }

    /// A chunk with more of a call's arguments.
    fn arguments(&mut self, input: &str, tool: usize, at_ms: f64) {
        let mut delta = String::from("\"tool_calls\":[{\"function\":{\"arguments\":");
        json::text(&mut delta, input);
        json::plain(&mut delta, format_args!("}},\"index\":{tool}}}]"));
        self.delta(&delta, at_ms);
    }

    /// A chunk whose delta is one text.
    fn text(&mut self, name: &str, text: &str, at_ms: f64) {
        let mut delta = format!("\"{name}\":");
        json::text(&mut delta, text);
        self.delta(&delta, at_ms);
    }
}

/// The answer as chunks, with the counts where they were asked for, and `[DONE]`.
pub fn stream(scene: &DoorScene<'_>, steps: &[Step<'_>], times_ms: &[f64]) -> Vec<Piece> {
    let counted = scene.body()["stream_options"]["include_usage"] == true;
    let refusal = scene.answer.stop_reason == StopReason::Refusal;
    let tagged = tags_thoughts(scene);
    let mut chunks = Chunks::new(scene, steps.len() + 3);
    // Characters said so far, and before the block that is open.
    let (mut said, mut before) = (0_usize, 0_usize);
    // The number of the tool call that is open, once there is one.
    let mut tools = 0_usize;
    let mut end_ms = 0.0;
    for (step, at_ms) in steps.iter().zip(times_ms.iter().copied()) {
        end_ms = at_ms;
        match &step.event {
            Event::MessageStart => chunks.delta("\"content\":\"\",\"role\":\"assistant\",\"refusal\":null", at_ms),
            Event::BlockStart { block: Block::Thinking { .. }, .. } if tagged => {
                chunks.text("content", "<reasoning>", at_ms);
            }
            Event::BlockStart {
                block: Block::ToolUse { id, name, .. } | Block::BrokenToolUse { id, name, .. },
                ..
            } => {
                let mut delta = String::from("\"tool_calls\":[{\"function\":{\"arguments\":\"\",\"name\":");
                json::text(&mut delta, name);
                delta.push_str("},\"id\":");
                json::text(&mut delta, &tool_id(scene, id, tools));
                json::plain(&mut delta, format_args!(",\"index\":{tools},\"type\":\"function\"}}]"));
                tools += 1;
                chunks.delta(&delta, at_ms);
            }
            Event::BlockStart { .. } => before = said,
            Event::Delta { delta: Delta::Text(text), .. } => {
                said += text.chars().count();
                chunks.text(if refusal { "refusal" } else { "content" }, text, at_ms);
            }
            Event::Delta { delta: Delta::Thinking(text), .. } if tagged => chunks.text("content", text, at_ms),
            Event::Delta { delta: Delta::Thinking(text), .. } if scene.is_open_weight() => {
                chunks.text("reasoning", text, at_ms);
            }
            Event::BlockStop { index } => match scene.answer.content.get(*index) {
                Some(Block::Thinking { .. }) if tagged => chunks.text("content", "</reasoning>", at_ms),
                // What a text rests on follows it.
                Some(Block::Cited { citations, .. }) if !citations.is_empty() && !scene.is_open_weight() => {
                    let places: Vec<String> =
                        citations.iter().map(|citation| annotation(citation, before, said)).collect();
                    chunks.delta(&format!("\"annotations\":[{}]", places.join(",")), at_ms);
                }
                // A call without arguments still sends an object.
                Some(Block::ToolUse { input, .. }) if openai::is_bare(input) => {
                    chunks.arguments("{}", tools.saturating_sub(1), at_ms);
                }
                _ => {}
            },
            Event::Delta { delta: Delta::ToolInput(input), .. } if !input.is_empty() => {
                chunks.arguments(input, tools.saturating_sub(1), at_ms);
            }
            Event::MessageStop { stop_reason } => {
                let finish = finish_reason(*stop_reason);
                // GPT counts in the chunk that finishes, too; the other families only in the last one.
                let here = counted && !scene.is_open_weight();
                let choice = format!("{{\"delta\":{{}},\"finish_reason\":\"{finish}\",\"index\":0}}");
                chunks.push(&choice, here, at_ms);
            }
            _ => {}
        }
    }
    if counted {
        chunks.push("", true, end_ms);
    }
    chunks.pieces.push(Piece { at_ms: end_ms, bytes: openai::DONE.to_vec() });
    chunks.pieces
}
