//! The Docker Engine's HTTP API, as data: what to send for an effect, and what an answer means.
//!
//! Spoken by Docker 20.10 and later and by Podman's compatible service. A driver
//!
//! 1. parses where the engine is ([`EngineAddress`]),
//! 2. settles which version of the API to speak ([`version`]): one `GET /_ping`, as a rule,
//! 3. and then, for each effect, sends [`request`] and reads the answer with [`outcome`]. Only a
//!    `Watch` has no whole answer: as it comes, an [`EventDecoder`] reads it.
//!
//! Nothing here opens a socket, waits, or decides anything about a user's container.

mod address;
mod container;
mod create;
mod error_response;
mod events;
mod image;
mod labels;
mod list;
mod logs;
pub mod maintenance;
mod network;
mod outcome;
mod particulars;
mod pull;
mod request;
pub mod version;

pub use address::{EngineAddress, EngineAddressError};
pub use events::{BrokenEvents, EventDecoder};
pub use outcome::outcome;
pub use request::{identify, request};
pub use version::ApiVersion;
