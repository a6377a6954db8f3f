//! A day of messages on twice the traffic: how long people wait, and what it costs.
//!
//! `cargo run --release --example simulate_a_day`

use rehearsal::catalog::Catalog;
use rehearsal::scenario::Scenario;

fn main() {
    let text = r#"{"daily_messages": 50000, "traffic": {"curve": "evening"}, "capacity": {"concurrency": 20}}"#;
    let scenario = Scenario::load(text).expect("a valid scenario").output;
    let outcome = rehearsal::sim::simulate(&scenario, Catalog::full(), None).expect("it can be simulated");
    let bill = rehearsal::cost::estimate(&scenario, Catalog::full()).expect("it can be priced");

    println!("P95 {:?} ms", outcome.overall.e2e_ms.p95);
    println!("a day costs {:?} USD", bill.total_daily_cost_usd.map(|usd| usd.dollars()));

    // The same document and seed give the same day, to the bit, here and in a browser.
    let again = rehearsal::sim::simulate(&scenario, Catalog::full(), None).expect("it can be simulated");
    assert_eq!(outcome.digest, again.digest);
}

#[test]
fn it_runs() {
    main();
}
