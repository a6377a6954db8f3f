//! What a client makes of an answer while its bytes arrive: when the first content came, what it
//! says it used, and whether it ended as it should.
//!
//! The forms are Bedrock's event stream (ConverseStream and every provider's chunks), Anthropic's and
//! OpenAI's server-sent events (Messages, chat completions, responses), events of an own service, and
//! whole bodies. A whole body has no first token: its bytes arrive when all of it is done.

use data_encoding::BASE64;
use serde_json::Value;

use crate::bedrock::event_stream::{DecodeErrorKind, Decoder, Frame};

/// The largest whole answer that is kept to be read.
const MAX_WHOLE: usize = 64 << 20;
/// The longest line of an event.
const MAX_LINE: usize = 4 << 20;

/// An answer that is arriving.
#[derive(Debug)]
pub struct Arriving {
    form: Form,
    buffer: Vec<u8>,
    decoder: Decoder,
    event: Event,
    protocol: Protocol,
    ended: bool,
    /// Whether any event came.
    seen: bool,
    found: Arrived,
}

/// What arrived.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrived {
    /// Whether it came as a stream whose content can be told apart.
    pub streamed: bool,
    /// When the first content came, in the clock of [`Arriving::push`]; `None` for a whole body.
    pub first_ms: Option<f64>,
    /// When the last content came.
    pub last_ms: Option<f64>,
    /// What the answer says it used.
    pub usage: Option<Used>,
    /// Why it is no answer, by a name to count by: an exception's, or what was missing.
    pub failed: Option<String>,
}

/// Tokens as an answer counts them; `input` without those of the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Used {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    /// Written to be kept for five minutes.
    pub cache_write: u64,
    /// Written to be kept for an hour, at a price of its own.
    pub cache_write_1h: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// Not known before its first bytes.
    Unknown,
    EventStream,
    ServerSentEvents,
    /// A JSON document a line.
    Lines,
    Whole,
}

impl Form {
    /// What first bytes say; unknown while they may still become either.
    fn of(first: &[u8]) -> Self {
        const EVENTS: [&[u8]; 4] = [b"data:", b"event:", b"id:", b":"];
        match first {
            [0, ..] => Form::EventStream,
            first if EVENTS.iter().any(|start| first.starts_with(start)) => Form::ServerSentEvents,
            first if EVENTS.iter().any(|start| start.starts_with(first)) => Form::Unknown,
            _ => Form::Whole,
        }
    }
}

/// Whose stream it is: what an end looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Protocol {
    Unknown,
    Bedrock,
    Messages,
    Chat,
    Responses,
}

/// A server-sent event under way.
#[derive(Debug, Default)]
struct Event {
    data: String,
    any: bool,
}

impl Arriving {
    /// An answer of this content type; without one its first bytes decide.
    pub fn new(content_type: Option<&str>) -> Self {
        let essence = content_type.map(|kind| kind.split(';').next().unwrap_or(kind).trim().to_ascii_lowercase());
        let form = match essence.as_deref() {
            Some("application/vnd.amazon.eventstream") => Form::EventStream,
            Some("text/event-stream") => Form::ServerSentEvents,
            Some("application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/jsonlines") => {
                Form::Lines
            }
            Some("application/json") => Form::Whole,
            _ => Form::Unknown,
        };
        Arriving {
            form,
            buffer: Vec::new(),
            decoder: Decoder::new(),
            event: Event::default(),
            protocol: Protocol::Unknown,
            ended: false,
            seen: false,
            found: Arrived::default(),
        }
    }

    /// More of its bytes, and when they came.
    pub fn push(&mut self, at_ms: f64, bytes: &[u8]) {
        if self.form == Form::Unknown {
            // The first bytes may come one by one.
            self.buffer.extend_from_slice(bytes);
            self.form = Form::of(&self.buffer);
            if self.form != Form::Unknown {
                let held = std::mem::take(&mut self.buffer);
                self.take(at_ms, &held);
            }
            return;
        }
        self.take(at_ms, bytes);
    }

    fn take(&mut self, at_ms: f64, bytes: &[u8]) {
        match self.form {
            Form::EventStream => {
                self.protocol = Protocol::Bedrock;
                self.decoder.push(bytes);
                self.frames(at_ms);
            }
            Form::ServerSentEvents | Form::Lines => self.lines(at_ms, bytes),
            Form::Whole | Form::Unknown => {
                let room = MAX_WHOLE.saturating_sub(self.buffer.len());
                self.buffer.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                if bytes.len() > room {
                    self.fail("answer longer than 64 MiB");
                }
            }
        }
    }

