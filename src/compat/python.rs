//! How Python writes JSON and rounds, bit for bit.

use serde_json::Value;

/// `json.dumps(value)`: ASCII only, `", "` and `": "` as separators; with `sort_keys` as given.
pub fn json_dumps(value: &Value, sort_keys: bool) -> String {
    let mut out = String::new();
    write_value(&mut out, value, sort_keys);
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
        Value::String(text) => write_string(out, text),
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
