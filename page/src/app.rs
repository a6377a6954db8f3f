use std::cell::Cell;
use std::rc::Rc;

use rehearsal::scenario::Preset;
use rehearsal::words::{Message, Word};
use rehearsal::workspace::Workspace;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::channel::{Above, ToLater};
use crate::commands::Command;
use crate::components::{ChoiceProps, Tabs, choice, icon, notice};
use crate::platform::intl::Language;
use crate::platform::page::{self, Theme};
use crate::platform::simulator::{self, Simulator};
use crate::platform::{clock, files, host, storage};
use crate::speech::{Speech, Spoken, use_language};
use crate::state::{Action, Edit, Model, View, WayOut};
use crate::turns::use_turns;
use crate::views::{Gallery, Period, WorkBar, what_if};
use crate::{guide, session};

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
        let title = speech.word(Word::ui_title);
        use_effect_with((*theme, *language, title), |(theme, language, title)| {
            page::dress(*theme, language.tag(), title)
        });
    }
    use_later_program(&model, *language);
    guide::use_guide(&model);
    let choose_theme = {
        let theme = theme.clone();
        Callback::from(move |key: String| {
            storage::set(storage::THEME, &key);
            theme.set(Theme::from_key(&key));
        })
    };
    let on_period = {
        let period = period.clone();
        Callback::from(move |chosen: Period| {
            storage::set(storage::PERIOD, chosen.key());
            period.set(chosen);
        })
    };
    let choose_language = {
        let language = language.clone();
        Callback::from(move |tag: String| {
            storage::set(storage::LANGUAGE, &tag);
            language.set(Language::from_tag(&tag));
        })
    };
    let show = {
        let dispatcher = model.dispatcher();
        Callback::from(move |view| dispatcher.dispatch(Action::Show(view)))
    };
    let run = use_commands(&model, &copied, &theme, &speech);
    session::use_later(&model, run.clone());
    session::use_shortcuts(run.clone());
    // The same at every turn, so that what has not changed is not drawn anew.
    let send = {
        let dispatcher = model.dispatcher();
        use_callback((), move |action, ()| dispatcher.dispatch(action))
    };
    let on_save = {
        let dispatch = send.clone();
        let workspace = model.workspace();
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
    let act = |action: Action| {
        let dispatcher = model.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(action.clone()))
    };
    let themes = [
        (Theme::System, Word::ui_theme_system),
        (Theme::Light, Word::ui_theme_light),
        (Theme::Dark, Word::ui_theme_dark),
    ]
    .map(|(theme, word)| (theme.key().to_string(), speech.word(word)))
    .to_vec();
    let languages = [(Language::English, "English"), (Language::Japanese, "日本語")]
        .map(|(language, name)| (language.tag().to_string(), name.to_string()))
        .to_vec();
    let tabs = [
        (View::WhatIf, Word::ui_view_what_if),
        (View::Fixtures, Word::ui_view_fixtures),
        (View::Client, Word::ui_view_client),
        (View::Benchmarks, Word::ui_view_benchmarks),
    ]
    .map(|(view, word)| (view, speech.word(word)))
    .to_vec();
    html! {
        <ContextProvider<Speech> context={speech.clone()}>
            <a class="skip" href="#main">{ speech.word(Word::ui_skip) }</a>
            <header class="top">
                <div class="brand">
                    { icon("mark") }
                    <h1>{ "Rehearsal" }if let Some(team) = &model.team.name { <span class="team">{ team }</span> }</h1>
                </div>
                <Tabs<View> label={speech.word(Word::ui_views)} {tabs} chosen={model.view} on_choose={show} />
                <div class="tools">
                    <button class="quiet icon" disabled={!model.can_undo() || model.read_only} onclick={act(Action::Undo)}
                        aria-label={speech.word(Word::ui_undo)} title={speech.word(Word::ui_undo)}>{ icon("undo") }</button>
                    <button class="quiet icon" disabled={!model.can_redo() || model.read_only} onclick={act(Action::Redo)}
                        aria-label={speech.word(Word::ui_redo)} title={speech.word(Word::ui_redo)}>{ icon("redo") }</button>
                    <button class="quiet icon" data-command="palette" onclick={run.reform(|_: MouseEvent| Command::Palette)}
                        aria-label={speech.word(Word::ui_commands)} title={format!("{} (Ctrl+K)", speech.word(Word::ui_commands))}>{ icon("commands") }</button>
                    <button class="quiet icon" data-command="help" onclick={run.reform(|_: MouseEvent| Command::Help)}
                        aria-label={speech.word(Word::ui_help)} title={format!("{} (?)", speech.word(Word::ui_help))}>{ "?" }</button>
                    { choice(&speech, &ChoiceProps { label: speech.word(Word::ui_language), options: languages, chosen: language.tag().into(), on_choose: choose_language, labelled: false, menu: false, why: None }) }
                    { choice(&speech, &ChoiceProps { label: speech.word(Word::ui_theme), options: themes, chosen: theme.key().into(), on_choose: choose_theme, labelled: false, menu: false, why: None }) }
                </div>
            </header>
            <main id="main" tabindex="-1">
                { notices(&speech, &model) }
                if model.view == View::WhatIf {
                    if !model.read_only {
                        <Gallery model={Rc::new((*model).clone())} dispatch={send.clone()} />
                    }
                    <WorkBar model={Rc::new((*model).clone())} copied={*copied} run={run.clone()} {on_save} {on_files} />
                    { what_if(&speech, &model, &send, &cancel, (*period, &on_period, whole)) }
                }
                // The second program lives here, below the first view or in its place.
                <div id="lab" class={(model.view == View::WhatIf).then_some("below")}></div>
            </main>
            // The second program's dialogs.
            <div id="desk"></div>
            { toast(&speech, &model) }
            if whole {
                <footer class="bottom">
                    <p>{ speech.word(Word::ui_footer) }</p>
                    <nav aria-label={speech.word(Word::about_title)}>
                        <a href="#about">{ speech.word(Word::about_link) }</a>
                        <button class="link" onclick={let run = run.clone(); Callback::from(move |_: MouseEvent| run.emit(Command::Tour))}>
                            { speech.word(Word::tour_start) }
                        </button>
                    </nav>
                    <p>{ format!("Rehearsal {}", env!("CARGO_PKG_VERSION")) }</p>
                </footer>
            }
        </ContextProvider<Speech>>
    }
}

