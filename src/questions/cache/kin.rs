//! Blocks that are the same but for what changes in them: a date, a number, a name, an order. Kept are hashes of
//! words, no text.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use serde::Serialize;

/// What changes in a block from call to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// A day or a time.
    Date,
    /// An id: letters mixed with digits, or many digits.
    Id,
    Number,
    /// One to three words that look like a name.
    Name,
    /// The same words, or the same tools, in another order.
    Order,
    /// A part of the text.
    Text,
}

/// What a word is, as far as its letters tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Date,
    Id,
    Number,
    Name,
    Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    hash: u32,
    kind: Kind,
}

/// The most words of a block that are compared; what follows counts as one.
const MOST_WORDS: usize = 4_096;
/// The most words that are remembered in all.
const MOST_KEPT: usize = 2_000_000;
/// Words of a block from which on it is looked for by what most of it says, and by how many numbers.
const SIGNED_FROM: usize = 8;
const SIGNS: u64 = 4;

/// Blocks by what they say: their words, as hashes.
#[derive(Debug, Default)]
pub struct Kin {
    blocks: HashMap<u64, Known, BuildHasherDefault<DefaultHasher>>,
    order: VecDeque<u64>,
    kept: usize,
    /// There were more blocks than are remembered.
    pub full: bool,
    /// What changes in the blocks that are one but for that.
    changes: HashMap<u64, (Change, f64), BuildHasherDefault<DefaultHasher>>,
}

#[derive(Debug)]
struct Known {
    /// What stands for the block whatever changes in it.
    class: u64,
    words: Vec<Word>,
    /// A tool: JSON, of which the same words in another order say the same.
    is_tool: bool,
}

impl Kin {
    /// Remembers what a block says; the numbers that it shares with those which say nearly the same.
    pub fn meet(&mut self, own: u64, is_tool: bool, said: impl FnOnce() -> String) -> Vec<u64> {
        if let Some(known) = self.blocks.get(&own) {
            return signs(&known.words);
        }
        let words = words_of(&said());
        let found = signs(&words);
        self.kept += words.len();
        self.blocks.insert(own, Known { class: own, words, is_tool });
        self.order.push_back(own);
        while self.kept > MOST_KEPT {
            let Some(old) = self.order.pop_front().and_then(|old| self.blocks.remove(&old)) else { break };
            self.full = true;
            self.kept -= old.words.len();
        }
        if self.changes.len() > MOST_KEPT / 10 {
            self.changes.clear();
        }
        found
    }

    /// What stands for a block whatever changes in it.
    pub fn class(&self, own: u64) -> u64 {
        self.blocks.get(&own).map_or(own, |known| known.class)
    }

    /// What has changed in the blocks of a class, and the largest share of the words that did.
    pub fn change(&self, class: u64) -> Option<Change> {
        self.changes.get(&class).map(|(change, _)| *change)
    }

    /// What differs between two blocks that are the same otherwise, which are one class from then on; `None` where
    /// they are two different ones.
    pub fn compare(&mut self, before: u64, now: u64) -> Option<(Change, f64)> {
        let (old, new) = (self.blocks.get(&before)?, self.blocks.get(&now)?);
        let class = old.class;
        let tools = old.is_tool && new.is_tool;
        let (change, share) = if tools && sorted(&old.words) == sorted(&new.words) {
            (Change::Order, 1.0)
        } else {
            difference(&old.words, &new.words)?
        };
        // What changed most is what it is called by.
        let known = self.changes.entry(class).or_insert((change, share));
        *known = (known.0.min(change), known.1.max(share));
        let found = *known;
        if let Some(new) = self.blocks.get_mut(&now) {
            new.class = class;
        }
        Some(found)
    }

    /// What a block is that stands where another one stood, or where none did.
    pub fn became(&self, before: Option<u64>, now: u64) -> Change {
        /// A block of more words says more than one thing.
        const FEW: usize = 8;
        let words = |own: u64| self.blocks.get(&own).map(|known| &known.words).filter(|words| words.len() <= FEW);
        let before = before.map(words);
        let Some(now) = words(now).filter(|_| before.is_none_or(|before| before.is_some())) else {
            return Change::Text;
        };
        kind_of_change(now).unwrap_or(Change::Text)
    }
}

/// Numbers that blocks share most of whose words are the same: the smallest hashes of three words after each other.
fn signs(words: &[Word]) -> Vec<u64> {
    if words.len() < SIGNED_FROM {
        return Vec::new();
    }
    let three = |salt: u64| {
        let of = |words: &[Word]| {
            let mut hasher = DefaultHasher::new();
            (salt, words[0].hash, words[1].hash, words[2].hash).hash(&mut hasher);
            hasher.finish()
        };
        words.windows(3).map(of).min().unwrap_or(0)
    };
    (0..SIGNS).map(three).collect()
}

