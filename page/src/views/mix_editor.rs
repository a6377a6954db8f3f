use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::problem::Problem;
use rehearsal::scenario::{Distribution, QueryType, Scenario, Unit};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::channel::ToLater;
use crate::components::{
    ChoiceProps, Field, Slider, TextInput, cached_tokens, choice, icon, problem_list, prompt_tokens,
};
use crate::platform::{host, page};
use crate::speech::{Speech, use_speech};
use crate::state::{Action, Edit, Locks};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub scenario: Rc<Scenario>,
    /// What it was when it was opened.
    pub base: Rc<Scenario>,
    pub problems: Rc<Vec<Problem>>,
    pub locks: Locks,
    pub dispatch: Callback<Action>,
}

/// What of a scenario can be refined: the query mix, and below it what the second program edits.
#[component]
pub fn MixEditor(props: &Props) -> Html {
    let speech = use_speech();
    let scenario = &props.scenario;
    let now = |edit: Edit| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.emit(Action::Edit { edit: edit.clone(), settled: true }))
    };
    let own_models = Rc::new(
        scenario
            .billing
            .prices
            .iter()
            .map(|(id, own)| (id.clone(), own.name.clone().unwrap_or_else(|| id.clone())))
            .collect::<Vec<_>>(),
    );
    let sum = scenario.share_sum_pct();
    let off = (sum - 100.0).abs() > 1e-6;
    let is_locked = |index: usize| scenario.types.get(index).is_some_and(|kind| props.locks.has(&kind.name));
    // Only a share that is not locked moves, and only if another one can give way.
    let most = |index: usize| {
        let others = || (0..scenario.types.len()).filter(|other| *other != index);
        let held = others().filter(|other| is_locked(*other)).map(|other| scenario.types[other].share_pct);
        let can_move = !is_locked(index) && (scenario.types.len() == 1 || others().any(|other| !is_locked(other)));
        can_move.then(|| (100.0 - held.sum::<f64>()).max(0.0))
    };
    html! {
        <section class="editor" aria-labelledby="mix-title">
            <div class="mix-head">
                <h2 id="mix-title">{ speech.word(Word::ui_mix) }</h2>
                <p class={classes!("sum", off.then_some("off"))} data-figure="share_sum">
                    { speech.say(&Message::new(Word::ui_share_sum).with("sum", rehearsal::words::Arg::Percent(sum / 100.0))) }
                </p>
            </div>
            { problem_list(&speech, &props.problems, html! {
                if off {
                    <button class="small" data-action="normalise" onclick={now(Edit::Normalise)}>{ speech.word(Word::ui_normalise) }</button>
                }
            }) }
            <ol class="mix">
                for (index, kind) in scenario.types.iter().enumerate() {
                    <TypeCard key={index} {index} count={scenario.types.len()} kind={kind.clone()}
                        ranges={[("cache.hit_rate", kind.cache.hit_rate), ("input_tokens", kind.input_tokens.mean()), ("output_tokens", kind.output_tokens.mean())]
                            .map(|(field, value)| scenario.range_at(&format!("types[{index}].{field}"), value))}
                        own_models={own_models.clone()} most={most(index)}
                        base={props.base.types.iter().find(|base| base.name == kind.name).cloned()} locked={props.locks.has(&kind.name)} dispatch={props.dispatch.clone()} />
                }
            </ol>
            <button class="add" onclick={now(Edit::AddType { name: "new_type".to_string() })}>
                { icon("add") }{ speech.word(Word::ui_add_type) }
            </button>
            <div class="groups">
                // The second program's fields: what the first view has no room for.
                <div id="details" class="details"></div>
            </div>
        </section>
    }
}

/// Takes a range that is typed for the number at a path; the document counts in `scale` times what
/// the field shows.
fn ranged(
    dispatch: &Callback<Action>,
    path: String,
    make: Rc<dyn Fn(f64) -> Edit>,
    scale: f64,
) -> Callback<(f64, f64)> {
    let dispatch = dispatch.clone();
    Callback::from(move |(low, high): (f64, f64)| {
        let middle = Box::new(make(0.5 * (low + high)));
        let edit = Edit::Range { path: path.clone(), low: low * scale, high: high * scale, middle };
        dispatch.emit(Action::Edit { edit, settled: true });
    })
}

#[derive(Properties, PartialEq)]
struct CardProps {
    index: usize,
    /// How many types there are.
    count: usize,
    kind: QueryType,
    /// The ranges of its hit rate, its input and its output tokens.
    ranges: [Option<(f64, f64)>; 3],
    /// Models whose prices are the scenario's own, with their names.
    own_models: Rc<Vec<(String, String)>>,
    /// What it was when the scenario was opened.
    base: Option<QueryType>,
    /// Its share stays when another one moves.
    locked: bool,
    /// The largest share it can have beside those that are locked; none if it cannot be moved.
    most: Option<f64>,
    dispatch: Callback<Action>,
}

