//! Keeps the shelf: a person's own files are records of the vault, one a file. Every write is answered,
//! tabs hear of each other, and what cannot be read is set aside and said.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rehearsal::document;
use rehearsal::words::{Message, Word};
use serde_json::{Value, json};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::shelf::{Files, Note, Shelf, ShelfAction};
use crate::platform::tabs::{self, Changed};
use crate::platform::vault::{self, Change, Kind};
use crate::platform::{clock, files, storage};

/// The version of a record, and of the document that was kept before there were records.
const VERSION: u64 = 1;
/// So many starts that did not come to their end while files were read set the newest one aside.
const MOST_UNFINISHED: u32 = 2;

/// A file as it is stored.
#[derive(Clone, Debug, PartialEq)]
struct Record {
    text: String,
    /// When it was stored: the larger, the later.
    at_ms: f64,
}

/// Why a stored text is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unread {
    /// A later release wrote it.
    Newer,
    Damaged,
}

fn write_record(text: &str, at_ms: f64) -> String {
    json!({"version": VERSION, "at": at_ms, "text": text}).to_string()
}

fn read_record(stored: &str) -> Result<Record, Unread> {
    let record = document::parse(stored).map_err(|_| Unread::Damaged)?;
    match record["version"].as_u64() {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(Unread::Newer),
        _ => return Err(Unread::Damaged),
    }
    let text = record["text"].as_str().ok_or(Unread::Damaged)?.to_string();
    Ok(Record { text, at_ms: record["at"].as_f64().unwrap_or(0.0) })
}

/// The files of the document in which all of them were kept before.
fn read_legacy(stored: &str) -> Result<Files, Unread> {
    let kept = document::parse(stored).map_err(|_| Unread::Damaged)?;
    match kept["version"].as_u64() {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(Unread::Newer),
        _ => return Err(Unread::Damaged),
    }
    let text = |(name, text): (&String, &Value)| Some((name.clone(), text.as_str()?.to_string()));
    let files = kept["files"].as_object().ok_or(Unread::Damaged)?;
    Ok(files.iter().filter_map(text).collect())
}

/// What is to be changed so that what is stored becomes what there is now.
fn changes(stored: &Files, now: &Files, at_ms: f64) -> Vec<Change> {
    let put = now.iter().filter(|(name, text)| stored.get(*name) != Some(text));
    let gone = stored.keys().filter(|name| !now.contains_key(*name));
    put.map(|(name, text)| Change::Put(Kind::Fixtures, name.clone(), write_record(text, at_ms)))
        .chain(gone.map(|name| Change::Remove(Kind::Fixtures, name.clone())))
        .collect()
}

/// Changes in the order in which most of them fit: what is removed makes room, and the smallest comes first.
fn smallest_first(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| match change {
        Change::Remove(..) => 0,
        Change::Put(_, _, text) => 1 + text.len(),
    });
    changes
}

/// Writes changes one by one as long as they are taken: one file that does not fit keeps no other out. Gives what
/// was written.
async fn keep_what_fits(changes: Vec<Change>) -> Vec<Change> {
    let mut written = Vec::new();
    // Alone it was refused already.
    if changes.len() > 1 {
        for change in smallest_first(changes) {
            if vault::write(std::slice::from_ref(&change)).await.is_err() {
                break;
            }
            written.push(change);
        }
    }
    written
}

/// What is stored after a change.
fn apply(stored: &mut Files, change: Change, now: &Files) {
    match change {
        Change::Remove(_, name) => {
            stored.remove(&name);
        }
        Change::Put(_, name, _) => {
            if let Some(text) = now.get(&name) {
                stored.insert(name, text.clone());
            }
        }
    }
}

/// What was found in the browser.
#[derive(Default)]
struct Found {
    files: Files,
    notes: Vec<Note>,
    /// What is to be changed there: files of the old document, and what is set aside.
    changes: Vec<Change>,
}

impl Found {
    /// Sorts the stored records; with `without` the newest one is set aside unread.
    fn of(records: Vec<(String, String)>, without: bool) -> Self {
        let mut found = Found::default();
        let mut newest: Option<(String, f64, String)> = None;
        for (name, stored) in records {
            match read_record(&stored) {
                Ok(record) => {
                    if without && newest.as_ref().is_none_or(|(_, at_ms, _)| record.at_ms >= *at_ms) {
                        newest = Some((name.clone(), record.at_ms, record.text.clone()));
                    }
                    found.files.insert(name, record.text);
                }
                Err(unread) => found.unread(&name, stored, unread),
            }
        }
        if let Some((name, _, text)) = newest {
            found.files.remove(&name);
            found.changes.extend([
                Change::Put(Kind::Aside, name.clone(), write_record(&text, 0.0)),
                Change::Remove(Kind::Fixtures, name.clone()),
            ]);
            let what = Message::new(Word::ui_fixture_aside).text("name", &name);
            found.notes.push(Note { save: Some((name, text)), ..Note::new(what, true) });
        }
        found
    }

