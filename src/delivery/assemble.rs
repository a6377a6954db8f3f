use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::socket::MAX_MESSAGE;

/// Puts an answer together from the bytes of a WebSocket connection, cut anywhere, its messages
/// in any order.
#[derive(Clone, Debug, Default)]
pub struct Assembler {
    buffer: Vec<u8>,
    /// The message whose frames are arriving.
    message: Vec<u8>,
    open: bool,
    /// Messages that came before their turn.
    early: BTreeMap<u64, Value>,
    next: u64,
    text: String,
    end: Option<Result<String, String>>,
}

/// How far an answer has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The answer so far.
    pub text: &'a str,
    /// The reason it stopped, or the error it broke off with; `None` while it goes on.
    pub end: Option<&'a Result<String, String>>,
}

/// What no server of ours would send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssemblyError {
    /// A frame of an unknown kind, or a continuation of nothing.
    Frame(u8),
    /// A message longer than the gateway sends.
    TooLong,
    /// A message that is no JSON of ours.
    Message(String),
}

impl fmt::Display for AssemblyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AssemblyError::Frame(byte) => {
                write!(f, "a WebSocket frame begins with {byte:#04x}, which is not expected here")
            }
            AssemblyError::TooLong => write!(f, "a message is longer than {MAX_MESSAGE} bytes"),
            AssemblyError::Message(error) => write!(f, "a message is not of the expected form: {error}"),
        }
    }
}

impl std::error::Error for AssemblyError {}

impl Assembler {
    pub fn new() -> Self {
        Assembler::default()
    }

    /// Takes the next bytes of the connection.
    ///
    /// # Errors
    /// What could not have been sent by the other side.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Progress<'_>, AssemblyError> {
        self.buffer.extend_from_slice(bytes);
        while let Some((first, payload, used)) = frame(&self.buffer)? {
            let opcode = first & 0x0F;
            match opcode {
                1 if !self.open => self.message.clear(),
                0 if self.open => {}
                // Ping, pong and close carry nothing of the answer.
                8..=10 => {
                    self.buffer.drain(..used);
                    continue;
                }
                _ => return Err(AssemblyError::Frame(first)),
            }
            self.message.extend_from_slice(&self.buffer[payload.0..payload.1]);
            self.buffer.drain(..used);
            if self.message.len() > MAX_MESSAGE {
                return Err(AssemblyError::TooLong);
            }
            self.open = first & 0x80 == 0;
            if !self.open {
                self.take()?;
            }
        }
        Ok(self.progress())
    }

    /// The answer as far as it has come.
    pub fn progress(&self) -> Progress<'_> {
        Progress { text: &self.text, end: self.end.as_ref() }
    }

    /// Takes a whole message in its turn.
    fn take(&mut self) -> Result<(), AssemblyError> {
        let wrong = |what: &str| AssemblyError::Message(what.to_string());
        let body: Value = serde_json::from_slice(&self.message).map_err(|error| wrong(&error.to_string()))?;
        let seq = body["seq"].as_u64().ok_or_else(|| wrong("seq is missing"))?;
        if seq >= self.next && self.early.len() < 10_000 {
            self.early.insert(seq, body);
        }
        while let Some(body) = self.early.remove(&self.next) {
            self.next += 1;
            match body["type"].as_str() {
                Some("start") => {}
                Some("delta") => self.text.push_str(body["text"].as_str().unwrap_or_default()),
                Some("end") => self.end = Some(Ok(body["stop_reason"].as_str().unwrap_or_default().to_string())),
                Some("error") => self.end = Some(Err(body["error"].as_str().unwrap_or_default().to_string())),
                _ => return Err(wrong("its type is unknown")),
            }
        }
        Ok(())
    }
}

/// The first byte of a whole frame at the beginning, where its payload is, and its length.
type FrameParts = (u8, (usize, usize), usize);

