use std::rc::Rc;

use rehearsal::bench::{Benchmark, Limits, Load, Metric, SuitePreset, chatbot_chain, stage_latency};
use rehearsal::catalog::{HAIKU, SONNET};
use rehearsal::scenario::StageGroup;
use rehearsal::words::{Message, Word};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::state::{Action, Model, Target};
use crate::components::{Choice, Field, OptionalField, TextInput, icon, problem_list};
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub model: Rc<Model>,
    pub dispatch: Callback<Action>,
}

/// What is measured, and how hard.
#[component]
pub fn SuiteForm(props: &Props) -> Html {
    let speech = use_speech();
    let model = &props.model;
    let mut presets: Vec<(String, String)> = SuitePreset::ALL
        .into_iter()
        .map(|preset| (preset.key().to_string(), speech.word(preset_name(preset))))
        .collect();
    if model.preset.is_none() {
        presets.insert(0, (String::new(), speech.word(Word::ui_preset_own)));
    }
    let targets = Target::ALL.map(|target| (target.key().to_string(), speech.word(target_name(target)))).to_vec();
    let dispatch = |act: fn(f64) -> Action| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |(value, _): (f64, bool)| dispatch.emit(act(value)))
    };
    let choose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |key: String| {
            if let Some(preset) = SuitePreset::from_key(&key) {
                dispatch.emit(Action::Choose(preset));
            }
        })
    };
    let aim = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |key: String| {
            if let Some(target) = Target::from_key(&key) {
                dispatch.emit(Action::Target(target));
            }
        })
    };
    let first = model.suite.benchmarks.first();
    html! {
        <>
            <Choice label={speech.word(Word::bench_suite)} options={presets} chosen={model.preset.map_or("", SuitePreset::key)} on_choose={choose} labelled=true />
            <Choice label={speech.word(Word::bench_client)} options={targets} chosen={model.target.key()} on_choose={aim} labelled=true />
            <div class="row three">
                <Field id="measured" label={speech.word(Word::bench_requests)} value={first.map_or(100.0, |b| b.measured as f64)}
                    min=1.0 max={1e6} on_edit={dispatch(|value| Action::Measured(value as u64))} />
                <Field id="runs" label={speech.word(Word::bench_col_runs)} value={first.map_or(5.0, |b| b.runs as f64)}
                    min=1.0 max=100.0 on_edit={dispatch(|value| Action::Runs(value as u64))} />
                <Field id="bench-seed" label={speech.word(Word::ui_seed)} value={model.suite.seed as f64}
                    min=0.0 max={1e9} on_edit={dispatch(|value| Action::Seed(value as u64))} />
            </div>
            if model.target == Target::Simulator {
                <Field id="slower" label={speech.word(Word::bench_slower)} value={model.slower_pct} min={-90.0} max=900.0
                    suffix="%" on_edit={dispatch(Action::Slower)} />
            }
            { problem_list(&speech, &model.wrong_with_suite(), html! {}) }
            <ul class="mix">
                for (index, benchmark) in model.suite.benchmarks.iter().enumerate() {
                    <BenchmarkForm key={index} {index} benchmark={benchmark.clone()} removable={model.suite.benchmarks.len() > 1}
                        dispatch={props.dispatch.clone()} />
                }
            </ul>
            <div class="controls">
                <button class="small" onclick={props.dispatch.reform(|_: MouseEvent| Action::Add)} data-action="add">{ icon("add") }{ speech.word(Word::bench_add) }</button>
            </div>
            <Prompts model={model.clone()} dispatch={props.dispatch.clone()} />
            if model.target == Target::Simulator {
                <Chain stages={model.stages.clone()} dispatch={props.dispatch.clone()} />
            }
            <Thresholds model={model.clone()} dispatch={props.dispatch.clone()} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct BenchmarkProps {
    index: usize,
    benchmark: Benchmark,
    removable: bool,
    dispatch: Callback<Action>,
}

/// One benchmark: who is asked, how hard, and behind a fold how patiently.
#[component]
fn BenchmarkForm(props: &BenchmarkProps) -> Html {
    let speech = use_speech();
    let BenchmarkProps { index, benchmark, .. } = props;
    let index = *index;
    let change = |edit: fn(Benchmark, f64) -> Benchmark| {
        let (dispatch, benchmark) = (props.dispatch.clone(), benchmark.clone());
        Callback::from(move |(value, _): (f64, bool)| {
            dispatch.emit(Action::Change(index, edit(benchmark.clone(), value)));
        })
    };
    let limit = |edit: fn(Limits, Option<f64>) -> Limits| {
        let (dispatch, benchmark) = (props.dispatch.clone(), benchmark.clone());
        Callback::from(move |(value, _): (Option<f64>, bool)| {
            let limits = edit(benchmark.limits, value);
            dispatch.emit(Action::Change(index, Benchmark { limits, ..benchmark.clone() }));
        })
    };
    let loads =
        [("closed", Word::bench_load_closed), ("open", Word::bench_load_open), ("batch", Word::bench_load_batch)]
            .map(|(key, word)| (key.to_string(), speech.word(word)))
            .to_vec();
    let (kind, amount, label) = match benchmark.load {
        Load::Closed { workers } => ("closed", workers as f64, Word::bench_workers),
        Load::Open { rate_per_s } => ("open", rate_per_s, Word::bench_rate),
        Load::Batch { size } => ("batch", size as f64, Word::bench_batch),
    };
    let with = {
        let (dispatch, benchmark) = (props.dispatch.clone(), benchmark.clone());
        move |edit: &dyn Fn(&mut Benchmark)| {
            let mut changed = benchmark.clone();
            edit(&mut changed);
            dispatch.emit(Action::Change(index, changed));
        }
    };
    let choose_load = {
        let with = with.clone();
        Callback::from(move |key: String| with(&|benchmark| benchmark.load = load_of(&key, amount)))
    };
    let set_amount = {
        let with = with.clone();
        Callback::from(move |(value, _): (f64, bool)| with(&|benchmark| benchmark.load = load_of(kind, value)))
    };
    let choose_model = {
        let with = with.clone();
        Callback::from(move |id: String| with(&|benchmark| benchmark.model = (!id.is_empty()).then(|| id.clone())))
    };
    let rename = Callback::from(move |name: String| with(&|benchmark| benchmark.name.clone_from(&name)));
    let remove = props.dispatch.reform(move |_: MouseEvent| Action::Remove(index));
    let chosen = benchmark.model.clone().unwrap_or_default();
    let removal = speech.say(&Message::new(Word::bench_remove).text("name", benchmark.name.as_str()));
    html! {
        <li class="type bench-row">
            <div class="type-head">
                <TextInput class="name" value={benchmark.name.clone()} label={speech.word(Word::bench_name)} on_take={rename} field={format!("name-{index}")} />
                if props.removable {
                    <button class="quiet icon" aria-label={removal.clone()} title={removal} onclick={remove}>{ icon("remove") }</button>
                }
            </div>
            <div class="row three">
                <Choice label={speech.word(Word::ui_model)} options={models(&speech, &chosen)} {chosen} on_choose={choose_model} labelled=true />
                <Choice label={speech.word(Word::bench_load)} options={loads} chosen={kind} on_choose={choose_load} labelled=true />
                <Field id={format!("load-{index}")} label={speech.word(label)} value={amount} min=1.0 max=1000.0 on_edit={set_amount} />
            </div>
            <details>
                <summary>{ speech.word(Word::bench_more) }</summary>
                <div class="row">
                    <Field id={format!("warm-up-{index}")} label={speech.word(Word::bench_warm_up)} value={benchmark.warm_up as f64} min=0.0 max={1e6}
                        on_edit={change(|benchmark, value| Benchmark { warm_up: value as u64, ..benchmark })} />
                    <Field id={format!("max-tokens-{index}")} label={speech.word(Word::bench_max_tokens)} value={benchmark.max_tokens as f64} min=1.0 max={1e6}
                        on_edit={change(|benchmark, value| Benchmark { max_tokens: value as u64, ..benchmark })} />
                    <Field id={format!("timeout-{index}")} label={speech.word(Word::bench_timeout)} value={benchmark.timeout_ms} min=1.0 max={3.6e6}
                        suffix="ms" on_edit={change(|benchmark, timeout_ms| Benchmark { timeout_ms, ..benchmark })} />
                    <Field id={format!("slo-{index}")} label={speech.word(Word::bench_slo)} value={benchmark.slo_ms} min=1.0 max={3.6e6}
                        suffix="ms" on_edit={change(|benchmark, slo_ms| Benchmark { slo_ms, ..benchmark })} />
                </div>
                <OptionalField id={format!("rpm-{index}")} label={speech.word(Word::bench_rpm)} value={benchmark.limits.rpm} min=1.0 max={1e9} first=60.0
                    on_edit={limit(|limits, rpm| Limits { rpm, ..limits })} />
                <OptionalField id={format!("tpm-{index}")} label={speech.word(Word::bench_tpm)} value={benchmark.limits.tpm} min=1.0 max={1e12} first=100_000.0
                    on_edit={limit(|limits, tpm| Limits { tpm, ..limits })} />
            </details>
        </li>
    }
}

/// Whoever's speed is known, and whoever is chosen.
fn models(speech: &Speech, chosen: &str) -> Vec<(String, String)> {
    let known = crate::lab::prices::catalog()
        .models()
        .filter(|model| [SONNET, HAIKU, chosen].contains(&model.id.as_str()))
        .map(|model| (model.id.clone(), model.name.clone()));
    std::iter::once((String::new(), speech.word(Word::bench_mix))).chain(known).collect()
}

/// What is asked, a prompt a line.
#[component]
fn Prompts(props: &Props) -> Html {
    let speech = use_speech();
    let suite = &props.model.suite;
    let text = suite.prompts.iter().map(|prompt| prompt.text.as_str()).collect::<Vec<_>>().join("\n");
    let onchange = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: Event| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                dispatch.emit(Action::Prompts(area.value()));
            }
        })
    };
    let count = Message::new(Word::bench_prompts).number("count", suite.prompts.len() as f64);
    html! {
        <details class="group">
            <summary>{ speech.say(&count) }</summary>
            <div class="fields">
                <label><span class="hint">{ speech.word(Word::bench_prompts_label) }</span>
                    <textarea class="prompts" rows="8" value={text} {onchange} data-field="prompts" /></label>
            </div>
        </details>
    }
}

