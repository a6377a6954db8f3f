use std::cell::Cell;
use std::rc::Rc;

use rehearsal::fixture::{Fixture, Kind, Lint, Rule, Starter};
use rehearsal::words::{Arg, Message, Word};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::fixture_import::{Import, import};
use super::player::FixturePlayer;
use super::shelf::{Note, Shelf, ShelfAction};
use crate::components::{Choice, Working, working};
use crate::platform::files::Source;
use crate::platform::{files, page};
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub shelf: Rc<Shelf>,
    pub dispatch: Callback<ShelfAction>,
}

/// The library: search, read, replay, edit with a live lint, import, export.
#[component]
pub fn FixturesView(props: &Props) -> Html {
    let speech = use_speech();
    let shelf = &props.shelf;
    let chosen = use_state(|| None::<Chosen>);
    let query = use_state(String::new);
    let kind = use_state(|| None::<Kind>);
    let taking = use_taking(&props.dispatch);
    let matches = |fixture: &Fixture| {
        let text = query.to_lowercase();
        let prompt = fixture.prompt.as_deref().unwrap_or_default();
        let found = text.is_empty()
            || [fixture.id.as_str(), prompt, &fixture.summary()].iter().any(|part| part.to_lowercase().contains(&text));
        found && kind.is_none_or(|kind| kind == fixture.kind)
    };
    let shown: Vec<&Fixture> = shelf.library.iter().filter(|fixture| matches(fixture)).collect();
    // While a file is edited it stays, though no library may hold it for a moment.
    let fixture = match &*chosen {
        Some(chosen) => shelf.library.get(&chosen.id).or_else(|| shelf.first_of(&chosen.file)),
        None => shown.first().copied(),
    };
    let file = match &*chosen {
        Some(chosen) if shelf.files.contains_key(&chosen.file) => Some(chosen.file.clone()),
        _ => fixture.and_then(|fixture| shelf.file_of(&fixture.id)),
    };
    let search = {
        let query = query.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                query.set(input.value());
            }
        })
    };
    let mut kinds = vec![(String::new(), speech.word(Word::ui_kind_all))];
    kinds.extend(Kind::ALL.map(|kind| (kind.key().to_string(), speech.word(kind_name(kind)))));
    let choose_kind = {
        let kind = kind.clone();
        Callback::from(move |key: String| kind.set(Kind::from_key(&key)))
    };
    let mut starters = vec![(String::new(), speech.word(Word::ui_new_fixture))];
    starters.extend(Starter::ALL.map(|starter| (starter.key().to_string(), speech.word(starter_name(starter)))));
    let add = {
        let (dispatch, chosen, files) = (props.dispatch.clone(), chosen.clone(), shelf.files.clone());
        Callback::from(move |key: String| {
            let Some(starter) = Starter::from_key(&key) else { return };
            let unused = |number: &usize| !files.contains_key(&format!("my_{key}_{number:03}.json"));
            let id = format!("my_{key}_{:03}", (1..).find(unused).unwrap_or(1));
            let name = format!("{id}.json");
            dispatch.emit(ShelfAction::Put { name: name.clone(), text: starter.text(&id) });
            chosen.set(Some(Chosen { id, file: name }));
        })
    };
    let ondrop = {
        let take = taking.take.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            if let Some(list) = event.data_transfer().and_then(|transfer| transfer.files()) {
                take.emit(files::sources(&list));
            }
        })
    };
    let ondragover = Callback::from(|event: DragEvent| event.prevent_default());
    let onopen = {
        let take = taking.take.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                if let Some(list) = input.files() {
                    take.emit(files::sources(&list));
                }
                // The same file can be chosen again.
                input.set_value("");
            }
        })
    };
    let export = {
        let files = shelf.files.clone();
        Callback::from(move |_: MouseEvent| {
            let text = serde_json::to_string_pretty(&*files).unwrap_or_default();
            files::save("fixtures.json", "application/json", &text);
        })
    };
    let count = Message::new(Word::ui_fixture_count)
        .number("shown", shown.len() as f64)
        .number("all", shelf.library.len() as f64);
    html! {
        <div class="panes fixtures" {ondrop} {ondragover}>
            <section class="editor" aria-labelledby="fixtures-title">
                <div class="mix-head"><h2 id="fixtures-title">{ speech.word(Word::ui_view_fixtures) }</h2><p class="sum">{ speech.say(&count) }</p></div>
                <div class="search">
                    <input type="search" value={(*query).clone()} oninput={search} placeholder={speech.word(Word::ui_search)}
                        aria-label={speech.word(Word::ui_search)} data-field="search" />
                    <Choice label={speech.word(Word::ui_kind)} options={kinds} chosen={kind.map_or("", Kind::key)} on_choose={choose_kind} />
                </div>
                <div class="controls">
                    <Choice label={speech.word(Word::ui_new_fixture)} options={starters} chosen="" menu=true on_choose={add} />
                    <label class="button">{ speech.word(Word::ui_import) }<input class="sr" type="file" multiple=true onchange={onopen} data-field="import" /></label>
                    <button onclick={export} data-action="export">{ speech.word(Word::ui_export) }</button>
                </div>
                <p class="hint">{ speech.word(Word::ui_import_hint) }</p>
                { taking.progress(&speech) }
                for note in shelf.notes.iter() {
                    { note_of(&speech, note, &props.dispatch) }
                }
                { broken_files(shelf, &speech.word(Word::ui_unreadable), &chosen) }
                <ul class="library">
                    for entry in shown {
                        <li>
                            <button aria-pressed={(Some(&entry.id) == fixture.map(|f| &f.id)).to_string()} data-fixture={entry.id.clone()}
                                onclick={
                                    let (chosen, shelf, id) = (chosen.clone(), shelf.clone(), entry.id.clone());
                                    Callback::from(move |_: MouseEvent| {
                                        let file = shelf.file_of(&id).unwrap_or_default();
                                        chosen.set(Some(Chosen { id: id.clone(), file }));
                                        page::turn_to(".fixtures .results");
                                    })
                                }>
                                <span class="id">{ &entry.id }</span>
                                <span class={format!("kind {}", entry.kind.key())}>{ speech.word(kind_name(entry.kind)) }</span>
                                <span class="prompt">{ prompt_of(&speech, entry) }</span>
                            </button>
                        </li>
                    }
                </ul>
            </section>
            <div class="results">
                if let Some(fixture) = fixture {
                    <FixturePlayer key={fixture.id.clone()} fixture={fixture.clone()} />
                }
                if let Some(name) = file {
                    <FileEditor key={format!("file {name}")} name={name.clone()} shelf={shelf.clone()} dispatch={props.dispatch.clone()} />
                }
            </div>
        </div>
    }
}

