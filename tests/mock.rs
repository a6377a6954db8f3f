//! The mock as a whole: what a request meets on its way, and that every place that tells of a call
//! tells the same.
#![cfg(not(target_arch = "wasm32"))]

use rehearsal::bedrock::{Headers, Operation, Reply, Request};
use rehearsal::catalog::{Catalog, HAIKU};
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, MissReason, Mock};
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

#[test]
fn figures_that_are_none_are_refused_by_their_name() {
    let check = |config: Value, expected: &str| {
        let problems = Config::read(&config).expect_err(expected).to_string();
        assert!(problems.starts_with(expected), "{problems}");
    };
    let fault = |more: Value| {
        let mut fault = json!({"kind": "stall"});
        fault.as_object_mut().expect("it is one").extend(more.as_object().expect("it is one").clone());
        json!({"faults": [fault]})
    };
    check(fault(json!({"ms": -1})), "faults[0].ms: -1 is out of range.");
    check(fault(json!({"ms": 1e12})), "faults[0].ms: 1000000000000 is out of range.");
    check(fault(json!({"kind": "http", "retry_after": -5})), "faults[0].retry_after: -5 is out of range.");
    check(fault(json!({"kind": "gateway", "status": 200})), "faults[0].status: 200 is out of range.");
    for day in ["foo", "2026-02-30", "2026-1-1", "2026-01-01T00:00:00Z"] {
        check(json!({"today": day}), "today: ");
        let answered = rehearsal::cost::answers(&rehearsal::scenario::Scenario::default(), Catalog::full(), Some(day));
        assert!(answered.is_err_and(|problems| problems.to_string().starts_with("today: ")), "{day}");
    }
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
    let traced = json!({"guardrailConfig": {"guardrailIdentifier": "g1", "guardrailVersion": "1", "trace": "enabled"}});
    let silent = said(&send(&mut mock, Operation::Converse, &converse("連絡先は?", &json!({})), 0.0));
    assert!(silent.get("trace").is_none(), "a trace that no one asked for");
    let masked = said(&send(&mut mock, Operation::Converse, &converse("連絡先は?", &traced), 0.0));
    assert_eq!(masked["output"]["message"]["content"][0]["text"], "{EMAIL} へどうぞ。");
    assert_eq!(masked["stopReason"], "guardrail_intervened");
    let found =
        &masked["trace"]["guardrail"]["outputAssessments"]["g1"][0]["sensitiveInformationPolicy"]["piiEntities"][0];
    assert_eq!(found, &json!({"action": "ANONYMIZED", "detected": true, "match": "taro@example.jp", "type": "EMAIL"}));
    let blocked = said(&send(&mut mock, Operation::Converse, &converse("海賊版はどこ?", &traced), 0.0));
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

/// What the caller's own cache answered asks nothing of the service: no cost, no quota, no failure by rate.
#[test]
fn five_hits_cost_nothing_and_an_unknown_label_is_named() {
    let config = json!({"fallback": "echo", "models": {"*": {"throttle_rate": 1}}, "quotas": {"*": {"rpm": 1}}});
    let mut mock = mock(&[], &config);
    for _ in 0..5 {
        let labels = json!({"requestMetadata": {"query_type": "greeting", "cache": "hit"}});
        assert_eq!(send(&mut mock, Operation::Converse, &converse("q", &labels), 0.0).status, 200);
    }
    let report = mock.ledger().report();
    assert_eq!((report.total.calls, report.total.cache_hits), (5, 5));
    assert_eq!(json!(report)["total"]["cost_usd"], json!(0.0));
    let labels = json!({"requestMetadata": {"cache": "maybe"}});
    assert_eq!(send(&mut mock, Operation::Converse, &converse("q", &labels), 0.0).status, 429);
    assert_eq!(mock.ledger().report().unknown, ["requestMetadata.cache “maybe”: expected hit or miss"]);
}

/// Who comes first: forced errors, faults, overrides, hashes, rules, the fallback.
#[test]
fn an_answer_is_chosen_in_order_and_says_why() {
    let rule =
        json!({"version": 1, "fixture_id": "r", "match": [{"user": "zzz"}, {"user_contains": "巻"}], "answer": "rule"});
    let fixtures = [answer("h", "一巻", "hash"), rule];
    let faults = json!([{"kind": "http", "code": "ThrottlingException"}]);
    let mut mock = mock(&fixtures, &json!({"fallback": "echo", "faults": faults}));
    mock.force_error("AccessDeniedException", "no", 1).unwrap();
    let refused = mock.set_response_override("nope", "x").unwrap_err().to_string();
    assert!(refused.starts_with("prompt_hash: “nope” is no prompt hash."), "{refused}");
    mock.set_response_override(&rehearsal::hash::prompt_hash("二巻"), "override").unwrap();
    for (prompt, expected) in [
        ("一巻", "forced error"),
        ("一巻", "scripted fault: http"),
        ("二巻", "override for the prompt hash "),
        ("一巻", "matched h: prompt hash"),
        ("三巻", "matched rule 2 of r: user text contains “巻”"),
        ("hello", "fallback: echo"),
    ] {
        send(&mut mock, Operation::Converse, &converse(prompt, &json!({})), 0.0);
        let record = mock.ledger().last().expect("it was called");
        let reason = serde_json::to_value(record).expect("a record")["reason"].as_str().map(str::to_string);
        assert!(reason.as_ref().is_some_and(|reason| reason.starts_with(expected)), "{reason:?}");
    }
}

/// What was added to an answer stands behind the reason that chose it; the ledger says it in English, whole.
#[test]
fn a_reason_says_what_was_added() {
    let check = |config: Value, expected: &str| {
        let mut mock = mock(&[], &config);
        send(&mut mock, Operation::ConverseStream, &converse("hello", &json!({})), 0.0);
        let record = serde_json::to_value(mock.ledger().records().collect::<Vec<_>>()).expect("records");
        assert_eq!(record[0]["reason"], expected);
    };
    let quota = |limit: &str| json!({"fallback": "echo", "quotas": {"*": {limit: 1}}});
    check(json!({"fallback": "echo", "faults": [{"kind": "cut_frame"}]}), "fallback: echo; scripted fault: cut_frame");
    check(
        json!({"fallback": "echo", "timeless": true, "faults": [{"kind": "stall"}]}),
        "fallback: echo; scripted fault: stall (does nothing: the speed makes time 0)",
    );
    check(
        json!({"fallback": "echo", "guardrail": {"words": ["zzz"], "always": true}}),
        "fallback: echo; guardrail judged, not assessed: content filters, prompt attacks, managed word lists, contextual grounding, automated reasoning, images",
    );
    check(json!({"fallback": "echo", "faults": [{"kind": "reset"}]}), "scripted fault: reset");
    check(json!({"fallback": "echo", "throttle_rate": 1}), "throttle rate");
    check(json!({"fallback": "echo", "error_rate": 1}), "error rate");
    check(quota("tpm"), "quota: tokens a minute");
    check(json!({}), "refused");
}

/// A fallback that chooses takes usual answers only: no edge case and nothing that is no answer.
#[test]
fn a_fallback_chooses_among_usual_answers() {
    let of_kind =
        |id: &str, kind: &str| json!({"version": 1, "fixture_id": id, "kind": kind, "prompt": id, "answer": id});
    let error = json!({"version": 1, "fixture_id": "e", "kind": "golden", "prompt": "e", "error": {"code": "ThrottlingException"}});
    let unusual = [of_kind("edge", "edge"), error];
    for fallback in ["hash", "random"] {
        let reason = |fixtures: &[Value]| {
            let mut mock = mock(fixtures, &json!({"fallback": fallback}));
            let reply = send(&mut mock, Operation::Converse, &converse("hello", &json!({})), 0.0);
            let reason = mock.ledger().last().expect("it was called").reason.to_string();
            said(&reply)["message"].as_str().map_or(reason, str::to_string)
        };
        let none = reason(&unusual);
        assert!(none.contains("the library has no answers to choose from"), "{none}");
        for kind in ["golden", "japanese"] {
            let chosen = reason(&[unusual.as_slice(), &[of_kind("usual", kind)]].concat());
            assert!(chosen.starts_with("fallback: ") && chosen.ends_with(" usual"), "{chosen}");
        }
    }
}

/// A structured answer that is refused says so in words.
#[test]
fn a_refused_structured_answer_has_a_text() {
    let mut mock = mock(&[], &json!({"fallback": "echo"}));
    let body = json!({
        "messages": [{"role": "user", "content": [{"text": "q"}]}],
        "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {
            "name": "a", "schema": r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#}}}},
        "requestMetadata": {"structured": "refused"},
    });
    let path = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/converse".to_string();
    let request =
        Request { method: "POST".to_string(), path, headers: Headers::default(), body: body.to_string().into_bytes() };
    let whole = said(&mock.handle(&request, 0.0));
    assert_eq!(whole["output"]["message"]["content"], json!([{"text": "I can't help with that."}]), "{whole}");
}

/// Attempts of one logical call are those of one invocation id.
#[test]
fn what_the_client_did_wrong_is_told() {
    let retried = |error: &str, message: &str, pauses_ms: &[f64]| {
        let mut mock = mock(&[], &json!({"fallback": "echo", "latency": "none"}));
        mock.force_error(error, message, 10).unwrap();
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

/// Where a model gives vectors there is nothing to stream, and no fixture is missing.
#[test]
fn a_model_of_vectors_is_no_stream() {
    let mut mock = mock(&[], &json!({"fallback": "echo"}));
    let reply = mock.handle(
        &Request {
            method: "POST".to_string(),
            path: "/model/amazon.titan-embed-text-v2:0/invoke-with-response-stream".to_string(),
            headers: Headers::default(),
            body: br#"{"inputText": "x"}"#.to_vec(),
        },
        0.0,
    );
    assert_eq!((reply.status, &said(&reply)["message"]), (400, &json!("The model is unsupported for streaming.")));
}

/// A misspelt exception would be an error that no client retries: it is refused, however it is given.
#[test]
fn an_exception_that_there_is_none_of_is_refused() {
    let mut mock = mock(&[], &json!({"fallback": "echo"}));
    for name in ["ThrotlingException", "", "Nope"] {
        assert!(mock.force_error(name, "m", 1).unwrap_err().to_string().contains("is no exception that the service"));
    }
    let mut post = |verb: &str, body: Value| {
        let request = Request {
            method: "POST".to_string(),
            path: format!("/_rehearsal/{verb}"),
            headers: Headers::default(),
            body: body.to_string().into_bytes(),
        };
        let reply = rehearsal::mock::control(&mut mock, &request).expect("a verb of the mock");
        (reply.status, said(&reply)["error"].as_str().unwrap_or_default().to_string())
    };
    let (status, error) = post("force-error", json!({"code": "ThrotlingException"}));
    assert_eq!(status, 400);
    assert!(error.ends_with("Did you mean `ThrottlingException`?"), "{error}");
    let (status, error) = post("force-error", json!({"error_code": "ThrottlingException"}));
    assert_eq!(status, 400);
    assert!(error.contains("Did you mean `code`?"), "{error}");
    let (status, error) = post("overrides", json!({"prompt_hash": "zz", "response": "x"}));
    assert_eq!((status, error.starts_with("prompt_hash: “zz” is no prompt hash.")), (400, true), "{error}");
    assert_eq!(post("overrides", json!({"prompt_hash": "0123456789abcdef", "response": "x"})).0, 200);
    assert_eq!(post("force-error", json!({"code": "ThrottlingException", "retry_after_s": 2})).0, 200);
    let (status, error) = post("force-error", json!({"code": "ThrottlingException", "fields": 5}));
    assert!(status == 400 && error.contains("fields: 5 is of the wrong type"), "{error}");
    assert_eq!(post("force-error", json!({"code": "QuotaOfMyGateway"})).0, 400);
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
                // The service ends streams with exceptions and errors, too: by the contract, and no answer.
                let legal = matches!(kind, "exception_frame" | "error_frame");
                assert_eq!(found.is_empty(), legal, "{kind} after {after} events of {}: {found:?}", operation.name());
                let end = mock.ledger().records().next().expect("a record").stream_end;
                assert_ne!(end, Some(rehearsal::mock::StreamEnd::Complete), "{kind} after {after}");
            }
        }
    }
}

