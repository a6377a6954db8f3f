//! What connects the state with the browser: how the page begins, what it keeps, and what comes from
//! outside. Everything that is decided is decided in `state` and in the core's `workspace`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rehearsal::problem::Problem;
use rehearsal::scenario::Preset;
use rehearsal::words::{Message, Word};
use rehearsal::workspace::{self, Collection, LINK_PREFIX, MAX_LINK, MAX_TEXT, Opened, Team, Workspace};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::commands::Command;
use crate::platform::desk::{self, Wish};
use crate::platform::documents::{self, Documents};
use crate::platform::intl::Language;
use crate::platform::simulator::{self, Simulator};
use crate::platform::{clipboard, clock, events, files, link, page, saved, storage};
use crate::state::{Action, Edit, Model, Notice, WayOut};

/// How long work rests before it is kept.
const KEEP_AFTER_MS: f64 = 300.0;

/// The language that was chosen here, or else that of the document.
pub fn language() -> Language {
    Language::from_tag(&storage::get(storage::LANGUAGE).unwrap_or_else(page::language))
}

/// The page as it begins: the link in its address, or else the work that was kept, or else the
/// reference scenario.
pub async fn start() -> Model {
    let kept = storage::draft().is_some() || storage::get(storage::SCENARIOS).is_some();
    let model = match documents::load_if(kept).await {
        Ok(None) => Model::default(),
        Ok(Some(documents)) => restored(documents),
        Err(error) => {
            let mut model = Model::default().after(Action::Note(unread(error)));
            // What is kept is put aside before anything takes its place, as after a link.
            model.followed += 1;
            model
        }
    };
    match followed(&link::fragment()).await {
        Some(action) => model.after(action),
        None => model,
    }
}

/// The work that was kept.
fn restored(documents: Documents) -> Model {
    let stored = saved::all(documents);
    let mut model = Model::default();
    if let Some(text) = storage::draft() {
        model = match documents.draft(&text) {
            Ok(draft) => {
                let saved = stored.as_ref().ok().and_then(|stored| stored.get(draft.name.as_deref()?));
                Model::opened(&draft, saved)
            }
            Err(problems) => {
                if storage::set_aside(storage::BROKEN, &text) {
                    storage::forget_draft();
                }
                model.after(Action::Note(Notice::refused(Word::ui_draft_broken, problems, WayOut::Save(text))))
            }
        };
    }
    if let Err((text, problems)) = stored {
        // Without a copy aside the original stays where it is.
        if storage::set_aside(storage::BROKEN_SCENARIOS, &text) {
            storage::set(storage::SCENARIOS, &documents.of_collection(&documents.salvaged(&text)));
        }
        model = model.after(Action::Note(Notice::refused(Word::ui_scenarios_broken, problems, WayOut::Save(text))));
    }
    model
}

/// The program that reads documents is missing.
pub fn unread(error: String) -> Notice {
    Notice::refused(Message::new(Word::ui_documents_missing).text("error", error), Vec::new(), WayOut::None)
}

/// What the fragment of an address asks for; `None` when it is no link of ours.
async fn followed(fragment: &str) -> Option<Action> {
    let refused = |what: Word, problems| Some(Action::Note(Notice::refused(what, problems, WayOut::None)));
    let Some(packed) = fragment.strip_prefix(LINK_PREFIX) else {
        // A later release's link says so; other fragments are places on the page.
        let later = fragment.strip_prefix("#v").and_then(|rest| rest.split_once('.'));
        return match later.filter(|(version, _)| version.parse::<u32>().is_ok()) {
            Some(_) => refused(Word::ui_link_later, Vec::new()),
            None => None,
        };
    };
    match link::unpack(packed, MAX_TEXT).await {
        Err(link::Refused::Damaged) => refused(Word::ui_link_damaged, Vec::new()),
        Err(link::Refused::TooLarge) => refused(Word::ui_link_too_large, Vec::new()),
        Ok(text) => match documents::load().await.map(|documents| documents.workspace(&text)) {
            Ok(Ok(read)) => Some(heeding(Action::Follow(Rc::new(read)), |documents| documents.ignored(&text))),
            Ok(Err(problems)) => refused(Word::ui_link_refused, problems),
            Err(error) => Some(Action::Note(unread(error))),
        },
    }
}

