//! One declared answer through every door: what comes out, read back, is what was declared.

use serde_json::{Value, json};

use crate::bedrock::{Answer, Block, Headers, Request};
use crate::catalog::Catalog;
use crate::doors::decode::{answer_in_body, answer_in_events};
use crate::fixture::{Fixture, Library};
use crate::mock::{ClientError, Config, Mock, MockBedrockClient};

use super::Host;

mod walked;

const CLAUDE: &str = "us.anthropic.claude-sonnet-5";
const GPT: &str = "openai.gpt-5.6-sol";
const OSS: &str = "openai.gpt-oss-120b";
const DOORS: [(&str, &str); 5] =
    [("messages", CLAUDE), ("chat", GPT), ("chat", OSS), ("responses", GPT), ("responses", OSS)];

fn client(answer: &Value, more: &Value) -> MockBedrockClient {
    let mut fixture = json!({"version": 1, "fixture_id": "f", "prompt": "ask", "answer": answer,
        "usage": {"input_tokens": 40, "output_tokens": 33, "cache_read_tokens": 7, "cache_write_tokens": 2}});
    fixture.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let library = Library::new(vec![Fixture::read(fixture).unwrap()]).unwrap();
    MockBedrockClient::new(Mock::new(library, Catalog::full().clone(), Config::default()))
}

fn request(door: &str, model: &str) -> Value {
    match door {
        "responses" => json!({"model": model, "input": "ask"}),
        "chat" => json!({"model": model, "messages": [{"role": "user", "content": "ask"}],
            "stream_options": null}),
        _ => json!({"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": "ask"}]}),
    }
}

fn whole(client: &MockBedrockClient, door: &str, body: &Value) -> Result<Value, ClientError> {
    pollster::block_on(async {
        match door {
            "messages" => client.messages(body).await,
            "chat" => client.chat(body).await,
            _ => client.responses(body).await,
        }
    })
}

/// Text and tool calls: what every door can carry.
fn carried(answer: &Answer) -> Vec<String> {
    let said = |block: &Block| match block {
        Block::Text(text) | Block::Cited { text, .. } => Some(text.clone()),
        Block::ToolUse { name, input, .. } => Some(format!("{name} {input}")),
        _ => None,
    };
    answer.content.iter().filter_map(said).collect()
}

#[test]
fn an_answer_comes_back_through_every_door_whole_and_streamed() {
    let answers = [
        json!("一巻は在庫が\nございます。👨‍👩‍👧 \"quoted\""),
        json!({"content": [{"type": "thinking", "thinking": "look it up", "signature": "c2ln"},
            {"type": "text", "text": "One moment."},
            {"type": "tool_use", "name": "stock", "input": {"volume": 1}},
            {"type": "tool_use", "name": "now", "input": {}}]}),
    ];
    for answer in &answers {
        for (door, model) in DOORS {
            let client = client(answer, &json!({}));
            let body = request(door, model);
            let expected = carried(&pollster::block_on(async {
                let converse = json!({"messages": [{"role": "user", "content": [{"text": "ask"}]}]});
                answer_in_body(&client.converse(CLAUDE, converse).await.unwrap()).unwrap()
            }));
            let got = answer_in_body(&whole(&client, door, &body).unwrap()).unwrap();
            assert_eq!(carried(&got), expected, "{door} {model}");
            let mut streamed = body.clone();
            if door == "chat" {
                streamed["stream_options"] = json!({"include_usage": true});
            }
            let events = pollster::block_on(client.door_stream(door, &streamed)).unwrap();
            let assembled = answer_in_events(&events).unwrap();
            assert_eq!(carried(&assembled), expected, "{door} {model}, streamed");
            for answer in [&got, &assembled] {
                assert_eq!((answer.usage.prompt_tokens(), answer.usage.output_tokens), (49, 33), "{door} {model}");
                assert_eq!(answer.stop_reason, got.stop_reason);
            }
            let report = client.usage_report();
            assert_eq!((report.total.calls, report.total.errors, report.total.output_tokens), (3, 0, 99));
        }
    }
}

