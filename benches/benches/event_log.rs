//! What a write takes that tells an event, beside one that tells none: on `SQLite` in a file, and on the
//! `PostgreSQL` that `PORTREEVE_TEST_POSTGRES` names (`scripts/env exec cargo bench …`). Both kinds are
//! written in turn, so that whatever else the machine does slows both.

use std::time::{Duration, Instant};

use portreeve_core::effect::{Expect, PortChange, Put, StoreEffect};
use portreeve_core::event::{Actor, Cause, Change, EventBody};
use portreeve_core::id::{ControllerId, EngineName, RecordId, Version};
use portreeve_core::name::Names;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Body, Intent};
use portreeve_core::token::SealedToken;
use portreeve_core::user::UserId;
use portreeve_tokio::store::StoreClient;

const PAIRS: usize = 2_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads can be started");
    let directory = tempfile::tempdir().expect("a place for a file");
    let file = format!("sqlite:{}", directory.path().join("store.db").display());
    runtime.block_on(measure("SQLite", &file));
    match std::env::var("PORTREEVE_TEST_POSTGRES") {
        Ok(url) => runtime.block_on(measure("PostgreSQL", &url)),
        Err(_) => println!("PostgreSQL: left out, PORTREEVE_TEST_POSTGRES names no server"),
    }
}

async fn measure(name: &str, url: &str) {
    let address = url.parse().expect("a store's address");
    let store = StoreClient::new(address).expect("that store is served");
    let mut writer = Writer::new(&store);
    // The tables are made, and statements prepared.
    for _ in 0..20 {
        writer.write(false).await;
        writer.write(true).await;
    }
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        without.push(writer.write(false).await);
        with.push(writer.write(true).await);
    }
    let (without, with) = (median(without), median(with));
    println!(
        "{name}: {without:.1?} without an event, {with:.1?} with one: {:.3} times",
        with.as_secs_f64() / without.as_secs_f64()
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

struct Writer<'a> {
    store: &'a StoreClient,
    put: Put,
}

impl<'a> Writer<'a> {
    fn new(store: &'a StoreClient) -> Self {
        let mut id = [0; 16];
        getrandom::fill(&mut id).expect("randomness");
        let record = RecordId::from_bytes(id);
        let name = format!("bench-{record}");
        let put = Put {
            user: UserId::new(name.clone()).expect("an id"),
            engine: EngineName::new("local"),
            expect: Expect::Absent(record),
            controller: ControllerId::from_bytes(id),
            lease: Some(Duration::from_secs(15)),
            port: PortChange::Keep,
            touch: false,
            running_limit: None,
            idle: None,
            body: Body {
                names: Names {
                    container: name.clone(),
                    volume: name,
                },
                token: SealedToken::from_bytes(vec![7; 60]),
                token_generation: 1,
                intent: Intent::Starting,
                container: None,
                template_generation: 0,
                idle_limit: None,
                failure: None,
                adopted: false,
                purging: false,
            },
            events: Vec::new(),
        };
        Self { store, put }
    }

    /// Writes the record once more; how long that took.
    async fn write(&mut self, tells: bool) -> Duration {
        self.put.events.clear();
        if tells {
            self.put.events.push(EventBody {
                change: Change::Ready {
                    took: Duration::from_millis(812),
                },
                cause: Cause::Ensure,
                actor: Actor::new("somebody@example.org").ok(),
            });
        }
        let effect = StoreEffect::Put(Box::new(self.put.clone()));
        let begun = Instant::now();
        let outcome = self.store.carry_out(&effect).await;
        let took = begun.elapsed();
        let StoreOutcome::Stored { revision, .. } = outcome else {
            panic!("{outcome:?}");
        };
        let record = self.put.expect.record();
        self.put.expect = Expect::At(Version { record, revision });
        took
    }
}
