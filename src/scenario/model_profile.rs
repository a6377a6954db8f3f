//! How fast a model answers, as a scenario says it.

use serde::Serialize;

use crate::catalog::{HAIKU, SONNET, Speed};

use super::Distribution;
use super::check::{MAX_BURNDOWN, MAX_MS, MAX_RPM, MAX_SERVERS, MAX_TPM};
use super::form::{Limits, form};

form! {
    /// How fast a model answers: the whole answer at once (`latency`), or a time to first token
    /// (`ttft`) and then so many tokens a second.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct ModelProfile {
        /// Milliseconds for the whole answer.
        #[serde(skip_serializing_if = "Option::is_none")]
        latency: Option<Distribution> = None => Limits::of(0.0, MAX_MS),
        /// Milliseconds to the first token; the rest follows at `tokens_per_s`.
        #[serde(skip_serializing_if = "Option::is_none")]
        ttft: Option<Distribution> = None => Limits::of(0.0, MAX_MS),
        /// Output tokens a second, once the answer has begun.
        #[serde(skip_serializing_if = "Option::is_none")]
        tokens_per_s: Option<f64> = None => Limits::of(0.001, 1e9),
        /// Milliseconds that each thousand input tokens add to the first token.
        #[serde(skip_serializing_if = "Option::is_none")]
        ttft_ms_per_1k_input: Option<f64> = None => Limits::of(0.0, MAX_MS),
        /// Calls of this model in progress at once: a pool of its own beside the common one.
        #[serde(skip_serializing_if = "Option::is_none")]
        concurrency: Option<f64> = None => Limits::of(1.0, MAX_SERVERS).whole(),
        /// Its own quota of requests a minute.
        #[serde(skip_serializing_if = "Option::is_none")]
        rpm: Option<f64> = None => Limits::of(1.0, MAX_RPM),
        /// Its own quota of tokens a minute.
        #[serde(skip_serializing_if = "Option::is_none")]
        tpm: Option<f64> = None => Limits::of(1.0, MAX_TPM),
        /// Quota tokens that one of its output tokens costs; as `capacity` says, else its own rate, when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        burndown: Option<f64> = None => Limits::of(1.0, MAX_BURNDOWN),
    }
}

impl ModelProfile {
    /// The original's latencies of its two models, for the whole answer; `None` of others.
    pub fn of_original(id: &str) -> Option<Self> {
        let (mean, sd, rate) = match id {
            HAIKU => (350.0, 100.0, 120.0),
            SONNET => (1200.0, 300.0, 60.0),
            _ => return None,
        };
        let latency = Some(Distribution::Simple { mean, sd });
        Some(ModelProfile { latency, tokens_per_s: Some(rate), ..ModelProfile::default() })
    }

    /// A speed of the catalog, as a scenario says it.
    pub fn of(speed: &Speed) -> Self {
        // The median was taken at a prompt of 1,000 tokens.
        let median = (speed.ttft_p50_ms - speed.prefill_ms_per_1k).max(0.2 * speed.ttft_p50_ms);
        let variance = speed.sigma * speed.sigma;
        let mean = median * libm::exp(0.5 * variance);
        let ttft = Distribution::LogNormal { mean, sd: mean * libm::sqrt(libm::expm1(variance)) };
        ModelProfile {
            ttft: Some(ttft),
            tokens_per_s: Some(speed.tokens_per_s),
            ttft_ms_per_1k_input: Some(speed.prefill_ms_per_1k),
            ..ModelProfile::default()
        }
    }
}
