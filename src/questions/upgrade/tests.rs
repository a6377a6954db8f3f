use serde_json::{Value, json};

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
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
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

/// An image of the assistant is refused by Claude, by the check and the mock in the same words; what nobody knows is
/// not checked, and never among the taken.
#[test]
fn what_nobody_knows_is_not_checked() {
    let look = |body: Value, region: &str, to: &str| {
        let question = UpgradeQuestion { to: vec![to.to_string()], today: None };
        let mut upgrade = Upgrade::new(Catalog::full(), question).unwrap();
        let call = Call {
            model: "global.anthropic.claude-sonnet-4-6".to_string(),
            region: region.to_string(),
            ..Call::default()
        };
        let operation = Some(crate::bedrock::Operation::Converse);
        let request = crate::import::LoggedRequest { operation, body: Some(body.to_string()) };
        upgrade.hear(&LoggedCall { line: 1, call, account: None, request: Some(request) }, "log:1");
        let answer = upgrade.finish();
        ([answer.taken, answer.refused, answer.not_checked], answer)
    };
    let hello = json!({"role": "user", "content": [{"text": "hi"}]});
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let image = json!({"image": {"format": "png", "source": {"bytes": png}}});
    let drawn = json!({"messages": [hello, {"role": "assistant", "content": [image]}, hello]});
    let words = "messages.1.content: 'image' blocks are not permitted within assistant turns.";
    let (counts, answer) = look(drawn.clone(), "us-east-1", OPUS);
    assert_eq!(counts, [0, 1, 0]);
    assert!(answer.by_rule[0].message.ends_with(words), "{:?}", answer.by_rule);
    let theirs = mocks_words(&Asked::of_body(drawn.clone()).unwrap(), OPUS, None).unwrap();
    assert_eq!(theirs.2, answer.by_rule[0].message);
    let (counts, answer) = look(drawn, "us-east-1", "us.amazon.nova-pro-v1:0");
    assert_eq!(counts, [0, 0, 1]);
    assert!(
        answer.unknown.iter().any(|note| note.contains("media in a message of the assistant")),
        "{:?}",
        answer.unknown
    );

    let tool = |pattern: &str| {
        let schema = json!({"type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {"a": {"type": "string", "pattern": pattern}}});
        let spec = json!({"name": "t", "description": "d", "strict": true, "inputSchema": {"json": schema}});
        json!({"messages": [hello], "toolConfig": {"tools": [{"toolSpec": spec}]}})
    };
    let sonnet = "global.anthropic.claude-sonnet-4-6";
    assert_eq!(look(tool("^[a-z]+$"), "", sonnet).0, [1, 0, 0]);
    let (counts, answer) = look(tool("^(?!x)[a-z]+$"), "", sonnet);
    assert_eq!(counts, [0, 0, 1]);
    assert!(answer.unknown.iter().any(|note| note.contains("look-ahead")), "{:?}", answer.unknown);

    // Taken by its own id in one Region.
    let bare = "anthropic.claude-opus-5";
    let plain = json!({"messages": [hello]});
    assert_eq!(look(plain.clone(), "ap-northeast-2", bare).0, [1, 0, 0]);
    let (counts, answer) = look(plain.clone(), "us-east-1", bare);
    assert_eq!(counts, [0, 0, 1]);
    assert!(answer.unknown.iter().any(|note| note.contains("in ap-northeast-2 only")), "{:?}", answer.unknown);
    let (counts, answer) = look(plain.clone(), "", bare);
    assert_eq!(counts, [1, 0, 0]);
    assert!(answer.unknown.iter().any(|note| note.contains("1 request does not say where")), "{:?}", answer.unknown);
    assert_eq!(look(plain, "us-east-1", "global.anthropic.claude-opus-5").0, [1, 0, 0]);
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
    upgrade.hear(&LoggedCall { line: 1, call, account: None, request: None }, "log:1");
    let answer = upgrade.finish();
    assert_eq!((answer.calls, answer.taken, answer.refused, answer.not_checked), (1, 0, 0, 1));
    assert!(answer.unknown[0].contains("without its request"), "{:?}", answer.unknown);
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
    for entry in std::fs::read_dir(root.join("checks")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
            look(&path);
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

/// A strict tool of Converse with a schema, and an answer about it.
fn strict(schema: &Value) -> UpgradeAnswer {
    let body = json!({
        "messages": [{"role": "user", "content": [{"text": "a"}]}],
        "toolConfig": {"tools": [{"toolSpec": {"name": "g", "strict": true, "inputSchema": {"json": schema}}}]},
    });
    let mut upgrade = Upgrade::new(Catalog::full(), UpgradeQuestion { to: vec![OPUS.into()], today: None }).unwrap();
    upgrade.hear_request(&Asked::of_body(body).unwrap(), "a.json:1");
    upgrade.finish()
}

/// The key that is refused goes; what the tool takes stays.
#[test]
fn a_strict_schema_loses_the_refused_key_alone() {
    let object = |properties: Value| json!({"type": "object", "additionalProperties": false, "properties": properties});
    let check = |schema: Value, expected: &[(&str, &[&str])]| {
        let answer = strict(&schema);
        let own = "toolConfig.tools.0.toolSpec.inputSchema.json";
        let said: Vec<(String, Vec<String>)> = answer
            .by_rule
            .iter()
            .map(|group| {
                let ops = group.patch.iter().flatten();
                (group.path.clone(), ops.map(|op| format!("{} {}", op.op, op.path)).collect())
            })
            .collect();
        let pointer = |path: &str| path.replace("…", &format!("/{}", own.replace('.', "/")));
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(path, ops)| (format!("{own}{path}"), ops.iter().map(|op| pointer(op)).collect()))
            .collect();
        assert_eq!((said, answer.models[0].mended), (expected, 1), "{schema}");
    };
    for (key, value) in [("minimum", json!(1)), ("multipleOf", json!(5)), ("exclusiveMinimum", json!(0))] {
        check(
            object(json!({"price": {"type": "number", key: value}})),
            &[(&format!(".properties.price.{key}"), &[&format!("remove …/properties/price/{key}")])],
        );
    }
    let list =
        |key: &str, value: Value| object(json!({"l": {"type": "array", "items": {"type": "string"}, key: value}}));
    check(list("minItems", json!(2)), &[(".properties.l.minItems", &["remove …/properties/l/minItems"])]);
    check(
        list("contains", json!({"type": "string"})),
        &[(".properties.l.contains", &["remove …/properties/l/contains"])],
    );
    check(
        object(json!({"l": {"type": "array", "items": {"type": "number", "maximum": 3}}})),
        &[(".properties.l.items.maximum", &["remove …/properties/l/items/maximum"])],
    );
    check(
        object(json!({"o": object(json!({"n": {"type": "number", "exclusiveMinimum": 0}}))})),
        &[(".properties.o.properties.n.exclusiveMinimum", &["remove …/properties/o/properties/n/exclusiveMinimum"])],
    );
    check(
        object(json!({"n": {"type": "integer", "minimum": 1, "maximum": 3}})),
        &[(".properties.n", &["remove …/properties/n/maximum", "remove …/properties/n/minimum"])],
    );
    // Names with dots, and of keys.
    check(
        object(json!({"a.b": {"type": "number", "minimum": 1}, "a": {"b": {"minimum": 1}}})),
        &[(".properties.a.b.minimum", &["remove …/properties/a.b/minimum"])],
    );
    check(
        object(json!({"minimum": {"type": "number", "minimum": 1}})),
        &[(".properties.minimum.minimum", &["remove …/properties/minimum/minimum"])],
    );
    check(json!({"type": "object", "properties": {"a": {"type": "string"}}}), &[("", &["add …/additionalProperties"])]);
    // An object of any names would take none once it is closed: no patch.
    let answer = strict(&object(json!({"o": {"type": "object"}})));
    assert_eq!((answer.by_rule.len(), answer.by_rule[0].patch.is_some(), answer.models[0].mended), (1, false, 0));
}

/// What a patch took away or changed, by the names on the way there.
fn lost(before: &Value, after: Option<&Value>, way: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match (before, after) {
        (before, Some(after)) if before == after => {}
        // Items move up when one goes.
        (Value::Array(items), Some(Value::Array(left))) if items.len() != left.len() => {
            let gone = items.iter().filter(|item| !left.contains(item));
            gone.for_each(|item| lost(item, None, way, found));
        }
        (Value::Array(items), Some(Value::Array(left))) => {
            items.iter().zip(left).for_each(|(item, left)| lost(item, Some(left), way, found));
        }
        (Value::Object(fields), after) if !fields.is_empty() => {
            for (name, value) in fields {
                way.push(name.clone());
                lost(value, after.and_then(|after| after.get(name)), way, found);
                way.pop();
            }
        }
        _ => found.push(way.clone()),
    }
}

/// Whatever a rule refuses, in whatever request, of every model: the patch takes away what is refused and nothing else.
#[test]
fn a_patch_takes_no_more_than_what_is_refused() {
    // Each is a switch of the request's own, not what the caller says.
    const SWITCHES: [&str; 32] = [
        "temperature",
        "topP",
        "top_p",
        "topK",
        "top_k",
        "maxTokens",
        "max_tokens",
        "anthropic_version",
        "thinking",
        "effort",
        "strict",
        "toolChoice",
        "tool_choice",
        "cachePoint",
        "cache_control",
        "ttl",
        "eager_input_streaming",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "contains",
        "stopSequences",
        "stop_sequences",
        "foo",
        "reasoning_effort",
        "max_completion_tokens",
        "latency",
        "service_tier",
    ];
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["price", "list", "open"], "properties": {
        "price": {"type": "number", "minimum": 1, "description": "in yen"},
        "range": {"type": "integer", "minimum": 1, "maximum": 5},
        "list": {"type": "array", "minItems": 2, "items": {"type": "number", "multipleOf": 5}},
        "open": {"type": "object", "properties": {"a": {"type": "string"}}}}});
    let said = json!([{"role": "user", "content": [{"text": "a"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]}]);
    let converse = |more: Value| {
        let mut body = json!({"messages": said, "inferenceConfig": {"maxTokens": 9000}});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    let own = |more: Value| {
        let mut body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9000, "messages": [
            {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]}]});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    let tools =
        json!([{"toolSpec": {"name": "g", "description": "d", "strict": true, "inputSchema": {"json": schema}}}]);
    let own_tools = json!([{"name": "g", "description": "d", "strict": true, "eager_input_streaming": true, "input_schema": schema}]);
    let format =
        json!({"type": "json_schema", "schema": {"type": "object", "properties": {}, "additionalProperties": false}});
    let bodies = [
        converse(json!({"inferenceConfig": {"temperature": 0.5, "topP": 0.9, "maxTokens": 2_000_000}})),
        converse(json!({"toolConfig": {"tools": tools}})),
        converse(json!({"toolConfig": {"tools": tools, "toolChoice": {"tool": {"name": "g"}}}})),
        converse(
            json!({"additionalModelRequestFields": {"top_k": 3, "thinking": {"type": "enabled", "budget_tokens": 2000}}}),
        ),
        converse(json!({"additionalModelRequestFields": {"output_config": {"effort": "max", "format": format}}})),
        converse(
            json!({"additionalModelRequestFields": {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}}),
        ),
        converse(json!({"foo": {"a": 1}})),
        own(json!({"temperature": 0.4, "top_p": 0.3, "top_k": 4})),
        own(json!({"tools": own_tools, "tool_choice": {"type": "any"}})),
        own(json!({"thinking": {"type": "disabled"}, "output_config": {"effort": "xhigh", "format": format}})),
        own(json!({"cache_control": {"type": "ephemeral"}, "thinking": {"type": "enabled", "budget_tokens": 2000}})),
    ];
    let (mut patches, mut rules) = (0, std::collections::BTreeSet::new());
    for model in every_model(Catalog::full(), None) {
        for body in &bodies {
            let question = UpgradeQuestion { to: vec![model.clone()], today: None };
            let mut upgrade = Upgrade::new(Catalog::full(), question).unwrap();
            upgrade.hear_request(&Asked::of_body(body.clone()).unwrap(), "a.json:1");
            let answer = upgrade.finish();
            for group in &answer.by_rule {
                // One that mends what another left behind is applied behind it.
                let Some(ops) = &group.patch else { continue };
                let Some(patched) = apply(body, ops) else { continue };
                let (mut found, mut way) = (Vec::new(), Vec::new());
                lost(body, Some(&patched), &mut way, &mut found);
                for way in found {
                    let switch = way.iter().rposition(|name| SWITCHES.contains(&name.as_str()));
                    // Of a model that holds no answer to a schema, the schema is what is refused.
                    let of_rule = group.rule == "structured_output" && way.iter().any(|name| name == "format");
                    let words = ["properties", "description", "format", "text", "input_schema", "inputSchema"];
                    let beyond =
                        !of_rule && switch.is_none_or(|at| way[at..].iter().any(|name| words.contains(&name.as_str())));
                    assert!(!beyond, "{model} {} {}: {ops:?} takes {}", group.rule, group.path, way.join("."));
                }
                patches += 1;
                rules.insert(group.rule.clone());
            }
        }
    }
    assert!(patches > 200 && rules.len() >= 8, "{patches} {rules:?}");
}
