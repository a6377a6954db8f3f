use serde_json::{Map, Value, json};

use crate::problem::{long_texts, repeated_in_part};

use super::event_stream::{Frame, HeaderValue};
use super::http::{Body, Headers, Operation, Reply, Request};

/// An error of the service: a response with a status, or a frame inside a stream.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exception {
    /// Its shape's name: `ThrottlingException`.
    pub name: String,
    pub message: String,
    /// Seconds a client is asked to wait, sent as `retry-after`.
    pub retry_after_s: Option<f64>,
    /// Members beside the message.
    pub fields: Option<Box<Map<String, Value>>>,
    /// Its HTTP status, where it is not the one that goes with its name.
    pub own_status: Option<u16>,
    /// Why it was refused, where that is worth more than its message. It is not sent.
    pub cause: Option<Cause>,
}

/// A cause that a person can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The account does not share its data as the model needs it.
    DataRetention,
}

/// What is known of an exception by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExceptionKind {
    pub name: &'static str,
    pub status: u16,
    /// Whether the SDKs' standard mode retries it.
    pub retryable: bool,
    /// What the service says where nothing else is given.
    pub message: &'static str,
    /// Where it is modelled.
    pub scope: Scope,
}

/// The operations that model an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    /// All but CountTokens.
    Answers,
    /// InvokeModel and its stream.
    Invoke,
    /// The stream of InvokeModel.
    InvokeStream,
    /// Modelled nowhere, but sent.
    Unmodelled,
}

const fn kind(name: &'static str, status: u16, retryable: bool, scope: Scope, message: &'static str) -> ExceptionKind {
    ExceptionKind { name, status, retryable, message, scope }
}

