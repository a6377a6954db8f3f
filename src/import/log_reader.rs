//! Reads logs as they arrive: bytes in, a summary out. It does no input of its own, so the page can feed it
//! a dropped file piece by piece, show how far it is, and stop.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::write::MultiGzDecoder;

use crate::catalog::Catalog;

use super::encoding::{Encoding, Utf16};
use super::error::{Error, ErrorCode};
use super::findings::Finding;
use super::lines::Lines;
use super::logged::LoggedCall;
use super::model_id::Profiles;
use super::rows::{Counting, CountingSource};
use super::rule::TypeRule;
use super::summary::Summary;
use super::time_zone::TimeZone;

/// How many bytes of a packed file are unpacked at once.
const STEP: usize = 64 << 10;

/// How a log is understood.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// What query type a call is of.
    pub rule: TypeRule,
    /// The model of rows that name none, as those of the Azure trace.
    pub model: Option<String>,
    /// Whether the calls are kept, so that the scenario can replay them.
    pub keep_trace: bool,
    /// Whether the input contains the cached tokens; found from the file where it is not said.
    pub counts: Option<Counting>,
    /// Whose days and hours are meant; found from the log where it is not said.
    pub time_zone: Option<TimeZone>,
    /// What ARNs that hide their model stand for.
    pub profiles: Profiles,
    /// Whose models are Bedrock's, and at which lengths of a prompt their prices change; the product's own list where it is
    /// not said.
    pub catalog: Option<&'static Catalog>,
    /// Whether each call is handed on, its request included ([`LogReader::take_calls`]).
    pub keep_calls: bool,
}

/// A log being read.
pub struct LogReader {
    unpacker: Unpacker,
    decoder: Decoder,
    lines: Lines,
    /// A file has begun and not ended.
    in_file: bool,
}

enum Unpacker {
    /// The first bytes, which say what it is.
    Undecided(Vec<u8>),
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// It broke, or is of a kind that is not read; why was told.
    Broken,
}

enum Decoder {
    Undecided(Vec<u8>),
    Utf8,
    Utf16(Utf16),
}

/// What is known of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileRead {
    /// Its name, as [`LogReader::begin_file`] was told.
    pub name: String,
    /// Calls that were read from it.
    pub requests: u64,
    /// Calls of it that had been read before.
    pub seen_twice: u64,
    /// Records that are no calls, and were not to be.
    pub no_calls: u64,
    pub skipped: u64,
    /// The first line that was skipped, and why.
    pub first_skipped: Option<(u64, String)>,
    /// A kind of document that is no log.
    pub other_kind: bool,
}

/// What is known so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LogSummary {
    pub summary: Summary,
    /// The first thousand lines that are none, with their files and numbers.
    pub skipped: Vec<SkippedLine>,
    /// All of them.
    pub skipped_count: u64,
    /// Of them, those that may be calls.
    pub unread: u64,
    /// Calls that came again and were billed once.
    pub seen_twice: u64,
    /// Which column or field of JSON was taken for what.
    pub columns: BTreeMap<String, Option<&'static str>>,
    /// Whether counts of the prompt contain those of the cache, and how that was found; `None` without
    /// such counts.
    pub counts: Option<(Counting, CountingSource)>,
    /// What is to be said beside the bill.
    pub findings: Vec<Finding>,
    pub files: Vec<FileRead>,
}

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SkippedLine {
    /// The name of its file; absent where it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    pub line: u64,
    pub reason: String,
}

impl LogSummary {
    /// Refuses a file of which nothing was read.
    ///
    /// # Errors
    /// The first such file: what was seen in it, what was expected, and what to do.
    pub fn check(&self) -> Result<(), Error> {
        let empty = |file: &&FileRead| [file.requests, file.seen_twice, file.no_calls] == [0; 3];
        match self.files.iter().find(empty) {
            None => Ok(()),
            Some(file) => {
                let seen = match &file.first_skipped {
                    None => "it is empty".to_string(),
                    Some((line, reason)) => format!("line {line}: {reason}"),
                };
                let code = if file.other_kind { ErrorCode::OtherKind } else { ErrorCode::NothingRead };
                Err(Error::new(code, format!("no request in it; {seen}. {EXPECTED}")).in_file(&file.name))
            }
        }
    }
}

/// What a log can be.
const EXPECTED: &str = "Expected a Bedrock model invocation log (S3, CloudWatch or Athena), batch output, an export of Langfuse, LiteLLM, Helicone, OpenTelemetry or Claude Code, or rows with a model and columns such as timestamp, input_tokens and output_tokens";

impl LogReader {
    pub fn new(options: ImportOptions) -> Self {
        LogReader {
            unpacker: Unpacker::Undecided(Vec::new()),
            decoder: Decoder::Undecided(Vec::new()),
            lines: Lines::new(options),
            in_file: false,
        }
    }

    /// Says what the next file is called, for messages.
    pub fn begin_file(&mut self, name: &str) {
        self.in_file = true;
        self.lines.begin_file(name);
    }

