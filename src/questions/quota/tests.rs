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
    let limits = BTreeMap::from([("*".to_string(), Limits { rpm: Some(5.0), tpm: None, burndown: None })]);
    let answer = needs(MAIL_TRIAGE, QuotaQuestion { limits, ..QuotaQuestion::default() });
    let binds = answer.binds.unwrap();
    assert_eq!((binds.limit.as_str(), binds.at.as_str()), ("rpm", "2026-11-23T09:00Z"));
}

/// What a limit lets through is what the mock lets through, call by call.
#[test]
fn the_mock_throttles_the_same_calls() {
    let limits = BTreeMap::from([("*".to_string(), Limits { rpm: None, tpm: Some(200_000.0), burndown: None })]);
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
        let record = mock.ledger().last().unwrap();
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
        needs.add(&call, "", at_us, Some(Some(30_000)));
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
    needs.hear(&LoggedCall {
        line: 1,
        call: Call { model: HAIKU.to_string(), ..Call::default() },
        account: None,
        request: None,
    });
    let answer = needs.finish();
    assert_eq!((answer.requests, answer.models.len(), answer.binds), (1, 0, None));
    assert!(answer.unknown[0].contains("no time"), "{:?}", answer.unknown);
}

/// Calls of a model, one a second, each of so many tokens of the prompt.
fn steady(
    model: &str,
    region: impl Fn(u64) -> &'static str,
    calls: u64,
    every_s: i64,
    input: u64,
    question: QuotaQuestion,
) -> QuotaAnswer {
    let mut needs = QuotaNeeds::new(Catalog::full(), question);
    for number in 0..calls {
        let at_us = 1_795_392_000_000_000 + number as i64 * every_s * 1_000_000;
        let call = Call {
            at_us: Some(at_us),
            model: model.to_string(),
            region: region(number).to_string(),
            tokens: CallTokens { input, output: 100, ..CallTokens::default() },
            latency_ms: Some(100.0),
            ..Call::default()
        };
        needs.requests += 1;
        needs.add(&call, "", at_us, Some(Some(100)));
    }
    needs.finish()
}

/// Two accounts of 45,000 counted tokens a minute each are below a quota of 60,000, which is an account's own; the one
/// that needs more is named, and asks for itself.
#[test]
fn each_account_has_its_own_quota() {
    let limits = BTreeMap::from([("*".to_string(), Limits { rpm: None, tpm: Some(60_000.0), burndown: None })]);
    let of = |accounts: [&str; 2]| {
        let question = QuotaQuestion { limits: limits.clone(), ..QuotaQuestion::default() };
        let mut needs = QuotaNeeds::new(Catalog::full(), question);
        for number in 0..240_u64 {
            let at_us = number as i64 * 1_000_000;
            let which = (number % 2) as usize;
            let input = if which == 1 { 1_000 } else { 900 };
            let tokens = CallTokens { input, output: 100, ..CallTokens::default() };
            let (model, region) = (SONNET.to_string(), "eu-west-1".to_string());
            let call = Call { at_us: Some(at_us), model, region, tokens, latency_ms: Some(100.0), ..Call::default() };
            let account = Some(accounts[which].to_string()).filter(|named| !named.is_empty());
            needs.hear(&LoggedCall { line: number + 1, call, account, request: None });
        }
        needs.finish()
    };
    let apart = of(["111122223333", "444455556666"]);
    assert_eq!((apart.binds.clone(), apart.models.len()), (None, 2));
    assert_eq!(apart.models[0].account.as_deref(), Some("444455556666"));
    assert_eq!(apart.models[0].name, format!("{SONNET} (444455556666)"));
    let said = apart.unknown.iter().find(|note| note.contains("2 accounts"));
    assert!(said.is_some_and(|note| note.contains("account 444455556666: 45,000")), "{:?}", apart.unknown);
    assert!(apart.form.text.contains("AWS account ID: 444455556666\n"), "{}", apart.form.text);
    let day = 120.0 * 1_500.0;
    assert_eq!(apart.form.tokens_per_day, Some(day));
    let together = of(["111122223333", "111122223333"]);
    let of_accounts = |note: &&String| note.contains("accounts") || note.contains("no account");
    assert!(together.binds.is_some() && !together.unknown.iter().any(|note| of_accounts(&note)));
    let half_named = of(["", "444455556666"]);
    assert_eq!(half_named.models.len(), 2);
    let said: Vec<&String> = half_named.unknown.iter().filter(of_accounts).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("120 calls name no account"), "{said:?}");
}

