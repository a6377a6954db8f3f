//! The same request through every door that serves the model, byte by byte beside each other.

use std::rc::Rc;

use rehearsal::bedrock::{Body, Reply};
use rehearsal::doors::{Asking, Side, sides};
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, LatencyMode, Mock};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::form::Form;
use super::wire::{frame_texts, hex_dump};
use crate::lab::shelf::Shelf;
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub(super) struct SidesProps {
    pub form: Form,
    pub shelf: Rc<Shelf>,
}

/// Every side's answer to what is composed.
#[component]
pub(super) fn Sides(props: &SidesProps) -> Html {
    let speech = use_speech();
    let answers = use_memo((props.form.clone(), props.shelf.clone()), |(form, shelf)| answers(form, shelf));
    if answers.is_empty() {
        return html! { <p class="finding">{ speech.word(Word::ui_no_sides) }</p> };
    }
    html! {
        <>
            <p class="hint">{ speech.word(Word::ui_sides_hint) }</p>
            <div class="sides">
                for (side, path, reply) in answers.iter() {
                    <section class="side">
                        <h3>{ format!("{} · {}", side.operation.name(), side.host.key()) }</h3>
                        <p class="hint"><code>{ format!("POST {path}") }</code>{ " " }<code>{ side.model.clone() }</code></p>
                        <p class="hint">{ speech.say(&Message::new(Word::ui_side_size)
                            .number("status", f64::from(reply.status)).number("bytes", reply.bytes().len() as f64)
                            .number("parts", parts(reply) as f64)) }</p>
                        <pre class="code" tabindex="0">{ text_of(reply) }</pre>
                        <details><summary>{ speech.word(Word::ui_side_bytes) }</summary><pre class="code hex" tabindex="0">{ hex_dump(&reply.bytes()) }</pre></details>
                    </section>
                }
            </div>
        </>
    }
}

fn answers(form: &Form, shelf: &Shelf) -> Vec<(Side, String, Reply)> {
    let config =
        form.setup.config(form.fallback).unwrap_or_else(|_| Config { fallback: form.fallback, ..Config::default() });
    let config = Config { latency: LatencyMode::None, ..config };
    let Ok(library) = Library::new(shelf.library.iter().cloned()) else { return Vec::new() };
    let (library, catalog) = (std::sync::Arc::new(library), rehearsal::mock::full_catalog());
    let asked = |side: Side| {
        // Each side is asked by itself: the first call of a mock, so that ids and chunks are the same.
        let mut mock = Mock::new(library.clone(), catalog.clone(), config.clone());
        let request = Asking { model: side.model.clone(), ..form.asking() }.request(side.operation);
        let reply = mock.handle(&request, 0.0);
        (side, request.path, reply)
    };
    sides(&form.model).into_iter().map(asked).collect()
}

fn parts(reply: &Reply) -> usize {
    if let Body::Stream(pieces, _) = &reply.body { pieces.len() } else { 1 }
}

/// The body as it goes over the wire where it is text, its frames decoded where it is not.
fn text_of(reply: &Reply) -> String {
    let bytes = reply.bytes();
    String::from_utf8(bytes).unwrap_or_else(|binary| frame_texts(binary.as_bytes()))
}
