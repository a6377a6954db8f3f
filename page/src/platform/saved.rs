//! Scenarios that are saved in this browser, under their names.

use rehearsal::problem::Problem;
use rehearsal::workspace::Collection;

use super::documents::{self, Documents};
use super::storage;
use super::tabs::{self, Changed};

/// What is saved, or the text that should be it and what is wrong with it.
pub fn all(documents: Documents) -> Result<Collection, (String, Vec<Problem>)> {
    match storage::get(storage::SCENARIOS) {
        None => Ok(Collection::default()),
        Some(text) => documents.collection(&text).map_err(|problems| (text, problems)),
    }
}

/// What is saved, as far as it can be read.
pub fn readable() -> Collection {
    documents::at_hand().and_then(|documents| all(documents).ok()).unwrap_or_default()
}

/// Changes what is saved, as it is at this moment: another tab may have changed it. `None` when the
/// browser did not keep the change.
pub fn change<T>(change: impl FnOnce(&mut Collection) -> T) -> Option<T> {
    let documents = documents::at_hand()?;
    let mut collection = all(documents).ok()?;
    let told = change(&mut collection);
    let kept = storage::set(storage::SCENARIOS, &documents.of_collection(&collection));
    if kept {
        tabs::tell(Changed::Scenarios);
    }
    kept.then_some(told)
}
