//! A request through one of the newer doors: what differs from the AWS API's way.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::bedrock::{Ask, Body, End, Exception, Identity, Reply, Step};
use crate::catalog::{Catalog, Model, TokenizerFamily};
use crate::doors::{Call, DoorScene, State, Verb, WithoutModel, thinking_tokens};
use crate::fixture::{Library, Recording, replays};

use super::ledger::CallRecord;
use super::scene::Scene;

/// The model a call asks, once its door is known to serve it; or the error that was recorded of it.
#[expect(clippy::large_enum_variant, reason = "made once a call and taken apart at once")]
pub(super) enum Found<'a> {
    Model(Cow<'a, Model>),
    Error(&'a Recording),
}

/// Finds the model of a call. A recording makes its model known, whatever the tables say.
///
/// # Errors
/// The exception of a missing, wrong or misplaced model.
pub(super) fn find_model<'a>(
    call: &Call,
    known: &str,
    catalog: &'a Catalog,
    library: &'a Library,
) -> Result<Found<'a>, Exception> {
    call.door.object(&call.body)?;
    if known.is_empty() {
        return Err(no_model(call));
    }
    match call.resolve(known) {
        Ok(resolved) => {
            let model = resolved.ids.iter().find_map(|id| catalog.get(id));
            Ok(Found::Model(model.map_or_else(|| Cow::Owned(Model::unpriced(resolved.ids[0])), Cow::Borrowed)))
        }
        Err(refused) => {
            let operation = call.operation();
            let recorded = library.recorded_error(known, operation).and_then(|fixture| replays(fixture, operation));
            match recorded {
                Some(recording) => Ok(Found::Error(recording)),
                None if library.has_recorded(known) => {
                    let model = catalog.get(known);
                    Ok(Found::Model(model.map_or_else(|| Cow::Owned(Model::unpriced(known)), Cow::Borrowed)))
                }
                None => Err(refused),
            }
        }
    }
}

fn no_model(call: &Call) -> Exception {
    match (call.door.key(), call.body.as_ref().ok().map(|body| &body["model"])) {
        ("messages", Some(model)) if !model.is_null() && !model.is_string() => {
            Exception::validation("model: Input should be a valid string")
        }
        ("messages", _) => Exception::validation("model: Field required"),
        (_, Some(model)) if !model.is_null() && !model.is_string() => {
            crate::doors::wrong_parameter_type("model", "a string", model)
        }
        _ => crate::doors::missing_parameter("model"),
    }
}

/// A reply that needs no model, or the refusal of a method.
pub(super) fn without_model(
    call: &Call,
    state: &mut State,
    known: (&Catalog, &BTreeMap<String, String>),
    identity: &Identity,
    request_id: &str,
    now_ms: f64,
) -> Option<Result<Reply, Exception>> {
    if call.verb == Verb::WrongMethod {
        return Some(Ok(call.reply(405, "application/json", request_id, identity, 0.0, b"{}".to_vec())));
    }
    let (catalog, aliases) = known;
    call.door.without_model(WithoutModel { call, state, catalog, aliases, identity, request_id, now_ms })
}

impl Scene<'_> {
    /// The answer in the form of a door, and what it was written from: what a later call may name is kept once it is
    /// known how the answer ends. Where waiting takes no time, it ends as it begins.
    pub fn through<'s>(
        &'s self,
        call: &'s Call,
        ask: &'s Ask,
        family: TokenizerFamily,
        now_ms: f64,
        timeless: bool,
        steps: Option<&[Step<'_>]>,
    ) -> (Reply, DoorScene<'s>) {
        let times = steps.map(|steps| self.times(steps));
        let end_ms = times.as_ref().and_then(|times| times.last().copied()).unwrap_or(self.pace.whole_ms);
        let scene = DoorScene {
            call,
            ask,
            answer: self.answer,
            rules: self.rules,
            identity: self.identity,
            trace: self.judged,
            now_ms,
            end_ms: if timeless { now_ms } else { now_ms + end_ms },
            thinking_tokens: thinking_tokens(self.answer, family),
        };
        let reply = match steps.zip(times) {
            Some((steps, times)) => {
                let pieces = call.door.stream(&scene, steps, &times);
                let headers = call.headers_of("text/event-stream", self.request_id, self.identity);
                let at_ms = pieces.first().map_or(0.0, |piece| piece.at_ms);
                Reply { status: 200, headers, at_ms, body: Body::Stream(pieces, End::Clean) }
            }
            None => {
                let at_ms = if call.door.at_once(call) { 0.0 } else { self.pace.whole_ms };
                call.reply(200, "application/json", self.request_id, self.identity, at_ms, call.door.whole(&scene))
            }
        };
        (reply, scene)
    }
}

/// A count of tokens as a door gives it.
pub(super) fn counted(call: &Call, tokens: u64, record: &CallRecord, identity: &Identity) -> Reply {
    call.reply(200, "application/json", &record.request_id, identity, 0.0, call.door.count(tokens))
}

/// What a host answers a path that it does not know.
pub(super) fn unknown_path(
    request: &crate::bedrock::Request,
    configured: Option<crate::doors::Host>,
    record: &mut CallRecord,
) -> Reply {
    let host = configured.or_else(|| request.headers.get("host").and_then(crate::doors::Host::named));
    let reply = crate::doors::unknown_path(&request.method, &request.path, host, &request.body, &record.request_id);
    record.status = reply.status;
    reply
}
