//! Errors at the doors: one exception, the words of each vendor for it, and paths that no one serves.

use crate::bedrock::{Body, Exception, Headers, Reply};

use super::Host;

/// What a status is called in Anthropic's envelope.
///
/// # Source
/// The first-party list of errors, by status; 400, 403 and 404 recorded on Bedrock.
pub(super) fn anthropic_type(exception: &Exception) -> &'static str {
    match exception.status() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        status if status >= 500 || status == 408 || status == 424 => "api_error",
        _ => "invalid_request_error",
    }
}

/// The code and the type of an error in OpenAI's form, unless the exception brings its own.
///
/// # Source
/// Recorded on both hosts for 400 and 404; the others are the first-party forms.
pub(super) fn openai_code(exception: &Exception, host: Host) -> (&str, &'static str) {
    match exception.name.as_str() {
        // Codes that are sent under their own name.
        code @ ("validation_error" | "not_found_error" | "context_length_exceeded") => (code, "invalid_request_error"),
        "model_not_found" => ("model_not_found", "not_found_error"),
        _ => match exception.status() {
            401 => ("invalid_api_key", "invalid_request_error"),
            403 => ("access_denied", "permission_denied_error"),
            404 if host == Host::Mantle => ("not_found_error", "invalid_request_error"),
            404 => ("not_found", "invalid_request_error"),
            413 => ("request_too_large", "invalid_request_error"),
            429 => ("rate_limit_exceeded", "rate_limit_error"),
            503 | 529 => ("service_unavailable", "server_error"),
            status if status >= 500 || status == 408 || status == 424 => ("server_error", "server_error"),
            _ => ("validation_error", "invalid_request_error"),
        },
    }
}

/// What a part of OpenAI's API is answered that the runtime has not.
const ABSENT: &str = "{\"error\":{\"code\":\"not_found\",\"message\":\"The requested resource could not be found.\",\"param\":null,\"type\":\"invalid_request_error\"}}";

/// Parts of OpenAI's API beside responses: their input items, conversations, files, containers.
fn is_absent(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/openai/v1/") else { return false };
    let items = rest.starts_with("responses/") && rest.ends_with("/input_items");
    items || ["conversations", "files", "containers"].iter().any(|part| rest.split('/').next() == Some(part))
}

/// What each host answers a path that it does not know.
///
/// # Source
/// Field reports of 2026: the runtime answers 200 with an `UnknownOperationException` in the body
/// (`SerializationException` for an empty POST), mantle 404.
pub fn unknown_path(method: &str, path: &str, host: Option<Host>, body: &[u8], request_id: &str) -> Reply {
    let path = path.split('?').next().unwrap_or_default();
    let mantle_paths = ["/v1/", "/chat/", "/responses", "/models", "/messages"];
    let host = host.unwrap_or_else(|| {
        if mantle_paths.iter().any(|start| path.starts_with(start)) { Host::Mantle } else { Host::Runtime }
    });
    let (status, text) = match (host, path) {
        (Host::Mantle, "/v1/messages") => (404, ""),
        (Host::Mantle, _) | (Host::Runtime, "/openai/v1/models") => (404, "{}"),
        (Host::Runtime, path) if is_absent(path) => (404, ABSENT),
        (Host::Runtime, "/anthropic/v1/messages/batches") => (403, "{\"message\":\"Authorization header is missing\"}"),
        (Host::Runtime, _) if method == "POST" && body.is_empty() => {
            (200, "{\"Output\":{\"__type\":\"com.amazon.coral.service#SerializationException\"},\"Version\":\"1.0\"}")
        }
        (Host::Runtime, _) => (
            200,
            "{\"Output\":{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"},\"Version\":\"1.0\"}",
        ),
    };
    let headers = Headers::from([("content-type", "application/json"), ("x-amzn-requestid", request_id)]);
    Reply { status, headers, at_ms: 0.0, body: Body::Whole(text.as_bytes().to_vec()) }
}
