//! The lifecycle under a model checker: small worlds, and everything that may happen in them.
//!
//! | module | tells |
//! |---|---|
//! | `scene`, `scenes` | what a small world consists of; those that are explored |
//! | `state`, `ghost` | a state, and when two are the same; what only promises remember |
//! | `action`, `step`, `meddle` | what may happen next, and what comes of it |
//! | `promises`, `calm` | what must hold: with each step, and once all is calm |
//! | `explore`, `story` | a scene to the fixed point; a way to what is broken, in words |
//! | `sabotages` | mistakes made on purpose, each with the scene that shows it |
//!
//! docs/model.md tells the bounds and what was found.
#![forbid(unsafe_code)]

mod action;
mod bounds;
mod calm;
mod explore;
mod ghost;
mod host_ports;
mod impostor;
mod meddle;
mod promises;
mod sabotages;
mod scene;
mod scenes;
mod shared_volumes;
mod state;
mod step;
mod story;
mod violation;

pub use action::{Action, Due};
pub use explore::Explored;
pub use promises::PROMISES;
pub use sabotages::sabotages;
pub use scene::{Budget, Meddling, Scene, Script, Starts, Step, settings, user};
pub use scenes::scenes;
pub use state::{Fate, State};
pub use violation::Violation;
