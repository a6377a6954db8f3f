//! The worker that simulates: the newest scenario wins, one request is in flight.

use std::rc::Rc;

#[cfg(target_arch = "wasm32")]
use rehearsal::catalog::Catalog;
use rehearsal::scenario::Scenario;
#[cfg(target_arch = "wasm32")]
use rehearsal::sim::Task;
use rehearsal::sim::{Asked, Reply};

/// What the simulator tells the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Reply(Box<Reply>),
    /// The worker died, or could not be started, too often.
    Dead,
}

/// A running simulator.
#[derive(Clone)]
pub struct Simulator {
    #[cfg(target_arch = "wasm32")]
    inner: Rc<wasm::Inner>,
}

#[cfg(target_arch = "wasm32")]
impl Simulator {
    /// Starts the worker; what it tells goes to `on_told`.
    pub fn start(on_told: impl Fn(Told) + 'static) -> Self {
        Simulator { inner: wasm::Inner::start(on_told) }
    }

    /// Asks for a day of this scenario, and then for its load curve. A request still waiting is
    /// replaced; one that takes long is given up. Of a scenario that is not valid there is no day.
    pub fn request(&self, generation: u64, scenario: &Scenario, asked: &[Asked]) {
        let task = Task::new(scenario, &Catalog::reference()).ok().map(Rc::new);
        let request = |task: &Rc<Task>, asked: &Asked| wasm::Request { generation, task: task.clone(), asked: *asked };
        self.inner.request(task.iter().flat_map(|task| asked.iter().map(|asked| request(task, asked))).collect());
    }

    /// Gives up what is being done.
    pub fn cancel(&self) {
        self.inner.cancel();
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Simulator {
    pub fn start(_on_told: impl Fn(Told) + 'static) -> Self {
        Simulator {}
    }

    pub fn request(&self, _generation: u64, _scenario: &Scenario, _asked: &[Asked]) {}

    pub fn cancel(&self) {}
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;
    use std::rc::Rc;

    use rehearsal::pack::Packed;
    use rehearsal::sim::{Asked, Task};
    use wasm_bindgen::prelude::*;

    use super::Told;
    use crate::platform::clock;

    #[wasm_bindgen]
    extern "C" {
        /// Provided by `boot.js`, which has fetched and compiled the worker beside the page.
        #[wasm_bindgen(js_name = rehearsalStartWorker, catch)]
        async fn start_worker() -> Result<JsValue, JsValue>;
    }

    /// A request that a newer one may interrupt once it has run for so long.
    const PATIENCE_MS: f64 = 250.0;
    /// Deaths in a row after which the page says so instead of trying again.
    const MOST_DEATHS: u32 = 3;

    /// One thing to be asked of the worker.
    pub struct Request {
        pub generation: u64,
        pub task: Rc<Task>,
        pub asked: Asked,
    }

    pub struct Inner {
        worker: RefCell<Option<web_sys::Worker>>,
        /// When the request in flight was posted.
        posted_ms: Cell<Option<f64>>,
        /// The request in flight, to be asked again should the worker die.
        asked: RefCell<Option<Request>>,
        /// What is to be asked next.
        waiting: RefCell<VecDeque<Request>>,
        deaths: Cell<u32>,
        on_told: Box<dyn Fn(Told)>,
    }

    impl Inner {
        pub fn start(on_told: impl Fn(Told) + 'static) -> Rc<Self> {
            let inner = Rc::new(Inner {
                worker: RefCell::default(),
                posted_ms: Cell::new(None),
                asked: RefCell::default(),
                waiting: RefCell::default(),
                deaths: Cell::new(0),
                on_told: Box::new(on_told),
            });
            inner.clone().start_worker();
            inner
        }

        fn start_worker(self: Rc<Self>) {
            wasm_bindgen_futures::spawn_local(async move {
                let Ok(worker) = start_worker().await else {
                    (self.on_told)(Told::Dead);
                    return;
                };
                let worker: web_sys::Worker = worker.unchecked_into();
                let receiver = self.clone();
                let on_message = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
                    receiver.hear(&event.data());
                });
                worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
                // Lives as long as the worker, which the page never gives back.
                on_message.forget();
                let mourner = self.clone();
                let on_error = Closure::<dyn Fn()>::new(move || mourner.clone().die());
                worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
                on_error.forget();
                self.worker.replace(Some(worker));
                self.post();
            });
        }

        fn hear(&self, data: &JsValue) {
            let Some(reply) = opened(data) else { return };
            if reply.progress.is_none() && reply.preview.is_none() {
                self.posted_ms.set(None);
                self.asked.replace(None);
                self.deaths.set(0);
                self.post();
            }
            (self.on_told)(Told::Reply(Box::new(reply)));
        }

        /// The worker is gone: a new one takes over what it was asked.
        fn die(self: Rc<Self>) {
            self.stop();
            self.deaths.set(self.deaths.get() + 1);
            if self.deaths.get() > MOST_DEATHS {
                (self.on_told)(Told::Dead);
                return;
            }
            if let Some(asked) = self.asked.take() {
                self.waiting.borrow_mut().push_front(asked);
            }
            self.start_worker();
        }

        fn stop(&self) {
            if let Some(worker) = self.worker.take() {
                worker.set_onmessage(None);
                worker.set_onerror(None);
                worker.terminate();
            }
            self.posted_ms.set(None);
        }

        pub fn cancel(self: &Rc<Self>) {
            self.waiting.borrow_mut().clear();
            self.asked.replace(None);
            if self.posted_ms.get().is_some() {
                self.stop();
                self.clone().start_worker();
            }
        }

        pub fn request(self: &Rc<Self>, requests: VecDeque<Request>) {
            self.waiting.replace(requests);
            if self.posted_ms.get().is_some_and(|posted| clock::now_ms() - posted > PATIENCE_MS) {
                self.asked.replace(None);
                self.stop();
                self.clone().start_worker();
            }
            self.post();
        }

        fn post(&self) {
            let worker = self.worker.borrow();
            if let Some(worker) = worker.as_ref().filter(|_| self.posted_ms.get().is_none())
                && let Some(request) = self.waiting.borrow_mut().pop_front()
                && worker.post_message(&closed(&request.task.ask(request.generation, request.asked))).is_ok()
            {
                self.posted_ms.set(Some(clock::now_ms()));
                self.asked.replace(Some(request));
            }
        }
    }

    /// A packed value as a message.
    fn closed(packed: &Packed) -> JsValue {
        let numbers = js_sys::Float64Array::from(packed.numbers.as_slice());
        js_sys::Array::of2(&numbers, &packed.text.as_str().into()).into()
    }

    /// The reply in a message of the worker.
    fn opened(data: &JsValue) -> Option<rehearsal::sim::Reply> {
        let parts: &js_sys::Array = data.dyn_ref()?;
        let numbers = parts.get(0).dyn_into::<js_sys::Float64Array>().ok()?.to_vec();
        Packed { numbers, text: parts.get(1).as_string()? }.open()
    }
}
