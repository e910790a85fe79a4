//! Carrying out the steps of the decision table for one user.

mod amend;
mod answer;
mod ask;
mod container;
mod fail;
mod reply;
mod take;
mod volume;
mod wait;
mod write;
