use rehearsal::problem::Problem;
use rehearsal::words::{Message, Word};

/// Something that stands above the views until it is put away.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub what: Message,
    /// What exactly is wrong, each with its place.
    pub problems: Vec<Problem>,
    /// It is about something that went wrong.
    pub alarming: bool,
    pub way_out: WayOut,
}

/// What a notice offers to do.
#[derive(Clone, Debug, PartialEq)]
pub enum WayOut {
    None,
    /// Goes back to a person's own work.
    Undo,
    /// Saves a text that could not be used as a file.
    Save(String),
    /// Saves the scenario as a file.
    Export,
}

impl Notice {
    pub fn of(what: impl Into<Message>, way_out: WayOut) -> Self {
        Notice { what: what.into(), problems: Vec::new(), alarming: false, way_out }
    }

    /// Something that could not be read.
    pub fn refused(what: impl Into<Message>, problems: Vec<Problem>, way_out: WayOut) -> Self {
        Notice { what: what.into(), problems, alarming: true, way_out }
    }

    pub fn is(&self, word: Word) -> bool {
        self.what.word == word
    }
}

/// What was just done, said for some seconds, and the offer to undo it.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub what: Message,
    pub undo: bool,
    /// Tells one from the next.
    pub number: u64,
}
