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
            &LoggedCall { line: number as u64 + 1, call, account: None, request: Some(request) },
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
        truth.hear(&LoggedCall { line: number + 1, call, account: None, request: Some(request) }, "log");
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
    truth.hear(&LoggedCall { line: 1, call: Call::default(), account: None, request: None }, "log:1");
    let answer = truth.finish();
    assert_eq!((answer.requests, answer.with_bodies, answer.saving_usd.minutes), (1, 0, None));
    assert!(answer.unknown[0].contains("without its request"));
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

/// A call at a second, of a Region and an account, with its tokens.
fn sent(at_s: f64, (region, account): (&str, &str), body: &Value, tokens: CallTokens) -> LoggedCall {
    let call = Call {
        at_us: Some((at_s * 1e6) as i64),
        model: SONNET.to_string(),
        kind: "all".to_string(),
        region: region.to_string(),
        tokens: CallTokens { output: 10, ..tokens },
        ..Call::default()
    };
    let operation = Some(Operation::Converse);
    let request = LoggedRequest { operation, body: Some(body.to_string()) };
    LoggedCall { line: 1, call, account: Some(account.to_string()), request: Some(request) }
}

fn heard<'c>(calls: impl IntoIterator<Item = &'c LoggedCall>) -> CacheAnswer {
    let mut truth = CacheTruth::new(Catalog::full());
    for call in calls {
        truth.hear(call, &format!("{}", call.call.at_us.unwrap()));
    }
    truth.finish()
}

const HERE: (&str, &str) = ("us-east-1", "111122223333");

fn input(input: u64) -> CallTokens {
    CallTokens { input, ..CallTokens::default() }
}

fn point(ttl: Option<&str>) -> Value {
    match ttl {
        Some(ttl) => json!({"cachePoint": {"type": "default", "ttl": ttl}}),
        None => json!({"cachePoint": {"type": "default"}}),
    }
}

fn marked(question: &str, ttl: Option<&str>) -> Value {
    let mut body = body(&[long("a")], question);
    body["system"].as_array_mut().unwrap().push(point(ttl));
    body
}

/// Two hosts in turns, each with a file of its own, and lines in any order: the answer is that of one file.
#[test]
fn the_order_of_files_and_lines_changes_nothing() {
    let calls: Vec<LoggedCall> =
        (0..60).map(|at| sent(f64::from(at) * 240.0, HERE, &marked(&format!("q{at}"), None), input(4_000))).collect();
    let one = heard(&calls);
    assert!(one.could_read_tokens.minutes > 59 * 3_900, "{one:?}");
    let hosts = heard(calls.iter().step_by(2).chain(calls.iter().skip(1).step_by(2)));
    let shuffled = heard((0..60).map(|at| &calls[at * 37 % 60]));
    assert_eq!((&hosts, &shuffled), (&one, &one));
}

/// More calls than are sorted: what comes too late is left out and said.
#[test]
fn what_is_too_far_out_of_order_is_said() {
    let mut window = Window::default();
    let mut truth = CacheTruth::new(Catalog::full());
    truth.span_us = Some((0, 500));
    let early = sent(0.0, HERE, &marked("q", None), input(4_000));
    truth.hear(&early, "late");
    assert!(window.first().is_none());
    let answer = truth.finish();
    assert_eq!((answer.requests, answer.with_bodies), (1, 0));
    assert!(answer.unknown[0].contains("too far from its order of time"), "{:?}", answer.unknown);
}

/// Images and documents of one length are different ones.
#[test]
fn media_are_told_apart_by_their_content() {
    use data_encoding::BASE64;
    let image = |seed: u8| BASE64.encode(&[&b"\x89PNG\r\n\x1a\n"[..], &[seed; 900]].concat());
    let converse = |source: Value| json!({"image": {"format": "png", "source": source}});
    let check = |first: &dyn Fn(u8) -> Value, expected: bool| {
        let calls: Vec<LoggedCall> = (0..10)
            .map(|at| {
                let blocks = json!([first(at), {"text": long("a")}, {"text": format!("q{at}")}]);
                let body = json!({"messages": [{"role": "user", "content": blocks}]});
                sent(f64::from(at) * 60.0, HERE, &body, input(4_000))
            })
            .collect();
        let answer = heard(&calls);
        assert_eq!(answer.could_read_tokens.minutes > 9 * 3_000, expected, "{} {answer:?}", first(0));
        assert!(answer.mended_read_tokens.minutes > 9 * 2_000, "{} {answer:?}", first(0));
    };
    check(&|_| converse(json!({"bytes": image(7)})), true);
    check(&|at| converse(json!({"bytes": image(at)})), false);
    let text = |at: u8| BASE64.encode(&[at + 65; 900]);
    check(&|at| json!({"document": {"format": "pdf", "name": "d", "source": {"bytes": text(at)}}}), false);
}

