//! Whether the server is told to keep statements under names, prepared for the next time.
//!
//! That saves it the work of planning them anew, which takes longer than carrying a write out. It
//! is sound only where a connection has a session of the server's to itself. Behind a pooler in
//! transaction mode (`PgBouncer`'s) the next message may reach another session, in which the name
//! is unknown or, worse, stands for something else: clients of one kind give the same names. So
//! each client of ours starts its sessions with a mark that no other has, and names statements only
//! in a session that bears it. A pooler refuses the mark or drops it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{Config, Error};

/// What a session bears. A setting with a dot in its name is anybody's to invent.
const SETTING: &str = "portreeve.session";

/// Whether one client's statements may have names.
pub struct Names {
    /// The mark of its sessions.
    mark: String,
    /// They may not, on whatever connection.
    forgone: AtomicBool,
}

impl Names {
    /// With a mark that no other client has.
    pub fn of_a_new_client() -> Self {
        let mut random = [0; 16];
        let drawn = getrandom::fill(&mut random);
        let mark = random.iter().fold(String::new(), |mut mark, byte| {
            let _ = write!(mark, "{byte:02x}");
            mark
        });
        Self {
            mark,
            forgone: AtomicBool::new(drawn.is_err()),
        }
    }

    /// What to connect with so that the session bears the mark; `None` where that is of no use.
    pub fn marked(&self, config: &Config) -> Option<Config> {
        if self.are_forgone() {
            return None;
        }
        let mut options = config.get_options().unwrap_or_default().to_owned();
        let _ = write!(options, " -c {SETTING}={}", self.mark);
        let mut config = config.clone();
        config.options(options.trim_start());
        Some(config)
    }

    /// Whether it may have been the mark that a connection was refused for. If so, no other will be asked to
    /// bear it.
    pub fn refused(&self, error: &Error) -> bool {
        // What startup parameters are refused with, by PostgreSQL or what speaks like it, and
        // nothing about users, databases or room for more connections.
        let refused = error.code().is_some_and(|code| {
            ["08", "0A", "22", "42"]
                .iter()
                .any(|class| code.code().starts_with(class))
        });
        if refused {
            tracing::debug!(%error, "statements go without names: this is no PostgreSQL of our own");
            self.forgo();
        }
        refused
    }

    /// No statement is given a name any more if this error is about one that was.
    pub(super) fn learn(&self, error: &DbError) {
        let of_a_name = [
            &SqlState::DUPLICATE_PSTATEMENT,
            &SqlState::INVALID_SQL_STATEMENT_NAME,
        ];
        if of_a_name.contains(&error.code()) {
            self.forgo();
        }
    }

    fn forgo(&self) {
        self.forgone.store(true, Ordering::Relaxed);
    }

    /// Whether they may have no names, on whatever connection.
    pub(super) fn are_forgone(&self) -> bool {
        self.forgone.load(Ordering::Relaxed)
    }

    /// Whether that is the mark of its sessions; if not, no statement is given a name any more.
    pub(super) fn recognise(&self, borne: Option<&str>) -> bool {
        let ours = borne == Some(&*self.mark);
        if !ours {
            self.forgo();
        }
        ours
    }
}
