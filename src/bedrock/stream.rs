//! An answer as the events of a stream, and everything random that its bytes contain.

use unicode_segmentation::UnicodeSegmentation;

use crate::catalog::{TokenizerFamily, weight};
use crate::sim::{Purpose, Stream};

use super::answer::{Answer, Block, Citation, StopReason};

/// An event of a stream before a dialect gives it its form.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    MessageStart,
    BlockStart {
        index: usize,
        block: &'a Block,
    },
    Delta {
        index: usize,
        delta: Delta,
    },
    BlockStop {
        index: usize,
    },
    MessageStop {
        stop_reason: StopReason,
    },
    /// Usage and times.
    End,
}

/// What an event adds to a block.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delta {
    Text(String),
    Thinking(String),
    Signature(String),
    RedactedThinking(String),
    /// A piece of a tool's input as JSON text.
    ToolInput(String),
    /// A passage that the text after it rests on.
    Citation(Citation),
}

/// An event and the share of the answer's tokens that are out once it is sent, 0 to 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step<'a> {
    pub event: Event<'a>,
    pub done: f64,
}

/// The answer as the events of a stream: each block's content in chunks of a few tokens, none of
/// which splits a grapheme. Some models send a tool's input in one piece (`whole_inputs`).
pub fn steps<'a>(
    answer: &'a Answer,
    family: TokenizerFamily,
    chunk_sizes: Stream,
    whole_inputs: bool,
) -> Vec<Step<'a>> {
    let mut chunks = Chunks { sizes: chunk_sizes, family, count: 0 };
    let mut events: Vec<(Event<'a>, u64)> = vec![(Event::MessageStart, 0)];
    for (index, block) in answer.content.iter().enumerate() {
        events.push((Event::BlockStart { index, block }, 0));
        let mut delta = |delta: Delta, tokens: u64| events.push((Event::Delta { index, delta }, tokens));
        match block {
            Block::Text(text) => chunks.each(text, |chunk, tokens| delta(Delta::Text(chunk), tokens)),
            Block::Thinking { text, signature } => {
                chunks.each(text, |chunk, tokens| delta(Delta::Thinking(chunk), tokens));
                delta(Delta::Signature(signature.clone()), 0);
            }
            Block::RedactedThinking(data) => delta(Delta::RedactedThinking(data.clone()), 0),
            Block::Cited { text, citations } => {
                for citation in citations {
                    delta(Delta::Citation(citation.clone()), 0);
                }
                chunks.each(text, |chunk, tokens| delta(Delta::Text(chunk), tokens));
            }
            Block::ToolUse { input, .. } => {
                // A tool without arguments sends nothing but one empty piece.
                let bare = input.as_object().is_some_and(serde_json::Map::is_empty);
                let json = if bare { String::new() } else { input.to_string() };
                tool_input(&mut chunks, &json, whole_inputs, &mut delta);
            }
            Block::BrokenToolUse { json, .. } => tool_input(&mut chunks, json, whole_inputs, &mut delta),
        }
        events.push((Event::BlockStop { index }, 0));
    }
    events.push((Event::MessageStop { stop_reason: answer.stop_reason }, 0));
    events.push((Event::End, 0));
    let total: u64 = events.iter().map(|(_, tokens)| tokens).sum();
    let mut sent = 0;
    let share = |sent: u64| if total == 0 { 0.0 } else { sent as f64 / total as f64 };
    events
        .into_iter()
        .map(|(event, tokens)| {
            sent += tokens;
            Step { event, done: share(sent) }
        })
        .collect()
}

/// A tool's input: an empty piece first, then the JSON, in chunks or whole.
fn tool_input(chunks: &mut Chunks, json: &str, whole: bool, delta: &mut impl FnMut(Delta, u64)) {
    if whole && !json.is_empty() {
        delta(Delta::ToolInput(json.to_string()), weight(json, chunks.family));
        return;
    }
    delta(Delta::ToolInput(String::new()), 0);
    chunks.each(json, |chunk, tokens| delta(Delta::ToolInput(chunk), tokens));
}

/// Splits texts into chunks whose sizes a stream of random numbers decides.
struct Chunks {
    sizes: Stream,
    family: TokenizerFamily,
    /// Chunks so far.
    count: u64,
}

impl Chunks {
    fn each(&mut self, text: &str, mut emit: impl FnMut(String, u64)) {
        let mut current = String::new();
        let mut tokens = 0;
        for grapheme in text.graphemes(true) {
            current.push_str(grapheme);
            tokens += weight(grapheme, self.family);
            // One to four tokens.
            if tokens >= 1000 * (1 + (self.sizes.word(self.count) >> 32) % 4) {
                emit(std::mem::take(&mut current), tokens);
                self.count += 1;
                tokens = 0;
            }
        }
        if !current.is_empty() {
            emit(current, tokens);
            self.count += 1;
        }
    }
}

/// Everything random that a call's bytes contain: ids, padding. The same seed and call number
/// give the same.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    ids: Stream,
    padding: Stream,
    chunks: u64,
    call: u64,
}

