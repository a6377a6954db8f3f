//! However long a text is that is given, an error says only its beginning: at most 200 characters a line, wherever the
//! text stood.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;

use rehearsal::bedrock::{Headers, Request};
use rehearsal::catalog::{Catalog, HAIKU};
use rehearsal::checks::lint;
use rehearsal::cost::{CallTokens, PricedCall};
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Mock, control};
use rehearsal::scenario::Scenario;
use serde_json::{Value, json};

/// A letter that no message of ours has.
const GIVEN: char = 'ж';
const MOST: usize = 200;

/// One word and many.
fn long_texts() -> [String; 2] {
    [String::from(GIVEN).repeat(5_000), format!("{GIVEN} ").repeat(5_000)]
}

/// Sentences that repeat too much, without what they repeat.
#[derive(Default)]
struct TooLong(BTreeSet<String>);

impl TooLong {
    fn look(&mut self, said: &str) {
        for line in said.lines() {
            let repeated = line.chars().filter(|c| *c == GIVEN).count();
            if repeated > MOST {
                let sentence = line.replace(&format!("{GIVEN} "), "").replace(GIVEN, "");
                self.0.insert(format!("{repeated} times: {}", sentence.chars().take(200).collect::<String>()));
            }
        }
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{:#?}", self.0);
    }
}

/// The value with the text in the place of each of its parts, and as a name beside each of its names.
fn everywhere(value: &Value, text: &str) -> Vec<Value> {
    let mut all = vec![json!(text)];
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                for changed in everywhere(inner, text) {
                    let mut map = map.clone();
                    map.insert(name.clone(), changed);
                    all.push(Value::Object(map));
                }
            }
            let mut map = map.clone();
            map.insert(text.to_string(), json!(1));
            all.push(Value::Object(map));
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                for changed in everywhere(inner, text) {
                    let mut items = items.clone();
                    items[index] = changed;
                    all.push(Value::Array(items));
                }
            }
        }
        _ => {}
    }
    all
}

fn converse() -> Value {
    json!({
        "messages": [
            {"role": "user", "content": [{"text": "hi"}, {"image": {"format": "png", "source": {"bytes": "aGk="}}}, {"cachePoint": {"type": "default", "ttl": "5m"}}]},
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "a", "name": "t", "input": {}}}, {"reasoningContent": {"reasoningText": {"text": "x", "signature": "s"}}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "a", "content": [{"text": "1"}], "status": "success"}}, {"document": {"format": "pdf", "name": "d", "source": {"bytes": "aGk="}}}]},
        ],
        "system": [{"text": "s"}],
        "inferenceConfig": {"maxTokens": 5, "temperature": 0.5, "stopSequences": ["x"]},
        "toolConfig": {"tools": [{"toolSpec": {"name": "t", "description": "d", "inputSchema": {"json": {"type": "object"}}}}], "toolChoice": {"tool": {"name": "t"}}},
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1", "trace": "enabled"},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        "requestMetadata": {"a": "b"}, "performanceConfig": {"latency": "standard"}, "serviceTier": {"type": "default"},
    })
}

fn messages() -> Value {
    json!({
        "anthropic_version": "bedrock-2023-05-31", "max_tokens": 5, "anthropic_beta": ["context-1m-2025-08-07"],
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": "5m"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "1"}]},
        ],
        "tools": [{"name": "t", "input_schema": {"type": "object"}}, {"type": "bash_20250124", "name": "bash"}], "tool_choice": {"type": "tool", "name": "t"},
        "thinking": {"type": "enabled", "budget_tokens": 1024}, "stop_sequences": ["x"], "metadata": {"user_id": "u"}, "temperature": 1,
        "output_config": {"effort": "high"},
    })
}

fn chat() -> Value {
    json!({
        "model": "openai.gpt-oss-120b-1:0", "max_completion_tokens": 5, "reasoning_effort": "low", "stream": false,
        "messages": [
            {"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]},
            {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "t", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "1"},
        ],
        "tools": [{"type": "function", "function": {"name": "t", "parameters": {"type": "object"}}}], "tool_choice": "auto",
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}, "service_tier": "default", "user": "u",
    })
}

fn responses() -> Value {
    json!({
        "model": "openai.gpt-oss-120b", "instructions": "s", "max_output_tokens": 16, "reasoning": {"effort": "low"}, "store": false,
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "function_call", "call_id": "a", "name": "t", "arguments": "{}"}, {"type": "function_call_output", "call_id": "a", "output": "1"},
        ],
        "tools": [{"type": "function", "name": "t", "parameters": {"type": "object"}}], "tool_choice": "auto", "previous_response_id": "resp_a", "include": ["a"],
        "text": {"format": {"type": "text"}}, "metadata": {"a": "b"},
    })
}

