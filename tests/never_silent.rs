//! What a record says about its price is priced or named beside the total: small records, each with its right value
//! worked out by hand.
#![cfg(not(target_arch = "wasm32"))]

use rehearsal::catalog::Catalog;
use rehearsal::import::{
    Counting, CountingSource, FindingCode, ImportOptions, ImportedLog, LogReader, to_scenario, to_scenario_on,
};
use serde_json::{Value, json};

const HAIKU: &str = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const PRO: &str = "amazon.nova-pro-v1:0";

fn files(files: &[(&str, &str)]) -> ImportedLog {
    let mut reader = LogReader::new(ImportOptions::default());
    for (name, text) in files {
        reader.begin_file(name);
        reader.push(text.as_bytes());
        reader.end_file();
    }
    let log = reader.finish();
    log.check().unwrap_or_else(|error| panic!("{error}"));
    to_scenario(log, Catalog::full())
}

fn import(text: &str) -> ImportedLog {
    files(&[("calls", text)])
}

/// A record of the invocation log with more fields in it.
fn record(model: &str, input: u64, output: u64, more: Value) -> String {
    let mut record = json!({
        "schemaType": "ModelInvocationLog", "timestamp": "2026-11-20T09:00:00Z", "region": "us-east-1",
        "requestId": "r1", "operation": "Converse", "modelId": model,
        "input": {"inputTokenCount": input}, "output": {"outputTokenCount": output},
    });
    merge(&mut record, more);
    record.to_string()
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

#[track_caller]
fn bill(imported: &ImportedLog, usd: f64) {
    let got = imported.bill_usd.map(|usd| usd.dollars());
    assert!(got.is_some_and(|got| (got - usd).abs() < 1e-12), "{got:?}, by hand {usd}: {:?}", imported.findings);
}

/// The bill is at least `usd`, and a finding of this kind says why.
#[track_caller]
fn at_least(imported: &ImportedLog, usd: f64, code: FindingCode) {
    let known = imported.known_usd.dollars();
    assert!((known - usd).abs() < 1e-12, "{known}, by hand {usd}: {:?}", imported.findings);
    assert!(imported.at_least && imported.bill_usd.is_none(), "{:?}", imported.findings);
    assert!(imported.findings.iter().any(|found| found.code == code && found.at_least), "{:?}", imported.findings);
}

#[track_caller]
fn named(imported: &ImportedLog, code: FindingCode, name: &str) {
    let found = imported.findings.iter().any(|found| found.code == code && found.name.contains(name));
    assert!(found, "{name}: {:?}", imported.findings);
}

#[test]
fn one_odd_row_does_not_decide_how_a_file_counts() {
    let mut text = "timestamp,model,prompt_tokens,completion_tokens,cached_tokens\n".to_string();
    for at in 0..40 {
        text.push_str(&format!("2026-11-20T09:00:{at:02}Z,{HAIKU},1000,20,900\n"));
    }
    text.push_str(&format!("2026-11-20T10:00:00Z,{HAIKU},100,20,900\n"));
    let imported = import(&text);
    // 40 × (100 × 1 + 20 × 5 + 900 × 0.1) + the odd row taken as it stands: 100 + 100 + 90.
    bill(&imported, 41.0 * 290.0e-6);
    assert_eq!(imported.counts, Some(Counting::Inclusive));
    named(&imported, FindingCode::Counts, "more cached than input");

    // The other way: totals that say so, and one row whose total says otherwise.
    let mut text = "timestamp,model,input_tokens,output_tokens,cached_tokens,total_tokens\n".to_string();
    for at in 0..20 {
        text.push_str(&format!("2026-11-20T09:00:{at:02}Z,{HAIKU},1000,20,900,1920\n"));
    }
    text.push_str(&format!("2026-11-20T10:00:00Z,{HAIKU},1000,20,900,1020\n"));
    let imported = import(&text);
    assert_eq!(imported.counts.zip(imported.counts_source), Some((Counting::Disjoint, CountingSource::Totals)));
    bill(&imported, 21.0 * (1000.0 + 100.0 + 90.0) * 1e-6);
    named(&imported, FindingCode::Counts, "total without the cache");

    // Where such rows are no exception they decide.
    let rows =
        [(100, 900), (2000, 900), (100, 700)].map(|(input, read)| format!("2026-11-20,{HAIKU},{input},20,{read}"));
    let imported = import(&format!("date,model,prompt_tokens,completion_tokens,cached_tokens\n{}\n", rows.join("\n")));
    assert_eq!(imported.counts, Some(Counting::Disjoint));
}

fn batch(id: &str, said: &str) -> String {
    json!({"recordId": id, "modelInput": {"text": said}, "modelOutput": {"usage": {"inputTokens": 1000, "outputTokens": 100}}})
        .to_string()
}

#[test]
fn a_batch_job_is_its_records() {
    let manifest = r#"{"totalRecordCount":2,"processedRecordCount":2,"successRecordCount":2,"errorRecordCount":0,"inputTokenCount":2000,"outputTokenCount":200}"#;
    let job = |said: &str| format!("{}\n{}\n", batch("CALL0000001", said), batch("CALL0000002", said));
    let imported = files(&[("in.jsonl.out", &job("a")), ("manifest.json.out", manifest)]);
    assert_eq!((imported.requests, imported.bill_usd), (2, None));
    let what = imported.findings.iter().find(|found| found.code == FindingCode::NoModel).expect("it is named");
    assert!(what.what.contains("--model"), "{}", what.what);

    // Ids are unique within a job; the same record in another file is the same.
    let imported = files(&[("a.jsonl.out", &job("a")), ("b.jsonl.out", &job("b")), ("c.jsonl.out", &job("b"))]);
    assert_eq!((imported.requests, imported.seen_twice), (4, 2));
}

#[test]
fn converses_own_forms_are_read_everywhere() {
    let line = |more: Value| {
        let mut line = json!({"timestamp": "2026-11-20T09:00:00Z", "modelId": HAIKU});
        merge(&mut line, more);
        line.to_string()
    };
    let hour = json!({"usage": {"inputTokens": 100, "outputTokens": 100, "cacheWriteInputTokens": 10000, "totalTokens": 10200,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 6000}, {"ttl": "5m", "inputTokens": 4000}]}});
    // 100 × 1 + 100 × 5 + 6,000 × 2 + 4,000 × 1.25.
    bill(&import(&line(hour)), 0.0176);
    let flex = json!({"modelId": PRO, "usage": {"inputTokens": 1000000, "outputTokens": 100000}, "serviceTier": {"type": "flex"}});
    bill(&import(&line(flex)), 0.56);
    let table = |column: &str, cell: &str| {
        import(&format!(
            "timestamp,model,input_tokens,output_tokens,{column}\n2026-11-20T09:00:00Z,{PRO},1000000,100000,{cell}\n"
        ))
    };
    for column in ["serviceTier.type", "service_tier.type", "tier.name", "resolvedServiceTier"] {
        bill(&table(column, "flex"), 0.56);
    }
    for column in
        ["cache.type", "region.type", "cost.type", "serviceTier.id", "batch.kind", "tier.id", "guardrail.action"]
    {
        named(&table(column, "x1"), FindingCode::Column, column);
    }
    // A name that says nothing, and a value that does.
    named(&table("inference_type", "batch"), FindingCode::Column, "inference_type");
    named(&table("location", "ap-northeast-1"), FindingCode::Column, "location");
    // A customer's own tag is no tier.
    let tagged = table("metadata.tier", "priority");
    bill(&tagged, 1.12);
    named(&tagged, FindingCode::Column, "metadata.tier");
    at_least(&table("performanceConfig.latency", "optimized"), 1.12, FindingCode::Unpriced);
    at_least(&table("unknown_cache_tokens", "5000"), 1.12, FindingCode::Column);
    named(&table("door", "mantle"), FindingCode::Row, "mantle");
    let tokyo = |region: &str| {
        import(&format!(
            "timestamp,model,input_tokens,output_tokens,region\n2026-11-20T09:00:00Z,deepseek.v3.2,1000000,1000000,{region}\n"
        ))
    };
    bill(&tokyo("AP-NORTHEAST-1"), 2.96);
}

