//! The stores that the suite is run on, a fresh one for each case.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio_postgres::{Client, Config, NoTls};

use crate::{Unavailable, runtime};

/// A kind of store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A database on a server.
    Postgres,
}

/// Where a store is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Store {
    /// In this file.
    Sqlite(PathBuf),
    /// Behind this `postgres://` URL.
    Postgres(String),
}

/// A new store that is gone when this is dropped.
pub struct Fresh {
    at: Store,
    _kept: Kept,
}

enum Kept {
    Folder(#[expect(dead_code, reason = "it is removed when it is dropped")] TempDir),
    Database(#[expect(dead_code, reason = "it is removed when it is dropped")] Database),
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// The kind in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Whether the suite can be run on it.
    pub fn available(self) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite => Ok(()),
            Self::Postgres => {
                let url = server().map_err(Unavailable::NotGiven)?;
                // The URL holds a password, and the error doesn't show it.
                runtime::wait_for(connect(&url)).map(drop).map_err(|error| {
                    Unavailable::Broken(format!("PORTREEVE_TEST_POSTGRES is not reached: {error}"))
                })
            }
        }
    }

    /// Makes a store of this kind.
    pub fn fresh(self) -> Fresh {
        match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                Fresh {
                    at: Store::Sqlite(folder.path().join("store.db")),
                    _kept: Kept::Folder(folder),
                }
            }
            Self::Postgres => {
                let database = Database::create(server().expect("checked before any case runs"));
                Fresh {
                    at: Store::Postgres(with_database(&database.server, &database.name)),
                    _kept: Kept::Database(database),
                }
            }
        }
    }
}

impl Fresh {
    /// Where it is.
    pub fn at(&self) -> &Store {
        &self.at
    }
}

fn server() -> Result<String, String> {
    env::var("PORTREEVE_TEST_POSTGRES").map_err(|_| "PORTREEVE_TEST_POSTGRES is not set".to_owned())
}

/// A database of one case.
struct Database {
    server: String,
    name: String,
}

impl Database {
    fn create(server: String) -> Self {
        let name = format!("portreeve_test_{}", crate::names::random_name());
        // The usual template can't be copied while anybody is connected to it.
        let statement = format!("CREATE DATABASE {name} TEMPLATE template0");
        run(&server, &statement).expect("a database can be made");
        Self { server, name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = run(&self.server, &statement) {
            eprintln!("the database {} is left behind: {error}", self.name);
        }
    }
}

pub(crate) async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = url.parse::<Config>()?.connect(NoTls).await?;
    runtime::spawn(connection);
    Ok(client)
}

/// Has the server of the suite's databases carry out a statement.
#[track_caller]
pub fn on_server(statement: &str) {
    let server = server().expect("checked before any case runs");
    if let Err(error) = run(&server, statement) {
        panic!("{statement}: {error:?}");
    }
}

/// One value that the server of the suite's databases answers.
#[track_caller]
pub fn asked_of_server(question: &str) -> String {
    let server = server().expect("checked before any case runs");
    let answer = runtime::wait_for(async {
        let row = connect(&server).await?.query_one(question, &[]).await?;
        row.try_get(0)
    });
    answer.unwrap_or_else(|error: tokio_postgres::Error| panic!("{question}: {error:?}"))
}

/// Where a database of that name is.
pub fn database(name: &str) -> Store {
    let server = server().expect("checked before any case runs");
    Store::Postgres(with_database(&server, name))
}

fn run(url: &str, statement: &str) -> Result<(), tokio_postgres::Error> {
    runtime::wait_for(async { connect(url).await?.batch_execute(statement).await })
}

/// Changes something in a store behind Portreeve's back, in words that both kinds understand.
pub fn tamper(store: &Store, statement: &str) {
    match store {
        Store::Sqlite(path) => {
            let changed = Connection::open(path).and_then(|db| db.execute_batch(statement));
            changed.expect("the store can be changed");
        }
        Store::Postgres(url) => run(url, statement).expect("the store can be changed"),
    }
}

/// All records and claims of a store, as text, one a line.
pub fn records(store: &Store) -> String {
    match store {
        Store::Sqlite(path) => sqlite_records(path).expect("the store can be read"),
        Store::Postgres(url) => {
            let dumped = dump(url);
            let of_records = |line: &&str| RECORDS.iter().any(|table| line.starts_with(table));
            let lines: Vec<_> = dumped.lines().filter(of_records).collect();
            lines.join("\n")
        }
    }
}

/// The tables that hold them.
const RECORDS: [&str; 2] = ["portreeve_tenancies", "portreeve_ports"];

fn sqlite_records(path: &Path) -> rusqlite::Result<String> {
    let db = Connection::open(path)?;
    let mut told = String::new();
    for table in RECORDS {
        let mut select = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))?;
        let columns = select.column_count();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                let _ = write!(told, "{:?} ", row.get_ref(column)?);
            }
            told += "\n";
        }
    }
    Ok(told)
}

/// Every value in every table of a database, as text, one row a line.
pub fn dump(url: &str) -> String {
    const TABLES: &str = "SELECT quote_ident(table_name) FROM information_schema.tables \
        WHERE table_schema = 'public'";
    runtime::wait_for(async {
        let client = connect(url).await?;
        let mut dumped = String::new();
        for table in client.query(TABLES, &[]).await? {
            let table: String = table.get(0);
            let select = format!("SELECT t::text FROM {table} t");
            for row in client.query(&select, &[]).await? {
                dumped.extend([&table, " ", row.get(0), "\n"]);
            }
        }
        Ok::<_, tokio_postgres::Error>(dumped)
    })
    .expect("the database can be read")
}

/// The URL with another database in its path.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url
        .split_once('?')
        .map_or((url, String::new()), |(base, query)| {
            (base, format!("?{query}"))
        });
    let authority = base.find("://").map_or(0, |at| at + 3);
    let path = base[authority..]
        .find('/')
        .map_or(base.len(), |at| authority + at);
    format!("{}/{name}{query}", &base[..path])
}

/// The URL with another host and port.
pub fn with_address(url: &str, address: &str) -> String {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let path = url[authority..]
        .find(['/', '?'])
        .map_or(url.len(), |at| authority + at);
    let host = url[authority..path]
        .rfind('@')
        .map_or(authority, |at| authority + at + 1);
    format!("{}{address}{}", &url[..host], &url[path..])
}

/// The host and port in a URL.
pub fn address(url: &str) -> String {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let path = url[authority..]
        .find(['/', '?'])
        .map_or(url.len(), |at| authority + at);
    let authority = &url[authority..path];
    let host = authority.rsplit('@').next().unwrap_or(authority);
    if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:5432")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://me:p@w@127.0.0.1:5433/postgres?connect_timeout=3";

    #[test]
    fn a_url_takes_another_database() {
        assert_eq!(
            with_database(URL, "x"),
            "postgres://me:p@w@127.0.0.1:5433/x?connect_timeout=3"
        );
        assert_eq!(with_database("postgres://h", "x"), "postgres://h/x");
    }

    #[test]
    fn a_url_takes_another_address() {
        let other = "postgres://me:p@w@127.0.0.1:9/postgres?connect_timeout=3";
        assert_eq!(with_address(URL, "127.0.0.1:9"), other);
        assert_eq!(address(URL), "127.0.0.1:5433");
        assert_eq!(address("postgres://h/x"), "h:5432");
    }
}
