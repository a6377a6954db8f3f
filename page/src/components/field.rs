use std::rc::Rc;

use rehearsal::chart::Scale;
use rehearsal::scenario::{Unit, parse_quantity, parse_range, two_readings};
use rehearsal::words::{Message, Word};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::draft::{Read, use_draft};
use super::why;
use crate::speech::use_speech;

/// How a slider runs.
#[derive(Clone, Copy, PartialEq)]
pub enum Slider {
    Linear,
    /// By orders of magnitude; zero is not on it.
    Log,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub label: String,
    /// `None` where it is not known, or several are.
    pub value: Option<f64>,
    #[prop_or_default]
    pub min: f64,
    pub max: f64,
    #[prop_or(Unit::Count)]
    pub unit: Unit,
    #[prop_or_default]
    pub slider: Option<Slider>,
    /// The top of the slider, where that is below `max`.
    #[prop_or_default]
    pub slider_max: Option<f64>,
    /// What stands behind the number.
    #[prop_or_default]
    pub suffix: String,
    /// The new value, and whether the gesture that gave it is over.
    #[prop_or_default]
    pub on_edit: Callback<(f64, bool)>,
    /// Another value, once it is typed to its end; `None` for a field that may be emptied and was.
    #[prop_or_default]
    pub on_set: Option<Callback<Option<f64>>>,
    /// May be emptied.
    #[prop_or_default]
    pub optional: bool,
    /// The two ends, where the value is only known to lie between them.
    #[prop_or_default]
    pub range: Option<(f64, f64)>,
    /// Takes a range that is typed as `[250, 350]`; without it the field has none.
    #[prop_or_default]
    pub on_range: Option<Callback<(f64, f64)>>,
    /// Why it has its default, and the default.
    #[prop_or_default]
    pub why: Option<(Word, f64)>,
    /// It cannot be changed now.
    #[prop_or_default]
    pub disabled: bool,
    /// A stable name for tests.
    #[prop_or_default]
    pub id: String,
    /// What it is a field of, where there are several of its name: screen readers say it behind the label.
    #[prop_or_default]
    pub of: Option<String>,
    /// Its label is already on the screen; only screen readers get it.
    #[prop_or_default]
    pub bare: bool,
}

/// Positions of a slider, as its element has them.
const STEPS: f64 = 1000.0;

/// What was typed into a field.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Typed {
    One(f64),
    Between(f64, f64),
    Nothing,
}

/// Reads what is typed into a field.
fn reader(props: &Props) -> Read<Typed> {
    let (min, max, unit) = (props.min, props.max, props.unit);
    let (optional, ranges) = (props.optional, props.on_range.is_some());
    let fits = move |value: f64| (min..=max).contains(&value);
    Rc::new(move |text: &str| {
        if optional && text.trim().is_empty() {
            return Some(Typed::Nothing);
        }
        let one = parse_quantity(text, unit).filter(|value| fits(*value)).map(Typed::One);
        let between = || parse_range(text, unit).filter(|(low, high)| ranges && fits(*low) && fits(*high));
        one.or_else(|| between().map(|(low, high)| Typed::Between(low, high)))
    })
}

/// Takes what was typed into a field to whoever asked for it.
fn taker(props: &Props) -> Callback<(Typed, bool)> {
    let (on_edit, on_set, on_range) = (props.on_edit.clone(), props.on_set.clone(), props.on_range.clone());
    let now = props.value;
    Callback::from(move |(typed, settled)| match (typed, &on_set) {
        (Typed::Between(low, high), _) => on_range.iter().filter(|_| settled).for_each(|on| on.emit((low, high))),
        (Typed::One(value), None) => on_edit.emit((value, settled)),
        (Typed::One(value), Some(on_set)) if settled && now != Some(value) => on_set.emit(Some(value)),
        (Typed::Nothing, Some(on_set)) if settled && now.is_some() => on_set.emit(None),
        _ => {}
    })
}

