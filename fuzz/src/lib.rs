//! What must hold of whatever comes from outside: from the engine, the database, people and drivers.
//!
//! Each module is a target: its `run` takes any bytes, and panics where what must hold doesn't.
//! `scripts/fuzz` looks for such bytes with a fuzzer (`targets/`), and keeps in `corpus/` what leads it
//! to new places in the code; `tests/corpus.rs` runs all that was kept, on any toolchain.
#![allow(
    clippy::missing_panics_doc,
    reason = "everything here panics, as said above"
)]

pub mod addresses;
pub mod configuration;
pub mod container_logs;
pub mod engine_answers;
pub mod events;
pub mod json;
pub mod lifecycle;
mod make;
pub mod names;
pub mod pull;
pub mod records;
pub mod sealed_tokens;

/// A target's `run`.
pub type Run = fn(&[u8]);

/// All targets, by the names of their modules, their programs and their corpora.
pub const TARGETS: [(&str, Run); 11] = [
    ("addresses", addresses::run),
    ("configuration", configuration::run),
    ("container_logs", container_logs::run),
    ("engine_answers", engine_answers::run),
    ("events", events::run),
    ("json", json::run),
    ("lifecycle", lifecycle::run),
    ("names", names::run),
    ("pull", pull::run),
    ("records", records::run),
    ("sealed_tokens", sealed_tokens::run),
];
