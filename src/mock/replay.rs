use serde_json::{Value, json};

use super::config::Config;
use super::handle::Mock;
use super::latency::LatencyMode;
use crate::bedrock::event_stream::{Frame, decode_all};
use crate::bedrock::{Body, Operation, Reply};
use crate::catalog::{Catalog, HAIKU};
use crate::doors::data_events;
use crate::fixture::{Fixture, Library, Response};

/// Tokens a second of a model whose speed is not known: the original's default.
pub(super) const DEFAULT_TOKENS_PER_S: f64 = 80.0;

/// A fixture as the endpoint sends it: events and when each arrives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Timeline {
    pub events: Vec<ReplayEvent>,
    /// When the first text arrives; the end, for an answer without any.
    pub ttft_ms: f64,
    pub total_ms: f64,
    /// What the call is charged for: the fixture's own usage, or an estimate.
    pub input_tokens: u64,
    pub output_tokens: u64,
}

/// One event and its time from the request, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReplayEvent {
    pub at_ms: f64,
    /// The event's name; `exception` for what ends the call.
    pub kind: String,
    /// The text it adds to the answer; empty for all but text.
    pub text: String,
    /// The event as it is sent.
    pub payload: Value,
    /// Output tokens sent so far, this event included, by the share of the characters; they end at the
    /// call's usage.
    pub tokens: f64,
}

/// How fast the pieces of an answer follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cadence {
    /// The model's tokens a second.
    Model,
    /// The original's: 50 ms before each chunk.
    Original,
}

impl Timeline {
    /// The streams by which a fixture can be played.
    pub const OPERATIONS: [Operation; 5] = [
        Operation::ConverseStream,
        Operation::InvokeModelWithResponseStream,
        Operation::MessagesStream,
        Operation::ChatCompletionsStream,
        Operation::ResponsesStream,
    ];

    /// What the mock sends for this fixture when its prompt is asked, by ConverseStream or as it was
    /// recorded. A fixture that stands for an exception has one event.
    pub fn new(fixture: &Fixture, catalog: &Catalog, seed: u64, cadence: Cadence) -> Self {
        Timeline::through(fixture, catalog, seed, cadence, Timeline::own_operation(fixture))
    }

    /// The operation that a fixture is a recording of, where that is a stream; ConverseStream of all others.
    pub fn own_operation(fixture: &Fixture) -> Operation {
        match &fixture.response {
            Response::Recording(recording) if recording.operation.is_stream() => recording.operation,
            _ => Operation::ConverseStream,
        }
    }

    /// What the mock sends for this fixture through one of [`Timeline::OPERATIONS`].
    pub fn through(fixture: &Fixture, catalog: &Catalog, seed: u64, cadence: Cadence, operation: Operation) -> Self {
        let latency = match cadence {
            Cadence::Model => LatencyMode::Recorded,
            Cadence::Original => LatencyMode::Simple,
        };
        let mut mock = Mock::new(Library::default(), catalog.clone(), Config { seed, latency, ..Config::default() });
        let (reply, record) = mock.play(fixture, fixture.model_id.as_deref().unwrap_or(HAIKU), operation);
        let mut events = events_of(&reply);
        let written = |event: &ReplayEvent| event.tokens;
        let all: f64 = events.iter().map(written).sum();
        let mut sent = 0.0;
        for event in &mut events {
            sent += event.tokens;
            event.tokens = if all > 0.0 { sent / all * record.output_tokens as f64 } else { 0.0 };
        }
        let start = reply.at_ms;
        let ttft_ms = events.iter().find(|event| !event.text.is_empty()).map_or(start, |event| event.at_ms);
        let total_ms = events.last().map_or(start, |event| event.at_ms);
        let (input_tokens, output_tokens) = (record.input_tokens, record.output_tokens);
        Timeline { events, ttft_ms, total_ms, input_tokens, output_tokens }
    }
}

