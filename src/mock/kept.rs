//! Calls as the ledger keeps them: a third of a record's bytes, and every digit of it.
//!
//! A server that is left running keeps its last hundred thousand calls. What many of them share is kept once; ids and
//! hashes are kept as the bytes they spell, numbers of tokens and amounts in the words that they fit in. Whatever
//! does not fit is kept as it is.

use std::sync::Arc;

use data_encoding::HEXLOWER;

use crate::bedrock::Usage;
use crate::cost::{CallCost, Tier};
use crate::money::Usd;

use super::cache::CacheMiss;
use super::cache_trace::CachedBlock;
use super::ledger::{CallRecord, StreamEnd};
use super::reason::Reason;

/// One call, made whole again by [`Kept::record`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub call: u64,
    pub at_ms: f64,
    pub ended_ms: f64,
    ttft_ms: f64,
    latency_ms: f64,
    pub request_id: Id,
    pub invocation_id: Option<Id>,
    pub prompt_hash: Hash,
    amounts: Amounts,
    pub kind: Arc<Kind>,
    cached: Option<Arc<Cached>>,
    /// The memory that came with it: itself, its texts, and what it is the first to share.
    pub bytes: usize,
}

/// What calls of one kind have in common.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kind {
    pub attempt: Option<u64>,
    pub operation: String,
    pub door: Option<&'static str>,
    pub host: Option<&'static str>,
    pub model_id: String,
    pub query_type: Option<String>,
    pub cache: Option<String>,
    pub status: u16,
    pub error: Option<String>,
    pub reason: Reason,
    pub stream_end: Option<StreamEnd>,
    pub retry_after_s: Option<f64>,
    pub tier: Tier,
}

/// What the prompt cache did, where one was played.
#[derive(Clone, Debug, PartialEq)]
struct Cached {
    miss: Option<CacheMiss>,
    blocks: Vec<CachedBlock>,
}

/// An id: in a UUID's usual form as its sixteen bytes, in any other as a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    Uuid([u8; 16]),
    Text(Box<str>),
}

/// A prompt's hash: of 16 lower-case digits as its bytes, in any other form as a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hash {
    Bytes([u8; 8]),
    Text(Box<str>),
}

/// Tokens and amounts: in half the words where all of them fit.
#[derive(Clone, Debug, PartialEq)]
enum Amounts {
    /// Amounts in pico-dollars; [`UNKNOWN`] is one that is not known.
    Usual {
        tokens: [u32; TOKENS],
        pico: [i64; COSTS],
    },
    Large(Box<([u64; TOKENS], [Option<Usd>; COSTS])>),
}

const TOKENS: usize = 10;
const COSTS: usize = 7;
const UNKNOWN: i64 = i64::MIN;

/// The most values among which one that equals the next call's is looked for.
const RECENT: usize = 128;

/// What the newest calls share, the newest first.
#[derive(Clone, Debug, PartialEq)]
struct Recent<T>(Vec<Arc<T>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Recent(Vec::new())
    }
}

impl<T: PartialEq> Recent<T> {
    /// The one that equals it, or it itself from now on; and whether it is new.
    fn shared(&mut self, value: T) -> (Arc<T>, bool) {
        let known = self.0.iter().position(|known| **known == value);
        let place = known.unwrap_or_else(|| {
            self.0.truncate(RECENT - 1);
            self.0.push(Arc::new(value));
            self.0.len() - 1
        });
        self.0[..=place].rotate_right(1);
        (self.0[0].clone(), known.is_none())
    }
}

/// What the next call may have in common with the newest ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pool {
    kinds: Recent<Kind>,
    cached: Recent<Cached>,
}

impl Kind {
    fn bytes(&self) -> usize {
        let optional = [&self.query_type, &self.cache, &self.error].into_iter().flatten();
        let texts = optional.chain([&self.operation, &self.model_id]).map(String::len).sum::<usize>();
        size_of::<Kind>() + texts + self.reason.bytes()
    }
}

impl Cached {
    fn bytes(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| size_of::<CachedBlock>() + block.block.len());
        size_of::<Cached>() + blocks.sum::<usize>()
    }
}

