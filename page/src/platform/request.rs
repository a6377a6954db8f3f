//! What the first program asks the second to do: a text each, kept until it is taken, for a program
//! that is still being loaded.

use super::events;

/// Something asked for: the event that tells of it, which is also where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// To open something above the page, by its name.
    Open,
}

impl Request {
    fn name(self) -> &'static str {
        match self {
            Request::Open => "rehearsal-open",
        }
    }
}

/// Asks for something; loads the second program if nobody took it.
#[cfg(target_arch = "wasm32")]
pub fn send(request: Request, text: &str) {
    // A property of the page's own can be set, and an event of its own be told.
    let _ = js_sys::Reflect::set(&js_sys::global(), &request.name().into(), &text.into());
    if let Some((window, event)) = web_sys::window().zip(web_sys::Event::new(request.name()).ok()) {
        let _ = window.dispatch_event(&event);
    }
    if kept(request).is_some() {
        let asked = super::bridge::asked();
        let first = || super::bridge::Asked { view: "analysis".to_string(), language: super::page::language() };
        super::bridge::ask(&if asked.view.is_empty() { first() } else { asked });
    }
}

#[cfg(target_arch = "wasm32")]
fn kept(request: Request) -> Option<String> {
    js_sys::Reflect::get(&js_sys::global(), &request.name().into()).ok()?.as_string()
}

/// Takes what is asked for, now and later, until dropped.
#[cfg(target_arch = "wasm32")]
pub fn take(request: Request, taken: impl Fn(String) + 'static) -> events::Listener {
    let take = move || {
        if let Some(text) = kept(request) {
            // As above.
            let _ = js_sys::Reflect::set(&js_sys::global(), &request.name().into(), &wasm_bindgen::JsValue::NULL);
            taken(text);
        }
    };
    take();
    events::on(request.name(), move |_| take())
}

#[cfg(not(target_arch = "wasm32"))]
pub fn send(_request: Request, _text: &str) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn take(request: Request, _taken: impl Fn(String) + 'static) -> events::Listener {
    events::on(request.name(), |_| {})
}
