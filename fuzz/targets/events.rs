//! The fuzzer's program for [`portreeve_fuzz::events`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::events::run(data));
