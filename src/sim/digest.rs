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
        self.lanes = [super::random::mix(a ^ word), super::random::mix(b.wrapping_add(word).rotate_left(29))];
    }

    pub fn finish(self) -> String {
        let [a, b] = self.lanes;
        format!("{a:016x}{b:016x}")
    }
}
