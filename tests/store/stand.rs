//! A database of a test's own, and short words for what is done to it.

use std::fmt::Write as _;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portreeve_core::effect::{Expect, PortChange, Put, StoreEffect};
use portreeve_core::error::Error;
use portreeve_core::event::{Cause, Change, EventBody};
use portreeve_core::id::{
    ControllerId, EngineId, EngineName, InstallationId, Port, PortRange, RecordId, Revision,
    Version,
};
use portreeve_core::name::Names;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Body, Header, Intent, Record, Row};
use portreeve_core::token::SealedToken;
use portreeve_core::user::UserId;
use portreeve_examples::memory_store::MemoryStore;
use portreeve_sim::store::Store;
use portreeve_tokio::store::{StoreClient, StoreReport, UnservedStore};
use portreeve_wire::store::StoreAddress;
use tempfile::TempDir;

use crate::client::{Client, Driver};

pub const MINUTE: Duration = Duration::from_secs(60);
const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A database that goes when this is dropped.
pub struct Stand {
    pub client: Client,
    driver: Driver,
    kind: Kind,
}

enum Kind {
    Memory,
    Sqlite { _dir: TempDir, path: PathBuf },
    Postgres(Database),
}

impl Stand {
    /// Nothing but memory, for as long as this is there.
    pub fn memory() -> Self {
        Self {
            client: Client::Memory(MemoryStore::new([7; 16]).into()),
            driver: Driver::Blocking,
            kind: Kind::Memory,
        }
    }

    /// The simulated store, for as long as this is there.
    pub fn simulated() -> Self {
        let store = Store::new(InstallationId::from_bytes([7; 16]));
        Self {
            client: Client::Simulated(Arc::new(Mutex::new(store))),
            driver: Driver::Blocking,
            kind: Kind::Memory,
        }
    }

