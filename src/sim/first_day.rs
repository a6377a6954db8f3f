//! The day that comes with the page: what its worker would answer for the reference scenario, so that
//! the page begins with it. A difference means that the simulation gives other bits, or that a reply
//! is packed in another way; `UPDATE_FIRST_DAY=1` writes the file anew.

use super::{Asked, LOAD_FACTORS, Memory, Reply, Task, answer};
use crate::catalog::Catalog;
use crate::pack::Packed;
use crate::scenario::Scenario;

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
    let numbers: Vec<_> = numbers.into_iter().map(shortest).collect();
    let expected = format!("{}\n", serde_json::json!({ "numbers": numbers, "text": text }));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/www/first-day.json");
    if std::env::var_os("UPDATE_FIRST_DAY").is_some() {
        std::fs::write(path, &expected).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == expected, "www/first-day.json is of another simulation: run this test with UPDATE_FIRST_DAY=1");
}

/// Whole numbers without their `.0`.
fn shortest(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { (number as i64).into() } else { number.into() }
}
