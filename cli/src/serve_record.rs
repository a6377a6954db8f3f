//! `serve --record`: what was not asked before is asked of the service, kept, and answered from the
//! folder from then on.
//!
//! The caller's credentials are passed on and never kept: a Bedrock API key as it came; a SigV4 signature,
//! which is made for this machine's name, is made anew from the environment. What is kept goes through
//! the one [`Importer`], as every recording does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::{Body as HttpBody, Bytes};
use axum::http::{HeaderName, HeaderValue, Request as HttpRequest, StatusCode, Uri};
use axum::response::Response;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use rehearsal::bedrock::{Exception, Headers, Request};
use rehearsal::doors::Host;
use rehearsal::fixture::{Fixture, Library, request_hash};
use rehearsal::import::{HttpExchange, Importer, Redactor, asked_of};
use serde_json::{Map, json};
use tokio::sync::mpsc;

use super::Failure;
use super::bench_connect::{Auth, AuthMode, Connector, deepest};
use super::serve::{Server, respond};

#[derive(clap::Args)]
#[group(skip)]
pub struct Options {
    /// A folder of recordings: what it has is replayed, what it has not is asked of `--upstream` and added.
    #[arg(long, value_name = "DIR", conflicts_with = "fixtures", requires = "from")]
    record: Option<PathBuf>,
    /// Where the service is: `https://bedrock-runtime.us-east-1.amazonaws.com`. A caller's Bedrock API key is
    /// passed on; a caller who signs is signed for anew with the environment's AWS credentials.
    #[arg(long, value_name = "URL", group = "from", requires = "record")]
    upstream: Option<String>,
    /// Ask no one: what the folder has not is refused. For CI.
    #[arg(long, group = "from", requires = "record", conflicts_with = "upstream")]
    strict: bool,
    /// A regular expression whose matches are redacted in recordings, too; may be repeated.
    #[arg(long, value_name = "PATTERN", requires = "record")]
    redact: Vec<String>,
    /// Certificates that the upstream is trusted by, instead of the system's: a PEM file.
    #[arg(long, value_name = "FILE", requires = "upstream")]
    cacert: Option<String>,
}

/// Records what an upstream answers.
pub struct Recorder {
    folder: PathBuf,
    /// Nothing in the strict mode.
    upstream: Option<Upstream>,
    importer: Mutex<Importer>,
}

struct Upstream {
    connector: Connector,
    uri: Uri,
    /// Scheme, host and port.
    origin: String,
    authority: String,
}

/// The largest answer that is kept.
const MAX_KEPT: usize = 64 << 20;

/// Headers of one connection, and those that hyper writes itself.
const OF_THE_CONNECTION: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers of a signature that was made for this machine.
const OF_THE_SIGNATURE: [&str; 4] = ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];

impl Options {
    /// The recorder these options ask for.
    ///
    /// # Errors
    /// What in them cannot be used.
    pub fn recorder(&self) -> Result<Option<Recorder>, Failure> {
        let Some(folder) = self.record.clone() else { return Ok(None) };
        let fail = |error: std::io::Error| Failure::input(format!("--record {}: {error}", folder.display()));
        if self.upstream.is_some() {
            std::fs::create_dir_all(&folder).map_err(fail)?;
        } else {
            std::fs::read_dir(&folder).map_err(fail)?;
        }
        let redactor = Redactor::new(&self.redact).map_err(|error| Failure::input(format!("--redact {error}")))?;
        let upstream = self.upstream.as_deref().map(|url| Upstream::new(url, self.cacert.as_deref())).transpose()?;
        Ok(Some(Recorder { folder, upstream, importer: Mutex::new(Importer::new(redactor)) }))
    }
}

