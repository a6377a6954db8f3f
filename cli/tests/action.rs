//! The composite GitHub Action: its steps are run as GitHub runs them, with inputs that try to break out.
#![cfg(all(unix, not(target_arch = "wasm32")))]

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ACTION: &str = include_str!("../../action.yml");

/// A step of the action: its name, its environment, its script.
struct Step {
    name: String,
    environment: BTreeMap<String, String>,
    script: String,
}

/// The steps of `action.yml`, which keeps to the little of YAML that is read here: two spaces a level,
/// a mapping a line, scripts on one line or behind `|`.
fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut part = "";
    for line in ACTION.lines().skip_while(|line| *line != "  steps:").skip(1) {
        let text = line.trim_start();
        let depth = line.len() - text.len();
        if let Some(name) = line.strip_prefix("    - name: ") {
            steps.push(Step { name: name.to_string(), environment: BTreeMap::new(), script: String::new() });
            part = "";
            continue;
        }
        let Some(step) = steps.last_mut() else { continue };
        match (depth, part) {
            (4, _) => part = "",
            (6, _) if text.starts_with("run: |") => part = "run",
            (6, _) if text == "env:" => part = "env",
            (6, _) => {
                part = "";
                if let Some(script) = text.strip_prefix("run: ") {
                    step.script = script.to_string();
                }
            }
            (8, "env") => {
                let (name, value) = text.split_once(": ").expect("NAME: value");
                step.environment.insert(name.to_string(), value.to_string());
            }
            (_, "run") => {
                step.script.push_str(line.get(8..).unwrap_or_default());
                step.script.push('\n');
            }
            _ => {}
        }
    }
    steps
}

/// A job in a folder of its own: the inputs as a person set them, and the files a runner gives.
struct Job {
    folder: PathBuf,
    inputs: BTreeMap<&'static str, String>,
}

impl Job {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("action-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        let built = folder.join("action/target/release");
        std::fs::create_dir_all(&built).expect("a folder");
        symlink(env!("CARGO_BIN_EXE_rehearsal"), built.join("rehearsal")).expect("a link");
        let inputs = [
            ("command", "--samples 100 --runs 5 --seed 1"),
            ("baseline", "baseline.json"),
            ("result", "result.json"),
            ("report", "report.html"),
            ("fail-on", "regression"),
            ("metrics", "p95"),
            ("gate-options", ""),
            ("version", ""),
            ("upgrade-logs", ""),
            ("upgrade-to", ""),
        ];
        Job { folder, inputs: inputs.map(|(name, value)| (name, value.to_string())).into() }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.inputs.insert(name, value.to_string());
        self
    }

    /// One step by its name, as GitHub runs `shell: bash`.
    fn step(&self, name: &str) -> Output {
        let steps = steps();
        let step = steps.iter().find(|step| step.name == name).expect("a step of this name");
        let script = self.folder.join("script.sh");
        std::fs::write(&script, &step.script).expect("a script");
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(&script).current_dir(&self.folder);
        bash.env("GITHUB_ACTION_PATH", self.folder.join("action")).env("GITHUB_SHA", "0123abc");
        bash.env("GITHUB_OUTPUT", self.folder.join("output")).env("GITHUB_STEP_SUMMARY", self.folder.join("summary"));
        for (variable, expression) in &step.environment {
            if expression == "${{ github.action_repository }}" {
                bash.env(variable, "your-team/rehearsal");
                continue;
            }
            let input = expression.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
            bash.env(variable, &self.inputs[input.expect("an input")]);
        }
        bash.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        bash.env("REHEARSAL_RELEASES", format!("file://{}/releases", self.folder.display()));
        bash.output().expect("bash starts")
    }

