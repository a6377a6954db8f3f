//! For GitHub Actions: annotation commands, which a runner reads from a step's output.

use crate::bench::comparison::Family;
use crate::bench::verdict::Severity;
use crate::words::Locale;

use super::sentences;

/// A line for each finding: a regression is a warning, under a gate an error; what might be one is
/// a notice.
pub fn annotations(family: &Family, locale: &dyn Locale) -> String {
    let mut out = String::new();
    for ((sentence, notes), comparison) in sentences(family, locale).into_iter().zip(&family.comparisons) {
        let verdict = &comparison.verdict;
        let command = match verdict.severity {
            Severity::None => continue,
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Failure => "error",
        };
        let title = format!("{} {}", locale.template(verdict.verdict.word()), comparison.benchmark);
        let body = std::iter::once(sentence).chain(notes).collect::<Vec<_>>().join("\n");
        out.push_str(&format!("::{command} title={}::{}\n", property(title.trim()), data(&body)));
    }
    out
}

/// A command's message.
///
/// # Source
/// `escapeData` of actions/toolkit, `packages/core/src/command.ts`.
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A command's property.
///
/// # Source
/// `escapeProperty` of the same file.
pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
