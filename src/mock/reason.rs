//! Why a call was answered as it was.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::words::{Arg, English, Message, Word};

/// Why a call was answered as it was: a message, for a reader of any language; as text and in JSON it is said in English.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reason {
    /// Boxed, as what fails carries it.
    message: Option<Box<Message>>,
    /// The English text, where it is not what the message says: cut, or without what must not be kept.
    english: Option<Box<str>>,
}

impl Reason {
    /// What to say in a reader's language; `None` where nothing is known, or nothing of it may be kept but the text.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_deref()
    }

    /// Whether it is this one, whatever it names.
    pub fn is(&self, word: Word) -> bool {
        self.message.as_ref().is_some_and(|message| message.word == word)
    }

    /// The same within a sentence that goes on after it.
    pub(super) fn within(self, word: Word) -> Message {
        let inner = self.message.map_or_else(|| Arg::Text(self.english.unwrap_or_default().into()), Arg::Said);
        Message::new(word).with("reason", inner)
    }

    /// Passes what callers and files wrote through `label`, which cuts and redacts. The English text is the whole
    /// sentence's label. Where the parts so treated make a sentence in which more than that would have to go, only
    /// the text is kept.
    pub(super) fn tidy(&mut self, label: impl Fn(&str) -> String, redact: impl Fn(&str) -> String) {
        let said = self.to_string();
        let kept = label(&said);
        if kept == said {
            return;
        }
        let parts = self.message.take().map(|mut message| {
            relabel(&mut message, &label);
            message
        });
        let again = parts.as_ref().map(|message| message.say(&English)).filter(|again| redact(again) == *again);
        self.message = parts.filter(|_| again.is_some());
        self.english = (again.as_ref() != Some(&kept)).then(|| kept.into());
    }

    /// Bytes of its texts and parts.
    pub(super) fn bytes(&self) -> usize {
        self.english.as_deref().map_or(0, str::len) + self.message.as_deref().map_or(0, bytes)
    }
}

impl From<Message> for Reason {
    fn from(message: Message) -> Self {
        Reason { message: Some(Box::new(message)), english: None }
    }
}

