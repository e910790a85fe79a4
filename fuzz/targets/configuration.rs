//! The fuzzer's program for [`portreeve_fuzz::configuration`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::configuration::run(data));
