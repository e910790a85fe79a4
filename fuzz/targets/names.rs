//! The fuzzer's program for [`portreeve_fuzz::names`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::names::run(data));
