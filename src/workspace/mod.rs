//! What a person works on, as it is kept in a browser, linked and shared: a scenario, those it is
//! compared with, and how all are looked at.
//!
//! A [`Workspace`] is one document with a version. A link carries it as
//! `#v1.<base64url(deflate(json))>`; the page packs and unpacks, this module knows what is inside.
//! Links are read for ever: `tests/links/` holds some of every release. A [`Collection`] is what
//! a person named and saved, a [`Team`] what a team lays beside the page.

mod collection;
mod documents;
mod team;

pub use collection::Collection;
pub use documents::{Asked, answer};
pub use team::{Team, TeamPreset};

use serde_json::{Map, Value, json};

use crate::document::{self, Fields, Findings};
use crate::problem::{Problem, Problems, Warned};
use crate::scenario::{Preset, Scenario};
use crate::words::{Message, Word};

/// The version this release writes.
pub const VERSION: u64 = 1;
/// What a link's fragment begins with.
pub const LINK_PREFIX: &str = "#v1.";
/// The longest fragment that is offered as a link; a longer one is better a file.
pub const MAX_LINK: usize = 32_000;
/// The longest document that a link may unpack to, in bytes: what is longer is an attack.
pub const MAX_TEXT: usize = 8_000_000;
/// The longest name of anything a person names, in characters.
pub const MAX_NAME: usize = 120;

/// The most scenarios that one is compared with.
pub const MAX_PINNED: usize = 3;

/// A scenario that another one is compared with: a column beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pinned {
    /// What a person calls it.
    pub name: Option<String>,
    pub scenario: Scenario,
}

/// A scenario with everything around it that is kept and shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    /// The name it is saved under, if it is.
    pub name: Option<String>,
    /// The preset it began as.
    pub preset: Option<Preset>,
    pub scenario: Scenario,
    /// The scenarios that this one is compared with, at most [`MAX_PINNED`].
    pub pinned: Vec<Pinned>,
    /// The page's view that was open, by its name in links.
    pub view: Option<String>,
    /// To be looked at, not edited: a result that is shared.
    pub read_only: bool,
    /// Which saving of its name it is or began as, counted from 1; 0 was never saved.
    pub revision: u64,
    /// The names of the query types whose shares are locked.
    pub locks: Vec<String>,
}

/// What a file, a paste or a link turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    Workspace(Box<Workspace>),
    Collection(Collection),
}

impl Workspace {
    /// The document as JSON; what has its default is left out.
    pub fn to_document(&self) -> Value {
        let mut map = Map::new();
        map.insert("version".to_string(), json!(VERSION));
        let preset = self.preset.map(Preset::key);
        let texts = [("name", self.name.as_deref()), ("preset", preset), ("view", self.view.as_deref())];
        for (key, text) in texts {
            if let Some(text) = text {
                map.insert(key.to_string(), json!(text));
            }
        }
        if self.read_only {
            map.insert("read_only".to_string(), json!(true));
        }
        if self.revision > 0 {
            map.insert("revision".to_string(), json!(self.revision));
        }
        if !self.locks.is_empty() {
            map.insert("locks".to_string(), json!(self.locks));
        }
        map.insert("scenario".to_string(), self.scenario.to_document());
        match self.pinned.as_slice() {
            [] => {}
            // As releases wrote it that knew one only.
            [Pinned { name: None, scenario }] => drop(map.insert("pinned".to_string(), scenario.to_document())),
            all => drop(map.insert("pinned".to_string(), all.iter().map(Pinned::to_document).collect())),
        }
        Value::Object(map)
    }

    /// The document as one line of JSON text.
    pub fn to_json(&self) -> String {
        self.to_document().to_string()
    }

