//! The calls of the walk: what one call of a conversation sends and gets, tier by tier and level by level.
//!
use crate::catalog::{Tier, TokenKind};
use crate::scenario::{CacheTtl, Distribution, Sizes, Turn};

use super::super::input::TypeInput;
use super::super::part::Part;
use super::numbers::TypeNumbers;
use super::{Bought, ModelRow, Sheet, TypeRow};

/// The tiers beside the standard one, and their share.
pub(super) const OTHER_TIERS: [(TypeInput, Tier); 3] =
    [(TypeInput::BatchPct, Tier::Batch), (TypeInput::FlexPct, Tier::Flex), (TypeInput::PriorityPct, Tier::Priority)];

/// Messages of a query type: their mean, and their distribution where it matters.
pub(super) struct Drawn<'a> {
    pub input: f64,
    pub output: f64,
    pub distribution: Option<&'a Distribution>,
}

impl Drawn<'_> {
    /// Of messages of more than `least` tokens and at most `most`: the fraction, and their part of the mean.
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
}

/// How the attempts of a call end, on average.
pub(in crate::cost) struct Tries {
    /// The fraction of calls that are answered in the end.
    pub success: f64,
    /// Attempts that failed after they began, for each call.
    pub errors: f64,
}

/// Tokens of the prompts on one level of a model's prices, and the fraction of calls they are of.
struct PromptTokens {
    calls: f64,
    plain: f64,
    read: f64,
    written: f64,
}

/// One call of a query type, answered by a model.
pub(super) struct Call<'a> {
    pub row: &'a TypeRow,
    pub numbers: &'a TypeNumbers,
    pub message: Drawn<'a>,
    /// Its place among the sheet's models.
    pub model: usize,
}

impl Sheet {
    /// Tells `hear` what so many calls buy.
    pub(super) fn call(&self, call: &Call<'_>, calls: f64, tries: &Tries, hear: &mut impl FnMut(Part, Bought)) {
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

    fn call_in_tier(
        &self,
        call: &Call<'_>,
        tier: Tier,
        calls: f64,
        tries: &Tries,
        hear: &mut impl FnMut(Part, Bought),
    ) {
        let Some(model) = self.models.get(call.model) else { return };
        let write = call.row.write();
        let caches = model.caches(tier, write);
        for level in 0..=model.prices.thresholds().len() {
            let prompt = prompt(call, model, level, caches);
            if prompt.calls == 0.0 {
                continue;
            }
            let mut answered = |token: TokenKind, tokens: f64| {
                let bought = |tokens| Bought::Tokens { model: call.model, token, tier, level, tokens };
                let share = if token == TokenKind::Output { self.failed_output_share } else { self.failed_input_share };
                hear(Part::of(token), bought(tokens * (calls * tries.success)));
                if tries.errors > 0.0 {
                    hear(Part::Retries, bought(tokens * (calls * tries.errors * share)));
                }
            };
            answered(TokenKind::Input, prompt.plain);
            answered(TokenKind::Output, prompt.calls * call.message.output);
            if prompt.read != 0.0 {
                answered(TokenKind::CacheRead, prompt.read);
            }
            if prompt.written != 0.0 {
                answered(write, prompt.written);
            }
        }
    }
}

/// What the prompts on one level of a model's prices are made of, on average over a conversation.
fn prompt(call: &Call<'_>, model: &ModelRow, level: usize, caches: bool) -> PromptTokens {
    let thresholds = model.prices.thresholds();
    let limit = |at: Option<usize>, or: f64| at.and_then(|at| thresholds.get(at)).map_or(or, |t| t.above_tokens as f64);
    let least = limit(level.checked_sub(1), f64::NEG_INFINITY);
    let most = limit(Some(level), f64::INFINITY);
    let turns = call.numbers[TypeInput::Turns];
    let hit = call.numbers[TypeInput::PromptHitRate];
    let mut sum = PromptTokens { calls: 0.0, plain: 0.0, read: 0.0, written: 0.0 };
    each_turn(call.numbers, call.row, model, caches, &mut |turn| {
        let Turn { weight, plain, known, fresh } = turn;
        let before = turn.before();
        let read = hit * known;
        let written = known + fresh - read;
        let (calls, message) = call.message.between(least - before, most - before);
        sum.calls += weight * calls;
        sum.plain += weight * (calls * plain + message);
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
    let history = row.prompt_cache.filter(|_| caches).map(|(_, history)| history);
    Sizes { input, output, system, turns }.each_turn(history, model.min_cache_tokens, hear);
}

impl TypeRow {
    /// The kind of its cache writes.
    pub(super) fn write(&self) -> TokenKind {
        match self.prompt_cache {
            Some((CacheTtl::OneHour, _)) => TokenKind::CacheWrite1h,
            _ => TokenKind::CacheWrite5m,
        }
    }
}
