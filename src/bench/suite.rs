//! What is measured: suites of benchmarks, their load, their prompts.

use serde::Serialize;
use serde_json::{Value, json};

use crate::bedrock::Operation;
use crate::catalog::{HAIKU, SONNET, TokenizerFamily, estimate_tokens};
use crate::document::{self, Fields, Findings};
use crate::problem::{Problem, Problems};
use crate::words::{Message, Word};

use super::document::VERSION;
use super::original::STANDARD_PROMPTS;
use super::series::not_one_of;

/// What is measured: benchmarks and the prompts they send.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suite {
    pub version: u32,
    pub name: String,
    /// The seed of everything simulated and of every resample.
    pub seed: u64,
    pub prompts: Vec<Prompt>,
    pub benchmarks: Vec<Benchmark>,
}

/// One thing a benchmark asks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Prompt {
    pub text: String,
    pub input_tokens: u64,
    /// The tokens of its answer, where a client makes one up.
    pub output_tokens: u64,
}

/// One benchmark of a suite.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Benchmark {
    pub name: String,
    /// The model that is asked; the scenario's query mix when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What a Bedrock endpoint is asked through: `messages`, `chat` or `responses`; ConverseStream when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
    /// Requests before the measurement; 10 by default.
    pub warm_up: u64,
    /// Measured requests a run; 100 by default.
    pub measured: u64,
    /// Runs; 5 by default: from three a side on a verdict rests on how runs differ.
    pub runs: u64,
    pub load: Load,
    /// A request that takes longer has failed; 30,000 by default, as in the original.
    pub timeout_ms: f64,
    /// An answer within this many milliseconds is useful; 3,000 by default.
    pub slo_ms: f64,
    /// The longest answer that is asked for; 512 by default, as in the original.
    pub max_tokens: u64,
    #[serde(skip_serializing_if = "Limits::none")]
    pub limits: Limits,
}

/// How requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Load {
    /// So many workers, each sending its next request when the last is answered.
    Closed { workers: u64 },
    /// So many requests a second whatever comes back, each counted from when it was due.
    Open { rate_per_s: f64 },
    /// So many at once, and the next batch when all are answered.
    Batch { size: u64 },
}

/// What the sender keeps to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Limits {
    /// Requests a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpm: Option<f64>,
    /// Tokens a minute: each request counts its prompt and `max_tokens`, as Bedrock reserves them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpm: Option<f64>,
}

impl Limits {
    fn none(&self) -> bool {
        *self == Limits::default()
    }
}

impl Prompt {
    /// A prompt with its tokens estimated, and an answer of the scenario's usual length.
    pub fn new(text: &str) -> Self {
        Prompt {
            text: text.to_string(),
            input_tokens: estimate_tokens(text, TokenizerFamily::Claude3),
            output_tokens: 100,
        }
    }
}

impl Default for Benchmark {
    fn default() -> Self {
        Benchmark {
            name: "latency".to_string(),
            model: None,
            door: None,
            warm_up: 10,
            measured: 100,
            runs: 5,
            load: Load::Closed { workers: 1 },
            timeout_ms: 30_000.0,
            slo_ms: 3_000.0,
            max_tokens: 512,
            limits: Limits::default(),
        }
    }
}

/// A ready-made suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuitePreset {
    /// The original's: latency of Sonnet and Haiku, throughput of Haiku with ten workers.
    Original,
    /// The query mix: latency, throughput, and an open load.
    Mix,
    /// Runs enough for a verdict: five of a hundred requests.
    Verdict,
}

impl SuitePreset {
    pub const ALL: [SuitePreset; 3] = [SuitePreset::Original, SuitePreset::Verdict, SuitePreset::Mix];

    pub fn key(self) -> &'static str {
        match self {
            SuitePreset::Original => "original",
            SuitePreset::Mix => "mix",
            SuitePreset::Verdict => "verdict",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        SuitePreset::ALL.into_iter().find(|preset| preset.key() == key)
    }

