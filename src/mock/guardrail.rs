//! A content filter as the service's guardrails are: what it watches for, what it finds, what it tells.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Value, json};

use crate::document::Fields;
use crate::problem::Problem;
use crate::words::{Message, Word};

use super::config::named;

/// A content filter as the service's guardrails are: denied topics, words and personal data, on
/// what goes in and what comes out.
#[derive(Clone, Debug)]
pub struct Guardrail {
    pub id: String,
    /// Watches every call; otherwise only those that ask for a guardrail.
    pub always: bool,
    /// A topic's name and the phrases that give it away.
    pub topics: Vec<(String, Vec<String>)>,
    pub words: Vec<String>,
    /// Each kind with its pattern, compiled once.
    pub pii: Vec<(PiiKind, Regex, Action)>,
    /// A team's own patterns: name, pattern, action.
    pub patterns: Vec<(String, Regex, Action)>,
    /// What a user reads instead of a blocked question.
    pub blocked_input: String,
    /// What a user reads instead of a blocked answer.
    pub blocked_output: String,
}

/// What is done with what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Block,
    Anonymize,
}

/// Kinds of personal data that are recognised, by the service's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PiiKind {
    Email,
    Phone,
    CreditCard,
    AwsAccessKey,
    IpAddress,
}

impl PiiKind {
    pub const ALL: [PiiKind; 5] =
        [PiiKind::Email, PiiKind::Phone, PiiKind::CreditCard, PiiKind::AwsAccessKey, PiiKind::IpAddress];

    pub fn key(self) -> &'static str {
        match self {
            PiiKind::Email => "EMAIL",
            PiiKind::Phone => "PHONE",
            PiiKind::CreditCard => "CREDIT_DEBIT_CARD_NUMBER",
            PiiKind::AwsAccessKey => "AWS_ACCESS_KEY",
            PiiKind::IpAddress => "IP_ADDRESS",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        PiiKind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The pattern that finds candidates.
    pub fn pattern(self) -> &'static str {
        match self {
            PiiKind::Email => r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
            PiiKind::Phone => r"(?:\+\d{1,3}[- ]?|\b0)\d{1,4}[- ]?\d{1,4}[- ]?\d{3,4}\b",
            PiiKind::CreditCard => r"\b(?:\d[ -]?){12,18}\d\b",
            PiiKind::AwsAccessKey => r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
            PiiKind::IpAddress => r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b",
        }
    }

    /// Whether a candidate is one: card numbers carry a check digit, phone numbers nine to
    /// thirteen digits.
    pub fn confirms(self, text: &str) -> bool {
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
        match self {
            PiiKind::Phone => (9..=13).contains(&digits.len()),
            PiiKind::CreditCard => {
                let doubled = |(index, digit): (usize, &u32)| match (index % 2, digit * 2) {
                    (0, _) => *digit,
                    (_, twice) if twice > 9 => twice - 9,
                    (_, twice) => twice,
                };
                digits.iter().rev().enumerate().map(doubled).sum::<u32>().is_multiple_of(10)
            }
            _ => true,
        }
    }
}

impl PartialEq for Guardrail {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// What a guardrail found in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Assessment {
    topics: Vec<String>,
    words: Vec<String>,
    /// Kind, match, action.
    pii: Vec<(String, String, Action)>,
    patterns: Vec<(String, String, Action)>,
    /// The text with what is anonymised replaced.
    pub text: String,
}

impl Assessment {
    pub fn blocks(&self) -> bool {
        let blocked = |(_, _, action): &(String, String, Action)| *action == Action::Block;
        !self.topics.is_empty()
            || !self.words.is_empty()
            || self.pii.iter().any(blocked)
            || self.patterns.iter().any(blocked)
    }

    pub fn intervenes(&self) -> bool {
        self.blocks() || !self.pii.is_empty() || !self.patterns.is_empty()
    }

