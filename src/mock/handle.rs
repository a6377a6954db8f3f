use std::collections::{BTreeMap, BTreeSet, VecDeque};

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use crate::bedrock::claude::{self, Metrics};
use crate::bedrock::event_stream::{Frame, HeaderValue, decode_all};
use crate::bedrock::{
    Answer, Ask, AskBlock, Block, Body, Delta, Dialect, End, Event, Exception, Headers, Identity, ModelRules,
    Operation, Piece, Reply, Request, Role, Step, StopReason, Turn, Usage, converse, nova, route, steps,
};
use crate::catalog::{Catalog, Mode, Model, TokenizerFamily, message_frame, weight};
use crate::cost::{CallTokens, Tier, price_call};
use crate::fixture::{Library, Recording, Response, replays};
use crate::problem::Problems;
use crate::sim::{Purpose, Stream};

use super::choose::{Choice, answer_of, choose};
use super::config::Config;
use super::fault::{Fault, FaultKind};
use super::guardrail::Guardrail;
use super::latency::{Pace, pace};
use super::ledger::{CallRecord, Ledger, StreamEnd};
use super::quota::Buckets;
use super::truncate::{total_weight, truncate};

/// A mock of Bedrock's runtime: requests in, replies out, no clock and no network.
#[derive(Debug)]
pub struct Mock {
    library: Library,
    catalog: Catalog,
    config: Config,
    forced: VecDeque<Exception>,
    overrides: BTreeMap<String, String>,
    faults: Vec<Fault>,
    buckets: BTreeMap<String, Buckets>,
    /// What the request that is being answered took from its model's quotas.
    reserved: Option<(String, f64)>,
    /// How often each request was answered from its fixtures.
    served: BTreeMap<String, usize>,
    /// Models that have answered once.
    warm: BTreeSet<String>,
    ledger: Ledger,
    calls: u64,
}

/// The largest body the service takes.
const MAX_BODY: usize = 25_000_000;

impl Mock {
    pub fn new(library: Library, catalog: Catalog, config: Config) -> Self {
        Mock {
            library,
            catalog,
            forced: VecDeque::new(),
            overrides: BTreeMap::new(),
            faults: config.faults.clone(),
            buckets: BTreeMap::new(),
            reserved: None,
            served: BTreeMap::new(),
            warm: BTreeSet::new(),
            ledger: Ledger::default(),
            calls: 0,
            config,
        }
    }

    /// The next `count` calls fail with this exception, whatever they ask.
    pub fn force_error(&mut self, code: &str, message: &str, count: usize) {
        self.forced.extend(std::iter::repeat_n(Exception::new(code, message), count));
    }

    /// Requests with this prompt hash are answered with this text.
    pub fn set_response_override(&mut self, prompt_hash: &str, response: &str) {
        self.overrides.insert(prompt_hash.to_string(), response.to_string());
    }

    /// Replaces the scripted faults by those of a list.
    ///
    /// # Errors
    /// Everything in the list that is no fault.
    pub fn set_faults(&mut self, list: &Value) -> Result<(), Problems> {
        let wrapped = json!({"faults": list});
        let config = Config::read(&wrapped)?;
        self.faults = config.faults;
        Ok(())
    }

