//! A panic ends the page's program; `boot.js` shows what happened and offers to start again.

#[cfg(target_arch = "wasm32")]
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        let global = js_sys::global();
        let show = js_sys::Reflect::get(&global, &"rehearsalPanic".into()).ok();
        if let Some(show) = show.and_then(|show| wasm_bindgen::JsCast::dyn_into::<js_sys::Function>(show).ok()) {
            // Nothing is left to do when even this fails.
            let _ = show.call1(&global, &text.into());
        }
    }));
}

#[cfg(not(target_arch = "wasm32"))]
pub fn install() {}
