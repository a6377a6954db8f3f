//! What happens to the whole window: keys, a new fragment, leaving, pasting.

/// Listens until dropped.
pub struct Listener {
    #[cfg(target_arch = "wasm32")]
    name: &'static str,
    #[cfg(target_arch = "wasm32")]
    closure: wasm_bindgen::prelude::Closure<dyn Fn(web_sys::Event)>,
}

/// Listens to an event of the window.
#[cfg(target_arch = "wasm32")]
pub fn on(name: &'static str, heard: impl Fn(web_sys::Event) + 'static) -> Listener {
    use wasm_bindgen::JsCast;
    let closure = wasm_bindgen::prelude::Closure::<dyn Fn(web_sys::Event)>::new(heard);
    if let Some(window) = web_sys::window() {
        // A window takes listeners.
        let _ = window.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    }
    Listener { name, closure }
}

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(target_arch = "wasm32")]
        if let Some(window) = web_sys::window() {
            use wasm_bindgen::JsCast;
            // A listener that is not there any more need not be removed.
            let _ = window.remove_event_listener_with_callback(self.name, self.closure.as_ref().unchecked_ref());
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn on(_name: &'static str, _heard: impl Fn(web_sys::Event) + 'static) -> Listener {
    Listener {}
}

/// Whether an event goes to something that is typed in, which has an undo of its own.
#[cfg(target_arch = "wasm32")]
pub fn is_typed_in(event: &web_sys::Event) -> bool {
    use wasm_bindgen::JsCast;
    let Some(element) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return false;
    };
    let own = "textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=file])";
    element.matches(own).unwrap_or(false)
}

#[cfg(not(target_arch = "wasm32"))]
pub fn is_typed_in(_event: &web_sys::Event) -> bool {
    false
}

/// A shortcut as the table of commands writes it: `Ctrl+Shift+Z`; the Mac's command key is Ctrl.
pub fn shortcut(event: &web_sys::KeyboardEvent) -> String {
    let key = event.key();
    if key.chars().count() != 1 {
        return key;
    }
    let held = event.ctrl_key() || event.meta_key();
    let shift = if held && event.shift_key() { "Shift+" } else { "" };
    if held { format!("Ctrl+{shift}{}", key.to_uppercase()) } else { key }
}

/// The text that is being pasted.
#[cfg(target_arch = "wasm32")]
pub fn pasted(event: &web_sys::Event) -> Option<String> {
    use wasm_bindgen::JsCast;
    let event = event.dyn_ref::<web_sys::ClipboardEvent>()?;
    event.clipboard_data()?.get_data("text/plain").ok()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn pasted(_event: &web_sys::Event) -> Option<String> {
    None
}
