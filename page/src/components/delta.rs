use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::speech::Speech;

/// What two figures measure: how they are written, and what more and less of it is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    Usd,
    Ms,
    /// A fraction of messages answered in time; its difference is in points.
    InTime,
    /// A fraction of messages without an answer; its difference is in points.
    Unanswered,
    Count,
}

/// What a figure is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Against {
    /// That of the pinned scenario, which is said as well.
    PinnedAndIts,
    Pinned,
    /// That of the scenario as it is.
    Today,
}

/// How a figure differs from another one: a sign, the difference, its share, and a word for its direction.
pub fn delta(speech: &Speech, measure: Measure, now: Option<f64>, was: Option<f64>, against: Against) -> Html {
    let Some((now, was)) = now.zip(was) else {
        return html! { <span class="delta">{ "–" }</span> };
    };
    let write = |value: f64| match measure {
        Measure::Usd => speech.usd(Some(value)),
        Measure::Ms => speech.ms(Some(value)),
        Measure::InTime | Measure::Unanswered => speech.percent(Some(value)),
        Measure::Count => speech.number(libm::round(value)),
    };
    let change = now - was;
    let (more, less) = match measure {
        Measure::Usd => (Word::ui_dearer, Word::ui_cheaper),
        Measure::Ms => (Word::ui_slower, Word::ui_faster),
        Measure::InTime => (Word::ui_more_in_time, Word::ui_less_in_time),
        Measure::Unanswered => (Word::ui_more_unanswered, Word::ui_less_unanswered),
        Measure::Count => (Word::ui_more, Word::ui_less),
    };
    // What looks the same is the same.
    let (class, text) = if write(now) == write(was) {
        ("same", speech.word(if against == Against::Today { Word::ui_unchanged } else { Word::ui_same }))
    } else if now.is_infinite() {
        ("worse", speech.word(Word::ui_now_unanswered))
    } else if was.is_infinite() {
        ("better", speech.word(Word::ui_now_answered))
    } else {
        let (sign, word) = if change > 0.0 { ("+", more) } else { ("−", less) };
        let share = if was != 0.0 { change.abs() / was.abs() } else { f64::INFINITY };
        let amount = match measure {
            Measure::InTime | Measure::Unanswered => speech.points(change.abs()),
            _ => write(change.abs()),
        };
        let message = Message::new(word).text("amount", format!("{sign}{amount}"));
        let share =
            if share.is_finite() { format!("{sign}{}", speech.percent(Some(share))) } else { "∞".to_string() };
        let better = (change > 0.0) == (measure == Measure::InTime);
        let class = if measure == Measure::Count {
            "same"
        } else if better {
            "better"
        } else {
            "worse"
        };
        (class, speech.say(&message.text("share", share)))
    };
    html! {
        <span class={classes!("delta", class)}>
            if against == Against::PinnedAndIts {
                <span class="was">{ speech.say(&Message::new(Word::ui_a_is).text("value", write(was))) }</span>
            }
            { text }
        </span>
    }
}
