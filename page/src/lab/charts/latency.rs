use std::rc::Rc;

use rehearsal::chart::{Scale, Table, label_width, labelled_ticks, rows_apart, step_area};
use rehearsal::sim::Outcome;
use rehearsal::stats::Column;
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::frame::{Canvas, ChartFrame, Stop};
use super::marker::ChartMarker;
use super::width::{use_width, view_box};
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub outcome: Rc<Outcome>,
    pub slo_ms: f64,
    /// The day of the scenario that this one is compared with.
    pub pinned: Option<Rc<Outcome>>,
    /// Between what the P95 lies over what is assumed.
    pub between: Option<(f64, f64)>,
}

const HEIGHT: f64 = 290.0;
const TOP: f64 = 58.0;
const BOTTOM: f64 = HEIGHT - 32.0;
const RIGHT: f64 = 14.0;
/// The height of a row of marker labels.
const ROW: f64 = 20.0;

/// The distribution of answer times with the service level and the percentiles marked. A percentile
/// that is moved says what share of the answers comes within its time.
#[component]
pub fn LatencyChart(props: &Props) -> Html {
    let speech = use_speech();
    let node = use_node_ref();
    let width = use_width(&node);
    let log = use_state_eq(|| true);
    let moved = use_state_eq(|| [None::<f64>; 3]);
    let outcome = &props.outcome;
    let figures = outcome.overall.with_unanswered;
    let lost = outcome.overall.unanswered.filter(|share| *share > 0.0);
    let columns = &outcome.e2e_histogram;
    let slowest = props.between.map_or(0.0, |(_, slow)| if slow.is_finite() { slow } else { 0.0 });
    let most = figures.p99_9.unwrap_or(10_000.0).max(props.slo_ms * 1.25).max(slowest) * 1.1;
    let columns_of = |outcome: &Outcome| if *log { outcome.e2e_histogram.clone() } else { even_columns(outcome, most) };
    let drawn = columns_of(outcome);
    let total_of = |columns: &[Column]| columns.iter().map(|column| column.count).sum::<f64>().max(1.0);
    let total = total_of(&drawn);
    let ceiling = ceiling(drawn.iter().map(|column| column.count)).max(1.0) / total;
    let y = Scale::linear(0.0, ceiling, (BOTTOM, TOP + 14.0));
    let heights: Vec<(f64, String)> =
        y.ticks(4).into_iter().map(|share| (y.at(share), speech.percent(Some(share)))).collect();
    let left = heights.iter().map(|(_, label)| label_width(label)).fold(0.0, f64::max) + 14.0;
    let right = width - RIGHT;
    let x = if *log {
        let low = columns.first().map_or(10.0, |c| c.low.max(c.high * 0.9)).min(props.slo_ms / 2.0);
        Scale::log(
            low,
            columns.last().map_or(10_000.0, |c| c.high).max(props.slo_ms * 1.5).max(slowest * 1.1),
            (left, right),
        )
    } else {
        Scale::linear(0.0, most, (left, right))
    };
    let shape = |columns: &[Column], total: f64| {
        step_area(columns.iter().map(|c| (c.low, c.high, (c.count / total).min(ceiling))), &x, &y)
    };
    let area = shape(&drawn, total);
    let outline = props.pinned.as_deref().map(columns_of).map(|columns| shape(&columns, total_of(&columns)));
    let cut = drawn.iter().filter(|column| column.count / total > ceiling);
    let middle_of = |column: &Column| 0.5 * (x.clamped(column.low) + x.clamped(column.high));

    let percentiles = [("P50", figures.p50), ("P95", figures.p95), ("P99", figures.p99)];
    let marks: Vec<Mark> = percentiles
        .into_iter()
        .enumerate()
        .filter_map(|(index, (name, percentile))| {
            let ms = moved[index].or(percentile)?;
            let share = || speech.percent(outcome.share_within(ms));
            let label = if moved[index].is_some() { share() } else { name.to_string() };
            let half = label_width(&label) / 2.0 + 7.0;
            Some(Mark { index, name, ms, label, half, middle: x.clamped(ms).min(width - half).max(half) })
        })
        .collect();
    let rows =
        rows_apart(&marks.iter().map(|mark| (mark.middle - mark.half, mark.middle + mark.half)).collect::<Vec<_>>());
    let placed = || marks.iter().zip(rows.iter().map(|row| ROW * (*row).min(2) as f64));

    let slo = x.clamped(props.slo_ms);
    let ribbon = props.between.map(|(low, high)| (x.clamped(low), x.clamped(high)));
    let over = Message::new(Word::chart_over)
        .with("share", Arg::Percent(1.0 - outcome.overall.share_within_slo.unwrap_or(1.0)))
        .with("limit", Arg::Ms(props.slo_ms));
    let over = speech.say(&over);
    // On the side of the line that has room.
    let (over_at, over_class) =
        if slo + 8.0 + label_width(&over) > width { (slo - 6.0, "slo-label before") } else { (slo + 6.0, "slo-label") };
    let unit = match drawn.first() {
        Some(first) if !*log => {
            speech.say(&Message::new(Word::chart_share_each).with("width", Arg::Ms(first.high - first.low)))
        }
        _ => speech.word(Word::chart_share_step),
    };
    let or_lost = |ms: Option<f64>| ms.map_or(Arg::Word(Word::ui_unanswered), Arg::Ms);
    let description = Message::new(Word::ui_latency_chart)
        .with("p50", or_lost(figures.p50))
        .with("p95", or_lost(figures.p95))
        .with("p99", or_lost(figures.p99));
    let lost_says = lost.map(|share| speech.say(&Message::new(Word::chart_lost).with("share", Arg::Percent(share))));

    let reading = {
        let (speech, outcome) = (speech.clone(), outcome.clone());
        Callback::from(move |index: usize| {
            outcome.e2e_histogram.get(index).map(|column| within(&speech, &outcome, column.high)).unwrap_or_default()
        })
    };
    let stops = columns
        .iter()
        .take_while(|column| column.high <= x.domain().1)
        .map(|column| Stop { at: x.at(column.high), dots: Vec::new() });
    let switch = {
        let log = log.clone();
        Callback::from(move |chosen| log.set(chosen))
    };
    let move_mark = |index: usize| {
        let moved = moved.clone();
        Callback::from(move |ms: Option<f64>| {
            let mut now = *moved;
            // Whole milliseconds are fine enough to ask about.
            now[index] = ms.map(|ms| libm::round(ms).max(1.0));
            moved.set(now);
        })
    };
    let handles = html! {
        <svg class="handles" viewBox={view_box(width, HEIGHT)} width={width.to_string()} height={HEIGHT.to_string()}>
            for (mark, top) in placed() {
                <ChartMarker key={mark.name} id={mark.name} label={speech.say(&Message::new(Word::chart_marker).text("name", mark.name))}
                    {x} value={mark.ms} says={within(&speech, outcome, mark.ms)} place={(mark.middle, mark.half, top)} bottom={BOTTOM}
                    node={node.clone()} on_move={move_mark(mark.index)} />
            }
        </svg>
    };
    let asked: Vec<String> =
        marks.iter().filter(|mark| moved[mark.index].is_some()).map(|mark| within(&speech, outcome, mark.ms)).collect();
    let give_back = {
        let moved = moved.clone();
        Callback::from(move |_: MouseEvent| moved.set([None; 3]))
    };
    let canvas = Canvas { node, width, height: HEIGHT, top: TOP, bottom: BOTTOM };
    html! {
        <>
            <ChartFrame id="latency" title={speech.word(Word::ui_latency)} description={speech.say(&description)} {canvas}
                table={Rc::new(table(&speech, outcome))} stops={stops.collect::<Vec<_>>()} {reading} log={Some((*log, switch))} {handles}>
                <rect class="beyond" x={slo.to_string()} y={TOP.to_string()} width={(right - slo).max(0.0).to_string()} height={(BOTTOM - TOP).to_string()} />
                if let Some((low, high)) = ribbon {
                    // Between these the P95 lies, whatever is true of what is assumed.
                    <rect class="ribbon" data-ribbon="p95" x={low.to_string()} y={TOP.to_string()} width={(high - low).max(1.0).to_string()} height={(BOTTOM - TOP).to_string()} />
                    <text class="unit" x={low.to_string()} y={(BOTTOM - 6.0).to_string()}>{ speech.word(Word::chart_ribbon) }</text>
                }
                <text class="unit" x="0" y={(TOP - 4.0).to_string()}>{ unit }</text>
                if props.pinned.is_some() {
                    <text class="unit" x="0" y={(TOP - 18.0).to_string()}>{ speech.word(Word::chart_outline_pinned) }</text>
                }
                for (at, label) in heights {
                    <line class="grid" x1={left.to_string()} x2={right.to_string()} y1={at.to_string()} y2={at.to_string()} />
                    <text class="height" x={(left - 8.0).to_string()} y={(at + 4.0).to_string()}>{ label }</text>
                }
                for tick in labelled_ticks(&x, 12, (0.0, width), |ms| speech.ms(Some(ms))) {
                    <line class="axis" x1={tick.at.to_string()} x2={tick.at.to_string()} y1={BOTTOM.to_string()} y2={(BOTTOM + 4.0).to_string()} />
                    <text class="tick" x={tick.label_at.to_string()} y={(BOTTOM + 18.0).to_string()}>{ tick.label }</text>
                }
                <path class="area" d={area} />
                if let Some((share, says)) = lost.zip(lost_says) {
                    // Beyond the last time: they wait for ever.
                    <rect class="lost" x={(right - 10.0).to_string()} y={(BOTTOM - share * (BOTTOM - TOP)).to_string()} width="10" height={(share * (BOTTOM - TOP)).to_string()} />
                    <text class="lost-label end" x={(right - 14.0).to_string()} y={(BOTTOM - 6.0).to_string()}>{ says }</text>
                }
                if let Some(outline) = outline {
                    <path class="outline" d={outline} />
                }
                for column in cut {
                    <text class="cut" x={(middle_of(column) + 6.0).to_string()} y={(TOP + 12.0).to_string()}>
                        { format!("{} ⌃", speech.percent(Some(column.count / total))) }
                    </text>
                }
                <line class="slo" x1={slo.to_string()} x2={slo.to_string()} y1={TOP.to_string()} y2={BOTTOM.to_string()} />
                for (mark, top) in placed() {
                    <line class="mark" x1={x.clamped(mark.ms).to_string()} x2={x.clamped(mark.ms).to_string()} y1={(top + 18.0).to_string()} y2={BOTTOM.to_string()} />
                    <rect class="pill" x={(mark.middle - mark.half).to_string()} y={top.to_string()} width={(mark.half * 2.0).to_string()} height="18" rx="9" />
                    <text class="mark-label" x={mark.middle.to_string()} y={(top + 13.0).to_string()}>{ &mark.label }</text>
                }
                <text class={over_class} x={over_at.to_string()} y={(TOP + 26.0).to_string()}>{ over }</text>
                <line class="axis" x1={left.to_string()} x2={right.to_string()} y1={BOTTOM.to_string()} y2={BOTTOM.to_string()} />
            </ChartFrame>
            <p class="finding asked" role={(!asked.is_empty()).then_some("status")}>
                if asked.is_empty() {
                    { speech.word(Word::chart_ask) }
                } else {
                    for sentence in asked {
                        <span data-figure="asked">{ sentence }</span>
                    }
                    <button class="small" onclick={give_back}>{ speech.word(Word::chart_give_back) }</button>
                }
            </p>
        </>
    }
}

