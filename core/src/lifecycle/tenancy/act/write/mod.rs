//! Writing the user's record.

mod body;
mod claim;
mod commit;
mod event;
mod failure;
mod put;
