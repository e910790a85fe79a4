//! The stand-in: the simulated engine, served over the Docker Engine's HTTP API in real time, with
//! containers that answer on their published ports. Nothing really runs.
//!
//! For whoever embeds Portreeve and has no Docker where their tests run. What it answers is
//! compared with Docker's own answers; what programs in containers do is simulated (see
//! [`api::program`](crate::api::program)).
//!
//! ```no_run
//! # async fn doc() -> std::io::Result<()> {
//! use portreeve_sim::standin::{Address, StandIn};
//!
//! let stand_in = StandIn::listen(&Address::Unix("/tmp/engine.sock".into()))?;
//! stand_in.serve().await;
//! # Ok(()) }
//! ```

mod address;
mod gateway;
mod ports;
mod publish;
mod serve;
mod state;

pub use address::Address;
pub use serve::StandIn;

/// The guide's snippet is compiled as a doctest, so that it stays true.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/stand-in.md")]
struct Guide;
