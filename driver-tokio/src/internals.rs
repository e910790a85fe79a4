//! What a handle is made of, for a crate that offers another kind of handle over the same driver:
//! `portreeve-blocking`. A host needs none of it, and it changes with either crate.
//!
//! | module | what it lends |
//! |---|---|
//! | (here) | the [`Driver`] around the lifecycle, the [`Clients`] it asks, the [`Process`] it belongs to, the [`Pages`] of a list, the [`EventPages`] of the event log, the [`Logs`] of a user, the [`Usages`] of all, and [`Workers`]: threads for calls that block |
//! | [`call`] | each command as callers know it, with what its reply means to them |
//! | [`postgres`] | how an effect is carried out over connections, however those are waited for |
//! | [`sqlite`] | the store in a file, by calls that block |

pub use crate::backend::{BackendsOf, Clients};
pub use crate::driver::{Driver, Listener, Pending};
pub use crate::error::unanswered;
pub use crate::event_pages::EventPages;
pub use crate::logs::Logs;
pub use crate::pages::Pages;
pub use crate::process::Process;
pub use crate::usage::Usages;
pub use crate::workers::{NotWorked, STORE_THREAD, Workers};

/// The commands as callers know them.
pub mod call {
    pub use crate::call::*;
}

/// How an effect is carried out on `PostgreSQL`, over connections of one's own.
pub mod postgres {
    pub use crate::store::postgres::{
        CONNECT, CONNECTIONS, Connection, Connections, Names, StatementError, WAIT, carry_out,
        config, unconnected,
    };
}

/// The store in a file.
pub mod sqlite {
    pub use crate::store::sqlite::SqliteFile;
}
