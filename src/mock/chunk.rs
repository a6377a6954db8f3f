use unicode_segmentation::UnicodeSegmentation;

use crate::catalog::{TokenizerFamily, weight};
use crate::sim::{Purpose, Stream};

/// Splits a text into the chunks a model would stream, a few tokens each. A chunk never splits a
/// grapheme, and the concatenated chunks are the text.
pub fn chunks(text: &str, family: TokenizerFamily, seed: u64) -> Vec<String> {
    let sizes = Stream::new(seed, Purpose::ChunkSize);
    let target = |index: usize| 1000 * (1 + (sizes.word(index as u64) >> 32) % 4);
    let mut chunks: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut tokens = 0;
    for grapheme in text.graphemes(true) {
        current.push_str(grapheme);
        tokens += weight(grapheme, family);
        if tokens >= target(chunks.len()) {
            chunks.push(std::mem::take(&mut current));
            tokens = 0;
        }
    }
    if !current.is_empty() {
        chunks.push(current);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn no_character_is_lost_or_broken(text in "(\\PC|\n|👨‍👩‍👧|が|か\u{3099}|🏳️‍🌈|𠮷){0,80}", seed: u64) {
            let chunks = chunks(&text, TokenizerFamily::Claude3, seed);
            proptest::prop_assert_eq!(chunks.concat(), text.clone());
            let boundaries: Vec<_> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            let mut at = 0;
            for chunk in &chunks {
                proptest::prop_assert!(!chunk.is_empty());
                at += chunk.len();
                proptest::prop_assert!(boundaries.contains(&at));
            }
        }
    }

    #[test]
    fn japanese_is_split_though_it_has_no_spaces() {
        let chunks = chunks("おすすめのアクションマンガを教えてください", TokenizerFamily::Claude3, 42);
        assert!(chunks.len() > 4, "{chunks:?}");
    }
}
