use super::exception::Exception;

/// An HTTP request as it arrives, without any transport.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    pub method: String,
    /// The path, still percent-encoded; a query is ignored.
    pub path: String,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// Header names and values, in their order; names are compared without case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_string(), value.into()));
        self
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Headers {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Headers(pairs.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }
}

/// An HTTP response, and when each part of it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub headers: Headers,
    /// Milliseconds from the request to the status line; a stream's first frame may come later.
    pub at_ms: f64,
    pub body: Body,
}

/// The body of a [`Reply`].
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Whole(Vec<u8>),
    /// Pieces as they are written to the connection, and how it ends.
    Stream(Vec<Piece>, End),
}

/// Bytes and their time from the request, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Piece {
    pub at_ms: f64,
    pub bytes: Vec<u8>,
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// As HTTP ends a body.
    Clean,
    /// The connection breaks.
    Cut,
}

impl Reply {
    /// No reply: the connection breaks before a status line. Its status is 0, which no service sends.
    pub fn reset() -> Self {
        Reply { status: 0, headers: Headers::default(), at_ms: 0.0, body: Body::Stream(Vec::new(), End::Cut) }
    }

    /// Whether the connection breaks before a status line.
    pub fn is_reset(&self) -> bool {
        self.status == 0
    }

    /// A page of a gateway before the service.
    pub fn gateway(status: u16, html: &str) -> Self {
        let headers = Headers::from([("content-type", "text/html")]);
        Reply { status, headers, at_ms: 0.0, body: Body::Whole(html.as_bytes().to_vec()) }
    }

    /// The body's bytes, all pieces together.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Body::Whole(bytes) => bytes.clone(),
            Body::Stream(pieces, _) => pieces.iter().flat_map(|piece| piece.bytes.iter().copied()).collect(),
        }
    }

    /// When the last byte is sent.
    pub fn end_ms(&self) -> f64 {
        match &self.body {
            Body::Whole(_) => self.at_ms,
            Body::Stream(pieces, _) => pieces.last().map_or(self.at_ms, |piece| piece.at_ms),
        }
    }
}

/// The operations of the runtime that are mocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    InvokeModel,
    InvokeModelWithResponseStream,
    Converse,
    ConverseStream,
    CountTokens,
    /// Anthropic Messages, at a door of its own.
    Messages,
    MessagesStream,
    /// OpenAI Chat Completions.
    ChatCompletions,
    ChatCompletionsStream,
    /// OpenAI Responses.
    Responses,
    ResponsesStream,
}

impl Operation {
    /// Those that answer through the newer doors; which those are says `crate::doors`.
    pub const AT_DOORS: [Operation; 6] = [
        Operation::Messages,
        Operation::MessagesStream,
        Operation::ChatCompletions,
        Operation::ChatCompletionsStream,
        Operation::Responses,
        Operation::ResponsesStream,
    ];

    /// Those of the AWS API.
    pub const ALL: [Operation; 5] = [
        Operation::InvokeModel,
        Operation::InvokeModelWithResponseStream,
        Operation::Converse,
        Operation::ConverseStream,
        Operation::CountTokens,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Operation::InvokeModel => "InvokeModel",
            Operation::InvokeModelWithResponseStream => "InvokeModelWithResponseStream",
            Operation::Converse => "Converse",
            Operation::ConverseStream => "ConverseStream",
            Operation::CountTokens => "CountTokens",
            Operation::Messages => "Messages",
            Operation::MessagesStream => "MessagesStream",
            Operation::ChatCompletions => "ChatCompletions",
            Operation::ChatCompletionsStream => "ChatCompletionsStream",
            Operation::Responses => "Responses",
            Operation::ResponsesStream => "ResponsesStream",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Operation::ALL.into_iter().chain(Operation::AT_DOORS).find(|operation| operation.name() == name)
    }

