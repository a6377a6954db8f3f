//! Will my requests survive the next model: each request held against a model by the mock's own checks, with the
//! rule, the place, the mend, and the tokens and the bill before and after.

mod group;
mod patch;
mod report;
mod target;

pub use group::RefusedBy;
pub use patch::{PatchOp, apply};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::{Catalog, Mode, Model, TextWeights, base_id, day_number, is_date};
use crate::import::{Call, CallOutcome, LoggedCall, Summary, thresholds};
use crate::mock::{ReadRequest, examine_again};
use crate::money::Usd;
use crate::problem::clipped;
use crate::rules::{RuleSheet, Verdict, end_of_life};
use crate::words::{English, Message, Word};

use super::Asked;
use target::Target;

/// What is asked: which models, on which day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeQuestion {
    /// The models to go to, by their ids.
    pub to: Vec<String>,
    /// `YYYY-MM-DD`; without it no model has ended.
    pub today: Option<String>,
}

/// A check on its way through the calls.
#[derive(Debug)]
pub struct Upgrade<'a> {
    catalog: &'a Catalog,
    question: UpgradeQuestion,
    targets: Vec<Target<'a>>,
    before: Summary,
    calls: u64,
    /// Calls that came from a cache of the caller's own: no model was asked.
    spared: u64,
    /// Calls for vectors or an order, which no other model takes over.
    embedding: u64,
    /// Calls that every model took, that one refused, and that nobody could look at.
    verdicts: [u64; 3],
    /// How often each model is used now.
    used: BTreeMap<String, u64>,
    /// Why calls could not be looked at, and how many.
    unseen: BTreeMap<Word, u64>,
    tokens: TokenCounts,
    /// What was counted in the texts of the last calls: they are the same for every model, and often for the next call.
    weights: TextWeights,
}

/// Tokens before and after, over the calls of which both are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct TokenCounts {
    /// Calls that count in the sum.
    of: u64,
    before: u64,
    /// Requests that no log counts, and the tokens of their prompts by estimate.
    estimated_of: u64,
    estimated: u64,
}

/// A model's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EndOfLife {
    pub model: String,
    /// `YYYY-MM-DD`; `None` where no day is known.
    pub date: Option<String>,
    /// Days from today until then; negative when it is over.
    pub days: Option<i64>,
    /// The date is the earliest one, not the one that was set.
    pub not_before: bool,
    /// Calls of the log that use it; 0 for the model to go to.
    pub calls: u64,
}

/// Something before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BeforeAfter<T> {
    pub before: Option<T>,
    pub after: Option<T>,
}

/// Between what an assumed figure may lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Range {
    pub low: f64,
    pub high: f64,
}

/// The answer for one model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OnModel {
    pub model: String,
    pub taken: u64,
    pub refused: u64,
    /// Calls that could not be looked at; never among the taken ones.
    pub not_checked: u64,
    /// Of those refused, the ones that the patches make taken.
    pub mended: u64,
    pub by_rule: Vec<RefusedBy>,
    pub tokens: BeforeAfter<u64>,
    /// Calls whose tokens are known on both sides.
    pub tokens_of: u64,
    pub bill_usd: BeforeAfter<Usd>,
    /// Calls whose prompt is cached today and would be too small for this model, or that it does not cache.
    pub cache_lost: u64,
    /// Median milliseconds to the first token of a prompt of 1,000 tokens, and output tokens a second: assumed.
    pub ttft_ms: BeforeAfter<f64>,
    pub tokens_per_s: BeforeAfter<f64>,
    /// Between what these may lie.
    pub ttft_ms_range: BeforeAfter<Range>,
    pub tokens_per_s_range: BeforeAfter<Range>,
    pub end_of_life: EndOfLife,
    /// What is not known, each with a reason.
    pub unknown: Vec<String>,
    /// The same, to be said in any language.
    #[serde(skip)]
    pub notes: Vec<Message>,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UpgradeAnswer {
    pub to: String,
    pub today: Option<String>,
    pub calls: u64,
    /// Calls that the model takes; with several models, that each takes.
    pub taken: u64,
    /// Calls that it refuses; with several, that one or more refuse.
    pub refused: u64,
    pub not_checked: u64,
    pub by_rule: Vec<RefusedBy>,
    pub tokens: BeforeAfter<u64>,
    pub bill_usd: BeforeAfter<Usd>,
    /// The models used now, and the one to go to.
    pub end_of_life: Vec<EndOfLife>,
    pub unknown: Vec<String>,
    #[serde(skip)]
    pub notes: Vec<Message>,
    /// Each model by itself.
    pub models: Vec<OnModel>,
}

