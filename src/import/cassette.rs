//! Recordings of HTTP clients (VCR cassettes) as exchanges.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use crate::bedrock::{Headers, Request, route};
use crate::fixture::{Recording, yaml};

use super::error::Error;
use super::fixtures::{Exchange, ExchangeResponse, Skipped};

/// The exchanges of a VCR cassette, and the interactions that are none with Bedrock's runtime.
///
/// # Errors
/// Where the text stops being YAML, or that it is no cassette.
pub fn from_cassette(name: &str, text: &str) -> Result<(Vec<Exchange>, Vec<Skipped>), Error> {
    read(name, text).map_err(Error::record)
}

fn read(name: &str, text: &str) -> Result<(Vec<Exchange>, Vec<Skipped>), String> {
    let document =
        yaml::parse(text).map_err(|error| format!("line {}, column {}: {}", error.line, error.column, error.what))?;
    let interactions = document["interactions"].as_array().ok_or("expected `interactions`, as VCR writes them")?;
    let (mut exchanges, mut skipped) = (Vec::new(), Vec::new());
    for (index, interaction) in interactions.iter().enumerate() {
        match exchange(name, index, interaction) {
            Ok(exchange) => exchanges.push(exchange),
            Err(reason) => skipped.push(Skipped { line: index as u64 + 1, reason }),
        }
    }
    Ok((exchanges, skipped))
}

fn exchange(name: &str, index: usize, interaction: &Value) -> Result<Exchange, String> {
    let (request, response) = (&interaction["request"], &interaction["response"]);
    let uri = request["uri"].as_str().ok_or("the request has no uri")?;
    let path = uri.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or(uri);
    let method = request["method"].as_str().unwrap_or("POST").to_string();
    let routed =
        route(&Request { method, path: path.to_string(), ..Request::default() }).map_err(|error| error.message)?;
    let body = text_of(&request["body"]).and_then(|body| serde_json::from_slice(&body).ok());
    let headers = headers(&response["headers"]);
    let pairs = headers.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let recording = Recording {
        operation: routed.operation,
        status: response["status"]["code"].as_u64().unwrap_or(200).min(599) as u16,
        headers: Recording::kept_headers(pairs),
        body: text_of(&response["body"]).ok_or("the response has no body")?,
        at_ms: Vec::new(),
        synthesised: false,
    };
    Ok(Exchange {
        id: format!("{name}_{}", index + 1),
        operation: routed.operation,
        model_id: routed.model_id,
        request: body,
        response: ExchangeResponse::Recording(recording),
        metadata: Map::from_iter([("recorded_from".to_string(), json!(name))]),
    })
}

/// A body as VCR keeps it: text, or `{string: …}`, either of them binary.
fn text_of(body: &Value) -> Option<Vec<u8>> {
    match body {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Object(map) => match map.get("!!binary").or_else(|| map.get("base64_string")) {
            Some(encoded) => BASE64.decode(encoded.as_str()?.as_bytes()).ok(),
            None => text_of(map.get("string")?),
        },
        _ => None,
    }
}

/// Headers with a list of values each, or one.
fn headers(value: &Value) -> Headers {
    let pairs = value.as_object().into_iter().flatten().filter_map(|(name, value)| {
        let value = value.as_str().or_else(|| value[0].as_str())?;
        Some((name.clone(), value.to_string()))
    });
    Headers(pairs.collect())
}
