//! `bench run --url` against servers of known behaviour: streams that break, first tokens, connections
//! that were closed while idle, credentials, secrets.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rehearsal::bedrock::event_stream::encode_event;
use serde_json::Value;

/// What a server does with one connection's `n`th request of all; whether the connection stays.
type Answer = dyn Fn(&mut TcpStream, u64) -> bool + Send + Sync;

/// A server on a port of its own, and the heads of the requests it got.
struct Server {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

fn serve(answer: Arc<Answer>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, seen) = (answer.clone(), seen.clone());
            std::thread::spawn(move || connection(stream, &seen, &*answer));
        }
    });
    Server { url, heads }
}

fn connection(mut stream: TcpStream, seen: &Mutex<Vec<String>>, answer: &Answer) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let number = {
            let mut all = seen.lock().unwrap();
            all.push(head);
            all.len() as u64 - 1
        };
        if !answer(&mut stream, number) {
            return;
        }
    }
}

fn head(stream: &mut TcpStream, kind: &str) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
}

fn chunk(stream: &mut TcpStream, bytes: &[u8]) {
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    let _ = stream.write_all(&out);
}

fn end(stream: &mut TcpStream) {
    let _ = stream.write_all(b"0\r\n\r\n");
}

fn whole(stream: &mut TcpStream, body: &str) {
    let text =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let _ = stream.write_all(text.as_bytes());
}

fn run_with(url: &str, more: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rehearsal"))
        .args(["bench", "run", "--url", url, "--runs", "1", "--warm-up", "0", "--json"])
        .args(more)
        .env_remove("AWS_BEARER_TOKEN_BEDROCK")
        .envs(environment.iter().copied())
        .output()
        .expect("it starts")
}

