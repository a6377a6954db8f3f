//! The benchmark suite for JavaScript: comparisons, trends, reports and runs.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

use super::{Refusal, from_js, scenario_from, text_from, to_js};
use rehearsal::bench::report::{Format, Report};
use rehearsal::bench::{
    Answer, Benchmark, CallStage, Document, Environment, Failed, Family, Measured, Metric, Next, Policies, Rehearsal,
    Rule, Session, Suite, SuitePreset, Terms, VirtualTarget, WireClient, label_without_secrets,
};
use rehearsal::catalog::Catalog;
use rehearsal::cost::{CallTokens, Tier, price_call};
use rehearsal::fixture::Library;
use rehearsal::problem::{Problem, Problems, clipped};
use rehearsal::words::{English, Word};

/// How two results are compared.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CompareOptions {
    /// Names of metrics; P95 when none is given.
    metrics: Vec<String>,
    threshold_pct: Option<f64>,
    /// Thresholds, floors and severities by metric, as `--policies` takes them.
    policies: Option<serde_json::Value>,
    /// The smallest change of a time that counts.
    min_change_ms: Option<f64>,
    /// Accepted differences and benchmarks that may be missing, by name.
    allow: Vec<String>,
    /// Whether a gate may rest on one run a side.
    single_run: bool,
    /// The unit of old series that do not say it.
    unit: Option<String>,
    seed: Option<u64>,
    replicates: Option<u32>,
    /// Whether a regression is a failure rather than a warning.
    gate: bool,
    /// Whether the original's rule decides.
    naive: bool,
}

impl CompareOptions {
    fn family(&self, baseline: Option<&Measured>, candidate: &Measured) -> Result<Family, Problems> {
        let metrics = Metric::named(&self.metrics)?;
        let policies = match &self.policies {
            None => Policies::default(),
            Some(policies) => Policies::read(&policies.to_string())?,
        };
        let usual = Rule::default();
        let (replicates, seed) = (self.replicates.unwrap_or(usual.replicates), self.seed.unwrap_or(usual.seed));
        let rule = Rule::new(self.threshold_pct, replicates, seed, self.gate)?;
        let terms = Terms {
            policies: policies.with_threshold(&metrics, self.threshold_pct).with_floor(self.min_change_ms),
            metrics,
            rule: Rule { single_run: self.single_run, ..rule },
            allow: self.allow.clone(),
        };
        let family = candidate.since(baseline, &terms)?;
        Ok(if self.naive { family.naive(self.gate) } else { family })
    }
}

/// The verdicts on what changed between two results or series; nothing for a first run's baseline.
/// The result is that of `rehearsal bench compare --json`.
///
/// # Errors
/// Throws an `Error` with every reason why they cannot be compared.
#[wasm_bindgen(js_name = compareRuns)]
pub fn compare_runs(baseline: JsValue, candidate: JsValue, options: JsValue) -> Result<JsValue, Refusal> {
    let options: CompareOptions = from_js(options)?;
    let unit = options.unit.as_deref();
    let candidate = measured(&candidate, unit)?;
    let baseline = if is_nothing(&baseline) { None } else { Some(measured(&baseline, unit)?) };
    to_js(&options.family(baseline.as_ref(), &candidate)?.to_value())
}

/// What `trend` takes beside the history.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TrendOptions {
    benchmark: Option<String>,
    /// P95 when not given.
    metric: Option<String>,
    threshold_pct: Option<f64>,
    /// The unit of an old series that does not say it.
    unit: Option<String>,
}

/// Drift and steps over a history of runs; the result is that of `rehearsal bench trend --json`.
///
/// # Errors
/// Throws an `Error` with every reason why there is none.
#[wasm_bindgen]
pub fn trend(history: JsValue, options: JsValue) -> Result<JsValue, Refusal> {
    let options: TrendOptions = from_js(options)?;
    let metric = Metric::named(options.metric.as_slice())?[0];
    let measured = measured(&history, options.unit.as_deref())?;
    to_js(&measured.trend(options.benchmark.as_deref(), metric, options.threshold_pct.unwrap_or(10.0))?)
}

/// Quantiles by every method, with intervals; the result is that of `rehearsal bench describe --json`.
///
/// # Errors
/// Throws an `Error` with every reason why it cannot be read.
#[wasm_bindgen]
pub fn describe(measurements: JsValue) -> Result<JsValue, Refusal> {
    to_js(&measured(&measurements, None)?.described()?)
}

