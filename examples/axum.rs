//! A host on tokio, with axum. `curl -X PUT http://127.0.0.1:8080/users/alice` ensures alice's container
//! and tells where it answers; `-X DELETE` stops it, `/health` tells who is well. Ends in good order at
//! Ctrl-C.

use std::error::Error;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Router, serve};
use portreeve_tokio::{Maintenance, Portreeve, UserHealth};
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut config = portreeve_examples::config()?;
    config.settings.maintenance = Maintenance::full();
    let portreeve = Portreeve::open(config)?;

    let routes = Router::new()
        .route("/users/{user}", put(ensure).delete(stop))
        .route("/health", get(health))
        .with_state(portreeve.clone());
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    serve(listener, routes)
        .with_graceful_shutdown(async {
            // Where signals can't be had, it ends when it is killed, and loses nothing by that.
            let _ = ctrl_c().await;
        })
        .await?;

    // Gives leases back. Every container runs on.
    portreeve.close().await;
    Ok(())
}

type Answer = Result<String, (StatusCode, String)>;

async fn ensure(State(portreeve): State<Portreeve>, Path(user): Path<String>) -> Answer {
    let endpoint = portreeve
        .ensure(&user)
        .await
        .map_err(|error| failed(&error))?;
    Ok(format!("{}\n", endpoint.url()))
}

async fn stop(State(portreeve): State<Portreeve>, Path(user): Path<String>) -> Answer {
    let stopped = portreeve
        .stop(&user)
        .await
        .map_err(|error| failed(&error))?;
    Ok(format!("{stopped:?}\n"))
}

async fn health(State(portreeve): State<Portreeve>) -> Answer {
    let users = portreeve.health().await.map_err(|error| failed(&error))?;
    let line = |user: UserHealth| format!("{user:?}\n");
    Ok(users.into_iter().map(line).collect())
}

fn failed(error: &portreeve_tokio::Error) -> (StatusCode, String) {
    let status = match error.code() {
        "invalid_user" => StatusCode::BAD_REQUEST,
        "unknown_user" => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let text = format!("{}: {error}; {}\n", error.code(), error.hint());
    (status, text)
}
