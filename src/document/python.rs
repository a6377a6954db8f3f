//! How Python writes JSON and rounds, bit for bit.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter};

/// `json.dumps(value)`: ASCII only, `", "` and `": "` as separators; with `sort_keys` as given.
pub fn json_dumps(value: &Value, sort_keys: bool) -> String {
    let mut out = String::new();
    write_value(&mut out, value, sort_keys);
    out
}

/// `json.dumps(value, ensure_ascii=False, indent=2)`.
pub fn json_dumps_indented(value: &Value) -> String {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Indented(PrettyFormatter::new()));
    // A value can be written, and memory takes every byte.
    let _ = value.serialize(&mut serializer);
    String::from_utf8(out).unwrap_or_default()
}

/// Indents as serde does, and writes floats as Python does.
struct Indented(PrettyFormatter<'static>);

impl Formatter for Indented {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float_repr(value).as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// Stands before the digits of an integer that JSON has and a [`Value`] cannot hold: a code point that is no
/// character, for which no font, keyboard or model has a use.
const INTEGER: char = '\u{10FFFF}';

/// Whether an integer as JSON writes it is beyond what a [`Value`] holds.
fn is_beyond_64_bits(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && number.parse::<u64>().is_err()
        && number.parse::<i64>().is_err()
}

/// The digits of a marked integer; a text that only begins with the mark is a text.
fn marked_integer(text: &str) -> Option<&str> {
    text.strip_prefix(INTEGER).filter(|digits| is_beyond_64_bits(digits))
}

/// A number as a float, as Python's `float` takes it, be it an integer that [`integers_kept`] marked.
pub fn float_of(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| marked_integer(value.as_str()?)?.parse().ok().filter(|number: &f64| number.is_finite()))
}

/// A JSON text whose integers beyond 64 bits are marked, so that no digit of them is lost while it is read:
/// [`json_dumps`] writes their digits, and [`with_integers`] puts them back into what was written.
pub fn integers_kept(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => length += rest[length..].chars().next().map_or(0, char::len_utf8),
            '-' | '0'..='9' if !quoted => {
                let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
                length = rest.find(|c| !is_of_number(c)).unwrap_or(rest.len());
                let number = &rest[..length];
                // Python's integers have no minus zero.
                if number == "-0" {
                    out.push('0');
                    rest = &rest[length..];
                    continue;
                }
                if is_beyond_64_bits(number) {
                    out.extend(['"', INTEGER]);
                    out.push_str(number);
                    out.push('"');
                    rest = &rest[length..];
                    continue;
                }
            }
            _ => {}
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

/// JSON text with the integers that [`integers_kept`] marked.
pub fn with_integers(json: &str) -> String {
    let mark = format!("\"{INTEGER}");
    let mut parts = json.split(mark.as_str());
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        match part.split_once('"') {
            Some((digits, rest)) if is_beyond_64_bits(digits) => {
                out.push_str(digits);
                out.push_str(rest);
            }
            _ => {
                out.push_str(&mark);
                out.push_str(part);
            }
        }
    }
    out
}

fn write_value(out: &mut String, value: &Value, sort_keys: bool) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => out.push_str(&float_repr(float)),
            _ => out.push_str(&number.to_string()),
        },
        Value::String(text) => match marked_integer(text) {
            Some(digits) => out.push_str(digits),
            None => write_string(out, text),
        },
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_value(out, item, sort_keys);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut keys: Vec<_> = fields.iter().collect();
            if sort_keys {
                // By code point, as Python sorts; UTF-8 keeps that order.
                keys.sort_by(|a, b| a.0.cmp(b.0));
            }
            out.push('{');
            for (index, (key, item)) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_string(out, key);
                out.push_str(": ");
                write_value(out, item, sort_keys);
            }
            out.push('}');
        }
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str("\\u");
                    out.extend([12, 8, 4, 0].map(|shift| char::from(HEX[usize::from(*unit >> shift & 0xF)])));
                }
            }
        }
    }
    out.push('"');
}

