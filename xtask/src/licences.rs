//! The licences of everything that an artefact is built from, as a text that goes with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Result, command, output};

/// Prints the text for a package of the workspace, for this machine or for a target.
pub fn licences(package: &str, target: Option<&str>) -> Result {
    print!("{}", of(package, target)?);
    Ok(())
}

/// Each crate of others that a package's program carries, with its licence.
pub fn crates(package: &str, target: Option<&str>) -> Result<BTreeMap<(String, String), String>> {
    let mut tree = command("cargo");
    // What runs only while compiling is in no program.
    tree.args(["tree", "--locked", "--package", package, "--edges", "normal,no-proc-macro", "--prefix", "none"]);
    tree.args(["--format", "{p}\t{l}"]);
    if let Some(target) = target {
        tree.args(["--target", target]);
    }
    let mut crates: BTreeMap<(String, String), String> = BTreeMap::new();
    for line in output(&mut tree)?.lines() {
        let (name, licence) = line.trim_end_matches(" (*)").split_once('\t').unwrap_or((line, ""));
        let mut words = name.split_whitespace();
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        // Those of this project have a path behind them.
        if words.next().is_some() {
            continue;
        }
        if licence.is_empty() {
            return Err(format!("{name} {version} names no licence"));
        }
        crates.insert((name.to_string(), version.trim_start_matches('v').to_string()), licence.to_string());
    }
    if crates.is_empty() {
        return Err(format!("cargo tree names nothing that {package} is built from"));
    }
    Ok(crates)
}

/// A text for a package: each crate that it carries, with its licence; then the texts, each once.
pub fn of(package: &str, target: Option<&str>) -> Result<String> {
    let crates = crates(package, target)?;
    let folders = folders()?;
    let mut out = format!("{package} carries {} crates of others.\n\n", crates.len());
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for ((name, version), licence) in &crates {
        out.push_str(&format!("{name} {version}: {licence}\n"));
        let found = folders.get(&(name.clone(), version.clone())).map(|folder| texts_in(folder)).unwrap_or_default();
        if found.is_empty() {
            without.push(format!("{name} {version}"));
        }
        for text in found {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    if !without.is_empty() {
        out.push_str(&format!("\nThese come without a text of their licence: {}.\n", without.join(", ")));
    }
    for (text, names) in texts {
        out.push_str(&format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), names.join(", ")));
    }
    Ok(out)
}

/// Where the source of each crate is.
fn folders() -> Result<BTreeMap<(String, String), PathBuf>> {
    let said = output(command("cargo").args(["metadata", "--locked", "--format-version", "1", "--all-features"]))?;
    let metadata: Value = serde_json::from_str(&said).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let folder = |package: &Value| {
        let manifest = Path::new(package["manifest_path"].as_str()?);
        let key = (package["name"].as_str()?.to_string(), package["version"].as_str()?.to_string());
        Some((key, manifest.parent()?.to_path_buf()))
    };
    Ok(packages.iter().filter_map(folder).collect())
}

/// The texts of licences and notices in a crate's folder.
fn texts_in(folder: &Path) -> Vec<String> {
    let is_text = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_uppercase()).unwrap_or_default();
        ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"].iter().any(|start| name.starts_with(start))
            && path.is_file()
    };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_text).collect();
    paths.sort();
    let text = |path: &PathBuf| std::fs::read_to_string(path).ok();
    paths.iter().filter_map(text).map(|text| text.replace("\r\n", "\n").trim().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_is_named_with_its_licence_and_no_text_twice() {
        let text = of("xtask", None).unwrap();
        assert!(text.contains("\nserde_json ") && text.contains(": MIT OR Apache-2.0\n"), "{}", &text[..500]);
        assert!(!text.contains("\nxtask ") && !text.contains("\nrehearsal "));
        let parts: Vec<&str> = text.split(&"=".repeat(80)).skip(1).collect();
        assert!(parts.len() >= 2);
        let bodies: std::collections::BTreeSet<&str> =
            parts.iter().filter_map(|part| Some(part.trim().split_once('\n')?.1)).collect();
        assert_eq!(bodies.len(), parts.len());
        assert!(of("no-such-package", None).is_err());
    }
}
