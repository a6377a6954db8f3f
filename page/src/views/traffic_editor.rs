use std::rc::Rc;

use rehearsal::scenario::{Arrivals, Curve, RetryMode, Scenario};
use rehearsal::words::Word;
use yew::prelude::*;

use crate::components::{ChoiceProps, Field, OptionalField, choice};
use crate::speech::{Speech, use_speech};
use crate::state::{Action, Edit, Limit};

#[derive(Clone, Properties, PartialEq)]
pub struct Props {
    pub scenario: Rc<Scenario>,
    pub dispatch: Callback<Action>,
}

impl Props {
    fn emit(&self, edit: Edit, settled: bool) {
        self.dispatch.emit(Action::Edit { edit, settled });
    }

    fn number(&self, make: fn(f64) -> Edit) -> Callback<(f64, bool)> {
        let props = self.clone();
        Callback::from(move |(value, settled)| props.emit(make(value), settled))
    }

    fn limit(&self, limit: Limit) -> Callback<(Option<f64>, bool)> {
        let props = self.clone();
        Callback::from(move |(value, settled)| props.emit(Edit::Limit { limit, value }, settled))
    }

    fn choose(&self, make: fn(&str) -> Option<Edit>) -> Callback<String> {
        let props = self.clone();
        Callback::from(move |key: String| make(&key).into_iter().for_each(|edit| props.emit(edit, true)))
    }
}

/// One of a few, with the reason of its default.
fn one_of(
    speech: &Speech,
    (label, why): (Word, Word),
    options: Vec<(String, String)>,
    chosen: AttrValue,
    on_choose: Callback<String>,
) -> Html {
    let label = speech.word(label);
    choice(speech, &ChoiceProps { label, options, chosen, on_choose, labelled: true, menu: false, why: Some(why) })
}

/// When messages come, what limits them, and what goes wrong.
#[component]
pub fn TrafficEditor(props: &Props) -> Html {
    let speech = use_speech();
    html! {
        <details class="group" data-group="traffic">
            <summary><h2>{ speech.word(Word::ui_traffic) }</h2></summary>
            <div class="fields">
                { arrivals_fields(&speech, props) }
                <h3>{ speech.word(Word::ui_limits) }</h3>
                { limit_fields(&speech, props) }
                <h3>{ speech.word(Word::ui_failures) }</h3>
                { failure_fields(&speech, props) }
            </div>
        </details>
    }
}

/// When messages come.
fn arrivals_fields(speech: &Speech, props: &Props) -> Html {
    let traffic = &props.scenario.traffic;
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
    let on_curve = props.choose(|key| Curve::named(key).map(Edit::Curve));
    let on_arrivals = props.choose(|key| Arrivals::from_key(key).map(Edit::Arrivals));
    html! {
        <>
            { one_of(speech, (Word::ui_curve, Word::why_curve), curves, curve.into(), on_curve) }
            { one_of(speech, (Word::ui_arrivals, Word::why_arrivals), arrivals, traffic.arrivals.key().into(), on_arrivals) }
            if traffic.arrivals != Arrivals::Poisson && traffic.arrivals != Arrivals::Trace {
                <Field id="cv" label={speech.word(Word::ui_cv)} value={traffic.cv} min={0.0} max={30.0}
                    why={(Word::why_cv, 1.0)} on_edit={props.number(Edit::Cv)} />
            }
        </>
    }
}

/// How much the models take at a time.
fn limit_fields(speech: &Speech, props: &Props) -> Html {
    let capacity = &props.scenario.capacity;
    html! {
        <>
            <OptionalField id="concurrency" label={speech.word(Word::ui_concurrency)} value={capacity.concurrency}
                min={1.0} max={65_536.0} first={16.0} why={Word::why_concurrency} on_edit={props.limit(Limit::Concurrency)} />
            <OptionalField id="queue_timeout" label={speech.word(Word::ui_queue_timeout)} value={capacity.queue_timeout_ms}
                min={0.0} max={600_000.0} first={5_000.0} suffix="ms" why={Word::why_queue} on_edit={props.limit(Limit::QueueTimeout)} />
            <OptionalField id="rpm" label={speech.word(Word::ui_rpm)} value={capacity.rpm}
                min={1.0} max={1e9} first={500.0} why={Word::why_quota} on_edit={props.limit(Limit::Rpm)} />
            <OptionalField id="tpm" label={speech.word(Word::ui_tpm)} value={capacity.tpm}
                min={1.0} max={1e12} first={500_000.0} why={Word::why_quota} on_edit={props.limit(Limit::Tpm)} />
            if capacity.tpm.is_some() {
                <OptionalField id="max_tokens" label={speech.word(Word::ui_max_tokens)} value={capacity.max_tokens}
                    min={1.0} max={1e6} first={1_000.0} why={Word::why_max_tokens} on_edit={props.limit(Limit::MaxTokens)} />
                <Field id="burndown" label={speech.word(Word::ui_burndown)} value={capacity.burndown} min={1.0} max={100.0}
                    why={(Word::why_burndown, 1.0)} on_edit={props.number(Edit::Burndown)} />
            }
        </>
    }
}

/// What goes wrong, what is tried again, and how long people wait.
fn failure_fields(speech: &Speech, props: &Props) -> Html {
    let Scenario { retry, faults, patience_ms, .. } = &*props.scenario;
    let modes = RetryMode::ALL.map(|mode| (mode.key().to_string(), speech.word(retry_name(mode)))).to_vec();
    let on_mode = props.choose(|key| RetryMode::from_key(key).map(Edit::RetryMode));
    html! {
        <>
            { one_of(speech, (Word::ui_retry_mode, Word::why_retry), modes, retry.mode.key().into(), on_mode) }
            <Field id="attempts" label={speech.word(Word::ui_attempts)} value={f64::from(retry.attempts())} min={1.0} max={50.0}
                why={(Word::why_attempts, f64::from(retry.mode.default_attempts()))} on_edit={props.number(|attempts| Edit::Attempts(attempts as u32))} />
            <Field id="throttle_rate" label={speech.word(Word::ui_throttle_rate)} value={faults.throttle_rate * 100.0} min={0.0} max={100.0}
                suffix="%" why={(Word::why_faults, 0.0)} on_edit={props.number(|pct| Edit::ThrottleRate(pct / 100.0))} />
            <Field id="error_rate" label={speech.word(Word::ui_error_rate)} value={faults.error_rate * 100.0} min={0.0} max={100.0}
                suffix="%" why={(Word::why_faults, 0.0)} on_edit={props.number(|pct| Edit::ErrorRate(pct / 100.0))} />
            <OptionalField id="patience" label={speech.word(Word::ui_patience)} value={patience_ms.as_ref().map(rehearsal::scenario::Distribution::mean)}
                min={1.0} max={3_600_000.0} first={10_000.0} suffix="ms" why={Word::why_patience} on_edit={props.limit(Limit::Patience)} />
        </>
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
