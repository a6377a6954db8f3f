//! Cross-origin requests to `serve`: the origins that were named, and no others.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;

use super::Failure;

/// The origins whose pages may ask.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<String>);

/// Headers of an answer that a page may read.
const EXPOSED: &str = "x-amzn-requestid, x-request-id, x-amzn-errortype, retry-after, x-amzn-bedrock-invocation-latency, x-amzn-bedrock-input-token-count, x-amzn-bedrock-output-token-count, x-amzn-bedrock-cache-read-input-token-count, x-amzn-bedrock-cache-write-input-token-count";

impl Origins {
    /// The named origins.
    ///
    /// # Errors
    /// What no browser sends as an origin: anything but a scheme, a host and a port.
    pub fn read(named: &[String]) -> Result<Self, Failure> {
        for origin in named {
            let host = origin.split_once("://").map(|(_, host)| host).unwrap_or_default();
            if host.is_empty() || host.contains(['/', '*', ' ']) {
                return Err(Failure::input(format!(
                    "--allow-origin {origin}: expected an origin as a browser names it, such as http://localhost:5173, without a path"
                )));
            }
        }
        Ok(Origins(named.iter().map(|origin| origin.to_ascii_lowercase()).collect()))
    }

    /// The request's origin, if it was named.
    pub fn of(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get("origin")?;
        let text = origin.to_str().ok()?.to_ascii_lowercase();
        self.0.contains(&text).then(|| origin.clone())
    }

    /// The answer to a browser's question whether it may ask.
    pub fn preflight(method: &Method, headers: &HeaderMap, origin: &HeaderValue) -> Option<Response> {
        if *method != Method::OPTIONS || !headers.contains_key("access-control-request-method") {
            return None;
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        let answer = response.headers_mut();
        answer.insert("access-control-allow-methods", HeaderValue::from_static("GET, POST, DELETE"));
        answer.insert("access-control-max-age", HeaderValue::from_static("600"));
        if let Some(asked) = headers.get("access-control-request-headers") {
            answer.insert("access-control-allow-headers", asked.clone());
        }
        if headers.contains_key("access-control-request-private-network") {
            answer.insert("access-control-allow-private-network", HeaderValue::from_static("true"));
        }
        Self::allow(&mut response, origin);
        Some(response)
    }

    /// Lets the origin read an answer.
    pub fn allow(response: &mut Response, origin: &HeaderValue) {
        let headers = response.headers_mut();
        headers.insert("access-control-allow-origin", origin.clone());
        headers.insert("access-control-expose-headers", HeaderValue::from_static(EXPOSED));
        headers.append(HeaderName::from_static("vary"), HeaderValue::from_static("origin"));
    }
}
