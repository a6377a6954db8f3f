//! The mock as a whole: what a request meets on its way, and that every place that tells of a call
//! tells the same.
#![cfg(not(target_arch = "wasm32"))]

use rehearsal::bedrock::{Headers, Operation, Reply, Request};
use rehearsal::catalog::Catalog;
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Mock};
use rehearsal::scenario::HAIKU;
use serde_json::{Value, json};

fn mock(fixtures: &[Value], config: &Value) -> Mock {
    let files: Vec<(String, String)> =
        fixtures.iter().enumerate().map(|(index, fixture)| (format!("{index}.json"), fixture.to_string())).collect();
    let library = Library::read(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let config = Config::read(config).unwrap_or_else(|problems| panic!("{problems}"));
    Mock::new(library.unwrap_or_else(|problems| panic!("{problems}")), Catalog::full().clone(), config)
}

fn send(mock: &mut Mock, operation: Operation, body: &Value, now_ms: f64) -> Reply {
    let path = format!("/model/{HAIKU}/{}", operation.segment());
    let body = body.to_string().into_bytes();
    mock.handle(&Request { method: "POST".to_string(), path, headers: Headers::default(), body }, now_ms)
}

fn converse(text: &str, more: &Value) -> Value {
    let mut body = json!({"messages": [{"role": "user", "content": [{"text": text}]}]});
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    body
}

fn said(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.bytes()).expect("the body is JSON")
}

fn answer(id: &str, prompt: &str, text: &str) -> Value {
    json!({"version": 1, "fixture_id": id, "prompt": prompt, "answer": text})
}

/// A request reserves its prompt and `maxTokens`; what it does not use comes back, whether it is
/// answered, fails by a fixture, or matches nothing.
#[test]
fn a_quota_gets_back_what_no_call_used() {
    let error =
        json!({"version": 1, "fixture_id": "e", "prompt": "fail", "error": {"code": "InternalServerException"}});
    let fixtures = [answer("a", "ok", "はい"), error];
    let most = json!({"inferenceConfig": {"maxTokens": 900}});
    for (prompt, status) in [("ok", 200), ("fail", 500), ("nothing matches", 400)] {
        let mut mock = mock(&fixtures, &json!({"latency": "none", "quotas": {"*": {"tpm": 1000}}}));
        for call in 0..5 {
            let reply = send(&mut mock, Operation::Converse, &converse(prompt, &most), 0.0);
            assert_eq!(reply.status, status, "call {call} of “{prompt}”");
        }
        // What counts nothing takes nothing.
        let count = json!({"input": {"converse": converse("ok", &json!({}))}});
        assert_eq!(send(&mut mock, Operation::CountTokens, &count, 0.0).status, 200);
    }
    let mut mock = mock(&fixtures, &json!({"latency": "model", "quotas": {"*": {"tpm": 1000}}}));
    assert_eq!(send(&mut mock, Operation::Converse, &converse("ok", &most), 0.0).status, 200);
    let second = send(&mut mock, Operation::Converse, &converse("ok", &most), 1.0);
    assert_eq!(second.status, 429, "the first call still holds its reservation");
    assert!(second.headers.get("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok_and(|s| s > 0)));
}

/// Body, headers, stream, CountTokens, log, report and cost of one answer, cut off by `max_tokens`.
#[test]
fn one_call_has_one_truth() {
    let text = "一巻から二十三巻まで、すべて在庫がございます。ご希望の巻数をお知らせください。";
    let mut mock = mock(&[answer("a", "在庫は?", text)], &json!({"latency": "none"}));
    let claude = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [{"role": "user", "content": "在庫は?"}]});
    let invoked = send(&mut mock, Operation::InvokeModel, &claude, 0.0);
    let body = said(&invoked);
    let cut = body["content"][0]["text"].as_str().expect("a text").to_string();
    assert!(text.starts_with(&cut) && cut.len() < text.len(), "{cut}");
    assert_eq!((&body["stop_reason"], &body["usage"]["output_tokens"]), (&json!("max_tokens"), &json!(9)));
    let input = body["usage"]["input_tokens"].as_u64().expect("a count");
    assert_eq!(invoked.headers.get("x-amzn-bedrock-output-token-count"), Some("9"));
    assert_eq!(invoked.headers.get("x-amzn-bedrock-input-token-count"), Some(input.to_string().as_str()));

    let whole = said(&send(
        &mut mock,
        Operation::Converse,
        &converse("在庫は?", &json!({"inferenceConfig": {"maxTokens": 9}})),
        0.0,
    ));
    assert_eq!(whole["output"]["message"]["content"][0]["text"], json!(cut));
    assert_eq!(
        whole["usage"],
        json!({"inputTokens": input, "outputTokens": 9, "serverToolUsage": {}, "totalTokens": input + 9})
    );
    let counted = said(&send(
        &mut mock,
        Operation::CountTokens,
        &json!({"input": {"converse": converse("在庫は?", &json!({}))}}),
        0.0,
    ));
    assert_eq!(counted, json!({"inputTokens": input}));
    let total = mock.ledger().report().total;
    assert_eq!((total.input_tokens, total.output_tokens), (3 * input, 18));
    let expected = 2.0 * (input as f64 * 0.25e-6 + 9.0 * 1.25e-6);
    assert!((total.cost_usd.expect("Haiku has prices").dollars() - expected).abs() < 1e-12);
}

