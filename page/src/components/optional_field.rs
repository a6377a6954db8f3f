use rehearsal::words::Word;
use yew::prelude::*;

use super::{Field, why};
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub label: String,
    pub value: Option<f64>,
    pub min: f64,
    pub max: f64,
    /// The value it has when it is switched on.
    pub first: f64,
    #[prop_or_default]
    pub suffix: String,
    /// The new value, and whether the gesture that gave it is over.
    pub on_edit: Callback<(Option<f64>, bool)>,
    /// Why it is off at first.
    #[prop_or_default]
    pub why: Option<Word>,
    /// A stable name for tests.
    #[prop_or_default]
    pub id: String,
}

/// A limit that may be there or not.
#[component]
pub fn OptionalField(props: &Props) -> Html {
    let speech = use_speech();
    let toggle = {
        let (on_edit, first, is_on) = (props.on_edit.clone(), props.first, props.value.is_some());
        Callback::from(move |_: MouseEvent| on_edit.emit((if is_on { None } else { Some(first) }, true)))
    };
    let on_edit = props.on_edit.reform(|(value, settled): (f64, bool)| (Some(value), settled));
    html! {
        <div class="optional">
            <label class="toggle">
                <input type="checkbox" checked={props.value.is_some()} onclick={toggle} data-toggle={props.id.clone()} />
                <span class="label">{ &props.label }</span>
            </label>
            if let Some(reason) = props.why {
                { why(&speech, &props.label, reason, None) }
            }
            if let Some(value) = props.value {
                <Field id={props.id.clone()} label={props.label.clone()} {value} min={props.min} max={props.max}
                    suffix={props.suffix.clone()} {on_edit} bare=true />
            }
        </div>
    }
}
