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

    /// A table in this form; its first row is the heading.
    pub fn write(&self, rows: &[Vec<String>]) -> String {
        if self.csv {
            rows.iter().map(|row| row.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",") + "\n").collect()
        } else if self.markdown {
            let line = |row: &Vec<String>| {
                let cells: Vec<_> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
                format!("| {} |\n", cells.join(" | "))
            };
            let mut out: Vec<String> = rows.iter().map(line).collect();
            let columns = rows.first().map_or(0, Vec::len);
            let rule = (0..columns).map(|column| if column == 0 { "---" } else { "---:" }).collect::<Vec<_>>();
            out.insert(1.min(out.len()), format!("| {} |\n", rule.join(" | ")));
            out.concat()
        } else {
            table(rows)
        }
    }
}

/// Dollars, or `unknown`.
pub fn money(usd: Option<f64>) -> String {
    usd.map_or("unknown".to_string(), |usd| English.usd(usd))
}

/// Dollars with their sign.
pub fn signed_money(usd: Option<f64>) -> String {
    usd.map_or("unknown".to_string(), |usd| format!("{}{}", if usd > 0.0 { "+" } else { "" }, English.usd(usd)))
}

/// Percent with their sign, or `-`.
pub fn percent(pct: Option<f64>) -> String {
    pct.map_or("-".to_string(), |pct| format!("{}{}", if pct > 0.0 { "+" } else { "" }, English.percent(pct / 100.0)))
}

/// A table of text: the first column to the left, the others to the right.
pub use rehearsal::bench::report::text::columns as table;

/// A cell of comma-separated values, quoted where it must be.
pub fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
}
