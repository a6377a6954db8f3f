//! Everything a person can set, and what follows from it, as one pure reducer.

mod edit;

pub use edit::{Edit, Field, Limit};

use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::cost::{Estimate, estimate};
use rehearsal::problem::Problem;
use rehearsal::scenario::{Preset, Scenario};
use rehearsal::sim::{LoadPoint, Outcome, Reply};
use yew::Reducible;

use crate::platform::simulator::Told;

/// The views of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    WhatIf,
    Fixtures,
    Client,
    Benchmarks,
}

impl View {
    /// The view's name in the second program; below the first program's own stands its analysis.
    pub fn lab_name(self) -> &'static str {
        match self {
            View::WhatIf => "analysis",
            View::Fixtures => "fixtures",
            View::Client => "client",
            View::Benchmarks => "benchmarks",
        }
    }
}

/// A simulated day on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The generation it belongs to.
    pub generation: u64,
    /// Only a part of the day; the whole is on its way.
    pub preview: bool,
    pub outcome: Rc<Outcome>,
}

/// The state of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub view: View,
    pub scenario: Rc<Scenario>,
    /// Counts the scenarios shown so far: a result belongs to one of them.
    pub generation: u64,
    /// What is wrong with the scenario, warnings included.
    pub problems: Rc<Vec<Problem>>,
    /// The bill of the newest scenario that could be estimated.
    pub estimate: Rc<Estimate>,
    /// Whether `estimate` belongs to `scenario`.
    pub estimate_fresh: bool,
    /// The newest simulated day.
    pub outcome: Option<Day>,
    /// The newest percentiles against load, and the generation they belong to.
    pub load: (u64, Rc<Vec<LoadPoint>>),
    /// How much of a long simulation is done, 0 to 1.
    pub progress: Option<f64>,
    /// Why the newest simulation gave no day.
    pub simulation_problems: Rc<Vec<Problem>>,
    /// Whether the simulator has given up.
    pub simulator_dead: bool,
    past: Vec<Rc<Scenario>>,
    future: Vec<Rc<Scenario>>,
    /// The field being dragged: its steps become one entry of the history.
    gesture: Option<Field>,
}

/// The longest history kept.
const MAX_HISTORY: usize = 200;

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Changes the scenario; `settled` ends a drag.
    Edit {
        edit: Edit,
        settled: bool,
    },
    /// Shows another scenario.
    Load(Rc<Scenario>),
    Undo,
    Redo,
    Show(View),
    /// The simulator has something to say.
    Told(Told),
    /// A long simulation is given up.
    Cancelled,
}

impl Default for Model {
    fn default() -> Self {
        Model::new(Preset::Reference.scenario())
    }
}

impl Model {
    pub fn new(scenario: Scenario) -> Self {
        let problems = scenario.problems();
        let shown = estimate(&scenario, &Catalog::reference());
        let estimate_fresh = shown.is_ok();
        // A scenario that cannot be estimated shows the reference's bill, dimmed.
        let fallback = || estimate(&Scenario::default(), &Catalog::reference());
        let estimate =
            shown.or_else(|_| fallback()).unwrap_or_else(|_| unreachable!("the reference scenario is valid"));
        Model {
            view: View::WhatIf,
            scenario: Rc::new(scenario),
            generation: 1,
            problems: Rc::new(problems),
            estimate: Rc::new(estimate),
            estimate_fresh,
            outcome: None,
            load: (0, Rc::default()),
            progress: None,
            simulator_dead: false,
            simulation_problems: Rc::default(),
            past: Vec::new(),
            future: Vec::new(),
            gesture: None,
        }
    }

    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Whether the simulated day belongs to the scenario on the screen.
    pub fn outcome_fresh(&self) -> bool {
        self.outcome.as_ref().is_some_and(|day| day.generation == self.generation && !day.preview)
    }

