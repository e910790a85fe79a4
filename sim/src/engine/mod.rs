//! A container engine, as a pure, deterministic model of Docker's.
//!
//! No I/O, no clock, no thread, no entropy of its own: it is told the time, and its ids come from
//! a seed. The same calls in the same order give the same answers. What it does is compared with
//! the real engine by a differential test.
//!
//! # Using it
//!
//! * The **lifecycle's effects** go in through [`Engine::carry_out`]; what is answered later comes
//!   out of [`Engine::take_answers`].
//! * **Time** passes with [`Engine::advance`], to [`Engine::next_due`] or any other moment;
//!   everything due up to then happens, in its order.
//! * **What happened** is in a journal that is read from any place on ([`Engine::cursor`],
//!   [`Engine::events_after`]), by watches and by whoever checks promises.
//! * Whatever **other clients** ask of an engine is a verb of its own: [`Engine::create`],
//!   [`start`](Engine::start), [`stop`](Engine::stop), [`kill`](Engine::kill),
//!   [`pause`](Engine::pause), [`rename`](Engine::rename), [`remove`](Engine::remove), …
//! * What **only the world** can do: [`Engine::add_image`], [`Engine::occupy_port`],
//!   [`Engine::exits`], [`Engine::goes_down`], [`Engine::comes_up`], …
//!
//! ```
//! use portreeve_core::id::EngineId;
//! use portreeve_sim::engine::{Done, Engine, Image, Spec};
//!
//! let mut engine = Engine::new(EngineId::new("sim"), 7);
//! engine.add_image(Image::new("alpine"));
//! let id = engine.create("box", Spec::of_image("alpine"))?;
//! assert_eq!(engine.start(id.as_str())?, Done::Now);
//! assert_eq!(engine.start("box")?, Done::Already);
//! # Ok::<(), portreeve_sim::engine::Failure>(())
//! ```

mod container;
mod create;
mod effect;
mod failure;
mod health;
mod ids;
mod image;
mod images;
mod journal;
mod look;
mod network;
mod networks;
mod numbers;
mod ports;
#[cfg(feature = "model-checking")]
mod projection;
mod remove;
mod request;
mod run;
mod schedule;
mod spec;
mod state;
mod stop;
mod volume;
mod volumes;
mod world;

pub use container::{Container, Line, MountPoint};
pub use effect::Answer;
pub use failure::{Clash, Doing, Failure};
pub use image::{Exit, Image, OnTerm, Personality, Program, whole_name};
pub use journal::{Action, Cursor, Event, Face, Subject};
pub use network::{Network, NetworkKind};
pub use numbers::{No, Ticket};
pub use ports::Holder;
pub use remove::Removal;
pub use request::{Asked, Done};
pub use spec::{Binding, HealthCheck, Mount, Protocol, Restart, Source, Spec};
pub use state::{EPOCH, Engine, Habits};
pub use stop::{SIGKILL, SIGTERM};
pub use volume::Volume;
pub use world::{AfterCrash, Listener};