    /// Whether nothing more needs to be read of it.
    pub fn has_failed(&self) -> bool {
        self.found.failed.is_some()
    }

    /// The body has ended at this time: as HTTP ends one, or because the connection broke.
    pub fn end(mut self, at_ms: f64, clean: bool) -> Arrived {
        if self.form == Form::Unknown {
            self.form = Form::Whole;
        }
        self.found.streamed = self.form != Form::Whole;
        match self.form {
            Form::EventStream if self.decoder.finish().is_err() => self.fail("stream cut inside a frame"),
            Form::ServerSentEvents | Form::Lines => {
                let rest = std::mem::take(&mut self.buffer);
                self.line(at_ms, &rest);
                self.dispatch(at_ms);
            }
            Form::Whole => self.whole(),
            _ => {}
        }
        if self.form == Form::EventStream {
            self.protocol = Protocol::Bedrock;
        } else if self.found.streamed && !self.seen {
            self.fail("stream without events");
        }
        if !clean {
            self.fail("connection broke inside the answer");
        }
        let missing = match self.protocol {
            Protocol::Bedrock => "stream without messageStop",
            Protocol::Messages => "stream without message_stop",
            Protocol::Chat => "stream without [DONE]",
            Protocol::Responses => "stream without response.completed",
            Protocol::Unknown => "",
        };
        if !missing.is_empty() && !self.ended {
            self.fail(missing);
        }
        self.found
    }

    /// The first failure is the reason.
    fn fail(&mut self, name: &str) {
        if self.found.failed.is_none() {
            self.found.failed = Some(name.chars().take(80).collect());
        }
    }

    fn content(&mut self, at_ms: f64) {
        self.found.first_ms.get_or_insert(at_ms);
        self.found.last_ms = Some(at_ms);
    }

    fn frames(&mut self, at_ms: f64) {
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => self.frame(at_ms, &frame),
                Ok(None) => return,
                Err(error) => {
                    let name = match error.kind {
                        DecodeErrorKind::PreludeChecksum { .. } | DecodeErrorKind::MessageChecksum { .. } => {
                            "bad checksum in the stream"
                        }
                        _ => "broken frame in the stream",
                    };
                    self.fail(name);
                    return;
                }
            }
        }
    }

    fn frame(&mut self, at_ms: f64, frame: &Frame) {
        match frame.text(":message-type") {
            Some("exception") => {
                let name = frame.text(":exception-type").unwrap_or("exception");
                let mut letters = name.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                self.fail(&first.into_iter().chain(letters).collect::<String>());
                return;
            }
            Some("error") => {
                let name = frame.text(":error-code").unwrap_or("error").to_string();
                self.fail(&name);
                return;
            }
            _ => {}
        }
        let Ok(mut value) = crate::document::bounded(&frame.payload) else { return };
        let name = frame.text(":event-type").unwrap_or_default();
        // A provider's own event, in base64.
        let inner = value["bytes"].as_str().and_then(|bytes| BASE64.decode(bytes.as_bytes()).ok());
        if let Some(Ok(inner)) = inner.map(|bytes| crate::document::bounded(&bytes)) {
            value = inner;
        }
        self.json(at_ms, name, &value);
    }

    fn lines(&mut self, at_ms: f64, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            let whole = if self.buffer.is_empty() {
                line.to_vec()
            } else {
                let mut whole = std::mem::take(&mut self.buffer);
                whole.extend_from_slice(line);
                whole
            };
            self.line(at_ms, &whole);
            rest = after.get(1..).unwrap_or_default();
        }
        if self.buffer.len() + rest.len() > MAX_LINE {
            self.fail("an event longer than 4 MiB");
            self.buffer.clear();
        } else {
            self.buffer.extend_from_slice(rest);
        }
    }

    fn line(&mut self, at_ms: f64, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches('\r');
        if self.form == Form::Lines {
            self.event = Event { data: text.to_string(), any: !text.trim().is_empty() };
            self.dispatch(at_ms);
        } else if text.is_empty() {
            self.dispatch(at_ms);
        } else if let Some(data) = text.strip_prefix("data:") {
            if self.event.any {
                self.event.data.push('\n');
            }
            self.event.any = true;
            self.event.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
    }

    fn dispatch(&mut self, at_ms: f64) {
        let event = std::mem::take(&mut self.event);
        if !event.any {
            return;
        }
        self.seen = true;
        if event.data.trim() == "[DONE]" {
            self.ended = true;
            return;
        }
        match crate::document::bounded(event.data.as_bytes()) {
            Ok(value) => self.json(at_ms, "", &value),
            // An own service's words as they are.
            Err(_) if !event.data.is_empty() => self.content(at_ms),
            Err(_) => {}
        }
    }

    /// One event of whatever protocol.
    fn json(&mut self, at_ms: f64, name: &str, value: &Value) {
        let kind = value["type"].as_str().unwrap_or_default();
        if self.protocol == Protocol::Unknown {
            self.protocol = match kind {
                "message_start" | "content_block_start" | "content_block_delta" => Protocol::Messages,
                kind if kind.starts_with("response.") => Protocol::Responses,
                _ if value["choices"].is_array() => Protocol::Chat,
                _ => Protocol::Unknown,
            };
        }
        if let Some(failed) = failure(kind, value) {
            self.fail(&failed);
            return;
        }
        if let Some(used) = used(value, self.found.usage.unwrap_or_default()) {
            self.found.usage = Some(used);
        }
        let known = self.protocol != Protocol::Unknown;
        if is_content(name, kind, value) || (!known && kind != "ping") {
            self.content(at_ms);
        }
        if is_end(name, kind, value) {
            self.ended = true;
        }
    }

    fn whole(&mut self) {
        let Ok(value) = crate::document::bounded(&self.buffer) else { return };
        self.found.usage = used(&value, Used::default());
        // What the runtime says, with status 200, to a path that it does not know.
        if let Some(kind) = value["Output"]["__type"].as_str() {
            let name = kind.rsplit('#').next().unwrap_or(kind).to_string();
            self.fail(&name);
        }
    }
}

