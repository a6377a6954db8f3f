use std::cell::Cell;
use std::rc::Rc;

use rehearsal::problem::Problem;
use rehearsal::scenario::Scenario;
use rehearsal::words::Word;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::break_even::BreakEvenPanel;
use super::frontier::FrontierPanel;
use super::import::ImportPanel;
use super::levers::{SensitivityPanel, WaterfallPanel};
use super::models::ModelsPanel;
use super::prices::PricesPanel;
use super::range::RangePanel;
use super::services::ServicesPanel;
use super::state::{Lens, Reading};
use crate::components::problem_list;
use crate::platform::{bridge, clock};
use crate::speech::use_speech;
use crate::turns::use_turns;

/// How long the scenario must rest before it is analysed: a drag stays smooth.
const REST_MS: f64 = 200.0;

/// The first program has adopted a scenario by then, or will not: what is only viewed cannot be changed.
const ANSWERED_MS: f64 = 500.0;
/// How long it is said that something was adopted.
const SAID_MS: f64 = 6_000.0;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whether the first view is on the screen, below which this stands.
    pub shown: bool,
}

/// What can be said about the scenario of the first view.
#[component]
pub fn AnalysisView(props: &Props) -> Html {
    let today = use_memo((), |()| Rc::<str>::from(clock::today()));
    let reading = use_state(|| Reading::Waiting);
    let told = use_mut_ref(bridge::Told::default);
    let adopted = use_state(|| Adopted::Nothing);
    // Reads what was told last, if it is another scenario than the one that is shown.
    let read = {
        let (reading, told, today, adopted) = (reading.clone(), told.clone(), today.clone(), adopted.clone());
        Rc::new(move || {
            let Some(now) = bridge::told().filter(|now| now.scenario != told.borrow().scenario) else { return };
            reading.set(Reading::of(&now.scenario, &today));
            adopted.set(Adopted::Nothing);
            *told.borrow_mut() = now;
        })
    };
    let read_back = read.clone();
    use_effect_with((), move |()| {
        read();
        let asked = Rc::new(Cell::new(0_u64));
        let listener = bridge::on_told(move || {
            let (asked, read) = (asked.clone(), read.clone());
            let mine = asked.get() + 1;
            asked.set(mine);
            spawn_local(async move {
                clock::sleep(REST_MS).await;
                if asked.get() == mine {
                    read();
                }
            });
        });
        move || drop(listener)
    });
    let adopt = {
        let (reading, told, today, adopted) = (reading.clone(), told.clone(), today.clone(), adopted.clone());
        use_callback((), move |scenario: Scenario, ()| {
            let text = scenario.to_json();
            let read = Reading::of(&text, &today);
            if let Reading::Wrong(problems) = read {
                adopted.set(Adopted::Wrong(problems));
                return;
            }
            // Shown at once; the first program tells the same a moment later.
            reading.set(read);
            adopted.set(Adopted::Scenario);
            told.borrow_mut().scenario.clone_from(&text);
            bridge::adopt(&text);
            let (adopted, told, read) = (adopted.clone(), told.clone(), read_back.clone());
            spawn_local(async move {
                clock::sleep(ANSWERED_MS).await;
                if bridge::told().is_none_or(|now| now.scenario != text) {
                    // The first program kept its own, or made something else of it.
                    told.borrow_mut().scenario.clear();
                    read();
                }
                clock::sleep(SAID_MS).await;
                adopted.set(Adopted::Nothing);
            });
        })
    };
    let last = use_mut_ref(|| None::<Lens>);
    if let Reading::Read { scenario, answers } = &*reading {
        let (scenario, answers) = (scenario.clone(), answers.clone());
        *last.borrow_mut() = Some(Lens { scenario, answers, today: (*today).clone(), adopt });
    }
    let fresh = matches!(*reading, Reading::Read { .. });
    let lens = last.borrow().clone();
    html! { <Analysis {lens} {fresh} shown={props.shown} adopted={(*adopted).clone()} /> }
}

/// What became of the scenario that a panel handed back last.
#[derive(Clone, Default, PartialEq)]
pub enum Adopted {
    #[default]
    Nothing,
    Scenario,
    /// It cannot be used.
    Wrong(Rc<Vec<Problem>>),
}

