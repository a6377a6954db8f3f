//! A scenario's day as a quota sees it: its messages drawn by the scenario's own seed and curve, each with the tokens
//! that the bill counts.

use crate::catalog::Catalog;
use crate::cost::CallTokens;
use crate::import::Call;
use crate::problem::Problems;
use crate::random::{Purpose, Stream};
use crate::scenario::{Scenario, Turn};
use crate::sim::{Assumed, Binds, Plan, simulate_plan};
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
    /// What it took for granted, each with its figure.
    pub assumed: Vec<Assumed>,
}

/// The answer for a scenario, and what its simulation says with the same quotas.
///
/// # Errors
/// Why the scenario cannot be simulated.
pub fn quota_of_scenario(
    scenario: &Scenario,
    catalog: &Catalog,
    question: QuotaQuestion,
) -> Result<(QuotaAnswer, Simulated), Problems> {
    let limited = if question.default_quotas { scenario.with_default_quotas() } else { scenario.clone() };
    let question = with_own(question, scenario);
    let outcome = simulate_plan(&Plan::new(&limited, catalog, None)?, &mut |_| std::ops::ControlFlow::Continue(()));
    let simulated = outcome.map_or(
        Simulated { binds: None, throttled: 0, messages: 0, unanswered: None, assumed: Vec::new() },
        |day| Simulated {
            binds: day.binds,
            throttled: day.counts.throttled,
            messages: day.messages,
            unanswered: day.unanswered,
            assumed: day.assumed,
        },
    );
    let mut needs = ScenarioQuota::of(scenario, catalog, question);
    while needs.step(u64::MAX) < 1.0 {}
    Ok((needs.finish(), simulated))
}

/// The needs of a scenario's day on their way: its messages are drawn some at a time, so that who shows them need not
/// stand still.
pub struct ScenarioQuota<'a> {
    scenario: &'a Scenario,
    needs: QuotaNeeds<'a>,
    ways: Vec<Way>,
    /// The sum of all gaps, which is the day.
    total: f64,
    passed: f64,
    next: u64,
    count: u64,
}

impl<'a> ScenarioQuota<'a> {
    /// Of a scenario without problems, with its own quotas where the question has none.
    pub fn new(scenario: &'a Scenario, catalog: &'a Catalog, question: QuotaQuestion) -> Self {
        Self::of(scenario, catalog, with_own(question, scenario))
    }

    fn of(scenario: &'a Scenario, catalog: &'a Catalog, question: QuotaQuestion) -> Self {
        let count = libm::round(scenario.daily_messages.min(MOST)) as u64;
        // Arrivals of a Poisson process in their order: as many exponential gaps, scaled to the day.
        let total = (0..=count).map(|number| gap(scenario, number)).sum();
        let (needs, ways) = (QuotaNeeds::new(catalog, question), ways(scenario, catalog));
        ScenarioQuota { scenario, needs, ways, total, passed: 0.0, next: 0, count }
    }

    /// Draws at most so many messages more; the share of the day that is drawn, 1 at the end.
    pub fn step(&mut self, most: u64) -> f64 {
        let weights = self.scenario.traffic.curve.weights();
        let sum: f64 = weights.iter().sum();
        let words = Stream::new(self.scenario.seed, Purpose::Message);
        let places = Stream::new(self.scenario.seed, Purpose::Conversation);
        let asked = self.scenario.capacity.max_tokens.map(|most| most as u64);
        let end = self.next.saturating_add(most).min(self.count);
        for number in self.next..end {
            self.passed += gap(self.scenario, number);
            let at_us = DAY_US + (start_s(self.passed / self.total, &weights, sum) * 1e6) as i64;
            let draw = unit(words.word(number));
            let Some(way) = self.ways.iter().find(|way| draw < way.until) else { continue };
            let place = unit(places.word(number));
            let tokens = way.tokens(place, unit(places.word(number ^ (1 << 63))));
            let call = Call {
                at_us: Some(at_us),
                model: way.model.clone(),
                kind: way.kind.clone(),
                tokens,
                ..Call::default()
            };
            self.needs.requests += 1;
            self.needs.add(&call, "", at_us, Some(asked));
        }
        self.next = end;
        if self.count == 0 { 1.0 } else { end as f64 / self.count as f64 }
    }

    /// The answer of what was drawn.
    pub fn finish(self) -> QuotaAnswer {
        let mut answer = self.needs.finish();
        let mut notes = vec![Message::from(Word::quota_q_synthetic)];
        let (drawn, messages) = (self.next as f64, self.scenario.daily_messages);
        if drawn < libm::floor(messages) {
            notes.push(Message::new(Word::quota_q_part).number("drawn", drawn).number("messages", messages));
        }
        for needs in answer.models.iter().filter(|needs| needs.limits.burndown.is_none() && !needs.unknown_burndown) {
            notes.push(
                Message::new(Word::quota_q_burndown_own).text("model", &needs.model).number("burndown", needs.burndown),
            );
        }
        notes.append(&mut answer.notes);
        answer.unknown = notes.iter().map(|note| note.say(&crate::words::English)).collect();
        answer.notes = notes;
        answer
    }
}

/// A number from 0 to 1, without 1.
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

/// The gap before a message, before gaps are scaled to the day.
fn gap(scenario: &Scenario, number: u64) -> f64 {
    -libm::log(1.0 - unit(Stream::new(scenario.seed, Purpose::Gap).word(number)))
}

/// The question with the scenario's quotas where it has none.
fn with_own(mut question: QuotaQuestion, scenario: &Scenario) -> QuotaQuestion {
    let common = Limits { rpm: scenario.capacity.rpm, tpm: scenario.capacity.tpm, burndown: None };
    for kind in &scenario.types {
        for (id, _) in kind.branches() {
            let own = scenario.models.get(id);
            let limits = Limits {
                rpm: own.and_then(|own| own.rpm).or(common.rpm),
                tpm: own.and_then(|own| own.tpm).or(common.tpm),
                burndown: scenario.said_burndown(id),
            };
            if limits != Limits::default() {
                question.limits.entry(id.to_string()).or_insert(limits);
            }
        }
    }
    question
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

/// What a message can be, with the share of each; a hit of the response cache asks no model.
fn ways(scenario: &Scenario, catalog: &Catalog) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut until = 0.0;
    for kind in &scenario.types {
        for (model, share) in kind.branches() {
            until += kind.share_pct / 100.0 * (1.0 - kind.cache.hit_rate) * share;
            let sizes = scenario.sizes_of(kind);
            let least = crate::cost::min_cache_tokens(scenario, catalog, model);
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
