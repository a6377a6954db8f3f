//! `serve` asked over real sockets, by clients that a good one is not: heads and bodies that never end,
//! garbage, more connections than files may be open, and pages of other sites.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};

const CONVERSE: &str = "/model/us.anthropic.claude-sonnet-5/converse";
const ASK: &str = r#"{"messages":[{"role":"user","content":[{"text":"hello"}]}]}"#;

struct Server {
    child: Child,
    at: String,
    said: Arc<Mutex<String>>,
}

impl Server {
    fn start(options: &str) -> Server {
        Server::start_by(&format!("exec \"$0\" serve --port 0 --fallback echo {options}"))
    }

    fn start_by(script: &str) -> Server {
        let mut child = Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_rehearsal")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let at = line["listening"].as_str().unwrap().trim_start_matches("http://").to_string();
        let said = Arc::new(Mutex::new(String::new()));
        let (heard, errors) = (said.clone(), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                heard.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Server { child, at, said }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The status and the whole reply to bytes on a connection of their own.
    fn ask(&self, request: &str) -> (u16, String) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let reply = rest(&mut stream);
        let status = reply.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("{request}\n{reply}")), reply)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What comes until the other end closes.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the other end closes within a time.
fn closes(stream: &mut TcpStream, within: Duration) -> bool {
    stream.set_read_timeout(Some(within)).unwrap();
    !matches!(stream.read(&mut [0; 64]), Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut))
}

/// A request on a connection that stays; the reply has come when its end has.
fn keep(stream: &mut TcpStream) {
    let request = format!("POST {CONVERSE} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{ASK}", ASK.len());
    stream.write_all(request.as_bytes()).unwrap();
    let mut reply = String::new();
    while !reply.contains("\"metrics\"") {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "closed after {reply}");
        reply.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
}

#[test]
fn unfinished_heads_are_closed_and_used_connections_stay() {
    let server = Server::start("--head-timeout 0.5 --idle-timeout 3");
    let beginnings =
        ["P", "POST /model/x/converse HTTP/1.1\r\nhost: loc", "GET / HTTP/1.1\r\nx: y\r\n", "PRI * HTTP/2"];
    let mut unfinished: Vec<TcpStream> = (0..200)
        .map(|number| {
            let mut stream = server.connect();
            stream.write_all(beginnings[number % beginnings.len()].as_bytes()).unwrap();
            stream
        })
        .collect();
    let begun = Instant::now();
    let mut kept = server.connect();
    for _ in 0..6 {
        keep(&mut kept);
        std::thread::sleep(Duration::from_millis(400));
    }
    // Longer than a head may take, shorter than a connection may rest.
    assert!(!closes(&mut kept, Duration::from_millis(1000)));
    for stream in &mut unfinished {
        assert!(closes(stream, Duration::from_millis(50)), "open after {:?}", begun.elapsed());
    }
    // A head that begins on a kept connection has its limit, too, and so has one that nobody uses.
    kept.write_all(b"POST /mod").unwrap();
    assert!(closes(&mut kept, Duration::from_millis(1500)));
    let mut idle = server.connect();
    assert!(!closes(&mut idle, Duration::from_millis(2000)));
    assert!(closes(&mut idle, Duration::from_millis(3000)));
}

#[test]
fn an_answer_that_takes_longer_than_a_connection_may_rest_is_not_cut() {
    let faults = r#"{"faults":[{"kind":"slow_first_token","ms":1500}]}"#;
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("slow-config.json");
    std::fs::write(&file, faults).unwrap();
    let server =
        Server::start(&format!("--speed 1 --head-timeout 0.2 --idle-timeout 0.3 --config '{}'", file.display()));
    let begun = Instant::now();
    let (status, reply) = server.ask(&format!(
        "POST {CONVERSE} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{ASK}",
        ASK.len()
    ));
    assert_eq!(status, 200, "{reply}");
    assert!(reply.contains("\"metrics\"") && begun.elapsed() > Duration::from_millis(1400), "{:?}", begun.elapsed());
}

#[test]
fn a_body_that_does_not_come_is_408_and_garbage_is_400_each_with_its_id() {
    let server = Server::start("--body-timeout 0.5");
    let named = |reply: &str| {
        let id = reply.lines().find_map(|line| line.strip_prefix("x-amzn-requestid: ")).unwrap_or_default();
        assert_eq!(id.len(), 36, "{reply}");
    };
    let head = format!("POST {CONVERSE} HTTP/1.1\r\nhost: localhost\r\n");
    for body in ["content-length: 10\r\n\r\n{\"a", "transfer-encoding: chunked\r\n\r\n5\r\n{\"a"] {
        let (status, reply) = server.ask(&format!("{head}{body}"));
        assert_eq!(status, 408, "{reply}");
        named(&reply);
    }
    for garbage in ["ZZZ\r\n", "-1\r\n", "5\r\nabcdeXX\r\n", "FFFFFFFFFFFFFFFFFF\r\n", "\r\n\r\n"] {
        let (status, reply) = server.ask(&format!("{head}transfer-encoding: chunked\r\n\r\n{garbage}"));
        assert_eq!(status, 400, "{garbage:?}: {reply}");
        named(&reply);
    }
    // The server goes on.
    keep(&mut server.connect());
}

