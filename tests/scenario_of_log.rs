//! A scenario made of a log costs what the log cost, or says by how much not and why: over random logs with prompts on
//! both sides of thresholds, cached prefixes below the smallest, tiers, regions, one-hour writes and failures.
#![cfg(not(target_arch = "wasm32"))]

use rehearsal::catalog::Catalog;
use rehearsal::cost::estimate;
use rehearsal::import::{ImportOptions, ImportedLog, LogReader, to_scenario};
use rehearsal::scenario::Scenario;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }
}

const MODELS: [&str; 6] = [
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "amazon.nova-pro-v1:0",
    "deepseek.v3.2",
    "global.openai.gpt-6.1-sol",
    "us.anthropic.claude-opus-4-6-v1",
];

fn log(case: u64) -> String {
    let mut dice = Dice(case);
    let mut out = "timestamp,model,region,service_tier,use_case,inputTokens,outputTokens,cacheReadInputTokens,cache_write_5m,cache_write_1h,error\n".to_string();
    let regional = dice.below(3) > 0;
    let kinds = 1 + dice.below(3);
    let models = 1 + dice.below(MODELS.len() as u64);
    for call in 0..40 + dice.below(400) {
        let model = MODELS[dice.below(models) as usize];
        let region = if regional { dice.of(&["us-east-1", "us-east-1", "ap-northeast-1", "eu-west-1"]) } else { "" };
        let tier = match model {
            "amazon.nova-pro-v1:0" => dice.of(&["default", "flex", "priority"]),
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0" => dice.of(&["", "batch"]),
            _ => "",
        };
        let long = dice.below(12) == 0;
        let input = if long { 150_000 + dice.below(250_000) } else { 20 + dice.below(4_000) };
        let cached = model != "deepseek.v3.2" && tier != "batch" && dice.below(3) == 0;
        let prefix = if cached { 50 + dice.below(9_000) } else { 0 };
        let hour = model.contains("claude") && dice.below(4) == 0;
        let [read, five, one] = match dice.below(2) {
            0 => [prefix, 0, 0],
            _ if hour => [0, 0, prefix],
            _ => [0, prefix, 0],
        };
        let error = if dice.below(30) == 0 { "ThrottlingException" } else { "" };
        let at = 1_795_100_400 + call * (30 + dice.below(900));
        let (kind, output) = (dice.below(kinds), 1 + dice.below(900));
        out.push_str(&format!(
            "{at},{model},{region},{tier},kind {kind},{input},{output},{read},{five},{one},{error}\n"
        ));
    }
    out
}

fn import(text: &str) -> ImportedLog {
    let mut reader = LogReader::new(ImportOptions::default());
    reader.begin_file("calls.csv");
    reader.push(text.as_bytes());
    to_scenario(reader.finish(), Catalog::full())
}

#[test]
fn a_random_logs_scenario_costs_what_it_did() {
    let mut far = Vec::new();
    let mut worst: f64 = 0.0;
    for case in 0..60 {
        let imported = import(&log(case));
        assert_eq!(imported.skipped, [], "{case}");
        let bill = imported.bill_usd.unwrap_or_else(|| panic!("{case}: {:?}", imported.unknown)).dollars();
        let misfit = imported.scenario_misfit_pct.expect("both are known");
        worst = worst.max(misfit.abs());
        // The document that is handed over, read again, costs what was said of it.
        let scenario = Scenario::load(&imported.scenario.to_string()).expect("it is valid").output;
        let daily =
            estimate(&scenario, Catalog::full()).expect("it is valid").total_daily_cost_usd.expect("it is known");
        let again = daily.dollars() * imported.requests as f64 / scenario.daily_messages;
        assert!((again / bill - 1.0 - misfit / 100.0).abs() < 1e-6, "{case}: {again} is not {bill} {misfit:+} %");
        if misfit.abs() > 0.01 {
            assert!(!imported.scenario_reasons.is_empty(), "{case}: {misfit} % without a reason");
            far.push((case, misfit, imported.scenario_reasons));
        }
    }
    // Where it is off, it is by little.
    assert!(worst < 1.0 && far.len() <= 20, "{far:#?}");
}
