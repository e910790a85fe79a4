//! What is decided about a user's container, and on what grounds: pure functions of a few facts.

pub(crate) mod facts;
pub(crate) mod goal;
pub(crate) mod step;
pub(crate) mod table;
pub(crate) mod visited;
