use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::bedrock::{Answer, Block, Headers, Operation};
use crate::doors::decode::answer_in_body;
use crate::fixture::{Recording, VERSION, recorded};
use crate::hash::{messages_hash, prompt_hash};

use crate::redact::Redactor;

use super::any::from_any;
use super::error::Error;

/// Fixtures found in what a team has, each once.
#[derive(Debug)]
pub struct Importer {
    redactor: Redactor,
    /// What was seen under each id, in lower case: file systems do not tell more apart.
    seen: BTreeMap<String, BTreeSet<[u8; 32]>>,
    /// The last number that was given to exchanges of a name.
    numbers: BTreeMap<String, u64>,
}

/// One fixture document, and how often something was redacted in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Imported {
    pub document: Value,
    pub redactions: usize,
}

/// Something that gave no fixture: where it stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    pub line: u64,
    pub reason: String,
}

/// Why an exchange gives no fixture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untaken {
    /// The same one was read before; the id of its fixture.
    SeenBefore(String),
    /// Nobody can look into its body.
    NotKept(String),
}

impl std::fmt::Display for Untaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Untaken::SeenBefore(id) => write!(f, "the same exchange was read before, as {id}"),
            Untaken::NotKept(reason) => f.write_str(reason),
        }
    }
}

/// One exchange with a service, however it was written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    pub id: String,
    /// Where it stands in its file: a line, or its number.
    pub line: u64,
    pub operation: Operation,
    pub model_id: String,
    /// The hash of the request, path and body, where both were kept.
    pub request_hash: Option<String>,
    /// The request's body, where it was kept.
    pub request: Option<Value>,
    pub response: ExchangeResponse,
    /// Milliseconds to the end of the answer, where they were written down.
    pub latency_ms: Option<f64>,
    pub metadata: Map<String, Value>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExchangeResponse {
    Recording(Recording),
    /// An answer whose bytes were not kept.
    Answer(Answer),
    Error {
        code: String,
        message: Option<String>,
    },
}

impl Importer {
    pub fn new(redactor: Redactor) -> Self {
        Importer { redactor, seen: BTreeMap::new(), numbers: BTreeMap::new() }
    }

