//! The result document: what a benchmark run writes and every verdict and report reads.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::{self, Fields, Findings};
use crate::problem::{Problem, Problems, Warned};
use crate::stats::{QuantileMethod, quantile};
use crate::words::{Message, Word};

use super::metric::Metric;
use super::savings::TypeUse;
use super::series::{Series, values};
use super::suite::{Benchmark, Load, read_load};

/// The version of result documents and suites that this release writes.
pub const VERSION: u32 = 1;
/// The most samples a document may have in all.
pub const MAX_SAMPLES: usize = 20_000_000;
/// What a result document says it is.
const KIND: &str = "rehearsal-benchmark";

/// The results of a suite: what a baseline is, and what every report is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub suite: String,
    pub seed: u64,
    pub environment: Environment,
    pub benchmarks: Vec<BenchmarkResult>,
}

/// Where and how something was measured. Two documents are comparable when `clock` and `client`
/// are the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// `virtual` or `real`.
    pub clock: String,
    /// `simulator`, `mock`, `url`, `command`, `function`.
    pub client: String,
    /// What was asked: an address, a command.
    pub target: Option<String>,
    /// The release that measured.
    pub rehearsal: String,
    /// The machine: architecture and system.
    pub machine: Option<String>,
    /// What of the scenario the simulator's calls do not honour: `capacity`, `quotas`, `retries`, `patience`,
    /// `escalation`, `conversations` (what stands before a message).
    pub not_simulated: Vec<String>,
    /// The models whose speed the simulator assumed, as nobody measured it.
    pub assumed_speeds: Vec<String>,
    /// The commit or the label that the measurement belongs to.
    pub label: Option<String>,
    /// When it was measured, in seconds since 1970; absent in virtual time, whose results depend
    /// on nothing but the seed.
    pub at_s: Option<f64>,
}

/// The runs of one benchmark.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BenchmarkResult {
    pub name: String,
    pub model: Option<String>,
    /// The door of an endpoint that was asked; `None` is the AWS API.
    pub door: Option<String>,
    pub load: Load,
    pub warm_up: u64,
    pub slo_ms: f64,
    pub timeout_ms: f64,
    /// Whether its runs took turns with those of the other side.
    pub interleaved: bool,
    pub runs: Vec<Run>,
}

/// What one run measured. Columns are in the order the requests were sent.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Run {
    /// Measured requests that ended: answered, failed or timed out.
    pub requests: u64,
    pub completed: u64,
    pub timeouts: u64,
    /// Failures by name.
    pub errors: BTreeMap<String, u64>,
    pub cache_hits: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// From the first measured request to the last answer.
    pub duration_ms: f64,
    /// The very first request's time, before anything was warm.
    pub cold_start_ms: Option<f64>,
    pub cancelled: bool,
    /// When each request was due, from the first on.
    pub start_ms: Vec<f64>,
    pub e2e_ms: Vec<f64>,
    /// Empty where answers came whole.
    pub ttft_ms: Vec<f64>,
    pub inter_token_ms: Vec<f64>,
    /// Empty where a price is not known.
    pub cost_usd: Vec<f64>,
    /// Who answered how often.
    pub models: BTreeMap<String, u64>,
    /// Each stage's times.
    pub stages: BTreeMap<String, Vec<f64>>,
    /// What each query type used and spared, where the client knows the query mix.
    pub types: BTreeMap<String, TypeUse>,
    /// The model that routing is compared with.
    pub dearest: Option<String>,
}

/// Figures over all runs of a benchmark.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Aggregate {
    pub requests: u64,
    pub completed: u64,
    pub timeouts: u64,
    pub errors: u64,
    pub cache_hits: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Completed requests a second, over the runs' durations.
    pub throughput_per_s: Option<f64>,
    /// `None` where a price is not known.
    pub cost_usd: Option<f64>,
    /// The fraction of all requests answered within the service level.
    pub goodput: Option<f64>,
    pub error_rate: Option<f64>,
}

impl BenchmarkResult {
    /// A result without runs yet.
    pub fn new(benchmark: &Benchmark) -> Self {
        BenchmarkResult {
            name: benchmark.name.clone(),
            model: benchmark.model.clone(),
            door: benchmark.door.clone(),
            load: benchmark.load,
            warm_up: benchmark.warm_up,
            slo_ms: benchmark.slo_ms,
            timeout_ms: benchmark.timeout_ms,
            interleaved: false,
            runs: Vec::new(),
        }
    }

