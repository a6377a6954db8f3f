//! Removes what must not be kept: credentials, and what a team names.

use regex_lite::Regex;
use serde_json::Value;

use crate::mock::PiiKind;

use super::error::Error;

/// Removes what must not be kept: keys, tokens, addresses, numbers, account ids, and whatever a
/// team's own patterns find.
#[derive(Clone, Debug)]
pub struct Redactor {
    /// Name and pattern, in the order they are applied.
    patterns: Vec<(String, Regex)>,
}

/// A text without what was redacted, and how often something was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    pub text: String,
    pub count: usize,
}

/// What is always removed, most specific first.
const ALWAYS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("API_KEY", r"\b(?:sk-[A-Za-z0-9_-]{16,}|ABSK[A-Za-z0-9+/=]{20,}|ghp_[A-Za-z0-9]{20,}|xox[abp]-[A-Za-z0-9-]{10,})"),
    ("BEARER_TOKEN", r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{12,}"),
    ("SECRET_KEY", r#"(?i)(?:aws_)?secret_?(?:access_?)?key["']?\s*[:=]\s*["']?[A-Za-z0-9/+=]{30,}"#),
];

impl Redactor {
    /// The usual patterns, and a team's own.
    ///
    /// # Errors
    /// A pattern of its own that is no regular expression.
    pub fn new(own: &[String]) -> Result<Self, Error> {
        Redactor::read(own).map_err(Error::option)
    }

    fn read(own: &[String]) -> Result<Self, String> {
        let compiled = |name: &str, pattern: &str| -> Result<_, String> {
            Ok((name.to_string(), Regex::new(pattern).map_err(|error| format!("{pattern}: {error}"))?))
        };
        let mut patterns = Vec::new();
        for (name, pattern) in ALWAYS {
            patterns.push(compiled(name, pattern)?);
        }
        for kind in [PiiKind::Email, PiiKind::CreditCard] {
            patterns.push(compiled(kind.key(), kind.pattern())?);
        }
        patterns.push(compiled("AWS_ACCOUNT_ID", r"\b\d{12}\b")?);
        patterns.push(compiled(PiiKind::Phone.key(), PiiKind::Phone.pattern())?);
        for (index, pattern) in own.iter().enumerate() {
            patterns.push(compiled(&format!("PATTERN_{}", index + 1), pattern)?);
        }
        Ok(Redactor { patterns })
    }

    pub fn text(&self, text: &str) -> Redaction {
        let mut redaction = Redaction { text: text.to_string(), count: 0 };
        for (name, pattern) in &self.patterns {
            let kind = PiiKind::from_key(name);
            let confirmed = |found: &str| kind.is_none_or(|kind| kind.confirms(found));
            let mut count = 0;
            let replaced = pattern.replace_all(&redaction.text, |found: &regex_lite::Captures<'_>| {
                let found = found.get(0).map_or("", |m| m.as_str());
                if confirmed(found) {
                    count += 1;
                    format!("{{{name}}}")
                } else {
                    found.to_string()
                }
            });
            redaction.text = replaced.into_owned();
            redaction.count += count;
        }
        redaction
    }

    /// Every text inside a value; gives how often something was removed.
    pub fn value(&self, value: &mut Value) -> usize {
        match value {
            Value::String(text) => {
                let redaction = self.text(text);
                *text = redaction.text;
                redaction.count
            }
            Value::Array(items) => items.iter_mut().map(|item| self.value(item)).sum(),
            Value::Object(map) => map.values_mut().map(|item| self.value(item)).sum(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_removed_and_prices_are_not() {
        let redactor = Redactor::new(&["MNG-\\d{4}-\\d+".to_string()]).unwrap();
        let check = |text: &str, expected: &str| assert_eq!(redactor.text(text).text, expected);
        check("key AKIAIOSFODNN7EXAMPLE", "key {AWS_ACCESS_KEY}");
        check("Authorization: Bearer abcdefghijklmnop", "Authorization: {BEARER_TOKEN}");
        check("mail taro@example.co.jp please", "mail {EMAIL} please");
        check("電話は03-1234-5678です", "電話は{PHONE}です");
        check("call +81 90-1234-5678", "call {PHONE}");
        check("arn:aws:bedrock:us-east-1:123456789012:x", "arn:aws:bedrock:us-east-1:{AWS_ACCOUNT_ID}:x");
        check("card 4111 1111 1111 1111", "card {CREDIT_DEBIT_CARD_NUMBER}");
        check("注文番号MNG-2024-78432", "注文番号{PATTERN_1}");
        check("¥528、全23巻、ISBN 978-4-06-384276-0", "¥528、全23巻、ISBN 978-4-06-384276-0");
        assert!(Redactor::new(&["(".to_string()]).is_err());
    }
}
