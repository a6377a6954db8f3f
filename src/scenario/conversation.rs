//! What a call carries before its message: the system prompt and the conversation so far, and how much of
//! that the prompt cache may know. The bill, the quotas and the first token all ask here.

use super::{Distribution, QueryType, Scenario};

/// The sizes that a conversation is made of, in tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sizes {
    /// A message, on average.
    pub input: f64,
    /// An answer, on average, as far as the longest allowed lets it come.
    pub output: f64,
    /// The system prompt and the tools.
    pub system: f64,
    /// Messages of a conversation.
    pub turns: f64,
}

/// One call of a conversation: `plain + known + fresh` tokens stand before its message.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Turn {
    /// How many calls this one stands for: 1, or the fraction of the last one.
    pub weight: f64,
    /// Tokens that no cache holds.
    pub plain: f64,
    /// Tokens that are read from the prompt cache by a call that finds them, and else written to it.
    pub known: f64,
    /// Tokens that are written to it in any case.
    pub fresh: f64,
}

impl Turn {
    /// Tokens before the message.
    pub fn before(&self) -> f64 {
        self.plain + (self.known + self.fresh)
    }
}

impl Sizes {
    /// Tells `hear` each call of a conversation. `history` says whether a prompt cache, if there is one, holds
    /// the conversation so far too; a prefix of less than `min_cache_tokens` is not cached.
    #[inline]
    pub fn each_turn(&self, history: Option<bool>, min_cache_tokens: f64, mut hear: impl FnMut(Turn)) {
        let Sizes { input, output, system, turns } = *self;
        // Whether an earlier turn of this conversation wrote a prefix.
        let mut written_before = false;
        let mut turn = 0.0;
        while turn < turns {
            // The last turn of a mean between two whole numbers counts for its fraction.
            let weight = (turns - turn).min(1.0);
            let so_far = turn * (input + output);
            let before = system + so_far;
            let mut of_turn = Turn { weight, plain: before, known: 0.0, fresh: 0.0 };
            match history {
                Some(false) if system > 0.0 && system >= min_cache_tokens => {
                    (of_turn.plain, of_turn.known) = (so_far, system);
                }
                Some(true) if before > 0.0 && before >= min_cache_tokens => {
                    // What the last turn wrote is read, what came since is written; the first turn
                    // finds the system prompt of other conversations.
                    let known = if written_before { before - (input + output) } else { 0.0 };
                    let known = if turn == 0.0 { system } else { known };
                    of_turn = Turn { weight, plain: 0.0, known, fresh: before - known };
                    written_before = true;
                }
                _ => {}
            }
            hear(of_turn);
            turn += 1.0;
        }
    }

    /// Tokens before a message on average over a conversation.
    pub fn before(&self) -> f64 {
        let whole = libm::floor(self.turns);
        let turns = 0.5 * whole * (whole - 1.0) + (self.turns - whole) * whole;
        self.system + if self.turns > 0.0 { turns / self.turns } else { 0.0 } * (self.input + self.output)
    }
}

impl Scenario {
    /// How long the messages of a type are: what the type says, or the replayed trace.
    pub fn input_of(&self, kind: &QueryType) -> Distribution {
        self.of_trace(|trace| &trace.input_tokens).unwrap_or_else(|| kind.input_tokens.clone())
    }

    /// Tokens of a type's messages on average.
    pub fn mean_input(&self, kind: &QueryType) -> f64 {
        self.mean_of_trace(|trace| &trace.input_tokens, f64::INFINITY).unwrap_or_else(|| kind.input_tokens.mean())
    }

    /// Tokens of a type's answers on average, each as far as `capacity.max_tokens` lets it come.
    pub fn mean_output(&self, kind: &QueryType) -> f64 {
        let most = self.capacity.max_tokens.unwrap_or(f64::INFINITY);
        self.mean_of_trace(|trace| &trace.output_tokens, most).unwrap_or_else(|| kind.output_tokens.mean_up_to(most))
    }

    /// What a type's conversations are made of.
    pub fn sizes_of(&self, kind: &QueryType) -> Sizes {
        Sizes {
            input: self.mean_input(kind),
            output: self.mean_output(kind),
            system: kind.prompt.system_tokens,
            turns: kind.prompt.turns,
        }
    }

    fn of_trace(&self, of: impl Fn(&super::Trace) -> &Vec<f64>) -> Option<Distribution> {
        let trace = self.traffic.trace.as_deref().filter(|_| self.traffic.arrivals == super::Arrivals::Trace)?;
        let tokens = of(trace);
        (!tokens.is_empty()).then(|| Distribution::empirical(tokens.clone()))
    }

    fn mean_of_trace(&self, of: impl Fn(&super::Trace) -> &Vec<f64>, most: f64) -> Option<f64> {
        let trace = self.traffic.trace.as_deref().filter(|_| self.traffic.arrivals == super::Arrivals::Trace)?;
        let tokens = of(trace);
        (!tokens.is_empty()).then(|| tokens.iter().map(|tokens| tokens.min(most)).sum::<f64>() / tokens.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six turns of 200 tokens after a system prompt of 10,000: 10,500 before a message on average.
    #[test]
    fn the_mean_is_the_mean_of_the_turns() {
        for turns in [1.0, 1.5, 2.0, 2.5, 6.0] {
            let sizes = Sizes { input: 100.0, output: 100.0, system: 10_000.0, turns };
            for history in [None, Some(false), Some(true)] {
                let (mut sum, mut weight) = (0.0, 0.0);
                sizes.each_turn(history, 1_024.0, |turn| {
                    sum += turn.weight * turn.before();
                    weight += turn.weight;
                });
                assert!((weight - turns).abs() < 1e-12);
                assert!((sum / turns - sizes.before()).abs() < 1e-9, "{turns} {history:?}");
            }
        }
        assert_eq!(Sizes { input: 100.0, output: 100.0, system: 10_000.0, turns: 6.0 }.before(), 10_500.0);
    }
}
