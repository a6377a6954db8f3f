//! How a mock behaves beside its fixtures.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::bedrock::{EXCEPTIONS, ExceptionKind, Operation, arn};
use crate::catalog::no_date;
use crate::document::{Fields, Findings, nearest, wrong_type};
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
    /// What answers when nothing matches: `strict`, an error, by default; `hash` or `random`, a fixture; `echo`, the prompt.
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
    /// Words, topics, patterns and personal data that are blocked or masked; none by default.
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
        if let Some(version) = fields.count("version").filter(|version| *version != 1) {
            let what = Message::new(Word::mock_config_version).text("version", version.to_string());
            fields.findings().push(Problem::error(fields.path_of("version"), what, Word::mock_config_version_hint));
        }
        fields.text("$schema");
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
            match no_date(&today) {
                None => self.today = Some(today),
                Some((what, hint)) => fields.findings().push(Problem::error(fields.path_of("today"), what, hint)),
            }
        }
        self.guardrail = fields.object("guardrail").and_then(|guardrail| Guardrail::read(&guardrail));
        if let Some(aliases) = fields.read("aliases", Word::expected_object, Value::as_object) {
            for (alias, model) in aliases {
                match model.as_str() {
                    Some(model) => {
                        if !super::model_config::is_known(model) {
                            let path = format!("{}.{alias}", fields.path_of("aliases"));
                            let hint = Word::mock_alias_hint;
                            fields.findings().push(super::model_config::no_model(&path, model, hint));
                        }
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

/// The field `code` of an HTTP error: an exception that the service is known to send, or one of your own with the
/// `status` that goes with it. Any other would be played as an error that no client retries, and a misspelt one would
/// test nothing.
pub(super) fn exception_name(fields: &Fields<'_>, status: Option<u16>) -> Option<String> {
    let name = fields.text("code")?;
    if ExceptionKind::named(&name).is_none() && (status.is_none() || ExceptionKind::nearest(&name).is_some()) {
        fields.findings().push(no_exception(fields.path_of("code"), &name));
    }
    Some(name)
}

/// The field `code` of an exception inside a stream: a member of the stream's union. Any other is a frame that no SDK
/// knows what to do with.
pub(super) fn stream_exception(fields: &Fields<'_>, operation: Option<Operation>) -> Option<String> {
    let name = fields.text("code")?;
    let all: Vec<&str> = ExceptionKind::all()
        .filter(|kind| streams(operation).any(|it| kind.in_stream(it)))
        .map(|kind| kind.name)
        .collect();
    if !all.contains(&name.as_str()) {
        let what = match operation {
            Some(operation) => Message::new(Word::mock_stream_exception_of).text("operation", operation.name()),
            None => Message::new(Word::mock_stream_exception),
        };
        let hint = match nearest(&name, &all) {
            Some(near) => Message::new(Word::did_you_mean).text("name", near),
            None => Message::new(Word::not_one_of_hint).text("all", all.join(", ")),
        };
        fields.findings().push(Problem::error(fields.path_of("code"), what.text("name", &name), hint));
    }
    Some(name)
}

/// The operations that a fault may concern.
fn streams(operation: Option<Operation>) -> impl Iterator<Item = Operation> {
    let all = Operation::ALL.into_iter().chain(Operation::AT_DOORS);
    all.filter(move |it| operation.is_none_or(|operation| operation == *it))
}

/// The status of an HTTP error.
pub(super) fn status(fields: &Fields<'_>) -> Option<u16> {
    let status = fields.count("status")?;
    let fits = (400..600).contains(&status);
    if !fits {
        fields.findings().push(out_of_range(fields.path_of("status"), status as f64, 400.0, 599.0));
    }
    fits.then_some(status as u16)
}

/// The field `fields`: members of an exception beside its message.
pub(super) fn members(fields: &Fields<'_>) -> Option<Box<Map<String, Value>>> {
    fields.read("fields", Word::expected_object, Value::as_object).cloned().map(Box::new)
}

pub(super) fn no_exception(path: String, name: &str) -> Problem {
    let hint = match ExceptionKind::nearest(name) {
        Some(near) => Message::new(Word::did_you_mean).text("name", near),
        // Those of the service model; with the others it would be longer than anyone reads.
        None => {
            let modelled = EXCEPTIONS.iter().filter(|kind| kind.fits(Operation::InvokeModelWithResponseStream));
            let names: Vec<&str> = modelled.map(|kind| kind.name).collect();
            Message::new(Word::mock_exception_hint).text("all", format!("{}, …", names.join(", ")))
        }
    };
    Problem::error(path, Message::new(Word::mock_exception).text("name", name), hint)
}

/// Seconds that a client is asked to wait, by either of their two names.
pub(super) fn retry_after(fields: &Fields<'_>) -> Option<f64> {
    let [plain, with_unit] = ["retry_after", "retry_after_s"].map(|name| {
        let seconds = fields.number(name)?;
        let fits = (0.0..=86_400.0).contains(&seconds);
        if !fits {
            fields.findings().push(out_of_range(fields.path_of(name), seconds, 0.0, 86_400.0));
        }
        fits.then_some(seconds)
    });
    if plain.is_some() && with_unit.is_some() {
        let what = Message::new(Word::given_twice).text("name", "retry_after").text("other", "retry_after_s");
        fields.findings().push(Problem::error(fields.path_of("retry_after"), what, Word::given_twice_hint));
    }
    with_unit.or(plain)
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
        check(
            json!({"version": 2}),
            "version: This configuration is of version 2, which this release does not read. Write `\"version\": 1`, or update Rehearsal.",
        );
        check(json!({"$schema": 1}), "$schema: 1 is of the wrong type. Expected text in quotes.");
        check(
            json!({"seed": 18446744073709551616.0}),
            "seed: 1.8446744073709552e+19 is of the wrong type. Expected a whole number from 0 to 18446744073709551615.",
        );
        check(
            json!({"today": "2026-02-30"}),
            "today: There is no day 2026-02-30 in the calendar. Give a day that there is, as YYYY-MM-DD.",
        );
        check(
            json!({"guardrail": {"topics": []}}),
            "guardrail.topics: The field `topics` is not known. Did you mean `denied_topics`?",
        );
        check(
            json!({"aliases": {"abc": "anthropic.claude-sonet-4-6"}}),
            "aliases.abc: There is no model anthropic.claude-sonet-4-6. Did you mean `anthropic.claude-sonnet-4-6`?",
        );
        check(
            json!({"guardrail": {"words": [" "]}}),
            "guardrail.words[0]: A blank text would be found everywhere or nowhere. Write the words that are meant, or leave it out.",
        );
        check(
            json!({"guardrail": {"denied_topics": [{"phrases": [""]}]}}),
            "guardrail.denied_topics[0].phrases[0]: A blank text would be found everywhere or nowhere. Write the words that are meant, or leave it out.\nguardrail.denied_topics[0]: The field `name` is missing. Add it.",
        );
        check(
            json!({"faults": [{"kind": "http", "code": "ThrotlingException"}]}),
            "faults[0].code: “ThrotlingException” is no exception that the service is known to send. Did you mean `ThrottlingException`?",
        );
        let strange = Config::read(&json!({"faults": [{"kind": "http", "code": "Nope"}]})).unwrap_err().to_string();
        assert!(strange.contains("Choose one of: AccessDeniedException, ValidationException, "), "{strange}");
        assert!(strange.contains("\"status\": 418"), "{strange}");
        // An exception of a stream is a member of that stream's union.
        for (code, operation) in [
            ("AccessDeniedException", None),
            ("ModelTimeoutException", Some("ConverseStream")),
            ("rate_limit_error", Some("ConverseStream")),
            ("ThrottlingException", Some("Converse")),
        ] {
            let fault = json!({"kind": "exception_frame", "code": code, "operation": operation});
            let said = Config::read(&json!({"faults": [fault]})).unwrap_err().to_string();
            assert!(said.starts_with("faults[0].code: No stream"), "{said}");
        }
        for (code, operation) in [
            ("ModelTimeoutException", None),
            ("ModelTimeoutException", Some("InvokeModelWithResponseStream")),
            ("ThrottlingException", Some("ConverseStream")),
            ("overloaded_error", Some("MessagesStream")),
            ("rate_limit_error", None),
        ] {
            let fault = json!({"kind": "exception_frame", "code": code, "operation": operation});
            assert!(Config::read(&json!({"faults": [fault]})).is_ok(), "{code} {operation:?}");
        }
        // Before the service is asked its front door sends errors, too; whoever writes a status knows an error of
        // its own, and a misspelt one is still none.
        for fault in [
            json!({"kind": "http", "code": "InvalidSignatureException"}),
            json!({"kind": "http", "code": "QuotaOfMyGateway", "status": 418}),
            // What SDKs know is not misspelt, however near another one is.
            json!({"kind": "http", "code": "ThrottledException", "status": 429}),
            json!({"kind": "http", "code": "RequestThrottledException", "status": 429}),
        ] {
            assert!(Config::read(&json!({"faults": [fault]})).is_ok(), "{fault}");
        }
        check(
            json!({"faults": [{"kind": "exception_frame", "operation": "Converse"}]}),
            "faults[0].operation: The fault exception_frame needs a stream, and Converse is none. Name one that streams, or leave it out.",
        );
        check(
            json!({"faults": [{"kind": "cut_frame", "operation": "CountTokens"}]}),
            "faults[0].operation: The fault cut_frame needs a stream, and CountTokens is none. Name one that streams, or leave it out.",
        );
        check(
            json!({"faults": [{"kind": "http", "code": "ThrotlingException", "status": 429}]}),
            "faults[0].code: “ThrotlingException” is no exception that the service is known to send. Did you mean `ThrottlingException`?",
        );
        check(
            json!({"faults": [{"kind": "http", "code": "ThrottlingException", "fields": 5}]}),
            "faults[0].fields: 5 is of the wrong type. Expected an object, { … }.",
        );
        check(json!({"faults": [{"kind": 5}]}), "faults[0].kind: 5 is of the wrong type. Expected text in quotes.");
        check(
            json!({"aliases": {"abc": "nope"}}),
            "aliases.abc: There is no model nope. Give the id of a model of the catalog.",
        );
        for target in ["*", "arn:aws:bedrock:us-east-1:123456789012:prompt-router/x"] {
            assert!(Config::read(&json!({"aliases": {"abc": target}})).is_err(), "{target}");
        }
        for today in ["2026-1-3", "20261130", "yesterday"] {
            let said = format!("today: {today} is no date. Write it as YYYY-MM-DD.");
            check(json!({"today": today}), &said);
        }
        assert_eq!(Config::read(&json!({"seed": 1e18})).unwrap().seed, 1_000_000_000_000_000_000);
        check(
            json!({"guardrail": {"denied_topics": [{"name": "t"}]}}),
            "guardrail.denied_topics[0].phrases: The topic has no phrase that it is found by. Write at least one that a text about it has.",
        );
        check(
            json!({"guardrail": {"denied_topics": [{"name": "t", "phrases": []}]}}),
            "guardrail.denied_topics[0].phrases: The topic has no phrase that it is found by. Write at least one that a text about it has.",
        );
        check(
            json!({"guardrail": {"patterns": [{"name": "p", "pattern": ""}]}}),
            "guardrail.patterns[0].pattern: A blank text would be found everywhere or nowhere. Write the words that are meant, or leave it out.",
        );
        // An error frame is described by no service model: its code is free.
        assert!(Config::read(&json!({"faults": [{"kind": "error_frame", "code": "Nope"}]})).is_ok());
        check(
            json!({"faults": [{"kind": "http", "retry_after": 1, "retry_after_s": 2}]}),
            "faults[0].retry_after: `retry_after` and `retry_after_s` are two names of one thing. Give one of them.",
        );
        check(json!({"error_rate": 1.5}), "error_rate: 1.5 is out of range. Expected a number from 0 to 1.");
    }
}