/// What changes is called by what it is: another medium, or the keys of a call's input in another order, of which the
/// service hashes the bytes.
#[test]
fn another_medium_and_another_order_of_keys_have_names() {
    use data_encoding::BASE64;
    let named = |first: &dyn Fn(u64) -> Value| {
        let body = |at: u64| json!({"messages": first(at)});
        let answer = calls((0..10).map(body).collect(), 1);
        let found: Vec<(String, String)> = answer
            .breaks
            .iter()
            .filter(|found| found.kind != "unmarked")
            .map(|found| (found.block.clone(), found.kind.clone()))
            .collect();
        (found, answer.could_read_tokens.minutes)
    };
    let image = |at: u64| {
        let bytes = BASE64.encode(&[&b"\x89PNG\r\n\x1a\n"[..], &[at as u8; 900]].concat());
        json!({"image": {"format": "png", "source": {"bytes": bytes}}})
    };
    let question = |at: u64| json!({"text": format!("q{at}")});
    let (found, could) =
        named(&|at| json!([{"role": "user", "content": [image(at), {"text": long("a")}, question(at)]}]));
    assert_eq!((found, could), (vec![("messages.0.content.0".to_string(), "media".to_string())], 0));
    let used = |at: u64| {
        let (path, mode) = (("path", json!("src/main.rs")), ("mode", json!("read")));
        let input: serde_json::Map<String, Value> = if at.is_multiple_of(2) { [path, mode] } else { [mode, path] }
            .into_iter()
            .map(|(key, value)| (key.to_string(), value))
            .collect();
        json!([
            {"role": "user", "content": [{"text": "Read it."}]},
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "files", "input": input}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": long("a")}]}}, question(at)]},
        ])
    };
    let (found, _) = named(&used);
    assert_eq!(found, [("messages.1.content.0".to_string(), "order".to_string())]);
}

/// Two Regions or four accounts in turns, less than five minutes apart, but not in one cache.
#[test]
fn each_region_and_account_has_its_cache() {
    let check = |gap_s: f64, places: &[(&str, &str)]| {
        let place = |at: usize| places[at % places.len()];
        let of = |at: usize| sent(at as f64 * gap_s, place(at), &marked(&format!("q{at}"), None), input(4_000));
        let calls: Vec<LoggedCall> = (0..40).map(of).collect();
        let could = heard(&calls).could_read_tokens;
        assert_eq!(could.minutes, 0, "{places:?}");
        assert!(could.hour > (40 - places.len() as u64) * 3_900, "{places:?} {could:?}");
    };
    check(200.0, &[HERE, ("eu-west-1", HERE.1)]);
    check(100.0, &[HERE, (HERE.0, "444455556666"), (HERE.0, "777788889999"), (HERE.0, "121212121212")]);
}

/// Six minutes apart and kept for an hour: five minutes would read nothing, and the hour is what is best.
#[test]
fn what_an_hour_kept_five_minutes_do_not() {
    let calls: Vec<LoggedCall> = (0..20_u64)
        .map(|at| {
            let tokens = match at {
                0 => CallTokens { input: 20, cache_write_1h: 3_600, ..CallTokens::default() },
                _ => CallTokens { input: 20, cache_read: 3_600, ..CallTokens::default() },
            };
            sent(at as f64 * 360.0, HERE, &marked(&format!("q{at}"), Some("1h")), tokens)
        })
        .collect();
    let answer = heard(&calls);
    assert_eq!((answer.could_read_tokens.minutes, answer.better), (0, "1h"), "{answer:?}");
    assert!(answer.could_read_tokens.hour >= 19 * 3_600);
    assert_eq!(answer.saving_usd.minutes, Some(Usd::ZERO));
    let said = answer.report().sentence.say(&English);
    assert!(said.contains("nothing is to be gained"), "{said}");
}

/// Marked, the same, and a third of it not read, as with a profile of several Regions: no mark mends it.
#[test]
fn what_is_marked_and_not_read_promises_nothing() {
    let calls: Vec<LoggedCall> = (0..60_u64)
        .map(|at| {
            let tokens = match at % 3 {
                0 => CallTokens { input: 20, cache_write_5m: 3_600, ..CallTokens::default() },
                _ => CallTokens { input: 20, cache_read: 3_600, ..CallTokens::default() },
            };
            sent(at as f64 * 30.0, HERE, &marked(&format!("q{at}"), None), tokens)
        })
        .collect();
    let answer = heard(&calls);
    let said: Vec<_> = answer.breaks.iter().map(|found| (&*found.kind, found.requests, found.usd)).collect();
    assert_eq!(said, [("not_read", 19, Some(Usd::ZERO))]);
    assert!(answer.misses.iter().any(|miss| miss.reason == "not_read" && miss.requests == 19), "{:?}", answer.misses);
    let saving = answer.saving_usd.minutes.unwrap().dollars();
    assert!(saving < answer.prompts_usd.unwrap().dollars() / 100.0, "{saving}");
    let report = answer.report();
    assert!(report.sentence.say(&English).contains("nothing is to be gained"));
    assert!(report.more.iter().any(|more| more.say(&English).contains("19 calls were marked")), "{:?}", report.more);
}

