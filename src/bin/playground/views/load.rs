use std::rc::Rc;

use rehearsal::sim::{LOAD_FACTORS, LoadPoint, Quantiles, knee};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use crate::components::{Line, LineChart};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The points so far, in the order of their load.
    pub points: Rc<Vec<LoadPoint>>,
    pub slo_ms: f64,
    /// Whether they belong to what is on the screen.
    pub fresh: bool,
}

/// The percentiles against load, with the knee.
#[component]
pub fn LoadPanel(props: &Props) -> Html {
    let speech = use_speech();
    let points = &props.points;
    let whole = points.len() == LOAD_FACTORS.len();
    let line = |name: &str, class, of: fn(&Quantiles) -> Option<f64>| Line {
        name: name.to_string(),
        class,
        points: points.iter().map(|point| (point.factor, of(&point.e2e_ms))).collect(),
    };
    let lines = vec![line("P50", "p50", |q| q.p50), line("P95", "p95", |q| q.p95), line("P99", "p99", |q| q.p99)];
    let knee = if whole { knee(points) } else { None };
    let ms = {
        let speech = speech.clone();
        Callback::from(move |ms: f64| speech.ms(Some(ms)))
    };
    let times = |factor: f64| speech.say(&Message::new(Word::ui_times).with("factor", Arg::Number(factor)));
    html! {
        <section class={classes!("card", (!props.fresh || !whole).then_some("stale"))} aria-labelledby="load-title" aria-busy={(!props.fresh || !whole).to_string()}>
            <h2 id="load-title">{ speech.word(Word::ui_by_load) }</h2>
            <LineChart title={speech.word(Word::ui_by_load)} {lines} height_label={ms} level={props.slo_ms}
                ticks={[0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0].map(|factor| (factor, times(factor))).to_vec()}
                place={knee.map(|knee| (knee, speech.word(Word::ui_knee)))} />
            if whole {
                <p class="finding" data-figure="knee">{
                    match knee {
                        Some(knee) => speech.say(&Message::new(Word::ui_knee_at).with("factor", Arg::Number(knee))),
                        None => speech.word(Word::ui_no_knee),
                    }
                }</p>
            }
            <details>
                <summary>{ speech.word(Word::ui_as_table) }</summary>
                <div class="scroll" tabindex="0" role="region" aria-labelledby="load-title">
                <table class="figures">
                    <thead><tr>
                        <th scope="col">{ speech.word(Word::ui_load) }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_daily_messages) }</th>
                        <th scope="col" class="n">{ "P50" }</th>
                        <th scope="col" class="n">{ "P95" }</th>
                        <th scope="col" class="n">{ "P99" }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_in_time) }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_lost) }</th>
                    </tr></thead>
                    <tbody>
                        for point in points.iter() {
                            <tr>
                                <th scope="row">{ times(point.factor) }</th>
                                <td class="n">{ speech.number(libm::round(point.daily_messages)) }</td>
                                <td class="n">{ speech.ms(point.e2e_ms.p50) }</td>
                                <td class="n">{ speech.ms(point.e2e_ms.p95) }</td>
                                <td class="n">{ speech.ms(point.e2e_ms.p99) }</td>
                                <td class="n">{ speech.percent(point.share_within_slo) }</td>
                                <td class="n">{ speech.percent(Some(point.share_lost)) }</td>
                            </tr>
                        }
                    </tbody>
                </table>
                </div>
            </details>
        </section>
    }
}
