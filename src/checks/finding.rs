//! One thing that the service would refuse in a request: where, by which rule, in whose words, what to do.

use serde::Serialize;

use crate::bedrock::Exception;

/// A reason to refuse a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleFinding {
    /// The rule's name: a column of the sheet, or `service-model`.
    pub rule: &'static str,
    /// Where, in the request's own spelling: `inferenceConfig.temperature`.
    pub path: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// The exception's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// In the service's words.
    pub message: String,
    /// What to do about it.
    pub fix: String,
    /// Who says so.
    pub source: String,
    /// `YYYY-MM-DD`.
    pub date: String,
}

impl RuleFinding {
    /// A refusal with status 400.
    pub fn validation(rule: &'static str, path: impl Into<String>, message: impl Into<String>, fix: &str) -> Self {
        Self::new(rule, path, &Exception::validation(message), fix)
    }

    /// A refusal with any exception.
    pub fn new(rule: &'static str, path: impl Into<String>, exception: &Exception, fix: &str) -> Self {
        RuleFinding {
            rule,
            path: path.into(),
            status: exception.status(),
            kind: exception.name.clone(),
            message: exception.message.clone(),
            fix: fix.to_string(),
            source: String::new(),
            date: String::new(),
        }
    }

    /// As the service answers.
    pub fn exception(&self) -> Exception {
        Exception::new(self.kind.clone(), self.message.clone())
    }
}
