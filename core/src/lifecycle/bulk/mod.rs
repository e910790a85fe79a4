//! Commands that concern many users: how store and engine are read for them, and how something is
//! then done for each of several users.
//!
//! Health, reap and sweep read what runs, or may: their cost doesn't grow with the number of
//! records. Repair and rekey read every record. All of them read a page at a time, and see to it before
//! they read the next; what was read of it is forgotten then. A list is of one page, and who asks for it
//! is told where to go on.
//!
//! | file | tells |
//! |---|---|
//! | `commands` | all that are on their way |
//! | `command` | one of them, and how far it is |
//! | `reading` | from one question to the next, until all was read |
//! | `read`, `volumes` | what was read, by user |
//! | `conclusion` | what is answered, or planned, once all was read |
//! | `plan` | for whom something is to be done |
//! | `problem`, `copies` | what doesn't agree, for a repair |
//! | `worker` | so many users at once, and what came of each |
//! | `report` | status and health of a user |
//! | `log_source` | from where a user's log is to be read |

mod command;
pub(crate) mod commands;
mod conclusion;
mod copies;
mod events;
pub(crate) mod kind;
mod log_source;
mod looks;
mod plan;
mod problem;
mod read;
mod reading;
mod report;
mod volumes;
mod worker;
