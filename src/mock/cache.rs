//! Prompt caching, played prefix by prefix on the mock's clock: what a request reads, what it writes, and
//! why it missed.
//!
//! # Source
//! Bedrock user guide, prompt caching, and Anthropic's: a prefix is everything up to a cache point in the
//! order tools, system, messages; a point reads the longest prefix written before, at most 20 blocks back;
//! nothing below the model's smallest prefix is cached; a read renews the lifetime, which counts from the
//! start of the request; the lifetime is no part of the key. An entry can be read once the answer to the call
//! that wrote it has begun: calls in parallel all write. Models that cache unasked keep every prefix.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bedrock::{Api, Ask, CacheTtl, ModelRules, Usage};
use crate::money::Usd;

use super::prompt::Prompt;

/// Blocks that a point looks back.
pub(super) const LOOK_BACK: usize = 20;
/// Prefixes that are kept at most; the first to expire go first.
const MOST_ENTRIES: usize = 10_000;

/// Why a prefix was not read, and what that cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CacheMiss {
    pub reason: MissReason,
    /// The first block that differs, or that would have to be marked.
    pub block: Option<String>,
    /// The call it is compared with.
    pub call: Option<u64>,
    /// Tokens that were not read.
    pub tokens: u64,
    /// The reason in a sentence.
    pub message: String,
    /// What reading would have saved; `None` when a price is not known.
    pub cost_usd: Option<Usd>,
}

/// Why a prefix was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissReason {
    /// Nothing was asked of this model before.
    First,
    /// A block differs from the call before.
    BlockDiffers,
    /// It was written, and its lifetime was over.
    Expired,
    /// The prefix is smaller than the model caches.
    TooSmall,
    /// No cache point stands behind what repeats.
    PointMissing,
    /// The last written prefix is more than 20 blocks back.
    TooFarBack,
    /// The call that writes it has not begun to answer.
    InParallel,
}

/// What a request reads and writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cached {
    pub read: u64,
    pub write_5m: u64,
    pub write_1h: u64,
    pub miss: Option<CacheMiss>,
}

impl Cached {
    /// Shares the counts of a prompt among reading, writing and the rest; `estimated` is what the cache
    /// was played with, which an answer's own count may differ from.
    pub fn apply(&self, usage: &mut Usage, estimated: u64) {
        let share = |tokens: u64| {
            let exact = u128::from(tokens) * u128::from(usage.input_tokens) / u128::from(estimated.max(1));
            u64::try_from(exact).unwrap_or(u64::MAX)
        };
        let (read, short, hour) = (share(self.read), share(self.write_5m), share(self.write_1h));
        usage.cache_read_tokens = read;
        usage.cache_write_tokens = short;
        usage.cache_write_1h_tokens = hour;
        usage.input_tokens = usage.input_tokens.saturating_sub(read + short + hour);
    }
}

/// What a request reads and writes, block by block.
pub(super) struct Plan {
    pub model: String,
    /// The blocks with a cache point.
    pub points: Vec<(usize, CacheTtl)>,
    /// The last block that is read.
    pub hit: Option<usize>,
    /// The blocks up to which is written.
    pub written: Vec<(usize, CacheTtl)>,
    /// The tokens of the smallest prefix that the model caches.
    pub smallest: u64,
    /// Whether every prefix is cached without being asked.
    pub unasked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    /// From when on it can be read.
    pub begins_ms: f64,
    pub expires_ms: f64,
    ttl: CacheTtl,
    /// How long a read lets it live.
    pub life_ms: f64,
}

/// The blocks of the last prompt a model was asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Last {
    pub call: u64,
    /// The numbers of their prefixes.
    pub blocks: Vec<u64>,
}

/// The cache points of a request, and how long each lives.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    points: Vec<(usize, CacheTtl)>,
    /// The model caches every prefix without being asked.
    unasked: bool,
}

