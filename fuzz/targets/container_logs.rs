//! The fuzzer's program for [`portreeve_fuzz::container_logs`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::container_logs::run(data));
