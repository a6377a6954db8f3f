//! A text as Claude's tokenizers are thought to see it: words between marks, with marks for capitals.
//!
//! # Source
//! A port of ctok 1.3.0 (MIT, Sander Land), whose rules were measured against the service's own counts. What each rule
//! rests on is said there.

use unicode_general_category::{GeneralCategory as G, get_general_category};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// The marks, in the stream: characters that no text may hold.
pub(super) const WORD_BEGINS: char = '\u{fdd0}';
pub(super) const WORD_ENDS: char = '\u{fdd1}';
const PAD: char = '\u{fdd2}';
pub(super) const SHIFT: char = '\u{fdd3}';
pub(super) const CAPS: char = '\u{fdd4}';
/// Stand for the same characters where a text has them after all.
const ESCAPED: char = '\u{e000}';

/// What tells the generations apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub fold_quotes: bool,
    /// From how many letters on a word of capitals is one; `None` where there is no such mark.
    pub caps_from: Option<usize>,
    /// Whether the message's frame ends in the mark of a beginning word.
    pub frame_begins_word: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Word,
    Hard,
    Digit,
    Punct,
    Space,
    /// A combining mark that nothing carries.
    Stray,
}

/// The text without what the service strips, in one form.
pub(super) fn normalized(text: &str, fold_quotes: bool) -> Vec<char> {
    let stripped = |c: &char| !matches!(c, '\u{1}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}' | '\u{80}'..='\u{9f}');
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    for c in text.nfc().filter(stripped) {
        match c {
            '\0' => out.push(' '),
            // Thai sara am is composed, which NFC leaves alone.
            '\u{e32}' if out.last() == Some(&'\u{e4d}') => {
                out.pop();
                out.push('\u{e33}');
            }
            c => out.push(c),
        }
    }
    out.retain(|c| !('\u{e000}'..='\u{f8ff}').contains(c));
    for c in &mut out {
        *c = match *c {
            '\u{2018}' | '\u{2019}' if fold_quotes => '\'',
            '\u{201c}' | '\u{201d}' if fold_quotes => '"',
            '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' => ' ',
            c => c,
        };
    }
    out
}

/// The character that a stream's one stands for in the text.
pub(super) fn literal(c: char) -> char {
    match c {
        '\u{e000}'..='\u{e004}' => char::from_u32(c as u32 - ESCAPED as u32 + WORD_BEGINS as u32).unwrap_or(c),
        c => c,
    }
}

fn escaped(c: char) -> char {
    match c {
        WORD_BEGINS | WORD_ENDS | PAD | SHIFT | CAPS => {
            char::from_u32(c as u32 - WORD_BEGINS as u32 + ESCAPED as u32).unwrap_or(c)
        }
        c => c,
    }
}

/// Pairs of capitals and small letters that are newer than some tables.
const NEW_PAIRS: [(char, char); 2] = [('\u{1c89}', '\u{1c8a}'), ('\u{a7cb}', '\u{264}')];

fn is_new(c: char) -> bool {
    NEW_PAIRS.iter().any(|(capital, small)| c == *capital || c == *small)
}

fn lower_into(c: char, out: &mut Vec<char>) {
    match NEW_PAIRS.iter().find(|(capital, _)| *capital == c) {
        Some((_, small)) => out.push(*small),
        None if c == '\u{3f4}' => out.push(c),
        None => out.extend(c.to_lowercase()),
    }
}

fn lower(text: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    text.iter().for_each(|c| lower_into(*c, &mut out));
    out
}

fn lowers_to_itself(c: char) -> bool {
    lower(&[c]) == [c]
}

fn is_upper(c: char) -> bool {
    c != '\u{3f4}' && (NEW_PAIRS.iter().any(|(capital, _)| *capital == c) || c.is_uppercase() && !lowers_to_itself(c))
}

fn is_lower(c: char) -> bool {
    NEW_PAIRS.iter().any(|(_, small)| *small == c) || c.is_lowercase()
}

fn is_mark(c: char) -> bool {
    matches!(get_general_category(c), G::NonspacingMark | G::SpacingMark | G::EnclosingMark)
}

