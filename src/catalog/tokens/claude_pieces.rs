//! Counts of Claude's tokenizers, by pieces that the service was measured to take as one token: the fewest that a text
//! can be laid out with.
//!
//! # Source
//! A port of ctok 1.3.0 (MIT, Sander Land) with its pieces, of which each was measured by the service's own counting.
//! Nobody has published the tokenizers themselves: a count is a reconstruction, never called exact.

use std::collections::HashSet;
use std::io::Read;

use super::TokenizerFamily;
use super::claude_stream::{CAPS, Rules, SHIFT, WORD_BEGINS, WORD_ENDS, literal, normalized, stream};

/// The most bytes that a packed file unpacks to.
const MAX_UNPACKED: u64 = 16 << 20;
/// The longest run of line ends that is looked at; longer ones are counted in parts.
const MAX_TAIL: usize = 4_096;

/// The pieces of one generation, ready to count with.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    trie: Trie,
    /// Beginnings of a character's bytes, and whole characters, that are one token.
    bytes: HashSet<Box<[u8]>>,
    rules: Rules,
}

impl Pieces {
    /// Reads a generation's file: pieces, each with its length before it; a length of 0; beginnings of characters.
    pub fn open(family: TokenizerFamily, packed: &[u8]) -> Option<Self> {
        let rules = match family {
            TokenizerFamily::Claude3 => Rules { fold_quotes: true, caps_from: Some(4), frame_begins_word: true },
            TokenizerFamily::Claude5 => Rules { fold_quotes: false, caps_from: None, frame_begins_word: false },
            _ => return None,
        };
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed).take(MAX_UNPACKED).read_to_end(&mut unpacked).ok()?;
        let (mut backwards, mut bytes) = (Vec::new(), HashSet::new());
        let (mut rest, mut of_bytes) = (unpacked.as_slice(), false);
        while let Some((length, after)) = rest.split_first() {
            let (entry, after) = after.split_at_checked(usize::from(*length))?;
            rest = after;
            if entry.is_empty() {
                of_bytes = true;
            } else if of_bytes {
                bytes.insert(entry.into());
            } else {
                let piece: Vec<char> = std::str::from_utf8(entry).ok()?.chars().rev().collect();
                if let [one] = piece.as_slice()
                    && !is_marker(*one)
                {
                    bytes.insert(entry.into());
                }
                backwards.push(piece);
            }
        }
        (!backwards.is_empty()).then(|| Pieces { trie: Trie::of(backwards), bytes, rules })
    }

    /// The tokens of a text, without those of a message's frame.
    pub fn count(&self, text: &str) -> u64 {
        let text_chars = normalized(text, self.rules.fold_quotes);
        let tail = text_chars.iter().rev().take_while(|c| **c == '\n').count();
        let marked = stream(&text_chars, self.rules, text.starts_with(' '));
        self.fewest(&marked, |c| if is_marker(c) { 1 } else { self.cost_of(literal(c)) }) + self.tail(tail)
    }

    /// What line ends at the end cost: the frame ends in two, and already pays for one token of them.
    fn tail(&self, line_ends: usize) -> u64 {
        let mut cost = 0;
        let mut left = line_ends;
        while left > 0 {
            let part = left.min(MAX_TAIL);
            cost += self.fewest(&vec!['\n'; part + 2], |_| 1) - 1;
            left -= part;
        }
        cost
    }

    /// The fewest tokens that lay out a stream: pieces, and single characters at their cost.
    fn fewest(&self, stream: &[char], cost: impl Fn(char) -> u64) -> u64 {
        let mut best = vec![0_u64; stream.len() + 1];
        for end in 1..=stream.len() {
            let last = stream[end - 1];
            let mut node = self.trie.child(ROOT, last);
            best[end] = best[end - 1] + if node.is_some_and(|node| self.trie.is_piece(node)) { 1 } else { cost(last) };
            for start in (0..end - 1).rev() {
                node = node.and_then(|node| self.trie.child(node, stream[start]));
                let Some(node) = node else { break };
                if self.trie.is_piece(node) {
                    best[end] = best[end].min(best[start] + 1);
                }
            }
        }
        best[stream.len()]
    }

    /// What a character costs that no piece has: the fewest beginnings of its bytes.
    fn cost_of(&self, c: char) -> u64 {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        let mut best = [0_u64; 5];
        for end in 1..=bytes.len() {
            best[end] = best[end - 1] + 1;
            for start in 0..end - 1 {
                if self.bytes.contains(&bytes[start..end]) {
                    best[end] = best[end].min(best[start] + 1);
                }
            }
        }
        best[bytes.len()]
    }
}

fn is_marker(c: char) -> bool {
    matches!(c, WORD_BEGINS | WORD_ENDS | SHIFT | CAPS)
}

/// Pieces by their characters from the last to the first: each node's children lie behind each other, by character.
#[derive(Clone, Debug)]
struct Trie {
    /// Where each node's children begin; those of the next node end them.
    first: Vec<u32>,
    /// By child: its character. The child's own node is its place here, and one.
    chars: Vec<char>,
    is_piece: Vec<bool>,
}

const ROOT: usize = 0;

impl Trie {
    fn of(mut backwards: Vec<Vec<char>>) -> Self {
        backwards.sort();
        backwards.dedup();
        let mut trie = Trie { first: vec![0], chars: Vec::new(), is_piece: vec![false] };
        // Level by level, so that the children of a node lie together: ranges of pieces that begin alike.
        let mut level: Vec<std::ops::Range<usize>> = std::iter::once(0..backwards.len()).collect();
        let mut depth = 0;
        while !level.is_empty() {
            let mut next = Vec::new();
            for range in level {
                let mut from = range.start;
                // A piece that ends here stands first.
                while from < range.end && backwards[from].len() == depth {
                    from += 1;
                }
                while from < range.end {
                    let c = backwards[from][depth];
                    let same = backwards[from..range.end].iter().take_while(|piece| piece[depth] == c).count();
                    trie.chars.push(c);
                    trie.is_piece.push(backwards[from].len() == depth + 1);
                    next.push(from..from + same);
                    from += same;
                }
                trie.first.push(trie.chars.len() as u32);
            }
            level = next;
            depth += 1;
        }
        trie
    }

    fn child(&self, node: usize, c: char) -> Option<usize> {
        let (from, to) = (*self.first.get(node)? as usize, *self.first.get(node + 1)? as usize);
        let place = self.chars.get(from..to)?.binary_search(&c).ok()?;
        Some(from + place + 1)
    }

    fn is_piece(&self, node: usize) -> bool {
        self.is_piece.get(node).copied().unwrap_or(false)
    }
}
