use std::rc::Rc;

use rehearsal::catalog::Mode;
use rehearsal::scenario::Preset;
use rehearsal::words::{Message, Word};
use rehearsal::workspace::Workspace;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::places::{PLACES, types_of};
use crate::channel::ToFirst;
use crate::commands::Command;
use crate::lab::analysis::on_model;
use crate::platform::{page, saved};
use crate::speech::use_speech;
use crate::view::View;

/// Models offered at once; whoever wants another one types more of its name.
const MOST_MODELS: usize = 8;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The work on the screen.
    pub workspace: Rc<Workspace>,
    pub on_say: Callback<ToFirst>,
}

/// Everything that can be done and set, found by typing a part of its name: commands, examples, saved
/// scenarios, fields, panels and models.
#[component]
pub fn Palette(props: &Props) -> Html {
    let speech = use_speech();
    let typed = use_state(String::new);
    let chosen = use_state(|| 0_usize);
    let workspace = &props.workspace;
    // In both languages: whoever reads Japanese may know the English name.
    let mut entries: Vec<(String, String, &'static str, ToFirst)> = Command::ALL
        .iter()
        .filter(|command| **command != Command::Palette && !(workspace.read_only && command.edits()))
        .map(|command| {
            let said = ToFirst::Run { command: *command };
            (speech.word(command.word()), command.word().english().to_string(), command.shortcut(), said)
        })
        .collect();
    if !workspace.read_only {
        entries.extend(Preset::ALL.into_iter().map(|preset| {
            let word = preset.words().0;
            (speech.word(word), word.english().to_string(), "", ToFirst::Preset { preset })
        }));
    }
    let stored = saved::readable();
    entries.extend(stored.scenarios.into_iter().map(|(name, workspace)| {
        let said = ToFirst::Open { workspace: Rc::new(workspace) };
        (name.clone(), name, "", said)
    }));
    if !workspace.read_only {
        let scenario = &workspace.scenario;
        entries.extend(PLACES.iter().map(|place| {
            let said = ToFirst::GoTo { view: place.view, selector: place.selector.to_string() };
            (place.name(speech.0.as_ref()), place.also(), "", said)
        }));
        entries.extend(types_of(scenario).map(|(name, selector)| {
            let said = ToFirst::GoTo { view: View::WhatIf, selector };
            (name.clone(), name, "", said)
        }));
    }
    let wanted = typed.to_lowercase();
    let parts: Vec<&str> = wanted.split_whitespace().collect();
    let fits = |text: &str| parts.iter().all(|part| text.to_lowercase().contains(part));
    entries.retain(|(name, english, ..)| fits(name) || fits(english));
    if !workspace.read_only && wanted.trim().len() > 1 {
        let catalog = crate::lab::prices::catalog();
        let named = |model: &&rehearsal::catalog::Model| fits(&format!("{} {}", model.name, model.id));
        let found = catalog.models().filter(|model| model.mode == Mode::Chat && !model.retired).filter(named);
        entries.extend(found.take(MOST_MODELS).map(|model| {
            let name = speech.say(&Message::new(Word::ui_all_on).text("model", &model.name));
            let changed = on_model(&workspace.scenario, catalog, &model.id, None);
            (name, model.id.clone(), "", ToFirst::Adopt { scenario: Rc::new(changed), instead_of: None })
        }));
    }
    let count = entries.len();
    let at = (*chosen).min(count.saturating_sub(1));
    let oninput = {
        let (typed, chosen) = (typed.clone(), chosen.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(input.value());
                chosen.set(0);
            }
        })
    };
    let onkeydown = {
        let (chosen, on_say) = (chosen.clone(), props.on_say.clone());
        let said = entries.get(at).map(|(.., said)| said.clone());
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowDown" => (at + 1) % count.max(1),
                "ArrowUp" => (at + count.max(1) - 1) % count.max(1),
                "Enter" if !event.is_composing() => {
                    said.iter().for_each(|said| on_say.emit(said.clone()));
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            chosen.set(to);
            page::reveal(&format!("#command-{to}"));
        })
    };
    html! {
        <div class="palette">
            <input type="search" role="combobox" aria-expanded="true" aria-controls="commands" autocomplete="off" autofocus=true
                aria-label={speech.word(Word::ui_find_command)} placeholder={speech.word(Word::ui_find_command)}
                aria-activedescendant={(count > 0).then(|| format!("command-{at}"))} value={(*typed).clone()} {oninput} {onkeydown}
                data-field="palette" />
            <ul id="commands" role="listbox" aria-label={speech.word(Word::ui_commands)}>
                for (index, (name, _, shortcut, said)) in entries.into_iter().enumerate() {
                    <li id={format!("command-{index}")} role="option" aria-selected={(index == at).to_string()}
                        onclick={
                            let on_say = props.on_say.clone();
                            Callback::from(move |_: MouseEvent| on_say.emit(said.clone()))
                        }>
                        <span>{ name }</span>
                        if !shortcut.is_empty() { <kbd>{ shortcut }</kbd> }
                    </li>
                }
            </ul>
            if count == 0 {
                <p class="hint" role="status">{ speech.word(Word::ui_nothing_found) }</p>
            }
        </div>
    }
}
