//! How one model behaves in the mock: speed, limit and rates, by its id.

use serde_json::{Map, Value, json};

use crate::catalog::{Catalog, Mode, Model, any_speed, speed_of};
use crate::document::{Fields, nearest};
use crate::problem::{Problem, clipped};
use crate::rules;
use crate::scenario::{Distribution, ModelProfile};
use crate::words::{Message, Word};

use super::config::{Config, out_of_range};

/// How one model behaves in the mock; what is absent is that of `*`, and then what is known of the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MockModelConfig {
    /// Milliseconds to the first token; with `latency: simple`, as in the original, to the whole answer.
    pub avg_latency_ms: Option<f64>,
    /// The standard deviation of that, 50 by default: no latency is below 50 ms then. 0 is always the same latency.
    pub latency_jitter_ms: Option<f64>,
    /// Output tokens a second behind the first.
    pub tokens_per_second: Option<f64>,
    /// The most output tokens that a request may ask for, in place of the model's known limit.
    pub max_tokens: Option<u64>,
    /// The fraction of its calls that fail with an internal error, 0 to 1.
    pub error_rate: Option<f64>,
    /// The fraction of its calls that are throttled, 0 to 1; the two rates are at most 1 together.
    pub throttle_rate: Option<f64>,
}

/// The deviation of a latency of which only the mean is given, as in the original.
const JITTER_MS: f64 = 50.0;

/// A member that is a number: its name, its range, its place.
type Member = (&'static str, f64, f64, fn(&mut MockModelConfig) -> &mut Option<f64>);

/// Every member but `max_tokens`, which is a count.
const MEMBERS: [Member; 5] = [
    ("avg_latency_ms", 0.0, 600_000.0, |own| &mut own.avg_latency_ms),
    ("latency_jitter_ms", 0.0, 600_000.0, |own| &mut own.latency_jitter_ms),
    ("tokens_per_second", 0.01, 1e6, |own| &mut own.tokens_per_second),
    ("error_rate", 0.0, 1.0, |own| &mut own.error_rate),
    ("throttle_rate", 0.0, 1.0, |own| &mut own.throttle_rate),
];

impl MockModelConfig {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        let mut own = MockModelConfig::default();
        for (name, least, most, place) in MEMBERS {
            let Some(value) = fields.number(name) else { continue };
            if (least..=most).contains(&value) {
                *place(&mut own) = Some(value);
            } else {
                fields.findings().push(out_of_range(fields.path_of(name), value, least, most));
            }
        }
        own.max_tokens = fields.count("max_tokens").filter(|most| {
            let fits = (1..=10_000_000).contains(most);
            if !fits {
                fields.findings().push(out_of_range(fields.path_of("max_tokens"), *most as f64, 1.0, 1e7));
            }
            fits
        });
        own
    }

    /// As the document has it; what is absent is `null`.
    pub fn to_json(&self) -> Value {
        let mut copy = self.clone();
        let mut out: Map<_, _> =
            MEMBERS.iter().map(|(name, .., place)| ((*name).to_string(), json!(*place(&mut copy)))).collect();
        out.insert("max_tokens".to_string(), json!(self.max_tokens));
        Value::Object(out)
    }

    /// What is said here, else there.
    fn or(&self, other: &Self) -> Self {
        MockModelConfig {
            avg_latency_ms: self.avg_latency_ms.or(other.avg_latency_ms),
            latency_jitter_ms: self.latency_jitter_ms.or(other.latency_jitter_ms),
            tokens_per_second: self.tokens_per_second.or(other.tokens_per_second),
            max_tokens: self.max_tokens.or(other.max_tokens),
            error_rate: self.error_rate.or(other.error_rate),
            throttle_rate: self.throttle_rate.or(other.throttle_rate),
        }
    }

    /// Its latency as a distribution, where it says one.
    pub(super) fn latency(&self, always_floored: bool) -> Option<Distribution> {
        let mean = self.avg_latency_ms?;
        let sd = self.latency_jitter_ms.unwrap_or(JITTER_MS);
        Some(if sd == 0.0 && !always_floored {
            Distribution::Constant(mean)
        } else {
            Distribution::Simple { mean, sd }
        })
    }
}