/// What changed words are called by; `None` where nothing did.
fn kind_of_change(changed: &[Word]) -> Option<Change> {
    if changed.is_empty() {
        return None;
    }
    let has = |kind: Kind| changed.iter().any(|word| word.kind == kind);
    let plain = changed.iter().filter(|word| matches!(word.kind, Kind::Name | Kind::Word)).count();
    Some(if has(Kind::Date) {
        Change::Date
    } else if has(Kind::Id) {
        Change::Id
    } else if plain == 0 {
        Change::Number
    } else if plain <= 3 && !has(Kind::Word) {
        Change::Name
    } else {
        Change::Text
    })
}

/// The words whatever their order.
fn sorted(words: &[Word]) -> Vec<u32> {
    let mut hashes: Vec<u32> = words.iter().map(|word| word.hash).collect();
    hashes.sort_unstable();
    hashes
}

/// What differs between two blocks that are the same otherwise, and how much of the second; `None` where they are two
/// different ones.
fn difference(before: &[Word], now: &[Word]) -> Option<(Change, f64)> {
    if before.is_empty() || now.is_empty() {
        return None;
    }
    let changed: Vec<Word> = if before.len() == now.len() {
        before.iter().zip(now).filter(|(before, now)| before.hash != now.hash).map(|(_, now)| *now).collect()
    } else {
        let start = before.iter().zip(now).take_while(|(a, b)| a.hash == b.hash).count();
        let most = before.len().min(now.len()) - start;
        let end = before.iter().rev().zip(now.iter().rev()).take(most).take_while(|(a, b)| a.hash == b.hash).count();
        let longer = if now.len() > before.len() { now } else { before };
        longer[start..longer.len() - end].to_vec()
    };
    let all = before.len().max(now.len());
    let plain = changed.iter().filter(|word| matches!(word.kind, Kind::Name | Kind::Word)).count();
    let kept = all - changed.len().min(all);
    let share = changed.len() as f64 / all as f64;
    if changed.is_empty() {
        return Some((Change::Text, 0.0));
    }
    if plain > 3.max(all / 5) || plain > kept || changed.len() > 4 * kept {
        return (all > 3 && before.len() == now.len() && sorted(before) == sorted(now))
            .then_some((Change::Order, share));
    }
    let change = kind_of_change(&changed).unwrap_or(Change::Text);
    Some((change, share))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    Digit,
    Latin,
    Han,
    Kana,
    Between,
}

fn letter(c: char) -> Letter {
    match c {
        '0'..='9' | '０'..='９' => Letter::Digit,
        '々' | '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' => Letter::Han,
        '\u{3040}'..='\u{309F}' | '\u{30A0}'..='\u{30FF}' => Letter::Kana,
        c if c.is_alphabetic() => Letter::Latin,
        _ => Letter::Between,
    }
}

/// Names of days and months, and what stands beside a time.
const CALENDAR: [&str; 44] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "tues",
    "wed",
    "thu",
    "thur",
    "thurs",
    "fri",
    "sat",
    "sun",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "am",
    "pm",
    "utc",
    "jst",
];

/// The words of a text: runs of letters of one kind, what is between them left out. Whoever writes `18:30` or
/// `2026年11月` writes a time, by what stands beside the digits.
fn words_of(text: &str) -> Vec<Word> {
    let mut runs: Vec<(usize, usize, bool, bool)> = Vec::new();
    let mut at = 0;
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let offset = |index: usize| chars.get(index).map_or(text.len(), |(offset, _)| *offset);
    while at < chars.len() && runs.len() < MOST_WORDS {
        let first = letter(chars[at].1);
        if first == Letter::Between {
            at += 1;
            continue;
        }
        let start = at;
        if is_uuid(&chars[at..]) {
            at += UUID;
            runs.push((start, at, true, true));
            continue;
        }
        let (mut digits, mut latin) = (false, false);
        while let Some((_, c)) = chars.get(at) {
            let kind = letter(*c);
            let mixed = matches!(first, Letter::Digit | Letter::Latin) && matches!(kind, Letter::Digit | Letter::Latin);
            if kind != first && !mixed {
                break;
            }
            digits |= kind == Letter::Digit;
            latin |= kind == Letter::Latin;
            at += 1;
        }
        runs.push((start, at, digits, latin));
    }
    let mut words: Vec<Word> = Vec::with_capacity(runs.len());
    for (index, (start, end, digits, latin)) in runs.iter().copied().enumerate() {
        let run = &text[offset(start)..offset(end)];
        let sign = |at: Option<usize>| at.and_then(|at| chars.get(at)).map(|(_, c)| *c);
        let (before, after) = (sign(start.checked_sub(1)), sign(Some(end)));
        let neighbour = |index: Option<usize>| {
            let (start, end, ..) = *runs.get(index?)?;
            Some(&text[offset(start)..offset(end)])
        };
        let beside = [neighbour(index.checked_sub(1)), neighbour(Some(index + 1))];
        let kind = kind_of(run, digits, latin, before, after, beside);
        words.push(Word { hash: hash(run), kind });
    }
    if at < chars.len() {
        words.push(Word { hash: hash(&text[offset(at)..]), kind: Kind::Word });
    }
    words
}

