//! Numbers that name someone: phone and card numbers, account ids, addresses of machines, postal
//! codes. A number is looked at with its groups, the separators between them and what stands around
//! it, so that decimals, dates, prices and ISBNs stay.

use super::Span;

/// Digits that stand together.
#[derive(Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Group {
    fn len(self) -> usize {
        self.end - self.start
    }
}

/// The most groups that are looked at together.
const MAX_GROUPS: usize = 6;

/// Every such number in a text.
pub(super) fn find(text: &str, found: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let mut uuids = uuids(bytes).into_iter().peekable();
    let mut at = 0;
    while let Some(start) =
        bytes.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)).map(|gap| at + gap)
    {
        // No part of an identifier is a number of anyone.
        while uuids.next_if(|uuid| uuid.end <= start).is_some() {}
        if let Some(uuid) = uuids.peek().filter(|uuid| uuid.start <= start) {
            at = uuid.end;
            continue;
        }
        let site = Site::new(text, start);
        at = site.first().end;
        if let Some(span) = site.span() {
            at = span.end.max(at);
            found.push(span);
        }
    }
    find_v6(text, found);
}

/// Where UUIDs stand.
fn uuids(bytes: &[u8]) -> Vec<Group> {
    const LENGTH: usize = 36;
    let is_one = |bytes: &[u8]| {
        bytes.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut found: Vec<Group> = Vec::new();
    for dash in memchr::memchr_iter(b'-', bytes) {
        let Some(start) = dash.checked_sub(8).filter(|start| found.last().is_none_or(|last| last.end <= *start)) else {
            continue;
        };
        if bytes.get(start..start + LENGTH).is_some_and(is_one) {
            found.push(Group { start, end: start + LENGTH });
        }
    }
    found
}

/// The name of a whole number that stands alone in JSON, if it names someone: an account id or a
/// card number.
pub(super) fn whole(digits: &str) -> Option<&'static str> {
    if digits.len() == 12 {
        return Some(ACCOUNT);
    }
    is_card(digits).then_some(CARD)
}

const ACCOUNT: &str = "AWS_ACCOUNT_ID";
/// What is said of an account's number that stands in groups.
const ACCOUNT_WORDS: [&str; 4] = ["account", "aws", "アカウント", "口座"];
const CARD: &str = "CREDIT_DEBIT_CARD_NUMBER";
const PHONE: &str = "PHONE";

/// A number and its surroundings.
struct Site<'a> {
    text: &'a str,
    groups: Vec<Group>,
}

impl<'a> Site<'a> {
    fn new(text: &'a str, start: usize) -> Self {
        let bytes = text.as_bytes();
        let mut groups = Vec::new();
        let mut next = Some(start);
        while let Some(start) = next.filter(|_| groups.len() < MAX_GROUPS) {
            let length = bytes.get(start..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
            let end = start + length;
            groups.push(Group { start, end });
            // At most two separators, then more digits.
            let gap = bytes.get(end..).unwrap_or_default().iter().take(3).position(u8::is_ascii_digit);
            let between = gap.and_then(|gap| text.get(end..end + gap));
            let joins =
                |between: &str| matches!(between, "-" | " " | "." | "/" | "(" | ")" | ") " | ")-" | " (" | "-(");
            next = between.filter(|between| joins(between)).map(|between| end + between.len());
        }
        Site { text, groups }
    }

    fn first(&self) -> Group {
        self.groups.first().copied().unwrap_or(Group { start: 0, end: 0 })
    }

    /// The separator before a group.
    fn gap(&self, index: usize) -> &'a str {
        match (index.checked_sub(1).and_then(|before| self.groups.get(before)), self.groups.get(index)) {
            (Some(before), Some(group)) => self.text.get(before.end..group.start).unwrap_or_default(),
            _ => "",
        }
    }

    fn lengths(&self, count: usize) -> Vec<usize> {
        self.groups.iter().take(count).map(|group| group.len()).collect()
    }

    fn digits(&self, count: usize) -> String {
        self.groups.iter().take(count).filter_map(|group| self.text.get(group.start..group.end)).collect()
    }

    /// Whether the first `count` groups have the same separator between them, one of these.
    fn uniform(&self, count: usize, allowed: &[&str]) -> bool {
        let gap = self.gap(1);
        count == 1 || (allowed.contains(&gap) && (2..count).all(|index| self.gap(index) == gap))
    }

    fn before(&self, place: usize) -> Option<u8> {
        self.text.as_bytes().get(place.checked_sub(1)?).copied()
    }

    fn after(&self, place: usize) -> Option<u8> {
        self.text.as_bytes().get(place).copied()
    }

