//! The one writer of comma-separated values: numbers are numbers, texts are texts, and no text is a
//! formula to the spreadsheet that opens the file.

use csv::{Terminator, Writer, WriterBuilder};

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// A text, which no spreadsheet takes for a formula.
    Text(String),
    /// A number as it is, without separators, units or signs of currency.
    Number(f64),
    Count(u64),
    Flag(bool),
    /// Not known.
    Missing,
}

/// How lines end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lines {
    #[default]
    Unix,
    /// As spreadsheets on Windows write them, and RFC 4180 has them.
    Windows,
}

/// A table on its way to text.
pub struct Csv {
    writer: Writer<Vec<u8>>,
}

impl Csv {
    /// A table with these columns.
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Csv::with_lines(Lines::Unix, columns)
    }

    /// A table with these columns whose lines end in this way.
    pub fn with_lines(lines: Lines, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let terminator = if lines == Lines::Unix { Terminator::Any(b'\n') } else { Terminator::CRLF };
        let mut csv =
            Csv { writer: WriterBuilder::new().flexible(true).terminator(terminator).from_writer(Vec::new()) };
        csv.row(columns.into_iter().map(|name| Cell::Text(name.into())));
        csv
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        // Writing to memory cannot fail, and rows of any length are taken.
        let _ = self.writer.write_record(cells.into_iter().map(Cell::written));
    }

    /// The table as text.
    pub fn into_text(self) -> String {
        let bytes = self.writer.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

impl Cell {
    fn written(self) -> String {
        match self {
            Cell::Text(text) => plain_text(text),
            Cell::Number(number) if number.is_finite() => number.to_string(),
            Cell::Count(count) => count.to_string(),
            Cell::Flag(flag) => flag.to_string(),
            Cell::Number(_) | Cell::Missing => String::new(),
        }
    }
}

/// A text that is one: what a spreadsheet would calculate or run is marked by an apostrophe.
///
/// # Source
/// OWASP, CSV Injection: `=`, `+`, `-`, `@`, tab and return at the beginning, full-width ones included.
fn plain_text(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_string())
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Cell::Number(number)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Cell::Count(count)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Cell::Flag(flag)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Missing, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_and_no_text_is_a_formula() {
        let mut csv = Csv::new(["name", "a,b", "=c"]);
        csv.row(["=HYPERLINK(\"http://x\",\"y\")".into(), (-1.5).into(), Cell::Missing]);
        csv.row(["two\nlines".into(), 1_000_000u64.into(), true.into()]);
        csv.row(["進撃".into(), Some(87.5).into(), f64::NAN.into()]);
        for text in ["+1", "-1", "@x", "\tx", "\rx", "＝1"] {
            csv.row([text.into()]);
        }
        let expected = "name,\"a,b\",'=c\n\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",-1.5,\n\"two\nlines\",1000000,true\n進撃,87.5,\n\
                        '+1\n'-1\n'@x\n'\tx\n\"'\rx\"\n'＝1\n";
        assert_eq!(csv.into_text(), expected);
    }
}
