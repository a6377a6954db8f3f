//! The calls of the walk: what one call of a conversation sends and gets, tier by tier and level by level.
//!
//! The walk is told what a [`Message`] is. For a bill it is drawn from a distribution, and tokens are numbers; for
//! the price of a single call it is a message of unknown size, and tokens are a straight line over it.

use std::ops::{Add, Div, Mul};

use crate::catalog::{Tier, TokenKind};
use crate::scenario::{CacheTtl, Distribution};

use super::super::input::TypeInput;
use super::super::part::Part;
use super::super::per_call::{CallLine, CallPrice};
use super::numbers::TypeNumbers;
use super::{Bought, ModelRow, Sheet, TypeRow};

/// The tiers beside the standard one, and their share.
const OTHER_TIERS: [(TypeInput, Tier); 3] =
    [(TypeInput::BatchPct, Tier::Batch), (TypeInput::FlexPct, Tier::Flex), (TypeInput::PriorityPct, Tier::Priority)];

/// An amount of tokens.
pub(super) trait Tokens: Copy + Add<Output = Self> + Mul<f64, Output = Self> + Div<f64, Output = Self> {
    /// So many tokens whatever the message.
    fn fixed(tokens: f64) -> Self;
}

impl Tokens for f64 {
    fn fixed(tokens: f64) -> Self {
        tokens
    }
}

/// Tokens as a straight line over a message's own: `fixed + input × the message + output × its answer`.
#[derive(Clone, Copy)]
pub(super) struct Line {
    fixed: f64,
    input: f64,
    output: f64,
}

impl Line {
    fn each(self, with: impl Fn(f64) -> f64) -> Self {
        Line { fixed: with(self.fixed), input: with(self.input), output: with(self.output) }
    }
}

impl Add for Line {
    type Output = Line;
    fn add(self, other: Line) -> Line {
        Line { fixed: self.fixed + other.fixed, input: self.input + other.input, output: self.output + other.output }
    }
}

impl Mul<f64> for Line {
    type Output = Line;
    fn mul(self, by: f64) -> Line {
        self.each(|tokens| tokens * by)
    }
}

impl Div<f64> for Line {
    type Output = Line;
    fn div(self, by: f64) -> Line {
        self.each(|tokens| tokens / by)
    }
}

impl Tokens for Line {
    fn fixed(tokens: f64) -> Self {
        Line { fixed: tokens, input: 0.0, output: 0.0 }
    }
}

/// The message of a call, without what stands before it.
pub(super) trait Message {
    type Tokens: Tokens;

    /// Of messages of more than `least` tokens and at most `most`: the fraction, and their part of the mean.
    fn between(&self, least: f64, most: f64) -> (f64, Self::Tokens);

    /// The answers to that fraction of messages.
    fn answers(&self, fraction: f64) -> Self::Tokens;
}

/// Messages of a query type: their mean, and their distribution where it matters.
pub(super) struct Drawn<'a> {
    pub input: f64,
    pub output: f64,
    pub distribution: Option<&'a Distribution>,
}

impl Message for Drawn<'_> {
    type Tokens = f64;

    fn between(&self, least: f64, most: f64) -> (f64, f64) {
        let Some(distribution) = self.distribution.filter(|_| self.input > 0.0) else {
            return if self.input > least && self.input <= most { (1.0, self.input) } else { (0.0, 0.0) };
        };
        // The mean may have been moved; the distribution is then that much wider.
        let scale = self.input / distribution.mean();
        let above = |limit: f64| {
            if limit == f64::NEG_INFINITY {
                return (1.0, self.input);
            }
            if limit == f64::INFINITY {
                return (0.0, 0.0);
            }
            let (share, part) = distribution.above(limit / scale);
            (share, part * scale)
        };
        let (more, most) = (above(least), above(most));
        (more.0 - most.0, more.1 - most.1)
    }

    fn answers(&self, fraction: f64) -> f64 {
        fraction * self.output
    }
}

/// A message of an unknown size just above so many tokens.
struct Stretch {
    above: f64,
}

impl Message for Stretch {
    type Tokens = Line;

    fn between(&self, least: f64, most: f64) -> (f64, Line) {
        let within = f64::from(u8::from(least <= self.above && self.above < most));
        (within, Line { fixed: 0.0, input: within, output: 0.0 })
    }

