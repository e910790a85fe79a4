//! How the core behaves, seen from outside: driven by hand, effect by effect, in a small world of its own.
//!
//! One crate, so that it is linked once.

mod adoption;
mod amendments;
mod cancelling;
mod canonical;
mod clocks;
mod closing;
mod copies;
mod cost;
mod effects;
mod effort;
mod following;
mod full_store;
mod giving_way;
mod identity;
mod lifecycle;
mod limits;
mod listing;
mod lists_in_part;
mod log_source;
mod loops;
mod maintenance;
mod misuse;
mod others;
mod outdated;
mod prerequisites;
mod progress;
mod projection;
mod properties;
mod readiness;
mod repair;
mod requests;
mod rows;
mod scenarios;
mod sealing;
mod shared_volumes;
mod status;
mod store_away;
mod turns;
mod unpublished;
mod words;
mod world;
