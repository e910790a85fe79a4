//! The fuzzer's program for [`portreeve_fuzz::json`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::json::run(data));
