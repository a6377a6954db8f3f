//! What teams have: logs, recordings, pasted answers.

use std::io::Write;

use rehearsal::catalog::Catalog;
use rehearsal::fixture::read_file;
use rehearsal::import::{
    ImportOptions, Importer, LogReader, LogSummary, Redactor, Sample, first_scenario, from_any, from_cassette,
    from_event_stream, from_pasted, to_scenario,
};
use rehearsal::scenario::Scenario;

use crate::same;

fn summary(data: &[u8], step: usize) -> LogSummary {
    let mut reader = LogReader::new(ImportOptions { keep_trace: true, ..ImportOptions::default() });
    reader.begin_file("calls");
    for piece in data.chunks(step) {
        reader.push(piece);
    }
    reader.end_file();
    reader.finish()
}

/// All that a person is told of a log.
fn told(log: &LogSummary) -> String {
    let LogSummary { skipped, skipped_count, seen_twice, columns, counts, findings, files, .. } = log;
    let bill = log.summary.bill(Catalog::full());
    let imported = to_scenario(log.clone(), Catalog::full());
    let scenario = &imported.scenario;
    format!(
        "{skipped:?} {skipped_count} {seen_twice} {columns:?} {counts:?} {findings:?} {files:?} {bill:?} {scenario}"
    )
}

/// A log: as it is, in pieces, and packed with gzip, which must all say the same.
pub fn log(data: &[u8]) {
    let whole = summary(data, data.len().max(1));
    let said = told(&whole);
    same(&told(&summary(data, 11)), &said, "pieces of any size give the same");
    if !data.starts_with(&[0x1F, 0x8B]) && data.len() >= 4 {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(data).expect("memory takes it");
        let packed = packer.finish().expect("memory takes it");
        // What is refused as packed otherwise is not looked for inside gzip.
        if !said.contains("unpack it") && !said.contains("a PDF") && !said.contains("Parquet") {
            same(&told(&summary(&packed, 64)), &said, "gzip changes nothing");
        }
    }
    if let Err(error) = whole.check() {
        assert!(!error.to_string().is_empty());
        return;
    }
    let imported = to_scenario(whole, Catalog::full());
    assert_eq!(imported.at_least, imported.bill_usd.is_none(), "a bill is whole or at least something");
    if let Some(bill) = imported.bill_usd {
        assert_eq!(bill, imported.known_usd);
    }
    if imported.scenario.is_object() && imported.requests > 0 {
        let text = imported.scenario.to_string();
        let read = Scenario::load(&text);
        assert!(read.is_ok(), "the scenario of a log is one: {}\n{text:.2000}", read.unwrap_err());
    }
}

/// A file of any kind, to fixtures: what comes out is read again, and has been redacted.
pub fn import(data: &[u8]) {
    for name in ["log.json", "log.json.gz", "cassette.yaml", "stream.bin", "session.har", "notes.txt"] {
        let _ = from_any(name, data);
        let mut importer = Importer::new(Redactor::default());
        let Ok((fixtures, _)) = importer.file(name, data) else { continue };
        for fixture in fixtures {
            let read = read_file("a.json", &fixture.document.to_string());
            assert!(read.is_ok(), "{name}: {}\n{}", read.unwrap_err(), fixture.document);
        }
    }
}

/// A cassette in YAML.
pub fn cassette(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = from_cassette("cassette.yaml", text) {
        assert!(error.to_string().chars().count() < 4_000);
    }
}

/// What someone pastes: an answer, a stream, a first sample.
pub fn pasted(data: &[u8]) {
    let _ = from_event_stream("a", data);
    let text = String::from_utf8_lossy(data);
    let _ = from_pasted("a", &text);
    let mut lines = text.splitn(3, '\n').map(str::to_string);
    let mut line = || lines.next().unwrap_or_default();
    let (system, question, answer) = (line(), line(), line());
    let sample = Sample {
        system,
        question,
        answer,
        model: "anthropic.claude-haiku-4-5-20251001-v1:0".to_string(),
        daily_messages: 1000.0,
        turns: data.len() as f64 % 7.0,
        counted: Default::default(),
    };
    let first = first_scenario(&sample, Catalog::full(), None);
    let read = Scenario::load(&first.scenario.to_json());
    assert!(read.is_ok(), "{}", read.unwrap_err());
}

/// A text that is redacted: a second time finds nothing.
pub fn redaction(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let redactor = Redactor::usual();
    let once = redactor.text(&text);
    if once.count == 0 {
        assert_eq!(once.text, text, "what holds nothing stays");
    }
    let twice = redactor.text(&once.text);
    same(&twice.text, &once.text, "what was redacted stays");
    assert!(redactor.label(&text).len() <= 4 * text.len() + 64);
}
