use std::collections::BTreeSet;
use std::rc::Rc;

use rehearsal::bedrock::Operation;
use rehearsal::catalog::Mode;
use rehearsal::doors::{Host, ids_for, served, sides, taken_as, usual_model_at};
use rehearsal::mock::Fallback;
use rehearsal::words::Word;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::form::{CACHING, Form, changed};
use crate::components::Choice;
use crate::lab::shelf::Shelf;
use crate::speech::use_speech;

#[derive(Properties, PartialEq)]
pub(super) struct ComposerProps {
    pub form: UseStateHandle<Form>,
    pub shelf: Rc<Shelf>,
}

/// The request as it is composed.
#[component]
pub(super) fn Composer(props: &ComposerProps) -> Html {
    let speech = use_speech();
    let form = &props.form;
    let change = |set| changed(form, set);
    let typed = |set: fn(&mut Form, String)| {
        let change = change(set);
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                change.emit(area.value());
            } else if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                change.emit(input.value());
            }
        })
    };
    let operations: Vec<_> = Operation::ALL
        .into_iter()
        .chain(Operation::AT_DOORS)
        .map(|operation| (operation.name().to_string(), operation.name().to_string()))
        .collect();
    let models: Vec<_> = models_for(form.operation).into_iter().map(|id| (id.clone(), id)).collect();
    let fallbacks = [
        (Fallback::Strict, Word::ui_fallback_strict),
        (Fallback::Hash, Word::ui_fallback_hash),
        (Fallback::Random, Word::ui_fallback_random),
        (Fallback::Echo, Word::ui_fallback_echo),
    ]
    .map(|(fallback, word)| (fallback.key().to_string(), speech.word(word)))
    .to_vec();
    let speeds = ["0", "1", "4", "16"]
        .map(|speed| {
            (speed.to_string(), if speed == "0" { speech.word(Word::ui_at_once) } else { format!("{speed}×") })
        })
        .to_vec();
    let prompts: BTreeSet<String> = props.shelf.library.iter().filter_map(|fixture| fixture.prompt.clone()).collect();
    let library_prompt = use_node_ref();
    {
        // A prompt that is typed over is none of the library's any more.
        let select = library_prompt.clone();
        let chosen = prompts.get(&form.prompt).cloned().unwrap_or_default();
        use_effect_with((chosen, prompts.len()), move |(chosen, _)| {
            if let Some(select) = select.cast::<web_sys::HtmlSelectElement>() {
                select.set_value(chosen);
            }
        });
    }
    html! {
        <>
            <Choice label={speech.word(Word::ui_operation)} labelled=true options={operations} chosen={form.operation.name()}
                on_choose={change(|form, name| {
                    form.operation = Operation::from_name(&name).unwrap_or(form.operation);
                    form.model = model_for(form.operation, &form.model);
                })} />
            <Choice label={speech.word(Word::ui_model)} labelled=true options={models} chosen={form.model.clone()} on_choose={change(|form, id| form.model = id)} />
            <label class="stack"><span class="label">{ speech.word(Word::ui_system) }</span>
                <textarea rows="4" value={form.system.clone()} oninput={typed(|form, text| form.system = text)} data-field="system" /></label>
            <label class="stack"><span class="label">{ speech.word(Word::ui_prompt) }</span>
                <textarea rows="3" value={form.prompt.clone()} oninput={typed(|form, text| form.prompt = text)} data-field="prompt" /></label>
            <label class="stack"><span class="label">{ speech.word(Word::ui_prompt_example) }</span>
                <select ref={library_prompt} onchange={
                    let change = change(|form, text| form.prompt = text);
                    Callback::from(move |event: Event| {
                        if let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                            change.emit(select.value());
                        }
                    })
                }>
                    <option value="">{ "–" }</option>
                    for prompt in prompts {
                        <option value={prompt.clone()}>{ prompt.chars().take(60).collect::<String>() }</option>
                    }
                </select></label>
            <div class="row three">
                <label class="stack"><span class="label">{ "max tokens" }</span><input type="text" inputmode="numeric" value={form.max_tokens.clone()} oninput={typed(|form, text| form.max_tokens = text)} data-field="max_tokens" /></label>
                <label class="stack"><span class="label">{ "temperature" }</span><input type="text" inputmode="decimal" value={form.temperature.clone()} oninput={typed(|form, text| form.temperature = text)} /></label>
                <label class="stack"><span class="label">{ "query_type" }</span><input type="text" value={form.query_type.clone()} oninput={typed(|form, text| form.query_type = text)} /></label>
            </div>
            <Choice label={speech.word(Word::ui_fallback)} labelled=true options={fallbacks} chosen={form.fallback.key()}
                on_choose={change(|form, key| form.fallback = Fallback::from_key(&key).unwrap_or(form.fallback))} />
            <Choice label={speech.word(Word::ui_speed)} labelled=true options={speeds} chosen={form.speed.to_string()}
                on_choose={change(|form, text| form.speed = text.parse().unwrap_or(1.0))} />
        </>
    }
}

/// The model as an operation knows it: not every door knows every id, or every model. Where it does not, one that answers
/// without more ado.
pub(super) fn model_for(operation: Operation, model: &str) -> String {
    let models = models_for(operation);
    let known = [
        if operation.is_at_a_door() { model.to_string() } else { taken_as(model) },
        served(operation, model),
        usual_model_at(operation, Some(Host::Mantle)).to_string(),
        CACHING.to_string(),
    ];
    // Tokens are counted of what Converse takes.
    let asked = if operation == Operation::CountTokens { Operation::Converse } else { operation };
    let answers = |id: &String| models.contains(id) && sides(id).iter().any(|side| side.operation == asked);
    known.into_iter().find(answers).or_else(|| models.into_iter().next()).unwrap_or_default()
}

/// The ids that an operation can be asked for: the catalog's, or those that its door serves.
fn models_for(operation: Operation) -> Vec<String> {
    if operation.is_at_a_door() {
        return ids_for(operation);
    }
    let chats = crate::lab::prices::catalog().models().filter(|model| model.mode == Mode::Chat);
    chats.map(|model| model.id.clone()).collect()
}