#[test]
fn writes_for_an_hour_are_found_wherever_they_are_said() {
    let litellm = json!([{"request_id": "f-1", "startTime": "2026-11-20T09:00:00Z", "model": format!("bedrock/{HAIKU}"),
        "prompt_tokens": 10100, "completion_tokens": 100, "total_tokens": 10200, "metadata": {"usage_object": {
        "prompt_tokens": 10100, "completion_tokens": 100, "cache_creation_input_tokens": 10000, "prompt_tokens_details": {
        "cache_creation_tokens": 10000,
        "cache_creation_token_details": {"ephemeral_1h_input_tokens": 10000, "ephemeral_5m_input_tokens": 0}}}}}]);
    bill(&import(&litellm.to_string()), 0.0206);
    let asked = |body: Value| {
        let more = json!({"input": {"cacheWriteInputTokenCount": 10000, "inputBodyJson": body}});
        import(&record(HAIKU, 100, 100, more))
    };
    let point = json!({"system": [{"text": "a"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]});
    let control =
        json!({"system": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]});
    bill(&asked(point.clone()), 0.0206);
    bill(&asked(control), 0.0206);
    // As text, as some exports have it.
    bill(&asked(Value::String(point.to_string())), 0.0206);
    bill(&asked(json!({"system": [{"text": "about \"1h\""}, {"cachePoint": {"type": "default"}}]})), 0.0131);
    let both = json!({"system": [{"cachePoint": {"ttl": "1h"}}], "messages": [{"content": [{"cachePoint": {"type": "default"}}]}]});
    at_least(&asked(both), 0.0131, FindingCode::Counts);
}

#[test]
fn a_record_says_its_tier_in_several_places() {
    for more in [
        json!({"resolvedServiceTier": "flex"}),
        json!({"service_tier": "flex"}),
        json!({"output": {"serviceTier": "flex"}}),
        json!({"serviceTier": {"type": "FLEX"}}),
    ] {
        bill(&import(&record(PRO, 1_000_000, 100_000, more)), 0.56);
    }
    let other =
        import(&record(PRO, 1_000_000, 100_000, json!({"additionalTier": "flex", "output": {"cacheThing": 5}})));
    named(&other, FindingCode::Column, "additionalTier");
    named(&other, FindingCode::Column, "cacheThing");
}

#[test]
fn missing_counts_are_not_nothing() {
    let row = |columns: &str, cells: &str| {
        import(&format!("timestamp,model,{columns}\n2026-11-20T09:00:00Z,{HAIKU},{cells}\n"))
    };
    at_least(&row("input_tokens,output_tokens", ",20"), 0.0001, FindingCode::Uncounted);
    at_least(&row("input_tokens", "1000"), 0.001, FindingCode::Uncounted);
    at_least(&row("output_tokens", "1000"), 0.005, FindingCode::Uncounted);
    at_least(&row("input_tokens,output_tokens,total_tokens", "1000,20,5000"), 0.0011, FindingCode::Body);
    at_least(&row("input_tokens,total_tokens", "1000,1200"), 0.001, FindingCode::Uncounted);
    bill(&row("input_tokens,output_tokens,total_tokens", "1000,20,1020"), 0.0011);
    let mut missing: Value = serde_json::from_str(&record(HAIKU, 0, 100, json!({}))).expect("it is JSON");
    missing["input"] = json!({"inputContentType": "application/json"});
    at_least(&import(&missing.to_string()), 0.0005, FindingCode::Uncounted);
    // An embedding has no output.
    let embedding = import("timestamp,model,input_tokens\n2026-11-20T09:00:00Z,amazon.titan-embed-text-v2:0,1000000\n");
    bill(&embedding, 0.02);
    // Reasoning that only the total contains is output: 100 × 1 + 500 × 5.
    let langfuse = json!({"id": "generation1", "type": "GENERATION", "startTime": "2026-11-20T09:00:00Z", "model": HAIKU,
        "usageDetails": {"input": 100, "output": 200, "output_reasoning_tokens": 300, "total": 600}});
    bill(&import(&langfuse.to_string()), 0.0026);
    let guarded = json!({"output": {"outputBodyJson": {"usage": {"inputTokens": 1000, "outputTokens": 100},
        "trace": {"guardrail": {"inputAssessment": {"g": {"invocationMetrics": {"usage": {"contentPolicyUnits": 2}}}}}}}}});
    // As the record counts, 100 × 1 + 100 × 5, and two units at 0.15 dollars a thousand.
    at_least(&import(&record(HAIKU, 100, 100, guarded)), 0.0009, FindingCode::Body);
    // A request that was refused and then answered under its id.
    let text = format!(
        "timestamp,request_id,model,input_tokens,output_tokens,error\n2026-11-20T09:00:00Z,a1,{HAIKU},1000,0,ThrottlingException\n2026-11-20T09:00:01Z,a1,{HAIKU},1000,20,\n"
    );
    at_least(&import(&text), 0.0, FindingCode::SeenOtherwise);
    // A row that cannot be read is named with its line, and counted beside the bill.
    let text = format!(
        "timestamp,model,input_tokens,output_tokens\n2026-11-20T09:00:00Z,{HAIKU},1000,20\n2026-11-20T09:00:01Z,{HAIKU},about 5,20\n"
    );
    let read = import(&text);
    let unread = read.findings.iter().find(|finding| finding.code == FindingCode::Unread);
    assert_eq!(unread.map(|finding| finding.calls), Some(1));
    bill(&read, 0.0011);
}

#[test]
fn what_is_billed_apart_is_named() {
    let asked = |model: &str, body: Value| import(&record(model, 1000, 20, json!({"input": {"inputBodyJson": body}})));
    at_least(&asked(HAIKU, json!({"guardrailConfig": {"guardrailIdentifier": "abc"}})), 0.0011, FindingCode::Unpriced);
    at_least(&asked(HAIKU, json!({"performanceConfig": {"latency": "optimized"}})), 0.0011, FindingCode::Unpriced);
    let answered = json!({"output": {"outputBodyJson": {"usage": {"inputTokens": 1000, "outputTokens": 20}, "performanceConfig": {"latency": "optimized"}}}});
    at_least(&import(&record(HAIKU, 1000, 20, answered)), 0.0011, FindingCode::Unpriced);
    let image =
        import(&record("amazon.titan-embed-image-v1", 10, 0, json!({"input": {"inputBodyJson": {"inputImage": "x"}}})));
    assert!(image.at_least && image.findings.iter().any(|found| found.name.contains("media")), "{:?}", image.findings);
    // The words of a prompt are no fields.
    bill(
        &asked(HAIKU, json!({"messages": [{"content": "\"guardrailConfig\": {} and \"performanceConfig\""}]})),
        0.0011,
    );
    // A stream that was throttled after its answer had begun is billed as any that broke.
    let broken = json!({"operation": "ConverseStream", "errorCode": "ThrottlingException"});
    let broken = import(&record(HAIKU, 1000, 50, broken));
    bill(&broken, 0.00125);
    named(&broken, FindingCode::Broken, "Throttling");
}

