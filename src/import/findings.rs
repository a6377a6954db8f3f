//! What a log says that its bill cannot show: named beside the total, with how many calls it is of.

use std::collections::BTreeMap;

use serde::Serialize;

/// One thing that was not understood, assumed, or left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    pub code: FindingCode,
    /// What it is of: a column, a word, a model.
    pub name: String,
    /// The whole of it as a sentence.
    pub what: String,
    /// Calls or rows that it was seen in.
    pub calls: u64,
    /// Whether the true bill is higher than what is known of it.
    pub at_least: bool,
}

/// What kind of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// A column that may bear on the price and is not understood.
    Column,
    /// A word that is not understood: of a failure, a tier.
    Word,
    /// Something was counted that has no price here.
    Unpriced,
    /// The body counts what the record does not, or counts otherwise.
    Body,
    /// Answered calls without counted tokens.
    Uncounted,
    /// A stream that broke was billed as counted.
    Broken,
    /// A failed call counted tokens and was not billed.
    Unbilled,
    /// How counts that may contain each other were taken.
    Counts,
    /// The same call came again with other counts.
    SeenOtherwise,
    /// A name was priced as a model of the catalog.
    TakenAs,
    /// Which row of the price list was chosen, where there are several.
    Row,
    /// An ARN that hides its model.
    Profile,
    /// Something about days, hours or the time zone.
    Time,
    /// A limit of what is kept apart.
    Limit,
    /// Records that are no model calls.
    NoCalls,
    /// Calls that name no model.
    NoModel,
    /// Lines that were not read and may be calls.
    Unread,
    /// A key that stands twice in a record, of which only the last counts.
    KeyTwice,
    /// A model that is retired, or is to be.
    EndOfLife,
}

/// What is said of a key that stands twice.
pub(super) const KEY_TWICE: &str = "a key that stands twice in a record, of which only the last one counts";

/// The most findings that are told apart.
const MOST: usize = 500;

/// Findings as they grow.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    found: BTreeMap<(FindingCode, String), (String, u64, bool)>,
    /// Of those that are one too many, by kind: how many calls, and whether they make the bill a least.
    more: BTreeMap<FindingCode, (u64, bool)>,
}

impl Findings {
    /// Adds calls to a finding.
    pub fn add(&mut self, code: FindingCode, name: &str, calls: u64, at_least: bool, what: impl FnOnce() -> String) {
        let name: String = name.chars().take(200).collect();
        let full = self.found.len() >= MOST;
        match self.found.get_mut(&(code, name.clone())) {
            Some((_, count, least)) => {
                *count += calls;
                *least |= at_least;
            }
            None if full => {
                let more = self.more.entry(code).or_default();
                *more = (more.0 + calls, more.1 | at_least);
            }
            None => {
                self.found.insert((code, name), (what(), calls, at_least));
            }
        }
    }

    /// All of them.
    pub fn list(&self) -> Vec<Finding> {
        let found = self.found.iter().map(|((code, name), (what, calls, at_least))| Finding {
            code: *code,
            name: name.clone(),
            what: what.clone(),
            calls: *calls,
            at_least: *at_least,
        });
        let more = self.more.iter().map(|(code, (calls, at_least))| Finding {
            code: *code,
            name: "more".to_string(),
            what: "more of this kind than are told apart".to_string(),
            calls: *calls,
            at_least: *at_least,
        });
        found.chain(more).collect()
    }
}
