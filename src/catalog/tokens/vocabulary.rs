//! Counts by the tokens themselves: byte-pair encoding with the public vocabularies of four families, and the measured
//! pieces of Claude's.
//!
//! # Source
//! o200k from tiktoken (MIT), Qwen 3 (Apache-2.0), DeepSeek V3 (MIT), Tekken 240911 from mistral-common (Apache-2.0):
//! a file holds the tokens by rank, each with its length before it, gzipped. Claude: see `claude_pieces`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::Read;

use super::claude_pieces::Pieces;
use super::split::{Splitter, split};
use super::{CountMethod, TokenizerFamily};

/// A family's vocabulary, ready to count with.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    family: TokenizerFamily,
    tokens: Tokens,
}

#[derive(Clone, Debug)]
enum Tokens {
    Pairs(Pairs),
    Pieces(Box<Pieces>),
}

/// Tokens by rank, which says in what order pairs are joined.
#[derive(Clone, Debug)]
struct Pairs {
    ranks: HashMap<Box<[u8]>, u32>,
    splitter: Splitter,
}

/// The most bytes that a packed vocabulary unpacks to.
const MAX_UNPACKED: u64 = 16 << 20;

/// The vocabulary that comes with the program; `None` where none may be shipped.
#[cfg(feature = "vocabularies")]
pub(super) fn shipped(family: TokenizerFamily) -> Option<&'static Vocabulary> {
    use std::sync::OnceLock;
    macro_rules! vocabulary {
        ($file:literal) => {{
            static KEPT: OnceLock<Option<Vocabulary>> = OnceLock::new();
            const PACKED: &[u8] = include_bytes!(concat!("../vocabularies/", $file, ".bin.gz"));
            KEPT.get_or_init(|| Vocabulary::open(family, PACKED)).as_ref()
        }};
    }
    match family {
        TokenizerFamily::Claude3 => vocabulary!("claude3"),
        TokenizerFamily::Claude5 => vocabulary!("claude5"),
        TokenizerFamily::O200k => vocabulary!("o200k"),
        TokenizerFamily::Qwen3 => vocabulary!("qwen3"),
        TokenizerFamily::DeepSeek => vocabulary!("deepseek"),
        TokenizerFamily::Tekken => vocabulary!("tekken"),
        _ => None,
    }
}

impl Vocabulary {
    /// Reads a family's file, [`TokenizerFamily::vocabulary_file`]; `None` where it is broken, or the family has none.
    pub fn open(family: TokenizerFamily, packed: &[u8]) -> Option<Self> {
        let splitter = match family {
            TokenizerFamily::Claude3 | TokenizerFamily::Claude5 => {
                let pieces = Pieces::open(family, packed)?;
                return Some(Vocabulary { family, tokens: Tokens::Pieces(Box::new(pieces)) });
            }
            TokenizerFamily::O200k => Splitter::O200k,
            TokenizerFamily::Qwen3 => Splitter::Qwen,
            TokenizerFamily::DeepSeek => Splitter::DeepSeek,
            TokenizerFamily::Tekken => Splitter::Tekken,
            _ => return None,
        };
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed).take(MAX_UNPACKED).read_to_end(&mut bytes).ok()?;
        let (mut ranks, mut rest) = (HashMap::new(), bytes.as_slice());
        while let Some((length, after)) = rest.split_first() {
            let (token, after) = after.split_at_checked(usize::from(*length))?;
            ranks.insert(token.into(), u32::try_from(ranks.len()).ok()?);
            rest = after;
        }
        (!ranks.is_empty()).then_some(Vocabulary { family, tokens: Tokens::Pairs(Pairs { ranks, splitter }) })
    }

    /// Whose vocabulary it is.
    pub fn family(&self) -> TokenizerFamily {
        self.family
    }

    /// What its counts are: exact, or by a reconstruction.
    pub fn method(&self) -> CountMethod {
        match self.tokens {
            Tokens::Pairs(_) => CountMethod::Exact,
            Tokens::Pieces(_) => CountMethod::Reconstruction,
        }
    }

    /// The tokens of a text.
    pub fn count(&self, text: &str) -> u64 {
        match &self.tokens {
            Tokens::Pairs(pairs) => pairs.count(text),
            Tokens::Pieces(pieces) => pieces.count(text),
        }
    }
}