    /// The values of a metric, run by run; `None` where they were not measured.
    pub fn series(&self, metric: Metric) -> Option<Series> {
        let column = |column: fn(&Run) -> &Vec<f64>| -> Vec<Vec<f64>> {
            self.runs.iter().map(|run| column(run).clone()).collect()
        };
        let runs = match metric {
            Metric::P50 | Metric::P90 | Metric::P95 | Metric::P99 | Metric::P99_9 | Metric::Mean => {
                column(|run| &run.e2e_ms)
            }
            Metric::TtftP50 | Metric::TtftP95 => column(|run| &run.ttft_ms),
            Metric::InterTokenP95 => column(|run| &run.inter_token_ms),
            Metric::Cost => column(|run| &run.cost_usd),
            Metric::Throughput => self.runs.iter().map(Run::completion_gaps).collect(),
            Metric::ErrorRate => self.runs.iter().map(Run::failures).collect(),
            Metric::Timeouts => {
                let flag =
                    |run: &Run| flags(run.timeouts.min(run.requests), run.requests - run.timeouts.min(run.requests));
                self.runs.iter().map(flag).collect()
            }
            Metric::Goodput => self.runs.iter().map(|run| run.useful(self.slo_ms)).collect(),
        };
        let series = Series {
            unit: metric.unit().to_string(),
            better: metric.better(),
            interleaved: self.interleaved,
            runs: runs.into_iter().filter(|run: &Vec<f64>| !run.is_empty()).collect(),
        };
        (!series.is_empty()).then_some(series)
    }

    /// All latencies, run after run.
    pub fn latencies(&self) -> Vec<f64> {
        self.runs.iter().flat_map(|run| run.e2e_ms.iter().copied()).collect()
    }

    pub fn aggregate(&self) -> Aggregate {
        let sum = |of: fn(&Run) -> u64| self.runs.iter().map(of).sum::<u64>();
        let (requests, completed) = (sum(|run| run.requests), sum(|run| run.completed));
        let seconds: f64 = self.runs.iter().map(|run| run.duration_ms / 1000.0).sum();
        let priced = self.runs.iter().all(|run| run.cost_usd.len() as u64 == run.completed);
        let useful: f64 = self.runs.iter().flat_map(|run| run.useful(self.slo_ms)).sum();
        let share = |part: f64| (requests > 0).then(|| part / requests as f64);
        Aggregate {
            requests,
            completed,
            timeouts: sum(|run| run.timeouts),
            errors: self.runs.iter().flat_map(|run| run.errors.values()).sum(),
            cache_hits: sum(|run| run.cache_hits),
            input_tokens: sum(|run| run.input_tokens),
            output_tokens: sum(|run| run.output_tokens),
            throughput_per_s: (seconds > 0.0).then(|| completed as f64 / seconds),
            cost_usd: (priced && completed > 0).then(|| self.runs.iter().flat_map(|run| &run.cost_usd).sum()),
            goodput: share(useful),
            error_rate: share((requests - completed.min(requests)) as f64),
        }
    }
}

impl Run {
    /// The times between the ends of requests that follow each other: their mean is one over the
    /// throughput.
    fn completion_gaps(&self) -> Vec<f64> {
        let mut ends: Vec<f64> = self.start_ms.iter().zip(&self.e2e_ms).map(|(start, e2e)| start + e2e).collect();
        ends.sort_by(f64::total_cmp);
        let mut last = 0.0;
        ends.iter().map(|end| end - std::mem::replace(&mut last, *end)).collect()
    }

    fn failures(&self) -> Vec<f64> {
        let failed = self.requests.saturating_sub(self.completed);
        flags(failed, self.completed)
    }

    /// For each request whether it was answered in time to be useful.
    fn useful(&self, slo_ms: f64) -> Vec<f64> {
        let useful = self.e2e_ms.iter().filter(|ms| **ms <= slo_ms).count() as u64;
        flags(useful, self.requests.saturating_sub(useful))
    }
}

fn flags(yes: u64, no: u64) -> Vec<f64> {
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX).min(MAX_SAMPLES);
    let mut flags = vec![1.0; count(yes)];
    flags.resize(flags.len() + count(no).min(MAX_SAMPLES - flags.len()), 0.0);
    flags
}

impl Document {
    pub fn benchmark(&self, name: &str) -> Option<&BenchmarkResult> {
        self.benchmarks.iter().find(|benchmark| benchmark.name == name)
    }

    /// The document as JSON text. Its form is `docs/benchmark-result.schema.json`.
    pub fn to_json(&self) -> String {
        let environment = &self.environment;
        let document = json!({
            "kind": KIND,
            "version": VERSION,
            "suite": self.suite,
            "seed": self.seed,
            "method": {"quantile": QuantileMethod::HyndmanFan7, "comparison": QuantileMethod::HarrellDavis},
            "environment": {
                "clock": environment.clock,
                "client": environment.client,
                "target": environment.target,
                "rehearsal": environment.rehearsal,
                "machine": environment.machine,
                "label": environment.label,
                "not_simulated": environment.not_simulated,
                "assumed_speeds": environment.assumed_speeds,
                "at_s": environment.at_s,
            },
            "benchmarks": self.benchmarks.iter().map(write_benchmark).collect::<Vec<_>>(),
        });
        document.to_string() + "\n"
    }

