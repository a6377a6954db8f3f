//! Between the page's two programs: the first says which view is shown and in which language, the
//! second listens.

/// What the first program asks of the second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub view: String,
    pub language: String,
}

/// The event's name, and the place where the newest one is kept for a program that starts later.
#[cfg(target_arch = "wasm32")]
const EVENT: &str = "rehearsal-lab";

/// Shows a view of the second program, which is loaded if it is not there.
#[cfg(target_arch = "wasm32")]
pub fn ask(asked: &Asked) {
    let global = js_sys::global();
    let text = format!("{}\n{}", asked.view, asked.language);
    let open = js_sys::Reflect::get(&global, &"rehearsalOpenLab".into()).ok();
    if let Some(open) = open.and_then(|open| wasm_bindgen::JsCast::dyn_into::<js_sys::Function>(open).ok()) {
        // What goes wrong while loading is shown by the function itself.
        let _ = open.call1(&global, &text.into());
    }
}

/// What was asked last.
#[cfg(target_arch = "wasm32")]
pub fn asked() -> Asked {
    let kept = js_sys::Reflect::get(&js_sys::global(), &"rehearsalLabAsked".into()).ok();
    read(&kept.and_then(|text| text.as_string()).unwrap_or_default())
}

#[cfg(target_arch = "wasm32")]
fn read(text: &str) -> Asked {
    let (view, language) = text.split_once('\n').unwrap_or_default();
    Asked { view: view.to_string(), language: language.to_string() }
}

/// Listens until dropped.
pub struct Listener {
    #[cfg(target_arch = "wasm32")]
    closure: wasm_bindgen::prelude::Closure<dyn Fn()>,
}

#[cfg(target_arch = "wasm32")]
pub fn listen(on_asked: impl Fn(Asked) + 'static) -> Listener {
    use wasm_bindgen::JsCast;
    let closure = wasm_bindgen::prelude::Closure::<dyn Fn()>::new(move || on_asked(asked()));
    if let Some(window) = web_sys::window() {
        // A window takes listeners.
        let _ = window.add_event_listener_with_callback(EVENT, closure.as_ref().unchecked_ref());
    }
    Listener { closure }
}

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(target_arch = "wasm32")]
        if let Some(window) = web_sys::window() {
            use wasm_bindgen::JsCast;
            // A listener that is not there any more need not be removed.
            let _ = window.remove_event_listener_with_callback(EVENT, self.closure.as_ref().unchecked_ref());
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn ask(_asked: &Asked) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn asked() -> Asked {
    Asked::default()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn listen(_on_asked: impl Fn(Asked) + 'static) -> Listener {
    Listener {}
}
