//! What the prompt cache did with each block of a prompt, and why: the play of [`PromptCache`], told
//! block by block before it happens.

use serde::Serialize;

use crate::bedrock::{Ask, CacheTtl, ModelRules, Usage};
use crate::words::{Message, Word};

use super::cache::{Entry, LOOK_BACK, Last, Plan, PromptCache};
use super::prompt::Prompt;

/// Blocks that are told one by one; a longer prompt is told in runs of one state.
const MOST_ROWS: usize = 32;

/// One block of a prompt, and what the prompt cache did with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CachedBlock {
    /// Where it stands in the request: `system.0`.
    pub block: String,
    /// How many blocks this row tells of: one, and in a prompt of more than 32 the run that begins with `block`.
    pub blocks: u64,
    /// Their tokens, as the call counts them.
    pub tokens: u64,
    pub state: BlockState,
    /// How long what is written lives after its last use: `5m` or `1h`.
    pub ttl: Option<CacheTtl>,
    /// Why it was not read; `None` where it was.
    pub reason: Option<BlockReason>,
}

/// What the prompt cache did with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockState {
    /// Its prefix was read.
    Read,
    /// Its prefix was written.
    Written,
    /// It is no part of what was read or written.
    Missed,
}

/// Why a block was not read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlockReason {
    /// The model has no prompt cache.
    NoCache,
    /// No cache point stands behind it.
    NoPoint,
    /// The prefix up to the next cache point is smaller than the model caches.
    TooSmall { tokens: u64, smallest: u64 },
    /// Nothing was asked of this model before.
    First,
    /// Its prefix was written, and not used for longer than it lives.
    Expired { idle_ms: f64, life_ms: f64 },
    /// From this block on the prompt differs from the model's last call.
    Changed { block: String, call: u64 },
    /// The model's last call ended before it.
    New { call: u64 },
    /// The model's last call said the same up to here and wrote no prefix with it.
    NotWritten { call: u64 },
    /// The last written prefix ends more than 20 blocks before the cache point.
    TooFarBack { block: String },
    /// The call that writes its prefix begins to answer in so many milliseconds.
    InParallel { begins_in_ms: f64 },
}

impl BlockReason {
    /// The reason as a sentence of the table.
    pub fn message(&self) -> Message {
        let minutes = |ms: f64| libm::round(ms / 6_000.0) / 10.0;
        match self {
            BlockReason::NoCache => Message::new(Word::block_no_cache),
            BlockReason::NoPoint => Message::new(Word::block_no_point),
            BlockReason::TooSmall { tokens, smallest } => Message::new(Word::block_too_small)
                .number("tokens", *tokens as f64)
                .number("smallest", *smallest as f64),
            BlockReason::First => Message::new(Word::block_first),
            BlockReason::Expired { idle_ms, life_ms } => {
                Message::new(Word::block_expired).number("idle", minutes(*idle_ms)).number("life", minutes(*life_ms))
            }
            BlockReason::Changed { block, call } => {
                Message::new(Word::block_changed).text("block", block).number("call", *call as f64)
            }
            BlockReason::New { call } => Message::new(Word::block_new).number("call", *call as f64),
            BlockReason::NotWritten { call } => Message::new(Word::block_not_written).number("call", *call as f64),
            BlockReason::TooFarBack { block } => {
                Message::new(Word::block_too_far_back).text("block", block).number("most", LOOK_BACK as f64)
            }
            BlockReason::InParallel { begins_in_ms } => {
                Message::new(Word::block_in_parallel).with("ms", crate::words::Arg::Ms(*begins_in_ms))
            }
        }
    }
}

impl BlockState {
    /// The name of the state.
    pub fn word(self) -> Word {
        match self {
            BlockState::Read => Word::block_read,
            BlockState::Written => Word::block_written,
            BlockState::Missed => Word::block_missed,
        }
    }
}

impl PromptCache {
    /// What a request that comes at `now_ms` reads, writes and misses, block by block, before it does. Tokens
    /// are by estimate.
    pub fn trace(&self, ask: &Ask, rules: &ModelRules, prompt: &Prompt, now_ms: f64) -> Vec<CachedBlock> {
        let rows: Vec<CachedBlock> = match self.plan(ask, rules, prompt, now_ms) {
            Some(plan) => self.told(&plan, prompt, now_ms),
            None => (0..prompt.blocks.len()).map(|at| missed(prompt, at, BlockReason::NoCache)).collect(),
        };
        if rows.len() > MOST_ROWS { in_runs(rows) } else { rows }
    }