/// A second identical call reads what the first wrote; a change, time and size make it miss, and the ledger
/// says why and what it cost.
#[test]
fn prompt_caching_is_played() {
    const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let long = "You sell manga in Tokyo and answer in one short sentence. ".repeat(200);
    let ask = |system: &str, text: &str| json!({"system": [{"text": system}, {"cachePoint": {"type": "default"}}], "messages": [{"role": "user", "content": [{"text": text}]}]});
    let mut mock = mock(&[], &json!({"fallback": "echo", "latency": "none"}));
    let mut usage = |body: &Value, now_ms: f64| {
        let path = format!("/model/{SONNET}/converse");
        let body = body.to_string().into_bytes();
        let reply = mock.handle(&Request { method: "POST".into(), path, headers: Headers::default(), body }, now_ms);
        let record = mock.ledger().last().expect("a record");
        let usage = said(&reply)["usage"].clone();
        assert_eq!(usage["inputTokens"], json!(record.input_tokens), "the ledger says what the body says");
        let count = |name: &str| usage[name].as_u64().unwrap_or_else(|| panic!("{name}: {usage}"));
        let counts = (count("cacheWriteInputTokens"), count("cacheReadInputTokens"));
        assert_eq!(
            count("totalTokens"),
            count("inputTokens") + counts.0 + counts.1 + count("outputTokens"),
            "the parts add up"
        );
        (counts, record.cache_miss)
    };
    let ((written, read), miss) = usage(&ask(&long, "a"), 0.0);
    assert!(written > 1024 && read == 0);
    assert_eq!(miss.map(|miss| miss.reason), Some(MissReason::First));
    // Another question behind the same prefix reads it, and renews it.
    assert_eq!(usage(&ask(&long, "b"), 200_000.0), ((0, written), None));
    assert_eq!(usage(&ask(&long, "b"), 450_000.0), ((0, written), None));
    let (counts, miss) = usage(&ask(&long, "b"), 800_000.0);
    assert_eq!(counts, (written, 0));
    let miss = miss.expect("it expired");
    assert_eq!((miss.reason, miss.tokens), (MissReason::Expired, written));
    assert!(miss.cost_usd.is_some_and(|cost| cost.dollars() > 0.0));
    let (_, miss) = usage(&ask(&format!("{long}!"), "b"), 800_001.0);
    let miss = miss.expect("the system prompt differs");
    assert_eq!((miss.reason, miss.block.as_deref()), (MissReason::BlockDiffers, Some("system.0")));
    let (counts, miss) = usage(&ask("Be brief.", "b"), 800_002.0);
    assert_eq!((counts, miss.map(|miss| miss.reason)), ((0, 0), Some(MissReason::TooSmall)));
    let mut plain = ask(&long, "b");
    plain["system"] = json!([{"text": long}]);
    let _ = usage(&plain, 800_003.0);
    let (counts, miss) = usage(&plain, 800_004.0);
    assert_eq!((counts, miss.map(|miss| miss.reason)), ((0, 0), Some(MissReason::PointMissing)));
}