    /// Reads a document that came from outside: a link, a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn load(text: &str) -> Result<Warned<Workspace>, Problems> {
        Workspace::of(&document::parse(text)?, "", Scenario::of)
    }

    /// Reads a person's own unfinished work: values out of range are kept, for they stood in a
    /// field when it was saved.
    ///
    /// # Errors
    /// What keeps it from being read at all.
    pub fn load_draft(text: &str) -> Result<Workspace, Problems> {
        let keep = |document: &Value| Ok(Warned { output: Scenario::of_draft(document)?, warnings: Vec::new() });
        Workspace::of(&document::parse(text)?, "", keep).map(|read| read.output)
    }

    /// Reads a document; a scenario alone is one as well.
    fn of(
        document: &Value,
        path: &str,
        read_scenario: impl Fn(&Value) -> Result<Warned<Scenario>, Problems>,
    ) -> Result<Warned<Workspace>, Problems> {
        if document.is_object() && document.get("scenario").is_none() {
            let Warned { output: scenario, warnings } = read_scenario(document)?;
            return Ok(Warned { output: Workspace { scenario, ..Workspace::default() }, warnings });
        }
        let findings = Findings::default();
        let mut read = Workspace::default();
        let mut found = Vec::new();
        let mut scenario = |name: &str, value: Option<&Value>| {
            let inside = |problem: Problem| Problem { path: below(path, name, &problem.path), ..problem };
            match value.map(&read_scenario)? {
                Ok(Warned { output, warnings }) => {
                    found.extend(warnings.into_iter().map(inside));
                    Some(output)
                }
                Err(problems) => {
                    found.extend(problems.0.into_iter().map(inside));
                    None
                }
            }
        };
        if let Some(fields) = Fields::of(document, path, &findings) {
            check_version(&fields, VERSION);
            read.name = fields.text("name").map(|name| name.chars().take(MAX_NAME).collect());
            read.preset = fields.text("preset").and_then(|key| Preset::from_key(&key));
            read.view = fields.text("view");
            read.read_only = fields.flag("read_only").unwrap_or(false);
            read.revision = fields.count("revision").unwrap_or(0);
            read.scenario = scenario("scenario", fields.value("scenario")).unwrap_or_default();
            let is_list = fields.value("pinned").is_some_and(Value::is_array);
            let listed = if is_list { fields.objects("pinned").unwrap_or_default() } else { Vec::new() };
            for (index, column) in listed.iter().enumerate() {
                let name = column.text("name").map(|name| name.chars().take(MAX_NAME).collect());
                let document = column.value("scenario");
                if index < MAX_PINNED {
                    let read_column = scenario(&format!("pinned[{index}].scenario"), document);
                    read.pinned.push(Pinned { name, scenario: read_column.unwrap_or_default() });
                }
            }
            if listed.len() > MAX_PINNED {
                let what = Message::new(Word::workspace_pinned).number("count", listed.len() as f64);
                let hint = Message::new(Word::workspace_pinned_hint).number("most", MAX_PINNED as f64);
                findings.push(Problem::warning(fields.path_of("pinned"), what, hint));
            }
            if !is_list {
                let one = scenario("pinned", fields.value("pinned"));
                read.pinned.extend(one.map(|scenario| Pinned { name: None, scenario }));
            }
            read.locks = fields.texts("locks");
            read.locks.retain(|name| read.scenario.types.iter().any(|kind| kind.name == *name));
        }
        finish(read, findings, found)
    }
}

impl Pinned {
    fn to_document(&self) -> Value {
        match &self.name {
            Some(name) => json!({ "name": name, "scenario": self.scenario.to_document() }),
            None => json!({ "scenario": self.scenario.to_document() }),
        }
    }
}

impl Opened {
    /// Reads whatever a person opens: a scenario, a workspace, a collection of them.
    ///
    /// # Errors
    /// Everything that is wrong with it; where it is JSON each place is a line and a column with the
    /// path behind it.
    pub fn load(text: &str) -> Result<Warned<Opened>, Problems> {
        let document = document::parse(text)?;
        let read = if document.get("scenarios").is_some() {
            Collection::of(&document)
                .map(|read| Warned { output: Opened::Collection(read.output), warnings: read.warnings })
        } else {
            Workspace::of(&document, "", Scenario::of)
                .map(|read| Warned { output: Opened::Workspace(Box::new(read.output)), warnings: read.warnings })
        };
        let placed = |mut problems: Vec<Problem>| {
            for problem in &mut problems {
                problem.path = document::place_of(text, &problem.path);
            }
            problems
        };
        match read {
            Ok(read) => Ok(Warned { output: read.output, warnings: placed(read.warnings) }),
            Err(problems) => Err(Problems(placed(problems.0))),
        }
    }
}

/// A path inside another.
fn below(path: &str, name: &str, inner: &str) -> String {
    [path, name, inner].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(".")
}

/// Says so when a document is of a version that this release does not know; without one it is of
/// the first.
fn check_version(fields: &Fields<'_>, newest: u64) {
    let version = fields.count("version").unwrap_or(1);
    if !(1..=newest).contains(&version) {
        let what = Message::new(Word::workspace_version).number("version", version as f64);
        fields.findings().push(Problem::error(fields.path_of("version"), what, Word::scenario_version_hint));
    }
}