/// The bytes that lower-case hexadecimal digits spell, where they are as many.
fn unhex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (digits.len() == 2 * N).then_some(())?;
    HEXLOWER.decode_mut(digits, &mut bytes).ok()?;
    Some(bytes)
}

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The bytes of a UUID in its usual form: lower-case digits in groups of 8, 4, 4, 4 and 12.
pub(super) fn uuid(text: &str) -> Option<[u8; 16]> {
    let text = text.as_bytes();
    let hyphenated = text.len() == 36 && HYPHENS.iter().all(|&at| text[at] == b'-');
    let digits = || [&text[..8], &text[9..13], &text[14..18], &text[19..23], &text[24..]].concat();
    hyphenated.then(|| unhex(&digits())).flatten()
}

impl Id {
    pub fn of(text: String) -> Self {
        uuid(&text).map_or_else(|| Id::Text(text.into()), Id::Uuid)
    }

    fn text(&self) -> String {
        match self {
            Id::Text(text) => text.to_string(),
            Id::Uuid(bytes) => {
                let mut text = HEXLOWER.encode(bytes);
                for at in HYPHENS {
                    text.insert(at, '-');
                }
                text
            }
        }
    }

    fn bytes(&self) -> usize {
        if let Id::Text(text) = self { text.len() } else { 0 }
    }
}

impl Hash {
    pub fn is_empty(&self) -> bool {
        matches!(self, Hash::Text(text) if text.is_empty())
    }

    fn of(text: String) -> Self {
        unhex(text.as_bytes()).map_or_else(|| Hash::Text(text.into()), Hash::Bytes)
    }

    fn text(&self) -> String {
        match self {
            Hash::Text(text) => text.to_string(),
            Hash::Bytes(bytes) => HEXLOWER.encode(bytes),
        }
    }

    fn bytes(&self) -> usize {
        if let Hash::Text(text) = self { text.len() } else { 0 }
    }
}

impl Amounts {
    fn of(tokens: [u64; TOKENS], costs: [Option<Usd>; COSTS]) -> Self {
        let usual = || {
            let mut small = ([0; TOKENS], [UNKNOWN; COSTS]);
            for (small, count) in small.0.iter_mut().zip(tokens) {
                *small = u32::try_from(count).ok()?;
            }
            for (small, cost) in small.1.iter_mut().zip(costs) {
                if let Some(cost) = cost {
                    *small = i64::try_from(cost.pico()).ok().filter(|pico| *pico != UNKNOWN)?;
                }
            }
            Some(small)
        };
        match usual() {
            Some((tokens, pico)) => Amounts::Usual { tokens, pico },
            None => Amounts::Large(Box::new((tokens, costs))),
        }
    }

    fn whole(&self) -> ([u64; TOKENS], [Option<Usd>; COSTS]) {
        match self {
            Amounts::Usual { tokens, pico } => {
                (tokens.map(u64::from), pico.map(|pico| (pico != UNKNOWN).then(|| Usd::from_pico(i128::from(pico)))))
            }
            Amounts::Large(large) => **large,
        }
    }

    fn bytes(&self) -> usize {
        if let Amounts::Large(large) = self { size_of_val(&**large) } else { 0 }
    }
}

