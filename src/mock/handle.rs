//! The way of a request through the mock, from the bytes that arrive to the bytes that leave.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use crate::bedrock::{
    Answer, Ask, Dialect, Exception, ExceptionKind, Identity, ModelRules, Operation, Reply, Request, Route,
    TraceWanted, Usage, arn, route, steps,
};
use crate::catalog::{Catalog, Model, TokenizerFamily};
use crate::doors::{self, Call, Host, State};
use crate::fixture::{Fixture, Library, Response, replays};
use crate::problem::{Problem, Problems};
use crate::random::{Purpose, Stream};
use crate::rules::{self, Frame};
use crate::words::{Arg, Message, Word, clipped};

use super::cache::PromptCache;
use super::cache_trace;
use super::charged::{charge, priced_miss};
use super::choose::{Choice, Choosing, Fallback, answer_of, choose};
use super::config::{Config, no_exception};
use super::door::{self, Found};
use super::examine::{ended, too_long};
use super::failed::Failed;
use super::fault::{Fault, FaultKind, damage};
use super::guard_door::GuardDoor;
use super::guardrail::NOT_ASSESSED;
use super::latency::{Paced, Paces};
use super::ledger::{CallRecord, Ledger, StreamEnd};
use super::prompt::Prompt;
use super::quota::Quotas;
use super::recorded::{exception_name, recorded_error, replay};
use super::request::read_ask;
use super::rerank_door::is_rerank;
use super::scene::Scene;
use super::shape::{Shape, shape};
use super::whole::count_tokens;

/// What the service says where a model that streams nothing is asked for a stream.
///
/// # Source
/// Issues of langchainjs (2645, 2023) and of amazon-bedrock-client-for-mac (112, 2025).
const NO_STREAM: &str = "The model is unsupported for streaming.";

/// A mock of Bedrock's runtime: requests in, replies out, no clock and no network.
#[derive(Debug)]
pub struct Mock {
    pub(super) library: Arc<Library>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) config: Config,
    /// Exceptions that come whatever is asked, and how often.
    pub(super) forced: VecDeque<(Exception, usize)>,
    overrides: BTreeMap<String, String>,
    pub(super) faults: Vec<Fault>,
    quotas: Quotas,
    prompt_cache: PromptCache,
    /// How often each request was answered from its fixtures.
    pub(super) served: BTreeMap<String, usize>,
    /// Models that have answered once.
    warm: BTreeSet<String>,
    pub(super) paces: Paces,
    pub(super) ledger: Ledger,
    /// What the newer doors keep between calls.
    doors: State,
    pub(super) calls: u64,
}

/// A request that was read and accepted.
pub(super) struct Accepted<'a> {
    /// The door it came through, if it was one of the newer ones.
    pub call: Option<&'a Call>,
    pub model: &'a Model,
    pub rules: ModelRules,
    pub family: TokenizerFamily,
    pub ask: Ask,
    pub prompt: Prompt,
    /// The most tokens that a quota lets its answer have.
    pub most_output: Option<u64>,
    /// When it came, in milliseconds of the caller's clock.
    pub now_ms: f64,
}

impl Accepted<'_> {
    /// Tokens of its prompt, by estimate.
    pub fn prompt_tokens(&self) -> u64 {
        self.prompt.tokens()
    }
}

/// Every model of the catalog, kept once for all mocks.
pub fn full_catalog() -> Arc<Catalog> {
    static SHARED: OnceLock<Arc<Catalog>> = OnceLock::new();
    SHARED.get_or_init(|| Arc::new(Catalog::full().clone())).clone()
}

/// Whether a text has the form of the hash of a prompt.
fn is_prompt_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The largest body the service takes.
pub(super) const MAX_BODY: usize = 25_000_000;

