use std::rc::Rc;

use rehearsal::sim::Outcome;
use rehearsal::words::{Arg, Word};
use yew::prelude::*;

use super::percentiles::{PercentileChart, PercentilePoint};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub outcome: Rc<Outcome>,
    /// The day of the scenario that this one is compared with.
    pub pinned: Option<Rc<Outcome>>,
    pub slo_ms: f64,
    pub fresh: bool,
}

/// The percentiles over the hours of the day.
#[component]
pub fn HourPanel(props: &Props) -> Html {
    let speech = use_speech();
    let name = |hour: usize| format!("{hour}:00");
    let points = props.outcome.by_hour.iter().map(|hour| PercentilePoint {
        at: hour.hour as f64,
        quantiles: hour.figures.with_unanswered,
        before: vec![Some(Arg::Text(name(hour.hour))), Some(Arg::Number(hour.figures.messages as f64))],
        after: vec![hour.figures.share_within_slo.map(Arg::Percent), hour.figures.unanswered.map(Arg::Percent)],
        unanswered: hour.figures.unanswered,
    });
    let pinned =
        props.pinned.iter().flat_map(|day| &day.by_hour).map(|hour| (hour.hour as f64, hour.figures.with_unanswered));
    let words = |words: &[Word]| words.iter().map(|word| speech.word(*word)).collect::<Vec<_>>();
    html! {
        <section class={classes!("card", (!props.fresh).then_some("stale"))} aria-labelledby="hours-title">
            <PercentileChart id="hours" title={speech.word(Word::ui_by_hour)} description={speech.word(Word::chart_hours_desc)}
                points={points.collect::<Vec<_>>()} pinned={pinned.collect::<Vec<_>>()} columns={(words(&[Word::ui_hour, Word::ui_messages]), words(&[Word::ui_in_time, Word::ui_lost]))}
                ticks={(0..24).step_by(3).map(|hour| (hour as f64, name(hour))).collect::<Vec<_>>()} slo_ms={props.slo_ms} />
        </section>
    }
}
