//! What ends an answer before its end: `max_tokens` and stop sequences.

use unicode_segmentation::UnicodeSegmentation;

use crate::bedrock::{Answer, Block, StopReason};
use crate::catalog::{TokenizerFamily, weight};

/// Ends the answer at the first stop sequence and at `max_tokens`. Its output tokens must be
/// known; they shrink with the text.
pub(super) fn truncate(
    answer: &mut Answer,
    max_tokens: Option<u64>,
    stop_sequences: &[String],
    family: TokenizerFamily,
) {
    stop_at(answer, stop_sequences, family);
    if let Some(most) = max_tokens.filter(|most| answer.usage.output_tokens > *most) {
        keep_tokens(answer, most, family);
    }
}

/// Thousandths of a token in a block, by estimate.
pub(super) fn block_weight(block: &Block, family: TokenizerFamily) -> u64 {
    match block {
        Block::Text(text) | Block::Thinking { text, .. } | Block::Cited { text, .. } => weight(text, family),
        Block::RedactedThinking(_) => 0,
        Block::BrokenToolUse { name, json, .. } => weight(name, family) + weight(json, family),
        Block::ToolUse { name, input, .. } => weight(name, family) + weight(&input.to_string(), family),
    }
}

pub(super) fn total_weight(answer: &Answer, family: TokenizerFamily) -> u64 {
    answer.content.iter().map(|block| block_weight(block, family)).sum()
}

fn stop_at(answer: &mut Answer, stop_sequences: &[String], family: TokenizerFamily) {
    if stop_sequences.is_empty() {
        return;
    }
    let before = total_weight(answer, family);
    for index in 0..answer.content.len() {
        let (Block::Text(text) | Block::Cited { text, .. }) = &mut answer.content[index] else { continue };
        let hits = stop_sequences.iter().filter_map(|sequence| Some((text.find(sequence.as_str())?, sequence)));
        let Some((at, sequence)) = hits.min_by_key(|(at, sequence)| (*at, std::cmp::Reverse(sequence.len()))) else {
            continue;
        };
        text.truncate(at);
        answer.stop_reason = StopReason::StopSequence;
        answer.stop_sequence = Some(sequence.clone());
        answer.content.truncate(index + 1);
        let after = total_weight(answer, family);
        answer.usage.output_tokens = share(answer.usage.output_tokens, after, before);
        return;
    }
}

/// So much of a count as `part` is of `whole`, at least one if it was.
fn share(count: u64, part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return count;
    }
    let exact = u128::from(count) * u128::from(part);
    let rounded = ((exact + u128::from(whole) / 2) / u128::from(whole)) as u64;
    rounded.clamp(count.min(1), count)
}

/// Cuts a text to so many thousandths of a token, between graphemes.
fn cut(text: &mut String, left: u64, family: TokenizerFamily) {
    let mut used = 0;
    let end = text.grapheme_indices(true).find(|(_, grapheme)| {
        used += weight(grapheme, family);
        used > left
    });
    if let Some((at, _)) = end {
        text.truncate(at);
    }
}

/// Keeps so many of the answer's tokens; a tool use that does not fit whole is broken off with
/// the JSON it has so far.
fn keep_tokens(answer: &mut Answer, most: u64, family: TokenizerFamily) {
    let whole = total_weight(answer, family);
    let mut left = (u128::from(whole) * u128::from(most) / u128::from(answer.usage.output_tokens.max(1))) as u64;
    let mut kept = Vec::new();
    for mut block in std::mem::take(&mut answer.content) {
        let weight_here = block_weight(&block, family);
        if weight_here <= left {
            left -= weight_here;
            kept.push(block);
            continue;
        }
        match &mut block {
            Block::Text(text) | Block::Thinking { text, .. } | Block::Cited { text, .. } => {
                cut(text, left, family);
                kept.push(block);
            }
            Block::ToolUse { id, name, input } => {
                // A streaming client gets the JSON as far as it came.
                let mut json = input.to_string();
                cut(&mut json, left.saturating_sub(weight(name, family)), family);
                kept.push(Block::BrokenToolUse { id: id.take(), name: std::mem::take(name), json });
            }
            Block::RedactedThinking(_) | Block::BrokenToolUse { .. } => {}
        }
        break;
    }
    answer.content = kept;
    answer.stop_reason = StopReason::MaxTokens;
    answer.stop_sequence = None;
    answer.usage.output_tokens = most;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bedrock::Usage;

    fn answer(text: &str, output_tokens: u64) -> Answer {
        Answer::text(text, Usage { output_tokens, ..Usage::default() })
    }

    #[test]
    fn max_tokens_really_truncates() {
        let mut cut = answer("一巻から二十三巻まで、すべて在庫がございます。", 40);
        truncate(&mut cut, Some(10), &[], TokenizerFamily::Claude3);
        assert_eq!(cut.stop_reason, StopReason::MaxTokens);
        assert_eq!(cut.usage.output_tokens, 10);
        let text = cut.plain_text();
        assert!(
            "一巻から二十三巻まで、すべて在庫がございます。".starts_with(&text) && text.chars().count() < 12,
            "{text}"
        );
    }

    #[test]
    fn the_first_stop_sequence_stops() {
        let mut cut = answer("one | two STOP three", 20);
        truncate(&mut cut, Some(100), &["STOP".into(), "|".into()], TokenizerFamily::Claude3);
        assert_eq!(cut.plain_text(), "one ");
        assert_eq!((cut.stop_reason, cut.stop_sequence.as_deref()), (StopReason::StopSequence, Some("|")));
        assert!(cut.usage.output_tokens < 10);
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let mut whole = answer("short", 3);
        truncate(&mut whole, Some(3), &["x".into()], TokenizerFamily::Claude3);
        assert_eq!(whole, answer("short", 3));
    }
}