impl CardProps {
    /// Sends an edit of a number, and whether its gesture is over.
    fn edit(&self, make: impl Fn(usize, f64) -> Edit + 'static) -> Callback<(f64, bool)> {
        let (dispatch, index) = (self.dispatch.clone(), self.index);
        Callback::from(move |(value, settled)| dispatch.emit(Action::Edit { edit: make(index, value), settled }))
    }

    fn act(&self, action: Action) -> Callback<MouseEvent> {
        let dispatch = self.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.emit(action.clone()))
    }

    fn now(&self, edit: Edit) -> Callback<MouseEvent> {
        self.act(Action::Edit { edit, settled: true })
    }

    /// Takes a range for one of its fields; the document counts in `scale` times what the field shows.
    fn ranged(&self, field: &str, make: fn(usize, f64) -> Edit, scale: f64) -> Callback<(f64, f64)> {
        let index = self.index;
        let path = format!("types[{index}].{field}");
        ranged(&self.dispatch, path, Rc::new(move |value| make(index, value)), scale)
    }

    /// Why a field has its default, where there is one to go back to.
    fn why(&self, reason: Word, default: fn(&QueryType) -> f64) -> Option<(Word, f64)> {
        self.base.as_ref().map(|base| (reason, default(base)))
    }

    /// Moves the type; the focus follows it.
    fn shift(&self, up: bool) -> impl Fn() + 'static {
        let (dispatch, index) = (self.dispatch.clone(), self.index);
        move || {
            dispatch.emit(Action::Edit { edit: Edit::MoveType { index, up }, settled: true });
            let place = if up { index.saturating_sub(1) } else { index + 1 };
            page::focus_on(format!("[data-type='{place}'] [data-field='type-name']"));
        }
    }
}

/// One query type of the mix.
#[component]
fn TypeCard(props: &CardProps) -> Html {
    let speech = use_speech();
    let index = props.index;
    let (up, down) = (props.shift(true), props.shift(false));
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let key = event.key();
        if event.alt_key() && matches!(key.as_str(), "ArrowUp" | "ArrowDown") {
            event.prevent_default();
            if key == "ArrowUp" { up() } else { down() }
        }
    });
    html! {
        <li class={format!("type c{}", index % 8)} data-type={index.to_string()} {onkeydown}>
            { type_head(&speech, props) }
            { shares(&speech, props) }
            <div class="row">
                { tokens(&speech, props) }
                { model_choice(&speech, props) }
                <button class="small" data-action="pick-model" onclick={Callback::from(move |_: MouseEvent| host::to_later(ToLater::PickModel { index }))}>{ speech.word(Word::pick_open) }</button>
            </div>
        </li>
    }
}

/// Its name, and what can be done with it as a whole.
fn type_head(speech: &Speech, props: &CardProps) -> Html {
    let index = props.index;
    let rename = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |name: String| {
            dispatch.emit(Action::Edit { edit: Edit::Name { index, name }, settled: true })
        })
    };
    let moving = |up: bool| {
        let shift = props.shift(up);
        Callback::from(move |_: MouseEvent| shift())
    };
    let labelled = |word: Word| speech.say(&Message::new(word).text("name", &props.kind.name));
    let button = |name: &'static str,
                  word: Word,
                  disabled: bool,
                  action: &'static str,
                  onclick: Callback<MouseEvent>| {
        html! {
            <button class="quiet icon" {disabled} {onclick} data-action={action} aria-label={labelled(word)} title={labelled(word)}>
                { icon(name) }
            </button>
        }
    };
    html! {
        <div class="type-head">
            <TextInput class="name" value={props.kind.name.clone()} label={speech.word(Word::ui_type_name)} field="type-name" on_take={rename} />
            <button class="quiet icon lock" aria-pressed={props.locked.to_string()} onclick={props.act(Action::Lock { index })} data-action="lock"
                aria-label={labelled(Word::ui_lock)} title={labelled(Word::ui_lock)}>
                { icon(if props.locked { "locked" } else { "unlocked" }) }
            </button>
            { button("up", Word::ui_move_up, index == 0, "up", moving(true)) }
            { button("down", Word::ui_move_down, index + 1 == props.count, "down", moving(false)) }
            { button("copy", Word::ui_duplicate, false, "duplicate", props.now(Edit::DuplicateType { index })) }
            { button("remove", Word::ui_remove_type, props.count == 1, "remove", props.now(Edit::RemoveType { index })) }
        </div>
    }
}

