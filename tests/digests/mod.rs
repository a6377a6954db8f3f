//! The recorded digests of simulated days, one for each preset and seed.

use rehearsal::catalog::Catalog;
use rehearsal::scenario::{Preset, Scenario};
use rehearsal::sim::simulate;

/// Simulates each preset and compares the digest with the recorded one.
pub fn check() {
    let recorded: std::collections::BTreeMap<String, String> =
        serde_json::from_str(include_str!("../digests.json")).expect("digests.json is a map of strings");
    let mut simulated = std::collections::BTreeMap::new();
    for preset in Preset::ALL {
        for seed in [42, u64::MAX] {
            let scenario = Scenario { seed, ..preset.scenario() };
            let outcome = simulate(&scenario, &Catalog::reference(), Some(100_000)).expect("a preset simulates");
            simulated.insert(format!("{} {seed}", preset.key()), outcome.digest);
        }
    }
    let text = serde_json::to_string_pretty(&simulated).expect("a map of strings is JSON");
    assert_eq!(
        simulated, recorded,
        "the engine gives other bits; if that is meant, tests/digests.json becomes:\n{text}"
    );
}
