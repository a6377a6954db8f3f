//! Files dropped anywhere on the window: the one place that hears them, and says by their content what
//! they are. A part of the page that takes drops itself prevents the event's default, and is not
//! asked again here.

use super::files::Source;

/// What a dropped file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A document that the first program opens: a scenario, a workspace, a collection.
    Document,
    /// A log of calls, in any of its forms.
    Log,
}

/// How much of a file says what it is.
pub const HEAD_BYTES: f64 = 65_536.0;

impl Kind {
    /// What a file is by its beginning.
    pub fn of(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        // A record of a log names its model and its time; a document has neither.
        let names = |keys: &[&str]| keys.iter().any(|key| text.contains(key));
        let record = names(&["\"schemaType\"", "\"modelId\"", "\"timestamp\""]);
        let document = names(&["\"version\"", "\"types\"", "\"daily_messages\"", "\"scenario\"", "\"scenarios\""]);
        if text.starts_with('{') && document && !record { Kind::Document } else { Kind::Log }
    }
}

/// What hears an event of a drag.
#[cfg(target_arch = "wasm32")]
type Heard = wasm_bindgen::prelude::Closure<dyn Fn(web_sys::DragEvent)>;

/// Listens until dropped.
pub struct Listener {
    #[cfg(target_arch = "wasm32")]
    closures: Vec<(&'static str, Heard)>,
}

/// Hears files that are dropped on the window and that no part of it takes.
#[cfg(target_arch = "wasm32")]
pub fn listen(dropped: impl Fn(Vec<Source>) + 'static) -> Listener {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::Closure;
    let over = Closure::<dyn Fn(web_sys::DragEvent)>::new(|event: web_sys::DragEvent| event.prevent_default());
    let drop = Closure::<dyn Fn(web_sys::DragEvent)>::new(move |event: web_sys::DragEvent| {
        let files = event.data_transfer().and_then(|transfer| transfer.files());
        if event.default_prevented() {
            return;
        }
        // Otherwise the browser would leave the page to show the file.
        event.prevent_default();
        if let Some(files) = files.filter(|files| files.length() > 0) {
            dropped(super::files::sources(&files));
        }
    });
    let closures = vec![("dragover", over), ("drop", drop)];
    if let Some(window) = web_sys::window() {
        for (name, closure) in &closures {
            // A window takes listeners.
            let _ = window.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        }
    }
    Listener { closures }
}

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(target_arch = "wasm32")]
        if let Some(window) = web_sys::window() {
            use wasm_bindgen::JsCast;
            for (name, closure) in &self.closures {
                // A listener that is not there any more need not be removed.
                let _ = window.remove_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
            }
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn listen(_dropped: impl Fn(Vec<Source>) + 'static) -> Listener {
    Listener {}
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_beginning() {
        let check = |head: &[u8], expected| assert_eq!(Kind::of(head), expected, "{}", String::from_utf8_lossy(head));
        check(rehearsal::scenario::Scenario::default().to_json().as_bytes(), Kind::Document);
        check(b"\xEF\xBB\xBF {\"daily_messages\": 5}", Kind::Document);
        check(b"{\"schemaType\":\"ModelInvocationLog\",\"timestamp\":\"2026", Kind::Log);
        check(b"{\"timestamp\":\"2026\",\"modelId\":\"m\",\"types\":1}", Kind::Log);
        check(b"timestamp,model,input_tokens\n", Kind::Log);
        check(&[0x1F, 0x8B, 8, 0], Kind::Log);
        check(b"", Kind::Log);
    }
}
