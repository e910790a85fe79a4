//! What the program tells of itself, and of what it simulates: of no user.

mod configuration;
mod diagnosis;
mod engine;
pub mod plan;
mod storms;

pub use configuration::{Configuration, Setting};
pub use diagnosis::{Check, Diagnosis, Verdict};
pub use engine::SimulatedEngine;
pub use storms::{BrokenPromise, Storms};
