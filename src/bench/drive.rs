use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use super::document::Run;
use super::session::{Answer, Call, Next, Progress, Session};

/// Whatever is measured in real time: anything that answers a call some time later.
pub trait Client {
    fn call(&self, call: Call) -> impl Future<Output = Answer>;
}

/// Any async function is a client.
impl<F, R> Client for F
where
    F: Fn(Call) -> R,
    R: Future<Output = Answer>,
{
    fn call(&self, call: Call) -> impl Future<Output = Answer> {
        self(call)
    }
}

/// Real time: the surroundings' clock.
pub trait Clock {
    /// Milliseconds since some moment; never goes back.
    fn now_ms(&self) -> f64;
    fn sleep(&self, ms: f64) -> impl Future<Output = ()>;
}

/// Whatever is measured in virtual time: it says at once when its answer will come.
pub trait VirtualClient {
    /// The answer to a call sent at this time, and how long it takes in milliseconds. A call that
    /// never ends takes infinitely long.
    fn call(&mut self, call: &Call, now_ms: f64) -> (f64, Answer);
}

/// A run in virtual time, a piece at a time.
pub struct Virtual {
    session: Session,
    now_ms: f64,
    due: BinaryHeap<Due>,
}

/// An answer on its way; the earliest is the greatest, as the heap wants it.
struct Due {
    at_ms: f64,
    id: u64,
    answer: Answer,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.at_ms.total_cmp(&self.at_ms).then(other.id.cmp(&self.id))
    }
}

impl Virtual {
    /// A session that began at 0.
    pub fn new(session: Session) -> Self {
        Virtual { session, now_ms: 0.0, due: BinaryHeap::new() }
    }

    pub fn progress(&self) -> Progress {
        self.session.progress()
    }

    pub fn cancel(&mut self) {
        self.session.cancel();
    }

    /// Does at most so many steps; whether the run has ended.
    pub fn advance(&mut self, client: &mut impl VirtualClient, steps: u64) -> bool {
        for _ in 0..steps {
            match self.session.next(self.now_ms) {
                Next::Done => return true,
                // Its answer may come later and is ignored then.
                Next::Drop(_) => {}
                Next::Start(call) => {
                    let (ms, answer) = client.call(&call, self.now_ms);
                    self.due.push(Due { at_ms: self.now_ms + ms.max(0.0), id: call.id, answer });
                }
                Next::Wait(until) => {
                    let until = until.unwrap_or(f64::INFINITY);
                    match self.due.peek().map(|due| due.at_ms) {
                        Some(at_ms) if at_ms <= until && at_ms.is_finite() => {
                            self.now_ms = self.now_ms.max(at_ms);
                            if let Some(Due { id, answer, .. }) = self.due.pop() {
                                self.session.answer(id, self.now_ms, answer);
                            }
                        }
                        _ if until.is_finite() => self.now_ms = self.now_ms.max(until),
                        // Nothing is under way and nothing is waited for.
                        _ => self.session.cancel(),
                    }
                }
            }
        }
        false
    }

    pub fn into_run(self) -> Run {
        self.session.into_run()
    }
}

/// Runs a session in virtual time, to its end.
pub fn rehearse(session: Session, client: &mut impl VirtualClient) -> Run {
    let mut run = Virtual::new(session);
    while !run.advance(client, u64::MAX) {}
    run.into_run()
}

