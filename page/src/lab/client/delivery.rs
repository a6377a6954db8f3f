//! The last leg to the browser: the answer as WebSocket messages, and what the assembler makes of them.

use std::collections::BTreeSet;

use rehearsal::bedrock::Body;
use rehearsal::delivery::{Assembler, Progress, SocketMessage, Transit, messages};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::answer::Exchange;
use super::wire::is_sse;
use crate::components::Field;
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub(super) struct DeliveryProps {
    pub exchange: Exchange,
    /// What happens on the way at first.
    #[prop_or_default]
    pub transit: Transit,
}

/// The messages of an answer, in the order they arrive, and the answer put together.
#[component]
pub(super) fn DeliveryPanel(props: &DeliveryProps) -> Html {
    let speech = use_speech();
    let transit = use_state(|| props.transit);
    let sent = use_memo(props.exchange.clone(), sent);
    let change = |set: fn(&mut Transit, f64)| {
        let transit = transit.clone();
        Callback::from(move |(value, _): (f64, bool)| {
            let mut next = *transit;
            set(&mut next, value);
            transit.set(next);
        })
    };
    let shuffle = {
        let transit = transit.clone();
        Callback::from(move |_: MouseEvent| transit.set(Transit { shuffled: !transit.shuffled, ..*transit }))
    };
    let Some(sent) = &*sent else {
        return html! { <p class="finding">{ speech.word(Word::ui_delivery_none) }</p> };
    };
    let arrivals = transit.arrivals(sent.len());
    html! {
        <div class="delivery">
            <h3>{ speech.word(Word::ui_delivery) }</h3>
            <p class="hint">{ speech.word(Word::ui_delivery_hint) }</p>
            <label class="toggle">
                <input type="checkbox" checked={transit.shuffled} onclick={shuffle} data-toggle="shuffle" />
                <span class="label">{ speech.word(Word::ui_delivery_shuffle) }</span>
            </label>
            <div class="row">
                <Field id="delivery-loss" label={speech.word(Word::ui_delivery_loss)} value={libm::round(transit.loss * 100.0)} min=0.0 max=100.0
                    suffix="%" on_edit={change(|transit, percent| transit.loss = percent / 100.0)} />
                <Field id="delivery-seed" label={speech.word(Word::ui_seed)} value={transit.seed as f64} min=0.0 max={1e9}
                    on_edit={change(|transit, seed| transit.seed = seed as u64)} />
            </div>
            { assembled(&speech, sent, &arrivals) }
            { message_table(&speech, sent, &arrivals) }
        </div>
    }
}

/// The messages of an answer; `None` where it is no event stream.
fn sent(exchange: &Exchange) -> Option<Vec<SocketMessage>> {
    let Body::Stream(pieces, _) = &exchange.reply.body else { return None };
    if is_sse(exchange) {
        return None;
    }
    let timed: Vec<_> =
        pieces.iter().zip(exchange.frames.iter()).map(|(piece, frame)| (piece.at_ms, frame.clone())).collect();
    Some(messages(&timed))
}

/// The answer as the assembler has it when the connection closes, and what is missing.
fn assembled(speech: &Speech, sent: &[SocketMessage], arrivals: &[usize]) -> Html {
    let mut assembler = Assembler::new();
    let arrived = arrivals.iter().filter_map(|at| sent.get(*at));
    let wrong = arrived.filter_map(|message| assembler.message(&message.text).err()).next();
    let progress = assembler.progress();
    let verdict = match wrong {
        Some(error) => speech.say(&error.message()),
        None => speech.say(&verdict(&progress)),
    };
    let whole = matches!(progress.end, Some(Ok(_)));
    html! {
        <section aria-labelledby="assembled-title">
            <h3 id="assembled-title">{ speech.word(Word::ui_delivery_assembled) }</h3>
            <p class={classes!("finding", (!whole).then_some("bad"))} role="status" data-figure="assembly">{ verdict }</p>
            <div class="dialogue"><p class={classes!("bubble", if whole { "model" } else { "error" })} data-figure="assembled">{ progress.text.to_string() }</p></div>
        </section>
    }
}

/// What became of the answer, in words.
fn verdict(progress: &Progress<'_>) -> Message {
    match progress.end {
        Some(Ok(reason)) => Message::new(Word::ui_delivery_whole).text("reason", reason),
        Some(Err(error)) => Message::new(Word::ui_delivery_failed).text("error", error),
        None if progress.held > 0 => Message::new(Word::ui_delivery_gap)
            .number("next", progress.next as f64)
            .number("held", progress.held as f64)
            .number("missing", progress.missing as f64),
        None => match progress.next.checked_sub(1) {
            Some(last) => Message::new(Word::ui_delivery_cut).number("last", last as f64),
            None => Message::new(Word::ui_delivery_nothing),
        },
    }
}

/// Every message in the order it arrives; those that are lost stand at the end.
fn message_table(speech: &Speech, sent: &[SocketMessage], arrivals: &[usize]) -> Html {
    let arrived: BTreeSet<usize> = arrivals.iter().copied().collect();
    let lost = (0..sent.len()).filter(|at| !arrived.contains(at));
    let rows = arrivals.iter().copied().map(|at| (at, true)).chain(lost.map(|at| (at, false)));
    let title = speech.say(
        &Message::new(Word::ui_delivery_messages)
            .number("arrived", arrivals.len() as f64)
            .number("sent", sent.len() as f64),
    );
    let row = |(at, arrived): (usize, bool)| {
        let message = sent.get(at)?;
        Some(html! {
            <tr class={classes!((!arrived).then_some("off"))}>
                <td class="n">{ at }</td>
                <td class="n">{ if arrived { speech.ms(Some(message.at_ms)) } else { speech.word(Word::ui_delivery_lost) } }</td>
                <td class="n">{ speech.number(message.text.len() as f64) }</td>
                <td><code>{ message.text.clone() }</code></td>
            </tr>
        })
    };
    html! {
        <>
            <h3 id="messages-title">{ title }</h3>
            <div class="scroll messages" tabindex="0" role="group" aria-labelledby="messages-title">
                <table class="figures" data-figure="messages">
                    <thead><tr>
                        <th scope="col" class="n">{ "seq" }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_delivery_sent) }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_delivery_size) }</th>
                        <th scope="col">{ speech.word(Word::ui_delivery_message) }</th>
                    </tr></thead>
                    <tbody>{ for rows.filter_map(row) }</tbody>
                </table>
            </div>
        </>
    }
}
