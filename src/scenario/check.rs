use crate::problem::{Problem, Problems};
use crate::words::{Message, Word};

use super::{Distribution, Scenario, VERSION};

/// The most query types a mix may have.
pub const MAX_TYPES: usize = 64;

/// The most messages a day: a thousand times the largest chatbots.
const MAX_DAILY: f64 = 1e12;
/// The longest time anything may take: a day, in milliseconds.
const MAX_MS: f64 = 86_400_000.0;
/// The most tokens a message may have.
const MAX_TOKENS: f64 = 100e6;
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
            let path = format!("models.{id}");
            for (field, distribution) in [("latency", &profile.latency), ("ttft", &profile.ttft)] {
                if let Some(distribution) = distribution {
                    check.distribution(&format!("{path}.{field}"), distribution, MAX_MS);
                }
            }
            if let Some(rate) = profile.tokens_per_s {
                check.range(&format!("{path}.tokens_per_s"), rate, 0.001, 1e9);
            }
            if profile.ttft.is_some() && profile.tokens_per_s.is_none() {
                check.error(format!("{path}.tokens_per_s"), Word::ttft_needs_rate, Word::ttft_needs_rate_hint);
            }
            if profile.ttft.is_some() && profile.latency.is_some() {
                check.error(format!("{path}.latency"), Word::latency_and_ttft, Word::latency_and_ttft_hint);
            }
        }
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

    fn range(&mut self, path: &str, value: f64, least: f64, most: f64) {
        if !(least..=most).contains(&value) {
            self.error(
                path,
                // A NaN or an infinity has no JSON form, but a typed field or a JavaScript value has.
                Message::new(Word::out_of_range).text("value", value.to_string()),
                Message::new(Word::out_of_range_hint).number("least", least).number("most", most),
            );
        }
    }

    fn distribution(&mut self, path: &str, distribution: &Distribution, most: f64) {
        for (name, value) in distribution.parameters() {
            let path = if name == "value" { path.to_string() } else { format!("{path}.{name}") };
            self.range(&path, value, 0.0, most);
        }
    }

    fn query_type(&mut self, index: usize, kind: &super::QueryType, before: &[super::QueryType]) {
        let path = format!("types[{index}]");
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
        self.range(&format!("{path}.share_pct"), kind.share_pct, 0.0, 100.0);
        self.distribution(&format!("{path}.input_tokens"), &kind.input_tokens, MAX_TOKENS);
        self.distribution(&format!("{path}.output_tokens"), &kind.output_tokens, MAX_TOKENS);
        self.range(&format!("{path}.cache.hit_rate"), kind.cache.hit_rate, 0.0, 1.0);
        self.range(&format!("{path}.cache.latency_ms"), kind.cache.latency_ms, 0.0, MAX_MS);
        match (&kind.model, &kind.route) {
            (Some(_), None) => {}
            (None, Some(route)) => {
                for (branch, share) in route.iter().enumerate() {
                    self.range(&format!("{path}.route[{branch}].share_pct"), share.share_pct, 0.0, 100.0);
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
        let what = Message::new(Word::share_sum).number("sum", sum);
        if sum > 100.0 + SHARE_TOLERANCE_PCT {
            self.error(path, what, Word::share_sum_over_hint);
        } else if sum < 100.0 - SHARE_TOLERANCE_PCT {
            let rest = Message::new(Word::share_sum_under_hint).number("rest", 100.0 - sum);
            self.found.push(Problem::warning(path, what, rest));
        }
    }
}