#[test]
fn a_stop_sequence_stops_and_is_named_where_it_can_be() {
    let mut mock = mock(&[answer("a", "q", "一、二、三")], &json!({}));
    let body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "stop_sequences": ["三", "、"], "messages": [{"role": "user", "content": "q"}]});
    let claude = said(&send(&mut mock, Operation::InvokeModel, &body, 0.0));
    assert_eq!((&claude["content"][0]["text"], &claude["stop_sequence"]), (&json!("一"), &json!("、")));
    let stop = json!({"inferenceConfig": {"stopSequences": ["、"]}});
    assert_eq!(said(&send(&mut mock, Operation::Converse, &converse("q", &stop), 0.0))["stopReason"], "stop_sequence");
}

#[test]
fn a_guardrail_blocks_questions_and_masks_answers() {
    let fixtures = [answer("a", "連絡先は?", "taro@example.jp へどうぞ。"), answer("b", "海賊版はどこ?", "…")];
    let config = json!({"guardrail": {"id": "g1", "always": true, "denied_topics": [{"name": "piracy", "phrases": ["海賊版"]}],
        "pii": [{"type": "EMAIL", "action": "ANONYMIZE"}], "blocked_input": "お答えできません。"}});
    let mut mock = mock(&fixtures, &config);
    let masked = said(&send(&mut mock, Operation::Converse, &converse("連絡先は?", &json!({})), 0.0));
    assert_eq!(masked["output"]["message"]["content"][0]["text"], "{EMAIL} へどうぞ。");
    assert_eq!(masked["stopReason"], "guardrail_intervened");
    let found =
        &masked["trace"]["guardrail"]["outputAssessments"]["g1"][0]["sensitiveInformationPolicy"]["piiEntities"][0];
    assert_eq!(found, &json!({"action": "ANONYMIZED", "match": "taro@example.jp", "type": "EMAIL"}));
    let blocked = said(&send(&mut mock, Operation::Converse, &converse("海賊版はどこ?", &json!({})), 0.0));
    assert_eq!(blocked["output"]["message"]["content"][0]["text"], "お答えできません。");
    assert_eq!(blocked["trace"]["guardrail"]["inputAssessment"]["g1"]["topicPolicy"]["topics"][0]["name"], "piracy");
    assert_eq!(blocked["usage"]["inputTokens"], 0, "the model was never asked");
}

#[test]
fn categories_are_counted_apart_and_their_hit_rates_are_right() {
    let mut mock = mock(&[], &json!({"fallback": "echo"}));
    for (kind, cache) in [("greeting", "hit"), ("greeting", "hit"), ("greeting", "miss"), ("order", "miss")] {
        let labels = json!({"requestMetadata": {"query_type": kind, "cache": cache}});
        send(&mut mock, Operation::Converse, &converse("q", &labels), 0.0);
    }
    let report = mock.ledger().report();
    let rate = |kind: &str| report.by_query_type[kind].cache_hit_rate;
    assert_eq!((rate("greeting"), rate("order")), (Some(2.0 / 3.0), Some(0.0)));
    assert_eq!(report.by_query_type.values().map(|usage| usage.calls).sum::<u64>(), report.total.calls);
}

