//! How tables are printed: columns for people, comma-separated values for spreadsheets.

use rehearsal::spreadsheet::{self, Csv};
use rehearsal::words::{English, Locale};

/// How a result is printed.
#[derive(clap::Args)]
pub struct Format {
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Print comma-separated values.
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    csv: bool,
    /// Print Markdown tables.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

impl Format {
    /// Whether it is for a terminal: tables may be followed by sentences.
    pub fn is_text(&self) -> bool {
        !self.csv && !self.json
    }

    /// Whether it is comma-separated values: one table, and nothing but it.
    pub fn is_csv(&self) -> bool {
        self.csv
    }

    /// A table in this form; its first row is the heading.
    pub fn write(&self, rows: &[Vec<Cell>]) -> String {
        let shown = |row: &Vec<Cell>| row.iter().map(|cell| cell.shown.clone()).collect::<Vec<_>>();
        if self.csv {
            let mut rows = rows.iter();
            let mut csv = Csv::new(rows.next().map(shown).unwrap_or_default());
            rows.for_each(|row| csv.row(row.iter().map(|cell| cell.plain.clone())));
            csv.into_text()
        } else if self.markdown {
            let line = |row: &Vec<Cell>| {
                let cells: Vec<_> = row.iter().map(|cell| cell.shown.replace('|', "\\|")).collect();
                format!("| {} |\n", cells.join(" | "))
            };
            let mut out: Vec<String> = rows.iter().map(line).collect();
            let columns = rows.first().map_or(0, Vec::len);
            let rule = (0..columns).map(|column| if column == 0 { "---" } else { "---:" }).collect::<Vec<_>>();
            out.insert(1.min(out.len()), format!("| {} |\n", rule.join(" | ")));
            out.concat()
        } else {
            table(&rows.iter().map(shown).collect::<Vec<_>>())
        }
    }
}

/// A cell: as a person reads it, and as a spreadsheet takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    shown: String,
    plain: spreadsheet::Cell,
}

impl Cell {
    /// A number with its own spelling for people.
    pub fn number(shown: impl Into<String>, plain: impl Into<spreadsheet::Cell>) -> Cell {
        Cell { shown: shown.into(), plain: plain.into() }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell { plain: spreadsheet::Cell::Text(text.clone()), shown: text }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::from(text.to_string())
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Dollars, or `unknown`.
pub fn money(usd: Option<f64>) -> Cell {
    Cell::number(usd.map_or("unknown".to_string(), |usd| English.usd(usd)), usd)
}

/// Dollars with their sign.
pub fn signed_money(usd: Option<f64>) -> Cell {
    let shown =
        usd.map_or("unknown".to_string(), |usd| format!("{}{}", if usd > 0.0 { "+" } else { "" }, English.usd(usd)));
    Cell::number(shown, usd)
}

/// Percent with their sign, or `-`.
pub fn percent(pct: Option<f64>) -> Cell {
    let signed = |pct: f64| format!("{}{}", if pct > 0.0 { "+" } else { "" }, English.percent(pct / 100.0));
    Cell::number(pct.map_or("-".to_string(), signed), pct)
}

/// A plain number.
pub fn count(value: f64) -> Cell {
    Cell::number(English.number(value), value)
}

/// A table of text: the first column to the left, the others to the right.
pub use rehearsal::bench::report::text::columns as table;
