//! Blocks that are the same but for what changes in them: a date, a number, a name, an order. Kept are hashes of
//! words, no text.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use serde::Serialize;

/// What changes in a block from call to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
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
/// The most prefixes that are remembered.
const MOST_PREFIXES: usize = 200_000;
/// The most blocks that are told apart behind one prefix.
const MOST_BEHIND: usize = 16;

/// Blocks by the prefix they stand behind.
#[derive(Clone, Debug, Default)]
pub struct Kin {
    behind: HashMap<u64, Vec<Known>, BuildHasherDefault<DefaultHasher>>,
    kept: usize,
    /// There were more blocks than are remembered.
    pub full: bool,
}

#[derive(Clone, Debug)]
struct Known {
    /// What stands for the block whatever changes in it.
    id: u64,
    last: u64,
    words: Vec<Word>,
    change: Option<(Change, f64)>,
}

/// A block as its kin is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Met {
    pub id: u64,
    /// What has changed in it, lately or ever, and the share of its words that do.
    pub change: Option<(Change, f64)>,
    /// Whether it differs from the one before.
    pub differs: bool,
}

impl Kin {
    /// Meets a block behind a prefix: `own` is the hash of what it says, `said` gives that where it is needed.
    pub fn meet(&mut self, prefix: u64, own: u64, said: impl Fn() -> String) -> Met {
        if self.behind.len() >= MOST_PREFIXES && !self.behind.contains_key(&prefix) {
            self.full = true;
            return Met { id: own, change: None, differs: false };
        }
        let known = self.behind.entry(prefix).or_default();
        if let Some(same) = known.iter().find(|known| known.last == own) {
            return Met { id: same.id, change: same.change, differs: false };
        }
        let words = words_of(&said());
        if let Some((near, change, share)) = known
            .iter_mut()
            .find_map(|known| difference(&known.words, &words).map(|(change, share)| (known, change, share)))
        {
            // What changed most is what it is called by; the words of now are compared next.
            let share = near.change.map_or(share, |(_, before)| before.max(share));
            let change = near.change.map_or(change, |(before, _)| before.min(change));
            near.change = Some((change, share));
            near.last = own;
            self.kept = self.kept - near.words.len() + words.len();
            near.words = words;
            return Met { id: near.id, change: near.change, differs: true };
        }
        if known.len() >= MOST_BEHIND || self.kept + words.len() > MOST_KEPT {
            self.full = true;
        } else {
            self.kept += words.len();
            known.push(Known { id: own, last: own, words, change: None });
        }
        Met { id: own, change: None, differs: false }
    }
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
        let sorted = |words: &[Word]| {
            let mut hashes: Vec<u32> = words.iter().map(|word| word.hash).collect();
            hashes.sort_unstable();
            hashes
        };
        return (all > 3 && before.len() == now.len() && sorted(before) == sorted(now))
            .then_some((Change::Order, share));
    }
    let has = |kind: Kind| changed.iter().any(|word| word.kind == kind);
    let change = if has(Kind::Date) {
        Change::Date
    } else if has(Kind::Id) {
        Change::Id
    } else if plain == 0 {
        Change::Number
    } else if plain <= 3 && !has(Kind::Word) {
        Change::Name
    } else {
        Change::Text
    };
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
        let date = count <= 4
            && (unit(after)
                || joins(before) && numeric(beside[0])
                || joins(after) && numeric(beside[1])
                || beside.iter().flatten().any(|word| calendar(word)));
        return match count {
            _ if date => Kind::Date,
            // Seconds since 1970, or a number of somebody.
            7.. => Kind::Id,
            _ => Kind::Number,
        };
    }
    if calendar(run) || ["月曜", "火曜", "水曜", "木曜", "金曜", "土曜", "日曜"].iter().any(|day| run.starts_with(day))
    {
        return Kind::Date;
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
        check("Request 1764490000 of a shop", "Request 1764490060 of a shop", Some(Change::Id));
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
    fn kin_keep_their_id_whatever_changes() {
        let mut kin = Kin::default();
        let text = |minute: u64| format!("It is 2026-11-23 09:{minute:02}. The shop is open from 9 to 18.");
        let first = kin.meet(1, 100, || text(0));
        assert_eq!(first, Met { id: 100, change: None, differs: false });
        let second = kin.meet(1, 101, || text(1));
        assert_eq!(
            (second.id, second.change.map(|(change, _)| change), second.differs),
            (100, Some(Change::Date), true)
        );
        // Another prompt altogether is another block, and behind another prefix nothing is known.
        assert_eq!(kin.meet(1, 7, || "You write poems about the sea and the wind.".to_string()).id, 7);
        assert_eq!(kin.meet(2, 101, || text(1)).id, 101);
    }

    #[test]
    fn a_block_of_any_length_has_bounded_words() {
        let long = "word ".repeat(100_000);
        assert_eq!(words_of(&long).len(), MOST_WORDS + 1);
        assert!(words_of("").is_empty());
    }
}
