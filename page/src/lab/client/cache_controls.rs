//! Where the cache point stands, how long it lives, and when the call comes.

use rehearsal::bedrock::CacheTtl;
use rehearsal::doors::PointAfter;
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::form::{Form, changed};
use crate::components::Choice;
use crate::speech::use_speech;

/// Minutes that may pass between two calls: within both lifetimes, past the shorter, past both.
const PAUSES_MIN: [f64; 4] = [0.0, 4.0, 6.0, 61.0];

#[derive(Properties, PartialEq)]
pub(super) struct CacheControlProps {
    pub form: UseStateHandle<Form>,
}

/// The controls of the prompt cache.
#[component]
pub(super) fn CacheControls(props: &CacheControlProps) -> Html {
    let speech = use_speech();
    let form = &props.form;
    let change = |set| changed(form, set);
    let places = [
        ("", Word::ui_cache_point_none),
        ("system", Word::ui_cache_point_system),
        ("prompt", Word::ui_cache_point_prompt),
    ]
    .map(|(key, word)| (key.to_string(), speech.word(word)))
    .to_vec();
    let lives = [(CacheTtl::Minutes5, Word::ui_cache_5m), (CacheTtl::Hour, Word::ui_cache_1h)]
        .map(|(ttl, word)| (ttl.key().to_string(), speech.word(word)))
        .to_vec();
    let pause = |minutes: f64| match minutes {
        0.0 => speech.word(Word::ui_at_once),
        _ => speech.say(&Message::new(Word::ui_since_last_min).number("count", minutes)),
    };
    let pauses = PAUSES_MIN.map(|minutes| (minutes.to_string(), pause(minutes))).to_vec();
    let after = match form.point_after {
        None => "",
        Some(PointAfter::System) => "system",
        Some(PointAfter::Prompt) => "prompt",
    };
    html! {
        <>
            if form.asking().takes_cache_point(form.operation) {
                <Choice label={speech.word(Word::ui_cache_point)} labelled=true options={places} chosen={after}
                    on_choose={change(|form, key| form.point_after = match key.as_str() {
                        "system" => Some(PointAfter::System),
                        "prompt" => Some(PointAfter::Prompt),
                        _ => None,
                    })} />
                if form.point_after.is_some() {
                    <Choice label={speech.word(Word::ui_cache_ttl)} labelled=true options={lives} chosen={form.point_ttl.key()}
                        on_choose={change(|form, key| form.point_ttl = CacheTtl::of(&key.into()))} />
                }
            } else {
                <p class="hint">{ speech.word(Word::ui_cache_no_points) }</p>
            }
            <Choice label={speech.word(Word::ui_since_last)} labelled=true options={pauses} chosen={form.pause_min.to_string()}
                on_choose={change(|form, text| form.pause_min = text.parse().unwrap_or(0.0))} />
        </>
    }
}
