//! A scenario's day as a quota sees it: its messages drawn by the scenario's own seed and curve, each with the tokens
//! that the bill counts.

use crate::catalog::Catalog;
use crate::cost::CallTokens;
use crate::import::Call;
use crate::problem::Problems;
use crate::scenario::{Scenario, Turn};
use crate::sim::{Binds, Plan, Purpose, Stream, simulate_plan};
use crate::words::{Message, Word};

use super::{Limits, QuotaAnswer, QuotaNeeds, QuotaQuestion};

/// The most messages that are drawn.
const MOST: f64 = 2_000_000.0;
/// The day that is drawn: the first one of 2026.
const DAY_US: i64 = 1_767_225_600_000_000;

/// What the simulation says of the same day.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Simulated {
    pub binds: Option<Binds>,
    pub throttled: u64,
    pub messages: u64,
    pub unanswered: Option<f64>,
}

/// The answer for a scenario, and what its simulation says with the same quotas.
///
/// # Errors
/// Why the scenario cannot be simulated.
pub fn quota_of_scenario(
    scenario: &Scenario,
    catalog: &Catalog,
    mut question: QuotaQuestion,
) -> Result<(QuotaAnswer, Simulated), Problems> {
    let limited = if question.default_quotas { scenario.with_default_quotas() } else { scenario.clone() };
    let common = Limits { rpm: scenario.capacity.rpm, tpm: scenario.capacity.tpm };
    for kind in &scenario.types {
        for (id, _) in kind.branches() {
            let own = scenario.models.get(id);
            let limits = Limits {
                rpm: own.and_then(|own| own.rpm).or(common.rpm),
                tpm: own.and_then(|own| own.tpm).or(common.tpm),
            };
            if limits != Limits::default() {
                question.limits.entry(id.to_string()).or_insert(limits);
            }
        }
    }
    let outcome = simulate_plan(&Plan::new(&limited, catalog, None)?, &mut |_| std::ops::ControlFlow::Continue(()));
    let simulated =
        outcome.map_or(Simulated { binds: None, throttled: 0, messages: 0, unanswered: None }, |day| Simulated {
            binds: day.binds,
            throttled: day.counts.throttled,
            messages: day.messages,
            unanswered: day.unanswered,
        });
    let mut needs = QuotaNeeds::new(catalog, question);
    let drawn = scenario.daily_messages.min(MOST);
    Draw { scenario, catalog }.tell(drawn, &mut needs);
    let mut answer = needs.finish();
    let mut notes = vec![Message::from(Word::quota_q_synthetic)];
    if drawn < scenario.daily_messages {
        notes.push(Message::new(Word::quota_q_part).number("drawn", drawn).number("messages", scenario.daily_messages));
    }
    notes.append(&mut answer.notes);
    answer.unknown = notes.iter().map(|note| note.say(&crate::words::English)).collect();
    answer.notes = notes;
    Ok((answer, simulated))
}

struct Draw<'a> {
    scenario: &'a Scenario,
    catalog: &'a Catalog,
}

/// A way a message can go.
struct Way {
    until: f64,
    model: String,
    kind: String,
    input: f64,
    output: f64,
    turns: Vec<Turn>,
    hit: f64,
}

impl Draw<'_> {
    fn tell(&self, messages: f64, needs: &mut QuotaNeeds<'_>) {
        let ways = self.ways();
        let weights = self.scenario.traffic.curve.weights();
        let sum: f64 = weights.iter().sum();
        let words = Stream::new(self.scenario.seed, Purpose::Message);
        let places = Stream::new(self.scenario.seed, Purpose::Conversation);
        let gaps = Stream::new(self.scenario.seed, Purpose::Gap);
        let count = libm::round(messages) as u64;
        let unit = |word: u64| (word >> 11) as f64 / (1_u64 << 53) as f64;
        // Arrivals of a Poisson process in their order: as many exponential gaps, scaled to the day.
        let total: f64 = (0..=count).map(|number| -libm::log(1.0 - unit(gaps.word(number)))).sum();
        let mut passed = 0.0;
        for number in 0..count {
            passed -= libm::log(1.0 - unit(gaps.word(number)));
            let at_us = DAY_US + (start_s(passed / total, &weights, sum) * 1e6) as i64;
            let draw = unit(words.word(number));
            let Some(way) = ways.iter().find(|way| draw < way.until) else { continue };
            let place = unit(places.word(number));
            let tokens = way.tokens(place, unit(places.word(number ^ (1 << 63))));
            let call = Call {
                at_us: Some(at_us),
                model: way.model.clone(),
                kind: way.kind.clone(),
                tokens,
                ..Call::default()
            };
            let asked = self.scenario.capacity.max_tokens.map(|most| most as u64);
            needs.requests += 1;
            needs.add(&call, at_us, Some(asked));
        }
    }

    /// What a message can be, with the share of each; a hit of the response cache asks no model.
    fn ways(&self) -> Vec<Way> {
        let mut ways = Vec::new();
        let mut until = 0.0;
        for kind in &self.scenario.types {
            for (model, share) in kind.branches() {
                until += kind.share_pct / 100.0 * (1.0 - kind.cache.hit_rate) * share;
                let sizes = self.scenario.sizes_of(kind);
                let least = crate::cost::min_cache_tokens(self.scenario, self.catalog, model);
                let mut turns = Vec::new();
                sizes.each_turn(kind.prompt.cache.map(|cache| cache.history), least, |turn| turns.push(turn));
                ways.push(Way {
                    until,
                    model: model.to_string(),
                    kind: kind.name.clone(),
                    input: sizes.input,
                    output: sizes.output,
                    turns,
                    hit: kind.prompt.cache.map_or(0.0, |cache| cache.hit_rate),
                });
            }
        }
        ways
    }
}

impl Way {
    /// The tokens of a call at a place of its conversation.
    fn tokens(&self, place: f64, luck: f64) -> CallTokens {
        let all: f64 = self.turns.iter().map(|turn| turn.weight).sum();
        let mut left = place * all;
        let turn = self.turns.iter().find(|turn| {
            left -= turn.weight;
            left < 0.0
        });
        let turn = turn.or(self.turns.last()).copied().unwrap_or_default();
        let (read, written) = if luck < self.hit { (turn.known, turn.fresh) } else { (0.0, turn.known + turn.fresh) };
        CallTokens {
            input: libm::round(turn.plain + self.input) as u64,
            output: libm::round(self.output) as u64,
            cache_read: libm::round(read) as u64,
            cache_write_5m: libm::round(written) as u64,
            cache_write_1h: 0,
        }
    }
}

/// When a message comes, in seconds of the day, by its place in the day's traffic.
fn start_s(place: f64, weights: &[f64; 24], sum: f64) -> f64 {
    let mut left = place * sum;
    for (hour, weight) in weights.iter().enumerate() {
        if left < *weight {
            return (hour as f64 + left / weight) * 3_600.0;
        }
        left -= weight;
    }
    86_399.0
}
