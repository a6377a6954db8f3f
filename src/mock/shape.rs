//! The answer as it is sent: counted, guarded, ended by `max_tokens` and stop sequences.

use serde_json::Value;

use crate::bedrock::{Answer, Ask, Block, StopReason, Usage};
use crate::catalog::TokenizerFamily;

use super::guardrail::Guardrail;
use super::truncate::{total_weight, truncate};

/// What shapes an answer.
pub(super) struct Shape<'a> {
    /// Whether its usage is its own; otherwise it is estimated.
    pub declared: bool,
    pub guardrail: Option<&'a Guardrail>,
    pub ask: &'a Ask,
    pub family: TokenizerFamily,
    /// Tokens of the prompt, by estimate.
    pub prompt_tokens: u64,
}

/// Shapes an answer; gives the guardrail's trace with it.
pub(super) fn shape(mut answer: Answer, shape: Shape<'_>) -> (Answer, Option<Value>) {
    if !shape.declared {
        answer.usage.input_tokens = shape.prompt_tokens;
        answer.usage.output_tokens = (total_weight(&answer, shape.family) + 500) / 1000;
        if !answer.content.is_empty() {
            answer.usage.output_tokens = answer.usage.output_tokens.max(1);
        }
    }
    let trace = shape.guardrail.map(|guardrail| guard(guardrail, &mut answer, shape.ask));
    truncate(&mut answer, shape.ask.max_tokens, &shape.ask.stop_sequences, shape.family);
    (answer, trace)
}

/// Guards what goes in and what comes out; gives the trace.
fn guard(guardrail: &Guardrail, answer: &mut Answer, ask: &Ask) -> Value {
    let input = guardrail.assess(&ask.last_user_text());
    if input.blocks() {
        // The model was never asked.
        *answer = Answer {
            content: vec![Block::Text(guardrail.blocked_input.clone())],
            stop_reason: StopReason::GuardrailIntervened,
            stop_sequence: None,
            usage: Usage::default(),
            ..Answer::default()
        };
        return guardrail.trace(&input, None);
    }
    let output = guardrail.assess(&answer.plain_text());
    if output.blocks() {
        answer.content = vec![Block::Text(guardrail.blocked_output.clone())];
        answer.stop_reason = StopReason::GuardrailIntervened;
    } else if output.intervenes() {
        for block in &mut answer.content {
            if let Block::Text(text) | Block::Cited { text, .. } = block {
                *text = guardrail.assess(text).text;
            }
        }
        answer.stop_reason = StopReason::GuardrailIntervened;
    }
    guardrail.trace(&input, Some(&output))
}
