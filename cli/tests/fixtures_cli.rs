//! `fixtures import` and `fixtures check` as a person runs them: nothing takes another's place, nothing is
//! left out without a word, nothing hangs.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A folder of its own, empty.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixtures-cli").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let child = Command::new(env!("CARGO_BIN_EXE_rehearsal")).current_dir(folder).args(arguments).output();
    let Output { status, stdout, stderr } = child.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// The names of what lies in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn answer(text: &str) -> String {
    json!({"output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn"})
        .to_string()
}

fn record(id: &str, text: &str) -> String {
    json!({"schemaType": "ModelInvocationLog", "requestId": id, "operation": "Converse", "modelId": "amazon.nova-lite-v1:0",
        "output": {"outputBodyJson": serde_json::from_str::<Value>(&answer(text)).unwrap()}})
    .to_string()
}

fn cassette(text: &str) -> String {
    json!({"version": 1, "interactions": [{
        "request": {"method": "POST", "uri": "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-lite-v1:0/converse", "body": "{}"},
        "response": {"status": {"code": 200}, "headers": {}, "body": {"string": answer(text)}}}]})
    .to_string()
}

#[test]
fn files_of_one_name_become_fixtures_of_their_own() {
    for (case, files) in [
        ("numbered", vec![("answer.1.txt", answer("one")), ("answer.2.txt", answer("two"))]),
        ("folders", vec![("a/c.yaml", cassette("one")), ("b/c.yaml", cassette("two"))]),
        ("endings", vec![("x.json", answer("one")), ("x.txt", answer("two"))]),
        ("letters", vec![("X.json", answer("one")), ("x.json", answer("two"))]),
    ] {
        let here = folder(case);
        files.iter().for_each(|(name, text)| write(&here, name, text));
        let mut arguments = vec!["fixtures", "import", "--out", "out", "--json"];
        arguments.extend(files.iter().map(|(name, _)| *name));
        let (code, out, said) = run(&here, &arguments);
        assert_eq!(code, 0, "{case}: {said}");
        let out: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (out["fixtures"].as_array().unwrap().len(), names(&here.join("out")).len()),
            (2, 2),
            "{case}: {out}"
        );
        assert_eq!(out["skipped"], json!([]), "{case}");
        let kept: String = names(&here.join("out"))
            .iter()
            .map(|name| std::fs::read_to_string(here.join("out").join(name)).unwrap())
            .collect();
        assert!(kept.contains("one") && kept.contains("two"), "{case}: {kept}");
        let (code, out, said) = run(&here, &["fixtures", "check", "out"]);
        assert_eq!(code, 0, "{case}: {out}{said}");
    }
}

#[test]
fn ids_that_make_one_file_name_are_told_apart() {
    let here = folder("ids");
    let ids = ["a/b", "a_b", "A_B", "a?b", "../../etc/passwd", "a/b"];
    let log: String =
        ids.iter().enumerate().map(|(number, id)| record(id, &format!("answer {number}")) + "\n").collect();
    write(&here, "log.json", &log);
    let (code, out, said) = run(&here, &["fixtures", "import", "log.json", "--out", "out", "--json"]);
    assert_eq!(code, 0, "{said}");
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(out["fixtures"].as_array().unwrap().len(), 6, "{out}");
    assert_eq!(names(&here.join("out")).len(), 6);
    assert_eq!(names(&here), ["log.json", "out"], "nothing is written elsewhere");
    // The same exchange a second time is one, and is named.
    write(&here, "twice.json", &(record("a", "x") + "\n" + &record("a", "x") + "\n"));
    let (code, out, _) = run(&here, &["fixtures", "import", "twice.json", "--out", "twice", "--json"]);
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, out["fixtures"].as_array().unwrap().len(), out["skipped"].as_array().unwrap().len()), (0, 1, 1));
}