#[derive(Properties, PartialEq)]
struct ChainProps {
    stages: Vec<StageGroup>,
    dispatch: Callback<Action>,
}

/// The stages around a simulated model: those of a group run side by side, groups one after the other.
#[component]
fn Chain(props: &ChainProps) -> Html {
    let speech = use_speech();
    let on = !props.stages.is_empty();
    let toggle =
        props.dispatch.reform(move |_: MouseEvent| Action::Stages(if on { Vec::new() } else { chatbot_chain() }));
    let edit = |group: usize, stage: usize| {
        let (dispatch, stages) = (props.dispatch.clone(), props.stages.clone());
        Callback::from(move |(mean_ms, _): (f64, bool)| {
            let mut stages = stages.clone();
            stages[group].parallel[stage].latency = stage_latency(mean_ms);
            dispatch.emit(Action::Stages(stages));
        })
    };
    let field = |group: usize, index: usize| {
        let stage = &props.stages[group].parallel[index];
        html! {
            <Field id={format!("stage-{group}-{index}")} label={stage.name.clone()} value={stage.latency.mean()} min=0.0 max=60_000.0
                suffix="ms" on_edit={edit(group, index)} />
        }
    };
    html! {
        <details class="group">
            <summary>{ speech.word(Word::bench_chain) }</summary>
            <div class="fields">
            <label class="toggle">
                <input type="checkbox" checked={on} onclick={toggle} data-toggle="chain" />
                <span class="label">{ speech.word(Word::bench_chain_on) }</span>
            </label>
            if on {
                <ol class="chain">
                    for (group, stages) in props.stages.iter().enumerate() {
                        <li class={classes!(stages.after.then_some("after"))}>
                            for index in 0..stages.parallel.len() {
                                { field(group, index) }
                            }
                        </li>
                    }
                </ol>
                <p class="hint">{ speech.word(Word::bench_chain_hint) }</p>
            }
            </div>
        </details>
    }
}

