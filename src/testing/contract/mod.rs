//! An answer held against the contract of its operation: the members, unions, types and choices of the
//! published models, and the order of a stream's events.

mod stream;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bedrock::Operation;
use crate::document;
use crate::rules::check_answer;

/// Everything in a response that breaks the contract of its operation. Empty when it keeps it.
///
/// Held to are the published service model for Converse, ConverseStream and CountTokens, the published
/// types of Anthropic and OpenAI for their doors and bodies, and for InvokeModel the form that the body has;
/// of streams also the order of events. Members and events that are not known are no violation: services
/// add some, and the SDKs skip them.
pub fn contract_violations(operation: Operation, status: u16, body: &[u8]) -> Vec<String> {
    let mut check = Check { found: Vec::new() };
    if !(200..300).contains(&status) {
        check.error(operation, body);
    } else if operation.is_stream() {
        check.stream(operation, body);
    } else if let Some(body) = check.json("the body", body) {
        check.whole(operation, &body);
    }
    check.found
}

/// The forms that a model's body has, each by a member that no other has, with its shape.
const FORMS: [(&str, &str); 17] = [
    ("content", "ClaudeMessage"),
    ("output", "NovaBody"),
    ("results", "TitanBody"),
    ("generation", "LlamaBody"),
    ("outputs", "MistralBody"),
    ("generations", "CommandBody"),
    ("choices", "ChoicesBody"),
    ("embedding", "TitanEmbedding"),
    ("embeddingsByType", "TitanEmbeddingByType"),
    ("embeddings", "CohereEmbeddings"),
    ("text", "CommandRBody"),
    ("images", "ImagesBody"),
    ("completion", "CompletionBody"),
    // Pegasus and Marengo of TwelveLabs, Jurassic of AI21, Stable Diffusion XL: known by name only.
    ("message", "Anything"),
    ("data", "Anything"),
    ("completions", "Anything"),
    ("artifacts", "Anything"),
];

/// Whether an answer in OpenAI's form ended where it had to, be it inside a call.
fn is_cut_off(finish_reason: &Value) -> bool {
    ["length", "model_length", "content_filter"].iter().any(|reason| finish_reason == reason)
}

struct Check {
    found: Vec<String>,
}

impl Check {
    /// The most violations that are told.
    const MOST: usize = 100;

    fn add(&mut self, what: impl Into<String>) {
        if self.found.len() < Self::MOST {
            self.found.push(what.into());
        }
    }

    fn json(&mut self, what: &str, bytes: &[u8]) -> Option<Value> {
        match document::bounded_with_twice(bytes) {
            Ok((value, twice)) => {
                if let Some(key) = twice {
                    self.add(format!("{what}: the key `{key}` stands twice in one object"));
                }
                Some(value)
            }
            Err(error) => {
                self.add(format!("{what} should be JSON: {error}"));
                None
            }
        }
    }

    /// A value against a shape; `at` is where the value stands.
    fn shape(&mut self, shape: &str, value: &Value, at: &str) {
        for problem in check_answer(shape, value) {
            let place = match (at.is_empty(), problem.path.is_empty()) {
                (true, true) => "the body".to_string(),
                (true, false) => problem.path,
                (false, true) => at.to_string(),
                (false, false) => format!("{at}.{}", problem.path),
            };
            self.add(format!("{place}: {}", problem.message));
        }
    }

    fn error(&mut self, operation: Operation, body: &[u8]) {
        let Some(body) = self.json("an error's body", body) else { return };
        match operation {
            Operation::Messages | Operation::MessagesStream => self.shape("ClaudeErrorBody", &body, ""),
            Operation::ChatCompletions
            | Operation::ChatCompletionsStream
            | Operation::Responses
            | Operation::ResponsesStream => self.shape("OpenAiErrorBody", &body, ""),
            // Some of the service's own errors spell it with a capital letter.
            _ if body["message"].is_string() || body["Message"].is_string() => {}
            _ => self.add("message: expected type: String"),
        }
    }

