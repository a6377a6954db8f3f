use std::cell::Cell;
use std::rc::Rc;

use rehearsal::problem::Problem;
use rehearsal::scenario::Scenario;
use rehearsal::words::Word;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::advice::AdvicePanel;
use super::break_even::BreakEvenPanel;
use super::frontier::FrontierPanel;
use super::import::ImportPanel;
use super::levers::{SensitivityPanel, WaterfallPanel};
use super::models::ModelsPanel;
use super::prices::PricesPanel;
use super::range::RangePanel;
use super::rebase::rebased;
use super::services::ServicesPanel;
use super::state::{Lens, Reading};
use crate::channel::ToFirst;
use crate::components::problem_list;
use crate::period::Period;
use crate::platform::{clock, host};
use crate::speech::use_speech;
use crate::turns::use_turns;
use crate::view::View;

/// How long the scenario must rest before it is analysed: a drag stays smooth.
const REST_MS: f64 = 200.0;

/// The first program has adopted a scenario by then, or will not: what is only viewed cannot be changed.
const ANSWERED_MS: f64 = 500.0;
/// How long it is said that something was adopted.
const SAID_MS: f64 = 6_000.0;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The view on the screen.
    pub view: View,
    /// What money is shown for.
    pub period: Period,
    /// The scenario on the page; `None` before the page said it.
    pub told: Option<Rc<Scenario>>,
}

/// What can be said about the scenario of the first view.
#[component]
pub fn AnalysisView(props: &Props) -> Html {
    let today = use_memo((), |()| Rc::<str>::from(clock::today()));
    let reading = use_state(|| Reading::Waiting);
    // The scenario that is read, and the newest that was told.
    let known = use_mut_ref(|| None::<Rc<Scenario>>);
    let newest = use_mut_ref(|| None::<Rc<Scenario>>);
    // What was handed back and is not told yet.
    let pending = use_mut_ref(|| None::<Pending>);
    let adopted = use_state(|| Adopted::Nothing);
    newest.borrow_mut().clone_from(&props.told);
    // Reads a scenario, if it is another one than the one that is shown.
    let read = {
        let (reading, known, today, adopted) = (reading.clone(), known.clone(), today.clone(), adopted.clone());
        Rc::new(move |scenario: Rc<Scenario>| {
            if known.borrow().as_ref() != Some(&scenario) {
                reading.set(Reading::of(scenario.clone(), &today));
                adopted.set(Adopted::Nothing);
                *known.borrow_mut() = Some(scenario);
            }
        })
    };
    // Shows a scenario at once and hands it back, to be taken instead of another one.
    let hand_back = {
        let (reading, known, today, adopted, pending) =
            (reading.clone(), known.clone(), today.clone(), adopted.clone(), pending.clone());
        Rc::new(move |scenario: Rc<Scenario>, instead_of: Rc<Scenario>| {
            let now = Reading::of(scenario.clone(), &today);
            if let Reading::Wrong(problems) = now {
                adopted.set(Adopted::Wrong(problems));
                return false;
            }
            reading.set(now);
            adopted.set(Adopted::Scenario);
            *known.borrow_mut() = Some(scenario.clone());
            let from = pending.borrow_mut().take().map_or(instead_of.clone(), |pending| pending.from);
            *pending.borrow_mut() = Some(Pending { from, to: scenario.clone() });
            host::to_first(&ToFirst::Adopt { scenario, instead_of: Some(instead_of) });
            true
        })
    };
    {
        let (read, known, pending, hand_back) = (read.clone(), known.clone(), pending.clone(), hand_back.clone());
        use_effect_with(props.told.clone(), move |told| {
            let over = Rc::new(Cell::new(false));
            let waiting = pending.borrow().clone();
            let told = told.clone().filter(|told| match &waiting {
                // Not come yet.
                Some(waiting) if waiting.from == *told => false,
                Some(waiting) => {
                    *pending.borrow_mut() = None;
                    // Something else was done meanwhile: both are wanted.
                    match rebased(&waiting.from, (*waiting.to).clone(), told) {
                        Ok(both) if both != **told => !hand_back(Rc::new(both), told.clone()),
                        _ => true,
                    }
                }
                None => true,
            });
            if let Some(told) = told {
                let (over, wait) = (over.clone(), known.borrow().is_some());
                spawn_local(async move {
                    if wait {
                        clock::sleep(REST_MS).await;
                    }
                    if !over.get() {
                        read(told);
                    }
                });
            }
            move || over.set(true)
        });
    }
    let adopt = {
        let adopted = adopted.clone();
        use_callback((), move |(from, to): (Rc<Scenario>, Scenario), ()| {
            let base = pending.borrow().as_ref().map(|pending| pending.to.clone());
            let base = base.or_else(|| newest.borrow().clone()).unwrap_or_else(|| from.clone());
            let scenario = match rebased(&from, to, &base) {
                Ok(scenario) => Rc::new(scenario),
                Err(problems) => return adopted.set(Adopted::Wrong(Rc::new(problems.0))),
            };
            if !hand_back(scenario.clone(), base) {
                return;
            }
            let (adopted, newest, read, pending) = (adopted.clone(), newest.clone(), read.clone(), pending.clone());
            spawn_local(async move {
                clock::sleep(ANSWERED_MS).await;
                // The first program kept its own: what is only viewed cannot be changed.
                if pending.borrow().as_ref().is_some_and(|pending| pending.to == scenario) {
                    *pending.borrow_mut() = None;
                    let kept = newest.borrow().clone();
                    kept.into_iter().for_each(|kept| read(kept));
                }
                clock::sleep(SAID_MS).await;
                adopted.set(Adopted::Nothing);
            });
        })
    };
    let last = use_mut_ref(|| None::<Lens>);
    if let Reading::Read { scenario, answers } = &*reading {
        let (scenario, answers) = (scenario.clone(), answers.clone());
        let adopt = match &*last.borrow() {
            Some(lens) if Rc::ptr_eq(&lens.scenario, &scenario) => lens.adopt.clone(),
            _ => adopt.reform({
                let from = scenario.clone();
                move |to| (from.clone(), to)
            }),
        };
        *last.borrow_mut() = Some(Lens { scenario, answers, today: (*today).clone(), period: props.period, adopt });
    }
    let fresh = matches!(*reading, Reading::Read { .. });
    let lens = last.borrow().clone().map(|lens| Lens { period: props.period, ..lens });
    html! { <Analysis {lens} {fresh} view={props.view} adopted={(*adopted).clone()} /> }
}