fn span(more: &[(&str, &str)], resource: &[(&str, &str)], model: &str) -> String {
    let list = |all: &[(&str, &str)]| -> Vec<Value> {
        all.iter().map(|(key, value)| json!({"key": key, "value": {"stringValue": value}})).collect()
    };
    let mut attributes = list(&[("gen_ai.operation.name", "chat"), ("gen_ai.request.model", model)]);
    attributes.extend(list(&[("gen_ai.usage.input_tokens", "1000000"), ("gen_ai.usage.output_tokens", "1000000")]));
    attributes.extend(list(more));
    json!({"resourceSpans": [{"resource": {"attributes": list(resource)}, "scopeSpans": [{"scope": {"name": "b"}, "spans": [
        {"traceId": "aa", "spanId": "01", "startTimeUnixNano": "1795165200000000000", "attributes": attributes}]}]}]})
    .to_string()
}

#[test]
fn a_span_says_where_and_what_it_called() {
    let model = "deepseek.v3.2";
    let host = [("server.address", "bedrock-runtime.ap-northeast-1.amazonaws.com")];
    bill(&import(&span(&host, &[], model)), 2.96);
    bill(&import(&span(&[], &[("cloud.region", "ap-northeast-1")], model)), 2.96);
    // Who was called says it better than where the caller was.
    bill(&import(&span(&host, &[("cloud.region", "us-east-1")], model)), 2.96);
    at_least(&import(&span(&[("aws.bedrock.guardrail.id", "sgi5gkybzqak")], &[], HAIKU)), 6.0, FindingCode::Unpriced);
}

#[test]
fn a_folder_of_a_bucket_is_read() {
    let log = record(HAIKU, 1000, 20, json!({}));
    let imported = files(&[
        ("AWSLogs/1/BedrockModelInvocationLogs/amazon-bedrock-logs-permission-check", ""),
        ("AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/11/20/09/a.json.gz", &log),
        (
            "AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/11/20/09/data/r1_input.json.gz",
            r#"{"messages":[],"max_tokens":3}"#,
        ),
        (
            "AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/11/20/09/data/r1_output.json.gz",
            r#"{"usage":{"inputTokens":1000,"outputTokens":20}}"#,
        ),
    ]);
    assert_eq!(imported.requests, 1);
    bill(&imported, 0.0011);
    named(&imported, FindingCode::NoCalls, "bodies");
}

#[test]
fn an_end_of_life_is_told_with_the_bill() {
    let read = |model: &str| {
        let mut reader = LogReader::new(ImportOptions::default());
        reader.push(record(model, 1000, 20, json!({})).as_bytes());
        to_scenario_on(reader.finish(), Catalog::full(), Some("2026-11-30"))
    };
    named(&read("ai21.jamba-1-5-large-v1:0"), FindingCode::EndOfLife, "jamba");
    let haiku = read("eu.anthropic.claude-haiku-4-5-20251001-v1:0");
    assert!(haiku.findings.iter().all(|found| found.code != FindingCode::EndOfLife), "{:?}", haiku.findings);
}

#[test]
fn a_scenarios_day_and_the_span_of_its_log_are_both_told() {
    // An hour of a call a minute, as a trace: 60 × 0.0011, of which a day has 24.
    let mut text = "timestamp,model,input_tokens,output_tokens\n".to_string();
    (0..60).for_each(|minute| text.push_str(&format!("2026-11-20T09:{minute:02}:00Z,{HAIKU},1000,20\n")));
    let mut reader = LogReader::new(ImportOptions { keep_trace: true, ..ImportOptions::default() });
    reader.push(text.as_bytes());
    let imported = to_scenario(reader.finish(), Catalog::full());
    bill(&imported, 0.066);
    let daily = imported.scenario_daily_usd.expect("its prices are known");
    assert!((daily * imported.scenario_days - 0.066).abs() < 1e-9, "{daily} on {} days", imported.scenario_days);
    let scenario = rehearsal::scenario::Scenario::load(&imported.scenario.to_string()).expect("it is one").output;
    let estimate = rehearsal::cost::estimate(&scenario, Catalog::full()).expect("it can be").total_daily_cost_usd;
    assert!((estimate.expect("its prices are known").dollars() - daily).abs() < 1e-9, "{estimate:?}, {daily}");
}

/// What an application keeps of what was asked and said, and its own labels, set no price; what was asked of the
/// service does.
#[test]
fn an_applications_own_keys_set_no_price() {
    let row = |more: Value| {
        let mut row = json!({"id": "observation-a", "type": "GENERATION", "startTime": "2026-11-20T09:00:00Z", "model": PRO,
            "usageDetails": {"input": 1_000_000, "output": 100_000}});
        merge(&mut row, more);
        row
    };
    for more in [
        json!({"output": {"cached": true}}),
        json!({"output": {"cache_hit": true}}),
        json!({"metadata": {"cached": true}}),
        json!({"output": {"tier": "flex"}}),
        json!({"input": {"batch": true}}),
        json!({"input": {"region": "us-gov-west-1"}}),
        json!({"input": {"cache_read_input_tokens": 777_000}}),
    ] {
        bill(&import(&json!([row(more)]).to_string()), 1.12);
    }
    let twice = json!([
        row(json!({"id": "observation-a", "input": {"requestId": "r1"}})),
        row(json!({"id": "observation-b", "input": {"requestId": "r1"}}))
    ]);
    bill(&import(&twice.to_string()), 2.24);
    for more in [
        json!({"modelParameters": {"serviceTier": "flex"}}),
        json!({"modelParameters": "{\"service_tier\":\"flex\"}"}),
        json!({"proxy_server_request": {"body": {"service_tier": "flex"}}}),
        json!({"request_body": "{\"serviceTier\":{\"type\":\"flex\"}}"}),
    ] {
        bill(&import(&json!([row(more)]).to_string()), 0.56);
    }
    let csv = format!(
        "timestamp,model,input_tokens,output_tokens,params\n2026-11-20T09:00:00Z,{PRO},1000000,100000,\"{{\"\"serviceTier\"\":{{\"\"type\"\":\"\"flex\"\"}}}}\"\n"
    );
    bill(&import(&csv), 0.56);
}

/// A tool's arguments and results are the model's and the caller's.
#[test]
fn a_tools_arguments_set_no_price() {
    for given in [
        json!({"serviceTier": "flex", "service_tier": "batch"}),
        json!({"guardrail": {"invocationMetrics": {"usage": {"contentPolicyUnits": 100_000}}}}),
        json!({"guardrailConfig": {}, "performanceConfig": {"latency": "optimized"}}),
        json!({"usage": {"inputTokens": 5, "outputTokens": 5}}),
    ] {
        let block = json!([{"toolUse": {"toolUseId": "t", "name": "f", "input": given}}]);
        let result = json!([{"toolResult": {"toolUseId": "t", "content": [{"json": given}]}}]);
        for more in [
            json!({"input": {"inputBodyJson": {"messages": [{"role": "assistant", "content": block}]}}}),
            json!({"input": {"inputBodyJson": {"messages": [{"role": "user", "content": result}]}}}),
            json!({"output": {"outputBodyJson": {"output": {"message": {"role": "assistant", "content": block}}}}}),
        ] {
            bill(&import(&record(PRO, 1_000_000, 100_000, more)), 1.12);
        }
    }
}

/// The same id is the same call, whatever its column is called.
#[test]
fn a_call_is_billed_once_under_every_name_of_its_id() {
    for name in ["x-amzn-requestid", "req_id", "aws_request_id", "invocation_id", "message_id", "id", "uuid"] {
        let line = format!("2026-11-20T09:00:00Z,{HAIKU},1000,20,a\n");
        let imported = import(&format!("timestamp,model,input_tokens,output_tokens,{name}\n{line}{line}"));
        bill(&imported, 0.0011);
        assert_eq!(imported.seen_twice, 1, "{name}");
    }
}

