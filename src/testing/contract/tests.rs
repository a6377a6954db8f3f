use serde_json::{Value, json};

use super::*;
use crate::bedrock::event_stream::{Frame, HeaderValue, encode_event};
use crate::catalog::Catalog;
use crate::fixture::Library;
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
    vec![
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
            "content": [], "stop_reason": null, "usage": {"input_tokens": 1, "output_tokens": 1}}}),
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
        let mut renamed = events.clone();
        renamed[index].0 = "somethingElse".to_string();
        all.push((format!("event {index} {name} renamed"), said(&renamed)));
        if name != "contentBlockDelta" {
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
            "the body: the form of no model's answer: none of content, output, results, generation, outputs, generations, choices, embedding, embeddings, text, images, completion",
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
        assert_eq!(contract_violations(operation, 200, &reply.bytes()), Vec::<String>::new(), "{}", operation.name());
    }
}