    fn answers(&self, fraction: f64) -> Line {
        Line { fixed: 0.0, input: 0.0, output: fraction }
    }
}

/// How the attempts of a call end, on average.
pub(in crate::cost) struct Tries {
    /// The fraction of calls that are answered in the end.
    pub success: f64,
    /// Attempts that failed after they began, for each call.
    pub errors: f64,
}

/// The tokens before the message in one call of a conversation: `before` in all, of which so many are
/// plain input, read from the prompt cache and written to it.
struct Turn {
    weight: f64,
    before: f64,
    plain: f64,
    read: f64,
    written: f64,
}

/// Tokens of the prompts on one level of a model's prices, and the fraction of calls they are of.
struct PromptTokens<T> {
    calls: f64,
    plain: T,
    read: f64,
    written: f64,
}

/// One call of a query type, answered by a model.
pub(super) struct Call<'a, M> {
    pub row: &'a TypeRow,
    pub numbers: &'a TypeNumbers,
    pub message: M,
    /// Its place among the sheet's models.
    pub model: usize,
}

impl Sheet {
    /// Tells `hear` what so many calls buy.
    pub(super) fn call<M: Message>(
        &self,
        call: &Call<'_, M>,
        calls: f64,
        tries: &Tries,
        hear: &mut impl FnMut(Part, Bought<M::Tokens>),
    ) {
        let mut standard = 1.0;
        for (pct, tier) in OTHER_TIERS {
            let share = call.numbers[pct] / 100.0;
            if share > 0.0 {
                standard -= share;
                self.call_in_tier(call, tier, calls * share, tries, hear);
            }
        }
        let calls = if standard < 1.0 { calls * standard.max(0.0) } else { calls };
        self.call_in_tier(call, Tier::Standard, calls, tries, hear);
    }

    fn call_in_tier<M: Message>(
        &self,
        call: &Call<'_, M>,
        tier: Tier,
        calls: f64,
        tries: &Tries,
        hear: &mut impl FnMut(Part, Bought<M::Tokens>),
    ) {
        let Some(model) = self.models.get(call.model) else { return };
        let write = call.row.write();
        // Another tier than the standard one caches where its cache has prices; else all is plain input.
        let priced = |token| model.prices.rule(token, tier, 0).is_some();
        let caches = tier == Tier::Standard || (priced(TokenKind::CacheRead) && priced(write));
        for level in 0..=model.prices.thresholds().len() {
            let prompt = prompt(call, model, level, caches);
            if prompt.calls == 0.0 {
                continue;
            }
            let mut answered = |token: TokenKind, tokens: M::Tokens| {
                let bought = |tokens| Bought::Tokens { model: call.model, token, tier, level, tokens };
                let share = if token == TokenKind::Output { self.failed_output_share } else { self.failed_input_share };
                hear(Part::of(token), bought(tokens * (calls * tries.success)));
                if tries.errors > 0.0 {
                    hear(Part::Retries, bought(tokens * (calls * tries.errors * share)));
                }
            };
            answered(TokenKind::Input, prompt.plain);
            answered(TokenKind::Output, call.message.answers(prompt.calls));
            if prompt.read != 0.0 {
                answered(TokenKind::CacheRead, Tokens::fixed(prompt.read));
            }
            if prompt.written != 0.0 {
                answered(write, Tokens::fixed(prompt.written));
            }
        }
    }

