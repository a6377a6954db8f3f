//! The page's address: what stands behind `#`, packed and unpacked by the browser.

/// Why a link cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Cut off or changed on its way.
    Damaged,
    /// It unpacks to more than any document has.
    TooLarge,
}

/// Packs a text for a link.
#[cfg(target_arch = "wasm32")]
pub async fn pack(text: &str) -> Option<String> {
    super::host::host()?.deflate(text).await.ok()?.as_string()
}

/// Unpacks what [`pack`] gave.
///
/// # Errors
/// It is damaged, or more than `most` bytes.
#[cfg(target_arch = "wasm32")]
pub async fn unpack(packed: &str, most: usize) -> Result<String, Refused> {
    let host = super::host::host().ok_or(Refused::Damaged)?;
    let text = host.inflate(packed, most as f64).await.map_err(|_| Refused::Damaged)?;
    text.as_string().ok_or(Refused::TooLarge)
}

/// What stands in the address from `#` on; empty without it.
#[cfg(target_arch = "wasm32")]
pub fn fragment() -> String {
    web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// The page's address with another fragment.
#[cfg(target_arch = "wasm32")]
pub fn address(fragment: &str) -> String {
    let here = web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    format!("{}{fragment}", here.split('#').next().unwrap_or_default())
}

/// Replaces the fragment, without a step in the browser's own history, and gives the whole address.
#[cfg(target_arch = "wasm32")]
pub fn set_fragment(fragment: &str) -> String {
    let address = address(fragment);
    if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
        // A page that may not write its address keeps the old one.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
    }
    address
}

/// Goes to another fragment: the browser's Back leads here again.
#[cfg(target_arch = "wasm32")]
pub fn push_fragment(fragment: &str) {
    if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
        // A page that may not write its address keeps the old one.
        let _ = history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address(fragment)));
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn push_fragment(_fragment: &str) {}

#[cfg(not(target_arch = "wasm32"))]
pub async fn pack(_text: &str) -> Option<String> {
    None
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn unpack(_packed: &str, _most: usize) -> Result<String, Refused> {
    Err(Refused::Damaged)
}

#[cfg(not(target_arch = "wasm32"))]
pub fn fragment() -> String {
    String::new()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn address(_fragment: &str) -> String {
    String::new()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn set_fragment(_fragment: &str) -> String {
    String::new()
}
