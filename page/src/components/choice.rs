use rehearsal::words::Word;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::why;
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub label: String,
    /// Key and name of each option.
    pub options: Vec<(String, String)>,
    pub chosen: AttrValue,
    pub on_choose: Callback<String>,
    /// Show the label beside the box; otherwise only screen readers get it.
    #[prop_or_default]
    pub labelled: bool,
    /// A menu of things to do: it shows its first option again after each choice.
    #[prop_or_default]
    pub menu: bool,
    /// Why it is this one at first.
    #[prop_or_default]
    pub why: Option<Word>,
}

/// One of a few.
#[component]
pub fn Choice(props: &Props) -> Html {
    choice(&use_speech(), props)
}

/// The same where no component of its own is needed, which would make a program larger.
pub fn choice(speech: &Speech, props: &Props) -> Html {
    let on_choose = props.on_choose.clone();
    let menu = props.menu;
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            on_choose.emit(select.value());
            if menu {
                select.set_selected_index(0);
            }
        }
    });
    let select = html! {
        <label class="choice">
            <span class={if props.labelled { "label" } else { "sr" }}>{ &props.label }</span>
            <select {onchange}>
                for (key, name) in props.options.iter() {
                    <option value={key.clone()} selected={*key == *props.chosen}>{ name }</option>
                }
            </select>
        </label>
    };
    match props.why {
        None => select,
        Some(reason) => html! { <div class="field">{ select }{ why(speech, &props.label, reason, None) }</div> },
    }
}
