//! What a text is made of, as tokenizers see it: runs of letters, digits, punctuation and white space, and the
//! characters of each script. One pass, no vocabulary.

/// What is counted in a text. The weight of each, by family, is in `weights`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Feature {
    /// A word, or the first part of one: `foo` of `fooBar`.
    Word,
    /// A part that begins at a capital: `Bar` of `fooBar`.
    CamelPart,
    /// Letters of a part from the 7th to the 18th.
    Letters7To18,
    /// Letters of a part beyond the 18th.
    LettersOver18,
    /// Letters of an all-capital part but its first.
    CapsOver1,
    /// A character of an identifier that no word is in: `a1b2c3`.
    OpaqueChar,
    /// The same of one with both cases: `aZ3kQ9xB`.
    OpaqueMixedChar,
    /// Digits in groups of up to three.
    DigitGroup3,
    Digit,
    /// A run of ASCII punctuation.
    PunctRun,
    /// One such character before a letter.
    PunctBeforeLetter,
    /// A further character of a run, other than the one before it.
    PunctChange,
    /// A further character of a run, the same as the one before it.
    PunctRepeat,
    /// White space with a line break.
    NewlineRun,
    /// The same right after punctuation.
    NewlineAfterPunct,
    /// An indent, or several spaces.
    SpaceRun,
    /// Its length, in sixteens.
    SpaceRunLen16,
    SpaceBeforeDigit,
    /// A single space that belongs to no word.
    SpaceOther,
    Kanji,
    /// A Chinese character in a text without kana.
    HanNoKana,
    Hiragana,
    Katakana,
    JpPunct,
    Hangul,
    Thai,
    Arabic,
    Cyrillic,
    /// A Latin letter with a mark.
    LatinExt,
    Emoji,
    Other,
}

/// The number of features.
pub(super) const FEATURES: usize = Feature::Other as usize + 1;

/// How often each feature is in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Features(pub [u64; FEATURES]);

/// The class of a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Space,
    Punct,
    Han,
    Hiragana,
    Katakana,
    JpPunct,
    Hangul,
    Thai,
    Arabic,
    Cyrillic,
    LatinExt,
    Emoji,
    Other,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' => Class::Lower,
            'A'..='Z' => Class::Upper,
            '0'..='9' => Class::Digit,
            c if c.is_whitespace() => Class::Space,
            c if c.is_ascii_punctuation() => Class::Punct,
            '々'
            | '〆'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{323AF}' => Class::Han,
            '\u{1F000}'.. | '\u{2190}'..='\u{2BFF}' | '\u{200D}' | '\u{FE0F}' | '\u{20E3}' => Class::Emoji,
            '\u{3041}'..='\u{309F}' => Class::Hiragana,
            '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}' => {
                Class::Katakana
            }
            '\u{3001}'..='\u{303F}'
            | '\u{30A0}'
            | '\u{30FB}'
            | '\u{FF01}'..='\u{FF0F}'
            | '\u{FF1A}'..='\u{FF20}'
            | '\u{FF3B}'..='\u{FF40}'
            | '\u{FF5B}'..='\u{FF65}' => Class::JpPunct,
            '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' => Class::Hangul,
            '\u{0E00}'..='\u{0E7F}' => Class::Thai,
            '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' => Class::Arabic,
            '\u{0400}'..='\u{04FF}' => Class::Cyrillic,
            '\u{00C0}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}' => Class::LatinExt,
            _ => Class::Other,
        }
    }

    fn is_alphanumeric(self) -> bool {
        matches!(self, Class::Lower | Class::Upper | Class::Digit)
    }

    fn is_letter(self) -> bool {
        matches!(self, Class::Lower | Class::Upper)
    }

    /// Whether a single space before it belongs to the word.
    fn takes_space(self) -> bool {
        matches!(
            self,
            Class::Lower
                | Class::Upper
                | Class::Punct
                | Class::LatinExt
                | Class::Cyrillic
                | Class::Arabic
                | Class::Hangul
                | Class::Emoji
        )
    }
}

