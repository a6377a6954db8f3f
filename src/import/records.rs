//! Splits a log into its JSON objects as it arrives.

/// The largest record that is kept whole; longer ones are skipped.
const MAX_RECORD: usize = 32 << 20;

/// One JSON object of a log, or a stretch of it that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The object's text and the line it begins on, from 1.
    Object { line: u64, text: Vec<u8> },
    /// What was skipped: the line it begins on, and why.
    Bad { line: u64, reason: BadRecord },
}

/// Why a stretch of a log is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRecord {
    /// It does not begin as an object.
    NotAnObject,
    /// It goes on for more than 32 MiB.
    TooLong,
    /// The log ends inside it.
    Truncated,
}

impl BadRecord {
    pub fn reason(self) -> &'static str {
        match self {
            BadRecord::NotAnObject => "not a JSON object",
            BadRecord::TooLong => "longer than 32 MiB",
            BadRecord::Truncated => "the file ends inside this record",
        }
    }
}

/// Splits a log into its JSON objects as it arrives, whether each has a line of its own or is
/// printed over many. Memory stays below one record.
#[derive(Clone, Debug)]
pub struct RecordSplitter {
    text: Vec<u8>,
    /// Braces open.
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Skipping to the end of the line.
    skipping: bool,
    too_long: bool,
    line: u64,
    begun: u64,
    /// What follows the list of a wrapping document, up to the brace that closes it: braces open.
    tail: u32,
    /// Within the list of a wrapping document.
    wrapped: bool,
}

/// The beginnings of documents that wrap a list of records: its records are taken one by one, however
/// large it is.
const WRAPPINGS: [&[u8]; 3] = [b"{\"events\":[", b"{\"logEvents\":[", b"{\"data\":["];

impl Default for RecordSplitter {
    fn default() -> Self {
        RecordSplitter {
            text: Vec::new(),
            depth: 0,
            in_string: false,
            escaped: false,
            skipping: false,
            too_long: false,
            line: 1,
            begun: 1,
            tail: 0,
            wrapped: false,
        }
    }
}

