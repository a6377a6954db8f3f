use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The field's name.
    pub field: String,
    /// Why the default is what it is.
    pub reason: Word,
    /// The default as it is written, where the field has left it.
    pub default: Option<String>,
    pub on_reset: Callback<()>,
}

/// Why a field has its default, and the way back to it.
#[component]
pub fn Why(props: &Props) -> Html {
    let speech = use_speech();
    let label = speech.say(&Message::new(Word::ui_why_default).text("field", &props.field));
    let reset = props.on_reset.reform(|_: MouseEvent| ());
    html! {
        <details class="why">
            <summary aria-label={label.clone()} title={label}>{ "?" }</summary>
            <p>
                { speech.word(props.reason) }
                if let Some(default) = &props.default {
                    { " " }
                    <button class="small" onclick={reset}>{ speech.say(&Message::new(Word::ui_reset_to).text("value", default)) }</button>
                }
            </p>
        </details>
    }
}