#[test]
fn at_the_limit_of_open_files_it_says_so_and_waits_without_spinning() {
    let server = Server::start_by("ulimit -n 48; exec \"$0\" serve --port 0 --fallback echo");
    let ticks = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.child.id())).unwrap_or_default();
        let fields: Vec<u64> = stat.rsplit(") ").next().unwrap().split(' ').flat_map(str::parse).collect();
        // User and system time, in hundredths of a second: fields 14 and 15, the name and state aside.
        fields[10] + fields[11]
    };
    let mut open: Vec<TcpStream> = (0..120).map(|_| server.connect()).collect();
    std::thread::sleep(Duration::from_millis(500));
    let before = ticks();
    std::thread::sleep(Duration::from_secs(2));
    let used = ticks() - before;
    let said = server.said();
    assert_eq!(said.matches("no connection can be accepted").count(), 1, "{said}");
    assert!(said.contains("ulimit -n"), "{said}");
    assert!(used < 50, "{used} hundredths of a second in two");
    // Those that are open are answered, and the others when there is room.
    keep(&mut open[0]);
    let mut last = open.pop().unwrap();
    drop(open);
    keep(&mut last);
}

#[test]
fn no_page_of_another_site_steers_the_mock() {
    let server = Server::start("");
    let port = server.at.rsplit(':').next().unwrap().to_string();
    let ask = |method: &str, path: &str, headers: &str, body: &str| {
        let length = body.len();
        server.ask(&format!(
            "{method} {path} HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    };
    let error = r#"{"code":"ThrottlingException"}"#;
    let force = "/_rehearsal/force-error";
    let json = "content-type: application/json\r\n";
    let host = format!("host: 127.0.0.1:{port}\r\n");
    let check = |method: &str, path: &str, headers: &str, body: &str, expected: u16| {
        let (status, reply) = ask(method, path, headers, body);
        assert_eq!(status, expected, "{method} {path} {headers} {body}: {reply}");
        if expected >= 400 {
            assert!(reply.contains("\"error\":"), "a reason: {reply}");
        }
    };
    // What a form and a no-cors fetch can send.
    for kind in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; a=application/json",
    ] {
        check("POST", force, &format!("{host}content-type: {kind}\r\norigin: http://evil.example\r\n"), error, 403);
        check("POST", force, &format!("{host}content-type: {kind}\r\n"), error, 415);
        check("POST", "/_rehearsal/reset", &format!("{host}content-type: {kind}\r\n"), "", 415);
    }
    check("POST", force, &host, error, 415);
    // Pages under a name of their own that leads here, and pages that say where they are from.
    for name in ["evil.example", "evil.example:80", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example", ""]
    {
        check("GET", "/_rehearsal/log", &format!("host: {name}\r\n"), "", 403);
        check("POST", force, &format!("host: {name}\r\n{json}"), error, 403);
    }
    for origin in ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1", "http://127.0.0.1"] {
        check("POST", force, &format!("{host}{json}origin: {origin}\r\n"), error, 403);
        check("GET", "/_rehearsal/report", &format!("{host}origin: {origin}\r\n"), "", 403);
    }
    check("GET", "/_rehearsal/log", &format!("{host}sec-fetch-site: cross-site\r\n"), "", 403);
    check("GET", "/_rehearsal/log", &format!("{host}host: evil.example\r\n"), "", 403);
    check("GET", "http://evil.example/_rehearsal/log", &host, "", 403);
    // Nothing of it came through.
    keep(&mut server.connect());
    // A page of the mock itself, and a program.
    check("POST", force, &format!("{host}{json}"), error, 200);
    check("POST", force, &format!("{host}{json}origin: http://127.0.0.1:{port}\r\n"), error, 200);
    check("POST", force, &format!("{host}{json}"), r#"{"code":"X","cuont":2}"#, 400);
    check("GET", "/_rehearsal/log", &host, "", 200);

    let guarded = Server::start("--control-token s3cret");
    let with = |headers: &str| {
        guarded
            .ask(&format!("GET /_rehearsal/log HTTP/1.1\r\nhost: mock.internal\r\nconnection: close\r\n{headers}\r\n"))
            .0
    };
    assert_eq!(with(""), 403);
    assert_eq!(with("authorization: Bearer s3cre\r\n"), 403);
    assert_eq!(with("authorization: Bearer s3cret\r\n"), 200);
    assert_eq!(with("x-rehearsal-token: s3cret\r\norigin: http://evil.example\r\n"), 200);
}

#[test]
fn the_same_holds_over_http2() {
    let server = Server::start("--head-timeout 0.3 --idle-timeout 1.5");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(&server.at).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let error = r#"{"code":"ThrottlingException"}"#;
        for (authority, headers, expected) in [
            (server.at.as_str(), &[("content-type", "application/json")][..], 200),
            (&server.at, &[("content-type", "text/plain")], 415),
            (&server.at, &[], 415),
            (&server.at, &[("content-type", "application/json"), ("origin", "http://evil.example")], 403),
            ("evil.example", &[("content-type", "application/json")], 403),
            ("evil.example", &[("content-type", "application/json"), ("host", "localhost")], 403),
            (&server.at, &[("content-type", "application/json"), ("host", "evil.example")], 403),
            (&server.at, &[("content-type", "application/json"), ("sec-fetch-site", "same-site")], 403),
        ] {
            let address = format!("http://{authority}/_rehearsal/force-error");
            let request =
                headers.iter().fold(Request::post(address), |request, (name, value)| request.header(*name, *value));
            let reply = sender.send_request(request.body(Body::from(error)).unwrap()).await.unwrap();
            assert_eq!(reply.status(), expected, "{authority} {headers:?}");
            // Frames that speak of no request are no unfinished head.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(!connection.is_finished());
        // Told to go, not cut.
        let ended =
            tokio::time::timeout(Duration::from_secs(4), connection).await.expect("an idle connection is closed");
        assert!(ended.unwrap().is_ok());
    });
}
