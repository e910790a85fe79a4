//! Writing the user's record.

mod body;
mod claim;
mod commit;
mod failure;
mod put;