impl Marks {
    pub fn of(ask: &Ask, rules: &ModelRules, prompt: &Prompt) -> Self {
        Marks { points: points(ask, rules, prompt), unasked: caches_unasked(ask, rules, prompt) }
    }

    /// Whether any of them lives for an hour.
    pub fn for_an_hour(&self) -> bool {
        self.points.iter().any(|(_, ttl)| *ttl == CacheTtl::Hour)
    }
}

/// What is cached, by model and prefix.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PromptCache {
    pub(super) entries: BTreeMap<(String, u64), Entry>,
    pub(super) last: BTreeMap<String, Last>,
    /// What the call that is being answered wrote.
    fresh: Vec<(String, u64)>,
}

/// How long a prefix lives on models whose row says half an hour or more.
const HALF_AN_HOUR_MS: f64 = 1_800_000.0;

impl PromptCache {
    pub fn clear(&mut self) {
        *self = PromptCache::default();
    }

    /// Plays one request that comes at `now_ms`.
    pub fn play(&mut self, ask: &Ask, rules: &ModelRules, prompt: &Prompt, now_ms: f64, call: u64) -> Cached {
        let model = crate::rules::base_id(&ask.model_id);
        self.play_marks(model, &Marks::of(ask, rules, prompt), rules, prompt, now_ms, call)
    }

    /// The same of a request of which only the marks are left; `model` names the cache that is asked.
    pub fn play_marks(
        &mut self,
        model: &str,
        marks: &Marks,
        rules: &ModelRules,
        prompt: &Prompt,
        now_ms: f64,
        call: u64,
    ) -> Cached {
        let Some(plan) = self.plan_marks(model, marks, rules, prompt, now_ms) else { return Cached::default() };
        let Plan { model, points, hit, written, smallest, unasked } = plan;
        let told = rules.cell("cache_unasked");
        let half_an_hour = rules.cell("cache_ttl").contains("30m");
        let read = hit.map_or(0, |at| prompt.tokens_to(at));
        if let Some(at) = hit {
            self.renew(&model, prompt, at, now_ms);
        }
        let end = written.last().map_or(read, |(at, _)| prompt.tokens_to(*at));
        let hour = written.iter().rfind(|(_, ttl)| *ttl == CacheTtl::Hour);
        let hour_end = hour.map_or(read, |(at, _)| prompt.tokens_to(*at));
        let miss = self.miss(&model, prompt, &points, hit, smallest, now_ms);
        // What is cached unasked misses only where nothing of it is read.
        let miss = miss.filter(|miss| !unasked || (hit.is_none() && miss.reason != MissReason::TooSmall));
        self.fresh.clear();
        for (at, ttl) in &written {
            let life_ms = if half_an_hour { HALF_AN_HOUR_MS } else { ttl.ms() };
            self.write(&model, prompt, *at, *ttl, life_ms, now_ms);
        }
        let blocks = prompt.blocks.iter().map(|block| block.prefix).collect();
        self.last.insert(model, Last { call, blocks });
        if unasked && !told.contains("write") {
            return Cached { read, miss, ..Cached::default() };
        }
        Cached { read, write_5m: end - hour_end, write_1h: hour_end - read, miss }
    }

    /// What a request that comes at `now_ms` reads and writes, before it does; `None` where the model has no
    /// prompt cache.
    pub(super) fn plan(&self, ask: &Ask, rules: &ModelRules, prompt: &Prompt, now_ms: f64) -> Option<Plan> {
        let model = crate::rules::base_id(&ask.model_id);
        self.plan_marks(model, &Marks::of(ask, rules, prompt), rules, prompt, now_ms)
    }

    fn plan_marks(&self, model: &str, marks: &Marks, rules: &ModelRules, prompt: &Prompt, now_ms: f64) -> Option<Plan> {
        if !rules.caches() {
            return None;
        }
        let smallest = rules.number("cache_min_tokens").unwrap_or(1024);
        let hit = self.longest(model, prompt, &marks.points, now_ms);
        let new = marks.points.iter().filter(|(at, _)| hit.is_none_or(|hit| *at > hit));
        let written = new.copied().filter(|(at, _)| prompt.tokens_to(*at) >= smallest).collect();
        let (model, points) = (model.to_string(), marks.points.clone());
        Some(Plan { model, points, hit, written, smallest, unasked: marks.unasked })
    }

