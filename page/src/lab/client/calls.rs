//! The mock of the view and the last exchange with it; the first is an example.

use std::cell::RefCell;
use std::rc::Rc;

use rehearsal::bedrock::Request;
use rehearsal::bedrock::event_stream::decode_all;
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Fallback, Mock};
use serde_json::Value;
use yew::prelude::*;

use super::answer::Exchange;
use super::form::Form;
use super::setup::Setup;
use crate::lab::shelf::Shelf;
use crate::platform::clock::Frames;
use crate::platform::page;

/// Between the end of a call and the next one, where nothing else is asked.
const PAUSE_MS: f64 = 1_000.0;

/// The calls of the view.
pub(super) struct Calls {
    pub mock: Rc<RefCell<Mock>>,
    pub exchange: UseStateHandle<Option<Exchange>>,
    /// Virtual milliseconds since the request was sent; `None` when everything has arrived.
    pub clock: UseStateHandle<Option<f64>>,
    /// Faults that wait for the next calls.
    pub faults: UseStateHandle<Vec<Value>>,
    /// Sends what is composed.
    pub send: Callback<()>,
    /// Sends the last request once more.
    pub again: Callback<()>,
    pub reset: Callback<()>,
}

/// A mock with the files of the shelf, and an example that it has answered before anything is sent.
#[hook]
pub(super) fn use_calls(form: &UseStateHandle<Form>, shelf: &Rc<Shelf>) -> Calls {
    let mock = use_mut_ref(|| mock_of(shelf, form.fallback, &form.setup));
    let exchange = use_state(|| answered(&mut mock.borrow_mut(), form.request(), 0.0, true));
    let clock = use_state(|| None::<f64>);
    let faults = use_state(Vec::<Value>::new);
    use_renewed(&mock, &exchange, shelf, (form.fallback, form.setup.clone()));
    use_running(&clock, exchange.as_ref().map_or(0.0, |exchange| exchange.reply.end_ms()), form.speed);
    let sender = {
        let (form, mock, exchange, clock, faults) =
            (form.clone(), mock.clone(), exchange.clone(), clock.clone(), faults.clone());
        Callback::from(move |request: Request| {
            let mut mock = mock.borrow_mut();
            if !faults.is_empty() && mock.set_faults(&Value::Array((*faults).clone())).is_ok() {
                faults.set(Vec::new());
            }
            let Some(done) = answered(&mut mock, request, form.pause_min * 60_000.0, false) else { return };
            clock.set((form.speed > 0.0).then_some(0.0));
            page::turn_to(".client .results");
            exchange.set(Some(done));
        })
    };
    let send = {
        let form = form.clone();
        sender.reform(move |()| form.request())
    };
    let again = {
        let exchange = exchange.clone();
        Callback::from(move |()| {
            if let Some(exchange) = &*exchange {
                sender.emit(exchange.request.clone());
            }
        })
    };
    let reset = {
        let (mock, exchange, clock) = (mock.clone(), exchange.clone(), clock.clone());
        Callback::from(move |()| {
            mock.borrow_mut().reset();
            exchange.set(None);
            clock.set(None);
        })
    };
    Calls { mock, exchange, clock, faults, send, again, reset }
}

/// A new mock where the shelf or what the mock is to do has changed; an example that is still shown is answered by it, too.
#[hook]
fn use_renewed(
    mock: &Rc<RefCell<Mock>>,
    exchange: &UseStateHandle<Option<Exchange>>,
    shelf: &Rc<Shelf>,
    told: (Fallback, Setup),
) {
    let known = use_mut_ref(|| (shelf.clone(), told.clone()));
    let (mock, exchange) = (mock.clone(), exchange.clone());
    use_effect_with((shelf.clone(), told), move |now| {
        if known.replace(now.clone()) == *now {
            return;
        }
        let (shelf, (fallback, setup)) = now;
        *mock.borrow_mut() = mock_of(shelf, *fallback, setup);
        if let Some(example) = exchange.as_ref().filter(|exchange| exchange.example) {
            exchange.set(answered(&mut mock.borrow_mut(), example.request.clone(), 0.0, true));
        }
    });
}

/// Lets the time of an answer pass, frame by frame, as fast as is asked.
#[hook]
fn use_running(clock: &UseStateHandle<Option<f64>>, end: f64, speed: f64) {
    let clock = clock.clone();
    use_effect_with((*clock, end), move |(now, end)| {
        let (now, end) = (*now, *end);
        let frames = now.map(|now| {
            Frames::start(move |ms| {
                let next = now + ms * speed;
                clock.set((next < end).then_some(next));
            })
        });
        move || drop(frames)
    });
}

/// What cannot be used of the setup stands beside its fields, and the mock goes without.
pub(super) fn mock_of(shelf: &Shelf, fallback: Fallback, setup: &Setup) -> Mock {
    let config = setup.config(fallback).unwrap_or_else(|_| Config { fallback, ..Config::default() });
    // What the shelf holds can stand together.
    let library = Library::new(shelf.library.iter().cloned()).unwrap_or_default();
    Mock::new(library, crate::lab::prices::catalog().clone(), config)
}

/// Asks the mock, so long after its last call.
pub(super) fn answered(mock: &mut Mock, request: Request, pause_ms: f64, example: bool) -> Option<Exchange> {
    let pause_ms = pause_ms.max(PAUSE_MS);
    let at_ms = mock.ledger().last().map_or(0.0, |last| last.at_ms + last.latency_ms + pause_ms);
    let reply = mock.handle(&request, at_ms);
    let frames = decode_all(&reply.bytes()).unwrap_or_default();
    let record = mock.ledger().last()?;
    Some(Exchange { request, reply: Rc::new(reply), frames: Rc::new(frames), record, example })
}