/// The fixture that is looked at, and the file that is edited.
#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    id: String,
    file: String,
}

/// What a fixture is found by.
fn prompt_of(speech: &Speech, fixture: &Fixture) -> String {
    let rules = || {
        let rules = fixture.rules.iter().map(Rule::describe);
        rules.reduce(|before, next| before.and(Word::rule_or, next)).map(|rules| speech.say(&rules))
    };
    fixture.prompt.clone().or_else(rules).unwrap_or_default()
}

/// Files that are being taken in.
struct Taking {
    /// How much is done, 0 to 1, while something is.
    done: UseStateHandle<Option<f64>>,
    take: Callback<Vec<Source>>,
    cancel: Callback<MouseEvent>,
}

/// Takes files in, one drop after the other; a new one gives up the one before.
#[hook]
fn use_taking(dispatch: &Callback<ShelfAction>) -> Taking {
    let done = use_state(|| None::<f64>);
    let cancelled = use_mut_ref(|| Rc::new(Cell::new(false)));
    let take = {
        let (dispatch, done, cancelled) = (dispatch.clone(), done.clone(), cancelled.clone());
        Callback::from(move |sources: Vec<Source>| {
            let mine = Rc::new(Cell::new(false));
            cancelled.replace(mine.clone()).set(true);
            let (dispatch, done) = (dispatch.clone(), done.clone());
            done.set(Some(0.0));
            spawn_local(async move {
                let imported = import(&sources, &mine, |part| done.set(Some(part))).await;
                if !mine.get() {
                    done.set(None);
                }
                if let Some(imported) = imported {
                    let Import { files, left_out, twice } = imported;
                    dispatch.emit(ShelfAction::Import { files, left_out, twice });
                }
            });
        })
    };
    let cancel = {
        let done = done.clone();
        Callback::from(move |_: MouseEvent| {
            cancelled.borrow().set(true);
            done.set(None);
        })
    };
    Taking { done, take, cancel }
}

impl Taking {
    fn progress(&self, speech: &Speech) -> Html {
        let Some(done) = *self.done else { return html! {} };
        let said = Message::new(Word::ui_importing).with("done", Arg::Percent(done));
        let (said, label) = (speech.say(&said), speech.word(Word::ui_import));
        working(speech, &Working { said, label, done, action: Some("cancel-import"), cancel: self.cancel.clone() })
    }
}

/// Lines of a note that are shown.
const MOST_DETAILS: usize = 100;

