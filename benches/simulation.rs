//! A day of a million messages in every mode of `scenarios.json`, which `browser.mjs` times in
//! Chromium.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rehearsal::catalog::Catalog;
use rehearsal::scenario::Scenario;
use rehearsal::sim::{preview, simulate};

/// The scenarios that are timed, natively and in the browser.
fn scenarios() -> BTreeMap<String, Scenario> {
    let documents: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(include_str!("scenarios.json")).expect("it is JSON");
    let read = |document: serde_json::Value| Scenario::load(&document.to_string()).expect("it is valid").output;
    documents.into_iter().map(|(name, document)| (name, read(document))).collect()
}

fn simulation(criterion: &mut Criterion) {
    let catalog = Catalog::reference();
    let mut group = criterion.benchmark_group("1,000,000 messages");
    group.sample_size(10);
    for (name, scenario) in scenarios() {
        group.bench_function(name, |bencher| bencher.iter(|| simulate(black_box(&scenario), &catalog, None)));
    }
    group.finish();
    let scenario = Scenario::default();
    criterion.bench_function("preview", |bencher| bencher.iter(|| preview(black_box(&scenario), &catalog)));
}

criterion_group!(benches, simulation);
criterion_main!(benches);
