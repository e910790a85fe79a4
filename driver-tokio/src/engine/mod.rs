//! The container engine, over its Unix socket or TCP.

mod client;
mod error;
mod in_time;
mod transport;

pub use client::EngineClient;
pub use error::{EngineError, UnservedAddress};
