//! What a request has in it of which nobody here knows whether the service takes it.

use serde_json::Value;

use crate::bedrock::{Ask, AskBlock, MediaKind, ModelRules, Role};
use crate::words::Word;

use super::tools::MAX_DEPTH;

/// Why nobody here can say whether a request is taken that no rule refuses.
///
/// # Source
/// Patterns: Dokploy/mcp#45 (2026-05) and pleaseai/shunt#558 (2026-09) tell of look-around that is refused by strict tools
/// of Claude and by OpenAI's models, and of the same pattern being taken. Media: the refusal of images is Claude's, see
/// `blocks`; of other media and models no thread tells.
pub fn unchecked(ask: &Ask, rules: &ModelRules) -> Option<Word> {
    let strict = ask.tools.iter().filter(|tool| tool.strict).map(|tool| &tool.schema);
    if strict.chain(&ask.schema).any(|schema| looks_around(schema, 0)) {
        return Some(Word::unchecked_pattern);
    }
    let refused = |kind: MediaKind| kind == MediaKind::Image && rules.cell("dialect") == "claude";
    let media = ask.blocks().any(|(_, _, turn, block)| {
        turn.role == Role::Assistant && matches!(block, AskBlock::Media(media) if !refused(media.kind))
    });
    media.then_some(Word::unchecked_assistant_media)
}

/// Whether a schema has a pattern that looks ahead or behind.
fn looks_around(schema: &Value, depth: usize) -> bool {
    if depth > 2 * MAX_DEPTH {
        return false;
    }
    match schema {
        Value::Object(fields) => fields.iter().any(|(name, value)| match value {
            Value::String(pattern) if name == "pattern" => {
                ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|sign| pattern.contains(sign))
            }
            // A property may be called so, too.
            value => looks_around(value, depth + 1),
        }),
        Value::Array(items) => items.iter().any(|item| looks_around(item, depth + 1)),
        _ => false,
    }
}
