//! How the tables come to be, and grow.
//!
//! A driver that is told to [`Migrate`](crate::store::schema::Attempt::Migrate) does this in one transaction:
//! [`LOCK`]; [`IS_THERE`] and, if it is, [`VERSION`]; then the SQL of each [`pending`] step. Any
//! number of processes may do so at once: the later ones wait for the lock and find nothing pending.

use crate::store::schema::{self, Migration};

/// Waits for whoever migrates now; held until the transaction ends.
pub const LOCK: &str = "SELECT pg_advisory_xact_lock(1886350949::integer, 1::integer)";

/// One row, one boolean: whether there are tables of ours where this connection looks for tables.
pub const IS_THERE: &str = "SELECT to_regclass('portreeve_meta') IS NOT NULL";

/// One row, one `bigint`: the schema's version.
pub const VERSION: &str = "SELECT schema_version FROM portreeve_meta";

/// Every step there is, in order.
const STEPS: &[Migration] = &[
    Migration {
        version: 1,
        sql: include_str!("migrations/001.sql"),
    },
    Migration {
        version: 2,
        sql: include_str!("migrations/002.sql"),
    },
    Migration {
        version: 3,
        sql: include_str!("migrations/003.sql"),
    },
    Migration {
        version: 4,
        sql: include_str!("migrations/004.sql"),
    },
    Migration {
        version: 5,
        sql: include_str!("migrations/005.sql"),
    },
    Migration {
        version: 6,
        sql: include_str!("migrations/006.sql"),
    },
];

/// The steps that are missing: all of them where there are no tables (`None`).
pub fn pending(version: Option<i64>) -> impl Iterator<Item = &'static Migration> {
    schema::pending(STEPS, version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_lead_to_the_schema_this_release_writes() {
        let versions: Vec<_> = pending(None).map(|step| step.version).collect();
        let wanted: Vec<_> = (1..=schema::VERSION).collect();
        assert_eq!(versions, wanted);
        assert_eq!(pending(Some(schema::VERSION)).count(), 0);
    }
}
