//! Every word the product says, in one table: what a person reads on the page, in a report or
//! in an error is a [`Word`] with arguments, rendered last of all by a [`Locale`].
//!
//! The core never glues sentences: it returns a [`Message`], and whoever shows it chooses the
//! language and the number formats. English is compiled in; Japanese is `www/words/ja.json`,
//! with the same keys and the same placeholders (a test compares them).

mod en;
mod locale;

pub use en::Word;
pub use locale::{English, Locale};

use std::borrow::Cow;

use serde::Serialize;

use crate::pack::{Pack, Packed, Reader};

/// The Japanese words, a JSON object by key; a program that does not use it does not carry it.
pub const JAPANESE: &str = include_str!("../../www/words/ja.json");

/// A sentence to be said: a word of the table and what fills its `{placeholders}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Message {
    pub word: Word,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(Cow<'static, str>, Arg)>,
}

/// What fills a placeholder; the kind decides how the locale writes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Arg {
    /// Text as it stands: a name, an identifier.
    Text(String),
    /// A plain number.
    Number(f64),
    /// A number with all its digits: one that someone typed.
    Exact(f64),
    /// A fraction, shown as a percentage: 0.2 is 20 %.
    Percent(f64),
    /// US dollars.
    Usd(f64),
    /// Milliseconds.
    Ms(f64),
    /// A number of some unit: "400 requests/s".
    In(f64, String),
    /// Another word of the table.
    Word(Word),
    /// A sentence in a sentence, or in a cell of a table.
    Said(Box<Message>),
}