/// A percentile, where it is and where its label stands.
struct Mark {
    index: usize,
    name: &'static str,
    ms: f64,
    label: String,
    half: f64,
    middle: f64,
}

/// What share of the answers comes within a time.
fn within(speech: &Speech, outcome: &Outcome, ms: f64) -> String {
    let share = Arg::Percent(share_of_all(outcome, ms));
    speech.say(&Message::new(Word::chart_within).with("share", share).with("limit", Arg::Ms(ms)))
}

/// What share of everyone who came had an answer within a time.
fn share_of_all(outcome: &Outcome, ms: f64) -> f64 {
    outcome.share_within(ms).unwrap_or(0.0) * (1.0 - outcome.overall.unanswered.unwrap_or(0.0))
}

fn table(speech: &Speech, outcome: &Outcome) -> Table {
    let total: f64 = outcome.e2e_histogram.iter().map(|column| column.count).sum();
    let words = [Word::chart_to, Word::chart_from, Word::ui_messages, Word::chart_share, Word::chart_cumulative];
    let row = |column: &Column| {
        vec![
            Some(Arg::Ms(column.high)),
            Some(Arg::Ms(column.low)),
            Some(Arg::Number(libm::round(column.count))),
            (total > 0.0).then_some(Arg::Percent(column.count / total)),
            Some(Arg::Percent(share_of_all(outcome, column.high))),
        ]
    };
    Table {
        columns: words.map(|word| speech.word(word)).to_vec(),
        rows: outcome.e2e_histogram.iter().map(row).collect(),
    }
}

