use std::fmt::Display;

use crate::problem::{Problem, Problems};
use crate::words::{Arg, Message, Word};

use super::{Arrivals, Distribution, QueryType, Scenario, Trace, VERSION};

/// The most query types a mix may have.
pub const MAX_TYPES: usize = 64;

/// The most messages a day: a thousand times the largest chatbots.
pub(super) const MAX_DAILY: f64 = 1e12;
/// The longest time anything may take: a day, in milliseconds.
const MAX_MS: f64 = 86_400_000.0;
/// The most tokens a message may have.
const MAX_TOKENS: f64 = 100e6;
/// The most servers of a pool.
const MAX_SERVERS: f64 = 65_536.0;
/// The most stages beside the model.
const MAX_STAGES: usize = 16;
/// The most messages of a trace that a document carries.
pub const MAX_TRACE: usize = 2_000_000;
/// The furthest from its zero that a trace's clock may be: thirty thousand years, in milliseconds.
const MAX_TIME_MS: f64 = 1e15;
/// The most messages of a conversation.
pub const MAX_TURNS: f64 = 1000.0;
/// The most of any unit or price of a service.
const MAX_SERVICE: f64 = 1e9;
/// How far shares may sum from 100 % before anyone is told.
const SHARE_TOLERANCE_PCT: f64 = 1e-6;

