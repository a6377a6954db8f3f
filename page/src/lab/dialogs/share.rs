use std::rc::Rc;

use rehearsal::words::Word;
use rehearsal::workspace::Workspace;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::forms::{Days, Form};
use crate::channel::{Results, ToFirst};
use crate::commands::Command;
use crate::components::Choice;
use crate::lab::charts::file_name;
use crate::lab::compare::{rows, sides, texts};
use crate::lab::sheet::{self, Sheet};
use crate::period::Period;
use crate::platform::drawing::{self, Drawing};
use crate::platform::page;
use crate::platform::{clipboard, clock, files};
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub workspace: Rc<Workspace>,
    pub period: Period,
    /// What is simulated of it.
    pub results: Option<Rc<Results>>,
    pub on_say: Callback<ToFirst>,
}

/// What is on the screen in the form that someone else needs.
#[component]
pub fn Share(props: &Props) -> Html {
    let speech = use_speech();
    let form = use_state(|| Form::Markdown);
    let copied = use_state(|| None::<bool>);
    let text = {
        let speech = speech.clone();
        let (workspace, period) = (props.workspace.clone(), props.period);
        // Where there is no day there will be none: the scenario has mistakes.
        let none = props.results.as_ref().is_none_or(|results| results.day.is_none());
        let days = props.results.as_deref().and_then(Days::of).or_else(|| none.then(Days::default));
        use_memo((*form, speech.word(Word::ui_share_more), days), move |(form, _, days)| match days {
            // The worker is at it.
            None if form.has_results() => speech.word(Word::ui_simulating),
            days => form.text(&workspace, days.as_ref().unwrap_or(&Days::default()), period, &speech),
        })
    };
    let copy = {
        let (text, copied) = (text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            spawn_local(async move {
                copied.set(Some(clipboard::copy(&text).await));
                clock::sleep(2_000.0).await;
                copied.set(None);
            });
        })
    };
    let save = {
        let (text, form) = (text.clone(), *form);
        Callback::from(move |_: MouseEvent| files::save(form.file(), form.kind(), &text))
    };
    let choose = {
        let form = form.clone();
        Callback::from(move |key: String| form.set(Form::from_key(&key)))
    };
    let link = |command: Command| {
        let on_say = props.on_say.clone();
        Callback::from(move |_: MouseEvent| on_say.emit(ToFirst::Run { command }))
    };
    let said = match *copied {
        None => Word::ui_copy,
        Some(true) => Word::ui_copied,
        Some(false) => Word::ui_copy_failed,
    };
    html! {
        <div class="share">
            <div class="ways">
                { sheet_buttons(&speech, props) }
                for command in [Command::CopyLink, Command::CopyViewLink, Command::SaveFile] {
                    <button onclick={link(command)} data-action={command.key()}>{ speech.word(command.word()) }</button>
                }
            </div>
            <Choice label={speech.word(Word::ui_form)} labelled=true chosen={form.key()} on_choose={choose}
                options={Form::ALL.map(|form| (form.key().to_string(), speech.word(form.word()))).to_vec()} />
            <pre class="code" tabindex="0" data-figure="form">{ (*text).clone() }</pre>
            <div class="ways">
                <button class="primary" onclick={copy} data-action="copy-form"><span role="status">{ speech.word(said) }</span></button>
                <button onclick={save} data-action="save-form">{ speech.word(Word::ui_save_file) }</button>
            </div>
        </div>
    }
}

/// The whole answer as a picture, and on one page.
fn sheet_buttons(speech: &Speech, props: &Props) -> Html {
    let Some(results) = props.results.clone() else { return Html::default() };
    let draw = {
        let (speech, workspace, period) = (speech.clone(), props.workspace.clone(), props.period);
        move || drawn(&speech, &workspace, &results, period)
    };
    let picture = {
        let draw = draw.clone();
        Callback::from(move |_: MouseEvent| {
            let drawing = draw();
            spawn_local(async move {
                let name = file_name("answer", &page::scenario_name(), "png");
                // A browser that cannot draw it has said so in its console.
                drop(drawing::save_png(&drawing, &name).await);
            });
        })
    };
    let print = Callback::from(move |_: MouseEvent| drawing::print(&draw()));
    html! {
        <>
            <button onclick={picture} data-action="picture">{ speech.word(Word::ui_picture) }</button>
            <button onclick={print} data-action="print">{ speech.word(Word::ui_one_page) }</button>
        </>
    }
}

/// The charts that may be on the screen, in the order of the sheet.
const CHARTS: [&str; 5] = ["latency", "hours", "traffic", "load", "cost-hours"];

/// The answer on one sheet: as it is said, side by side with what is pinned, with the charts on the screen.
fn drawn(speech: &Speech, workspace: &Workspace, results: &Results, period: Period) -> Drawing {
    let sides = sides(speech, results, &workspace.scenario, period);
    let preset = workspace.preset.map(|preset| speech.word(preset.words().0));
    let assumed = page::text_of("[data-figure='answer'] .chips");
    sheet::drawn(&Sheet {
        title: workspace.name.clone().or(preset).unwrap_or_else(|| speech.word(Word::ui_title)),
        says: [page::text_of("[data-figure='answer'] p"), assumed]
            .into_iter()
            .filter(|says| !says.is_empty())
            .collect(),
        tables: vec![texts(speech, &sides, &rows(speech, &sides, results.slo_ms, period))],
        charts: CHARTS.iter().filter_map(|chart| drawing::of_chart(chart)).collect(),
    })
}
