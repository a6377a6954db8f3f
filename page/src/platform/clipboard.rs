//! The clipboard.

/// Copies a text; false when the browser refused.
#[cfg(target_arch = "wasm32")]
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let promise = window.navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(promise).await.is_ok()
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn copy(_text: &str) -> bool {
    false
}