    /// Reads a result document.
    ///
    /// # Errors
    /// Everything in it that cannot be used, with its path. A document of another kind or version
    /// is refused.
    pub fn read(text: &str) -> Result<Warned<Document>, Problems> {
        Document::of_value(&document::parse(text)?)
    }

    /// # Errors
    /// See [`Document::read`].
    pub fn of_value(value: &Value) -> Result<Warned<Document>, Problems> {
        let findings = Findings::default();
        let document = Fields::of(value, "", &findings).and_then(|fields| read_document(&fields));
        let (errors, warnings): (Vec<_>, Vec<_>) = findings.into_problems().into_iter().partition(Problem::is_error);
        match document {
            Some(output) if errors.is_empty() => Ok(Warned { output, warnings }),
            _ => Err(Problems(errors)),
        }
    }
}

fn write_benchmark(benchmark: &BenchmarkResult) -> Value {
    let mut written = json!({
        "name": benchmark.name,
        "unit": "ms",
        "model": benchmark.model,
        "load": benchmark.load.to_value(),
        "warm_up": benchmark.warm_up,
        "slo_ms": benchmark.slo_ms,
        "timeout_ms": benchmark.timeout_ms,
        "interleaved": benchmark.interleaved,
        "runs": benchmark.runs.iter().map(write_run).collect::<Vec<_>>(),
    });
    if let Some(door) = &benchmark.door {
        written["door"] = json!(door);
    }
    written
}

fn write_run(run: &Run) -> Value {
    let mut sorted = run.e2e_ms.clone();
    sorted.sort_by(f64::total_cmp);
    let three = |method| -> Map<String, Value> {
        [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]
            .into_iter()
            .map(|(name, p)| (name.to_string(), json!(quantile(&sorted, p, method))))
            .collect()
    };
    let mut written = json!({
        "requests": run.requests,
        "completed": run.completed,
        "timeouts": run.timeouts,
        "errors": run.errors,
        "cache_hits": run.cache_hits,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "duration_ms": run.duration_ms,
        "cold_start_ms": run.cold_start_ms,
        "cancelled": run.cancelled,
        "percentiles": {
            "hyndman-fan-7": three(QuantileMethod::HyndmanFan7),
            "harrell-davis": three(QuantileMethod::HarrellDavis),
        },
        "models": run.models,
        "start_ms": run.start_ms,
        "e2e_ms": run.e2e_ms,
        "ttft_ms": run.ttft_ms,
        "inter_token_ms": run.inter_token_ms,
        "cost_usd": run.cost_usd,
        "stages": run.stages,
    });
    if !run.types.is_empty() {
        written["types"] = run.types.iter().map(|(name, used)| (name.clone(), used.write())).collect();
        written["dearest_model"] = json!(run.dearest);
    }
    written
}

fn read_document(fields: &Fields<'_>) -> Option<Document> {
    let findings = fields.findings();
    let kind = fields.required("kind", fields.text("kind"))?;
    if kind != KIND {
        let what = Message::new(Word::bench_kind).text("kind", kind);
        findings.push(Problem::error("kind", what, Word::bench_kind_hint));
        return None;
    }
    let version = fields.required("version", fields.count("version"))?;
    if version != u64::from(VERSION) {
        let what = Message::new(Word::bench_version).text("version", version.to_string());
        findings.push(Problem::error("version", what, Word::bench_version_hint));
        return None;
    }
    fields.value("method");
    let environment = fields.object("environment").map(|fields| Environment {
        clock: fields.text("clock").unwrap_or_default(),
        client: fields.text("client").unwrap_or_default(),
        target: fields.text("target"),
        rehearsal: fields.text("rehearsal").unwrap_or_default(),
        machine: fields.text("machine"),
        label: fields.text("label"),
        not_simulated: names(&fields, "not_simulated"),
        assumed_speeds: names(&fields, "assumed_speeds"),
        at_s: fields.number("at_s"),
    });
    let benchmarks = fields.required("benchmarks", fields.objects("benchmarks"))?;
    let document = Document {
        suite: fields.text("suite").unwrap_or_default(),
        seed: fields.count("seed").unwrap_or(42),
        environment: environment.unwrap_or_default(),
        benchmarks: benchmarks.iter().filter_map(read_result).collect(),
    };
    for (index, benchmark) in document.benchmarks.iter().enumerate() {
        if document.benchmarks[..index].iter().any(|other| other.name == benchmark.name) {
            let what = Message::new(Word::bench_name_twice).text("name", benchmark.name.as_str());
            findings.push(Problem::error(format!("benchmarks[{index}].name"), what, Word::bench_name_twice_hint));
        }
    }
    let samples: usize = document.benchmarks.iter().flat_map(|b| &b.runs).map(|run| run.e2e_ms.len()).sum();
    if samples > MAX_SAMPLES {
        let what = Message::new(Word::bench_too_many).number("most", MAX_SAMPLES as f64);
        findings.push(Problem::error("benchmarks", what, Word::bench_too_many_hint));
    }
    Some(document)
}