/// What is around an answer: fields asked for, tier, latency, and the form of a schema.
#[test]
fn answers_are_complete() {
    let mut mock = mock(&[answer("a", "q", "一、二")], &json!({"fallback": "echo", "latency": "none"}));
    let more = json!({"inferenceConfig": {"stopSequences": ["、"]}, "additionalModelResponseFieldPaths": ["/stop_sequence"],
        "serviceTier": {"type": "default"}, "performanceConfig": {"latency": "optimized"}});
    let whole = said(&send(&mut mock, Operation::Converse, &converse("q", &more), 0.0));
    assert_eq!(whole["additionalModelResponseFields"], json!({"stop_sequence": "、"}));
    assert_eq!(whole["serviceTier"], json!({"type": "default"}));
    assert_eq!(whole["performanceConfig"], json!({"latency": "standard"}), "Haiku 3 has no optimised latency");
    let path = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse".to_string();
    let mut call = |body: &Value| {
        let body = body.to_string().into_bytes();
        said(
            &mock
                .handle(&Request { method: "POST".into(), path: path.clone(), headers: Headers::default(), body }, 0.0),
        )
    };
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}, "size": {"enum": ["S", "L"]}}, "required": ["city", "size"], "additionalProperties": false});
    let formed = json!({"outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": schema.to_string()}}}}});
    let text = call(&converse("form", &formed))["output"]["message"]["content"][0]["text"]
        .as_str()
        .unwrap_or_default()
        .to_string();
    let value: Value = serde_json::from_str(&text).expect("JSON by the schema");
    assert!(value["city"].is_string() && (value["size"] == "S" || value["size"] == "L"), "{value}");
    let labelled = |label: &str| {
        let mut body = converse("form", &formed);
        body["requestMetadata"] = json!({"structured": label});
        body
    };
    let cut = call(&labelled("truncated"));
    assert_eq!(cut["stopReason"], "max_tokens");
    assert!(serde_json::from_str::<Value>(cut["output"]["message"]["content"][0]["text"].as_str().unwrap()).is_err());
    assert_eq!(call(&labelled("refused"))["stopReason"], "content_filtered");
    let forced = json!({"toolConfig": {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": schema}}}], "toolChoice": {"tool": {"name": "t"}}}});
    let used = call(&converse("tool", &forced));
    assert_eq!(
        (&used["stopReason"], &used["output"]["message"]["content"][0]["toolUse"]["name"]),
        (&json!("tool_use"), &json!("t"))
    );
    assert!(used["output"]["message"]["content"][0]["toolUse"]["input"]["city"].is_string());
}

/// A tool without arguments sends one empty piece; one that `maxTokens` cuts breaks its JSON off.
#[test]
fn tools_in_streams_are_as_the_service_sends_them() {
    use rehearsal::bedrock::event_stream::decode_all;
    let tool = |id: &str, prompt: &str, input: Value| json!({"version": 1, "fixture_id": id, "prompt": prompt, "answer": {"content": [{"type": "tool_use", "name": "look_up", "input": input}]}});
    let long = json!({"title": "進撃の巨人", "volumes": [1, 2, 3, 4, 5, 6, 7, 8, 9], "note": "all of them, please"});
    let mut mock = mock(&[tool("a", "bare", json!({})), tool("b", "long", long)], &json!({"latency": "none"}));
    let tools = json!({"toolConfig": {"tools": [{"toolSpec": {"name": "look_up", "inputSchema": {"json": {"type": "object"}}}}]}});
    let mut pieces = |prompt: &str, more: &Value| {
        let mut body = converse(prompt, &tools);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let frames = decode_all(&send(&mut mock, Operation::ConverseStream, &body, 0.0).bytes()).unwrap();
        let payloads: Vec<Value> = frames.iter().map(|frame| serde_json::from_slice(&frame.payload).unwrap()).collect();
        let inputs = payloads.iter().filter_map(|p| p["delta"]["toolUse"]["input"].as_str().map(str::to_string));
        let stop = payloads.iter().find_map(|p| p["stopReason"].as_str().map(str::to_string)).unwrap();
        (inputs.collect::<Vec<_>>(), stop)
    };
    assert_eq!(pieces("bare", &json!({})), (vec![String::new()], "tool_use".to_string()));
    let (cut, stop) = pieces("long", &json!({"inferenceConfig": {"maxTokens": 12}}));
    let json = cut.concat();
    assert_eq!((stop.as_str(), json.is_empty()), ("max_tokens", false));
    assert!(serde_json::from_str::<Value>(&json).is_err(), "{json}");
}

/// Faults below HTTP, models that are gone, labels, and guardrails without a model.
#[test]
fn what_is_around_the_service_is_played() {
    let config = json!({"fallback": "echo", "latency": "none", "today": "2026-11-29", "timeless": true,
        "guardrail": {"id": "g1", "words": ["kit"], "pii": [{"type": "EMAIL"}]}});
    let mut mock = mock(&[], &config);
    // The reference scenario's Haiku ended on 2026-09-10.
    let gone = send(&mut mock, Operation::Converse, &converse("a", &json!({})), 0.0);
    assert_eq!(gone.status, 404);
    assert!(said(&gone)["message"].as_str().unwrap().contains("reached the end of its life"));
    let mut ask = |path: &str, body: &Value| {
        let request = Request {
            method: "POST".into(),
            path: path.into(),
            headers: Headers::default(),
            body: body.to_string().into_bytes(),
        };
        mock.handle(&request, 0.0)
    };
    let slash = ask(
        "/model/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0/converse",
        &converse("a", &json!({})),
    );
    assert_eq!(
        (slash.status, said(&slash)["Output"]["__type"].as_str()),
        (200, Some("com.amazon.coral.service#UnknownOperationException"))
    );
    let apply = |text: &str| json!({"source": "OUTPUT", "content": [{"text": {"text": text}}]});
    let masked = said(&ask("/guardrail/g1/version/1/apply", &apply("write to a@example.com")));
    assert_eq!(
        (&masked["action"], &masked["outputs"][0]["text"]),
        (&json!("GUARDRAIL_INTERVENED"), &json!("write to {EMAIL}"))
    );
    let none = ask("/guardrail/g1/version/1/apply", &apply("in the kitchen"));
    assert_eq!(said(&none)["action"], "NONE", "a word inside a word is no hit");
    assert!(none.headers.get("x-rehearsal-not-assessed").is_some_and(|missing| missing.contains("grounding")));
    assert_eq!(ask("/guardrail/other/version/1/apply", &apply("a")).status, 404);
    let checks = json!({"messages": [{"role": "user", "content": [{"text": "I am a@example.com"}]}], "checks": {"sensitiveInformation": {"entities": [{"type": "EMAIL"}]}}});
    let found = said(&ask("/guardrail-checks/invoke", &checks));
    assert_eq!(found["results"]["sensitiveInformation"]["results"][0]["beginOffset"], 5);
    let nova = "/model/us.amazon.nova-pro-v1%3A0/converse";
    let marked = json!({"messages": [{"role": "user", "content": [{"text": "a kit"}, {"guardContent": {"text": {"text": "fine"}}}]}],
        "guardrailConfig": {"guardrailIdentifier": "g1", "guardrailVersion": "1"}});
    assert_eq!(said(&ask(nova, &marked))["stopReason"], "end_turn", "only what is marked is judged");
    for _ in 0..5 {
        let hit = ask(nova, &converse("a", &json!({"requestMetadata": {"cache": "hit"}})));
        assert_eq!(hit.status, 200);
    }
    let _ = ask(nova, &converse("a", &json!({"requestMetadata": {"cache": "maybe"}})));
    let report = mock.ledger().report();
    assert!(report.unknown.iter().any(|name| name.contains("requestMetadata.cache “maybe”")), "{:?}", report.unknown);
    let hits = mock.ledger().records().filter(|record| record.cache.as_deref() == Some("hit"));
    assert!(hits.into_iter().all(|record| record.cost_usd.is_some_and(|cost| cost.dollars() == 0.0)));
    mock.set_faults(&json!([{"kind": "reset"}, {"kind": "gateway", "status": 504},
        {"kind": "http", "code": "ModelErrorException", "retry_after": 3, "fields": {"originalStatusCode": 500}}, {"kind": "slow_first_token"}])).unwrap();
    assert_eq!(mock.faults_without_time(), ["slow_first_token"]);
    let mut ask = || {
        mock.handle(
            &Request {
                method: "POST".into(),
                path: nova.into(),
                headers: Headers::default(),
                body: converse("a", &json!({})).to_string().into_bytes(),
            },
            0.0,
        )
    };
    assert!(ask().is_reset());
    let gateway = ask();
    assert_eq!((gateway.status, gateway.headers.get("content-type")), (504, Some("text/html")));
    let error = ask();
    assert_eq!(
        (error.status, error.headers.get("retry-after"), &said(&error)["originalStatusCode"]),
        (424, Some("3"), &json!(500))
    );
}

/// A body beyond the limit is a 413 whatever its path is for.
#[test]
fn a_body_too_large_is_413_everywhere() {
    let mut mock = mock(&[], &json!({}));
    let paths = [
        "/model/x/converse",
        "/anthropic/v1/messages",
        "/openai/v1/responses",
        "/v1/chat/completions",
        "/guardrail/g/version/1/apply",
        "/nowhere",
    ];
    for path in paths {
        let body = vec![b'x'; 25_000_001];
        let request = Request { method: "POST".into(), path: path.into(), headers: Headers::default(), body };
        assert_eq!(mock.handle(&request, 0.0).status, 413, "{path}");
    }
}

/// Embeddings and rerank by InvokeModel, with their headers.
#[test]
fn vectors_are_answered() {
    let mut mock = mock(&[], &json!({"latency": "none"}));
    let request = |path: &str, body: &Value| Request {
        method: "POST".into(),
        path: path.into(),
        headers: Headers::default(),
        body: body.to_string().into_bytes(),
    };
    let titan = mock.handle(
        &request(
            "/model/amazon.titan-embed-text-v2%3A0/invoke",
            &json!({"inputText": "返品の方法", "dimensions": 512}),
        ),
        0.0,
    );
    assert_eq!((titan.status, said(&titan)["embedding"].as_array().map(Vec::len)), (200, Some(512)));
    let tokens = said(&titan)["inputTextTokenCount"].as_u64().unwrap().to_string();
    assert_eq!(titan.headers.get("x-amzn-bedrock-input-token-count"), Some(tokens.as_str()));
    assert_eq!(titan.headers.get("x-amzn-bedrock-output-token-count"), None);
    // A rule for every prompt is no answer to them.
    let catch_all =
        json!({"version": 1, "fixture_id": "all", "match": [{"user_contains": ""}], "answer": "We open at nine."});
    let mut caught = self::mock(&[catch_all], &json!({"latency": "none"}));
    let vector =
        caught.handle(&request("/model/amazon.titan-embed-text-v2%3A0/invoke", &json!({"inputText": "a"})), 0.0);
    assert_eq!((vector.status, said(&vector)["embedding"].as_array().map(Vec::len)), (200, Some(1024)));
    let rank = json!({"query": "return a book", "documents": ["hours", "return a book"]});
    let ranked = said(&mock.handle(&request("/model/amazon.rerank-v1%3A0/invoke", &rank), 0.0));
    assert_eq!(ranked["results"][0]["index"], 1);
    assert_eq!(mock.ledger().records().len(), 2);
}

/// A recording answers exactly its request, before any check of ours; its stream's frames come at their times.
#[test]
fn a_recording_answers_its_request() {
    use rehearsal::fixture::request_hash;
    let recorded = |id: &str, path: &str, request: &Value, status: u16, body: &Value| {
        let operation = if path.ends_with("count-tokens") { "CountTokens" } else { "Converse" };
        json!({"version": 1, "fixture_id": id, "model_id": HAIKU, "kind": "recorded",
            "request_hash": request_hash(path, request.to_string().as_bytes()),
            "recording": {"operation": operation, "status": status, "headers": {"content-type": "application/json"}, "body": body.to_string()}})
    };
    let path = format!("/model/{HAIKU}/converse");
    let text = |text: &str| {
        json!({"output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn",
        "usage": {"inputTokens": 3, "outputTokens": 5, "totalTokens": 8}})
    };
    let plain = converse("q", &json!({}));
    let brief = converse("q", &json!({"system": [{"text": "Be brief."}]}));
    let refused = converse("q", &json!({"inferenceConfig": {"temperature": 7}}));
    // What we would refuse, the service took.
    let odd = json!({"messages": [{"role": "user", "content": [{"text": "q"}]}], "newest_member": true});
    let count = json!({"input": {"converse": plain}});
    let fixtures = [
        recorded("a", &path, &plain, 200, &text("plain")),
        recorded("b", &path, &brief, 200, &text("brief")),
        recorded("c", &path, &refused, 400, &json!({"message": "as the service said it"})),
        recorded("d", &path, &odd, 200, &text("odd")),
        recorded("e", &format!("/model/{HAIKU}/count-tokens"), &count, 200, &json!({"inputTokens": 11})),
        // In a row: the second answer to the same request.
        recorded("f", &path, &plain, 200, &text("plain again")),
    ];
    let mut mock = mock(&fixtures, &json!({"latency": "none"}));
    let mut ask = |operation, body: &Value| {
        let reply = send(&mut mock, operation, body, 0.0);
        let record = mock.ledger().last().expect("a record");
        (reply.status, said(&reply), record)
    };
    let content = |body: &Value| body["output"]["message"]["content"][0]["text"].as_str().map(str::to_string);
    for (body, expected) in [(&brief, "brief"), (&plain, "plain"), (&plain, "plain again"), (&odd, "odd")] {
        let (status, said, record) = ask(Operation::Converse, body);
        assert_eq!((status, content(&said).as_deref()), (200, Some(expected)));
        assert_eq!((record.input_tokens, record.output_tokens), (3, 5), "{expected}");
        assert!(record.cost_usd.is_some() && record.error.is_none(), "{record:?}");
    }
    let (status, said, _) = ask(Operation::Converse, &refused);
    assert_eq!((status, said["message"].as_str()), (400, Some("as the service said it")));
    let (status, said, _) = ask(Operation::CountTokens, &count);
    assert_eq!((status, said["inputTokens"].as_u64()), (200, Some(11)));
}

/// What is written to the cache can be read once the answer of the call that wrote it has begun.
#[test]
fn calls_in_parallel_all_write() {
    const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let long = "You sell manga in Tokyo and answer in one short sentence. ".repeat(200);
    let body = json!({"system": [{"text": long}, {"cachePoint": {"type": "default"}}], "messages": [{"role": "user", "content": [{"text": "a"}]}]});
    let mut mock = mock(&[], &json!({"fallback": "echo", "latency": "model"}));
    let mut usage = |now_ms: f64| {
        let path = format!("/model/{SONNET}/converse");
        let request =
            Request { method: "POST".into(), path, headers: Headers::default(), body: body.to_string().into_bytes() };
        let reply = mock.handle(&request, now_ms);
        let record = mock.ledger().last().expect("a record");
        (record.cache_write_tokens, record.cache_read_tokens, record.cache_miss.map(|miss| miss.reason), reply.at_ms)
    };
    let (written, _, _, begins_ms) = usage(0.0);
    assert!(written > 1024 && begins_ms > 1.0, "{written} {begins_ms}");
    let (again, read, miss, _) = usage(begins_ms / 2.0);
    assert_eq!((again, read, miss), (written, 0, Some(MissReason::InParallel)));
    let (again, read, miss, _) = usage(begins_ms + 1.0);
    assert_eq!((again, read, miss), (0, written, None));
}

/// A model that caches unasked says what it read, and forgets after its half hour.
#[test]
fn some_models_cache_unasked() {
    let long = "You sell manga in Tokyo and answer in one short sentence. ".repeat(200);
    let mut mock = mock(&[], &json!({"fallback": "echo", "latency": "none"}));
    let mut details = |model: &str, now_ms: f64| {
        let body = json!({"model": model, "instructions": long, "input": "a"}).to_string().into_bytes();
        let path = "/openai/v1/responses".to_string();
        let reply = mock.handle(&Request { method: "POST".into(), path, headers: Headers::default(), body }, now_ms);
        let details = said(&reply)["usage"]["input_tokens_details"].clone();
        (details["cached_tokens"].as_u64().unwrap_or(0), details["cache_write_tokens"].as_u64().unwrap_or(0))
    };
    let (read, written) = details("openai.gpt-5.6-sol", 0.0);
    assert!(read == 0 && written > 1024, "{read} {written}");
    assert_eq!(details("openai.gpt-5.6-sol", 1_000_000.0), (written, 0));
    assert_eq!(details("openai.gpt-5.6-sol", 3_000_000.0), (0, written));
    // GPT-5.5 tells no writes.
    assert_eq!(details("openai.gpt-5.5", 0.0), (0, 0));
    assert!(details("openai.gpt-5.5", 1.0).0 > 1024);
}

/// Ids that hide their model: what to do where the mock cannot know it, and an answer once it was told.
#[test]
fn arns_stand_for_models() {
    const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let arn = |resource: &str| format!("arn:aws:bedrock:eu-west-1:123456789012:{resource}");
    let (profile, prompt) = (arn("application-inference-profile/team1"), arn("prompt/PROMPT12345:2"));
    let (router, own) = (arn("default-prompt-router/anthropic.claude:1"), arn("prompt-router/r1"));
    let get = |mock: &mut Mock, path: &str| {
        let request = Request { method: "GET".into(), path: path.into(), ..Request::default() };
        let reply = mock.handle(&request, 0.0);
        (reply.status, said(&reply))
    };
    let ask = |mock: &mut Mock, id: &str, operation: Operation, body: &Value| {
        let path = format!("/model/{}/{}", id.replace(':', "%3A").replace('/', "%2F"), operation.segment());
        let body = body.to_string().into_bytes();
        mock.handle(&Request { method: "POST".into(), path, headers: Headers::default(), body }, 0.0)
    };
    let lookup = |kind: &str, id: &str| format!("/{kind}/{}", id.replace(':', "%3A").replace('/', "%2F"));

    let mut strange = mock(&[], &json!({"fallback": "echo", "latency": "none"}));
    for id in [&profile, &prompt, &router, &own] {
        let refused = ask(&mut strange, id, Operation::Converse, &converse("a", &json!({})));
        let message = said(&refused)["message"].as_str().unwrap().to_string();
        assert_eq!(refused.status, 400);
        let expected = format!("{{\"aliases\": {{\"{id}\": \"MODEL ID\"}}}}");
        assert!(
            message.starts_with("The provided model identifier is invalid.") && message.contains(&expected),
            "{message}"
        );
    }
    let (status, body) = get(&mut strange, &lookup("inference-profiles", &profile));
    assert!(status == 404 && body["message"].as_str().unwrap().contains("`aliases`"), "{body}");
    assert_eq!(body["__type"], "ResourceNotFoundException", "SDKs name the error by it");
    // An id that is simply wrong is answered in the service's words alone.
    let wrong = ask(&mut strange, "nobody.knows-this", Operation::Converse, &converse("a", &json!({})));
    assert_eq!(said(&wrong)["message"], "The provided model identifier is invalid.");

    // By the whole ARN, or by its last part.
    let aliases = json!({&profile: SONNET, "PROMPT12345:2": SONNET, &router: SONNET, &own: SONNET});
    let mut told = mock(&[], &json!({"fallback": "echo", "latency": "none", "aliases": aliases}));
    for id in [&profile, &router, &own] {
        let reply = ask(&mut told, id, Operation::Converse, &converse("a", &json!({})));
        assert_eq!(reply.status, 200, "{id}: {}", said(&reply));
        let record = told.ledger().last().unwrap();
        assert!(record.cost_usd.is_some(), "{record:?}");
        let invoked = format!("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{SONNET}");
        let trace = json!({"promptRouter": {"invokedModelId": invoked}});
        assert_eq!(said(&reply)["trace"], if id.contains("router") { trace } else { Value::Null }, "{id}");
    }
    let streamed = ask(&mut told, &router, Operation::ConverseStream, &converse("a", &json!({})));
    assert!(String::from_utf8_lossy(&streamed.bytes()).contains("invokedModelId"));
    // A prompt's text is not here: its name and its variables are what is asked.
    let asked = json!({"promptVariables": {"title": {"text": "Solaris"}}});
    let reply = ask(&mut told, &prompt, Operation::Converse, &asked);
    let text = said(&reply)["output"]["message"]["content"][0]["text"].to_string();
    assert!(text.contains("PROMPT12345:2\\ntitle: Solaris"), "{text}");
    assert_eq!(
        ask(&mut told, &prompt, Operation::Converse, &converse("a", &json!({"system": [{"text": "b"}]}))).status,
        400
    );

    let (status, found) = get(&mut told, &lookup("inference-profiles", &profile));
    assert_eq!((status, &found["type"], &found["inferenceProfileArn"]), (200, &json!("APPLICATION"), &json!(profile)));
    let model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0";
    assert_eq!(found["models"][0]["modelArn"], model);
    let (_, own_ones) = get(&mut told, "/inference-profiles?type=APPLICATION");
    assert_eq!(own_ones["inferenceProfileSummaries"].as_array().map(Vec::len), Some(1));
    let (_, found) = get(&mut told, &lookup("prompt-routers", &router));
    assert_eq!((&found["type"], &found["promptRouterArn"]), (&json!("default"), &json!(router)));
    let (_, routers) = get(&mut told, "/prompt-routers");
    assert_eq!(routers["promptRouterSummaries"].as_array().map(Vec::len), Some(2));
    let (_, models) = get(&mut told, "/foundation-models?byProvider=anthropic&byOutputModality=TEXT");
    let models = models["modelSummaries"].as_array().unwrap();
    assert!(models.len() > 10 && models.iter().all(|model| model["providerName"] == "Anthropic"), "{models:?}");
    assert!(
        Config::read(&json!({"aliases": {"team": 7}}))
            .is_err_and(|problems| problems.to_string().contains("aliases.team"))
    );
}

/// A slow start is late by as much in a whole answer and in a stream, wherever the time comes from.
#[test]
fn a_slow_first_token_is_late_in_every_form() {
    let fixture = answer("a", "hello", "We open at nine.");
    for latency in ["none", "simple", "model", "recorded"] {
        for operation in [Operation::Converse, Operation::ConverseStream] {
            let begins = |faults: Value| {
                let config = json!({"latency": latency, "faults": faults});
                send(&mut mock(std::slice::from_ref(&fixture), &config), operation, &converse("hello", &json!({})), 0.0)
                    .at_ms
            };
            let late = begins(json!([{"kind": "slow_first_token", "ms": 3000}])) - begins(json!([]));
            assert!((late - 3000.0).abs() < 1e-6, "{latency} {operation:?}: {late}");
        }
    }
}

/// A client may send back what it got, unchanged, by every model's form of it.
#[test]
fn what_is_sent_is_taken_back() {
    let fixture = json!({"version": 1, "fixture_id": "t", "match": [{"user": "tool", "turn": 1}], "answer": {"content": [
        {"type": "text", "text": "I look."}, {"type": "tool_use", "name": "look_up", "input": {"q": "a"}}]}});
    let tools = json!({"tools": [{"toolSpec": {"name": "look_up", "inputSchema": {"json": {"type": "object"}}}}]});
    for (model, named) in [
        ("us.anthropic.claude-sonnet-5", Some("tool_use")),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some("tool_use")),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", None),
        ("us.amazon.nova-2-lite-v1:0", None),
    ] {
        let mut mock = mock(std::slice::from_ref(&fixture), &json!({"fallback": "echo", "latency": "none"}));
        let mut ask = |messages: &Value| {
            let path = format!("/model/{}/converse", model.replace(':', "%3A"));
            let body = json!({"messages": messages, "toolConfig": tools}).to_string().into_bytes();
            let reply = mock.handle(&Request { method: "POST".into(), path, headers: Headers::default(), body }, 0.0);
            (reply.status, said(&reply))
        };
        let question = json!({"role": "user", "content": [{"text": "tool"}]});
        let (_, first) = ask(&json!([question]));
        let message = &first["output"]["message"];
        let call = &message["content"][1]["toolUse"];
        assert_eq!(call["type"].as_str(), named, "{model}: {first}");
        let result = json!({"role": "user", "content": [{"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": "yes"}]}}]});
        let (status, again) = ask(&json!([question, message, result]));
        assert_eq!(status, 200, "{model}: {again}");
    }
}

/// A model that is served by inference profiles only is refused by its bare id, as the service refuses it; by a profile
/// and by an alias, which stands for one, it answers.
#[test]
fn on_demand_throughput_is_refused_where_there_is_none() {
    let bare = "anthropic.claude-haiku-4-5-20251001-v1:0";
    let config = json!({"fallback": "echo", "latency": "none", "aliases": {"team-haiku": bare}});
    let mut mock = mock(&[], &config);
    for (id, status) in [(bare.to_string(), 400), (format!("jp.{bare}"), 200), ("team-haiku".to_string(), 200)] {
        for operation in [Operation::Converse, Operation::ConverseStream] {
            let path = format!("/model/{}/{}", id.replace(':', "%3A"), operation.segment());
            let body = converse("hi", &json!({})).to_string().into_bytes();
            let request = Request { method: "POST".to_string(), path, headers: Headers::default(), body };
            let reply = mock.handle(&request, 0.0);
            assert_eq!(reply.status, status, "{id}");
            if status == 400 {
                let words = said(&reply)["message"].as_str().unwrap_or_default().to_string();
                assert!(words.contains("inference profile"), "{words}");
            }
        }
    }
}