/// Characters of a UUID.
const UUID: usize = 36;

/// Whether a text begins with a UUID: 8, 4, 4, 4 and 12 hexadecimal digits.
fn is_uuid(chars: &[(usize, char)]) -> bool {
    let fits = |(at, c): (usize, char)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() };
    chars.len() >= UUID
        && chars.iter().take(UUID).enumerate().all(|(at, (_, c))| fits((at, *c)))
        && chars.get(UUID).is_none_or(|(_, c)| !c.is_ascii_alphanumeric())
}

/// Names of languages: who writes one says no name of anybody.
const LANGUAGES: [&str; 36] = [
    "english",
    "french",
    "german",
    "japanese",
    "spanish",
    "italian",
    "portuguese",
    "dutch",
    "chinese",
    "korean",
    "russian",
    "arabic",
    "hindi",
    "polish",
    "turkish",
    "swedish",
    "danish",
    "norwegian",
    "finnish",
    "greek",
    "czech",
    "hungarian",
    "romanian",
    "thai",
    "vietnamese",
    "indonesian",
    "hebrew",
    "ukrainian",
    "malay",
    "bengali",
    "cantonese",
    "mandarin",
    "catalan",
    "deutsch",
    "español",
    "français",
];

fn kind_of(
    run: &str,
    digits: bool,
    latin: bool,
    before: Option<char>,
    after: Option<char>,
    beside: [Option<&str>; 2],
) -> Kind {
    let calendar = |word: &str| CALENDAR.contains(&word.to_lowercase().as_str());
    let count = run.chars().count();
    if digits && latin {
        if run.len() == UUID && run.contains('-') {
            return Kind::Id;
        }
        // `23T09`, `05Z`, `30th`.
        let letters: String = run.chars().filter(char::is_ascii_alphabetic).collect();
        let of_time = ["T", "Z", "st", "nd", "rd", "th", "am", "pm", "h"].contains(&letters.as_str());
        return if of_time && count <= 6 {
            Kind::Date
        } else if count >= 6 {
            Kind::Id
        } else {
            Kind::Number
        };
    }
    if digits {
        let joins =
            |c: Option<char>| c.is_some_and(|c| matches!(c, '-' | '/' | ':' | '.' | '年' | '月' | '日' | '時' | '分'));
        let numeric = |word: Option<&str>| {
            word.is_some_and(|word| word.chars().next().is_some_and(|c| letter(c) == Letter::Digit))
        };
        let unit = |c: Option<char>| c.is_some_and(|c| matches!(c, '年' | '月' | '日' | '時' | '分'));
        let value: u64 = run.parse().unwrap_or(0);
        // Seconds or milliseconds since 1970, from 2001 to 2033.
        let epoch = count == 10 && (1_000_000_000..2_000_000_000).contains(&value)
            || count == 13 && (1_000_000_000_000..2_000_000_000_000).contains(&value);
        let plausible = count <= 2 || count == 4 && (1_900..2_200).contains(&value) || count <= 4 && unit(after);
        let date = epoch
            || plausible
                && (unit(after)
                    || joins(before) && numeric(beside[0])
                    || joins(after) && numeric(beside[1])
                    || beside.iter().flatten().any(|word| calendar(word)));
        return match count {
            _ if date => Kind::Date,
            // A number of somebody.
            7.. => Kind::Id,
            _ => Kind::Number,
        };
    }
    if calendar(run) || ["月曜", "火曜", "水曜", "木曜", "金曜", "土曜", "日曜"].iter().any(|day| run.starts_with(day))
    {
        return Kind::Date;
    }
    if LANGUAGES.contains(&run.to_lowercase().as_str()) || run.ends_with('語') {
        return Kind::Word;
    }
    let first = run.chars().next().map_or(Letter::Between, letter);
    let named = match first {
        Letter::Latin => run.chars().next().is_some_and(char::is_uppercase),
        // A family's name is short.
        Letter::Han | Letter::Kana => count <= 6,
        Letter::Digit | Letter::Between => false,
    };
    if named { Kind::Name } else { Kind::Word }
}

