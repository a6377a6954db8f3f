use std::path::Path;

use rehearsal::import::{Imported, Importer, Redactor, from_any};
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
        let (exchanges, lines) = from_any(file, &bytes).map_err(|error| Failure::input(format!("{file}: {error}")))?;
        imported.extend(exchanges.into_iter().filter_map(|exchange| importer.fixture(exchange)));
        skipped.extend(lines.into_iter().map(|skip| json!({"file": file, "line": skip.line, "reason": skip.reason})));
    }
    let mut written = Vec::new();
    if let Some(folder) = out {
        for fixture in &imported {
            written.push(write(folder, &fixture.document)?);
        }
    }
    let redactions: usize = imported.iter().map(|fixture| fixture.redactions).sum();
    let out = if json {
        let documents: Vec<&Value> = imported.iter().map(|fixture| &fixture.document).collect();
        print_json(&json!({"fixtures": documents, "written": written, "skipped": skipped, "redactions": redactions}))?
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
        format!("{} fixtures, {redactions} redactions, {} skipped; written to {place}\n", imported.len(), skipped.len())
    };
    if imported.is_empty() {
        let message = "nothing in these files is an exchange with Bedrock; expected an invocation log, a VCR cassette, a response or an event stream";
        return Err(Failure { code: 2, message: message.to_string(), output: out });
    }
    Ok(out)
}

/// Writes a fixture to its file; one that is there stays as it is.
fn write(folder: &Path, document: &Value) -> Result<String, Failure> {
    let id = document["fixture_id"].as_str().unwrap_or("fixture");
    let path = folder.join(format!("{id}.json"));
    let fail = |error: std::io::Error| Failure::input(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(fail)?;
    let text = serde_json::to_string_pretty(document).map_err(|error| Failure::input(error.to_string()))? + "\n";
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::AlreadyExists {
            "; remove it, or import into another folder"
        } else {
            ""
        };
        Failure::input(format!("{}: {error}{hint}", path.display()))
    })?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(fail)?;
    Ok(path.display().to_string())
}