impl Mock {
    /// A mock with these fixtures and models. Both may be shared with others: what does not change is
    /// kept once.
    pub fn new(library: impl Into<Arc<Library>>, catalog: impl Into<Arc<Catalog>>, config: Config) -> Self {
        Mock {
            library: library.into(),
            catalog: catalog.into(),
            forced: VecDeque::new(),
            overrides: BTreeMap::new(),
            faults: config.faults.clone(),
            quotas: Quotas::default(),
            prompt_cache: PromptCache::default(),
            served: BTreeMap::new(),
            warm: BTreeSet::new(),
            paces: Paces::default(),
            ledger: Ledger::default(),
            doors: State::default(),
            calls: 0,
            config,
        }
    }

    /// The next `count` calls fail with this exception, whatever they ask.
    ///
    /// # Errors
    /// The name is none that the service is known to send: a misspelt one would be played as an error that no
    /// client retries. [`Mock::force`] takes any, and so does a fault of kind `http` with a `status`.
    pub fn force_error(&mut self, code: &str, message: &str, count: usize) -> Result<(), Problems> {
        if ExceptionKind::named(code).is_none() {
            return Err(no_exception("code".to_string(), code).into());
        }
        self.force(Exception::new(code, message), count);
        Ok(())
    }

    /// The next `count` calls fail with this exception, its waiting time and members included; its name may be
    /// one of your own.
    pub fn force(&mut self, exception: Exception, count: usize) {
        if count > 0 {
            self.forced.push_back((exception, count));
        }
    }

