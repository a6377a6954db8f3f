//! Small files of every form that the importer reads, each with its bill worked out by hand beside it.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::path::Path;

use rehearsal::catalog::Catalog;
use rehearsal::import::{ErrorCode, ImportOptions, ImportedLog, LogReader, LogSummary, Profiles, to_scenario};
use rehearsal::scenario::Scenario;
use serde_json::Value;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/forms"))
}

fn read(files: &[(&str, &[u8])], pieces: usize, options: &ImportOptions) -> LogSummary {
    let mut reader = LogReader::new(options.clone());
    for (name, bytes) in files {
        reader.begin_file(name);
        bytes.chunks(pieces).for_each(|piece| reader.push(piece));
        reader.end_file();
    }
    reader.finish()
}

fn import(name: &str, bytes: &[u8], pieces: usize, options: &ImportOptions) -> ImportedLog {
    let log = read(&[(name, bytes)], pieces, options);
    log.check().unwrap_or_else(|error| panic!("{error}"));
    to_scenario(log, Catalog::full())
}

/// A CSV of one file, or several in a row.
fn table(text: &str) -> ImportedLog {
    import("calls.csv", text.as_bytes(), 1 << 16, &ImportOptions::default())
}

const HAIKU: &str = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

fn near(what: &str, got: Option<f64>, expected: Option<f64>) {
    let close = match (got, expected) {
        (Some(got), Some(expected)) => (got - expected).abs() < 1e-12,
        (None, None) => true,
        _ => false,
    };
    assert!(close, "{what}: {got:?}, by hand {expected:?}");
}

#[test]
fn every_form_has_the_bill_that_was_worked_out_by_hand() {
    let bills = std::fs::read_to_string(folder().join("bill.json")).expect("the bills are there");
    let bills: BTreeMap<String, Value> = serde_json::from_str(&bills).expect("they are JSON");
    let files = std::fs::read_dir(folder()).expect("the folder is there");
    for file in files {
        let name = file.expect("it is a file").file_name().into_string().expect("its name is ASCII");
        if !["bill.json", "make.py"].contains(&name.as_str()) {
            assert!(bills.contains_key(&name), "{name} has no bill");
        }
    }
    for (name, expected) in &bills {
        let bytes = std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for pieces in [1, 7, 1 << 16] {
            let imported = import(name, &bytes, pieces, &ImportOptions::default());
            let usd = imported.bill_usd.map(|usd| usd.dollars());
            near(name, usd, expected["bill_usd"].as_f64());
            near(&format!("{name}, known"), Some(imported.known_usd.dollars()), expected["known_usd"].as_f64().or(usd));
            assert_eq!(imported.at_least, expected["at_least"] == true, "{name}: {:?}", imported.findings);
            assert_eq!(Some(imported.requests), expected["requests"].as_u64(), "{name}");
            assert_eq!(imported.skipped, [], "{name}");
            assert!(!imported.columns.is_empty(), "{name}");
            if let Some(counts) = expected["counts"].as_str() {
                let got = serde_json::to_value(imported.counts).expect("it is a word");
                assert_eq!(got, counts, "{name}");
            }
            assert!(Scenario::load(&imported.scenario.to_string()).is_ok(), "{name}");
            // The scenario costs what the log does, or it is said by how much it does not, and why.
            if imported.bill_usd.is_some() {
                let misfit =
                    imported.scenario_misfit_pct.unwrap_or_else(|| panic!("{name}: {:?}", imported.scenario_reasons));
                assert!(misfit.abs() < 0.01, "{name}: {misfit} %, {:?}", imported.scenario_reasons);
            }
            if let Some(profile) = expected.get("with_profile") {
                let mut profiles = Profiles::default();
                profiles.insert(
                    profile["arn"].as_str().expect("it is an ARN"),
                    profile["model"].as_str().expect("it is an id"),
                );
                let options = ImportOptions { profiles, ..ImportOptions::default() };
                assert!(
                    imported.unknown.iter().any(|name| name.contains(profile["arn"].as_str().unwrap_or("?"))),
                    "{:?}",
                    imported.unknown
                );
                near(
                    name,
                    import(name, &bytes, pieces, &options).bill_usd.map(|usd| usd.dollars()),
                    profile["bill_usd"].as_f64(),
                );
            }
        }
    }
}

