//! Files beside the page: the second language, the fixtures.

/// The text of a file of the page's own origin, by its name relative to the page.
///
/// # Errors
/// What went wrong, as the browser says it.
#[cfg(target_arch = "wasm32")]
pub async fn text(name: &str) -> Result<String, String> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    let say = |error: wasm_bindgen::JsValue| format!("{error:?}");
    let window = web_sys::window().ok_or("no window")?;
    let response: web_sys::Response =
        JsFuture::from(window.fetch_with_str(name)).await.map_err(say)?.dyn_into().map_err(say)?;
    if !response.ok() {
        return Err(format!("{name}: status {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(say)?).await.map_err(say)?;
    text.as_string().ok_or_else(|| format!("{name}: no text"))
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn text(name: &str) -> Result<String, String> {
    Err(format!("{name}: no browser"))
}