#[test]
fn the_mock_repeats_no_more_than_a_part_of_a_request() {
    let invoke = |model: &str| format!("/model/{model}/invoke");
    let count = json!({"input": {"converse": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}}});
    let nova = json!({"schemaVersion": "messages-v1", "system": [{"text": "s"}], "inferenceConfig": {"maxTokens": 5}, "messages": [{"role": "user", "content": [{"text": "hi"}]}]});
    let titan = json!({"inputText": "hi", "dimensions": 256, "embeddingTypes": ["float"]});
    let embed = json!({"texts": ["hi"], "input_type": "search_query", "truncate": "END", "embedding_types": ["float"]});
    let rerank = json!({"query": "q", "documents": ["a"], "api_version": 2, "top_n": 1});
    let guard = json!({"source": "INPUT", "content": [{"text": {"text": "hi", "qualifiers": ["query"]}}]});
    let runtime = "bedrock-runtime.us-east-1.amazonaws.com";
    let mantle = "bedrock-mantle.us-east-1.api.aws";
    let asked = [
        (format!("/model/{HAIKU}/converse"), converse(), runtime),
        ("/model/us.anthropic.claude-opus-4-8-v1:0/converse-stream".to_string(), converse(), runtime),
        (format!("/model/{HAIKU}/count-tokens"), count, runtime),
        (invoke(HAIKU), messages(), runtime),
        (invoke("anthropic.claude-sonnet-4-6"), messages(), runtime),
        (invoke("amazon.nova-pro-v1:0"), nova, runtime),
        (invoke("amazon.titan-embed-text-v2:0"), titan, runtime),
        (invoke("cohere.embed-multilingual-v3"), embed, runtime),
        (invoke("cohere.rerank-v3-5:0"), rerank, runtime),
        (invoke("openai.gpt-oss-120b-1:0"), chat(), runtime),
        ("/guardrail/a/version/1/apply".to_string(), guard, runtime),
        ("/anthropic/v1/messages".to_string(), messages(), mantle),
        ("/v1/chat/completions".to_string(), chat(), mantle),
        ("/openai/v1/chat/completions".to_string(), chat(), runtime),
        ("/v1/responses".to_string(), responses(), mantle),
        ("/openai/v1/responses".to_string(), responses(), runtime),
        (
            "/_rehearsal/force-error".to_string(),
            json!({"code": "ThrottlingException", "message": "m", "count": 1}),
            "localhost",
        ),
        (
            "/_rehearsal/faults".to_string(),
            json!([{"kind": "http", "code": "c", "operation": "Converse", "when": {"model": "m"}}]),
            "localhost",
        ),
    ];
    let (mut refused, mut found) = (0, TooLong::default());
    for (path, body, host) in &asked {
        let mut mock = Mock::new(Library::default(), Catalog::full().clone(), Config::default());
        for text in long_texts() {
            for changed in everywhere(body, &text) {
                let headers = Headers::from([("host", *host), ("content-type", "application/json")]);
                let body = changed.to_string().into_bytes();
                let request = Request { method: "POST".to_string(), path: path.clone(), headers, body };
                let reply = control(&mut mock, &request).unwrap_or_else(|| mock.handle(&request, 0.0));
                // What it was told to answer stands as it was told.
                mock.reset();
                if reply.status >= 400 {
                    refused += 1;
                    found.look(&String::from_utf8_lossy(&reply.bytes()));
                }
            }
            let headers = Headers::from([
                ("host", *host),
                ("content-type", text.as_str()),
                ("anthropic-beta", text.as_str()),
                ("x-amzn-bedrock-guardrailidentifier", text.as_str()),
            ]);
            let path = format!("/model/{}/converse", text.trim());
            let request = Request { method: "POST".to_string(), path, headers, body: body.to_string().into_bytes() };
            found.look(&String::from_utf8_lossy(&mock.handle(&request, 0.0).bytes()));
        }
    }
    assert!(refused > 1_000, "{refused} were refused");
    found.none();
}

#[test]
fn the_linter_repeats_no_more_than_a_part_of_a_request() {
    let model = Catalog::full().get("anthropic.claude-sonnet-4-6").expect("the catalog has it");
    let mut found = TooLong::default();
    for body in [converse(), messages()] {
        for text in long_texts() {
            for changed in everywhere(&body, &text).into_iter().filter(Value::is_object) {
                for finding in lint(changed, model, false) {
                    found.look(&format!("{}: {} {}", finding.path, finding.message, finding.fix));
                }
            }
        }
    }
    found.none();
}

#[test]
fn documents_and_arguments_are_repeated_in_part() {
    let config = json!({
        "fallback": "strict", "host": "runtime", "latency": "none", "today": "2026-01-01", "models": {"m": {"max_tokens": 5}}, "quotas": {"*": {"rpm": 5}},
        "aliases": {"a": "b"}, "faults": [{"kind": "http", "operation": "Converse", "when": {"user_pattern": "x"}}],
        "guardrail": {"words": ["x"], "pii": [{"type": "EMAIL", "action": "BLOCK"}], "patterns": [{"name": "n", "pattern": "x"}]},
    });
    let fixture = json!({
        "version": 1, "fixture_id": "a", "prompt": "p", "answer": [{"type": "text", "text": "t"}], "match": {"user_pattern": "x"}, "stop_reason": "end_turn",
        "model_id": "m", "tags": ["a"],
    });
    let mut found = TooLong::default();
    for text in long_texts() {
        for changed in everywhere(&config, &text) {
            if let Err(problems) = Config::read(&changed) {
                found.look(&problems.with_codes());
            }
        }
        for changed in everywhere(&fixture, &text) {
            if let Err(problems) = Library::read([("a.json", changed.to_string().as_str())]) {
                found.look(&problems.with_codes());
            }
        }
        let scenario: Value = serde_json::from_str(&Scenario::default().to_json()).expect("it is JSON");
        let scenario = json!({"types": [scenario["types"][0]], "models": scenario["models"], "seed": 1, "name": "n"});
        for changed in everywhere(&scenario, &text) {
            match Scenario::load(&changed.to_string()) {
                Err(problems) => found.look(&problems.with_codes()),
                Ok(warned) => {
                    warned.warnings.iter().for_each(|warning| found.look(&warning.say(&rehearsal::words::English)))
                }
            }
        }
        let price = |tier, region, door| {
            PricedCall::placed(Catalog::full(), HAIKU, CallTokens::default(), tier, region, door).map(|_| ())
        };
        for said in
            [price(Some(text.as_str()), None, None), price(None, Some(&text), None), price(None, None, Some(&text))]
        {
            found.look(&said.expect_err("it is none"));
        }
    }
    found.none();
}
