//! From what a model sent back to the answer it gave: bodies and streams of each dialect.

mod openai;

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::Value;

use crate::bedrock::event_stream::Frame;
use crate::bedrock::{Answer, Block, Citation, Refusal, StopReason, Usage, citations};

/// The answer in a whole body, Claude's own, Nova's or Converse's; `None` for other forms.
pub fn answer_in_body(body: &Value) -> Option<Answer> {
    if body["output"]["message"].is_object() {
        return converse_body(body);
    }
    if body["content"].is_array() && body["role"] == "assistant" {
        return Some(claude_body(body));
    }
    openai::answer_in_body(body)
}

fn claude_body(body: &Value) -> Answer {
    let blocks = body["content"].as_array().into_iter().flatten().filter_map(claude_block);
    Answer {
        content: blocks.collect(),
        stop_reason: stop_reason(&body["stop_reason"]),
        stop_sequence: body["stop_sequence"].as_str().map(str::to_string),
        usage: claude_usage(&body["usage"]),
        refusal: refusal(&body["stop_details"]),
        ..Answer::default()
    }
}

/// Why a model refused, where it says so.
fn refusal(details: &Value) -> Option<Refusal> {
    let text = |name: &str| details[name].as_str().map(str::to_string);
    details.is_object().then(|| Refusal { category: text("category"), explanation: text("explanation") })
}

fn claude_block(block: &Value) -> Option<Block> {
    let text = |name: &str| block[name].as_str().unwrap_or_default().to_string();
    Some(match block["type"].as_str()? {
        "text" => match citations(&block["citations"], Citation::from_anthropic) {
            citations if citations.is_empty() => Block::Text(text("text")),
            citations => Block::Cited { text: text("text"), citations },
        },
        "thinking" => Block::Thinking { text: text("thinking"), signature: text("signature") },
        "redacted_thinking" => Block::RedactedThinking(text("data")),
        "tool_use" => Block::ToolUse { id: Some(text("id")), name: text("name"), input: block["input"].clone() },
        _ => return None,
    })
}

/// A count as a body has it; whoever writes a body may write any number.
fn tokens(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0).min(Usage::MOST_TOKENS)
}

fn claude_usage(usage: &Value) -> Usage {
    let count = |name: &str| tokens(&usage[name]);
    let hour = tokens(&usage["cache_creation"]["ephemeral_1h_input_tokens"]);
    Usage {
        input_tokens: count("input_tokens"),
        output_tokens: count("output_tokens"),
        cache_read_tokens: count("cache_read_input_tokens"),
        cache_write_tokens: count("cache_creation_input_tokens").saturating_sub(hour),
        cache_write_1h_tokens: hour,
        reasoning_tokens: tokens(&usage["output_tokens_details"]["thinking_tokens"]),
    }
}

fn converse_body(body: &Value) -> Option<Answer> {
    let blocks = body["output"]["message"]["content"].as_array()?.iter().filter_map(converse_block);
    Some(Answer {
        content: blocks.collect(),
        stop_reason: stop_reason(&body["stopReason"]),
        stop_sequence: body["additionalModelResponseFields"]["stop_sequence"].as_str().map(str::to_string),
        usage: converse_usage(&body["usage"]),
        ..Answer::default()
    })
}

fn converse_block(block: &Value) -> Option<Block> {
    let (kind, value) = block.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "text" => Block::Text(value.as_str()?.to_string()),
        "toolUse" => Block::ToolUse {
            id: value["toolUseId"].as_str().map(str::to_string),
            name: value["name"].as_str()?.to_string(),
            input: value["input"].clone(),
        },
        "reasoningContent" => match value["redactedContent"].as_str() {
            Some(data) => Block::RedactedThinking(data.to_string()),
            None => Block::Thinking {
                text: value["reasoningText"]["text"].as_str()?.to_string(),
                signature: value["reasoningText"]["signature"].as_str().unwrap_or_default().to_string(),
            },
        },
        "citationsContent" => {
            let parts = value["content"].as_array().into_iter().flatten();
            let text = parts.filter_map(|part| part["text"].as_str()).collect();
            Block::Cited { text, citations: citations(&value["citations"], Citation::from_converse) }
        }
        _ => return None,
    })
}

fn converse_usage(usage: &Value) -> Usage {
    let count =
        |names: [&str; 2]| names.iter().map(|name| &usage[*name]).find(|value| value.is_u64()).map_or(0, tokens);
    let details = usage["cacheDetails"].as_array().into_iter().flatten();
    let hour = details
        .filter(|detail| detail["ttl"] == "1h")
        .map(|detail| tokens(&detail["inputTokens"]))
        .fold(0, u64::saturating_add);
    Usage {
        input_tokens: count(["inputTokens", "inputTokens"]),
        output_tokens: count(["outputTokens", "outputTokens"]),
        cache_read_tokens: count(["cacheReadInputTokens", "cacheReadInputTokenCount"]),
        cache_write_tokens: count(["cacheWriteInputTokens", "cacheWriteInputTokenCount"]).saturating_sub(hour),
        cache_write_1h_tokens: hour,
        reasoning_tokens: 0,
    }
}

