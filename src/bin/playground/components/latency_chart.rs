use rehearsal::chart::{Scale, step_area};
use rehearsal::sim::Outcome;
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::use_width;
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub outcome: std::rc::Rc<Outcome>,
    pub slo_ms: f64,
    pub fresh: bool,
}

const HEIGHT: f64 = 260.0;
const MARGIN: (f64, f64, f64, f64) = (34.0, 12.0, 34.0, 12.0);

/// The distribution of answer times on a logarithmic axis, with its percentiles and the service
/// level marked.
#[component]
pub fn LatencyChart(props: &Props) -> Html {
    let speech = use_speech();
    let node = use_node_ref();
    let width = use_width(&node);
    let (top, right, bottom, left) = MARGIN;
    let columns = &props.outcome.e2e_histogram;
    let figures = props.outcome.overall.e2e_ms;
    let low = columns.first().map_or(10.0, |c| c.low.max(c.high * 0.9)).min(props.slo_ms / 2.0);
    let high = columns.last().map_or(10_000.0, |c| c.high).max(props.slo_ms * 1.5);
    let x = Scale::log(low, high, (left, width - right));
    let ceiling = ceiling(columns.iter().map(|c| c.count));
    let y = Scale::linear(0.0, ceiling.max(1.0), (HEIGHT - bottom, top + 14.0));
    let area = step_area(columns.iter().map(|c| (c.low, c.high, c.count.min(ceiling))), &x, &y);
    let total: f64 = columns.iter().map(|c| c.count).sum();
    let cut: Vec<_> = columns.iter().filter(|c| c.count > ceiling).collect();
    let marks: Vec<_> = [("P50", figures.p50), ("P95", figures.p95), ("P99", figures.p99)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let slo = x.clamped(props.slo_ms);
    let title = Message::new(Word::ui_latency_chart)
        .with("p50", rehearsal::words::Arg::Ms(figures.p50.unwrap_or(0.0)))
        .with("p95", rehearsal::words::Arg::Ms(figures.p95.unwrap_or(0.0)))
        .with("p99", rehearsal::words::Arg::Ms(figures.p99.unwrap_or(0.0)));
    // Labels of neighbouring percentiles would overlap: each takes its own line.
    let label_y = |index: usize| 12.0 + 11.0 * (index % 2) as f64;
    html! {
        <div class={classes!("chart", (!props.fresh).then_some("stale"))} ref={node}>
            <svg width={width.to_string()} height={HEIGHT.to_string()} role="img" aria-label={speech.say(&title)}>
                <rect class="beyond" x={slo.to_string()} y={top.to_string()} width={(width - right - slo).max(0.0).to_string()} height={(HEIGHT - bottom - top).to_string()} />
                for tick in x.ticks(if width < 480.0 { 6 } else { 11 }) {
                    <line class="grid" x1={x.at(tick).to_string()} x2={x.at(tick).to_string()} y1={top.to_string()} y2={(HEIGHT - bottom).to_string()} />
                    <text class="tick" x={x.at(tick).to_string()} y={(HEIGHT - bottom + 18.0).to_string()}>{ speech.ms(Some(tick)) }</text>
                }
                <path class="area" d={area} />
                for column in cut {
                    <text class="cut" x={(0.5 * (x.at(column.low.max(low)) + x.at(column.high)) + 4.0).max(26.0).to_string()} y={(top + 8.0).to_string()}>
                        { format!("{} ⌃", speech.percent(Some(column.count / total))) }
                    </text>
                }
                <line class="slo" x1={slo.to_string()} x2={slo.to_string()} y1={top.to_string()} y2={(HEIGHT - bottom).to_string()} />
                for (index, (name, value)) in marks.iter().enumerate() {
                    <line class="mark" x1={x.clamped(*value).to_string()} x2={x.clamped(*value).to_string()} y1={(label_y(index) + 3.0).to_string()} y2={(HEIGHT - bottom).to_string()} />
                    <text class="mark-label" x={x.clamped(*value).to_string()} y={label_y(index).to_string()}>{ *name }</text>
                }
                <line class="axis" x1={left.to_string()} x2={(width - right).to_string()} y1={(HEIGHT - bottom).to_string()} y2={(HEIGHT - bottom).to_string()} />
            </svg>
        </div>
    }
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