/// How fast a model is of which nobody said it: by the table of speeds, a chat model without a row as any.
pub(super) fn profile_of(model: &Model) -> Option<ModelProfile> {
    let assumed = || speed_of(&model.id).or_else(|| (model.mode == Mode::Chat).then(any_speed));
    ModelProfile::of_original(&model.id).or_else(|| assumed().map(ModelProfile::of))
}

impl Config {
    /// How a model behaves, as far as this configuration says it: by its id, by that without the inference profile
    /// before it, and for what is left by `*`.
    pub fn model(&self, id: &str) -> MockModelConfig {
        let mut said = MockModelConfig::default();
        for key in [id, rules::base_id(id), "*"] {
            if let Some(own) = self.models.get(key) {
                said = said.or(own);
            }
        }
        said
    }

    /// The fractions of a model's calls that are throttled and that fail.
    pub(super) fn rates(&self, id: &str) -> (f64, f64) {
        let own = self.model(id);
        (own.throttle_rate.unwrap_or(self.throttle_rate), own.error_rate.unwrap_or(self.error_rate))
    }

    /// How every chat model of a catalog behaves, as one table: what is said, and what is known or assumed of the
    /// others. A model's median latency stands for its mean where that is how it is known.
    pub fn models_of(&self, catalog: &Catalog) -> Vec<(String, MockModelConfig)> {
        let chats = catalog.models().filter(|model| model.mode == Mode::Chat);
        chats.map(|model| (model.id.clone(), self.whole(model))).collect()
    }

    fn whole(&self, model: &Model) -> MockModelConfig {
        let own = self.model(&model.id);
        let (throttle_rate, error_rate) = self.rates(&model.id);
        let profile = profile_of(model);
        let profile = profile.as_ref();
        let first = profile.and_then(|profile| profile.latency.as_ref().or(profile.ttft.as_ref()));
        let (mean, sd) = match first {
            Some(Distribution::Simple { mean, sd } | Distribution::LogNormal { mean, sd }) => (Some(*mean), Some(*sd)),
            Some(other) => (Some(other.mean()), None),
            None => (None, None),
        };
        let known = MockModelConfig {
            avg_latency_ms: mean,
            // Whose latency is said has the deviation that goes with it.
            latency_jitter_ms: if own.avg_latency_ms.is_some() { Some(JITTER_MS) } else { sd },
            tokens_per_second: profile.and_then(|profile| profile.tokens_per_s),
            max_tokens: crate::bedrock::ModelRules::of(model).max_output_tokens,
            error_rate: Some(error_rate),
            throttle_rate: Some(throttle_rate),
        };
        own.or(&known)
    }

    /// Reads `models`, and holds the rates of each together to what can be.
    pub(super) fn fill_models(&mut self, fields: &Fields<'_>) {
        if fields.value("models").is_some() {
            let all = fields.named("models");
            for (id, own) in &all {
                if !is_model(id) {
                    fields.findings().push(no_model(own.path(), id, Word::mock_model_hint));
                }
                self.models.insert(id.clone(), MockModelConfig::read(own));
            }
            for (id, own) in &all {
                let said = self.model(id);
                if said.latency_jitter_ms.is_some() && said.avg_latency_ms.is_none() {
                    let what = Message::new(Word::mock_jitter_alone);
                    let hint = Message::new(Word::mock_jitter_alone_hint);
                    fields.findings().push(Problem::error(own.path_of("latency_jitter_ms"), what, hint));
                }
            }
        }
        let whole = ("error_rate".to_string(), (self.throttle_rate, self.error_rate));
        let by_model = self.models.keys().map(|id| (format!("models.{id}"), self.rates(id)));
        for (path, (throttled, failed)) in std::iter::once(whole).chain(by_model) {
            if throttled + failed > 1.0 {
                let what = Message::new(Word::mock_rates).text("sum", (throttled + failed).to_string());
                fields.findings().push(Problem::error(path, what, Message::new(Word::mock_rates_hint)));
            }
        }
    }
}