/// Every model that could answer: chat models with rules that are served on a day and have a door, each once, by its
/// widest inference profile.
pub fn every_model(catalog: &Catalog, today: Option<&str>) -> Vec<String> {
    let mut best: BTreeMap<&str, (u8, &str)> = BTreeMap::new();
    for model in catalog.models().filter(|model| model.mode == Mode::Chat) {
        let Some(row) = RuleSheet::get().row(&model.id) else { continue };
        let ended = end_of_life(model).is_some_and(|day| today.is_some_and(|today| day.as_str() <= today));
        let gone = row.cell("status").starts_with("eol") && !row.cell("status").contains('(');
        let no_door = row.verdict("doors_runtime") == Verdict::No && row.verdict("doors_mantle") == Verdict::No;
        if ended || gone || no_door || model.is_retired(today) {
            continue;
        }
        let base = base_id(&model.id);
        let width = match model.id.strip_suffix(base) {
            Some("global.") => 0,
            Some("us.") => 1,
            Some("") => 2,
            _ => 3,
        };
        let known = best.entry(base).or_insert((width, &model.id));
        *known = (*known).min((width, &model.id));
    }
    best.into_values().map(|(_, id)| id.to_string()).collect()
}

impl<'a> Upgrade<'a> {
    /// # Errors
    /// A model that nobody knows, or a day that is none.
    pub fn new(catalog: &'a Catalog, question: UpgradeQuestion) -> Result<Self, String> {
        if let Some(day) = question.today.as_deref().filter(|day| !is_date(day)) {
            return Err(format!("`{}` is no day; expected YYYY-MM-DD", clipped(day, 40)));
        }
        let targets: Result<Vec<Target<'a>>, String> = question.to.iter().map(|id| Target::new(id, catalog)).collect();
        Ok(Upgrade {
            catalog,
            targets: targets?,
            before: Summary::new(&thresholds(catalog), None),
            calls: 0,
            spared: 0,
            embedding: 0,
            verdicts: [0; 3],
            used: BTreeMap::new(),
            unseen: BTreeMap::new(),
            tokens: TokenCounts::default(),
            weights: TextWeights::default(),
            question,
        })
    }

    /// Calls heard so far.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// Hears a call of a log; `place` says where it stands, for messages.
    pub fn hear(&mut self, logged: &LoggedCall, place: &str) {
        let call = &logged.call;
        if call.outcome == CallOutcome::FromCache {
            self.spared += call.requests;
            return;
        }
        if self.embeds(&call.model) {
            self.embedding += call.requests;
            return;
        }
        match logged.request.as_ref().map(|request| Asked::logged(request, &call.model)) {
            Some(Ok(asked)) => self.look(&asked, Some(call), place),
            Some(Err(reason)) => self.unseen(call, reason),
            None => self.unseen(call, Word::unseen_none),
        }
    }

    /// Hears a request by itself.
    pub fn hear_request(&mut self, asked: &Asked, place: &str) {
        if asked.model.as_deref().is_some_and(|model| self.embeds(model)) {
            self.embedding += 1;
            return;
        }
        self.look(asked, None, place);
    }

    fn embeds(&self, model: &str) -> bool {
        self.catalog.get(model).is_some_and(|model| model.mode == Mode::Embedding)
    }

