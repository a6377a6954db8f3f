//! What arrives on a wire: frames, messages, events, calls.

use rehearsal::bedrock::event_stream::{DecodeError, Decoder, Frame, decode_all};
use rehearsal::bedrock::{Body, Headers, Reply, Request};
use rehearsal::bench::{Arrived, Arriving};
use rehearsal::catalog::Catalog;
use rehearsal::delivery::{Assembler, frames, messages};
use rehearsal::doors::data_events;
use rehearsal::fixture::Library;
use rehearsal::mock::{self, Config, Fallback, Mock};
use serde_json::Value;

use crate::same;

const CLAUDE: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";

/// Binary event streams, as they come and with their checksums made right.
pub fn event_stream(data: &[u8]) {
    for bytes in [data.to_vec(), with_checksums(data)] {
        let (frames, error) = decoded(&bytes, bytes.len().max(1));
        assert_eq!(decoded(&bytes, 7), (frames.clone(), error.clone()), "pieces of any size give the same");
        let again: Vec<u8> =
            frames.iter().flat_map(|frame| frame.encode().expect("what was read is written")).collect();
        assert!(bytes.starts_with(&again), "what is written is what was read");
        if let Err(error) = decode_all(&bytes) {
            assert!(error.offset <= bytes.len() as u64 && !error.to_string().is_empty());
        }
    }
}