/// Lifetimes, writes and totals: what is not understood is named, and a total contains its part.
#[test]
fn writes_are_read_as_they_are_counted() {
    let body = |ttl: &str| {
        json!({"input": {"cacheWriteInputTokenCount": 10_000}, "output": {"outputBodyJson": {"usage": {
        "inputTokens": 100, "outputTokens": 100, "cacheWriteInputTokens": 10_000, "cacheDetails": [{"ttl": ttl, "inputTokens": 10_000}]}}}})
    };
    bill(&import(&record(HAIKU, 100, 100, body("1h"))), 0.0206);
    at_least(&import(&record(HAIKU, 100, 100, body("24h"))), 0.0131, FindingCode::Counts);
    let csv = format!(
        "timestamp,model,input_tokens,output_tokens,cache_write_tokens,cache_write_1h_tokens\n2026-11-20T09:00:00Z,{HAIKU},100,100,10000,10000\n"
    );
    bill(&import(&csv), 0.0206);
    // Half of the totals contain what was read, half do not: each says it of its own row.
    let mut rows = "timestamp,model,input_tokens,output_tokens,cache_read_input_tokens,total_tokens\n".to_string();
    for second in 0..50 {
        rows += &format!("2026-11-20T09:00:{second:02}Z,{HAIKU},1000,200,9000,10200\n");
        rows += &format!("2026-11-20T09:01:{second:02}Z,{HAIKU},10000,200,9000,10200\n");
    }
    let imported = import(&rows);
    bill(&imported, 0.29);
    named(&imported, FindingCode::Counts, "totals of both kinds");
    let sums = format!(
        "date,model,input_tokens,output_tokens\n2026-11-20,{},5000000,1000\n",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
    );
    named(&import(&sums), FindingCode::Counts, "more than a call takes");
}

/// A session's own lines are no calls, and a tier without a price is what is not known.
#[test]
fn book_keeping_is_no_call() {
    let answer = json!({"type": "assistant", "uuid": "u", "sessionId": "s", "timestamp": "2026-11-20T09:00:00Z", "requestId": "q",
        "message": {"id": "m", "model": "claude-haiku-4-5-20251001", "usage": {"input_tokens": 1000, "output_tokens": 20}}});
    let line = json!({"type": "queue-operation", "operation": "enqueue", "timestamp": "2026-11-20T09:00:00Z", "sessionId": "s"});
    bill(&import(&format!("{answer}\n{line}\n")), 0.0011);
    let flex = import(&record(HAIKU, 1_000, 20, json!({"serviceTier": "flex"})));
    assert!(flex.unknown.iter().any(|name| name.ends_with(".flex.input")), "{:?}", flex.unknown);
}

/// An archive is refused, packed or not, and nothing of it is read as lines.
#[test]
fn an_archive_is_refused() {
    let mut tar = vec![0_u8; 1024];
    tar[..9].copy_from_slice(b"calls.csv");
    tar[257..262].copy_from_slice(b"ustar");
    tar.extend_from_slice(record(HAIKU, 1_000, 20, json!({})).as_bytes());
    let mut reader = LogReader::new(ImportOptions::default());
    reader.begin_file("calls.tar");
    reader.push(&tar);
    reader.end_file();
    let log = reader.finish();
    assert_eq!(log.summary.requests(), 0);
    assert!(log.check().unwrap_err().to_string().contains("tar archive"), "{:?}", log.check());
}

/// The heading of what the SQL makes, and a row of it.
fn summary(model: &str, beside: &[(&str, u64)]) -> String {
    let mut heading = "query_type,model,region,tier,cache_use,day,hour,above,calls,from_cache,throttled,failed,input,output,cache_read,cache_write,cache_write_1h,input_squares,output_squares,latencies,latency_ms,latency_ms_squares,ttfts,ttft_ms,ttft_ms_squares,gaps,gap_ms,gap_ms_squares".to_string();
    let mut row = format!(
        "{model},{model},us-east-1,standard,none,2026-11-20,9,0,1,0,0,0,1000,20,0,0,0,1000000,400,0,0,0,0,0,0,0,0,0"
    );
    for (name, count) in beside {
        heading.push_str(&format!(",{name}"));
        row.push_str(&format!(",{count}"));
    }
    format!("{heading}\n{row}\n")
}

/// What a profile stands for is said of a summary as of a log, and what its SQL could not add up is named.
#[test]
fn a_summary_is_read_as_its_log() {
    let arn = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc";
    let mut reader = LogReader::new(ImportOptions {
        profiles: rehearsal::import::Profiles::parse(&[format!("abc={HAIKU}")]).expect("it is one"),
        ..ImportOptions::default()
    });
    reader.push(summary(arn, &[]).as_bytes());
    let imported = to_scenario(reader.finish(), Catalog::full());
    bill(&imported, 0.0011);
    assert_eq!(imported.scenario["types"][0]["name"], HAIKU);
    for (column, code) in [
        ("body_only", FindingCode::Body),
        ("body_contradicts", FindingCode::Body),
        ("seen_otherwise", FindingCode::SeenOtherwise),
        ("other_ttl", FindingCode::Counts),
        ("media", FindingCode::Unpriced),
    ] {
        at_least(&import(&summary(HAIKU, &[(column, 1)])), 0.0011, code);
    }
    let imported = import(&summary(HAIKU, &[("seen_twice", 3), ("unread", 2)]));
    assert_eq!(imported.seen_twice, 3);
    let unread = imported.findings.iter().find(|finding| finding.code == FindingCode::Unread);
    assert_eq!(unread.map(|finding| finding.calls), Some(2));
}

/// What Anthropic's usage says of speed, geography and iterations, in every form that has it.
#[test]
fn a_usage_says_more_than_its_counts() {
    let usage = |more: Value| {
        let mut usage = json!({"input_tokens": 1000, "output_tokens": 20});
        merge(&mut usage, more);
        usage
    };
    let compacted = json!({"iterations": [{"type": "compaction", "input_tokens": 180_000, "output_tokens": 3500},
        {"type": "message", "input_tokens": 1000, "output_tokens": 20}]});
    // The message, and 180,000 × 1 + 3,500 × 5.
    let all = 0.0011 + 0.1975;
    let forms: [fn(Value) -> ImportedLog; 4] = [
        |usage| import(&record(HAIKU, 1000, 20, json!({"output": {"outputBodyJson": {"usage": usage}}}))),
        |usage| {
            let chunks = json!([{"type": "message_delta", "usage": usage}, {"type": "message_stop",
                "amazon-bedrock-invocationMetrics": {"inputTokenCount": 1000, "outputTokenCount": 20}}]);
            import(&record(HAIKU, 1000, 20, json!({"output": {"outputBodyJson": chunks}})))
        },
        |usage| {
            import(
                &json!({"type": "assistant", "uuid": "u", "sessionId": "s", "timestamp": "2026-11-20T09:00:00Z",
                "requestId": "q", "message": {"id": "m", "model": HAIKU, "usage": usage}})
                .to_string(),
            )
        },
        |usage| import(&json!({"timestamp": "2026-11-20T09:00:00Z", "model": HAIKU, "usage": usage}).to_string()),
    ];
    for form in forms {
        bill(&form(usage(json!({"speed": "standard", "inference_geo": "not_available", "iterations": []}))), 0.0011);
        at_least(&form(usage(json!({"speed": "fast"}))), 0.0011, FindingCode::Unpriced);
        at_least(&form(usage(json!({"inference_geo": "us"}))), 0.0011, FindingCode::Unpriced);
        let imported = form(usage(compacted.clone()));
        bill(&imported, all);
        named(&imported, FindingCode::Counts, "usage.iterations compaction");
        let fallen = json!({"iterations": [{"type": "message", "input_tokens": 1000, "output_tokens": 20},
            {"type": "fallback_message", "model": "claude-opus-4-8", "input_tokens": 1000, "output_tokens": 20}]});
        at_least(&form(usage(fallen)), 0.0011, FindingCode::Unpriced);
    }
    // What was asked counts where the answer does not say.
    let asked = json!({"input": {"inputBodyJson": {"speed": "fast", "messages": []}}});
    at_least(&import(&record(HAIKU, 1000, 20, asked)), 0.0011, FindingCode::Unpriced);
    // A record that counts all of it is billed as it counts.
    let counted = json!({"output": {"outputBodyJson": {"usage": usage(compacted)}}});
    bill(&import(&record(HAIKU, 181_000, 3520, counted)), all);
}

