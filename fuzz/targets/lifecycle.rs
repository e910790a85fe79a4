//! The fuzzer's program for [`portreeve_fuzz::lifecycle`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::lifecycle::run(data));
