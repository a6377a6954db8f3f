use std::rc::Rc;

use rehearsal::bench::report::Figure;
use yew::prelude::*;

use crate::lab::charts::{Canvas, ChartFrame, Stop, use_width};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub title: String,
    pub desc: String,
    /// Draws it as wide as there is room.
    pub draw: Callback<f64, Figure>,
    /// A stable name for tests.
    pub id: &'static str,
}

/// A chart of the benchmark suite, as the HTML report draws it, read like every other one.
#[component]
pub fn FigureView(props: &Props) -> Html {
    let node = use_node_ref();
    let width = use_width(&node);
    let figure = props.draw.emit(width);
    let stops: Vec<Stop> = figure.stops.iter().map(|x| Stop { at: *x, dots: Vec::new() }).collect();
    let canvas = Canvas { node, width, height: figure.height, top: TOP, bottom: figure.bottom };
    html! {
        <div class="bench-chart" data-figure={props.id}>
            <ChartFrame id={props.id} title={props.title.clone()} description={props.desc.clone()} {canvas} {stops}
                table={Rc::new(figure.table)} heading="h3">
                for tick in figure.y.iter() {
                    <line class="grid" x1={figure.left.to_string()} x2={figure.right.to_string()} y1={tenth(tick.at)} y2={tenth(tick.at)} />
                    <text class="height" x={(figure.left - 6.0).to_string()} y={tenth(tick.at + 4.0)}>{ &tick.label }</text>
                }
                for tick in figure.x.iter() {
                    <text x={tenth(tick.at)} y={(figure.bottom + 18.0).to_string()}>{ &tick.label }</text>
                }
                for mark in figure.marks.iter() {
                    <path class={mark.class} d={mark.d.clone()} />
                }
            </ChartFrame>
        </div>
    }
}

/// Where the shapes of a figure begin.
const TOP: f64 = 12.0;

fn tenth(value: f64) -> String {
    (libm::round(value * 10.0) / 10.0).to_string()
}
