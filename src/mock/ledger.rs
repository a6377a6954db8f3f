use std::collections::BTreeMap;

use serde::Serialize;

use crate::bedrock::{Ask, ExceptionKind, Reply, Usage};
use crate::cost::{CallCost, Tier};
use crate::money::Usd;
use crate::redact::Redactor;
use crate::words::{English, Message, Word};

use super::cache::CacheMiss;
use super::cache_trace::CachedBlock;
use super::failed::Failed;
use super::kept::{Id, Kept, Kind, Pool, uuid};
use super::reason::Reason;

/// One call as it was answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallRecord {
    /// Its number, from 0.
    pub call: u64,
    /// When it came, in milliseconds of the caller's clock.
    pub at_ms: f64,
    pub request_id: String,
    /// What the SDK keeps over the attempts of one logical call.
    pub invocation_id: Option<String>,
    /// The attempt's number, as the SDK says.
    pub attempt: Option<u64>,
    pub operation: String,
    /// The door it came through: `messages`, `chat` or `responses`; `None` for the AWS API.
    pub door: Option<&'static str>,
    /// Which of the two hosts answered at that door: `runtime` or `mantle`.
    pub host: Option<&'static str>,
    pub model_id: String,
    pub prompt_hash: String,
    /// The caller's label.
    pub query_type: Option<String>,
    /// `hit` or `miss` of the caller's response cache, as the caller says.
    pub cache: Option<String>,
    pub status: u16,
    /// The exception, if it failed.
    pub error: Option<String>,
    /// Why this answer.
    pub reason: Reason,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_read_tokens: u64,
    pub cache_write_tokens: u64,
    /// Why a prefix was not read from the prompt cache; `None` where it was, or nothing could be.
    pub cache_miss: Option<CacheMiss>,
    /// What the prompt cache did with each block of the prompt, and why; empty where no cache was played: for a
    /// recording, an error, or an operation without a prompt.
    pub cache_blocks: Vec<CachedBlock>,
    /// `None` when a price is not known.
    pub cost_usd: Option<Usd>,
    /// The cost by kind of token; a part is `None` when its price is not known.
    pub cost_parts_usd: CallCost,
    /// What the call would cost without a prompt cache; `None` when a price is not known.
    pub cost_uncached_usd: Option<Usd>,
    /// Milliseconds to the first token.
    pub ttft_ms: f64,
    /// Milliseconds to the last byte.
    pub latency_ms: f64,
    pub stream_end: Option<StreamEnd>,
    /// Seconds the caller was asked to wait.
    pub retry_after_s: Option<f64>,
    /// When the reply was there, in milliseconds of the caller's clock: where waiting takes no time, at once.
    #[serde(skip)]
    pub(super) ended_ms: f64,
    /// What is charged, and how urgently it was served: for a call whose caller leaves.
    #[serde(skip)]
    pub(super) charged: (Usage, Tier),
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamEnd {
    Complete,
    /// With an exception frame.
    Exception,
    /// Before its last event, cleanly or not.
    Truncated,
    /// With a frame that cannot be read.
    Damaged,
    /// Its caller left before the last event.
    Left,
}

/// Sums over some calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CategoryUsage {
    pub calls: u64,
    /// Calls that the caller's response cache answered, by its own label.
    pub cache_hits: u64,
    pub cache_misses: u64,
    /// Hits of hits and misses; `None` when no call was labelled.
    pub cache_hit_rate: Option<f64>,
    pub errors: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_read_tokens: u64,
    pub cache_write_tokens: u64,
    pub cost_usd: Option<Usd>,
    pub avg_latency_ms: Option<f64>,
    #[serde(skip)]
    latency_sum_ms: f64,
}

/// What was used, in all and by the ways it can be told apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UsageReport {
    pub total: CategoryUsage,
    pub by_model: BTreeMap<String, CategoryUsage>,
    pub by_operation: BTreeMap<String, CategoryUsage>,
    /// By the caller's `query_type`; calls without one are under the empty name.
    pub by_query_type: BTreeMap<String, CategoryUsage>,
    pub by_error: BTreeMap<String, u64>,
    /// What the client did wrong.
    pub findings: Vec<Finding>,
    /// Prices that are not known, so that costs lack them.
    pub unknown: Vec<String>,
}

