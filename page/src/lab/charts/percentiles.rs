use std::rc::Rc;

use rehearsal::chart::Table;
use rehearsal::sim::Quantiles;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::line::{Line, LineChart};
use super::probe::Shared;
use crate::speech::use_speech;

/// Percentiles at a place, with what else its row of the table says.
#[derive(Clone, Debug, PartialEq)]
pub struct PercentilePoint {
    pub at: f64,
    pub quantiles: Quantiles,
    /// The name of the place and what stands before the percentiles.
    pub before: Vec<Option<Arg>>,
    /// What stands after them.
    pub after: Vec<Option<Arg>>,
    /// The share of those who came there and got no answer.
    pub unanswered: Option<f64>,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    /// A stable name: of its elements, its files and for tests.
    pub id: &'static str,
    pub title: String,
    /// What the chart shows, in a sentence.
    pub description: String,
    pub points: Vec<PercentilePoint>,
    /// The same places of the scenario that this one is compared with; none when there is none.
    pub pinned: Vec<(f64, Quantiles)>,
    /// Names of the columns before the percentiles, and after them.
    pub columns: (Vec<String>, Vec<String>),
    pub ticks: Vec<(f64, String)>,
    /// The service level, marked across the chart.
    pub slo_ms: f64,
    /// A place marked on the horizontal axis, with its label.
    #[prop_or_default]
    pub place: Option<(f64, String)>,
    /// Whose cross-hair it shares.
    #[prop_or_default]
    pub shared: Option<Shared>,
}

type Of = fn(&Quantiles) -> Option<f64>;

/// The percentiles that are drawn: name, look, look of the pinned one, figure.
const SHOWN: [(&str, &str, &str, Of); 3] = [
    ("P50", "p50", "p50 pinned", |q| q.p50),
    ("P95", "p95", "p95 pinned", |q| q.p95),
    ("P99", "p99", "p99 pinned", |q| q.p99),
];

/// How percentiles of answer times change along something: the hours, the load.
#[component]
pub fn PercentileChart(props: &Props) -> Html {
    let speech = use_speech();
    let compares = !props.pinned.is_empty();
    let pinned_name = |name: &str| speech.say(&Message::new(Word::chart_pinned_name).text("name", name));
    let lines = SHOWN.iter().map(|(name, class, _, of)| Line {
        name: name.to_string(),
        class,
        off: false,
        points: props.points.iter().map(|point| (point.at, of(&point.quantiles))).collect(),
    });
    let pinned_lines = SHOWN.iter().filter(|_| compares).map(|(name, _, class, of)| Line {
        name: pinned_name(name),
        class,
        off: false,
        points: props.pinned.iter().map(|(at, quantiles)| (*at, of(quantiles))).collect(),
    });
    let figures = |quantiles: &Quantiles| SHOWN.map(|(.., of)| of(quantiles).map(Arg::Ms));
    let lost: Vec<(f64, f64)> = props
        .points
        .iter()
        .filter_map(|point| Some((point.at, point.unanswered.filter(|share| *share > 0.0)?)))
        .collect();
    // Where a quantile lies among those who got no answer, the table says so.
    let told = |quantiles: &Quantiles, lost: bool| {
        figures(quantiles).map(|figure| figure.or(lost.then_some(Arg::Word(Word::ui_unanswered))))
    };
    let row = |point: &PercentilePoint| {
        let pinned = props.pinned.iter().find(|(at, _)| *at == point.at).map(|(_, quantiles)| *quantiles);
        let pinned = if compares { figures(&pinned.unwrap_or_default()).to_vec() } else { Vec::new() };
        let own = told(&point.quantiles, point.unanswered.is_some_and(|share| share > 0.0));
        [&point.before[..], &own, &pinned, &point.after].concat()
    };
    let (before, after) = props.columns.clone();
    let names = SHOWN.iter().map(|(name, ..)| name.to_string());
    let pinned_names = SHOWN.iter().filter(|_| compares).map(|(name, ..)| pinned_name(name));
    let columns = before.into_iter().chain(names).chain(pinned_names).chain(after).collect();
    let table = Rc::new(Table { columns, rows: props.points.iter().map(row).collect() });
    let level = speech.say(&Message::new(Word::ui_within).with("limit", Arg::Ms(props.slo_ms)));
    let height_label = {
        let speech = speech.clone();
        Callback::from(move |ms: f64| speech.ms(Some(ms)))
    };
    html! {
        <LineChart id={props.id} title={props.title.clone()} description={props.description.clone()} lines={lines.chain(pinned_lines).collect::<Vec<_>>()}
            {table} ticks={props.ticks.clone()} unit={speech.word(if compares { Word::chart_answer_time_pinned } else { Word::chart_answer_time })} {height_label}
            level={Some((props.slo_ms, level))} place={props.place.clone()} shared={props.shared.clone()} lost={lost} lost_name={speech.word(Word::ui_unanswered)} />
    }
}
