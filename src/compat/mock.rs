use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::{Value, json};

use crate::catalog::{HAIKU, SONNET};
use crate::hash::messages_hash;

use super::random::PythonRandom;
use super::tokens::{call_cost_usd, estimate_tokens_len4};
use crate::document::python::{self, round};

/// The original's mock client: echoes the prompt, counts four characters a token, and draws its
/// latencies from Python's generator, so that a seed gives the figures it gave there.
pub struct EchoClient {
    /// Responses by the hash of the conversation.
    pub fixtures: BTreeMap<String, String>,
    pub default_model: String,
    overrides: BTreeMap<String, String>,
    forced_errors: VecDeque<ForcedError>,
    random: PythonRandom,
    log: Vec<CallRecord>,
    total_cost_usd: f64,
}

/// An error that the client was told to raise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForcedError {
    pub code: String,
    pub message: String,
}

/// What the original's `invoke` returns.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct InvokeResult {
    pub text: String,
    pub usage: Usage,
    pub latency_ms: f64,
    pub cost_usd: f64,
    pub model_id: String,
    pub stop_reason: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
}

/// One entry of the original's call log. Its `timestamp` is the caller's clock, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallRecord {
    pub model_id: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub latency_ms: f64,
    pub cost_usd: f64,
    pub timestamp: f64,
}

/// Written as the message of the exception the original raises: `[code] message`.
impl std::fmt::Display for ForcedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}] {}", self.code, self.message)
    }
}

impl std::error::Error for ForcedError {}

impl Default for EchoClient {
    /// The original's defaults: Haiku, seed 42.
    fn default() -> Self {
        EchoClient::new(HAIKU, 42)
    }
}

impl EchoClient {
    pub fn new(default_model: &str, seed: u64) -> Self {
        EchoClient {
            fixtures: BTreeMap::new(),
            default_model: default_model.to_string(),
            overrides: BTreeMap::new(),
            forced_errors: VecDeque::new(),
            random: PythonRandom::new(seed),
            log: Vec::new(),
            total_cost_usd: 0.0,
        }
    }

    /// The next `count` invocations raise this error.
    pub fn force_error(&mut self, code: &str, message: &str, count: usize) {
        let error = ForcedError { code: code.to_string(), message: message.to_string() };
        self.forced_errors.extend(std::iter::repeat_n(error, count));
    }

    pub fn set_response_override(&mut self, prompt_hash: &str, response: &str) {
        self.overrides.insert(prompt_hash.to_string(), response.to_string());
    }

    /// An empty name is none to Python.
    fn model_or_default<'a>(&'a self, model_id: Option<&'a str>) -> &'a str {
        model_id.filter(|id| !id.is_empty()).unwrap_or(&self.default_model)
    }

    /// The original's `invoke`; `now` is the time the record is stamped with. A text instead of messages is its
    /// `prompt=`, and `null` neither: a prompt without a character.
    ///
    /// # Errors
    /// The errors it was told to raise.
    pub fn invoke(
        &mut self,
        model_id: Option<&str>,
        messages: &Value,
        system: Option<&str>,
        now: f64,
    ) -> Result<InvokeResult, ForcedError> {
        let model_id = self.model_or_default(model_id).to_string();
        if let Some(error) = self.forced_errors.pop_front() {
            return Err(error);
        }
        // Its error rate and its throttle rate are both zero by default, and both draw a number.
        self.random.random();
        self.random.random();
        let from_prompt = match messages {
            Value::String(prompt) => Some(json!([{"role": "user", "content": prompt}])),
            Value::Null => Some(json!([{"role": "user", "content": ""}])),
            _ => None,
        };
        let messages = from_prompt.as_ref().unwrap_or(messages);
        let text = self.response(&model_id, messages);
        let mut input_text = python::json_dumps(messages, false);
        input_text.push_str(system.unwrap_or_default());
        let input_tokens = estimate_tokens_len4(&input_text);
        let output_tokens = estimate_tokens_len4(&text);
        let (mean, jitter) = if model_id == SONNET { (1200.0, 300.0) } else { (350.0, 100.0) };
        let latency = (mean + self.random.gauss(0.0, jitter)).max(50.0);
        let cost = call_cost_usd(&model_id, input_tokens, output_tokens);
        self.total_cost_usd += cost;
        self.log.push(CallRecord {
            model_id: model_id.clone(),
            input_tokens,
            output_tokens,
            latency_ms: round(latency, 2),
            cost_usd: round(cost, 8),
            timestamp: now,
        });
        Ok(InvokeResult {
            text,
            usage: Usage { input_tokens, output_tokens },
            latency_ms: round(latency, 2),
            cost_usd: round(cost, 8),
            model_id,
            stop_reason: "end_turn",
        })
    }