    /// The last segment of its path.
    pub fn segment(self) -> &'static str {
        match self {
            Operation::InvokeModel => "invoke",
            Operation::InvokeModelWithResponseStream => "invoke-with-response-stream",
            Operation::Converse => "converse",
            Operation::ConverseStream => "converse-stream",
            Operation::CountTokens => "count-tokens",
            Operation::Messages | Operation::MessagesStream => "messages",
            Operation::ChatCompletions | Operation::ChatCompletionsStream => "chat/completions",
            Operation::Responses | Operation::ResponsesStream => "responses",
        }
    }

    pub fn is_stream(self) -> bool {
        matches!(self, Operation::InvokeModelWithResponseStream | Operation::ConverseStream) || self.is_sse()
    }

    /// Whether its answer is a stream of server-sent events.
    pub fn is_sse(self) -> bool {
        matches!(self, Operation::MessagesStream | Operation::ChatCompletionsStream | Operation::ResponsesStream)
    }

    /// Whether it is answered through one of the newer doors.
    pub fn is_at_a_door(self) -> bool {
        Operation::AT_DOORS.contains(&self)
    }

    /// Whether its body is the provider's own.
    pub fn is_invoke(self) -> bool {
        matches!(self, Operation::InvokeModel | Operation::InvokeModelWithResponseStream)
    }
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Route {
    pub operation: Operation,
    /// The model id, decoded.
    pub model_id: String,
}

/// Finds the operation and the model of a request. AWS's SDKs percent-encode the model id,
/// Anthropic's leave its colon as it is; both are taken.
///
/// # Errors
/// The exception the service answers an unknown path or method with.
pub fn route(request: &Request) -> Result<Route, Exception> {
    let path = request.path.split('?').next().unwrap_or_default();
    let unknown = || {
        Exception::new(
            "UnknownOperationException",
            format!("Unable to determine service/operation name to be authorized for {path}"),
        )
    };
    let (model, segment) = path.strip_prefix("/model/").and_then(|rest| rest.rsplit_once('/')).ok_or_else(unknown)?;
    let operation = Operation::ALL.into_iter().find(|operation| operation.segment() == segment).ok_or_else(unknown)?;
    if request.method != "POST" {
        return Err(unknown());
    }
    // A slash of an ARN that is not encoded makes another path, which names no operation.
    if model.contains('/') {
        return Err(unknown());
    }
    let model_id = percent_decoded(model).ok_or_else(|| invalid_model_id(model))?;
    let pattern = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '/');
    if model_id.is_empty() || model_id.len() > 2048 || !model_id.chars().all(pattern) {
        return Err(invalid_model_id(&model_id));
    }
    Ok(Route { operation, model_id })
}

fn invalid_model_id(id: &str) -> Exception {
    let shown: String = id.chars().take(100).collect();
    Exception::validation(format!(
        "1 validation error detected: Value '{shown}' at 'modelId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9.:/_-]{{1,2048}}"
    ))
}

/// Text with its `%XX` decoded; `None` for what is no valid encoding of UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push((digit(rest.next())? * 16 + digit(rest.next())?) as u8);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(path: &str) -> Request {
        Request { method: "POST".into(), path: path.into(), ..Request::default() }
    }

    #[test]
    fn both_spellings_of_a_model_id_are_taken() {
        let check = |path: &str, operation, model: &str| {
            assert_eq!(route(&post(path)).unwrap(), Route { operation, model_id: model.to_string() });
        };
        let haiku = "anthropic.claude-3-haiku-20240307-v1:0";
        check("/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream", Operation::ConverseStream, haiku);
        check("/model/anthropic.claude-3-haiku-20240307-v1:0/invoke", Operation::InvokeModel, haiku);
        check(
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.amazon.nova-pro-v1%3A0/count-tokens?x=1",
            Operation::CountTokens,
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
        );
    }

    #[test]
    fn other_paths_are_refused() {
        let check = |request: Request, name: &str| assert_eq!(route(&request).unwrap_err().name, name);
        check(post("/model/a/forget"), "UnknownOperationException");
        check(post("/"), "UnknownOperationException");
        check(Request { method: "GET".into(), ..post("/model/a/invoke") }, "UnknownOperationException");
        check(post("/model/a b/invoke"), "ValidationException");
        check(post("/model/%ff/invoke"), "ValidationException");
        check(post("/model/%4/invoke"), "ValidationException");
    }
}
