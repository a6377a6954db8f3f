//! Logs of every form and in every state, read as they arrive.
#![cfg(not(target_arch = "wasm32"))]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rehearsal::catalog::Catalog;
use rehearsal::import::{ImportOptions, ImportedLog, LogReader, TypeRule, to_scenario};
use rehearsal::scenario::Scenario;

fn import_in(pieces: usize, bytes: &[u8], rules: &[&str]) -> ImportedLog {
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_string()).collect();
    let rule = TypeRule::parse(&rules).expect("it is a rule");
    let mut reader = LogReader::new(ImportOptions { rule, model: Some("sonnet".to_string()) });
    bytes.chunks(pieces.max(1)).for_each(|piece| reader.push(piece));
    reader.end_file();
    to_scenario(reader.finish(), Catalog::full())
}

fn import(text: &str) -> ImportedLog {
    import_in(1 << 16, text.as_bytes(), &[])
}

fn record(at: &str, model: &str, input: u64, output: u64) -> String {
    format!(
        r#"{{"schemaType":"ModelInvocationLog","timestamp":"{at}","modelId":"{model}","operation":"Converse","requestMetadata":{{"kind":"faq"}},"input":{{"inputTokenCount":{input},"inputBodyJson":{{"messages":[{{"role":"user","content":[{{"text":"在庫 \"latencyMs\": 9"}}]}}]}}}},"output":{{"outputTokenCount":{output},"outputBodyJson":{{"metrics":{{"latencyMs":1200}}}}}}}}"#
    )
}

const SONNET: &str = "global.anthropic.claude-sonnet-4-6";

fn skipped(imported: &ImportedLog) -> Vec<String> {
    imported.skipped.iter().map(|skip| format!("{}: {}", skip.line, skip.reason)).collect()
}

/// Two calls of 1,000 in and 100 out at $3 and $15 a million: $0.009.
#[test]
fn records_are_read_however_they_are_printed() {
    let one = record("2026-11-22T09:00:00Z", SONNET, 1_000, 100);
    let two = record("2026-11-22T09:00:01Z", SONNET, 1_000, 100);
    let pretty = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        serde_json::to_string_pretty(&value).expect("it is written")
    };
    for log in [
        format!("{one}\n{two}\n"),
        format!("{one}\r\n\r\n{two}"),
        format!("[\n{one},\n{two}\n]\n"),
        format!("[{one},{two}]"),
        format!("{}\n{}\n", pretty(&one), pretty(&two)),
        format!("\u{feff}{one}\n{two}"),
    ] {
        for pieces in [1, 7, 4096] {
            let imported = import_in(pieces, log.as_bytes(), &[]);
            assert_eq!(imported.requests, 2, "{log}");
            assert_eq!(imported.bill_usd.map(|usd| usd.to_string()).as_deref(), Some("0.009"), "{log}");
            assert_eq!(skipped(&imported), Vec::<String>::new(), "{log}");
        }
    }
}

#[test]
fn bad_lines_are_told_and_nothing_else_is_lost() {
    let good = record("2026-11-22T09:00:00Z", SONNET, 1_000, 100);
    let cut = &good[..good.len() - 40];
    let pieces = [
        "what is this",
        &good,
        cut,
        &good,
        r#"{"schemaType":"Other"}"#,
        &good.replace("2026-11-22T", "yesterday"),
        &good,
    ];
    let imported = import(&pieces.join("\n"));
    assert_eq!(imported.requests, 3);
    assert_eq!(
        skipped(&imported),
        [
            "1: not a JSON object",
            "3: the file ends inside this record",
            "5: not a model invocation log record",
            "6: `yesterday09:00:00Z` is no time",
        ]
    );
}

/// A prompt beyond 200,000 tokens is billed at the higher price, each call for itself.
#[test]
fn the_bill_is_of_calls_not_of_sums() {
    let model = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let calls = [150_000, 150_000, 250_000].map(|input| record("2026-11-22T09:00:00Z", model, input, 0)).join("\n");
    // 0.3 million at $3, a quarter of a million at $6.
    assert_eq!(import(&calls).bill_usd.map(|usd| usd.to_string()).as_deref(), Some("2.4"));
    let unknown = import(&record("2026-11-22T09:00:00Z", "acme.model", 1, 1));
    assert_eq!(
        (unknown.bill_usd, unknown.unknown),
        (None, vec!["acme.model.input".into(), "acme.model.output".into()])
    );
}

