use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value, json};

use super::{MAX_NAME, VERSION, Workspace, check_version, finish};
use crate::document::{self, Fields, Findings};
use crate::problem::{Problem, Problems, Warned};
use crate::scenario::Scenario;
use crate::words::{Message, Word};

/// What a person named and saved, by name.
///
/// Every saving has a revision; whoever knows another one than the newest has not seen the newest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collection {
    pub scenarios: BTreeMap<String, Workspace>,
}

/// The most that a collection holds.
const MAX_SAVED: usize = 1000;

impl Collection {
    /// The document as JSON text.
    pub fn to_json(&self) -> String {
        let scenarios: Map<String, Value> =
            self.scenarios.iter().map(|(name, saved)| (name.clone(), saved.to_document())).collect();
        json!({"version": VERSION, "scenarios": scenarios}).to_string()
    }

    /// Reads a document; values out of range are kept, as in a draft.
    ///
    /// # Errors
    /// What keeps any part of it from being read.
    pub fn load(text: &str) -> Result<Collection, Problems> {
        Collection::of(&document::parse(text)?).map(|read| read.output)
    }

    /// What can be read of a document that cannot be read as a whole.
    pub fn salvage(text: &str) -> Collection {
        document::parse(text).map(|document| Collection::found(&document).0).unwrap_or_default()
    }

    pub(super) fn of(document: &Value) -> Result<Warned<Collection>, Problems> {
        let (collection, findings, found) = Collection::found(document);
        finish(collection, findings, found)
    }

    /// All that can be read, and what is wrong with the rest.
    fn found(document: &Value) -> (Collection, Findings, Vec<Problem>) {
        let findings = Findings::default();
        let mut found = Vec::new();
        let mut collection = Collection::default();
        if let Some(fields) = Fields::of(document, "", &findings) {
            check_version(&fields, VERSION);
            let scenarios = fields.object("scenarios").map(|scenarios| scenarios.entries().clone()).unwrap_or_default();
            if scenarios.len() > MAX_SAVED {
                let what = Message::new(Word::collection_too_long).number("most", MAX_SAVED as f64);
                found.push(Problem::error("scenarios", what, Word::collection_too_long_hint));
            }
            for (name, value) in scenarios.into_iter().take(MAX_SAVED) {
                let path = format!("scenarios.{name}");
                let keep =
                    |document: &Value| Ok(Warned { output: Scenario::of_draft(document)?, warnings: Vec::new() });
                match Workspace::of(&value, &path, keep) {
                    Ok(read) => {
                        let name: String = name.chars().take(MAX_NAME).collect();
                        let revision = read.output.revision.max(1);
                        let workspace = Workspace { name: Some(name.clone()), revision, ..read.output };
                        collection.scenarios.insert(name, workspace);
                        found.extend(read.warnings);
                    }
                    Err(problems) => found.extend(problems.0),
                }
            }
        }
        (collection, findings, found)
    }

    pub fn get(&self, name: &str) -> Option<&Workspace> {
        self.scenarios.get(name)
    }

    /// Saves under a name, and gives what was saved, with the name and the revision it has now.
    ///
    /// When the revision of the workspace is not the newest of that name, someone else has changed
    /// it meanwhile: then it is saved beside it under a free name.
    pub fn save(&mut self, name: &str, workspace: Workspace) -> &Workspace {
        let stored = self.scenarios.get(name).map(|saved| saved.revision);
        // What was opened under another name has seen nothing of this one.
        let seen = if workspace.name.as_deref() == Some(name) { workspace.revision } else { 0 };
        let unseen = stored.is_some_and(|stored| stored != seen);
        let name = if unseen { self.free_name(name) } else { name.chars().take(MAX_NAME).collect() };
        let revision = self.scenarios.get(&name).map_or(0, |saved| saved.revision) + 1;
        let saved = Workspace { name: Some(name.clone()), revision, ..workspace };
        match self.scenarios.entry(name) {
            Entry::Vacant(place) => place.insert(saved),
            Entry::Occupied(mut place) => {
                place.insert(saved);
                place.into_mut()
            }
        }
    }

    /// Gives a scenario another name, a free one.
    pub fn rename(&mut self, from: &str, to: &str) -> Option<String> {
        let to = to.trim();
        if to.is_empty() || to == from {
            return None;
        }
        let saved = self.scenarios.remove(from)?;
        self.save(&self.free_name(to), saved).name.clone()
    }

    /// A copy under a free name.
    pub fn duplicate(&mut self, name: &str) -> Option<String> {
        let copy = self.scenarios.get(name)?.clone();
        self.save(&self.free_name(name), copy).name.clone()
    }

