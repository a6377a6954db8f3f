//! The target `event_stream` under libFuzzer.

#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| rehearsal_fuzz::event_stream(data));
