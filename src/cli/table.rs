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
            rows.iter().map(|row| row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\n").collect()
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

/// A field of comma-separated values.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_string() }
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
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width_of(cell)).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - width_of(cell));
            let gap = if column == 0 { "" } else { "  " };
            line.push_str(gap);
            line.push_str(&if column == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") });
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A cell of comma-separated values, quoted where it must be.
pub fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
}

/// Columns on a terminal: Japanese characters take two.
fn width_of(text: &str) -> usize {
    text.chars()
        .map(|c| if ('\u{1100}'..='\u{FF60}').contains(&c) && !('\u{2000}'..='\u{2E7F}').contains(&c) { 2 } else { 1 })
        .sum()
}
