use std::rc::Rc;

use rehearsal::sim::{Outcome, Unsure};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::components::{Against, Head, Measure, SortRow, Sortable, delta, figure, late, name as by_name};
use crate::speech::Speech;
use crate::state::Model;

/// The simulated day.
pub fn latency_panel(speech: &Speech, outcome: &Rc<Outcome>, model: &Model) -> Html {
    let fresh = model.outcome_fresh();
    let a = model.a().and_then(|pinned| pinned.outcome.as_ref());
    let row = |class: String,
               name: &str,
               figures: &rehearsal::sim::PopulationFigures,
               was: Option<&rehearsal::sim::PopulationFigures>| {
        let all = [late(figures, |q| q.p50), late(figures, |q| q.p95), late(figures, |q| q.p99)];
        let [mean, p50, p95, p99] = speech.times([figures.e2e_ms.mean, all[0], all[1], all[2]]);
        let was_p95 = was.and_then(|was| late(was, |q| q.p95));
        let cell = |value: String, ms: Option<f64>| {
            html! { <td class={classes!("n", ms.is_some_and(f64::is_infinite).then_some("lost"))}>{ value }</td> }
        };
        let lost = figures.unanswered.filter(|share| *share > 0.0);
        let mut keys = vec![
            by_name(name),
            figure(Some(figures.messages as f64)),
            figure(figures.unanswered),
            figure(figures.e2e_ms.mean),
            figure(all[0]),
            figure(all[1]),
        ];
        keys.extend(a.map(|_| figure(all[1].zip(was_p95).map(|(now, was)| now - was))));
        keys.extend([figure(all[2]), figure(figures.share_within_slo)]);
        let html = html! {
            <tr {class}>
                <th scope="row"><span class="dot" />{ name }</th>
                <td class="n">{ speech.number(figures.messages as f64) }</td>
                <td class={classes!("n", lost.map(|_| "lost"))}>{ speech.percent(figures.unanswered) }</td>
                <td class="n">{ mean }</td>
                { cell(p50, all[0]) }
                { cell(p95, all[1]) }
                if a.is_some() {
                    <td class="n">{ delta(speech, Measure::Ms, all[1], was_p95, Against::Pinned) }</td>
                }
                { cell(p99, all[2]) }
                <td class="n">{ speech.percent(figures.share_within_slo) }</td>
            </tr>
        };
        SortRow::new(keys, html)
    };
    let rows = model.scenario.types.iter().enumerate().filter_map(|(index, kind)| {
        let figures = outcome.by_type.get(&kind.name)?;
        Some(row(format!("c{}", index % 8), &kind.name, figures, a.and_then(|a| a.by_type.get(&kind.name))))
    });
    let rows: Vec<SortRow> = rows.collect();
    let total = row(String::new(), &speech.word(Word::ui_total), &outcome.overall, a.map(|a| &a.overall));
    html! {
        <section class={classes!("card", (!fresh).then_some("stale"))} aria-labelledby="latency-title" aria-busy={(!fresh).to_string()}>
            <div id="latency-chart" class="chart-place"></div>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="latency-title">
            <table class="figures">
                // With another scenario beside it the columns are others.
                <Sortable key={a.is_some().to_string()} heads={heads(speech, model.scenario.slo_ms, a.is_some())} {rows} foot={html! { <tfoot>{ total.html }</tfoot> }} />
            </table>
            </div>
            { what_happened(speech, outcome) }
            { how_sure(speech, outcome, model) }
            <p class="finding">{ speech.word(Word::ui_assumptions) }</p>
            <p class="finding">{ speech.word(Word::ui_digest) }{ " " }<code data-figure="digest">{ &outcome.digest }</code></p>
        </section>
    }
}

fn heads(speech: &Speech, slo_ms: f64, compares: bool) -> Vec<Head> {
    let within = Message::new(Word::ui_within).with("limit", Arg::Ms(slo_ms));
    let mut heads = vec![
        Head::name(speech.word(Word::ui_type)),
        Head::figure(speech.word(Word::ui_messages)),
        Head::figure(speech.word(Word::ui_unanswered)),
        Head::figure(speech.word(Word::ui_mean)),
        Head::figure("P50"),
        Head::figure("P95"),
    ];
    heads.extend(compares.then(|| Head::figure(speech.word(Word::ui_against))));
    heads.extend([Head::figure("P99"), Head::figure(speech.say(&within))]);
    heads
}

/// How far the P95 may be off: by what is assumed, and by chance, which is the smaller part.
fn how_sure(speech: &Speech, outcome: &Outcome, model: &Model) -> Html {
    let chance = Message::new(outcome.mc_unknown.map_or(Word::ui_mc_error, Unsure::word))
        .text("p50", speech.ms(outcome.mc_error.p50))
        .text("p95", speech.ms(outcome.mc_error.p95))
        .text("p99", speech.ms(outcome.mc_error.p99))
        .text("seed", outcome.seed.to_string());
    let assumed = model.between(|figures| late(figures, |q| q.p95)).map(|(low, high)| {
        let [low, high] = speech.times([Some(low), Some(high)]);
        Message::new(Word::ui_assumed_moves).text("low", low).text("high", high)
    });
    html! {
        <>
            if let Some(assumed) = assumed {
                <p class="finding" data-figure="assumed">{ speech.say(&assumed) }</p>
            }
            <p class="finding">{ speech.say(&chance) }</p>
        </>
    }
}

/// What became of the messages that were not simply answered, and how busy the model was.
fn what_happened(speech: &Speech, outcome: &Outcome) -> Html {
    let counts = &outcome.counts;
    let rows = [
        (Word::ui_failed, counts.failed as f64),
        (Word::ui_rejected, counts.rejected as f64),
        (Word::ui_abandoned, counts.abandoned as f64),
        (Word::ui_throttled, counts.throttled as f64),
        (Word::ui_retries, counts.retries as f64),
    ];
    let calls = &outcome.calls_in_progress;
    let number =
        |value: Option<f64>| value.map_or_else(|| "–".to_string(), |v| speech.number(libm::round(v * 10.0) / 10.0));
    html! {
        <dl class="facts">
            for (word, count) in rows.into_iter().filter(|(_, count)| *count > 0.0) {
                <div><dt>{ speech.word(word) }</dt><dd>{ speech.number(count) }</dd></div>
            }
            <div><dt>{ speech.word(Word::ui_calls_in_progress) }</dt><dd>{ number(calls.mean) }</dd></div>
            <div><dt>{ speech.word(Word::ui_calls_p99) }</dt><dd>{ number(calls.p99) }</dd></div>
            if let Some(utilisation) = outcome.utilisation {
                <div><dt>{ speech.word(Word::ui_utilisation) }</dt><dd>{ speech.percent(Some(utilisation)) }</dd></div>
            }
            if outcome.overall.share_waiting.is_some_and(|share| share > 0.0) {
                <div><dt>{ speech.word(Word::ui_share_waiting) }</dt><dd>{ speech.percent(outcome.overall.share_waiting) }</dd></div>
                <div><dt>{ speech.word(Word::ui_wait_p95) }</dt><dd>{ speech.ms(outcome.overall.queue_wait_ms.p95) }</dd></div>
            }
        </dl>
    }
}
