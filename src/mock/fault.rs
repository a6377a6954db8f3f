//! What goes wrong by script, and what it does to a reply.

use serde_json::Value;

use crate::bedrock::event_stream::{Frame, HeaderValue, encode_event};
use crate::bedrock::{Ask, Body, End, Exception, ExceptionKind, Operation, Piece, Reply};
use crate::document::Fields;
use crate::doors::{Call, DONE};
use crate::fixture::Rule;
use crate::problem::Problem;
use crate::words::{Message, Word};

use super::config::{exception_name, members, named, out_of_range, retry_after, status, stream_exception};
use super::ledger::{CallRecord, StreamEnd};

/// A fault that waits for its requests.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// Which requests it concerns; any, when nothing is asked.
    pub when: Rule,
    pub operation: Option<Operation>,
    /// Matching requests that pass before it begins.
    pub skip: u64,
    /// Requests it hits; `None` is for ever.
    pub times: Option<u64>,
    pub kind: FaultKind,
}

/// What goes wrong. `after` counts the events of the stream that still arrive whole.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// An HTTP error instead of an answer.
    Http(Exception),
    /// The connection breaks before a status line comes.
    Reset,
    /// A gateway before the service answers, with a page of its own.
    Gateway { status: u16, html: String },
    /// An exception frame in the stream.
    ExceptionFrame { exception: Exception, after: usize },
    /// A frame of type `error`, which no service model describes.
    ErrorFrame { code: String, message: String, after: usize },
    /// The connection breaks inside a frame.
    CutFrame { after: usize },
    /// The connection breaks inside a character of several bytes.
    CutCharacter { after: usize },
    /// The stream ends cleanly, but early.
    EarlyEnd { after: usize },
    /// A bit of a frame is flipped, so that its checksum is wrong.
    CrcFlip { after: usize },
    /// An event of a type no client knows.
    UnknownEvent { after: usize },
    /// Nothing comes for so many milliseconds.
    Stall { after: usize, ms: f64 },
    /// The first token comes so many milliseconds later.
    SlowFirstToken { ms: f64 },
}

impl Fault {
    pub(super) fn read(fields: &Fields<'_>) -> Option<Self> {
        let when = fields.object("when").map(|when| Rule::read(&when));
        let times = if fields.value("times").is_some() { fields.count("times") } else { Some(1) };
        let forever = fields.flag("forever").unwrap_or(false);
        let after = fields.count("after_events").unwrap_or(2) as usize;
        let ms = within(fields, "ms", 86_400_000.0);
        let operation = named(
            fields,
            "operation",
            Operation::from_name,
            "InvokeModel, InvokeModelWithResponseStream, Converse, ConverseStream, CountTokens, Messages, MessagesStream, ChatCompletions, ChatCompletionsStream, Responses, ResponsesStream",
        );
        let status = status(fields);
        // Read again below, where it is said what is wrong with it.
        let code = match fields.value("kind").and_then(Value::as_str) {
            Some("http") => exception_name(fields, status),
            Some("exception_frame") => stream_exception(fields, operation),
            _ => fields.text("code"),
        };
        let message = fields.text("message");
        let retry_after_s = retry_after(fields);
        let more = members(fields);
        let html = fields.text("html");
        let exception = || {
            let mut exception = Exception::usual(code.as_deref().unwrap_or("InternalServerException"));
            if let Some(message) = &message {
                exception.message.clone_from(message);
            }
            exception.retry_after_s = retry_after_s;
            exception.fields.clone_from(&more);
            exception.own_status = status;
            exception
        };
        let kind = named(
            fields,
            "kind",
            |kind| {
                Some(match kind {
                    "http" => FaultKind::Http(exception()),
                    "reset" => FaultKind::Reset,
                    "gateway" => {
                        let status = status.unwrap_or(502);
                        let html = html.clone().unwrap_or_else(|| usual_page(status));
                        FaultKind::Gateway { status, html }
                    }
                    "exception_frame" => FaultKind::ExceptionFrame { exception: exception(), after },
                    "error_frame" => {
                        let code = code.clone().unwrap_or_else(|| "InternalFailure".to_string());
                        let message = message.clone().unwrap_or_else(|| Exception::usual(&code).message);
                        FaultKind::ErrorFrame { code, message, after }
                    }
                    "cut_frame" => FaultKind::CutFrame { after },
                    "cut_character" => FaultKind::CutCharacter { after },
                    "early_end" => FaultKind::EarlyEnd { after },
                    "crc_flip" => FaultKind::CrcFlip { after },
                    "unknown_event" => FaultKind::UnknownEvent { after },
                    "stall" => FaultKind::Stall { after, ms: ms.unwrap_or(10_000.0) },
                    "slow_first_token" => FaultKind::SlowFirstToken { ms: ms.unwrap_or(10_000.0) },
                    _ => return None,
                })
            },
            "http, reset, gateway, exception_frame, error_frame, cut_frame, cut_character, early_end, crc_flip, unknown_event, stall, slow_first_token",
        );
        let kind = fields.required("kind", kind)?;
        // It would strike nothing; a code that no stream has was said already.
        if let Some(operation) = operation
            && !kind.may_strike(operation)
            && !fields.findings().any_at(&fields.path_of("code"))
        {
            fields.findings().push(Problem::error(
                fields.path_of("operation"),
                Message::new(Word::mock_fault_no_stream).text("kind", kind.key()).text("operation", operation.name()),
                Word::mock_fault_no_stream_hint,
            ));
        }
        Some(Fault {
            when: match when {
                Some(rule) => rule?,
                None => Rule::default(),
            },
            operation,
            skip: fields.count("skip").unwrap_or(0),
            times: if forever { None } else { times },
            kind,
        })
    }