#[test]
fn an_import_is_all_or_nothing_and_names_the_rest() {
    let here = folder("all");
    let log: String = (0..20).map(|number| record(&format!("r{number}"), "x") + "\n").collect();
    write(&here, "log.json", &(log.clone() + "noise\n{\"cut\": "));
    let (code, out, _) = run(&here, &["fixtures", "import", "log.json", "--out", "out", "--json"]);
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, out["written"].as_array().unwrap().len(), out["skipped"].as_array().unwrap().len()),
        (0, 20, 2),
        "{out}"
    );
    for skip in out["skipped"].as_array().unwrap() {
        assert!(skip["line"].as_u64().unwrap() >= 21 && !skip["reason"].as_str().unwrap().is_empty(), "{skip}");
    }
    // The same again is no conflict.
    let (code, _, said) = run(&here, &["fixtures", "import", "log.json", "--out", "out"]);
    assert_eq!((code, said.matches("already there, and the same").count()), (0, 20), "{said}");
    // One that is another stops all of it before anything is written.
    let other = here.join("other");
    std::fs::create_dir_all(&other).unwrap();
    write(&other, "recorded_r13.json", "{}");
    let (code, _, said) = run(&here, &["fixtures", "import", "log.json", "--out", "other"]);
    assert_eq!((code, names(&other)), (2, vec!["recorded_r13.json".to_string()]), "{said}");
    assert!(said.contains("nothing was written") && said.contains("recorded_r13.json"), "{said}");
    assert_eq!(std::fs::read_to_string(other.join("recorded_r13.json")).unwrap(), "{}");
    // So does one that cannot be read, before the others are written.
    write(&here, "wide.json", "\u{0}");
    std::fs::write(here.join("wide.json"), b"\xff\xfe{\0}\0").unwrap();
    let (code, _, said) = run(&here, &["fixtures", "import", "log.json", "wide.json", "--out", "new"]);
    assert!(
        code == 2 && said.contains("wide.json: ") && said.contains("UTF-16") && names(&here.join("new")).is_empty(),
        "{said}"
    );
    // A folder in which nothing can be written is told, and nothing is half there.
    write(&here, "file", "");
    let (code, _, said) = run(&here, &["fixtures", "import", "log.json", "--out", "file"]);
    assert!(code == 2 && said.contains("nothing was written"), "{said}");
}

#[test]
fn a_check_says_what_it_looked_at() {
    let good = r#"{"version": 1, "fixture_id": "ID", "prompt": "ID?", "answer": "x"}"#;
    let fixture = |id: &str| good.replace("ID", id);
    let here = folder("looked");
    std::fs::create_dir_all(here.join("empty/.hidden")).unwrap();
    write(&here, "notes/readme.txt", "no fixture");
    for (path, expected) in [("empty", "nothing was checked"), ("notes", "1 other was not read: notes/readme.txt")] {
        let (code, _, said) = run(&here, &["fixtures", "check", path]);
        assert!(code == 2 && said.contains("nothing was checked") && said.contains(expected), "{path}: {said}");
    }
    write(&here, "deep/a/b/one.json", &fixture("one"));
    write(&here, "deep/a/TWO.JSON", &fixture("two"));
    write(&here, "deep/three.YML", "version: 1\nfixture_id: three\nprompt: c\nanswer: x\n");
    write(&here, "deep/four.md", "#");
    let (code, out, said) = run(&here, &["fixtures", "check", "deep"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "3 files with 3 fixtures; 1 other was not read: deep/four.md: nothing wrong\n"),
        "{said}"
    );
    // The same folder twice and a file in it are each looked at once.
    let (code, out, said) = run(&here, &["fixtures", "check", "deep", "deep/three.YML", "deep"]);
    assert!(code == 0 && out.starts_with("3 files"), "{out}{said}");
    let (code, _, said) = run(&here, &["fixtures", "check", "deep", "missing"]);
    assert!(code == 2 && said.contains("missing"), "{said}");
}

#[test]
fn a_key_twice_is_found_in_every_document_that_is_read() {
    let here = folder("twice");
    write(
        &here,
        "a.json",
        "{\"version\": 1, \"fixture_id\": \"a\", \"prompt\": \"p\",\n \"answer\": \"x\", \"answer\": \"y\"}",
    );
    write(&here, "b.yaml", "version: 1\nfixture_id: b\nprompt: q\nanswer: x\nanswer: y\n");
    write(
        &here,
        "C.JSON",
        "{\"version\": 1, \"fixture_id\": \"c\", \"fixture_id\": \"d\", \"prompt\": \"r\", \"answer\": \"x\"}",
    );
    let (code, out, _) = run(&here, &["fixtures", "check", ".", "--json"]);
    let found: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!((code, found.len()), (1, 3), "{out}");
    for (finding, (file, line)) in found.iter().zip([("./C.JSON", 1), ("./a.json", 2), ("./b.yaml", 5)]) {
        assert_eq!((&finding["file"], &finding["line"]), (&json!(file), &json!(line)), "{finding}");
        assert!(finding["message"].as_str().unwrap().contains("a second time"), "{finding}");
    }
    let scenario = "{\"daily_messages\": 5,\n \"daily_messages\": 500000}";
    write(&here, "twice.txt", scenario);
    for arguments in [
        &["estimate", "--scenario", "twice.txt"][..],
        &["simulate", "--scenario", "twice.txt"],
        &["check", "twice.txt", "--max-usd-day", "1"],
        &["serve", "--config", "twice.txt"],
        &["bench", "compare", "twice.txt", "twice.txt"],
        &["bench", "run", "--suite", "twice.txt"],
        &["compat", "twice.txt"],
        &["lint-request", "twice.txt", "--model", "us.anthropic.claude-sonnet-5"],
    ] {
        let (code, _, said) = run(&here, arguments);
        assert!(code == 2 && said.contains("a second time"), "{arguments:?}: {code} {said}");
    }
}

