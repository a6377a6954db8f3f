use rehearsal::problem::Problem;
use rehearsal::words::Word;
use yew::prelude::*;

use super::cost_panel::cost_panel;
use super::latency_panel::latency_panel;
use super::mix_editor::MixEditor;
use crate::components::{problem_list, progress};
use crate::period::Period;
use crate::speech::Speech;
use crate::state::{Action, Model, View};

/// What a scenario costs and how long people wait: in the first view both, and below them everything that can
/// be refined; each of them by itself in its own. `cancel` gives up a long simulation. Until it is `whole`,
/// it ends with the bill.
pub fn results(
    speech: &Speech,
    model: &Model,
    dispatch: &Callback<Action>,
    cancel: &Callback<()>,
    (period, whole): (Period, bool),
) -> Html {
    let (first, view) = (model.view == View::WhatIf, model.view);
    html! {
        <div class="overview" data-view={view.key()}>
            <div class="results">
                { problem_list(speech, &beyond_editor(model), html! {}) }
                if let Some(done) = model.progress {
                    { progress(speech, done, cancel) }
                }
                if model.simulator_dead {
                    <p class="problems error" role="alert">{ speech.word(Word::ui_simulator_dead) }</p>
                }
                if model.a().is_some() {
                    // The second program sets side by side what is pinned.
                    <div id="compare"></div>
                }
                if view != View::Latency {
                    { cost_panel(speech, model, period) }
                }
                if whole && view != View::Cost {
                    if let Some(day) = &model.outcome {
                        { latency_panel(speech, &day.outcome, model) }
                    } else if model.simulation_problems.is_empty() {
                        <section class="card" aria-busy="true"><h2>{ speech.word(Word::ui_latency) }</h2><p>{ speech.word(Word::ui_simulating) }</p></section>
                    }
                }
                if whole && !first {
                    // The second program's charts.
                    <div id="charts" class="chart-places"></div>
                }
            </div>
            if whole && first && model.read_only {
                // The second program says there what the result rests on.
                <div id="report"></div>
            } else if whole && first {
                <MixEditor scenario={model.scenario.clone()} base={model.base.clone()} problems={model.problems.clone()} locks={model.locks.clone()} dispatch={dispatch.clone()} />
            }
        </div>
    }
}

/// Why there is no day, as far as the editor does not say it already.
fn beyond_editor(model: &Model) -> Vec<Problem> {
    model.simulation_problems.iter().filter(|problem| !model.problems.contains(problem)).cloned().collect()
}
