//! Files of figures: prices, AWS's bill, benchmarks, numbers as people type them.

use rehearsal::bench::{Document, Measured, Rule, Suite, Terms};
use rehearsal::catalog::{Catalog, read_prices, read_table, write_table};
use rehearsal::document;
use rehearsal::import::{CostReport, LogSummary, reconcile};
use rehearsal::money::Usd;
use rehearsal::scenario::{Unit, parse_quantity, parse_range, two_readings};

use crate::documents::refused;
use crate::equal;

/// A file of prices, in every form that `--prices` takes.
pub fn prices(data: &[u8]) {
    let Ok(text) = document::text_of(data) else { return };
    match read_prices(&Catalog::reference(), text) {
        Err(problems) => refused(&problems),
        Ok((catalog, not_taken)) => {
            assert!(not_taken.iter().all(|line| !line.is_empty()));
            for model in catalog.models() {
                assert!(!model.id.is_empty(), "a model has a name");
            }
        }
    }
    if let Ok(rows) = read_table(text) {
        let written = write_table(&rows);
        let again = read_table(&written).expect("what is written is read again");
        assert_eq!(write_table(&again), written);
    }
}

/// AWS's bill: its lines add up.
pub fn cost_report(data: &[u8]) {
    let report = match CostReport::read("cur.csv", data) {
        Err(error) => {
            assert!(error.to_string().chars().count() < 4_000);
            return;
        }
        Ok(report) => report,
    };
    let found = reconcile(&report, &LogSummary::default(), Catalog::full());
    let sum: Usd = found.lines.iter().map(|line| line.aws_usd).sum();
    assert_eq!(sum, found.aws_usd, "the lines add up to the whole");
    assert_eq!(found.ours_usd, Usd::ZERO, "no log, no bill of ours");
}

/// A result of a benchmark, in our form or a peer's.
pub fn bench(data: &[u8]) {
    let Ok(text) = document::text_of(data) else { return };
    let _ = Measured::read_in(text, Some("s"));
    let measured = match Measured::read(text) {
        Err(problems) => return refused(&problems),
        Ok(read) => read.output,
    };
    let _ = measured.described();
    let rule = Rule::new(None, 100, 1, true).expect("it is in its range");
    let terms = Terms { rule, ..Terms::default() };
    for family in [measured.since(None, &terms), measured.since(Some(&measured), &terms)] {
        match family {
            Err(problems) => refused(&problems),
            Ok(family) => {
                let _ = family.to_value();
            }
        }
    }
    if let Ok(read) = Document::read(text) {
        let again = Document::read(&read.output.to_json()).expect("what is written is read again");
        equal(&again.output, &read.output, "what is written is read again");
    }
}

/// A suite of benchmarks.
pub fn suite(data: &[u8]) {
    let Ok(text) = document::text_of(data) else { return };
    match Suite::read(text) {
        Err(problems) => refused(&problems),
        Ok(suite) => assert_eq!(Suite::read(&suite.to_json()), Ok(suite)),
    }
}

/// Numbers as people write them.
pub fn quantity(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for unit in [Unit::Count, Unit::Exact, Unit::Percent, Unit::Milliseconds] {
        if let Some(value) = parse_quantity(&text, unit) {
            assert!(value.is_finite(), "{text:?}: {value}");
        }
        if let Some((low, high)) = two_readings(&text, unit) {
            assert!(low.is_finite() && high.is_finite() && low != high, "{text:?}: {low} {high}");
        }
        if let Some((low, high)) = parse_range(&text, unit) {
            assert!(low.is_finite() && high.is_finite(), "{text:?}: {low} to {high}");
        }
    }
}