    fn measure(&self) {
        let output = self.step("Measure");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The exit code of the comparison and what it printed.
    fn compare(&self) -> (Option<i32>, String) {
        let output = self.step("Compare");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// What was measured becomes the baseline.
    fn keep(&self) {
        std::fs::rename(self.folder.join("result.json"), self.folder.join("baseline.json")).expect("a result");
    }
}

#[test]
fn inputs_reach_no_script_as_text() {
    let all = steps();
    assert_eq!(all.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["Get", "Upgrade", "Measure", "Compare"]);
    for step in &all {
        assert!(!step.script.contains("${{"), "{}: an expression inside a script is code", step.name);
        assert!(!step.script.is_empty(), "{}", step.name);
    }
    // Every input is declared and used, and nothing else is.
    let declared: Vec<&str> = ACTION
        .lines()
        .skip_while(|line| *line != "inputs:")
        .take_while(|line| *line != "outputs:")
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':').filter(|name| !name.starts_with(' ')))
        .collect();
    let used: Vec<&String> = all.iter().flat_map(|step| step.environment.values()).collect();
    for name in &declared {
        assert!(used.iter().any(|value| **value == format!("${{{{ inputs.{name} }}}}")), "{name} is not used");
    }
    for value in used.into_iter().filter(|value| *value != "${{ github.action_repository }}") {
        let name = value.trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        assert!(declared.contains(&name), "{name} is not declared");
    }
}

/// A release beside the job, with a program that says its name.
fn publish(job: &Job, version: &str, sum: Option<&str>) {
    let name = format!("rehearsal-{version}-x86_64-unknown-linux-gnu");
    let folder = job.folder.join(format!("releases/v{version}"));
    std::fs::create_dir_all(folder.join(&name)).expect("a folder");
    std::fs::write(folder.join(&name).join("rehearsal"), "#!/bin/sh\necho published\n").expect("a program");
    let script = format!(
        "chmod +x {name}/rehearsal && tar -czf {name}.tar.gz {name} && rm -r {name} && sha256sum {name}.tar.gz > {name}.tar.gz.sha256"
    );
    let done = Command::new("sh").args(["-c", &script]).current_dir(&folder).status().expect("sh starts");
    assert!(done.success());
    if let Some(sum) = sum {
        std::fs::write(folder.join(format!("{name}.tar.gz.sha256")), sum).expect("a checksum");
    }
}

#[test]
fn the_program_is_taken_from_a_release_and_checked() {
    let get = |job: &Job| {
        let built = job.folder.join("action/target/release/rehearsal");
        let _ = std::fs::remove_file(&built);
        let output = job.step("Get");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), said, built)
    };
    let job = Job::new("get").with("version", "9.8.7");
    let (code, said, _) = get(&job);
    assert_eq!(code, Some(2));
    assert!(said.contains("there is no release 9.8.7 for x86_64-unknown-linux-gnu"), "{said}");
    publish(&job, "9.8.7", None);
    let (code, said, built) = get(&job);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("its checksum is right"), "{said}");
    let printed = Command::new(&built).output().expect("the program starts").stdout;
    assert_eq!(String::from_utf8_lossy(&printed), "published\n");
    // Another archive than was published is never run, and nothing is built in its place.
    publish(&job, "9.8.7", Some(&"0".repeat(64)));
    let (code, said, built) = get(&job);
    assert_eq!((code, built.exists()), (Some(2), false), "{said}");
    assert!(said.contains("is not what was published"), "{said}");
    for version in ["1.0/../../x", "$(touch owned)", "a b"] {
        let job = Job::new("get-hostile").with("version", version);
        assert_eq!(get(&job).0, Some(2), "{version}");
        assert!(!job.folder.join("owned").exists());
    }
    // Without a version it is that of the action; without a release of it, it is built.
    let job = Job::new("get-own");
    std::fs::write(job.folder.join("action/Cargo.toml"), "[workspace.package]\nversion = \"3.2.1\"\n")
        .expect("a manifest");
    publish(&job, "3.2.1", None);
    assert_eq!(get(&job).0, Some(0));
}