    /// Whether a number may begin here: not inside a word, a decimal or a longer number.
    fn begins(&self, place: usize) -> bool {
        match self.before(place) {
            Some(b'-' | b'.') => {
                !place.checked_sub(1).and_then(|dash| self.before(dash)).is_some_and(|byte| byte.is_ascii_digit())
            }
            Some(byte) => !byte.is_ascii_alphanumeric() && byte != b'_',
            None => true,
        }
    }

    /// Whether a number may end here.
    fn ends(&self, place: usize) -> bool {
        let digit = |place| self.after(place).is_some_and(|byte: u8| byte.is_ascii_digit());
        match self.after(place) {
            Some(b'-' | b'.') => !digit(place + 1),
            // An extension.
            Some(b'x') => digit(place + 1),
            Some(byte) => !byte.is_ascii_alphanumeric() && byte != b'_',
            None => true,
        }
    }

    /// A span from a place to the end of a group, a closing parenthesis included.
    fn to(&self, start: usize, count: usize, name: &'static str) -> Option<Span<'static>> {
        let end = self.groups.get(count.checked_sub(1)?)?.end;
        self.ends(end).then_some(Span { start, end, name })
    }

    fn span(&self) -> Option<Span<'static>> {
        self.card()
            .or_else(|| self.address())
            .or_else(|| self.account())
            .or_else(|| self.phone())
            .or_else(|| self.other())
    }

