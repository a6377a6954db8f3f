use serde_json::{Value, json};

use crate::words::{Locale, Word};

use super::{Report, entity, family_notes, sentences};

/// The most blocks of a message, and the most characters of a section.
const MOST_BLOCKS: usize = 50;
const MOST_TEXT: usize = 3000;

/// A message of Block Kit.
///
/// # Source
/// docs.slack.dev/reference/block-kit/blocks: the limits above.
pub(super) fn render(report: &Report<'_>, locale: &dyn Locale) -> String {
    let title = locale.template(Word::bench_report);
    let name = format!("{title}: {}", escape(&report.document.suite));
    // A header is plain text, where nothing can be escaped: names stay out of it.
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": false}}),
        section(&escape(&report.document.suite)),
    ];
    if let Some(family) = report.family {
        for ((sentence, notes), comparison) in sentences(family, locale).into_iter().zip(&family.comparisons) {
            let verdict = locale.template(comparison.verdict.verdict.word());
            let lines = std::iter::once(format!("*{verdict}* {}", escape(&sentence)));
            let lines: Vec<String> = lines.chain(notes.iter().map(|note| format!("• {}", escape(note)))).collect();
            blocks.push(section(&lines.join("\n")));
        }
        for note in family_notes(family, locale) {
            blocks.push(section(&escape(&note)));
        }
    }
    let rows = report.results(locale);
    for row in rows.iter().skip(1) {
        let fields: Vec<String> =
            rows[0].iter().zip(row).skip(1).map(|(head, cell)| format!("{head} {cell}")).collect();
        blocks.push(section(&format!("*{}*\n{}", escape(&row[0]), escape(&fields.join(" · ")))));
    }
    let environment = cut(&escape(&report.environment(locale)), MOST_TEXT);
    blocks.truncate(MOST_BLOCKS - 1);
    blocks.push(json!({"type": "context", "elements": [{"type": "mrkdwn", "text": environment}]}));
    let message = json!({"text": cut(&name, MOST_TEXT), "blocks": blocks});
    serde_json::to_string_pretty(&message).unwrap_or_default() + "\n"
}

fn section(text: &str) -> Value {
    // Slack refuses a section without text.
    let text = if text.trim().is_empty() { "–" } else { text };
    json!({"type": "section", "text": {"type": "mrkdwn", "text": cut(text, MOST_TEXT)}})
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_string() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

/// Text that stays text: mentions and links are written with `<`, `&` begins an entity, and a zero
/// width space keeps a mark from being one.
///
/// # Source
/// docs.slack.dev/messaging/formatting-message-text.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if let Some(entity) = entity(c) {
            out.push_str(entity);
            continue;
        }
        match c {
            '*' | '_' | '~' | '`' | '@' => {
                out.push('\u{200B}');
                out.push(c);
                out.push('\u{200B}');
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