/// Takes in what was read, and says what of it was ignored.
fn heeding(action: Action, ignored: impl Fn(Documents) -> Vec<Problem>) -> Action {
    let ignored = documents::at_hand().map(ignored).unwrap_or_default();
    if ignored.is_empty() {
        return action;
    }
    let notice = Notice { problems: ignored, ..Notice::of(Word::ui_ignored, WayOut::None) };
    Action::Noted(Box::new(action), notice)
}

/// Keeps the work while it is edited, and at once when the page is left.
#[hook]
pub fn use_autosave(model: &UseReducerHandle<Model>) {
    // What is to be kept, and how many links were followed when the last draft was kept.
    let waiting = use_mut_ref(|| None::<Rc<Model>>);
    let kept_after = use_mut_ref(|| 0);
    let tickets = use_memo((), |()| Cell::new(0_u64));
    let flush = {
        let (waiting, kept_after, dispatcher) = (waiting.clone(), kept_after, model.dispatcher());
        use_callback((), move |(): (), ()| {
            // Nothing is given up while the program that writes it is on its way.
            let Some(documents) = documents::at_hand() else { return };
            let Some(model) = RefCell::take(&waiting) else { return };
            if *kept_after.borrow() != model.followed {
                // The draft in storage is what was there before the link.
                keep_aside(documents);
                kept_after.replace(model.followed);
            }
            let kept = storage::set_draft(&documents.line(&model.workspace()));
            match (kept, model.notices.iter().any(|notice| notice.is(Word::ui_not_kept))) {
                (false, false) => dispatcher.dispatch(Action::Note(not_kept())),
                (true, true) => dispatcher.dispatch(Action::Close(Word::ui_not_kept)),
                _ => {}
            }
        })
    };
    {
        let flush = flush.clone();
        let work = (
            model.touched,
            model.scenario.clone(),
            model.pinned.as_ref().map(|pinned| pinned.scenario.clone()),
            (model.name.clone(), model.revision, model.preset, model.read_only),
            (model.view, model.locks.clone()),
        );
        let now = Rc::new((**model).clone());
        use_effect_with(work, move |(touched, ..)| {
            if *touched {
                waiting.replace(Some(now));
                tickets.set(tickets.get() + 1);
                let ticket = tickets.get();
                spawn_local(async move {
                    clock::sleep(KEEP_AFTER_MS).await;
                    // What cannot be written for want of the program was said when it was missed.
                    drop(documents::load().await);
                    if tickets.get() == ticket {
                        flush.emit(());
                    }
                });
                // What the address says is no longer what is on the screen.
                if link::fragment().starts_with(LINK_PREFIX) {
                    link::set_fragment("");
                }
            }
        });
    }
    use_effect_with((), move |()| {
        let listener = events::on("pagehide", move |_| flush.emit(()));
        move || drop(listener)
    });
}

fn not_kept() -> Notice {
    Notice::refused(Word::ui_not_kept, Vec::new(), WayOut::Export)
}

/// Saves the draft in storage under a name, before another one takes its place.
fn keep_aside(documents: Documents) {
    let Some(text) = storage::draft() else { return };
    let Ok(draft) = documents.draft(&text) else {
        storage::set_aside(storage::BROKEN, &text);
        return;
    };
    let unchanged = draft.preset.is_some_and(|preset| preset.scenario() == draft.scenario);
    if !unchanged {
        let name = draft.name.clone().unwrap_or_else(|| "Draft".to_string());
        let one = Collection { scenarios: [(name, draft)].into() };
        saved::change(|collection| collection.add_all(one));
    }
}