    /// The fixtures of a file, whatever form it has, and what in it gave none, each with its reason.
    ///
    /// # Errors
    /// Why nothing in the file can be read.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> Result<(Vec<Imported>, Vec<Skipped>), Error> {
        let (exchanges, mut skipped) = from_any(name, bytes)?;
        let mut imported = Vec::new();
        for exchange in exchanges {
            let line = exchange.line;
            match self.fixture(exchange) {
                Ok(fixture) => imported.push(fixture),
                Err(untaken) => skipped.push(Skipped { line, reason: untaken.to_string() }),
            }
        }
        Ok((imported, skipped))
    }

    /// The fixture of an exchange.
    ///
    /// # Errors
    /// Why there is none: the same was seen before, or nobody can look into its body.
    pub fn fixture(&mut self, exchange: Exchange) -> Result<Imported, Untaken> {
        let named = self.redactor.text(&exchange.id);
        let id = self.free_id(&exchange, &named.text)?;
        let (prompt, hash) = exchange.request.as_ref().map(prompt_of).unwrap_or_default();
        let mut metadata = exchange.metadata;
        let prompt_redaction = prompt.as_deref().map(|prompt| self.redactor.text(prompt));
        let mut redactions = named.count + prompt_redaction.as_ref().map_or(0, |redaction| redaction.count);
        let prompt = prompt_redaction.map(|redaction| redaction.text);
        let mut document = match exchange.response {
            ExchangeResponse::Recording(recording) => {
                let (recording, count, left_out) = self.recording(recording).map_err(Untaken::NotKept)?;
                redactions += count;
                if count > 0 {
                    let said = format!("{count} of its texts redacted; every other byte is as it was recorded");
                    metadata.insert("rewritten".to_string(), json!(said));
                }
                if let Some(said) = left_out {
                    metadata.insert("left_out".to_string(), json!(said));
                }
                recorded(&id, &exchange.model_id, prompt.as_deref(), hash.as_deref(), &recording, Map::new())
            }
            ExchangeResponse::Answer(answer) => {
                authored(&id, &exchange.model_id, prompt.as_deref(), hash.as_deref(), answer_document(&answer))
            }
            ExchangeResponse::Error { code, message } => {
                let mut document = authored(&id, &exchange.model_id, prompt.as_deref(), hash.as_deref(), Value::Null);
                if let Some(fields) = document.as_object_mut() {
                    fields.remove("answer");
                }
                document["kind"] = json!("error");
                document["error"] = json!({"code": code});
                if let Some(message) = message {
                    document["error"]["message"] = json!(message);
                }
                document
            }
        };
        for part in ["answer", "error", "model_id"] {
            redactions += document.get_mut(part).map_or(0, |value| self.redactor.value(value));
        }
        // Labels of the caller may name people, too.
        let mut labels = Value::Object(metadata);
        redactions += self.redactor.value(&mut labels);
        if redactions > 0 {
            labels["redacted"] = json!(redactions);
        }
        if let (Some(hash), true) = (&exchange.request_hash, document["recording"].is_object()) {
            document["request_hash"] = json!(hash);
        }
        // Longer than a day is no latency.
        if let Some(ms) = exchange.latency_ms.filter(|ms| (0.0..=86_400_000.0).contains(ms)) {
            document["latency_ms"] = json!(ms);
        }
        document["metadata"] = labels;
        Ok(Imported { document, redactions })
    }

    /// The id of an exchange's fixture, which is also the name of its file: numbered, where another
    /// one has it.
    fn free_id(&mut self, exchange: &Exchange, name: &str) -> Result<String, Untaken> {
        /// Longer names than file systems take are cut.
        const MOST: usize = 120;
        let plain: String = safe_id(name).chars().take(MOST).collect();
        let base = format!("recorded_{plain}");
        let print = fingerprint(exchange);
        if self.seen.get(&base.to_lowercase()).is_some_and(|seen| seen.contains(&print)) {
            return Err(Untaken::SeenBefore(base));
        }
        let mut id = base.clone();
        let number = self.numbers.entry(base.to_lowercase()).or_insert(1);
        while self.seen.contains_key(&id.to_lowercase()) {
            *number += 1;
            id = format!("{base}_{number}");
        }
        self.seen.entry(id.to_lowercase()).or_default();
        self.seen.entry(base.to_lowercase()).or_default().insert(print);
        Ok(id)
    }

    /// A recording without what must not be kept, how often something was removed, and what could not
    /// be kept.
    fn recording(&self, mut recording: Recording) -> Result<(Recording, usize, Option<String>), String> {
        let kind = recording.headers.get("content-type").unwrap_or_default();
        let body = self.redactor.body(kind, &recording.body).map_err(|error| error.0)?;
        let wrong = recording.drop_wrong_headers();
        let wrong = (!wrong.is_empty()).then(|| format!("headers that HTTP cannot carry: {}", wrong.join(", ")));
        let left_out: Vec<String> = body.left_out.into_iter().chain(wrong).collect();
        let mut count = body.count;
        let headers = recording.headers.0.into_iter().map(|(name, value)| {
            let redaction = self.redactor.text(&value);
            count += redaction.count;
            (name, redaction.text)
        });
        let headers = Headers(headers.collect());
        Ok((
            Recording { body: body.bytes, headers, ..recording },
            count,
            (!left_out.is_empty()).then(|| left_out.join("; ")),
        ))
    }
}

/// What tells one exchange from another.
fn fingerprint(exchange: &Exchange) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(exchange.id.as_bytes());
    add(exchange.operation.name().as_bytes());
    add(exchange.model_id.as_bytes());
    add(exchange.request.as_ref().map(Value::to_string).unwrap_or_default().as_bytes());
    match &exchange.response {
        ExchangeResponse::Recording(recording) => add(&recording.body),
        other => add(format!("{other:?}").as_bytes()),
    }
    hash.finalize().into()
}

/// An answer and its usage as a fixture has them.
pub(super) fn answer_document(answer: &Answer) -> Value {
    let blocks = answer.content.iter().map(|block| match block {
        Block::Text(text) => json!({"type": "text", "text": text}),
        Block::Cited { text, citations } => {
            let citations: Vec<Value> = citations.iter().map(crate::bedrock::Citation::anthropic).collect();
            json!({"type": "text", "text": text, "citations": citations})
        }
        // What broke off is no JSON: it is kept as the text that came.
        Block::BrokenToolUse { name, json, .. } => json!({"type": "text", "text": format!("{name} {json}")}),
        Block::Thinking { text, signature } => json!({"type": "thinking", "thinking": text, "signature": signature}),
        Block::RedactedThinking(data) => json!({"type": "redacted_thinking", "data": data}),
        Block::ToolUse { id, name, input } => json!({"type": "tool_use", "id": id, "name": name, "input": input}),
    });
    let usage = &answer.usage;
    let mut answer_value = json!({"content": blocks.collect::<Vec<_>>(), "stop_reason": answer.stop_reason.name()});
    if let Some(sequence) = &answer.stop_sequence {
        answer_value["stop_sequence"] = json!(sequence);
    }
    let mut counts = json!({
        "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens, "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens, "cache_write_1h_tokens": usage.cache_write_1h_tokens,
    });
    if usage.reasoning_tokens > 0 {
        counts["reasoning_tokens"] = json!(usage.reasoning_tokens);
    }
    json!({"answer": answer_value, "usage": counts})
}

