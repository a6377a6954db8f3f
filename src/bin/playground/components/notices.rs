use rehearsal::problem::Problem;
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub what: Message,
    #[prop_or_default]
    pub problems: Vec<Problem>,
    /// It is about something that went wrong.
    #[prop_or_default]
    pub alarming: bool,
    /// The ways out.
    #[prop_or_default]
    pub children: Html,
    pub on_close: Option<Callback<()>>,
}

/// The most problems that are listed; the first ones say what to do.
const MOST: usize = 8;

/// Something said above the views, with what to do about it.
#[component]
pub fn Notice(props: &Props) -> Html {
    let speech = use_speech();
    let close = props.on_close.as_ref().map(|on_close| on_close.reform(|_: MouseEvent| ()));
    html! {
        <div class={classes!("notice", props.alarming.then_some("alarming"))} data-notice={props.what.word.key()}
            role={if props.alarming { "alert" } else { "status" }}>
            <p>{ speech.say(&props.what) }</p>
            <div class="ways">
                { props.children.clone() }
                if let Some(close) = close {
                    <button class="quiet" onclick={close}>{ speech.word(Word::ui_close) }</button>
                }
            </div>
            if !props.problems.is_empty() {
                <ul>
                    for problem in props.problems.iter().take(MOST) {
                        <li>{ problem.say(speech.0.as_ref()) }</li>
                    }
                </ul>
            }
        </div>
    }
}
