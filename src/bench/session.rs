//! One run as a state machine: told the time and what came back, it says what to send next.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use serde::Serialize;

use super::document::Run;
use super::savings::{OfType, TypeUse};
use super::suite::{Benchmark, Limits, Load};

/// One request that a session wants sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call {
    /// Unique within the session, ascending.
    pub id: u64,
    /// Which prompt of the suite.
    pub prompt: usize,
    pub phase: Phase,
    /// When it should have been sent, in milliseconds of the session's clock; under an open load
    /// its latency counts from here.
    pub due_ms: f64,
}

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    WarmUp,
    Measurement,
    /// Nothing more is sent; what is under way is waited for.
    CoolDown,
    Done,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Why there is no answer.
    pub failed: Option<Failed>,
    /// Milliseconds from sending to the first token; `None` where the answer came whole.
    pub ttft_ms: Option<f64>,
    /// Milliseconds from sending to the last content; the end of the answer where it is not known.
    pub last_ms: Option<f64>,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cost_usd: Option<f64>,
    pub cache_hit: bool,
    /// Who answered.
    pub model: Option<Rc<str>>,
    /// What it passed on the way, with the time of each.
    pub stages: Vec<CallStage>,
    /// Whose question it was, and what it cost and spared, where a client knows the query mix.
    pub of_type: Option<OfType>,
}

/// A failure's name, `ThrottlingException` say.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed(pub Rc<str>);

/// The time one call spent in a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct CallStage {
    pub name: Rc<str>,
    pub ms: f64,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Send this.
    Start(Call),
    /// This call has taken too long: forget it.
    Drop(u64),
    /// Wait for an answer, at most until then.
    Wait(Option<f64>),
    Done,
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    pub phase: Phase,
    pub answered: u64,
    pub total: u64,
    pub in_flight: u64,
}

/// One run of a benchmark, without a clock or a client: it is told the time and what came back,
/// and says what to send and how long to wait.
///
/// Times are milliseconds of whatever clock drives it; they never go back.
#[derive(Debug)]
pub struct Session {
    benchmark: Benchmark,
    prompts: Vec<u64>,
    started_ms: f64,
    sent: u64,
    answered: u64,
    /// The calls from the oldest that is under way on, by number; `None` for those that ended.
    /// All have the same patience, so the oldest is the next to time out.
    calls: VecDeque<Option<InFlight>>,
    in_flight: usize,
    requests: Bucket,
    tokens: Bucket,
    cancelled: bool,
    /// The first call that reached the model.
    cold: Option<u64>,
    columns: Columns,
    run: Run,
}

#[derive(Clone, Copy, Debug)]
struct InFlight {
    call: Call,
    sent_ms: f64,
}

/// What is recorded of each measured call, before it is put in order.
#[derive(Debug, Default)]
struct Columns {
    /// By call id, in the order the answers came.
    rows: Vec<Row>,
    stages: BTreeMap<Rc<str>, Vec<(u64, f64)>>,
    models: Vec<(Rc<str>, u64)>,
    types: Vec<(Rc<str>, TypeUse)>,
    first_ms: f64,
    last_ms: f64,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    id: u64,
    start_ms: f64,
    e2e_ms: f64,
    ttft_ms: Option<f64>,
    inter_token_ms: Option<f64>,
    cost_usd: Option<f64>,
}

/// The most calls under way at once under an open load; later ones wait, and count the wait.
const MOST_IN_FLIGHT: usize = 10_000;

impl Session {
    /// A run of a benchmark over prompts of so many tokens each, beginning at `now_ms`.
    pub fn new(benchmark: &Benchmark, prompt_tokens: &[u64], now_ms: f64) -> Self {
        let largest = prompt_tokens.iter().copied().max().unwrap_or(0) + benchmark.max_tokens;
        let Limits { rpm, tpm } = benchmark.limits;
        Session {
            benchmark: benchmark.clone(),
            prompts: prompt_tokens.to_vec(),
            started_ms: now_ms,
            sent: 0,
            answered: 0,
            calls: VecDeque::new(),
            in_flight: 0,
            requests: Bucket::new(rpm, 1.0, now_ms),
            tokens: Bucket::new(tpm, largest as f64, now_ms),
            cancelled: false,
            columns: Columns { first_ms: f64::INFINITY, ..Columns::default() },
            cold: None,
            run: Run::default(),
        }
    }

    fn total(&self) -> u64 {
        self.benchmark.warm_up + self.benchmark.measured
    }

    pub fn progress(&self) -> Progress {
        let total = self.total();
        let phase = if self.cancelled || self.answered == total {
            Phase::Done
        } else if self.sent == total {
            Phase::CoolDown
        } else if self.sent < self.benchmark.warm_up {
            Phase::WarmUp
        } else {
            Phase::Measurement
        };
        Progress { phase, answered: self.answered, total, in_flight: self.in_flight as u64 }
    }

