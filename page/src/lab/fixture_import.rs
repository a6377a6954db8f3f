//! Fixture files from what was dropped or opened: fixtures as they are, a bundle file by file, everything
//! else imported. It goes forward in slices, says how far it is, and can be given up.

use std::cell::Cell;
use std::collections::VecDeque;

use rehearsal::fixture::read_file;
use rehearsal::import::{Exchange, Importer, Record, RecordSplitter, Redactor, Untaken, from_any, from_log_record};
use rehearsal::words::{Message, Word};
use serde_json::Value;

use super::shelf::Files;
use crate::platform::clock;
use crate::platform::files::Source;

/// What is larger is no fixture; a log of that size belongs to the analysis, which reads it in pieces.
const MOST_BYTES: f64 = 256e6;
/// The largest text that is tried as one document.
const MOST_DOCUMENT: usize = 16 << 20;
/// Bytes of a log that are split between two looks at the clock.
const STEP_BYTES: usize = 16_384;
/// The page draws and listens at least so often.
const SLICE_MS: f64 = 12.0;

/// What an import has given: files by name, and what was left out and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    pub files: Vec<(String, String)>,
    pub left_out: Vec<Message>,
    /// What occurs twice: it is there once.
    pub twice: Vec<Message>,
}

/// Reads files one after the other; `None` when it was given up.
pub async fn import(sources: &[Source], cancelled: &Cell<bool>, tell: impl Fn(f64)) -> Option<Import> {
    let all: f64 = sources.iter().map(|source| source.size_bytes).sum::<f64>().max(1.0);
    let mut reading = Reading::new();
    let mut before = 0.0;
    let slice = Slice::default();
    for source in sources {
        let name = &source.name;
        if source.size_bytes > MOST_BYTES {
            reading.leave_out(
                Message::new(Word::ui_file_too_large)
                    .text("name", name)
                    .number("size", libm::round(source.size_bytes / 1e6))
                    .number("most", MOST_BYTES / 1e6),
            );
        } else {
            match source.piece(0.0, source.size_bytes).await {
                Err(error) => reading.leave_out(left_out(name, &error)),
                Ok(bytes) => {
                    let mut log = reading.begin(name, bytes);
                    while let Some(open) = &mut log {
                        let more = reading.advance(open);
                        if slice.is_over() {
                            tell((before + open.done() * source.size_bytes) / all);
                            slice.rest().await;
                            if cancelled.get() {
                                return None;
                            }
                        }
                        if !more {
                            log = None;
                        }
                    }
                }
            }
        }
        before += source.size_bytes;
        tell(before / all);
        slice.rest().await;
        if cancelled.get() {
            return None;
        }
    }
    Some(reading.import)
}

/// Since when the page has not been listened to.
#[derive(Default)]
struct Slice(Cell<f64>);

impl Slice {
    fn is_over(&self) -> bool {
        clock::now_ms() - self.0.get() > SLICE_MS
    }

    async fn rest(&self) {
        clock::sleep(0.0).await;
        self.0.set(clock::now_ms());
    }
}

fn left_out(place: &str, reason: &str) -> Message {
    Message::new(Word::ui_left_out).text("place", place).text("reason", reason)
}

/// A log that is being split into its records.
struct Log {
    name: String,
    bytes: Vec<u8>,
    at: usize,
    splitter: Option<RecordSplitter>,
    records: VecDeque<Record>,
}

impl Log {
    fn done(&self) -> f64 {
        self.at as f64 / self.bytes.len().max(1) as f64
    }
}

/// An import on its way.
struct Reading {
    import: Import,
    importer: Option<Importer>,
}

impl Reading {
    fn new() -> Self {
        Reading { import: Import::default(), importer: Redactor::new(&[]).ok().map(Importer::new) }
    }

    fn leave_out(&mut self, what: Message) {
        self.import.left_out.push(what);
    }