#[test]
fn an_error_has_each_doors_own_form_and_place() {
    let check = |door: &str, model: &str, body: Value, name: &str, status: u16, message: &str| {
        let mut asked = request(door, model);
        asked.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        match whole(&client(&json!("x"), &json!({})), door, &asked) {
            Err(ClientError::Service { name: got, status: code, message: said }) => {
                assert_eq!((got.as_str(), code), (name, status), "{door}: {said}");
                assert!(said.contains(message), "{door}: {said}");
            }
            other => panic!("{door}: {other:?}"),
        }
    };
    let wrong_role = json!({"messages": [{"role": "nobody", "content": "ask"}]});
    check("chat", GPT, wrong_role, "invalid_value", 400, "'nobody'");
    check("chat", GPT, json!({"n": 2}), "unsupported_value", 400, "'n'");
    check("chat", GPT, json!({"max_tokens": 5}), "unsupported_parameter", 400, "max_completion_tokens");
    let unanswered = json!({"messages": [{"role": "assistant", "tool_calls": [
        {"id": "call_0", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}, {"role": "user", "content": "x"}]});
    check("chat", OSS, unanswered, "invalid_value", 400, "call_0");
    check("responses", GPT, json!({"max_output_tokens": 3}), "integer_below_min_value", 400, ">= 16");
    check("responses", GPT, json!({"guardrailConfig": {}}), "unknown_parameter", 400, "guardrailConfig");
    check("responses", GPT, json!({"previous_response_id": "resp_none"}), "not_found_error", 404, "not found");
    check("responses", OSS, json!({"model": CLAUDE}), "model_not_found", 404, "doesn't support this API");
    check("messages", CLAUDE, json!({"max_tokens": null}), "invalid_request_error", 400, "max_tokens");
    check(
        "messages",
        CLAUDE,
        json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
        "invalid_request_error",
        400,
        "not supported",
    );
}

#[test]
fn a_broken_stream_ends_with_each_doors_own_error() {
    let broken = json!({"error": {"code": "ThrottlingException", "message": "slow down", "after_events": 3}});
    for (door, model) in DOORS {
        let events = pollster::block_on(
            client(&json!("a long text of many words"), &broken).door_stream(door, &request(door, model)),
        )
        .unwrap();
        assert_eq!(events.len(), 4, "{door}");
        let last = events.last().unwrap();
        let message = [&last["error"]["message"], &last["response"]["error"]["message"]];
        assert!(message.contains(&&json!("slow down")), "{door}: {last}");
    }
}

/// Whatever is no object is refused in the door's own words, at every door and on either host, and never for its model.
#[test]
fn a_body_that_is_no_object_is_400_everywhere() {
    let mut mock = mock(&json!({}));
    for (path, words) in [
        ("/anthropic/v1/messages", ["not valid JSON", "valid dictionary"]),
        ("/openai/v1/chat/completions", ["Failed to deserialize the JSON body"; 2]),
        ("/openai/v1/responses", ["Failed to deserialize the JSON body"; 2]),
        ("/v1/chat/completions", ["Failed to deserialize the JSON body"; 2]),
    ] {
        for (body, words) in [("{\"model\": ", words[0]), ("", words[0]), ("[1]", words[1]), ("null", words[1])] {
            for host in ["", "bedrock-mantle.us-east-1.api.aws"] {
                let headers = Headers::default().with("host", host);
                let request = Request { method: "POST".into(), path: path.into(), headers, body: body.into() };
                let reply = mock.handle(&request, 0.0);
                let said = String::from_utf8(reply.bytes()).unwrap();
                assert!(reply.status == 400 && said.contains(words), "{path} {host} `{body}`: {} {said}", reply.status);
            }
        }
    }
}

fn mock(config: &Value) -> Mock {
    let fixture = json!({"version": 1, "fixture_id": "f", "prompt": "ask", "answer": "a long text of many words for kit",
        "usage": {"input_tokens": 40, "output_tokens": 33}});
    let library = Library::new(vec![Fixture::read(fixture).unwrap()]).unwrap();
    Mock::new(library, Catalog::full().clone(), Config::read(config).unwrap())
}

/// Sends a body to a path of a host, with more headers; gives the status and the body's text.
fn send(mock: &mut Mock, host: &str, path: &str, body: &Value, headers: &[(&str, &str)]) -> (u16, String) {
    let mut all = Headers::from([("host", host), ("content-type", "application/json")]);
    for (name, value) in headers {
        all = all.with(name, *value);
    }
    let (path, body) = (path.to_string(), body.to_string().into_bytes());
    let reply = mock.handle(&Request { method: "POST".to_string(), path, headers: all, body }, 0.0);
    (reply.status, String::from_utf8(reply.bytes()).unwrap())
}

const RUNTIME: &str = "bedrock-runtime.us-east-1.amazonaws.com";
const MANTLE: &str = "bedrock-mantle.us-east-1.api.aws";

#[test]
fn guardrail_headers_count_where_the_host_heeds_them() {
    let guardrail = [("x-amzn-bedrock-guardrailidentifier", "g1"), ("x-amzn-bedrock-guardrailversion", "1")];
    let mut mock = mock(&json!({"latency": "none", "guardrail": {"id": "g1", "words": ["kit"]}}));
    let mut check = |host: &str, path: &str, model: &str, door: &str, applied: bool| {
        let (status, said) = send(&mut mock, host, path, &request(door, model), &guardrail);
        assert_eq!((status, said.contains("for kit")), (200, !applied), "{host}{path}: {said}");
    };
    check(RUNTIME, "/anthropic/v1/messages", CLAUDE, "messages", true);
    check(RUNTIME, "/openai/v1/chat/completions", "us.openai.gpt-5.6-sol", "chat", true);
    check(RUNTIME, "/openai/v1/responses", "us.openai.gpt-5.6-sol", "responses", false);
    check(MANTLE, "/anthropic/v1/messages", "anthropic.claude-sonnet-5", "messages", false);
    check(MANTLE, "/openai/v1/responses", GPT, "responses", false);
}

#[test]
fn every_beta_that_bedrock_takes_is_taken_and_others_are_not() {
    let mut mock = mock(&json!({"latency": "none"}));
    let body = request("messages", CLAUDE);
    let mut check = |beta: &str, expected: u16| {
        let (status, said) = send(&mut mock, RUNTIME, "/anthropic/v1/messages", &body, &[("anthropic-beta", beta)]);
        assert_eq!(status, expected, "{beta}: {said}");
    };
    check("claude-code-20250219,interleaved-thinking-2025-05-14, effort-2025-11-24", 200);
    check("context-management-2025-06-27", 200);
    check("thinking-token-count-2026-05-13", 200);
    check("structured-outputs-2025-11-13", 200);
    check("prompt-caching-scope-2026-01-05", 400);
}

#[test]
fn a_strict_host_has_the_others_paths_not() {
    let check = |host: &str, path: &str, model: &str, door: &str, expected: u16| {
        let mut mock = mock(&json!({"latency": "none", "host": host}));
        // Whatever the Host header says.
        let (status, said) = send(&mut mock, "localhost", path, &request(door, model), &[]);
        assert_eq!(status, expected, "{host}{path}: {said}");
        if expected == 200 && host == "runtime" && path.starts_with("/v1/") {
            assert!(said.contains("UnknownOperationException"), "{said}");
        }
    };
    check("runtime", "/v1/chat/completions", OSS, "chat", 200);
    check("mantle", "/v1/chat/completions", OSS, "chat", 200);
    check("mantle", "/openai/v1/responses", "us.openai.gpt-5.6-sol", "responses", 404);
    check("mantle", "/model/anthropic.claude-3-haiku-20240307-v1:0/converse", CLAUDE, "messages", 404);
    check("mantle", "/guardrail/rehearsal/version/1/apply", CLAUDE, "messages", 404);
    check("runtime", "/openai/v1/responses", GPT, "responses", 400);
    check("runtime", "/openai/v1/responses", "us.openai.gpt-5.6-sol", "responses", 200);
}

#[test]
fn a_guardrail_that_is_not_there_is_refused_where_the_host_heeds_it() {
    let other = [("x-amzn-bedrock-guardrailidentifier", "bogus"), ("x-amzn-bedrock-guardrailversion", "1")];
    for config in [json!({"latency": "none", "guardrail": {"id": "g1", "words": ["kit"]}}), json!({"latency": "none"})]
    {
        let mut mock = mock(&config);
        let mut check = |host: &str, path: &str, body: &Value, expected: u16| {
            let (status, said) = send(&mut mock, host, path, body, &other);
            assert_eq!(status, expected, "{host}{path}: {said}");
            assert!(expected == 200 || said.contains("guardrail identifier or version"), "{said}");
        };
        let asked = json!({"messages": [{"role": "user", "content": [{"text": "ask"}]}],
            "guardrailConfig": {"guardrailIdentifier": "bogus", "guardrailVersion": "1"}});
        let invoked = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9,
            "messages": [{"role": "user", "content": "ask"}]});
        check(RUNTIME, "/anthropic/v1/messages", &request("messages", CLAUDE), 400);
        check(RUNTIME, "/openai/v1/chat/completions", &request("chat", "us.openai.gpt-5.6-sol"), 400);
        check(RUNTIME, &format!("/model/{CLAUDE}/converse"), &asked, 400);
        check(RUNTIME, &format!("/model/{CLAUDE}/invoke"), &invoked, 400);
        check(RUNTIME, "/openai/v1/responses", &request("responses", "us.openai.gpt-5.6-sol"), 200);
        check(MANTLE, "/anthropic/v1/messages", &request("messages", "anthropic.claude-sonnet-5"), 200);
    }
}

