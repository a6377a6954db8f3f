//! The form of scripted faults in the Client view.

use rehearsal::bedrock::{EXCEPTIONS, ExceptionKind, Operation};
use rehearsal::scenario::{Unit, parse_quantity};
use rehearsal::words::Word;
use serde_json::{Value, json};
use yew::prelude::*;

use crate::components::{Choice, icon};
use crate::speech::{Speech, use_speech};

/// What can go wrong in a stream that has begun, and how it is called.
const IN_STREAM: [(&str, Word); 9] = [
    ("exception_frame", Word::ui_fault_exception),
    ("error_frame", Word::ui_fault_error_frame),
    ("cut_frame", Word::ui_fault_cut_frame),
    ("cut_character", Word::ui_fault_cut_character),
    ("early_end", Word::ui_fault_early_end),
    ("crc_flip", Word::ui_fault_crc),
    ("unknown_event", Word::ui_fault_unknown_event),
    ("stall", Word::ui_fault_stall),
    ("slow_first_token", Word::ui_fault_slow),
];

#[derive(Properties, PartialEq)]
pub(super) struct FaultProps {
    pub faults: UseStateHandle<Vec<Value>>,
}

/// Faults that wait for the next requests.
#[component]
pub(super) fn FaultQueue(props: &FaultProps) -> Html {
    let speech = use_speech();
    let faults = &props.faults;
    let mut options = vec![(String::new(), speech.word(Word::ui_add_fault))];
    options.extend(
        EXCEPTIONS.iter().map(|kind| (format!("http {}", kind.name), format!("{} {}", kind.status, kind.name))),
    );
    options.extend(IN_STREAM.map(|(kind, word)| (kind.to_string(), speech.word(word))));
    let add = {
        let faults = faults.clone();
        Callback::from(move |key: String| {
            let fault = match key.split_once(' ') {
                Some((kind, code)) => json!({"kind": kind, "code": code}),
                None if key.is_empty() => return,
                // Throttling in the middle of a stream is what most clients forget.
                None if key == "exception_frame" => {
                    json!({"kind": key, "code": "ThrottlingException", "after_events": 3})
                }
                None if key == "slow_first_token" => json!({"kind": key, "ms": 3000}),
                None if key == "stall" => json!({"kind": key, "after_events": 3, "ms": 3000}),
                None => json!({"kind": key, "after_events": 3}),
            };
            faults.set((*faults).iter().cloned().chain([fault]).collect());
        })
    };
    let change = |index: usize, set: fn(&mut Value, String)| {
        let faults = faults.clone();
        Callback::from(move |value: String| {
            let mut all = (*faults).clone();
            if let Some(fault) = all.get_mut(index) {
                set(fault, value);
            }
            faults.set(all);
        })
    };
    let remove = |index: usize| {
        let faults = faults.clone();
        Callback::from(move |_: MouseEvent| {
            let rest = faults.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, fault)| fault.clone());
            faults.set(rest.collect());
        })
    };
    html! {
        <div class="faults">
            <Choice label={speech.word(Word::ui_faults)} labelled=true {options} chosen="" menu=true on_choose={add} />
            if !faults.is_empty() {
                <ul>
                    for (index, fault) in faults.iter().enumerate() {
                        <li data-fault={index.to_string()}>
                            <strong>{ name_of(&speech, fault) }</strong>
                            { details(&speech, fault, &change, index) }
                            <button class="quiet icon" aria-label={speech.word(Word::ui_discard)} onclick={remove(index)}>{ icon("remove") }</button>
                        </li>
                    }
                </ul>
            }
        </div>
    }
}

/// What a fault is called.
fn name_of(speech: &Speech, fault: &Value) -> String {
    match fault["kind"].as_str().unwrap_or_default() {
        "http" => fault["code"].as_str().unwrap_or_default().to_string(),
        kind => IN_STREAM.iter().find(|(key, _)| *key == kind).map_or_else(String::new, |(_, word)| speech.word(*word)),
    }
}

/// Sets a member of a fault by what was chosen or typed.
type Change<'a> = &'a dyn Fn(usize, fn(&mut Value, String)) -> Callback<String>;

/// What of a fault in the stream can be set: its code, after how many events it comes, and its delay.
fn details(speech: &Speech, fault: &Value, change: Change<'_>, index: usize) -> Html {
    let kind = fault["kind"].as_str().unwrap_or_default();
    let has = |kinds: &[&str]| kinds.contains(&kind);
    let number = |key: &'static str, word: Word, set: fn(&mut Value, String)| {
        let on_set = change(index, set);
        let onchange = Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                on_set.emit(input.value());
            }
        });
        html! {
            <label class="stack"><span class="label">{ speech.word(word) }</span>
                <input type="number" min="0" max="86400000" value={fault[key].as_f64().unwrap_or(0.0).to_string()} data-field={key} {onchange} /></label>
        }
    };
    let streamed = |kind: &&ExceptionKind| Operation::ALL.into_iter().any(|operation| kind.in_stream(operation));
    let codes = EXCEPTIONS
        .iter()
        .filter(streamed)
        .map(|kind| (kind.name.to_string(), kind.name.to_string()))
        .collect::<Vec<_>>();
    html! {
        <>
            if has(&["exception_frame"]) {
                <Choice label={speech.word(Word::ui_fault_code)} labelled=true options={codes} chosen={fault["code"].as_str().unwrap_or_default().to_string()}
                    on_choose={change(index, |fault, code| fault["code"] = code.into())} />
            }
            if !has(&["http", "slow_first_token"]) {
                { number("after_events", Word::ui_fault_after, |fault, text| set_number(fault, "after_events", &text)) }
            }
            if has(&["stall", "slow_first_token"]) {
                { number("ms", Word::ui_fault_delay, |fault, text| set_number(fault, "ms", &text)) }
            }
        </>
    }
}

/// A number that cannot be read leaves the one before.
fn set_number(fault: &mut Value, key: &str, text: &str) {
    if let Some(number) = parse_quantity(text, Unit::Exact).filter(|number| (0.0..=86_400_000.0).contains(number)) {
        fault[key] = json!(libm::round(number) as u64);
    }
}
