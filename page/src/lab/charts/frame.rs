use std::rc::Rc;

use rehearsal::chart::{Table, label_width};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::export;
use super::numbers::{Numbers, cell};
use super::probe::{Probe, Shared, use_probe};
use super::width::view_box;
use crate::components::Menu;
use crate::speech::{Speech, use_speech};

/// Where a chart is drawn: the element that is measured, and what is left of it for the shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas {
    pub node: NodeRef,
    pub width: f64,
    pub height: f64,
    pub top: f64,
    /// The height of the axis.
    pub bottom: f64,
}

/// A place of the chart that can be read, with the heights of the points there and their looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// How far to the right, or where places stand one below the other how far down.
    pub at: f64,
    pub dots: Vec<(f64, &'static str)>,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    /// A stable name: of its elements, its files and for tests.
    pub id: &'static str,
    pub title: String,
    /// What the chart shows, in a sentence.
    pub description: String,
    pub canvas: Canvas,
    /// The same numbers.
    pub table: Rc<Table>,
    /// Where the read-out can stand, left to right: a row of the table each.
    pub stops: Vec<Stop>,
    /// These places stand one below the other instead.
    #[prop_or_default]
    pub downwards: bool,
    /// What the read-out says at a stop; without it the row of the table.
    #[prop_or_default]
    pub reading: Option<Callback<usize, String>>,
    /// Whether an axis is logarithmic, where a person can choose.
    #[prop_or_default]
    pub log: Option<(bool, Callback<bool>)>,
    #[prop_or("h2")]
    pub heading: &'static str,
    /// Whose cross-hair and whose part of the places it shares.
    #[prop_or_default]
    pub shared: Option<Shared>,
    /// What of it can be left out, above it.
    #[prop_or_default]
    pub legend: Html,
    /// The shapes.
    pub children: Html,
    /// What can be taken hold of, above the shapes.
    #[prop_or_default]
    pub handles: Html,
}

/// What every chart has: its heading, a read-out at the pointer, by touch and by keyboard, a part to be chosen,
/// a choice of axis, the same numbers as a table, and its export as a file.
#[component]
pub fn ChartFrame(props: &Props) -> Html {
    let speech = use_speech();
    let open = use_state_eq(|| false);
    let id = props.id;
    let Canvas { node, width, height, .. } = props.canvas.clone();
    let probe =
        use_probe(&node, props.stops.iter().map(|stop| stop.at).collect(), props.downwards, props.shared.clone());
    let lines = probe.at.map(|index| lines(&speech, props, index));
    let reading = lines.as_ref().map(|lines| lines.join(" · "));
    // On a narrow screen what stands at the pointer is cut, not what is announced.
    let tip: Vec<String> = lines.iter().flatten().map(|line| fitting(line, width - 2.0 * TIP_ROOM)).collect();
    let last = props.stops.len().saturating_sub(1);
    let export = {
        let (table, speech) = (props.table.clone(), speech.clone());
        Callback::from(move |kind: String| {
            let csv = if kind == "csv" { table.csv(speech.0.as_ref()) } else { String::new() };
            export::save(kind, id, csv);
        })
    };
    let on_table = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let (left, out) = (probe.on_leave.clone(), probe.on_leave.clone());
    let label = speech.say(&Message::new(Word::chart_probe).text("title", props.title.clone()));
    html! {
        <figure class="chart" data-chart={id}>
            <figcaption class="chart-head">
                <@{props.heading} id={format!("{id}-title")}>{ &props.title }</@>
                { all_again(&speech, props.shared.as_ref()) }
                { tools(&speech, props, *open, on_table, &export) }
            </figcaption>
            { props.legend.clone() }
            <div class="plot" ref={node}>
                <svg viewBox={view_box(width, height)} width={width.to_string()} height={height.to_string()} role="img" aria-labelledby={format!("{id}-name {id}-desc")}>
                    <title id={format!("{id}-name")}>{ &props.title }</title>
                    <desc id={format!("{id}-desc")}>{ &props.description }</desc>
                    { props.children.clone() }
                    { cross(props, &probe, &tip) }
                </svg>
                if !props.stops.is_empty() {
                    <div class="probe" role="slider" tabindex="0" aria-label={label} aria-orientation={props.downwards.then_some("vertical")} aria-valuemin="0" aria-valuemax={last.to_string()}
                        aria-valuenow={probe.at.unwrap_or(0).to_string()} aria-valuetext={reading.clone().unwrap_or_default()}
                        onpointermove={probe.on_move} onpointerdown={probe.on_press} onpointerup={probe.on_release} onkeydown={probe.on_key}
                        onpointerleave={Callback::from(move |_: PointerEvent| left.emit(()))}
                        onblur={Callback::from(move |_: FocusEvent| out.emit(()))} />
                }
                { props.handles.clone() }
            </div>
            // What stands at the pointer stands here unseen, so that nothing moves.
            <p class={classes!("reading", if probe.at.is_some() { "spoken" } else { "hint" })} data-reading={id}>{
                reading.unwrap_or_else(|| speech.word(if props.shared.is_some() { Word::chart_hint_zoom } else { Word::chart_hint }))
            }</p>
            if *open {
                <div class="scroll" tabindex="0" role="group" aria-labelledby={format!("{id}-title")}>
                    <Numbers table={props.table.clone()} />
                </div>
            }
        </figure>
    }
}

