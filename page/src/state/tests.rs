use rehearsal::sim::LOAD_FACTORS;

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
    let mut over = Scenario::default();
    over.types[0].share_pct = 90.0;
    model.reduce_mut(Action::Load(Rc::new(over)));
    assert!(!model.estimate_fresh);
    assert_eq!(model.estimate, before);
    model.reduce_mut(Action::Edit { edit: Edit::Normalise, settled: true });
    assert!(model.estimate_fresh);
    assert!((model.scenario.share_sum_pct() - 100.0).abs() < 1e-9);
}

/// What a panel made of an older scenario takes nothing of the newest one away.
#[test]
fn an_edit_of_what_is_no_longer_there_is_not_taken() {
    let mut model = Model::default();
    let before = model.scenario.clone();
    let made = |messages: f64| Rc::new(Scenario { daily_messages: messages, ..Scenario::default() });
    model.reduce_mut(Action::Adopt { scenario: made(5.0), instead_of: Some(before.clone()) });
    assert_eq!(model.scenario.daily_messages, 5.0);
    model.reduce_mut(Action::Adopt { scenario: made(6.0), instead_of: Some(before) });
    assert_eq!(model.scenario.daily_messages, 5.0);
    model.reduce_mut(Action::Adopt { scenario: made(7.0), instead_of: None });
    assert_eq!(model.scenario.daily_messages, 7.0);
}

fn shares(model: &Model) -> Vec<f64> {
    model.scenario.types.iter().map(|kind| kind.share_pct).collect()
}

fn now(model: &mut Model, edit: Edit) {
    model.reduce_mut(Action::Edit { edit, settled: true });
}

#[test]
fn shares_hang_together_and_come_back_within_a_drag() {
    let mut model = Model::default();
    model.reduce_mut(Action::Lock { index: 1 });
    for pct in [70.0, 40.0] {
        model.reduce_mut(Action::Edit { edit: Edit::Share { index: 0, pct }, settled: false });
    }
    assert_eq!(shares(&model), [40.0, 30.0, 12.0, 9.0, 9.0]);
    model.reduce_mut(Action::Edit { edit: Edit::Share { index: 0, pct: 20.0 }, settled: true });
    assert_eq!(shares(&model), [20.0, 30.0, 20.0, 15.0, 15.0]);
    model.reduce_mut(Action::Undo);
    assert!(!model.can_undo(), "a drag is one entry");
}

#[test]
fn what_is_removed_can_be_brought_back() {
    let mut model = Model::default();
    now(&mut model, Edit::RemoveType { index: 2 });
    assert_eq!(shares(&model), [25.0, 37.5, 18.75, 18.75]);
    assert!(model.toast.as_ref().is_some_and(|toast| toast.undo));
    model.reduce_mut(Action::Undo);
    assert_eq!(model.scenario.types.len(), 5);
    assert_eq!(model.toast, None);
}

#[test]
fn a_preset_is_modified_by_an_edit_and_not_by_its_undo() {
    let mut model = Model::default();
    model.reduce_mut(Action::Preset(Preset::NoCache));
    assert_eq!((model.preset, model.modified()), (Some(Preset::NoCache), false));
    drag(&mut model, &[2e6]);
    assert!(model.modified());
    model.reduce_mut(Action::Undo);
    assert!(!model.modified());
    model.reduce_mut(Action::Undo);
    assert_eq!(model.preset, Some(Preset::Reference));
}

#[test]
fn a_link_is_followed_without_losing_ones_own() {
    let mut model = Model::default();
    drag(&mut model, &[2e6]);
    let theirs = Workspace {
        scenario: Scenario { daily_messages: 7.0, ..Scenario::default() },
        read_only: true,
        locks: vec!["recommendation".to_string()],
        ..Workspace::default()
    };
    model.reduce_mut(Action::Follow(Rc::new(theirs.clone())));
    assert_eq!(model.scenario.daily_messages, 7.0);
    assert_eq!(model.workspace().locks, theirs.locks);
    assert!(!model.touched && model.notices.len() == 1);
    // A shared result is not edited …
    drag(&mut model, &[8.0]);
    model.reduce_mut(Action::Undo);
    assert_eq!(model.scenario.daily_messages, 7.0);
    // … until it is made one's own.
    model.reduce_mut(Action::EditCopy);
    drag(&mut model, &[8.0]);
    assert_eq!(model.scenario.daily_messages, 8.0);
    for _ in 0..2 {
        model.reduce_mut(Action::Undo);
    }
    assert_eq!(model.scenario.daily_messages, 2e6);
}

fn day_of(model: &Model, generation: u64) -> Told {
    let outcome = rehearsal::sim::simulate(&model.scenario, &Catalog::reference(), Some(1000)).unwrap();
    Told::Reply(Box::new(Reply { generation, day: Some(outcome), ..Reply::default() }))
}

