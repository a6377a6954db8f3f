//! What a door writes an answer from.

use serde_json::Value;

use crate::bedrock::{Answer, Ask, Block, Identity, ModelRules, Piece, StopReason, TraceWanted};
use crate::catalog::{TokenizerFamily, weight};

use super::{Call, Host};

/// An answer about to leave through a door.
#[non_exhaustive]
pub struct DoorScene<'a> {
    pub call: &'a Call,
    pub ask: &'a Ask,
    pub answer: &'a Answer,
    pub rules: &'a ModelRules,
    pub identity: &'a Identity,
    /// What the guardrail did, if one looked.
    pub trace: Option<&'a Value>,
    /// When the request came and when the answer ends, in milliseconds of the mock's clock.
    pub now_ms: f64,
    pub end_ms: f64,
    /// Output tokens that were thought and not said.
    pub thinking_tokens: u64,
}

/// The second that the mock's clock begins with: 2026-01-01T00:00:00Z.
pub const EPOCH_S: u64 = 1_767_225_600;

/// A time of the mock's clock in seconds since 1970.
pub fn epoch_s(now_ms: f64) -> u64 {
    EPOCH_S.saturating_add((now_ms.clamp(0.0, 1e15) / 1000.0) as u64)
}

impl DoorScene<'_> {
    /// The second of the request.
    pub fn created_s(&self) -> u64 {
        epoch_s(self.now_ms)
    }

    /// When the last of these pieces is sent, on the mock's clock.
    pub fn sent_ms(&self, pieces: &[Piece]) -> f64 {
        let takes_time = self.end_ms > self.now_ms;
        self.now_ms + pieces.last().filter(|_| takes_time).map_or(0.0, |piece| piece.at_ms)
    }

    /// What the guardrail did, where the request asks to be told.
    pub fn told(&self) -> Option<&Value> {
        let wanted = self.ask.guardrail.as_ref().is_some_and(|asked| asked.trace != TraceWanted::Disabled);
        self.trace.filter(|_| wanted)
    }

    /// The request's body.
    pub fn body(&self) -> &Value {
        self.call.body.as_ref().unwrap_or(&Value::Null)
    }

    /// Whether the answer is in the form of the families that mantle serves below `/v1`.
    pub fn is_open_weight(&self) -> bool {
        self.call.host == Host::Mantle && self.call.path.starts_with("/v1/")
    }

    /// Whether a guardrail took the answer away.
    pub fn blocked(&self) -> bool {
        self.answer.stop_reason == StopReason::GuardrailIntervened
    }
}

/// The tokens an answer's thinking took: declared, or by estimate and never more than all.
pub fn thinking_tokens(answer: &Answer, family: TokenizerFamily) -> u64 {
    if answer.usage.reasoning_tokens > 0 {
        return answer.usage.reasoning_tokens.min(answer.usage.output_tokens);
    }
    let thought: u64 = answer
        .content
        .iter()
        .map(|block| if let Block::Thinking { text, .. } = block { weight(text, family) } else { 0 })
        .sum();
    ((thought + 500) / 1000).min(answer.usage.output_tokens)
}
