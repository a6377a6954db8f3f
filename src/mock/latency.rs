use crate::catalog::Model;
use crate::fixture::Fixture;
use crate::random::{Purpose, Stream};
use crate::scenario::Distribution;
use crate::sim::QuantileTable;

use super::config::Config;
use super::model_config::profile_of;
use super::replay::DEFAULT_TOKENS_PER_S;

/// Where a call's time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

    /// This pace, begun so many milliseconds later.
    pub fn later(self, ms: f64) -> Self {
        Pace { first_ms: self.first_ms + ms, whole_ms: self.whole_ms + ms, ..self }
    }
}

/// The time of a model of which nothing is known.
const UNKNOWN_MS: f64 = 500.0;
/// Milliseconds between the chunks of the original's stream.
const ORIGINAL_CHUNK_MS: f64 = 50.0;

/// The call that a pace is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paced<'a> {
    pub config: &'a Config,
    pub fixture: Option<&'a Fixture>,
    pub model: &'a Model,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub call: u64,
}

/// Gives each call its pace. The tables of the models' times are kept: to make one takes longer than
/// to answer a call.
#[derive(Debug, Default)]
pub(super) struct Paces {
    tables: Vec<(Distribution, QuantileTable)>,
}

impl Paces {
    /// The pace of a call: drawn by seed and call number, the same every time.
    pub fn pace(&mut self, paced: Paced<'_>) -> Pace {
        let Paced { config, fixture, model, input_tokens, output_tokens, call } = paced;
        let (mode, own) = (config.latency, config.model(&model.id));
        let profile = profile_of(model);
        let profile = profile.as_ref();
        let rate = fixture
            .and_then(|f| f.tokens_per_s)
            .or(own.tokens_per_second)
            .or(profile.and_then(|p| p.tokens_per_s))
            .unwrap_or(DEFAULT_TOKENS_PER_S);
        let draw = (Stream::new(config.seed, Purpose::CallLatency).word(call) >> 40) as u32;
        let mut drawn = |distribution: Option<&Distribution>| {
            distribution.map_or(UNKNOWN_MS, |distribution| f64::from(self.table(distribution).at(draw)))
        };
        let latency = profile.and_then(|profile| profile.latency.as_ref());
        let first = profile.and_then(|profile| profile.ttft.as_ref()).or(latency);
        // What a configuration says is the latency whatever is asked.
        let per_1k = profile.and_then(|profile| profile.ttft_ms_per_1k_input).filter(|_| own.avg_latency_ms.is_none());
        let reading_ms = per_1k.unwrap_or(0.0) * input_tokens as f64 / 1000.0;
        let own = own.latency(mode == LatencyMode::Simple);
        let ms_per_token = 1000.0 / rate;
        let generation = output_tokens as f64 * ms_per_token;
        let declared = fixture.and_then(|fixture| fixture.latency_ms);
        match (mode, declared) {
            (LatencyMode::None, _) => Pace::AT_ONCE,
            // A recorded latency is that of the whole answer; a stream begins then.
            (LatencyMode::Recorded, Some(ms)) => Pace { first_ms: ms, ms_per_token, whole_ms: ms, ms_per_chunk: None },
            (LatencyMode::Recorded | LatencyMode::Model, _) => {
                let first_ms = drawn(own.as_ref().or(first)) + reading_ms;
                Pace { first_ms, ms_per_token, whole_ms: first_ms + generation, ms_per_chunk: None }
            }
            (LatencyMode::Simple, _) => {
                let simple = latency.filter(|law| matches!(law, Distribution::Simple { .. }));
                let whole_ms = drawn(own.as_ref().or(simple).or(first));
                Pace { first_ms: ORIGINAL_CHUNK_MS, ms_per_token: 0.0, whole_ms, ms_per_chunk: Some(ORIGINAL_CHUNK_MS) }
            }
        }
    }

    fn table(&mut self, distribution: &Distribution) -> &QuantileTable {
        let known = self.tables.iter().position(|(known, _)| known == distribution);
        let at = known.unwrap_or_else(|| {
            self.tables.push((distribution.clone(), QuantileTable::new(distribution)));
            self.tables.len() - 1
        });
        &self.tables[at].1
    }
}
