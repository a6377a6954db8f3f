use serde_json::{Value, json};

use super::*;
use crate::bedrock::event_stream::{Frame, HeaderValue, encode_event};
use crate::catalog::{Catalog, HAIKU};
use crate::fixture::{Fixture, Kind, Library};
use crate::mock::{Config, Fallback, Mock};
use crate::rules::single_breaks;
use data_encoding::BASE64;

fn violations(operation: Operation, body: &Value) -> Vec<String> {
    contract_violations(operation, 200, body.to_string().as_bytes())
}

/// Whole answers that keep their contract, each with everything that an answer may have.
fn whole() -> Vec<(Operation, &'static str, Value)> {
    let converse = json!({
        "output": {"message": {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}},
            {"reasoningContent": {"redactedContent": "c2ln"}},
            {"text": "はい"},
            {"citationsContent": {"content": [{"text": "a"}], "citations": [{"title": "t", "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 1}}}]}},
            {"toolUse": {"toolUseId": "tooluse_1", "name": "find", "input": {"q": "x"}}}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 18, "cacheReadInputTokens": 3, "cacheWriteInputTokens": 0,
            "cacheDetails": [{"ttl": "5m", "inputTokens": 0}]},
        "metrics": {"latencyMs": 419},
        "performanceConfig": {"latency": "standard"}, "serviceTier": {"type": "default"},
        "trace": {"guardrail": {"inputAssessment": {"g": {"wordPolicy": {"customWords": [{"match": "x", "action": "BLOCKED"}], "managedWordLists": []}}}}},
    });
    let claude = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "tool_use", "stop_sequence": null,
        "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "はい"},
            {"type": "tool_use", "id": "toolu_1", "name": "find", "input": {"q": "x"}}],
        "usage": {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 0},
    });
    let chat = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-oss",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null,
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "{\"q\":1}"}}]}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    });
    let response = json!({
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-oss",
        "parallel_tool_calls": true, "tools": [], "tool_choice": "auto", "error": null,
        "output": [{"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "はい", "annotations": []}]},
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "find", "arguments": "{}", "status": "completed"}],
        "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    });
    let nova = json!({"output": {"message": {"role": "assistant", "content": [{"text": "はい"}]}}, "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}});
    let titan = json!({"inputTextTokenCount": 1, "results": [{"tokenCount": 2, "outputText": "はい", "completionReason": "FINISH"}]});
    let llama =
        json!({"generation": "はい", "prompt_token_count": 1, "generation_token_count": 2, "stop_reason": "stop"});
    let mistral = json!({"outputs": [{"text": "はい", "stop_reason": "stop"}]});
    let command =
        json!({"id": "1", "prompt": "p", "generations": [{"id": "1", "text": "はい", "finish_reason": "COMPLETE"}]});
    let command_r = json!({"generation_id": "1", "text": "はい", "finish_reason": "COMPLETE"});
    let vector = json!({"embedding": [0.1, 0.2], "inputTextTokenCount": 3});
    let jamba = json!({"id": "1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "はい"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}});
    let mut gpt_oss = chat.clone();
    gpt_oss["choices"][0]["message"]["content"] = json!("はい");
    let completion = json!({"choices": [{"text": "はい", "stop_reason": "stop"}]});
    let images = json!({"images": ["aVZC"], "error": null});
    let binary = json!({"embeddingsByType": {"binary": [0, 1]}, "inputTextTokenCount": 5});
    vec![
        (Operation::InvokeModel, "ChoicesBody", jamba),
        (Operation::InvokeModel, "ChoicesBody", gpt_oss),
        (Operation::InvokeModel, "ChoicesBody", completion),
        (Operation::InvokeModel, "ImagesBody", images),
        (Operation::InvokeModel, "TitanEmbeddingByType", binary),
        (Operation::Converse, "ConverseResponse", converse),
        (Operation::Messages, "ClaudeMessage", claude.clone()),
        (Operation::InvokeModel, "ClaudeMessage", claude),
        (Operation::ChatCompletions, "ChatCompletion", chat),
        (Operation::Responses, "Response", response),
        (Operation::CountTokens, "CountTokensResponse", json!({"inputTokens": 7})),
        (Operation::InvokeModel, "NovaBody", nova),
        (Operation::InvokeModel, "TitanBody", titan),
        (Operation::InvokeModel, "LlamaBody", llama),
        (Operation::InvokeModel, "MistralBody", mistral),
        (Operation::InvokeModel, "CommandBody", command),
        (Operation::InvokeModel, "CommandRBody", command_r),
        (Operation::InvokeModel, "TitanEmbedding", vector),
    ]
}

const CONVERSE: [(&str, &str); 11] = [
    ("messageStart", r#"{"role":"assistant"}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"text":"はい"}}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
    ("contentBlockStart", r#"{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t1","name":"find"}}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"q\":"}}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"1}"}}}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
    ("messageStop", r#"{"stopReason":"tool_use"}"#),
    ("metadata", r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":5}}"#),
];

fn converse_events() -> Vec<(String, Value)> {
    CONVERSE.iter().map(|(name, event)| ((*name).to_string(), serde_json::from_str(event).unwrap())).collect()
}

fn converse_stream(events: &[(String, Value)]) -> Vec<u8> {
    events.iter().flat_map(|(name, event)| encode_event(name, event.to_string().as_bytes()).unwrap()).collect()
}

fn claude_events() -> Vec<Value> {
    vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
            "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "はい"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "find", "input": {}}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{\"q\":1}"}}),
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ]
}

fn sse(events: &[Value]) -> Vec<u8> {
    events
        .iter()
        .map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("x")))
        .collect::<String>()
        .into_bytes()
}

fn chunk_frames(events: &[Value]) -> Vec<u8> {
    let chunk = |event: &Value| json!({"bytes": BASE64.encode(event.to_string().as_bytes())}).to_string();
    events.iter().flat_map(|event| encode_event("chunk", chunk(event).as_bytes()).unwrap()).collect()
}

/// Every single break of an answer: what it is, and what the check says of it.
fn every_break() -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for (operation, shape, body) in whole() {
        for (place, broken) in single_breaks(shape, &body) {
            all.push((format!("{} {shape}{place}", operation.name()), violations(operation, &broken)));
        }
    }
    // One event of a stream broken, left out, twice, or in its neighbour's place.
    let shapes = [
        ("messageStart", "MessageStartEvent"),
        ("contentBlockStart", "ContentBlockStartEvent"),
        ("contentBlockDelta", "ContentBlockDeltaEvent"),
        ("contentBlockStop", "ContentBlockStopEvent"),
        ("messageStop", "MessageStopEvent"),
        ("metadata", "ConverseStreamMetadataEvent"),
    ];
    let said =
        |events: &[(String, Value)]| contract_violations(Operation::ConverseStream, 200, &converse_stream(events));
    let events = converse_events();
    for (index, (name, event)) in events.iter().enumerate() {
        let shape = shapes.iter().find(|(known, _)| known == name).unwrap().1;
        for (place, broken) in single_breaks(shape, event) {
            let mut changed = events.clone();
            changed[index].1 = broken;
            all.push((format!("event {index} {name}{place}"), said(&changed)));
        }
        if name != "contentBlockDelta" {
            // An event that nobody knows is skipped, so that its own is missing.
            let mut renamed = events.clone();
            renamed[index].0 = "somethingElse".to_string();
            all.push((format!("event {index} {name} renamed"), said(&renamed)));
            let mut less = events.clone();
            less.remove(index);
            // The start of a block of text may be missing, and its end may not.
            all.push((format!("event {index} {name} left out"), said(&less)));
            let mut twice = events.clone();
            twice.insert(index, twice[index].clone());
            all.push((format!("event {index} {name} twice"), said(&twice)));
            if index + 1 < events.len() {
                let mut swapped = events.clone();
                swapped.swap(index, index + 1);
                all.push((format!("event {index} {name} after its follower"), said(&swapped)));
            }
        }
    }
    let events = claude_events();
    for (index, event) in events.iter().enumerate() {
        let mut variants: Vec<(String, Vec<Value>)> = Vec::new();
        for (place, broken) in single_breaks("ClaudeEvent", event) {
            let mut changed = events.clone();
            changed[index] = broken;
            variants.push((place, changed));
        }
        if event["type"] != "content_block_delta" {
            let mut less = events.clone();
            less.remove(index);
            variants.push(("left out".to_string(), less));
            let mut twice = events.clone();
            twice.insert(index, event.clone());
            variants.push(("twice".to_string(), twice));
        }
        for (what, changed) in variants {
            let name = format!("claude event {index} {what}");
            let streamed = contract_violations(Operation::InvokeModelWithResponseStream, 200, &chunk_frames(&changed));
            all.push((name.clone(), streamed));
            all.push((format!("messages {name}"), contract_violations(Operation::MessagesStream, 200, &sse(&changed))));
        }
    }
    all
}

#[test]
fn every_single_violation_is_found_and_nothing_else() {
    for (operation, shape, body) in whole() {
        assert_eq!(violations(operation, &body), Vec::<String>::new(), "{shape}");
    }
    let stream = converse_stream(&converse_events());
    assert_eq!(contract_violations(Operation::ConverseStream, 200, &stream), Vec::<String>::new());
    let chunks = chunk_frames(&claude_events());
    assert_eq!(contract_violations(Operation::InvokeModelWithResponseStream, 200, &chunks), Vec::<String>::new());
    assert_eq!(contract_violations(Operation::MessagesStream, 200, &sse(&claude_events())), Vec::<String>::new());

    let all = every_break();
    assert!(all.len() >= 300, "{}", all.len());
    let missed: Vec<&String> = all.iter().filter(|(_, found)| found.is_empty()).map(|(what, _)| what).collect();
    assert!(missed.is_empty(), "{} of {} missed: {missed:#?}", missed.len(), all.len());
}

#[test]
fn what_is_said_names_the_place_and_what_was_expected() {
    let check =
        |operation, body: &Value, expected: &[&str]| assert_eq!(violations(operation, body), expected, "{body}");
    let block = |block: Value| {
        json!({"output": {"message": {"role": "assistant", "content": [block]}}, "stopReason": "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 1}})
    };
    check(Operation::Converse, &block(json!({"text": 5})), &["output.message.content.0.text: expected type: String"]);
    check(
        Operation::Converse,
        &block(json!({"toolUse": {"toolUseId": "t", "input": {}}})),
        &["output.message.content.0.toolUse.name: missing"],
    );
    check(
        Operation::InvokeModel,
        &json!({}),
        &[
            "the body: the form of no model's answer: none of content, output, results, generation, outputs, generations, choices, embedding, embeddingsByType, embeddings, text, images, completion, message, data, completions, artifacts",
        ],
    );
    let mut tired = block(json!({"text": "a"}));
    tired["stopReason"] = json!("tired");
    assert!(
        violations(Operation::Converse, &tired)[0]
            .starts_with("stopReason: Value 'tired' must satisfy enum value set: [end_turn, ")
    );
    let mut sum = block(json!({"text": "a"}));
    sum["usage"]["totalTokens"] = json!(9);
    check(Operation::Converse, &sum, &["usage.totalTokens: not the sum of its parts, 3"]);
    let mut news = block(json!({"text": "a"}));
    news["usage"]["somethingNew"] = json!(1);
    check(Operation::Converse, &news, &[]);
}

#[test]
fn an_exception_may_end_a_stream_anywhere_and_nothing_follows_it() {
    let text = |value: &str| HeaderValue::String(value.to_string());
    let exception = |name: &str, payload: &str| {
        let headers =
            vec![(":exception-type".to_string(), text(name)), (":message-type".to_string(), text("exception"))];
        Frame { headers, payload: payload.as_bytes().to_vec() }.encode().unwrap()
    };
    let said = |bytes: Vec<u8>| contract_violations(Operation::ConverseStream, 200, &bytes);
    let events = converse_events();
    for length in 0..events.len() {
        let bytes =
            [converse_stream(&events[..length]), exception("throttlingException", r#"{"message":"slow"}"#)].concat();
        assert_eq!(said(bytes), Vec::<String>::new(), "{length}");
    }
    let after = [exception("throttlingException", r#"{"message":"slow"}"#), converse_stream(&events)].concat();
    assert!(said(after)[0].contains("nothing follows an exception"));
    assert!(said(exception("strangeException", "{}"))[0].contains("strangeException is no exception of a stream"));
    assert!(!said(exception("throttlingException", "{}")).is_empty());
}

#[test]
fn the_mock_keeps_the_contract_in_every_operation() {
    let config = Config { fallback: Fallback::Echo, ..Config::default() };
    let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config);
    let converse = r#"{"messages":[{"role":"user","content":[{"text":"鬼滅の刃"}]}]}"#;
    let claude = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":99,"messages":[{"role":"user","content":"鬼滅の刃"}]}"#;
    let titan = r#"{"inputText":"x","embeddingTypes":["binary"]}"#;
    let nova = r#"{"messages":[{"role":"user","content":[{"text":"鬼滅の刃"}]}]}"#;
    const NOVA: &str = "amazon.nova-lite-v1:0";
    let count = r#"{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"鬼滅の刃"}]}]}}}"#;
    for (operation, model, body) in [
        (Operation::Converse, HAIKU, converse),
        (Operation::ConverseStream, HAIKU, converse),
        (Operation::InvokeModel, HAIKU, claude),
        (Operation::InvokeModelWithResponseStream, HAIKU, claude),
        (Operation::CountTokens, HAIKU, count),
        (Operation::InvokeModel, "amazon.titan-embed-text-v2:0", titan),
        (Operation::InvokeModel, NOVA, nova),
        (Operation::InvokeModelWithResponseStream, NOVA, nova),
    ] {
        let reply = mock.handle(
            &crate::bedrock::Request {
                method: "POST".into(),
                path: format!("/model/{model}/{}", operation.segment()),
                headers: crate::bedrock::Headers::default(),
                body: body.into(),
            },
            0.0,
        );
        assert_eq!(reply.status, 200);
        assert_eq!(contract_violations(operation, 200, &reply.bytes()), Vec::<String>::new(), "{}", operation.name());
    }
}

/// An answer with one thing changed: by a JSON pointer, to a value or, without one, left out.
fn changed(body: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match (body.pointer_mut(parent).unwrap(), value) {
        (Value::Object(object), Some(value)) => drop(object.insert(name.to_string(), value)),
        (Value::Object(object), None) => drop(object.remove(name)),
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        (Value::Array(items), None) => drop(items.remove(name.parse().unwrap())),
        _ => panic!("{pointer}"),
    }
    body
}

fn assert_found(operation: Operation, bytes: &[u8], expected: &str) {
    let found = contract_violations(operation, 200, bytes);
    assert!(found.iter().any(|said| said.contains(expected)), "{} {expected}: {found:?}", operation.name());
}

/// Every answer of the product's own fixtures, whole and cut off after `most` tokens, in every operation.
fn fixtures_violations(most: u64) -> Vec<String> {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).unwrap();
    let files =
        files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file() && !path.ends_with("schema.json"));
    let files = files.map(|path| (path.to_str().unwrap().to_string(), std::fs::read_to_string(&path).unwrap()));
    let files: Vec<(String, String)> = files.collect();
    let library = Library::read(files.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap();
    let answers: Vec<Fixture> = library.iter().filter(|fixture| fixture.answer().is_some()).cloned().collect();
    assert!(answers.len() >= 40, "{}", answers.len());
    let mut found = Vec::new();
    for mut fixture in answers {
        let id = fixture.id.clone();
        // The only one there is, so that the fallback must choose it.
        fixture.kind = Kind::Golden;
        let config = Config { fallback: Fallback::Hash, ..Config::default() };
        let mut mock = Mock::new(Library::new([fixture]).unwrap(), Catalog::full().clone(), config);
        let invoked = Operation::ALL.into_iter().filter(|operation| operation.is_invoke());
        let asked = invoked.map(|operation| (operation, "amazon.nova-lite-v1:0".to_string()));
        let all = Operation::ALL.into_iter().chain(Operation::AT_DOORS);
        for (operation, model) in all.map(|operation| (operation, crate::doors::served(operation, HAIKU))).chain(asked)
        {
            let request = crate::doors::Asking::new(&model, "続きを", most).request(operation);
            let reply = mock.handle(&request, 0.0);
            let said = contract_violations(operation, reply.status, &reply.bytes());
            found.extend(said.iter().map(|said| format!("{id} {} {model}: {said}", operation.name())));
        }
    }
    found
}

#[test]
fn the_mock_keeps_the_contract_with_every_fixture() {
    assert_eq!(fixtures_violations(4096), Vec::<String>::new());
}

/// The service cuts inside a call, too: what came of its input is no JSON.
#[test]
fn an_answer_that_is_cut_off_keeps_the_contract() {
    for most in [1, 3, 16, 24] {
        assert_eq!(fixtures_violations(most), Vec::<String>::new(), "{most}");
    }
}

/// What has ended does not fail any more: an error takes the place of the last event at the latest.
#[test]
fn an_error_never_follows_the_end_of_a_stream() {
    let config = Config { fallback: Fallback::Echo, ..Config::default() };
    let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config);
    let hosts = ["bedrock-runtime.us-east-1.amazonaws.com", "bedrock-mantle.us-east-1.api.aws"];
    for (kind, operation) in ["exception_frame", "error_frame"].into_iter().flat_map(|kind| {
        Operation::ALL.into_iter().chain(Operation::AT_DOORS).filter(|it| it.is_stream()).map(move |it| (kind, it))
    }) {
        mock.set_faults(&json!([{"kind": kind, "after_events": 9999, "forever": true}])).unwrap();
        for host in hosts.iter().filter(|_| operation.is_at_a_door()) {
            for model in crate::doors::ids_for(operation) {
                let mut request = crate::doors::Asking::new(&model, "鬼滅の刃", 99).request(operation);
                request.headers.0.retain(|(name, _)| name != "host");
                request.headers = request.headers.with("host", *host);
                let reply = mock.handle(&request, 0.0);
                // A host that has no such path answers otherwise.
                if matches!(reply.body, crate::bedrock::Body::Stream(..)) {
                    let said = contract_violations(operation, 200, &reply.bytes());
                    assert_eq!(said, Vec::<String>::new(), "{kind} {} {model} {host}", operation.name());
                }
            }
        }
    }
}

#[test]
fn a_body_of_every_family_has_a_form() {
    for body in [
        json!({"message": "はい", "finishReason": "stop"}),
        json!({"data": [{"embedding": [0.1]}]}),
        json!({"id": 1, "prompt": {}, "completions": [{"data": {"text": "はい"}}]}),
        json!({"result": "success", "artifacts": [{"base64": "aVZC", "finishReason": "SUCCESS"}]}),
        json!({"results": []}),
        json!({"results": [{"index": 0, "relevance_score": 0.5}]}),
    ] {
        assert_eq!(violations(Operation::InvokeModel, &body), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn a_call_of_the_plain_form_is_judged_as_that_of_chat_completions() {
    let call = |id: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}});
    let body = |calls: Vec<Value>, reason: &str| {
        json!({"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-oss",
            "choices": [{"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": null, "tool_calls": calls}}]})
    };
    for operation in [Operation::InvokeModel, Operation::ChatCompletions] {
        let check =
            |body: &Value, expected: &[&str]| assert_eq!(violations(operation, body), expected, "{}", operation.name());
        check(&body(vec![call("call_1", "{}")], "tool_calls"), &[]);
        let twice = body(vec![call("call_1", "{}"), call("call_1", "{}")], "tool_calls");
        check(&twice, &["choices.0.message.tool_calls: two calls have the id call_1"]);
        let broken = vec![call("call_1", "{\"q\":")];
        check(
            &body(broken.clone(), "tool_calls"),
            &["choices.0.message.tool_calls: arguments that are no JSON object"],
        );
        check(&body(broken, "length"), &[]);
        let none = violations(operation, &body(Vec::new(), "tool_calls"));
        assert!(none.contains(&"choices.0.finish_reason: tool_calls without a call".to_string()), "{none:?}");
    }
}

/// What the shapes alone cannot tell, and what the published types say only in prose.
#[test]
fn what_an_answer_says_must_agree_with_itself() {
    let of = |operation, shape| {
        let all = whole();
        all.into_iter().find(|(at, name, _)| *at == operation && *name == shape).unwrap().2
    };
    let check = |operation, shape, pointer: &str, value: Option<Value>, expected: &str| {
        assert_found(operation, changed(&of(operation, shape), pointer, value).to_string().as_bytes(), expected);
    };
    use Operation::{ChatCompletions, Converse, CountTokens, InvokeModel, Messages, Responses};
    check(InvokeModel, "ClaudeMessage", "/stop_reason", Some(Value::Null), "stop_reason: missing");
    check(Messages, "ClaudeMessage", "/stop_sequence", None, "stop_sequence: missing");
    check(Messages, "ClaudeMessage", "/usage/service_tier", Some(json!("gold")), "usage.service_tier: Value 'gold'");
    let twice = json!({"type": "tool_use", "id": "toolu_1", "name": "find", "input": {}});
    check(Messages, "ClaudeMessage", "/content/1", Some(twice), "content: two calls have the id toolu_1");
    let twice = json!({"toolUse": {"toolUseId": "tooluse_1", "name": "find", "input": {}}});
    check(Converse, "ConverseResponse", "/output/message/content/2", Some(twice), "two calls have the id tooluse_1");
    check(
        CountTokens,
        "CountTokensResponse",
        "/inputTokens",
        Some(json!(-3)),
        "inputTokens: a count of tokens is at least 0",
    );
    check(InvokeModel, "NovaBody", "/output/message/role", Some(json!("user")), "output.message.role");
    check(InvokeModel, "LlamaBody", "/stop_reason", Some(json!("tired")), "stop_reason: Value 'tired'");
    check(
        InvokeModel,
        "TitanBody",
        "/results/0/completionReason",
        Some(json!("tired")),
        "completionReason: Value 'tired'",
    );
    check(
        InvokeModel,
        "CommandBody",
        "/generations/0/finish_reason",
        Some(json!("tired")),
        "finish_reason: Value 'tired'",
    );
    check(InvokeModel, "CommandRBody", "/finish_reason", Some(json!("tired")), "finish_reason: Value 'tired'");
    check(InvokeModel, "ChoicesBody", "/choices/0/finish_reason", None, "choices.0.finish_reason: missing");
    check(
        InvokeModel,
        "ChoicesBody",
        "/choices/0/message/content",
        Some(json!(5)),
        "choices.0.message.content: expected",
    );
    check(InvokeModel, "ChoicesBody", "/choices/0/message", None, "choices.0: neither message nor text");
    check(InvokeModel, "ImagesBody", "/images/0", Some(json!(5)), "images.0: expected type: String");
    check(ChatCompletions, "ChatCompletion", "/choices/0/message/content", None, "choices.0.message.content: missing");
    check(
        ChatCompletions,
        "ChatCompletion",
        "/usage/total_tokens",
        Some(json!(9)),
        "usage.total_tokens: not the sum of its parts, 3",
    );
    for name in ["parallel_tool_calls", "tools", "tool_choice"] {
        check(Responses, "Response", &format!("/{name}"), None, &format!("{name}: missing"));
    }
    check(Responses, "Response", "/output/0/type", Some(json!("strange")), "output.0.type: Value 'strange'");
    check(
        Responses,
        "Response",
        "/usage/total_tokens",
        Some(json!(9)),
        "usage.total_tokens: not the sum of its parts, 3",
    );
    check(
        Responses,
        "Response",
        "/error",
        Some(json!({"code": "c", "message": "m"})),
        "error: an error of what is completed",
    );
    check(Responses, "Response", "/status", Some(json!("failed")), "error: missing of what failed");
    let error = json!({"type": "error", "error": {"type": "strange_error", "message": "m"}});
    let found = contract_violations(Messages, 400, error.to_string().as_bytes());
    assert!(found[0].starts_with("error.type: Value 'strange_error'"), "{found:?}");
}

#[test]
fn a_stream_says_once_and_in_its_place_what_its_operation_has() {
    let converse = |events: &[(String, Value)]| converse_stream(events);
    let mut unknown = converse_events();
    unknown.insert(3, ("futureEvent".to_string(), json!({})));
    assert_eq!(contract_violations(Operation::ConverseStream, 200, &converse(&unknown)), Vec::<String>::new());
    let mut two_calls = converse_events();
    for (at, event) in [
        (9, json!({"contentBlockIndex": 3, "start": {"toolUse": {"toolUseId": "t1", "name": "find"}}})),
        (10, json!({"contentBlockIndex": 3})),
    ] {
        two_calls.insert(at, (if at == 9 { "contentBlockStart" } else { "contentBlockStop" }.to_string(), event));
    }
    assert_found(Operation::ConverseStream, &converse(&two_calls), "two calls have the id t1");

    let mut claude = claude_events();
    claude.insert(1, json!({"type": "future_event"}));
    assert_eq!(contract_violations(Operation::MessagesStream, 200, &sse(&claude)), Vec::<String>::new());
    let mut stopless = claude_events();
    stopless[7]["delta"]["stop_reason"] = Value::Null;
    assert_found(Operation::MessagesStream, &sse(&stopless), "delta.stop_reason: missing");
    assert_found(Operation::InvokeModelWithResponseStream, &chunk_frames(&stopless), "delta.stop_reason: missing");

    let invoked = Operation::InvokeModelWithResponseStream;
    let llama = |stop: Value| {
        vec![json!({"generation": "a", "stop_reason": null}), json!({"generation": "", "stop_reason": stop})]
    };
    assert_eq!(contract_violations(invoked, 200, &chunk_frames(&llama(json!("stop")))), Vec::<String>::new());
    assert_found(invoked, &chunk_frames(&llama(Value::Null)), "a stream ends with a chunk that says why it stopped");
    assert_found(invoked, &chunk_frames(&llama(json!("tired"))), "stop_reason: Value 'tired'");

    // Nova ends a block after every piece, and its metadata has no latency.
    let nova = vec![
        json!({"messageStart": {"role": "assistant"}}),
        json!({"contentBlockDelta": {"delta": {"text": "a"}, "contentBlockIndex": 0}}),
        json!({"contentBlockStop": {"contentBlockIndex": 0}}),
        json!({"contentBlockDelta": {"delta": {"text": "b"}, "contentBlockIndex": 0}}),
        json!({"contentBlockStop": {"contentBlockIndex": 0}}),
        json!({"messageStop": {"stopReason": "end_turn"}}),
        json!({"amazon-bedrock-invocationMetrics": {"inputTokenCount": 1},
            "metadata": {"usage": {"inputTokens": 1, "outputTokens": 2, "cacheReadInputTokenCount": 0}, "metrics": {}, "trace": {}}}),
    ];
    assert_eq!(contract_violations(invoked, 200, &chunk_frames(&nova)), Vec::<String>::new());
    assert_found(invoked, &chunk_frames(&nova[..5]), "a stream ends with");
}

#[test]
fn a_responses_stream_names_the_items_that_began() {
    let response = |status: &str| {
        json!({"id": "resp_1", "object": "response", "created_at": 1, "status": status, "model": "m", "output": [],
        "parallel_tool_calls": true, "tools": [], "tool_choice": "auto"})
    };
    let item =
        |status: &str| json!({"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": []});
    let events = vec![
        json!({"type": "response.created", "response": response("in_progress")}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item("in_progress")}),
        json!({"type": "response.output_text.delta", "output_index": 0, "item_id": "msg_1", "content_index": 0, "delta": "a"}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item("completed")}),
        json!({"type": "response.completed", "response": response("completed")}),
    ];
    let numbered = |events: &[Value]| {
        let number = |(index, event): (usize, &Value)| {
            let mut event = event.clone();
            event["sequence_number"] = json!(index);
            event
        };
        sse(&events.iter().enumerate().map(number).collect::<Vec<_>>())
    };
    assert_eq!(contract_violations(Operation::ResponsesStream, 200, &numbered(&events)), Vec::<String>::new());
    let check = |at: usize, pointer: &str, value: Option<Value>, expected: &str| {
        let mut broken = events.clone();
        broken[at] = changed(&broken[at], pointer, value);
        assert_found(Operation::ResponsesStream, &numbered(&broken), expected);
    };
    check(2, "/item_id", None, "the item 0 has the id msg_1, not null");
    check(2, "/item_id", Some(json!("msg_9")), "the item 0 has the id msg_1, not \"msg_9\"");
    check(2, "/output_index", Some(json!(4)), "output_index: 4 is no item that began");
    check(1, "/output_index", Some(json!(1)), "output_index: 1 where 0 would follow");
    check(4, "/response/status", Some(json!("in_progress")), "response.status: not completed");
    check(4, "/response/tools", None, "response.tools: missing");
    let twice = [events.clone(), vec![events[4].clone()]].concat();
    assert_found(Operation::ResponsesStream, &numbered(&twice), "nothing follows the end");
}

#[test]
fn converse_stream_has_no_model_timeout() {
    let text = |value: &str| HeaderValue::String(value.to_string());
    let headers = vec![
        (":exception-type".to_string(), text("modelTimeoutException")),
        (":message-type".to_string(), text("exception")),
    ];
    let frame = Frame { headers, payload: br#"{"message":"slow"}"#.to_vec() }.encode().unwrap();
    assert_found(Operation::ConverseStream, &frame, "modelTimeoutException is no exception of ConverseStream");
    assert_eq!(contract_violations(Operation::InvokeModelWithResponseStream, 200, &frame), Vec::<String>::new());
}

#[test]
fn the_mock_keeps_the_contract_at_every_door() {
    let config = Config { fallback: Fallback::Echo, ..Config::default() };
    let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config);
    for operation in Operation::AT_DOORS {
        let model = crate::doors::served(operation, HAIKU);
        let reply = mock.handle(&crate::doors::Asking::new(&model, "鬼滅の刃", 99).request(operation), 0.0);
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes()));
        assert_eq!(contract_violations(operation, 200, &reply.bytes()), Vec::<String>::new(), "{}", operation.name());
    }
}