    fn unread(&mut self, name: &str, stored: String, unread: Unread) {
        self.changes.extend([
            Change::Put(Kind::Aside, name.to_string(), stored.clone()),
            Change::Remove(Kind::Fixtures, name.to_string()),
        ]);
        self.say_unread(name, stored, unread);
    }

    fn say_unread(&mut self, name: &str, stored: String, unread: Unread) {
        let word = match unread {
            Unread::Newer => Word::ui_fixtures_newer,
            Unread::Damaged => Word::ui_fixtures_damaged,
        };
        let save = Some((format!("{name}.kept.txt"), stored));
        self.notes.push(Note { save, ..Note::new(Message::new(word).text("name", name), true) });
    }

    /// Takes over what an earlier release kept in one document; what is there already is newer.
    fn add_legacy(&mut self, stored: String) {
        match read_legacy(&stored) {
            Ok(files) => {
                for (name, text) in files {
                    if !self.files.contains_key(&name) {
                        self.changes.push(Change::Put(Kind::Fixtures, name.clone(), write_record(&text, 0.0)));
                        self.files.insert(name, text);
                    }
                }
            }
            Err(unread) => self.say_unread("fixtures", stored, unread),
        }
    }
}

/// A person's own files from earlier visits.
async fn load() -> (Files, Vec<Note>) {
    let unfinished = storage::get(storage::READING).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let asked = storage::take(storage::WITHOUT_LATER).is_some();
    let without = asked || unfinished >= MOST_UNFINISHED;
    storage::set(storage::READING, &(if without { 0 } else { unfinished + 1 }).to_string());
    let records = vault::read(Kind::Fixtures).await;
    let refused = records.as_ref().err().cloned();
    let mut found = Found::of(records.unwrap_or_default(), without);
    let legacy = storage::get(storage::FIXTURES);
    let readable = legacy.as_deref().is_none_or(|stored| read_legacy(stored).is_ok());
    if let Some(stored) = legacy.clone() {
        if !readable {
            storage::set_aside(storage::BROKEN_FIXTURES, &stored);
        }
        found.add_legacy(stored);
    }
    if let Some(error) = refused {
        let what = Message::new(Word::ui_fixtures_refused).text("error", error);
        found.notes.push(Note::new(what, true));
    } else if !found.changes.is_empty() || legacy.is_some() {
        match vault::write(&found.changes).await {
            // From now on they are records.
            Ok(()) if readable => storage::remove(storage::FIXTURES),
            Ok(()) => {}
            Err(error) => found.notes.push(not_kept(&error)),
        }
    }
    (found.files, found.notes)
}

fn not_kept(error: &str) -> Note {
    Note::new(Message::new(Word::ui_fixtures_not_kept).text("error", error), true)
}

/// The shelf, which is filled when it is needed first, and kept.
#[hook]
pub fn use_shelf(needed: bool) -> UseReducerHandle<Shelf> {
    let shelf = use_reducer(Shelf::default);
    let stored = use_mut_ref(Files::new);
    {
        let (dispatcher, stored) = (shelf.dispatcher(), stored.clone());
        use_effect_with(needed && !shelf.loaded, move |needed| {
            if *needed {
                spawn_local(async move {
                    let action = match files::text("fixtures.json").await {
                        Ok(bundle) => {
                            let (own, notes) = load().await;
                            stored.borrow_mut().clone_from(&own);
                            ShelfAction::Stock { bundle, own, notes }
                        }
                        Err(error) => ShelfAction::Fail(error),
                    };
                    dispatcher.dispatch(action);
                });
            }
        });
    }
    use_effect_with(shelf.loaded, |loaded| {
        if *loaded {
            storage::remove(storage::READING);
        }
    });
    use_keeping(&shelf, &stored);
    use_hearing(&shelf, &stored);
    shelf
}