    /// Requests with this prompt hash are answered with this text.
    ///
    /// # Errors
    /// It is no prompt hash: no request would ever have it.
    pub fn set_response_override(&mut self, prompt_hash: &str, response: &str) -> Result<(), Problems> {
        if !is_prompt_hash(prompt_hash) {
            let what = Message::new(Word::mock_hash).text("value", clipped(prompt_hash, 80));
            return Err(Problem::error("prompt_hash", what, Word::mock_hash_hint).into());
        }
        self.overrides.insert(prompt_hash.to_string(), response.to_string());
        Ok(())
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

    /// The kinds of faults that wait and can do nothing, because waiting takes no time here.
    pub fn faults_without_time(&self) -> Vec<&'static str> {
        let idle = self.faults.iter().filter(|fault| self.beside(&fault.kind) == Word::reason_and_idle_fault);
        let mut kinds: Vec<&'static str> = Vec::new();
        for kind in idle.map(|fault| fault.kind.key()) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
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
    pub fn set_library(&mut self, library: impl Into<Arc<Library>>) {
        self.library = library.into();
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
        self.quotas.clear();
        self.prompt_cache.clear();
        self.served.clear();
        self.warm.clear();
        self.ledger.clear();
        self.doors.clear();
        self.calls = 0;
    }

    /// Answers a request that comes at `now_ms` of the caller's clock.
    pub fn handle(&mut self, request: &Request, now_ms: f64) -> Reply {
        self.respond_to(request, None, now_ms)
    }

    /// Refuses a request before it is read, in the form of the API it came to: its body is too large or
    /// did not come.
    pub fn refuse(&mut self, request: &Request, exception: Exception, now_ms: f64) -> Reply {
        self.respond_to(request, Some(exception), now_ms)
    }

    fn respond_to(&mut self, request: &Request, refusal: Option<Exception>, now_ms: f64) -> Reply {
        let call = self.calls;
        self.calls += 1;
        let identity = Identity::new(self.config.seed, call);
        let mut record = CallRecord::new(call, now_ms, identity.request_id());
        record.invocation_id = request.headers.get("amz-sdk-invocation-id").map(str::to_string);
        record.attempt = request.headers.get("amz-sdk-request").and_then(attempt_number);
        let at_door = doors::call(request, self.config.host);
        if let Some(at_door) = &at_door {
            record.came_through(at_door);
        }
        let mut unknown = Vec::new();
        let answered = match refusal {
            Some(exception) => Err(exception.into()),
            None => self.answer(request, at_door.as_ref(), now_ms, &identity, &mut record, &mut unknown),
        };
        let reply = answered.unwrap_or_else(|mut failed: Failed| {
            failed.exception.repeat_in_part(request);
            record.failed(&failed);
            match &at_door {
                Some(call) => call.refuse(&failed.exception, &record.request_id, &identity, failed.at_ms),
                None if failed.exception.name == "UnknownOperationException" => {
                    door::unknown_path(request, self.config.host, &mut record)
                }
                None => failed.exception.reply(&record.request_id, failed.at_ms),
            }
        });
        if record.error.is_some() && at_door.is_some() {
            record.status = reply.status;
        }
        record.ended_ms = if self.config.timeless { now_ms } else { now_ms + reply.end_ms() };
        self.quotas.settle(&record);
        self.ledger.push(record, &unknown);
        reply
    }

    /// Notes that the caller of a stream left after a part of it, `sent_ms` from the request on: the log says so,
    /// with the output tokens of that part and what they cost.
    pub fn left(&mut self, request_id: &str, part: f64, sent_ms: f64) {
        let (catalog, aliases) = (self.catalog.clone(), &self.config);
        self.ledger.change(request_id, |record| {
            let (usage, tier) = record.charged;
            let output_tokens = libm::round(usage.output_tokens as f64 * part.clamp(0.0, 1.0)) as u64;
            let usage = Usage { output_tokens, ..usage };
            match find_model(&catalog, aliases.stands_for(&record.model_id)) {
                Some(model) => charge(record, &model, &usage, tier, &mut Vec::new()),
                None => record.used(&usage),
            }
            record.stream_end = Some(StreamEnd::Left);
            record.latency_ms = sent_ms.min(record.latency_ms);
        });
    }

    /// From the request to what is sent, or to the exception that ends it.
    fn answer(
        &mut self,
        request: &Request,
        at_door: Option<&Call>,
        now_ms: f64,
        identity: &Identity,
        record: &mut CallRecord,
        unknown: &mut Vec<String>,
    ) -> Result<Reply, Failed> {
        let forced = self.next_forced();
        let host = self.config.host.or_else(|| request.headers.get("host").and_then(Host::named));
        if at_door.is_none() && host == Some(Host::Mantle) {
            // The AWS API is the runtime's alone.
            return Err(Exception::usual("UnknownOperationException").into());
        }
        if is_rerank(request) {
            return self.rerank(forced, request, record, unknown);
        }
        if let Some(door) = GuardDoor::of(request) {
            return self.guard(&door, forced, request, record);
        }
        let routed = match at_door {
            Some(call) => Ok(Route { operation: call.operation(), model_id: call.model().to_string() }),
            None => route(request),
        };
        if let Ok(routed) = &routed {
            record.operation = at_door.map_or_else(|| routed.operation.name().to_string(), Call::name);
            record.model_id.clone_from(&routed.model_id);
        }
        if let Some(exception) = forced {
            return Err(Failed::because(exception, Word::reason_forced));
        }
        // Whatever its path is for.
        if request.body.len() > MAX_BODY {
            return Err(Exception::usual("PayloadTooLargeException").into());
        }
        let Route { operation, model_id } = routed?;
        let (catalog, library) = (self.catalog.clone(), self.library.clone());
        if let Some(call) = at_door {
            let known = (&*catalog, &self.config.aliases);
            let without_model = door::without_model(call, &mut self.doors, known, identity, &record.request_id, now_ms);
            if let Some(reply) = without_model {
                let reply = reply?;
                record.status = reply.status;
                record.reason = Word::reason_no_model.into();
                return Ok(reply);
            }
        }
        let exact = self.exact(&library, request, operation);
        let known = self.config.stands_for(&model_id);
        let found = at_door.map(|call| door::find_model(call, known, &catalog, &library)).transpose();
        let found = match (found, exact) {
            (Err(_), Some((_, recording))) => return Ok(self.sent_again(recording, &model_id, record, unknown)),
            (found, _) => found?,
        };
        let model = match (found, find_model(&catalog, known)) {
            (Some(Found::Model(model)), _) => model,
            (Some(Found::Error(recording)), _) => return Ok(recorded_error(recording, record)),
            (None, Some(model)) => model,
            (None, None) => {
                if let Some((_, recording)) = exact {
                    return Ok(self.sent_again(recording, &model_id, record, unknown));
                }
                match library.recorded_error(known, operation).and_then(|fixture| replays(fixture, operation)) {
                    Some(recording) => return Ok(recorded_error(recording, record)),
                    None if library.has_recorded(known) => Cow::Owned(Model::unpriced(known)),
                    None => return Err(arn::unknown_model(&model_id, known).into()),
                }
            }
        };
        if let Some(exception) = ended(&model, self.config.today.as_deref()).filter(|_| exact.is_none()) {
            return Err(Failed::because(exception, Word::reason_end_of_life));
        }
        let accepted =
            match self.accept(request, at_door.map(|call| (call, &self.doors)), operation, &model, &model_id, now_ms) {
                Ok(accepted) => accepted,
                // What was recorded of a request that is refused comes before our own refusal.
                Err(refused) => match (exact, self.recorded(&library, request, operation, &model_id)) {
                    (Some((_, recording)), _) => {
                        return Ok(self.sent_again(recording, &model_id, record, unknown));
                    }
                    (None, Some(recording)) => return Ok(recorded_error(recording, record)),
                    (None, None) => return Err(refused.into()),
                },
            };
        let ask = &accepted.ask;
        let hashes = ask.hashes();
        record.asked(ask, &hashes);
        name_labels(ask, &library, unknown);
        // What the caller's own response cache answers asks nothing of the service.
        let spared = ask.metadata.get("cache").is_some_and(|label| label == "hit");
        let too_long = too_long(&accepted.rules, at_door, accepted.prompt_tokens(), ask);
        if let Some(exception) = too_long.filter(|_| exact.is_none()) {
            return Err(exception.into());
        }
        if let Some(exception) = self.no_guardrail(ask).filter(|_| exact.is_none()) {
            return Err(Failed::because(exception, Word::reason_no_guardrail));
        }
        let fault = self.faults.iter_mut().find_map(|fault| fault.strikes(ask).then(|| fault.kind.clone()));
        match &fault {
            Some(FaultKind::Http(exception)) => {
                return Err(Failed::because(exception.clone(), scripted(Word::fault_http)));
            }
            Some(FaultKind::Reset) => return Ok(broken_off(Reply::reset(), &FaultKind::Reset, record)),
            Some(gateway @ FaultKind::Gateway { status, html }) => {
                return Ok(broken_off(Reply::gateway(*status, html), gateway, record));
            }
            _ => {}
        }
        let mut most_output = None;
        if !spared {
            let host = at_door.map_or(Host::Runtime, |call| call.host);
            // What is read from the cache costs no quota.
            let read = self.prompt_cache.readable(ask, &accepted.rules, &accepted.prompt, now_ms);
            let tokens = accepted.prompt_tokens().saturating_sub(read);
            let admitted = self.quotas.admit(&self.config.quotas, host, ask, &model, tokens, now_ms);
            most_output = admitted.map_err(|throttled| throttled.at_a_door(at_door.is_some()))?;
        }
        if !spared {
            self.fail_by_rate(record.call, &model.id)?;
        }
        let vectors = matches!(accepted.rules.dialect, Dialect::Embedding | Dialect::Rerank);
        let chosen = choose(Choosing {
            ask,
            hashes: &hashes,
            library: &library,
            exact: exact.map(|(fixture, _)| fixture),
            overrides: &self.overrides,
            fallback: if vectors { Fallback::Strict } else { self.config.fallback },
            served: &mut self.served,
            seed: self.config.seed,
            call: record.call,
        });
        let replayed = chosen.as_ref().is_ok_and(|(choice, _)| match choice {
            Choice::Fixture(fixture) => {
                replays(fixture, operation).is_some() || matches!(fixture.response, Response::Error(_))
            }
            Choice::Text(_) | Choice::Made(_) => false,
        });
        // A text that a rule gives to every prompt is no vector.
        if vectors && operation == Operation::InvokeModel && !replayed {
            return self.vectors(&accepted, request, record, unknown);
        }
        if vectors && operation == Operation::InvokeModelWithResponseStream && !replayed {
            return Err(Exception::validation(NO_STREAM).into());
        }
        let counted = chosen.as_ref().ok().and_then(|(choice, _)| match choice {
            Choice::Fixture(fixture) => replays(fixture, operation),
            Choice::Text(_) | Choice::Made(_) => None,
        });
        if operation == Operation::CountTokens && counted.is_none() {
            let choice = chosen.ok().map(|(choice, _)| choice);
            return count_tokens(&accepted, choice.as_ref(), identity, record);
        }
        let (choice, reason) = chosen?;
        record.reason = match &fault {
            Some(fault) => reason.within(self.beside(fault)).with("fault", Arg::Word(fault.word())).into(),
            None => reason,
        };
        let accepted = Accepted { most_output, ..accepted };
        self.respond(&accepted, &choice, fault.as_ref(), identity, record, unknown)
    }

    /// Answers with one fixture, whatever is asked, as the endpoint answers its prompt by a stream: by the very way
    /// of [`Mock::handle`] from the answer on. A door that does not serve the model is asked for one of its own.
    pub(super) fn play(&mut self, fixture: &Fixture, model_id: &str, operation: Operation) -> (Reply, CallRecord) {
        let identity = Identity::new(self.config.seed, self.calls);
        let mut record = CallRecord::new(self.calls, 0.0, identity.request_id());
        let catalog = self.catalog.clone();
        let prompt = fixture.prompt.as_deref().filter(|prompt| !prompt.trim().is_empty()).unwrap_or("…");
        let model_id =
            if operation.is_at_a_door() { doors::served(operation, model_id) } else { doors::taken_as(model_id) };
        let model = find_model(&catalog, &model_id).unwrap_or_else(|| Cow::Owned(Model::unpriced(&model_id)));
        // How InvokeModel is asked changes nothing about how it answers.
        let asked = if operation.is_at_a_door() { operation } else { Operation::ConverseStream };
        let most = ModelRules::of(&model).max_output_tokens.map_or(4096, |most| most.saturating_sub(1).max(1));
        let mut request = doors::Asking::new(&model_id, prompt, most).request(asked);
        if !operation.is_at_a_door() {
            // No limit cuts the answer where none is needed.
            let body = json!({"messages": [{"role": "user", "content": [{"text": prompt}]}]});
            request.body = body.to_string().into_bytes();
        }
        let at_door = doors::call(&request, None);
        let state = State::default();
        let played = self
            .accept(&request, at_door.as_ref().map(|call| (call, &state)), asked, &model, &model_id, 0.0)
            .map_err(Failed::from)
            .and_then(|accepted| {
                let accepted = Accepted { ask: Ask { operation, ..accepted.ask }, ..accepted };
                self.respond(&accepted, &Choice::Fixture(fixture), None, &identity, &mut record, &mut Vec::new())
            });
        let reply = played.unwrap_or_else(|failed| {
            record.failed(&failed);
            match &at_door {
                Some(call) => call.refuse(&failed.exception, &record.request_id, &identity, failed.at_ms),
                None => failed.exception.reply(&record.request_id, failed.at_ms),
            }
        });
        (reply, record)
    }

    fn next_forced(&mut self) -> Option<Exception> {
        let (exception, left) = self.forced.front_mut()?;
        *left -= 1;
        if *left > 0 { Some(exception.clone()) } else { self.forced.pop_front().map(|(exception, _)| exception) }
    }

    /// Sends what was chosen: an exception, a recording as it came, or an answer.
    fn respond(
        &mut self,
        accepted: &Accepted<'_>,
        choice: &Choice<'_>,
        fault: Option<&FaultKind>,
        identity: &Identity,
        record: &mut CallRecord,
        unknown: &mut Vec<String>,
    ) -> Result<Reply, Failed> {
        let Accepted { call: at_door, model, rules, family, ask, prompt, most_output, now_ms } = accepted;
        let operation = ask.operation;
        let fixture = if let Choice::Fixture(fixture) = choice { Some(*fixture) } else { None };
        let late_ms = self.lateness_ms(model, fault);
        let (call, input_tokens) = (record.call, prompt.tokens());
        let (config, paces) = (&self.config, &mut self.paces);
        let mut timing = |output_tokens| {
            paces.pace(Paced { config, fixture, model, input_tokens, output_tokens, call }).later(late_ms)
        };
        // A failure that was recorded of another operation is one of this, too.
        let recorded = fixture.filter(|fixture| replays(fixture, operation).is_none());
        let failure = recorded.and_then(|fixture| match &fixture.response {
            Response::Recording(recording) => recording.failure().map(|failure| (recording.operation, failure)),
            _ => None,
        });
        let broken = match fixture.map(|fixture| &fixture.response) {
            Some(Response::Recording(_)) if failure.is_some() => {
                let (of, (error, after)) = failure.clone().unwrap_or_else(|| (operation, (Exception::usual(""), 0)));
                if !operation.is_stream() || !of.is_stream() {
                    return Err(Failed::after(error, record.reason.clone(), timing(0).whole_ms));
                }
                Some(FaultKind::ExceptionFrame { exception: error, after })
            }
            Some(Response::Error(error)) => {
                return Err(Failed::after(error.clone(), record.reason.clone(), timing(0).whole_ms));
            }
            Some(Response::Broken { error, .. }) if !operation.is_stream() => {
                return Err(Failed::after(error.clone(), record.reason.clone(), timing(0).whole_ms));
            }
            Some(Response::Broken { error, after_events, .. }) => {
                Some(FaultKind::ExceptionFrame { exception: error.clone(), after: *after_events })
            }
            _ => None,
        };
        if let Some(recording) = fixture.and_then(|fixture| replays(fixture, operation)) {
            let usage = recording.answer().map(|answer| answer.usage).unwrap_or_default();
            charge(record, model, &usage, ask.tier, unknown);
            let mut reply = replay(recording, timing(usage.output_tokens));
            damage(&mut reply, fault, *at_door, record);
            record.sent(&reply);
            record.status = reply.status;
            record.error = (reply.status >= 400).then(|| exception_name(&reply));
            return Ok(reply);
        }
        let answer = answer_of(choice)
            .or_else(|| failure.map(|_| Answer::default()))
            .ok_or_else(|| unreadable(fixture, operation))?;
        if operation.is_invoke() && !matches!(rules.dialect, Dialect::Claude | Dialect::Nova) {
            return Err(unwritten(model, operation).into());
        }
        let guardrail = self.config.guardrail.as_ref().filter(|guardrail| guardrail.always || ask.guardrail.is_some());
        record.cache_blocks = self.prompt_cache.trace(ask, rules, prompt, record.at_ms);
        let cached = self.prompt_cache.play(ask, rules, prompt, record.at_ms, call);
        let declared = fixture.is_some_and(|fixture| fixture.usage_declared);
        let (answer, trace) = shape(
            answer,
            Shape {
                declared,
                guardrail,
                ask,
                family: *family,
                prompt_tokens: prompt.tokens(),
                cached: &cached,
                most_output: *most_output,
            },
        );
        let answer = match at_door {
            Some(call) => call.door.says(answer),
            None => answer,
        };
        let told = guardrail.is_some() && wants_trace(ask);
        charge(record, model, &answer.usage, ask.tier, unknown);
        cache_trace::counted(&mut record.cache_blocks, &answer.usage, prompt.tokens());
        record.cache_miss = cached.miss.clone().map(|miss| priced_miss(miss, &cached, model, ask));
        unknown.extend(prompt.uncounted.iter().map(|kind| format!("tokens of {kind} in the prompt")));
        if guardrail.is_some() {
            let reason = std::mem::take(&mut record.reason).within(Word::reason_guarded);
            record.reason = reason.with("parts", Arg::Word(NOT_ASSESSED)).into();
        }
        let told = routed(ask, &model.id, trace.as_ref().filter(|_| told));
        let request_id = record.request_id.clone();
        let scene = Scene {
            answer: &answer,
            rules,
            ask,
            identity,
            judged: trace.as_ref(),
            trace: told.as_deref(),
            operation,
            pace: timing(answer.usage.output_tokens),
            request_id: &request_id,
        };
        let steps = operation
            .is_stream()
            .then(|| steps(&answer, *family, identity.chunk_sizes(), rules.dialect == Dialect::Nova));
        let (mut reply, at_door_scene) = match (at_door, &steps) {
            (Some(call), steps) => {
                let (reply, scene) = scene.through(call, ask, *family, *now_ms, self.config.timeless, steps.as_deref());
                (reply, Some(scene))
            }
            (None, Some(steps)) => (scene.stream(steps), None),
            (None, None) => (scene.whole(), None),
        };
        // Where waiting takes no time, an answer has begun when it was asked for.
        if !self.config.timeless {
            self.prompt_cache.answered(record.at_ms + reply.at_ms);
        }
        if broken.is_some() {
            damage(&mut reply, broken.as_ref(), *at_door, record);
        }
        damage(&mut reply, fault, *at_door, record);
        // What is kept is what was sent, the failure of a stream included.
        if let Some(scene) = at_door_scene {
            scene.call.door.keep(&scene, &reply.body, &mut self.doors);
        }
        record.sent(&reply);
        Ok(reply)
    }

    /// How a fault is named beside another reason: one that needs time does nothing where the clock has none.
    fn beside(&self, fault: &FaultKind) -> Word {
        let needs_time = matches!(fault, FaultKind::SlowFirstToken { .. } | FaultKind::Stall { .. });
        if needs_time && self.config.timeless { Word::reason_and_idle_fault } else { Word::reason_and_fault }
    }

    /// How much later than usual the first token comes: a model's first call, and by script.
    fn lateness_ms(&mut self, model: &Model, fault: Option<&FaultKind>) -> f64 {
        let warm = self.warm.contains(&model.id);
        if !warm {
            self.warm.insert(model.id.clone());
        }
        let cold_ms = if warm { 0.0 } else { self.config.cold_start_ms };
        let late_ms = if let Some(FaultKind::SlowFirstToken { ms }) = fault { *ms } else { 0.0 };
        cold_ms + late_ms
    }

    /// Reads a request as the model takes it.
    fn accept<'a>(
        &self,
        request: &Request,
        at_door: Option<(&'a Call, &State)>,
        operation: Operation,
        model: &'a Model,
        model_id: &str,
        now_ms: f64,
    ) -> Result<Accepted<'a>, Exception> {
        let mut rules = ModelRules::of(model);
        rules.max_output_tokens = self.config.model(&model.id).max_tokens.or(rules.max_output_tokens);
        let family = model.tokenizer.unwrap_or(TokenizerFamily::Claude3);
        let ask = read(request, at_door, operation, model, model_id, &rules, now_ms)?;
        let at_door = at_door.map(|(call, _)| call);
        let refused = crate::checks::check(&ask, &rules);
        if let Some(refused) = refused.iter().find(|refused| at_door.is_none_or(|call| call.door.heeds(refused.rule))) {
            return Err(refused.exception());
        }
        let prompt = Prompt::of(&ask, family, Frame::of(&model.id));
        Ok(Accepted { call: at_door, model, rules, family, ask, prompt, most_output: None, now_ms })
    }

