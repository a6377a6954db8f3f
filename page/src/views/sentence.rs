use rehearsal::scenario::{Distribution, Scenario};
use rehearsal::sim::{Assumed, PopulationFigures, Quantiles};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::components::{late, model_name};
use crate::session;
use crate::speech::Speech;
use crate::state::{Action, Model, View};

/// The answer as one sentence after the other, and what it rests on.
pub fn sentence(speech: &Speech, model: &Model, send: &Callback<Action>) -> Html {
    let cost = cost_said(speech, model);
    let figures = model.outcome.as_ref().map(|day| &day.outcome.overall);
    html! {
        <div class={classes!("answer", (!model.outcome_fresh()).then_some("stale"))} data-figure="answer">
            <p>
                { cost }{ " " }
                { match figures {
                    Some(figures) => time_said(speech, model, figures),
                    None => html! { <span>{ speech.word(Word::ui_simulating) }</span> },
                } }
            </p>
            { chips(speech, model, send) }
        </div>
    }
}

fn cost_said(speech: &Speech, model: &Model) -> Html {
    let estimate = &model.estimate;
    let usd = |usd: Option<rehearsal::money::Usd>| speech.usd(usd.map(|usd| usd.dollars()));
    let said = Message::new(Word::ui_say_cost)
        .number("messages", model.scenario.daily_messages)
        .text("day", usd(estimate.total_daily_cost_usd))
        .text("month", usd(estimate.monthly_cost_usd))
        .number("days", model.scenario.days_in_month);
    html! { <span class={(!model.estimate_fresh).then_some("stale")}>{ speech.say(&said) }</span> }
}

/// How long people wait, how sure that is, and how many wait in vain.
fn time_said(speech: &Speech, model: &Model, figures: &PopulationFigures) -> Html {
    let p95 = late(figures, |q| q.p95);
    let between = model.between(|figures| late(figures, |q| q.p95)).filter(|(_, high)| high.is_finite());
    let (low, high) = between.unzip();
    // All that one answer says is in one unit.
    let [value, low, high, limit] = speech.times([p95, low, high, Some(model.scenario.slo_ms)]);
    let said = match p95 {
        None => Message::from(Word::ui_say_nobody),
        Some(ms) if ms.is_infinite() => Message::from(Word::ui_say_never),
        Some(_) if between.is_some() => {
            Message::new(Word::ui_say_p95_between).text("p95", value).text("low", low).text("high", high)
        }
        Some(_) => Message::new(Word::ui_say_p95).text("p95", value),
    };
    let lost = figures.unanswered.filter(|share| *share > 0.0);
    let within = figures
        .share_within_slo
        .map(|share| Message::new(Word::ui_say_within).with("share", Arg::Percent(share)).text("limit", limit));
    html! {
        <>
            <span>{ speech.say(&said) }</span>{ " " }
            if let Some(within) = within {
                <span>{ speech.say(&within) }</span>
            }
            if let Some(lost) = lost {
                { " " }<strong class="lost">{ speech.say(&Message::new(Word::ui_say_lost).with("share", Arg::Percent(lost))) }</strong>
            }
        </>
    }
}

/// What the answer rests on and nobody said, each with the way to where it is set.
fn chips(speech: &Speech, model: &Model, send: &Callback<Action>) -> Html {
    let to = |place: &'static str| {
        send.reform(move |_: MouseEvent| {
            session::go_to(place.to_string());
            // All of it is set in the first view.
            Action::Show(View::WhatIf)
        })
    };
    let assumed = model.outcome.as_ref().map(|day| day.outcome.assumed.as_slice()).unwrap_or_default();
    let scenario = &model.scenario;
    html! {
        <ul class="chips" aria-label={speech.word(Word::ui_assumed)}>
            for one in assumed.iter().filter(|one| one.is_uncertain()) {
                <li><button class="chip" data-assumed={one.path.clone()} title={one.source.clone()} onclick={to("[data-group='models']")}>{ speech.say(&assumed_said(speech, scenario, one)) }</button></li>
            }
            if lengths_are_constant(scenario) {
                <li><button class="chip" data-assumed="lengths" onclick={to("[data-group='types'], [data-type]")}>{ speech.word(Word::ui_assumed_lengths) }</button></li>
            }
            if has_no_limit(scenario) {
                <li><button class="chip" data-assumed="limits" onclick={to("[data-group='traffic']")}>{ speech.word(Word::ui_assumed_no_limit) }</button></li>
            }
        </ul>
    }
}

/// A speed or a burndown that is assumed, with its range.
fn assumed_said(speech: &Speech, scenario: &Scenario, one: &Assumed) -> Message {
    let (word, id) = match one.of_burndown() {
        Some(id) => (Word::ui_assumed_burndown, id),
        None => (Word::ui_assumed_speed, one.of_speed().unwrap_or(&one.path)),
    };
    Message::new(word)
        .text("model", model_name(scenario, id))
        .text("value", speech.number(one.value))
        .text("low", speech.number(one.range[0]))
        .text("high", speech.number(one.range[1]))
}

/// Whether every answer of a type is as long as the next, which no answers are.
fn lengths_are_constant(scenario: &Scenario) -> bool {
    scenario.types.iter().all(|kind| matches!(kind.output_tokens, Distribution::Constant(_)))
}

fn has_no_limit(scenario: &Scenario) -> bool {
    let capacity = &scenario.capacity;
    let own = scenario.models.values().flat_map(|model| [model.concurrency, model.rpm, model.tpm]);
    [capacity.concurrency, capacity.rpm, capacity.tpm].into_iter().chain(own).all(|limit| limit.is_none())
}

/// One of the quantiles of everyone who came.
pub type Of = fn(&Quantiles) -> Option<f64>;
