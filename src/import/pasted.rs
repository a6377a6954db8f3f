//! Answers and event streams that someone pasted, as exchanges.

use serde_json::{Map, Value, json};

use crate::bedrock::decode::answer_in_body;
use crate::bedrock::event_stream::Decoder;
use crate::bedrock::{Headers, Operation};
use crate::doors::data_events;
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
    let body: Value = crate::document::bounded(json.as_bytes()).map_err(|error| format!("not JSON: {error}"))?;
    let answer = answer_in_body(&body)
        .ok_or("expected a Converse response (`output.message`) or the body of InvokeModel (`content`)")?;
    let operation = match body["object"].as_str() {
        Some("chat.completion") => Operation::ChatCompletions,
        Some("response") => Operation::Responses,
        _ if body["stopReason"].is_string() => Operation::Converse,
        _ => Operation::InvokeModel,
    };
    Ok(Exchange {
        id: id.to_string(),
        line: 1,
        operation,
        model_id: body["model"].as_str().unwrap_or("unknown").to_string(),
        request_hash: None,
        request: None,
        response: ExchangeResponse::Answer(answer),
        latency_ms: None,
        metadata: Map::from_iter([("recorded_from".to_string(), json!("pasted"))]),
    })
}

/// The exchange in server-sent events that someone pasted, kept byte for byte; which door sent them
/// shows in the first event.
///
/// # Errors
/// That no door sends such events.
pub fn from_sse(id: &str, text: &str) -> Result<Exchange, Error> {
    let (events, broken) = data_events(text);
    let first = events.first().unwrap_or(&Value::Null);
    let (operation, model) = match (first["type"].as_str(), first["object"].as_str()) {
        (Some("message_start"), _) => (Operation::MessagesStream, &first["message"]["model"]),
        (_, Some("chat.completion.chunk")) => (Operation::ChatCompletionsStream, &first["model"]),
        (Some("response.created"), _) => (Operation::ResponsesStream, &first["response"]["model"]),
        _ => {
            let what = "the first of these server-sent events is none that begins an answer: expected message_start, \
                        response.created or a chat.completion.chunk";
            return Err(Error::record(what.to_string()));
        }
    };
    let mut metadata = Map::from_iter([("recorded_from".to_string(), json!("pasted events"))]);
    if broken > 0 {
        metadata.insert("broken".to_string(), json!(format!("{broken} events are no JSON")));
    }
    Ok(Exchange {
        id: id.to_string(),
        line: 1,
        operation,
        model_id: model.as_str().unwrap_or("unknown").to_string(),
        request_hash: None,
        request: None,
        latency_ms: None,
        response: ExchangeResponse::Recording(Recording {
            operation,
            status: 200,
            headers: Headers::from([("content-type", "text/event-stream")]),
            body: text.as_bytes().to_vec(),
            at_ms: Vec::new(),
            synthesised: false,
        }),
        metadata,
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
        request_hash: None,
        request: None,
        latency_ms: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_of_pasted_events_shows_in_the_first() {
        let check = |first: Value, expected: Option<(Operation, &str)>| {
            let text = format!("data: {first}\n\ndata: {{}}\n\n");
            let found = from_sse("a", &text).ok().map(|exchange| (exchange.operation, exchange.model_id));
            assert_eq!(found, expected.map(|(operation, model)| (operation, model.to_string())), "{first}");
        };
        check(json!({"type": "message_start", "message": {"model": "c"}}), Some((Operation::MessagesStream, "c")));
        check(json!({"object": "chat.completion.chunk", "model": "g"}), Some((Operation::ChatCompletionsStream, "g")));
        check(json!({"type": "response.created", "response": {"model": "g"}}), Some((Operation::ResponsesStream, "g")));
        check(json!({"type": "ping"}), None);
    }
}