/// The events of a reply, each with the characters that it adds to the answer as its tokens.
fn events_of(reply: &Reply) -> Vec<ReplayEvent> {
    let one = |kind: &str, payload: Value| ReplayEvent {
        at_ms: reply.at_ms,
        kind: kind.to_string(),
        text: String::new(),
        payload,
        tokens: 0.0,
    };
    let Body::Stream(pieces, _) = &reply.body else {
        let body: Value = serde_json::from_slice(&reply.bytes()).unwrap_or_default();
        if reply.status == 200 {
            return vec![one("recording", body)];
        }
        // The doors' errors are told as they are sent.
        let Some(name) = reply.headers.get("x-amzn-errortype") else { return vec![one("exception", body)] };
        let name = name.split([':', ',', '#']).next().unwrap_or_default();
        return vec![one("exception", json!({"__type": name, "message": body["message"], "status": reply.status}))];
    };
    if reply.headers.get("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
        return pieces.iter().flat_map(|piece| sse_events(&piece.bytes, piece.at_ms)).collect();
    }
    // What does not decode was sent on purpose, and is no event.
    let frames = |bytes: &[u8]| decode_all(bytes).unwrap_or_default();
    pieces
        .iter()
        .flat_map(|piece| frames(&piece.bytes).into_iter().map(|frame| event_of(&frame, piece.at_ms)))
        .collect()
}

/// The server-sent events in a piece of a door's stream, the one that ends it included.
fn sse_events(bytes: &[u8], at_ms: f64) -> Vec<ReplayEvent> {
    let text = String::from_utf8_lossy(bytes);
    let (events, _) = data_events(&text);
    let mut events: Vec<ReplayEvent> = events.into_iter().map(|event| sse_event(event, at_ms)).collect();
    if text.contains("data: [DONE]") {
        let payload = Value::String("[DONE]".to_string());
        events.push(ReplayEvent { at_ms, kind: "[DONE]".to_string(), text: String::new(), payload, tokens: 0.0 });
    }
    events
}

fn sse_event(payload: Value, at_ms: f64) -> ReplayEvent {
    let failed = || payload.get("error").map(|_| "error");
    let kind = payload["type"].as_str().or(payload["object"].as_str()).or_else(failed).unwrap_or_default().to_string();
    let at = |path: &str| payload.pointer(path).and_then(Value::as_str);
    let whole = at("/delta").filter(|_| kind.ends_with(".delta"));
    let text = match kind.as_str() {
        "response.output_text.delta" => whole,
        _ => at("/delta/text").or(at("/choices/0/delta/content")),
    };
    let silent = ["/delta/partial_json", "/delta/thinking", "/choices/0/delta/reasoning"].into_iter().find_map(at);
    let silent = silent.or(at("/choices/0/delta/tool_calls/0/function/arguments")).or(whole);
    let tokens = text.or(silent).map_or(0.0, |text| text.chars().count() as f64);
    let text = text.unwrap_or_default().to_string();
    ReplayEvent { at_ms, kind, text, payload, tokens }
}

fn event_of(frame: &Frame, at_ms: f64) -> ReplayEvent {
    let payload: Value = serde_json::from_slice(&frame.payload).unwrap_or_default();
    // InvokeModel's frames hold the provider's own events.
    let inner = payload["bytes"].as_str().and_then(|bytes| data_encoding::BASE64.decode(bytes.as_bytes()).ok());
    let payload = inner.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(payload);
    let exception = frame.text(":exception-type").or(frame.text(":error-code"));
    if let Some(name) = exception {
        let payload = json!({"__type": name, "message": payload["message"]});
        return ReplayEvent { at_ms, kind: "exception".to_string(), text: String::new(), payload, tokens: 0.0 };
    }
    let named = |value: &Value| value["type"].as_str().map(str::to_string);
    let own = || payload.as_object().and_then(|object| object.keys().next().cloned());
    let event = frame.text(":event-type").unwrap_or_default();
    let kind = if event == "chunk" { named(&payload).or_else(own).unwrap_or_default() } else { event.to_string() };
    let delta = |value: &Value| -> Option<(String, f64)> {
        let text = value.as_str()?;
        Some((text.to_string(), text.chars().count() as f64))
    };
    let at = |path: &str| payload.pointer(path).and_then(delta);
    let text = at("/delta/text").or_else(|| at("/contentBlockDelta/delta/text"));
    let silent = at("/delta/toolUse/input")
        .or_else(|| at("/delta/reasoningContent/text"))
        .or_else(|| at("/delta/partial_json"))
        .or_else(|| at("/delta/thinking"));
    let tokens = text.as_ref().or(silent.as_ref()).map_or(0.0, |(_, count)| *count);
    ReplayEvent { at_ms, kind, text: text.map(|(text, _)| text).unwrap_or_default(), payload, tokens }
}

