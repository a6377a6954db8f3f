//! Bars one below the other, each with its name and its figure.

use std::rc::Rc;

use rehearsal::chart::{Span, Table, label_width};
use yew::prelude::*;

use super::frame::{Canvas, ChartFrame, Stop, fitting};
use super::width::use_width;

/// A row of bars on the axis that all rows share.
#[derive(Clone, Debug, PartialEq)]
pub struct BarRow {
    pub name: String,
    /// The figure behind it, as it is read.
    pub value: String,
    /// Where each bar is, from 0 to 1, and its look.
    pub bars: Vec<(Span, &'static str)>,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    /// A stable name: of its elements, its files and for tests.
    pub id: &'static str,
    pub title: String,
    /// What the chart shows, in a sentence.
    pub description: String,
    pub rows: Vec<BarRow>,
    /// A place marked across all rows, from 0 to 1.
    #[prop_or_default]
    pub mark: Option<f64>,
    /// The same numbers: a row for each row of bars.
    pub table: Rc<Table>,
    #[prop_or_default]
    pub legend: Html,
}

const MARGIN: f64 = 4.0;
const BAR: f64 = 14.0;
const GAP: f64 = 10.0;
/// What is left of a bar that is nearly nothing, so that it can be seen.
const LEAST: f64 = 1.5;

/// Where things of a chart are: names beside their bars, or above them where there is no room for both.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Layout {
    /// From one row to the next.
    pitch: f64,
    /// How far down in its row a bar begins.
    down: f64,
    /// Between what the bars lie.
    from: f64,
    to: f64,
    /// How long a name may be.
    room: f64,
}

impl Layout {
    fn new(rows: &[BarRow], width: f64) -> Self {
        let widest = |of: fn(&BarRow) -> &str| rows.iter().map(|row| label_width(of(row))).fold(0.0, f64::max);
        let (names, values) = (widest(|row| &row.name), widest(|row| &row.value));
        if width < 520.0 {
            return Layout { pitch: 40.0, down: 18.0, from: 0.0, to: width, room: width - values - GAP };
        }
        let room = names.min(0.42 * width);
        Layout { pitch: 24.0, down: 4.0, from: room + GAP, to: width - values - GAP, room }
    }

    fn top(&self, index: usize) -> f64 {
        MARGIN + self.pitch * index as f64
    }

    fn at(&self, share: f64) -> f64 {
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }
}

/// Bars one below the other, read and saved as every chart.
#[component]
pub fn BarChart(props: &Props) -> Html {
    let node = use_node_ref();
    let width = use_width(&node);
    let layout = Layout::new(&props.rows, width);
    let height = layout.top(props.rows.len()) + MARGIN;
    let middle = |index: usize| layout.top(index) + 0.5 * layout.pitch;
    let stops: Vec<Stop> = (0..props.rows.len()).map(|index| Stop { at: middle(index), dots: Vec::new() }).collect();
    let canvas = Canvas { node, width, height, top: MARGIN, bottom: height - MARGIN };
    html! {
        <ChartFrame id={props.id} title={props.title.clone()} description={props.description.clone()} {canvas} {stops}
            table={props.table.clone()} heading="h4" legend={props.legend.clone()} downwards=true>
            for (index, row) in props.rows.iter().enumerate() {
                { bars(row, &layout, index) }
            }
            if let Some(mark) = props.mark {
                <line class="bar-mark" x1={layout.at(mark).to_string()} x2={layout.at(mark).to_string()} y1={MARGIN.to_string()} y2={(height - MARGIN).to_string()} />
            }
            for (index, row) in props.rows.iter().enumerate() {
                <text class="bar-name" x="0" y={(layout.top(index) + 14.0).to_string()}>{ fitting(&row.name, layout.room) }</text>
                <text class="bar-value" x={width.to_string()} y={(layout.top(index) + 14.0).to_string()}>{ &row.value }</text>
            }
        </ChartFrame>
    }
}

fn bars(row: &BarRow, layout: &Layout, index: usize) -> Html {
    let y = (layout.top(index) + layout.down).to_string();
    html! {
        <>
            for ((from, to), look) in row.bars.iter() {
                <rect class={*look} x={layout.at(*from).min(layout.to - LEAST).to_string()} y={y.clone()}
                    width={(layout.at(*to) - layout.at(*from)).max(LEAST).to_string()} height={BAR.to_string()} />
            }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_lie_between_names_and_figures_and_below_them_on_a_phone() {
        let row = |name: &str| BarRow { name: name.to_string(), value: "$1".to_string(), bars: Vec::new() };
        let wide = Layout::new(&[row("routing"), row(&"long ".repeat(40))], 640.0);
        assert_eq!((wide.room, wide.from, wide.to), (0.42 * 640.0, 0.42 * 640.0 + GAP, 640.0 - 2.0 * 6.4 - GAP));
        let narrow = Layout::new(&[row("routing")], 320.0);
        assert_eq!((narrow.from, narrow.to), (0.0, 320.0));
        assert!(narrow.down >= 14.0 && narrow.pitch >= narrow.down + BAR);
    }

    #[test]
    fn a_name_is_cut_where_its_room_ends() {
        assert_eq!(fitting("routing", 100.0), "routing");
        let cut = fitting(&"長い名前".repeat(20), 100.0);
        assert!(cut.ends_with('…') && label_width(&cut) <= 100.0, "{cut}");
    }
}
