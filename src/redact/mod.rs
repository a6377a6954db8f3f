//! Removes what must not be kept or shown: keys, tokens, passwords, mail addresses, phone and card
//! numbers, account ids, network addresses, and whatever a team's own patterns find.
//!
//! One redactor guards everything that is written down: imported and recorded fixtures, snapshots,
//! the ledger's labels, copied code. It sees what a person sees: a text is folded first (`fold`), the
//! pieces of a stream are joined (`pieces`), bodies are unpacked down to their strings, keys of objects
//! included (`body`). What cannot be unpacked is not kept. **Names of people and addresses in words
//! are not found**: whoever shares a file looks through it.
//!
//! What is looked for: `texts` by the words around it, `numbers` by their groups, `tokens` by the
//! prefixes that their issuers gave them.

mod body;
mod fold;
mod numbers;
mod pieces;
mod texts;
mod tokens;

pub use body::{RedactedBody, Undecodable};

use std::borrow::Cow;
use std::sync::OnceLock;

use regex_lite::Regex;
use serde_json::{Map, Value};

use fold::Folded;
use pieces::Piece;

/// Removes what must not be kept: what is always looked for, and what a team's own patterns find.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// Name and pattern, in their order.
    own: Vec<(String, Regex)>,
}

/// A text without what was redacted, and how often something was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redaction {
    pub text: String,
    pub count: usize,
}

/// A part of a text that is to be removed, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span<'a> {
    start: usize,
    end: usize,
    name: &'a str,
}

impl Redactor {
    /// What is always looked for, and a team's own patterns.
    ///
    /// # Errors
    /// A pattern that is no regular expression.
    pub fn new(own: &[String]) -> Result<Self, String> {
        let compiled = own.iter().enumerate().map(|(index, pattern)| {
            let regex = Regex::new(pattern).map_err(|error| {
                let (pattern, error) = (crate::problem::clipped(pattern, 80), error.to_string());
                format!("{pattern}: {}", crate::problem::clipped(&error, 100))
            })?;
            Ok((format!("PATTERN_{}", index + 1), regex))
        });
        Ok(Redactor { own: compiled.collect::<Result<_, String>>()? })
    }

    /// The redactor without patterns of anyone's own.
    pub fn usual() -> &'static Redactor {
        static USUAL: OnceLock<Redactor> = OnceLock::new();
        USUAL.get_or_init(Redactor::default)
    }

    /// A text with `{NAME}` in the place of everything that was found.
    pub fn text(&self, text: &str) -> Redaction {
        let spans = self.find(text);
        Redaction { count: spans.len(), text: replaced(text, &spans) }
    }

    /// A label as it is kept; most are plain words and pass at once.
    pub fn label(&self, text: &str) -> String {
        let plain = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b' ');
        if self.own.is_empty() && text.len() < 16 && text.bytes().all(plain) {
            return text.to_string();
        }
        self.text(text).text
    }

    /// Every text inside a value, keys of objects included, pieces of one text joined; gives how often
    /// something was removed.
    pub fn value(&self, value: &mut Value) -> usize {
        let mut pieces = Vec::new();
        // The items of a list are chunks that follow each other.
        let items = match &*value {
            Value::Array(items) => items.as_slice(),
            other => std::slice::from_ref(other),
        };
        for item in items {
            gather(item, "", &mut String::new(), &mut pieces);
        }
        let count = self.pieces(&mut pieces);
        if count > 0 {
            let mut changed = pieces.into_iter();
            *value = rebuilt(std::mem::take(value), &mut changed);
        }
        count
    }

    /// The parts of a text that must go, in their order and apart from each other. What stood close to
    /// one of them is looked at again without it: a telephone number behind a card number is one then.
    fn find(&self, text: &str) -> Vec<Span<'_>> {
        let mut found = self.find_once(text);
        let mut rest = Cow::Borrowed(text);
        for _ in 0..MOST_LOOKS {
            if found.is_empty() {
                break;
            }
            rest = Cow::Owned(without(&rest, &found));
            let more = self.find_once(&rest);
            if more.is_empty() {
                break;
            }
            found.extend(more);
            found = merged(found);
        }
        found
    }

    fn find_once(&self, text: &str) -> Vec<Span<'_>> {
        let folded = Folded::of(text);
        let mut found: Vec<Span<'_>> = Vec::new();
        texts::find(&folded.text, &mut found);
        tokens::find(&folded.text, &mut found);
        numbers::find(&folded.text, &mut found);
        found.extend(self.find_own(&folded.text));
        for span in &mut found {
            (span.start, span.end) = (folded.original(span.start), folded.original(span.end));
        }
        if matches!(folded.text, Cow::Owned(_)) {
            // A pattern of one's own may be about what was folded.
            found.extend(self.find_own(text));
        }
        found.retain(|span| span.start < span.end);
        merged(found)
    }

    fn find_own(&self, text: &str) -> Vec<Span<'_>> {
        let hits = self.own.iter().flat_map(|(name, regex)| {
            let span = |hit: regex_lite::Match<'_>| Span { start: hit.start(), end: hit.end(), name: name.as_str() };
            regex.find_iter(text).map(span).collect::<Vec<_>>()
        });
        hits.collect()
    }
}

