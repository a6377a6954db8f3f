//! What the first program asks the second to do: a text each, kept until it is taken, for a program
//! that is still being loaded.

/// Something asked for: the event that tells of it, which is also where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// To save a chart as a file: its kind, the chart's name and its table, a line each.
    Export,
    /// To open something above the page, by its name.
    Open,
}

impl Request {
    #[cfg(target_arch = "wasm32")]
    fn name(self) -> &'static str {
        match self {
            Request::Export => "rehearsal-export",
            Request::Open => "rehearsal-open",
        }
    }
}

/// Asks for something; loads the second program if nobody took it.
#[cfg(target_arch = "wasm32")]
pub fn send(request: Request, text: &str) {
    use wasm_bindgen::JsCast;
    let global = js_sys::global();
    let property = |name: &str| js_sys::Reflect::get(&global, &name.into()).ok();
    // A property of the page's own can be set, and an event of its own be told.
    let _ = js_sys::Reflect::set(&global, &request.name().into(), &text.into());
    if let Some((window, event)) = web_sys::window().zip(web_sys::Event::new(request.name()).ok()) {
        let _ = window.dispatch_event(&event);
    }
    let waits = property(request.name()).is_some_and(|kept| kept.is_string());
    let load = property("rehearsalOpenLab").and_then(|open| open.dyn_into::<js_sys::Function>().ok());
    if let Some(load) = load.filter(|_| waits) {
        let view = property("rehearsalLabAsked").and_then(|asked| asked.as_string());
        let view = view.unwrap_or_else(|| format!("\n{}", super::page::language()));
        // What goes wrong while loading is shown by the function itself.
        let _ = load.call1(&global, &view.into());
    }
}

/// Takes what is asked for, now and later, until dropped.
#[cfg(target_arch = "wasm32")]
pub fn take(request: Request, taken: impl Fn(String) + 'static) -> Listener {
    use wasm_bindgen::JsCast;
    let take = move || {
        let global = js_sys::global();
        let kept = js_sys::Reflect::get(&global, &request.name().into()).ok();
        if let Some(text) = kept.and_then(|kept| kept.as_string()) {
            // As above.
            let _ = js_sys::Reflect::set(&global, &request.name().into(), &wasm_bindgen::JsValue::NULL);
            taken(text);
        }
    };
    take();
    let closure = wasm_bindgen::prelude::Closure::<dyn Fn()>::new(take);
    if let Some(window) = web_sys::window() {
        // A window takes listeners.
        let _ = window.add_event_listener_with_callback(request.name(), closure.as_ref().unchecked_ref());
    }
    Listener { request, closure }
}

/// Listens until dropped.
pub struct Listener {
    #[cfg(target_arch = "wasm32")]
    request: Request,
    #[cfg(target_arch = "wasm32")]
    closure: wasm_bindgen::prelude::Closure<dyn Fn()>,
}

#[cfg(target_arch = "wasm32")]
impl Drop for Listener {
    fn drop(&mut self) {
        use wasm_bindgen::JsCast;
        if let Some(window) = web_sys::window() {
            let closure = self.closure.as_ref().unchecked_ref();
            // A listener that is not there any more need not be removed.
            let _ = window.remove_event_listener_with_callback(self.request.name(), closure);
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn send(_request: Request, _text: &str) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn take(_request: Request, _taken: impl Fn(String) + 'static) -> Listener {
    Listener {}
}
