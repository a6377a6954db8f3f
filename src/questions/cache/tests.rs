use serde_json::{Value, json};

use super::*;
use crate::bedrock::Operation;
use crate::import::LoggedRequest;
use crate::questions::listen;
use crate::questions::logs::{CODE_AGENT, MAIL_TRIAGE, SUPPORT_DESK};

fn truth(log: &[u8]) -> CacheAnswer {
    let mut truth = CacheTruth::new(Catalog::full());
    listen(log, |call| truth.hear(call, "log"));
    truth.finish()
}

const SONNET: &str = "global.anthropic.claude-sonnet-4-6";

/// Calls of a model, each a minute after the other, whose prompts have 4,000 tokens by the log's count.
fn calls(bodies: Vec<Value>, minutes: i64) -> CacheAnswer {
    let mut truth = CacheTruth::new(Catalog::full());
    for (number, body) in bodies.into_iter().enumerate() {
        let call = Call {
            at_us: Some(number as i64 * minutes * 60_000_000),
            model: SONNET.to_string(),
            kind: "all".to_string(),
            tokens: CallTokens { input: 4_000, output: 10, ..CallTokens::default() },
            ..Call::default()
        };
        let request = LoggedRequest { operation: Some(Operation::Converse), body: Some(body.to_string()) };
        truth.hear(
            &LoggedCall { line: number as u64 + 1, call, request: Some(request) },
            &format!("log:{}", number + 1),
        );
    }
    truth.finish()
}

fn long(word: &str) -> String {
    (0..1_500).map(|number| format!("{word}{} ", number % 97)).collect()
}

fn body(system: &[String], question: &str) -> Value {
    let blocks: Vec<Value> = system.iter().map(|text| json!({"text": text})).collect();
    json!({"system": blocks, "messages": [{"role": "user", "content": [{"text": question}]}]})
}

#[test]
fn the_time_in_the_second_block_breaks_the_prefix() {
    let answer = truth(SUPPORT_DESK);
    assert_eq!((answer.requests, answer.with_bodies), (180, 180));
    assert_eq!((answer.read_tokens, answer.written_tokens), (0, 180 * 3_500));
    let first = &answer.breaks[0];
    assert_eq!(
        (first.block.as_str(), first.kind.as_str(), first.requests),
        ("system.1", "date", 179),
        "{:?}",
        answer.breaks
    );
    // All but the first call could read nearly all of their 3,500 tokens.
    assert!(answer.mended_read_tokens.minutes > 170 * 3_200, "{answer:?}");
    assert_eq!(answer.could_read_tokens.minutes, 0);
    // 180 × 3,500 tokens written at 3.75 instead of 3 dollars a million.
    let waste = 180.0 * 3_500.0 * 0.75 / 1e6;
    assert!((answer.caching_saves_usd.unwrap().dollars() + waste).abs() < 1e-9);
    assert!((answer.saving_usd.minutes.unwrap().dollars() - waste).abs() < 1e-9);
}

#[test]
fn tools_in_another_order_break_the_prefix() {
    let answer = truth(CODE_AGENT);
    let first = &answer.breaks[0];
    assert_eq!((first.block.as_str(), first.kind.as_str()), ("tools", "order"), "{:?}", answer.breaks);
    assert!(first.requests > 80, "{first:?}");
    assert!(answer.mended_read_tokens.minutes > answer.could_read_tokens.minutes);
}

#[test]
fn a_name_in_the_first_block_breaks_the_prefix() {
    let answer = truth(MAIL_TRIAGE);
    let first =
        answer.breaks.iter().find(|found| found.kind == "name").unwrap_or_else(|| panic!("{:?}", answer.breaks));
    assert_eq!(first.block, "system.0");
    assert!(answer.unknown.iter().any(|note| note.starts_with("34 calls failed")), "{:?}", answer.unknown);
}

/// A prefix that is the same in every call, without a mark: all of it but the question could be read.
#[test]
fn an_unmarked_prefix_could_be_read() {
    let bodies = (0..10).map(|number| body(&[long("a")], &format!("question {number}"))).collect();
    let answer = calls(bodies, 1);
    let first = &answer.breaks[0];
    assert_eq!((first.block.as_str(), first.kind.as_str(), first.requests), ("system.0", "unmarked", 9));
    assert!(answer.could_read_tokens.minutes > 9 * 3_900, "{answer:?}");
    assert_eq!(answer.could_read_tokens.minutes, answer.could_read_tokens.hour);
    assert_eq!(answer.mended_read_tokens, answer.could_read_tokens);
    // One write of the prefix at 3.75 and nine reads at 0.30 instead of ten times 3.00 dollars a million.
    let prefix = answer.could_read_tokens.minutes as f64 / 9.0;
    let saved = prefix * (9.0 * 2.7 - 0.75) / 1e6;
    assert!((answer.saving_usd.minutes.unwrap().dollars() - saved).abs() < 1e-6);
}

/// Every seven minutes: five minutes are too short, an hour is not.
#[test]
fn a_slow_log_needs_the_hour() {
    let answer = calls((0..10).map(|number| body(&[long("a")], &format!("question {number}"))).collect(), 7);
    assert_eq!(answer.could_read_tokens.minutes, 0);
    assert!(answer.could_read_tokens.hour > 9 * 3_900);
    let of = &answer.by_model[SONNET];
    // (1.25 - 1) / (1 - 0.1) and (2 - 1) / (1 - 0.1).
    assert!((of.reads_per_write_needed.minutes.unwrap() - 0.25 / 0.9).abs() < 1e-9);
    assert!((of.reads_per_write_needed.hour.unwrap() - 1.0 / 0.9).abs() < 1e-9);
    assert_eq!((of.reads_per_write.minutes, of.reads_per_write.hour), (None, Some(9.0)));
}

/// Prompts that have nothing in common break nowhere.
#[test]
fn different_prompts_are_no_break() {
    let answer = calls((0..10).map(|number| body(&[long(&format!("w{}", "x".repeat(number)))], "q")).collect(), 1);
    assert_eq!((answer.could_read_tokens.hour, answer.mended_read_tokens.hour), (0, 0));
    assert!(answer.breaks.is_empty(), "{:?}", answer.breaks);
}

/// What the answer says of the marks is what the mock plays.
#[test]
fn the_marks_miss_as_the_mock_says() {
    let answer = truth(SUPPORT_DESK);
    let missed: Vec<(&str, u64)> = answer.misses.iter().map(|miss| (miss.reason, miss.requests)).collect();
    assert_eq!(missed, [("block_differs", 179), ("first", 1)]);
}

#[test]
fn a_log_without_requests_says_so() {
    let mut truth = CacheTruth::new(Catalog::full());
    truth.hear(&LoggedCall { line: 1, call: Call::default(), request: None }, "log:1");
    let answer = truth.finish();
    assert_eq!((answer.requests, answer.with_bodies, answer.saving_usd.minutes), (1, 0, None));
    assert!(answer.unknown[0].contains("without their request"));
}

#[test]
fn the_form_is_the_published_one() {
    let answer = serde_json::to_value(truth(SUPPORT_DESK)).unwrap();
    for key in ["requests", "with_bodies", "read_tokens", "written_tokens", "breaks", "unknown"] {
        assert!(!answer[key].is_null(), "{key}");
    }
    for key in ["could_read_tokens", "saving_usd"] {
        assert!(answer[key]["5m"].is_number() && answer[key]["1h"].is_number(), "{key}");
    }
    for key in ["block", "kind", "requests", "usd"] {
        assert!(!answer["breaks"][0][key].is_null(), "{key}");
    }
}