impl Kept {
    pub fn of(record: CallRecord, pool: &mut Pool) -> Self {
        let (usage, tier) = record.charged;
        let parts = record.cost_parts_usd;
        let cached = record.cache_miss.is_some() || !record.cache_blocks.is_empty();
        let cached =
            cached.then(|| pool.cached.shared(Cached { miss: record.cache_miss, blocks: record.cache_blocks }));
        let (kind, is_new) = pool.kinds.shared(Kind {
            attempt: record.attempt,
            operation: record.operation,
            door: record.door,
            host: record.host,
            model_id: record.model_id,
            query_type: record.query_type,
            cache: record.cache,
            status: record.status,
            error: record.error,
            reason: record.reason,
            stream_end: record.stream_end,
            retry_after_s: record.retry_after_s,
            tier,
        });
        let shared = if is_new { kind.bytes() } else { 0 }
            + cached.as_ref().filter(|(_, is_new)| *is_new).map_or(0, |(cached, _)| cached.bytes());
        let mut kept = Kept {
            call: record.call,
            at_ms: record.at_ms,
            ended_ms: record.ended_ms,
            ttft_ms: record.ttft_ms,
            latency_ms: record.latency_ms,
            request_id: Id::of(record.request_id),
            invocation_id: record.invocation_id.map(Id::of),
            prompt_hash: Hash::of(record.prompt_hash),
            amounts: Amounts::of(
                [
                    record.input_tokens,
                    record.output_tokens,
                    record.cache_read_tokens,
                    record.cache_write_tokens,
                    usage.input_tokens,
                    usage.output_tokens,
                    usage.cache_read_tokens,
                    usage.cache_write_tokens,
                    usage.cache_write_1h_tokens,
                    usage.reasoning_tokens,
                ],
                [
                    record.cost_usd,
                    record.cost_uncached_usd,
                    parts.input,
                    parts.output,
                    parts.cache_read,
                    parts.cache_write_5m,
                    parts.cache_write_1h,
                ],
            ),
            kind,
            cached: cached.map(|(cached, _)| cached),
            bytes: 0,
        };
        let ids = kept.request_id.bytes() + kept.invocation_id.as_ref().map_or(0, Id::bytes) + kept.prompt_hash.bytes();
        kept.bytes = size_of::<Kept>() + ids + kept.amounts.bytes() + shared;
        kept
    }