    fn whole(&mut self, operation: Operation, body: &Value) {
        match operation {
            Operation::CountTokens => {
                self.shape("CountTokensResponse", body, "");
                // The service model has no least number, and nobody counts fewer than none.
                if body["inputTokens"].as_i64().is_some_and(|tokens| tokens < 0) {
                    self.add("inputTokens: a count of tokens is at least 0");
                }
            }
            Operation::Converse => {
                self.shape("ConverseResponse", body, "");
                if body["output"]["message"].is_object() && body["output"]["message"]["role"] != "assistant" {
                    self.add("output.message.role: an answer is the assistant's");
                }
                self.total(&body["usage"], "usage");
                let content = body["output"]["message"]["content"].as_array().into_iter().flatten();
                let calls = content.map(|block| &block["toolUse"]).filter(|call| call.is_object());
                self.calls(calls.clone().count(), body["stopReason"].as_str(), "stopReason");
                self.ids_differ(calls.map(|call| &call["toolUseId"]), "output.message.content");
            }
            Operation::Messages => self.claude(body),
            Operation::ChatCompletions => {
                self.shape("ChatCompletion", body, "");
                self.sum(&body["usage"], ["prompt_tokens", "completion_tokens"], "usage");
                for (index, choice) in body["choices"].as_array().into_iter().flatten().enumerate() {
                    let message = &choice["message"];
                    let calls = message["tool_calls"].as_array().map_or(0, Vec::len);
                    if message.is_object() && message["content"].is_null() && message["refusal"].is_null() && calls == 0
                    {
                        self.add(format!("choices.{index}.message: no content, refusal or call"));
                    }
                    self.called(choice, index);
                }
            }
            Operation::Responses => self.response(body, ""),
            _ => self.invoked(body),
        }
    }

    /// What InvokeModel gave, by the form that it has.
    fn invoked(&mut self, body: &Value) {
        if body["type"] == "message" {
            return self.claude(body);
        }
        // A ranking has results, too, and may have none.
        let said = |result: &Value| result.get("outputText").is_some();
        let ranks = body["results"].as_array().is_some_and(|results| !results.iter().any(said));
        if ranks && body.get("inputTextTokenCount").is_none() {
            return;
        }
        let form = FORMS.iter().find(|(member, _)| body.get(*member).is_some());
        match form {
            Some((_, "ClaudeMessage")) => self.claude(body),
            Some((_, shape)) => {
                self.shape(shape, body, "");
                match *shape {
                    "NovaBody" => {
                        let message = &body["output"]["message"];
                        if message.is_object() && message["role"] != "assistant" {
                            self.add("output.message.role: an answer is the assistant's");
                        }
                    }
                    "ChoicesBody" => self.plain_choices(body),
                    _ => {}
                }
            }
            None => {
                let members: Vec<&str> = FORMS.iter().map(|(member, _)| *member).collect();
                self.add(format!("the body: the form of no model's answer: none of {}", members.join(", ")));
            }
        }
    }

    /// The choices of models that answer as OpenAI's do; some say why they stopped by `stop_reason`.
    fn plain_choices(&mut self, body: &Value) {
        for (index, choice) in body["choices"].as_array().into_iter().flatten().enumerate() {
            if choice["message"].is_null() && choice["text"].is_null() {
                self.add(format!("choices.{index}: neither message nor text"));
            }
            if choice["finish_reason"].is_null() && choice["stop_reason"].is_null() {
                self.add(format!("choices.{index}.finish_reason: missing"));
            }
            self.called(choice, index);
        }
    }