    pub fn suite(self) -> Suite {
        let named = |name: &str| Benchmark { name: name.to_string(), ..Benchmark::default() };
        let benchmarks = match self {
            SuitePreset::Original => {
                let original = |name: &str, model: &str, measured, workers| Benchmark {
                    model: Some(model.to_string()),
                    warm_up: 5,
                    measured,
                    load: Load::Closed { workers },
                    ..named(name)
                };
                vec![
                    original("latency_sonnet", SONNET, 50, 1),
                    original("latency_haiku", HAIKU, 50, 1),
                    // Its throughput benchmark never warms up, whatever its configuration says.
                    Benchmark { warm_up: 0, ..original("throughput_haiku", HAIKU, 100, 10) },
                ]
            }
            SuitePreset::Mix => vec![
                named("latency_mix"),
                Benchmark { load: Load::Closed { workers: 10 }, ..named("throughput_mix") },
                Benchmark { load: Load::Open { rate_per_s: 20.0 }, ..named("open_mix") },
            ],
            SuitePreset::Verdict => vec![
                Benchmark { model: Some(SONNET.to_string()), ..named("latency_sonnet") },
                Benchmark { model: Some(HAIKU.to_string()), ..named("latency_haiku") },
            ],
        };
        Suite {
            version: VERSION,
            name: self.key().to_string(),
            seed: 42,
            prompts: STANDARD_PROMPTS.iter().map(|text| Prompt::new(text)).collect(),
            benchmarks,
        }
    }
}

/// The most requests of one run.
const MAX_MEASURED: f64 = 5_000_000.0;

impl Suite {
    /// The document as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a suite; everything absent has its default.
    ///
    /// # Errors
    /// Everything in it that cannot be used, with its path; unknown fields, too.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let document = document::parse(text)?;
        let findings = Findings::default();
        let suite = Fields::of(&document, "", &findings).map(|fields| read_suite(&fields));
        let mut problems = findings.into_problems();
        if let Some(suite) = &suite {
            suite.check(&mut problems);
        }
        match suite {
            // A misspelt option would change nothing in silence.
            Some(suite) if problems.is_empty() => Ok(suite),
            _ => Err(Problems(problems)),
        }
    }

    /// What cannot be run.
    pub fn check(&self, problems: &mut Vec<Problem>) {
        if self.version != VERSION {
            let what = Message::new(Word::bench_version).text("version", self.version.to_string());
            problems.push(Problem::error("version", what, Word::bench_version_hint));
        }
        if self.prompts.is_empty() {
            problems.push(Problem::error("prompts", Word::bench_no_prompts, Word::bench_no_prompts_hint));
        }
        if self.benchmarks.is_empty() {
            problems.push(Problem::error("benchmarks", Word::bench_no_benchmarks, Word::bench_no_benchmarks_hint));
        }
        for (index, benchmark) in self.benchmarks.iter().enumerate() {
            let path = format!("benchmarks[{index}]");
            if self.benchmarks[..index].iter().any(|other| other.name == benchmark.name) {
                let what = Message::new(Word::bench_name_twice).text("name", benchmark.name.as_str());
                problems.push(Problem::error(format!("{path}.name"), what, Word::bench_name_twice_hint));
            }
            benchmark.check(&path, problems);
        }
    }
}

impl Benchmark {
    /// The model that an endpoint is asked for; without one a model that the door serves.
    pub fn asked_model(&self) -> &str {
        let door = self.door.as_deref().and_then(|door| crate::doors::operation_of(door, true));
        let usual = || crate::doors::usual_model(door.unwrap_or(Operation::ConverseStream));
        self.model.as_deref().unwrap_or_else(usual)
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        if let Some(door) = self.door.as_deref().filter(|door| crate::doors::operation_of(door, true).is_none()) {
            problems.push(not_one_of(&format!("{path}.door"), door, "messages, chat, responses"));
        }
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            if !(least..=most).contains(&value) {
                let what = Message::new(Word::out_of_range).text("value", value.to_string());
                let hint = Message::new(Word::out_of_range_hint).number("least", least).number("most", most);
                problems.push(Problem::error(format!("{path}.{name}"), what, hint));
            }
        };
        range("warm_up", self.warm_up as f64, 0.0, MAX_MEASURED);
        range("measured", self.measured as f64, 1.0, MAX_MEASURED);
        range("runs", self.runs as f64, 1.0, 1000.0);
        range("timeout_ms", self.timeout_ms, 1.0, 3_600_000.0);
        range("slo_ms", self.slo_ms, 1.0, 3_600_000.0);
        range("max_tokens", self.max_tokens as f64, 1.0, 1_000_000.0);
        match self.load {
            Load::Closed { workers } => range("load.workers", workers as f64, 1.0, 10_000.0),
            Load::Open { rate_per_s } => range("load.rate_per_s", rate_per_s, 0.01, 1_000_000.0),
            Load::Batch { size } => range("load.size", size as f64, 1.0, 10_000.0),
        }
        for (name, limit) in [("limits.rpm", self.limits.rpm), ("limits.tpm", self.limits.tpm)] {
            if let Some(limit) = limit {
                range(name, limit, 0.01, 1e12);
            }
        }
    }
}

