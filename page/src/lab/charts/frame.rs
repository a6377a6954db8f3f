use std::rc::Rc;

use rehearsal::chart::{Table, nearest};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::export;
use super::width::view_box;
use crate::components::Menu;
use crate::platform::page;
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
    pub x: f64,
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
    /// What the read-out says at a stop; without it the row of the table.
    #[prop_or_default]
    pub reading: Option<Callback<usize, String>>,
    /// Whether an axis is logarithmic, where a person can choose.
    #[prop_or_default]
    pub log: Option<(bool, Callback<bool>)>,
    #[prop_or("h2")]
    pub heading: &'static str,
    /// The shapes.
    pub children: Html,
    /// What can be taken hold of, above the shapes.
    #[prop_or_default]
    pub handles: Html,
}

/// What every chart has: its heading, a read-out for mouse, touch and keyboard, a choice of axis, the
/// same numbers as a table, and its export as a file.
#[component]
pub fn ChartFrame(props: &Props) -> Html {
    let speech = use_speech();
    let at = use_state_eq(|| None::<usize>);
    let open = use_state_eq(|| false);
    let Canvas { node, width, height, top, bottom } = props.canvas.clone();
    let last = props.stops.len().saturating_sub(1);
    let here = (*at).filter(|_| !props.stops.is_empty()).map(|index| index.min(last));
    let id = props.id;
    let reading = here.map(|index| match &props.reading {
        Some(reading) => reading.emit(index),
        None => {
            let row = props.table.rows.get(index).map(Vec::as_slice).unwrap_or_default();
            let named =
                props.table.columns.iter().zip(row).map(|(name, value)| format!("{name} {}", cell(&speech, value)));
            named.collect::<Vec<_>>().join(" · ")
        }
    });
    let onpointermove = {
        let (at, stops, node) = (at.clone(), props.stops.clone(), node.clone());
        Callback::from(move |event: PointerEvent| {
            at.set(nearest(stops.iter().map(|stop| stop.x), page::across(&node, &event)));
        })
    };
    let clear = {
        let at = at.clone();
        move || at.set(None)
    };
    let onkeydown = {
        let at = at.clone();
        Callback::from(move |event: KeyboardEvent| {
            let step = |by: usize, forwards: bool| match here {
                Some(index) if forwards => (index + by).min(last),
                Some(index) => index.saturating_sub(by),
                None => 0,
            };
            at.set(match event.key().as_str() {
                "ArrowRight" | "ArrowUp" => Some(step(1, true)),
                "ArrowLeft" | "ArrowDown" => Some(step(1, false)),
                "PageUp" => Some(step(10, true)),
                "PageDown" => Some(step(10, false)),
                "Home" => Some(0),
                "End" => Some(last),
                "Escape" if here.is_some() => None,
                _ => return,
            });
            event.prevent_default();
        })
    };
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
    let label = speech.say(&Message::new(Word::chart_probe).text("title", props.title.clone()));
    html! {
        <figure class="chart" data-chart={id}>
            <figcaption class="chart-head">
                <@{props.heading} id={format!("{id}-title")}>{ &props.title }</@>
                { tools(&speech, props, *open, on_table, &export) }
            </figcaption>
            <div class="plot" ref={node}>
                <svg viewBox={view_box(width, height)} width={width.to_string()} height={height.to_string()} role="img" aria-labelledby={format!("{id}-name {id}-desc")}>
                    <title id={format!("{id}-name")}>{ &props.title }</title>
                    <desc id={format!("{id}-desc")}>{ &props.description }</desc>
                    { props.children.clone() }
                    if let Some(stop) = here.and_then(|index| props.stops.get(index)) {
                        <g class="cross">
                            <line x1={stop.x.to_string()} x2={stop.x.to_string()} y1={top.to_string()} y2={bottom.to_string()} />
                            for (y, class) in &stop.dots {
                                <circle class={*class} cx={stop.x.to_string()} cy={y.to_string()} r="4" />
                            }
                        </g>
                    }
                </svg>
                if !props.stops.is_empty() {
                    <div class="probe" role="slider" tabindex="0" aria-label={label} aria-valuemin="0" aria-valuemax={last.to_string()}
                        aria-valuenow={here.unwrap_or(0).to_string()} aria-valuetext={reading.clone().unwrap_or_default()}
                        onpointermove={onpointermove.clone()} onpointerdown={onpointermove} {onkeydown}
                        onpointerleave={let clear = clear.clone(); Callback::from(move |_: PointerEvent| clear())}
                        onblur={Callback::from(move |_: FocusEvent| clear())} />
                }
                { props.handles.clone() }
            </div>
            <p class={classes!("reading", here.is_none().then_some("hint"))} data-reading={id}>{ reading.unwrap_or_else(|| speech.word(Word::chart_hint)) }</p>
            if *open {
                { as_table(&speech, id, &props.table) }
            }
        </figure>
    }
}

fn cell(speech: &Speech, cell: &Option<Arg>) -> String {
    cell.as_ref().map_or_else(|| "–".to_string(), |arg| speech.arg(arg))
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

fn as_table(speech: &Speech, id: &str, table: &Table) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="group" aria-labelledby={format!("{id}-title")}>
            <table class="figures">
                <thead><tr>
                    for (index, name) in table.columns.iter().enumerate() {
                        <th scope="col" class={(index > 0).then_some("n")}>{ name }</th>
                    }
                </tr></thead>
                <tbody>
                    for row in &table.rows {
                        <tr>
                            for (index, value) in row.iter().enumerate() {
                                if index == 0 {
                                    <th scope="row">{ cell(speech, value) }</th>
                                } else {
                                    <td class="n">{ cell(speech, value) }</td>
                                }
                            }
                        </tr>
                    }
                </tbody>
            </table>
        </div>
    }
}
