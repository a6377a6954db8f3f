//! The tables of words keep to the glossary, and to one typography.

use std::collections::BTreeMap;

use rehearsal::words::{Word, fill};

const GLOSSARY: &str = include_str!("../docs/glossary.md");
const JAPANESE: &str = include_str!("../www/words/ja.json");

/// The cells of the glossary's rows: English, not, Japanese, not.
fn rows() -> Vec<[Vec<String>; 4]> {
    let cells =
        |cell: &str| cell.split(',').map(|term| term.trim().to_string()).filter(|term| !term.is_empty()).collect();
    GLOSSARY
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| English"))
        .map(|line| {
            let mut parts = line.trim_matches('|').split('|');
            std::array::from_fn(|_| cells(parts.next().unwrap_or_default()))
        })
        .collect()
}

fn japanese() -> BTreeMap<String, String> {
    serde_json::from_str(JAPANESE).expect("a table of texts")
}

fn english() -> BTreeMap<String, String> {
    Word::table().into_iter().map(|(key, text)| (key.to_string(), text.to_lowercase())).collect()
}

#[test]
fn no_word_stands_for_what_another_one_is_for() {
    let (english, japanese) = (english(), japanese());
    let mut found = Vec::new();
    for [_, not_english, _, not_japanese] in rows() {
        for (table, terms) in [(&english, not_english), (&japanese, not_japanese)] {
            for term in terms {
                let at = table.iter().filter(|(_, text)| has(text, &term.to_lowercase()));
                found.extend(at.map(|(key, text)| format!("“{term}” in {key}: {text}")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whether a text has a term: as a word of its own where it is of Latin letters.
fn has(text: &str, term: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(term).any(|(at, _)| {
        !term.is_ascii()
            || !(is_part(text[..at].chars().next_back()) || is_part(text[at + term.len()..].chars().next()))
    })
}

#[test]
fn every_japanese_term_of_the_glossary_is_used() {
    let japanese = japanese();
    for [english, _, terms, _] in rows() {
        assert!(!english.is_empty() && !terms.is_empty());
        for term in terms {
            assert!(japanese.values().any(|text| text.contains(&term)), "{term} is nowhere");
        }
    }
}

#[test]
fn japanese_has_one_form_of_brackets_colons_and_dashes() {
    let mut found = Vec::new();
    for (key, text) in japanese() {
        let wrong = ['（', '）', '：', '？', '～'].into_iter().filter(|sign| text.contains(*sign));
        found.extend(wrong.map(|sign| format!("{sign} in {key}: {text}")));
        if text.contains("} %")
            || text.contains(" %。")
            || text.split_once(" %").is_some_and(|(before, _)| before.ends_with(|c: char| c.is_ascii_digit()))
        {
            found.push(format!("a space before % in {key}: {text}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What `{count}` may be followed by without a space: `3件`, `{n}回`.
const COUNTERS: &[&str] = &[
    "日", "分", "秒", "時間", "件", "回", "個", "倍", "人", "行", "年", "円", "桁", "段", "つ", "種類", "区間", "通り",
    "文字", "か月", "万", "億", "兆",
];

#[test]
fn japanese_has_no_space_between_a_number_and_its_counter() {
    let mut found = Vec::new();
    for (key, text) in japanese() {
        for (at, _) in text.match_indices(' ') {
            let after = text[at..].trim_start();
            let counted = text[..at].ends_with(|c: char| c.is_ascii_digit() || c == '}');
            if counted && COUNTERS.iter().any(|counter| after.starts_with(counter)) {
                found.push(format!("{key}: {text}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn japanese_brackets_stand_apart_from_what_is_around_them() {
    let is_japanese = |c: char| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}');
    let touches = |text: &str| {
        text.match_indices('(').any(|(at, _)| text[..at].ends_with(is_japanese))
            || text.match_indices(')').any(|(at, _)| text[at + 1..].starts_with(is_japanese))
    };
    let found: Vec<_> = japanese().into_iter().filter(|(_, text)| touches(text)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn help_says_what_a_field_is_and_not_where_its_default_stood() {
    let help = |table: BTreeMap<String, String>| table.into_iter().filter(|(key, _)| key.starts_with("why_"));
    let begins_with_the_default =
        |text: &str| ["off", "on:", "as the", "オフ", "オン"].iter().any(|word| text.starts_with(word));
    let mut found = Vec::new();
    for (most, table) in [(210, english()), (150, japanese())] {
        for (key, text) in help(table) {
            let cites = ["original", "設計書", "原典"].iter().any(|source| text.contains(source));
            // A default is no answer to what the field is: "0: …", "Off: …".
            let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let default_first = begins_with_the_default(&text) || digits != text && digits.starts_with(':');
            if cites || default_first || text.chars().count() > most {
                found.push(format!("{key}: {text}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Words that are said of more than one only, as what is too many.
const NEVER_OF_ONE: &[&str] = &[
    "about_sources_prices",
    "an_range_says",
    "bench_note_naive",
    "bench_say_naive",
    "bench_trend_improving",
    "bench_trend_steady",
    "bench_trend_worsening",
    "mix_too_long",
    "qv_all_rows",
    "quota_q_accounts",
    "run_too_long",
    "table_too_long",
    "too_many_at_factor",
    "too_many_messages",
    "too_many_ranges",
    "too_many_stages",
    "trace_lengths",
    "trace_too_long",
    "workspace_pinned",
];

#[test]
fn english_counts_one_in_the_singular() {
    const COUNTS: &[&str] = &["before", "calls", "count", "days", "places", "requests", "runs", "samples"];
    let mut found = Vec::new();
    for (key, template) in Word::table() {
        let one = fill(template, |name| Some(if COUNTS.contains(&name) { "1" } else { "…" }.to_string()));
        let words: Vec<_> = one.split([' ', '(']).collect();
        let plural = words.windows(2).any(|pair| {
            let noun = pair[1].trim_end_matches(|c: char| !c.is_alphanumeric());
            pair[0] == "1" && noun.ends_with('s') && !["is", "was", "has"].contains(&noun)
        });
        // Two forms, or it would stand in the sentence as it is written.
        let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let is_form = |form: &str| form.split_once('|').is_some_and(|(name, _)| is_name(name));
        let left = one.split('{').skip(1).filter_map(|rest| rest.split_once('}')).any(|(form, _)| is_form(form));
        if plural != NEVER_OF_ONE.contains(&key) || left {
            found.push(format!("{key}: {one}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