fn authored(id: &str, model_id: &str, prompt: Option<&str>, hash: Option<&str>, answer: Value) -> Value {
    let mut document = json!({"version": VERSION, "fixture_id": id, "kind": "recorded", "model_id": model_id});
    if let Some(prompt) = prompt {
        document["prompt"] = json!(prompt);
    }
    if let Some(hash) = hash {
        document["prompt_hash"] = json!(hash);
    }
    match answer {
        Value::Object(mut parts) if parts.contains_key("answer") => {
            document["answer"] = parts.remove("answer").unwrap_or_default();
            document["usage"] = parts.remove("usage").unwrap_or_default();
        }
        Value::Object(mut parts) => document["answer"] = parts.remove("text").unwrap_or_default(),
        _ => {}
    }
    document
}

/// The prompt of a request body, where it is a single text, and the hash it is found by.
pub(super) fn prompt_of(body: &Value) -> (Option<String>, Option<String>) {
    if let Some(text) = ["inputText", "prompt", "message"].iter().find_map(|name| body[*name].as_str()) {
        return (Some(text.to_string()), Some(prompt_hash(text)));
    }
    // Responses has a text, or a list of items that are messages among others.
    if let Some(text) = body["input"].as_str() {
        return (Some(text.to_string()), Some(prompt_hash(text)));
    }
    let Some(messages) = body["messages"].as_array().or(body["input"].as_array()) else { return (None, None) };
    if let [message] = messages.as_slice() {
        let text = match &message["content"] {
            Value::String(text) => Some(text.clone()),
            Value::Array(blocks) => blocks.iter().map(|block| block["text"].as_str()).collect::<Option<String>>(),
            _ => None,
        };
        if let Some(text) = text.filter(|_| message["role"] == "user") {
            let hash = prompt_hash(&text);
            return (Some(text), Some(hash));
        }
    }
    if body["messages"].is_null() {
        return (None, None);
    }
    (None, Some(messages_hash(&crate::bedrock::plain_messages(&body["messages"]))))
}

