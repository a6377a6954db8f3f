use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::words::{English, Message, Word};

use super::socket::MAX_MESSAGE;

/// The most messages that wait for their turn.
pub const MAX_HELD: usize = 65_536;
/// The most bytes of text that wait for their turn.
pub const MAX_HELD_BYTES: usize = 16 << 20;
/// The most messages whose numbers or sums are kept.
const MAX_COMPARED: usize = 1 << 20;
/// The most bytes of text that an answer has.
pub const MAX_ANSWER: usize = 64 << 20;

/// Puts an answer together from the messages of a WebSocket connection, or from its bytes cut anywhere;
/// the messages may come in any order, twice, or not at all.
///
/// Messages that come before their turn wait, up to [`MAX_HELD`] and [`MAX_HELD_BYTES`]; beyond that those
/// whose turn is last are dropped and counted, and are taken when they are sent again.
#[derive(Clone, Debug, Default)]
pub struct Assembler {
    buffer: Vec<u8>,
    /// The message whose frames are arriving.
    message: Vec<u8>,
    open: bool,
    /// Messages that came before their turn.
    early: BTreeMap<u64, Part>,
    early_bytes: usize,
    next: u64,
    /// One more than the highest number that was seen.
    seen: u64,
    doubled: u64,
    /// Those for which there was no room and which have not come again.
    dropped: BTreeSet<u64>,
    /// Dropped ones beyond those whose numbers are kept.
    dropped_more: u64,
    /// A sum of each message whose turn has been, by which a second one is compared.
    taken: Vec<u64>,
    text: String,
    end: Option<Result<String, String>>,
}

/// What one message brings.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Start,
    Delta(String),
    End(Result<String, String>),
}

impl Part {
    /// A sum of what it brings: two that differ have different ones, but for once in 2⁶⁴.
    fn sum(&self) -> u64 {
        let (kind, text) = match self {
            Part::Start => (0, ""),
            Part::Delta(text) => (1, text.as_str()),
            Part::End(Ok(reason)) => (2, reason.as_str()),
            Part::End(Err(error)) => (3, error.as_str()),
        };
        // FNV-1a.
        let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        text.bytes().fold(mix(0xcbf2_9ce4_8422_2325, kind), mix)
    }

    fn len(&self) -> usize {
        match self {
            Part::Start => 0,
            Part::Delta(text) | Part::End(Ok(text) | Err(text)) => text.len(),
        }
    }
}

/// How far an answer has come, and what stands in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The answer so far.
    pub text: &'a str,
    /// The reason it stopped, or the error it broke off with; `None` while it goes on.
    pub end: Option<&'a Result<String, String>>,
    /// The number of the message that is next.
    pub next: u64,
    /// Messages that came before their turn and wait for it.
    pub held: u64,
    /// Messages below the highest number seen that are not there: late, lost or dropped.
    pub missing: u64,
    /// Messages that came again, as they were.
    pub doubled: u64,
    /// Messages for which there was no room, and which have not been sent again.
    pub dropped: u64,
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
    /// An answer longer than [`MAX_ANSWER`].
    AnswerTooLong,
    /// A number that came a second time, with something else; the first counts.
    Differs(u64),
}

impl AssemblyError {
    /// The name of the problem, which does not change.
    pub fn code(&self) -> &'static str {
        match self {
            AssemblyError::Frame(_) => "socket_frame",
            AssemblyError::TooLong => "socket_message_long",
            AssemblyError::Message(_) => "socket_message",
            AssemblyError::AnswerTooLong => "socket_answer_long",
            AssemblyError::Differs(_) => "socket_message_differs",
        }
    }

    /// What is wrong and what to do, for a reader of any language.
    pub fn message(&self) -> Message {
        match self {
            AssemblyError::Frame(byte) => Message::new(Word::socket_frame).text("byte", format!("{byte:#04x}")),
            AssemblyError::TooLong => Message::new(Word::socket_message_long).text("most", MAX_MESSAGE.to_string()),
            AssemblyError::Message(error) => Message::new(Word::socket_message).text("error", error),
            AssemblyError::Differs(seq) => Message::new(Word::socket_message_differs).text("seq", seq.to_string()),
            AssemblyError::AnswerTooLong => Message::new(Word::socket_answer_long).text("most", MAX_ANSWER.to_string()),
        }
    }
}

impl fmt::Display for AssemblyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message().say(&English))
    }
}

impl std::error::Error for AssemblyError {}

impl Assembler {
    pub fn new() -> Self {
        Assembler::default()
    }

