//! JSON text as the doors write it: compact, in their own order of members, without a tree in between.

use std::fmt::Write;

use serde_json::Value;

/// Appends a text as a JSON string.
pub fn text(out: &mut String, text: &str) {
    // Most texts are what they say.
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    // A string always has a form.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Appends a text or `null`.
pub fn text_or_null(out: &mut String, value: Option<&str>) {
    match value {
        Some(value) => text(out, value),
        None => out.push_str("null"),
    }
}

/// Appends literals and numbers.
pub fn plain(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}

/// Appends anything that prints as JSON.
pub fn value(out: &mut String, value: impl std::fmt::Display) {
    plain(out, format_args!("{value}"));
}

/// Appends a member of the request as it was sent, or what stands for it when it was not.
pub fn echo(out: &mut String, body: &Value, name: &str, absent: &str) {
    match &body[name] {
        Value::Null => out.push_str(absent),
        given => value(out, given),
    }
}
