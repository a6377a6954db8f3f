use rehearsal::bedrock::EXCEPTIONS;
use rehearsal::words::Word;
use serde_json::{Value, json};
use yew::prelude::*;

use crate::components::{Choice, icon};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub(super) struct FaultProps {
    pub faults: UseStateHandle<Vec<Value>>,
}

/// Faults that wait for the next requests.
#[component]
pub(super) fn FaultQueue(props: &FaultProps) -> Html {
    let speech = use_speech();
    let faults = &props.faults;
    let mut options = vec![(String::new(), speech.word(Word::ui_add_fault))];
    options.extend(
        EXCEPTIONS.iter().map(|kind| (format!("http {}", kind.name), format!("{} {}", kind.status, kind.name))),
    );
    let in_stream = [
        "exception_frame",
        "error_frame",
        "cut_frame",
        "cut_character",
        "early_end",
        "crc_flip",
        "unknown_event",
        "stall",
        "slow_first_token",
    ];
    options.extend(in_stream.map(|kind| (kind.to_string(), kind.replace('_', " "))));
    let add = {
        let faults = faults.clone();
        Callback::from(move |key: String| {
            let fault = match key.split_once(' ') {
                Some((kind, code)) => json!({"kind": kind, "code": code}),
                None if key.is_empty() => return,
                None => json!({"kind": key, "after_events": 3, "ms": 3000}),
            };
            faults.set((*faults).iter().cloned().chain([fault]).collect());
        })
    };
    html! {
        <div class="faults">
            <Choice label={speech.word(Word::ui_faults)} labelled=true {options} chosen="" menu=true on_choose={add} />
            if !faults.is_empty() {
                <ul>
                    for (index, fault) in faults.iter().enumerate() {
                        <li>
                            <code>{ format!("{} {}", fault["kind"].as_str().unwrap_or_default(), fault["code"].as_str().unwrap_or_default()) }</code>
                            <button class="quiet icon" aria-label={speech.word(Word::ui_discard)} onclick={
                                let faults = faults.clone();
                                Callback::from(move |_: MouseEvent| {
                                    let mut rest = (*faults).clone();
                                    rest.remove(index);
                                    faults.set(rest);
                                })
                            }>{ icon("remove") }</button>
                        </li>
                    }
                </ul>
            }
        </div>
    }
}
