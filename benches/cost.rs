//! The cost model: one estimate, the batched path, and the answers that are made of thousands of it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rehearsal::catalog::Catalog;
use rehearsal::cost::{CallTokens, Sheet, Tier, bill_range, estimate, on_models, price_call, sensitivity};
use rehearsal::scenario::Scenario;

fn cost(criterion: &mut Criterion) {
    let scenario = Scenario::default();
    let catalog = Catalog::full();
    let sheet = Sheet::new(&scenario, catalog);
    let ranged = scenario.to_json().replace("\"input_tokens\": 300.0", "\"input_tokens\": [250, 350]");
    let ranged = Scenario::load(&ranged).expect("it is a scenario").output;
    criterion.bench_function("price one call", |b| {
        let model = catalog.get("global.anthropic.claude-sonnet-4-6").expect("it is in the catalog");
        let tokens = CallTokens { input: 1000, output: 200, cache_read: 2000, ..CallTokens::default() };
        b.iter(|| price_call(black_box(model), black_box(tokens), Tier::Standard).total());
    });
    criterion.bench_function("estimate a scenario", |b| b.iter(|| estimate(black_box(&scenario), catalog)));
    criterion.bench_function("estimate, batched", |b| b.iter(|| sheet.total(black_box(&sheet.numbers))));
    criterion.bench_function("sensitivity to every input", |b| b.iter(|| sensitivity(black_box(&scenario), &sheet)));
    criterion.bench_function("the mix on 300 models", |b| b.iter(|| on_models(black_box(&scenario), catalog, None)));
    criterion.bench_function("a range of 10,000 samples", |b| b.iter(|| bill_range(black_box(&ranged), &sheet)));
}

criterion_group!(benches, cost);
criterion_main!(benches);
