//! Bedrock's other doors: Anthropic Messages, OpenAI Chat Completions and Responses, on both hosts.
//!
//! A door is one folder that implements [`Door`]: it says which paths are its own, reads a request
//! into the one [`Ask`], and writes the one [`Answer`](crate::bedrock::Answer) as its body, its
//! stream and its errors. Everything between — choosing, faults, quotas, guardrails, latency,
//! tokens, cost, the ledger — is the mock's, and the same for every door. To add one, write a folder
//! and name it in [`DOORS`]; no other door changes.

mod asking;
mod chat;
mod clients;
mod control_plane;
pub mod decode;
mod errors;
mod host;
mod json;
mod messages;
mod models;
mod offered;
mod openai;
mod openai_read;
mod parameters;
mod projects;
mod responses;
mod scene;
mod snippet;
mod sse;
mod store;

pub use asking::{
    Asking, CachePoint, PointAfter, Side, ids_for, operation_of, served, sides, taken_as, usual_model, usual_model_at,
};
pub use clients::{ClientLine, ENVIRONMENT, client_lines};
pub(crate) use control_plane::arn_of;
pub use errors::unknown_path;
pub use host::Host;
pub use offered::{Offer, offers, path_for};
pub(crate) use openai::DONE;
pub use openai::missing as missing_parameter;
pub(crate) use openai::wrong_type as wrong_parameter_type;
pub use scene::{DoorScene, thinking_tokens};
pub use snippet::{SnippetKind, snippet};
pub(crate) use sse::split;
pub use sse::{data_events, is_sse};
pub use store::State;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bedrock::{
    Answer, Ask, Body, Exception, GuardrailAsk, Headers, Identity, ModelRules, Operation, Piece, Reply, Request, Step,
    TraceWanted,
};
use crate::catalog::Catalog;

/// Every door.
pub static DOORS: [&dyn Door; 6] = [
    &messages::Messages,
    &chat::Chat,
    &responses::Responses,
    &models::Models,
    &projects::Projects,
    &control_plane::ControlPlane,
];

/// One door: paths of its own, and its own forms for what is asked and answered.
pub trait Door: Sync + std::fmt::Debug {
    /// Its name on the command line, in rules and in fixtures: `messages`.
    fn key(&self) -> &'static str;

    /// What a path is for at this door; `None` for every other path. The query is cut off.
    fn verb(&self, method: &str, path: &str) -> Option<Verb>;

    /// The operation of a call that is answered by a model.
    fn operation(&self, stream: bool) -> Operation;

    /// Reads what is asked of a model, refusing what the service refuses. A door that no model answers has nothing to
    /// read, and writes neither whole answers nor streams.
    ///
    /// # Errors
    /// The exception that [`Door::refuse`] writes in the door's own form.
    fn ask(&self, _call: &Call, _rules: &ModelRules, _state: &State, _now_ms: f64) -> Result<Ask, Exception> {
        Err(Exception::usual("UnknownOperationException"))
    }

    /// The body where it is an object.
    ///
    /// # Errors
    /// What the door says of anything else.
    fn object<'a>(&self, body: &'a Result<Value, String>) -> Result<&'a Value, Exception> {
        openai::body_of(body)
    }

    /// Whether this API refuses by this rule of the sheet, once [`Door::ask`] has taken the request.
    fn heeds(&self, _rule: &str) -> bool {
        true
    }

    /// Whether the first reply comes before the answer is there.
    fn at_once(&self, _call: &Call) -> bool {
        false
    }

    /// The answer as this API can say it.
    fn says(&self, answer: Answer) -> Answer {
        answer
    }

    /// The answer as one body.
    fn whole(&self, _scene: &DoorScene<'_>) -> Vec<u8> {
        Vec::new()
    }

    /// The answer as a stream, each step at its time.
    fn stream(&self, _scene: &DoorScene<'_>, _steps: &[Step<'_>], _times_ms: &[f64]) -> Vec<Piece> {
        Vec::new()
    }

    /// A count of tokens as this door gives it.
    fn count(&self, tokens: u64) -> Vec<u8> {
        format!("{{\"input_tokens\":{tokens}}}").into_bytes()
    }

    /// What a prompt is told that is longer than the model's window.
    fn too_long(&self, _tokens: u64, _most: u64) -> Exception {
        openai::too_long()
    }

    /// An error as this door's body; the status is the exception's.
    fn refuse(&self, exception: &Exception, host: Host, identity: &Identity) -> Vec<u8>;

    /// An error inside an open stream of which `after` events were sent.
    fn stream_error(&self, exception: &Exception, host: Host, opened: &[u8], after: usize) -> Vec<u8>;

    /// A well-formed event of a type that no client knows.
    fn unknown_event(&self, _after: usize) -> Vec<u8> {
        Vec::new()
    }

    /// Answers what needs no model: a list, a stored response. `None` for what does.
    fn without_model(&self, _request: WithoutModel<'_>) -> Option<Result<Reply, Exception>> {
        None
    }

    /// Keeps what a later call may name, of the body that is sent.
    fn keep(&self, _scene: &DoorScene<'_>, _sent: &Body, _state: &mut State) {}
}

