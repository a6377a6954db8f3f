//! JSON text to a value, with what `serde_json` alone lets pass: a key twice is refused, a byte-order
//! mark is none, UTF-16 is named, and values are counted, so that no text fills the memory.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::Problem;
use crate::words::{Message, Word};

/// The most values in a document; memory for them stays below 0.4 GB. An object takes the place of four, and each of
/// its keys that of one.
const MAX_VALUES: usize = 4_000_000;
const OBJECT: usize = 3;

/// Parses JSON text.
///
/// # Errors
/// The line and column where it stops being JSON, has a key a second time, or becomes too large.
pub fn parse(text: &str) -> Result<Value, Problem> {
    let text = without_mark(text);
    let reading = Reading::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node(&reading).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        let place = format!("{}:{}", error.line(), error.column());
        if let Some(refusal) = reading.refusal.into_inner() {
            return Problem { path: place, ..refusal };
        }
        let said = error.to_string();
        // The place is the problem's path; serde repeats it at the end of the sentence.
        let said = said.split(" at line ").next().unwrap_or(&said).to_string();
        Problem::error(place, Message::new(Word::not_json).text("error", said), Word::not_json_hint)
    })
}

/// Parses JSON bytes as `serde_json` does, a key twice included, but for the number of values: for what
/// others wrote and nobody here can mend, such as requests and records.
///
/// # Errors
/// Where it stops being JSON, or becomes too large.
pub fn bounded(bytes: &[u8]) -> serde_json::Result<Value> {
    bounded_with_twice(bytes).map(|(value, _)| value)
}

/// As [`bounded`], with the first key that stands a second time in its object: only the last one counts.
///
/// # Errors
/// Where it stops being JSON, or becomes too large.
pub fn bounded_with_twice(bytes: &[u8]) -> serde_json::Result<(Value, Option<String>)> {
    let reading = Reading { is_lenient: true, ..Reading::default() };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Node(&reading).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, reading.twice.into_inner()))
}

/// Parses the bytes of a JSON text.
///
/// # Errors
/// Those of [`parse`] and [`text_of`].
pub fn parse_bytes(bytes: &[u8]) -> Result<Value, Problem> {
    parse(text_of(bytes)?)
}

/// The text in the bytes of a file, without a byte-order mark.
///
/// # Errors
/// That it is UTF-16, or the place of the first byte that is no UTF-8.
pub fn text_of(bytes: &[u8]) -> Result<&str, Problem> {
    let wide = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    // Without a mark, every second byte of its first letters is 0.
    let unmarked =
        matches!(bytes, [0, letter, 0, other, ..] | [letter, 0, other, 0, ..] if *letter != 0 && *other != 0);
    if wide || unmarked {
        return Err(Problem::error("", Word::utf16, Word::utf16_hint));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(without_mark(text)),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + memchr::memchr_iter(b'\n', before).count();
            let what = Message::new(Word::not_utf8).number("at", error.valid_up_to() as f64);
            Err(Problem::error(format!("{line}:1"), what, Word::not_utf8_hint))
        }
    }
}

/// A text without the byte-order mark that some editors write.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// What is known while a text is read.
#[derive(Default)]
struct Reading {
    values: RefCell<usize>,
    /// Why it was refused, where that was not for its syntax.
    refusal: RefCell<Option<Problem>>,
    /// Whether the last of two equal keys counts.
    is_lenient: bool,
    /// The first key that stood a second time, where the last one counts.
    twice: RefCell<Option<String>>,
}

impl Reading {
    fn count<E: Error>(&self, values: usize) -> Result<(), E> {
        *self.values.borrow_mut() += values;
        if *self.values.borrow() <= MAX_VALUES {
            return Ok(());
        }
        let what = Message::new(Word::too_many_values).number("most", MAX_VALUES as f64);
        Err(self.refuse(Problem::error("", what, Word::too_many_values_hint)))
    }

    fn refuse<E: Error>(&self, problem: Problem) -> E {
        let refused = E::custom(problem.what.say(&crate::words::English));
        self.refusal.borrow_mut().get_or_insert(problem);
        refused
    }
}

/// Builds one value.
struct Node<'a>(&'a Reading);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.count(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_string()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Node(self.0))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        self.0.count(OBJECT)?;
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                if !self.0.is_lenient {
                    let what = Message::new(Word::key_twice).text("key", key);
                    return Err(self.0.refuse(Problem::error("", what, Word::key_twice_hint)));
                }
                self.0.twice.borrow_mut().get_or_insert_with(|| key.clone());
            }
            self.0.count(1)?;
            let value = entries.next_value_seed(Node(self.0))?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::English;
    use serde_json::json;

    fn said(bytes: &[u8]) -> String {
        parse_bytes(bytes).map_or_else(|problem| problem.say(&English), |value| value.to_string())
    }

    #[test]
    fn json_is_read_as_serde_reads_it() {
        for text in [
            "null",
            "[]",
            "{}",
            " [1, -2, 2.5, 1e300, 18446744073709551615, true, \"\\u3042\"] ",
            "{\"a\": {\"b\": [{}]}}",
        ] {
            assert_eq!(parse(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        }
        assert_eq!(parse("\u{feff}{\"a\": 1}").unwrap(), json!({"a": 1}));
    }

    #[test]
    fn what_others_wrote_is_read_as_serde_reads_it() {
        for text in ["{\"a\": 1, \"a\": 2}", "[1, {\"b\": null}]", "{", "1 2", "[1,]", "\"\\ud800\"", ""] {
            let (mine, theirs) = (bounded(text.as_bytes()), serde_json::from_str::<Value>(text));
            assert_eq!(mine.map_err(|error| error.to_string()), theirs.map_err(|error| error.to_string()), "{text}");
        }
        let long = format!("[{}1]", "1,".repeat(MAX_VALUES));
        let said = bounded(long.as_bytes()).unwrap_err().to_string();
        assert!(said.starts_with("This has more than 4,000,000 values"), "{said}");
        let objects = format!("[{}{{}}]", "{\"a\":{}},".repeat(MAX_VALUES / 8));
        assert!(bounded(objects.as_bytes()).is_err());
    }

    #[test]
    fn what_is_refused_says_where_and_what_to_do() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(said(bytes), expected);
        check(
            b"{\n  \"a\": 1,,\n}",
            "2:10: This is not JSON: key must be a string. Look at the character before that place.",
        );
        check(
            b"{\"a\": [{\"b\": 1,\n \"b\": 2}]}",
            "2:4: The key “b” stands here a second time. Keep one of the two: only one of them can count.",
        );
        let utf16 = "This text is UTF-16. Save it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`.";
        check(b"\xff\xfe{\0}\0", utf16);
        check(b"\xfe\xff\0{\0}", utf16);
        check(b"{\0\"\0a\0", utf16);
        check(b"\0{\0\"\0a", utf16);
        check(b"{\n\"a\": \"\xff\"}", "2:1: The byte at 8 is no UTF-8 text. Save the file as UTF-8.");
    }

    #[test]
    fn a_million_values_too_many_are_refused_early() {
        let long = format!("[{}1]", "1,".repeat(MAX_VALUES));
        assert!(said(long.as_bytes()).contains("more than 4,000,000 values"), "{}", &said(long.as_bytes())[..80]);
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
