//! One exchange over HTTP as an exchange with Bedrock, whoever wrote it down: a cassette, a browser, the
//! mock itself.

use serde_json::{Map, Value};

use crate::bedrock::{Headers, Operation, Request, route};
use crate::doors::{self, Verb};
use crate::fixture::{Recording, request_hash};

use super::fixtures::{Exchange, ExchangeResponse};

/// A request and what came back, as HTTP has them.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpExchange {
    pub id: String,
    /// Where it stands in its file.
    pub line: u64,
    /// The request; its Host header names the host, where it is known.
    pub request: Request,
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    /// When how many bytes of the body had come, in milliseconds, where that is known.
    pub arrivals: Vec<(f64, usize)>,
    pub metadata: Map<String, Value>,
}

/// What a request asks of a model: the operation and the model, whichever door it came to.
///
/// # Errors
/// That it asks no model of Bedrock's.
pub fn asked_of(request: &Request) -> Result<(Operation, String), String> {
    if let Some(call) = doors::call(request, None) {
        return match call.verb {
            Verb::Create | Verb::Count => Ok((call.operation(), call.model().to_string())),
            _ => Err(format!("{} {} asks no model", request.method, call.path)),
        };
    }
    let routed = route(request).map_err(|error| error.message)?;
    Ok((routed.operation, routed.model_id))
}

impl HttpExchange {
    /// The exchange with a model in it.
    ///
    /// # Errors
    /// That the request asks no model of Bedrock's.
    pub fn read(self) -> Result<Exchange, String> {
        let (operation, model_id) = asked_of(&self.request)?;
        let pairs = self.headers.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut recording = Recording {
            operation,
            status: self.status,
            headers: Recording::kept_headers(pairs),
            body: self.body,
            at_ms: Vec::new(),
            synthesised: false,
        };
        if operation.is_stream() && !self.arrivals.is_empty() {
            recording.at_ms = times_of(&recording.parts(), &self.arrivals);
        }
        Ok(Exchange {
            id: self.id,
            line: self.line,
            operation,
            model_id,
            request_hash: Some(request_hash(&self.request.path, &self.request.body)),
            request: crate::document::bounded(&self.request.body).ok(),
            response: ExchangeResponse::Recording(recording),
            latency_ms: None,
            metadata: self.metadata,
        })
    }
}

/// When the last byte of each part had come.
fn times_of(parts: &[&[u8]], arrivals: &[(f64, usize)]) -> Vec<f64> {
    let mut end = 0;
    let mut arrivals = arrivals.iter().peekable();
    let mut last_ms = 0.0;
    let time = |part: &&[u8]| {
        end += part.len();
        while let Some((ms, bytes)) = arrivals.peek() {
            last_ms = *ms;
            if *bytes >= end {
                break;
            }
            arrivals.next();
        }
        // A tenth of a millisecond is finer than any network.
        libm::round(last_ms * 10.0) / 10.0
    };
    parts.iter().map(time).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_come_when_its_last_byte_has() {
        let parts = [&b"aaaa"[..], b"bb", b"cc"];
        assert_eq!(times_of(&parts, &[(1.0, 3), (2.04, 7), (9.0, 8)]), [2.0, 2.0, 9.0]);
        assert_eq!(times_of(&parts, &[(1.0, 3)]), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn every_door_is_known() {
        let check = |path: &str, body: &str, expected: (Operation, &str)| {
            let request = Request {
                method: "POST".into(),
                path: path.into(),
                headers: Headers::default(),
                body: body.as_bytes().to_vec(),
            };
            assert_eq!(asked_of(&request), Ok((expected.0, expected.1.to_string())), "{path}");
        };
        check("/model/a.b%3A0/converse", "{}", (Operation::Converse, "a.b:0"));
        check("/anthropic/v1/messages?beta=true", r#"{"model":"m","stream":true}"#, (Operation::MessagesStream, "m"));
        check("/anthropic/v1/messages/count_tokens", r#"{"model":"m"}"#, (Operation::CountTokens, "m"));
        check("/openai/v1/chat/completions", r#"{"model":"m"}"#, (Operation::ChatCompletions, "m"));
        check("/v1/responses", r#"{"model":"m","stream":true}"#, (Operation::ResponsesStream, "m"));
    }
}
