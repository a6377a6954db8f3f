use std::collections::BTreeMap;
use std::rc::Rc;

use rehearsal::bench::{
    Benchmark, Document, Family, Metric, MetricPolicy, Policies, Prompt, Rule, Severity, Suite, SuitePreset, Terms,
    Trend, compare, trend,
};
use rehearsal::problem::Problem;
use rehearsal::scenario::{Scenario, StageGroup};
use yew::Reducible;

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
    /// The chain of stages around a simulated model; none is the model alone.
    pub stages: Vec<StageGroup>,
    /// The metrics that are compared, and how much worse each may become: percent, or points.
    pub thresholds: BTreeMap<Metric, f64>,
    /// Whether a result is compared with the one before it instead of the baseline.
    pub against_previous: bool,
    /// Answered and all requests of the run under way.
    pub running: Option<(u64, u64)>,
    pub result: Option<Rc<Document>>,
    /// A result that nobody asked for: what is shown before the first run of a person's own.
    pub example: Option<Rc<Document>>,
    pub baseline: Option<Rc<Document>>,
    /// What would replace the baseline, while the person is asked.
    pub replacing: Option<Rc<Document>>,
    pub family: Option<Rc<Family>>,
    /// Why there is no result or no comparison.
    pub problems: Rc<Vec<Problem>>,
    /// Results of this visit, oldest first.
    pub history: Vec<Rc<Document>>,
    /// Which benchmark the charts show.
    pub shown: usize,
    /// Whether the baseline of earlier visits was read; what would be one waits for that.
    pub restored: bool,
    pub waiting: Option<Rc<Document>>,
    /// How often a person changed the baseline: each change is to be kept.
    pub unkept: u64,
    /// Whether the browser refused to keep the baseline.
    pub not_kept: bool,
    /// The baseline that was forgotten last, to be brought back.
    pub forgotten: Option<Rc<Document>>,
    /// How many runs of this visit gave a result: each is kept.
    pub measured: u64,
}

/// The results kept for the history.
const MAX_HISTORY: usize = 100;

pub enum Action {
    Choose(SuitePreset),
    Target(Target),
    Seed(u64),
    Slower(f64),
    /// Requests a run, for every benchmark.
    Measured(u64),
    Runs(u64),
    /// One benchmark, changed.
    Change(usize, Benchmark),
    /// One more benchmark, like the last.
    Add,
    Remove(usize),
    /// The prompts, one a line.
    Prompts(String),
    OpenSuite(Suite),
    Stages(Vec<StageGroup>),
    /// How much worse a metric may become; `None` compares it no longer.
    Threshold(Metric, Option<f64>),
    AgainstPrevious(bool),
    Progress(u64, u64),
    Done(Result<Rc<Document>, Vec<Problem>>),
    /// An example was measured, unasked.
    Example(Rc<Document>),
    Cancelled,
    /// The newest result becomes what later ones are compared with; one that is there already is
    /// replaced only after a question.
    KeepBaseline,
    /// A result from a file becomes the baseline, with the same question.
    OpenBaseline(Rc<Document>),
    /// The answer to that question.
    Replace(bool),
    ForgetBaseline,
    /// The one that was forgotten becomes it again.
    BringBack,
    /// The newest result of earlier visits.
    Remembered(Rc<Document>),
    /// What earlier visits kept, or what is wrong with it.
    Restored(Result<Option<Rc<Document>>, Vec<Problem>>),
    /// Another tab's baseline.
    Heard(Option<Rc<Document>>),
    /// Whether the browser took the baseline.
    Kept(bool),
    Wrong(Vec<Problem>),
    Show(usize),
}

impl Default for Model {
    fn default() -> Self {
        Model::of(SuitePreset::Verdict.suite())
    }
}

impl Model {
    /// Before anything was measured with a suite.
    pub fn of(suite: Suite) -> Self {
        Model {
            preset: SuitePreset::ALL.into_iter().find(|preset| Suite { seed: suite.seed, ..preset.suite() } == suite),
            suite: Rc::new(suite),
            target: Target::Simulator,
            slower_pct: 0.0,
            stages: Vec::new(),
            thresholds: [Metric::P95, Metric::P50, Metric::Throughput]
                .map(|metric| (metric, metric.default_threshold_pct()))
                .into(),
            against_previous: false,
            running: None,
            result: None,
            example: None,
            baseline: None,
            replacing: None,
            family: None,
            problems: Rc::default(),
            history: Vec::new(),
            shown: 0,
            restored: true,
            waiting: None,
            unkept: 0,
            not_kept: false,
            forgotten: None,
            measured: 0,
        }
    }

