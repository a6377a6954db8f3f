//! A question asked of the scenario on the screen instead of a log.

use std::rc::Rc;

use rehearsal::questions::Report;
use rehearsal::questions::cache::cache_from_traffic;
use rehearsal::questions::quota::quota_of_scenario;
use rehearsal::scenario::Scenario;
use rehearsal::words::Word;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::answer::written;
use super::asking::Wish;
use crate::channel::ToFirst;
use crate::lab::prices;
use crate::platform::{clock, host};
use crate::speech::use_speech;
use crate::view::View;

/// Seconds from one message of a conversation to the next, which the answer says is assumed.
const THINK_S: f64 = 60.0;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub scenario: Rc<Scenario>,
    pub view: View,
    pub wish: Wish,
}

/// What a scenario answers.
#[derive(Clone, PartialEq)]
enum Stage {
    Unasked,
    Asking,
    Answered(Rc<Report>, Option<Rc<Scenario>>),
    Failed(String),
}

/// The same question asked of the scenario on the screen; it is in a link to it, as no log is.
#[component]
pub fn OfScenario(props: &Props) -> Html {
    let speech = use_speech();
    let stage = use_state(|| Stage::Unasked);
    {
        // What was answered belongs to what was asked.
        let stage = stage.clone();
        use_effect_with((props.scenario.clone(), props.view, props.wish.clone()), move |_| {
            if *stage != Stage::Unasked {
                stage.set(Stage::Unasked);
            }
        });
    }
    let ask = {
        let (stage, scenario, view, wish) = (stage.clone(), props.scenario.clone(), props.view, props.wish.clone());
        let speech = speech.clone();
        Callback::from(move |_: MouseEvent| {
            stage.set(Stage::Asking);
            let (stage, scenario, wish, speech) = (stage.clone(), scenario.clone(), wish.clone(), speech.clone());
            spawn_local(async move {
                // That it is being computed is on the screen by then.
                clock::drawn().await;
                stage.set(match view {
                    View::Cache => {
                        let answer = cache_from_traffic(&scenario, prices::catalog(), THINK_S);
                        let adopted = answer.adopt(&scenario);
                        let changed = (adopted != *scenario).then(|| Rc::new(adopted));
                        Stage::Answered(Rc::new(answer.report()), changed)
                    }
                    _ => match quota_of_scenario(&scenario, prices::catalog(), wish.quota()) {
                        Ok((answer, _)) => Stage::Answered(Rc::new(answer.report()), None),
                        Err(problems) => {
                            let said = problems.0.iter().map(|problem| problem.say(speech.0.as_ref()));
                            Stage::Failed(said.collect::<Vec<_>>().join(" "))
                        }
                    },
                });
            });
        })
    };
    let adopt = |scenario: &Rc<Scenario>| {
        let scenario = scenario.clone();
        Callback::from(move |_: MouseEvent| host::to_first(&ToFirst::Adopt { scenario: scenario.clone() }))
    };
    html! {
        <section class="card panel wide" aria-labelledby="of-scenario" data-panel="of-scenario" aria-busy={(*stage == Stage::Asking).to_string()}>
            <h3 id="of-scenario">{ speech.word(Word::qv_scenario) }</h3>
            <p class="lead">{ speech.word(if props.view == View::Cache { Word::qv_scenario_cache } else { Word::qv_scenario_quota }) }</p>
            { match &*stage {
                Stage::Unasked => html! { <button onclick={ask} data-action="ask-scenario">{ speech.word(Word::qv_ask) }</button> },
                Stage::Asking => html! { <p class="loading" role="status">{ speech.word(Word::ui_loading) }</p> },
                Stage::Failed(wrong) => html! { <p class="problems error" role="alert">{ wrong }</p> },
                Stage::Answered(report, adopted) => html! {
                    <>
                        { written(&speech, report, None) }
                        if let Some(adopted) = adopted {
                            <div class="controls">
                                <button class="primary" onclick={adopt(adopted)} data-action="use-rates">{ speech.word(Word::qv_use_rates) }</button>
                            </div>
                        }
                    </>
                },
            } }
        </section>
    }
}
