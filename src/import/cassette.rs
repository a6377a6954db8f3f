//! Cassettes: what VCR and its relatives record, the forms of pydantic-ai (`parsed_body`) and of
//! langchain (`requests` and `responses` side by side) included.

use std::io::Read;

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use crate::bedrock::{Headers, Request};
use crate::fixture::yaml;

use super::error::Error;
use super::fixtures::{Exchange, Skipped};
use super::http::HttpExchange;

/// The most bytes that one body unpacks to.
const MAX_BODY: u64 = 64 << 20;

/// The exchanges of a cassette, and the interactions that are none with Bedrock's runtime.
///
/// # Errors
/// Where the text stops being YAML, or that it is no cassette.
pub fn from_cassette(name: &str, text: &str) -> Result<(Vec<Exchange>, Vec<Skipped>), Error> {
    read(name, text).map_err(Error::record)
}

fn read(name: &str, text: &str) -> Result<(Vec<Exchange>, Vec<Skipped>), String> {
    // JSON is read as such: not every escape of it is one of YAML's.
    let json = text.trim_start().starts_with('{').then(|| crate::document::bounded(text.as_bytes()).ok()).flatten();
    let document = match json {
        Some(document) => document,
        None => yaml::parse(text)
            .map_err(|error| format!("line {}, column {}: {}", error.line, error.column, error.what))?,
    };
    let interactions = interactions(&document)?;
    let (mut exchanges, mut skipped) = (Vec::new(), Vec::new());
    for (index, (request, response)) in interactions.into_iter().enumerate() {
        let line = index as u64 + 1;
        match exchange(name, line, request, response) {
            Ok(exchange) => exchanges.push(exchange),
            Err(reason) => skipped.push(Skipped { line, reason }),
        }
    }
    Ok((exchanges, skipped))
}

/// The pairs of request and response.
fn interactions(document: &Value) -> Result<Vec<(&Value, &Value)>, String> {
    if let Some(interactions) = document["interactions"].as_array() {
        return Ok(interactions.iter().map(|both| (&both["request"], &both["response"])).collect());
    }
    match (document["requests"].as_array(), document["responses"].as_array()) {
        (Some(requests), Some(responses)) if requests.len() == responses.len() => {
            Ok(requests.iter().zip(responses).collect())
        }
        (Some(requests), Some(responses)) => Err(format!(
            "the cassette has {} requests and {} responses: no one can say which belong together",
            requests.len(),
            responses.len()
        )),
        _ => {
            Err("expected a cassette: `interactions`, as VCR writes them, or `requests` beside `responses`".to_string())
        }
    }
}

fn exchange(name: &str, number: u64, request: &Value, response: &Value) -> Result<Exchange, String> {
    let uri = request["uri"].as_str().or(request["url"].as_str()).ok_or("the request has no uri")?;
    let method = request["method"].as_str().unwrap_or("POST");
    let asked = Body::of(request)?.map(|body| body.bytes).unwrap_or_default();
    let answered = Body::of(response)?.ok_or("the response has no body")?;
    let mut metadata = Map::from_iter([("recorded_from".to_string(), json!(name))]);
    if let Some(note) = answered.note {
        metadata.insert("body".to_string(), json!(note));
    }
    let status = response["status"]["code"].as_u64().or(response["status_code"].as_u64()).unwrap_or(200);
    let exchange = HttpExchange {
        id: format!("{name}_{number}"),
        line: number,
        request: request_to(method, uri, asked),
        status: status.min(599) as u16,
        headers: headers(&response["headers"]),
        body: answered.bytes,
        arrivals: Vec::new(),
        metadata,
    };
    exchange.read()
}

/// A request to a URL: its path, and its host as a header.
pub(super) fn request_to(method: &str, url: &str, body: Vec<u8>) -> Request {
    let behind = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
    Request { method: method.to_string(), path: path.to_string(), headers: Headers::from([("host", host)]), body }
}

/// A body, and what is to be known about its bytes.
struct Body {
    bytes: Vec<u8>,
    note: Option<&'static str>,
}

impl Body {
    /// The body of a request or a response; `None` where none was kept.
    fn of(part: &Value) -> Result<Option<Body>, String> {
        let parsed = &part["parsed_body"];
        if let Some(bytes) = text_of(&part["body"]) {
            let headers = headers(&part["headers"]);
            return unpacked(bytes, headers.get("content-encoding").unwrap_or_default()).map(Some);
        }
        Ok((!parsed.is_null()).then(|| Body {
            bytes: parsed.as_str().map_or_else(|| parsed.to_string(), str::to_string).into_bytes(),
            note: Some("the cassette keeps the parsed body: spaces and the spelling of numbers are not the service's"),
        }))
    }
}

