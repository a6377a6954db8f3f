//! The target `door` under libFuzzer.

#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| rehearsal_fuzz::door(data));
