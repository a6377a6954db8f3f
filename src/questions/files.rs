//! Requests that stand in a file by themselves: bodies of requests, one or many, and cassettes.

use serde_json::Value;
use serde_json::value::RawValue;

use super::Asked;
use crate::document;
use crate::import::from_any;
use crate::problem::clipped;
use crate::words::English;

/// The requests of a file.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Requests {
    /// Each with its place in the file.
    pub asked: Vec<(Asked, String)>,
    /// What was left out: where, and why.
    pub skipped: Vec<String>,
}

impl Requests {
    /// The most bytes of such a file.
    pub const MAX_BYTES: usize = 64 << 20;

    /// Whether a file that begins so holds requests or a cassette, and is no log of calls.
    pub fn begin(file: &str, first: &[u8]) -> bool {
        if is_cassette(file, first) {
            return true;
        }
        let first = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first);
        let mut values = serde_json::Deserializer::from_slice(first).into_iter::<Value>();
        match values.next() {
            Some(Ok(Value::Array(items))) => {
                !items.is_empty() && items.iter().all(|item| Asked::of_body(item.clone()).is_some())
            }
            Some(Ok(other)) => Asked::of_body(other).is_some(),
            _ => false,
        }
    }

    /// Reads the whole file; `model` is that of requests which name none.
    ///
    /// # Errors
    /// What is wrong with it, with its name.
    pub fn read(file: &str, bytes: &[u8], model: Option<&str>) -> Result<Self, String> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(format!("{file}: more than {} MiB of requests; split it", Self::MAX_BYTES >> 20));
        }
        let mut read = Requests::default();
        if is_cassette(file, bytes) {
            let (exchanges, skipped) = from_any(file, bytes).map_err(|error| format!("{file}: {error}"))?;
            read.skipped.extend(skipped.iter().map(|skip| format!("{file}: {}: {}", skip.line, skip.reason)));
            for exchange in exchanges {
                let place = format!("{file}:{}", exchange.line);
                match exchange.request {
                    Some(body) => {
                        let model = Some(exchange.model_id);
                        read.asked.push((Asked { operation: exchange.operation, model, body }, place));
                    }
                    None => read.skipped.push(format!("{place}: the recording keeps no request")),
                }
            }
            return Ok(read);
        }
        let text = document::text_of(bytes).map_err(|problem| format!("{file}: {}", problem.say(&English)))?;
        let wrong = |error: serde_json::Error| format!("{file}: {}", clipped(&error.to_string(), 200));
        let mut number = 0;
        for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
            let value = value.map_err(wrong)?;
            let items = if value.get().starts_with('[') { serde_json::from_str(value.get()) } else { Ok(vec![value]) };
            let items: Vec<&RawValue> = items.map_err(wrong)?;
            for item in items {
                number += 1;
                let (item, twice) = document::bounded_with_twice(item.get().as_bytes()).map_err(wrong)?;
                if let Some(key) = twice {
                    let key = clipped(&key, 80);
                    read.skipped.push(format!("{file}:{number}: the key “{key}” stands here a second time"));
                    continue;
                }
                match Asked::of_body(item) {
                    Some(mut asked) => {
                        asked.model = asked.model.or_else(|| model.map(str::to_string));
                        read.asked.push((asked, format!("{file}:{number}")));
                    }
                    None => read.skipped.push(format!("{file}:{number}: no request among requests")),
                }
            }
        }
        Ok(read)
    }
}

fn is_cassette(file: &str, first: &[u8]) -> bool {
    let interactions = |text: &[u8]| text.windows(14).any(|window| window == b"\"interactions\"");
    [".yaml", ".yml"].iter().any(|ending| file.ends_with(ending))
        || first.trim_ascii_start().starts_with(b"{") && interactions(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_requests_and_a_log_is_none() {
        let body = r#"{"modelId":"m","messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{}}"#;
        let log = r#"{"schemaType":"ModelInvocationLog","timestamp":"2026-11-01T09:00:00Z","modelId":"m","input":{}}"#;
        assert!(Requests::begin("a.json", body.as_bytes()));
        assert!(Requests::begin("a.json", format!("[{body},{body}]").as_bytes()));
        assert!(Requests::begin("a.yaml", b"interactions: []"));
        for other in [log, "[]", "", "timestamp,model\n", "{\"a\":1}"] {
            assert!(!Requests::begin("a.json", other.as_bytes()), "{other}");
        }
        let read = Requests::read("a.json", format!("[{body},5]\n{body}").as_bytes(), None).unwrap();
        let places: Vec<&str> = read.asked.iter().map(|(_, place)| place.as_str()).collect();
        assert_eq!(places, ["a.json:1", "a.json:3"]);
        assert_eq!(read.skipped, ["a.json:2: no request among requests"]);
        assert!(Requests::read("a.json", b"{", None).unwrap_err().starts_with("a.json: "));
        // Of a key that stands twice nobody knows which is meant; a byte-order mark is none of it.
        let twice = format!("\u{feff}[{}]", body.replace("\"messages\"", "\"messages\":[],\"messages\""));
        assert!(Requests::begin("a.json", twice.as_bytes()));
        let read = Requests::read("a.json", twice.as_bytes(), None).unwrap();
        assert_eq!(read.skipped, ["a.json:1: the key “messages” stands here a second time"]);
    }
}
