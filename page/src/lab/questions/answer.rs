//! An answer as it is read: sentence, picture, tables, how it was computed, and what can be saved of it.

use std::rc::Rc;

use rehearsal::questions::quota::{Lever, QuotaForm};
use rehearsal::questions::{Report, Table, known};
use rehearsal::words::{Arg, Message, Word};
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::asking::Answers;
use super::picture::picture;
use crate::components::{Head, figure, name, use_sort};
use crate::lab::charts::figure_of;
use crate::platform::{clipboard, clock, files};
use crate::speech::{Speech, use_speech};
use crate::view::View;

/// How long it is said that something was copied.
const SAID_MS: f64 = 2_000.0;
/// Rows that a table shows at once.
const ROWS: usize = 12;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub answers: Rc<Answers>,
    pub view: View,
    /// What can be done with it beside what every answer can.
    pub actions: Html,
}

/// An answer: its sentence, a picture, tables, how it was computed.
#[component]
pub fn Answer(props: &Props) -> Html {
    let speech = use_speech();
    let answers = &props.answers;
    let Some(report) = answers.report(props.view) else { return html! {} };
    let markdown = report.markdown(speech.0.as_ref());
    let save = {
        let (markdown, name) = (markdown.clone(), format!("{}.md", props.view.key()));
        Callback::from(move |_: MouseEvent| files::save(&name, "text/markdown", &markdown))
    };
    let save_json = {
        let (answers, view) = (answers.clone(), props.view);
        Callback::from(move |_: MouseEvent| {
            files::save(&format!("{}.json", view.key()), "application/json", &answers.json(view));
        })
    };
    html! {
        <>
            { written(&speech, &report, Some(picture(&speech, answers, props.view))) }
            if props.view == View::Quota {
                if let Some(needs) = answers.quota.models.first() {
                    <MaxTokens key={needs.name.clone()} each={needs.max_tokens.clone()} peak={needs.tpm.peak}
                        throttled={needs.binds.as_ref().map(|binds| binds.throttled_share)} />
                }
                { form(&speech, &QuotaForm::of(&answers.quota.models, speech.0.as_ref())) }
            }
            <div class="controls">
                { props.actions.clone() }
                <Copy word={Word::qv_copy_markdown} text={markdown} name="copy-markdown" />
                <button onclick={save} data-action="save-markdown">{ speech.word(Word::qv_save_markdown) }</button>
                <button onclick={save_json} data-action="save-json">{ speech.word(Word::qv_save_json) }</button>
            </div>
        </>
    }
}

