use std::rc::Rc;

use rehearsal::scenario::{Arrivals, Curve, RetryMode, Scenario};
use rehearsal::words::Word;
use yew::prelude::*;

use crate::components::{ChoiceProps, Field, OptionalField, choice};
use crate::speech::use_speech;
use crate::state::{Action, Edit, Limit};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub scenario: Rc<Scenario>,
    pub dispatch: Callback<Action>,
}

/// When messages come, what limits them, and what goes wrong.
#[component]
pub fn TrafficEditor(props: &Props) -> Html {
    let speech = use_speech();
    let scenario = &props.scenario;
    let emit = {
        let dispatch = props.dispatch.clone();
        move |edit: Edit, settled: bool| dispatch.emit(Action::Edit { edit, settled })
    };
    let number = |make: fn(f64) -> Edit| {
        let emit = emit.clone();
        Callback::from(move |(value, settled)| emit(make(value), settled))
    };
    let limit = |limit: Limit| {
        let emit = emit.clone();
        Callback::from(move |(value, settled)| emit(Edit::Limit { limit, value }, settled))
    };
    let choose = |make: fn(&str) -> Option<Edit>| {
        let emit = emit.clone();
        Callback::from(move |key: String| {
            if let Some(edit) = make(&key) {
                emit(edit, true);
            }
        })
    };
    let traffic = &scenario.traffic;
    let capacity = &scenario.capacity;
    let arrivals = Arrivals::ALL
        .into_iter()
        // A trace comes with a file.
        .filter(|kind| *kind != Arrivals::Trace || traffic.arrivals == Arrivals::Trace)
        .map(|kind| (kind.key().to_string(), speech.word(arrivals_name(kind))))
        .collect::<Vec<_>>();
    let curve = match &traffic.curve {
        Curve::Named(name) => (*name).to_string(),
        Curve::Hours(_) => String::new(),
    };
    let mut curves: Vec<_> =
        Curve::NAMES.into_iter().map(|name| (name.to_string(), speech.word(curve_name(name)))).collect();
    if curve.is_empty() {
        curves.insert(0, (String::new(), speech.word(Word::ui_preset_own)));
    }
    let modes = RetryMode::ALL.map(|mode| (mode.key().to_string(), speech.word(retry_name(mode)))).to_vec();
    let one_of =
        |label: Word, why: Word, options: Vec<(String, String)>, chosen: AttrValue, on_choose: Callback<String>| {
            choice(
                &speech,
                &ChoiceProps {
                    label: speech.word(label),
                    options,
                    chosen,
                    on_choose,
                    labelled: true,
                    menu: false,
                    why: Some(why),
                },
            )
        };
    html! {
        <details class="group" data-group="traffic">
            <summary><h2>{ speech.word(Word::ui_traffic) }</h2></summary>
            <div class="fields">
                { one_of(Word::ui_curve, Word::why_curve, curves, curve.into(), choose(|key| Curve::named(key).map(Edit::Curve))) }
                { one_of(Word::ui_arrivals, Word::why_arrivals, arrivals, traffic.arrivals.key().into(), choose(|key| Arrivals::from_key(key).map(Edit::Arrivals))) }
                if traffic.arrivals != Arrivals::Poisson && traffic.arrivals != Arrivals::Trace {
                    <Field id="cv" label={speech.word(Word::ui_cv)} value={traffic.cv} min={0.0} max={30.0}
                        why={(Word::why_cv, 1.0)} on_edit={number(Edit::Cv)} />
                }
                <h3>{ speech.word(Word::ui_limits) }</h3>
                <OptionalField id="concurrency" label={speech.word(Word::ui_concurrency)} value={capacity.concurrency}
                    min={1.0} max={65_536.0} first={16.0} why={Word::why_concurrency} on_edit={limit(Limit::Concurrency)} />
                <OptionalField id="queue_timeout" label={speech.word(Word::ui_queue_timeout)} value={capacity.queue_timeout_ms}
                    min={0.0} max={600_000.0} first={5_000.0} suffix="ms" why={Word::why_queue} on_edit={limit(Limit::QueueTimeout)} />
                <OptionalField id="rpm" label={speech.word(Word::ui_rpm)} value={capacity.rpm}
                    min={1.0} max={1e9} first={500.0} why={Word::why_quota} on_edit={limit(Limit::Rpm)} />
                <OptionalField id="tpm" label={speech.word(Word::ui_tpm)} value={capacity.tpm}
                    min={1.0} max={1e12} first={500_000.0} why={Word::why_quota} on_edit={limit(Limit::Tpm)} />
                if capacity.tpm.is_some() {
                    <OptionalField id="max_tokens" label={speech.word(Word::ui_max_tokens)} value={capacity.max_tokens}
                        min={1.0} max={1e6} first={1_000.0} why={Word::why_max_tokens} on_edit={limit(Limit::MaxTokens)} />
                    <Field id="burndown" label={speech.word(Word::ui_burndown)} value={capacity.burndown} min={1.0} max={100.0}
                        why={(Word::why_burndown, 1.0)} on_edit={number(Edit::Burndown)} />
                }
                <h3>{ speech.word(Word::ui_failures) }</h3>
                { one_of(Word::ui_retry_mode, Word::why_retry, modes, scenario.retry.mode.key().into(), choose(|key| RetryMode::from_key(key).map(Edit::RetryMode))) }
                <Field id="attempts" label={speech.word(Word::ui_attempts)} value={f64::from(scenario.retry.attempts())} min={1.0} max={50.0}
                    why={(Word::why_attempts, f64::from(scenario.retry.mode.default_attempts()))} on_edit={number(|attempts| Edit::Attempts(attempts as u32))} />
                <Field id="throttle_rate" label={speech.word(Word::ui_throttle_rate)} value={scenario.faults.throttle_rate * 100.0} min={0.0} max={100.0}
                    suffix="%" why={(Word::why_faults, 0.0)} on_edit={number(|pct| Edit::ThrottleRate(pct / 100.0))} />
                <Field id="error_rate" label={speech.word(Word::ui_error_rate)} value={scenario.faults.error_rate * 100.0} min={0.0} max={100.0}
                    suffix="%" why={(Word::why_faults, 0.0)} on_edit={number(|pct| Edit::ErrorRate(pct / 100.0))} />
                <OptionalField id="patience" label={speech.word(Word::ui_patience)} value={scenario.patience_ms.as_ref().map(rehearsal::scenario::Distribution::mean)}
                    min={1.0} max={3_600_000.0} first={10_000.0} suffix="ms" why={Word::why_patience} on_edit={limit(Limit::Patience)} />
            </div>
        </details>
    }
}

fn arrivals_name(arrivals: Arrivals) -> Word {
    match arrivals {
        Arrivals::Poisson => Word::ui_arrivals_poisson,
        Arrivals::Gamma => Word::ui_arrivals_gamma,
        Arrivals::Weibull => Word::ui_arrivals_weibull,
        Arrivals::Bursts => Word::ui_arrivals_bursts,
        Arrivals::Trace => Word::ui_arrivals_trace,
    }
}

fn curve_name(name: &str) -> Word {
    match name {
        "evening" => Word::ui_curve_evening,
        "office" => Word::ui_curve_office,
        "noon-peak" => Word::ui_curve_noon,
        "launch-19" => Word::ui_curve_launch,
        _ => Word::ui_curve_flat,
    }
}

fn retry_name(mode: RetryMode) -> Word {
    match mode {
        RetryMode::None => Word::ui_retry_none,
        RetryMode::Legacy => Word::ui_retry_legacy,
        RetryMode::Standard => Word::ui_retry_standard,
        RetryMode::Standard2025 => Word::ui_retry_standard_2025,
        RetryMode::Adaptive => Word::ui_retry_adaptive,
        RetryMode::Adaptive2025 => Word::ui_retry_adaptive_2025,
    }
}
