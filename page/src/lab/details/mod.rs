//! The fields that the first view has no room for: every query type in detail, how fast models answer,
//! stages beside them, the people, the hours of the day.
//!
//! Each change goes to the page as a whole scenario with the name of its field, so that undo, links
//! and the simulation need to know of nothing but scenarios.

mod editor;
mod models;
mod people;
mod query_type;
mod stages;
mod traffic;

use std::rc::Rc;

use rehearsal::scenario::Scenario;
use rehearsal::words::Word;
use yew::prelude::*;

use crate::components::Choice;
use crate::platform::page;
use crate::speech::use_speech;
use editor::Editor;
pub use traffic::{arrivals_name, curve_name, retry_name};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whether the first view, where the fields stand, is shown.
    pub shown: bool,
    /// The scenario on the page; `None` before the page said it.
    pub scenario: Option<Rc<Scenario>>,
}

/// The fields, below the query mix of the first view.
#[component]
pub fn Details(props: &Props) -> Html {
    let speech = use_speech();
    let chosen = use_state(|| 0_usize);
    let Some(scenario) = props.scenario.clone().filter(|_| props.shown) else {
        return page::within("details", Html::default());
    };
    let names: Vec<(String, String)> =
        scenario.types.iter().enumerate().map(|(index, kind)| (index.to_string(), kind.name.clone())).collect();
    let index = (*chosen).min(names.len().saturating_sub(1));
    let choose = {
        let chosen = chosen.clone();
        Callback::from(move |key: String| chosen.set(key.parse().unwrap_or_default()))
    };
    let editor = Editor::new(scenario.clone(), speech.clone());
    let group = |key: &'static str, title: Word, content: Html| {
        html! {
            <details class="group" data-group={key}>
                <summary>{ speech.word(title) }</summary>
                <div class="fields">{ content }</div>
            </details>
        }
    };
    page::within(
        "details",
        html! {
            <>
                { group("traffic", Word::ui_traffic, traffic::fields(&editor)) }
                { group("types", Word::det_types, html! {
                    <>
                        <Choice label={speech.word(Word::ui_type)} labelled=true options={names} chosen={index.to_string()} on_choose={choose} />
                        { query_type::fields(&editor, index) }
                    </>
                }) }
                { group("models", Word::det_models, models::fields(&editor)) }
                { group("stages", Word::det_stages, stages::fields(&editor)) }
                { group("people", Word::det_people, people::fields(&editor)) }
            </>
        },
    )
}