/// A time, a prompt, a number of the call, a larger prompt: each mend by itself and both together.
#[test]
fn a_mend_saves_what_it_saves_alone() {
    let answer = {
        let bodies = (0..30_u64).map(|call| {
            let (first, second) = (long("a"), long("b").repeat(2));
            let trace = format!("Trace {:08x}-12{call:02}-4e9f-8a21-{:012x}", call * 7_919 + 77, call * 104_729);
            body(&[format!("Now: 2026-11-23T10:{call:02}:00Z"), first, trace, second], &format!("question {call}"))
        });
        calls(bodies.collect(), 1)
    };
    let found = |block: &str| answer.breaks.iter().find(|found| found.block == block).unwrap();
    let (time, trace) = (found("system.0"), found("system.2"));
    let usd = |usd: Option<Usd>| usd.unwrap().dollars();
    // The parts are the whole; alone, only the first lets more be read.
    let total = usd(answer.mended_saving_usd.minutes);
    assert!((usd(time.usd) + usd(trace.usd) + usd(answer.saving_usd.minutes) - total).abs() < 1e-6);
    assert!(usd(trace.alone_usd) < 1e-9 && (usd(time.alone_usd) - usd(time.usd)).abs() < 1e-9);
    // A third of 4,000 tokens: 29 reads at 0.30 and one write at 3.75 instead of 30 times 3.00 dollars a million.
    let third = 1_333.0 * (29.0 * 2.7 - 0.75) / 1e6;
    assert!((usd(time.alone_usd) / third - 1.0).abs() < 0.05, "{} {third}", usd(time.alone_usd));
    let said = answer.report().sentence.say(&English);
    for part in ["changes at system.0: a date", &Arg::Usd(usd(time.alone_usd)).say(&English), "together"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// Keys of a tool in another order, or the properties of its schema: the order is what breaks the prefix.
#[test]
fn keys_in_another_order_are_an_order() {
    let turned = |value: Value, call: usize| {
        let fields: Vec<(String, Value)> = value.as_object().unwrap().clone().into_iter().collect();
        let by = call % fields.len();
        Value::Object(fields.iter().cycle().skip(by).take(fields.len()).cloned().collect())
    };
    let check = |tool: &dyn Fn(usize) -> Value| {
        let bodies = (0..20).map(|call| {
            let mut body = body(&[long("a")], &format!("question {call}"));
            body["toolConfig"] = json!({"tools": [{"toolSpec": tool(call)}]});
            body
        });
        let answer = calls(bodies.collect(), 1);
        let first = answer.breaks.iter().find(|found| found.kind != "unmarked").unwrap();
        assert_eq!((&*first.block, &*first.kind), ("toolConfig.tools.0", "order"), "{:?}", answer.breaks);
        assert!(answer.breaks.iter().all(|found| ["order", "unmarked"].contains(&&*found.kind)), "{:?}", answer.breaks);
        assert!(answer.mended_read_tokens.minutes > 19 * 3_800, "{answer:?}");
    };
    let spec = |schema: Value| json!({"name": "t", "description": prose(5, 900), "inputSchema": {"json": schema}});
    check(&|call| turned(spec(json!({"type": "object"})), call));
    let field = |name: &str| json!({"type": "string", "description": format!("the {name} of it")});
    let names = ["alpha", "beta", "gamma", "delta", "eps", "zeta", "eta"];
    let properties: Value =
        names.iter().map(|name| (name.to_string(), field(name))).collect::<serde_json::Map<_, _>>().into();
    check(&|call| spec(json!({"type": "object", "properties": turned(properties.clone(), call)})));
}

/// Two blocks of the system prompt change places once in seven minutes, so that five minutes never know the order.
#[test]
fn blocks_that_change_places_are_an_order() {
    let bodies = (0..12).map(|call| {
        let (first, second) = (long("a"), prose(77, 1_500));
        let system = if call % 2 == 0 { [first, second] } else { [second, first] };
        body(&system, &format!("question {call}"))
    });
    let answer = calls(bodies.collect(), 4);
    let kinds: std::collections::BTreeSet<&str> = answer.breaks.iter().map(|found| &*found.kind).collect();
    assert!(
        kinds.contains("order") && kinds.iter().all(|kind| ["order", "unmarked"].contains(kind)),
        "{:?}",
        answer.breaks
    );
}

/// A prompt that repeats and is smaller than its model caches: no mark helps, and that is said.
#[test]
fn a_prefix_too_small_is_said_without_marks() {
    let mut truth = CacheTruth::new(Catalog::full());
    for number in 0..10_u32 {
        let mut call = sent(f64::from(number) * 60.0, HERE, &body(&[long("a")], &format!("q{number}")), input(3_620));
        call.call.model = "us.anthropic.claude-haiku-4-5-20251001-v1:0".to_string();
        truth.hear(&call, "log");
    }
    let answer = truth.finish();
    assert_eq!(answer.could_read_tokens.hour, 0);
    let missed: Vec<_> = answer.misses.iter().map(|missed| (missed.reason, missed.requests)).collect();
    assert_eq!(missed, [("too_small", 9)]);
}
