//! A recording on its way out again.

use std::borrow::Cow;

use crate::bedrock::{Body, End, Operation, Piece, Reply, Request};
use crate::catalog::Model;
use crate::catalog::Tier;
use crate::doors;
use crate::fixture::{Fixture, Library, Recording, replays, request_hash};
use crate::words::{Message, Word};

use super::charged::charge;
use super::choose::next_in_row;
use super::config::Config;
use super::handle::{Mock, find_model};
use super::latency::Pace;
use super::ledger::CallRecord;
use super::request::raw_hashes;

/// A recording, byte for byte; its frames at their recorded times, or spread over the pace.
pub(super) fn replay(recording: &Recording, pace: Pace) -> Reply {
    let headers = recording.headers.clone();
    if !recording.operation.is_stream() || recording.status != 200 {
        return Reply {
            status: recording.status,
            headers,
            at_ms: pace.whole_ms,
            body: Body::Whole(recording.body.clone()),
        };
    }
    let parts = recording.parts();
    let last = (parts.len().max(2) - 1) as f64;
    let span = (pace.whole_ms - pace.first_ms).max(0.0);
    let pieces = parts.iter().enumerate().map(|(index, bytes)| Piece {
        at_ms: recording.at_ms.get(index).copied().unwrap_or(pace.first_ms + span * index as f64 / last),
        bytes: bytes.to_vec(),
    });
    Reply { status: recording.status, headers, at_ms: pace.first_ms, body: Body::Stream(pieces.collect(), End::Clean) }
}

impl Mock {
    /// The recording of this very request, path and body; of several made in a row, the next.
    pub(super) fn exact<'a>(
        &mut self,
        library: &'a Library,
        request: &Request,
        operation: Operation,
    ) -> Option<(&'a Fixture, &'a Recording)> {
        // Hashing every body is only worth it where something can be found.
        if !library.knows_requests() {
            return None;
        }
        let hash = request_hash(&request.path, &request.body);
        let mut found = library.by_request(&hash);
        found.retain(|fixture| replays(fixture, operation).is_some());
        let fixture = next_in_row(&found, || hash, &mut self.served)?;
        Some((fixture, replays(fixture, operation)?))
    }

    /// Whether [`Mock::handle`] answers this request by the recording of it, or by an exception that was
    /// asked for.
    pub fn has_recorded(&self, request: &Request) -> bool {
        let found = || self.library().by_request(&request_hash(&request.path, &request.body));
        !self.forced.is_empty() || !found().is_empty()
    }

    /// A recording whose request is not ours to judge: it goes out as it came.
    pub(super) fn sent_again(
        &self,
        recording: &Recording,
        model_id: &str,
        record: &mut CallRecord,
        unknown: &mut Vec<String>,
    ) -> Reply {
        let reply = recorded_error(recording, record);
        record.reason = Word::reason_recorded.into();
        if recording.status < 400 {
            record.error = None;
            let usage = recording.answer().map(|answer| answer.usage).unwrap_or_default();
            let unpriced = || Cow::Owned(Model::unpriced(model_id));
            let model = find_model(&self.catalog, model_id).unwrap_or_else(unpriced);
            charge(record, &model, &usage, Tier::Standard, unknown);
            record.sent(&reply);
        }
        reply
    }

    /// The recording of a request with this prompt, whatever we make of it.
    pub(super) fn recorded<'a>(
        &self,
        library: &'a Library,
        request: &Request,
        operation: Operation,
        model_id: &str,
    ) -> Option<&'a Recording> {
        let found = library.by_hash(&raw_hashes(&request.body), model_id);
        found.into_iter().find_map(|fixture| replays(fixture, operation))
    }

    /// Takes a call into the ledger that the service answered and that was kept, as its replay is: quotas,
    /// rates and faults are not asked again.
    pub fn note_recorded(&mut self, request: &Request, now_ms: f64) {
        let plain = Config {
            faults: Vec::new(),
            quotas: Default::default(),
            models: Default::default(),
            error_rate: 0.0,
            throttle_rate: 0.0,
            ..self.config.clone()
        };
        let config = std::mem::replace(&mut self.config, plain);
        let (faults, forced) = (std::mem::take(&mut self.faults), std::mem::take(&mut self.forced));
        self.handle(request, now_ms);
        (self.config, self.faults, self.forced) = (config, faults, forced);
    }

    /// Takes a call into the ledger that the service answered and that was not kept, for this reason.
    pub fn note_passed_on(&mut self, request: &Request, status: u16, reason: &str, now_ms: f64) {
        let call = self.calls;
        self.calls += 1;
        let identity = crate::bedrock::Identity::new(self.config.seed, call);
        let mut record = CallRecord::new(call, now_ms, identity.request_id());
        match doors::call(request, self.config.host) {
            Some(at_door) => {
                record.came_through(&at_door);
                record.operation = at_door.name();
                record.model_id = at_door.model().to_string();
            }
            None => {
                if let Ok(routed) = crate::bedrock::route(request) {
                    record.operation = routed.operation.name().to_string();
                    record.model_id = routed.model_id;
                }
            }
        }
        record.status = status;
        record.error = (status >= 400).then(|| format!("HTTP {status}"));
        record.reason = Message::new(Word::reason_upstream).text("why", reason).into();
        self.ledger.push(record, &[]);
    }
}

/// An error that was recorded of a model, whatever it was asked.
pub(super) fn recorded_error(recording: &Recording, record: &mut CallRecord) -> Reply {
    let reply = replay(recording, Pace::AT_ONCE);
    record.status = reply.status;
    record.error = Some(exception_name(&reply));
    record.reason = Word::reason_recorded_error.into();
    reply
}

/// The exception a recorded error names.
pub(super) fn exception_name(reply: &Reply) -> String {
    let header = reply.headers.get("x-amzn-errortype").unwrap_or("UnknownError");
    header.split([':', ',', '#']).next().unwrap_or(header).to_string()
}