/// Something a client should not have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    pub rule: &'static str,
    /// The calls it is about, by number.
    pub calls: Vec<u64>,
    /// What is wrong with it; in JSON in English.
    #[serde(serialize_with = "in_english")]
    pub message: Message,
}

fn in_english<S: serde::Serializer>(message: &Message, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&message.say(&English))
}

/// Every call since the last reset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    records: Vec<Kept>,
    /// What the newest of them share.
    pool: Pool,
    /// The memory of the records.
    bytes: usize,
    /// Prices that were needed and are not known.
    unknown: Vec<String>,
    /// What all calls add up to, those included whose records are gone.
    sums: Sums,
}

/// Sums over every call.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sums {
    total: CategoryUsage,
    by_model: BTreeMap<String, CategoryUsage>,
    by_operation: BTreeMap<String, CategoryUsage>,
    by_query_type: BTreeMap<String, CategoryUsage>,
    by_error: BTreeMap<String, u64>,
}

impl Sums {
    fn add(&mut self, record: &CallRecord) {
        self.total.add(record);
        add_to(&mut self.by_model, &record.model_id, record);
        add_to(&mut self.by_operation, &record.operation, record);
        add_to(&mut self.by_query_type, record.query_type.as_deref().unwrap_or_default(), record);
        if let Some(error) = &record.error {
            *self.by_error.entry(error.clone()).or_default() += 1;
        }
    }
}

impl CategoryUsage {
    /// Takes over that a call of it used another number of output tokens.
    fn change(&mut self, before: &CallRecord, after: &CallRecord) {
        self.output_tokens = (self.output_tokens + after.output_tokens).saturating_sub(before.output_tokens);
        self.cost_usd = match (self.cost_usd, before.cost_usd, after.cost_usd) {
            (Some(sum), Some(before), Some(after)) => Some(sum - before + after),
            (sum, ..) => sum,
        };
        self.latency_sum_ms += after.latency_ms - before.latency_ms;
        self.avg_latency_ms = Some(self.latency_sum_ms / self.calls.max(1) as f64);
    }
}

impl Sums {
    fn change(&mut self, before: &CallRecord, after: &CallRecord) {
        self.total.change(before, after);
        let query_type = before.query_type.as_deref().unwrap_or_default();
        for (all, name) in [
            (&mut self.by_model, before.model_id.as_str()),
            (&mut self.by_operation, before.operation.as_str()),
            (&mut self.by_query_type, query_type),
        ] {
            let name = if all.contains_key(name) { name } else { OTHERS };
            if let Some(usage) = all.get_mut(name) {
                usage.change(before, after);
            }
        }
    }
}

/// The category of those whose names came too late to have one.
const OTHERS: &str = "(others)";

/// Adds a call to its category. Callers choose names: those that come after many others are counted
/// together, so that no caller can fill the memory.
fn add_to(all: &mut BTreeMap<String, CategoryUsage>, name: &str, record: &CallRecord) {
    const MOST: usize = 10_000;
    let name = if all.contains_key(name) || all.len() < MOST { name } else { OTHERS };
    match all.get_mut(name) {
        Some(usage) => usage.add(record),
        None => {
            let mut usage = CategoryUsage::default();
            usage.add(record);
            all.insert(name.to_string(), usage);
        }
    }
}

/// The most calls whose records are kept; sums go on.
const MAX_RECORDS: usize = 100_000;
/// The most memory of them, in bytes. What calls share counts once, with the first of them: of what outlives it there
/// is no more than what can be shared with the next call.
const MAX_BYTES: usize = 64 << 20;
/// One of so many of the oldest is let go at once, so that no call waits for it.
const LET_GO: usize = 10;
/// The longest label of a caller that is kept, in characters; the service takes 256.
const MAX_LABEL: usize = 256;

/// A label as it is kept: without what must not be, and not longer than the service takes it.
fn label(text: &str) -> String {
    let cut = match text.char_indices().nth(MAX_LABEL) {
        None => return Redactor::usual().label(text),
        Some((end, _)) => text.get(..end).unwrap_or_default(),
    };
    Redactor::usual().label(cut) + "…"
}