    /// One draw decides, so that each rate is what it says: none is of what the other leaves.
    fn fail_by_rate(&self, call: u64, model: &str) -> Result<(), Failed> {
        let (throttled, failed) = self.config.rates(model);
        let draw = (Stream::new(self.config.seed, Purpose::Fault).word(call) >> 32) as f64 / 4_294_967_296.0;
        if draw < throttled {
            return Err(Failed::because(Exception::usual("ThrottlingException"), Word::reason_throttle_rate));
        }
        if draw < throttled + failed {
            return Err(Failed::because(Exception::usual("InternalServerException"), Word::reason_error_rate));
        }
        Ok(())
    }
}

/// What a request asks, as its door has it.
pub(super) fn read(
    request: &Request,
    at_door: Option<(&Call, &State)>,
    operation: Operation,
    model: &Model,
    model_id: &str,
    rules: &ModelRules,
    now_ms: f64,
) -> Result<Ask, Exception> {
    match at_door {
        Some((call, state)) => call.door.ask(call, rules, state, now_ms),
        None => read_ask(request, operation, model, model_id, rules),
    }
}

/// `attempt=2; max=3`
fn attempt_number(header: &str) -> Option<u64> {
    header.split(';').find_map(|part| part.trim().strip_prefix("attempt=")?.parse().ok())
}

