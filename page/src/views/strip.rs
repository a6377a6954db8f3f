//! The strip that stays in sight: five fields from which everything follows.

use std::rc::Rc;

use rehearsal::scenario::{QueryType, Scenario, Unit};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::channel::ToLater;
use crate::components::{ChoiceProps, Field, Slider, cached_tokens, choice, models_of, prompt_tokens};
use crate::platform::host;
use crate::speech::{Speech, use_speech};
use crate::state::{Action, Edit};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub scenario: Rc<Scenario>,
    /// The query type that is edited here; all of them together without one.
    pub selected: Option<usize>,
    /// It is shown, and cannot be edited.
    pub read_only: bool,
    pub on_select: Callback<Option<usize>>,
    pub dispatch: Callback<Action>,
}

/// What an answer follows most, of one query type or of all: messages, model, prompt, answer, target.
#[component]
pub fn Strip(props: &Props) -> Html {
    let speech = use_speech();
    let scenario = &props.scenario;
    let edit = |make: fn(f64) -> Edit| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |(value, settled)| dispatch.emit(Action::Edit { edit: make(value), settled }))
    };
    let messages_range = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |(low, high): (f64, f64)| {
            let middle = Box::new(Edit::DailyMessages(0.5 * (low + high)));
            let edit = Edit::Range { path: "daily_messages".to_string(), low, high, middle };
            dispatch.emit(Action::Edit { edit, settled: true });
        })
    };
    html! {
        <div class="strip" role="group" aria-label={speech.word(Word::ui_strip)}>
            if scenario.types.len() > 1 {
                { which_type(&speech, props) }
            }
            if props.read_only {
                { shown("daily_messages", speech.word(Word::ui_daily_messages), speech.number(scenario.daily_messages)) }
            } else {
                <Field id="daily_messages" label={speech.word(Word::ui_daily_messages)} value={scenario.daily_messages}
                    min={1.0} max={1e9} slider={Slider::Log} slider_max={1e8} why={(Word::why_daily, 1e6)}
                    range={scenario.range_at("daily_messages", scenario.daily_messages)} on_range={messages_range}
                    on_edit={edit(Edit::DailyMessages)} />
            }
            { match props.selected.and_then(|index| Some((index, scenario.types.get(index)?))) {
                Some((index, kind)) if !props.read_only => of_type(&speech, props, index, kind),
                chosen => averaged(&speech, scenario, chosen.map(|(_, kind)| kind)),
            } }
            if props.read_only {
                { shown("slo", speech.word(Word::ui_slo), speech.ms(Some(scenario.slo_ms))) }
            } else {
                <Field id="slo" label={speech.word(Word::ui_slo)} value={scenario.slo_ms} min={1.0} max={3_600_000.0}
                    unit={Unit::Milliseconds} suffix="ms" why={(Word::why_slo, 3_000.0)} on_edit={edit(Edit::SloMs)} />
            }
        </div>
    }
}

/// Which query type the strip is about.
fn which_type(speech: &Speech, props: &Props) -> Html {
    let all = Message::new(Word::ui_all_types).number("count", props.scenario.types.len() as f64);
    let names = props.scenario.types.iter().enumerate().map(|(index, kind)| (index.to_string(), kind.name.clone()));
    let options = std::iter::once((String::new(), speech.say(&all))).chain(names).collect();
    let on_choose = props.on_select.reform(|key: String| key.parse().ok());
    let chosen = props.selected.map(|index| index.to_string()).unwrap_or_default().into();
    choice(
        speech,
        &ChoiceProps {
            label: speech.word(Word::ui_type),
            options,
            chosen,
            on_choose,
            labelled: true,
            menu: false,
            why: None,
        },
    )
}

/// The model and the tokens of one type.
fn of_type(speech: &Speech, props: &Props, index: usize, kind: &QueryType) -> Html {
    let edit = |make: fn(usize, f64) -> Edit| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |(value, settled)| dispatch.emit(Action::Edit { edit: make(index, value), settled }))
    };
    let prompt = prompt_tokens(kind);
    let pick = Callback::from(move |_: MouseEvent| host::to_later(ToLater::PickModel { index }));
    html! {
        <>
            <div class="choice"><span class="label" id="strip-model">{ speech.word(Word::ui_model) }</span>
                <button data-action="strip-model" aria-describedby="strip-model" onclick={pick}>{ models_of(&props.scenario, Some(kind)) }</button></div>
            <Field id="strip-prompt" label={speech.word(Word::ui_prompt_tokens)} value={prompt} max={2e6}
                on_edit={edit(|index, tokens| Edit::PromptTokens { index, tokens })} />
            <Field id="strip-cached" label={speech.word(Word::ui_cached_tokens)} value={cached_tokens(kind)} max={prompt.max(1.0)}
                on_edit={edit(|index, tokens| Edit::CachedTokens { index, tokens })} />
            <Field id="strip-output" label={speech.word(Word::ui_output_tokens)} value={kind.output_tokens.mean()} max={1e6}
                on_edit={edit(|index, tokens| Edit::OutputTokens { index, tokens })} />
        </>
    }
}

/// A value that cannot be typed here.
fn shown(id: &'static str, label: String, value: String) -> Html {
    html! { <div class="shown" data-shown={id}><span class="label">{ label }</span><b>{ value }</b></div> }
}

/// The models and the tokens of one type, or of a message of all of them on average.
fn averaged(speech: &Speech, scenario: &Scenario, only: Option<&QueryType>) -> Html {
    let kinds = || scenario.types.iter().filter(|one| only.is_none_or(|kind| *one == kind));
    let sum: f64 = kinds().map(|kind| kind.share_pct).sum();
    let mean = |of: fn(&QueryType) -> f64| match only {
        Some(kind) => Some(of(kind)),
        None => {
            let weighted: f64 = kinds().map(|kind| kind.share_pct * of(kind)).sum();
            (sum > 0.0).then(|| libm::round(weighted / sum))
        }
    };
    let tokens = |id: &'static str, word: Word, of: fn(&QueryType) -> f64| {
        shown(id, speech.word(word), mean(of).map_or_else(|| "–".to_string(), |value| speech.number(value)))
    };
    let [prompt, output] = match only {
        Some(_) => [Word::ui_prompt_tokens, Word::ui_output_tokens],
        None => [Word::ui_mean_prompt, Word::ui_mean_output],
    };
    html! {
        <>
            { shown("model", speech.word(Word::ui_model), models_of(scenario, only)) }
            { tokens("prompt", prompt, prompt_tokens) }
            { tokens("cached", Word::ui_cached_tokens, cached_tokens) }
            { tokens("output", output, |kind| kind.output_tokens.mean()) }
        </>
    }
}