impl Upstream {
    fn new(url: &str, cacert: Option<&str>) -> Result<Self, Failure> {
        let shown = rehearsal::bench::without_secrets(url);
        let bad = |what: &str| Failure::input(format!("--upstream {shown}: {what}"));
        let uri: Uri = url.parse().map_err(|error| bad(&format!("{error}")))?;
        let scheme = match uri.scheme_str() {
            Some(scheme @ ("http" | "https")) => scheme,
            _ => return Err(bad("expected http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| bad("has no host"))?.as_str().to_string();
        if authority.contains('@') {
            return Err(bad("has a user; credentials come with each request and are passed on"));
        }
        let origin = format!("{scheme}://{authority}");
        let reached = origin.parse().map_err(|error| bad(&format!("{error}")))?;
        Ok(Upstream { connector: Connector::new(reached, cacert)?, uri, origin, authority })
    }

    /// Sends a request on.
    async fn send(&self, request: &Request) -> Result<hyper::Response<Incoming>, String> {
        let path = format!("{}{}", self.uri.path().trim_end_matches('/'), request.path);
        let signed = request.headers.get("authorization").is_some_and(|value| value.starts_with("AWS4-"));
        let passed = |name: &str| {
            let name = name.to_ascii_lowercase();
            // What comes packed could not be looked into.
            !OF_THE_CONNECTION.contains(&name.as_str())
                && name != "accept-encoding"
                && !(signed && OF_THE_SIGNATURE.contains(&name.as_str()))
        };
        let headers = request.headers.0.iter().filter(|(name, _)| passed(name)).cloned();
        let mut headers: Vec<(String, String)> = headers.collect();
        if signed {
            // As elsewhere: for AWS's own hosts whatever the environment has, for others nothing.
            let auth = Auth::of(AuthMode::Auto, None, &self.uri).map_err(|failure| failure.message)?;
            let typed: Vec<_> =
                headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type")).cloned().collect();
            headers.extend(auth.headers(&request.method, &format!("{}{path}", self.origin), &typed, &request.body)?);
        }
        let mut sent =
            HttpRequest::builder().method(request.method.as_str()).uri(&path).header("host", &self.authority);
        for (name, value) in &headers {
            sent = sent.header(name, value);
        }
        let sent = sent.body(Full::new(Bytes::from(request.body.clone()))).map_err(|error| error.to_string())?;
        let mut sender = self.connector.open().await?;
        sender.send_request(sent).await.map_err(|error| deepest(&error))
    }
}

impl Recorder {
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The one of Bedrock's hosts that is recorded, if it is one.
    pub fn host(&self) -> Option<Host> {
        Host::named(self.upstream.as_ref()?.uri.host()?)
    }

    /// Keeps an exchange as a fixture's file.
    ///
    /// # Errors
    /// Why it is not kept.
    fn keep(&self, exchange: HttpExchange) -> Result<Fixture, String> {
        if matches!(exchange.status, 401 | 403 | 408 | 429 | 500..) {
            return Err(format!("HTTP {} says nothing about the request, and is not kept", exchange.status));
        }
        let mut exchange = exchange.read()?;
        exchange.id = format!("{}_{}", exchange.operation.name(), exchange.id);
        let mut importer = self.importer.lock().unwrap_or_else(PoisonError::into_inner);
        let imported = importer.fixture(exchange).map_err(|untaken| untaken.to_string())?;
        let text = serde_json::to_string_pretty(&imported.document).map_err(|error| error.to_string())?;
        let fixture = Fixture::read(imported.document).map_err(|problems| problems.to_string())?;
        let path = self.folder.join(format!("{}.json", fixture.id));
        // Whole or not at all, and nothing that is there is overwritten.
        let part = self.folder.join(format!(".{}.part", fixture.id));
        let written = std::fs::write(&part, text + "\n").and_then(|()| std::fs::hard_link(&part, &path));
        let _ = std::fs::remove_file(&part);
        written.map_err(|error| format!("{}: {error}", path.display()))?;
        if imported.redactions > 0 {
            eprintln!("recorded {} with {} redactions: its replay differs there", path.display(), imported.redactions);
        } else {
            eprintln!("recorded {}", path.display());
        }
        Ok(fixture)
    }
}

/// Answers what the folder has not; `None` for what it has, and without a recorder.
pub async fn ask(server: &Arc<Server>, request: &Request) -> Option<Response> {
    let recorder = server.recorder()?;
    if server.mock(|mock| mock.has_recorded(request)) {
        return None;
    }
    let refuse = |exception: Exception| {
        let reply = server.mock(|mock| mock.refuse(request, exception, server.now_ms()));
        respond(reply, 0.0)
    };
    let Some(upstream) = &recorder.upstream else {
        // Lists and stored answers are no recordings: the mock has its own.
        asked_of(request).ok()?;
        let hash = request_hash(&request.path, &request.body);
        let message = format!(
            "Not recorded: {} has no recording of this request (request_hash {hash}), and --strict asks no one. Record it with --upstream.",
            recorder.folder.display()
        );
        return Some(refuse(Exception::validation(message)).await);
    };
    let started = Instant::now();
    match upstream.send(request).await {
        Ok(response) => Some(passed_on(server, request, response, started)),
        Err(error) => {
            let message = format!("The upstream {} cannot be asked: {error}", upstream.origin);
            eprintln!("{message}");
            Some(refuse(Exception::new("ServiceUnavailableException", message)).await)
        }
    }
}

/// The upstream's answer on its way to the caller, kept once it is whole.
fn passed_on(
    server: &Arc<Server>,
    request: &Request,
    response: hyper::Response<Incoming>,
    started: Instant,
) -> Response {
    let (head, mut body) = response.into_parts();
    let (sender, receiver) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = Headers(head.headers.iter().map(|(name, value)| (name.as_str().to_string(), text(value))).collect());
    let (server, request, status) = (server.clone(), request.clone(), head.status.as_u16());
    // A caller that leaves loses nothing: what was asked is kept.
    tokio::spawn(async move {
        let (mut kept, mut arrivals) = (Vec::new(), Vec::new());
        while let Some(frame) = body.frame().await {
            match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(data)) => {
                    if kept.len() <= MAX_KEPT {
                        kept.extend_from_slice(&data);
                        arrivals.push((started.elapsed().as_secs_f64() * 1000.0, kept.len()));
                    }
                    let _ = sender.send(Ok(data));
                }
                Ok(Err(_)) => {}
                Err(error) => {
                    let reason = format!("the upstream broke off ({}), nothing is kept", deepest(&error));
                    note(&server, &request, status, Err(reason));
                    let _ = sender.send(Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, error)));
                    return;
                }
            }
        }
        let exchange = HttpExchange {
            id: request_hash(&request.path, &request.body),
            line: 1,
            request: request.clone(),
            status,
            headers,
            body: kept,
            arrivals,
            metadata: Map::from_iter([("recorded_from".to_string(), json!("serve --record"))]),
        };
        let kept = match (server.recorder(), exchange.body.len() > MAX_KEPT) {
            (_, true) => Err(format!("it is larger than {} MiB, and not kept", MAX_KEPT >> 20)),
            (Some(recorder), false) => recorder.keep(exchange),
            (None, false) => Err("nothing records".to_string()),
        };
        // The caller hears the end only now: whoever then asks again is answered from the folder.
        note(&server, &request, status, kept);
        drop(sender);
    });
    let stream =
        futures_util::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    let mut answer = Response::new(HttpBody::from_stream(stream));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in &head.headers {
        if !OF_THE_CONNECTION.contains(&name.as_str()) {
            answer.headers_mut().append(HeaderName::clone(name), value.clone());
        }
    }
    answer
}

/// Takes the call into the ledger, and what was kept into the library.
fn note(server: &Server, request: &Request, status: u16, kept: Result<Fixture, String>) {
    let now_ms = server.now_ms();
    server.mock(|mock| {
        let added = kept.and_then(|fixture| {
            let all = mock.library().iter().cloned().chain([fixture]);
            let library = Library::new(all).map_err(|problems| problems.to_string())?;
            mock.set_library(library);
            Ok(())
        });
        match added {
            Ok(()) => mock.note_recorded(request, now_ms),
            Err(reason) => {
                eprintln!("{} {}: {reason}", request.method, rehearsal::bench::without_secrets(&request.path));
                mock.note_passed_on(request, status, &reason, now_ms);
            }
        }
    });
}
