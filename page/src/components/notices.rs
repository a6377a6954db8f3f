use rehearsal::problem::Problem;
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::speech::Speech;

/// The word's name, of those that the page begins with.
fn key(word: Word) -> &'static str {
    Word::first_table().get(word as usize).map_or("", |(key, _)| key)
}

/// The most problems that are listed; the first ones say what to do.
const MOST: usize = 8;

/// Something said above the views, with the ways out; `alarming` is what went wrong.
pub fn notice(
    speech: &Speech,
    what: &Message,
    (problems, alarming): (&[Problem], bool),
    ways: Html,
    on_close: Option<Callback<MouseEvent>>,
) -> Html {
    html! {
        <div class={classes!("notice", alarming.then_some("alarming"))} data-notice={key(what.word)}
            role={if alarming { "alert" } else { "status" }}>
            <p>{ speech.say(what) }</p>
            <div class="ways">
                { ways }
                if let Some(close) = on_close {
                    <button class="quiet" onclick={close}>{ speech.word(Word::ui_close) }</button>
                }
            </div>
            if !problems.is_empty() {
                <ul>
                    for problem in problems.iter().take(MOST) {
                        <li>{ problem.say(speech.0.as_ref()) }</li>
                    }
                </ul>
            }
        </div>
    }
}
