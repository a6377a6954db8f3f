//! The answer as it is sent: counted, guarded, ended by `max_tokens` and stop sequences.

use serde_json::Value;

use crate::bedrock::{Answer, Ask, AskBlock, Block, StopReason};
use crate::catalog::TokenizerFamily;

use super::cache::Cached;
use super::guardrail::Guardrail;
use super::truncate::{block_weight, total_weight, truncate};

/// What shapes an answer.
pub(super) struct Shape<'a> {
    /// Whether its usage is its own; otherwise it is estimated.
    pub declared: bool,
    pub guardrail: Option<&'a Guardrail>,
    pub ask: &'a Ask,
    pub family: TokenizerFamily,
    /// Tokens of the prompt, by estimate.
    pub prompt_tokens: u64,
    /// What of the prompt was read from a cache and written to it.
    pub cached: &'a Cached,
    /// The most tokens that a quota lets the answer have.
    pub most_output: Option<u64>,
}

/// Shapes an answer; gives the guardrail's trace with it.
pub(super) fn shape(mut answer: Answer, shape: Shape<'_>) -> (Answer, Option<Value>) {
    if !shape.declared {
        answer.usage.input_tokens = shape.prompt_tokens;
        answer.usage.output_tokens = (total_weight(&answer, shape.family) + 500) / 1000;
        let thought = answer.content.iter().filter(|block| matches!(block, Block::Thinking { .. }));
        let thought: u64 = thought.map(|block| block_weight(block, shape.family)).sum();
        answer.usage.reasoning_tokens = (thought + 500) / 1000;
        if !answer.content.is_empty() {
            answer.usage.output_tokens = answer.usage.output_tokens.max(1);
        }
    }
    // What a file says of caching is its own truth.
    let blocked = |answer: &Answer| answer.usage.prompt_tokens() == 0;
    if !answer.usage.uses_cache() && !blocked(&answer) {
        shape.cached.apply(&mut answer.usage, shape.prompt_tokens);
    }
    let trace = shape.guardrail.map(|guardrail| guard(guardrail, &mut answer, shape.ask));
    let most = shape.ask.max_tokens.into_iter().chain(shape.most_output).min();
    truncate(&mut answer, most, &shape.ask.stop_sequences, shape.family);
    (answer, trace)
}

/// Guards what goes in and what comes out; gives the trace.
fn guard(guardrail: &Guardrail, answer: &mut Answer, ask: &Ask) -> Value {
    let question = guarded_text(ask);
    let input = guardrail.assess(&question);
    if input.blocks() {
        // The model was never asked.
        *answer = Answer {
            content: vec![Block::Text(guardrail.blocked_input.clone())],
            stop_reason: StopReason::GuardrailIntervened,
            ..Answer::default()
        };
        return guardrail.trace((&input, &question), None);
    }
    let said = answer.plain_text();
    let output = guardrail.assess(&said);
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
    guardrail.trace((&input, &question), Some((&output, &said)))
}

/// What a guardrail judges of a request: where content is marked for it, that alone; else the last
/// message of the user.
fn guarded_text(ask: &Ask) -> String {
    let turns = ask.turns.iter().flat_map(|turn| &turn.blocks);
    let marked: Vec<&str> = ask
        .system
        .iter()
        .chain(turns)
        .filter_map(|block| if let AskBlock::Guarded(text) = block { Some(text.as_str()) } else { None })
        .collect();
    if !marked.is_empty() {
        return marked.join("\n");
    }
    let text = ask.last_user_text();
    let suffix = ask.guardrail.as_ref().and_then(|guardrail| guardrail.tag_suffix.as_deref());
    suffix.and_then(|suffix| tagged(&text, suffix)).unwrap_or(text)
}

/// The text inside tags of a caller's own: `<amazon-bedrock-guardrails-guardContent_SUFFIX>`.
fn tagged(text: &str, suffix: &str) -> Option<String> {
    let (open, close) = (
        format!("<amazon-bedrock-guardrails-guardContent_{suffix}>"),
        format!("</amazon-bedrock-guardrails-guardContent_{suffix}>"),
    );
    let parts: Vec<&str> =
        text.split(open.as_str()).skip(1).filter_map(|part| part.split(close.as_str()).next()).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}
