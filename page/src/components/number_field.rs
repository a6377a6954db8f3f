use rehearsal::chart::Scale;
use rehearsal::scenario::{Unit, parse_quantity, parse_range, two_readings};
use rehearsal::words::{Message, Word};
use web_sys::HtmlInputElement;
use yew::prelude::*;

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
    pub value: f64,
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
    pub on_edit: Callback<(f64, bool)>,
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
    /// Its label is already on the screen; only screen readers get it.
    #[prop_or_default]
    pub bare: bool,
}

/// Positions of a slider, as its element has them.
const STEPS: f64 = 1000.0;

/// A number that is typed or dragged. What cannot be read stays in the field with the reason.
#[component]
pub fn NumberField(props: &Props) -> Html {
    let speech = use_speech();
    // The text being typed; the value itself when no one is typing.
    let typed = use_state(|| None::<String>);
    let error_id = format!("{}-error", props.id);
    let read = {
        let (min, max, unit) = (props.min, props.max, props.unit);
        move |text: &str| parse_quantity(text, unit).filter(|value| (min..=max).contains(value))
    };
    let read_range = {
        let (min, max, unit, takes) = (props.min, props.max, props.unit, props.on_range.is_some());
        move |text: &str| parse_range(text, unit).filter(|(low, high)| takes && *low >= min && *high <= max)
    };
    let invalid = typed.as_deref().is_some_and(|text| read(text).or(read_range(text).map(|ends| ends.0)).is_none());
    let text_of = |event: &InputEvent| event.target_dyn_into::<HtmlInputElement>().map(|input| input.value());
    let oninput = {
        let (typed, on_edit) = (typed.clone(), props.on_edit.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(text) = text_of(&event) {
                if let Some(value) = read(&text) {
                    on_edit.emit((value, false));
                }
                typed.set(Some(text));
            }
        })
    };
    let finish = {
        let (typed, on_edit) = (typed.clone(), props.on_edit.clone());
        let on_range = props.on_range.clone();
        move || {
            if let Some(ends) = typed.as_deref().and_then(read_range) {
                on_range.iter().for_each(|on_range| on_range.emit(ends));
                typed.set(None);
            } else if let Some(value) = typed.as_deref().and_then(read) {
                // What was typed, not what came back of it: that may still be on its way.
                on_edit.emit((value, true));
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
    // Shares are shown as they are: what is on the screen adds up to 100.
    let exact = props.unit == Unit::Percent;
    let write = |value: f64| speech.number(if exact { value } else { rounded(value) });
    let shown = (*typed).clone().unwrap_or_else(|| match props.range {
        Some((low, high)) => format!("[{}, {}]", write(low), write(high)),
        None => write(props.value),
    });
    html! {
        <div class={classes!("field", props.slider.is_some().then_some("with-slider"))}>
            <label>
                <span class={if props.bare { "sr" } else { "label" }}>{ &props.label }</span>
                <span class="number">
                    <input type="text" inputmode="decimal" autocomplete="off" value={shown} data-field={props.id.clone()} disabled={props.disabled}
                        aria-invalid={invalid.to_string()} aria-describedby={invalid.then(|| error_id.clone())}
                        {oninput} {onblur} {onkeydown} />
                    if !props.suffix.is_empty() {
                        <span class="suffix">{ &props.suffix }</span>
                    }
                </span>
            </label>
            if let Some((reason, default)) = props.why {
                { why(&speech, &props.label, reason, (default != props.value || props.range.is_some())
                    .then(|| (write(default), props.on_edit.reform(move |_: MouseEvent| (default, true))))) }
            }
            if let Some(slider) = props.slider {
                { slider_of(props, slider, write(props.value)) }
            }
            if invalid {
                <p class="field-error" id={error_id}>{
                    match typed.as_deref().and_then(|text| two_readings(text, props.unit)) {
                        Some((one, other)) => speech.say(&Message::new(Word::ui_two_readings).number("one", one).number("other", other)),
                        None => speech.say(&Message::new(Word::out_of_range_hint).number("least", props.min).number("most", props.max)),
                    }
                }</p>
            }
        </div>
    }
}

fn slider_of(props: &Props, slider: Slider, says: String) -> Html {
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
        <input type="range" min="0" max="1000" step="1" aria-label={props.label.clone()}
            aria-valuetext={says} data-slider={props.id.clone()} disabled={props.disabled}
            value={(libm::round(scale.clamped(props.value)) as u32).to_string()}
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
