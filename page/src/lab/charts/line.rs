use std::rc::Rc;

use rehearsal::chart::{Path, Scale, Table, label_width, thinned};
use yew::prelude::*;

use super::frame::{Canvas, ChartFrame, Stop};
use super::probe::Shared;
use super::width::use_width;

/// A line of a chart; a point without a value is a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub name: String,
    /// Its look.
    pub class: &'static str,
    /// It is drawn on demand only.
    pub off: bool,
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
    /// Whose cross-hair it shares.
    #[prop_or_default]
    pub shared: Option<Shared>,
    #[prop_or("h2")]
    pub heading: &'static str,
}

const HEIGHT: f64 = 236.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 28.0;

/// Where things of a chart are.
struct Plot {
    x: Scale,
    y: Scale,
    left: f64,
    end: f64,
    width: f64,
    y_ticks: Vec<(f64, String)>,
}

impl Plot {
    fn new(props: &Props, shown: &[&Line], log: bool, width: f64) -> Self {
        let heights = || shown.iter().flat_map(|line| &line.points).filter_map(|(_, y)| *y).filter(|y| *y > 0.0);
        let level = props.level.as_ref().map(|(level, _)| *level);
        let low = heights().chain(level).fold(f64::INFINITY, f64::min);
        let high = heights().chain(level).fold(0.0, f64::max);
        let up = (HEIGHT - BOTTOM, TOP);
        let y = if log && high > 0.0 {
            Scale::log(low * 0.8, high * 1.25, up)
        } else {
            Scale::linear(0.0, high * 1.08, up)
        };
        let y_ticks: Vec<(f64, String)> =
            y.ticks(5).into_iter().map(|tick| (tick, props.height_label.emit(tick))).collect();
        let widest = |labels: &mut dyn Iterator<Item = f64>| labels.fold(0.0, f64::max);
        let left = widest(&mut y_ticks.iter().map(|(_, label)| label_width(label))) + 14.0;
        let end = width - widest(&mut shown.iter().map(|line| label_width(&line.name) * 1.1)) - 10.0;
        // The axis is as long as its ticks from the first point on: a curve grows into it.
        let of_lines = props.lines.iter().flat_map(|line| &line.points).map(|(at, _)| *at);
        let places = || of_lines.clone().chain(props.ticks.iter().map(|(at, _)| *at));
        let (from, to) = (places().fold(f64::INFINITY, f64::min), places().fold(f64::NEG_INFINITY, f64::max));
        Plot { x: Scale::linear(from, to, (left, end)), y, left, end, width, y_ticks }
    }

    fn path(&self, line: &Line) -> String {
        let mut parts = vec![Path::new()];
        for (at, value) in &line.points {
            match (value.filter(|value| *value > 0.0), parts.pop()) {
                (Some(value), Some(part)) => parts.push(part.to(self.x.at(*at), self.y.at(value))),
                (None, Some(part)) => parts.extend([part, Path::new()]),
                (_, None) => {}
            }
        }
        parts.into_iter().map(Path::d).collect()
    }

    /// The names at the ends of the lines, kept apart.
    fn names<'a>(&self, shown: &[&'a Line]) -> Vec<(f64, &'a Line)> {
        let last = |line: &Line| line.points.iter().rev().find_map(|(_, value)| *value);
        let mut names: Vec<(f64, &Line)> =
            shown.iter().filter_map(|line| Some((self.y.at(last(line)?).min(HEIGHT - BOTTOM), *line))).collect();
        names.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut above = f64::INFINITY;
        for (at, _) in &mut names {
            *at = at.min(above - 12.0);
            above = *at;
        }
        names
    }

    fn stops(&self, props: &Props, shown: &[&Line]) -> Vec<Stop> {
        let places = props.lines.first().map(|line| line.points.as_slice()).unwrap_or_default();
        let dots = |index: usize| {
            let value = |line: &Line| line.points.get(index)?.1.filter(|value| *value > 0.0);
            shown.iter().filter_map(|line| Some((self.y.at(value(line)?), line.class))).collect()
        };
        places.iter().enumerate().map(|(index, (at, _))| Stop { at: self.x.at(*at), dots: dots(index) }).collect()
    }
}