/// A call that wrote for five minutes and for an hour costs what it costs, and its scenario says why it costs more.
#[test]
fn two_lifetimes_in_one_call_are_said_to_be_one_in_the_scenario() {
    let usage = serde_json::json!({"input_tokens": 100, "output_tokens": 100, "cache_creation_input_tokens": 10_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 4_000, "ephemeral_1h_input_tokens": 6_000}});
    let record = serde_json::json!({"schemaType": "ModelInvocationLog", "timestamp": "2026-11-20T09:00:00Z",
        "operation": "InvokeModel", "modelId": HAIKU, "requestId": "g-1",
        "input": {"inputTokenCount": 100, "cacheWriteInputTokenCount": 10_000},
        "output": {"outputTokenCount": 100, "outputBodyJson": {"usage": usage}}});
    let imported = import("log", record.to_string().as_bytes(), 1 << 16, &ImportOptions::default());
    // 100 at 1, 100 at 5, 4,000 at 1.25 and 6,000 at 2 US dollars a million.
    near("two lifetimes", imported.bill_usd.map(|usd| usd.dollars()), Some(0.0176));
    assert!(imported.scenario_misfit_pct.is_some_and(|pct| pct.abs() > 1.0), "{imported:?}");
    let why = "cache: calls wrote for five minutes and for an hour; a type of a scenario has one lifetime for all";
    assert!(imported.scenario_reasons.iter().any(|reason| reason == why), "{:?}", imported.scenario_reasons);
}

/// A file named twice, an export that overlaps another, and rows that are the same and yet two calls.
#[test]
fn the_same_call_is_billed_once() {
    for name in [
        "cloudwatch-export-task.txt",
        "numbers.csv",
        "litellm-spend-logs.json",
        "claude-code-session.jsonl",
        "batch-output.jsonl.out",
    ] {
        let bytes = std::fs::read(folder().join(name)).expect("it is there");
        let once = import(name, &bytes, 4_096, &ImportOptions::default());
        let twice =
            to_scenario(read(&[(name, &bytes), ("again", &bytes)], 4_096, &ImportOptions::default()), Catalog::full());
        assert_eq!(
            (twice.requests, twice.known_usd, twice.seen_twice),
            (once.requests, once.known_usd, once.requests),
            "{name}"
        );
    }
    let row = format!("2026-11-20T09:00:00Z,{HAIKU},1000,100\n");
    let rows = table(&format!("timestamp,model,input_tokens,output_tokens\n{row}{row}"));
    assert_eq!((rows.requests, rows.seen_twice), (2, 0));
    let ids =
        table(&format!("request_id,model,input_tokens,output_tokens\nr1,{HAIKU},1000,100\nr1,{HAIKU},1000,100\n"));
    assert_eq!((ids.requests, ids.seen_twice), (1, 1));
}

/// A call a minute through a day in Tokyo is a day, not two halves.
#[test]
fn days_are_elapsed_time() {
    let rows = |calls: &dyn Fn(i64) -> bool, minutes: i64| {
        let mut out = String::from("timestamp,model,input_tokens,output_tokens\n");
        // 2026-11-19T15:00:00Z, midnight in Tokyo.
        (0..minutes)
            .filter(|minute| calls(*minute))
            .for_each(|minute| out.push_str(&format!("{},{HAIKU},1000,100\n", 1_795_100_400 + minute * 60)));
        out
    };
    let daily = |imported: &ImportedLog| imported.scenario["daily_messages"].as_f64().expect("it is a number");
    let even = table(&rows(&|_| true, 1_440));
    assert_eq!((daily(&even), even.days), (1_440.0, 1.0));
    assert_eq!(
        (even.time_zone.as_str(), serde_json::to_value(even.time_zone_source).unwrap()),
        ("UTC", "assumed".into())
    );
    // Quiet from one to seven: the zone shows.
    let curve = table(&rows(&|minute| !(60..420).contains(&(minute % 1_440)) || minute % 30 == 0, 2_880));
    assert_eq!(
        (curve.time_zone.as_str(), serde_json::to_value(curve.time_zone_source).unwrap()),
        ("UTC+09:00", "guessed".into())
    );
    let hours = curve.scenario["traffic"]["curve"].as_array().expect("it has a curve");
    assert!(hours[3].as_f64() < hours[12].as_f64(), "{hours:?}");
    assert!((daily(&curve) - 1_092.0).abs() < 1.0, "{}", daily(&curve));
    // Office hours of two days are two days, of one day one.
    let office = table(&rows(&|minute| (540..1_020).contains(&(minute % 1_440)), 2_880));
    assert_eq!(daily(&office), 480.0);
    // Twenty-five hours of even traffic are not two days.
    let longer = table(&rows(&|_| true, 1_500));
    assert!((daily(&longer) - 1_440.0).abs() < 1e-9, "{}", daily(&longer));
    let said = ImportOptions { time_zone: rehearsal::import::TimeZone::parse("+05:30"), ..ImportOptions::default() };
    assert_eq!(import("x", rows(&|_| true, 60).as_bytes(), 999, &said).time_zone, "UTC+05:30");
}