    pub fn library(&self) -> &Library {
        &self.library
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Exchanges the fixtures; the ledger and everything queued stay.
    pub fn set_library(&mut self, library: Library) {
        self.library = library;
        self.served.clear();
    }

    /// The calls so far.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Forgets calls, forced errors and overrides, and begins anew: the faults of the
    /// configuration wait again, and the same calls give the same bytes again.
    pub fn reset(&mut self) {
        self.forced.clear();
        self.overrides.clear();
        self.faults = self.config.faults.clone();
        self.buckets.clear();
        self.served.clear();
        self.warm.clear();
        self.ledger.clear();
        self.calls = 0;
    }

    /// Answers a request that comes at `now_ms` of the caller's clock.
    pub fn handle(&mut self, request: &Request, now_ms: f64) -> Reply {
        let call = self.calls;
        self.calls += 1;
        let identity = Identity::new(self.config.seed, call);
        let mut record = CallRecord::new(call, now_ms, identity.request_id());
        record.invocation_id = request.headers.get("amz-sdk-invocation-id").map(str::to_string);
        record.attempt = request.headers.get("amz-sdk-request").and_then(attempt_number);
        let mut unknown = Vec::new();
        let reply = self.answer(request, now_ms, &identity, &mut record, &mut unknown).unwrap_or_else(|failed| {
            record.status = failed.exception.status();
            record.error = Some(failed.exception.name.clone());
            record.retry_after_s = failed.exception.retry_after_s;
            record.reason = failed.reason;
            record.ttft_ms = failed.at_ms;
            record.latency_ms = failed.at_ms;
            failed.exception.reply(&record.request_id, failed.at_ms)
        });
        self.settle(now_ms + reply.end_ms(), &record);
        self.ledger.push(record, &unknown);
        reply
    }

    fn answer(
        &mut self,
        request: &Request,
        now_ms: f64,
        identity: &Identity,
        record: &mut CallRecord,
        unknown: &mut Vec<String>,
    ) -> Result<Reply, Failed> {
        let forced = self.forced.pop_front();
        let routed = route(request);
        if let Ok(routed) = &routed {
            record.operation = routed.operation.name().to_string();
            record.model_id.clone_from(&routed.model_id);
        }
        if let Some(exception) = forced {
            return Err(Failed::because(exception, "forced error"));
        }
        let routed = routed?;
        if request.body.len() > MAX_BODY {
            return Err(Exception::usual("PayloadTooLargeException").into());
        }
        let (operation, model_id) = (routed.operation, routed.model_id);
        let known = self.config.aliases.get(&model_id).unwrap_or(&model_id);
        let model = match self.catalog.get(known) {
            Some(model) => model.clone(),
            None => {
                if let Some(recording) =
                    self.library.recorded_error(known, operation).and_then(|f| replays(f, operation))
                {
                    let reply = replay(recording, Pace::AT_ONCE);
                    record.status = reply.status;
                    record.error = Some(exception_name(&reply));
                    record.reason = "matched a recorded error of this model".to_string();
                    return Ok(reply);
                }
                let recorded = self.library.has_recorded(known).then(|| Model::unpriced(known));
                recorded.ok_or_else(|| Exception::validation("The provided model identifier is invalid."))?
            }
        };
        let rules = ModelRules::of(&model);
        let family = model.tokenizer.unwrap_or(TokenizerFamily::Claude3);
        let ask = read_ask(request, operation, &model, &model_id, &rules)?;
        record.asked(&ask);
        let prompt_estimate = estimate_prompt(&ask, family);
        if model.max_input_tokens.is_some_and(|most| prompt_estimate > most) {
            return Err(Exception::validation("Input is too long for requested model.").into());
        }
        let fault = self.faults.iter_mut().find_map(|fault| fault.strikes(&ask).then(|| fault.kind.clone()));
        if let Some(FaultKind::Http(exception)) = &fault {
            return Err(Failed::because(exception.clone(), "scripted fault: http"));
        }
        self.admit(&ask, &model, prompt_estimate, now_ms)?;
        self.fail_by_rate(record.call)?;
        let chosen = choose(
            &ask,
            &self.library,
            &self.overrides,
            self.config.fallback,
            &mut self.served,
            self.config.seed,
            record.call,
        );
        if operation == Operation::CountTokens {
            return count_tokens(
                &model,
                &model_id,
                chosen.ok().as_ref().map(|(choice, _)| choice),
                prompt_estimate,
                record,
            );
        }
        let (choice, reason) = chosen?;
        record.reason = match &fault {
            Some(fault) => format!("{reason}; scripted fault: {}", fault.key()),
            None => reason,
        };
        let fixture = if let Choice::Fixture(fixture) = &choice { Some(*fixture) } else { None };
        let cold_ms = if self.warm.insert(model.id.clone()) { self.config.cold_start_ms } else { 0.0 };
        let late_ms = if let Some(FaultKind::SlowFirstToken { ms }) = &fault { *ms } else { 0.0 };
        let (mode, seed, call) = (self.config.latency, self.config.seed, record.call);
        let timing = |output_tokens| {
            let mut pace = pace(mode, fixture, Some(&model), output_tokens, seed, call);
            pace.first_ms += cold_ms + late_ms;
            pace.whole_ms += cold_ms + late_ms;
            pace
        };
        if let Some(Response::Error(error)) = fixture.map(|fixture| &fixture.response) {
            let pace = timing(0);
            return Err(Failed { exception: error.clone(), reason: record.reason.clone(), at_ms: pace.whole_ms });
        }
        if let Some(recording) = fixture.and_then(|fixture| replays(fixture, operation)) {
            let usage = recording.answer().map(|answer| answer.usage).unwrap_or_default();
            record.used(&usage);
            charge(record, &model, &usage, ask.tier, unknown);
            let mut reply = replay(recording, timing(usage.output_tokens));
            damage(&mut reply, fault.as_ref(), record);
            finish(record, &reply);
            record.status = reply.status;
            record.error = (reply.status >= 400).then(|| exception_name(&reply));
            return Ok(reply);
        }
        let answer = answer_of(&choice).ok_or_else(|| {
            Exception::validation(format!(
                "The fixture {} is a recording of another operation whose body has no known form; record {} for it.",
                fixture.map_or("", |fixture| fixture.id.as_str()),
                operation.name()
            ))
        })?;
        let broken = match fixture.map(|fixture| &fixture.response) {
            Some(Response::Broken { error, after_events, .. }) => Some((error.clone(), *after_events)),
            _ => None,
        };
        if let Some((error, _)) = broken.as_ref().filter(|_| !operation.is_stream()) {
            let pace = timing(0);
            return Err(Failed { exception: error.clone(), reason: record.reason.clone(), at_ms: pace.whole_ms });
        }
        if operation.is_invoke() && rules.dialect == Dialect::Other {
            return Err(Exception::validation(format!(
                "Answers for {} on {} are replayed from recordings, and none matches; record one, or ask by Converse.",
                model.id,
                operation.name()
            ))
            .into());
        }
        let declared = fixture.is_some_and(|fixture| fixture.usage_declared);
        let (answer, trace) = self.shaped(answer, declared, &ask, family, prompt_estimate);
        record.used(&answer.usage);
        charge(record, &model, &answer.usage, ask.tier, unknown);
        let pace = timing(answer.usage.output_tokens);
        let mut reply = if operation.is_stream() {
            let scene = Scene { answer: &answer, rules: &rules, identity, trace: trace.as_ref(), operation };
            scene.stream(&steps(&answer, family, identity.chunk_sizes()), pace, &record.request_id)
        } else {
            whole(&answer, &rules, &model, identity, trace.as_ref(), operation, pace, &record.request_id)
        };
        if let Some((exception, after)) = broken {
            damage(&mut reply, Some(&FaultKind::ExceptionFrame { exception, after }), record);
        }
        damage(&mut reply, fault.as_ref(), record);
        finish(record, &reply);
        Ok(reply)
    }

    /// The answer as it is sent: guarded, ended by `max_tokens` and stop sequences, counted.
    fn shaped(
        &self,
        mut answer: Answer,
        declared: bool,
        ask: &Ask,
        family: TokenizerFamily,
        prompt_estimate: u64,
    ) -> (Answer, Option<Value>) {
        let guardrail = self.config.guardrail.as_ref().filter(|guardrail| guardrail.always || ask.guardrail);
        if !declared {
            answer.usage.input_tokens = prompt_estimate;
            answer.usage.output_tokens = (total_weight(&answer, family) + 500) / 1000;
            if !answer.content.is_empty() {
                answer.usage.output_tokens = answer.usage.output_tokens.max(1);
            }
        }
        let mut trace = None;
        if let Some(guardrail) = guardrail {
            trace = Some(guard(guardrail, &mut answer, ask));
        }
        truncate(&mut answer, ask.max_tokens, &ask.stop_sequences, family);
        (answer, trace)
    }

    /// Takes the request from the model's quotas; counting tokens is free.
    fn admit(&mut self, ask: &Ask, model: &Model, prompt: u64, now_ms: f64) -> Result<(), Failed> {
        let quota = self.config.quotas.get(&model.id).or_else(|| self.config.quotas.get("*"));
        let Some(quota) = quota.filter(|_| ask.operation != Operation::CountTokens) else { return Ok(()) };
        let most = ask.max_tokens.or(model.max_output_tokens).unwrap_or(0);
        let reserved = (prompt + most) as f64;
        let buckets = self.buckets.entry(model.id.clone()).or_insert_with(|| Buckets::new(quota));
        match buckets.admit(now_ms, reserved) {
            Ok(()) => {
                self.reserved = Some((model.id.clone(), reserved));
                Ok(())
            }
            Err(throttled) => {
                let message = if throttled.tokens {
                    "Too many tokens, please wait before trying again.".to_string()
                } else {
                    Exception::usual("ThrottlingException").message
                };
                let mut exception = Exception::new("ThrottlingException", message);
                exception.retry_after_s = Some(throttled.retry_after_s);
                let what = if throttled.tokens { "quota: tokens a minute" } else { "quota: requests a minute" };
                Err(Failed::because(exception, what))
            }
        }
    }

    /// Gives back what the request reserved and did not use, however it ended.
    fn settle(&mut self, end_ms: f64, record: &CallRecord) {
        let Some((model, reserved)) = self.reserved.take() else { return };
        if let Some(buckets) = self.buckets.get_mut(&model) {
            let counted = (record.input_tokens + record.cache_write_tokens) as f64;
            buckets.settle_at(end_ms, reserved, counted, record.output_tokens as f64);
        }
    }

    fn fail_by_rate(&self, call: u64) -> Result<(), Failed> {
        let draw = Stream::new(self.config.seed, Purpose::Fault).word(call);
        let chance = |bits: u64| bits as f64 / f64::from(u32::MAX);
        if chance(draw >> 32) < self.config.throttle_rate {
            return Err(Failed::because(Exception::usual("ThrottlingException"), "throttle rate"));
        }
        if chance(draw & 0xFFFF_FFFF) < self.config.error_rate {
            return Err(Failed::because(Exception::usual("InternalServerException"), "error rate"));
        }
        Ok(())
    }
}

/// An exception, when it comes, and why.
struct Failed {
    exception: Exception,
    reason: String,
    at_ms: f64,
}

impl Failed {
    fn because(exception: Exception, reason: &str) -> Self {
        Failed { exception, reason: reason.to_string(), at_ms: 0.0 }
    }
}

impl From<Exception> for Failed {
    fn from(exception: Exception) -> Self {
        Failed::because(exception, "refused")
    }
}

/// `attempt=2; max=3`
fn attempt_number(header: &str) -> Option<u64> {
    header.split(';').find_map(|part| part.trim().strip_prefix("attempt=")?.parse().ok())
}

/// What a request asks, checked as the service checks it.
fn read_ask(
    request: &Request,
    operation: Operation,
    model: &Model,
    model_id: &str,
    rules: &ModelRules,
) -> Result<Ask, Exception> {
    if model.mode == Mode::Embedding && !operation.is_invoke() {
        return Err(Exception::validation(
            "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
        ));
    }
    let mut ask = match operation {
        Operation::Converse | Operation::ConverseStream => converse::read(&request.body, model_id, rules, operation)?,
        Operation::InvokeModel | Operation::InvokeModelWithResponseStream => {
            read_invoke(&request.body, operation, model_id, rules)?
        }
        Operation::CountTokens => read_count(&request.body, model_id, rules)?,
    };
    let header = |name: &str| request.headers.get(name);
    if let Some(labels) = header("x-amzn-bedrock-request-metadata") {
        let labels: Map<String, Value> = serde_json::from_str(labels).map_err(|_| {
            Exception::validation("The X-Amzn-Bedrock-Request-Metadata header must be a JSON object of strings.")
        })?;
        ask.metadata.extend(labels.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_string()))));
    }
    if let Some(tier) = header("x-amzn-bedrock-service-tier").and_then(Tier::from_key) {
        ask.tier = tier;
    }
    ask.guardrail |= header("x-amzn-bedrock-guardrailidentifier").is_some();
    Ok(ask)
}

