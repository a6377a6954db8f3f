/// What a random number decides. Every purpose has a stream of its own, so that a decision never
/// shifts the numbers of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
#[non_exhaustive]
pub enum Purpose {
    /// Query type, route and cache outcome (16 bits), time (24 bits) and output tokens (24 bits).
    Message = 1,
    /// Input tokens, where they vary.
    InputTokens = 3,
    /// Request ids, message ids, tool use ids.
    Identity = 5,
    /// The padding of stream frames.
    Padding = 6,
    /// A call's latency.
    CallLatency = 7,
    /// Whether a call fails by a rate.
    Fault = 8,
    /// Which answer of a pool a call gets.
    Pool = 9,
    /// Where in its range an input of the bill lies.
    BillRange = 32,
    /// How many tokens a chunk of a stream holds.
    ChunkSize = 4,
    /// Settles a query type whose boundary falls within one of the 65,536 slots.
    Boundary = 2,
    /// The time between two messages.
    Gap = 10,
    /// The time that a block of messages takes to come.
    Block = 17,
    /// The shift of a preview's points.
    Preview = 18,
    /// How long a burst lasts, and the calm after it.
    Burst = 11,
    /// The stages beside the model.
    Stage = 12,
    /// The answer of the model that a message is escalated to.
    SecondAnswer = 13,
    /// How long a person waits for the first token.
    Patience = 14,
    /// Whether an attempt is throttled or fails by chance.
    Attempt = 15,
    /// The jitter of a retry's delay.
    Jitter = 16,
    /// Which messages to the browser are lost, and in which order the others come.
    Transit = 33,
    /// Where in its conversation a message stands, and whether the prompt cache knows what is before it.
    Conversation = 19,
    /// How a fraction of a token is rounded, so that the mean stays what it is.
    Rounding = 20,
    /// The answer of an attempt after one that broke.
    Again = 21,
    /// What a benchmark's simulated call meets.
    Benchmark = 101,
    /// The resamples of a comparison.
    Resampling = 102,
}

/// Random numbers by counter: the same seed, purpose and message always give the same bits,
/// whatever was drawn before.
///
/// # Source
/// SplitMix64's finaliser over a Weyl sequence (Steele, Lea and Flood, 2014).
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    key: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Stream {
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        Stream { key: mix(seed ^ mix((purpose as u64).wrapping_mul(GOLDEN))) }
    }

    /// The same stream for one call: its numbers do not depend on how many another call drew.
    #[must_use]
    pub fn of_call(self, call: u64) -> Self {
        Stream { key: mix(self.key ^ mix(call.wrapping_mul(GOLDEN))) }
    }

    /// 64 random bits for a message.
    #[inline]
    pub fn word(self, message: u64) -> u64 {
        mix(self.key.wrapping_add(message.wrapping_mul(GOLDEN)))
    }

    /// The same of all messages from one on.
    #[inline]
    pub fn words(self, message: u64) -> impl Iterator<Item = u64> {
        let mut state = self.key.wrapping_add(message.wrapping_mul(GOLDEN));
        std::iter::repeat_with(move || {
            let word = mix(state);
            state = state.wrapping_add(GOLDEN);
            word
        })
    }
}

#[inline]
pub(super) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published first outputs of SplitMix64 from state 0: the counter form gives the same
    /// sequence, shifted by one step.
    #[test]
    fn is_splitmix64() {
        let stream = Stream { key: 0 };
        assert_eq!(
            [1, 2, 3].map(|i| stream.word(i)),
            [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]
        );
    }

    #[test]
    fn seeds_and_purposes_are_independent() {
        let word = |seed, purpose| Stream::new(seed, purpose).word(7);
        assert_ne!(word(42, Purpose::Message), word(42, Purpose::Boundary));
        assert_ne!(word(42, Purpose::Message), word(43, Purpose::Message));
    }
}
