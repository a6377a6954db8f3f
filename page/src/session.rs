//! What connects the state with the browser: how the page begins, what it keeps, and what comes from
//! outside. Everything that is decided is decided in `state` and in the core's `workspace`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rehearsal::problem::Problem;
use rehearsal::scenario::Preset;
use rehearsal::sim::Asked;
use rehearsal::words::{Message, Word};
use rehearsal::workspace::{self, Collection, LINK_PREFIX, MAX_LINK, MAX_TEXT, Opened, Team, Workspace};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::channel::ToFirst;
use crate::commands::Command;
use crate::platform::documents::{self, Documents};
use crate::platform::intl::Language;
use crate::platform::simulator::{self, Simulator};
use crate::platform::storage::Kept;
use crate::platform::{clipboard, clock, events, files, host, link, page, saved, storage};
use crate::state::{Action, Edit, Model, Notice, WayOut};

/// How long work rests before it is kept.
const KEEP_AFTER_MS: f64 = 300.0;

/// Frames in which a place is looked for in a view that was just opened.
const GO_TO_FRAMES: usize = 120;

/// The language that was chosen here, or else that of the document.
pub fn language() -> Language {
    let stored = storage::get(storage::LANGUAGE);
    let known = Language::ALL.into_iter().find(|language| Some(language.tag()) == stored.as_deref());
    known.unwrap_or_else(|| Language::from_tag(&page::language()))
}

/// The page as it begins: the link in its address, or else the work that was kept, or else the
/// reference scenario.
pub async fn start() -> Model {
    let without = storage::take(storage::WITHOUT_FIRST).is_some();
    let aside = if without { put_draft_aside() } else { None };
    let kept = storage::draft().is_some() || storage::get(storage::SCENARIOS).is_some();
    let mut model = match documents::load_if(kept).await {
        Ok(None) => Model::default(),
        Ok(Some(documents)) => restored(documents),
        Err(error) => {
            let mut model = Model::default().after(Action::Note(unread(error)));
            // What is kept is put aside before anything takes its place, as after a link.
            model.followed += 1;
            model
        }
    };
    if without {
        let way_out = aside.map_or(WayOut::None, WayOut::Save);
        model = model.after(Action::Note(Notice::of(Word::ui_started_without, way_out)));
    }
    if !storage::works() {
        model = model.after(Action::Note(Notice::of(Word::ui_storage_refused, WayOut::None)));
    }
    match followed(&link::fragment()).await {
        Some(action) => model.after(action),
        None => model,
    }
}

/// Puts the draft aside, to start without it; a copy that cannot be kept is left where it is.
fn put_draft_aside() -> Option<String> {
    let text = storage::draft().filter(|text| storage::set_aside(storage::BROKEN, text))?;
    storage::forget_draft();
    Some(text)
}

