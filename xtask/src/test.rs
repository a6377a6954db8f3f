use std::process::Command;

use crate::run::{Result, command, output, run, step};
use crate::{dist, tools};

/// Checks everything; `full` adds what is too slow for every run.
pub fn test(full: bool) -> Result {
    tools::web()?;
    tools::node()?;
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
    dist::dist()?;
    step("end-to-end tests in headless Chromium", || {
        let mut node = command("node");
        node.args(["--test", "--test-concurrency=1", "tests/e2e/"]).env("CHROMIUM", &browser.chromium);
        if full {
            node.env("FULL", "1");
        }
        run(&mut node)
    })?;
    eprintln!("\nall green");
    Ok(())
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