    fn told(&self, plan: &Plan, prompt: &Prompt, now_ms: f64) -> Vec<CachedBlock> {
        let last = self.last.get(&plan.model);
        let same = last.map_or(0, |last| {
            let pairs = prompt.blocks.iter().zip(&last.blocks);
            pairs.take_while(|(block, before)| block.prefix == **before).count()
        });
        // From the end, for what is written behind a block speaks for it, too.
        let mut behind: Option<(usize, Entry)> = None;
        let (mut points, mut writes) = (plan.points.iter().rev().peekable(), plan.written.iter().rev().peekable());
        let (mut point, mut ttl) = (None, None);
        let mut rows: Vec<CachedBlock> = Vec::with_capacity(prompt.blocks.len());
        for (at, block) in prompt.blocks.iter().enumerate().rev() {
            while let Some((marked, _)) = points.next_if(|(marked, _)| *marked >= at) {
                point = Some(*marked);
            }
            while let Some((_, written)) = writes.next_if(|(end, _)| *end >= at) {
                ttl = ttl.max(Some(*written));
            }
            if let Some(entry) = self.entries.get(&(plan.model.clone(), block.prefix)) {
                behind = Some((at, *entry));
            }
            rows.push(match (point, ttl) {
                _ if plan.hit.is_some_and(|hit| at <= hit) => row(prompt, at, BlockState::Read),
                (None, _) => missed(prompt, at, BlockReason::NoPoint),
                (Some(_), Some(ttl)) => {
                    let reason = why(prompt, at, (last, same), behind, now_ms);
                    CachedBlock { ttl: Some(ttl), reason: Some(reason), ..row(prompt, at, BlockState::Written) }
                }
                (Some(point), None) => {
                    let too_small = BlockReason::TooSmall { tokens: prompt.tokens_to(point), smallest: plan.smallest };
                    missed(prompt, at, too_small)
                }
            });
        }
        rows.reverse();
        rows
    }
}

/// Why a block was not read that a cache point stands behind.
fn why(
    prompt: &Prompt,
    at: usize,
    (last, same): (Option<&Last>, usize),
    behind: Option<(usize, Entry)>,
    now_ms: f64,
) -> BlockReason {
    let path = |at: usize| prompt.blocks.get(at).map(|block| block.path.clone()).unwrap_or_default();
    if let Some((end, entry)) = behind {
        return if now_ms > entry.expires_ms {
            let used_ms = entry.expires_ms - entry.life_ms;
            BlockReason::Expired { idle_ms: now_ms - used_ms, life_ms: entry.life_ms }
        } else if now_ms < entry.begins_ms {
            BlockReason::InParallel { begins_in_ms: entry.begins_ms - now_ms }
        } else {
            BlockReason::TooFarBack { block: path(end) }
        };
    }
    match last {
        None => BlockReason::First,
        Some(last) if at < same => BlockReason::NotWritten { call: last.call },
        Some(last) if same == last.blocks.len() => BlockReason::New { call: last.call },
        Some(last) => BlockReason::Changed { block: path(same), call: last.call },
    }
}

fn row(prompt: &Prompt, at: usize, state: BlockState) -> CachedBlock {
    let before = at.checked_sub(1).map_or(0, |before| prompt.tokens_to(before));
    let block = prompt.blocks.get(at).map(|block| block.path.clone()).unwrap_or_default();
    CachedBlock { block, blocks: 1, tokens: prompt.tokens_to(at) - before, state, ttl: None, reason: None }
}

fn missed(prompt: &Prompt, at: usize, reason: BlockReason) -> CachedBlock {
    CachedBlock { reason: Some(reason), ..row(prompt, at, BlockState::Missed) }
}

/// Neighbours of one state as one row, with the reason of the first, which is where it began.
fn in_runs(rows: Vec<CachedBlock>) -> Vec<CachedBlock> {
    let mut runs: Vec<CachedBlock> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some(run) if run.state == row.state && run.ttl == row.ttl => {
                run.blocks += row.blocks;
                run.tokens += row.tokens;
            }
            _ => runs.push(row),
        }
    }
    runs
}