/// Every exception the runtime is known to send.
///
/// # Source
/// botocore 1.44.5, `bedrock-runtime/2023-09-30/service-2.json`; what it does not model is marked. Of those that the
/// front door sends before the service is asked: "Resolving Amazon Bedrock API error codes" of the user guide, "Common
/// Errors" of the API reference, and aws-beam/aws-erlang#161 for `InvalidSignatureException`.
pub const EXCEPTIONS: [ExceptionKind; 26] = [
    kind(
        "AccessDeniedException",
        403,
        false,
        Scope::All,
        "You don't have access to the model with the specified model ID.",
    ),
    kind(
        "ValidationException",
        400,
        false,
        Scope::All,
        "Malformed input request, please reformat your input and try again.",
    ),
    kind(
        "ResourceNotFoundException",
        404,
        false,
        Scope::All,
        "Could not resolve the foundation model from the provided model identifier.",
    ),
    kind(
        "ServiceQuotaExceededException",
        400,
        false,
        Scope::Invoke,
        "Your request exceeds the service quota for your account.",
    ),
    kind(
        "ModelTimeoutException",
        408,
        false,
        Scope::Answers,
        "Model has timed out in processing the request. Try your request again.",
    ),
    kind(
        "ModelErrorException",
        424,
        false,
        Scope::Answers,
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    kind(
        "ModelStreamErrorException",
        424,
        false,
        Scope::InvokeStream,
        "An error occurred while streaming the response. Retry your request.",
    ),
    kind(
        "ThrottlingException",
        429,
        true,
        Scope::All,
        "Too many requests, please wait before trying again. You have sent too many requests.  Wait before trying again.",
    ),
    kind(
        "ModelNotReadyException",
        429,
        true,
        Scope::Answers,
        "Model is not ready for inference. Wait and try your request again.",
    ),
    kind(
        "InternalServerException",
        500,
        true,
        Scope::All,
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    kind("ServiceUnavailableException", 503, true, Scope::All, "Bedrock is unable to process your request."),
    kind("ConflictException", 400, false, Scope::Unmodelled, "The request conflicts with the state of a resource."),
    kind(
        "UnrecognizedClientException",
        403,
        false,
        Scope::Unmodelled,
        "The security token included in the request is invalid.",
    ),
    kind(
        "ExpiredTokenException",
        403,
        false,
        Scope::Unmodelled,
        "The security token included in the request is expired",
    ),
    kind("RequestTimeoutException", 408, true, Scope::Unmodelled, "The request's body did not come in time."),
    // Sent with 200, its name in the body alone: clients take it for an answer.
    kind("UnknownOperationException", 200, false, Scope::Unmodelled, "The operation is not known."),
    kind(
        "PayloadTooLargeException",
        413,
        false,
        Scope::Unmodelled,
        "The request body is larger than 25,000,000 bytes.",
    ),
    kind(
        "InvalidSignatureException",
        403,
        false,
        Scope::Unmodelled,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    ),
    kind(
        "IncompleteSignature",
        400,
        false,
        Scope::Unmodelled,
        "The request signature does not conform to AWS standards.",
    ),
    kind("InvalidClientTokenId", 403, false, Scope::Unmodelled, "The access key ID provided does not exist."),
    kind("NotAuthorized", 400, false, Scope::Unmodelled, "You do not have permission to perform this action."),
    kind("OptInRequired", 403, false, Scope::Unmodelled, "The AWS access key ID needs a subscription for the service."),
    kind(
        "RequestExpired",
        400,
        false,
        Scope::Unmodelled,
        "The request reached the service more than 15 minutes after the date stamp on the request.",
    ),
    kind(
        "MalformedHttpRequestException",
        400,
        false,
        Scope::Unmodelled,
        "The request has problems at the level of HTTP.",
    ),
    kind(
        "InternalFailure",
        500,
        true,
        Scope::Unmodelled,
        "The request processing has failed because of an unknown error.",
    ),
    kind(
        "ServiceUnavailable",
        503,
        true,
        Scope::Unmodelled,
        "The request has failed due to a temporary failure of the server.",
    ),
];

/// Errors that only the newer doors send, by the name they have there.
///
/// # Source
/// Recordings and first-party lists of both vendors.
pub const DOOR_ERRORS: [ExceptionKind; 15] = [
    kind("authentication_error", 401, false, Scope::Unmodelled, "Invalid API Key"),
    kind("invalid_api_key", 401, false, Scope::Unmodelled, "Invalid API Key"),
    kind("permission_error", 403, false, Scope::Unmodelled, "You are not authorized to perform this action."),
    kind("not_found_error", 404, false, Scope::Unmodelled, "The requested resource could not be found."),
    kind("model_not_found", 404, false, Scope::Unmodelled, "The model doesn't exist or doesn't support this API."),
    kind("invalid_request_error", 400, false, Scope::Unmodelled, "The request is not valid."),
    kind("validation_error", 400, false, Scope::Unmodelled, "The request is not valid."),
    kind(
        "context_length_exceeded",
        400,
        false,
        Scope::Unmodelled,
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
    ),
    kind("request_too_large", 413, false, Scope::Unmodelled, "Request exceeds the maximum size"),
    kind("rate_limit_error", 429, true, Scope::Unmodelled, "Too many tokens, please wait before trying again."),
    kind("rate_limit_exceeded", 429, true, Scope::Unmodelled, "Too many tokens, please wait before trying again."),
    kind("api_error", 500, true, Scope::Unmodelled, "Internal server error"),
    kind("server_error", 500, true, Scope::Unmodelled, "Internal server error"),
    kind("service_unavailable", 503, true, Scope::Unmodelled, "Service unavailable"),
    kind("overloaded_error", 529, true, Scope::Unmodelled, "Overloaded"),
];

/// Codes by which SDKs know that they are to try again, whoever sends them.
///
/// # Source
/// botocore 1.44.8, `retries/standard.py`.
const RETRIED_CODES: [&str; 16] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

impl ExceptionKind {
    pub fn named(name: &str) -> Option<&'static ExceptionKind> {
        ExceptionKind::all().find(|kind| kind.name == name)
    }

    /// Bedrock's own, and those of the newer doors.
    pub(crate) fn all() -> impl Iterator<Item = &'static ExceptionKind> {
        EXCEPTIONS.iter().chain(&DOOR_ERRORS)
    }

    /// The one that a misspelt name means; none of a name that SDKs know.
    pub(crate) fn nearest(name: &str) -> Option<&'static str> {
        if RETRIED_CODES.contains(&name) {
            return None;
        }
        crate::document::nearest(name, &ExceptionKind::all().map(|kind| kind.name).collect::<Vec<_>>())
    }

    /// Whether an operation models it as an HTTP error.
    pub fn fits(&self, operation: Operation) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Answers => operation != Operation::CountTokens,
            Scope::Invoke => operation.is_invoke(),
            Scope::InvokeStream => operation == Operation::InvokeModelWithResponseStream,
            Scope::Unmodelled => false,
        }
    }

    /// Whether it can be inside a stream: as a member of the stream's union, of which that of ConverseStream lacks the
    /// timeout, or as an error event of a newer door.
    pub fn in_stream(&self, operation: Operation) -> bool {
        let invoke = operation == Operation::InvokeModelWithResponseStream;
        match self.name {
            "InternalServerException"
            | "ModelStreamErrorException"
            | "ValidationException"
            | "ThrottlingException"
            | "ServiceUnavailableException" => operation.is_stream(),
            "ModelTimeoutException" => invoke,
            _ => operation.is_stream() && operation.is_at_a_door() && DOOR_ERRORS.contains(self),
        }
    }

    /// Its name as a member of a stream's union.
    pub fn member(&self) -> String {
        member(self.name)
    }
}

