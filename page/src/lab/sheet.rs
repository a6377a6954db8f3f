//! The whole answer on one sheet of paper: what is asked and answered, what it is compared with, and the charts on
//! the screen. It is a picture, and printed it is one page.

use rehearsal::chart::label_width;

use crate::platform::drawing::Drawing;

/// A4 at 96 pixels an inch.
pub const WIDTH: f64 = 794.0;
pub const HEIGHT: f64 = 1_123.0;
const MARGIN: f64 = 48.0;
const LINE: f64 = 19.0;
/// How much wider type of 13 pixels is than that of charts.
const TYPE: f64 = 13.0 / 11.0;
const FONT: &str = "system-ui, sans-serif";

/// What stands on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    pub title: String,
    /// Sentences, a paragraph each.
    pub says: Vec<String>,
    /// Rows of cells, the first of each table its head.
    pub tables: Vec<Vec<Vec<String>>>,
    pub charts: Vec<Drawing>,
}

/// The sheet as a drawing of one page: charts share what room the words leave.
pub fn drawn(sheet: &Sheet) -> Drawing {
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="{FONT}"><rect width="100%" height="100%" fill="#ffffff"/>"##
    );
    let mut y = MARGIN + 14.0;
    out += &text(MARGIN, y, 20.0, "start", true, &sheet.title);
    y += 1.5 * LINE;
    for line in sheet.says.iter().flat_map(|says| wrapped(says, WIDTH - 2.0 * MARGIN)) {
        out += &text(MARGIN, y, 13.0, "start", false, &line);
        y += LINE;
    }
    for table in &sheet.tables {
        y += 0.6 * LINE;
        out += &rows(table, &mut y);
    }
    y += 0.4 * LINE;
    out += &charts(&sheet.charts, y);
    Drawing { svg: out + "</svg>", width: WIDTH, height: HEIGHT }
}

fn rows(table: &[Vec<String>], y: &mut f64) -> String {
    let mut out = String::new();
    let columns = table.iter().map(Vec::len).max().unwrap_or(0).max(2);
    let first = 190.0;
    let wide = (WIDTH - 2.0 * MARGIN - first) / (columns - 1) as f64;
    for (index, row) in table.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let (at, anchor, room) = match column {
                0 => (MARGIN, "start", first - 8.0),
                _ => (MARGIN + first + wide * column as f64, "end", wide - 8.0),
            };
            out += &text(at, *y, 12.0, anchor, index == 0, &clipped(cell, room));
        }
        let below = *y + 5.0;
        out +=
            &format!(r##"<line x1="{MARGIN}" x2="{}" y1="{below}" y2="{below}" stroke="#d8d5cd"/>"##, WIDTH - MARGIN);
        *y += LINE;
    }
    out
}

/// The charts below each other, all of them as large as the lowest edge of the page allows.
fn charts(all: &[Drawing], from: f64) -> String {
    let width = WIDTH - 2.0 * MARGIN;
    let gap = 10.0;
    let high: f64 = all.iter().map(|chart| chart.height * width / chart.width.max(1.0) + gap).sum();
    let fit = ((HEIGHT - MARGIN - from).max(0.0) / high.max(1.0)).min(1.0);
    let mut y = from;
    let mut out = String::new();
    for chart in all {
        let scale = fit * width / chart.width.max(1.0);
        out += &format!(r#"<g transform="translate({MARGIN} {y}) scale({scale})">{}</g>"#, chart.svg);
        y += chart.height * scale + gap * fit;
    }
    out
}

fn text(x: f64, y: f64, size: f64, anchor: &str, bold: bool, says: &str) -> String {
    let weight = if bold { 650 } else { 400 };
    let says = says.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        r##"<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="#1c1b19">{says}</text>"##
    )
}

/// A text in lines of a width: broken between words, and where there are none between characters.
fn wrapped(says: &str, width: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut add = |part: &str| {
        let line = lines.last_mut().map(|line| format!("{line}{part}")).unwrap_or_default();
        if label_width(line.trim_end()) * TYPE > width {
            lines.push(part.trim_start().to_string());
        } else if let Some(last) = lines.last_mut() {
            *last = line;
        }
    };
    for word in says.split_inclusive(' ') {
        if word.chars().any(|c| c >= '\u{1100}') {
            word.chars().for_each(|c| add(&c.to_string()));
        } else {
            add(word);
        }
    }
    lines
}

/// As much of a text as there is room for.
fn clipped(says: &str, room: f64) -> String {
    if label_width(says) * 12.0 / 11.0 <= room {
        return says.to_string();
    }
    let mut kept = String::new();
    for c in says.chars() {
        if label_width(&format!("{kept}{c}…")) * 12.0 / 11.0 > room {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(height: f64) -> Drawing {
        Drawing { svg: "<svg></svg>".into(), width: 640.0, height }
    }

    #[test]
    fn everything_stays_on_the_page() {
        let sheet = Sheet {
            title: "A <b> & c".into(),
            says: vec!["word ".repeat(60), "日本語の文章は単語の間に空白がありません。".repeat(6)],
            tables: vec![vec![vec!["".into(), "A".into(), "B".into()], vec!["x".repeat(80), "1".into(), "2".into()]]],
            charts: vec![chart(290.0), chart(236.0), chart(236.0), chart(236.0)],
        };
        let drawing = drawn(&sheet);
        assert!(drawing.svg.contains("A &lt;b&gt; &amp; c"), "{}", drawing.svg);
        let places = drawing.svg.split("translate(").skip(1).map(|rest| {
            let numbers = rest.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|part| !part.is_empty());
            let numbers: Vec<f64> = numbers.take(3).filter_map(|part| part.parse().ok()).collect();
            (numbers[1], numbers[2])
        });
        let ends: Vec<f64> = places.zip(&sheet.charts).map(|((y, scale), chart)| y + scale * chart.height).collect();
        assert_eq!(ends.len(), 4);
        assert!(ends.iter().all(|end| *end <= HEIGHT - MARGIN + 1.0), "{ends:?}");
    }

    #[test]
    fn lines_break_where_a_language_does() {
        assert_eq!(wrapped("one two three", 60.0), ["one two ", "three"]);
        assert_eq!(wrapped("日本語日本語", 40.0), ["日本語", "日本語"]);
        assert_eq!(clipped("a very long name of a type", 60.0), "a very…");
    }
}