/// A number that is typed or dragged. What cannot be read stays in the field with the reason.
#[component]
pub fn Field(props: &Props) -> Html {
    let speech = use_speech();
    let draft = use_draft(reader(props), taker(props));
    let error_id = format!("{}-error", props.id);
    let write = |value: f64| match props.unit {
        Unit::Exact => speech.0.exact(value),
        // Shares are shown as they are: what is on the screen adds up to 100.
        Unit::Percent => speech.number(value),
        _ => speech.number(rounded(value)),
    };
    let known = || match props.range {
        Some((low, high)) => format!("[{}, {}]", write(low), write(high)),
        None => props.value.map(write).unwrap_or_default(),
    };
    let named = props.of.as_ref().map(|of| format!("{}, {of}", props.label));
    let shown = draft.text.clone().unwrap_or_else(known);
    let back = |default: f64| {
        let (on_edit, on_set) = (props.on_edit.clone(), props.on_set.clone());
        Callback::from(move |_: MouseEvent| match &on_set {
            Some(on_set) => on_set.emit(Some(default)),
            None => on_edit.emit((default, true)),
        })
    };
    html! {
        <div class={classes!("field", props.slider.is_some().then_some("with-slider"), (props.unit == Unit::Exact).then_some("exact"))}>
            <label>
                <span class={if props.bare { "sr" } else { "label" }}>{ &props.label }</span>
                <span class="number">
                    <input type="text" inputmode="decimal" autocomplete="off" value={shown} data-field={(!props.id.is_empty()).then(|| props.id.clone())} disabled={props.disabled} aria-label={named.clone()}
                        placeholder={props.optional.then_some("?")} aria-invalid={draft.invalid.to_string()} aria-describedby={draft.invalid.then(|| error_id.clone())}
                        oninput={draft.oninput} onblur={draft.onblur} onkeydown={draft.onkeydown} />
                    if !props.suffix.is_empty() {
                        <span class="suffix">{ &props.suffix }</span>
                    }
                </span>
            </label>
            if let Some((reason, default)) = props.why {
                { why(&speech, named.as_ref().unwrap_or(&props.label), reason, (Some(default) != props.value || props.range.is_some())
                    .then(|| (write(default), back(default)))) }
            }
            if let Some((slider, value)) = props.slider.zip(props.value) {
                { slider_of(props, named.as_ref().unwrap_or(&props.label), slider, value, write(value)) }
            }
            if draft.invalid {
                <p class="field-error" id={error_id}>{ speech.say(&refusal(props, draft.text.as_deref().unwrap_or_default())) }</p>
            }
        </div>
    }
}

/// Why a field does not take what is typed.
fn refusal(props: &Props, text: &str) -> Message {
    match two_readings(text, props.unit) {
        Some((one, other)) => Message::new(Word::ui_two_readings).number("one", one).number("other", other),
        None => Message::new(Word::out_of_range_hint).number("least", props.min).number("most", props.max),
    }
}

fn slider_of(props: &Props, label: &str, slider: Slider, value: f64, says: String) -> Html {
    let top = props.slider_max.unwrap_or(props.max);
    let scale = match slider {
        Slider::Linear => Scale::linear(props.min, top, (0.0, STEPS)),
        Slider::Log => Scale::log(props.min.max(1.0), top, (0.0, STEPS)),
    };
    let on = |settled: bool| {
        let on_edit = props.on_edit.clone();
        move |text: Option<String>| {
            if let Some(position) = text.and_then(|text| parse_quantity(&text, Unit::Count)) {
                on_edit.emit((rounded(scale.value_at(position)), settled));
            }
        }
    };
    let value_of = |event: &Event| event.target_dyn_into::<HtmlInputElement>().map(|input| input.value());
    let (moved, ended) = (on(false), on(true));
    html! {
        <input type="range" min="0" max="1000" step="1" aria-label={label.to_string()}
            aria-valuetext={says} data-slider={props.id.clone()} disabled={props.disabled}
            value={(libm::round(scale.clamped(value)) as u32).to_string()}
            oninput={Callback::from(move |event: InputEvent| moved(value_of(&event)))}
            onchange={Callback::from(move |event: Event| ended(value_of(&event)))} />
    }
}

/// Two significant digits below ten, three below a thousand and so on: what a hand can mean.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let digits = libm::floor(libm::log10(value.abs())) as i32;
    let unit = libm::pow(10.0, f64::from((2 - digits).max(if digits >= 3 { 2 - digits } else { 0 })));
    libm::round(value * unit) / unit
}