    fn use_of(&mut self, model: &str, calls: u64) {
        /// The most models that are told apart.
        const MOST: usize = 1_000;
        let known = self.used.contains_key(model) || self.used.len() < MOST;
        *self.used.entry(if known { model } else { "other" }.to_string()).or_default() += calls;
    }

    fn unseen(&mut self, call: &Call, reason: Word) {
        self.calls += call.requests;
        self.verdicts[2] += call.requests;
        self.use_of(&call.model, call.requests);
        *self.unseen.entry(reason).or_default() += call.requests;
        let _ = self.before.count(call);
        self.tokens.add(Some(call), call.requests);
        for target in &mut self.targets {
            target.unseen(call, self.catalog);
        }
    }

    fn look(&mut self, asked: &Asked, call: Option<&Call>, place: &str) {
        self.calls += 1;
        let now = call.map(|call| call.model.as_str()).or(asked.model.as_deref());
        if let Some(model) = now {
            self.use_of(model, 1);
        }
        let ready = asked.ready();
        let weights = &mut self.weights;
        let read_now: Option<ReadRequest> =
            now.and_then(|model| examine_again(&ready.to(model), self.catalog, None, weights).read);
        let size = read_now.as_ref().map(|read| read.prompt.size());
        if let Some(call) = call {
            let _ = self.before.count(call);
        }
        self.tokens.add(call, 1);
        if let Some(size) = size.filter(|_| !is_counted(call)) {
            self.tokens.estimated_of += 1;
            self.tokens.estimated = self.tokens.estimated.saturating_add(size.tokens);
        }
        let today = self.question.today.as_deref();
        let mut verdict = 0;
        for target in &mut self.targets {
            let found = target.look(&ready, call, size, (self.catalog, today, &mut *weights), place);
            verdict = verdict.max(found);
        }
        self.verdicts[[0, 2, 1][verdict]] += 1;
    }

    /// The answer.
    pub fn finish(self) -> UpgradeAnswer {
        let today = self.question.today.as_deref();
        let bill = self.before.bill(self.catalog);
        let counted = self.tokens.of > 0;
        let some = counted || self.tokens.estimated_of > 0;
        let before = (
            BeforeAfter { before: some.then_some(self.tokens.before + self.tokens.estimated), after: None },
            bill.total(),
        );
        let mut notes: Vec<Message> = bill.unknown.iter().map(|name| unpriced(name)).collect();
        let unseen = self.unseen.iter();
        notes.extend(unseen.map(|(reason, calls)| Message::new(*reason).number("calls", *calls as f64)));
        if self.spared > 0 {
            notes.push(Message::new(Word::upgrade_spared).number("calls", self.spared as f64));
        }
        if self.embedding > 0 {
            notes.push(Message::new(Word::upgrade_embedding).number("calls", self.embedding as f64));
        }
        if self.tokens.estimated_of > 0 {
            notes.push(Message::new(Word::upgrade_estimated).number("calls", self.tokens.estimated_of as f64));
        }
        let uncounted = self.calls - self.tokens.of - self.tokens.estimated_of;
        if uncounted > 0 {
            notes.push(Message::new(Word::upgrade_uncounted_now).number("calls", uncounted as f64));
        }
        let speeds = Speeds::now(&self.used);
        let models: Vec<OnModel> = self
            .targets
            .into_iter()
            .map(|target| target.finish(before.0, before.1.filter(|_| counted), speeds, self.catalog, today))
            .collect();
        let mut end_of_life: Vec<EndOfLife> = self
            .used
            .iter()
            .map(|(id, calls)| EndOfLife { calls: *calls, ..EndOfLife::of(id, self.catalog, today) })
            .collect();
        let [taken, refused, not_checked] = self.verdicts;
        let (mut by_rule, mut tokens, mut bill_usd) =
            (Vec::new(), before.0, BeforeAfter { before: before.1.filter(|_| counted), after: None });
        let known = notes.clone();
        match models.as_slice() {
            [only] => {
                by_rule.clone_from(&only.by_rule);
                (tokens, bill_usd) = (only.tokens, only.bill_usd);
                notes.extend(only.notes.iter().filter(|note| !known.contains(note)).cloned());
                end_of_life.push(only.end_of_life.clone());
            }
            all => by_rule = group::joined(all),
        }
        end_of_life.sort_by(|a, b| (a.date.is_none(), &a.date, &a.model).cmp(&(b.date.is_none(), &b.date, &b.model)));
        end_of_life.dedup_by(|a, b| a.model == b.model);
        UpgradeAnswer {
            to: if let [only] = self.question.to.as_slice() { only.clone() } else { "all".to_string() },
            today: self.question.today,
            calls: self.calls,
            taken,
            refused,
            not_checked,
            by_rule,
            tokens,
            bill_usd,
            end_of_life,
            unknown: notes.iter().map(|note| note.say(&English)).collect(),
            notes,
            models,
        }
    }
}

