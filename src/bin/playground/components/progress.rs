use rehearsal::words::Word;
use yew::prelude::*;

use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// 0 to 1.
    pub done: f64,
    pub cancel: Callback<()>,
}

/// How far something long is, with a way out.
#[component]
pub fn Progress(props: &Props) -> Html {
    let speech = use_speech();
    let cancel = props.cancel.clone();
    html! {
        <div class="working" role="status">
            <span>{ speech.word(Word::ui_simulating) }{ " " }{ speech.percent(Some(props.done)) }</span>
            <progress max="1" value={props.done.to_string()} aria-label={speech.word(Word::ui_simulating)} />
            <button class="small" onclick={Callback::from(move |_: MouseEvent| cancel.emit(()))}>{ speech.word(Word::ui_cancel) }</button>
        </div>
    }
}
