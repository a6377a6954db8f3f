use std::rc::Rc;

use rehearsal::scenario::{Curve, Distribution, Scenario};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::editor::{Editor, MS, count};
use crate::channel::ToFirst;
use crate::components::Field;
use crate::platform::host;

/// How long people wait, how many clients retry for them, and when they come, hour by hour.
pub fn fields(editor: &Editor) -> Html {
    let scenario = &editor.scenario;
    let weights = scenario.traffic.curve.weights();
    html! {
        <>
            { editor.flag("patient", (Word::det_patience, Word::why_patience), scenario.patience_ms.is_some(), |scenario, on| {
                scenario.patience_ms = on.then_some(Distribution::Exponential { mean: 10_000.0 });
            }) }
            if let Some(patience) = &scenario.patience_ms {
                { editor.spread("patience-time", (Word::det_time, Word::why_patience_time), MS, patience, |scenario, law| scenario.patience_ms = Some(law)) }
            }
            { editor.number("clients", (Word::det_clients, Word::why_clients), count(1.0, 10_000.0), (f64::from(scenario.retry.clients), 1.0),
                |scenario, clients| scenario.retry.clients = libm::round(clients) as u32) }
            <h3>{ editor.speech.word(Word::det_hours) }</h3>
            <p class="hint">{ editor.speech.word(Word::why_hours) }</p>
            <div class="hours">
                for (hour, weight) in weights.into_iter().enumerate() {
                    { hour_field(editor, hour, weight) }
                }
            </div>
        </>
    }
}

/// The weight of an hour: any number, against those of the others.
fn hour_field(editor: &Editor, hour: usize, weight: f64) -> Html {
    let label = editor.speech.say(&Message::new(Word::det_hour).number("hour", hour as f64));
    let scenario = editor.scenario.clone();
    let on_edit = Callback::from(move |(value, settled): (f64, bool)| {
        let mut changed: Scenario = (*scenario).clone();
        let mut weights = changed.traffic.curve.weights();
        weights[hour] = value;
        changed.traffic.curve = Curve::Hours(weights);
        host::to_first(&ToFirst::Edit { field: format!("hour-{hour}"), settled, scenario: Rc::new(changed) });
    });
    html! { <Field id={format!("hour-{hour}")} {label} value={weight} min={0.0} max={1e6} {on_edit} /> }
}
