//! The worker that simulates: the newest scenario wins, one request is in flight.
//!
//! The reference scenario's day comes with the site, simulated when it was built, so the page begins
//! without the worker. It starts at the first sign of a person, or when it is needed.

use std::rc::Rc;

#[cfg(target_arch = "wasm32")]
use rehearsal::catalog::Catalog;
use rehearsal::scenario::Scenario;
#[cfg(target_arch = "wasm32")]
use rehearsal::sim::Task;
use rehearsal::sim::{Asked, LOAD_FACTORS, Reply};

/// What the simulator tells the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Reply(Box<Reply>),
    /// The worker died, or could not be started, too often.
    Dead,
}

/// All that the page shows of a scenario: its day, and then the load curve.
pub fn everything() -> Vec<Asked> {
    std::iter::once(Asked::Day).chain(LOAD_FACTORS.map(Asked::Load)).collect()
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
        let task = match Task::new(scenario, &Catalog::reference()) {
            Ok(task) => Some(Rc::new(task)),
            Err(problems) => {
                self.inner.refuse(generation, problems.0);
                None
            }
        };
        let request = |task: &Rc<Task>, asked: &Asked| wasm::Request { generation, task: task.clone(), asked: *asked };
        let known = *scenario == Scenario::default();
        self.inner
            .request(known, task.iter().flat_map(|task| asked.iter().map(|asked| request(task, asked))).collect());
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

    use rehearsal::sim::{Asked, Reply, Task};
    use wasm_bindgen::prelude::*;

    use super::Told;
    use crate::platform::clock;
    use crate::platform::host::host;
    use crate::platform::packets::{closed, packed};

    /// A request that a newer one may interrupt once it has run for so long.
    const PATIENCE_MS: f64 = 250.0;
    /// Points of a load curve that come within this time are told together: each that is told draws the
    /// page.
    const TOGETHER_MS: f64 = 120.0;
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
        /// Whether a worker is being started.
        starting: Cell<bool>,
        /// Whether the reference scenario's day has been asked for.
        begun: Cell<bool>,
        /// What a worker does first that is started before there is anything to do: once run, the
        /// simulation is as fast as it will be.
        warm_up: RefCell<Option<Request>>,
        /// When the request in flight was posted.
        posted_ms: Cell<Option<f64>>,
        /// The request in flight, to be asked again should the worker die.
        asked: RefCell<Option<Request>>,
        /// What is to be asked next.
        waiting: RefCell<VecDeque<Request>>,
        deaths: Cell<u32>,
        /// Replies that are not told yet, and when the last ones were.
        held: RefCell<Vec<Reply>>,
        told_ms: Cell<f64>,
        on_told: Box<dyn Fn(Told)>,
    }

    impl Inner {
        pub fn start(on_told: impl Fn(Told) + 'static) -> Rc<Self> {
            let inner = Rc::new(Inner {
                worker: RefCell::default(),
                starting: Cell::new(false),
                begun: Cell::new(false),
                warm_up: RefCell::default(),
                posted_ms: Cell::new(None),
                asked: RefCell::default(),
                waiting: RefCell::default(),
                deaths: Cell::new(0),
                held: RefCell::default(),
                told_ms: Cell::new(0.0),
                on_told: Box::new(on_told),
            });
            let sleeper = inner.clone();
            let wake = Closure::<dyn Fn()>::new(move || {
                if sleeper.worker.borrow().is_none() {
                    sleeper.waiting.borrow_mut().extend(sleeper.warm_up.take());
                    sleeper.clone().start_worker();
                }
            });
            if let Some(host) = host() {
                host.on_person(&wake);
            }
            // Lives as long as the page.
            wake.forget();
            inner
        }

        /// Says why there is no day. What was asked before is given up with it.
        pub fn refuse(&self, generation: u64, problems: Vec<rehearsal::problem::Problem>) {
            (self.on_told)(Told::Reply(Box::new(Reply { generation, problems, ..Reply::default() })));
        }

        /// Shows the day that came with the site; without it, these requests go to the worker.
        fn begin(self: Rc<Self>, requests: VecDeque<Request>) {
            wasm_bindgen_futures::spawn_local(async move {
                let generation = requests.front().map_or(0, |request| request.generation);
                let day = match host() {
                    Some(host) => host.first_day().await.ok(),
                    None => None,
                };
                match day.and_then(|day| packed(&day)?.open::<Vec<Reply>>()) {
                    Some(replies) => {
                        let newer = !self.waiting.borrow().is_empty() || self.asked.borrow().is_some();
                        self.warm_up.replace(requests.into_iter().next().filter(|_| !newer));
                        for reply in replies {
                            (self.on_told)(Told::Reply(Box::new(Reply { generation, ..reply })));
                        }
                    }
                    // A newer request has taken its place.
                    None if !self.waiting.borrow().is_empty() => {}
                    None => self.queue(requests),
                }
            });
        }

        fn start_worker(self: Rc<Self>) {
            if self.starting.replace(true) {
                return;
            }
            wasm_bindgen_futures::spawn_local(async move {
                let started = match host() {
                    Some(host) => host.start_worker().await.ok(),
                    None => None,
                };
                self.starting.set(false);
                let Some(worker) = started else {
                    self.die();
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
            let Some(reply) = packed(data).and_then(|packed| packed.open::<Reply>()) else { return };
            if reply.progress.is_none() && reply.preview.is_none() {
                self.posted_ms.set(None);
                self.asked.replace(None);
                self.deaths.set(0);
                self.post();
            }
            let now = clock::now_ms();
            let others_follow = reply.load.is_some() && self.posted_ms.get().is_some();
            self.held.borrow_mut().push(reply);
            if others_follow && now - self.told_ms.get() < TOGETHER_MS {
                return;
            }
            self.told_ms.set(now);
            for reply in self.held.take() {
                (self.on_told)(Told::Reply(Box::new(reply)));
            }
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

        /// `known` says that the answers came with the site.
        pub fn request(self: &Rc<Self>, known: bool, requests: VecDeque<Request>) {
            if known && !self.begun.replace(true) {
                self.clone().begin(requests);
            } else {
                self.queue(requests);
            }
        }

        fn queue(self: &Rc<Self>, requests: VecDeque<Request>) {
            self.begun.set(true);
            self.waiting.replace(requests);
            if self.worker.borrow().is_none() {
                self.clone().start_worker();
                return;
            }
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
}
