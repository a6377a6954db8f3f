use std::fmt;

use serde_json::{Value, json};

use crate::bedrock::event_stream::{Frame, decode_all};
use crate::bedrock::{Answer, Body, End, Headers, Operation, Reply, Request};
use crate::delivery::TimedFrame;
use crate::doors::decode::{answer_in_body, answer_in_frames};
use crate::problem::Problems;

use super::handle::Mock;
use super::ledger::{CallRecord, UsageReport};

/// The mock as a client: calls instead of bytes.
///
/// Time is virtual: a call takes the time it would take on a clock of the client's own, and
/// returns at once. Nothing is awaited, so any executor runs it.
///
/// ```
/// use rehearsal::catalog::Catalog;
/// use rehearsal::fixture::Library;
/// use rehearsal::mock::{Config, Fallback, Mock, MockBedrockClient};
///
/// let config = Config { fallback: Fallback::Echo, ..Config::default() };
/// let client = MockBedrockClient::new(Mock::new(Library::default(), Catalog::reference(), config));
/// let call = client.converse("anthropic.claude-3-haiku-20240307-v1:0", serde_json::json!({
///     "messages": [{"role": "user", "content": [{"text": "hello"}]}],
/// }));
/// # let body = futures_ready(call).unwrap();
/// # fn futures_ready<T>(future: impl Future<Output = T>) -> T {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) { std::task::Poll::Ready(value) => value, _ => unreachable!() }
/// # }
/// assert_eq!(body["output"]["message"]["content"][0]["text"], "[Mock claude] Response to: hello...");
/// assert_eq!(client.usage_report().total.calls, 1);
/// ```
#[derive(Debug)]
pub struct MockBedrockClient {
    inner: std::cell::RefCell<Inner>,
}

#[derive(Debug)]
struct Inner {
    mock: Mock,
    now_ms: f64,
}

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClientError {
    /// The service's exception: name, status, message.
    Service { name: String, status: u16, message: String },
    /// The stream broke off: after so many frames, and why.
    Stream { frames: usize, reason: String },
    /// The body is not JSON.
    Body(String),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Service { name, status, message } => write!(f, "{name} ({status}): {message}"),
            ClientError::Stream { frames, reason } => write!(f, "the stream broke off after {frames} frames: {reason}"),
            ClientError::Body(error) => write!(f, "the body is not JSON: {error}"),
        }
    }
}

impl std::error::Error for ClientError {}

/// An event of a stream and its time from the request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StreamItem {
    pub at_ms: f64,
    pub frame: Frame,
}