/// The metrics that count, and how much worse each may become.
#[component]
fn Thresholds(props: &Props) -> Html {
    let speech = use_speech();
    let thresholds = &props.model.thresholds;
    let edit =
        |metric: Metric| props.dispatch.reform(move |(value, _): (Option<f64>, bool)| Action::Threshold(metric, value));
    html! {
        <details class="group">
            <summary>{ speech.say(&Message::new(Word::bench_thresholds).number("count", thresholds.len() as f64)) }</summary>
            <div class="fields thresholds">
                <p class="hint">{ speech.word(Word::bench_thresholds_hint) }</p>
                for metric in Metric::ALL {
                    <OptionalField id={format!("threshold-{}", metric.key())} label={speech.word(metric.word())} value={thresholds.get(&metric).copied()}
                        min=0.0 max=1000.0 first={metric.default_threshold_pct()} suffix="%" on_edit={edit(metric)} />
                }
            </div>
        </details>
    }
}

fn load_of(kind: &str, amount: f64) -> Load {
    match kind {
        "open" => Load::Open { rate_per_s: amount },
        "batch" => Load::Batch { size: amount as u64 },
        _ => Load::Closed { workers: amount as u64 },
    }
}

fn preset_name(preset: SuitePreset) -> Word {
    match preset {
        SuitePreset::Original => Word::bench_suite_original,
        SuitePreset::Verdict => Word::bench_suite_verdict,
        SuitePreset::Mix => Word::bench_suite_mix,
    }
}

fn target_name(target: Target) -> Word {
    match target {
        Target::Simulator => Word::bench_target_simulator,
        Target::Mock => Word::bench_target_mock,
        Target::MockRealTime => Word::bench_target_real,
    }
}