fn is_letter(c: char) -> bool {
    matches!(
        get_general_category(c),
        G::UppercaseLetter | G::LowercaseLetter | G::TitlecaseLetter | G::ModifierLetter | G::OtherLetter
    )
}

fn is_punctuation(category: G) -> bool {
    matches!(
        category,
        G::ConnectorPunctuation
            | G::DashPunctuation
            | G::OpenPunctuation
            | G::ClosePunctuation
            | G::InitialPunctuation
            | G::FinalPunctuation
            | G::OtherPunctuation
    )
}

fn is_symbol(category: G) -> bool {
    matches!(category, G::MathSymbol | G::CurrencySymbol | G::ModifierSymbol | G::OtherSymbol)
}

fn is_selector(c: char) -> bool {
    ('\u{fe00}'..='\u{fe0f}').contains(&c)
}

/// Letters that are taken one by one: those of Chinese, Korean and everything beyond the basic plane.
fn is_hard(c: char) -> bool {
    matches!(
        c,
        '\u{10000}'..
            | '\u{4e00}'..='\u{9fff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{3005}'
            | '\u{3006}'
            | '\u{3031}'..='\u{3035}'
            | '\u{303b}'
            | '\u{303c}'
    )
}

fn classify(c: char) -> Class {
    if is_new(c) {
        return Class::Word;
    }
    let category = get_general_category(c);
    let space = matches!(category, G::SpaceSeparator | G::LineSeparator | G::ParagraphSeparator);
    if space || matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{b}') {
        return Class::Space;
    }
    let letter_like = matches!(c, '\u{16ee}'..='\u{16f0}' | '\u{2160}'..='\u{2188}' | '\u{24b6}'..='\u{24e9}' | '\u{a6e6}'..='\u{a6ef}');
    if letter_like {
        return Class::Word;
    }
    let digit = c.is_ascii() || matches!(c, '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}');
    if category == G::DecimalNumber && digit {
        return Class::Digit;
    }
    if c.is_ascii() && (is_punctuation(category) || is_symbol(category)) || "—»«•°„–−£§€…√→（№†└│·─═█".contains(c)
    {
        return Class::Punct;
    }
    if is_selector(c) {
        return Class::Hard;
    }
    if is_mark(c) {
        return if (c as u32) < 0x10000 && c.is_alphabetic() { Class::Word } else { Class::Hard };
    }
    if is_letter(c) && !is_hard(c) { Class::Word } else { Class::Hard }
}

/// A mark that closes a word, since it is no letter by any reading.
fn is_separator(c: char) -> bool {
    (c as u32) < 0x10000 && is_mark(c) && !is_selector(c) && !c.is_alphabetic()
}

/// A mark at a place where no letter carries it.
fn is_stray(c: char) -> bool {
    let syriac_vowel = matches!(c, '\u{711}' | '\u{730}'..='\u{73f}');
    !syriac_vowel && canonical_combining_class(c) != 0 && !is_separator(c)
}

fn marks_like_punct(c: char) -> bool {
    let c = literal(c);
    if c as u32 >= 0x10000 {
        return false;
    }
    if is_separator(c) {
        return true;
    }
    let category = get_general_category(c);
    let ideographic =
        ('\u{3001}'..='\u{303f}').contains(&c) && (is_punctuation(category) || "〄〒〓〠〶〷〾〿".contains(c));
    (is_punctuation(category) || is_symbol(category) || matches!(category, G::Format | G::Unassigned)) && !ideographic
}

fn digit_border(c: char) -> bool {
    let category = get_general_category(c);
    (category == G::OtherNumber || category == G::DecimalNumber && !c.is_ascii()) && (c as u32) < 0x10000
}

/// Digits of one kind.
fn digit_run(body: &[char]) -> bool {
    let category = body.first().map(|c| get_general_category(*c));
    matches!(category, Some(G::DecimalNumber | G::OtherNumber))
        && body.iter().all(|c| Some(get_general_category(*c)) == category)
}

fn hard_begins(body: &[char]) -> bool {
    body.first().is_some_and(|c| is_selector(*c) || marks_like_punct(*c))
}

fn hard_ends(body: &[char]) -> bool {
    body.last().is_some_and(|c| is_selector(*c) || marks_like_punct(*c))
}

