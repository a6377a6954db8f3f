//! The three questions to a log on the command line: their documents, exit codes, forms of input and bad ones.
#![cfg(not(target_arch = "wasm32"))]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const OPUS: &str = "global.anthropic.claude-opus-4-7";

fn logs(name: &str) -> String {
    format!("{}/../fixtures/logs/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn rehearsal(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rehearsal")).args(arguments).output().expect("it starts")
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("it can be written");
    path
}

#[test]
fn upgrade_takes_a_folder_a_pattern_and_standard_input() {
    for named in [logs(""), logs("*.jsonl.gz")] {
        let output = rehearsal(&["upgrade", &named, "--to", OPUS, "--today", "2026-11-30", "--json"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let answer = document(&output);
        assert_eq!((&answer["calls"], &answer["refused"]), (&json!(996), &json!(276)), "{}", answer["by_rule"]);
    }
    let request = json!({"modelId": "anthropic.claude-sonnet-4-6", "messages": [{"role": "user", "content": [{"text": "hi"}]}], "inferenceConfig": {"temperature": 0.5}});
    let mut child = Command::new(env!("CARGO_BIN_EXE_rehearsal"))
        .args(["upgrade", "-", "--to", OPUS, "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answer = document(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(answer["by_rule"][0]["path"], "inferenceConfig.temperature");
    assert_eq!(answer["by_rule"][0]["patch"], json!([{"op": "remove", "path": "/inferenceConfig/temperature"}]));
    assert_eq!(answer["bill_usd"], json!({"before": null, "after": null}));
}

/// A scenario on standard input is answered as the same one in a file is, a log as a log; what is neither is told what
/// may be there.
#[test]
fn standard_input_is_a_scenario_or_a_log() {
    let of = |arguments: &[&str], text: &[u8]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rehearsal"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        child.stdin.take().unwrap().write_all(text).unwrap();
        child.wait_with_output().unwrap()
    };
    let scenario = r#"{"daily_messages": 500, "types": [{"name": "a", "share_pct": 100, "model": "global.anthropic.claude-sonnet-4-6",
        "prompt": {"system_tokens": 3000, "turns": 4, "cache": {"ttl": "5m"}}}]}"#;
    let path = file("stdin-scenario.json", scenario);
    let log = std::fs::read(logs("support-desk.jsonl.gz")).unwrap();
    for question in ["cache", "quota"] {
        let read = rehearsal(&[question, path.to_str().unwrap(), "--json"]);
        let piped = of(&[question, "-", "--json"], scenario.as_bytes());
        assert_eq!(document(&piped), document(&read), "{question}");
        let piped = document(&of(&[question, "-", "--json"], &log));
        assert_eq!(piped["requests"], 180, "{question}");
        let neither = of(&[question, "-"], b"hello\n");
        let told = String::from_utf8_lossy(&neither.stderr).into_owned();
        assert!(
            !neither.status.success() && told.contains("a log of calls, or a scenario as one JSON document"),
            "{told}"
        );
    }
    let neither = of(&["upgrade", "-", "--to", OPUS], b"hello\n");
    let told = String::from_utf8_lossy(&neither.stderr).into_owned();
    assert!(told.contains("a cassette as JSON, or bodies of requests"), "{told}");
}

#[test]
fn what_survives_ends_with_0() {
    let model = "global.anthropic.claude-sonnet-4-6";
    let output = rehearsal(&["upgrade", &logs("support-desk.jsonl.gz"), "--to", model]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).starts_with("global.anthropic.claude-sonnet-4-6 takes all 180 calls"), "{}", said(&output));
}

#[test]
fn every_answer_has_its_sentence_first_in_both_languages() {
    let desk = logs("support-desk.jsonl.gz");
    for (arguments, english, japanese) in [
        (
            vec!["upgrade", &desk, "--to", OPUS],
            "global.anthropic.claude-opus-4-7 refuses 180 of 180 calls",
            "180件を拒否",
        ),
        (
            vec!["cache", &desk],
            "Your prefix changes at system.1: a date or a time.",
            "プレフィックスは system.1 で変わります: 日付・時刻",
        ),
        (vec!["quota", &desk], "global.anthropic.claude-sonnet-4-6 needs 3,916 tokens and 1 request", "3,916 トークン"),
    ] {
        let text = said(&rehearsal(&arguments));
        assert!(text.starts_with(english), "{text}");
        let markdown = said(&rehearsal(&[arguments.as_slice(), &["--markdown"]].concat()));
        assert!(markdown.starts_with("## ") && markdown.contains("\n| --- |"), "{markdown}");
        let other = said(&rehearsal(&[arguments.as_slice(), &["--lang", "ja"]].concat()));
        assert!(other.lines().next().unwrap_or_default().contains(japanese), "{other}");
    }
    let form = said(&rehearsal(&["quota", &desk, "--form", "--lang", "ja"]));
    assert!(form.contains("毎分トークン数、定常時 (P50): 3,916\n"), "{form}");
}

