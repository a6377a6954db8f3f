//! HAR: what a browser's network panel, a proxy or an HTTP client exports.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use crate::bedrock::Headers;

use super::cassette::request_to;
use super::error::Error;
use super::fixtures::{Exchange, Skipped};
use super::http::HttpExchange;

/// The exchanges of a HAR file, and the entries that are none with Bedrock, each with its number.
///
/// # Errors
/// That it is no HAR.
pub fn from_har(name: &str, text: &str) -> Result<(Vec<Exchange>, Vec<Skipped>), Error> {
    let document: Value =
        crate::document::bounded(text.as_bytes()).map_err(|error| Error::record(format!("not JSON: {error}")))?;
    let entries = document["log"]["entries"].as_array();
    let entries = entries.ok_or_else(|| Error::record("expected a HAR file: `log.entries`".to_string()))?;
    let (mut exchanges, mut skipped) = (Vec::new(), Vec::new());
    for (index, entry) in entries.iter().enumerate() {
        let line = index as u64 + 1;
        match exchange(name, line, entry) {
            Ok(exchange) => exchanges.push(exchange),
            Err(reason) => skipped.push(Skipped { line, reason }),
        }
    }
    Ok((exchanges, skipped))
}

fn exchange(name: &str, number: u64, entry: &Value) -> Result<Exchange, String> {
    let (request, response) = (&entry["request"], &entry["response"]);
    let url = request["url"].as_str().ok_or("the request has no url")?;
    let asked = request["postData"]["text"].as_str().unwrap_or_default().as_bytes().to_vec();
    let content = &response["content"];
    let text = content["text"].as_str().ok_or("the body of the response was not exported")?;
    let body = match content["encoding"].as_str() {
        Some("base64") => BASE64.decode(text.as_bytes()).map_err(|error| format!("the body is no base64: {error}"))?,
        _ => text.as_bytes().to_vec(),
    };
    let status = response["status"].as_u64().filter(|status| (100..=599).contains(status));
    let exchange = HttpExchange {
        id: format!("{name}_{number}"),
        line: number,
        request: request_to(request["method"].as_str().unwrap_or("POST"), url, asked),
        status: status.ok_or("no response came")? as u16,
        headers: headers(&response["headers"]),
        body,
        arrivals: Vec::new(),
        metadata: Map::from_iter([("recorded_from".to_string(), json!(name))]),
    };
    exchange.read()
}

fn headers(list: &Value) -> Headers {
    let pairs = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|header| Some((header["name"].as_str()?.to_string(), header["value"].as_str()?.to_string())));
    Headers(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bedrock::Operation;

    #[test]
    fn a_browsers_export_gives_the_exchanges_with_bedrock() {
        let entry = |url: &str, request: &str, content: Value| {
            json!({"request": {"method": "POST", "url": url, "postData": {"text": request}},
                "response": {"status": 200, "headers": [{"name": "Content-Type", "value": "text/event-stream"}], "content": content}})
        };
        let sse = "data: {\"type\":\"response.created\"}\nevent: response.created\n\n";
        let har = json!({"log": {"version": "1.2", "entries": [
            entry("https://bedrock-mantle.us-east-1.api.aws/openai/v1/responses", r#"{"model":"openai.gpt-5.5","stream":true}"#, json!({"text": sse})),
            entry("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse-stream", "{}", json!({"text": "AAAA", "encoding": "base64"})),
            entry("https://example.com/", "", json!({"text": "x"})),
            entry("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse", "{}", json!({"size": 10})),
        ]}});
        let (exchanges, skipped) = from_har("h", &har.to_string()).unwrap();
        let found: Vec<_> = exchanges.iter().map(|exchange| (exchange.operation, exchange.model_id.as_str())).collect();
        assert_eq!(found, [(Operation::ResponsesStream, "openai.gpt-5.5"), (Operation::ConverseStream, "m")]);
        assert_eq!(skipped.iter().map(|skip| skip.line).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(skipped[1].reason, "the body of the response was not exported");
    }
}
