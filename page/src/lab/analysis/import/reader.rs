use std::cell::Cell;

use rehearsal::import::{ImportOptions, ImportedLog, LogReader, Times, to_scenario_on};
use rehearsal::problem::Problem;
use rehearsal::scenario::Scenario;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::components::{Working, working};
use crate::platform::clock;
use crate::platform::drops::{HEAD_BYTES, Kind};
use crate::platform::files::Source;
use crate::speech::Speech;

/// Bytes asked of the browser at once: what is in memory beside the sums.
const PIECE_BYTES: f64 = 1_048_576.0;
/// Bytes read between two looks at the clock; packed ones may be a hundred times as many.
const STEP_BYTES: usize = 16_384;
/// The page draws and listens at least so often.
const SLICE_MS: f64 = 12.0;
/// The largest document that is opened.
const MAX_DOCUMENT_BYTES: f64 = 16e6;

/// How far a log has been read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// 0 to 1.
    pub done: f64,
    pub requests: u64,
}

impl Progress {
    /// How far the reading of logs for something is, with a way out; `action` is a stable name for tests.
    pub fn shown(self, speech: &Speech, of: Word, action: &'static str, cancel: Callback<MouseEvent>) -> Html {
        let said = Message::new(Word::an_import_reading)
            .with("done", Arg::Percent(self.done))
            .number("requests", self.requests as f64);
        let (said, label) = (speech.say(&said), speech.word(of));
        working(speech, &Working { said, label, done: self.done, action: Some(action), cancel })
    }
}

/// A log as it was understood.
#[derive(Clone, Debug)]
pub struct Log {
    pub names: String,
    pub imported: ImportedLog,
    pub scenario: Scenario,
    pub times: Times,
    /// What reading took.
    pub megabytes: f64,
    pub seconds: f64,
}

/// Files by what they are.
pub struct Sorted {
    /// Names and texts.
    pub documents: Vec<(String, String)>,
    pub logs: Vec<Source>,
}

/// Splits files into documents, by name and read whole, and logs, unread.
///
/// # Errors
/// What is wrong with a file, by its name.
pub async fn sorted(sources: Vec<Source>) -> Result<Sorted, String> {
    let (mut documents, mut logs) = (Vec::new(), Vec::new());
    for source in sources {
        let named = |error: String| format!("{}: {error}", source.name);
        let head = source.piece(0.0, HEAD_BYTES).await.map_err(named)?;
        if Kind::of(&head) == Kind::Document && source.size_bytes <= MAX_DOCUMENT_BYTES {
            let bytes = source.piece(0.0, source.size_bytes).await.map_err(named)?;
            documents.push((source.name.clone(), String::from_utf8_lossy(&bytes).into_owned()));
        } else {
            logs.push(source);
        }
    }
    Ok(Sorted { documents, logs })
}

/// Reads logs piece by piece, so that the page stays alive and memory small; `None` when cancelled.
pub async fn read(
    sources: &[Source],
    options: ImportOptions,
    cancelled: &Cell<bool>,
    tell: impl Fn(Progress),
) -> Option<Result<Log, String>> {
    let begun = clock::now_ms();
    let mut reader = LogReader::new(options);
    if let Err(wrong) = pieces(sources, &mut reader, cancelled, tell, |_, _| false).await? {
        return Some(Err(wrong));
    }
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    Some(understood(&names.join(", "), reader, &clock::today()).map(|log| Log {
        megabytes: megabytes(sources),
        seconds: (clock::now_ms() - begun) / 1e3,
        ..log
    }))
}

/// How large files are.
pub fn megabytes(sources: &[Source]) -> f64 {
    sources.iter().map(|source| source.size_bytes).sum::<f64>() / 1e6
}

/// Tells a reader the bytes of files; after each few, and after each file, `each` is told its name until it has nothing
/// left to do, which it says. `None` when cancelled.
pub async fn pieces(
    sources: &[Source],
    reader: &mut LogReader,
    cancelled: &Cell<bool>,
    tell: impl Fn(Progress),
    mut each: impl FnMut(&mut LogReader, &str) -> bool,
) -> Option<Result<(), String>> {
    let all: f64 = sources.iter().map(|source| source.size_bytes).sum();
    let (mut done, mut since) = (0.0, clock::now_ms());
    for source in sources {
        reader.begin_file(&source.name);
        let mut at = 0.0;
        while at < source.size_bytes {
            let piece = match source.piece(at, PIECE_BYTES).await {
                Ok(piece) => piece,
                Err(error) => return Some(Err(format!("{}: {error}", source.name))),
            };
            if piece.is_empty() {
                return Some(Err(format!("{}: it became shorter while it was read", source.name)));
            }
            for step in piece.chunks(STEP_BYTES) {
                reader.push(step);
                done += step.len() as f64;
                let mut more = true;
                while more {
                    more = each(reader, &source.name);
                    if clock::now_ms() - since > SLICE_MS {
                        tell(Progress { done: done / all.max(1.0), requests: reader.requests() });
                        clock::sleep(0.0).await;
                        since = clock::now_ms();
                        if cancelled.get() {
                            return None;
                        }
                    }
                }
            }
            at += piece.len() as f64;
        }
        reader.end_file();
        while each(reader, &source.name) {}
    }
    Some(Ok(()))
}

/// What a log adds up to, on a day: models whose end is near are named.
fn understood(names: &str, reader: LogReader, today: &str) -> Result<Log, String> {
    let summary = reader.finish();
    summary.check().map_err(|error| error.to_string())?;
    let times = summary.summary.times.clone();
    let imported = to_scenario_on(summary, crate::lab::prices::catalog(), (!today.is_empty()).then_some(today));
    if imported.requests == 0 {
        return Err(format!("{names}: no model call in it"));
    }
    let say = |problem: &Problem| problem.say(&rehearsal::words::English);
    let scenario = Scenario::load(&imported.scenario.to_string())
        .map_err(|problems| problems.0.iter().map(say).collect::<Vec<_>>().join(" "))?
        .output;
    Ok(Log { names: names.to_string(), imported, scenario, times, megabytes: 0.0, seconds: 0.0 })
}

/// A log that is given as text, for tests.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub fn log_of(text: &str) -> Result<Log, String> {
    let mut reader = LogReader::new(ImportOptions::default());
    reader.begin_file("calls.csv");
    reader.push(text.as_bytes());
    reader.end_file();
    understood("calls.csv", reader, "2026-11-30")
}
