//! What an edit did, said once to those who do not see it.

use rehearsal::words::{Message, Word};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::components::late;
use crate::platform::clock;
use crate::speech::Speech;
use crate::state::Model;

/// How long the figures rest before they are said: while someone drags or types there is nothing to say yet.
const SAID_AFTER_MS: f64 = 700.0;

/// The bill and the P95 after an edit, with the field's label; `None` before the first one and while they are on
/// their way.
pub fn announced(speech: &Speech, model: &Model) -> Option<String> {
    let (label, of) = model.edited()?;
    if !model.estimate_fresh || !model.outcome_fresh() {
        return None;
    }
    let label = speech.word(label);
    let label = of.map_or(label.clone(), |of| format!("{label}, {of}"));
    let day = model.outcome.as_ref().map(|day| &day.outcome.overall)?;
    let cost = model.estimate.total_daily_cost_usd.map(|usd| usd.dollars());
    let [p95] = speech.times([late(day, |q| q.p95)]);
    let said = Message::new(Word::ui_announced).text("label", label).text("day", speech.usd(cost)).text("p95", p95);
    Some(speech.say(&said))
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub text: Option<String>,
}

/// Says a text once it has rested, politely; what is not there yet leaves the last one.
#[component]
pub fn Announcer(props: &Props) -> Html {
    let said = use_state(String::new);
    let newest = use_mut_ref(|| None::<String>);
    newest.replace(props.text.clone());
    {
        let said = said.clone();
        use_effect_with(props.text.clone(), move |text| {
            if let Some(text) = text.clone() {
                spawn_local(async move {
                    clock::sleep(SAID_AFTER_MS).await;
                    if newest.borrow().as_ref() == Some(&text) {
                        said.set(text);
                    }
                });
            }
        });
    }
    html! { <p class="sr" role="status" data-figure="announced">{ (*said).clone() }</p> }
}
