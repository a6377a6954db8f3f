//! AWS's own reports in every form beside the bill of one log, worked out by hand: 3.07 US dollars on two days.
#![cfg(not(target_arch = "wasm32"))]

use std::io::Read;

use rehearsal::catalog::Catalog;
use rehearsal::import::{CostReport, ImportOptions, LogReader, Reconciliation, TimeZone, reconcile};

fn read(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/reports"));
    let bytes = std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut unpacked = Vec::new();
    if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).expect("it is packed");
        return unpacked;
    }
    bytes
}

fn beside(report: &str) -> Reconciliation {
    let options = ImportOptions { time_zone: Some(TimeZone::default()), ..ImportOptions::default() };
    let mut reader = LogReader::new(options);
    reader.begin_file("log.csv");
    reader.push(&read("log.csv"));
    let report = CostReport::read(report, &read(report)).unwrap_or_else(|error| panic!("{report}: {error}"));
    reconcile(&report, &reader.finish(), Catalog::full())
}

fn told(result: &Reconciliation) -> Vec<String> {
    let line = |line: &rehearsal::import::ReconciledLine| {
        let days = [line.day.clone(), line.until.clone()].into_iter().flatten().collect::<Vec<_>>().join("/");
        let model = if line.model.contains("haiku") { "haiku" } else { line.model.as_str() };
        format!("{days} {model} {}: {} {} {}", line.kind, line.aws_usd, line.ours_usd, line.reason)
    };
    result.lines.iter().map(line).collect()
}

/// By days and kinds of tokens: every line is the same, but a tax that no log has.
#[test]
fn the_cost_and_usage_report_is_the_bill() {
    for (report, others) in [("cur-2.csv", 1), ("cur-2.csv.gz", 1)] {
        let result = beside(report);
        assert_eq!(
            told(&result),
            [
                "2026-11-01 amazon.nova-pro-v1:0 tax: 0.3 0 tax: not in our bill",
                "2026-11-20 haiku input: 1 1 same",
                "2026-11-20 haiku output: 0.5 0.5 same",
                "2026-11-20 haiku cache_read: 0.05 0.05 same",
                "2026-11-20 amazon.nova-pro-v1:0 input: 0.8 0.8 same",
                "2026-11-20 amazon.nova-pro-v1:0 output: 0.32 0.32 same",
                "2026-11-21 amazon.nova-pro-v1:0 input: 0.4 0.4 same",
            ],
            "{report}"
        );
        assert_eq!((result.other_items, result.ours_usd.to_string().as_str()), (others, "3.07"));
    }
}

/// The console's table by usage type tells kinds; the marketplace's name no model, so all that are left are meant.
#[test]
fn explorers_table_by_usage_type_is_the_bill() {
    let result = beside("explorer-usage-types.csv");
    assert!(result.lines.iter().all(|line| line.reason == "same"), "{:#?}", told(&result));
    assert_eq!((result.lines.len(), result.other_items), (6, 1));
    assert_eq!((result.aws_usd.to_string(), result.ours_usd.to_string()), ("3.07".into(), "3.07".into()));
}

/// By service only a sum of all kinds is told: of Bedrock's own models together, of Claude's one by one.
#[test]
fn explorers_table_by_service_is_the_bill() {
    assert_eq!(
        told(&beside("explorer-services.csv")),
        [
            "2026-11-20 Amazon Bedrock all: 1.12 1.12 same",
            "2026-11-20 haiku all: 1.55 1.55 same",
            "2026-11-21 Amazon Bedrock all: 0.4 0.4 same",
        ]
    );
    assert_eq!(
        told(&beside("explorer-months.csv")),
        ["2026-11-01/2026-11-30 Amazon Bedrock all: 1.52 1.52 same", "2026-11-01/2026-11-30 haiku all: 1.55 1.55 same"]
    );
}

/// A month of the interface's JSON is a month, not its first day.
#[test]
fn a_monthly_result_is_a_month() {
    let result = beside("explorer-monthly.json");
    assert!(result.lines.iter().all(|line| line.reason == "same"), "{:#?}", told(&result));
    assert!(result.lines.iter().all(|line| line.until.as_deref() == Some("2026-11-30")));
    assert_eq!((result.lines.len(), result.other_items), (5, 1));
}