fn read_invoke(body: &[u8], operation: Operation, model_id: &str, rules: &ModelRules) -> Result<Ask, Exception> {
    match rules.dialect {
        Dialect::Claude => claude::read(body, model_id, rules, operation),
        Dialect::Nova => nova::read(body, model_id, rules, operation),
        Dialect::Other => other_provider(body, operation, model_id),
    }
}

fn read_count(body: &[u8], model_id: &str, rules: &ModelRules) -> Result<Ask, Exception> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Exception::usual("ValidationException"))?;
    let input = &body["input"];
    let operation = Operation::CountTokens;
    if input.as_object().is_none_or(|union| union.len() != 1) {
        return Err(Exception::validation("input: expected exactly one of invokeModel and converse"));
    }
    if let Some(encoded) = input["invokeModel"]["body"].as_str() {
        let decoded = BASE64.decode(encoded.as_bytes()).map_err(|_| Exception::usual("ValidationException"))?;
        return read_invoke(&decoded, operation, model_id, rules);
    }
    if input["converse"].is_object() {
        return converse::read_value(&input["converse"], model_id, rules, operation);
    }
    Err(Exception::validation("input: expected exactly one of invokeModel and converse"))
}

/// A body of a provider whose forms are only replayed: its prompt, as far as it can be found.
fn other_provider(body: &[u8], operation: Operation, model_id: &str) -> Result<Ask, Exception> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Exception::usual("ValidationException"))?;
    let prompt = ["inputText", "prompt", "message"].iter().find_map(|name| body[*name].as_str());
    let messages = body["messages"].as_array().map(|_| body["messages"].clone());
    let text = prompt.map_or_else(|| converse::sorted(&body).to_string(), str::to_string);
    Ok(Ask {
        operation,
        model_id: model_id.to_string(),
        system: Vec::new(),
        messages: messages.unwrap_or_else(|| json!([{"role": "user", "content": text}])),
        turns: vec![Turn { role: Role::User, blocks: vec![AskBlock::Text(text)] }],
        max_tokens: None,
        stop_sequences: Vec::new(),
        tools: Vec::new(),
        tools_text: String::new(),
        guardrail: false,
        tier: Tier::Standard,
        metadata: BTreeMap::new(),
    })
}

