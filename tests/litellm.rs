//! Calls priced by another engine: LiteLLM's cost calculator, over many models, shapes and tiers. How
//! the table was made: `tests/data/litellm_oracle.py`.
#![cfg(not(target_arch = "wasm32"))]

use rehearsal::catalog::Catalog;
use rehearsal::cost::{CallTokens, Tier, price_call};

#[test]
fn calls_cost_what_litellm_says() {
    let table = include_str!("data/litellm_cases.csv");
    let mut compared = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let count = |index: usize| fields[index].parse::<u64>().expect("the table has counts");
        let model = Catalog::full().get(fields[0]).unwrap_or_else(|| panic!("no model {}", fields[0]));
        let tokens = CallTokens {
            input: count(2),
            output: count(3),
            cache_read: count(4),
            cache_write_5m: count(5),
            cache_write_1h: count(6),
        };
        let tier = Tier::from_key(fields[1]).expect("the table has tiers");
        let theirs: f64 = fields[7].parse().expect("the table has amounts");
        let ours = price_call(model, tokens, tier).total().unwrap_or_else(|| panic!("{line}: unknown here")).dollars();
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{line}: {ours} here");
        compared += 1;
    }
    assert!(compared > 2_000, "{compared}");
}