/// A tenth of the calls with 20,000 cached tokens, and prompts on both sides of a threshold.
#[test]
fn a_scenario_costs_what_its_log_did() {
    let mut csv = String::from(
        "timestamp,model,input_tokens,output_tokens,cache_read_input_tokens,cache_creation_input_tokens\n",
    );
    for call in 0..1_000 {
        let cached = if call % 10 == 0 { 20_000 } else { 0 };
        csv.push_str(&format!("{},{HAIKU},800,30,{cached},0\n", 1_795_100_400 + call * 60));
    }
    let imported = table(&csv);
    near("cached", imported.bill_usd.map(|usd| usd.dollars()), Some(1.15));
    assert!(imported.scenario_misfit_pct.expect("it is known").abs() < 1e-6, "{:?}", imported.scenario_reasons);
    let long = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let mut csv = String::from("timestamp,model,input_tokens,output_tokens\n");
    for call in 0..100_u64 {
        csv.push_str(&format!("{},{long},{},10\n", 1_795_100_400 + call * 60, 100_000 + call * 2_000));
    }
    let imported = table(&csv);
    assert!(imported.scenario_misfit_pct.expect("it is known").abs() < 0.01, "{:?}", imported.scenario_reasons);
}

#[test]
fn what_is_not_understood_is_named_with_the_bill() {
    let imported = table(&format!(
        "timestamp,model,input_tokens,output_tokens,cache_special,my_tier,team,error\n2026-11-20T09:00:00Z,{HAIKU},1000,20,7,x,y,sometimes\n2026-11-20T09:00:01Z,{HAIKU},1000,20,7,x,y,false\n"
    ));
    for name in ["cache_special", "my_tier", "error sometimes"] {
        assert!(imported.unknown.iter().any(|known| known == name), "{name} in {:?}", imported.unknown);
    }
    assert_eq!((imported.columns["cache_special"], imported.columns["input_tokens"]), (None, Some("input")));
    near("the known part", Some(imported.known_usd.dollars()), Some(0.0022));
    // One unknown model does not hide the rest.
    let mut csv = String::from("model,input_tokens,output_tokens\nacme.model,5,5\n");
    (0..1_000).for_each(|_| csv.push_str(&format!("{HAIKU},1000,0\n")));
    let imported = table(&csv);
    assert_eq!((imported.bill_usd, imported.at_least), (None, true));
    near("a thousand known calls", Some(imported.known_usd.dollars()), Some(1.0));
}

#[test]
fn a_file_of_which_nothing_was_read_is_refused() {
    let refused =
        |name: &str, bytes: &[u8]| read(&[(name, bytes)], 100, &ImportOptions::default()).check().expect_err(name);
    let empty = refused("empty.csv", b"");
    assert_eq!((empty.code, empty.place.file.as_deref()), (ErrorCode::NothingRead, Some("empty.csv")));
    assert!(empty.to_string().starts_with("empty.csv: no request in it; it is empty. Expected a Bedrock"), "{empty}");
    for (name, bytes, said) in [
        ("a.zip", &b"PK\x03\x04rest"[..], "a zip archive"),
        ("b.parquet", b"PAR1....", "a Parquet file"),
        ("notes.txt", b"hello there\n", "not a JSON object, and no heading"),
        ("cur.csv", b"line_item_usage_type,line_item_unblended_cost\nx,1\n", "rehearsal reconcile"),
        ("ce.json", b"{\"ResultsByTime\":[]}", "rehearsal reconcile"),
        ("scenario.json", b"{\"version\":2,\"daily_messages\":1,\"types\":[]}", "a scenario, not a log"),
        ("other.json", b"{\"a\":1}", "no model with counts of tokens"),
    ] {
        let error = refused(name, bytes);
        assert!(error.to_string().contains(said), "{name}: {error}");
    }
    // One good file does not hide a bad one.
    let good = format!("model,input_tokens,output_tokens\n{HAIKU},1,1\n");
    let log = read(&[("good.csv", good.as_bytes()), ("bad.csv", b"x,y\n1,2\n")], 9, &ImportOptions::default());
    assert_eq!(log.check().expect_err("it is empty").place.file.as_deref(), Some("bad.csv"));
    assert!(log.skipped.iter().all(|skip| skip.file == "bad.csv"), "{:?}", log.skipped);
}

