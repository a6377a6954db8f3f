//! Hostile inputs by kind: secrets in every form and door, documents that say something twice, texts
//! that unfold without end. `tests/hostile/` has the texts; every one is put through everything that
//! keeps something.

use std::io::Write;

use data_encoding::BASE64;
use rehearsal::bedrock::event_stream::{Frame, HeaderValue, decode_all};
use rehearsal::bedrock::{Body, Headers, Operation, Reply, Request};
use rehearsal::catalog::{Catalog, HAIKU};
use rehearsal::doors::{SnippetKind, snippet};
use rehearsal::fixture::Library;
use rehearsal::import::{Importer, Redactor};
use rehearsal::mock::{Config, Fallback, Mock};
use rehearsal::scenario::Scenario;
use rehearsal::testing::Snapshot;
use rehearsal::workspace::Workspace;
use serde_json::{Value, json};

/// The texts, each with the part that must not be kept.
fn secrets() -> Vec<(&'static str, &'static str)> {
    read(include_str!("hostile/redaction.txt"))
}

fn read(file: &'static str) -> Vec<(&'static str, &'static str)> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').expect("a text, a tab, a secret")).collect()
}

/// A hundred more kinds of text: whole, in a stream that is cut in their middle, as the input of a tool, packed into
/// JSON inside a text.
#[test]
fn a_hundred_more_kinds_are_found_in_every_form() {
    let all = read(include_str!("hostile/redaction-more.txt"));
    assert!(all.len() >= 95);
    let mut kept_some = Vec::new();
    for (text, secret) in all {
        let inner = json!({"note": text}).to_string();
        let whole = |content: Value| json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": "end_turn"});
        let chunks: Vec<Value> =
            cut(text, text.chars().count() / 2).iter().map(|part| json!({"outputText": part, "index": 0})).collect();
        for (form, model, body) in [
            ("whole", HAIKU, whole(json!([{"text": text}]))),
            ("tool", HAIKU, whole(json!([{"toolUse": {"toolUseId": "t", "name": "find", "input": {"q": text}}}]))),
            ("inside", HAIKU, whole(json!([{"text": inner}]))),
            ("stream", "amazon.titan-text-express-v1", json!(chunks)),
        ] {
            let operation = if form == "stream" { "InvokeModelWithResponseStream" } else { "Converse" };
            let record = json!({"schemaType": "ModelInvocationLog", "requestId": "1", "operation": operation, "modelId": model,
                "output": {"outputBodyJson": body}});
            let mut importer = Importer::new(Redactor::default());
            let (fixtures, _) = importer.file("log.json", record.to_string().as_bytes()).expect("it is a log");
            let document = &fixtures.first().expect("a fixture").document;
            let body = document["recording"]["body"].as_str().unwrap_or_default();
            if kept(document).contains(secret) || body.contains(secret) {
                kept_some.push(format!("{form}: {secret} of {text}"));
            }
        }
    }
    assert!(kept_some.is_empty(), "{} kept: {kept_some:#?}", kept_some.len());
}

/// What a file keeps, down to the payloads of frames.
fn kept(document: &Value) -> String {
    let bytes = document["recording"]["body_b64"].as_str().map(|text| BASE64.decode(text.as_bytes()).expect("base64"));
    let mut all = document.to_string();
    for frame in bytes.iter().flat_map(|bytes| decode_all(bytes).expect("whole frames")) {
        let payload: Value = serde_json::from_slice(&frame.payload).unwrap_or_default();
        let inner = payload["bytes"].as_str().and_then(|text| BASE64.decode(text.as_bytes()).ok()).unwrap_or_default();
        all += &format!("{:?} {payload} {}", frame.headers, String::from_utf8_lossy(&inner));
    }
    all
}

/// A form of stream: its name, and a chunk with a text in it.
type Form = (&'static str, fn(&str) -> Value);

/// The text of a chunk in each provider's form.
fn forms() -> Vec<Form> {
    vec![
        ("amazon.titan-text-express-v1", |text| json!({"outputText": text, "index": 0})),
        ("meta.llama3-8b-instruct-v1:0", |text| json!({"generation": text})),
        ("mistral.mistral-7b-instruct-v0:2", |text| json!({"outputs": [{"text": text, "stop_reason": null}]})),
        ("cohere.command-r-v1:0", |text| json!({"event_type": "text-generation", "text": text})),
        ("deepseek.r1-v1:0", |text| json!({"choices": [{"text": text}]})),
        ("openai.gpt-oss-20b-1:0", |text| json!({"choices": [{"index": 0, "delta": {"content": text}}]})),
        (
            HAIKU,
            |text| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
        ),
        (
            "amazon.nova-lite-v1:0",
            |text| json!({"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": 0}}),
        ),
    ]
}