#[test]
fn a_scenario_answers_too() {
    let scenario = r#"{"daily_messages": 600, "traffic": {"curve": "flat"}, "types": [{"name": "a", "share_pct": 100,
        "model": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "prompt": {"system_tokens": 5000, "turns": 1, "cache": {"ttl": "5m"}}}]}"#;
    let path = file("questions-scenario.json", scenario);
    let path = path.to_string_lossy();
    let cache = document(&rehearsal(&["cache", &path, "--json"]));
    let rate = cache["hit_rate"].as_f64().unwrap();
    // 1 - e^(-600 / 86,400 × 300) = 0.875.
    assert!((rate - 0.875).abs() < 0.05 && cache["at_half"].as_f64().unwrap() < rate, "{cache}");
    let adopted = file("questions-adopted.json", "");
    assert!(rehearsal(&["cache", &path, "--out", &adopted.to_string_lossy()]).status.success());
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&adopted).unwrap()).unwrap();
    assert_eq!(written["types"][0]["prompt"]["cache"]["hit_rate"].as_f64(), Some(rate));
    let quota = document(&rehearsal(&["quota", &path, "--json"]));
    assert!(quota["rpm"]["peak"].is_number() && quota["simulated"]["messages"].is_number(), "{quota}");
}

#[test]
fn bad_input_is_told_with_its_place_and_a_hint() {
    let none = file("questions-none.txt", "what is this\n");
    let none = none.to_string_lossy();
    for (arguments, expected) in [
        (vec!["upgrade", &none, "--to", OPUS], "no request in it"),
        (vec!["upgrade", &none, "--to", "claude-opus-9"], "the catalog has no model `claude-opus-9`"),
        (
            vec!["upgrade", &none, "--to", OPUS, "--today", "soon"],
            "invalid value 'soon' for '--today <YYYY-MM-DD>': expected a day as YYYY-MM-DD",
        ),
        (vec!["upgrade", "--to", OPUS], "no log is named"),
        (vec!["cache", "/nowhere/*.gz"], "/nowhere"),
        (vec!["cache", &none], "no request in it"),
        (vec!["cache", &none, "--think-s=-5"], "--think-s"),
        (vec!["quota", &none, "--tpm", "many"], "--tpm `many` is no quota"),
        (vec!["quota", &none, "--lang", "fr"], "no request in it"),
    ] {
        let output = rehearsal(&arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    let output = rehearsal(&["cache", &logs("support-desk.jsonl.gz"), "--lang", "fr"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_log_without_requests_is_answered_as_far_as_it_goes() {
    let log = file(
        "questions-usage.csv",
        "timestamp,model,input_tokens,output_tokens\n2026-11-20T09:00:00Z,us.anthropic.claude-haiku-4-5-20251001-v1:0,1000,20\n",
    );
    let log = log.to_string_lossy();
    // Nothing was checked: no verdict.
    let output = rehearsal(&["upgrade", &log, "--to", OPUS, "--json"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("none of the 1 calls could be checked"), "{output:?}");
    let upgrade = document(&output);
    assert_eq!((&upgrade["calls"], &upgrade["taken"], &upgrade["not_checked"]), (&json!(1), &json!(0), &json!(1)));
    let cache = document(&rehearsal(&["cache", &log, "--json"]));
    assert_eq!((&cache["with_bodies"], &cache["saving_usd"]["5m"]), (&json!(0), &Value::Null));
    let quota = document(&rehearsal(&["quota", &log, "--json"]));
    assert_eq!(quota["tpm"]["peak"].as_f64(), Some(1_100.0));
    assert!(quota["unknown"][0].as_str().unwrap().contains("max_tokens"), "{}", quota["unknown"]);
}

/// What could not be read is in the document, and voids neither its file nor its folder.
#[test]
fn what_is_left_out_is_named_in_the_document() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("questions-left-out");
    std::fs::create_dir_all(&folder).expect("it can be made");
    let whole = std::fs::read(logs("support-desk.jsonl.gz")).expect("it is there");
    std::fs::write(folder.join("a.jsonl.gz"), &whole[..whole.len() / 2]).expect("it can be written");
    std::fs::write(folder.join("b.jsonl.gz"), std::fs::read(logs("mail-triage.jsonl.gz")).unwrap()).unwrap();
    std::fs::write(folder.join("c.txt"), "what is this\n").expect("it can be written");
    std::fs::write(folder.join("d.jsonl"), "").expect("it can be written");
    let folder = folder.to_string_lossy();
    for (arguments, code) in [
        (vec!["cache", &folder, "--json"], 0),
        (vec!["quota", &folder, "--json"], 0),
        (vec!["upgrade", &folder, "--to", OPUS, "--json"], 1),
    ] {
        let output = rehearsal(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {output:?}");
        let answer = document(&output);
        let calls = answer["calls"].as_u64().or(answer["requests"].as_u64()).unwrap();
        assert!(calls >= 720, "{arguments:?} {calls}");
        let skipped = answer["skipped"].as_array().unwrap();
        for name in ["a.jsonl.gz", "c.txt", "d.jsonl"] {
            let of = |skip: &&Value| skip["file"].as_str().is_some_and(|file| file.ends_with(name));
            assert!(skipped.iter().any(|skip| of(&skip)), "{arguments:?} {name}: {skipped:?}");
        }
        assert_eq!(answer["skipped_count"].as_u64(), Some(skipped.len() as u64), "{arguments:?}");
    }
    // Nothing at all could be read.
    let output = rehearsal(&["cache", &format!("{folder}/c.txt"), &format!("{folder}/d.jsonl")]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}