/// What a gateway did elsewhere has no price here, and what called no model is no call.
#[test]
fn a_gateways_other_requests_are_not_bedrocks() {
    let row = |more: Value| {
        let mut row = json!({"request_id": "a", "startTime": "2026-11-20T09:00:00Z", "model": "claude-haiku-4-5",
            "prompt_tokens": 1000, "completion_tokens": 20, "call_type": "acompletion"});
        merge(&mut row, more);
        row
    };
    let bedrock = row(json!({"request_id": "b", "model": HAIKU, "custom_llm_provider": "bedrock"}));
    let read = |other: Value| import(&json!([row(other), bedrock]).to_string());
    for provider in ["anthropic", "vertex_ai", "openai"] {
        let imported = read(json!({"custom_llm_provider": provider}));
        at_least(&imported, 0.0011, FindingCode::Unpriced);
        named(&imported, FindingCode::Unpriced, provider);
        assert_eq!(imported.requests, 2);
        // Even under a name that Bedrock has.
        at_least(&read(json!({"custom_llm_provider": provider, "model": HAIKU})), 0.0011, FindingCode::Unpriced);
    }
    at_least(&read(json!({"gen_ai.provider.name": "anthropic"})), 0.0011, FindingCode::Unpriced);
    bill(&read(json!({"gen_ai.provider.name": "aws.bedrock"})), 0.0022);
    // Who made a model of Bedrock's.
    bill(&read(json!({"provider": "Anthropic", "model": HAIKU})), 0.0022);
    for kind in ["aretrieve_batch", "acreate_batch", "alist_batches", "afile_content", "aget_responses"] {
        let imported = read(json!({"call_type": kind, "custom_llm_provider": "bedrock"}));
        at_least(&imported, 0.0011, FindingCode::NoCalls);
        assert_eq!(imported.requests, 1, "{kind}");
        let empty = read(json!({"call_type": kind, "prompt_tokens": 0, "completion_tokens": 0}));
        bill(&empty, 0.0011);
    }
}

/// Batches of OpenAI's and Anthropic's form are read as batches.
#[test]
fn a_batch_of_another_form_is_a_batch() {
    let line = |id: &str, more: Value| {
        let mut line = json!({"id": id, "custom_id": "request-1", "error": null});
        merge(&mut line, more);
        line.to_string() + "\n"
    };
    let usage = json!({"prompt_tokens": 1000, "completion_tokens": 20});
    let answered =
        json!({"response": {"status_code": 200, "request_id": "r", "body": {"model": HAIKU, "usage": usage}}});
    let failed = json!({"response": {"status_code": 400, "body": {"error": {"message": "no"}}}});
    let text = line("batch_req_1", answered) + &line("batch_req_2", failed);
    let imported = import(&text);
    assert_eq!(imported.requests, 2);
    // Half the price.
    bill(&imported, 0.00055);
    let result = json!({"result": {"type": "succeeded", "message": {"model": HAIKU, "usage": {"input_tokens": 1000, "output_tokens": 20}}}});
    bill(&import(&line("a", result)), 0.00055);
    let input = json!({"custom_id": "x", "method": "POST", "url": "/v1/chat/completions", "body": {"model": HAIKU}});
    let imported = import(&(input.to_string() + "\n" + &text));
    named(&imported, FindingCode::NoCalls, "input");
}

/// Columns that say other things of one count are named; those that only count it otherwise are not.
#[test]
fn columns_that_contradict_each_other_are_named() {
    let row = |columns: &str, cells: &str| {
        import(&format!("timestamp,model,{columns}\n2026-11-20T09:00:00Z,{HAIKU},{cells}\n"))
    };
    at_least(&row("input_tokens,output_tokens,input_tokens", "1000,20,9000"), 0.0011, FindingCode::Body);
    at_least(&row("input_tokens,output_tokens,prompt_tokens", "1000,20,9000"), 0.0011, FindingCode::Body);
    at_least(&row("input_tokens,output_tokens,completion_tokens", "1000,20,900"), 0.0011, FindingCode::Body);
    at_least(&row("input_tokens,output_tokens,model", "1000,20,amazon.nova-pro-v1:0"), 0.0011, FindingCode::Body);
    let twice = row("input_tokens,output_tokens,input_tokens", "1000,20,1000");
    bill(&twice, 0.0011);
    named(&twice, FindingCode::KeyTwice, "input_tokens");
    bill(&row("input_tokens,output_tokens,prompt_tokens", "1000,20,0"), 0.0011);
    // The prompt contains what was read: 1,000 × 1 + 20 × 5 + 9,000 × 0.1.
    let both = row(
        "input_tokens,output_tokens,prompt_tokens,cache_read_input_tokens,total_tokens",
        "1000,20,10000,9000,10020",
    );
    assert!(both.findings.iter().all(|found| found.code != FindingCode::Body), "{:?}", both.findings);
    // Reasoning that the output cannot contain is beside it: 1,000 × 1 + 320 × 5.
    let beside = row("input_tokens,output_tokens,reasoning_tokens", "1000,20,300");
    bill(&beside, 0.0026);
    named(&beside, FindingCode::Counts, "reasoning beside output");
    let within = row("input_tokens,output_tokens,reasoning_tokens", "1000,20,15");
    bill(&within, 0.0011);
    named(&within, FindingCode::Counts, "reasoning within output");
}

/// Files that were put together have headings in the middle, also of columns in another order.
#[test]
fn a_heading_in_the_middle_is_read_again() {
    let first = format!("timestamp,model,input_tokens,output_tokens\n2026-11-20T09:00:00Z,{HAIKU},1000,20\n");
    let same = first.replace("09:00", "09:01");
    let other = format!(
        "model,timestamp,output_tokens,cache_read_input_tokens,input_tokens\n{HAIKU},2026-11-20T10:00:00Z,20,5000,1000\n"
    );
    let imported = import(&format!("{first}{same}"));
    bill(&imported, 0.0022);
    assert_eq!((imported.requests, imported.skipped_count), (2, 0));
    named(&imported, FindingCode::NoCalls, "headings");
    // 1,000 × 1 + 20 × 5 + 5,000 × 0.1.
    let imported = import(&format!("{first}{other}{same}"));
    bill(&imported, 0.0022 + 0.0016);
    assert_eq!((imported.requests, imported.skipped_count), (3, 0));
    let heading = "@timestamp,@message\n";
    let message = |id: &str| {
        let text = record(HAIKU, 1000, 20, json!({"requestId": id})).replace('"', "\"\"");
        format!("2026-11-20 09:00:00.000,\"{text}\"\n")
    };
    let imported = import(&format!("{heading}{}{heading}{}", message("a"), message("b")));
    bill(&imported, 0.0022);
    assert_eq!(imported.skipped_count, 0);
}

/// A batch's answers without counts are calls, and named.
#[test]
fn answers_without_counts_are_calls() {
    let line = json!({"recordId": "CALL0000001", "modelInput": {"texts": ["x"]}, "modelOutput": {"embeddings": [[0.5]], "response_type": "embeddings_floats"}});
    let mut reader =
        LogReader::new(ImportOptions { model: Some("cohere.embed-english-v3".into()), ..ImportOptions::default() });
    reader.push(line.to_string().as_bytes());
    let imported = to_scenario(reader.finish(), Catalog::full());
    assert_eq!((imported.requests, imported.skipped_count), (1, 0));
    at_least(&imported, 0.0, FindingCode::Uncounted);
    // Titan counts its text.
    let line = json!({"recordId": "CALL0000001", "modelId": "amazon.titan-embed-text-v2:0", "modelInput": {"inputText": "x"}, "modelOutput": {"embedding": [0.5], "inputTextTokenCount": 1_000_000}});
    assert_eq!(import(&line.to_string()).requests, 1);
}

