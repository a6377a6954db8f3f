//! What must hold in a browser as it does natively.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

mod digests;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn every_preset_gives_its_recorded_day() {
    digests::check();
}

/// The reference bill, to the digit, in WebAssembly.
#[wasm_bindgen_test]
fn the_reference_bill() {
    let scenario = rehearsal::scenario::Scenario::default();
    let estimate =
        rehearsal::cost::estimate(&scenario, &rehearsal::catalog::Catalog::reference()).expect("it is valid");
    assert_eq!(estimate.total_daily_cost_usd.map(|usd| usd.dollars()), Some(1959.2125));
}

/// The original's results, recomputed in WebAssembly.
#[wasm_bindgen_test]
fn the_originals_results() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("vectors/seed_reference.json")).expect("it is JSON");
    let (recomputed, unknown) = rehearsal::compat::recompute(&file).expect("it is of its own form");
    assert_eq!(recomputed, file);
    assert!(unknown.is_empty());
}