/// Where waiting takes no time, a caller who waits as long as asked has waited.
#[test]
fn who_waits_as_asked_is_not_blamed_at_any_speed() {
    let fault = json!([{"kind": "http", "code": "ThrottlingException", "retry_after": 1, "forever": true}]);
    for timeless in [true, false] {
        let config = json!({"timeless": timeless, "faults": fault, "fallback": "echo"});
        for (door, path) in [("chat", "/openai/v1/chat/completions"), ("converse", "converse")] {
            let mut mock = Mock::new(Library::default(), Catalog::full().clone(), Config::read(&config).unwrap());
            let failing = json!({"version": 1, "fixture_id": "e", "prompt": "ask",
                "error": {"code": "ThrottlingException", "retry_after": 1}, "latency_ms": 500});
            mock.set_library(Library::new(vec![Fixture::read(failing).unwrap()]).unwrap());
            mock.set_faults(&json!([])).unwrap();
            let converse = json!({"messages": [{"role": "user", "content": [{"text": "ask"}]}]});
            for at_ms in [0.0, 1_001.0] {
                let (path, body) = match door {
                    "chat" => (path.to_string(), request("chat", "us.openai.gpt-5.6-sol")),
                    _ => (format!("/model/{CLAUDE}/converse"), converse.clone()),
                };
                let body = body.to_string().into_bytes();
                mock.handle(&Request { method: "POST".to_string(), path, headers: Headers::default(), body }, at_ms);
            }
            // In real time the first answer came after half a second: then half a second was waited.
            let ignored = mock.ledger().findings().iter().any(|finding| finding.rule == "ignored-retry-after");
            assert_eq!(ignored, !timeless, "{door}: {:?}", mock.ledger().findings());
        }
    }
}

