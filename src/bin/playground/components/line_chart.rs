use rehearsal::chart::{Path, Scale};
use yew::prelude::*;

use super::use_width;

/// A line of a chart; a point without a value is a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub name: String,
    /// Its look.
    pub class: &'static str,
    pub points: Vec<(f64, Option<f64>)>,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the chart shows, for those who do not see it.
    pub title: String,
    pub lines: Vec<Line>,
    /// Ticks of the horizontal axis with their labels.
    pub ticks: Vec<(f64, String)>,
    /// The label of a height.
    pub height_label: Callback<f64, String>,
    /// A height marked across the chart.
    #[prop_or_default]
    pub level: Option<f64>,
    /// A place marked on the horizontal axis, with its label.
    #[prop_or_default]
    pub place: Option<(f64, String)>,
    #[prop_or(true)]
    pub fresh: bool,
}

const HEIGHT: f64 = 220.0;
const TOP: f64 = 18.0;
const RIGHT: f64 = 44.0;
const BOTTOM: f64 = 28.0;
const LEFT: f64 = 78.0;

/// Lines over a common axis, heights by their logarithm.
#[component]
pub fn LineChart(props: &Props) -> Html {
    let node = use_node_ref();
    let width = use_width(&node);
    let heights = || props.lines.iter().flat_map(|line| &line.points).filter_map(|(_, y)| *y).filter(|y| *y > 0.0);
    let of_lines = || props.lines.iter().flat_map(|line| &line.points).map(|(x, _)| *x);
    // The axis is as long as its ticks from the first point on: a curve grows into it.
    let places = || of_lines().chain(props.ticks.iter().map(|(at, _)| *at));
    let low = heights().chain(props.level).fold(f64::INFINITY, f64::min);
    let high = heights().chain(props.level).fold(0.0, f64::max);
    if heights().next().is_none() {
        return html! { <div class="chart" ref={node}></div> };
    }
    let (from, to) = (places().fold(f64::INFINITY, f64::min), places().fold(f64::NEG_INFINITY, f64::max));
    let x = Scale::linear(from, to, (LEFT, width - RIGHT));
    let y = Scale::log(low * 0.8, high * 1.25, (HEIGHT - BOTTOM, TOP));
    let path = |line: &Line| {
        let mut parts = vec![Path::new()];
        for (at, value) in &line.points {
            match (value.filter(|value| *value > 0.0), parts.pop()) {
                (Some(value), Some(part)) => parts.push(part.to(x.at(*at), y.at(value))),
                (None, Some(part)) => parts.extend([part, Path::new()]),
                (_, None) => {}
            }
        }
        parts.into_iter().map(Path::d).collect::<String>()
    };
    // Names at the ends of the lines, kept apart.
    let mut names: Vec<(f64, &Line)> = props
        .lines
        .iter()
        .filter_map(|line| Some((y.at(line.points.iter().rev().find_map(|(_, value)| *value)?), line)))
        .collect();
    names.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut above = f64::INFINITY;
    for (at, _) in &mut names {
        *at = at.min(above - 12.0);
        above = *at;
    }
    let end = width - RIGHT;
    html! {
        <div class={classes!("chart", (!props.fresh).then_some("stale"))} ref={node}>
            <svg width={width.to_string()} height={HEIGHT.to_string()} role="img" aria-label={props.title.clone()}>
                for tick in y.ticks(5) {
                    <line class="grid" x1={LEFT.to_string()} x2={end.to_string()} y1={y.at(tick).to_string()} y2={y.at(tick).to_string()} />
                    <text class="height" x={(LEFT - 8.0).to_string()} y={(y.at(tick) + 4.0).to_string()}>{ props.height_label.emit(tick) }</text>
                }
                for (at, label) in &props.ticks {
                    <text x={x.at(*at).to_string()} y={(HEIGHT - 9.0).to_string()}>{ label }</text>
                }
                if let Some(level) = props.level {
                    <line class="slo" x1={LEFT.to_string()} x2={end.to_string()} y1={y.clamped(level).to_string()} y2={y.clamped(level).to_string()} />
                }
                if let Some((at, label)) = &props.place {
                    <line class="place" x1={x.at(*at).to_string()} x2={x.at(*at).to_string()} y1={TOP.to_string()} y2={(HEIGHT - BOTTOM).to_string()} />
                    <text class="mark-label" x={x.at(*at).to_string()} y="12">{ label }</text>
                }
                <line class="axis" x1={LEFT.to_string()} x2={end.to_string()} y1={(HEIGHT - BOTTOM).to_string()} y2={(HEIGHT - BOTTOM).to_string()} />
                for line in &props.lines {
                    <path class={format!("line {}", line.class)} d={path(line)} />
                }
                for (at, line) in names {
                    <text class="end" x={(end + 6.0).to_string()} y={(at + 4.0).to_string()}>{ &line.name }</text>
                }
            </svg>
        </div>
    }
}
