use serde_json::{Value, json};

use super::*;
use crate::bedrock::Operation;
use crate::import::LoggedRequest;
use crate::questions::listen;
use crate::questions::logs::{CODE_AGENT, MAIL_TRIAGE, SUPPORT_DESK};
use crate::words::Arg;

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

fn prose(seed: u64, words: u64) -> String {
    let word = |at: u64| seed.wrapping_mul(0x9E37_79B9).wrapping_add(at * at * 31 + at * 7) % 997;
    (0..words).map(|at| format!("w{} ", word(at))).collect()
}

/// Twenty calls, a minute apart, of a static block, one that changes, and another static one.
fn changing(block: impl Fn(u64) -> String) -> CacheAnswer {
    calls((0..20).map(|call| body(&[long("a"), block(call), long("b")], &format!("question {call}"))).collect(), 1)
}

/// Whatever changes in a block between two static ones is named in each of the 19 calls that follow another, by one
/// kind, and both static blocks could be read: all but a few of 4,000 tokens a call.
#[test]
fn a_block_that_changes_is_named_in_every_call() {
    let uuid = |call: u64| format!("{:08x}-12{:02}-4e9f-8a21-{:012x}", call * 7_919 + 77, call, call * 104_729);
    let names = ["Hanako Sato", "Kenji Mori", "Maria Lopez", "John Miller", "Paul Weber", "Aiko Ito", "Yuki Tanaka"];
    let check = |kind: &str, block: &dyn Fn(u64) -> String| {
        let answer = changing(block);
        let found: Vec<_> = answer.breaks.iter().filter(|found| found.kind != "unmarked").collect();
        let said: Vec<_> = found.iter().map(|found| (&*found.block, &*found.kind, found.requests)).collect();
        assert_eq!(said, [("system.1", kind, 19)], "{}", block(0));
        let mended = answer.mended_read_tokens;
        // At an hour what came seven minutes before is read with its few words.
        assert!(mended.hour - mended.minutes <= 13 * 10, "{}: {mended:?}", block(0));
        assert!(mended.minutes > 19 * 3_800, "{}: {mended:?}", block(0));
        let could = answer.could_read_tokens.minutes;
        assert!(could < 19 * 2_100, "{}: {could}", block(0));
    };
    check("id", &uuid);
    check("id", &|call| format!("Session: {}", uuid(call)));
    check("id", &|call| format!("request id {}", uuid(call)));
    check("date", &|call| format!("ts={}", 1_763_892_000 + call * 60));
    check("date", &|call| format!("Now: 2026-11-23T10:{call:02}:00Z"));
    check("number", &|call| format!("The temperature is {} degrees.", call + 3));
    check("text", &|call| format!("Context: {}", prose(500 + call, 60)));
    // The seventh before is the same, and older than five minutes.
    check("name", &|call| format!("You are talking to {}.", names[call as usize % 7]));
}

/// A date in one of five tools, wherever the tools' order by content would put it.
#[test]
fn a_date_in_a_tool_is_found_in_every_call() {
    for text in ["On 23 November 2026 10:{}. ", "As of 2026-11-23T10:{}:00Z. ", "Number {}. "] {
        let bodies = (0..20).map(|call| {
            let tool = |number: u64| {
                let stamp = if number == 3 { text.replace("{}", &format!("{:02}", call)) } else { String::new() };
                json!({"toolSpec": {"name": format!("tool_{number}"), "description": stamp + &prose(20 + number, 300),
                    "inputSchema": {"json": {"type": "object"}}}})
            };
            let mut body = body(&[long("a")], &format!("question {call}"));
            body["toolConfig"] = json!({"tools": (0..5).map(tool).collect::<Vec<_>>()});
            body
        });
        let answer = calls(bodies.collect(), 1);
        let found = answer.breaks.iter().find(|found| found.kind != "unmarked").unwrap();
        let kind = if text.starts_with("Number") { "number" } else { "date" };
        assert_eq!((&*found.block, &*found.kind, found.requests), ("toolConfig.tools.3", kind, 19), "{text}");
        let mended = answer.mended_read_tokens;
        assert!(mended.minutes == mended.hour && mended.minutes > 19 * 3_800, "{mended:?}");
    }
}

fn talk(turns: u64, at: impl Fn(u64, Vec<Value>) -> Vec<Value>) -> CacheAnswer {
    let said = |role: &str, seed: u64| json!({"role": role, "content": [{"text": prose(seed, 300)}]});
    let bodies = (0..turns).map(|turn| {
        let all = (0..=turn).flat_map(|turn| [said("user", 100 + turn), said("assistant", 200 + turn)]);
        let mut messages: Vec<Value> = all.collect();
        messages.pop();
        json!({"system": [{"text": long("a")}], "messages": at(turn, messages)})
    });
    calls(bodies.collect(), 1)
}

