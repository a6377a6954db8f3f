use std::rc::Rc;

use rehearsal::bench::{Document, Family, Load, Metric, Policies, Rule, Suite, SuitePreset, Trend, compare, trend};
use rehearsal::problem::Problem;
use rehearsal::scenario::Scenario;
use yew::Reducible;

use crate::platform::storage;

/// What answers, and by which clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The simulator in virtual time.
    Simulator,
    /// The page's mock in virtual time.
    Mock,
    /// The page's mock in real time.
    MockRealTime,
}

impl Target {
    pub const ALL: [Target; 3] = [Target::Simulator, Target::Mock, Target::MockRealTime];

    pub fn key(self) -> &'static str {
        ["simulator", "mock", "mock-real"][self as usize]
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Target::ALL.into_iter().find(|target| target.key() == key)
    }

    /// The clock and the client that a result document names.
    pub fn named(self) -> (&'static str, &'static str) {
        [("virtual", "simulator"), ("virtual", "mock"), ("real", "mock")][self as usize]
    }
}

/// What a person set, what was measured, what it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub preset: Option<SuitePreset>,
    pub suite: Rc<Suite>,
    pub target: Target,
    /// How much slower, in percent, the simulated models answer: a regression to try the verdict on.
    pub slower_pct: f64,
    /// Answered and all requests of the run under way.
    pub running: Option<(u64, u64)>,
    pub result: Option<Rc<Document>>,
    pub baseline: Option<Rc<Document>>,
    pub family: Option<Rc<Family>>,
    /// Why there is no result or no comparison.
    pub problems: Rc<Vec<Problem>>,
    /// Results of this visit, oldest first.
    pub history: Vec<Rc<Document>>,
    /// Which benchmark the charts show.
    pub shown: usize,
    /// Whether the baseline is larger than the browser keeps.
    pub not_kept: bool,
}

/// The results kept for the history.
const MAX_HISTORY: usize = 100;
/// What a browser surely keeps under one key.
const MAX_KEPT_BYTES: usize = 4_000_000;

pub enum Action {
    Choose(SuitePreset),
    Target(Target),
    Seed(u64),
    Slower(f64),
    /// Requests a run, for every benchmark.
    Measured(u64),
    Runs(u64),
    /// The load of one benchmark.
    Load(usize, Load),
    /// The model of one benchmark; none is the query mix.
    Model(usize, Option<String>),
    Progress(u64, u64),
    Done(Result<Rc<Document>, Vec<Problem>>),
    Cancelled,
    /// The newest result becomes what later ones are compared with.
    KeepBaseline,
    /// A result from a file becomes the baseline.
    OpenBaseline(Rc<Document>),
    ForgetBaseline,
    Wrong(Vec<Problem>),
    Show(usize),
}

impl Default for Model {
    fn default() -> Self {
        let kept = storage::get(storage::BASELINE).and_then(|text| Document::read(&text).ok());
        Model {
            preset: Some(SuitePreset::Verdict),
            suite: Rc::new(SuitePreset::Verdict.suite()),
            target: Target::Simulator,
            slower_pct: 0.0,
            running: None,
            result: None,
            baseline: kept.map(|read| Rc::new(read.output)),
            family: None,
            problems: Rc::default(),
            history: Vec::new(),
            shown: 0,
            not_kept: false,
        }
    }
}

impl Model {
    /// The reference scenario with its models slowed down as asked.
    pub fn scenario(&self) -> Scenario {
        let mut scenario = Scenario::default();
        let factor = 1.0 + self.slower_pct / 100.0;
        for profile in scenario.models.values_mut() {
            profile.latency = profile.latency.as_ref().map(|latency| latency.scaled(factor));
            profile.ttft = profile.ttft.as_ref().map(|ttft| ttft.scaled(factor));
        }
        scenario
    }

    /// The runs of the shown benchmark over this visit, and what they say.
    pub fn trend(&self) -> Option<Trend> {
        let name = &self.result.as_ref()?.benchmarks.get(self.shown)?.name;
        let mut runs: Option<rehearsal::bench::Series> = None;
        for document in &self.history {
            let Some(series) = document.benchmark(name).and_then(|result| result.series(Metric::P95)) else { continue };
            match &mut runs {
                Some(all) => all.runs.extend(series.runs),
                None => runs = Some(series),
            }
        }
        Some(trend(&runs?, Metric::P95.statistic(), 10.0))
    }

    fn edit(&mut self, change: impl FnOnce(&mut Suite)) {
        change(Rc::make_mut(&mut self.suite));
        self.preset = None;
    }

