//! How far something long is, with a way out.

use rehearsal::words::Word;
use yew::prelude::*;

use crate::speech::Speech;

/// Something long that goes on.
pub struct Working {
    /// What is done, and how far it is.
    pub said: String,
    /// What the bar is of, for those who do not see it.
    pub label: String,
    /// How far it is, 0 to 1.
    pub done: f64,
    /// A stable name for tests of what ends it.
    pub action: Option<&'static str>,
    pub cancel: Callback<MouseEvent>,
}

/// How far something long is, with a way out.
pub fn working(speech: &Speech, working: &Working) -> Html {
    html! {
        <div class="working" role="status">
            <span>{ &working.said }</span>
            <progress max="1000" value={(libm::round(working.done * 1000.0) as u32).to_string()} aria-label={working.label.clone()} />
            <button class="small" onclick={&working.cancel} data-action={working.action}>{ speech.word(Word::ui_cancel) }</button>
        </div>
    }
}

/// How far a simulation is, 0 to 1, with a way out.
pub fn progress(speech: &Speech, done: f64, cancel: &Callback<()>) -> Html {
    let label = speech.word(Word::ui_simulating);
    let said = format!("{label} {}", speech.percent(Some(done)));
    working(speech, &Working { said, label, done, action: None, cancel: cancel.reform(|_: MouseEvent| ()) })
}
