//! A chart as a table of its numbers.

use std::rc::Rc;

use rehearsal::chart::Table;
use rehearsal::words::Arg;
use yew::prelude::*;

use crate::components::{Head, SortRow, Sortable, figure, name};
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub table: Rc<Table>,
    /// The row of the whole, which stays last.
    #[prop_or_default]
    pub whole: Option<Vec<Option<Arg>>>,
    /// Rows can be sorted by what they are called, too: they come in no order of their own.
    #[prop_or_default]
    pub named: bool,
    /// A stable name for tests.
    #[prop_or_default]
    pub id: Option<&'static str>,
}

/// Numbers as a table, to be sorted by any column that has figures.
#[component]
pub fn Numbers(props: &Props) -> Html {
    let speech = use_speech();
    let table = &props.table;
    let value = |cell: &Option<Arg>| cell.as_ref().and_then(figure_of);
    let figures_in = |column: usize| table.rows.iter().any(|row| row.get(column).and_then(value).is_some());
    let has_figures: Vec<bool> = (0..table.columns.len()).map(figures_in).collect();
    let head = |(index, title): (usize, &String)| match (index, has_figures.get(index) == Some(&true)) {
        (0, true) => Head::figure(title.clone()).class(""),
        (0, false) if props.named => Head::name(title.clone()),
        (0, false) => Head::plain(title.clone()),
        (_, true) => Head::figure(title.clone()),
        (_, false) => Head::plain(title.clone()).class("n"),
    };
    let key = |(index, cell): (usize, &Option<Arg>)| match (cell, has_figures.get(index) == Some(&true)) {
        (_, true) => figure(value(cell)),
        (Some(Arg::Text(text)), false) => name(text),
        _ => None,
    };
    let rows = table.rows.iter().map(|row| SortRow::new(row.iter().enumerate().map(key).collect(), line(&speech, row)));
    let heads: Vec<Head> = table.columns.iter().enumerate().map(head).collect();
    let foot = props.whole.as_ref().map(|whole| html! { <tfoot>{ line(&speech, whole) }</tfoot> }).unwrap_or_default();
    html! {
        // Other columns are another table.
        <table class="figures" data-figure={props.id}><Sortable key={table.columns.len()} {heads} rows={rows.collect::<Vec<_>>()} {foot} /></table>
    }
}

fn line(speech: &Speech, row: &[Option<Arg>]) -> Html {
    html! {
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
}

/// A figure as it is read; `–` where there is none.
pub fn cell(speech: &Speech, cell: &Option<Arg>) -> String {
    cell.as_ref().map_or_else(|| "–".to_string(), |arg| speech.arg(arg))
}

/// The figure of a cell, to sort by; none where it is a word, as of what is not known.
pub fn figure_of(cell: &Arg) -> Option<f64> {
    match cell {
        Arg::Ms(value) | Arg::Number(value) | Arg::Exact(value) | Arg::Percent(value) | Arg::Usd(value) => Some(*value),
        Arg::In(value, _) => Some(*value),
        _ => None,
    }
}
