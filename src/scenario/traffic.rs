use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Distribution;
use super::check::{MAX_BURNDOWN, MAX_MS, MAX_RPM, MAX_SERVERS, MAX_TPM};
use super::form::{Limits, choice_part, form};

form! {
    /// When messages come.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct Traffic {
        /// How irregularly.
        arrivals: Arrivals = Arrivals::Poisson,
        /// The coefficient of variation of the time between two messages; 1 is Poisson's.
        cv: f64 = 1.0 => Limits::of(0.0, 100.0),
        /// How the day's messages spread over its hours: a curve's name, or 24 weights.
        curve: Curve = Curve::Named("flat") => Limits::of(0.0, 1e9),
        /// Messages that really came, for [`Arrivals::Trace`].
        #[serde(skip_serializing_if = "Option::is_none")]
        trace: Option<Arc<Trace>> = None,
    }
}

/// How irregularly messages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrivals {
    /// Independent of each other.
    Poisson,
    /// With gamma distributed times between them.
    Gamma,
    /// With Weibull distributed times between them.
    Weibull,
    /// In bursts: `cv` times as fast half of the time, slower in the other half.
    Bursts,
    /// As they came in a trace.
    Trace,
}

impl Arrivals {
    pub const ALL: [Arrivals; 5] =
        [Arrivals::Poisson, Arrivals::Gamma, Arrivals::Weibull, Arrivals::Bursts, Arrivals::Trace];

    pub fn key(self) -> &'static str {
        match self {
            Arrivals::Poisson => "poisson",
            Arrivals::Gamma => "gamma",
            Arrivals::Weibull => "weibull",
            Arrivals::Bursts => "bursts",
            Arrivals::Trace => "trace",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Arrivals::ALL.into_iter().find(|arrivals| arrivals.key() == key)
    }
}

choice_part!(Arrivals);

form! {
    /// Messages as they came: milliseconds since the first, and their tokens.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct Trace {
        /// When each came, in order.
        arrivals_ms: Vec<f64> = Vec::new(),
        /// The tokens of each prompt; the type's when absent.
        input_tokens: Vec<f64> = Vec::new(),
        /// The tokens of each answer; the type's when absent.
        output_tokens: Vec<f64> = Vec::new(),
    }
}

impl Trace {
    /// How long the trace lasts, with one mean gap after its last message: repeated end to end, its
    /// rate stays what it was.
    pub fn length_ms(&self) -> f64 {
        let (Some(first), Some(last)) = (self.arrivals_ms.first(), self.arrivals_ms.last()) else { return 1.0 };
        let gaps = (self.arrivals_ms.len() - 1).max(1) as f64;
        ((last - first) * (gaps + 1.0) / gaps).max(1e-3)
    }

    /// Messages a day at the trace's own rate.
    pub fn daily_messages(&self) -> f64 {
        self.arrivals_ms.len() as f64 / self.length_ms() * 86_400_000.0
    }
}

/// The weight of each hour of the day.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve {
    /// A curve of the product, by its name.
    Named(&'static str),
    Hours([f64; 24]),
}

/// The curves of the product: shapes, not measurements.
const CURVES: [(&str, [f64; 24]); 5] = [
    ("flat", [1.0; 24]),
    // A shop whose customers come after work; the peak is twice the mean, as hourly peaks of public
    // traces are against their troughs.
    (
        "evening",
        [
            0.55, 0.35, 0.22, 0.18, 0.18, 0.25, 0.40, 0.65, 0.85, 0.90, 0.95, 1.05, 1.25, 1.10, 1.00, 1.00, 1.05, 1.20,
            1.50, 1.80, 2.00, 2.05, 1.65, 1.00,
        ],
    ),
    (
        "office",
        [
            0.10, 0.08, 0.08, 0.08, 0.10, 0.20, 0.50, 1.00, 1.80, 2.30, 2.40, 2.20, 1.50, 2.00, 2.30, 2.20, 1.90, 1.40,
            0.80, 0.50, 0.40, 0.30, 0.20, 0.15,
        ],
    ),
    (
        "noon-peak",
        [
            0.50, 0.35, 0.25, 0.20, 0.20, 0.30, 0.50, 0.80, 1.00, 1.10, 1.30, 1.90, 3.00, 1.80, 1.10, 1.00, 1.00, 1.10,
            1.30, 1.40, 1.40, 1.30, 1.00, 0.70,
        ],
    ),
    // A launch at 19:00: everyone in the first hour.
    (
        "launch-19",
        [
            0.40, 0.25, 0.18, 0.15, 0.15, 0.20, 0.35, 0.55, 0.70, 0.75, 0.80, 0.85, 1.00, 0.90, 0.85, 0.85, 0.95, 1.10,
            1.60, 4.20, 2.90, 2.10, 1.40, 0.80,
        ],
    ),
];

impl Curve {
    pub const NAMES: [&'static str; 5] = ["flat", "evening", "office", "noon-peak", "launch-19"];

    /// The curve of this name.
    pub fn named(name: &str) -> Option<Self> {
        CURVES.iter().find(|(known, _)| *known == name).map(|(known, _)| Curve::Named(known))
    }

    /// The weight of each hour.
    pub fn weights(&self) -> [f64; 24] {
        match self {
            Curve::Named(name) => {
                CURVES.iter().find(|(known, _)| known == name).map_or([1.0; 24], |(_, weights)| *weights)
            }
            Curve::Hours(weights) => *weights,
        }
    }

    /// Each hour's fraction of the day's messages.
    pub fn shares(&self) -> [f64; 24] {
        let weights = self.weights();
        let sum: f64 = weights.iter().sum();
        weights.map(|weight| if sum > 0.0 { weight / sum } else { 1.0 / 24.0 })
    }
}

impl Serialize for Curve {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Curve::Named(name) => serializer.serialize_str(name),
            Curve::Hours(weights) => weights.serialize(serializer),
        }
    }
}