    /// Why the guardrail did what it did, as the service says it.
    pub fn reason(&self) -> &'static str {
        match (self.blocks(), self.intervenes()) {
            (true, _) => "Guardrail blocked.",
            (false, true) => "Guardrail masked.",
            _ => "No action.",
        }
    }

    /// As the trace of a response has it.
    pub fn trace(&self) -> Value {
        let action = |action: &Action| if *action == Action::Block { "BLOCKED" } else { "ANONYMIZED" };
        let mut trace = json!({});
        if !self.topics.is_empty() {
            let topics: Vec<_> = self
                .topics
                .iter()
                .map(|name| json!({"action": "BLOCKED", "detected": true, "name": name, "type": "DENY"}))
                .collect();
            trace["topicPolicy"] = json!({"topics": topics});
        }
        if !self.words.is_empty() {
            let words: Vec<_> =
                self.words.iter().map(|word| json!({"action": "BLOCKED", "detected": true, "match": word})).collect();
            trace["wordPolicy"] = json!({"customWords": words, "managedWordLists": []});
        }
        if !self.pii.is_empty() || !self.patterns.is_empty() {
            let pii: Vec<_> = self
                .pii
                .iter()
                .map(|(kind, text, a)| json!({"action": action(a), "detected": true, "match": text, "type": kind}))
                .collect();
            let regexes: Vec<_> = self
                .patterns
                .iter()
                .map(|(name, text, a)| json!({"action": action(a), "detected": true, "match": text, "name": name}))
                .collect();
            trace["sensitiveInformationPolicy"] = json!({"piiEntities": pii, "regexes": regexes});
        }
        trace
    }
}

