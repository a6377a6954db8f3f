use std::rc::Rc;

use rehearsal::words::{Arg, Message, Word};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::commands::Command;
use crate::components::{Menu, icon};
use crate::speech::use_speech;
use crate::state::Model;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub model: Rc<Model>,
    /// How copying the link ended, for a moment.
    pub copied: Option<bool>,
    pub run: Callback<Command>,
    /// Saves under this name.
    pub on_save: Callback<String>,
    /// The menu of examples.
    pub examples: Html,
    /// Files a person chose.
    pub on_files: Callback<web_sys::FileList>,
}

/// What is being worked on: its name, whether it was changed, and what can be done with the whole.
#[component]
pub fn WorkBar(props: &Props) -> Html {
    let speech = use_speech();
    let model = &props.model;
    let typed = use_state(|| None::<String>);
    let preset = model.preset.map(|preset| speech.word(preset.words().0));
    let own = model.name.as_deref().map(str::to_string);
    let shown = (*typed).clone().or_else(|| own.clone()).unwrap_or_default();
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(Some(input.value()));
            }
        })
    };
    let save = {
        let (typed, on_save) = (typed.clone(), props.on_save.clone());
        let name = (*typed).clone().or(own).filter(|name| !name.trim().is_empty()).or(preset.clone());
        let name = name.unwrap_or_else(|| speech.word(Word::ui_preset_own)).trim().to_string();
        move || {
            typed.set(None);
            on_save.emit(name.clone());
        }
    };
    let onkeydown = {
        let (save, typed) = (save.clone(), typed.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => save(),
            "Escape" => typed.set(None),
            _ => {}
        })
    };
    let run = |command: Command| {
        let run = props.run.clone();
        Callback::from(move |_: MouseEvent| run.emit(command))
    };
    let button = |command: Command| {
        html! { <button data-command={command.key()} onclick={run(command)}>{ speech.word(command.word()) }</button> }
    };
    let onfile = {
        let on_files = props.on_files.clone();
        Callback::from(move |event: Event| {
            if let Some(files) = event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.files()) {
                on_files.emit(files);
            }
        })
    };
    // The same file can be chosen again; emptied later, the list would be read empty.
    let forget = Callback::from(|event: MouseEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            input.set_value("");
        }
    });
    let copy = match props.copied {
        None => speech.word(Word::ui_copy_link),
        Some(true) => speech.word(Word::ui_copied),
        Some(false) => speech.word(Word::ui_copy_failed),
    };
    let pinned_bill = model.a().map(|pinned| {
        let bill = pinned.estimate.as_ref().and_then(|estimate| estimate.total_daily_cost_usd);
        Message::new(Word::ui_a_is).with("value", Arg::Text(speech.usd(bill.map(|usd| usd.dollars()))))
    });
    html! {
        <div class="work" role="group" aria-label={speech.word(Word::ui_work)}>
            if model.read_only {
                <h2 class="name" data-figure="name">{ Some(shown).filter(|name| !name.is_empty()).or(preset).unwrap_or_default() }</h2>
            } else {
                <label class="name">
                    <span class="sr">{ speech.word(Word::ui_name) }</span>
                    <input type="text" value={shown} maxlength="120" placeholder={preset.unwrap_or_else(|| speech.word(Word::ui_name))} data-field="name"
                        {oninput} {onkeydown} />
                </label>
            }
            <span class="mark" data-figure="modified">
                if model.modified() { { speech.word(Word::ui_modified) } }
            </span>
            if !model.read_only {
                if let Some(bill) = pinned_bill {
                    <span class="pinned">{ speech.say(&bill) }</span>
                    { button(Command::Swap) }
                    { button(Command::Unpin) }
                }
                { props.examples.clone() }
            }
            <Menu id="share" label={speech.word(Word::ui_share_menu)}>
                <button class="primary" data-command="copy-link" data-stays="" onclick={run(Command::CopyLink)}>
                    { icon("link") }{ copy.clone() }
                </button>
                <span class="sr" role="status">{ props.copied.map(|_| copy) }</span>
                { button(Command::CopyViewLink) }
                if !model.read_only {
                    <button data-command="save" onclick={Callback::from(move |_: MouseEvent| save())}>{ speech.word(Word::ui_save) }</button>
                }
                { button(Command::Scenarios) }
                <label class="button">
                    { speech.word(Word::ui_open_file) }
                    <input class="sr" type="file" accept=".json,application/json" onclick={forget} onchange={onfile} data-field="open-file" />
                </label>
                { button(Command::Share) }
                if !model.read_only {
                    { button(Command::Pin) }
                }
            </Menu>
        </div>
    }
}
