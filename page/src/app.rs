use std::cell::Cell;
use std::rc::Rc;

use rehearsal::scenario::Preset;
use rehearsal::words::{Message, Word};
use rehearsal::workspace::Workspace;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::channel::{Above, ToLater};
use crate::commands::Command;
use crate::period::Period;
use crate::platform::intl::Language;
use crate::platform::page::{self, Theme};
use crate::platform::simulator::{self, Simulator};
use crate::platform::{clock, files, host, storage};
use crate::speech::{Speech, Spoken, use_language};
use crate::state::{Action, Edit, Model, View};
use crate::turns::use_turns;
use crate::views::{Announcer, Gallery, Strip, WorkBar, announced, headline, puzzle, results, sentence};
use crate::{frame, guide, session};

#[derive(Properties, PartialEq, Default)]
pub struct Props {
    /// The page as it begins.
    #[prop_or_default]
    pub start: Rc<Model>,
    #[prop_or_default]
    pub spoken: Spoken,
}

/// How long a toast stays, and how long a button says that it copied.
const TOAST_MS: f64 = 8_000.0;
const COPIED_MS: f64 = 2_000.0;

/// The whole page: the state, the language and the frame around the views.
#[component]
pub fn App(props: &Props) -> Html {
    let model = {
        let start = props.start.clone();
        use_reducer(move || (*start).clone())
    };
    let theme = use_state(|| Theme::from_key(&storage::get(storage::THEME).unwrap_or_default()));
    let language = use_state(|| props.spoken.language);
    let period = use_state(|| Period::from_key(&storage::get(storage::PERIOD).unwrap_or_default()));
    let selected = use_state(|| None::<usize>);
    let speech = use_language(*language, &props.spoken, Word::first_table);
    let cancel = use_simulation(&model);
    let whole = use_turns(2) == 2;
    session::use_pinned(&model);
    session::use_bounds(&model);
    session::use_autosave(&model);
    session::use_arrivals(&model);
    session::use_team(&model);
    let copied = use_state(|| None::<bool>);
    {
        let title = frame::title(&speech, &model);
        use_effect_with((*theme, *language, title), |(theme, language, title)| {
            page::dress(*theme, language.tag(), title)
        });
    }
    use_later_program(&model, *language, *period);
    guide::use_guide(&model);
    let run = use_commands(&model, &copied, &theme, &speech);
    session::use_later(&model, run.clone());
    session::use_shortcuts(run.clone());
    // The same at every turn, so that what has not changed is not drawn anew.
    let send = {
        let dispatcher = model.dispatcher();
        use_callback((), move |action, ()| dispatcher.dispatch(action))
    };
    let on_period = keeping(&period, storage::PERIOD, Period::key);
    let chosen = frame::Chosen {
        theme: *theme,
        on_theme: keeping(&theme, storage::THEME, Theme::key),
        language: *language,
        on_language: keeping(&language, storage::LANGUAGE, Language::tag),
    };
    // One type is always the selected one.
    let types = model.scenario.types.len();
    let of_type = if types == 1 { Some(0) } else { selected.filter(|index| *index < types) };
    let on_select = Callback::from(move |index| selected.set(index));
    let strip = html! { <Strip scenario={model.scenario.clone()} selected={of_type} read_only={model.read_only} {on_select} dispatch={send.clone()} /> };
    html! {
        <ContextProvider<Speech> context={speech.clone()}>
            <a class="skip" href="#main">{ speech.word(Word::ui_skip) }</a>
            { frame::top(&speech, &model, &run, &send, &chosen) }
            <main id="main" tabindex="-1" data-scenario={model.view.is_about_scenario().then(|| model.file_name())}>
                { frame::notices(&speech, &model, &send) }
                if model.view == View::WhatIf {
                    <p class="lede">{ speech.word(Word::ui_lede) }</p>
                }
                if model.view.is_about_scenario() {
                    { work_bar(&model, *copied, &run, &send) }
                    { puzzle(&speech, &model, &send) }
                    <div class="question">
                        { strip }
                        { sentence(&speech, &model, &send) }
                    </div>
                    { headline(&speech, &model, *period, &on_period) }
                    <Announcer text={announced(&speech, &model)} />
                }
                if model.view.has_results() {
                    { results(&speech, &model, &send, &cancel, (*period, whole)) }
                }
                // The second program lives here, below what the scenario answers or in its place.
                <div id="lab" class={(model.view.is_about_scenario() && model.view != View::WhatIf).then_some("below")}></div>
            </main>
            // The second program's dialogs.
            <div id="desk"></div>
            { frame::toast(&speech, &model, &send) }
            if whole {
                { frame::bottom(&speech, &run) }
            }
        </ContextProvider<Speech>>
    }
}