impl Guardrail {
    pub(super) fn read(fields: &Fields<'_>) -> Option<Self> {
        let topics = fields.objects("denied_topics").unwrap_or_default();
        let topics = topics.iter().filter_map(|topic| {
            let phrases = said(topic, "phrases");
            if phrases.is_empty() && !topic.findings().any_at(&topic.path_of("phrases")) {
                let what = Problem::error(topic.path_of("phrases"), Word::mock_no_phrase, Word::mock_no_phrase_hint);
                topic.findings().push(what);
            }
            Some((topic.required("name", topic.text("name"))?, phrases))
        });
        let action = |fields: &Fields<'_>| {
            named(
                fields,
                "action",
                |key| {
                    Some(match key {
                        "BLOCK" | "BLOCKED" => Action::Block,
                        "ANONYMIZE" | "ANONYMIZED" => Action::Anonymize,
                        _ => return None,
                    })
                },
                "BLOCK, ANONYMIZE",
            )
            .unwrap_or(Action::Anonymize)
        };
        let kinds = PiiKind::ALL.map(PiiKind::key).join(", ");
        let pii = fields.objects("pii").unwrap_or_default();
        let pii = pii.iter().filter_map(|entry| {
            let kind = named(entry, "type", PiiKind::from_key, &kinds)?;
            // A test compiles the pattern of every kind.
            Some((kind, Regex::new(kind.pattern()).ok()?, action(entry)))
        });
        let patterns = fields.objects("patterns").unwrap_or_default();
        let patterns = patterns.iter().filter_map(|entry| {
            let (name, pattern) = (entry.text("name"), entry.text("pattern"));
            let action = action(entry);
            let (name, pattern) = entry.required("name", name).zip(entry.required("pattern", pattern))?;
            if pattern.is_empty() {
                let path = entry.path_of("pattern");
                entry.findings().push(Problem::error(path, Word::mock_blank, Word::mock_blank_hint));
            }
            match Regex::new(&pattern) {
                Ok(regex) => Some((name, regex, action)),
                Err(error) => {
                    let what =
                        Message::new(Word::pattern_wrong).text("pattern", pattern).text("error", error.to_string());
                    entry.findings().push(Problem::error(entry.path_of("pattern"), what, Word::pattern_hint));
                    None
                }
            }
        });
        Some(Guardrail {
            id: fields.text("id").unwrap_or_else(|| "rehearsal".to_string()),
            always: fields.flag("always").unwrap_or(false),
            topics: topics.collect(),
            words: said(fields, "words"),
            pii: pii.collect(),
            patterns: patterns.collect(),
            blocked_input: fields
                .text("blocked_input")
                .unwrap_or_else(|| "Sorry, the model cannot answer this question.".to_string()),
            blocked_output: fields
                .text("blocked_output")
                .unwrap_or_else(|| "Sorry, the model cannot answer this question.".to_string()),
        })
    }

    /// What it finds in a text.
    pub(super) fn assess(&self, text: &str) -> Assessment {
        let folded = one_spaced(&text.to_lowercase());
        let contains = |phrase: &String| has_words(&folded, &one_spaced(&phrase.to_lowercase()));
        let mut found = Assessment {
            topics: self
                .topics
                .iter()
                .filter(|(_, phrases)| phrases.iter().any(contains))
                .map(|(name, _)| name.clone())
                .collect(),
            words: self.words.iter().filter(|word| contains(word)).cloned().collect(),
            text: text.to_string(),
            ..Assessment::default()
        };
        for (kind, pattern, action) in &self.pii {
            let matches: Vec<String> =
                pattern.find_iter(text).map(|m| m.as_str().to_string()).filter(|m| kind.confirms(m)).collect();
            for matched in matches {
                found.text = found.text.replace(&matched, &format!("{{{}}}", kind.key()));
                found.pii.push((kind.key().to_string(), matched, *action));
            }
        }
        for (name, pattern, action) in &self.patterns {
            for matched in pattern.find_iter(text).map(|m| m.as_str().to_string()).filter(|m| !m.is_empty()) {
                found.text = found.text.replace(&matched, &format!("{{{name}}}"));
                found.patterns.push((name.clone(), matched, *action));
            }
        }
        found
    }

    /// The trace of a call, as Converse has it: what each side was found to hold, and what that cost.
    pub(super) fn trace(&self, input: (&Assessment, &str), output: Option<(&Assessment, &str)>) -> Value {
        let mut trace = BTreeMap::new();
        let told = |(assessment, text): (&Assessment, &str)| {
            let mut told = assessment.trace();
            told["invocationMetrics"] = self.metrics(text);
            told
        };
        let mut reasons = vec![input.0.reason()];
        reasons.extend(output.map(|(assessment, _)| assessment.reason()));
        reasons.dedup();
        trace.insert("actionReason", json!(reasons.join("\n")));
        trace.insert("inputAssessment", json!({(&self.id): told(input)}));
        if let Some(output) = output {
            trace.insert("outputAssessments", json!({(&self.id): [told(output)]}));
        }
        json!({"guardrail": trace})
    }

    /// What judging a text took, in the service's units: a thousand characters each.
    pub(super) fn metrics(&self, text: &str) -> Value {
        let length = text.chars().count();
        json!({
            "guardrailCoverage": {"textCharacters": {"guarded": length, "total": length}},
            "guardrailProcessingLatency": 0,
            "usage": self.usage(length),
        })
    }

    /// Text units by policy; those that are not played here take none.
    pub(super) fn usage(&self, characters: usize) -> Value {
        let units = characters.div_ceil(1_000).max(1);
        let of = |used: bool| if used { units } else { 0 };
        json!({
            "contentPolicyUnits": 0,
            "contextualGroundingPolicyUnits": 0,
            "sensitiveInformationPolicyFreeUnits": of(!self.patterns.is_empty()),
            "sensitiveInformationPolicyUnits": of(!self.pii.is_empty()),
            "topicPolicyUnits": of(!self.topics.is_empty()),
            "wordPolicyUnits": of(!self.words.is_empty()),
        })
    }

    /// Whether a request names this guardrail, by id or ARN.
    pub(super) fn is_named(&self, id: &str) -> bool {
        id.rsplit('/').next() == Some(self.id.as_str())
    }
}

