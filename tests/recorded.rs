//! The mock against exchanges that were recorded from the service: the same status, the same words of a
//! refusal, and prompts of nearly the same number of tokens. The recordings are others' and not in the
//! project: `REHEARSAL_RECORDED` names a file of JSON lines (`.gz` or plain) with `path`, `body`, `status`
//! and `resp`, bodies in base64. Without it there is nothing to compare and the test says so.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::io::Read;

use data_encoding::BASE64;
use rehearsal::bedrock::event_stream::decode_all;
use rehearsal::bedrock::{Headers, Operation, Request};
use rehearsal::catalog::Catalog;
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Mock};
use rehearsal::testing::contract_violations;
use serde_json::{Value, json};

struct Pair {
    number: usize,
    path: String,
    body: Vec<u8>,
    status: u64,
    answer: Vec<u8>,
}

fn pairs(file: &str) -> Vec<Pair> {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut text = String::new();
    if file.ends_with(".gz") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    let pair = |(number, line): (usize, &str)| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}:{}: {error}", number + 1));
        let decoded = |name: &str| BASE64.decode(value[name].as_str().unwrap_or_default().as_bytes()).unwrap();
        Pair {
            number,
            path: value["path"].as_str().unwrap().to_string(),
            body: decoded("body"),
            status: value["status"].as_u64().unwrap(),
            answer: decoded("resp"),
        }
    };
    text.lines().enumerate().map(pair).collect()
}

/// Tokens of the prompt, cached or not, as an answer tells them.
fn prompt_tokens(bytes: &[u8]) -> Option<u64> {
    let sum = |usage: &Value| {
        let count = |names: &[&str]| names.iter().find_map(|name| usage[*name].as_u64()).unwrap_or(0);
        let input = count(&["inputTokens", "input_tokens"]);
        let cached = count(&["cacheReadInputTokens", "cache_read_input_tokens"])
            + count(&["cacheWriteInputTokens", "cache_creation_input_tokens"]);
        (input > 0).then_some(input + cached)
    };
    if let Ok(body) = serde_json::from_slice::<Value>(bytes) {
        return sum(if body["usage"].is_object() { &body["usage"] } else { &body });
    }
    let frames = decode_all(bytes).ok()?;
    frames.iter().find_map(|frame| {
        let payload: Value = serde_json::from_slice(&frame.payload).ok()?;
        sum(&payload["usage"])
    })
}

fn message(bytes: &[u8]) -> String {
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    body["message"].as_str().unwrap_or_default().to_string()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn the_mock_answers_as_the_service_did() {
    let Ok(file) = std::env::var("REHEARSAL_RECORDED") else {
        eprintln!("REHEARSAL_RECORDED names no recordings: nothing was compared");
        return;
    };
    let config = Config::read(&json!({"fallback": "echo", "latency": "none"})).unwrap();
    let mut wrong = Vec::new();
    let mut ratios: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let pairs = pairs(&file);
    for pair in &pairs {
        // Each exchange by itself: what was cached before it is not known.
        let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config.clone());
        let request = Request {
            method: "POST".to_string(),
            path: pair.path.clone(),
            headers: Headers::default(),
            body: pair.body.clone(),
        };
        let reply = mock.handle(&request, 0.0);
        let Pair { number, path, status, .. } = pair;
        if u64::from(reply.status) != *status {
            wrong.push(format!("{number} {path}: {} {} instead of {status}", reply.status, message(&reply.bytes())));
            continue;
        }
        if *status >= 400 {
            let (ours, theirs) = (message(&reply.bytes()), message(&pair.answer));
            if ours != theirs {
                wrong.push(format!("{number} {path}: “{ours}” instead of “{theirs}”"));
            }
            continue;
        }
        if let Some((ours, theirs)) = prompt_tokens(&reply.bytes()).zip(prompt_tokens(&pair.answer)) {
            let body = String::from_utf8_lossy(&pair.body);
            let tools =
                if body.contains("toolConfig") || body.contains("\"tools\"") { "with tools" } else { "without tools" };
            let family = ["anthropic", "nova"].into_iter().find(|name| path.contains(name)).unwrap_or("others");
            let ratio = ours as f64 / theirs as f64;
            if std::env::var("REHEARSAL_VERBOSE").is_ok() {
                eprintln!("{number} {path}: {ours} of {theirs}, {ratio:.2}");
            }
            ratios.entry(format!("{family}, {tools}")).or_default().push(ratio);
        }
    }
    let mut off = Vec::new();
    for (family, ratios) in &mut ratios {
        let middle = median(ratios);
        eprintln!(
            "{family}: median {middle:.3} of {} prompts, {:.2} to {:.2}",
            ratios.len(),
            ratios[0],
            ratios[ratios.len() - 1]
        );
        if ratios.len() >= 5 && !(0.9..=1.1).contains(&middle) {
            off.push(format!("{family}: {middle:.3}"));
        }
    }
    let count = wrong.len();
    eprintln!("{} of {} exchanges as recorded\n{}", pairs.len() - count, pairs.len(), wrong.join("\n"));
    assert!(off.is_empty(), "the median prompt is off by more than a tenth: {off:?}");
    assert!(wrong.len() * 20 <= pairs.len(), "more than one in twenty differs");
}

#[test]
fn no_recorded_answer_breaks_the_contract() {
    let Ok(file) = std::env::var("REHEARSAL_RECORDED") else {
        eprintln!("REHEARSAL_RECORDED names no recordings: nothing was checked");
        return;
    };
    let mut alarms = Vec::new();
    let pairs = pairs(&file);
    for pair in &pairs {
        let segment = pair.path.rsplit('/').next().unwrap_or_default();
        let operation =
            Operation::ALL.into_iter().find(|operation| operation.segment() == segment).expect("an operation");
        let found = contract_violations(operation, pair.status as u16, &pair.answer);
        if !found.is_empty() {
            alarms.push(format!("{} {}: {found:?}", pair.number, pair.path));
        }
    }
    assert!(alarms.is_empty(), "{} of {}: {alarms:#?}", alarms.len(), pairs.len());
    eprintln!("{} recorded answers, no alarm", pairs.len());
}