/// A report as it is read; a picture stands between its sentences and its tables.
pub fn written(speech: &Speech, report: &Report, picture: Option<Html>) -> Html {
    html! {
        <div class="reply">
            <p class="said" data-figure="answer">{ speech.say(&report.sentence) }</p>
            for message in report.more.iter() {
                <p>{ speech.say(message) }</p>
            }
            { picture.unwrap_or_default() }
            for table in report.tables.iter().filter(|table| !table.rows.is_empty()) {
                <Figures key={table.title.key()} table={table.clone()} />
            }
            for (title, messages) in report.lists.iter().filter(|(_, messages)| !messages.is_empty()) {
                { list(speech, *title, messages) }
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FiguresProps {
    table: Table,
}

/// A table of an answer: its first rows, and the others on demand, in the order that is chosen of all.
#[component]
fn Figures(FiguresProps { table }: &FiguresProps) -> Html {
    let speech = use_speech();
    let sort = use_sort();
    let mut cells = table.cells(speech.0.as_ref()).into_iter();
    let is_figures = |column: usize| table.rows.iter().any(|row| row.get(column).and_then(figure_of).is_some());
    let heads = cells.next().unwrap_or_default().into_iter().enumerate();
    let heads: Vec<Head> = heads
        .map(|(column, title)| match column {
            0 if !is_figures(0) => Head::name(title),
            _ if is_figures(column) => Head::figure(title),
            _ => Head::plain(title).class("n"),
        })
        .collect();
    let rows: Vec<Vec<String>> = cells.collect();
    let key = |row: &[String], cell: (usize, &Arg)| match cell {
        (0, _) if !is_figures(0) => row.first().and_then(|text| name(text)),
        (_, cell) => figure(figure_of(cell)),
    };
    let keys = table.rows.iter().zip(&rows);
    let keys: Vec<_> = keys.map(|(row, said)| row.iter().enumerate().map(|cell| key(said, cell)).collect()).collect();
    let sorted: Vec<&Vec<String>> = sort.places(&keys).into_iter().filter_map(|place| rows.get(place)).collect();
    let title = speech.word(table.title);
    let body = |rows: &[&Vec<String>]| {
        html! {
            <div class="scroll" tabindex="0" role="group" aria-label={title.clone()}>
                <table class="figures">
                    { sort.heads(&heads) }
                    <tbody>for row in rows.iter() {
                        <tr>for (index, cell) in row.iter().enumerate() {
                            if index == 0 { <th scope="row">{ cell }</th> } else { <td class="n">{ cell }</td> }
                        }</tr>
                    }</tbody>
                </table>
            </div>
        }
    };
    html! {
        <>
            <h4>{ &title }</h4>
            { body(&sorted[..sorted.len().min(ROWS)]) }
            if sorted.len() > ROWS {
                <details>
                    <summary>{ speech.say(&Message::new(Word::qv_all_rows).number("count", sorted.len() as f64)) }</summary>
                    { body(&sorted[ROWS..]) }
                </details>
            }
        </>
    }
}

/// What is to be done is open; how it was computed waits to be asked for.
fn list(speech: &Speech, title: Word, messages: &[Message]) -> Html {
    html! {
        <details open={title != Word::question_how}>
            <summary>{ speech.word(title) }</summary>
            <ul class="lints">for message in messages.iter() { <li>{ speech.say(message) }</li> }</ul>
        </details>
    }
}

/// AWS's request for a quota, to be copied.
fn form(speech: &Speech, form: &QuotaForm) -> Html {
    if form.text.is_empty() {
        return html! {};
    }
    html! {
        <details class="form">
            <summary>{ speech.word(Word::quota_q_form_title) }</summary>
            <textarea class="source" rows="18" readonly=true value={form.text.clone()} aria-label={speech.word(Word::quota_q_form_title)} data-figure="form" />
            <Copy word={Word::qv_copy_form} text={form.text.clone()} name="copy-form" />
        </details>
    }
}

#[derive(Properties, PartialEq)]
struct MaxTokensProps {
    /// What each limit does, the lowest first.
    each: Vec<Lever>,
    /// The busiest minute as it is asked now, and the share that is throttled; `None` where nothing is.
    peak: Option<f64>,
    throttled: Option<f64>,
}

/// A slider for `max_tokens`: what the busiest minute needs with it, and what is throttled.
#[component]
fn MaxTokens(props: &MaxTokensProps) -> Html {
    let speech = use_speech();
    let at = use_state(|| props.each.len());
    let oninput = {
        let at = at.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                at.set(input.value().parse().unwrap_or(usize::MAX));
            }
        })
    };
    let number = |value: Option<f64>| known(value, Arg::Number);
    let share = |value: Option<f64>| known(value, Arg::Percent);
    let (value, said) = match props.each.get(*at) {
        Some(lever) => {
            let said = Message::new(Word::qv_slider_says)
                .text("cap", speech.number(lever.value.parse().unwrap_or(0.0)))
                .with("tpm", number(lever.tpm))
                .with("share", share(lever.throttled_share))
                .with("cut", number(lever.cut.map(|cut| cut as f64)));
            (speech.number(lever.value.parse().unwrap_or(0.0)), said)
        }
        None => {
            let limited = props.each.first().is_some_and(|lever| lever.throttled_share.is_some());
            let throttled = props.throttled.or(limited.then_some(0.0));
            let said =
                Message::new(Word::qv_slider_asked).with("tpm", number(props.peak)).with("share", share(throttled));
            (speech.word(Word::qv_as_asked).to_string(), said)
        }
    };
    let said = speech.say(&said);
    html! {
        <div class="controls" data-panel="max-tokens">
            <label class="labelled">{ speech.word(Word::qv_slider) }
                <input type="range" min="0" max={props.each.len().to_string()} step="1" value={(*at).min(props.each.len()).to_string()} {oninput}
                    aria-valuetext={said.clone()} data-field="question-max-tokens" />
            </label>
            <output>{ value }</output>
            <p data-figure="max-tokens" aria-live="polite">{ said }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct CopyProps {
    word: Word,
    text: String,
    /// Its stable name for tests.
    name: &'static str,
}

/// A button that copies a text, and says whether it did.
#[component]
fn Copy(props: &CopyProps) -> Html {
    let speech = use_speech();
    let copied = use_state(|| None::<bool>);
    let onclick = {
        let (text, copied) = (props.text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            spawn_local(async move {
                copied.set(Some(clipboard::copy(&text).await));
                clock::sleep(SAID_MS).await;
                copied.set(None);
            });
        })
    };
    let said = match *copied {
        None => props.word,
        Some(true) => Word::ui_copied,
        Some(false) => Word::ui_copy_failed,
    };
    html! { <button {onclick} data-action={props.name} aria-live="polite">{ speech.word(said) }</button> }
}
