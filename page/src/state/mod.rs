//! Everything a person can set, and what follows from it, as one pure reducer.

mod action;
mod bounds;
mod edit;
mod notice;
mod pinned;

pub use crate::view::View;
pub use action::Action;
use bounds::Bounds;
pub use edit::{Edit, Field, Locks};
pub use notice::{Notice, Toast, WayOut};
pub use pinned::Pinned;
use pinned::{Kept, Known};

use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::cost::{Estimate, estimate};
use rehearsal::problem::Problem;
use rehearsal::scenario::{Preset, Scenario};
use rehearsal::sim::{LoadPoint, Outcome, Reply};
use rehearsal::words::{Message, Word};
use rehearsal::workspace::{MAX_PINNED, Pinned as Compared, Team, Workspace};
use yew::Reducible;

use crate::channel::Results;
use crate::components::late;
use crate::platform::simulator::Told;

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
    /// The days at the ends of what is assumed.
    bounds: Bounds,
    /// The newest percentiles against load, and the generation they belong to.
    pub load: (u64, Rc<Vec<LoadPoint>>),
    /// How much of a long simulation is done, 0 to 1.
    pub progress: Option<f64>,
    /// Why the newest simulation gave no day.
    pub simulation_problems: Rc<Vec<Problem>>,
    /// Whether the simulator has given up.
    pub simulator_dead: bool,
    /// What the scenario is compared with, at most [`MAX_PINNED`].
    pub pinned: Vec<Pinned>,
    /// The name it is saved under.
    pub name: Option<Rc<str>>,
    /// Which saving of that name it began as.
    pub revision: u64,
    /// The preset it began as.
    pub preset: Option<Preset>,
    /// What it was when it was opened or saved.
    pub base: Rc<Scenario>,
    /// To be looked at, not edited.
    pub read_only: bool,
    /// The types whose shares stay when another one moves.
    pub locks: Locks,
    /// Whether anything was done that is worth keeping.
    pub touched: bool,
    /// Whether the preset's mistake was asked for.
    pub solution_shown: bool,
    pub team: Rc<Team>,
    pub notices: Vec<Notice>,
    /// Counts the links that were followed.
    pub followed: u64,
    pub toast: Option<Toast>,
    past: Vec<Work>,
    future: Vec<Work>,
    /// The field being dragged: its steps become one entry of the history.
    gesture: Option<Field>,
    /// The field that was edited last, by its name and that of its type.
    edited: Option<(Field, Option<String>)>,
    /// Counts what needs telling apart: toasts, simulations of what is pinned.
    count: u64,
}

/// What undo brings back.
#[derive(Clone, Debug, PartialEq)]
struct Work {
    scenario: Rc<Scenario>,
    pinned: Vec<Kept>,
    name: Option<Rc<str>>,
    revision: u64,
    preset: Option<Preset>,
    base: Rc<Scenario>,
}