impl Scenario {
    /// Everything wrong with the document's values, in its own order; empty when all is well.
    pub fn problems(&self) -> Vec<Problem> {
        let mut check = Check { found: Vec::new() };
        if self.version == 0 || self.version > VERSION {
            check.error(
                "version",
                Message::new(Word::scenario_version).number("version", f64::from(self.version)),
                Word::scenario_version_hint,
            );
        }
        check.range("daily_messages", self.daily_messages, 0.0, MAX_DAILY);
        check.range("days_in_month", self.days_in_month, 1.0, 31.0);
        check.range("slo_ms", self.slo_ms, 1.0, MAX_MS);
        if let Some(region) = self.region.as_ref().filter(|region| !crate::catalog::is_region(region)) {
            check.error("region", Message::new(Word::region_form).text("region", region), Word::region_form_hint);
        }
        if self.types.is_empty() {
            check.error("types", Word::mix_empty, Word::mix_empty_hint);
        }
        if self.types.len() > MAX_TYPES {
            check.error(
                "types",
                Message::new(Word::mix_too_long)
                    .number("count", self.types.len() as f64)
                    .number("most", MAX_TYPES as f64),
                Word::mix_too_long_hint,
            );
            return check.found;
        }
        for (index, kind) in self.types.iter().enumerate() {
            check.query_type(index, kind, &self.types[..index]);
        }
        check.shares("types", self.types.iter().map(|t| t.share_pct));
        for (id, profile) in &self.models {
            let path = format_args!("models.{id}");
            for (field, distribution) in [("latency", &profile.latency), ("ttft", &profile.ttft)] {
                if let Some(distribution) = distribution {
                    check.distribution(format_args!("{path}.{field}"), distribution, MAX_MS);
                }
            }
            if let Some(rate) = profile.tokens_per_s {
                check.range(format_args!("{path}.tokens_per_s"), rate, 0.001, 1e9);
            }
            for (field, value, most) in [
                ("ttft_ms_per_1k_input", profile.ttft_ms_per_1k_input, MAX_MS),
                ("rpm", profile.rpm, 1e12),
                ("tpm", profile.tpm, 1e15),
                ("burndown", profile.burndown, 1000.0),
            ] {
                check.optional(
                    format_args!("{path}.{field}"),
                    value,
                    if field == "ttft_ms_per_1k_input" { 0.0 } else { 1.0 },
                    most,
                );
            }
            check.servers(format_args!("{path}.concurrency"), profile.concurrency);
            if profile.ttft.is_some() && profile.tokens_per_s.is_none() {
                check.error(format!("{path}.tokens_per_s"), Word::ttft_needs_rate, Word::ttft_needs_rate_hint);
            }
            if profile.ttft.is_some() && profile.latency.is_some() {
                check.error(format!("{path}.latency"), Word::latency_and_ttft, Word::latency_and_ttft_hint);
            }
        }
        check.surroundings(self);
        check.money(self);
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

struct Check {
    found: Vec<Problem>,
}

impl Check {
    fn error(&mut self, path: impl Into<String>, what: impl Into<Message>, hint: impl Into<Message>) {
        self.found.push(Problem::error(path, what, hint));
    }

    /// The path is written only where something is wrong: a page checks with every move of a slider.
    fn range(&mut self, path: impl Display, value: f64, least: f64, most: f64) {
        if !(least..=most).contains(&value) {
            self.error(
                path.to_string(),
                // A NaN or an infinity has no JSON form, but a typed field or a JavaScript value has.
                Message::new(Word::out_of_range).with("value", Arg::Exact(value)),
                Message::new(Word::out_of_range_hint).number("least", least).number("most", most),
            );
        }
    }

    fn optional(&mut self, path: impl Display, value: Option<f64>, least: f64, most: f64) {
        if let Some(value) = value {
            self.range(path, value, least, most);
        }
    }

    /// A number of servers: whole, and at least one.
    fn servers(&mut self, path: impl Display + Copy, value: Option<f64>) {
        self.optional(path, value, 1.0, MAX_SERVERS);
        if value.is_some_and(|value| value.is_finite() && value.fract() != 0.0) {
            self.error(path.to_string(), Word::not_whole, Word::not_whole_hint);
        }
    }

    /// Traffic, limits, retries, faults, stages.
    fn surroundings(&mut self, scenario: &Scenario) {
        let traffic = &scenario.traffic;
        self.range("traffic.cv", traffic.cv, 0.0, 100.0);
        let weights = traffic.curve.weights();
        for (hour, weight) in weights.iter().enumerate() {
            self.range(format_args!("traffic.curve[{hour}]"), *weight, 0.0, 1e9);
        }
        if weights.iter().sum::<f64>() <= 0.0 {
            self.error("traffic.curve", Word::curve_empty, Word::curve_empty_hint);
        }
        if traffic.arrivals == Arrivals::Trace {
            self.trace(traffic.trace.as_deref());
        }
        let capacity = &scenario.capacity;
        self.servers("capacity.concurrency", capacity.concurrency);
        self.optional("capacity.queue_timeout_ms", capacity.queue_timeout_ms, 0.0, MAX_MS);
        self.optional("capacity.rpm", capacity.rpm, 1.0, 1e12);
        self.optional("capacity.tpm", capacity.tpm, 1.0, 1e15);
        self.optional("capacity.max_tokens", capacity.max_tokens, 1.0, 1e9);
        self.range("capacity.burndown", capacity.burndown, 1.0, 1000.0);
        self.range("retry.max_attempts", f64::from(scenario.retry.attempts()), 1.0, 50.0);
        self.range("retry.clients", f64::from(scenario.retry.clients), 1.0, 10_000.0);
        self.range("faults.throttle_rate", scenario.faults.throttle_rate, 0.0, 1.0);
        self.range("faults.error_rate", scenario.faults.error_rate, 0.0, 1.0);
        let stages: usize = scenario.stages.iter().map(|group| group.parallel.len()).sum();
        if stages > MAX_STAGES {
            let what = Message::new(Word::too_many_stages).number("count", stages as f64);
            self.error("stages", what, Message::new(Word::too_many_stages_hint).number("most", MAX_STAGES as f64));
        }
        for (group_index, group) in scenario.stages.iter().enumerate() {
            for (index, stage) in group.parallel.iter().enumerate() {
                let path = format_args!("stages[{group_index}].parallel[{index}]");
                self.distribution(format_args!("{path}.latency"), &stage.latency, MAX_MS);
                self.range(format_args!("{path}.cold_rate"), stage.cold_rate, 0.0, 1.0);
                self.range(format_args!("{path}.cold_ms"), stage.cold_ms, 0.0, MAX_MS);
            }
        }
        if let Some(patience) = &scenario.patience_ms {
            self.distribution("patience_ms", patience, MAX_MS);
        }
    }

    /// Billing and the services around the model.
    fn money(&mut self, scenario: &Scenario) {
        let billing = &scenario.billing;
        self.range("billing.growth_pct_per_month", billing.growth_pct_per_month, -100.0, 1000.0);
        self.range("billing.discount_pct", billing.discount_pct, 0.0, 100.0);
        self.range("billing.failed_input_share", billing.failed_input_share, 0.0, 1.0);
        self.range("billing.failed_output_share", billing.failed_output_share, 0.0, 1.0);
        if let Some(currency) = &billing.currency {
            self.range("billing.currency.per_usd", currency.per_usd, 1e-6, 1e9);
            if currency.code.len() != 3 || !currency.code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                let what = Message::new(Word::currency_code).text("code", &currency.code);
                self.error("billing.currency.code", what, Word::currency_code_hint);
            }
        }
        let mut services = scenario.infrastructure.clone();
        for (service, field, value) in services.numbers_mut() {
            if !(0.0..=MAX_SERVICE).contains(value) {
                self.range(format_args!("infrastructure.{service}.{field}"), *value, 0.0, MAX_SERVICE);
            }
        }
    }

    fn prompt_and_tiers(&mut self, path: impl Display + Copy, kind: &QueryType) {
        self.range(format_args!("{path}.prompt.system_tokens"), kind.prompt.system_tokens, 0.0, MAX_TOKENS);
        self.range(format_args!("{path}.prompt.turns"), kind.prompt.turns, 1.0, MAX_TURNS);
        if let Some(cache) = kind.prompt.cache {
            self.range(format_args!("{path}.prompt.cache.hit_rate"), cache.hit_rate, 0.0, 1.0);
        }
        self.range(format_args!("{path}.cache.lookup_usd_per_1k"), kind.cache.lookup_usd_per_1k, 0.0, MAX_SERVICE);
        let tiers = kind.tiers;
        for (name, share) in
            [("batch_pct", tiers.batch_pct), ("flex_pct", tiers.flex_pct), ("priority_pct", tiers.priority_pct)]
        {
            self.range(format_args!("{path}.tiers.{name}"), share, 0.0, 100.0);
        }
        let sum = tiers.batch_pct + tiers.flex_pct + tiers.priority_pct;
        if sum > 100.0 + SHARE_TOLERANCE_PCT {
            self.error(format!("{path}.tiers"), Message::new(Word::tiers_sum).number("sum", sum), Word::tiers_sum_hint);
        }
    }

    fn trace(&mut self, trace: Option<&Trace>) {
        let Some(trace) = trace.filter(|trace| !trace.arrivals_ms.is_empty()) else {
            self.error("traffic.trace", Word::trace_missing, Word::trace_missing_hint);
            return;
        };
        let count = trace.arrivals_ms.len();
        if count > MAX_TRACE {
            let what = Message::new(Word::trace_too_long).number("count", count as f64);
            self.error("traffic.trace", what, Message::new(Word::trace_too_long_hint).number("most", MAX_TRACE as f64));
        }
        let wild = trace.arrivals_ms.iter().position(|at_ms| !(-MAX_TIME_MS..=MAX_TIME_MS).contains(at_ms));
        if let Some(at) = wild {
            let path = format_args!("traffic.trace.arrivals_ms[{at}]");
            self.range(path, trace.arrivals_ms[at], -MAX_TIME_MS, MAX_TIME_MS);
            return;
        }
        let back = trace
            .arrivals_ms
            .windows(2)
            .position(|pair| pair[0].partial_cmp(&pair[1]).is_none_or(|order| order.is_gt()));
        if let Some(at) = back {
            let path = format!("traffic.trace.arrivals_ms[{}]", at + 1);
            self.error(path, Word::trace_back, Word::trace_back_hint);
        }
        for (name, tokens) in [("input_tokens", &trace.input_tokens), ("output_tokens", &trace.output_tokens)] {
            if !tokens.is_empty() && tokens.len() != count {
                let what = Message::new(Word::trace_lengths)
                    .number("tokens", tokens.len() as f64)
                    .number("count", count as f64);
                self.error(format!("traffic.trace.{name}"), what, Word::trace_lengths_hint);
            }
            if let Some(at) = tokens.iter().position(|tokens| !(0.0..=MAX_TOKENS).contains(tokens)) {
                self.range(format_args!("traffic.trace.{name}[{at}]"), tokens[at], 0.0, MAX_TOKENS);
            }
        }
    }

    fn distribution(&mut self, path: impl Display + Copy, distribution: &Distribution, most: f64) {
        for (name, value) in distribution.parameters() {
            if name == "value" {
                self.range(path, value, 0.0, most);
            } else {
                self.range(format_args!("{path}.{name}"), value, 0.0, most);
            }
        }
    }

    fn query_type(&mut self, index: usize, kind: &QueryType, before: &[QueryType]) {
        let path = format_args!("types[{index}]");
        if kind.name.trim().is_empty() {
            self.error(format!("{path}.name"), Word::name_empty, Word::name_empty_hint);
        }
        if before.iter().any(|other| other.name == kind.name) {
            self.error(
                format!("{path}.name"),
                Message::new(Word::name_twice).text("name", &kind.name),
                Word::name_twice_hint,
            );
        }
        self.range(format_args!("{path}.share_pct"), kind.share_pct, 0.0, 100.0);
        self.distribution(format_args!("{path}.input_tokens"), &kind.input_tokens, MAX_TOKENS);
        self.distribution(format_args!("{path}.output_tokens"), &kind.output_tokens, MAX_TOKENS);
        self.range(format_args!("{path}.cache.hit_rate"), kind.cache.hit_rate, 0.0, 1.0);
        self.range(format_args!("{path}.cache.latency_ms"), kind.cache.latency_ms, 0.0, MAX_MS);
        self.range(format_args!("{path}.cache.miss_ms"), kind.cache.miss_ms, 0.0, MAX_MS);
        if let Some(next) = &kind.escalation {
            self.range(format_args!("{path}.escalation.share_pct"), next.share_pct, 0.0, 100.0);
        }
        self.prompt_and_tiers(path, kind);
        match (&kind.model, &kind.route) {
            (Some(_), None) => {}
            (None, Some(route)) => {
                for (branch, share) in route.iter().enumerate() {
                    self.range(format_args!("{path}.route[{branch}].share_pct"), share.share_pct, 0.0, 100.0);
                }
                let sum: f64 = route.iter().map(|branch| branch.share_pct).sum();
                if route.is_empty() || (sum - 100.0).abs() > SHARE_TOLERANCE_PCT {
                    self.error(
                        format!("{path}.route"),
                        Message::new(Word::route_sum).number("sum", sum),
                        Word::route_sum_hint,
                    );
                }
            }
            _ => self.error(format!("{path}.model"), Word::model_or_route, Word::model_or_route_hint),
        }
    }

    /// Shares above 100 % cannot be; shares below leave messages without a type.
    fn shares(&mut self, path: &str, shares: impl Iterator<Item = f64>) {
        let sum: f64 = shares.sum();
        let what = || Message::new(Word::share_sum).number("sum", sum);
        if sum > 100.0 + SHARE_TOLERANCE_PCT {
            self.error(path, what(), Word::share_sum_over_hint);
        } else if sum < 100.0 - SHARE_TOLERANCE_PCT {
            let rest = Message::new(Word::share_sum_under_hint).number("rest", 100.0 - sum);
            self.found.push(Problem::warning(path, what(), rest));
        }
    }
}