/// A body as it was before it was packed for its way.
fn unpacked(bytes: Vec<u8>, encoding: &str) -> Result<Body, String> {
    let note = Some("unpacked");
    let encoding = encoding.trim().to_ascii_lowercase();
    let read = |reader: &mut dyn Read| {
        let mut out = Vec::new();
        let read = reader.take(MAX_BODY + 1).read_to_end(&mut out);
        read.map_err(|error| format!("its body cannot be unpacked ({error}) and is not kept"))?;
        if out.len() as u64 > MAX_BODY {
            return Err(format!("its body unpacks to more than {} MiB", MAX_BODY >> 20));
        }
        Ok(out)
    };
    if bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(Body { bytes: read(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()))?, note });
    }
    match encoding.as_str() {
        // Recorders that unpack bodies may leave the header.
        "" | "identity" | "gzip" | "x-gzip" => Ok(Body { bytes, note: None }),
        "deflate" => match read(&mut flate2::read::ZlibDecoder::new(bytes.as_slice())) {
            Ok(bytes) => Ok(Body { bytes, note }),
            Err(_) => Ok(Body { bytes: read(&mut flate2::read::DeflateDecoder::new(bytes.as_slice()))?, note }),
        },
        // Text is text, whatever the header says.
        _ if std::str::from_utf8(&bytes).is_ok() => Ok(Body { bytes, note: None }),
        other => Err(format!(
            "its body is packed with {}, which is not read: record it with `decode_compressed_response=True`",
            crate::problem::clipped(other, 40)
        )),
    }
}

/// A body as VCR keeps it: text, or `{string: …}`, either of them binary.
fn text_of(body: &Value) -> Option<Vec<u8>> {
    match body {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Object(map) => match map.get("!!binary").or_else(|| map.get("base64_string")) {
            Some(encoded) => BASE64.decode(encoded.as_str()?.as_bytes()).ok(),
            None if map
                .get("encoding")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("base64")) =>
            {
                BASE64.decode(map.get("string")?.as_str()?.as_bytes()).ok()
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Recording;
    use crate::import::ExchangeResponse;
    use std::io::Write;

    const URI: &str = "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse";
    const ANSWER: &str =
        r#"{"output":{"message":{"role":"assistant","content":[{"text":"ok"}]}},"stopReason":"end_turn"}"#;

    fn one(cassette: &Value) -> Result<Recording, String> {
        let (exchanges, skipped) = from_cassette("c", &cassette.to_string()).map_err(|error| error.to_string())?;
        if let Some(skip) = skipped.first() {
            return Err(skip.reason.clone());
        }
        match exchanges.into_iter().next().map(|exchange| (exchange.response, exchange.request)) {
            Some((ExchangeResponse::Recording(recording), Some(_))) => Ok(recording),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn every_form_of_cassette_is_read() {
        let answer: Value = serde_json::from_str(ANSWER).unwrap();
        let request = json!({"method": "POST", "uri": URI, "body": "{}", "headers": {}});
        let response = json!({"status": {"code": 200}, "headers": {"Content-Type": ["application/json"]}, "body": {"string": ANSWER}});
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(ANSWER.as_bytes()).unwrap();
        let packed = BASE64.encode(&packer.finish().unwrap());
        let gzip = json!({"status": {"code": 200}, "headers": {"Content-Encoding": ["gzip"]}, "body": {"string": {"!!binary": packed}}});
        let parsed = json!({"status": {"code": 200}, "headers": {"content-encoding": ["gzip"]}, "parsed_body": answer});
        let asked = json!({"method": "POST", "uri": URI, "parsed_body": {}, "headers": {}});
        for cassette in [
            json!({"interactions": [{"request": request, "response": response}]}),
            json!({"requests": [request], "responses": [response]}),
            json!({"interactions": [{"request": asked, "response": parsed}]}),
            json!({"interactions": [{"request": request, "response": gzip}]}),
        ] {
            let recording = one(&cassette).unwrap_or_else(|error| panic!("{error}: {cassette}"));
            assert_eq!(String::from_utf8(recording.body).unwrap(), ANSWER);
        }
        let emoji = "{\"interactions\": [{\"request\": {\"method\": \"POST\", \"uri\": \"URI\", \"body\": \"\\ud83d\\ude00\"}, \"response\": {\"status\": {\"code\": 200}, \"headers\": {}, \"body\": {\"string\": \"{}\"}}}]}";
        let (exchanges, _) = from_cassette("c", &emoji.replace("URI", URI)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(exchanges.len(), 1);
        let brotli = json!({"status": {"code": 200}, "headers": {"content-encoding": ["br"]}, "body": {"string": {"!!binary": BASE64.encode(&[0xFF, 0xFE])}}});
        let reason = one(&json!({"interactions": [{"request": request, "response": brotli}]})).unwrap_err();
        assert!(reason.contains("packed with br"), "{reason}");
        assert!(
            from_cassette("c", "{\"requests\": [1], \"responses\": []}")
                .unwrap_err()
                .what
                .contains("1 requests and 0 responses")
        );
    }
}
