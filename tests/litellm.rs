//! Calls priced by another engine: LiteLLM's cost calculator, over every row, region, door, tier and threshold. How
//! the table was made: `tests/data/litellm_oracle.py`.
#![cfg(not(target_arch = "wasm32"))]

use rehearsal::catalog::Catalog;
use rehearsal::cost::{CallTokens, PricedCall};

#[test]
fn calls_cost_what_litellm_says() {
    let table = include_str!("data/litellm_cases.csv");
    let mut compared = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let count = |index: usize| fields[index].parse::<u64>().expect("the table has counts");
        let said = |index: usize| Some(fields[index]).filter(|text| !text.is_empty());
        let tokens = CallTokens {
            input: count(4),
            output: count(5),
            cache_read: count(6),
            cache_write_5m: count(7),
            cache_write_1h: count(8),
        };
        let theirs: f64 = fields[9].parse().expect("the table has amounts");
        let priced = PricedCall::placed(Catalog::full(), fields[0], tokens, said(3), said(1), said(2));
        let priced = priced.unwrap_or_else(|error| panic!("{line}: {error}"));
        let ours = priced.total_usd.unwrap_or_else(|| panic!("{line}: unknown here")).dollars();
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{line}: {ours} here");
        compared += 1;
    }
    assert!(compared > 2_900, "{compared}");
}

/// The examples that a first release got wrong, each by hand.
#[test]
fn calls_by_hand() {
    let check = |model: &str, region: Option<&str>, tier: &str, tokens: CallTokens, expected: &str| {
        let priced =
            PricedCall::placed(Catalog::full(), model, tokens, Some(tier), region, None).expect("it is a call");
        let total = priced.total_usd.map(|usd| usd.to_string());
        assert_eq!(total.as_deref(), Some(expected), "{model} {region:?} {tier}");
    };
    let call = |input, output| CallTokens { input, output, ..CallTokens::default() };
    // Beyond 272,000 tokens: 4 in and 15 out; 4.4 and 19.8 by the profile of the United States.
    check("global.openai.gpt-6.1-sol", None, "standard", call(300_000, 1_000), "1.215");
    check("us.openai.gpt-5.6-terra", None, "standard", call(300_000, 1_000), "1.3398");
    check("global.openai.gpt-6.1-sol", None, "standard", call(272_000, 1_000), "0.554");
    // A million in and a tenth of it out.
    check("amazon.nova-pro-v1:0", None, "flex", call(1_000_000, 100_000), "0.56");
    check("deepseek.v3.2", Some("ap-northeast-1"), "standard", call(1_000_000, 1_000_000), "2.96");
    check("deepseek.v3.2", None, "standard", call(1_000_000, 1_000_000), "2.47");
    // Its regional rows stand in the list under the mantle door's spelling.
    check("moonshot.kimi-k2-thinking", Some("ap-northeast-1"), "standard", call(1_000_000, 1_000_000), "3.76");
    check("moonshot.kimi-k2-thinking", None, "standard", call(1_000_000, 1_000_000), "3.1");
    let cached = CallTokens { cache_read: 1_000_000, ..CallTokens::default() };
    check("amazon.nova-pro-v1:0", None, "flex", cached, "0.1");
    check("amazon.nova-pro-v1:0", None, "priority", cached, "0.35");
    // In the model's own region a tenth more than by the global profile.
    check("anthropic.claude-haiku-4-5-20251001-v1:0", Some("us-east-1"), "standard", call(1_000_000, 0), "1.1");
    check("global.anthropic.claude-haiku-4-5-20251001-v1:0", Some("us-east-1"), "standard", call(1_000_000, 0), "1");
}
