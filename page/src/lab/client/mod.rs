mod answer;
mod code;
mod composer;
mod faults;
mod form;
mod log;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;

use rehearsal::bedrock::event_stream::decode_all;
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Fallback, LatencyMode, Mock};
use rehearsal::words::Word;
use serde_json::Value;
use yew::prelude::*;

use self::answer::{Exchange, answer_card};
use self::code::Code;
use self::composer::Composer;
use self::faults::FaultQueue;
use self::form::Form;
use self::log::log;
use self::wire::{frame_list, http_exchange};
use super::shelf::Shelf;
use crate::components::{Tabs, icon};
use crate::platform::clock::Frames;
use crate::platform::page;
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub shelf: Rc<Shelf>,
}

/// The parts of an exchange to look at.
#[derive(Clone, Copy, PartialEq)]
enum Panel {
    Exchange,
    Frames,
    Log,
    Usage,
    Code,
}

/// A client of the mock: compose a request, send it, see everything that goes over the wire.
#[component]
pub fn ClientView(props: &Props) -> Html {
    let speech = use_speech();
    let form = use_state(Form::new);
    let mock =
        use_mut_ref(|| Mock::new(Library::default(), crate::lab::prices::catalog().clone(), config(Fallback::Echo)));
    let exchange = use_state(|| None::<Exchange>);
    // Virtual milliseconds since the request was sent; `None` when everything has arrived.
    let clock = use_state(|| None::<f64>);
    let panel = use_state(|| Panel::Exchange);
    let faults = use_state(Vec::<Value>::new);
    {
        let (mock, shelf, fallback) = (mock.clone(), props.shelf.clone(), form.fallback);
        use_effect_with((shelf, fallback), move |(shelf, fallback)| {
            // What the shelf holds can stand together.
            if let Ok(library) = Library::new(shelf.library.iter().cloned()) {
                *mock.borrow_mut() = Mock::new(library, crate::lab::prices::catalog().clone(), config(*fallback));
            }
        });
    }
    {
        let (clock, end) = (clock.clone(), exchange.as_ref().map_or(0.0, |exchange| exchange.reply.end_ms()));
        let speed = form.speed;
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
    let send = {
        let (form, mock, exchange, clock, faults) =
            (form.clone(), mock.clone(), exchange.clone(), clock.clone(), faults.clone());
        Callback::from(move |()| {
            let request = form.request();
            let mut mock = mock.borrow_mut();
            if !faults.is_empty() && mock.set_faults(&Value::Array((*faults).clone())).is_ok() {
                faults.set(Vec::new());
            }
            let at_ms = mock.ledger().records().last().map_or(0.0, |last| last.at_ms + last.latency_ms + 1000.0);
            let reply = mock.handle(&request, at_ms);
            let frames = decode_all(&reply.bytes()).unwrap_or_default();
            let Some(record) = mock.ledger().records().last().cloned() else { return };
            clock.set((form.speed > 0.0).then_some(0.0));
            page::turn_to(".client .results");
            exchange.set(Some(Exchange { request, reply: Rc::new(reply), frames: Rc::new(frames), record }));
        })
    };
    let onkeydown = {
        let send = send.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                send.emit(());
            }
        })
    };
    let reset = {
        let (mock, exchange, clock) = (mock.clone(), exchange.clone(), clock.clone());
        Callback::from(move |_: MouseEvent| {
            mock.borrow_mut().reset();
            exchange.set(None);
            clock.set(None);
        })
    };
    let panels = [
        (Panel::Exchange, Word::ui_panel_exchange),
        (Panel::Frames, Word::ui_panel_frames),
        (Panel::Log, Word::ui_panel_log),
        (Panel::Usage, Word::ui_panel_usage),
        (Panel::Code, Word::ui_panel_code),
    ]
    .map(|(panel, word)| (panel, speech.word(word)))
    .to_vec();
    let choose_panel = {
        let panel = panel.clone();
        Callback::from(move |chosen| panel.set(chosen))
    };
    html! {
        <div class="panes fixtures client">
            <section class="editor" aria-labelledby="client-title" {onkeydown}>
                <h2 id="client-title">{ speech.word(Word::ui_view_client) }</h2>
                <Composer form={form.clone()} shelf={props.shelf.clone()} />
                <FaultQueue faults={faults.clone()} />
                <div class="controls">
                    <button class="primary" data-action="send" onclick={let send = send.clone(); Callback::from(move |_: MouseEvent| send.emit(()))}>
                        { icon("play") }{ speech.word(Word::ui_send) }
                    </button>
                    <button onclick={reset}>{ icon("restart") }{ speech.word(Word::ui_reset_mock) }</button>
                </div>
                <p class="hint">{ speech.word(Word::ui_client_hint) }</p>
            </section>
            <div class="results">
                if let Some(exchange) = &*exchange {
                    { answer_card(&speech, exchange, *clock) }
                } else {
                    <section class="card"><p class="finding">{ speech.word(Word::ui_client_empty) }</p></section>
                }
                <section class="card">
                    <Tabs<Panel> label={speech.word(Word::ui_panels)} tabs={panels} chosen={*panel} on_choose={choose_panel} />
                    { panel_of(&speech, *panel, exchange.as_ref(), &mock, &form) }
                </section>
            </div>
        </div>
    }
}

fn config(fallback: Fallback) -> Config {
    Config { fallback, latency: LatencyMode::Recorded, ..Config::default() }
}

fn panel_of(speech: &Speech, panel: Panel, exchange: Option<&Exchange>, mock: &Rc<RefCell<Mock>>, form: &Form) -> Html {
    match (panel, exchange) {
        (Panel::Exchange, Some(exchange)) => http_exchange(exchange),
        (Panel::Frames, Some(exchange)) => frame_list(speech, exchange),
        (Panel::Log, _) => log(speech, mock),
        (Panel::Usage, _) => {
            let report = serde_json::to_string_pretty(&mock.borrow().ledger().report()).unwrap_or_default();
            html! { <pre class="code" data-figure="usage">{ report }</pre> }
        }
        (Panel::Code, _) => {
            html! { <Code operation={form.operation} model={form.model.clone()} body={form.body()} fallback={form.fallback} /> }
        }
        (_, None) => html! { <p class="finding">{ speech.word(Word::ui_client_empty) }</p> },
    }
}