fn digit_begins(body: &[char]) -> bool {
    digit_run(body) && body.first().is_some_and(|c| digit_border(*c))
}

fn digit_ends(body: &[char]) -> bool {
    digit_run(body) && body.last().is_some_and(|c| digit_border(*c))
}

type Run<'a> = (Class, &'a [char]);

/// The text in runs of one class each.
fn runs(text: &[char]) -> Vec<Run<'_>> {
    let mut out: Vec<Run<'_>> = Vec::new();
    let Some(first) = text.first() else { return out };
    let mut class = match classify(*first) {
        Class::Word if is_stray(*first) => Class::Stray,
        class => class,
    };
    let mut from = 0;
    for (at, c) in text.iter().enumerate().skip(1) {
        let next = classify(*c);
        let stray = next == Class::Word && class != Class::Word && is_stray(*c);
        if class == Class::Stray && stray || next == class {
            continue;
        }
        out.push((class, &text[from..at]));
        (class, from) = (if stray { Class::Stray } else { next }, at);
    }
    out.push((class, &text[from..]));
    // What is taken one by one is cut where its kind changes.
    let kind = |c: char| if marks_like_punct(c) { 0 } else { 1 + u8::from(digit_border(c)) };
    let mut finer = Vec::with_capacity(out.len());
    for (class, body) in out {
        if class != Class::Hard {
            finer.push((class, body));
            continue;
        }
        let mut from = 0;
        let mut current = kind(body[0]);
        for (at, c) in body.iter().enumerate().skip(1) {
            if !is_selector(*c) && kind(*c) != current {
                finer.push((class, &body[from..at]));
                (from, current) = (at, kind(*c));
            }
        }
        finer.push((class, &body[from..]));
    }
    finer
}

/// A word with marks in the place of its capitals, where they are those of a whole word: the mark, and the word.
fn mark_case(span: &[char], caps_from: Option<usize>, head_is_mark: bool) -> (Option<char>, Vec<char>) {
    let as_it_is = || (None, span.to_vec());
    if head_is_mark || span.contains(&'ẞ') {
        return as_it_is();
    }
    let Some((head, tail)) = span.split_first() else { return as_it_is() };
    if span.contains(&'İ') {
        if *head != 'İ' && is_upper(*head) && !tail.iter().any(|c| *c != 'İ' && is_upper(*c)) {
            let mut word = lower(&[*head]);
            for c in tail {
                if *c == 'İ' { word.push(*c) } else { lower_into(*c, &mut word) }
            }
            return (Some(SHIFT), word);
        }
        return as_it_is();
    }
    let cased = || span.iter().filter(|c| is_upper(**c) || is_lower(**c));
    let all_upper = cased().next().is_some() && cased().all(|c| is_upper(*c));
    let unlowerable = || {
        span.iter().any(|c| {
            (is_new(*c) || is_letter(*c) || is_mark(*c)) && !is_lower(*c) && (!is_upper(*c) || lowers_to_itself(*c))
        })
    };
    if caps_from.is_some_and(|least| span.len() >= least) && all_upper && !unlowerable() {
        let word = lower(span).into_iter().map(|c| if c == 'ς' { 'σ' } else { c }).collect();
        return (Some(CAPS), word);
    }
    if !lowers_to_itself(*head) && is_upper(*head) && !tail.iter().any(|c| is_upper(*c)) {
        return (Some(SHIFT), lower(span));
    }
    as_it_is()
}