/// A price that is not known.
fn unpriced(name: &str) -> Message {
    Message::new(Word::question_unpriced).text("name", name)
}

/// Whether the log counts a call's tokens.
fn is_counted(call: Option<&Call>) -> bool {
    call.is_some_and(|call| call.tokens != crate::cost::CallTokens::default())
}

impl TokenCounts {
    fn add(&mut self, call: Option<&Call>, calls: u64) {
        let Some(call) = call.filter(|_| is_counted(call)) else { return };
        self.of += calls;
        self.before = self.before.saturating_add(call.tokens.prompt()).saturating_add(call.tokens.output);
    }
}

impl EndOfLife {
    /// When a model ends, as its row or the price list says.
    fn of(id: &str, catalog: &Catalog, today: Option<&str>) -> Self {
        let unpriced;
        let model = match catalog.get(id) {
            Some(model) => model,
            None => {
                unpriced = Model::unpriced(id);
                &unpriced
            }
        };
        let set = end_of_life(model);
        let earliest = RuleSheet::get().row(id).map_or("", |row| row.cell("eol_not_before"));
        let earliest = Some(earliest).filter(|day| is_date(day)).map(str::to_string);
        let not_before = set.is_none() && earliest.is_some();
        let date = set.or(earliest);
        let number = |day: Option<&str>| day.and_then(day_number);
        let days = number(date.as_deref()).zip(number(today)).map(|(date, today)| date - today);
        EndOfLife { model: id.to_string(), date, days, not_before, calls: 0 }
    }
}

/// How fast the models of today are taken to be, each weighed by its calls.
#[derive(Clone, Copy, Debug, Default)]
struct Speeds {
    ttft_ms: Option<f64>,
    tokens_per_s: Option<f64>,
    ttft_range: Option<Range>,
    rate_range: Option<Range>,
}

impl Speeds {
    fn now(used: &BTreeMap<String, u64>) -> Self {
        let (mut calls, mut ttft, mut seconds) = (0.0, 0.0, 0.0);
        let (mut ttft_ends, mut second_ends) = ([0.0; 2], [0.0; 2]);
        for (id, count) in used {
            let Some(speed) = crate::catalog::speed_of(id) else { continue };
            let count = *count as f64;
            calls += count;
            ttft += count * speed.ttft_p50_ms;
            seconds += count / speed.tokens_per_s;
            for end in 0..2 {
                ttft_ends[end] += count * speed.ttft_range_ms[end];
                second_ends[end] += count / speed.tokens_per_s_range[end];
            }
        }
        let some = |value: f64| (calls > 0.0).then_some(value);
        let range = |low: f64, high: f64| (calls > 0.0).then_some(Range { low, high });
        Speeds {
            ttft_ms: some(ttft / calls),
            tokens_per_s: some(calls / seconds),
            ttft_range: range(ttft_ends[0] / calls, ttft_ends[1] / calls),
            rate_range: range(calls / second_ends[0], calls / second_ends[1]),
        }
    }
}

#[cfg(test)]
mod tests;