/// The first fixture of a file; it must have been redacted.
fn imported(name: &str, bytes: &[u8]) -> Value {
    let mut importer = Importer::new(Redactor::default());
    let (mut fixtures, skipped) = importer.file(name, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(fixtures.len(), 1, "{skipped:?}");
    let fixture = fixtures.remove(0);
    assert!(fixture.redactions > 0, "{}", fixture.document);
    fixture.document
}

/// Cuts a text in three, beginning with a cut at this character.
fn cut(text: &str, at: usize) -> [String; 3] {
    let letters: Vec<char> = text.chars().collect();
    let (first, second) = (at.min(letters.len()), (at + 3).min(letters.len()));
    [&letters[..first], &letters[first..second], &letters[second..]].map(|part| part.iter().collect())
}

#[test]
fn no_stream_keeps_what_is_cut_across_its_chunks() {
    for (text, secret) in secrets() {
        for (model, form) in forms() {
            for at in (1..text.chars().count()).step_by(4) {
                let chunks: Vec<Value> = cut(text, at).iter().map(|part| form(part)).collect();
                let record = json!({
                    "schemaType": "ModelInvocationLog", "requestId": "1", "operation": "InvokeModelWithResponseStream", "modelId": model,
                    "output": {"outputBodyJson": chunks},
                });
                let all = kept(&imported("log.json", record.to_string().as_bytes()));
                assert!(!all.contains(secret), "{model}, cut at {at}: {secret} in {all}");
            }
        }
    }
}

#[test]
fn nothing_that_is_imported_keeps_a_secret_anywhere() {
    for (text, secret) in secrets() {
        let record = |part: &Value| {
            let mut record = json!({
                "schemaType": "ModelInvocationLog", "requestId": "1", "operation": "Converse", "modelId": HAIKU,
                "output": {"outputBodyJson": {"output": {"message": {"role": "assistant", "content": [{"text": "ok"}]}}, "stopReason": "end_turn"}},
            });
            for (key, value) in part.as_object().expect("an object") {
                record[key] = value.clone();
            }
            record.to_string()
        };
        let answer = |content: Value| json!({"output": {"outputBodyJson": {"output": {"message": {"role": "assistant", "content": content}}, "stopReason": "end_turn"}}});
        for part in [
            answer(json!([{"text": text}])),
            answer(json!([{"toolUse": {"toolUseId": "t", "name": "find", "input": {(text): 1}}}])),
            answer(json!([{"toolUse": {"toolUseId": "t", "name": "find", "input": {"deep": [[text]]}}}])),
            answer(json!([{"reasoningContent": {"reasoningText": {"text": text, "signature": "s"}}}, {"text": "ok"}])),
            json!({"input": {"inputBodyJson": {"messages": [{"role": "user", "content": [{"text": text}]}]}}}),
            json!({"requestMetadata": {"who": text}}),
            json!({"requestMetadata": {(text): "x"}}),
            json!({"errorCode": "AccessDeniedException", "errorMessage": text}),
            json!({"requestId": text}),
        ] {
            let all = kept(&imported("log.json", record(&part).as_bytes()));
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}

#[test]
fn frames_keep_none_in_headers_behind_their_end_or_half() {
    let header = |name: &str, value: &str| (name.to_string(), HeaderValue::String(value.to_string()));
    let event = |text: &str| Frame {
        headers: vec![header(":event-type", "contentBlockDelta"), header(":message-type", "event")],
        payload: json!({"delta": {"text": text}, "contentBlockIndex": 0}).to_string().into_bytes(),
    };
    for (text, secret) in secrets() {
        let [a, b, c] = cut(text, text.chars().count() / 2);
        let mut stream: Vec<u8> = [a, b, c].iter().flat_map(|part| event(part).encode().expect("a frame")).collect();
        let error = Frame {
            headers: vec![header(":message-type", "error"), header(":error-message", text)],
            payload: Vec::new(),
        };
        stream.extend(error.encode().expect("a frame"));
        let half = event(text).encode().expect("a frame");
        for tail in [&[][..], &[7][..], &half[..half.len() - 1], text.as_bytes()] {
            let all = kept(&imported("stream.bin", &[&stream, tail].concat()));
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}

#[test]
fn a_packed_body_is_unpacked_or_not_kept() {
    for (text, secret) in secrets() {
        let answer = json!({"output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn"});
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(answer.to_string().as_bytes()).expect("memory takes it");
        let packed = packer.finish().expect("memory takes it");
        let cassette = json!({"interactions": [{
            "request": {"method": "POST", "uri": "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse", "body": "{}"},
            "response": {"status": {"code": 200}, "headers": {"content-encoding": ["gzip"]}, "body": {"string": {"!!binary": BASE64.encode(&packed)}}},
        }]});
        let all = kept(&imported("cassette.yaml", cassette.to_string().as_bytes()));
        assert!(!all.contains(secret), "{secret} in {all}");
        // Cut off, it cannot be looked into.
        let mut broken = cassette.clone();
        broken["interactions"][0]["response"]["body"]["string"]["!!binary"] =
            json!(BASE64.encode(&packed[..packed.len() / 2]));
        let mut importer = Importer::new(Redactor::default());
        let (fixtures, skipped) =
            importer.file("cassette.yaml", broken.to_string().as_bytes()).expect("it is a cassette");
        assert!(fixtures.is_empty() && skipped[0].reason.contains("not kept"), "{skipped:?}");
    }
}

#[test]
fn snapshots_labels_and_copied_code_keep_none() {
    let config = Config { fallback: Fallback::Echo, ..Config::default() };
    for (text, secret) in secrets() {
        let body = json!({"messages": [{"role": "user", "content": [{"text": text}]}]});
        let headers = Headers::from([("amz-sdk-invocation-id", text)]);
        for operation in ["converse", "converse-stream"] {
            let request = Request {
                method: "POST".into(),
                path: format!("/model/{HAIKU}/{operation}"),
                headers: headers.clone(),
                body: body.to_string().into_bytes(),
            };
            let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config.clone());
            let reply = mock.handle(&request, 0.0);
            let written = Snapshot::of([(&request, &reply)]).to_text();
            assert!(!written.contains(secret), "{secret} in {written}");
            let log = serde_json::to_string(&mock.ledger().records().collect::<Vec<_>>()).expect("it is JSON");
            assert!(!log.contains(secret), "{secret} in {log}");
        }
        let whole =
            Reply { status: 200, headers: Headers::default(), at_ms: 0.0, body: Body::Whole(body.to_string().into()) };
        let named = Request { path: format!("/{text}"), ..Request::default() };
        assert!(!Snapshot::of([(&named, &whole)]).to_text().contains(secret), "{secret}");
        for kind in SnippetKind::ALL {
            for operation in [Operation::Converse, Operation::InvokeModel] {
                let code = snippet(kind, operation, (HAIKU, &body), "echo");
                assert!(!code.contains(secret), "{secret} in {code}");
            }
        }
    }
}

#[test]
fn a_key_twice_is_found_in_every_document() {
    let twice = "{\"version\": 1, \"daily_messages\": 5,\n \"daily_messages\": 500000}";
    let said = Scenario::load(twice).unwrap_err().to_string();
    assert!(said.contains("“daily_messages” stands here a second time"), "{said}");
    let link = format!("{{\"version\": 1, \"scenario\": {twice}}}");
    assert!(Workspace::load(&link).unwrap_err().to_string().contains("a second time"));
    for (name, text) in [
        ("a.json", "{\"version\": 1, \"fixture_id\": \"a\", \"prompt\": \"p\", \"answer\": \"x\", \"answer\": \"y\"}"),
        ("a.yaml", "version: 1\nfixture_id: a\nprompt: p\nanswer: x\nanswer: y\n"),
        ("A.JSON", "{\"fixture_id\": \"a\", \"fixture_id\": \"b\"}"),
    ] {
        let found = rehearsal::fixture::lint([(name, text)], Catalog::full());
        assert_eq!(found.len(), 1, "{name}");
    }
}

#[test]
fn errors_repeat_little_of_what_they_were_given() {
    let long = "x".repeat(1_000_000);
    for text in [
        json!({(&long): 1}).to_string(),
        json!({"daily_messages": long}).to_string(),
        json!({"retry": {"mode": long}}).to_string(),
        json!({"models": {(&long): {"latency": {"kind": "q"}}}}).to_string(),
        json!({"traffic": {"curve": long}}).to_string(),
        long.clone(),
    ] {
        if let Err(problems) = Scenario::load(&text) {
            let said = problems.to_string();
            assert!(said.chars().count() < 700, "{} characters: {}", said.chars().count(), &said[..300]);
        }
    }
    let config = json!({(&long): 1, "fallback": long});
    assert!(Config::read(&config).unwrap_err().to_string().chars().count() < 900);
    let many = json!({"types": vec![json!(1); 100_000]}).to_string();
    assert!(Scenario::load(&many).unwrap_err().to_string().len() < 10_000);
}
