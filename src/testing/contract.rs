use serde_json::Value;

use crate::bedrock::decode::chunk_events;
use crate::bedrock::event_stream::{Frame, decode_all};
use crate::bedrock::{Operation, StopReason};

/// Everything in a response that breaks the service's contract: required members, their types,
/// the order of events. Empty when it keeps it.
pub fn contract_violations(operation: Operation, status: u16, body: &[u8]) -> Vec<String> {
    let mut check = Check { found: Vec::new() };
    if status != 200 {
        match serde_json::from_slice::<Value>(body) {
            Ok(body) => check.text(&body, "message"),
            Err(error) => check.add(format!("an error's body should be JSON: {error}")),
        }
        return check.found;
    }
    if operation.is_stream() {
        match decode_all(body) {
            Ok(frames) => check.stream(operation, &frames),
            Err(error) => check.add(error.to_string()),
        }
        return check.found;
    }
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(error) => {
            check.add(format!("the body should be JSON: {error}"));
            return check.found;
        }
    };
    match operation {
        Operation::CountTokens => check.count(&body, "inputTokens"),
        Operation::Converse => check.converse(&body),
        _ if body["content"].is_array() => check.claude(&body),
        // Other providers' bodies are their own.
        _ => {}
    }
    check.found
}

struct Check {
    found: Vec<String>,
}

impl Check {
    fn add(&mut self, what: String) {
        self.found.push(what);
    }

    fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
        path.split('.').fold(value, |value, name| &value[name])
    }

    fn text(&mut self, value: &Value, path: &str) {
        if !Self::at(value, path).is_string() {
            self.add(format!("{path} should be text"));
        }
    }

    fn count(&mut self, value: &Value, path: &str) {
        if Self::at(value, path).as_u64().is_none() {
            self.add(format!("{path} should be a whole number of at least 0"));
        }
    }

    fn stop_reason(&mut self, value: &Value, path: &str) {
        let known = Self::at(value, path).as_str().is_some_and(|reason| StopReason::from_name(reason).is_some());
        if !known {
            self.add(format!("{path} should be a known stop reason, not {}", Self::at(value, path)));
        }
    }

    fn converse(&mut self, body: &Value) {
        for path in ["usage.inputTokens", "usage.outputTokens", "usage.totalTokens", "metrics.latencyMs"] {
            self.count(body, path);
        }
        self.stop_reason(body, "stopReason");
        if body["output"]["message"]["role"] != "assistant" {
            self.add("output.message.role should be assistant".to_string());
        }
        match body["output"]["message"]["content"].as_array() {
            None => self.add("output.message.content should be a list".to_string()),
            Some(blocks) => {
                for (index, block) in blocks.iter().enumerate() {
                    if block.as_object().is_none_or(|object| object.len() != 1) {
                        self.add(format!("output.message.content[{index}] should have exactly one member"));
                    }
                }
            }
        }
        let usage = &body["usage"];
        let sum: u64 = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"]
            .iter()
            .filter_map(|name| usage[*name].as_u64())
            .sum();
        if usage["totalTokens"].as_u64().is_some_and(|total| total != sum) {
            self.add(format!("usage.totalTokens should be the sum of its parts, {sum}"));
        }
    }

    fn claude(&mut self, body: &Value) {
        for path in ["id", "model"] {
            self.text(body, path);
        }
        for path in ["usage.input_tokens", "usage.output_tokens"] {
            self.count(body, path);
        }
        self.stop_reason(body, "stop_reason");
        for (path, expected) in [("type", "message"), ("role", "assistant")] {
            if body[path] != expected {
                self.add(format!("{path} should be {expected}"));
            }
        }
    }

    fn stream(&mut self, operation: Operation, frames: &[Frame]) {
        for (index, frame) in frames.iter().enumerate() {
            if frame.text(":message-type").is_none() {
                self.add(format!("frame {index} has no :message-type"));
            }
        }
        let names: Vec<String> = if operation == Operation::ConverseStream {
            frames.iter().filter_map(|frame| frame.text(":event-type").map(str::to_string)).collect()
        } else {
            let name = |event: &Value| {
                event["type"]
                    .as_str()
                    .map_or_else(|| event.as_object()?.keys().next().cloned(), |kind| Some(kind.to_string()))
            };
            chunk_events(frames).iter().filter_map(name).collect()
        };
        let claude = names.first().is_some_and(|name| name == "message_start");
        let (first, stop, last) = if claude {
            ("message_start", "message_delta", "message_stop")
        } else {
            ("messageStart", "messageStop", "metadata")
        };
        let place = |name: &str| names.iter().position(|other| other == name);
        if place(first) != Some(0) {
            self.add(format!("a stream should begin with {first}"));
        }
        match (place(stop), place(last)) {
            (Some(stop_at), Some(last_at)) if stop_at < last_at && last_at + 1 == names.len() => {}
            _ => self.add(format!("a stream should end with {stop} and {last}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::mock::{Config, Fallback, Mock};

    #[test]
    fn the_mock_keeps_the_contract_in_every_operation() {
        let config = Config { fallback: Fallback::Echo, ..Config::default() };
        let mut mock = Mock::new(crate::fixture::Library::default(), Catalog::full().clone(), config);
        let converse = r#"{"messages":[{"role":"user","content":[{"text":"鬼滅の刃"}]}]}"#;
        let claude = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":99,"messages":[{"role":"user","content":"鬼滅の刃"}]}"#;
        let count = r#"{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"鬼滅の刃"}]}]}}}"#;
        for (operation, body) in [
            (Operation::Converse, converse),
            (Operation::ConverseStream, converse),
            (Operation::InvokeModel, claude),
            (Operation::InvokeModelWithResponseStream, claude),
            (Operation::CountTokens, count),
        ] {
            let reply = mock.handle(
                &crate::bedrock::Request {
                    method: "POST".into(),
                    path: format!("/model/{}/{}", crate::scenario::HAIKU, operation.segment()),
                    headers: crate::bedrock::Headers::default(),
                    body: body.into(),
                },
                0.0,
            );
            assert_eq!(reply.status, 200);
            assert_eq!(
                contract_violations(operation, 200, &reply.bytes()),
                Vec::<String>::new(),
                "{}",
                operation.name()
            );
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let found = contract_violations(
            Operation::Converse,
            200,
            br#"{"stopReason":"tired","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":9}}"#,
        );
        assert_eq!(
            found,
            [
                "metrics.latencyMs should be a whole number of at least 0",
                "stopReason should be a known stop reason, not \"tired\"",
                "output.message.role should be assistant",
                "output.message.content should be a list",
                "usage.totalTokens should be the sum of its parts, 3",
            ]
        );
    }
}