/// A report as text, in one of the forms of `rehearsal bench report --format`; compared with a
/// baseline, if there is one.
///
/// # Errors
/// Throws an `Error` with every reason why there is none.
#[wasm_bindgen(js_name = renderReport)]
pub fn render_report(document: JsValue, format: &str, baseline: JsValue, options: JsValue) -> Result<String, Refusal> {
    let options: CompareOptions = from_js(options)?;
    let known = Format::from_key(format).ok_or_else(|| {
        let all = Format::ALL.map(Format::key).join(", ");
        Refusal::new(&format!("there is no format `{}`; choose one of: {all}", clipped(format, 80)))
    })?;
    let document = report_document(&document)?;
    let baseline = if is_nothing(&baseline) { None } else { Some(report_document(&baseline)?) };
    let family = match &baseline {
        None => None,
        Some(before) => {
            let (before, now) = (Measured::Document(before.clone()), Measured::Document(document.clone()));
            Some(options.family(Some(&before), &now)?)
        }
    };
    let report = Report { document: &document, baseline: baseline.as_ref(), family: family.as_ref() };
    Ok(report.render(known, &English))
}

fn is_nothing(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

fn measured(value: &JsValue, unit: Option<&str>) -> Result<Measured, Refusal> {
    Ok(Measured::read_in(&text_from(value)?, unit)?.output)
}

fn report_document(value: &JsValue) -> Result<Document, Refusal> {
    match measured(value, None)? {
        Measured::Document(document) => Ok(document),
        Measured::Series(_) => {
            Err(Problems::from(Problem::error("", Word::bench_no_report, Word::bench_no_report_hint)).into())
        }
    }
}

/// A suite on its way: one run after the other, in real or in virtual time. JavaScript keeps the
/// clock and the client.
#[wasm_bindgen]
pub struct WireBenchmark {
    rehearsal: Rehearsal,
    session: Option<Session>,
}

/// A client's answer; what is not known stays away.
#[derive(Default, Deserialize)]
#[serde(default)]
struct WireAnswer {
    ttft_ms: Option<f64>,
    /// When the last content came; the end of the answer when it is not given.
    last_ms: Option<f64>,
    input_tokens: u64,
    output_tokens: u64,
    cost_usd: Option<f64>,
    cache_hit: bool,
    model: Option<String>,
    stages: Vec<WireStage>,
    /// As the service's Converse and InvokeModel give it.
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct WireStage {
    name: String,
    ms: f64,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Usage {
    #[serde(alias = "inputTokens")]
    input_tokens: u64,
    #[serde(alias = "outputTokens")]
    output_tokens: u64,
}

#[wasm_bindgen]
impl WireBenchmark {
    /// A suite: an object, JSON text, the name of a ready-made one, or nothing for `verdict`.
    /// `client` is `simulator`, `mock` or `function`.
    ///
    /// # Errors
    /// Throws an `Error` with every reason why the suite or the scenario cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(
        suite: JsValue,
        client: &str,
        scenario: JsValue,
        label: Option<String>,
    ) -> Result<WireBenchmark, Refusal> {
        let suite = suite_from(&suite)?;
        let target = match client {
            "simulator" => Some(VirtualTarget::Simulator),
            "mock" => {
                Some(VirtualTarget::Mock(Box::new(WireClient::mock(Library::default(), Catalog::full(), suite.seed))))
            }
            "function" => None,
            other => {
                return Err(Refusal::new(&format!(
                    "there is no client `{}`; give an async function, or choose simulator or mock",
                    clipped(other, 80)
                )));
            }
        };
        let environment = Environment {
            clock: if target.is_some() { "virtual" } else { "real" }.to_string(),
            client: client.to_string(),
            rehearsal: env!("CARGO_PKG_VERSION").to_string(),
            label: label.as_deref().map(label_without_secrets),
            ..Environment::default()
        };
        let rehearsal = Rehearsal::new(suite, scenario_from(scenario)?, target, environment);
        Ok(WireBenchmark { rehearsal, session: None })
    }

    /// Begins the next run, `{benchmark, model, max_tokens, run, runs}`; undefined when all are done.
    ///
    /// # Errors
    /// None that a suite which was read could cause.
    pub fn begin(&mut self, now_ms: f64) -> Result<JsValue, Refusal> {
        let Some((benchmark, run)) = self.rehearsal.upcoming() else { return Ok(JsValue::UNDEFINED) };
        let next = json!({
            "benchmark": benchmark.name,
            "model": benchmark.model,
            "max_tokens": benchmark.max_tokens,
            "run": run,
            "runs": benchmark.runs,
        });
        self.session = self.rehearsal.session(now_ms);
        to_js(&next)
    }

    /// What to do at this time: `{send: {id, prompt, input_tokens, phase}}`, `{drop: id}`,
    /// `{wait: time or null}` or `{done: true}`.
    ///
    /// # Errors
    /// None that a suite which was read could cause.
    pub fn next(&mut self, now_ms: f64) -> Result<JsValue, Refusal> {
        let Some(session) = &mut self.session else { return to_js(&json!({"done": true})) };
        to_js(&match session.next(now_ms) {
            Next::Start(call) => {
                let prompt = self.rehearsal.suite().prompts.get(call.prompt);
                json!({"send": {
                    "id": call.id,
                    "prompt": prompt.map(|prompt| prompt.text.as_str()),
                    "input_tokens": prompt.map(|prompt| prompt.input_tokens),
                    "phase": call.phase,
                }})
            }
            Next::Drop(id) => json!({"drop": id}),
            Next::Wait(until) => json!({"wait": until}),
            Next::Done => json!({"done": true}),
        })
    }

    /// A call was answered.
    ///
    /// # Errors
    /// Throws an `Error` for an answer whose figures are none.
    pub fn answer(&mut self, id: u32, now_ms: f64, answer: JsValue) -> Result<(), Refusal> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let given: WireAnswer = if answer.is_object() { from_js(answer)? } else { WireAnswer::default() };
        let benchmark = self.rehearsal.upcoming().map(|(benchmark, _)| benchmark);
        session.answer(u64::from(id), now_ms, given.into_answer(benchmark));
        Ok(())
    }

    /// A call failed, by the name of what it threw.
    pub fn fail(&mut self, id: u32, now_ms: f64, name: &str) {
        if let Some(session) = &mut self.session {
            session.answer(u64::from(id), now_ms, Answer { failed: Some(Failed(name.into())), ..Answer::default() });
        }
    }

    /// Does at most so many steps of the run in virtual time; whether the whole suite is done.
    ///
    /// # Errors
    /// Throws an `Error` for a model whose speed is not known.
    pub fn rehearse(&mut self, steps: u32) -> Result<bool, Refusal> {
        Ok(self.rehearsal.advance(Catalog::full(), u64::from(steps))?)
    }

    /// Sends nothing more; what was measured is kept.
    pub fn cancel(&mut self) {
        match &mut self.session {
            // Its run ends the suite when it is added.
            Some(session) => session.cancel(),
            None => self.rehearsal.cancel(),
        }
    }

    /// The run under way has ended.
    pub fn end(&mut self) {
        if let Some(session) = self.session.take() {
            self.rehearsal.add(session.into_run());
        }
    }

    /// How far the suite is: `{answered, total}`, all runs of all benchmarks together.
    ///
    /// # Errors
    /// None that a suite which was read could cause.
    pub fn progress(&self) -> Result<JsValue, Refusal> {
        let (answered, total) = self.rehearsal.progress();
        let under_way = self.session.as_ref().map_or(0, |session| session.progress().answered);
        to_js(&json!({"answered": answered + under_way, "total": total}))
    }

    /// The result document.
    ///
    /// # Errors
    /// None that a suite which was read could cause.
    pub fn document(&self) -> Result<String, Refusal> {
        Ok(self.rehearsal.document().to_json())
    }
}

impl WireAnswer {
    /// The answer with its price where the model and the tokens are known.
    fn into_answer(self, benchmark: Option<&Benchmark>) -> Answer {
        let usage = self.usage.unwrap_or(Usage { input_tokens: self.input_tokens, output_tokens: self.output_tokens });
        let model = self.model.as_deref().or(benchmark.and_then(|benchmark| benchmark.model.as_deref()));
        let tokens = CallTokens { input: usage.input_tokens, output: usage.output_tokens, ..CallTokens::default() };
        let counted = usage.input_tokens + usage.output_tokens > 0;
        let priced = || price_call(Catalog::full().get(model?)?, tokens, Tier::Standard).total();
        let sane = |value: &f64| value.is_finite() && *value >= 0.0;
        Answer {
            failed: None,
            ttft_ms: self.ttft_ms.filter(sane),
            last_ms: self.last_ms.filter(sane),
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cost_usd: self
                .cost_usd
                .filter(sane)
                .or_else(|| if counted { priced() } else { None }.map(|usd| usd.dollars())),
            cache_hit: self.cache_hit,
            model: model.map(Rc::from),
            stages: self
                .stages
                .into_iter()
                .filter(|stage| sane(&stage.ms))
                .map(|stage| CallStage { name: stage.name.into(), ms: stage.ms })
                .collect(),
            of_type: None,
        }
    }
}

/// A suite given as an object, as JSON text or by the name of a ready-made one.
fn suite_from(value: &JsValue) -> Result<Suite, Refusal> {
    if is_nothing(value) {
        return Ok(SuitePreset::Verdict.suite());
    }
    if let Some(preset) = value.as_string().as_deref().and_then(SuitePreset::from_key) {
        return Ok(preset.suite());
    }
    Ok(Suite::read(&text_from(value)?)?)
}