impl Kind {
    /// Whether trying again can help a call that failed so, as the client of its API judges it.
    ///
    /// # Source
    /// AWS's SDKs in standard mode: broken connections, their own list of exceptions, and 500, 502, 503 and 504 by status.
    /// The clients of Anthropic and OpenAI: broken connections, 408, 409, 429 and everything from 500 on.
    fn may_be_retried(&self, error: &str) -> bool {
        let kind = ExceptionKind::named(error);
        let in_stream = self.status < 400;
        match (error, self.door) {
            ("reset", _) => true,
            // What no one knows of a stream that broke speaks against nothing.
            _ if in_stream && kind.is_none() => true,
            (_, Some(_)) => {
                let status = if in_stream { kind.map_or(0, |kind| kind.status) } else { self.status };
                matches!(status, 408 | 409 | 429 | 500..)
            }
            (_, None) => {
                kind.is_some_and(|kind| kind.retryable) || (!in_stream && matches!(self.status, 500 | 502 | 503 | 504))
            }
        }
    }
}

impl CallRecord {
    /// A record of what was asked; how it was answered is filled in later.
    pub(super) fn new(call: u64, at_ms: f64, request_id: String) -> Self {
        CallRecord {
            call,
            at_ms,
            request_id,
            invocation_id: None,
            attempt: None,
            operation: String::new(),
            door: None,
            host: None,
            model_id: String::new(),
            prompt_hash: String::new(),
            query_type: None,
            cache: None,
            status: 200,
            error: None,
            reason: Reason::default(),
            input_tokens: 0,
            output_tokens: 0,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
            cache_miss: None,
            cache_blocks: Vec::new(),
            cost_usd: Some(Usd::ZERO),
            cost_parts_usd: CallCost::ZERO,
            cost_uncached_usd: Some(Usd::ZERO),
            ttft_ms: 0.0,
            latency_ms: 0.0,
            stream_end: None,
            retry_after_s: None,
            ended_ms: at_ms,
            charged: (Usage::default(), Tier::Standard),
        }
    }

    /// Notes the door; its SDKs count attempts in a header of their own.
    pub(super) fn came_through(&mut self, call: &crate::doors::Call) {
        self.door = Some(call.door.key());
        self.host = Some(call.host.key());
        self.operation = call.name();
        let retries = call.headers.get("x-stainless-retry-count").and_then(|count| count.parse::<u64>().ok());
        self.attempt = self.attempt.or(retries.map(|count| count.saturating_add(1)));
    }

    pub(super) fn asked(&mut self, ask: &Ask, hashes: &[String]) {
        self.prompt_hash = hashes.first().cloned().unwrap_or_default();
        self.query_type = ask.metadata.get("query_type").map(|text| label(text));
        self.cache = ask.metadata.get("cache").map(|text| label(text));
    }

    pub(super) fn used(&mut self, usage: &Usage) {
        self.input_tokens = usage.input_tokens;
        self.output_tokens = usage.output_tokens;
        self.cache_read_tokens = usage.cache_read_tokens;
        self.cache_write_tokens = usage.written_tokens();
    }

    /// The tokens of the whole prompt: those that the prompt cache gave or took among them.
    pub fn prompt_tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.cache_read_tokens).saturating_add(self.cache_write_tokens)
    }

    /// What a caller chose is cut and redacted before it is kept. What stands so in the record `before` has been, and
    /// the ids of requests are the mock's own unless they have another form.
    fn tidy(&mut self, before: Option<&Kept>) {
        if uuid(&self.request_id).is_none() {
            self.request_id = label(&self.request_id);
        }
        if before.is_none_or(|before| before.kind.model_id != self.model_id) {
            self.model_id = label(&self.model_id);
        }
        if before.is_none_or(|before| before.kind.reason != self.reason) {
            self.reason.tidy(label, |text| Redactor::usual().label(text));
        }
        for text in [&mut self.invocation_id, &mut self.error].into_iter().flatten() {
            *text = label(text);
        }
    }

    /// Notes when the reply is sent.
    pub(super) fn sent(&mut self, reply: &Reply) {
        self.ttft_ms = reply.at_ms;
        self.latency_ms = reply.end_ms();
    }

    /// Notes that it failed, how and when.
    pub(super) fn failed(&mut self, failed: &Failed) {
        self.status = failed.exception.status();
        self.error = Some(failed.exception.name.clone());
        self.retry_after_s = failed.exception.retry_after_s;
        self.reason.clone_from(&failed.reason);
        self.ttft_ms = failed.at_ms;
        self.latency_ms = failed.at_ms;
    }
}

