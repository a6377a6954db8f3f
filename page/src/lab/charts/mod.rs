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

use yew::prelude::*;

use crate::lab::newest::use_newest;
use crate::platform::{bridge, page};
use hours::HourPanel;
use latency::LatencyChart;
use load::LoadPanel;

pub use width::{use_width, view_box};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whether the first view, where the charts stand, is shown.
    pub shown: bool,
}

/// The charts, each in its place of the first view.
#[component]
pub fn Charts(props: &Props) -> Html {
    let results = use_newest(|| bridge::shown().map(Rc::new), bridge::on_shown);
    let Some(results) = (*results).clone().filter(|_| props.shown) else { return html! {} };
    let bridge::Results { slo_ms, day_fresh, load_fresh, .. } = *results;
    html! {
        if let Some(outcome) = &results.day {
            { page::within("latency-chart", html! { <LatencyChart outcome={outcome.clone()} {slo_ms} pinned={results.pinned.clone()} /> }) }
            { page::within("charts", html! {
                <>
                    <HourPanel outcome={outcome.clone()} pinned={results.pinned.clone()} {slo_ms} fresh={day_fresh} />
                    <LoadPanel points={results.load.clone()} pinned={results.pinned_load.clone()} {slo_ms} fresh={load_fresh} />
                </>
            }) }
        }
    }
}
