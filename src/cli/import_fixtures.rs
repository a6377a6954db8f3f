use std::path::Path;

use rehearsal::import::{
    Exchange, Imported, Importer, Record, RecordSplitter, Redactor, from_cassette, from_event_stream, from_log_record,
    from_pasted,
};
use serde_json::{Value, json};

use super::{Failure, json as print_json};

/// What one file gave.
struct Found {
    exchanges: Vec<Exchange>,
    skipped: Vec<(u64, String)>,
}

pub fn run(files: &[String], out: Option<&Path>, patterns: &[String], json: bool) -> Result<String, Failure> {
    if files.is_empty() {
        return Err(Failure::input("give the files to import"));
    }
    let redactor = Redactor::new(patterns).map_err(|error| Failure::input(format!("--redact {error}")))?;
    let mut importer = Importer::new(redactor);
    let mut imported: Vec<Imported> = Vec::new();
    let mut skipped = Vec::new();
    for file in files {
        let found = exchanges(file, &super::input::read_bytes(file)?)?;
        imported.extend(found.exchanges.into_iter().filter_map(|exchange| importer.fixture(exchange)));
        skipped.extend(
            found.skipped.into_iter().map(|(line, reason)| json!({"file": file, "line": line, "reason": reason})),
        );
    }
    let mut written = Vec::new();
    if let Some(folder) = out {
        for fixture in &imported {
            written.push(write(folder, &fixture.document)?);
        }
    }
    let redactions: usize = imported.iter().map(|fixture| fixture.redactions).sum();
    if json {
        let documents: Vec<&Value> = imported.iter().map(|fixture| &fixture.document).collect();
        return print_json(
            &json!({"fixtures": documents, "written": written, "skipped": skipped, "redactions": redactions}),
        );
    }
    for skip in &skipped {
        eprintln!(
            "skipped: {} {}: {}",
            skip["file"].as_str().unwrap_or_default(),
            skip["line"],
            skip["reason"].as_str().unwrap_or_default()
        );
    }
    let place = out.map_or("nowhere: give --out DIR to keep them".to_string(), |folder| folder.display().to_string());
    Ok(format!(
        "{} fixtures, {} redactions, {} skipped; written to {place}\n",
        imported.len(),
        redactions,
        skipped.len()
    ))
}

/// The exchanges in a file, by what it looks like.
fn exchanges(file: &str, bytes: &[u8]) -> Result<Found, Failure> {
    let fail = |error: String| Failure::input(format!("{file}: {error}"));
    let name = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let one = |exchange| Found { exchanges: vec![exchange], skipped: Vec::new() };
    let Ok(text) = std::str::from_utf8(bytes) else { return from_event_stream(&name, bytes).map(one).map_err(fail) };
    if bytes.first() == Some(&0) {
        return from_event_stream(&name, bytes).map(one).map_err(fail);
    }
    if text.trim_start().starts_with("interactions:") || file.ends_with(".yaml") || file.ends_with(".yml") {
        let (exchanges, skipped) = from_cassette(&name, text).map_err(fail)?;
        return Ok(Found { exchanges, skipped: skipped.into_iter().map(|skip| (skip.line, skip.reason)).collect() });
    }
    if let Ok(exchange) = from_pasted(&name, text) {
        return Ok(one(exchange));
    }
    Ok(log(bytes))
}

/// The records of an invocation log.
fn log(bytes: &[u8]) -> Found {
    let mut found = Found { exchanges: Vec::new(), skipped: Vec::new() };
    let mut take = |record| match record {
        Record::Bad { line, reason } => found.skipped.push((line, reason.reason().to_string())),
        Record::Object { line, text } => {
            let exchange = serde_json::from_slice::<Value>(&text).map_err(|error| error.to_string());
            match exchange.and_then(|record| from_log_record(&record)) {
                Ok(exchange) => found.exchanges.push(exchange),
                Err(reason) => found.skipped.push((line, reason)),
            }
        }
    };
    let mut splitter = RecordSplitter::default();
    splitter.push(bytes, &mut take);
    splitter.finish(&mut take);
    found
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
