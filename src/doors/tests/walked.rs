//! What a tester found who walked through the doors from outside.

use super::*;

const CHAT: &str = "/openai/v1/chat/completions";
const RESPONSES: &str = "/openai/v1/responses";
const MESSAGES: &str = "/anthropic/v1/messages";
const HAIKU: &str = "anthropic.claude-haiku-4-5";

/// A request at a door with more members; `null` stays.
fn with(door: &str, model: &str, more: &Value) -> Value {
    let mut body = request(door, model);
    if door == "chat" {
        body.as_object_mut().unwrap().shift_remove("stream_options");
    }
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Refused with 400 and these words.
fn refused(host: &str, path: &str, body: &Value, words: &str) {
    let (status, said) = send(&mut mock(&json!({"latency": "none"})), host, path, body, &[]);
    assert_eq!(status, 400, "{path} {body}: {said}");
    assert!(said.contains(words), "{path} {body}: {said}");
}

fn taken(host: &str, path: &str, body: &Value) {
    let (status, said) = send(&mut mock(&json!({"latency": "none", "fallback": "echo"})), host, path, body, &[]);
    assert_eq!(status, 200, "{path} {body}: {said}");
}

#[test]
fn mantle_counts_by_its_own_id() {
    let body = json!({"model": HAIKU, "messages": [{"role": "user", "content": "Hello world"}]});
    let (status, said) = send(&mut mock(&json!({})), MANTLE, "/anthropic/v1/messages/count_tokens", &body, &[]);
    assert_eq!(status, 200, "{said}");
    assert!(serde_json::from_str::<Value>(&said).unwrap()["input_tokens"].as_u64().unwrap() > 0);
}

fn get(mock: &mut Mock, id: &str, at_ms: f64) -> Value {
    let (path, headers) = (format!("{RESPONSES}/{id}"), Headers::from([("host", MANTLE)]));
    let reply = mock.handle(&Request { method: "GET".into(), path, headers, body: Vec::new() }, at_ms);
    serde_json::from_slice(&reply.bytes()).unwrap()
}

#[test]
fn a_stream_is_in_progress_while_it_runs_and_failed_once_it_has() {
    let slow = json!({GPT: {"avg_latency_ms": 1000, "latency_jitter_ms": 0}});
    let broken =
        json!([{"kind": "exception_frame", "code": "ThrottlingException", "message": "slow down", "after_events": 5}]);
    for (faults, end) in [(json!([]), "completed"), (broken, "failed")] {
        let mut mock = mock(&json!({"latency": "model", "models": slow, "faults": faults}));
        let body = with("responses", GPT, &json!({"stream": true}));
        let events = super::super::data_events(&send(&mut mock, MANTLE, RESPONSES, &body, &[]).1).0;
        let id = events[0]["response"]["id"].as_str().unwrap().to_string();
        let early = get(&mut mock, &id, 400.0);
        assert_eq!((&early["status"], &early["usage"]), (&json!("in_progress"), &Value::Null), "{early}");
        let late = get(&mut mock, &id, 120_000.0);
        assert_eq!(late["status"], end, "{late}");
        assert_eq!(late["error"]["message"].as_str(), (end == "failed").then_some("slow down"), "{late}");
    }
    let mut at_once = mock(&json!({"latency": "model", "models": slow, "timeless": true}));
    let body = with("responses", GPT, &json!({"stream": true}));
    let events = super::super::data_events(&send(&mut at_once, MANTLE, RESPONSES, &body, &[]).1).0;
    assert_eq!(get(&mut at_once, events[0]["response"]["id"].as_str().unwrap(), 0.0)["status"], "completed");
}

#[test]
fn who_tries_again_what_clients_do_try_again_is_not_blamed() {
    let check = |path: &str, door: &str, fault: Value, blamed: bool| {
        let mut mock = mock(&json!({"latency": "none", "faults": [fault]}));
        let model = if door == "messages" { "anthropic.claude-sonnet-5" } else { GPT };
        for at_ms in [0.0, 5_000.0] {
            let headers = Headers::from([("host", MANTLE), ("content-type", "application/json")]);
            let body = with(door, model, &json!({})).to_string().into_bytes();
            mock.handle(&Request { method: "POST".into(), path: path.into(), headers, body }, at_ms);
        }
        let found = mock.ledger().findings().iter().any(|finding| finding.rule == "retried-non-retryable");
        assert_eq!(found, blamed, "{path} {fault}: {:?}", mock.ledger().findings());
    };
    for (path, door) in [(MESSAGES, "messages"), (CHAT, "chat"), (RESPONSES, "responses")] {
        check(path, door, json!({"kind": "reset"}), false);
        check(path, door, json!({"kind": "gateway", "status": 502}), false);
        check(path, door, json!({"kind": "gateway", "status": 403}), true);
        check(path, door, json!({"kind": "http", "code": "ModelTimeoutException"}), false);
        check(path, door, json!({"kind": "http", "code": "ModelErrorException"}), true);
        check(path, door, json!({"kind": "http", "code": "AccessDeniedException"}), true);
    }
}

#[test]
fn an_effort_and_a_schema_are_those_of_the_models_row() {
    let effort = |host: &str, model: &str, level: &str, words: &str| {
        let path = |door: &str| {
            if model.contains("gpt-oss") && host == MANTLE {
                format!("/v1/{door}")
            } else {
                format!("/openai/v1/{door}")
            }
        };
        refused(host, &path("chat/completions"), &with("chat", model, &json!({"reasoning_effort": level})), words);
        if !(host == RUNTIME && model.contains("grok")) {
            let body = with("responses", model, &json!({"reasoning": {"effort": level}}));
            refused(host, &path("responses"), &body, words);
        }
    };
    effort(
        RUNTIME,
        "us.openai.gpt-6-astra",
        "none",
        "'none' is not supported with the 'openai.gpt-6-astra' model. Supported values are: 'low', 'medium', 'high', 'xhigh', and 'max'.",
    );
    effort(RUNTIME, "us.openai.gpt-6.1-sol", "none", "'none' is not supported");
    effort(MANTLE, "openai.gpt-5.4", "minimal", "Supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'.");
    effort(MANTLE, "openai.gpt-5.4", "max", "'max' is not supported");
    effort(MANTLE, "xai.grok-4.3", "none", "'none' is not supported");
    effort(MANTLE, OSS, "none", "the 'openai.gpt-oss-120b' model. Supported values are: 'low', 'medium', and 'high'.");
    effort(RUNTIME, "us.xai.grok-4.6", "none", "with the 'xai.grok-4.6' model");
    taken(MANTLE, RESPONSES, &with("responses", "openai.gpt-5.4", &json!({"reasoning": {"effort": "none"}})));
    let schema = json!({"name": "n", "schema": {"type": "object", "properties": {}, "additionalProperties": false, "required": []}});
    let format = json!({"response_format": {"type": "json_schema", "json_schema": schema}});
    refused(RUNTIME, CHAT, &with("chat", "us.xai.grok-4.6", &format), "'json_schema' is not supported");
    taken(RUNTIME, CHAT, &with("chat", "us.openai.gpt-5.6-sol", &format));
    let format = json!({"output_config": {"format": {"type": "json_schema", "schema": schema["schema"]}}});
    refused(
        MANTLE,
        MESSAGES,
        &with("messages", HAIKU, &format),
        "output_config.format: Extra inputs are not permitted",
    );
    taken(RUNTIME, MESSAGES, &with("messages", "us.anthropic.claude-haiku-4-5-20251001-v1:0", &format));
}

#[test]
fn an_answer_is_no_longer_than_the_model_and_the_configuration_let_it() {
    let long = json!({"max_completion_tokens": 10_000_000});
    refused(MANTLE, CHAT, &with("chat", GPT, &long), "Expected a value <= 128000, but got 10000000 instead.");
    let long = json!({"max_output_tokens": 10_000_000});
    refused(MANTLE, RESPONSES, &with("responses", GPT, &long), "'max_output_tokens': integer above maximum value");
    let config = json!({"latency": "none", "models": {GPT: {"max_tokens": 300}}});
    let body = with("responses", GPT, &json!({"max_output_tokens": 301}));
    let (status, said) = send(&mut mock(&config), MANTLE, RESPONSES, &body, &[]);
    assert!(status == 400 && said.contains("<= 300"), "{said}");
}

#[test]
fn a_parameter_of_another_type_is_refused_at_every_door() {
    let chat = |more: Value, words: &str| refused(MANTLE, CHAT, &with("chat", GPT, &more), words);
    chat(json!({"tools": "x"}), "Invalid type for 'tools': expected an array of objects, but got a string instead.");
    chat(json!({"stream_options": "x"}), "'stream_options': expected an object");
    chat(
        json!({"stream": true, "stream_options": {"include_usage": "yes"}}),
        "'stream_options.include_usage': expected a boolean",
    );
    chat(json!({"seed": "x"}), "'seed': expected an integer");
    chat(json!({"parallel_tool_calls": "x"}), "'parallel_tool_calls': expected a boolean");
    chat(json!({"store": "x"}), "'store'");
    chat(json!({"logprobs": "x"}), "'logprobs'");
    chat(json!({"verbosity": "x"}), "Supported values are: 'low', 'medium', and 'high'.");
    chat(json!({"metadata": {"a": 1}}), "'metadata.a': expected a string");
    chat(json!({"frequency_penalty": 5}), "decimal above maximum value. Expected a value <= 2, but got 5");
    chat(json!({"response_format": "json"}), "'response_format': expected an object");
    chat(json!({"service_tier": 5}), "'service_tier': expected a string");
    chat(json!({"model": 5}), "'model': expected a string");
    chat(
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": 5}]}]}),
        "'messages[0].content[0].text': expected a string",
    );
    let call = json!([{"id": "c", "type": "function", "function": {"name": "f", "arguments": {}}}]);
    chat(json!({"messages": [{"role": "assistant", "tool_calls": call}]}), "function.arguments': expected a string");
    let responses = |more: Value, words: &str| refused(MANTLE, RESPONSES, &with("responses", GPT, &more), words);
    responses(json!({"reasoning": "high"}), "'reasoning': expected an object");
    responses(json!({"text": "json"}), "'text': expected an object");
    responses(json!({"metadata": "json"}), "'metadata': expected an object");
    responses(json!({"metadata": {"a": 1}}), "'metadata.a': expected a string");
    responses(json!({"include": "x"}), "'include': expected an array of strings");
    responses(json!({"include": ["foo.bar"]}), "Invalid value: 'foo.bar'");
    responses(json!({"truncation": "x"}), "Supported values are: 'auto' and 'disabled'.");
    responses(json!({"tool_choice": 5}), "'tool_choice': expected a string or an object");
    responses(json!({"top_logprobs": 30}), "'top_logprobs': integer above maximum value. Expected a value <= 20");
    responses(json!({"top_logprobs": "x"}), "'top_logprobs': expected an integer");
    let said = |role: &str, kind: &str| json!({"input": [{"role": role, "content": [{"type": kind, "text": "x"}]}]});
    responses(said("user", "text"), "Invalid value: 'text'");
    responses(said("assistant", "input_text"), "Supported values are: 'output_text' and 'refusal'.");
    taken(
        MANTLE,
        RESPONSES,
        &with("responses", GPT, &json!({"include": ["reasoning.encrypted_content"], "truncation": "auto"})),
    );
    let messages = |more: Value, words: &str| refused(RUNTIME, MESSAGES, &with("messages", CLAUDE, &more), words);
    messages(json!({"tools": "x"}), "tools: Input should be a valid list");
    messages(json!({"output_config": 5}), "output_config: Input should be a valid dictionary");
    messages(json!({"thinking": "adaptive"}), "thinking: Input should be a valid dictionary");
    messages(
        json!({"thinking": {"type": "adaptive", "display": "foo"}}),
        "thinking.display: Input should be 'omitted' or 'summarized'",
    );
    messages(json!({"metadata": {"user_id": 5}}), "metadata.user_id: Input should be a valid string");
    messages(json!({"service_tier": "foo"}), "service_tier: Input should be");
    let turn = |role: &str, content: Value| json!({"messages": [{"role": "user", "content": "x"}, {"role": role, "content": content}]});
    let used = json!([{"type": "tool_use", "id": "t", "name": "f", "input": "x"}]);
    messages(turn("assistant", used), "messages.1.content.0.tool_use.input: Input should be a valid dictionary");
    let thought = json!([{"type": "thinking", "thinking": "x"}]);
    messages(turn("assistant", thought), "messages.1.content.0.thinking.signature: Field required");
    messages(turn("user", json!(5)), "messages.1.content: Input should be a valid list");
    messages(turn("user", json!([{"type": "text", "text": 5}])), "text.text: Input should be a valid string");
}

#[test]
fn a_mark_of_the_cache_is_one_and_is_named_where_it_stands() {
    let check = |more: Value, words: &str| refused(RUNTIME, MESSAGES, &with("messages", CLAUDE, &more), words);
    let block = |mark: Value| json!({"type": "text", "text": "x", "cache_control": mark});
    let short = json!({"type": "ephemeral"});
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    let system = json!([{"type": "text", "text": "a"}, block(short), block(hour)]);
    check(json!({"system": system}), "system.2.cache_control.ttl: a ttl='1h'");
    for ttl in [json!("2h"), json!(300)] {
        let mark = json!({"type": "ephemeral", "ttl": ttl});
        let message = json!([{"role": "user", "content": [block(mark.clone())]}]);
        check(
            json!({"messages": message}),
            "messages.0.content.0.cache_control.ephemeral.ttl: Input should be '5m' or '1h'",
        );
        check(json!({"system": [block(mark.clone())]}), "system.0.cache_control.ephemeral.ttl");
        check(json!({"cache_control": mark}), "cache_control.ephemeral.ttl");
    }
    check(json!({"system": [block(json!({"type": "foo"}))]}), "system.0.cache_control: Input tag 'foo'");
    check(json!({"system": [block(json!("x"))]}), "system.0.cache_control: Input should be a valid dictionary");
}

#[test]
fn a_tool_that_must_be_used_is_offered() {
    let check = |more: Value, words: &str| refused(RUNTIME, MESSAGES, &with("messages", CLAUDE, &more), words);
    check(json!({"tool_choice": {"type": "any"}}), "tool_choice may only be specified while providing tools.");
    let tools = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let named = |name: &str| json!({"tools": tools, "tool_choice": {"type": "tool", "name": name}});
    check(named("g"), "Tool 'g' not found in provided tools");
    taken(RUNTIME, MESSAGES, &with("messages", CLAUDE, &named("f")));
    let converse = json!({"messages": [{"role": "user", "content": [{"text": "x"}]}], "toolConfig": {
        "tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}], "toolChoice": {"tool": {"name": "g"}}}});
    let path = format!("/model/{CLAUDE}/converse");
    refused(RUNTIME, &path, &converse, "Tool 'g' not found in provided tools");
}

#[test]
fn an_image_is_what_it_says() {
    // The signature and the header of a PNG of one pixel.
    const PNG: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let image =
        |source: Value| json!({"messages": [{"role": "user", "content": [{"type": "image", "source": source}]}]});
    let bytes = |media_type: &str, data: &str| image(json!({"type": "base64", "media_type": media_type, "data": data}));
    let messages = |more: Value, words: &str| refused(RUNTIME, MESSAGES, &with("messages", CLAUDE, &more), words);
    messages(bytes("image/png", "%%%"), "messages.0.content.0.image.source.base64: invalid base64 data");
    messages(bytes("image/png", "AAAA"), "Invalid or unsupported image format");
    messages(bytes("image/jpeg", PNG), "but the image appears to be a image/png image");
    messages(bytes("image/bmp", PNG), "media_type: Input should be 'image/jpeg'");
    messages(image(json!({"type": "file", "file_id": "f"})), "Input tag 'file'");
    let pdf = json!({"type": "base64", "media_type": "application/pdf", "data": "AAAA"});
    messages(
        json!({"messages": [{"role": "user", "content": [{"type": "document", "source": pdf}]}]}),
        "The PDF specified was not valid.",
    );
    taken(RUNTIME, MESSAGES, &with("messages", CLAUDE, &bytes("image/png", PNG)));
    for (url, words) in [
        ("data:image/png;base64,%%%", "invalid base64"),
        ("data:image/png;base64,AAAA", "unsupported image"),
        ("data:image/bmp;base64,AAAA", "unsupported image"),
        ("ftp:x", "Expected a valid URL"),
    ] {
        let part =
            json!({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]});
        refused(MANTLE, CHAT, &with("chat", GPT, &part), words);
        let part = json!({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": url}]}]});
        refused(MANTLE, RESPONSES, &with("responses", GPT, &part), words);
    }
    let url = format!("data:image/png;base64,{PNG}");
    let part = json!({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": url}]}]});
    taken(MANTLE, RESPONSES, &with("responses", GPT, &part));
}

#[test]
fn a_guardrail_is_traced_where_the_request_asks() {
    let guardrail = [
        ("x-amzn-bedrock-guardrailidentifier", "g1"),
        ("x-amzn-bedrock-guardrailversion", "1"),
        ("x-amzn-bedrock-trace", "ENABLED"),
    ];
    let config = json!({"latency": "none", "guardrail": {"id": "g1", "words": ["kit"]}});
    for stream in [false, true] {
        let body = with("messages", CLAUDE, &json!({"stream": stream}));
        let traced = |headers: &[(&str, &str)]| send(&mut mock(&config), RUNTIME, MESSAGES, &body, headers).1;
        assert!(traced(&guardrail).contains("\"amazon-bedrock-trace\":{"), "{}", traced(&guardrail));
        assert!(!traced(&guardrail[..2]).contains("amazon-bedrock-trace"));
    }
}

#[test]
fn an_error_frame_without_words_has_the_usual_ones_and_mantle_its_own_code() {
    let faults = json!([{"kind": "error_frame", "code": "InternalServerException", "after_events": 1}]);
    let body = with("chat", GPT, &json!({"stream": true}));
    let said = send(&mut mock(&json!({"latency": "none", "faults": faults})), MANTLE, CHAT, &body, &[]).1;
    assert!(said.contains("encountered an unexpected error"), "{said}");
    let faults = json!([{"kind": "http", "code": "ResourceNotFoundException"}]);
    for (host, model, code) in [(MANTLE, GPT, "not_found_error"), (RUNTIME, "us.openai.gpt-5.6-sol", "not_found")] {
        let mut mock = mock(&json!({"latency": "none", "faults": faults}));
        let (status, said) = send(&mut mock, host, CHAT, &with("chat", model, &json!({})), &[]);
        assert!(status == 404 && said.contains(&format!("\"code\":\"{code}\"")), "{said}");
    }
}

#[test]
fn a_profile_of_a_geography_that_the_model_lacks_is_no_id() {
    let check = |door: &str, path: &str, model: &str, status: u16| {
        let mut mock = mock(&json!({"latency": "none"}));
        let (got, said) = send(&mut mock, RUNTIME, path, &with(door, model, &json!({})), &[]);
        assert_eq!(got, status, "{model}: {said}");
    };
    check("chat", CHAT, "us.openai.gpt-5.6-sol", 200);
    check("chat", CHAT, "in.openai.gpt-5.6-terra", 200);
    check("chat", CHAT, "in.openai.gpt-5.6-sol", 404);
    check("chat", CHAT, "eu.openai.gpt-5.6-sol", 404);
    check("messages", MESSAGES, "jp.anthropic.claude-haiku-5-5", 200);
    check("messages", MESSAGES, "us-gov.anthropic.claude-haiku-5-5", 404);
}