/// Follows links that come while the page is open, and takes in what is pasted.
#[hook]
pub fn use_arrivals(model: &UseReducerHandle<Model>) {
    let dispatcher = model.dispatcher();
    use_effect_with((), move |()| {
        let hash = {
            let dispatcher = dispatcher.clone();
            events::on("hashchange", move |_| {
                let dispatcher = dispatcher.clone();
                spawn_local(async move {
                    if let Some(action) = followed(&link::fragment()).await {
                        dispatcher.dispatch(action);
                    }
                });
            })
        };
        let paste = events::on("paste", move |event| {
            let text = events::pasted(&event).filter(|_| !events::is_typed_in(&event));
            if let Some(text) = text.filter(|text| text.trim_start().starts_with('{') || text.contains(LINK_PREFIX)) {
                event.prevent_default();
                let dispatcher = dispatcher.clone();
                spawn_local(async move { dispatcher.dispatch(take_in(Word::ui_pasted.into(), &text).await) });
            }
        });
        move || drop((hash, paste))
    });
}

/// Takes in a text that was opened, dropped or pasted; `from` says what it was.
pub async fn take_in(from: Message, text: &str) -> Action {
    if let Some(at) = text.find(LINK_PREFIX).filter(|_| !text.trim_start().starts_with('{'))
        && let Some(action) = followed(text[at..].trim()).await
    {
        return action;
    }
    match documents::load().await.map(|documents| documents.opened(text)) {
        Ok(Ok(Opened::Workspace(workspace))) => {
            let open = Action::Open(Rc::new(*workspace), Some(Word::ui_opened_file.into()));
            heeding(open, |documents| documents.ignored(text))
        }
        Ok(Ok(Opened::Collection(other))) => match saved::change(|collection| collection.add_all(other)) {
            Some(count) => Action::Say(Message::new(Word::ui_scenarios_came).number("count", count as f64)),
            None => Action::Note(not_kept()),
        },
        Ok(Err(problems)) => Action::Note(Notice::refused(from, problems, WayOut::None)),
        Err(error) => Action::Note(unread(error)),
    }
}

/// Does what the desk wishes.
#[hook]
pub fn use_desk(model: &UseReducerHandle<Model>, run: Callback<Command>) {
    let dispatcher = model.dispatcher();
    let newest = use_mut_ref(|| run.clone());
    newest.replace(run);
    use_effect_with((), move |()| {
        let listener = desk::on_wish(move |wish| {
            let action = match wish {
                Wish::Run(key) => {
                    Command::from_key(&key).iter().for_each(|command| newest.borrow().emit(*command));
                    return;
                }
                Wish::Preset(key) => Preset::from_key(&key).map(Action::Preset),
                Wish::Open(text) => {
                    documents::at_hand().and_then(|documents| documents.draft(&text).ok()).map(|saved| {
                        let said =
                            Message::new(Word::ui_opened).text("name", saved.name.as_deref().unwrap_or_default());
                        Action::Open(Rc::new(saved), Some(said))
                    })
                }
                Wish::Edit { field, settled, scenario } => {
                    let read = documents::at_hand().and_then(|documents| documents.scenario_draft(&scenario).ok());
                    read.map(|read| Action::Edit {
                        edit: Edit::Whole { scenario: Rc::new(read), field: Rc::from(field) },
                        settled,
                    })
                }
            };
            // The desk sends what it has read itself.
            action.into_iter().for_each(|action| dispatcher.dispatch(action));
        });
        move || drop(listener)
    });
}

/// Reads the team's file, beside the first view and never in its way.
#[hook]
pub fn use_team(model: &UseReducerHandle<Model>) {
    let dispatcher = model.dispatcher();
    use_effect_with((), move |()| {
        spawn_local(async move {
            let refused = |what: Message, problems| Action::Note(Notice::refused(what, problems, WayOut::None));
            match files::foreign_text("team.json", Team::MAX_TEXT).await {
                Ok(None) => {}
                Ok(Some(text)) if says_nothing(&text) => {}
                Ok(Some(text)) => dispatcher.dispatch(match documents::load().await.map(|read| read.team(&text)) {
                    Ok(Ok(team)) => heeding(Action::Team(Rc::new(team)), |documents| documents.ignored_of_team(&text)),
                    Ok(Err(problems)) => refused(Word::ui_team_refused.into(), problems),
                    Err(error) => Action::Note(unread(error)),
                }),
                Err(error) => {
                    dispatcher
                        .dispatch(refused(Message::new(Word::ui_team_unreachable).text("error", error), Vec::new()));
                }
            }
        });
    });
}