/// How often a text is looked at without what was found in it.
const MOST_LOOKS: usize = 4;

/// A text of the same length with braces where something was found, as its placeholder has them.
fn without(text: &str, spans: &[Span<'_>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        let length = span.end.saturating_sub(span.start);
        out.push('{');
        out.extend(std::iter::repeat_n('}', length.saturating_sub(1)));
        at = span.end;
    }
    out + text.get(at..).unwrap_or_default()
}

/// Spans in their order; those that overlap become one with the name of the one found first.
fn merged(mut spans: Vec<Span<'_>>) -> Vec<Span<'_>> {
    // A stable sort keeps the order of the rules among those that begin together.
    spans.sort_by_key(|span| span.start);
    let mut apart: Vec<Span<'_>> = Vec::with_capacity(spans.len());
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}

fn replaced(text: &str, spans: &[Span<'_>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push_str(&placeholder(span.name));
        at = span.end;
    }
    out + text.get(at..).unwrap_or_default()
}

fn placeholder(name: &str) -> String {
    format!("{{{name}}}")
}

/// The pieces of text in a value, in the order of its text: keys before their values.
fn gather(value: &Value, key: &str, path: &mut String, pieces: &mut Vec<Piece>) {
    let length = path.len();
    match value {
        Value::String(text) => pieces.push(Piece::text(key, path, text.clone())),
        Value::Number(number) => {
            if let Some(digits) = number.as_u64().map(|number| number.to_string()).filter(|digits| digits.len() >= 12) {
                pieces.push(Piece::number(digits));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                gather(item, key, path, pieces);
                path.truncate(length);
            }
        }
        Value::Object(map) => {
            let first = pieces.len();
            for (key, item) in map {
                pieces.push(Piece::key(key.clone()));
                path.push('.');
                path.push_str(key);
                gather(item, key, path, pieces);
                path.truncate(length);
            }
            for (key, index) in map.iter().filter(|(key, index)| pieces::is_index(key) && index.is_u64()) {
                pieces::within(pieces.get_mut(first..).unwrap_or_default(), &format!("{key} {index} "));
            }
        }
        _ => {}
    }
}

/// The value with its pieces as they are now.
fn rebuilt(value: Value, pieces: &mut impl Iterator<Item = Piece>) -> Value {
    match value {
        Value::String(text) => Value::String(pieces.next().map_or(text, |piece| piece.text)),
        Value::Number(number) if number.as_u64().is_some_and(|number| number >= 100_000_000_000) => match pieces.next()
        {
            Some(piece) if piece.changed => Value::String(piece.text),
            _ => Value::Number(number),
        },
        Value::Array(items) => Value::Array(items.into_iter().map(|item| rebuilt(item, pieces)).collect()),
        Value::Object(map) => {
            let mut kept = Map::new();
            for (key, item) in map {
                let mut name = pieces.next().map_or(key, |piece| piece.text);
                let value = rebuilt(item, pieces);
                // Two keys may have become one.
                while kept.contains_key(&name) {
                    name.push('_');
                }
                kept.insert(name, value);
            }
            Value::Object(kept)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