    /// The record that it was made of.
    pub fn record(&self) -> CallRecord {
        let kind = (*self.kind).clone();
        let (tokens, costs) = self.amounts.whole();
        let [input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, charged @ ..] = tokens;
        let [cost_usd, cost_uncached_usd, input, output, cache_read, cache_write_5m, cache_write_1h] = costs;
        let usage = Usage {
            input_tokens: charged[0],
            output_tokens: charged[1],
            cache_read_tokens: charged[2],
            cache_write_tokens: charged[3],
            cache_write_1h_tokens: charged[4],
            reasoning_tokens: charged[5],
        };
        CallRecord {
            call: self.call,
            at_ms: self.at_ms,
            request_id: self.request_id.text(),
            invocation_id: self.invocation_id.as_ref().map(Id::text),
            attempt: kind.attempt,
            operation: kind.operation,
            door: kind.door,
            host: kind.host,
            model_id: kind.model_id,
            prompt_hash: self.prompt_hash.text(),
            query_type: kind.query_type,
            cache: kind.cache,
            status: kind.status,
            error: kind.error,
            reason: kind.reason,
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_write_tokens,
            cache_miss: self.cached.as_ref().and_then(|cached| cached.miss.clone()),
            cache_blocks: self.cached.as_ref().map_or_else(Vec::new, |cached| cached.blocks.clone()),
            cost_usd,
            cost_parts_usd: CallCost { input, output, cache_read, cache_write_5m, cache_write_1h },
            cost_uncached_usd,
            ttft_ms: self.ttft_ms,
            latency_ms: self.latency_ms,
            stream_end: kind.stream_end,
            retry_after_s: kind.retry_after_s,
            ended_ms: self.ended_ms,
            charged: (usage, kind.tier),
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::bedrock::CacheTtl;
    use crate::mock::cache::MissReason;
    use crate::mock::cache_trace::BlockState;
    use crate::words::{Message, Word};
    use proptest::prelude::*;

    /// Ids in the form that most of them have, and in forms beside it.
    fn id() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-g]{4}-[0-9a-f]{12}",
            "[0-9a-f-]{36}",
            "\\PC{0,36}",
        ]
    }

    fn amount() -> impl Strategy<Value = Option<Usd>> {
        let edges = [i128::MIN, i128::from(i64::MIN), i128::from(i64::MIN) + 1, 0, i128::from(i64::MAX) + 1, i128::MAX];
        prop_oneof![
            Just(None),
            any::<i64>().prop_map(|pico| Some(Usd::from_pico(i128::from(pico)))),
            prop::sample::select(edges.to_vec()).prop_map(|pico| Some(Usd::from_pico(pico))),
        ]
    }

    fn count() -> impl Strategy<Value = u64> {
        prop_oneof![8 => 0..1_000_000_u64, 1 => any::<u64>(), 1 => Just(u64::from(u32::MAX) + 1)]
    }

    proptest! {
        #[test]
        fn a_kept_record_is_the_record(
            ids in (id(), prop::option::of(id()), prop_oneof!["[0-9a-f]{16}", "[0-9a-f]{14,18}", "\\PC{0,64}"]),
            tokens in prop::array::uniform10(count()),
            costs in prop::array::uniform7(amount()),
            times in prop::array::uniform4(0.0..1e12),
            (kind, call, attempt, retry) in (0..160_u64, any::<u64>(), any::<Option<u64>>(), prop::option::of(0.0..9e9)),
        ) {
            let mut record = CallRecord::new(call, times[0], ids.0);
            (record.invocation_id, record.prompt_hash) = (ids.1, ids.2);
            (record.ended_ms, record.ttft_ms, record.latency_ms) = (times[1], times[2], times[3]);
            (record.attempt, record.retry_after_s) = (attempt, retry);
            record.operation = "Converse".to_string();
            (record.door, record.host) = (Some("chat"), Some("mantle"));
            record.model_id = format!("model {kind}");
            record.reason = Message::new(Word::reason_upstream).text("why", kind.to_string()).into();
            record.query_type = (kind % 2 == 0).then(|| "a".to_string());
            record.cache = (kind % 5 == 0).then(|| "hit".to_string());
            record.error = (kind % 3 == 0).then(|| "b".to_string());
            record.status = 200 + kind as u16;
            record.stream_end = Some(StreamEnd::Left);
            let usage = &mut record.charged.0;
            for (place, count) in [
                &mut record.input_tokens,
                &mut record.output_tokens,
                &mut record.cache_read_tokens,
                &mut record.cache_write_tokens,
                &mut usage.input_tokens,
                &mut usage.output_tokens,
                &mut usage.cache_read_tokens,
                &mut usage.cache_write_tokens,
                &mut usage.cache_write_1h_tokens,
                &mut usage.reasoning_tokens,
            ]
            .into_iter()
            .zip(tokens)
            {
                *place = count;
            }
            record.charged.1 = Tier::Flex;
            let parts = &mut record.cost_parts_usd;
            for (place, cost) in [
                &mut record.cost_usd,
                &mut record.cost_uncached_usd,
                &mut parts.input,
                &mut parts.output,
                &mut parts.cache_read,
                &mut parts.cache_write_5m,
                &mut parts.cache_write_1h,
            ]
            .into_iter()
            .zip(costs)
            {
                *place = cost;
            }
            record.cache_blocks = (0..kind % 4)
                .map(|at| CachedBlock {
                    block: format!("messages.{at}"),
                    blocks: 1,
                    tokens: tokens[0],
                    state: BlockState::Written,
                    ttl: Some(CacheTtl::Hour),
                    reason: None,
                })
                .collect();
            record.cache_miss = (kind % 7 == 0).then(|| CacheMiss {
                reason: MissReason::Expired,
                block: Some("system.0".to_string()),
                call: Some(call),
                tokens: tokens[1],
                message: "It was over.".to_string(),
                cost_usd: costs[0],
            });
            let mut pool = Pool::default();
            for other in 0..kind {
                let mut before = record.clone();
                before.model_id = format!("model {other}");
                Kept::of(before, &mut pool);
            }
            prop_assert!(pool.kinds.0.len() <= RECENT);
            let kept = Kept::of(record.clone(), &mut pool);
            prop_assert_eq!(&kept.request_id, &Id::of(record.request_id.clone()));
            prop_assert_eq!(kept.record(), record.clone());
            // Of one kind once, however many come between.
            let again = Kept::of(record, &mut pool);
            prop_assert!(Arc::ptr_eq(&kept.kind, &again.kind));
            prop_assert!(again.bytes < kept.bytes);
        }
    }

    #[test]
    fn a_call_takes_no_more_than_a_third_of_its_record() {
        assert!(size_of::<Kept>() * 3 <= size_of::<CallRecord>(), "{} bytes", size_of::<Kept>());
    }
}
