//! The command line as npm packages: one for this machine with the program, and the launcher that finds it.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::run::{Result, command, output, read, root, run, step, write};
use crate::{licences, pkg, release, tools};

/// Each target of a release, with npm's names for its system and its processor.
const MACHINES: [(&str, &str, &str); 5] = [
    ("x86_64-unknown-linux-gnu", "linux", "x64"),
    ("aarch64-unknown-linux-gnu", "linux", "arm64"),
    ("x86_64-apple-darwin", "darwin", "x64"),
    ("aarch64-apple-darwin", "darwin", "arm64"),
    ("x86_64-pc-windows-msvc", "win32", "x64"),
];

fn package_name(system: &str, processor: &str) -> String {
    format!("rehearsal-bedrock-{system}-{processor}")
}

/// Packs the launcher and this machine's package from a build of the command line into `target/npx`.
pub fn npx(profile: &str) -> Result<Vec<PathBuf>> {
    tools::node()?;
    let host = release::host()?;
    let machine = MACHINES.iter().find(|(target, ..)| *target == host);
    let (target, system, processor) = machine.ok_or_else(|| format!("there is no npm package for {host}"))?;
    let out = root().join("target/npx");
    let version = release::version()?;
    step(&format!("the npm packages of the command line ({profile})"), || {
        if out.exists() {
            std::fs::remove_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
        }
        let name = package_name(system, processor);
        let folder = out.join(&name);
        let binary = if *system == "win32" { "rehearsal.exe" } else { "rehearsal" };
        let built = root().join("target").join(if profile == "dev" { "debug" } else { profile }).join(binary);
        write(&folder.join(binary), read(&built)?)?;
        release::executable(&folder.join(binary))?;
        let mut about =
            package(&name, &version, &format!("The program of rehearsal-bedrock for {system} on {processor}"));
        about["os"] = json!([system]);
        about["cpu"] = json!([processor]);
        if *system == "linux" {
            about["libc"] = json!(["glibc"]);
        }
        about["files"] = json!([binary, "THIRD-PARTY.txt"]);
        write_package(&folder, &about)?;
        write(&folder.join("THIRD-PARTY.txt"), licences::of("rehearsal-cli", Some(target))?)?;
        let launcher = out.join("rehearsal-bedrock");
        for file in ["cli.js", "README.md"] {
            write(&launcher.join(file), read(&root().join("npm/launcher").join(file))?)?;
        }
        write_package(&launcher, &launcher_package(&version))?;
        [folder, launcher].iter().map(|folder| pack(folder, &out)).collect()
    })
}

fn package(name: &str, version: &str, description: &str) -> serde_json::Value {
    json!({"name": name, "version": version, "description": description, "license": "MIT OR Apache-2.0"})
}

fn launcher_package(version: &str) -> serde_json::Value {
    let mut about = package(
        "rehearsal-bedrock",
        version,
        "Rehearse a chatbot on Amazon Bedrock: a mock, a cost model, a traffic simulation and a benchmark suite, without calling it",
    );
    about["type"] = json!("module");
    about["bin"] = json!({"rehearsal-bedrock": "cli.js"});
    about["files"] = json!(["cli.js", "README.md"]);
    about["engines"] = json!({"node": ">=20"});
    about["dependencies"] = json!({"rehearsal": version});
    let machines = MACHINES.iter().map(|(_, system, processor)| (package_name(system, processor), json!(version)));
    about["optionalDependencies"] = machines.collect::<serde_json::Map<_, _>>().into();
    about
}

fn write_package(folder: &Path, about: &serde_json::Value) -> Result {
    let text = serde_json::to_string_pretty(about).map_err(|error| error.to_string())?;
    write(&folder.join("package.json"), text + "\n")
}

/// Packs a folder as npm does and gives the archive's path.
fn pack(folder: &Path, out: &Path) -> Result<PathBuf> {
    let mut npm = command("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(out);
    let name = output(npm.arg(folder))?;
    let name = name.lines().last().unwrap_or_default().trim();
    if name.is_empty() { Err(format!("npm packed nothing of {}", folder.display())) } else { Ok(out.join(name)) }
}

/// Installs the packages and `pkg/` into an empty folder, with npm alone, and runs the tests there.
pub fn test(profile: &str) -> Result {
    let mut archives = npx(profile)?;
    if !root().join("pkg/package.json").exists() {
        pkg::pkg()?;
    }
    let out = root().join("target/npx");
    archives.push(pack(&root().join("pkg"), &out)?);
    step("the npm packages of the command line, installed in an empty folder", || {
        let fresh = out.join("fresh");
        write(&fresh.join("package.json"), "{\"private\": true}\n")?;
        let mut npm = command("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).args(&archives);
        run(npm.current_dir(&fresh))?;
        write(&fresh.join("npx.test.mjs"), read(&root().join("tests/npx/npx.test.mjs"))?)?;
        let mut node = command("node");
        run(node.args(["--test", "npx.test.mjs"]).current_dir(&fresh))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_of_a_release_has_a_package() {
        let workflow = String::from_utf8(read(&root().join(".github/workflows/release.yml")).unwrap()).unwrap();
        let built: Vec<&str> =
            workflow.split("target: ").skip(1).filter_map(|rest| rest.split(',').next()).map(str::trim).collect();
        let known: Vec<&str> = MACHINES.iter().map(|(target, ..)| *target).collect();
        assert_eq!(built, known);
        let named = launcher_package("1.2.3");
        assert_eq!(named["optionalDependencies"].as_object().unwrap().len(), MACHINES.len());
        assert_eq!(named["optionalDependencies"]["rehearsal-bedrock-linux-x64"], "1.2.3");
    }
}