/// Whether an id can be that of a model that is asked; `*` is every one.
fn is_model(id: &str) -> bool {
    id == "*" || id.starts_with("arn:") || is_known(id)
}

/// Whether an id is that of a model of the catalog.
pub(super) fn is_known(id: &str) -> bool {
    let known = |id: &str| Catalog::full().get(id).is_some() || rules::RuleSheet::get().row(id).is_some();
    known(id) || known(rules::base_id(id))
}

/// That there is no such model; `hint` is what to give where none is near.
pub(super) fn no_model(path: &str, id: &str, hint: Word) -> Problem {
    let ids: Vec<&str> = Catalog::full().models().map(|model| model.id.as_str()).collect();
    let hint = match nearest(id, &ids) {
        Some(name) => Message::new(Word::did_you_mean).text("name", name),
        None => Message::new(hint),
    };
    Problem::error(path, Message::new(Word::mock_model).text("model", clipped(id, 80)), hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Library;
    use crate::mock::{ClientError, Mock, MockBedrockClient, full_catalog};

    const SONNET: &str = "anthropic.claude-sonnet-4-6";

    fn read(document: Value) -> Config {
        Config::read(&document).unwrap()
    }

    /// A model's own values come first, then those of its id without the profile, then those of `*`.
    #[test]
    fn what_is_said_nearest_counts() {
        let config = read(json!({"error_rate": 0.5, "models": {
            "*": {"avg_latency_ms": 900, "tokens_per_second": 10, "throttle_rate": 0.1},
            SONNET: {"avg_latency_ms": 100, "latency_jitter_ms": 5},
            "eu.anthropic.claude-sonnet-4-6": {"latency_jitter_ms": 0, "error_rate": 0},
        }}));
        let check = |id: &str, expected: [Option<f64>; 3], rates: (f64, f64)| {
            let own = config.model(id);
            assert_eq!([own.avg_latency_ms, own.latency_jitter_ms, own.tokens_per_second], expected, "{id}");
            assert_eq!(config.rates(id), rates, "{id}");
        };
        check(SONNET, [Some(100.0), Some(5.0), Some(10.0)], (0.1, 0.5));
        check("us.anthropic.claude-sonnet-4-6", [Some(100.0), Some(5.0), Some(10.0)], (0.1, 0.5));
        check("eu.anthropic.claude-sonnet-4-6", [Some(100.0), Some(0.0), Some(10.0)], (0.1, 0.0));
        check("amazon.nova-pro-v1:0", [Some(900.0), None, Some(10.0)], (0.1, 0.5));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let check = |document: Value, expected: &str| {
            assert_eq!(Config::read(&document).unwrap_err().to_string(), expected);
        };
        let one = |own: Value| json!({"models": {SONNET: own}});
        check(
            one(json!({"error_rate": 2})),
            "models.anthropic.claude-sonnet-4-6.error_rate: 2 is out of range. Expected a number from 0 to 1.",
        );
        check(
            one(json!({"max_tokens": 0})),
            "models.anthropic.claude-sonnet-4-6.max_tokens: 0 is out of range. Expected a number from 1 to 10,000,000.",
        );
        check(
            one(json!({"avg_latency": 1})),
            "models.anthropic.claude-sonnet-4-6.avg_latency: The field `avg_latency` is not known. Did you mean `avg_latency_ms`?",
        );
        check(
            one(json!({"latency_jitter_ms": 5})),
            "models.anthropic.claude-sonnet-4-6.latency_jitter_ms: A deviation needs the latency that it is of. Give avg_latency_ms, too.",
        );
        check(
            json!({"models": {"anthropic.claude-sonet-4-6": {}}}),
            "models.anthropic.claude-sonet-4-6: There is no model anthropic.claude-sonet-4-6. Did you mean `anthropic.claude-sonnet-4-6`?",
        );
        check(
            json!({"error_rate": 0.75, "models": {SONNET: {"throttle_rate": 0.5}}}),
            "models.anthropic.claude-sonnet-4-6: The rates are 1.25 together, more than every call. Lower error_rate or throttle_rate until they are at most 1.",
        );
        check(
            json!({"error_rate": 0.75, "throttle_rate": 0.5}),
            "error_rate: The rates are 1.25 together, more than every call. Lower error_rate or throttle_rate until they are at most 1.",
        );
    }

    /// The same question, so many times.
    fn ask(config: Value, id: &str, calls: usize) -> Vec<Result<Value, String>> {
        let mut config = config;
        config["fallback"] = json!("echo");
        let client = MockBedrockClient::new(Mock::new(Library::default(), full_catalog(), read(config)));
        let body = json!({"messages": [{"role": "user", "content": [{"text": "How long does it take?"}]}]});
        let call = |_| match now(client.converse(id, body.clone())) {
            Ok(answer) => Ok(answer),
            Err(ClientError::Service { name, message, .. }) => Err(format!("{name}: {message}")),
            Err(other) => Err(other.to_string()),
        };
        (0..calls).map(call).collect()
    }

    fn now<T>(future: impl Future<Output = T>) -> T {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(future).poll(&mut context) {
            std::task::Poll::Ready(value) => value,
            std::task::Poll::Pending => unreachable!("the mock waits for nothing"),
        }
    }

    fn latencies(config: Value, id: &str, calls: usize) -> Vec<f64> {
        let mut all: Vec<f64> = ask(config, id, calls)
            .into_iter()
            .map(|answer| answer.unwrap()["metrics"]["latencyMs"].as_f64().unwrap())
            .collect();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn a_model_is_as_fast_as_it_is_said_to_be() {
        let own = |jitter: f64| json!({"models": {SONNET: {"avg_latency_ms": 400, "latency_jitter_ms": jitter, "tokens_per_second": 50}}});
        let answer = ask(own(0.0), SONNET, 1).remove(0).unwrap();
        let written = answer["usage"]["outputTokens"].as_f64().unwrap();
        assert_eq!(answer["metrics"]["latencyMs"], json!((400.0 + 20.0 * written).round() as u64));
        // 4,000 draws of N(400, 80): the mean lies within four of its standard errors, the deviation, too.
        let all = latencies(own(80.0), SONNET, 4_000);
        let mean = all.iter().sum::<f64>() / 4_000.0;
        let sd = (all.iter().map(|ms| (ms - mean) * (ms - mean)).sum::<f64>() / 3_999.0).sqrt();
        assert!((mean - 400.0 - 20.0 * written).abs() < 4.0 * 80.0 / 4_000_f64.sqrt(), "{mean}");
        assert!((sd - 80.0).abs() < 4.0 * 80.0 / 8_000_f64.sqrt(), "{sd}");
        // In the original's way the latency is that of the whole answer, and never below 50 ms.
        let mut simple = own(0.0);
        simple["latency"] = json!("simple");
        assert_eq!(latencies(simple.clone(), SONNET, 3), [400.0; 3]);
        simple["models"][SONNET]["avg_latency_ms"] = json!(10);
        assert_eq!(latencies(simple, SONNET, 3), [50.0; 3]);
    }

    /// A model of which nothing is said is as fast as its row of the table, read here by hand.
    #[test]
    fn a_model_of_which_nothing_is_said_has_the_speed_of_the_table() {
        let row =
            crate::catalog::SPEED_TABLE.lines().find(|line| line.starts_with("anthropic.claude-sonnet-4-6,")).unwrap();
        let cells: Vec<f64> = row.split(',').skip(1).take(8).map(|cell| cell.parse().unwrap()).collect();
        let (median, sigma, per_1k, rate) = (cells[0], cells[1], cells[4], cells[5]);
        let answer = ask(json!({}), SONNET, 1).remove(0).unwrap();
        let tokens = |name: &str| answer["usage"][name].as_f64().unwrap();
        let expected =
            median - per_1k + per_1k * tokens("inputTokens") / 1000.0 + tokens("outputTokens") * 1000.0 / rate;
        let all = latencies(json!({}), SONNET, 4_001);
        // The standard error of a log-normal's median: 1.253 sigma / sqrt(n) of it.
        assert!(
            (all[2_000] - expected).abs() < 4.0 * 1.253 * sigma * median / 4_001_f64.sqrt(),
            "{} {expected}",
            all[2_000]
        );
        assert_ne!(latencies(json!({}), "amazon.nova-micro-v1:0", 1), latencies(json!({}), SONNET, 1));
    }

    #[test]
    fn rates_are_as_declared_and_none_eats_into_the_other() {
        let other = "amazon.nova-pro-v1:0";
        let config = json!({"error_rate": 0.1, "models": {SONNET: {"throttle_rate": 0.5, "error_rate": 0.4}}});
        let share = |id: &str, name: &str| {
            let all = ask(config.clone(), id, 10_000);
            all.iter().filter(|answer| answer.as_ref().is_err_and(|error| error.starts_with(name))).count() as f64
                / 10_000.0
        };
        // Four standard errors of a share of 10,000 are at most 0.02.
        let check =
            |id: &str, name: &str, expected: f64| assert!((share(id, name) - expected).abs() < 0.02, "{id} {name}");
        check(SONNET, "ThrottlingException", 0.5);
        check(SONNET, "InternalServerException", 0.4);
        check(other, "ThrottlingException", 0.0);
        check(other, "InternalServerException", 0.1);
        let always = json!({"models": {"*": {"throttle_rate": 1}}});
        assert!(ask(always, SONNET, 1_000).iter().all(Result::is_err));
    }

    #[test]
    fn a_limit_of_ones_own_is_held() {
        let body = |most: u64| json!({"messages": [{"role": "user", "content": [{"text": "q"}]}], "inferenceConfig": {"maxTokens": most}});
        let config = read(json!({"fallback": "echo", "models": {SONNET: {"max_tokens": 100}}}));
        let client = MockBedrockClient::new(Mock::new(Library::default(), full_catalog(), config));
        assert!(now(client.converse(SONNET, body(99))).is_ok());
        let refused = now(client.converse(SONNET, body(101))).unwrap_err().to_string();
        assert!(refused.contains("ValidationException") && refused.contains("model limit of 100"), "{refused}");
        assert!(now(client.converse("amazon.nova-pro-v1:0", body(101))).is_ok());
    }

    /// Each chat model has a whole row, and the original's two have the original's figures.
    #[test]
    fn every_model_has_a_row() {
        let rows = Config::default().models_of(Catalog::full());
        assert!(rows.len() > 100, "{}", rows.len());
        for (id, row) in &rows {
            assert!(row.avg_latency_ms.is_some() && row.tokens_per_second.is_some(), "{id}");
            assert_eq!((row.error_rate, row.throttle_rate), (Some(0.0), Some(0.0)), "{id}");
        }
        let original = |id: &str| rows.iter().find(|(known, _)| known == id).map(|(_, row)| row.clone()).unwrap();
        let figures =
            |row: MockModelConfig| (row.avg_latency_ms, row.latency_jitter_ms, row.tokens_per_second, row.max_tokens);
        assert_eq!(
            figures(original("anthropic.claude-3-sonnet-20240229-v1:0")),
            (Some(1200.0), Some(300.0), Some(60.0), Some(4096))
        );
        assert_eq!(
            figures(original("anthropic.claude-3-haiku-20240307-v1:0")),
            (Some(350.0), Some(100.0), Some(120.0), Some(4096))
        );
    }
}
