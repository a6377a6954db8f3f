//! A request of a log or a file, ready to be asked of any model.

use std::cell::OnceCell;

use serde_json::{Value, json};

use crate::bedrock::{Headers, Operation, Request};
use crate::doors::path_for;
use crate::import::LoggedRequest;
use crate::problem::clipped;
use crate::words::Word;

/// A request: what it is for, of which model, and its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub operation: Operation,
    /// The model it was sent to, where it says so.
    pub model: Option<String>,
    pub body: Value,
}

impl Asked {
    /// The request of a logged call.
    ///
    /// # Errors
    /// Why there is none that can be looked at.
    pub fn logged(request: &LoggedRequest, model: &str) -> Result<Self, Word> {
        let body = request.body.as_deref().ok_or(Word::unseen_s3)?;
        let body: Value = serde_json::from_str(body).map_err(|_| Word::unseen_json)?;
        if !body.is_object() {
            return Err(Word::unseen_json);
        }
        let operation = match request.operation {
            Some(operation) => operation,
            None => operation_of(&body).ok_or(Word::unseen_operation)?,
        };
        Ok(Asked { operation, model: Some(model.to_string()), body })
    }

    /// The request in a document: a body of Converse (`modelId` beside it as boto3 takes it), of InvokeModel, or of
    /// one of the newer doors; its fields tell which. `None` where it is none.
    pub fn of_body(mut body: Value) -> Option<Self> {
        let operation = operation_of(&body)?;
        let fields = body.as_object_mut()?;
        let model = match fields.remove("modelId") {
            Some(model) => model.as_str().map(str::to_string),
            None => fields.get("model").and_then(Value::as_str).map(str::to_string),
        };
        // What is no id is named in part wherever it is told.
        let model = model.map(|id| clipped(&id, 190).into_owned());
        Some(Asked { operation, model, body })
    }

    /// The same request to another model, as it would be sent.
    pub fn to(&self, model: &str) -> Request {
        self.ready().to(model)
    }

    /// Made ready to be sent to many models.
    pub(super) fn ready(&self) -> Ready<'_> {
        Ready { asked: self, text: OnceCell::new() }
    }
}

/// A request whose body is written once for all models that it is sent to.
#[derive(Debug)]
pub(super) struct Ready<'a> {
    pub asked: &'a Asked,
    text: OnceCell<String>,
}

impl Ready<'_> {
    pub fn to(&self, model: &str) -> Request {
        let Asked { operation, body, .. } = self.asked;
        let door = match operation {
            Operation::Messages | Operation::MessagesStream => Some("messages"),
            Operation::ChatCompletions | Operation::ChatCompletionsStream => Some("chat"),
            Operation::Responses | Operation::ResponsesStream => Some("responses"),
            _ => None,
        };
        let (path, body) = match door.and_then(|door| path_for(door, model)) {
            Some(path) => {
                let mut body = body.clone();
                body["model"] = json!(model);
                (path, body.to_string())
            }
            None => {
                let segment = operation.segment();
                let text = self.text.get_or_init(|| body.to_string());
                (format!("/model/{}/{segment}", escaped(model)), text.clone())
            }
        };
        Request {
            method: "POST".to_string(),
            path,
            headers: Headers::from([("content-type", "application/json")]),
            body: body.into_bytes(),
        }
    }
}

/// What a body is for, by its fields.
fn operation_of(body: &Value) -> Option<Operation> {
    let has = |name: &str| body.get(name).is_some();
    let streams = body["stream"] == true;
    let either = |whole, stream| Some(if streams { stream } else { whole });
    // A record of a log or an answer has these too, and is no request.
    if has("schemaType") || has("usage") || has("output") || has("requestId") || has("interactions") {
        return None;
    }
    let is_list = |name: &str| body[name].is_array();
    if has("anthropic_version") && is_list("messages") && !has("model") || has("schemaVersion") && is_list("messages") {
        return Some(Operation::InvokeModel);
    }
    if has("model") && has("input") && !is_list("messages") {
        return either(Operation::Responses, Operation::ResponsesStream);
    }
    if has("model") && is_list("messages") {
        let named = body["model"].as_str().unwrap_or_default();
        return if named.contains("anthropic.") || named.starts_with("claude") {
            either(Operation::Messages, Operation::MessagesStream)
        } else {
            either(Operation::ChatCompletions, Operation::ChatCompletionsStream)
        };
    }
    if is_list("messages") {
        return Some(Operation::Converse);
    }
    let older = ["inputText", "prompt"].iter().any(|name| body[*name].is_string());
    (older && !has("model") && !has("answer") && !has("fixture_id")).then_some(Operation::InvokeModel)
}

/// An id as a segment of a path.
fn escaped(id: &str) -> String {
    let mut out = String::with_capacity(id.len() + 8);
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_says_what_it_is_for() {
        let check = |body: Value, operation: Option<Operation>, model: Option<&str>| {
            let asked = Asked::of_body(body.clone());
            assert_eq!(asked.as_ref().map(|asked| asked.operation), operation, "{body}");
            assert_eq!(asked.and_then(|asked| asked.model).as_deref(), model, "{body}");
        };
        let messages = json!([{"role": "user", "content": "hi"}]);
        check(json!({"modelId": "m", "messages": messages}), Some(Operation::Converse), Some("m"));
        check(
            json!({"anthropic_version": "bedrock-2023-05-31", "messages": messages}),
            Some(Operation::InvokeModel),
            None,
        );
        check(
            json!({"model": "anthropic.claude-opus-4-7", "messages": messages, "stream": true}),
            Some(Operation::MessagesStream),
            Some("anthropic.claude-opus-4-7"),
        );
        check(
            json!({"model": "openai.gpt-oss-20b", "messages": messages}),
            Some(Operation::ChatCompletions),
            Some("openai.gpt-oss-20b"),
        );
        check(
            json!({"model": "openai.gpt-oss-20b", "input": "hi"}),
            Some(Operation::Responses),
            Some("openai.gpt-oss-20b"),
        );
        check(json!({"schemaType": "ModelInvocationLog", "input": {}}), None, None);
        check(json!({"daily_messages": 5}), None, None);
    }

    #[test]
    fn an_arn_is_a_segment_of_a_path() {
        let asked = Asked::of_body(json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]})).unwrap();
        assert_eq!(asked.to("a:b/c").path, "/model/a%3Ab%2Fc/converse");
        let door = Asked::of_body(json!({"model": "anthropic.claude-opus-4-6-v1", "messages": []})).unwrap();
        let request = door.to("anthropic.claude-opus-4-7");
        assert_eq!(request.path, "/anthropic/v1/messages");
        assert!(String::from_utf8(request.body).unwrap().contains("anthropic.claude-opus-4-7"));
    }
}
