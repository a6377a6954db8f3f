use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::cost::Estimate;
use rehearsal::problem::Problem;
use rehearsal::sim::{Outcome, Unsure};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::mix_editor::MixEditor;
use crate::components::{Measure, TileProps, bar, delta, late, problem_list, progress, tile};
use crate::speech::Speech;
use crate::state::{Action, Model};

/// Cost and latency of a scenario, side by side, as it is edited; `cancel` gives up a long simulation.
/// Until it is `whole`, it ends with the answers.
pub fn what_if(
    speech: &Speech,
    model: &Model,
    dispatch: &Callback<Action>,
    cancel: &Callback<()>,
    whole: bool,
) -> Html {
    html! {
        <div class="panes" data-scenario={model.name.as_deref().or(model.preset.map(|preset| preset.key())).unwrap_or("scenario").to_string()}>
            // A shared result shows its inputs; none of them can be changed.
            <fieldset class="inputs" disabled={model.read_only}>
                <MixEditor scenario={model.scenario.clone()} base={model.base.clone()} problems={model.problems.clone()} locks={model.locks.clone()} dispatch={dispatch.clone()} />
            </fieldset>
            <div class="results">
                { headline(speech, model) }
                if whole {
                    { problem_list(speech, &beyond_editor(model), html! {}) }
                    { cost_panel(speech, model) }
                    if let Some(done) = model.progress {
                        { progress(speech, done, cancel) }
                    }
                    if model.simulator_dead {
                        <p class="problems error" role="alert">{ speech.word(Word::ui_simulator_dead) }</p>
                    }
                    if let Some(day) = &model.outcome {
                        { latency_panel(speech, &day.outcome, model) }
                    } else if model.simulation_problems.is_empty() {
                        <section class="card" aria-busy="true"><h2>{ speech.word(Word::ui_latency) }</h2><p>{ speech.word(Word::ui_simulating) }</p></section>
                    }
                    // The second program's charts.
                    <div id="charts" class="chart-places"></div>
                }
            </div>
        </div>
    }
}

/// Why there is no day, as far as the editor does not say it already.
fn beyond_editor(model: &Model) -> Vec<Problem> {
    model.simulation_problems.iter().filter(|problem| !model.problems.contains(problem)).cloned().collect()
}

/// One of the quantiles.
type Of = fn(&rehearsal::sim::Quantiles) -> Option<f64>;