    /// The reference scenario with its chain, and its models slowed down as asked.
    pub fn scenario(&self) -> Scenario {
        let mut scenario = Scenario { stages: self.stages.clone(), ..Scenario::default() };
        let factor = 1.0 + self.slower_pct / 100.0;
        for profile in scenario.models.values_mut() {
            profile.latency = profile.latency.as_ref().map(|latency| latency.scaled(factor));
            profile.ttft = profile.ttft.as_ref().map(|ttft| ttft.scaled(factor));
        }
        scenario
    }

    /// The runs of the shown benchmark over this visit, and what they say.
    pub fn trend(&self) -> Option<Trend> {
        let name = &self.result.as_ref().or(self.example.as_ref())?.benchmarks.get(self.shown)?.name;
        let mut runs: Option<rehearsal::bench::Series> = None;
        for document in self.past() {
            let Some(series) = document.benchmark(name).and_then(|result| result.series(Metric::P95)) else { continue };
            match &mut runs {
                Some(all) => all.runs.extend(series.runs),
                None => runs = Some(series),
            }
        }
        Some(trend(&runs?, (Metric::P95.key(), Metric::P95.statistic()), 10.0))
    }

    fn edit(&mut self, change: impl FnOnce(&mut Suite)) {
        change(Rc::make_mut(&mut self.suite));
        self.preset = None;
    }

    /// Whether there is nothing of a person's own: no result, no baseline, no suite, nothing under way.
    pub fn is_untouched(&self) -> bool {
        let own = self.result.is_some() || self.baseline.is_some() || self.running.is_some();
        self.restored && !own && self.problems.is_empty() && *self.suite == SuitePreset::Verdict.suite()
    }

    /// The results that charts over the runs show, oldest first.
    pub fn past(&self) -> impl Iterator<Item = &Rc<Document>> {
        self.history.iter().chain(&self.example)
    }

    /// What the newest result is compared with.
    pub fn before(&self) -> Option<&Rc<Document>> {
        if self.against_previous {
            return self.history.iter().rev().nth(1);
        }
        self.baseline.as_ref()
    }

    /// What is wrong with the suite as it stands.
    pub fn wrong_with_suite(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.suite.check(&mut problems);
        problems
    }

    fn judge(&mut self) {
        self.family = None;
        self.problems = Rc::default();
        let (Some(now), Some(before)) = (&self.result, self.before()) else { return };
        let rule = Rule { seed: self.suite.seed, ..Rule::default() };
        let metrics: Vec<Metric> = self.thresholds.keys().copied().collect();
        let policy = |threshold_pct| MetricPolicy { threshold_pct, severity: Severity::Failure, min_change_ms: 0.0 };
        let policies = Policies(self.thresholds.iter().map(|(metric, pct)| (*metric, policy(*pct))).collect());
        match compare(before, now, &Terms { metrics, policies, rule, ..Terms::default() }) {
            Ok(family) => self.family = Some(Rc::new(family)),
            Err(problems) => self.problems = Rc::new(problems.0),
        }
    }

    /// Makes a document the baseline, after a question if that replaces another one.
    fn offer(&mut self, document: Rc<Document>) {
        match &self.baseline {
            _ if !self.restored => self.waiting = Some(document),
            Some(kept) if **kept != *document => self.replacing = Some(document),
            _ => self.keep(document),
        }
    }

    /// Shows a result as the newest.
    fn take_result(&mut self, document: Rc<Document>) {
        self.example = None;
        self.shown = self.shown.min(document.benchmarks.len().saturating_sub(1));
        self.history.push(document.clone());
        let extra = self.history.len().saturating_sub(MAX_HISTORY);
        self.history.drain(..extra);
        self.result = Some(document);
        self.judge();
    }