/// The work that was kept.
fn restored(documents: Documents) -> Model {
    let stored = saved::all(documents);
    let mut model = Model::default();
    if let Some(text) = storage::draft() {
        model = match read_draft(documents, &text) {
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

/// A draft, mistakes included; one of a later release would lose what this one does not know.
fn read_draft(documents: Documents, text: &str) -> Result<Workspace, Vec<Problem>> {
    let draft = documents.draft(text)?;
    let newer = |problem: &Problem| problem.what.word == Word::scenario_version;
    let found: Vec<Problem> = draft.scenario.problems().into_iter().filter(newer).collect();
    if found.is_empty() { Ok(draft) } else { Err(found) }
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
    let waiting = use_mut_ref(|| None::<Rc<Model>>);
    let drafts = use_mut_ref(|| Drafts { known: storage::draft(), followed: 0 });
    let tickets = use_memo((), |()| Cell::new(0_u64));
    let flush = {
        let (waiting, dispatcher) = (waiting.clone(), model.dispatcher());
        use_callback((), move |(): (), ()| {
            // Nothing is given up while the program that writes it is on its way.
            let Some(documents) = documents::at_hand() else { return };
            let Some(model) = RefCell::take(&waiting) else { return };
            let text = documents.line(&model.workspace());
            let outcome = drafts.borrow_mut().keep(documents, text, model.followed);
            let said = |word: Word| model.notices.iter().any(|notice| notice.is(word));
            for word in [Word::ui_not_kept, Word::ui_kept_in_tab, Word::ui_older_not_kept] {
                if outcome.as_ref().is_none_or(|notice| !notice.is(word)) && said(word) {
                    dispatcher.dispatch(Action::Close(word));
                }
            }
            if let Some(notice) = outcome.filter(|notice| !said(notice.what.word)) {
                dispatcher.dispatch(Action::Note(notice));
            }
        })
    };
    {
        let flush = flush.clone();
        let work = (
            model.touched,
            model.scenario.clone(),
            model.kept_pinned(),
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

/// What this tab knows of the draft that all tabs share.
struct Drafts {
    /// The draft that it read or wrote last: another one in its place is another's work.
    known: Option<String>,
    /// How many links were followed when the last draft was kept.
    followed: u64,
}

impl Drafts {
    /// Keeps a draft, after what it takes the place of was saved under a name; what has to be said of it.
    fn keep(&mut self, documents: Documents, text: String, followed: u64) -> Option<Notice> {
        // Before a link was followed there was a draft of this tab.
        let own = storage::draft().filter(|_| followed != self.followed);
        let there = storage::get(storage::DRAFT);
        let other = there.filter(|there| Some(there) != self.known.as_ref() && Some(there) != own.as_ref());
        let own_lost = own.filter(|own| *own != text && !keep_aside(documents, own, Aside::BeforeLink));
        let other_lost = other.filter(|other| *other != text && !keep_aside(documents, other, Aside::OtherTab));
        let lost = own_lost.or(other_lost);
        let kept = storage::set_draft(&text, lost.is_none());
        if let Some(older) = lost {
            return Some(Notice::refused(Word::ui_older_not_kept, Vec::new(), WayOut::Save(older)));
        }
        match kept {
            Kept::Here => {
                (self.known, self.followed) = (Some(text), followed);
                None
            }
            Kept::InTab => Some(Notice::refused(Word::ui_kept_in_tab, Vec::new(), WayOut::Export)),
            Kept::Nowhere => Some(not_kept()),
        }
    }
}

/// Whose work is saved under a name before a draft takes its place.
#[derive(Clone, Copy, PartialEq)]
enum Aside {
    BeforeLink,
    /// Another tab's: what it kept before is replaced, so that there is one of them.
    OtherTab,
}

/// Saves a draft under a name; false when the browser did not keep it.
fn keep_aside(documents: Documents, text: &str, whose: Aside) -> bool {
    let Ok(draft) = read_draft(documents, text) else { return storage::set_aside(storage::BROKEN, text) };
    let unchanged = draft.preset.is_some_and(|preset| preset.scenario() == draft.scenario);
    if unchanged {
        return true;
    }
    let name = draft.name.clone().unwrap_or_else(|| "Draft".to_string());
    let kept = saved::change(|collection| match whose {
        Aside::BeforeLink => drop(collection.add_all(Collection { scenarios: [(name, draft)].into() })),
        // Saved under its own name already, it needs no second copy.
        Aside::OtherTab if collection.get(&name).is_some_and(|saved| saved.scenario == draft.scenario) => {}
        Aside::OtherTab => {
            let name = format!("{name} (2)");
            let revision = collection.get(&name).map_or(0, |saved| saved.revision);
            collection.save(&name, Workspace { name: Some(name.clone()), revision, ..draft });
        }
    });
    kept.is_some()
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

/// Does what the later program says.
#[hook]
pub fn use_later(model: &UseReducerHandle<Model>, run: Callback<Command>) {
    let dispatcher = model.dispatcher();
    let newest = use_mut_ref(|| run.clone());
    newest.replace(run);
    use_effect_with((), move |()| {
        host::on_first(move |message| {
            let action = match message {
                ToFirst::Ready {} => return,
                ToFirst::Run { command } => return newest.borrow().emit(command),
                ToFirst::Document { name, text } => {
                    let dispatcher = dispatcher.clone();
                    let from = Message::new(Word::ui_file_refused).text("name", name);
                    return spawn_local(async move { dispatcher.dispatch(take_in(from, &text).await) });
                }
                ToFirst::GoTo { view, selector } => {
                    go_to(selector);
                    Action::Show(view)
                }
                ToFirst::NameColumn { index, name } => Action::NamePinned { index, name },
                ToFirst::RemoveColumn { index } => Action::RemovePinned { index },
                ToFirst::EditColumn { index } => Action::EditPinned { index },
                ToFirst::Adopt { scenario, instead_of } => Action::Adopt { scenario, instead_of },
                ToFirst::Preset { preset } => Action::Preset(preset),
                ToFirst::Open { workspace } => {
                    let name = workspace.name.as_deref().unwrap_or_default();
                    let said = Message::new(Word::ui_opened).text("name", name);
                    Action::Open(workspace, Some(said))
                }
                ToFirst::Edit { field, settled, scenario } => {
                    Action::Edit { edit: Edit::Whole { scenario, field: Rc::from(field) }, settled }
                }
            };
            dispatcher.dispatch(action);
        });
    });
}

/// Goes to a place of a view that is just being shown.
pub fn go_to(selector: String) {
    spawn_local(async move {
        // A view is drawn before there is a place in it; one that it has not is not waited for.
        for _ in 0..GO_TO_FRAMES {
            clock::drawn().await;
            if page::go_to(&selector) {
                break;
            }
        }
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

/// Simulates the ends of what is assumed, once the day itself is there.
#[hook]
pub fn use_bounds(model: &UseReducerHandle<Model>) {
    let simulator = use_mut_ref(|| None::<Simulator>);
    let (dispatcher, now) = (model.dispatcher(), Rc::new((**model).clone()));
    use_effect_with(model.wanted_end(), move |wanted| {
        if let Some((number, end)) = wanted.and_then(|number| Some((number, now.end_of(number)?))) {
            let mut simulator = simulator.borrow_mut();
            let simulator = simulator
                .get_or_insert_with(|| Simulator::start(move |told| dispatcher.dispatch(Action::ToldEnd(told))));
            simulator.request(number, &end, &[Asked::Day]);
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
fn save_as(name: &str, workspace: Workspace) -> Action {
    let saved = saved::change(|collection| {
        let saved = collection.save(name, workspace);
        (saved.name.clone().unwrap_or_default(), saved.revision)
    });
    match saved {
        Some((name, revision)) => Action::Saved { name, revision },
        None => Action::Note(not_kept()),
    }
}

/// Saves the work under a name; what reads and writes the saved ones may have to be loaded first.
pub fn save(name: String, workspace: Workspace, dispatch: Callback<Action>) {
    spawn_local(async move {
        dispatch.emit(match documents::load().await {
            Ok(_) => save_as(&name, workspace),
            Err(error) => Action::Note(unread(error)),
        });
    });
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