    pub fn remove(&mut self, name: &str) -> Option<Workspace> {
        self.scenarios.remove(name)
    }

    /// Takes in another collection: what is there already under the same name with the same content
    /// stays, what differs comes under a free name. How many came.
    pub fn add_all(&mut self, other: Collection) -> usize {
        let mut added = 0;
        for (name, saved) in other.scenarios {
            let same = |here: &Workspace| Workspace { revision: saved.revision, ..here.clone() } == saved;
            if self.scenarios.get(&name).is_some_and(same) {
                continue;
            }
            self.save(&self.free_name(&name), saved);
            added += 1;
        }
        added
    }

    /// `name`, or `name 2`, `name 3` … if it is taken.
    pub fn free_name(&self, name: &str) -> String {
        if !self.scenarios.contains_key(name) {
            return name.to_string();
        }
        let stem: String = name.chars().take(MAX_NAME - 8).collect();
        (2..).map(|n| format!("{stem} {n}")).find(|free| !self.scenarios.contains_key(free)).unwrap_or(stem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(messages: f64) -> Workspace {
        Workspace { scenario: Scenario { daily_messages: messages, ..Scenario::default() }, ..Workspace::default() }
    }

    fn names(collection: &Collection) -> Vec<&str> {
        collection.scenarios.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_another_tab_changed_is_not_overwritten() {
        let mut collection = Collection::default();
        let mut save = |messages: f64, revision: u64| {
            let name = Some("launch".to_string());
            let saved = collection.save("launch", Workspace { name, revision, ..of(messages) });
            (saved.name.clone().unwrap(), saved.revision)
        };
        assert_eq!(save(1.0, 0), ("launch".into(), 1));
        assert_eq!(save(2.0, 1), ("launch".into(), 2));
        // A tab that has seen the first revision only.
        assert_eq!(save(3.0, 1), ("launch 2".into(), 1));
        // A new scenario under a name that is taken.
        assert_eq!(save(4.0, 0), ("launch 3".into(), 1));
        // Another one that happens to be of the same revision.
        let other = Workspace { name: Some("other".into()), revision: 2, ..of(5.0) };
        assert_eq!(collection.save("launch", other).name.as_deref(), Some("launch 4"));
        assert_eq!(names(&collection), ["launch", "launch 2", "launch 3", "launch 4"]);
        assert_eq!(collection.get("launch").unwrap().scenario.daily_messages, 2.0);
    }

    #[test]
    fn names_stay_apart() {
        let mut collection = Collection::default();
        for name in ["a", "b"] {
            collection.save(name, of(1.0));
        }
        assert_eq!(collection.rename("a", "b").as_deref(), Some("b 2"));
        assert_eq!(collection.rename("b", " "), None);
        assert_eq!(collection.duplicate("b").as_deref(), Some("b 3"));
        assert!(collection.remove("b").is_some());
        assert_eq!(names(&collection), ["b 2", "b 3"]);
        assert_eq!(collection.get("b 2").unwrap().name.as_deref(), Some("b 2"));
    }

    #[test]
    fn everything_goes_out_and_in() {
        let mut collection = Collection::default();
        collection.save("a", of(1.0));
        collection.save("b", of(2.0));
        let text = collection.to_json();
        assert_eq!(Collection::load(&text).unwrap(), collection);
        let mut other = Collection::default();
        other.save("a", of(1.0));
        other.save("b", of(9.0));
        assert_eq!(other.add_all(collection), 1, "`a` is there already");
        assert_eq!(names(&other), ["a", "b", "b 2"]);
    }

    #[test]
    fn a_damaged_collection_is_refused_whole() {
        let text = r#"{"version": 1, "scenarios": {"a": {"scenario": {"seed": "x"}}, "b": {"scenario": {}}}}"#;
        let problems = Collection::load(text).unwrap_err();
        assert_eq!(problems.0[0].path, "scenarios.a.scenario.seed");
    }

    #[test]
    fn what_can_be_read_of_a_damaged_collection_is_kept() {
        let text =
            r#"{"version": 1, "scenarios": {"good": {"scenario": {"seed": 7}}, "bad": {"scenario": {"seed": "x"}}}}"#;
        assert!(Collection::load(text).is_err());
        let salvaged = Collection::salvage(text);
        assert_eq!(salvaged.scenarios.keys().collect::<Vec<_>>(), ["good"]);
        assert_eq!(salvaged.get("good").map(|saved| saved.scenario.seed), Some(7));
        assert_eq!(Collection::salvage("no JSON"), Collection::default());
    }
}