/// Sets a choice and keeps it in the browser.
fn keeping<T>(state: &UseStateHandle<T>, place: &'static str, key: fn(T) -> &'static str) -> Callback<T>
where
    T: Copy + 'static,
{
    let state = state.clone();
    Callback::from(move |chosen: T| {
        storage::set(place, key(chosen));
        state.set(chosen);
    })
}

/// What is being worked on, and what can be done with it.
fn work_bar(model: &Model, copied: Option<bool>, run: &Callback<Command>, send: &Callback<Action>) -> Html {
    let shared = Rc::new(model.clone());
    let on_save = {
        let (dispatch, workspace) = (send.clone(), model.workspace());
        Callback::from(move |name: String| session::save(name, workspace.clone(), dispatch.clone()))
    };
    let on_files = {
        let dispatch = send.clone();
        Callback::from(move |list: web_sys::FileList| {
            let dispatch = dispatch.clone();
            spawn_local(async move {
                for (name, bytes) in files::bytes(&list).await {
                    let from = Message::new(Word::ui_file_refused).text("name", name);
                    dispatch.emit(session::take_in(from, &String::from_utf8_lossy(&bytes)).await);
                }
            });
        })
    };
    let examples = html! { <Gallery model={shared.clone()} dispatch={send.clone()} /> };
    html! { <WorkBar model={shared} {copied} run={run.clone()} {examples} {on_save} {on_files} /> }
}

/// What runs a command, wherever it was given.
#[hook]
fn use_commands(
    model: &UseReducerHandle<Model>,
    copied: &UseStateHandle<Option<bool>>,
    theme: &UseStateHandle<Theme>,
    speech: &Speech,
) -> Callback<Command> {
    {
        let dispatcher = model.dispatcher();
        use_effect_with(model.toast.as_ref().map(|toast| toast.number), move |number| {
            if let Some(number) = *number {
                spawn_local(async move {
                    clock::sleep(TOAST_MS).await;
                    dispatcher.dispatch(Action::Dismiss { number });
                });
            }
        });
    }
    let (model, copied, theme, speech) = (model.clone(), copied.clone(), theme.clone(), speech.clone());
    Callback::from(move |command: Command| {
        if command.opens_desk() {
            host::to_later(ToLater::Dialog { command, workspace: Rc::new(model.workspace()) });
            return;
        }
        let edit = |edit: Edit| Action::Edit { edit, settled: true };
        let link = |read_only: bool| {
            let shown = !read_only || model.read_only;
            let workspace = Workspace { read_only: read_only || model.read_only, ..model.workspace() };
            let (dispatch, copied) = (dispatch(&model), copied.clone());
            spawn_local(async move {
                copied.set(Some(session::copy_link(workspace, shown, dispatch).await));
                clock::sleep(COPIED_MS).await;
                copied.set(None);
            });
        };
        let dress = |chosen: Theme| {
            storage::set(storage::THEME, chosen.key());
            theme.set(chosen);
        };
        let action = match command {
            Command::Undo => Action::Undo,
            Command::Redo => Action::Redo,
            Command::Pin => Action::Pin,
            Command::Swap => Action::Swap,
            Command::Unpin => Action::Unpin,
            Command::AddType => edit(Edit::AddType { name: "new_type".to_string() }),
            Command::Begin => Action::Preset(Preset::Reference),
            Command::WhatIf => Action::Show(View::WhatIf),
            Command::Cost => Action::Show(View::Cost),
            Command::Latency => Action::Show(View::Latency),
            Command::Levers => Action::Show(View::Levers),
            Command::Prices => Action::Show(View::Prices),
            Command::Logs => Action::Show(View::Logs),
            Command::Upgrade => Action::Show(View::Upgrade),
            Command::Cache => Action::Show(View::Cache),
            Command::Quota => Action::Show(View::Quota),
            Command::Fixtures => Action::Show(View::Fixtures),
            Command::Client => Action::Show(View::Client),
            Command::Benchmarks => Action::Show(View::Benchmarks),
            Command::Save => {
                return session::save(saved_name(&model, &speech), model.workspace(), dispatch(&model));
            }
            Command::CopyLink => return link(false),
            Command::CopyViewLink => return link(true),
            Command::SaveFile => return session::save_file(model.workspace(), dispatch(&model)),
            Command::OpenFile => return page::click_on("[data-field='open-file']"),
            Command::OwnChatbot => return host::to_later(ToLater::Above { what: Above::OwnChatbot }),
            Command::Tour => {
                guide::start_tour();
                Action::Show(View::WhatIf)
            }
            Command::About => Action::Show(View::About),
            Command::Light => return dress(Theme::Light),
            Command::Dark => return dress(Theme::Dark),
            Command::System => return dress(Theme::System),
            Command::Scenarios | Command::Share | Command::Palette | Command::Help => return,
        };
        model.dispatch(action);
    })
}