    /// What one attempt of a call costs: of the query type at this place, answered by this model.
    /// `None` where the scenario has no such type or does not use the model.
    pub fn call_price(&self, query_type: usize, model: &str) -> Option<CallPrice> {
        let (row, numbers) = self.types.get(query_type).zip(self.numbers.types.get(query_type))?;
        let place = self.models.iter().position(|row| row.id == model)?;
        let model = self.models.get(place)?;
        // The later a turn, the less its message may hold before the whole call is repriced.
        let mut limits = vec![f64::NEG_INFINITY];
        let mut turns = Vec::new();
        if !model.prices.thresholds().is_empty() {
            each_turn(numbers, row, model, true, &mut |turn| turns.push(turn.before));
        }
        for threshold in model.prices.thresholds() {
            let limit = |before: &f64| threshold.above_tokens as f64 - before;
            limits.extend(turns.iter().map(limit).filter(|limit| *limit >= 0.0));
        }
        limits.sort_by(f64::total_cmp);
        limits.dedup();
        let kept = 1.0 - self.numbers.discount_pct / 100.0;
        let once = Tries { success: 1.0, errors: 0.0 };
        let lines = limits.into_iter().map(|above_input| {
            let mut line = CallLine { above_input, ..CallLine::default() };
            let call = Call { row, numbers, message: Stretch { above: above_input.max(-1.0) }, model: place };
            self.call(&call, 1.0, &once, &mut |_, bought| {
                if let Bought::Tokens { token, tier, level, tokens, .. } = bought {
                    let rate = model.prices.rate(token, tier, level).map(|rate| rate.pico_per_token() * kept);
                    line.add([tokens.fixed, tokens.input, tokens.output], rate);
                }
            });
            line
        });
        Some(CallPrice::new(lines.collect()))
    }
}

/// What the prompts on one level of a model's prices are made of, on average over a conversation.
fn prompt<M: Message>(call: &Call<'_, M>, model: &ModelRow, level: usize, caches: bool) -> PromptTokens<M::Tokens> {
    let thresholds = model.prices.thresholds();
    let limit = |at: Option<usize>, or: f64| at.and_then(|at| thresholds.get(at)).map_or(or, |t| t.above_tokens as f64);
    let least = limit(level.checked_sub(1), f64::NEG_INFINITY);
    let most = limit(Some(level), f64::INFINITY);
    let turns = call.numbers[TypeInput::Turns];
    let mut sum = PromptTokens { calls: 0.0, plain: M::Tokens::fixed(0.0), read: 0.0, written: 0.0 };
    each_turn(call.numbers, call.row, model, caches, &mut |turn| {
        let Turn { weight, before, plain, read, written } = turn;
        let (calls, message) = call.message.between(least - before, most - before);
        sum.calls += weight * calls;
        sum.plain = sum.plain + (M::Tokens::fixed(calls * plain) + message) * weight;
        sum.read += weight * calls * read;
        sum.written += weight * calls * written;
    });
    if turns > 1.0 {
        return PromptTokens {
            calls: sum.calls / turns,
            plain: sum.plain / turns,
            read: sum.read / turns,
            written: sum.written / turns,
        };
    }
    sum
}

/// What stands before the message in each call of a conversation.
#[inline]
fn each_turn(v: &TypeNumbers, row: &TypeRow, model: &ModelRow, caches: bool, hear: &mut impl FnMut(Turn)) {
    let [input, output, system, turns] =
        [TypeInput::InputTokens, TypeInput::OutputTokens, TypeInput::SystemTokens, TypeInput::Turns]
            .map(|field| v[field]);
    let hit = v[TypeInput::PromptHitRate];
    let cache = row.prompt_cache.filter(|_| caches);
    // Whether an earlier turn of this conversation wrote a prefix.
    let mut written_before = false;
    let mut turn = 0.0;
    while turn < turns {
        // The last turn of a mean between two whole numbers counts for its fraction.
        let weight = (turns - turn).min(1.0);
        let history = turn * (input + output);
        let before = system + history;
        let (mut plain, mut read, mut written) = (before, 0.0, 0.0);
        match cache {
            Some((_, false)) if system > 0.0 && system >= model.min_cache_tokens => {
                (plain, read, written) = (history, hit * system, (1.0 - hit) * system);
            }
            Some((_, true)) if before > 0.0 && before >= model.min_cache_tokens => {
                // What the last turn wrote is read, what came since is written; the first turn
                // finds the system prompt of other conversations.
                let known = if written_before { before - (input + output) } else { 0.0 };
                let known = if turn == 0.0 { system } else { known };
                (plain, read, written) = (0.0, hit * known, before - hit * known);
                written_before = true;
            }
            _ => {}
        }
        hear(Turn { weight, before, plain, read, written });
        turn += 1.0;
    }
}

impl TypeRow {
    /// The kind of its cache writes.
    fn write(&self) -> TokenKind {
        match self.prompt_cache {
            Some((CacheTtl::OneHour, _)) => TokenKind::CacheWrite1h,
            _ => TokenKind::CacheWrite5m,
        }
    }
}
