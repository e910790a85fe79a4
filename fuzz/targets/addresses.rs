//! The fuzzer's program for [`portreeve_fuzz::addresses`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::addresses::run(data));
