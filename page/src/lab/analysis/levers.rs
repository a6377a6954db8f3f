//! What moves the bill: lever by lever from the dearest way to run the traffic, and input by input.

use rehearsal::chart::{tornado, waterfall};
use rehearsal::cost::{Sensitivity, Waterfall};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::bars::Bars;
use super::panel::{Figures, Panel};
use super::state::Lens;
use crate::speech::{Speech, use_speech};

/// From everything on the strong model to today.
#[component]
pub fn WaterfallPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    html! {
        <Panel id="waterfall" title={Word::an_waterfall} lead={Word::an_waterfall_lead} how={Word::an_waterfall_how}>
            {
                match &lens.answers.waterfall {
                    Some(found) => steps(&speech, lens, found),
                    None => html! { <p class="finding">{ speech.word(Word::an_no_bill) }</p> },
                }
            }
        </Panel>
    }
}

fn steps(speech: &Speech, lens: &Lens, found: &Waterfall) -> Html {
    let changes: Vec<f64> = found.steps.iter().map(|step| step.change_usd).collect();
    let spans = waterfall(found.start_usd, &changes);
    let bars = |index: usize, class: &'static str| {
        let bars: Vec<_> = spans.get(index).map(|span| (*span, class)).into_iter().collect();
        html! { <Bars {bars} /> }
    };
    // On a phone the bar stands below the name.
    let bar = |index: usize, class: &'static str| html! { <td class="wide">{ bars(index, class) }</td> };
    let below = |index: usize, class: &'static str| html! { <div class="below-name">{ bars(index, class) }</div> };
    let class_of = |change: f64| if change <= 0.0 { "less" } else { "more" };
    let usd = |value: f64| html! { <td class="n">{ lens.money(speech, Some(value)) }</td> };
    let none = || html! { <td class="n">{ "–" }</td> };
    let start = Message::new(Word::an_waterfall_start).text("model", lens.model_name(&found.strong_model));
    html! {
        <Figures of="waterfall">
            <thead><tr>
                <th scope="col">{ speech.word(Word::an_step) }</th>
                <th scope="col" class="wide"><span class="sr">{ speech.word(Word::an_bar) }</span></th>
                <th scope="col" class="n">{ speech.word(Word::an_change) }</th>
                <th scope="col" class="n">{ speech.word(Word::an_bill_after) }<small>{ speech.word(lens.period.word()) }</small></th>
                <th scope="col" class="n">{ speech.word(Word::an_alone) }</th>
            </tr></thead>
            <tbody>
                <tr><th scope="row">{ speech.say(&start) }{ below(0, "whole") }</th>{ bar(0, "whole") }{ none() }{ usd(found.start_usd) }{ none() }</tr>
                for (index, step) in found.steps.iter().enumerate() {
                    <tr data-lever={format!("{:?}", step.lever)}>
                        <th scope="row">{ speech.say(&step.label) }{ below(index + 1, class_of(step.change_usd)) }</th>
                        { bar(index + 1, class_of(step.change_usd)) }
                        { usd(step.change_usd) }{ usd(step.after_usd) }{ usd(step.alone_usd) }
                    </tr>
                }
                <tr class="sum-row"><th scope="row">{ speech.word(Word::an_waterfall_end) }{ below(found.steps.len() + 1, "whole") }</th>{ bar(found.steps.len() + 1, "whole") }{ none() }{ usd(found.end_usd) }{ none() }</tr>
            </tbody>
        </Figures>
    }
}

/// Bars shown before one asks for all.
const FIRST: usize = 10;

/// Every input 20 % down and up.
#[component]
pub fn SensitivityPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let all = use_state(|| false);
    let found = &lens.answers.sensitivity;
    let shown: Vec<&Sensitivity> = found.iter().take(if *all { found.len() } else { FIRST }).collect();
    let swings: Vec<(f64, f64)> =
        shown.iter().map(|input| (input.low.daily_cost_usd, input.high.daily_cost_usd)).collect();
    let (centre, spans) = tornado(lens.daily_usd().unwrap_or(0.0), &swings);
    let more = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    html! {
        <Panel id="sensitivity" title={Word::an_sensitivity} lead={Word::an_sensitivity_lead} how={Word::an_sensitivity_how}>
            if shown.is_empty() {
                <p class="finding">{ speech.word(Word::an_no_bill) }</p>
            } else {
                <p class="legend"><i class="key less" />{ speech.word(Word::an_lower) }<i class="key more" />{ speech.word(Word::an_higher) }</p>
                <Figures of="sensitivity">
                    <thead><tr>
                        <th scope="col">{ speech.word(Word::an_input) }</th>
                        <th scope="col" class="wide"><span class="sr">{ speech.word(Word::an_bar) }</span></th>
                        <th scope="col" class="n">{ speech.word(Word::an_minus) }</th>
                        <th scope="col" class="n">{ speech.word(Word::an_plus) }</th>
                        <th scope="col" class="n">{ speech.word(Word::an_elasticity) }</th>
                    </tr></thead>
                    <tbody>
                        for (input, [low, high]) in shown.iter().zip(spans) {
                            <tr>
                                <th scope="row">{ speech.say(&lens.label(&input.label)) }
                                    <div class="below-name"><Bars bars={vec![(low, "less"), (high, "more")]} ticks={vec![centre]} /></div></th>
                                <td class="wide"><Bars bars={vec![(low, "less"), (high, "more")]} ticks={vec![centre]} /></td>
                                <td class="n">{ lens.money(&speech, Some(input.low.daily_cost_usd)) }</td>
                                <td class="n">{ lens.money(&speech, Some(input.high.daily_cost_usd)) }</td>
                                <td class="n">{ speech.number(input.elasticity) }</td>
                            </tr>
                        }
                    </tbody>
                </Figures>
                if found.len() > FIRST {
                    <button class="small" aria-expanded={all.to_string()} onclick={more}>{
                        if *all { speech.word(Word::an_fewer) } else { speech.say(&Message::new(Word::an_all).number("count", found.len() as f64)) }
                    }</button>
                }
            }
        </Panel>
    }
}
