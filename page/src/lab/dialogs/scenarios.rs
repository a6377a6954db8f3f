use std::rc::Rc;

use rehearsal::problem::Problem;
use rehearsal::words::{Message, Word};
use rehearsal::workspace::{Collection, Opened, Workspace};
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::channel::ToFirst;
use crate::components::{TextInput, notice};
use crate::platform::tabs::{self, Changed};
use crate::platform::{files, saved};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub on_say: Callback<ToFirst>,
}

/// What happened last, and how to undo it.
#[derive(Clone, PartialEq)]
struct Said {
    what: Message,
    problems: Vec<Problem>,
    removed: Option<Workspace>,
}

/// The scenarios saved in this browser: open, rename, duplicate, delete, all out, all in.
#[component]
pub fn Scenarios(props: &Props) -> Html {
    let speech = use_speech();
    let said = use_state(|| None::<Said>);
    let renamed = use_state(|| None::<(String, String)>);
    let stored = saved::readable();
    {
        let again = use_force_update();
        use_effect_with((), move |()| {
            let listener = tabs::on(Changed::Scenarios, move || again.force_update());
            move || {
                let _listening_until_here = listener;
            }
        });
    }
    let say = {
        let said = said.clone();
        Callback::from(move |(what, problems, removed): (Message, Vec<Problem>, Option<Workspace>)| {
            said.set(Some(Said { what, problems, removed }));
        })
    };
    let act = |name: &str, word: Word, change: fn(&mut Collection, &str) -> Option<Workspace>| {
        let (name, say) = (name.to_string(), say.clone());
        Callback::from(move |_: MouseEvent| match saved::change(|stored| change(stored, &name)) {
            Some(removed) => say.emit((Message::new(word).text("name", &name), Vec::new(), removed)),
            None => say.emit((Word::ui_not_kept.into(), Vec::new(), None)),
        })
    };
    let restore = {
        let (said, say) = (said.clone(), say.clone());
        Callback::from(move |_: MouseEvent| {
            let Some(removed) = said.as_ref().and_then(|said| said.removed.clone()) else { return };
            let name = removed.name.clone().unwrap_or_default();
            saved::change(|stored| stored.save(&name, removed).revision);
            say.emit((Message::new(Word::ui_restored).text("name", name), Vec::new(), None));
        })
    };
    let take_in = {
        let say = say.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let Some(list) = input.files() else { return };
            let say = say.clone();
            spawn_local(async move {
                for (name, bytes) in files::bytes(&list).await {
                    let one = |workspace: Box<Workspace>| {
                        let name = workspace.name.clone().unwrap_or_else(|| name.trim_end_matches(".json").to_string());
                        Collection { scenarios: [(name, *workspace)].into() }
                    };
                    say.emit(match Opened::load(&String::from_utf8_lossy(&bytes)) {
                        Err(problems) => (Message::new(Word::ui_file_refused).text("name", &name), problems.0, None),
                        Ok(read) => {
                            let more = match read.output {
                                Opened::Collection(more) => more,
                                Opened::Workspace(workspace) => one(workspace),
                            };
                            match saved::change(|stored| stored.add_all(more)) {
                                Some(count) => {
                                    let said = Message::new(Word::ui_scenarios_came).number("count", count as f64);
                                    (said, Vec::new(), None)
                                }
                                None => (Word::ui_not_kept.into(), Vec::new(), None),
                            }
                        }
                    });
                }
                input.set_value("");
            });
        })
    };
    let all = stored.to_json();
    let give_out =
        Callback::from(move |_: MouseEvent| files::save("rehearsal-scenarios.json", "application/json", &all));
    let rename = {
        let (renamed, say) = (renamed.clone(), say.clone());
        move |from: &str| {
            let (renamed, say, from) = (renamed.clone(), say.clone(), from.to_string());
            Callback::from(move |typed: String| {
                if let Some(Some(name)) = saved::change(|stored| stored.rename(&from, &typed)) {
                    say.emit((Message::new(Word::ui_renamed).text("name", name), Vec::new(), None));
                }
                renamed.set(None);
            })
        }
    };
    html! {
        <div class="saved">
            if let Some(said) = &*said {
                { notice(&speech, &said.what, (&said.problems, !said.problems.is_empty()), html! {
                    if said.removed.is_some() {
                        <button data-action="restore" onclick={restore}>{ speech.word(Word::ui_undo) }</button>
                    }
                }, None) }
            }
            if stored.scenarios.is_empty() {
                <p class="hint">{ speech.word(Word::ui_no_scenarios) }</p>
            }
            <ul>
                for (name, workspace) in stored.scenarios.iter() {
                    <li data-saved={name.clone()} key={name.clone()}>
                        <TextInput value={name.clone()} on_take={rename(name)}
                            label={speech.say(&Message::new(Word::ui_rename).text("name", name))} />
                        <span class="hint">{ speech.say(&Message::new(Word::ui_messages_a_day).number("count", workspace.scenario.daily_messages)) }</span>
                        <button class="small" data-action="open-saved" onclick={
                            let (on_say, said) = (props.on_say.clone(), ToFirst::Open { workspace: Rc::new(workspace.clone()) });
                            Callback::from(move |_: MouseEvent| on_say.emit(said.clone()))
                        }>{ speech.word(Word::ui_open) }</button>
                        <button class="small quiet" data-action="duplicate-saved" onclick={act(name, Word::ui_duplicated, |stored, name| {
                            stored.duplicate(name);
                            None
                        })}>{ speech.word(Word::ui_copy) }</button>
                        <button class="small quiet" data-action="delete-saved" onclick={act(name, Word::ui_removed, |stored, name| stored.remove(name))}>
                            { speech.word(Word::ui_delete) }
                        </button>
                    </li>
                }
            </ul>
            <div class="ways">
                <label class="button">{ speech.word(Word::ui_import) }
                    <input class="sr" type="file" multiple=true accept=".json,application/json" onchange={take_in} data-field="import-saved" />
                </label>
                <button disabled={stored.scenarios.is_empty()} onclick={give_out} data-action="export-saved">{ speech.word(Word::ui_export_all) }</button>
            </div>
        </div>
    }
}