/// A log without bodies, as AWS writes it where texts are not delivered, still says whose calls they are.
#[test]
fn accounts_are_told_apart_without_bodies() {
    let record = |second: u64, account: &str| {
        format!(
            r#"{{"schemaType":"ModelInvocationLog","timestamp":"2026-11-20T09:00:{second:02}Z"{account},"region":"eu-west-1","requestId":"r{second}","operation":"Converse","modelId":"{HAIKU}","input":{{"inputTokenCount":1000}},"output":{{"outputTokenCount":10}}}}"#
        ) + "\n"
    };
    let of = |account: [&str; 2]| -> String {
        (0..60).map(|second| record(second, account[usize::from(second % 3 == 0)])).collect()
    };
    let [first, second] = [r#","accountId":"111122223333""#, r#","accountId":"444455556666""#];
    let apart = needs(of([first, second]).as_bytes(), QuotaQuestion::default());
    let named: Vec<_> = apart.models.iter().map(|needs| (needs.account.as_deref(), needs.requests)).collect();
    assert_eq!(named, [(Some("111122223333"), 40), (Some("444455556666"), 20)]);
    let half = needs(of([first, ""]).as_bytes(), QuotaQuestion::default());
    assert!(half.unknown.iter().any(|note| note.starts_with("20 calls name no account")), "{:?}", half.unknown);
}

/// The tokens of a day are asked for elsewhere than those of a minute, and the form says so.
#[test]
fn the_form_says_where_the_tokens_of_a_day_are_asked_for() {
    let text = needs(SUPPORT_DESK, QuotaQuestion::default()).form.text;
    assert!(text.contains("busiest day: 686,880\n"), "{text}");
    assert!(text.contains("not adjustable in Service Quotas: ask for it in a Support case"), "{text}");
}

/// Where a scenario does not say what a token of an answer counts, simulation and needs take the model's own rate, and
/// both say that they do; where it says 1, it is 1.
#[test]
fn a_silent_scenario_has_one_burndown() {
    let check = |model: &str, capacity: &str, expected: f64, assumed: Option<&str>| {
        let text = format!(
            r#"{{"daily_messages": 2000, "capacity": {{"tpm": 200000{capacity}}}, "types": [{{"name": "a", "share_pct": 100,
            "model": "{model}", "input_tokens": 100, "output_tokens": 300}}]}}"#
        );
        let scenario = Scenario::load(&text).unwrap().output;
        let (answer, day) = quota_of_scenario(&scenario, Catalog::full(), QuotaQuestion::default()).unwrap();
        assert_eq!(answer.models[0].burndown, expected, "{model} {capacity}");
        let path = format!("models.{model}.burndown");
        let found = day.assumed.iter().find(|assumed| assumed.path == path);
        assert_eq!(found.map(|found| found.value), assumed.map(|_| expected), "{model} {capacity} {:?}", day.assumed);
        let alone = crate::sim::simulate(&scenario, Catalog::full(), None).unwrap();
        assert_eq!(alone.assumed, day.assumed);
        if let Some(said) = assumed {
            assert!(answer.unknown.iter().any(|note| note.contains(said)), "{:?}", answer.unknown);
        }
        assert_eq!(answer.unknown.iter().any(|note| note.contains("a token of its answers")), assumed.is_some());
    };
    let haiku_5_5 = "global.anthropic.claude-haiku-5-5";
    check(SONNET, "", 5.0, Some("assumed is the model's own rate, 5 tokens"));
    check(SONNET, r#", "burndown": 1"#, 1.0, None);
    check(SONNET, r#", "burndown": 7"#, 7.0, None);
    check("amazon.nova-pro-v1:0", "", 1.0, Some("assumed is the model's own rate, 1 token"));
    // Not named on AWS's page.
    check(haiku_5_5, "", 10.0, Some("AWS's page does not say"));
}

/// A quota that begins anew each minute binds and one that fills by the second does not: both shares are said as they are.
#[test]
fn a_share_of_none_is_said_as_none() {
    let limits = BTreeMap::from([("*".to_string(), Limits { rpm: Some(60.0), tpm: None, burndown: None })]);
    let mut needs = QuotaNeeds::new(Catalog::full(), QuotaQuestion { limits, ..QuotaQuestion::default() });
    // A minute's worth just before the full minute and the same right after the bucket is full again: by the clock, the
    // second minute has its sixty and one more.
    for at_s in (0..60).map(|_| 0.0).chain((0..61).map(|number| 61.0 + f64::from(number) * 0.98)) {
        let call = Call { model: SONNET.to_string(), latency_ms: Some(1.0), ..Call::default() };
        needs.add(&call, "", (at_s * 1e6) as i64, Some(Some(1)));
    }
    let answer = needs.finish();
    let said = answer.report().sentence.say(&English);
    let binds = answer.binds.unwrap();
    assert_eq!((binds.throttled_share, binds.throttled_share_by_clock), (0.0, 1.0 / 121.0));
    for share in [binds.throttled_share, binds.throttled_share_by_clock] {
        assert!(said.contains(&crate::words::Arg::Percent(share).say(&English)), "{share} {said}");
    }
}

const SONNET: &str = "global.anthropic.claude-sonnet-4-6";

/// 60 calls a minute of 1,500 tokens as counted, half of them in each of two Regions: 45,000 each are below a quota of
/// 60,000 that 90,000 together would not be.
#[test]
fn each_region_has_its_own_quota() {
    let limits = BTreeMap::from([("*".to_string(), Limits { rpm: None, tpm: Some(60_000.0), burndown: None })]);
    let question = QuotaQuestion { limits, ..QuotaQuestion::default() };
    let two = |number: u64| if number.is_multiple_of(2) { "eu-west-1" } else { "us-east-1" };
    let apart = steady(SONNET, two, 60, 1, 1_000, question.clone());
    assert_eq!((apart.binds.clone(), apart.models.len()), (None, 2));
    assert_eq!(apart.models[0].tpm.peak, Some(45_000.0));
    let names: Vec<&str> = apart.models.iter().map(|needs| needs.name.as_str()).collect();
    assert!(names.contains(&"global.anthropic.claude-sonnet-4-6 (eu-west-1)"), "{names:?}");
    let together = steady(SONNET, |_| "eu-west-1", 60, 1, 1_000, question);
    assert!(together.binds.is_some() && together.models[0].region.as_deref() == Some("eu-west-1"));
}

/// 8,640 calls of 100,500 tokens in us-east-1 are 868 million of the 700 that a new account has a day: from the 6,966th
/// on, at 19:20:50, they come too late.
#[test]
fn the_quota_of_a_day_binds() {
    let answer = steady(SONNET, |_| "us-east-1", 8_640, 10, 100_000, QuotaQuestion::default());
    assert_eq!(answer.tokens_per_day, Some(8_640.0 * 100_500.0));
    let binds = answer.binds.clone().unwrap();
    assert_eq!((binds.limit.as_str(), binds.value, binds.at.get(11..)), ("tokens_per_day", 7e8, Some("19:20Z")));
    assert!((binds.throttled_share - (8_640.0 - 6_965.0) / 8_640.0).abs() < 1e-12);
    let said = answer.report().sentence.say(&English);
    assert!(said.contains("700,000,000 tokens a day"), "{said}");
    let elsewhere = steady(SONNET, |_| "eu-west-1", 8_640, 10, 100_000, QuotaQuestion::default());
    assert_eq!(elsewhere.binds, None);
}

/// Both ways of throttling are said, each as it is in the document.
#[test]
fn the_sentence_says_the_documents_figures() {
    use crate::words::Arg;
    let answer = needs(MAIL_TRIAGE, QuotaQuestion::default());
    let binds = answer.binds.clone().unwrap();
    let said = answer.report().sentence.say(&English);
    for share in [binds.throttled_share, binds.throttled_share_by_clock] {
        assert!(said.contains(&Arg::Percent(share).say(&English)), "{share} {said}");
    }
}

#[test]
fn a_quota_of_a_model_that_is_not_there_is_named() {
    let given = |name: &str| {
        let limits = BTreeMap::from([(name.to_string(), Limits { rpm: None, tpm: Some(90_000.0), burndown: None })]);
        steady(SONNET, |_| "", 3, 1, 10, QuotaQuestion { limits, ..QuotaQuestion::default() })
    };
    let other = given("claude-opus-5");
    assert!(other.unknown.iter().any(|note| note.contains("claude-opus-5")), "{:?}", other.unknown);
    // A model is found by its name without who made it.
    let own = given("claude-sonnet-4-6");
    assert_eq!(own.models[0].limits.tpm, Some(90_000.0));
    assert!(!own.unknown.iter().any(|note| note.contains("is used nowhere")), "{:?}", own.unknown);
    // The other limit is that of a new account, and is said to be.
    assert!(own.models[0].limits.rpm.is_some() && own.models[0].default_limits);
}

/// A lower `max_tokens` never needs more, and one above the longest answer needs what is asked today.
#[test]
fn each_max_tokens_has_its_tokens_a_minute() {
    let answer = needs(MAIL_TRIAGE, QuotaQuestion::default());
    let unit = &answer.models[0];
    let tpm: Vec<f64> = unit.max_tokens.iter().map(|lever| lever.tpm.unwrap()).collect();
    assert!(tpm.windows(2).all(|pair| pair[0] <= pair[1]), "{tpm:?}");
    // From the longest answer on, it is what is asked today.
    assert_eq!(tpm.last().copied(), unit.tpm.peak);
    let throttled: Vec<f64> = unit.max_tokens.iter().map(|lever| lever.throttled_share.unwrap()).collect();
    assert!(throttled.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9), "{throttled:?}");
    assert!(unit.levers.iter().filter(|lever| lever.lever == "max_tokens").all(|lever| lever.tpm.is_some()));
}