    /// The tokens that a request coming at `now_ms` would read.
    pub fn readable(&self, ask: &Ask, rules: &ModelRules, prompt: &Prompt, now_ms: f64) -> u64 {
        if !rules.caches() {
            return 0;
        }
        let model = crate::rules::base_id(&ask.model_id);
        let hit = self.longest(model, prompt, &points(ask, rules, prompt), now_ms);
        hit.map_or(0, |at| prompt.tokens_to(at))
    }

    /// Says when the answer to the call that was played last begins.
    pub fn answered(&mut self, at_ms: f64) {
        for key in self.fresh.drain(..) {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.begins_ms = at_ms;
            }
        }
    }

    /// The last block of the longest prefix that can be read.
    fn longest(&self, model: &str, prompt: &Prompt, points: &[(usize, CacheTtl)], now_ms: f64) -> Option<usize> {
        let alive = |at: &usize| {
            let prefix = prompt.blocks.get(*at).map(|block| block.prefix);
            let entry = prefix.and_then(|prefix| self.entries.get(&(model.to_string(), prefix)));
            entry.is_some_and(|entry| (entry.begins_ms..=entry.expires_ms).contains(&now_ms))
        };
        let behind = |(point, _): &(usize, CacheTtl)| (point.saturating_sub(LOOK_BACK)..=*point).rev().find(alive);
        points.iter().filter_map(behind).max()
    }

    fn renew(&mut self, model: &str, prompt: &Prompt, at: usize, now_ms: f64) {
        let Some(prefix) = prompt.blocks.get(at).map(|block| block.prefix) else { return };
        if let Some(entry) = self.entries.get_mut(&(model.to_string(), prefix)) {
            entry.expires_ms = entry.expires_ms.max(now_ms + entry.life_ms);
        }
    }

    fn write(&mut self, model: &str, prompt: &Prompt, at: usize, ttl: CacheTtl, life_ms: f64, now_ms: f64) {
        let Some(prefix) = prompt.blocks.get(at).map(|block| block.prefix) else { return };
        if self.entries.len() >= MOST_ENTRIES {
            let first = self.entries.iter().min_by(|a, b| a.1.expires_ms.total_cmp(&b.1.expires_ms));
            if let Some(key) = first.map(|(key, _)| key.clone()) {
                self.entries.remove(&key);
            }
        }
        let key = (model.to_string(), prefix);
        // Whoever writes in parallel does not take from others what they can read already.
        let begun = self.entries.get(&key).filter(|entry| entry.expires_ms >= now_ms).map(|entry| entry.begins_ms);
        let begins_ms = begun.unwrap_or(now_ms);
        if begun.is_none() {
            self.fresh.push(key.clone());
        }
        self.entries.insert(key, Entry { begins_ms, expires_ms: now_ms + life_ms, ttl, life_ms });
    }

    /// Why the last point's prefix was not read whole.
    fn miss(
        &self,
        model: &str,
        prompt: &Prompt,
        points: &[(usize, CacheTtl)],
        hit: Option<usize>,
        smallest: u64,
        now_ms: f64,
    ) -> Option<CacheMiss> {
        let last = self.last.get(model);
        let same = last.map_or(0, |last| {
            let pairs = prompt.blocks.iter().zip(&last.blocks);
            pairs.take_while(|(block, before)| block.prefix == **before).count()
        });
        let path = |at: usize| prompt.blocks.get(at).map(|block| block.path.clone());
        let told = |reason, block: Option<String>, tokens: u64, message: String| {
            Some(CacheMiss { reason, block, call: last.map(|last| last.call), tokens, message, cost_usd: None })
        };
        let Some((point, _)) = points.last().copied() else {
            // Nothing is marked: worth a word where a cacheable prefix came twice.
            let repeated = same.checked_sub(1).map_or(0, |at| prompt.tokens_to(at));
            if repeated < smallest {
                return None;
            }
            let block = path(same - 1);
            let message = format!(
                "no cache point, though {repeated} tokens up to {} are those of the call before",
                block.as_deref().unwrap_or_default()
            );
            return told(MissReason::PointMissing, block, repeated, message);
        };
        if hit == Some(point) {
            return None;
        }
        let whole = prompt.tokens_to(point);
        let tokens = whole - hit.map_or(0, |at| prompt.tokens_to(at));
        if whole < smallest {
            let message = format!(
                "the prefix up to {} has {whole} tokens, the model caches from {smallest} on",
                path(point).unwrap_or_default()
            );
            return told(MissReason::TooSmall, path(point), whole, message);
        }
        let expired = (0..=point).rev().find_map(|at| {
            let prefix = prompt.blocks.get(at)?.prefix;
            let entry = self.entries.get(&(model.to_string(), prefix))?;
            Some((at, *entry))
        });
        match expired {
            Some((at, entry)) if now_ms > entry.expires_ms && hit.is_none_or(|hit| at > hit) => {
                let late_s = libm::round((now_ms - entry.expires_ms) / 1000.0);
                let message = format!(
                    "the prefix up to {} was written for {} and expired {late_s} s ago",
                    path(at).unwrap_or_default(),
                    entry.ttl.key()
                );
                return told(MissReason::Expired, path(at), tokens, message);
            }
            Some((at, entry)) if now_ms < entry.begins_ms => {
                let message = format!(
                    "the call that writes the prefix up to {} begins to answer in {} ms: calls in parallel all write",
                    path(at).unwrap_or_default(),
                    libm::ceil(entry.begins_ms - now_ms)
                );
                return told(MissReason::InParallel, path(at), tokens, message);
            }
            Some((at, _)) if hit.is_none() => {
                let message = format!(
                    "the last written prefix ends at {}, more than {LOOK_BACK} blocks before the cache point",
                    path(at).unwrap_or_default()
                );
                return told(MissReason::TooFarBack, path(at), tokens, message);
            }
            _ => {}
        }
        if last.is_none() {
            return told(MissReason::First, None, tokens, "the first call of this model writes".to_string());
        }
        if same > point {
            let message = "the call before had no cache point here".to_string();
            return told(MissReason::PointMissing, path(point), tokens, message);
        }
        let message =
            format!("{} is the first block that differs from the call before", path(same).unwrap_or_default());
        told(MissReason::BlockDiffers, path(same), tokens, message)
    }
}

/// Whether every prefix is cached without being asked: by models that do, where no point says otherwise and
/// the caller did not keep it to its own points.
fn caches_unasked(ask: &Ask, rules: &ModelRules, prompt: &Prompt) -> bool {
    let marked = || prompt.blocks.iter().any(|block| block.point.is_some());
    !rules.cell("cache_unasked").is_empty() && !ask.explicit_cache && (ask.api == Api::OpenAi || !marked())
}

/// The blocks with a cache point, and how long each lives.
fn points(ask: &Ask, rules: &ModelRules, prompt: &Prompt) -> Vec<(usize, CacheTtl)> {
    if caches_unasked(ask, rules, prompt) {
        return (0..prompt.blocks.len()).map(|at| (at, CacheTtl::Minutes5)).collect();
    }
    let marked = prompt.blocks.iter().enumerate().filter_map(|(at, block)| Some((at, block.point?)));
    let mut points: Vec<(usize, CacheTtl)> = marked.collect();
    let last = prompt.blocks.len().checked_sub(1);
    if let Some((ttl, last)) = ask.auto_cache.zip(last)
        && points.last().is_none_or(|(at, _)| *at < last)
    {
        points.push((last, ttl));
    }
    points
}