fn frame(bytes: &[u8]) -> Result<Option<FrameParts>, AssemblyError> {
    let (Some(first), Some(second)) = (bytes.first(), bytes.get(1)) else { return Ok(None) };
    if second & 0x80 != 0 {
        // Only clients mask.
        return Err(AssemblyError::Frame(*second));
    }
    let (length, start) = match second & 0x7F {
        126 => match bytes.get(2..4) {
            Some(length) => (length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 4),
            None => return Ok(None),
        },
        127 => match bytes.get(2..10) {
            Some(length) => (length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    if length > MAX_MESSAGE as u64 {
        return Err(AssemblyError::TooLong);
    }
    let end = start + length as usize;
    Ok((bytes.len() >= end).then_some((*first, (start, end), end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bedrock::event_stream::decode_all;
    use crate::bedrock::{Headers, Request};
    use crate::catalog::Catalog;
    use crate::delivery::{MAX_FRAME, close_markdown, frames, messages};
    use crate::fixture::Library;
    use crate::mock::{Config, Fallback, Mock};

    /// The bytes a browser gets for an answer, and the answer.
    fn delivered(operation: &str, faults: &str, answer: &str) -> (Vec<u8>, Vec<usize>) {
        let fixture = serde_json::json!({"version": 1, "fixture_id": "a", "prompt": "q", "answer": answer}).to_string();
        let config = Config { fallback: Fallback::Strict, ..Config::default() };
        let mut mock = Mock::new(Library::read([("a.json", fixture.as_str())]).unwrap(), Catalog::reference(), config);
        mock.set_faults(&serde_json::from_str(faults).unwrap()).unwrap();
        let body = if operation == "converse-stream" {
            r#"{"messages":[{"role":"user","content":[{"text":"q"}]}]}"#
        } else {
            r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":4096,"messages":[{"role":"user","content":"q"}]}"#
        };
        let reply = mock.handle(
            &Request {
                method: "POST".into(),
                path: format!("/model/anthropic.claude-3-haiku-20240307-v1:0/{operation}"),
                headers: Headers::default(),
                body: body.into(),
            },
            0.0,
        );
        let timed: Vec<_> = decode_all(&reply.bytes()).unwrap().into_iter().map(|frame| (0.0, frame)).collect();
        let mut sizes = Vec::new();
        let mut bytes = Vec::new();
        for message in messages(&timed) {
            sizes.push(message.text.len());
            bytes.extend(frames(&message.text).concat());
        }
        (bytes, sizes)
    }

    #[test]
    fn an_answer_arrives_whole_however_the_connection_cuts_it() {
        let answer = "**鬼滅の刃** 👨‍👩‍👧\n\n- 第1巻\n- 𠮷田";
        for operation in ["converse-stream", "invoke-with-response-stream"] {
            let (bytes, _) = delivered(operation, "[]", answer);
            for size in [1, 3, 1000] {
                let mut assembler = Assembler::new();
                for cut in bytes.chunks(size) {
                    let progress = assembler.push(cut).unwrap();
                    assert!(answer.starts_with(progress.text));
                    close_markdown(progress.text);
                }
                assert_eq!(assembler.progress(), Progress { text: answer, end: Some(&Ok("end_turn".into())) });
            }
        }
    }

    #[test]
    fn a_stream_that_breaks_off_is_never_taken_for_complete() {
        let (bytes, _) =
            delivered("converse-stream", r#"[{"kind": "early_end", "after_events": 3}]"#, "一二三四五六七八九十");
        let mut assembler = Assembler::new();
        assert_eq!(assembler.push(&bytes).unwrap().end, Some(&Err("truncated".into())));
        let (bytes, _) =
            delivered("converse-stream", r#"[{"kind": "exception_frame", "code": "ThrottlingException"}]"#, "一二三");
        assert_eq!(Assembler::new().push(&bytes).unwrap().end, Some(&Err("throttlingException".into())));
    }

    #[test]
    fn long_messages_are_fragmented_and_no_message_is_too_long() {
        let long = "長".repeat(60_000);
        let frames = frames(&long);
        assert_eq!(frames.len(), (long.len()).div_ceil(MAX_FRAME));
        assert!(frames.iter().all(|frame| frame.len() <= MAX_FRAME + 10));
        let frame = |kind: &str, payload: &str| {
            let header =
                |n: &str, v: &str| (n.to_string(), crate::bedrock::event_stream::HeaderValue::String(v.to_string()));
            (
                0.0,
                crate::bedrock::event_stream::Frame {
                    headers: vec![header(":event-type", kind)],
                    payload: payload.into(),
                },
            )
        };
        let huge = "\u{1}".repeat(300_000);
        let delta = serde_json::json!({"contentBlockIndex": 0, "delta": {"text": huge}}).to_string();
        let sent =
            messages(&[frame("contentBlockDelta", &delta), frame("messageStop", r#"{"stopReason":"end_turn"}"#)]);
        assert!(sent.iter().all(|message| message.text.len() <= MAX_MESSAGE));
        let mut assembler = Assembler::new();
        for message in sent.iter().rev() {
            // In the wrong order, too.
            for bytes in super::super::frames(&message.text) {
                assembler.push(&bytes).unwrap();
            }
        }
        assert_eq!(assembler.progress(), Progress { text: &huge, end: Some(&Ok("end_turn".into())) });
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn noise_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let mut assembler = Assembler::new();
            let _ = assembler.push(&bytes);
        }
    }
}
