use std::rc::Rc;

use rehearsal::catalog::{Mode, PriceKind};
use rehearsal::cost::estimate;
use rehearsal::import::{FirstScenario, OwnCounts, Sample, first_scenario};
use rehearsal::words::{Arg, Message, Word};
use yew::prelude::*;

use super::prices::catalog;
use super::vocabulary::use_vocabulary;
use crate::channel::ToFirst;
use crate::components::{Choice, Dialog, Field, OptionalField};
use crate::platform::host;
use crate::speech::{Speech, use_speech};

/// The model that is chosen before anyone chose.
const MODEL: &str = "global.anthropic.claude-haiku-5-5";

#[derive(Properties, PartialEq)]
pub struct Props {
    pub on_close: Callback<()>,
}

/// From a pasted sample of a chatbot to a first scenario, with every guess named.
#[component]
pub fn OwnChatbot(props: &Props) -> Html {
    let speech = use_speech();
    let sample = use_state_eq(|| Sample {
        system: String::new(),
        question: String::new(),
        answer: String::new(),
        model: MODEL.to_string(),
        daily_messages: 10_000.0,
        turns: 3.0,
        counted: OwnCounts::default(),
    });
    let change = |set: fn(&mut Sample, String)| {
        let sample = sample.clone();
        Callback::from(move |text: String| {
            let mut next = (*sample).clone();
            set(&mut next, text);
            sample.set(next);
        })
    };
    let text = |id: &'static str, word: Word, rows: &'static str, value: &str, set: fn(&mut Sample, String)| {
        let change = change(set);
        let oninput = Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<web_sys::HtmlTextAreaElement>() {
                change.emit(area.value());
            }
        });
        html! {
            <label class="stack">
                <span class="label">{ speech.word(word) }</span>
                <textarea {rows} data-own={id} value={value.to_string()} {oninput} />
            </label>
        }
    };
    let number = |set: fn(&mut Sample, f64)| {
        let sample = sample.clone();
        Callback::from(move |(value, _): (f64, bool)| {
            let mut next = (*sample).clone();
            set(&mut next, value);
            sample.set(next);
        })
    };
    let counted = |id: &'static str, word: Word, value: Option<f64>, set: fn(&mut OwnCounts, Option<f64>)| {
        let sample = sample.clone();
        let on_edit = Callback::from(move |(value, _): (Option<f64>, bool)| {
            let mut next = (*sample).clone();
            set(&mut next.counted, value);
            sample.set(next);
        });
        html! { <OptionalField {id} label={speech.word(word)} {value} min={0.0} max={1e7} first={100.0} {on_edit} /> }
    };
    let begun = !sample.question.trim().is_empty() && !sample.answer.trim().is_empty();
    let family = catalog().get(&sample.model).and_then(|model| model.tokenizer);
    let (vocabulary, missing) = use_vocabulary(family.filter(|_| begun));
    let loaded = vocabulary.as_ref().map(|vocabulary| vocabulary.family());
    let first = use_memo(((*sample).clone(), loaded), |(sample, _)| {
        begun.then(|| first_scenario(sample, catalog(), vocabulary.as_deref()))
    });
    html! {
        <Dialog id="own-chatbot" title={speech.word(Word::own_title)} close={speech.word(Word::own_close)} on_close={props.on_close.clone()}>
            <p class="hint">{ speech.word(Word::own_intro) }</p>
            <div class="own">
                <div class="own-sample">
                    { text("system", Word::own_system_label, "4", &sample.system, |sample, text| sample.system = text) }
                    { text("question", Word::own_question_label, "2", &sample.question, |sample, text| sample.question = text) }
                    { text("answer", Word::own_answer_label, "4", &sample.answer, |sample, text| sample.answer = text) }
                    <Choice label={speech.word(Word::own_model_label)} labelled=true options={models()} chosen={sample.model.clone()}
                        on_choose={change(|sample, model| sample.model = model)} />
                    <Field id="own-daily" label={speech.word(Word::own_daily_label)} value={sample.daily_messages} min={1.0} max={1e9}
                        on_edit={number(|sample, count| sample.daily_messages = count)} />
                    <Field id="own-turns" label={speech.word(Word::own_turns_label)} value={sample.turns} min={1.0} max={100.0}
                        on_edit={number(|sample, count| sample.turns = count)} />
                    <details data-own="counted">
                        <summary>{ speech.word(Word::own_counted) }</summary>
                        <p class="hint">{ speech.word(Word::own_counted_note) }</p>
                        { counted("own-counted-system", Word::own_counted_system, sample.counted.system, |own, count| own.system = count) }
                        { counted("own-counted-question", Word::own_counted_question, sample.counted.question, |own, count| own.question = count) }
                        { counted("own-counted-answer", Word::own_counted_answer, sample.counted.answer, |own, count| own.answer = count) }
                    </details>
                </div>
                <div class="own-result" aria-live="polite">
                    <h3>{ speech.word(Word::own_result) }</h3>
                    if let Some(why) = missing {
                        <p class="problems warning" role="status">{ speech.say(&Message::new(Word::own_vocabulary_missing).text("why", why)) }</p>
                    }
                    if let Some(first) = first.as_ref() {
                        { result(&speech, first, &sample, &props.on_close) }
                    } else {
                        <p class="hint">{ speech.word(Word::own_paste_first) }</p>
                    }
                </div>
            </div>
        </Dialog>
    }
}