fn point_of(generation: u64, factor: f64) -> Told {
    let load = rehearsal::sim::load_point(&Scenario::default(), &Catalog::reference(), factor, Some(100)).ok();
    Told::Reply(Box::new(Reply { generation, load, ..Reply::default() }))
}

#[test]
fn what_is_pinned_stays_and_follows_the_seed() {
    let mut model = Model::default();
    model.reduce_mut(Action::Told(day_of(&model, 1)));
    for factor in LOAD_FACTORS {
        model.reduce_mut(Action::Told(point_of(1, factor)));
    }
    model.reduce_mut(Action::Pin);
    assert_eq!(model.wanted_pinned(), None, "its day is on the screen already");
    drag(&mut model, &[2e6]);
    assert_eq!(model.a().unwrap().scenario.daily_messages, 1e6);
    let reseeded = Rc::new(Scenario { seed: 7, ..(*model.scenario).clone() });
    now(&mut model, Edit::Whole { field: Rc::from("seed"), scenario: reseeded });
    let (number, wanted) = model.wanted_pinned().unwrap();
    assert_eq!(wanted.seed, 7);
    model.reduce_mut(Action::ToldPinned(day_of(&model, number - 1)));
    assert!(model.wanted_pinned().is_some(), "another simulation's day");
    model.reduce_mut(Action::ToldPinned(day_of(&model, number)));
    assert!(model.results().columns[0].outcome.is_some());
    assert!(model.wanted_pinned().is_some(), "its load curve is still to come");
    for factor in LOAD_FACTORS {
        model.reduce_mut(Action::ToldPinned(point_of(number, factor)));
    }
    assert_eq!(model.wanted_pinned(), None);
    assert_eq!(model.results().columns[0].load.len(), LOAD_FACTORS.len());
    model.reduce_mut(Action::Swap);
    assert_eq!(model.scenario.daily_messages, 1e6);
    assert_eq!(model.a().unwrap().scenario.daily_messages, 2e6);
    model.reduce_mut(Action::Unpin);
    assert!(model.pinned.is_empty());
    model.reduce_mut(Action::Undo);
    assert!(model.a().is_some());
}

#[test]
fn up_to_three_are_pinned_named_removed_and_edited() {
    let mut model = Model::default();
    for messages in [1e6, 2e6, 3e6, 4e6] {
        drag(&mut model, &[messages]);
        model.reduce_mut(Action::Pin);
    }
    let pinned = |model: &Model| model.pinned.iter().map(|one| one.scenario.daily_messages).collect::<Vec<_>>();
    assert_eq!(pinned(&model), [1e6, 2e6, 3e6], "a fourth has no room, and that is said");
    assert!(model.toast.as_ref().is_some_and(|toast| toast.what.word == Word::ui_pin_full));
    model.reduce_mut(Action::NamePinned { index: 1, name: " Twice ".to_string() });
    assert_eq!(model.pinned[1].name.as_deref(), Some("Twice"));
    assert_eq!(model.workspace().pinned[1].name.as_deref(), Some("Twice"));
    model.reduce_mut(Action::EditPinned { index: 0 });
    assert_eq!((model.scenario.daily_messages, pinned(&model).len()), (1e6, 3));
    model.reduce_mut(Action::RemovePinned { index: 0 });
    assert_eq!(pinned(&model), [2e6, 3e6]);
    assert_eq!(model.pinned[0].name.as_deref(), Some("Twice"));
    model.reduce_mut(Action::Undo);
    assert_eq!(pinned(&model), [1e6, 2e6, 3e6]);
    // Each is simulated in its turn, with the seed of the one on the screen.
    let mut numbers: Vec<u64> = model.pinned.iter().map(|one| one.number).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), 3);
}

#[test]
fn a_document_comes_back_as_it_was() {
    let mut model = Model::default();
    model.reduce_mut(Action::Preset(Preset::LaunchDay));
    model.reduce_mut(Action::Pin);
    drag(&mut model, &[3e6]);
    model.reduce_mut(Action::Show(View::Client));
    let again = Model::opened(&model.workspace(), None);
    assert_eq!(again.workspace(), model.workspace());
    assert!(again.modified() && !again.touched);
}

#[test]
fn a_team_gives_its_figures_to_those_who_begin() {
    let team = Rc::new(Team { slo_ms: Some(1500.0), ..Team::default() });
    let mut fresh = Model::default();
    fresh.reduce_mut(Action::Team(team.clone()));
    assert_eq!((fresh.scenario.slo_ms, fresh.modified(), fresh.can_undo()), (1500.0, false, false));
    let mut at_work = Model::default();
    drag(&mut at_work, &[2e6]);
    at_work.reduce_mut(Action::Team(team));
    assert_eq!(at_work.scenario.slo_ms, 3000.0);
    at_work.reduce_mut(Action::Preset(Preset::NoCache));
    assert_eq!(at_work.scenario.slo_ms, 1500.0);
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
