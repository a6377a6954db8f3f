//! The charts over the hours of the day: they share a cross-hair, and the part of the day that is shown.

use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::chart::Table;
use rehearsal::cost::estimate;
use rehearsal::scenario::Scenario;
use rehearsal::sim::{HourFigures, Outcome};
use rehearsal::stats::quantile_ranks;
use rehearsal::words::{Arg, Message, Word};
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
    let jumps = jumps(&props.outcome, props.part).map(|said| speech.say(&said));
    let description = [Some(speech.word(Word::chart_hours_desc)), jumps.clone()];
    let description = description.into_iter().flatten().collect::<Vec<_>>().join(" ");
    html! {
        <section class={classes!("card", (!props.fresh).then_some("stale"))} aria-labelledby="hours-title">
            <PercentileChart id="hours" title={speech.word(Word::ui_by_hour)} {description}
                points={points.collect::<Vec<_>>()} pinned={pinned.collect::<Vec<_>>()} columns={(words(&[Word::ui_hour, Word::ui_messages]), words(&[Word::ui_in_time, Word::ui_lost]))}
                ticks={ticks(props.part)} slo_ms={props.slo_ms} shared={props.shared.clone()} />
            if let Some(jumps) = jumps {
                <p class="finding" data-figure="jumps">{ jumps }</p>
            }
        </section>
    }
}

/// How sure it must be that an hour's P50 is on the side where it is: else chance decides.
const CONFIDENCE: f64 = 0.95;

/// That the P50 jumps from hour to hour between the answers of the response cache and those of a model, where the
/// interval of an hour's P50 has both: the share that the cache answers then lies among the ranks that enclose the
/// median of as many messages. A line that jumps looks like an incident, and is none.
fn jumps(outcome: &Outcome, part: Part) -> Option<Message> {
    let of_models: u64 = outcome.by_model.values().map(|figures| figures.answered).sum();
    let cached = outcome.overall.answered.saturating_sub(of_models) as f64 / outcome.overall.messages.max(1) as f64;
    if cached == 0.0 {
        return None;
    }
    let by_chance = |messages: u64| {
        let (low, high) = quantile_ranks(messages, 0.5, CONFIDENCE);
        let share = |rank: u64| rank as f64 / messages as f64;
        messages > 0 && low.is_none_or(|low| share(low) <= cached) && high.is_none_or(|high| cached <= share(high))
    };
    let count = hours(outcome, part).filter(|hour| by_chance(hour.figures.messages)).count();
    let said = Message::new(Word::chart_hours_jump).with("share", Arg::Percent(cached)).number("count", count as f64);
    (count > 0).then_some(said)
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
    fn a_median_that_jumps_by_chance_is_said_to() {
        let day = |messages: u32, hit_rate: f64| {
            let text = format!(
                r#"{{"daily_messages":{messages},"types":[{{"name":"a","share_pct":100,
                    "model":"amazon.nova-micro-v1:0","cache":{{"hit_rate":{hit_rate}}}}}]}}"#
            );
            simulate(&Scenario::load(&text).unwrap().output, Catalog::full(), None).unwrap()
        };
        // Half of a few messages: the hours themselves are the oracle, some with the cache's time and some with the model's.
        let outcome = day(2_400, 0.5);
        let medians = || outcome.by_hour.iter().filter_map(|hour| hour.figures.with_unanswered.p50);
        let (low, high) = (medians().fold(f64::INFINITY, f64::min), medians().fold(0.0, f64::max));
        assert!(high > 3.0 * low, "{low} to {high}");
        let said = jumps(&outcome, None).unwrap();
        assert_eq!(said.args[1].1, Arg::Number(24.0), "{said:?}");
        assert!(jumps(&outcome, Some((9, 9))).is_some());
        for (messages, hit_rate) in [(2_400, 0.0), (2_400, 0.1), (240_000, 0.4), (240_000, 0.6)] {
            let outcome = day(messages, hit_rate);
            assert_eq!(jumps(&outcome, None), None, "{messages} {hit_rate}");
            let medians = || outcome.by_hour.iter().filter_map(|hour| hour.figures.with_unanswered.p50);
            assert!(medians().fold(0.0, f64::max) < 3.0 * medians().fold(f64::INFINITY, f64::min));
        }
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
