//! How each family cuts a text into pieces before pairs of bytes are joined: the published patterns, written as loops,
//! which need no regular expressions with look-ahead and their tables.

use unicode_general_category::{GeneralCategory as G, get_general_category};

/// Whose pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Splitter {
    O200k,
    Tekken,
    Qwen,
    DeepSeek,
}

/// What a character is to the patterns; some are several.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Class(u8);

impl Class {
    /// `\p{Lu}`, `\p{Lt}`.
    const UPPER: u8 = 1;
    /// `\p{Ll}`.
    const LOWER: u8 = 2;
    /// `\p{Lm}`, `\p{Lo}`: letters without case.
    const UNCASED: u8 = 4;
    /// `\p{M}`.
    const MARK: u8 = 8;
    /// `\p{N}`.
    const NUMBER: u8 = 16;
    /// `\p{P}`, `\p{S}`.
    const SIGN: u8 = 32;
    /// `\s`, line ends among it.
    const SPACE: u8 = 64;
    /// `\r`, `\n`.
    const LINE_END: u8 = 128;

    const LETTER: u8 = Self::UPPER | Self::LOWER | Self::UNCASED;

    fn of(c: char) -> Self {
        if c.is_whitespace() {
            return Class(if matches!(c, '\r' | '\n') { Self::SPACE | Self::LINE_END } else { Self::SPACE });
        }
        Class(match get_general_category(c) {
            G::UppercaseLetter | G::TitlecaseLetter => Self::UPPER,
            G::LowercaseLetter => Self::LOWER,
            G::ModifierLetter | G::OtherLetter => Self::UNCASED,
            G::NonspacingMark | G::SpacingMark | G::EnclosingMark => Self::MARK,
            G::DecimalNumber | G::LetterNumber | G::OtherNumber => Self::NUMBER,
            G::ConnectorPunctuation
            | G::DashPunctuation
            | G::OpenPunctuation
            | G::ClosePunctuation
            | G::InitialPunctuation
            | G::FinalPunctuation
            | G::OtherPunctuation
            | G::MathSymbol
            | G::CurrencySymbol
            | G::ModifierSymbol
            | G::OtherSymbol => Self::SIGN,
            _ => 0,
        })
    }

    fn is(self, any: u8) -> bool {
        self.0 & any != 0
    }
}

/// A text's characters, each with its class and where it begins.
struct Chars<'a> {
    text: &'a str,
    at: Vec<(usize, char, Class)>,
}

/// Tells the pieces of a text.
pub(super) fn split<'a>(text: &'a str, splitter: Splitter, hear: &mut impl FnMut(&'a str)) {
    let chars = Chars { text, at: text.char_indices().map(|(at, c)| (at, c, Class::of(c))).collect() };
    match splitter {
        Splitter::DeepSeek => chars.deepseek(hear),
        _ => {
            let mut from = 0;
            while from < chars.at.len() {
                let end = chars.piece(from, splitter).max(from + 1);
                hear(chars.slice(from, end));
                from = end;
            }
        }
    }
}

