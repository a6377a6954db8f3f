//! The charts of the first view: the distribution of answer times, the hours of the day, the load.
//!
//! The page says what they show, and has places for them; what every chart has is its [`frame`].

mod export;
mod frame;
mod hours;
mod latency;
mod line;
mod load;
mod marker;
mod percentiles;
mod width;

use std::rc::Rc;

use rehearsal::scenario::Scenario;
use rehearsal::sim::Outcome;
use yew::prelude::*;

use crate::channel::Results;
use crate::platform::page;
use crate::view::View;
use hours::HourPanel;
use latency::LatencyChart;
use load::LoadPanel;

pub use width::{use_width, view_box};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The view that is shown: three of them have places for charts.
    pub view: View,
    pub results: Option<Rc<Results>>,
    /// The scenario they belong to.
    pub scenario: Option<Rc<Scenario>>,
}

/// The charts, each in its place of the first view.
#[component]
pub fn Charts(props: &Props) -> Html {
    let shown = props.results.as_deref().filter(|_| props.view.has_results());
    let of_day = |show: &dyn Fn(&Results, Rc<Outcome>) -> Html| {
        shown.and_then(|results| Some(show(results, results.day.clone()?))).unwrap_or_default()
    };
    let (has_latency, has_hours) = (props.view != View::Cost, props.view == View::Latency);
    let latency = of_day(&|results, outcome| {
        html! { <LatencyChart {outcome} slo_ms={results.slo_ms} pinned={results.pinned.clone()} between={results.p95_low.zip(results.p95_high)} /> }
    });
    let others = of_day(&|results, outcome| {
        let slo_ms = results.slo_ms;
        html! {
            <>
                <HourPanel {outcome} pinned={results.pinned.clone()} {slo_ms} fresh={results.day_fresh} />
                <LoadPanel points={results.load.clone()} pinned={results.pinned_load.clone()} {slo_ms} fresh={results.load_fresh} scenario={props.scenario.clone()} />
            </>
        }
    });
    html! {
        <>
            { page::within("latency-chart", if has_latency { latency } else { Html::default() }) }
            { page::within("charts", if has_hours { others } else { Html::default() }) }
        </>
    }
}
