use rehearsal::cost::TypeCost;
use rehearsal::money::Usd;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::components::{Against, Head, Measure, SortRow, Sortable, bar, delta, figure, model_name, name};
use crate::period::Period;
use crate::speech::Speech;
use crate::state::Model;

/// The bill, by query type.
pub fn cost_panel(speech: &Speech, model: &Model, period: Period) -> Html {
    let (estimate, fresh) = (&model.estimate, model.estimate_fresh);
    let a = model.a().and_then(|pinned| pinned.estimate.as_ref());
    let days = model.scenario.days_in_month;
    let dollars = |usd: Option<Usd>| period.of_day(usd.map(|usd| usd.dollars()), days);
    let largest = estimate
        .breakdown
        .iter()
        .filter_map(|part| Some(dollars(part.daily_cost_usd)? + dollars(part.cache_saved_usd)?))
        .fold(0.0, f64::max);
    let fraction = |usd: Option<Usd>| if largest > 0.0 { dollars(usd).unwrap_or(0.0) / largest } else { 0.0 };
    let saved = Message::new(Word::ui_cache_saves)
        .with("traffic", Arg::Percent(estimate.cache_savings_pct / 100.0))
        .text("money", period.amount(speech, estimate.cache_saved_daily_usd.map(|usd| usd.dollars()), days))
        .text("share", speech.percent(estimate.cache_saved_cost_pct.map(|pct| pct / 100.0)));
    let row = |(index, part): (usize, &TypeCost)| {
        let daily = dollars(part.daily_cost_usd);
        let was = a.map(|a| {
            a.breakdown
                .iter()
                .find(|other| other.query_type == part.query_type)
                .map_or(Some(0.0), |other| dollars(other.daily_cost_usd))
        });
        let model = model_name(&model.scenario, &part.model);
        let mut keys = vec![name(&part.query_type), None, figure(daily)];
        keys.extend(was.map(|was| figure(daily.zip(was).map(|(now, was)| now - was))));
        keys.extend([figure(part.cost_per_query_usd), figure(Some(part.uncached)), name(&model)]);
        let html = html! {
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
                <td class="n">{ speech.usd(daily) }</td>
                if let Some(was) = was {
                    <td class="n">{ delta(speech, Measure::Usd, daily, was, Against::Pinned) }</td>
                }
                <td class="n">{ speech.usd(part.cost_per_query_usd) }</td>
                <td class="n">{ speech.number(libm::round(part.uncached)) }</td>
                <td>{ model }</td>
            </tr>
        };
        SortRow::new(keys, html)
    };
    let foot = html! {
        <tfoot><tr>
            <th scope="row">{ speech.word(Word::ui_total) }</th>
            <td class="wide"></td>
            <td class="n">{ speech.usd(dollars(estimate.total_daily_cost_usd)) }</td>
            if let Some(a) = a {
                <td class="n">{ delta(speech, Measure::Usd, dollars(estimate.total_daily_cost_usd), dollars(a.total_daily_cost_usd), Against::Pinned) }</td>
            }
            <td class="n">{ speech.usd(estimate.avg_cost_per_message_usd) }</td>
            <td class="n">{ speech.number(libm::round(estimate.breakdown.iter().map(|part| part.uncached).sum())) }</td>
            <td></td>
        </tr></tfoot>
    };
    let rows: Vec<SortRow> = estimate.breakdown.iter().enumerate().map(row).collect();
    html! {
        <section class={classes!("card", (!fresh).then_some("stale"))} aria-labelledby="cost-title">
            <h2 id="cost-title">{ speech.word(Word::ui_cost_by_type) }</h2>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="cost-title">
            <table class="figures">
                // With another scenario beside it the columns are others.
                <Sortable key={a.is_some().to_string()} heads={heads(speech, period, a.is_some())} {rows} {foot} />
            </table>
            </div>
            <p class="finding" data-figure="cache">{ speech.say(&saved) }</p>
            if !estimate.unknown.is_empty() {
                <p class="finding">{ speech.say(&Message::new(Word::ui_unknown_prices).text("names", estimate.unknown.join(", "))) }</p>
            }
        </section>
    }
}

fn heads(speech: &Speech, period: Period, compares: bool) -> Vec<Head> {
    let mut heads = vec![
        Head::name(speech.word(Word::ui_type)),
        Head::plain(speech.word(Word::ui_bar_legend)).class("wide"),
        Head::figure(speech.word(period.word())),
    ];
    heads.extend(compares.then(|| Head::figure(speech.word(Word::ui_against))));
    heads.extend([
        Head::figure(speech.word(Word::ui_cost_call)),
        Head::figure(speech.word(Word::ui_to_model)),
        Head::name(speech.word(Word::ui_model)),
    ]);
    heads
}