/// The answers first.
fn headline(speech: &Speech, model: &Model) -> Html {
    let estimate = &model.estimate;
    let fresh = model.outcome_fresh();
    let figures = model.outcome.as_ref().map(|day| &day.outcome.overall);
    let a = model.pinned.as_ref();
    let a_day = a.and_then(|pinned| pinned.outcome.as_ref()).map(|day| &day.overall);
    let against = |measure: Measure, now: Option<f64>, was: Option<f64>| {
        a.map(|_| delta(speech, measure, now, was, true)).unwrap_or_default()
    };
    let dollars = |estimate: &Estimate| estimate.total_daily_cost_usd.map(|usd| usd.dollars());
    let a_cost = a.and_then(|pinned| pinned.estimate.as_deref()).and_then(dollars);
    let share = figures.and_then(|figures| figures.share_within_slo);
    let quantiles: [(&str, &str, Word, Of); 3] = [
        ("p50", "P50", Word::ui_p50_note, |q| q.p50),
        ("p95", "P95", Word::ui_p95_note, |q| q.p95),
        ("p99", "P99", Word::ui_p99_note, |q| q.p99),
    ];
    let times = speech.times(quantiles.map(|(.., of)| figures.and_then(|figures| late(figures, of))));
    let percentile = |((id, name, note, of), value): ((&'static str, &str, Word, Of), String)| {
        let now = figures.and_then(|figures| late(figures, of));
        let children = against(Measure::Ms, now, a_day.and_then(|figures| late(figures, of)));
        let (label, note, alarming) = (name.to_string(), speech.word(note), now.is_some_and(f64::is_infinite));
        tile(&TileProps { id, lead: false, label, value, note, fresh, alarming, children })
    };
    let unanswered = figures.and_then(|figures| figures.unanswered);
    let a_unanswered = a_day.and_then(|figures| figures.unanswered);
    let any_lost = unanswered.into_iter().chain(a_unanswered).any(|share| share > 0.0);
    let of_all = figures.map(|figures| {
        Message::new(Word::ui_unanswered_note)
            .number("count", figures.messages.saturating_sub(figures.answered) as f64)
            .number("all", figures.messages as f64)
    });
    let within = Message::new(Word::ui_within).with("limit", Arg::Ms(model.scenario.slo_ms));
    let a_month = Message::new(Word::ui_a_month)
        .text("amount", speech.usd(estimate.monthly_cost_usd.map(|usd| usd.dollars())))
        .number("days", model.scenario.days_in_month);
    html! {
        <dl class="tiles" aria-live="polite">
            { tile(&TileProps { id: "cost_day", lead: true, label: speech.word(Word::ui_cost_day), fresh: model.estimate_fresh, alarming: false,
                value: speech.usd(dollars(estimate)), note: speech.say(&a_month), children: against(Measure::Usd, dollars(estimate), a_cost) }) }
            for tile in quantiles.into_iter().zip(times).map(percentile) {
                { tile }
            }
            if any_lost {
                { tile(&TileProps { id: "unanswered", lead: false, label: speech.word(Word::ui_unanswered), fresh, alarming: unanswered.is_some_and(|share| share > 0.0),
                    value: speech.percent(unanswered), note: of_all.map(|note| speech.say(&note)).unwrap_or_default(),
                    children: against(Measure::Unanswered, unanswered, a_unanswered) }) }
            }
            { tile(&TileProps { id: "within", lead: false, label: speech.say(&within), fresh, alarming: false,
                value: speech.percent(share), note: speech.word(Word::ui_within_note),
                children: against(Measure::InTime, share, a_day.and_then(|f| f.share_within_slo)) }) }
        </dl>
    }
}

/// The bill, by query type.
fn cost_panel(speech: &Speech, model: &Model) -> Html {
    let (estimate, fresh) = (&model.estimate, model.estimate_fresh);
    let a = model.pinned.as_ref().and_then(|pinned| pinned.estimate.as_ref());
    let dollars = |usd: Option<rehearsal::money::Usd>| usd.map(|usd| usd.dollars());
    let largest = estimate
        .breakdown
        .iter()
        .filter_map(|part| Some(dollars(part.daily_cost_usd)? + dollars(part.cache_saved_usd)?))
        .fold(0.0, f64::max);
    let fraction =
        |usd: Option<rehearsal::money::Usd>| if largest > 0.0 { dollars(usd).unwrap_or(0.0) / largest } else { 0.0 };
    let catalog = Catalog::reference();
    let saved = Message::new(Word::ui_cache_saves)
        .with("traffic", Arg::Percent(estimate.cache_savings_pct / 100.0))
        .text("money", speech.usd(dollars(estimate.cache_saved_daily_usd)))
        .text("share", speech.percent(estimate.cache_saved_cost_pct.map(|pct| pct / 100.0)));
    html! {
        <section class={classes!("card", (!fresh).then_some("stale"))} aria-labelledby="cost-title">
            <h2 id="cost-title">{ speech.word(Word::ui_cost_by_type) }</h2>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="cost-title">
            <table class="figures">
                <thead><tr>
                    <th scope="col">{ speech.word(Word::ui_type) }</th>
                    <th scope="col" class="wide">{ speech.word(Word::ui_bar_legend) }</th>
                    <th scope="col" class="n">{ speech.word(Word::ui_cost_day) }</th>
                    if a.is_some() {
                        <th scope="col" class="n">{ speech.word(Word::ui_against) }</th>
                    }
                    <th scope="col" class="n">{ speech.word(Word::ui_cost_call) }</th>
                    <th scope="col" class="n">{ speech.word(Word::ui_to_model) }</th>
                    <th scope="col">{ speech.word(Word::ui_model) }</th>
                </tr></thead>
                <tbody>
                    for (index, part) in estimate.breakdown.iter().enumerate() {
                        <tr class={format!("c{}", index % 8)}>
                            <th scope="row"><span class="dot" />{ &part.query_type }</th>
                            <td class="wide">{ bar(
                                speech.say(&Message::new(Word::ui_bar_label)
                                    .text("paid", speech.usd(dollars(part.daily_cost_usd)))
                                    .text("saved", speech.usd(dollars(part.cache_saved_usd)))),
                                &[
                                    (fraction(part.input_cost_usd), "input"),
                                    (fraction(part.output_cost_usd), "output"),
                                    (fraction(part.cache_saved_usd), "saved"),
                                ]) }</td>
                            <td class="n">{ speech.usd(dollars(part.daily_cost_usd)) }</td>
                            if let Some(a) = a {
                                <td class="n">{ delta(speech, Measure::Usd, dollars(part.daily_cost_usd),
                                    a.breakdown.iter().find(|other| other.query_type == part.query_type).map_or(Some(0.0), |other| dollars(other.daily_cost_usd)), false) }</td>
                            }
                            <td class="n">{ speech.usd(part.cost_per_query_usd) }</td>
                            <td class="n">{ speech.number(libm::round(part.uncached)) }</td>
                            <td>{ catalog.get(&part.model).map_or(part.model.clone(), |model| model.name.clone()) }</td>
                        </tr>
                    }
                </tbody>
                <tfoot><tr>
                    <th scope="row">{ speech.word(Word::ui_total) }</th>
                    <td class="wide"></td>
                    <td class="n">{ speech.usd(dollars(estimate.total_daily_cost_usd)) }</td>
                    if let Some(a) = a {
                        <td class="n">{ delta(speech, Measure::Usd, dollars(estimate.total_daily_cost_usd), dollars(a.total_daily_cost_usd), false) }</td>
                    }
                    <td class="n">{ speech.usd(estimate.avg_cost_per_message_usd) }</td>
                    <td class="n">{ speech.number(libm::round(estimate.breakdown.iter().map(|part| part.uncached).sum())) }</td>
                    <td></td>
                </tr></tfoot>
            </table>
            </div>
            <p class="finding" data-figure="cache">{ speech.say(&saved) }</p>
            if !estimate.unknown.is_empty() {
                <p class="finding">{ speech.say(&Message::new(Word::ui_unknown_prices).text("names", estimate.unknown.join(", "))) }</p>
            }
        </section>
    }
}

/// The simulated day.
fn latency_panel(speech: &Speech, outcome: &Rc<Outcome>, model: &Model) -> Html {
    let fresh = model.outcome_fresh();
    let error = Message::new(outcome.mc_unknown.map_or(Word::ui_mc_error, Unsure::word))
        .text("p50", speech.ms(outcome.mc_error.p50))
        .text("p95", speech.ms(outcome.mc_error.p95))
        .text("p99", speech.ms(outcome.mc_error.p99))
        .text("seed", outcome.seed.to_string());
    let a = model.pinned.as_ref().and_then(|pinned| pinned.outcome.as_ref());
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
        html! {
            <tr {class}>
                <th scope="row"><span class="dot" />{ name }</th>
                <td class="n">{ speech.number(figures.messages as f64) }</td>
                <td class={classes!("n", lost.map(|_| "lost"))}>{ speech.percent(figures.unanswered) }</td>
                <td class="n">{ mean }</td>
                { cell(p50, all[0]) }
                { cell(p95, all[1]) }
                if a.is_some() {
                    <td class="n">{ delta(speech, Measure::Ms, all[1], was_p95, false) }</td>
                }
                { cell(p99, all[2]) }
                <td class="n">{ speech.percent(figures.share_within_slo) }</td>
            </tr>
        }
    };
    html! {
        <section class={classes!("card", (!fresh).then_some("stale"))} aria-labelledby="latency-title" aria-busy={(!fresh).to_string()}>
            <div id="latency-chart" class="chart-place"></div>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="latency-title">
            <table class="figures">
                <thead><tr>
                    <th scope="col">{ speech.word(Word::ui_type) }</th>
                    <th scope="col" class="n">{ speech.word(Word::ui_messages) }</th>
                    <th scope="col" class="n">{ speech.word(Word::ui_unanswered) }</th>
                    <th scope="col" class="n">{ speech.word(Word::ui_mean) }</th>
                    <th scope="col" class="n">{ "P50" }</th>
                    <th scope="col" class="n">{ "P95" }</th>
                    if a.is_some() {
                        <th scope="col" class="n">{ speech.word(Word::ui_against) }</th>
                    }
                    <th scope="col" class="n">{ "P99" }</th>
                    <th scope="col" class="n">{ speech.say(&Message::new(Word::ui_within).with("limit", Arg::Ms(model.scenario.slo_ms))) }</th>
                </tr></thead>
                <tbody>
                    for (index, kind) in model.scenario.types.iter().enumerate() {
                        if let Some(figures) = outcome.by_type.get(&kind.name) {
                            { row(format!("c{}", index % 8), &kind.name, figures, a.and_then(|a| a.by_type.get(&kind.name))) }
                        }
                    }
                </tbody>
                <tfoot>{ row(String::new(), &speech.word(Word::ui_total), &outcome.overall, a.map(|a| &a.overall)) }</tfoot>
            </table>
            </div>
            { what_happened(speech, outcome) }
            <p class="finding">{ speech.say(&error) }</p>
            <p class="finding">{ speech.word(Word::ui_assumptions) }</p>
            <p class="finding">{ speech.word(Word::ui_digest) }{ " " }<code data-figure="digest">{ &outcome.digest }</code></p>
        </section>
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
