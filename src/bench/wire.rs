//! The mock as a client in virtual time, by the bytes of its replies.

use serde_json::json;

use crate::bedrock::{Body, End, Headers, Operation, Reply, Request};
use crate::catalog::Catalog;
use crate::fixture::Library;
use crate::mock::{Config, Fallback, LatencyMode, Mock};
use crate::money::Usd;

use super::arriving::{Arrived, Arriving};
use super::drive::VirtualClient;
use super::session::{Answer, Call, Failed};
use super::suite::{Benchmark, Prompt};

/// A client of the mock in virtual time, by the bytes of real requests and replies.
pub struct WireClient<'a> {
    mock: &'a mut Mock,
    requests: Vec<Request>,
}

impl<'a> WireClient<'a> {
    /// Asks a mock by ConverseStream; a benchmark without a model asks Claude 3 Haiku.
    pub fn new(mock: &'a mut Mock, benchmark: &Benchmark, prompts: &[Prompt]) -> Self {
        let model = benchmark.model.as_deref().unwrap_or(crate::scenario::HAIKU);
        let request = |prompt: &Prompt| WireClient::request(model, &prompt.text, benchmark.max_tokens);
        WireClient { requests: prompts.iter().map(request).collect(), mock }
    }

    /// The request that asks a prompt of a model.
    pub fn request(model: &str, prompt: &str, max_tokens: u64) -> Request {
        let body = json!({
            "messages": [{"role": "user", "content": [{"text": prompt}]}],
            "inferenceConfig": {"maxTokens": max_tokens},
        });
        Request {
            method: "POST".to_string(),
            path: format!("/model/{}/{}", model.replace(':', "%3A"), Operation::ConverseStream.segment()),
            headers: Headers::from([("content-type", "application/json")]),
            body: body.to_string().into_bytes(),
        }
    }
}

impl WireClient<'_> {
    /// A mock to be measured: it answers every prompt, at its models' speed.
    pub fn mock(library: Library, catalog: &Catalog, seed: u64) -> Mock {
        let config = Config { seed, fallback: Fallback::Echo, latency: LatencyMode::Model, ..Config::default() };
        Mock::new(library, catalog.clone(), config)
    }

    /// Asks a mock: the answer, and when its reply will have ended.
    pub fn ask(mock: &mut Mock, request: &Request, now_ms: f64) -> (f64, Answer) {
        let reply = mock.handle(request, now_ms);
        let record = mock.ledger().records().last();
        let read = arrived(&reply);
        let answer = record.map(|record| Answer {
            failed: record.error.as_deref().or(read.failed.as_deref()).map(|name| Failed(name.into())),
            ttft_ms: read.first_ms,
            last_ms: read.last_ms,
            input_tokens: record.input_tokens,
            output_tokens: record.output_tokens,
            cost_usd: record.cost_usd.map(Usd::dollars),
            cache_hit: false,
            model: Some(record.model_id.as_str().into()),
            stages: Vec::new(),
        });
        (reply.end_ms(), answer.unwrap_or_default())
    }
}

/// What a client makes of a reply's bytes.
fn arrived(reply: &Reply) -> Arrived {
    let mut arriving = Arriving::new(reply.headers.get("content-type"));
    let clean = match &reply.body {
        Body::Whole(bytes) => {
            arriving.push(reply.at_ms, bytes);
            true
        }
        Body::Stream(pieces, end) => {
            pieces.iter().for_each(|piece| arriving.push(piece.at_ms, &piece.bytes));
            *end == End::Clean
        }
    };
    arriving.end(reply.end_ms(), clean)
}

impl VirtualClient for WireClient<'_> {
    fn call(&mut self, call: &Call, now_ms: f64) -> (f64, Answer) {
        let Some(request) = self.requests.get(call.prompt) else { return (0.0, Answer::default()) };
        WireClient::ask(self.mock, request, now_ms)
    }
}
