use crate::bedrock::{StreamEvent, claude_events};
use crate::catalog::{Catalog, TokenizerFamily, weight};
use crate::fixture::Fixture;

use super::chunk::chunks;

/// Tokens a second of a model whose speed is not known: the original's default.
const DEFAULT_TOKENS_PER_S: f64 = 80.0;

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
    pub event: StreamEvent,
    /// Estimated output tokens sent so far, this event included; they end at the declared usage.
    pub tokens: f64,
}

impl Timeline {
    /// The first token comes after the fixture's `latency_ms`, the rest at the model's
    /// `tokens_per_s`. A fixture that stands for an exception has one event, the exception.
    pub fn new(fixture: &Fixture, catalog: &Catalog, seed: u64) -> Self {
        let model = catalog.get(&fixture.model_id);
        let tokens_per_s = model.and_then(|m| m.profile.as_ref()?.tokens_per_s).unwrap_or(DEFAULT_TOKENS_PER_S);
        let family = model.map_or(TokenizerFamily::Claude3, |m| m.tokenizer);
        let start = fixture.latency_ms;
        if let Some(code) = fixture.error_code() {
            let payload = serde_json::json!({"exception": code, "metadata": fixture.metadata});
            let event = StreamEvent { kind: "exception", text: String::new(), payload };
            let events = vec![ReplayEvent { at_ms: start, event, tokens: 0.0 }];
            return Timeline { events, ttft_ms: start, tokens_per_s, total_ms: start };
        }
        let chunks = chunks(&fixture.response_text, family, seed);
        let weights: Vec<f64> = chunks.iter().map(|chunk| weight(chunk, family) as f64).collect();
        let all: f64 = weights.iter().sum();
        let declared = fixture.usage.output_tokens as f64;
        let first = weights.first().map_or(0.0, |w| declared * w / all);
        let mut sent = 0.0;
        let mut index = 0;
        let events: Vec<_> = claude_events(&fixture.model_id, &chunks, fixture.usage, &fixture.stop_reason)
            .into_iter()
            .map(|event| {
                if event.kind == "content_block_delta" {
                    sent += declared * weights[index] / all;
                    index += 1;
                }
                // The first chunk marks the first token; each later one follows as its tokens come.
                let at_ms = start + (sent - first).max(0.0) * 1000.0 / tokens_per_s;
                ReplayEvent { at_ms, event, tokens: sent }
            })
            .collect();
        let total_ms = events.last().map_or(start, |event| event.at_ms);
        Timeline { events, ttft_ms: start, tokens_per_s, total_ms }
    }
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
        timeline.events.iter().take(self.arrived).map(|event| event.event.text.as_str()).collect()
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
    use crate::fixture::Usage;
    use crate::scenario::SONNET;

    fn fixture() -> Fixture {
        Fixture {
            fixture_id: "f".into(),
            model_id: SONNET.into(),
            prompt_hash: String::new(),
            response_text: "一冊目は\n\n「鬼滅の刃」です。👨‍👩‍👧 Enjoy!".into(),
            usage: Usage { input_tokens: 10, output_tokens: 30 },
            latency_ms: 1250.0,
            stop_reason: "end_turn".into(),
            metadata: serde_json::Map::new(),
        }
    }

    #[test]
    fn the_whole_text_arrives_in_time_order_and_ends_with_the_declared_tokens() {
        let fixture = fixture();
        let timeline = Timeline::new(&fixture, &Catalog::reference(), 42);
        let mut player = Player { playing: true, speed: 16.0, ..Player::new() };
        while player.playing {
            player = player.advance(&timeline, 1.0);
        }
        assert_eq!(player.text(&timeline), fixture.response_text);
        assert!(timeline.events.is_sorted_by(|a, b| a.at_ms <= b.at_ms));
        let last = timeline.events.last().unwrap();
        assert!((last.tokens - 30.0).abs() < 1e-9);
        assert!(timeline.total_ms > 1250.0 && timeline.total_ms <= 1250.0 + 30.0 * 1000.0 / 60.0);
        let first_text = timeline.events.iter().find(|e| !e.event.text.is_empty()).unwrap();
        assert_eq!(first_text.at_ms, 1250.0);
    }

    #[test]
    fn stepping_reaches_the_end_and_playing_again_starts_over() {
        let timeline = Timeline::new(&fixture(), &Catalog::reference(), 42);
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
        let mut fixture = fixture();
        fixture.metadata.insert("error_code".into(), "ThrottlingException".into());
        let timeline = Timeline::new(&fixture, &Catalog::reference(), 42);
        assert_eq!(timeline.events.len(), 1);
        assert_eq!(timeline.events[0].event.kind, "exception");
    }
}
