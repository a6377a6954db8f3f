//! What is wrong with something a person gave us: where, what, and what to do about it.

use serde::Serialize;
use serde_json::Value;

use crate::words::{English, Locale, Message};

/// How much a [`Problem`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Notice,
    /// Used as it stands, but probably not what was meant.
    Warning,
    /// Cannot be used.
    Error,
}

/// One finding about an input.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    pub severity: Severity,
    /// Where: a JSON path such as `types[2].cache.hit_rate`, a `line:column`, or empty for the whole.
    pub path: String,
    /// What is wrong, and what was expected.
    pub what: Message,
    /// What to do about it.
    pub hint: Message,
}

impl Severity {
    pub const ALL: [Severity; 3] = [Severity::Notice, Severity::Warning, Severity::Error];
}

crate::pack_choice!(Severity);
crate::pack_fields!(Problem { severity, path, what, hint });

impl Problem {
    pub fn error(path: impl Into<String>, what: impl Into<Message>, hint: impl Into<Message>) -> Self {
        // What was given is repeated as far as it helps to find it.
        let what = what.into().clipped(MAX_REPEATED);
        Problem { severity: Severity::Error, path: path.into(), what, hint: hint.into() }
    }

    pub fn warning(path: impl Into<String>, what: impl Into<Message>, hint: impl Into<Message>) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(path, what, hint) }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// A short name that does not change: `docs/problems.md` has all of them.
    pub fn code(&self) -> &'static str {
        self.what.word.key()
    }

    /// The whole finding as one line of text.
    pub fn say(&self, locale: &dyn Locale) -> String {
        let place = if self.path.is_empty() { String::new() } else { format!("{}: ", clipped(&self.path, MAX_PATH)) };
        format!("{place}{} {}", self.what.say(locale), self.hint.say(locale))
    }
}

/// The most characters of an input that one argument of a problem repeats.
const MAX_REPEATED: usize = 100;
/// The most problems of an input that are said one by one.
const MAX_SAID: usize = 50;
/// The most characters of a path that are said.
const MAX_PATH: usize = 90;

/// A text of at most so many characters: of a longer one its beginning, with `…`.
pub fn clipped(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= most || text.chars().nth(most).is_none() {
        return text.into();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    (kept + "…").into()
}

/// The most characters of a given text that a message repeats each time it names it.
const MAX_GIVEN: usize = 50;

/// A message in which the long ones of the texts that were given are repeated in part.
pub fn repeated_in_part<'a>(message: &str, given: impl IntoIterator<Item = &'a str>) -> String {
    let mut long: Vec<&str> = given.into_iter().filter(|text| text.len() > MAX_GIVEN).collect();
    // One may begin with another.
    long.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    let mut said = message.to_string();
    for text in long {
        if said.len() < text.len() {
            continue;
        }
        let part = clipped(text, MAX_GIVEN);
        said = said.replace(text, &part);
        // As it stands between quotes.
        let quoted = format!("{text:?}");
        if let Some(quoted) = quoted.get(1..quoted.len() - 1).filter(|quoted| *quoted != text) {
            said = said.replace(quoted, &part);
        }
    }
    said
}

/// Every text of a value that is longer than a message repeats it, names of members included.
pub fn long_texts(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    gather_long(value, &mut found);
    found
}

fn gather_long<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    let mut keep = |text: &'a str| {
        if text.len() > MAX_GIVEN {
            found.push(text);
        }
    };
    match value {
        Value::String(text) => keep(text),
        Value::Array(items) => items.iter().for_each(|item| gather_long(item, found)),
        Value::Object(members) => {
            members.keys().for_each(|name| keep(name));
            members.values().for_each(|item| gather_long(item, found));
        }
        _ => {}
    }
}

/// The errors that kept an input from being used, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// A line for each, as far as they are said one by one, with its code in brackets.
    pub fn with_codes(&self) -> String {
        self.lines(|problem| format!("{} [{}]", problem.say(&English), problem.code()))
    }

    fn lines(&self, line: impl Fn(&Problem) -> String) -> String {
        let mut lines: Vec<_> = self.0.iter().take(MAX_SAID).map(line).collect();
        if let Some(more @ 1..) = self.0.len().checked_sub(MAX_SAID) {
            lines.push(format!("and {more} more"));
        }
        lines.join("\n")
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines(|problem| problem.say(&English)))
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem])
    }
}

/// A result and the warnings that travel with it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Warned<T> {
    pub output: T,
    pub warnings: Vec<Problem>,
}