/// Tokens of the prompt by estimate: its texts, and a frame for each message.
fn estimate_prompt(ask: &Ask, family: TokenizerFamily) -> u64 {
    let texts: u64 = ask.prompt_texts().map(|text| weight(text, family)).sum();
    (texts + 500) / 1000 + message_frame(family) * ask.turns.len() as u64
}

/// Guards what goes in and what comes out; gives the trace.
fn guard(guardrail: &Guardrail, answer: &mut Answer, ask: &Ask) -> Value {
    let input = guardrail.assess(&ask.last_user_text());
    if input.blocks() {
        // The model was never asked.
        *answer = Answer {
            content: vec![Block::Text(guardrail.blocked_input.clone())],
            stop_reason: StopReason::GuardrailIntervened,
            stop_sequence: None,
            usage: Usage::default(),
        };
        return guardrail.trace(&input, None);
    }
    let output = guardrail.assess(&answer.plain_text());
    if output.blocks() {
        answer.content = vec![Block::Text(guardrail.blocked_output.clone())];
        answer.stop_reason = StopReason::GuardrailIntervened;
    } else if output.intervenes() {
        for block in &mut answer.content {
            if let Block::Text(text) = block {
                *text = guardrail.assess(text).text;
            }
        }
        answer.stop_reason = StopReason::GuardrailIntervened;
    }
    guardrail.trace(&input, Some(&output))
}

