use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::bedrock::decode::{answer_in_body, chunk_events};
use crate::bedrock::event_stream::decode_all;
use crate::bedrock::{Answer, Block, Operation};
use crate::fixture::{Recording, VERSION, messages_hash, prompt_hash, recorded};

use crate::redact::Redactor;

/// Fixtures found in what a team has, each once.
#[derive(Debug)]
pub struct Importer {
    redactor: Redactor,
    seen: BTreeSet<String>,
}

/// One fixture document, and how often something was redacted in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub document: Value,
    pub redactions: usize,
}

/// Something that gave no fixture: where it stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub line: u64,
    pub reason: String,
}

/// One exchange with a service, however it was written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    pub id: String,
    pub operation: Operation,
    pub model_id: String,
    /// The request's body, where it was kept.
    pub request: Option<Value>,
    pub response: ExchangeResponse,
    pub metadata: Map<String, Value>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
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
        Importer { redactor, seen: BTreeSet::new() }
    }

    /// The fixture of an exchange; `None` for one that was seen before.
    pub fn fixture(&mut self, exchange: Exchange) -> Option<Imported> {
        if !self.seen.insert(exchange.id.clone()) {
            return None;
        }
        let id = format!("recorded_{}", safe_id(&exchange.id));
        let (prompt, hash) = exchange.request.as_ref().map(prompt_of).unwrap_or_default();
        let mut metadata = exchange.metadata;
        let prompt_redaction = prompt.as_deref().map(|prompt| self.redactor.text(prompt));
        let mut redactions = prompt_redaction.as_ref().map_or(0, |redaction| redaction.count);
        let prompt = prompt_redaction.map(|redaction| redaction.text);
        let mut document = match exchange.response {
            ExchangeResponse::Recording(recording) if self.is_clean(&recording) => {
                recorded(&id, &exchange.model_id, prompt.as_deref(), hash.as_deref(), &recording, Map::new())
            }
            ExchangeResponse::Recording(recording) => {
                // A secret may run over the borders of frames: what is said is kept, not its bytes.
                metadata.insert("rewritten".to_string(), json!("redacted, so not byte for byte"));
                let value = recording.answer().map_or_else(
                    || json!({"text": String::from_utf8_lossy(&recording.body)}),
                    |answer| answer_document(&answer),
                );
                authored(&id, &exchange.model_id, prompt.as_deref(), hash.as_deref(), value)
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
        redactions += metadata.values_mut().map(|value| self.redactor.value(value)).sum::<usize>();
        if redactions > 0 {
            metadata.insert("redacted".to_string(), json!(redactions));
        }
        document["metadata"] = Value::Object(metadata);
        Some(Imported { document, redactions })
    }

    /// Whether a recording has nothing to redact: not in its bytes, not in the payload of any frame
    /// or of the provider's event inside it, and not in what they add up to.
    fn is_clean(&self, recording: &Recording) -> bool {
        let frames = decode_all(&recording.body).unwrap_or_default();
        let inner = chunk_events(&frames).iter().map(|event| self.redactor.value(&mut event.clone())).sum::<usize>();
        let payloads = frames.iter().filter(|frame| frame.text(":event-type") != Some("chunk"));
        let outer: usize =
            payloads.map(|frame| self.redactor.text(&String::from_utf8_lossy(&frame.payload)).count).sum();
        let headers: usize = recording.headers.0.iter().map(|(_, value)| self.redactor.text(value).count).sum();
        let bytes = std::str::from_utf8(&recording.body).map_or(0, |text| self.redactor.text(text).count);
        let said: usize = recording
            .answer()
            .iter()
            .flat_map(|answer| &answer.content)
            .map(|block| self.redactor.text(&block_text(block)).count)
            .sum();
        bytes + said + inner + outer + headers == 0
    }
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Text(text) | Block::Thinking { text, .. } | Block::Cited { text, .. } => text.clone(),
        Block::RedactedThinking(_) => String::new(),
        Block::ToolUse { name, input, .. } => format!("{name} {input}"),
        Block::BrokenToolUse { name, json, .. } => format!("{name} {json}"),
    }
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
    json!({"answer": answer_value, "usage": {
        "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens, "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens, "cache_write_1h_tokens": usage.cache_write_1h_tokens,
    }})
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
    let Some(messages) = body["messages"].as_array() else { return (None, None) };
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
    use crate::bedrock::event_stream::{Frame, HeaderValue};
    use crate::bedrock::{Headers, Usage};
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
                operation: stream,
                model_id: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x".into(),
                request: Some(json!({"messages": [{"role": "user", "content": secret}]})),
                response,
                metadata: Map::from_iter([("request_metadata".into(), json!({"user": "taro@example.co.jp"}))]),
            };
            let imported = Importer::new(Redactor::new(&[]).unwrap()).fixture(exchange).unwrap();
            let file = imported.document.to_string();
            let recorded = imported.document["recording"]["body_b64"].as_str().unwrap_or_default();
            let bytes = BASE64.decode(recorded.as_bytes()).unwrap();
            let all = format!("{file} {}", String::from_utf8_lossy(&bytes));
            for part in ["AKIA", "taro", "taro@exam", "123456789012"] {
                assert!(!all.contains(part), "{part} in {all}");
            }
            assert!(imported.redactions > 0);
            assert!(crate::fixture::Fixture::read(imported.document).is_ok());
        }
    }
}
