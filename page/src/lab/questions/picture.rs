//! What each answer looks like: bars for shares, columns for minutes.

use std::rc::Rc;

use rehearsal::chart::{Scale, Table, label_width, thinned};
use rehearsal::questions::cache::CacheAnswer;
use rehearsal::questions::quota::{QuotaAnswer, UnitNeeds, minute_written};
use rehearsal::questions::upgrade::{OnModel, UpgradeAnswer};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::asking::Answers;
use crate::lab::charts::{BarChart, BarRow, Canvas, ChartFrame, Stop, use_width};
use crate::speech::{Speech, use_speech};
use crate::view::View;

/// The most bars of a picture: the table has all of them.
const MOST: usize = 8;
/// The most columns of minutes.
const COLUMNS: usize = 180;

/// What the answer to a view's question looks like.
pub fn picture(speech: &Speech, answers: &Answers, view: View) -> Html {
    let says = || answers.report(view).map(|report| speech.say(&report.sentence)).unwrap_or_default();
    match view {
        View::Upgrade => upgrade(speech, &answers.upgrade, says()),
        View::Cache => cache(speech, &answers.cache, says()),
        _ => quota(speech, &answers.quota),
    }
}

/// Bars with what they say, as a chart.
fn chart(speech: &Speech, title: Word, description: String, rows: Vec<BarRow>, table: Table) -> Html {
    html! {
        <div class="picture" data-figure="picture">
            <BarChart id="picture" title={speech.word(title)} {description} {rows} table={Rc::new(table)} />
        </div>
    }
}

fn upgrade(speech: &Speech, answer: &UpgradeAnswer, description: String) -> Html {
    let all = |model: &OnModel| model.taken + model.refused + model.not_checked;
    let rows = answer.models.iter().take(MOST).map(|model| {
        let calls = all(model);
        let said =
            Message::new(Word::qv_refused_of).number("refused", model.refused as f64).number("calls", calls as f64);
        let share = |part: u64| if calls == 0 { 0.0 } else { part as f64 / calls as f64 };
        let (fine, lost) = (share(model.taken), share(model.taken + model.refused));
        let spans = [((0.0, fine), "bar-fine"), ((fine, lost), "bar-lost"), ((lost, 1.0), "bar-unsure")];
        let bars = spans.into_iter().filter(|((from, to), _)| calls > 0 && to > from).collect();
        BarRow { name: model.model.clone(), value: speech.say(&said), bars }
    });
    let words = [Word::question_model, Word::question_calls, Word::upgrade_taken_column, Word::upgrade_refused_column];
    let figures = answer.models.iter().take(MOST).map(|model| {
        let counts = [all(model), model.taken, model.refused].map(|count| Some(Arg::Number(count as f64)));
        [Some(Arg::Text(model.model.clone()))].into_iter().chain(counts).collect()
    });
    let table = Table { columns: words.map(|word| speech.word(word)).to_vec(), rows: figures.collect() };
    chart(speech, Word::qv_chart_refused, description, rows.collect(), table)
}

fn cache(speech: &Speech, answer: &CacheAnswer, description: String) -> Html {
    if answer.prompt_tokens == 0 {
        return html! {};
    }
    let lines = [
        (Word::qv_read_now, answer.read_tokens, "bar-input"),
        (Word::qv_read_5m, answer.could_read_tokens.minutes, "bar-output"),
        (Word::qv_read_1h, answer.could_read_tokens.hour, "bar-output"),
        (Word::qv_read_mended, answer.mended_read_tokens.minutes, "bar-fine"),
    ];
    let share = |tokens: u64| tokens as f64 / answer.prompt_tokens as f64;
    let rows = lines.map(|(word, tokens, look)| BarRow {
        name: speech.word(word),
        value: speech.percent(Some(share(tokens))),
        bars: vec![((0.0, share(tokens)), look)],
    });
    let figures = lines.map(|(word, tokens, _)| {
        vec![Some(Arg::Word(word)), Some(Arg::Number(tokens as f64)), Some(Arg::Percent(share(tokens)))]
    });
    let words = [Word::question_figure, Word::question_tokens, Word::chart_share];
    let table = Table { columns: words.map(|word| speech.word(word)).to_vec(), rows: figures.to_vec() };
    chart(speech, Word::qv_chart_read, description, rows.to_vec(), table)
}

