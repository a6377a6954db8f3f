//! Every command that the documents show is one: its words are commands and its options are in the help.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = vec![root.join("README.md"), root.join("npm/launcher/README.md")];
    let chapters = std::fs::read_dir(root.join("docs")).expect("the chapters").flatten().map(|entry| entry.path());
    files.extend(chapters.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    files.sort();
    files
}

/// The commands in a document's blocks of code, as words.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let line = line.split(" # ").next().unwrap_or_default().split("  #").next().unwrap_or_default();
        let line = line.split(" | ").next().unwrap_or_default().split(" > ").next().unwrap_or_default();
        let rest = ["rehearsal ", "npx rehearsal-bedrock ", "target/release/rehearsal "]
            .iter()
            .find_map(|start| line.strip_prefix(start));
        // A line of a manifest is no command.
        if let Some(rest) = rest.filter(|rest| fenced && !rest.starts_with('=')) {
            found.push(rest.split_whitespace().map(str::to_string).collect());
        }
    }
    found
}

/// The help of a command; none where it is none.
fn help(words: &[String]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_rehearsal")).args(words).arg("--help").output().expect("it starts");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn what_the_documents_type_exists() {
    let mut known: BTreeMap<Vec<String>, Option<String>> = BTreeMap::new();
    let mut looked_at = 0;
    for file in documents() {
        let text = std::fs::read_to_string(&file).expect("a document");
        for words in commands(&text) {
            let plain =
                |word: &&String| !word.starts_with('-') && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            // A command, and the one below it where there are some.
            let mut path: Vec<String> = words.iter().take(1).filter(plain).cloned().collect();
            if path.is_empty() {
                assert!(matches!(words[0].as_str(), "--help" | "--version"), "{}: {words:?}", file.display());
                continue;
            }
            if matches!(path[0].as_str(), "bench" | "fixtures" | "eventstream" | "snapshot") {
                path.extend(words.get(1).filter(plain).cloned());
            }
            let help = known.entry(path.clone()).or_insert_with(|| help(&path));
            let help = help.as_ref().unwrap_or_else(|| panic!("{}: there is no command {path:?}", file.display()));
            for option in words.iter().filter(|word| word.starts_with("--")) {
                let name = option.split('=').next().unwrap_or(option);
                let there =
                    help.split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | '=')).any(|word| word == name);
                assert!(there, "{}: `{}` has no option {name}", file.display(), path.join(" "));
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 30, "{looked_at}");
}
