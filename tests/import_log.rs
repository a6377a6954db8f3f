//! Logs of every form and in every state, read as they arrive.
#![cfg(not(target_arch = "wasm32"))]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rehearsal::catalog::Catalog;
use rehearsal::import::{ImportOptions, ImportedLog, LogReader, TypeRule, to_scenario};
use rehearsal::scenario::{Distribution, ModelProfile, Scenario};
use rehearsal::sim::simulate;
use rehearsal::stats::{QuantileMethod, mean_and_sd, quantile};

fn import_in(pieces: usize, bytes: &[u8], rules: &[&str]) -> ImportedLog {
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_string()).collect();
    let rule = TypeRule::parse(&rules).expect("it is a rule");
    let mut reader =
        LogReader::new(ImportOptions { rule, model: Some("sonnet".to_string()), ..ImportOptions::default() });
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
fn a_key_twice_is_told() {
    let found = |log: &str| -> Vec<(String, u64)> {
        let twice = |finding: &rehearsal::import::Finding| finding.code == rehearsal::import::FindingCode::KeyTwice;
        import(log)
            .findings
            .iter()
            .filter(|finding| twice(finding))
            .map(|finding| (finding.name.clone(), finding.calls))
            .collect()
    };
    let row = r#"{"model":"gpt-4o","prompt_tokens":5,"completion_tokens":1,"prompt_tokens":7,"created":1700000000}"#;
    assert_eq!(found(&format!("{row}\n{row}\n")), [("prompt_tokens".to_string(), 2)]);
    let twice =
        record("2026-11-22T09:00:00Z", SONNET, 1_000, 100).replace(r#""operation""#, r#""modelId":"x","operation""#);
    let good = record("2026-11-22T09:00:01Z", SONNET, 1_000, 100);
    assert_eq!(found(&format!("{twice}\n{good}\n")), [("modelId".to_string(), 1)]);
    let twice = good.replace(r#""outputTokenCount""#, r#""outputTokenCount":5,"outputTokenCount""#);
    assert_eq!(found(&twice), [("outputTokenCount".to_string(), 1)]);
    assert_eq!(found(&good), []);
    let table =
        format!("timestamp,model,input_tokens,output_tokens,INPUT_TOKENS\n2026-11-20T09:00:00Z,{SONNET},1,2,3\n");
    assert_eq!(found(&table), [("INPUT_TOKENS".to_string(), 0)]);
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
            "1: not a JSON object, and no heading of a table that is understood: `what is this`",
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
    assert_eq!(skipped(&imported), ["5: `-5` is no count; expected a whole number", "6: expected 9 columns, found 3"]);
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
    let refused = |rule: &str| TypeRule::parse(&[rule.to_string()]).expect_err("it is no rule").to_string();
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

/// The published figures of the conversation trace, from its rows.
#[test]
fn the_azure_trace() {
    let file = include_bytes!("data/azure-2023-conv.csv.gz");
    let imported = import_in(1 << 16, file, &[]);
    assert_eq!(imported.requests, 19_366);
    assert_eq!((imported.tokens.input, imported.tokens.output), (22_361_870, 4_088_665));
    assert_eq!(imported.bill_usd.map(|usd| usd.to_string()).as_deref(), Some("128.415585"));
    let near = |what: &str, got: Option<f64>, published: f64, precision: f64| {
        let got = got.unwrap_or_else(|| panic!("{what} is known"));
        assert!((got - published).abs() <= precision, "{what}: {got}, published {published}");
    };
    let burstiness = imported.burstiness.expect("it has times");
    near("CV", burstiness.cv, 1.094, 5e-4);
    let [second, ten_seconds, minute] = burstiness.dispersion_with_last;
    near("dispersion in a second", second, 1.39, 5e-3);
    near("dispersion in ten seconds", ten_seconds, 4.0, 0.05);
    near("dispersion in a minute", minute, 20.6, 0.05);
    near("dispersion in ten seconds, whole ones", burstiness.dispersion_10s, 3.87, 5e-3);
    near("dispersion in a minute, whole ones", burstiness.dispersion_60s, 16.4, 0.05);
    assert_eq!((burstiness.busiest_second, burstiness.busiest_minute), (16, 507));
    let (rpm, tpm, burned) = (burstiness.rpm, burstiness.tpm, burstiness.tpm_burndown_5);
    near("mean RPM", rpm.map(|rpm| rpm.mean), 333.3, 0.05);
    near("most RPM", rpm.map(|rpm| rpm.max), 507.0, 0.0);
    near("mean TPM", tpm.map(|tpm| tpm.mean), 455_361.0, 0.5);
    near("P95 of TPM", tpm.map(|tpm| tpm.p95), 703_361.0, 0.5);
    near("most TPM", tpm.map(|tpm| tpm.max), 800_837.0, 0.0);
    near("mean TPM with burndown", burned.map(|tpm| tpm.mean), 736_660.0, 0.5);
    near("most TPM with burndown", burned.map(|tpm| tpm.max), 1_074_549.0, 0.0);
}

/// The trace as a scenario: what it replays has the published shape of tokens, and its cost.
#[test]
fn the_azure_trace_replayed() {
    let options = ImportOptions { model: Some("sonnet".to_string()), keep_trace: true, ..ImportOptions::default() };
    let mut reader = LogReader::new(options);
    reader.push(include_bytes!("data/azure-2023-conv.csv.gz"));
    reader.end_file();
    let imported = to_scenario(reader.finish(), Catalog::full());
    let mut scenario = Scenario::load(&imported.scenario.to_string()).expect("it is a scenario").output;
    let trace = scenario.traffic.trace.clone().expect("it was asked for");
    let near = |what: &str, got: f64, published: f64, precision: f64| {
        assert!((got - published).abs() <= precision, "{what}: {got}, published {published}");
    };
    for (name, tokens, [p50, p95, p99, mean, cv]) in [
        ("input", &trace.input_tokens, [1_020.0, 4_083.0, 4_142.0, 1_154.7, 0.96]),
        ("output", &trace.output_tokens, [129.0, 451.0, 601.0, 211.1, 0.77]),
    ] {
        let mut sorted = tokens.clone();
        sorted.sort_by(f64::total_cmp);
        for (p, published) in [(0.5, p50), (0.95, p95), (0.99, p99)] {
            let got = quantile(&sorted, p, QuantileMethod::HyndmanFan7).expect("there are tokens");
            near(&format!("{name} P{}", p * 100.0), got, published, 0.5);
        }
        let (got, sd) = mean_and_sd(tokens);
        near(&format!("mean {name}"), got, mean, 0.05);
        near(&format!("CV of {name}"), sd / got, cv, 5e-3);
    }
    near("requests a second", scenario.daily_messages / 86_400.0, 5.530, 5e-4);
    // Every request once, at its own time.
    let model = scenario.types[0].model.clone().expect("one model");
    scenario
        .models
        .insert(model, ModelProfile { latency: Some(Distribution::Constant(1_000.0)), ..ModelProfile::default() });
    let once = simulate(&scenario, Catalog::full(), Some(19_366)).expect("it is simulated");
    assert_eq!(once.cost_usd.map(|usd| usd.to_string()).as_deref(), Some("128.415585"));
    // Calls of a second: as many are in progress as came in the second before.
    near("in progress", once.calls_in_progress.mean.expect("there are calls"), 5.530, 0.01);
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