/// A model of the catalog by any id it is offered by: its own, an ARN, or a profile of a geography.
pub(super) fn find_model<'a>(catalog: &'a Catalog, id: &str) -> Option<Cow<'a, Model>> {
    if let Some(model) = catalog.get(id) {
        return Some(Cow::Borrowed(model));
    }
    if !rules::has_profile(id) {
        return None;
    }
    if let Some(model) = catalog.get(rules::base_id(id)) {
        return Some(Cow::Borrowed(model));
    }
    rules::RuleSheet::get().row(id).map(|_| Cow::Owned(Model::unpriced(id)))
}

/// Names labels whose value means nothing here.
fn name_labels(ask: &Ask, library: &Library, unknown: &mut Vec<String>) {
    if let Some(label) = ask.metadata.get("cache").filter(|label| *label != "hit" && *label != "miss") {
        unknown.push(format!("requestMetadata.cache “{label}”: expected hit or miss"));
    }
    let known = library.query_types();
    if let Some(label) = ask.metadata.get("query_type").filter(|label| !known.is_empty() && !known.contains(*label)) {
        unknown.push(format!("requestMetadata.query_type “{label}”: no fixture's rule asks for it"));
    }
}

/// A reply that is none of the service's.
fn broken_off(reply: Reply, fault: &FaultKind, record: &mut CallRecord) -> Reply {
    record.reason = scripted(fault.word()).into();
    record.error = Some(fault.key().to_string());
    record.status = reply.status;
    reply
}