/// Tokens a minute of the quota that binds, or needs most, with its limit.
fn quota(speech: &Speech, answer: &QuotaAnswer) -> Html {
    let Some(needs) = answer.models.first().filter(|needs| !needs.picture.is_empty()) else { return html! {} };
    let columns = columns(needs);
    let limit = needs.limits.tpm;
    let highest = columns.iter().map(|(_, tokens)| *tokens).max().unwrap_or(0) as f64;
    let top = limit.unwrap_or(0.0).min(highest * 4.0).max(highest).max(1.0);
    let said = Message::new(Word::qv_minutes)
        .text("model", &needs.name)
        .number("tokens", highest)
        .number("minutes", needs.picture.len() as f64);
    let of_limit = match limit {
        Some(limit) => {
            let word = if limit <= top { Word::qv_limit } else { Word::qv_limit_above };
            speech.say(&Message::new(word).number("tokens", limit))
        }
        None => speech.word(Word::qv_no_limit),
    };
    let says = format!("{} {of_limit}", speech.say(&said));
    html! {
        <div class="minutes" data-figure="picture">
            <Minutes {columns} {limit} {top} description={says.clone()} />
            <p class="hint">{ says }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct MinutesProps {
    /// The first minute of each column, since 1970, and its tokens.
    columns: Vec<(i64, u64)>,
    limit: Option<f64>,
    /// The height of the chart, in tokens.
    top: f64,
    description: String,
}

const HEIGHT: f64 = 170.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = HEIGHT - 24.0;

/// A column for each minute, or for the busiest of several where they are many.
#[component]
fn Minutes(props: &MinutesProps) -> Html {
    let speech = use_speech();
    let node = use_node_ref();
    let width = use_width(&node);
    let y = Scale::linear(0.0, props.top, (BOTTOM, TOP));
    let heights: Vec<(f64, String)> =
        y.ticks(4).into_iter().map(|tokens| (y.at(tokens), speech.number(tokens))).collect();
    let left = heights.iter().map(|(_, label)| label_width(label)).fold(0.0, f64::max) + 14.0;
    let pitch = (width - left) / props.columns.len().max(1) as f64;
    let middle = |index: usize| left + pitch * (index as f64 + 0.5);
    let stops: Vec<Stop> = (0..props.columns.len()).map(|index| Stop { at: middle(index), dots: Vec::new() }).collect();
    let places = props.columns.iter().enumerate();
    let places: Vec<(f64, String)> = places.map(|(index, (minute, _))| (middle(index), clock(*minute))).collect();
    let row = |(minute, tokens): &(i64, u64)| {
        vec![Some(Arg::Text(minute_written(*minute))), Some(Arg::Number(*tokens as f64))]
    };
    let columns = [Word::qv_minute, Word::question_tokens].map(|word| speech.word(word)).to_vec();
    let table = Table { columns, rows: props.columns.iter().map(row).collect() };
    let look =
        |tokens: u64| if props.limit.is_some_and(|limit| tokens as f64 > limit) { "bar-lost" } else { "bar-output" };
    let canvas = Canvas { node, width, height: HEIGHT, top: TOP, bottom: BOTTOM };
    html! {
        <ChartFrame id="minutes" title={speech.word(Word::qv_chart_minutes)} description={props.description.clone()} {canvas} {stops}
            table={Rc::new(table)} heading="h4">
            for (at, label) in heights {
                <line class="grid" x1={left.to_string()} x2={width.to_string()} y1={at.to_string()} y2={at.to_string()} />
                <text class="height" x={(left - 8.0).to_string()} y={(at + 4.0).to_string()}>{ label }</text>
            }
            for (index, (_, tokens)) in props.columns.iter().enumerate() {
                <rect class={look(*tokens)} x={(middle(index) - 0.425 * pitch).to_string()} width={(0.85 * pitch).to_string()}
                    y={y.at(*tokens as f64).to_string()} height={(BOTTOM - y.at(*tokens as f64)).to_string()} />
            }
            if let Some(limit) = props.limit.filter(|limit| *limit <= props.top) {
                <line class="slo" x1={left.to_string()} x2={width.to_string()} y1={y.at(limit).to_string()} y2={y.at(limit).to_string()} />
            }
            for tick in thinned(&places, (left, width)) {
                <text x={tick.label_at.to_string()} y={(HEIGHT - 8.0).to_string()}>{ tick.label }</text>
            }
            <line class="axis" x1={left.to_string()} x2={width.to_string()} y1={BOTTOM.to_string()} y2={BOTTOM.to_string()} />
        </ChartFrame>
    }
}

/// The time of day of a minute, in UTC.
fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute.rem_euclid(1_440) / 60, minute.rem_euclid(60))
}

/// Tokens of each minute from the first to the last, with the minute; of several minutes that share a column, the
/// first and the most.
fn columns(needs: &UnitNeeds) -> Vec<(i64, u64)> {
    let (first, last) = match (needs.picture.first(), needs.picture.last()) {
        (Some(first), Some(last)) => (first.0, last.0),
        _ => return Vec::new(),
    };
    let minutes = (last - first).max(0) as usize + 1;
    let each = minutes.div_ceil(COLUMNS);
    let begins = |column: usize| first + (column * each) as i64;
    let mut columns: Vec<(i64, u64)> = (0..minutes.div_ceil(each)).map(|column| (begins(column), 0)).collect();
    for (minute, _, tokens) in &needs.picture {
        if let Some((_, most)) = columns.get_mut((minute - first).max(0) as usize / each) {
            *most = (*tokens).max(*most);
        }
    }
    columns
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::asking::{Wish, answers_of};
    use super::*;

    #[test]
    fn minutes_without_calls_are_there_and_a_long_time_is_gathered() {
        let log = include_bytes!("../../../../fixtures/logs/support-desk.jsonl.gz");
        let answers = answers_of(log, &Wish { today: "2026-11-30".to_string(), ..Wish::default() }).unwrap();
        let mut needs = answers.quota.models[0].clone();
        assert_eq!(columns(&needs).len(), 180);
        needs.picture = vec![(0, 1, 5), (1_000, 1, 7)];
        let gathered = columns(&needs);
        assert!(gathered.len() <= COLUMNS && gathered[0] == (0, 5), "{gathered:?}");
        assert_eq!(gathered.last().map(|(_, tokens)| *tokens), Some(7));
        assert_eq!(clock(1_000), "16:40");
    }
}
