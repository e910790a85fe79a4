//! The fuzzer's program for [`portreeve_fuzz::sealed_tokens`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::sealed_tokens::run(data));
