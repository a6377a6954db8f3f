//! Reading and writing documents, which a program of its own does: most visits begin without any.

use rehearsal::pack::{Pack, Packed};
use rehearsal::problem::Problem;
use rehearsal::scenario::Scenario;
use rehearsal::workspace::{Asked, Collection, Opened, Team, Workspace};

/// What was read, or what is wrong with it.
pub type Read<T> = Result<T, Vec<Problem>>;

/// The program, once it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Documents(());

impl Documents {
    pub fn draft(self, text: &str) -> Read<Workspace> {
        read(Asked::ReadDraft, text)
    }

    pub fn workspace(self, text: &str) -> Read<Workspace> {
        read(Asked::ReadWorkspace, text)
    }

    pub fn opened(self, text: &str) -> Read<Opened> {
        read(Asked::ReadOpened, text)
    }

    pub fn collection(self, text: &str) -> Read<Collection> {
        read(Asked::ReadCollection, text)
    }

    /// All of a damaged collection that can be read.
    pub fn salvaged(self, text: &str) -> Collection {
        read(Asked::SalvageCollection, text).unwrap_or_default()
    }

    /// What was ignored of a text that could be read.
    pub fn ignored(self, text: &str) -> Vec<Problem> {
        read(Asked::WarnOpened, text).unwrap_or_default()
    }

    /// What was ignored of a team's file that could be read.
    pub fn ignored_of_team(self, text: &str) -> Vec<Problem> {
        read(Asked::WarnTeam, text).unwrap_or_default()
    }

    pub fn team(self, text: &str) -> Read<Team> {
        read(Asked::ReadTeam, text)
    }

    pub fn scenario(self, text: &str) -> Read<Scenario> {
        read(Asked::ReadScenario, text)
    }

    pub fn scenario_draft(self, text: &str) -> Read<Scenario> {
        read(Asked::ReadScenarioDraft, text)
    }

    /// A workspace as one line.
    pub fn line(self, workspace: &Workspace) -> String {
        write(Asked::WriteWorkspace, workspace)
    }

    /// A workspace as a file for people to read.
    pub fn file(self, workspace: &Workspace) -> String {
        write(Asked::WriteFile, workspace)
    }

    pub fn of_collection(self, collection: &Collection) -> String {
        write(Asked::WriteCollection, collection)
    }

    pub fn of_scenario(self, scenario: &Scenario) -> String {
        write(Asked::WriteScenario, scenario)
    }
}

fn read<T: Pack>(asked: Asked, text: &str) -> Read<T> {
    ask(asked, &Packed::of(&text.to_string())).and_then(|answer| answer.open()).unwrap_or_else(|| Err(Vec::new()))
}

fn write(asked: Asked, value: &impl Pack) -> String {
    ask(asked, &Packed::of(value)).and_then(|answer| answer.open()).unwrap_or_default()
}

/// The program, if it is loaded already.
#[cfg(target_arch = "wasm32")]
pub fn at_hand() -> Option<Documents> {
    super::host::host()?.document().is_function().then_some(Documents(()))
}

/// Loads the program.
///
/// # Errors
/// Why it cannot be loaded.
#[cfg(target_arch = "wasm32")]
pub async fn load() -> Result<Documents, String> {
    if let Some(documents) = at_hand() {
        return Ok(documents);
    }
    let host = super::host::host().ok_or("no page")?;
    host.load_documents().await.map(|_| Documents(())).map_err(|error| {
        let error: js_sys::Error = wasm_bindgen::JsCast::unchecked_into(error);
        String::from(error.message())
    })
}

/// Loads the program if it is needed.
///
/// # Errors
/// As [`load`].
pub async fn load_if(needed: bool) -> Result<Option<Documents>, String> {
    if needed { load().await.map(Some) } else { Ok(None) }
}

#[cfg(target_arch = "wasm32")]
fn ask(asked: Asked, message: &Packed) -> Option<Packed> {
    use super::packets::{closed, packed};
    use wasm_bindgen::JsCast;
    let document: js_sys::Function = super::host::host()?.document().dyn_into().ok()?;
    let answer = document.call2(&wasm_bindgen::JsValue::NULL, &(asked as usize).into(), &closed(message));
    match answer {
        Ok(answer) => packed(&answer),
        Err(error) => {
            // That program has ended, and with it the page.
            super::host::host()?.panic(&format!("{error:?}"));
            None
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn at_hand() -> Option<Documents> {
    Some(Documents(()))
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn load() -> Result<Documents, String> {
    Ok(Documents(()))
}

#[cfg(not(target_arch = "wasm32"))]
fn ask(asked: Asked, message: &Packed) -> Option<Packed> {
    rehearsal::workspace::answer(asked, message)
}
