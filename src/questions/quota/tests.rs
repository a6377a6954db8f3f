use super::*;
use crate::cost::CallTokens;
use crate::questions::listen;
use crate::questions::logs::{MAIL_TRIAGE, SUPPORT_DESK};
use crate::scenario::Scenario;

fn needs(log: &[u8], question: QuotaQuestion) -> QuotaAnswer {
    let mut needs = QuotaNeeds::new(Catalog::full(), question);
    listen(log, |call| needs.hear(call));
    needs.finish()
}

const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

/// A job at 09:30 sends 120 calls without maxTokens: each holds 64,000 tokens for 26 seconds.
#[test]
fn a_burst_without_max_tokens_binds_at_its_minute() {
    let answer = needs(MAIL_TRIAGE, QuotaQuestion::default());
    let binds = answer.binds.clone().unwrap();
    assert_eq!((binds.limit.as_str(), binds.at.as_str(), binds.value), ("tpm", "2026-11-23T09:30Z", 5e6));
    // The generator's own quota, filled by the second, turned 34 of 720 calls away.
    assert!((binds.throttled_share - 34.0 / 720.0).abs() < 2.0 / 720.0, "{binds:?}");
    assert!(binds.throttled_share_by_clock > binds.throttled_share, "{binds:?}");
    let unit = &answer.models[0];
    assert_eq!((answer.rpm.p50, answer.rpm.peak), (Some(10.0), Some(130.0)));
    assert_eq!((unit.throttled_in_log, unit.first_throttled_in_log.as_deref()), (34, Some("2026-11-23T09:30Z")));
    assert_eq!((unit.unset_max_tokens, unit.longest_answer), (720, 64_000));
    assert!(answer.reserved_share.unwrap() > 0.9, "{answer:?}");
    // Answers of at most 900 tokens fit into 2,048: nobody would have been throttled, and nothing cut.
    let lever = unit.levers.iter().find(|lever| lever.value == "2048").unwrap();
    assert_eq!((lever.throttled_share, lever.cut), (Some(0.0), Some(0)));
    let small = unit.levers.iter().find(|lever| lever.value == "512").unwrap();
    // Of the 120 of the job 87 were answered, with 900 tokens each.
    assert_eq!(small.cut, Some(87));
}

/// One call a minute of 3,516 counted tokens, 60 of the answer at burndown five, 400 reserved.
#[test]
fn a_steady_log_needs_what_its_calls_count() {
    let answer = needs(SUPPORT_DESK, QuotaQuestion::default());
    let unit = &answer.models[0];
    assert_eq!((answer.rpm.p50, answer.rpm.p90, answer.rpm.peak), (Some(1.0), Some(1.0), Some(1.0)));
    assert_eq!(unit.tpm_used.peak, Some((16 + 3_500 + 5 * 60) as f64));
    assert_eq!(unit.tpm_reserved.peak, Some((16 + 3_500 + 400) as f64));
    assert_eq!(answer.tpm.peak, Some(3_916.0));
    assert_eq!((answer.binds.clone(), answer.tokens_per_day), (None, Some(180.0 * 3_816.0)));
    assert_eq!((answer.form.average_input_tokens, answer.form.average_output_tokens), (Some(3_516.0), Some(60.0)));
    assert_eq!(answer.form.inference_profile_ids, ["global.anthropic.claude-sonnet-4-6"]);
    assert!(answer.form.text.contains("Tokens per minute, steady state (P50): 3,916\n"), "{}", answer.form.text);
}

#[test]
fn a_limit_of_ones_own_binds() {
    let limits = BTreeMap::from([("*".to_string(), Limits { rpm: Some(5.0), tpm: None })]);
    let answer = needs(MAIL_TRIAGE, QuotaQuestion { limits, ..QuotaQuestion::default() });
    let binds = answer.binds.unwrap();
    assert_eq!((binds.limit.as_str(), binds.at.as_str()), ("rpm", "2026-11-23T09:00Z"));
}