    /// The preset on the screen, if the scenario is one unchanged.
    pub fn preset(&self) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.scenario() == *self.scenario)
    }

    fn show_scenario(&mut self, scenario: Rc<Scenario>) {
        self.generation += 1;
        self.progress = None;
        self.problems = Rc::new(scenario.problems());
        self.simulation_problems = Rc::default();
        let estimated = estimate(&scenario, &Catalog::reference());
        self.estimate_fresh = estimated.is_ok();
        if let Ok(estimate) = estimated {
            self.estimate = Rc::new(estimate);
        }
        self.scenario = scenario;
    }

    fn remember(&mut self) {
        self.past.push(self.scenario.clone());
        if self.past.len() > MAX_HISTORY {
            self.past.remove(0);
        }
        self.future.clear();
    }

    /// Takes what the simulator says; what belongs to an older scenario is still better than
    /// nothing, and never replaces what is newer.
    fn hear(&mut self, reply: Reply) {
        let generation = reply.generation;
        let preview = reply.preview.is_some();
        let shown = self.outcome.as_ref().map(|day| (day.generation, !day.preview));
        if let Some(outcome) = reply.day.or(reply.preview)
            && shown.is_none_or(|shown| shown < (generation, !preview))
        {
            self.outcome = Some(Day { generation, preview, outcome: Rc::new(outcome) });
            self.progress = if preview { self.progress } else { None };
        }
        if generation != self.generation {
            return;
        }
        self.progress = reply.progress.or(self.progress);
        if let Some(point) = reply.load {
            if self.load.0 != generation {
                self.load = (generation, Rc::default());
            }
            Rc::make_mut(&mut self.load.1).push(point);
        }
        if !reply.problems.is_empty() {
            self.simulation_problems = Rc::new(reply.problems);
        }
    }

    fn reduce_mut(&mut self, action: Action) {
        match action {
            Action::Edit { edit, settled } => {
                let field = edit.field();
                let mut scenario = (*self.scenario).clone();
                edit.apply(&mut scenario);
                if scenario != *self.scenario {
                    if self.gesture.is_none() || self.gesture != field {
                        self.remember();
                    }
                    self.show_scenario(Rc::new(scenario));
                }
                self.gesture = if settled { None } else { field };
            }
            Action::Load(scenario) => {
                if scenario != self.scenario {
                    self.remember();
                    self.show_scenario(scenario);
                }
                self.gesture = None;
            }
            Action::Undo => {
                if let Some(scenario) = self.past.pop() {
                    self.future.push(self.scenario.clone());
                    self.show_scenario(scenario);
                    self.gesture = None;
                }
            }
            Action::Redo => {
                if let Some(scenario) = self.future.pop() {
                    self.past.push(self.scenario.clone());
                    self.show_scenario(scenario);
                    self.gesture = None;
                }
            }
            Action::Show(view) => self.view = view,
            Action::Told(Told::Reply(reply)) => self.hear(*reply),
            Action::Told(Told::Dead) => self.simulator_dead = true,
            Action::Cancelled => self.progress = None,
        }
    }
}

impl Reducible for Model {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = (*self).clone();
        next.reduce_mut(action);
        Rc::new(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drag(model: &mut Model, steps: &[f64]) {
        for (index, value) in steps.iter().enumerate() {
            let edit = Edit::DailyMessages(*value);
            model.reduce_mut(Action::Edit { edit, settled: index + 1 == steps.len() });
        }
    }

    #[test]
    fn a_drag_is_one_entry_of_the_history() {
        let mut model = Model::default();
        drag(&mut model, &[2e6, 3e6, 4e6]);
        drag(&mut model, &[5e6]);
        assert_eq!(model.scenario.daily_messages, 5e6);
        model.reduce_mut(Action::Undo);
        assert_eq!(model.scenario.daily_messages, 4e6);
        model.reduce_mut(Action::Undo);
        assert_eq!(model.scenario.daily_messages, 1e6);
        assert!(!model.can_undo());
        model.reduce_mut(Action::Redo);
        assert_eq!(model.scenario.daily_messages, 4e6);
    }

    #[test]
    fn a_bad_mix_keeps_the_last_bill_and_says_it_is_old() {
        let mut model = Model::default();
        let before = model.estimate.clone();
        model.reduce_mut(Action::Edit { edit: Edit::Share { index: 0, pct: 90.0 }, settled: true });
        assert!(!model.estimate_fresh);
        assert_eq!(model.estimate, before);
        model.reduce_mut(Action::Edit { edit: Edit::Normalise, settled: true });
        assert!(model.estimate_fresh);
        assert!((model.scenario.share_sum_pct() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn an_old_day_never_replaces_a_newer_one() {
        let mut model = Model::default();
        let day = |seed: u64, generation, preview: bool| {
            let scenario = Scenario { seed, ..Scenario::default() };
            let outcome = rehearsal::sim::simulate(&scenario, &Catalog::reference(), Some(1000)).unwrap();
            let part = Some(outcome);
            let (preview, day) = if preview { (part, None) } else { (None, part) };
            Action::Told(Told::Reply(Box::new(Reply { generation, preview, day, ..Reply::default() })))
        };
        drag(&mut model, &[2e6, 3e6]);
        let newest = model.generation;
        model.reduce_mut(day(3, newest, true));
        assert!(!model.outcome_fresh(), "a preview is not the day");
        model.reduce_mut(day(1, newest, false));
        model.reduce_mut(day(2, newest - 1, false));
        model.reduce_mut(day(2, newest, true));
        assert!(model.outcome_fresh());
        assert_eq!(model.outcome.as_ref().unwrap().outcome.seed, 1);
    }

    #[test]
    fn a_load_curve_belongs_to_its_scenario() {
        let mut model = Model::default();
        let point = |factor, generation| {
            let load = rehearsal::sim::load_point(&Scenario::default(), &Catalog::reference(), factor, Some(500)).ok();
            Action::Told(Told::Reply(Box::new(Reply { generation, load, ..Reply::default() })))
        };
        model.reduce_mut(point(1.0, 1));
        model.reduce_mut(point(2.0, 1));
        assert_eq!(model.load.1.len(), 2);
        drag(&mut model, &[2e6]);
        model.reduce_mut(point(3.0, 1));
        model.reduce_mut(point(0.5, 2));
        let factors: Vec<f64> = model.load.1.iter().map(|point| point.factor).collect();
        assert_eq!((model.load.0, factors), (2, vec![0.5]));
    }
}
