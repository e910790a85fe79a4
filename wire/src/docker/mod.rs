//! The Docker Engine's HTTP API, as data: what to send for an effect, and what an answer means.
//!
//! Spoken by Docker 20.10 and later and by Podman's compatible service. A driver
//!
//! 1. parses where the engine is ([`EngineAddress`]),
//! 2. settles which version of the API to speak ([`version`]): one `GET /_ping`, as a rule,
//! 3. and then, for each effect, sends [`request`] and reads the answer as it comes with [`Answer`], or
//!    with [`outcome`] once it is whole. Only a `Watch` has no end: an [`EventDecoder`] reads it.
//!
//! What only is passed on to whoever asks isn't the core's to know, and has modules of its own: a container's log
//! ([`log_stream`]) and what it takes of the machine ([`stats`]); [`not_told`] says why there is none.
//!
//! Nothing here opens a socket, waits, or decides anything about a user's container.

mod address;
mod answer;
mod container;
mod create;
mod dialect;
mod entries;
mod error_response;
mod events;
mod image;
mod labels;
mod list;
pub mod log_stream;
mod logs;
pub mod maintenance;
mod network;
mod outcome;
mod particulars;
mod pull;
mod request;
mod size;
pub mod stats;
pub mod version;
mod volumes;

pub use address::{EngineAddress, EngineAddressError};
pub use answer::{Answer, TooLarge, outcome};
pub use dialect::Dialect;
pub use error_response::not_told;
pub use events::{BrokenEvents, EventDecoder};
pub use request::{identify, request};
pub use version::ApiVersion;
