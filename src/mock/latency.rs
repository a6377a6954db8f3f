use crate::catalog::Model;
use crate::fixture::Fixture;
use crate::scenario::{Distribution, ModelProfile};
use crate::sim::{Purpose, QuantileTable, Stream};

use super::replay::DEFAULT_TOKENS_PER_S;

/// Where a call's time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatencyMode {
    /// The fixture's own times; the model's where it has none.
    Recorded,
    /// The model's time to first token, then its tokens per second.
    Model,
    /// The original's: `max(50, N(mean, sd))` for the whole answer, 50 ms before each chunk of a
    /// stream.
    Simple,
    /// None: everything at once.
    None,
}

impl LatencyMode {
    pub fn from_key(key: &str) -> Option<Self> {
        Some(match key {
            "recorded" => LatencyMode::Recorded,
            "model" => LatencyMode::Model,
            "simple" => LatencyMode::Simple,
            "none" => LatencyMode::None,
            _ => return None,
        })
    }
}

/// The times of one call, in milliseconds from its request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    /// Until the first token.
    pub first_ms: f64,
    /// For each output token after it.
    pub ms_per_token: f64,
    /// Until a whole answer is back.
    pub whole_ms: f64,
    /// The time before each chunk, where it does not depend on its tokens.
    pub ms_per_chunk: Option<f64>,
}

impl Pace {
    /// No time at all.
    pub const AT_ONCE: Pace = Pace { first_ms: 0.0, ms_per_token: 0.0, whole_ms: 0.0, ms_per_chunk: Some(0.0) };
}

/// The time of a model of which nothing is known.
const UNKNOWN_MS: f64 = 500.0;
/// Milliseconds between the chunks of the original's stream.
const ORIGINAL_CHUNK_MS: f64 = 50.0;

/// The pace of a call: drawn by seed and call number, the same every time.
pub(super) fn pace(
    mode: LatencyMode,
    fixture: Option<&Fixture>,
    model: Option<&Model>,
    output_tokens: u64,
    seed: u64,
    call: u64,
) -> Pace {
    let profile = model.and_then(|model| model.profile.as_ref());
    let rate =
        fixture.and_then(|f| f.tokens_per_s).or(profile.and_then(|p| p.tokens_per_s)).unwrap_or(DEFAULT_TOKENS_PER_S);
    let draw = (Stream::new(seed, Purpose::CallLatency).word(call) >> 40) as u32;
    let drawn = |profile: Option<&ModelProfile>| {
        let distribution = profile.and_then(|profile| profile.ttft.as_ref().or(profile.latency.as_ref()));
        distribution.map_or(UNKNOWN_MS, |distribution| f64::from(QuantileTable::new(distribution).at(draw)))
    };
    let ms_per_token = 1000.0 / rate;
    let generation = output_tokens as f64 * ms_per_token;
    let declared = fixture.and_then(|fixture| fixture.latency_ms);
    match (mode, declared) {
        (LatencyMode::None, _) => Pace { first_ms: 0.0, ms_per_token: 0.0, whole_ms: 0.0, ms_per_chunk: Some(0.0) },
        // A recorded latency is that of the whole answer; a stream begins then.
        (LatencyMode::Recorded, Some(ms)) => Pace { first_ms: ms, ms_per_token, whole_ms: ms, ms_per_chunk: None },
        (LatencyMode::Recorded | LatencyMode::Model, _) => {
            let first_ms = drawn(profile);
            Pace { first_ms, ms_per_token, whole_ms: first_ms + generation, ms_per_chunk: None }
        }
        (LatencyMode::Simple, _) => {
            let whole_ms = match profile.and_then(|profile| profile.latency.as_ref()) {
                Some(latency @ Distribution::Simple { .. }) => f64::from(QuantileTable::new(latency).at(draw)),
                _ => drawn(profile),
            };
            Pace { first_ms: ORIGINAL_CHUNK_MS, ms_per_token: 0.0, whole_ms, ms_per_chunk: Some(ORIGINAL_CHUNK_MS) }
        }
    }
}
