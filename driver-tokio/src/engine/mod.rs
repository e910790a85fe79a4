//! The container engine, over its Unix socket or TCP.

mod client;
mod error;
mod in_time;
mod log;
mod proof;
mod response;
mod stats;
mod transport;
mod watch;

pub use client::EngineClient;
pub use error::{EngineError, UnservedAddress};
pub use log::LogAnswer;
pub use watch::EventStream;