#[test]
fn a_prompt_beyond_the_window_is_told_so_in_each_doors_form() {
    let mut mock = mock(&json!({"latency": "none"}));
    let mut check = |host: &str, path: &str, mut body: Value, code: &str, words: &str| {
        let long = json!("word ".repeat(210_000));
        match path.ends_with("responses") {
            true => body["input"] = long,
            false => body["messages"][0]["content"] = long,
        }
        let (status, said) = send(&mut mock, host, path, &body, &[]);
        let error = serde_json::from_str::<Value>(&said).unwrap()["error"].take();
        let named = error["code"].as_str().or(error["type"].as_str());
        assert_eq!((status, named), (400, Some(code)), "{said}");
        assert!(error["message"].as_str().unwrap().starts_with(words), "{said}");
        assert!(code != "context_length_exceeded" || error["param"] == "input", "{said}");
    };
    let code = "context_length_exceeded";
    check(MANTLE, "/v1/responses", request("responses", OSS), code, "Your input exceeds");
    let haiku = request("messages", "us.anthropic.claude-haiku-4-5-20251001-v1:0");
    check(RUNTIME, "/anthropic/v1/messages", haiku, "invalid_request_error", "prompt is too long: 2");
}

#[test]
fn what_mantle_reads_from_its_cache_costs_no_quota() {
    let quotas =
        json!({"latency": "none", "timeless": true, "fallback": "echo", "quotas": {"*": {"input_tpm": 9_000}}});
    let mut mock = mock(&quotas);
    let handbook = json!([{"type": "text", "text": "long handbook of the store. ".repeat(1_000),
        "cache_control": {"type": "ephemeral"}}]);
    let mut ask = |question: &str| {
        let mut body = request("messages", "anthropic.claude-opus-5");
        body["system"] = handbook.clone();
        body["max_tokens"] = json!(50);
        body["messages"][0]["content"] = json!(question);
        send(&mut mock, MANTLE, "/anthropic/v1/messages", &body, &[])
    };
    let (status, said) = ask("q");
    assert!(status == 200 && said.contains("\"cache_read_input_tokens\":0"), "{said}");
    for again in 0..5 {
        let (status, said) = ask(&format!("q{again}"));
        assert!(status == 200 && !said.contains("\"cache_read_input_tokens\":0"), "{status} {said}");
    }
}

/// Nothing is reserved any more once the answer is there, and a door says no time to wait.
#[test]
fn a_reservation_ends_with_the_answer_and_no_request_is_counted_on_mantle() {
    let quotas = json!({"timeless": true, "fallback": "echo", "quotas": {"*": {"input_tpm": 1_000},
        "openai.gpt-5.4": {"rpm": 1}}});
    let mut mock = mock(&quotas);
    let mut body = request("messages", "anthropic.claude-sonnet-5");
    body["max_tokens"] = json!(600);
    for _ in 0..5 {
        assert_eq!(send(&mut mock, MANTLE, "/anthropic/v1/messages", &body, &[]).0, 200);
        assert_eq!(
            send(&mut mock, MANTLE, "/openai/v1/responses", &request("responses", "openai.gpt-5.4"), &[]).0,
            200
        );
    }
    body["max_tokens"] = json!(5_000);
    let headers = Headers::from([("host", MANTLE)]);
    let path = "/anthropic/v1/messages".to_string();
    let body = body.to_string().into_bytes();
    let reply = mock.handle(&Request { method: "POST".to_string(), path, headers, body }, 0.0);
    assert_eq!((reply.status, reply.headers.get("retry-after")), (429, None));
}