/// The texts of a list, each of which says something.
fn said(fields: &Fields<'_>, name: &'static str) -> Vec<String> {
    let texts = fields.texts(name);
    for (index, _) in texts.iter().enumerate().filter(|(_, text)| text.trim().is_empty()) {
        let path = format!("{}[{index}]", fields.path_of(name));
        fields.findings().push(Problem::error(path, Word::mock_blank, Word::mock_blank_hint));
    }
    texts
}

/// A text with one space wherever it has white space: a phrase is the same on two lines.
fn one_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is judged by a guardrail of the service and not here.
pub(super) const NOT_ASSESSED: Word = Word::reason_not_assessed;

/// Whether a text holds words as words: `Kit` is not in `kitchen`. Scripts that put no spaces between
/// words (Japanese, Chinese, Thai, Lao, Khmer, Burmese) are searched as they stand: where nobody says where a
/// word ends, a filter rather blocks too much. Both texts are lower-case.
fn has_words(text: &str, words: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(is_spaced);
    let open = |edge: Option<char>, beside: Option<char>| !(joins(edge) && joins(beside));
    !words.is_empty()
        && text.match_indices(words).any(|(at, found)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
            open(words.chars().next(), before) && open(words.chars().next_back(), after)
        })
}

/// Whether a character is part of a word in a script that puts spaces between words: letters and digits, full-width
/// ones, and marks on them.
fn is_spaced(c: char) -> bool {
    let is_spaceless = matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{A4CF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{3FFFF}');
    let is_hangul = matches!(c, '\u{3130}'..='\u{318F}');
    matches!(c, '\u{0300}'..='\u{036F}') || (c.is_alphanumeric() && (!is_spaceless || is_hangul))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Findings;

    #[test]
    fn a_phrase_is_the_same_on_two_lines_and_a_topic_lacks_its_name_alone() {
        let read = |document: Value| {
            let findings = Findings::default();
            let guardrail = Guardrail::read(&Fields::of(&document, "", &findings).unwrap().strictly());
            (guardrail, findings.into_problems())
        };
        let topics = |topic: Value| json!({"denied_topics": [topic], "words": ["two words"]});
        let (guardrail, problems) = read(topics(json!({"name": "t", "phrases": ["stock tips"]})));
        assert_eq!(problems, []);
        let guardrail = guardrail.unwrap();
        for text in ["stock tips", "Stock\ntips?", "stock  tips", "two\t words"] {
            assert!(guardrail.assess(text).blocks(), "{text:?}");
        }
        assert!(!guardrail.assess("stocktips").blocks());
        let said: Vec<&str> = read(topics(json!({"phrases": ["a"]}))).1.iter().map(Problem::code).collect();
        assert_eq!(said, ["field_missing"]);
    }

    #[test]
    fn words_are_whole_words() {
        let check =
            |text: &str, words: &str, expected: bool| assert_eq!(has_words(text, words), expected, "{words} in {text}");
        check("in the kitchen", "kit", false);
        check("a kit, please", "kit", true);
        check("kit", "kit", true);
        check("kits and kit", "kit", true);
        check("give me a c++ book", "c++", true);
        check("海賊版はどこ?", "海賊版", true);
        check("no words", "", false);
        // Where no spaces are, every place may be a word's: also a word inside a longer one.
        check("キットカットをください", "キット", true);
        check("東京都", "京都", true);
        check("盗版书在哪里", "盗版", true);
        check("หนังสือเถื่อนอยู่ที่ไหน", "เถื่อน", true);
        // Between the scripts, and in full-width letters, a Latin word is whole or none.
        check("新しいkitを", "kit", true);
        check("新しいkitchenを", "kit", false);
        check("ｋｉｔｃｈｅｎ", "ｋｉｔ", false);
        check("ｋｉｔ、お願い", "ｋｉｔ", true);
        // Korean writes spaces; an accent belongs to its letter.
        check("해적판 책", "해적판", true);
        check("대해적판매", "해적판", false);
        check("cafe\u{301}", "cafe", false);
        for kind in PiiKind::ALL {
            assert!(Regex::new(kind.pattern()).is_ok(), "{kind:?}");
        }
    }
}
