//! The fixture files of the page as a pure reducer: the product's own, and what a person added. What of
//! it is stored, and when, is the business of `shelf_store`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rehearsal::fixture::{Fixture, Library, Lint, lint, read_file};
use rehearsal::words::{Message, Word};
use serde_json::Value;
use yew::Reducible;

/// Files by name.
pub type Files = BTreeMap<String, String>;

/// The fixture files of the page: those of the product, and what a person added or changed.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    pub loaded: bool,
    pub error: Option<String>,
    pub files: Rc<Files>,
    /// The names of those that are a person's own.
    pub own: Rc<BTreeSet<String>>,
    /// The library of all files that can be read.
    pub library: Rc<Library>,
    /// What is wrong with any file.
    pub lints: Rc<Vec<Lint>>,
    /// What has to be said about files that were taken in or could not be kept.
    pub notes: Rc<Vec<Note>>,
    /// The file of each fixture.
    file_of: Rc<BTreeMap<String, String>>,
    /// The product's own files, to go back to.
    stock: Rc<Files>,
}

/// Something that is said until it is put away.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub what: Message,
    /// One line each: what exactly was left out, renamed or set aside.
    pub details: Vec<Message>,
    pub alarming: bool,
    /// A text that could not be read or kept, to be saved as a file of this name.
    pub save: Option<(String, String)>,
    /// A file that was discarded, by its name and text, to be brought back.
    pub discarded: Option<(String, String)>,
}

impl Note {
    pub fn new(what: impl Into<Message>, alarming: bool) -> Self {
        Note { what: what.into(), details: Vec::new(), alarming, save: None, discarded: None }
    }
}

impl PartialEq for Shelf {
    /// A change of the files is a new map; everything else follows from them.
    fn eq(&self, other: &Self) -> bool {
        self.loaded == other.loaded
            && self.error == other.error
            && Rc::ptr_eq(&self.files, &other.files)
            && Rc::ptr_eq(&self.notes, &other.notes)
    }
}

pub enum ShelfAction {
    /// The product's own files have come, as a bundle, and with them those of a person's own.
    Stock {
        bundle: String,
        own: Files,
        notes: Vec<Note>,
    },
    Fail(String),
    /// Adds or changes a file.
    Put {
        name: String,
        text: String,
    },
    /// Files from outside: none takes the place of another one of a person's own.
    Import {
        files: Vec<(String, String)>,
        left_out: Vec<Message>,
        twice: Vec<Message>,
    },
    /// Another tab stored or removed files of a person's own.
    Heard {
        put: Files,
        removed: Vec<String>,
    },
    /// Removes a file of a person's own; one of the product's is as it was then.
    Remove(String),
    Say(Note),
    /// Puts a note away.
    Close(Word),
}

impl Shelf {
    fn begin(&mut self, bundle: &str, own: Files) {
        match serde_json::from_str::<Files>(bundle) {
            Ok(files) => {
                self.stock = Rc::new(files.clone());
                self.own = Rc::new(own.keys().cloned().collect());
                self.files = Rc::new(files.into_iter().chain(own).collect());
                self.loaded = true;
                self.read();
            }
            Err(error) => self.error = Some(error.to_string()),
        }
    }

    /// The files of a person's own, with their texts.
    pub fn own_files(&self) -> Files {
        self.own.iter().filter_map(|name| Some((name.clone(), self.files.get(name)?.clone()))).collect()
    }

    /// Reads all files anew. One that cannot be read is left out, and the lint says why; of two fixtures
    /// with one id a person's own counts.
    fn read(&mut self) {
        let texts = || self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        self.lints = Rc::new(lint(texts(), crate::lab::prices::catalog()));
        let mut fixtures: BTreeMap<String, (bool, String, Fixture)> = BTreeMap::new();
        for (name, text) in texts() {
            let own = self.own.contains(name);
            for fixture in read_file(name, text).unwrap_or_default() {
                if fixtures.get(&fixture.id).is_none_or(|(known, ..)| own && !known) {
                    fixtures.insert(fixture.id.clone(), (own, name.to_string(), fixture));
                }
            }
        }
        self.file_of = Rc::new(fixtures.iter().map(|(id, (_, file, _))| (id.clone(), file.clone())).collect());
        if let Ok(library) = Library::new(fixtures.into_values().map(|(.., fixture)| fixture)) {
            self.library = Rc::new(library);
        }
    }

    /// The first fixture of a file that the library holds.
    pub fn first_of(&self, file: &str) -> Option<&Fixture> {
        let text = self.files.get(file)?;
        let first = read_file(file, text).ok()?.into_iter().next()?;
        self.library.get(&first.id)
    }

    /// The file a fixture stands in.
    pub fn file_of(&self, id: &str) -> Option<String> {
        self.file_of.get(id).cloned()
    }

    fn put(&mut self, files: impl IntoIterator<Item = (String, String)>) {
        for (name, text) in files {
            Rc::make_mut(&mut self.own).insert(name.clone());
            Rc::make_mut(&mut self.files).insert(name, text);
        }
    }

    fn remove(&mut self, name: &str) {
        let files = Rc::make_mut(&mut self.files);
        match self.stock.get(name) {
            Some(text) => files.insert(name.to_string(), text.clone()),
            None => files.remove(name),
        };
        Rc::make_mut(&mut self.own).remove(name);
    }

