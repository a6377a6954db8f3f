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

const HEADING: &str = "line_item_line_item_type,line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost,product";

/// A report of these items, each a day, a usage type, thousands of tokens and dollars, beside a log of these rows.
fn told_of(items: &[(&str, &str, f64, f64)], log: &str) -> Reconciliation {
    let mut report = HEADING.to_string();
    for (day, usage, thousands, usd) in items {
        report.push_str(&format!(
            "\nUsage,{day}T00:00:00.000Z,{day}T23:59:59.000Z,AmazonBedrock,{usage},{thousands},1K tokens,{usd},\"{{\"\"product_name\"\":\"\"Amazon Bedrock\"\"}}\""
        ));
    }
    let options = ImportOptions { time_zone: Some(TimeZone::default()), ..ImportOptions::default() };
    let mut reader = LogReader::new(options);
    reader.push(log.as_bytes());
    let report = CostReport::read("cur.csv", report.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    reconcile(&report, &reader.finish(), Catalog::full())
}

/// The region of a usage type is held against the logs', by the prices of both.
#[test]
fn another_region_is_the_reason() {
    let log =
        "timestamp,model,region,inputTokens,outputTokens\n2026-11-20T09:00:00Z,deepseek.v3.2,us-east-1,1000000,0\n";
    let price = |region: &str| {
        let mut reader = LogReader::new(ImportOptions::default());
        reader.push(log.replace("us-east-1", region).as_bytes());
        rehearsal::import::to_scenario(reader.finish(), Catalog::full()).known_usd.dollars()
    };
    let result = told_of(&[("2026-11-20", "APN1-deepseek.v3.2-input-tokens", 1000.0, price("ap-northeast-1"))], log);
    assert!(price("ap-northeast-1") > price("us-east-1") * 1.01);
    assert_eq!(result.lines[0].reason, "region: AWS bills the price of ap-northeast-1, the logs say us-east-1");
}

/// Writes that AWS bills for an hour and the logs for five minutes are one difference on two lines.
#[test]
fn another_lifetime_is_the_reason() {
    let log = "timestamp,model,region,inputTokens,outputTokens,cache_write_5m\n2026-11-20T09:00:00Z,anthropic.claude-sonnet-4-6,us-east-1,1000000,0,1000000\n";
    let billed = |hours: f64| {
        told_of(
            &[
                ("2026-11-20", "USE1-Claude4.6Sonnet-input-tokens", 1000.0, 3.3),
                ("2026-11-20", "USE1-Claude4.6Sonnet-cache-write-1h-input-token-count", 1000.0, hours),
            ],
            log,
        )
    };
    let said = "cache lifetime: of 1000000 tokens written AWS bills 1000000 for an hour, the logs say 0";
    // A million tokens are 4.125 dollars for five minutes and 6.6 for an hour.
    for (usd, of_hour, explained) in [
        (6.6, said.to_string(), "2.475"),
        // What AWS bills above that has another reason, known or not.
        (
            7.26,
            format!(
                "{said}; region: AWS bills the price of the region, which is 10 % above the one of the whole world"
            ),
            "3.135",
        ),
        (66.0, format!("{said}; price: AWS's is +900.0 % of the list's"), "2.475"),
    ] {
        let result = billed(usd);
        let reason = |kind: &str| result.lines.iter().find(|line| line.kind == kind).map(|line| line.reason.clone());
        assert_eq!(reason("cache_write_5m").as_deref(), Some(said), "{:#?}", told(&result));
        assert_eq!(reason("cache_write_1h"), Some(of_hour), "{:#?}", told(&result));
        assert_eq!(result.explained_usd.to_string(), explained, "{usd}");
    }
}

/// A price for which there is no reason explains nothing; what AWS counts more explains what it costs.
#[test]
fn a_price_without_a_reason_is_not_explained() {
    let log = "timestamp,model,region,inputTokens,outputTokens\n2026-11-20T09:00:00Z,amazon.nova-pro-v1:0,us-east-1,1000000,0\n";
    let explained = |thousands: f64, usd: f64| {
        told_of(&[("2026-11-20", "USE1-NovaPro-input-tokens", thousands, usd)], log).explained_usd.to_string()
    };
    assert_eq!(
        (explained(1000.0, 8.0), explained(1500.0, 1.2), explained(1500.0, 12.0)),
        ("0".into(), "0.4".into(), "0.4".into())
    );
}

/// Differences that cancel each other are both shown: of two days, and of a count and a price on one line.
#[test]
fn differences_that_cancel_are_shown() {
    let log = "timestamp,model,region,inputTokens,outputTokens\n2026-11-20T09:00:00Z,amazon.nova-pro-v1:0,us-east-1,1000000,0\n2026-11-21T09:00:00Z,amazon.nova-pro-v1:0,us-east-1,1000000,0\n";
    let days = [
        ("2026-11-20", "USE1-NovaPro-input-tokens", 1500.0, 1.2),
        ("2026-11-21", "USE1-NovaPro-input-tokens", 500.0, 0.4),
    ];
    let result = told_of(&days, log);
    assert_eq!(result.aws_usd, result.ours_usd);
    assert_eq!((result.above_usd.to_string().as_str(), result.below_usd.to_string().as_str()), ("0.4", "0.4"));
    assert!(result.lines[0].reason.starts_with("missing calls"), "{:#?}", told(&result));
    assert!(result.lines[1].reason.starts_with("more calls"), "{:#?}", told(&result));
    let result = told_of(
        &[("2026-11-20", "USE1-NovaPro-input-tokens", 2000.0, 0.8)],
        log.lines().take(2).collect::<Vec<_>>().join("\n").as_str(),
    );
    assert_eq!(
        result.lines[0].reason,
        "missing calls: AWS counts 2000000 tokens, the logs 1000000 (50.0 % are missing); price: AWS's is -50.0 % of the list's"
    );
}
