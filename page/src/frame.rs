//! The frame around the views: the tabs and tools above them, what is said about the page, its foot.

use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::commands::Command;
use crate::components::{ChoiceProps, Menu, Tabs, choice, icon, notice};
use crate::platform::files;
use crate::platform::intl::Language;
use crate::platform::page::Theme;
use crate::session;
use crate::speech::Speech;
use crate::state::{Action, Model, View, WayOut};

/// What a person has chosen for this browser.
pub struct Chosen {
    pub theme: Theme,
    pub on_theme: Callback<Theme>,
    pub language: Language,
    pub on_language: Callback<Language>,
}

/// The tabs, each with its name: what is asked of a scenario and of a team's logs.
const TABS: [(View, Word); 7] = [
    (View::WhatIf, Word::ui_view_what_if),
    (View::Cost, Word::ui_view_cost),
    (View::Latency, Word::ui_view_latency),
    (View::Levers, Word::ui_view_levers),
    (View::Prices, Word::ui_view_prices),
    (View::Logs, Word::ui_view_logs),
    (View::Upgrade, Word::ui_view_questions),
];

/// What stands beside a scenario, in a menu behind the tabs.
const TOOLS: [(View, Word); 3] = [
    (View::Fixtures, Word::ui_view_fixtures),
    (View::Client, Word::ui_view_client),
    (View::Benchmarks, Word::ui_view_benchmarks),
];

/// What the browser's own tab says: the scenario that is worked on, by its name.
pub fn title(speech: &Speech, model: &Model) -> String {
    match model.name.as_deref() {
        Some(name) => format!("{name} · {}", speech.word(Word::ui_title)),
        None => speech.word(Word::ui_title),
    }
}

fn acting(send: &Callback<Action>, action: Action) -> Callback<MouseEvent> {
    let send = send.clone();
    Callback::from(move |_: MouseEvent| send.emit(action.clone()))
}

/// The views, and what can be done everywhere.
pub fn top(speech: &Speech, model: &Model, run: &Callback<Command>, send: &Callback<Action>, chosen: &Chosen) -> Html {
    let tabs = TABS.map(|(view, word)| (view, speech.word(word))).to_vec();
    let keys = TABS.map(|(view, _)| view.key()).to_vec();
    let tool = |word: Word, name: &str, enabled: bool, action: Action| {
        let label = speech.word(word);
        html! {
            <button class="quiet icon" disabled={!enabled} onclick={acting(send, action)}
                aria-label={label.clone()} title={label}>{ icon(name) }</button>
        }
    };
    html! {
        <header class="top">
            <div class="brand">
                { icon("mark") }
                <h1>{ "Rehearsal" }if let Some(team) = &model.team.name { <span class="team">{ team }</span> }</h1>
            </div>
            <div class="views">
                <Tabs<View> label={speech.word(Word::ui_views)} {tabs} {keys} chosen={model.view.tab()} on_choose={send.reform(Action::Show)} />
                { other_views(speech, model.view, send) }
            </div>
            <div class="tools">
                if !model.read_only {
                    { tool(Word::ui_undo, "undo", model.can_undo(), Action::Undo) }
                    { tool(Word::ui_redo, "redo", model.can_redo(), Action::Redo) }
                }
                <Menu id="more" label={speech.word(Word::ui_more_tools)} icon="more">{ settings(speech, run, chosen) }</Menu>
            </div>
        </header>
    }
}

/// The menu of the views behind the tabs; it is called like the one that is shown.
fn other_views(speech: &Speech, shown: View, send: &Callback<Action>) -> Html {
    let chosen = TOOLS.into_iter().find(|(view, _)| *view == shown);
    let label = speech.word(chosen.map_or(Word::ui_view_tools, |(_, word)| word));
    html! {
        <Menu id="tools" {label} chosen={chosen.is_some()}>
            for (view, word) in TOOLS {
                <button data-tab={view.key()} aria-current={(view == shown).then_some("page")} onclick={acting(send, Action::Show(view))}>{ speech.word(word) }</button>
            }
        </Menu>
    }
}

/// Language, theme, commands and help.
fn settings(speech: &Speech, run: &Callback<Command>, chosen: &Chosen) -> Html {
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
    let one_of = |word: Word, options, key: &'static str, on_choose| {
        let label = speech.word(word);
        choice(
            speech,
            &ChoiceProps { label, options, chosen: key.into(), on_choose, labelled: true, menu: false, why: None },
        )
    };
    let button = |command: Command, key: &str| {
        html! {
            <button data-command={command.key()} onclick={run.reform(move |_: MouseEvent| command)}>
                { speech.word(command.word()) }<kbd>{ key }</kbd>
            </button>
        }
    };
    html! {
        <>
            { one_of(Word::ui_language, languages, chosen.language.tag(), chosen.on_language.reform(|tag: String| Language::from_tag(&tag))) }
            { one_of(Word::ui_theme, themes, chosen.theme.key(), chosen.on_theme.reform(|key: String| Theme::from_key(&key))) }
            { button(Command::Palette, Command::Palette.shortcut()) }
            { button(Command::Help, Command::Help.shortcut()) }
        </>
    }
}

/// The foot of the page.
pub fn bottom(speech: &Speech, run: &Callback<Command>) -> Html {
    html! {
        <footer class="bottom">
            <p>{ speech.word(Word::ui_promise) }</p>
            <p>{ speech.word(Word::ui_footer) }</p>
            <nav aria-label={speech.word(Word::about_title)}>
                <a href="#about">{ speech.word(Word::about_link) }</a>
                <button class="link" onclick={run.reform(|_: MouseEvent| Command::Tour)}>{ speech.word(Word::tour_start) }</button>
            </nav>
            <p>{ format!("Rehearsal {}", env!("CARGO_PKG_VERSION")) }</p>
        </footer>
    }
}

/// What has to be said about the whole page, with its ways out.
pub fn notices(speech: &Speech, model: &Model, send: &Callback<Action>) -> Html {
    let act = |action: Action| acting(send, action);
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
            let (workspace, dispatch) = (model.workspace(), send.clone());
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
pub fn toast(speech: &Speech, model: &Model, send: &Callback<Action>) -> Html {
    let undo = acting(send, Action::Undo);
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
