//! A simulated world for the lifecycle of users' containers.
//!
//! | module | tells |
//! |---|---|
//! | [`engine`] | a container engine, as a pure, deterministic model |
//! | `api` (feature `api`) | the Docker Engine's HTTP API over that model, without sockets |
//! | `standin` (feature `standin`) | that API on a socket, in real time, with containers that answer |
#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod api;
pub mod engine;
#[cfg(feature = "standin")]
pub mod standin;
