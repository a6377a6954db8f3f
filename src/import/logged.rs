//! A call of a log handed on one by one, its request beside it: what asks more of a log than sums hears these.

use crate::bedrock::Operation;

use super::summary::Call;

/// A call as it was read, once: what came again is not among them.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedCall {
    /// Its line in the file that is being read.
    pub line: u64,
    pub call: Call,
    /// The account that called; `None` where the log does not say.
    pub account: Option<String>,
    /// `None` where the log keeps no requests.
    pub request: Option<LoggedRequest>,
}

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedRequest {
    /// `None` where the record names none that is known.
    pub operation: Option<Operation>,
    /// The body as JSON text; `None` where it is kept elsewhere, in S3.
    pub body: Option<String>,
}
