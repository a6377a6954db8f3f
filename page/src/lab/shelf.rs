use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::document;
use rehearsal::fixture::{Fixture, Library, Lint, lint};
use rehearsal::problem::Problems;
use serde_json::{Value, json};
use yew::Reducible;

use crate::platform::storage;

/// The fixture files of the page: those of the product, and what a person added or changed.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    pub loaded: bool,
    pub error: Option<String>,
    /// Files by name.
    pub files: Rc<BTreeMap<String, String>>,
    /// The names of those that are a person's own.
    pub own: Rc<BTreeSet<String>>,
    /// The library of all files that can be read.
    pub library: Rc<Library>,
    /// What is wrong with any file.
    pub lints: Rc<Vec<Lint>>,
    /// The product's own files, to go back to.
    stock: Rc<BTreeMap<String, String>>,
}

impl PartialEq for Shelf {
    /// A change of the files is a new map; everything else follows from them.
    fn eq(&self, other: &Self) -> bool {
        self.loaded == other.loaded && self.error == other.error && Rc::ptr_eq(&self.files, &other.files)
    }
}

pub enum ShelfAction {
    /// The product's own files have come, as a bundle.
    Stock(String),
    Fail(String),
    /// Adds or changes a file.
    Put {
        name: String,
        text: String,
    },
    /// Removes a file of a person's own; one of the product's is as it was then.
    Remove(String),
}

/// The version of what is kept in the browser.
const VERSION: u64 = 1;

impl Shelf {
    fn stock(&mut self, bundle: &str) {
        match serde_json::from_str::<BTreeMap<String, String>>(bundle) {
            Ok(files) => {
                self.stock = Rc::new(files.clone());
                self.files = Rc::new(files);
                self.loaded = true;
                self.restore();
                self.read();
            }
            Err(error) => self.error = Some(error.to_string()),
        }
    }

    /// A person's own files from an earlier visit; what cannot be read stays where it is.
    fn restore(&mut self) {
        let Some(kept) = storage::get(storage::FIXTURES).and_then(|text| document::parse(&text).ok()) else { return };
        if kept["version"].as_u64() != Some(VERSION) {
            return;
        }
        for (name, text) in kept["files"].as_object().into_iter().flatten() {
            if let Some(text) = text.as_str() {
                Rc::make_mut(&mut self.files).insert(name.clone(), text.to_string());
                Rc::make_mut(&mut self.own).insert(name.clone());
            }
        }
    }

    fn keep(&self) {
        let own: serde_json::Map<String, Value> =
            self.own.iter().filter_map(|name| Some((name.clone(), json!(self.files.get(name)?)))).collect();
        storage::set(storage::FIXTURES, &json!({"version": VERSION, "files": own}).to_string());
    }

    /// Reads all files anew. One that cannot be read is left out, and the lint says why.
    fn read(&mut self) {
        let texts = || self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        self.lints = Rc::new(lint(texts(), Catalog::full()));
        let readable = texts().filter(|(name, text)| rehearsal::fixture::read_file(name, text).is_ok());
        let library: Result<Library, Problems> = Library::read(readable);
        if let Ok(library) = library {
            self.library = Rc::new(library);
        }
    }

    /// The first fixture of a file that the library holds.
    pub fn first_of(&self, file: &str) -> Option<&Fixture> {
        let text = self.files.get(file)?;
        let first = rehearsal::fixture::read_file(file, text).ok()?.into_iter().next()?;
        self.library.get(&first.id)
    }

    /// The file a fixture stands in: the one of its name, or the first that names it.
    pub fn file_of(&self, id: &str) -> Option<String> {
        let named = |ending: &str| Some(format!("{id}{ending}")).filter(|name| self.files.contains_key(name));
        let holds = |(name, text): &(&String, &String)| {
            let fixtures = rehearsal::fixture::read_file(name, text).unwrap_or_default();
            fixtures.iter().any(|fixture| fixture.id == id)
        };
        let holder = || self.files.iter().find(holds).map(|(name, _)| name.clone());
        named(".json").or_else(|| named(".yaml")).or_else(holder)
    }
}

impl Reducible for Shelf {
    type Action = ShelfAction;

    fn reduce(self: Rc<Self>, action: ShelfAction) -> Rc<Self> {
        let mut next = (*self).clone();
        match action {
            ShelfAction::Stock(bundle) => next.stock(&bundle),
            ShelfAction::Fail(error) => next.error = Some(error),
            ShelfAction::Put { name, text } => {
                Rc::make_mut(&mut next.files).insert(name.clone(), text);
                Rc::make_mut(&mut next.own).insert(name);
                next.keep();
                next.read();
            }
            ShelfAction::Remove(name) => {
                let files = Rc::make_mut(&mut next.files);
                match next.stock.get(&name) {
                    Some(text) => files.insert(name.clone(), text.clone()),
                    None => files.remove(&name),
                };
                Rc::make_mut(&mut next.own).remove(&name);
                next.keep();
                next.read();
            }
        }
        Rc::new(next)
    }
}
