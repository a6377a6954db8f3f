//! A view-only link as a report: what the scenario rests on, to be read.

use std::rc::Rc;

use rehearsal::scenario::{Curve, Scenario};
use rehearsal::words::Word;
use yew::prelude::*;

use super::details::{arrivals_name, curve_name, retry_name};
use crate::components::{cached_tokens, models_of, prompt_tokens};
use crate::platform::page;
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario on the page, where the first view is shown.
    pub scenario: Option<Rc<Scenario>>,
}

/// What a shared result rests on, to be read: it stands where the page can only be looked at.
#[component]
pub fn Report(props: &Props) -> Html {
    let speech = use_speech();
    page::within("report", props.scenario.as_deref().map(|scenario| inputs(&speech, scenario)).unwrap_or_default())
}

/// The query mix, the traffic, the limits that are set.
fn inputs(speech: &Speech, scenario: &Scenario) -> Html {
    let heads =
        [Word::ui_share, Word::ui_hit_rate, Word::ui_prompt_tokens, Word::ui_cached_tokens, Word::ui_output_tokens];
    html! {
        <section class="card" aria-labelledby="inputs-title" data-figure="inputs">
            <h2 id="inputs-title">{ speech.word(Word::ui_mix) }</h2>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="inputs-title">
            <table class="figures">
                <thead><tr>
                    <th scope="col">{ speech.word(Word::ui_type) }</th>
                    for word in heads {
                        <th scope="col" class="n">{ speech.word(word) }</th>
                    }
                    <th scope="col">{ speech.word(Word::ui_model) }</th>
                </tr></thead>
                <tbody>
                    for (index, kind) in scenario.types.iter().enumerate() {
                        <tr class={format!("c{}", index % 8)}>
                            <th scope="row"><span class="dot" />{ &kind.name }</th>
                            <td class="n">{ speech.percent(Some(kind.share_pct / 100.0)) }</td>
                            <td class="n">{ speech.percent(Some(kind.cache.hit_rate)) }</td>
                            for tokens in [prompt_tokens(kind), cached_tokens(kind), kind.output_tokens.mean()] {
                                <td class="n">{ speech.number(tokens) }</td>
                            }
                            <td>{ models_of(scenario, Some(kind)) }</td>
                        </tr>
                    }
                </tbody>
            </table>
            </div>
            { facts(speech, scenario) }
        </section>
    }
}

/// When messages come, what limits them, and what is tried again.
fn facts(speech: &Speech, scenario: &Scenario) -> Html {
    let (traffic, capacity) = (&scenario.traffic, &scenario.capacity);
    let curve = match &traffic.curve {
        Curve::Hours(_) => Word::ui_preset_own,
        Curve::Named(name) => curve_name(name),
    };
    let count = |value: f64| speech.number(value);
    let time = |value: f64| speech.ms(Some(value));
    let limits = [
        (Word::ui_concurrency, capacity.concurrency.map(count)),
        (Word::ui_queue_timeout, capacity.queue_timeout_ms.map(time)),
        (Word::ui_rpm, capacity.rpm.map(count)),
        (Word::ui_tpm, capacity.tpm.map(count)),
        (Word::ui_patience, scenario.patience_ms.as_ref().map(|patience| time(patience.mean()))),
    ];
    let said = [
        (Word::ui_curve, Some(speech.word(curve))),
        (Word::ui_arrivals, Some(speech.word(arrivals_name(traffic.arrivals)))),
        (Word::ui_retry_mode, Some(speech.word(retry_name(scenario.retry.mode)))),
        (Word::ui_attempts, Some(count(f64::from(scenario.retry.attempts())))),
        (Word::ui_seed, Some(scenario.seed.to_string())),
    ];
    html! {
        <dl class="facts">
            for (word, value) in said.into_iter().chain(limits).filter_map(|(word, value)| Some((word, value?))) {
                <div><dt>{ speech.word(word) }</dt><dd>{ value }</dd></div>
            }
        </dl>
    }
}
