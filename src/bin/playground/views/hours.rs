use std::rc::Rc;

use rehearsal::sim::Outcome;
use rehearsal::words::Word;
use yew::prelude::*;

use crate::components::{Line, LineChart};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub outcome: Rc<Outcome>,
    pub slo_ms: f64,
    pub fresh: bool,
}

/// The percentiles over the hours of the day, as a chart and as a table.
#[component]
pub fn HourPanel(props: &Props) -> Html {
    let speech = use_speech();
    let hours = &props.outcome.by_hour;
    let line = |name: &str, class, of: fn(&rehearsal::sim::Quantiles) -> Option<f64>| Line {
        name: name.to_string(),
        class,
        points: hours.iter().map(|hour| (hour.hour as f64, of(&hour.figures.e2e_ms))).collect(),
    };
    let lines = vec![line("P50", "p50", |q| q.p50), line("P95", "p95", |q| q.p95), line("P99", "p99", |q| q.p99)];
    let ms = {
        let speech = speech.clone();
        Callback::from(move |ms: f64| speech.ms(Some(ms)))
    };
    html! {
        <section class={classes!("card", (!props.fresh).then_some("stale"))} aria-labelledby="hours-title">
            <h2 id="hours-title">{ speech.word(Word::ui_by_hour) }</h2>
            <LineChart title={speech.word(Word::ui_by_hour)} {lines} height_label={ms} level={props.slo_ms}
                ticks={(0..24).step_by(3).map(|hour| (f64::from(hour), format!("{hour}:00"))).collect::<Vec<_>>()} />
            <details>
                <summary>{ speech.word(Word::ui_as_table) }</summary>
                <div class="scroll" tabindex="0" role="region" aria-labelledby="hours-title">
                <table class="figures">
                    <thead><tr>
                        <th scope="col">{ speech.word(Word::ui_hour) }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_messages) }</th>
                        <th scope="col" class="n">{ "P50" }</th>
                        <th scope="col" class="n">{ "P95" }</th>
                        <th scope="col" class="n">{ "P99" }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_in_time) }</th>
                    </tr></thead>
                    <tbody>
                        for hour in hours {
                            <tr>
                                <th scope="row">{ format!("{}:00", hour.hour) }</th>
                                <td class="n">{ speech.number(hour.figures.messages as f64) }</td>
                                <td class="n">{ speech.ms(hour.figures.e2e_ms.p50) }</td>
                                <td class="n">{ speech.ms(hour.figures.e2e_ms.p95) }</td>
                                <td class="n">{ speech.ms(hour.figures.e2e_ms.p99) }</td>
                                <td class="n">{ speech.percent(hour.figures.share_within_slo) }</td>
                            </tr>
                        }
                    </tbody>
                </table>
                </div>
            </details>
        </section>
    }
}
