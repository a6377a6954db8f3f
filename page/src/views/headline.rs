use rehearsal::cost::Estimate;
use rehearsal::sim::PopulationFigures;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::sentence::Of;
use crate::components::{Against, Measure, TileProps, delta, late, tile};
use crate::period::Period;
use crate::speech::Speech;
use crate::state::Model;

/// The figures, and how they differ from those of what is pinned.
pub fn headline(speech: &Speech, model: &Model, period: Period, on_period: &Callback<Period>) -> Html {
    html! {
        <dl class="tiles headline">
            { cost_tile(speech, model, period, on_period) }
            { percentile_tiles(speech, model) }
            { unanswered_tile(speech, model) }
            { within_tile(speech, model) }
        </dl>
    }
}

/// How a figure differs from A's, where there is an A.
fn against(speech: &Speech, model: &Model, measure: Measure, now: Option<f64>, was: Option<f64>) -> Html {
    model.a().map(|_| delta(speech, measure, now, was, Against::PinnedAndIts)).unwrap_or_default()
}

fn figures(model: &Model) -> Option<&PopulationFigures> {
    model.outcome.as_ref().map(|day| &day.outcome.overall)
}

fn pinned_figures(model: &Model) -> Option<&PopulationFigures> {
    model.a().and_then(|pinned| pinned.outcome.as_ref()).map(|day| &day.overall)
}

/// The bill of the period, and the switch to the other one.
fn cost_tile(speech: &Speech, model: &Model, period: Period, on_period: &Callback<Period>) -> Html {
    let days = model.scenario.days_in_month;
    let a_day = |estimate: &Estimate| estimate.total_daily_cost_usd.map(|usd| usd.dollars());
    let of = |estimate: &Estimate, period: Period| period.of_day(a_day(estimate), days);
    let now = of(&model.estimate, period);
    let was = model.a().and_then(|pinned| pinned.estimate.as_deref()).and_then(|a| of(a, period));
    html! {
        <div class={classes!("tile", "lead", (!model.estimate_fresh).then_some("stale"))} aria-busy={(!model.estimate_fresh).to_string()}>
            <dt>{ speech.word(period.word()) }</dt>
            <dd data-figure="cost_day">{ speech.usd(now) }</dd>
            <dd class="note">{ period_switch(speech, period, days, on_period) }</dd>
            if model.a().is_some() {
                <dd class="note" data-delta="cost_day">{ against(speech, model, Measure::Usd, now, was) }</dd>
            }
        </div>
    }
}

/// What all money on the page is for, each of the two in sight and one of them marked.
fn period_switch(speech: &Speech, period: Period, days: f64, on_period: &Callback<Period>) -> Html {
    let turn = on_period.reform(move |_: MouseEvent| period.other());
    let month = period == Period::Month;
    html! {
        <button class="period" role="switch" data-action="period" aria-checked={month.to_string()} aria-label={speech.word(Word::ui_by_month)} onclick={turn}>
            <span class={(!month).then_some("on")}>{ speech.word(Word::ui_one_day) }</span>
            <span class={month.then_some("on")}>{ speech.say(&Message::new(Word::ui_days).number("days", days)) }</span>
        </button>
    }
}

/// The percentiles of everyone who came, each with the range that it has over what is assumed.
fn percentile_tiles(speech: &Speech, model: &Model) -> Html {
    let quantiles: [(&'static str, &str, Word, Of); 3] = [
        ("p50", "P50", Word::ui_p50_note, |q| q.p50),
        ("p95", "P95", Word::ui_p95_note, |q| q.p95),
        ("p99", "P99", Word::ui_p99_note, |q| q.p99),
    ];
    let (now, was) = (figures(model), pinned_figures(model));
    let times = speech.times(quantiles.map(|(.., of)| now.and_then(|figures| late(figures, of))));
    let tiles = quantiles.into_iter().zip(times).map(|((id, name, note, of), value)| {
        let now = now.and_then(|figures| late(figures, of));
        let range = model.between(|figures| late(figures, of)).filter(|(low, high)| low < high);
        let note = range.map_or_else(
            || speech.word(note),
            |(low, high)| {
                let [low, high] = speech.times([Some(low), Some(high)]);
                speech.say(&Message::new(Word::ui_between).text("low", low).text("high", high))
            },
        );
        let was = was.and_then(|figures| late(figures, of));
        tile(&TileProps {
            id,
            lead: false,
            label: name.to_string(),
            value,
            note,
            fresh: model.outcome_fresh(),
            alarming: now.is_some_and(f64::is_infinite),
            children: against(speech, model, Measure::Ms, now, was),
        })
    });
    tiles.collect::<Html>()
}

/// Who got no answer, as soon as there is anyone.
fn unanswered_tile(speech: &Speech, model: &Model) -> Html {
    let (now, was) = (figures(model), pinned_figures(model));
    let share = now.and_then(|figures| figures.unanswered);
    let a_share = was.and_then(|figures| figures.unanswered);
    if !share.into_iter().chain(a_share).any(|share| share > 0.0) {
        return html! {};
    }
    let of_all = now.map(|figures| {
        Message::new(Word::ui_unanswered_note)
            .number("count", figures.messages.saturating_sub(figures.answered) as f64)
            .number("all", figures.messages as f64)
    });
    tile(&TileProps {
        id: "unanswered",
        lead: false,
        label: speech.word(Word::ui_unanswered),
        value: speech.percent(share),
        note: of_all.map(|note| speech.say(&note)).unwrap_or_default(),
        fresh: model.outcome_fresh(),
        alarming: share.is_some_and(|share| share > 0.0),
        children: against(speech, model, Measure::Unanswered, share, a_share),
    })
}

/// Who was answered in time.
fn within_tile(speech: &Speech, model: &Model) -> Html {
    let share = figures(model).and_then(|figures| figures.share_within_slo);
    let was = pinned_figures(model).and_then(|figures| figures.share_within_slo);
    let range = model.between(|figures| figures.share_within_slo).filter(|(low, high)| low < high);
    let note = range.map_or_else(
        || speech.word(Word::ui_within_note),
        |(low, high)| {
            let (low, high) = (speech.percent(Some(low)), speech.percent(Some(high)));
            speech.say(&Message::new(Word::ui_between).text("low", low).text("high", high))
        },
    );
    tile(&TileProps {
        id: "within",
        lead: false,
        label: speech.say(&Message::new(Word::ui_within).with("limit", Arg::Ms(model.scenario.slo_ms))),
        value: speech.percent(share),
        note,
        fresh: model.outcome_fresh(),
        alarming: false,
        children: against(speech, model, Measure::InTime, share, was),
    })
}
