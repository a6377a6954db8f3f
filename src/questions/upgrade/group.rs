//! Calls that break for one reason, told once.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::checks::RuleFinding;

use super::OnModel;
use super::patch::PatchOp;

/// What a rule refuses at one place.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RefusedBy {
    /// A column of the sheet, `service-model`, or `model`, `eol`, `context`.
    pub rule: String,
    /// Calls in which it is refused.
    pub count: u64,
    /// Where, in the request's own spelling; of the first such call where the places differ by a number.
    pub path: String,
    /// HTTP status and exception of the answer.
    pub status: u16,
    #[serde(rename = "type")]
    pub kind: String,
    /// In the service's words.
    pub message: String,
    pub fix: String,
    pub source: String,
    pub date: String,
    /// What mends the first such call, where no thought is needed; tried before it is offered.
    pub patch: Option<Vec<PatchOp>>,
    /// Calls that such a patch mends.
    pub patched: u64,
    /// The first such call.
    pub first: String,
    /// The models that refuse it.
    pub models: Vec<String>,
}

/// The most reasons that are told apart.
const MOST: usize = 1_000;

/// Reasons as they are found.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    by: BTreeMap<(&'static str, String), RefusedBy>,
    /// Findings beyond the most reasons.
    pub joined: u64,
}

impl Groups {
    /// Adds what was found in one call, each reason once.
    pub fn add(&mut self, found: &[(RuleFinding, Option<Vec<PatchOp>>)], model: &str, place: &str) {
        let mut seen: Vec<(&'static str, String)> = Vec::new();
        for (finding, patch) in found {
            let key = (finding.rule, numberless(&finding.path));
            if seen.contains(&key) {
                continue;
            }
            seen.push(key.clone());
            if self.by.len() >= MOST && !self.by.contains_key(&key) {
                self.joined += 1;
                continue;
            }
            let group = self.by.entry(key).or_insert_with(|| RefusedBy {
                rule: finding.rule.to_string(),
                count: 0,
                path: finding.path.clone(),
                status: finding.status,
                kind: finding.kind.clone(),
                message: finding.message.clone(),
                fix: finding.fix.clone(),
                source: finding.source.clone(),
                date: finding.date.clone(),
                patch: patch.clone(),
                patched: 0,
                first: place.to_string(),
                models: vec![model.to_string()],
            });
            group.count += 1;
            group.patched += u64::from(patch.is_some());
        }
    }

    /// The reasons, the most frequent first.
    pub fn list(self) -> Vec<RefusedBy> {
        sorted(self.by.into_values().collect())
    }
}

/// A place without its numbers: `messages.#.content.#`.
fn numberless(path: &str) -> String {
    let parts = path.split('.').map(|part| if part.bytes().all(|b| b.is_ascii_digit()) { "#" } else { part });
    parts.collect::<Vec<_>>().join(".")
}

fn sorted(mut groups: Vec<RefusedBy>) -> Vec<RefusedBy> {
    groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.rule, &a.path).cmp(&(&b.rule, &b.path))));
    groups
}

/// The reasons of several models as one list: the calls of each, added.
pub(super) fn joined(models: &[OnModel]) -> Vec<RefusedBy> {
    let mut by: BTreeMap<(String, String), RefusedBy> = BTreeMap::new();
    for group in models.iter().flat_map(|model| &model.by_rule) {
        match by.get_mut(&(group.rule.clone(), numberless(&group.path))) {
            Some(known) => {
                known.count += group.count;
                known.patched += group.patched;
                known.models.extend(group.models.iter().cloned());
            }
            None => {
                by.insert((group.rule.clone(), numberless(&group.path)), group.clone());
            }
        }
    }
    sorted(by.into_values().collect())
}
