//! `rehearsal serve`: the mock behind HTTP/1.1 and HTTP/2 on one port, cleartext or TLS.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body as HttpBody, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use rehearsal::bedrock::{Body, End, Exception, Headers, Piece, Reply, Request};
use rehearsal::doors::Host;
use rehearsal::mock::{Config, ControlGuard, Mock, control};
use tokio::net::TcpListener;

use super::serve_connections::{self, Accepting, GRACE, Limits};
use super::serve_cors::Origins;
use super::serve_record::Recorder;
use super::{Failure, serve_record, serve_tls};

#[derive(clap::Args)]
pub struct Arguments {
    /// The port; 0 is any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// `runtime` or `mantle`: the one host whose paths and forms are served; both, by the Host header
    /// and the path, when it is not given. An address is the one to listen on, as with `--address`.
    #[arg(long, value_name = "runtime|mantle|ADDRESS")]
    host: Vec<HostOption>,
    /// The address to listen on, 127.0.0.1 by default; only loopback unless `--allow-remote` is given.
    #[arg(long, value_name = "ADDRESS")]
    address: Option<IpAddr>,
    /// Let other machines ask: the mock checks no one's credentials.
    #[arg(long)]
    allow_remote: bool,
    /// A folder of fixtures instead of those that come with the product.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// A configuration file: fallback, latency, rates, quotas, faults, guardrail.
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
    /// Print the whole configuration as it would be used, defaults included, and end.
    #[arg(long)]
    print_config: bool,
    /// The seed; that of the configuration, or 42.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// What answers when nothing matches: strict, hash, random or echo.
    #[arg(long, value_name = "NAME")]
    fallback: Option<String>,
    /// How fast time passes: 1 is real, 2 twice as fast, 0 answers at once.
    #[arg(long, default_value_t = 0.0)]
    speed: f64,
    #[command(flatten)]
    tls: serve_tls::Options,
    #[command(flatten)]
    record: serve_record::Options,
    /// An origin whose pages may ask, as a browser names it (`http://localhost:5173`); may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// What `/_rehearsal/*` wants as `Authorization: Bearer TOKEN`, from wherever it is asked; without it
    /// only pages and programs of this machine may ask.
    #[arg(long, value_name = "TOKEN")]
    control_token: Option<String>,
    /// Ask a server that runs already whether it answers, and do nothing else: for a container's health check.
    #[arg(long, value_name = "URL")]
    health: Option<String>,
    /// Seconds that a request's head may take to come; then the connection is closed.
    #[arg(long, value_name = "SECONDS", default_value_t = 15.0)]
    head_timeout: f64,
    /// Seconds that a request's body may take to come; then the answer is a 408.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    body_timeout: f64,
    /// Seconds that a connection stays open without a request, or with an answer nobody reads.
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0)]
    idle_timeout: f64,
}

/// What `--host` says: which of Bedrock's two hosts is played, or where to listen.
#[derive(Clone, Copy)]
enum HostOption {
    Plays(Host),
    Listens(IpAddr),
}

impl std::str::FromStr for HostOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(host) = Host::from_key(text) {
            return Ok(HostOption::Plays(host));
        }
        text.parse().map(HostOption::Listens).map_err(|_| "expected runtime, mantle or an IP address".to_string())
    }
}

/// The largest request that is read, a little more than the service takes.
const MAX_REQUEST: usize = 26 << 20;
/// How much of a larger one is read only to be thrown away.
const MAX_THROWN_AWAY: usize = 1 << 30;

