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
    match first {
        '%' => percent_escape(rest),
        '\\' => unicode_escape(rest),
        '&' if rest.starts_with("&#") => entity(rest),
        '&' => named_entity(rest),
        c => Some((other_form(c)?, c.len_utf8())),
    }
}

/// What a character looks like that is not what it looks like.
fn other_form(c: char) -> Option<Seen> {
    Some(match c {
        c if c.is_ascii() => return None,
        '\u{FF01}'..='\u{FF5E}' => Seen::Letter(char::from_u32(u32::from(c) - 0xFEE0)?),
        '\u{3000}' | '\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => Seen::Letter(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => Seen::Letter('-'),
        '\u{30FC}' | '\u{FF70}' => Seen::Hyphen,
        '\u{660}'..='\u{669}' => Seen::Letter(char::from_digit(u32::from(c) - 0x660, 10)?),
        '\u{6F0}'..='\u{6F9}' => Seen::Letter(char::from_digit(u32::from(c) - 0x6F0, 10)?),
        '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' => Seen::Nothing,
        _ => return None,
    })
}

/// What stands in the folded text; `None` for what stays as it is.
fn seen_after(seen: Seen, before: Option<char>) -> Option<Option<char>> {
    match seen {
        Seen::Letter(letter) => Some(Some(letter)),
        Seen::Nothing => Some(None),
        Seen::Hyphen => before.is_some_and(|before| before.is_ascii_digit()).then_some(Some('-')),
    }
}

/// What is seen of the character that an escape stands for; control characters stay escaped.
fn escaped(code: u32) -> Option<Seen> {
    let letter = char::from_u32(code).filter(|letter| !letter.is_control())?;
    Some(other_form(letter).unwrap_or(Seen::Letter(letter)))
}

/// `%40`, or the bytes of a character one behind the other, `%E3%80%92`.
fn percent_escape(rest: &str) -> Option<(Seen, usize)> {
    let byte = |index: usize| {
        let digits = rest.get(3 * index..3 * index + 3)?.strip_prefix('%')?;
        u8::from_str_radix(digits, 16).ok()
    };
    let length = match byte(0)? {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    };
    let bytes: Vec<u8> = (0..length).map_while(byte).collect();
    let letter = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    Some((escaped(u32::from(letter))?, 3 * length))
}

/// `\u0040`, with as many backslashes as JSON inside of JSON gives it.
fn unicode_escape(rest: &str) -> Option<(Seen, usize)> {
    const MOST: usize = 16;
    let slashes = rest.bytes().take(MOST).take_while(|byte| *byte == b'\\').count();
    let digits = rest.get(slashes..)?.strip_prefix('u')?.get(..4)?;
    Some((escaped(u32::from_str_radix(digits, 16).ok()?)?, slashes + 5))
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
    let end = rest.bytes().take(10).position(|byte| byte == b';')?;
    let (digits, radix) = match rest.get(2..end)? {
        hex if hex.starts_with(['x', 'X']) => (hex.get(1..)?, 16),
        plain => (plain, 10),
    };
    Some((escaped(u32::from_str_radix(digits, radix).ok()?)?, end + 1))
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
        // An escape of a full-width or an invisible character is that character.
        check("\\uff10\\uFF13\\uff0d1 \\u3012150 \\u3042\\u200b\\u000a", "03-1 〒150 あ\\u000a");
        check("%EF%BC%90%E3%80%92%e3%81%82 %E3%80 %FF%FE", "0〒あ %E3%80 %FF%FE");
        check("&#65296;&#x3012;&#x1F600;", "0〒😀");
        check("hanako\\\\u0040example \\\\\\\\u0041", "hanako@example A");
        check("a&commat;b&period;jp &amp; &c", "a@b.jp &amp; &c");
        let text = "電話は０３ー１２３４です";
        let folded = Folded::of(text);
        let start = folded.text.find('0').unwrap();
        let end = folded.text.find("です").unwrap();
        assert_eq!(&text[folded.original(start)..folded.original(end)], "０３ー１２３４");
    }
}
