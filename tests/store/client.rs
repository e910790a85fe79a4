//! The clients that stores are tested through, all asked in one way.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use portreeve_blocking::Store as _;
use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::time::Instant;
use portreeve_examples::memory_store::MemoryStore;
use portreeve_sim::engine::EPOCH;
use portreeve_sim::store::Store;
use portreeve_tokio::store::UnservedStore;
use portreeve_wire::store::StoreAddress;

/// How long an effect may take, as the lifecycle has it.
const LIMIT: Duration = Duration::from_secs(5);

/// Whose client a store is tested through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Driver {
    Tokio,
    Blocking,
}

impl Driver {
    /// A client of the store at this address.
    pub fn client(self, address: StoreAddress) -> Result<Client, UnservedStore> {
        match self {
            Self::Tokio => portreeve_tokio::store::StoreClient::new(address).map(Client::Tokio),
            Self::Blocking => {
                let client = portreeve_blocking::store::StoreClient::new(address)?;
                Ok(Client::Blocking(Blocking(Some(Arc::new(client)))))
            }
        }
    }
}

/// A client.
#[derive(Clone, Debug)]
pub enum Client {
    Tokio(portreeve_tokio::store::StoreClient),
    Blocking(Blocking),
    Memory(Arc<MemoryStore>),
    /// The simulated store, in real time.
    Simulated(Arc<Mutex<Store>>),
}

impl Client {
    /// Carries one effect out, whether or not that blocks.
    pub async fn carry_out(&self, effect: &StoreEffect) -> StoreOutcome {
        match self {
            Self::Tokio(client) => client.carry_out(effect).await,
            Self::Blocking(client) => {
                let (client, effect) = (client.clone(), effect.clone());
                let carried = tokio::task::spawn_blocking(move || client.carry_out(&effect));
                carried.await.expect("it doesn't panic")
            }
            Self::Memory(store) => store.carry_out(effect),
            Self::Simulated(store) => {
                let mut store = store.lock().expect("no case panics in it");
                store.advance(now());
                store.carry_out(effect)
            }
        }
    }
}

/// The time by the wall clock, on the simulated store's.
fn now() -> Instant {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since_1970 = since_1970.expect("a clock that is set").as_micros();
    let epoch = u128::try_from(EPOCH.as_micros()).expect("after 1970");
    Instant::from_micros(u64::try_from(since_1970 - epoch).expect("few"))
}

/// A client that is neither to be called nor to be dropped inside of a runtime.
#[derive(Clone, Debug)]
pub struct Blocking(Option<Arc<portreeve_blocking::store::StoreClient>>);

impl Blocking {
    fn carry_out(&self, effect: &StoreEffect) -> StoreOutcome {
        let client = self.0.as_ref().expect("it is there until it is dropped");
        client.carry_out(effect, LIMIT)
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        let client = self.0.take();
        let dropped = std::thread::spawn(move || drop(client)).join();
        dropped.expect("it doesn't panic");
    }
}
