//! What a day's figures would be at both ends of the speeds and burndowns that it assumes: no figure is more exact
//! than what it rests on.

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

/// The scenario with all that is uncertain of what is `assumed` at one end of its range: where calls are slowest, or
/// fastest. `None` where nothing is.
pub fn at_assumed_end(scenario: &Scenario, assumed: &[Assumed], slow: bool) -> Option<Scenario> {
    let mut end = None;
    for one in assumed.iter().filter(|one| one.is_uncertain()) {
        let models = &mut end.get_or_insert_with(|| scenario.clone()).models;
        if let Some(id) = one.of_speed() {
            let speed = speed_of(id).unwrap_or_else(any_speed).at_end(slow);
            let ModelProfile { ttft, tokens_per_s, ttft_ms_per_1k_input, .. } = ModelProfile::of(&speed);
            let own = models.entry(id.to_string()).or_default();
            *own = ModelProfile { latency: None, ttft, tokens_per_s, ttft_ms_per_1k_input, ..own.clone() };
        } else if let Some(id) = one.of_burndown() {
            models.entry(id.to_string()).or_default().burndown = Some(one.range[usize::from(slow)]);
        }
    }
    end
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
    let at = |slow: bool| {
        let end = at_assumed_end(scenario, &outcome.assumed, slow);
        end.map(|end| simulate(&end, catalog, messages).map(|day| day.overall.with_unanswered)).transpose()
    };
    Ok(at(false)?.zip(at(true)?).map(|(fastest, slowest)| OverAssumed { fastest, slowest }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Preset;

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

    fn day(scenario: &Scenario) -> Outcome {
        simulate(scenario, &Catalog::reference(), Some(2_000)).expect("a valid scenario")
    }

    #[test]
    fn the_percentiles_lie_between_those_of_the_ends_of_what_is_assumed() {
        let scenario = Preset::Today.scenario();
        let as_assumed = day(&scenario);
        assert!(!as_assumed.assumed.is_empty());
        let end = |slow| day(&at_assumed_end(&scenario, &as_assumed.assumed, slow).expect("something is assumed"));
        let (fast, slow) = (end(false), end(true));
        let uncertain = |day: &Outcome| day.assumed.iter().any(Assumed::is_uncertain);
        assert!(!uncertain(&fast) && !uncertain(&slow), "they say what is assumed");
        let p95 = |day: &Outcome| day.overall.e2e_ms.p95.expect("there are answers");
        assert!(p95(&fast) < p95(&as_assumed) && p95(&as_assumed) < p95(&slow));
    }

    #[test]
    fn nothing_is_assumed_of_what_somebody_said() {
        let scenario = Preset::Reference.scenario();
        assert_eq!(at_assumed_end(&scenario, &day(&scenario).assumed, true), None);
    }
}
