use serde_json::json;

use super::*;
use crate::bedrock::Body;
use crate::fixture::Library;
use crate::mock::{Config, Fallback, Mock, examine, full_catalog};
use crate::questions::listen;
use crate::questions::logs::{CODE_AGENT, MAIL_TRIAGE, SUPPORT_DESK};

const OPUS: &str = "global.anthropic.claude-opus-4-7";

fn upgrade(log: &[u8], to: &str, today: Option<&str>) -> UpgradeAnswer {
    let question = UpgradeQuestion { to: vec![to.to_string()], today: today.map(str::to_string) };
    let mut upgrade = Upgrade::new(Catalog::full(), question).unwrap();
    listen(log, |call| upgrade.hear(call, "log"));
    upgrade.finish()
}

/// The words, the status and the exception of an answer of the mock; `None` where it takes the request.
fn mocks_words(asked: &Asked, to: &str, today: Option<&str>) -> Option<(u16, String, String)> {
    let config = Config { today: today.map(str::to_string), fallback: Fallback::Echo, ..Config::default() };
    let mut mock = Mock::new(Library::default(), full_catalog(), config);
    let reply = mock.handle(&asked.to(to), 0.0);
    let Body::Whole(body) = &reply.body else { return None };
    let said: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = reply.headers.get("x-amzn-errortype").unwrap_or_default();
    let kind = kind.split(':').next().unwrap_or_default().to_string();
    (reply.status >= 400).then(|| (reply.status, kind, said["message"].as_str().unwrap_or_default().to_string()))
}

