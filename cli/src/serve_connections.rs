//! The connections of `serve`: accepted, watched and closed. One whose head does not come to its end,
//! that nobody uses, or whose client reads no more, is closed in time.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use axum::serve::Listener;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// How long a connection may take for what.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first byte of a head to its last.
    pub head: Duration,
    /// Without a request in progress; or with an answer that the client does not read.
    pub idle: Duration,
}

/// How long open answers may take once the server is asked to stop, or a connection to close.
pub const GRACE: Duration = Duration::from_secs(5);

/// Serves every connection of a listener, HTTP/1.1 and HTTP/2 for whoever begins with it, until `stop`
/// resolves and the open answers are through.
pub async fn serve<L, F>(
    mut listener: L,
    limits: Limits,
    answer: impl Fn(Request<Body>) -> F + Clone + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) where
    L: Listener,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let (stopping, stopped) = watch::channel(false);
    // Closed when the last connection's task has ended.
    let (open, mut closed) = mpsc::channel::<()>(1);
    tokio::pin!(stop);
    loop {
        let io = tokio::select! {
            (io, _) = listener.accept() => io,
            () = &mut stop => break,
        };
        let (answer, stopped, open) = (answer.clone(), stopped.clone(), open.clone());
        tokio::spawn(async move {
            connection(io, limits, answer, stopped).await;
            drop(open);
        });
    }
    drop((listener, open));
    let _ = stopping.send(true);
    let _ = tokio::time::timeout(GRACE, closed.recv()).await;
}

async fn connection<I, F>(
    io: I,
    limits: Limits,
    answer: impl Fn(Request<Body>) -> F + Clone + Send + 'static,
    mut stopped: watch::Receiver<bool>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let watch = Watch(Arc::new(Mutex::new(State::new())));
    let service = hyper::service::service_fn({
        let watch = watch.clone();
        move |request: Request<Incoming>| {
            let open = watch.begin();
            // Boxed: hyper keeps the room of an answer's future for as long as its connection is open.
            let answered = Box::pin(answer(request.map(Body::new)));
            async move {
                let held = |body| Body::new(Held { body, _open: open });
                Ok::<_, std::convert::Infallible>(answered.await.map(held))
            }
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    // hyper's own limit would close kept connections with the same clock as unfinished heads.
    builder.http1().header_read_timeout(None);
    let serving = builder.serve_connection(TokioIo::new(Watched { io, watch: watch.clone() }), service);
    tokio::pin!(serving);
    let gracefully = tokio::select! {
        _ = serving.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => true,
        end = watch.overdue(limits) => end == Overdue::Idle,
    };
    if gracefully {
        serving.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(GRACE, serving).await;
    }
}

/// Why a connection is closed.
#[derive(PartialEq)]
enum Overdue {
    Head,
    Idle,
    /// Its client does not read the answer.
    Unread,
}

/// What is known of a connection, shared by what reads, what answers and what looks at the clock.
#[derive(Clone)]
struct Watch(Arc<Mutex<State>>);

struct State {
    /// Requests in progress.
    requests: usize,
    /// Since when there has been none.
    idle: Instant,
    /// When the first byte of an unfinished head came.
    head: Option<Instant>,
    /// Since when bytes wait that the client does not take.
    unread: Option<Instant>,
    /// The connection's first bytes, for as long as they are those of HTTP/2.
    preface: usize,
    is_http2: Option<bool>,
}

/// What an HTTP/2 connection begins with. No HTTP/1 method begins like it.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl State {
    fn new() -> Self {
        State { requests: 0, idle: Instant::now(), head: None, unread: None, preface: 0, is_http2: None }
    }

    fn read(&mut self, bytes: &[u8]) {
        if self.is_http2.is_none() {
            let rest = PREFACE.get(self.preface..).unwrap_or_default();
            let same = bytes.iter().zip(rest).take_while(|(byte, expected)| byte == expected).count();
            self.preface += same;
            self.is_http2 = match () {
                () if self.preface == PREFACE.len() => Some(true),
                () if same < bytes.len() => Some(false),
                () => None,
            };
        }
        if self.is_http2 == Some(true) {
            // Its frames speak of more than heads: only requests keep it open.
            self.head = None;
        } else if self.requests == 0 {
            self.head.get_or_insert_with(Instant::now);
        }
    }

    /// The next time at which the connection is overdue, and why.
    fn deadline(&self, limits: Limits) -> Option<(Instant, Overdue)> {
        if let Some(since) = self.unread {
            return Some((since + limits.idle, Overdue::Unread));
        }
        if self.requests > 0 {
            return None;
        }
        let head = self.head.map(|since| (since + limits.head, Overdue::Head));
        Some(head.unwrap_or((self.idle + limits.idle, Overdue::Idle)))
    }
}

impl Watch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> Open {
        let mut state = self.state();
        state.requests += 1;
        state.head = None;
        Open(self.clone())
    }

    /// Resolves when the connection is to be closed.
    async fn overdue(&self, limits: Limits) -> Overdue {
        // A deadline may come nearer while this sleeps, by a head that begins: none is missed by more than this.
        let step = limits.head.min(limits.idle);
        loop {
            let now = Instant::now();
            let next = match self.state().deadline(limits) {
                Some((at, why)) if at <= now => return why,
                Some((at, _)) => at.min(now + step),
                None => now + step,
            };
            tokio::time::sleep_until(next).await;
        }
    }
}

/// A request in progress, until its answer is written or given up.
struct Open(Watch);

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.requests = state.requests.saturating_sub(1);
        state.idle = Instant::now();
    }
}

/// An answer's body, which ends its request when it goes.
struct Held {
    body: Body,
    _open: Open,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection's bytes, seen as they pass.
struct Watched<I> {
    io: I,
    watch: Watch,
}

impl<I> Watched<I> {
    /// Notes whether the client takes what is written.
    fn wrote<T>(&self, poll: Poll<T>) -> Poll<T> {
        let mut state = self.watch.state();
        if poll.is_ready() {
            state.unread = None;
        } else {
            state.unread.get_or_insert_with(Instant::now);
        }
        drop(state);
        poll
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buffer))?;
        let bytes = buffer.filled().get(before..).unwrap_or_default();
        if !bytes.is_empty() {
            self.watch.state().read(bytes);
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.wrote(poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.wrote(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.io).poll_flush(cx);
        self.wrote(poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Accepts connections; where the process may open no more files it says so, and waits.
pub struct Accepting {
    listener: TcpListener,
    /// When it was last said that no more can be opened.
    said: Option<Instant>,
}

/// How long to wait before the next attempt at accepting: trying at once would only heat the processor.
const PAUSE: Duration = Duration::from_millis(100);
/// How often the limit is told while it lasts.
const REMINDER: Duration = Duration::from_secs(30);

impl Accepting {
    pub fn new(listener: TcpListener) -> Self {
        Accepting { listener, said: None }
    }

    fn say(&mut self, error: &io::Error) {
        if self.said.is_some_and(|said| said.elapsed() < REMINDER) {
            return;
        }
        self.said = Some(Instant::now());
        eprintln!(
            "warning: no connection can be accepted: {error}. New ones wait until others close; those that are open go on. \
             A higher limit (`ulimit -n`) takes more, a shorter --idle-timeout closes unused ones sooner."
        );
    }
}

impl Listener for Accepting {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    // Small answers go out at once: a kept connection would wait 40 ms for each.
                    let _ = stream.set_nodelay(true);
                    return (stream, peer);
                }
                // The client's end, not this one's.
                Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
                Err(error) => {
                    self.say(&error);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
