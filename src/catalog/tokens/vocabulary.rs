//! Exact counts: byte-pair encoding with the public vocabularies of four families.
//!
//! # Source
//! o200k from tiktoken (MIT), Qwen 3 (Apache-2.0), DeepSeek V3 (MIT), Tekken 240911 from mistral-common (Apache-2.0).
//! A file holds the tokens by rank, each with its length before it, gzipped.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::Read;
use std::sync::OnceLock;

use fancy_regex::Regex;

use super::TokenizerFamily;

/// A vocabulary ready to count with.
struct Vocabulary {
    ranks: HashMap<Box<[u8]>, u32>,
    /// Each splits the pieces that the one before it left.
    splits: Vec<Regex>,
}

/// How a text is split before pairs are joined.
const O200K: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const DEEPSEEK: [&str; 3] = [
    r"\p{N}{1,3}",
    "[\u{4e00}-\u{9fa5}\u{3040}-\u{309f}\u{30a0}-\u{30ff}]+",
    r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
];

/// The tokens of a text; `None` where the family's vocabulary is not public, or the text cannot be split.
pub(super) fn count(text: &str, family: TokenizerFamily) -> Option<u64> {
    macro_rules! vocabulary {
        ($file:literal, $splits:expr) => {{
            static KEPT: OnceLock<Option<Vocabulary>> = OnceLock::new();
            const PACKED: &[u8] = include_bytes!(concat!("../vocabularies/", $file, ".bin.gz"));
            KEPT.get_or_init(|| Vocabulary::open(PACKED, $splits)).as_ref()
        }};
    }
    let vocabulary = match family {
        TokenizerFamily::O200k => vocabulary!("o200k", &[O200K]),
        TokenizerFamily::Qwen3 => vocabulary!("qwen3", &[QWEN]),
        TokenizerFamily::DeepSeek => vocabulary!("deepseek", &DEEPSEEK),
        TokenizerFamily::Tekken => vocabulary!("tekken", &[TEKKEN]),
        _ => None,
    }?;
    vocabulary.count(text)
}

impl Vocabulary {
    fn open(packed: &[u8], splits: &[&str]) -> Option<Self> {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).ok()?;
        let (mut ranks, mut rest) = (HashMap::new(), bytes.as_slice());
        while let Some((length, after)) = rest.split_first() {
            let (token, after) = after.split_at_checked(usize::from(*length))?;
            ranks.insert(token.into(), u32::try_from(ranks.len()).ok()?);
            rest = after;
        }
        let splits = splits.iter().map(|pattern| Regex::new(pattern).ok()).collect::<Option<_>>()?;
        Some(Vocabulary { ranks, splits })
    }

    fn count(&self, text: &str) -> Option<u64> {
        let mut pieces = vec![text];
        for split in &self.splits {
            let mut finer = Vec::with_capacity(pieces.len());
            for piece in pieces {
                let mut end = 0;
                for found in split.find_iter(piece) {
                    let found = found.ok()?;
                    // What no alternative takes is a piece of its own.
                    finer.extend(piece.get(end..found.start()).filter(|gap| !gap.is_empty()));
                    finer.push(found.as_str());
                    end = found.end();
                }
                finer.extend(piece.get(end..).filter(|gap| !gap.is_empty()));
            }
            pieces = finer;
        }
        Some(pieces.into_iter().map(|piece| self.count_piece(piece.as_bytes())).sum())
    }

    /// Joins the pair of the lowest rank until none is left.
    fn count_piece(&self, piece: &[u8]) -> u64 {
        if piece.len() < 2 || self.ranks.contains_key(piece) {
            return 1;
        }
        // Parts as a linked list over where they begin; a queue of pairs, of which some are out of date.
        let mut next: Vec<usize> = (1..=piece.len()).collect();
        let mut before: Vec<usize> = (0..piece.len()).map(|at| at.wrapping_sub(1)).collect();
        let mut alive = vec![true; piece.len()];
        let rank = |from: usize, to: usize| self.ranks.get(piece.get(from..to)?).copied();
        let mut queue = BinaryHeap::new();
        for at in 0..piece.len() - 1 {
            queue.extend(rank(at, at + 2).map(|rank| Reverse((rank, at, at + 2))));
        }
        let mut parts = piece.len() as u64;
        while let Some(Reverse((_, from, to))) = queue.pop() {
            let Some(middle) = next.get(from).copied().filter(|middle| alive[from] && *middle < piece.len()) else {
                continue;
            };
            if !alive[middle] || next[middle] != to {
                continue;
            }
            alive[middle] = false;
            next[from] = to;
            parts -= 1;
            if to < piece.len() {
                before[to] = from;
                let end = next[to];
                queue.extend(rank(from, end).map(|rank| Reverse((rank, from, end))));
            }
            if let Some(start) = before.get(from).copied().filter(|start| *start < piece.len()) {
                queue.extend(rank(start, to).map(|rank| Reverse((rank, start, to))));
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What tiktoken, tokenizers and mistral-common count.
    #[test]
    fn counts_are_those_of_the_tokenizers() {
        let table = include_str!("../../../tests/data/token_counts.jsonl");
        let mut compared = 0;
        for line in table.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = case["text"].as_str().unwrap();
            for family in TokenizerFamily::ALL {
                if let Some(ours) = count(text, family) {
                    assert_eq!(Some(ours), case["tokens"][family.key()].as_u64(), "{} {}", case["id"], family.key());
                    compared += 1;
                }
            }
        }
        assert_eq!(compared, 4 * 40);
    }

    #[test]
    fn hostile_texts_are_counted_in_time() {
        for text in ["a".repeat(200_000), " ".repeat(100_000), "\u{301}".repeat(20_000), "🙂\u{200d}".repeat(20_000)]
        {
            for family in [TokenizerFamily::O200k, TokenizerFamily::Qwen3, TokenizerFamily::DeepSeek] {
                assert!(count(&text, family).is_none_or(|tokens| tokens > 0));
            }
        }
    }
}