impl CategoryUsage {
    fn add(&mut self, record: &CallRecord) {
        let first = self.calls == 0;
        self.calls += 1;
        self.cache_hits += u64::from(record.cache.as_deref() == Some("hit"));
        self.cache_misses += u64::from(record.cache.as_deref() == Some("miss"));
        let labelled = self.cache_hits + self.cache_misses;
        self.cache_hit_rate = (labelled > 0).then(|| self.cache_hits as f64 / labelled as f64);
        self.errors += u64::from(record.error.is_some());
        self.input_tokens += record.input_tokens;
        self.output_tokens += record.output_tokens;
        self.cache_read_tokens += record.cache_read_tokens;
        self.cache_write_tokens += record.cache_write_tokens;
        let before = if first { Some(Usd::ZERO) } else { self.cost_usd };
        self.cost_usd = before.zip(record.cost_usd).map(|(sum, more)| sum + more);
        self.latency_sum_ms += record.latency_ms;
        self.avg_latency_ms = Some(self.latency_sum_ms / self.calls as f64);
    }
}

/// The most things that are not known which are named one by one.
const MOST_UNKNOWN: usize = 200;
const MORE_UNKNOWN: &str = "… and more";

impl Ledger {
    pub(super) fn push(&mut self, mut record: CallRecord, unknown: &[String]) {
        for name in unknown {
            let full = self.unknown.len() >= MOST_UNKNOWN;
            let name = if full { MORE_UNKNOWN.to_string() } else { label(name) };
            if !self.unknown.contains(&name) {
                self.unknown.push(name);
            }
        }
        record.tidy(self.records.last());
        self.sums.add(&record);
        let kept = Kept::of(record, &mut self.pool);
        self.bytes += kept.bytes;
        if self.records.len() >= MAX_RECORDS || self.bytes > MAX_BYTES {
            let oldest = self.records.drain(..self.records.len().div_ceil(LET_GO));
            self.bytes -= oldest.map(|kept| kept.bytes).sum::<usize>();
        }
        self.records.push(kept);
    }

    /// Calls since the last reset, those included whose records are gone.
    pub fn calls(&self) -> u64 {
        self.sums.total.calls
    }

