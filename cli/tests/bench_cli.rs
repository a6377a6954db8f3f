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
        let gate = rehearsal(&["gate", text(&base), text(candidate), "--json", "--single-run"]);
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
        r#"{"unit": "ms", "runs": [[1, -5]]}"#,
        "error: F: runs[0][1]: -5 is below zero. Expected a duration, a cost or a count of at least 0. [bench_negative]",
    );
    check(
        "{",
        "error: F: 1:1: This is not JSON: EOF while parsing an object. Look at the character before that place. [not_json]",
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

/// `target/criterion/fib/new`, as criterion leaves it: the samples, and beside them what it made of them.
#[test]
fn a_folder_of_criterion_is_its_samples() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion/fib/new");
    std::fs::create_dir_all(&folder).expect("it can be made");
    let samples = r#"{"sampling_mode":"Linear","iters":[1,2,4],"times":[900.0,1900.0,3600.0]}"#;
    for (name, text) in [("sample.json", samples), ("benchmark.json", r#"{"full_id":"fib"}"#), ("tukey.json", "[1,2]")]
    {
        std::fs::write(folder.join(name), text).expect("it can be written");
    }
    let said = rehearsal(&["describe", text(&folder)]);
    let said = String::from_utf8(said.stdout).expect("it is text");
    assert!(said.starts_with("fib: 3 × ms\n"), "{said}");
    // 900, 950 and 900 nanoseconds an iteration.
    assert!(said.contains("916.67 ns"), "{said}");
}

/// Every subcommand refuses what it cannot use, says where, and exits with two.
#[test]
fn no_bad_input_gets_through() {
    let good = series("good.json", 100.0, 60);
    let document = file("document.json", "");
    let made =
        rehearsal(&["run", "--samples", "20", "--runs", "1", "--seed", "1", "--force", "--out", text(&document)]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let kept = std::fs::read_to_string(&document).unwrap();
    let broken = |name: &str, text: &str| file(&format!("bad-{name}.json"), text);
    let nan = broken("nan", r#"{"unit": "ms", "runs": [[1, NaN]]}"#);
    let infinite = broken("infinite", r#"{"unit": "ms", "runs": [[1e999]]}"#);
    let empty = broken("empty", "");
    let nothing = broken("nothing", r#"{"unit": "ms", "runs": [[], []]}"#);
    let words = broken("words", r#"{"unit": "ms", "runs": [["fast"]]}"#);
    let seconds = broken("seconds", r#"{"unit": "s", "runs": [[1, 2, 3]]}"#);
    let old = broken("old", &kept.replace("\"version\":1", "\"version\":9"));
    let other = broken("other", r#"{"kind": "invoice", "version": 1}"#);
    let list = broken("list", "[1, 2, 3]");
    let check = |arguments: &[&str], expected: &str| {
        let output = rehearsal(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    };
    for command in ["describe", "trend"] {
        check(&[command, text(&nan)], "This is not JSON");
        check(&[command, text(&infinite)], "This is not JSON");
        check(&[command, text(&empty)], "This is not JSON");
        check(&[command, text(&words)], "runs[0][0]: \"fast\" is of the wrong type");
        check(&[command, text(&old)], "version: This document is of version 9");
        check(&[command, text(&other)], "kind: This is a document of the kind “invoice”");
        check(&[command, text(&list)], "Expected a result of `rehearsal bench run`, a series");
        check(&[command, "no-such-file.json"], "no-such-file.json");
    }
    check(&["describe", text(&nothing)], "There are no samples in it");
    for command in ["compare", "gate"] {
        check(&[command, text(&good), text(&nan)], "This is not JSON");
        check(&[command, text(&good), text(&seconds)], "unit: The units differ: ms and s.");
        check(&[command, text(&good), text(&document)], "One side is a plain series, the other a result document.");
        check(&[command, text(&old), text(&document)], "version: This document is of version 9");
        check(&[command, text(&good), text(&good), "--metric", "goodput"], "There is no `goodput` in it.");
        check(&[command, text(&good), text(&good), "--metric", "speed"], "“speed” is not a choice.");
        check(&[command, text(&good), text(&good), "--threshold=-1"], "threshold: -1 is out of range.");
        check(&[command, text(&good), text(&good), "--replicates", "3"], "replicates: 3 is out of range.");
    }
    check(&["report", text(&good)], "A report needs a result document");
    check(&["report", text(&document), "--format", "pdf"], "there is no format `pdf`");
    check(&["report", text(&document), "--baseline", text(&good)], "A report needs a result document");
    check(&["trend", text(&document), "--benchmark", "nobody"], "There is no benchmark “nobody”.");
    check(&["run", "--samples", "0"], "benchmarks[0].measured: 0 is out of range.");
    check(&["run", "--suite", "fast"], "ready-made suites are");
    check(&["run", "--url", "ftp://u:PASS@127.0.0.1/"], "--url ftp://127.0.0.1/: expected http:// or https://");
    check(&["run", "--command", "exit 7", "--samples", "2", "--warm-up", "0"], "not one request was answered");
    // One sample is too little, and no error.
    let one = broken("one", r#"{"unit": "ms", "runs": [[5]]}"#);
    assert_eq!(json(&rehearsal(&["gate", text(&one), text(&one), "--json"]))["verdict"], "inconclusive");
    assert_eq!(rehearsal(&["describe", text(&one)]).status.code(), Some(0));
    assert_eq!(json(&rehearsal(&["trend", text(&one), "--json"]))["verdict"], "too-short");
}

/// Ctrl-C ends a run at once, whatever is under way, and keeps what was measured.
#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_it_measured() {
    let out = file("interrupted.json", "");
    let prompts = file("two.txt", "quick\nslow\n");
    let command = r#"read -r p; case "$p" in slow) [ -e "$FLAG" ] && sleep 60 ;; esac; touch "$FLAG""#;
    let flag = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted.flag");
    let _ = std::fs::remove_file(&flag);
    let child = Command::new(env!("CARGO_BIN_EXE_rehearsal"))
        .args(["bench", "run", "--command", command, "--prompts", text(&prompts), "--samples", "50", "--runs", "3"])
        .args(["--warm-up", "0", "--out", text(&out), "--force"])
        .env("FLAG", &flag)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    // Until the slow one is under way.
    let started = std::time::Instant::now();
    while !flag.exists() && started.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(400));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let output = child.wait_with_output().expect("it ends");
    assert!(started.elapsed().as_secs() < 40, "it waited for no timeout");
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("what was measured so far is kept"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    let runs = document["benchmarks"][0]["runs"].as_array().unwrap();
    assert_eq!((runs.len(), &runs[0]["cancelled"], &runs[0]["completed"]), (1, &true.into(), &1.into()));
}

/// The mock behind a socket, asked as a Bedrock runtime, and by any body of JSON.
#[test]
fn an_endpoint_is_measured_by_its_answers() {
    use std::io::{BufRead, BufReader};
    let mut server = Command::new(env!("CARGO_BIN_EXE_rehearsal"))
        .args(["serve", "--port", "0", "--seed", "1", "--fallback", "echo"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
    let listening: Value = serde_json::from_str(&line).expect("one line of JSON");
    let url = listening["listening"].as_str().expect("an address").to_string();
    let output = rehearsal(&[
        "run",
        "--url",
        &url,
        "--bedrock",
        "--samples",
        "12",
        "--runs",
        "2",
        "--workers",
        "3",
        "--warm-up",
        "2",
        "--json",
    ]);
    let _ = server.kill();
    let _ = server.wait();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let document = json(&output);
    assert_eq!(
        (&document["environment"]["clock"], &document["environment"]["client"]),
        (&"real".into(), &"url".into())
    );
    for run in document["benchmarks"][0]["runs"].as_array().unwrap() {
        assert_eq!((&run["completed"], &run["timeouts"]), (&12.into(), &0.into()), "{run}");
        assert!(run["output_tokens"].as_u64().unwrap() > 0 && run["cold_start_ms"].as_f64().unwrap() > 0.0);
        assert_eq!(run["ttft_ms"].as_array().unwrap().len(), 12);
        assert_eq!(run["inter_token_ms"].as_array().unwrap().len(), 12);
    }
}

/// The original's detector, its baseline files read and written.
#[test]
fn the_originals_report_compares_as_the_original_did() {
    let document = file("original.json", "");
    let made = rehearsal(&["run", "--suite", "original", "--seed", "1", "--force", "--out", text(&document)]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("original-baselines");
    let _ = std::fs::remove_dir_all(&folder);
    let report = |more: &[&str]| {
        let output = rehearsal(&[&["report", text(&document), "--format", "original"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        json(&output)
    };
    assert_eq!(report(&["--save-baseline", text(&folder)])["results"][0]["status"], "baseline");
    let again = report(&["--baseline", text(&folder)]);
    assert_eq!((&again["results"][0]["status"], &again["regressions"]), (&"pass".into(), &0.into()));
    assert_eq!(report(&["--baseline", text(&document)])["results"][1]["status"], "pass");
    // Half of what it is now: the original calls that a regression of 100 %.
    let kept = folder.join("latency_haiku.json");
    let mut baseline: Value = serde_json::from_str(&std::fs::read_to_string(&kept).unwrap()).unwrap();
    let names: Vec<&String> = baseline.as_object().unwrap().keys().collect();
    assert_eq!(names, ["name", "p95_ms", "mean_ms", "throughput_rps", "timestamp"]);
    baseline["p95_ms"] = (baseline["p95_ms"].as_f64().unwrap() / 2.0).into();
    std::fs::write(&kept, baseline.to_string()).unwrap();
    let worse = report(&["--baseline", text(&kept)]);
    assert_eq!((&worse["gate_passed"], &worse["results"][1]["regression_pct"]), (&false.into(), &100.0.into()));
    assert_eq!(worse["results"][0]["status"], "baseline");
    let all = report(&["--all-fields", "--baseline", text(&folder)]);
    assert_eq!(all[0].as_object().unwrap().len(), 15);
}

/// A run in virtual time says what of its scenario it leaves out.
#[test]
fn a_simulated_result_says_what_it_does_not_simulate() {
    let scenario = file("limited.json", r#"{"capacity":{"concurrency":2,"rpm":10},"retry":{"mode":"standard"}}"#);
    let arguments = ["run", "--samples", "20", "--runs", "1", "--scenario", text(&scenario)];
    let document = json(&rehearsal(&[&arguments[..], &["--json"]].concat()));
    assert_eq!(document["environment"]["not_simulated"], serde_json::json!(["capacity", "quotas", "retries"]));
    let said = rehearsal(&arguments);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("capacity, quotas, retries of the scenario are not applied"), "{said}");
    // The mock has speeds and fixtures of its own, and plays nothing of a scenario.
    let document = json(&rehearsal(&[&arguments[..], &["--mock", "--json"]].concat()));
    assert_eq!(document["environment"]["not_simulated"], serde_json::json!(["capacity"]));
    let document = json(&rehearsal(&["run", "--samples", "20", "--runs", "1", "--mock", "--json"]));
    assert_eq!(document["environment"]["not_simulated"], serde_json::json!([]));
    // Both call one thing by one word, and what is the bill's alone is left out by neither.
    let scenario =
        file("patient.json", r#"{"patience_ms":9000,"retry":{"mode":"adaptive"},"slo_ms":500,"days_in_month":28}"#);
    let arguments = ["run", "--samples", "20", "--runs", "1", "--mock", "--json", "--scenario", text(&scenario)];
    let said = json(&rehearsal(&arguments))["environment"]["not_simulated"].to_string();
    let mut words: Vec<String> = serde_json::from_str(&said).unwrap();
    words.sort();
    assert_eq!(words, ["patience", "retries", "slo"]);
}
