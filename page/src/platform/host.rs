//! What `boot.js` gives each program when it begins, and the way between the programs: typed messages
//! over a channel of the browser's own, which keeps them in order until they are taken.

#[cfg(target_arch = "wasm32")]
pub use wasm::{Host, begin, host};

#[cfg(target_arch = "wasm32")]
use crate::channel::Outbox;
use crate::channel::{ToFirst, ToLater};

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::cell::OnceCell;

    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        /// What a program can ask of the page that started it.
        #[derive(Clone)]
        pub type Host;

        /// This program's end of the channel to the other one.
        #[wasm_bindgen(method, getter)]
        pub fn port(this: &Host) -> web_sys::MessagePort;

        /// Says that the program cannot go on, and why.
        #[wasm_bindgen(method)]
        pub fn panic(this: &Host, message: &str);

        /// Loads the later program, once; what goes wrong it shows itself.
        #[wasm_bindgen(method, js_name = loadLater)]
        pub fn load_later(this: &Host);

        /// A worker that simulates, ready for its first request.
        #[wasm_bindgen(method, catch, js_name = startWorker)]
        pub async fn start_worker(this: &Host) -> Result<JsValue, JsValue>;

        /// The packed replies for the reference scenario.
        #[wasm_bindgen(method, catch, js_name = firstDay)]
        pub async fn first_day(this: &Host) -> Result<JsValue, JsValue>;

        /// Calls back at the first sign of a person.
        #[wasm_bindgen(method, js_name = onPerson)]
        pub fn on_person(this: &Host, wake: &Closure<dyn Fn()>);

        /// Packs a text for a link.
        #[wasm_bindgen(method, catch)]
        pub async fn deflate(this: &Host, text: &str) -> Result<JsValue, JsValue>;

        /// The inverse; `null` as soon as there are more bytes than allowed.
        #[wasm_bindgen(method, catch)]
        pub async fn inflate(this: &Host, packed: &str, most: f64) -> Result<JsValue, JsValue>;

        /// The text of a file that someone else lays beside the page, read no further than it must to
        /// know that there is too much; `null` when it is not there.
        #[wasm_bindgen(method, catch, js_name = foreignText)]
        pub async fn foreign_text(this: &Host, name: &str, most: f64) -> Result<JsValue, JsValue>;

        /// Loads the program that reads and writes documents.
        #[wasm_bindgen(method, catch, js_name = loadDocuments)]
        pub async fn load_documents(this: &Host) -> Result<JsValue, JsValue>;

        /// That program's only function; `null` until it is loaded.
        #[wasm_bindgen(method, getter)]
        pub fn document(this: &Host) -> JsValue;
    }

    thread_local! {
        static HOST: OnceCell<Host> = const { OnceCell::new() };
    }

    /// Remembers who started this program; a second time changes nothing.
    pub fn begin(host: Host) {
        HOST.with(|known| drop(known.set(host)));
    }

    /// Who started this program; `None` where nobody did, as in a test.
    pub fn host() -> Option<Host> {
        HOST.with(|host| host.get().cloned())
    }
}

#[cfg(target_arch = "wasm32")]
mod port {
    use rehearsal::pack::{Pack, Packed};
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::Closure;

    use super::host;
    use crate::platform::packets::{closed, packed};

    /// Posts a message; a browser that cannot is being closed.
    pub fn post(message: &impl Pack) {
        if let Some(host) = host() {
            let _ = host.port().post_message(&closed(&Packed::of(message)));
        }
    }

    /// Takes every message from now on, those that waited first.
    pub fn listen<T: Pack>(heard: impl Fn(T) + 'static) {
        let Some(host) = host() else { return };
        let closure = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
            if let Some(message) = packed(&event.data()).and_then(|packed| packed.open()) {
                heard(message);
            }
        });
        host.port().set_onmessage(Some(closure.as_ref().unchecked_ref()));
        // Lives as long as the program.
        closure.forget();
    }
}

#[cfg(target_arch = "wasm32")]
thread_local! {
    static OUTBOX: std::cell::RefCell<Outbox> = std::cell::RefCell::default();
}

/// Says something to the later program, which is loaded when it is wanted.
#[cfg(target_arch = "wasm32")]
pub fn to_later(message: ToLater) {
    if message.is_wanted()
        && let Some(host) = host()
    {
        host.load_later();
    }
    if let Some(message) = OUTBOX.with_borrow_mut(|outbox| outbox.push(message)) {
        port::post(&message);
    }
}

/// Hears what the later program says, for as long as the page lives.
#[cfg(target_arch = "wasm32")]
pub fn on_first(heard: impl Fn(ToFirst) + 'static) {
    port::listen(move |message| {
        if message == (ToFirst::Ready {}) {
            for waiting in OUTBOX.with_borrow_mut(Outbox::open) {
                port::post(&waiting);
            }
        } else {
            heard(message);
        }
    });
}

/// Says something to the first program.
#[cfg(target_arch = "wasm32")]
pub fn to_first(message: &ToFirst) {
    port::post(message);
}

/// Hears what the first program says, for as long as the page lives, and tells it so.
#[cfg(target_arch = "wasm32")]
pub fn on_later(heard: impl Fn(ToLater) + 'static) {
    port::listen(heard);
    to_first(&ToFirst::Ready {});
}

#[cfg(not(target_arch = "wasm32"))]
pub fn to_later(_message: ToLater) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn on_first(_heard: impl Fn(ToFirst) + 'static) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn to_first(_message: &ToFirst) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn on_later(_heard: impl Fn(ToLater) + 'static) {}
