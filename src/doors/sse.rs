//! Server-sent events: how a door's stream is framed, and the events in bytes that someone recorded.

use serde_json::Value;

/// The content type of a stream of events.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// Whether headers or the first bytes say that a body is a stream of events.
pub fn is_sse(content_type: Option<&str>, body: &[u8]) -> bool {
    content_type.is_some_and(|kind| kind.starts_with(CONTENT_TYPE))
        || body.starts_with(b"event:")
        || body.starts_with(b"data:")
}

/// The events in a stream's text, in their order: the JSON of each event's data lines. `[DONE]`,
/// comments and what is not JSON carry no event; the second value counts what was not JSON.
pub fn data_events(text: &str) -> (Vec<Value>, usize) {
    let mut events = Vec::new();
    let mut broken = 0;
    let mut data = String::new();
    let mut end = |data: &mut String| {
        let text = std::mem::take(data);
        match text.trim() {
            "" | "[DONE]" => {}
            text => match serde_json::from_str(text) {
                Ok(event) => events.push(event),
                Err(_) => broken += 1,
            },
        }
    };
    for line in text.lines() {
        match line.strip_prefix("data:") {
            Some(more) => {
                if !data.is_empty() {
                    data.push('\n');
                }
                data.push_str(more.strip_prefix(' ').unwrap_or(more));
            }
            None if line.trim().is_empty() => end(&mut data),
            None => {}
        }
    }
    end(&mut data);
    (events, broken)
}

/// Where each event of a stream's bytes ends: after its blank line.
pub(crate) fn split(body: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"\n\n") {
        let (event, tail) = rest.split_at(at + 2);
        parts.push(event);
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_orders_of_lines_and_a_missing_last_blank_line_are_read() {
        let check = |text: &str, expected: &[Value], broken| {
            assert_eq!(data_events(text), (expected.to_vec(), broken), "{text:?}");
        };
        check("event: a\ndata: {\"x\":1}\n\n", &[json!({"x": 1})], 0);
        check("data: {\"x\":1}\nevent: a\n\ndata: [DONE]\n\n", &[json!({"x": 1})], 0);
        check(": comment\n\ndata:{\"x\":\r\ndata: 2}\r\n\r\n", &[json!({"x": 2})], 0);
        check("data: {\"x\":1}", &[json!({"x": 1})], 0);
        check("data: {\"x\"\n\n", &[], 1);
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        for text in ["data: a\n\ndata: b\n\n", "data: a\n\nrest", "", "\n\n\n\n"] {
            assert_eq!(split(text.as_bytes()).concat(), text.as_bytes());
        }
    }
}
