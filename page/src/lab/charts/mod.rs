//! The charts of the answer: the distribution of answer times, the hours of the day, the load.
//!
//! The page says what they show, and has places for them; what every chart has is its [`frame`].

mod bars;
mod export;
mod frame;
mod hours;
mod latency;
mod line;
mod load;
mod marker;
mod numbers;
mod percentiles;
mod probe;
mod width;

use std::rc::Rc;

use rehearsal::scenario::Scenario;
use rehearsal::sim::Outcome;
use yew::prelude::*;

use crate::channel::{Column, Results};
use crate::period::Period;
use crate::platform::page;
use crate::view::View;
use hours::{CostHours, HourPanel, Part, TrafficPanel};
use latency::LatencyChart;
use load::LoadPanel;
use probe::Shared;

pub use bars::{BarChart, BarRow};
pub use export::file_name;
pub use frame::{Canvas, ChartFrame, Stop};
pub use numbers::{Numbers, figure_of};
pub use width::{use_width, view_box};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The view that is shown: three of them have places for charts.
    pub view: View,
    /// What money is shown for.
    pub period: Period,
    pub results: Option<Rc<Results>>,
    /// The scenario they belong to.
    pub scenario: Option<Rc<Scenario>>,
}

/// The scenario that the charts draw beside the one on the screen.
fn a_of(results: &Results) -> Option<&Column> {
    results.columns.first()
}

/// The charts, each in its place of the view.
#[component]
pub fn Charts(props: &Props) -> Html {
    let (shared, part) = use_hours();
    let shown = props.results.as_deref().filter(|_| props.view.has_results());
    let day = shown.and_then(|results| Some((results, results.day.clone()?)));
    let latency = day.clone().filter(|_| props.view != View::Cost).map(|(results, outcome)| {
        let pinned = a_of(results).and_then(|a| a.outcome.clone());
        html! { <LatencyChart {outcome} slo_ms={results.slo_ms} {pinned} between={results.p95_low.zip(results.p95_high)} /> }
    });
    let others = day.map(|(results, outcome)| match props.view {
        View::Latency => of_latency(props, results, &outcome, part, &shared),
        View::Cost => props.scenario.clone().map_or(Html::default(), |scenario| {
            html! { <CostHours {outcome} {scenario} period={props.period} {part} {shared} /> }
        }),
        _ => Html::default(),
    });
    html! {
        <>
            { page::within("latency-chart", latency.unwrap_or_default()) }
            { page::within("charts", others.unwrap_or_default()) }
        </>
    }
}

/// The day by hour, and more load.
fn of_latency(props: &Props, results: &Results, outcome: &Rc<Outcome>, part: Part, shared: &Shared) -> Html {
    let (slo_ms, a) = (results.slo_ms, a_of(results));
    let fresh = results.day_fresh;
    html! {
        <>
            <HourPanel outcome={outcome.clone()} pinned={a.and_then(|a| a.outcome.clone())} {slo_ms} {fresh} {part} shared={shared.clone()} />
            <TrafficPanel outcome={outcome.clone()} {slo_ms} {fresh} {part} shared={shared.clone()} />
            <LoadPanel points={results.load.clone()} pinned={a.map(|a| a.load.clone()).unwrap_or_default()} {slo_ms} fresh={results.load_fresh} scenario={props.scenario.clone()} />
        </>
    }
}

/// The cross-hair that the charts over the hours share, and the part of the day that they show.
#[hook]
fn use_hours() -> (Shared, Part) {
    let at = use_state_eq(|| None::<usize>);
    let part = use_state_eq(|| None::<(usize, usize)>);
    let on_at = {
        let at = at.clone();
        Callback::from(move |place| at.set(place))
    };
    let on_zoom = {
        let (at, part) = (at.clone(), part.clone());
        Callback::from(move |chosen: Option<(usize, usize)>| {
            // The places count from the first hour that is shown.
            let first = part.map_or(0, |(first, _)| first);
            part.set(chosen.map(|(from, to)| (first + from, first + to)));
            at.set(None);
        })
    };
    (Shared { at: *at, on_at, zoomed: part.is_some(), on_zoom }, *part)
}
