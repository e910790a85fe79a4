//! A simulated world for the lifecycle of users' containers.
//!
//! | module | tells |
//! |---|---|
//! | [`engine`] | a container engine, as a pure, deterministic model |
//! | [`store`] | a database, the same way |
//! | [`world`] | both, with a clock and any number of controllers; whatever happens to them |
//! | [`script`] | what is asked for and done, as data |
//! | [`faults`] | what goes wrong, and how often |
//! | [`promises`] | what must hold all the while |
//! | [`trial`] | a storm and the calm after it: the test |
//! | [`batch`] | many trials at once |
//! | [`shrink`] | cutting a script that fails down to what it takes |
//! | [`sabotage`] | faults put back on purpose, to see that the alarm rings |
//! | [`trace`], [`tally`] | what happened, in words and in numbers |
//! | [`chance`] | chance that a seed decides |
//! | `api` (feature `api`) | the Docker Engine's HTTP API over the model, without sockets |
//! | `standin` (feature `standin`) | that API on a socket, in real time, with containers that answer |
#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod api;
pub mod batch;
pub mod chance;
pub mod engine;
pub mod faults;
pub mod promises;
pub mod sabotage;
pub mod script;
pub mod shrink;
#[cfg(feature = "standin")]
pub mod standin;
pub mod store;
pub mod tally;
pub mod trace;
pub mod trial;
pub mod world;
