//! The lifecycle of users' containers, as a pure state machine.
//!
//! Portreeve gives every user of a platform a container of their own. This crate decides what is
//! to be done for that, and does none of it: it has no I/O, no clock, no thread and no entropy of
//! its own. A driver feeds a [`Lifecycle`](lifecycle::Lifecycle) with what happens and carries out
//! the effects it returns, against the container engine and the store.
//!
//! # Driving it by hand
//!
//! Whatever happens goes in through a `handle_*` verb, together with the time; then
//! [`poll`](lifecycle::Lifecycle::poll) is called until it is `Idle`. Here a new user is ensured,
//! up to the first effects: the engine is asked which it is and what it has, and the store what it
//! knows, all at once.
//!
//! ```
//! use portreeve_core::command::Command;
//! use portreeve_core::effect::{ContainerRef, Effect, EngineEffect, StoreEffect};
//! use portreeve_core::lifecycle::{Lifecycle, Output};
//! use portreeve_core::settings::Settings;
//! use portreeve_core::time::Instant;
//! use portreeve_core::token::{Key, Keyring};
//! use portreeve_core::user::UserId;
//!
//! let keys = Keyring::new(Key::new(&[7; 32].into()), Vec::new());
//! let now = Instant::from_micros(0);
//! let mut lifecycle = Lifecycle::new(Settings::new(keys), [42; 32], now);
//!
//! let alice = UserId::new("alice")?;
//! let request = lifecycle.handle_command(now, Command::Ensure(alice))?;
//!
//! let mut effects = Vec::new();
//! let deadline = loop {
//!     match lifecycle.poll() {
//!         Output::Errand(errand) => effects.push(errand),
//!         Output::Reply(to, reply) => panic!("{to:?} is not {request:?}: {reply:?}"),
//!         Output::Progress(..) | Output::Abandon(_) => {}
//!         Output::Idle(deadline) => break deadline,
//!     }
//! };
//! assert!(matches!(&effects[0].effect, Effect::Engine(EngineEffect::Identify)));
//! assert!(matches!(
//!     &effects[1].effect,
//!     Effect::Engine(EngineEffect::Inspect(ContainerRef::Name(name)))
//!         if name == "mosaic-user-alice"
//! ));
//! assert!(matches!(&effects[2].effect, Effect::Store(StoreEffect::Load { .. })));
//! // What came of each goes back with `handle_outcome`, under its number; and if nothing comes,
//! // `handle_time` is due at the deadline.
//! assert!(deadline.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to find what
//!
//! | module | tells |
//! |---|---|
//! | [`lifecycle`] | the state machine and its verbs; the decision table |
//! | [`command`] | what hosts ask for, and what they are answered |
//! | [`effect`], [`outcome`] | what drivers are asked to do, and what came of it |
//! | [`record`], [`observed`] | what the store says of a user, and the engine of a container |
//! | [`settings`], [`template`] | how it is to behave, and what containers are made from |
//! | [`spec`], [`label`], [`name`] | one user's container: what it is made of, whose it is, what it is called |
//! | [`token`] | gateway tokens: made, sealed, opened, never shown |
//! | [`error`] | what can go wrong, by whose doing |
//! | [`projection`] | what of a state decides how it goes on, for model checkers |
//! | [`id`], [`user`], [`time`] | the small types |
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod command;
pub mod effect;
mod entropy;
pub mod error;
pub mod id;
pub mod label;
pub mod lifecycle;
pub mod name;
pub mod observed;
pub mod outcome;
pub mod projection;
pub mod record;
pub mod settings;
pub mod spec;
pub mod template;
pub mod time;
pub mod token;
pub mod user;
