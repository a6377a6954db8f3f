//! What a scenario's values may be: each by its own range, and what must hold between them.

use crate::problem::{Problem, Problems};
use crate::words::{Message, Word};

use super::form::{Check, Form, Limits, Place};
use super::{Arrivals, ModelProfile, QueryType, Scenario, Trace, VERSION};

/// The most query types a mix may have.
pub const MAX_TYPES: usize = 64;

/// The most messages a day: a thousand times the largest chatbots.
pub(super) const MAX_DAILY: f64 = 1e12;
/// The longest time anything may take: a day, in milliseconds.
pub(super) const MAX_MS: f64 = 86_400_000.0;
/// The most tokens a message may have.
pub(super) const MAX_TOKENS: f64 = 100e6;
/// The most servers of a pool.
pub(super) const MAX_SERVERS: f64 = 65_536.0;
/// The most stages beside the model.
const MAX_STAGES: usize = 16;
/// The most messages of a trace that a document carries.
pub const MAX_TRACE: usize = 2_000_000;
/// The furthest from its zero that a trace's clock may be: thirty thousand years, in milliseconds.
const MAX_TIME_MS: f64 = 1e15;
/// The most messages of a conversation.
pub const MAX_TURNS: f64 = 1000.0;
/// The most of any unit or price of a service.
pub(super) const MAX_SERVICE: f64 = 1e9;
/// The highest quota of requests a minute.
pub(super) const MAX_RPM: f64 = 1e12;
/// The highest quota of tokens a minute.
pub(super) const MAX_TPM: f64 = 1e15;
/// The most quota tokens that an output token costs.
pub(super) const MAX_BURNDOWN: f64 = 1000.0;
/// How far shares may sum from 100 % before anyone is told.
const SHARE_TOLERANCE_PCT: f64 = 1e-6;

impl Scenario {
    /// Everything wrong with the document's values, in its own order; empty when all is well.
    pub fn problems(&self) -> Vec<Problem> {
        let mut check = Check::default();
        let document = Place::Document;
        if self.types.len() > MAX_TYPES {
            let what = Message::new(Word::mix_too_long).number("count", self.types.len() as f64);
            let what = what.number("most", MAX_TYPES as f64);
            check.error(&document.field("types"), what, Word::mix_too_long_hint);
            return check.found;
        }
        if self.version == 0 || self.version > VERSION {
            let what = Message::new(Word::scenario_version).number("version", f64::from(self.version));
            check.error(&document.field("version"), what, Word::scenario_version_hint);
        }
        self.check_fields(&document, &mut check);
        if let Some(region) = self.region.as_ref().filter(|region| !crate::catalog::is_region(region)) {
            let what = Message::new(Word::region_form).text("region", region);
            check.error(&document.field("region"), what, Word::region_form_hint);
        }
        if self.types.is_empty() {
            check.error(&document.field("types"), Word::mix_empty, Word::mix_empty_hint);
        }
        for (index, kind) in self.types.iter().enumerate() {
            check.query_type(&document.field("types").item(index), kind, &self.types[..index]);
        }
        check.shares(&document.field("types"), self.types.iter().map(|t| t.share_pct));
        for (id, profile) in &self.models {
            check.model(&document.field("models").field(id), profile);
        }
        check.surroundings(self);
        check.found
    }

    /// The document, if nothing is wrong with it.
    ///
    /// # Errors
    /// The problems that are errors.
    pub fn valid(&self) -> Result<&Self, Problems> {
        let errors: Vec<_> = self.problems().into_iter().filter(Problem::is_error).collect();
        if errors.is_empty() { Ok(self) } else { Err(Problems(errors)) }
    }
}

impl Check {
    fn model(&mut self, place: &Place<'_>, profile: &ModelProfile) {
        if profile.ttft.is_some() && profile.tokens_per_s.is_none() {
            self.error(&place.field("tokens_per_s"), Word::ttft_needs_rate, Word::ttft_needs_rate_hint);
        }
        if profile.ttft.is_some() && profile.latency.is_some() {
            self.error(&place.field("latency"), Word::latency_and_ttft, Word::latency_and_ttft_hint);
        }
    }