    /// Takes the next bytes of the connection, as a raw WebSocket has them.
    ///
    /// # Errors
    /// What could not have been sent by the other side.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Progress<'_>, AssemblyError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.extend_from_slice(bytes);
        let mut used = 0;
        let taken = self.frames(&buffer, &mut used);
        buffer.drain(..used);
        self.buffer = buffer;
        taken.map(|()| self.progress())
    }

    /// Takes a whole message, as a browser's WebSocket hands it over.
    ///
    /// # Errors
    /// What could not have been sent by the other side.
    pub fn message(&mut self, text: &str) -> Result<Progress<'_>, AssemblyError> {
        if text.len() > MAX_MESSAGE {
            return Err(AssemblyError::TooLong);
        }
        self.take(text.as_bytes())?;
        Ok(self.progress())
    }

    /// The connection is over: an answer without its end is `truncated`, whatever of it has come.
    pub fn close(&mut self) -> Progress<'_> {
        self.end.get_or_insert_with(|| Err("truncated".to_string()));
        self.progress()
    }

    /// The answer as far as it has come.
    pub fn progress(&self) -> Progress<'_> {
        let held = self.early.len() as u64;
        Progress {
            text: &self.text,
            end: self.end.as_ref(),
            next: self.next,
            held,
            missing: self.seen.saturating_sub(self.next) - held,
            doubled: self.doubled,
            dropped: self.dropped.len() as u64 + self.dropped_more,
        }
    }

    /// Takes the whole frames at the beginning of some bytes, and says how many bytes those are.
    fn frames(&mut self, bytes: &[u8], used: &mut usize) -> Result<(), AssemblyError> {
        while let Some((first, payload, length)) = frame(&bytes[*used..])? {
            let payload = &bytes[*used + payload.0..*used + payload.1];
            *used += length;
            match first & 0x0F {
                1 if !self.open => self.message.clear(),
                0 if self.open => {}
                // Ping, pong and close carry nothing of the answer.
                8..=10 => continue,
                _ => return Err(AssemblyError::Frame(first)),
            }
            if self.message.len() + payload.len() > MAX_MESSAGE {
                return Err(AssemblyError::TooLong);
            }
            self.message.extend_from_slice(payload);
            self.open = first & 0x80 == 0;
            if !self.open {
                let message = std::mem::take(&mut self.message);
                self.take(&message)?;
            }
        }
        Ok(())
    }

    /// Takes a whole message, and all whose turn it is then.
    fn take(&mut self, message: &[u8]) -> Result<(), AssemblyError> {
        let (seq, part) = read(message)?;
        let first = match self.early.get(&seq) {
            Some(early) => Some(early.sum()),
            None if seq < self.next => Some(self.taken.get(seq as usize).copied().unwrap_or_else(|| part.sum())),
            None => None,
        };
        if let Some(first) = first {
            if first != part.sum() {
                return Err(AssemblyError::Differs(seq));
            }
            self.doubled += 1;
            return Ok(());
        }
        self.dropped.remove(&seq);
        self.seen = self.seen.max(seq.saturating_add(1));
        self.early_bytes += part.len();
        self.early.insert(seq, part);
        while let Some(part) = self.early.remove(&self.next) {
            self.early_bytes -= part.len();
            self.next = self.next.saturating_add(1);
            if self.taken.len() < MAX_COMPARED {
                self.taken.push(part.sum());
            }
            self.append(part)?;
        }
        while self.early.len() > MAX_HELD || self.early_bytes > MAX_HELD_BYTES {
            // Those whose turn is last are needed last, and can be sent again until then.
            let Some((seq, part)) = self.early.pop_last() else { break };
            self.early_bytes -= part.len();
            if self.dropped.len() < MAX_COMPARED {
                self.dropped.insert(seq);
            } else {
                self.dropped_more += 1;
            }
        }
        Ok(())
    }

    fn append(&mut self, part: Part) -> Result<(), AssemblyError> {
        match part {
            Part::Start => {}
            Part::Delta(_) if self.end.is_some() => {
                return Err(AssemblyError::Message(format!("seq {} is text behind the end", self.next - 1)));
            }
            Part::Delta(text) if self.text.len() + text.len() > MAX_ANSWER => return Err(AssemblyError::AnswerTooLong),
            Part::Delta(text) => self.text.push_str(&text),
            Part::End(end) => self.end = Some(end),
        }
        Ok(())
    }
}