fn stop_reason(value: &Value) -> StopReason {
    value.as_str().and_then(StopReason::from_name).unwrap_or(StopReason::EndTurn)
}

/// The provider's events in the frames of InvokeModelWithResponseStream.
pub fn chunk_events(frames: &[Frame]) -> Vec<Value> {
    frames.iter().filter_map(chunk_event).collect()
}

/// The provider's event in a frame of InvokeModelWithResponseStream.
fn chunk_event(frame: &Frame) -> Option<Value> {
    if frame.text(":event-type") != Some("chunk") {
        return None;
    }
    let payload: Value = crate::document::bounded(&frame.payload).ok()?;
    let bytes = BASE64.decode(payload["bytes"].as_str()?.as_bytes()).ok()?;
    crate::document::bounded(&bytes).ok()
}

/// The event of a frame: of Converse's, which carry their name in a header, wrapped in it as Nova's are.
fn frame_event(frame: &Frame) -> Option<Value> {
    chunk_event(frame).or_else(|| {
        let payload: Value = crate::document::bounded(&frame.payload).ok()?;
        Some(Value::Object([(frame.text(":event-type")?.to_string(), payload)].into_iter().collect()))
    })
}

/// What a frame is called: the event's own name, that of the exception, or the code of the error.
pub fn frame_name(frame: &Frame) -> Option<String> {
    let failed = || frame.text(":exception-type").or(frame.text(":error-code")).map(str::to_string);
    frame_event(frame).map(|event| event_name(&event)).or_else(failed)
}

/// What a decoded event is called: its type, its only member, or `chunk` where it has no name.
pub fn event_name(event: &Value) -> String {
    let own = event["type"].as_str().or_else(|| event["object"].as_str());
    let members = event.as_object().into_iter().flatten();
    // The service's own figures stand beside an event.
    let mut named = members.filter(|(name, value)| value.is_object() && !name.starts_with("amazon-bedrock-"));
    own.or_else(|| named.next().map(|(name, _)| name.as_str())).unwrap_or("chunk").to_string()
}

/// What a stream's events add up to, as far as it came.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Streamed {
    /// The blocks, the last one as far as it came.
    pub content: Vec<Block>,
    /// Why the model stopped; nothing where the stream ended before it said so.
    pub stop_reason: Option<StopReason>,
    /// The sequence that it stopped at.
    pub stop_sequence: Option<String>,
    /// The tokens; nothing where none were told.
    pub usage: Option<Usage>,
}

impl From<Streamed> for Answer {
    /// As a whole answer, which ends its turn where the stream does not say why it stopped.
    fn from(streamed: Streamed) -> Self {
        Answer {
            content: streamed.content,
            stop_reason: streamed.stop_reason.unwrap_or(StopReason::EndTurn),
            stop_sequence: streamed.stop_sequence,
            usage: streamed.usage.unwrap_or_default(),
            ..Answer::default()
        }
    }
}

/// The answer that a stream's frames add up to; `None` for a stream without one.
pub fn answer_in_frames(frames: &[Frame]) -> Option<Answer> {
    streamed_in_frames(frames).map(Answer::from)
}

/// The answer that decoded events add up to, Claude's or those of Nova and Converse.
pub fn answer_in_events(events: &[Value]) -> Option<Answer> {
    streamed_in_events(events).map(Answer::from)
}

/// As [`answer_in_frames`], and whether it ended.
pub fn streamed_in_frames(frames: &[Frame]) -> Option<Streamed> {
    streamed_in_events(&frames.iter().filter_map(frame_event).collect::<Vec<_>>())
}

/// As [`answer_in_events`], and whether it ended.
pub fn streamed_in_events(events: &[Value]) -> Option<Streamed> {
    let mut assembly = Assembly::default();
    let mut known = false;
    for event in events {
        known |= if event["type"].is_string() { assembly.claude(event) } else { assembly.converse(event) };
    }
    if known { Some(assembly.streamed()) } else { openai::streamed_in_events(events) }
}

/// Blocks as they grow.
#[derive(Default)]
struct Assembly {
    blocks: BTreeMap<u64, Block>,
    /// JSON text of a tool's input, as far as it has come.
    inputs: BTreeMap<u64, String>,
    stop_reason: Option<StopReason>,
    stop_sequence: Option<String>,
    usage: Option<Usage>,
}