    /// Whether it hits this request; counts down what it lets pass and what it may hit.
    pub(super) fn strikes(&mut self, ask: &Ask) -> bool {
        let concerned = self.operation.is_none_or(|operation| operation == ask.operation)
            && self.when.holds(ask, &ask.last_user_text())
            && self.kind.may_strike(ask.operation);
        if !concerned || self.times == Some(0) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if let Some(times) = &mut self.times {
            *times -= 1;
        }
        true
    }
}

impl FaultKind {
    /// Whether it can happen to an operation: to a stream only, and an exception to a stream that has it.
    fn may_strike(&self, operation: Operation) -> bool {
        match self {
            FaultKind::Http(_) | FaultKind::SlowFirstToken { .. } | FaultKind::Reset | FaultKind::Gateway { .. } => {
                true
            }
            FaultKind::ExceptionFrame { exception, .. } => {
                let kind = ExceptionKind::named(&exception.name);
                operation.is_stream() && kind.is_none_or(|kind| kind.in_stream(operation))
            }
            _ => operation.is_stream(),
        }
    }

    pub fn key(&self) -> &'static str {
        match self {
            FaultKind::Http(_) => "http",
            FaultKind::Reset => "reset",
            FaultKind::Gateway { .. } => "gateway",
            FaultKind::ExceptionFrame { .. } => "exception_frame",
            FaultKind::ErrorFrame { .. } => "error_frame",
            FaultKind::CutFrame { .. } => "cut_frame",
            FaultKind::CutCharacter { .. } => "cut_character",
            FaultKind::EarlyEnd { .. } => "early_end",
            FaultKind::CrcFlip { .. } => "crc_flip",
            FaultKind::UnknownEvent { .. } => "unknown_event",
            FaultKind::Stall { .. } => "stall",
            FaultKind::SlowFirstToken { .. } => "slow_first_token",
        }
    }

    /// What it is called: its key in English.
    pub fn word(&self) -> Word {
        match self {
            FaultKind::Http(_) => Word::fault_http,
            FaultKind::Reset => Word::fault_reset,
            FaultKind::Gateway { .. } => Word::fault_gateway,
            FaultKind::ExceptionFrame { .. } => Word::fault_exception_frame,
            FaultKind::ErrorFrame { .. } => Word::fault_error_frame,
            FaultKind::CutFrame { .. } => Word::fault_cut_frame,
            FaultKind::CutCharacter { .. } => Word::fault_cut_character,
            FaultKind::EarlyEnd { .. } => Word::fault_early_end,
            FaultKind::CrcFlip { .. } => Word::fault_crc_flip,
            FaultKind::UnknownEvent { .. } => Word::fault_unknown_event,
            FaultKind::Stall { .. } => Word::fault_stall,
            FaultKind::SlowFirstToken { .. } => Word::fault_slow_first_token,
        }
    }

    /// Does to a stream's pieces what the fault does; a piece is a frame.
    pub(super) fn damage(&self, pieces: &mut Vec<Piece>, door: Option<&Call>) -> End {
        let last_ms = pieces.last().map_or(0.0, |piece| piece.at_ms);
        let at = |after: usize, pieces: &[Piece]| pieces.get(after).map_or(last_ms, |piece| piece.at_ms);
        match self {
            FaultKind::Http(_) | FaultKind::SlowFirstToken { .. } | FaultKind::Reset | FaultKind::Gateway { .. } => {}
            FaultKind::ExceptionFrame { exception, after } => {
                end_with(pieces, *after, |begun| stream_error(exception, begun, door));
            }
            FaultKind::ErrorFrame { code, message, after } if door.is_some() => {
                let exception = Exception::new(code.as_str(), message.as_str());
                end_with(pieces, *after, |begun| stream_error(&exception, begun, door));
            }
            FaultKind::ErrorFrame { code, message, after } => {
                let header = |name: &str, value: &str| (name.to_string(), HeaderValue::String(value.to_string()));
                let headers = vec![
                    header(":error-code", code),
                    header(":error-message", message),
                    header(":message-type", "error"),
                ];
                let frame = Frame { headers, payload: Vec::new() }.encode().unwrap_or_default();
                end_with(pieces, *after, |_| frame);
            }
            FaultKind::CutFrame { after } => {
                pieces.truncate(after + 1);
                if let Some(piece) = pieces.last_mut() {
                    piece.bytes.truncate(piece.bytes.len() / 2);
                }
                return End::Cut;
            }
            FaultKind::CutCharacter { after } => {
                // The first frame from there on that has a character of several bytes.
                let inside = |piece: &Piece| piece.bytes.iter().position(|byte| *byte >= 0xC2 && *byte <= 0xF4);
                let found =
                    pieces.iter().enumerate().skip(*after).find_map(|(index, piece)| Some((index, inside(piece)?)));
                let (index, byte) = found.unwrap_or_else(|| {
                    let index = (*after).min(pieces.len().saturating_sub(1));
                    (index, pieces.get(index).map_or(0, |piece| piece.bytes.len() / 2))
                });
                pieces.truncate(index + 1);
                if let Some(piece) = pieces.last_mut() {
                    piece.bytes.truncate(byte + 1);
                }
                return End::Cut;
            }
            FaultKind::EarlyEnd { after } => pieces.truncate(*after),
            // Events have no checksum: a flipped bit is JSON that does not parse.
            FaultKind::CrcFlip { after } if door.is_some() => {
                let brace = pieces.get_mut(*after).and_then(|piece| piece.bytes.iter_mut().find(|byte| **byte == b'{'));
                if let Some(byte) = brace {
                    *byte ^= 1;
                }
            }
            FaultKind::CrcFlip { after } => {
                if let Some(byte) = pieces.get_mut(*after).and_then(|piece| piece.bytes.last_mut()) {
                    *byte ^= 1;
                }
            }
            FaultKind::UnknownEvent { after } => {
                let frame = match door {
                    Some(call) => call.door.unknown_event(*after),
                    None => encode_event("somethingNew", br#"{"note":"an event no client knows"}"#).unwrap_or_default(),
                };
                let at_ms = at(*after, pieces);
                let place = (*after).min(pieces.len());
                pieces.insert(place, Piece { at_ms, bytes: frame });
            }
            FaultKind::Stall { after, ms } => {
                for piece in pieces.iter_mut().skip(*after) {
                    piece.at_ms += ms;
                }
            }
        }
        End::Clean
    }
}