/// Lines over a common axis, each to be left out or taken in.
#[component]
pub fn LineChart(props: &Props) -> Html {
    let node = use_node_ref();
    let width = use_width(&node);
    let log = use_state_eq(|| props.log);
    // The names of the lines that are not as they are at first.
    let turned = use_state_eq(Vec::<String>::new);
    let is_on = |line: &Line| line.off == turned.contains(&line.name);
    let shown: Vec<&Line> = props.lines.iter().filter(|line| is_on(line)).collect();
    let plot = Plot::new(props, &shown, *log, width);
    let stops = plot.stops(props, &shown);
    let canvas = Canvas { node, width, height: HEIGHT, top: TOP, bottom: HEIGHT - BOTTOM };
    let switch = Callback::from({
        let log = log.clone();
        move |chosen| log.set(chosen)
    });
    let turn = {
        let turned = turned.clone();
        Callback::from(move |name: String| {
            let mut now = (*turned).clone();
            match now.iter().position(|other| *other == name) {
                Some(at) => drop(now.remove(at)),
                None => now.push(name),
            }
            turned.set(now);
        })
    };
    html! {
        <ChartFrame id={props.id} title={props.title.clone()} description={props.description.clone()} {canvas} {stops}
            table={props.table.clone()} log={Some((*log, switch))} heading={props.heading} shared={props.shared.clone()}
            legend={legend(props, &is_on, &turn)}>
            { axes(props, &plot) }
            { lost_band(props, &plot) }
            for line in &shown {
                <path class={format!("line {}", line.class)} d={plot.path(line)} />
            }
            for (at, line) in plot.names(&shown) {
                <text class="end" x={(plot.end + 6.0).to_string()} y={(at + 4.0).to_string()}>{ &line.name }</text>
            }
        </ChartFrame>
    }
}

/// A button for each line, where there is more than one.
fn legend(props: &Props, is_on: &dyn Fn(&Line) -> bool, turn: &Callback<String>) -> Html {
    if props.lines.len() < 2 {
        return Html::default();
    }
    html! {
        <div class="lines" role="group" aria-label={props.title.clone()}>
            for line in &props.lines {
                <button class="small" data-line={line.name.clone()} aria-pressed={is_on(line).to_string()}
                    onclick={let name = line.name.clone(); turn.reform(move |_: MouseEvent| name.clone())}>
                    <svg viewBox="0 0 18 8" width="18" height="8" aria-hidden="true"><line class={format!("line {}", line.class)} x1="0" x2="18" y1="4" y2="4" /></svg>
                    { &line.name }
                </button>
            }
        </div>
    }
}

/// What stands behind the lines: heights, places, the level and the place that are marked.
fn axes(props: &Props, plot: &Plot) -> Html {
    let Plot { x, y, left, end, width, y_ticks } = plot;
    let across: Vec<(f64, String)> = props.ticks.iter().map(|(at, label)| (x.at(*at), label.clone())).collect();
    let ground = (HEIGHT - BOTTOM).to_string();
    html! {
        <>
            <text class="unit" x="0" y="12">{ &props.unit }</text>
            for (tick, label) in y_ticks {
                <line class="grid" x1={left.to_string()} x2={end.to_string()} y1={y.at(*tick).to_string()} y2={y.at(*tick).to_string()} />
                <text class="height" x={(left - 8.0).to_string()} y={(y.at(*tick) + 4.0).to_string()}>{ label }</text>
            }
            for tick in thinned(&across, (0.0, *width)) {
                <text x={tick.label_at.to_string()} y={(HEIGHT - 9.0).to_string()}>{ tick.label }</text>
            }
            if let Some((level, label)) = &props.level {
                <line class="slo" x1={left.to_string()} x2={end.to_string()} y1={y.clamped(*level).to_string()} y2={y.clamped(*level).to_string()} />
                <text class="slo-label" x={(left + 4.0).to_string()} y={(y.clamped(*level) - 5.0).to_string()}>{ label }</text>
            }
            if let Some((at, label)) = &props.place {
                <line class="place" x1={x.at(*at).to_string()} x2={x.at(*at).to_string()} y1={TOP.to_string()} y2={ground.clone()} />
                <text class="mark-label" x={x.at(*at).to_string()} y={(TOP - 6.0).to_string()}>{ label }</text>
            }
            <line class="axis" x1={left.to_string()} x2={end.to_string()} y1={ground.clone()} y2={ground} />
        </>
    }
}

/// Who got no answer, from the top down: they wait longest of all.
fn lost_band(props: &Props, plot: &Plot) -> Html {
    let Plot { x, left, end, .. } = plot;
    // A band is as wide as there is room beside the nearest place.
    let places = props.lines.first().map(|line| line.points.as_slice()).unwrap_or_default();
    let gaps = places.windows(2).map(|pair| x.at(pair[1].0) - x.at(pair[0].0));
    let half = gaps.fold(24.0, f64::min).max(2.0) * 0.45;
    html! {
        <>
            for (at, share) in &props.lost {
                <rect class="lost" x={(x.at(*at) - half).max(*left).to_string()} y={TOP.to_string()}
                    width={(2.0 * half).to_string()} height={(share.min(1.0) * (HEIGHT - BOTTOM - TOP)).to_string()} />
            }
            if let Some((at, _)) = props.lost.iter().max_by(|a, b| a.1.total_cmp(&b.1)) {
                <text class="lost-label" x={x.at(*at).clamp(left + 40.0, (end - 40.0).max(left + 40.0)).to_string()} y={(TOP + 12.0).to_string()}>{ &props.lost_name }</text>
            }
        </>
    }
}
