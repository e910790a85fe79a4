//! Portreeve on tokio: gives every user of a platform a container of their own.
//!
//! Open one handle, clone it wherever it is needed, and ask:
//!
//! ```no_run
//! use portreeve_tokio::{Config, EngineAddress, Key, Keyring, Portreeve, Settings, Template};
//!
//! # async fn host(key: &zeroize::Zeroizing<[u8; 32]>) -> Result<(), Box<dyn std::error::Error>> {
//! let portreeve = Portreeve::open(Config {
//!     settings: Settings::new(
//!         Template::new("registry.example/gateway:1"),
//!         Keyring::new(Key::new(key), vec![]),
//!     ),
//!     engine: EngineAddress::default(),
//!     store: "postgres://portreeve@db.example/portreeve".parse()?,
//! })?;
//!
//! let endpoint = portreeve.ensure("alice").await?;
//! println!("alice's container answers at {}", endpoint.url());
//! let secret = endpoint.token().reveal();
//! # let _ = secret;
//! # Ok(())
//! # }
//! ```
//!
//! * [`ensure`](Portreeve::ensure) has the user's container run and be ready, whatever that takes:
//!   it is created, started, adopted or made anew, and a crash of this process at any point loses
//!   nothing. It counts as activity.
//! * [`touch`](Portreeve::touch) notes activity and costs next to nothing: call it on every
//!   request of the user.
//! * [`stop`](Portreeve::stop) stops the container; volume, token and record stay.
//!   [`restart`](Portreeve::restart) applies the current configuration,
//!   [`rotate`](Portreeve::rotate) gives the user a new token, [`purge`](Portreeve::purge) removes
//!   all there is.
//! * [`status`](Portreeve::status), [`list`](Portreeve::list) and [`health`](Portreeve::health)
//!   look, and change nothing.
//! * [`logs`](Portreeve::logs) tells what a user's container prints, and [`usage`](Portreeve::usage) what
//!   the containers take of all who run.
//! * [`reap`](Portreeve::reap) stops who is idle, [`repair`](Portreeve::repair) puts right what
//!   store and engine don't agree on, [`rekey`](Portreeve::rekey) seals all tokens with the newest
//!   key. Each serves all users at once, and tells how far it is where that is wanted.
//! * [`close`](Portreeve::close) before the process ends lets what is under way finish. It stops
//!   no container, and neither does dropping the handle.
//!
//! Any number of processes may do so at the same time on one store and one engine, the command
//! line beside them.
//!
//! # In a host that runs for long
//!
//! By default nothing is done unasked, as suits a process that carries out one command. A host
//! that stays turns maintenance on: the engine's events are followed, so that `ensure` needs no call to
//! the engine where the container runs already, and idle users are reaped and store and engine
//! compared every minute. It begins when the handle is opened and ends when it is closed or the
//! last clone is dropped; an engine that goes away is waited for without end.
//!
//! ```no_run
//! use portreeve_tokio::{Config, EngineAddress, Error, Maintenance, Portreeve, Settings};
//!
//! # async fn serve(portreeve: &Portreeve) {}
//! # async fn host(mut settings: Settings, store: portreeve_tokio::StoreAddress) -> Result<(), Error> {
//! settings.maintenance = Maintenance::full();
//! let portreeve = Portreeve::open(Config {
//!     settings,
//!     engine: EngineAddress::default(),
//!     store,
//! })?;
//!
//! serve(&portreeve).await;
//!
//! // Whoever still waits is told so, leases are given back, and every container runs on.
//! portreeve.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # How it works
//!
//! All that is decided about a container is decided in [`portreeve_core`], a state machine that
//! does nothing by itself. This crate does what it asks for: the handle is a lock around it, each
//! caller feeds and drains it, and each effect that comes out is carried out in a task of its own,
//! on the engine ([`engine`]), the store ([`store`]) or a container's endpoint. An answer that is
//! known already passes through no task and no channel but the caller's own.
//!
//! # Engines and stores of one's own
//!
//! [`Engine`] and [`Store`] are what effects are carried out through; [`Portreeve::open_with`] takes
//! one's own of either or both.
//!
//! # Logs
//!
//! There is a [`tracing`] span for each call, with the user's id, and one for each effect. No
//! token, key or password is ever in one.

mod ask;
mod backend;
mod call;
mod clock;
mod config;
mod driver;
mod endpoint;
pub mod engine;
mod error;
mod event_pages;
#[cfg(feature = "failpoints")]
pub mod failpoint;
#[cfg(test)]
#[path = "../tests/fakes/mod.rs"]
mod fakes;
mod fault;
mod handle;
pub mod internals;
mod issued;
mod logs;
mod pages;
mod probe;
mod process;
mod rotated;
pub mod store;
mod timer;
mod usage;
mod watch;
mod workers;

pub use backend::{Backend, Backends, Engine, Events, LogPieces, Store, Underway};
pub use clock::now;
pub use config::Config;
pub use endpoint::Endpoint;
pub use error::Error;
pub use handle::{EventReader, Listing, Logs, Portreeve, Usages};
pub use rotated::Rotated;
pub use usage::{Usage, UserUsage};

pub use portreeve_core;
pub use portreeve_wire;

pub use portreeve_core::command::{
    Adopted, Ailment, Ensured, Finding, Problem, Progress, Reaped, Rekeyed, Remedy, Status,
    Stopped, Touched, UserHealth, UserPage, UserStatus,
};
pub use portreeve_core::event::{Actor, Cause, Change, Event, EventsFrom, EventsKept, Position};
pub use portreeve_core::settings::{Maintenance, Settings, StoreAway};
pub use portreeve_core::template::Template;
pub use portreeve_core::token::{Key, Keyring, Token};
pub use portreeve_wire::docker::EngineAddress;
pub use portreeve_wire::docker::log_stream::{LogLine, LogRange, LogTime, Output};
pub use portreeve_wire::store::StoreAddress;