/// What has to be said about the whole page, with its ways out.
fn notices(speech: &Speech, model: &UseReducerHandle<Model>) -> Html {
    let act = |action: Action| {
        let dispatcher = model.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(action.clone()))
    };
    let way_out = |way_out: &WayOut| match way_out {
        WayOut::None => html! {},
        WayOut::Undo => html! { <button onclick={act(Action::Undo)}>{ speech.word(Word::ui_back_to_mine) }</button> },
        WayOut::Save(text) => {
            let text = text.clone();
            let save =
                Callback::from(move |_: MouseEvent| files::save("rehearsal-kept.json", "application/json", &text));
            html! { <button onclick={save}>{ speech.word(Word::ui_save_kept) }</button> }
        }
        WayOut::Export => {
            let (workspace, dispatch) = (model.workspace(), dispatch(model));
            let save = Callback::from(move |_: MouseEvent| session::save_file(workspace.clone(), dispatch.clone()));
            html! { <button onclick={save}>{ speech.word(Word::ui_save_scenario_file) }</button> }
        }
    };
    html! {
        <div class="notices">
            if model.read_only {
                { notice(speech, &Message::from(Word::ui_read_only), (&[], false), html! {
                    <button class="primary" data-action="edit-copy" onclick={act(Action::EditCopy)}>{ speech.word(Word::ui_edit_copy) }</button>
                }, None) }
            }
            for said in model.notices.iter() {
                { notice(speech, &said.what, (&said.problems, said.alarming), way_out(&said.way_out), Some(act(Action::Close(said.what.word)))) }
            }
        </div>
    }
}

/// What was just done, for some seconds.
fn toast(speech: &Speech, model: &UseReducerHandle<Model>) -> Html {
    let undo = {
        let dispatcher = model.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(Action::Undo))
    };
    html! {
        <div class="toasts" role="status">
            if let Some(toast) = &model.toast {
                <div class="toast" key={toast.number}>
                    { speech.say(&toast.what) }
                    if toast.undo && !model.read_only {
                        <button class="small" data-action="toast-undo" onclick={undo}>{ speech.word(Word::ui_undo) }</button>
                    }
                </div>
            }
        </div>
    }
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
fn use_later_program(model: &UseReducerHandle<Model>, language: Language) {
    let settled = model.outcome.is_some() || model.simulator_dead || !model.simulation_problems.is_empty();
    use_effect_with((model.view, language, settled), |(view, language, settled)| {
        let show = ToLater::Show { view: *view, language: *language };
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
