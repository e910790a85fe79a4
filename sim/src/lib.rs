//! A simulated world for the lifecycle of users' containers.
//!
//! | module | tells |
//! |---|---|
//! | [`engine`] | a container engine, as a pure, deterministic model |
#![forbid(unsafe_code)]

pub mod engine;
