use std::rc::Rc;

use rehearsal::bench::{Comparison, Family, Outcome};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub family: Rc<Family>,
}

/// Each verdict as a plain sentence, with what should be known beside it.
#[component]
pub fn Verdicts(props: &Props) -> Html {
    let speech = use_speech();
    let class = |outcome: Outcome| format!("verdict {}", outcome.key());
    let all = |comparison: &Comparison| {
        let verdict = &comparison.verdict;
        html! {
            <li class={class(verdict.verdict)}>
                <strong>{ speech.word(verdict.verdict.word()) }</strong>
                <p>{ speech.say(&verdict.sentence(&comparison.benchmark)) }</p>
                for note in verdict.notes.iter() {
                    <p class="hint">{ speech.say(note) }</p>
                }
            </li>
        }
    };
    html! {
        <section class="card" aria-labelledby="verdicts-title">
            <h2 id="verdicts-title">{ speech.word(Word::bench_verdicts) }</h2>
            <ul class="verdicts" role="status" data-figure="verdicts">
                for comparison in props.family.comparisons.iter() {
                    { all(comparison) }
                }
            </ul>
            if props.family.size > 1 {
                <p class="hint">{ speech.say(&Message::new(Word::bench_note_family).number("size", props.family.size as f64)) }</p>
            }
        </section>
    }
}