/// The answers in columns of one round width, from zero.
fn even_columns(outcome: &Outcome, most: f64) -> Vec<Column> {
    let total: f64 = outcome.e2e_histogram.iter().map(|column| column.count).sum();
    let edges = Scale::linear(0.0, most, (0.0, 1.0)).ticks(48);
    let below = |ms: f64| if ms > 0.0 { outcome.share_within(ms).unwrap_or(0.0) } else { 0.0 };
    let column =
        |pair: &[f64]| Column { low: pair[0], high: pair[1], count: (below(pair[1]) - below(pair[0])) * total };
    edges.windows(2).map(column).collect()
}

/// The height that shows most columns: a spike more than three times as high as all that are not
/// spikes is cut, and says how high it is.
fn ceiling(counts: impl Iterator<Item = f64>) -> f64 {
    let mut counts: Vec<f64> = counts.collect();
    counts.sort_by(f64::total_cmp);
    let spike = counts
        .windows(2)
        .position(|pair| pair[0] > 0.0 && pair[1] > 3.0 * pair[0] && pair[1] > 0.05 * counts.iter().sum::<f64>());
    spike.map_or(counts.last().copied().unwrap_or(0.0), |below| counts[below] * 1.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal::catalog::Catalog;
    use rehearsal::scenario::Scenario;

    #[test]
    fn even_columns_hold_the_answers_that_log_columns_hold() {
        let outcome = rehearsal::sim::simulate(&Scenario::default(), &Catalog::reference(), Some(20_000)).unwrap();
        let most = outcome.overall.e2e_ms.max.unwrap() * 1.1;
        let sum = |columns: &[Column]| columns.iter().map(|column| column.count).sum::<f64>();
        let even = even_columns(&outcome, most);
        assert!((sum(&even) / sum(&outcome.e2e_histogram) - 1.0).abs() < 1e-9);
        assert!(even.iter().all(|column| column.count >= 0.0));
        assert!((24..=50).contains(&even.len()), "{}", even.len());
    }

    #[test]
    fn one_spike_does_not_hide_the_others() {
        assert_eq!(ceiling([3.0, 100.0, 4.0, 5.0].into_iter()), 5.5);
        assert_eq!(ceiling([3.0, 4.0].into_iter()), 4.0);
        assert_eq!(ceiling([].into_iter()), 0.0);
    }
}