/// The name that work is saved under when none is given.
fn saved_name(model: &Model, speech: &Speech) -> String {
    let preset = || speech.word(model.preset.map_or(Word::ui_preset_own, |preset| preset.words().0));
    model.name.as_deref().map_or_else(preset, str::to_string)
}

fn dispatch(model: &UseReducerHandle<Model>) -> Callback<Action> {
    let dispatcher = model.dispatcher();
    Callback::from(move |action| dispatcher.dispatch(action))
}

/// Loads the later program when one of its views is opened, or else once the first view has its result
/// and the browser has time; tells it the scenario and what the charts show.
#[hook]
fn use_later_program(model: &UseReducerHandle<Model>, language: Language, period: Period) {
    let settled = model.outcome.is_some() || model.simulator_dead || !model.simulation_problems.is_empty();
    use_effect_with((model.view, language, period, settled), |(view, language, period, settled)| {
        let show = ToLater::Show { view: *view, language: *language, period: *period };
        let given_up = Rc::new(Cell::new(false));
        if *view != View::WhatIf {
            host::to_later(show);
        } else if *settled {
            let given_up = given_up.clone();
            spawn_local(async move {
                clock::idle().await;
                if !given_up.get() {
                    host::to_later(show);
                }
            });
        }
        move || given_up.set(true)
    });
    use_effect_with((model.generation, model.scenario.clone()), |(generation, scenario)| {
        host::to_later(ToLater::Scenario { generation: *generation, scenario: scenario.clone() });
    });
    use_effect_with(model.results(), |results| host::to_later(ToLater::Results { results: Rc::new(results.clone()) }));
}

/// Keeps the simulated day up with the scenario; what it gives cancels a long simulation.
#[hook]
fn use_simulation(model: &UseReducerHandle<Model>) -> Callback<()> {
    let simulator = {
        let dispatcher = model.dispatcher();
        use_memo((), move |()| Simulator::start(move |told| dispatcher.dispatch(Action::Told(told))))
    };
    {
        let simulator = simulator.clone();
        use_effect_with((model.generation, model.scenario.clone()), move |(generation, scenario)| {
            simulator.request(*generation, scenario, &simulator::everything());
        });
    }
    let dispatcher = model.dispatcher();
    Callback::from(move |()| {
        simulator.cancel();
        dispatcher.dispatch(Action::Cancelled);
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn the_page_before_any_simulation() {
        let html = pollster::block_on(yew::ServerRenderer::<App>::new().hydratable(false).render());
        insta::assert_snapshot!(html.replace("><", ">\n<"));
    }
}