/// A player over a timeline: the caller tells it how much time passed, it tells how far it came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Player {
    /// Virtual milliseconds since the request.
    pub now_ms: f64,
    /// Events that have arrived.
    pub arrived: usize,
    pub playing: bool,
    /// Virtual milliseconds a real one, 0.25 to 16.
    pub speed: f64,
}

impl Player {
    pub const SPEEDS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

    pub fn new() -> Self {
        Player { now_ms: 0.0, arrived: 0, playing: false, speed: 1.0 }
    }

    /// Lets real time pass; stops at the end.
    #[must_use]
    pub fn advance(mut self, timeline: &Timeline, real_ms: f64) -> Self {
        if !self.playing {
            return self;
        }
        self.now_ms = (self.now_ms + real_ms.max(0.0) * self.speed).min(timeline.total_ms);
        self.arrived = timeline.events.partition_point(|event| event.at_ms <= self.now_ms);
        self.playing = self.arrived < timeline.events.len();
        self
    }

    /// Starts or stops; at the end it starts over.
    #[must_use]
    pub fn toggle(self, timeline: &Timeline) -> Self {
        let start = if self.arrived == timeline.events.len() { self.restarted() } else { self };
        Player { playing: !self.playing, ..start }
    }

    /// Goes to the next event and stops there.
    #[must_use]
    pub fn step(mut self, timeline: &Timeline) -> Self {
        self.playing = false;
        if let Some(next) = timeline.events.get(self.arrived) {
            self.now_ms = next.at_ms;
            self.arrived += 1;
        }
        self
    }

    /// The beginning, stopped, at the same speed.
    #[must_use]
    pub fn restarted(self) -> Self {
        Player { speed: self.speed, ..Player::new() }
    }

    /// The answer as far as it has arrived.
    pub fn text(&self, timeline: &Timeline) -> String {
        timeline.events.iter().take(self.arrived).map(|event| event.text.as_str()).collect()
    }
}