fn run(url: &str, more: &[&str]) -> Value {
    let output = run_with(url, more, &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let document: Value = serde_json::from_slice(&output.stdout).expect("one document");
    document["benchmarks"][0]["runs"][0].clone()
}

fn median(values: &Value) -> f64 {
    let mut all: Vec<f64> = values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

const EVENTS: [(&str, &str); 6] = [
    ("messageStart", r#"{"role":"assistant"}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"We"}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":" open"}}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
    ("messageStop", r#"{"stopReason":"end_turn"}"#),
    ("metadata", r#"{"usage":{"inputTokens":9,"outputTokens":11,"totalTokens":20},"metrics":{"latencyMs":1}}"#),
];

fn event(index: usize) -> Vec<u8> {
    encode_event(EVENTS[index].0, EVENTS[index].1.as_bytes()).unwrap()
}

/// Of six answers one is whole, and each of the others breaks in its own way.
#[test]
fn streams_that_break_are_failures_by_name() {
    let server = serve(Arc::new(|stream, number| {
        head(stream, "application/vnd.amazon.eventstream");
        let all: Vec<Vec<u8>> = (0..6).map(event).collect();
        match number % 6 {
            0 => chunk(stream, &all.concat()),
            1 => {
                let named = rehearsal::bedrock::event_stream::Frame {
                    headers: vec![
                        (":exception-type".into(), text("throttlingException")),
                        (":message-type".into(), text("exception")),
                    ],
                    payload: b"{}".to_vec(),
                };
                chunk(stream, &[all[..2].concat(), named.encode().unwrap()].concat());
            }
            2 => chunk(stream, &all[..4].concat()),
            3 => {
                let mut bytes = all.concat();
                bytes[150] ^= 1;
                chunk(stream, &bytes);
            }
            4 => {
                let bytes = all.concat();
                chunk(stream, &bytes[..bytes.len() - 9]);
            }
            _ => {
                chunk(stream, &all[..3].concat());
                return false;
            }
        }
        end(stream);
        true
    }));
    let run = run(&server.url, &["--bedrock", "--samples", "12"]);
    assert_eq!((&run["requests"], &run["completed"]), (&12.into(), &2.into()), "{run}");
    for name in [
        "ThrottlingException",
        "stream without messageStop",
        "bad checksum in the stream",
        "stream cut inside a frame",
        "connection broke inside the answer",
    ] {
        assert_eq!(run["errors"][name], 2, "{name}: {run}");
    }
}

fn text(value: &str) -> rehearsal::bedrock::event_stream::HeaderValue {
    rehearsal::bedrock::event_stream::HeaderValue::String(value.to_string())
}

/// The start of a message at 0, its first word at 60 ms, its last at 160 ms, 11 tokens.
#[test]
fn first_token_and_time_between_tokens_are_those_of_the_content() {
    let server = serve(Arc::new(|stream, _| {
        head(stream, "application/vnd.amazon.eventstream");
        chunk(stream, &event(0));
        std::thread::sleep(Duration::from_millis(60));
        chunk(stream, &event(1));
        std::thread::sleep(Duration::from_millis(100));
        chunk(stream, &event(2));
        std::thread::sleep(Duration::from_millis(40));
        chunk(stream, &[event(3), event(4), event(5)].concat());
        end(stream);
        true
    }));
    let models = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("endpoint-models.json");
    let model = "anthropic.claude-3-haiku-20240307-v1:0";
    let out = models.to_str().unwrap();
    let found = run(&server.url, &["--bedrock", "--samples", "9", "--model", model, "--models-out", out, "--force"]);
    let (ttft, gap, total) = (median(&found["ttft_ms"]), median(&found["inter_token_ms"]), median(&found["e2e_ms"]));
    assert!((60.0..75.0).contains(&ttft), "{ttft}");
    assert!((9.9..12.0).contains(&gap), "{gap}");
    assert!((200.0..240.0).contains(&total), "{total}");
    assert_eq!(found["output_tokens"], 99);
    // What a scenario takes.
    let text = std::fs::read_to_string(&models).unwrap();
    let profile = &rehearsal::scenario::Scenario::load(&text).unwrap().output.models[model];
    let (first, rate) = (profile.ttft.as_ref().unwrap().mean(), profile.tokens_per_s.unwrap());
    assert!((60.0..75.0).contains(&first) && (83.0..101.0).contains(&rate), "{first} {rate}");

    // Server-sent events of a chat completion; a whole body.
    let server = serve(Arc::new(|stream, number| {
        if number % 2 == 1 {
            std::thread::sleep(Duration::from_millis(30));
            whole(stream, r#"{"usage":{"prompt_tokens":4,"completion_tokens":6}}"#);
            return true;
        }
        head(stream, "text/event-stream");
        chunk(stream, b"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
        std::thread::sleep(Duration::from_millis(50));
        chunk(stream, b"data: {\"choices\":[{\"delta\":{\"content\":\"We\"}}]}\n\ndata: {\"choices\":[],");
        chunk(stream, b"\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":6}}\n\ndata: [DONE]\n\n");
        end(stream);
        true
    }));
    let found = run(&server.url, &["--samples", "10"]);
    assert_eq!((found["ttft_ms"].as_array().unwrap().len(), &found["output_tokens"]), (5, &60.into()));
    let ttft = median(&found["ttft_ms"]);
    assert!((50.0..65.0).contains(&ttft), "{ttft}");
}

/// Every answer is followed by a close that nothing announced.
#[test]
fn a_connection_closed_while_idle_is_tried_once_more() {
    let server = serve(Arc::new(|stream, _| {
        whole(stream, "{}");
        std::thread::sleep(Duration::from_millis(2));
        false
    }));
    let found = run(&server.url, &["--samples", "100", "--rate", "200"]);
    assert_eq!((&found["completed"], &found["errors"]), (&100.into(), &serde_json::json!({})), "{found}");
    // One that breaks every request is told.
    let server = serve(Arc::new(|stream, number| {
        if number >= 3 {
            return false;
        }
        whole(stream, "{}");
        true
    }));
    let found = run(&server.url, &["--samples", "6"]);
    assert_eq!((&found["completed"], found["errors"].as_object().unwrap().len()), (&3.into(), 1), "{found}");
}

#[test]
fn credentials_are_sent_and_secrets_are_not_kept() {
    let server = serve(Arc::new(|stream, _| {
        head(stream, "application/vnd.amazon.eventstream");
        chunk(stream, &(0..6).flat_map(event).collect::<Vec<u8>>());
        end(stream);
        true
    }));
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE")];
    let asked = |more: &[&str], environment: &[(&str, &str)]| {
        let output = run_with(&server.url, &[&["--bedrock", "--samples", "1"], more].concat(), environment);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let head = server.heads.lock().unwrap().pop().unwrap_or_default().to_ascii_lowercase();
        (output.status.code(), said, head)
    };
    let (code, said, head) = asked(&["--auth", "sigv4", "--region", "us-east-1"], &keys);
    assert_eq!(code, Some(0), "{said}");
    assert!(head.contains("authorization: aws4-hmac-sha256 credential=akidexample/"), "{head}");
    assert!(head.contains("/us-east-1/bedrock/aws4_request") && head.contains("x-amz-date:"), "{head}");
    let (_, _, head) = asked(&["--auth", "bearer"], &[("AWS_BEARER_TOKEN_BEDROCK", "tok")]);
    assert!(head.contains("authorization: bearer tok"), "{head}");
    let (_, _, head) = asked(&[], &keys);
    assert!(!head.contains("authorization"), "a place of one's own is given no credentials: {head}");
    let (code, said, _) = asked(&["--auth", "bearer"], &[]);
    assert_eq!((code, said.contains("AWS_BEARER_TOKEN_BEDROCK is not set")), (Some(2), true), "{said}");

    let server = serve(Arc::new(|stream, _| {
        whole(stream, "{}");
        true
    }));
    let url = server.url.replace("http://", "http://u:PASSWORD@") + "/chat?api_key=KEYKEY";
    let output = run_with(&url, &["--samples", "1", "--header", "X-Own: HEADERSECRET"], &[]);
    let document = String::from_utf8_lossy(&output.stdout).into_owned();
    for secret in ["PASSWORD", "KEYKEY", "HEADERSECRET"] {
        assert!(!document.contains(secret), "{document}");
    }
    assert!(document.contains("/chat?api_key=…"), "{document}");
    let head = server.heads.lock().unwrap().pop().unwrap();
    assert!(head.contains("/chat?api_key=KEYKEY") && head.contains("authorization: Basic dTpQQVNTV09SRA=="), "{head}");
}