#[derive(Properties, PartialEq)]
pub struct AnalysisProps {
    /// The newest scenario that could be analysed.
    pub lens: Option<Lens>,
    /// Whether it is the one on the screen.
    pub fresh: bool,
    pub shown: bool,
    #[prop_or_default]
    pub adopted: Adopted,
}

/// All panels, the plain sentences first.
#[component]
pub fn Analysis(props: &AnalysisProps) -> Html {
    let speech = use_speech();
    let Some(lens) = &props.lens else {
        return html! { <p class="loading" role="status" hidden={!props.shown}>{ speech.word(Word::ui_loading) }</p> };
    };
    let findings = &lens.answers.findings;
    html! {
        <section class={classes!("analysis", (!props.fresh).then_some("stale"))} aria-labelledby="analysis-title" aria-busy={(!props.fresh).to_string()} hidden={!props.shown}>
            <h2 id="analysis-title">{ speech.word(Word::an_title) }</h2>
            if props.shown {
                <div class="card findings" data-panel="findings">
                    if findings.is_empty() {
                        <p>{ speech.word(Word::an_no_findings) }</p>
                    } else {
                        <ul>
                            for finding in findings.iter() {
                                <li>{ lens.finding(&speech, finding) }</li>
                            }
                        </ul>
                    }
                </div>
            }
            <Panels lens={lens.clone()} shown={props.shown} />
            <div class="adopted" role="status">
                {
                    match &props.adopted {
                        Adopted::Nothing => html! {},
                        Adopted::Scenario => html! { <p>{ speech.word(Word::an_adopted) }</p> },
                        Adopted::Wrong(problems) => problem_list(&speech, problems, html! {}),
                    }
                }
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct PanelsProps {
    lens: Lens,
    shown: bool,
}

/// The panels, from the top: each comes in a turn of its own.
#[component]
fn Panels(PanelsProps { lens, shown }: &PanelsProps) -> Html {
    let turn = use_turns(4);
    // What was searched and what was imported stays while another view is shown.
    html! {
        <div class="panels">
            <div class="column">
                if *shown {
                    <WaterfallPanel ..lens.clone() />
                    if turn >= 2 {
                        <BreakEvenPanel ..lens.clone() />
                    }
                    if turn >= 3 {
                        <ModelsPanel ..lens.clone() />
                    }
                }
            </div>
            <div class="column">
                if *shown {
                    <SensitivityPanel ..lens.clone() />
                }
                if turn >= 2 {
                    <FrontierPanel ..lens.clone() />
                }
                if *shown && turn >= 3 {
                    <RangePanel ..lens.clone() />
                }
            </div>
            if *shown && turn >= 4 {
                <PricesPanel ..lens.clone() />
                <ServicesPanel ..lens.clone() />
            }
            // It hears files that are dropped anywhere, from the first moment.
            <ImportPanel lens={lens.clone()} {shown} />
        </div>
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::state::lens;
    use super::*;

    fn rendered(text: &str) -> String {
        let text = text.to_string();
        let props =
            move || AnalysisProps { lens: Some(lens(&text)), fresh: true, shown: true, adopted: Adopted::Nothing };
        pollster::block_on(yew::ServerRenderer::<Analysis>::with_props(props).hydratable(false).render())
    }

    #[test]
    fn the_reference_scenario() {
        insta::assert_snapshot!(rendered("{}").replace("><", ">\n<"));
    }

    #[test]
    fn a_range_a_service_and_a_price_of_ones_own_are_shown() {
        let text = r#"{"daily_messages":[900000,1100000],"infrastructure":{"guardrails":true},
            "billing":{"discount_pct":10,"prices":{"acme.model":{"name":"Acme","input":1,"output":2}}}}"#;
        let html = rendered(text);
        for part in ["data-figure=\"range\"", "Acme", "units_per_question", "data-lever=\"Discount\""] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains(" style="), "the page's policy forbids inline styles");
    }

    #[test]
    fn an_unknown_price_leaves_no_bill_and_says_so() {
        let html = rendered(r#"{"types":[{"name":"a","share_pct":100,"model":"acme.model"}]}"#);
        assert!(html.contains("acme.model.input"), "{html}");
        assert!(!html.contains("NaN"), "{html}");
    }
}