/// A message that is edited once, one that is edited in every call, and the oldest left out.
#[test]
fn a_conversation_that_is_rewritten_breaks_where_it_is() {
    let first = |answer: &CacheAnswer| {
        let found = answer.breaks.iter().find(|found| found.kind != "unmarked").expect("a break");
        (found.block.clone(), found.kind.clone(), found.requests)
    };
    let once = talk(10, |turn, mut messages| {
        if turn >= 5 {
            messages[2]["content"][0]["text"] = json!(format!("Summary: {}", prose(999, 20)));
        }
        messages
    });
    assert_eq!(first(&once), ("messages.2.content.0".to_string(), "text".to_string(), 1));
    let each = talk(12, |turn, mut messages| {
        if turn >= 5 {
            let text = messages[2]["content"][0]["text"].as_str().unwrap().to_string();
            messages[2]["content"][0]["text"] = json!(format!("Edited at {turn}. {text}"));
        }
        messages
    });
    let (block, _, requests) = first(&each);
    assert_eq!((block.as_str(), requests), ("messages.2.content.0", 7));
    let slides = talk(12, |_, messages| messages[messages.len().saturating_sub(7)..].to_vec());
    assert_eq!(first(&slides), ("messages.0.content.0".to_string(), "dropped".to_string(), 8));
    // One that only grows breaks nowhere.
    let grows = talk(10, |_, messages| messages);
    assert!(grows.breaks.iter().all(|found| found.kind == "unmarked"), "{:?}", grows.breaks);
}

fn logged(minutes: i64, read: impl Fn(u64) -> (u64, u64)) -> CacheAnswer {
    let mut truth = CacheTruth::new(Catalog::full());
    for number in 0..10_u64 {
        let (cache_read, cache_write_5m) = read(number);
        let call = Call {
            at_us: Some(number as i64 * minutes * 60_000_000),
            model: SONNET.to_string(),
            tokens: CallTokens { input: 10, output: 10, cache_read, cache_write_5m, ..CallTokens::default() },
            ..Call::default()
        };
        let mut body = body(&[long("a")], &format!("question {number}"));
        body["system"].as_array_mut().unwrap().push(json!({"cachePoint": {"type": "default"}}));
        let request = LoggedRequest { operation: Some(Operation::Converse), body: Some(body.to_string()) };
        truth.hear(&LoggedCall { line: number + 1, call, request: Some(request) }, "log");
    }
    truth.finish()
}

/// Perfect caching: nothing is to be gained, and what was read could be read.
#[test]
fn perfect_caching_has_nothing_to_gain() {
    let answer = logged(1, |number| if number == 0 { (0, 2_000) } else { (2_000, 0) });
    assert_eq!(answer.read_tokens, 9 * 2_000);
    assert!(answer.could_read_tokens.minutes >= answer.read_tokens && answer.could_read_tokens.hour >= 9 * 2_000);
    assert!(answer.saving_usd.minutes.unwrap() >= Usd::ZERO && answer.saving_usd.hour.unwrap() >= Usd::ZERO);
    assert!(answer.report().sentence.say(&English).contains("nothing is to be gained"), "{answer:?}");
}

/// Ten minutes apart, each writes for five: the hour saves more, and the sentence says its figure.
#[test]
fn the_better_lifetime_is_said() {
    let answer = logged(10, |_| (0, 2_000));
    let (minutes, hour) = (answer.saving_usd.minutes.unwrap(), answer.saving_usd.hour.unwrap());
    // Not writing at all saves 0.75 dollars a million of 20,000; one write for an hour and nine reads 4.50 and 9 × 3.45.
    assert!((minutes.dollars() - 20_000.0 * 0.75e-6).abs() < 2e-4, "{minutes:?}");
    assert!((hour.dollars() - (20_000.0 * 3.75 - 2_000.0 * 6.0 - 18_000.0 * 0.3) * 1e-6).abs() < 2e-3, "{hour:?}");
    assert_eq!(answer.better, "1h");
    let said = answer.report().sentence.say(&English);
    assert!(said.contains("at 1 hour") && said.contains(&Arg::Usd(hour.dollars()).say(&English)), "{said}");
}

/// The log's scenario with everything mended reads what the answer says, and its bill falls by what is saved.
#[test]
fn a_scenario_of_the_log_takes_the_mended_hit_rate() {
    use crate::import::{ImportOptions, LogReader, to_scenario};
    let answer = truth(SUPPORT_DESK);
    let mut reader = LogReader::new(ImportOptions::default());
    reader.begin_file("log");
    reader.push(SUPPORT_DESK);
    reader.end_file();
    let document = to_scenario(reader.finish(), Catalog::full()).scenario.to_string();
    let today = crate::scenario::Scenario::load(&document).unwrap().output;
    let mended = answer.adopt(&today).unwrap();
    let cache = mended.types[0].prompt.cache.unwrap();
    assert!(cache.hit_rate > 0.9 && today.types[0].prompt.cache.unwrap().hit_rate == 0.0, "{cache:?}");
    let total = |scenario: &crate::scenario::Scenario| {
        crate::cost::estimate(scenario, Catalog::full()).unwrap().total_daily_cost_usd.unwrap().dollars()
    };
    let saved = total(&today) - total(&mended);
    let said = if answer.better == "1h" { answer.mended_saving_usd.hour } else { answer.mended_saving_usd.minutes };
    let said = said.unwrap().dollars() / answer.days.unwrap().max(1.0);
    assert!((saved / said - 1.0).abs() < 0.05, "{saved} {said}");
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