pub(super) struct Server {
    mock: Mutex<Mock>,
    recorder: Option<Recorder>,
    start: Instant,
    speed: f64,
    origins: Origins,
    guard: ControlGuard,
    /// How long a request's body may take to come.
    patience: Duration,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    if let Some(url) = &arguments.health {
        return super::serve_health::check(url);
    }
    let listens = arguments.host.iter().find_map(|option| match option {
        HostOption::Listens(address) => Some(*address),
        HostOption::Plays(_) => None,
    });
    let address = arguments.address.or(listens).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    if !address.is_loopback() && !arguments.allow_remote {
        return Err(Failure::input(format!(
            "{address} can be reached from other machines, and the mock checks no credentials; add --allow-remote if that is meant"
        )));
    }
    super::within("--speed", Some(arguments.speed), 0.0, 1e6)?;
    let seconds = |name, value| {
        super::within(name, Some(value), 0.01, 86_400.0)?;
        Ok::<_, Failure>(Duration::from_secs_f64(value))
    };
    let patience = seconds("--body-timeout", arguments.body_timeout)?;
    let limits = Limits {
        head: seconds("--head-timeout", arguments.head_timeout)?,
        idle: seconds("--idle-timeout", arguments.idle_timeout)?,
    };
    let origins = Origins::read(&arguments.allow_origin)?;
    let recorder = arguments.record.recorder()?;
    let mut config = match &arguments.config {
        None => Config::default(),
        Some(file) => super::input::read_config(file)?,
    };
    config.seed = arguments.seed.unwrap_or(config.seed);
    for option in &arguments.host {
        if let HostOption::Plays(host) = option {
            config.host = Some(*host);
        }
    }
    if let Some(name) = &arguments.fallback {
        config.fallback = super::input::fallback(name)?;
    }
    // The upstream's forms are those of its host.
    config.host = config.host.or_else(|| recorder.as_ref().and_then(Recorder::host));
    config.timeless = arguments.speed == 0.0;
    if arguments.print_config {
        return super::json(&config.to_json());
    }
    let folder = recorder.as_ref().map(Recorder::folder).or(arguments.fixtures.as_deref());
    let library = super::fixtures::load(folder)?;
    let mock = Mock::new(library, super::input::catalog().clone(), config);
    for fault in mock.faults_without_time() {
        eprintln!("warning: the fault {fault} does nothing, for --speed 0 makes time 0; give --speed 1");
    }
    if arguments.control_token.as_deref().is_some_and(str::is_empty) {
        return Err(Failure::input("--control-token is empty; give a token that no one guesses"));
    }
    let guard = ControlGuard::new(arguments.control_token).over_tls(arguments.tls.is_on());
    let server = Arc::new(Server {
        mock: Mutex::new(mock),
        recorder,
        start: Instant::now(),
        speed: arguments.speed,
        origins,
        guard,
        patience,
    });
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::input(format!("cannot start: {error}")))?;
    runtime.block_on(listen(SocketAddr::new(address, arguments.port), &arguments.tls, limits, server))?;
    Ok(String::new())
}

impl Server {
    /// Milliseconds of the mock's clock.
    pub fn now_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1000.0 * if self.speed > 0.0 { self.speed } else { 1.0 }
    }

    /// Does something with the mock. A panic in another request leaves it as it was: its state is only
    /// counters.
    pub fn mock<T>(&self, with: impl FnOnce(&mut Mock) -> T) -> T {
        with(&mut self.mock.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }
}

async fn listen(
    address: SocketAddr,
    tls: &serve_tls::Options,
    limits: Limits,
    server: Arc<Server>,
) -> Result<(), Failure> {
    let fail = |error: std::io::Error| {
        let way = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; end what listens there, or choose another port: --port 0 takes a free one"
            }
            std::io::ErrorKind::PermissionDenied => "; ports below 1024 are the system's: --port 0 takes a free one",
            std::io::ErrorKind::AddrNotAvailable => "; this machine has no such address: 127.0.0.1 is always there",
            _ => "",
        };
        Failure::input(format!("cannot listen on {address}: {error}{way}"))
    };
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let bound = listener.local_addr().map_err(fail)?;
    let tls = tls.prepare(bound)?;
    // The first line tells whoever started the server where it is.
    match &tls {
        None => println!("{}", serde_json::json!({"listening": format!("http://{bound}")})),
        Some(serve_tls::Tls { made, .. }) => {
            println!("{}", serde_json::json!({"listening": format!("https://{bound}"), "certificate": made}));
        }
    }
    let answer = move |request| handle(server.clone(), request);
    let stop = async {
        stop_signal().await;
        eprintln!("stopping: open answers have {} s", GRACE.as_secs());
    };
    let listener = Accepting::new(listener);
    match tls {
        None => serve_connections::serve(listener, limits, answer, stop).await,
        Some(tls) => {
            let listener = serve_tls::TlsListener::new(listener, bound, tls.acceptor);
            serve_connections::serve(listener, limits, answer, stop).await;
        }
    }
    Ok(())
}

/// Resolves when the process is asked to stop.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! { _ = interrupt => {}, () = terminate => {} }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

