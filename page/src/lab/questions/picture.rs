//! What each answer looks like: bars for shares, columns for minutes.

use rehearsal::questions::cache::CacheAnswer;
use rehearsal::questions::quota::{QuotaAnswer, UnitNeeds};
use rehearsal::questions::upgrade::UpgradeAnswer;
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::asking::Answers;
use crate::components::bar;
use crate::speech::Speech;
use crate::view::View;

/// The most bars of a picture: the table has all of them.
const MOST: usize = 8;
/// The most columns of minutes.
const COLUMNS: usize = 180;

/// What the answer to a view's question looks like.
pub fn picture(speech: &Speech, answers: &Answers, view: View) -> Html {
    match view {
        View::Upgrade => upgrade(speech, &answers.upgrade),
        View::Cache => cache(speech, &answers.cache),
        _ => quota(speech, &answers.quota),
    }
}

/// A name, a bar, and what it says.
fn row(name: &str, said: String, parts: &[(f64, &'static str)]) -> Html {
    html! { <li><span class="name">{ name.to_string() }</span>{ bar(format!("{name}: {said}"), parts) }<span class="n">{ said }</span></li> }
}

fn upgrade(speech: &Speech, answer: &UpgradeAnswer) -> Html {
    let share = |part: u64, of: u64| if of == 0 { 0.0 } else { part as f64 / of as f64 };
    let rows = answer.models.iter().take(MOST).map(|model| {
        let all = model.taken + model.refused + model.not_checked;
        let said =
            Message::new(Word::qv_refused_of).number("refused", model.refused as f64).number("calls", all as f64);
        let parts = [
            (share(model.taken, all), "fine"),
            (share(model.refused, all), "lost"),
            (share(model.not_checked, all), "unsure"),
        ];
        row(&model.model, speech.say(&said), &parts)
    });
    html! { <ul class="picture" data-figure="picture">{ for rows }</ul> }
}

fn cache(speech: &Speech, answer: &CacheAnswer) -> Html {
    if answer.prompt_tokens == 0 {
        return html! {};
    }
    let all = answer.prompt_tokens as f64;
    let line = |word: Word, tokens: u64, look: &'static str| {
        let share = tokens as f64 / all;
        row(&speech.word(word), speech.percent(Some(share)), &[(share, look)])
    };
    html! {
        <ul class="picture" data-figure="picture">
            { line(Word::qv_read_now, answer.read_tokens, "input") }
            { line(Word::qv_read_5m, answer.could_read_tokens.minutes, "output") }
            { line(Word::qv_read_1h, answer.could_read_tokens.hour, "output") }
            { line(Word::qv_read_mended, answer.mended_read_tokens.minutes, "fine") }
        </ul>
    }
}

/// Tokens a minute of the quota that binds, or needs most, with its limit.
fn quota(speech: &Speech, answer: &QuotaAnswer) -> Html {
    let Some(needs) = answer.models.first().filter(|needs| !needs.picture.is_empty()) else { return html! {} };
    let tokens = columns(needs);
    let limit = needs.limits.tpm;
    let highest = tokens.iter().copied().max().unwrap_or(0) as f64;
    let top = limit.unwrap_or(0.0).min(highest * 4.0).max(highest).max(1.0);
    let percent = |fraction: f64| format!("{}%", libm::round(fraction.clamp(0.0, 1.0) * 10_000.0) / 100.0);
    let width = 1.0 / tokens.len() as f64;
    let said = Message::new(Word::qv_minutes)
        .text("model", &needs.name)
        .number("tokens", highest)
        .number("minutes", needs.picture.len() as f64);
    let over = |tokens: u64| limit.is_some_and(|limit| tokens as f64 > limit);
    html! {
        <figure class="minutes" data-figure="picture">
            <svg height="120" role="img" aria-label={speech.say(&said)}>
                for (index, tokens) in tokens.iter().enumerate() {
                    <rect class={if over(*tokens) { "lost" } else { "input" }} x={percent(index as f64 * width)} width={percent(width * 0.85)}
                        y={percent(1.0 - *tokens as f64 / top)} height={percent(*tokens as f64 / top)} />
                }
                if let Some(limit) = limit.filter(|limit| *limit <= top) {
                    <line x1="0" x2="100%" y1={percent(1.0 - limit / top)} y2={percent(1.0 - limit / top)} />
                }
            </svg>
            <figcaption>{ speech.say(&said) }{ " " }{ match limit {
                Some(limit) => {
                    let word = if limit <= top { Word::qv_limit } else { Word::qv_limit_above };
                    speech.say(&Message::new(word).number("tokens", limit))
                }
                None => speech.word(Word::qv_no_limit),
            } }</figcaption>
        </figure>
    }
}

/// Tokens of each minute from the first to the last; of several minutes that share a column, the most.
fn columns(needs: &UnitNeeds) -> Vec<u64> {
    let (first, last) = match (needs.picture.first(), needs.picture.last()) {
        (Some(first), Some(last)) => (first.0, last.0),
        _ => return Vec::new(),
    };
    let minutes = (last - first).max(0) as usize + 1;
    let each = minutes.div_ceil(COLUMNS);
    let mut columns = vec![0; minutes.div_ceil(each)];
    for (minute, _, tokens) in &needs.picture {
        if let Some(column) = columns.get_mut((minute - first).max(0) as usize / each) {
            *column = (*tokens).max(*column);
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
        assert!(gathered.len() <= COLUMNS && gathered[0] == 5 && gathered.last() == Some(&7), "{gathered:?}");
    }
}
