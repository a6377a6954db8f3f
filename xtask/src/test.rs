use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, command, output, root, run, step};
use crate::{dist, pkg, tools};

/// Checks everything; `full` adds what is too slow for every run.
pub fn test(full: bool) -> Result {
    tools::web()?;
    tools::node()?;
    tools::packages("e2e")?;
    tools::packages("sdk")?;
    let python = tools::python()?;
    let browser = tools::browser()?;
    step("format", || run(&mut cargo("fmt --all --check")))?;
    step("clippy, native", || {
        run(&mut cargo("clippy --workspace --all-targets --features playground -- -D warnings"))
    })?;
    step("clippy, wasm32", || {
        run(&mut wasm("clippy --features playground,worker,web --lib --bins --tests -- -D warnings"))
    })?;
    step("native tests", || run(&mut cargo("test --workspace --features playground")))?;
    if full {
        step("the gate's whole table of error rates", || {
            run(&mut cargo("test --release --test gate -- --ignored --nocapture"))
        })?;
    }
    step("tests in headless Chromium", || {
        let printed = output(wasm("test --features web --test browser").env("CHROMEDRIVER", &browser.driver))?;
        eprint!("{printed}");
        // A runner that finds no tests succeeds.
        if printed.contains("ok. 0 passed") || !printed.contains("ok. ") {
            return Err("the browser ran no tests".to_string());
        }
        Ok(())
    })?;
    if full {
        let folder = tools::cassettes(&python)?;
        step("every recorded exchange", || {
            run(cargo("test --features playground --test cassettes").env("BEDROCK_CASSETTES", folder))
        })?;
    }
    run(&mut cargo("build --quiet --features playground --bin rehearsal"))?;
    step("the importer's SQL, on DuckDB", || {
        let mut python = command(&python.to_string_lossy());
        run(python
            .arg("tests/sql/agree.py")
            .arg(target_dir().join("debug/rehearsal"))
            .arg("benches/peers/generate_log.py"))
    })?;
    pkg::pkg()?;
    step("the JavaScript clients, in Node and in Chromium", || {
        let mut node = command("node");
        run(checked(&mut node, &browser, full).args(["--test", "tests/sdk/"]))
    })?;
    for (what, file) in [("boto3 against `rehearsal serve`", "boto3"), ("fixtures against their schema", "schema")] {
        step(what, || {
            let mut python = command(&python.to_string_lossy());
            python.args(["-W", "ignore", &format!("tests/sdk/test_{file}.py")]);
            run(checked(&mut python, &browser, full))
        })?;
    }
    dist::dist()?;
    step("the size of the first load", dist::within_budget)?;
    step("end-to-end tests in headless Chromium", || {
        let mut node = command("node");
        run(checked(&mut node, &browser, full).args(["--test", "--test-concurrency=1", "tests/e2e/"]))
    })?;
    eprintln!("\nall green");
    Ok(())
}

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
    cargo(&format!("{verb} --target wasm32-unknown-unknown --no-default-features --target-dir target/wasm {rest}"))
}