    /// Takes files in: what is there already is left alone, and what would take the place of another
    /// file of a person's own gets a name and an id beside it.
    fn import(&mut self, incoming: Vec<(String, String)>, left_out: Vec<Message>, twice: Vec<Message>) {
        let (mut taken, mut details) = (0_usize, Vec::new());
        let mut next: BTreeMap<String, usize> = BTreeMap::new();
        let skipped = left_out.len();
        for (name, text) in incoming {
            let known = self.files.get(&name).filter(|_| self.own.contains(&name));
            if known == Some(&text) {
                details.push(Message::new(Word::ui_imported_same).text("name", name));
                continue;
            }
            taken += 1;
            if known.is_none() {
                self.put([(name, text)]);
                continue;
            }
            let (stem, ending) = name.rsplit_once('.').unwrap_or((name.as_str(), "json"));
            let number = next.entry(stem.to_string()).or_insert(2);
            while self.files.contains_key(&format!("{stem}_{number}.{ending}")) {
                *number += 1;
            }
            let free = format!("{stem}_{number}.{ending}");
            details.push(Message::new(Word::ui_imported_as).text("name", &name).text("other", &free));
            let text = with_other_id(&text, *number);
            self.put([(free, text)]);
        }
        let what = Message::new(Word::ui_imported).number("count", taken as f64).number("skipped", skipped as f64);
        details.extend(left_out.into_iter().chain(twice));
        self.say(Note { details, ..Note::new(what, skipped > 0) });
    }

    /// Says it once, the newest last.
    fn say(&mut self, note: Note) {
        let notes = Rc::make_mut(&mut self.notes);
        notes.retain(|known| known.what.word != note.what.word);
        notes.push(note);
    }
}

/// The text with a number behind the id of its fixture, so that both can be found; as it is where it has
/// no id of its own.
fn with_other_id(text: &str, number: usize) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(text) else { return text.to_string() };
    match document.get_mut("fixture_id") {
        Some(Value::String(id)) => *id = format!("{id}_{number}"),
        _ => return text.to_string(),
    }
    serde_json::to_string_pretty(&document).map_or_else(|_| text.to_string(), |text| text + "\n")
}

impl Reducible for Shelf {
    type Action = ShelfAction;

    fn reduce(self: Rc<Self>, action: ShelfAction) -> Rc<Self> {
        let mut next = Rc::unwrap_or_clone(self);
        match action {
            ShelfAction::Stock { bundle, own, notes } => {
                next.begin(&bundle, own);
                notes.into_iter().for_each(|note| next.say(note));
            }
            ShelfAction::Fail(error) => next.error = Some(error),
            ShelfAction::Put { name, text } => {
                next.put([(name, text)]);
                next.read();
            }
            ShelfAction::Import { files, left_out, twice } => {
                next.import(files, left_out, twice);
                next.read();
            }
            ShelfAction::Heard { put, removed } => {
                next.put(put);
                removed.iter().for_each(|name| next.remove(name));
                next.read();
            }
            ShelfAction::Remove(name) => {
                let discarded = next.files.get(&name).filter(|_| next.own.contains(&name)).cloned();
                next.remove(&name);
                next.read();
                if let Some(text) = discarded {
                    let what = Message::new(Word::ui_discarded).text("name", name.as_str());
                    next.say(Note { discarded: Some((name, text)), ..Note::new(what, false) });
                }
            }
            ShelfAction::Say(note) => next.say(note),
            ShelfAction::Close(word) => Rc::make_mut(&mut next.notes).retain(|note| note.what.word != word),
        }
        Rc::new(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(id: &str, text: &str) -> String {
        format!(r#"{{"version":1,"fixture_id":"{id}","prompt":"{id}","answer":"{text}"}}"#)
    }

    fn shelf() -> Shelf {
        let mut shelf = Shelf::default();
        shelf.begin(r"{}", Files::from([("mine.json".to_string(), fixture("mine", "old"))]));
        shelf
    }

    #[test]
    fn a_file_of_the_same_name_stands_beside_ones_own() {
        let mut shelf = shelf();
        shelf.import(
            vec![("mine.json".into(), fixture("mine", "new")), ("other.json".into(), fixture("other", "x"))],
            vec![],
            vec![],
        );
        shelf.read();
        assert_eq!(shelf.files["mine.json"], fixture("mine", "old"));
        let said: Vec<_> = shelf.library.iter().map(|fixture| (fixture.id.clone(), fixture.summary())).collect();
        assert_eq!(
            said,
            [("mine", "old"), ("mine_2", "new"), ("other", "x")].map(|(a, b)| (a.to_string(), b.to_string()))
        );
        assert_eq!(shelf.notes[0].details.len(), 1);
        assert_eq!(shelf.file_of("mine_2").as_deref(), Some("mine_2.json"));
    }

    #[test]
    fn the_same_file_again_changes_nothing_and_says_so() {
        let mut shelf = shelf();
        let before = shelf.own_files();
        shelf.import(vec![("mine.json".into(), fixture("mine", "old"))], vec![], vec![]);
        assert_eq!(shelf.own_files(), before);
        assert_eq!(shelf.notes[0].details[0].word, Word::ui_imported_same);
    }

    #[test]
    fn two_fixtures_with_one_id_empty_no_library() {
        let mut shelf = shelf();
        shelf.put([("copy.json".to_string(), fixture("mine", "again")), ("b.json".to_string(), fixture("b", "x"))]);
        shelf.read();
        assert_eq!(shelf.library.len(), 2);
        assert!(shelf.lints.iter().any(|lint| lint.rule == "duplicate-id"));
    }

    #[test]
    fn a_thousand_files_are_read_once() {
        let mut shelf = shelf();
        let files: Vec<_> =
            (0..1000).map(|number| (format!("f{number}.json"), fixture(&format!("f{number}"), "x"))).collect();
        let shelf = Rc::new(std::mem::take(&mut shelf)).reduce(ShelfAction::Import {
            files,
            left_out: Vec::new(),
            twice: Vec::new(),
        });
        assert_eq!(shelf.library.len(), 1001);
        assert_eq!(shelf.own.len(), 1001);
    }
}
