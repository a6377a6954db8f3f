//! What each model takes and refuses, as data: one row a model, with source and date.
//!
//! `rules.csv` is the sheet; an empty cell is unknown and never means no, a cell with `|` holds what
//! sources disagree about, a `?` marks an assumption. [`RuleRow`] reads a cell as a [`Verdict`]; `service_model`
//! holds a value against the members, lengths and patterns of the published service model; [`crate::checks`] holds a
//! request against both. Nothing here follows from a
//! version number inside an id.

#[cfg(test)]
mod breaks;
mod frame;
mod service_model;

#[cfg(test)]
pub(crate) use breaks::single_breaks;
pub use frame::Frame;
pub(crate) use service_model::model_source;
pub use service_model::{Shape, ShapeProblem, check_answer, check_shape, member_names};

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Serialize;

use crate::words::Word;

/// The sheet that comes with the product.
pub const SHEET: &str = include_str!("rules.csv");
const COLUMNS: &str = include_str!("columns.csv");
const SOURCES: &str = include_str!("sources.csv");

/// All rows of the sheet.
#[derive(Debug)]
pub struct RuleSheet {
    columns: Vec<&'static str>,
    rows: BTreeMap<&'static str, Vec<&'static str>>,
}

/// The rules of one model.
#[derive(Clone, Copy, Debug)]
pub struct RuleRow {
    model: &'static str,
    cells: &'static [&'static str],
}

/// What a cell says of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    Yes,
    /// `no`, `reject` or `none`.
    No,
    /// Nothing is known, or sources disagree: nothing is refused for it.
    Unknown,
}

/// One rule as it is told: what, since when, by whom.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Told {
    pub name: &'static str,
    /// What the rule is about.
    pub meaning: &'static str,
    /// `None` where it is not known.
    pub value: Option<&'static str>,
    /// `M` measured, `F` read in a file, `D` documentation, `I` a thread, `?` an assumption, `conflict`.
    pub mark: &'static str,
    pub source: String,
    /// `YYYY-MM-DD`.
    pub date: &'static str,
}

impl Told {
    /// What the rule is about, for a reader of any language.
    pub fn about(&self) -> Option<Word> {
        Word::from_key(&format!("sheet_{}", self.name))
    }
}

/// The prefixes of inference profiles.
///
/// # Source
/// AWS's lists of profiles, 2026-10-09.
const GEOGRAPHIES: [&str; 9] = ["us", "eu", "apac", "jp", "au", "ca", "in", "global", "us-gov"];

/// An id without its ARN and its geography: what rules are kept by.
pub fn base_id(id: &str) -> &str {
    let id = if id.starts_with("arn:") { id.rsplit('/').next().unwrap_or(id) } else { id };
    match id.split_once('.') {
        Some((geography, rest)) if GEOGRAPHIES.contains(&geography) => rest,
        _ => id,
    }
}

/// Whether a model may have the inference profile that its id names: those that a source lists, and any where none lists
/// them.
pub fn has_profile(id: &str) -> bool {
    let id = id.rsplit('/').next().unwrap_or(id);
    let Some((geography, base)) = id.split_once('.').filter(|(geography, _)| GEOGRAPHIES.contains(geography)) else {
        return true;
    };
    let listed = RuleSheet::get().row(base).map_or("", |row| row.cell("profiles"));
    listed.is_empty() || listed.split('+').any(|profile| profile.trim_end_matches('?') == geography)
}

/// The day from which a model is not served any more, `YYYY-MM-DD`, where that is known: of its row, or of the price
/// list, the earlier one.
pub fn end_of_life(model: &crate::catalog::Model) -> Option<String> {
    let sheet = RuleSheet::get().row(&model.id);
    let cell = |column: &str| sheet.map_or("", |row| row.cell(column));
    let row = cell("eol");
    // Of a model that the service calls active, a list's day is the first that it may end on, and no end.
    if row.is_empty() && cell("status") == "active" {
        return None;
    }
    // Ended, without its day: on the day that the sheet was read at the latest.
    let by_then = sheet.filter(|_| row.is_empty() && cell("status") == "eol").map_or("", |row| row.date());
    let days = [row, model.retires.as_deref().unwrap_or_default(), by_then];
    days.into_iter().filter(|day| crate::catalog::is_date(day)).min().map(str::to_string)
}

