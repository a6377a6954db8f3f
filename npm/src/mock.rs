//! The mock for JavaScript.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use super::Refusal;

use rehearsal::bedrock::event_stream::Decoder;
use rehearsal::bedrock::{Body, End, Headers, Request};
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Mock, full_catalog};

/// The mock for JavaScript: bytes in, bytes with their times out. `createMock` of the package
/// puts it behind the SDK's request handler, behind `fetch`, and behind plain calls.
#[wasm_bindgen(js_name = WireMock)]
pub struct WireMock {
    mock: Mock,
}

/// A reply as JavaScript gets it, but for the bytes of its pieces.
#[derive(Serialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
    at_ms: f64,
    times_ms: Vec<f64>,
    /// Whether the body is a stream, and whether its connection breaks at the end.
    stream: bool,
    cut: bool,
}

#[wasm_bindgen(js_class = WireMock)]
impl WireMock {
    /// A mock of a configuration and fixture files, both as JSON text: `{…}` as for `rehearsal
    /// serve --config`, and `{"name": "text of a JSON or YAML file", …}` or null for those that
    /// come with the product.
    ///
    /// # Errors
    /// Throws an `Error` with everything that cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str, fixtures: &str) -> Result<WireMock, Refusal> {
        let config = Config::read(&rehearsal::document::parse(config).map_err(rehearsal::problem::Problems::from)?)?;
        let files: Option<std::collections::BTreeMap<String, String>> = serde_json::from_str(fixtures)?;
        let library = match files {
            Some(files) => {
                let library = Library::read(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))?;
                library.refuse_unknown()?;
                Arc::new(library)
            }
            None => rehearsal::fixture::built_in_shared()?,
        };
        Ok(WireMock { mock: Mock::new(library, full_catalog(), config) })
    }

    /// Answers a request that comes at `now_ms`; `headers` is a flat list of names and values. The
    /// result is `[head, pieces]`: the head as JSON text, the pieces as byte arrays.
    pub fn handle(
        &mut self,
        method: &str,
        path: &str,
        headers: Vec<String>,
        body: Vec<u8>,
        now_ms: f64,
    ) -> js_sys::Array {
        let pairs = headers.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
        let request =
            Request { method: method.to_string(), path: path.to_string(), headers: Headers(pairs.collect()), body };
        let reply =
            rehearsal::mock::control(&mut self.mock, &request).unwrap_or_else(|| self.mock.handle(&request, now_ms));
        let (pieces, stream, cut) = match &reply.body {
            Body::Whole(bytes) => (vec![(reply.at_ms, bytes.as_slice())], false, false),
            Body::Stream(pieces, end) => {
                (pieces.iter().map(|piece| (piece.at_ms, piece.bytes.as_slice())).collect(), true, *end == End::Cut)
            }
        };
        let head = Head {
            status: reply.status,
            headers: reply.headers.0.clone(),
            at_ms: reply.at_ms,
            times_ms: pieces.iter().map(|(at_ms, _)| *at_ms).collect(),
            stream,
            cut,
        };
        let bytes: js_sys::Array = pieces.iter().map(|(_, bytes)| js_sys::Uint8Array::from(*bytes)).collect();
        let head = serde_json::to_string(&head).unwrap_or_default();
        js_sys::Array::of2(&JsValue::from_str(&head), &bytes)
    }

    /// The next `count` calls fail with this exception.
    ///
    /// # Errors
    /// Throws an `Error` where the name is none that the service is known to send.
    #[wasm_bindgen(js_name = forceError)]
    pub fn force_error(&mut self, code: &str, message: Option<String>, count: u32) -> Result<(), Refusal> {
        let message = message.unwrap_or_else(|| rehearsal::bedrock::Exception::usual(code).message);
        Ok(self.mock.force_error(code, &message, count as usize)?)
    }

    /// Replaces the scripted faults by those of a JSON list.
    ///
    /// # Errors
    /// Throws an `Error` with everything in the list that is no fault.
    pub fn faults(&mut self, list: &str) -> Result<(), Refusal> {
        let list = rehearsal::document::parse(list).map_err(rehearsal::problem::Problems::from)?;
        Ok(self.mock.set_faults(&list)?)
    }

    /// Requests with this prompt hash are answered with this text.
    ///
    /// # Errors
    /// Throws an `Error` where it is no prompt hash.
    #[wasm_bindgen(js_name = setResponseOverride)]
    pub fn set_response_override(&mut self, prompt_hash: &str, response: &str) -> Result<(), Refusal> {
        Ok(self.mock.set_response_override(prompt_hash, response)?)
    }

    /// The usage report as JSON text.
    pub fn report(&self) -> String {
        serde_json::to_string(&self.mock.ledger().report()).unwrap_or_default()
    }

    /// The calls as JSON text.
    pub fn log(&self) -> String {
        serde_json::to_string(&self.mock.ledger().records().collect::<Vec<_>>()).unwrap_or_default()
    }

    /// How each chat model behaves, as JSON text.
    pub fn models(&self) -> String {
        let rows = self.mock.config().models_of(self.mock.catalog());
        Value::Object(rows.into_iter().map(|(id, own)| (id, own.to_json())).collect()).to_string()
    }

    pub fn reset(&mut self) {
        self.mock.reset();
    }

    /// The whole frames at the beginning of some bytes: `{frames, used}`, the frames as JSON text.
    ///
    /// # Errors
    /// Throws an `Error` with the place of what is no frame.
    pub fn decode(bytes: &[u8]) -> Result<js_sys::Object, Refusal> {
        let mut decoder = Decoder::new();
        decoder.push(bytes);
        let mut frames = Vec::new();
        let mut used = 0;
        while let Some(frame) = decoder.next_frame()? {
            used += frame.encode()?.len();
            let exception = frame.text(":exception-type").or(frame.text(":error-code"));
            frames.push(json!({
                "type": frame.text(":event-type"),
                "exception": exception,
                // A frame of type `error` has no payload.
                "message": frame.text(":error-message"),
                "payload": serde_json::from_slice::<Value>(&frame.payload).unwrap_or_default(),
            }));
        }
        let object = js_sys::Object::new();
        for (name, value) in
            [("frames", JsValue::from_str(&Value::Array(frames).to_string())), ("used", (used as f64).into())]
        {
            // Setting a property of a fresh object cannot fail.
            let _ = js_sys::Reflect::set(&object, &name.into(), &value);
        }
        Ok(object)
    }
}

/// The hash that a fixture of one prompt is found by.
#[wasm_bindgen(js_name = promptHash)]
pub fn prompt_hash(prompt: &str) -> String {
    rehearsal::hash::prompt_hash(prompt)
}
