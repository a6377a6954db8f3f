//! Keeps the suite, and the baseline in the browser's database, whatever its size. What an earlier release kept in the
//! small storage moves there; what cannot be read is set aside; other tabs hear of it.

use std::rc::Rc;

use rehearsal::bench::{Document, Suite};
use rehearsal::problem::Problem;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::state::{Action, Model};
use crate::platform::tabs::{self, Changed};
use crate::platform::vault::{self, Change, Kind};
use crate::platform::{clock, storage};

/// The record's name.
const NAME: &str = "baseline";
/// That of the newest result.
const RESULT: &str = "result";

/// What was stored: a baseline, none, or what is wrong with it.
type Stored = Result<Option<Rc<Document>>, Vec<Problem>>;

fn read(text: Option<&str>) -> Stored {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    Document::read(text).map(|read| Some(Rc::new(read.output))).map_err(|problems| problems.0)
}

/// The state that a visit begins with: the suite as the last one left it. One that cannot be read is set aside before
/// anything takes its place.
pub fn first() -> Model {
    let text = storage::get(storage::SUITE).filter(|text| !text.is_empty());
    let model = match text.map(|text| Suite::read(&text).map_err(|problems| (text, problems))) {
        None => Model::default(),
        Some(Ok(suite)) => Model::of(suite),
        Some(Err((text, problems))) => {
            if storage::set_aside(storage::BROKEN_SUITE, &text) {
                storage::remove(storage::SUITE);
            }
            Model { problems: Rc::new(problems.0), ..Model::default() }
        }
    };
    Model { restored: false, ..model }
}

/// Keeps the suite whenever it is another one.
#[hook]
pub fn use_kept_suite(model: &UseReducerHandle<Model>) {
    let kept = use_mut_ref(|| model.suite.clone());
    use_effect_with(model.suite.clone(), move |suite| {
        if kept.replace(suite.clone()) != *suite {
            storage::set(storage::SUITE, &suite.to_json());
        }
    });
}

/// Keeps the newest result, and shows that of the last visit where there is none yet.
#[hook]
pub fn use_kept_result(model: &UseReducerHandle<Model>) {
    let dispatcher = model.dispatcher();
    use_effect_with((), move |()| {
        spawn_local(async move {
            let records = vault::read(Kind::Benchmarks).await.unwrap_or_default();
            let text = records.into_iter().find(|(name, _)| name == RESULT).map(|(_, text)| text);
            // One that cannot be read stays where it is: the next run takes its place, as it does any other's.
            if let Some(read) = text.and_then(|text| Document::read(&text).ok()) {
                dispatcher.dispatch(Action::Remembered(Rc::new(read.output)));
            }
        });
    });
    let result = model.result.clone();
    use_effect_with(model.measured, move |measured| {
        if let Some(document) = result.filter(|_| *measured > 0) {
            spawn_local(async move {
                // A browser that keeps nothing says so where work begins; the result is on the screen.
                drop(vault::write(&[Change::Put(Kind::Benchmarks, RESULT.to_string(), document.to_json())]).await);
            });
        }
    });
}

/// The stored text, from the database or else from where it was kept before.
async fn stored() -> Option<String> {
    let records = vault::read(Kind::Benchmarks).await.unwrap_or_default();
    let record = records.into_iter().find(|(name, _)| name == NAME).map(|(_, text)| text);
    record.or_else(|| storage::get(storage::BASELINE))
}

/// The baseline of earlier visits; one that cannot be read is set aside before anything takes its place.
async fn load() -> Stored {
    let text = stored().await;
    let read = read(text.as_deref());
    if let (Err(_), Some(text)) = (&read, text) {
        let aside = format!("{NAME} {}", clock::wall_ms());
        let moved = [Change::Put(Kind::Aside, aside, text.clone()), Change::Remove(Kind::Benchmarks, NAME.to_string())];
        if vault::write(&moved).await.is_ok() || storage::set_aside(storage::BROKEN_BASELINE, &text) {
            storage::remove(storage::BASELINE);
        }
    }
    read
}

/// Stores a baseline, or that there is none; whether the browser took it.
async fn keep(baseline: Option<&Document>) -> bool {
    let text = baseline.map(Document::to_json);
    let change = match &text {
        Some(text) => Change::Put(Kind::Benchmarks, NAME.to_string(), text.clone()),
        None => Change::Remove(Kind::Benchmarks, NAME.to_string()),
    };
    let in_database = vault::write(&[change]).await.is_ok();
    if in_database || text.is_none() {
        storage::remove(storage::BASELINE);
    }
    // Where the browser forbids a database, a small one may still be kept.
    let kept = in_database || text.is_none_or(|text| storage::set(storage::BASELINE, &text));
    tabs::tell(Changed::Baseline);
    kept
}

/// Fills in the baseline of earlier visits and of other tabs, and keeps this one's.
#[hook]
pub fn use_kept_baseline(model: &UseReducerHandle<Model>) {
    let dispatcher = model.dispatcher();
    use_effect_with((), move |()| {
        {
            let dispatcher = dispatcher.clone();
            spawn_local(async move { dispatcher.dispatch(Action::Restored(load().await)) });
        }
        let listener = tabs::on(Changed::Baseline, move || {
            let dispatcher = dispatcher.clone();
            spawn_local(async move {
                if let Ok(baseline) = read(stored().await.as_deref()) {
                    dispatcher.dispatch(Action::Heard(baseline));
                }
            });
        });
        move || {
            let _until_then = listener;
        }
    });
    let dispatcher = model.dispatcher();
    use_effect_with(model.unkept, {
        let baseline = model.baseline.clone();
        move |changes| {
            if *changes > 0 {
                spawn_local(async move { dispatcher.dispatch(Action::Kept(keep(baseline.as_deref()).await)) });
            }
        }
    });
}