impl Features {
    /// Counts the features of a text.
    pub fn of(text: &str) -> Self {
        let mut found = Features([0; FEATURES]);
        let kana = text.chars().any(|c| matches!(Class::of(c), Class::Hiragana | Class::Katakana));
        let mut rest = text;
        let mut before = None;
        while let Some(first) = rest.chars().next() {
            let class = Class::of(first);
            let length = match class {
                Class::Lower | Class::Upper | Class::Digit => run(rest, Class::is_alphanumeric),
                Class::Space | Class::Punct => run(rest, |other| other == class),
                _ => first.len_utf8(),
            };
            let (piece, after) = rest.split_at(length);
            let next = after.chars().next().map(Class::of);
            match class {
                Class::Lower | Class::Upper | Class::Digit => found.alphanumeric(piece.as_bytes()),
                Class::Space => found.space(piece, before, next),
                Class::Punct => found.punctuation(piece.as_bytes(), next),
                Class::Han if kana => found.add(Feature::Kanji, 1),
                Class::Han => found.add(Feature::HanNoKana, 1),
                Class::Hiragana => found.add(Feature::Hiragana, 1),
                Class::Katakana => found.add(Feature::Katakana, 1),
                Class::JpPunct => found.add(Feature::JpPunct, 1),
                Class::Hangul => found.add(Feature::Hangul, 1),
                Class::Thai => found.add(Feature::Thai, 1),
                Class::Arabic => found.add(Feature::Arabic, 1),
                Class::Cyrillic => found.add(Feature::Cyrillic, 1),
                Class::LatinExt => found.add(Feature::LatinExt, 1),
                Class::Emoji => found.add(Feature::Emoji, 1),
                Class::Other => found.add(Feature::Other, 1),
            }
            before = Some(class);
            rest = after;
        }
        found
    }

    /// How often a feature is there.
    pub fn get(&self, feature: Feature) -> u64 {
        self.0[feature as usize]
    }

    fn add(&mut self, feature: Feature, count: usize) {
        self.0[feature as usize] += count as u64;
    }

    /// A run of ASCII letters and digits.
    fn alphanumeric(&mut self, piece: &[u8]) {
        let classes = || piece.iter().map(|byte| Class::of(char::from(*byte)));
        let changes = classes().zip(classes().skip(1)).filter(|(a, b)| a.is_letter() != b.is_letter()).count();
        let has = |class: Class| classes().any(|other| other == class);
        let mixed = has(Class::Lower) && has(Class::Upper);
        if (changes >= 3 && piece.len() >= 6) || (piece.len() >= 20 && mixed && has(Class::Digit)) {
            self.add(if mixed { Feature::OpaqueMixedChar } else { Feature::OpaqueChar }, piece.len());
            return;
        }
        for stretch in piece.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
            if stretch.first().is_some_and(u8::is_ascii_digit) {
                self.add(Feature::DigitGroup3, stretch.len().div_ceil(3));
                self.add(Feature::Digit, stretch.len());
            } else {
                self.letters(stretch);
            }
        }
    }

    /// A run of ASCII letters, cut where a word of it begins.
    fn letters(&mut self, run: &[u8]) {
        let mut begin = 0;
        for end in 1..=run.len() {
            let at = |place: usize| run.get(place).copied();
            let cut = match (at(end - 1), at(end), at(end + 1)) {
                (_, None, _) => true,
                // `fooBar`, and `HTTPServer` before its `S`.
                (Some(before), Some(here), after) if here.is_ascii_uppercase() => {
                    before.is_ascii_lowercase() || after.is_some_and(|after| after.is_ascii_lowercase())
                }
                _ => false,
            };
            if !cut {
                continue;
            }
            let part = run.get(begin..end).unwrap_or_default();
            self.add(if begin == 0 { Feature::Word } else { Feature::CamelPart }, 1);
            self.add(Feature::Letters7To18, part.len().min(18).saturating_sub(6));
            self.add(Feature::LettersOver18, part.len().saturating_sub(18));
            if part.len() > 1 && part.iter().all(u8::is_ascii_uppercase) {
                self.add(Feature::CapsOver1, part.len() - 1);
            }
            begin = end;
        }
    }

    fn space(&mut self, piece: &str, before: Option<Class>, next: Option<Class>) {
        let indent = match piece.rfind(['\n', '\r']) {
            Some(at) => {
                let after_punct = before == Some(Class::Punct);
                self.add(if after_punct { Feature::NewlineAfterPunct } else { Feature::NewlineRun }, 1);
                piece.get(at + 1..).unwrap_or_default().chars().count()
            }
            None => piece.chars().count(),
        };
        if indent >= 2 {
            self.add(Feature::SpaceRun, 1);
            self.add(Feature::SpaceRunLen16, indent / 16);
        } else if !piece.contains(['\n', '\r']) {
            match next {
                Some(Class::Digit) => self.add(Feature::SpaceBeforeDigit, 1),
                Some(class) if class.takes_space() => {}
                _ => self.add(Feature::SpaceOther, 1),
            }
        }
    }

    fn punctuation(&mut self, piece: &[u8], next: Option<Class>) {
        let before_letter = piece.len() == 1 && next.is_some_and(Class::is_letter);
        self.add(if before_letter { Feature::PunctBeforeLetter } else { Feature::PunctRun }, 1);
        for pair in piece.windows(2) {
            let same = pair.first() == pair.last();
            self.add(if same { Feature::PunctRepeat } else { Feature::PunctChange }, 1);
        }
    }
}

/// The bytes of the run at the beginning of a text.
fn run(text: &str, of: impl Fn(Class) -> bool) -> usize {
    text.find(|c| !of(Class::of(c))).unwrap_or(text.len())
}