/// An explicit cache writes up to a breakpoint and nothing without one.
#[test]
fn an_explicit_cache_keeps_to_the_callers_breakpoints() {
    let mut mock = mock(&json!({"latency": "none", "timeless": true, "fallback": "echo"}));
    let handbook = "long handbook of the store. ".repeat(1_000);
    let mut ask = |door: &str, model: &str, mode: &str, marked: bool, question: &str| {
        let mut part = json!({"type": if door == "chat" { "text" } else { "input_text" }, "text": handbook});
        if marked {
            part["prompt_cache_breakpoint"] = json!({"mode": "explicit"});
        }
        let mut rest = part.clone();
        rest["text"] = json!(question);
        rest.as_object_mut().unwrap().remove("prompt_cache_breakpoint");
        let mut body = request(door, model);
        let said = json!([{"role": "user", "content": [part, rest]}]);
        body[if door == "chat" { "messages" } else { "input" }] = said;
        body["prompt_cache_options"] = json!({"mode": mode, "ttl": "30m"});
        let (status, said) = send(&mut mock, MANTLE, &super::path_for(door, model).unwrap(), &body, &[]);
        let usage = serde_json::from_str::<Value>(&said).unwrap()["usage"].take();
        let details = &usage[if door == "chat" { "prompt_tokens_details" } else { "input_tokens_details" }];
        assert_eq!(status, 200, "{said}");
        (details["cache_write_tokens"].as_u64().unwrap() > 0, details["cached_tokens"].as_u64().unwrap() > 0)
    };
    for (door, model) in [("responses", "openai.gpt-5.6-luna"), ("chat", "openai.gpt-5.6-terra")] {
        assert_eq!(ask(door, model, "explicit", false, "a"), (false, false), "{door}");
        assert_eq!(ask(door, model, "explicit", false, "b"), (false, false), "{door}");
        assert_eq!(ask(door, model, "explicit", true, "c"), (true, false), "{door}");
        assert_eq!(ask(door, model, "explicit", true, "d"), (false, true), "{door}");
    }
    let mut mock = self::mock(&json!({}));
    for (door, path) in [("chat", "/openai/v1/chat/completions"), ("responses", "/openai/v1/responses")] {
        let mut body = request(door, GPT);
        body["prompt_cache_options"] = json!({"ttl": "1h"});
        let (status, said) = send(&mut mock, MANTLE, path, &body, &[]);
        assert!(status == 400 && said.contains("Supported values are: '30m'."), "{said}");
    }
}

/// A refusal that says nothing but why reaches every client, whole and streamed.
#[test]
fn a_refusal_is_said_at_every_door() {
    let fixture = json!({"version": 1, "fixture_id": "f", "prompt": "ask", "answer": {"content": [], "stop_reason": "refusal",
        "refusal": {"category": "cyber", "explanation": "Not with that."}}});
    let library = || Library::new(vec![Fixture::read(fixture.clone()).unwrap()]).unwrap();
    for (door, model) in DOORS {
        let mock = Mock::new(library(), Catalog::full().clone(), Config::default());
        let client = MockBedrockClient::new(mock);
        let answered = whole(&client, door, &request(door, model)).unwrap();
        let events = pollster::block_on(client.door_stream(door, &request(door, model))).unwrap();
        if door == "messages" {
            let streamed: String = events.iter().map(Value::to_string).collect();
            for said in [answered.to_string(), streamed] {
                assert!(said.contains("\"explanation\":\"Not with that.\""), "{said}");
            }
            continue;
        }
        for answer in [answer_in_body(&answered).unwrap(), answer_in_events(&events).unwrap()] {
            assert_eq!(carried(&answer), ["Not with that."], "{door} {model}");
            assert_eq!(answer.stop_reason.name(), "refusal", "{door} {model}");
        }
    }
}

#[test]
fn a_chat_stream_has_the_citations_of_the_whole_answer() {
    let cited = json!({"content": [{"type": "text", "text": "See: "}, {"type": "text", "text": "Water is wet", "citations": [
        {"type": "char_location", "cited_text": "wet", "document_index": 0, "document_title": "Doc", "start_char_index": 0,
         "end_char_index": 3}]}, {"type": "text", "text": " and cold."}]});
    let client = client(&cited, &json!({}));
    let whole = whole(&client, "chat", &request("chat", GPT)).unwrap();
    let events = pollster::block_on(client.door_stream("chat", &request("chat", GPT))).unwrap();
    let streamed = events.iter().find_map(|event| event["choices"][0]["delta"]["annotations"].as_array());
    let expected = whole["choices"][0]["message"]["annotations"].as_array().unwrap();
    assert_eq!((streamed, expected[0]["url_citation"]["start_index"].as_u64()), (Some(expected), Some(5)));
}

