use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::scenario::{Preset, QueryType, Unit};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::traffic_editor::TrafficEditor;
use crate::components::{Choice, Icon, NumberField, ProblemList, Slider};
use crate::speech::use_speech;
use crate::state::{Action, Edit, Model};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub model: Rc<Model>,
    pub dispatch: Callback<Action>,
}

/// The scenario as it is edited: preset, traffic, the query mix.
#[component]
pub fn MixEditor(props: &Props) -> Html {
    let speech = use_speech();
    let scenario = &props.model.scenario;
    let edit = |make: Rc<dyn Fn(f64) -> Edit>| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |(value, settled)| dispatch.emit(Action::Edit { edit: make(value), settled }))
    };
    let now = |edit: Edit| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.emit(Action::Edit { edit: edit.clone(), settled: true }))
    };
    let mut presets: Vec<_> = Preset::ALL.iter().map(|p| (p.key().to_string(), speech.word(preset_name(*p)))).collect();
    let preset = props.model.preset();
    if preset.is_none() {
        presets.insert(0, (String::new(), speech.word(Word::ui_preset_own)));
    }
    let choose_preset = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |key: String| {
            if let Some(preset) = Preset::from_key(&key) {
                dispatch.emit(Action::Load(Rc::new(preset.scenario())));
            }
        })
    };
    let sum = scenario.share_sum_pct();
    let off = (sum - 100.0).abs() > 1e-6;
    html! {
        <section class="editor" aria-labelledby="mix-title">
            <Choice label={speech.word(Word::ui_preset)} labelled=true options={presets}
                chosen={preset.map_or("", |p| p.key())} on_choose={choose_preset} />
            <NumberField id="daily_messages" label={speech.word(Word::ui_daily_messages)} value={scenario.daily_messages}
                min={1.0} max={1e9} slider={Slider::Log} slider_max={1e8}
                on_edit={edit(Rc::new(Edit::DailyMessages))} />
            <NumberField id="seed" label={speech.word(Word::ui_seed)} value={scenario.seed as f64} min={0.0} max={1e15}
                on_edit={edit(Rc::new(|seed| Edit::Seed(seed as u64)))} />
            <TrafficEditor scenario={scenario.clone()} dispatch={props.dispatch.clone()} />
            <div class="mix-head">
                <h2 id="mix-title">{ speech.word(Word::ui_mix) }</h2>
                <p class={classes!("sum", off.then_some("off"))} data-figure="share_sum">
                    { speech.say(&Message::new(Word::ui_share_sum).with("sum", rehearsal::words::Arg::Percent(sum / 100.0))) }
                </p>
            </div>
            <ProblemList problems={(*props.model.problems).clone()}>
                if off {
                    <button class="small" data-action="normalise" onclick={now(Edit::Normalise)}>{ speech.word(Word::ui_normalise) }</button>
                }
            </ProblemList>
            <ol class="mix">
                for (index, kind) in scenario.types.iter().enumerate() {
                    <TypeCard key={index} {index} kind={kind.clone()} last={scenario.types.len() == 1} dispatch={props.dispatch.clone()} />
                }
            </ol>
            <button class="add" onclick={now(Edit::AddType { name: "new_type".to_string() })}>
                <Icon name="add" />{ speech.word(Word::ui_add_type) }
            </button>
        </section>
    }
}

pub fn preset_name(preset: Preset) -> Word {
    match preset {
        Preset::Reference => Word::ui_preset_reference,
        Preset::WithGeneration => Word::ui_preset_generation,
    }
}

#[derive(Properties, PartialEq)]
struct CardProps {
    index: usize,
    kind: QueryType,
    /// The only type left, which cannot be removed.
    last: bool,
    dispatch: Callback<Action>,
}

/// One query type of the mix.
#[component]
fn TypeCard(props: &CardProps) -> Html {
    let speech = use_speech();
    let index = props.index;
    let kind = &props.kind;
    let edit = |make: Rc<dyn Fn(f64) -> Edit>| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |(value, settled)| dispatch.emit(Action::Edit { edit: make(value), settled }))
    };
    let rename = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                dispatch.emit(Action::Edit { edit: Edit::Name { index, name: input.value() }, settled: true });
            }
        })
    };
    let remove = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| {
            dispatch.emit(Action::Edit { edit: Edit::RemoveType { index }, settled: true })
        })
    };
    let choose_model = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |model| dispatch.emit(Action::Edit { edit: Edit::Model { index, model }, settled: true }))
    };
    let catalog = Catalog::reference();
    let mut models: Vec<_> = catalog.models().map(|model| (model.id.clone(), model.name.clone())).collect();
    let chosen = kind.model.clone().unwrap_or_default();
    if !models.iter().any(|(id, _)| *id == chosen) {
        models.insert(0, (chosen.clone(), chosen.clone()));
    }
    let name = &kind.name;
    let remove_label = speech.say(&Message::new(Word::ui_remove_type).text("name", name));
    let field = |what: &str| format!("{what}-{index}");
    html! {
        <li class={format!("type c{}", index % 8)}>
            <div class="type-head">
                <input class="name" type="text" value={name.clone()} aria-label={speech.word(Word::ui_type_name)} onchange={rename} />
                <button class="quiet icon" disabled={props.last} onclick={remove} aria-label={remove_label.clone()} title={remove_label}>
                    <Icon name="remove" />
                </button>
            </div>
            <NumberField id={field("share")} label={speech.word(Word::ui_share)} value={kind.share_pct} min={0.0} max={100.0}
                unit={Unit::Percent} suffix="%" slider={Slider::Linear}
                on_edit={edit(Rc::new(move |pct| Edit::Share { index, pct }))} />
            <NumberField id={field("hit")} label={speech.word(Word::ui_hit_rate)} value={kind.cache.hit_rate * 100.0} min={0.0} max={100.0}
                unit={Unit::Percent} suffix="%" slider={Slider::Linear}
                on_edit={edit(Rc::new(move |pct| Edit::HitRate { index, fraction: pct / 100.0 }))} />
            <div class="row">
                <NumberField id={field("input")} label={speech.word(Word::ui_input_tokens)} value={kind.input_tokens.mean()} min={0.0} max={1e6}
                    on_edit={edit(Rc::new(move |tokens| Edit::InputTokens { index, tokens }))} />
                <NumberField id={field("output")} label={speech.word(Word::ui_output_tokens)} value={kind.output_tokens.mean()} min={0.0} max={1e6}
                    on_edit={edit(Rc::new(move |tokens| Edit::OutputTokens { index, tokens }))} />
                <Choice label={speech.word(Word::ui_model)} labelled=true options={models} {chosen} on_choose={choose_model} />
            </div>
        </li>
    }
}
