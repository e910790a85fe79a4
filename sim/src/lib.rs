//! A simulated world for the lifecycle of users' containers.
//!
//! | module | tells |
//! |---|---|
//! | [`engine`] | a container engine, as a pure, deterministic model |
//! | `api` (feature `api`) | the Docker Engine's HTTP API over that model, without sockets |
#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod api;
pub mod engine;