    /// Traffic, stages, currency.
    fn surroundings(&mut self, scenario: &Scenario) {
        let document = Place::Document;
        let traffic = document.field("traffic");
        if scenario.traffic.curve.weights().iter().sum::<f64>() <= 0.0 {
            self.error(&traffic.field("curve"), Word::curve_empty, Word::curve_empty_hint);
        }
        if scenario.traffic.arrivals == Arrivals::Trace {
            self.trace(&traffic.field("trace"), scenario.traffic.trace.as_deref());
        }
        let stages: usize = scenario.stages.iter().map(|group| group.parallel.len()).sum();
        if stages > MAX_STAGES {
            let what = Message::new(Word::too_many_stages).number("count", stages as f64);
            let hint = Message::new(Word::too_many_stages_hint).number("most", MAX_STAGES as f64);
            self.error(&document.field("stages"), what, hint);
        }
        if let Some(currency) = &scenario.billing.currency
            && (currency.code.len() != 3 || !currency.code.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            let what = Message::new(Word::currency_code).text("code", &currency.code);
            let place = document.field("billing");
            self.error(&place.field("currency").field("code"), what, Word::currency_code_hint);
        }
    }

    fn trace(&mut self, place: &Place<'_>, trace: Option<&Trace>) {
        let Some(trace) = trace.filter(|trace| !trace.arrivals_ms.is_empty()) else {
            self.error(place, Word::trace_missing, Word::trace_missing_hint);
            return;
        };
        let count = trace.arrivals_ms.len();
        if count > MAX_TRACE {
            let what = Message::new(Word::trace_too_long).number("count", count as f64);
            self.error(place, what, Message::new(Word::trace_too_long_hint).number("most", MAX_TRACE as f64));
        }
        let arrivals = place.field("arrivals_ms");
        let times = Limits::of(-MAX_TIME_MS, MAX_TIME_MS);
        let wild = trace.arrivals_ms.iter().position(|at_ms| !(-MAX_TIME_MS..=MAX_TIME_MS).contains(at_ms));
        if let Some(at) = wild {
            self.range(&arrivals.item(at), trace.arrivals_ms[at], &times);
            return;
        }
        let back = trace
            .arrivals_ms
            .windows(2)
            .position(|pair| pair[0].partial_cmp(&pair[1]).is_none_or(|order| order.is_gt()));
        if let Some(at) = back {
            self.error(&arrivals.item(at + 1), Word::trace_back, Word::trace_back_hint);
        }
        for (name, tokens) in [("input_tokens", &trace.input_tokens), ("output_tokens", &trace.output_tokens)] {
            let place = place.field(name);
            if !tokens.is_empty() && tokens.len() != count {
                let what = Message::new(Word::trace_lengths)
                    .number("tokens", tokens.len() as f64)
                    .number("count", count as f64);
                self.error(&place, what, Word::trace_lengths_hint);
            }
            if let Some(at) = tokens.iter().position(|tokens| !(0.0..=MAX_TOKENS).contains(tokens)) {
                self.range(&place.item(at), tokens[at], &Limits::of(0.0, MAX_TOKENS));
            }
        }
    }

    fn query_type(&mut self, place: &Place<'_>, kind: &QueryType, before: &[QueryType]) {
        if kind.name.trim().is_empty() {
            self.error(&place.field("name"), Word::name_empty, Word::name_empty_hint);
        }
        if before.iter().any(|other| other.name == kind.name) {
            let what = Message::new(Word::name_twice).text("name", &kind.name);
            self.error(&place.field("name"), what, Word::name_twice_hint);
        }
        let tiers = kind.tiers;
        let sum = tiers.batch_pct + tiers.flex_pct + tiers.priority_pct;
        if sum > 100.0 + SHARE_TOLERANCE_PCT {
            self.error(&place.field("tiers"), Message::new(Word::tiers_sum).number("sum", sum), Word::tiers_sum_hint);
        }
        match (&kind.model, &kind.route) {
            (Some(_), None) => {}
            (None, Some(route)) => {
                let sum: f64 = route.iter().map(|branch| branch.share_pct).sum();
                if route.is_empty() || (sum - 100.0).abs() > SHARE_TOLERANCE_PCT {
                    let what = Message::new(Word::route_sum).number("sum", sum);
                    self.error(&place.field("route"), what, Word::route_sum_hint);
                }
            }
            _ => self.error(&place.field("model"), Word::model_or_route, Word::model_or_route_hint),
        }
    }

    /// Shares above 100 % cannot be; shares below leave messages without a type.
    fn shares(&mut self, place: &Place<'_>, shares: impl Iterator<Item = f64>) {
        let sum: f64 = shares.sum();
        let what = || Message::new(Word::share_sum).number("sum", sum);
        if sum > 100.0 + SHARE_TOLERANCE_PCT {
            self.error(place, what(), Word::share_sum_over_hint);
        } else if sum < 100.0 - SHARE_TOLERANCE_PCT {
            let rest = Message::new(Word::share_sum_under_hint).number("rest", 100.0 - sum);
            self.found.push(Problem::warning(place.to_string(), what(), rest));
        }
    }
}