impl Assembly {
    fn claude(&mut self, event: &Value) -> bool {
        let index = event["index"].as_u64().unwrap_or(0);
        match event["type"].as_str().unwrap_or_default() {
            "message_start" => self.usage = Some(claude_usage(&event["message"]["usage"])),
            "content_block_start" => {
                if let Some(block) = claude_block(&event["content_block"]) {
                    self.blocks.insert(index, block);
                }
            }
            "content_block_delta" => {
                let delta = &event["delta"];
                let text = |name: &str| delta[name].as_str().unwrap_or_default();
                match delta["type"].as_str().unwrap_or_default() {
                    "text_delta" => self.text(index, text("text")),
                    "thinking_delta" => self.thinking(index, text("thinking"), ""),
                    "signature_delta" => self.thinking(index, "", text("signature")),
                    "citations_delta" => self.cite(index, Citation::from_anthropic(&delta["citation"])),
                    "input_json_delta" => self.inputs.entry(index).or_default().push_str(text("partial_json")),
                    _ => {}
                }
            }
            "message_delta" => {
                self.stop_reason = Some(stop_reason(&event["delta"]["stop_reason"]));
                self.stop_sequence = event["delta"]["stop_sequence"].as_str().map(str::to_string);
                if event["usage"]["output_tokens"].is_u64() {
                    self.usage.get_or_insert_default().output_tokens = tokens(&event["usage"]["output_tokens"]);
                }
            }
            "content_block_stop" | "message_stop" | "ping" => {}
            _ => return false,
        }
        true
    }

    fn converse(&mut self, event: &Value) -> bool {
        let Some((kind, value)) = event.as_object().and_then(|object| object.iter().next()) else { return false };
        let index = value["contentBlockIndex"].as_u64().unwrap_or(0);
        match kind.as_str() {
            "messageStart" | "contentBlockStop" => {}
            "contentBlockStart" => {
                let tool = &value["start"]["toolUse"];
                if let Some(name) = tool["name"].as_str() {
                    let id = tool["toolUseId"].as_str().map(str::to_string);
                    self.blocks.insert(index, Block::ToolUse { id, name: name.to_string(), input: Value::Null });
                }
            }
            "contentBlockDelta" => {
                let delta = &value["delta"];
                let reasoning = &delta["reasoningContent"];
                if let Some(text) = delta["text"].as_str() {
                    self.text(index, text);
                } else if delta["citation"].is_object() {
                    self.cite(index, Citation::from_converse(&delta["citation"]));
                } else if let Some(input) = delta["toolUse"]["input"].as_str() {
                    self.inputs.entry(index).or_default().push_str(input);
                } else if let Some(data) = reasoning["redactedContent"].as_str() {
                    self.blocks.insert(index, Block::RedactedThinking(data.to_string()));
                } else {
                    let text = |name: &str| reasoning[name].as_str().unwrap_or_default();
                    self.thinking(index, text("text"), text("signature"));
                }
            }
            "messageStop" => self.stop_reason = Some(stop_reason(&value["stopReason"])),
            "metadata" => self.usage = Some(converse_usage(&value["usage"])),
            _ => return false,
        }
        true
    }

    fn text(&mut self, index: u64, more: &str) {
        let block = self.blocks.entry(index).or_insert_with(|| Block::Text(String::new()));
        if let Block::Text(text) | Block::Cited { text, .. } = block {
            text.push_str(more);
        }
    }

    fn cite(&mut self, index: u64, citation: Option<Citation>) {
        let Some(citation) = citation else { return };
        let block = self.blocks.entry(index).or_insert_with(|| Block::Text(String::new()));
        match block {
            Block::Text(text) => *block = Block::Cited { text: std::mem::take(text), citations: vec![citation] },
            Block::Cited { citations, .. } => citations.push(citation),
            _ => {}
        }
    }

    fn thinking(&mut self, index: u64, more: &str, signed: &str) {
        let empty = || Block::Thinking { text: String::new(), signature: String::new() };
        if let Block::Thinking { text, signature } = self.blocks.entry(index).or_insert_with(empty) {
            text.push_str(more);
            signature.push_str(signed);
        }
    }

    fn streamed(mut self) -> Streamed {
        for (index, json) in &self.inputs {
            if let Some(Block::ToolUse { input, .. }) = self.blocks.get_mut(index) {
                // A tool without parameters sends no input at all.
                *input = serde_json::from_str(if json.is_empty() { "{}" } else { json }).unwrap_or(Value::Null);
            }
        }
        let mut content: Vec<Block> = Vec::new();
        for block in self.blocks.into_values() {
            // Nova sends every delta as a block of its own.
            match (content.last_mut(), block) {
                (Some(Block::Text(text)), Block::Text(more)) => text.push_str(&more),
                (_, block) => content.push(block),
            }
        }
        Streamed { content, stop_reason: self.stop_reason, stop_sequence: self.stop_sequence, usage: self.usage }
    }
}
