//! The lifecycle of users' containers, as a pure state machine.
//!
//! Portreeve gives every user of a platform a container of their own. This crate decides what is
//! to be done for that, and does none of it: it has no I/O, no clock, no thread and no entropy of
//! its own. A driver feeds a [`Lifecycle`] with what happens and carries out
//! the effects it returns, against the container engine and the store.
//!
//! # Driving it by hand
//!
//! Whatever happens goes in through a `handle_*` verb, together with the time; then
//! [`poll`](Lifecycle::poll) is called until it is `Idle`. Here a new user is ensured, up to the
//! first effects: the engine is asked which it is and what it has, and the store what it knows, all
//! at once.
//!
//! ```
//! use portreeve_core::{
//!     Command, ContainerRef, Effect, EngineEffect, Instant, Key, Keyring, Lifecycle, Output, Seed,
//!     Settings, StoreEffect, Template, UserId,
//! };
//!
//! let keys = Keyring::new(Key::new(&[7; 32].into()), Vec::new());
//! let now = Instant::from_micros(0);
//! let settings = Settings::new(Template::new("registry.example/gateway:1"), keys);
//! // A host that serves somebody draws its seed from the operating system.
//! let mut lifecycle = Lifecycle::new(settings, Seed::predictable([42; 32]), now);
//!
//! let alice = UserId::new("alice")?;
//! let request = lifecycle.handle_command(now, Command::Ensure(alice))?;
//!
//! let mut effects = Vec::new();
//! let deadline = loop {
//!     match lifecycle.poll() {
//!         Output::Effect(issued) => effects.push(issued),
//!         Output::Reply(to, reply) => panic!("{to:?} is not {request:?}: {reply:?}"),
//!         Output::Progress(..) | Output::Abandon(_) => {}
//!         Output::Looped(mistake) => panic!("{mistake:?}"),
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
//! // If nothing is heard of them, `handle_time` is due at the deadline.
//! assert!(deadline.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The run loop
//!
//! A driver carries effects out, in any order, and feeds back what came of each under its number.
//! This one has a world of a few lines: an engine without containers, and a store that knows nobody.
//! Whoever is to be stopped in it is found to be unknown.
//!
//! ```
//! use portreeve_core::{
//!     Command, Effect, EngineEffect, EngineId, EngineOutcome, Header, InstallationId, Instant, Key,
//!     Keyring, Lifecycle, Outcome, Output, ProbeOutcome, Reply, Row, Seed, Settings, StoreEffect,
//!     StoreOutcome, Template, Timestamp, UserId,
//! };
//!
//! fn carry_out(effect: &Effect) -> Outcome {
//!     match effect {
//!         Effect::Engine(EngineEffect::Identify) => {
//!             Outcome::Engine(EngineOutcome::Identified(EngineId::new("engine-1")))
//!         }
//!         Effect::Engine(_) => Outcome::Engine(EngineOutcome::Absent),
//!         Effect::Store(StoreEffect::Load { users, .. }) => {
//!             let header = Header {
//!                 installation: InstallationId::from_bytes([1; 16]),
//!                 engine: None,
//!                 newest_generation: 0,
//!                 now: Timestamp::from_micros(0),
//!             };
//!             let rows = users.iter().map(|user| (user.clone(), Row::Absent)).collect();
//!             Outcome::Store(StoreOutcome::Loaded { header, rows })
//!         }
//!         Effect::Store(StoreEffect::Register { id, .. }) => {
//!             Outcome::Store(StoreOutcome::Registered(id.clone()))
//!         }
//!         Effect::Store(_) => Outcome::Store(StoreOutcome::Done),
//!         Effect::Probe(_) => Outcome::Probe(ProbeOutcome::Passed),
//!     }
//! }
//!
//! let keys = Keyring::new(Key::new(&[7; 32].into()), Vec::new());
//! let mut now = Instant::from_micros(0);
//! let settings = Settings::new(Template::new("registry.example/gateway:1"), keys);
//! let mut lifecycle = Lifecycle::new(settings, Seed::predictable([42; 32]), now);
//! let request = lifecycle.handle_command(now, Command::Stop(UserId::new("alice")?))?;
//! let answer = loop {
//!     match lifecycle.poll() {
//!         Output::Effect(issued) => {
//!             let outcome = carry_out(&issued.effect);
//!             lifecycle.handle_outcome(now, issued.id, outcome)?;
//!         }
//!         Output::Reply(to, reply) if to == request => break reply,
//!         Output::Reply(..) | Output::Progress(..) | Output::Abandon(_) => {}
//!         Output::Looped(mistake) => panic!("{mistake:?}"),
//!         // An unanswered request always has a deadline.
//!         Output::Idle(deadline) => {
//!             now = deadline.expect("somebody waits").at;
//!             lifecycle.handle_time(now)?;
//!         }
//!     }
//! };
//! assert!(matches!(answer, Reply::Stopped(stopped) if !stopped.known));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to find what
//!
//! What a driver names often stands at the crate's root, too.
//!
//! | module | tells |
//! |---|---|
//! | [`lifecycle`] | the state machine and its verbs; the decision table |
//! | [`command`] | what hosts ask for, and what they are answered |
//! | [`effect`], [`outcome`] | what drivers are asked to do, and what came of it |
//! | [`record`], [`observed`] | what the store says of a user, and the engine of a container |
//! | [`seed`] | where its randomness comes from |
//! | [`settings`], [`template`] | how it is to behave, and what containers are made from |
//! | [`spec`], [`label`], [`name`] | one user's container: what it is made of, whose it is, what it is called |
//! | [`token`], [`blotter`] | gateway tokens: made, sealed, opened, never shown |
//! | [`error`] | what can go wrong, by whose doing |
//! | [`id`], [`user`], [`time`] | the small types |
//!
//! # For model checkers
//!
//! With the feature `model-checking` a [`Lifecycle`] can be cloned along with its random generator, can
//! leave its times without jitter, tells which rows of the decision table have decided something, and
//! has a canonical form, which the module `projection` is about. A program that serves users is built
//! without it: of two clones, each would seal another token with the same nonce.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod blotter;
pub mod bounds;
pub mod command;
pub mod effect;
mod entropy;
pub mod error;
pub mod event;
pub mod id;
pub mod label;
pub mod lifecycle;
pub mod name;
pub mod network;
pub mod observed;
pub mod outcome;
mod problem;
#[cfg(not(feature = "model-checking"))]
#[path = "projection/left_out.rs"]
mod projection;
#[cfg(feature = "model-checking")]
pub mod projection;
pub mod record;
pub mod seed;
pub mod settings;
pub mod spec;
pub mod template;
pub mod time;
pub mod token;
pub mod user;

pub use command::{Command, Endpoint, Ensured, Progress, Reply};
pub use effect::{
    ContainerRef, Effect, EngineEffect, Expect, Fence, IssuedEffect, PortChange, Probe, ProbeKind,
    Put, Scope, StoreEffect,
};
pub use error::{ApiMisuse, Error};
pub use event::{Actor, Event, EventsFrom};
pub use id::{
    ContainerId, ControllerId, EffectId, EngineId, EngineName, InstallationId, Port, PortRange,
    RecordId, RequestId, Revision, Version,
};
pub use lifecycle::{Deadline, Lifecycle, Loop, Output, Timer};
pub use observed::{ContainerState, Health, Observed};
pub use outcome::{EngineEvent, EngineOutcome, Outcome, ProbeOutcome, StoreOutcome, Touch};
pub use record::{Body, Header, Intent, Record, Row};
pub use seed::Seed;
pub use settings::Settings;
pub use spec::{ContainerSpec, PublishedPort};
pub use template::Template;
pub use time::{Instant, Timestamp};
pub use token::{Key, Keyring, Token};
pub use user::UserId;
