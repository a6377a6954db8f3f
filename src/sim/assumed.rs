//! The day at the ends of what is assumed: how much of a figure nobody knows.

use std::collections::BTreeSet;

use super::plan::Assumed;
use crate::catalog::{any_speed, speed_of};
use crate::scenario::Scenario;

/// The scenario with every speed that is `assumed` at one end of its range: the slowest that it may be, or the
/// fastest. `None` where no speed is assumed.
pub fn at_assumed_end(scenario: &Scenario, assumed: &[Assumed], slow: bool) -> Option<Scenario> {
    let models: BTreeSet<&str> = assumed.iter().filter_map(Assumed::of_speed).collect();
    let mut end = scenario.clone();
    for id in &models {
        let profile = speed_of(id).unwrap_or_else(any_speed).at_end(slow).profile();
        let own = end.models.entry((*id).to_string()).or_default();
        own.ttft = profile.ttft;
        own.tokens_per_s = profile.tokens_per_s;
        own.ttft_ms_per_1k_input = profile.ttft_ms_per_1k_input;
    }
    (!models.is_empty()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::scenario::Preset;
    use crate::sim::{Outcome, simulate};

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
        let of_speed = |day: &Outcome| day.assumed.iter().any(|one| one.of_speed().is_some());
        assert!(!of_speed(&fast) && !of_speed(&slow), "they say what the speed is");
        let p95 = |day: &Outcome| day.overall.e2e_ms.p95.expect("there are answers");
        assert!(p95(&fast) < p95(&as_assumed) && p95(&as_assumed) < p95(&slow));
    }

    #[test]
    fn nothing_is_assumed_of_what_somebody_said() {
        let scenario = Preset::Reference.scenario();
        assert_eq!(at_assumed_end(&scenario, &day(&scenario).assumed, true), None);
    }
}