/// Who comes first: forced errors, faults, overrides, hashes, rules, the fallback.
#[test]
fn an_answer_is_chosen_in_order_and_says_why() {
    let rule =
        json!({"version": 1, "fixture_id": "r", "match": [{"user": "zzz"}, {"user_contains": "巻"}], "answer": "rule"});
    let fixtures = [answer("h", "一巻", "hash"), rule];
    let faults = json!([{"kind": "http", "code": "ThrottlingException"}]);
    let mut mock = mock(&fixtures, &json!({"fallback": "echo", "faults": faults}));
    mock.force_error("AccessDeniedException", "no", 1);
    mock.set_response_override(&rehearsal::fixture::prompt_hash("二巻"), "override");
    for (prompt, expected) in [
        ("一巻", "forced error"),
        ("一巻", "scripted fault: http"),
        ("二巻", "override for the prompt hash "),
        ("一巻", "matched h: prompt hash"),
        ("三巻", "matched rule 2 of r: user text contains “巻”"),
        ("hello", "fallback: echo"),
    ] {
        send(&mut mock, Operation::Converse, &converse(prompt, &json!({})), 0.0);
        let reason = &mock.ledger().records().last().expect("it was called").reason;
        assert!(reason.starts_with(expected), "{reason}");
    }
}

/// Attempts of one logical call are those of one invocation id.
#[test]
fn what_the_client_did_wrong_is_told() {
    let retried = |error: &str, message: &str, pauses_ms: &[f64]| {
        let mut mock = mock(&[], &json!({"fallback": "echo", "latency": "none"}));
        mock.force_error(error, message, 10);
        let mut now_ms = 0.0;
        for pause in pauses_ms {
            now_ms += pause;
            let headers = Headers::from([("amz-sdk-invocation-id", "one")]);
            let path = format!("/model/{HAIKU}/converse");
            let body = converse("q", &json!({})).to_string().into_bytes();
            mock.handle(&Request { method: "POST".to_string(), path, headers, body }, now_ms);
        }
        mock.ledger().findings().iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(retried("ThrottlingException", "m", &[0.0, 300.0, 900.0]), Vec::<&str>::new());
    assert_eq!(retried("ThrottlingException", "m", &[0.0, 0.0, 0.0]), ["no-backoff"]);
    assert_eq!(retried("ValidationException", "m", &[0.0, 500.0]), ["retried-non-retryable"]);
    let mut mock = mock(&[], &json!({"fallback": "echo", "faults": [{"kind": "early_end", "after_events": 2}]}));
    send(&mut mock, Operation::ConverseStream, &converse("q", &json!({})), 0.0);
    let rules: Vec<_> = mock.ledger().findings().iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["truncated-not-retried"]);
}

/// Every fault at every place leaves a stream that is whole, or one that cannot be taken for it.
#[test]
fn no_damage_goes_unseen() {
    let kinds = ["exception_frame", "error_frame", "cut_frame", "cut_character", "early_end", "crc_flip"];
    for operation in [Operation::ConverseStream, Operation::InvokeModelWithResponseStream] {
        let body = match operation {
            Operation::ConverseStream => converse("q", &json!({})),
            _ => {
                json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "messages": [{"role": "user", "content": "q"}]})
            }
        };
        for kind in kinds {
            for after in 0..6 {
                let fault = json!({"kind": kind, "code": "ThrottlingException", "after_events": after});
                let fixtures = [answer("a", "q", "第一巻は、在庫がございます。ご注文をどうぞ。")];
                let mut mock = mock(&fixtures, &json!({"latency": "none", "faults": [fault]}));
                let reply = send(&mut mock, operation, &body, 0.0);
                let found = rehearsal::testing::contract_violations(operation, 200, &reply.bytes());
                assert_ne!(found, Vec::<String>::new(), "{kind} after {after} events of {}", operation.name());
                let end = mock.ledger().records()[0].stream_end;
                assert_ne!(end, Some(rehearsal::mock::StreamEnd::Complete), "{kind} after {after}");
            }
        }
    }
}
