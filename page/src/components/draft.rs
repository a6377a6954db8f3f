use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What is being typed into a field, until it is done.
pub struct Draft {
    /// The text, while someone types.
    pub text: Option<String>,
    /// Whether it says nothing that the field can take.
    pub invalid: bool,
    pub oninput: Callback<InputEvent>,
    pub onblur: Callback<FocusEvent>,
    pub onkeydown: Callback<KeyboardEvent>,
}

/// How a field reads what is typed.
pub type Read<T> = Rc<dyn Fn(&str) -> Option<T>>;

/// The draft of a field. `take` gets what could be read, with every letter and at the end, and whether it
/// is the end: Enter, or leaving the field. Escape gives the draft up. What cannot be read stays.
#[hook]
pub fn use_draft<T: 'static>(read: Read<T>, take: Callback<(T, bool)>) -> Draft {
    let typed = use_state(|| None::<String>);
    let invalid = typed.as_deref().is_some_and(|text| read(text).is_none());
    let oninput = {
        let (typed, read, take) = (typed.clone(), read.clone(), take.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let text = input.value();
                if let Some(value) = read(&text) {
                    take.emit((value, false));
                }
                typed.set(Some(text));
            }
        })
    };
    let finish = {
        let typed = typed.clone();
        move || {
            // What was typed, not what came back of it: that may still be on its way.
            if let Some(value) = typed.as_deref().and_then(|text| read(text)) {
                take.emit((value, true));
                typed.set(None);
            }
        }
    };
    let onblur = {
        let finish = finish.clone();
        Callback::from(move |_: FocusEvent| finish())
    };
    let onkeydown = {
        let typed = typed.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => finish(),
            "Escape" => typed.set(None),
            _ => {}
        })
    };
    Draft { text: (*typed).clone(), invalid, oninput, onblur, onkeydown }
}