    pub fn sqlite(driver: Driver) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let address = StoreAddress::Sqlite(path.clone());
        Self {
            client: driver.client(address).unwrap(),
            driver,
            kind: Kind::Sqlite { _dir: dir, path },
        }
    }

    /// `None`, with a word about it, where there is no server to test on.
    pub async fn postgres(driver: Driver) -> Option<Self> {
        let Ok(server) = std::env::var("PORTREEVE_TEST_POSTGRES") else {
            println!("left out: PORTREEVE_TEST_POSTGRES names no server");
            return None;
        };
        Some(Self::of_database(driver, Database::create(server).await))
    }

    /// The same server, behind a pooler that lends its few connections for a transaction at a time.
    /// `None`, with a word about it, where there is none to test on.
    pub async fn pooled(driver: Driver) -> Option<Self> {
        let variable = |name| std::env::var(name).ok();
        let (Some(server), Some(pooler)) = (
            variable("PORTREEVE_TEST_POSTGRES"),
            variable("PORTREEVE_TEST_PGBOUNCER"),
        ) else {
            println!("left out: PORTREEVE_TEST_PGBOUNCER names no pooler");
            return None;
        };
        let mut database = Database::create(server).await;
        database.pooler = Some(pooler);
        Some(Self::of_database(driver, database))
    }

    fn of_database(driver: Driver, database: Database) -> Self {
        let address: StoreAddress = database.clients_url().parse().unwrap();
        Self {
            client: driver.client(address).unwrap(),
            driver,
            kind: Kind::Postgres(database),
        }
    }

    /// A client of its own: what another process would have.
    pub fn another_client(&self) -> Client {
        match &self.kind {
            // There can be no other process.
            Kind::Memory => self.client.clone(),
            Kind::Sqlite { .. } | Kind::Postgres(_) => self.client_of(self.address()).unwrap(),
        }
    }

    /// A client of the same driver for another address.
    pub fn client_of(&self, address: StoreAddress) -> Result<Client, UnservedStore> {
        self.driver.client(address)
    }

    pub fn address(&self) -> StoreAddress {
        match &self.kind {
            Kind::Memory => panic!("it is nowhere"),
            Kind::Sqlite { path, .. } => StoreAddress::Sqlite(path.clone()),
            Kind::Postgres(database) => database.clients_url().parse().unwrap(),
        }
    }

    /// Where the database is itself, whatever stands before it.
    pub fn server_url(&self) -> String {
        match &self.kind {
            Kind::Postgres(database) => database.url(),
            Kind::Memory | Kind::Sqlite { .. } => panic!("not a server"),
        }
    }

    /// Where clients find it, as a URL.
    pub fn clients_url(&self) -> String {
        match &self.kind {
            Kind::Postgres(database) => database.clients_url(),
            Kind::Memory | Kind::Sqlite { .. } => panic!("not a server"),
        }
    }

    /// What a look at the store finds.
    pub async fn check(&self) -> Result<StoreReport, Error> {
        StoreClient::new(self.address()).unwrap().check().await
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.kind, Kind::Postgres(_))
    }

    /// The `SQLite` file.
    pub fn path(&self) -> &Path {
        match &self.kind {
            Kind::Sqlite { path, .. } => path,
            Kind::Memory | Kind::Postgres(_) => panic!("not a file"),
        }
    }

    /// Does something to the tables behind the client's back, past their rules.
    pub async fn tamper(&self, postgres: &str, sqlite: &str) {
        match &self.kind {
            Kind::Sqlite { path, .. } => {
                let db = rusqlite::Connection::open(path).unwrap();
                db.busy_timeout(MINUTE).unwrap();
                db.execute_batch("PRAGMA ignore_check_constraints = ON")
                    .unwrap();
                db.execute_batch(sqlite).unwrap();
            }
            Kind::Postgres(database) => database.batch(postgres).await,
            Kind::Memory => panic!("it has no tables"),
        }
    }

    /// What is written from now on is written by a clock that is ten years ahead.
    pub fn clock_runs_ahead(&self) {
        if let Client::Simulated(store) = &self.client {
            store.lock().unwrap().run_ahead(TEN_YEARS);
        }
    }

    /// The clock is set right. Those of databases can't be changed, so all that was written is put
    /// ten years ahead.
    pub async fn clock_is_set_right(&self) {
        if let Client::Simulated(store) = &self.client {
            return store.lock().unwrap().run_ahead(Duration::ZERO);
        }
        let shifted = |ahead: &str| {
            let table = |name: &str, columns: &[&str]| {
                let set: Vec<_> = columns
                    .iter()
                    .map(|column| format!("{column} = {column} + {ahead}"))
                    .collect();
                format!("UPDATE {name} SET {};", set.join(", "))
            };
            let tenancies = [
                "lease_until",
                "retry_at",
                "last_active",
                "created_at",
                "changed_at",
            ];
            [
                table("portreeve_tenancies", &tenancies),
                table("portreeve_ports", &["free_at"]),
                table("portreeve_locks", &["held_until"]),
            ]
            .concat()
        };
        let micros = TEN_YEARS.as_micros().to_string();
        let interval = format!("interval '{} seconds'", TEN_YEARS.as_secs());
        self.tamper(&shifted(&interval), &shifted(&micros)).await;
    }

    /// Registers the engine `local` with the ports from 19000 on.
    pub async fn with_ports(&self, count: u16) {
        let outcome = self.carry_out(&register("local", "engine-1", count)).await;
        assert_eq!(outcome, StoreOutcome::Registered(EngineId::new("engine-1")));
    }

    pub async fn carry_out(&self, effect: &StoreEffect) -> StoreOutcome {
        carry_out(&self.client, effect).await
    }

    pub async fn put(&self, put: &Put) -> StoreOutcome {
        self.carry_out(&StoreEffect::Put(put.clone().into())).await
    }

    /// Writes what must be written, and returns the record's version and port then.
    pub async fn stored(&self, put: &Put) -> (Version, Option<Port>) {
        match self.put(put).await {
            StoreOutcome::Stored { revision, port, .. } => {
                let record = match put.expect {
                    Expect::Absent(record) => record,
                    Expect::At(version) => version.record,
                };
                (Version { record, revision }, port)
            }
            other => panic!("{:?}: {other:?}", put.user),
        }
    }

    pub async fn load(&self, users: &[UserId]) -> (Header, Vec<(UserId, Row)>) {
        let effect = StoreEffect::Load {
            engine: EngineName::new("local"),
            users: users.to_vec(),
        };
        match self.carry_out(&effect).await {
            StoreOutcome::Loaded { header, rows } => (header, rows),
            other => panic!("{other:?}"),
        }
    }

    pub async fn row(&self, id: &str) -> Row {
        let (_, rows) = self.load(&[user(id)]).await;
        let [(_, row)] = rows.try_into().unwrap();
        row
    }

    pub async fn record(&self, id: &str) -> Record {
        match self.row(id).await {
            Row::Found(record) => record,
            other => panic!("{id}: {other:?}"),
        }
    }
}

/// Carries an effect out, again and again while surely nothing was done: a machine that is busy with
/// many tests at once may take longer over a connection than an effect waits for one.
pub async fn carry_out(client: &Client, effect: &StoreEffect) -> StoreOutcome {
    let tried = async {
        loop {
            match client.carry_out(effect).await {
                StoreOutcome::Unreachable(_) => {}
                outcome => return outcome,
            }
        }
    };
    tokio::time::timeout(MINUTE, tried)
        .await
        .expect("a store within reach")
}