#[test]
fn what_no_model_takes_is_refused() {
    let mut mock = mock(&json!({"latency": "none", "fallback": "echo"}));
    let mut check = |host: &str, path: &str, door: &str, model: &str, change: Value, status: u16, words: &str| {
        let mut body = request(door, model);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (got, said) = send(&mut mock, host, path, &body, &[]);
        assert!(got == status && said.contains(words), "{path} {change}: {got} {said}");
    };
    let (chat, responses) = ("/openai/v1/chat/completions", "/openai/v1/responses");
    check(MANTLE, chat, "chat", GPT, json!({"reasoning_effort": "silly"}), 400, "'silly'");
    check(MANTLE, responses, "responses", GPT, json!({"reasoning": {"effort": "silly"}}), 400, "'silly'");
    check(MANTLE, responses, "responses", GPT, json!({"reasoning": {"effort": "high"}}), 200, "");
    check(MANTLE, responses, "responses", GPT, json!({"tools": [{"type": "bogus"}]}), 400, "'bogus'");
    check(MANTLE, responses, "responses", GPT, json!({"tools": [{"type": "file_search"}]}), 400, "file_search");
    check(MANTLE, responses, "responses", GPT, json!({"tools": [{"type": "web_search_2025_08_26"}]}), 200, "");
    let absent = json!({"tool_choice": {"type": "function", "name": "nope"}});
    check(MANTLE, responses, "responses", GPT, absent, 400, "'nope' not found");
    let tool = json!([{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}]);
    let required = json!({"tools": tool, "tool_choice": "required"});
    check(MANTLE, "/v1/responses", "responses", OSS, required.clone(), 400, "Only 'auto'");
    check(MANTLE, responses, "responses", GPT, required, 200, "");
    let messages = "/anthropic/v1/messages";
    let opus = "us.anthropic.claude-opus-5";
    let computer = json!({"tools": [{"type": "computer_20251124", "name": "computer", "display_width_px": 9, "display_height_px": 9}]});
    check(RUNTIME, messages, "messages", opus, computer, 400, "Input tag 'computer_20251124'");
    let marked = |ttl: &str| {
        json!([{"role": "user", "content": [{"type": "text", "text": "ask",
        "cache_control": {"type": "ephemeral", "ttl": ttl}}]}])
    };
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    let contradicted = json!({"cache_control": hour, "messages": marked("5m")});
    check(RUNTIME, messages, "messages", opus, contradicted, 400, "ttl='5m'");
    check(RUNTIME, messages, "messages", opus, json!({"cache_control": hour, "messages": marked("1h")}), 200, "");
    check(RUNTIME, messages, "messages", opus, json!({"max_tokens": -1}), 400, "greater than or equal to 1");
    let late = json!({"messages": [{"role": "user", "content": [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "b", "cache_control": hour}]}]});
    check(RUNTIME, messages, "messages", opus, late, 400, "messages.0.content.1.cache_control.ttl");
    let (status, said) = send(
        &mut mock,
        RUNTIME,
        messages,
        &request("messages", opus),
        &[("anthropic-beta", "made-up-1,effort-2025-11-24,zzz")],
    );
    assert!(status == 400 && said.contains("`made-up-1`, `zzz`"), "{said}");
}

#[test]
fn a_computer_is_taken_with_its_beta() {
    let mut mock = mock(&json!({"latency": "none", "fallback": "echo"}));
    let mut body = request("messages", "us.anthropic.claude-opus-5");
    body["tools"] =
        json!([{"type": "computer_20251124", "name": "computer", "display_width_px": 9, "display_height_px": 9}]);
    let beta = [("anthropic-beta", "computer-use-2025-11-24")];
    let (status, said) = send(&mut mock, RUNTIME, "/anthropic/v1/messages", &body, &beta);
    assert!(!said.contains("Input tag"), "{status} {said}");
}

#[test]
fn each_host_has_its_own_refusals() {
    let denied =
        json!({"latency": "none", "faults": [{"kind": "http", "code": "AccessDeniedException", "forever": true}]});
    let mut mock = self::mock(&denied);
    let us = request("responses", "us.openai.gpt-5.6-sol");
    let (status, said) = send(&mut mock, RUNTIME, "/openai/v1/responses", &us, &[]);
    assert!(status == 401 && said.contains("project/default"), "{status} {said}");
    assert_eq!(mock.ledger().records().next().expect("a record").status, 401);
    assert_eq!(send(&mut mock, MANTLE, "/openai/v1/responses", &request("responses", GPT), &[]).0, 403);

    let mut mock = self::mock(&json!({"latency": "none", "fallback": "echo"}));
    let converse = json!({"messages": [{"role": "user", "content": [{"text": "ask"}]}]});
    assert_eq!(send(&mut mock, MANTLE, &format!("/model/{CLAUDE}/converse"), &converse, &[]).0, 404);
    assert_eq!(send(&mut mock, RUNTIME, &format!("/model/{CLAUDE}/converse"), &converse, &[]).0, 200);
    for (project, expected) in [("default", 200), ("arn:aws:bedrock:us-east-1:1:project/default", 200), ("proj_x", 404)]
    {
        let named = [("openai-project", project)];
        assert_eq!(send(&mut mock, RUNTIME, "/openai/v1/responses", &us, &named).0, expected, "{project}");
    }
    for path in ["/openai/v1/responses/resp_x/input_items", "/openai/v1/conversations", "/openai/v1/files/f"] {
        assert_eq!(send(&mut mock, RUNTIME, path, &json!({}), &[]).0, 404, "{path}");
    }
    // Calls of the open-weight models have ids of their own in every response.
    let tools = json!({"content": [{"type": "tool_use", "name": "f", "input": {}}]});
    let client = client(&tools, &json!({}));
    let id = || whole(&client, "responses", &request("responses", OSS)).unwrap()["output"][0]["call_id"].to_string();
    assert_ne!(id(), id());
}