    /// Takes a file in at once, or gives the log that it is.
    fn begin(&mut self, name: &str, bytes: Vec<u8>) -> Option<Log> {
        if bytes.len() <= MOST_DOCUMENT
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            if let Ok(bundle) = serde_json::from_str::<Files>(text) {
                self.take_bundle(name, bundle);
                return None;
            }
            // It is read before it is stored.
            if read_file(name, text).is_ok() {
                self.import.files.push((name.to_string(), text.to_string()));
                return None;
            }
        }
        if is_log(&bytes) {
            let (splitter, records) = (Some(RecordSplitter::default()), VecDeque::new());
            return Some(Log { name: name.to_string(), bytes, at: 0, splitter, records });
        }
        match from_any(name, &bytes) {
            Ok((exchanges, skipped)) => {
                exchanges.into_iter().for_each(|exchange| self.take(name, exchange));
                for skip in skipped {
                    self.leave_out(left_out(&format!("{name}:{}", skip.line), &skip.reason));
                }
            }
            Err(error) => self.leave_out(left_out(name, &error.to_string())),
        }
        None
    }

    /// What the page exports comes back as it went; what is no fixture, with the reason.
    fn take_bundle(&mut self, bundle: &str, files: Files) {
        for (name, text) in files {
            match read_file(&name, &text) {
                Ok(_) => self.import.files.push((name, text)),
                Err(problems) => {
                    let why = problems.0.first().map(|problem| problem.say(&rehearsal::words::English));
                    self.leave_out(left_out(&format!("{bundle}: {name}"), &why.unwrap_or_default()));
                }
            }
        }
    }

    fn take(&mut self, name: &str, exchange: Exchange) {
        let id = exchange.id.clone();
        let Some(importer) = &mut self.importer else { return };
        match importer.fixture(exchange) {
            Ok(imported) => {
                let file = imported.document["fixture_id"].as_str().unwrap_or("fixture").to_string();
                let text = serde_json::to_string_pretty(&imported.document).unwrap_or_default() + "\n";
                self.import.files.push((format!("{file}.json"), text));
            }
            Err(Untaken::NotKept(reason)) => self.leave_out(left_out(name, &reason)),
            Err(Untaken::SeenBefore(_)) => {
                self.import.twice.push(Message::new(Word::ui_left_out_twice).text("place", name).text("id", id))
            }
        }
    }

    /// Takes one record of a log, or splits the next piece of it; false at its end.
    fn advance(&mut self, log: &mut Log) -> bool {
        if let Some(record) = log.records.pop_front() {
            match record {
                Record::Bad { line, reason } => {
                    self.leave_out(left_out(&format!("{}:{line}", log.name), reason.reason()));
                }
                Record::Object { line, text } => {
                    let record = serde_json::from_slice::<Value>(&text).map_err(|error| error.to_string());
                    match record.and_then(|record| from_log_record(&record).map_err(|error| error.to_string())) {
                        Ok(exchange) => self.take(&log.name, exchange),
                        Err(reason) => self.leave_out(left_out(&format!("{}:{line}", log.name), &reason)),
                    }
                }
            }
            return true;
        }
        let Some(mut splitter) = log.splitter.take() else { return false };
        let (from, to) = (log.at, (log.at + STEP_BYTES).min(log.bytes.len()));
        let records = &mut log.records;
        let mut push = |record| records.push_back(record);
        splitter.push(log.bytes.get(from..to).unwrap_or_default(), &mut push);
        log.at = to;
        if to < log.bytes.len() {
            log.splitter = Some(splitter);
        } else {
            splitter.finish(&mut push);
        }
        true
    }
}

/// Whether a text begins as an invocation log: an object that names the schema, or a model and a time.
fn is_log(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(65_536)).unwrap_or_default()).into_owned();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with('{')
        && (head.contains("\"ModelInvocationLog\"") || (head.contains("\"modelId\"") && head.contains("\"timestamp\"")))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    const ANSWER: &str =
        r#"{"output":{"message":{"role":"assistant","content":[{"text":"はい"}]}},"stopReason":"end_turn"}"#;

    fn record(id: usize) -> String {
        format!(
            r#"{{"schemaType":"ModelInvocationLog","requestId":"r{id}","operation":"Converse","modelId":"m","output":{{"outputBodyJson":{ANSWER}}}}}"#
        )
    }

    fn read(name: &str, text: &str) -> Import {
        let mut reading = Reading::new();
        if let Some(mut log) = reading.begin(name, text.as_bytes().to_vec()) {
            while reading.advance(&mut log) {}
        }
        reading.import
    }

    #[test]
    fn a_log_is_split_record_by_record_and_names_what_it_leaves_out() {
        let mut text: String = (0..500).map(|id| record(id) + "\n").collect();
        text += "noise\n";
        text += &record(3);
        let import = read("log.json", &text);
        assert_eq!(import.files.len(), 500);
        assert_eq!((import.left_out.len(), import.twice.len()), (1, 1));
    }

    #[test]
    fn a_bundle_is_read_file_by_file() {
        let good = r#"{"version":1,"fixture_id":"a","prompt":"a","answer":"x"}"#;
        let bundle = serde_json::json!({"a.json": good, "b.json": "{"}).to_string();
        let import = read("fixtures.json", &bundle);
        assert_eq!(import.files, [("a.json".to_string(), good.to_string())]);
        assert_eq!(import.left_out.len(), 1);
    }

    #[test]
    fn an_answer_that_was_pasted_is_a_fixture() {
        assert_eq!(read("pasted.txt", ANSWER).files.len(), 1);
    }
}
