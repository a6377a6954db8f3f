use rehearsal::scenario::{Unit, parse_quantity};
use rehearsal::words::{Message, Word};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub label: String,
    /// `None` where unknown.
    pub value: Option<f64>,
    pub max: f64,
    /// The number, once it is typed to its end; `None` for an emptied field.
    pub on_set: Callback<Option<f64>>,
    /// May be emptied.
    #[prop_or_default]
    pub optional: bool,
    /// Its label is already on the screen; only screen readers get it.
    #[prop_or_default]
    pub bare: bool,
    /// A stable name for tests.
    #[prop_or_default]
    pub id: String,
}

/// A number with all its digits, as prices have them; it counts when it is typed to its end.
#[component]
pub fn ExactField(props: &Props) -> Html {
    let speech = use_speech();
    let typed = use_state(|| None::<String>);
    let (optional, max) = (props.optional, props.max);
    let read = move |text: &str| -> Option<Option<f64>> {
        if text.trim().is_empty() {
            return optional.then_some(None);
        }
        parse_quantity(text, Unit::Exact).filter(|value| (0.0..=max).contains(value)).map(Some)
    };
    let invalid = typed.as_deref().is_some_and(|text| read(text).is_none());
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(Some(input.value()));
            }
        })
    };
    let finish = {
        let (typed, on_set, now) = (typed.clone(), props.on_set.clone(), props.value);
        move || {
            if let Some(value) = typed.as_deref().and_then(read) {
                typed.set(None);
                if value != now {
                    on_set.emit(value);
                }
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
    let shown = (*typed).clone().unwrap_or_else(|| props.value.map_or(String::new(), |value| value.to_string()));
    let reason = invalid
        .then(|| speech.say(&Message::new(Word::out_of_range_hint).number("least", 0.0).number("most", props.max)));
    html! {
        <label class="exact">
            <span class={if props.bare { "sr" } else { "label" }}>{ &props.label }</span>
            <input type="text" inputmode="decimal" autocomplete="off" value={shown} placeholder={props.optional.then_some("?")}
                data-field={(!props.id.is_empty()).then(|| props.id.clone())} aria-invalid={invalid.to_string()} title={reason.clone()}
                {oninput} {onblur} {onkeydown} />
            if let Some(reason) = reason {
                <span class="field-error" role="status">{ reason }</span>
            }
        </label>
    }
}