impl Message {
    pub fn new(word: Word) -> Self {
        Message { word, args: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, arg: Arg) -> Self {
        self.args.push((Cow::Borrowed(name), arg));
        self
    }

    #[must_use]
    pub fn text(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with(name, Arg::Text(value.into()))
    }

    #[must_use]
    pub fn number(self, name: &'static str, value: f64) -> Self {
        self.with(name, Arg::Number(value))
    }

    /// This message and the next one in a sentence about both, with the placeholders `{before}` and `{next}`.
    #[must_use]
    pub fn and(self, both: Word, next: Message) -> Self {
        let said = |message| Arg::Said(Box::new(message));
        Message::new(both).with("before", said(self)).with("next", said(next))
    }

    /// The message with texts of at most so many characters each.
    #[must_use]
    pub fn clipped(mut self, most: usize) -> Self {
        for (_, arg) in &mut self.args {
            if let Arg::Text(text) = arg
                && let std::borrow::Cow::Owned(short) = clipped(text, most)
            {
                *text = short;
            }
        }
        self
    }

    /// The sentence in a locale's language. A placeholder without an argument stays visible.
    pub fn say(&self, locale: &dyn Locale) -> String {
        fill(locale.template(self.word), |name| {
            let (_, arg) = self.args.iter().find(|(n, _)| n == name)?;
            Some(arg.say(locale))
        })
    }
}

impl Arg {
    /// The value as a locale writes its kind.
    pub fn say(&self, locale: &dyn Locale) -> String {
        match self {
            Arg::Text(text) => text.clone(),
            Arg::Number(value) => locale.number(*value),
            Arg::Exact(value) => locale.exact(*value),
            Arg::Percent(value) => locale.percent(*value),
            Arg::Usd(value) => locale.usd(*value),
            Arg::Ms(value) => locale.ms(*value),
            Arg::In(value, unit) => format!("{} {unit}", locale.number(*value)),
            Arg::Word(word) => locale.template(*word).to_string(),
            Arg::Said(message) => message.say(locale),
        }
    }
}

impl From<Word> for Message {
    fn from(word: Word) -> Self {
        Message::new(word)
    }
}

/// A text of at most so many characters: of a longer one its beginning, with `…`.
pub fn clipped(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= most || text.chars().nth(most).is_none() {
        return text.into();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    (kept + "…").into()
}

/// Replaces each `{name}` of a template by what `value` gives for it, and each `{name|one|many}` by the words
/// that go with that number: `one` where it reads "1", else `many`.
pub fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let tail = &rest[open..];
        // Other braces stand for themselves, as in a sentence about JSON.
        let inside = tail[1..].split_once('}').map(|(inside, _)| inside);
        match inside.and_then(|inside| Some((inside, filled(inside, &value)?))) {
            Some((inside, text)) => {
                out.push_str(&text);
                rest = &tail[inside.len() + 2..];
            }
            None => {
                out.push('{');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What takes the place of `{inside}`.
fn filled(inside: &str, value: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut parts = inside.split('|');
    let name = parts.next().filter(|name| is_name(name))?;
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => value(name),
        (Some(one), Some(many), None) => Some(if value(name)? == "1" { one } else { many }.to_string()),
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The names in a template's `{placeholders}`, sorted, each once: a translation must have the same.
pub fn placeholders(template: &str) -> Vec<String> {
    let names = std::cell::RefCell::new(Vec::new());
    fill(template, |name| {
        names.borrow_mut().push(name.to_string());
        None
    });
    let mut names = names.into_inner();
    names.sort();
    names.dedup();
    names
}

impl Serialize for Word {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

crate::pack_choice!(Word);

impl Pack for Message {
    fn pack(&self, out: &mut Packed) {
        self.word.pack(out);
        self.args.len().pack(out);
        for (name, arg) in &self.args {
            name.to_string().pack(out);
            arg.pack(out);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let word = Word::unpack(reader)?;
        let count = usize::unpack(reader)?;
        let arg = |_| Some((Cow::Owned(String::unpack(reader)?), Arg::unpack(reader)?));
        let args: Option<Vec<_>> = (0..count).map(arg).collect();
        Some(Message { word, args: args? })
    }
}

impl Pack for Arg {
    fn pack(&self, out: &mut Packed) {
        let (kind, value): (u64, &dyn Fn(&mut Packed)) = match self {
            Arg::Text(text) => (0, &|out| text.pack(out)),
            Arg::Number(value) => (1, &|out| value.pack(out)),
            Arg::Percent(value) => (2, &|out| value.pack(out)),
            Arg::Usd(value) => (3, &|out| value.pack(out)),
            Arg::Ms(value) => (4, &|out| value.pack(out)),
            Arg::Word(word) => (5, &|out| word.pack(out)),
            Arg::Exact(value) => (6, &|out| value.pack(out)),
            Arg::In(value, unit) => (7, &|out| {
                value.pack(out);
                unit.pack(out);
            }),
            Arg::Said(message) => (8, &|out| message.pack(out)),
        };
        kind.pack(out);
        value(out);
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        Some(match u64::unpack(reader)? {
            0 => Arg::Text(Pack::unpack(reader)?),
            1 => Arg::Number(Pack::unpack(reader)?),
            2 => Arg::Percent(Pack::unpack(reader)?),
            3 => Arg::Usd(Pack::unpack(reader)?),
            4 => Arg::Ms(Pack::unpack(reader)?),
            5 => Arg::Word(Pack::unpack(reader)?),
            6 => Arg::Exact(Pack::unpack(reader)?),
            7 => Arg::In(Pack::unpack(reader)?, Pack::unpack(reader)?),
            8 => Arg::Said(Box::new(Message::unpack(reader)?)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_missing_ones_stay_visible() {
        let filled = fill("{a} of {b}, {missing} { … } {", |name| match name {
            "a" => Some("1".into()),
            "b" => Some("2".into()),
            _ => None,
        });
        assert_eq!(filled, "1 of 2, {missing} { … } {");
        assert_eq!(placeholders("{b} {a}"), ["a", "b"]);
    }

    #[test]
    fn words_go_with_their_number() {
        let say = |count: f64| {
            fill("{count} {count|call has|calls have} {count|a}, {other|x|y}", |name| {
                (name == "count").then(|| English.number(count))
            })
        };
        assert_eq!(say(1.0), "1 call has {count|a}, {other|x|y}");
        for (count, text) in [(0.0, "0"), (2.0, "2"), (1.5, "1.50"), (1_000.0, "1,000")] {
            assert_eq!(say(count), format!("{text} calls have {{count|a}}, {{other|x|y}}"));
        }
        assert_eq!(placeholders("{count} {count|call|calls}"), ["count"]);
    }

    #[test]
    fn the_first_words_are_those_the_page_begins_with() {
        let first = Word::first_table();
        assert_eq!(first.len(), Word::ALL.len());
        for (word, (key, text)) in Word::ALL.iter().zip(&first) {
            assert!(key.is_empty() || (*key, *text) == (word.key(), word.english()), "{key}");
        }
        // Whatever the page's first program can say is named in one of these files.
        let mut files = Vec::new();
        for place in FIRST_SOURCES {
            let place = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(place);
            let entries =
                std::fs::read_dir(&place).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
            files.extend(entries.unwrap_or_else(|_| vec![place]));
        }
        let sources = files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
        let text: String = sources.map(|path| std::fs::read_to_string(path).expect("a source file")).collect();
        let name =
            |text: &'_ str| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_string);
        let mut said: std::collections::BTreeSet<_> = text.split("Word::").skip(1).filter_map(name).collect();
        // The table of commands names words without saying that they are words.
        said.extend(include_str!("../../page/src/commands.rs").split(' ').filter_map(name));
        assert!(said.len() > 100, "the sources are where they are expected");
        // One call of `english` carries the whole table; what is said goes through the locale.
        let carriers: Vec<_> = files.iter().filter(|path| says_english(path)).collect();
        assert!(carriers.is_empty(), "these carry every word: {carriers:?}");
        let missing: Vec<_> = Word::ALL
            .iter()
            .zip(&first)
            .filter(|(word, (key, _))| key.is_empty() && said.contains(word.key()))
            .collect();
        assert!(missing.is_empty(), "the page says these before they are there; make them `first`: {missing:?}");
    }

    fn says_english(path: &std::path::Path) -> bool {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.split("mod tests {").next().is_some_and(|code| code.contains(".english()"))
    }

    /// The sources of the page's first program, folders without those inside them.
    const FIRST_SOURCES: &[&str] = &[
        "page/src/app.rs",
        "page/src/commands.rs",
        "page/src/frame.rs",
        "page/src/components",
        "page/src/platform",
        "page/src/session.rs",
        "page/src/speech.rs",
        "page/src/state",
        "page/src/views",
        "src/catalog",
        "src/chart",
        "src/cost/call.rs",
        "src/cost/mod.rs",
        "src/cost/part.rs",
        "src/cost/priced.rs",
        "src/cost/sheet",
        "src/document.rs",
        "src/money.rs",
        "src/problem.rs",
        "src/scenario",
        "src/sim",
        "src/workspace",
    ];

    fn japanese() -> std::collections::BTreeMap<String, String> {
        serde_json::from_str(JAPANESE).expect("ja.json is a map of strings")
    }

    #[test]
    fn the_page_says_what_it_is_before_its_program_is_there() {
        let page = include_str!("../../www/index.html").split_whitespace().collect::<Vec<_>>().join(" ");
        for word in [Word::ui_lede, Word::ui_promise] {
            assert!(page.contains(word.english()) && page.contains(&japanese()[word.key()]), "`{}`", word.key());
        }
    }

    #[test]
    fn japanese_says_everything_english_says() {
        let ja = japanese();
        for word in Word::ALL {
            let text = ja.get(word.key()).unwrap_or_else(|| panic!("ja.json lacks `{}`", word.key()));
            assert_eq!(placeholders(text), placeholders(word.english()), "placeholders of `{}`", word.key());
        }
        for key in ja.keys() {
            assert!(Word::from_key(key).is_some(), "ja.json has `{key}`, which no one says");
        }
    }
}