impl TimedFrame for StreamItem {
    fn at_ms(&self) -> f64 {
        self.at_ms
    }

    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl MockBedrockClient {
    pub fn new(mock: Mock) -> Self {
        MockBedrockClient { inner: std::cell::RefCell::new(Inner { mock, now_ms: 0.0 }) }
    }

    /// InvokeModel: the provider's own body in, the provider's own body out.
    ///
    /// # Errors
    /// The service's exception.
    pub async fn invoke(&self, model_id: &str, body: Value) -> Result<Value, ClientError> {
        self.whole(Operation::InvokeModel, model_id, &body)
    }

    /// Converse.
    ///
    /// # Errors
    /// The service's exception.
    pub async fn converse(&self, model_id: &str, body: Value) -> Result<Value, ClientError> {
        self.whole(Operation::Converse, model_id, &body)
    }

    /// InvokeModelWithResponseStream: the frames with their times.
    ///
    /// # Errors
    /// The service's exception as an HTTP error; one inside the stream is its last frame.
    pub async fn invoke_stream(&self, model_id: &str, body: Value) -> Result<Vec<StreamItem>, ClientError> {
        self.stream(Operation::InvokeModelWithResponseStream, model_id, &body)
    }

    /// ConverseStream: the frames with their times.
    ///
    /// # Errors
    /// See [`MockBedrockClient::invoke_stream`].
    pub async fn converse_stream(&self, model_id: &str, body: Value) -> Result<Vec<StreamItem>, ClientError> {
        self.stream(Operation::ConverseStream, model_id, &body)
    }

    /// CountTokens of an InvokeModel body (`{"invokeModel": {"body": …}}`) or a Converse request
    /// (`{"converse": {…}}`).
    ///
    /// # Errors
    /// The service's exception.
    pub async fn count_tokens(&self, model_id: &str, input: Value) -> Result<u64, ClientError> {
        let counted = self.whole(Operation::CountTokens, model_id, &json!({"input": input}))?;
        counted["inputTokens"].as_u64().ok_or_else(|| ClientError::Body("inputTokens is missing".to_string()))
    }

    /// Anthropic Messages: the answer's body.
    ///
    /// # Errors
    /// The service's error, named as the door names it.
    pub async fn messages(&self, body: &Value) -> Result<Value, ClientError> {
        self.through("messages", body)
    }

    /// OpenAI Chat Completions: the answer's body.
    ///
    /// # Errors
    /// See [`MockBedrockClient::messages`].
    pub async fn chat(&self, body: &Value) -> Result<Value, ClientError> {
        self.through("chat", body)
    }

    /// OpenAI Responses: the response.
    ///
    /// # Errors
    /// See [`MockBedrockClient::messages`].
    pub async fn responses(&self, body: &Value) -> Result<Value, ClientError> {
        self.through("responses", body)
    }

    /// The events of a stream through one of the doors (`messages`, `chat`, `responses`), as JSON; an error
    /// inside the stream is its last one.
    ///
    /// # Errors
    /// The service's error as an HTTP status.
    pub async fn door_stream(&self, door: &str, body: &Value) -> Result<Vec<Value>, ClientError> {
        let mut body = body.clone();
        body["stream"] = Value::Bool(true);
        let reply = self.knock(door, &body)?;
        let (events, _) = crate::doors::data_events(&String::from_utf8_lossy(&reply.bytes()));
        Ok(events)
    }

    fn through(&self, door: &str, body: &Value) -> Result<Value, ClientError> {
        let reply = self.knock(door, body)?;
        serde_json::from_slice(&reply.bytes()).map_err(|error| ClientError::Body(error.to_string()))
    }

    fn knock(&self, door: &str, body: &Value) -> Result<Reply, ClientError> {
        let model = body["model"].as_str().unwrap_or_default();
        let path = crate::doors::path_for(door, model).ok_or_else(|| {
            ClientError::Body(format!("there is no door `{door}`; choose messages, chat or responses"))
        })?;
        let reply = self.send(&Request {
            method: "POST".to_string(),
            path,
            headers: Headers::from([("content-type", "application/json")]),
            body: body.to_string().into_bytes(),
        });
        if reply.status == 200 {
            return Ok(reply);
        }
        let error = serde_json::from_slice::<Value>(&reply.bytes()).unwrap_or_default()["error"].take();
        let named = error["code"].as_str().or(error["type"].as_str());
        Err(ClientError::Service {
            name: named.unwrap_or("UnknownError").to_string(),
            status: reply.status,
            message: error["message"].as_str().unwrap_or_default().to_string(),
        })
    }

    /// The next `count` calls fail with this exception.
    ///
    /// # Errors
    /// The name is none that the service is known to send.
    pub fn force_error(&self, code: &str, message: &str, count: usize) -> Result<(), Problems> {
        self.inner.borrow_mut().mock.force_error(code, message, count)
    }

    /// Requests with this prompt hash are answered with this text.
    ///
    /// # Errors
    /// It is no prompt hash.
    pub fn set_response_override(&self, prompt_hash: &str, response: &str) -> Result<(), Problems> {
        self.inner.borrow_mut().mock.set_response_override(prompt_hash, response)
    }

    pub fn usage_report(&self) -> UsageReport {
        self.inner.borrow().mock.ledger().report()
    }

    pub fn call_log(&self) -> Vec<CallRecord> {
        self.inner.borrow().mock.ledger().records().collect()
    }

    pub fn reset(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.mock.reset();
        inner.now_ms = 0.0;
    }

    /// Milliseconds that have passed on the client's own clock.
    pub fn now_ms(&self) -> f64 {
        self.inner.borrow().now_ms
    }

    /// Any request, as it goes over the wire.
    pub fn send(&self, request: &Request) -> Reply {
        let mut inner = self.inner.borrow_mut();
        let now_ms = inner.now_ms;
        let reply = inner.mock.handle(request, now_ms);
        inner.now_ms += reply.end_ms();
        reply
    }

    fn call(&self, operation: Operation, model_id: &str, body: &Value) -> Result<Reply, ClientError> {
        let reply = self.send(&Request {
            method: "POST".to_string(),
            path: format!("/model/{}/{}", model_id.replace('/', "%2F"), operation.segment()),
            headers: Headers::from([("content-type", "application/json")]),
            body: body.to_string().into_bytes(),
        });
        if reply.status == 200 {
            return Ok(reply);
        }
        let name = reply.headers.get("x-amzn-errortype").unwrap_or("UnknownError");
        let name = name.split(':').next().unwrap_or(name).to_string();
        let message = serde_json::from_slice::<Value>(&reply.bytes()).ok();
        let message = message.and_then(|body| body["message"].as_str().map(str::to_string)).unwrap_or_default();
        Err(ClientError::Service { name, status: reply.status, message })
    }

    fn whole(&self, operation: Operation, model_id: &str, body: &Value) -> Result<Value, ClientError> {
        let reply = self.call(operation, model_id, body)?;
        serde_json::from_slice(&reply.bytes()).map_err(|error| ClientError::Body(error.to_string()))
    }

    fn stream(&self, operation: Operation, model_id: &str, body: &Value) -> Result<Vec<StreamItem>, ClientError> {
        let reply = self.call(operation, model_id, body)?;
        let frames = decode_all(&reply.bytes()).unwrap_or_default();
        let Body::Stream(pieces, end) = &reply.body else { return Ok(Vec::new()) };
        if *end == End::Cut || frames.len() != pieces.len() {
            return Err(ClientError::Stream { frames: frames.len(), reason: "a frame is cut or damaged".to_string() });
        }
        Ok(pieces.iter().zip(frames).map(|(piece, frame)| StreamItem { at_ms: piece.at_ms, frame }).collect())
    }
}

/// The answer in what a call returned, whole or as a stream: for assertions that do not care how.
pub fn answer_in(body: &Value) -> Option<Answer> {
    answer_in_body(body)
}

/// The answer that a stream's frames add up to.
pub fn answer_in_stream(items: &[StreamItem]) -> Option<Answer> {
    answer_in_frames(&items.iter().map(|item| item.frame.clone()).collect::<Vec<_>>())
}
