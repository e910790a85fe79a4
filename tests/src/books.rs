//! What is in a store, read behind Portreeve's back. Shares no code with what is tested.

use std::collections::BTreeSet;

use rusqlite::{Connection, OpenFlags};
use tokio_postgres::Row;

use crate::runtime;
use crate::stores::{Store, connect};

/// Times as the microseconds since 1970 that each store keeps or can say.
const POSTGRES: &str = "SELECT t.user_id, encode(t.record_id, 'hex'), t.intent, t.container_id, t.volume_name, \
    t.lease_owner IS NOT NULL, t.purging, p.port, t.token FROM portreeve_tenancies t \
    LEFT JOIN portreeve_ports p ON p.record_id = t.record_id ORDER BY t.user_id";
const SQLITE: &str = "SELECT t.user_id, lower(hex(t.record_id)), t.intent, t.container_id, t.volume_name, \
    t.lease_owner IS NOT NULL, t.purging, p.port, t.token FROM portreeve_tenancies t \
    LEFT JOIN portreeve_ports p ON p.record_id = t.record_id ORDER BY t.user_id";
const IS_MADE_POSTGRES: &str = "SELECT to_regclass('portreeve_tenancies') IS NOT NULL";
const IS_MADE_SQLITE: &str =
    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'portreeve_tenancies')";
const CLAIMS: &str = "SELECT count(*) FROM portreeve_ports WHERE record_id IS NOT NULL";

/// One user's record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Whose.
    pub user: String,
    /// Which record, in hexadecimal.
    pub record: String,
    /// What is being done or was done last.
    pub intent: String,
    /// The current container.
    pub container: Option<String>,
    /// The volume.
    pub volume: String,
    /// Whether anybody holds a lease, run out or not.
    pub leased: bool,
    /// Whether a purge has begun.
    pub purging: bool,
    /// The port it claims.
    pub port: Option<u16>,
    /// The token as it lies there.
    pub token: Vec<u8>,
}

/// All records of a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Books {
    /// In user order.
    pub entries: Vec<Entry>,
    /// How many ports are claimed, by whomever.
    pub claims: usize,
}

impl Books {
    /// Reads them. A store that nobody has made yet, or whose tables nobody has, has no records.
    pub fn read(store: &Store) -> Self {
        let read = match store {
            Store::Sqlite(path) if !path.exists() => None,
            Store::Sqlite(path) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
                let db = Connection::open_with_flags(path, flags).expect("the store is there");
                of_sqlite(&db).expect("the store can be read")
            }
            Store::Postgres(url) => of_postgres(url).expect("the store can be read"),
        };
        read.unwrap_or(Self {
            entries: Vec::new(),
            claims: 0,
        })
    }

    /// A user's record.
    pub fn of(&self, user: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.user == user)
    }

    /// Nobody holds a lease, not even one that has run out, and all else is in order, too.
    #[track_caller]
    pub fn are_settled(&self) {
        for entry in &self.entries {
            assert!(!entry.leased, "a lease is left: {entry:#?}");
        }
        self.are_in_order();
    }

    /// Nothing was left half done, and no two records claim one port. Who died while a record said
    /// what is so may have left a lease on it, which runs out.
    #[track_caller]
    pub fn are_in_order(&self) {
        for entry in &self.entries {
            assert!(!entry.purging, "a purge is left: {entry:#?}");
            let done = matches!(entry.intent.as_str(), "stopped" | "running");
            assert!(done, "something is left half done: {entry:#?}");
        }
        let claimed: Vec<_> = self.entries.iter().filter_map(|entry| entry.port).collect();
        let distinct: BTreeSet<_> = claimed.iter().collect();
        assert_eq!(claimed.len(), distinct.len(), "a port each: {self:#?}");
        assert_eq!(
            self.claims,
            claimed.len(),
            "no claim without a record: {self:#?}"
        );
    }
}

fn of_sqlite(db: &Connection) -> rusqlite::Result<Option<Books>> {
    if !db.query_row(IS_MADE_SQLITE, [], |row| row.get(0))? {
        return Ok(None);
    }
    let mut select = db.prepare(SQLITE)?;
    let entries = select.query_map([], |row| {
        Ok(Entry {
            user: String::from_utf8_lossy(&row.get::<_, Vec<u8>>(0)?).into_owned(),
            record: row.get(1)?,
            intent: row.get(2)?,
            container: row.get(3)?,
            volume: row.get(4)?,
            leased: row.get(5)?,
            purging: row.get(6)?,
            port: row.get(7)?,
            token: row.get(8)?,
        })
    })?;
    Ok(Some(Books {
        entries: entries.collect::<rusqlite::Result<_>>()?,
        claims: db.query_row(CLAIMS, [], |row| row.get::<_, u32>(0))? as usize,
    }))
}

fn of_postgres(url: &str) -> Result<Option<Books>, tokio_postgres::Error> {
    runtime::wait_for(async {
        let client = connect(url).await?;
        if !client
            .query_one(IS_MADE_POSTGRES, &[])
            .await?
            .get::<_, bool>(0)
        {
            return Ok(None);
        }
        let rows = client.query(POSTGRES, &[]).await?;
        let claims: i64 = client.query_one(CLAIMS, &[]).await?.get(0);
        Ok(Some(Books {
            entries: rows.iter().map(of_row).collect(),
            claims: usize::try_from(claims).expect("not negative"),
        }))
    })
}

fn of_row(row: &Row) -> Entry {
    Entry {
        user: String::from_utf8_lossy(row.get(0)).into_owned(),
        record: row.get(1),
        intent: row.get(2),
        container: row.get(3),
        volume: row.get(4),
        leased: row.get(5),
        purging: row.get(6),
        port: row
            .get::<_, Option<i32>>(7)
            .map(|port| u16::try_from(port).expect("a port")),
        token: row.get(8),
    }
}
