use std::rc::Rc;

use rehearsal::sim::{LOAD_FACTORS, LoadPoint, knee};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::percentiles::{PercentileChart, PercentilePoint};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The points so far, in the order of their load.
    pub points: Rc<Vec<LoadPoint>>,
    /// Those of the scenario that this one is compared with.
    pub pinned: Rc<Vec<LoadPoint>>,
    pub slo_ms: f64,
    /// Whether they belong to what is on the screen.
    pub fresh: bool,
}

/// The percentiles against load, with the knee.
#[component]
pub fn LoadPanel(props: &Props) -> Html {
    let speech = use_speech();
    let whole = props.points.len() == LOAD_FACTORS.len();
    let knee = if whole { knee(&props.points) } else { None };
    let times = |factor: f64| speech.say(&Message::new(Word::ui_times).with("factor", Arg::Number(factor)));
    let points = props.points.iter().map(|point| PercentilePoint {
        at: point.factor,
        quantiles: point.e2e_ms,
        before: vec![Some(Arg::Text(times(point.factor))), Some(Arg::Number(libm::round(point.daily_messages)))],
        after: vec![point.share_within_slo.map(Arg::Percent), Some(Arg::Percent(point.share_lost))],
    });
    let pinned = props.pinned.iter().map(|point| (point.factor, point.e2e_ms));
    let words = |words: &[Word]| words.iter().map(|word| speech.word(*word)).collect::<Vec<_>>();
    let columns = (words(&[Word::ui_load, Word::ui_daily_messages]), words(&[Word::ui_in_time, Word::ui_lost]));
    let finding = match knee {
        Some(knee) => speech.say(&Message::new(Word::ui_knee_at).with("factor", Arg::Number(knee))),
        None => speech.word(Word::ui_no_knee),
    };
    html! {
        <section class={classes!("card", (!props.fresh || !whole).then_some("stale"))} aria-labelledby="load-title" aria-busy={(!props.fresh || !whole).to_string()}>
            <PercentileChart id="load" title={speech.word(Word::ui_by_load)} description={speech.word(Word::chart_load_desc)}
                points={points.collect::<Vec<_>>()} pinned={pinned.collect::<Vec<_>>()} {columns} slo_ms={props.slo_ms}
                ticks={[0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0].map(|factor| (factor, times(factor))).to_vec()}
                place={knee.map(|knee| (knee, speech.word(Word::ui_knee)))} />
            if whole {
                <p class="finding" data-figure="knee">{ finding }</p>
            }
        </section>
    }
}