/// The text with its marks.
pub(super) fn stream(text: &[char], rules: Rules, begins_with_space: bool) -> Vec<char> {
    let mut text: Vec<char> = text.iter().map(|c| escaped(*c)).collect();
    while text.last() == Some(&'\n') {
        text.pop();
    }
    // The frame's own mark stands for one space.
    if rules.frame_begins_word && begins_with_space && text.first() == Some(&' ') && text.get(1) != Some(&' ') {
        text.remove(0);
    }
    let runs = runs(&text);
    let mut out: Vec<char> = Vec::with_capacity(text.len() * 3 / 2 + 8);
    let Some(first) = runs.first() else {
        out.extend(rules.frame_begins_word.then_some(WORD_BEGINS));
        return out;
    };
    let opens_word = |i: usize| {
        runs[i].1 == ['\''] && runs.get(i + 1).is_some_and(|run| matches!(run.0, Class::Word | Class::Stray))
    };
    let numeric = |class: Class| matches!(class, Class::Digit | Class::Hard);
    let space_before = |i: usize| match i.checked_sub(1) {
        None => rules.frame_begins_word,
        Some(before) => runs[before].0 == Class::Space && runs[before].1.last() == Some(&' '),
    };
    let space_after = |i: usize| {
        runs.get(i + 1).is_some_and(|run| run.0 == Class::Space && run.1[0] == ' ' && run.1.get(1) != Some(&' '))
    };
    let quote_at_head = opens_word(0);
    let has_own = !quote_at_head
        && (matches!(first.0, Class::Word | Class::Punct | Class::Stray)
            || hard_begins(first.1)
            || numeric(first.0) && digit_begins(first.1)
            || first.0 == Class::Space && first.1[0] == ' ');
    if !has_own && rules.frame_begins_word {
        out.push(if quote_at_head { ' ' } else { WORD_BEGINS });
    }
    for (i, (class, body)) in runs.iter().enumerate() {
        match class {
            Class::Word => {
                let fused = i > 0 && runs[i - 1].0 == Class::Stray;
                let (mark, word) = mark_case(body, rules.caps_from, fused);
                out.extend(mark);
                if !fused && !is_contraction(&runs, i) {
                    out.push(WORD_BEGINS);
                }
                out.extend(word);
                out.push(WORD_ENDS);
            }
            Class::Stray => {
                out.push(WORD_BEGINS);
                out.extend(*body);
                if runs.get(i + 1).is_none_or(|run| run.0 != Class::Word) {
                    out.push(WORD_ENDS);
                }
            }
            class if *class == Class::Punct || hard_begins(body) || hard_ends(body) => {
                if space_before(i) && !opens_word(i) && (*class == Class::Punct || hard_begins(body)) {
                    out.push(WORD_BEGINS);
                }
                out.extend(*body);
                if space_after(i) && (*class == Class::Punct || hard_ends(body)) {
                    out.push(WORD_ENDS);
                }
            }
            class if numeric(*class) && digit_run(body) => {
                if digit_begins(body) && space_before(i) {
                    out.push(WORD_BEGINS);
                }
                out.extend(*body);
                if digit_ends(body) && space_after(i) {
                    out.push(WORD_ENDS);
                }
            }
            _ => out.extend(*body),
        }
    }
    without_seams(&out)
}

/// Whether a lone apostrophe before this word is its beginning, as in `it's`.
fn is_contraction(runs: &[Run<'_>], i: usize) -> bool {
    const SUFFIXES: [&[char]; 7] = [&['s'], &['t'], &['d'], &['m'], &['l', 'l'], &['r', 'e'], &['v', 'e']];
    let Some(before) = i.checked_sub(1).and_then(|before| runs.get(before)) else { return false };
    if !SUFFIXES.contains(&runs[i].1) || before.0 != Class::Punct || before.1 != ['\''] {
        return false;
    }
    let Some((class, body)) = i.checked_sub(2).and_then(|before| runs.get(before)) else { return true };
    let right_border =
        *class == Class::Punct || hard_ends(body) || matches!(class, Class::Digit | Class::Hard) && digit_ends(body);
    !right_border
}

/// A single space between two words is no character of its own.
fn without_seams(marked: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(marked.len());
    let (mut at, mut free_from) = (0, 0);
    while at < marked.len() {
        out.push(marked[at]);
        let before = at > free_from && marked[at - 1] != '\n';
        if marked[at] == WORD_ENDS && before && marked.get(at + 1) == Some(&' ') {
            let mut next = at + 2;
            while matches!(marked.get(next), Some(&SHIFT | &CAPS)) {
                next += 1;
            }
            if marked.get(next) == Some(&WORD_BEGINS) {
                out.extend_from_slice(&marked[at + 2..=next]);
                (at, free_from) = (next + 1, next + 1);
                continue;
            }
        }
        at += 1;
    }
    out
}
