use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rehearsal::bench::{
    Answer, Benchmark, Call, Clock, Document, Environment, Progress, Prompt, Rehearsal, Suite, VirtualTarget,
    WireClient, measure,
};
use rehearsal::fixture::Library;
use rehearsal::mock::Mock;
use rehearsal::problem::Problem;
use rehearsal::scenario::{HAIKU, Scenario};

use super::state::Target;
use crate::platform::clock;

/// Steps in virtual time between two looks at the clock: a few milliseconds of work.
const STEPS: u64 = 10_000;
/// How long the page may wait to draw and to listen.
const TURN_MS: f64 = 12.0;

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

/// Runs a suite piece by piece, so that the page stays alive. A cancelled run keeps what it
/// measured; `None` when that is nothing.
pub async fn run(
    suite: &Suite,
    scenario: &Scenario,
    target: Target,
    job: &Job,
    progress: impl Fn(u64, u64),
) -> Option<Result<Document, Vec<Problem>>> {
    let mock = || WireClient::mock(Library::default(), crate::lab::prices::catalog(), suite.seed);
    let answers = match target {
        Target::Simulator => Some(VirtualTarget::Simulator),
        Target::Mock => Some(VirtualTarget::Mock(Box::new(mock()))),
        Target::MockRealTime => None,
    };
    let (clock, client) = target.named();
    let environment = Environment {
        clock: clock.to_string(),
        client: client.to_string(),
        rehearsal: env!("CARGO_PKG_VERSION").to_string(),
        ..Environment::default()
    };
    let mut rehearsal = Rehearsal::new(suite.clone(), scenario.clone(), answers, environment);
    if target == Target::MockRealTime {
        in_real_time(&mut rehearsal, mock(), job, &progress).await;
    } else if let Err(problems) = in_virtual_time(&mut rehearsal, job, &progress).await {
        return Some(Err(problems));
    }
    let document = rehearsal.document();
    let measured = document.benchmarks.iter().flat_map(|result| &result.runs).any(|run| run.requests > 0);
    measured.then_some(Ok(document))
}

async fn in_virtual_time(
    rehearsal: &mut Rehearsal,
    job: &Job,
    progress: &impl Fn(u64, u64),
) -> Result<(), Vec<Problem>> {
    let mut turn = clock::now_ms();
    while !rehearsal.advance(crate::lab::prices::catalog(), STEPS).map_err(|problems| problems.0)? {
        if clock::now_ms() - turn < TURN_MS {
            continue;
        }
        let (answered, total) = rehearsal.progress();
        progress(answered, total);
        clock::sleep(0.0).await;
        if job.cancelled.get() {
            rehearsal.cancel();
        }
        turn = clock::now_ms();
    }
    Ok(())
}

async fn in_real_time(rehearsal: &mut Rehearsal, mock: Mock, job: &Job, progress: &impl Fn(u64, u64)) {
    // Several calls are under way at once; each borrows the mock for a moment.
    let mock = RefCell::new(mock);
    while let Some((benchmark, _)) = rehearsal.upcoming() {
        let Some(session) = rehearsal.session(PageClock.now_ms()) else { return };
        let (before, total) = rehearsal.progress();
        let prompts = &rehearsal.suite().prompts;
        let client = |call: Call| asked(&mock, benchmark, prompts, call);
        let watch = |seen: Progress| {
            progress(before + seen.answered, total);
            !job.cancelled.get()
        };
        let run = measure(session, &client, &PageClock, watch).await;
        rehearsal.add(run);
    }
}

/// One call to the page's mock, answered when its reply would have ended.
async fn asked(mock: &RefCell<Mock>, benchmark: &Benchmark, prompts: &[Prompt], call: Call) -> Answer {
    let Some(prompt) = prompts.get(call.prompt) else { return Answer::default() };
    let model = benchmark.model.as_deref().unwrap_or(HAIKU);
    let request = WireClient::request(model, &prompt.text, benchmark.max_tokens);
    let (end_ms, answer) = WireClient::ask(&mut mock.borrow_mut(), &request, clock::now_ms());
    clock::sleep(end_ms).await;
    answer
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

/// A suite against the simulator, all at once.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub fn at_once(suite: &Suite, scenario: &Scenario) -> Result<Document, Vec<Problem>> {
    pollster::block_on(run(suite, scenario, Target::Simulator, &Job::new(), |_, _| {})).unwrap_or(Err(Vec::new()))
}
