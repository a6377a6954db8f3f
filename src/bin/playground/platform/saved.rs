//! Scenarios that are saved in this browser, under their names.

use rehearsal::problem::Problem;
use rehearsal::workspace::Collection;

use super::storage;

/// What is saved, or the text that should be it and what is wrong with it.
pub fn all() -> Result<Collection, (String, Vec<Problem>)> {
    match storage::get(storage::SCENARIOS) {
        None => Ok(Collection::default()),
        Some(text) => Collection::load(&text).map_err(|problems| (text, problems.0)),
    }
}

/// Changes what is saved, as it is at this moment: another tab may have changed it. `None` when the
/// browser did not keep the change.
pub fn change<T>(change: impl FnOnce(&mut Collection) -> T) -> Option<T> {
    let mut collection = all().ok()?;
    let told = change(&mut collection);
    storage::set(storage::SCENARIOS, &collection.to_json()).then_some(told)
}
