//! What is said to the engine and to the database, as data: requests and responses, statements
//! and rows. No sockets.
pub mod engine;
pub mod store;
