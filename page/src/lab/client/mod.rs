mod answer;
mod cache;
mod cache_controls;
mod calls;
mod code;
mod composer;
mod delivery;
mod faults;
mod form;
mod log;
mod rules;
mod setup;
mod sides;
mod wire;

use std::rc::Rc;

use rehearsal::words::Word;
use yew::prelude::*;

use self::answer::answer_card;
use self::cache::CacheCard;
use self::cache_controls::CacheControls;
use self::calls::{Calls, use_calls};
use self::code::Code;
use self::composer::Composer;
use self::delivery::DeliveryPanel;
use self::faults::FaultQueue;
use self::form::{Form, use_form};
use self::log::log;
use self::rules::rules;
use self::setup::SetupControls;
use self::sides::Sides;
use self::wire::{frame_list, http_exchange};
use super::shelf::Shelf;
use crate::components::{Tabs, icon};
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
    Delivery,
    Doors,
    Rules,
    Log,
    Usage,
    Code,
}

const PANELS: [(Panel, Word); 8] = [
    (Panel::Exchange, Word::ui_panel_exchange),
    (Panel::Frames, Word::ui_panel_frames),
    (Panel::Delivery, Word::ui_panel_delivery),
    (Panel::Doors, Word::ui_panel_doors),
    (Panel::Rules, Word::ui_panel_rules),
    (Panel::Log, Word::ui_panel_log),
    (Panel::Usage, Word::ui_panel_usage),
    (Panel::Code, Word::ui_panel_code),
];

/// A client of the mock: compose a request, send it, see everything that goes over the wire.
#[component]
pub fn ClientView(props: &Props) -> Html {
    let speech = use_speech();
    let form = use_form(|| speech.word(Word::ui_client_example_prompt));
    let calls = use_calls(&form, &props.shelf);
    let panel = use_state(|| Panel::Exchange);
    let onkeydown = {
        let send = calls.send.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                send.emit(());
            }
        })
    };
    let panels = PANELS.map(|(panel, word)| (panel, speech.word(word))).to_vec();
    let choose_panel = {
        let panel = panel.clone();
        Callback::from(move |chosen| panel.set(chosen))
    };
    let press = |act: &Callback<()>| act.reform(|_: MouseEvent| ());
    html! {
        <div class="panes fixtures client">
            <section class="editor" aria-labelledby="client-title" {onkeydown}>
                <h2 id="client-title">{ speech.word(Word::ui_view_client) }</h2>
                <Composer form={form.clone()} shelf={props.shelf.clone()} />
                <CacheControls form={form.clone()} />
                <SetupControls form={form.clone()} />
                <FaultQueue faults={calls.faults.clone()} />
                <div class="controls">
                    <button class="primary" data-action="send" onclick={press(&calls.send)}>
                        { icon("play") }{ speech.word(Word::ui_send) }
                    </button>
                    <button onclick={press(&calls.reset)}>{ icon("restart") }{ speech.word(Word::ui_reset_mock) }</button>
                </div>
                <p class="hint">{ speech.word(Word::ui_client_hint) }</p>
            </section>
            <div class="results">
                if let Some(exchange) = &*calls.exchange {
                    { answer_card(&speech, exchange, *calls.clock, &calls.again) }
                    <CacheCard record={exchange.record.clone()} />
                } else {
                    <section class="card"><p class="finding">{ speech.word(Word::ui_client_empty) }</p></section>
                }
                <section class="card">
                    <Tabs<Panel> label={speech.word(Word::ui_panels)} tabs={panels} chosen={*panel} on_choose={choose_panel} />
                    { panel_of(&speech, *panel, &calls, &form, &props.shelf) }
                </section>
            </div>
        </div>
    }
}

fn panel_of(speech: &Speech, panel: Panel, calls: &Calls, form: &Form, shelf: &Rc<Shelf>) -> Html {
    match (panel, &*calls.exchange) {
        (Panel::Exchange, Some(exchange)) => http_exchange(exchange),
        (Panel::Frames, Some(exchange)) => frame_list(speech, exchange),
        (Panel::Delivery, Some(exchange)) => html! { <DeliveryPanel exchange={exchange.clone()} /> },
        (Panel::Doors, _) => html! { <Sides form={form.clone()} shelf={shelf.clone()} /> },
        (Panel::Rules, _) => rules(speech, &form.model),
        (Panel::Log, _) => log(speech, &calls.mock),
        (Panel::Usage, _) => {
            let report = serde_json::to_string_pretty(&calls.mock.borrow().ledger().report()).unwrap_or_default();
            html! { <pre class="code" tabindex="0" data-figure="usage">{ report }</pre> }
        }
        (Panel::Code, _) => {
            html! { <Code operation={form.operation} model={form.model.clone()} body={form.body()} fallback={form.fallback} /> }
        }
        (_, None) => html! { <p class="finding">{ speech.word(Word::ui_client_empty) }</p> },
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