/// A database on the test server.
pub struct Database {
    server: String,
    /// What stands between the server and clients.
    pooler: Option<String>,
    name: String,
}

impl Database {
    async fn create(server: String) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("portreeve_store_{}_{count}", std::process::id());
        let created = format!("CREATE DATABASE {name}");
        connected(&server, async |client| {
            client.batch_execute(&created).await.unwrap();
        })
        .await;
        Self {
            server,
            pooler: None,
            name,
        }
    }

    fn url(&self) -> String {
        self.at(&self.server)
    }

    fn clients_url(&self) -> String {
        self.at(self.pooler.as_ref().unwrap_or(&self.server))
    }

    fn at(&self, server: &str) -> String {
        let (before, _) = server.rsplit_once('/').unwrap();
        format!("{before}/{}", self.name)
    }

    async fn batch(&self, sql: &str) {
        connected(&self.url(), async |client| {
            client.batch_execute(sql).await.unwrap();
        })
        .await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let dropped = format!("DROP DATABASE {name} WITH (FORCE)");
                connected(&server, async |client| {
                    client.batch_execute(&dropped).await.unwrap();
                })
                .await;
            });
        });
        dropping.join().unwrap();
    }
}

/// Does something on a connection of its own.
pub async fn connected<T>(url: &str, work: impl AsyncFnOnce(&tokio_postgres::Client) -> T) -> T {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let done = work(&client).await;
    drop(client);
    let _ = connection.await;
    done
}

pub fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

pub fn controller(number: u8) -> ControllerId {
    ControllerId::from_bytes([number; 16])
}

/// `count` ports from 19000 on.
pub fn range(count: u16) -> PortRange {
    let first = NonZeroU16::new(19000).unwrap();
    PortRange::new(first, NonZeroU16::new(18999 + count).unwrap()).unwrap()
}

pub fn port(number: u16) -> Option<Port> {
    Port::new(number)
}

pub fn register(engine: &str, id: &str, count: u16) -> StoreEffect {
    StoreEffect::Register {
        engine: EngineName::new(engine),
        id: EngineId::new(id),
        ports: range(count),
    }
}

/// A fresh record id.
pub fn record_id() -> RecordId {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    RecordId::from_bytes(bytes)
}

/// A user's first record: stopped, no port, no lease.
pub fn first(id: &str) -> Put {
    let name = id.bytes().fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    });
    Put {
        user: user(id),
        engine: EngineName::new("local"),
        expect: Expect::Absent(record_id()),
        controller: controller(1),
        lease: None,
        port: PortChange::Keep,
        touch: false,
        running_limit: None,
        idle: None,
        body: Body {
            names: Names {
                container: format!("user-{name}"),
                volume: format!("user-{name}-state"),
            },
            token: SealedToken::from_bytes(vec![0, 1, 2, 255]),
            token_generation: 1,
            intent: Intent::Stopped,
            container: None,
            template_generation: 0,
            idle_limit: None,
            failure: None,
            adopted: false,
            purging: false,
        },
        events: Vec::new(),
    }
}

/// What a delete tells.
pub fn purged() -> EventBody {
    EventBody {
        change: Change::Purged,
        cause: Cause::Purge,
        actor: None,
    }
}

/// A write on top of a record.
pub fn next(id: &str, version: Version) -> Put {
    Put {
        expect: Expect::At(version),
        ..first(id)
    }
}

pub fn revision(number: u64) -> Revision {
    Revision(number)
}

/// How many outcomes are `Stored`; all others must be `other`.
pub fn count_stored(outcomes: &[StoreOutcome], other: &StoreOutcome) -> usize {
    outcomes
        .iter()
        .filter(|outcome| match outcome {
            StoreOutcome::Stored { .. } => true,
            outcome => {
                assert_eq!(*outcome, other);
                false
            }
        })
        .count()
}

/// The revision that was written, by the one that was.
pub fn written(outcomes: &[StoreOutcome]) -> Revision {
    let stored = outcomes.iter().find_map(|outcome| match outcome {
        StoreOutcome::Stored { revision, .. } => Some(*revision),
        _ => None,
    });
    stored.expect("one is stored")
}

/// How many ports the store knows of, none of which was free.
#[track_caller]
pub fn no_port(outcome: &StoreOutcome) -> u32 {
    match outcome {
        StoreOutcome::NoPort { known, .. } => *known,
        other => panic!("a port was free: {other:?}"),
    }
}
