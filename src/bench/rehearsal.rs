//! A suite under way: which run is next, driven in real or in virtual time.

use crate::catalog::Catalog;
use crate::mock::Mock;
use crate::problem::Problems;
use crate::scenario::{Preset, Scenario};

use super::document::{BenchmarkResult, Document, Environment, Run};
use super::drive::Virtual;
use super::session::Session;
use super::simulator::{SimulatorClient, not_simulated};
use super::suite::{Benchmark, Suite};
use super::wire::WireClient;

/// A suite under way, one run after the other: who drives its runs in real time asks for a session
/// and hands back its run; in virtual time it goes on by itself, a piece at a time.
pub struct Rehearsal {
    suite: Suite,
    scenario: Scenario,
    environment: Environment,
    target: Option<VirtualTarget>,
    results: Vec<BenchmarkResult>,
    /// Requests of the runs that have ended.
    answered: u64,
    cancelled: bool,
    under_way: Option<(Virtual, Option<SimulatorClient>)>,
}

/// What answers in virtual time.
#[non_exhaustive]
pub enum VirtualTarget {
    Simulator,
    /// The mock, by the bytes of its replies.
    Mock(Box<Mock>),
}

/// What of a scenario a run on the mock or in real time leaves out: the fields that differ from the reference scenario's, as
/// [`not_simulated`] calls them.
fn given(scenario: &Scenario) -> Vec<String> {
    let read = |scenario: &Scenario| serde_json::from_str::<serde_json::Value>(&scenario.to_json()).unwrap_or_default();
    let (own, usual) = (read(scenario), read(&Preset::Reference.scenario()));
    let fields = own.as_object().into_iter().flatten();
    let differs = fields.filter(|(name, value)| usual.get(name.as_str()) != Some(value) && *name != "seed");
    let left = usual.as_object().into_iter().flatten().filter(|(name, _)| own.get(name.as_str()).is_none());
    let named = differs.chain(left).filter_map(|(name, _)| match name.as_str() {
        "retry" => Some("retries".to_string()),
        "patience_ms" => Some("patience".to_string()),
        "slo_ms" => Some("slo".to_string()),
        // The bill's alone.
        "days_in_month" => None,
        other => Some(other.to_string()),
    });
    named.collect()
}

impl Rehearsal {
    /// A suite before its first run; `target` is for virtual time.
    pub fn new(suite: Suite, scenario: Scenario, target: Option<VirtualTarget>, environment: Environment) -> Self {
        let environment = match target {
            Some(VirtualTarget::Simulator) => Environment { not_simulated: not_simulated(&scenario), ..environment },
            // The mock answers by its own speeds and fixtures, an endpoint or a program as it does.
            Some(VirtualTarget::Mock(_)) | None => Environment { not_simulated: given(&scenario), ..environment },
        };
        let results = Vec::with_capacity(suite.benchmarks.len());
        Rehearsal { suite, scenario, environment, target, results, answered: 0, cancelled: false, under_way: None }
    }

    pub fn suite(&self) -> &Suite {
        &self.suite
    }

    /// The benchmark whose run is next or under way, and that run's number; `None` when all are
    /// done.
    pub fn upcoming(&self) -> Option<(&Benchmark, u64)> {
        if self.cancelled {
            return None;
        }
        let started = self.results.last().zip(self.results.len().checked_sub(1));
        let number = started.map(|(result, index)| (index, result.runs.len() as u64));
        match number {
            Some((index, run)) if run < self.suite.benchmarks[index].runs => Some((&self.suite.benchmarks[index], run)),
            _ => self.suite.benchmarks.get(self.results.len()).map(|benchmark| (benchmark, 0)),
        }
    }

    /// The session of the upcoming run.
    pub fn session(&self, now_ms: f64) -> Option<Session> {
        let tokens: Vec<u64> = self.suite.prompts.iter().map(|prompt| prompt.input_tokens).collect();
        self.upcoming().map(|(benchmark, _)| Session::new(benchmark, &tokens, now_ms))
    }

    /// The upcoming run has ended, and this is what it measured.
    pub fn add(&mut self, run: Run) {
        let Some((benchmark, number)) = self.upcoming() else { return };
        let (size, first) = (benchmark.warm_up + benchmark.measured, number == 0);
        if first {
            let result = BenchmarkResult::new(benchmark);
            self.results.push(result);
        }
        self.answered += size;
        self.cancelled = run.cancelled;
        if let Some(result) = self.results.last_mut() {
            result.runs.push(run);
        }
    }

    /// Does at most so many steps in virtual time; whether all runs are done.
    ///
    /// # Errors
    /// A model whose speed is not known.
    pub fn advance(&mut self, catalog: &Catalog, steps: u64) -> Result<bool, Problems> {
        if self.under_way.is_none() {
            let (Some(session), Some((benchmark, number))) = (self.session(0.0), self.upcoming()) else {
                return Ok(true);
            };
            let (scenario, suite) = (&self.scenario, &self.suite);
            let client = match &self.target {
                Some(VirtualTarget::Simulator) => {
                    let client =
                        SimulatorClient::new(scenario, catalog, benchmark, &suite.prompts, suite.seed, number)?;
                    for model in client.assumed_speeds() {
                        let known = &mut self.environment.assumed_speeds;
                        if !known.iter().any(|name| name == model) {
                            known.push(model.to_string());
                        }
                    }
                    Some(client)
                }
                _ => None,
            };
            self.under_way = Some((Virtual::new(session), client));
        }
        let benchmark = self.upcoming().map(|(benchmark, _)| benchmark.clone());
        let (Some((mut run, mut client)), Some(benchmark)) = (self.under_way.take(), benchmark) else {
            return Ok(true);
        };
        let ended = match (&mut self.target, &mut client) {
            (Some(VirtualTarget::Mock(mock)), _) => {
                run.advance(&mut WireClient::new(mock, &benchmark, &self.suite.prompts), steps)
            }
            (_, Some(client)) => run.advance(client, steps),
            // In real time others drive.
            _ => true,
        };
        if !ended {
            self.under_way = Some((run, client));
            return Ok(false);
        }
        self.add(run.into_run());
        Ok(self.upcoming().is_none())
    }

    /// Begins nothing more; what was measured so far is kept.
    pub fn cancel(&mut self) {
        if let Some((mut run, _)) = self.under_way.take() {
            run.cancel();
            self.add(run.into_run());
        }
        self.cancelled = true;
    }

    /// Answered and all requests of all runs.
    pub fn progress(&self) -> (u64, u64) {
        let size = |benchmark: &Benchmark| (benchmark.warm_up + benchmark.measured).saturating_mul(benchmark.runs);
        let total = self.suite.benchmarks.iter().map(size).fold(0, u64::saturating_add);
        let under_way = self.under_way.as_ref().map_or(0, |(run, _)| run.progress().answered);
        (self.answered + under_way, total)
    }

    /// The result document of the runs that have ended.
    pub fn document(&self) -> Document {
        Document {
            suite: self.suite.name.clone(),
            seed: self.suite.seed,
            environment: self.environment.clone(),
            benchmarks: self.results.clone(),
        }
    }
}
