use crate::words::{Locale, Word};

use super::{Report, entity, facts, family_notes, savings_note, sentences, time_rows, type_rows, verdict_rows};

/// For a job summary or a pull request's comment.
pub(super) fn render(report: &Report<'_>, locale: &dyn Locale) -> String {
    let mut out = format!("## {}: {}\n\n", locale.template(Word::bench_report), escape(&report.document.suite));
    if let Some(family) = report.family {
        for ((sentence, notes), comparison) in sentences(family, locale).into_iter().zip(&family.comparisons) {
            let verdict = locale.template(comparison.verdict.verdict.word());
            out.push_str(&format!("- **{verdict}** {}\n", escape(&sentence)));
            for note in notes {
                out.push_str(&format!("  - {}\n", escape(&note)));
            }
        }
        for note in family_notes(family, locale) {
            out.push_str(&format!("\n{}\n", escape(&note)));
        }
        out.push('\n');
        out.push_str(&table(&verdict_rows(family, locale)));
        out.push('\n');
    }
    out.push_str(&table(&report.results(locale)));
    for benchmark in &report.document.benchmarks {
        out.push_str(&format!("\n### {}\n\n", escape(&benchmark.name)));
        out.push_str(&table(&time_rows(benchmark, locale)));
        if let Some(note) = savings_note(benchmark, locale) {
            out.push_str(&format!("\n{}\n{}\n", table(&type_rows(benchmark, locale)), escape(&note)));
        }
        for (index, (name, value)) in facts(benchmark, locale).iter().enumerate() {
            out.push_str(&format!("{}- {}: {}\n", if index == 0 { "\n" } else { "" }, escape(name), escape(value)));
        }
    }
    out.push_str(&format!("\n{}\n", escape(&report.environment(locale))));
    out
}

fn table(rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| escape(cell)).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
        if index == 0 {
            let right = vec!["---:"; row.len().saturating_sub(1)].join(" | ");
            out.push_str(&format!("| --- | {right} |\n"));
        }
    }
    out
}

/// Text that stays text: no markup, no HTML, no table cell, no line, no mention of a person.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if let Some(entity) = entity(c) {
            out.push_str(entity);
            continue;
        }
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            // A word joiner after it: no one is called, and it looks the same.
            '@' => out.push_str("@\u{2060}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    // A bare address would become a link.
    out.replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.")
}
