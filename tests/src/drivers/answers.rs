//! The drivers' answers, which are the same types, as the cases know them; and what both are opened with.

use portreeve_tokio::{Config, Error};

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
