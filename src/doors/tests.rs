//! One declared answer through every door: what comes out, read back, is what was declared.

use serde_json::{Value, json};

use crate::bedrock::decode::{answer_in_body, answer_in_events};
use crate::bedrock::{Answer, Block};
use crate::catalog::Catalog;
use crate::fixture::{Fixture, Library};
use crate::mock::{ClientError, Config, Mock, MockBedrockClient};

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