/// What became of files, with what exactly and the ways out.
fn note_of(speech: &Speech, note: &Note, dispatch: &Callback<ShelfAction>) -> Html {
    let word = note.what.word;
    let close = dispatch.reform(move |_: MouseEvent| ShelfAction::Close(word));
    let ways = note.save.clone().map(|(name, text)| {
        let save = Callback::from(move |_: MouseEvent| files::save(&name, "text/plain", &text));
        html! { <button onclick={save}>{ speech.word(Word::ui_save_kept) }</button> }
    });
    let undo = note.discarded.clone().map(|(name, text)| {
        let dispatch = dispatch.clone();
        let undo = Callback::from(move |_: MouseEvent| {
            dispatch.emit(ShelfAction::Put { name: name.clone(), text: text.clone() });
            dispatch.emit(ShelfAction::Close(word));
        });
        html! { <button onclick={undo} data-action="undo-discard">{ speech.word(Word::ui_undo) }</button> }
    });
    html! {
        <div class={classes!("problems", if note.save.is_some() { "error" } else { "warning" })} role={if note.alarming { "alert" } else { "status" }}
            data-note={note.what.word.key()}>
            <p>{ speech.say(&note.what) }</p>
            <div class="ways">
                { ways.unwrap_or_default() }
                { undo.unwrap_or_default() }
                <button class="quiet" onclick={close}>{ speech.word(Word::ui_close) }</button>
            </div>
            if !note.details.is_empty() {
                <ul class="lints" data-figure="import-details">
                    for detail in note.details.iter().take(MOST_DETAILS) {
                        <li>{ speech.say(detail) }</li>
                    }
                    if note.details.len() > MOST_DETAILS {
                        <li>{ speech.say(&Message::new(Word::ui_and_more).number("count", (note.details.len() - MOST_DETAILS) as f64)) }</li>
                    }
                </ul>
            }
        </div>
    }
}

/// Files that no library can hold, so that they can be reached and mended.
fn broken_files(shelf: &Shelf, title: &str, chosen: &UseStateHandle<Option<Chosen>>) -> Html {
    let hidden = |lint: &&Lint| matches!(lint.rule, "unreadable" | "duplicate-id");
    let mut broken: Vec<&Lint> = shelf.lints.iter().filter(hidden).collect();
    broken.dedup_by_key(|lint| &lint.file);
    if broken.is_empty() {
        return html! {};
    }
    html! {
        <div class="problems error" role="status">
            <p>{ title }</p>
            <ul>
                for lint in broken {
                    <li><button class="quiet small" onclick={
                        let (chosen, file) = (chosen.clone(), lint.file.clone());
                        Callback::from(move |_: MouseEvent| {
                            chosen.set(Some(Chosen { id: String::new(), file: file.clone() }));
                        })
                    }>{ format!("{}:{}", lint.file, lint.line) }</button></li>
                }
            </ul>
        </div>
    }
}

fn starter_name(starter: Starter) -> Word {
    match starter {
        Starter::Answer => Word::ui_starter_answer,
        Starter::ToolUse => Word::ui_starter_tool_use,
        Starter::Rule => Word::ui_starter_rule,
        Starter::Error => Word::ui_starter_error,
        Starter::BrokenStream => Word::ui_starter_broken_stream,
        Starter::Template => Word::ui_starter_template,
    }
}

pub fn kind_name(kind: Kind) -> Word {
    match kind {
        Kind::Edge => Word::ui_kind_edge,
        Kind::Error => Word::ui_kind_error,
        Kind::Japanese => Word::ui_kind_japanese,
        Kind::Recorded => Word::ui_kind_recorded,
        Kind::Golden => Word::ui_kind_golden,
    }
}

#[derive(Properties, PartialEq)]
struct EditorProps {
    name: String,
    shelf: Rc<Shelf>,
    dispatch: Callback<ShelfAction>,
}

/// The file itself, with what is wrong with it as it is typed.
#[component]
fn FileEditor(props: &EditorProps) -> Html {
    let speech = use_speech();
    let text = props.shelf.files.get(&props.name).cloned().unwrap_or_default();
    let own = props.shelf.own.contains(&props.name);
    let oninput = {
        let (dispatch, name) = (props.dispatch.clone(), props.name.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                dispatch.emit(ShelfAction::Put { name: name.clone(), text: area.value() });
            }
        })
    };
    let remove = {
        let (dispatch, name) = (props.dispatch.clone(), props.name.clone());
        Callback::from(move |_: MouseEvent| dispatch.emit(ShelfAction::Remove(name.clone())))
    };
    let save = {
        let (name, text) = (props.name.clone(), text.clone());
        Callback::from(move |_: MouseEvent| files::save(&name, "application/json", &text))
    };
    let lints: Vec<&Lint> = props.shelf.lints.iter().filter(|lint| lint.file == props.name).collect();
    let rows = text.lines().count().clamp(8, 28).to_string();
    html! {
        <section class="card" aria-labelledby="file-title">
            <div class="mix-head">
                <h2 id="file-title"><code>{ &props.name }</code></h2>
                <div class="controls">
                    <button class="small" onclick={save}>{ speech.word(Word::ui_save_file) }</button>
                    if own {
                        <button class="small" onclick={remove}>{ speech.word(Word::ui_discard) }</button>
                    }
                </div>
            </div>
            <textarea class="source" {rows} spellcheck="false" aria-labelledby="file-title" data-field="source" value={text} {oninput} />
            if lints.is_empty() {
                <p class="finding good" role="status" data-figure="lint">{ speech.word(Word::ui_lint_clean) }</p>
            } else {
                <ul class="lints" role="status" data-figure="lint">
                    for lint in lints {
                        <li><code>{ format!("{}", lint.line) }</code>{ " " }<strong>{ speech.say(&lint.message) }</strong>{ " " }{ speech.say(&lint.hint) }</li>
                    }
                </ul>
            }
        </section>
    }
}
