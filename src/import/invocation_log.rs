//! Records of the model invocation log as exchanges, for fixtures.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use crate::bedrock::event_stream::{Frame, HeaderValue};
use crate::bedrock::{Headers, Operation};
use crate::doors::decode::answer_in_events;
use crate::fixture::Recording;

use super::error::Error;
use super::fixtures::{Exchange, ExchangeResponse, answer_or_body};

/// The exchange in one record of Bedrock's model invocation log.
///
/// # Errors
/// Why the record gives none: bodies kept in S3, logging without bodies, a permission check.
pub fn from_log_record(record: &Value) -> Result<Exchange, Error> {
    read(record).map_err(Error::record)
}

fn read(record: &Value) -> Result<Exchange, String> {
    let text = |name: &str| record[name].as_str().map(str::to_string);
    if record["schemaType"].as_str().is_some_and(|kind| kind != "ModelInvocationLog") {
        return Err("not a model invocation log record".to_string());
    }
    let operation = text("operation").and_then(|name| Operation::from_name(&name));
    let operation = operation.ok_or("the operation is missing or unknown")?;
    let model_id = text("modelId").ok_or("modelId is missing")?;
    let model_id = model_id.rsplit('/').next().unwrap_or(&model_id).to_string();
    let id = text("requestId").ok_or("requestId is missing")?;
    let output = &record["output"];
    let mut metadata = Map::new();
    for (name, value) in [("timestamp", text("timestamp")), ("region", text("region"))] {
        if let Some(value) = value {
            metadata.insert(name.to_string(), json!(value));
        }
    }
    if let Some(labels) = record["requestMetadata"].as_object() {
        metadata.insert("request_metadata".to_string(), Value::Object(labels.clone()));
    }
    metadata.insert("recorded_operation".to_string(), json!(operation.name()));
    let request = body(&record["input"]["inputBodyJson"]);
    let mut latency_ms = None;
    let response = match (text("errorCode"), body(&output["outputBodyJson"])) {
        (Some(code), _) => ExchangeResponse::Error { code, message: text("errorMessage") },
        (None, Some(body)) => {
            latency_ms = latency_in(&body);
            response(operation, &body, output, &mut metadata)?
        }
        (None, None) if output["outputBodyS3Path"].is_string() => {
            return Err(format!(
                "the body is in S3 at {}; fetch it and import it",
                output["outputBodyS3Path"].as_str().unwrap_or_default()
            ));
        }
        (None, None) => return Err("the record has no output body; is text delivery switched on?".to_string()),
    };
    Ok(Exchange { id, line: 1, operation, model_id, request_hash: None, request, response, latency_ms, metadata })
}

/// A body as JSON; some exports have it as text.
fn body(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => crate::document::bounded(text.as_bytes()).ok(),
        other => Some(other.clone()),
    }
}

fn response(
    operation: Operation,
    body: &Value,
    output: &Value,
    metadata: &mut Map<String, Value>,
) -> Result<ExchangeResponse, String> {
    let json_type = Headers::from([("content-type", "application/json")]);
    Ok(match operation {
        Operation::InvokeModel | Operation::Converse => ExchangeResponse::Recording(Recording {
            operation,
            status: 200,
            headers: json_type,
            body: body.to_string().into_bytes(),
            at_ms: Vec::new(),
            synthesised: false,
        }),
        Operation::InvokeModelWithResponseStream => {
            let chunks = body.as_array().ok_or("a stream's body should be a list of its chunks")?;
            let chunks: Vec<&Value> = chunks.iter().filter(|chunk| chunk.is_object()).collect();
            ExchangeResponse::Recording(Recording {
                operation,
                status: 200,
                headers: Headers::from([
                    ("content-type", "application/vnd.amazon.eventstream"),
                    ("x-amzn-bedrock-content-type", "application/json"),
                ]),
                body: chunks.iter().flat_map(|chunk| chunk_frame(chunk)).collect(),
                at_ms: times(&chunks),
                // The padding and the connection's own pieces are not in the log.
                synthesised: true,
            })
        }
        Operation::ConverseStream => {
            // The log has the assembled answer, or the events without their frames: the chunks must be made anew.
            metadata.insert("stream".to_string(), json!("synthesised: the log keeps the assembled answer"));
            let answer = match body.as_array() {
                Some(events) => answer_in_events(events),
                None => answer_or_body(body),
            };
            let answer = answer.ok_or("the body is no Converse response")?;
            ExchangeResponse::Answer(answer)
        }
        Operation::CountTokens => return Err(format!("{} records have no answer ({output})", operation.name())),
        // How a log names the newer doors, and what it keeps of them, no one has shown yet.
        _ => return Err(format!("records of {} have no known form", operation.name())),
    })
}

