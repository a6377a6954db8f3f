//! The target `cost_report` under libFuzzer.

#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| rehearsal_fuzz::cost_report(data));
