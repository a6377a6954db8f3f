//! Embeddings and the order of documents by a query, without a model: seeded vectors in which texts that
//! share words and word parts are near.

use std::hash::{Hash, Hasher};

use crate::random::{Purpose, Stream};

/// Directions that one feature of a text is spread over.
const SPREAD: u64 = 16;

/// A vector of unit length: the same seed and text give the same, and texts with words in common point in
/// similar directions.
///
/// Every word and every three letters of a word are features; each is spread over 16 of the vector's
/// directions with signs that its hash decides, a sparse random projection that keeps angles.
pub(super) fn embed(text: &str, dimensions: usize, seed: u64) -> Vec<f64> {
    let mut vector = vec![0.0; dimensions.max(1)];
    let spread = Stream::new(seed, Purpose::Pool);
    for (feature, weight) in features(text) {
        for step in 0..SPREAD {
            let word = spread.word(feature.wrapping_mul(SPREAD).wrapping_add(step));
            let at = (word >> 33) as usize % vector.len();
            let sign = if word & 1 == 0 { weight } else { -weight };
            if let Some(place) = vector.get_mut(at) {
                *place += sign;
            }
        }
    }
    let length = libm::sqrt(vector.iter().map(|x| x * x).sum::<f64>());
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    } else if let Some(first) = vector.first_mut() {
        *first = 1.0;
    }
    vector
}

/// How near two texts are, 0 to 1.
pub(super) fn nearness(query: &str, document: &str, seed: u64) -> f64 {
    let (a, b) = (embed(query, 512, seed), embed(document, 512, seed));
    let cosine: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    cosine.clamp(0.0, 1.0)
}

/// The features of a text with their weights: words count more than their parts.
fn features(text: &str) -> Vec<(u64, f64)> {
    let mut features = Vec::new();
    let folded = text.to_lowercase();
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        features.push((hash(("word", word)), 1.0));
        let letters: Vec<char> = word.chars().collect();
        // Scripts without spaces make one long word: its parts tell more than the whole.
        let size = if letters.iter().any(|c| *c >= '\u{2E80}') { 2 } else { 3 };
        for part in letters.windows(size) {
            features.push((hash(("part", part)), 0.5));
        }
    }
    features
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    value.hash(&mut hasher);
    hasher.0
}

/// FNV-1a: the same on every machine, unlike the standard library's.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    // Lengths have another size on wasm: they are left out.
    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_texts_are_near() {
        let near = |a: &str, b: &str| nearness(a, b, 42);
        let question = "How do I return a damaged book?";
        assert!((near(question, question) - 1.0).abs() < 1e-9);
        let close = near(question, "Returning damaged books: how to");
        let far = near(question, "Opening hours of our cafe in Kyoto");
        assert!(close > far + 0.2, "{close} {far}");
        let japanese = near("返品の方法を教えてください", "返品の方法について");
        assert!(japanese > near("返品の方法を教えてください", "営業時間のご案内") + 0.2, "{japanese}");
        assert_ne!(embed("a", 256, 1), embed("a", 256, 2));
        for dimensions in [256, 1024, 3072] {
            let vector = embed("some text", dimensions, 7);
            assert_eq!(vector.len(), dimensions);
            let length: f64 = vector.iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-9);
        }
        assert_eq!(embed("", 256, 7).len(), 256);
    }
}