/// A shape's name as a member of a stream's union: in lower camel case.
fn member(name: &str) -> String {
    let mut member = name.to_string();
    if let Some(first) = member.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    member
}

/// A message that is shorter repeats nothing too long.
const SHORT: usize = 200;

impl Exception {
    /// Repeats what a request says as far as it helps to find it, and no more.
    pub(crate) fn repeat_in_part(&mut self, request: &Request) {
        let is_long = |value: &Value| value.as_str().is_some_and(|text| text.len() > SHORT);
        if self.message.len() <= SHORT && !self.fields.iter().any(|fields| fields.values().any(is_long)) {
            return;
        }
        let body = crate::document::bounded(&request.body).unwrap_or_default();
        let headers = request.headers.0.iter().map(|(_, value)| value.as_str());
        let given: Vec<&str> = long_texts(&body).into_iter().chain(request.path.split('/')).chain(headers).collect();
        self.message = repeated_in_part(&self.message, given.iter().copied());
        for value in self.fields.iter_mut().flat_map(|fields| fields.values_mut()) {
            if let Value::String(text) = value {
                *text = repeated_in_part(text, given.iter().copied());
            }
        }
    }

    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Exception {
            name: name.into(),
            message: message.into(),
            retry_after_s: None,
            fields: None,
            own_status: None,
            cause: None,
        }
    }

    /// With the service's usual message.
    pub fn usual(name: &str) -> Self {
        let message = ExceptionKind::named(name).map_or("The request failed.", |kind| kind.message);
        Exception::new(name, message)
    }

    pub fn validation(message: impl Into<String>) -> Self {
        Exception::new("ValidationException", message)
    }

    /// Its HTTP status; 400 for a name that is not known and says none of its own.
    pub fn status(&self) -> u16 {
        self.own_status.or_else(|| Some(ExceptionKind::named(&self.name)?.status)).unwrap_or(400)
    }

    pub fn is_retryable(&self) -> bool {
        ExceptionKind::named(&self.name).is_some_and(|kind| kind.retryable)
    }

    /// The name as far as a header can carry it: whoever scripts an error chooses any text.
    fn header_name(&self) -> String {
        self.name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).take(256).collect()
    }

    fn payload(&self) -> Vec<u8> {
        let mut payload = Map::new();
        payload.insert("message".to_string(), json!(self.message));
        payload.extend(self.fields.iter().flat_map(|fields| (**fields).clone()));
        Value::Object(payload).to_string().into_bytes()
    }

    /// The exception as an HTTP error, `at_ms` after the request.
    pub fn reply(&self, request_id: &str, at_ms: f64) -> Reply {
        if self.name == "UnknownOperationException" {
            let headers = Headers::from([("content-type", "application/json"), ("x-amzn-requestid", request_id)]);
            let body = br#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#;
            return Reply { status: self.status(), headers, at_ms, body: Body::Whole(body.to_vec()) };
        }
        const OF_THE_FRONT_DOOR: [&str; 3] =
            ["UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException"];
        let of_front_door = OF_THE_FRONT_DOOR.contains(&self.name.as_str());
        let host = if of_front_door { "com.amazon.coral.service" } else { "com.amazon.bedrock" };
        let mut headers = Headers::from([("content-type", "application/json"), ("x-amzn-requestid", request_id)])
            .with("x-amzn-errortype", format!("{}:http://internal.amazon.com/coral/{host}/", self.header_name()));
        if let Some(seconds) = self.retry_after_s {
            headers = headers.with("retry-after", libm::ceil(seconds.clamp(0.0, 1e9)).to_string());
        }
        Reply { status: self.status(), headers, at_ms, body: Body::Whole(self.payload()) }
    }

    /// The exception as a frame: a member of the stream's union by its name in lower camel case.
    pub fn frame(&self) -> Frame {
        let member = member(&self.header_name());
        let header = |name: &str, value: &str| (name.to_string(), HeaderValue::String(value.to_string()));
        Frame {
            headers: vec![
                header(":exception-type", &member),
                header(":content-type", "application/json"),
                header(":message-type", "exception"),
            ],
            payload: self.payload(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status of a name is that of the table unless one is given; the front door's errors name its own host.
    #[test]
    fn a_name_has_its_status_or_one_of_its_own() {
        let status =
            |name: &str, own_status| Exception { own_status, ..Exception::usual(name) }.reply("id", 0.0).status;
        assert_eq!(status("InvalidSignatureException", None), 403);
        assert_eq!(status("ThrottlingException", Some(503)), 503);
        assert_eq!(status("QuotaOfMyGateway", Some(418)), 418);
        assert_eq!(status("QuotaOfMyGateway", None), 400);
        let reply = Exception::usual("InvalidSignatureException").reply("id", 0.0);
        assert!(reply.headers.get("x-amzn-errortype").unwrap().ends_with("/com.amazon.coral.service/"));
    }

    #[test]
    fn a_scripted_name_cannot_begin_another_header() {
        let exception = Exception { retry_after_s: Some(-3.0), ..Exception::new("Odd\r\nset-cookie: a=b", "m") };
        let reply = exception.reply("id", 0.0);
        let named = reply.headers.get("x-amzn-errortype");
        assert_eq!(named, Some("Oddset-cookieab:http://internal.amazon.com/coral/com.amazon.bedrock/"));
        assert_eq!(reply.headers.get("retry-after"), Some("0"));
        assert_eq!(exception.frame().text(":exception-type"), Some("oddset-cookieab"));
    }

    /// Which operation models which error, by botocore 1.44.8's `bedrock-runtime/2023-09-30/service-2.json`.
    #[test]
    fn an_error_fits_the_operations_that_model_it() {
        let every = ["AccessDeniedException", "InternalServerException", "ResourceNotFoundException"];
        let every =
            [&every[..], &["ServiceUnavailableException", "ThrottlingException", "ValidationException"]].concat();
        let answers = ["ModelErrorException", "ModelNotReadyException", "ModelTimeoutException"];
        let of = |more: &[&[&'static str]]| {
            let mut names = [&every[..], &more.concat()].concat();
            names.sort_unstable();
            names
        };
        let quota = ["ServiceQuotaExceededException"];
        for (operation, names) in [
            (Operation::InvokeModel, of(&[&answers, &quota])),
            (Operation::InvokeModelWithResponseStream, of(&[&answers, &quota, &["ModelStreamErrorException"]])),
            (Operation::Converse, of(&[&answers])),
            (Operation::ConverseStream, of(&[&answers])),
            (Operation::CountTokens, of(&[])),
        ] {
            let mut fit: Vec<&str> =
                ExceptionKind::all().filter(|kind| kind.fits(operation)).map(|kind| kind.name).collect();
            fit.sort_unstable();
            assert_eq!(fit, names, "{operation:?}");
        }
    }

    /// A long text of the request stands in part in the message and in the members, and short ones as they are.
    #[test]
    fn an_error_repeats_a_request_in_part() {
        let long = "m".repeat(300);
        let body = json!({"messages": [{"content": [{"text": long}]}]}).to_string().into_bytes();
        let request =
            Request { method: "POST".into(), path: "/model/a/converse".into(), headers: Headers::default(), body };
        let of = |message: &str, member: &str| {
            let fields = json!({"originalMessage": member, "originalStatusCode": 500});
            let fields = Some(Box::new(fields.as_object().unwrap().clone()));
            let mut exception = Exception { fields, ..Exception::validation(message) };
            exception.repeat_in_part(&request);
            exception
        };
        let both = of(&format!("no {long}"), &long);
        assert!(both.message.starts_with("no mmm") && both.message.len() < SHORT, "{}", both.message);
        // A short message does not hide a long member.
        let member = of("no", &long).fields.unwrap()["originalMessage"].as_str().unwrap().to_string();
        assert!(member.starts_with("mmm") && member.len() < SHORT, "{member}");
        let short = of("no such text", "as it was");
        assert_eq!(
            (short.message.as_str(), &short.fields.unwrap()["originalMessage"]),
            ("no such text", &json!("as it was"))
        );
        // What the request does not say is whole.
        assert_eq!(of(&"x".repeat(300), "").message.len(), 300);
    }
}