/// A number from 0 on that is small enough to be meant.
fn within(fields: &Fields<'_>, name: &'static str, most: f64) -> Option<f64> {
    let value = fields.number(name)?;
    let fits = (0.0..=most).contains(&value);
    if !fits {
        fields.findings().push(out_of_range(fields.path_of(name), value, 0.0, most));
    }
    fits.then_some(value)
}

/// The page that a load balancer answers with.
fn usual_page(status: u16) -> String {
    let reason = match status {
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        _ => "Error",
    };
    format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

/// An error inside a stream that has begun so, as the API the stream belongs to writes it.
fn stream_error(exception: &Exception, begun: &[Piece], door: Option<&Call>) -> Vec<u8> {
    let Some(call) = door else { return exception.frame().encode().unwrap_or_default() };
    let opened = begun.first().map(|piece| piece.bytes.as_slice()).unwrap_or_default();
    call.door.stream_error(exception, call.host, opened, begun.len())
}

/// Ends a stream with other bytes after so many pieces of its own, and at the latest in place of its last event: what
/// has ended does not fail any more.
fn end_with(pieces: &mut Vec<Piece>, after: usize, bytes: impl FnOnce(&[Piece]) -> Vec<u8>) {
    let last = pieces.iter().rposition(|piece| piece.bytes != DONE).unwrap_or_default();
    let after = after.min(last);
    let at_ms = pieces.get(after).map_or(0.0, |piece| piece.at_ms);
    pieces.truncate(after);
    let bytes = bytes(pieces);
    pieces.push(Piece { at_ms, bytes });
}

/// Does to the reply what the fault does, and notes how the stream ends then.
pub(super) fn damage(reply: &mut Reply, fault: Option<&FaultKind>, door: Option<&Call>, record: &mut CallRecord) {
    let Body::Stream(pieces, end) = &mut reply.body else { return };
    let whole = record.stream_end.unwrap_or(StreamEnd::Complete);
    let Some(fault) = fault else {
        record.stream_end = Some(whole);
        return;
    };
    *end = fault.damage(pieces, door);
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
