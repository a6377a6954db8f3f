//! Whatever text a command is given, as an argument or in a file, no line of what it says repeats more than 200
//! characters of it; and a value that an option does not take is refused by the option's name.
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// A letter that no message of ours has.
const GIVEN: char = 'ж';

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rehearsal"));
    command.args(arguments).current_dir(folder()).stdin(Stdio::null()).output().expect("it starts")
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("repeated");
    std::fs::create_dir_all(&folder).expect("it can be made");
    folder
}

fn file(name: &str, value: &Value) {
    std::fs::write(folder().join(name), value.to_string()).expect("it can be written");
}

/// One word and many.
fn long_texts() -> [String; 2] {
    [String::from(GIVEN).repeat(5_000), format!("{GIVEN} ").repeat(2_500)]
}

fn check(arguments: &[&str]) {
    let output = run(arguments);
    for (name, bytes) in [("standard output", output.stdout), ("standard error", output.stderr)] {
        for line in String::from_utf8_lossy(&bytes).lines() {
            let repeated = line.chars().filter(|c| *c == GIVEN).count();
            let shown: Vec<String> = arguments.iter().map(|part| part.chars().take(20).collect()).collect();
            let line: String = line.chars().take(150).collect();
            assert!(repeated <= 200, "{shown:?}: {repeated} on {name}: {line}");
        }
    }
}

const HAIKU: &str = "anthropic.claude-3-haiku-20240307-v1:0";

#[test]
fn arguments_are_repeated_in_part() {
    file("ok.json", &json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}));
    for text in long_texts() {
        let x = text.as_str();
        for arguments in [
            &["estimate", "--preset", x][..],
            &["estimate", "-s", x],
            &["estimate", "--today", x],
            &["estimate", "--prices", x],
            &["simulate", "--load", x],
            &["simulate", "--seed", x],
            &["capacity", "--knob", x],
            &["price", "--model", x],
            &["price", "--model", HAIKU, "--tier", x],
            &["price", "--model", HAIKU, "--region", x],
            &["price", "--model", HAIKU, "--door", x],
            &["lint-request", "ok.json", "--model", x],
            &["lint-request", x],
            &["rules", x],
            &["tokens", "--model", x, "ok.json"],
            &["invoke", "--model", x, "hi"],
            &["invoke", "--door", "chat", "--model", x, "hi"],
            &["invoke", "--door", x, "hi"],
            &["invoke", "--operation", x, "hi"],
            &["invoke", "--config", x, "hi"],
            &["invoke", x],
            &["upgrade", "--to", x, "ok.json"],
            &["upgrade", "--to", "all", "--today", x, "ok.json"],
            &["cache", "--type", x, "ok.json"],
            &["cache", "--time-zone", x, "ok.json"],
            &["quota", "--rpm", x, "ok.json"],
            &["import", "--profile", x, "ok.json"],
            &["import", "--dialect", x, "--sql"],
            &["compare", x, x],
            &["breakeven", "--usd-day", "5", "--lever", x],
            &["frontier", "--max-usd-day", "5", "--model", x],
            &["fixtures", "check", x],
            &["bench", "run", "--suite", x],
            &["bench", "run", "--url", x],
            &["bench", "run", "--mock", "--door", x],
            &["bench", "compare", "--metric", x, "ok.json", "ok.json"],
            &["bench", "report", "--format", x, "ok.json"],
            &["serve", "--fallback", x],
            &["serve", "--host", x],
            &["serve", "--address", x],
            &["serve", "--allow-origin", x],
            &["serve", "--record", "r", "--upstream", x],
            &["serve", "--health", x],
            &["serve", "--health", &format!("http://{x}")],
            &["schema", x],
            &["snapshot", "compare", x, x],
            &[x],
            &["estimate", &format!("--{x}")],
        ] {
            check(arguments);
        }
    }
}