/// Edits on their way to the first program.
#[derive(Clone)]
struct Pending {
    /// What was on the screen before them.
    from: Rc<Scenario>,
    /// What they make of it.
    to: Rc<Scenario>,
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
    pub view: View,
    #[prop_or_default]
    pub adopted: Adopted,
}

/// All panels, the plain sentences first.
#[component]
pub fn Analysis(props: &AnalysisProps) -> Html {
    let speech = use_speech();
    // The view of each panel.
    let title = match props.view {
        View::Levers => Some(Word::an_title),
        View::Prices => Some(Word::ui_view_prices),
        View::Logs => Some(Word::ui_view_logs),
        _ => None,
    };
    let Some(lens) = &props.lens else {
        return html! { <p class="loading" role="status" hidden={title.is_none()}>{ speech.word(Word::ui_loading) }</p> };
    };
    let findings = &lens.answers.findings;
    html! {
        <div class={classes!("analysis", (!props.fresh).then_some("stale"))} aria-busy={(!props.fresh).to_string()} hidden={title.is_none()}>
            <h2 id="analysis-title">{ title.map(|title| speech.word(title)).unwrap_or_default() }</h2>
            if props.view == View::Levers {
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
            <Panels lens={lens.clone()} view={props.view} />
            <div class="adopted" role="status">
                {
                    match &props.adopted {
                        Adopted::Nothing => html! {},
                        Adopted::Scenario => html! { <p>{ speech.word(Word::an_adopted) }</p> },
                        Adopted::Wrong(problems) => problem_list(&speech, problems, html! {}),
                    }
                }
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PanelsProps {
    lens: Lens,
    view: View,
}

/// The panels, from the top: each comes in a turn of its own.
#[component]
fn Panels(PanelsProps { lens, view }: &PanelsProps) -> Html {
    let turn = use_turns(4);
    let levers = *view == View::Levers;
    // What was searched and what was imported stays while another view is shown.
    html! {
        <div class="panels">
            if levers && turn >= 2 {
                <AdvicePanel ..lens.clone() />
            }
            <div class="column" hidden={!levers}>
                if levers {
                    <WaterfallPanel ..lens.clone() />
                    if turn >= 2 {
                        <BreakEvenPanel ..lens.clone() />
                    }
                    if turn >= 3 {
                        <ModelsPanel ..lens.clone() />
                    }
                }
            </div>
            <div class="column" hidden={!levers}>
                if levers {
                    <SensitivityPanel ..lens.clone() />
                }
                if turn >= 2 {
                    <FrontierPanel ..lens.clone() />
                }
                if levers && turn >= 3 {
                    <RangePanel ..lens.clone() />
                }
            </div>
            if *view == View::Prices {
                <PricesPanel ..lens.clone() />
                <ServicesPanel ..lens.clone() />
            }
            // It hears files that are dropped anywhere, from the first moment.
            <ImportPanel lens={lens.clone()} view={*view} />
        </div>
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::state::lens;
    use super::*;

    fn rendered(text: &str) -> String {
        let view = |view: View| {
            let text = text.to_string();
            let props = move || AnalysisProps { lens: Some(lens(&text)), fresh: true, view, adopted: Adopted::Nothing };
            pollster::block_on(yew::ServerRenderer::<Analysis>::with_props(props).hydratable(false).render())
        };
        [View::Levers, View::Prices, View::Logs].map(view).concat()
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
