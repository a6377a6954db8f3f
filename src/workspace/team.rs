//! `team.json`: what a team lays beside the page, so that everyone begins with its figures.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{MAX_NAME, VERSION, below, check_version, finish};
use crate::catalog::OwnPrices;
use crate::document::{self, Fields, Findings};
use crate::problem::{Problem, Problems, Warned};
use crate::scenario::{Capacity, Scenario};
use crate::words::{Message, Word};

/// A team's name, presets and figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Team {
    pub name: Option<String>,
    /// The service level that scenarios begin with.
    pub slo_ms: Option<f64>,
    /// The negotiated discount.
    pub discount_pct: Option<f64>,
    /// Prices of its own, by model id.
    pub prices: BTreeMap<String, OwnPrices>,
    /// Quotas and places: those of `capacity` in a scenario.
    pub quotas: Quotas,
    /// What application inference profiles and prompt routers stand for: a model's id by ARN.
    pub profiles: BTreeMap<String, String>,
    pub presets: Vec<TeamPreset>,
}

/// The limits that a team's account has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quotas {
    pub concurrency: Option<f64>,
    pub rpm: Option<f64>,
    pub tpm: Option<f64>,
}

/// A scenario of the team's gallery.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TeamPreset {
    pub name: String,
    /// What it shows, in a sentence.
    pub note: String,
    pub scenario: Scenario,
}

/// The profiles of a team's file.
fn profiles(fields: &Fields<'_>, found: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let Some(given) = fields.value("profiles") else { return BTreeMap::new() };
    let models =
        given.as_object().into_iter().flatten().map(|(arn, model)| Some((arn.clone(), model.as_str()?.to_string())));
    let models: Option<BTreeMap<String, String>> = models.collect();
    match models.filter(|_| given.is_object()) {
        Some(models) => models,
        None => {
            found.push(Problem::error("profiles", Word::team_profiles, Word::team_profiles_hint));
            BTreeMap::new()
        }
    }
}

impl Team {
    /// The longest file that is read, in bytes.
    pub const MAX_TEXT: usize = 1_000_000;
    /// The most presets.
    pub const MAX_PRESETS: usize = 24;

    /// Reads the file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line, column and path; nothing of it is used
    /// then.
    pub fn load(text: &str) -> Result<Warned<Team>, Problems> {
        let placed = |mut problems: Vec<Problem>| {
            for problem in &mut problems {
                problem.path = document::place_of(text, &problem.path);
            }
            problems
        };
        match Team::of(&document::parse(text)?) {
            Ok(read) => Ok(Warned { output: read.output, warnings: placed(read.warnings) }),
            Err(problems) => Err(Problems(placed(problems.0))),
        }
    }

    fn of(document: &Value) -> Result<Warned<Team>, Problems> {
        let findings = Findings::default();
        let mut found = Vec::new();
        let mut team = Team::default();
        if let Some(fields) = Fields::of(document, "", &findings) {
            check_version(&fields, VERSION);
            team.name = fields.text("name").map(|name| name.chars().take(MAX_NAME).collect());
            team.slo_ms = fields.number("slo_ms");
            team.discount_pct = fields.number("discount_pct");
            team.prices = OwnPrices::table(&fields, "prices");
            if let Some(quotas) = fields.object("quotas") {
                team.quotas = Quotas {
                    concurrency: quotas.number("concurrency"),
                    rpm: quotas.number("rpm"),
                    tpm: quotas.number("tpm"),
                };
            }
            team.profiles = profiles(&fields, &mut found);
            team.check(&mut found);
            let presets = fields.objects("presets").unwrap_or_default();
            if presets.len() > Team::MAX_PRESETS {
                let what = Message::new(Word::team_presets).number("most", Team::MAX_PRESETS as f64);
                found.push(Problem::error("presets", what, Word::team_presets_hint));
            }
            for preset in presets.iter().take(Team::MAX_PRESETS) {
                team.presets.extend(team.preset(preset, &mut found));
            }
        }
        finish(team, findings, found)
    }

    /// A preset: what it does not say is the team's.
    fn preset(&self, fields: &Fields<'_>, found: &mut Vec<Problem>) -> Option<TeamPreset> {
        let name = fields.required("name", fields.text("name"))?.chars().take(MAX_NAME).collect();
        let note = fields.text("note").unwrap_or_default().chars().take(4 * MAX_NAME).collect();
        let given = fields.required("scenario", fields.value("scenario"))?;
        let mut document = self.defaults();
        lay_over(&mut document, given);
        let inside = |problem: Problem| Problem { path: below(fields.path(), "scenario", &problem.path), ..problem };
        match Scenario::of(&document) {
            Ok(Warned { output: scenario, warnings }) => {
                found.extend(warnings.into_iter().map(inside));
                Some(TeamPreset { name, note, scenario })
            }
            Err(problems) => {
                found.extend(problems.0.into_iter().map(inside));
                None
            }
        }
    }

