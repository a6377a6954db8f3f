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