/// What the call costs; prices that are not known are named.
fn charge(record: &mut CallRecord, model: &Model, usage: &Usage, tier: Tier, unknown: &mut Vec<String>) {
    let tokens = CallTokens {
        input: usage.input_tokens,
        output: usage.output_tokens,
        cache_read: usage.cache_read_tokens,
        cache_write_5m: usage.cache_write_tokens,
        cache_write_1h: usage.cache_write_1h_tokens,
    };
    let cost = price_call(model, tokens, tier);
    record.cost_usd = cost.total();
    unknown.extend(cost.unknown().into_iter().map(|part| format!("{}.{part}", model.id)));
}

fn count_tokens(
    model: &Model,
    model_id: &str,
    choice: Option<&Choice<'_>>,
    estimate: u64,
    record: &mut CallRecord,
) -> Result<Reply, Failed> {
    // Only base ids of Claude are counted.
    if ModelRules::of(model).dialect != Dialect::Claude || !model_id.starts_with("anthropic.") {
        return Err(Exception::validation("The provided model doesn't support counting tokens.").into());
    }
    let declared = choice.and_then(|choice| match choice {
        Choice::Fixture(fixture) if fixture.usage_declared => Some(fixture.usage().prompt_tokens()),
        _ => None,
    });
    let tokens = declared.unwrap_or(estimate);
    record.reason = if declared.is_some() { "declared usage".to_string() } else { "estimate".to_string() };
    record.input_tokens = tokens;
    let headers =
        Headers::from([("content-type", "application/json")]).with("x-amzn-requestid", record.request_id.clone());
    Ok(Reply {
        status: 200,
        headers,
        at_ms: 0.0,
        body: Body::Whole(json!({"inputTokens": tokens}).to_string().into_bytes()),
    })
}