    /// The team's figures as a part of a scenario.
    fn defaults(&self) -> Value {
        let mut scenario = Map::new();
        let mut put = |path: [&str; 2], value: Option<Value>| {
            if let Some(value) = value {
                match path {
                    [key, ""] => scenario.insert(key.to_string(), value),
                    [key, inner] => match scenario.entry(key).or_insert_with(|| json!({})) {
                        Value::Object(map) => map.insert(inner.to_string(), value),
                        _ => None,
                    },
                };
            }
        };
        put(["slo_ms", ""], self.slo_ms.map(Value::from));
        put(["billing", "discount_pct"], self.discount_pct.map(Value::from));
        put(
            ["billing", "prices"],
            (!self.prices.is_empty()).then(|| serde_json::to_value(&self.prices).unwrap_or_default()),
        );
        put(["capacity", "concurrency"], self.quotas.concurrency.map(Value::from));
        put(["capacity", "rpm"], self.quotas.rpm.map(Value::from));
        put(["capacity", "tpm"], self.quotas.tpm.map(Value::from));
        Value::Object(scenario)
    }

    /// Finds what a scenario would not take.
    fn check(&self, found: &mut Vec<Problem>) {
        let mut scenario = Scenario::default();
        self.apply(&mut scenario);
        let own = |problem: Problem| {
            let path = problem.path.replacen("billing.", "", 1).replacen("capacity.", "quotas.", 1);
            Problem { path, ..problem }
        };
        found.extend(scenario.problems().into_iter().filter(Problem::is_error).map(own));
    }

    /// Gives a ready-made scenario the team's figures. A limit that the scenario has for a reason of
    /// its own stays.
    pub fn apply(&self, scenario: &mut Scenario) {
        scenario.slo_ms = self.slo_ms.unwrap_or(scenario.slo_ms);
        scenario.billing.discount_pct = self.discount_pct.unwrap_or(scenario.billing.discount_pct);
        scenario.billing.prices.extend(self.prices.clone());
        if scenario.capacity == Capacity::default() {
            scenario.capacity.concurrency = self.quotas.concurrency;
            scenario.capacity.rpm = self.quotas.rpm;
            scenario.capacity.tpm = self.quotas.tpm;
        }
    }
}

/// Lays one JSON document over another, object by object.
fn lay_over(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(under.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

crate::pack_fields!(Team { name, slo_ms, discount_pct, prices, quotas, profiles, presets });
crate::pack_fields!(Quotas { concurrency, rpm, tpm });
crate::pack_fields!(TeamPreset { name, note, scenario });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::HAIKU;
    use crate::words::English;

    const EXAMPLE: &str = include_str!("../../docs/team.example.json");

    #[test]
    fn the_documented_example_is_read() {
        let read = Team::load(EXAMPLE).unwrap();
        assert_eq!(read.warnings, []);
        let team = read.output;
        assert_eq!(team.name.as_deref(), Some("Manga Shop"));
        let mut scenario = Scenario::default();
        team.apply(&mut scenario);
        assert_eq!((scenario.slo_ms, scenario.billing.discount_pct), (2000.0, 12.0));
        assert_eq!(scenario.capacity.rpm, Some(1000.0));
        assert!(scenario.billing.prices.contains_key(HAIKU));
        let preset = &team.presets[0];
        assert_eq!(preset.scenario.slo_ms, 1500.0, "a preset's own word counts");
        assert_eq!(preset.scenario.billing.discount_pct, 12.0, "what it does not say is the team's");
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let check = |text: &str, expected: &[&str]| {
            let problems = Team::load(text).unwrap_err();
            let said: Vec<_> = problems.0.iter().map(|problem| problem.say(&English)).collect();
            assert_eq!(said, expected);
        };
        check(
            "{\"version\": 1,\n \"discount_pct\": 120}",
            &["2:18 discount_pct: 120 is out of range. Expected a number from 0 to 100."],
        );
        check(
            "{\"quotas\": {\"rpm\": 0.5},\n \"presets\": [{\"name\": \"a\"}]}",
            &[
                "1:20 quotas.rpm: 0.5 is out of range. Expected a number from 1 to 1,000,000,000,000.",
                "2:14 presets[0]: The field `scenario` is missing. Add it.",
            ],
        );
        check(
            "{\"presets\": [{\"name\": \"a\", \"scenario\": {\"types\": 5}}]}",
            &["1:50 presets[0].scenario.types: 5 is of the wrong type. Expected a list, [ … ]."],
        );
        check(
            "{\"presets\": [",
            &["1:13: This is not JSON: EOF while parsing a list. Look at the character before that place."],
        );
    }
}
