//! A panic ends the page's program; `boot.js` shows what happened and offers to start again.

#[cfg(target_arch = "wasm32")]
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        if let Some(host) = super::host::host() {
            host.panic(&text);
        }
    }));
}

#[cfg(not(target_arch = "wasm32"))]
pub fn install() {}
