//! The charts over the hours of the day: they share a cross-hair, and the part of the day that is shown.

use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::chart::Table;
use rehearsal::cost::estimate;
use rehearsal::scenario::Scenario;
use rehearsal::sim::{HourFigures, Outcome};
use rehearsal::words::{Arg, Word};
use yew::prelude::*;

use super::line::{Line, LineChart};
use super::percentiles::{PercentileChart, PercentilePoint};
use super::probe::Shared;
use crate::period::Period;
use crate::speech::{Speech, use_speech};

/// The first and the last hour that are shown; none is the whole day.
pub type Part = Option<(usize, usize)>;

fn name(hour: usize) -> String {
    format!("{hour}:00")
}

fn hours(outcome: &Outcome, part: Part) -> impl Iterator<Item = &HourFigures> + Clone {
    outcome.by_hour.iter().filter(move |hour| part.is_none_or(|(from, to)| (from..=to).contains(&hour.hour)))
}

/// Every third hour of the day, every one of a part.
fn ticks(part: Part) -> Vec<(f64, String)> {
    let (from, to) = part.unwrap_or((0, 23));
    let step = if to - from > 12 { 3 } else { 1 };
    (from..=to).step_by(step).map(|hour| (hour as f64, name(hour))).collect()
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub outcome: Rc<Outcome>,
    /// The day of the scenario that this one is compared with.
    #[prop_or_default]
    pub pinned: Option<Rc<Outcome>>,
    pub slo_ms: f64,
    pub fresh: bool,
    pub part: Part,
    pub shared: Shared,
}

/// The percentiles over the hours of the day.
#[component]
pub fn HourPanel(props: &Props) -> Html {
    let speech = use_speech();
    let points = hours(&props.outcome, props.part).map(|hour| PercentilePoint {
        at: hour.hour as f64,
        quantiles: hour.figures.with_unanswered,
        before: vec![Some(Arg::Text(name(hour.hour))), Some(Arg::Number(hour.figures.messages as f64))],
        after: vec![hour.figures.share_within_slo.map(Arg::Percent), hour.figures.unanswered.map(Arg::Percent)],
        unanswered: hour.figures.unanswered,
    });
    let pinned = props.pinned.iter().flat_map(|day| hours(day, props.part));
    let pinned = pinned.map(|hour| (hour.hour as f64, hour.figures.with_unanswered));
    let words = |words: &[Word]| words.iter().map(|word| speech.word(*word)).collect::<Vec<_>>();
    html! {
        <section class={classes!("card", (!props.fresh).then_some("stale"))} aria-labelledby="hours-title">
            <PercentileChart id="hours" title={speech.word(Word::ui_by_hour)} description={speech.word(Word::chart_hours_desc)}
                points={points.collect::<Vec<_>>()} pinned={pinned.collect::<Vec<_>>()} columns={(words(&[Word::ui_hour, Word::ui_messages]), words(&[Word::ui_in_time, Word::ui_lost]))}
                ticks={ticks(props.part)} slo_ms={props.slo_ms} shared={props.shared.clone()} />
        </section>
    }
}

/// How many come in each hour, and how many of them get no answer.
#[component]
pub fn TrafficPanel(props: &Props) -> Html {
    let speech = use_speech();
    let lost = |hour: &HourFigures| hour.figures.messages.saturating_sub(hour.figures.answered);
    let line = |name: Word, class: &'static str, of: &dyn Fn(&HourFigures) -> u64| Line {
        name: speech.word(name),
        class,
        off: false,
        points: hours(&props.outcome, props.part).map(|hour| (hour.hour as f64, Some(of(hour) as f64))).collect(),
    };
    let some_lost = hours(&props.outcome, props.part).any(|hour| lost(hour) > 0);
    let mut lines = vec![line(Word::ui_messages, "p50", &|hour| hour.figures.messages)];
    if some_lost {
        lines.push(line(Word::ui_unanswered, "p99", &lost));
    }
    let row = |hour: &HourFigures| {
        let count = |count: u64| Some(Arg::Number(count as f64));
        vec![Some(Arg::Text(name(hour.hour))), count(hour.figures.messages), count(lost(hour))]
    };
    let columns = [Word::ui_hour, Word::ui_messages, Word::ui_unanswered].map(|word| speech.word(word)).to_vec();
    let table = Rc::new(Table { columns, rows: hours(&props.outcome, props.part).map(row).collect() });
    let height_label = counted(&speech);
    html! {
        <section class={classes!("card", (!props.fresh).then_some("stale"))} aria-labelledby="traffic-title">
            <LineChart id="traffic" title={speech.word(Word::chart_traffic)} description={speech.word(Word::chart_traffic_desc)} {lines} {table}
                ticks={ticks(props.part)} unit={speech.word(Word::chart_an_hour)} {height_label} log=false shared={props.shared.clone()} />
        </section>
    }
}

fn counted(speech: &Speech) -> Callback<f64, String> {
    let speech = speech.clone();
    Callback::from(move |count: f64| speech.number(count))
}

