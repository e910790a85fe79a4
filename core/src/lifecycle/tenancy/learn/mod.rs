//! What outcomes tell of one user: taken into what is known, never acted upon here.

mod engine;
mod event;
mod look;
mod row;
mod store;
mod store_trouble;
mod trouble;