/// The number of a message, and what it brings.
fn read(message: &[u8]) -> Result<(u64, Part), AssemblyError> {
    let wrong = |what: &str| AssemblyError::Message(what.to_string());
    let body: Value = crate::document::bounded(message).map_err(|error| wrong(&error.to_string()))?;
    let seq = body["seq"].as_u64().ok_or_else(|| wrong("`seq` is no whole number"))?;
    let text = |name: &str| {
        let missing = || wrong(&format!("seq {seq} has no text `{name}`"));
        body[name].as_str().map(str::to_string).ok_or_else(missing)
    };
    let part = match body["type"].as_str() {
        Some("start") => Part::Start,
        Some("delta") => Part::Delta(text("text")?),
        Some("end") => Part::End(Ok(text("stop_reason")?)),
        Some("error") => Part::End(Err(text("error")?)),
        _ => return Err(wrong(&format!("the `type` of seq {seq} is unknown"))),
    };
    Ok((seq, part))
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
                let progress = assembler.progress();
                assert_eq!((progress.text, progress.end), (answer, Some(&Ok("end_turn".into()))));
                assert_eq!((progress.held, progress.missing, progress.doubled, progress.dropped), (0, 0, 0, 0));
            }
        }
    }

    /// What a client in Rust gets is what the delivery takes.
    #[test]
    fn the_items_of_a_clients_stream_are_delivered() {
        let client = crate::testing::Answers::new().to("q", "第1巻").client();
        let body = serde_json::json!({"messages": [{"role": "user", "content": [{"text": "q"}]}]});
        let mut call = std::pin::pin!(client.converse_stream(crate::catalog::HAIKU, body));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(Ok(items)) = call.as_mut().poll(&mut context) else { panic!("no answer") };
        let mut assembler = Assembler::new();
        for message in messages(&items) {
            assembler.message(&message.text).unwrap();
        }
        assert_eq!(assembler.progress().text, "第1巻");
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
        let progress = assembler.progress();
        assert_eq!((progress.text, progress.end), (huge.as_str(), Some(&Ok("end_turn".into()))));
    }

    /// A message of the team's, written by hand.
    fn delta(seq: u64, text: &str) -> String {
        serde_json::json!({"seq": seq, "type": "delta", "text": text}).to_string()
    }

    #[test]
    fn ten_thousand_messages_in_the_wrong_order_are_all_there() {
        let mut assembler = Assembler::new();
        // 7,919 is a prime, so that every number comes once; the first to come is not the first in turn.
        for index in 1..=10_000_u64 {
            let seq = index * 7_919 % 10_000;
            assembler.message(&delta(seq, &format!("{seq},"))).unwrap();
        }
        let expected: String = (0..10_000).map(|seq| format!("{seq},")).collect();
        let progress = assembler.progress();
        assert_eq!(progress.text, expected);
        assert_eq!((progress.next, progress.held, progress.missing, progress.dropped), (10_000, 0, 0, 0));
    }

    #[test]
    fn what_comes_twice_or_not_at_all_is_counted() {
        let mut assembler = Assembler::new();
        for seq in [0, 1, 1, 4, 4, 5, 0] {
            assembler.message(&delta(seq, &seq.to_string())).unwrap();
        }
        let progress = assembler.progress();
        // 2 and 3 never came; 4 and 5 wait for them.
        assert_eq!((progress.text, progress.next, progress.held, progress.missing), ("01", 2, 2, 2));
        assert_eq!((progress.doubled, progress.dropped, progress.end), (3, 0, None));
        assert_eq!(assembler.close().end, Some(&Err("truncated".to_string())));
    }

    #[test]
    fn what_has_no_room_is_counted_and_taken_when_it_is_sent_again() {
        let mut assembler = Assembler::new();
        let all = MAX_HELD as u64 + 10;
        for seq in 1..=all {
            assembler.message(&delta(seq, "x")).unwrap();
        }
        let progress = assembler.progress();
        assert_eq!((progress.held, progress.dropped, progress.missing), (MAX_HELD as u64, 10, 11));
        assembler.message(&delta(0, "x")).unwrap();
        assert_eq!(assembler.progress().next, MAX_HELD as u64 + 1);
        for seq in MAX_HELD as u64 + 1..=all {
            assembler.message(&delta(seq, "x")).unwrap();
        }
        let progress = assembler.progress();
        assert_eq!((progress.text.len() as u64, progress.missing, progress.dropped), (all + 1, 0, 0));
        // Long ones are held by their bytes.
        let mut assembler = Assembler::new();
        let long = "x".repeat(100_000);
        for seq in 1..=200 {
            assembler.message(&delta(seq, &long)).unwrap();
        }
        let held = MAX_HELD_BYTES as u64 / 100_000;
        assert_eq!((assembler.progress().held, assembler.progress().dropped), (held, 200 - held));
    }

    #[test]
    fn what_no_server_of_ours_sends_is_named() {
        let check = |messages: &[&str], code: &str, expected: &str| {
            let mut assembler = Assembler::new();
            let error = messages.iter().find_map(|message| assembler.message(message).err()).unwrap();
            assert_eq!(error.code(), code);
            assert!(error.to_string().contains(expected), "{error}");
        };
        check(&["{}"], "socket_message", "`seq` is no whole number");
        check(&[r#"{"seq": -1, "type": "start"}"#], "socket_message", "`seq` is no whole number");
        check(&[r#"{"seq": 0, "type": "delta"}"#], "socket_message", "seq 0 has no text `text`");
        check(&[r#"{"seq": 3, "type": "pong"}"#], "socket_message", "the `type` of seq 3 is unknown");
        check(
            &[r#"{"seq": 0, "type": "end", "stop_reason": "end_turn"}"#, r#"{"seq": 1, "type": "delta", "text": "x"}"#],
            "socket_message",
            "seq 1 is text behind the end",
        );
        check(&[&delta(0, &"x".repeat(MAX_MESSAGE))], "socket_message_long", "longer than 131072 bytes");
        // A number that comes twice says the same twice, before its turn and behind it.
        for seq in [0, 5] {
            check(
                &[&delta(seq, "a"), &delta(seq, "b")],
                "socket_message_differs",
                &format!("seq {seq} came a second time with another content"),
            );
        }
        // The highest number there is stops nothing.
        let mut assembler = Assembler::new();
        let progress = assembler.message(&delta(u64::MAX, "x")).unwrap();
        assert_eq!((progress.held, progress.missing), (1, u64::MAX - 1));
    }

    #[test]
    fn a_flood_of_small_frames_takes_no_longer_than_its_bytes() {
        // A ping of nothing, half a million times: cut off one by one at the front, this takes minutes.
        let pings = [0x89, 0].repeat(500_000);
        let mut assembler = Assembler::new();
        let begun = std::time::Instant::now();
        assembler.push(&pings).unwrap();
        assert!(begun.elapsed().as_secs() < 5);
    }

    /// What each error said before it had a translation.
    #[test]
    fn errors_are_said_in_english_as_before_and_in_japanese_too() {
        let japanese: BTreeMap<String, String> =
            serde_json::from_str(crate::words::JAPANESE).expect("a table of texts");
        let check = |error: AssemblyError, expected: &str| {
            assert_eq!((error.to_string().as_str(), error.message().word.key()), (expected, error.code()));
            assert!(!japanese[error.code()].is_ascii(), "{expected}");
        };
        check(
            AssemblyError::Frame(0x0a),
            "a WebSocket frame begins with 0x0a, which is not expected here; give the server's bytes from the first frame on",
        );
        check(
            AssemblyError::TooLong,
            "a message is longer than 131072 bytes, the most that API Gateway sends; split it before it is sent",
        );
        check(
            AssemblyError::Message("no JSON".to_string()),
            "a message is not of the expected form: no JSON; expected {\"seq\", \"type\": \"start\" | \"delta\" | \"end\" | \"error\"}",
        );
        check(
            AssemblyError::AnswerTooLong,
            &format!("the answer is longer than {MAX_ANSWER} bytes; begin a new assembler for the next one"),
        );
        check(
            AssemblyError::Differs(1_234),
            "seq 1234 came a second time with another content, and the first counts; give each answer an assembler of its own",
        );
    }

    #[test]
    fn an_exception_of_an_sdk_is_named_as_in_the_stream() {
        use crate::delivery::Delivery;
        let event = serde_json::json!({"throttlingException": {"message": "slow down"}});
        let mut by_event = Delivery::new();
        let mut by_class = Delivery::new();
        assert_eq!(by_event.event(&event), by_class.fail("ThrottlingException"));
        assert_eq!(by_event.event(&serde_json::json!({"delta": {"text": "late"}})), Vec::<String>::new());
        assert_eq!(by_event.finish(), Vec::<String>::new());
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn noise_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let mut assembler = Assembler::new();
            let _ = assembler.push(&bytes);
        }

        /// Messages by chance, from a hand-written oracle: what is there up to the first gap.
        #[test]
        fn any_order_gives_the_longest_beginning(order in proptest::collection::vec(0_u64..40, 0..120)) {
            let mut assembler = Assembler::new();
            for seq in &order {
                assembler.message(&delta(*seq, &format!("{seq};"))).unwrap();
            }
            let there: std::collections::BTreeSet<u64> = order.iter().copied().collect();
            let whole = (0..).take_while(|seq| there.contains(seq)).count() as u64;
            let progress = assembler.progress();
            proptest::prop_assert_eq!(progress.text, (0..whole).map(|seq| format!("{seq};")).collect::<String>());
            proptest::prop_assert_eq!(progress.held, there.len() as u64 - whole);
            proptest::prop_assert_eq!(progress.doubled, (order.len() - there.len()) as u64);
            let seen = there.last().map_or(0, |last| last + 1);
            proptest::prop_assert_eq!(progress.missing, seen - there.len() as u64);
        }
    }
}
