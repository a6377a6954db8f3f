//! What a person said last, and patterns of it, in the words of each SQL engine: so that `pattern:` rules mean there
//! what they mean here.

use super::sql::Dialect;

impl Dialect {
    /// The last message that a person wrote in the request `body`.
    pub(super) fn last_message(self) -> &'static str {
        match self {
            Dialect::Athena | Dialect::Trino => {
                "element_at(filter(TRY_CAST(json_extract(body, '$.messages') AS array(json)), m -> json_extract_scalar(m, '$.role') = 'user'), -1)"
            }
            Dialect::Spark => {
                "try_element_at(filter(from_json(get_json_object(body, '$.messages'), 'array<struct<role:string,content:string>>'), m -> m.role = 'user'), -1)"
            }
            Dialect::DuckDb => {
                "list_filter(TRY_CAST(json_extract(body, '$.messages') AS JSON[]), lambda m: json_extract_string(m, '$.role') = 'user')[-1]"
            }
        }
    }

    /// The text of that message, or of a body without messages; empty where there is none.
    pub(super) fn said(self) -> String {
        let of_body = |name: &str| match self {
            Dialect::Athena | Dialect::Trino => format!("json_extract_scalar(body, '$.{name}')"),
            Dialect::Spark => format!("get_json_object(body, '$.{name}')"),
            Dialect::DuckDb => format!("json_extract_string(body, '$.{name}')"),
        };
        let plain = ["inputText", "prompt", "message"].map(of_body).join(", ");
        let (has_messages, text) = match self {
            // A list's text is that of its blocks, a line each; `array_join` passes over blocks without one.
            Dialect::Athena | Dialect::Trino => (
                "TRY_CAST(json_extract(body, '$.messages') AS array(json)) IS NOT NULL",
                "COALESCE(array_join(transform(TRY_CAST(json_extract(last_message, '$.content') AS array(json)), b -> json_extract_scalar(b, '$.text')), chr(10)), json_extract_scalar(last_message, '$.content'))",
            ),
            Dialect::Spark => (
                "get_json_object(body, '$.messages') LIKE '[%'",
                "CASE WHEN last_message.content LIKE '[{%' THEN array_join(transform(from_json(last_message.content, 'array<struct<text:string>>'), b -> b.text), chr(10)) ELSE last_message.content END",
            ),
            Dialect::DuckDb => (
                "json_type(body, '$.messages') = 'ARRAY'",
                "CASE WHEN json_type(last_message, '$.content') = 'ARRAY' THEN array_to_string(list_filter(list_transform(CAST(json_extract(last_message, '$.content') AS JSON[]), lambda b: json_extract_string(b, '$.text')), lambda t: t IS NOT NULL), chr(10)) ELSE json_extract_string(last_message, '$.content') END",
            ),
        };
        format!("COALESCE(CASE WHEN {has_messages} THEN {text} ELSE COALESCE({plain}) END, '')")
    }
}

/// A pattern in words that every engine takes alike: classes of ASCII, `$` as the end of the text, `.` as all but a
/// line feed, and groups without names.
pub(super) fn portable(pattern: &str) -> String {
    // Flags that change what `$` and `.` mean; then these are left as they are.
    let flagged = |flag: char| {
        pattern.match_indices("(?").any(|(at, _)| {
            let flags = pattern[at + 2..].split([':', ')', '<', 'P']).next().unwrap_or_default();
            flags.split('-').next().unwrap_or_default().contains(flag)
        })
    };
    let (lines, all) = (flagged('m'), flagged('s'));
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut in_class = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let Some(escaped) = chars.next() else { break };
                let class = match escaped {
                    'd' | 'D' => "0-9",
                    'w' | 'W' => "0-9A-Za-z_",
                    's' | 'S' => r" \t\n\r\f\x0B",
                    _ => "",
                };
                match (class.is_empty(), in_class, escaped.is_ascii_lowercase()) {
                    (false, true, true) => out.push_str(class),
                    (false, false, true) => out.push_str(&format!("[{class}]")),
                    (false, false, false) => out.push_str(&format!("[^{class}]")),
                    _ => out.extend(['\\', escaped]),
                }
            }
            '[' => {
                in_class = true;
                out.push(c);
            }
            ']' => {
                in_class = false;
                out.push(c);
            }
            '$' if !in_class && !lines => out.push_str(r"\z"),
            '.' if !in_class && !all => out.push_str(r"[^\n]"),
            '(' if !in_class && chars.peek() == Some(&'?') => {
                out.push(c);
                let mut rest = chars.clone().skip(1).peekable();
                rest.next_if_eq(&'P');
                if rest.next_if_eq(&'<').is_some() {
                    // `(?P<name>…)`: what a group is called makes no difference to what matches.
                    chars.by_ref().find(|c| *c == '>');
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_written_for_every_engine() {
        let check = |pattern: &str, expected: &str| {
            assert_eq!(portable(pattern), expected, "{pattern}");
            assert!(regex_lite::Regex::new(expected).is_ok(), "{expected}");
        };
        check(r"^\d{3}$", r"^[0-9]{3}\z");
        check(r"[\w.$-]+@\S", r"[0-9A-Za-z_.$-]+@[^ \t\n\r\f\x0B]");
        check(r"a.b\.c\$", r"a[^\n]b\.c\$");
        check(r"(?i)order (?P<id>.+) (?<x>y)(?:z)", r"(?i)order ([^\n]+) (y)(?:z)");
        check(r"(?ms)^a.b$", r"(?ms)^a.b$");
        check("返品|交換", "返品|交換");
    }
}
