use rehearsal::scenario::Unit;
use rehearsal::words::Word;
use yew::prelude::*;

use crate::components::NumberField;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub id: String,
    pub label: String,
    pub value: f64,
    pub min: f64,
    pub max: f64,
    #[prop_or(Unit::Count)]
    pub unit: Unit,
    #[prop_or_default]
    pub suffix: String,
    /// Why it has its default, and the default.
    #[prop_or_default]
    pub why: Option<(Word, f64)>,
    /// The number, once it is typed to its end.
    pub on_set: Callback<f64>,
}

/// A number that counts when it is typed to its end: each is one edit.
#[component]
pub fn SettledField(props: &Props) -> Html {
    let draft = use_mut_ref(|| None::<f64>);
    let redraw = use_force_update();
    let on_edit = {
        let (draft, on_set, now) = (draft.clone(), props.on_set.clone(), props.value);
        Callback::from(move |(value, settled): (f64, bool)| {
            if !settled {
                *draft.borrow_mut() = Some(value);
            } else {
                *draft.borrow_mut() = None;
                if value != now {
                    on_set.emit(value);
                }
            }
            redraw.force_update();
        })
    };
    let onkeydown = {
        let (draft, redraw) = (draft.clone(), use_force_update());
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                *draft.borrow_mut() = None;
                redraw.force_update();
            }
        })
    };
    let value = draft.borrow().unwrap_or(props.value);
    html! {
        <div {onkeydown}>
            <NumberField id={props.id.clone()} label={props.label.clone()} {value} min={props.min} max={props.max}
                unit={props.unit} suffix={props.suffix.clone()} why={props.why} {on_edit} />
        </div>
    }
}
