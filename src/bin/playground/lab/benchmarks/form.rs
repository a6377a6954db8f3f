use std::rc::Rc;

use rehearsal::bench::{Benchmark, Load, SuitePreset};
use rehearsal::scenario::{HAIKU, SONNET};
use rehearsal::words::Word;
use yew::prelude::*;

use super::state::{Action, Model, Target};
use crate::components::{Choice, NumberField};
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
                <NumberField id="measured" label={speech.word(Word::bench_requests)} value={first.map_or(100.0, |b| b.measured as f64)}
                    min=1.0 max={1e6} on_edit={dispatch(|value| Action::Measured(value as u64))} />
                <NumberField id="runs" label={speech.word(Word::bench_col_runs)} value={first.map_or(5.0, |b| b.runs as f64)}
                    min=1.0 max=100.0 on_edit={dispatch(|value| Action::Runs(value as u64))} />
                <NumberField id="bench-seed" label={speech.word(Word::ui_seed)} value={model.suite.seed as f64}
                    min=0.0 max={1e9} on_edit={dispatch(|value| Action::Seed(value as u64))} />
            </div>
            if model.target == Target::Simulator {
                <NumberField id="slower" label={speech.word(Word::bench_slower)} value={model.slower_pct} min={-90.0} max=900.0
                    suffix="%" on_edit={dispatch(Action::Slower)} />
            }
            <ul class="mix">
                for (index, benchmark) in model.suite.benchmarks.iter().enumerate() {
                    { benchmark_form(&speech, index, benchmark, &props.dispatch) }
                }
            </ul>
        </>
    }
}

fn benchmark_form(speech: &Speech, index: usize, benchmark: &Benchmark, dispatch: &Callback<Action>) -> Html {
    let loads =
        [("closed", Word::bench_load_closed), ("open", Word::bench_load_open), ("batch", Word::bench_load_batch)]
            .map(|(key, word)| (key.to_string(), speech.word(word)))
            .to_vec();
    let models = vec![
        (String::new(), speech.word(Word::bench_mix)),
        (SONNET.to_string(), "Claude 3 Sonnet".to_string()),
        (HAIKU.to_string(), "Claude 3 Haiku".to_string()),
    ];
    let (kind, amount, label) = match benchmark.load {
        Load::Closed { workers } => ("closed", workers as f64, Word::bench_workers),
        Load::Open { rate_per_s } => ("open", rate_per_s, Word::bench_rate),
        Load::Batch { size } => ("batch", size as f64, Word::bench_batch),
    };
    let choose_load = {
        let dispatch = dispatch.clone();
        Callback::from(move |key: String| dispatch.emit(Action::Load(index, load_of(&key, amount))))
    };
    let set_amount = {
        let dispatch = dispatch.clone();
        Callback::from(move |(value, _): (f64, bool)| dispatch.emit(Action::Load(index, load_of(kind, value))))
    };
    let choose_model = {
        let dispatch = dispatch.clone();
        Callback::from(move |id: String| dispatch.emit(Action::Model(index, (!id.is_empty()).then_some(id))))
    };
    html! {
        <li class="type bench-row" key={benchmark.name.clone()}>
            <p class="id"><code>{ &benchmark.name }</code></p>
            <div class="row three">
                <Choice label={speech.word(Word::ui_model)} options={models} chosen={benchmark.model.clone().unwrap_or_default()} on_choose={choose_model} labelled=true />
                <Choice label={speech.word(Word::bench_load)} options={loads} chosen={kind} on_choose={choose_load} labelled=true />
                <NumberField id={format!("load-{index}")} label={speech.word(label)} value={amount} min=1.0 max=1000.0 on_edit={set_amount} />
            </div>
        </li>
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