    fn judge(&mut self) {
        self.family = None;
        self.problems = Rc::default();
        let (Some(now), Some(before)) = (&self.result, &self.baseline) else { return };
        let rule = Rule { seed: self.suite.seed, ..Rule::default() };
        match compare(before, now, &[Metric::P95, Metric::P50, Metric::Throughput], &Policies::default(), &rule) {
            Ok(family) => self.family = Some(Rc::new(family)),
            Err(problems) => self.problems = Rc::new(problems.0),
        }
    }

    fn keep(&mut self, baseline: Rc<Document>) {
        let text = baseline.to_json();
        self.not_kept = text.len() > MAX_KEPT_BYTES || !storage::set(storage::BASELINE, &text);
        self.baseline = Some(baseline);
        self.judge();
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Choose(preset) => {
                let seed = self.suite.seed;
                self.suite = Rc::new(Suite { seed, ..preset.suite() });
                self.preset = Some(preset);
            }
            Action::Target(target) => self.target = target,
            Action::Seed(seed) => Rc::make_mut(&mut self.suite).seed = seed,
            Action::Slower(pct) => self.slower_pct = pct,
            Action::Measured(count) => self.edit(|suite| {
                for benchmark in &mut suite.benchmarks {
                    benchmark.measured = count;
                }
            }),
            Action::Runs(count) => self.edit(|suite| {
                for benchmark in &mut suite.benchmarks {
                    benchmark.runs = count;
                }
            }),
            Action::Load(index, load) => self.edit(|suite| {
                if let Some(benchmark) = suite.benchmarks.get_mut(index) {
                    benchmark.load = load;
                }
            }),
            Action::Model(index, model) => self.edit(|suite| {
                if let Some(benchmark) = suite.benchmarks.get_mut(index) {
                    benchmark.model = model;
                }
            }),
            Action::Progress(answered, total) => self.running = Some((answered, total)),
            Action::Done(Ok(document)) => {
                self.running = None;
                self.shown = self.shown.min(document.benchmarks.len().saturating_sub(1));
                self.history.push(document.clone());
                let extra = self.history.len().saturating_sub(MAX_HISTORY);
                self.history.drain(..extra);
                self.result = Some(document);
                self.judge();
            }
            Action::Done(Err(problems)) => {
                self.running = None;
                self.problems = Rc::new(problems);
            }
            Action::Cancelled => self.running = None,
            Action::KeepBaseline => {
                if let Some(result) = self.result.clone() {
                    self.keep(result);
                }
            }
            Action::OpenBaseline(document) => self.keep(document),
            Action::ForgetBaseline => {
                self.baseline = None;
                self.not_kept = false;
                storage::set(storage::BASELINE, "");
                self.judge();
            }
            Action::Wrong(problems) => self.problems = Rc::new(problems),
            Action::Show(index) => self.shown = index,
        }
    }
}

impl Reducible for Model {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut model = Rc::unwrap_or_clone(self);
        model.apply(action);
        Rc::new(model)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
pub mod tests {
    use super::*;
    use crate::lab::benchmarks::runner;
    use rehearsal::bench::Outcome;

    /// A model after a run at each slowness, the first kept as the baseline.
    pub fn after(slower_pct: f64) -> Model {
        let mut model = Model::default();
        let run = |model: &Model, seed| {
            let suite = Suite { seed, ..(*model.suite).clone() };
            Rc::new(runner::in_virtual_time(&suite, &model.scenario()).unwrap())
        };
        model.apply(Action::Done(Ok(run(&model, 1))));
        model.apply(Action::KeepBaseline);
        model.apply(Action::Slower(slower_pct));
        model.apply(Action::Done(Ok(run(&model, 2))));
        model
    }

    #[test]
    fn a_second_run_is_judged_against_the_first() {
        let outcome = |model: &Model| model.family.as_ref().unwrap().worst().unwrap().verdict.verdict;
        assert_eq!(outcome(&after(60.0)), Outcome::Regression);
        assert_ne!(outcome(&after(0.0)), Outcome::Regression);
    }

    #[test]
    fn another_load_is_refused_and_says_why() {
        let mut model = after(0.0);
        let mut other = (**model.result.as_ref().unwrap()).clone();
        other.benchmarks[0].load = Load::Closed { workers: 7 };
        model.apply(Action::Done(Ok(Rc::new(other))));
        assert!(model.family.is_none());
        assert_eq!(model.problems.len(), 1);
        model.apply(Action::ForgetBaseline);
        assert!(model.problems.is_empty());
    }

    #[test]
    fn an_edited_suite_is_a_persons_own() {
        let mut model = Model::default();
        model.apply(Action::Runs(3));
        assert_eq!((model.preset, model.suite.benchmarks[1].runs), (None, 3));
        model.apply(Action::Choose(SuitePreset::Original));
        assert_eq!(model.suite.benchmarks.len(), 3);
    }
}
