use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rehearsal::bench::{
    Answer, Benchmark, BenchmarkResult, Call, Clock, Document, Environment, Failed, Run, Session, SimulatorClient,
    Suite, Virtual, VirtualClient, WireClient, measure,
};
use rehearsal::catalog::Catalog;
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Fallback, LatencyMode, Mock};
use rehearsal::problem::Problem;
use rehearsal::scenario::{HAIKU, Scenario};

use super::state::Target;
use crate::platform::clock;

/// Steps between two looks at the clock: a few milliseconds of work.
const STEPS: u64 = 10_000;

/// A run under way: whoever drops it or cancels it ends it.
#[derive(Clone)]
pub struct Job {
    pub cancelled: Rc<Cell<bool>>,
}

impl Job {
    pub fn new() -> Self {
        Job { cancelled: Rc::default() }
    }
}

/// Runs a suite piece by piece, so that the page stays alive; `None` when it was cancelled.
pub async fn run(
    suite: &Suite,
    scenario: &Scenario,
    target: Target,
    job: &Job,
    progress: impl Fn(u64, u64),
) -> Option<Result<Document, Vec<Problem>>> {
    let size = |benchmark: &Benchmark| (benchmark.warm_up + benchmark.measured) * benchmark.runs;
    let total: u64 = suite.benchmarks.iter().map(size).sum();
    let mut before = 0;
    let mut results = Vec::new();
    let config =
        Config { seed: suite.seed, fallback: Fallback::Echo, latency: LatencyMode::Model, ..Config::default() };
    let mut mock = Mock::new(Library::default(), Catalog::full().clone(), config);
    for benchmark in &suite.benchmarks {
        let mut result = BenchmarkResult::new(benchmark);
        for number in 0..benchmark.runs {
            let seen = |answered: u64| {
                progress(before + answered, total);
                !job.cancelled.get()
            };
            let session = session(suite, benchmark, 0.0);
            let run = match target {
                Target::Simulator => match simulator(suite, scenario, benchmark, number) {
                    Ok(mut client) => in_pieces(session, &mut client, seen).await,
                    Err(problems) => return Some(Err(problems)),
                },
                Target::Mock => {
                    in_pieces(session, &mut WireClient::new(&mut mock, benchmark, &suite.prompts), seen).await
                }
                Target::MockRealTime => {
                    // Several calls are under way at once; each borrows the mock for a moment.
                    let shared = RefCell::new(&mut mock);
                    let client = |call: Call| asked(&shared, suite, benchmark, call);
                    let session = self::session(suite, benchmark, PageClock.now_ms());
                    measure(session, &client, &PageClock, |progress| seen(progress.answered)).await
                }
            };
            if job.cancelled.get() {
                return None;
            }
            before += benchmark.warm_up + benchmark.measured;
            result.runs.push(run);
        }
        results.push(result);
    }
    Some(Ok(document(suite, target, results)))
}

async fn in_pieces(session: Session, client: &mut impl VirtualClient, seen: impl Fn(u64) -> bool) -> Run {
    let mut run = Virtual::new(session);
    loop {
        let ended = run.advance(client, STEPS);
        if !seen(run.progress().answered) {
            run.cancel();
        }
        if ended {
            return run.into_run();
        }
        // The page draws and listens before the next piece.
        clock::sleep(0.0).await;
    }
}

/// One call to the page's mock, answered when its reply would have ended.
async fn asked(mock: &RefCell<&mut Mock>, suite: &Suite, benchmark: &Benchmark, call: Call) -> Answer {
    let Some(prompt) = suite.prompts.get(call.prompt) else { return Answer::default() };
    let model = benchmark.model.as_deref().unwrap_or(HAIKU);
    let request = WireClient::request(model, &prompt.text, benchmark.max_tokens);
    let (end_ms, record) = {
        let mut mock = mock.borrow_mut();
        let reply = mock.handle(&request, clock::now_ms());
        (reply.end_ms(), mock.ledger().records().last().cloned())
    };
    clock::sleep(end_ms).await;
    record.map_or_else(Answer::default, |record| Answer {
        failed: record.error.as_deref().map(|name| Failed(name.into())),
        ttft_ms: Some(record.ttft_ms),
        input_tokens: record.input_tokens,
        output_tokens: record.output_tokens,
        cost_usd: record.cost_usd.map(rehearsal::money::Usd::dollars),
        model: Some(record.model_id.as_str().into()),
        ..Answer::default()
    })
}

/// The page's clock.
struct PageClock;

impl Clock for PageClock {
    fn now_ms(&self) -> f64 {
        clock::now_ms()
    }

    async fn sleep(&self, ms: f64) {
        clock::sleep(ms).await;
    }
}

fn session(suite: &Suite, benchmark: &Benchmark, now_ms: f64) -> Session {
    let tokens: Vec<u64> = suite.prompts.iter().map(|prompt| prompt.input_tokens).collect();
    Session::new(benchmark, &tokens, now_ms)
}

fn simulator(
    suite: &Suite,
    scenario: &Scenario,
    benchmark: &Benchmark,
    number: u64,
) -> Result<SimulatorClient, Vec<Problem>> {
    SimulatorClient::new(scenario, Catalog::full(), benchmark, &suite.prompts, suite.seed, number)
        .map_err(|problems| problems.0)
}

fn document(suite: &Suite, target: Target, benchmarks: Vec<BenchmarkResult>) -> Document {
    let (clock, client) = target.named();
    Document {
        suite: suite.name.clone(),
        seed: suite.seed,
        environment: Environment {
            clock: clock.to_string(),
            client: client.to_string(),
            rehearsal: env!("CARGO_PKG_VERSION").to_string(),
            ..Environment::default()
        },
        benchmarks,
    }
}

/// A suite against the simulator, all at once.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub fn in_virtual_time(suite: &Suite, scenario: &Scenario) -> Result<Document, Vec<Problem>> {
    pollster::block_on(run(suite, scenario, Target::Simulator, &Job::new(), |_, _| {})).unwrap_or(Err(Vec::new()))
}
