//! What a call carries: its prompt, by what becomes of each token.

use crate::scenario::{QueryType, Sizes};

use super::plan::dithered;

/// The tokens of a call's prompt. Read ones cost neither quota nor time; all are billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Carried {
    /// The message, and what no cache holds before it.
    pub plain: u32,
    /// Read from the prompt cache.
    pub read: u32,
    /// Written to it.
    pub written: u32,
}

impl Carried {
    /// The whole prompt.
    pub fn total(self) -> u64 {
        u64::from(self.plain) + u64::from(self.read) + u64::from(self.written)
    }

    /// What the model has to read anew: what delays the first token, and what a quota of tokens counts.
    ///
    /// # Source
    /// Measured `EstimatedTPMQuotaUsage` (2026-10-09): a cache write counts a token each, a read of 8,814
    /// tokens counts none.
    #[inline(always)]
    pub fn processed(self) -> u64 {
        u64::from(self.plain) + u64::from(self.written)
    }

    /// With a message of so many tokens.
    #[inline(always)]
    pub fn with_message(self, tokens: u32) -> Self {
        Carried { plain: self.plain.saturating_add(tokens), ..self }
    }
}

/// What stands before the messages of a query type that one model answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Before {
    /// The calls of a conversation, each as likely as its weight.
    turns: Vec<PlannedTurn>,
    /// The chance to find what is known in the prompt cache, in 2⁻³².
    hit: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct PlannedTurn {
    /// Where its share of the draws ends, in 2⁻³².
    ends: u64,
    plain: f64,
    known: f64,
    fresh: f64,
}

/// All draws: 2³².
const ALL: f64 = 4_294_967_296.0;

impl Before {
    pub fn new(kind: &QueryType, sizes: Sizes, min_cache_tokens: f64) -> Self {
        let cache = kind.prompt.cache;
        let mut turns = Vec::new();
        let mut sum = 0.0;
        sizes.each_turn(cache.map(|cache| cache.history), min_cache_tokens, |turn| {
            sum += turn.weight;
            let ends = (sum / sizes.turns * ALL) as u64;
            turns.push(PlannedTurn { ends, plain: turn.plain, known: turn.known, fresh: turn.fresh });
        });
        Before { turns, hit: (cache.map_or(0.0, |cache| cache.hit_rate) * ALL) as u64 }
    }

    /// What every call carries, if they all carry the same.
    pub fn constant(&self) -> Option<Carried> {
        let [turn] = self.turns[..] else { return None };
        let whole = [turn.plain, turn.known, turn.fresh].iter().all(|tokens| *tokens == libm::floor(*tokens));
        let certain = turn.known == 0.0 || self.hit == 0 || self.hit as f64 == ALL;
        (whole && certain).then(|| turn.carried(self.hit > 0, 0))
    }

    /// The least that a call processes before its message, in tokens.
    pub fn least(&self) -> f64 {
        let least = |turn: &PlannedTurn| turn.plain + turn.fresh + if self.hit == 0 { turn.known } else { 0.0 };
        self.turns.iter().map(least).fold(f64::INFINITY, f64::min)
    }

    /// What a call carries; one word decides its place in the conversation and whether the cache knows it,
    /// the other rounds.
    pub fn draw(&self, word: u64, round: u64) -> Carried {
        let place = word & 0xFFFF_FFFF;
        let last = self.turns.len().saturating_sub(1);
        let index = self.turns.partition_point(|turn| turn.ends <= place).min(last);
        self.turns.get(index).map_or(Carried::default(), |turn| turn.carried(word >> 32 < self.hit, round))
    }
}

impl PlannedTurn {
    fn carried(&self, hit: bool, round: u64) -> Carried {
        let (read, written) = if hit { (self.known, self.fresh) } else { (0.0, self.known + self.fresh) };
        let tokens = |tokens: f64, shift: u32| dithered(tokens, (round >> shift) as u32);
        Carried { plain: tokens(self.plain, 0), read: tokens(read, 16), written: tokens(written, 32) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};
    use crate::scenario::PromptCache;

    /// On average a call carries what the bill says.
    #[test]
    fn the_mean_call_is_the_bills() {
        let sizes = Sizes { input: 100.3, output: 99.7, system: 2_000.5, turns: 5.5 };
        for history in [false, true] {
            let mut kind = QueryType::default();
            kind.prompt.cache = Some(PromptCache { history, hit_rate: 0.7, ..PromptCache::default() });
            let before = Before::new(&kind, sizes, 1_024.0);
            let mut expected = [0.0; 3];
            sizes.each_turn(Some(history), 1_024.0, |turn| {
                let weight = turn.weight / 5.5;
                expected[0] += weight * turn.plain;
                expected[1] += weight * 0.7 * turn.known;
                expected[2] += weight * (0.3 * turn.known + turn.fresh);
            });
            let (words, rounds) = (Stream::new(1, Purpose::Conversation), Stream::new(1, Purpose::Rounding));
            let mut sums = [0.0; 3];
            let calls = 200_000;
            for call in 0..calls {
                let Carried { plain, read, written } = before.draw(words.word(call), rounds.word(call));
                sums.iter_mut().zip([plain, read, written]).for_each(|(sum, tokens)| *sum += f64::from(tokens));
            }
            for (sum, expected) in sums.into_iter().zip(expected) {
                assert!((sum / calls as f64 - expected).abs() <= 0.01 * expected, "{history}: {sum} {expected}");
            }
            assert_eq!(before.constant(), None);
        }
        let plain = Before::new(&QueryType::default(), Sizes { turns: 1.0, ..sizes }, 0.0);
        assert_eq!(plain.constant(), None, "half a token is not the same for all");
        let whole = Before::new(&QueryType::default(), Sizes { turns: 1.0, system: 7.0, ..sizes }, 0.0);
        assert_eq!(whole.constant(), Some(Carried { plain: 7, read: 0, written: 0 }));
    }
}