/// Its share of the messages, and what of them the cache answers.
fn shares(speech: &Speech, props: &CardProps) -> Html {
    let (kind, index) = (&props.kind, props.index);
    let hit: fn(usize, f64) -> Edit = |index, pct| Edit::HitRate { index, fraction: pct / 100.0 };
    html! {
        <>
            <Field id={format!("share-{index}")} of={kind.name.clone()} label={speech.word(Word::ui_share)} value={kind.share_pct} min={0.0} max={props.most.unwrap_or(100.0)} slider_max={100.0} disabled={props.most.is_none()}
                unit={Unit::Percent} suffix="%" slider={Slider::Linear}
                why={props.why(Word::why_share, |kind| kind.share_pct)} on_edit={props.edit(|index, pct| Edit::Share { index, pct })} />
            <Field id={format!("hit-{index}")} of={kind.name.clone()} label={speech.word(Word::ui_hit_rate)} value={kind.cache.hit_rate * 100.0} min={0.0} max={100.0}
                unit={Unit::Percent} suffix="%" slider={Slider::Linear}
                why={props.why(Word::why_hit_rate, |kind| kind.cache.hit_rate * 100.0)} range={props.ranges[0].map(|(low, high)| (low * 100.0, high * 100.0))}
                on_range={props.ranged("cache.hit_rate", hit, 0.01)} on_edit={props.edit(hit)} />
        </>
    }
}

/// The tokens of one call of it.
fn tokens(speech: &Speech, props: &CardProps) -> Html {
    let (kind, index) = (&props.kind, props.index);
    let [_, input_range, output_range] = props.ranges;
    // A range is of a plain number; a distribution has its own spread.
    let plain = |tokens: &Distribution| matches!(tokens, Distribution::Constant(_));
    let input: fn(usize, f64) -> Edit = |index, tokens| Edit::PromptTokens { index, tokens };
    let output: fn(usize, f64) -> Edit = |index, tokens| Edit::OutputTokens { index, tokens };
    // A range is of the question's tokens, which are the whole prompt where nothing else is sent.
    let alone = kind.prompt.system_tokens == 0.0;
    html! {
        <>
            <Field id={format!("input-{index}")} of={kind.name.clone()} label={speech.word(Word::ui_prompt_tokens)} value={prompt_tokens(kind)} min={0.0} max={2e6}
                why={props.why(Word::why_prompt_tokens, prompt_tokens)} range={input_range.filter(|_| alone)} on_range={(alone && plain(&kind.input_tokens)).then(|| props.ranged("input_tokens", input, 1.0))}
                on_edit={props.edit(input)} />
            <Field id={format!("cached-{index}")} of={kind.name.clone()} label={speech.word(Word::ui_cached_tokens)} value={cached_tokens(kind)} min={0.0} max={prompt_tokens(kind).max(1.0)}
                why={props.why(Word::why_cached_tokens, cached_tokens)} on_edit={props.edit(|index, tokens| Edit::CachedTokens { index, tokens })} />
            <Field id={format!("output-{index}")} of={kind.name.clone()} label={speech.word(Word::ui_output_tokens)} value={kind.output_tokens.mean()} min={0.0} max={1e6}
                why={props.why(Word::why_tokens, |kind| kind.output_tokens.mean())} range={output_range} on_range={plain(&kind.output_tokens).then(|| props.ranged("output_tokens", output, 1.0))}
                on_edit={props.edit(output)} />
        </>
    }
}

/// The model that answers it: the catalog's that chat, and the scenario's own.
fn model_choice(speech: &Speech, props: &CardProps) -> Html {
    let index = props.index;
    let on_choose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |model| dispatch.emit(Action::Edit { edit: Edit::Model { index, model }, settled: true }))
    };
    let catalog = Catalog::reference();
    let chats = |model: &&rehearsal::catalog::Model| model.mode == rehearsal::catalog::Mode::Chat;
    let mut options: Vec<_> =
        catalog.models().filter(chats).map(|model| (model.id.clone(), model.name.clone())).collect();
    let chosen = props.kind.model.clone().unwrap_or_default();
    for own in props.own_models.iter() {
        if !options.iter().any(|(known, _)| *known == own.0) {
            options.push(own.clone());
        }
    }
    if !options.iter().any(|(id, _)| *id == chosen) {
        options.insert(0, (chosen.clone(), chosen.clone()));
    }
    choice(
        speech,
        &ChoiceProps {
            label: speech.word(Word::ui_model),
            options,
            chosen: chosen.into(),
            on_choose,
            labelled: true,
            menu: false,
            why: Some(Word::why_model),
        },
    )
}