    /// The calls of a choice in OpenAI's form.
    fn called(&mut self, choice: &Value, index: usize) {
        let at = format!("choices.{index}.message.tool_calls");
        let calls = choice["message"]["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        if choice["finish_reason"] == "tool_calls" && calls.is_empty() {
            self.add(format!("choices.{index}.finish_reason: tool_calls without a call"));
        }
        self.ids_differ(calls.iter().map(|call| &call["id"]), &at);
        if !is_cut_off(&choice["finish_reason"]) {
            calls.iter().for_each(|call| self.arguments(&call["function"]["arguments"], &at));
        }
    }

    fn claude(&mut self, body: &Value) {
        self.shape("ClaudeMessage", body, "");
        let calls = body["content"].as_array().into_iter().flatten().filter(|block| block["type"] == "tool_use");
        self.calls(calls.clone().count(), body["stop_reason"].as_str(), "stop_reason");
        self.ids_differ(calls.map(|call| &call["id"]), "content");
    }

    /// An object of the Responses API, whole or in an event.
    fn response(&mut self, body: &Value, at: &str) {
        self.shape("Response", body, at);
        let under = |place: &str| if at.is_empty() { place.to_string() } else { format!("{at}.{place}") };
        self.sum(&body["usage"], ["input_tokens", "output_tokens"], &under("usage"));
        let has = |name: &str| !body[name].is_null();
        match body["status"].as_str() {
            Some("completed") if has("error") => self.add(format!("{}: an error of what is completed", under("error"))),
            Some("failed") if !has("error") => self.add(format!("{}: missing of what failed", under("error"))),
            Some("incomplete") if !has("incomplete_details") => {
                self.add(format!("{}: missing of what is incomplete", under("incomplete_details")));
            }
            _ => {}
        }
        let items = body["output"].as_array().into_iter().flatten();
        let calls = items.clone().filter(|item| item["type"] == "function_call");
        self.ids_differ(calls.map(|call| &call["call_id"]), &under("output"));
        // What is not completed may end inside a call.
        for (index, item) in items.enumerate().filter(|_| body["status"] == "completed") {
            if item["type"] == "function_call" {
                self.arguments(&item["arguments"], &under(&format!("output.{index}")));
            }
        }
    }

    /// Every call has an id of its own: its result is matched by it.
    fn ids_differ<'a>(&mut self, ids: impl Iterator<Item = &'a Value>, at: &str) {
        let mut seen = BTreeSet::new();
        for id in ids.filter_map(Value::as_str) {
            if !seen.insert(id) {
                self.add(format!("{at}: two calls have the id {id}"));
            }
        }
    }

    /// Who stops to have a tool called calls one.
    fn calls(&mut self, calls: usize, reason: Option<&str>, at: &str) {
        if reason == Some("tool_use") && calls == 0 {
            self.add(format!("{at}: tool_use without a tool that is called"));
        }
    }

    /// All tokens are the sum of their kinds.
    fn total(&mut self, usage: &Value, at: &str) {
        let kinds = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"];
        let sum: u64 = kinds.iter().filter_map(|name| usage[*name].as_u64()).fold(0, u64::saturating_add);
        if usage["totalTokens"].as_u64().is_some_and(|total| total != sum) {
            self.add(format!("{at}.totalTokens: not the sum of its parts, {sum}"));
        }
    }

    /// All tokens of OpenAI's doors are the sum of two kinds: what is cached is part of the input.
    fn sum(&mut self, usage: &Value, kinds: [&str; 2], at: &str) {
        let [Some(input), Some(output)] = kinds.map(|kind| usage[kind].as_u64()) else { return };
        let sum = input.saturating_add(output);
        if usage["total_tokens"].as_u64().is_some_and(|total| total != sum) {
            self.add(format!("{at}.total_tokens: not the sum of its parts, {sum}"));
        }
    }

    /// Arguments of a call are an object, written as text.
    fn arguments(&mut self, arguments: &Value, at: &str) {
        let Some(text) = arguments.as_str() else { return };
        if !document::bounded(text.as_bytes()).is_ok_and(|value| value.is_object()) {
            self.add(format!("{at}: arguments that are no JSON object"));
        }
    }
}
