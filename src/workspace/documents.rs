//! Documents read and written for a program that knows no JSON: texts and packed values come in,
//! packed values go out.

use crate::document;
use crate::pack::{Pack, Packed, Reader};
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;

use super::{Collection, Opened, Pinned, Team, Workspace};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// A text is read as a person's own unfinished work.
    ReadDraft,
    /// A text is read as a workspace that came from outside.
    ReadWorkspace,
    /// A text is read as whatever a person opens.
    ReadOpened,
    /// A text is read as a collection.
    ReadCollection,
    /// A text is read as a collection, as far as that can be done.
    SalvageCollection,
    /// A text is read as a team's file.
    ReadTeam,
    /// What was ignored of a text that was read as whatever a person opens.
    WarnOpened,
    /// What was ignored of a team's file.
    WarnTeam,
    /// A text is read as a scenario that came from outside.
    ReadScenario,
    /// A text is read as a scenario in which values may be out of range.
    ReadScenarioDraft,
    /// A workspace is written as one line.
    WriteWorkspace,
    /// A workspace is written for people to read.
    WriteFile,
    /// A collection is written.
    WriteCollection,
    /// A scenario is written.
    WriteScenario,
}

impl Asked {
    pub const ALL: [Asked; 14] = [
        Asked::ReadDraft,
        Asked::ReadWorkspace,
        Asked::ReadOpened,
        Asked::ReadCollection,
        Asked::SalvageCollection,
        Asked::ReadTeam,
        Asked::WarnOpened,
        Asked::WarnTeam,
        Asked::ReadScenario,
        Asked::ReadScenarioDraft,
        Asked::WriteWorkspace,
        Asked::WriteFile,
        Asked::WriteCollection,
        Asked::WriteScenario,
    ];
}

crate::pack_fields!(Pinned { name, scenario });
crate::pack_fields!(Workspace { name, preset, scenario, pinned, view, read_only, revision, locks });
crate::pack_fields!(Collection { scenarios });