/// Everything is linear in the model ids.
#[test]
fn fifty_thousand_models_are_read() {
    let mut csv = String::from("model,input_tokens,output_tokens\n");
    (0..50_000).for_each(|index| csv.push_str(&format!("acme.model-{index},1000,10\n")));
    let begun = std::time::Instant::now();
    let imported = table(&csv);
    assert_eq!((imported.requests, imported.at_least, imported.unknown.len()), (50_000, true, 100_000));
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

/// AWS's line items beside the logs: what is the same, missing, of another region, tier, or discounted.
#[test]
fn a_report_of_aws_stands_beside_the_bill() {
    let log = format!(
        "timestamp,model,input_tokens,output_tokens\n\
         2026-11-20T09:00:00Z,amazon.nova-pro-v1:0,1000,100\n\
         2026-11-20T09:00:01Z,amazon.nova-pro-v1:0,1000,100\n\
         2026-11-20T09:00:02Z,{HAIKU},1000,100\n\
         2026-11-21T09:00:02Z,{HAIKU},1000,100\n"
    );
    let utc = ImportOptions { time_zone: Some(rehearsal::import::TimeZone::default()), ..ImportOptions::default() };
    let log = read(&[("log.csv", log.as_bytes())], 999, &utc);
    let heading = "line_item_line_item_type,line_item_usage_start_date,line_item_product_code,line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost,product_product_name";
    let sonnet = "Claude Sonnet 4.6 (Amazon Bedrock Edition)";
    let haiku = "Claude Haiku 4.5 (Amazon Bedrock Edition)";
    let rows = [
        // 2,000 in at 0.8 a million: the same; 400 out at 3.2, of which the logs have 200.
        "Usage,2026-11-20T00:00:00Z,AmazonBedrock,USE1-NovaPro-input-tokens,2,1K tokens,0.0016,Amazon Bedrock"
            .to_string(),
        "Usage,2026-11-20T00:00:00Z,AmazonBedrock,USE1-NovaPro-output-tokens,0.4,1K tokens,0.00128,Amazon Bedrock"
            .to_string(),
        // The price of the region; the batch price.
        format!("Usage,2026-11-20T00:00:00Z,x,USE1-MP:USE1_InputTokenCount-Units,0.001,Units,0.0011,{haiku}"),
        format!("Usage,2026-11-20T00:00:00Z,x,USE1-MP:USE1_OutputTokenCount_Batch-Units,0.0001,Units,0.00025,{haiku}"),
        // No call of it in the logs; no token; another service.
        format!("Usage,2026-11-20T00:00:00Z,x,USE1-MP:USE1_input_tokens_standard-Units,0.001,Units,0.0033,{sonnet}"),
        "Tax,2026-11-20T00:00:00Z,AmazonBedrock,USE1-NovaPro-input-tokens,,,0.01,Amazon Bedrock".to_string(),
        "EdpDiscount,2026-11-20T00:00:00Z,AmazonBedrock,USE1-NovaPro-input-tokens,,,-0.0001,Amazon Bedrock".to_string(),
        "Usage,2026-11-20T00:00:00Z,AmazonEC2,BoxUsage,1,Hrs,5,Amazon EC2".to_string(),
        "Usage,someday,AmazonBedrock,USE1-NovaPro-input-tokens,2,1K tokens,0.0016,Amazon Bedrock".to_string(),
    ];
    let report = format!("{heading}\n{}\n", rows.join("\n"));
    let report = rehearsal::import::CostReport::read("cur.csv", report.as_bytes()).expect("it is a report");
    let result = rehearsal::import::reconcile(&report, &log, Catalog::full());
    let reason = |day: &str, model: &str, kind: &str| {
        let of = |line: &&rehearsal::import::ReconciledLine| {
            line.day.as_deref() == Some(day) && line.model.to_lowercase().contains(model) && line.kind == kind
        };
        result
            .lines
            .iter()
            .find(of)
            .map_or_else(|| panic!("{day} {model} {kind}: {:?}", result.lines), |line| line.reason.as_str())
    };
    let day = "2026-11-20";
    assert_eq!(reason(day, "nova-pro", "input"), "same");
    assert!(reason(day, "nova-pro", "output").starts_with("missing calls: AWS counts 400 tokens, the logs 200"));
    assert!(reason(day, "haiku-4-5", "input").starts_with("region: AWS bills the price of the region"));
    assert!(reason(day, "haiku-4-5", "output").starts_with("tier: AWS bills batch"));
    assert!(reason(day, "sonnet", "input").starts_with("missing calls: the logs have none"));
    assert!(reason("2026-11-21", "haiku-4-5", "input").starts_with("not in the report"));
    assert!(reason(day, "nova-pro", "tax").starts_with("tax"));
    assert!(reason(day, "nova-pro", "discount").starts_with("discount"));
    assert_eq!((result.other_items, result.skipped.len()), (1, 1));
    // Every difference has its reason.
    assert_eq!(result.explained_usd, result.aws_usd - result.ours_usd);
    // Cost Explorer says the same of one line.
    let explorer = format!(
        r#"{{"ResultsByTime":[{{"TimePeriod":{{"Start":"{day}","End":"2026-11-21"}},"Groups":[{{"Keys":["{haiku}","USE1-MP:USE1_InputTokenCount_Global-Units"],"Metrics":{{"UnblendedCost":{{"Amount":"0.001","Unit":"USD"}},"UsageQuantity":{{"Amount":"0.001","Unit":"N/A"}}}}}}]}}]}}"#
    );
    let report = rehearsal::import::CostReport::read("ce.json", explorer.as_bytes()).expect("it is a report");
    let result = rehearsal::import::reconcile(&report, &log, Catalog::full());
    let line = result.lines.iter().find(|line| line.aws_usd > rehearsal::money::Usd::ZERO).expect("it has a line");
    assert_eq!((line.model.as_str(), line.reason.as_str()), (HAIKU, "same"));
    for (name, bytes, said) in [
        ("a.csv", &b"a,b\n1,2\n"[..], "no cost report"),
        ("b.csv", b"line_item_usage_type,line_item_unblended_cost\nBoxUsage,1\n", "none of Amazon Bedrock"),
        ("c.parquet", b"PAR1", "Parquet"),
    ] {
        let error = rehearsal::import::CostReport::read(name, bytes).expect_err(name);
        assert!(error.to_string().contains(said), "{error}");
    }
}

/// Names that AWS's usage types write otherwise than the log meet by what they have in common.
#[test]
fn a_model_is_one_under_both_its_names() {
    let ids = [
        ("DeepSeek-V3.2", "deepseek.v3.2"),
        ("DeepSeek-R1", "us.deepseek.r1-v1:0"),
        ("PalmyraX5", "us.writer.palmyra-x5-v1:0"),
        ("Qwen3-Coder-480B-A35B", "qwen.qwen3-coder-480b-a35b-v1:0"),
        ("Kimi-K2-5", "moonshotai.kimi-k2.5"),
        ("TitanEmbeddingsV2-Text", "amazon.titan-embed-text-v2:0"),
    ];
    let rows = ids.map(|(_, id)| format!("2026-11-20T09:00:00Z,{id},1000000,0\n")).concat();
    let rows =
        format!("timestamp,model,input_tokens,output_tokens\n{rows}2026-11-20T10:00:00Z,acme.deepthought-9,1000,0\n");
    let utc = ImportOptions { time_zone: Some(rehearsal::import::TimeZone::default()), ..ImportOptions::default() };
    let log = read(&[("log.csv", rows.as_bytes())], 999, &utc);
    let heading = "line_item_line_item_type,line_item_usage_start_date,line_item_product_code,line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost,product_product_name";
    let row = |name: &str, tokens: u32| {
        format!(
            "Usage,2026-11-20T00:00:00Z,AmazonBedrock,USE1-{name}-input-tokens,{tokens},1K tokens,1,Amazon Bedrock\n"
        )
    };
    let report = ids.map(|(name, _)| row(name, 1_000)).concat() + &row("DeepThought-X1", 1);
    let report = format!("{heading}\n{report}");
    let report = rehearsal::import::CostReport::read("cur.csv", report.as_bytes()).expect("it is a report");
    let result = rehearsal::import::reconcile(&report, &log, Catalog::full());
    for (name, id) in ids {
        let of = |line: &&rehearsal::import::ReconciledLine| line.usage_types.iter().any(|usage| usage.contains(name));
        let line = result.lines.iter().find(of).unwrap_or_else(|| panic!("{name}: {:?}", result.lines));
        assert_eq!((line.our_tokens, line.aws_tokens), (1_000_000, Some(1e6)), "{name}: {line:?}");
        assert_eq!(line.model, id);
    }
    // A name that met none, beside calls of a name that met none, explains nothing.
    let lone: Vec<_> = result.lines.iter().filter(|line| line.model.to_lowercase().contains("thought")).collect();
    assert_eq!(lone.len(), 2);
    assert!(lone.iter().all(|line| line.reason.starts_with("unexplained")), "{lone:?}");
}