async fn handle(server: Arc<Server>, request: HttpRequest<HttpBody>) -> Response {
    let (parts, body) = request.into_parts();
    let (method, uri, headers) = (parts.method, parts.uri, parts.headers);
    let origin = server.origins.of(&headers);
    if let Some(answer) = origin.as_ref().and_then(|origin| Origins::preflight(&method, &headers, origin)) {
        return answer;
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut request = Request {
        method: method.as_str().to_string(),
        path: uri.path_and_query().map_or_else(|| uri.path().to_string(), ToString::to_string),
        headers: Headers(headers.iter().map(|(name, value)| (name.as_str().to_string(), text(value))).collect()),
        body: Vec::new(),
    };
    // HTTP/2 has no Host header; where a request names its host twice, both must be the same.
    let same = |authority: &str| headers.get_all("host").iter().any(|host| host.as_bytes() == authority.as_bytes());
    if let Some(authority) = uri.authority().map(ToString::to_string).filter(|authority| !same(authority)) {
        request.headers.0.push(("host".to_string(), authority));
    }
    let body = read_body(&headers, body, server.patience).await.map(|body| request.body = body.into());
    if let Some(refusal) = server.guard.refusal(&request) {
        return respond(refusal, 0.0).await;
    }
    let now_ms = server.now_ms();
    let controlled = body.is_ok().then(|| server.mock(|mock| control(mock, &request))).flatten();
    let mut response = match (controlled, body) {
        (Some(reply), Ok(())) => respond(reply, server.speed).await,
        (_, Err(exception)) => {
            respond(server.mock(|mock| mock.refuse(&request, exception, now_ms)), server.speed).await
        }
        (None, Ok(())) => match serve_record::ask(&server, &request).await {
            Some(response) => response,
            None => {
                let reply = server.mock(|mock| mock.handle(&request, now_ms));
                let watch = Watch::of(&server, &reply);
                send(reply, server.speed, watch).await
            }
        },
    };
    if let Some(origin) = &origin {
        Origins::allow(&mut response, origin);
    }
    response
}

/// A request's body, unless it is too large or does not come. One that is too large is still read to
/// its end, and thrown away: a client that writes does not read, and would see a broken connection
/// instead of the answer.
async fn read_body(headers: &HeaderMap, body: HttpBody, patience: Duration) -> Result<Bytes, Exception> {
    let announced = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    // What nobody could send within the time is refused at once.
    if announced.is_some_and(|length| length > MAX_THROWN_AWAY) {
        return Err(Exception::usual("PayloadTooLargeException"));
    }
    let read = async {
        // Who announces much has sent nothing yet.
        let mut kept = Vec::with_capacity(announced.unwrap_or(0).min(1 << 20));
        let (mut body, mut size) = (body, 0_usize);
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Err(Exception::validation(
                    "The request's body could not be read: its chunks are malformed or it breaks off.",
                ));
            };
            let Ok(bytes) = frame.into_data() else { continue };
            size = size.saturating_add(bytes.len());
            if size <= MAX_REQUEST {
                kept.extend_from_slice(&bytes);
            } else if size <= MAX_THROWN_AWAY {
                kept = Vec::new();
            } else {
                break;
            }
        }
        if size > MAX_REQUEST { Err(Exception::usual("PayloadTooLargeException")) } else { Ok(Bytes::from(kept)) }
    };
    match tokio::time::timeout(patience, read).await {
        Ok(body) => body,
        Err(_) => Err(Exception::usual("RequestTimeoutException")),
    }
}

/// Notices that the caller of a stream left: it is dropped before all was sent.
struct Watch {
    server: Arc<Server>,
    request_id: String,
    pieces: usize,
    sent: usize,
    sent_ms: f64,
}

impl Watch {
    fn of(server: &Arc<Server>, reply: &Reply) -> Option<Self> {
        let Body::Stream(pieces, _) = &reply.body else { return None };
        let request_id = reply.headers.get("x-amzn-requestid")?.to_string();
        Some(Watch { server: server.clone(), request_id, pieces: pieces.len(), sent: 0, sent_ms: 0.0 })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.sent < self.pieces {
            let part = self.sent as f64 / self.pieces as f64;
            self.server.mock(|mock| mock.left(&self.request_id, part, self.sent_ms));
        }
    }
}

pub(super) async fn respond(reply: Reply, speed: f64) -> Response {
    send(reply, speed, None).await
}

async fn send(reply: Reply, speed: f64, watch: Option<Watch>) -> Response {
    let wait = move |ms: f64| {
        let seconds = if speed > 0.0 { ms / 1000.0 / speed } else { 0.0 };
        Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0))
    };
    // Even a sleep of nothing waits for the clock's next tick.
    if wait(reply.at_ms) > Duration::ZERO {
        tokio::time::sleep(wait(reply.at_ms)).await;
    }
    let body = match reply.body {
        Body::Whole(bytes) => HttpBody::from(bytes),
        Body::Stream(pieces, end) => HttpBody::from_stream(timed(pieces, end, reply.at_ms, wait, watch)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers.0 {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The pieces at their times; a stream that is cut ends with an error, which breaks the connection.
fn timed(
    pieces: Vec<Piece>,
    end: End,
    start_ms: f64,
    wait: impl Fn(f64) -> Duration + Copy + Send + 'static,
    watch: Option<Watch>,
) -> impl futures_core::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let begun = tokio::time::Instant::now();
    // A body that breaks at once takes the head with it: nothing of the reply is sent.
    let nothing_sent = pieces.is_empty();
    futures_util::stream::unfold((pieces.into_iter(), false, watch), move |(mut rest, ended, mut watch)| async move {
        if let Some(piece) = rest.next() {
            let due = begun + wait(piece.at_ms - start_ms);
            if due > tokio::time::Instant::now() {
                tokio::time::sleep_until(due).await;
            }
            if let Some(watch) = &mut watch {
                watch.sent += 1;
                watch.sent_ms = piece.at_ms;
            }
            return Some((Ok(Bytes::from(piece.bytes)), (rest, ended, watch)));
        }
        if end == End::Cut && !ended {
            // What was written before must be on its way when the connection breaks.
            if !nothing_sent {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut by the mock");
            return Some((Err(error), (rest, true, watch)));
        }
        None
    })
}