impl From<Word> for Reason {
    fn from(word: Word) -> Self {
        Message::new(word).into()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.english, &self.message) {
            (Some(english), _) => f.write_str(english),
            (None, Some(message)) => f.write_str(&message.say(&English)),
            (None, None) => Ok(()),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn relabel(message: &mut Message, label: &impl Fn(&str) -> String) {
    for (_, arg) in &mut message.args {
        match arg {
            Arg::Text(text) => *text = label(text),
            Arg::Said(inner) => relabel(inner, label),
            _ => {}
        }
    }
}

/// Bytes of a message with its parts, wherever it stands.
fn bytes(message: &Message) -> usize {
    let of = |arg: &Arg| match arg {
        Arg::Text(text) => text.len(),
        Arg::Said(inner) => bytes(inner),
        _ => 0,
    };
    size_of::<Message>() + message.args.iter().map(|part| size_of_val(part) + of(&part.1)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// A word, what fills it, and the whole.
    type Said = (Word, &'static [(&'static str, &'static str)], &'static str);

    /// What each word was in the ledger before it had a translation, filled with what it names.
    const ENGLISH: &[Said] = &[
        (Word::reason_override, &[("hash", "0123456789abcdef")], "override for the prompt hash 0123456789abcdef"),
        (Word::reason_exact, &[("fixture", "f")], "matched f: recorded of this very request"),
        (Word::reason_hash, &[("fixture", "f")], "matched f: prompt hash"),
        (
            Word::reason_rule,
            &[("number", "1234"), ("fixture", "f"), ("rule", "any request")],
            "matched rule 1234 of f: any request",
        ),
        (Word::reason_schema, &[], "fallback: seeded JSON by the request's schema"),
        (Word::reason_by_hash, &[("fixture", "f")], "fallback: chosen by hash, f"),
        (Word::reason_by_chance, &[("fixture", "f")], "fallback: chosen by chance, f"),
        (Word::reason_echo, &[], "fallback: echo"),
        (Word::reason_fault, &[("fault", "http")], "scripted fault: http"),
        (
            Word::reason_and_fault,
            &[("reason", "fallback: echo"), ("fault", "cut_frame")],
            "fallback: echo; scripted fault: cut_frame",
        ),
        (
            Word::reason_and_idle_fault,
            &[("reason", "fallback: echo"), ("fault", "stall")],
            "fallback: echo; scripted fault: stall (does nothing: the speed makes time 0)",
        ),
        (
            Word::reason_guarded,
            &[("reason", "fallback: echo"), ("parts", "images")],
            "fallback: echo; guardrail judged, not assessed: images",
        ),
        (Word::reason_guardrail, &[("parts", "images")], "guardrail policy; not assessed: images"),
        (
            Word::reason_not_assessed,
            &[],
            "content filters, prompt attacks, managed word lists, contextual grounding, automated reasoning, images",
        ),
        (Word::reason_no_guardrail, &[], "the guardrail is not the configuration's"),
        (Word::reason_forced, &[], "forced error"),
        (Word::reason_end_of_life, &[], "end of life"),
        (Word::reason_no_model, &[], "no model is asked"),
        (Word::reason_refused, &[], "refused"),
        (Word::reason_data_retention, &[], "refused"),
        (Word::reason_throttle_rate, &[], "throttle rate"),
        (Word::reason_error_rate, &[], "error rate"),
        (Word::reason_quota_requests, &[], "quota: requests a minute"),
        (Word::reason_quota_tokens, &[], "quota: tokens a minute"),
        (Word::reason_quota_output, &[], "quota: output tokens a minute"),
        (Word::reason_quota_day, &[], "quota: tokens a day"),
        (Word::reason_vectors, &[], "seeded vectors"),
        (Word::reason_declared, &[], "declared usage"),
        (Word::reason_estimate, &[], "estimate"),
        (Word::reason_recorded, &[], "recorded of this very request"),
        (Word::reason_recorded_error, &[], "matched a recorded error of this model"),
        (Word::reason_upstream, &[("why", "not kept")], "answered by the upstream; not kept"),
        (Word::fault_http, &[], "http"),
        (Word::fault_reset, &[], "reset"),
        (Word::fault_gateway, &[], "gateway"),
        (Word::fault_exception_frame, &[], "exception_frame"),
        (Word::fault_error_frame, &[], "error_frame"),
        (Word::fault_cut_frame, &[], "cut_frame"),
        (Word::fault_cut_character, &[], "cut_character"),
        (Word::fault_early_end, &[], "early_end"),
        (Word::fault_crc_flip, &[], "crc_flip"),
        (Word::fault_unknown_event, &[], "unknown_event"),
        (Word::fault_stall, &[], "stall"),
        (Word::fault_slow_first_token, &[], "slow_first_token"),
        (Word::rule_any, &[], "any request"),
        (Word::rule_and, &[("before", "turn 1"), ("next", "turn 2")], "turn 1, turn 2"),
        (Word::rule_or, &[("before", "turn 1"), ("next", "turn 2")], "turn 1; turn 2"),
        (Word::rule_model, &[("value", "m")], "model “m”"),
        (Word::rule_user, &[("value", "t")], "user text “t”"),
        (Word::rule_user_contains, &[("value", "t")], "user text contains “t”"),
        (Word::rule_user_pattern, &[("value", "t+")], "user text matches “t+”"),
        (Word::rule_system_contains, &[("value", "t")], "system text contains “t”"),
        (Word::rule_query_type, &[("value", "faq")], "query type “faq”"),
        (Word::rule_tools, &[("value", "a, b")], "tools a, b"),
        (Word::rule_turn, &[("value", "1234")], "turn 1234"),
    ];

    #[test]
    fn every_reason_is_said_in_english_as_before_and_in_japanese_too() {
        let japanese: BTreeMap<String, String> =
            serde_json::from_str(crate::words::JAPANESE).expect("a table of texts");
        for (word, args, expected) in ENGLISH {
            let message = args.iter().fold(Message::new(*word), |message, (name, value)| message.text(name, *value));
            let reason = Reason::from(message);
            assert_eq!(serde_json::to_value(&reason).expect("a text"), *expected);
            let said = &japanese[word.key()];
            assert!(!said.is_ascii() && said != word.english(), "{}: {said}", word.key());
        }
        let of_reasons = |word: &&Word| ["reason_", "fault_", "rule_"].iter().any(|kind| word.key().starts_with(kind));
        for word in Word::ALL.iter().filter(of_reasons) {
            assert!(ENGLISH.iter().any(|(known, ..)| known == word), "`{}` is missing above", word.key());
        }
    }

    #[test]
    fn what_must_not_be_kept_leaves_the_text_and_its_parts() {
        let redact = |text: &str| text.replace("secret", "***");
        let label = |text: &str| {
            let cut: String = text.chars().take(40).collect();
            redact(&cut) + if cut.len() < text.len() { "…" } else { "" }
        };
        let check = |fixture: &str, rule: &str, english: &str, said: Option<&str>| {
            let rule = Message::new(Word::rule_user).text("value", rule);
            let why = Message::new(Word::reason_rule).text("number", "1").text("fixture", fixture);
            let mut reason = Reason::from(why.with("rule", Arg::Said(Box::new(rule))));
            reason.tidy(label, redact);
            assert_eq!(reason.to_string(), english);
            assert_eq!(reason.message().map(|message| message.say(&English)).as_deref(), said);
        };
        let whole = "matched rule 1 of f: user text “hello”";
        check("f", "hello", whole, Some(whole));
        let redacted = "matched rule 1 of f: user text “***”";
        check("f", "secret", redacted, Some(redacted));
        // A long text is cut as a whole; a reader of another language gets its parts, each no longer than that.
        let long = "a long text that goes on".to_string() + &" and on".repeat(9);
        let part = "matched rule 1 of f: user text “a long text that goes on and on and on a…”";
        check("f", &long, "matched rule 1 of f: user text “a long t…", Some(part));
        // What only the whole betrays is in no part, so the parts are not kept.
        let mut reason = Reason::from(Message::new(Word::rule_and).text("before", "a").text("next", "b"));
        reason.tidy(|text| text.replace("a, b", "***"), |text| text.replace("a, b", "***"));
        assert_eq!((reason.to_string().as_str(), reason.message()), ("***", None));
    }
}
