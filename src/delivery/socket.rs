use serde_json::json;

use crate::bedrock::decode::chunk_events;
use crate::bedrock::event_stream::Frame;

/// The most bytes API Gateway puts into one WebSocket frame.
pub const MAX_FRAME: usize = 32 << 10;
/// The most bytes it sends as one message.
pub const MAX_MESSAGE: usize = 128 << 10;

/// A message to the browser and when it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct SocketMessage {
    pub at_ms: f64,
    /// JSON: `{"seq", "type": "start" | "delta" | "end" | "error", …}`.
    pub text: String,
}

/// The messages of a stream: its beginning, each piece of text, and its end or error. A piece too
/// long for one message is sent as several.
pub fn messages(frames: &[(f64, Frame)]) -> Vec<SocketMessage> {
    let mut out = Outbox { messages: Vec::new() };
    let begun = frames.first().map_or(0.0, |(at_ms, _)| *at_ms);
    out.push(begun, json!({"type": "start"}));
    let mut ended = false;
    for (at_ms, frame) in frames {
        if let Some(error) = frame.text(":exception-type").or(frame.text(":error-code")) {
            out.push(*at_ms, json!({"type": "error", "error": error}));
            ended = true;
            break;
        }
        if let Some(text) = text_of(frame) {
            for part in parts(&text) {
                out.push(*at_ms, json!({"type": "delta", "text": part}));
            }
        }
        if let Some(reason) = stop_reason(frame) {
            out.push(*at_ms, json!({"type": "end", "stop_reason": reason}));
            ended = true;
        }
    }
    if !ended {
        // A stream that ends without saying so must not look complete.
        let last = frames.last().map_or(begun, |(at_ms, _)| *at_ms);
        out.push(last, json!({"type": "error", "error": "truncated"}));
    }
    out.messages
}

struct Outbox {
    messages: Vec<SocketMessage>,
}

impl Outbox {
    fn push(&mut self, at_ms: f64, mut body: serde_json::Value) {
        body["seq"] = json!(self.messages.len());
        self.messages.push(SocketMessage { at_ms, text: body.to_string() });
    }
}

/// The provider's or Converse's event in a frame, under one roof.
fn event_of(frame: &Frame) -> Option<serde_json::Value> {
    if let Some(event) = chunk_events(std::slice::from_ref(frame)).pop() {
        return Some(event);
    }
    let payload: serde_json::Value = serde_json::from_slice(&frame.payload).ok()?;
    Some(json!({(frame.text(":event-type")?): payload}))
}

fn text_of(frame: &Frame) -> Option<String> {
    let event = event_of(frame)?;
    let claude = event["delta"]["text"].as_str();
    let text = claude.or_else(|| event["contentBlockDelta"]["delta"]["text"].as_str())?;
    (!text.is_empty()).then(|| text.to_string())
}

fn stop_reason(frame: &Frame) -> Option<String> {
    let event = event_of(frame)?;
    let reason = event["delta"]["stop_reason"].as_str().or_else(|| event["messageStop"]["stopReason"].as_str());
    reason.map(str::to_string)
}

/// A text in parts that stay below a message's limit even when every byte is escaped.
fn parts(text: &str) -> Vec<&str> {
    /// A control character becomes six bytes in JSON; the rest of the message has room in 1 KiB.
    const PART: usize = (MAX_MESSAGE - 1024) / 6;
    let mut rest = text;
    let mut parts = Vec::new();
    while rest.len() > PART {
        let end = (0..=PART).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
        let (part, tail) = rest.split_at(end);
        parts.push(part);
        rest = tail;
    }
    parts.push(rest);
    parts
}

/// A message as WebSocket frames of at most [`MAX_FRAME`] bytes of payload, the first a text
/// frame, the others its continuations; a server's frames are not masked.
///
/// # Source
/// RFC 6455, section 5.
pub fn frames(message: &str) -> Vec<Vec<u8>> {
    let chunks: Vec<&[u8]> =
        if message.is_empty() { vec![&[]] } else { message.as_bytes().chunks(MAX_FRAME).collect() };
    let last = chunks.len() - 1;
    let frame = |(index, payload): (usize, &&[u8])| {
        let fin = if index == last { 0x80 } else { 0 };
        let opcode = u8::from(index == 0);
        let mut bytes = vec![fin | opcode];
        match payload.len() {
            length @ 0..=125 => bytes.push(length as u8),
            length @ 126..=65_535 => {
                bytes.push(126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                bytes.push(127);
                bytes.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        bytes.extend_from_slice(payload);
        bytes
    };
    chunks.iter().enumerate().map(frame).collect()
}