/// What is read at a place, a line for each figure.
fn lines(speech: &Speech, props: &Props, index: usize) -> Vec<String> {
    if let Some(reading) = &props.reading {
        return vec![reading.emit(index)];
    }
    let row = props.table.rows.get(index).map(Vec::as_slice).unwrap_or_default();
    props.table.columns.iter().zip(row).map(|(name, value)| format!("{name} {}", cell(speech, value))).collect()
}

/// The way back from a part to all places.
fn all_again(speech: &Speech, shared: Option<&Shared>) -> Html {
    let Some(shared) = shared.filter(|shared| shared.zoomed) else { return Html::default() };
    let all = shared.on_zoom.reform(|_: MouseEvent| None);
    html! { <button class="small" data-action="all-hours" onclick={all}>{ speech.word(Word::chart_all_hours) }</button> }
}

const TIP_LINE: f64 = 14.0;
const TIP_ROOM: f64 = 8.0;

/// The cross-hair with what is read at its place, and the part that is being chosen.
fn cross(props: &Props, probe: &Probe, lines: &[String]) -> Html {
    let Canvas { top, bottom, .. } = props.canvas;
    let Some(stop) = probe.at.and_then(|index| props.stops.get(index)) else { return Html::default() };
    if props.downwards {
        return below(props, stop, lines);
    }
    let x_of = |index: usize| props.stops.get(index).map(|stop| stop.at);
    let part = probe.part.and_then(|(a, b)| Some((x_of(a.min(b))?, x_of(a.max(b))?)));
    let (wide, high) = tip_size(lines);
    // On the side of the line that has room.
    let right = stop.at + 12.0;
    let left = if right + wide <= props.canvas.width { right } else { (stop.at - 12.0 - wide).max(0.0) };
    let up = probe.down.map_or(top, |down| down - 0.5 * high).min(props.canvas.height - high).max(0.0);
    html! {
        <g class="cross">
            if let Some((from, to)) = part {
                <rect class="part" x={from.to_string()} y={top.to_string()} width={(to - from).to_string()} height={(bottom - top).to_string()} />
            }
            <line x1={stop.at.to_string()} x2={stop.at.to_string()} y1={top.to_string()} y2={bottom.to_string()} />
            for (y, class) in &stop.dots {
                <circle class={*class} cx={stop.at.to_string()} cy={y.to_string()} r="4" />
            }
            { tip(lines, (left, up)) }
        </g>
    }
}

/// The row that is read, where rows stand one below the other, and what is read below it or above it.
fn below(props: &Props, stop: &Stop, lines: &[String]) -> Html {
    let Canvas { width, height, .. } = props.canvas;
    let half =
        props.stops.windows(2).map(|pair| 0.5 * (pair[1].at - pair[0].at)).fold(f64::INFINITY, f64::min).min(12.0);
    let (wide, high) = tip_size(lines);
    let up = if stop.at + half + high <= height { stop.at + half } else { (stop.at - half - high).max(0.0) };
    html! {
        <g class="cross">
            <rect class="part" x="0" y={(stop.at - half).to_string()} width={width.to_string()} height={(2.0 * half).to_string()} />
            { tip(lines, ((width - wide).max(0.0), up)) }
        </g>
    }
}

/// A text, or as much of it as has room.
pub fn fitting(text: &str, room: f64) -> String {
    if label_width(text) <= room {
        return text.to_string();
    }
    let mut left = room - label_width("…");
    let kept = text.chars().take_while(|letter| {
        left -= label_width(letter.encode_utf8(&mut [0; 4]));
        left >= 0.0
    });
    kept.chain(['…']).collect()
}

/// How wide and how high is what is read.
fn tip_size(lines: &[String]) -> (f64, f64) {
    let wide = lines.iter().map(|line| label_width(line)).fold(0.0, f64::max) + 2.0 * TIP_ROOM;
    (wide, lines.len() as f64 * TIP_LINE + TIP_ROOM)
}

fn tip(lines: &[String], (left, up): (f64, f64)) -> Html {
    let (wide, high) = tip_size(lines);
    html! {
        <g class="tip">
            <rect x={left.to_string()} y={up.to_string()} width={wide.to_string()} height={high.to_string()} rx="6" />
            for (index, line) in lines.iter().enumerate() {
                <text x={(left + TIP_ROOM).to_string()} y={(up + TIP_LINE * (index as f64 + 1.0)).to_string()}>{ line }</text>
            }
        </g>
    }
}

/// What can be done with a chart: its axis, its numbers as a table, a file of it.
fn tools(
    speech: &Speech,
    props: &Props,
    open: bool,
    on_table: Callback<MouseEvent>,
    export: &Callback<String>,
) -> Html {
    let kinds = [("svg", "SVG"), ("png", "PNG"), ("csv", "CSV")];
    let label = speech.say(&Message::new(Word::chart_tools).text("title", props.title.clone()));
    html! {
        <Menu id="chart" {label} icon="more">
            if let Some((log, on_log)) = &props.log {
                <label class="toggle">
                    <input type="checkbox" checked={*log} data-log={props.id} onchange={
                        let (on_log, log) = (on_log.clone(), *log);
                        Callback::from(move |_| on_log.emit(!log))
                    } />
                    { speech.word(Word::chart_log) }
                </label>
            }
            <button data-table={props.id} aria-pressed={open.to_string()} onclick={on_table}>{ speech.word(Word::ui_as_table) }</button>
            for (key, name) in kinds {
                <button data-export={key} onclick={export.reform(move |_: MouseEvent| key.to_string())}>
                    { speech.say(&Message::new(Word::chart_save_as).text("kind", name)) }
                </button>
            }
        </Menu>
    }
}
