//! `fixtures import`: what teams have, as fixture files; all of it or a named rest.

use std::path::Path;

use rehearsal::import::{Imported, Importer, Redactor};
use serde_json::{Value, json};

use super::{Failure, json as print_json};

pub fn run(files: &[String], out: Option<&Path>, patterns: &[String], json: bool) -> Result<String, Failure> {
    if files.is_empty() {
        return Err(Failure::input("give the files to import"));
    }
    let redactor = Redactor::new(patterns).map_err(|error| Failure::input(format!("--redact {error}")))?;
    let mut importer = Importer::new(redactor);
    let mut imported: Vec<Imported> = Vec::new();
    let mut skipped = Vec::new();
    for file in files {
        let bytes = super::input::read_bytes(file)?;
        let (fixtures, lines) =
            importer.file(file, &bytes).map_err(|error| Failure::input(format!("{file}: {error}")))?;
        imported.extend(fixtures);
        skipped.extend(lines.into_iter().map(|skip| json!({"file": file, "line": skip.line, "reason": skip.reason})));
    }
    let written = match out {
        Some(folder) => write_all(folder, &imported, &mut skipped)?,
        None => Vec::new(),
    };
    let redactions: usize = imported.iter().map(|fixture| fixture.redactions).sum();
    let out = if json {
        let documents: Vec<&Value> = imported.iter().map(|fixture| &fixture.document).collect();
        print_json(&json!({"fixtures": documents, "written": written, "skipped": skipped, "redactions": redactions,
            "note": NOT_FOUND}))?
    } else {
        for skip in &skipped {
            eprintln!(
                "skipped: {} {}: {}",
                skip["file"].as_str().unwrap_or_default(),
                skip["line"],
                skip["reason"].as_str().unwrap_or_default()
            );
        }
        let place =
            out.map_or("nowhere: give --out DIR to keep them".to_string(), |folder| folder.display().to_string());
        format!(
            "{}, {}, {} skipped; written to {place}\n{NOT_FOUND}\n",
            super::counted(imported.len(), "fixture"),
            super::counted(redactions, "redaction"),
            skipped.len()
        )
    };
    if imported.is_empty() {
        let message = "nothing in these files is an exchange with Bedrock; expected an invocation log, a VCR cassette, a response or an event stream";
        return Err(Failure { code: 2, message: message.to_string(), output: out });
    }
    Ok(out)
}

/// What no pattern finds.
const NOT_FOUND: &str =
    "names of people and addresses in words are not found: look through the files before they are shared";

/// Writes every fixture to its file, or none: what is there stays as it is, and is named.
fn write_all(folder: &Path, imported: &[Imported], skipped: &mut Vec<Value>) -> Result<Vec<String>, Failure> {
    let (mut files, mut taken) = (Vec::new(), Vec::new());
    for fixture in imported {
        let id = fixture.document["fixture_id"].as_str().unwrap_or("fixture");
        let path = folder.join(format!("{id}.json"));
        let text =
            serde_json::to_string_pretty(&fixture.document).map_err(|error| Failure::input(error.to_string()))?;
        let text = text + "\n";
        match std::fs::read(&path) {
            Ok(there) if there == text.as_bytes() => {
                skipped.push(
                    json!({"file": path.display().to_string(), "line": 1, "reason": "already there, and the same"}),
                );
            }
            Ok(_) => taken.push(path.display().to_string()),
            // What is there and no file is told when it is written.
            Err(_) => files.push((path, text)),
        }
    }
    if !taken.is_empty() {
        let named: Vec<&str> = taken.iter().take(10).map(String::as_str).collect();
        let more =
            if taken.len() > named.len() { format!(" and {} more", taken.len() - named.len()) } else { String::new() };
        return Err(Failure::input(format!(
            "nothing was written: {}{more} is already there with other content; remove it, or import into another folder",
            named.join(", ")
        )));
    }
    let fail = |path: &Path, error: std::io::Error| {
        Failure::input(format!("nothing was written: {}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| fail(folder, error))?;
    let mut written: Vec<String> = Vec::new();
    for (path, text) in files {
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
        let done = file.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
        if let Err(error) = done {
            // Only what this import wrote: a file that was there made it fail before it wrote to it.
            let begun = (error.kind() != std::io::ErrorKind::AlreadyExists).then(|| path.display().to_string());
            for file in written.iter().chain(&begun) {
                let _ = std::fs::remove_file(file);
            }
            return Err(fail(&path, error));
        }
        written.push(path.display().to_string());
    }
    Ok(written)
}
