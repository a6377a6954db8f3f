//! Who may steer a mock that listens on a network: refuses, with a reason, what another web page
//! or another machine could send to `/_rehearsal/*`.

use serde_json::json;

use crate::bedrock::{Body, Headers, Reply, Request};

/// The conditions a request to the control endpoints must meet.
///
/// Without a token of its own: a loopback `Host` (a name that was rebound to this machine is none),
/// an `Origin` that is absent or the mock's own, and a JSON content type wherever there is a body,
/// which no form and no `no-cors` fetch can send. With one: that token, and nothing else.
#[derive(Clone, Debug, Default)]
pub struct ControlGuard {
    token: Option<String>,
    over_tls: bool,
}

impl ControlGuard {
    /// A guard that wants this token, or the loopback conditions when there is none.
    pub fn new(token: Option<String>) -> Self {
        ControlGuard { token, over_tls: false }
    }

    /// Whether the mock speaks TLS, which makes its origin another one.
    #[must_use]
    pub fn over_tls(self, over_tls: bool) -> Self {
        ControlGuard { over_tls, ..self }
    }

    /// The refusal of a request; `None` for one that may pass, and for every path that is no
    /// control endpoint.
    pub fn refusal(&self, request: &Request) -> Option<Reply> {
        request.path.starts_with("/_rehearsal").then(|| self.reason(request)).flatten()
    }

    fn reason(&self, request: &Request) -> Option<Reply> {
        if let Some(token) = &self.token {
            let given = given_token(&request.headers);
            return (!given.is_some_and(|given| same(given, token))).then(|| {
                refusal(403, "this mock was started with --control-token: send it as `Authorization: Bearer TOKEN` or as `x-rehearsal-token`")
            });
        }
        let hosts: Vec<&str> = all(&request.headers, "host").collect();
        let [host] = hosts.as_slice() else {
            return Some(refusal(403, "expected one Host header with a loopback name"));
        };
        if !is_loopback(host) {
            return Some(refusal(
                403,
                "the Host is not loopback (localhost, 127.0.0.1 or [::1]): another page could be asking under a name of its own; to steer the mock from elsewhere start it with --control-token",
            ));
        }
        if let Some(origin) = all(&request.headers, "origin").find(|origin| !self.is_own(origin, host)) {
            let shown: String = origin.chars().take(80).collect();
            return Some(refusal(
                403,
                &format!(
                    "the Origin {shown} is not the mock's own: no other web page may steer it, unless with --control-token"
                ),
            ));
        }
        let site = request.headers.get("sec-fetch-site");
        if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return Some(refusal(403, "a browser sent this for another site: no other web page may steer the mock"));
        }
        let kind = request.headers.get("content-type");
        let bare = request.body.is_empty() && kind.is_none();
        if request.method == "POST" && !bare && !kind.is_some_and(is_json) {
            return Some(refusal(415, "expected `Content-Type: application/json`"));
        }
        None
    }

    /// Whether an origin is that of the host which was asked: its scheme counts as well as its name and port.
    fn is_own(&self, origin: &str, host: &str) -> bool {
        let (scheme, rest) = origin.split_once("://").unwrap_or_default();
        scheme == if self.over_tls { "https" } else { "http" } && rest.eq_ignore_ascii_case(host)
    }
}

fn all<'a>(headers: &'a Headers, name: &'static str) -> impl Iterator<Item = &'a str> {
    headers.0.iter().filter(move |(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The token of a request, wherever it may stand.
fn given_token(headers: &Headers) -> Option<&str> {
    let bearer = headers.get("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    headers.get("x-rehearsal-token").or(bearer)
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// The name in `name:port`, an IPv6 address in its brackets.
fn name_of(host: &str) -> &str {
    if host.starts_with('[') {
        return host.split_inclusive(']').next().unwrap_or(host);
    }
    host.split(':').next().unwrap_or(host)
}

fn is_loopback(host: &str) -> bool {
    let name = name_of(host);
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.trim_end_matches('.').eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `application/json`, with parameters or without, and its relatives ending in `+json`.
fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn refusal(status: u16, reason: &str) -> Reply {
    let headers = Headers::from([("content-type", "application/json")]);
    Reply { status, headers, at_ms: 0.0, body: Body::Whole(json!({"error": reason}).to_string().into_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(guard: &ControlGuard, method: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        let headers = Headers(headers.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect());
        let path = "/_rehearsal/force-error".to_string();
        let request = Request { method: method.to_string(), path, headers, body: body.as_bytes().to_vec() };
        guard.refusal(&request).map_or(200, |reply| reply.status)
    }

    #[test]
    fn only_this_machine_steers_the_mock() {
        let guard = ControlGuard::default();
        let check = |method: &str, headers: &[(&str, &str)], expected: u16| {
            assert_eq!(status(&guard, method, headers, "{}"), expected, "{method} {headers:?}");
        };
        let json = ("content-type", "application/json; charset=utf-8");
        for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:9", "127.8.8.8"] {
            check("POST", &[("host", host), json], 200);
            check("GET", &[("host", host)], 200);
        }
        check("POST", &[("host", "localhost:1"), json, ("origin", "http://localhost:1")], 200);
        check("POST", &[("host", "localhost:1"), json, ("origin", "https://localhost:1")], 403);
        for host in ["evil.example", "evil.example:80", "localhost.evil.example", "10.0.0.1", "0.0.0.0", "[::2]", ""] {
            check("GET", &[("host", host)], 403);
        }
        check("GET", &[], 403);
        check("GET", &[("host", "localhost"), ("host", "localhost")], 403);
        for origin in ["http://evil.example", "null", "http://localhost:2", "file://localhost:1"] {
            check("POST", &[("host", "localhost:1"), json, ("origin", origin)], 403);
            check("GET", &[("host", "localhost:1"), ("origin", origin)], 403);
        }
        check("GET", &[("host", "localhost"), ("sec-fetch-site", "cross-site")], 403);
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain;json"] {
            check("POST", &[("host", "localhost"), ("content-type", kind)], 415);
        }
        check("POST", &[("host", "localhost")], 415);
        assert_eq!(status(&guard, "POST", &[("host", "localhost")], ""), 200);
    }

    #[test]
    fn the_scheme_of_an_origin_counts() {
        let guard = ControlGuard::default().over_tls(true);
        let from = |origin| [("host", "localhost:1"), ("content-type", "application/json"), ("origin", origin)];
        assert_eq!(status(&guard, "POST", &from("https://localhost:1"), "{}"), 200);
        assert_eq!(status(&guard, "POST", &from("http://localhost:1"), "{}"), 403);
    }

    #[test]
    fn a_token_opens_from_anywhere_and_nothing_else_does() {
        let guard = ControlGuard::new(Some("s3cret".to_string()));
        let check = |headers: &[(&str, &str)], expected: u16| {
            assert_eq!(status(&guard, "POST", headers, "{}"), expected, "{headers:?}");
        };
        check(&[("host", "mock.internal"), ("authorization", "Bearer s3cret")], 200);
        check(&[("host", "mock.internal"), ("x-rehearsal-token", "s3cret")], 200);
        check(&[("host", "localhost"), ("content-type", "application/json")], 403);
        check(&[("host", "localhost"), ("x-rehearsal-token", "s3cres")], 403);
        check(&[("host", "localhost"), ("authorization", "Basic s3cret")], 403);
    }

    #[test]
    fn other_paths_are_no_concern() {
        let request = Request { path: "/model/x/converse".into(), ..Request::default() };
        assert!(ControlGuard::default().refusal(&request).is_none());
    }
}