    fn card(&self) -> Option<Span<'static>> {
        let start = self.first().start;
        let fits = |count: &usize| {
            let lengths = self.lengths(*count);
            let shaped = match lengths.as_slice() {
                [_] => true,
                [4, 6, 4 | 5] | [4, 4, 4, 1..=4] | [4, 4, 4, 4, 1..=3] => self.uniform(*count, &["-", " ", "."]),
                _ => false,
            };
            shaped && is_card(&self.digits(*count))
        };
        let count = (1..=self.groups.len()).rev().find(fits)?;
        self.text_before_is_free(start).then(|| self.to(start, count, CARD)).flatten()
    }

    /// Not behind a letter, a digit or a decimal point.
    fn text_before_is_free(&self, place: usize) -> bool {
        self.before(place).is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'.' && byte != b'_')
    }

    /// Four numbers to 255 with dots between.
    fn address(&self) -> Option<Span<'static>> {
        let start = self.first().start;
        let byte = |group: &Group| {
            let digits = self.text.get(group.start..group.end).unwrap_or_default();
            digits.len() <= 3 && (digits == "0" || !digits.starts_with('0')) && digits.parse::<u8>().is_ok()
        };
        let fits = self.groups.len() >= 4 && self.uniform(4, &["."]) && self.groups.iter().take(4).all(byte);
        let free = self.before(start).is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'_'));
        let end = self.groups.get(3)?.end;
        let more = self.after(end) == Some(b'.') && self.after(end + 1).is_some_and(|byte| byte.is_ascii_digit());
        let word = self.after(end).is_some_and(|byte| byte.is_ascii_alphanumeric());
        let numbered = self.is_numbered(start);
        (fits && free && !more && !word && !numbered).then_some(Span { start, end, name: "IP_ADDRESS" })
    }

    /// Whether the word before says that it is a version or a section.
    fn is_numbered(&self, start: usize) -> bool {
        const WORDS: [&str; 12] =
            ["version", "ver.", "ver", "release", "build", "section", "sec.", "chapter", "§", "バージョン", "版", "第"];
        let before = self.text.get(..start).unwrap_or_default().trim_end_matches([' ', ':', '=']);
        let from = before.floor_char_boundary(before.len().saturating_sub(18));
        let before = before.get(from..).unwrap_or_default().to_lowercase();
        WORDS.iter().any(|word| {
            let rest = before.strip_suffix(word);
            rest.is_some_and(|rest| !word.is_ascii() || !rest.ends_with(|c: char| c.is_ascii_alphabetic()))
        })
    }

    /// Twelve digits, together or as the console shows them.
    fn account(&self) -> Option<Span<'static>> {
        let Group { start, end } = self.first();
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if end - start == 12 {
            let decimal = self.before(start) == Some(b'.')
                || (self.after(end) == Some(b'.') && self.after(end + 1).is_some_and(|byte| byte.is_ascii_digit()));
            let inside = self.before(start).is_some_and(word) || self.after(end).is_some_and(word);
            return (!decimal && !inside && self.before(start) != Some(b'+')).then_some(Span {
                start,
                end,
                name: ACCOUNT,
            });
        }
        // Numbers of orders and parcels have this form, too: what it is must be said.
        let grouped = self.lengths(3) == [4, 4, 4] && self.uniform(3, &["-", " "]);
        (grouped && self.begins(start) && self.is_behind(start, &ACCOUNT_WORDS))
            .then(|| self.to(start, 3, ACCOUNT))
            .flatten()
    }

    fn phone(&self) -> Option<Span<'static>> {
        let first = self.first();
        let parenthesis = self.before(first.start) == Some(b'(');
        let opened = first.start - usize::from(parenthesis);
        if self.before(opened) == Some(b'+') {
            return self.international(opened - 1);
        }
        let start = opened;
        if !self.begins(start) {
            return None;
        }
        let digits = self.digits(self.groups.len());
        if digits.starts_with("00") {
            let count = self.up_to(15).filter(|count| self.digits(*count).len() >= 11 && self.lengths(1) != [1])?;
            return self.to(start, count, PHONE);
        }
        if digits.starts_with('0') { self.national(start) } else { self.american(start, parenthesis) }
    }

    /// As many groups as have at most so many digits.
    fn up_to(&self, most: usize) -> Option<usize> {
        (1..=self.groups.len()).rev().find(|count| self.digits(*count).len() <= most)
    }

    /// `+` and eight to fifteen digits.
    fn international(&self, start: usize) -> Option<Span<'static>> {
        if self.before(start).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let mut digits = 0;
        let mut count = 0;
        for (index, group) in self.groups.iter().enumerate() {
            // A number that is whole does not go on after a space.
            if digits + group.len() > 15 || (digits >= 11 && self.gap(index) == " ") {
                break;
            }
            digits += group.len();
            count = index + 1;
        }
        (digits >= 8).then(|| self.to(start, count, PHONE)).flatten()
    }

    /// A trunk 0, an area code, a number: 9 to 11 digits.
    fn national(&self, start: usize) -> Option<Span<'static>> {
        let fits = |count: &usize| {
            let lengths = self.lengths(*count);
            let total: usize = lengths.iter().sum();
            match lengths.as_slice() {
                [only] => {
                    let apart = !matches!(self.before(start), Some(b'-' | b'.'));
                    (10..=11).contains(only) && apart && !self.digits(1).starts_with("00")
                }
                [2, 2, 2, 2, 2] => self.uniform(5, &["-", " ", "."]),
                [area, middle @ .., last] => {
                    (9..=11).contains(&total)
                        && (2..=5).contains(area)
                        && (3..=8).contains(last)
                        && middle.iter().all(|length| (1..=4).contains(length))
                        && (2..=*count - 1).all(|index| self.gap(index) != "/")
                }
                [] => false,
            }
        };
        let count = (1..=self.groups.len()).rev().find(fits)?;
        self.to(start, count, PHONE)
    }

    /// An area code in parentheses or with separators, an exchange, four digits; a 1 may come first.
    fn american(&self, start: usize, parenthesis: bool) -> Option<Span<'static>> {
        let lead = usize::from(self.first().len() == 1 && self.digits(1) == "1");
        let lengths = self.lengths(lead + 3);
        let area = self.groups.get(lead).and_then(|group| self.text.get(group.start..group.end));
        if lengths.get(lead..) != Some(&[3, 3, 4])
            || !area.is_some_and(|area| area.starts_with(|c| ('2'..='9').contains(&c)))
        {
            return self.announced(start);
        }
        let gaps = (self.gap(lead + 1), self.gap(lead + 2));
        let exchange = self.groups.get(lead + 1).and_then(|group| self.text.get(group.start..group.end));
        let fits = match gaps {
            (")" | ") " | ")-", "-" | " " | ".") => parenthesis || lead == 1,
            ("-", "-") | (".", ".") | (" ", "-") => true,
            (" ", " ") => exchange.is_some_and(|digits| digits.starts_with(|c| ('2'..='9').contains(&c))),
            _ => false,
        };
        if fits { self.to(start, lead + 3, PHONE) } else { self.announced(start) }
    }

    /// Nine to eleven digits behind a word that says what they are.
    fn announced(&self, start: usize) -> Option<Span<'static>> {
        const WORDS: [&str; 9] = ["tel", "phone", "mobile", "cell", "fax", "call ", "電話", "携帯", "番号は"];
        if !(9..=11).contains(&self.first().len()) {
            return None;
        }
        self.is_behind(start, &WORDS).then(|| self.to(start, 1, PHONE)).flatten()
    }

    /// Whether one of these words stands shortly before.
    fn is_behind(&self, start: usize, words: &[&str]) -> bool {
        const NEAR: usize = 24;
        let from = self.text.floor_char_boundary(start.saturating_sub(NEAR));
        let before = self.text.get(from..start).unwrap_or_default().to_lowercase();
        words.iter().any(|word| before.contains(word))
    }

    /// A Japanese postal code behind its sign; a social security number.
    fn other(&self) -> Option<Span<'static>> {
        let start = self.first().start;
        let before = self.text.get(..start).unwrap_or_default().trim_end_matches([' ', ':', '〒']);
        let marked = self.text.get(before.len()..start).is_some_and(|between| between.contains('〒'));
        let named = before.ends_with("郵便番号") || before.ends_with("郵便番号は");
        let postal =
            |count: usize| matches!(self.lengths(count).as_slice(), [7] | [3, 4]) && self.uniform(count, &["-", " "]);
        if let Some(count) =
            [2, 1].into_iter().find(|count| (marked || named) && self.groups.len() >= *count && postal(*count))
        {
            return self.to(start, count, "JP_POSTAL_CODE");
        }
        let social = self.lengths(3) == [3, 2, 4] && self.uniform(3, &["-"]) && self.begins(start);
        let issued = !["000", "666"].contains(&self.digits(1).as_str()) && !self.digits(1).starts_with('9');
        (social && issued).then(|| self.to(start, 3, "US_SOCIAL_SECURITY_NUMBER")).flatten()
    }
}

