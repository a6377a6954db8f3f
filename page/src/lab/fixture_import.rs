//! Fixture files from what was dropped or opened: fixtures as they are, a bundle file by file, everything
//! else imported. It goes forward in slices, says how far it is, and can be given up.

use std::cell::Cell;
use std::collections::VecDeque;

use rehearsal::document;
use rehearsal::fixture::read_file;
use rehearsal::import::{
    Exchange, Gunzip, Importer, Record, RecordSplitter, Redactor, Untaken, from_any, from_log_record,
};
use rehearsal::words::{English, Message, Word};

use super::shelf::Files;
use crate::platform::clock;
use crate::platform::files::Source;

/// What is larger is no fixture; a log of that size belongs to the analysis, which reads it in pieces.
const MOST_BYTES: f64 = 256e6;
/// The largest text that is tried as one document.
const MOST_DOCUMENT: usize = 16 << 20;
/// The largest log that is unpacked.
const MOST_UNPACKED: u64 = 512 << 20;
/// By so many bytes a log is known.
const HEAD_BYTES: f64 = 65_536.0;
/// So many bytes of a log are read at once.
const PIECE_BYTES: f64 = 1_048_576.0;
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
            reading.leave_out(too_large(name, source.size_bytes, MOST_BYTES));
        } else {
            let mut at = 0.0;
            let mut open: Option<Log> = None;
            loop {
                // A log is read piece by piece; what is none, as a whole.
                let piece = if at == 0.0 { HEAD_BYTES } else { PIECE_BYTES };
                let mut bytes = match source.piece(at, piece).await {
                    Ok(bytes) => bytes,
                    Err(error) => {
                        reading.leave_out(left_out(name, &error));
                        break;
                    }
                };
                at += piece;
                if open.is_none() {
                    open = reading.log(name, &bytes);
                }
                let Some(log) = &mut open else {
                    match source.piece(HEAD_BYTES, source.size_bytes).await {
                        Ok(rest) => {
                            bytes.extend(rest);
                            reading.whole(name, bytes);
                        }
                        Err(error) => reading.leave_out(left_out(name, &error)),
                    }
                    break;
                };
                let ended = at >= source.size_bytes;
                for (number, step) in bytes.chunks(STEP_BYTES).enumerate() {
                    let is_last = ended && (number + 1) * STEP_BYTES >= bytes.len();
                    reading.split(log, step, is_last);
                    while reading.take_next(log) {
                        if slice.is_over() {
                            let done = (at - piece + (number * STEP_BYTES) as f64).min(source.size_bytes);
                            tell((before + done) / all);
                            slice.rest().await;
                            if cancelled.get() {
                                return None;
                            }
                        }
                    }
                }
                if ended || log.failed {
                    break;
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

fn too_large(name: &str, size_bytes: f64, most: f64) -> Message {
    Message::new(Word::ui_file_too_large)
        .text("name", name)
        .number("size", libm::round(size_bytes / 1e6))
        .number("most", most / 1e6)
}

/// A log that is being split into its records.
struct Log {
    name: String,
    gunzip: Option<Gunzip>,
    splitter: RecordSplitter,
    records: VecDeque<Record>,
    /// Whether it could not be unpacked any further.
    failed: bool,
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

    /// The log that a file is, by its first bytes.
    fn log(&self, name: &str, head: &[u8]) -> Option<Log> {
        let packed = Gunzip::is_packed(head);
        let is_one = if packed {
            Gunzip::new(MOST_UNPACKED).push(head).is_ok_and(|head| is_log(&head))
        } else {
            // What is one document may be one of many forms.
            is_log(head)
                && (head.len() >= HEAD_BYTES as usize || read_file(name, &String::from_utf8_lossy(head)).is_err())
        };
        is_one.then(|| Log {
            name: name.to_string(),
            gunzip: packed.then(|| Gunzip::new(MOST_UNPACKED)),
            splitter: RecordSplitter::default(),
            records: VecDeque::new(),
            failed: false,
        })
    }

    /// Takes a file in at once.
    fn whole(&mut self, name: &str, bytes: Vec<u8>) {
        if Gunzip::is_packed(&bytes) {
            let mut gunzip = Gunzip::new(MOST_DOCUMENT as u64);
            let unpacked = gunzip.push(&bytes).and_then(|begin| Ok([begin, gunzip.finish()?].concat()));
            return match unpacked {
                Ok(unpacked) => self.whole(name.trim_end_matches(".gz"), unpacked),
                Err(error) => self.leave_out(left_out(name, &error.to_string())),
            };
        }
        if bytes.len() <= MOST_DOCUMENT
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            if let Ok(bundle) = serde_json::from_str::<Files>(text) {
                return self.take_bundle(name, bundle);
            }
            // It is read before it is stored.
            if read_file(name, text).is_ok() {
                self.import.files.push((name.to_string(), text.to_string()));
                return;
            }
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
    }

    /// What the page exports comes back as it went; what is no fixture, with the reason.
    fn take_bundle(&mut self, bundle: &str, files: Files) {
        for (name, text) in files {
            match read_file(&name, &text) {
                Ok(_) => self.import.files.push((name, text)),
                Err(problems) => {
                    let why = problems.0.first().map(|problem| problem.say(&English));
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

    /// Splits the next bytes of a log into records.
    fn split(&mut self, log: &mut Log, bytes: &[u8], is_last: bool) {
        if log.failed {
            return;
        }
        let unpacked = match &mut log.gunzip {
            None => Ok(bytes.to_vec()),
            Some(gunzip) => gunzip.push(bytes),
        };
        let records = &mut log.records;
        let mut push = |record| records.push_back(record);
        let read = unpacked.and_then(|text| {
            log.splitter.push(&text, &mut push);
            if let Some(gunzip) = log.gunzip.take_if(|_| is_last) {
                log.splitter.push(&gunzip.finish()?, &mut push);
            }
            Ok(())
        });
        if let Err(error) = read {
            // The records before that place are there.
            log.failed = true;
            self.leave_out(left_out(&log.name, &error.to_string()));
        }
        if is_last || log.failed {
            log.splitter.finish(&mut push);
        }
    }

    /// Takes one record of a log; false when there is none.
    fn take_next(&mut self, log: &mut Log) -> bool {
        let Some(record) = log.records.pop_front() else { return false };
        match record {
            Record::Bad { line, reason } => {
                self.leave_out(left_out(&format!("{}:{line}", log.name), reason.reason()));
            }
            Record::Object { line, text } => {
                let record = document::parse_bytes(&text).map_err(|problem| problem.say(&English));
                match record.and_then(|record| from_log_record(&record).map_err(|error| error.to_string())) {
                    Ok(exchange) => self.take(&log.name, exchange),
                    Err(reason) => self.leave_out(left_out(&format!("{}:{line}", log.name), &reason)),
                }
            }
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
        read_bytes(name, text.as_bytes())
    }

    fn read_bytes(name: &str, bytes: &[u8]) -> Import {
        let mut reading = Reading::new();
        match reading.log(name, &bytes[..bytes.len().min(HEAD_BYTES as usize)]) {
            None => reading.whole(name, bytes.to_vec()),
            Some(mut log) => {
                let steps = bytes.chunks(STEP_BYTES).count();
                for (number, step) in bytes.chunks(STEP_BYTES).enumerate() {
                    reading.split(&mut log, step, number + 1 == steps);
                    while reading.take_next(&mut log) {}
                }
            }
        }
        reading.import
    }

    #[test]
    fn a_packed_log_is_read_as_it_unpacks() {
        let mut text: String = (0..3000).map(|id| record(id) + "\n").collect();
        text += "noise\n";
        let packed = |text: &str| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut packer, text.as_bytes()).unwrap();
            packer.finish().unwrap()
        };
        let bytes = packed(&text);
        let import = read_bytes("log.json.gz", &bytes);
        assert_eq!((import.files.len(), import.left_out.len()), (3000, 1));
        // Cut off, what came before is there and the rest is named.
        let import = read_bytes("log.json.gz", &bytes[..bytes.len() / 2]);
        assert!(import.files.len() > 1000 && import.files.len() < 3000 && !import.left_out.is_empty());
        assert_eq!(read_bytes("answer.json.gz", &packed(ANSWER)).files.len(), 1);
        let import = read_bytes("bomb.json.gz", &packed(&"x".repeat(MOST_DOCUMENT + 1)));
        assert_eq!((import.files.len(), import.left_out.len()), (0, 1));
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