/// A list of names; what is no name is left out.
fn names(fields: &Fields<'_>, name: &'static str) -> Vec<String> {
    let all = fields.value(name).and_then(Value::as_array);
    all.map(|names| names.iter().filter_map(|name| name.as_str().map(str::to_string)).collect()).unwrap_or_default()
}

fn read_result(fields: &Fields<'_>) -> Option<BenchmarkResult> {
    let unit = fields.text("unit");
    if let Some(unit) = unit.filter(|unit| unit != "ms") {
        let what = Message::new(Word::bench_unit).text("a", unit).text("b", "ms");
        fields.findings().push(Problem::error(fields.path_of("unit"), what, Word::bench_unit_hint));
    }
    let usual = Benchmark::default();
    Some(BenchmarkResult {
        name: fields.required("name", fields.text("name"))?,
        model: fields.text("model"),
        door: fields.text("door"),
        load: fields.object("load").map_or(usual.load, |load| read_load(&load)),
        warm_up: fields.count("warm_up").unwrap_or(0),
        slo_ms: fields.number("slo_ms").unwrap_or(usual.slo_ms),
        timeout_ms: fields.number("timeout_ms").unwrap_or(usual.timeout_ms),
        interleaved: fields.flag("interleaved").unwrap_or(false),
        runs: fields.required("runs", fields.objects("runs"))?.iter().map(read_run).collect(),
    })
}

fn read_run(fields: &Fields<'_>) -> Run {
    fields.value("percentiles");
    let column = |name: &'static str| -> Vec<f64> {
        let path = fields.path_of(name);
        fields.value(name).map(|value| values(&path, value, fields.findings())).unwrap_or_default()
    };
    let counts = |name: &'static str| -> BTreeMap<String, u64> {
        let object = fields.read(name, Word::expected_object, Value::as_object);
        let entry = |(key, value): (&String, &Value)| Some((key.clone(), value.as_u64()?));
        object.map(|object| object.iter().filter_map(entry).collect()).unwrap_or_default()
    };
    let stages = fields.read("stages", Word::expected_object, Value::as_object).map(|object| {
        let path = fields.path_of("stages");
        let stage = |(name, value): (&String, &Value)| {
            (name.clone(), values(&format!("{path}.{name}"), value, fields.findings()))
        };
        object.iter().map(stage).collect()
    });
    let e2e_ms = column("e2e_ms");
    let samples = e2e_ms.len() as u64;
    let timeouts = fields.count("timeouts").unwrap_or(0);
    let errors = counts("errors");
    let failed = timeouts.saturating_add(errors.values().fold(0, |sum: u64, n| sum.saturating_add(*n)));
    // Counts that the samples do not bear out would make shares above one.
    let completed = fields.count("completed").filter(|count| *count == samples).unwrap_or(samples);
    let requests = fields.count("requests").unwrap_or(0).max(completed.saturating_add(failed));
    let start_ms = column("start_ms");
    Run {
        requests,
        completed,
        timeouts,
        errors,
        cache_hits: fields.count("cache_hits").unwrap_or(0),
        input_tokens: fields.count("input_tokens").unwrap_or(0),
        output_tokens: fields.count("output_tokens").unwrap_or(0),
        duration_ms: fields.number("duration_ms").unwrap_or(0.0),
        cold_start_ms: fields.number("cold_start_ms"),
        cancelled: fields.flag("cancelled").unwrap_or(false),
        start_ms: if start_ms.len() == e2e_ms.len() { start_ms } else { Vec::new() },
        e2e_ms,
        ttft_ms: column("ttft_ms"),
        inter_token_ms: column("inter_token_ms"),
        cost_usd: column("cost_usd"),
        models: counts("models"),
        stages: stages.unwrap_or_default(),
        types: fields.named("types").iter().map(|(name, used)| (name.clone(), TypeUse::read(used))).collect(),
        dearest: fields.text("dearest_model"),
    }
}