/// An id fit for a file name.
fn safe_id(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

/// The answer in a whole body that was kept as JSON.
pub(super) fn answer_or_body(body: &Value) -> Option<Answer> {
    answer_in_body(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bedrock::Usage;
    use crate::bedrock::event_stream::{Frame, HeaderValue, decode_all};
    use crate::doors::decode::chunk_events;
    use data_encoding::BASE64;

    fn recording(operation: Operation, body: Vec<u8>) -> ExchangeResponse {
        let headers = Headers::default();
        let (at_ms, synthesised) = (Vec::new(), false);
        ExchangeResponse::Recording(Recording { operation, status: 200, headers, body, at_ms, synthesised })
    }

    fn chunk(event: &Value) -> Vec<u8> {
        let header = |name: &str, value: &str| (name.to_string(), HeaderValue::String(value.to_string()));
        let payload = json!({"bytes": BASE64.encode(event.to_string().as_bytes())}).to_string().into_bytes();
        Frame { headers: vec![header(":event-type", "chunk"), header(":message-type", "event")], payload }
            .encode()
            .unwrap()
    }

    /// Wherever a secret stands, no file has it.
    #[test]
    fn no_secret_reaches_a_file() {
        let stream = Operation::InvokeModelWithResponseStream;
        let secret = "key AKIAIOSFODNN7EXAMPLE, mail taro@example.co.jp, account 123456789012";
        let titan = json!({"outputText": secret, "index": 0});
        let claude = [
            json!({"type": "message_start", "message": {"usage": {}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "mail taro@exam"}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ple.co.jp"}}),
        ];
        let answer = Answer::text(secret, Usage::default());
        for response in [
            recording(Operation::InvokeModel, json!({"outputText": secret}).to_string().into_bytes()),
            recording(
                Operation::InvokeModel,
                json!({"content": [{"type": "text", "text": secret}], "role": "assistant"}).to_string().into(),
            ),
            recording(stream, chunk(&titan)),
            recording(stream, claude.iter().flat_map(chunk).collect()),
            ExchangeResponse::Answer(answer),
            ExchangeResponse::Error { code: "AccessDeniedException".into(), message: Some(format!("User: {secret}")) },
        ] {
            let exchange = Exchange {
                id: "a".into(),
                line: 1,
                operation: stream,
                model_id: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x".into(),
                request_hash: None,
                request: Some(json!({"messages": [{"role": "user", "content": secret}]})),
                response,
                latency_ms: None,
                metadata: Map::from_iter([("request_metadata".into(), json!({"user": "taro@example.co.jp"}))]),
            };
            let imported = Importer::new(Redactor::new(&[]).unwrap()).fixture(exchange).unwrap();
            let file = imported.document.to_string();
            let recorded = imported.document["recording"]["body_b64"].as_str().unwrap_or_default();
            let bytes = BASE64.decode(recorded.as_bytes()).unwrap();
            let said: String = chunk_events(&decode_all(&bytes).unwrap()).iter().map(Value::to_string).collect();
            let all = format!("{file} {} {said}", String::from_utf8_lossy(&bytes));
            for part in ["AKIA", "taro", "taro@exam", "123456789012"] {
                assert!(!all.contains(part), "{part} in {all}");
            }
            assert!(imported.redactions > 0);
            assert!(crate::fixture::Fixture::read(imported.document).is_ok());
        }
    }

    fn exchange(id: &str, body: &str) -> Exchange {
        Exchange {
            id: id.into(),
            line: 1,
            operation: Operation::InvokeModel,
            model_id: "m".into(),
            request_hash: None,
            request: None,
            response: recording(Operation::InvokeModel, body.as_bytes().to_vec()),
            latency_ms: None,
            metadata: Map::new(),
        }
    }

    /// A header that no one could send again would make a fixture that no one can read: it is left out and named.
    #[test]
    fn headers_that_http_cannot_carry_are_left_out_and_named() {
        for value in ["applicat\u{7f}on/json", "a\r\nb: c", "日本"] {
            let mut exchange = exchange("a", "{}");
            let ExchangeResponse::Recording(recording) = &mut exchange.response else { panic!("a recording") };
            recording.headers = Headers::from([("content-type", value), ("x-amzn-requestid", "one")]);
            let document = Importer::new(Redactor::default()).fixture(exchange).unwrap().document;
            assert_eq!(document["recording"]["headers"], json!({"x-amzn-requestid": "one"}));
            assert_eq!(document["metadata"]["left_out"], "headers that HTTP cannot carry: content-type");
            assert!(crate::fixture::Fixture::read(document).is_ok(), "{value}");
        }
    }

    /// Two that differ are two fixtures, two that are the same are one, and nothing goes without a word.
    #[test]
    fn no_exchange_takes_the_place_of_another() {
        let mut importer = Importer::new(Redactor::default());
        let mut id = |id: &str, body: &str| {
            importer
                .fixture(exchange(id, body))
                .map_err(|untaken| untaken.to_string())
                .map(|imported| imported.document["fixture_id"].as_str().unwrap().to_string())
        };
        assert_eq!(id("a/b", "1").as_deref(), Ok("recorded_a_b"));
        assert_eq!(id("a_b", "2").as_deref(), Ok("recorded_a_b_2"));
        assert_eq!(id("A_B", "3").as_deref(), Ok("recorded_A_B_3"));
        assert_eq!(id("a/b", "1"), Err("the same exchange was read before, as recorded_a_b".to_string()));
        assert_eq!(id("a_b_2", "4").as_deref(), Ok("recorded_a_b_2_2"));
        assert_eq!(id("taro@example.co.jp", "5").as_deref(), Ok("recorded__EMAIL_"));
        assert!(id(&"x".repeat(1000), "6").unwrap().len() < 150);
    }

    #[test]
    fn a_recording_keeps_every_byte_but_the_secret() {
        let body = r#"{"embedding": [0.0123456789012, -0.10], "arn":"arn:aws:bedrock:us-east-1:123456789012:x"}"#;
        let mut importer = Importer::new(Redactor::default());
        let imported = importer.fixture(exchange("e", body)).unwrap();
        assert_eq!(imported.redactions, 1);
        assert_eq!(imported.document["recording"]["body"], body.replace(":123456789012:", ":{AWS_ACCOUNT_ID}:"));
        assert_eq!(imported.document["metadata"]["redacted"], 1);
        let clean = r#"{"embedding":[0.0123456789,0.9012345678]}"#;
        let imported = importer.fixture(exchange("f", clean)).unwrap();
        assert_eq!((imported.redactions, &imported.document["recording"]["body"]), (0, &json!(clean)));
        let mut packed = exchange("g", "");
        packed.response = recording(Operation::InvokeModel, vec![0x28, 0xB5, 0x2F, 0xFD, 0xFF]);
        assert!(importer.fixture(packed).unwrap_err().to_string().contains("not kept"));
    }
}