/// Letters and digits of ids.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What padding is a prefix of.
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

impl Identity {
    pub fn new(seed: u64, call: u64) -> Self {
        Identity {
            ids: Stream::new(seed, Purpose::Identity),
            padding: Stream::new(seed, Purpose::Padding),
            chunks: seed,
            call,
        }
    }

    /// Numbers of this call: those of the next begin 2²⁰ later.
    fn word(&self, stream: Stream, index: u64) -> u64 {
        stream.word((self.call << 20) + index)
    }

    /// The sizes of this call's chunks.
    pub fn chunk_sizes(&self) -> Stream {
        Stream::new(self.chunks, Purpose::ChunkSize).of_call(self.call)
    }

    fn letters(&self, index: u64, count: u64) -> String {
        let letter = |i| char::from(BASE62[(self.word(self.ids, index * 64 + i) >> 33) as usize % BASE62.len()]);
        (0..count).map(letter).collect()
    }

    /// A UUID of version 4.
    pub fn request_id(&self) -> String {
        let high = (self.word(self.ids, 0) & !0xF000) | 0x4000;
        let low = (self.word(self.ids, 1) & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// `msg_bdrk_01` and 22 letters.
    pub fn message_id(&self) -> String {
        format!("msg_bdrk_01{}", self.letters(1, 22))
    }

    /// 52 characters of a–z and 2–7, as ids of the newer doors have them.
    pub fn long_id(&self, index: u64) -> String {
        const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut id = String::with_capacity(52);
        for word in 0..5 {
            let mut bits = self.word(self.ids, (10_000 + index) * 64 + word);
            for _ in 0..12.min(52 - id.len()) {
                id.push(char::from(BASE32[(bits & 31) as usize]));
                bits >>= 5;
            }
        }
        id
    }

    /// So many hexadecimal digits.
    pub fn hex_id(&self, index: u64, digits: usize) -> String {
        use std::fmt::Write;
        let mut id = String::with_capacity(digits + 16);
        let mut word = 0;
        while id.len() < digits {
            // Writing to a string cannot fail.
            let _ = write!(id, "{:016x}", self.word(self.ids, (11_000 + index) * 64 + word));
            word += 1;
        }
        id.truncate(digits);
        id
    }

    /// The id that mantle gives a request: `req_` and 52 characters.
    pub fn mantle_request_id(&self) -> String {
        format!("req_{}", self.long_id(0))
    }

    /// A tool use's id in Claude's own body.
    pub fn claude_tool_id(&self, block: usize) -> String {
        format!("toolu_bdrk_01{}", self.letters(2 + block as u64, 22))
    }

    /// A tool use's id in Converse, for every family.
    pub fn converse_tool_id(&self, block: usize) -> String {
        format!("tooluse_{}", self.letters(2 + block as u64, 22))
    }

    /// The padding of a stream's frame, 2 to 61 letters.
    pub fn padding(&self, frame: usize) -> &'static str {
        let length = 2 + (self.word(self.padding, frame as u64) >> 33) as usize % 60;
        &PADDING[..length]
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::bedrock::Usage;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_character_is_lost_or_broken(text in "(\\PC|\n|👨‍👩‍👧|が|か\u{3099}|🏳️‍🌈|𠮷){0,80}", seed: u64) {
            let answer = Answer::text(text.clone(), Usage::default());
            let identity = Identity::new(seed, 3);
            let steps = steps(&answer, TokenizerFamily::Claude3, identity.chunk_sizes(), false);
            let boundaries: Vec<_> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            let mut sent = String::new();
            for step in &steps {
                if let Event::Delta { delta: Delta::Text(chunk), .. } = &step.event {
                    prop_assert!(!chunk.is_empty());
                    sent.push_str(chunk);
                    prop_assert!(boundaries.contains(&sent.len()));
                }
            }
            prop_assert_eq!(sent, text);
            prop_assert!(steps.is_sorted_by(|a, b| a.done <= b.done));
        }
    }

    #[test]
    fn japanese_is_split_though_it_has_no_spaces() {
        let answer = Answer::text("おすすめのアクションマンガを教えてください", Usage::default());
        let steps = steps(&answer, TokenizerFamily::Claude3, Identity::new(42, 0).chunk_sizes(), false);
        assert!(steps.len() > 8, "{}", steps.len());
    }

    #[test]
    fn ids_have_their_forms() {
        let identity = Identity::new(42, 7);
        let id = identity.request_id();
        assert_eq!((id.len(), &id[14..15]), (36, "4"));
        assert!("89ab".contains(&id[19..20]));
        assert_eq!(identity.converse_tool_id(0).len(), 30);
        assert_ne!(identity.converse_tool_id(0), identity.converse_tool_id(1));
        assert_ne!(identity.message_id(), Identity::new(42, 8).message_id());
        for frame in 0..1000 {
            assert!((2..=61).contains(&identity.padding(frame).len()));
        }
    }
}
