//! What is answered: what was read, what could be, where the prefix breaks, whether writing pays.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::money::Usd;
use crate::scenario::{CacheTtl, Distribution, PromptCache, QueryType, Scenario};
use crate::words::Message;

/// A block at which the prefix breaks, and what changes there.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CacheBreak {
    /// Its place in the request; `tools` for the order of the tools.
    pub block: String,
    /// `date`, `id`, `number`, `name`, `order`, `text`, `dropped` (an older message was left out); `unmarked`: it could be read as it is and no cache point is
    /// there; or why a mark did not help: `expired`, `too_small`, `too_far_back`, `in_parallel`, `not_read` (marked, the same as before, and not read:
    /// another Region was asked, or the cache forgot).
    pub kind: String,
    /// Calls that would have read more.
    pub requests: u64,
    /// Tokens that they would have read, at the lifetime that saves more.
    pub tokens: u64,
    /// What mending it saves over the log, at that lifetime, once marks stand where they should.
    /// Of several breaks of a call, the later ones save their part once those before them are mended, too.
    pub usd: Option<Usd>,
    /// What mending it and no other saves.
    pub alone_usd: Option<Usd>,
    /// The first such call.
    pub first: String,
}

/// What a query type reads and could read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OfType {
    pub requests: u64,
    pub prompt_tokens: u64,
    pub read_tokens: u64,
    #[serde(flatten)]
    pub could: CouldRead,
    /// The same once everything is mended, and what is written for it.
    pub mended_read_tokens: AtLives<u64>,
    pub mended_written_tokens: AtLives<u64>,
}

/// At five minutes and at an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AtLives<T> {
    #[serde(rename = "5m")]
    pub minutes: T,
    #[serde(rename = "1h")]
    pub hour: T,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
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

/// What is saved a day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ADay {
    pub saving_usd: AtLives<f64>,
    pub mended_saving_usd: AtLives<f64>,
    /// The parts of these by which they may be off: 1.96 standard errors, from how much the pieces of the log's time
    /// differ; `None` where it is too short for that.
    pub saving_give_or_take: AtLives<Option<f64>>,
    pub mended_give_or_take: AtLives<Option<f64>>,
    /// How long a piece is, in minutes, and how many there are.
    pub piece_minutes: u64,
    pub pieces: u64,
}

/// Why marks missed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Missed {
    pub reason: &'static str,
    pub requests: u64,
    pub tokens: u64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
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
    /// What those points save beside today's marks; whoever keeps today's saves nothing, so it is never negative.
    pub saving_usd: AtLives<Option<Usd>>,
    /// The same once everything is mended that `breaks` names.
    pub mended_read_tokens: AtLives<u64>,
    pub mended_saving_usd: AtLives<Option<Usd>>,
    /// The lifetime that saves more: `5m` or `1h`.
    pub better: &'static str,
    /// What the better one saves a day, everything mended, and how sure that is.
    pub a_day: Option<ADay>,
    /// What the prompts cost as they are cached today.
    pub prompts_usd: Option<Usd>,
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

impl CacheAnswer {
    /// A scenario of the log with everything mended and marked for the better lifetime: each type reads of its prompts
    /// what the answer says. `None` where nothing would be read.
    pub fn adopt(&self, scenario: &Scenario) -> Option<Scenario> {
        let hour = self.better == "1h";
        let mut changed = scenario.clone();
        let mut some = false;
        for kind in &mut changed.types {
            // A type of the scenario may be a part of one of the log: `chat, not cached`.
            let name =
                self.by_type.keys().filter(|name| kind.name.starts_with(name.as_str())).max_by_key(|name| name.len());
            let of = name.and_then(|name| self.by_type.get(name)).cloned().or_else(|| {
                let one = (self.by_type.len() == 1).then(|| self.by_type.values().next())?;
                one.cloned()
            });
            let Some(of) = of.filter(|of| of.prompt_tokens > 0) else { continue };
            let at = |lives: AtLives<u64>| if hour { lives.hour } else { lives.minutes } as f64;
            let (read, written) = (at(of.mended_read_tokens), at(of.mended_written_tokens));
            if read <= 0.0 {
                continue;
            }
            some = true;
            let share = ((read + written) / of.prompt_tokens as f64).min(1.0);
            let ttl = if hour { CacheTtl::OneHour } else { CacheTtl::FiveMinutes };
            give_prefix(kind, share);
            let hit_rate = read / (read + written);
            kind.prompt.cache = Some(PromptCache { ttl, hit_rate, history: false });
        }
        some.then_some(changed)
    }
}

/// Lets so much of a type's prompt stand before the message, whatever stood there until now.
fn give_prefix(kind: &mut QueryType, share: f64) {
    let message = kind.input_tokens.mean();
    let all = kind.prompt.system_tokens + message;
    let rest = all * (1.0 - share);
    kind.prompt.system_tokens = all * share;
    kind.input_tokens =
        if message > 0.0 { kind.input_tokens.scaled(rest / message) } else { Distribution::Constant(rest) };
}
