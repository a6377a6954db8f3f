//! The day that comes with the page: what its worker would answer for the reference scenario, simulated
//! here, so that the page begins with it. A difference means that the simulation gives other bits;
//! `UPDATE_FIRST_DAY=1` writes them anew.

use rehearsal::catalog::Catalog;
use rehearsal::pack::Packed;
use rehearsal::scenario::Scenario;
use rehearsal::sim::{Asked, LOAD_FACTORS, Memory, Reply, Task, answer};

#[test]
fn the_first_day_is_what_a_worker_answers() {
    let task = Task::new(&Scenario::default(), &Catalog::reference()).expect("the reference scenario is valid");
    let mut replies: Vec<Reply> = Vec::new();
    let mut memory = Memory::default();
    for asked in [Asked::Day].into_iter().chain(LOAD_FACTORS.map(Asked::Load)) {
        answer(&task.ask(0, asked), &mut memory, &mut |reply| replies.push(reply));
    }
    replies.retain(|reply| reply.day.is_some() || reply.load.is_some());
    assert_eq!(replies.len(), 1 + LOAD_FACTORS.len());
    let Packed { numbers, text } = Packed::of(&replies);
    assert!(numbers.iter().all(|number| number.is_finite()), "JSON has no other numbers");
    let document = serde_json::json!({ "numbers": numbers.iter().map(|number| shortest(*number)).collect::<Vec<_>>(), "text": text });
    let expected = format!("{document}\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/www/first-day.json");
    if std::env::var_os("UPDATE_FIRST_DAY").is_some() {
        std::fs::write(path, &expected).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == expected, "www/first-day.json is of another simulation: run this test with UPDATE_FIRST_DAY=1");
}

/// Whole numbers without their `.0`.
fn shortest(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 && number.abs() < 9e15 && (number != 0.0 || number.is_sign_positive()) {
        serde_json::json!(number as i64)
    } else {
        serde_json::json!(number)
    }
}
