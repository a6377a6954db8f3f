use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::speech::Speech;

/// What a field is, and the way back to its default: the default as it is written, where the field
/// has left it.
pub fn why(speech: &Speech, field: &str, reason: Word, reset: Option<(String, Callback<MouseEvent>)>) -> Html {
    let label = speech.say(&Message::new(Word::ui_why_default).text("field", field));
    html! {
        <details class="why">
            <summary aria-label={label.clone()} title={label}>{ "?" }</summary>
            <p>
                { speech.word(reason) }
                if let Some((default, reset)) = reset {
                    { " " }
                    <button class="small" onclick={reset}>{ speech.say(&Message::new(Word::ui_reset_to).text("value", default)) }</button>
                }
            </p>
        </details>
    }
}