fn decoded(bytes: &[u8], step: usize) -> (Vec<Frame>, Option<DecodeError>) {
    let (mut decoder, mut frames) = (Decoder::new(), Vec::new());
    for piece in bytes.chunks(step) {
        decoder.push(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

/// The bytes with the checksums of every frame that its lengths tell.
fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    let mut at = 0;
    while let Some(frame) = bytes.get_mut(at..).filter(|rest| rest.len() >= 16) {
        let total = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
        if !(16..=frame.len()).contains(&total) {
            break;
        }
        let prelude = crc32(&frame[..8]);
        frame[8..12].copy_from_slice(&prelude.to_be_bytes());
        let message = crc32(&frame[..total - 4]);
        frame[total - 4..total].copy_from_slice(&message.to_be_bytes());
        at += total;
    }
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// WebSocket frames that are put together again.
pub fn socket(data: &[u8]) {
    let assembled = |step: usize| {
        let mut assembler = Assembler::new();
        let mut result = Ok(());
        for piece in data.chunks(step) {
            result = assembler.push(piece).map(drop).map_err(|error| error.to_string());
            if result.is_err() {
                break;
            }
        }
        (result, assembler.progress().text.to_string())
    };
    assert_eq!(assembled(data.len().max(1)), assembled(3), "pieces of any size give the same");
    // What this side makes of any stream, the other side takes.
    let (sent, _) = decoded(&with_checksums(data), data.len().max(1));
    let timed: Vec<(f64, Frame)> = sent.into_iter().map(|frame| (0.0, frame)).collect();
    let mut assembler = Assembler::new();
    for message in messages(&timed) {
        for frame in frames(&message.text) {
            let taken = assembler.push(&frame).map(drop);
            assert!(taken.is_ok(), "{taken:?}: {}", message.text);
        }
    }
}

/// Server-sent events, and answers that arrive in pieces at a client that is measured.
pub fn sse(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (events, broken) = data_events(&text);
    assert!(events.len() + broken <= text.matches("data:").count());
    for kind in [Some("text/event-stream"), Some("application/json"), Some("application/vnd.amazon.eventstream"), None]
    {
        let arrived = |step: usize| -> Arrived {
            let mut arriving = Arriving::new(kind);
            for piece in data.chunks(step) {
                arriving.push(1.0, piece);
            }
            arriving.end(2.0, true)
        };
        let (whole, pieces) = (arrived(data.len().max(1)), arrived(5));
        same(&format!("{whole:?}"), &format!("{pieces:?}"), &format!("{kind:?}: pieces of any size give the same"));
    }
}

fn new_mock() -> Mock {
    let config = Config { fallback: Fallback::Echo, ..Config::default() };
    Mock::new(Library::default(), mock::full_catalog(), config)
}

fn post(path: &str, body: &[u8]) -> Request {
    let headers = Headers::from([("content-type", "application/json")]);
    Request { method: "POST".into(), path: path.to_string(), headers, body: body.to_vec() }
}

/// The body of a call, at every door.
pub fn door(data: &[u8]) {
    let model = |last: &str| format!("/model/{CLAUDE}/{last}");
    let paths = [
        model("invoke"),
        model("invoke-with-response-stream"),
        model("converse"),
        model("converse-stream"),
        model("count-tokens"),
        "/model/amazon.nova-lite-v1:0/invoke".to_string(),
        "/model/amazon.titan-embed-text-v2:0/invoke".to_string(),
        "/model/cohere.embed-multilingual-v3/invoke".to_string(),
        "/anthropic/v1/messages".to_string(),
        "/openai/v1/chat/completions".to_string(),
        "/openai/v1/responses".to_string(),
        "/guardrail/abc123/version/1/apply".to_string(),
    ];
    for path in paths {
        let request = post(&path, data);
        let reply = new_mock().handle(&request, 0.0);
        answered(&path, &reply);
        assert_eq!(new_mock().handle(&request, 0.0), reply, "{path}: the same call has the same answer");
    }
    // The first line as a path: what is routed may be anything.
    let text = String::from_utf8_lossy(data);
    let (path, body) = text.split_once('\n').unwrap_or((&text, ""));
    answered(path, &new_mock().handle(&post(path, body.as_bytes()), 0.0));
}

/// What every reply of the mock is: a status, and a body of the form that its headers name.
fn answered(path: &str, reply: &Reply) {
    assert!((200..600).contains(&reply.status), "{path}: {}", reply.status);
    let bytes = reply.bytes();
    match reply.headers.get("content-type").unwrap_or_default() {
        "application/vnd.amazon.eventstream" => {
            assert!(decode_all(&bytes).is_ok(), "{path}: whole frames");
        }
        kind if kind.starts_with("text/event-stream") => {
            assert_eq!(data_events(&String::from_utf8_lossy(&bytes)).1, 0, "{path}: every event is JSON");
        }
        kind if kind.contains("json") && !bytes.is_empty() => {
            let read: Result<Value, _> = serde_json::from_slice(&bytes);
            assert!(read.is_ok(), "{path}: {}", String::from_utf8_lossy(&bytes));
        }
        _ => {}
    }
    if let Body::Stream(pieces, _) = &reply.body {
        assert!(pieces.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms), "{path}: time goes forward");
    }
}

/// What steers the mock: the first line is the path, the rest the body. Calls go on afterwards.
pub fn control(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (path, body) = text.split_once('\n').unwrap_or((&text, ""));
    let mut mock = new_mock();
    if let Some(reply) = mock::control(&mut mock, &post(path, body.as_bytes())) {
        answered(path, &reply);
    }
    let call = br#"{"messages": [{"role": "user", "content": [{"text": "hello"}]}]}"#;
    for (now, last) in [(0.0, "converse"), (1.0, "converse-stream"), (1.5, "converse")] {
        let reply = mock.handle(&post(&format!("/model/{CLAUDE}/{last}"), call), now);
        assert!(reply.status == 0 || (200..600).contains(&reply.status));
        assert!(reply.end_ms().is_finite() && reply.end_ms() >= 0.0);
    }
    for path in ["/_rehearsal/log?from=0&limit=5", "/_rehearsal/report", path] {
        let request = Request { method: "GET".into(), path: path.to_string(), ..Request::default() };
        if let Some(reply) = mock::control(&mut mock, &request) {
            answered(path, &reply);
        }
    }
}

/// A request that is held against what a model takes.
pub fn lint_request(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(data) else { return };
    for id in [CLAUDE, "anthropic.claude-opus-4-5-20251101-v1:0", "amazon.nova-lite-v1:0", "openai.gpt-oss-20b-1:0"] {
        let Some(model) = Catalog::full().get(id) else { continue };
        for stream in [false, true] {
            for finding in rehearsal::checks::lint(body.clone(), model, stream) {
                assert!((400..600).contains(&finding.status) && !finding.message.is_empty(), "{finding:?}");
            }
        }
    }
}
