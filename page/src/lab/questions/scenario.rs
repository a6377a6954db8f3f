//! A question asked of the scenario on the screen instead of a log.

use std::rc::Rc;

use rehearsal::problem::Problem;
use rehearsal::questions::Report;
use rehearsal::questions::cache::cache_from_traffic;
use rehearsal::questions::quota::ScenarioQuota;
use rehearsal::scenario::Scenario;
use rehearsal::words::Word;
use rehearsal::workspace::LINK_PREFIX;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::answer::written;
use super::asking::Wish;
use crate::channel::ToFirst;
use crate::commands::Command;
use crate::lab::prices;
use crate::platform::{clock, host, link};
use crate::speech::{Speech, use_speech};
use crate::view::View;

/// Seconds from one message of a conversation to the next, which the answer says is assumed.
const THINK_S: f64 = 60.0;
/// Messages that are drawn between two looks at the clock.
const MESSAGES: u64 = 2_000;
/// The page draws and listens at least so often.
const SLICE_MS: f64 = 12.0;

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
    // The number of what was asked last: what was asked before is given up.
    let asking = use_mut_ref(|| 0_u64);
    // The quotas that were typed are the scenario's, for this answer and in a link to it.
    let asked_of = use_memo((props.scenario.clone(), props.wish.tpm, props.wish.rpm), |(scenario, tpm, rpm)| {
        Rc::new(with_typed(scenario, *tpm, *rpm))
    });
    let ask = {
        let (stage, asking, view) = (stage.clone(), asking.clone(), props.view);
        let (scenario, wish, speech) = ((*asked_of).clone(), props.wish.clone(), speech.clone());
        Callback::from(move |()| {
            stage.set(Stage::Asking);
            let (stage, scenario, wish, speech) = (stage.clone(), scenario.clone(), wish.clone(), speech.clone());
            let (mine, asking) = (asking.replace_with(|number| *number + 1) + 1, asking.clone());
            spawn_local(async move {
                // That it is being computed is on the screen by then.
                clock::drawn().await;
                let answered = match view {
                    View::Cache => of_traffic(&scenario),
                    _ => of_quota(&scenario, &wish, &speech, || *asking.borrow() == mine).await,
                };
                if *asking.borrow() == mine {
                    stage.set(answered);
                }
            });
        })
    };
    {
        // What was answered belongs to what was asked; whoever followed a link came for the answer.
        let (stage, asking, ask) = (stage.clone(), asking.clone(), ask.clone());
        let linked = link::fragment().starts_with(LINK_PREFIX);
        use_effect_with(((*asked_of).clone(), props.view), move |_| {
            asking.replace_with(|number| *number + 1);
            if linked {
                ask.emit(());
            } else if *stage != Stage::Unasked {
                stage.set(Stage::Unasked);
            }
        });
    }
    let click = {
        let (ask, scenario, asked_of, view) = (ask, props.scenario.clone(), (*asked_of).clone(), props.view);
        Callback::from(move |_: MouseEvent| {
            if view == View::Quota && *asked_of != *scenario {
                host::to_first(&ToFirst::Adopt { scenario: asked_of.clone(), instead_of: None });
            }
            ask.emit(());
        })
    };
    let copy = Callback::from(|_: MouseEvent| host::to_first(&ToFirst::Run { command: Command::CopyLink }));
    let adopt = |scenario: &Rc<Scenario>| {
        let scenario = scenario.clone();
        Callback::from(move |_: MouseEvent| {
            host::to_first(&ToFirst::Adopt { scenario: scenario.clone(), instead_of: None })
        })
    };
    html! {
        <section class="card panel wide" aria-labelledby="of-scenario" data-panel="of-scenario" aria-busy={(*stage == Stage::Asking).to_string()}>
            <h3 id="of-scenario">{ speech.word(Word::qv_scenario) }</h3>
            <p class="lead">{ speech.word(if props.view == View::Cache { Word::qv_scenario_cache } else { Word::qv_scenario_quota }) }</p>
            { match &*stage {
                Stage::Unasked => html! { <button onclick={click} data-action="ask-scenario">{ speech.word(Word::qv_ask) }</button> },
                Stage::Asking => html! { <p class="loading" role="status">{ speech.word(Word::ui_loading) }</p> },
                Stage::Failed(wrong) => html! { <p class="problems error" role="alert">{ wrong }</p> },
                Stage::Answered(report, adopted) => html! {
                    <>
                        { written(&speech, report, None) }
                        <div class="controls">
                            if let Some(adopted) = adopted {
                                <button class="primary" onclick={adopt(adopted)} data-action="use-rates">{ speech.word(Word::qv_use_rates) }</button>
                            }
                            <button onclick={copy} data-action="link-answer">{ speech.word(Word::qv_copy_scenario_link) }</button>
                        </div>
                    </>
                },
            } }
        </section>
    }
}

/// A scenario with the quotas that were typed, which are of all its models.
fn with_typed(scenario: &Scenario, tpm: Option<f64>, rpm: Option<f64>) -> Scenario {
    let mut changed = scenario.clone();
    changed.capacity.tpm = tpm.or(changed.capacity.tpm);
    changed.capacity.rpm = rpm.or(changed.capacity.rpm);
    for own in changed.models.values_mut() {
        own.tpm = own.tpm.filter(|_| tpm.is_none());
        own.rpm = own.rpm.filter(|_| rpm.is_none());
    }
    changed
}

/// The hit rate that follows from the scenario's traffic, and the scenario with it where it says another.
fn of_traffic(scenario: &Scenario) -> Stage {
    let answer = cache_from_traffic(scenario, prices::catalog(), THINK_S);
    let adopted = answer.adopt(scenario);
    let changed = (adopted != *scenario).then(|| Rc::new(adopted));
    Stage::Answered(Rc::new(answer.report()), changed)
}

/// What quota the scenario's day needs, drawn in slices as long as somebody waits for it.
async fn of_quota(scenario: &Scenario, wish: &Wish, speech: &Speech, wanted: impl Fn() -> bool) -> Stage {
    let wrong: Vec<_> = scenario.problems().into_iter().filter(Problem::is_error).collect();
    if !wrong.is_empty() {
        let said: Vec<String> = wrong.iter().map(|problem| problem.say(speech.0.as_ref())).collect();
        return Stage::Failed(said.join(" "));
    }
    let mut needs = ScenarioQuota::new(scenario, prices::catalog(), wish.quota());
    let mut since = clock::now_ms();
    while wanted() && needs.step(MESSAGES) < 1.0 {
        if clock::now_ms() - since > SLICE_MS {
            clock::sleep(0.0).await;
            since = clock::now_ms();
        }
    }
    Stage::Answered(Rc::new(needs.finish().report()), None)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    /// The quotas that were typed are in the scenario that a link carries, and are answered without typing them again.
    #[test]
    fn typed_quotas_are_the_scenarios() {
        let mut scenario = Scenario::load(
            r#"{"daily_messages": 20000, "types": [{"name": "a", "share_pct": 100,
            "model": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "input_tokens": 1000, "output_tokens": 200}]}"#,
        )
        .unwrap()
        .output;
        scenario.models.entry("us.anthropic.claude-haiku-4-5-20251001-v1:0".to_string()).or_default().tpm = Some(9e6);
        let linked = with_typed(&scenario, Some(400_000.0), None);
        let mut needs = ScenarioQuota::new(&linked, prices::catalog(), Wish::default().quota());
        while needs.step(MESSAGES) < 1.0 {}
        assert_eq!(needs.finish().models[0].limits.tpm, Some(400_000.0));
        assert_eq!(with_typed(&scenario, None, None), scenario);
    }
}