/// A whole answer.
#[allow(clippy::too_many_arguments, reason = "the parts of one response, gathered in one place")]
fn whole(
    answer: &Answer,
    rules: &ModelRules,
    model: &Model,
    identity: &Identity,
    trace: Option<&Value>,
    operation: Operation,
    pace: Pace,
    request_id: &str,
) -> Reply {
    let latency_ms = libm::round(pace.whole_ms) as u64;
    let mut headers = Headers::from([("content-type", "application/json")]).with("x-amzn-requestid", request_id);
    let body = if operation == Operation::Converse {
        converse::body(answer, identity, latency_ms, trace)
    } else {
        headers = headers
            .with("x-amzn-bedrock-invocation-latency", latency_ms.to_string())
            .with("x-amzn-bedrock-input-token-count", answer.usage.input_tokens.to_string())
            .with("x-amzn-bedrock-output-token-count", answer.usage.output_tokens.to_string());
        if answer.usage.uses_cache() || model.prices.cache_read.is_some() {
            headers = headers
                .with("x-amzn-bedrock-cache-read-input-token-count", answer.usage.cache_read_tokens.to_string())
                .with("x-amzn-bedrock-cache-write-input-token-count", answer.usage.written_tokens().to_string());
        }
        let mut body = match rules.dialect {
            Dialect::Nova => nova::body(answer, identity),
            _ => claude::body(answer, rules, identity),
        };
        if let Some(trace) = trace {
            body["amazon-bedrock-trace"] = invoke_trace(trace);
            body["amazon-bedrock-guardrailAction"] = json!(guardrail_action(answer));
        }
        body
    };
    Reply { status: 200, headers, at_ms: pace.whole_ms, body: Body::Whole(body.to_string().into_bytes()) }
}

fn guardrail_action(answer: &Answer) -> &'static str {
    if answer.stop_reason == StopReason::GuardrailIntervened { "INTERVENED" } else { "NONE" }
}

/// The trace as InvokeModel has it: the same assessments under shorter names.
fn invoke_trace(trace: &Value) -> Value {
    let guardrail = &trace["guardrail"];
    let mut out = Map::new();
    if guardrail["inputAssessment"].is_object() {
        out.insert("input".to_string(), guardrail["inputAssessment"].clone());
    }
    if guardrail["outputAssessments"].is_object() {
        out.insert("outputs".to_string(), json!([guardrail["outputAssessments"]]));
    }
    json!({"guardrail": out})
}

/// What the frames of a stream are made from.
struct Scene<'a> {
    answer: &'a Answer,
    rules: &'a ModelRules,
    identity: &'a Identity,
    trace: Option<&'a Value>,
    operation: Operation,
}