/// Every call of the example logs, asked of every model: what the check refuses the mock refuses in the same words,
/// and what it takes the mock takes.
#[test]
fn the_mock_says_the_same_words() {
    let catalog = Catalog::full();
    let mut refused = 0;
    let mut asked: Vec<Asked> = Vec::new();
    for log in [SUPPORT_DESK, CODE_AGENT, MAIL_TRIAGE] {
        let mut first = None;
        listen(log, |call| {
            first.get_or_insert_with(|| Asked::logged(call.request.as_ref().unwrap(), &call.call.model).unwrap());
        });
        asked.extend(first);
    }
    let wrong =
        json!({"messages": [{"role": "user", "content": [{"text": "a"}]}], "inferenceConfig": {"maxTokens": "5"}});
    asked.push(Asked::of_body(wrong).unwrap());
    let prefill = json!({"messages": [{"role": "user", "content": [{"text": "a"}]}, {"role": "assistant", "content": [{"text": "{"}]}]});
    asked.push(Asked::of_body(prefill).unwrap());
    for model in every_model(catalog, None) {
        for (number, asked) in asked.iter().enumerate() {
            for today in [None, Some("2026-11-29")].into_iter().skip(usize::from(number < 3)) {
                let examined = examine(&asked.to(&model), catalog, today);
                let first = examined.refused.first();
                let ours = first.map(|first| (first.status, first.kind.clone(), first.message.clone()));
                let theirs = mocks_words(asked, &model, today);
                if ours.is_none() && examined.unchecked.is_some() {
                    continue;
                }
                assert_eq!(ours, theirs, "{model} {:?} {today:?}", asked.operation);
                refused += usize::from(ours.is_some());
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_refused_parameter_has_its_place_its_count_and_its_patch() {
    let answer = upgrade(SUPPORT_DESK, OPUS, Some("2026-11-29"));
    assert_eq!((answer.calls, answer.taken, answer.refused, answer.not_checked), (180, 0, 180, 0));
    let [group] = answer.by_rule.as_slice() else { panic!("{:?}", answer.by_rule) };
    assert_eq!(
        (group.rule.as_str(), group.path.as_str(), group.count),
        ("temperature", "inferenceConfig.temperature", 180)
    );
    assert!(group.message.ends_with("`temperature` is deprecated for this model."), "{}", group.message);
    let patch = serde_json::to_value(&group.patch).unwrap();
    assert_eq!(patch, json!([{"op": "remove", "path": "/inferenceConfig/temperature"}]));
    assert_eq!((group.patched, answer.models[0].mended), (180, 180));
}

#[test]
fn thinking_with_a_budget_becomes_adaptive() {
    let answer = upgrade(CODE_AGENT, OPUS, Some("2026-11-29"));
    assert_eq!((answer.calls, answer.refused), (96, 96));
    let group = &answer.by_rule[0];
    assert_eq!((group.rule.as_str(), group.path.as_str()), ("thinking_types", "thinking.type"));
    assert_eq!(
        serde_json::to_value(&group.patch).unwrap(),
        json!([{"op": "replace", "path": "/thinking", "value": {"type": "adaptive"}}])
    );
    assert_eq!(answer.models[0].mended, 96);
    let end = answer.end_of_life.iter().find(|end| end.model.contains("sonnet-4-5")).unwrap();
    assert_eq!((end.date.as_deref(), end.days, end.calls), (Some("2027-04-08"), Some(130), 96));
}

/// Today's model takes what it took, and tokens and bill are those of the import.
#[test]
fn the_same_model_changes_nothing() {
    for (log, model, calls) in [
        (SUPPORT_DESK, "global.anthropic.claude-sonnet-4-6", 180),
        (CODE_AGENT, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 96),
        (MAIL_TRIAGE, "us.anthropic.claude-haiku-4-5-20251001-v1:0", 720),
    ] {
        let answer = upgrade(log, model, None);
        assert_eq!((answer.taken, answer.refused), (calls, 0), "{:?}", answer.by_rule);
        assert_eq!(answer.bill_usd.before, answer.bill_usd.after);
        assert_eq!(answer.tokens.before, answer.tokens.after);
        let imported = crate::import::to_scenario(listen(log, |_| {}), Catalog::full());
        assert_eq!(answer.bill_usd.before, imported.bill_usd, "{model}");
    }
}

#[test]
fn another_tokenizer_counts_other_tokens() {
    let answer = upgrade(SUPPORT_DESK, OPUS, None);
    let (before, after) = (answer.tokens.before.unwrap(), answer.tokens.after.unwrap());
    assert!(after > before && after < before * 2, "{before} {after}");
    assert!(answer.unknown.iter().any(|note| note.contains("assumed")), "{:?}", answer.unknown);
}

#[test]
fn what_cannot_be_looked_at_is_not_taken() {
    let question = UpgradeQuestion { to: vec![OPUS.to_string()], today: None };
    let mut upgrade = Upgrade::new(Catalog::full(), question).unwrap();
    let call = Call { model: "global.anthropic.claude-sonnet-4-6".to_string(), ..Call::default() };
    upgrade.hear(&LoggedCall { line: 1, call, request: None }, "log:1");
    let answer = upgrade.finish();
    assert_eq!((answer.calls, answer.taken, answer.refused, answer.not_checked), (1, 0, 0, 1));
    assert!(answer.unknown[0].contains("without their request"), "{:?}", answer.unknown);
    assert_eq!(answer.bill_usd.after, None);
}

#[test]
fn cache_points_are_left_out_for_a_model_that_caches_nothing() {
    let body = json!({
        "system": [{"text": "a"}, {"cachePoint": {"type": "default"}}],
        "messages": [{"role": "user", "content": [{"text": "b"}, {"cachePoint": {"type": "default"}}]}],
    });
    let target = every_model(Catalog::full(), None)
        .into_iter()
        .find(|id| {
            RuleSheet::get().row(id).is_some_and(|row| {
                row.refuses("cache") && !row.refuses("system") && row.cell("doors_runtime").contains("converse")
            })
        })
        .unwrap();
    let mut upgrade = Upgrade::new(Catalog::full(), UpgradeQuestion { to: vec![target.clone()], today: None }).unwrap();
    upgrade.hear_request(&Asked::of_body(body).unwrap(), "a.json:1");
    let answer = upgrade.finish();
    assert_eq!((answer.refused, answer.models[0].mended), (1, 1), "{target}: {:?}", answer.by_rule);
    assert_eq!(answer.by_rule[0].patch.as_ref().map(Vec::len), Some(2));
}

#[test]
fn models_and_days_that_are_none_are_refused() {
    let new = |to: &str, today: &str| {
        let question = UpgradeQuestion { to: vec![to.to_string()], today: Some(today.to_string()) };
        Upgrade::new(Catalog::full(), question).map(|_| ()).unwrap_err()
    };
    assert_eq!(
        new("anthropic.claude-opus-4-77", "2026-11-29"),
        "the catalog has no model `anthropic.claude-opus-4-77`; did you mean `anthropic.claude-opus-4-7`?"
    );
    assert_eq!(new(OPUS, "29.11.2026"), "`29.11.2026` is no day; expected YYYY-MM-DD");
}

#[test]
fn the_form_is_the_published_one() {
    let answer = serde_json::to_value(upgrade(SUPPORT_DESK, OPUS, Some("2026-11-29"))).unwrap();
    for key in ["calls", "taken", "refused", "by_rule", "tokens", "bill_usd", "end_of_life", "unknown"] {
        assert!(!answer[key].is_null(), "{key}");
    }
    for key in ["rule", "count", "path", "message", "fix", "source"] {
        assert!(!answer["by_rule"][0][key].is_null(), "{key}");
    }
    assert!(answer["tokens"]["before"].is_u64() && answer["bill_usd"]["after"].is_number());
    assert!(answer["end_of_life"][0]["model"].is_string());
}

/// Whatever the rules say is to be done is a word, so that it is said in Japanese, too.
#[test]
fn every_mend_has_its_word() {
    let words: Vec<&str> =
        Word::ALL.iter().filter(|word| word.key().starts_with("fix_")).map(|word| word.english()).collect();
    let verbs = [
        "Answer ",
        "Ask ",
        "Begin ",
        "Cache ",
        "Choose ",
        "Count ",
        "End ",
        "Give ",
        "Join ",
        "Keep ",
        "Leave ",
        "Mark ",
        "Name ",
        "Put ",
        "Raise ",
        "Say ",
        "Send ",
        "Trim ",
        "Use ",
        "Write ",
        "This model always ",
        "This model caches ",
    ];
    let mut found = 0;
    let mut look = |path: &std::path::Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for said in code.split('"').filter(|said| said.ends_with('.') && !said.contains(['{', '\n'])) {
            if verbs.iter().any(|verb| said.starts_with(verb)) {
                assert!(words.contains(&said), "{}: {said}", path.display());
                found += 1;
            }
        }
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in ["rules", "rules/check"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
                look(&path);
            }
        }
    }
    look(&root.join("mock/examine.rs"));
    assert!(found > 50, "{found}");
}

#[test]
fn an_assumed_speed_says_its_range() {
    let answer = upgrade(SUPPORT_DESK, OPUS, Some("2026-11-29"));
    let model = &answer.models[0];
    let speed = crate::catalog::speed_of(OPUS).unwrap();
    let range = model.ttft_ms_range.after.unwrap();
    assert_eq!([range.low, range.high], speed.ttft_range_ms);
    let rate = model.tokens_per_s_range.before.unwrap();
    // One model is used: its own range.
    let used = crate::catalog::speed_of("global.anthropic.claude-sonnet-4-6").unwrap().tokens_per_s_range;
    assert!((rate.low - used[0]).abs() < 1e-9 && (rate.high - used[1]).abs() < 1e-9);
    let said = answer.report().text(&English);
    assert!(said.contains(&crate::words::Arg::Ms(range.high).say(&English)), "{said}");
}

/// A lower bound that lies in the past is no end.
#[test]
fn a_passed_lower_bound_leaves_no_days() {
    let mut answer = upgrade(SUPPORT_DESK, OPUS, Some("2026-11-30"));
    for end in &mut answer.end_of_life {
        (end.date, end.days, end.not_before) = (Some("2026-10-16".to_string()), Some(-45), true);
    }
    let said = answer.report().text(&English);
    assert!(said.contains("not before 2026-10-16 (passed; no date is announced)"), "{said}");
    assert!(!said.contains("-45") && !said.contains('≥'), "{said}");
}