impl<'a> Chars<'a> {
    fn slice(&self, from: usize, end: usize) -> &'a str {
        let at = |index: usize| self.at.get(index).map_or(self.text.len(), |(at, _, _)| *at);
        self.text.get(at(from)..at(end)).unwrap_or_default()
    }

    fn is(&self, index: usize, any: u8) -> bool {
        self.at.get(index).is_some_and(|(_, _, class)| class.is(any))
    }

    fn char(&self, index: usize) -> char {
        self.at.get(index).map_or('\0', |(_, c, _)| *c)
    }

    /// The end of a run of characters of any of these classes.
    fn run(&self, from: usize, end: usize, any: u8) -> usize {
        (from..end).find(|index| !self.is(*index, any)).unwrap_or(end)
    }

    /// The end of the piece that begins here.
    fn piece(&self, from: usize, splitter: Splitter) -> usize {
        let end = self.at.len();
        let numbers = if splitter == Splitter::O200k { 3 } else { 1 };
        let word = match splitter {
            Splitter::Qwen => self.contraction(from).or_else(|| self.word(from)),
            _ => self.cased_word(from, splitter == Splitter::O200k),
        };
        if let Some(end) = word {
            return end;
        }
        if self.is(from, Class::NUMBER) {
            return self.run(from, (from + numbers).min(end), Class::NUMBER);
        }
        // ` ?[^\s\p{L}\p{N}]+[\r\n/]*`: without the slash for Qwen.
        let sign = |index: usize| index < end && !self.is(index, Class::SPACE | Class::LETTER | Class::NUMBER);
        let begins = if self.char(from) == ' ' && sign(from + 1) { from + 1 } else { from };
        if sign(begins) {
            let mut at = (begins..end).find(|index| !sign(*index)).unwrap_or(end);
            while at < end && (self.is(at, Class::LINE_END) || self.char(at) == '/' && splitter != Splitter::Qwen) {
                at += 1;
            }
            return at;
        }
        self.spaces(from, end)
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`, of which the last matches always.
    fn spaces(&self, from: usize, end: usize) -> usize {
        let until = self.run(from, end, Class::SPACE);
        if let Some(last) = (from..until).rev().find(|index| self.is(*index, Class::LINE_END)) {
            return last + 1;
        }
        if until < end && until > from + 1 { until - 1 } else { until }
    }

    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)`.
    fn contraction(&self, from: usize) -> Option<usize> {
        if self.char(from) != '\'' {
            return None;
        }
        let next = self.char(from + 1);
        // The long s is an s without regard to case.
        if matches!(next.to_ascii_lowercase(), 's' | 't' | 'm' | 'd') || next == 'ſ' {
            return Some(from + 2);
        }
        let two = [next.to_ascii_lowercase(), self.char(from + 2).to_ascii_lowercase()];
        matches!(two, ['r', 'e'] | ['v', 'e'] | ['l', 'l']).then_some(from + 3)
    }

    /// `[^\r\n\p{L}\p{N}]?\p{L}+`.
    fn word(&self, from: usize) -> Option<usize> {
        let end = self.at.len();
        let begins = if self.is(from, Class::LETTER) {
            from
        } else if self.is(from, Class::LINE_END | Class::NUMBER) || !self.is(from + 1, Class::LETTER) {
            return None;
        } else {
            from + 1
        };
        Some(self.run(begins, end, Class::LETTER))
    }

    /// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` and the same with capitals alone,
    /// each with a contraction behind it or not.
    fn cased_word(&self, from: usize, contracted: bool) -> Option<usize> {
        const CAPITAL: u8 = Class::UPPER | Class::UNCASED | Class::MARK;
        const SMALL: u8 = Class::LOWER | Class::UNCASED | Class::MARK;
        let end = self.at.len();
        let prefix = !self.is(from, Class::LINE_END | Class::LETTER | Class::NUMBER);
        let begins = [Some(from + 1).filter(|_| prefix), Some(from)].into_iter().flatten();
        let small = |begins: usize| {
            let capitals = self.run(begins, end, CAPITAL);
            if self.is(capitals, SMALL) {
                return Some(self.run(capitals, end, SMALL));
            }
            // Capitals give back what may be small, the last such.
            (begins..capitals).rev().find(|index| self.is(*index, SMALL)).map(|last| last + 1)
        };
        let capital = |begins: usize| {
            let capitals = self.run(begins, end, CAPITAL);
            (capitals > begins).then_some(capitals)
        };
        let found = begins.clone().find_map(small).or_else(|| begins.clone().find_map(capital))?;
        Some(if contracted { self.contraction(found).unwrap_or(found) } else { found })
    }

    /// Three patterns, each cutting what the one before it left: numbers in threes, Chinese and kana, the rest.
    fn deepseek(&self, hear: &mut impl FnMut(&'a str)) {
        let end = self.at.len();
        let mut from = 0;
        while from < end {
            let number = self.is(from, Class::NUMBER);
            let cjk = |index: usize| matches!(self.char(index), '\u{4e00}'..='\u{9fa5}' | '\u{3040}'..='\u{30ff}');
            let until = if number {
                self.run(from, (from + 3).min(end), Class::NUMBER)
            } else if cjk(from) {
                (from..end).find(|index| !cjk(*index) || self.is(*index, Class::NUMBER)).unwrap_or(end)
            } else {
                (from..end).find(|index| cjk(*index) || self.is(*index, Class::NUMBER)).unwrap_or(end)
            };
            if number || cjk(from) {
                hear(self.slice(from, until));
            } else {
                self.deepseek_rest(from, until, hear);
            }
            from = until;
        }
    }

    fn deepseek_rest(&self, mut from: usize, end: usize, hear: &mut impl FnMut(&'a str)) {
        // What no pattern takes is a piece up to the next one that does.
        let mut left = from;
        while from < end {
            let Some(until) = self.deepseek_piece(from, end) else {
                from += 1;
                continue;
            };
            if left < from {
                hear(self.slice(left, from));
            }
            hear(self.slice(from, until));
            (from, left) = (until, until);
        }
        if left < end {
            hear(self.slice(left, end));
        }
    }

    fn deepseek_piece(&self, from: usize, end: usize) -> Option<usize> {
        const WORD: u8 = Class::LETTER | Class::MARK;
        // `[!-/:-~][A-Za-z]+`
        let ascii = (from + 1..end).find(|index| !self.char(*index).is_ascii_alphabetic()).unwrap_or(end);
        if self.char(from).is_ascii_punctuation() && ascii > from + 1 {
            return Some(ascii);
        }
        // `[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+`
        let prefix = !self.is(from, Class::LINE_END | Class::LETTER | Class::SIGN);
        for begins in [Some(from + 1).filter(|_| prefix), Some(from)].into_iter().flatten() {
            let until = self.run(begins, end, WORD);
            if until > begins {
                return Some(until);
            }
        }
        // ` ?[\p{P}\p{S}]+[\r\n]*`
        let begins =
            if self.char(from) == ' ' && from + 1 < end && self.is(from + 1, Class::SIGN) { from + 1 } else { from };
        let signs = self.run(begins, end, Class::SIGN);
        if signs > begins {
            return Some(self.run(signs, end, Class::LINE_END));
        }
        self.is(from, Class::SPACE).then(|| self.spaces(from, end))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use fancy_regex::Regex;

    use super::*;

    /// The patterns as they are published.
    const O200K: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const QWEN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const DEEPSEEK: [&str; 3] = [
        r"\p{N}{1,3}",
        "[\u{4e00}-\u{9fa5}\u{3040}-\u{309f}\u{30a0}-\u{30ff}]+",
        r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
    ];

    fn by_patterns<'a>(text: &'a str, patterns: &[Regex]) -> Vec<&'a str> {
        let mut pieces = vec![text];
        for pattern in patterns {
            let mut finer = Vec::new();
            for piece in pieces {
                let mut end = 0;
                for found in pattern.find_iter(piece) {
                    let found = found.unwrap();
                    finer.extend(Some(&piece[end..found.start()]).filter(|gap| !gap.is_empty()));
                    finer.push(found.as_str());
                    end = found.end();
                }
                finer.extend(Some(&piece[end..]).filter(|gap| !gap.is_empty()));
            }
            pieces = finer;
        }
        pieces
    }

    /// Pieces of texts that are thrown together from what the patterns tell apart.
    #[test]
    fn pieces_are_those_of_the_patterns() {
        const PARTS: [&str; 44] = [
            "a",
            "Z",
            "hello",
            "HTTPServer",
            "fooBar",
            " ",
            "  ",
            "\n",
            "\r\n",
            "\t",
            "'s",
            "'LL",
            "'ſ",
            "'",
            "don't",
            "1",
            "12345",
            "½",
            "Ⅷ",
            "!",
            "://",
            "/",
            ".\n",
            "_",
            "é",
            "e\u{301}",
            "\u{301}",
            "ǅ",
            "ʰ",
            "漢字",
            "ひらがな",
            "カタカナー",
            "〆",
            "한국어",
            "ไทย",
            "مرحبا",
            "नमस्ते",
            "🙂",
            "\u{200d}",
            "\u{a0}",
            "\u{3000}",
            "\u{0}",
            "\u{feff}",
            "、",
        ];
        let compiled =
            |patterns: &[&str]| patterns.iter().map(|pattern| Regex::new(pattern).unwrap()).collect::<Vec<_>>();
        let families = [
            (Splitter::O200k, compiled(&[O200K])),
            (Splitter::Tekken, compiled(&[TEKKEN])),
            (Splitter::Qwen, compiled(&[QWEN])),
            (Splitter::DeepSeek, compiled(&DEEPSEEK)),
        ];
        let mut seed = 1_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize
        };
        for case in 0..6_000 {
            let parts = 1 + random() % 9;
            let mut text: String = (0..parts).map(|_| PARTS[random() % PARTS.len()]).collect();
            // And any character there is.
            text.extend(char::from_u32(random() as u32 % 0x30000).filter(|_| case % 3 == 0));
            for (splitter, patterns) in &families {
                let mut ours = Vec::new();
                split(&text, *splitter, &mut |piece| ours.push(piece));
                assert_eq!(ours, by_patterns(&text, patterns), "{splitter:?} {text:?}");
            }
        }
    }
}