impl Scene<'_> {
    fn stream(&self, steps: &[Step<'_>], pace: Pace, request_id: &str) -> Reply {
        let tokens = self.answer.usage.output_tokens as f64;
        let first = steps.iter().find(|step| step.done > 0.0).map_or(0.0, |step| step.done);
        let mut chunks = 0_u32;
        let times: Vec<f64> = steps
            .iter()
            .map(|step| {
                chunks += u32::from(matches!(&step.event, Event::Delta { .. }));
                match pace.ms_per_chunk {
                    Some(ms) => f64::from(chunks.max(1)) * ms,
                    None => pace.first_ms + (step.done - first).max(0.0) * tokens * pace.ms_per_token,
                }
            })
            .collect();
        let metrics = Metrics {
            latency_ms: libm::round(times.last().copied().unwrap_or(pace.first_ms)) as u64,
            first_byte_ms: libm::round(times.first().copied().unwrap_or(pace.first_ms)) as u64,
        };
        let mut pieces: Vec<Piece> = Vec::with_capacity(steps.len() + 2);
        let mut nova_index = 0;
        for (step, at_ms) in steps.iter().zip(times) {
            for frame in self.frames(&step.event, metrics, pieces.len(), &mut nova_index) {
                // Only a payload of more than 24 MiB does not encode, and no fixture's block is.
                pieces.push(Piece { at_ms, bytes: frame.encode().unwrap_or_default() });
            }
        }
        let mut headers = Headers::from([("content-type", "application/vnd.amazon.eventstream")])
            .with("x-amzn-requestid", request_id);
        if self.operation == Operation::InvokeModelWithResponseStream {
            headers = headers.with("x-amzn-bedrock-content-type", "application/json");
        }
        let at_ms = pieces.first().map_or(0.0, |piece| piece.at_ms);
        Reply { status: 200, headers, at_ms, body: Body::Stream(pieces, End::Clean) }
    }

    /// The frames of an event: one, none for what a dialect does not send, two where Nova closes
    /// a block after every delta.
    fn frames(&self, event: &Event<'_>, metrics: Metrics, sent: usize, nova_index: &mut usize) -> Vec<Frame> {
        if self.operation == Operation::ConverseStream {
            let named = converse::event(event, self.answer, self.identity, metrics.latency_ms, self.trace);
            return named.into_iter().map(|(name, value)| self.converse_frame(name, value, sent)).collect();
        }
        if self.rules.dialect == Dialect::Nova {
            let events = nova_events(event, nova_index);
            let values = events.iter().map(|event| nova::event(event, self.answer, self.identity, metrics));
            return values
                .filter(|value| !value.is_null())
                .enumerate()
                .map(|(i, value)| self.chunk_frame(&value, sent + i))
                .collect();
        }
        let mut value = claude::event(event, self.answer, self.rules, self.identity, metrics);
        if value.is_null() {
            return Vec::new();
        }
        if let Some(trace) = self.trace {
            value["amazon-bedrock-guardrailAction"] = json!(guardrail_action(self.answer));
            if matches!(event, Event::End) {
                value["amazon-bedrock-trace"] = invoke_trace(trace);
            }
        }
        vec![self.chunk_frame(&value, sent)]
    }

    fn converse_frame(&self, name: &str, mut value: Value, index: usize) -> Frame {
        value["p"] = json!(self.identity.padding(index));
        Frame { headers: event_headers(name), payload: converse::sorted(&value).to_string().into_bytes() }
    }

    fn chunk_frame(&self, value: &Value, index: usize) -> Frame {
        let bytes = BASE64.encode(value.to_string().as_bytes());
        let payload = json!({"bytes": bytes, "p": self.identity.padding(index)});
        Frame { headers: event_headers("chunk"), payload: payload.to_string().into_bytes() }
    }
}