#[test]
fn a_usage_table_has_its_own_columns() {
    let csv = "timestamp,model,input,output,cache_read,cache_write,latency_ms,cache_hit,error\n\
        2026-11-22T09:00:00Z,haiku,100,50,0,0,300,,\n\
        2026-11-22T09:00:01Z,haiku,0,0,0,0,20,1,\n\
        2026-11-22T10:00:02Z,haiku,0,0,0,0,,,ThrottlingException\n\
        2026-11-22T10:00:03Z,haiku,-5,0,0,0,,,\n\
        2026-11-23T10:00:03Z,haiku,100\n";
    let imported = import(csv);
    assert_eq!(imported.requests, 3);
    assert_eq!(skipped(&imported), ["5: `-5` is no number of tokens", "6: expected 9 columns, found 3"]);
    let scenario = Scenario::load(&imported.scenario.to_string()).expect("it is a scenario").output;
    assert_eq!(scenario.daily_messages, 3.0);
    assert!((scenario.types[0].cache.hit_rate - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(scenario.faults.throttle_rate, 0.5);
    assert_eq!((scenario.traffic.curve.weights()[9], scenario.traffic.curve.weights()[10]), (2.0, 1.0));
    // The scenario stands for the log: half of the two attempts are answered.
    let (bill, again) =
        (imported.bill_usd.expect("it is known").dollars(), imported.scenario_bill_usd.expect("it is known"));
    assert!((bill - again).abs() < 1e-9, "{bill} {again}");
}

#[test]
fn types_follow_the_rule() {
    let log = record("2026-11-22T09:00:00Z", SONNET, 900, 1) + "\n" + &record("2026-11-22T09:00:00Z", SONNET, 100, 1);
    let names = |rules: &[&str]| -> Vec<String> {
        let imported = import_in(64, log.as_bytes(), rules);
        let types = imported.scenario["types"].as_array().expect("there are types");
        types.iter().map(|kind| kind["name"].as_str().unwrap_or_default().to_string()).collect()
    };
    assert_eq!(names(&[]), [SONNET]);
    assert_eq!(names(&["metadata:kind"]), ["faq"]);
    assert_eq!(names(&["metadata:missing"]), ["other"]);
    assert_eq!(names(&["tokens:500"]), ["over 500 tokens", "up to 500 tokens"]);
    assert_eq!(names(&["pattern:stock=在庫", "pattern:rest=."]), ["stock"]);
    let refused = |rule: &str| TypeRule::parse(&[rule.to_string()]).expect_err("it is no rule");
    assert_eq!(refused("tokens:5,3"), "`tokens:5,3`: expected rising numbers, such as tokens:500,2000");
    assert!(refused("colour").contains("is no rule"));
}

#[test]
fn gzip_cut_anywhere_gives_what_arrived() {
    let lines: Vec<String> = (0..400).map(|i| record("2026-11-22T09:00:00Z", SONNET, i, 1)).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all((lines.join("\n") + "\n").as_bytes()).expect("it is written to memory");
    let packed = encoder.finish().expect("it is written to memory");
    assert_eq!(import_in(1000, &packed, &[]).requests, 400);
    // Two members, as log shippers append them.
    let twice = [packed.clone(), packed.clone()].concat();
    assert_eq!(import_in(1000, &twice, &[]).requests, 800);
    let half = import_in(1000, &packed[..packed.len() / 2], &[]);
    assert!(half.requests > 100 && half.requests < 400, "{}", half.requests);
    assert!(skipped(&half).iter().any(|skip| skip.contains("gzip: the file is cut off")), "{:?}", skipped(&half));
    let mut damaged = packed.clone();
    damaged[packed.len() / 2] ^= 0xFF;
    assert!(import_in(1000, &damaged, &[]).skipped_count > 0);
}

/// Its line is skipped, the next one read.
#[test]
fn an_endless_line_is_one_bad_line() {
    let mut reader = LogReader::new(ImportOptions::default());
    reader.push(b"{\"timestamp\":\"");
    let megabyte = vec![b'x'; 1 << 20];
    for _ in 0..200 {
        reader.push(&megabyte);
    }
    reader.push(b"\"}\n");
    reader.push(record("2026-11-22T09:00:00Z", SONNET, 1, 1).as_bytes());
    reader.end_file();
    let imported = to_scenario(reader.finish(), Catalog::full());
    assert_eq!((imported.requests, skipped(&imported)), (1, vec!["1: longer than 32 MiB".to_string()]));
}

#[test]
fn endless_names_are_one_type() {
    let mut log = String::from("timestamp,model,query_type,input,output\n");
    for index in 0..3_000 {
        log.push_str(&format!("2026-11-22T09:00:00Z,haiku,name {index},1,1\n"));
    }
    let imported = import(&log);
    let types = imported.scenario["types"].as_array().expect("there are types");
    assert_eq!((imported.requests, types.len()), (3_000, 63));
    assert!(types.iter().any(|kind| kind["name"] == "other"));
    Scenario::load(&imported.scenario.to_string()).expect("it is a scenario");
}

/// The published figures of the conversation trace, where `AZURE_TRACE` names it.
#[test]
fn the_azure_trace() {
    let Some(file) = std::env::var_os("AZURE_TRACE") else { return };
    let imported = import_in(1 << 16, &std::fs::read(file).expect("it can be read"), &[]);
    assert_eq!(imported.requests, 19_366);
    assert_eq!((imported.tokens.input, imported.tokens.output), (22_361_870, 4_088_665));
    assert_eq!(imported.bill_usd.map(|usd| usd.to_string()).as_deref(), Some("128.415585"));
    assert!((imported.arrival_cv.expect("it has times") - 1.094).abs() < 5e-4);
}

proptest! {
    /// Whatever arrives, in whatever pieces: no panic, and what comes out is a scenario or nothing.
    #[test]
    fn hostile_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000), at in 0_usize..600, pieces in 1_usize..300) {
        let good = record("2026-11-22T09:00:00Z", SONNET, 5, 5) + "\n";
        let mut log = good.repeat(3).into_bytes();
        let at = at.min(log.len());
        log.splice(at..at, bytes);
        let imported = import_in(pieces, &log, &["pattern:a=a"]);
        if imported.requests > 0 {
            prop_assert!(Scenario::load(&imported.scenario.to_string()).is_ok());
        }
    }
}
