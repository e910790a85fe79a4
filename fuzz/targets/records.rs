//! The fuzzer's program for [`portreeve_fuzz::records`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::records::run(data));
