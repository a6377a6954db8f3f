//! One text for all bits of a result.

use crate::pack::Packed;

/// A fast hash of a run's numbers: two lanes of the finaliser that the random numbers come from.
/// It tells results apart; it protects nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Digest {
    lanes: [u64; 2],
}

impl Digest {
    #[inline]
    pub fn add(&mut self, word: u64) {
        let [a, b] = self.lanes;
        self.lanes = [crate::random::mix(a ^ word), crate::random::mix(b.wrapping_add(word).rotate_left(29))];
    }

    /// Adds every number and every letter of a packed value.
    pub fn add_packed(&mut self, packed: &Packed) {
        packed.numbers.iter().for_each(|number| self.add(number.to_bits()));
        packed.text.bytes().for_each(|byte| self.add(u64::from(byte)));
    }

    pub fn finish(self) -> String {
        let [a, b] = self.lanes;
        format!("{a:016x}{b:016x}")
    }
}