/// From how many days before on a coming end is told.
const TOLD_DAYS: i64 = 180;

/// How a model stands to its end on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Age {
    /// It ended.
    Retired,
    /// It is to end on a day that is so many days off, half a year at most.
    Ending { date: String, days: i64 },
}

/// How a model stands to its end on a day, `YYYY-MM-DD`; without one, on the day its prices were read. `None`
/// where no end is near.
pub fn age(model: &crate::catalog::Model, today: Option<&str>) -> Option<Age> {
    let Some(date) = end_of_life(model) else {
        // Gone in some Regions, on no day that a list says.
        let active = RuleSheet::get().row(&model.id).is_some_and(|row| row.cell("status") == "active");
        return (model.is_retired(today) && !active).then_some(Age::Retired);
    };
    let today = today.filter(|day| crate::catalog::is_date(day));
    let on = today.unwrap_or(&model.date);
    let days = crate::catalog::day_number(&date)? - crate::catalog::day_number(on)?;
    match days {
        ..=0 => Some(Age::Retired),
        1..=TOLD_DAYS if today.is_some() => Some(Age::Ending { date, days }),
        _ => None,
    }
}

impl Age {
    /// A sentence of it.
    pub fn said(&self, model: &str) -> String {
        match self {
            Age::Retired => format!("{model} is retired: new traffic cannot use it"),
            Age::Ending { date, days } => format!("{model} is to be retired on {date}, in {days} days"),
        }
    }
}

/// Lines of fields of a table without quotes.
fn table(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.is_empty()).map(|line| line.split(',').collect())
}

impl RuleSheet {
    /// The sheet, read once.
    pub fn get() -> &'static RuleSheet {
        static SHEETS: OnceLock<RuleSheet> = OnceLock::new();
        SHEETS.get_or_init(|| {
            let mut lines = table(SHEET);
            let columns = lines.next().unwrap_or_default();
            let rows = lines.filter_map(|cells| Some((*cells.first()?, cells)));
            RuleSheet { columns, rows: rows.collect() }
        })
    }

    /// The row of a model, by any of its ids.
    pub fn row(&'static self, id: &str) -> Option<RuleRow> {
        let base = crate::catalog::runtime_id(base_id(id));
        // Provisioned throughput has ids of its own: `…:0:200k`.
        let plain = || base.rsplit_once(':').filter(|(_, size)| size.ends_with('k')).map(|(plain, _)| plain);
        let (model, cells) = self.rows.get_key_value(base).or_else(|| self.rows.get_key_value(plain()?))?;
        Some(RuleRow { model, cells })
    }

    /// All rows, in the order of their ids.
    pub fn rows(&'static self) -> impl Iterator<Item = RuleRow> {
        self.rows.iter().map(|(model, cells)| RuleRow { model, cells })
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[&'static str] {
        &self.columns
    }
}