impl Pairs {
    fn count(&self, text: &str) -> u64 {
        use unicode_normalization::{UnicodeNormalization, is_nfc};
        // Qwen's composes what is written in parts.
        if self.splitter == Splitter::Qwen && !is_nfc(text) {
            return self.count(&text.nfc().collect::<String>());
        }
        let mut tokens = 0;
        split(text, self.splitter, &mut |piece| tokens += self.count_piece(piece.as_bytes()));
        tokens
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

#[cfg(all(test, feature = "vocabularies", not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    /// What tiktoken, tokenizers, mistral-common and ctok count, over both tables of texts.
    #[test]
    fn counts_are_those_of_the_tokenizers() {
        let tables = [
            include_str!("../../../tests/data/token_counts.jsonl"),
            include_str!("../../../tests/data/token_heldout.jsonl"),
        ];
        let mut compared = std::collections::BTreeMap::new();
        for line in tables.iter().flat_map(|table| table.lines()) {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = case["text"].as_str().unwrap();
            for family in TokenizerFamily::ALL {
                if let (Some(vocabulary), Some(theirs)) = (shipped(family), case["tokens"][family.key()].as_u64()) {
                    assert_eq!(vocabulary.count(text), theirs, "{} {}", case["id"], family.key());
                    *compared.entry(family.key()).or_insert(0) += 1;
                }
            }
        }
        let of = |family: &str| compared.get(family).copied();
        assert_eq!(
            (of("o200k"), of("qwen3"), of("deepseek"), of("tekken")),
            (Some(102), Some(102), Some(102), Some(102))
        );
        assert!(of("claude3") >= Some(62) && of("claude5") >= Some(62), "{compared:?}");
    }

    /// Qwen's tokenizer composes a text first: 26 by `tokenizers`, however it is written.
    #[test]
    fn decomposed_text_counts_as_composed() {
        use unicode_normalization::UnicodeNormalization;
        let text = "がぎぐげご パピプペポ ガギグゲゴ。プログラムのデータベース。café déjà";
        let Some(qwen) = shipped(TokenizerFamily::Qwen3) else { return };
        assert_eq!((qwen.count(text), qwen.count(&text.nfd().collect::<String>())), (26, 26));
    }

    /// Texts thrown together from what the rules tell apart, counted by ctok 1.3.0: `tests/data/claude_oracle.py`.
    #[test]
    fn claudes_pieces_are_laid_out_as_ctok_does() {
        let table = include_str!("../../../tests/data/claude_counts.jsonl");
        let mut compared = 0;
        for line in table.lines() {
            let (text, claude3, claude5): (String, u64, u64) = serde_json::from_str(line).unwrap();
            for (family, theirs) in [(TokenizerFamily::Claude3, claude3), (TokenizerFamily::Claude5, claude5)] {
                let ours = shipped(family).unwrap().count(&text);
                assert_eq!(ours, theirs, "{} {text:?}", family.key());
                compared += 1;
            }
        }
        assert!(compared > 2_000, "{compared}");
    }

    #[test]
    fn hostile_texts_are_counted_in_time() {
        for text in [
            "a".repeat(200_000),
            " ".repeat(100_000),
            "\u{301}".repeat(20_000),
            "🙂\u{200d}".repeat(20_000),
            "\n".repeat(100_000),
        ] {
            for vocabulary in TokenizerFamily::ALL.into_iter().filter_map(shipped) {
                assert!(vocabulary.count(&text) > 0);
            }
        }
        assert!(Vocabulary::open(TokenizerFamily::O200k, b"broken").is_none());
        assert!(Vocabulary::open(TokenizerFamily::Claude3, b"").is_none());
    }
}
