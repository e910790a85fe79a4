//! The simulated engine, for a demo where there is no other.

use portreeve_sim::standin::{Address, StandIn};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// A simulated engine that ends when this is dropped.
pub(super) struct Understudy {
    docker_host: String,
    serving: JoinHandle<()>,
    /// Where its socket is.
    _directory: TempDir,
}

impl Understudy {
    /// Has it listen where nobody else looks.
    pub(super) fn enter() -> Result<Self, Failure> {
        let failed = |error| Failure::io("the simulated engine can't listen", &error);
        let directory = TempDir::with_prefix("portreeve-demo-").map_err(failed)?;
        let address = Address::Unix(directory.path().join("engine.sock"));
        let stand_in = StandIn::listen(&address).map_err(failed)?;
        Ok(Self {
            docker_host: address.to_string(),
            serving: tokio::spawn(stand_in.serve()),
            _directory: directory,
        })
    }

    pub(super) fn docker_host(&self) -> &str {
        &self.docker_host
    }
}

impl Drop for Understudy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
