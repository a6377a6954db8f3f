//! Answers and event streams that someone pasted, as exchanges.

use serde_json::{Map, Value, json};

use crate::bedrock::decode::answer_in_body;
use crate::bedrock::event_stream::Decoder;
use crate::bedrock::{Headers, Operation};
use crate::fixture::Recording;

use super::error::Error;
use super::fixtures::{Exchange, ExchangeResponse};

/// The exchange in an answer pasted from a terminal: a Converse response, or the body of
/// InvokeModel.
///
/// # Errors
/// Why it is neither.
pub fn from_pasted(id: &str, text: &str) -> Result<Exchange, Error> {
    read(id, text).map_err(Error::record)
}

fn read(id: &str, text: &str) -> Result<Exchange, String> {
    // What was pasted may have the command before it and a prompt after it.
    let (begin, end) = (text.find('{').unwrap_or(0), text.rfind('}').map_or(text.len(), |at| at + 1));
    let json = text.get(begin..end).unwrap_or(text);
    let body: Value = serde_json::from_str(json).map_err(|error| format!("not JSON: {error}"))?;
    let answer = answer_in_body(&body)
        .ok_or("expected a Converse response (`output.message`) or the body of InvokeModel (`content`)")?;
    let operation = if body["stopReason"].is_string() { Operation::Converse } else { Operation::InvokeModel };
    Ok(Exchange {
        id: id.to_string(),
        line: 1,
        operation,
        model_id: body["model"].as_str().unwrap_or("unknown").to_string(),
        request: None,
        response: ExchangeResponse::Answer(answer),
        metadata: Map::from_iter([("recorded_from".to_string(), json!("pasted"))]),
    })
}

/// The exchange in the bytes of an event stream.
///
/// # Errors
/// That not even the first frame can be read.
pub fn from_event_stream(id: &str, bytes: &[u8]) -> Result<Exchange, Error> {
    read_stream(id, bytes).map_err(Error::record)
}

fn read_stream(id: &str, bytes: &[u8]) -> Result<Exchange, String> {
    // As far as it can be read: a recording that was cut off is one, too.
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut frames = Vec::new();
    let broken = loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => break "no whole frame in it".to_string(),
            Err(error) => break error.to_string(),
        }
    };
    if frames.is_empty() {
        return Err(format!("neither text nor an event stream: {broken}"));
    }
    let chunks = frames.iter().any(|frame| frame.text(":event-type") == Some("chunk"));
    let operation = if chunks { Operation::InvokeModelWithResponseStream } else { Operation::ConverseStream };
    Ok(Exchange {
        id: id.to_string(),
        line: 1,
        operation,
        model_id: "unknown".to_string(),
        request: None,
        response: ExchangeResponse::Recording(Recording {
            operation,
            status: 200,
            headers: Headers::from([("content-type", "application/vnd.amazon.eventstream")]),
            body: bytes.to_vec(),
            at_ms: Vec::new(),
            synthesised: false,
        }),
        metadata: Map::from_iter([("recorded_from".to_string(), json!("event stream"))]),
    })
}