fn filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// The failure that an event reports inside a stream.
fn failure(kind: &str, value: &Value) -> Option<String> {
    let error = match kind {
        "response.failed" => &value["response"]["error"],
        "error" if !value["error"].is_object() => value,
        _ => &value["error"],
    };
    if kind == "response.cancelled" {
        return Some("response.cancelled".to_string());
    }
    if !error.is_object() || !(kind == "error" || kind == "response.failed" || value["error"].is_object()) {
        return None;
    }
    let named = |key: &str| error[key].as_str().filter(|name| !name.is_empty() && *name != "error");
    Some(named("code").or(named("type")).unwrap_or("error").to_string())
}

/// Whether an event carries something of the answer itself: text, thinking, a tool's call.
fn is_content(name: &str, kind: &str, value: &Value) -> bool {
    let delta = |delta: &Value| {
        filled(&delta["text"])
            || filled(&delta["toolUse"]["input"])
            || filled(&delta["reasoningContent"]["text"])
            || filled(&delta["reasoningContent"]["redactedContent"])
    };
    let choice = |choice: &Value| {
        let message = &choice["delta"];
        ["content", "reasoning_content", "reasoning", "refusal"].iter().any(|key| filled(&message[*key]))
            || message["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty())
            || filled(&choice["text"])
            || filled(&choice["message"]["content"])
    };
    let any = |list: &Value, of: &dyn Fn(&Value) -> bool| list.as_array().is_some_and(|items| items.iter().any(of));
    match (name, kind) {
        ("contentBlockDelta", _) => delta(&value["delta"]),
        ("contentBlockStart", _) => value["start"]["toolUse"].is_object(),
        (_, "content_block_start") => {
            value["content_block"]["type"] == "tool_use" || filled(&value["content_block"]["text"])
        }
        (_, "content_block_delta") => {
            ["text", "partial_json", "thinking"].iter().any(|key| filled(&value["delta"][*key]))
        }
        (_, "response.output_item.added") => value["item"]["type"] == "function_call",
        (_, kind) if kind.starts_with("response.") => kind.ends_with(".delta") && filled(&value["delta"]),
        _ => {
            delta(&value["contentBlockDelta"]["delta"])
                || value["contentBlockStart"]["start"]["toolUse"].is_object()
                || any(&value["choices"], &choice)
                || ["outputText", "generation", "text"].iter().any(|key| filled(&value[*key]))
                || any(&value["outputs"], &|output| filled(&output["text"]))
        }
    }
}

/// Whether an event is the last that an answer needs.
fn is_end(name: &str, kind: &str, value: &Value) -> bool {
    let finished = |choice: &Value| filled(&choice["finish_reason"]) || filled(&choice["stop_reason"]);
    let any = |list: &Value| list.as_array().is_some_and(|items| items.iter().any(finished));
    name == "messageStop"
        || matches!(kind, "message_stop" | "response.completed" | "response.incomplete")
        || value["messageStop"].is_object()
        || value["amazon-bedrock-invocationMetrics"].is_object()
        || any(&value["choices"])
        || any(&value["outputs"])
        || ["completionReason", "stop_reason"].iter().any(|key| filled(&value[*key]))
        || value["is_finished"] == true
}

/// The usage that an event or a body reports, over what was known before.
fn used(value: &Value, before: Used) -> Option<Used> {
    let places = [
        &value["usage"],
        &value["message"]["usage"],
        &value["response"]["usage"],
        &value["metadata"]["usage"],
        &value["amazon-bedrock-invocationMetrics"],
    ];
    // The service's own metrics are of the call; a stream's usage is of the answer, and comes first.
    let usage = places.into_iter().find(|usage| usage.is_object())?;
    let metrics = std::ptr::eq(usage, places[4]);
    if metrics && before != Used::default() {
        return None;
    }
    let first = |names: &[&str]| names.iter().find_map(|name| usage[*name].as_u64());
    let within = |name: &str| {
        let details = ["prompt_tokens_details", "input_tokens_details"];
        details.iter().find_map(|details| usage[*details][name].as_u64())
    };
    let (cached, newly) = (within("cached_tokens"), within("cache_write_tokens"));
    let of_hour = |detail: &&Value| detail["ttl"] == "1h";
    let listed = |details: &Vec<Value>| {
        details.iter().filter(of_hour).filter_map(|detail| detail["inputTokens"].as_u64()).sum::<u64>()
    };
    let hour = usage["cache_creation"]["ephemeral_1h_input_tokens"].as_u64();
    let hour = hour.or(usage["cacheDetails"].as_array().map(listed)).unwrap_or(before.cache_write_1h);
    let written = first(&["cacheWriteInputTokens", "cache_creation_input_tokens", "cacheWriteInputTokenCount"]);
    let input = first(&["inputTokens", "input_tokens", "prompt_tokens", "inputTokenCount"]);
    Some(Used {
        // OpenAI counts what came from the cache and what went into it among the input.
        input: input
            .map_or(before.input, |input| input.saturating_sub(cached.unwrap_or(0)).saturating_sub(newly.unwrap_or(0))),
        output: first(&["outputTokens", "output_tokens", "completion_tokens", "outputTokenCount"])
            .unwrap_or(before.output),
        cache_read: first(&["cacheReadInputTokens", "cache_read_input_tokens", "cacheReadInputTokenCount"])
            .or(cached)
            .unwrap_or(before.cache_read),
        // Anthropic and Bedrock count both kinds together.
        cache_write: written.or(newly).map_or(before.cache_write, |written| written.saturating_sub(hour)),
        cache_write_1h: hour,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bedrock::event_stream::{HeaderValue, encode_event};

    fn read(kind: &str, pieces: &[(f64, &[u8])]) -> Arrived {
        let mut arriving = Arriving::new(Some(kind));
        for (at, bytes) in pieces {
            arriving.push(*at, bytes);
        }
        arriving.end(pieces.last().map_or(0.0, |(at, _)| *at), true)
    }

    fn events(pairs: &[(&str, &str)]) -> Vec<Vec<u8>> {
        pairs.iter().map(|(name, payload)| encode_event(name, payload.as_bytes()).unwrap()).collect()
    }

    fn frame(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
        let headers = headers.iter().map(|(k, v)| ((*k).to_string(), HeaderValue::String((*v).to_string()))).collect();
        Frame { headers, payload: payload.as_bytes().to_vec() }.encode().unwrap()
    }

    const CONVERSE: [(&str, &str); 7] = [
        ("messageStart", r#"{"role":"assistant"}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":""}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"We"}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":" open"}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":9,"outputTokens":3,"cacheReadInputTokens":4},"metrics":{"latencyMs":5}}"#,
        ),
    ];

    fn at(bytes: &[Vec<u8>]) -> Vec<(f64, &[u8])> {
        bytes.iter().enumerate().map(|(i, bytes)| (10.0 * (i as f64 + 1.0), bytes.as_slice())).collect()
    }

    const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

    #[test]
    fn the_first_token_is_the_first_content() {
        let bytes = events(&CONVERSE);
        let found = read(EVENT_STREAM, &at(&bytes));
        assert_eq!((found.first_ms, found.last_ms, found.failed), (Some(30.0), Some(40.0), None));
        assert_eq!(found.usage, Some(Used { input: 9, output: 3, cache_read: 4, ..Used::default() }));
        // A provider's chunks, one byte at a time.
        let chunk = |json: &str| format!(r#"{{"bytes":"{}","p":"abc"}}"#, BASE64.encode(json.as_bytes()));
        let claude = [
            r#"{"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":12}}"#,
            r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":7,"outputTokenCount":11}}"#,
        ];
        let bytes: Vec<Vec<u8>> =
            claude.iter().map(|json| encode_event("chunk", chunk(json).as_bytes()).unwrap()).collect();
        let mut arriving = Arriving::new(Some(EVENT_STREAM));
        for (index, bytes) in bytes.iter().enumerate() {
            for byte in bytes {
                arriving.push(index as f64, &[*byte]);
            }
        }
        let found = arriving.end(9.0, true);
        assert_eq!((found.first_ms, found.failed), (Some(2.0), None));
        assert_eq!(found.usage.map(|used| (used.input, used.output)), Some((7, 12)));
        // A whole body has none.
        let found = read(
            "application/json; charset=utf-8",
            &[(5.0, br#"{"usage":{"input_tokens":3,"#), (9.0, br#""output_tokens":4}}"#)],
        );
        assert_eq!((found.streamed, found.first_ms, found.usage.map(|used| used.output)), (false, None, Some(4)));
        let found = read("text/plain", &[(5.0, b"We "), (9.0, b"open.")]);
        assert_eq!((found.streamed, found.first_ms), (false, None));
    }

    /// Every kind of token has a price of its own.
    #[test]
    fn what_is_written_to_a_cache_is_told_apart() {
        let check = |body: &str, (input, cache_read, cache_write, cache_write_1h): (u64, u64, u64, u64)| {
            let found = read("application/json", &[(1.0, body.as_bytes())]).usage.unwrap();
            assert_eq!(found, Used { input, output: 1, cache_read, cache_write, cache_write_1h }, "{body}");
        };
        let chat = r#"{"usage":{"prompt_tokens":100,"completion_tokens":1,"prompt_tokens_details":{"cache_write_tokens":30,"cached_tokens":20}}}"#;
        check(chat, (50, 20, 30, 0));
        check(&chat.replace("prompt_tokens", "input_tokens").replace("completion", "output"), (50, 20, 30, 0));
        check(
            r#"{"usage":{"input_tokens":5,"output_tokens":1,"cache_creation_input_tokens":30,"cache_read_input_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}}"#,
            (5, 2, 10, 20),
        );
        check(
            r#"{"usage":{"inputTokens":5,"outputTokens":1,"cacheWriteInputTokens":30,"cacheDetails":[{"ttl":"1h","inputTokens":20},{"ttl":"5m","inputTokens":10}]}}"#,
            (5, 0, 10, 20),
        );
        // A stream says the kinds at its start and the sum once more at its end.
        let start = br#"data: {"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}}}

"#;
        let end = br#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":5,"output_tokens":7,"cache_creation_input_tokens":30}}

"#;
        let found = read("text/event-stream", &[(1.0, start), (2.0, end)]).usage.unwrap();
        assert_eq!((found.input, found.output, found.cache_write, found.cache_write_1h), (5, 7, 10, 20));
    }

    #[test]
    fn first_bytes_that_come_one_by_one_are_the_same_stream() {
        let text = "event: x\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n";
        let arrived = |step: usize| {
            let mut arriving = Arriving::new(None);
            text.as_bytes().chunks(step).for_each(|piece| arriving.push(1.0, piece));
            arriving.end(2.0, true)
        };
        assert!(arrived(text.len()).streamed);
        assert_eq!(arrived(1), arrived(text.len()));
        let mut short = Arriving::new(None);
        short.push(1.0, b"ev");
        assert!(!short.end(2.0, true).streamed, "a body that ends there is whole");
    }

    #[test]
    fn broken_streams_have_a_name() {
        let check = |bytes: Vec<Vec<u8>>, expected: &str| {
            assert_eq!(read(EVENT_STREAM, &at(&bytes)).failed.as_deref(), Some(expected));
        };
        let mut thrown = events(&CONVERSE[..3]);
        thrown.push(frame(&[(":exception-type", "throttlingException"), (":message-type", "exception")], "{}"));
        check(thrown, "ThrottlingException");
        let mut error = events(&CONVERSE[..3]);
        error.push(frame(&[(":message-type", "error"), (":error-code", "InternalFailure")], ""));
        check(error, "InternalFailure");
        check(events(&CONVERSE[..5]), "stream without messageStop");
        let mut flipped = events(&CONVERSE);
        let last = flipped[3].len() - 1;
        flipped[3][last] ^= 1;
        check(flipped, "bad checksum in the stream");
        let mut cut = events(&CONVERSE);
        cut[6].truncate(20);
        check(cut, "stream cut inside a frame");
        check(vec![], "stream without messageStop");
        let mut arriving = Arriving::new(Some(EVENT_STREAM));
        events(&CONVERSE).iter().for_each(|bytes| arriving.push(1.0, bytes));
        assert_eq!(arriving.end(2.0, false).failed.as_deref(), Some("connection broke inside the answer"));
        let unknown = br#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#;
        assert_eq!(read("application/json", &[(1.0, unknown)]).failed.as_deref(), Some("UnknownOperationException"));
    }

    #[test]
    fn server_sent_events_of_each_house() {
        let check = |text: &str, first: Option<f64>, output: u64, failed: Option<&str>| {
            let lines: Vec<Vec<u8>> = text.split_inclusive("\n\n").map(|event| event.as_bytes().to_vec()).collect();
            let found = read("text/event-stream", &at(&lines));
            assert_eq!((found.first_ms, found.failed.as_deref()), (first, failed), "{text}");
            assert_eq!(found.usage.map_or(0, |used| used.output), output, "{text}");
        };
        let messages = concat!(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":21,\"output_tokens\":1}}}\n\n",
            "event: ping\ndata: {\"type\":\"ping\"}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"We\"}}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":12}}\n\n",
        );
        check(&format!("{messages}event: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n"), Some(30.0), 12, None);
        check(messages, Some(30.0), 12, Some("stream without message_stop"));
        let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n";
        check(&format!("{messages}{error}"), Some(30.0), 12, Some("overloaded_error"));
        let chat = concat!(
            "data: {\"choices\":[{\"delta\":{\"content\":\"\",\"role\":\"assistant\"},\"finish_reason\":null}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"We\"},\"finish_reason\":null}]}\n\n",
        );
        let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\n";
        check(&format!("{chat}{usage}data: [DONE]\n\n"), Some(20.0), 5, None);
        check(&format!("{chat}data: [DONE]"), Some(20.0), 0, None);
        check(chat, Some(20.0), 0, Some("stream without [DONE]"));
        check(
            &format!("{chat}data: {{\"error\":{{\"code\":\"server_error\"}}}}\n\n"),
            Some(20.0),
            0,
            Some("server_error"),
        );
        let responses = concat!(
            "data: {\"type\":\"response.created\",\"response\":{\"usage\":null,\"error\":null}}\n\n",
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"We\"}\n\n",
        );
        let completed = "data: {\"type\":\"response.completed\",\"response\":{\"error\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":8}}}\n\n";
        check(&format!("{responses}{completed}"), Some(20.0), 8, None);
        check(responses, Some(20.0), 0, Some("stream without response.completed"));
        let failed = "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"}}}\n\n";
        check(&format!("{responses}{failed}"), Some(20.0), 0, Some("server_error"));
        // An own service's events: the first is the first content, and no end is expected.
        check(": hello\n\ndata: We\n\ndata: open\n\n", Some(20.0), 0, None);
        check("data: {\"token\":\"We\"}\n\n", Some(10.0), 0, None);
    }
}