/// Another encoding is said to be one, with what to do.
#[test]
fn another_encoding_is_named() {
    let refusal = |bytes: &[u8]| {
        let mut reader = LogReader::new(ImportOptions::default());
        reader.begin_file("calls.csv");
        reader.push(bytes);
        reader.end_file();
        reader.finish().check().expect_err("nothing can be read").to_string()
    };
    // The Japanese words for time and model in Shift_JIS.
    let heading = b"\x8e\x9e\x8d\x8f,\x83\x82\x83f\x83\x8b,input_tokens,output_tokens\n2026-11-20,x,1,1\n";
    let said = refusal(heading);
    assert!(said.contains("neither UTF-8 nor UTF-16") && said.contains("iconv"), "{said}");
    let rows =
        [b"timestamp,model,input_tokens,output_tokens,team\n2026-11-20,x,1,1,".as_slice(), b"\x8e\x9e\n"].concat();
    let said = refusal(&rows);
    assert!(said.contains("neither UTF-8 nor UTF-16"), "{said}");
    // Which encoding it is shows where the bytes allow but one.
    for (bytes, parts) in [
        (b"\x8e\x9e\x8d\x8f,".as_slice(), ["Shift_JIS: iconv -f CP932", "iconv"]),
        (b"caf\xe9,".as_slice(), ["Windows-1252: iconv -f WINDOWS-1252", "iconv"]),
        (b"co\xfbt,".as_slice(), ["iconv -f CP932 -t UTF-8 FILE where", "iconv -f WINDOWS-1252 -t UTF-8 FILE where"]),
        (b"\x81\xff,".as_slice(), ["ITS_ENCODING", "iconv"]),
    ] {
        let said = refusal(&[bytes, b"model,input_tokens,output_tokens\n1,x,1,1\n"].concat());
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
}

/// What Insights added up is read as sums, or refused with what to ask for.
#[test]
fn sums_of_insights_are_read() {
    let imported = import(&format!(
        "modelId,bin(1h),count(*),sum(input.inputTokenCount),sum(output.outputTokenCount)\n{HAIKU},2026-11-20 09:00:00.000,1000,1000000,20000\n"
    ));
    bill(&imported, 1.1);
    assert_eq!(imported.requests, 1000);
    named(&imported, FindingCode::Counts, "sums");
    let mut reader = LogReader::new(ImportOptions::default());
    reader.push(b"modelId,avg(input.inputTokenCount),avg(output.outputTokenCount)\nx,1000,20\n");
    let said = reader.finish().check().expect_err("averages are no bill").to_string();
    assert!(said.contains("stats count(*), sum(input.inputTokenCount)"), "{said}");
}

/// The short names of the original document are of its two models, and said to be.
#[test]
fn a_short_name_says_which_model_was_taken() {
    let imported = import("timestamp,model,input_tokens,output_tokens\n2026-11-20T09:00:00Z,haiku,1000,20\n");
    // 1,000 × 0.25 + 20 × 1.25.
    bill(&imported, 0.000275);
    let taken = imported.findings.iter().find(|found| found.code == FindingCode::TakenAs);
    assert_eq!(
        taken.map(|found| found.what.as_str()),
        Some("haiku is priced as anthropic.claude-3-haiku-20240307-v1:0")
    );
}

/// An application's own words for its calls say nothing of what a gateway did; LiteLLM's do in its own exports.
#[test]
fn only_litellms_own_words_call_no_model() {
    let table = |column: &str, word: &str, cell: &str| {
        import(&format!(
            "timestamp,model,call_type,input_tokens,output_tokens{column}\n2026-11-20T09:00:00Z,{HAIKU},{word},1000,20{cell}\n"
        ))
    };
    for word in ["file_summary", "blacklist_check", "batch_classify", "listing"] {
        bill(&table("", word, ""), 0.0011);
        let litellms = table(",custom_llm_provider", word, ",bedrock");
        bill(&litellms, 0.0011);
        named(&litellms, FindingCode::Word, word);
    }
    for word in ["acompletion", "_arealtime", "anthropic_messages", "pass_through_endpoint", "arun_thread"] {
        let imported = table(",custom_llm_provider", word, ",bedrock");
        bill(&imported, 0.0011);
        assert!(imported.findings.is_empty(), "{:?}", imported.findings);
    }
    for word in ["acreate_batch", "batch_retrieve", "afile_content", "alist_input_items", "acancel_fine_tuning_job"] {
        at_least(&table(",custom_llm_provider", word, ",bedrock"), 0.0, FindingCode::NoCalls);
        let own = table("", word, "");
        bill(&own, 0.0011);
        named(&own, FindingCode::Word, word);
    }
}

/// A row may have any label of its own.
#[test]
fn a_custom_id_is_not_yet_a_batch() {
    let row = |more: Value| {
        let mut row = json!({"timestamp": "2026-11-20T09:00:00Z", "model": HAIKU, "custom_id": "order-7"});
        merge(&mut row, more);
        row
    };
    let counts = json!({"input_tokens": 1000, "output_tokens": 20});
    bill(&import(&row(counts.clone()).to_string()), 0.0011);
    for more in [json!({"error": null}), json!({"error": ""}), json!({"response": "said"}), json!({"result": "said"})] {
        let mut more = more;
        merge(&mut more, counts.clone());
        bill(&import(&row(more).to_string()), 0.0011);
    }
    // Lists and sessions with it.
    bill(&import(&json!({"custom_id": "a", "data": [{"timestamp": "2026-11-20T09:00:00Z", "model_id": HAIKU, "input_tokens": 1000, "output_tokens": 20}]}).to_string()), 0.0011);
    let session = json!({"type": "assistant", "uuid": "u", "sessionId": "s", "timestamp": "2026-11-20T09:00:00Z", "custom_id": "a",
        "requestId": "q", "message": {"id": "m", "model": HAIKU, "usage": counts}});
    bill(&import(&session.to_string()), 0.0011);
    // An own error, as a text or an object.
    for error in [json!("ThrottlingException"), json!({"message": "no"})] {
        let imported = import(&row(json!({"error": error, "input_tokens": 0, "output_tokens": 0})).to_string());
        assert_eq!((imported.requests, imported.known_usd.pico()), (1, 0), "{error}");
    }
    // What batches are asked for, in both forms.
    for input in [json!({"method": "POST", "url": "/v1/x", "body": {}}), json!({"params": {"model": HAIKU}})] {
        let mut line = json!({"custom_id": "order-7"});
        merge(&mut line, input);
        named(&import(&(line.to_string() + "\n" + &record(HAIKU, 1000, 20, json!({})))), FindingCode::NoCalls, "input");
    }
}

/// What cannot be read is said in every form that has it.
#[test]
fn iterations_that_cannot_be_read_are_named_in_every_form() {
    let usage = json!({"input_tokens": 1000, "output_tokens": 20, "total_tokens": 1020,
        "iterations": [{"type": null, "input_tokens": 180_000}]});
    let batch = json!({"recordId": "CALL0000001", "modelId": HAIKU, "modelInput": {}, "modelOutput": {"usage": usage}});
    at_least(&import(&batch.to_string()), 0.00055, FindingCode::Counts);
    let session = json!({"type": "assistant", "uuid": "u", "sessionId": "s", "timestamp": "2026-11-20T09:00:00Z",
        "requestId": "q", "message": {"id": "m", "model": HAIKU, "usage": usage}});
    at_least(&import(&session.to_string()), 0.0011, FindingCode::Counts);
    let row = json!({"timestamp": "2026-11-20T09:00:00Z", "model": HAIKU, "usage": usage});
    at_least(&import(&row.to_string()), 0.0011, FindingCode::Counts);
    at_least(
        &import(&record(HAIKU, 1000, 20, json!({"output": {"outputBodyJson": {"usage": usage}}}))),
        0.0011,
        FindingCode::Counts,
    );
    let table =
        format!("timestamp,model,usage\n2026-11-20T09:00:00Z,{HAIKU},\"{}\"\n", usage.to_string().replace('"', "\"\""));
    at_least(&import(&table), 0.0011, FindingCode::Counts);
    // Iterations that are no list are none that anybody knows.
    let mut odd = row;
    odd["usage"]["iterations"] = json!({"count": 5});
    named(&import(&odd.to_string()), FindingCode::Column, "iterations");
}

/// Of all columns that say one count the least is billed.
#[test]
fn the_least_of_all_columns_is_billed() {
    let row = |columns: &str, cells: &str| {
        import(&format!("timestamp,model,{columns}\n2026-11-20T09:00:00Z,{HAIKU},{cells}\n"))
    };
    let write = "cache_creation_input_tokens";
    for (first, second) in [(5000, 9000), (9000, 5000)] {
        // 1,000 × 1 + 20 × 5 + 5,000 × 1.25.
        let imported =
            row(&format!("input_tokens,output_tokens,{write},{write}"), &format!("1000,20,{first},{second}"));
        at_least(&imported, 0.00735, FindingCode::Body);
        let read = "cache_read_input_tokens";
        // 1,000 × 1 + 20 × 5 + 5,000 × 0.1.
        let imported = row(&format!("input_tokens,output_tokens,{read},{read}"), &format!("1000,20,{first},{second}"));
        at_least(&imported, 0.0016, FindingCode::Body);
        // The prompt contains what was read, of which the least is taken off: 10,000 - 5,000.
        let imported =
            row("prompt_tokens,completion_tokens,cached_tokens,cached_tokens", &format!("10000,20,{first},{second}"));
        at_least(&imported, 0.005 + 0.0001 + 0.0005, FindingCode::Body);
    }
    for cells in ["1000,20,9000,500", "9000,20,1000,500", "500,20,9000,1000", "0,20,9000,500"] {
        let imported = row("input_tokens,output_tokens,input_tokens,input_tokens", cells);
        at_least(&imported, 0.0006, FindingCode::Body);
    }
    // All writes, and of them those for five minutes and for an hour, are one count: 3,000 × 1.25 + 2,000 × 2.
    let split = row(
        &format!("input_tokens,output_tokens,{write},ephemeral_5m_input_tokens,ephemeral_1h_input_tokens"),
        "1000,20,5000,3000,2000",
    );
    bill(&split, 0.0011 + 0.00775);
}

/// A stream's end may measure the message alone, or all of its iterations.
#[test]
fn a_streams_iterations_are_billed_once() {
    let usage = |iterations: Value| json!({"input_tokens": 1000, "output_tokens": 20, "iterations": iterations});
    let compacted = json!([{"type": "compaction", "input_tokens": 180_000, "output_tokens": 3500},
        {"type": "message", "input_tokens": 1000, "output_tokens": 20}]);
    let stream = |own: (u64, u64), measured: (u64, u64), usage: &Value| {
        let chunks = json!([{"type": "message_delta", "usage": usage}, {"type": "message_stop",
            "amazon-bedrock-invocationMetrics": {"inputTokenCount": measured.0, "outputTokenCount": measured.1}}]);
        import(&record(HAIKU, own.0, own.1, json!({"output": {"outputBodyJson": chunks}})))
    };
    let all = 0.0011 + 0.1975;
    let (message, whole) = ((1000, 20), (181_000, 3520));
    for (own, measured) in [(message, message), (whole, whole), (message, whole), (whole, message)] {
        let imported = stream(own, measured, &usage(compacted.clone()));
        bill(&imported, all);
        named(&imported, FindingCode::Counts, "usage.iterations compaction");
    }
    // A count that is neither contradicts; the record's is of the message.
    at_least(&stream((1000, 20), (1500, 20), &usage(compacted.clone())), all, FindingCode::Body);
    // However many there are.
    let one = json!({"type": "compaction", "input_tokens": 1000, "output_tokens": 20, "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0, "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}});
    let mut many = vec![one; 100];
    many.push(json!({"type": "message", "input_tokens": 1000, "output_tokens": 20}));
    let mut long = json!({"speed": "fast", "inference_geo": "us", "server_tool_use": {"web_search_requests": 2}});
    merge(&mut long, usage(json!(many)));
    let imported = stream(message, message, &long);
    at_least(&imported, 101.0 * 0.0011, FindingCode::Unpriced);
    for name in ["speed fast", "inference_geo us", "web_search_requests"] {
        named(&imported, FindingCode::Unpriced, name);
    }
    // An iteration that names the record's own model is no other's.
    for name in ["claude-haiku-4-5-20251001", HAIKU] {
        let own = json!([{"type": "compaction", "model": name, "input_tokens": 180_000, "output_tokens": 3500},
            {"type": "message", "model": name, "input_tokens": 1000, "output_tokens": 20}]);
        bill(&stream(message, message, &usage(own.clone())), all);
        let row = json!({"timestamp": "2026-11-20T09:00:00Z", "model": HAIKU, "usage": usage(own.clone())});
        bill(&import(&row.to_string()), all);
        let session = json!({"type": "assistant", "uuid": "u", "sessionId": "s", "timestamp": "2026-11-20T09:00:00Z",
            "requestId": "q", "message": {"id": "m", "model": HAIKU, "usage": usage(own)}});
        bill(&import(&session.to_string()), all);
        let cell = row["usage"].to_string().replace('"', "\"\"");
        bill(&import(&format!("timestamp,model,usage\n2026-11-20T09:00:00Z,{HAIKU},\"{cell}\"\n")), all);
    }
}