    /// The calls whose records are kept, the oldest first, each made when it is asked for.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = CallRecord> + ExactSizeIterator {
        self.records.iter().map(Kept::record)
    }

    /// The newest call.
    pub fn last(&self) -> Option<CallRecord> {
        self.records.last().map(Kept::record)
    }

    /// So many calls from a number on, those whose records are gone left out; the number of the oldest that is kept,
    /// or of the next one; and the number of the one that follows.
    pub(super) fn page(&self, from: u64, limit: usize) -> (impl Iterator<Item = CallRecord>, u64, Option<u64>) {
        let first = self.records.first().map_or(self.calls(), |kept| kept.call);
        // Calls are numbered one after the other.
        let start = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
        let rest = self.records.get(start..).unwrap_or_default();
        let (page, after) = rest.split_at(limit.min(rest.len()));
        (page.iter().map(Kept::record), first, after.first().map(|kept| kept.call))
    }

    pub(super) fn clear(&mut self) {
        *self = Ledger::default();
    }

    /// Changes the record of a call that is already in, and what all add up to.
    pub(super) fn change(&mut self, request_id: &str, change: impl FnOnce(&mut CallRecord)) {
        let id = Id::of(request_id.to_string());
        let Some(kept) = self.records.iter_mut().rev().find(|kept| kept.request_id == id) else { return };
        let before = kept.record();
        let mut after = before.clone();
        change(&mut after);
        self.sums.change(&before, &after);
        self.bytes -= kept.bytes;
        *kept = Kept::of(after, &mut self.pool);
        self.bytes += kept.bytes;
    }

    /// The usage report.
    pub fn report(&self) -> UsageReport {
        let sums = self.sums.clone();
        UsageReport {
            total: sums.total,
            by_model: sums.by_model,
            by_operation: sums.by_operation,
            by_query_type: sums.by_query_type,
            by_error: sums.by_error,
            findings: self.findings(),
            unknown: self.unknown.clone(),
        }
    }

    /// The attempts of each logical call: those of one invocation id, or, without one, of one
    /// prompt within a minute.
    fn logical_calls(&self) -> Vec<Vec<&Kept>> {
        const SAME_CALL_MS: f64 = 60_000.0;
        let mut calls: Vec<Vec<&Kept>> = Vec::new();
        let mut open = BTreeMap::new();
        for kept in &self.records {
            let kind = &kept.kind;
            let key = match &kept.invocation_id {
                Some(id) => (Some(id), "", "", None),
                // What asked no model cannot be told from another call of its kind.
                None if kept.prompt_hash.is_empty() => continue,
                None => (None, kind.model_id.as_str(), kind.operation.as_str(), Some(&kept.prompt_hash)),
            };
            let continues = |at: &usize| {
                calls[*at].last().is_some_and(|last| {
                    let broken = last.kind.stream_end.is_some_and(|end| end != StreamEnd::Complete);
                    let failed = last.kind.error.is_some() || broken;
                    kept.invocation_id.is_some()
                        || (kind.attempt != Some(1) && failed && kept.at_ms - last.ended_ms < SAME_CALL_MS)
                })
            };
            match open.get(&key).copied().filter(continues) {
                Some(at) => calls[at].push(kept),
                None => {
                    open.insert(key, calls.len());
                    calls.push(vec![kept]);
                }
            }
        }
        calls
    }

    /// What the client did wrong.
    pub fn findings(&self) -> Vec<Finding> {
        /// Attempts that follow each other faster than this were not held back at all.
        const NO_BACKOFF_MS: f64 = 5.0;
        let mut findings = Vec::new();
        for attempts in self.logical_calls() {
            let mut hurried = Vec::new();
            for pair in attempts.windows(2) {
                let (before, after) = (pair[0], pair[1]);
                let ended_ms = before.ended_ms;
                let calls = vec![before.call, after.call];
                let Some(error) = &before.kind.error else { continue };
                if !before.kind.may_be_retried(error) {
                    findings.push(Finding {
                        rule: "retried-non-retryable",
                        calls: calls.clone(),
                        message: Message::new(Word::ledger_not_retryable).text("error", error),
                    });
                }
                if let Some(seconds) =
                    before.kind.retry_after_s.filter(|seconds| after.at_ms + 1.0 < ended_ms + seconds * 1000.0)
                {
                    findings.push(Finding {
                        rule: "ignored-retry-after",
                        calls: calls.clone(),
                        message: Message::new(Word::ledger_retry_after)
                            .text("seconds", seconds.to_string())
                            .text("ms", format!("{:.0}", after.at_ms - ended_ms)),
                    });
                }
                if after.at_ms - ended_ms < NO_BACKOFF_MS {
                    hurried.push(after.call);
                }
            }
            if hurried.len() >= 2 {
                let message = Message::new(Word::ledger_no_backoff).text("count", hurried.len().to_string());
                findings.push(Finding { rule: "no-backoff", calls: hurried, message });
            }
            let last = attempts.last().filter(|last| last.kind.error.is_none());
            if let Some(last) =
                last.filter(|last| matches!(last.kind.stream_end, Some(StreamEnd::Truncated | StreamEnd::Damaged)))
            {
                findings.push(Finding {
                    rule: "truncated-not-retried",
                    calls: vec![last.call],
                    message: Word::ledger_truncated.into(),
                });
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_go_on_when_records_are_let_go() {
        let mut ledger = Ledger::default();
        let calls = MAX_RECORDS as u64 + 5;
        for call in 0..calls {
            let mut record = CallRecord::new(call, call as f64, String::new());
            record.query_type = Some(format!("type {}", call % 20_000));
            record.input_tokens = 2;
            ledger.push(record, &[]);
        }
        let report = ledger.report();
        assert_eq!((report.total.calls, report.total.input_tokens), (calls, 2 * calls));
        assert!(ledger.records().len() <= MAX_RECORDS);
        assert_eq!(ledger.last().map(|record| record.call), Some(calls - 1));
        assert_eq!(report.by_query_type.len(), 10_001);
        assert_eq!(report.by_query_type.values().map(|usage| usage.calls).sum::<u64>(), calls);

        // Whose name came too late is changed where it was counted.
        let mut late = CallRecord::new(calls, 0.0, "late".to_string());
        (late.query_type, late.output_tokens) = (Some("type late".to_string()), 50);
        ledger.push(late, &[]);
        ledger.change("late", |record| record.output_tokens = 7);
        let report = ledger.report();
        assert_eq!((report.total.output_tokens, report.by_query_type[OTHERS].output_tokens), (7, 7));
    }

    /// What all calls share counts once: none is let go for it.
    #[test]
    fn calls_that_share_their_rows_are_all_kept() {
        let mut ledger = Ledger::default();
        for call in 0..MAX_RECORDS as u64 {
            let mut record = CallRecord::new(call, 0.0, String::new());
            record.model_id = "m".repeat(256);
            record.reason = Message::new(Word::reason_upstream).text("why", "r".repeat(1_000)).into();
            ledger.push(record, &[]);
        }
        assert_eq!(ledger.records().len(), MAX_RECORDS);
    }

    /// What the report said before its findings had a translation.
    #[test]
    fn findings_are_said_in_english_in_the_report_and_in_japanese_too() {
        let mut ledger = Ledger::default();
        let mut call = |at_ms: f64, error: Option<&str>, end: Option<StreamEnd>| {
            let mut record = CallRecord::new(ledger.calls(), at_ms, String::new());
            record.invocation_id = Some("one".to_string());
            record.status = if error.is_some() { 400 } else { 200 };
            record.error = error.map(str::to_string);
            record.retry_after_s = error.map(|_| 2.5);
            record.stream_end = end;
            ledger.push(record, &[]);
        };
        for at_ms in [0.0, 1.0, 2.0] {
            call(at_ms, Some("ValidationException"), None);
        }
        call(1_000.4, None, Some(StreamEnd::Truncated));
        let japanese: BTreeMap<String, String> =
            serde_json::from_str(crate::words::JAPANESE).expect("a table of texts");
        let findings = ledger.findings();
        for (rule, expected) in [
            (
                "retried-non-retryable",
                "ValidationException was retried, but trying again cannot help: fix the request instead",
            ),
            ("ignored-retry-after", "the service asked to wait 2.5 s, the next attempt came after 1 ms"),
            ("no-backoff", "2 retries followed without any pause: back off, with jitter"),
            (
                "truncated-not-retried",
                "the stream ended before its last event and the call was not tried again: the user has half an answer",
            ),
        ] {
            let found = findings.iter().find(|finding| finding.rule == rule).expect(rule);
            assert_eq!(serde_json::to_value(found).expect("a finding")["message"], expected);
            assert!(!japanese[found.message.word.key()].is_ascii(), "{rule}");
        }
        let late = &findings.iter().rfind(|finding| finding.rule == "ignored-retry-after").expect("the last").message;
        assert_eq!(late.say(&English), "the service asked to wait 2.5 s, the next attempt came after 998 ms");
    }

    #[test]
    fn the_bytes_of_records_are_bounded_and_labels_redacted() {
        let mut ledger = Ledger::default();
        for call in 0..100_000u64 {
            let mut record = CallRecord::new(call, 0.0, String::new());
            record.invocation_id = Some("x".repeat(1_000_000 + call as usize % 7));
            record.model_id = format!("{call}{}", "m".repeat(2_000));
            record.reason = Message::new(Word::reason_upstream).text("why", "r".repeat(2_000)).into();
            ledger.push(record, &[]);
        }
        assert!(ledger.bytes <= MAX_BYTES, "{}", ledger.bytes);
        assert!(ledger.records.iter().map(|kept| kept.bytes).sum::<usize>() == ledger.bytes);
        assert_eq!(ledger.calls(), 100_000);
        let mut record = CallRecord::new(100_000, 0.0, String::new());
        record.invocation_id = Some("taro@example.co.jp".to_string());
        record.model_id = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x".to_string();
        ledger.push(record, &[]);
        // What a caller labelled is in the report as it is in the log, and no longer than a person reads.
        let strange: Vec<String> = (0..1000).map(|n| format!("{n} taro@example.co.jp")).collect();
        ledger.push(CallRecord::new(100_001, 0.0, String::new()), &strange);
        assert_eq!(ledger.unknown.len(), MOST_UNKNOWN + 1);
        assert_eq!((ledger.unknown[0].as_str(), ledger.unknown[MOST_UNKNOWN].as_str()), ("0 {EMAIL}", MORE_UNKNOWN));
        let kept = ledger.records().rev().nth(1).expect("a record");
        assert_eq!(kept.invocation_id.as_deref(), Some("{EMAIL}"));
        assert_eq!(kept.model_id, "arn:aws:bedrock:us-east-1:{AWS_ACCOUNT_ID}:application-inference-profile/x");
    }
}