/// What Converse and its stream say of how long the answer took.
fn latency_in(body: &Value) -> Option<f64> {
    let of = |said: &Value| said["metrics"]["latencyMs"].as_f64();
    match body.as_array() {
        Some(events) => events.iter().find_map(|event| of(&event["metadata"])),
        None => of(body),
    }
}

fn chunk_frame(chunk: &Value) -> Vec<u8> {
    let header = |name: &str, value: &str| (name.to_string(), HeaderValue::String(value.to_string()));
    let frame = Frame {
        headers: vec![
            header(":event-type", "chunk"),
            header(":content-type", "application/json"),
            header(":message-type", "event"),
        ],
        payload: json!({"bytes": BASE64.encode(chunk.to_string().as_bytes())}).to_string().into_bytes(),
    };
    frame.encode().unwrap_or_default()
}

/// When each chunk came, spread from the first byte to the end as the stream's metrics say.
fn times(chunks: &[&Value]) -> Vec<f64> {
    let metrics =
        chunks.iter().map(|chunk| &chunk["amazon-bedrock-invocationMetrics"]).find(|metrics| metrics.is_object());
    let Some(metrics) = metrics else { return Vec::new() };
    let ms = |name: &str| metrics[name].as_f64();
    let Some((first, last)) = ms("firstByteLatency").zip(ms("invocationLatency")) else { return Vec::new() };
    let steps = (chunks.len().max(2) - 1) as f64;
    (0..chunks.len()).map(|index| first + (last - first).max(0.0) * index as f64 / steps).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Library;
    use crate::import::Importer;
    use crate::mock::{Config, Mock, MockBedrockClient, full_catalog};
    use crate::redact::Redactor;

    /// What was recorded of a call: how long it took is in the fixture, and in what the fixture answers.
    #[test]
    fn the_latency_that_was_recorded_is_kept() {
        let text = |text: &str| json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": text}}});
        let usage = json!({"inputTokens": 5, "outputTokens": 3, "totalTokens": 8});
        let whole = json!({
            "output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}}, "stopReason": "end_turn",
            "metrics": {"latencyMs": 1234}, "usage": usage.clone(),
        });
        let events = json!([
            {"messageStart": {"role": "assistant"}}, text("hel"), text("lo"), {"contentBlockStop": {"contentBlockIndex": 0}},
            {"messageStop": {"stopReason": "end_turn"}}, {"metadata": {"usage": usage, "metrics": {"latencyMs": 2345}}},
        ]);
        let check = |operation: &str, body: &Value, expected: f64| {
            let record = json!({
                "schemaType": "ModelInvocationLog", "requestId": "r", "operation": operation, "modelId": crate::catalog::HAIKU,
                "input": {"inputBodyJson": {"messages": [{"role": "user", "content": [{"text": "q"}]}]}},
                "output": {"outputBodyJson": body},
            });
            let imported = Importer::new(Redactor::usual().clone()).fixture(from_log_record(&record).unwrap()).unwrap();
            assert_eq!(imported.document["latency_ms"].as_f64(), Some(expected), "{operation}");
            let library = Library::read([("r.json", imported.document.to_string().as_str())]).unwrap();
            let client = MockBedrockClient::new(Mock::new(library, full_catalog(), Config::default()));
            let body = json!({"messages": [{"role": "user", "content": [{"text": "q"}]}]});
            let asked = crate::bedrock::Request {
                method: "POST".to_string(),
                path: format!("/model/{}/converse", crate::catalog::HAIKU),
                headers: Headers::default(),
                body: body.to_string().into_bytes(),
            };
            let reply = client.send(&asked);
            assert_eq!((reply.status, reply.at_ms), (200, expected), "{operation}");
            let said: Value = serde_json::from_slice(&reply.bytes()).unwrap();
            assert_eq!(said["output"]["message"]["content"][0]["text"], "hello");
            assert_eq!(said["metrics"]["latencyMs"].as_f64(), Some(expected), "{operation}");
        };
        check("Converse", &whole, 1234.0);
        check("ConverseStream", &whole, 1234.0);
        check("ConverseStream", &events, 2345.0);
    }
}
