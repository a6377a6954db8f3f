//! A text as a person sees it: full-width letters and digits as plain ones, hyphens as one hyphen,
//! what is invisible left out, and escapes (`%40`, `\u0040`, `&#64;`) as what they stand for. Places
//! in it lead back to the text it was made of.

use std::borrow::Cow;

/// A folded text and the way back.
pub(super) struct Folded<'a> {
    pub text: Cow<'a, str>,
    /// From where on places shift: a place in the folded text and its place in the other.
    segments: Vec<(usize, usize)>,
    original: usize,
}

impl<'a> Folded<'a> {
    pub fn of(text: &'a str) -> Self {
        let plain = |text| Folded { text: Cow::Borrowed(text), segments: Vec::new(), original: text.len() };
        if text.is_ascii() && !text.bytes().any(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
            return plain(text);
        }
        let (mut out, mut segments) = (String::new(), Vec::new());
        let mut copied = 0;
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((seen, length)) = folded(rest) else {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            };
            // The hyphen of a long vowel is one only behind a digit, so what is before comes first.
            out.push_str(text.get(copied..at).unwrap_or_default());
            if let Some(seen) = seen_after(seen, out.chars().next_back()) {
                segments.push((out.len(), at));
                out.extend(seen);
                at += length;
                segments.push((out.len(), at));
                copied = at;
            } else {
                copied = at;
                at += length;
            }
        }
        if segments.is_empty() {
            return plain(text);
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        Folded { text: Cow::Owned(out), segments, original: text.len() }
    }

    /// The place in the other text of a place in this one.
    pub fn original(&self, place: usize) -> usize {
        if place >= self.text.len() {
            return self.original;
        }
        let after = self.segments.partition_point(|(folded, _)| *folded <= place);
        match after.checked_sub(1).and_then(|last| self.segments.get(last)) {
            Some((folded, original)) => original + (place - folded),
            None => place,
        }
    }
}

/// What is seen of a character or an escape.
enum Seen {
    Letter(char),
    Nothing,
    /// A hyphen, if a digit is before it.
    Hyphen,
}

/// What the beginning of a text looks like, if that is not what it is, and how many bytes it takes.
fn folded(rest: &str) -> Option<(Seen, usize)> {
    let first = rest.chars().next()?;
    let length = first.len_utf8();
    let seen = match first {
        '%' => return escape(rest, 1, 2, 16).map(|letter| (Seen::Letter(letter), 3)),
        '\\' => return unicode_escape(rest),
        '&' if rest.starts_with("&#") => return entity(rest),
        '&' => return named_entity(rest),
        c if c.is_ascii() => return None,
        '\u{FF01}'..='\u{FF5E}' => Seen::Letter(char::from_u32(u32::from(first) - 0xFEE0)?),
        '\u{3000}' | '\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => Seen::Letter(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => Seen::Letter('-'),
        '\u{30FC}' | '\u{FF70}' => Seen::Hyphen,
        '\u{660}'..='\u{669}' => Seen::Letter(char::from_digit(u32::from(first) - 0x660, 10)?),
        '\u{6F0}'..='\u{6F9}' => Seen::Letter(char::from_digit(u32::from(first) - 0x6F0, 10)?),
        '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' => Seen::Nothing,
        _ => return None,
    };
    Some((seen, length))
}

/// What stands in the folded text; `None` for what stays as it is.
fn seen_after(seen: Seen, before: Option<char>) -> Option<Option<char>> {
    match seen {
        Seen::Letter(letter) => Some(Some(letter)),
        Seen::Nothing => Some(None),
        Seen::Hyphen => before.is_some_and(|before| before.is_ascii_digit()).then_some(Some('-')),
    }
}

/// The printable ASCII character that `digits` digits after `skip` bytes stand for.
fn escape(rest: &str, skip: usize, digits: usize, radix: u32) -> Option<char> {
    let code = u32::from_str_radix(rest.get(skip..skip + digits)?, radix).ok()?;
    char::from_u32(code).filter(|letter| (' '..='~').contains(letter))
}

/// `\u0040`, with as many backslashes as JSON inside of JSON gives it.
fn unicode_escape(rest: &str) -> Option<(Seen, usize)> {
    const MOST: usize = 16;
    let slashes = rest.bytes().take(MOST).take_while(|byte| *byte == b'\\').count();
    let letter = rest[slashes..].starts_with('u').then(|| escape(rest, slashes + 1, 4, 16))??;
    Some((Seen::Letter(letter), slashes + 5))
}

/// The entities with names that signs of addresses and secrets have.
fn named_entity(rest: &str) -> Option<(Seen, usize)> {
    const NAMED: [(&str, char); 8] = [
        ("&commat;", '@'),
        ("&period;", '.'),
        ("&colon;", ':'),
        ("&equals;", '='),
        ("&lowbar;", '_'),
        ("&hyphen;", '-'),
        ("&quot;", '"'),
        ("&nbsp;", ' '),
    ];
    let (name, letter) = NAMED.iter().find(|(name, _)| rest.starts_with(name))?;
    Some((Seen::Letter(*letter), name.len()))
}

/// `&#64;` or `&#x40;`.
fn entity(rest: &str) -> Option<(Seen, usize)> {
    let end = rest.bytes().take(8).position(|byte| byte == b';')?;
    let (digits, radix) = match rest.get(2..end)? {
        hex if hex.starts_with(['x', 'X']) => (hex.get(1..)?, 16),
        plain => (plain, 10),
    };
    let letter = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    (' '..='~').contains(&letter).then_some((Seen::Letter(letter), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_folded_and_places_lead_back() {
        let check = |text: &str, expected: &str| {
            let folded = Folded::of(text);
            assert_eq!(folded.text, expected, "{text}");
            assert_eq!(folded.original(folded.text.len()), text.len());
            for (place, _) in folded.text.char_indices() {
                assert!(text.is_char_boundary(folded.original(place)), "{text}: {place}");
            }
        };
        check("plain", "plain");
        check("０３－１２３４", "03-1234");
        check("０３ー１２３４、データ", "03-1234、データ");
        check("ta\u{200b}ro%40example%2Ejp&#64;\\u0041 100% \\user", "taro@example.jp@A 100% \\user");
        check("hanako\\\\u0040example \\\\\\\\u0041", "hanako@example A");
        check("a&commat;b&period;jp &amp; &c", "a@b.jp &amp; &c");
        let text = "電話は０３ー１２３４です";
        let folded = Folded::of(text);
        let start = folded.text.find('0').unwrap();
        let end = folded.text.find("です").unwrap();
        assert_eq!(&text[folded.original(start)..folded.original(end)], "０３ー１２３４");
    }
}
