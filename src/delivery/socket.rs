use serde_json::{Value, json};

use crate::bedrock::event_stream::Frame;
use crate::doors::decode::chunk_events;
use crate::problem::clipped;

/// The most bytes API Gateway puts into one WebSocket frame.
pub const MAX_FRAME: usize = 32 << 10;
/// The most bytes it sends as one message.
pub const MAX_MESSAGE: usize = 128 << 10;

/// A message to the browser and when it is sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SocketMessage {
    pub at_ms: f64,
    /// JSON: `{"seq", "type": "start" | "delta" | "end" | "error", …}`.
    pub text: String,
}

/// A frame of a stream and when it comes, in milliseconds: a pair of the two, or an item of
/// [`MockBedrockClient::converse_stream`](crate::mock::MockBedrockClient::converse_stream).
pub trait TimedFrame {
    fn at_ms(&self) -> f64;
    fn frame(&self) -> &Frame;
}

impl TimedFrame for (f64, Frame) {
    fn at_ms(&self) -> f64 {
        self.0
    }

    fn frame(&self) -> &Frame {
        &self.1
    }
}

/// The messages of a stream: its beginning, each piece of text, and its end or error. A piece too
/// long for one message is sent as several.
pub fn messages<T: TimedFrame>(frames: &[T]) -> Vec<SocketMessage> {
    let begun = frames.first().map_or(0.0, T::at_ms);
    let last = frames.last().map_or(begun, T::at_ms);
    let mut delivery = Delivery::new();
    let at = |at_ms: f64| move |text| SocketMessage { at_ms, text };
    let mut out: Vec<SocketMessage> = delivery.begin().into_iter().map(at(begun)).collect();
    for item in frames {
        let frame = item.frame();
        let sent = match frame.text(":exception-type").or(frame.text(":error-code")) {
            Some(error) => delivery.fail(error),
            None => event_of(frame).map(|event| delivery.event(&event)).unwrap_or_default(),
        };
        out.extend(sent.into_iter().map(at(item.at_ms())));
    }
    out.extend(delivery.finish().into_iter().map(at(last)));
    out
}

/// An answer on its way to the browser: the events of a stream go in, messages come out.
///
/// ```
/// use rehearsal::delivery::{Assembler, Delivery};
/// use serde_json::json;
///
/// let mut delivery = Delivery::new();
/// let mut sent = delivery.event(&json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "鬼滅"}}}));
/// sent.extend(delivery.event(&json!({"messageStop": {"stopReason": "end_turn"}})));
/// let mut assembler = Assembler::new();
/// for message in sent.iter().rev() {
///     assembler.message(message).unwrap();
/// }
/// assert_eq!(assembler.progress().text, "鬼滅");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    sent: u64,
    ended: bool,
    failed: bool,
}

impl Delivery {
    pub fn new() -> Self {
        Delivery::default()
    }

    /// The first message, where nothing was sent yet.
    pub fn begin(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        if self.sent == 0 {
            self.send(&mut out, json!({"type": "start"}));
        }
        out
    }

    /// The messages of one event: Converse's and Nova's, wrapped in its name, or the provider's own of
    /// InvokeModelWithResponseStream.
    pub fn event(&mut self, event: &Value) -> Vec<String> {
        if let Some(name) = exception_in(event) {
            return self.fail(name);
        }
        let mut out = self.begin();
        if self.failed {
            return out;
        }
        for part in text_of(event).into_iter().flat_map(parts) {
            self.send(&mut out, json!({"type": "delta", "text": part}));
        }
        if let Some(reason) = stop_reason(event) {
            self.send(&mut out, json!({"type": "end", "stop_reason": reason}));
            self.ended = true;
        }
        out
    }

    /// The stream broke off with this error; what comes behind it is not sent.
    pub fn fail(&mut self, error: &str) -> Vec<String> {
        let mut out = self.begin();
        if !self.failed {
            self.send(&mut out, json!({"type": "error", "error": clipped(&as_in_a_stream(error), 200)}));
        }
        self.failed = true;
        out
    }

    /// The stream is over. One that did not say so must not look complete.
    pub fn finish(&mut self) -> Vec<String> {
        if self.ended || self.failed { self.begin() } else { self.fail("truncated") }
    }

    fn send(&mut self, out: &mut Vec<String>, mut body: Value) {
        body["seq"] = json!(self.sent);
        self.sent += 1;
        out.push(body.to_string());
    }
}

/// The provider's or Converse's event in a frame, under one roof.
fn event_of(frame: &Frame) -> Option<Value> {
    if let Some(event) = chunk_events(std::slice::from_ref(frame)).pop() {
        return Some(event);
    }
    let payload: Value = crate::document::bounded(&frame.payload).ok()?;
    Some(json!({(frame.text(":event-type")?): payload}))
}

/// The exception that an SDK gives as an event, by its member.
fn exception_in(event: &Value) -> Option<&str> {
    let names = event.as_object()?.keys().map(String::as_str);
    names.into_iter().find(|name| name.ends_with("Exception"))
}

/// SDKs name an exception as its class, a stream as its member.
fn as_in_a_stream(error: &str) -> String {
    match error.strip_suffix("Exception").and_then(|name| name.chars().next()) {
        Some(first) => format!("{}{}", first.to_ascii_lowercase(), &error[first.len_utf8()..]),
        None => error.to_string(),
    }
}

fn text_of(event: &Value) -> Option<&str> {
    let claude = event["delta"]["text"].as_str();
    let text = claude.or_else(|| event["contentBlockDelta"]["delta"]["text"].as_str())?;
    (!text.is_empty()).then_some(text)
}

fn stop_reason(event: &Value) -> Option<&str> {
    event["delta"]["stop_reason"].as_str().or_else(|| event["messageStop"]["stopReason"].as_str())
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