    /// Sends nothing more and waits for nothing.
    pub fn cancel(&mut self) {
        self.cancelled = true;
        self.run.cancelled = true;
    }

    /// What to do at this time. Ask again until it says to wait or that it is done.
    pub fn next(&mut self, now_ms: f64) -> Next {
        if self.cancelled || self.answered == self.total() {
            return Next::Done;
        }
        let oldest = self.calls.front().copied().flatten();
        let deadline = oldest.map(|oldest| oldest.sent_ms + self.benchmark.timeout_ms);
        if let (Some(oldest), Some(deadline)) = (oldest, deadline.filter(|deadline| *deadline <= now_ms)) {
            self.time_out(oldest.call.id, deadline);
            return Next::Drop(oldest.call.id);
        }
        if self.sent == self.total() {
            return Next::Wait(deadline);
        }
        let Some(due_ms) = self.due(now_ms) else { return Next::Wait(deadline) };
        let prompt = if self.prompts.is_empty() { 0 } else { (self.index() % self.prompts.len() as u64) as usize };
        let reserved = self.prompts.get(prompt).copied().unwrap_or(0) + self.benchmark.max_tokens;
        let admitted = self.requests.at(now_ms, 1.0).max(self.tokens.at(now_ms, reserved as f64)).max(due_ms);
        if admitted > now_ms {
            return Next::Wait(Some(deadline.map_or(admitted, |deadline| deadline.min(admitted))));
        }
        self.requests.take(now_ms, 1.0);
        self.tokens.take(now_ms, reserved as f64);
        let phase = if self.sent < self.benchmark.warm_up { Phase::WarmUp } else { Phase::Measurement };
        let call = Call { id: self.sent, prompt, phase, due_ms };
        self.sent += 1;
        self.calls.push_back(Some(InFlight { call, sent_ms: now_ms }));
        self.in_flight += 1;
        if phase == Phase::Measurement {
            self.columns.first_ms = self.columns.first_ms.min(due_ms);
        }
        Next::Start(call)
    }

    /// The position of the next call within its phase: prompts begin anew with the measurement.
    fn index(&self) -> u64 {
        self.sent.checked_sub(self.benchmark.warm_up).unwrap_or(self.sent)
    }

    /// When the next call is to be sent; `None` while answers must come first.
    fn due(&self, now_ms: f64) -> Option<f64> {
        match self.benchmark.load {
            Load::Closed { workers } => ((self.in_flight as u64) < workers).then_some(now_ms),
            Load::Open { rate_per_s } => {
                (self.in_flight < MOST_IN_FLIGHT).then(|| self.started_ms + self.sent as f64 * 1000.0 / rate_per_s)
            }
            Load::Batch { size } => {
                // Warm-up and measurement have batches of their own.
                let first_of_batch = self.index().is_multiple_of(size);
                (!first_of_batch || self.in_flight == 0).then_some(now_ms)
            }
        }
    }

    /// A call has its answer. One that is unknown, or was dropped, is ignored.
    pub fn answer(&mut self, id: u64, now_ms: f64, answer: Answer) {
        let Some(InFlight { call, sent_ms }) = self.take(id) else { return };
        // A clock may stand still, but a call takes no negative time.
        let e2e_ms = (now_ms - call.due_ms).max(0.0);
        // The first call that reached the model: what the response cache answers says nothing of it.
        if answer.failed.is_none() && !answer.cache_hit && self.cold.is_none_or(|cold| id < cold) {
            self.cold = Some(id);
            self.run.cold_start_ms = Some(micro(e2e_ms));
        }
        if call.phase != Phase::Measurement {
            return;
        }
        self.columns.last_ms = self.columns.last_ms.max(now_ms);
        self.run.requests += 1;
        if let Some(Failed(name)) = &answer.failed {
            *self.run.errors.entry(name.to_string()).or_default() += 1;
            return;
        }
        let waited = sent_ms - call.due_ms;
        let ttft_ms = answer.ttft_ms.map(|ttft| (ttft + waited).min(e2e_ms));
        let steps = answer.output_tokens.saturating_sub(1);
        // From the first content to the last: what follows, usage say, is no token.
        let last_ms = answer.last_ms.map_or(e2e_ms, |last| (last + waited).min(e2e_ms));
        let inter_token_ms = ttft_ms.filter(|_| steps > 0).map(|ttft| (last_ms - ttft).max(0.0) / steps as f64);
        self.run.completed += 1;
        self.run.cache_hits += u64::from(answer.cache_hit);
        self.run.input_tokens += answer.input_tokens;
        self.run.output_tokens += answer.output_tokens;
        if let Some(of) = answer.of_type {
            let used = TypeUse {
                answered: 1,
                cache_hits: u64::from(answer.cache_hit),
                input_tokens: answer.input_tokens,
                output_tokens: answer.output_tokens,
                cost: of.cost,
                cache_saved: of.cache_saved,
                routing_saved: of.routing_saved,
            };
            match self.columns.types.iter_mut().find(|(known, _)| Rc::ptr_eq(known, &of.name)) {
                Some((_, sum)) => sum.add(&used),
                None => self.columns.types.push((of.name, used)),
            }
            self.run.dearest.get_or_insert_with(|| of.dearest.to_string());
        }
        if let Some(model) = answer.model {
            // There are few, and mostly it is the same one.
            let same = |(known, _): &&mut (Rc<str>, u64)| Rc::ptr_eq(known, &model) || *known == model;
            match self.columns.models.iter_mut().find(same) {
                Some((_, count)) => *count += 1,
                None => self.columns.models.push((model, 1)),
            }
        }
        for stage in answer.stages {
            self.columns.stages.entry(stage.name).or_default().push((id, stage.ms));
        }
        self.columns.rows.push(Row {
            id,
            start_ms: call.due_ms,
            e2e_ms,
            ttft_ms,
            inter_token_ms,
            cost_usd: answer.cost_usd,
        });
    }