/// What was read, unless something was wrong with it.
fn finish<T>(read: T, findings: Findings, mut found: Vec<Problem>) -> Result<Warned<T>, Problems> {
    found.extend(findings.into_problems());
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Problem::is_error);
    if errors.is_empty() { Ok(Warned { output: read, warnings }) } else { Err(Problems(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::English;

    fn said(problems: &Problems) -> Vec<String> {
        problems.0.iter().map(|problem| problem.say(&English)).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let ranged = Scenario::load(r#"{"daily_messages": [1000, 3000]}"#).unwrap().output;
        let workspace = Workspace {
            name: Some("発売日 “A”".into()),
            preset: Some(Preset::Reference),
            scenario: ranged,
            pinned: vec![Pinned { name: Some("Cheap".into()), ..Pinned::default() }, Pinned::default()],
            view: Some("what-if".into()),
            read_only: true,
            revision: 3,
            locks: Scenario::default().types[..2].iter().map(|kind| kind.name.clone()).collect(),
        };
        assert_eq!(Workspace::load(&workspace.to_json()).unwrap().output, workspace);
        assert_eq!(Workspace::load(&Workspace::default().to_json()).unwrap().output, Workspace::default());
    }

    #[test]
    fn one_that_has_no_name_is_written_as_it_was_before_there_were_more() {
        let one = Workspace { pinned: vec![Pinned::default()], ..Workspace::default() };
        assert_eq!(one.to_document()["pinned"], Scenario::default().to_document());
        let old = r#"{"version": 1, "scenario": {}, "pinned": {"daily_messages": 5}}"#;
        let read = Workspace::load(old).unwrap().output;
        assert_eq!((read.pinned.len(), read.pinned[0].scenario.daily_messages), (1, 5.0));
        let refused = r#"{"scenario": {}, "pinned": [{"scenario": {}}, {"scenario": {"daily_messages": -5}}]}"#;
        assert_eq!(Workspace::load(refused).unwrap_err().0[0].path, "pinned[1].scenario.daily_messages");
        let many = format!(r#"{{"scenario": {{}}, "pinned": [{}]}}"#, [r#"{"scenario": {}}"#; 5].join(","));
        let read = Workspace::load(&many).unwrap();
        assert_eq!((read.output.pinned.len(), read.warnings.len()), (MAX_PINNED, 1));
    }

    #[test]
    fn a_scenario_alone_is_a_workspace() {
        let read = Workspace::load(r#"{"daily_messages": 5}"#).unwrap().output;
        assert_eq!(read.scenario.daily_messages, 5.0);
        assert_eq!(read.name, None);
    }

    #[test]
    fn only_types_that_are_there_are_locked() {
        let text = r#"{"locks": ["greeting_faq", "gone"], "scenario": {}}"#;
        assert_eq!(Workspace::load(text).unwrap().output.locks, ["greeting_faq"]);
        let refused = Workspace::load(r#"{"locks": [1], "scenario": {}}"#).unwrap_err();
        assert_eq!(said(&refused), ["locks[0]: 1 is of the wrong type. Expected text in quotes."]);
    }

    #[test]
    fn a_draft_keeps_what_a_link_must_not_bring() {
        let text = r#"{"version": 1, "scenario": {"daily_messages": -5}}"#;
        assert_eq!(Workspace::load_draft(text).unwrap().scenario.daily_messages, -5.0);
        let refused = Workspace::load(text).unwrap_err();
        assert_eq!(
            said(&refused),
            ["scenario.daily_messages: -5 is out of range. Expected a number from 0 to 1,000,000,000,000."]
        );
    }

    #[test]
    fn what_is_wrong_has_its_line_and_column() {
        let check = |text: &str, expected: &[&str]| assert_eq!(said(&Opened::load(text).unwrap_err()), expected);
        check(
            "{\n \"version\": 2,\n \"scenario\": {}\n}",
            &["2:13 version: This document is of version 2, which this release does not read. \
               Update Rehearsal, or open it where it was made."],
        );
        check(
            "{\n  \"scenario\": {\n    \"types\": [{\"name\": \"a\", \"share_pct\": \"x\"}]}}",
            &["3:42 scenario.types[0].share_pct: \"x\" is of the wrong type. Expected a number."],
        );
        check(
            "{\n  \"a\": 1,,\n}",
            &["2:10: This is not JSON: key must be a string. Look at the character before that place."],
        );
        check("[]", &["1:1: [] is of the wrong type. Expected an object, { … }."]);
    }
}
