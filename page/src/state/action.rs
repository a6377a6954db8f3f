use std::rc::Rc;

use rehearsal::scenario::{Preset, Scenario};
use rehearsal::words::{Message, Word};
use rehearsal::workspace::{Team, Workspace};

use super::{Edit, Notice, View};
use crate::platform::simulator::Told;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Changes the scenario; `settled` ends a drag.
    Edit {
        edit: Edit,
        settled: bool,
    },
    /// Shows another scenario.
    Load(Rc<Scenario>),
    /// The same, unless it is made of another one than this and that is no longer shown.
    Adopt {
        scenario: Rc<Scenario>,
        instead_of: Option<Rc<Scenario>>,
    },
    /// Shows a preset of the product, with the team's figures.
    Preset(Preset),
    /// Shows a preset of the team's gallery.
    TeamPreset(usize),
    /// Shows a document that was opened; the message says which.
    Open(Rc<Workspace>, Option<Message>),
    /// What stands in a link is shown; a person's own work can be gone back to.
    Follow(Rc<Workspace>),
    Undo,
    Redo,
    Show(View),
    /// Compares what follows with the scenario as it is now, too.
    Pin,
    /// Compares with nothing any more.
    Unpin,
    /// Calls what is pinned by a name; an empty one takes the name away.
    NamePinned {
        index: usize,
        name: String,
    },
    RemovePinned {
        index: usize,
    },
    /// Edits what is pinned, which stays where it is.
    EditPinned {
        index: usize,
    },
    /// Edits what was pinned first, and pins what was edited.
    Swap,
    /// Keeps the share of a type, or lets it go again.
    Lock {
        index: usize,
    },
    /// The scenario was saved under a name.
    Saved {
        name: String,
        revision: u64,
    },
    /// Makes a shared result one's own, to be edited.
    EditCopy,
    ShowSolution,
    /// The team's file was read.
    Team(Rc<Team>),
    /// Says something above the views.
    Note(Notice),
    /// Puts away what a notice said.
    Close(Word),
    /// Says something for some seconds.
    Say(Message),
    /// Takes the toast away, if it is still this one.
    Dismiss {
        number: u64,
    },
    /// Something, and what has to be said about it.
    Noted(Box<Action>, Notice),
    /// The simulator has something to say.
    Told(Told),
    /// The simulator of what is pinned has something to say.
    ToldPinned(Told),
    /// The simulator of what is assumed has something to say.
    ToldEnd(Told),
    /// A long simulation is given up.
    Cancelled,
}

impl Action {
    /// Whether it changes what a shared result shows.
    pub(super) fn edits(&self) -> bool {
        matches!(
            self,
            Action::Edit { .. }
                | Action::Load(_)
                | Action::Preset(_)
                | Action::TeamPreset(_)
                | Action::Pin
                | Action::Unpin
                | Action::NamePinned { .. }
                | Action::RemovePinned { .. }
                | Action::EditPinned { .. }
                | Action::Swap
                | Action::Undo
                | Action::Redo
                | Action::Lock { .. }
        )
    }
}
