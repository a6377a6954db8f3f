//! What a day's figures would be at both ends of the speeds and burndowns that it assumes: no figure is more exact than what it
//! rests on.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalog::{Catalog, any_speed, speed_of};
use crate::problem::Problems;
use crate::scenario::{ModelProfile, Scenario};

use super::plan::Assumed;
use super::{Outcome, Quantiles, simulate};

/// The figures of everyone who came, with what is assumed at its fastest and at its slowest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OverAssumed {
    pub fastest: Quantiles,
    pub slowest: Quantiles,
}

/// A day with its range, as one document.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Ranged {
    #[serde(flatten)]
    pub outcome: Outcome,
    /// `None` where nothing is assumed.
    pub over_assumed: Option<OverAssumed>,
}

impl Ranged {
    /// # Errors
    /// Those of [`simulate`].
    pub fn new(
        outcome: Outcome,
        scenario: &Scenario,
        catalog: &Catalog,
        messages: Option<u64>,
    ) -> Result<Self, Problems> {
        let over_assumed = over_assumed(scenario, catalog, &outcome, messages)?;
        Ok(Ranged { outcome, over_assumed })
    }
}

/// Simulates a day again at both ends of what it assumes; `None` where it assumes nothing.
///
/// # Errors
/// Those of [`simulate`].
pub fn over_assumed(
    scenario: &Scenario,
    catalog: &Catalog,
    outcome: &Outcome,
    messages: Option<u64>,
) -> Result<Option<OverAssumed>, Problems> {
    let ids: BTreeSet<&str> = outcome.assumed.iter().filter_map(Assumed::of_speed).collect();
    let burndowns = || outcome.assumed.iter().filter_map(|it| Some((it.of_uncertain_burndown()?, it.range)));
    if ids.is_empty() && burndowns().next().is_none() {
        return Ok(None);
    }
    let at = |slow: bool| {
        let mut scenario = scenario.clone();
        for id in &ids {
            let speed = speed_of(id).unwrap_or_else(any_speed).at_end(slow).profile();
            let own = scenario.models.entry((*id).to_string()).or_default();
            let ModelProfile { ttft, tokens_per_s, ttft_ms_per_1k_input, .. } = speed;
            *own = ModelProfile { latency: None, ttft, tokens_per_s, ttft_ms_per_1k_input, ..own.clone() };
        }
        for (id, range) in burndowns() {
            scenario.models.entry(id.to_string()).or_default().burndown = Some(range[usize::from(slow)]);
        }
        simulate(&scenario, catalog, messages).map(|day| day.overall.with_unanswered)
    };
    Ok(Some(OverAssumed { fastest: at(false)?, slowest: at(true)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_assumed_has_a_range() {
        let text = r#"{"types": [{"name": "a", "share_pct": 100, "model": "global.anthropic.claude-sonnet-4-6"}], "models": {}}"#;
        let scenario = Scenario::load(text).unwrap().output;
        let day = simulate(&scenario, Catalog::full(), Some(20_000)).unwrap();
        let range = over_assumed(&scenario, Catalog::full(), &day, Some(20_000)).unwrap().unwrap();
        let p95 = day.overall.with_unanswered.p95;
        assert!(range.fastest.p95 < p95 && p95 < range.slowest.p95, "{range:?} {p95:?}");
    }

    /// A scenario that says its own speeds assumes nothing.
    #[test]
    fn what_was_measured_has_none() {
        let scenario = Scenario::default();
        let day = simulate(&scenario, Catalog::full(), Some(1_000)).unwrap();
        assert_eq!(over_assumed(&scenario, Catalog::full(), &day, Some(1_000)).unwrap(), None);
    }
}