/// Counts the blocks as the call is counted, where its answer says another count of the prompt than the
/// estimate that the cache was played with.
pub(super) fn counted(blocks: &mut [CachedBlock], usage: &Usage, estimated: u64) {
    let share = |tokens: u64| {
        let exact = u128::from(tokens) * u128::from(usage.prompt_tokens()) / u128::from(estimated.max(1));
        u64::try_from(exact).unwrap_or(u64::MAX)
    };
    let (mut played, mut told) = (0, 0);
    for block in blocks {
        played += block.tokens;
        block.tokens = share(played) - told;
        told += block.tokens;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::bedrock::{Headers, Request};
    use crate::catalog::Catalog;
    use crate::fixture::Library;
    use crate::mock::{Config, Fallback, LatencyMode, Mock};

    const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

    fn echo() -> Mock {
        let config = Config { fallback: Fallback::Echo, latency: LatencyMode::None, ..Config::default() };
        Mock::new(Library::default(), Catalog::full().clone(), config)
    }

    /// Each block of a prompt is read, written or missed, says why, and the blocks add up to what is counted.
    #[test]
    fn each_block_says_what_the_prompt_cache_did_with_it() {
        let long = "You sell manga in Tokyo and answer in one short sentence. ".repeat(200);
        let system = |text: &str| json!([{"text": text}, {"cachePoint": {"type": "default"}}]);
        let ask = |text: &str, question: &str| json!({"system": system(text), "messages": [{"role": "user", "content": [{"text": question}]}]});
        let mut mock = echo();
        let mut call = |model: &str, body: &Value, now_ms: f64| {
            let (method, path) = ("POST".into(), format!("/model/{model}/converse"));
            let body = body.to_string().into_bytes();
            mock.handle(&Request { method, path, headers: Headers::default(), body }, now_ms);
            let record = mock.ledger().last().expect("a record");
            let of =
                |state| record.cache_blocks.iter().filter(move |row| row.state == state).map(|row| row.tokens).sum();
            let sums: [u64; 2] = [of(BlockState::Read), of(BlockState::Written)];
            assert_eq!(sums, [record.cache_read_tokens, record.cache_write_tokens], "{:?}", record.cache_blocks);
            let cost = record.cost_parts_usd;
            assert_eq!(cost.total(), record.cost_usd);
            assert_eq!(cost.cache_read.unwrap().pico() > 0, record.cache_read_tokens > 0);
            let english = |reason: &BlockReason| reason.message().say(&crate::words::English);
            let row = |row: &CachedBlock| {
                let reason = row.reason.as_ref().map(english).unwrap_or_default();
                format!("{} {:?} {reason}", row.block, row.state).trim_end().to_string()
            };
            record.cache_blocks.iter().map(row).collect::<Vec<_>>()
        };
        let check = |rows: Vec<String>, expected: [&str; 2]| assert_eq!(rows, expected);
        let unmarked = "messages.0.content.0 Missed No cache point stands behind it.";
        let (a, b) = (ask(&long, "a"), ask(&long, "b"));
        check(call(SONNET, &a, 0.0), ["system.0 Written The first call of this model: nothing to read yet.", unmarked]);
        check(call(SONNET, &b, 60_000.0), ["system.0 Read", unmarked]);
        let expired = "system.0 Written Expired: 6 min since its last use, kept for 5 min.";
        check(call(SONNET, &a, 420_000.0), [expired, unmarked]);
        let changed = "system.0 Written From system.0 on, the prompt differs from call 2.";
        check(call(SONNET, &ask(&format!("{long}!"), "a"), 421_000.0), [changed, unmarked]);
        let small = "system.0 Missed Its prefix has 3 tokens; the model caches from 1,024 on.";
        check(call(SONNET, &ask("Be brief.", "a"), 422_000.0), [small, unmarked]);
        // A conversation goes on: what is new is written behind what is read.
        let mut grown = ask(&long, "a");
        grown["messages"][0]["content"] = json!([{"text": "a"}, {"cachePoint": {"type": "default"}}]);
        let new = "messages.0.content.0 Written From system.0 on, the prompt differs from call 4.";
        check(call(SONNET, &grown, 423_000.0), ["system.0 Read", new]);
        const HAIKU: &str = "anthropic.claude-3-haiku-20240307-v1:0";
        let plain = json!({"system": [{"text": long}], "messages": a["messages"]});
        let none = "Missed The model has no prompt cache.";
        let rows = [format!("system.0 {none}"), format!("messages.0.content.0 {none}")];
        assert_eq!(call(HAIKU, &plain, 0.0), rows);
    }

    /// A long prompt is told in runs, so that a log stays small; nothing of it is left out.
    #[test]
    fn a_long_prompt_is_told_in_runs() {
        let long = "You sell manga in Tokyo and answer in one short sentence. ".repeat(200);
        let texts: Vec<Value> = (0..100).map(|n| json!({"text": format!("part {n}")})).collect();
        let body = json!({"system": [{"text": long}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
            "messages": [{"role": "user", "content": texts}]});
        let mut mock = echo();
        for now_ms in [0.0, 1_000.0] {
            let (method, path) = ("POST".into(), format!("/model/{SONNET}/converse"));
            let body = body.to_string().into_bytes();
            mock.handle(&Request { method, path, headers: Headers::default(), body }, now_ms);
        }
        let log = crate::mock::control(
            &mut mock,
            &Request {
                method: "GET".into(),
                path: "/_rehearsal/log".into(),
                headers: Headers::default(),
                body: Vec::new(),
            },
        );
        let log: Value = serde_json::from_slice(&log.expect("the log").bytes()).expect("JSON");
        let rows = |call: usize| log[call]["cache_blocks"].as_array().expect("rows").clone();
        let (first, second) = (rows(0), rows(1));
        assert_eq!((first.len(), second.len()), (2, 2));
        assert_eq!(
            (&first[0]["state"], &first[0]["ttl"], &first[0]["reason"]["kind"]),
            (&json!("written"), &json!("1h"), &json!("first"))
        );
        assert_eq!((&second[0]["state"], &second[0]["reason"]), (&json!("read"), &Value::Null));
        assert_eq!((&second[1]["block"], &second[1]["blocks"]), (&json!("messages.0.content.0"), &json!(100)));
        assert!(log[1]["cost_usd"].as_f64() < log[1]["cost_uncached_usd"].as_f64());
    }
}