/// What a limit lets through is what the mock lets through, call by call.
#[test]
fn the_mock_throttles_the_same_calls() {
    let limits = BTreeMap::from([("*".to_string(), Limits { rpm: None, tpm: Some(200_000.0) })]);
    let mut needs = QuotaNeeds::new(Catalog::full(), QuotaQuestion { limits, ..QuotaQuestion::default() });
    let config =
        serde_json::json!({"quotas": {"*": {"tpm": 200_000, "burndown": 5}}, "fallback": "echo", "latency": "model"});
    let config = crate::mock::Config::read(&config).unwrap_or_else(|problems| panic!("{problems}"));
    let mut mock = crate::mock::Mock::new(crate::fixture::Library::default(), crate::mock::full_catalog(), config);
    let mut refused = 0;
    for number in 0..60_u64 {
        let body = serde_json::json!({"messages": [{"role": "user", "content": [{"text": format!("call {number}")}]}], "inferenceConfig": {"maxTokens": 30_000}});
        let asked = crate::questions::Asked::of_body(body).unwrap();
        let at_ms = number as f64 * 50.0;
        let reply = mock.handle(&asked.to(HAIKU), at_ms);
        let record = mock.ledger().records().last().unwrap();
        refused += u64::from(reply.status == 429);
        let tokens =
            CallTokens { input: record.input_tokens.max(10), output: record.output_tokens, ..CallTokens::default() };
        let at_us = number as i64 * 50_000;
        let call = Call {
            at_us: Some(at_us),
            model: HAIKU.to_string(),
            tokens,
            latency_ms: Some(reply.end_ms()),
            ..Call::default()
        };
        needs.requests += 1;
        needs.add(&call, at_us, Some(Some(30_000)));
    }
    let answer = needs.finish();
    let ours = answer.binds.map_or(0.0, |binds| binds.throttled_share) * 60.0;
    assert!(refused > 0 && (ours - refused as f64).abs() < 1.5, "{ours} {refused}");
}

#[test]
fn a_scenario_needs_what_its_simulation_meets() {
    let text = r#"{"daily_messages": 20000, "traffic": {"curve": "noon-peak"}, "retry": {"mode": "none"},
        "capacity": {"rpm": 30, "max_tokens": 500},
        "types": [{"name": "a", "share_pct": 100, "model": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "input_tokens": 1000, "output_tokens": 200}]}"#;
    let scenario = Scenario::load(text).unwrap().output;
    let (answer, simulated) = quota_of_scenario(&scenario, Catalog::full(), QuotaQuestion::default()).unwrap();
    let binds = answer.binds.unwrap();
    assert_eq!(binds.limit, "rpm");
    assert_eq!(simulated.binds.unwrap().limit, "rpm");
    let share = simulated.throttled as f64 / simulated.messages as f64;
    assert!((binds.throttled_share - share).abs() < 0.01, "{} {share}", binds.throttled_share);
    // The noon hour has 3.0 of 24.8 parts of the day's messages.
    assert!((30.0..70.0).contains(&answer.rpm.peak.unwrap()), "{:?}", answer.rpm);
}

#[test]
fn the_form_is_the_published_one() {
    let answer = serde_json::to_value(needs(MAIL_TRIAGE, QuotaQuestion::default())).unwrap();
    for key in ["rpm", "tpm"] {
        for figure in ["p50", "p90", "peak"] {
            assert!(answer[key][figure].is_number(), "{key}.{figure}");
        }
    }
    assert!(answer["tokens_per_day"].is_number() && answer["reserved_share"].is_number());
    for key in ["limit", "at", "throttled_share"] {
        assert!(!answer["binds"][key].is_null(), "{key}");
    }
    assert!(answer["form"]["text"].is_string());
}

#[test]
fn a_log_without_times_says_so() {
    let mut needs = QuotaNeeds::new(Catalog::full(), QuotaQuestion::default());
    needs.hear(&LoggedCall { line: 1, call: Call { model: HAIKU.to_string(), ..Call::default() }, request: None });
    let answer = needs.finish();
    assert_eq!((answer.requests, answer.models.len(), answer.binds), (1, 0, None));
    assert!(answer.unknown[0].contains("no time"), "{:?}", answer.unknown);
}
