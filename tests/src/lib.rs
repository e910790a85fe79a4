//! What the suites are made of: a [`world::World`] per case with verbs of its own, so that a case
//! reads like the story it tells.
//!
//! The cases (in `suite/`) know the commands only, through the object-safe [`host::Host`]. Each is
//! run for every driver and every store. Every case has an installation, a network, names and ports
//! of its own, so cases run side by side on one engine.
//!
//! What a case does to the engine behind Portreeve's back goes through [`engine::Engine`], which
//! shares no code with what is tested.
//!
//! Everything here panics when something goes wrong that no case is about: that fails the case, and
//! says where.

#![allow(
    clippy::missing_panics_doc,
    reason = "everything here panics, as said above"
)]

pub mod answer;
pub mod bench;
pub mod books;
pub mod disk;
pub mod drivers;
pub mod engine;
pub mod environment;
pub mod gateway;
pub mod host;
pub mod http;
pub mod image;
pub mod names;
pub mod others;
pub mod plan;
pub mod ports;
pub mod process;
pub mod proxy;
pub mod registry;
pub mod runtime;
pub mod stores;
pub mod story;
pub mod verbs;
pub mod world;

/// Why a suite can't be run.
#[derive(Clone, Debug)]
pub enum Unavailable {
    /// Nobody said where an engine or a database is: the suite is left out.
    NotGiven(String),
    /// What was given doesn't work: nobody is to take that for a suite that passed.
    Broken(String),
}