/// A project's and the account's mode of keeping data decide which models answer on mantle.
#[test]
fn projects_and_data_retention_are_kept() {
    let mut mock = mock(&json!({"latency": "none", "fallback": "echo"}));
    let fable = request("messages", "anthropic.claude-fable-5");
    let mut call = |method: &str, path: &str, body: &Value, project: &str| {
        let headers = Headers::from([("host", MANTLE), ("openai-project", project)]);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let reply = mock.handle(&Request { method: method.into(), path: path.into(), headers, body }, 0.0);
        (reply.status, serde_json::from_slice::<Value>(&reply.bytes()).unwrap_or_default())
    };
    let (status, said) = call("POST", "/anthropic/v1/messages", &fable, "default");
    let expected = "data retention mode 'default' is not available for this model";
    assert_eq!((status, said["error"]["message"].as_str()), (400, Some(expected)));
    assert_eq!(call("GET", "/v1/data_retention", &Value::Null, "").1["mode"], "inherit");
    assert_eq!(call("GET", "/v1/models/anthropic.claude-fable-5", &Value::Null, "").1["status"], "unavailable");
    assert_eq!(call("PUT", "/v1/data_retention", &json!({"mode": "odd"}), "").0, 400);
    let share = json!({"mode": "provider_data_share"});
    assert_eq!(call("PUT", "/v1/data_retention", &share, "").1["mode"], "provider_data_share");
    assert_eq!(call("POST", "/anthropic/v1/messages", &fable, "default").0, 200);

    let (status, made) =
        call("POST", "/v1/organization/projects", &json!({"name": "shop", "tags": {"Owner": "a"}}), "");
    let id = made["id"].as_str().unwrap().to_string();
    assert_eq!((status, made["status"].as_str(), made["tags"]["Owner"].as_str()), (200, Some("active"), Some("a")));
    assert!(made["arn"].as_str().unwrap().ends_with(&format!(":project/{id}")));
    let path = format!("/v1/organization/projects/{id}");
    assert_eq!(call("POST", &path, &json!({"data_retention": {"mode": "none"}}), "").0, 200);
    assert_eq!(call("POST", "/openai/v1/responses", &request("responses", GPT), &id).0, 400);
    assert_eq!(call("POST", &path, &json!({"data_retention": {"mode": "default"}}), "").0, 200);
    assert_eq!(call("POST", "/openai/v1/responses", &request("responses", GPT), &id).0, 200);
    assert_eq!(call("GET", "/v1/organization/projects", &Value::Null, "").1["data"].as_array().unwrap().len(), 2);
    assert_eq!(call("POST", &format!("{path}/archive"), &Value::Null, "").1["status"], "archived");
    assert_eq!(call("POST", "/openai/v1/responses", &request("responses", GPT), &id).0, 400);
    assert_eq!(call("GET", "/v1/organization/projects/proj_none", &Value::Null, "").0, 404);
    assert_eq!(call("GET", "/openai/v1/organization/projects", &Value::Null, "").0, 404);
}

