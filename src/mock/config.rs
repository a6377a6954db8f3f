//! How a mock behaves beside its fixtures.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bedrock::arn;
use crate::document::{Fields, Findings, wrong_type};
use crate::doors::Host;
use crate::problem::{Problem, Problems};
use crate::words::{Message, Word};

use super::choose::Fallback;
use super::fault::Fault;
use super::guardrail::Guardrail;
use super::latency::LatencyMode;
use super::model_config::MockModelConfig;
use super::quota::Quota;

/// How a mock behaves beside its fixtures.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The one of Bedrock's two hosts that is played; when absent both, by the Host header, the path and the model's
    /// id.
    pub host: Option<Host>,
    /// The seed of ids, padding, chunks, latencies and rates; 42 by default.
    pub seed: u64,
    /// What answers when nothing matches; an error by default.
    pub fallback: Fallback,
    /// Where a call's time comes from: a fixture's own latency and else the model's speed (`recorded`, the default), always the
    /// model's speed (`model`), the original's bare latency (`simple`), or nowhere (`none`).
    pub latency: LatencyMode,
    /// The fraction of calls that fail with an internal error, 0 to 1; with the throttled ones at most 1.
    pub error_rate: f64,
    /// The fraction of calls that are throttled, 0 to 1.
    pub throttle_rate: f64,
    /// Speed, limit and rates by model id; `*` is every model for what it does not say itself. Models of which nothing is
    /// said have the speeds of `src/catalog/speeds.csv`.
    pub models: BTreeMap<String, MockModelConfig>,
    /// Quotas by model id; `*` is every model without one of its own.
    pub quotas: BTreeMap<String, Quota>,
    /// Milliseconds that the first call of each model takes longer.
    pub cold_start_ms: f64,
    /// A content filter on what goes in and what comes out; none when absent.
    pub guardrail: Option<Guardrail>,
    /// What stands for a model of the catalog, by its ARN or the last part of it: application inference profiles, prompts,
    /// prompt routers.
    pub aliases: BTreeMap<String, String>,
    /// The day it is, `YYYY-MM-DD`: models past their end of life are gone from it on. When absent, all live.
    pub today: Option<String>,
    /// Whether waiting takes no time, so that faults that need time do nothing; the server's speed says so.
    pub timeless: bool,
    /// Scripted faults, the first one first.
    pub faults: Vec<Fault>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            host: None,
            seed: 42,
            fallback: Fallback::Strict,
            latency: LatencyMode::Recorded,
            error_rate: 0.0,
            throttle_rate: 0.0,
            models: BTreeMap::new(),
            quotas: BTreeMap::new(),
            cold_start_ms: 0.0,
            guardrail: None,
            aliases: BTreeMap::new(),
            today: None,
            timeless: false,
            faults: Vec::new(),
        }
    }
}

impl Config {
    /// The model that an id stands for: by its alias, which may be an ARN or its last part, or itself.
    pub fn stands_for<'a>(&'a self, id: &'a str) -> &'a str {
        let last = || arn::resource(id).and_then(|(_, name)| self.aliases.get(name));
        self.aliases.get(id).or_else(last).map_or(id, String::as_str)
    }

    /// Reads a configuration; everything absent has its default.
    ///
    /// # Errors
    /// Everything in it that cannot be used, with its path.
    pub fn read(document: &Value) -> Result<Self, Problems> {
        let findings = Findings::default();
        let mut config = Config::default();
        // A misspelt option would change nothing in silence.
        if let Some(fields) = Fields::of(document, "", &findings).map(Fields::strictly) {
            config.fill(&fields);
        }
        let problems = findings.into_problems();
        if problems.is_empty() { Ok(config) } else { Err(Problems(problems)) }
    }