    /// Says that the next file has the bytes of one before: all of its calls were seen.
    pub fn begin_copy(&mut self) {
        self.lines.begin_copy();
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.in_file = true;
        let held;
        let mut bytes = bytes;
        if let Unpacker::Undecided(first) = &mut self.unpacker {
            first.extend_from_slice(bytes);
            if first.len() < 4 {
                return;
            }
            held = std::mem::take(first);
            self.decide(&held);
            bytes = &held;
        }
        match &mut self.unpacker {
            Unpacker::Plain => self.decode(bytes),
            Unpacker::Gzip(_) => {
                // In small steps: a few bytes may unpack to very many.
                for step in bytes.chunks(STEP / 64) {
                    let Unpacker::Gzip(decoder) = &mut self.unpacker else { break };
                    let written = decoder.write_all(step);
                    let unpacked = std::mem::take(decoder.get_mut());
                    self.decode(&unpacked);
                    if let Err(error) = written {
                        self.lines.skip(format!("gzip: {error}; what follows is not read"));
                        self.unpacker = Unpacker::Broken;
                    }
                }
            }
            Unpacker::Broken | Unpacker::Undecided(_) => {}
        }
    }

    /// What the first bytes of a file say.
    fn decide(&mut self, first: &[u8]) {
        const REFUSED: [(&[u8], &str); 6] = [
            (b"PK\x03\x04", "a zip archive or a workbook; unpack it, or save the sheet as CSV"),
            (b"PAR1", "a Parquet file; write it as CSV, with DuckDB: COPY (FROM 'FILE') TO 'calls.csv'"),
            (b"\x28\xB5\x2F\xFD", "packed with zstd; unpack it: zstd -d FILE"),
            (b"BZh", "packed with bzip2; unpack it: bunzip2 FILE"),
            (b"\xFD7zXZ", "packed with xz; unpack it: unxz FILE"),
            (b"%PDF", "a PDF"),
        ];
        self.unpacker = if first.starts_with(&[0x1F, 0x8B]) {
            Unpacker::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))
        } else if let Some((_, what)) = REFUSED.iter().find(|(magic, _)| first.starts_with(magic)) {
            self.lines.refuse((*what).to_string());
            Unpacker::Broken
        } else {
            Unpacker::Plain
        };
    }

    fn decode(&mut self, bytes: &[u8]) {
        if let Decoder::Undecided(first) = &mut self.decoder {
            first.extend_from_slice(bytes);
            if first.len() < 4 {
                return;
            }
            let held = std::mem::take(first);
            return self.begin_text(&held);
        }
        match &mut self.decoder {
            Decoder::Utf16(decoder) => {
                let text = decoder.decode(bytes);
                self.lines.push(&text);
            }
            Decoder::Utf8 | Decoder::Undecided(_) => self.lines.push(bytes),
        }
    }

    fn begin_text(&mut self, first: &[u8]) {
        if first.get(257..262) == Some(b"ustar") {
            self.lines.refuse("a tar archive; unpack it: tar xf FILE".to_string());
            self.decoder = Decoder::Utf8;
            return;
        }
        let (encoding, mark) = Encoding::of(first);
        self.decoder = match encoding {
            Encoding::Utf8 => Decoder::Utf8,
            Encoding::Utf16 { big_endian } => Decoder::Utf16(Utf16::new(big_endian)),
        };
        self.decode(first.get(mark..).unwrap_or_default());
    }

    /// Ends one file; another may follow.
    pub fn end_file(&mut self) {
        match std::mem::replace(&mut self.unpacker, Unpacker::Undecided(Vec::new())) {
            Unpacker::Undecided(first) => self.decode(&first),
            Unpacker::Gzip(mut decoder) => {
                let finished = decoder.try_finish();
                let unpacked = std::mem::take(decoder.get_mut());
                self.decode(&unpacked);
                if let Err(error) = finished {
                    self.lines.skip(format!("gzip: the file is cut off ({error})"));
                }
            }
            Unpacker::Plain | Unpacker::Broken => {}
        }
        match std::mem::replace(&mut self.decoder, Decoder::Undecided(Vec::new())) {
            Decoder::Undecided(first) => self.lines.push(&first),
            Decoder::Utf16(decoder) if decoder.broken > 0 => {
                self.lines.skip(format!("UTF-16: {} characters are none", decoder.broken));
            }
            Decoder::Utf16(_) | Decoder::Utf8 => {}
        }
        self.lines.end_file();
        self.in_file = false;
    }

    /// Calls read so far.
    pub fn requests(&self) -> u64 {
        self.lines.requests
    }

    /// The calls that were read since the last time, where they are kept. Take them after each piece and after
    /// the end of a file: what is not taken waits in memory.
    pub fn take_calls(&mut self) -> Vec<LoggedCall> {
        std::mem::take(&mut self.lines.calls)
    }

    /// The whole log's summary; ends the last file if that was not done.
    pub fn finish(mut self) -> LogSummary {
        if self.in_file {
            self.end_file();
        }
        self.lines.finish()
    }
}