impl Default for Player {
    fn default() -> Self {
        Player::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "一冊目は\n\n「鬼滅の刃」です。👨‍👩‍👧 Enjoy!";

    fn fixture(changes: &Value) -> Fixture {
        let mut document = json!({"fixture_id": "f", "model_id": crate::catalog::SONNET, "prompt_hash": "", "response_text": TEXT,
            "usage": {"input_tokens": 10, "output_tokens": 30}, "latency_ms": 1250.0});
        for (key, value) in changes.as_object().unwrap() {
            document[key] = value.clone();
        }
        Fixture::read(document).unwrap()
    }

    fn timeline(changes: &Value, cadence: Cadence) -> Timeline {
        Timeline::new(&fixture(changes), &Catalog::reference(), 42, cadence)
    }

    #[test]
    fn the_whole_text_arrives_in_time_order_and_ends_with_the_declared_tokens() {
        let timeline = timeline(&json!({}), Cadence::Model);
        let mut player = Player { playing: true, speed: 16.0, ..Player::new() };
        while player.playing {
            player = player.advance(&timeline, 1.0);
        }
        assert_eq!(player.text(&timeline), TEXT);
        assert!(timeline.events.is_sorted_by(|a, b| a.at_ms <= b.at_ms));
        let last = timeline.events.last().unwrap();
        assert!((last.tokens - 30.0).abs() < 1e-9);
        assert!(timeline.total_ms > 1250.0 && timeline.total_ms <= 1250.0 + 30.0 * 1000.0 / 60.0);
        assert_eq!(timeline.ttft_ms, 1250.0);
    }

    /// The same events at the same times as a client of the endpoint gets, whatever the model.
    #[test]
    fn a_replay_is_what_the_endpoint_sends() {
        use crate::bedrock::{Headers, Operation, Request};
        for model in ["amazon.nova-lite-v1:0", crate::catalog::SONNET] {
            let changes =
                json!({"model_id": model, "prompt": "hello", "prompt_hash": crate::hash::prompt_hash("hello")});
            let fixture = fixture(&changes);
            let replay = Timeline::new(&fixture, Catalog::full(), 42, Cadence::Model);
            let library = Library::new([fixture]).unwrap();
            let mut mock = Mock::new(library, Catalog::full().clone(), Config::default());
            let body = json!({"messages": [{"role": "user", "content": [{"text": "hello"}]}]});
            let path = format!("/model/{}/{}", model.replace(':', "%3A"), Operation::ConverseStream.segment());
            let headers = Headers::from([("content-type", "application/json")]);
            let request = Request { method: "POST".into(), path, headers, body: body.to_string().into_bytes() };
            let reply = mock.handle(&request, 0.0);
            let sent = events_of(&reply);
            let of = |event: &ReplayEvent| (event.at_ms, event.kind.clone(), event.payload.clone());
            assert_eq!(replay.events.iter().map(of).collect::<Vec<_>>(), sent.iter().map(of).collect::<Vec<_>>());
            assert_eq!(replay.events[0].kind, "messageStart");
            assert_eq!(replay.output_tokens, mock.ledger().last().unwrap().output_tokens);
        }
    }

    /// Through every door: its own events, the whole text, the usage of the same call at the endpoint.
    #[test]
    fn a_replay_goes_through_every_door() {
        let first = ["messageStart", "message_start", "message_start", "chat.completion.chunk", "response.created"];
        let fixture = fixture(&json!({"prompt": "hello", "model_id": crate::catalog::SONNET}));
        for (operation, first) in Timeline::OPERATIONS.into_iter().zip(first) {
            let timeline = Timeline::through(&fixture, Catalog::full(), 42, Cadence::Model, operation);
            let text: String = timeline.events.iter().map(|event| event.text.as_str()).collect();
            assert_eq!((timeline.events[0].kind.as_str(), text.as_str()), (first, TEXT), "{operation:?}");
            assert!(timeline.events.is_sorted_by(|a, b| a.at_ms <= b.at_ms) && timeline.ttft_ms > 0.0, "{operation:?}");
            assert_eq!(timeline.output_tokens, 30, "{operation:?}");
            assert!((timeline.events.last().unwrap().tokens - 30.0).abs() < 1e-9, "{operation:?}");
        }
        let failing =
            json!({"version": 1, "fixture_id": "e", "prompt": "hello", "error": {"code": "ThrottlingException"}});
        let failing = Fixture::read(failing).unwrap();
        for operation in Timeline::OPERATIONS {
            let timeline = Timeline::through(&failing, Catalog::full(), 42, Cadence::Model, operation);
            let kinds: Vec<&str> = timeline.events.iter().map(|event| event.kind.as_str()).collect();
            assert_eq!(kinds, ["exception"], "{operation:?}");
        }
    }

    #[test]
    fn a_new_fixture_has_the_tokens_and_times_of_its_call() {
        let document = json!({"version": 1, "fixture_id": "new", "prompt": "Which volumes are there?", "answer": TEXT});
        let timeline = Timeline::new(&Fixture::read(document).unwrap(), &Catalog::reference(), 42, Cadence::Model);
        assert!(timeline.output_tokens > 0 && timeline.input_tokens > 0);
        assert!(timeline.ttft_ms > 0.0 && timeline.total_ms > timeline.ttft_ms);
        assert!((timeline.events.last().unwrap().tokens - timeline.output_tokens as f64).abs() < 1e-9);
    }

    #[test]
    fn stepping_reaches_the_end_and_playing_again_starts_over() {
        let timeline = timeline(&json!({}), Cadence::Model);
        let mut player = Player::new();
        for _ in 0..timeline.events.len() + 3 {
            player = player.step(&timeline);
        }
        assert_eq!(player.arrived, timeline.events.len());
        let again = player.toggle(&timeline);
        assert_eq!((again.arrived, again.now_ms, again.playing), (0, 0.0, true));
    }

    #[test]
    fn an_exception_is_the_only_event() {
        let changes = json!({"stop_reason": "error", "metadata": {"error_code": "ThrottlingException"}});
        let timeline = timeline(&changes, Cadence::Model);
        assert_eq!(timeline.events.len(), 1);
        assert_eq!(timeline.events[0].kind, "exception");
    }

    #[test]
    fn the_originals_cadence_is_fifty_milliseconds_a_chunk() {
        let timeline = timeline(&json!({}), Cadence::Original);
        let at: Vec<f64> =
            timeline.events.iter().filter(|event| !event.text.is_empty()).map(|event| event.at_ms).collect();
        let expected: Vec<f64> = (1..=at.len()).map(|chunk| 50.0 * chunk as f64).collect();
        assert_eq!(at, expected);
    }
}
