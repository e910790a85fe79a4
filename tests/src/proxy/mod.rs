//! Relays in front of the engine and the database, which read along what is asked of them, and can fail.

mod asked;
mod http;
mod postgres;
mod relay;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::http::Address;
use crate::stores::{self, Store};
use crate::story::eventually;

pub use self::asked::Asked;

use self::http::Requests;
use self::postgres::Statements;
use self::relay::{ReadAlong, Relay};

/// Which engine is it?
pub const IDENTIFY: &str = "GET /info";

/// A relay in front of the engine.
pub struct EngineProxy {
    relay: Relay,
    address: Address,
    _folder: Option<TempDir>,
}

impl EngineProxy {
    /// Puts one in front of an engine.
    pub fn before(engine: &Address) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let socket = Address::Unix(folder.path().join("engine.sock"));
        Self::at(&socket, engine, Some(folder))
    }

    /// Puts one in front of an engine that listens on a TCP port of this machine alone.
    pub fn on_tcp_before(engine: &Address) -> Self {
        Self::at(&Address::Tcp("127.0.0.1:0".to_owned()), engine, None)
    }

    fn at(address: &Address, engine: &Address, folder: Option<TempDir>) -> Self {
        let new_reader = || Box::new(Requests::default()) as Box<dyn ReadAlong>;
        let (relay, address) = Relay::start(address, engine.clone(), new_reader);
        Self {
            relay,
            address,
            _folder: folder,
        }
    }

    /// Where it listens, as a `DOCKER_HOST`.
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// All requests that passed, without the API version that their paths began with, and without
    /// those that only prove where a new connection leads to: how many connections there are is
    /// decided by time, not by a command.
    pub fn requests(&self) -> Vec<Asked> {
        let passed = self.passed().into_iter();
        passed.filter(|asked| !proves_connection(asked)).collect()
    }

    /// What passed over each connection on which anything did, what proves it included.
    pub fn connections(&self) -> Vec<Vec<String>> {
        let mut connections = BTreeMap::<_, Vec<_>>::new();
        for asked in self.passed() {
            connections
                .entry(asked.connection)
                .or_default()
                .push(asked.what);
        }
        connections.into_values().collect()
    }

    /// All requests, without the API version that their paths began with.
    fn passed(&self) -> Vec<Asked> {
        let mut asked = self.relay.asked();
        for request in &mut asked {
            request.what = unversioned(&request.what);
        }
        asked
    }

    /// Waits until a request that has that part has passed.
    #[track_caller]
    pub fn await_request(&self, part: &str) {
        eventually(part, Duration::from_secs(30), || {
            let requests = self.requests();
            requests
                .iter()
                .any(|asked| asked.what.contains(part))
                .then_some(())
        });
    }

    /// Forgets all requests that passed.
    pub fn forget(&self) {
        self.relay.forget();
    }

    /// From now on the engine isn't reached: connections end and no new ones are taken.
    pub fn cut(&self) {
        self.relay.cut();
    }

    /// The engine is reached again.
    pub fn mend(&self) {
        self.relay.mend();
    }

    /// The next request of that method whose target has that part reaches the engine, but its answer is lost.
    pub fn lose_answer_to(&self, method: &'static str, part: &'static str) {
        let matches = move |what: &str| what.starts_with(method) && what.contains(part);
        self.relay.lose_answer_to(Arc::new(matches));
    }

    /// From now on nothing that the engine says to a request with one of these parts is passed on;
    /// its connection stays.
    pub fn stall(&self, parts: &'static [&'static str]) {
        let matches = |what: &str| parts.iter().any(|part| what.contains(part));
        self.relay.stall(Some(Arc::new(matches)));
    }

    /// What the engine says from now on is passed on again.
    pub fn flow(&self) {
        self.relay.stall(None);
    }

    /// Ends the connections on which a request with that part is being answered, or was answered last.
    pub fn end(&self, part: &'static str) {
        let matches = move |what: &str| what.contains(part);
        self.relay.end(Arc::new(matches));
    }

    /// How many requests passed that have that part.
    pub fn count(&self, part: &str) -> usize {
        let requests = self.requests();
        requests
            .iter()
            .filter(|asked| asked.what.contains(part))
            .count()
    }

    /// Whether the answer that was to be lost is lost.
    pub fn has_lost_it(&self) -> bool {
        !self.relay.is_to_lose_an_answer()
    }
}

/// A relay in front of a database.
pub struct PostgresProxy {
    relay: Relay,
    url: String,
}

impl PostgresProxy {
    /// Puts one in front of the database behind a URL.
    pub fn before(url: &str) -> Self {
        let server = Address::Tcp(stores::address(url));
        let any = Address::Tcp("127.0.0.1:0".to_owned());
        let (relay, at) = Relay::start(&any, server, || Box::new(Statements::default()));
        let Address::Tcp(at) = at else {
            unreachable!("it was told to listen on a port")
        };
        Self {
            relay,
            url: stores::with_address(url, &at),
        }
    }

    /// The same URL, through the relay.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same database, through the relay.
    pub fn store(&self) -> Store {
        Store::Postgres(self.url.clone())
    }

    /// How many statements were executed whose text has that part.
    pub fn count(&self, part: &str) -> usize {
        let statements = self.statements();
        statements
            .iter()
            .filter(|asked| asked.what.contains(part))
            .count()
    }

    /// The text of all statements that were executed, prepared before or not, but for the one that each
    /// connection is asked once: whose session it is.
    pub fn statements(&self) -> Vec<Asked> {
        let mut asked = self.relay.asked();
        asked.retain(|asked| !asked.what.contains("current_setting('portreeve.session'"));
        asked
    }

    /// Forgets all statements that passed.
    pub fn forget(&self) {
        self.relay.forget();
    }

    /// From now on the database isn't reached: connections end and no new ones are taken.
    pub fn cut(&self) {
        self.relay.cut();
    }

    /// From now on nothing that the database says is passed on; connections stay.
    pub fn stall(&self) {
        self.relay.stall(Some(Arc::new(|_: &str| true)));
    }

    /// What the database says from now on is passed on again.
    pub fn flow(&self) {
        self.relay.stall(None);
    }

    /// The database is reached again.
    pub fn mend(&self) {
        self.relay.mend();
    }
}

/// Whether it is the question that a driver begins a new connection with: which engine is at its other end?
fn proves_connection(asked: &Asked) -> bool {
    asked.before == 0 && asked.what == IDENTIFY
}

/// `GET /v1.41/info` as `GET /info`.
fn unversioned(request: &str) -> String {
    let Some((method, rest)) = request.split_once(" /v1.") else {
        return request.to_owned();
    };
    let path = rest.trim_start_matches(|char: char| char.is_ascii_digit());
    if path.starts_with('/') {
        format!("{method} {path}")
    } else {
        request.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_version_is_taken_off_a_path() {
        assert_eq!(unversioned("GET /v1.41/info"), "GET /info");
        assert_eq!(unversioned("GET /v1.x/info"), "GET /v1.x/info");
        assert_eq!(unversioned("GET /_ping"), "GET /_ping");
    }

    #[test]
    fn only_the_first_word_over_a_connection_proves_it() {
        let asked = |before, what: &str| Asked {
            at: Instant::now(),
            what: what.to_owned(),
            connection: 0,
            before,
        };
        assert!(proves_connection(&asked(0, "GET /info")));
        assert!(!proves_connection(&asked(1, "GET /info")));
        assert!(!proves_connection(&asked(0, "GET /_ping")));
    }
}
