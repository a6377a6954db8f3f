//! The same scenario and seed give the same bits everywhere: this file runs natively, and
//! `tests/browser.rs` runs the same check in Chromium.

mod digests;

#[test]
fn every_preset_gives_its_recorded_day() {
    digests::check();
}