/// Nova's events for one of ours: each delta of a text is a block of its own, numbered on.
fn nova_events<'a>(event: &Event<'a>, index: &mut usize) -> Vec<Event<'a>> {
    match event {
        Event::Delta { delta: delta @ (Delta::Text(_) | Delta::Thinking(_)), .. } => {
            *index += 1;
            vec![Event::Delta { index: *index - 1, delta: delta.clone() }, Event::BlockStop { index: *index - 1 }]
        }
        Event::BlockStart { block: block @ Block::ToolUse { .. }, .. } => {
            vec![Event::BlockStart { index: *index, block }]
        }
        // The empty first piece of a tool's input is not sent.
        Event::Delta { delta: Delta::ToolInput(json), .. } if json.is_empty() => Vec::new(),
        Event::Delta { delta: delta @ Delta::ToolInput(_), .. } => {
            vec![Event::Delta { index: *index, delta: delta.clone() }]
        }
        Event::BlockStart { .. } | Event::Delta { .. } => Vec::new(),
        Event::BlockStop { .. } => Vec::new(),
        Event::MessageStop { stop_reason } => vec![Event::MessageStop { stop_reason: *stop_reason }],
        other => vec![other.clone()],
    }
}

fn event_headers(name: &str) -> Vec<(String, HeaderValue)> {
    let header = |name: &str, value: &str| (name.to_string(), HeaderValue::String(value.to_string()));
    vec![header(":event-type", name), header(":content-type", "application/json"), header(":message-type", "event")]
}

/// A recording, byte for byte; its frames at their recorded times, or spread over the pace.
fn replay(recording: &Recording, pace: Pace) -> Reply {
    let headers = recording.headers.clone();
    if !recording.operation.is_stream() || recording.status != 200 {
        return Reply {
            status: recording.status,
            headers,
            at_ms: pace.whole_ms,
            body: Body::Whole(recording.body.clone()),
        };
    }
    let mut rest = recording.body.as_slice();
    let mut parts = Vec::new();
    while let Some(total) = rest.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes) as usize) {
        let Some((frame, tail)) = (total > 0).then(|| rest.split_at_checked(total)).flatten() else { break };
        parts.push(frame);
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    let last = (parts.len().max(2) - 1) as f64;
    let span = (pace.whole_ms - pace.first_ms).max(0.0);
    let pieces = parts.iter().enumerate().map(|(index, bytes)| Piece {
        at_ms: recording.at_ms.get(index).copied().unwrap_or(pace.first_ms + span * index as f64 / last),
        bytes: bytes.to_vec(),
    });
    Reply { status: recording.status, headers, at_ms: pace.first_ms, body: Body::Stream(pieces.collect(), End::Clean) }
}

/// Does to the reply what the fault does, and notes how the stream ends then.
fn damage(reply: &mut Reply, fault: Option<&FaultKind>, record: &mut CallRecord) {
    let Body::Stream(pieces, end) = &mut reply.body else { return };
    let whole = record.stream_end.unwrap_or(StreamEnd::Complete);
    let Some(fault) = fault else {
        record.stream_end = Some(whole);
        return;
    };
    *end = fault.damage(pieces);
    record.stream_end = Some(match fault {
        FaultKind::ExceptionFrame { exception, .. } => {
            record.error = Some(exception.name.clone());
            StreamEnd::Exception
        }
        FaultKind::ErrorFrame { code, .. } => {
            record.error = Some(code.clone());
            StreamEnd::Exception
        }
        FaultKind::CutFrame { .. } | FaultKind::CutCharacter { .. } | FaultKind::EarlyEnd { .. } => {
            StreamEnd::Truncated
        }
        FaultKind::CrcFlip { .. } => StreamEnd::Damaged,
        _ => whole,
    });
}

fn finish(record: &mut CallRecord, reply: &Reply) {
    record.ttft_ms = reply.at_ms;
    record.latency_ms = reply.end_ms();
}

/// The exception a recorded error names.
fn exception_name(reply: &Reply) -> String {
    let header = reply.headers.get("x-amzn-errortype").unwrap_or("UnknownError");
    header.split([':', ',', '#']).next().unwrap_or(header).to_string()
}

/// The frames of a whole stream, for those who look at it.
pub(super) fn frames_of(reply: &Reply) -> Vec<Frame> {
    decode_all(&reply.bytes()).unwrap_or_default()
}
