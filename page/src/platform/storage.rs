//! What the browser keeps between visits. A browser may refuse; then nothing is kept.

/// The colour scheme.
pub const THEME: &str = "rehearsal.theme";
/// Fixture files of a person's own.
pub const FIXTURES: &str = "rehearsal.fixtures";
/// The baseline that benchmarks are compared with.
pub const BASELINE: &str = "rehearsal.baseline";
/// The work in progress, of this tab and of the newest one.
pub const DRAFT: &str = "rehearsal.draft";
/// Scenarios saved under a name.
pub const SCENARIOS: &str = "rehearsal.scenarios";
/// What was stored and cannot be read, kept for whoever can.
pub const BROKEN: &str = "rehearsal.broken";
/// The same of scenarios saved under a name.
pub const BROKEN_SCENARIOS: &str = "rehearsal.broken.scenarios";
/// So many texts of a kind are put aside.
const MOST_ASIDE: usize = 20;
/// Whether the tour was seen.
pub const TOUR: &str = "rehearsal.tour";
/// It was skipped or finished.
pub const TOUR_DONE: &str = "done";
/// The benchmark suite as it was last edited.
pub const SUITE: &str = "rehearsal.suite";
/// The language.
pub const LANGUAGE: &str = "rehearsal.language";

#[cfg(target_arch = "wasm32")]
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

#[cfg(target_arch = "wasm32")]
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a value; false when the browser refused.
#[cfg(target_arch = "wasm32")]
pub fn set(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

/// Puts a text aside that cannot be read, beside those that were before; false when the browser refused.
pub fn set_aside(key: &str, text: &str) -> bool {
    let mut places =
        (1..=MOST_ASIDE).map(|number| if number == 1 { key.to_string() } else { format!("{key}.{number}") });
    let free = places.find(|place| get(place).is_none_or(|there| there == text));
    free.is_some_and(|place| set(&place, text))
}

/// The work in progress: this tab's, or else that of the tab that was newest.
#[cfg(target_arch = "wasm32")]
pub fn draft() -> Option<String> {
    let tab = web_sys::window().and_then(|window| window.session_storage().ok()?);
    tab.and_then(|tab| tab.get_item(DRAFT).ok()?).or_else(|| get(DRAFT))
}

/// Keeps the work in progress; false when the browser refused.
#[cfg(target_arch = "wasm32")]
pub fn set_draft(text: &str) -> bool {
    let tab = web_sys::window().and_then(|window| window.session_storage().ok()?);
    let kept = tab.is_some_and(|tab| tab.set_item(DRAFT, text).is_ok());
    set(DRAFT, text) || kept
}

/// Forgets the work in progress.
#[cfg(target_arch = "wasm32")]
pub fn forget_draft() {
    let tab = web_sys::window().and_then(|window| window.session_storage().ok()?);
    for storage in tab.into_iter().chain(storage()) {
        // What is not there need not be forgotten.
        let _ = storage.remove_item(DRAFT);
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn draft() -> Option<String> {
    None
}

#[cfg(not(target_arch = "wasm32"))]
pub fn set_draft(_text: &str) -> bool {
    false
}

#[cfg(not(target_arch = "wasm32"))]
pub fn forget_draft() {}

#[cfg(not(target_arch = "wasm32"))]
pub fn get(_key: &str) -> Option<String> {
    None
}

#[cfg(not(target_arch = "wasm32"))]
pub fn set(_key: &str, _value: &str) -> bool {
    false
}
