//! The fuzzer's program for [`portreeve_fuzz::engine_answers`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portreeve_fuzz::engine_answers::run(data));
