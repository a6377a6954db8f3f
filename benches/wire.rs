//! The wire: frames encoded and decoded beside aws-smithy-eventstream, and mock calls with a large
//! library.

use std::hint::black_box;

use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::event_stream::{Header, HeaderValue as TheirValue, Message};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rehearsal::bedrock::event_stream::{Decoder, Frame, HeaderValue};
use rehearsal::bedrock::{Headers, Operation, Request};
use rehearsal::catalog::{Catalog, HAIKU};
use rehearsal::doors::Asking;
use rehearsal::fixture::{Fixture, Library};
use rehearsal::mock::{Config, LatencyMode, Mock};
use serde_json::json;

const HEADERS: [(&str, &str); 3] =
    [(":event-type", "contentBlockDelta"), (":content-type", "application/json"), (":message-type", "event")];
const PAYLOAD: &str =
    r#"{"contentBlockIndex":0,"delta":{"text":"おすすめの"},"p":"abcdefghijklmnopqrstuvwxyzABCDEFG"}"#;

fn frames(criterion: &mut Criterion) {
    let header = |(name, value): (&str, &str)| (name.to_string(), HeaderValue::String(value.to_string()));
    let ours = Frame { headers: HEADERS.map(header).into(), payload: PAYLOAD.into() };
    let bytes = ours.encode().expect("it fits");
    let theirs = HEADERS.iter().fold(Message::new(PAYLOAD), |message, (name, value)| {
        message.add_header(Header::new(*name, TheirValue::String((*value).into())))
    });
    let mut group = criterion.benchmark_group("frame");
    group.throughput(Throughput::Elements(1));
    group.bench_function("encode/ours", |b| {
        let mut out = Vec::with_capacity(512);
        b.iter(|| {
            out.clear();
            black_box(&ours).encode_into(&mut out).expect("it fits");
            out.len()
        });
    });
    group.bench_function("encode/aws-smithy-eventstream", |b| {
        let mut out = Vec::with_capacity(512);
        b.iter(|| {
            out.clear();
            write_message_to(black_box(&theirs), &mut out).expect("it fits");
            out.len()
        });
    });
    group.bench_function("decode/ours", |b| {
        let mut decoder = Decoder::new();
        b.iter(|| {
            decoder.push(black_box(&bytes));
            decoder.next_frame().expect("it is whole")
        });
    });
    group.bench_function("decode/aws-smithy-eventstream", |b| {
        b.iter(|| read_message_from(&mut black_box(bytes.as_slice())).expect("it is whole"));
    });
    group.finish();
}

/// A library of so many fixtures, found by hash, by text and by a part of the text.
fn library(count: usize) -> Library {
    let fixture = |index: usize| {
        let mut document = json!({"version": 1, "fixture_id": format!("f{index:06}"), "answer": format!("第{index}巻は在庫がございます。"),
            "usage": {"input_tokens": 20, "output_tokens": 12}});
        match index % 3 {
            0 => document["prompt"] = json!(format!("第{index}巻はありますか?")),
            1 => document["match"] = json!([{"user": format!("{index}巻")}]),
            _ => document["match"] = json!([{"user_contains": format!("<{index}>")}]),
        }
        Fixture::read(document).expect("it is a fixture")
    };
    Library::new((0..count).map(fixture)).expect("ids differ")
}

fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mock");
    group.throughput(Throughput::Elements(1));
    for count in [10, 10_000] {
        let prompts = ["第3巻はありますか?".to_string(), "4巻".to_string(), "part <5> of it".to_string()];
        for (operation, name) in [(Operation::Converse, "converse"), (Operation::ConverseStream, "converse-stream")] {
            let config = Config { latency: LatencyMode::None, ..Config::default() };
            let mut mock = Mock::new(library(count), Catalog::full().clone(), config);
            let requests = prompts.clone().map(|prompt| Request {
                method: "POST".to_string(),
                path: format!("/model/{HAIKU}/{}", operation.segment()),
                headers: Headers::default(),
                body: json!({"messages": [{"role": "user", "content": [{"text": prompt}]}]}).to_string().into_bytes(),
            });
            let mut index = 0;
            group.bench_function(BenchmarkId::new(name, count), |b| {
                b.iter(|| {
                    index += 1;
                    if index % 10_000 == 0 {
                        mock.reset();
                    }
                    mock.handle(&requests[index % 3], 0.0).status
                });
            });
        }
    }
    group.finish();
}

/// Calls through each door, whole and streamed, beside Converse's in one run.
fn doors(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("doors");
    group.throughput(Throughput::Elements(1));
    let claude = "anthropic.claude-sonnet-5";
    for (operation, model) in [
        (Operation::Converse, HAIKU),
        (Operation::ConverseStream, HAIKU),
        (Operation::Messages, claude),
        (Operation::MessagesStream, claude),
        (Operation::ChatCompletions, "openai.gpt-5.6-sol"),
        (Operation::ChatCompletionsStream, "openai.gpt-5.6-sol"),
        (Operation::Responses, "openai.gpt-5.6-sol"),
        (Operation::ResponsesStream, "openai.gpt-5.6-sol"),
    ] {
        let config = Config { latency: LatencyMode::None, ..Config::default() };
        let mut mock = Mock::new(library(10), Catalog::full().clone(), config);
        let request = Asking::new(model, "第3巻はありますか?", 1024).request(operation);
        assert_eq!(mock.handle(&request, 0.0).status, 200, "{operation:?}");
        let mut index = 0;
        group.bench_function(BenchmarkId::new(operation.name(), 10), |b| {
            b.iter(|| {
                index += 1;
                if index % 10_000 == 0 {
                    mock.reset();
                }
                mock.handle(&request, 0.0).status
            });
        });
    }
    group.finish();
}

criterion_group!(benches, frames, calls, doors);
criterion_main!(benches);
