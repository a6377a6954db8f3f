//! What is small and kept between visits, in the browser's storage. A browser may refuse: every write
//! says whether it was kept. What is large is in the `vault`.

/// The colour scheme.
pub const THEME: &str = "rehearsal.theme";
/// Where fixture files of a person's own were kept before the vault: still read, never written.
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
/// The same of fixture files, of the suite and of the baseline.
pub const BROKEN_FIXTURES: &str = "rehearsal.broken.fixtures";
pub const BROKEN_SUITE: &str = "rehearsal.broken.suite";
pub const BROKEN_BASELINE: &str = "rehearsal.broken.baseline";
/// Set by `boot.js` for a start without what was stored last: for the first program, and for the later.
pub const WITHOUT_FIRST: &str = "rehearsal.without.first";
pub const WITHOUT_LATER: &str = "rehearsal.without.later";
/// Set while stored fixture files are read: one that ends the program is known at the next start.
pub const READING: &str = "rehearsal.reading";
/// So many texts of a kind are put aside.
const MOST_ASIDE: usize = 20;
/// Whether the tour was seen.
pub const TOUR: &str = "rehearsal.tour";
/// It was skipped or finished.
pub const TOUR_DONE: &str = "done";
/// The benchmark suite as it was last edited.
pub const SUITE: &str = "rehearsal.suite";
/// What was composed last for the mock.
pub const CLIENT: &str = "rehearsal.client";
/// Whether money is shown by day or by month.
pub const PERIOD: &str = "rehearsal.period";
/// The language.
pub const LANGUAGE: &str = "rehearsal.language";

#[cfg(target_arch = "wasm32")]
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// How far a value was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// For later visits.
    Here,
    /// Only while this tab is open.
    InTab,
    /// Not at all.
    Nowhere,
}

/// Whether the browser keeps anything for this page.
#[cfg(target_arch = "wasm32")]
pub fn works() -> bool {
    const PROBE: &str = "rehearsal.probe";
    let kept = set(PROBE, "1");
    remove(PROBE);
    kept
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

/// Forgets a value.
#[cfg(target_arch = "wasm32")]
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        // What is not there need not be forgotten.
        let _ = storage.remove_item(key);
    }
}

/// A value that counts once.
pub fn take(key: &str) -> Option<String> {
    let value = get(key)?;
    remove(key);
    Some(value)
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

/// Keeps the work in progress; `everywhere` also for other tabs and later visits.
#[cfg(target_arch = "wasm32")]
pub fn set_draft(text: &str, everywhere: bool) -> Kept {
    let tab = web_sys::window().and_then(|window| window.session_storage().ok()?);
    let in_tab = tab.is_some_and(|tab| tab.set_item(DRAFT, text).is_ok());
    match (everywhere && set(DRAFT, text), in_tab) {
        (true, _) => Kept::Here,
        (false, true) => Kept::InTab,
        (false, false) => Kept::Nowhere,
    }
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
pub fn set_draft(_text: &str, _everywhere: bool) -> Kept {
    Kept::Nowhere
}

#[cfg(not(target_arch = "wasm32"))]
pub fn works() -> bool {
    true
}

#[cfg(not(target_arch = "wasm32"))]
pub fn remove(_key: &str) {}

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
