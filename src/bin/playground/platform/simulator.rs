//! The worker that simulates: the newest scenario wins, one is in flight.

use std::rc::Rc;

use rehearsal::problem::Problem;
use rehearsal::scenario::Scenario;
use rehearsal::sim::Outcome;

/// What a simulation of a generation gave.
pub type Reply = (u64, Result<Rc<Outcome>, Rc<Vec<Problem>>>);

/// A running simulator.
#[derive(Clone)]
pub struct Simulator {
    #[cfg(target_arch = "wasm32")]
    inner: Rc<wasm::Inner>,
}

#[cfg(target_arch = "wasm32")]
impl Simulator {
    /// Starts the worker; replies go to `on_reply`, in the order of their generations.
    pub fn start(on_reply: impl Fn(Reply) + 'static) -> Self {
        Simulator { inner: wasm::Inner::start(on_reply) }
    }

    /// Asks for a day of this scenario. A request still waiting is replaced.
    pub fn request(&self, generation: u64, scenario: &Scenario) {
        self.inner.request(generation, scenario);
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Simulator {
    pub fn start(_on_reply: impl Fn(Reply) + 'static) -> Self {
        Simulator {}
    }

    pub fn request(&self, _generation: u64, _scenario: &Scenario) {}
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use rehearsal::pack::Packed;
    use rehearsal::scenario::Scenario;
    use wasm_bindgen::prelude::*;

    use super::Reply;

    #[wasm_bindgen]
    extern "C" {
        /// Provided by `boot.js`, which has fetched and compiled the worker beside the page.
        #[wasm_bindgen(js_name = rehearsalStartWorker, catch)]
        async fn start_worker() -> Result<JsValue, JsValue>;
    }

    pub struct Inner {
        worker: RefCell<Option<web_sys::Worker>>,
        /// Whether the worker is at work.
        busy: Cell<bool>,
        /// The newest request not yet posted.
        waiting: RefCell<Option<String>>,
    }

    impl Inner {
        pub fn start(on_reply: impl Fn(Reply) + 'static) -> Rc<Self> {
            let inner =
                Rc::new(Inner { worker: RefCell::default(), busy: Cell::new(true), waiting: RefCell::default() });
            let this = inner.clone();
            wasm_bindgen_futures::spawn_local(async move {
                let Ok(worker) = start_worker().await else { return };
                let worker: web_sys::Worker = worker.unchecked_into();
                let receiver = this.clone();
                let on_message = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
                    receiver.busy.set(false);
                    receiver.post();
                    if let Some(reply) = opened(&event.data()) {
                        let result = reply.outcome.map(Rc::new).ok_or_else(|| Rc::new(reply.problems));
                        on_reply((reply.generation, result));
                    }
                });
                worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
                // Lives as long as the page, as the worker does.
                on_message.forget();
                this.worker.replace(Some(worker));
                this.busy.set(false);
                this.post();
            });
            inner
        }

        pub fn request(&self, generation: u64, scenario: &Scenario) {
            let scenario = serde_json::to_string(scenario).unwrap_or_default();
            self.waiting.replace(Some(format!("{generation}\n{scenario}")));
            self.post();
        }

        fn post(&self) {
            let worker = self.worker.borrow();
            if let Some(worker) = worker.as_ref().filter(|_| !self.busy.get())
                && let Some(request) = self.waiting.take()
            {
                self.busy.set(worker.post_message(&request.into()).is_ok());
            }
        }
    }

    /// The reply in a message of the worker.
    fn opened(data: &JsValue) -> Option<rehearsal::sim::Reply> {
        let parts: &js_sys::Array = data.dyn_ref()?;
        let numbers = parts.get(0).dyn_into::<js_sys::Float64Array>().ok()?.to_vec();
        let strings =
            parts.get(1).dyn_into::<js_sys::Array>().ok()?.iter().filter_map(|text| text.as_string()).collect();
        Packed { numbers, strings }.open()
    }
}
