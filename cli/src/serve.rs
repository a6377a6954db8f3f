use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use rehearsal::bedrock::{Body, End, Exception, Headers, Identity, Piece, Reply, Request};
use rehearsal::mock::{Config, ControlGuard, Mock, control};
use tokio::net::TcpListener;

use super::Failure;

#[derive(clap::Args)]
pub struct Arguments {
    /// The port; 0 is any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The address; only loopback unless `--allow-remote` is given.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Let other machines ask: the mock checks no one's credentials.
    #[arg(long)]
    allow_remote: bool,
    /// A folder of fixtures instead of those that come with the product.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// A configuration file: fallback, latency, rates, quotas, faults, guardrail.
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
    /// The seed; that of the configuration, or 42.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// What answers when nothing matches: strict, hash, random or echo.
    #[arg(long, value_name = "NAME")]
    fallback: Option<String>,
    /// How fast time passes: 1 is real, 2 twice as fast, 0 answers at once.
    #[arg(long, default_value_t = 0.0)]
    speed: f64,
    /// What `/_rehearsal/*` wants as `Authorization: Bearer TOKEN`, from wherever it is asked; without it
    /// only pages and programs of this machine may ask.
    #[arg(long, value_name = "TOKEN")]
    control_token: Option<String>,
}

/// The largest request that is read, a little more than the service takes.
const MAX_REQUEST: usize = 26 << 20;
/// How long a request's body may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long open answers may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

struct Server {
    mock: Mutex<Mock>,
    start: Instant,
    speed: f64,
    guard: ControlGuard,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    if !arguments.host.is_loopback() && !arguments.allow_remote {
        return Err(Failure::input(format!(
            "{} can be reached from other machines, and the mock checks no credentials; add --allow-remote if that is meant",
            arguments.host
        )));
    }
    super::within("--speed", Some(arguments.speed), 0.0, 1e6)?;
    let library = super::fixtures::load(arguments.fixtures.as_deref())?;
    let mut config = match &arguments.config {
        None => Config::default(),
        Some(file) => super::input::read_config(file)?,
    };
    config.seed = arguments.seed.unwrap_or(config.seed);
    if let Some(name) = &arguments.fallback {
        config.fallback = super::input::fallback(name)?;
    }
    config.timeless = arguments.speed == 0.0;
    let mock = Mock::new(library, super::input::catalog().clone(), config);
    for fault in mock.faults_without_time() {
        eprintln!("warning: the fault {fault} does nothing, for --speed 0 makes time 0; give --speed 1");
    }
    if arguments.control_token.as_deref().is_some_and(str::is_empty) {
        return Err(Failure::input("--control-token is empty; give a token that no one guesses"));
    }
    let guard = ControlGuard::new(arguments.control_token);
    let server = Arc::new(Server { mock: Mutex::new(mock), start: Instant::now(), speed: arguments.speed, guard });
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::input(format!("cannot start: {error}")))?;
    runtime.block_on(listen(SocketAddr::new(arguments.host, arguments.port), server))?;
    Ok(String::new())
}

async fn listen(address: SocketAddr, server: Arc<Server>) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::input(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let bound = listener.local_addr().map_err(fail)?;
    // The first line tells whoever started the server where it is.
    println!("{}", serde_json::json!({"listening": format!("http://{bound}")}));
    let app = Router::new().fallback(handle).with_state(server);
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        stop_signal().await;
        eprintln!("stopping: open answers have {} s", GRACE.as_secs());
        // Whoever still waits for the end sees it change.
        let _ = stopping.send(true);
    });
    let patience = async move {
        let _ = stopped.changed().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = serving => result.map_err(fail),
        () = patience => Ok(()),
    }
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

async fn handle(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: HttpBody,
) -> Response {
    let body = match read_body(&headers, body).await {
        Ok(body) => body,
        Err(exception) => return respond(exception.reply(&refused_id(), 0.0), 0.0).await,
    };
    // Only the mock's own endpoints take a query.
    let own = uri.path().starts_with("/_rehearsal");
    let path = uri.path_and_query().filter(|_| own).map_or(uri.path(), |path| path.as_str());
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut request = Request {
        method: method.as_str().to_string(),
        path: path.to_string(),
        headers: Headers(headers.iter().map(|(name, value)| (name.as_str().to_string(), text(value))).collect()),
        body: body.into(),
    };
    // HTTP/2 names the host in the address.
    let authority = uri.authority().filter(|_| request.headers.get("host").is_none());
    if let Some(authority) = authority {
        request.headers = request.headers.with("host", authority.as_str());
    }
    if let Some(refusal) = server.guard.refusal(&request) {
        return respond(refusal, 0.0).await;
    }
    let reply = {
        let now_ms =
            server.start.elapsed().as_secs_f64() * 1000.0 * if server.speed > 0.0 { server.speed } else { 1.0 };
        // A panic in another request leaves the mock as it was: its state is only counters.
        let mut mock = server.mock.lock().unwrap_or_else(PoisonError::into_inner);
        control(&mut mock, &request).unwrap_or_else(|| mock.handle(&request, now_ms))
    };
    respond(reply, server.speed).await
}

/// A request's body, unless it is too large or does not come.
async fn read_body(headers: &HeaderMap, body: HttpBody) -> Result<Bytes, Exception> {
    let announced = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_REQUEST as u64) {
        return Err(Exception::usual("PayloadTooLargeException"));
    }
    match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, MAX_REQUEST)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_long(&error) => Err(Exception::usual("PayloadTooLargeException")),
        // What breaks off or is not framed as HTTP asks.
        Ok(Err(_)) => Err(Exception::validation(
            "The request's body could not be read: its chunks are malformed or it breaks off.",
        )),
        Err(_) => Err(Exception::usual("RequestTimeoutException")),
    }
}

/// Whether a body was refused for its length.
fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// The id of a request that was refused before the mock saw it.
fn refused_id() -> String {
    static REFUSED: AtomicU64 = AtomicU64::new(0);
    Identity::new(u64::MAX, REFUSED.fetch_add(1, Ordering::Relaxed)).request_id()
}

async fn respond(reply: Reply, speed: f64) -> Response {
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
        Body::Stream(pieces, end) => HttpBody::from_stream(timed(pieces, end, reply.at_ms, wait)),
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
) -> impl futures_core::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let begun = tokio::time::Instant::now();
    // A body that breaks at once takes the head with it: nothing of the reply is sent.
    let nothing_sent = pieces.is_empty();
    futures_util::stream::unfold((pieces.into_iter(), false), move |(mut rest, ended)| async move {
        if let Some(piece) = rest.next() {
            let due = begun + wait(piece.at_ms - start_ms);
            if due > tokio::time::Instant::now() {
                tokio::time::sleep_until(due).await;
            }
            return Some((Ok(Bytes::from(piece.bytes)), (rest, ended)));
        }
        if end == End::Cut && !ended {
            // What was written before must be on its way when the connection breaks.
            if !nothing_sent {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut by the mock");
            return Some((Err(error), (rest, true)));
        }
        None
    })
}