    fn keep(&mut self, baseline: Rc<Document>) {
        self.forgotten = None;
        self.baseline = Some(baseline);
        self.unkept += 1;
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
            Action::Change(index, changed) => self.edit(|suite| {
                if let Some(benchmark) = suite.benchmarks.get_mut(index) {
                    *benchmark = changed;
                }
            }),
            Action::Add => self.edit(|suite| {
                let last = suite.benchmarks.last().cloned().unwrap_or_default();
                let free = |number: &usize| {
                    !suite.benchmarks.iter().any(|benchmark| benchmark.name == format!("benchmark_{number}"))
                };
                let name = (suite.benchmarks.len() + 1..).find(free).map(|number| format!("benchmark_{number}"));
                suite.benchmarks.push(Benchmark { name: name.unwrap_or_default(), ..last });
            }),
            Action::Remove(index) => self.edit(|suite| {
                if index < suite.benchmarks.len() && suite.benchmarks.len() > 1 {
                    suite.benchmarks.remove(index);
                }
            }),
            Action::Prompts(text) => self.edit(|suite| {
                let known = std::mem::take(&mut suite.prompts);
                let of = |line: &str| known.iter().find(|prompt| prompt.text == line).cloned();
                let lines = text.lines().filter(|line| !line.trim().is_empty());
                suite.prompts = lines.map(|line| of(line).unwrap_or_else(|| Prompt::new(line))).collect();
            }),
            Action::OpenSuite(suite) => {
                self.edit(|mine| *mine = suite);
                self.problems = Rc::default();
            }
            Action::Stages(stages) => self.stages = stages,
            Action::Threshold(metric, pct) => {
                match pct {
                    Some(pct) => self.thresholds.insert(metric, pct),
                    None => self.thresholds.remove(&metric),
                };
                self.judge();
            }
            Action::AgainstPrevious(previous) => {
                self.against_previous = previous;
                self.judge();
            }
            Action::Progress(answered, total) => self.running = Some((answered, total)),
            Action::Done(Ok(document)) => {
                self.running = None;
                self.measured += 1;
                self.take_result(document);
            }
            Action::Done(Err(problems)) => {
                self.running = None;
                self.problems = Rc::new(problems);
            }
            // Whoever began meanwhile waits for a result of their own.
            Action::Example(document) => self.example = Some(document).filter(|_| self.is_untouched()),
            Action::Cancelled => self.running = None,
            Action::KeepBaseline => {
                if let Some(result) = self.result.clone() {
                    self.offer(result);
                }
            }
            Action::OpenBaseline(document) => self.offer(document),
            Action::Replace(yes) => {
                if let Some(document) = self.replacing.take().filter(|_| yes) {
                    self.keep(document);
                }
            }
            Action::ForgetBaseline => {
                self.forgotten = self.baseline.take();
                self.unkept += 1;
                self.judge();
            }
            Action::BringBack => {
                if let Some(document) = self.forgotten.take() {
                    self.offer(document);
                }
            }
            // What was measured meanwhile is newer.
            Action::Remembered(document) => {
                if self.result.is_none() && self.running.is_none() {
                    self.take_result(document);
                }
            }
            Action::Restored(read) => {
                self.restored = true;
                match read {
                    Ok(baseline) => {
                        self.baseline = baseline;
                        self.judge();
                    }
                    Err(found) => Rc::make_mut(&mut self.problems).extend(found),
                }
                if let Some(document) = self.waiting.take() {
                    self.offer(document);
                }
            }
            Action::Heard(baseline) => {
                self.baseline = baseline;
                self.not_kept = false;
                self.judge();
            }
            Action::Kept(kept) => self.not_kept = !kept,
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
    use rehearsal::bench::{Load, Outcome};
    use rehearsal::words::Word;

    /// A model after a run at each slowness, the first kept as the baseline.
    pub fn after(slower_pct: f64) -> Model {
        let mut model = Model::default();
        let run = |model: &Model, seed| {
            let suite = Suite { seed, ..(*model.suite).clone() };
            Rc::new(runner::at_once(&suite, &model.scenario()).unwrap())
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
    fn a_baseline_that_was_forgotten_comes_back() {
        let mut model = after(0.0);
        let baseline = model.baseline.clone();
        model.apply(Action::ForgetBaseline);
        assert_eq!((model.baseline.clone(), model.family.is_none()), (None, true));
        model.apply(Action::BringBack);
        assert!(model.baseline == baseline && model.forgotten.is_none() && model.family.is_some());
    }

    #[test]
    fn a_result_of_an_earlier_visit_is_shown_until_there_is_a_newer_one() {
        let (document, newer) = (after(0.0).result.unwrap(), after(60.0).result.unwrap());
        let mut model = Model::default();
        model.apply(Action::Remembered(document.clone()));
        assert_eq!((model.result.as_ref(), model.measured), (Some(&document), 0));
        model.apply(Action::Done(Ok(newer.clone())));
        model.apply(Action::Remembered(document));
        assert_eq!((model.result.as_ref(), model.history.len(), model.measured), (Some(&newer), 2, 1));
    }

    #[test]
    fn an_example_stands_only_where_there_is_nothing_of_a_persons_own() {
        let document = after(0.0).result.unwrap();
        let example = |model: Model| {
            let mut model = model;
            model.apply(Action::Example(document.clone()));
            model
        };
        let shown = example(Model::default());
        assert!(shown.example.is_some() && shown.result.is_none() && shown.history.is_empty());
        let mut own = shown.clone();
        own.apply(Action::KeepBaseline);
        assert!(own.baseline.is_none(), "an example is no baseline");
        own.apply(Action::Done(Ok(document.clone())));
        assert!(own.example.is_none() && own.result.is_some());
        let baseline = Some(document.clone());
        for touched in [
            Model { restored: false, ..Model::default() },
            Model { baseline, ..Model::default() },
            Model { running: Some((0, 1)), ..Model::default() },
            after(0.0),
        ] {
            assert!(example(touched).example.is_none());
        }
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
    fn a_baseline_is_replaced_only_after_a_question() {
        let mut model = after(0.0);
        let kept = model.baseline.clone();
        model.apply(Action::KeepBaseline);
        assert!(model.replacing.is_some() && model.baseline == kept);
        model.apply(Action::Replace(false));
        assert!(model.replacing.is_none() && model.baseline == kept);
        model.apply(Action::KeepBaseline);
        model.apply(Action::Replace(true));
        assert!(model.replacing.is_none() && model.baseline == model.result);
    }

    #[test]
    fn a_baseline_of_an_earlier_visit_is_not_replaced_before_it_was_read() {
        let other = after(60.0);
        let mut model = Model { restored: false, baseline: None, ..after(0.0) };
        model.apply(Action::KeepBaseline);
        assert!(model.baseline.is_none() && model.unkept == 1);
        model.apply(Action::Restored(Ok(other.baseline.clone())));
        assert!(model.replacing == model.result && model.baseline == other.baseline);
        let mut model = Model { restored: false, ..Model::default() };
        model.apply(Action::Restored(Err(vec![Problem::error("", Word::not_json_hint, Word::not_json_hint)])));
        assert_eq!(model.problems.len(), 1);
    }

    #[test]
    fn two_runs_are_compared_without_a_baseline() {
        let mut model = after(60.0);
        model.apply(Action::ForgetBaseline);
        assert!(model.family.is_none());
        model.apply(Action::AgainstPrevious(true));
        assert_eq!(model.family.as_ref().unwrap().worst().unwrap().verdict.verdict, Outcome::Regression);
        // 300 % slower would still be all right.
        for metric in [Metric::P50, Metric::Throughput] {
            model.apply(Action::Threshold(metric, None));
        }
        model.apply(Action::Threshold(Metric::P95, Some(300.0)));
        assert_eq!(model.family.as_ref().unwrap().worst().unwrap().verdict.verdict, Outcome::Pass);
    }

    #[test]
    fn benchmarks_come_and_go() {
        let mut model = Model::default();
        model.apply(Action::Add);
        assert_eq!(model.suite.benchmarks[2].name, "benchmark_3");
        model.apply(Action::Remove(0));
        model.apply(Action::Add);
        let names: Vec<&str> = model.suite.benchmarks.iter().map(|benchmark| benchmark.name.as_str()).collect();
        assert_eq!(names, ["latency_haiku", "benchmark_3", "benchmark_4"]);
        model.apply(Action::Prompts("one\n\ntwo\n".into()));
        assert_eq!(model.suite.prompts.len(), 2);
        model.apply(Action::Prompts(String::new()));
        assert_eq!(model.wrong_with_suite().len(), 1);
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