impl Pack for Opened {
    fn pack(&self, out: &mut Packed) {
        matches!(self, Opened::Collection(_)).pack(out);
        match self {
            Opened::Workspace(workspace) => workspace.pack(out),
            Opened::Collection(collection) => collection.pack(out),
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        Some(if bool::unpack(reader)? {
            Opened::Collection(Pack::unpack(reader)?)
        } else {
            Opened::Workspace(Pack::unpack(reader)?)
        })
    }
}

/// What was read, or what is wrong with it.
type Read<T> = Result<T, Vec<Problem>>;

/// Does what is asked; `None` when the message is not what that takes.
pub fn answer(asked: Asked, message: &Packed) -> Option<Packed> {
    fn read<T: Pack>(message: &Packed, read: impl Fn(&str) -> Result<T, Problems>) -> Option<Packed> {
        let read: Read<T> = read(&message.open::<String>()?).map_err(|problems| problems.0);
        Some(Packed::of(&read))
    }
    fn write<T: Pack>(message: &Packed, write: impl Fn(&T) -> String) -> Option<Packed> {
        Some(Packed::of(&write(&message.open()?)))
    }
    match asked {
        Asked::ReadDraft => read(message, Workspace::load_draft),
        Asked::ReadWorkspace => read(message, |text| Workspace::load(text).map(|read| read.output)),
        Asked::ReadOpened => read(message, |text| Opened::load(text).map(|read| read.output)),
        Asked::ReadCollection => read(message, Collection::load),
        Asked::SalvageCollection => read(message, |text| Ok(Collection::salvage(text))),
        Asked::WarnOpened => read(message, |text| Opened::load(text).map(|read| read.warnings)),
        Asked::WarnTeam => read(message, |text| Team::load(text).map(|read| read.warnings)),
        Asked::ReadTeam => read(message, |text| Team::load(text).map(|read| read.output)),
        Asked::ReadScenario => read(message, |text| Scenario::load(text).map(|read| read.output)),
        Asked::ReadScenarioDraft => read(message, |text| Scenario::of_draft(&document::parse(text)?)),
        Asked::WriteWorkspace => write(message, Workspace::to_json),
        Asked::WriteFile => write(message, |workspace: &Workspace| {
            serde_json::to_string_pretty(&workspace.to_document()).unwrap_or_default()
        }),
        Asked::WriteCollection => write(message, Collection::to_json),
        Asked::WriteScenario => write(message, Scenario::to_json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Preset;

    fn asked<Q: Pack, A: Pack>(asked: Asked, question: &Q) -> A {
        answer(asked, &Packed::of(question)).and_then(|answer| answer.open()).expect("an answer")
    }

    #[test]
    fn what_is_written_is_read_again() {
        for preset in Preset::ALL {
            let mut scenario = preset.scenario();
            scenario.set_range("types[0].input_tokens", 1.0, 3.0);
            scenario.types[0].input_tokens = crate::scenario::Distribution::Constant(2.0);
            let text: String = asked(Asked::WriteScenario, &scenario);
            assert_eq!(text, scenario.to_json());
            assert_eq!(asked::<_, Read<Scenario>>(Asked::ReadScenario, &text), Ok(scenario.clone()));
            let locked = scenario.types[1].name.clone();
            let workspace = Workspace {
                name: Some("発売日".to_string()),
                preset: Some(preset),
                pinned: vec![Pinned { name: Some("Before".to_string()), scenario: scenario.clone() }],
                scenario,
                revision: 3,
                locks: vec![locked],
                ..Workspace::default()
            };
            for task in [Asked::WriteWorkspace, Asked::WriteFile] {
                let text: String = asked(task, &workspace);
                for task in [Asked::ReadDraft, Asked::ReadWorkspace] {
                    assert_eq!(asked::<_, Read<Workspace>>(task, &text), Ok(workspace.clone()));
                }
                let opened = Opened::Workspace(Box::new(workspace.clone()));
                assert_eq!(asked::<_, Read<Opened>>(Asked::ReadOpened, &text), Ok(opened));
            }
            let collection = Collection { scenarios: [("発売日".to_string(), workspace)].into() };
            let text: String = asked(Asked::WriteCollection, &collection);
            assert_eq!(asked::<_, Read<Collection>>(Asked::ReadCollection, &text), Ok(collection.clone()));
            assert_eq!(asked::<_, Read<Opened>>(Asked::ReadOpened, &text), Ok(Opened::Collection(collection)));
        }
    }

    #[test]
    fn every_part_of_a_document_crosses() {
        let snapshot = include_str!("../../tests/links/0.1-everything.snap");
        let text = snapshot.split("---\n").last().expect("a document").to_string();
        let workspace = Workspace::load_draft(&text).expect("it is a workspace");
        assert_eq!(asked::<_, Read<Workspace>>(Asked::ReadDraft, &text), Ok(workspace));
        let team = r#"{"name": "漫画", "slo_ms": 2000, "discount_pct": 12, "quotas": {"rpm": 500},
            "prices": {"own": {"input": 1.5, "batch": {"output": 0.25}, "source": "contract"}},
            "presets": [{"name": "朝", "note": "", "scenario": {"daily_messages": 5}}]}"#;
        let read = Team::load(team).expect("it is a team's file").output;
        assert_eq!(asked::<_, Read<Team>>(Asked::ReadTeam, &team.to_string()), Ok(read));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let text = r#"{"scenario": {"seed": "x"}}"#.to_string();
        let problems = asked::<_, Read<Workspace>>(Asked::ReadDraft, &text).unwrap_err();
        assert_eq!(problems[0].path, "scenario.seed");
        assert!(asked::<_, Read<Team>>(Asked::ReadTeam, &"[".to_string()).is_err());
        assert_eq!(answer(Asked::WriteWorkspace, &Packed::default()), None);
    }
}