/// Whether digits have a card issuer's first digits, its length and the check digit.
///
/// # Source
/// ISO/IEC 7812: issuer ranges and the Luhn check.
fn is_card(digits: &str) -> bool {
    let issued = matches!(
        (digits.as_bytes(), digits.len()),
        ([b'4', ..], 13 | 16 | 19)
            | ([b'2' | b'5', ..], 16)
            | ([b'6', ..], 16..=19)
            | ([b'3', b'4' | b'7', ..], 15)
            | ([b'3', b'0' | b'6' | b'8' | b'9', ..], 14)
            | ([b'3', b'5', ..], 16)
    );
    let doubled = |(index, digit): (usize, u32)| match (index % 2, digit * 2) {
        (0, _) => digit,
        (_, twice) if twice > 9 => twice - 9,
        (_, twice) => twice,
    };
    let sum: u32 = digits.chars().rev().filter_map(|digit| digit.to_digit(10)).enumerate().map(doubled).sum();
    issued && !is_barcode(digits) && sum.is_multiple_of(10) && digits.bytes().any(|digit| digit != b'0')
}

/// Whether digits are a Japanese article number: 13 of them that begin with 45 or 49, and its check digit. Cards of
/// 13 digits are not issued any more.
fn is_barcode(digits: &str) -> bool {
    let weighed = |(index, digit): (usize, u32)| if index % 2 == 0 { digit } else { 3 * digit };
    let sum: u32 = digits.chars().filter_map(|digit| digit.to_digit(10)).enumerate().map(weighed).sum();
    digits.len() == 13 && (digits.starts_with("45") || digits.starts_with("49")) && sum.is_multiple_of(10)
}

/// Addresses of the sixth version: what the standard library reads as one, and is no scope
/// operator or time of day.
fn find_v6(text: &str, found: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut at = 0;
    while let Some(colon) = bytes.get(at..).and_then(|rest| memchr::memchr(b':', rest)).map(|gap| at + gap) {
        let before = bytes
            .get(..colon)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(4)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let start = colon - before;
        let rest = bytes.get(start..).unwrap_or_default();
        let mut end = start + rest.iter().take(46).take_while(|byte| part(byte)).count();
        // Punctuation behind it is not its own.
        while end > colon + 1 && matches!(bytes.get(end - 1), Some(b'.')) {
            end -= 1;
        }
        at = end.max(colon + 1);
        let Some(candidate) = text.get(start..end) else { continue };
        let candidate = candidate.strip_suffix(':').filter(|_| !candidate.ends_with("::")).unwrap_or(candidate);
        let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let inside =
            word(start.checked_sub(1).and_then(|before| bytes.get(before))) || word(bytes.get(start + candidate.len()));
        let groups: Vec<&str> = candidate.split(':').filter(|group| !group.is_empty()).collect();
        let likely = groups.len() >= 3 || groups.first().is_some_and(|group| groups.len() == 2 && group.len() >= 3);
        if !inside
            && likely
            && candidate.bytes().any(|byte| byte.is_ascii_digit())
            && candidate.parse::<std::net::Ipv6Addr>().is_ok()
        {
            found.push(Span { start, end: start + candidate.len(), name: "IP_ADDRESS" });
        }
    }
}