/// The scenario's price, its guesses, and the way to take it.
fn result(speech: &Speech, first: &FirstScenario, sample: &Sample, on_close: &Callback<()>) -> Html {
    let catalog = catalog();
    let bill = estimate(&first.scenario, catalog).ok();
    let total = bill.as_ref().and_then(|bill| bill.total_daily_cost_usd);
    let each = bill.as_ref().and_then(|bill| bill.avg_cost_per_message_usd);
    let cost = match total.zip(each) {
        Some((total, each)) => Message::new(Word::own_cost)
            .with("amount", Arg::Usd(total.dollars()))
            .number("count", sample.daily_messages)
            .with("each", Arg::Usd(each)),
        None => Message::new(Word::own_cost_unknown)
            .text("model", catalog.get(&sample.model).map_or(sample.model.clone(), |model| model.name.clone())),
    };
    let adopt = {
        let (scenario, on_close) = (Rc::new(first.scenario.clone()), on_close.clone());
        Callback::from(move |_: MouseEvent| {
            host::to_first(&ToFirst::Adopt { scenario: scenario.clone(), instead_of: None });
            on_close.emit(());
        })
    };
    html! {
        <>
            <p data-figure="own-cost"><strong>{ speech.say(&cost) }</strong></p>
            <button class="primary" data-action="adopt" onclick={adopt}>{ speech.word(Word::own_use) }</button>
            <div class="scroll" tabindex="0" role="group" aria-label={speech.word(Word::own_result)}>
            <table class="figures prose" data-figure="guesses">
                <thead><tr>
                    for word in [Word::own_col_what, Word::own_col_guess, Word::own_col_why] {
                        <th scope="col">{ speech.word(word) }</th>
                    }
                </tr></thead>
                <tbody>
                    for guess in &first.guesses {
                        <tr>
                            <th scope="row">{ speech.word(guess.what) }</th>
                            <td>{ speech.say(&guess.value) }</td>
                            <td class="hint">{ speech.say(&guess.reason) }</td>
                        </tr>
                    }
                </tbody>
            </table>
            </div>
            <p class="hint">{ speech.word(Word::own_note) }</p>
        </>
    }
}

/// The models that chat and have a price, each once: of a model's profiles the global one.
fn models() -> Vec<(String, String)> {
    let chats = |model: &&rehearsal::catalog::Model| {
        model.mode == Mode::Chat
            && !model.retired
            && [PriceKind::Input, PriceKind::Output].iter().all(|kind| model.prices.get(*kind).is_some())
    };
    let named =
        crate::lab::prices::catalog().models().filter(chats).map(|model| (model.name.clone(), model.id.clone()));
    let mut best: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for (name, id) in named {
        let kept = best.entry(name).or_insert_with(|| id.clone());
        if id.starts_with("global.") {
            *kept = id;
        }
    }
    best.into_iter().map(|(name, id)| (id, name)).collect()
}
