use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::speech::use_speech;

/// What two figures measure: how they are written, and what more and less of it is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    Usd,
    Ms,
    /// A fraction of answers in time; its difference is in points.
    InTime,
    Count,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub measure: Measure,
    pub now: Option<f64>,
    /// The figure of the pinned scenario.
    pub was: Option<f64>,
    /// Say the pinned scenario's own figure as well.
    #[prop_or_default]
    pub both: bool,
}

/// How a figure differs from that of the pinned scenario: a sign, the difference, its share, and a
/// word for its direction.
#[component]
pub fn Delta(props: &Props) -> Html {
    let speech = use_speech();
    let Some((now, was)) = props.now.zip(props.was) else {
        return html! { <span class="delta">{ "–" }</span> };
    };
    let write = |value: f64| match props.measure {
        Measure::Usd => speech.usd(Some(value)),
        Measure::Ms => speech.ms(Some(value)),
        Measure::InTime => speech.percent(Some(value)),
        Measure::Count => speech.number(libm::round(value)),
    };
    let change = now - was;
    let (more, less) = match props.measure {
        Measure::Usd => (Word::ui_dearer, Word::ui_cheaper),
        Measure::Ms => (Word::ui_slower, Word::ui_faster),
        Measure::InTime => (Word::ui_more_in_time, Word::ui_less_in_time),
        Measure::Count => (Word::ui_more, Word::ui_less),
    };
    // What looks the same is the same.
    let (class, text) = if write(now) == write(was) {
        ("same", speech.word(Word::ui_same))
    } else {
        let (sign, word) = if change > 0.0 { ("+", more) } else { ("−", less) };
        let share = if was != 0.0 { change.abs() / was.abs() } else { f64::INFINITY };
        let message = Message::new(word).text("amount", format!("{sign}{}", write(change.abs())));
        let share =
            if share.is_finite() { format!("{sign}{}", speech.percent(Some(share))) } else { "∞".to_string() };
        let better = (change > 0.0) == (props.measure == Measure::InTime);
        let class = if props.measure == Measure::Count {
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
            if props.both {
                <span class="was">{ speech.say(&Message::new(Word::ui_a_is).text("value", write(was))) }</span>
            }
            { text }
        </span>
    }
}