/// An answer that is waited for.
type Pending<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// Runs a session in real time. `watch` sees the progress after every answer and says whether to
/// go on.
pub async fn measure(
    mut session: Session,
    client: &impl Client,
    clock: &impl Clock,
    mut watch: impl FnMut(Progress) -> bool,
) -> Run {
    let mut pool: Vec<(u64, Pending<'_>)> = Vec::new();
    loop {
        match session.next(clock.now_ms()) {
            Next::Done => return session.into_run(),
            // Forgetting the future ends whatever it was waiting for.
            Next::Drop(id) => pool.retain(|(other, _)| *other != id),
            Next::Start(call) => pool.push((call.id, Box::pin(client.call(call)))),
            Next::Wait(until) => {
                let patience = until.map(|until| (until - clock.now_ms()).max(0.0));
                let mut sleep = std::pin::pin!(async {
                    match patience {
                        Some(ms) => clock.sleep(ms).await,
                        None => std::future::pending().await,
                    }
                });
                let answered = std::future::poll_fn(|context| {
                    let mut ready = Vec::new();
                    pool.retain_mut(|(id, future)| match future.as_mut().poll(context) {
                        Poll::Ready(answer) => {
                            ready.push((*id, answer));
                            false
                        }
                        Poll::Pending => true,
                    });
                    if !ready.is_empty() || sleep.as_mut().poll(context).is_ready() {
                        Poll::Ready(ready)
                    } else {
                        Poll::Pending
                    }
                })
                .await;
                let now_ms = clock.now_ms();
                for (id, answer) in answered {
                    session.answer(id, now_ms, answer);
                }
                if !watch(session.progress()) {
                    session.cancel();
                }
            }
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::super::session::Failed;
    use super::super::suite::{Benchmark, Limits, Load};
    use super::*;

    /// Answers the call of a number after a time that depends on it.
    struct Script(fn(u64) -> f64);

    impl VirtualClient for Script {
        fn call(&mut self, call: &Call, _now_ms: f64) -> (f64, Answer) {
            (self.0(call.id), Answer { ttft_ms: Some(10.0), output_tokens: 11, ..Answer::default() })
        }
    }

    fn run(benchmark: Benchmark, script: fn(u64) -> f64) -> Run {
        rehearse(Session::new(&benchmark, &[20; 3], 0.0), &mut Script(script))
    }

    fn of(load: Load, warm_up: u64, measured: u64) -> Benchmark {
        Benchmark { load, warm_up, measured, timeout_ms: 1000.0, ..Benchmark::default() }
    }

    #[test]
    fn a_closed_loop_keeps_its_workers_busy() {
        let run = run(of(Load::Closed { workers: 2 }, 2, 6), |_| 100.0);
        assert_eq!((run.requests, run.completed), (6, 6));
        assert_eq!(run.duration_ms, 300.0);
        assert_eq!(run.start_ms, [0.0, 0.0, 100.0, 100.0, 200.0, 200.0]);
        assert_eq!(run.cold_start_ms, Some(100.0));
        // (100 − 10) ms for ten steps between eleven tokens.
        assert_eq!(run.inter_token_ms, [9.0; 6]);
    }

    /// What the response cache answers says nothing of how the model begins.
    #[test]
    fn a_cold_start_is_the_models() {
        struct Cached;
        impl VirtualClient for Cached {
            fn call(&mut self, call: &Call, _now_ms: f64) -> (f64, Answer) {
                let cache_hit = call.id < 2;
                let answer = Answer { cache_hit, output_tokens: 1, ..Answer::default() };
                (if cache_hit { 20.0 } else { 300.0 + call.id as f64 }, answer)
            }
        }
        let cold = |warm_up| {
            let benchmark = of(Load::Closed { workers: 1 }, warm_up, 6);
            rehearse(Session::new(&benchmark, &[20; 3], 0.0), &mut Cached).cold_start_ms
        };
        assert_eq!([cold(0), cold(1), cold(4)], [Some(302.0); 3]);
    }

    /// One request of 400 ms holds the only worker of a closed loop, and the next ones do not see
    /// it; under an open load of ten a second nobody's wait is left out.
    #[test]
    fn an_open_load_omits_no_wait() {
        let stall = |id| if id == 2 { 400.0 } else { 10.0 };
        let closed = run(of(Load::Closed { workers: 1 }, 0, 6), stall);
        assert_eq!(closed.e2e_ms, [10.0, 10.0, 400.0, 10.0, 10.0, 10.0]);
        let open = run(of(Load::Open { rate_per_s: 10.0 }, 0, 6), stall);
        assert_eq!(open.start_ms, [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]);
        assert_eq!(open.duration_ms, 600.0);
        // A sender that may only send 120 a minute is late by more and more, and says so.
        let limits = Limits { rpm: Some(120.0), tpm: None };
        let late = run(Benchmark { limits, ..of(Load::Open { rate_per_s: 10.0 }, 0, 4) }, |_| 10.0);
        assert_eq!(late.e2e_ms, [10.0, 10.0, 310.0, 710.0]);
    }

    #[test]
    fn batches_wait_for_each_other() {
        let run = run(of(Load::Batch { size: 3 }, 0, 6), |id| 100.0 + 10.0 * id as f64);
        assert_eq!(run.start_ms, [0.0, 0.0, 0.0, 120.0, 120.0, 120.0]);
        assert_eq!(run.duration_ms, 270.0);
    }

    #[test]
    fn tokens_a_minute_are_kept() {
        // 20 + 512 tokens a request, 31,920 a minute: one a second, after the first second's worth.
        let limits = Limits { rpm: None, tpm: Some(532.0 * 60.0) };
        let run = run(Benchmark { limits, ..of(Load::Closed { workers: 5 }, 0, 4) }, |_| 1.0);
        assert_eq!(run.start_ms, [0.0, 1000.0, 2000.0, 3000.0]);
    }

    #[test]
    fn a_client_that_hangs_meets_the_timeout() {
        let run = run(of(Load::Closed { workers: 1 }, 1, 4), |id| if id == 2 { f64::INFINITY } else { 5.0 });
        assert_eq!((run.requests, run.completed, run.timeouts), (4, 3, 1));
        assert_eq!(run.duration_ms, 1015.0);
        // An answer that comes after its timeout counts as none.
        let late = super::tests::run(of(Load::Closed { workers: 1 }, 0, 3), |id| if id == 0 { 1500.0 } else { 900.0 });
        assert_eq!((late.completed, late.timeouts), (2, 1));
    }

    #[test]
    fn a_cancelled_run_says_so() {
        let mut run = Virtual::new(Session::new(&of(Load::Closed { workers: 1 }, 0, 100), &[20], 0.0));
        let mut client = Script(|_| 10.0);
        assert!(!run.advance(&mut client, 20));
        run.cancel();
        assert!(run.advance(&mut client, 20));
        let run = run.into_run();
        assert!(run.cancelled && run.completed > 0 && run.completed < 100);
    }

    /// A clock that a test turns: sleeping is moving it on.
    struct Turned(Rc<Cell<f64>>);

    impl Clock for Turned {
        fn now_ms(&self) -> f64 {
            self.0.get()
        }
        async fn sleep(&self, ms: f64) {
            self.0.set(self.0.get() + ms);
        }
    }

    #[test]
    fn an_async_function_is_measured_in_real_time() {
        let now = Rc::new(Cell::new(0.0));
        let ticking = now.clone();
        let client = move |call: Call| {
            let now = ticking.clone();
            async move {
                match call.id {
                    1 => std::future::pending().await,
                    2 => Answer { failed: Some(Failed("ThrottlingException".into())), ..Answer::default() },
                    _ => {
                        now.set(now.get() + 20.0);
                        Answer::default()
                    }
                }
            }
        };
        let session = Session::new(&of(Load::Closed { workers: 1 }, 0, 5), &[20], 0.0);
        let mut seen = 0;
        let run = pollster::block_on(measure(session, &client, &Turned(now), |_| {
            seen += 1;
            true
        }));
        assert_eq!((run.completed, run.timeouts, run.errors["ThrottlingException"]), (3, 1, 1));
        assert_eq!(run.e2e_ms, [20.0; 3]);
        assert!(seen >= 5);
    }
}
