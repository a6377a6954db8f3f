//! What the browser keeps between visits. A browser may refuse; then nothing is kept.

/// The colour scheme.
pub const THEME: &str = "rehearsal.theme";
/// Fixture files of a person's own.
pub const FIXTURES: &str = "rehearsal.fixtures";
/// The baseline that benchmarks are compared with.
pub const BASELINE: &str = "rehearsal.baseline";
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

#[cfg(not(target_arch = "wasm32"))]
pub fn get(_key: &str) -> Option<String> {
    None
}

#[cfg(not(target_arch = "wasm32"))]
pub fn set(_key: &str, _value: &str) -> bool {
    false
}