    /// The original's stream: chunks of a tenth of the words, and the closing metrics.
    pub fn invoke_stream(&self, model_id: Option<&str>, messages: &Value) -> Vec<Value> {
        let text = self.response(self.model_or_default(model_id), messages);
        let mut events: Vec<_> = stream_word_chunks(&text)
            .into_iter()
            .map(|chunk| json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": chunk}}))
            .collect();
        events.push(json!({
            "type": "message_stop",
            "amazon-bedrock-invocationMetrics": {
                "inputTokenCount": estimate_tokens_len4(&python::json_dumps(messages, false)),
                "outputTokenCount": estimate_tokens_len4(&text),
            },
        }));
        events
    }

    fn response(&self, model_id: &str, messages: &Value) -> String {
        let hash = messages_hash(messages);
        if let Some(text) = self.overrides.get(&hash).or_else(|| self.fixtures.get(&hash)) {
            return text.clone();
        }
        let last = match messages.as_array().and_then(|all| all.last()).map(|message| &message["content"]) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(blocks)) => {
                let texts: Vec<_> = blocks
                    .iter()
                    .filter(|block| block.is_object())
                    .map(|block| block["text"].as_str().unwrap_or_default())
                    .collect();
                texts.join(" ")
            }
            _ => String::new(),
        };
        let family = model_id.rsplit('.').next().and_then(|name| name.split('-').next()).unwrap_or_default();
        let start: String = last.chars().take(100).collect();
        format!("[Mock {family}] Response to: {start}...")
    }

    pub fn call_log(&self) -> &[CallRecord] {
        &self.log
    }

    /// The original's usage report.
    pub fn usage_report(&self) -> Value {
        let mut usage = serde_json::Map::new();
        let mut calls = serde_json::Map::new();
        for record in &self.log {
            let tokens = usage.entry(record.model_id.clone()).or_insert_with(|| json!({"input": 0, "output": 0}));
            for (key, more) in [("input", record.input_tokens), ("output", record.output_tokens)] {
                tokens[key] = json!(tokens[key].as_u64().unwrap_or(0) + more);
            }
            let count = calls.get(&record.model_id).and_then(Value::as_u64).unwrap_or(0);
            calls.insert(record.model_id.clone(), json!(count + 1));
        }
        let latencies: f64 = self.log.iter().map(|record| record.latency_ms).sum();
        let average = if self.log.is_empty() { json!(0) } else { json!(round(latencies / self.log.len() as f64, 2)) };
        json!({
            "total_calls": self.log.len(),
            "total_cost_usd": round(self.total_cost_usd, 6),
            "token_usage": usage,
            "avg_latency_ms": average,
            "calls_by_model": calls,
        })
    }

    /// Forgets calls, costs, forced errors and overrides, but not the random state.
    pub fn reset(&mut self) {
        self.log.clear();
        self.total_cost_usd = 0.0;
        self.forced_errors.clear();
        self.overrides.clear();
    }
}

/// The chunks of the original's stream: at most about ten, split at white space and each followed
/// by one blank, so newlines are lost and Japanese is never split.
pub fn stream_word_chunks(text: &str) -> Vec<String> {
    let words: Vec<_> = python::split(text).collect();
    let size = (words.len() / 10).max(1);
    words.chunks(size).map(|chunk| chunk.join(" ") + " ").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `model_id = model_id or self.default_model`.
    #[test]
    fn an_empty_model_is_the_default_one() {
        let messages = json!([{"role": "user", "content": "hello"}]);
        let asked = |model| EchoClient::default().invoke(model, &messages, None, 0.0).unwrap();
        assert_eq!(asked(Some("")), asked(None));
        let client = EchoClient::default();
        assert_eq!(client.invoke_stream(Some(""), &messages), client.invoke_stream(None, &messages));
    }
}