fn hash(text: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_has_a_name() {
        let check = |before: &str, now: &str, expected: Option<Change>| {
            let found = difference(&words_of(before), &words_of(now)).map(|(change, _)| change);
            assert_eq!(found, expected, "{before} | {now}");
        };
        check("It is 2026-11-23 09:14. Be kind.", "It is 2026-11-23 09:15. Be kind.", Some(Change::Date));
        check("Today is Monday, November 23, 2026.", "Today is Tuesday, November 24, 2026.", Some(Change::Date));
        check("now: 2026-11-23T09:14:05Z", "now: 2026-11-24T10:15:06Z", Some(Change::Date));
        check("今日は2026年11月23日です。", "今日は2026年11月24日です。", Some(Change::Date));
        check("The user is Hanako Sato.", "The user is Kenji Mori.", Some(Change::Name));
        check(
            "お客様は佐藤様です。丁寧に答えてください。",
            "お客様は田中様です。丁寧に答えてください。",
            Some(Change::Name),
        );
        check("Session 7f3a9c21, answer briefly.", "Session 0b4de9f2, answer briefly.", Some(Change::Id));
        check("Request 1764490000 of a shop", "Request 1764490060 of a shop", Some(Change::Date));
        check("Customer 4815160 of a shop", "Customer 9123079 of a shop", Some(Change::Id));
        check("ts=1763892000000 in a shop", "ts=1763892060000 in a shop", Some(Change::Date));
        // A UUID is one id, whatever its digits look like.
        check(
            "request id 12345678-1234-1234-1234-123456789012",
            "request id 87654321-4321-2026-1122-210987654321",
            Some(Change::Id),
        );
        check("Answer in French.", "Answer in German.", Some(Change::Text));
        check("日本語で答えてください。", "英語で答えてください。", Some(Change::Text));
        check("Order MNG-2026-0481 of a shop", "Order MNG-2026-9482 of a shop", Some(Change::Number));
        check("You have 3 items in your cart", "You have 14 items in your cart", Some(Change::Number));
        check(
            "Read the file. Write the test. Ask the person. Run it all.",
            "Ask the person. Run it all. Read the file. Write the test.",
            Some(Change::Order),
        );
        check("Where is my parcel today, please?", "Can I return a volume that I have read?", None);
        check("", "a", None);
    }

    #[test]
    fn kin_are_one_class_whatever_changes() {
        let mut kin = Kin::default();
        let text = |minute: u64| format!("It is 2026-11-23 09:{minute:02}. The shop is open from 9 to 18.");
        let first = kin.meet(100, false, || text(0));
        let second = kin.meet(101, false, || text(1));
        assert!(first.iter().any(|sign| second.contains(sign)), "{first:?} {second:?}");
        assert_eq!(kin.compare(100, 101).map(|(change, _)| change), Some(Change::Date));
        assert_eq!((kin.class(101), kin.change(100)), (100, Some(Change::Date)));
        // Another prompt altogether is another block.
        kin.meet(7, false, || "You write poems about the sea and the wind.".to_string());
        assert_eq!((kin.compare(101, 7), kin.class(7)), (None, 7));
    }

    #[test]
    fn a_block_that_takes_the_place_of_another_has_a_name() {
        let mut kin = Kin::default();
        let words = "a text of many words that is found for a question and put into the prompt";
        for (own, said) in
            [(1, "Hanako Sato"), (2, "7f3a9c21-0b4d-4e9f-8a21-5c6d7e8f9012"), (3, words), (4, "2026-11-23")]
        {
            kin.meet(own, false, || said.to_string());
        }
        let became = [1, 2, 3, 4].map(|own| kin.became(None, own));
        assert_eq!(became, [Change::Name, Change::Id, Change::Text, Change::Date]);
        assert_eq!(kin.became(Some(3), 1), Change::Text);
    }

    #[test]
    fn a_block_of_any_length_has_bounded_words() {
        let long = "word ".repeat(100_000);
        assert_eq!(words_of(&long).len(), MOST_WORDS + 1);
        assert!(words_of("").is_empty());
    }
}
