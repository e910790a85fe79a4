//! What is said to an engine and to a database, as data: requests and responses, statements and
//! rows. No sockets.
//!
//! [`docker`] speaks the API of one kind of engine, over requests ([`http`]) that any engine with an
//! HTTP API can be asked by. [`json`] reads answers of any length in bounded memory. [`store`] speaks
//! SQL. [`host`] tells which hosts are this machine.

pub mod docker;
pub mod host;
pub mod http;
pub mod json;
pub mod store;
mod text;
