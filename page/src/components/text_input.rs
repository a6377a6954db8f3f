//! A text field that keeps what is typed into it until it is taken, whatever is drawn around it meanwhile.

use std::rc::Rc;

use yew::prelude::*;

use super::draft::use_draft;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The text as it is known.
    pub value: String,
    /// Gets what was typed when it is done: by Enter, or by leaving the field.
    pub on_take: Callback<String>,
    /// What it is called where no label stands around it.
    #[prop_or_default]
    pub label: Option<String>,
    /// Its name for tests and links.
    #[prop_or_default]
    pub field: Option<String>,
    #[prop_or_default]
    pub placeholder: Option<String>,
    #[prop_or_default]
    pub class: &'static str,
}

/// A line of text. What is being typed stays, whatever is drawn anew around it meanwhile.
#[component]
pub fn TextInput(props: &Props) -> Html {
    let take = props.on_take.clone();
    let settled = Callback::from(move |(text, settled): (String, bool)| {
        if settled {
            take.emit(text);
        }
    });
    let draft = use_draft(Rc::new(|text: &str| Some(text.to_string())), settled);
    html! {
        <input type="text" class={(!props.class.is_empty()).then_some(props.class)} maxlength="120" value={draft.text.unwrap_or_else(|| props.value.clone())}
            aria-label={props.label.clone()} placeholder={props.placeholder.clone()} data-field={props.field.clone()}
            oninput={draft.oninput} onblur={draft.onblur} onkeydown={draft.onkeydown} />
    }
}