/// What failed when it was recorded fails through every other door, too.
#[test]
fn a_recorded_failure_fails_at_every_door() {
    let body = "data: {\"choices\":[{\"delta\":{\"content\":\"We \"},\"index\":0}],\"object\":\"chat.completion.chunk\"}\n\n\
                data: {\"error\":{\"code\":\"server_error\",\"message\":\"it broke\",\"type\":\"server_error\"}}\n\n";
    let fixture = json!({"version": 1, "fixture_id": "f", "prompt": "ask", "model_id": GPT,
        "recording": {"operation": "ChatCompletionsStream", "headers": {"content-type": "text/event-stream"}, "body": body}});
    let library = Library::new(vec![Fixture::read(fixture).unwrap()]).unwrap();
    let mock = Mock::new(library, Catalog::full().clone(), Config::default());
    let client = MockBedrockClient::new(mock);
    let events = pollster::block_on(client.door_stream("responses", &request("responses", GPT))).unwrap();
    let last = events.last().unwrap();
    assert_eq!(
        (last["type"].as_str(), last["response"]["error"]["message"].as_str()),
        (Some("response.failed"), Some("it broke"))
    );
    match whole(&client, "responses", &request("responses", GPT)) {
        Err(ClientError::Service { status, message, .. }) => assert_eq!((status, message.as_str()), (500, "it broke")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_leaves_is_charged_what_was_sent() {
    let mut mock = mock(&json!({"latency": "none"}));
    let mut body = request("responses", GPT);
    body["stream"] = json!(true);
    let (status, _) = send(&mut mock, MANTLE, "/openai/v1/responses", &body, &[]);
    let whole = mock.ledger().records().next().expect("a record");
    assert_eq!((status, whole.output_tokens), (200, 33));
    mock.left(&whole.request_id, 1.0 / 3.0, 5.0);
    let left = mock.ledger().records().next().expect("a record");
    assert_eq!((left.output_tokens, left.stream_end), (11, Some(crate::mock::StreamEnd::Left)));
    assert!(left.cost_usd.unwrap() < whole.cost_usd.unwrap());
    let total = mock.ledger().report().total;
    assert_eq!((total.output_tokens, total.cost_usd), (11, left.cost_usd));
}

/// A stored response is the same whether it was sent whole or as events.
#[test]
fn what_is_stored_is_what_was_sent() {
    for (model, path) in [(GPT, "/openai/v1/responses"), (OSS, "/v1/responses")] {
        let mut mock = mock(&json!({"latency": "none"}));
        let whole = send(&mut mock, MANTLE, path, &request("responses", model), &[]).1;
        let mut body = request("responses", model);
        body["stream"] = json!(true);
        let events = super::data_events(&send(&mut mock, MANTLE, path, &body, &[]).1).0;
        let last = &events.last().unwrap()["response"];
        let mut get = |id: &Value| {
            let path = format!("{path}/{}", id.as_str().unwrap());
            let headers = Headers::from([("host", MANTLE)]);
            let reply = mock.handle(&Request { method: "GET".into(), path, headers, body: Vec::new() }, 1.0);
            serde_json::from_slice::<Value>(&reply.bytes()).unwrap()
        };
        let sent: Value = serde_json::from_str(&whole).unwrap();
        assert_eq!(get(&sent["id"]), sent);
        let mut stored = get(&last["id"]);
        let billing = stored.as_object_mut().unwrap().shift_remove("billing");
        assert_eq!((&stored, billing), (last, sent.get("billing").cloned()));
    }
}

#[test]
fn mantle_counts_input_and_output_apart_and_stops_what_crosses() {
    let quotas = json!({"latency": "none", "quotas": {"*": {"rpm": 1, "input_tpm": 100_000, "output_tpm": 38}}});
    let mut mock = mock(&quotas);
    let ask = |mock: &mut Mock| {
        let mut body = request("responses", GPT);
        body["max_output_tokens"] = json!(40);
        send(mock, MANTLE, "/openai/v1/responses", &body, &[])
    };
    // The runtime's requests a minute do not count here.
    assert_eq!(ask(&mut mock).0, 200);
    let (status, said) = ask(&mut mock);
    let body: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, body["status"].as_str()), (200, Some("incomplete")), "{said}");
    assert_eq!(ask(&mut mock).0, 429);
    let told: Vec<_> = mock.ledger().records().map(|record| (record.output_tokens, record.status)).collect();
    assert_eq!((told[0], told[2]), ((33, 200), (0, 429)));
    assert!(told[1].0 <= 5, "{told:?}");
}

#[test]
fn the_price_is_that_of_the_host() {
    let catalog = Catalog::full();
    let model = catalog.models().find(|model| {
        let at = |door| model.at(crate::catalog::Place { region: None, door: Some(door) });
        let (runtime, mantle) = (at(crate::catalog::Door::Runtime), at(crate::catalog::Door::Mantle));
        let offered = super::Offer::of(&model.id).is_some_and(|offer| offer.mantle.contains(&"chat"));
        offered && !mantle.fell_back && mantle.prices != runtime.prices && model.door == crate::catalog::Door::Runtime
    });
    // Where no list differs by host there is nothing to compare.
    let Some(model) = model else { return };
    let id = super::Offer::of(&model.id).unwrap().mantle_id;
    let mut mock = mock(&json!({"latency": "none"}));
    let path = super::path_for("chat", id).unwrap();
    let (status, said) = send(&mut mock, MANTLE, &path, &request("chat", id), &[]);
    assert_eq!(status, 200, "{said}");
    let tokens = crate::cost::CallTokens { input: 40, output: 33, ..Default::default() };
    let prices = model.at(crate::catalog::Place { region: None, door: Some(crate::catalog::Door::Mantle) }).prices;
    let expected = crate::cost::price_tokens(prices, tokens, crate::catalog::Tier::Standard, 0).total();
    assert_eq!(mock.ledger().records().next().expect("a record").cost_usd, expected);
}

#[test]
fn a_schema_is_kept_to_at_every_door() {
    let schema = json!({"type": "object", "properties": {"shop": {"type": "string"}, "opens": {"type": "integer"}},
        "required": ["shop", "opens"], "additionalProperties": false});
    let mut mock = mock(&json!({"latency": "none", "fallback": "echo"}));
    for (door, model) in DOORS {
        let mut body = request(door, model);
        body["model"] = json!(model);
        let format = json!({"type": "json_schema", "name": "hours", "strict": true, "schema": schema});
        match door {
            "responses" => {
                body["input"] = json!("by schema");
                body["text"] = json!({"format": format});
            }
            "chat" => {
                body["messages"][0]["content"] = json!("by schema");
                body["response_format"] = json!({"type": "json_schema", "json_schema": format});
            }
            _ => {
                body["messages"][0]["content"] = json!("by schema");
                body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema}});
            }
        }
        let host = if super::offered::host_of(model) == Host::Mantle { MANTLE } else { RUNTIME };
        let path = super::path_for(door, model).unwrap();
        let (status, said) = send(&mut mock, host, &path, &body, &[]);
        assert_eq!(status, 200, "{door} {model}: {said}");
        let answer = answer_in_body(&serde_json::from_str(&said).unwrap()).unwrap();
        let hours: Value =
            serde_json::from_str(&answer.plain_text()).unwrap_or_else(|_| panic!("{door} {model}: {said}"));
        assert!(hours["shop"].is_string() && hours["opens"].is_i64(), "{door} {model}: {hours}");
    }
}