#[derive(Properties, PartialEq)]
pub struct CostProps {
    pub outcome: Rc<Outcome>,
    pub scenario: Rc<Scenario>,
    pub period: Period,
    pub part: Part,
    pub shared: Shared,
}

/// Looks of the lines of query types, in the colours that their rows have.
const OF_TYPE: [&str; 8] =
    ["of-type c0", "of-type c1", "of-type c2", "of-type c3", "of-type c4", "of-type c5", "of-type c6", "of-type c7"];

/// What each hour costs, of all and on demand of each query type: the bill, spread as the messages come.
#[component]
pub fn CostHours(props: &CostProps) -> Html {
    let speech = use_speech();
    let Some((lines, table)) = costs(&speech, props) else { return Html::default() };
    let height_label = {
        let speech = speech.clone();
        Callback::from(move |usd: f64| speech.usd(Some(usd)))
    };
    let unit = match props.period {
        Period::Day => Word::chart_cost_an_hour,
        Period::Month => Word::chart_cost_hour_month,
    };
    html! {
        <section class="card" aria-labelledby="cost-hours-title">
            <LineChart id="cost-hours" title={speech.word(Word::chart_cost_hours)} description={speech.word(Word::chart_cost_hours_desc)} {lines} table={Rc::new(table)}
                ticks={ticks(props.part)} unit={speech.word(unit)} {height_label} log=false shared={props.shared.clone()} />
        </section>
    }
}

/// The line of all and those of the query types, with their numbers; none where the bill is not known.
fn costs(speech: &Speech, props: &CostProps) -> Option<(Vec<Line>, Table)> {
    let bill = estimate(&props.scenario, &Catalog::reference()).ok()?;
    let all = props.outcome.by_hour.iter().map(|hour| hour.figures.messages).sum::<u64>() as f64;
    let total =
        props.period.of_day(bill.total_daily_cost_usd.map(|usd| usd.dollars()), props.scenario.days_in_month)?;
    let of_types = bill.breakdown.iter().map(|part| {
        let usd = props.period.of_day(part.daily_cost_usd.map(|usd| usd.dollars()), props.scenario.days_in_month);
        (part.query_type.clone(), usd)
    });
    let series: Vec<(String, Option<f64>)> =
        [(speech.word(Word::ui_total), Some(total))].into_iter().chain(of_types).collect();
    let spread =
        |usd: Option<f64>, hour: &HourFigures| usd.map(|usd| usd * hour.figures.messages as f64 / all.max(1.0));
    let lines = series.iter().enumerate().map(|(index, (name, usd))| Line {
        name: name.clone(),
        class: if index == 0 { "whole" } else { OF_TYPE[(index - 1) % OF_TYPE.len()] },
        off: index > 0,
        points: hours(&props.outcome, props.part).map(|hour| (hour.hour as f64, spread(*usd, hour))).collect(),
    });
    let row = |hour: &HourFigures| {
        let costs = series.iter().map(|(_, usd)| spread(*usd, hour).map(Arg::Usd));
        [Some(Arg::Text(name(hour.hour)))].into_iter().chain(costs).collect()
    };
    let columns = [speech.word(Word::ui_hour)].into_iter().chain(series.iter().map(|(name, _)| name.clone())).collect();
    Some((lines.collect(), Table { columns, rows: hours(&props.outcome, props.part).map(row).collect() }))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use rehearsal::sim::simulate;
    use rehearsal::words::English;

    #[test]
    fn the_hours_cost_what_the_bill_says_and_a_part_of_them_less() {
        let scenario = Rc::new(Scenario::default());
        let outcome = Rc::new(simulate(&scenario, &Catalog::reference(), Some(20_000)).unwrap());
        let shared = Shared { at: None, on_at: Callback::noop(), zoomed: false, on_zoom: Callback::noop() };
        let sum = |part: Part, period: Period, line: usize| {
            let props = CostProps {
                outcome: outcome.clone(),
                scenario: scenario.clone(),
                period,
                part,
                shared: shared.clone(),
            };
            let (lines, table) = costs(&Speech(Rc::new(English)), &props).unwrap();
            assert_eq!(table.rows.len(), part.map_or(24, |(from, to)| to - from + 1));
            lines[line].points.iter().filter_map(|(_, usd)| *usd).sum::<f64>()
        };
        assert!((sum(None, Period::Day, 0) - 1959.2125).abs() < 0.01, "{}", sum(None, Period::Day, 0));
        assert!((sum(None, Period::Month, 0) - 30.0 * sum(None, Period::Day, 0)).abs() < 1e-6);
        let of_types: f64 = (1..=5).map(|line| sum(None, Period::Day, line)).sum();
        assert!((of_types - sum(None, Period::Day, 0)).abs() < 1e-6);
        assert!(sum(Some((9, 17)), Period::Day, 0) < sum(None, Period::Day, 0));
    }

    #[test]
    fn a_part_of_the_day_has_a_tick_for_every_hour() {
        assert_eq!(ticks(None).len(), 8);
        assert_eq!(
            ticks(Some((9, 12))).iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>(),
            ["9:00", "10:00", "11:00", "12:00"]
        );
    }
}
