//! Keys and tokens that their issuers made to be recognised, by prefix: `tokens.csv` has a row for
//! each, with the letters and the length that follow, and where that is known from.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::Span;

/// A row of the table.
struct Token {
    name: &'static str,
    alphabet: Alphabet,
    /// The fewest letters behind the prefix.
    least: usize,
}

/// The letters behind a prefix.
#[derive(Clone, Copy)]
enum Alphabet {
    Upper,
    Alnum,
    Hex,
    /// Letters, digits, `-` and `_`.
    Url,
    /// The same with `.` and `=`.
    UrlDot,
    /// Both kinds of base64, padding included.
    Base64,
}

struct Table {
    tokens: Vec<Token>,
    prefixes: AhoCorasick,
}

/// Every such token in a text.
pub(super) fn find(text: &str, found: &mut Vec<Span>) {
    let Some(table) = table() else { return };
    let bytes = text.as_bytes();
    let mut done = 0;
    for prefix in table.prefixes.find_iter(bytes) {
        // What begins inside a token is a part of it.
        if prefix.start() < done {
            continue;
        }
        let Some(token) = table.tokens.get(prefix.pattern().as_usize()) else { continue };
        let inside =
            prefix.start().checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_alphanumeric);
        if inside {
            continue;
        }
        let rest = bytes.get(prefix.end()..).unwrap_or_default();
        let letters = rest.iter().take_while(|byte| token.alphabet.has(**byte)).count();
        // A full stop ends the sentence, not the token.
        let trailing = rest.iter().take(letters).rev().take_while(|byte| **byte == b'.').count();
        if letters - trailing >= token.least {
            done = prefix.end() + letters;
            found.push(Span { start: prefix.start(), end: prefix.end() + letters - trailing, name: token.name });
        }
    }
}

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        match self {
            Alphabet::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Alphabet::Alnum => byte.is_ascii_alphanumeric(),
            Alphabet::Hex => byte.is_ascii_hexdigit(),
            Alphabet::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Alphabet::UrlDot => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'='),
            Alphabet::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'),
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        Some(match key {
            "upper" => Alphabet::Upper,
            "alnum" => Alphabet::Alnum,
            "hex" => Alphabet::Hex,
            "url" => Alphabet::Url,
            "urldot" => Alphabet::UrlDot,
            "base64" => Alphabet::Base64,
            _ => return None,
        })
    }
}

fn rows() -> impl Iterator<Item = Option<(&'static str, Token)>> {
    include_str!("tokens.csv").lines().skip(1).map(|line| {
        let mut cells = line.split(',');
        let (name, prefix) = (cells.next()?, cells.next()?);
        let token = Token { name, alphabet: Alphabet::from_key(cells.next()?)?, least: cells.next()?.parse().ok()? };
        Some((prefix, token))
    })
}

fn table() -> Option<&'static Table> {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    let built = TABLE.get_or_init(|| {
        let (prefixes, tokens): (Vec<_>, Vec<_>) = rows().flatten().unzip();
        let prefixes = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(prefixes).ok()?;
        Some(Table { tokens, prefixes })
    });
    built.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_finds_its_token() {
        for row in rows() {
            let (prefix, token) = row.expect("every row can be read");
            let letter = if matches!(token.alphabet, Alphabet::Upper) { "A" } else { "a" };
            for (count, expected) in [(token.least, 1), (token.least.saturating_sub(1), 0)] {
                let text = format!("key: {prefix}{}.", letter.repeat(count));
                let mut found = Vec::new();
                find(&text, &mut found);
                assert_eq!(found.len(), expected, "{text}");
                assert!(found.iter().all(|span| text[span.start..span.end].len() == prefix.len() + count), "{text}");
            }
            let mut found = Vec::new();
            find(&format!("x{prefix}{}", letter.repeat(token.least)), &mut found);
            assert_eq!(found, [], "inside a word: {prefix}");
        }
    }
}
