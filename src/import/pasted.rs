//! Answers and event streams that someone pasted, as exchanges.

use serde_json::{Map, Value, json};

use crate::bedrock::event_stream::Decoder;
use crate::bedrock::{Headers, Operation};
use crate::doors::data_events;
use crate::doors::decode::answer_in_body;
use crate::fixture::Recording;
use crate::rules::{RuleRow, RuleSheet};

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
    let mut metadata = Map::from_iter([("recorded_from".to_string(), json!("pasted"))]);
    let model_id = named(&body["model"], &mut metadata);
    Ok(Exchange {
        id: id.to_string(),
        line: 1,
        operation,
        model_id,
        request_hash: None,
        request: None,
        response: ExchangeResponse::Answer(answer),
        latency_ms: None,
        metadata,
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
    let model_id = named(model, &mut metadata);
    if broken > 0 {
        metadata.insert("broken".to_string(), json!(format!("{broken} events are no JSON")));
    }
    Ok(Exchange {
        id: id.to_string(),
        line: 1,
        operation,
        model_id,
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

/// A model as an answer names it, as Bedrock's id: vendors write a name of their own. What could be more than one
/// model stays as it is, and the labels say so.
fn named(model: &Value, metadata: &mut Map<String, Value>) -> String {
    let Some(name) = model.as_str() else { return "unknown".to_string() };
    if RuleSheet::get().row(name).is_some() {
        return name.to_string();
    }
    let of = |row: &RuleRow| {
        let id = row.model().split_once('.').map_or(row.model(), |(_, bare)| bare);
        // A version behind the name is Bedrock's own.
        let bare = id.split("-v").next().unwrap_or(id);
        bare == name || bare.split(':').next() == Some(name)
    };
    let found: Vec<&str> = RuleSheet::get().rows().filter(of).map(|row| row.model()).collect();
    match found.as_slice() {
        [id] => {
            metadata.insert("model_named".to_string(), json!(name));
            // The bare id of a model that only profiles serve is one that no caller asks.
            crate::doors::taken_as(id)
        }
        found => {
            let said = match found {
                [] => format!("“{name}” is no model of Bedrock's: write its id to `model_id`"),
                _ => format!("“{name}” may be {}: write the one to `model_id`", found.join(" or ")),
            };
            metadata.insert("model_unclear".to_string(), json!(said));
            name.to_string()
        }
    }
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
        // The vendor's own name is mapped to Bedrock's id.
        let own = json!({"type": "message_start", "message": {"model": "claude-sonnet-5"}});
        check(own, Some((Operation::MessagesStream, "global.anthropic.claude-sonnet-5")));
        let dated = json!({"type": "message_start", "message": {"model": "claude-haiku-4-5-20251001"}});
        check(dated, Some((Operation::MessagesStream, "global.anthropic.claude-haiku-4-5-20251001-v1:0")));
    }

    #[test]
    fn tokens_of_reasoning_are_kept() {
        let body = r#"{"object": "response", "model": "openai.gpt-5.6-sol", "output": [{"type": "message", "content": [{"type":
            "output_text", "text": "x"}]}], "usage": {"input_tokens": 5, "output_tokens": 25, "output_tokens_details":
            {"reasoning_tokens": 10}}}"#;
        let exchange = from_pasted("a", body).unwrap();
        let imported = super::super::Importer::new(crate::redact::Redactor::default()).fixture(exchange).unwrap();
        assert_eq!(imported.document["usage"]["reasoning_tokens"], 10);
    }

    #[test]
    fn a_name_that_is_no_models_is_said_to_be_none() {
        let first = json!({"type": "message_start", "message": {"model": "claude-9"}});
        let exchange = from_sse("a", &format!("data: {first}\n\n")).unwrap();
        assert_eq!(exchange.model_id, "claude-9");
        assert!(exchange.metadata["model_unclear"].as_str().unwrap().contains("no model of Bedrock's"));
    }
}