/// `repr(float)`: the shortest digits that read back the same, with an exponent below 10⁻⁴ and
/// from 10¹⁶ up.
pub fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_string();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = value.to_string();
        if plain.contains('.') { plain } else { plain + ".0" }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

/// `round(value, digits)`: the nearest decimal, by the exact value of the float.
pub fn round(value: f64, digits: usize) -> f64 {
    format!("{value:.digits$}").parse().unwrap_or(value)
}

/// `str.split()` without arguments.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    // Python counts the four ASCII separators as white space, Unicode's property does not.
    text.split(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        let check = |value: f64, repr: &str| assert_eq!(float_repr(value), repr);
        check(1.0, "1.0");
        check(9.5e-5, "9.5e-05");
        check(0.0001, "0.0001");
        check(1e16, "1e+16");
        check(1.5e300, "1.5e+300");
        check(123456789012345.6, "123456789012345.6");
        check(-0.0, "-0.0");
    }

    /// `json.dumps(json.loads(text), indent=2, ensure_ascii=False)` of CPython 3.13 gave these.
    #[test]
    fn a_file_of_pythons_comes_back_byte_for_byte() {
        let text = "{\n  \"a\": 1e-07,\n  \"b\": [\n    1.5e-05,\n    1e+16,\n    0.1,\n    3\n  ],\n  \"c\": {},\n  \"d\": [],\n  \"e\": \"é\\u0001\\\"\"\n}";
        assert_eq!(json_dumps_indented(&serde_json::from_str(text).unwrap()), text);
    }

    /// `json.dumps(json.loads(text), sort_keys=True)` of CPython 3.13 gave these.
    #[test]
    fn a_text_that_begins_with_the_mark_is_a_text() {
        for text in ["\u{10FFFF}1", "\u{10FFFF}", "\u{10FFFF}x\"y"] {
            let value = Value::String(text.to_string());
            assert!(json_dumps(&value, false).starts_with("\"\\udbff\\udfff"), "{text:?}");
            let written = serde_json::to_string(&value).unwrap();
            assert_eq!(with_integers(&written), written);
        }
    }

    #[test]
    fn integers_of_any_length_are_kept() {
        let text = r#"{"b": [12345678901234567890123, -99999999999999999999, 18446744073709551615, -0, 1e400, 1.0], "a": "12345678901234567890123 \" 1"}"#;
        let kept = integers_kept(&text.replace("1e400", "1e40"));
        let value: Value = serde_json::from_str(&kept).unwrap();
        let expected = r#"{"a": "12345678901234567890123 \" 1", "b": [12345678901234567890123, -99999999999999999999, 18446744073709551615, 0, 1e+40, 1.0]}"#;
        assert_eq!(json_dumps(&value, true), expected);
        let written = with_integers(&serde_json::to_string(&value).unwrap());
        assert!(
            written.contains("[12345678901234567890123,-99999999999999999999,18446744073709551615,0,"),
            "{written}"
        );
    }

    #[test]
    fn strings_are_ascii() {
        let json = json_dumps(&serde_json::json!({"b": "é😀\u{7f}\u{1}", "a": [1, 2.5, null, true]}), true);
        assert_eq!(json, r#"{"a": [1, 2.5, null, true], "b": "\u00e9\ud83d\ude00\u007f\u0001"}"#);
    }

    #[test]
    fn rounding_goes_by_the_exact_value() {
        let check = |value: f64, digits, expected: f64| assert_eq!(round(value, digits), expected);
        check(0.125, 2, 0.12);
        check(2.675, 2, 2.67);
        check(2.5, 0, 2.0);
        check(-10.0199, 2, -10.02);
    }

    #[test]
    fn split_knows_pythons_white_space() {
        assert_eq!(split(" a\u{3000}b\x1cc\n").collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
