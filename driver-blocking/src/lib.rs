//! Portreeve for programs without async: gives every user of a platform a container of their own.
//!
//! Open one handle, clone it wherever it is needed, and ask from any thread:
//!
//! ```no_run
//! use portreeve_blocking::{Config, EngineAddress, Key, Keyring, Portreeve, Settings, Template};
//!
//! # fn host(key: &[u8; 32]) -> Result<(), Box<dyn std::error::Error>> {
//! let portreeve = Portreeve::open(Config {
//!     settings: Settings::new(
//!         Template::new("registry.example/gateway:1"),
//!         Keyring::new(Key::new(&(*key).into()), vec![]),
//!     ),
//!     engine: EngineAddress::default(),
//!     store: "sqlite:portreeve.db".parse()?,
//! })?;
//!
//! let endpoint = portreeve.ensure("alice")?;
//! println!("alice's container answers at {}", endpoint.url());
//! let secret = endpoint.token().reveal();
//! # let _ = secret;
//! # Ok(())
//! # }
//! ```
//!
//! The calls are those of [`portreeve_tokio`], and so are their answers and errors, all of which are
//! told of there. So is what a host that runs for long wants beside
//! ([`Maintenance`]): it goes on between calls, on a thread of the
//! handle's. What differs:
//!
//! * A call blocks its thread until it is answered. A caller who won't wait that long calls
//!   [`within`](Portreeve::within) a time.
//! * A caller may be inside of an async runtime: nothing of one is entered on the caller's thread.
//! * Dropping the last handle ends its threads, and waits for that;
//!   [`close`](Portreeve::close) gives leases back before.
//!
//! # Threads
//!
//! | thread | how many | does |
//! |---|---|---|
//! | the caller's | any | feeds and drains the lifecycle, under its lock; sleeps until it is told the answer |
//! | `portreeve` | 1 | requests to the engine and its events, looks at endpoints, time limits, deadlines: as many at once as there are |
//! | `portreeve-store` | 0 to 8 (`SQLite`: 1) | one statement each, on a connection of its own |
//! | `portreeve-engine` | 0 to 32 | calls on an [`Engine`] of one's own, where there is one |
//!
//! Whichever thread brings an outcome feeds and drains the lifecycle as callers do. An answer that is
//! known already passes through no thread but the caller's.
//!
//! # Engines and stores of one's own
//!
//! [`Engine`] and [`Store`] have one function that must be written, which blocks;
//! [`Portreeve::open_with`] takes either or both.

mod ask;
mod backend;
mod handle;
mod on_threads;
pub mod store;
mod threads;

pub use backend::{Backend, Backends, Engine, Events, Store};
pub use handle::{EventReader, Listing, Logs, Portreeve, Usages};

pub use portreeve_core;
pub use portreeve_wire;

#[cfg(feature = "failpoints")]
pub use portreeve_tokio::failpoint;
pub use portreeve_tokio::{Actor, Cause, Change, Event, EventsFrom, EventsKept, Position};
pub use portreeve_tokio::{
    Adopted, Ailment, Config, Endpoint, EngineAddress, Ensured, Error, Finding, Key, Keyring,
    LogLine, LogRange, LogTime, Maintenance, Output, Problem, Progress, Reaped, Rekeyed, Remedy,
    Rotated, Settings, Status, Stopped, StoreAddress, StoreAway, Template, Token, Touched, Usage,
    UserHealth, UserPage, UserStatus, UserUsage, now,
};
