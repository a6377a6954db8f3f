//! What is answered: what was read, what could be, where the prefix breaks, whether writing pays.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::money::Usd;
use crate::words::Message;

/// A block at which the prefix breaks, and what changes there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CacheBreak {
    /// Its place in the request; `tools` for the order of the tools.
    pub block: String,
    /// `date`, `id`, `number`, `name`, `order`, `text`; `unmarked`: it could be read as it is and no cache point is
    /// there; or why a mark did not help: `expired`, `too_small`, `too_far_back`.
    pub kind: String,
    /// Calls that would have read more.
    pub requests: u64,
    /// Tokens that they would have read, at five minutes.
    pub tokens: u64,
    /// What mending it saves over the log, at five minutes, once marks stand where they should.
    pub usd: Option<Usd>,
    /// The first such call.
    pub first: String,
}

/// What a query type reads and could read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OfType {
    pub requests: u64,
    pub prompt_tokens: u64,
    pub read_tokens: u64,
    #[serde(flatten)]
    pub could: CouldRead,
}

/// At five minutes and at an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AtLives<T> {
    #[serde(rename = "5m")]
    pub minutes: T,
    #[serde(rename = "1h")]
    pub hour: T,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CouldRead {
    pub could_read_tokens: AtLives<u64>,
}

/// Whether writing pays on a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Economics {
    pub requests: u64,
    /// Reads that a written token needs to pay for itself; `None` where a price is not known.
    pub reads_per_write_needed: AtLives<Option<f64>>,
    /// Reads of each token that was worth writing, as the prompts came.
    pub reads_per_write: AtLives<Option<f64>>,
    #[serde(skip)]
    pub(super) counted: [[u64; 2]; 2],
    /// The smallest prefix that it caches.
    pub cache_min_tokens: Option<u64>,
}

/// Why marks missed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Missed {
    pub reason: &'static str,
    pub requests: u64,
    pub tokens: u64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CacheAnswer {
    pub requests: u64,
    pub with_bodies: u64,
    /// Tokens of all prompts with a body.
    pub prompt_tokens: u64,
    /// As the log counts them.
    pub read_tokens: u64,
    pub written_tokens: u64,
    /// What a cache with its points in the right places would have read of the prompts as they were sent.
    pub could_read_tokens: AtLives<u64>,
    /// What those points save beside today's marks.
    pub saving_usd: AtLives<Option<Usd>>,
    /// The same once everything is mended that `breaks` names.
    pub mended_read_tokens: AtLives<u64>,
    pub mended_saving_usd: AtLives<Option<Usd>>,
    /// What today's caching saves beside none; negative where its writes cost more than its reads save.
    pub caching_saves_usd: Option<Usd>,
    pub breaks: Vec<CacheBreak>,
    pub by_type: BTreeMap<String, OfType>,
    pub by_model: BTreeMap<String, Economics>,
    /// What the requests' own marks miss, and why, as the mock plays them.
    pub misses: Vec<Missed>,
    /// Days from the first call to the last.
    pub days: Option<f64>,
    pub unknown: Vec<String>,
    #[serde(skip)]
    pub notes: Vec<Message>,
}