    /// Ends a call that is under way.
    fn take(&mut self, id: u64) -> Option<InFlight> {
        let oldest = self.sent - self.calls.len() as u64;
        let at = usize::try_from(id.checked_sub(oldest)?).ok()?;
        let taken = self.calls.get_mut(at)?.take()?;
        while matches!(self.calls.front(), Some(None)) {
            self.calls.pop_front();
        }
        self.in_flight -= 1;
        self.answered += 1;
        Some(taken)
    }

    fn time_out(&mut self, id: u64, now_ms: f64) {
        let Some(in_flight) = self.take(id) else { return };
        if in_flight.call.phase == Phase::Measurement {
            self.columns.last_ms = self.columns.last_ms.max(now_ms);
            self.run.requests += 1;
            self.run.timeouts += 1;
        }
    }

    /// What was measured.
    pub fn into_run(mut self) -> Run {
        let Columns { mut rows, stages, models, types, first_ms, last_ms } = self.columns;
        rows.sort_by_key(|row| row.id);
        let run = &mut self.run;
        run.duration_ms = micro((last_ms - first_ms).max(0.0));
        let all = |column: fn(&Row) -> Option<f64>| -> Vec<f64> {
            let values: Option<Vec<f64>> = rows.iter().map(column).collect();
            values.unwrap_or_default()
        };
        run.start_ms = rows.iter().map(|row| micro(row.start_ms - first_ms)).collect();
        run.e2e_ms = rows.iter().map(|row| micro(row.e2e_ms)).collect();
        // Of those that streamed: an answer without content has no first token.
        run.ttft_ms = rows.iter().filter_map(|row| row.ttft_ms.map(micro)).collect();
        run.inter_token_ms = rows.iter().filter_map(|row| row.inter_token_ms.map(micro)).collect();
        run.cost_usd = all(|row| row.cost_usd);
        run.models = models.into_iter().map(|(name, count)| (name.to_string(), count)).collect();
        for (name, used) in types {
            run.types.entry(name.to_string()).or_default().add(&used);
        }
        run.stages = stages
            .into_iter()
            .map(|(name, mut values)| {
                values.sort_by_key(|(id, _)| *id);
                (name.to_string(), values.into_iter().map(|(_, ms)| micro(ms)).collect())
            })
            .collect();
        self.run
    }
}

/// A time to the microsecond: clocks are no finer, and documents stay short.
fn micro(ms: f64) -> f64 {
    libm::round(ms * 1000.0) / 1000.0
}

/// Evenly refilled credit for requests or tokens, one second's worth at most, so that a run is
/// paced from its first second on.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    per_ms: Option<f64>,
    most: f64,
    level: f64,
    at_ms: f64,
}

impl Bucket {
    fn new(per_minute: Option<f64>, largest: f64, now_ms: f64) -> Self {
        let most = per_minute.map_or(0.0, |rate| (rate / 60.0).max(largest));
        Bucket { per_ms: per_minute.map(|rate| rate / 60_000.0), most, level: most, at_ms: now_ms }
    }

    /// When so much can be taken.
    fn at(&self, now_ms: f64, amount: f64) -> f64 {
        let Some(per_ms) = self.per_ms else { return now_ms };
        let missing = amount.min(self.most) - (self.level + (now_ms - self.at_ms) * per_ms);
        // A billionth of a token is rounding.
        if missing <= 1e-9 * self.most { now_ms } else { now_ms + missing / per_ms }
    }

    fn take(&mut self, now_ms: f64, amount: f64) {
        let Some(per_ms) = self.per_ms else { return };
        self.level = (self.level + (now_ms - self.at_ms) * per_ms).min(self.most) - amount;
        self.at_ms = now_ms;
    }
}
