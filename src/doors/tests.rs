//! One declared answer through every door: what comes out, read back, is what was declared.

use serde_json::{Value, json};

use crate::bedrock::decode::{answer_in_body, answer_in_events};
use crate::bedrock::{Answer, Block, Headers, Request};
use crate::catalog::Catalog;
use crate::fixture::{Fixture, Library};
use crate::mock::{ClientError, Config, Mock, MockBedrockClient};

use super::Host;

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
    let told: Vec<_> = mock.ledger().records().iter().map(|record| (record.output_tokens, record.status)).collect();
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
    let expected = crate::cost::price_tokens(prices, tokens, crate::cost::Tier::Standard, 0).total();
    assert_eq!(mock.ledger().records()[0].cost_usd, expected);
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
