//! Everything a person can set, and what follows from it, as one pure reducer.

mod edit;

pub use edit::{Edit, Field};

use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::cost::{Estimate, estimate};
use rehearsal::problem::Problem;
use rehearsal::scenario::{Preset, Scenario};
use rehearsal::sim::Outcome;
use yew::Reducible;

/// The views of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    WhatIf,
    Fixtures,
    Client,
    Benchmarks,
}

impl View {
    /// The view's name in the second program; `None` for the first program's own.
    pub fn lab_name(self) -> Option<&'static str> {
        match self {
            View::WhatIf => None,
            View::Fixtures => Some("fixtures"),
            View::Client => Some("client"),
            View::Benchmarks => Some("benchmarks"),
        }
    }
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
    /// The newest simulated day, and the generation it belongs to.
    pub outcome: Option<(u64, Rc<Outcome>)>,
    /// Why the newest simulation gave no day.
    pub simulation_problems: Rc<Vec<Problem>>,
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
    /// A simulation of a generation has ended.
    Simulated {
        generation: u64,
        result: Result<Rc<Outcome>, Rc<Vec<Problem>>>,
    },
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
        self.outcome.as_ref().is_some_and(|(generation, _)| *generation == self.generation)
    }

    /// The preset on the screen, if the scenario is one unchanged.
    pub fn preset(&self) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.scenario() == *self.scenario)
    }

    fn show_scenario(&mut self, scenario: Rc<Scenario>) {
        self.generation += 1;
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
            Action::Simulated { generation, result } => match result {
                // An older day is still better than none; a newer one is never replaced by it.
                Ok(outcome) if self.outcome.as_ref().is_none_or(|(shown, _)| *shown < generation) => {
                    self.outcome = Some((generation, outcome));
                }
                Err(problems) if generation == self.generation => self.simulation_problems = problems,
                _ => {}
            },
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
        let day = |seed: u64| {
            let scenario = Scenario { seed, ..Scenario::default() };
            Rc::new(rehearsal::sim::simulate(&scenario, &Catalog::reference(), Some(1000)).unwrap())
        };
        drag(&mut model, &[2e6, 3e6]);
        let newest = model.generation;
        model.reduce_mut(Action::Simulated { generation: newest, result: Ok(day(1)) });
        model.reduce_mut(Action::Simulated { generation: newest - 1, result: Ok(day(2)) });
        assert!(model.outcome_fresh());
        assert_eq!(model.outcome.as_ref().unwrap().1.seed, 1);
    }
}
