use std::rc::Rc;

use rehearsal::chart::{Path, Scale, Table, label_width, thinned};
use yew::prelude::*;

use super::frame::{Canvas, ChartFrame, Stop};
use super::width::use_width;

/// A line of a chart; a point without a value is a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub name: String,
    /// Its look.
    pub class: &'static str,
    /// All lines of a chart have the same places.
    pub points: Vec<(f64, Option<f64>)>,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    /// A stable name: of its elements, its files and for tests.
    pub id: &'static str,
    pub title: String,
    /// What the chart shows, in a sentence.
    pub description: String,
    pub lines: Vec<Line>,
    /// The same numbers: a row for each place.
    pub table: Rc<Table>,
    /// Ticks of the horizontal axis with their labels; those that have no room are left out.
    pub ticks: Vec<(f64, String)>,
    /// What the heights are.
    pub unit: String,
    /// The label of a height.
    pub height_label: Callback<f64, String>,
    /// A height marked across the chart, with its label.
    #[prop_or_default]
    pub level: Option<(f64, String)>,
    /// A place marked on the horizontal axis, with its label.
    #[prop_or_default]
    pub place: Option<(f64, String)>,
    /// Places and the share of those who came there and got no answer.
    #[prop_or_default]
    pub lost: Vec<(f64, f64)>,
    /// What that band is called.
    #[prop_or_default]
    pub lost_name: String,
    /// Whether heights go by their logarithm before anyone chose.
    #[prop_or(true)]
    pub log: bool,
    #[prop_or("h2")]
    pub heading: &'static str,
}

const HEIGHT: f64 = 236.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 28.0;

/// Lines over a common axis.
#[component]
pub fn LineChart(props: &Props) -> Html {
    let node = use_node_ref();
    let width = use_width(&node);
    let log = use_state_eq(|| props.log);
    let heights = || props.lines.iter().flat_map(|line| &line.points).filter_map(|(_, y)| *y).filter(|y| *y > 0.0);
    let level = props.level.as_ref().map(|(level, _)| *level);
    let low = heights().chain(level).fold(f64::INFINITY, f64::min);
    let high = heights().chain(level).fold(0.0, f64::max);
    let up = (HEIGHT - BOTTOM, TOP);
    let y =
        if *log && high > 0.0 { Scale::log(low * 0.8, high * 1.25, up) } else { Scale::linear(0.0, high * 1.08, up) };
    let say = |height: f64| props.height_label.emit(height);
    let y_ticks: Vec<(f64, String)> = y.ticks(5).into_iter().map(|tick| (tick, say(tick))).collect();
    let widest = |labels: &mut dyn Iterator<Item = f64>| labels.fold(0.0, f64::max);
    let left = widest(&mut y_ticks.iter().map(|(_, label)| label_width(label))) + 14.0;
    let end = width - widest(&mut props.lines.iter().map(|line| label_width(&line.name) * 1.1)) - 10.0;
    // The axis is as long as its ticks from the first point on: a curve grows into it.
    let of_lines = props.lines.iter().flat_map(|line| &line.points).map(|(at, _)| *at);
    let places = || of_lines.clone().chain(props.ticks.iter().map(|(at, _)| *at));
    let (from, to) = (places().fold(f64::INFINITY, f64::min), places().fold(f64::NEG_INFINITY, f64::max));
    let x = Scale::linear(from, to, (left, end));
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
    let across: Vec<(f64, String)> = props.ticks.iter().map(|(at, label)| (x.at(*at), label.clone())).collect();
    let dots = |index: usize| {
        let here = |line: &Line| Some((y.at(line.points.get(index)?.1.filter(|value| *value > 0.0)?), line.class));
        props.lines.iter().filter_map(here).collect()
    };
    let first = props.lines.first().map(|line| line.points.as_slice()).unwrap_or_default();
    let stops: Vec<Stop> =
        first.iter().enumerate().map(|(index, (at, _))| Stop { x: x.at(*at), dots: dots(index) }).collect();
    // A band is as wide as there is room beside the nearest place.
    let gaps = first.windows(2).map(|pair| x.at(pair[1].0) - x.at(pair[0].0));
    let half = gaps.fold(24.0, f64::min).max(2.0) * 0.45;
    let canvas = Canvas { node, width, height: HEIGHT, top: TOP, bottom: HEIGHT - BOTTOM };
    let switch = Callback::from({
        let log = log.clone();
        move |chosen| log.set(chosen)
    });
    html! {
        <ChartFrame id={props.id} title={props.title.clone()} description={props.description.clone()} {canvas} {stops}
            table={props.table.clone()} log={Some((*log, switch))} heading={props.heading}>
            <text class="unit" x="0" y="12">{ &props.unit }</text>
            for (tick, label) in &y_ticks {
                <line class="grid" x1={left.to_string()} x2={end.to_string()} y1={y.at(*tick).to_string()} y2={y.at(*tick).to_string()} />
                <text class="height" x={(left - 8.0).to_string()} y={(y.at(*tick) + 4.0).to_string()}>{ label }</text>
            }
            for tick in thinned(&across, (0.0, width)) {
                <text x={tick.label_at.to_string()} y={(HEIGHT - 9.0).to_string()}>{ tick.label }</text>
            }
            if let Some((level, label)) = &props.level {
                <line class="slo" x1={left.to_string()} x2={end.to_string()} y1={y.clamped(*level).to_string()} y2={y.clamped(*level).to_string()} />
                <text class="slo-label" x={(left + 4.0).to_string()} y={(y.clamped(*level) - 5.0).to_string()}>{ label }</text>
            }
            if let Some((at, label)) = &props.place {
                <line class="place" x1={x.at(*at).to_string()} x2={x.at(*at).to_string()} y1={TOP.to_string()} y2={(HEIGHT - BOTTOM).to_string()} />
                <text class="mark-label" x={x.at(*at).to_string()} y={(TOP - 6.0).to_string()}>{ label }</text>
            }
            for (at, share) in &props.lost {
                // From the top down: they wait longest of all.
                <rect class="lost" x={(x.at(*at) - half).max(left).to_string()} y={TOP.to_string()}
                    width={(2.0 * half).to_string()} height={(share.min(1.0) * (HEIGHT - BOTTOM - TOP)).to_string()} />
            }
            if let Some((at, _)) = props.lost.iter().max_by(|a, b| a.1.total_cmp(&b.1)) {
                <text class="lost-label" x={x.at(*at).clamp(left + 40.0, end - 40.0).to_string()} y={(TOP + 12.0).to_string()}>{ &props.lost_name }</text>
            }
            <line class="axis" x1={left.to_string()} x2={end.to_string()} y1={(HEIGHT - BOTTOM).to_string()} y2={(HEIGHT - BOTTOM).to_string()} />
            for line in &props.lines {
                <path class={format!("line {}", line.class)} d={path(line)} />
            }
            for (at, line) in names {
                <text class="end" x={(end + 6.0).to_string()} y={(at + 4.0).to_string()}>{ &line.name }</text>
            }
        </ChartFrame>
    }
}
