//! The target `lint_request` under libFuzzer.

#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| rehearsal_fuzz::lint_request(data));
