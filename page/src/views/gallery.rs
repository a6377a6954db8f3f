use std::rc::Rc;

use rehearsal::scenario::Preset;
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::channel::{Above, ToLater};
use crate::components::{Menu, notice};
use crate::platform::host;
use crate::speech::{Speech, use_speech};
use crate::state::{Action, Model};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub model: Rc<Model>,
    pub dispatch: Callback<Action>,
}

/// Scenarios to begin with, the team's first.
#[component]
pub fn Gallery(props: &Props) -> Html {
    let speech = use_speech();
    let model = &props.model;
    let choose = |action: Action| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.emit(action.clone()))
    };
    let card = |key: String, pressed: bool, name: String, note: String, action: Action| {
        html! {
            <li><button aria-pressed={pressed.to_string()} data-preset={key} onclick={choose(action)}>
                <strong>{ name }</strong><span>{ note }</span>
            </button></li>
        }
    };
    let is_team = |name: &str| model.preset.is_none() && model.name.as_deref() == Some(name);
    let own = Callback::from(|_: MouseEvent| host::to_later(ToLater::Above { what: Above::OwnChatbot }));
    html! {
        <Menu id="examples" label={speech.word(Word::ui_examples)}>
            <nav class="gallery" aria-label={speech.word(Word::ui_gallery)}>
                <ul>
                    <li><button class="own-open" data-command="own-chatbot" onclick={own}>
                        <strong>{ speech.word(Word::own_open) }</strong><span>{ speech.word(Word::own_open_note) }</span>
                    </button></li>
                    for (index, preset) in model.team.presets.iter().enumerate() {
                        { card(format!("team-{index}"), is_team(&preset.name), preset.name.clone(), preset.note.clone(), Action::TeamPreset(index)) }
                    }
                    for preset in Preset::ALL {
                        { card(preset.key().to_string(), model.preset == Some(preset), speech.word(preset.words().0),
                            speech.word(preset.words().1), Action::Preset(preset)) }
                    }
                </ul>
            </nav>
        </Menu>
    }
}

/// The question that a puzzle asks, and its answer once it is wanted.
pub fn puzzle(speech: &Speech, model: &Model, dispatch: &Callback<Action>) -> Html {
    let Some((solution, mended)) = model.preset.and_then(Preset::solution) else { return html! {} };
    let act = |action: Action| {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.emit(action.clone()))
    };
    let (said, way_out) = if model.solution_shown {
        let mend = act(Action::Load(Rc::new(mended)));
        (solution, html! { <button data-action="mend" onclick={mend}>{ speech.word(Word::ui_mend) }</button> })
    } else {
        let show = act(Action::ShowSolution);
        (
            Word::ui_puzzle,
            html! { <button data-action="show-solution" onclick={show}>{ speech.word(Word::ui_show_me) }</button> },
        )
    };
    html! { <div class="puzzle">{ notice(speech, &Message::from(said), (&[], false), way_out, None) }</div> }
}
