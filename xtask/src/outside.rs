//! The kinds of test that a team writes, run as a team has them: a workspace from outside, on the library as it is
//! packed for publishing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Result, command, output, read, root, run, step, write};

/// Packs the library, and lays `examples/testing` around it.
fn workspace() -> Result<PathBuf> {
    let home = root().join("target/outside");
    if home.exists() {
        std::fs::remove_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    let pack = "package --package rehearsal --no-verify --allow-dirty --quiet --target-dir target/outside";
    run(command("cargo").args(pack.split(' ')))?;
    let packed = home.join("package");
    let mut entries = std::fs::read_dir(&packed).map_err(|error| format!("{}: {error}", packed.display()))?;
    let archive = entries.find_map(|entry| entry.ok().map(|entry| entry.path()).filter(|path| path.is_file()));
    let archive = archive.ok_or_else(|| format!("cargo packed nothing in {}", packed.display()))?;
    // As old as it is unpacked: what cargo packs has one date, by which nothing would be built anew.
    run(command("tar").arg("-xzmf").arg(&archive).arg("-C").arg(&home))?;
    let library = archive.file_stem().unwrap_or_default().to_string_lossy();
    copy(&root().join("examples/testing"), &home)?;
    let manifest = home.join("Cargo.toml");
    let text = String::from_utf8_lossy(&read(&manifest)?).into_owned();
    if !text.contains("path = \"../..\"") {
        return Err(format!("{} names no library to be replaced", manifest.display()));
    }
    write(&manifest, text.replace("path = \"../..\"", &format!("path = \"{library}\"")))?;
    // The versions that everything else here is built with, the reader of browser tests among them.
    write(&home.join("Cargo.lock"), read(&root().join("Cargo.lock"))?)?;
    Ok(home)
}

fn copy(from: &Path, to: &Path) -> Result {
    let entries = std::fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for entry in entries.filter_map(std::result::Result::ok) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true if entry.file_name() == "target" => {}
            true => copy(&from, &to)?,
            false => write(&to, read(&from)?)?,
        }
    }
    Ok(())
}

fn cargo(home: &Path, target: &str, words: &str) -> Command {
    let mut cargo = command("cargo");
    cargo.arg("test").args(words.split(' ')).arg("--target-dir").arg(root().join(target));
    // As in this workspace, so that what both use is built once.
    cargo.current_dir(home).env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    cargo
}

/// Every kind natively, and the one that is for a browser there, with what a person sets for it.
pub fn test(driver: &str) -> Result {
    let home = step("packing the library, and laying a workspace from outside around it", workspace)?;
    step("every kind of test on the packed library", || {
        run(&mut cargo(&home, "target", "--quiet --workspace --exclude rehearsal"))
    })?;
    step("the test in a headless browser on the packed library", || {
        let mut cargo = cargo(&home, "target/wasm", "--package browser --lib --target wasm32-unknown-unknown");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
        let printed = output(cargo.env("CHROMEDRIVER", driver))?;
        eprint!("{printed}");
        // A runner that finds no tests succeeds.
        if printed.contains("2 passed") { Ok(()) } else { Err("the browser did not run both tests".to_string()) }
    })
}
