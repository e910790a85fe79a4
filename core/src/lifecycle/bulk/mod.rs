//! Commands that concern many users: how store and engine are read for them, in a number of calls
//! that doesn't grow with the users', and how something is then done for each of several users.
//!
//! | file | tells |
//! |---|---|
//! | `commands` | all that are on their way |
//! | `command` | one of them, and how far it is |
//! | `reading` | from one question to the next, until all was read |
//! | `read` | what was read, by user |
//! | `conclusion` | what is answered, or planned, once all was read |
//! | `plan` | for whom something is to be done |
//! | `problem`, `copies` | what doesn't agree, for a repair |
//! | `worker` | so many users at once, and what came of each |
//! | `report` | status and health of a user |

mod command;
pub(crate) mod commands;
mod conclusion;
mod copies;
pub(crate) mod kind;
mod plan;
mod problem;
mod read;
mod reading;
mod report;
mod worker;