/// Files that are the same as long as none of them was changed; nothing is compared or copied for it.
#[derive(Clone)]
struct Same(Rc<Files>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Stores what differs from what is stored; one writing at a time, each of them answered.
#[hook]
fn use_keeping(shelf: &UseReducerHandle<Shelf>, stored: &Rc<RefCell<Files>>) {
    let newest = use_mut_ref(|| None::<Files>);
    let busy = use_mut_ref(|| false);
    let (dispatcher, stored) = (shelf.dispatcher(), stored.clone());
    let shelf = (**shelf).clone();
    // What is said about a writing is no change: a note here would be written, refused and said without an end.
    use_effect_with((shelf.loaded, Same(shelf.files.clone())), move |(loaded, _)| {
        if !loaded {
            return;
        }
        *newest.borrow_mut() = Some(shelf.own_files());
        if busy.replace(true) {
            return;
        }
        spawn_local(async move {
            loop {
                let Some(own) = newest.borrow_mut().take() else { break };
                let changes = changes(&stored.borrow(), &own, clock::wall_ms());
                if changes.is_empty() {
                    continue;
                }
                match vault::write(&changes).await {
                    Ok(()) => {
                        *stored.borrow_mut() = own;
                        tabs::tell(Changed::Fixtures);
                        dispatcher.dispatch(ShelfAction::Close(Word::ui_fixtures_not_kept));
                    }
                    // The next change tries again what is not kept.
                    Err(error) => {
                        let written = keep_what_fits(changes).await;
                        let any = !written.is_empty();
                        for change in written {
                            apply(&mut stored.borrow_mut(), change, &own);
                        }
                        if any {
                            tabs::tell(Changed::Fixtures);
                        }
                        dispatcher.dispatch(ShelfAction::Say(not_kept(&error)));
                    }
                }
            }
            busy.replace(false);
        });
    });
}

/// Takes over what another tab stored or removed.
#[hook]
fn use_hearing(shelf: &UseReducerHandle<Shelf>, stored: &Rc<RefCell<Files>>) {
    let (dispatcher, stored) = (shelf.dispatcher(), stored.clone());
    use_effect_with(shelf.loaded, move |loaded| {
        let listener = loaded.then(|| {
            tabs::on(Changed::Fixtures, move || {
                let (dispatcher, stored) = (dispatcher.clone(), stored.clone());
                spawn_local(async move {
                    let Ok(records) = vault::read(Kind::Fixtures).await else { return };
                    let read = |(name, stored): (String, String)| Some((name, read_record(&stored).ok()?.text));
                    let there: BTreeMap<String, String> = records.into_iter().filter_map(read).collect();
                    let known = stored.replace(there.clone());
                    let removed = known.keys().filter(|name| !there.contains_key(*name)).cloned().collect::<Vec<_>>();
                    let put: Files = there.into_iter().filter(|(name, text)| known.get(name) != Some(text)).collect();
                    if !put.is_empty() || !removed.is_empty() {
                        dispatcher.dispatch(ShelfAction::Heard { put, removed });
                    }
                });
            })
        });
        move || {
            let _listening_until_here = listener;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, &str)]) -> Files {
        of.iter().map(|(name, text)| ((*name).to_string(), (*text).to_string())).collect()
    }

    #[test]
    fn only_what_differs_is_written_and_a_record_says_its_version() {
        let found = changes(&files(&[("a", "1"), ("b", "2")]), &files(&[("a", "1"), ("c", "3")]), 7.0);
        let put = Change::Put(Kind::Fixtures, "c".into(), write_record("3", 7.0));
        assert_eq!(found, [put, Change::Remove(Kind::Fixtures, "b".into())]);
        assert_eq!(read_record(&write_record("3", 7.0)), Ok(Record { text: "3".into(), at_ms: 7.0 }));
    }

    #[test]
    fn what_fits_is_kept_first() {
        let now = files(&[("large", "xxxxxxxx"), ("small", "x")]);
        let mut stored = files(&[("old", "1")]);
        let mut order = smallest_first(changes(&stored, &now, 1.0));
        assert!(matches!(&order[2], Change::Put(_, name, _) if name == "large"), "{order:?}");
        order.pop();
        for change in order {
            apply(&mut stored, change, &now);
        }
        // The large one is still to be written.
        assert_eq!(stored, files(&[("small", "x")]));
        assert_eq!(changes(&stored, &now, 2.0).len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_set_aside_and_said() {
        let good = write_record("text", 1.0);
        let newer = r#"{"version":9,"body":"x"}"#.to_string();
        let cut = good[..good.len() - 4].to_string();
        for stored in ["null", "5", "[]", "", "\"x\""] {
            assert_eq!(read_record(stored), Err(Unread::Damaged), "{stored}");
            assert_eq!(read_legacy(stored), Err(Unread::Damaged), "{stored}");
        }
        let found = Found::of(vec![("a".into(), good), ("b".into(), newer.clone()), ("c".into(), cut.clone())], false);
        assert_eq!(found.files, files(&[("a", "text")]));
        let words: Vec<Word> = found.notes.iter().map(|note| note.what.word).collect();
        assert_eq!(words, [Word::ui_fixtures_newer, Word::ui_fixtures_damaged]);
        for (name, stored) in [("b", newer), ("c", cut)] {
            assert!(found.changes.contains(&Change::Put(Kind::Aside, name.into(), stored)), "{name}");
        }
    }

    #[test]
    fn a_start_without_the_last_change_sets_the_newest_file_aside() {
        let records = || vec![("a".into(), write_record("old", 1.0)), ("b".into(), write_record("new", 2.0))];
        assert_eq!(Found::of(records(), false).files.len(), 2);
        let found = Found::of(records(), true);
        assert_eq!(found.files, files(&[("a", "old")]));
        assert_eq!(found.notes[0].save, Some(("b".to_string(), "new".to_string())));
    }

    #[test]
    fn files_of_the_old_document_become_records_and_never_replace_one() {
        let mut found = Found::of(vec![("a".into(), write_record("new", 1.0))], false);
        found.add_legacy(r#"{"version":1,"files":{"a":"old","b":"kept"}}"#.into());
        assert_eq!(found.files, files(&[("a", "new"), ("b", "kept")]));
        assert_eq!(found.changes, [Change::Put(Kind::Fixtures, "b".into(), write_record("kept", 0.0))]);
        found.add_legacy(r#"{"version":2,"files":{}}"#.into());
        assert_eq!(found.notes[0].what.word, Word::ui_fixtures_newer);
    }
}
