//! The mock as a client in virtual time, by the bytes of its replies.

use crate::bedrock::{Body, End, Operation, Reply, Request};
use crate::catalog::Catalog;
use crate::doors::{Asking, operation_of};
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
    /// Asks a mock by the benchmark's door.
    pub fn new(mock: &'a mut Mock, benchmark: &Benchmark, prompts: &[Prompt]) -> Self {
        let request = |prompt: &Prompt| WireClient::request(benchmark, &prompt.text);
        WireClient { requests: prompts.iter().map(request).collect(), mock }
    }

    /// The request that asks a prompt as a stream: by ConverseStream, or by the benchmark's door.
    pub fn request(benchmark: &Benchmark, prompt: &str) -> Request {
        let door = benchmark.door.as_deref().and_then(|door| operation_of(door, true));
        Asking::new(benchmark.asked_model(), prompt, benchmark.max_tokens)
            .request(door.unwrap_or(Operation::ConverseStream))
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
        let record = mock.ledger().last();
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
            of_type: None,
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
