//! What is wrong with a log, a rule or an option: a code for programs, a place, and a sentence for
//! the person who gave it.

use serde::Serialize;

/// Why something cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Error {
    pub code: ErrorCode,
    pub place: Place,
    /// What was seen, what was expected, and what to do.
    pub what: String,
}

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// A rule, a way of counting, a time zone or a profile that is none.
    Option,
    /// A file of which nothing could be read.
    NothingRead,
    /// A file of another kind: a scenario, a cost report, an archive.
    OtherKind,
    /// A file that cannot be unpacked.
    Packed,
    /// A record that is none.
    Record,
    /// A count, a time or an amount that is none, or is not believed.
    Value,
}

impl ErrorCode {
    /// Its short name, which does not change: `docs/problems.md` has all of them.
    pub fn key(self) -> &'static str {
        match self {
            ErrorCode::Option => "option",
            ErrorCode::NothingRead => "nothing_read",
            ErrorCode::OtherKind => "other_kind",
            ErrorCode::Packed => "packed",
            ErrorCode::Record => "record",
            ErrorCode::Value => "value",
        }
    }
}

/// Where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// A column or a JSON path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, what: impl Into<String>) -> Self {
        Error { code, place: Place::default(), what: what.into() }
    }

    pub(crate) fn record(what: impl Into<String>) -> Self {
        Error::new(ErrorCode::Record, what)
    }

    pub(crate) fn option(what: impl Into<String>) -> Self {
        Error::new(ErrorCode::Option, what)
    }

    #[must_use]
    pub(crate) fn in_file(mut self, file: &str) -> Self {
        self.place.file = Some(file.to_string()).filter(|name| !name.is_empty());
        self
    }
}

/// The place, as far as it is known, and what is wrong there.
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Place { file, line, path } = &self.place;
        if let Some(file) = file {
            write!(f, "{file}: ")?;
        }
        if let Some(line) = line {
            write!(f, "line {line}: ")?;
        }
        if let Some(path) = path {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_is_serialised() {
        use ErrorCode::{NothingRead, Option, OtherKind, Packed, Record, Value};
        for code in [Option, NothingRead, OtherKind, Packed, Record, Value] {
            assert_eq!(serde_json::json!(code), code.key());
        }
    }
}