/// What a call needs that no model answers.
#[non_exhaustive]
pub struct WithoutModel<'a> {
    pub call: &'a Call,
    pub state: &'a mut State,
    pub catalog: &'a Catalog,
    /// What ids of a team's own stand for.
    pub aliases: &'a BTreeMap<String, String>,
    pub identity: &'a Identity,
    pub request_id: &'a str,
    pub now_ms: f64,
}

/// What a path and a method ask of a door.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verb {
    /// An answer of a model.
    Create,
    /// The tokens of a prompt.
    Count,
    /// Something kept or listed, by its id.
    Get(String),
    Delete(String),
    /// Something kept that is changed, by its id, or made anew, without one.
    Set(String),
    Cancel(String),
    List,
    /// A path of the door with a method it does not take.
    WrongMethod,
}

/// A request that came to a door.
#[derive(Clone, Debug)]
pub struct Call {
    pub door: &'static dyn Door,
    pub host: Host,
    pub verb: Verb,
    /// The path without its query.
    pub path: String,
    pub query: String,
    pub headers: Headers,
    /// The body, or why it is none.
    pub body: Result<Value, String>,
}

/// The door a request came to, or `None` where it is no door's: then it is the AWS API's.
///
/// The host is the one the configuration names, else the one of the Host header, else the one
/// whose paths and ids these are.
pub fn call(request: &Request, configured: Option<Host>) -> Option<Call> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if path.starts_with("/model/") {
        return None;
    }
    let (door, verb) = DOORS.iter().find_map(|door| Some((*door, door.verb(&request.method, path)?)))?;
    let body = match verb {
        Verb::Create | Verb::Count | Verb::Set(_) => {
            crate::document::bounded(&request.body).map_err(|error| error.to_string())
        }
        _ => Ok(Value::Null),
    };
    let named = || request.headers.get("host").and_then(Host::named);
    let host = configured.or_else(named).unwrap_or_else(|| guess(path, &verb, body.as_ref().ok()));
    // What a host does not serve is an unknown path there.
    let served = match host {
        _ if door.key() == control_plane::KEY => true,
        Host::Runtime => {
            !path.starts_with("/v1/") && verb != Verb::Count && verb != Verb::List && verb != Verb::WrongMethod
        }
        Host::Mantle => true,
    };
    served.then(|| Call {
        door,
        host,
        verb,
        path: path.to_string(),
        query: query.to_string(),
        headers: request.headers.clone(),
        body,
    })
}

/// The host whose paths and model ids a request has.
fn guess(path: &str, verb: &Verb, body: Option<&Value>) -> Host {
    if path.starts_with("/v1/") || *verb == Verb::Count {
        return Host::Mantle;
    }
    if control_plane::is_path(path) {
        return Host::Runtime;
    }
    match body.and_then(|body| body["model"].as_str()) {
        Some(model) => offered::host_of(model),
        None => Host::Mantle,
    }
}

impl Call {
    /// The model that is asked; an empty text where none is named.
    pub fn model(&self) -> &str {
        self.body.as_ref().ok().and_then(|body| body["model"].as_str()).unwrap_or_default()
    }

    /// Whether the answer is to come as a stream.
    pub fn streams(&self) -> bool {
        self.body.as_ref().is_ok_and(|body| body["stream"] == true)
    }

    /// The operation, as the ledger and the rules name it.
    pub fn operation(&self) -> Operation {
        match self.verb {
            Verb::Count => Operation::CountTokens,
            _ => self.door.operation(self.streams()),
        }
    }

