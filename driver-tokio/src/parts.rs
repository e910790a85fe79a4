//! What a handle is made of, for crates that offer another kind of handle over the same driver, such
//! as `portreeve-blocking`. A host needs none of it.

pub use crate::backend::{BackendsOf, Hands};
pub use crate::driver::{Driver, Listener, Pending};
pub use crate::error::unanswered;
pub use crate::workers::{NotWorked, Workers};

/// The commands as callers know them.
pub mod call {
    pub use crate::call::*;
}

/// The parts of the store's clients that don't wait by themselves.
pub mod store {
    pub use crate::store::THREAD;
    pub use crate::store::postgres::config::{CONNECT, CONNECTIONS, WAIT, config};
    pub use crate::store::postgres::row::{Param, PostgresRow};
    pub use crate::store::postgres::trouble::{
        Trouble, still_missing, unconnected, unmigrated, words,
    };
    pub use crate::store::sqlite::SqliteFile;
}