/// The longest history kept.
const MAX_HISTORY: usize = 200;

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
        let scenario = Rc::new(scenario);
        Model {
            view: View::WhatIf,
            base: scenario.clone(),
            scenario,
            generation: 1,
            problems: Rc::new(problems),
            estimate: Rc::new(estimate),
            estimate_fresh,
            outcome: None,
            bounds: Bounds::default(),
            load: (0, Rc::default()),
            progress: None,
            simulator_dead: false,
            simulation_problems: Rc::default(),
            pinned: Vec::new(),
            name: None,
            revision: 0,
            preset: Some(Preset::Reference),
            read_only: false,
            locks: Locks::default(),
            touched: false,
            solution_shown: false,
            team: Rc::default(),
            notices: Vec::new(),
            followed: 0,
            toast: None,
            past: Vec::new(),
            future: Vec::new(),
            gesture: None,
            edited: None,
            count: 0,
        }
    }

    /// The page as a document left it; `saved` is what is kept under its name.
    pub fn opened(workspace: &Workspace, saved: Option<&Workspace>) -> Self {
        let mut model = Model::new(workspace.scenario.clone());
        model.take(workspace);
        if let Some(saved) = saved {
            model.base = Rc::new(saved.scenario.clone());
        }
        model
    }

    /// The page after something happened before it was there.
    #[must_use]
    pub fn after(mut self, action: Action) -> Self {
        self.reduce_mut(action);
        self
    }

    /// What is kept and shared of the page.
    pub fn workspace(&self) -> Workspace {
        Workspace {
            name: self.name.as_deref().map(str::to_string),
            preset: self.preset,
            scenario: (*self.scenario).clone(),
            pinned: self.pinned.iter().map(Pinned::kept).map(of_kept).collect(),
            view: Some(self.view.key().to_string()),
            read_only: self.read_only,
            revision: self.revision,
            locks: (*self.locks.0).clone(),
        }
    }

    /// The name that its files begin with.
    pub fn file_name(&self) -> String {
        self.name.as_deref().or(self.preset.map(Preset::key)).unwrap_or("scenario").to_string()
    }

    /// Whether the scenario differs from what was opened or saved.
    pub fn modified(&self) -> bool {
        self.base != self.scenario
    }

    /// The simulation of what is pinned that is still to be done: its number, and the scenario with
    /// the seed of the one on the screen.
    pub fn wanted_pinned(&self) -> Option<(u64, Rc<Scenario>)> {
        let pinned = self.pinned.iter().find(|pinned| !pinned.is_whole())?;
        Some((pinned.number, pinned.scenario.clone()))
    }

    /// What was edited last, in the words that stand beside it.
    pub fn edited(&self) -> Option<(Word, Option<&str>)> {
        let (field, name) = self.edited.as_ref()?;
        Some((field.word()?, name.as_deref()))
    }

    /// The scenario A, which every figure is compared with.
    pub fn a(&self) -> Option<&Pinned> {
        self.pinned.first()
    }

    /// What is pinned, as undo brings it back.
    pub fn kept_pinned(&self) -> Vec<Kept> {
        self.pinned.iter().map(Pinned::kept).collect()
    }

    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// What is simulated already of the scenario on the screen.
    fn known(&self) -> Known {
        let day = self.outcome.as_ref().filter(|_| self.outcome_fresh());
        let load = if self.load.0 == self.generation { self.load.1.clone() } else { Rc::default() };
        Known { outcome: day.map(|day| day.outcome.clone()), load }
    }

    /// Whether the simulated day belongs to the scenario on the screen.
    pub fn outcome_fresh(&self) -> bool {
        self.outcome.as_ref().is_some_and(|day| day.generation == self.generation && !day.preview)
    }

    /// What the charts show.
    pub fn results(&self) -> Results {
        Results {
            slo_ms: self.scenario.slo_ms,
            day: self.outcome.as_ref().map(|day| day.outcome.clone()),
            day_fresh: self.outcome_fresh(),
            load: self.load.1.clone(),
            load_fresh: self.load.0 == self.generation,
            columns: self.pinned.iter().map(Pinned::column).collect(),
            p95_low: self.between(|figures| late(figures, |q| q.p95)).map(|(low, _)| low),
            p95_high: self.between(|figures| late(figures, |q| q.p95)).map(|(_, high)| high),
        }
    }

    /// A ready-made scenario with the team's figures.
    fn ready_made(&self, preset: Preset) -> Scenario {
        let mut scenario = preset.scenario();
        self.team.apply(&mut scenario);
        scenario
    }

    fn work(&self) -> Work {
        Work {
            scenario: self.scenario.clone(),
            pinned: self.kept_pinned(),
            name: self.name.clone(),
            revision: self.revision,
            preset: self.preset,
            base: self.base.clone(),
        }
    }

    fn show_work(&mut self, work: Work) {
        if work.scenario != self.scenario {
            self.show_scenario(work.scenario);
        }
        self.pin(work.pinned);
        (self.name, self.revision, self.preset, self.base) = (work.name, work.revision, work.preset, work.base);
        self.gesture = None;
    }

    /// Shows what begins anew: a preset, a document.
    fn begin(&mut self, scenario: Scenario, preset: Option<Preset>) {
        let scenario = Rc::new(scenario);
        let pinned = self.kept_pinned();
        self.show_work(Work { base: scenario.clone(), scenario, pinned, name: None, revision: 0, preset });
        self.solution_shown = false;
        self.locks = Locks::default();
    }

    /// Takes a document over.
    fn take(&mut self, workspace: &Workspace) {
        self.begin(workspace.scenario.clone(), workspace.preset);
        self.pin(workspace.pinned.iter().cloned().map(to_kept).collect());
        self.name = workspace.name.as_deref().map(Rc::from);
        self.revision = workspace.revision;
        self.read_only = workspace.read_only;
        self.locks = Locks(Rc::new(workspace.locks.clone()));
        if let Some(preset) = self.preset {
            // What a preset was before it was changed is known.
            self.base = Rc::new(self.ready_made(preset));
        }
        if let Some(view) = workspace.view.as_deref().and_then(View::from_key) {
            self.view = view;
        }
    }

    /// Pins scenarios, each with the seed of the one on the screen; what is simulated of them already stays.
    fn pin(&mut self, all: Vec<Kept>) {
        let mut known = std::mem::take(&mut self.pinned);
        for (name, scenario) in all {
            let seed = self.scenario.seed;
            let scenario =
                if scenario.seed == seed { scenario } else { Rc::new(Scenario { seed, ..(*scenario).clone() }) };
            let pinned = match known.iter().position(|pinned| pinned.scenario == scenario) {
                Some(at) => known.swap_remove(at),
                None => {
                    self.count += 1;
                    let known = if scenario == self.scenario { self.known() } else { Known::default() };
                    Pinned::new(scenario, known, self.count)
                }
            };
            self.pinned.push(Pinned { name, ..pinned });
        }
    }

    /// Changes what is pinned, as one entry of the history.
    fn change_pinned(&mut self, change: impl FnOnce(&mut Vec<Kept>)) {
        let mut all = self.kept_pinned();
        change(&mut all);
        if all != self.kept_pinned() {
            self.remember();
            self.pin(all);
        }
    }

    /// Says it once, the newest last.
    fn note(&mut self, notice: Notice) {
        self.notices.retain(|known| !known.is(notice.what.word));
        self.notices.push(notice);
    }

    fn say(&mut self, what: Message, undo: bool) {
        self.count += 1;
        self.toast = Some(Toast { what, undo, number: self.count });
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
        let reseeded = scenario.seed != self.scenario.seed;
        self.scenario = scenario;
        if reseeded {
            self.pin(self.kept_pinned());
        }
    }

    fn remember(&mut self) {
        self.touched = true;
        self.toast = None;
        self.past.push(self.work());
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
            self.notices.retain(|notice| !notice.is(Word::ui_cancelled));
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

    fn edit(&mut self, edit: &Edit, settled: bool) {
        let field = edit.field();
        let goes_on = self.gesture.is_some() && self.gesture == field;
        // Every step of a drag starts from what was there before it: shares that were dragged to
        // nothing come back as they were.
        let before = if goes_on { self.past.last().map(|work| work.scenario.clone()) } else { None };
        let mut scenario = (*before.unwrap_or_else(|| self.scenario.clone())).clone();
        edit.apply(&mut scenario, &self.locks);
        if scenario != *self.scenario {
            if !goes_on {
                self.remember();
            }
            if let Edit::RemoveType { index } = edit {
                let name = self.scenario.types.get(*index).map(|kind| kind.name.clone()).unwrap_or_default();
                self.say(Message::new(Word::ui_removed).text("name", name), true);
            }
            if let Edit::Name { index, name } = edit
                && let Some(kind) = self.scenario.types.get(*index)
            {
                self.locks.rename(&kind.name, name);
            }
            let name_of = |index: usize| scenario.types.get(index).map(|kind| kind.name.clone());
            self.edited = field.clone().map(|field| {
                let name = field.of_type().filter(|_| scenario.types.len() > 1).and_then(name_of);
                (field, name)
            });
            self.show_scenario(Rc::new(scenario));
        }
        self.gesture = if settled { None } else { field };
    }

    /// Shows something else instead of the work on the screen, which undo brings back.
    fn replace(&mut self, said: Message, show: impl FnOnce(&mut Self)) {
        let worth_saying = self.modified();
        self.remember();
        show(self);
        if worth_saying {
            self.say(said, true);
        }
    }

    fn reduce_mut(&mut self, action: Action) {
        if self.read_only && action.edits() {
            return;
        }
        match action {
            Action::Edit { edit, settled } => self.edit(&edit, settled),
            Action::Adopt { scenario, instead_of } => {
                // It was made of what is no longer there: who made it hears of the newest, and makes another one.
                if instead_of.is_none_or(|base| base == self.scenario) {
                    self.reduce_mut(Action::Load(scenario));
                }
            }
            Action::Load(scenario) => {
                if scenario != self.scenario {
                    self.remember();
                    self.show_scenario(scenario);
                }
                self.gesture = None;
            }
            Action::Preset(preset) => {
                let name = preset.words().0;
                let said = Message::new(Word::ui_opened).with("name", rehearsal::words::Arg::Word(name));
                let scenario = self.ready_made(preset);
                self.replace(said, |model| model.begin(scenario, Some(preset)));
            }
            Action::TeamPreset(index) => {
                if let Some(preset) = self.team.presets.get(index).cloned() {
                    let said = Message::new(Word::ui_opened).text("name", &preset.name);
                    self.replace(said, |model| {
                        model.begin(preset.scenario, None);
                        model.name = Some(Rc::from(preset.name));
                    });
                }
            }
            Action::Open(workspace, said) => {
                self.remember();
                self.read_only = false;
                self.take(&workspace);
                self.notices.clear();
                if let Some(said) = said {
                    self.say(said, true);
                }
            }
            // A link to what is on the screen already, as after copying one and loading the page again.
            Action::Follow(workspace)
                if !workspace.read_only
                    && workspace.scenario == *self.scenario
                    && workspace.pinned == self.workspace().pinned => {}
            Action::Follow(workspace) => {
                let own = !self.read_only && (self.touched || self.modified() || self.name.is_some());
                if own {
                    self.remember();
                }
                self.take(&workspace);
                // A link that is only looked at replaces nothing that is kept.
                self.touched = false;
                self.followed += 1;
                if own {
                    self.note(Notice::of(Word::ui_link_opened, WayOut::Undo));
                }
            }
            Action::Undo => {
                if let Some(work) = self.past.pop() {
                    self.future.push(self.work());
                    self.show_work(work);
                    self.after_history();
                }
            }
            Action::Redo => {
                if let Some(work) = self.future.pop() {
                    self.past.push(self.work());
                    self.show_work(work);
                    self.after_history();
                }
            }
            Action::Pin if self.pinned.len() == MAX_PINNED => {
                self.say(Message::new(Word::ui_pin_full).number("count", MAX_PINNED as f64), false);
            }
            Action::Pin => {
                let (name, scenario) = (self.name.clone(), self.scenario.clone());
                self.change_pinned(|all| all.push((name, scenario)));
            }
            Action::Unpin => {
                self.change_pinned(Vec::clear);
                self.say(Word::ui_unpinned.into(), true);
            }
            Action::NamePinned { index, name } => self.change_pinned(|all| {
                let name = name.trim();
                if let Some(kept) = all.get_mut(index) {
                    kept.0 = (!name.is_empty()).then(|| Rc::from(name));
                }
            }),
            Action::RemovePinned { index } => self.change_pinned(|all| {
                if index < all.len() {
                    all.remove(index);
                }
            }),
            Action::EditPinned { index } => {
                if let Some(pinned) = self.pinned.get(index) {
                    self.reduce_mut(Action::Load(pinned.scenario.clone()));
                }
            }
            Action::Swap => {
                if let Some(pinned) = self.pinned.first().cloned() {
                    self.remember();
                    let (scenario, known) = (self.scenario.clone(), self.known());
                    self.show_scenario(pinned.scenario);
                    self.count += 1;
                    self.pinned[0] = Pinned::new(scenario, known, self.count);
                    self.gesture = None;
                }
            }
            Action::Lock { index } => {
                if let Some(kind) = self.scenario.types.get(index) {
                    self.locks.toggle(&kind.name);
                    self.touched = true;
                }
            }
            Action::Saved { name, revision } => {
                self.say(Message::new(Word::ui_saved_as).text("name", &name), false);
                (self.name, self.revision, self.base) = (Some(Rc::from(name)), revision, self.scenario.clone());
                self.touched = true;
            }
            Action::EditCopy => {
                self.read_only = false;
                self.touched = true;
                (self.name, self.revision) = (None, 0);
            }
            Action::ShowSolution => self.solution_shown = true,
            Action::Team(team) => {
                let begins = !self.touched && self.past.is_empty() && !self.modified() && self.name.is_none();
                self.team = team;
                // Whoever has not begun yet begins with the team's figures.
                if let Some(preset) = self.preset.filter(|_| begins) {
                    let scenario = self.ready_made(preset);
                    if scenario != *self.scenario {
                        self.begin(scenario, Some(preset));
                    }
                }
            }
            Action::Note(notice) => self.note(notice),
            Action::Close(word) => self.notices.retain(|notice| !notice.is(word)),
            Action::Say(what) => self.say(what, false),
            Action::Dismiss { number } => {
                self.toast = self.toast.take().filter(|toast| toast.number != number);
            }
            Action::ToldPinned(Told::Reply(reply)) => {
                if let Some(pinned) = self.pinned.iter_mut().find(|pinned| pinned.number == reply.generation) {
                    pinned.hear(*reply);
                }
            }
            // Its figures stay away; those of the scenario itself are not touched.
            Action::ToldPinned(Told::Dead) | Action::ToldEnd(Told::Dead) => {}
            Action::ToldEnd(Told::Reply(reply)) => self.hear_end(*reply),
            Action::Show(view) => self.view = view,
            Action::Told(Told::Reply(reply)) => self.hear(*reply),
            Action::Told(Told::Dead) => self.simulator_dead = true,
            Action::Noted(action, notice) => {
                self.reduce_mut(*action);
                self.reduce_mut(Action::Note(notice));
            }
            Action::Cancelled => {
                self.progress = None;
                self.reduce_mut(Action::Note(Notice::of(Word::ui_cancelled, WayOut::None)));
            }
        }
    }

    fn after_history(&mut self) {
        self.touched = true;
        self.toast = None;
        self.notices.retain(|notice| notice.way_out != WayOut::Undo);
    }
}

/// What is pinned as a document has it, and back.
fn of_kept((name, scenario): Kept) -> Compared {
    Compared { name: name.as_deref().map(str::to_string), scenario: (*scenario).clone() }
}

fn to_kept(pinned: Compared) -> Kept {
    (pinned.name.as_deref().map(Rc::from), Rc::new(pinned.scenario))
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
mod tests;
