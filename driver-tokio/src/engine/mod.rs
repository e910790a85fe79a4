//! The container engine, over its Unix socket or TCP.

mod client;
mod error;
mod in_time;
mod proof;
mod response;
mod transport;
mod watch;

pub use client::EngineClient;
pub use error::{EngineError, UnservedAddress};
pub use watch::EventStream;