#[test]
fn a_first_run_a_second_and_a_regression() {
    let job = Job::new("path");
    job.measure();
    assert_eq!(job.compare(), (Some(0), String::new()));
    assert_eq!(job.read("output"), "verdict=baseline\n");
    assert!(job.read("summary").contains("## Benchmark report"), "{}", job.read("summary"));
    assert!(job.read("report.html").starts_with("<!doctype html>"));
    assert!(job.read("result.json").contains("\"label\":\"0123abc\""));
    job.keep();
    job.measure();
    assert_eq!(job.compare().0, Some(0));
    assert!(job.read("output").ends_with("verdict=pass\n"), "{}", job.read("output"));

    // The same suite against slower models.
    let slow = r#"{"version":1,"models":{"anthropic.claude-3-haiku-20240307-v1:0":{"latency":{"kind":"simple","mean_ms":700,"sd_ms":100}}}}"#;
    std::fs::write(job.folder.join("slow.json"), slow).expect("a scenario");
    let job =
        Job { folder: job.folder, inputs: job.inputs }.with("command", "--samples 100 --runs 5 --scenario slow.json");
    job.measure();
    let (code, said) = job.compare();
    assert_eq!(code, Some(1));
    assert!(said.starts_with("::error title=REGRESSION latency_haiku::"), "{said}");
    assert!(job.read("output").ends_with("verdict=regression\n"));
    let quiet = Job { folder: job.folder, inputs: job.inputs }.with("fail-on", "never");
    let (code, said) = quiet.compare();
    assert_eq!(code, Some(0));
    assert!(said.starts_with("::warning title=REGRESSION latency_haiku::"), "{said}");
}

/// Captured requests and example logs against another model: the job fails and its summary says why.
#[test]
fn requests_are_held_against_another_model() {
    let logs = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/logs/support-desk.jsonl.gz");
    let job = Job::new("upgrade").with("upgrade-logs", logs).with("upgrade-to", "global.anthropic.claude-opus-4-7");
    let output = job.step("Upgrade");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("::error title=Upgrade::"));
    let summary = job.read("summary");
    assert!(
        summary.contains("refuses 180 of 180 calls") && summary.contains("inferenceConfig.temperature"),
        "{summary}"
    );
    let same = job.with("upgrade-to", "global.anthropic.claude-sonnet-4-6");
    assert_eq!(same.step("Upgrade").status.code(), Some(0));
    let hostile = same.with("upgrade-logs", "$(touch owned) ; touch owned").with("fail-on", "never");
    assert_eq!(hostile.step("Upgrade").status.code(), Some(2));
    assert!(!hostile.folder.join("owned").exists());
}

#[test]
fn what_is_not_decided_fails_only_when_asked() {
    let job = Job::new("open").with("command", "--samples 20 --runs 1 --seed 1");
    job.measure();
    job.keep();
    let job = job.with("command", "--samples 20 --runs 1 --seed 2");
    job.measure();
    assert_eq!(job.compare().0, Some(0));
    assert!(job.read("output").ends_with("verdict=inconclusive\n"), "{}", job.read("output"));
    assert_eq!(job.with("fail-on", "inconclusive").compare().0, Some(1));
}

#[test]
fn hostile_inputs_stay_words() {
    let owned = "$(touch owned) `touch owned` ; touch owned & | touch owned";
    for (number, (name, value)) in [
        ("command", format!("--samples 20 --runs 1 --model '{owned}'")),
        ("command", "--samples 20 \"unclosed".to_string()),
        ("baseline", format!("{owned}.json")),
        ("result", "a result; with $(touch owned) in it.json".to_string()),
        ("report", "$(touch owned).html".to_string()),
        ("fail-on", format!("regression) touch owned ;; {owned}")),
        ("metrics", "p95 --out=/dev/null $(touch owned)".to_string()),
        ("metrics", "*".to_string()),
    ]
    .into_iter()
    .enumerate()
    {
        let job = Job::new(&format!("hostile-{number}")).with("command", "--samples 20 --runs 1").with(name, &value);
        if job.step("Measure").status.success() {
            job.step("Compare");
        }
        assert!(!job.folder.join("owned").exists(), "{name}: {value}");
        // Nothing that was not the runner's own can be said in its files.
        for line in job.read("output").lines() {
            assert!(["verdict=baseline", "verdict=pass", "verdict=inconclusive"].contains(&line), "{name}: {line}");
        }
    }
}
