use serde_json::{Value, json};

use crate::bedrock::claude::{self, Metrics};
use crate::bedrock::{Answer, Delta, Event, Identity, ModelRules, steps};
use crate::catalog::{Catalog, TokenizerFamily};
use crate::fixture::{Fixture, Response};

/// Tokens a second of a model whose speed is not known: the original's default.
pub(super) const DEFAULT_TOKENS_PER_S: f64 = 80.0;

/// A fixture as the model would send it: events and when each arrives.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    pub events: Vec<ReplayEvent>,
    /// When the first token arrives; the end, for an answer without text.
    pub ttft_ms: f64,
    /// Output tokens a second after the first token.
    pub tokens_per_s: f64,
    pub total_ms: f64,
}

/// One event and its time from the request, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayEvent {
    pub at_ms: f64,
    /// The event's name.
    pub kind: String,
    /// The text it adds to the answer; empty for all but text.
    pub text: String,
    /// The event as it is sent.
    pub payload: Value,
    /// Estimated output tokens sent so far, this event included; they end at the declared usage.
    pub tokens: f64,
}

/// How fast the pieces of an answer follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cadence {
    /// The model's tokens a second.
    Model,
    /// So many milliseconds before each chunk, as the original's 50.
    Fixed(f64),
}

impl Timeline {
    /// The first token comes after the fixture's `latency_ms`, the rest at the model's or the
    /// fixture's tokens per second. A fixture that stands for an exception has one event.
    pub fn new(fixture: &Fixture, catalog: &Catalog, seed: u64, cadence: Cadence) -> Self {
        let model = fixture.model_id.as_deref().and_then(|id| catalog.get(id));
        let profile_rate = model.and_then(|m| m.profile.as_ref()?.tokens_per_s);
        let tokens_per_s = fixture.tokens_per_s.or(profile_rate).unwrap_or(DEFAULT_TOKENS_PER_S);
        let start = fixture.latency_ms.unwrap_or(0.0);
        let one = |kind: &str, payload: Value| {
            let event = ReplayEvent { at_ms: start, kind: kind.to_string(), text: String::new(), payload, tokens: 0.0 };
            Timeline { events: vec![event], ttft_ms: start, tokens_per_s, total_ms: start }
        };
        if let Response::Error(error) = &fixture.response {
            return one("exception", json!({"__type": error.name, "message": error.message, "status": error.status()}));
        }
        let Some(answer) = fixture.decoded_answer() else { return one("recording", Value::Null) };
        let family = model.and_then(|m| m.tokenizer).unwrap_or(TokenizerFamily::Claude3);
        let rules = model.map(ModelRules::of);
        let mut events = answer_events(&answer, family, rules.as_ref(), seed);
        let first = events.iter().find(|event| event.tokens > 0.0).map_or(0.0, |event| event.tokens);
        let mut chunks = 0;
        for event in &mut events {
            chunks += u32::from(event.kind == "content_block_delta");
            event.at_ms = match cadence {
                // The first chunk marks the first token; each later one follows as its tokens come.
                Cadence::Model => start + (event.tokens - first).max(0.0) * 1000.0 / tokens_per_s,
                Cadence::Fixed(step_ms) => f64::from(chunks) * step_ms,
            };
        }
        if let Response::Broken { error, after_events, .. } = &fixture.response {
            events.truncate(*after_events);
            let at_ms = events.last().map_or(start, |event| event.at_ms);
            let payload = json!({"__type": error.name, "message": error.message});
            events.push(ReplayEvent {
                at_ms,
                kind: "exception".to_string(),
                text: String::new(),
                payload,
                tokens: 0.0,
            });
        }
        let ttft_ms = events.iter().find(|event| event.tokens > 0.0).map_or(start, |event| event.at_ms);
        let total_ms = events.last().map_or(start, |event| event.at_ms);
        Timeline { events, ttft_ms, tokens_per_s, total_ms }
    }
}

/// The answer as Claude's events, without times.
fn answer_events(answer: &Answer, family: TokenizerFamily, rules: Option<&ModelRules>, seed: u64) -> Vec<ReplayEvent> {
    let identity = Identity::new(seed, 0);
    let declared = answer.usage.output_tokens as f64;
    let metrics = Metrics { latency_ms: 0, first_byte_ms: 0 };
    let unknown = ModelRules::unknown();
    let sent = steps(answer, family, identity.chunk_sizes(), false).into_iter().filter_map(|step| {
        let payload = claude::event(&step.event, answer, rules.unwrap_or(&unknown), &identity, metrics);
        let text = match &step.event {
            Event::Delta { delta: Delta::Text(text), .. } => text.clone(),
            _ => String::new(),
        };
        let kind = payload["type"].as_str()?.to_string();
        Some(ReplayEvent { at_ms: 0.0, kind, text, payload, tokens: declared * step.done })
    });
    sent.collect()
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
        let mut document = json!({"fixture_id": "f", "model_id": crate::scenario::SONNET, "prompt_hash": "", "response_text": TEXT,
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
        let first_text = timeline.events.iter().find(|e| !e.text.is_empty()).unwrap();
        assert_eq!(first_text.at_ms, 1250.0);
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
        let timeline = timeline(&json!({}), Cadence::Fixed(50.0));
        let chunks = timeline.events.iter().filter(|event| !event.text.is_empty()).count();
        assert_eq!(timeline.total_ms, 50.0 * chunks as f64);
    }
}
