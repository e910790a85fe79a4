//! The fuzzer's program for [`portreeve_fuzz::pull`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::pull::run(data));