    fn fill(&mut self, fields: &Fields<'_>) {
        let rate = |name| {
            let value = fields.number(name)?;
            let fits = (0.0..=1.0).contains(&value);
            if !fits {
                fields.findings().push(out_of_range(fields.path_of(name), value, 0.0, 1.0));
            }
            fits.then_some(value)
        };
        fields.value("version");
        fields.value("$schema");
        self.host = named(fields, "host", Host::from_key, "runtime, mantle");
        self.seed = fields.count("seed").unwrap_or(self.seed);
        self.error_rate = rate("error_rate").unwrap_or(0.0);
        self.throttle_rate = rate("throttle_rate").unwrap_or(0.0);
        self.fill_models(fields);
        if let Some(fallback) = named(fields, "fallback", Fallback::from_key, "strict, hash, random, echo") {
            self.fallback = fallback;
        }
        if let Some(latency) = named(fields, "latency", LatencyMode::from_key, "recorded, model, simple, none") {
            self.latency = latency;
        }
        if let Some(cold) = fields.number("cold_start_ms") {
            if (0.0..=600_000.0).contains(&cold) {
                self.cold_start_ms = cold;
            } else {
                fields.findings().push(out_of_range(fields.path_of("cold_start_ms"), cold, 0.0, 600_000.0));
            }
        }
        if fields.value("quotas").is_some() {
            self.quotas = fields.named("quotas").iter().map(|(id, quota)| (id.clone(), Quota::read(quota))).collect();
        }
        self.timeless = fields.flag("timeless").unwrap_or(false);
        if let Some(today) = fields.text("today") {
            if crate::catalog::is_date(&today) {
                self.today = Some(today);
            } else {
                let what = Message::new(Word::not_one_of).text("value", today);
                let hint = Message::new(Word::not_one_of_hint).text("all", "a day as YYYY-MM-DD");
                fields.findings().push(Problem::error(fields.path_of("today"), what, hint));
            }
        }
        self.guardrail = fields.object("guardrail").and_then(|guardrail| Guardrail::read(&guardrail));
        if let Some(aliases) = fields.read("aliases", Word::expected_object, Value::as_object) {
            for (alias, model) in aliases {
                match model.as_str() {
                    Some(model) => {
                        self.aliases.insert(alias.clone(), model.to_string());
                    }
                    None => {
                        let path = format!("{}.{alias}", fields.path_of("aliases"));
                        fields.findings().push(wrong_type(path, model, Word::expected_text));
                    }
                }
            }
        }
        self.faults = fields.objects("faults").unwrap_or_default().iter().filter_map(Fault::read).collect();
    }
}

/// A field that names one of a few things.
pub(super) fn named<T>(
    fields: &Fields<'_>,
    name: &'static str,
    from: impl Fn(&str) -> Option<T>,
    all: &str,
) -> Option<T> {
    let text = fields.text(name)?;
    let found = from(&text);
    if found.is_none() {
        let what = Message::new(Word::not_one_of).text("value", text);
        let hint = Message::new(Word::not_one_of_hint).text("all", all);
        fields.findings().push(Problem::error(fields.path_of(name), what, hint));
    }
    found
}

pub(super) fn out_of_range(path: String, value: f64, least: f64, most: f64) -> Problem {
    let what = Message::new(Word::out_of_range).text("value", value.to_string());
    Problem::error(path, what, Message::new(Word::out_of_range_hint).number("least", least).number("most", most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_has_a_default_and_a_typo_is_refused() {
        assert_eq!(Config::read(&json!({})).unwrap(), Config::default());
        let check =
            |document: Value, expected: &str| assert_eq!(Config::read(&document).unwrap_err().to_string(), expected);
        check(json!({"fallbak": "echo"}), "fallbak: The field `fallbak` is not known. Did you mean `fallback`?");
        check(
            json!({"fallback": "ecco"}),
            "fallback: “ecco” is not a choice. Choose one of: strict, hash, random, echo.",
        );
        check(json!({"error_rate": 1.5}), "error_rate: 1.5 is out of range. Expected a number from 0 to 1.");
    }
}