fn read_suite(fields: &Fields<'_>) -> Suite {
    let base = match fields.text("preset") {
        None => SuitePreset::Verdict.suite(),
        Some(key) => SuitePreset::from_key(&key).map(SuitePreset::suite).unwrap_or_else(|| {
            let all = SuitePreset::ALL.map(SuitePreset::key).join(", ");
            fields.findings().push(not_one_of(&fields.path_of("preset"), &key, &all));
            SuitePreset::Verdict.suite()
        }),
    };
    let benchmarks = fields.objects("benchmarks").map(|items| items.iter().map(read_benchmark).collect());
    let prompts = fields.items("prompts").map(|items| {
        items.into_iter().filter_map(|(path, value)| read_prompt(&path, value, fields.findings())).collect()
    });
    Suite {
        version: fields.count("version").map_or(VERSION, |version| u32::try_from(version).unwrap_or(u32::MAX)),
        name: fields.text("name").unwrap_or(base.name),
        seed: fields.count("seed").unwrap_or(base.seed),
        prompts: prompts.unwrap_or(base.prompts),
        benchmarks: benchmarks.unwrap_or(base.benchmarks),
    }
}

fn read_prompt(path: &str, value: &Value, findings: &Findings) -> Option<Prompt> {
    if let Some(text) = value.as_str() {
        return Some(Prompt::new(text));
    }
    let fields = Fields::of(value, path, findings)?;
    let prompt = Prompt::new(&fields.required("text", fields.text("text"))?);
    Some(Prompt {
        input_tokens: fields.count("input_tokens").unwrap_or(prompt.input_tokens),
        output_tokens: fields.count("output_tokens").unwrap_or(prompt.output_tokens),
        text: prompt.text,
    })
}

pub(super) fn read_benchmark(fields: &Fields<'_>) -> Benchmark {
    let usual = Benchmark::default();
    Benchmark {
        name: fields.text("name").unwrap_or(usual.name),
        model: fields.text("model"),
        door: fields.text("door"),
        warm_up: fields.count("warm_up").unwrap_or(usual.warm_up),
        measured: fields.count("measured").unwrap_or(usual.measured),
        runs: fields.count("runs").unwrap_or(usual.runs),
        load: fields.object("load").map_or(usual.load, |load| read_load(&load)),
        timeout_ms: fields.number("timeout_ms").unwrap_or(usual.timeout_ms),
        slo_ms: fields.number("slo_ms").unwrap_or(usual.slo_ms),
        max_tokens: fields.count("max_tokens").unwrap_or(usual.max_tokens),
        limits: fields
            .object("limits")
            .map_or(usual.limits, |limits| Limits { rpm: limits.number("rpm"), tpm: limits.number("tpm") }),
    }
}

pub(super) fn read_load(fields: &Fields<'_>) -> Load {
    match fields.text("kind").as_deref() {
        None | Some("closed") => Load::Closed { workers: fields.count("workers").unwrap_or(1) },
        Some("open") => Load::Open { rate_per_s: fields.number("rate_per_s").unwrap_or(1.0) },
        Some("batch") => Load::Batch { size: fields.count("size").unwrap_or(10) },
        Some(other) => {
            fields.findings().push(not_one_of(&fields.path_of("kind"), other, "closed, open, batch"));
            Load::Closed { workers: 1 }
        }
    }
}

impl Load {
    /// The form it has in documents.
    pub fn to_value(self) -> Value {
        match self {
            Load::Closed { workers } => json!({"kind": "closed", "workers": workers}),
            Load::Open { rate_per_s } => json!({"kind": "open", "rate_per_s": rate_per_s}),
            Load::Batch { size } => json!({"kind": "batch", "size": size}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_read_back_and_typos_refused() {
        for preset in SuitePreset::ALL {
            assert_eq!(Suite::read(&preset.suite().to_json()).unwrap(), preset.suite());
        }
        let check = |text: &str, expected: &str| assert_eq!(Suite::read(text).unwrap_err().to_string(), expected);
        check(
            r#"{"benchmarks":[{"name":"a","measurd":5}]}"#,
            "benchmarks[0].measurd: The field `measurd` is not known and was ignored. Did you mean `measured`?",
        );
        check(
            r#"{"benchmarks":[{"load":{"kind":"open","rate_per_s":-1}}]}"#,
            "benchmarks[0].load.rate_per_s: -1 is out of range. Expected a number from 0.01 to 1,000,000.",
        );
        check(r#"{"preset":"fast"}"#, "preset: “fast” is not a choice. Choose one of: original, verdict, mix.");
        check(
            r#"{"benchmarks":[{"name":"a"},{"name":"a"}]}"#,
            "benchmarks[1].name: Two benchmarks are called “a”. Rename one of them.",
        );
    }
}
