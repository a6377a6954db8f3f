use std::rc::Rc;

use rehearsal::words::Word;
use rehearsal::workspace::Workspace;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::forms::Form;
use crate::channel::ToFirst;
use crate::commands::Command;
use crate::components::Choice;
use crate::platform::{clipboard, clock, files};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub workspace: Rc<Workspace>,
    pub on_say: Callback<ToFirst>,
}

/// What is on the screen in the form that someone else needs.
#[component]
pub fn Share(props: &Props) -> Html {
    let speech = use_speech();
    let form = use_state(|| Form::Markdown);
    let copied = use_state(|| None::<bool>);
    let text = {
        let speech = speech.clone();
        let workspace = props.workspace.clone();
        use_memo((*form, speech.word(Word::ui_share_more)), move |(form, _)| form.text(&workspace, &speech))
    };
    let copy = {
        let (text, copied) = (text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            spawn_local(async move {
                copied.set(Some(clipboard::copy(&text).await));
                clock::sleep(2_000.0).await;
                copied.set(None);
            });
        })
    };
    let save = {
        let (text, form) = (text.clone(), *form);
        Callback::from(move |_: MouseEvent| files::save(form.file(), form.kind(), &text))
    };
    let choose = {
        let form = form.clone();
        Callback::from(move |key: String| form.set(Form::from_key(&key)))
    };
    let link = |command: Command| {
        let on_say = props.on_say.clone();
        Callback::from(move |_: MouseEvent| on_say.emit(ToFirst::Run { command }))
    };
    let said = match *copied {
        None => Word::ui_copy,
        Some(true) => Word::ui_copied,
        Some(false) => Word::ui_copy_failed,
    };
    html! {
        <div class="share">
            <div class="ways">
                for command in [Command::CopyLink, Command::CopyViewLink, Command::SaveFile] {
                    <button onclick={link(command)} data-action={command.key()}>{ speech.word(command.word()) }</button>
                }
            </div>
            <Choice label={speech.word(Word::ui_form)} labelled=true chosen={form.key()} on_choose={choose}
                options={Form::ALL.map(|form| (form.key().to_string(), speech.word(form.word()))).to_vec()} />
            <pre class="code" tabindex="0" data-figure="form">{ (*text).clone() }</pre>
            <div class="ways">
                <button class="primary" onclick={copy} data-action="copy-form"><span role="status">{ speech.word(said) }</span></button>
                <button onclick={save} data-action="save-form">{ speech.word(Word::ui_save_file) }</button>
            </div>
        </div>
    }
}
