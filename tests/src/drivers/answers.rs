//! The drivers' answers, which are the same types, as the cases know them; and what both are opened with.

use std::time::Duration;

use portreeve_tokio::{Config, Error, LogLine, LogRange, UserUsage};

use crate::answer::{Endpoint, Failure, Rotated};
use crate::plan::Plan;
use crate::stores::Store;

/// What a handle is opened with that behaves as planned.
pub fn config(plan: &Plan) -> Config {
    let store = match &plan.store {
        Store::Sqlite(path) => format!("sqlite:{}", path.display()),
        Store::Postgres(url) => url.clone(),
    };
    Config {
        settings: plan.settings(),
        engine: plan.engine.parse().expect("the engine's address"),
        store: store.parse().expect("the store's address"),
    }
}

impl From<portreeve_tokio::Endpoint> for Endpoint {
    fn from(endpoint: portreeve_tokio::Endpoint) -> Self {
        Self {
            user: endpoint.user().to_string(),
            outcome: endpoint.outcome().as_str().to_owned(),
            url: endpoint.url().to_owned(),
            token: endpoint.token().reveal().to_owned(),
            port: endpoint.port().expect("tests publish a port"),
            container_id: endpoint.container_id().to_string(),
            container_name: endpoint.container_name().to_owned(),
            pending: endpoint.pending(),
        }
    }
}

impl From<portreeve_tokio::Rotated> for Rotated {
    fn from(rotated: portreeve_tokio::Rotated) -> Self {
        Self {
            generation: rotated.generation(),
            endpoint: rotated.endpoint().cloned().map(Endpoint::from),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Command(error) => error.into(),
            other => Self {
                code: other.code().to_owned(),
                message: other.to_string(),
                hint: other.hint().to_owned(),
                exit_code: None,
                log: Box::default(),
                retry_in: None,
            },
        }
    }
}

/// A log that is followed, from its beginning on.
pub(super) const FOLLOWED: LogRange = LogRange {
    follow: true,
    tail: None,
    since: None,
};
/// Whoever waits for longer than that waits in vain.
pub(super) const TO_BE_TOLD: Duration = Duration::from_secs(60);

/// What a line says; one that goes on is told by an ellipsis.
pub(super) fn text(line: &LogLine) -> String {
    let text = String::from_utf8_lossy(&line.text);
    let more = if line.goes_on { "…" } else { "" };
    format!("{text}{more}")
}

/// Whose container takes how much memory and processor time.
pub(super) fn taken(of: &UserUsage) -> (String, u64, f64) {
    let usage = of.usage.as_ref().expect("the engine tells");
    (
        of.status.user.as_str().to_owned(),
        usage.memory.expect("memory is told"),
        usage.cpu_percent.expect("processor time is told"),
    )
}