#[test]
fn files_are_repeated_in_part() {
    for (index, text) in long_texts().iter().enumerate() {
        let named = |name: &str| format!("{name}{index}.json");
        let write = |name: &str, value: Value| {
            file(&named(name), &value);
            named(name)
        };
        let extra = |mut value: Value| {
            value.as_object_mut().expect("it is one").insert(text.clone(), json!(1));
            value
        };
        let model =
            write("model", json!({"modelId": text, "messages": [{"role": "user", "content": [{"text": "hi"}]}]}));
        let body =
            write("body", extra(json!({"messages": [{"role": text, "content": [extra(json!({"text": "hi"}))]}]})));
        let claude = write(
            "claude",
            json!({"anthropic_version": text, "max_tokens": text, "messages": [{"role": "user", "content": [{"type": text}]}]}),
        );
        let config = write(
            "config",
            extra(json!({"fallback": text, "faults": [{"kind": text}], "quotas": {text: {"rpm": text}}})),
        );
        let scenario = write("scenario", extra(json!({"types": [{"name": text, "model": text}]})));
        let fixture = write("fixture", extra(json!({"version": 1, "fixture_id": text, "prompt": text, "answer": 5})));
        let result = write("result", json!({"kind": text}));
        let record = |field: &str| {
            let mut record = json!({"schemaType": "ModelInvocationLog", "timestamp": "2026-11-22T09:00:00Z", "modelId": HAIKU, "operation": "Converse", "input": {"inputTokenCount": 5}, "output": {"outputTokenCount": 5}});
            record[field] = json!(text);
            record
        };
        let logs = ["modelId", "operation", "region", "serviceTier", "errorCode", "timestamp"];
        let logs = logs.map(|field| write(&format!("log-{field}"), record(field)));
        let plain = || json!({"model": HAIKU, "prompt_tokens": 5, "completion_tokens": 5, "created": 1_700_000_000});
        let row = write("row", extra(plain()));
        let rows = ["model", "service_tier", "status"].map(|field| {
            let mut row = plain();
            row[field] = json!(text);
            write(&format!("row-{field}"), row)
        });
        for arguments in [
            &["lint-request", &model][..],
            &["lint-request", &body, "--model", HAIKU],
            &["lint-request", &claude, "--model", HAIKU, "--json"],
            &["invoke", "--model", HAIKU, "--body", &body],
            &["invoke", "--operation", "InvokeModel", "--model", HAIKU, "--body", &claude],
            &["invoke", "--door", "messages", "--body", &claude],
            &["invoke", "--config", &config, "hi"],
            &["serve", "--config", &config],
            &["estimate", "-s", &scenario],
            &["fixtures", "check", &fixture],
            &["bench", "report", &result],
            &["bench", "run", "--mock", "--suite", &result],
            &["upgrade", &model, "--to", "all"],
            &["import", &row],
            &["quota", &row],
            &["estimate", "--prices", &row],
        ] {
            check(arguments);
        }
        for log in logs.iter().chain(&rows) {
            for arguments in [
                &["upgrade", log, "--to", "all"][..],
                &["quota", log],
                &["cache", log],
                &["import", log],
                &["backtest", log],
            ] {
                check(arguments);
            }
        }
    }
}

#[test]
fn a_value_that_is_none_is_refused_by_its_option() {
    file("ok.json", &json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}));
    for (arguments, option) in [
        (&["estimate", "--today", "foo"][..], "--today"),
        (&["estimate", "--today", "2026-02-30"], "--today"),
        (&["estimate", "--today", "-1"], "--today"),
        (&["upgrade", "ok.json", "--to", "all", "--today", "2026-13-01"], "--today"),
        (&["simulate", "--messages", "-5"], "--messages"),
        (&["simulate", "--seed", "-5"], "--seed"),
        (&["capacity", "--max-ms", "-5"], "--max-ms"),
        (&["capacity", "--max-ms", "nan"], "--max-ms"),
        (&["price", "--model", HAIKU, "--input", "-5"], "--input"),
        (&["quota", "ok.json", "--rpm", "-5"], "--rpm"),
        (&["quota", "ok.json", "--max-tokens", "-5"], "--max-tokens"),
        (&["cache", "--think-s", "-5"], "--think-s"),
        (&["serve", "--port", "-1"], "--port"),
        (&["serve", "--speed", "-1"], "--speed"),
        (&["serve", "--idle-timeout", "-1"], "--idle-timeout"),
        (&["bench", "run", "--mock", "--samples", "-5"], "--samples"),
        (&["bench", "run", "--mock", "--rate", "-5"], "rate_per_s"),
        (&["breakeven", "--usd-day", "-3"], "--usd-day"),
        (&["frontier", "--hit-rate", "-1"], "--hit-rate"),
    ] {
        let output = run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(option), "{arguments:?}: {said}");
    }
}