/// The reason of a call that a fault answers.
fn scripted(fault: Word) -> Message {
    Message::new(Word::reason_fault).with("fault", Arg::Word(fault))
}

/// Whether the answer tells what the guardrail did.
fn wants_trace(ask: &Ask) -> bool {
    ask.guardrail.as_ref().is_some_and(|guardrail| guardrail.trace != TraceWanted::Disabled)
}

/// The trace that is told: what the guardrail did, and where a prompt router sent a Converse call.
fn routed<'a>(ask: &Ask, model: &str, guarded: Option<&'a Value>) -> Option<Cow<'a, Value>> {
    let converse = matches!(ask.operation, Operation::Converse | Operation::ConverseStream);
    if !converse || !arn::is_router(&ask.model_id) {
        return guarded.map(Cow::Borrowed);
    }
    let mut trace = guarded.cloned().unwrap_or_else(|| json!({}));
    let region = crate::catalog::arn_region(&ask.model_id).unwrap_or("us-east-1");
    trace["promptRouter"] = json!({"invokedModelId": doors::arn_of(model, region)});
    Some(Cow::Owned(trace))
}

fn unreadable(fixture: Option<&Fixture>, operation: Operation) -> Exception {
    Exception::validation(format!(
        "The fixture {} is a recording of another operation whose body has no known form; record {} for it.",
        fixture.map_or("", |fixture| fixture.id.as_str()),
        operation.name()
    ))
}

fn unwritten(model: &Model, operation: Operation) -> Exception {
    Exception::validation(format!(
        "Answers for {} on {} are replayed from recordings, and none matches; record one, or ask by Converse.",
        model.id,
        operation.name()
    ))
}