    /// A name for calls that no model answers.
    pub fn name(&self) -> String {
        match &self.verb {
            Verb::Create | Verb::Count => self.operation().name().to_string(),
            Verb::Get(_) => format!("{} get", self.door.key()),
            Verb::Delete(_) => format!("{} delete", self.door.key()),
            Verb::Set(_) => format!("{} set", self.door.key()),
            Verb::Cancel(_) => format!("{} cancel", self.door.key()),
            Verb::List => format!("{} list", self.door.key()),
            Verb::WrongMethod => format!("{} (wrong method)", self.door.key()),
        }
    }

    /// The guardrail that the headers name, where this host applies it: the runtime's Chat and Messages
    /// do, everything else ignores it in silence.
    pub fn guardrail(&self) -> Option<GuardrailAsk> {
        let header = |name: &str| self.headers.get(name).map(str::to_string);
        let applied = self.host == Host::Runtime && matches!(self.door.key(), "chat" | "messages");
        let id = header("x-amzn-bedrock-guardrailidentifier").filter(|_| applied)?;
        let trace = match header("x-amzn-bedrock-trace").map(|trace| trace.to_ascii_uppercase()).as_deref() {
            Some("ENABLED") => TraceWanted::Enabled,
            Some("ENABLED_FULL") => TraceWanted::Full,
            _ => TraceWanted::Disabled,
        };
        let version = header("x-amzn-bedrock-guardrailversion");
        Some(GuardrailAsk { id: Some(id), version, trace, tag_suffix: None })
    }

    /// The model's id in the catalog, once this door and this host are known to serve it.
    ///
    /// # Errors
    /// The exception of a wrong door, a wrong id or a wrong form of one.
    pub fn resolve<'a>(&'a self, known: &'a str) -> Result<offered::Resolved<'a>, Exception> {
        offered::resolve(self, known)
    }

    /// An exception as the door answers it, `at_ms` after the request.
    pub fn refuse(&self, exception: &Exception, request_id: &str, identity: &Identity, at_ms: f64) -> Reply {
        // Of who may not ask for a response the runtime says that it does not know him.
        let unknown = self.host == Host::Runtime && self.door.key() == "responses" && exception.status() == 403;
        let status = if unknown { 401 } else { exception.status() };
        let message = |exception: &Exception| match exception.message == Exception::usual(&exception.name).message {
            true => NOT_AUTHORIZED.to_string(),
            false => exception.message.clone(),
        };
        let renamed = unknown.then(|| Exception { message: message(exception), ..exception.clone() });
        let body = self.door.refuse(renamed.as_ref().unwrap_or(exception), self.host, identity);
        let mut reply = self.reply(status, "application/json", request_id, identity, at_ms, body);
        if let Some(seconds) = exception.retry_after_s {
            reply.headers = reply.headers.with("retry-after", libm::ceil(seconds.clamp(0.0, 1e9)).to_string());
        }
        reply
    }

    /// A whole reply with the host's own headers.
    pub fn reply(
        &self,
        status: u16,
        kind: &str,
        request_id: &str,
        identity: &Identity,
        at_ms: f64,
        body: Vec<u8>,
    ) -> Reply {
        let headers = self.headers_of(kind, request_id, identity);
        Reply { status, headers, at_ms, body: crate::bedrock::Body::Whole(body) }
    }

    /// The headers of an answer on this host.
    ///
    /// # Source
    /// Mantle's as recorded, with its ids; of the runtime's only these two are known.
    pub fn headers_of(&self, kind: &str, request_id: &str, identity: &Identity) -> Headers {
        match self.host {
            Host::Runtime => Headers::from([("content-type", kind), ("x-amzn-requestid", request_id)]),
            Host::Mantle => {
                let headers = Headers::from([
                    ("access-control-allow-origin", "*"),
                    ("access-control-expose-headers", EXPOSED),
                    ("content-type", kind),
                    ("vary", "origin, access-control-request-method, access-control-request-headers"),
                    ("x-amzn-requestid", request_id),
                ])
                .with("x-request-id", identity.mantle_request_id());
                if kind == sse::CONTENT_TYPE { headers.with("cache-control", "no-cache") } else { headers }
            }
        }
    }
}

/// What the runtime says of a caller who may not use the project that responses belong to.
const NOT_AUTHORIZED: &str = "User: arn:aws:sts::123456789012:assumed-role/app/session is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1:123456789012:project/default";

/// The headers that mantle lets pages read.
const EXPOSED: &str = "x-amzn-requestid,x-request-id,date,x-amzn-usage-reservation-quota,x-amzn-usage-reservation-remaining-quota,x-amzn-usage-reservation-spillover";

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