/// Whether a team's file is the one that comes with the site.
fn says_nothing(text: &str) -> bool {
    text.split_whitespace().collect::<String>() == "{\"version\":1}"
}

/// Simulates what is pinned, in a worker of its own that starts when it is needed first.
#[hook]
pub fn use_pinned(model: &UseReducerHandle<Model>) {
    let simulator = use_mut_ref(|| None::<Simulator>);
    let dispatcher = model.dispatcher();
    use_effect_with(model.wanted_pinned(), move |wanted| {
        if let Some((number, scenario)) = wanted {
            let mut simulator = simulator.borrow_mut();
            let simulator = simulator
                .get_or_insert_with(|| Simulator::start(move |told| dispatcher.dispatch(Action::ToldPinned(told))));
            simulator.request(*number, scenario, &simulator::everything());
        }
    });
}

/// Runs the commands of shortcuts.
#[hook]
pub fn use_shortcuts(run: Callback<Command>) {
    let newest = use_mut_ref(|| run.clone());
    newest.replace(run);
    use_effect_with((), move |()| {
        let listener = events::on("keydown", move |event| {
            let Some(key) = wasm_bindgen::JsCast::dyn_ref::<web_sys::KeyboardEvent>(&event) else { return };
            let command = Command::of_shortcut(&events::shortcut(key));
            if let Some(command) = command.filter(|command| command.while_typing() || !events::is_typed_in(&event)) {
                event.prevent_default();
                newest.borrow().emit(command);
            }
        });
        move || drop(listener)
    });
}

/// Copies a link to what is on the screen; whether it was copied. A link that programs would cut off
/// is offered as a file instead. `shown` says that the link is to exactly what this page shows.
pub async fn copy_link(workspace: Workspace, shown: bool, dispatch: Callback<Action>) -> bool {
    let Ok(documents) = documents::load().await else { return false };
    let Some(packed) = link::pack(&documents.line(&workspace)).await else { return false };
    let fragment = format!("{}{packed}", workspace::LINK_PREFIX);
    if fragment.len() > MAX_LINK {
        let what = Message::new(Word::ui_link_long).number("size", fragment.len() as f64);
        dispatch.emit(Action::Note(Notice::refused(what, Vec::new(), WayOut::Export)));
        return false;
    }
    // The address shows what the page shows, not what others are to see of it.
    clipboard::copy(&if shown { link::set_fragment(&fragment) } else { link::address(&fragment) }).await
}

/// Saves the work under a name.
pub fn save_as(name: &str, workspace: Workspace) -> Action {
    let saved = saved::change(|collection| {
        let saved = collection.save(name, workspace);
        (saved.name.clone().unwrap_or_default(), saved.revision)
    });
    match saved {
        Some((name, revision)) => Action::Saved { name, revision },
        None => Action::Note(not_kept()),
    }
}

/// Saves the work as a file.
pub fn save_file(workspace: Workspace, dispatch: Callback<Action>) {
    spawn_local(async move {
        match documents::load().await {
            Ok(documents) => write_file(&workspace, &documents.file(&workspace)),
            Err(error) => dispatch.emit(Action::Note(unread(error))),
        }
    });
}

fn write_file(workspace: &Workspace, text: &str) {
    let name: String = workspace
        .name
        .as_deref()
        .or(workspace.preset.map(Preset::key))
        .unwrap_or("scenario")
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    files::save(&format!("{name}.rehearsal.json"), "application/json", text);
}
