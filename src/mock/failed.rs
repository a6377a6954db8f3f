use crate::bedrock::{Cause, Exception};
use crate::words::Word;

use super::reason::Reason;

/// An exception instead of an answer: when it comes, and why.
pub(super) struct Failed {
    pub exception: Exception,
    pub reason: Reason,
    pub at_ms: f64,
}

impl Failed {
    /// An exception that comes after so many milliseconds.
    pub fn after(exception: Exception, reason: impl Into<Reason>, at_ms: f64) -> Self {
        Failed { exception, reason: reason.into(), at_ms }
    }

    /// At the newer doors a quota that ran out says no time to wait.
    ///
    /// # Source
    /// No record of such a header is known there.
    pub fn at_a_door(mut self, at_door: bool) -> Self {
        if at_door {
            self.exception.retry_after_s = None;
        }
        self
    }

    pub fn because(exception: Exception, reason: impl Into<Reason>) -> Self {
        Failed::after(exception, reason, 0.0)
    }
}

impl From<Exception> for Failed {
    fn from(exception: Exception) -> Self {
        let reason = match exception.cause {
            Some(Cause::DataRetention) => Word::reason_data_retention,
            None => Word::reason_refused,
        };
        Failed::because(exception, reason)
    }
}
