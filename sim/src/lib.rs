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
//! | [`occurrence`] | what truly happens, as one stream, for whoever keeps account of it |
//! | [`trace`], [`tally`] | what happened, in words and in numbers |
//! | [`chance`] | chance that a seed decides |
//! | `api` (feature `api`) | the Docker Engine's HTTP API over the model, without sockets |
//! | `standin` (feature `standin`) | that API on a socket, in real time, with containers that answer |
//!
//! # A platform's own logic in it
//!
//! Whoever asks for containers is a [`Host`](world::Host): it says when it wants to act, asks, and is
//! answered. Here somebody comes every ten minutes for a day, in a world in which one answer in a
//! hundred gets lost, with the settings that are used in production.
//!
//! ```
//! use std::time::Duration;
//!
//! use portreeve_core::command::{Command, Reply};
//! use portreeve_core::settings::{Maintenance, Settings};
//! use portreeve_core::template::Template;
//! use portreeve_core::time::Instant;
//! use portreeve_core::token::{Key, Keyring};
//! use portreeve_core::user::UserId;
//! use portreeve_sim::engine::{Habits, Image};
//! use portreeve_sim::faults::Faults;
//! use portreeve_sim::world::{Answer, Config, Host, World};
//!
//! struct Visits {
//!     user: UserId,
//!     next: Instant,
//!     served: u32,
//! }
//!
//! impl Host for Visits {
//!     fn next(&self) -> Option<Instant> {
//!         Some(self.next)
//!     }
//!
//!     fn act(&mut self, world: &mut World) {
//!         world.ask(0, Command::Ensure(self.user.clone()));
//!         self.next = self.next.after(Duration::from_secs(600));
//!     }
//!
//!     fn answered(&mut self, _: &mut World, answer: &Answer) {
//!         self.served += u32::from(matches!(answer.reply, Some(Reply::Ensured(_))));
//!     }
//! }
//!
//! let mut settings = Settings::new(Template::reference_service(), Keyring::new(Key::new(&[7; 32].into()), Vec::new()));
//! settings.maintenance = Maintenance::full();
//! let mut world = World::new(Config {
//!     seed: 1,
//!     image: Image::new(&settings.template.image),
//!     // Two controllers that are alike.
//!     controllers: vec![settings.clone(), settings],
//!     faults: Faults {
//!         answer_lost: 0.01,
//!         ..Faults::default()
//!     },
//!     habits: Habits::default(),
//!     sabotage: None,
//!     traced: false,
//! });
//! let mut visits = Visits {
//!     user: UserId::new("alice")?,
//!     next: Instant::ORIGIN,
//!     served: 0,
//! };
//! world.run(&mut visits, Instant::ORIGIN.after(Duration::from_secs(24 * 3600)));
//! assert_eq!(world.violation(), None);
//! assert!(visits.served > 140, "{}", visits.served);
//! # Ok::<(), portreeve_core::user::InvalidUserId>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod api;
pub mod batch;
pub mod chance;
pub mod engine;
pub mod faults;
pub mod occurrence;
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
