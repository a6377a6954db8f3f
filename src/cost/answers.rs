use serde::Serialize;

use crate::catalog::{Catalog, is_date};
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;
use crate::words::{Message, Word};

use super::findings::{Month, findings, projection};
use super::models::{OnModels, on_models};
use super::range::{BillRange, bill_range};
use super::sensitivity::{Sensitivity, sensitivity};
use super::sheet::Sheet;
use super::waterfall::{Waterfall, waterfall};
use super::{Estimate, estimate};

/// A bill and everything that can be said about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Answers {
    #[serde(flatten)]
    pub estimate: Estimate,
    pub waterfall: Option<Waterfall>,
    pub sensitivity: Vec<Sensitivity>,
    pub range: Option<BillRange>,
    pub on_models: OnModels,
    /// The next twelve months, with the scenario's growth.
    pub months: Vec<Month>,
    pub findings: Vec<Message>,
}

/// Estimates a scenario and answers what a team asks next. `today`, `YYYY-MM-DD`, is the date that
/// prices are judged by.
///
/// # Errors
/// The scenario's own errors, and a `today` that is no day.
pub fn answers(scenario: &Scenario, catalog: &Catalog, today: Option<&str>) -> Result<Answers, Problems> {
    if let Some(other) = today.filter(|day| !is_date(day)) {
        let what = Message::new(Word::not_one_of).text("value", other);
        let hint = Message::new(Word::not_one_of_hint).text("all", "a day as YYYY-MM-DD");
        return Err(Problem::error("today", what, hint).into());
    }
    let estimate = estimate(scenario, catalog)?;
    let sheet = Sheet::new(scenario, catalog);
    let waterfall = waterfall(scenario, catalog);
    let sensitivity = sensitivity(scenario, &sheet);
    let on_models = on_models(scenario, catalog, today);
    let findings = findings(scenario, catalog, &estimate, waterfall.as_ref(), &sensitivity, &on_models, today);
    Ok(Answers {
        waterfall,
        range: bill_range(scenario, &sheet),
        months: projection(scenario, &estimate),
        sensitivity,
        on_models,
        findings,
        estimate,
    })
}