impl RuleRow {
    /// The base id of the model.
    pub fn model(&self) -> &'static str {
        self.model
    }

    /// A cell as it stands; empty for what is not known.
    pub fn cell(&self, column: &str) -> &'static str {
        let sheet = RuleSheet::get();
        let at = sheet.columns.iter().position(|name| *name == column);
        at.and_then(|at| self.cells.get(at).copied()).unwrap_or_default()
    }

    /// Whether a feature is there.
    pub fn verdict(&self, column: &str) -> Verdict {
        match self.cell(column) {
            "" => Verdict::Unknown,
            "no" | "reject" | "none" => Verdict::No,
            // What sources disagree about, and what is only assumed.
            cell if cell.contains('|') || cell.contains('?') => Verdict::Unknown,
            _ => Verdict::Yes,
        }
    }

    /// Whether the service refuses a request that uses the feature.
    pub fn refuses(&self, column: &str) -> bool {
        self.verdict(column) == Verdict::No
    }

    /// Whether one of the cell's `+`-separated choices is this one.
    pub fn lists(&self, column: &str, choice: &str) -> bool {
        self.cell(column).split(['+', '|']).any(|listed| listed.trim_end_matches('?') == choice)
    }

    /// The whole number of a cell: the preferred one where sources disagree.
    pub fn number(&self, column: &str) -> Option<u64> {
        let cell = self.cell(column).split('|').next()?;
        cell.trim_end_matches('?').parse().ok()
    }

    /// Where a row comes from, and when it was read.
    pub fn source(&self) -> String {
        let codes = self.cell("sources").split('+').map(|code| {
            let known = table(SOURCES).find(|fields| fields.first() == Some(&code));
            known.and_then(|fields| fields.get(1).copied()).unwrap_or(code)
        });
        codes.collect::<Vec<_>>().join("; ")
    }

    /// The day of the newest list the row rests on.
    pub fn date(&self) -> &'static str {
        self.cell("source_date")
    }

    /// How well a cell is known.
    pub fn mark(&self, column: &str) -> &'static str {
        let marks = self.cell("marks").split(';').filter_map(|mark| mark.rsplit_once(':'));
        marks.into_iter().find(|(name, _)| *name == column).map_or("F", |(_, mark)| mark)
    }

    /// Every rule of the model, in the order of the sheet.
    pub fn told(&self) -> Vec<Told> {
        let source = self.source();
        let meanings: BTreeMap<&str, &'static str> =
            table(COLUMNS).filter_map(|fields| Some((*fields.first()?, *fields.get(1)?))).collect();
        let columns = RuleSheet::get().columns.iter().filter(|name| meanings.contains_key(**name));
        columns
            .map(|name| Told {
                name,
                meaning: meanings.get(name).copied().unwrap_or_default(),
                value: Some(self.cell(name)).filter(|value| !value.is_empty()),
                mark: self.mark(name),
                source: source.clone(),
                date: self.date(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Mode};

    #[test]
    fn a_model_has_the_profiles_that_a_source_lists() {
        let check = |id: &str, has: bool| assert_eq!(has_profile(id), has, "{id}");
        check("eu.anthropic.claude-opus-4-7", true);
        check("apac.anthropic.claude-opus-4-7", true);
        check("us-gov.anthropic.claude-opus-4-7", false);
        check("ca.anthropic.claude-haiku-5-5", false);
        check("arn:aws:bedrock:us-east-1:1:inference-profile/in.anthropic.claude-opus-4-7", false);
        check("anthropic.claude-opus-4-7", true);
        check("us.nobody.knows-this", true);
    }

    /// A model without a row would be checked by nothing.
    #[test]
    fn every_chat_model_of_the_catalog_has_a_row() {
        let missing: Vec<&str> = Catalog::full()
            .models()
            .filter(|model| model.mode == Mode::Chat && RuleSheet::get().row(&model.id).is_none())
            .map(|model| model.id.as_str())
            .collect();
        assert!(missing.is_empty(), "no rules for {missing:?}: add rows to src/rules/rules.csv");
    }

    #[test]
    fn every_row_is_whole_and_says_where_it_comes_from() {
        let sheet = RuleSheet::get();
        let described: Vec<&str> = table(COLUMNS).skip(1).map(|fields| fields[0]).collect();
        let open = |name: &&str| !["model", "marks", "sources", "source_date"].contains(name);
        assert_eq!(sheet.columns.iter().copied().filter(open).collect::<Vec<_>>(), described);
        for rule in sheet.rows().next().expect("a row").told() {
            assert_eq!(rule.about().map(Word::english), Some(rule.meaning), "the word `sheet_{}`", rule.name);
        }
        for row in sheet.rows() {
            assert_eq!(row.cells.len(), sheet.columns.len(), "{}", row.model);
            assert!(row.date().len() == 10 && !row.source().is_empty(), "{}", row.model);
            for code in row.cell("sources").split('+') {
                assert!(table(SOURCES).any(|fields| fields[0] == code), "{}: {code}", row.model);
            }
        }
        assert!(sheet.rows().count() > 120);
    }

    #[test]
    fn any_id_of_a_model_finds_its_row() {
        let model = |id: &str| RuleSheet::get().row(id).map(|row| row.model());
        let opus = Some("anthropic.claude-opus-4-7");
        assert_eq!(model("anthropic.claude-opus-4-7"), opus);
        assert_eq!(model("apac.anthropic.claude-opus-4-7"), opus);
        assert_eq!(
            model("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-7"),
            opus
        );
        assert_eq!(
            model("anthropic.claude-3-haiku-20240307-v1:0:200k"),
            Some("anthropic.claude-3-haiku-20240307-v1:0")
        );
        assert_eq!(model("acme.model"), None);
    }
}