/// A price list of one's own says which models are Bedrock's, and what an ARN names is.
#[test]
fn a_providers_name_is_held_against_the_callers_own_list() {
    let mut reader = LogReader::new(ImportOptions::default());
    let arn = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc";
    reader.push(
        json!({"timestamp": "2026-11-20T09:00:00Z", "gen_ai.request.model": arn, "gen_ai.system": "anthropic",
        "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 20})
        .to_string()
        .as_bytes(),
    );
    let imported = to_scenario(reader.finish(), Catalog::full());
    let said = imported.findings.iter().find(|found| found.code == FindingCode::Profile).map(|found| &found.what);
    assert!(said.is_some_and(|what| what.contains(&format!("--profile {arn}=MODEL"))), "{:?}", imported.findings);
    assert!(imported.findings.iter().all(|found| !found.name.contains("provider")), "{:?}", imported.findings);

    let own = "{\"acme.custom-1\":{\"input\":1,\"output\":5}}";
    let (catalog, _) = rehearsal::catalog::read_prices(Catalog::full(), own).expect("it is a list");
    let catalog: &'static Catalog = Box::leak(Box::new(catalog));
    let row = "timestamp,model,provider,input_tokens,output_tokens\n2026-11-20T09:00:00Z,acme.custom-1,acme,1000,20\n";
    let mut reader = LogReader::new(ImportOptions { catalog: Some(catalog), ..ImportOptions::default() });
    reader.push(row.as_bytes());
    bill(&to_scenario(reader.finish(), catalog), 0.0011);
    at_least(&import(row), 0.0, FindingCode::Unpriced);
}

/// The last place of a word that is the caller's is the one that counts, whatever a schema calls its own.
#[test]
fn a_schemas_own_keys_hide_no_word_of_the_price() {
    let schema = json!({"type": "object", "properties": {"speed": {"type": "string"}, "serviceTier": {"type": "string"},
        "inference_geo": {"type": "string"}, "performanceConfig": {"type": "object"}, "usage": {"type": "string"}}});
    for request in [
        json!({"additionalModelRequestFields": {"speed": "fast"}, "outputConfig": {"textFormat": {"structure": {"jsonSchema": {"schema": schema}}}}}),
        json!({"additionalModelRequestFields": {"speed": "fast"}, "zOther": {"properties": schema["properties"]}}),
    ] {
        let asked = json!({"input": {"inputBodyJson": request}});
        at_least(&import(&record(HAIKU, 1000, 20, asked)), 0.0011, FindingCode::Unpriced);
    }
}

/// Sums of a summary are bounded in every column and all together, and lines that were not read are counted once.
#[test]
fn what_a_summary_counts_is_bounded() {
    let read = |text: &str| {
        let mut reader = LogReader::new(ImportOptions::default());
        reader.push(text.as_bytes());
        reader.finish()
    };
    let twice = |text: &str| text.to_string() + text.lines().nth(1).expect("a row") + "\n";
    let named = [("unread", 0), ("seen_twice", 0), ("fast", 0), ("first_ms", 0), ("last_ms", 0)];
    let whole = summary(HAIKU, &named);
    let (heading, row) = whole.split_once('\n').expect("a row");
    // The row with another value in a column.
    let with = |column: &str, value: &str| {
        let mut cells: Vec<&str> = row.trim().split(',').collect();
        cells[heading.split(',').position(|name| name == column).expect("it is there")] = value;
        format!("{heading}\n{}\n", cells.join(","))
    };
    let largest = u64::MAX.to_string();
    for column in ["unread", "seen_twice", "fast", "calls", "failed", "input", "cache_write_1h", "latency_ms", "gaps"] {
        let log = read(&twice(&with(column, &largest)));
        assert_eq!((log.skipped_count, log.summary.requests()), (2, 0), "{column}");
        assert!(log.skipped[0].reason.contains("too large a sum"), "{:?}", log.skipped);
        // Together they are too large; what was taken is told.
        let log = read(&twice(&with(column, &(3_u64 << 60).to_string())));
        assert_eq!(log.skipped.last().map(|skip| skip.line), Some(3), "{column}: {:?}", log.skipped);
        to_scenario(log, Catalog::full());
        let log = read(&with(column, "five"));
        assert!(log.skipped[0].reason.contains(&format!("{column}: `five`")), "{:?}", log.skipped);
    }
    // So are those of calls: 512 of these are more than 2^62.
    let mut text = "timestamp,model,input_tokens,requests\n".to_string();
    for at in 0..600 {
        let (minute, second) = (at / 60, at % 60);
        text += &format!("2026-11-20T09:{minute:02}:{second:02}Z,{HAIKU},9000000000000000,1000000000\n");
    }
    let log = read(&text);
    assert_eq!((log.skipped_count, log.summary.requests()), (88, 512_000_000_000));
    to_scenario(log, Catalog::full());
    for (tier, known) in [("flex", true), ("Flex", true), ("reserved", false), ("cheap", false)] {
        let imported = to_scenario(read(&with("tier", tier)), Catalog::full());
        let named = imported.findings.iter().any(|finding| finding.name == "tier");
        assert_eq!(named, !known, "{tier}: {:?}", imported.findings);
    }
    for time in ["9223372036854775807", "-9223372036854775808", "soon"] {
        let log = read(&with("first_ms", time));
        assert!(log.skipped[0].reason.contains("first_ms"), "{:?}", log.skipped);
    }
    // A threshold as engines print it.
    assert_eq!(read(&with("above", "200000.0")).summary.cells.keys().next().map(|key| key.above), Some(200_000));
    let log = read(&with("unread", "500"));
    assert_eq!((log.unread, log.skipped_count, log.skipped.len()), (500, 500, 1));
    assert!(log.skipped[0].reason.contains("500 lines"), "{:?}", log.skipped);
}

/// What Insights counts is calls where it counts rows, and what its sums lack is said of every heading.
#[test]
fn a_count_of_insights_is_of_its_rows() {
    let sums = "sum(input.inputTokenCount),sum(output.outputTokenCount)";
    let imported = import(&format!("modelId,count(errorCode),count(*),{sums}\n{HAIKU},0,1000,1000000,20000\n"));
    bill(&imported, 1.1);
    assert_eq!((imported.requests, imported.skipped_count), (1000, 0));
    let said = |text: &str| {
        let imported = import(text);
        imported
            .findings
            .iter()
            .filter(|found| found.name.starts_with("sums"))
            .map(|found| found.what.clone())
            .collect::<String>()
    };
    let both = said(&format!("modelId,count(errorCode),{sums}\n{HAIKU},0,1000000,20000\n"));
    assert!(both.contains("prompt cache") && both.contains("count(*)"), "{both}");
    // The same of a heading in the middle.
    let first = format!("timestamp,model,input_tokens,output_tokens\n2026-11-20T09:00:00Z,{HAIKU},1000,20\n");
    let later = said(&format!("{first}modelId,bin(1h),{sums}\n{HAIKU},2026-11-20 09:00:00.000,1000000,20000\n"));
    assert!(later.contains("prompt cache") && later.contains("count(*)"), "{later}");
    let twice = import(&format!(
        "{first}timestamp,model,output_tokens,input_tokens,input_tokens\n2026-11-20T09:01:00Z,{HAIKU},20,1000,1000\n"
    ));
    named(&twice, FindingCode::KeyTwice, "input_tokens");
}

/// Counts beyond any call are refused before anything is added to them.
#[test]
fn counts_beyond_any_call_end_nothing() {
    let most = u64::MAX;
    let row = format!(
        "timestamp,model,input_tokens,output_tokens,cache_read_input_tokens,cache_creation_input_tokens,total_tokens,requests\n2026-11-20T09:00:00Z,{HAIKU},{most},{most},{most},{most},{most},{most}\n"
    );
    let ours = json!({"input": {"cacheReadInputTokenCount": most, "cacheWriteInputTokenCount": most}});
    let usage = json!({"input_tokens": most, "output_tokens": most, "cache_creation": {"ephemeral_5m_input_tokens": most, "ephemeral_1h_input_tokens": most},
        "cacheDetails": [{"ttl": "1h", "inputTokens": most}, {"ttl": "1h", "inputTokens": most}],
        "iterations": [{"type": "compaction", "input_tokens": most, "output_tokens": most}, {"type": "message", "input_tokens": most, "output_tokens": most}]});
    let chunks = json!([{"type": "message_delta", "usage": usage}, {"type": "message_stop",
        "amazon-bedrock-invocationMetrics": {"inputTokenCount": most, "outputTokenCount": most}}]);
    for text in [
        row,
        record(HAIKU, most, most, ours),
        record(HAIKU, most, most, json!({"output": {"outputBodyJson": chunks}})),
        record(HAIKU, most, most, json!({"output": {"outputBodyJson": {"usage": usage}}})),
        json!({"timestamp": "2026-11-20T09:00:00Z", "model": HAIKU, "usage": usage}).to_string(),
    ] {
        let mut reader = LogReader::new(ImportOptions::default());
        reader.push(format!("{text}\n").as_bytes());
        let log = reader.finish();
        assert_eq!((log.summary.requests(), log.skipped_count), (0, 1), "{text}");
    }
    // An answer is a call all the same.
    let batch = json!({"recordId": "CALL0000001", "modelId": HAIKU, "modelOutput": {"usage": usage}});
    at_least(&import(&batch.to_string()), 0.0, FindingCode::Uncounted);
    let details = vec![json!({"ttl": "1h", "inputTokens": 9_000_000_000_000_000_u64}); 2_100];
    let usage = json!({"inputTokens": 1000, "outputTokens": 20, "cacheWriteInputTokens": 0, "cacheDetails": details});
    at_least(
        &import(&record(HAIKU, 1000, 20, json!({"output": {"outputBodyJson": {"usage": usage}}}))),
        0.0011,
        FindingCode::Body,
    );
}
