//! `rehearsal bench` from the shell: what it prints and how it exits.
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn rehearsal(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rehearsal")).arg("bench").args(arguments).output().expect("it starts")
}

/// A file of this test's own.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("it can be written");
    path
}

fn series(name: &str, level: f64, count: u32) -> PathBuf {
    let value = |i: u32| level * (0.8 + 0.4 * f64::from(i * 7919 % count) / f64::from(count));
    let run: Vec<f64> = (0..count).map(value).collect();
    file(name, &serde_json::json!({"unit": "ms", "better": "lower", "runs": [run]}).to_string())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn gates_exit_by_their_verdict_and_comparisons_do_not() {
    let (base, slow, few) =
        (series("base.json", 100.0, 400), series("slow.json", 140.0, 400), series("few.json", 100.0, 12));
    let check = |candidate: &Path, verdict: &str, code: i32| {
        let gate = rehearsal(&["gate", text(&base), text(candidate), "--json"]);
        assert_eq!((json(&gate)["verdict"].as_str(), gate.status.code()), (Some(verdict), Some(code)));
        let compare = rehearsal(&["compare", text(&base), text(candidate), "--json"]);
        assert_eq!((json(&compare)["verdict"].as_str(), compare.status.code()), (Some(verdict), Some(0)));
    };
    check(&base, "pass", 0);
    check(&slow, "regression", 1);
    check(&few, "inconclusive", 3);
    let verdict = json(&rehearsal(&["compare", text(&base), text(&slow), "--json"]));
    for field in ["metric", "change_pct", "ci_pct", "method", "replicates", "seed", "requests_needed", "severity"] {
        assert!(verdict.get(field).is_some(), "{field}");
    }
    assert_eq!(verdict["severity"], "warning");
}

#[test]
fn bad_input_exits_with_two_and_says_where() {
    let check = |text_of: &str, expected: &str| {
        let broken = file("broken.json", text_of);
        let output = rehearsal(&["describe", text(&broken), "--json"]);
        let said = String::from_utf8_lossy(&output.stderr).replace(text(&broken), "F");
        assert_eq!((said.trim(), output.status.code()), (expected, Some(2)));
    };
    check(
        r#"{"runs": [[1, -5]]}"#,
        "error: F: runs[0][1]: -5 is below zero. Expected a duration, a cost or a count of at least 0.",
    );
    check(
        "{",
        "error: F: 1:1: This is not JSON: EOF while parsing an object. Look at the character before that place.",
    );
    let output = rehearsal(&["gate", "no-such-baseline.json", "no-such-candidate.json"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_result_is_never_overwritten_without_being_told() {
    let path = file("kept.json", "mine");
    let arguments = ["run", "--samples", "20", "--runs", "1", "--out", text(&path)];
    let refused = rehearsal(&arguments);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let forced = rehearsal(&[&arguments[..], &["--force"]].concat());
    assert_eq!(forced.status.code(), Some(0), "{}", String::from_utf8_lossy(&forced.stderr));
    let again = rehearsal(&["gate", text(&path), text(&path)]);
    assert_ne!(again.status.code(), Some(2), "{}", String::from_utf8_lossy(&again.stderr));
}

/// A program that hangs meets the timeout, one that fails is counted, and the rest is measured.
#[cfg(unix)]
#[test]
fn a_program_that_hangs_or_fails_is_counted() {
    let prompts = file("prompts.txt", "good\nhang\nbad\n");
    let command = r#"read -r p; case "$p" in hang) sleep 30 ;; bad) exit 3 ;; *) echo "$p" ;; esac"#;
    let output = rehearsal(&[
        "run",
        "--command",
        command,
        "--prompts",
        text(&prompts),
        "--samples",
        "6",
        "--runs",
        "1",
        "--warm-up",
        "0",
        "--timeout-ms",
        "700",
        "--json",
    ]);
    let run = &json(&output)["benchmarks"][0]["runs"][0];
    assert_eq!((&run["completed"], &run["timeouts"], &run["errors"]["exit code 3"]), (&2.into(), &2.into(), &2.into()));
}

#[test]
fn a_history_shows_where_it_changed() {
    let runs: Vec<Vec<f64>> =
        (0..20_u32).map(|i| vec![if i < 12 { 500.0 } else { 600.0 } + f64::from(i * 7 % 5)]).collect();
    let history = file("history.json", &serde_json::json!({"unit": "ms", "runs": runs}).to_string());
    let trend = json(&rehearsal(&["trend", text(&history), "--json"]));
    assert_eq!(trend["change_points"][0]["index"], 12);
    assert!(trend["mann_kendall"]["p"].as_f64().unwrap() < 0.01);
    assert!(trend["sen"]["total_change_pct"].as_f64().unwrap() > 10.0);
}