#[test]
fn a_named_pipe_is_refused_and_nothing_waits_for_it() {
    let here = folder("pipe");
    let made = Command::new("mkfifo").arg(here.join("pipe.json")).status().unwrap();
    assert!(made.success());
    for arguments in [
        &["fixtures", "check", "pipe.json"][..],
        &["fixtures", "check", "."],
        &["fixtures", "import", "pipe.json"],
        &["fixtures", "list", "--dir", "."],
        &["estimate", "--scenario", "pipe.json"],
        &["import", "pipe.json"],
        &["serve", "--config", "pipe.json"],
        &["eventstream", "decode", "pipe.json"],
        &["bench", "compare", "pipe.json", "pipe.json"],
        &["bench", "run", "--url", "https://127.0.0.1:1", "--cacert", "pipe.json"],
    ] {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_rehearsal"))
            .current_dir(&here)
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(20));
            if begun.elapsed() > Duration::from_secs(20) {
                child.kill().unwrap();
                panic!("{arguments:?} waits for the pipe");
            }
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains("a named pipe"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_score_of_quality_is_shown_and_can_be_asked_for() {
    let here = folder("quality");
    let scored = |id: &str, score: f64| {
        json!({"version": 1, "fixture_id": id, "prompt": id, "answer": "x",
            "metadata": {"quality": {"score": score, "rubric": "accuracy", "scored_by": "author", "date": "2026-11-30"}}})
        .to_string()
    };
    write(&here, "good.json", &scored("good", 0.9));
    write(&here, "low.json", &scored("low", 0.4));
    write(&here, "none.json", r#"{"version": 1, "fixture_id": "none", "prompt": "n", "answer": "x"}"#);
    assert_eq!(run(&here, &["fixtures", "check", "."]).0, 0);
    let (code, out, _) = run(&here, &["fixtures", "check", ".", "--min-quality", "0.5"]);
    assert!(code == 1 && out.lines().count() == 2 && out.contains("low.json") && out.contains("none.json"), "{out}");
    let (_, out, _) = run(&here, &["fixtures", "list", "--dir", "."]);
    assert!(out.contains("quality") && out.contains("0.9"), "{out}");
    let (_, out, _) = run(&here, &["fixtures", "show", "low", "--dir", "."]);
    assert!(out.contains("quality 0.4 by author on 2026-11-30: accuracy"), "{out}");
    write(&here, "wrong.json", &scored("wrong", 3.0));
    let (code, out, _) = run(&here, &["fixtures", "check", "."]);
    assert!(code == 1 && out.contains("wrong.json:1: metadata.quality.score: 3.0 is no score of quality."), "{out}");
    assert_eq!(run(&here, &["fixtures", "check", ".", "--min-quality", "5"]).0, 2);
}

/// Twice as much takes about twice as long, whatever is wrong with it.
#[test]
fn checking_and_importing_are_linear() {
    let here = folder("linear");
    let fixtures = |count: usize| {
        let all: Vec<Value> = (0..count)
            .map(|id| {
                json!({"version": 1, "fixture_id": format!("f{id}"), "odd": 1, "match": [{"user_contains": format!("word {id} of many")}],
                    "answer": "x", "model_id": "none.such"})
            })
            .collect();
        serde_json::to_string_pretty(&all).unwrap()
    };
    let log = |count: usize| (0..count).map(|id| record("same", &format!("answer {id}")) + "\n").collect::<String>();
    let took = |arguments: &[&str]| {
        let begun = Instant::now();
        let (code, _, said) = run(&here, arguments);
        assert!(code < 2, "{said}");
        begun.elapsed().as_secs_f64()
    };
    write(&here, "small.json", &fixtures(2_000));
    write(&here, "large.json", &fixtures(8_000));
    write(&here, "small.ndjson", &log(2_000));
    write(&here, "large.ndjson", &log(8_000));
    for (what, small, large) in [
        ("check", &["fixtures", "check", "small.json"][..], &["fixtures", "check", "large.json"][..]),
        ("import", &["fixtures", "import", "small.ndjson"], &["fixtures", "import", "large.ndjson"]),
    ] {
        let (small, large) = (took(small), took(large));
        assert!(large < 9.0 * small + 0.5, "{what}: {small} s and {large} s for four times as much");
    }
}
