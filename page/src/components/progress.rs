use rehearsal::words::Word;
use yew::prelude::*;

use crate::speech::Speech;

/// How far something long is, 0 to 1, with a way out.
pub fn progress(speech: &Speech, done: f64, cancel: &Callback<()>) -> Html {
    let cancel = cancel.clone();
    html! {
        <div class="working" role="status">
            <span>{ speech.word(Word::ui_simulating) }{ " " }{ speech.percent(Some(done)) }</span>
            <progress max="1000" value={(libm::round(done * 1000.0) as u32).to_string()} aria-label={speech.word(Word::ui_simulating)} />
            <button class="small" onclick={Callback::from(move |_: MouseEvent| cancel.emit(()))}>{ speech.word(Word::ui_cancel) }</button>
        </div>
    }
}