impl RecordSplitter {
    /// Takes the next bytes and gives every record that ends in them.
    pub fn push(&mut self, bytes: &[u8], mut emit: impl FnMut(Record)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = if self.tail > 0 {
                self.behind(rest)
            } else if self.depth == 0 {
                self.between(rest, &mut emit)
            } else {
                self.inside(rest, &mut emit)
            };
        }
    }

    /// Whether no record has begun.
    pub fn is_between(&self) -> bool {
        self.depth == 0 && self.tail == 0 && !self.wrapped
    }

    /// Ends the log.
    pub fn finish(&mut self, mut emit: impl FnMut(Record)) {
        if self.depth > 0 || self.wrapped || self.tail > 0 {
            emit(Record::Bad { line: self.begun, reason: BadRecord::Truncated });
        }
        *self = RecordSplitter::default();
    }

    /// Behind a wrapping document's list, to the brace that closes the document.
    fn behind<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        for (index, byte) in bytes.iter().enumerate() {
            self.line += u64::from(*byte == b'\n');
            match byte {
                _ if std::mem::take(&mut self.escaped) => {}
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' if !self.in_string => self.tail += 1,
                b'}' if !self.in_string => {
                    self.tail -= 1;
                    if self.tail == 0 {
                        return &bytes[index + 1..];
                    }
                }
                _ => {}
            }
        }
        &[]
    }

    /// Between records: white space, commas of a list, or a line that is none.
    fn between<'a>(&mut self, bytes: &'a [u8], emit: &mut impl FnMut(Record)) -> &'a [u8] {
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.skipping = false;
                }
                _ if self.skipping => {}
                b']' if self.wrapped => {
                    self.wrapped = false;
                    self.tail = 1;
                    return &bytes[index + 1..];
                }
                b' ' | b'\t' | b'\r' | b',' | b'[' | b']' => {}
                b'{' => {
                    self.begun = self.line;
                    self.depth = 1;
                    self.text.clear();
                    self.text.push(b'{');
                    return &bytes[index + 1..];
                }
                // A byte order mark is no content.
                0xEF | 0xBB | 0xBF if self.line == 1 => {}
                _ => {
                    self.skipping = true;
                    emit(Record::Bad { line: self.line, reason: BadRecord::NotAnObject });
                }
            }
        }
        &[]
    }

    /// Inside a record, up to the brace that closes it.
    fn inside<'a>(&mut self, bytes: &'a [u8], emit: &mut impl FnMut(Record)) -> &'a [u8] {
        for (index, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' {
                self.line += 1;
                // No string spans lines: one that does was cut off, and the next line starts anew.
                if self.in_string {
                    emit(Record::Bad { line: self.begun, reason: BadRecord::Truncated });
                    let line = self.line;
                    *self = RecordSplitter { line, wrapped: self.wrapped, ..RecordSplitter::default() };
                    return &bytes[index + 1..];
                }
            }
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' => self.depth += 1,
                b'[' if self.depth == 1 && self.wraps(&bytes[..=index]) => {
                    (self.depth, self.wrapped) = (0, true);
                    self.text.clear();
                    return &bytes[index + 1..];
                }
                b'}' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.keep(&bytes[..=index]);
                        let record = if self.too_long {
                            Record::Bad { line: self.begun, reason: BadRecord::TooLong }
                        } else {
                            Record::Object { line: self.begun, text: std::mem::take(&mut self.text) }
                        };
                        self.too_long = false;
                        emit(record);
                        return &bytes[index + 1..];
                    }
                }
                _ => {}
            }
        }
        self.keep(bytes);
        &[]
    }

    /// Whether a document that begins so wraps a list of records.
    fn wraps(&self, bytes: &[u8]) -> bool {
        if self.text.len() + bytes.len() > 200 {
            return false;
        }
        let begun = self.text.iter().chain(bytes).copied().filter(|byte| !byte.is_ascii_whitespace());
        let begun: Vec<u8> = begun.collect();
        WRAPPINGS.contains(&begun.as_slice())
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.text.len() + bytes.len() > MAX_RECORD {
            self.too_long = true;
            self.text.clear();
        }
        if !self.too_long {
            self.text.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(log: &str, piece: usize) -> Vec<String> {
        let mut splitter = RecordSplitter::default();
        let mut out = Vec::new();
        let mut emit = |record| {
            out.push(match record {
                Record::Object { line, text } => {
                    format!("{line}: {}", String::from_utf8(text).unwrap().replace('\n', " "))
                }
                Record::Bad { line, reason } => format!("{line}: {}", reason.reason()),
            });
        };
        for bytes in log.as_bytes().chunks(piece) {
            splitter.push(bytes, &mut emit);
        }
        splitter.finish(&mut emit);
        out
    }

    #[test]
    fn records_are_found_however_they_are_printed_and_cut() {
        let log = "{\"a\":\"}\\\"{\"}\n\n[{\"b\":\n  {\"c\":1}},\n{\"d\":2}]\nnot json {\n{\"e\":3}\n{\"f\":\"cut\n{\"g\":4}\n{\"h\":";
        let expected = [
            "1: {\"a\":\"}\\\"{\"}",
            "3: {\"b\":   {\"c\":1}}",
            "5: {\"d\":2}",
            "6: not a JSON object",
            "7: {\"e\":3}",
            "8: the file ends inside this record",
            "9: {\"g\":4}",
            "10: the file ends inside this record",
        ];
        for piece in [1, 2, 7, 1000] {
            assert_eq!(split(log, piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn an_endless_line_does_not_fill_the_memory() {
        let mut splitter = RecordSplitter::default();
        let mut records = Vec::new();
        splitter.push(b"{\"a\":\"", |record| records.push(record));
        let megabyte = vec![b'x'; 1 << 20];
        for _ in 0..200 {
            splitter.push(&megabyte, |record| records.push(record));
            assert!(splitter.text.capacity() <= 2 * MAX_RECORD);
        }
        splitter.push(b"\"}\n{\"b\":1}", |record| records.push(record));
        assert_eq!(records[0], Record::Bad { line: 1, reason: BadRecord::TooLong });
        assert_eq!(records[1], Record::Object { line: 2, text: b"{\"b\":1}".to_vec() });
    }
}