form! {
    /// Limits; `None` is no limit.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct Capacity {
        /// Model calls in progress at once, over all models without a pool of their own; further ones
        /// wait in the order they came.
        concurrency: Option<f64> = None => Limits::of(1.0, MAX_SERVERS).whole(),
        /// How long one waits before it is turned away.
        queue_timeout_ms: Option<f64> = None => Limits::of(0.0, MAX_MS),
        /// Bedrock's requests a minute, for each model.
        rpm: Option<f64> = None => Limits::of(1.0, MAX_RPM),
        /// Bedrock's tokens a minute, for each model.
        tpm: Option<f64> = None => Limits::of(1.0, MAX_TPM),
        /// What each call reserves beside its prompt; the model's longest answer when absent.
        max_tokens: Option<f64> = None => Limits::of(1.0, 1e9),
        /// Quota tokens that one output token costs; each model's own rate when absent.
        burndown: Option<f64> = None => Limits::of(1.0, MAX_BURNDOWN),
    }
}

form! {
    /// What the client does with a call that failed.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct Retry {
        /// The SDK's mode.
        mode: RetryMode = RetryMode::Standard,
        /// Attempts of one call, the first included; the mode's own default when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_attempts: Option<u32> = None => Limits::of(1.0, 50.0),
        /// Clients that each have a retry quota and a rate limiter of their own.
        clients: u32 = 1 => Limits::of(1.0, 10_000.0),
    }
}

/// The AWS SDKs' retry modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RetryMode {
    None,
    Legacy,
    /// Today's rules, of 2026: a server error is tried again soon and costs more of the retry quota.
    Standard,
    /// The rules before them.
    #[serde(rename = "standard-2025")]
    Standard2025,
    /// Today's rules, beneath a limiter of the client's own rate.
    Adaptive,
    #[serde(rename = "adaptive-2025")]
    Adaptive2025,
}

choice_part!(RetryMode, "standard-2026");

impl RetryMode {
    pub const ALL: [RetryMode; 6] = [
        RetryMode::None,
        RetryMode::Legacy,
        RetryMode::Standard,
        RetryMode::Standard2025,
        RetryMode::Adaptive,
        RetryMode::Adaptive2025,
    ];

    pub fn key(self) -> &'static str {
        match self {
            RetryMode::None => "none",
            RetryMode::Legacy => "legacy",
            RetryMode::Standard => "standard",
            RetryMode::Standard2025 => "standard-2025",
            RetryMode::Adaptive => "adaptive",
            RetryMode::Adaptive2025 => "adaptive-2025",
        }
    }

    /// The mode of this name; `standard-2026` is another name of `standard`.
    pub fn from_key(key: &str) -> Option<Self> {
        let key = if key == "standard-2026" { "standard" } else { key };
        RetryMode::ALL.into_iter().find(|mode| mode.key() == key)
    }

    /// What a document of version 1 meant, which knew no other rules than those of 2025.
    #[must_use]
    pub fn of_version_1(self) -> Self {
        match self {
            RetryMode::Standard => RetryMode::Standard2025,
            RetryMode::Adaptive => RetryMode::Adaptive2025,
            other => other,
        }
    }

    /// Whether a client limits its own rate.
    pub fn is_adaptive(self) -> bool {
        matches!(self, RetryMode::Adaptive | RetryMode::Adaptive2025)
    }

    /// Whether its rules are those of 2026.
    pub fn is_of_2026(self) -> bool {
        matches!(self, RetryMode::Standard | RetryMode::Adaptive)
    }

    /// Attempts where nothing else is said: botocore's legacy mode tries five times, the others
    /// three.
    pub fn default_attempts(self) -> u32 {
        match self {
            RetryMode::None => 1,
            RetryMode::Legacy => 5,
            _ => 3,
        }
    }
}

impl Retry {
    /// Attempts of one call, the first included.
    pub fn attempts(&self) -> u32 {
        if self.mode == RetryMode::None { 1 } else { self.max_attempts.unwrap_or(self.mode.default_attempts()) }
    }
}

form! {
    /// Failures by chance, for each attempt.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct Faults {
        /// The fraction of attempts that are throttled, whatever the quotas say.
        throttle_rate: f64 = 0.0 => Limits::SHARE,
        /// The fraction of attempts that fail with an internal error, after the time to first token.
        error_rate: f64 = 0.0 => Limits::SHARE,
    }
}

form! {
    /// Stages that a message passes at the same time; it goes on when the slowest is done.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct StageGroup (by_hand) {
        /// The stages; a group of one may be given as the stage itself.
        parallel: Vec<Stage> = Vec::new(),
        /// After the answer instead of before the model.
        after: bool = false,
        /// Only for messages that the response cache does not answer.
        on_miss: bool = false,
    }
}

form! {
    /// A service beside the model.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct Stage {
        /// What it is called.
        name: String = String::new() => Limits::ANY.required(),
        /// Milliseconds it takes.
        latency: Distribution = Distribution::Constant(0.0) => Limits::of(0.0, MAX_MS).required(),
        /// The fraction of messages that meet it cold, 0 to 1.
        cold_rate: f64 = 0.0 => Limits::SHARE,
        /// Milliseconds it takes longer then.
        cold_ms: f64 = 0.0 => Limits::of(0.0, MAX_MS),
    }
}
